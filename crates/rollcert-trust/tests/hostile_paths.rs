//! Hostile certificates and hierarchies, by the numbers of the list of attacks that validators have fallen for: each ends
//! within its budget of counted steps, and none is trusted that must not be.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed test is to panic"
)]

mod common;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use common::{
    Authority, CrlTemplate, PROVIDER, Template, TestStores, at, critical, day, evaluator,
    extension, key, key_identifier, key_with_info, name, now, policy, serial, signed,
    strict_policy, unknown_extension,
};
use rollcert_crypto::{
    DigestAlgorithm, Error, KeyAlgorithm, Provider, SignatureAlgorithm, Verification,
};
use rollcert_pki::asn1::{encode, encode_unsigned, tag};
use rollcert_pki::extension::{
    AuthorityKeyIdentifier, BasicConstraints, Criticality, CrlNumber, EncodedExtension,
    ExtensionValue, GeneralName, GeneralSubtree, NameConstraints, SubjectKeyIdentifier,
};
use rollcert_pki::{Certificate, CertificateError, KeyUsage, Oid, SerialNumber};
use rollcert_trust::{Evaluator, Limits, Policy, Question, Report, Step};

fn evaluate(stores: &TestStores, leaf: &Authority) -> Report {
    evaluate_by(&policy(), stores, &leaf.certificate)
}

fn evaluate_by(policy: &Policy, stores: &TestStores, leaf: &Certificate) -> Report {
    evaluator(stores, policy).evaluate(&Question::new(leaf, now()))
}

/// The codes of what speaks against the certificate, and where; empty just when it is trusted.
fn reasons(report: &Report) -> Vec<(&'static str, Option<usize>)> {
    let place = |finding: &rollcert_trust::Finding| finding.place.as_ref().map(|place| place.index);
    let reasons: Vec<_> = report
        .reasons()
        .map(|finding| (finding.reason.code(), place(finding)))
        .collect();
    assert_eq!(report.trusted().is_some(), reasons.is_empty());
    reasons
}

/// Below a root and an authority.
fn chain(root: Template, issuing: Template, leaf: Template) -> (TestStores, Authority) {
    let root = Authority::self_signed(&root);
    let issuing = root.issue(issuing);
    let leaf = issuing.issue(leaf);
    (TestStores::new().root(&root).certificate(&issuing), leaf)
}

fn root() -> Template {
    Template::authority("Root")
}

fn issuing() -> Template {
    Template::authority("Issuing")
}

fn leaf() -> Template {
    Template::leaf("leaf")
}

fn found(root: Template, issuing: Template, leaf: Template) -> Vec<(&'static str, Option<usize>)> {
    let (stores, leaf) = chain(root, issuing, leaf);
    reasons(&evaluate(&stores, &leaf))
}

/// The certificate with other octets in place of these.
fn altered(certificate: &Certificate, from: &[u8], to: &[u8]) -> Vec<u8> {
    let octets = certificate.as_der();
    let at = octets
        .windows(from.len())
        .position(|window| window == from)
        .unwrap();
    [&octets[..at], to, &octets[at + from.len()..]].concat()
}

#[test]
fn hostile_10_odd_times_are_read_as_rfc_5280_reads_them() {
    // Both pivots of UTCTime, and the year without an end.
    let from_1950 = leaf().with_validity(at("1950-01-01T00:00:00Z"), day(1));
    assert_eq!(found(root(), issuing(), from_1950), []);
    let until_9999 = leaf().with_validity(day(-1), at("9999-12-31T23:59:59Z"));
    assert_eq!(found(root(), issuing(), until_9999), []);
    let until_2049 = leaf().with_validity(day(-1), at("2049-12-31T23:59:59Z"));
    assert_eq!(found(root(), issuing(), until_2049), []);
    // Ended before it began: never valid, whatever the time.
    let (stores, reversed) = chain(root(), issuing(), leaf().with_validity(day(5), day(-5)));
    let policy = policy();
    for days in [-10, -5, 0, 5, 10] {
        let question = Question::new(&reversed.certificate, day(days));
        let report = evaluator(&stores, &policy).evaluate(&question);
        assert!(report.trusted().is_none(), "{days}");
    }
    // No time at all.
    let (_, good) = chain(root(), issuing(), leaf());
    let not_before = good
        .certificate
        .not_before()
        .format("%y%m%d%H%M%SZ")
        .to_string();
    for odd in [
        "251301000000Z",
        "25060112000aZ",
        "250601120060Z",
        "991232000000Z",
    ] {
        let octets = altered(&good.certificate, not_before.as_bytes(), odd.as_bytes());
        assert!(Certificate::from_der(octets).is_err(), "{odd}");
    }
    // The ends of what a clock can say.
    for time in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        let question = Question::new(&good.certificate, time);
        assert!(
            evaluator(&stores, &policy)
                .evaluate(&question)
                .trusted()
                .is_none()
        );
    }
}

