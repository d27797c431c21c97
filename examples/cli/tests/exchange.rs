//! `rollcert cem request` and `rollcert cem respond`, and that `rollcert cem read` reads what they write.

mod support;

use std::fs;

use rollcert::cem::{CertUsage, Request, RequestId};
use rollcert::pki::Certificate;
use serde_json::{Value, json};
use support::{
    Folder, answer, cem, cem_read, certificate, fixture, key, openssl, rollcert, text_of, verdict,
};

const AT: &str = "2026-12-01T12:00:00Z";
const RESPOND_BY: &str = "2026-12-31T12:00:00Z";
const URL: &str = "https://alice.example/as2?a=1&b=<2>";
const SELF_SERIAL: &str = "140393556129163378453678434513583092132470978401";

/// Runs a call once, as each run draws its own ids, and wants it to succeed.
fn made(arguments: &[&str]) -> Value {
    let run = rollcert(arguments.iter().copied().chain(["--json"]));
    assert_eq!((run.status, &*run.stderr), (0, ""), "{}", run.stdout);
    serde_json::from_str(&run.stdout).unwrap()
}

/// What every request of these tests has, with Alice's key and certificate in one file.
fn request<'a>(signer: &'a str, new: &'a str, out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let call = [
        "cem",
        "request",
        "--from",
        "ALICE",
        "--to",
        "BOB AS2",
        "--response-url",
        URL,
        "--at",
        AT,
        "--key",
        signer,
        "--new",
        new,
        "--out",
        out,
    ];
    [&call, more].concat()
}

fn respond<'a>(
    [headers, body]: [&'a str; 2],
    files: &'a Files,
    out: &'a str,
    more: &[&'a str],
) -> Vec<&'a str> {
    let call = [
        "cem",
        "respond",
        "--headers",
        headers,
        "--body",
        body,
        "--from",
        "BOB AS2",
        "--to",
        "ALICE",
        "--key",
        &files.bob_key,
        "--signer",
        &files.bob,
        "--cert",
        &files.alice,
        "--at",
        AT,
        "--out",
        out,
    ];
    [&call, more].concat()
}

/// A folder, and what both sides have.
struct Files {
    folder: Folder,
    /// Certificate and key.
    alice_pair: String,
    alice: String,
    bob: String,
    bob_key: String,
    new: String,
}

impl Files {
    fn new() -> Self {
        let folder = Folder::new();
        Self {
            alice_pair: folder.joined("alice.pem", &[certificate("alice-old"), key("alice-old")]),
            alice: certificate("alice-old"),
            bob: certificate("bob"),
            bob_key: key("bob"),
            new: certificate("alice-new-self"),
            folder,
        }
    }

    fn out(&self, name: &str) -> String {
        self.folder.text(name)
    }

    /// The files of a message in a folder.
    fn message(&self, out: &str) -> [String; 2] {
        ["headers", "body"].map(|name| text_of(&self.folder.path(out).join(name)))
    }

    fn read(&self, out: &str, known: &str) -> Value {
        let [headers, body] = self.message(out);
        let (status, document) = answer(&cem_read(&headers, &body, &["--cert", known, "--at", AT]));
        assert_eq!(status, 0, "{document}");
        document
    }

    fn request(&self, out: &str, more: &[&str]) -> Value {
        let folder = self.out(out);
        let usual = ["--respond-by", RESPOND_BY];
        let call = request(&self.alice_pair, &self.new, &folder, &usual);
        made(&[&call, more].concat())
    }

    /// Status and code of an answer to these files.
    fn refusal(&self, message: &[String; 2], more: &[&str]) -> (i32, String) {
        let out = self.out("refused");
        let [headers, body] = message;
        let found = verdict(&respond([headers, body], self, &out, more));
        assert!(found.0 == 0 || !self.folder.path("refused").exists());
        found
    }
}

fn sample(name: &str) -> [String; 2] {
    ["headers.txt", "body.bin"].map(|end| fixture(&format!("cem/{name}.{end}")))
}

fn keys_of(value: &Value) -> Vec<&str> {
    let members = value.as_object().unwrap();
    members.keys().map(String::as_str).collect()
}

fn sha256(file: &str) -> Value {
    let (status, document) = answer(&["inspect", file]);
    assert_eq!(status, 0);
    document["entries"][0]["sha256"].clone()
}

