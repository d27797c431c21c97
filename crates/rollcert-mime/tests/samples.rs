//! Messages of another implementation, and another parser's opinion of them.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic; the fixtures are fixed"
)]

use std::{fs, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mail_parser::{Message, MessageParser, MessagePart, PartType};
use rollcert_mime::{
    ContentId, DecodeErrorKind, Entity, Headers, Limits, MediaType, TransferEncoding,
    canonical_lines,
};
use sha2::{Digest as _, Sha256};

#[test]
fn the_octets_of_every_part_are_those_that_mail_parser_finds() {
    for name in SAMPLES {
        let message = whole_message(name);
        let theirs = MessageParser::new().parse(&message).unwrap();
        let ours = Entity::parse(&message, &Limits::default()).unwrap();
        let compared = compare(name, &ours, &theirs, 0);
        assert!(compared >= 2, "{name}: only {compared} parts compared");
    }
}

#[test]
fn the_signed_part_has_the_digest_that_the_sender_computed() {
    for name in SIGNED_UNCOMPRESSED {
        let (headers, body) = (read(name, "headers.txt"), read(name, "body.bin"));
        let entity = http_entity(&headers, &body);
        let signed = entity.parts(&Limits::default()).unwrap().parts[0].octets();
        let digest = STANDARD.encode(Sha256::digest(signed.unwrap()));
        let mic = String::from_utf8(read(name, "mic.txt")).unwrap();
        assert_eq!(mic.trim(), format!("{digest}, sha-256"), "{name}");
    }
}

#[test]
fn the_part_that_openssl_signed_has_the_digest_in_its_signature() {
    for name in ["text", "binary"] {
        let message = read_from("openssl", &format!("{name}.eml"));
        assert_eq!(
            hex_digest(&signed_part(&message)),
            openssl_digest(name),
            "{name}"
        );
    }
}

#[test]
fn text_that_lost_its_carriage_returns_on_the_way_is_canonicalised_for_the_signature() {
    let mut message = read_from("openssl", "text.eml");
    message.retain(|octet| *octet != b'\r');
    let part = signed_part(&message);
    assert_ne!(hex_digest(&part), openssl_digest("text"));
    assert_eq!(hex_digest(&canonical_lines(&part)), openssl_digest("text"));
}

#[test]
fn headers_apart_and_headers_in_front_give_the_same_parts() {
    for name in SAMPLES {
        let (headers, body) = (read(name, "headers.txt"), read(name, "body.bin"));
        let message = whole_message(name);
        let limits = Limits::default();
        let together = Entity::parse(&message, &limits).unwrap();
        let apart = http_entity(&headers, &body);
        let owned = Entity::with_headers(
            Headers::from_pairs(
                apart
                    .headers()
                    .iter()
                    .map(|(n, v)| (n.to_owned(), v.into_owned())),
            ),
            &body,
        );
        let octets = |entity: &Entity<'_>| -> Vec<Vec<u8>> {
            let parts = entity.parts(&limits).unwrap().parts;
            parts
                .iter()
                .map(|part| part.octets().unwrap().to_vec())
                .collect()
        };
        assert_eq!(octets(&together), octets(&apart), "{name}");
        assert_eq!(octets(&owned), octets(&apart), "{name}");
    }
}

