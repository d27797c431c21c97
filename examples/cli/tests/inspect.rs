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
fn what_is_none_of_these_is_refused_by_name() {
    let folder = Folder::new();
    let write = |name: &str, octets: &[u8]| folder.write(name, octets);
    let keystore = "a Java keystore (JKS), which is not read here: make a PKCS#12 file of it with keytool \
                    -importkeystore -deststoretype pkcs12";
    for (file, kind, code, text) in [
        (
            write("a.zip", b"PK\x03\x04rest"),
            "zip",
            "unsupported",
            "a ZIP archive, which is not read here: unpack it first",
        ),
        (
            pki("bundles/keystore.jks"),
            "unknown",
            "unsupported",
            keystore,
        ),
        (
            write("page.cer", b"<!DOCTYPE html><html></html>"),
            "unknown",
            "unsupported",
            "a web page, which is not read here: the link may want a login; download the certificate \
             file itself",
        ),
        (
            pki("pyca/pkcs7/enveloped.pem"),
            "pkcs7",
            "unsupported",
            "CMS content of type enveloped data not supported",
        ),
        (
            write("letter.txt", b"Dear partner,\n"),
            "unknown",
            "unknown-format",
            "unknown file format",
        ),
        (
            write("empty.cer", b""),
            "unknown",
            "empty",
            "the file is empty",
        ),
    ] {
        let (status, mut document) = inspect(&file, &[]);
        let error = document.as_object_mut().unwrap().remove("error").unwrap();
        assert_eq!(status, 2, "{file}");
        assert_eq!(
            (&document["kind"], &document["entries"]),
            (&json!(kind), &json!([])),
            "{file}"
        );
        assert_eq!(
            error,
            json!({ "code": code, "text": format!("{file}: {text}") })
        );
    }
}

#[test]
fn a_certification_request_is_shown_as_the_contract_says() {
    let folder = Folder::new();
    let out = text(&folder, "request.pem");
    let request = [
        "req",
        "-new",
        "-key",
        &key("bob"),
        "-out",
        &out,
        "-subj",
        "/CN=bob/emailAddress=Old@bob.example",
        "-addext",
        "subjectAltName=email:edi@bob.example,DNS:as2.bob.example",
    ];
    if openssl(&request).is_none() {
        return;
    }
    let expected = json!({
        "type": "csr",
        "subject": "emailAddress=Old@bob.example,CN=bob",
        "emails": ["edi@bob.example", "old@bob.example"],
        "dns_names": ["as2.bob.example"],
        "key_algorithm": "rsa-2048",
        "signature_valid": true,
    });
    let whole = json!({ "kind": "csr", "protection": null, "entries": [expected], "warnings": [] });
    let (status, document) = inspect(&out, &[]);
    assert_eq!((status, &document), (0, &whole));
    assert_eq!(members(&document["entries"][0]), members(&expected));

    // One whose signature is by another key is shown, with a word on it.
    let pem = fs::read_to_string(&out).unwrap();
    let der = text(&folder, "request.der");
    openssl(&["req", "-in", &out, "-outform", "DER", "-out", &der]).unwrap();
    let mut octets = fs::read(&der).unwrap();
    *octets.last_mut().unwrap() ^= 1;
    let (status, document) = inspect(&folder.write("forged.der", &octets), &[]);
    assert_eq!(
        (status, &document["entries"][0]["signature_valid"]),
        (0, &json!(false))
    );
    assert_eq!(warnings(&document), ["signature-invalid"]);

    // As Windows labels it, and beside its key.
    let both = [
        pem.replace("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"),
        fs::read_to_string(key("bob")).unwrap(),
    ];
    let (status, document) = inspect(&folder.write("both.pem", both.concat()), &[]);
    assert_eq!((status, &document["kind"]), (0, &json!("csr")));
    assert_eq!(types(&document), ["csr", "key"]);
    assert_eq!(document["entries"][0], expected);
}

