//! Every order of layers that partners use, put on and taken off, with the MIC that the rules give.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed test is to panic"
)]

mod common;

use common::{PROVIDER, alice, bob, carol, carol_rsa, now, received, rng};
use proptest::prelude::*;
use rollcert_as2::{
    As2Name, BuildError, Compression, Layer, Limits, MdnRequest, Message, MessageId, Mic,
    OpenError, Opened, Opener, compress, encrypt, examine, open, sign,
};
use rollcert_cms::{ContentEncryptionAlgorithm, DecompressError, KeyManagement, Recipient};
use rollcert_crypto::{
    AeadAlgorithm, ContentAlgorithm, DigestAlgorithm, KeyTransportAlgorithm, KeyWrapAlgorithm,
    SignatureAlgorithm,
};
use rollcert_mime::{Entity, Headers};
use rollcert_pki::Credential;

const ENTITY: &[u8] = b"Content-Type: application/edi-x12\r\nContent-Transfer-Encoding: binary\r\n\r\nISA*00*\r\nIEA*1*\n\x00\xff";

const AES256: ContentAlgorithm = ContentAlgorithm::Aes256Cbc;
const SHA256: DigestAlgorithm = DigestAlgorithm::Sha256;

fn names() -> (As2Name, As2Name) {
    let name = |text| As2Name::new(text).unwrap();
    (name("ALICE"), name("BOB AS2"))
}

fn id() -> MessageId {
    MessageId::parse("<1@alice.example>").unwrap()
}

fn opener<'a>(key: &'a Credential, signer: &'a Credential) -> Opener<'a> {
    Opener::new(PROVIDER, now())
        .with_credentials([key])
        .with_certificates([signer.certificate()])
}

/// Opens an entity as HTTP would carry it.
fn open_entity(octets: &[u8], opener: &Opener<'_>) -> Opened {
    let entity = Entity::parse(octets, &rollcert_mime::Limits::default()).unwrap();
    open(entity.headers(), entity.body(), opener, &mut rng()).unwrap()
}

fn layers(opened: &Opened) -> Vec<&'static str> {
    opened.layers.iter().map(Layer::code).collect()
}

fn signed(entity: &[u8], by: &Credential) -> Vec<u8> {
    sign(entity, by, SHA256, now(), PROVIDER, &mut rng()).unwrap()
}

fn encrypted(entity: &[u8], to: &Credential) -> Vec<u8> {
    encrypt(entity, &[to.certificate()], AES256, PROVIDER, &mut rng()).unwrap()
}

fn mic_of(octets: &[u8]) -> Mic {
    Mic::of(octets, SHA256, PROVIDER)
}

#[test]
fn v12_what_the_builder_puts_on_comes_off_with_the_mic_of_the_rules() {
    let (alice, bob) = (alice(), bob());
    let (from, to) = names();
    let opener = opener(&bob, &alice);
    for signs in [false, true] {
        for compression in [
            None,
            Some(Compression::BeforeSigning),
            Some(Compression::AfterSigning),
        ] {
            for encrypts in [false, true] {
                for base64 in [false, true] {
                    let mut builder =
                        Message::builder(&from, &to, id()).request_mdn(MdnRequest::signed("x"));
                    let mut expected = Vec::new();
                    if encrypts {
                        builder = builder.encrypted_to([bob.certificate()], AES256);
                        expected.push("encrypted");
                    }
                    if signs {
                        builder = builder.signed_by(&alice, SHA256);
                        expected.push("signed");
                    }
                    if let Some(compression) = compression {
                        builder = builder.compressed(compression);
                        let outside = signs && compression == Compression::AfterSigning;
                        let at = expected.len() - usize::from(outside);
                        expected.insert(at, "compressed");
                    }
                    if base64 {
                        builder = builder.in_base64();
                    }
                    let message = builder.build(ENTITY, now(), PROVIDER, &mut rng()).unwrap();
                    let what = format!("{expected:?}, base64 {base64}");

                    let headers = received(&message.headers);
                    let opened = open(&headers, &message.body, &opener, &mut rng()).unwrap();
                    assert_eq!(layers(&opened), expected, "{what}");
                    assert_eq!(opened.entity, ENTITY, "{what}");
                    assert_eq!(opened.warnings, [], "{what}");
                    assert_eq!(opened.mic, message.mic, "{what}");
                    let trusted = opened.signature.map(|found| found.is_trusted());
                    assert_eq!(trusted, signs.then_some(true), "{what}");

                    // RFC 4130 §7.3.1 and RFC 5402 §4: over what was signed, else over the whole entity, else, where
                    // nothing protects it, over its content.
                    let mic = match (signs, compression) {
                        (true, Some(Compression::BeforeSigning)) => {
                            mic_of(&compress(ENTITY).unwrap())
                        }
                        (false, None) if !encrypts => mic_of(b"ISA*00*\r\nIEA*1*\n\x00\xff"),
                        _ => mic_of(ENTITY),
                    };
                    assert_eq!(message.mic, mic, "{what}");

                    let binary = message.body.iter().any(|octet| !octet.is_ascii());
                    let outermost_is_cms =
                        encrypts || compression.is_some() && expected[0] != "signed";
                    if outermost_is_cms {
                        assert_eq!(binary, !base64, "{what}");
                        let encoding = headers.transfer_encoding().unwrap().to_string();
                        assert_eq!(encoding, if base64 { "base64" } else { "binary" });
                    }
                }
            }
        }
    }
}

