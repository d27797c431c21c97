//! Whether a certificate in a path is revoked, by the CRLs and OCSP responses that are known (RFC 5280 §6.3, RFC 6960).

mod causes;
mod claims;
mod crl_facts;
mod crls;
mod listed;
mod points;
mod reasons;
mod received;
mod responses;
mod signer;

pub(crate) use crl_facts::{CrlFacts, CrlFault};
pub(crate) use received::ReceivedResponse;

use rollcert_pki::Name;

use crate::context::{Context, SignerPaths};
use crate::policy::{OnUnknown, RevocationPolicy};
use crate::report::{Reason, RevocationSource, RevocationStatus};
use crate::revocation::causes::Causes;
use crate::revocation::points::Points;
use crate::stored::StoredCertificate;
use crate::stores::StoredCrl;

/// The status of the certificate at `index` of `path`, which runs from the leaf to the anchor.
///
/// `ocsp_responses` are those that came along. CRLs and responses are asked alike: one that revokes the certificate decides;
/// else one that vouches for it does. `Err` when the budget is spent.
pub(crate) fn check(
    context: &Context<'_>,
    signers: &dyn SignerPaths,
    path: &[StoredCertificate],
    index: usize,
    ocsp_responses: &[ReceivedResponse<'_>],
) -> Result<Checked, Reason> {
    let RevocationPolicy::Check { skew, .. } = context.policy.revocation else {
        return Ok(RevocationStatus::NotChecked.into());
    };
    // Nobody vouches for a root but who trusts it.
    if index.saturating_add(1) >= path.len() {
        return Ok(RevocationStatus::NotChecked.into());
    }
    let latest = context.now.checked_add_signed(skew).unwrap_or(context.now);
    let by_crls = crls::check(context, signers, path, index, latest)?;
    let by_ocsp = responses::check(context, signers, path, index, latest, ocsp_responses)?;
    Ok(by_crls.with(by_ocsp).into_checked())
}

/// Whether anybody says that the certificate is revoked, rightly or not: where nobody does, no path to any root can tell
/// that it is. Nothing is verified for this.
///
/// `Err` when the budget is spent.
pub(crate) fn is_accused(
    context: &Context<'_>,
    certificate: &StoredCertificate,
    ocsp_responses: &[ReceivedResponse<'_>],
) -> Result<bool, Reason> {
    Ok(context.policy.revocation != RevocationPolicy::Off
        && (listed::is_listed(context, certificate)?
            || responses::is_named(context, certificate, ocsp_responses)?))
}

/// Whose CRLs a certificate wants looked at, and where it says that they are to be had (RFC 5280 §4.2.1.13).
pub(crate) fn wanted_crls(certificate: &StoredCertificate) -> (Name, Vec<String>) {
    let points = Points::of(certificate);
    (points.wanted_issuer().clone(), points.locations())
}

/// What an unknown status with these causes means.
///
/// Each cause must be one that the policy accepts. A CRL that cannot be used is as good as none, for anybody can make one; a
/// response that cannot be used, or a delta that goes with no complete CRL, changes nothing about what else is missing.
pub(crate) fn meaning_of_unknown(policy: &RevocationPolicy, causes: &[Reason]) -> OnUnknown {
    let RevocationPolicy::Check {
        unknown,
        expired,
        unusable,
        ..
    } = policy
    else {
        return OnUnknown::Accept;
    };
    let accepts = |meaning: &OnUnknown| *meaning == OnUnknown::Accept;
    let mut weighty = causes
        .iter()
        .filter(|cause| {
            !matches!(
                cause,
                Reason::OcspUnusable { .. } | Reason::DeltaWithoutBase { .. }
            )
        })
        .peekable();
    let is_accepted = |cause: &Reason| match cause {
        Reason::NoApplicableCrl { .. } => accepts(unknown),
        Reason::CrlExpired { .. } => accepts(expired),
        _ => accepts(unusable) && accepts(unknown),
    };
    if weighty.peek().is_some() && weighty.all(is_accepted) {
        OnUnknown::Accept
    } else {
        OnUnknown::Reject
    }
}

/// What was found of a certificate in one path.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    pub(crate) status: RevocationStatus,
    /// Whether somebody lists it as revoked who cannot be heard in this path, such as for want of a way to its root. In
    /// another path, that revocation may count.
    pub(crate) is_contested: bool,
}

/// A status that no other path changes for what is known in this one.
impl From<RevocationStatus> for Checked {
    fn from(status: RevocationStatus) -> Self {
        Self {
            status,
            is_contested: false,
        }
    }
}

/// What one kind of source says.
#[derive(Clone, Debug)]
enum Answer {
    /// [`Reason::Revoked`].
    Revoked(Reason),
    /// See [`Checked::is_contested`].
    Good {
        source: RevocationSource,
        is_contested: bool,
    },
    Unknown(Causes),
}

impl Answer {
    fn with(self, other: Self) -> Self {
        match (self, other) {
            (revoked @ Self::Revoked(_), _) | (_, revoked @ Self::Revoked(_)) => revoked,
            (
                Self::Good {
                    source,
                    is_contested,
                },
                other,
            )
            | (
                other,
                Self::Good {
                    source,
                    is_contested,
                },
            ) => Self::Good {
                source,
                is_contested: is_contested || other.is_contested(),
            },
            (Self::Unknown(causes), Self::Unknown(others)) => Self::Unknown(causes.merge(others)),
        }
    }

    const fn is_contested(&self) -> bool {
        match self {
            Self::Revoked(_) => false,
            Self::Good { is_contested, .. } => *is_contested,
            Self::Unknown(causes) => causes.are_contesting(),
        }
    }

    fn into_checked(self) -> Checked {
        let is_contested = self.is_contested();
        let status = match self {
            Self::Revoked(reason) => RevocationStatus::Revoked { reason },
            Self::Good { source, .. } => RevocationStatus::Good { source },
            Self::Unknown(causes) => RevocationStatus::Unknown {
                causes: causes.into_reasons(),
            },
        };
        Checked {
            status,
            is_contested,
        }
    }
}

/// The CRL, as reasons name it.
pub(crate) fn crl_source(crl: &StoredCrl) -> RevocationSource {
    RevocationSource::Crl {
        issuer: crl.crl().issuer().clone(),
        number: crl.facts().number.clone(),
        this_update: crl.crl().this_update(),
        thumbprint: *crl.sha256(),
    }
}

/// Why a CRL, or all that are known, say nothing of a certificate: what they do not cover.
fn out_of_scope(crl: Option<&StoredCrl>, uncovered: String) -> Reason {
    Reason::CrlOutOfScope {
        source: crl.map(crl_source),
        uncovered,
    }
}
