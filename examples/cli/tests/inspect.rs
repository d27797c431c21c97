//! `rollcert inspect` over files that OpenSSL made, held against what OpenSSL says of them.

mod support;

use std::fs;

use serde_json::{Value, json};
use support::{Folder, answer, certificate, key, openssl, pki};

const AT: &str = "2027-01-01T00:00:00Z";

fn inspect(file: &str, more: &[&str]) -> (i32, Value) {
    answer(&[&["inspect", file, "--at", AT], more].concat())
}

fn warnings(document: &Value) -> Vec<&str> {
    let warnings = document["warnings"].as_array().unwrap();
    warnings
        .iter()
        .map(|warning| warning["code"].as_str().unwrap())
        .collect()
}

fn types(document: &Value) -> Vec<&str> {
    let entries = document["entries"].as_array().unwrap();
    entries
        .iter()
        .map(|entry| entry["type"].as_str().unwrap())
        .collect()
}

#[test]
fn a_certificate_is_shown_as_the_contract_says() {
    let (status, document) = inspect(&pki("rsa2048.cert.pem"), &[]);
    assert_eq!(status, 0);
    let entry = &document["entries"][0];
    let expected = json!({
        "type": "certificate",
        "alias": null,
        "subject": "emailAddress=AS2@acme.example,CN=acme as2,O=Acme\\, Inc.,ST=Bayern,C=DE",
        "issuer": "CN=Test CA,O=Rollcert Test,C=DE",
        "serial": "c0ffee0123456789abcdef0123456789abcdef",
        "not_before": entry["not_before"],
        "not_after": entry["not_after"],
        "sha1": entry["sha1"],
        "sha256": entry["sha256"],
        "sha512": entry["sha512"],
        "emails": ["edi@acme.example", "as2@acme.example"],
        "dns_names": ["as2.acme.example"],
        "key_algorithm": "rsa-2048",
        "signature_algorithm": "sha256WithRSAEncryption",
        "key_usage": ["digitalSignature", "keyEncipherment"],
        "extended_key_usage": ["emailProtection", "clientAuth", "1.3.6.1.4.1.311.10.3.4"],
        "is_ca": false,
        "has_key": false,
        "usable_for": ["smime-sign", "smime-encrypt", "tls-client"],
    });
    assert_eq!(entry, &expected);
    let keys = |value: &Value| {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(entry), keys(&expected));
    assert_eq!(
        keys(&document),
        ["kind", "protection", "entries", "warnings"]
    );
    assert_eq!(document["kind"], "certificate");
    assert_eq!(document["protection"], Value::Null);
    assert_eq!(document["warnings"], json!([]));
}

#[test]
fn thumbprints_serial_and_validity_are_those_that_openssl_prints() {
    let folder = Folder::new();
    for file in [
        pki("rsa2048.cert.pem"),
        pki("p256.cert.pem"),
        pki("ed25519.cert.pem"),
        certificate("bob"),
    ] {
        let x509 = |option: &[&str]| {
            let output = openssl(&[&["x509", "-in", &file, "-noout"], option].concat())?;
            Some(String::from_utf8(output).unwrap().trim().to_owned())
        };
        let Some(serial) = x509(&["-serial"]) else {
            return;
        };
        let (_, document) = inspect(&file, &[]);
        let entry = &document["entries"][0];
        let hex = serial
            .trim_start_matches("serial=")
            .trim_start_matches('0')
            .to_lowercase();
        assert_eq!(entry["serial"], hex);
        for digest in ["sha1", "sha256", "sha512"] {
            let fingerprint = x509(&["-fingerprint", &format!("-{digest}")]).unwrap();
            let hex = fingerprint
                .split_once('=')
                .unwrap()
                .1
                .replace(':', "")
                .to_lowercase();
            assert_eq!(entry[digest], hex);
        }
        for (name, option) in [("not_before", "-startdate"), ("not_after", "-enddate")] {
            let date = x509(&["-dateopt", "iso_8601", option]).unwrap();
            assert_eq!(
                entry[name],
                date.split_once('=').unwrap().1.replace(' ', "T")
            );
        }
        let subject = x509(&["-subject", "-nameopt", "RFC2253"]).unwrap();
        assert_eq!(entry["subject"], subject.split_once('=').unwrap().1);

        // The same certificate in every form of file.
        let der = text(&folder, "c.der");
        openssl(&["x509", "-in", &file, "-outform", "DER", "-out", &der]).unwrap();
        let p7b = text(&folder, "c.p7b");
        openssl(&[
            "crl2pkcs7",
            "-nocrl",
            "-certfile",
            &file,
            "-outform",
            "DER",
            "-out",
            &p7b,
        ])
        .unwrap();
        let pem = fs::read_to_string(&file).unwrap();
        let bare: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let bare = folder.write("bare", bare);
        for (file, kind) in [
            (&der, "certificate"),
            (&bare, "certificate"),
            (&p7b, "pkcs7"),
        ] {
            let (status, other) = inspect(file, &[]);
            assert_eq!((status, &other["kind"]), (0, &json!(kind)));
            assert_eq!(&other["entries"][0], entry);
        }
    }
}

