//! Messages that other products made.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::std_instead_of_core,
    reason = "a test that panics has failed, which is what it is for"
)]

mod support;

use rollcert_cms::{
    CertificateIdentifier, ContentType, DecryptError, EnvelopedData, RecipientIdentifier,
    SignatureError, SignedData, content_type,
};
use rollcert_crypto::rustcrypto::PROVIDER;
use rollcert_crypto::{ContentAlgorithm, DigestAlgorithm, SignatureAlgorithm};
use rollcert_pki::asn1::{DecodeError, DecodeErrorKind};
use support::*;

const SUITES: [(&str, ContentAlgorithm, DigestAlgorithm); 3] = [
    ("01", ContentAlgorithm::DesEde3Cbc, DigestAlgorithm::Sha1),
    ("02", ContentAlgorithm::Aes256Cbc, DigestAlgorithm::Sha1),
    ("04", ContentAlgorithm::Aes256Cbc, DigestAlgorithm::Sha256),
];

#[test]
fn as2_messages_of_bouncy_castle_verify() {
    for (body, signer) in [
        ("as2/request.body.bin", alice()),
        ("as2/response.body.bin", bob()),
    ] {
        let (content, signature) = multipart_signed(body);
        assert_eq!(content_type(&signature), Ok(ContentType::SignedData));
        let message = SignedData::parse(&signature, &limits()).unwrap();
        assert_eq!(message.encapsulated_type(), ContentType::Data);
        assert_eq!(message.content(), None);
        let own: Vec<_> = message.certificates().collect();
        assert_eq!(own, [Ok(signer.certificate())]);

        let [info] = message.signers() else {
            panic!("one signer")
        };
        assert_eq!(
            *info.identifier(),
            CertificateIdentifier::of(signer.certificate())
        );
        assert_eq!(info.digest_algorithm(), Some(DigestAlgorithm::Sha256));
        let signed_at = info.signing_time().unwrap().to_rfc3339();
        assert!(signed_at.starts_with("2026-11-21T19:05:5"), "{signed_at}");

        let verdicts = message.verify(&content, &[], &PROVIDER);
        let [verdict] = verdicts.as_slice() else {
            panic!("one verdict")
        };
        assert!(verdict.result.is_ok(), "{verdict:?}");
        assert_eq!(verdict.signer.as_ref(), Some(signer.certificate()));
        assert_eq!(verdict.digest, Some(DigestAlgorithm::Sha256));

        let verdicts = message.verify(&content[1..], &[], &PROVIDER);
        assert!(matches!(
            verdicts[0].result,
            Err(SignatureError::DigestMismatch)
        ));
    }
}

#[test]
fn oftp2_challenges_open_for_their_station() {
    let b = credential("oftp2/b.pem", "oftp2/b.key");
    for (suite, cipher, _) in SUITES {
        let octets = fixture(&format!("oftp2/auch_suite{suite}.envelope.der"));
        assert_eq!(content_type(&octets), Ok(ContentType::EnvelopedData));
        let message = EnvelopedData::parse(&octets, &limits()).unwrap();
        let wanted = RecipientIdentifier::KeyTransport(CertificateIdentifier::of(b.certificate()));
        assert_eq!(message.recipients(), [wanted]);
        assert_eq!(message.content_algorithm(), Some(cipher.into()));
        let opened = message
            .decrypt(&[&alice(), &b], &PROVIDER, &mut receiver_rng())
            .unwrap();
        assert_eq!(*opened.content, fixture("oftp2/challenge_20.bin"));
        assert_eq!(opened.recipient, *b.certificate());
        assert_eq!(opened.content_type, ContentType::Data);
    }
}

#[test]
fn oftp2_files_verify_with_the_certificate_that_is_known_beforehand() {
    let signer = certificate("oftp2/a_old.pem");
    for (suite, _, digest) in SUITES {
        let octets = fixture(&format!("oftp2/file_signed_{suite}.p7"));
        let message = SignedData::parse(&octets, &limits()).unwrap();
        assert_eq!(
            message.content(),
            Some(fixture("oftp2/plain.bin").as_slice())
        );
        let verdicts = message.verify_attached(std::slice::from_ref(&signer), &PROVIDER);
        assert!(verdicts[0].result.is_ok(), "{verdicts:?}");
        assert_eq!(verdicts[0].signer.as_ref(), Some(&signer));
        assert_eq!(verdicts[0].digest, Some(digest));

        // The message brings no certificate of its own.
        let verdicts = message.verify_attached(&[], &PROVIDER);
        let Err(SignatureError::NoCertificate { wanted }) = &verdicts[0].result else {
            panic!("{verdicts:?}")
        };
        assert_eq!(**wanted, CertificateIdentifier::of(&signer));
        assert_eq!(verdicts[0].signer, None);
    }
}

#[test]
fn oftp2_files_encrypted_after_compression_open_and_say_what_is_inside() {
    let b = credential("oftp2/b.pem", "oftp2/b.key");
    for (suite, ..) in SUITES {
        let octets = fixture(&format!("oftp2/file_sec03_comp1_suite{suite}.p7"));
        let message = EnvelopedData::parse(&octets, &limits()).unwrap();
        let opened = message
            .decrypt(&[&b], &PROVIDER, &mut receiver_rng())
            .unwrap();
        assert_eq!(
            content_type(&opened.content),
            Ok(ContentType::CompressedData)
        );
    }
}

