//! The forms in which products write one and the same message.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed test is to panic"
)]

mod common;

use common::{PROVIDER, alice, bob, now, rng};
use rollcert_as2::{Mic, OpenError, Opened, Opener, encrypt, open};
use rollcert_cms::sign_detached;
use rollcert_crypto::{ContentAlgorithm, DigestAlgorithm};
use rollcert_mime::{Entity, Headers, Limits, MediaType, TransferEncoding};

const SHA256: DigestAlgorithm = DigestAlgorithm::Sha256;

/// A certificate exchange message in little.
const CONTENT: &str = "Content-Type: multipart/related; type=\"application/ediint-cert-exchange+xml\";\r\n \
    boundary=\"----in\"\r\n\r\n------in\r\nContent-Type: APPLICATION/EDIINT-Cert-Exchange+XML; charset=UTF-8\r\n\
    Content-ID: New Certificate\r\n\r\n<a/>\r\n------in--\r\n";

fn signature(content: &str) -> String {
    let cms = sign_detached(content.as_bytes(), &alice(), SHA256, now(), PROVIDER).unwrap();
    String::from_utf8(TransferEncoding::Base64.encode(&cms).into_owned()).unwrap()
}

fn open_form(content_type: &str, body: &[u8]) -> Result<Opened, OpenError> {
    let alice = alice();
    let opener = Opener::new(PROVIDER, now()).with_certificates([alice.certificate()]);
    let headers = Headers::from_pairs([("Content-Type", content_type)]);
    open(&headers, body, &opener, &mut rng())
}

fn codes(opened: &Opened) -> Vec<&'static str> {
    opened.warnings.iter().map(|warning| warning.code).collect()
}

#[track_caller]
fn assert_opens(opened: &Opened, warnings: &[&str]) {
    assert_eq!(opened.entity, CONTENT.as_bytes());
    assert_eq!(opened.mic, Mic::of(CONTENT.as_bytes(), SHA256, PROVIDER));
    assert!(opened.signature.as_ref().unwrap().is_trusted());
    assert_eq!(codes(opened), warnings);
}

#[test]
fn v19_boundaries_with_hyphens_preambles_epilogues_and_folded_parameters() {
    let signature = signature(CONTENT);
    for boundary in ["--the boundary", "----=_Part_1_2.3", "b", "'()+_,-./:=?"] {
        for (preamble, epilogue) in [
            ("", ""),
            (
                "Date: Sat, 21 Nov 2026 20:05:51 +0100 (CET)\r\n\r\n",
                "\r\n",
            ),
            (
                "--\r\n--b--x\r\nThis is an S/MIME signed message\r\n",
                "\r\n--b\r\nlate",
            ),
        ] {
            for content_type in [
                format!(
                    "multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=\"{boundary}\""
                ),
                format!(
                    "multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha256; \r\n\tboundary=\"{boundary}\""
                ),
                format!(
                    "Multipart/Signed;\r\n BOUNDARY=\"{boundary}\" (the frontier);MICALG=\"SHA256\"; Protocol=application/pkcs7-signature;"
                ),
            ] {
                let body = format!(
                    "{preamble}--{boundary}\r\n{CONTENT}\r\n--{boundary} \t\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n\
                     Content-Transfer-Encoding: base64\r\n\r\n{signature}\r\n--{boundary}--{epilogue}"
                );
                let opened = open_form(&content_type, body.as_bytes()).unwrap();
                assert_opens(&opened, &[]);
            }
        }
    }
}

#[test]
fn v21_names_in_any_case_missing_parameters_and_signatures_under_any_name() {
    let signature = signature(CONTENT);
    let cms = TransferEncoding::Base64
        .decode(signature.as_bytes())
        .unwrap();
    let full =
        "multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=b";
    let base64 = "Content-Transfer-Encoding: base64\r\n";
    for (content_type, part_header, binary, warnings) in [
        (
            full,
            "Content-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: BASE64\r\n",
            false,
            &[][..],
        ),
        (
            full,
            "content-type: APPLICATION/X-PKCS7-SIGNATURE (a comment)\r\ncontent-transfer-encoding:base64\r\n",
            false,
            &[],
        ),
        // No header says that it is base64, or one says so and it is not.
        (
            full,
            "Content-Type: application/pkcs7-signature\r\n",
            false,
            &[],
        ),
        (
            full,
            "Content-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: binary\r\n",
            true,
            &[],
        ),
        (
            full,
            "Content-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n",
            true,
            &["transfer-encoding-wrong"],
        ),
        (
            full,
            "Content-Type: application/octet-stream; name=smime.p7s\r\nContent-Transfer-Encoding: base64\r\n",
            false,
            &["signature-type"],
        ),
        (
            full,
            "Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n",
            false,
            &["signature-type"],
        ),
        (full, base64, false, &["signature-type"]),
        (
            "multipart/signed; boundary=b; micalg=sha-256",
            "Content-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n",
            false,
            &[],
        ),
        (
            "multipart/signed; boundary=b",
            "Content-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n",
            false,
            &["micalg-mismatch"],
        ),
        (
            "multipart/signed; boundary=b; micalg=unknown",
            "Content-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n",
            false,
            &["micalg-mismatch"],
        ),
    ] {
        let head = format!("--b\r\n{CONTENT}\r\n--b\r\n{part_header}\r\n");
        let octets: &[u8] = if binary { &cms } else { signature.as_bytes() };
        let body = [head.as_bytes(), octets, b"\r\n--b--\r\n"].concat();
        let opened = open_form(content_type, &body).unwrap();
        assert_opens(&opened, warnings);
    }
}