fn text(folder: &Folder, name: &str) -> String {
    support::text_of(&folder.path(name))
}

#[test]
fn pkcs12_of_today_opens_and_ties_key_and_certificate() {
    let folder = Folder::new();
    let p12 = text(&folder, "bob.p12");
    let export = [
        "pkcs12",
        "-export",
        "-in",
        &certificate("bob"),
        "-inkey",
        &key("bob"),
    ];
    let more = ["-name", "bob's", "-passout", "pass:s3cret", "-out", &p12];
    if openssl(&[&export[..], &more].concat()).is_none() {
        return;
    }
    let (status, document) = inspect(&p12, &["--password", "s3cret"]);
    assert_eq!((status, &document["kind"]), (0, &json!("pkcs12")));
    assert!(
        document["protection"].as_str().unwrap().contains("AES-256"),
        "{document}"
    );
    let mut types = types(&document);
    types.sort_unstable();
    assert_eq!(types, ["certificate", "key"]);
    for entry in document["entries"].as_array().unwrap() {
        if entry["type"] == "certificate" {
            assert_eq!(
                (&entry["alias"], &entry["has_key"]),
                (&json!("bob's"), &json!(true))
            );
        } else {
            let (_, bob) = inspect(&certificate("bob"), &[]);
            let keys: Vec<&String> = entry.as_object().unwrap().keys().collect();
            assert_eq!(keys, ["type", "algorithm", "protection", "matches"]);
            assert_eq!(entry["algorithm"], "rsa-2048");
            assert_eq!(entry["matches"], bob["entries"][0]["sha256"]);
        }
    }
    let protection =
        "PBES2 AES-256-CBC, PBKDF2 HMAC-SHA-256 2048 iterations; MAC SHA-256 2048 iterations";
    refused_without_its_password(&p12, "pkcs12", protection);
}

/// Without the password, and with a wrong one: what the file is and how it is protected is said all the same.
fn refused_without_its_password(file: &str, kind: &str, protection: &str) {
    let facts = json!({ "kind": kind, "protection": protection, "entries": [], "warnings": [] });
    for (password, code) in [
        (&[][..], "password-required"),
        (&["--password", "wrong"], "wrong-password"),
    ] {
        let (status, mut document) = inspect(file, password);
        let error = document.as_object_mut().unwrap().remove("error").unwrap();
        assert_eq!((status, &document), (2, &facts));
        assert_eq!(error["code"], code);
    }
}