#[test]
fn oftp2_receipts_verify_over_the_octets_that_were_signed() {
    let signer = certificate("oftp2/b.pem");
    for (suite, ..) in SUITES {
        let command = fixture(&format!("oftp2/eerp_signed_suite{suite}.oeb"));
        let begin = command
            .windows(2)
            .position(|octets| octets == [0x30, 0x82])
            .unwrap();
        let message = SignedData::parse(&command[begin..], &limits()).unwrap();
        let signed = fixture(&format!("oftp2/eerp_signed_suite{suite}.tbs"));
        let verdicts = match message.content() {
            Some(content) => {
                assert_eq!(content, signed);
                message.verify_attached(std::slice::from_ref(&signer), &PROVIDER)
            }
            None => message.verify(&signed, std::slice::from_ref(&signer), &PROVIDER),
        };
        assert!(verdicts[0].result.is_ok(), "{verdicts:?}");
    }
}

#[test]
fn a_signature_by_a_key_on_p384_verifies() {
    let message = SignedData::parse(&fixture("own/p384.signed.der"), &limits()).unwrap();
    let verdicts = message.verify(&fixture("own/content.bin"), &[], &PROVIDER);
    assert!(verdicts[0].result.is_ok(), "{verdicts:?}");
}

#[test]
fn a_signature_by_rsassa_pss_with_the_longest_salt_verifies() {
    let message = SignedData::parse(&fixture("own/pss.signed.der"), &limits()).unwrap();
    let scheme = SignatureAlgorithm::RsaPss {
        digest: DigestAlgorithm::Sha256,
        salt_len: 222,
    };
    assert_eq!(message.signers()[0].signature_algorithm(), Some(scheme));
    for provider in PROVIDERS {
        let verdicts = message.verify(&fixture("own/content.bin"), &[], &provider);
        assert!(verdicts[0].result.is_ok(), "{verdicts:?}");
        assert_eq!(
            verdicts[0].signer,
            Some(certificate("as2/alice-old.cert.pem"))
        );
    }
}

#[test]
fn algorithms_that_are_not_served_are_named_and_not_called_invalid() {
    // Single DES.
    let message = EnvelopedData::parse(&fixture("own/des.enveloped.der"), &limits()).unwrap();
    let result = message.decrypt(&[&bob()], &PROVIDER, &mut receiver_rng());
    let Err(DecryptError::UnsupportedAlgorithm { oid }) = result else {
        panic!("{result:?}")
    };
    assert_eq!(oid.to_string(), "1.3.14.3.2.7");
}

#[test]
fn enveloped_data_is_no_signed_data() {
    let octets = fixture("own/gcm.enveloped.der");
    assert_eq!(content_type(&octets), Ok(ContentType::AuthEnvelopedData));
    let kind = DecodeErrorKind::Unexpected {
        expected: "SignedData",
    };
    let result = SignedData::parse(&octets, &limits());
    assert_eq!(result.err(), Some(DecodeError::new(kind, 4)));
}

#[test]
fn recipients_of_every_kind_are_listed_and_those_with_certificates_served() {
    let message = EnvelopedData::parse(&fixture("own/mixed.enveloped.der"), &limits()).unwrap();
    let (bob, carol) = (bob(), carol());
    let mut kinds = message.recipients().to_vec();
    kinds.sort_by_key(|kind| format!("{kind:?}"));
    assert_eq!(
        kinds,
        [
            RecipientIdentifier::KeyAgreement(CertificateIdentifier::of(carol.certificate())),
            RecipientIdentifier::KeyEncryptionKey,
            RecipientIdentifier::KeyTransport(CertificateIdentifier::of(bob.certificate())),
            RecipientIdentifier::Password,
        ]
    );
    for credential in [&bob, &carol] {
        let opened = message
            .decrypt(&[credential], &PROVIDER, &mut receiver_rng())
            .unwrap();
        assert_eq!(*opened.content, fixture("own/content.bin"));
        assert_eq!(opened.recipient, *credential.certificate());
    }
}

#[test]
fn a_message_for_somebody_else_says_whom_it_wants_and_what_is_held() {
    let octets = fixture("oftp2/auch_suite04.envelope.der");
    let message = EnvelopedData::parse(&octets, &limits()).unwrap();
    let result = message.decrypt(&[&bob(), &carol()], &PROVIDER, &mut receiver_rng());
    let Err(error @ DecryptError::NoRecipient { .. }) = result else {
        panic!("{result:?}")
    };
    assert_eq!(error.code(), "no-recipient");
    let text = error.to_string();
    let wanted = "no key for this message: it is for serial number \
        470ab2cdfbbae5c221ae43f9609e4783a06a9ecb of issuer CN=OFTP2 Sample Issuing CA,O=OFTP2 Sample PKI,C=DE; \
        held: serial number ";
    assert!(text.starts_with(wanted), "{text}");
    assert!(
        text.ends_with("of issuer CN=Carol P-256,O=Carol Cranes,C=DE"),
        "{text}"
    );
    let error = message
        .decrypt(&[], &PROVIDER, &mut receiver_rng())
        .unwrap_err();
    assert!(error.to_string().ends_with("held: none"), "{error}");
}
