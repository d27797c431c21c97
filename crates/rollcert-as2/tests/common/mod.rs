//! What the tests share: fixtures, a clock, a source of randomness.

#![allow(
    dead_code,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests; not every test file uses each"
)]

use core::cell::Cell;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use rand::{SeedableRng as _, rngs::StdRng};
use rollcert_crypto::{ContentAlgorithm, DigestAlgorithm, Provider, rustcrypto};
use rollcert_mime::{Headers, TransferEncoding};
use rollcert_pki::{Certificate, CertificateBuilder, Credential, Name, Profile, SerialNumber};

pub(crate) const PROVIDER: &Provider = &rustcrypto::PROVIDER;

/// A moment at which every fixture certificate is valid.
pub(crate) fn now() -> DateTime<Utc> {
    "2026-12-01T12:00:00Z".parse().unwrap()
}

/// A source of randomness, another at each call: were it the same, the random content key by which a reader hides
/// that it has no key would be the one that the writer drew.
pub(crate) fn rng() -> StdRng {
    thread_local! {
        static SEED: Cell<u64> = const { Cell::new(0x0A52) };
    }
    let seed = SEED.get();
    SEED.set(seed + 1);
    StdRng::seed_from_u64(seed)
}

pub(crate) fn fixture_path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

pub(crate) fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(fixture_path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The DER inside a PEM file with one block.
pub(crate) fn der(name: &str) -> Vec<u8> {
    let pem = String::from_utf8(fixture(name)).unwrap();
    let base64: String = pem
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    TransferEncoding::Base64
        .decode(base64.as_bytes())
        .unwrap()
        .into_owned()
}

pub(crate) fn certificate(name: &str) -> Certificate {
    Certificate::from_der(der(&format!("{name}.cert.pem"))).unwrap()
}

pub(crate) fn credential(name: &str) -> Credential {
    let key = PROVIDER.load_key(&der(&format!("{name}.key.pem"))).unwrap();
    Credential::new(certificate(name), Vec::new(), key, PROVIDER, &mut rng()).unwrap()
}

pub(crate) fn alice() -> Credential {
    credential("cem/alice-old")
}

pub(crate) fn bob() -> Credential {
    credential("cem/bob")
}

pub(crate) fn carol() -> Credential {
    credential("carol/carol")
}

pub(crate) fn carol_rsa() -> Credential {
    credential("carol/carol-rsa")
}

/// Another certificate for the same key, as a renewal makes it.
pub(crate) fn renewed(credential: &Credential) -> Certificate {
    let profile = Profile::as2();
    let subject = Name::builder().common_name("Renewed").build().unwrap();
    let key = credential.key();
    let serial = SerialNumber::random(&mut rng());
    let validity = profile.validity_from(now()).unwrap();
    CertificateBuilder::new(&profile, subject, key.public_key_info(), serial, validity)
        .self_signed(PROVIDER)
        .unwrap()
        .sign(key)
        .unwrap()
}

/// The headers of a message that was built here, as an HTTP server would hand them over.
pub(crate) fn received(headers: &[(String, String)]) -> Headers<'static> {
    Headers::from_pairs(headers.iter().map(|(name, value)| (name, value)))
}

/// Whether to go on without the `openssl` command; under `CI=true` it must be there.
pub(crate) fn has_openssl() -> bool {
    let found = std::process::Command::new("openssl")
        .arg("version")
        .output();
    let is_there = found.is_ok_and(|output| output.status.success());
    if !is_there {
        assert_ne!(
            std::env::var("CI").as_deref(),
            Ok("true"),
            "no openssl command"
        );
        eprintln!("skipped: no openssl command");
    }
    is_there
}

/// The entity, signed with SHA-256.
pub(crate) fn signed(entity: &[u8], by: &Credential) -> Vec<u8> {
    let sha256 = DigestAlgorithm::Sha256;
    rollcert_as2::sign(entity, by, sha256, now(), PROVIDER, &mut rng()).unwrap()
}

/// The entity, encrypted with AES-256.
pub(crate) fn encrypted(entity: &[u8], to: &Credential) -> Vec<u8> {
    let aes256 = ContentAlgorithm::Aes256Cbc;
    rollcert_as2::encrypt(entity, &[to.certificate()], aes256, PROVIDER, &mut rng()).unwrap()
}
