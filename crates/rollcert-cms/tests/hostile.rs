//! Messages cut short, altered bit by bit, or built to hurt: a typed error or an invalid verdict.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::std_instead_of_core,
    reason = "a test that panics has failed, which is what it is for"
)]

mod support;

use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use rollcert_cms::{
    CertificateIdentifier, EnvelopedData, SignedData, content_type, encrypt, sign_detached,
};
use rollcert_crypto::rustcrypto::PROVIDER;
use rollcert_crypto::{
    ContentAlgorithm, DigestAlgorithm, Error, KeyAlgorithm, Provider, SignatureAlgorithm,
    Verification,
};
use rollcert_pki::asn1::{DecodeErrorKind, encode, tag};
use support::*;

#[test]
fn every_truncation_and_every_appended_octet_is_an_error() {
    let (_, ber) = multipart_signed("as2/request.body.bin");
    for octets in [ber, fixture("oftp2/file_signed_04.p7")] {
        for end in 0..octets.len() {
            assert!(
                SignedData::parse(&octets[..end], &limits()).is_err(),
                "{end}"
            );
        }
        let longer = [octets.as_slice(), &[0]].concat();
        let error = SignedData::parse(&longer, &limits()).unwrap_err();
        assert_eq!(
            (error.kind(), error.offset()),
            (DecodeErrorKind::Trailing, octets.len())
        );
    }
    for octets in [
        fixture("oftp2/auch_suite04.envelope.der"),
        fixture("own/mixed.enveloped.der"),
    ] {
        for end in 0..octets.len() {
            assert!(
                EnvelopedData::parse(&octets[..end], &limits()).is_err(),
                "{end}"
            );
        }
        let longer = [octets.as_slice(), &[0]].concat();
        let error = EnvelopedData::parse(&longer, &limits()).unwrap_err();
        assert_eq!(
            (error.kind(), error.offset()),
            (DecodeErrorKind::Trailing, octets.len())
        );
    }
}

/// Not all of a message is signed: other certificates, versions and the like may be altered. But a
/// verdict that stands must be about the same key and the same content.
#[test]
fn a_flipped_bit_never_makes_a_signature_stand_for_something_else() {
    let content = b"content of a certain length";
    let carol = carol();
    let octets = sign_detached(content, &carol, DigestAlgorithm::Sha256, now(), &PROVIDER).unwrap();
    let key = carol.certificate().public_key_info();
    let mut standing = 0;
    for index in 0..octets.len() {
        let mut altered = octets.clone();
        altered[index] ^= 1 << (index % 8);
        let Ok(message) = SignedData::parse(&altered, &limits()) else {
            continue;
        };
        for verdict in message.verify(content, &[], &PROVIDER) {
            let Ok(()) = verdict.result else { continue };
            standing += 1;
            assert_eq!(
                verdict.signer.unwrap().public_key_info(),
                key,
                "octet {index}"
            );
        }
    }
    // The certificate's own signature and its texts are the most of what may change.
    assert!(
        standing > 0 && standing < octets.len() / 2,
        "{standing} of {}",
        octets.len()
    );

    for index in 0..content.len() {
        let mut altered = *content;
        altered[index] ^= 1 << (index % 8);
        let message = SignedData::parse(&octets, &limits()).unwrap();
        assert!(message.verify(&altered, &[], &PROVIDER)[0].result.is_err());
    }
}

#[test]
fn a_flipped_bit_in_a_message_of_another_product_never_panics() {
    let (content, octets) = multipart_signed("as2/request.body.bin");
    for index in 0..octets.len() {
        let mut altered = octets.clone();
        altered[index] ^= 0x80 >> (index % 8);
        let _ = content_type(&altered);
        if let Ok(message) = SignedData::parse(&altered, &limits()) {
            for verdict in message.verify(&content, &[], &PROVIDER) {
                if let Err(error) = verdict.result {
                    assert!(!error.code().is_empty() && !error.to_string().is_empty());
                }
            }
        }
    }
}

#[test]
fn a_flipped_bit_in_key_or_content_never_opens_to_the_same_content() {
    let bob = bob();
    let content = b"sixteen octets..and a few more";
    let octets = encrypt(
        content,
        &[bob.certificate().into()],
        ContentAlgorithm::Aes128Cbc,
        &PROVIDER,
        &mut rng(),
    )
    .unwrap();
    let encrypted_content = octets.len() - 32..octets.len();
    let encrypted_key = 256..encrypted_content.start - 100;
    for index in 0..octets.len() {
        let mut altered = octets.clone();
        altered[index] ^= 1 << (index % 8);
        let Ok(message) = EnvelopedData::parse(&altered, &limits()) else {
            continue;
        };
        match message.decrypt(&[&bob], &PROVIDER, &mut receiver_rng()) {
            Ok(opened) => {
                let secret = encrypted_content.contains(&index) || encrypted_key.contains(&index);
                assert!(!secret || *opened.content != content, "octet {index}");
            }
            Err(error) => assert!(!error.code().is_empty() && !error.to_string().is_empty()),
        }
    }
}

