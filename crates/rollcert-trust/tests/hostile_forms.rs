//! Certificates and CRLs that can be read and are written in odd ways, by the numbers of the list of hostile inputs: what an
//! evaluation makes of them.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed test is to panic"
)]

mod common;

use chrono::{DateTime, TimeDelta, Utc};
use common::{
    Authority, CrlTemplate, Template, TestStores, critical, day, evaluator, extension, fields,
    key_of, key_with_info, name, now, policy, sequence, strict_policy, unknown_extension,
};
use rollcert_crypto::{DigestAlgorithm, KeyAlgorithm, SignatureAlgorithm};
use rollcert_pki::asn1::{encode, encode_unsigned, tag};
use rollcert_pki::extension::{
    Criticality, CrlDistributionPoints, CrlNumber, DistributionPoint, DistributionPointName,
    GeneralName, IssuingDistributionPoint,
};
use rollcert_pki::{Certificate, Crl, Name, SignatureAlgorithmName};
use rollcert_trust::Question;

/// Where the fields of `TBSCertificate` stand in version 3.
mod field {
    pub(super) const VERSION: usize = 0;
    pub(super) const ALGORITHM: usize = 2;
    pub(super) const VALIDITY: usize = 4;
}

/// Below a root, with the CRL of that.
struct Scene {
    root: Authority,
    leaf: Authority,
    stores: TestStores,
}

impl Scene {
    fn new() -> Self {
        Self::of(Template::leaf("leaf"))
    }

    fn of(leaf: Template) -> Self {
        let root = Authority::root("Root");
        Self {
            leaf: root.issue(leaf),
            stores: TestStores::new().root(&root),
            root,
        }
    }

    fn with_crl(&self, crl: &Crl) -> Vec<&'static str> {
        let stores = self.stores.clone().crl(crl);
        reasons(&stores, &self.leaf.certificate, now())
    }

    /// Of other octets in place of the leaf, the CRL of the root good.
    fn with_leaf(&self, octets: Vec<u8>, at: DateTime<Utc>) -> Vec<&'static str> {
        let Ok(leaf) = Certificate::from_der(octets) else {
            return vec!["unreadable"];
        };
        let crl = CrlTemplate::new(1).with_times(day(-1), Some(day(4_000)));
        let stores = self.stores.clone().crl(&self.root.crl(&crl));
        reasons(&stores, &leaf, at)
    }
}

/// Why it is not trusted; nothing if it is.
fn reasons(stores: &TestStores, leaf: &Certificate, at: DateTime<Utc>) -> Vec<&'static str> {
    let policy = strict_policy();
    let report = evaluator(stores, &policy).evaluate(&Question::new(leaf, at));
    let reasons: Vec<_> = report
        .reasons()
        .map(|finding| finding.reason.code())
        .collect();
    assert_eq!(report.trusted().is_some(), reasons.is_empty());
    reasons
}

#[test]
fn hostile_09_places_with_names_of_rare_kinds_are_held_against_each_other_whole() {
    // CVE-2023-0286, CVE-2020-1971: the names of distribution points, compared as what they are not.
    let names = [
        GeneralName::X400(vec![tag::SEQUENCE, 0]),
        GeneralName::EdiParty(encode(0xa1, &[&encode(tag::UTF8_STRING, &[b"Acme"])])),
        GeneralName::EdiParty(Vec::new()),
        GeneralName::Ip(Vec::new()),
        GeneralName::dns("a").unwrap(),
        GeneralName::Other {
            type_id: rollcert_pki::Oid::from_dotted("1.2.3").unwrap(),
            value: vec![tag::NULL, 0],
        },
    ];
    for (number, named) in names.iter().enumerate() {
        let points = CrlDistributionPoints(vec![DistributionPoint::of(vec![named.clone()])]);
        let scene = Scene::of(Template::leaf("leaf").with(extension(&points)));
        for (other, published) in names.iter().enumerate() {
            let place = DistributionPointName::Full(vec![published.clone()]);
            let place = IssuingDistributionPoint::default().with_name(place);
            let crl = scene.root.crl(&CrlTemplate::new(1).with(critical(&place)));
            let expected: &[&str] = if number == other {
                &[]
            } else {
                &["crl-out-of-scope"]
            };
            assert_eq!(scene.with_crl(&crl), expected, "{named} {published}");
        }
    }
}