#[test]
fn hostile_11_odd_serial_numbers_neither_help_nor_hurt() {
    let numbers: [&[u8]; 5] = [&[0], &[0xff], &[0x80, 1], &[0, 1], &[0x7f; 200]];
    for number in numbers {
        let root = Authority::root("Root");
        let odd = root.issue(leaf().with_serial_octets(number));
        let stores = TestStores::new().root(&root);
        assert_eq!(reasons(&evaluate(&stores, &odd)), [], "{number:?}");
        // It is found on a CRL by that number.
        let stores = stores.crl(&root.crl_of(&[&odd]));
        assert_eq!(
            reasons(&evaluate(&stores, &odd)),
            [("revoked", Some(0))],
            "{number:?}"
        );
    }
}

#[test]
fn hostile_13_two_signature_algorithms_are_no_signature() {
    let root = Authority::root("Root");
    let good = root.issue(leaf());
    let sha256 = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256);
    let sha384 = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha384);
    // The signature is good for the outer one; the inner one says another.
    let inner = root.issue(leaf().with_signature_algorithm(sha384));
    let octets = signed(inner.certificate.to_be_signed(), sha256, &root.key);
    let forged = Certificate::from_der(octets).unwrap();
    let stores = TestStores::new().root(&root);
    assert_eq!(reasons(&evaluate(&stores, &good)), []);
    let report = evaluate_by(&policy(), &stores, &forged);
    assert_eq!(reasons(&report)[0], ("signature-invalid", Some(0)));
}

#[test]
fn hostile_14_duplicate_extensions_are_no_certificate() {
    let root = Authority::root("Root");
    let template = Template::leaf("leaf")
        .with(critical(&BasicConstraints::END_ENTITY))
        .with_another(critical(&BasicConstraints::authority(None)));
    let octets = template.der(root.certificate.subject(), &root.key);
    assert!(matches!(
        Certificate::from_der(octets),
        Err(CertificateError::DuplicateExtension { .. })
    ));
}

#[test]
fn hostile_15_unknown_critical_extensions_fail_at_every_place() {
    let unknown = || unknown_extension(Criticality::Critical);
    let code = "unhandled-critical-extension";
    assert_eq!(
        found(root(), issuing(), leaf().with(unknown())),
        [(code, Some(0))]
    );
    assert_eq!(
        found(root(), issuing().with(unknown()), leaf()),
        [(code, Some(1))]
    );
    assert_eq!(
        found(root().with(unknown()), issuing(), leaf()),
        [(code, Some(2))]
    );
    // A TRUE that is no 0xff is TRUE.
    let own = Authority::root("Root");
    let loose = leaf()
        .with(unknown())
        .der(own.certificate.subject(), &own.key);
    let good = Certificate::from_der(loose).unwrap();
    let flag = [tag::BOOLEAN, 1, 0xff, tag::OCTET_STRING, 2, tag::NULL, 0];
    let mut with_one = flag;
    with_one[2] = 1;
    let octets = altered(&good, &flag, &with_one);
    let resigned = Certificate::from_der(octets).unwrap();
    let sha256 = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256);
    let octets = signed(resigned.to_be_signed(), sha256, &own.key);
    let loose = Certificate::from_der(octets).unwrap();
    let report = evaluate_by(&policy(), &TestStores::new().root(&own), &loose);
    assert_eq!(reasons(&report), [(code, Some(0))]);
}

#[test]
fn hostile_16_old_versions_are_no_authorities_whatever_they_say() {
    let not_a_ca = ("issuer-not-a-ca", Some(1));
    for version in [1, 2] {
        assert_eq!(
            found(root(), issuing().with_version(version), leaf()),
            [not_a_ca]
        );
        // With extensions, which these versions do not have.
        let liar = issuing()
            .with_version(version)
            .with_extensions_in_any_version();
        assert_eq!(found(root(), liar, leaf()), [not_a_ca]);
    }
    // A version that nobody knows.
    let own = Authority::root("Root");
    let octets = leaf()
        .with_version(4)
        .der(own.certificate.subject(), &own.key);
    assert!(Certificate::from_der(octets).is_err());
}

