//! What is signed here verifies here; what is altered does not, and says why.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::std_instead_of_core,
    reason = "a test that panics has failed, which is what it is for"
)]

mod support;

use chrono::DateTime;
use proptest::prelude::*;
use rollcert_cms::{
    CertificateIdentifier, ContentType, SignError, SignatureError, SignatureScheme, SignedData,
    SignedDataBuilder, SignerIdentifierForm, SignerVerdict, SigningRequest, content_type,
    sign_attached, sign_detached,
};
use rollcert_crypto::rustcrypto::PROVIDER;
use rollcert_crypto::{DigestAlgorithm, SignatureAlgorithm};
use rollcert_pki::asn1::{DecodeErrorKind, Element, encode, encode_oid, encode_unsigned, tag};
use rollcert_pki::{Certificate, Credential, KeyAlgorithmName};
use support::identities::{IDENTITIES, describe, identity};
use support::*;

const CONTENT: &[u8] = b"Content-Type: text/plain\r\n\r\nHello\r\n";
const SCHEME: SignatureAlgorithm = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256);

fn sign(content: &[u8]) -> Vec<u8> {
    sign_detached(content, &carol(), DigestAlgorithm::Sha256, now(), &PROVIDER).unwrap()
}

/// The stable name of the only signer's verdict.
fn outcome(octets: &[u8], content: &[u8], candidates: &[Certificate]) -> &'static str {
    let message = SignedData::parse(octets, &limits()).unwrap();
    let verdicts = message.verify(content, candidates, &PROVIDER);
    let [verdict] = verdicts.as_slice() else {
        panic!("one verdict")
    };
    verdict
        .result
        .as_ref()
        .map_or_else(|error| error.code(), |()| "ok")
}

/// The signed attributes as `sign` makes them: each attribute by itself, in order.
fn attributes(content: &[u8]) -> Vec<Vec<u8>> {
    let digest = PROVIDER.digest(DigestAlgorithm::Sha256, content);
    let certificate = carol().certificate().clone();
    let request = SigningRequest::new(&digest, &certificate, SCHEME, Some(now())).unwrap();
    let set = request.to_be_signed();
    let mut reader = Element::parse(set).unwrap().reader();
    let mut attributes = Vec::new();
    while !reader.is_empty() {
        attributes.push(reader.element().unwrap().raw().to_vec());
    }
    attributes
}

fn tagged(identifier: u8, attributes: &[Vec<u8>]) -> Vec<u8> {
    encode(identifier, &[&attributes.concat()])
}

fn signature_of(octets: &[u8]) -> Vec<u8> {
    // The signature is the last element of the only signer, which is the end of the message.
    let mut element = Element::parse(octets).unwrap();
    while element.tag().is_constructed() {
        let mut reader = element.reader();
        while !reader.is_empty() {
            element = reader.element().unwrap();
        }
    }
    element.raw().to_vec()
}

#[test]
fn what_is_signed_verifies_and_keeps_its_facts() {
    for (credential, digest) in [
        (alice(), DigestAlgorithm::Sha256),
        (carol(), DigestAlgorithm::Sha256),
        (carol(), DigestAlgorithm::Sha512),
    ] {
        let octets = sign_detached(CONTENT, &credential, digest, now(), &PROVIDER).unwrap();
        assert_eq!(content_type(&octets), Ok(ContentType::SignedData));
        let message = SignedData::parse(&octets, &limits()).unwrap();
        assert_eq!(message.content(), None);
        assert_eq!(message.signers()[0].signing_time(), Some(now()));
        assert_eq!(message.signers()[0].digest_algorithm(), Some(digest));
        let verdicts = message.verify(CONTENT, &[], &PROVIDER);
        assert!(verdicts[0].result.is_ok(), "{verdicts:?}");
        assert_eq!(verdicts[0].signer.as_ref(), Some(credential.certificate()));

        let altered = message.verify(b"another", &[], &PROVIDER);
        assert!(matches!(
            altered[0].result,
            Err(SignatureError::DigestMismatch)
        ));
        let attached = message.verify_attached(&[], &PROVIDER);
        assert!(matches!(attached[0].result, Err(SignatureError::NoContent)));
    }
}

#[test]
fn the_chain_goes_along_each_certificate_once() {
    let (carol, bob) = (carol(), certificate("as2/bob.cert.pem"));
    let chain = vec![bob.clone(), carol.certificate().clone(), bob.clone()];
    let credential = Credential::new(
        carol.certificate().clone(),
        chain,
        carol.key().clone(),
        &PROVIDER,
        &mut rng(),
    )
    .unwrap();
    let octets = sign_detached(
        CONTENT,
        &credential,
        DigestAlgorithm::Sha256,
        now(),
        &PROVIDER,
    )
    .unwrap();
    let message = SignedData::parse(&octets, &limits()).unwrap();
    let mut expected = [carol.certificate(), &bob];
    expected.sort();
    let inside: Vec<_> = message.certificates().map(Result::unwrap).collect();
    assert_eq!(inside, expected);
}

