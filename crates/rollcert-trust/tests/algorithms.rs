//! Algorithms and key sizes, by where they stand.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests panic")]

mod common;

use common::{Authority, Template, TestStores, evaluator, fields, now, policy, sequence};
use rollcert_crypto::DigestAlgorithm;
use rollcert_pki::asn1::{encode, encode_unsigned, tag};
use rollcert_pki::{Certificate, Crl};
use rollcert_trust::{
    AlgorithmPolicy, AlgorithmRule, OnUnservedKey, Policy, Question, Reason, Report,
    RevocationPolicy, StoredCertificate, StrictRule, Strictness,
};

/// By this algorithm policy, without revocation and rules of issuance.
fn by(algorithms: AlgorithmPolicy) -> Policy {
    let mut policy = policy();
    policy.revocation = RevocationPolicy::Off;
    policy.strictness = Strictness::lenient();
    policy.strictness.reported.clear();
    policy.algorithms = algorithms;
    policy
}

fn evaluate(stores: &TestStores, policy: &Policy, leaf: &Certificate) -> Report {
    evaluator(stores, policy).evaluate(&Question::new(leaf, now()))
}

/// Reasons, each with the index of its certificate.
fn reasons(report: &Report) -> Vec<(Reason, Option<usize>)> {
    let of = |finding: &rollcert_trust::Finding| {
        let index = finding.place.as_ref().map(|place| place.index);
        (finding.reason.clone(), index)
    };
    report.reasons().map(of).collect()
}

fn warnings(report: &Report) -> Vec<(&'static str, usize)> {
    let of = |finding: &rollcert_trust::Finding| {
        let index = finding.place.as_ref().map_or(99, |place| place.index);
        (finding.reason.code(), index)
    };
    report.warnings().iter().map(of).collect()
}

/// What OpenSSL has signed with SHA-1, as nothing here does.
struct Sha1 {
    root: Certificate,
    authority: Certificate,
    leaf: Certificate,
    crls: [Crl; 2],
}

impl Sha1 {
    fn load() -> Self {
        let certificate = |octets: &[u8]| Certificate::from_der(octets).unwrap();
        Self {
            root: certificate(include_bytes!("fixtures/sha1/root.der")),
            authority: certificate(include_bytes!("fixtures/sha1/ca.der")),
            leaf: certificate(include_bytes!("fixtures/sha1/leaf.der")),
            crls: [
                Crl::from_der(*include_bytes!("fixtures/sha1/root.crl")).unwrap(),
                Crl::from_der(*include_bytes!("fixtures/sha1/ca.crl")).unwrap(),
            ],
        }
    }

    fn stores(&self) -> TestStores {
        let mut stores = self.crls.iter().fold(TestStores::new(), TestStores::crl);
        let stored = |certificate: &Certificate| {
            StoredCertificate::new(certificate.clone(), common::PROVIDER)
        };
        stores.roots.push(stored(&self.root));
        stores.certificates.push(stored(&self.authority));
        stores
    }

    fn evaluate(&self, policy: &Policy, certificate: &Certificate) -> Report {
        let question = Question::new(certificate, common::at("2027-01-01T00:00:00Z"));
        evaluator(&self.stores(), policy).evaluate(&question)
    }
}

#[test]
fn sha_1_is_refused_by_both_presets_and_a_warning_where_it_is_allowed() {
    let sha1 = Sha1::load();
    let refusal = Reason::AlgorithmNotAllowed {
        algorithm: "ecdsa-with-SHA1".to_owned(),
        rule: AlgorithmRule::CertificateDigest,
    };
    for preset in [AlgorithmPolicy::partner(), AlgorithmPolicy::webpki()] {
        let report = sha1.evaluate(&by(preset), &sha1.leaf);
        assert!(report.trusted().is_none());
        assert_eq!(reasons(&report).first(), Some(&(refusal.clone(), Some(1))));
    }
    let mut allowing = AlgorithmPolicy::partner();
    allowing.certificate_digests.push(DigestAlgorithm::Sha1);
    let report = sha1.evaluate(&by(allowing), &sha1.leaf);
    assert!(report.trusted().is_some(), "{}", report.explain());
    assert_eq!(warnings(&report), [("weak-algorithm", 1)]);
}