#[test]
fn v12_layers_in_any_order_come_off_and_the_outermost_signature_gives_the_mic() {
    let (alice, bob) = (alice(), bob());
    let opener = opener(&bob, &alice).with_mic_algorithm(SHA256);
    // Innermost first.
    for order in [
        "s", "c", "e", "cs", "sc", "se", "es", "ce", "ec", "cse", "sce", "ces", "esc", "ecs",
        "sec", "cc", "ee", "csec", "ese",
    ] {
        let mut octets = ENTITY.to_vec();
        let mut under_signature = None;
        for layer in order.chars() {
            octets = match layer {
                's' => {
                    under_signature = Some(octets.clone());
                    signed(&octets, &alice)
                }
                'c' => compress(&octets).unwrap(),
                _ => encrypted(&octets, &bob),
            };
        }
        let opened = open_entity(&octets, &opener);
        let expected: Vec<&str> = order
            .chars()
            .rev()
            .map(|layer| match layer {
                's' => "signed",
                'c' => "compressed",
                _ => "encrypted",
            })
            .collect();
        assert_eq!(layers(&opened), expected, "{order}");
        assert_eq!(opened.entity, ENTITY, "{order}");
        assert_eq!(opened.warnings, [], "{order}");
        let covered = under_signature.as_deref().unwrap_or(ENTITY);
        assert_eq!(opened.mic, mic_of(covered), "{order}");
        let trusted = opened.signature.map(|found| found.is_trusted());
        assert_eq!(trusted, order.contains('s').then_some(true), "{order}");
    }
}

#[test]
fn every_way_of_encrypting_and_signing_travels() {
    let (alice, bob, carol, carol_rsa) = (alice(), bob(), carol(), carol_rsa());
    let (from, to) = names();
    let transport = KeyManagement::Transport;
    let agreement = KeyManagement::Agreement {
        kdf: SHA256,
        wrap: KeyWrapAlgorithm::Aes256,
    };
    let managements = [
        (&bob, transport(KeyTransportAlgorithm::RsaPkcs1)),
        (&bob, transport(KeyTransportAlgorithm::rsa_oaep(SHA256))),
        (
            &carol_rsa,
            transport(KeyTransportAlgorithm::rsa_oaep(DigestAlgorithm::Sha1)),
        ),
        (&carol, agreement),
    ];
    let algorithms: [ContentEncryptionAlgorithm; 4] = [
        ContentAlgorithm::Aes128Cbc.into(),
        ContentAlgorithm::DesEde3Cbc.into(),
        AeadAlgorithm::Aes128Gcm.into(),
        AeadAlgorithm::Aes256Gcm.into(),
    ];
    for (recipient, management) in managements {
        for algorithm in algorithms {
            let to_recipient = Recipient::new(recipient.certificate(), management);
            let message = Message::builder(&from, &to, id())
                .signed_by(&alice, SignatureAlgorithm::rsa_pss(SHA256))
                .encrypted_to([to_recipient], algorithm)
                .build(ENTITY, now(), PROVIDER, &mut rng())
                .unwrap();
            let headers = received(&message.headers);
            let media_type = headers.content_type().unwrap();
            let expected = match algorithm {
                ContentEncryptionAlgorithm::Gcm(_) => "authEnveloped-data",
                _ => "enveloped-data",
            };
            assert_eq!(media_type.parameter("smime-type"), Some(expected));
            let opener = opener(recipient, &alice);
            let opened = open(&headers, &message.body, &opener, &mut rng()).unwrap();
            let what = format!("{management:?} {algorithm}");
            assert_eq!(
                opened.layers,
                [
                    Layer::Encrypted {
                        recipient: recipient.certificate().clone(),
                        algorithm
                    },
                    Layer::Signed
                ],
                "{what}"
            );
            assert_eq!(opened.entity, ENTITY, "{what}");
            assert_eq!(opened.warnings, [], "{what}");
            assert_eq!(opened.mic, message.mic, "{what}");
            assert!(opened.signature.unwrap().is_trusted(), "{what}");
        }
    }
}

