//! What each reason says to people: one sentence, lower case, no full stop, with both operands.

use core::fmt;

use super::reason::Reason;
use super::shown::{Listed, Shown};
use super::span::{Instant, Span};
use super::words::{
    Beside, Count, ExtensionName, Named, Note, OCSP_CAUSES, SIGNER_CAUSES, Short, Usages, in_words,
};
use crate::policy::AlgorithmRule;

/// One sentence about the certificate, with what was expected and what was found.
///
/// Names and texts of others in it are escaped and bounded, so that it can go to a terminal, a log or a page as it is.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPathToAnchor { missing } => {
                write!(
                    f,
                    "no known certificate of its issuer, {missing}, leads to a trusted root"
                )
            }
            Self::RootNotTrusted { thumbprint, .. } => write!(
                f,
                "it is self-signed, {}, and not among the trusted roots",
                Short(thumbprint)
            ),
            Self::SignatureInvalid { issuer } => {
                let (key, meaning) = if issuer.is_identified {
                    (
                        "the key of",
                        "which its authority key identifier names: it is damaged or forged",
                    )
                } else {
                    (
                        "the key that is known of",
                        "and it does not name the key: it is damaged or forged, or the CA has another key",
                    )
                };
                write!(
                    f,
                    "its signature does not verify under {key} {}, {}, {meaning}",
                    Shown(Named(&issuer.subject)),
                    Short(&issuer.thumbprint)
                )
            }
            Self::SignatureAlgorithmUnsupported { algorithm } => {
                write!(
                    f,
                    "it is signed with {}, which is not supported; RSA, ECDSA and Ed25519 are",
                    Shown(algorithm)
                )
            }
            Self::DsaNotServed => f.write_str(
                "it uses DSA, which FIPS 186-5 has withdrawn and which is not supported",
            ),
            Self::AlgorithmNotAllowed { algorithm, rule } => {
                let (signed, kind) = match rule {
                    AlgorithmRule::CertificateDigest => ("it", "certificates"),
                    AlgorithmRule::RevocationDigest => {
                        ("what tells of its revocation", "CRLs and OCSP responses")
                    }
                };
                let algorithm = Shown(algorithm);
                write!(
                    f,
                    "{signed} is signed with {algorithm}, which the policy does not allow for {kind}"
                )
            }
            Self::KeyTooSmall { key, minimum } => {
                let key = Shown(key);
                write!(
                    f,
                    "its key is {key}, and the policy wants at least {minimum} bits"
                )
            }
            Self::WeakAlgorithm { algorithm } => {
                let algorithm = Shown(algorithm);
                write!(
                    f,
                    "it is signed with {algorithm}, which is weak; the policy allows it"
                )
            }
            Self::WeakKey { key, recommended } => write!(
                f,
                "its key is {}, and at least {recommended} bits are recommended; the policy allows it",
                Shown(key)
            ),
            Self::KeyUnusable { key } => write!(
                f,
                "its key, {}, cannot be used: it is malformed, too large, or of a kind that is not \
                 supported",
                Shown(key)
            ),
            Self::Expired { not_after, now } => {
                write!(f, "it expired at {}", Beside(*not_after, *now))
            }
            Self::NotYetValid { not_before, now } => {
                write!(f, "it is not valid before {}", Beside(*not_before, *now))
            }
            Self::IssuerNotACa => f.write_str(
                "it issued the certificate below and is no CA: its basicConstraints do not say so",
            ),
            Self::IssuerLacksKeyCertSign { found } => write!(
                f,
                "it issued the certificate below, for which its key usage must name keyCertSign, \
                 but names {}",
                Usages(*found)
            ),
            Self::PathLengthExceeded { allowed, found } => write!(
                f,
                "its path length constraint allows {} below it, but {found} {}",
                Count(*allowed, "further CA certificate"),
                if *found == 1 { "follows" } else { "follow" }
            ),
            Self::TooManyIntermediates { allowed, found } => write!(
                f,
                "the policy allows {} between the certificate and its root, but the path has {found}",
                Count(*allowed, "intermediate certificate")
            ),
            Self::UnhandledCriticalExtension { oid } => {
                write!(
                    f,
                    "its critical extension {} is not understood",
                    ExtensionName(oid)
                )
            }
            Self::MalformedExtension { oid } => {
                write!(f, "its extension {} cannot be read", ExtensionName(oid))
            }
            Self::NameNotPermitted { name, permitted } => write!(
                f,
                "its name {} is outside of what the CAs above permit: {}",
                Shown(name),
                Listed {
                    items: permitted,
                    between: ", ",
                    none: "nothing",
                }
            ),
            Self::NameExcluded { name, excluded } => write!(
                f,
                "its name {} lies within {}, which a CA above excludes",
                Shown(name),
                Shown(excluded)
            ),
            Self::NameConstraintUnsupported { constraint } => {
                write!(
                    f,
                    "a CA above constrains names by {}, which cannot be judged here",
                    Shown(constraint)
                )
            }
            Self::NameMalformed { name } => write!(
                f,
                "its name {} is malformed or has no host, and a CA above constrains names of its kind",
                Shown(name)
            ),
            Self::NameMismatch { asked, found } => write!(
                f,
                "expected the name {}, but found {}",
                Shown(asked),
                Listed {
                    items: found,
                    between: ", ",
                    none: "no name of that kind",
                }
            ),
            Self::PolicyRequired {
                acceptable,
                required_by,
                lost_at,
            } => {
                match acceptable.as_slice() {
                    [] => f.write_str("a certificate policy")?,
                    acceptable => {
                        let acceptable = Listed {
                            items: acceptable,
                            between: " or ",
                            none: "",
                        };
                        write!(f, "the certificate policy {acceptable}")?;
                    }
                }
                f.write_str(" must hold for the whole path")?;
                if let Some(authority) = required_by {
                    write!(f, ", as {} requires", Shown(Named(authority)))?;
                }
                f.write_str(", but none does")?;
                match lost_at {
                    Some(index) => write!(f, ": the last is lost at certificate {index}"),
                    None => Ok(()),
                }
            }
            Self::PolicyExtensionInvalid { oid } => {
                write!(
                    f,
                    "its extension {} is empty, says something twice, or maps anyPolicy, against \
                     RFC 5280",
                    ExtensionName(oid)
                )
            }
            Self::KeyUsage {
                purpose,
                needed,
                found,
            } => write!(
                f,
                "for {purpose}, expected the key usage {}, but found {}",
                Listed {
                    items: needed,
                    between: " or ",
                    none: "of a rule, of which the policy has none",
                },
                Usages(*found)
            ),
            Self::ExtendedKeyUsage {
                purpose,
                needed,
                found,
            } => {
                let wanted = Listed {
                    items: needed,
                    between: " or ",
                    none: "of a rule, of which the policy has none",
                };
                write!(
                    f,
                    "for {purpose}, expected the extended key usage {wanted}, but "
                )?;
                match found {
                    None => f.write_str("it has none"),
                    Some(found) => {
                        let found = Listed {
                            items: found,
                            between: ", ",
                            none: "an empty list",
                        };
                        write!(f, "found {found}")
                    }
                }
            }
            Self::Revoked {
                date,
                reason,
                source,
                now,
            } => {
                write!(f, "it was revoked at {}", Beside(*date, *now))?;
                if let Some(reason) = reason {
                    write!(f, ", for {reason}")?;
                }
                write!(f, ", says {source}")
            }
            Self::NoApplicableCrl { issuer, locations } => {
                let issuer = Shown(Named(issuer));
                write!(
                    f,
                    "neither a CRL of {issuer} that covers it is known, nor an OCSP response that can \
                     be used; it "
                )?;
                match locations.as_slice() {
                    [] => f.write_str("does not say where the CRL is to be had"),
                    locations => {
                        let locations = Listed {
                            items: locations,
                            between: " or ",
                            none: "",
                        };
                        write!(f, "says that the CRL is to be had at {locations}")
                    }
                }
            }
            Self::CrlExpired {
                source,
                next_update,
                now,
            } => match next_update {
                Some(due) => {
                    let due = Beside(*due, *now);
                    write!(f, "{source} is past its next update, due {due}")
                }
                None => write!(f, "{source} does not say when the next one is due"),
            },
            Self::CrlNotYetValid {
                source,
                this_update,
                now,
            } => write!(
                f,
                "{source} is dated in the future, {} after {}",
                Span::between(*this_update, *now),
                Instant(*now)
            ),
            Self::CrlOutOfScope { source, uncovered } => {
                let uncovered = Shown(uncovered);
                match source {
                    Some(source) => write!(f, "{source} does not cover it: {uncovered}"),
                    None => write!(f, "no CRL of its issuer covers it: {uncovered}"),
                }
            }
            Self::CrlSignatureInvalid { source } => write!(
                f,
                "the signature of {source} does not verify under any known key of its issuer"
            ),
            Self::CrlUnhandledCriticalExtension { source, oid } => match oid {
                Some(oid) => {
                    let name = ExtensionName(oid);
                    write!(
                        f,
                        "{source} has the critical extension {name}, which is not understood"
                    )
                }
                None => write!(
                    f,
                    "{source} has an entry with a critical extension that is not understood"
                ),
            },
            Self::CrlIssuerLacksCrlSign { source } => write!(
                f,
                "{source} is signed by a certificate whose key usage does not name cRLSign"
            ),
            Self::CrlIssuerPathInvalid {
                source,
                cause: "issuer-unknown",
            } => write!(f, "no certificate of the issuer of {source} is known"),
            Self::CrlIssuerPathInvalid { source, cause } => write!(
                f,
                "{source} is signed by a certificate without a valid path to the same root: {}",
                in_words(&SIGNER_CAUSES, cause)
            ),
            Self::CrlMalformed { source } => {
                write!(
                    f,
                    "{source} is malformed, so that nobody can rely on what it says"
                )
            }
            Self::DeltaWithoutBase { source } => {
                write!(
                    f,
                    "{source} holds changes only, and the complete CRL is not known"
                )
            }
            Self::OcspUnusable { cause } => {
                let cause = in_words(&OCSP_CAUSES, cause);
                write!(f, "the OCSP response cannot be used: {cause}")
            }
            Self::CtlBlacklisted { thumbprint, note } => {
                let entry = Short(thumbprint);
                write!(
                    f,
                    "the trust list names it as not to be trusted, entry {entry}{}",
                    Note(note)
                )
            }
            Self::CtlIssuerBlacklisted {
                issuer,
                thumbprint,
                note,
            } => write!(
                f,
                "the trust list names the CA {} as not to be trusted, entry {}{}",
                Shown(Named(issuer)),
                Short(thumbprint),
                Note(note)
            ),
            Self::CtlWhitelisted { thumbprint } => {
                write!(
                    f,
                    "the trust list names it as trusted, entry {}",
                    Short(thumbprint)
                )
            }
            Self::CtlWhitelistedExpired { not_after, now } => write!(
                f,
                "the trust list names it as trusted though it expired at {}",
                Beside(*not_after, *now)
            ),
            Self::CtlEntryEnded { ended, now } => write!(
                f,
                "its entry in the trust list counts no more: it ended at {}",
                Beside(*ended, *now)
            ),
            Self::CtlConflict { issuer } => write!(
                f,
                "the trust list names it as trusted, and the CA {} above it as not to be trusted",
                Shown(Named(issuer))
            ),
            Self::CtlRevokedButWhitelisted { date, now } => write!(
                f,
                "the trust list names it as trusted though it was revoked at {}",
                Beside(*date, *now)
            ),
            Self::CtlAlternativePathUsed { issuer } => write!(
                f,
                "this path avoids the CA {}, which the trust list names as not to be trusted",
                Shown(Named(issuer))
            ),
            Self::NotConforming { rule } => write!(f, "it breaks the rule that {rule}"),
            Self::BudgetExhausted { step, limit } => write!(
                f,
                "the search stopped at its limit of {}, and there may be a path that was not looked at",
                step.counted(*limit)
            ),
        }
    }
}

#[cfg(test)]
mod tests;