#[test]
fn a_request_is_read_as_it_was_asked_for() {
    let files = Files::new();
    let usages = ["--usage", "digitalSignature", "--usage", "keyEncipherment"];
    let document = files.request("offer", &usages);
    assert_eq!(keys_of(&document), ["request_id", "mic"]);
    assert_eq!(keys_of(&document["mic"]), ["algorithm", "value"]);

    let read = files.read("offer", &files.alice);
    let content_id = read["message"]["trust"][0]["content_id"].clone();
    let issuer = read["message"]["trust"][0]["issuer"].clone();
    let expected = json!({
        "layers": ["signed"],
        "signature": { "valid": true, "trusted": true, "signer": sha256(&files.alice) },
        "mic": document["mic"],
        "message": {
            "type": "request",
            "request_id": document["request_id"],
            "partner": "ALICE",
            "qualifier": "AS2",
            "originated": "2026-12-01T12:00:00+00:00",
            "trust": [{
                "usages": ["keyEncipherment", "digitalSignature"],
                "respond_by": "2026-12-31T12:00:00+00:00",
                "response_url": URL,
                "issuer": issuer,
                "serial": SELF_SERIAL,
                "content_id": content_id,
                "certificates": [sha256(&files.new)],
                "chain_complete": true,
            }],
        },
        "warnings": [],
    });
    assert_eq!(read, expected);
    assert_eq!(read["mic"]["algorithm"], "sha-256");
}

#[test]
fn the_headers_say_who_sends_to_whom_and_what_receipt_is_wanted() {
    let files = Files::new();
    files.request("offer", &["--usage", "digitalSignature"]);
    let [headers, _] = files.message("offer");
    let text = fs::read_to_string(headers).unwrap();
    assert!(text.ends_with("\r\n") && !text.replace("\r\n", "").contains(['\r', '\n']));
    let fields: Vec<(&str, &str)> = text
        .lines()
        .map(|line| line.split_once(": ").unwrap())
        .collect();
    let field = |name: &str| {
        let mut values = fields.iter().filter(|(known, _)| *known == name);
        let (_, value) = values.next().unwrap_or_else(|| panic!("{name} in {text}"));
        assert_eq!(values.next(), None, "{name}");
        *value
    };
    assert_eq!(field("AS2-From"), "ALICE");
    assert_eq!(field("AS2-To"), "\"BOB AS2\"");
    assert_eq!(field("AS2-Version"), "1.2");
    assert!(
        field("EDIINT-Features")
            .split(", ")
            .any(|token| token == "CEM")
    );
    assert_eq!(field("Date"), "Tue, 01 Dec 2026 12:00:00 +0000");
    assert!(field("Message-ID").starts_with('<'));
    assert!(field("Content-Type").starts_with("multipart/signed"));
    assert!(!field("Disposition-Notification-To").is_empty());
    assert!(field("Disposition-Notification-Options").contains("pkcs7-signature"));
}

#[test]
fn people_read_the_same_facts() {
    let files = Files::new();
    let out = files.out("offer");
    let usual = ["--respond-by", RESPOND_BY, "--usage", "digitalSignature"];
    let run = rollcert(request(&files.alice_pair, &files.new, &out, &usual));
    assert_eq!((run.status, &*run.stderr), (0, ""));
    let document = files.read("offer", &files.alice);
    let [id, mic] = [
        &document["message"]["request_id"],
        &document["mic"]["value"],
    ];
    let expected = format!(
        "request id           {}\nmic\n  algorithm            sha-256\n  value                {}\n",
        id.as_str().unwrap(),
        mic.as_str().unwrap()
    );
    assert_eq!(run.stdout, expected);
}

