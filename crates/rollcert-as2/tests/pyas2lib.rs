//! Messages and receipts by HTTP, to and from an AS2 station that another product drives: pyas2lib.
//!
//! We are `ALICE`, the station is `BOB AS2`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a failed test is to panic"
)]

mod common;
mod support;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use common::{alice, bob, carol_rsa, certificate, now};
use rollcert_as2::{
    Compression, Disposition, Layer, MdnDelivery, MdnRequest, Modifier, Pinned, Receipt, Signature,
};
use rollcert_cem::{self as cem, CertStatus, CertUsage, Request, RequestId, Response};
use rollcert_cms::{KeyManagement, Recipient, SignatureError};
use rollcert_crypto::{
    ContentAlgorithm, DigestAlgorithm, KeyTransportAlgorithm, SignatureAlgorithm,
};
use rollcert_mime::{Entity, Limits};
use rollcert_pki::Credential;
use serde_json::{Value, json};
use support::pair::{Pair, Protection, keys, merged};

/// A document of every octet there is: whoever touches the line ends breaks it.
fn every_octet() -> Vec<u8> {
    (0..=255).chain(*b"\n.\n\r\n\r-- \r\n").collect()
}

/// A document for old eyes, with line ends of the network.
const EDI: &[u8] =
    b"UNB+UNOA:1+US::US+50138::THEM+140531:0305+001934++ORDERS'\r\nUNZ+1+001934'\r\n";

const EDI_ENTITY: &[u8] = b"Content-Type: application/edifact\r\n\r\n\
    UNB+UNOA:1+US::US+50138::THEM+140531:0305+001934++ORDERS'\r\nUNZ+1+001934'\r\n";

/// Those that the station has.
const DIGESTS: [DigestAlgorithm; 5] = [
    DigestAlgorithm::Sha1,
    DigestAlgorithm::Sha224,
    DigestAlgorithm::Sha256,
    DigestAlgorithm::Sha384,
    DigestAlgorithm::Sha512,
];

const ADDRESS: &str = "alice@alice.example";

#[test]
fn pyas2lib_takes_what_we_send() {
    let Some(mut pair) = Pair::start() else {
        return;
    };
    let compressions = [Compression::BeforeSigning, Compression::AfterSigning];
    let digests = [DigestAlgorithm::Sha256, DigestAlgorithm::Sha512];
    let protections = Protection::all(&compressions, &digests);
    for (protection, document) in protections.into_iter().zip(documents().iter().cycle()) {
        let (entity, content_type, content) = document;
        let request = match protection.digest {
            Some(digest) => MdnRequest::signed(ADDRESS).with_micalgs([digest]),
            // The station returns no MIC of what nobody signed.
            None => MdnRequest::unsigned(ADDRESS),
        };
        let sent = pair.send(entity, protection, &request, &bob());
        let what = format!("{protection:?}, {content_type}");
        assert_eq!(
            sent.receipt,
            Ok(Receipt::Processed),
            "{what}: {}",
            sent.record
        );
        assert_eq!(sent.receipt_digest, protection.digest, "{what}");
        let expected = json!({
            "status": "processed",
            "error": null,
            "signed": protection.digest.is_some(),
            "encrypted": protection.cipher.is_some(),
            "compressed": protection.compression.is_some(),
            "digest": protection.digest.map(station_digest),
            "mic_is_ours": protection.digest.map(|_| true),
            "content_type": content_type,
            "content": STANDARD.encode(content),
        });
        assert_eq!(sent.record, expected, "{what}");
    }
}

