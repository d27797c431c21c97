use core::fmt;

use chrono::{DateTime, Utc};
use rollcert_pki::{KeyUsage, KeyUsages, Name, Purpose, Thumbprint};

use super::reason::{MissingIssuer, Reason, RevocationSource};
use super::shown::{Listed, Shown};
use super::span::{Instant, Span};
use super::text::{Named, Short};
use super::{Finding, Report};
use crate::limits::Step;
use crate::revocation::wanted_crls;
use crate::stored::StoredCertificate;

/// What somebody can do about a finding. Texts are for people and may change; [`Self::code`] does not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// Import the certificate that the path lacks.
    ImportIssuer {
        /// Which.
        missing: MissingIssuer,
        /// SHA-256 of the certificate of that name that is known, and whose key did not sign.
        instead_of: Option<Thumbprint>,
    },
    /// Put the last certificate of the path among the roots.
    TrustRoot {
        /// Its subject.
        subject: Name,
        /// Its SHA-256 thumbprint, to be compared with what its owner says.
        sha256: Thumbprint,
    },
    /// Get a certificate whose time is not over.
    Renew {
        /// Whose.
        subject: Name,
        /// Who issues it.
        issuer: Name,
    },
    /// Wait for its first day, or set the clock right.
    Wait {
        /// When it begins.
        until: DateTime<Utc>,
    },
    /// Get another certificate.
    Replace {
        /// Whose.
        subject: Name,
        /// What it must be.
        wanted: Wanted,
    },
    /// Ask whoever runs the CA to mend the certificate or CRL.
    AskAuthority {
        /// The CA.
        authority: Name,
    },
    /// Stop using what is revoked, and everything that was signed or encrypted with it since; of a CA, everything below it.
    StopUsing {
        /// What is revoked.
        subject: Name,
        /// Since when.
        since: DateTime<Utc>,
        /// Whether it is a CA of the path, and not the certificate that was evaluated.
        is_authority: bool,
    },
    /// Do not use what somebody issued who is no CA.
    Distrust {
        /// Who issued it.
        issuer: Name,
    },
    /// Fetch a CRL.
    FetchCrl {
        /// Whose.
        issuer: Name,
        /// Where the certificate says it is to be had; empty where it does not say.
        locations: Vec<String>,
        /// When the one that is known ended.
        due: Option<DateTime<Utc>>,
        /// When that was looked at.
        now: DateTime<Utc>,
    },
    /// Get another OCSP response.
    RenewOcsp,
    /// Take an entry out of the trust list, if it is not meant any more.
    RemoveEntry {
        /// That of the entry.
        thumbprint: Thumbprint,
    },
    /// Decide again whether the entry in the trust list is meant to go on.
    RenewEntry,
    /// Trust this one certificate, whatever its path, by an entry in the trust list.
    Whitelist {
        /// Its SHA-512 thumbprint.
        sha512: Thumbprint,
        /// Whether the entry must allow that it has expired.
        allow_expired: bool,
    },
    /// Change the policy, if that is what was meant.
    ChangePolicy {
        /// Which part, in words.
        part: &'static str,
    },
    /// Ask for the right name, or for a certificate with the one that was asked for.
    CheckName,
    /// Allow the search more steps.
    RaiseLimit {
        /// Of what.
        step: Step,
        /// How many were allowed.
        limit: u64,
    },
}

/// What a certificate must be that takes the place of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wanted {
    /// Signed by the issuer that it names.
    Genuine,
    /// With a key and a signature that the policy allows.
    Stronger,
    /// Of algorithms that are served.
    Served,
    /// For this purpose.
    For(Purpose),
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Genuine => f.write_str("that its issuer has signed"),
            Self::Stronger => f.write_str("with a key and a signature that the policy allows"),
            Self::Served => f.write_str("with RSA, ECDSA or Ed25519"),
            Self::For(purpose) => f.write_str(match purpose {
                Purpose::SmimeSign => "for signing messages",
                Purpose::SmimeEncrypt => "to which messages can be encrypted",
                Purpose::TlsServer => "for a TLS server",
                Purpose::TlsClient => "for a TLS client",
                other => return write!(f, "for {other}"),
            }),
        }
    }
}

