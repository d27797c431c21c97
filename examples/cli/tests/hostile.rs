//! Bad input: an exit status of 1 or 2, one clear line, valid JSON, no panic.

mod support;

use std::fs;

use support::{Folder, cem_read, certificate, fixture, key, pki, rollcert, verdict};

const SAMPLE: &str = "cem/req-01-signed-b64-enc-and-sign";

fn read(headers: &str, body: &str) -> (i32, String) {
    verdict(&cem_read(headers, body, &[]))
}

fn octets(suffix: &str) -> (String, Vec<u8>) {
    let file = fixture(&format!("{SAMPLE}.{suffix}"));
    let octets = fs::read(&file).unwrap();
    (file, octets)
}

#[test]
fn truncated_bodies_are_refused() {
    let folder = Folder::new();
    let (headers, _) = octets("headers.txt");
    let (_, body) = octets("body.bin");
    // All that the last four octets end is the line of the closing delimiter.
    for length in (0..body.len() - 4)
        .step_by(body.len() / 40)
        .chain([0, 1, body.len() - 5])
    {
        let truncated = folder.write("body", &body[..length]);
        let (status, code) = read(&headers, &truncated);
        assert_eq!(status, 2, "{length}: {code}");
    }
}

#[test]
fn no_flipped_bit_passes() {
    let folder = Folder::new();
    let (headers, _) = octets("headers.txt");
    let (_, body) = octets("body.bin");
    let text = String::from_utf8(body.clone()).unwrap();
    // What is signed lies between the first two delimiters; what follows is the signature.
    let signed = text.find("multipart/related").unwrap();
    let end = text.rfind("application/pkcs7-signature").unwrap();
    for at in (signed..end).step_by((end - signed) / 40) {
        let mut flipped = body.clone();
        flipped[at] ^= 1 << (at % 7);
        let flipped = folder.write("body", flipped);
        let (status, code) = read(&headers, &flipped);
        assert_ne!(status, 0, "{at}: {code}");
    }
}

#[test]
fn altered_content_is_an_invalid_signature_and_the_facts_stay() {
    let folder = Folder::new();
    let (headers, _) = octets("headers.txt");
    let (_, body) = octets("body.bin");
    let text = String::from_utf8(body).unwrap();
    let altered = text.replacen(
        "Content-Disposition: attachment",
        "Content-Disposition: inline",
        1,
    );
    assert_ne!(altered, text);
    let altered = folder.write("body", altered);
    let known = certificate("alice-old");
    let (status, document) = support::answer(&cem_read(&headers, &altered, &["--cert", &known]));
    assert_eq!(
        (status, document["error"]["code"].as_str()),
        (1, Some("signature-invalid"))
    );
    assert_eq!(document["signature"]["valid"], false);
    assert_eq!(document["signature"]["trusted"], false);
    assert_eq!(document["message"]["partner"], "ALICE");
}

#[test]
fn files_that_are_no_files_are_named() {
    let folder = Folder::new();
    let (headers, _) = octets("headers.txt");
    let (body, _) = octets("body.bin");
    let directory = support::text_of(&folder.path(""));
    let missing = support::text_of(&folder.path("missing\u{1b}]0;x\u{7}"));
    for file in [&directory, &missing] {
        assert_eq!(verdict(&["inspect", file]), (2, "unreadable".to_owned()));
        assert_eq!(read(file, &body), (2, "unreadable".to_owned()));
        assert_eq!(read(&headers, file), (2, "unreadable".to_owned()));
        for option in ["--key", "--cert"] {
            let call = cem_read(&headers, &body, &[option, file]);
            assert_eq!(verdict(&call), (2, "unreadable".to_owned()));
        }
    }
    let run = rollcert(["inspect", &missing]);
    assert!(
        run.stderr.contains("missing\\u{1b}]0;x\\u{7}"),
        "{}",
        run.stderr
    );
}