#[test]
fn a_certificate_that_cannot_be_read_spoils_nothing_else() {
    let octets = sign(CONTENT);
    let certificate = carol().certificate().clone();
    let broken = encode(tag::SEQUENCE, &[&[5, 0]]);
    let octets = replace(
        &octets,
        certificate.as_der(),
        &[broken.as_slice(), certificate.as_der()].concat(),
    );
    let message = SignedData::parse(&octets, &limits()).unwrap();
    let inside: Vec<_> = message.certificates().collect();
    assert!(inside[0].is_err());
    assert_eq!(inside[1], Ok(&certificate));
    assert_eq!(outcome(&octets, CONTENT, &[]), "ok");
}

#[test]
fn certificates_keep_their_octets_whatever_the_lengths_around_them() {
    let certificate = carol().certificate().clone();
    // The parameters of its key as a constructed string, which DER would write otherwise.
    let rsa = encode_oid("1.2.840.113549.1.1.1".parse().unwrap());
    let rsa = [rsa.as_slice(), &[5, 0]].concat();
    let mut other = bob().certificate().as_der().to_vec();
    let found = other.windows(rsa.len()).position(|window| window == rsa);
    other[found.unwrap() + rsa.len() - 2] = 0x32;
    let other = Certificate::from_der(other).unwrap();
    let broken = [0x30, 0x02, 0x22, 0x00];
    let set = encode(tag::CONTEXT_CONSTRUCTED, &[certificate.as_der()]);
    let streamed = [
        &[0xa0, 0x80],
        certificate.as_der(),
        other.as_der(),
        &broken,
        &[0, 0],
    ];
    let octets = replace(&sign(CONTENT), &set, &streamed.concat());
    let message = SignedData::parse(&octets, &limits()).unwrap();
    let inside: Vec<_> = message.certificates().collect();
    let [Ok(first), Ok(second), Err(_)] = inside[..] else {
        panic!("{inside:?}")
    };
    assert_eq!(first.as_der(), certificate.as_der());
    assert_eq!(second.as_der(), other.as_der());
    assert_eq!(outcome(&octets, CONTENT, &[]), "ok");
}

#[test]
fn sha_1_and_times_out_of_range_are_refused_when_signing() {
    let result = sign_detached(CONTENT, &carol(), DigestAlgorithm::Sha1, now(), &PROVIDER);
    let Err(error @ SignError::WeakDigest { .. }) = result else {
        panic!("{result:?}")
    };
    assert_eq!(error.code(), "weak-digest");
    // Not even for an HSM that would.
    let sha1 = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha1);
    let result = SigningRequest::new(&[0; 20], carol().certificate(), sha1, None);
    assert_eq!(result.unwrap_err().code(), "weak-digest");
    let far = DateTime::from_timestamp(300_000_000_000, 0).unwrap();
    let result = sign_detached(CONTENT, &carol(), DigestAlgorithm::Sha256, far, &PROVIDER);
    assert!(matches!(result, Err(SignError::SigningTime)));
    let result = SigningRequest::new(&[0; 20], carol().certificate(), SCHEME, None);
    assert!(matches!(
        result,
        Err(SignError::DigestLength {
            expected: 32,
            found: 20
        })
    ));
}

#[test]
fn attributes_verify_in_the_order_that_arrived_and_else_in_distinguished_order() {
    let octets = sign(CONTENT);
    let sorted = attributes(CONTENT);
    let reversed: Vec<_> = sorted.iter().rev().cloned().collect();
    let sent = tagged(tag::CONTEXT_CONSTRUCTED, &sorted);
    let reordered = tagged(tag::CONTEXT_CONSTRUCTED, &reversed);
    // Signed in distinguished order, sent in another.
    let octets = replace(&octets, &sent, &reordered);
    assert_eq!(outcome(&octets, CONTENT, &[]), "ok");
    // Signed and sent in another order.
    let signer = carol();
    let signature = signer
        .key()
        .signer()
        .unwrap()
        .sign(SCHEME, &tagged(tag::SET, &reversed))
        .unwrap();
    let signature = encode(tag::OCTET_STRING, &[&signature]);
    let octets = replace(&octets, &signature_of(&octets), &signature);
    assert_eq!(outcome(&octets, CONTENT, &[]), "ok");
}