#[test]
fn a_revocation_list_is_shown_as_the_contract_says() {
    let folder = Folder::new();
    let [number, out, delta] = ["number", "crl.pem", "delta.der"].map(|name| text(&folder, name));
    // More than a number of JSON holds exactly.
    fs::write(&number, "20000000000001\n").unwrap();
    let conf = format!(
        "[ca]\ndefault_ca=c\n[c]\ndatabase={}\ncrlnumber={number}\ndefault_md=sha256\ncrl_extensions=e\n\
         [e]\nauthorityKeyIdentifier=keyid\n[d]\n2.5.29.27=critical,ASN1:INTEGER:1\n",
        text(&folder, "index")
    );
    let conf = folder.write("conf", conf);
    folder.write(
        "index",
        "R\t360101000000Z\t260101000000Z,keyCompromise\t01\tunknown\t/CN=a\n\
         R\t360101000000Z\t260202000000Z\t02\tunknown\t/CN=b\n",
    );
    let (authority, private) = (pki("ca.cert.pem"), pki("ca.key.pem"));
    let generate = |more: &[&str]| {
        let call = [
            "ca", "-gencrl", "-config", &conf, "-cert", &authority, "-keyfile", &private,
        ];
        openssl(
            &[
                &call[..],
                &[
                    "-crl_lastupdate",
                    "20270101000000Z",
                    "-crl_nextupdate",
                    "20270201123000Z",
                ],
                more,
            ]
            .concat(),
        )
    };
    if generate(&["-out", &out]).is_none() {
        return;
    }
    let expected = json!({
        "type": "crl",
        "issuer": "CN=Test CA,O=Rollcert Test,C=DE",
        "this_update": "2027-01-01T00:00:00Z",
        "next_update": "2027-02-01T12:30:00Z",
        "number": "9007199254740993",
        "entries_count": 2,
        "delta": false,
        "signature_algorithm": "sha256WithRSAEncryption",
    });
    let (status, document) = inspect(&out, &[]);
    let whole = json!({ "kind": "crl", "protection": null, "entries": [expected], "warnings": [] });
    assert_eq!((status, &document), (0, &whole));
    assert_eq!(members(&document["entries"][0]), members(&expected));

    generate(&["-crlexts", "d", "-out", &out]).unwrap();
    openssl(&["crl", "-in", &out, "-outform", "DER", "-out", &delta]).unwrap();
    let (status, document) = inspect(&delta, &[]);
    assert_eq!(
        (status, &document["entries"][0]["delta"]),
        (0, &json!(true))
    );
}

fn members(value: &Value) -> Vec<&String> {
    value.as_object().unwrap().keys().collect()
}

#[test]
fn every_kind_of_file_is_told_from_the_others() {
    for (file, password, kind, entries) in [
        ("rsa2048.cert.der", "", "certificate", &["certificate"][..]),
        ("trusted.pem", "", "certificate", &["certificate"]),
        ("bundles/text.pem", "", "certificate", &["certificate"]),
        (
            "bundles/s_client.txt",
            "",
            "certificates",
            &["certificate"; 2],
        ),
        (
            "bundles/attributes.pem",
            "",
            "certificates",
            &["certificate", "certificate", "key"],
        ),
        ("chain.p7b", "", "pkcs7", &["certificate"; 2]),
        ("chain.p7b.pem", "", "pkcs7", &["certificate"; 2]),
        (
            "bundles/chain-crl.p7b",
            "",
            "pkcs7",
            &["certificate", "certificate", "crl"],
        ),
        ("signed-stream.p7m", "", "pkcs7", &["certificate"; 2]),
        (
            "pyca/pkcs7/amazon-roots.p7b",
            "",
            "pkcs7",
            &["certificate"; 2],
        ),
        (
            "default.p12",
            "secret",
            "pkcs12",
            &["certificate", "certificate", "key"],
        ),
        (
            "3des.p12",
            "secret",
            "pkcs12",
            &["certificate", "certificate", "key"],
        ),
        (
            "rc2.p12",
            "secret",
            "pkcs12",
            &["certificate", "certificate", "key"],
        ),
        ("p256.key.pem", "", "key", &["key"]),
        ("p256.sec1.pem", "", "key", &["key"]),
        ("rsa2048.pkcs1.pem", "", "key", &["key"]),
        ("bundles/p256.public.pem", "", "key", &["public-key"]),
        ("request.pem", "", "csr", &["csr"]),
        ("bundles/request.der", "", "csr", &["csr"]),
        ("crl.pem", "", "crl", &["crl"]),
        ("bundles/crl.der", "", "crl", &["crl"]),
    ] {
        let password: &[&str] = if password.is_empty() {
            &[]
        } else {
            &["--password", password]
        };
        let (status, document) = inspect(&pki(file), password);
        assert_eq!((status, &document["kind"]), (0, &json!(kind)), "{file}");
        assert_eq!(types(&document), entries, "{file}");
    }
}

