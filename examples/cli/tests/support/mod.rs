//! Runs the command and holds every run against what all calls promise.

#![allow(dead_code, reason = "each test file uses its part")]

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// One run of the command.
#[derive(Debug)]
pub struct Run {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs `rollcert` and checks what holds for every call: an exit status of the contract, no panic, at most one line on
/// standard error, nothing there that a terminal would act on.
pub fn rollcert<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_rollcert"))
        .args(arguments)
        .output()
        .expect("the command runs");
    let run = Run {
        status: output.status.code().expect("the command exits by itself"),
        stdout: String::from_utf8(output.stdout).expect("text"),
        stderr: String::from_utf8(output.stderr).expect("text"),
    };
    assert!(!run.stderr.contains("panicked"), "{run:?}");
    assert!((0..=2).contains(&run.status), "{run:?}");
    assert!(run.stderr.lines().count() <= 1, "{run:?}");
    let harmless = |text: &str| !text.contains(|c: char| c.is_control() && c != '\n');
    assert!(harmless(&run.stdout) && harmless(&run.stderr), "{run:?}");
    run
}

/// Runs a call in JSON and in words, and checks that both agree; returns status and document.
pub fn answer(arguments: &[&str]) -> (i32, Value) {
    let json = rollcert(arguments.iter().copied().chain(["--json"]));
    assert_eq!(json.stderr, "", "{arguments:?}");
    let document: Value = serde_json::from_str(&json.stdout).expect("one JSON document");
    assert_eq!(
        json.status != 0,
        document.get("error").is_some(),
        "{document}"
    );
    if let Some(error) = document.get("error") {
        let members: Vec<&String> = error.as_object().expect("an object").keys().collect();
        assert_eq!(members, ["code", "text"]);
        assert!(
            error["code"].as_str().is_some_and(|code| !code.is_empty()),
            "{document}"
        );
    }
    let text = rollcert(arguments);
    assert_eq!(text.status, json.status, "{arguments:?}: {text:?}");
    assert_eq!(
        text.stderr.lines().count(),
        usize::from(text.status != 0),
        "{text:?}"
    );
    (json.status, document)
}

/// The call that reads a message from these files.
pub fn cem_read<'a>(headers: &'a str, body: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let call = ["cem", "read", "--headers", headers, "--body", body];
    [&call, more].concat()
}

/// Status and error code of a call.
pub fn verdict(arguments: &[&str]) -> (i32, String) {
    let (status, document) = answer(arguments);
    (
        status,
        document["error"]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
    )
}

pub fn fixture(name: &str) -> String {
    text_of(
        &Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/fixtures")
            .join(name),
    )
}

/// A fixture of the library that reads files of certificates and keys.
pub fn pki(name: &str) -> String {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates");
    text_of(&crates.join("rollcert-pki/tests/fixtures").join(name))
}

/// A certificate of the library that reads and writes certificate exchange messages.
pub fn cem(name: &str) -> String {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates");
    let certificates = crates.join("rollcert-cem/tests/fixtures/certificates");
    text_of(&certificates.join(format!("{name}.cert.pem")))
}

pub fn certificate(name: &str) -> String {
    fixture(&format!("cem/certs/{name}.cert.pem"))
}

pub fn key(name: &str) -> String {
    fixture(&format!("cem/certs/{name}.key.pem"))
}

pub fn text_of(path: &Path) -> String {
    path.to_str().expect("a path in UTF-8").to_owned()
}

/// A folder for one test.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn text(&self, name: &str) -> String {
        text_of(&self.path(name))
    }

    /// Several files in one.
    pub fn joined(&self, name: &str, files: &[String]) -> String {
        let octets = files.iter().map(|file| fs::read(file).expect("a file"));
        self.write(name, octets.collect::<Vec<_>>().concat())
    }

    pub fn write(&self, name: &str, octets: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::write(&path, octets).expect("the file is written");
        text_of(&path)
    }
}

/// Runs `openssl`; nothing when it is not installed, which fails where CI promises it.
pub fn openssl(arguments: &[&str]) -> Option<Vec<u8>> {
    match Command::new("openssl").args(arguments).output() {
        Ok(output) => {
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "openssl {arguments:?}: {stderr}");
            Some(output.stdout)
        }
        Err(error) => {
            assert!(
                std::env::var_os("CI").is_none_or(|ci| ci != "true"),
                "openssl: {error}"
            );
            println!("skipped: openssl: {error}");
            None
        }
    }
}