#[test]
fn openssl_verifies_a_request_and_a_response() {
    let files = Files::new();
    files.request("offer", &["--usage", "digitalSignature"]);
    let [headers, body] = files.message("offer");
    let answer_to = files.out("answer");
    made(&respond(
        [&headers, &body],
        &files,
        &answer_to,
        &["--accept", "all"],
    ));
    for (out, signer, root) in [
        ("offer", &files.alice, "EDIINTCertificateExchangeRequest"),
        ("answer", &files.bob, "EDIINTCertificateExchangeResponse"),
    ] {
        let parts = files.message(out).map(|file| fs::read(file).unwrap());
        let mail = files.folder.write("mail", parts.join(&b"\r\n"[..]));
        let content = files.folder.text("content");
        let verified = openssl(&[
            "cms",
            "-verify",
            "-in",
            &mail,
            "-CAfile",
            signer,
            "-purpose",
            "any",
            "-attime",
            "1796126400",
            "-out",
            &content,
        ]);
        if verified.is_none() {
            return;
        }
        let content = fs::read_to_string(content).unwrap();
        assert!(
            content.starts_with("Content-Type: multipart/related;"),
            "{content}"
        );
        let xml = content.split("\r\n\r\n").nth(2).unwrap();
        let xml = xml.split("\r\n--").next().unwrap();
        let encoded = files
            .folder
            .write("base64", xml.replace("\r\n", "\n") + "\n");
        let decoded = openssl(&["base64", "-d", "-in", &encoded]).unwrap();
        let decoded = String::from_utf8(decoded).unwrap();
        assert!(
            decoded.contains(root) && decoded.contains(SELF_SERIAL),
            "{decoded}"
        );
    }
}

#[test]
fn a_request_answered_is_a_response_to_it_character_for_character() {
    let files = Files::new();
    let offer = files.request("offer", &["--usage", "digitalSignature"]);
    let [headers, body] = files.message("offer");
    let asked = files.read("offer", &files.alice)["message"]["trust"][0].clone();
    for (decision, status, reason) in [
        (vec!["--accept", "all"], "Accepted", Value::Null),
        (vec!["--accept", SELF_SERIAL], "Accepted", Value::Null),
        (
            vec![
                "--reject",
                "0140393556129163378453678434513583092132470978401=a = b ]]> <c> &",
            ],
            "Rejected",
            json!("a = b ]]> <c> &"),
        ),
    ] {
        let out = files.out("answer");
        let document = made(&respond([&headers, &body], &files, &out, &decision));
        assert_eq!(document, json!({ "request_id": offer["request_id"] }));
        let read = files.read("answer", &files.bob);
        assert_eq!(read["layers"], json!(["signed"]));
        assert_eq!(read["signature"]["trusted"], true);
        assert_eq!(read["warnings"], json!([]));
        let expected = json!({
            "type": "response",
            "request_id": offer["request_id"],
            "partner": "BOB AS2",
            "qualifier": "AS2",
            "originated": "2026-12-01T12:00:00+00:00",
            "trust": [{
                "status": status,
                "reason": reason,
                "issuer": asked["issuer"],
                "serial": asked["serial"],
            }],
        });
        assert_eq!(read["message"], expected);
    }
}

#[test]
fn samples_of_another_product_are_answered_with_its_own_spelling() {
    let files = Files::new();
    for (name, id, issuer, serial) in [
        (
            "req-01-signed-b64-enc-and-sign",
            "202611212005-1795287950376",
            "E=ops@alice.example,C=DE,ST=Berlin,L=Berlin,O=Alice Arrows\\, Inc.,OU=EDI,CN=alice-as2-2026",
            SELF_SERIAL,
        ),
        (
            "req-02-signed-b64-ca-leaf-tls",
            "202611212005-1795287950379",
            "C=DE,O=Test CA,OU=Issuing,CN=Test Issuing CA 1",
            "817687147709354056932467674113038684790460646148",
        ),
        (
            "req-05-compressed-signed",
            "202611212005-1795287950388",
            "E=ops@alice.example,C=DE,ST=Berlin,L=Berlin,O=Alice Arrows\\, Inc.,OU=EDI,CN=alice-as2-2026",
            SELF_SERIAL,
        ),
    ] {
        let [headers, body] = sample(name);
        let out = files.out(name);
        let document = made(&respond(
            [&headers, &body],
            &files,
            &out,
            &["--accept", serial],
        ));
        assert_eq!(document["request_id"], id, "{name}");
        let read = files.read(name, &files.bob);
        let trust = json!([{
            "status": "Accepted", "reason": null, "issuer": issuer, "serial": serial,
        }]);
        assert_eq!(
            (&read["message"]["request_id"], &read["message"]["trust"]),
            (&json!(id), &trust)
        );
    }
    let all = ["--accept", "all"];
    for (name, expected) in [
        ("req-06-unsigned-no-respondby", (1, "unsigned")),
        (
            "req-08-issuer-ampersand-NOT-WELLFORMED",
            (2, "xml-not-well-formed"),
        ),
        ("resp-01-accepted-signed", (1, "signer-unknown")),
    ] {
        let (status, code) = files.refusal(&sample(name), &all);
        assert_eq!((status, &*code), expected, "{name}");
    }
    let response = sample("resp-01-accepted-signed");
    let (status, code) = files.refusal(&response, &["--accept", "all", "--cert", &files.bob]);
    assert_eq!((status, &*code), (2, "not-a-request"));
}