#[test]
fn hostile_10_no_odd_time_makes_a_certificate_live_longer() {
    let scene = Scene::new();
    let end = day(10);
    let time = |identifier: u8, text: &str| encode(identifier, &[text.as_bytes()]);
    let valid_until = |end: &[u8]| {
        let start = time(0x17, "250601120000Z");
        let validity = sequence(&[start, end.to_vec()]);
        let to_be_signed = scene.leaf.certificate.to_be_signed();
        scene.root.reissue(to_be_signed, field::VALIDITY, &validity)
    };
    let written = |form: &str| end.format(form).to_string();
    let plain = valid_until(&time(0x17, &written("%y%m%d%H%M%SZ")));
    assert_eq!(scene.with_leaf(plain, now()), [""; 0]);
    // In a GeneralizedTime before 2050, with a fraction, without seconds, with an offset.
    let ahead = (end + TimeDelta::hours(11)).format("%Y%m%d%H%M%S");
    for odd in [
        time(0x18, &written("%Y%m%d%H%M%SZ")),
        time(0x18, &written("%Y%m%d%H%M%S.999Z")),
        time(0x18, &written("%Y%m%d%H%M%S,5Z")),
        time(0x18, &written("%Y%m%d%H%MZ")),
        time(0x18, &written("%Y%m%d%HZ")),
        time(0x17, &written("%y%m%d%H%MZ")),
        time(0x17, &written("%y%m%d%H%M%S+0000")),
        time(0x18, &format!("{ahead}+1100")),
        time(0x18, &written("%Y%m%d%H%M%S")),
        time(0x17, &written("%y%m%d%H%M%S")),
    ] {
        for after in [TimeDelta::seconds(1), TimeDelta::hours(12)] {
            let found = scene.with_leaf(valid_until(&odd), end + after);
            assert!(!found.is_empty(), "{odd:02x?}");
        }
    }
    // CVE-2015-1789: cut off before its end; and digits that are none, a month and a day too many.
    for text in [
        "",
        "Z",
        "2",
        "36",
        "3606",
        "360601",
        "36060112",
        "36060112Z",
        "3606011200ZZ",
        "361301120000Z",
        "360631120000Z",
        "36060112000aZ",
        "3606011200-0Z",
        "360601120000Z\0",
        "360601120000+",
        "360601120000+9999",
        "360601120000-0",
        "99991231235959Z",
    ] {
        let found = scene.with_leaf(valid_until(&time(0x17, text)), now());
        assert_eq!(found, ["unreadable"], "{text}");
    }
}

#[test]
fn hostile_12_no_other_octets_around_what_is_signed_make_another_certificate_that_is_trusted() {
    // CVE-2014-8275: bits of the signature that are unused, other parameters of its algorithm, its numbers in BER.
    let scene = Scene::new();
    let parts = fields(scene.leaf.certificate.as_der());
    let [to_be_signed, algorithm, signature] = parts.as_slice() else {
        panic!("{parts:?}");
    };
    let octets = &signature[3..];
    let whole = |algorithm: &[u8], unused: u8, octets: &[u8]| {
        let signature = encode(tag::BIT_STRING, &[&[unused], octets]);
        sequence(&[to_be_signed.clone(), algorithm.to_vec(), signature])
    };
    let same = whole(algorithm, 0, octets);
    assert_eq!(same, scene.leaf.certificate.as_der());
    assert_eq!(scene.with_leaf(same, now()), [""; 0]);
    let with_null = sequence(&[fields(algorithm)[0].clone(), vec![tag::NULL, 0]]);
    let numbers = fields(octets);
    let padded = |number: &[u8]| encode(tag::INTEGER, &[&[0], &number[2..]]);
    let long = [&[tag::SEQUENCE, 0x81, octets[1]], &octets[2..]].concat();
    let others = [
        whole(&with_null, 0, octets),
        whole(algorithm, 1, octets),
        whole(algorithm, 7, octets),
        whole(algorithm, 0, &[octets, &[0]].concat()),
        whole(algorithm, 0, &long),
        whole(
            algorithm,
            0,
            &sequence(&[padded(&numbers[0]), numbers[1].clone()]),
        ),
        whole(
            algorithm,
            0,
            &sequence(&[numbers[0].clone(), padded(&numbers[1])]),
        ),
        whole(
            algorithm,
            0,
            &sequence(&[numbers.concat(), vec![tag::NULL, 0]]),
        ),
        whole(algorithm, 0, &[]),
    ];
    for (number, octets) in others.into_iter().enumerate() {
        assert!(!scene.with_leaf(octets, now()).is_empty(), "{number}");
    }
}

