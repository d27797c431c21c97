//! What is built here opens here, and other readers of MIME agree on it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed test is to panic"
)]

mod common;

use common::{PROVIDER, alice, bob, carol, carol_rsa, encrypted, now, received, rng, signed};
use mail_parser::{MessageParser, MimeHeaders as _};
use proptest::prelude::*;
use rollcert_as2::{
    As2Name, BuildError, Envelope, Features, Layer, MdnRequest, Message, MessageId, Mic, OpenError,
    Opener, Pinned, encrypt, examine, open, sign,
};
use rollcert_cms::DecryptError;
use rollcert_crypto::{ContentAlgorithm, DigestAlgorithm};
use rollcert_mime::{Entity, Limits};
use rollcert_pki::Credential;

const ENTITY: &[u8] = b"Content-Type: application/edi-x12\r\nContent-Transfer-Encoding: binary\r\n\r\nISA*00*\r\nIEA*1*\n\x00\xff";

fn names() -> (As2Name, As2Name) {
    (
        As2Name::new("ALICE").unwrap(),
        As2Name::new("BOB AS2").unwrap(),
    )
}

fn id() -> MessageId {
    MessageId::parse("<1@alice.example>").unwrap()
}

fn entity_of(octets: &[u8]) -> (rollcert_mime::Headers<'static>, Vec<u8>) {
    let entity = Entity::parse(octets, &Limits::default()).unwrap();
    (
        entity.headers().clone().into_owned(),
        entity.body().to_vec(),
    )
}

#[test]
fn signed_and_encrypted_messages_open_again() {
    let (alice, bob, carol, carol_rsa) = (alice(), bob(), carol(), carol_rsa());
    let (from, to) = names();
    for (signer, recipient) in [(&alice, &bob), (&carol, &bob), (&alice, &carol_rsa)] {
        let message = Message::builder(&from, &to, id())
            .signed_by(signer, DigestAlgorithm::Sha256)
            .encrypted_to([recipient.certificate()], ContentAlgorithm::Aes256Cbc)
            .request_mdn(MdnRequest::signed("alice@example.com"))
            .subject("Order 7")
            .build(ENTITY, now(), PROVIDER, &mut rng())
            .unwrap();

        let headers = received(&message.headers);
        let envelope = Envelope::parse(&headers).unwrap();
        assert_eq!((&envelope.from, &envelope.to), (&from, &to));
        assert_eq!(envelope.message_id, id());
        assert_eq!(envelope.features, Features::ours());
        assert_eq!(envelope.subject.as_deref(), Some("Order 7"));
        assert_eq!(
            envelope.mdn_request,
            Some(MdnRequest::signed("alice@example.com"))
        );

        let opener = Opener::new(PROVIDER, now())
            .with_credentials([recipient])
            .with_certificates([signer.certificate()]);
        let opened = open(&headers, &message.body, &opener, &mut rng()).unwrap();
        assert_eq!(
            opened.layers,
            [
                Layer::Encrypted {
                    recipient: recipient.certificate().clone(),
                    algorithm: ContentAlgorithm::Aes256Cbc.into()
                },
                Layer::Signed
            ]
        );
        assert_eq!(opened.entity, ENTITY);
        assert_eq!(opened.mic, message.mic);
        assert_eq!(
            opened.mic,
            Mic::of(ENTITY, DigestAlgorithm::Sha256, PROVIDER)
        );
        assert_eq!(opened.warnings, []);
        let signature = opened.signature.unwrap();
        assert!(signature.valid.is_ok());
        assert_eq!(signature.pinned, Pinned::Yes);
        assert_eq!(signature.signing_time, Some(now()));
    }
}