#[test]
fn we_take_what_pyas2lib_sends() {
    let Some(mut pair) = Pair::start() else {
        return;
    };
    let (alice, bob) = (alice(), bob());
    let protections = Protection::all(&[Compression::BeforeSigning], &DIGESTS);
    for (protection, document) in protections.into_iter().zip(documents().iter().cycle()) {
        let (entity, content_type, content) = document;
        let what = format!("{protection:?}, {content_type}");
        let mut options = json!({
            "data": STANDARD.encode(content),
            "content_type": content_type,
            "compress": protection.compression.is_some(),
            "mdn_mode": "SYNC",
        });
        if let Some(digest) = protection.digest.map(station_digest) {
            let signed = json!({ "sign": true, "digest_alg": digest, "mdn_digest_alg": digest });
            options = merged(options, signed);
        }
        if let Some(cipher) = protection.cipher.map(station_cipher) {
            options = merged(options, json!({ "encrypt": true, "enc_alg": cipher }));
        }
        let received = pair.receive(options, &alice, &alice);
        let opened = received.opened.unwrap();

        let layers: Vec<_> = opened.layers.iter().map(Layer::code).collect();
        let expected = [
            protection.cipher.map(|_| "encrypted"),
            protection.digest.map(|_| "signed"),
            protection.compression.map(|_| "compressed"),
        ];
        let expected: Vec<_> = expected.into_iter().flatten().collect();
        assert_eq!(layers, expected, "{what}");
        if let Some(Layer::Encrypted {
            recipient,
            algorithm,
        }) = opened.layers.first()
        {
            assert_eq!(recipient, alice.certificate(), "{what}");
            assert_eq!(
                Some(*algorithm),
                protection.cipher.map(Into::into),
                "{what}"
            );
        }
        let signature = opened.signature.as_ref();
        let digest = signature.and_then(|signature| signature.digest);
        assert_eq!(digest, protection.digest, "{what}");
        if let Some(signature) = signature {
            assert!(signature.is_trusted(), "{what}: {:?}", signature.valid);
            assert_eq!(signature.signer.as_ref(), Some(bob.certificate()), "{what}");
        }
        assert_eq!(
            type_and_body(&opened.entity),
            type_and_body(entity),
            "{what}"
        );
        let warnings: Vec<_> = opened.warnings.iter().map(|warning| warning.code).collect();
        let weak = protection.digest == Some(DigestAlgorithm::Sha1);
        let expected: &[&str] = if weak { &["weak-digest"] } else { &[] };
        assert_eq!(warnings, expected, "{what}");

        let mic = protection
            .digest
            .map(|_| STANDARD.encode(opened.mic.value()));
        let expected = json!({ "mic": mic, "http": 200, "receipt": ["processed", null] });
        assert_eq!(received.answer, expected, "{what}");
    }
}

#[test]
fn pyas2lib_takes_the_newer_forms_of_rsa() {
    let Some(mut pair) = Pair::start() else {
        return;
    };
    let (own, bob) = (alice(), bob());
    // The mask of its OAEP is made by SHA-1.
    let oaep = KeyTransportAlgorithm::rsa_oaep(DigestAlgorithm::Sha1);
    for digest in [DigestAlgorithm::Sha256, DigestAlgorithm::Sha512] {
        let message = pair
            .message()
            .signed_by(&own, SignatureAlgorithm::rsa_pss(digest))
            .encrypted_to(
                [Recipient::new(
                    bob.certificate(),
                    KeyManagement::Transport(oaep),
                )],
                ContentAlgorithm::Aes256Cbc,
            );
        let request = MdnRequest::signed(ADDRESS).with_micalgs([digest]);
        let sent = pair.send_as(EDI_ENTITY, message, &request);
        assert_eq!(
            sent.receipt,
            Ok(Receipt::Processed),
            "{digest:?}: {}",
            sent.record
        );
        assert_eq!(sent.record["digest"], json!(station_digest(digest)));
        assert_eq!(sent.record["encrypted"], true);
    }
}

// RFC 4056 §3: the parameters of RSASSA-PSS must be there, with digest, mask and salt. The station leaves them out.
#[test]
fn pss_without_parameters_is_refused_and_pyas2lib_learns_it() {
    let Some(mut pair) = Pair::start() else {
        return;
    };
    let alice = alice();
    let pss = json!({ "sign_alg": "rsassa_pss", "mdn_mode": "SYNC" });
    let received = pair.receive(merged(document_to_send(), pss), &alice, &alice);
    let valid = received.opened.unwrap().signature.unwrap().valid;
    let Err(SignatureError::UnsupportedAlgorithm { oid }) = valid else {
        panic!("expected no verdict but found {valid:?}");
    };
    assert_eq!(oid.to_string(), "1.2.840.113549.1.1.10");
    let told = json!(["processed/error", "authentication-failed"]);
    assert_eq!(received.answer["receipt"], told);
}