#[test]
fn hostile_13_a_crl_of_two_signature_algorithms_is_not_signed() {
    let scene = Scene::new();
    let crl = scene.root.crl_of(&[]);
    let sha384 = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha384);
    let other = SignatureAlgorithmName::from(sha384);
    let octets = scene.root.reissue(crl.to_be_signed(), 1, other.as_der());
    let crl = Crl::from_der(octets).unwrap();
    assert_eq!(scene.with_crl(&crl), ["crl-signature-invalid"]);
}

#[test]
fn hostile_14_a_crl_with_duplicate_extensions_vouches_for_nobody() {
    let scene = Scene::new();
    let crl = CrlTemplate::new(1);
    let mut twice = crl.clone();
    twice
        .extensions
        .push(extension(&CrlNumber(common::serial(9))));
    let harmless = unknown_extension(Criticality::NotCritical);
    let in_entry = crl.listing(&common::serial(7), &[harmless.clone(), harmless]);
    let octets = twice.der(scene.root.certificate.subject(), &scene.root.key);
    let error = Crl::from_der(octets).unwrap_err();
    assert_eq!(error.code(), "duplicate-extension");
    // In an entry it leaves the CRL readable, for whom it lists.
    let crl = scene.root.crl(&in_entry);
    assert_eq!(scene.with_crl(&crl), ["crl-malformed"]);
}

#[test]
fn hostile_16_versions_that_are_not_are_no_certificates_and_no_crls() {
    let scene = Scene::new();
    let to_be_signed = scene.leaf.certificate.to_be_signed();
    let version = |number: &[u8]| {
        let number = encode(tag::INTEGER, &[number]);
        let explicit = encode(tag::CONTEXT_CONSTRUCTED, &[&number]);
        scene.root.reissue(to_be_signed, field::VERSION, &explicit)
    };
    for number in [&[3][..], &[0xff], &[0, 2], &[1, 0, 0, 0, 2], &[]] {
        assert_eq!(scene.with_leaf(version(number), now()), ["unreadable"]);
    }
    // Version 1, written out, does not become an authority by its extensions.
    let issuing = scene.root.authority("Issuing");
    let number = encode(tag::CONTEXT_CONSTRUCTED, &[&encode_unsigned(&[0])]);
    let to_be_signed = issuing.certificate.to_be_signed();
    let octets = scene.root.reissue(to_be_signed, field::VERSION, &number);
    let old = Authority {
        certificate: Certificate::from_der(octets).unwrap(),
        key: issuing.key.clone(),
    };
    let stores = scene.stores.clone().certificate(&old);
    let found = reasons(&stores, &old.leaf("leaf").certificate, now());
    assert!(found.contains(&"issuer-not-a-ca"), "{found:?}");

    let crl = scene.root.crl_of(&[]);
    let crl_of = |number: &[u8]| {
        let version = encode(tag::INTEGER, &[number]);
        Crl::from_der(scene.root.reissue(crl.to_be_signed(), 0, &version))
    };
    for number in [&[2][..], &[3], &[0xff], &[0, 1], &[]] {
        assert!(crl_of(number).is_err(), "{number:?}");
    }
    // Nobody can tell what extensions mean in a CRL of version 1.
    let crl = crl_of(&[0]).unwrap();
    assert_eq!(scene.with_crl(&crl), ["crl-malformed"]);
}