/// `SubjectPublicKeyInfo`.
fn key_info(algorithm: &[u8], parameters: &[u8], key: &[u8]) -> Vec<u8> {
    let algorithm = encode(tag::OBJECT_IDENTIFIER, &[algorithm]);
    let algorithm = encode(tag::SEQUENCE, &[&algorithm, parameters]);
    let key = encode(tag::BIT_STRING, &[&[0], key]);
    encode(tag::SEQUENCE, &[&algorithm, &key])
}

const EC_PUBLIC_KEY: [u8; 7] = [0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const RSA_ENCRYPTION: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];

#[test]
fn hostile_17_curves_that_are_written_out_verify_nothing() {
    // As in CVE-2020-0601: the right public point, under parameters of the forger's choice.
    let trusted = Authority::root("Root");
    let point = trusted.key.public_key_info();
    let point = &point[point.len() - 65..];
    let field = encode(
        tag::SEQUENCE,
        &[
            &encode(
                tag::OBJECT_IDENTIFIER,
                &[&[0x2a, 0x86, 0x48, 0xce, 0x3d, 1, 1]],
            ),
            &encode_unsigned(&[0xff; 32]),
        ],
    );
    let curve = encode(
        tag::SEQUENCE,
        &[
            &encode(tag::OCTET_STRING, &[&[1; 32]]),
            &encode(tag::OCTET_STRING, &[&[2; 32]]),
        ],
    );
    let parameters = encode(
        tag::SEQUENCE,
        &[
            &encode_unsigned(&[1]),
            &field,
            &curve,
            &encode(tag::OCTET_STRING, &[point]),
            &encode_unsigned(&[0xff; 32]),
        ],
    );
    let forger = key_with_info(&key(), key_info(&EC_PUBLIC_KEY, &parameters, point));
    let forged_root = Authority::self_signed(&root().with_key(&forger));
    let forged = forged_root.leaf("leaf");
    let stores = TestStores::new().root(&trusted).certificate(&forged_root);
    assert_eq!(
        reasons(&evaluate(&stores, &forged))[0],
        ("signature-invalid", Some(0))
    );
    // Even as a root it verifies nothing.
    let stores = TestStores::new().root(&forged_root);
    let found = reasons(&evaluate(&stores, &forged));
    // The key is the root's.
    assert_eq!(found[0], ("key-unusable", Some(1)));
}

#[test]
fn hostile_18_malformed_rsa_keys_fail_as_what_they_are() {
    let null = [tag::NULL, 0];
    let keys: [&[u8]; 5] = [
        &[],
        &[0x30, 0],
        // A modulus of zero, a negative one, an even one.
        &[0x30, 6, 2, 1, 0, 2, 1, 3],
        &[0x30, 6, 2, 1, 0x80, 2, 1, 3],
        &[0x30, 6, 2, 1, 6, 2, 1, 3],
    ];
    for octets in keys {
        let odd = key_with_info(&key(), key_info(&RSA_ENCRYPTION, &null, octets));
        let of_leaf = found(root(), issuing(), leaf().with_key(&odd));
        let codes = ["key-unusable", "key-too-small"];
        let is_told = |reason: &(&str, Option<usize>), index| {
            codes.contains(&reason.0) && reason.1 == Some(index)
        };
        assert!(of_leaf.iter().all(|reason| is_told(reason, 0)) && !of_leaf.is_empty());
        let issuing = issuing().with_key(&odd);
        let of_issuing = found(root(), issuing, leaf());
        assert!(is_told(&of_issuing[0], 1), "{octets:?}: {of_issuing:?}");
    }
}

#[test]
fn hostile_19_giant_rsa_keys_are_not_computed_with() {
    let null = [tag::NULL, 0];
    for (octets, exponent) in [(4096, 3), (512, 1), (256, 1)] {
        let mut modulus = vec![0xff; octets];
        *modulus.first_mut().unwrap() = 0x7f;
        let giant = encode(
            tag::SEQUENCE,
            &[&encode_unsigned(&modulus), &encode_unsigned(&[exponent])],
        );
        let giant = key_with_info(&key(), key_info(&RSA_ENCRYPTION, &null, &giant));
        let own = Authority::root("Root");
        let issuing = own.issue(issuing().with_key(&giant));
        let sha256 = SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256);
        let leaf = leaf().with_signature_algorithm(sha256);
        let leaf = leaf.signed_with(issuing.certificate.subject(), &issuing.key, &[1; 512]);
        let stores = TestStores::new().root(&own).certificate(&issuing);
        let report = evaluate_by(&policy(), &stores, &leaf);
        assert_eq!(
            reasons(&report)[0],
            ("key-unusable", Some(1)),
            "{octets} {exponent}"
        );
    }
}

