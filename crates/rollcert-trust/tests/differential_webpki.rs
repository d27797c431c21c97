//! The verdicts of rustls-webpki beside ours, where both decide the same question.
//!
//! It serves TLS: no certificate policies, no constraints on directory, e-mail and URI names, no key usage of authorities,
//! CRLs of the issuer's own key alone. What it decides otherwise on PKITS is listed with the reason.

#![allow(
    clippy::unwrap_used,
    clippy::unwrap_in_result,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a failed test is to panic"
)]

mod common;
mod suites;

use core::time::Duration;

use chrono::{DateTime, Utc};
use common::{PROVIDER, TestStores, now};
use pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, ServerName,
    SignatureVerificationAlgorithm, TrustAnchor, UnixTime, alg_id,
};
use rollcert_crypto::{DigestAlgorithm, SignatureAlgorithm};
use rollcert_pki::asn1::{encode, tag};
use rollcert_pki::{Certificate, Purpose};
use rollcert_trust::{Evaluator, Policy, Question, ReferenceName, RevocationPolicy};
use suites::chains::{chain, constrained, constrained_names, flaws, lengths};
use suites::differences::{self, Difference, Lean};
use suites::pkits;
use webpki::{
    BorrowedCertRevocationList, CertRevocationList, EndEntityCert, Error, ExpirationPolicy,
    KeyUsage, RevocationCheckDepth, RevocationOptionsBuilder, UnknownStatusPolicy,
    anchor_from_trusted_cert,
};

#[test]
fn verdicts_on_pkits_differ_only_where_it_is_said() {
    differences::assert_on_pkits(ON_PKITS, |case| {
        let target = case.target().certificate();
        verify(&case.stores(), target, None, pkits::now(), Crls::Checked).is_ok()
    });
}

#[test]
fn flaws_in_made_chains_are_refused_by_both() {
    let policy = tls(RevocationPolicy::STRICT);
    for authorities in 0..3 {
        for flaw in flaws(authorities) {
            let made = chain(authorities, flaw);
            let theirs = verify(
                &made.stores,
                &made.target.certificate,
                None,
                now(),
                Crls::Checked,
            );
            let ours = evaluate(&made.stores, &made.target.certificate, None, &policy);
            let overlooked = flaw.is_some_and(|(level, flaw)| {
                level < authorities && flaw == suites::chains::Flaw::NoCertSign
            });
            // It does not look at the key usage of authorities.
            assert_eq!(
                theirs.is_ok(),
                ours || overlooked,
                "{authorities} {flaw:?}: {theirs:?}"
            );
        }
    }
}

#[test]
fn path_lengths_are_understood_alike() {
    let policy = tls(RevocationPolicy::Off);
    let mut verdicts = [0, 0];
    for authorities in 0..4_u32 {
        // It does not look at the constraints of a root.
        for constrained in 1..=authorities {
            for length in 0..4 {
                let made = lengths(authorities, constrained, length);
                let leaf = &made.target.certificate;
                let theirs = verify(&made.stores, leaf, None, now(), Crls::Ignored);
                let ours = evaluate(&made.stores, leaf, None, &policy);
                verdicts[usize::from(ours)] += 1;
                let name = format!("{length} at {constrained} of {authorities}");
                assert_eq!(theirs.is_ok(), ours, "{name}: {theirs:?}");
            }
        }
    }
    assert!(verdicts.iter().all(|count| *count > 0));
}

#[test]
fn constraints_on_hosts_and_addresses_are_understood_alike() {
    let policy = tls(RevocationPolicy::Off);
    let served = constrained_names()
        .into_iter()
        .filter(|(kind, ..)| ["dns", "ip"].contains(kind));
    let mut verdicts = [0, 0];
    for (kind, bases, names) in served {
        for (base_text, base) in &bases {
            for (name_text, name) in &names {
                for which in ["permitted", "excluded"] {
                    let made = constrained(which, base, core::slice::from_ref(name));
                    let leaf = &made.target.certificate;
                    let host = Some(name_text.as_str());
                    let theirs = verify(&made.stores, leaf, host, now(), Crls::Ignored);
                    let ours = evaluate(&made.stores, leaf, host, &policy);
                    verdicts[usize::from(ours)] += 1;
                    let label = format!("{kind} {which} {base_text}: {name_text}");
                    assert_eq!(theirs.is_ok(), ours, "{label}: {theirs:?}");
                }
            }
        }
    }
    assert!(verdicts.iter().all(|count| *count > 0));
}