#[test]
fn content_type_and_message_digest_must_be_there_exactly_once() {
    let octets = sign(CONTENT);
    let all = attributes(CONTENT);
    let index = |wanted: u8| all.iter().position(|one| one[12] == wanted).unwrap();
    // The last octet of the object identifiers of contentType and messageDigest.
    for wanted in [3, 4] {
        let one = &all[index(wanted)];
        for instead in [Vec::new(), [one.as_slice(), one].concat()] {
            let altered = replace(&octets, one, &instead);
            assert_eq!(outcome(&altered, CONTENT, &[]), "signed-attribute");
        }
    }
    // A signing time is nobody's duty, but it is signed.
    let altered = replace(&octets, &all[index(5)], &[]);
    assert_eq!(outcome(&altered, CONTENT, &[]), "signature-invalid");
    // The content claims another type than the attribute says.
    let data = encode_oid(ContentType::Data.oid());
    let other = encode_oid(ContentType::SignedData.oid());
    let altered = replace(
        &octets,
        &encode(tag::SEQUENCE, &[&data]),
        &encode(tag::SEQUENCE, &[&other]),
    );
    assert_eq!(outcome(&altered, CONTENT, &[]), "content-type-mismatch");
}

#[test]
fn signed_attributes_do_not_pass_for_content() {
    let octets = sign(CONTENT);
    let all = attributes(CONTENT);
    let set = tagged(tag::SET, &all);
    // The same signature, without attributes: it stands over what the attributes were.
    let stripped = replace(&octets, &tagged(tag::CONTEXT_CONSTRUCTED, &all), &[]);
    assert_eq!(outcome(&stripped, &set, &[]), "ambiguous-content");
    assert_eq!(outcome(&stripped, CONTENT, &[]), "signature-invalid");
    // Content of other types than plain data is never signed without attributes.
    let plain = encode(tag::SEQUENCE, &[&encode_oid(ContentType::Data.oid())]);
    let other = encode(tag::SEQUENCE, &[&encode_oid(ContentType::SignedData.oid())]);
    assert_eq!(
        outcome(&replace(&stripped, &plain, &other), CONTENT, &[]),
        "signed-attribute"
    );
}

#[test]
fn the_known_certificate_comes_before_one_that_the_message_brings() {
    let octets = sign(CONTENT);
    let known = carol().certificate().clone();
    // The message brings a certificate with the same issuer and serial number, and another key.
    let other_key = certificate("as2/bob.cert.pem");
    let forged = replace(
        known.as_der(),
        known.public_key_info(),
        other_key.public_key_info(),
    );
    let message = replace(&octets, known.as_der(), &forged);
    let candidates = std::slice::from_ref(&known);
    assert_eq!(outcome(&message, CONTENT, candidates), "ok");
    assert_eq!(outcome(&message, CONTENT, &[]), "key-mismatch");
    let parsed = SignedData::parse(&message, &limits()).unwrap();
    let verdicts = parsed.verify(CONTENT, candidates, &PROVIDER);
    assert_eq!(verdicts[0].signer.as_ref(), Some(&known));
}

#[test]
fn unknown_digests_are_named() {
    let octets = sign(CONTENT);
    let known = encode_oid(DigestAlgorithm::Sha256.oid());
    let md5 = [0x06, 8, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 5];
    let message = SignedData::parse(&replace(&octets, &known, &md5), &limits()).unwrap();
    let verdicts = message.verify(CONTENT, &[], &PROVIDER);
    let Err(SignatureError::UnsupportedAlgorithm { oid }) = verdicts[0].result else {
        panic!("{verdicts:?}")
    };
    assert_eq!(oid.to_string(), "1.2.840.113549.2.5");
    assert_eq!(verdicts[0].digest, None);
}

/// The stable names of all verdicts.
fn codes(verdicts: &[SignerVerdict]) -> Vec<&'static str> {
    let code = |verdict: &SignerVerdict| {
        let result = verdict.result.as_ref();
        result.map_or_else(|error| error.code(), |()| "ok")
    };
    verdicts.iter().map(code).collect()
}