/// A signed request for two certificates, by the library.
fn request_for_two(files: &Files) -> ([String; 2], [String; 2]) {
    let mut rng = rand::rng();
    let now = AT.parse().unwrap();
    let names = ["alice-new-self", "alice-old"];
    let announced = names.map(|name| {
        let pem = fs::read(certificate(name)).unwrap();
        let limits = rollcert::pki::Limits::default();
        let provider = rollcert::crypto::aws_lc::WITH_RUSTCRYPTO;
        let bundle = rollcert::pki::open(&pem, None, &provider, &limits).unwrap();
        bundle.certificates().next().unwrap().clone()
    });
    let mut builder = Request::builder(RequestId::draw(&mut rng), "ALICE", now, URL);
    for certificate in &announced {
        builder = builder.end_entity(certificate, &[], [CertUsage::DigitalSignature]);
    }
    let entity = files
        .folder
        .write("entity", builder.build(&mut rng, now).unwrap());
    let signed = files.folder.text("signed");
    let sign = ["-sign", "-binary", "-crlfeol", "-signer", &files.alice_pair];
    openssl(&[&["cms", "-in", &entity, "-out", &signed][..], &sign].concat()).unwrap();
    let octets = fs::read(signed).unwrap();
    let blank = octets
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap();
    let headers = files.folder.write("two.headers", &octets[..blank + 2]);
    let body = files.folder.write("two.body", &octets[blank + 4..]);
    let serials = announced.map(|certificate: Certificate| certificate.serial().to_decimal());
    ([headers, body], serials)
}

#[test]
fn each_serial_has_exactly_one_decision() {
    let files = Files::new();
    if openssl(&["version"]).is_none() {
        return;
    }
    let (message, [first, second]) = request_for_two(&files);
    let reject = |serial: &str| format!("{serial}=no");
    let (reject_first, reject_second) = (reject(&first), reject(&second));
    for (decisions, code) in [
        (&[][..], "undecided"),
        (&["--accept", &first], "undecided"),
        (&["--reject", &reject_second], "undecided"),
        (
            &["--accept", &first, "--accept", &second, "--accept", &first],
            "decided-twice",
        ),
        (
            &[
                "--accept",
                &first,
                "--reject",
                &reject_first,
                "--accept",
                &second,
            ],
            "decided-twice",
        ),
        (
            &["--accept", &first, "--accept", &second, "--accept", "7"],
            "not-asked",
        ),
        (
            &["--accept", &first, "--accept", &second, "--accept", "-7"],
            "not-asked",
        ),
        (&["--accept", "all", "--accept", &first], "decided-twice"),
        (
            &["--accept", "all", "--reject", &reject_second],
            "decided-twice",
        ),
        (&["--accept", "all", "--accept", "all"], "decided-twice"),
        (&["--accept", "0x10"], "usage"),
        (&["--accept", ""], "usage"),
        (&["--accept", "ALL"], "usage"),
        (&["--reject", &second], "usage"),
        (&["--reject", "=no"], "usage"),
    ] {
        let found = files.refusal(&message, decisions);
        assert_eq!(found, (2, code.to_owned()), "{decisions:?}");
    }

    let [headers, body] = &message;
    let decisions = ["--reject", &reject_second, "--accept", &first];
    let out = files.out("answer");
    made(&respond([headers, body], &files, &out, &decisions));
    let trust = files.read("answer", &files.bob)["message"]["trust"].clone();
    let summary: Vec<_> = trust
        .as_array()
        .unwrap()
        .iter()
        .map(|trust| [&trust["serial"], &trust["status"], &trust["reason"]])
        .collect();
    let expected = [
        [&json!(first), &json!("Accepted"), &Value::Null],
        [&json!(second), &json!("Rejected"), &json!("no")],
    ];
    assert_eq!(summary, expected);
}

