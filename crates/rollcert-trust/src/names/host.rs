use core::fmt;

/// A host name in the preferred syntax (RFC 1034 §3.5) and lower case: labels of letters, digits, hyphens, and the
/// underscores that hosts of partners have.
///
/// A-labels are labels like any other and are never decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HostName(String);

impl HostName {
    /// Nothing for what is no host name; a period at the end, as any empty label, makes it none.
    pub(super) fn parse(octets: &[u8]) -> Option<Self> {
        let text = core::str::from_utf8(octets).ok()?;
        let is_host = text.len() <= MOST_OCTETS && text.split('.').all(is_label);
        is_host.then(|| Self(text.to_ascii_lowercase()))
    }

    /// Whether it is `other`, or `other` with labels added on the left.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        self == other || self.is_below(other)
    }

    /// Whether it is `other` with one label or more added on the left.
    pub(super) fn is_below(&self, other: &Self) -> bool {
        let added = self.0.strip_suffix(&other.0);
        added.is_some_and(|added| added.ends_with('.'))
    }

    /// What is left without the first label.
    pub(super) fn parent(&self) -> Option<&str> {
        self.0.split_once('.').map(|(_, parent)| parent)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it has more labels than one.
    pub(super) fn is_qualified(&self) -> bool {
        self.0.contains('.')
    }

    /// Whether a label begins or ends with a hyphen, as none should (RFC 1034 §3.5).
    pub(super) fn has_stray_hyphen(&self) -> bool {
        let mut labels = self.0.split('.');
        labels.any(|label| label.starts_with('-') || label.ends_with('-'))
    }

    /// Whether resolvers may take it for an IPv4 address, as they do whatever ends in a number: `192.0.2.1`, `127.1`,
    /// `0x7f000001`.
    pub(super) fn is_like_address(&self) -> bool {
        let last = self.0.rsplit('.').next().unwrap_or_default();
        let hexadecimal = last.strip_prefix("0x");
        last.bytes().all(|octet| octet.is_ascii_digit())
            || hexadecimal
                .is_some_and(|digits| digits.bytes().all(|octet| octet.is_ascii_hexdigit()))
    }
}

/// What a `dNSName` stands for (RFC 9525 §6.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum DnsPattern {
    /// One host.
    Host(HostName),
    /// Every host that is this one with a single label added: `*.example.com`.
    Wildcard(HostName),
}

impl DnsPattern {
    /// Nothing for what is neither; an asterisk anywhere but as the whole first label makes it neither.
    pub(super) fn parse(octets: &[u8]) -> Option<Self> {
        match octets.strip_prefix(b"*.") {
            Some(parent) => HostName::parse(parent).map(Self::Wildcard),
            None => HostName::parse(octets).map(Self::Host),
        }
    }

    /// Whether it stands for this host. A wildcard for all hosts of a top-level domain stands for none.
    pub(super) fn matches(&self, reference: &HostName) -> bool {
        match self {
            Self::Host(host) => host == reference,
            Self::Wildcard(parent) => {
                parent.is_qualified() && reference.parent() == Some(parent.as_str())
            }
        }
    }

    /// Whether every host that it stands for is `base` or below it.
    pub(super) fn is_within(&self, base: &HostName) -> bool {
        let (Self::Host(host) | Self::Wildcard(host)) = self;
        host.is_within(base)
    }

    /// Whether every host that it stands for is below `base`.
    pub(super) fn is_below(&self, base: &HostName) -> bool {
        match self {
            Self::Host(host) => host.is_below(base),
            Self::Wildcard(parent) => parent.is_within(base),
        }
    }

    /// Whether any host that it stands for is `base` or below it.
    pub(super) fn touches(&self, base: &HostName) -> bool {
        match self {
            Self::Host(host) => host.is_within(base),
            Self::Wildcard(parent) => {
                parent.is_within(base) || base.parent() == Some(parent.as_str())
            }
        }
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_label(label: &str) -> bool {
    let is_part = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_');
    (1..=MOST_OF_LABEL).contains(&label.len()) && label.bytes().all(is_part)
}

/// RFC 1035 §2.3.4, as it shows in text.
const MOST_OCTETS: usize = 253;
const MOST_OF_LABEL: usize = 63;

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> HostName {
        HostName::parse(text.as_bytes()).unwrap()
    }

    fn pattern(text: &str) -> DnsPattern {
        DnsPattern::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn what_is_no_host_name_is_none() {
        let long = ["a".repeat(63).as_str(); 4].join(".");
        for text in [
            "",
            ".",
            "a.",
            ".a",
            "a..b",
            "a b",
            "a/b",
            "a@b",
            "*",
            "*.a",
            "a\0.b",
            "ä.example",
            "[::1]",
            "a%41",
            &"a".repeat(64),
            &long,
        ] {
            assert_eq!(HostName::parse(text.as_bytes()), None, "{text}");
        }
        assert_eq!(HostName::parse(b"\xff.example"), None);
        assert_eq!(host("As2.EXAMPLE.com").as_str(), "as2.example.com");
        assert!(HostName::parse(long.get(..253).unwrap().as_bytes()).is_some());
    }

    #[test]
    fn hosts_lie_within_each_other_by_whole_labels() {
        let base = host("example.com");
        assert!(host("EXAMPLE.com").is_within(&base) && !host("example.com").is_below(&base));
        assert!(host("a.b.example.com").is_below(&base));
        for other in ["notexample.com", "com", "example.com.au", "example"] {
            assert!(!host(other).is_within(&base), "{other}");
        }
    }

    #[test]
    fn a_wildcard_is_the_whole_first_label_and_stands_for_one() {
        let wildcard = pattern("*.Example.com");
        assert!(wildcard.matches(&host("as2.example.com")));
        assert!(!wildcard.matches(&host("a.as2.example.com")));
        assert!(!wildcard.matches(&host("example.com")));
        assert!(!pattern("*.com").matches(&host("example.com")));
        for text in [
            "*",
            "*.",
            "a*.example.com",
            "*a.example.com",
            "as2.*.com",
            "*.*.com",
            "xn--*-a.com",
        ] {
            assert_eq!(DnsPattern::parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_wildcard_lies_within_when_all_its_hosts_do_and_touches_when_one_does() {
        let wildcard = pattern("*.example.com");
        for (base, within, below, touches) in [
            ("com", true, true, true),
            ("example.com", true, true, true),
            ("bar.example.com", false, false, true),
            ("a.bar.example.com", false, false, false),
            ("example.org", false, false, false),
        ] {
            let base = host(base);
            assert_eq!(
                (
                    wildcard.is_within(&base),
                    wildcard.is_below(&base),
                    wildcard.touches(&base)
                ),
                (within, below, touches),
                "{base}"
            );
        }
    }

    #[test]
    fn what_ends_in_a_number_is_like_an_address() {
        for text in [
            "192.0.2.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "a.0x1",
            "0x",
        ] {
            assert!(host(text).is_like_address(), "{text}");
        }
        for text in ["a1.example", "1.example", "x0", "0xg"] {
            assert!(!host(text).is_like_address(), "{text}");
        }
    }
}