#[test]
fn every_scheme_of_every_key_verifies_with_every_backend_attached_and_detached() {
    for identity in IDENTITIES.iter() {
        let signer = identity.credential.certificate();
        for scheme in identity.schemes() {
            let what = format!("{} {}", identity.name, describe(scheme));
            let (request, signature) = identity.request(CONTENT, scheme);
            let detached = request.assemble(&signature, &[signer]);
            let attached = SignedDataBuilder::attached(CONTENT)
                .with_signer(&request, &signature)
                .unwrap()
                .build();
            let detached = SignedData::parse(&detached, &limits()).expect(&what);
            let attached = SignedData::parse(&attached, &limits()).expect(&what);
            assert_eq!(
                detached.signers()[0].signature_algorithm(),
                Some(scheme),
                "{what}"
            );
            assert_eq!(attached.content(), Some(CONTENT), "{what}");
            for provider in PROVIDERS {
                let verdicts = detached.verify(CONTENT, &[], &provider);
                assert_eq!(codes(&verdicts), ["ok"], "{what} {verdicts:?}");
                assert_eq!(verdicts[0].digest, Some(scheme.digest()), "{what}");
                assert_eq!(verdicts[0].signer.as_ref(), Some(signer), "{what}");
                let altered = detached.verify(&CONTENT[1..], &[], &provider);
                assert_eq!(codes(&altered), ["digest-mismatch"], "{what}");
                let known = std::slice::from_ref(signer);
                let verdicts = attached.verify_attached(known, &provider);
                assert_eq!(codes(&verdicts), ["ok"], "{what} {verdicts:?}");
                let unknown = attached.verify_attached(&[], &provider);
                assert_eq!(codes(&unknown), ["no-signer-certificate"], "{what}");
            }
        }
    }
}

#[test]
fn a_digest_alone_leaves_the_scheme_to_the_key() {
    let sha384 = SignatureScheme::from(DigestAlgorithm::Sha384);
    let wanted = |name| match name {
        "ed25519" => SignatureAlgorithm::Ed25519,
        "p256" | "p384" | "p521" => SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha384),
        _ => SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha384),
    };
    for identity in IDENTITIES.iter() {
        let certificate = identity.credential.certificate();
        let scheme = sha384.for_certificate(certificate).unwrap();
        assert_eq!(scheme, wanted(identity.name));
        let octets = sign_attached(
            CONTENT,
            &identity.credential,
            DigestAlgorithm::Sha384,
            now(),
            &PROVIDER,
        )
        .unwrap();
        let message = SignedData::parse(&octets, &limits()).unwrap();
        assert_eq!(codes(&message.verify_attached(&[], &PROVIDER)), ["ok"]);
        assert_eq!(message.signers()[0].signature_algorithm(), Some(scheme));
    }
    let pss = SignatureAlgorithm::rsa_pss(DigestAlgorithm::Sha256);
    let octets = sign_detached(CONTENT, &alice(), pss, now(), &PROVIDER).unwrap();
    let message = SignedData::parse(&octets, &limits()).unwrap();
    assert_eq!(message.signers()[0].signature_algorithm(), Some(pss));
}

#[test]
fn a_scheme_that_the_key_does_not_serve_is_refused() {
    let pss = SignatureAlgorithm::rsa_pss(DigestAlgorithm::Sha256);
    for (name, scheme, kind) in [
        ("p384", pss, KeyAlgorithmName::P384),
        ("ed25519", SCHEME, KeyAlgorithmName::Ed25519),
        ("rsa2048", SCHEME, KeyAlgorithmName::Rsa { bits: 2048 }),
    ] {
        let certificate = identity(name).credential.certificate();
        let result = SigningRequest::new(&[0; 32], certificate, scheme, None);
        let Err(error @ SignError::KeyMismatch { .. }) = result else {
            panic!("{result:?}")
        };
        assert_eq!(error.code(), "key-mismatch");
        let text = format!("signature scheme {scheme} does not go with a key {kind}");
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn a_signature_may_be_made_elsewhere_between_two_calls() {
    let alice = alice();
    let scheme = SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256);
    let digest = PROVIDER.digest(scheme.digest(), CONTENT);
    let request = SigningRequest::new(&digest, alice.certificate(), scheme, Some(now())).unwrap();
    // What leaves for the HSM, and what comes back.
    let (to_be_signed, algorithm) = (request.to_be_signed().to_vec(), request.algorithm());
    let hsm = alice.key().clone();
    let signature = std::thread::spawn(move || {
        let signer = hsm.signer().unwrap();
        signer.sign(algorithm, &to_be_signed).unwrap()
    })
    .join()
    .unwrap();
    let octets = request.assemble(&signature, &[alice.certificate()]);
    let at_once = sign_detached(CONTENT, &alice, DigestAlgorithm::Sha256, now(), &PROVIDER);
    assert_eq!(octets, at_once.unwrap());
}

#[test]
fn each_signer_of_several_gets_its_own_verdict() {
    let schemes = [
        (
            "rsa2048",
            SignatureAlgorithm::rsa_pss(DigestAlgorithm::Sha512),
        ),
        ("p256", SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256)),
        ("ed25519", SignatureAlgorithm::Ed25519),
        (
            "rsa3072",
            SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256),
        ),
    ];
    let mut builder = SignedDataBuilder::attached(CONTENT);
    for (name, scheme) in schemes {
        let (request, mut signature) = identity(name).request(CONTENT, scheme);
        if name == "p256" {
            // Still a signature by its form.
            *signature.last_mut().unwrap() ^= 1;
        }
        builder = builder.with_signer(&request, &signature).unwrap();
        if name != "rsa3072" {
            builder = builder.with_certificate(identity(name).credential.certificate());
        }
    }
    let octets = builder.build();
    let message = SignedData::parse(&octets, &limits()).unwrap();
    let mut digests = message.content_digests();
    digests.sort_unstable();
    assert_eq!(digests, [DigestAlgorithm::Sha256, DigestAlgorithm::Sha512]);
    for provider in PROVIDERS {
        let verdicts = message.verify_attached(&[], &provider);
        let mut found: Vec<_> = message
            .signers()
            .iter()
            .zip(codes(&verdicts))
            .map(|(signer, code)| {
                let named = schemes.iter().find(|(name, _)| {
                    let certificate = identity(name).credential.certificate();
                    *signer.identifier() == CertificateIdentifier::of(certificate)
                });
                (named.unwrap().0, code)
            })
            .collect();
        found.sort_unstable();
        assert_eq!(
            found,
            [
                ("ed25519", "ok"),
                ("p256", "signature-invalid"),
                ("rsa2048", "ok"),
                ("rsa3072", "no-signer-certificate"),
            ]
        );
    }
}