#[test]
fn we_believe_receipts_of_pyas2lib_whichever_way_they_come() {
    let Some(mut pair) = Pair::start() else {
        return;
    };
    let later = MdnDelivery::Asynchronous {
        url: pair.listener.url("receipts"),
    };
    for delivery in [MdnDelivery::Synchronous, later] {
        let unsigned = MdnRequest::unsigned(ADDRESS).with_delivery(delivery.clone());
        let sent = pair.send(
            EDI_ENTITY,
            Protection::SIGNED_AND_ENCRYPTED,
            &unsigned,
            &bob(),
        );
        assert_eq!(sent.receipt, Ok(Receipt::Processed), "{delivery:?}");
        assert_eq!(sent.receipt_digest, None, "{delivery:?}");
        // We sign nothing with SHA-1.
        for digest in DIGESTS
            .into_iter()
            .filter(|digest| *digest != DigestAlgorithm::Sha1)
        {
            let protection = Protection {
                digest: Some(digest),
                ..Protection::ENCRYPTED
            };
            let request = MdnRequest::signed(ADDRESS)
                .with_micalgs([digest])
                .with_delivery(delivery.clone());
            let sent = pair.send(EDI_ENTITY, protection, &request, &bob());
            assert_eq!(
                sent.receipt,
                Ok(Receipt::Processed),
                "{digest:?}, {delivery:?}"
            );
            assert_eq!(
                sent.receipt_digest,
                Some(digest),
                "{digest:?}, {delivery:?}"
            );
        }
    }
}

#[test]
fn pyas2lib_believes_our_receipts_whichever_way_they_go() {
    let Some(mut pair) = Pair::start() else {
        return;
    };
    let alice = alice();
    for mode in ["SYNC", "ASYNC"] {
        let unsigned = json!({ "mdn_mode": mode });
        let signed = DIGESTS.map(station_digest).map(
            |digest| json!({ "mdn_mode": mode, "mdn_digest_alg": digest, "digest_alg": digest }),
        );
        for options in signed.into_iter().chain([unsigned]) {
            let received =
                pair.receive(merged(document_to_send(), options.clone()), &alice, &alice);
            assert_eq!(
                received.answer["receipt"],
                json!(["processed", null]),
                "{options}"
            );
        }
    }
}

#[test]
fn a_message_without_a_wish_for_a_receipt_gets_none() {
    let Some(mut pair) = Pair::start() else {
        return;
    };
    let alice = alice();
    let received = pair.receive(document_to_send(), &alice, &alice);
    assert!(received.opened.is_ok());
    assert_eq!(received.answer["receipt"], Value::Null);
    assert_eq!(received.answer["http"], 200);
}

#[test]
fn pyas2lib_refuses_what_its_certificates_do_not_fit() {
    let Some(mut pair) = Pair::start() else {
        return;
    };
    let (signed, unsigned) = (MdnRequest::signed(ADDRESS), MdnRequest::unsigned(ADDRESS));
    let mut refusal = |deviations: Value, protection: Protection, encrypt_to: &Credential| {
        // It cannot sign a receipt for somebody whom it does not know.
        let is_unknown = deviations["partner"].is_string();
        let request = if is_unknown { &unsigned } else { &signed };
        pair.station_takes(deviations);
        let sent = pair.send(EDI_ENTITY, protection, request, encrypt_to);
        let Ok(Receipt::Refused(disposition)) = sent.receipt else {
            panic!("expected a refusal but found {:?}", sent.receipt);
        };
        (disposition, sent.record["error"].clone())
    };
    let error = |modifier, exception: &str| (Disposition::Error(modifier), json!(exception));
    let (protection, bob) = (Protection::SIGNED_AND_ENCRYPTED, bob());

    // It has another certificate of ours.
    let other_partner = json!({ "partner_keys": keys("carol/carol-rsa") });
    assert_eq!(
        refusal(other_partner, protection, &bob),
        error(Modifier::AuthenticationFailed, "IntegrityError")
    );
    // We have another certificate of its own.
    assert_eq!(
        refusal(json!({}), protection, &carol_rsa()),
        error(Modifier::DecryptionFailed, "DecryptionError")
    );
    // It has lost the key.
    let other_key = json!({ "decrypt_keys": keys("carol/carol-rsa") });
    assert_eq!(
        refusal(other_key, protection, &bob),
        error(Modifier::DecryptionFailed, "DecryptionError")
    );
    // It wants more protection than there is.
    for demand in ["sign", "encrypt"] {
        let expected = error(
            Modifier::InsufficientMessageSecurity,
            "InsufficientSecurityError",
        );
        let refusal = refusal(json!({ demand: true }), Protection::NONE, &bob);
        assert_eq!(refusal, expected, "{demand}");
    }
    // It does not know us.
    assert_eq!(
        refusal(json!({ "partner": "MALLORY" }), Protection::NONE, &bob),
        error(Modifier::UnknownTradingPartner, "PartnerNotFound")
    );
}

