//! What each reason says to people: one sentence, lower case, no full stop, with both operands.

use core::fmt;

use rollcert_pki::extension::{
    AuthorityInformationAccess, AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies,
    CrlDistributionPoints, ExtendedKeyUsages, ExtensionValue, FreshestCrl, InhibitAnyPolicy,
    NameConstraints, PolicyConstraints, PolicyMappings, SubjectAlternativeName,
    SubjectKeyIdentifier,
};
use rollcert_pki::{KeyUsages, Name, Oid, Thumbprint};

use super::reason::{MissingIssuer, Reason, RevocationSource};
use super::shown::{Listed, Shown};
use super::span::{Instant, Span};
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
                    "no known certificate of {missing} leads to a trusted root"
                )
            }
            Self::RootNotTrusted {
                subject,
                thumbprint,
            } => write!(
                f,
                "the path ends at {}, self-signed, {}, which is not among the trusted roots",
                Shown(Named(subject)),
                Short(thumbprint)
            ),
            Self::SignatureInvalid { issuer } => {
                let (key, meaning) = if issuer.is_identified {
                    (
                        "the key of",
                        "which its key identifier names: it is damaged or forged",
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
                    "its signature algorithm {} is not served",
                    Shown(algorithm)
                )
            }
            Self::DsaNotServed => {
                f.write_str("it uses DSA, which FIPS 186-5 has withdrawn and which is not served")
            }
            Self::AlgorithmNotAllowed { algorithm, rule } => {
                let what = match rule {
                    AlgorithmRule::CertificateDigest => "certificates",
                    AlgorithmRule::RevocationDigest => "CRLs and OCSP responses",
                };
                let algorithm = Shown(algorithm);
                write!(
                    f,
                    "the policy does not allow {algorithm} for the signatures of {what}"
                )
            }
            Self::KeyTooSmall { key, minimum } => {
                let key = Shown(key);
                write!(
                    f,
                    "expected a key of at least {minimum} bits but found {key}"
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
            Self::KeyUnusable { key } => write!(f, "its key cannot be used here: {}", Shown(key)),
            Self::Expired { not_after, now } => write!(
                f,
                "it expired at {}, {} before {}",
                Instant(*not_after),
                Span::between(*not_after, *now),
                Instant(*now)
            ),
            Self::NotYetValid { not_before, now } => write!(
                f,
                "it is not valid before {}, {} after {}",
                Instant(*not_before),
                Span::between(*not_before, *now),
                Instant(*now)
            ),
            Self::IssuerNotACa => {
                f.write_str("it issued the certificate below and is not the certificate of a CA")
            }
            Self::IssuerLacksKeyCertSign { found } => write!(
                f,
                "it issued the certificate below, for which its key usage must name keyCertSign \
                 but names {}",
                Usages(*found)
            ),
            Self::PathLengthExceeded { allowed, found } => write!(
                f,
                "a path length constraint allows {} below it but {found} {}",
                Count(*allowed, "further CA certificate"),
                if *found == 1 { "follows" } else { "follow" }
            ),
            Self::TooManyIntermediates { allowed, found } => write!(
                f,
                "the policy allows {} between certificate and root but the path has {found}",
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
                    "the name constraint {} cannot be judged",
                    Shown(constraint)
                )
            }
            Self::NameMalformed { name } => write!(
                f,
                "its name {} cannot be read, and a CA above constrains names of its kind",
                Shown(name)
            ),
            Self::NameMismatch { asked, found } => write!(
                f,
                "expected the name {} but found {}",
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
                let acceptable = Listed {
                    items: acceptable,
                    between: " or ",
                    none: "any certificate policy",
                };
                write!(f, "expected {acceptable} to hold for the whole path")?;
                if let Some(authority) = required_by {
                    write!(f, ", as {} requires,", Shown(Named(authority)))?;
                }
                f.write_str(" but none does")?;
                match lost_at {
                    Some(index) => write!(f, ": the last is lost at certificate {index}"),
                    None => Ok(()),
                }
            }
            Self::PolicyExtensionInvalid { oid } => {
                write!(
                    f,
                    "its extension {} breaks its own rules",
                    ExtensionName(oid)
                )
            }
            Self::KeyUsage {
                purpose,
                needed,
                found,
            } => write!(
                f,
                "for {purpose}, expected the key usage {} but found {}",
                Listed {
                    items: needed,
                    between: " or ",
                    none: "of a rule, of which the policy has none,",
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
                    none: "of a rule, of which the policy has none,",
                };
                write!(
                    f,
                    "for {purpose}, expected the extended key usage {wanted} but "
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
            } => {
                write!(f, "it was revoked at {}", Instant(*date))?;
                if let Some(reason) = reason {
                    write!(f, " for {reason}")?;
                }
                write!(f, ", says {source}")
            }
            Self::NoApplicableCrl { issuer, locations } => write!(
                f,
                "no CRL of {} is known that covers it, and no OCSP response; it names {}",
                Shown(Named(issuer)),
                Listed {
                    items: locations,
                    between: ", ",
                    none: "no place to get one",
                }
            ),
            Self::CrlExpired {
                source,
                next_update,
            } => match next_update {
                Some(due) => write!(f, "{source} is past its next update, due {}", Instant(*due)),
                None => write!(f, "{source} does not say when the next one comes"),
            },
            Self::CrlNotYetValid {
                source,
                this_update,
            } => write!(
                f,
                "{source} is dated in the future, {}",
                Instant(*this_update)
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
                "the signature of {source} does not verify under any key of its issuer"
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
            Self::CrlIssuerPathInvalid { source, cause } => write!(
                f,
                "{source} is signed by a certificate without a valid path to the same root ({})",
                Shown(cause)
            ),
            Self::CrlMalformed { source } => write!(f, "{source} cannot be read"),
            Self::DeltaWithoutBase { source } => {
                write!(
                    f,
                    "{source} holds changes only, and the complete CRL is not known"
                )
            }
            Self::OcspUnusable { cause } => {
                write!(f, "the OCSP response cannot be used ({})", Shown(cause))
            }
            Self::CtlBlacklisted { thumbprint, note } => {
                let entry = Short(thumbprint);
                write!(
                    f,
                    "the trust list names it as not to be trusted, {entry}{}",
                    Note(note)
                )
            }
            Self::CtlIssuerBlacklisted {
                issuer,
                thumbprint,
                note,
            } => write!(
                f,
                "the trust list names the CA {} as not to be trusted, {}{}",
                Shown(Named(issuer)),
                Short(thumbprint),
                Note(note)
            ),
            Self::CtlWhitelisted { thumbprint } => {
                write!(
                    f,
                    "the trust list names it as trusted, {}",
                    Short(thumbprint)
                )
            }
            Self::CtlWhitelistedExpired { not_after } => write!(
                f,
                "the trust list names it as trusted though it expired at {}",
                Instant(*not_after)
            ),
            Self::CtlEntryEnded { ended } => {
                write!(
                    f,
                    "its entry in the trust list ended at {}",
                    Instant(*ended)
                )
            }
            Self::CtlConflict { issuer } => write!(
                f,
                "the trust list names it as trusted, and the CA {} above it as not to be trusted",
                Shown(Named(issuer))
            ),
            Self::CtlRevokedButWhitelisted { date } => write!(
                f,
                "the trust list names it as trusted though it was revoked at {}",
                Instant(*date)
            ),
            Self::CtlAlternativePathUsed { issuer } => write!(
                f,
                "this path avoids the CA {}, which the trust list names as not to be trusted",
                Shown(Named(issuer))
            ),
            Self::NotConforming { rule } => write!(f, "it breaks the rule that {rule}"),
            Self::BudgetExhausted { step, limit } => write!(
                f,
                "the search stopped at its limit of {limit} {}, and there may be a path that was \
                 not looked at",
                step.words()
            ),
        }
    }
}

/// Its name, and what else is known of it.
impl fmt::Display for MissingIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Shown(Named(&self.name)))?;
        if let Some(identifier) = &self.key_identifier {
            write!(f, " with key identifier {}", Shown(hex::encode(identifier)))?;
        }
        if let Some(serial) = &self.serial {
            write!(f, " with serial number {}", Shown(serial.to_hex()))?;
        }
        Ok(())
    }
}