/// `AlgorithmIdentifier` of RSASSA-PSS with these fields of its parameters.
fn pss(fields: &[Vec<u8>]) -> Vec<u8> {
    let oid = vec![6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
    sequence(&[oid, sequence(fields)])
}

#[test]
fn hostile_18_parameters_of_pss_that_are_odd_verify_nothing() {
    // CVE-2015-3194, CVE-2015-0208: the parameters of the mask left out, and others that are nonsense.
    let key = key_of(KeyAlgorithm::Rsa { bits: 2048 });
    let scene = Scene::new();
    let issuing = scene
        .root
        .issue(Template::authority("Issuing").with_key(&key));
    let sha256 = DigestAlgorithm::Sha256;
    let good = Template::leaf("leaf").with_signature_algorithm(SignatureAlgorithm::rsa_pss(sha256));
    let good = issuing.issue(good).certificate;
    let stores = scene.stores.clone().certificate(&issuing);
    let stores = stores
        .crl(&scene.root.crl_of(&[]))
        .crl(&issuing.crl_of(&[]));
    assert_eq!(reasons(&stores, &good, now()), [""; 0]);

    let explicit =
        |number: u8, content: &[u8]| encode(tag::CONTEXT_CONSTRUCTED + number, &[content]);
    let hash = explicit(
        0,
        &sequence(&[vec![6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1]]),
    );
    let mask = vec![6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 8];
    let salt = |octets: &[u8]| explicit(2, &encode(tag::INTEGER, &[octets]));
    let odd = [
        pss(&[]),
        pss(&[
            hash.clone(),
            explicit(1, &sequence(core::slice::from_ref(&mask))),
        ]),
        pss(&[
            hash.clone(),
            explicit(1, &sequence(&[mask, vec![tag::NULL, 0]])),
        ]),
        pss(&[hash.clone(), explicit(1, &[])]),
        pss(&[explicit(0, &[])]),
        pss(&[hash.clone(), salt(&[0xff])]),
        pss(&[hash.clone(), salt(&[0x7f, 0xff, 0xff, 0xff, 0xff])]),
        pss(&[hash.clone(), salt(&[0x10, 0])]),
        pss(&[hash.clone(), explicit(3, &encode_unsigned(&[2]))]),
        pss(&[hash.clone(), hash]),
        pss(&[vec![tag::NULL, 0]]),
    ];
    for algorithm in odd {
        let mut parts = fields(good.to_be_signed());
        parts[field::ALGORITHM].clone_from(&algorithm);
        let signature = encode(tag::BIT_STRING, &[&[0], good.signature()]);
        let octets = sequence(&[sequence(&parts), algorithm.clone(), signature]);
        let Ok(leaf) = Certificate::from_der(octets) else {
            continue;
        };
        let found = reasons(&stores, &leaf, now());
        assert!(!found.is_empty(), "{algorithm:02x?}");
    }
}

#[test]
fn hostile_20_a_key_for_one_kind_of_pss_verifies_no_other() {
    let key = key_of(KeyAlgorithm::Rsa { bits: 2048 });
    let bits = fields(key.public_key_info())[1].clone();
    let (sha256, sha384) = (DigestAlgorithm::Sha256, DigestAlgorithm::Sha384);
    let algorithm = SignatureAlgorithm::rsa_pss(sha256);
    for (digest, salt_len, is_for_it) in
        [(sha256, 32, true), (sha384, 48, false), (sha256, 33, false)]
    {
        let restricted = SignatureAlgorithm::RsaPss { digest, salt_len };
        let restricted = SignatureAlgorithmName::from(restricted).as_der().to_vec();
        let key = key_with_info(&key, sequence(&[restricted, bits.clone()]));
        let scene = Scene::new();
        let issuing = scene
            .root
            .issue(Template::authority("Issuing").with_key(&key));
        let template = Template::leaf("leaf").with_signature_algorithm(algorithm);
        let leaf = issuing.issue(template).certificate;
        let policy = policy();
        let stores = scene.stores.clone().certificate(&issuing);
        let report = evaluator(&stores, &policy).evaluate(&Question::new(&leaf, now()));
        assert_eq!(report.trusted().is_some(), is_for_it, "{digest} {salt_len}");
    }
}

#[test]
fn hostile_29_names_that_differ_in_writing_alone_are_one_and_others_are_not() {
    let text = |string: u8, text: &str| {
        let value = encode(string, &[text.as_bytes()]);
        let attribute = encode(tag::SEQUENCE, &[&[6, 3, 0x55, 4, 10], &value]);
        let name = encode(tag::SEQUENCE, &[&encode(tag::SET, &[&attribute])]);
        Name::from_der(&name).unwrap()
    };
    let root = Authority::root("Root");
    let subject = text(tag::UTF8_STRING, "Acme  Issuing");
    let issuing = root.issue(Template::authority("").with_subject(subject));
    let stores = TestStores::new().root(&root).certificate(&issuing);
    let stores = stores.crl(&root.crl_of(&[]));
    for (issuer, is_one) in [
        (text(0x13, "Acme Issuing"), true),
        (text(0x13, " ACME   issuing "), true),
        (text(tag::UTF8_STRING, "acme issuing"), true),
        (text(tag::UTF8_STRING, "AcmeIssuing"), false),
        (text(tag::UTF8_STRING, "Acme Issuing\0"), false),
        (text(tag::UTF8_STRING, "Acme\u{200b} Issuing"), false),
        (text(tag::UTF8_STRING, "\u{410}cme Issuing"), false),
        (name("Acme Issuing"), false),
    ] {
        let leaf = issuing.issue(Template::leaf("leaf").with_issuer(issuer.clone()));
        let crl = issuing.crl(&CrlTemplate::new(1).with_issuer(issuer.clone()));
        let found = reasons(&stores.clone().crl(&crl), &leaf.certificate, now());
        let expected: &[&str] = if is_one { &[] } else { &["no-path-to-anchor"] };
        assert_eq!(found, expected, "{issuer}");
    }
}