#[test]
fn hostile_20_keys_of_unknown_kinds_fail_and_do_no_harm() {
    // DSA without parameters, an identifier of nobody's, X25519.
    let dsa: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1];
    for algorithm in [dsa, &[0x2a, 3, 4, 5], &[0x2b, 0x65, 0x6e]] {
        let odd = key_with_info(&key(), key_info(algorithm, &[], &[0x42; 32]));
        let issuing = issuing().with_key(&odd);
        let found = found(root(), issuing, leaf());
        let code = if algorithm == dsa {
            "dsa-not-served"
        } else {
            "key-unusable"
        };
        assert_eq!(found[0].0, code, "{algorithm:?}");
    }
    let mut picky = policy();
    picky.algorithms = rollcert_trust::AlgorithmPolicy::webpki();
    let odd = key_with_info(&key(), key_info(&[0x2a, 3, 4, 5], &[], &[0x42; 32]));
    let (stores, leaf) = chain(root(), issuing(), leaf().with_key(&odd));
    let report = evaluate_by(&picky, &stores, &leaf.certificate);
    assert_eq!(reasons(&report), [("key-unusable", Some(0))]);
}

/// Authorities of one subject that all certify each other, and none of which a root certifies.
fn clique(size: usize, subject: impl Fn(usize) -> String) -> (Vec<Authority>, Vec<Authority>) {
    let members: Vec<Authority> = (0..size)
        .map(|number| Authority::root(&subject(number)))
        .collect();
    let crossed = members
        .iter()
        .flat_map(|one| members.iter().map(move |other| one.cross(other)))
        .collect();
    (members, crossed)
}

#[test]
fn hostile_21_many_authorities_of_one_subject_end_within_the_budget() {
    let (members, crossed) = clique(20, |_| "Same".to_owned());
    let bottom = members[0].leaf("leaf");
    let crossed: Vec<&Authority> = crossed.iter().collect();
    // Nothing leads to a root: that is known at once.
    let stores = TestStores::new()
        .root(&Authority::root("Other"))
        .certificates(&crossed);
    let mut few = policy();
    few.limits.signatures = 40;
    let report = evaluate_by(&few, &stores, &bottom.certificate);
    assert!(report.trusted().is_none());
    // By its name, something would; the key is another.
    let stores = TestStores::new()
        .root(&Authority::root("Same"))
        .certificates(&crossed);
    let report = evaluate_by(&policy(), &stores, &bottom.certificate);
    let limit = Limits::DEFAULT.signatures;
    let step = Step::Signatures;
    let reasons: Vec<_> = report
        .reasons()
        .map(|finding| finding.reason.clone())
        .collect();
    assert!(
        reasons.contains(&rollcert_trust::Reason::BudgetExhausted { step, limit }),
        "{reasons:?}"
    );
    // One of them is a root: the way is found among all the others, and at once where identifiers tell the keys.
    let stores = TestStores::new().root(&members[19]).certificates(&crossed);
    few.limits.signatures = 2;
    let report = evaluate_by(&few, &stores, &bottom.certificate);
    assert_eq!(self::reasons(&report), []);
    assert_eq!(report.paths()[0].certificates.len(), 3);
}

#[test]
fn hostile_21_candidates_without_end_end_within_the_budget() {
    let real = Authority::root("Root");
    let issuing = real.authority("Issuing");
    let bottom = issuing.leaf("leaf");
    // A thousand certificates of the issuer's name and another key, which came along.
    let other = key();
    let decoys: Vec<Certificate> = (0..1000)
        .map(|_| {
            real.issue(Template::authority("Issuing").with_key(&other))
                .certificate
        })
        .collect();
    let (stores, mut limited) = (TestStores::new().root(&real), policy());
    let presented = [decoys, vec![issuing.certificate.clone()]].concat();
    let question = Question::new(&bottom.certificate, now()).with_presented(&presented);
    let report = evaluator(&stores, &limited).evaluate(&question);
    assert_eq!(reasons(&report), []);
    limited.limits.candidates = 500;
    let report = evaluator(&stores, &limited).evaluate(&question);
    let limit = 500;
    let exhausted = rollcert_trust::Reason::BudgetExhausted {
        step: Step::Candidates,
        limit,
    };
    assert!(report.reasons().any(|finding| finding.reason == exhausted));
}