#[test]
fn a_signer_may_be_pointed_at_by_its_key_and_the_versions_say_so() {
    let identity = identity("p256");
    let certificate = identity.credential.certificate();
    let (request, signature) = identity.request(CONTENT, SCHEME);
    let by_key = request
        .clone()
        .with_identifier_form(SignerIdentifierForm::SubjectKeyIdentifier)
        .unwrap();
    let octets = by_key.assemble(&signature, &[certificate]);
    let message = SignedData::parse(&octets, &limits()).unwrap();
    let identifier = certificate.subject_key_identifier().unwrap().to_vec();
    assert_eq!(
        *message.signers()[0].identifier(),
        CertificateIdentifier::SubjectKeyIdentifier(identifier)
    );
    assert_eq!(codes(&message.verify(CONTENT, &[], &PROVIDER)), ["ok"]);

    // RFC 5652 §5.1, §5.3: version 3 where a signer is pointed at by key, else 1.
    let versions = |octets: &[u8]| {
        let explicit = Element::parse(octets).unwrap().reader();
        let mut fields = explicit.clone();
        fields.element().unwrap();
        let mut fields = fields
            .element()
            .unwrap()
            .reader()
            .element()
            .unwrap()
            .reader();
        let outer = fields.element().unwrap().content().to_vec();
        let mut last = fields.element().unwrap();
        while !fields.is_empty() {
            last = fields.element().unwrap();
        }
        let info = last.reader().element().unwrap();
        (outer, info.reader().element().unwrap().content().to_vec())
    };
    assert_eq!(versions(&octets), (vec![3], vec![3]));
    let back = by_key
        .with_identifier_form(SignerIdentifierForm::IssuerAndSerial)
        .unwrap();
    let octets = back.assemble(&signature, &[certificate]);
    assert_eq!(versions(&octets), (vec![1], vec![1]));
    assert_eq!(octets, request.assemble(&signature, &[certificate]));

    // A certificate whose extension is another one.
    let identifier = [0x06, 3, 0x55, 0x1d, 0x0e];
    let other = [0x06, 3, 0x55, 0x1d, 0x7f];
    let without = replace(certificate.as_der(), &identifier, &other);
    let without = Certificate::from_der(without).unwrap();
    let request = SigningRequest::new(&[0; 32], &without, SCHEME, None).unwrap();
    let result = request.with_identifier_form(SignerIdentifierForm::SubjectKeyIdentifier);
    assert!(matches!(result, Err(SignError::NoKeyIdentifier)));
}

