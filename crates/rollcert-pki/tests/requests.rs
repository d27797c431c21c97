//! Certification requests of other products, odd ones, hostile ones, and our own read back.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed test is to panic"
)]

mod support;

use std::fs;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use der::asn1::ObjectIdentifier;
use proptest::prelude::*;
use rollcert_crypto::{DigestAlgorithm, PrivateKey, SignatureAlgorithm};
use rollcert_pki::asn1::{encode, encode_oid, encode_unsigned, tag};
use rollcert_pki::extension::{
    BasicConstraints, Criticality, EncodedExtension, ExtendedKeyUsages, ExtensionValue,
    GeneralName, SubjectAlternativeName, SubjectKeyIdentifier,
};
use rollcert_pki::{
    BuildError, CertificateBuilder, CertificationRequest, ExtendedKeyUsage, KeyIdentifierMethod,
    KeyUsage, KeyUsages, Name, Profile, Quirk, RequestBuilder, RequestError, SerialNumber,
    SignatureAlgorithmName,
};
use support::{PROVIDER, fixture, open_octets, path};

fn request(name: &str) -> CertificationRequest {
    CertificationRequest::from_der(fixture(&format!("requests/{name}.csr.der"))).unwrap()
}

fn key(name: &str) -> PrivateKey {
    support::key(&format!("requests/{name}.key.pem"))
}

fn quirks(request: &CertificationRequest) -> Vec<Quirk> {
    request.quirks().to_vec()
}

/// `ok`, or why the signature does not verify.
fn verdict(request: &CertificationRequest) -> &'static str {
    match request.verify(PROVIDER) {
        Ok(()) => "ok",
        Err(error) => error.code(),
    }
}

fn common_name(text: &str) -> Name {
    Name::builder().common_name(text).build().unwrap()
}

#[test]
fn requests_of_openssl_and_java_are_read_and_verify() {
    for (name, subject, key, signature, verifies) in [
        (
            "rsa2048",
            "CN=acme rsa2048",
            "rsa-2048",
            "sha256WithRSAEncryption",
            "ok",
        ),
        ("rsa2048-pss", "CN=acme pss", "rsa-2048", "rsassaPss", "ok"),
        (
            "rsa2048-sha1",
            "CN=acme sha-1",
            "rsa-2048",
            "sha1WithRSAEncryption",
            "ok",
        ),
        (
            "rsapss",
            "CN=acme rsapss",
            "rsa-pss-2048",
            "rsassaPss",
            "ok",
        ),
        ("p256", "CN=acme p256", "p-256", "ecdsa-with-SHA256", "ok"),
        ("p384", "CN=acme p384", "p-384", "ecdsa-with-SHA256", "ok"),
        ("p521", "CN=acme p521", "p-521", "ecdsa-with-SHA256", "ok"),
        ("ed25519", "CN=acme ed25519", "ed25519", "ED25519", "ok"),
        (
            "ed448",
            "CN=acme ed448",
            "ed448",
            "ED448",
            "unsupported-algorithm",
        ),
        ("no-subject", "", "p-256", "ecdsa-with-SHA256", "ok"),
        (
            "java",
            "CN=java rsa,O=Rollcert Test",
            "rsa-2048",
            "sha256WithRSAEncryption",
            "ok",
        ),
    ] {
        let request = request(name);
        assert_eq!(
            (
                request.subject().to_string().as_str(),
                request.key_algorithm().to_string().as_str(),
                request.signature_algorithm().to_string().as_str(),
                verdict(&request),
                quirks(&request),
            ),
            (subject, key, signature, verifies, vec![]),
            "{name}"
        );
    }
}

