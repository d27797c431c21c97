//! Whatever arrives ends in a typed error or in facts that do not lie, and never in a panic.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed test is to panic"
)]

mod common;

use common::{PROVIDER, alice, bob, encrypted, fixture, now, received, rng, signed};
use proptest::prelude::*;
use rollcert_as2::{
    As2Name, Disposition, Envelope, Limits, Message, MessageId, Modifier, OpenError, Opener,
    encrypt, open, read_mdn,
};
use rollcert_crypto::ContentAlgorithm;
use rollcert_mime::{Entity, Headers};

fn sample() -> (Headers<'static>, Vec<u8>) {
    let octets = fixture("cem/req-01.headers.txt");
    let headers = Headers::parse(&octets, &rollcert_mime::Limits::default()).unwrap();
    (headers.into_owned(), fixture("cem/req-01.body.bin"))
}

#[test]
fn every_truncation_of_a_signed_message_is_an_error() {
    let (headers, body) = sample();
    let alice = alice();
    let opener = Opener::new(PROVIDER, now()).with_certificates([alice.certificate()]);
    let text = String::from_utf8(body.clone()).unwrap();
    let last_delimiter = text.trim_end().len();
    for len in (0..last_delimiter)
        .step_by(7)
        .chain(last_delimiter - 2..last_delimiter)
    {
        let error = open(&headers, &body[..len], &opener, &mut rng()).unwrap_err();
        assert_eq!(error.code(), "missing-close-delimiter", "{len}");
    }
}

#[test]
fn flipped_bits_never_pass_for_what_was_signed() {
    let (headers, body) = sample();
    let alice = alice();
    let opener = Opener::new(PROVIDER, now()).with_certificates([alice.certificate()]);
    let original = open(&headers, &body, &opener, &mut rng()).unwrap();
    let mut invalid = 0;
    for at in (0..body.len()).step_by(29) {
        for bit in [0, 5] {
            let mut flipped = body.clone();
            flipped[at] ^= 1 << bit;
            match open(&headers, &flipped, &opener, &mut rng()) {
                Ok(opened) => {
                    let signature = opened.signature.unwrap();
                    // A flip in the preamble, or in a certificate that is not needed, harms nothing.
                    if signature.is_trusted() {
                        assert_eq!(opened.entity, original.entity, "octet {at}");
                        assert_eq!(opened.mic, original.mic, "octet {at}");
                    } else {
                        assert_ne!(signature.disposition(), Disposition::Processed);
                        invalid += 1;
                    }
                }
                Err(error) => assert!(!error.code().is_empty()),
            }
        }
    }
    assert!(invalid > 100, "{invalid} of the flips hit what is signed");
}

#[test]
fn damaged_encryption_gives_one_answer() {
    let (alice, bob) = (alice(), bob());
    let entity = b"Content-Type: text/plain\r\n\r\nhello";
    let signed = signed(entity, &alice);
    let encrypted = encrypted(&signed, &bob);
    let parsed = Entity::parse(&encrypted, &rollcert_mime::Limits::default()).unwrap();
    let (headers, body) = (parsed.headers().clone(), parsed.body());
    let opener = Opener::new(PROVIDER, now())
        .with_credentials([&bob])
        .with_certificates([alice.certificate()]);
    let decryption_failed = Disposition::Error(Modifier::DecryptionFailed);
    // In the content: past the recipient, the last 2,000 octets.
    for at in (body.len() - 2_000..body.len()).step_by(61) {
        let mut damaged = body.to_vec();
        damaged[at] ^= 1;
        match open(&headers, &damaged, &opener, &mut rng()) {
            Err(error) => assert_eq!(
                error.disposition(),
                decryption_failed,
                "octet {at}: {error:?}"
            ),
            Ok(opened) => assert!(
                opened
                    .signature
                    .is_none_or(|signature| !signature.is_trusted()),
                "octet {at}"
            ),
        }
    }
    for len in (0..body.len()).step_by(97) {
        let error = open(&headers, &body[..len], &opener, &mut rng()).unwrap_err();
        assert!(matches!(error, OpenError::Cms(_)), "{len}: {error:?}");
    }
}

