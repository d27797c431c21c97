use core::fmt;

use chrono::{DateTime, Utc};
use rollcert_pki::extension::ReasonCode;
use rollcert_pki::{Name, Purpose, Thumbprint};

use super::reason::MissingIssuer;
use super::shown::{Listed, Shown};
use super::span::{Instant, Span};
use super::words::{Named, Short};
use crate::limits::Step;

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
    /// Get a certificate whose time is not over; of a CA, the one that it has got since.
    Renew {
        /// Whose.
        subject: Name,
        /// Who issues it.
        issuer: Name,
        /// Whether it is a CA of the path, and not the certificate that was evaluated.
        is_authority: bool,
        /// Whether the certificate of who issues it has expired, too.
        has_issuer_expired: bool,
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
    /// Ask whoever runs the CA for another certificate or CRL than it has issued.
    AskAuthority {
        /// The CA.
        authority: Name,
        /// What it must be, in words.
        wanted: String,
    },
    /// Stop using what is revoked, and everything that was signed or encrypted with it since; of a CA, everything below it.
    StopUsing {
        /// What is revoked.
        subject: Name,
        /// Since when.
        since: DateTime<Utc>,
        /// Why, if the CA says.
        reason: Option<ReasonCode>,
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
    /// With a key of so many bits at least.
    LargerKey(u32),
    /// Signed with a digest that the policy allows.
    StrongerDigest,
    /// Of algorithms that are served.
    Served,
    /// For this purpose.
    For(Purpose),
    /// For this purpose, and from a CA that issues such.
    FromAuthorityFor(Purpose),
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Genuine => f.write_str("that its issuer has signed"),
            Self::LargerKey(minimum) => write!(f, "with a key of at least {minimum} bits"),
            Self::StrongerDigest => {
                f.write_str("that is signed with a digest that the policy allows, such as SHA-256")
            }
            Self::Served => f.write_str(
                "whose key and signature are RSA, ECDSA (P-256, P-384, P-521) or Ed25519",
            ),
            Self::For(purpose) => f.write_str(service(*purpose)),
            Self::FromAuthorityFor(purpose) => write!(
                f,
                "{}, from a CA whose extended key usage allows that",
                service(*purpose)
            ),
        }
    }
}

/// What a certificate for the purpose is for, in words.
const fn service(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::SmimeSign => "for signing messages",
        Purpose::SmimeEncrypt => "to which messages can be encrypted",
        Purpose::TlsServer => "for a TLS server",
        Purpose::TlsClient => "for a TLS client",
        _ => "for this purpose",
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
            Self::Renew {
                subject, issuer, ..
            } if subject.matches(issuer) => write!(
                f,
                "get the certificate that takes the place of {}; if it is a root that you trust, put \
                 it among the roots",
                Shown(Named(subject))
            ),
            Self::Renew {
                subject,
                issuer,
                is_authority,
                has_issuer_expired,
            } => {
                let (subject, issuer) = (Shown(Named(subject)), Shown(Named(issuer)));
                if *is_authority {
                    write!(
                        f,
                        "import the renewed certificate of {subject}, if {issuer} has issued one; \
                         else get a certificate from another CA"
                    )
                } else if *has_issuer_expired {
                    write!(
                        f,
                        "get a certificate of {subject} that has not expired, from {issuer} once that \
                         is renewed, for it has expired, too, or from another CA"
                    )
                } else {
                    write!(
                        f,
                        "get a certificate of {subject} that has not expired, from {issuer}"
                    )
                }
            }
            Self::Wait { until } => write!(
                f,
                "wait until {}; if that is past, set the clock right",
                Instant(*until)
            ),
            Self::Replace { subject, wanted } => write!(
                f,
                "ask the owner of {} for a certificate {wanted}",
                Shown(Named(subject))
            ),
            Self::AskAuthority { authority, wanted } => {
                write!(f, "ask {} for {wanted}", Shown(Named(authority)))
            }
            Self::StopUsing {
                subject,
                since,
                reason,
                is_authority: false,
            } => {
                let subject = Shown(Named(subject));
                match reason {
                    Some(ReasonCode::CertificateHold) => write!(
                        f,
                        "do not use the certificate of {subject} while it is on hold: ask its owner \
                         whether the CA will release it, and fetch the next CRL"
                    ),
                    Some(
                        ReasonCode::Superseded
                        | ReasonCode::CessationOfOperation
                        | ReasonCode::AffiliationChanged,
                    ) => write!(
                        f,
                        "stop using the certificate of {subject}, and ask its owner for the one that \
                         takes its place"
                    ),
                    _ => write!(
                        f,
                        "stop using the certificate of {subject}, ask its owner for a new one, and \
                         doubt what it was used for since {}",
                        Instant(*since)
                    ),
                }
            }
            Self::StopUsing {
                subject,
                since,
                is_authority: true,
                ..
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
            Self::RenewOcsp => f.write_str("get another OCSP response"),
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
                    "if the certificate is to be accepted all the same, change this in the policy: {part}"
                )
            }
            Self::CheckName => f.write_str(
                "check the name that was asked for, or ask for a certificate that carries it",
            ),
            Self::RaiseLimit { step, limit } => write!(
                f,
                "leave out certificates that are not needed, or allow more than {}",
                step.counted(*limit)
            ),
        }
    }
}