#[test]
fn several_recipients_may_get_their_keys_in_different_ways() {
    let (alice, bob, carol) = (alice(), bob(), carol());
    let recipients = [
        Recipient::from(bob.certificate()),
        Recipient::new(
            carol.certificate(),
            KeyManagement::Agreement {
                kdf: SHA256,
                wrap: KeyWrapAlgorithm::Aes128,
            },
        ),
    ];
    let octets = encrypt(ENTITY, &recipients, AES256, PROVIDER, &mut rng()).unwrap();
    for recipient in [&bob, &carol] {
        let opened = open_entity(&octets, &opener(recipient, &alice));
        assert_eq!(opened.entity, ENTITY);
    }
}

#[test]
fn the_mic_is_by_the_digest_that_was_asked_for_whatever_the_signature_rests_on() {
    let (alice, bob) = (alice(), bob());
    let (from, to) = names();
    for (asked, expected) in [
        (Some(DigestAlgorithm::Sha1), DigestAlgorithm::Sha1),
        (Some(DigestAlgorithm::Sha512), DigestAlgorithm::Sha512),
        (None, DigestAlgorithm::Sha384),
    ] {
        let mut builder =
            Message::builder(&from, &to, id()).signed_by(&alice, DigestAlgorithm::Sha384);
        if let Some(asked) = asked {
            builder = builder.request_mdn(MdnRequest::signed("x").with_micalgs([asked]));
        }
        let message = builder.build(ENTITY, now(), PROVIDER, &mut rng()).unwrap();
        assert_eq!(message.mic, Mic::of(ENTITY, expected, PROVIDER));
        let headers = received(&message.headers);
        let opened = open(&headers, &message.body, &opener(&bob, &alice), &mut rng()).unwrap();
        assert_eq!(opened.mic, message.mic);
    }
}

#[test]
fn a_key_that_the_message_does_not_name_opens_it_with_a_warning() {
    let (alice, bob) = (alice(), bob());
    // The certificate was renewed with its key, and only the partner has the new one.
    let renewed = common::renewed(&alice);
    let octets = encrypt(ENTITY, &[&renewed], AES256, PROVIDER, &mut rng()).unwrap();
    let opened = open_entity(&octets, &opener(&alice, &bob));
    assert_eq!(opened.entity, ENTITY);
    let codes: Vec<_> = opened.warnings.iter().map(|warning| warning.code).collect();
    assert_eq!(codes, ["recipient-not-named"]);
    assert!(opened.warnings[0].text.contains("serial number"));
}