#[test]
fn we_refuse_what_our_certificates_do_not_fit_and_pyas2lib_learns_why() {
    let Some(mut pair) = Pair::start() else {
        return;
    };
    let alice = alice();
    let wish = json!({ "mdn_mode": "SYNC", "mdn_digest_alg": "sha256" });
    let options = merged(document_to_send(), wish);

    // It signs with another key than the one that we know.
    let other_key = json!({ "keys": keys("carol/carol-rsa") });
    let received = pair.receive(merged(options.clone(), other_key), &alice, &alice);
    let signature = received.opened.unwrap().signature.unwrap();
    assert!(signature.valid.is_ok());
    assert_eq!(signature.signer.as_ref(), Some(carol_rsa().certificate()));
    assert_eq!(signature.pinned, Pinned::No);
    let told = json!(["processed/error", "authentication-failed"]);
    assert_eq!(received.answer["receipt"], told);

    // It has another certificate of ours.
    let other_recipient = json!({ "encrypt_for": keys("carol/carol-rsa") });
    let received = pair.receive(merged(options, other_recipient), &alice, &alice);
    let disposition = received.opened.unwrap_err().disposition();
    assert_eq!(disposition, Disposition::Error(Modifier::DecryptionFailed));
    let told = json!(["processed/error", "decryption-failed"]);
    assert_eq!(received.answer["receipt"], told);
}

#[test]
fn receipts_that_another_key_signed_prove_nothing_to_either_side() {
    let Some(mut pair) = Pair::start() else {
        return;
    };
    // The station signs with another key than the one that we know.
    let other_key = json!({ "keys": keys("carol/carol-rsa"), "decrypt_keys": keys("cem/bob") });
    pair.station_takes(other_key);
    let request = MdnRequest::signed(ADDRESS);
    let sent = pair.send(
        EDI_ENTITY,
        Protection::SIGNED_AND_ENCRYPTED,
        &request,
        &bob(),
    );
    assert_eq!(sent.receipt, Err("mdn-unexpected-signer"));
    assert_eq!(sent.record["status"], "processed");

    // We sign with another key than the one that the station knows.
    for mode in ["SYNC", "ASYNC"] {
        let wish = json!({ "mdn_mode": mode, "mdn_digest_alg": "sha256" });
        let options = merged(document_to_send(), wish);
        let received = pair.receive(options, &alice(), &carol_rsa());
        assert!(received.opened.is_ok());
        let receipt = &received.answer["receipt"];
        assert_eq!(receipt[0], "failed/Failure", "{mode}");
        let text = receipt[1].as_str().unwrap();
        assert!(
            text.contains("Failed to verify message signature"),
            "{mode}: {text}"
        );
    }
}

// RFC 4130 §7.4.3 would have the digest of the signature for the MIC, as the station does; most products go by the one
// that was asked for, and so do we. Whoever asks for the digest that signs is understood by all.
#[test]
fn a_mic_by_another_digest_than_the_sender_reckoned_with_is_noticed_on_both_sides() {
    let Some(mut pair) = Pair::start() else {
        return;
    };
    let protection = Protection {
        digest: Some(DigestAlgorithm::Sha512),
        ..Protection::ENCRYPTED
    };
    let request = MdnRequest::signed(ADDRESS).with_micalgs([DigestAlgorithm::Sha256]);
    let sent = pair.send(EDI_ENTITY, protection, &request, &bob());
    assert_eq!(sent.receipt, Err("mic-other-algorithm"));
    assert_eq!(sent.record["mic_is_ours"], false);

    let alice = alice();
    let wish = json!({ "digest_alg": "sha512", "mdn_mode": "SYNC", "mdn_digest_alg": "sha256" });
    let received = pair.receive(merged(document_to_send(), wish), &alice, &alice);
    assert!(received.opened.is_ok());
    let noticed = json!(["processed/warning", "Message Integrity check failed."]);
    assert_eq!(received.answer["receipt"], noticed);
}

