use chrono::{DateTime, Utc};
use rollcert_crypto::DigestAlgorithm;
use rollcert_crypto::rustcrypto::PROVIDER;
use rollcert_pki::asn1::{encode, tag};
use rollcert_pki::extension::{ExtensionValue, NameConstraints, PolicyMappings, ReasonCode};
use rollcert_pki::{
    ExtendedKeyUsage, KeyUsage, KeyUsages, Name, Oid, Purpose, SerialNumber, Thumbprint,
};

use super::*;
use crate::limits::Step;
use crate::policy::StrictRule;
use crate::report::{MissingIssuer, RevocationSource, TriedIssuer};

fn at(text: &str) -> DateTime<Utc> {
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
    let list =
        |texts: &[&str]| -> Vec<String> { texts.iter().map(|text| (*text).to_owned()).collect() };
    let missing = MissingIssuer {
        name: name(),
        key_identifier: Some(vec![0xab, 1]),
        serial: Some(SerialNumber::from(255)),
    };
    let algorithm = "sha1WithRSAEncryption".to_owned();
    vec![
        (
            Reason::NoPathToAnchor { missing },
            "no known certificate of its issuer, CN=Acme CA with key identifier ab01 and serial \
             number ff, leads to a trusted root"
                .to_owned(),
        ),
        (
            Reason::RootNotTrusted {
                subject: name(),
                thumbprint: thumbprint(),
            },
            format!("it is self-signed, {short}, and not among the trusted roots"),
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
                 authority key identifier names: it is damaged or forged"
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
            "it is signed with ED448, which is not supported; RSA, ECDSA and Ed25519 are".to_owned(),
        ),
        (
            Reason::DsaNotServed,
            "it uses DSA, which FIPS 186-5 has withdrawn and which is not supported".to_owned(),
        ),
        (
            Reason::AlgorithmNotAllowed {
                algorithm: algorithm.clone(),
                rule: AlgorithmRule::CertificateDigest,
            },
            "it is signed with sha1WithRSAEncryption, which the policy does not allow for \
             certificates"
                .to_owned(),
        ),
        (
            Reason::AlgorithmNotAllowed {
                algorithm: algorithm.clone(),
                rule: AlgorithmRule::RevocationDigest,
            },
            "what tells of its revocation is signed with sha1WithRSAEncryption, which the policy \
             does not allow for CRLs and OCSP responses"
                .to_owned(),
        ),
        (
            Reason::KeyTooSmall {
                key: "rsa-1024".to_owned(),
                minimum: 2048,
            },
            "its key is rsa-1024, and the policy wants at least 2048 bits".to_owned(),
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
            "its key, p-192, cannot be used: it is malformed, too large, or of a kind that is not \
             supported"
                .to_owned(),
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
            "it issued the certificate below and is no CA: its basicConstraints do not say so"
                .to_owned(),
        ),
        (
            Reason::IssuerLacksKeyCertSign {
                found: [KeyUsage::CrlSign].into_iter().collect(),
            },
            "it issued the certificate below, for which its key usage must name keyCertSign, \
             but names cRLSign"
                .to_owned(),
        ),
        (
            Reason::PathLengthExceeded {
                allowed: 0,
                found: 1,
            },
            "its path length constraint allows no further CA certificate below it, but 1 follows"
                .to_owned(),
        ),
        (
            Reason::TooManyIntermediates {
                allowed: 1,
                found: 3,
            },
            "the policy allows 1 intermediate certificate between the certificate and its root, \
             but the path has 3"
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
            "a CA above constrains names by x400:00, which cannot be judged here".to_owned(),
        ),
        (
            Reason::NameMalformed {
                name: "uri:urn:x".to_owned(),
            },
            "its name uri:urn:x is malformed or has no host, and a CA above constrains names of \
             its kind"
                .to_owned(),
        ),
        (
            Reason::NameMismatch {
                asked: "dns:a.example".to_owned(),
                found: Vec::new(),
            },
            "expected the name dns:a.example, but found no name of that kind".to_owned(),
        ),
        (
            Reason::PolicyRequired {
                acceptable: vec![oid("1.2.3"), oid("1.2.4")],
                required_by: None,
                lost_at: None,
            },
            "the certificate policy 1.2.3 or 1.2.4 must hold for the whole path, but none does"
                .to_owned(),
        ),
        (
            Reason::PolicyRequired {
                acceptable: Vec::new(),
                required_by: Some(name()),
                lost_at: Some(1),
            },
            "a certificate policy must hold for the whole path, as CN=Acme CA requires, but none \
             does: the last is lost at certificate 1"
                .to_owned(),
        ),
        (
            Reason::PolicyExtensionInvalid {
                oid: PolicyMappings::OID.into(),
            },
            "its extension policyMappings (2.5.29.33) is empty, says something twice, or maps \
             anyPolicy, against RFC 5280"
                .to_owned(),
        ),
        (
            Reason::KeyUsage {
                purpose: Purpose::SmimeEncrypt,
                needed: vec![KeyUsage::KeyEncipherment],
                found: KeyUsages::default(),
            },
            "for smime-encrypt, expected the key usage keyEncipherment, but found none"
                .to_owned(),
        ),
        (
            Reason::ExtendedKeyUsage {
                purpose: Purpose::TlsServer,
                needed: vec![ExtendedKeyUsage::ServerAuth],
                found: Some(Vec::new()),
            },
            "for tls-server, expected the extended key usage serverAuth, but found an empty list"
                .to_owned(),
        ),
        (
            Reason::Revoked {
                date: start,
                reason: Some(ReasonCode::CertificateHold),
                source: crl(),
                now: end,
            },
            format!(
                "it was revoked at 2026-05-23T12:00:00Z, 9 days before 2026-06-01T12:00:00Z, for \
                 certificateHold, says {source}"
            ),
        ),
        (
            Reason::NoApplicableCrl {
                issuer: name(),
                locations: list(&["http://a.example/c.crl"]),
            },
            "neither a CRL of CN=Acme CA that covers it is known, nor an OCSP response that can be \
             used; it says that the CRL is to be had at http://a.example/c.crl"
                .to_owned(),
        ),
        (
            Reason::NoApplicableCrl {
                issuer: name(),
                locations: Vec::new(),
            },
            "neither a CRL of CN=Acme CA that covers it is known, nor an OCSP response that can be \
             used; it does not say where the CRL is to be had"
                .to_owned(),
        ),
        (
            Reason::CrlExpired {
                source: crl(),
                next_update: Some(start),
                now: end,
            },
            format!(
                "{source} is past its next update, due 2026-05-23T12:00:00Z, 9 days before \
                 2026-06-01T12:00:00Z"
            ),
        ),
        (
            Reason::CrlNotYetValid {
                source: crl(),
                this_update: end,
                now: start,
            },
            format!("{source} is dated in the future, 9 days after 2026-05-23T12:00:00Z"),
        ),
        (
            Reason::CrlOutOfScope {
                source: Some(crl()),
                uncovered: "it is for CAs, and this is an end entity".to_owned(),
            },
            format!("{source} does not cover it: it is for CAs, and this is an end entity"),
        ),
        (
            Reason::CrlSignatureInvalid { source: crl() },
            format!("the signature of {source} does not verify under any known key of its issuer"),
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
                "{source} is signed by a certificate without a valid path to the same root: it, or \
                 a CA above it, has expired"
            ),
        ),
        (
            Reason::CrlIssuerPathInvalid {
                source: crl(),
                cause: "issuer-unknown",
            },
            format!("no certificate of the issuer of {source} is known"),
        ),
        (
            Reason::CrlMalformed { source: crl() },
            format!("{source} is malformed, so that nobody can rely on what it says"),
        ),
        (
            Reason::DeltaWithoutBase { source: crl() },
            format!("{source} holds changes only, and the complete CRL is not known"),
        ),
        (
            Reason::OcspUnusable { cause: "stale" },
            "the OCSP response cannot be used: it is past its next update, or a day old and names \
             none"
                .to_owned(),
        ),
        (
            Reason::CtlBlacklisted {
                thumbprint: thumbprint(),
                note: Some("lost".to_owned()),
            },
            format!("the trust list names it as not to be trusted, entry {short}: lost"),
        ),
        (
            Reason::CtlIssuerBlacklisted {
                issuer: name(),
                thumbprint: thumbprint(),
                note: None,
            },
            format!("the trust list names the CA CN=Acme CA as not to be trusted, entry {short}"),
        ),
        (
            Reason::CtlWhitelisted {
                thumbprint: thumbprint(),
            },
            format!("the trust list names it as trusted, entry {short}"),
        ),
        (
            Reason::CtlWhitelistedExpired {
                not_after: start,
                now: end,
            },
            "the trust list names it as trusted though it expired at 2026-05-23T12:00:00Z, 9 days \
             before 2026-06-01T12:00:00Z"
                .to_owned(),
        ),
        (
            Reason::CtlEntryEnded {
                ended: start,
                now: end,
            },
            "its entry in the trust list counts no more: it ended at 2026-05-23T12:00:00Z, 9 days \
             before 2026-06-01T12:00:00Z"
                .to_owned(),
        ),
        (
            Reason::CtlConflict { issuer: name() },
            "the trust list names it as trusted, and the CA CN=Acme CA above it as not to be \
             trusted"
                .to_owned(),
        ),
        (
            Reason::CtlRevokedButWhitelisted {
                date: start,
                now: end,
            },
            "the trust list names it as trusted though it was revoked at 2026-05-23T12:00:00Z, \
             9 days before 2026-06-01T12:00:00Z"
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
    let source = include_str!("../reason.rs");
    let known = source.matches("=> \"").count();
    assert_eq!(codes.len(), known, "{codes:?}");
}

#[test]
fn a_name_without_any_part_is_said_to_be_none() {
    let nobody = Name::from_der(&encode(tag::SEQUENCE, &[])).unwrap();
    assert_eq!(Named(&nobody).to_string(), "(no name)");
}
