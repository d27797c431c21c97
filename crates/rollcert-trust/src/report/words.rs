//! The parts of sentences: names, times, causes, counts.

use core::fmt;

use chrono::{DateTime, Utc};
use rollcert_pki::extension::{
    AuthorityInformationAccess, AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies,
    CrlDistributionPoints, ExtendedKeyUsages, ExtensionValue, FreshestCrl, InhibitAnyPolicy,
    NameConstraints, PolicyConstraints, PolicyMappings, SubjectAlternativeName,
    SubjectKeyIdentifier,
};
use rollcert_pki::{KeyUsages, Name, Oid, Thumbprint};

use super::reason::{MissingIssuer, RevocationSource};
use super::shown::Shown;
use super::span::{Instant, Span};

/// Its name, and what else is known of it.
impl fmt::Display for MissingIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Shown(Named(&self.name)))?;
        if let Some(identifier) = &self.key_identifier {
            write!(f, " with key identifier {}", Shown(hex::encode(identifier)))?;
        }
        if let Some(serial) = &self.serial {
            let joint = if self.key_identifier.is_some() {
                "and"
            } else {
                "with"
            };
            write!(f, " {joint} serial number {}", Shown(serial.to_hex()))?;
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

/// An instant, and how far it is from the one at which it was looked at: `…, 9 days before …`.
pub(super) struct Beside(pub(super) DateTime<Utc>, pub(super) DateTime<Utc>);

impl fmt::Display for Beside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(instant, now) = self;
        let side = if instant <= now { "before" } else { "after" };
        let span = Span::between(*instant, *now);
        write!(f, "{}, {span} {side} {}", Instant(*instant), Instant(*now))
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

pub(super) struct Usages(pub(super) KeyUsages);

impl fmt::Display for Usages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        self.0.fmt(f)
    }
}

/// A cause in words, where it has some; the code of a reason speaks for itself.
pub(super) fn in_words(words: &[(&str, &'static str)], cause: &'static str) -> &'static str {
    let known = words.iter().find(|(code, _)| *code == cause);
    known.map_or(cause, |(_, words)| words)
}

/// Why the signer of a CRL has no valid path.
pub(super) const SIGNER_CAUSES: [(&str, &str); 10] = [
    ("signed-by-itself", "nobody but itself vouches for it"),
    ("expired", "it, or a CA above it, has expired"),
    ("not-yet-valid", "it, or a CA above it, is not yet valid"),
    ("revoked", "it, or a CA above it, is revoked"),
    ("no-path-to-anchor", "an issuer above it is not known"),
    ("root-not-trusted", "it leads to a root that is not trusted"),
    ("signature-invalid", "a signature above it does not verify"),
    ("issuer-not-a-ca", "who issued it is no CA"),
    (
        "ctl-blacklisted",
        "the trust list names it as not to be trusted",
    ),
    (
        "ctl-issuer-blacklisted",
        "the trust list names it, or a CA above it, as not to be trusted",
    ),
];

/// Why an OCSP response is of no use (RFC 6960 §2.3, §3.2).
pub(super) const OCSP_CAUSES: [(&str, &str); 25] = [
    ("malformed", "it cannot be read"),
    ("too-large", "it is too large"),
    ("unknown-response-type", "it is of an unknown type"),
    (
        "malformed-request",
        "the responder could not read the request",
    ),
    ("internal-error", "the responder reports an internal error"),
    ("try-later", "the responder asks to try again later"),
    (
        "signature-required",
        "the responder wants the request signed",
    ),
    (
        "unauthorized",
        "the responder does not answer for this certificate",
    ),
    ("unknown-response-status", "it has an unknown status"),
    ("other-certificate", "it is about another certificate"),
    ("unknown", "the responder does not know the certificate"),
    (
        "stale",
        "it is past its next update, or a day old and names none",
    ),
    ("not-yet-valid", "it is dated in the future"),
    ("signature-invalid", "its signature does not verify"),
    (
        "algorithm-unsupported",
        "its signature algorithm is not supported",
    ),
    (
        "unhandled-critical-extension",
        "it has a critical extension that is not understood",
    ),
    (
        "responder-unknown",
        "no certificate of the responder is known",
    ),
    (
        "responder-not-authorised",
        "the certificate's issuer has not authorised the responder",
    ),
    (
        "responder-blacklisted",
        "the trust list names the responder as not to be trusted",
    ),
    (
        "responder-expired",
        "the responder's certificate is not valid at this time",
    ),
    (
        "responder-revoked",
        "the responder's certificate is revoked",
    ),
    ("responder-path-invalid", "the responder has no valid path"),
    ("signed-by-itself", "the certificate vouches for itself"),
    (
        "algorithm-not-allowed",
        "the policy does not allow the algorithm that signs the responder's certificate",
    ),
    (
        "key-too-small",
        "the responder's key is smaller than the policy allows",
    ),
];

pub(super) struct Note<'a>(pub(super) &'a Option<String>);

impl fmt::Display for Note<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(note) => write!(f, ": {}", Shown(note)),
            None => Ok(()),
        }
    }
}

/// `no further …`, `1 further …`, `2 further …s`.
pub(super) struct Count<N>(pub(super) N, pub(super) &'static str);

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
pub(crate) struct ExtensionName<'a>(pub(crate) &'a Oid);

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