#[test]
fn v11_payloads_in_every_transfer_encoding_keep_their_octets() {
    let alice = alice();
    let document = b"ISA*00*\r\ncaf\xc3\xa9 = 1\n\x00\xff";
    for encoding in [
        TransferEncoding::SevenBit,
        TransferEncoding::EightBit,
        TransferEncoding::Binary,
        TransferEncoding::Base64,
        TransferEncoding::QuotedPrintable,
    ] {
        let entity =
            rollcert_mime::EntityBuilder::new(MediaType::new("application", "edi-x12").unwrap())
                .with_transfer_encoding(encoding)
                .body(document);
        let signed =
            rollcert_as2::sign(&entity, &alice, SHA256, now(), PROVIDER, &mut rng()).unwrap();
        let parsed = Entity::parse(&signed, &Limits::default()).unwrap();
        let opener = Opener::new(PROVIDER, now()).with_certificates([alice.certificate()]);
        let opened = open(parsed.headers(), parsed.body(), &opener, &mut rng()).unwrap();
        assert_eq!(opened.entity, entity, "{encoding}");
        assert_eq!(opened.mic, Mic::of(&entity, SHA256, PROVIDER), "{encoding}");
        assert!(opened.signature.unwrap().is_trusted(), "{encoding}");
        let inner = Entity::parse(&opened.entity, &Limits::default()).unwrap();
        assert_eq!(inner.decoded_body().unwrap().as_ref(), document);
    }
}

#[test]
fn encrypted_bodies_in_every_transfer_encoding_and_under_every_name_are_opened() {
    let bob = bob();
    let octets = encrypt(
        CONTENT.as_bytes(),
        &[bob.certificate()],
        ContentAlgorithm::Aes256Cbc,
        PROVIDER,
        &mut rng(),
    )
    .unwrap();
    let entity = Entity::parse(&octets, &Limits::default()).unwrap();
    let cms = entity.body();
    let base64 = TransferEncoding::Base64.encode(cms);
    let one_line: Vec<u8> = base64
        .iter()
        .copied()
        .filter(|octet| !octet.is_ascii_whitespace())
        .collect();
    let quoted = TransferEncoding::QuotedPrintable.encode(cms);
    let opener = Opener::new(PROVIDER, now()).with_credentials([&bob]);
    for content_type in [
        "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m",
        "application/x-pkcs7-mime; name=\"smime.p7m\"",
        "APPLICATION/PKCS7-MIME;SMIME-TYPE=\"Enveloped-Data\"",
    ] {
        for (encoding, body, warnings) in [
            (Some("binary"), cms, &[][..]),
            (None, cms, &[]),
            (Some("7bit"), cms, &[]),
            (Some("base64"), &base64, &[]),
            (Some("BASE64"), &one_line, &[]),
            (None, &base64, &[]),
            (Some("binary"), &base64, &[]),
            (Some("quoted-printable"), &quoted, &[]),
            (Some("base64"), cms, &["transfer-encoding-wrong"]),
            (Some("x-none"), cms, &["transfer-encoding-wrong"]),
        ] {
            let fields = encoding.map(|encoding| ("Content-Transfer-Encoding", encoding));
            let fields = fields.into_iter().chain([("Content-Type", content_type)]);
            let headers = Headers::from_pairs(fields);
            let opened = open(&headers, body, &opener, &mut rng()).unwrap();
            let what = format!("{content_type} {encoding:?}");
            assert_eq!(opened.entity, CONTENT.as_bytes(), "{what}");
            assert_eq!(codes(&opened), warnings, "{what}");
        }
    }
}