#[test]
fn how_a_root_is_signed_does_not_matter() {
    let sha1 = Sha1::load();
    for preset in [AlgorithmPolicy::partner(), AlgorithmPolicy::webpki()] {
        let report = sha1.evaluate(&by(preset), &sha1.root);
        assert!(report.trusted().is_some(), "{}", report.explain());
        assert_eq!(warnings(&report), []);
    }
}

#[test]
fn sha_1_in_a_crl_is_judged_apart() {
    let sha1 = Sha1::load();
    let mut policy = by(AlgorithmPolicy::partner());
    policy
        .algorithms
        .certificate_digests
        .push(DigestAlgorithm::Sha1);
    policy.revocation = RevocationPolicy::STRICT;
    let report = sha1.evaluate(&policy, &sha1.leaf);
    assert!(report.trusted().is_some(), "{}", report.explain());
    policy.algorithms.revocation_digests = AlgorithmPolicy::webpki().revocation_digests;
    let report = sha1.evaluate(&policy, &sha1.leaf);
    let refusal = Reason::AlgorithmNotAllowed {
        algorithm: "ecdsa-with-SHA1".to_owned(),
        rule: AlgorithmRule::RevocationDigest,
    };
    assert_eq!(
        reasons(&report),
        [(refusal.clone(), Some(0)), (refusal, Some(1))]
    );
}