#[test]
fn hostile_22_circles_of_cross_certificates_end() {
    for size in [1, 2, 3, 6] {
        let (members, crossed) = clique(size, |number| format!("CA {number}"));
        let bottom = members[0].leaf("leaf");
        let crossed: Vec<&Authority> = crossed.iter().collect();
        let stores = TestStores::new().certificates(&crossed);
        assert!(evaluate(&stores, &bottom).trusted().is_none());
        let root = Authority::root("Root");
        let stores = stores.root(&root);
        assert!(evaluate(&stores, &bottom).trusted().is_none());
        let last = root.cross(&members[size - 1]);
        assert_eq!(reasons(&evaluate(&stores.certificate(&last), &bottom)), []);
    }
    // Each issues the other's only certificate.
    let (one, two) = (Authority::root("One"), Authority::root("Two"));
    let stores = TestStores::new().certificates(&[&one.cross(&two), &two.cross(&one)]);
    let report = evaluate(&stores.root(&Authority::root("Root")), &one.leaf("leaf"));
    assert_eq!(reasons(&report), [("no-path-to-anchor", Some(2))]);
}

#[test]
fn hostile_23_a_chain_of_a_hundred_ends_at_the_limit() {
    let top = Authority::root("CA 0");
    let mut chain = vec![top.clone()];
    for number in 1..100 {
        let next = chain.last().unwrap().authority(&format!("CA {number}"));
        chain.push(next);
    }
    let bottom = chain.last().unwrap().leaf("leaf");
    let stores = TestStores::new()
        .root(&top)
        .certificates(&chain.iter().skip(1).collect::<Vec<_>>());
    let report = evaluate(&stores, &bottom);
    assert_eq!(reasons(&report), [("too-many-intermediates", None)]);
    assert_eq!(
        report.paths()[0].certificates.len(),
        Limits::DEFAULT.path_certificates
    );
    let mut generous = policy();
    generous.limits.path_certificates = 101;
    assert_eq!(
        reasons(&evaluate_by(&generous, &stores, &bottom.certificate)),
        []
    );
    generous.limits.path_certificates = 100;
    assert!(
        evaluate_by(&generous, &stores, &bottom.certificate)
            .trusted()
            .is_none()
    );
    generous.limits.path_certificates = 0;
    assert!(
        evaluate_by(&generous, &stores, &bottom.certificate)
            .trusted()
            .is_none()
    );
}

#[test]
fn hostile_24_a_leaf_does_not_become_an_authority_by_another_path() {
    // CVE-2015-1793: the check of the flag was left out on the second attempt at a path.
    let root = Authority::root("Root");
    let issuing = root.authority("Issuing");
    let crossed = Authority::root("Other").cross(&issuing);
    let attacker = issuing.leaf("attacker");
    let forged = attacker.leaf("bank");
    let stores = TestStores::new()
        .root(&root)
        .certificates(&[&crossed, &issuing, &attacker]);
    assert_eq!(
        reasons(&evaluate(&stores, &forged)),
        [
            ("issuer-not-a-ca", Some(1)),
            ("issuer-lacks-keycertsign", Some(1))
        ]
    );
    // CVE-2021-3450: nor by a stricter policy.
    let stores = stores.crl(&root.crl_of(&[])).crl(&issuing.crl_of(&[]));
    for policy in [strict_policy(), Policy::webpki()] {
        let report = evaluate_by(&policy, &stores, &forged.certificate);
        assert!(reasons(&report).contains(&("issuer-not-a-ca", Some(1))));
    }
}

#[test]
fn hostile_25_the_usage_alone_makes_no_authority_nor_the_flag_alone() {
    let usage_alone = issuing().with(critical(&BasicConstraints::END_ENTITY));
    assert_eq!(
        found(root(), usage_alone, leaf()),
        [("issuer-not-a-ca", Some(1))]
    );
    let flag_alone = issuing().with_key_usage(&[KeyUsage::DigitalSignature]);
    assert_eq!(
        found(root(), flag_alone, leaf()),
        [("issuer-lacks-keycertsign", Some(1))]
    );
    let empty = issuing().with_key_usage(&[]);
    assert_eq!(
        found(root(), empty, leaf()),
        [("issuer-lacks-keycertsign", Some(1))]
    );
}

