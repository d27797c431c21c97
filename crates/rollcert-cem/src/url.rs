//! Where an answer may be sent at all.

/// Whether `url` is an absolute `http` or `https` URL with a host and without user information, in visible
/// ASCII and of at most 2,048 octets.
///
/// The URL comes from outside and makes us connect somewhere, so whatever two readers could take for two hosts is
/// refused. Which hosts are allowed is for the caller's policy to say.
pub(crate) fn is_answerable(url: &str) -> bool {
    if url.len() > MAX_LENGTH || !url.bytes().all(|octet| octet.is_ascii_graphic()) {
        return false;
    }
    let Some((scheme, rest)) = url.split_once("://") else {
        return false;
    };
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return false;
    }
    // WHATWG readers take a backslash for a slash, RFC 3986 readers do not.
    if url.contains('\\') {
        return false;
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (authority, ""),
    };
    !authority.contains('@')
        && !host.is_empty()
        && port.len() <= 5
        && port.bytes().all(|octet| octet.is_ascii_digit())
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
            "http://[::1]:8080/x?y#z",
            "http://[::1]/",
        ] {
            assert!(is_answerable(url), "{url}");
        }
    }

    // H18 of the conformance list, as far as it needs no policy.
    #[test]
    fn everything_else_is_not() {
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
            &long,
        ] {
            assert!(!is_answerable(url), "{url}");
        }
    }
}
