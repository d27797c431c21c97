//! Which remedy goes with which finding.

use core::fmt;

use rollcert_pki::{KeyUsage, KeyUsages};

use super::reason::{MissingIssuer, Reason, RevocationSource};
use super::remedy::{Remedy, Wanted};
use super::shown::Shown;
use super::words::{ExtensionName, Named};
use super::{Finding, Report};
use crate::policy::AlgorithmRule;
use crate::revocation::wanted_crls;
use crate::stored::StoredCertificate;

impl Remedy {
    /// What mends this finding; none for what is only worth knowing.
    pub(crate) fn of(finding: &Finding, report: &Report) -> Option<Self> {
        let place = finding.place.as_ref();
        let about = place.map_or(&report.certificate, |place| &place.certificate);
        let subject = || about.certificate().subject().clone();
        let issuer = || about.certificate().issuer().clone();
        let is_authority = place.is_some_and(|place| place.index > 0);
        let replace = |wanted| Self::Replace {
            subject: subject(),
            wanted,
        };
        let ask = |what: fmt::Arguments<'_>| Self::AskAuthority {
            authority: issuer(),
            wanted: format!("a certificate of {} {what}", Shown(Named(&subject()))),
        };
        let ask_crl = |source: &RevocationSource, wanted: &str| Self::AskAuthority {
            authority: match source {
                RevocationSource::Crl { issuer, .. } => issuer.clone(),
                RevocationSource::Ocsp { responder, .. } => responder.clone(),
            },
            wanted: wanted.to_owned(),
        };
        let fetch = |source: &RevocationSource, due| match source {
            RevocationSource::Crl { issuer, .. } => Self::FetchCrl {
                issuer: issuer.clone(),
                locations: wanted_crls(about).1,
                due,
                now: report.now,
            },
            RevocationSource::Ocsp { .. } => Self::RenewOcsp,
        };
        Some(match &finding.reason {
            Reason::NoPathToAnchor { missing } => match signature_at(finding, report) {
                Signature::Unknown => Self::ImportIssuer {
                    missing: missing.clone(),
                    instead_of: None,
                },
                Signature::Invalid => replace(Wanted::Genuine),
                // Another issuer would not help.
                Signature::NotServed => return None,
            },
            Reason::RootNotTrusted {
                subject,
                thumbprint,
            } => Self::TrustRoot {
                subject: subject.clone(),
                sha256: *thumbprint,
            },
            Reason::Expired { .. } => Self::Renew {
                subject: subject(),
                issuer: issuer(),
                is_authority,
                has_issuer_expired: has_issuer_expired(finding, report),
            },
            Reason::NotYetValid { not_before, .. } => Self::Wait { until: *not_before },
            Reason::SignatureInvalid { issuer } => match missing_at(finding, report) {
                Some(missing) if !issuer.is_identified => Self::ImportIssuer {
                    missing: missing.clone(),
                    instead_of: Some(issuer.thumbprint),
                },
                _ => replace(Wanted::Genuine),
            },
            Reason::SignatureAlgorithmUnsupported { .. }
            | Reason::DsaNotServed
            | Reason::KeyUnusable { .. } => replace(Wanted::Served),
            Reason::AlgorithmNotAllowed {
                rule: AlgorithmRule::RevocationDigest,
                ..
            } => Self::AskAuthority {
                authority: wanted_crls(about).0,
                wanted:
                    "a CRL that is signed as the policy allows, such as with RSA or ECDSA and SHA-256"
                        .to_owned(),
            },
            Reason::AlgorithmNotAllowed { .. } => replace(Wanted::StrongerDigest),
            Reason::KeyTooSmall { minimum, .. } => replace(Wanted::LargerKey(*minimum)),
            // What the CA above may not issue, it is of no use to ask it for.
            Reason::ExtendedKeyUsage { purpose, .. } if is_authority => Self::Replace {
                subject: report.certificate().subject().clone(),
                wanted: Wanted::FromAuthorityFor(*purpose),
            },
            Reason::KeyUsage { purpose, .. } | Reason::ExtendedKeyUsage { purpose, .. } => {
                replace(Wanted::For(*purpose))
            }
            Reason::IssuerNotACa | Reason::IssuerLacksKeyCertSign { .. }
                if is_no_authority(about) =>
            {
                Self::Distrust { issuer: subject() }
            }
            Reason::IssuerNotACa | Reason::IssuerLacksKeyCertSign { .. } => ask(format_args!(
                "whose basicConstraints and key usage say that it is a CA"
            )),
            Reason::PathLengthExceeded { found, .. } => ask(format_args!(
                "with a path length constraint of at least {found}, or none"
            )),
            Reason::UnhandledCriticalExtension { oid } => ask(format_args!(
                "without the critical extension {}",
                ExtensionName(oid)
            )),
            Reason::MalformedExtension { oid } | Reason::PolicyExtensionInvalid { oid } => {
                let extension = ExtensionName(oid);
                ask(format_args!(
                    "whose extension {extension} is as RFC 5280 says"
                ))
            }
            Reason::NameNotPermitted { .. } | Reason::NameExcluded { .. } => ask(format_args!(
                "with no name but those that the CAs above allow"
            )),
            Reason::NameConstraintUnsupported { .. } => {
                ask(format_args!("below CAs without such a name constraint"))
            }
            Reason::NameMalformed { name } => ask(format_args!("without the name {}", Shown(name))),
            Reason::TooManyIntermediates { .. } => Self::ChangePolicy {
                part: "the number of intermediate certificates allowed",
            },
            Reason::PolicyRequired {
                required_by: Some(_),
                lost_at: Some(index),
                ..
            } => {
                let path = report.paths.first();
                let lost = path.and_then(|path| path.certificates.get(*index));
                let lost = lost.unwrap_or(about).certificate();
                Self::AskAuthority {
                    authority: lost.issuer().clone(),
                    wanted: format!(
                        "a certificate of {} for a certificate policy that the CAs above have, too",
                        Shown(Named(lost.subject()))
                    ),
                }
            }
            // The caller requires one, or accepts none of those that hold.
            Reason::PolicyRequired { .. } => Self::ChangePolicy {
                part: "the certificate policies that are required",
            },
            Reason::NotConforming { .. } => Self::ChangePolicy {
                part: "the rules of issuance that are enforced",
            },
            Reason::NameMismatch { .. } => Self::CheckName,
            // Its entry in the trust list counts for more.
            Reason::Revoked { .. } if report.trusted().is_some() => Self::RenewEntry,
            Reason::Revoked { date, reason, .. } => Self::StopUsing {
                subject: subject(),
                since: *date,
                reason: *reason,
                is_authority,
            },
            Reason::NoApplicableCrl { issuer, locations } => Self::FetchCrl {
                issuer: issuer.clone(),
                locations: locations.clone(),
                due: None,
                now: report.now,
            },
            Reason::CrlExpired {
                source,
                next_update,
                ..
            } => fetch(source, *next_update),
            Reason::DeltaWithoutBase { source }
            | Reason::CrlSignatureInvalid { source }
            | Reason::CrlMalformed { source } => fetch(source, None),
            Reason::CrlNotYetValid { this_update, .. } => Self::Wait {
                until: *this_update,
            },
            // No CRL of its issuer ever covers it: that of another is told to be missing.
            Reason::CrlOutOfScope { source: None, .. } => return None,
            Reason::CrlOutOfScope { .. } => {
                let (issuer, locations) = wanted_crls(about);
                Self::FetchCrl {
                    issuer,
                    locations,
                    due: None,
                    now: report.now,
                }
            }
            Reason::CrlUnhandledCriticalExtension { source, .. } => ask_crl(
                source,
                "a CRL without critical extensions that RFC 5280 does not know",
            ),
            Reason::CrlIssuerLacksCrlSign { source } => ask_crl(
                source,
                "a CRL that is signed by a certificate whose key usage names cRLSign",
            ),
            Reason::CrlIssuerPathInvalid {
                source: RevocationSource::Crl { issuer, .. },
                cause: "issuer-unknown",
            } => Self::ImportIssuer {
                missing: MissingIssuer {
                    name: issuer.clone(),
                    key_identifier: None,
                    serial: None,
                },
                instead_of: None,
            },
            Reason::CrlIssuerPathInvalid { source, .. } => ask_crl(
                source,
                "a CRL that is signed by a certificate with a valid path to the same root",
            ),
            Reason::OcspUnusable { .. } => Self::RenewOcsp,
            Reason::CtlBlacklisted { thumbprint, .. }
            | Reason::CtlIssuerBlacklisted { thumbprint, .. } => Self::RemoveEntry {
                thumbprint: *thumbprint,
            },
            Reason::CtlWhitelistedExpired { .. }
            | Reason::CtlEntryEnded { .. }
            | Reason::CtlConflict { .. }
            | Reason::CtlRevokedButWhitelisted { .. } => Self::RenewEntry,
            Reason::BudgetExhausted { step, limit } => Self::RaiseLimit {
                step: *step,
                limit: *limit,
            },
            Reason::CtlWhitelisted { .. }
            | Reason::CtlAlternativePathUsed { .. }
            | Reason::WeakAlgorithm { .. }
            | Reason::WeakKey { .. } => return None,
        })
    }
}

