//! What the test files share.

#![allow(dead_code, reason = "not every test file uses everything")]
#![allow(unreachable_pub, reason = "a module of several test crates")]
#![allow(clippy::missing_panics_doc, reason = "tests panic")]

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use rand::SeedableRng;
use rand::rngs::StdRng;
use rollcert_crypto::rustcrypto;
use rollcert_crypto::{PrivateKey, Provider};
use rollcert_pki::{Bundle, Certificate, ImportError, Limits, Password, open};

pub const PROVIDER: &Provider = &rustcrypto::PROVIDER;

pub fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

pub fn fixture(name: &str) -> Vec<u8> {
    fs::read(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub fn open_fixture(name: &str, password: Option<&str>) -> Result<Bundle, ImportError> {
    open_octets(&fixture(name), password)
}

pub fn open_octets(octets: &[u8], password: Option<&str>) -> Result<Bundle, ImportError> {
    let password = password.map(Password::from);
    open(octets, password.as_ref(), PROVIDER, &Limits::default())
}

/// The first certificate of a file without password.
pub fn certificate(name: &str) -> Certificate {
    let bundle = open_fixture(name, None).unwrap_or_else(|error| panic!("{name}: {error}"));
    bundle.certificates().next().unwrap().clone()
}

pub fn rng() -> StdRng {
    StdRng::seed_from_u64(7)
}

/// The first key of a file without password, ready for use.
pub fn key(name: &str) -> PrivateKey {
    let bundle = open_fixture(name, None).unwrap_or_else(|error| panic!("{name}: {error}"));
    let entry = bundle.keys().next().unwrap();
    entry
        .key
        .load(PROVIDER)
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Where the vectors are that are too many for the repository; without them nothing, said aloud. Under
/// `CI=true` that is a failure.
pub fn vectors(folder: &str) -> Option<PathBuf> {
    let root = env::var_os("ROLLCERT_VECTORS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors"),
        PathBuf::from,
    );
    let found = Some(root.join(folder)).filter(|path| path.is_dir());
    if found.is_none() {
        assert!(
            !env::var("CI").is_ok_and(|value| value == "true"),
            "{folder} of ROLLCERT_VECTORS is wanted under CI=true"
        );
        println!("skipped: no {folder} in the folder that ROLLCERT_VECTORS names");
    }
    found
}

/// What `openssl` prints for these arguments. Without OpenSSL on the machine: nothing, said aloud; under
/// `CI=true` that is a failure.
pub fn openssl(arguments: &[&str]) -> Option<String> {
    let output = openssl_run(arguments)?;
    assert!(
        output.status.success(),
        "openssl {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(String::from_utf8(output.stdout).unwrap())
}

/// How `openssl` ends with these arguments, and what it prints. Without OpenSSL as [`openssl`].
pub fn openssl_run(arguments: &[&str]) -> Option<Output> {
    match Command::new("openssl").args(arguments).output() {
        Ok(output) => Some(output),
        Err(error) if env::var("CI").is_ok_and(|value| value == "true") => {
            panic!("openssl is wanted under CI=true: {error}")
        }
        Err(error) => {
            println!("skipped: no openssl on this machine ({error})");
            None
        }
    }
}
