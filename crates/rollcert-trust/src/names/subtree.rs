use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rollcert_pki::Name;
use rollcert_pki::extension::{GeneralName, GeneralSubtree};

use crate::names::host::{DnsPattern, HostName};
use crate::names::mailbox::Mailbox;
use crate::names::uri;

/// A subtree of names, ready to be held against names of its kind (RFC 5280 §4.2.1.10).
///
/// `Display` is the constraint as it stands in the certificate.
#[derive(Debug)]
pub(super) struct Subtree {
    base: Base,
    written: GeneralSubtree,
}

/// What may lie in a subtree: a name that can be read.
#[derive(Debug)]
pub(super) enum PresentedName<'a> {
    Dns(DnsPattern),
    Email(Mailbox),
    /// The host of a URI.
    UriHost(HostName),
    Ip(IpAddr),
    Directory(&'a Name),
}

#[derive(Debug)]
enum Base {
    /// Every name of the kind: what an empty text is taken for.
    Everything,
    /// The host and all below it.
    Dns(HostName),
    /// All below the host: the form with a leading period, which RFC 5280 does not know for host names.
    DnsBelow(HostName),
    Mailbox(Mailbox),
    /// This host alone, of an e-mail address or a URI.
    Host(HostName),
    /// All hosts below, of an e-mail address or a URI.
    Domain(HostName),
    Ipv4 {
        address: u32,
        mask: u32,
    },
    Ipv6 {
        address: u128,
        mask: u128,
    },
    Directory(Name),
    /// Cannot be judged: of another kind, malformed, or with a distance.
    Unserved,
}

impl Subtree {
    pub(super) fn of(written: &GeneralSubtree) -> Self {
        let has_distance = written.minimum != 0 || written.maximum.is_some();
        let base = if has_distance {
            None
        } else {
            Base::of(&written.base)
        };
        Self {
            base: base.unwrap_or(Base::Unserved),
            written: written.clone(),
        }
    }

    /// Whether names can be held against it at all.
    pub(super) const fn is_served(&self) -> bool {
        !matches!(self.base, Base::Unserved)
    }

    /// Whether all that the name stands for lies in the subtree: what a permitted one asks for.
    pub(super) fn contains(&self, name: &PresentedName<'_>) -> bool {
        match (&self.base, name) {
            (Base::Everything, _) => true,
            (Base::Dns(base), PresentedName::Dns(pattern)) => pattern.is_within(base),
            (Base::DnsBelow(base), PresentedName::Dns(pattern)) => pattern.is_below(base),
            (Base::Mailbox(base), PresentedName::Email(mailbox)) => mailbox.is(base),
            (base, PresentedName::Email(mailbox)) => base.has_host(mailbox.host()),
            (base, PresentedName::UriHost(host)) => base.has_host(host),
            (base, PresentedName::Ip(address)) => base.has_address(*address),
            (Base::Directory(base), PresentedName::Directory(name)) => name.is_within(base),
            _ => false,
        }
    }

    /// Whether anything that the name may stand for lies in the subtree: what an excluded one forbids.
    pub(super) fn touches(&self, name: &PresentedName<'_>) -> bool {
        match (&self.base, name) {
            (Base::Dns(base) | Base::DnsBelow(base), PresentedName::Dns(pattern)) => {
                pattern.touches(base)
            }
            (Base::Mailbox(base), PresentedName::Email(mailbox)) => mailbox.may_be(base),
            // An IPv4 address in an IPv6 one leads to the same host.
            (base, PresentedName::Ip(address)) => {
                self.contains(name) || base.has_address(address.to_canonical())
            }
            _ => self.contains(name),
        }
    }
}

impl fmt::Display for Subtree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.written.base)?;
        if self.written.minimum != 0 {
            write!(f, ", minimum {}", self.written.minimum)?;
        }
        match self.written.maximum {
            Some(maximum) => write!(f, ", maximum {maximum}"),
            None => Ok(()),
        }
    }
}