#[test]
fn nesting_without_end_is_refused_at_once() {
    for unit in [[0x30, 0x80], [0xa0, 0x80], [0x24, 0x80], [0x31, 0x80]] {
        let deep = unit.repeat(100_000);
        let limit = DecodeErrorKind::Limit {
            what: "levels of nesting",
            limit: limits().depth,
        };
        assert_eq!(
            SignedData::parse(&deep, &limits()).unwrap_err().kind(),
            limit
        );
        assert_eq!(
            EnvelopedData::parse(&deep, &limits()).unwrap_err().kind(),
            limit
        );
    }
}

/// Counts the signatures that are verified.
struct Counting(AtomicUsize);

static COUNTING: Counting = Counting(AtomicUsize::new(0));

impl Verification for Counting {
    fn key_algorithm(&self, public_key_info: &[u8]) -> Result<KeyAlgorithm, Error> {
        PROVIDER.verification.key_algorithm(public_key_info)
    }

    fn verify(
        &self,
        public_key_info: &[u8],
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        self.0.fetch_add(1, Ordering::Relaxed);
        PROVIDER
            .verification
            .verify(public_key_info, algorithm, message, signature)
    }
}

#[test]
fn a_message_may_not_cost_a_verification_for_each_certificate_it_brings() {
    let content = b"content";
    let carol = carol();
    let octets = sign_detached(content, &carol, DigestAlgorithm::Sha256, now(), &PROVIDER).unwrap();
    // Two hundred certificates that all bear the signer's issuer and serial number, none its key.
    let real = carol.certificate().as_der();
    let other = certificate("own/p384.cert.pem");
    let forged: Vec<u8> = (0..200_u8)
        .flat_map(|n| {
            let name = carol.certificate().subject().as_der();
            let renamed = replace(other.as_der(), other.subject().as_der(), name);
            let serial = other.serial().as_der_content();
            let serial = [&[2, u8::try_from(serial.len()).unwrap()], serial].concat();
            let wanted = carol.certificate().serial().as_der_content();
            let wanted = [&[2, u8::try_from(wanted.len()).unwrap()], wanted].concat();
            let mut forged = replace(&renamed, &serial, &wanted);
            *forged.last_mut().unwrap() = n;
            forged
        })
        .collect();
    let crowded = replace(&octets, real, &forged);
    let message = SignedData::parse(&crowded, &limits()).unwrap();
    let brought: Vec<_> = message.certificates().map(Result::unwrap).collect();
    assert_eq!(brought.len(), 200);
    let wanted = CertificateIdentifier::of(carol.certificate());
    assert!(
        brought
            .iter()
            .all(|certificate| wanted.matches(certificate))
    );
    let provider = Provider {
        verification: &COUNTING,
        ..PROVIDER
    };
    let verdicts = message.verify(content, &[], &provider);
    assert_eq!(
        COUNTING.0.load(Ordering::Relaxed),
        SignedData::MAX_CANDIDATES
    );
    assert_eq!(
        verdicts[0].result.as_ref().unwrap_err().code(),
        "signature-invalid"
    );
    // Whoever knows the signer is not disturbed.
    let known = [carol.certificate().clone()];
    assert!(message.verify(content, &known, &PROVIDER)[0].result.is_ok());
}

/// Folding the long name for each of the certificates, this test would take minutes.
#[test]
fn a_long_name_is_not_read_again_for_each_certificate_that_it_is_compared_with() {
    let carol = carol();
    let octets = sign_detached(b"", &carol, DigestAlgorithm::Sha256, now(), &PROVIDER).unwrap();
    let own = carol.certificate();
    let serial = encode(tag::INTEGER, &[own.serial().as_der_content()]);
    let signer = encode(tag::SEQUENCE, &[own.issuer().as_der(), &serial]);
    // As many relative names as the issuer has, all of them long.
    let parts = own.issuer().relative_names().count();
    let value = encode(0x0c, &[&vec![b'A'; 8_000_000 / parts]]);
    let common_name = encode(tag::OBJECT_IDENTIFIER, &[&[0x55, 4, 3]]);
    let attribute = encode(tag::SEQUENCE, &[&common_name, &value]);
    let part = encode(tag::SET, &[&attribute]);
    let issuer = encode(tag::SEQUENCE, &vec![part.as_slice(); parts]);
    let long = encode(tag::SEQUENCE, &[&issuer, &serial]);
    let crowd = own.as_der().repeat(1000);
    let octets = replace(&octets, own.as_der(), &crowd);
    let octets = replace(&octets, &signer, &long);
    let message = SignedData::parse(&octets, &limits()).unwrap();
    assert_eq!(message.certificates().count(), 1000);
    let verdicts = message.verify(b"", &[], &PROVIDER);
    let error = verdicts[0].result.as_ref().unwrap_err();
    assert_eq!(error.code(), "no-signer-certificate");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn octets_at_random_never_panic(octets in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = content_type(&octets);
        let _ = SignedData::parse(&octets, &limits());
        let _ = EnvelopedData::parse(&octets, &limits());
    }

    #[test]
    fn several_octets_altered_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let (content, mut signed) = multipart_signed("as2/request.body.bin");
        let mut enveloped = fixture("own/mixed.enveloped.der");
        for (index, octet) in changes {
            let at = index.index(signed.len());
            signed[at] = octet;
            let at = index.index(enveloped.len());
            enveloped[at] = octet;
        }
        if let Ok(message) = SignedData::parse(&signed, &limits()) {
            let _ = message.verify(&content, &[], &PROVIDER);
        }
        let _ = EnvelopedData::parse(&enveloped, &limits());
    }
}
