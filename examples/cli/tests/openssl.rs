//! Messages that OpenSSL signs and encrypts while the test runs, in BER as it streams.

mod support;

use std::fs;

use serde_json::{Value, json};
use support::{Folder, answer, cem_read, certificate, fixture, key, openssl, text_of};

/// The entity inside req-06: a request, ready to be signed.
fn request() -> Vec<u8> {
    let body = fs::read(fixture("cem/req-06-unsigned-no-respondby.body.bin")).unwrap();
    let text = String::from_utf8(body).unwrap();
    let delimiter = "------=_Part_16_1363560175.1795287951336\r\n";
    let (_, rest) = text.split_once(delimiter).unwrap();
    let end = rest.find("\r\n------=_Part_16_").unwrap();
    rest.as_bytes()[..end].to_vec()
}

struct Message {
    folder: Folder,
    headers: String,
    body: String,
    /// What OpenSSL says is the SHA-256 of the content, in base64.
    mic: String,
}

/// What is done to the request, from the inside out: options of `openssl cms`.
fn message(steps: &[&[&str]]) -> Option<Message> {
    let folder = Folder::new();
    let content = folder.write("content", request());
    let digest = text_of(&folder.path("digest"));
    openssl(&["dgst", "-sha256", "-binary", "-out", &digest, &content])?;
    let mic = openssl(&["base64", "-A", "-in", &digest])?;
    let mut current = content;
    for (index, step) in steps.iter().enumerate() {
        let next = text_of(&folder.path(&index.to_string()));
        let call = [&["cms", "-in", &current, "-out", &next][..], step].concat();
        openssl(&call)?;
        current = next;
    }
    let octets = fs::read(&current).unwrap();
    let blank = octets.windows(2).position(|pair| pair == b"\n\n").unwrap();
    let headers = folder.write("headers", &octets[..=blank]);
    let body = folder.write("body", &octets[blank + 2..]);
    Some(Message {
        folder,
        headers,
        body,
        mic: String::from_utf8(mic).unwrap().trim().to_owned(),
    })
}

impl Message {
    fn read(&self, more: &[&str]) -> (i32, Value) {
        answer(&cem_read(&self.headers, &self.body, more))
    }
}