impl Base {
    /// Nothing for what cannot be judged.
    fn of(written: &GeneralName) -> Option<Self> {
        match written {
            GeneralName::Rfc822(text) | GeneralName::Dns(text) | GeneralName::Uri(text)
                if text.as_bytes().is_empty() =>
            {
                Some(Self::Everything)
            }
            GeneralName::Dns(text) => match text.as_bytes().strip_prefix(b".") {
                Some(domain) => HostName::parse(domain).map(Self::DnsBelow),
                None => HostName::parse(text.as_bytes()).map(Self::Dns),
            },
            GeneralName::Rfc822(text) if text.as_bytes().contains(&b'@') => {
                let text = core::str::from_utf8(text.as_bytes()).ok()?;
                Mailbox::parse(text).map(Self::Mailbox)
            }
            GeneralName::Rfc822(text) | GeneralName::Uri(text) => Self::of_host(text.as_bytes()),
            GeneralName::Ip(octets) => Self::of_range(octets),
            GeneralName::Directory(name) => Some(Self::Directory(name.clone())),
            _ => None,
        }
    }

    fn of_host(text: &[u8]) -> Option<Self> {
        let (domain, is_domain) = match text.strip_prefix(b".") {
            Some(domain) => (HostName::parse(domain)?, true),
            None => (HostName::parse(text)?, false),
        };
        // RFC 5280 wants names here; an address would never equal one.
        if domain.is_like_address() {
            None
        } else if is_domain {
            Some(Self::Domain(domain))
        } else {
            Some(Self::Host(domain))
        }
    }

    /// An address and its mask, whose ones all stand before its zeros (RFC 4632 §3.1).
    fn of_range(octets: &[u8]) -> Option<Self> {
        let (address, mask) = octets.split_at_checked(octets.len() / 2)?;
        if let (Ok(address), Ok(mask)) = (address.try_into(), mask.try_into()) {
            let (address, mask) = (u32::from_be_bytes(address), u32::from_be_bytes(mask));
            let is_prefix = mask.leading_ones() + mask.trailing_zeros() == u32::BITS;
            return is_prefix.then_some(Self::Ipv4 { address, mask });
        }
        let address = u128::from_be_bytes(address.try_into().ok()?);
        let mask = u128::from_be_bytes(mask.try_into().ok()?);
        let is_prefix = mask.leading_ones() + mask.trailing_zeros() == u128::BITS;
        is_prefix.then_some(Self::Ipv6 { address, mask })
    }

    fn has_host(&self, host: &HostName) -> bool {
        match self {
            Self::Host(base) => host == base,
            Self::Domain(base) => host.is_below(base),
            _ => false,
        }
    }

    /// Bits of the base beyond its mask say nothing.
    fn has_address(&self, found: IpAddr) -> bool {
        match (self, found) {
            (Self::Ipv4 { address, mask }, IpAddr::V4(found)) => {
                Ipv4Addr::to_bits(found) & mask == address & mask
            }
            (Self::Ipv6 { address, mask }, IpAddr::V6(found)) => {
                Ipv6Addr::to_bits(found) & mask == address & mask
            }
            _ => false,
        }
    }
}

impl<'a> PresentedName<'a> {
    /// Nothing for what cannot be read as a name of its kind.
    pub(super) fn of(name: &'a GeneralName) -> Option<Self> {
        match name {
            // Beyond ASCII there is another kind of name (RFC 9598 §3).
            GeneralName::Rfc822(text) if !text.as_bytes().is_ascii() => None,
            GeneralName::Rfc822(_) | GeneralName::Other { .. } => {
                Mailbox::parse(&name.as_email()?).map(Self::Email)
            }
            GeneralName::Dns(text) => DnsPattern::parse(text.as_bytes()).map(Self::Dns),
            GeneralName::Uri(text) => uri::host(text.as_bytes()).map(Self::UriHost),
            GeneralName::Ip(_) => name.as_ip_address().map(Self::Ip),
            GeneralName::Directory(name) => Some(Self::Directory(name)),
            _ => None,
        }
    }
}
