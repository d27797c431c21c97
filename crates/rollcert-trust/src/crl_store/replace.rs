use core::cmp::Ordering;

use rollcert_pki::extension::{ExtensionValue, IssuingDistributionPoint};
use rollcert_pki::{Crl, SerialNumber};

use crate::stores::StoredCrl;

/// How a new CRL stands to one that is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Succession {
    /// It takes its place.
    Supersedes(Contradiction),
    /// It is the older one.
    IsSuperseded(Contradiction),
    /// They are of one line, and neither may take the place of the other: both stay.
    Rivals(Contradiction),
    /// They are not of one line: both stay.
    Beside,
}

/// Whether number and date say different things of which is newer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contradiction {
    No,
    Yes,
}

/// Which of two CRLs that the same key signed is the newer one, if they are of one line: the same issuer, the same
/// distribution point, both complete or both changes since the same one (RFC 5280 §5.2.3).
///
/// Where what they say of themselves does not settle it, none gives way that lists anyone: evaluations hear both.
pub(super) fn succession(stored: &StoredCrl, new: &StoredCrl) -> Succession {
    let (old_crl, new_crl) = (stored.crl(), new.crl());
    if !old_crl.issuer().matches(new_crl.issuer()) || point_of(old_crl) != point_of(new_crl) {
        return Succession::Beside;
    }
    let bases = (base_of(stored), base_of(new));
    match bases {
        (Ok(old_base), Ok(new_base)) if old_base == new_base => {}
        // §5.2.4: what changed up to a complete CRL stands in it.
        (Ok(Some(_)), Ok(None)) if numbered(new) >= numbered(stored) && is_numbered(stored) => {
            return Succession::Supersedes(Contradiction::No);
        }
        (Ok(None), Ok(Some(_))) if numbered(stored) >= numbered(new) && is_numbered(new) => {
            return Succession::IsSuperseded(Contradiction::No);
        }
        _ => return Succession::Beside,
    }
    let by_date = new_crl.this_update().cmp(&old_crl.this_update());
    let by_number = match (numbered(stored), numbered(new)) {
        (Some(old_number), Some(new_number)) => new_number.cmp(old_number),
        // Where one has no number, the date decides.
        _ => Ordering::Equal,
    };
    let contradiction = if by_number == by_date.reverse() && by_number.is_ne() {
        Contradiction::Yes
    } else {
        Contradiction::No
    };
    let is_settled = contradiction == Contradiction::No;
    match by_number.then(by_date) {
        Ordering::Greater if is_settled || stored.index().is_empty() => {
            Succession::Supersedes(contradiction)
        }
        Ordering::Less if is_settled || new.index().is_empty() => {
            Succession::IsSuperseded(contradiction)
        }
        Ordering::Equal if new.index().is_empty() || is_signed_anew(old_crl, new_crl) => {
            Succession::IsSuperseded(contradiction)
        }
        _ => Succession::Rivals(contradiction),
    }
}

/// Whether the two differ in nothing but the signature.
fn is_signed_anew(old: &Crl, new: &Crl) -> bool {
    old.to_be_signed() == new.to_be_signed()
}

/// The value of the extension, as it stands there; `None` where there is none.
fn point_of(crl: &Crl) -> Option<&[u8]> {
    let point = crl.extensions().get(&IssuingDistributionPoint::OID);
    point.map(|point| point.value())
}

/// The number of the CRL since which it lists the changes; `None` for a complete one.
fn base_of(crl: &StoredCrl) -> Result<Option<SerialNumber>, ()> {
    let base = crl.crl().base_number().map_err(drop)?;
    Ok(base.map(|base| base.0))
}

fn numbered(crl: &StoredCrl) -> Option<&SerialNumber> {
    crl.facts().number.as_ref()
}

fn is_numbered(crl: &StoredCrl) -> bool {
    numbered(crl).is_some()
}
