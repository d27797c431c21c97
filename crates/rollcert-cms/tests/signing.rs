//! What is signed here verifies here; what is altered does not, and says why.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::std_instead_of_core,
    reason = "a test that panics has failed, which is what it is for"
)]

mod support;

use chrono::DateTime;
use rollcert_cms::{
    ContentType, SignError, SignatureError, SignedData, SigningRequest, content_type, sign_detached,
};
use rollcert_crypto::rustcrypto::PROVIDER;
use rollcert_crypto::{DigestAlgorithm, SignatureAlgorithm};
use rollcert_pki::asn1::{DecodeErrorKind, Element, encode, encode_oid, encode_unsigned, tag};
use rollcert_pki::{Certificate, Credential};
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
    let mut reader = Element::parse(&set).unwrap().reader();
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
    let Err(error @ SignError::Key(_)) = result else {
        panic!("{result:?}")
    };
    assert_eq!(error.code(), "unsupported-algorithm");
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
