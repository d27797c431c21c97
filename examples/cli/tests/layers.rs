//! Messages in every order of layers, made by the library and read by `rollcert cem read`.

mod support;

use std::fs;

use rand::rngs::ThreadRng;
use rollcert::as2::{As2Name, Compression, Message, MessageBuilder, MessageId};
use rollcert::cem::{CertUsage, Request, RequestId};
use rollcert::cms::{KeyManagement, Recipient};
use rollcert::crypto::{
    AeadAlgorithm, ContentAlgorithm, DigestAlgorithm, KeyTransportAlgorithm, Provider,
    SignatureAlgorithm, aws_lc,
};
use rollcert::pki::{self, Certificate, Credential};
use serde_json::{Value, json};
use support::{Folder, answer, cem_read, certificate, key};

const PROVIDER: Provider = aws_lc::WITH_RUSTCRYPTO;
const AT: &str = "2026-12-01T12:00:00Z";

fn known(name: &str) -> Certificate {
    let octets = fs::read(certificate(name)).unwrap();
    let bundle = pki::open(&octets, None, &PROVIDER, &pki::Limits::default()).unwrap();
    bundle.certificates().next().unwrap().clone()
}

fn alice(rng: &mut ThreadRng) -> Credential {
    let pair = [certificate("alice-old"), key("alice-old")].map(|file| fs::read(file).unwrap());
    let limits = pki::Limits::default();
    let bundle = pki::open(&pair.concat(), None, &PROVIDER, &limits).unwrap();
    bundle.credentials(&PROVIDER, rng).unwrap().remove(0)
}

fn request(rng: &mut ThreadRng) -> Vec<u8> {
    let now = AT.parse().unwrap();
    Request::builder(RequestId::draw(rng), "ALICE", now, "https://alice.example/")
        .end_entity(&known("alice-new-self"), &[], [CertUsage::DigitalSignature])
        .build(rng, now)
        .unwrap()
}

/// Status and document of a message that is protected so.
fn read(
    entity: &[u8],
    rng: &mut ThreadRng,
    protect: impl FnOnce(MessageBuilder<'static>) -> MessageBuilder<'static>,
) -> (i32, Value, Value) {
    let names = ["ALICE", "BOB AS2"].map(|name| Box::leak(Box::new(As2Name::new(name).unwrap())));
    let [from, to] = names;
    let message_id = MessageId::random("alice.example", rng).unwrap();
    let message = protect(Message::builder(from, to, message_id))
        .build(entity, AT.parse().unwrap(), &PROVIDER, rng)
        .unwrap();
    let folder = Folder::new();
    let fields = message.headers.iter();
    let headers: String = fields
        .map(|(name, value)| format!("{name}: {value}\n"))
        .collect();
    let (headers, body) = (
        folder.write("headers", headers),
        folder.write("body", &message.body),
    );
    let (bob, alice, key) = (certificate("bob"), certificate("alice-old"), key("bob"));
    let more = ["--at", AT, "--key", &key, "--cert", &bob, "--cert", &alice];
    let (status, document) = answer(&cem_read(&headers, &body, &more));
    let mic = message.mic.to_string();
    let (value, algorithm) = mic.split_once(", ").unwrap();
    (
        status,
        document,
        json!({ "algorithm": algorithm, "value": value }),
    )
}

#[test]
fn every_order_of_layers_is_told_outermost_first() {
    let mut rng = rand::rng();
    let entity = request(&mut rng);
    let alice: &Credential = Box::leak(Box::new(alice(&mut rng)));
    let bob: &Certificate = Box::leak(Box::new(known("bob")));
    for (compression, inner) in [
        (None, &["signed"][..]),
        (Some(Compression::BeforeSigning), &["signed", "compressed"]),
        (Some(Compression::AfterSigning), &["compressed", "signed"]),
    ] {
        for encrypted in [false, true] {
            let (status, document, mic) = read(&entity, &mut rng, |mut message| {
                message = message.signed_by(alice, DigestAlgorithm::Sha256);
                if let Some(compression) = compression {
                    message = message.compressed(compression);
                }
                if encrypted {
                    message = message.encrypted_to([bob], ContentAlgorithm::Aes256Cbc);
                }
                message
            });
            let outer: &[&str] = if encrypted { &["encrypted"] } else { &[] };
            assert_eq!(status, 0, "{document}");
            assert_eq!(document["layers"], json!([outer, inner].concat()));
            assert_eq!(document["signature"]["trusted"], true);
            assert_eq!(document["mic"], mic);
            assert_eq!(document["message"]["type"], "request");
            assert_eq!(document["warnings"], json!([]));
        }
    }
}

#[test]
fn newer_algorithms_are_read() {
    let mut rng = rand::rng();
    let entity = request(&mut rng);
    let alice: &Credential = Box::leak(Box::new(alice(&mut rng)));
    let bob: &Certificate = Box::leak(Box::new(known("bob")));
    let oaep = KeyTransportAlgorithm::rsa_oaep(DigestAlgorithm::Sha256);
    let (status, document, mic) = read(&entity, &mut rng, |message| {
        message
            .signed_by(alice, SignatureAlgorithm::rsa_pss(DigestAlgorithm::Sha512))
            .encrypted_to(
                [Recipient::new(bob, KeyManagement::Transport(oaep))],
                AeadAlgorithm::Aes256Gcm,
            )
    });
    assert_eq!(status, 0, "{document}");
    assert_eq!(document["layers"], json!(["encrypted", "signed"]));
    assert_eq!(document["signature"]["trusted"], true);
    assert_eq!(document["mic"], mic);
    assert_eq!(document["mic"]["algorithm"], "sha-512");
}

#[test]
fn what_inflates_beyond_measure_is_refused() {
    let mut rng = rand::rng();
    let alice: &Credential = Box::leak(Box::new(alice(&mut rng)));
    let mut entity = b"Content-Type: application/octet-stream\r\n\r\n".to_vec();
    entity.resize(65 << 20, b'A');
    let (status, document, mic) = read(&entity, &mut rng, |message| {
        message
            .signed_by(alice, DigestAlgorithm::Sha256)
            .compressed(Compression::BeforeSigning)
    });
    assert_eq!(status, 2, "{document}");
    assert_eq!(document["layers"], json!(["signed", "compressed"]));
    assert_eq!(document["error"]["code"], "limit-exceeded");
    assert_eq!(document["mic"], mic);
}