fn sign<'a>(files: &'a [String; 2], more: &[&'a str]) -> Vec<&'a str> {
    let [certificate, key] = files;
    [
        &[
            "-sign",
            "-binary",
            "-stream",
            "-signer",
            certificate,
            "-inkey",
            key,
        ][..],
        more,
    ]
    .concat()
}

fn alice() -> [String; 2] {
    [certificate("alice-old"), key("alice-old")]
}

const ALICE: &str = "5496647fa978e0a09bab57be05ac76ae112c0b973e3ae25a5a930307750385dd";

fn assert_read(document: &Value, layers: &[&str], mic: &str) {
    assert_eq!(document["layers"], json!(layers));
    let signature = json!({ "valid": true, "trusted": true, "signer": ALICE });
    assert_eq!(document["signature"], signature);
    assert_eq!(
        document["mic"],
        json!({ "algorithm": "sha-256", "value": mic })
    );
    assert_eq!(
        document["message"]["request_id"],
        "202611212005-1795287950391"
    );
    assert_eq!(document["message"]["trust"][0]["chain_complete"], true);
    assert_eq!(document.get("error"), None);
}

#[test]
fn signed_and_encrypted_messages_are_read_with_keys_in_any_form() {
    let (bob, files) = (certificate("bob"), alice());
    let encrypt = ["-encrypt", "-stream", "-aes256", &bob];
    let Some(message) = message(&[&sign(&files, &[]), &encrypt]) else {
        return;
    };
    let folder = &message.folder;
    let known = ["--cert", &files[0]];
    let layers = ["encrypted", "signed"];

    // A key alone, its certificate among those known to us.
    let (status, document) =
        message.read(&[&known[..], &["--key", &key("bob"), "--cert", &bob]].concat());
    assert_eq!(status, 0, "{document}");
    assert_read(&document, &layers, &message.mic);

    // Both in one file.
    let pair = [key("bob"), bob.clone()]
        .map(|file| fs::read(file).unwrap())
        .concat();
    let pair = folder.write("pair.pem", pair);
    let (status, document) = message.read(&[&known[..], &["--key", &pair]].concat());
    assert_eq!(status, 0, "{document}");
    assert_read(&document, &layers, &message.mic);

    // PKCS#12, beside a key that is of no use here, and the same key once more.
    let p12 = text_of(&folder.path("bob.p12"));
    let export = [
        "pkcs12",
        "-export",
        "-in",
        &bob,
        "-inkey",
        &key("bob"),
        "-out",
        &p12,
    ];
    openssl(&[&export[..], &["-passout", "pass:s3cret"]].concat()).unwrap();
    let keys = [
        "--key",
        &files[1],
        "--key",
        &p12,
        "--key",
        &pair,
        "--password",
        "s3cret",
    ];
    let (status, document) = message.read(&[&known[..], &keys].concat());
    assert_eq!(status, 0, "{document}");
    assert_read(&document, &layers, &message.mic);

    let keys = ["--key", &p12, "--password", "wrong"];
    let (status, document) = message.read(&keys);
    assert_eq!(
        (status, &document["error"]["code"]),
        (2, &json!("wrong-password"))
    );
    let (status, document) = message.read(&["--key", &p12]);
    assert_eq!(
        (status, &document["error"]["code"]),
        (2, &json!("password-required"))
    );
}

#[test]
fn attached_signatures_and_every_cipher_are_read() {
    let (bob, files) = (certificate("bob"), alice());
    let keys = ["--cert", &files[0], "--cert", &bob, "--key", &key("bob")];
    for cipher in ["-aes128", "-aes192", "-aes256", "-des3"] {
        let attached = sign(&files, &["-nodetach"]);
        let encrypt = ["-encrypt", "-stream", cipher, &bob];
        let Some(message) = message(&[&attached, &encrypt]) else {
            return;
        };
        let (status, document) = message.read(&keys);
        assert_eq!(status, 0, "{document}");
        assert_read(&document, &["encrypted", "signed"], &message.mic);
    }
    let Some(message) = message(&[&sign(&files, &[])]) else {
        return;
    };
    let (status, document) = message.read(&keys);
    assert_eq!(status, 0, "{document}");
    assert_read(&document, &["signed"], &message.mic);
}

#[test]
fn a_message_for_somebody_else_is_not_decryptable_and_says_for_whom_it_is() {
    let (bob, files) = (certificate("bob"), alice());
    let Some(message) = message(&[&sign(&files, &[]), &["-encrypt", "-aes256", &bob]]) else {
        return;
    };
    for keys in [
        &[][..],
        &["--key", &files[1], "--cert", &files[0]],
        // A key whose certificate nobody gave.
        &["--key", &key("bob")],
        // One for a certificate that is not its own.
        &["--key", &files[1], "--cert", &bob],
    ] {
        let (status, document) = message.read(keys);
        assert_eq!(
            (status, &document["error"]["code"]),
            (1, &json!("not-decryptable"))
        );
        assert!(
            document["error"]["text"]
                .as_str()
                .unwrap()
                .contains("Bob Bows"),
            "{document}"
        );
        assert_eq!(document["layers"], json!(["encrypted"]));
        assert_eq!(document["mic"], Value::Null);
        assert_eq!(document["message"], Value::Null);
    }
    // A file in which certificate and key do not belong together is a mistake of the caller's.
    let pair = [bob, files[1].clone()]
        .map(|file| fs::read(file).unwrap())
        .concat();
    let pair = message.folder.write("mismatch.pem", pair);
    let (status, document) = message.read(&["--key", &pair]);
    assert_eq!(
        (status, &document["error"]["code"]),
        (2, &json!("key-mismatch"))
    );
}

#[test]
fn a_message_for_another_certificate_of_our_key_is_read_and_garbage_is_not_decryptable() {
    let (bob, files) = (certificate("bob"), alice());
    let folder = Folder::new();
    let other = text_of(&folder.path("other.pem"));
    let subject = [
        "-subj",
        "/CN=Another certificate of this key",
        "-out",
        &other,
    ];
    let make = ["req", "-x509", "-days", "30", "-key", &key("bob")];
    if openssl(&[&make[..], &subject].concat()).is_none() {
        return;
    }
    let keys = ["--key", &key("bob"), "--cert", &bob, "--cert", &files[0]];
    let encrypt = ["-encrypt", "-stream", "-aes256", &other];
    let message = message(&[&sign(&files, &[]), &encrypt]).unwrap();
    let (status, document) = message.read(&keys);
    assert_eq!(status, 0, "{document}");
    assert_read(&document, &["encrypted", "signed"], &message.mic);
    assert_eq!(document["warnings"][0]["code"], "recipient-not-named");

    // What a key makes of it that does not fit, and that once in 256 times.
    let garbage = folder.write("garbage", "\u{1}\u{2}no message");
    let body = text_of(&folder.path("body"));
    let options = [
        "-binary", "-outform", "DER", "-aes256", "-out", &body, &other,
    ];
    openssl(&[&["cms", "-encrypt", "-in", &garbage][..], &options].concat()).unwrap();
    let headers = folder.write("headers", "Content-Type: application/pkcs7-mime\n");
    let (status, document) = answer(&cem_read(&headers, &body, &keys));
    assert_eq!(
        (status, &document["error"]["code"]),
        (1, &json!("not-decryptable"))
    );
    let text = document["error"]["text"].as_str().unwrap();
    assert!(text.contains("Another certificate of this key"), "{text}");
    assert_eq!(document["layers"], json!(["encrypted"]));
}

#[test]
fn what_is_encrypted_and_unsigned_is_taken_where_that_is_allowed() {
    let bob = certificate("bob");
    let Some(message) = message(&[&["-encrypt", "-stream", "-binary", "-aes128", &bob]]) else {
        return;
    };
    let keys = ["--key", &key("bob"), "--cert", &bob];
    let (status, document) = message.read(&keys);
    assert_eq!(
        (status, &document["error"]["code"]),
        (1, &json!("unsigned"))
    );
    assert_eq!(document["layers"], json!(["encrypted"]));
    assert_eq!(document["message"]["partner"], "ALICE");
    let (status, _) = message.read(&[&keys[..], &["--allow-unsigned"]].concat());
    assert_eq!(status, 0);
}

#[test]
fn altered_and_truncated_ciphertext_is_refused_in_one_line() {
    let (bob, files) = (certificate("bob"), alice());
    let encrypt = ["-encrypt", "-stream", "-aes256", &bob];
    let Some(message) = message(&[&sign(&files, &[]), &encrypt]) else {
        return;
    };
    let body = fs::read(&message.body).unwrap();
    let keys = ["--key", &key("bob"), "--cert", &bob, "--cert", &files[0]];
    let read = |name: &str, octets: &[u8]| {
        let body = message.folder.write(name, octets);
        answer(&cem_read(&message.headers, &body, &keys)).0
    };
    assert_eq!(read("whole", &body), 0);
    for tenths in 0..10 {
        let at = body.len() * tenths / 10;
        assert_ne!(read("truncated", &body[..at]), 0, "truncated at {at}");
        let mut flipped = body.clone();
        // Another letter of base64, or none at all; a blank would stay one.
        flipped[at + usize::from(body[at].is_ascii_whitespace())] ^= 0x03;
        assert_ne!(read("flipped", &flipped), 0, "flipped at {at}");
    }
}

#[test]
fn signers_are_found_without_their_certificate_inside_and_by_key_identifier() {
    let files = alice();
    for option in ["-nocerts", "-keyid", "-noattr"] {
        let Some(message) = message(&[&sign(&files, &[option])]) else {
            return;
        };
        let (status, document) = message.read(&["--cert", &files[0]]);
        assert_eq!(status, 0, "{option}: {document}");
        assert_read(&document, &["signed"], &message.mic);
    }
    let Some(message) = message(&[&sign(&files, &["-nocerts"])]) else {
        return;
    };
    let (status, document) = message.read(&[]);
    assert_eq!(
        (status, &document["error"]["code"]),
        (1, &json!("signature-invalid"))
    );
    assert_eq!(
        document["signature"],
        json!({ "valid": false, "trusted": null, "signer": null })
    );
}

#[test]
fn the_newer_forms_of_rsa_are_read() {
    let (bob, files) = (certificate("bob"), alice());
    let pss = |salt| {
        let more = ["-keyopt", "rsa_padding_mode:pss", "-keyopt", salt];
        sign(&files, &more)
    };
    let oaep = |digest: &'static str| {
        let base = [
            "-encrypt",
            "-recip",
            &*bob,
            "-keyopt",
            "rsa_padding_mode:oaep",
        ];
        [&base[..], &["-keyopt", digest]].concat()
    };
    let keys = ["--cert", &files[0], "--cert", &bob, "--key", &key("bob")];
    for (steps, layers) in [
        (vec![pss("rsa_pss_saltlen:32")], &["signed"][..]),
        (vec![pss("rsa_pss_saltlen:222")], &["signed"]),
        (
            vec![sign(&files, &[]), oaep("rsa_oaep_md:sha1")],
            &["encrypted", "signed"],
        ),
        (
            vec![pss("rsa_pss_saltlen:20"), oaep("rsa_oaep_md:sha256")],
            &["encrypted", "signed"],
        ),
    ] {
        let steps: Vec<&[&str]> = steps.iter().map(Vec::as_slice).collect();
        let Some(message) = message(&steps) else {
            return;
        };
        let (status, document) = message.read(&keys);
        assert_eq!(status, 0, "{document}");
        assert_read(&document, layers, &message.mic);
    }
}

