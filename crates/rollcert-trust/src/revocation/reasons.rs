//! Sets of reasons for revocation (RFC 5280 §6.3.1, `reasons_mask`).

use rollcert_pki::extension::ReasonFlags;

pub(super) fn union(one: ReasonFlags, other: ReasonFlags) -> ReasonFlags {
    one.iter().chain(other.iter()).collect()
}

pub(super) fn intersection(one: ReasonFlags, other: ReasonFlags) -> ReasonFlags {
    one.iter()
        .filter(|reason| other.contains(*reason))
        .collect()
}

/// The reasons that are not among these.
pub(super) fn missing_from(covered: ReasonFlags) -> ReasonFlags {
    let all = ReasonFlags::ALL.iter();
    all.filter(|reason| !covered.contains(*reason)).collect()
}