/// Every way in which verification can fail to answer.
#[derive(Debug)]
struct Failing(fn() -> Error);

impl Verification for Failing {
    fn key_algorithm(&self, _: &[u8]) -> Result<KeyAlgorithm, Error> {
        Err((self.0)())
    }

    fn verify(&self, _: &[u8], _: SignatureAlgorithm, _: &[u8], _: &[u8]) -> Result<(), Error> {
        Err((self.0)())
    }
}

#[test]
fn hostile_26_no_failure_of_the_machinery_is_taken_for_a_good_signature() {
    static INVALID: Failing = Failing(|| Error::SignatureInvalid);
    static UNSUPPORTED: Failing = Failing(|| Error::Unsupported { what: "anything" });
    static MALFORMED: Failing = Failing(|| Error::MalformedKey { what: "key" });
    static BROKEN: Failing = Failing(|| Error::Backend(Arc::new(core::fmt::Error)));
    let (stores, leaf) = chain(root(), issuing(), leaf());
    let policy = policy();
    for failing in [&INVALID, &UNSUPPORTED, &MALFORMED, &BROKEN] {
        let provider = Provider {
            verification: failing,
            ..*PROVIDER
        };
        let evaluator = Evaluator::new(stores.stores(), &policy, &provider);
        let report = evaluator.evaluate(&Question::new(&leaf.certificate, now()));
        assert!(!reasons(&report).is_empty());
    }
}

#[test]
fn hostile_27_path_lengths_count_neither_self_issued_certificates_nor_the_last_one() {
    let limited = || issuing().with_path_length(0);
    // The certificate that is evaluated may be that of an authority.
    assert_eq!(found(root(), limited(), Template::authority("leaf")), []);
    // A self-issued one at the end is no authority that counts, and one between does not count either.
    let root = Authority::root("Root");
    let first = root.issue(limited());
    let renewed = first.issue(issuing());
    let stores = TestStores::new()
        .root(&root)
        .certificates(&[&first, &renewed]);
    assert_eq!(reasons(&evaluate(&stores, &renewed)), []);
    assert_eq!(reasons(&evaluate(&stores, &renewed.leaf("leaf"))), []);
    // Any other one does.
    let below = renewed.authority("Below");
    let stores = stores.certificate(&below);
    assert_eq!(
        reasons(&evaluate(&stores, &below.leaf("leaf"))),
        [("path-length-exceeded", Some(3))]
    );
}

#[test]
fn hostile_28_roots_among_what_came_along_are_no_roots_and_their_own_constraints_hold() {
    let own = Authority::root("Attacker");
    let forged = own.leaf("bank");
    let (stores, policy) = (TestStores::new().root(&Authority::root("Root")), policy());
    let presented = [own.certificate.clone()];
    let question = Question::new(&forged.certificate, now()).with_presented(&presented);
    let report = evaluator(&stores, &policy).evaluate(&question);
    assert_eq!(reasons(&report), [("root-not-trusted", Some(1))]);
    // Of a root: its validity, and the names it permits (RFC 5937 §3).
    let past = root().with_validity(day(-20), day(-10));
    assert_eq!(found(past, issuing(), leaf()), [("expired", Some(2))]);
    let mut constraints = NameConstraints::default();
    let host = |host| GeneralName::dns(host).unwrap();
    constraints
        .excluded
        .push(GeneralSubtree::below(host("bank.example")));
    let narrow = root().with(critical(&constraints));
    let names = leaf().with_alternative_names(&[host("www.bank.example")]);
    assert_eq!(
        found(narrow, issuing(), names),
        [("name-excluded", Some(0))]
    );
}

#[test]
fn hostile_29_names_without_parts_lead_to_no_wrong_issuer() {
    let nameless = Template::authority("");
    let root = Authority::root("Root");
    let below = root.issue(nameless);
    let leaf = below.leaf("leaf");
    let stores = TestStores::new().root(&root).certificate(&below);
    // By RFC 5280 §6.1 it is a path; that its CA should have a name is a rule of issuance.
    assert_eq!(reasons(&evaluate(&stores, &leaf)), []);
    let report = evaluate_by(&Policy::webpki(), &stores, &leaf.certificate);
    assert!(
        reasons(&report)
            .iter()
            .any(|(code, _)| *code == "not-conforming")
    );
    // Another nameless one did not sign it.
    let other = Authority::self_signed(&Template::authority(""));
    let stores = TestStores::new().root(&other);
    assert!(evaluate(&stores, &leaf).trusted().is_none());
}