#[test]
fn host_names_are_matched_alike() {
    let policy = tls(RevocationPolicy::Off);
    let root = common::Authority::root("Root");
    let stores = TestStores::new().root(&root);
    let mut verdicts = [0, 0];
    for carried in HOSTS {
        let name = rollcert_pki::extension::GeneralName::dns(carried).unwrap();
        let template = common::Template::leaf("Leaf").with_alternative_names(&[name]);
        let leaf = root.issue(template).certificate;
        for asked in HOSTS.iter().filter(|host| !host.contains('*')) {
            let theirs = verify(&stores, &leaf, Some(asked), now(), Crls::Ignored);
            let ours = evaluate(&stores, &leaf, Some(asked), &policy);
            verdicts[usize::from(ours)] += 1;
            assert_eq!(theirs.is_ok(), ours, "{carried} for {asked}: {theirs:?}");
        }
    }
    assert!(verdicts.iter().all(|count| *count > 0));
}

const HOSTS: &[&str] = &[
    "example.com",
    "EXAMPLE.com",
    "host.example.com",
    "a.host.example.com",
    "*.example.com",
    "*.host.example.com",
    "*.com",
    "h*.example.com",
    "host.*.com",
    "example.org",
    "xn--bcher-kva.example",
    "*.example",
    "under_score.example.com",
];