#[test]
fn content_may_be_signed_without_attributes() {
    for (name, scheme) in [
        (
            "rsa2048",
            SignatureAlgorithm::rsa_pss(DigestAlgorithm::Sha256),
        ),
        ("p384", SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha384)),
        ("ed25519", SignatureAlgorithm::Ed25519),
    ] {
        let credential = &identity(name).credential;
        let certificate = credential.certificate();
        let request = SigningRequest::without_attributes(CONTENT, certificate, scheme).unwrap();
        assert_eq!(request.to_be_signed(), CONTENT);
        let signature = request.sign(credential.key()).unwrap();
        let octets = request.assemble(&signature, &[certificate]);
        let message = SignedData::parse(&octets, &limits()).unwrap();
        assert!(!message.signers()[0].has_signed_attributes());
        for provider in PROVIDERS {
            let code = |content| codes(&message.verify(content, &[], &provider));
            assert_eq!(code(CONTENT), ["ok"], "{name}");
            assert_eq!(code(b"another"), ["signature-invalid"], "{name}");
        }
        // A signature over content that is gone cannot be verified.
        let digest = PROVIDER.digest(scheme.digest(), CONTENT);
        let verdicts = message.verify_digests(&[(scheme.digest(), digest)], &[], &PROVIDER);
        assert_eq!(codes(&verdicts), ["no-signed-attributes"], "{name}");
    }
    // What readers refuse is not made.
    let certificate = carol().certificate().clone();
    let set = tagged(tag::SET, &attributes(CONTENT));
    let result = SigningRequest::without_attributes(set, &certificate, SCHEME);
    assert!(matches!(result, Err(SignError::AmbiguousContent)));
    let request = SigningRequest::without_attributes(CONTENT, &certificate, SCHEME).unwrap();
    let result = request.clone().with_content_type(ContentType::SignedData);
    assert!(matches!(
        result,
        Err(SignError::AttributesNeeded {
            content_type: ContentType::SignedData
        })
    ));
    assert!(request.with_content_type(ContentType::Data).is_ok());
}

#[test]
fn content_of_another_type_is_signed_as_such() {
    let identity = identity("p256");
    let inner = sign(CONTENT);
    let digest = PROVIDER.digest(DigestAlgorithm::Sha256, &inner);
    let certificate = identity.credential.certificate();
    let request = SigningRequest::new(&digest, certificate, SCHEME, Some(now()))
        .unwrap()
        .with_content_type(ContentType::SignedData)
        .unwrap();
    let signature = request.sign(identity.credential.key()).unwrap();
    let builder = SignedDataBuilder::attached(&inner)
        .with_certificate(certificate)
        .with_signer(&request, &signature)
        .unwrap();
    let octets = builder.clone().build();
    let message = SignedData::parse(&octets, &limits()).unwrap();
    assert_eq!(message.encapsulated_type(), ContentType::SignedData);
    assert_eq!(codes(&message.verify_attached(&[], &PROVIDER)), ["ok"]);
    // A second signer cannot say another type of the same content.
    let (other, signature) = identity.request(&inner, SCHEME);
    let result = builder.with_signer(&other, &signature);
    let Err(error @ SignError::ContentTypeMismatch { .. }) = result else {
        panic!("a message of two types")
    };
    assert_eq!(
        error.to_string(),
        "expected a signature over content of type signed-data but found data"
    );
}

#[test]
fn algorithms_are_protected_by_the_signature() {
    let alice = alice();
    let octets = sign_detached(CONTENT, &alice, DigestAlgorithm::Sha256, now(), &PROVIDER).unwrap();
    let identifier =
        |oid: &str, null: &[u8]| encode(tag::SEQUENCE, &[&encode_oid(oid.parse().unwrap()), null]);
    let null = [5, 0];
    let digest = identifier("2.16.840.1.101.3.4.2.1", &[]);
    let scheme = identifier("1.2.840.113549.1.1.11", &null);
    // The attribute holds an implicitly tagged scheme, so only the one outside is replaced here.
    for (old, new, code) in [
        (&scheme, identifier("1.2.840.113549.1.1.11", &[]), "ok"),
        // It means the same, but it is not what was protected.
        (
            &scheme,
            identifier("1.2.840.113549.1.1.1", &null),
            "algorithm-mismatch",
        ),
        (
            &scheme,
            identifier("1.2.840.113549.1.1.13", &null),
            "algorithm-mismatch",
        ),
        (
            &scheme,
            identifier("1.2.840.10045.4.3.2", &[]),
            "algorithm-mismatch",
        ),
        // In the attribute too, which then is not what was signed.
        (
            &digest,
            identifier("2.16.840.1.101.3.4.2.1", &null),
            "signature-invalid",
        ),
    ] {
        assert_eq!(outcome(&replace(&octets, old, &new), CONTENT, &[]), code);
    }

    // Once, with one value of its form.
    let all = attributes(CONTENT);
    let octets = sign(CONTENT);
    let protection = all.iter().find(|one| one[12] == 52).unwrap();
    let twice = [protection.as_slice(), protection].concat();
    assert_eq!(
        outcome(&replace(&octets, protection, &twice), CONTENT, &[]),
        "signed-attribute"
    );
    let value = Element::parse(protection).unwrap().reader();
    let mut value = value.clone();
    value.element().unwrap();
    let values = value.element().unwrap();
    for instead in [&[][..], &[5, 0], &[0x30, 0]] {
        let altered = replace(&octets, values.raw(), &encode(tag::SET, &[instead]));
        assert_eq!(outcome(&altered, CONTENT, &[]), "signed-attribute");
    }
    // Without it the message is as good as those of products that never heard of it, but this signature
    // covers it.
    let without = replace(&octets, protection, &[]);
    assert_eq!(outcome(&without, CONTENT, &[]), "signature-invalid");
}

