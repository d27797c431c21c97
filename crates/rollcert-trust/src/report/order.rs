//! Which finding is told first.

use super::Finding;
use super::reason::Reason;
use crate::policy::AlgorithmRule;

/// Puts the most telling finding first: among those that tell as much, the one nearest the leaf.
pub(crate) fn sort(findings: &mut [Finding]) {
    findings.sort_by_key(key);
}

/// What comes first has the least.
pub(crate) fn key(finding: &Finding) -> impl Ord + use<> {
    let index = finding.place.as_ref().map_or(0, |place| place.index);
    (Telling::of(&finding.reason), index)
}

/// Whether the reason is that nothing is known of a certificate's revocation.
pub(crate) const fn is_unknown_revocation(reason: &Reason) -> bool {
    matches!(Telling::of(reason), Telling::Unknown)
}

/// How telling a reason is: what cannot be mended by mending another stands before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Telling {
    /// Somebody has decided.
    Decision,
    /// The CA has taken it back.
    Revocation,
    /// Whoever made it, it was not this issuer.
    Signature,
    /// Nobody who is trusted stands behind it.
    Path,
    /// Its time is over, or yet to come.
    Time,
    /// Something in it cannot be read: what else seems to be missing may only stand there.
    Unreadable,
    /// A CA did what it may not.
    Authority,
    /// A name or a policy is not allowed here.
    Constraint,
    /// It may be good, but not for this.
    Purpose,
    /// Something in it is not understood.
    Unhandled,
    /// The search gave up.
    Budget,
    /// Nothing is known of its revocation.
    Unknown,
    /// A rule of issuance is broken.
    Form,
    /// Worth knowing.
    Note,
}

impl Telling {
    const fn of(reason: &Reason) -> Self {
        match reason {
            Reason::CtlBlacklisted { .. } | Reason::CtlIssuerBlacklisted { .. } => Self::Decision,
            Reason::Revoked { .. } => Self::Revocation,
            Reason::AlgorithmNotAllowed {
                rule: AlgorithmRule::RevocationDigest,
                ..
            } => Self::Unknown,
            Reason::SignatureInvalid { .. }
            | Reason::SignatureAlgorithmUnsupported { .. }
            | Reason::DsaNotServed
            | Reason::AlgorithmNotAllowed { .. }
            | Reason::KeyTooSmall { .. }
            | Reason::KeyUnusable { .. } => Self::Signature,
            Reason::NoPathToAnchor { .. } | Reason::RootNotTrusted { .. } => Self::Path,
            Reason::Expired { .. } | Reason::NotYetValid { .. } => Self::Time,
            Reason::MalformedExtension { .. } => Self::Unreadable,
            Reason::IssuerNotACa
            | Reason::IssuerLacksKeyCertSign { .. }
            | Reason::PathLengthExceeded { .. }
            | Reason::TooManyIntermediates { .. } => Self::Authority,
            Reason::NameNotPermitted { .. }
            | Reason::NameExcluded { .. }
            | Reason::NameConstraintUnsupported { .. }
            | Reason::NameMalformed { .. }
            | Reason::PolicyRequired { .. }
            | Reason::PolicyExtensionInvalid { .. } => Self::Constraint,
            Reason::NameMismatch { .. }
            | Reason::KeyUsage { .. }
            | Reason::ExtendedKeyUsage { .. } => Self::Purpose,
            Reason::UnhandledCriticalExtension { .. } => Self::Unhandled,
            Reason::BudgetExhausted { .. } => Self::Budget,
            Reason::NoApplicableCrl { .. }
            | Reason::CrlExpired { .. }
            | Reason::CrlNotYetValid { .. }
            | Reason::CrlOutOfScope { .. }
            | Reason::CrlSignatureInvalid { .. }
            | Reason::CrlUnhandledCriticalExtension { .. }
            | Reason::CrlIssuerLacksCrlSign { .. }
            | Reason::CrlIssuerPathInvalid { .. }
            | Reason::CrlMalformed { .. }
            | Reason::DeltaWithoutBase { .. }
            | Reason::OcspUnusable { .. } => Self::Unknown,
            Reason::NotConforming { .. } => Self::Form,
            Reason::CtlWhitelisted { .. }
            | Reason::CtlWhitelistedExpired { .. }
            | Reason::CtlEntryEnded { .. }
            | Reason::CtlConflict { .. }
            | Reason::CtlRevokedButWhitelisted { .. }
            | Reason::CtlAlternativePathUsed { .. }
            | Reason::WeakAlgorithm { .. }
            | Reason::WeakKey { .. } => Self::Note,
        }
    }
}