#[test]
fn the_headers_are_those_of_the_protocol() {
    let (from, to) = names();
    let alice = alice();
    let message = Message::builder(&from, &to, id())
        .signed_by(&alice, DigestAlgorithm::Sha256)
        .request_mdn(MdnRequest::signed("alice@example.com"))
        .build(ENTITY, now(), PROVIDER, &mut rng())
        .unwrap();
    let boundary = received(&message.headers)
        .content_type()
        .unwrap()
        .parameter("boundary")
        .unwrap()
        .to_owned();
    let expected = [
        ("AS2-Version", "1.2"),
        ("AS2-From", "ALICE"),
        ("AS2-To", "\"BOB AS2\""),
        ("Message-ID", "<1@alice.example>"),
        ("EDIINT-Features", "CEM"),
        ("MIME-Version", "1.0"),
        ("Date", "Tue, 01 Dec 2026 12:00:00 +0000"),
        ("Disposition-Notification-To", "alice@example.com"),
        (
            "Disposition-Notification-Options",
            "signed-receipt-protocol=required, pkcs7-signature; signed-receipt-micalg=required, sha-256",
        ),
        (
            "Content-Type",
            &format!(
                "multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=\"{boundary}\""
            ),
        ),
    ];
    let found: Vec<(&str, &str)> = message
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn plain_messages_have_a_mic_over_their_content_alone() {
    let (from, to) = names();
    let message = Message::builder(&from, &to, id())
        .build(ENTITY, now(), PROVIDER, &mut rng())
        .unwrap();
    assert_eq!(message.body, b"ISA*00*\r\nIEA*1*\n\x00\xff");
    assert_eq!(
        message.mic,
        Mic::of(&message.body, DigestAlgorithm::Sha1, PROVIDER)
    );
    let opener = Opener::new(PROVIDER, now());
    let opened = open(
        &received(&message.headers),
        &message.body,
        &opener,
        &mut rng(),
    )
    .unwrap();
    assert_eq!(opened.layers, []);
    assert_eq!(opened.entity, ENTITY);
    assert_eq!(opened.mic, message.mic);
}

#[test]
fn encrypted_unsigned_messages_have_a_mic_over_the_whole_entity() {
    let (from, to) = names();
    let bob = bob();
    let message = Message::builder(&from, &to, id())
        .encrypted_to([bob.certificate()], ContentAlgorithm::Aes128Cbc)
        .request_mdn(MdnRequest::signed("x"))
        .build(ENTITY, now(), PROVIDER, &mut rng())
        .unwrap();
    let opener = Opener::new(PROVIDER, now()).with_credentials([&bob]);
    let opened = open(
        &received(&message.headers),
        &message.body,
        &opener,
        &mut rng(),
    )
    .unwrap();
    assert_eq!(opened.entity, ENTITY);
    assert_eq!(opened.mic, message.mic);
    assert_eq!(
        opened.mic,
        Mic::of(ENTITY, DigestAlgorithm::Sha256, PROVIDER)
    );
    assert!(opened.signature.is_none());
}

#[test]
fn a_key_that_was_not_asked_for_does_not_open() {
    let (alice, bob, carol) = (alice(), bob(), carol_rsa());
    let octets = encrypt(
        ENTITY,
        &[bob.certificate()],
        ContentAlgorithm::Aes256Cbc,
        PROVIDER,
        &mut rng(),
    );
    let (headers, body) = entity_of(&octets.unwrap());
    let held: [&Credential; 2] = [&alice, &carol];
    let opener = Opener::new(PROVIDER, now()).with_credentials(held);
    let refusal = examine(&headers, &body, &opener, &mut rng()).unwrap_err();
    assert_eq!(refusal.layers, [Layer::Undecrypted]);
    assert_eq!(refusal.mic, None);
    let error = refusal.error;
    let OpenError::NotDecryptable(DecryptError::NoRecipient { wanted, held, .. }) = &error else {
        panic!("{error:?}");
    };
    assert_eq!((wanted.len(), held.len()), (1, 2));
    assert_eq!(
        error.disposition().to_string(),
        "automatic-action/MDN-sent-automatically; processed/error: decryption-failed"
    );
}

#[test]
fn the_signature_may_lie_outside_the_encryption_too() {
    let (alice, bob) = (alice(), bob());
    let encrypted = encrypted(ENTITY, &bob);
    let signed = sign(
        &encrypted,
        &alice,
        DigestAlgorithm::Sha512,
        now(),
        PROVIDER,
        &mut rng(),
    )
    .unwrap();
    let (headers, body) = entity_of(&signed);
    let opener = Opener::new(PROVIDER, now())
        .with_credentials([&bob])
        .with_certificates([alice.certificate()]);
    let opened = open(&headers, &body, &opener, &mut rng()).unwrap();
    assert_eq!(opened.entity, ENTITY);
    assert!(opened.signature.unwrap().is_trusted());
    assert_eq!(
        opened.mic,
        Mic::of(&encrypted, DigestAlgorithm::Sha512, PROVIDER)
    );
}

#[test]
fn of_two_signatures_the_outer_one_counts() {
    let (alice, bob) = (alice(), bob());
    let inner = signed(ENTITY, &alice);
    let outer = sign(
        &inner,
        &bob,
        DigestAlgorithm::Sha256,
        now(),
        PROVIDER,
        &mut rng(),
    )
    .unwrap();
    let (headers, body) = entity_of(&outer);
    let opener = Opener::new(PROVIDER, now()).with_certificates([alice.certificate()]);
    let opened = open(&headers, &body, &opener, &mut rng()).unwrap();
    assert_eq!(opened.layers, [Layer::Signed]);
    assert_eq!(opened.entity, inner);
    assert_eq!(opened.signature.unwrap().pinned, Pinned::No);
    assert_eq!(opened.warnings[0].code, "second-signature");
}

#[test]
fn line_ends_changed_on_the_way_are_mended_with_a_warning() {
    let alice = alice();
    let entity = b"Content-Type: text/plain\r\n\r\none\r\ntwo\r\n";
    let signed = signed(entity, &alice);
    let (headers, body) = entity_of(&signed);
    let changed = String::from_utf8(body).unwrap().replace("\r\n", "\n");
    let opener = Opener::new(PROVIDER, now()).with_certificates([alice.certificate()]);
    let opened = open(&headers, changed.as_bytes(), &opener, &mut rng()).unwrap();
    assert!(opened.signature.unwrap().is_trusted());
    // What was signed is what was said.
    assert_eq!(opened.entity, entity);
    assert_eq!(
        opened.mic,
        Mic::of(entity, DigestAlgorithm::Sha256, PROVIDER)
    );
    let codes: Vec<_> = opened.warnings.iter().map(|warning| warning.code).collect();
    assert_eq!(codes, ["line-endings-canonicalised"]);
}

#[test]
fn a_wrong_micalg_earns_a_warning() {
    let alice = alice();
    let signed = signed(ENTITY, &alice);
    let (headers, body) = entity_of(&signed);
    let content_type = headers.first("Content-Type").unwrap();
    let opener = Opener::new(PROVIDER, now()).with_certificates([alice.certificate()]);
    for (micalg, codes) in [
        ("SHA256", &[][..]),
        ("\"md5, sha256\"", &[]),
        ("sha-1", &["micalg-mismatch"]),
    ] {
        let declared = content_type.replace("sha-256", micalg);
        let headers = rollcert_mime::Headers::from_pairs([("Content-Type", declared)]);
        let opened = open(&headers, &body, &opener, &mut rng()).unwrap();
        assert!(opened.signature.unwrap().is_trusted());
        let found: Vec<_> = opened.warnings.iter().map(|warning| warning.code).collect();
        assert_eq!(found, codes, "{micalg}");
    }
}

#[test]
fn another_reader_of_mime_sees_the_same_parts() {
    let octets = sign(
        ENTITY,
        &alice(),
        DigestAlgorithm::Sha256,
        now(),
        PROVIDER,
        &mut rng(),
    )
    .unwrap();
    let message = MessageParser::default().parse(&octets).unwrap();
    let content_type = message.content_type().unwrap();
    assert_eq!(content_type.ctype(), "multipart");
    assert_eq!(content_type.subtype(), Some("signed"));
    assert_eq!(
        content_type.attribute("protocol"),
        Some("application/pkcs7-signature")
    );
    assert_eq!(content_type.attribute("micalg"), Some("sha-256"));
    let parts = &message.parts;
    assert_eq!(parts.len(), 3);
    let start = usize::try_from(parts[1].raw_header_offset()).unwrap();
    let end = usize::try_from(parts[1].raw_end_offset()).unwrap();
    assert_eq!(&octets[start..end], ENTITY);
    assert_eq!(
        parts[2].content_type().unwrap().subtype(),
        Some("pkcs7-signature")
    );
    assert_eq!(parts[2].attachment_name(), Some("smime.p7s"));
    assert!(parts[2].contents().starts_with(&[0x30, 0x82]));
}

#[test]
fn values_that_would_start_another_header_are_refused() {
    let (from, to) = names();
    let builder = || Message::builder(&from, &to, id());
    let build = |builder: rollcert_as2::MessageBuilder<'_>, entity: &[u8]| {
        builder
            .build(entity, now(), PROVIDER, &mut rng())
            .map(|_| ())
            .unwrap_err()
    };
    let error = build(builder().subject("a\r\nAS2-To: EVE"), ENTITY);
    assert!(matches!(error, BuildError::HeaderValue { name: "Subject" }));
    let error = build(builder().request_mdn(MdnRequest::signed("a\nX: y")), ENTITY);
    assert!(matches!(
        error,
        BuildError::HeaderValue {
            name: "Disposition-Notification-To"
        }
    ));
    let error = build(builder(), b"Content-Type: a/b\r\nAS2-To: EVE\r\n\r\n");
    assert!(matches!(error, BuildError::EntityHeader { name } if name == "AS2-To"));
    let error = build(builder(), b"no header\r\n\r\n");
    assert_eq!(error.code(), "field-name");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_content_is_signed_and_opened_octet_for_octet(
        content in proptest::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'-'), any::<u8>()], 0..80),
    ) {
        let carol = carol();
        let entity = [b"Content-Type: application/octet-stream\r\n\r\n".as_slice(), &content].concat();
        let signed = signed(&entity, &carol);
        let (headers, body) = entity_of(&signed);
        let opener = Opener::new(PROVIDER, now()).with_certificates([carol.certificate()]);
        let opened = open(&headers, &body, &opener, &mut rng()).unwrap();
        prop_assert!(opened.signature.unwrap().is_trusted());
        prop_assert_eq!(&opened.entity, &entity);
        prop_assert_eq!(opened.mic, Mic::of(&entity, DigestAlgorithm::Sha256, PROVIDER));
    }
}