#[test]
fn layers_are_counted() {
    let bob = bob();
    let mut octets = b"Content-Type: text/plain\r\n\r\nhello".to_vec();
    for _ in 0..9 {
        let to = [bob.certificate()];
        octets = encrypt(
            &octets,
            &to,
            ContentAlgorithm::Aes128Cbc,
            PROVIDER,
            &mut rng(),
        )
        .unwrap();
    }
    let entity = Entity::parse(&octets, &rollcert_mime::Limits::default()).unwrap();
    let opener = Opener::new(PROVIDER, now()).with_credentials([&bob]);
    let error = open(entity.headers(), entity.body(), &opener, &mut rng()).unwrap_err();
    assert_eq!(error.code(), "too-deep");
    assert_eq!(
        error.to_string(),
        "inside the encryption: more than 8 layers"
    );
    let opener = opener.with_limits(Limits::default().with_layers(9));
    let opened = open(entity.headers(), entity.body(), &opener, &mut rng()).unwrap();
    assert_eq!(opened.layers.len(), 9);
}

#[test]
fn malformed_structures_are_typed() {
    let opener = Opener::new(PROVIDER, now());
    let code = |content_type: &str, body: &[u8]| {
        let headers = Headers::from_pairs([("Content-Type", content_type)]);
        open(&headers, body, &opener, &mut rng())
            .unwrap_err()
            .code()
    };
    let signed = "multipart/signed; boundary=b; protocol=\"application/pkcs7-signature\"";
    assert_eq!(code("multipart/signed", b""), "missing-boundary");
    assert_eq!(code(signed, b""), "missing-close-delimiter");
    assert_eq!(code(signed, b"--b\r\n\r\nx\r\n--b--"), "signed-parts");
    assert_eq!(
        code(signed, b"--b\n\nx\n--b\n\ny\n--b\n\nz\n--b--"),
        "signed-parts"
    );
    // What says nothing of its type is a signature by the word of the multipart, and then none at all.
    assert_eq!(code(signed, b"--b\n\nx\n--b\n\ny\n--b--"), "truncated");
    let pgp = b"--b\n\nx\n--b\nContent-Type: application/pgp-signature\n\ny\n--b--";
    assert_eq!(code(signed, pgp), "unsupported");
    let pgp = "multipart/signed; boundary=b; protocol=\"application/pgp-signature\"";
    assert_eq!(code(pgp, b"--b\n\nx\n--b\n\ny\n--b--"), "unsupported");
    let silent = "multipart/signed; boundary=b";
    assert_eq!(code(silent, b"--b\n\nx\n--b\n\ny\n--b--"), "unsupported");
    let garbage = b"--b\n\nx\n--b\nContent-Type: application/pkcs7-signature\n\nMIIB\n--b--";
    assert_eq!(code(signed, garbage), "truncated");
    for (body, expected) in [
        (&b""[..], "truncated"),
        (b"garbage", "unexpected-element"),
        (b"\x30\x80\x30", "truncated"),
        (b"\x30\x80\x30\x00", "unexpected-element"),
        (
            b"\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10",
            "unsupported",
        ),
        // RFC 3274, RFC 5083.
        (
            b"\x30\x0d\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x09",
            "unexpected-element",
        ),
        (
            b"\x30\x0d\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17",
            "unexpected-element",
        ),
    ] {
        assert_eq!(code("application/pkcs7-mime", body), expected, "{body:x?}");
    }
    assert_eq!(code("multipart", b""), "media-type");
    let headers = Headers::from_pairs([("Content-Type", "text/a"), ("Content-Type", "text/b")]);
    let error = open(&headers, b"", &opener, &mut rng()).unwrap_err();
    assert_eq!(error.code(), "duplicate-field");
}