#[test]
fn what_comes_out_of_compression_is_bounded_over_all_layers() {
    let (alice, bob) = (alice(), bob());
    let content = [
        b"Content-Type: text/plain\r\n\r\n".as_slice(),
        &[b'x'; 100_000],
    ]
    .concat();
    let once = compress(&content).unwrap();
    let twice = compress(&once).unwrap();
    let limited = |octets: usize| {
        opener(&bob, &alice).with_limits(Limits::default().with_inflated_octets(octets))
    };
    let budget = content.len() + once.len();
    assert_eq!(open_entity(&twice, &limited(budget)).entity, content);

    let refused = |octets: &[u8], opener: &Opener<'_>| {
        let entity = Entity::parse(octets, &rollcert_mime::Limits::default()).unwrap();
        *examine(entity.headers(), entity.body(), opener, &mut rng()).unwrap_err()
    };
    let refusal = refused(&twice, &limited(budget - 1));
    assert!(matches!(
        refusal.error,
        OpenError::Compressed(DecompressError::TooLong { .. })
    ));
    assert_eq!(refusal.layers, [Layer::Compressed, Layer::Compressed]);
    assert_eq!(
        refusal.disposition().to_string(),
        "automatic-action/MDN-sent-automatically; processed/error: decompression-failed"
    );

    // The default holds against a bomb: 65 MiB of nothing, 66 KiB on the wire.
    let bomb = compress(&[b"A: b\r\n\r\n".as_slice(), &vec![0; 65 << 20]].concat()).unwrap();
    assert!(bomb.len() < 100_000, "{}", bomb.len());
    let refusal = refused(&bomb, &opener(&bob, &alice));
    assert_eq!(refusal.error.code(), "limit-exceeded");

    // Under encryption the answer does not tell, unless the partner itself signed it.
    for (octets, disposition) in [
        (encrypted(&once, &bob), "decryption-failed"),
        (
            encrypted(&signed(&once, &alice), &bob),
            "decompression-failed",
        ),
        (
            encrypted(&signed(&once, &carol()), &bob),
            "decryption-failed",
        ),
    ] {
        let refusal = refused(&octets, &limited(content.len() - 1));
        assert!(matches!(refusal.error, OpenError::InsideEncryption(_)));
        let answer = refusal.disposition().to_string();
        assert!(answer.ends_with(disposition), "{answer}");
    }
}

#[test]
fn damaged_compression_is_a_typed_error() {
    let (alice, bob) = (alice(), bob());
    let octets = compress(ENTITY).unwrap();
    let entity = Entity::parse(&octets, &rollcert_mime::Limits::default()).unwrap();
    let cms = entity.decoded_body().unwrap().into_owned();
    let headers = Headers::from_pairs([("Content-Type", "application/pkcs7-mime")]);
    let opener = opener(&bob, &alice);
    assert_eq!(
        open(&headers, &cms, &opener, &mut rng()).unwrap().entity,
        ENTITY
    );
    for len in 0..cms.len() {
        let error = open(&headers, &cms[..len], &opener, &mut rng()).unwrap_err();
        assert!(matches!(error, OpenError::Cms(_)), "{len}: {error:?}");
    }
    for at in 0..cms.len() {
        let mut damaged = cms.clone();
        damaged[at] ^= 1;
        match open(&headers, &damaged, &opener, &mut rng()) {
            // The version and the names of content types inside are nobody's business.
            Ok(opened) => assert_eq!(opened.entity, ENTITY, "octet {at}"),
            Err(error) => assert!(!error.code().is_empty(), "octet {at}"),
        }
    }
}

#[test]
fn what_is_no_entity_gets_no_layer() {
    let (alice, bob) = (alice(), bob());
    let (from, to) = names();
    for octets in [&b"no header\r\n\r\n"[..], b"Content-Type: none\r\n\r\n"] {
        let errors = [
            sign(octets, &alice, SHA256, now(), PROVIDER, &mut rng()).unwrap_err(),
            compress(octets).unwrap_err(),
            encrypt(octets, &[bob.certificate()], AES256, PROVIDER, &mut rng()).unwrap_err(),
            Message::builder(&from, &to, id())
                .encrypted_to([bob.certificate()], AES256)
                .build(octets, now(), PROVIDER, &mut rng())
                .unwrap_err(),
        ];
        for error in errors {
            assert!(matches!(error, BuildError::Entity(_)), "{error:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_content_under_any_layers_comes_out_octet_for_octet(
        content in proptest::collection::vec(
            prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'-'), Just(0x30), any::<u8>()],
            0..120,
        ),
        order in "[sce]{0,4}",
    ) {
        let (carol, carol_rsa) = (carol(), carol_rsa());
        let entity = [b"Content-Type: application/octet-stream\r\n\r\n".as_slice(), &content].concat();
        let mut octets = entity.clone();
        let mut signatures = 0;
        for layer in order.chars() {
            octets = match layer {
                's' if signatures > 0 => continue,
                's' => {
                    signatures += 1;
                    signed(&octets, &carol)
                }
                'c' => compress(&octets).unwrap(),
                _ => encrypted(&octets, &carol_rsa),
            };
        }
        let opened = open_entity(&octets, &opener(&carol_rsa, &carol));
        prop_assert_eq!(opened.entity, entity);
    }
}
