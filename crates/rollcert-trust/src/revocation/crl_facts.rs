use rollcert_pki::extension::{
    AuthorityKeyIdentifier, CrlNumber, DeltaCrlIndicator, IssuingDistributionPoint,
};
use rollcert_pki::{Crl, Oid, Quirk, SerialNumber};

/// What evaluation reads of a CRL besides its entries, decoded once.
#[derive(Debug)]
pub(crate) struct CrlFacts {
    /// Whether it lists only what changed since another CRL (RFC 5280 §5.2.4).
    pub(crate) is_delta: bool,
    /// Its number, if it has one that can be read (§5.2.3).
    pub(crate) number: Option<SerialNumber>,
    /// Which key of its issuer's signed it, if it says so (§5.2.1).
    pub(crate) key_identifier: Option<Box<[u8]>>,
    /// What it covers (§5.2.5); `None` for all certificates of its issuer. An error when that cannot be read: the CRL
    /// vouches for nothing then.
    pub(crate) point: Result<Option<IssuingDistributionPoint>, Unreadable>,
    /// Why the CRL must not say of a certificate that it is good.
    pub(crate) fault: Option<CrlFault>,
}

/// An extension that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable;

/// What is wrong with a CRL itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CrlFault {
    /// Something in it breaks the rules, so that it may mean something else than it seems to.
    Malformed,
    /// A critical extension that nothing here handles: one of its own, or one of an entry (§5.2, §5.3).
    Unhandled(Option<Oid>),
}

impl CrlFacts {
    pub(crate) fn of(crl: &Crl) -> Self {
        // Each walk over them counts for short lists.
        let extensions = crl.extensions();
        let delta = extensions.find::<DeltaCrlIndicator>();
        let point = match extensions.find::<IssuingDistributionPoint>() {
            // §5.2.5: one that restricts nothing and names nothing is never issued.
            Ok(Some(point)) if point == IssuingDistributionPoint::default() => Err(Unreadable),
            Ok(point) => Ok(point),
            Err(_) => Err(Unreadable),
        };
        let number = extensions.find::<CrlNumber>();
        let is_unreadable = number.is_err() || delta.is_err() || point.is_err();
        let key_identifier = extensions.find::<AuthorityKeyIdentifier>().ok().flatten();
        Self {
            // Also where it cannot be read since which one.
            is_delta: !matches!(delta, Ok(None)),
            number: number.ok().flatten().map(|number| number.0),
            key_identifier: key_identifier.and_then(|key| key.key_identifier().map(Box::from)),
            point,
            fault: fault_of(crl, is_unreadable),
        }
    }
}

fn fault_of(crl: &Crl, has_unreadable_extension: bool) -> Option<CrlFault> {
    let is_misleading = MISLEADING.iter().any(|quirk| crl.quirks().contains(quirk));
    if has_unreadable_extension || is_misleading {
        return Some(CrlFault::Malformed);
    }
    match crl.unhandled_extensions().into_iter().next() {
        Some(oid) => Some(CrlFault::Unhandled(Some(oid))),
        None if crl.unhandled_entries() > 0 => Some(CrlFault::Unhandled(None)),
        None => None,
    }
}

/// Departures from RFC 5280 after which nobody can tell which certificates the entries mean.
const MISLEADING: [Quirk; 3] = [
    Quirk::CertificateIssuerInDirectCrl,
    Quirk::ExtensionsInVersion1Crl,
    Quirk::DuplicateEntryExtension,
];