#[test]
fn h20_names_and_ids_inject_nothing() {
    let from = As2Name::new(r#"A"\B"#).unwrap();
    let to = As2Name::new("x: y").unwrap();
    let id = MessageId::parse("a b: c").unwrap();
    let message = Message::builder(&from, &to, id.clone())
        .build(
            b"Content-Type: text/plain\r\n\r\n",
            now(),
            PROVIDER,
            &mut rng(),
        )
        .unwrap();
    assert!(
        message
            .headers
            .iter()
            .all(|(name, value)| !format!("{name}{value}").contains(['\r', '\n']))
    );
    let envelope = Envelope::parse(&received(&message.headers)).unwrap();
    assert_eq!(
        (envelope.from, envelope.to, envelope.message_id),
        (from, to, id)
    );
}

/// The two parts of a `multipart/signed` entity.
fn signed_parts(entity: &[u8]) -> (String, String) {
    let octets = signed(entity, &alice());
    let limits = rollcert_mime::Limits::default();
    let entity = Entity::parse(&octets, &limits).unwrap();
    let parts = entity.parts(&limits).unwrap().parts;
    let text = |part: &Entity<'_>| str::from_utf8(part.octets().unwrap()).unwrap().to_owned();
    (text(&parts[0]), text(&parts[1]))
}

#[test]
fn h16_a_signature_over_another_part_is_no_signature() {
    let alice = alice();
    let opener = Opener::new(PROVIDER, now()).with_certificates([alice.certificate()]);
    let (mine, signature) = signed_parts(b"Content-Type: text/plain\r\n\r\nPay Bob");
    let evil = "Content-Type: text/plain\r\n\r\nPay Eve";
    let kind = "multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=b";
    let open = |content_type: &str, parts: &[&str]| {
        let headers = Headers::from_pairs([("Content-Type", content_type)]);
        let parts: String = parts
            .iter()
            .map(|part| format!("--b\r\n{part}\r\n"))
            .collect();
        open(
            &headers,
            format!("{parts}--b--").as_bytes(),
            &opener,
            &mut rng(),
        )
    };

    let opened = open(kind, &[evil, &signature]).unwrap();
    let found = opened.signature.unwrap();
    assert!(!found.is_trusted());
    assert_eq!(
        found.disposition(),
        Disposition::Error(Modifier::IntegrityCheckFailed)
    );

    // Nor may anything stand beside what is signed, or the signature come first.
    for parts in [
        &[evil, &mine, &signature][..],
        &[&mine, evil, &signature],
        &[&mine, &signature, evil],
        &[&mine],
    ] {
        assert_eq!(open(kind, parts).unwrap_err().code(), "signed-parts");
    }
    let error = open(kind, &[&signature, &mine]).unwrap_err();
    assert_eq!(error.code(), "unsupported");

    // What is signed inside something else vouches for nothing of it.
    let whole = String::from_utf8(signed(mine.as_bytes(), &alice)).unwrap();
    let opened = open("multipart/mixed; boundary=b", &[&whole, evil]).unwrap();
    assert_eq!(opened.layers, []);
    assert!(opened.signature.is_none());
}

#[test]
fn h14_an_unsigned_wrapper_around_a_signed_message_is_an_unsigned_message() {
    let alice = alice();
    let whole =
        String::from_utf8(signed(b"Content-Type: text/plain\r\n\r\nPay Bob", &alice)).unwrap();
    let headers = Headers::from_pairs([("Content-Type", "multipart/mixed; boundary=b")]);
    let body = format!("--b\r\n{whole}\r\n--b--");
    let opener = Opener::new(PROVIDER, now()).with_certificates([alice.certificate()]);
    let opened = open(&headers, body.as_bytes(), &opener, &mut rng()).unwrap();
    assert_eq!(opened.layers, []);
    assert!(opened.signature.is_none());
    let codes: Vec<_> = opened.warnings.iter().map(|warning| warning.code).collect();
    assert_eq!(codes, ["mixed-wrapper"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn nothing_that_arrives_panics(
        content_type in prop_oneof![
            Just("multipart/signed; boundary=b"), Just("application/pkcs7-mime"), Just("multipart/mixed; boundary=b"),
            Just("multipart/report; boundary=b"), Just("message/disposition-notification"),
        ],
        lines in proptest::collection::vec(prop_oneof![
            Just("--b".to_owned()), Just("--b--".to_owned()), Just(String::new()), "\\PC{0,20}",
            Just("Content-Type: application/pkcs7-signature".to_owned()), Just("Disposition: a; processed".to_owned()),
            Just("Content-Type: application/pkcs7-mime".to_owned()), Just("MIIBAAYJKoZIhvcNAQcC".to_owned()),
            Just("Content-Type: message/disposition-notification".to_owned()),
        ], 0..12),
    ) {
        let headers = Headers::from_pairs([("Content-Type", content_type)]);
        let opener = Opener::new(PROVIDER, now());
        let body = lines.join("\r\n");
        let _ = open(&headers, body.as_bytes(), &opener, &mut rng());
        let _ = read_mdn(&headers, body.as_bytes(), &opener, &mut rng());
    }
}