/// As in `the CRL number 7 of CN=Acme CA dated 2026-11-13T00:00:00Z`.
impl fmt::Display for RevocationSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crl {
                issuer,
                number,
                this_update,
                ..
            } => {
                f.write_str("the CRL")?;
                if let Some(number) = number {
                    write!(f, " number {}", Shown(number.to_decimal()))?;
                }
                let issuer = Shown(Named(issuer));
                write!(f, " of {issuer} dated {}", Instant(*this_update))
            }
            Self::Ocsp {
                responder,
                produced_at,
            } => write!(
                f,
                "the OCSP response of {} of {}",
                Shown(Named(responder)),
                Instant(*produced_at)
            ),
        }
    }
}

/// A name that is never nothing at all.
pub(crate) struct Named<'a>(pub(crate) &'a Name);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("(no name)");
        }
        self.0.fmt(f)
    }
}

/// The algorithm and the beginning of a thumbprint: enough to tell it from others by eye.
pub(crate) struct Short<'a>(pub(crate) &'a Thumbprint);

impl fmt::Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(thumbprint) = self;
        let text: String = thumbprint.to_string().chars().take(16).collect();
        write!(
            f,
            "{} {text}…",
            thumbprint.algorithm().name().to_uppercase()
        )
    }
}

struct Usages(KeyUsages);