#[test]
fn a_crl_by_an_unknown_algorithm_is_no_fault_of_the_certificate() {
    let root = Authority::root("Root");
    let leaf = root.leaf("leaf").certificate;
    // The last number of ecdsa-with-SHA256, in both places.
    let sha256 = [6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
    let unknown = [6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 0x7f];
    let crl = Crl::from_der(replace(root.crl_of(&[]).as_der(), &sha256, &unknown)).unwrap();
    let stores = TestStores::new().root(&root).crl(&crl);
    let mut policy = by(AlgorithmPolicy::partner());
    policy.revocation = RevocationPolicy::STRICT;
    let report = evaluate(&stores, &policy, &leaf);
    let refusal = Reason::AlgorithmNotAllowed {
        algorithm: "1.2.840.10045.4.3.127".to_owned(),
        rule: AlgorithmRule::RevocationDigest,
    };
    assert_eq!(reasons(&report), [(refusal, Some(0))]);
    let remedy = report.remedies()[0].to_string();
    assert!(
        remedy.starts_with("ask CN=Root for a CRL that is signed"),
        "{remedy}"
    );
}

/// The certificate of this template with another key in it, signed by `issuer`.
fn with_key(issuer: &Authority, template: &Template, public_key_info: &[u8]) -> Certificate {
    let original = issuer.issue(template.clone()).certificate;
    // version, serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo, extensions
    let octets = issuer.reissue(original.to_be_signed(), 6, public_key_info);
    Certificate::from_der(octets).unwrap()
}

/// A `SubjectPublicKeyInfo` of RSA; nobody has factors of the modulus.
fn rsa(bits: usize, exponent: &[u8]) -> Vec<u8> {
    let mut modulus = vec![0xa5_u8; bits.div_ceil(8)];
    modulus[0] = 0xff >> (8 * modulus.len() - bits);
    let key = encode(
        tag::SEQUENCE,
        &[&encode_unsigned(&modulus), &encode_unsigned(exponent)],
    );
    info(&[RSA, &[tag::NULL, 0]].concat(), &key)
}

fn info(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    let algorithm = encode(tag::SEQUENCE, &[algorithm]);
    encode(
        tag::SEQUENCE,
        &[&algorithm, &encode(tag::BIT_STRING, &[&[0], key])],
    )
}

/// An elliptic curve by name; the point is no point.
fn curve(oid: &[u8]) -> Vec<u8> {
    info(&[EC, oid].concat(), &[4; 49])
}

const RSA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const DSA: &[u8] = &[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1];
const EC: &[u8] = &[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const P192: &[u8] = &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 1];
const BRAINPOOL_P256: &[u8] = &[6, 9, 0x2b, 0x24, 3, 3, 2, 8, 1, 1, 7];

struct Keys {
    root: Authority,
    stores: TestStores,
}

impl Keys {
    fn new() -> Self {
        let root = Authority::root("Root");
        let stores = TestStores::new().root(&root);
        Self { root, stores }
    }

    fn report(&self, algorithms: AlgorithmPolicy, public_key_info: &[u8]) -> Report {
        let leaf = with_key(&self.root, &Template::leaf("leaf"), public_key_info);
        evaluate(&self.stores, &by(algorithms), &leaf)
    }
}

#[test]
fn rsa_keys_have_a_least_and_a_greatest_size() {
    let keys = Keys::new();
    let exponent = &[1, 0, 1];
    let code = |algorithms, bits| {
        let report = keys.report(algorithms, &rsa(bits, exponent));
        reasons(&report).first().map(|(reason, _)| reason.code())
    };
    let partner = AlgorithmPolicy::partner;
    let webpki = AlgorithmPolicy::webpki;
    assert_eq!(code(partner(), 1023), Some("key-too-small"));
    assert_eq!(code(partner(), 1024), None);
    assert_eq!(code(partner(), 16_384), None);
    assert_eq!(code(partner(), 16_385), Some("key-unusable"));
    assert_eq!(code(webpki(), 2047), Some("key-too-small"));
    assert_eq!(code(webpki(), 2048), None);
    assert_eq!(code(webpki(), 8192), None);
    assert_eq!(code(webpki(), 8193), Some("key-unusable"));

    let report = keys.report(partner(), &rsa(1024, exponent));
    assert_eq!(warnings(&report), [("weak-key", 0)]);
    let report = keys.report(webpki(), &rsa(1024, exponent));
    let refusal = Reason::KeyTooSmall {
        key: "rsa-1024".to_owned(),
        minimum: 2048,
    };
    assert_eq!(reasons(&report), [(refusal, Some(0))]);
}

#[test]
fn rsa_keys_that_no_backend_serves_are_for_leaves_alone() {
    let (keys, exponent) = (Keys::new(), &[1, 0, 1]);
    let report = keys.report(AlgorithmPolicy::partner(), &rsa(8192, exponent));
    assert_eq!((reasons(&report), warnings(&report)), (vec![], vec![]));
    let report = keys.report(AlgorithmPolicy::partner(), &rsa(8193, exponent));
    assert_eq!(reasons(&report), []);
    assert_eq!(warnings(&report), [("key-unusable", 0)]);

    let mut algorithms = AlgorithmPolicy::partner();
    algorithms.unserved_leaf_key = OnUnservedKey::Reject;
    let key = "rsa-8193".to_owned();
    let refusal = (Reason::KeyUnusable { key }, Some(0));
    let report = keys.report(algorithms, &rsa(8193, exponent));
    assert_eq!(reasons(&report), [refusal]);

    // That of a CA is the reason, and not the signature.
    let template = Template::authority("Large");
    let authority = with_key(&keys.root, &template, &rsa(8193, exponent));
    let stores = keys.stores.clone().certificate(&Authority {
        certificate: authority,
        key: template.key.clone(),
    });
    let leaf = Template::leaf("leaf").signed_by(&template.subject, &template.key);
    let policy = by(AlgorithmPolicy::partner());
    let report = evaluate(&stores, &policy, &leaf.certificate);
    let codes: Vec<_> = report
        .reasons()
        .map(|finding| finding.reason.code())
        .collect();
    assert!(codes.contains(&"key-unusable"), "{codes:?}");
}

#[test]
fn the_bits_of_a_modulus_are_a_multiple_of_eight_where_that_is_enforced() {
    let keys = Keys::new();
    for (bits, is_kept) in [(2048, true), (2052, false)] {
        let template = Template::leaf("leaf");
        let leaf = with_key(&keys.root, &template, &rsa(bits, &[1, 0, 1]));
        let mut policy = by(AlgorithmPolicy::webpki());
        let rule = StrictRule::RsaModulusLength;
        policy.strictness.enforced.insert(rule);
        let report = evaluate(&keys.stores, &policy, &leaf);
        let broken = (Reason::NotConforming { rule }, Some(0));
        let expected = if is_kept { vec![] } else { vec![broken] };
        assert_eq!(reasons(&report), expected, "{bits}");
    }
}

#[test]
fn the_size_of_a_key_is_judged_by_where_it_stands() {
    let keys = Keys::new();
    let mut algorithms = AlgorithmPolicy::partner();
    algorithms.leaf_rsa_bits = 3072;
    let report = keys.report(algorithms.clone(), &rsa(2048, &[1, 0, 1]));
    assert_eq!(reasons(&report)[0].0.code(), "key-too-small");
    algorithms.leaf_rsa_bits = 1024;
    algorithms.authority_rsa_bits = 3072;
    let report = keys.report(algorithms, &rsa(2048, &[1, 0, 1]));
    assert!(report.trusted().is_some());
}

#[test]
fn keys_that_no_backend_serves_are_for_the_policy_to_take_in_a_leaf() {
    let keys = Keys::new();
    for (info, name) in [
        (curve(P192), "p-192"),
        (curve(BRAINPOOL_P256), "brainpoolP256r1"),
    ] {
        let report = keys.report(AlgorithmPolicy::partner(), &info);
        assert!(report.trusted().is_some());
        assert_eq!(warnings(&report), [("key-unusable", 0)]);
        let mut refusing = AlgorithmPolicy::partner();
        refusing.unserved_leaf_key = OnUnservedKey::Reject;
        for algorithms in [refusing, AlgorithmPolicy::webpki()] {
            let report = keys.report(algorithms, &info);
            let key = name.to_owned();
            assert_eq!(reasons(&report), [(Reason::KeyUnusable { key }, Some(0))]);
        }
    }
}

#[test]
fn dsa_has_a_reason_of_its_own() {
    let keys = Keys::new();
    let report = keys.report(
        AlgorithmPolicy::partner(),
        &info(DSA, &encode_unsigned(&[7])),
    );
    assert_eq!(reasons(&report), [(Reason::DsaNotServed, Some(0))]);
}

/// Giant keys, the exponent under which everybody signs, even ones, parameters of a curve that are written out.
#[test]
fn hostile_19_giant_and_forged_keys_are_unusable_in_every_profile() {
    let keys = Keys::new();
    let explicit = info(&[EC, &[0x30, 3, 2, 1, 1]].concat(), &[4; 65]);
    for info in [
        rsa(100_000, &[1, 0, 1]),
        rsa(2048, &[1]),
        rsa(2048, &[2]),
        info(&[RSA, &[tag::NULL, 0]].concat(), &[0x30, 0]),
        explicit,
    ] {
        for algorithms in [AlgorithmPolicy::partner(), AlgorithmPolicy::webpki()] {
            let report = keys.report(algorithms, &info);
            let codes: Vec<&str> = reasons(&report)
                .iter()
                .map(|(reason, _)| reason.code())
                .collect();
            assert_eq!(codes, ["key-unusable"], "{}", report.explain());
        }
    }
}

/// MD5 is accepted nowhere below a root, and no policy can allow it.
#[test]
fn hostile_55_broken_digests_are_refused_by_position() {
    let root = Authority::root("Root");
    let leaf = root.leaf("leaf").certificate;
    let stores = TestStores::new().root(&root);
    // The signature names MD5 with RSA; whether it would verify is not even asked.
    let sha256 = [6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
    let md5 = [6, 8, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 5];
    let replaced = replace(leaf.as_der(), &sha256, &md5);
    let digest_alone = Certificate::from_der(replaced).unwrap();
    let report = evaluate(&stores, &by(AlgorithmPolicy::partner()), &digest_alone);
    let codes: Vec<&str> = reasons(&report)
        .iter()
        .map(|(reason, _)| reason.code())
        .collect();
    assert!(
        codes.contains(&"signature-algorithm-unsupported"),
        "{codes:?}"
    );

    let with_rsa = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 4];
    let leaf = renamed(&root, &with_rsa);
    let mut everything = AlgorithmPolicy::partner();
    everything.certificate_digests = DigestAlgorithm::ALL.to_vec();
    let report = evaluate(&stores, &by(everything), &leaf);
    let refusal = Reason::AlgorithmNotAllowed {
        algorithm: "md5WithRSAEncryption".to_owned(),
        rule: AlgorithmRule::CertificateDigest,
    };
    assert!(report.trusted().is_none());
    assert!(
        reasons(&report).contains(&(refusal, Some(0))),
        "{}",
        report.explain()
    );
}

fn replace(octets: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = octets.to_vec();
    for place in 0..=out.len() - from.len() {
        if &out[place..place + from.len()] == from {
            out[place..place + to.len()].copy_from_slice(to);
        }
    }
    out
}

/// A leaf whose signature algorithm is this identifier, twice.
fn renamed(issuer: &Authority, identifier: &[u8]) -> Certificate {
    let original = issuer.leaf("leaf").certificate;
    let algorithm = encode(tag::SEQUENCE, &[identifier]);
    let mut parts = fields(original.to_be_signed());
    parts[2].clone_from(&algorithm);
    let octets = encode(
        tag::SEQUENCE,
        &[
            &sequence(&parts),
            &algorithm,
            &encode(tag::BIT_STRING, &[&[0], original.signature()]),
        ],
    );
    Certificate::from_der(octets).unwrap()
}

#[test]
fn a_signature_of_a_kind_that_the_key_of_the_issuer_does_not_make_is_none_of_its() {
    let sha256_with_rsa = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11];
    let root = Authority::root("Root");
    let leaf = renamed(&root, &sha256_with_rsa);
    let stores = TestStores::new().root(&root);
    let report = evaluate(&stores, &by(AlgorithmPolicy::partner()), &leaf);
    let codes: Vec<_> = report.reasons().map(|one| one.reason.code()).collect();
    assert_eq!(codes, ["signature-invalid"], "{}", report.explain());
}