/// What becomes of a reason when the certificate is whitelisted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whitelisting {
    /// It no longer counts.
    Mends,
    /// It no longer counts, if the entry allows that it has expired.
    MendsIfExpiredIsAllowed,
    /// It counts all the same, or whitelisting would be unwise.
    IsNoAnswer,
}

impl Whitelisting {
    pub(crate) const fn of(reason: &Reason, index: usize) -> Self {
        match reason {
            Reason::Expired { .. } if index == 0 => Self::MendsIfExpiredIsAllowed,
            Reason::NoPathToAnchor { .. }
            | Reason::RootNotTrusted { .. }
            | Reason::Expired { .. }
            | Reason::SignatureAlgorithmUnsupported { .. }
            | Reason::DsaNotServed
            | Reason::TooManyIntermediates { .. }
            | Reason::NameConstraintUnsupported { .. }
            | Reason::NameMalformed { .. }
            | Reason::PolicyRequired { .. }
            | Reason::PolicyExtensionInvalid { .. }
            | Reason::NotConforming { .. }
            | Reason::NoApplicableCrl { .. }
            | Reason::CrlExpired { .. }
            | Reason::CrlOutOfScope { .. }
            | Reason::CrlMalformed { .. }
            | Reason::CrlUnhandledCriticalExtension { .. }
            | Reason::AlgorithmNotAllowed {
                rule: AlgorithmRule::RevocationDigest,
                ..
            }
            | Reason::DeltaWithoutBase { .. } => Self::Mends,
            _ => Self::IsNoAnswer,
        }
    }
}