#[test]
fn a_certificate_exchange_passes_through_pyas2lib_and_back() {
    let Some(mut pair) = Pair::start() else {
        return;
    };
    let alice = alice();
    let limits = cem::Limits::default();
    let next = certificate("cem/alice-new-self");
    let id = RequestId::draw(&mut pair.rng);
    let request = Request::builder(id.clone(), "ALICE", now(), "https://alice.example/as2")
        .end_entity(&next, &[], [CertUsage::DigitalSignature])
        .build(&mut pair.rng, now())
        .unwrap();

    // There. Of a signed multipart the station verifies the last leaf, which is not what was signed.
    let wish = MdnRequest::signed(ADDRESS);
    let protection = Protection::SIGNED_AND_ENCRYPTED;
    let sent = pair.send(&request, protection, &wish, &bob());
    let refused = Receipt::Refused(Disposition::Error(Modifier::AuthenticationFailed));
    assert_eq!(sent.receipt, Ok(refused));
    // Compressed under the signature it is one leaf.
    let protection = Protection {
        compression: Some(Compression::BeforeSigning),
        ..protection
    };
    let sent = pair.send(&request, protection, &wish, &bob());
    assert_eq!(sent.receipt, Ok(Receipt::Processed), "{}", sent.record);
    let content_type = sent.record["content_type"].as_str().unwrap();
    let mut arrived = format!("Content-Type: {content_type}\r\n\r\n").into_bytes();
    arrived.extend(
        STANDARD
            .decode(sent.record["content"].as_str().unwrap())
            .unwrap(),
    );
    let arrived = cem::Received::parse(&arrived, &limits).unwrap();
    let as_sent = cem::Received::parse(&request, &limits).unwrap();
    assert_eq!(arrived.facts(), as_sent.facts());
    let Some(cem::Message::Request(arrived)) = arrived.message() else {
        panic!("expected a request");
    };

    // And back, in each protection that the station has.
    let mut response = Response::builder(arrived, "BOB AS2", now());
    for trust in arrived.trust() {
        response = response.accept(trust.identifier());
    }
    let response = response.build(&mut pair.rng).unwrap();
    let mime_limits = Limits::default();
    let entity = Entity::parse(&response, &mime_limits).unwrap();
    for compress in [false, true] {
        for (sign, encrypt) in [(true, false), (false, true), (true, true)] {
            let options = json!({
                "data": STANDARD.encode(entity.body()),
                "content_type": entity.headers().first("Content-Type").unwrap(),
                "compress": compress,
                "sign": sign,
                "encrypt": encrypt,
                "mdn_mode": "SYNC",
                "mdn_digest_alg": "sha256",
            });
            let received = pair.receive(options.clone(), &alice, &alice);
            let what = format!("compress {compress}, sign {sign}, encrypt {encrypt}");
            assert_eq!(
                received.answer["receipt"],
                json!(["processed", null]),
                "{what}"
            );
            let opened = received.opened.unwrap();
            let trusted = opened.signature.as_ref().map(Signature::is_trusted);
            assert_eq!(trusted, sign.then_some(true), "{what}");
            let answer = cem::Message::parse(&opened.entity, &limits).unwrap();
            let cem::Message::Response(answer) = answer else {
                panic!("{what}: expected a response");
            };
            assert_eq!(
                (answer.request_id(), answer.partner()),
                (Some(&id), "BOB AS2")
            );
            let answers = answer
                .answers(Some(&id), core::slice::from_ref(&next))
                .unwrap();
            let [found] = &answers.found[..] else {
                panic!("{what}: expected one answer but found {answers:?}");
            };
            assert_eq!(found.response.status(), CertStatus::Accepted, "{what}");
        }
    }
}

/// Each as an entity, and what the station calls its type and its content.
fn documents() -> [(Vec<u8>, &'static str, Vec<u8>); 2] {
    let binary =
        b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n";
    let entity = [&binary[..], &every_octet()].concat();
    [
        (entity, "application/octet-stream", every_octet()),
        (EDI_ENTITY.to_vec(), "application/edifact", EDI.to_vec()),
    ]
}

/// The document in a message of the station that is signed and encrypted.
fn document_to_send() -> Value {
    json!({
        "data": STANDARD.encode(EDI),
        "content_type": "application/edifact",
        "sign": true,
        "encrypt": true,
    })
}

/// What an entity says it is, and its body. The station adds a transfer encoding.
fn type_and_body(entity: &[u8]) -> (String, Vec<u8>) {
    let limits = Limits::default();
    let entity = Entity::parse(entity, &limits).unwrap();
    let content_type = entity.headers().content_type().unwrap();
    (content_type.to_string(), entity.body().to_vec())
}

/// As the station spells it.
fn station_digest(digest: DigestAlgorithm) -> String {
    digest.name().replacen('-', "", 1)
}

fn station_cipher(cipher: ContentAlgorithm) -> &'static str {
    match cipher {
        ContentAlgorithm::Aes128Cbc => "aes_128_cbc",
        ContentAlgorithm::Aes192Cbc => "aes_192_cbc",
        ContentAlgorithm::Aes256Cbc => "aes_256_cbc",
        ContentAlgorithm::DesEde3Cbc => "tripledes_192_cbc",
        other => panic!("{other} is not for this test"),
    }
}