#[test]
fn a_request_that_partners_would_refuse_is_refused_with_the_reason() {
    let files = Files::new();
    let out = files.out("offer");
    let usual = ["--respond-by", RESPOND_BY, "--usage", "digitalSignature"];
    let late = |date| ["--respond-by", date, "--usage", "digitalSignature"];
    let new_pair = files
        .folder
        .joined("new.pem", &[files.new.clone(), key("alice-new-self")]);
    let other_key = files
        .folder
        .joined("other.pem", &[files.new.clone(), key("bob")]);
    let mismatched = files
        .folder
        .joined("mismatched.pem", &[files.alice.clone(), key("bob")]);
    let of_authority = certificate("alice-new-ca");
    let tls = ["--respond-by", RESPOND_BY, "--usage", "tlsServer"];
    let (pair, new) = (&*files.alice_pair, &*files.new);
    for (signer, new, options, code, said) in [
        (
            pair,
            &*of_authority,
            &tls[..],
            "chain-incomplete",
            "Test Issuing CA 1",
        ),
        (
            pair,
            &of_authority,
            &usual,
            "usage-not-permitted",
            "digitalSignature",
        ),
        (
            pair,
            new,
            &late("2036-12-01T00:00:00Z"),
            "expires-before-respond-by",
            "2036-11-18",
        ),
        (
            pair,
            new,
            &late("2026-12-01T12:00:00Z"),
            "respond-by-passed",
            "2026-12-01",
        ),
        (pair, &other_key, &usual, "key-mismatch", SELF_SERIAL),
        (&mismatched, new, &usual, "key-mismatch", "mismatched.pem"),
        (&files.bob_key, new, &usual, "key-mismatch", "--signer"),
        (&new_pair, new, &usual, "signed-by-announced", "vouch"),
    ] {
        let (status, document) = answer(&request(signer, new, &out, options));
        assert_eq!(
            (status, &document["error"]["code"]),
            (1, &json!(code)),
            "{document}"
        );
        let text = document["error"]["text"].as_str().unwrap();
        assert!(text.contains(said), "{text}");
        assert_eq!(keys_of(&document), ["error"]);
    }
    for url in ["ftp://alice.example/", "alice.example", "https:///as2", ""] {
        let mut call = request(pair, new, &out, &usual);
        let place = call.iter().position(|text| *text == URL).unwrap();
        call[place] = url;
        assert_eq!(verdict(&call), (1, "bad-response-url".to_owned()), "{url}");
    }
    assert!(!files.folder.path("offer").exists());
}

#[test]
fn a_chain_goes_along_whole_whatever_its_order_and_form() {
    let files = Files::new();
    let (leaf, issuer, root) = (certificate("alice-new-ca"), cem("ca-int"), cem("ca-root"));
    let usual = [
        "--respond-by",
        RESPOND_BY,
        "--usage",
        "tlsServer",
        "--usage",
        "tlsClient",
    ];
    let expected: Vec<_> = [&leaf, &issuer, &root].map(|file| sha256(file)).into();
    let bundle = files.folder.text("chain.p7b");
    let made_bundle = openssl(&[
        "crl2pkcs7",
        "-nocrl",
        "-certfile",
        &root,
        "-certfile",
        &issuer,
        "-out",
        &bundle,
    ]);
    let mut chains = vec![
        vec!["--chain", &*issuer, "--chain", &root],
        vec!["--chain", &root, "--chain", &issuer, "--chain", &files.bob],
    ];
    if made_bundle.is_some() {
        chains.push(vec!["--chain", &bundle]);
    }
    let in_one = files
        .folder
        .joined("one.pem", &[root.clone(), leaf.clone(), issuer.clone()]);
    for (new, chain) in chains
        .into_iter()
        .map(|chain| (&*leaf, chain))
        .chain([(&*in_one, vec![])])
    {
        let out = files.out("offer");
        made(&request(
            &files.alice_pair,
            new,
            &out,
            &[&usual[..], &chain].concat(),
        ));
        let trust = files.read("offer", &files.alice)["message"]["trust"][0].clone();
        assert_eq!(trust["chain_complete"], true, "{chain:?}");
        assert_eq!(trust["usages"], json!(["tlsServer", "tlsClient"]));
        let mut certificates = trust["certificates"].as_array().unwrap().clone();
        assert_eq!(certificates[0], expected[0], "{chain:?}");
        certificates.sort_by_key(|found| expected.iter().position(|known| known == found));
        assert_eq!(certificates, expected, "{chain:?}");
    }
}

