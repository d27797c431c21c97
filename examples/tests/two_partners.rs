//! The example tells its story whatever happens to it: each ending, certificates of other shapes, death at
//! any step, bad input. OpenSSL judges what it sends.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// The example as `cargo test` has built it, beside this test.
fn example() -> Command {
    let test = std::env::current_exe().unwrap();
    let path = test
        .parent()
        .unwrap()
        .parent()
        .unwrap()
        .join("examples/two_partners");
    let path = path.with_extension(std::env::consts::EXE_EXTENSION);
    assert!(
        path.exists(),
        "{} is missing: run the tests of the whole package",
        path.display()
    );
    Command::new(path)
}

fn run<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Output {
    example()
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn succeed<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> String {
    let output = run(arguments);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{:?}\n{text}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    text
}

/// Bad input: status 2, one line, no panic, nothing on standard output.
fn refused<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>, expected: &str) {
    let output = run(arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert_eq!(error.trim_end().lines().count(), 1, "{error}");
    assert!(
        error.contains(expected),
        "expected {expected:?} in {error:?}"
    );
    assert!(output.stdout.is_empty());
}

/// OpenSSL, or nothing where there is none; under `CI=true` its absence is a failure.
fn openssl() -> Option<PathBuf> {
    let found = Command::new("openssl")
        .arg("version")
        .output()
        .is_ok_and(|o| o.status.success());
    if !found {
        assert!(
            std::env::var_os("CI").is_none(),
            "openssl is missing, and CI wants it"
        );
        eprintln!("skipped: openssl is not installed");
    }
    found.then(|| PathBuf::from("openssl"))
}

fn run_openssl(folder: &Path, arguments: &str) -> Vec<u8> {
    let output = Command::new("openssl")
        .current_dir(folder)
        .args(arguments.split_whitespace())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {arguments}\n{error}");
    output.stdout
}

#[test]
fn each_ending_loses_nothing() {
    let accepted = succeed(["--"; 0]);
    assert!(
        accepted.contains("nothing was lost, nothing was refused"),
        "{accepted}"
    );
    let rows = |text: &str, row: &str| {
        text.lines()
            .any(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") == row)
    };
    assert!(rows(&accepted, "ALICE > BOB 5 5 5 5 0"), "{accepted}");
    assert!(rows(&accepted, "BOB > ALICE 5 5 5 5 0"), "{accepted}");
    assert!(
        rows(&accepted, "alice-as2-2026 encryption archived archived"),
        "{accepted}"
    );
    assert!(
        rows(&accepted, "alice-as2-2027 signing installed installed"),
        "{accepted}"
    );

    for line in [
        "understands certificate exchange: BOB, to ALICE: observed",
        "understands certificate exchange: ALICE, to BOB: observed",
    ] {
        assert!(rows(&accepted, line), "{accepted}");
    }

    // The same where each receipt comes in a request of its own.
    let late = succeed(["--late-receipts"]);
    assert_eq!(late, accepted);

    let rejected = succeed(["--reject"]);
    assert!(
        rows(&rejected, "alice-as2-2026 signing installed installed"),
        "{rejected}"
    );
    assert!(
        rows(&rejected, "alice-as2-2027 signing rejected rejected"),
        "{rejected}"
    );

    let unanswered = succeed(["--no-answer"]);
    assert!(
        rows(&unanswered, "alice-as2-2026 signing installed installed"),
        "{unanswered}"
    );
    assert!(
        rows(&unanswered, "alice-as2-2027 signing lapsed offered"),
        "{unanswered}"
    );
}

#[test]
fn killed_at_a_step_it_goes_on_where_it_was() {
    let steps = succeed(["--list-steps"]);
    let steps: Vec<&str> = steps.lines().collect();
    assert_eq!(steps.len(), 62, "{steps:?}");
    let folder = tempfile::tempdir().unwrap();
    // The whole exchange, and the first message after it; CI runs all of them.
    let telling = [
        "offer",
        "answer",
        "message-07",
        "message-08",
        "alice.adopted",
        "bob.adopted",
    ];
    for step in steps
        .iter()
        .filter(|step| telling.iter().any(|name| step.starts_with(name)))
    {
        let state = folder.path().join(step);
        let killed = run([
            "--state".as_ref(),
            state.as_os_str(),
            "--kill-at".as_ref(),
            step.as_ref(),
        ]);
        assert_eq!(killed.status.code(), None, "{step}: died of a signal");
        succeed(["--state".as_ref(), state.as_os_str(), "--resume".as_ref()]);
        // A story that is over can be told again, and nothing happens twice.
        let again = succeed(["--state".as_ref(), state.as_os_str(), "--resume".as_ref()]);
        assert!(again.contains("(message  1 ALICE > BOB)"), "{again}");
    }
}

#[test]
fn killed_from_outside_at_any_moment_it_goes_on() {
    let rounds: u64 = std::env::var("ROLLCERT_KILL_ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(8);
    let folder = tempfile::tempdir().unwrap();
    for round in 0..rounds {
        let state = folder.path().join(round.to_string());
        let mut resumed = false;
        // It dies again and again, each time after having lived a little longer.
        for life in 1.. {
            let mut command = example();
            command
                .arg("--state")
                .arg(&state)
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            if resumed {
                command.arg("--resume");
            }
            let mut child = command.spawn().unwrap();
            std::thread::sleep(Duration::from_millis(20 + life * 40 + round * 13));
            if let Some(status) = child.try_wait().unwrap() {
                assert!(status.success(), "round {round}, life {life}: {status:?}");
                break;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            resumed = state.join("story.json").exists();
        }
        succeed(["--state".as_ref(), state.as_os_str(), "--resume".as_ref()]);
    }
}

#[test]
fn openssl_opens_and_verifies_what_is_sent() {
    let Some(_) = openssl() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let dump = folder.join("dump");
    succeed(["--dump".as_ref(), dump.as_os_str()]);
    let certificates = Path::new(env!("CARGO_MANIFEST_DIR")).join("two_partners/certificates");
    for name in ["alice", "alice-next", "bob"] {
        let file = certificates.join(format!("{name}.p12"));
        let file = file.display();
        run_openssl(
            folder,
            &format!("pkcs12 -in {file} -passin pass:rollcert -nodes -out {name}.pem"),
        );
    }
    // Before the switch, the offer itself, after the switch; and BOB's way back.
    for (message, signer, recipient) in [
        ("alice-message-01", "alice", "bob"),
        ("alice-offer-alice-2027", "alice", "bob"),
        ("alice-message-07", "alice-next", "bob"),
        ("bob-message-06", "bob", "alice"),
        ("bob-answer-0-alice-2027", "bob", "alice"),
        ("bob-message-08", "bob", "alice-next"),
    ] {
        let decrypt = format!(
            "cms -decrypt -inform DER -in dump/{message}.body -recip {recipient}.pem -inkey {recipient}.pem -out {message}.eml"
        );
        run_openssl(folder, &decrypt);
        let verify = format!(
            "cms -verify -in {message}.eml -CAfile {signer}.pem -no_check_time -signer {message}.signer"
        );
        run_openssl(folder, &verify);
        let subject = |file: &str| run_openssl(folder, &format!("x509 -in {file} -noout -subject"));
        assert_eq!(
            subject(&format!("{message}.signer")),
            subject(&format!("{signer}.pem"))
        );
    }
    // A receipt is signed and not encrypted.
    let mut receipt = fs::read(dump.join("alice-message-01.mdn.headers")).unwrap();
    receipt.extend_from_slice(b"\r\n");
    receipt.extend(fs::read(dump.join("alice-message-01.mdn.body")).unwrap());
    fs::write(folder.join("receipt.eml"), receipt).unwrap();
    run_openssl(
        folder,
        "cms -verify -in receipt.eml -CAfile bob.pem -no_check_time",
    );
}

#[test]
fn certificates_of_other_shapes_roll_over_too() {
    let Some(_) = openssl() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (name, key, encryption) in [
        ("rsa-2048", "rsa:2048", "installed installed"),
        ("p-256", "ec -pkeyopt ec_paramgen_curve:P-256", "- -"),
    ] {
        run_openssl(
            folder,
            &format!(
                "req -x509 -newkey {key} -nodes -days 30 -subj /CN={name} -keyout k.pem -out c.pem"
            ),
        );
        let file = format!("{name}.p12");
        run_openssl(
            folder,
            &format!("pkcs12 -export -inkey k.pem -in c.pem -passout pass:secret -out {file}"),
        );
        let path = folder.join(file);
        let text = succeed([
            "--pfx".as_ref(),
            path.as_os_str(),
            "--password".as_ref(),
            "secret".as_ref(),
        ]);
        let rows: Vec<String> = text
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        assert!(
            rows.contains(&format!("{name} signing installed installed")),
            "{text}"
        );
        let row = format!("{name} encryption {encryption}");
        assert_eq!(rows.contains(&row), encryption != "- -", "{text}");
        refused(
            [
                "--pfx".as_ref(),
                path.as_os_str(),
                "--password".as_ref(),
                "wrong".as_ref(),
            ],
            "wrong password",
        );
        let whole = fs::read(&path).unwrap();
        fs::write(
            folder.join("cut.p12"),
            whole.get(..whole.len() / 2).unwrap(),
        )
        .unwrap();
        refused(
            ["--pfx".as_ref(), folder.join("cut.p12").as_os_str()],
            "cut.p12: ",
        );
        fs::write(folder.join("empty.p12"), b"").unwrap();
        refused(
            ["--pfx".as_ref(), folder.join("empty.p12").as_os_str()],
            "empty.p12: ",
        );
    }
}

#[test]
fn a_certificate_that_cannot_be_offered_leaves_the_folder_free_for_another() {
    let Some(_) = openssl() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    run_openssl(
        folder,
        "req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=ca -addext keyUsage=keyCertSign -keyout k.pem -out c.pem",
    );
    run_openssl(
        folder,
        "pkcs12 -export -inkey k.pem -in c.pem -passout pass:secret -out ca.p12",
    );
    let (state, file) = (folder.join("state"), folder.join("ca.p12"));
    refused(
        [
            "--state".as_ref(),
            state.as_os_str(),
            "--pfx".as_ref(),
            file.as_os_str(),
            "--password".as_ref(),
            "secret".as_ref(),
        ],
        "permits neither signing nor encryption",
    );
    succeed(["--state".as_ref(), state.as_os_str()]);
}

#[test]
fn what_cannot_begin_says_so_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let state = state.as_os_str();
    refused(
        ["--state".as_ref(), state, "--resume".as_ref()],
        "no story to resume",
    );
    refused(
        [
            "--state".as_ref(),
            state,
            "--kill-at".as_ref(),
            "nowhere".as_ref(),
        ],
        "no step",
    );
    refused(["--pfx", "does-not-exist.p12"], "does-not-exist.p12");
    succeed(["--state".as_ref(), state, "--reject".as_ref()]);
    refused(["--state".as_ref(), state], "go on with --resume");
    refused(
        [
            "--state".as_ref(),
            state,
            "--resume".as_ref(),
            "--no-answer".as_ref(),
        ],
        "another ending",
    );
}