#[test]
fn what_was_found_before_an_error_is_told_beside_it() {
    let folder = Folder::new();
    let files =
        [certificate("bob"), pki("p256.aes-256-cbc.pem")].map(|file| fs::read(file).unwrap());
    let both = folder.write("both.pem", files.concat());
    let (status, document) = inspect(&both, &[]);
    assert_eq!(
        (status, &document["error"]["code"]),
        (2, &json!("password-required"))
    );
    assert_eq!(document["kind"], "certificates");
    assert_eq!(types(&document), ["certificate"]);
    let protection = "PBES2 AES-256-CBC, PBKDF2 HMAC-SHA-512 2048 iterations";
    assert_eq!(document["protection"], protection);
}

#[test]
fn one_bad_certificate_is_named_and_the_others_shown() {
    let folder = Folder::new();
    let good = fs::read_to_string(certificate("bob")).unwrap();
    let bad = "-----BEGIN CERTIFICATE-----\nMAMCAQU=\n-----END CERTIFICATE-----\n";
    let (status, document) = inspect(
        &folder.write("three.pem", [&*good, bad, &good].concat()),
        &[],
    );
    assert_eq!((status, &document["kind"]), (0, &json!("certificates")));
    assert_eq!(types(&document), ["certificate"; 2]);
    let text = "certificate 2: not a certificate: expected TBSCertificate at octet 2";
    assert_eq!(
        document["warnings"],
        json!([{ "code": "bad-certificate", "text": text }])
    );
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
    // The name is written so that it reads back (RFC 4514 §2.4) and shows what is in it.
    let (_, document) = inspect(&out, &[]);
    let subject = "CN=good \\E2\\80\\AEevil\\E2\\80\\8B";
    assert_eq!(document["entries"][0]["subject"], subject);
    let run = support::rollcert(["inspect", &out]);
    assert!(run.stdout.contains(subject), "{}", run.stdout);

    // Other texts are the file's own in JSON, and escaped for people.
    let p12 = text(&folder, "c.p12");
    let alias = "good \u{202e}evil\u{200b}";
    let export = [
        "pkcs12", "-export", "-in", &out, "-inkey", &key, "-name", alias,
    ];
    openssl(&[&export[..], &["-passout", "pass:x", "-out", &p12]].concat()).unwrap();
    let (_, document) = inspect(&p12, &["--password", "x"]);
    assert_eq!(document["entries"][0]["alias"], alias);
    let run = support::rollcert(["inspect", &p12, "--password", "x"]);
    assert!(
        run.stdout.contains("good \\u{202e}evil\\u{200b}"),
        "{}",
        run.stdout
    );
}

#[test]
fn text_for_people_is_bounded_and_json_is_whole() {
    let folder = Folder::new();
    let pem = fs::read_to_string(certificate("bob")).unwrap();
    let many = folder.write("many.pem", pem.repeat(250));
    let (status, document) = inspect(&many, &[]);
    assert_eq!((status, types(&document).len()), (0, 250));
    let run = support::rollcert(["inspect", &many, "--at", AT]);
    assert!(run.stdout.contains("… and 150 more"), "{}", run.stdout);
    assert!(run.stdout.lines().count() < 100 * 25);
}

#[test]
fn a_revocation_list_of_a_million_entries_is_shown() {
    let folder = Folder::new();
    let small = fs::read(pki("bundles/crl.der")).unwrap();
    let large = with_entries(&small, 1_000_000);
    assert!(large.len() > 20 << 20);
    let file = folder.write("large.crl", &large);
    let run = support::rollcert(["inspect", &file, "--at", AT, "--json"]);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.status, &document["kind"]), (0, &json!("crl")));
    assert_eq!(document["entries"][0]["entries_count"], 1_000_000);
}

/// The list of a CRL that revokes nobody, with so many entries; the signature no longer is one.
fn with_entries(crl: &[u8], count: u32) -> Vec<u8> {
    let entry = |number: u32| {
        let serial = number.to_be_bytes();
        let date = b"260101000000Z";
        [&[0x30, 21, 2, 4][..], &serial, &[0x17, 13], date].concat()
    };
    let entries: Vec<u8> = (1..=count).flat_map(entry).collect();
    let element = |tag: u8, content: &[u8]| {
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x84][..], &length, content].concat()
    };
    // The whole has a length of two octets, what is signed one of one.
    let (signed, rest) = crl[6..].split_at(crl[5].into());
    let times = signed
        .windows(2)
        .rposition(|pair| pair == [0x17, 13])
        .unwrap()
        + 15;
    let (before, after) = signed.split_at(times);
    let signed = [before, &element(0x30, &entries), after].concat();
    element(0x30, &[&element(0x30, &signed), rest].concat())
}