#[test]
fn keys_come_in_pkcs12_or_with_the_certificate_named() {
    let files = Files::new();
    let (p12, new_p12) = (files.folder.text("alice.p12"), files.folder.text("new.p12"));
    for (name, file) in [("alice-old", &p12), ("alice-new-self", &new_p12)] {
        let (certificate, key) = (certificate(name), key(name));
        let export = [
            "pkcs12",
            "-export",
            "-in",
            &certificate,
            "-inkey",
            &key,
            "-out",
            file,
        ];
        if openssl(&[&export[..], &["-passout", "pass:s3cret"]].concat()).is_none() {
            return;
        }
    }
    let out = files.out("offer");
    let usual = ["--respond-by", RESPOND_BY, "--usage", "digitalSignature"];
    let bare = key("alice-old");
    for (signer, new, more) in [
        (&p12, &new_p12, &["--password", "s3cret"][..]),
        (&bare, &files.new, &["--signer", &files.alice]),
        (&bare, &files.new, &["--chain", &files.alice]),
    ] {
        made(&request(signer, new, &out, &[&usual, more].concat()));
        files.read("offer", &files.alice);
    }
    for (more, code) in [
        (&["--password", "wrong"][..], "wrong-password"),
        (&[], "password-required"),
    ] {
        let call = request(&p12, &files.new, &out, &[&usual, more].concat());
        assert_eq!(verdict(&call), (2, code.to_owned()));
    }
}

#[test]
fn an_encrypted_request_is_opened_with_the_key_that_answers() {
    let files = Files::new();
    files.request("offer", &["--usage", "digitalSignature"]);
    let parts = files.message("offer").map(|file| fs::read(file).unwrap());
    let [headers, body] = parts;
    let headers = String::from_utf8(headers).unwrap();
    let content_type = headers
        .lines()
        .find(|line| line.starts_with("Content-Type:"))
        .unwrap();
    let entity = [content_type.as_bytes(), b"\r\n\r\n", &body].concat();
    let entity = files.folder.write("entity", entity);
    let encrypted = files.folder.text("encrypted");
    let encrypt = [
        "-encrypt", "-binary", "-outform", "DER", "-aes256", "-out", &encrypted,
    ];
    let call = [&["cms", "-in", &entity][..], &encrypt, &[&files.bob]].concat();
    if openssl(&call).is_none() {
        return;
    }
    let headers = "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n\
                   AS2-From: ALICE\nAS2-To: \"BOB AS2\"";
    let message = [files.folder.write("headers", headers), encrypted];
    let [headers, body] = &message;
    let out = files.out("answer");
    made(&respond(
        [headers, body],
        &files,
        &out,
        &["--accept", "all"],
    ));
    assert_eq!(
        files.read("answer", &files.bob)["message"]["trust"][0]["status"],
        "Accepted"
    );

    // With the key of somebody else it stays closed.
    let mut call = respond([headers, body], &files, &out, &["--accept", "all"]);
    for argument in &mut call {
        if *argument == files.bob_key {
            *argument = &files.alice_pair;
        } else if *argument == files.bob {
            *argument = &files.alice;
        }
    }
    assert_eq!(verdict(&call), (1, "not-decryptable".to_owned()));
}