/// What rustls-webpki decides otherwise on PKITS, by reason. Ours is the verdict of the suite, but for DSA.
const ON_PKITS: &[Difference] = &[
    ("it reads no time before 1970", Lean::TheyRefuse, &["4.2.3"]),
    (
        "it compares names octet by octet, not by RFC 5280 §7.1",
        Lean::TheyRefuse,
        &["4.3.3", "4.3.4", "4.3.5", "4.3.10", "4.3.11"],
    ),
    (
        "it takes the unique identifiers for trailing data",
        Lean::TheyRefuse,
        &["4.3.6"],
    ),
    (
        "it takes CRLs of the issuer's own key alone",
        Lean::TheyRefuse,
        &["4.4.19", "4.5.1", "4.5.3", "4.6.15", "4.6.17", "4.13.19"],
    ),
    (
        "it takes the CRL of another distribution point for a certificate that names none, and overlooks the one that revokes",
        Lean::TheyAccept,
        &["4.5.5", "4.5.7"],
    ),
    (
        "it lets no authority be the target",
        Lean::TheyRefuse,
        &["4.6.8", "4.6.14", "4.8.6.1", "4.8.6.2", "4.14.13"],
    ),
    (
        "it does not look at keyCertSign",
        Lean::TheyAccept,
        &["4.7.1", "4.7.2"],
    ),
    (
        "it does not look at certificate policies",
        Lean::TheyAccept,
        &[
            "4.8.1.3", "4.8.2.2", "4.8.3.2", "4.8.3.3", "4.8.4", "4.8.5", "4.8.9", "4.8.12",
            "4.8.14.2",
        ],
    ),
    (
        "it refuses every critical extension of policies",
        Lean::TheyRefuse,
        &[
            "4.9.1",
            "4.9.2",
            "4.9.4",
            "4.9.6",
            "4.10.1.1",
            "4.10.3.2",
            "4.10.5.1",
            "4.10.6.1",
            "4.10.9",
            "4.10.11",
            "4.10.12.1",
            "4.10.12.2",
            "4.10.13.1",
            "4.10.13.2",
            "4.10.14",
            "4.11.2",
            "4.11.4",
            "4.11.7",
            "4.12.2",
            "4.12.3.1",
            "4.12.7",
            "4.12.9",
        ],
    ),
    (
        "it refuses constraints on directory, e-mail and URI names",
        Lean::TheyRefuse,
        &[
            "4.13.1", "4.13.4", "4.13.5", "4.13.6", "4.13.11", "4.13.14", "4.13.18", "4.13.21",
            "4.13.23", "4.13.25", "4.13.27", "4.13.34", "4.13.36",
        ],
    ),
    (
        "it knows distribution points by URI alone, no CRLs by reasons, and no indirect ones",
        Lean::TheyRefuse,
        &[
            "4.14.1", "4.14.4", "4.14.5", "4.14.7", "4.14.18", "4.14.19", "4.14.22", "4.14.24",
            "4.14.25", "4.14.28", "4.14.29", "4.14.30", "4.14.33",
        ],
    ),
    (
        "it leaves delta CRLs aside, where 4.15.4 is revoked and 4.15.5 is so no longer",
        Lean::TheyAccept,
        &["4.15.4"],
    ),
    ("the same", Lean::TheyRefuse, &["4.15.5"]),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Crls {
    Checked,
    Ignored,
}

/// What rustls-webpki says, given all that the stores hold.
fn verify(
    stores: &TestStores,
    target: &Certificate,
    host: Option<&str>,
    at: DateTime<Utc>,
    crls: Crls,
) -> Result<(), Error> {
    let der = |certificate: &Certificate| CertificateDer::from(certificate.as_der().to_vec());
    let roots: Vec<_> = stores
        .roots
        .iter()
        .map(|one| der(one.certificate()))
        .collect();
    let anchors = roots
        .iter()
        .map(anchor_from_trusted_cert)
        .collect::<Result<Vec<TrustAnchor<'_>>, Error>>()?;
    let pool = stores.certificates.iter();
    let pool: Vec<_> = pool.map(|one| der(one.certificate())).collect();
    let lists = stores
        .crls
        .iter()
        .filter_map(|one| BorrowedCertRevocationList::from_der(one.crl().as_der()).ok())
        .map(CertRevocationList::from)
        .collect::<Vec<_>>();
    let lists: Vec<&CertRevocationList<'_>> = lists.iter().collect();
    let revocation = match crls {
        Crls::Checked => {
            let builder = RevocationOptionsBuilder::new(&lists);
            let builder = builder.map_err(|_none| Error::UnknownRevocationStatus)?;
            let builder = builder
                .with_depth(RevocationCheckDepth::Chain)
                .with_status_policy(UnknownStatusPolicy::Deny)
                .with_expiration_policy(ExpirationPolicy::Enforce);
            Some(builder.build())
        }
        Crls::Ignored => None,
    };
    let leaf = der(target);
    let leaf = EndEntityCert::try_from(&leaf)?;
    let seconds = u64::try_from(at.timestamp()).unwrap();
    leaf.verify_for_usage(
        ALGORITHMS,
        &anchors,
        &pool,
        UnixTime::since_unix_epoch(Duration::from_secs(seconds)),
        KeyUsage::server_auth(),
        revocation,
        None,
    )?;
    match host {
        Some(host) => leaf.verify_is_valid_for_subject_name(&ServerName::try_from(host).unwrap()),
        None => Ok(()),
    }
}

fn evaluate(stores: &TestStores, leaf: &Certificate, host: Option<&str>, policy: &Policy) -> bool {
    let question = Question::new(leaf, now()).with_purpose(Purpose::TlsServer);
    let question = match host {
        Some(host) => question.with_name(match host.parse() {
            Ok(address) => ReferenceName::Ip(address),
            Err(_) => ReferenceName::Dns(host.to_owned()),
        }),
        None => question,
    };
    let evaluator = Evaluator::new(stores.stores(), policy, PROVIDER);
    evaluator.evaluate(&question).trusted().is_some()
}

fn tls(revocation: RevocationPolicy) -> Policy {
    let mut policy = common::policy();
    policy.revocation = revocation;
    policy
}

/// Signatures are verified by our backend in both: what is compared is how paths are judged.
#[derive(Debug)]
struct Verifier {
    key: AlgorithmIdentifier,
    signature: AlgorithmIdentifier,
    algorithm: SignatureAlgorithm,
}

impl SignatureVerificationAlgorithm for Verifier {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let algorithm = encode(tag::SEQUENCE, &[&self.key]);
        let bits = encode(tag::BIT_STRING, &[&[0], public_key]);
        let info = encode(tag::SEQUENCE, &[&algorithm, &bits]);
        let verified = PROVIDER.verify(&info, self.algorithm, message, signature);
        verified.map_err(|_error| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.key
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.signature
    }
}

/// What PKITS and the made chains are signed with.
const ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = &[
    &Verifier {
        key: alg_id::RSA_ENCRYPTION,
        signature: alg_id::RSA_PKCS1_SHA256,
        algorithm: SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256),
    },
    &Verifier {
        key: alg_id::ECDSA_P256,
        signature: alg_id::ECDSA_SHA256,
        algorithm: SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256),
    },
];
