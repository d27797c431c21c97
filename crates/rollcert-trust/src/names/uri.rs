use crate::names::host::HostName;

/// The host of a URI (RFC 3986 §3.2.2), if it is a fully qualified name.
///
/// Nothing for a URI without authority, an address, a single label (all of which RFC 5280 §4.2.1.10 has refused where
/// URIs are constrained), and where two readers might find two hosts: a second `@`, a backslash, escapes in the host,
/// characters that no URI has.
pub(super) fn host(uri: &[u8]) -> Option<HostName> {
    let uri = core::str::from_utf8(uri).ok()?;
    if !uri
        .bytes()
        .all(|octet| octet.is_ascii_graphic() && octet != b'\\')
    {
        return None;
    }
    let (scheme, rest) = uri.split_once("://")?;
    let mut scheme = scheme.bytes();
    let is_scheme = scheme.next()?.is_ascii_alphabetic()
        && scheme.all(|octet| octet.is_ascii_alphanumeric() || b"+-.".contains(&octet));
    if !is_scheme {
        return None;
    }
    let authority = rest.split(['/', '?', '#']).next()?;
    let after_user = match authority.split_once('@') {
        Some((_, host)) => host,
        None => authority,
    };
    let host = match after_user.split_once(':') {
        Some((host, port)) if port.bytes().all(|octet| octet.is_ascii_digit()) => host,
        Some(_) => return None,
        None => after_user,
    };
    let host = HostName::parse(host.as_bytes())?;
    (host.is_qualified() && !host.is_like_address()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_stands_between_user_and_port() {
        for uri in [
            "https://as2.example.com",
            "https://AS2.example.com/receive",
            "oftp://as2.example.com:3305",
            "https://good.org:80@as2.example.com?x",
            "ftp://user@as2.example.com:#there",
            "a+b-c.d1://as2.example.com",
        ] {
            assert_eq!(
                host(uri.as_bytes()).unwrap().as_str(),
                "as2.example.com",
                "{uri}"
            );
        }
    }

    #[test]
    fn without_a_host_that_everybody_reads_alike_there_is_none() {
        for uri in [
            "",
            "urn:oid:1.2.3",
            "mailto:edi@example.com",
            "https:as2.example.com",
            "//as2.example.com",
            "https:///path",
            "https://",
            "https://user@",
            "https://localhost/",
            "https://192.0.2.1/",
            "https://0x7f.1/",
            "https://127.1",
            "https://[2001:db8::1]/",
            "https://[fe80::1%25eth0]/",
            "https://as2.example.com./",
            "https://as2%2eexample.com/",
            "https://a@good.org@as2.example.com",
            "https://good.org\\@as2.example.com/",
            "https://as2.example.com\\.good.org/",
            "https://as2.example.com:x/",
            "https://as2.example.com:80:80/",
            "https://*.example.com/",
            "https://as2 .example.com",
            "1a://example.com",
            "https://as2.example.com\0.good.org/",
            "https://exämple.com/",
            "://example.com",
        ] {
            assert_eq!(host(uri.as_bytes()), None, "{uri}");
        }
    }
}