#[test]
fn who_answers_is_who_was_asked() {
    let files = Files::new();
    files.request("offer", &["--usage", "digitalSignature"]);
    let message = files.message("offer");
    let accept = ["--accept", "all"];
    let swapped = |flag: &str, name: &'static str| {
        let [headers, body] = &message;
        let out = files.out("refused");
        let mut call = respond([headers, body], &files, &out, &accept);
        let place = call.iter().position(|text| *text == flag).unwrap();
        call[place + 1] = name;
        verdict(&call)
    };
    assert_eq!(swapped("--from", "BOB"), (2, "wrong-party".to_owned()));
    assert_eq!(swapped("--to", "alice"), (2, "wrong-party".to_owned()));
    assert_eq!(
        swapped("--to", "\u{e4}"),
        (2, "as2-name-character".to_owned())
    );

    // Without the headers that say so, the name inside decides.
    let [headers, body] = sample("req-01-signed-b64-enc-and-sign");
    let headers = fs::read_to_string(headers).unwrap();
    let headers: String = headers
        .lines()
        .filter(|line| !line.to_ascii_lowercase().starts_with("as2-"))
        .map(|line| format!("{line}\n"))
        .collect();
    let anonymous = files.folder.write("anonymous", &headers);
    let out = files.out("refused");
    let mut call = respond([&anonymous, &body], &files, &out, &accept);
    let place = call.iter().position(|text| *text == "--to").unwrap();
    call[place + 1] = "ALICIA";
    assert_eq!(verdict(&call), (1, "name-mismatch".to_owned()));

    // A message whose name is not that of its sender breaks the rules, whoever reads it.
    let foreign = format!("{headers}AS2-From: MALLORY\n");
    let foreign = files.folder.write("foreign", foreign);
    let (status, document) = answer(&cem_read(&foreign, &body, &["--at", AT]));
    assert_eq!(
        (status, &document["error"]["code"]),
        (1, &json!("name-mismatch"))
    );
    assert_eq!(document["message"]["partner"], "ALICE");

    // A sender that cannot be read is held against nothing, and that is said.
    let unreadable = format!("{headers}AS2-From: \"ALICE\n");
    let unreadable = files.folder.write("unreadable", unreadable);
    let (status, document) = answer(&cem_read(&unreadable, &body, &["--at", AT]));
    assert_eq!(
        (status, &document["warnings"][0]["code"]),
        (0, &json!("as2-from-unreadable")),
        "{document}"
    );
}

#[test]
fn a_request_that_does_not_say_by_its_type_what_it_is_is_not_answered() {
    let files = Files::new();
    files.request("offer", &["--usage", "digitalSignature"]);
    let [_, body] = files.message("offer");
    let body = fs::read_to_string(body).unwrap();
    let content = body.find("Content-Type: multipart/related").unwrap();
    let declared = "type=\"application/ediint-cert-exchange+xml\"";
    assert!(body.contains(declared), "{body}");
    let content = files
        .folder
        .write("content", body[content..].replacen(declared, "x=y", 1));
    let sign = |pair: &str, name: &str| {
        let signed = files.folder.text(name);
        let call = ["cms", "-sign", "-binary", "-in", &content, "-out", &signed];
        openssl(&[&call[..], &["-signer", pair]].concat())?;
        let octets = fs::read(&signed).unwrap();
        let blank = octets.windows(2).position(|pair| pair == b"\n\n").unwrap();
        let headers = [&octets[..=blank], b"AS2-From: ALICE\nAS2-To: \"BOB AS2\"\n"];
        let headers = files.folder.write("headers", headers.concat());
        Some([headers, files.folder.write("body", &octets[blank + 2..])])
    };
    let Some(message) = sign(&files.alice_pair, "signed") else {
        return;
    };
    let found = files.refusal(&message, &["--accept", "all"]);
    assert_eq!(found, (1, "type-missing".to_owned()));
    let [headers, body] = &message;
    let codes = |document: &Value| -> Vec<Value> {
        let warnings = document["warnings"].as_array().unwrap().iter();
        warnings.map(|warning| warning["code"].clone()).collect()
    };
    let (status, document) = answer(&cem_read(headers, body, &["--at", AT]));
    assert_eq!((status, codes(&document)), (0, vec![json!("type-missing")]));
}

#[test]
fn a_request_signed_by_what_it_announces_is_read_with_a_warning() {
    let files = Files::new();
    if openssl(&["version"]).is_none() {
        return;
    }
    let ([headers, body], _) = request_for_two(&files);
    let warned = |more: &[&str]| {
        let (status, document) = answer(&cem_read(&headers, &body, more));
        assert_eq!(status, 0, "{document}");
        let warnings = document["warnings"].as_array().unwrap();
        warnings
            .iter()
            .filter(|warning| warning["code"] == "signed-by-announced")
            .count()
    };
    assert_eq!(warned(&["--at", AT]), 1);
    // Whom the host knows already may announce it again.
    assert_eq!(warned(&["--at", AT, "--cert", &files.alice]), 0);
}