#[test]
fn hostile_30_an_authority_key_identifier_decides_nothing() {
    // It names another key, another issuer and another number; the signature is good all the same.
    let root = Authority::root("Root");
    let names = vec![GeneralName::Directory(name("Somebody Else"))];
    let misleading = AuthorityKeyIdentifier::of_key([7; 20]).with_certificate(names, serial(12345));
    let good = root.issue(leaf().with(extension(&misleading)));
    let stores = TestStores::new().root(&root);
    assert_eq!(reasons(&evaluate(&stores, &good)), []);
    // It names the right key; the signature is another's.
    let right = AuthorityKeyIdentifier::of_key(key_identifier(&root.key));
    let forged = Template::leaf("leaf").with(extension(&right));
    let forged = forged.signed_by(root.certificate.subject(), &key());
    assert_eq!(
        reasons(&evaluate(&stores, &forged))[0],
        ("signature-invalid", Some(0))
    );
}

#[test]
fn hostile_58_a_root_that_looks_alike_and_has_another_key_is_another() {
    let real = Authority::root("Root");
    let identifier = extension(&SubjectKeyIdentifier(key_identifier(&real.key)));
    let alike = Authority::self_signed(&root().with(identifier).with_serial(1));
    let forged = alike.issue(leaf().with(extension(&AuthorityKeyIdentifier::of_key(
        key_identifier(&real.key),
    ))));
    let stores = TestStores::new().root(&real).certificate(&alike);
    let report = evaluate(&stores, &forged);
    assert_eq!(reasons(&report), [("root-not-trusted", Some(1))]);
    let report = evaluate(&TestStores::new().root(&real), &forged);
    assert_eq!(reasons(&report), [("signature-invalid", Some(0))]);
    // Both are roots: each vouches for its own.
    let stores = TestStores::new().root(&alike).root(&real);
    assert_eq!(reasons(&evaluate(&stores, &forged)), []);
    assert_eq!(reasons(&evaluate(&stores, &real.leaf("leaf"))), []);
}

#[test]
fn hostile_60_numbers_beyond_all_bounds_are_refused_or_compared_whole() {
    // A path length of 2^32, of 2^64, and a negative one: none of them allows anything.
    let lengths: [&[u8]; 4] = [&[1, 0, 0, 0, 0], &[1, 0, 0, 0, 0, 0, 0, 0, 0], &[0xff], &[]];
    for length in lengths {
        let value = encode(
            tag::SEQUENCE,
            &[
                &encode(tag::BOOLEAN, &[&[0xff]]),
                &encode(tag::INTEGER, &[length]),
            ],
        );
        let constraints = EncodedExtension::new(
            Oid::from(BasicConstraints::OID),
            Criticality::Critical,
            value,
        );
        let of_issuing = found(root(), issuing().with(constraints.clone()), leaf());
        assert!(
            of_issuing.contains(&("malformed-extension", Some(1))),
            "{length:?}"
        );
        let of_root = found(root().with(constraints), issuing(), leaf());
        assert!(
            of_root.contains(&("malformed-extension", Some(2))),
            "{length:?}"
        );
    }
    let most = issuing().with_path_length(u32::MAX);
    assert_eq!(found(root(), most, leaf()), []);

    // CRLs with numbers of 2^64 and of a hundred octets.
    for octets in [vec![1, 0, 0, 0, 0, 0, 0, 0, 0], vec![0x7f; 100]] {
        let own = Authority::root("Root");
        let bottom = own.leaf("leaf");
        let number = CrlNumber(SerialNumber::from_der_content(&octets).unwrap());
        let crl = CrlTemplate::new(1)
            .with(extension(&number))
            .revoking(&bottom.certificate);
        let stores = TestStores::new().root(&own).crl(&own.crl(&crl));
        assert_eq!(reasons(&evaluate(&stores, &bottom)), [("revoked", Some(0))]);
    }
    // Times at the end of what can be said.
    let (stores, good) = chain(root(), issuing(), leaf());
    let policy = policy();
    let late = at("9999-12-31T23:59:59Z") + TimeDelta::seconds(1);
    let report = evaluator(&stores, &policy).evaluate(&Question::new(&good.certificate, late));
    assert!(reasons(&report).contains(&("expired", Some(0))));
}

