//! What the tests of the backends share.
#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rand::SeedableRng;
use rand::rngs::StdRng;
use rollcert_crypto::{DigestAlgorithm, Error, Provider, aws_lc, rustcrypto};

/// Every backend, the mixed one last.
pub(crate) const BACKENDS: [Provider; 3] = [
    rustcrypto::PROVIDER,
    aws_lc::PROVIDER,
    aws_lc::WITH_RUSTCRYPTO,
];

/// What the fixtures sign.
pub(crate) const MESSAGE: &[u8] = b"a message";

/// What the fixtures transport.
pub(crate) const CONTENT_KEY: &[u8] = b"0123456789abcdef0123456789abcdef";

/// A file of `tests/fixtures`.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What OpenSSL answered, by question: `hmac sha3-256`, `scrypt -`.
pub(crate) fn answers() -> BTreeMap<String, Vec<u8>> {
    String::from_utf8(fixture("answers.txt"))
        .unwrap()
        .lines()
        .map(|line| {
            let (question, answer) = line.rsplit_once(' ').unwrap();
            (question.to_owned(), hex(answer))
        })
        .collect()
}

/// What OpenSSL and the fixtures call a digest.
pub(crate) fn name(digest: DigestAlgorithm) -> String {
    digest.name().replacen("sha-", "sha", 1)
}

pub(crate) fn rng() -> StdRng {
    StdRng::seed_from_u64(7)
}

pub(crate) fn hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

/// The name of the error, for comparing.
pub(crate) fn code<T>(result: Result<T, Error>) -> &'static str {
    result.map_or_else(|error| error.code(), |_| "ok")
}

/// What is served. Which is, the table in the documentation says and `backend_table.rs` holds it to; no
/// other failure passes.
pub(crate) fn served<T>(result: Result<T, Error>) -> Option<T> {
    match result {
        Ok(served) => Some(served),
        Err(Error::Unsupported { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

/// A random source that gives one octet for ever.
pub(crate) struct Stuck(pub(crate) u8);

impl rand_core::TryRng for Stuck {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(u32::from_ne_bytes([self.0; 4]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(u64::from_ne_bytes([self.0; 8]))
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Self::Error> {
        octets.fill(self.0);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Stuck {}