#[test]
fn pss_is_named_with_what_is_refused_of_it() {
    let root = Authority::root("Root");
    let stores = TestStores::new().root(&root);
    // RFC 4055 §3.1: without parameters, SHA-1; with SHA-256 alone, the mask is made by SHA-1 still.
    let pss = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
    let sha256 = [6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
    let hash = encode(0xa0, &[&encode(tag::SEQUENCE, &[&sha256])]);
    let mixed = [pss.to_vec(), encode(tag::SEQUENCE, &[&hash])].concat();
    let bare = [pss.to_vec(), encode(tag::SEQUENCE, &[])].concat();
    let refusal = |identifier: &[u8]| {
        let leaf = renamed(&root, identifier);
        let report = evaluate(&stores, &by(AlgorithmPolicy::partner()), &leaf);
        reasons(&report)
            .into_iter()
            .map(|(reason, _)| reason)
            .find(|reason| !matches!(reason, Reason::SignatureInvalid { .. }))
    };
    assert_eq!(
        refusal(&mixed),
        Some(Reason::SignatureAlgorithmUnsupported {
            algorithm: "rsassaPss with unusual parameters".to_owned()
        })
    );
    assert_eq!(
        refusal(&bare),
        Some(Reason::AlgorithmNotAllowed {
            algorithm: "rsassaPss with sha-1".to_owned(),
            rule: AlgorithmRule::CertificateDigest,
        })
    );
}