/// What is known of the signature on the certificate of a finding.
enum Signature {
    /// Nobody has refused it.
    Unknown,
    /// It does not verify.
    Invalid,
    /// It is of no use, whoever made it.
    NotServed,
}

fn signature_at(finding: &Finding, report: &Report) -> Signature {
    let mut found = Signature::Unknown;
    for reason in reasons_beside(finding, report) {
        match reason {
            Reason::SignatureInvalid { .. } => return Signature::Invalid,
            Reason::DsaNotServed
            | Reason::SignatureAlgorithmUnsupported { .. }
            | Reason::AlgorithmNotAllowed { .. } => found = Signature::NotServed,
            _ => {}
        }
    }
    found
}

/// Whether the certificate of who issued the one of a finding has expired, in the path that the reasons are about.
fn has_issuer_expired(finding: &Finding, report: &Report) -> bool {
    let place = finding.place.as_ref();
    let above = place.map_or(1, |place| place.index.saturating_add(1));
    report.reasons().any(|other| {
        let is_above = other
            .place
            .as_ref()
            .is_some_and(|place| place.index == above);
        is_above && matches!(other.reason, Reason::Expired { .. })
    })
}

fn missing_at<'a>(finding: &'a Finding, report: &'a Report) -> Option<&'a MissingIssuer> {
    reasons_beside(finding, report).find_map(|reason| match reason {
        Reason::NoPathToAnchor { missing } => Some(missing),
        _ => None,
    })
}

/// All that is said of the certificate of a finding.
fn reasons_beside<'a>(
    finding: &'a Finding,
    report: &'a Report,
) -> impl Iterator<Item = &'a Reason> {
    let findings = report.reasons();
    let beside = findings.filter(|other| other.place == finding.place);
    beside.map(|other| &other.reason)
}

/// Whether a certificate is not meant for a CA: whoever issued another with its key had no right to, and who issued this
/// one is not to blame.
fn is_no_authority(certificate: &StoredCertificate) -> bool {
    let facts = certificate.facts();
    match facts.basic_constraints {
        Some(constraints) => !constraints.is_ca(),
        // Older versions cannot say.
        None => {
            let signs = |usages: KeyUsages| usages.contains(KeyUsage::KeyCertSign);
            certificate.certificate().version() >= 3 && !facts.key_usage.is_some_and(signs)
        }
    }
}
