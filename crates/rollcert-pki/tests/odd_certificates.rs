//! Certificates as they are out there, many against all rules, held against OpenSSL: both read them, both refuse
//! them, or the difference is listed here with its reason.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use rollcert_pki::{Bundle, Limits, certs_only, open};
use support::{PROVIDER, openssl, path, vectors};

/// Where we part from OpenSSL: what we do, and why.
const DIFFERENCES: [(&str, &str, &str); 5] = [
    (
        "badasn1time.pem",
        "bad-value",
        "the time is none, so nobody can tell until when it is valid; OpenSSL finds out when it is asked",
    ),
    (
        "invalid_utf8_common_name.pem",
        "unfit-name-string",
        "a name is compared by its octets and shown escaped, and issuers have cut names within a letter",
    ),
    (
        "invalid_version.pem",
        "bad-value",
        "no standard says what a certificate of that version means",
    ),
    (
        "name_attribute_unsupported_tag.pem",
        "unfit-name-string",
        "as above: the attribute is kept octet for octet",
    ),
    (
        "two_basic_constraints.pem",
        "duplicate-extension",
        "one reader sees the first, another the last",
    ),
];

#[test]
fn openssl_reads_what_we_read_and_refuses_what_we_refuse() {
    if openssl(&["version"]).is_none() {
        return;
    }
    let mut files = 0;
    let mut differences = Vec::new();
    for folder in ["pyca/certificates", "pyca/odd"] {
        for file in fs::read_dir(path(folder)).unwrap() {
            let path = file.unwrap().path();
            let (ours, what) = fate_of(&fs::read(&path).unwrap());
            if ours != openssl_reads(&path) {
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                differences.push((name, what));
            }
            files += 1;
        }
    }
    assert!(files > 120, "{files}");
    differences.sort();
    let expected = DIFFERENCES.map(|(file, what, _)| (file.to_owned(), what.to_owned()));
    assert_eq!(differences, expected);
}

#[test]
fn every_certificate_of_pkits_is_read_by_both() {
    let Some(folder) = vectors("pkits/certs") else {
        return;
    };
    let mut certificates = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let bundle = read(&fs::read(&path).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        certificates.extend(bundle.certificates().cloned());
    }
    assert_eq!(certificates.len(), 405);
    openssl_reads_all(&certs_only::encode_pem(&certificates));
}

/// Beside two certificates with thousands of names, made to exhaust who reads them, and one with an
/// extension twice, every one is read.
#[test]
fn the_certificates_of_limbo_are_read_by_both() {
    let Some(folder) = vectors("limbo") else {
        return;
    };
    let json = fs::read_to_string(folder.join("limbo-core.json")).unwrap();
    let text = json.replace("\\n", "\n");
    let blocks: BTreeSet<&str> = text
        .split("-----BEGIN CERTIFICATE-----")
        .skip(1)
        .map(|block| block.split_once("-----END").unwrap().0)
        .collect();
    assert_eq!(blocks.len(), 918);
    let mut refused = BTreeMap::new();
    let mut certificates = Vec::new();
    for block in blocks {
        match read(block.as_bytes()) {
            Ok(bundle) => certificates.extend(bundle.certificates().cloned()),
            Err(code) => *refused.entry(code).or_insert(0) += 1,
        }
    }
    let expected = [("duplicate-extension", 1), ("limit-exceeded", 2)];
    assert!(refused.into_iter().eq(expected));
    openssl_reads_all(&certs_only::encode_pem(&certificates));
}

/// Opens a file and asks for all that a certificate can tell.
fn read(octets: &[u8]) -> Result<Bundle, &'static str> {
    let bundle = open(octets, None, PROVIDER, &Limits::default()).map_err(|error| error.code())?;
    for certificate in bundle.certificates() {
        let shown = format!("{} {}", certificate.subject(), certificate.issuer());
        assert!(!shown.contains(char::is_control), "{shown}");
        drop((certificate.emails(), certificate.usable_for()));
        let _ = certificate.is_self_signed(PROVIDER);
    }
    Ok(bundle)
}

/// Whether it is read, and the first warning or the error.
fn fate_of(octets: &[u8]) -> (bool, String) {
    match read(octets) {
        Ok(bundle) => {
            let first = bundle.warnings.first();
            (
                true,
                first
                    .map(|warning| warning.code.to_owned())
                    .unwrap_or_default(),
            )
        }
        Err(code) => (false, code.to_owned()),
    }
}

fn openssl_reads(file: &Path) -> bool {
    let form = match file.extension() {
        Some(extension) if extension == "der" => "DER",
        _ => "PEM",
    };
    let run = Command::new("openssl")
        .args(["x509", "-noout", "-inform", form, "-in"])
        .arg(file)
        .output();
    run.unwrap().status.success()
}

/// Lets OpenSSL read a PKCS#7 bundle, certificate by certificate.
fn openssl_reads_all(bundle: &str) {
    let file = std::env::temp_dir().join(format!("rollcert-odd-{}.p7b", bundle.len()));
    fs::write(&file, bundle).unwrap();
    let printed = openssl(&[
        "pkcs7",
        "-print_certs",
        "-noout",
        "-in",
        file.to_str().unwrap(),
    ]);
    fs::remove_file(&file).unwrap();
    if let Some(printed) = printed {
        let ours = read(bundle.as_bytes()).unwrap();
        assert_eq!(
            printed.matches("subject=").count(),
            ours.certificates().count()
        );
    }
}