/// Certificates that only look like those of `issuing`, issued by `above`: any number of keys, none of which is the one.
fn lookalikes(issuing: &Authority, above: &Authority, number: usize) -> Vec<Certificate> {
    let template = Authority::template_of(issuing)
        .with_validity(day(-700), day(3700))
        .with(extension(&SubjectKeyIdentifier(key_identifier(
            &issuing.key,
        ))))
        .with(extension(&AuthorityKeyIdentifier::of_key(key_identifier(
            &above.key,
        ))));
    let made = (0..number).map(|_| {
        let template = template.clone().with_key(&key());
        template.signed_by(above.certificate.subject(), &key())
    });
    made.map(|made| made.certificate).collect()
}

/// A leaf whose issuer is certified below two roots; that who signed the CRL of it stands below the second alone, and the
/// path to the first is tried before.
fn revoked_below_the_second_root() -> (TestStores, Authority, [Authority; 2]) {
    let (one, two) = (Authority::root("One"), Authority::root("Two"));
    let issuing = one.authority("Issuing");
    let longer = day(4000);
    let crossed = one.issue(Authority::template_of(&issuing).with_validity(day(-700), longer));
    let lower = two.issue(Authority::template_of(&issuing).with_validity(day(-700), day(3000)));
    let signer = two.issue(Template::authority("Issuing").with_key_usage(&[KeyUsage::CrlSign]));
    let leaf = issuing.leaf("leaf");
    let stores = TestStores::new()
        .root(&one)
        .root(&two)
        .certificates(&[&issuing, &crossed, &lower, &signer])
        .crl(&signer.crl_of(&[&leaf]));
    (stores, leaf, [issuing, two])
}

#[test]
fn hostile_21_a_budget_that_ends_before_the_path_that_revokes_makes_no_path_valid() {
    let (stores, leaf, [issuing, two]) = revoked_below_the_second_root();
    assert_eq!(reasons(&evaluate(&stores, &leaf)), [("revoked", Some(0))]);
    // Whatever limit is met, at whatever step.
    for limit in 0..10 {
        for step in [Step::Paths, Step::Signatures, Step::Candidates, Step::Crls] {
            let mut limited = policy();
            match step {
                Step::Paths => limited.limits.paths = limit,
                Step::Signatures => limited.limits.signatures = limit,
                Step::Candidates => limited.limits.candidates = limit,
                _ => limited.limits.crls = limit,
            }
            let report = evaluate_by(&limited, &stores, &leaf.certificate);
            assert!(report.trusted().is_none(), "{step} {limit}");
        }
    }
    // Used up by what comes along.
    let presented = lookalikes(&issuing, &two, 140);
    let question = Question::new(&leaf.certificate, now()).with_presented(&presented);
    let report = evaluator(&stores, &policy()).evaluate(&question);
    assert!(report.trusted().is_none());
    let codes: Vec<_> = reasons(&report).iter().map(|(code, _)| *code).collect();
    assert!(codes.contains(&"budget-exhausted") || codes.contains(&"revoked"));
}

#[test]
fn hostile_21_lookalikes_that_come_along_do_not_keep_the_known_issuer_from_being_tried() {
    let root = Authority::root("Root");
    let issuing = root.authority("Issuing");
    let leaf = issuing.leaf("leaf");
    let stores = TestStores::new().root(&root).certificate(&issuing);
    let presented = lookalikes(&issuing, &root, 140);
    let question = Question::new(&leaf.certificate, now()).with_presented(&presented);
    let report = evaluator(&stores, &policy()).evaluate(&question);
    assert_eq!(reasons(&report), []);
}

#[test]
fn hostile_22_signers_of_crls_in_a_long_row_meet_no_limit_of_paths() {
    let root = Authority::root("Root");
    let authorities: Vec<Authority> = (0..14)
        .map(|number| root.authority(&format!("Issuing {number}")))
        .collect();
    let leaf = authorities[0].leaf("leaf");
    let mut stores = TestStores::new().root(&root);
    // The CRLs of each are signed by a certificate that the next one has issued.
    for pair in authorities.windows(2) {
        let [issuing, next] = pair else { continue };
        let signer = Template::authority("").with_subject(issuing.certificate.subject().clone());
        let signer = next.issue(signer.with_key_usage(&[KeyUsage::CrlSign]));
        let crl = signer.crl_of(&[]);
        stores = stores.certificate(issuing).certificate(&signer).crl(&crl);
    }
    stores = stores.certificate(authorities.last().unwrap());
    assert_eq!(reasons(&evaluate(&stores, &leaf)), []);
}