#[test]
fn a_request_reads_as_its_facts() {
    let (headers, body) = (read(REQUEST, "headers.txt"), read(REQUEST, "body.bin"));
    let limits = Limits::default();
    let entity = http_entity(&headers, &body);
    assert_eq!(
        entity.headers().first("AS2-To").as_deref(),
        Some("\"BOB AS2\"")
    );
    assert_eq!(
        entity.headers().content_type(),
        Ok(MediaType::new("multipart", "signed")
            .and_then(|it| it.with_parameter("protocol", "application/pkcs7-signature"))
            .and_then(|it| it.with_parameter("micalg", "sha256"))
            .and_then(|it| it.with_parameter("boundary", "----=_Part_1_81412691.1795287950710"))
            .unwrap())
    );

    let outer = entity.parts(&limits).unwrap();
    assert_eq!(
        outer.preamble,
        b"Date: Sat, 21 Nov 2026 20:05:50 +0100 (CET)\r\n"
    );
    assert_eq!(outer.epilogue, b"");
    assert_eq!(
        essences(&outer.parts),
        ["multipart/related", "application/pkcs7-signature"]
    );

    let inner = outer.parts[0].parts(&limits).unwrap();
    assert_eq!(inner.preamble, b"");
    assert_eq!(
        essences(&inner.parts),
        [
            "application/ediint-cert-exchange+xml",
            "application/pkcs7-mime"
        ]
    );
    let root = &inner.parts[0];
    assert_eq!(
        root.headers().transfer_encoding(),
        Ok(TransferEncoding::Base64)
    );
    assert_eq!(
        root.headers().content_id(),
        Some(ContentId::new("202611212005-1795287950377").unwrap())
    );
    let xml = root.decoded_body().unwrap();
    assert!(xml.starts_with(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>"));
    assert!(
        xml.trim_ascii_end()
            .ends_with(b"</EDIINTCertificateExchangeRequest>")
    );
}

#[test]
fn every_truncation_of_a_body_is_an_error() {
    let (headers, body) = (read(REQUEST, "headers.txt"), read(REQUEST, "body.bin"));
    let complete = body.trim_ascii_end().len();
    for length in 0..complete {
        let entity = http_entity(&headers, &body[..length]);
        let error = entity.parts(&Limits::default()).unwrap_err();
        assert_eq!(
            (error.kind(), error.offset()),
            (DecodeErrorKind::MissingCloseDelimiter, length)
        );
    }
    assert!(
        http_entity(&headers, &body[..complete])
            .parts(&Limits::default())
            .is_ok()
    );
}

#[test]
fn flipped_bits_never_panic() {
    let limits = Limits::default();
    let message = whole_message(REQUEST);
    for position in 0..message.len() {
        let mut flipped = message.clone();
        flipped[position] ^= 1 << (position % 8);
        let Ok(entity) = Entity::parse(&flipped, &limits) else {
            continue;
        };
        let Ok(outer) = entity.parts(&limits) else {
            continue;
        };
        for part in &outer.parts {
            let _ = part.decoded_body();
            for nested in part.parts(&limits).iter().flat_map(|inner| &inner.parts) {
                let _ = (nested.decoded_body(), nested.headers().content_type());
            }
        }
    }
}

/// Compares the octets and the decoded content of all parts, and counts them.
fn compare(name: &str, ours: &Entity<'_>, message: &Message<'_>, theirs: usize) -> usize {
    let part = &message.parts[theirs];
    assert_eq!(
        ours.octets(),
        Some(octets(message, part)),
        "{name}, part {theirs}"
    );
    let PartType::Multipart(children) = &part.body else {
        assert_eq!(
            ours.decoded_body().unwrap().as_ref(),
            part.contents(),
            "{name}, part {theirs}"
        );
        return 1;
    };
    let parts = ours.parts(&Limits::default()).unwrap().parts;
    assert_eq!(parts.len(), children.len(), "{name}, part {theirs}");
    let nested = parts
        .iter()
        .zip(children)
        .map(|(child, &id)| compare(name, child, message, usize::try_from(id).unwrap()));
    nested.sum::<usize>() + 1
}

fn octets<'a>(message: &'a Message<'_>, part: &MessagePart<'_>) -> &'a [u8] {
    let start = usize::try_from(part.raw_header_offset()).unwrap();
    let end = usize::try_from(part.raw_end_offset()).unwrap();
    &message.raw_message[start..end]
}

fn signed_part(message: &[u8]) -> Vec<u8> {
    let limits = Limits::default();
    let multipart = Entity::parse(message, &limits)
        .unwrap()
        .parts(&limits)
        .unwrap();
    assert_eq!(multipart.preamble, b"This is an S/MIME signed message\n");
    multipart.parts[0].octets().unwrap().to_vec()
}

fn openssl_digest(name: &str) -> String {
    let digest = read_from("openssl", &format!("{name}.digest.txt"));
    String::from_utf8(digest).unwrap().trim().to_owned()
}

fn hex_digest(octets: &[u8]) -> String {
    let digest = Sha256::digest(octets);
    digest.iter().map(|octet| format!("{octet:02X}")).collect()
}

fn essences(parts: &[Entity<'_>]) -> Vec<String> {
    let essence = |part: &Entity<'_>| part.headers().content_type().unwrap().essence().to_owned();
    parts.iter().map(essence).collect()
}

fn http_entity<'a>(headers: &'a [u8], body: &'a [u8]) -> Entity<'a> {
    Entity::with_headers(Headers::parse(headers, &Limits::default()).unwrap(), body)
}

fn whole_message(name: &str) -> Vec<u8> {
    [
        &read(name, "headers.txt")[..],
        b"\r\n",
        &read(name, "body.bin"),
    ]
    .concat()
}

fn read(name: &str, what: &str) -> Vec<u8> {
    read_from("cem", &format!("{name}.{what}"))
}

fn read_from(folder: &str, file: &str) -> Vec<u8> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    fs::read(fixtures.join(folder).join(file)).unwrap()
}

const REQUEST: &str = "req-01-signed-b64-enc-and-sign";

const SIGNED_UNCOMPRESSED: [&str; 5] = [
    REQUEST,
    "req-02-signed-b64-ca-leaf-tls",
    "req-08-issuer-ampersand-NOT-WELLFORMED",
    "resp-01-accepted-signed",
    "resp-02-rejected-signed",
];

const SAMPLES: [&str; 7] = [
    REQUEST,
    "req-02-signed-b64-ca-leaf-tls",
    "req-05-compressed-signed",
    "req-06-unsigned-no-respondby",
    "req-08-issuer-ampersand-NOT-WELLFORMED",
    "resp-01-accepted-signed",
    "resp-02-rejected-signed",
];
