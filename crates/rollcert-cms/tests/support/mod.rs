//! Fixtures, and a way to rewrite messages.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file uses its own part of this module"
)]

pub mod bouncy_castle;
pub mod openssl;

pub mod identities;

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rollcert_crypto::rustcrypto::PROVIDER;
use rollcert_crypto::{PrivateKey, Provider, aws_lc};
use rollcert_pki::asn1::{Element, Reader, encode};
use rollcert_pki::{Certificate, Credential, Limits};

/// Every backend; the second with the first behind it, for what it lacks.
pub const PROVIDERS: [Provider; 2] = [PROVIDER, aws_lc::WITH_RUSTCRYPTO];

pub fn limits() -> Limits {
    Limits::default()
}

/// Randomness that is the same in each run, so that a test passes always or never.
pub fn rng() -> StdRng {
    StdRng::seed_from_u64(5652)
}

/// Randomness of whoever receives: were it the sender's, the key drawn in advance would be the very
/// content key, and every altered message would open.
pub fn receiver_rng() -> StdRng {
    StdRng::seed_from_u64(3218)
}

/// 21 November 2026, 20:00 UTC.
pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_291_200, 0).unwrap()
}

pub fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "fixtures", name]
        .iter()
        .collect()
}

pub fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub fn pem(name: &str) -> Vec<u8> {
    let text = String::from_utf8(fixture(name)).unwrap();
    let inside: String = text
        .lines()
        .skip_while(|line| !line.starts_with("-----BEGIN"))
        .skip(1)
        .take_while(|line| !line.starts_with("-----END"))
        .collect();
    STANDARD.decode(inside).unwrap()
}

pub fn certificate(name: &str) -> Certificate {
    Certificate::from_der(pem(name)).unwrap()
}

pub fn key(name: &str) -> PrivateKey {
    PROVIDER.load_key(&pem(name)).unwrap()
}

pub fn credential(certificate_name: &str, key_name: &str) -> Credential {
    let (certificate, key) = (certificate(certificate_name), key(key_name));
    Credential::new(certificate, Vec::new(), key, &PROVIDER, &mut rng()).unwrap()
}

pub fn alice() -> Credential {
    credential("as2/alice-old.cert.pem", "as2/alice-old.key.pem")
}

pub fn bob() -> Credential {
    credential("as2/bob.cert.pem", "as2/bob.key.pem")
}

pub fn carol() -> Credential {
    credential("own/p256.cert.pem", "own/p256.key.pem")
}

/// The holder of a key for key agreement on this curve: `p256`, `p384` or `p521`.
pub fn erin(curve: &str) -> Credential {
    let name = format!("own/agree-{curve}");
    credential(&format!("{name}.cert.pem"), &format!("{name}.key.pem"))
}

/// The signed part and the signature of a `multipart/signed` body.
pub fn multipart_signed(name: &str) -> (Vec<u8>, Vec<u8>) {
    let body = fixture(name);
    // The octets are ASCII: offsets in the text are offsets in the octets.
    let text = core::str::from_utf8(&body).unwrap();
    let boundary = text
        .lines()
        .find(|line| line.starts_with("------=_Part"))
        .unwrap();
    let delimiter = format!("\r\n{boundary}");
    let mut parts = text.split(&delimiter).skip(1);
    let content = parts.next().unwrap().strip_prefix("\r\n").unwrap();
    let (_, encoded) = parts.next().unwrap().split_once("\r\n\r\n").unwrap();
    let encoded: String = encoded.split_whitespace().collect();
    (
        content.as_bytes().to_vec(),
        STANDARD.decode(encoded).unwrap(),
    )
}

/// The same DER with each element that equals `old` replaced by `new`, lengths set right.
pub fn replace(der: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut reader = Reader::new(der);
    while !reader.is_empty() {
        let element = reader.element().unwrap();
        if element.raw() == old {
            out.extend_from_slice(new);
        } else if element.tag().is_constructed() {
            let inner = replace(element.content(), old, new);
            out.extend(encode(element.raw()[0], &[&inner]));
        } else {
            out.extend_from_slice(element.raw());
        }
    }
    out
}

/// The elements in one, each whole.
pub fn children(octets: &[u8]) -> Vec<Vec<u8>> {
    let mut reader = Element::parse(octets).unwrap().reader();
    let mut children = Vec::new();
    while !reader.is_empty() {
        children.push(reader.element().unwrap().raw().to_vec());
    }
    children
}

/// The most memory that this process had at once, in octets; nothing where nobody says.
pub fn peak_memory() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kibibytes: usize = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes * 1024)
}