#[test]
fn everything_that_openssl_asks_for_is_shown() {
    let request = request("full");
    assert_eq!(
        request.subject().to_string(),
        "emailAddress=AS2@acme.example,CN=acme as2,O=Größe AG,C=DE"
    );
    assert_eq!(request.challenge_password().as_deref(), Some("beauty"));
    assert_eq!(
        request.unstructured_name().as_deref(),
        Some("an unstructured field")
    );
    assert_eq!(request.emails(), ["edi@acme.example", "as2@acme.example"]);
    assert_eq!(request.dns_names(), ["as2.acme.example"]);
    let usages: KeyUsages = [KeyUsage::DigitalSignature, KeyUsage::KeyEncipherment]
        .into_iter()
        .collect();
    assert_eq!(request.extension::<KeyUsages>(), Ok(Some(usages)));
    assert_eq!(
        request.extension::<ExtendedKeyUsages>(),
        Ok(Some(ExtendedKeyUsages(vec![
            ExtendedKeyUsage::EmailProtection,
            ExtendedKeyUsage::ClientAuth
        ])))
    );
    assert_eq!(
        request.extension::<BasicConstraints>(),
        Ok(Some(BasicConstraints::END_ENTITY))
    );
    let identifier = KeyIdentifierMethod::Sha1
        .identify(request.public_key_info(), PROVIDER)
        .unwrap();
    assert_eq!(
        request.extension::<SubjectKeyIdentifier>(),
        Ok(Some(SubjectKeyIdentifier(identifier)))
    );
    let critical: Vec<String> = request
        .extensions()
        .iter()
        .filter(|extension| extension.criticality() == Criticality::Critical)
        .map(|extension| extension.oid().to_string())
        .collect();
    assert_eq!(critical, ["2.5.29.15"]);
    let attributes: Vec<String> = request
        .attributes()
        .map(|attribute| attribute.oid().to_string())
        .collect();
    assert_eq!(
        attributes,
        [
            "1.2.840.113549.1.9.7",
            "1.2.840.113549.1.9.2",
            "1.2.840.113549.1.9.14"
        ]
    );
}

/// Every request of the vectors: what reading it says, whether it verifies, its quirks, an address in it.
const VECTORS: [(&str, &str, &str, &[Quirk]); 26] = [
    (
        "bad-version.pem",
        "ok",
        "signature-invalid",
        &[Quirk::UnusualRequestVersion],
    ),
    ("basic_constraints.pem", "ok", "signature-invalid", &[]),
    (
        "challenge-invalid.der",
        "ok",
        "signature-invalid",
        &[Quirk::UnreadableAttribute],
    ),
    (
        "challenge-multi-valued.der",
        "ok",
        "signature-invalid",
        &[Quirk::UnreadableAttribute],
    ),
    ("challenge-unstructured.pem", "ok", "ok", &[]),
    ("challenge.pem", "ok", "ok", &[]),
    ("dsa_sha1.der", "ok", "unsupported-algorithm", &[]),
    ("dsa_sha1.pem", "ok", "unsupported-algorithm", &[]),
    ("ec_sha256.der", "ok", "ok", &[]),
    ("ec_sha256.pem", "ok", "ok", &[]),
    ("ec_sha256_old_header.pem", "ok", "ok", &[]),
    (
        "freeipa-bad-critical.pem",
        "ok",
        "ok",
        &[Quirk::ExplicitDefault],
    ),
    ("invalid_signature.pem", "ok", "signature-invalid", &[]),
    (
        "long-form-attribute.pem",
        "ok",
        "signature-invalid",
        &[Quirk::UnreadableAttribute],
    ),
    ("rsa_md4.der", "ok", "unsupported-algorithm", &[]),
    ("rsa_md4.pem", "ok", "unsupported-algorithm", &[]),
    ("rsa_sha1.der", "ok", "ok", &[]),
    ("rsa_sha1.pem", "ok", "ok", &[]),
    ("rsa_sha256.der", "ok", "ok", &[]),
    ("rsa_sha256.pem", "ok", "ok", &[]),
    ("san_rsa_sha1.der", "ok", "ok", &[]),
    ("san_rsa_sha1.pem", "ok", "ok", &[]),
    ("two_basic_constraints.pem", "duplicate-extension", "", &[]),
    ("unsupported_extension.pem", "ok", "signature-invalid", &[]),
    (
        "unsupported_extension_critical.pem",
        "ok",
        "signature-invalid",
        &[],
    ),
    (
        "zero-element-attribute.pem",
        "ok",
        "ok",
        &[Quirk::EmptyAttribute],
    ),
];