#[test]
fn authenticated_encryption_is_read() {
    let (bob, files) = (certificate("bob"), alice());
    for cipher in ["-aes-128-gcm", "-aes-256-gcm"] {
        let encrypt = ["-encrypt", "-stream", cipher, &bob];
        let Some(message) = message(&[&sign(&files, &[]), &encrypt]) else {
            return;
        };
        let keys = ["--cert", &files[0], "--cert", &bob, "--key", &key("bob")];
        let (status, document) = message.read(&keys);
        assert_eq!(status, 0, "{document}");
        assert_read(&document, &["encrypted", "signed"], &message.mic);
    }
}

#[test]
fn a_wrapper_inside_the_signature_is_taken_off() {
    let files = alice();
    let folder = Folder::new();
    let parts = [
        &b"Content-Type: multipart/mixed; boundary=w\r\n\r\n--w\r\n"[..],
        &request(),
        b"\r\n--w--\r\n",
    ];
    let content = folder.write("content", parts.concat());
    let signed = text_of(&folder.path("signed"));
    let call = [
        &["cms", "-in", &content, "-out", &signed][..],
        &sign(&files, &[]),
    ]
    .concat();
    if openssl(&call).is_none() {
        return;
    }
    let octets = fs::read(&signed).unwrap();
    let blank = octets.windows(2).position(|pair| pair == b"\n\n").unwrap();
    let headers = folder.write("headers", &octets[..=blank]);
    let body = folder.write("body", &octets[blank + 2..]);
    let (status, document) = answer(&cem_read(&headers, &body, &[]));
    assert_eq!(
        (status, &document["message"]["partner"]),
        (0, &json!("ALICE"))
    );
    assert_eq!(
        document["warnings"],
        json!([{
            "code": "mixed-wrapper",
            "text": "a multipart/mixed around the message taken off",
        }])
    );
}