#[test]
fn digests_made_elsewhere_verify_as_the_content_does() {
    let (request, signature) = identity("p256").request(CONTENT, SCHEME);
    let certificate = identity("p256").credential.certificate();
    let octets = request.assemble(&signature, &[certificate]);
    let message = SignedData::parse(&octets, &limits()).unwrap();
    assert_eq!(message.content_digests(), [DigestAlgorithm::Sha256]);
    let digest_of = |digest, content| (digest, PROVIDER.digest(digest, content));
    let sha256 = DigestAlgorithm::Sha256;
    let sha512 = digest_of(DigestAlgorithm::Sha512, CONTENT);
    let outcome = |digests: &[_]| codes(&message.verify_digests(digests, &[], &PROVIDER));
    assert_eq!(
        outcome(&[sha512.clone(), digest_of(sha256, CONTENT)]),
        ["ok"]
    );
    assert_eq!(
        outcome(&[digest_of(sha256, b"another")]),
        ["digest-mismatch"]
    );
    assert_eq!(outcome(&[sha512]), ["no-content"]);
    assert_eq!(outcome(&[]), ["no-content"]);
}

/// RFC 8933 §3.1 wants one digest for both; where they differ, the shorter is reported.
#[test]
fn a_verdict_reports_the_shorter_of_two_digests() {
    let carol = carol();
    for (content_digest, scheme_digest) in [
        (DigestAlgorithm::Sha512, DigestAlgorithm::Sha256),
        (DigestAlgorithm::Sha256, DigestAlgorithm::Sha512),
        (DigestAlgorithm::Sha512, DigestAlgorithm::Sha3_256),
    ] {
        let scheme = SignatureAlgorithm::Ecdsa(scheme_digest);
        let digest_attribute = |digest| {
            let value = PROVIDER.digest(digest, CONTENT);
            encode(tag::OCTET_STRING, &[&value])
        };
        let digest = PROVIDER.digest(scheme_digest, CONTENT);
        let request = SigningRequest::new(&digest, carol.certificate(), scheme, None).unwrap();
        // The attributes without protection of the algorithms, and with the other digest.
        let set = request.to_be_signed();
        let mut members = Element::parse(set).unwrap().reader();
        let mut kept = Vec::new();
        while !members.is_empty() {
            let member = members.element().unwrap().raw();
            if member[12] != 52 {
                kept.push(replace(
                    member,
                    &digest_attribute(scheme_digest),
                    &digest_attribute(content_digest),
                ));
            }
        }
        let signer = carol.key().signer().unwrap();
        let signature = signer.sign(scheme, &tagged(tag::SET, &kept)).unwrap();
        let octets = request.assemble(&signature, &[carol.certificate()]);
        let mut sent = set.to_vec();
        sent[0] = tag::CONTEXT_CONSTRUCTED;
        let octets = replace(&octets, &sent, &tagged(tag::CONTEXT_CONSTRUCTED, &kept));
        let octets = replace(
            &octets,
            &encode_oid(scheme_digest.oid()),
            &encode_oid(content_digest.oid()),
        );
        let message = SignedData::parse(&octets, &limits()).unwrap();
        let verdicts = message.verify(CONTENT, &[], &PROVIDER);
        assert_eq!(codes(&verdicts), ["ok"], "{content_digest} {scheme_digest}");
        let shorter = if content_digest == DigestAlgorithm::Sha256 {
            content_digest
        } else {
            scheme_digest
        };
        assert_eq!(verdicts[0].digest, Some(shorter));
    }
}

#[test]
fn attached_content_of_any_length_comes_out_as_it_went_in() {
    for length in [0, 1, 126, 127, 128, 254, 255, 256, 65_535, 65_536, 1 << 20] {
        let content = vec![0x30; length];
        let octets = sign_attached(
            &content,
            &carol(),
            DigestAlgorithm::Sha256,
            now(),
            &PROVIDER,
        )
        .unwrap();
        // DER, so that every length is as short as can be.
        assert!(Element::parse(&octets).is_ok());
        for message in [
            SignedData::parse(&octets, &limits()).unwrap(),
            SignedData::parse_owned(octets, &limits()).unwrap(),
        ] {
            assert_eq!(message.content(), Some(content.as_slice()), "{length}");
            assert_eq!(codes(&message.verify_attached(&[], &PROVIDER)), ["ok"]);
        }
    }
}