#[test]
fn answers_are_signed_by_the_certificate_that_was_named() {
    let files = Files::new();
    files.request("offer", &["--usage", "digitalSignature"]);
    let [headers, body] = files.message("offer");
    let out = files.out("refused");
    let mut call = respond([&headers, &body], &files, &out, &["--accept", "all"]);
    let place = call.iter().position(|text| *text == "--signer").unwrap();
    call[place + 1] = &files.alice;
    assert_eq!(verdict(&call), (1, "key-mismatch".to_owned()));
    let mut call = respond([&headers, &body], &files, &out, &["--accept", "all"]);
    let place = call.iter().position(|text| *text == "--cert").unwrap();
    call[place + 1] = &files.bob;
    assert_eq!(verdict(&call), (1, "signer-unknown".to_owned()));
    assert!(!files.folder.path("refused").exists());
}

#[test]
fn what_cannot_be_read_or_written_is_said() {
    let files = Files::new();
    let usual = ["--respond-by", RESPOND_BY, "--usage", "digitalSignature"];
    let occupied = files.folder.write("occupied", "a file");
    let out = files.out("offer");
    let nothing = files.folder.text("nothing");
    let text = files.folder.write("text", "no certificate");
    let (alice, new, bob_key) = (&files.alice_pair, &files.new, &files.bob_key);
    for (signer, new, out, code) in [
        (alice, new, &occupied, "unwritable"),
        (alice, &nothing, &out, "unreadable"),
        (&nothing, new, &out, "unreadable"),
        (alice, &text, &out, "unknown-format"),
        (alice, bob_key, &out, "no-certificate"),
        (new, new, &out, "no-key"),
    ] {
        let call = request(signer, new, out, &usual);
        assert_eq!(verdict(&call), (2, code.to_owned()), "{call:?}");
    }
    let two = files
        .folder
        .joined("two.pem", &[files.new.clone(), files.bob.clone()]);
    let call = request(alice, &two, &out, &usual);
    assert_eq!(verdict(&call), (2, "ambiguous-certificate".to_owned()));
    // Of several, the one whose key stands beside it.
    let paired = files
        .folder
        .joined("paired.pem", &[two, key("alice-new-self")]);
    made(&request(alice, &paired, &out, &usual));
    assert_eq!(
        files.read("offer", &files.alice)["message"]["trust"][0]["serial"],
        SELF_SERIAL
    );
}

#[test]
fn wrong_usage_of_both_calls_is_said() {
    let files = Files::new();
    let out = files.out("offer");
    let whole = ["--respond-by", RESPOND_BY, "--usage", "digitalSignature"];
    let whole = request(&files.alice_pair, &files.new, &out, &whole);
    for flag in [
        "--from",
        "--to",
        "--key",
        "--new",
        "--usage",
        "--respond-by",
        "--response-url",
        "--out",
    ] {
        let mut call = whole.clone();
        let place = call.iter().position(|text| *text == flag).unwrap();
        call.drain(place..place + 2);
        assert_eq!(verdict(&call), (2, "usage".to_owned()), "without {flag}");
    }
    for (flag, value) in [
        ("--usage", "DigitalSignature"),
        ("--usage", "signing"),
        ("--respond-by", "tomorrow"),
        ("--at", "2026-12-01"),
        ("--bogus", "x"),
    ] {
        let call = [&whole[..], &[flag, value]].concat();
        assert_eq!(verdict(&call), (2, "usage".to_owned()), "{flag} {value}");
    }
    for name in ["", "a\nb", "\u{e4}"] {
        let mut call = whole.clone();
        let place = call.iter().position(|text| *text == "ALICE").unwrap();
        call[place] = name;
        assert_eq!(verdict(&call).0, 2, "{name:?}");
    }

    let [headers, body] = sample("req-01-signed-b64-enc-and-sign");
    let whole = respond([&headers, &body], &files, &out, &["--accept", "all"]);
    for flag in [
        "--headers",
        "--body",
        "--from",
        "--to",
        "--key",
        "--signer",
        "--cert",
        "--out",
    ] {
        let mut call = whole.clone();
        let place = call.iter().position(|text| *text == flag).unwrap();
        call.drain(place..place + 2);
        assert_eq!(verdict(&call), (2, "usage".to_owned()), "without {flag}");
    }
    assert!(!files.folder.path("offer").exists());
}