#[test]
fn empty_files_are_refused() {
    let folder = Folder::new();
    let empty = folder.write("empty", "");
    let (headers, _) = octets("headers.txt");
    let (body, _) = octets("body.bin");
    assert_eq!(verdict(&["inspect", &empty]).0, 2);
    assert_eq!(read(&headers, &empty).0, 2);
    // Without headers nobody knows that anything was signed.
    assert_eq!(read(&empty, &body), (1, "unsigned".to_owned()));
    assert_eq!(read(&empty, &empty), (1, "unsigned".to_owned()));
    for option in ["--key", "--cert"] {
        let call = cem_read(&headers, &body, &[option, &empty]);
        assert_eq!(verdict(&call).0, 2);
    }
}

#[test]
fn headers_are_read_in_any_form_and_refused_in_none() {
    let folder = Folder::new();
    let (body, _) = octets("body.bin");
    let (_, headers) = octets("headers.txt");
    let text = String::from_utf8(headers).unwrap().replace("\r\n", "\n");
    let upper = text.replace("content-type:", "CONTENT-TYPE :");
    let folded = text
        .replace("; ", ";\r\n\t")
        .replace('\n', "\r\n")
        .replace("\r\r", "\r");
    let mut latin = text.clone().into_bytes();
    latin.extend_from_slice(b"Subject: Gr\xf6\xdfe \xff\xfe\n\n\n");
    for good in [
        text.clone().into_bytes(),
        upper.into_bytes(),
        folded.into_bytes(),
        latin,
    ] {
        let good = folder.write("headers", good);
        assert_eq!(read(&good, &body), (0, String::new()));
    }
    for bad in [
        &b"\xff\xfe\x00"[..],
        b"no colon\n",
        b" continuation: of nothing\n",
        b"content-type: multipart/signed\n",
        b"content-type: multipart/signed; boundary=other\n",
        b"content-type: a/b\ncontent-type: c/d\n",
        b"a: b\n\nc: d\n",
    ] {
        let bad = folder.write("headers", bad);
        assert_eq!(read(&bad, &body).0, 2);
    }
    let (_, mut twice) = octets("headers.txt");
    twice.extend_from_slice(b"Content-Type: text/plain\r\n");
    let twice = folder.write("headers", twice);
    assert_eq!(read(&twice, &body), (2, "duplicate-field".to_owned()));
}

#[test]
fn keys_and_certificates_in_each_others_place_are_refused() {
    let (headers, _) = octets("headers.txt");
    let (body, _) = octets("body.bin");
    let call = |option: &str, file: &str| verdict(&cem_read(&headers, &body, &[option, file]));
    assert_eq!(call("--key", &certificate("bob")), (2, "no-key".to_owned()));
    assert_eq!(
        call("--cert", &key("bob")),
        (2, "no-certificate".to_owned())
    );
    assert_eq!(
        call("--cert", &pki("crl.pem")),
        (2, "no-certificate".to_owned())
    );
}

#[test]
fn files_of_keys_survive_truncation_and_flipped_bits() {
    let folder = Folder::new();
    for (name, password) in [
        ("rsa2048.cert.der", ""),
        ("chain.p7b", ""),
        ("p256.p12", "secret"),
        ("rsa2048.key.pem", ""),
        ("trusted.pem", ""),
        ("bundles/chain-crl.p7b", ""),
        ("bundles/crl.der", ""),
        ("bundles/request.der", ""),
    ] {
        let octets = fs::read(pki(name)).unwrap();
        for step in 0..16 {
            let at = octets.len() * step / 16;
            let truncated = folder.write("truncated", &octets[..at]);
            let (status, code) = verdict(&["inspect", &truncated, "--password", password]);
            // A PEM file may lose its last line end, no more.
            assert_eq!(status, 2, "{name} truncated at {at}: {code}");
            let mut flipped = octets.clone();
            flipped[at] ^= 1 << (step % 8);
            let flipped = folder.write("flipped", flipped);
            // Some bits say nothing about the form: those of a signature, say.
            verdict(&["inspect", &flipped, "--password", password]);
        }
    }
}
