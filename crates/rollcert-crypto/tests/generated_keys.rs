//! New keys are what others read: OpenSSL checks each, Java signs with it.
#![cfg(all(feature = "aws-lc", feature = "rustcrypto"))]
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "tests fail by panicking"
)]

mod support;

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use rollcert_crypto::{
    DigestAlgorithm, KeyAlgorithm, Provider, SignatureAlgorithm, aws_lc, rustcrypto,
};
use support::{MESSAGE, rng};
use tempfile::TempDir;

/// The backends that make keys themselves.
const MAKERS: [Provider; 2] = [rustcrypto::PROVIDER, aws_lc::PROVIDER];

/// The kinds of key, what OpenSSL says they are, and what Java calls their kind and their signatures.
const KINDS: [(KeyAlgorithm, &str, &str, &str); 6] = [
    (
        KeyAlgorithm::Rsa { bits: 2048 },
        "Private-Key: (2048 bit, 2 primes)",
        "RSA",
        "SHA256withRSA",
    ),
    (
        KeyAlgorithm::Rsa { bits: 3072 },
        "Private-Key: (3072 bit, 2 primes)",
        "RSA",
        "SHA256withRSA",
    ),
    (
        KeyAlgorithm::P256,
        "ASN1 OID: prime256v1",
        "EC",
        "SHA256withECDSA",
    ),
    (
        KeyAlgorithm::P384,
        "ASN1 OID: secp384r1",
        "EC",
        "SHA256withECDSA",
    ),
    (
        KeyAlgorithm::P521,
        "ASN1 OID: secp521r1",
        "EC",
        "SHA256withECDSA",
    ),
    (
        KeyAlgorithm::Ed25519,
        "ED25519 Private-Key:",
        "EdDSA",
        "Ed25519",
    ),
];

#[test]
fn openssl_finds_new_keys_sound() {
    if !has("openssl", "version") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for provider in MAKERS {
        for (algorithm, described, ..) in KINDS {
            let file = write_new_key(&folder, &provider, algorithm);
            let shown = openssl(&["pkey", "-inform", "DER", "-noout", "-text", "-in"], &file);
            let shown = String::from_utf8(shown).unwrap();
            assert!(shown.contains(described), "{shown}");
            // Consistency of the parts; of Ed25519, which has one, OpenSSL 3.0 checks nothing.
            if algorithm != KeyAlgorithm::Ed25519 {
                let checked = openssl(
                    &["pkey", "-inform", "DER", "-noout", "-check", "-in"],
                    &file,
                );
                assert_eq!(checked, b"Key is valid\n", "{algorithm}");
            }
            let public = openssl(
                &[
                    "pkey", "-inform", "DER", "-pubout", "-outform", "DER", "-in",
                ],
                &file,
            );
            let key = provider.load_key(&std::fs::read(&file).unwrap()).unwrap();
            assert_eq!(key.public_key_info(), public, "{algorithm}");
        }
    }
}

#[test]
fn java_signs_with_new_keys() {
    if !has("javac", "-version") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let message = folder.path().join("message");
    std::fs::write(&message, MESSAGE).unwrap();
    let mut java = Command::new("java");
    java.arg("-XX:TieredStopAtLevel=1")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/SignWithKeys.java"))
        .arg(&message);
    let mut keys = Vec::new();
    for provider in MAKERS {
        for (algorithm, _, kind, signature) in KINDS {
            let file = write_new_key(&folder, &provider, algorithm);
            java.args([kind, signature]).arg(&file);
            keys.push((provider, algorithm, file));
        }
    }
    let run = java.output().unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    for (provider, algorithm, file) in keys {
        let key = provider.load_key(&std::fs::read(&file).unwrap()).unwrap();
        let signature = std::fs::read(file.with_extension("signature")).unwrap();
        let scheme = SignatureAlgorithm::for_key(algorithm, DigestAlgorithm::Sha256);
        provider
            .verify(key.public_key_info(), scheme, MESSAGE, &signature)
            .unwrap();
    }
}

fn write_new_key(folder: &TempDir, provider: &Provider, algorithm: KeyAlgorithm) -> PathBuf {
    let key = provider.generate_key(algorithm, &mut rng()).unwrap();
    let file = folder
        .path()
        .join(format!("{}-{algorithm}.der", provider.name));
    std::fs::write(&file, &key).unwrap();
    file
}

fn openssl(arguments: &[&str], file: &Path) -> Vec<u8> {
    let run = Command::new("openssl")
        .args(arguments)
        .arg(file)
        .output()
        .unwrap();
    assert!(
        run.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&run.stderr)
    );
    run.stdout
}

/// Whether the peer is there. Where it is not: said aloud, and a failure under `CI=true`.
fn has(program: &str, asked_for_its_version: &str) -> bool {
    let run = Command::new(program).arg(asked_for_its_version).output();
    let is_there = run.is_ok_and(|run| run.status.success());
    if !is_there {
        assert_ne!(
            env::var("CI").as_deref(),
            Ok("true"),
            "no {program} command"
        );
        eprintln!("skipped: no {program} command");
    }
    is_there
}
