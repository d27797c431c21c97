use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Which hosts may be asked for CRLs. The addresses of distribution points are written by whoever issued a certificate, so
/// that without such a rule a stranger makes the host send requests into its own network.
///
/// Whatever the rule: never an address of the host itself, of its link, of a group, or of documentation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AddressRule {
    /// Those of the Internet alone. The default.
    #[default]
    Public,
    /// Those of private networks too (RFC 1918, RFC 4193, RFC 6598), where CAs of one's own publish.
    PublicAndPrivate,
}

impl AddressRule {
    /// Whether a host with this address may be asked.
    ///
    /// To be asked of every address that a name resolves to, right before connecting to that very address, and again after
    /// every redirect. An address that carries an IPv4 address within (mapped, NAT64, 6to4) is judged by that.
    #[must_use]
    pub fn permits(self, address: IpAddr) -> bool {
        match reach(address) {
            Reach::Public => true,
            Reach::Private => self == Self::PublicAndPrivate,
            Reach::Special => false,
        }
    }
}

/// From where an address is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Public,
    Private,
    /// Nothing that a CRL is ever found at.
    Special,
}

fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_of_v4(address),
        IpAddr::V6(address) => reach_of_v6(address),
    }
}

/// By the registry of special-purpose addresses (RFC 6890).
const fn reach_of_v4(address: Ipv4Addr) -> Reach {
    match address.octets() {
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => Reach::Private,
        [0 | 127 | 224..=255, ..]
        | [169, 254, ..]
        | [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [198, 18..=19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _] => Reach::Special,
        _ => Reach::Public,
    }
}

fn reach_of_v6(address: Ipv6Addr) -> Reach {
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        reach_of_v4(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        // IPv4-mapped (RFC 4291 §2.5.5.2), and NAT64 (RFC 6052 §2.1).
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        // 6to4 (RFC 3056 §2).
        [0x2002, high, low, ..] => v4(high, low),
        // Unique local (RFC 4193).
        [0xfc00..=0xfdff, ..] => Reach::Private,
        // Teredo and others (RFC 2928), documentation (RFC 3849, RFC 9637).
        [0x2001, 0..=0x01ff, ..] | [0x2001, 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => {
            Reach::Special
        }
        // All that is given out for the Internet (RFC 4291 §2.4 and its registry).
        [0x2000..=0x3fff, ..] => Reach::Public,
        _ => Reach::Special,
    }
}
