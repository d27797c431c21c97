//! What holds for every call: usage, formats, calls that are not built yet.

mod support;

use std::io::Read as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use support::{answer, cem_read, certificate, fixture, rollcert, verdict};

#[test]
fn calls_that_are_not_built_yet_say_so_whatever_they_are_given() {
    for call in [
        &["oftp2", "decode", "file"][..],
        &["oftp2", "clid", "a.pem", "--against", "b.pem"],
        &[
            "oftp2",
            "certificate",
            "file",
            "--known",
            "a.pem",
            "--kind",
            "replace",
        ],
        &["oftp2", "cms", "file", "--kind", "eerp"],
        &["ca", "bulk", "file.csv"],
        &["ca", "create"],
        &["ca", "issue", "--anything"],
        &["ca", "crl"],
        &["ca", "csr", "-x"],
        &[
            "plan",
            "plan.toml",
            "--at",
            "2026-11-22T00:00:00Z",
            "--ics",
            "f",
        ],
    ] {
        let (status, document) = answer(call);
        assert_eq!(
            (status, &document["error"]["code"]),
            (2, &json!("unsupported")),
            "{call:?}"
        );
        let members: Vec<&String> = document.as_object().unwrap().keys().collect();
        assert_eq!(members, ["error"]);
    }
}

#[test]
fn wrong_usage_is_said_in_one_line() {
    for call in [
        &[][..],
        &["bogus"],
        &["--bogus"],
        &["inspect"],
        &["inspect", "a", "b"],
        &["inspect", "a", "--at", "yesterday"],
        &["inspect", "a", "--password"],
        &["cem"],
        &["cem", "bogus\u{1b}[31m"],
        &["cem", "read", "--headers", "h"],
        &["cem", "request", "--from", "A", "--to", "B", "--out", "d"],
        &["cem", "respond", "--accept", "all"],
        &["trust"],
        &["trust", "leaf"],
        &["trust", "leaf", "other", "--root", "r"],
        &["trust", "leaf", "--root", "r", "--purpose", "codeSigning"],
        &["trust", "leaf", "--root", "r", "--name", "acme.example"],
        &["trust", "leaf", "--root", "r", "--name", "ip:1.2.3"],
        &["trust", "leaf", "--root", "r", "--name", "uri:x"],
        &["trust", "leaf", "--root", "r", "--name", "dns:"],
        &["trust", "leaf", "--root", "r", "--revocation", "maybe"],
        &["trust", "leaf", "--root", "r", "--profile", "strict"],
        &["trust", "leaf", "--root", "r", "--policy", "1.2.x"],
        &["trust", "leaf", "--root", "r", "--max-depth", "-1"],
        &["oftp2"],
        &["ca", "bogus"],
    ] {
        assert_eq!(verdict(call), (2, "usage".to_owned()), "{call:?}");
    }
}

#[test]
fn json_may_be_asked_for_anywhere() {
    let file = certificate("bob");
    let document = |arguments: &[&str]| -> Value {
        let run = rollcert(arguments);
        assert_eq!((run.status, &*run.stderr), (0, ""));
        serde_json::from_str(&run.stdout).unwrap()
    };
    let expected = document(&["inspect", &file, "--json"]);
    assert_eq!(document(&["--json", "inspect", &file]), expected);
    assert_eq!(document(&["inspect", "--json", &file]), expected);
    assert_eq!(document(&["--json", "inspect", "--json", &file]), expected);

    let run = rollcert(["cem", "--json", "read"]);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        (run.status, &document["error"]["code"]),
        (2, &json!("usage"))
    );
    // After `--` it is the name of a file.
    let run = rollcert(["inspect", "--", "--json"]);
    assert_eq!((run.status, &*run.stdout), (2, ""));
}

#[test]
fn help_and_version_are_no_failures() {
    for call in [
        &["--help"][..],
        &["--version"],
        &["help"],
        &["inspect", "--help"],
        &["cem", "read", "-h"],
        &["cem", "request", "--help"],
        &["cem", "respond", "--help"],
        &["trust", "--help"],
        &["oftp2", "--help"],
        &["ca", "--help"],
        &["plan", "--version"],
    ] {
        let run = rollcert(call);
        assert_eq!((run.status, &*run.stderr), (0, ""), "{call:?}");
        assert!(run.stdout.len() > 10, "{call:?}");
        let run = rollcert(call.iter().copied().chain(["--json"]));
        assert_eq!(run.status, 0, "{call:?}");
        serde_json::from_str::<Value>(&run.stdout).unwrap();
    }
}

#[test]
fn a_reader_who_hangs_up_is_no_reason_to_panic() {
    let headers = fixture("cem/req-01-signed-b64-enc-and-sign.headers.txt");
    let body = fixture("cem/req-01-signed-b64-enc-and-sign.body.bin");
    for format in [&["--json"][..], &[]] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_rollcert"))
            .args(cem_read(&headers, &body, &[]))
            .args(format)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut stderr)
            .unwrap();
        assert_eq!((child.wait().unwrap().code(), &*stderr), (Some(0), ""));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_cannot_be_written_is_a_failure() {
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_rollcert"))
        .args(["inspect", &certificate("bob"), "--json"])
        .stdout(full)
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr.starts_with("error: cannot write") && stderr.lines().count() == 1,
        "{stderr}"
    );
}

#[test]
fn text_without_a_terminal_has_no_colours() {
    let run = rollcert(["inspect", &certificate("bob")]);
    assert_eq!(run.status, 0);
    assert!(
        run.stdout.starts_with("kind                 certificate\n"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("\n  usable for           "),
        "{}",
        run.stdout
    );
}