impl fmt::Display for Usages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        self.0.fmt(f)
    }
}

struct Note<'a>(&'a Option<String>);

impl fmt::Display for Note<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(note) => write!(f, ": {}", Shown(note)),
            None => Ok(()),
        }
    }
}

/// `no further …`, `1 further …`, `2 further …s`.
struct Count<N>(N, &'static str);

impl<N: fmt::Display + PartialEq + From<u8>> fmt::Display for Count<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(count, what) = self;
        if *count == N::from(0) {
            write!(f, "no {what}")
        } else if *count == N::from(1) {
            write!(f, "1 {what}")
        } else {
            write!(f, "{count} {what}s")
        }
    }
}

/// The name of an extension and its identifier, as in `nameConstraints (2.5.29.30)`.
struct ExtensionName<'a>(&'a Oid);

impl fmt::Display for ExtensionName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = [
            (KeyUsages::OID, "keyUsage"),
            (BasicConstraints::OID, "basicConstraints"),
            (ExtendedKeyUsages::OID, "extKeyUsage"),
            (SubjectAlternativeName::OID, "subjectAltName"),
            (NameConstraints::OID, "nameConstraints"),
            (CertificatePolicies::OID, "certificatePolicies"),
            (PolicyMappings::OID, "policyMappings"),
            (PolicyConstraints::OID, "policyConstraints"),
            (InhibitAnyPolicy::OID, "inhibitAnyPolicy"),
            (CrlDistributionPoints::OID, "cRLDistributionPoints"),
            (FreshestCrl::OID, "freshestCRL"),
            (SubjectKeyIdentifier::OID, "subjectKeyIdentifier"),
            (AuthorityKeyIdentifier::OID, "authorityKeyIdentifier"),
            (AuthorityInformationAccess::OID, "authorityInfoAccess"),
        ];
        let name = known.iter().find(|(oid, _)| *self.0 == *oid);
        match name {
            Some((_, name)) => write!(f, "{name} ({})", Shown(self.0)),
            None => write!(f, "{}", Shown(self.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use rollcert_crypto::DigestAlgorithm;
    use rollcert_crypto::rustcrypto::PROVIDER;
    use rollcert_pki::asn1::{encode, tag};
    use rollcert_pki::extension::ReasonCode;
    use rollcert_pki::{ExtendedKeyUsage, KeyUsage, Purpose, SerialNumber};

    use super::*;
    use crate::limits::Step;
    use crate::policy::StrictRule;
    use crate::report::TriedIssuer;

    fn at(text: &str) -> DateTime<chrono::Utc> {
        text.parse().unwrap()
    }

    fn oid(text: &str) -> Oid {
        Oid::from_dotted(text).unwrap()
    }

    fn crl() -> RevocationSource {
        RevocationSource::Crl {
            issuer: name(),
            number: Some(SerialNumber::from(7)),
            this_update: at("2026-05-01T00:00:00Z"),
            thumbprint: thumbprint(),
        }
    }

    fn name() -> Name {
        Name::builder().common_name("Acme CA").build().unwrap()
    }

    fn thumbprint() -> Thumbprint {
        Thumbprint::of(b"octets", DigestAlgorithm::Sha512, &PROVIDER)
    }

    /// One of each kind, and what it says.
    fn sentences() -> Vec<(Reason, String)> {
        let (start, end) = (at("2026-05-23T12:00:00Z"), at("2026-06-01T12:00:00Z"));
        let short = format!("SHA-512 {}…", &thumbprint().to_string()[..16]);
        let source = "the CRL number 7 of CN=Acme CA dated 2026-05-01T00:00:00Z";
        let list = |texts: &[&str]| -> Vec<String> {
            texts.iter().map(|text| (*text).to_owned()).collect()
        };
        let missing = MissingIssuer {
            name: name(),
            key_identifier: Some(vec![0xab, 1]),
            serial: Some(SerialNumber::from(255)),
        };
        let algorithm = "sha1WithRSAEncryption".to_owned();
        vec![
            (
                Reason::NoPathToAnchor { missing },
                "no known certificate of CN=Acme CA with key identifier ab01 with serial number ff \
                 leads to a trusted root"
                    .to_owned(),
            ),
            (
                Reason::RootNotTrusted {
                    subject: name(),
                    thumbprint: thumbprint(),
                },
                format!(
                    "the path ends at CN=Acme CA, self-signed, {short}, which is not among the \
                     trusted roots"
                ),
            ),
            (
                Reason::SignatureInvalid {
                    issuer: TriedIssuer {
                        subject: name(),
                        thumbprint: thumbprint(),
                        is_identified: true,
                    },
                },
                format!(
                    "its signature does not verify under the key of CN=Acme CA, {short}, which its \
                     key identifier names: it is damaged or forged"
                ),
            ),
            (
                Reason::SignatureInvalid {
                    issuer: TriedIssuer {
                        subject: name(),
                        thumbprint: thumbprint(),
                        is_identified: false,
                    },
                },
                format!(
                    "its signature does not verify under the key that is known of CN=Acme CA, \
                     {short}, and it does not name the key: it is damaged or forged, or the CA has \
                     another key"
                ),
            ),
            (
                Reason::SignatureAlgorithmUnsupported {
                    algorithm: "ED448".to_owned(),
                },
                "its signature algorithm ED448 is not served".to_owned(),
            ),
            (
                Reason::DsaNotServed,
                "it uses DSA, which FIPS 186-5 has withdrawn and which is not served".to_owned(),
            ),
            (
                Reason::AlgorithmNotAllowed {
                    algorithm: algorithm.clone(),
                    rule: AlgorithmRule::CertificateDigest,
                },
                "the policy does not allow sha1WithRSAEncryption for the signatures of certificates"
                    .to_owned(),
            ),
            (
                Reason::AlgorithmNotAllowed {
                    algorithm: algorithm.clone(),
                    rule: AlgorithmRule::RevocationDigest,
                },
                "the policy does not allow sha1WithRSAEncryption for the signatures of CRLs and \
                 OCSP responses"
                    .to_owned(),
            ),
            (
                Reason::KeyTooSmall {
                    key: "rsa-1024".to_owned(),
                    minimum: 2048,
                },
                "expected a key of at least 2048 bits but found rsa-1024".to_owned(),
            ),
            (
                Reason::WeakAlgorithm { algorithm },
                "it is signed with sha1WithRSAEncryption, which is weak; the policy allows it"
                    .to_owned(),
            ),
            (
                Reason::WeakKey {
                    key: "rsa-1024".to_owned(),
                    recommended: 2048,
                },
                "its key is rsa-1024, and at least 2048 bits are recommended; the policy allows it"
                    .to_owned(),
            ),
            (
                Reason::KeyUnusable {
                    key: "p-192".to_owned(),
                },
                "its key cannot be used here: p-192".to_owned(),
            ),
            (
                Reason::Expired {
                    not_after: start,
                    now: end,
                },
                "it expired at 2026-05-23T12:00:00Z, 9 days before 2026-06-01T12:00:00Z".to_owned(),
            ),
            (
                Reason::NotYetValid {
                    not_before: end,
                    now: start,
                },
                "it is not valid before 2026-06-01T12:00:00Z, 9 days after 2026-05-23T12:00:00Z"
                    .to_owned(),
            ),
            (
                Reason::IssuerNotACa,
                "it issued the certificate below and is not the certificate of a CA".to_owned(),
            ),
            (
                Reason::IssuerLacksKeyCertSign {
                    found: [KeyUsage::CrlSign].into_iter().collect(),
                },
                "it issued the certificate below, for which its key usage must name keyCertSign but \
                 names cRLSign"
                    .to_owned(),
            ),
            (
                Reason::PathLengthExceeded {
                    allowed: 0,
                    found: 1,
                },
                "a path length constraint allows no further CA certificate below it but 1 follows"
                    .to_owned(),
            ),
            (
                Reason::TooManyIntermediates {
                    allowed: 1,
                    found: 3,
                },
                "the policy allows 1 intermediate certificate between certificate and root but the \
                 path has 3"
                    .to_owned(),
            ),
            (
                Reason::UnhandledCriticalExtension {
                    oid: oid("1.2.3.4"),
                },
                "its critical extension 1.2.3.4 is not understood".to_owned(),
            ),
            (
                Reason::MalformedExtension {
                    oid: NameConstraints::OID.into(),
                },
                "its extension nameConstraints (2.5.29.30) cannot be read".to_owned(),
            ),
            (
                Reason::NameNotPermitted {
                    name: "dns:b.example".to_owned(),
                    permitted: list(&["dns:a.example", "dns:c.example"]),
                },
                "its name dns:b.example is outside of what the CAs above permit: dns:a.example, \
                 dns:c.example"
                    .to_owned(),
            ),
            (
                Reason::NameExcluded {
                    name: "dns:b.example".to_owned(),
                    excluded: "dns:example".to_owned(),
                },
                "its name dns:b.example lies within dns:example, which a CA above excludes"
                    .to_owned(),
            ),
            (
                Reason::NameConstraintUnsupported {
                    constraint: "x400:00".to_owned(),
                },
                "the name constraint x400:00 cannot be judged".to_owned(),
            ),
            (
                Reason::NameMalformed {
                    name: "uri:urn:x".to_owned(),
                },
                "its name uri:urn:x cannot be read, and a CA above constrains names of its kind"
                    .to_owned(),
            ),
            (
                Reason::NameMismatch {
                    asked: "dns:a.example".to_owned(),
                    found: Vec::new(),
                },
                "expected the name dns:a.example but found no name of that kind".to_owned(),
            ),
            (
                Reason::PolicyRequired {
                    acceptable: vec![oid("1.2.3"), oid("1.2.4")],
                    required_by: None,
                    lost_at: None,
                },
                "expected 1.2.3 or 1.2.4 to hold for the whole path but none does".to_owned(),
            ),
            (
                Reason::PolicyRequired {
                    acceptable: Vec::new(),
                    required_by: Some(name()),
                    lost_at: Some(1),
                },
                "expected any certificate policy to hold for the whole path, as CN=Acme CA \
                 requires, but none does: the last is lost at certificate 1"
                    .to_owned(),
            ),
            (
                Reason::PolicyExtensionInvalid {
                    oid: PolicyMappings::OID.into(),
                },
                "its extension policyMappings (2.5.29.33) breaks its own rules".to_owned(),
            ),
            (
                Reason::KeyUsage {
                    purpose: Purpose::SmimeEncrypt,
                    needed: vec![KeyUsage::KeyEncipherment],
                    found: KeyUsages::default(),
                },
                "for smime-encrypt, expected the key usage keyEncipherment but found none"
                    .to_owned(),
            ),
            (
                Reason::ExtendedKeyUsage {
                    purpose: Purpose::TlsServer,
                    needed: vec![ExtendedKeyUsage::ServerAuth],
                    found: Some(Vec::new()),
                },
                "for tls-server, expected the extended key usage serverAuth but found an empty list"
                    .to_owned(),
            ),
            (
                Reason::Revoked {
                    date: start,
                    reason: Some(ReasonCode::CertificateHold),
                    source: crl(),
                },
                format!("it was revoked at 2026-05-23T12:00:00Z for certificateHold, says {source}"),
            ),
            (
                Reason::NoApplicableCrl {
                    issuer: name(),
                    locations: list(&["http://a.example/c.crl"]),
                },
                "no CRL of CN=Acme CA is known that covers it, and no OCSP response; it names \
                 http://a.example/c.crl"
                    .to_owned(),
            ),
            (
                Reason::CrlExpired {
                    source: crl(),
                    next_update: Some(start),
                },
                format!("{source} is past its next update, due 2026-05-23T12:00:00Z"),
            ),
            (
                Reason::CrlNotYetValid {
                    source: crl(),
                    this_update: end,
                },
                format!("{source} is dated in the future, 2026-06-01T12:00:00Z"),
            ),
            (
                Reason::CrlOutOfScope {
                    source: Some(crl()),
                    uncovered: "its distribution point".to_owned(),
                },
                format!("{source} does not cover it: its distribution point"),
            ),
            (
                Reason::CrlSignatureInvalid { source: crl() },
                format!("the signature of {source} does not verify under any key of its issuer"),
            ),
            (
                Reason::CrlUnhandledCriticalExtension {
                    source: crl(),
                    oid: None,
                },
                format!("{source} has an entry with a critical extension that is not understood"),
            ),
            (
                Reason::CrlIssuerLacksCrlSign { source: crl() },
                format!("{source} is signed by a certificate whose key usage does not name cRLSign"),
            ),
            (
                Reason::CrlIssuerPathInvalid {
                    source: crl(),
                    cause: "expired",
                },
                format!(
                    "{source} is signed by a certificate without a valid path to the same root \
                     (expired)"
                ),
            ),
            (
                Reason::CrlMalformed { source: crl() },
                format!("{source} cannot be read"),
            ),
            (
                Reason::DeltaWithoutBase { source: crl() },
                format!("{source} holds changes only, and the complete CRL is not known"),
            ),
            (
                Reason::OcspUnusable { cause: "stale" },
                "the OCSP response cannot be used (stale)".to_owned(),
            ),
            (
                Reason::CtlBlacklisted {
                    thumbprint: thumbprint(),
                    note: Some("lost".to_owned()),
                },
                format!("the trust list names it as not to be trusted, {short}: lost"),
            ),
            (
                Reason::CtlIssuerBlacklisted {
                    issuer: name(),
                    thumbprint: thumbprint(),
                    note: None,
                },
                format!("the trust list names the CA CN=Acme CA as not to be trusted, {short}"),
            ),
            (
                Reason::CtlWhitelisted {
                    thumbprint: thumbprint(),
                },
                format!("the trust list names it as trusted, {short}"),
            ),
            (
                Reason::CtlWhitelistedExpired { not_after: start },
                "the trust list names it as trusted though it expired at 2026-05-23T12:00:00Z"
                    .to_owned(),
            ),
            (
                Reason::CtlEntryEnded { ended: start },
                "its entry in the trust list ended at 2026-05-23T12:00:00Z".to_owned(),
            ),
            (
                Reason::CtlConflict { issuer: name() },
                "the trust list names it as trusted, and the CA CN=Acme CA above it as not to be \
                 trusted"
                    .to_owned(),
            ),
            (
                Reason::CtlRevokedButWhitelisted { date: start },
                "the trust list names it as trusted though it was revoked at 2026-05-23T12:00:00Z"
                    .to_owned(),
            ),
            (
                Reason::CtlAlternativePathUsed { issuer: name() },
                "this path avoids the CA CN=Acme CA, which the trust list names as not to be trusted"
                    .to_owned(),
            ),
            (
                Reason::NotConforming {
                    rule: StrictRule::SerialNumber,
                },
                "it breaks the rule that a serial number is positive and has at most 20 octets \
                 (RFC 5280 §4.1.2.2)"
                    .to_owned(),
            ),
            (
                Reason::BudgetExhausted {
                    step: Step::Candidates,
                    limit: 20_000,
                },
                "the search stopped at its limit of 20000 issuer candidates, and there may be a \
                 path that was not looked at"
                    .to_owned(),
            ),
        ]
    }

    #[test]
    fn every_reason_says_one_sentence_with_both_operands() {
        for (reason, sentence) in sentences() {
            assert_eq!(reason.to_string(), sentence);
        }
    }

    #[test]
    fn every_kind_of_reason_is_among_the_sentences() {
        let mut codes: Vec<&str> = sentences()
            .iter()
            .map(|(reason, _)| reason.code())
            .collect();
        codes.sort_unstable();
        codes.dedup();
        // The list in `Reason::code`; a new kind needs a sentence here.
        let source = include_str!("reason.rs");
        let known = source.matches("=> \"").count();
        assert_eq!(codes.len(), known, "{codes:?}");
    }

    #[test]
    fn a_name_without_any_part_is_said_to_be_none() {
        let nobody = Name::from_der(&encode(tag::SEQUENCE, &[])).unwrap();
        assert_eq!(Named(&nobody).to_string(), "(no name)");
    }
}