#[test]
fn a_pair_in_one_file_is_matched_and_a_mismatched_one_is_not() {
    let folder = Folder::new();
    let pair = |certificate: &str, key: &str| {
        let files = [certificate, key].map(|file| fs::read(file).unwrap());
        let name = if certificate.contains("bob") {
            "pair.pem"
        } else {
            "mismatch.pem"
        };
        folder.write(name, files.concat())
    };
    let (status, document) = inspect(&pair(&certificate("bob"), &key("bob")), &[]);
    assert_eq!((status, &document["kind"]), (0, &json!("certificates")));
    assert_eq!(types(&document), ["certificate", "key"]);
    assert_eq!(document["entries"][0]["has_key"], true);
    assert_eq!(
        document["entries"][1]["matches"],
        document["entries"][0]["sha256"]
    );

    let (status, document) = inspect(&pair(&certificate("alice-old"), &key("bob")), &[]);
    assert_eq!(status, 0);
    assert_eq!(document["entries"][0]["has_key"], false);
    assert_eq!(document["entries"][1]["matches"], Value::Null);
    assert_eq!(warnings(&document), ["key-without-certificate"]);
}

#[test]
fn keys_tell_their_kind_and_their_protection() {
    let (status, document) = inspect(&pki("p256.key.pem"), &[]);
    let key = json!({ "type": "key", "algorithm": "p-256", "protection": null, "matches": null });
    let expected = json!({ "kind": "key", "protection": null, "entries": [key], "warnings": [] });
    assert_eq!((status, document), (0, expected));

    let encrypted = pki("p256.aes-256-cbc.pem");
    let (status, document) = inspect(&encrypted, &["--password", "secret"]);
    assert_eq!(
        (status, &document["entries"][0]["algorithm"]),
        (0, &json!("p-256"))
    );
    assert!(
        document["entries"][0]["protection"]
            .as_str()
            .unwrap()
            .contains("AES-256")
    );
    let protection = "PBES2 AES-256-CBC, PBKDF2 HMAC-SHA-512 2048 iterations";
    refused_without_its_password(&encrypted, "key", protection);
}

#[test]
fn a_password_that_nothing_asks_for_and_a_certificate_out_of_date_are_warnings() {
    let file = certificate("bob");
    let late = [
        "inspect",
        &file,
        "--at",
        "2060-01-01T00:00:00Z",
        "--password",
        "x",
    ];
    let (status, document) = answer(&late);
    assert_eq!(status, 0);
    assert_eq!(
        warnings(&document),
        ["password-not-needed", "certificate-expired"]
    );
    let (_, document) = answer(&["inspect", &file, "--at", "2020-01-01T00:00:00Z"]);
    assert_eq!(warnings(&document), ["certificate-not-yet-valid"]);
}

#[test]
fn kinds_that_are_not_read_yet_are_named() {
    let folder = Folder::new();
    let zip = folder.write("a.zip", b"PK\x03\x04rest");
    let unknown = folder.write("letter.txt", "Dear partner,\n");
    for (file, kind, code) in [
        (&pki("request.pem"), "csr", "unsupported"),
        (&pki("crl.pem"), "crl", "unsupported"),
        (&zip, "zip", "unsupported"),
        (&unknown, "unknown", "unknown-format"),
    ] {
        let (status, mut document) = inspect(file, &[]);
        let error = document.as_object_mut().unwrap().remove("error").unwrap();
        let facts = json!({ "kind": kind, "protection": null, "entries": [], "warnings": [] });
        assert_eq!((status, document), (2, facts));
        assert_eq!(error["code"], code);
    }
}

#[test]
fn names_that_would_fool_a_terminal_are_shown_escaped() {
    let folder = Folder::new();
    let (key, out) = (text(&folder, "k.pem"), text(&folder, "c.pem"));
    let subject = "/CN=good \u{202e}evil\u{200b}";
    let request = [
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-utf8", "-subj", subject,
    ];
    if openssl(&[&request[..], &["-keyout", &key, "-out", &out]].concat()).is_none() {
        return;
    }
    let run = support::rollcert(["inspect", &out]);
    assert_eq!(run.status, 0);
    assert!(
        run.stdout.contains("CN=good \\u{202e}evil\\u{200b}"),
        "{}",
        run.stdout
    );
    let (_, document) = inspect(&out, &[]);
    assert_eq!(
        document["entries"][0]["subject"],
        "CN=good \u{202e}evil\u{200b}"
    );
}
