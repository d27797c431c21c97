//! Where an answer may be sent at all.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether `url` is an absolute `http` or `https` URL with a host and without user information, in visible
/// ASCII and of at most 2,048 octets.
///
/// Which hosts are allowed is for the caller's policy to say.
pub(crate) fn is_answerable(url: &str) -> bool {
    Origin::of(url).is_some()
}

/// Scheme, host and port of a URL.
///
/// The URL comes from outside and makes us connect somewhere, so whatever two readers could take for two hosts has
/// none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin<'a> {
    scheme: Scheme,
    /// Without a full stop at its end; an IPv6 address in brackets.
    host: &'a str,
    port: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

impl<'a> Origin<'a> {
    pub(crate) fn of(url: &'a str) -> Option<Self> {
        if url.len() > MAX_LENGTH || !url.bytes().all(|octet| octet.is_ascii_graphic()) {
            return None;
        }
        let (scheme, rest) = url.split_once("://")?;
        let scheme = if scheme.eq_ignore_ascii_case("http") {
            Scheme::Http
        } else if scheme.eq_ignore_ascii_case("https") {
            Scheme::Https
        } else {
            return None;
        };
        // WHATWG readers take a backslash for a slash, RFC 3986 readers do not.
        if url.contains('\\') {
            return None;
        }
        let authority = rest.split(['/', '?', '#']).next()?;
        let (host, port) = match authority.rsplit_once(':') {
            // A colon inside the brackets belongs to an IPv6 address.
            Some((host, port)) if !port.ends_with(']') => (host, port),
            _ => (authority, ""),
        };
        let port = match (scheme, port) {
            (Scheme::Http, "") => 80,
            (Scheme::Https, "") => 443,
            (_, digits) if digits.bytes().all(|octet| octet.is_ascii_digit()) => {
                digits.parse().ok()?
            }
            _ => return None,
        };
        let host = host.strip_suffix('.').unwrap_or(host);
        (is_name(host) || ipv6(host).is_some()).then_some(Self { scheme, host, port })
    }

    pub(crate) fn is_same_host(&self, other: &Self) -> bool {
        self.host.eq_ignore_ascii_case(other.host)
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.scheme == other.scheme && self.port == other.port && self.is_same_host(other)
    }

    /// Whether the host is none of the machines around us, as far as its spelling tells. A name may lead there all
    /// the same: that is known when it is looked up.
    pub(crate) fn is_public(&self) -> bool {
        if let Some(address) = ipv6(self.host) {
            return is_public_ipv6(address);
        }
        let last = self.host.rsplit('.').next().unwrap_or_default();
        if last.starts_with(|c: char| c.is_ascii_digit()) {
            // Resolvers read addresses in octal, in hexadecimal and with parts left out; we do not.
            return self.host.parse().is_ok_and(is_public_ipv4);
        }
        // Many a system's own table has "localhost.localdomain".
        let local = ["localhost", "localdomain"];
        self.host.contains('.') && !local.iter().any(|name| last.eq_ignore_ascii_case(name))
    }
}

/// Labels of letters, digits, hyphens and underscores, none of them empty: a host name or an IPv4 address.
fn is_name(host: &str) -> bool {
    host.split('.').all(|label| {
        !label.is_empty()
            && label
                .bytes()
                .all(|octet| octet.is_ascii_alphanumeric() || b"-_".contains(&octet))
    })
}

fn ipv6(host: &str) -> Option<Ipv6Addr> {
    host.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

fn is_public_ipv4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        // RFC 1122 §3.2.1.3: this network; RFC 6598: carriers' networks; RFC 1112 §4: reserved.
        || first == 0
        || (first == 100 && (64..128).contains(&second))
        // RFC 6890 §2.1: protocols' own; RFC 2544 appendix C.2.2: benchmarks.
        || (first, second, third) == (192, 0, 0)
        || (first == 198 && (18..20).contains(&second))
        || first >= 240)
}

fn is_public_ipv6(address: Ipv6Addr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_ipv4(address),
        // RFC 4291 §2.4: global unicast as it is handed out. What else there is leads nowhere or to us.
        IpAddr::V6(address) => {
            let [first, second, ..] = address.segments();
            first & 0xE000 == 0x2000
                // 6to4 wraps an IPv4 address.
                && first != 0x2002
                // RFC 2928 §2: protocols' own, such as Teredo, which wraps one too; RFC 3849: documentation.
                && !(first == 0x2001 && (second < 0x0200 || second == 0x0DB8))
        }
    }
}

const MAX_LENGTH: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_addresses_are_answerable() {
        for url in [
            "http://as2.alice.example:8080/as2/HttpReceiver",
            "HTTPS://a",
            "http://a./b",
            "http://[::1]:8080/x?y#z",
            "http://[::1]/",
        ] {
            assert!(is_answerable(url), "{url}");
        }
    }

    #[test]
    fn h18_everything_else_is_not() {
        let long = format!("http://a/{}", "x".repeat(64 * 1024));
        for url in [
            "",
            "/as2",
            "as2.alice.example",
            "file:///etc/passwd",
            "ldap://a/",
            "mailto:a@b",
            "http://",
            "http:///as2",
            "http://:80/",
            "http://user:secret@a/",
            "http://a\\@b/",
            "http://a/b c",
            "http://a/\r\nX: y",
            "http://\u{e4}/",
            "http://a:port/",
            "http://a:65536/",
            "http://a:80:90/",
            "http://a%2eb/",
            "http://localhost../",
            "http://./",
            "http://.a/",
            "http://a..b/",
            "http://[a]/",
            "http://[::1/",
            &long,
        ] {
            assert!(!is_answerable(url), "{url}");
        }
    }

    #[test]
    fn origins_are_compared_by_scheme_host_and_port() {
        let same = |one, other| {
            let (one, other) = (Origin::of(one).unwrap(), Origin::of(other).unwrap());
            (one.is_same(&other), one.is_same_host(&other))
        };
        assert_eq!(
            same("http://A.example", "HTTP://a.example.:80/x"),
            (true, true)
        );
        assert_eq!(
            same("https://a.example", "http://a.example:443"),
            (false, true)
        );
        assert_eq!(
            same("http://a.example", "http://a.example:81"),
            (false, true)
        );
        assert_eq!(same("http://a.example", "http://b.example"), (false, false));
        assert_eq!(
            same("http://a.example", "http://a.example.evil"),
            (false, false)
        );
    }

    #[test]
    fn h18_the_machines_around_us_are_not_public() {
        let is_public = |host: &str| {
            Origin::of(&format!("http://{host}:8080/"))
                .unwrap()
                .is_public()
        };
        for host in [
            "as2.alice.example",
            "8.8.8.8",
            "[2606:4700::1111]",
            "1.alice.example",
            "192.0.1.1",
            "198.20.0.1",
            "[2001:200::1]",
        ] {
            assert!(is_public(host), "{host}");
        }
        for host in [
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "localhost.localdomain",
            "intranet",
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "0.0.0.0",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "169.254.169.254",
            "224.0.0.1",
            "255.255.255.255",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[fe80::1]",
            "[fd00::1]",
            "[ff02::1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "192.0.0.170",
            "198.18.0.1",
            "198.19.255.255",
            "[2001:0:7f00:1::]",
            "[2001:db8::1]",
        ] {
            assert!(!is_public(host), "{host}");
        }
    }
}