#[test]
fn a_message_that_nobody_signs_is_a_bundle_of_certificates() {
    let (carol, bob) = (carol(), bob());
    let certificates = [carol.certificate(), bob.certificate(), carol.certificate()];
    let octets = SignedDataBuilder::detached()
        .with_certificates(certificates)
        .build();
    let known = [carol.certificate().clone(), bob.certificate().clone()];
    assert_eq!(octets, rollcert_pki::certs_only::encode(&known));
    let message = SignedData::parse(&octets, &limits()).unwrap();
    assert_eq!(message.signers().len(), 0);
    assert_eq!(message.verify(CONTENT, &[], &PROVIDER).len(), 0);
}

#[test]
fn signers_are_bounded() {
    let signed = |count: usize| {
        let algorithm = encode(tag::SEQUENCE, &[&encode_oid(DigestAlgorithm::Sha256.oid())]);
        let version = encode_unsigned(&[3]);
        let identifier = [tag::CONTEXT_PRIMITIVE, 1, 7];
        let signature = encode(tag::OCTET_STRING, &[&[7]]);
        let info = encode(
            tag::SEQUENCE,
            &[&version, &identifier, &algorithm, &algorithm, &signature],
        );
        let plain = encode(tag::SEQUENCE, &[&encode_oid(ContentType::Data.oid())]);
        let infos = encode(tag::SET, &[&info.repeat(count)]);
        let data = encode(
            tag::SEQUENCE,
            &[&version, &encode(tag::SET, &[]), &plain, &infos],
        );
        let explicit = encode(tag::CONTEXT_CONSTRUCTED, &[&data]);
        encode(
            tag::SEQUENCE,
            &[&encode_oid(ContentType::SignedData.oid()), &explicit],
        )
    };
    let message = SignedData::parse(&signed(SignedData::MAX_SIGNERS), &limits()).unwrap();
    assert_eq!(message.signers().len(), SignedData::MAX_SIGNERS);
    let error = SignedData::parse(&signed(SignedData::MAX_SIGNERS + 1), &limits()).unwrap_err();
    let limit = SignedData::MAX_SIGNERS;
    assert_eq!(
        error.kind(),
        DecodeErrorKind::Limit {
            what: "signers",
            limit
        }
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_built_is_read_again_with_all_its_facts(
        content in prop::collection::vec(any::<u8>(), 0..300),
        attached: bool,
        signers in prop::collection::vec((0..3_usize, any::<bool>(), any::<bool>(), any::<bool>()), 0..5),
    ) {
        let keys = [
            ("p256", SCHEME),
            ("p384", SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha3_384)),
            ("ed25519", SignatureAlgorithm::Ed25519),
        ];
        let mut builder = if attached {
            SignedDataBuilder::attached(&content)
        } else {
            SignedDataBuilder::detached()
        };
        let mut wanted = Vec::new();
        for (key, by_key, with_attributes, with_certificate) in signers {
            let (name, scheme) = keys[key];
            let credential = &identity(name).credential;
            let certificate = credential.certificate();
            let request = if with_attributes {
                identity(name).request(&content, scheme).0
            } else {
                SigningRequest::without_attributes(content.clone(), certificate, scheme).unwrap()
            };
            let form = if by_key {
                SignerIdentifierForm::SubjectKeyIdentifier
            } else {
                SignerIdentifierForm::IssuerAndSerial
            };
            let request = request.with_identifier_form(form).unwrap();
            let signature = request.sign(credential.key()).unwrap();
            builder = builder.with_signer(&request, &signature).unwrap();
            if with_certificate {
                builder = builder.with_certificate(certificate);
            }
            wanted.push((name, by_key, with_attributes));
        }
        let octets = builder.build();
        prop_assert!(Element::parse(&octets).is_ok());
        let message = SignedData::parse(&octets, &limits()).unwrap();
        prop_assert_eq!(message.content(), attached.then_some(content.as_slice()));
        let known: Vec<_> = keys
            .iter()
            .map(|(name, _)| identity(name).credential.certificate().clone())
            .collect();
        let verdicts = message.verify(&content, &known, &PROVIDER);
        let mut found = Vec::new();
        for (info, verdict) in message.signers().iter().zip(&verdicts) {
            prop_assert!(verdict.result.is_ok(), "{:?}", verdict);
            let place = known.iter().position(|one| Some(one) == verdict.signer.as_ref());
            let (name, scheme) = keys[place.unwrap()];
            prop_assert_eq!(info.signature_algorithm(), Some(scheme));
            let by_key = matches!(
                info.identifier(),
                CertificateIdentifier::SubjectKeyIdentifier(_)
            );
            found.push((name, by_key, info.has_signed_attributes()));
        }
        found.sort_unstable();
        wanted.sort_unstable();
        prop_assert_eq!(found, wanted);
    }
}