impl Remedy {
    /// A stable word for the kind of remedy, in lower case with hyphens.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ImportIssuer { .. } => "import-issuer",
            Self::TrustRoot { .. } => "trust-root",
            Self::Renew { .. } => "renew",
            Self::Wait { .. } => "wait",
            Self::Replace { .. } => "replace",
            Self::AskAuthority { .. } => "ask-authority",
            Self::StopUsing { .. } => "stop-using",
            Self::Distrust { .. } => "distrust",
            Self::FetchCrl { .. } => "fetch-crl",
            Self::RenewOcsp => "renew-ocsp",
            Self::RemoveEntry { .. } => "remove-entry",
            Self::RenewEntry => "renew-entry",
            Self::Whitelist { .. } => "whitelist",
            Self::ChangePolicy { .. } => "change-policy",
            Self::CheckName => "check-name",
            Self::RaiseLimit { .. } => "raise-limit",
        }
    }

    /// Whether it is of use to the owner of a certificate that is trusted all the same.
    pub(crate) const fn is_for_trusted(&self) -> bool {
        !matches!(self, Self::AskAuthority { .. } | Self::ChangePolicy { .. })
    }

    /// What mends this finding; none for what is only worth knowing.
    pub(crate) fn of(finding: &Finding, report: &Report) -> Option<Self> {
        let place = finding.place.as_ref();
        let about = place.map_or(&report.certificate, |place| &place.certificate);
        let subject = || about.certificate().subject().clone();
        let issuer = || about.certificate().issuer().clone();
        let replace = |wanted| Self::Replace {
            subject: subject(),
            wanted,
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
            Reason::AlgorithmNotAllowed { .. } | Reason::KeyTooSmall { .. } => {
                replace(Wanted::Stronger)
            }
            Reason::KeyUsage { purpose, .. } | Reason::ExtendedKeyUsage { purpose, .. } => {
                replace(Wanted::For(*purpose))
            }
            Reason::IssuerNotACa | Reason::IssuerLacksKeyCertSign { .. }
                if is_no_authority(about) =>
            {
                Self::Distrust { issuer: subject() }
            }
            Reason::IssuerNotACa
            | Reason::IssuerLacksKeyCertSign { .. }
            | Reason::PathLengthExceeded { .. }
            | Reason::UnhandledCriticalExtension { .. }
            | Reason::MalformedExtension { .. }
            | Reason::NameNotPermitted { .. }
            | Reason::NameExcluded { .. }
            | Reason::NameConstraintUnsupported { .. }
            | Reason::NameMalformed { .. }
            | Reason::PolicyExtensionInvalid { .. } => Self::AskAuthority {
                authority: issuer(),
            },
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
                let lost = lost.unwrap_or(about);
                Self::AskAuthority {
                    authority: lost.certificate().issuer().clone(),
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
            Reason::Revoked { date, .. } => Self::StopUsing {
                subject: subject(),
                since: *date,
                is_authority: place.is_some_and(|place| place.index > 0),
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
            Reason::CrlUnhandledCriticalExtension { source, .. }
            | Reason::CrlIssuerLacksCrlSign { source }
            | Reason::CrlIssuerPathInvalid { source, .. } => Self::AskAuthority {
                authority: match source {
                    RevocationSource::Crl { issuer, .. } => issuer.clone(),
                    RevocationSource::Ocsp { responder, .. } => responder.clone(),
                },
            },
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

/// What to do, as an order.
impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ImportIssuer {
                missing,
                instead_of: Some(known),
            } => write!(
                f,
                "import another certificate of {missing} than the known one, {}, if the CA has one",
                Short(known)
            ),
            Self::ImportIssuer { missing, .. } => write!(
                f,
                "import the certificate of {missing}; if it is a root that you trust, put it among \
                 the roots"
            ),
            Self::TrustRoot { subject, sha256 } => write!(
                f,
                "if you trust {}, put it among the roots, once its owner has confirmed its SHA-256 \
                 thumbprint {sha256}",
                Shown(Named(subject))
            ),
            Self::Renew { subject, issuer } if subject.matches(issuer) => write!(
                f,
                "get the successor of {}, and trust it if it is a root",
                Shown(Named(subject))
            ),
            Self::Renew { subject, issuer } => write!(
                f,
                "get a certificate of {} that has not expired, from {}",
                Shown(Named(subject)),
                Shown(Named(issuer))
            ),
            Self::Wait { until } => write!(
                f,
                "wait until {}; if that is past, set the clock right",
                Instant(*until)
            ),
            Self::Replace { subject, wanted } => write!(
                f,
                "ask {} for a certificate {wanted}",
                Shown(Named(subject))
            ),
            Self::AskAuthority { authority } => write!(
                f,
                "ask {} to mend what it has issued, or get a certificate of another CA",
                Shown(Named(authority))
            ),
            Self::StopUsing {
                subject,
                since,
                is_authority: false,
            } => write!(
                f,
                "stop using the certificate of {}, ask its owner for a new one, and doubt what it was \
                 used for since {}",
                Shown(Named(subject)),
                Instant(*since)
            ),
            Self::StopUsing {
                subject,
                since,
                is_authority: true,
            } => write!(
                f,
                "{} was revoked at {}: everything below it is void; get a certificate from another CA",
                Shown(Named(subject)),
                Instant(*since)
            ),
            Self::Distrust { issuer } => {
                let issuer = Shown(Named(issuer));
                write!(
                    f,
                    "do not use what {issuer} has issued: it is no CA, and the certificate may be \
                     forged by whoever holds the key of {issuer}"
                )
            }
            Self::FetchCrl {
                issuer,
                locations,
                due,
                now,
            } => {
                let issuer = Shown(Named(issuer));
                match due {
                    Some(due) => write!(
                        f,
                        "the CRL from {issuer} is {} past its next update: fetch a new one",
                        Span::between(*due, *now)
                    )?,
                    None => write!(f, "fetch the CRL from {issuer}")?,
                }
                match locations.as_slice() {
                    [] => f.write_str(" by hand, as the certificate does not say where"),
                    locations => {
                        let locations = Listed {
                            items: locations,
                            between: " or ",
                            none: "",
                        };
                        write!(f, " at {locations}")
                    }
                }
            }
            Self::RenewOcsp => f.write_str("ask the OCSP responder again, or fetch a CRL"),
            Self::RemoveEntry { thumbprint } => write!(
                f,
                "if it is to be trusted after all, take the entry {thumbprint} out of the trust list"
            ),
            Self::RenewEntry => f.write_str(
                "decide again whether this certificate is to be trusted, and mend its entry in the \
                 trust list",
            ),
            Self::Whitelist {
                sha512,
                allow_expired,
            } => write!(
                f,
                "or trust this one certificate whatever its path: whitelist it{} by its SHA-512 \
                 thumbprint {sha512}",
                if *allow_expired {
                    ", though expired,"
                } else {
                    ""
                }
            ),
            Self::ChangePolicy { part } => {
                write!(
                    f,
                    "if the certificate is to be accepted, change in the policy {part}"
                )
            }
            Self::CheckName => f.write_str(
                "check the name that was asked for, or ask for a certificate that carries it",
            ),
            Self::RaiseLimit { step, limit } => write!(
                f,
                "leave out certificates that are not needed, or allow more than {limit} {}",
                step.words()
            ),
        }
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