/// The octets of a vector, taken out of its armour if it has one.
fn vector(name: &str) -> Vec<u8> {
    let octets = fixture(&format!("pyca/requests/{name}"));
    if name.ends_with(".der") {
        return octets;
    }
    let text = String::from_utf8(octets).unwrap();
    let body: String = text
        .lines()
        .skip_while(|line| !line.starts_with("-----BEGIN"))
        .skip(1)
        .take_while(|line| !line.starts_with("-----END"))
        .collect();
    BASE64_STANDARD.decode(body).unwrap()
}

#[test]
fn the_vectors_are_read_as_expected() {
    let mut files: Vec<String> = fs::read_dir(path("pyca/requests"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(files, VECTORS.map(|(name, ..)| name));
    for (name, reading, verifies, expected_quirks) in VECTORS {
        let octets = vector(name);
        match CertificationRequest::from_der(octets.as_slice()) {
            Ok(request) => {
                assert_eq!(
                    ("ok", verdict(&request), quirks(&request)),
                    (reading, verifies, expected_quirks.to_vec()),
                    "{name}"
                );
                assert_eq!(request.as_der(), octets, "{name}");
            }
            Err(error) => assert_eq!(error.code(), reading, "{name}"),
        }
    }
}

#[test]
fn the_vectors_are_recognised_in_their_files() {
    for (name, reading, ..) in VECTORS {
        let opened = open_octets(&fixture(&format!("pyca/requests/{name}")), None);
        match (reading, opened) {
            ("ok", Ok(bundle)) => {
                let requests: Vec<&CertificationRequest> = bundle.requests().collect();
                let expected = CertificationRequest::from_der(vector(name)).unwrap();
                assert_eq!(requests, [&expected], "{name}");
            }
            ("duplicate-extension", Err(error)) => {
                assert!(error.to_string().contains("2.5.29.19"), "{name}: {error}");
            }
            (_, other) => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn openssl_reads_what_we_read_but_for_documented_departures() {
    let directory = tempfile::tempdir().unwrap();
    for (name, reading, verifies, _) in VECTORS {
        let file = directory.path().join("request.der");
        fs::write(&file, vector(name)).unwrap();
        let file = file.to_str().unwrap();
        // Without `-verify` it fails for what it cannot read, and for nothing else.
        let arguments = ["req", "-noout", "-inform", "DER", "-in", file];
        let Some(read) = support::openssl_run(&arguments) else {
            return;
        };
        assert!(read.status.success(), "{name}");
        // Whether it verifies is on standard error alone.
        let checked = support::openssl_run(&[&arguments[..], &["-verify"]].concat()).unwrap();
        let said = String::from_utf8(checked.stderr).unwrap();
        let verified = said.contains("verify OK");
        match (reading, verifies) {
            ("ok", "ok") => assert!(verified, "{name}: {said}"),
            ("ok", "signature-invalid") => assert!(!verified, "{name}: {said}"),
            // Algorithms that no backend here serves; and docs/departures.md on extensions asked for twice.
            ("ok", "unsupported-algorithm") | ("duplicate-extension", _) => {}
            other => panic!("{name}: {other:?}"),
        }
    }
}

/// The DER of a request without signature by anybody: version, subject, key and attributes as given.
fn assembled(version: u8, attributes: Option<&[Vec<u8>]>) -> Vec<u8> {
    let to_be_signed = to_be_signed(version, attributes);
    let algorithm = SignatureAlgorithmName::from(ECDSA);
    let signature = encode(tag::BIT_STRING, &[&[0, 1, 2, 3]]);
    encode(
        tag::SEQUENCE,
        &[&to_be_signed, algorithm.as_der(), &signature],
    )
}

fn to_be_signed(version: u8, attributes: Option<&[Vec<u8>]>) -> Vec<u8> {
    let attributes = attributes.map(|attributes| {
        let attributes: Vec<&[u8]> = attributes.iter().map(Vec::as_slice).collect();
        encode(tag::CONTEXT_CONSTRUCTED, &attributes)
    });
    encode(
        tag::SEQUENCE,
        &[
            &encode_unsigned(&[version]),
            common_name("x").as_der(),
            key("p256").public_key_info(),
            &attributes.unwrap_or_default(),
        ],
    )
}

fn attribute(oid: &'static str, values: &[&[u8]]) -> Vec<u8> {
    let oid = encode_oid(ObjectIdentifier::new_unwrap(oid));
    encode(tag::SEQUENCE, &[&oid, &encode(tag::SET, values)])
}

fn names_of(hosts: &[&str]) -> Vec<u8> {
    let names = hosts.iter().map(|host| GeneralName::dns(host).unwrap());
    let names = SubjectAlternativeName(names.collect());
    EncodedExtension::to_der_sequence(&[EncodedExtension::of(&names, Criticality::NotCritical)])
}

const ECDSA: SignatureAlgorithm = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256);
const PKCS9: &str = "1.2.840.113549.1.9.14";
const MICROSOFT: &str = "1.3.6.1.4.1.311.2.1.14";
const CHALLENGE: &str = "1.2.840.113549.1.9.7";

#[test]
fn extensions_are_found_in_the_attribute_of_either_kind() {
    for kind in [PKCS9, MICROSOFT] {
        // Microsoft's tools write attributes of their own beside it, such as the version of the system.
        let version = encode(0x16, &[b"10.0.20348.2"]);
        let octets = assembled(
            0,
            Some(&[
                attribute("1.3.6.1.4.1.311.13.2.3", &[&version]),
                attribute(kind, &[&names_of(&["as2.acme.example"])]),
            ]),
        );
        let request = CertificationRequest::from_der(octets).unwrap();
        assert_eq!(request.dns_names(), ["as2.acme.example"]);
        let unknown = request.attributes().next().unwrap();
        assert_eq!(
            (unknown.oid().to_string().as_str(), unknown.values()),
            ("1.3.6.1.4.1.311.13.2.3", version.as_slice())
        );
        assert_eq!(quirks(&request), []);
    }
}

#[test]
fn extensions_asked_for_in_several_lists_or_twice_are_refused() {
    let (one, other) = (names_of(&["a.example"]), names_of(&["b.example"]));
    for attributes in [
        vec![attribute(PKCS9, &[&one, &other])],
        vec![attribute(PKCS9, &[&one]), attribute(PKCS9, &[&other])],
        vec![attribute(PKCS9, &[&one]), attribute(MICROSOFT, &[&other])],
    ] {
        assert_eq!(
            CertificationRequest::from_der(assembled(0, Some(&attributes))),
            Err(RequestError::SeveralExtensionRequests)
        );
    }
    let extension = EncodedExtension::of(&BasicConstraints::END_ENTITY, Criticality::Critical);
    let twice = EncodedExtension::to_der_sequence(&[extension.clone(), extension]);
    assert_eq!(
        CertificationRequest::from_der(assembled(0, Some(&[attribute(PKCS9, &[&twice])]))),
        Err(RequestError::DuplicateExtension {
            oid: BasicConstraints::OID.into()
        })
    );
}

#[test]
fn a_request_without_set_of_attributes_is_read_and_verifies() {
    let to_be_signed = to_be_signed(0, None);
    let signature = key("p256")
        .signer()
        .unwrap()
        .sign(ECDSA, &to_be_signed)
        .unwrap();
    let signature = encode(tag::BIT_STRING, &[&[0], &signature]);
    let algorithm = SignatureAlgorithmName::from(ECDSA);
    let octets = encode(
        tag::SEQUENCE,
        &[&to_be_signed, algorithm.as_der(), &signature],
    );
    let request = CertificationRequest::from_der(octets).unwrap();
    assert_eq!(verdict(&request), "ok");
    assert_eq!(quirks(&request), [Quirk::AttributesAbsent]);
    assert_eq!(request.attributes().count(), 0);
    assert!(request.extensions().is_empty());
}

#[test]
fn a_list_of_extensions_that_is_none_is_refused() {
    // What is asked for must be understood, or an issuer answers another question.
    for value in [
        &[0x05, 0][..],
        &[0x30, 2, 0x05, 0],
        &[0x30, 4, 0x30, 2, 0x06, 0],
    ] {
        let octets = assembled(0, Some(&[attribute(PKCS9, &[value])]));
        let error = CertificationRequest::from_der(octets).unwrap_err();
        assert!(matches!(error, RequestError::Decode(_)), "{error}");
    }
}

#[test]
fn requests_of_others_are_built_anew_octet_for_octet() {
    for name in [
        "rsa2048",
        "rsa2048-pss",
        "rsapss",
        "p256",
        "p521",
        "ed25519",
        "java",
        "no-subject",
    ] {
        let request = request(name);
        let mut builder = RequestBuilder::new(request.subject().clone(), request.public_key_info())
            .with_signature_algorithm(request.signature_algorithm().known().unwrap());
        for extension in request.extensions() {
            builder = builder.with_extension(extension.into());
        }
        let again = builder
            .build()
            .unwrap()
            .assemble(request.signature())
            .unwrap();
        assert_eq!(again, request, "{name}");
    }
}

#[test]
fn odd_attributes_are_noted_and_fail_closed() {
    let text = encode(0x0c, &[b"beauty"]);
    let critical = |octet: u8| {
        let oid = encode_oid(BasicConstraints::OID);
        let value = encode(tag::OCTET_STRING, &[&encode(tag::SEQUENCE, &[])]);
        let flag = encode(tag::BOOLEAN, &[&[octet]]);
        encode(
            tag::SEQUENCE,
            &[&encode(tag::SEQUENCE, &[&oid, &flag, &value])],
        )
    };
    let malformed = EncodedExtension::to_der_sequence(&[EncodedExtension::new(
        SubjectAlternativeName::OID,
        Criticality::NotCritical,
        [5, 0],
    )]);
    for (attribute, quirk) in [
        (
            attribute(CHALLENGE, &[&text, &text]),
            Quirk::UnreadableAttribute,
        ),
        (
            attribute(CHALLENGE, &[&encode_unsigned(&[1])]),
            Quirk::UnreadableAttribute,
        ),
        (attribute(CHALLENGE, &[]), Quirk::EmptyAttribute),
        (attribute(PKCS9, &[&critical(0)]), Quirk::ExplicitDefault),
        (attribute(PKCS9, &[&critical(1)]), Quirk::LooseBoolean),
        (
            attribute(PKCS9, &[&malformed]),
            Quirk::MalformedExtension {
                oid: SubjectAlternativeName::OID,
            },
        ),
    ] {
        let request = CertificationRequest::from_der(assembled(0, Some(&[attribute]))).unwrap();
        assert_eq!(quirks(&request), [quirk]);
        assert_eq!(request.challenge_password(), None);
        assert_eq!(request.emails(), [""; 0]);
    }
    let twice = [
        attribute(CHALLENGE, &[&text]),
        attribute(CHALLENGE, &[&text]),
    ];
    let request = CertificationRequest::from_der(assembled(0, Some(&twice))).unwrap();
    assert_eq!(request.challenge_password(), None);
    let version = CertificationRequest::from_der(assembled(2, Some(&[]))).unwrap();
    assert_eq!(quirks(&version), [Quirk::UnusualRequestVersion]);
}

#[test]
fn a_request_with_an_unreadable_key_is_read_and_verifies_nothing() {
    let mut octets = request("rsa2048").as_der().to_vec();
    // The modulus, 257 octets of an INTEGER, begins with a zero octet; without it the number is negative.
    let place = octets
        .windows(5)
        .position(|header| header == [2, 0x82, 1, 1, 0])
        .unwrap();
    octets[place + 4] = 0x80;
    let request = CertificationRequest::from_der(octets).unwrap();
    assert_eq!(quirks(&request), [Quirk::UnreadablePublicKey]);
    assert_ne!(verdict(&request), "ok");
}

#[test]
fn a_signature_that_is_no_whole_number_of_octets_does_not_verify() {
    let mut octets = request("ed25519").as_der().to_vec();
    // The count of unused bits, before the 64 octets of the signature.
    let count = octets.len() - 65;
    octets[count] = 1;
    let request = CertificationRequest::from_der(octets).unwrap();
    assert_eq!(quirks(&request), [Quirk::SignatureWithUnusedBits]);
    assert_eq!(verdict(&request), "signature-invalid");
}

#[test]
fn every_truncation_and_every_appended_octet_is_an_error() {
    for name in ["full", "p256", "java"] {
        let octets = request(name).as_der().to_vec();
        for end in 0..octets.len() {
            assert!(
                CertificationRequest::from_der(&octets[..end]).is_err(),
                "{name} {end}"
            );
        }
        let error = CertificationRequest::from_der([&octets[..], &[0]].concat()).unwrap_err();
        assert_eq!(error.code(), "trailing-octets", "{name}");
    }
}

#[test]
fn no_changed_bit_verifies() {
    let octets = request("ed25519").as_der().to_vec();
    let mut read = 0;
    for place in 0..octets.len() * 8 {
        let mut changed = octets.clone();
        changed[place / 8] ^= 1 << (place % 8);
        if let Ok(request) = CertificationRequest::from_der(changed.as_slice()) {
            assert_ne!(verdict(&request), "ok", "bit {place}");
            assert_eq!(request.as_der(), changed);
            read += 1;
        }
    }
    // Most bits are those of key and signature, where nothing is malformed.
    assert!(read > 700, "{read}");
}

#[test]
fn faults_are_placed_in_the_octets() {
    for (octets, shown) in [
        (
            vec![],
            "not a certification request: input ended inside an element at octet 0",
        ),
        (
            vec![5, 0],
            "not a certification request: value of CertificationRequest not allowed at octet 0",
        ),
        (
            vec![0x30, 2, 5, 0],
            "not a certification request: expected CertificationRequestInfo at octet 2",
        ),
        (
            vec![0x30, 0x80, 0, 0],
            "not a certification request: tag or length not in distinguished encoding at octet 0",
        ),
    ] {
        let error = CertificationRequest::from_der(octets).unwrap_err();
        assert_eq!(error.to_string(), shown);
    }
    // `[0]` that is primitive.
    let mut octets = assembled(0, Some(&[]));
    let place = octets
        .windows(2)
        .position(|pair| pair == [0xa0, 0])
        .unwrap();
    octets[place] = 0x80;
    let error = CertificationRequest::from_der(octets).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("not a certification request: value of attributes not allowed at octet {place}")
    );
}

#[test]
fn a_certificate_is_for_the_request_whose_key_it_certifies() {
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    for name in ["rsa2048", "p256", "ed25519"] {
        let key = key(name);
        let profile = Profile::smime_sign();
        // The authority has given the subject another name.
        let certificate = CertificateBuilder::new(
            &profile,
            common_name("renamed"),
            key.public_key_info(),
            SerialNumber::from_decimal("1").unwrap(),
            profile.validity_from(now).unwrap(),
        )
        .self_signed(PROVIDER)
        .unwrap()
        .sign(&key)
        .unwrap();
        for other in ["rsa2048", "rsapss", "p256", "p384", "ed25519", "full"] {
            // `full` is by the same key as `rsa2048`.
            let expected = name == other || (name, other) == ("rsa2048", "full");
            assert_eq!(
                request(other).is_for(&certificate),
                expected,
                "{name} {other}"
            );
        }
    }
}

#[test]
fn what_a_request_must_not_say_is_refused_when_it_is_built() {
    let code = |builder: RequestBuilder| builder.build().map_err(|error| error.code());
    let builder = |name: &str| {
        let info = fixture(&format!("requests/{name}.pub.der"));
        RequestBuilder::new(common_name("x"), info)
    };
    let constraints = EncodedExtension::of(&BasicConstraints::END_ENTITY, Criticality::Critical);
    let email = GeneralName::email("a@b.example").unwrap();
    let names = SubjectAlternativeName(vec![email.clone()]);
    for (builder, expected) in [
        (builder("p256").with_challenge_password(""), "text-length"),
        (
            builder("p256").with_unstructured_name(&"x".repeat(256)),
            "text-length",
        ),
        (
            builder("p256")
                .with_extension(constraints.clone())
                .with_extension(constraints.clone()),
            "duplicate-extension",
        ),
        (
            builder("p256")
                .with_alternative_names([email])
                .with_extension(EncodedExtension::of(&names, Criticality::NotCritical)),
            "duplicate-extension",
        ),
        (
            builder("rsa2048")
                .with_signature_algorithm(SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha1)),
            "weak-digest",
        ),
        (
            builder("rsa2048").with_signature_algorithm(ECDSA),
            "algorithm-mismatch",
        ),
        (
            builder("rsapss")
                .with_signature_algorithm(SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256)),
            "algorithm-mismatch",
        ),
        (builder("rsa512"), "key-too-short"),
        (builder("ed448"), "key-does-not-sign"),
        (
            builder("ed25519").with_profile(&Profile::smime()),
            "key-cannot-serve",
        ),
        (
            RequestBuilder::new(common_name("x"), vec![0x30, 0]),
            "malformed-public-key",
        ),
    ] {
        assert_eq!(code(builder).unwrap_err(), expected);
    }
}

#[test]
fn what_is_asked_for_stands_in_the_request_and_in_the_usual_string_types() {
    let key = key("p256");
    let unsigned = RequestBuilder::new(common_name("acme as2"), key.public_key_info())
        .with_profile(&Profile::as2())
        .with_alternative_names([GeneralName::email("edi@acme.example").unwrap()])
        .with_alternative_names([GeneralName::dns("as2.acme.example").unwrap()])
        .with_challenge_password("beauty")
        .with_unstructured_name("acme@home")
        .build()
        .unwrap();
    assert_eq!(unsigned.algorithm(), ECDSA);
    assert_eq!(unsigned.warnings(), []);
    let request = unsigned.sign(&key).unwrap();
    assert_eq!(verdict(&request), "ok");
    assert_eq!(quirks(&request), []);
    assert_eq!(request.to_be_signed(), unsigned.to_be_signed());
    assert_eq!(request.public_key_info(), key.public_key_info());
    assert_eq!(request.emails(), ["edi@acme.example"]);
    assert_eq!(request.dns_names(), ["as2.acme.example"]);
    let usages: KeyUsages = [KeyUsage::DigitalSignature, KeyUsage::KeyAgreement]
        .into_iter()
        .collect();
    assert_eq!(request.extension::<KeyUsages>(), Ok(Some(usages)));
    // RFC 2985 §5.4.1 and §5.4.3: PrintableString, and IA5String as `@` is not printable.
    let values: Vec<(String, u8)> = request
        .attributes()
        .map(|attribute| (attribute.oid().to_string(), attribute.values()[0]))
        .collect();
    assert_eq!(
        values,
        [
            (CHALLENGE.to_owned(), 0x13),
            ("1.2.840.113549.1.9.2".to_owned(), 0x16),
            (PKCS9.to_owned(), 0x30),
        ]
    );
    let beyond = RequestBuilder::new(common_name("x"), key.public_key_info())
        .with_challenge_password("schön")
        .build()
        .unwrap()
        .assemble(&[1])
        .unwrap();
    assert_eq!(beyond.attributes().next().unwrap().values()[0], 0x0c);
    assert_eq!(beyond.challenge_password().as_deref(), Some("schön"));
    let builder = RequestBuilder::new(common_name("x"), key.public_key_info())
        .with_challenge_password("beauty");
    assert!(!format!("{builder:?}").contains("beauty"));
}

#[test]
fn a_request_by_a_short_key_comes_with_a_warning() {
    let info = fixture("requests/rsa1024.pub.der");
    let unsigned = RequestBuilder::new(common_name("x"), info).build().unwrap();
    let codes: Vec<&str> = unsigned
        .warnings()
        .iter()
        .map(|warning| warning.code())
        .collect();
    assert_eq!(codes, ["weak-key"]);
}

#[test]
fn a_signature_made_elsewhere_is_checked_when_asked() {
    let (own, other) = (key("p256"), key("p384"));
    let unsigned = RequestBuilder::new(common_name("x"), own.public_key_info())
        .build()
        .unwrap();
    let sign = |octets: &[u8]| own.signer().unwrap().sign(ECDSA, octets).unwrap();
    let right = sign(unsigned.to_be_signed());
    let request = unsigned.assemble_verified(&right, PROVIDER).unwrap();
    assert_eq!(request, unsigned.assemble(&right).unwrap());
    let wrong = sign(b"something else");
    let error = unsigned.assemble_verified(&wrong, PROVIDER).unwrap_err();
    assert_eq!(error.code(), "signature-invalid");
    // Nobody looks at it here.
    assert_eq!(
        verdict(&unsigned.assemble(&wrong).unwrap()),
        "signature-invalid"
    );
    assert!(matches!(unsigned.sign(&other), Err(BuildError::OtherKey)));
}

proptest! {
    /// decode(encode(x)) == x.
    #[test]
    fn what_is_built_is_read_back(
        subject in "[ -~äöü]{1,64}",
        emails in prop::collection::vec("[a-z]{1,9}@[a-z]{1,9}\\.example", 0..4),
        password in prop::option::of("\\PC{1,80}"),
        name in prop::option::of("[ -~]{1,80}"),
        signature in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let subject = common_name(&subject);
        let info = fixture("requests/p256.pub.der");
        let mut builder = RequestBuilder::new(subject.clone(), info.as_slice())
            .with_alternative_names(emails.iter().map(|email| GeneralName::email(email).unwrap()));
        if let Some(password) = &password {
            builder = builder.with_challenge_password(password);
        }
        if let Some(name) = &name {
            builder = builder.with_unstructured_name(name);
        }
        let unsigned = builder.build().unwrap();
        let request = unsigned.assemble(&signature).unwrap();
        prop_assert_eq!(request.subject(), &subject);
        prop_assert_eq!(request.public_key_info(), info.as_slice());
        prop_assert_eq!(request.challenge_password(), password);
        prop_assert_eq!(request.unstructured_name(), name);
        let names = request.extension::<SubjectAlternativeName>().unwrap().unwrap_or_default();
        let read: Vec<String> =
            names.0.iter().map(|name| name.as_email().unwrap().into_owned()).collect();
        prop_assert_eq!(read, emails);
        prop_assert_eq!(request.signature(), signature.as_slice());
        prop_assert_eq!(request.to_be_signed(), unsigned.to_be_signed());
        prop_assert_eq!(quirks(&request), vec![]);
        let again = CertificationRequest::from_der(request.as_der()).unwrap();
        prop_assert_eq!(again, request);
    }

    #[test]
    fn no_octets_make_it_panic(octets in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = CertificationRequest::from_der(octets);
    }
}
