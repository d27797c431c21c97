//! Bouncy Castle as a peer, as Debian installs it.

use std::path::Path;
use std::process::Command;

const JARS: [&str; 3] = [
    "/usr/share/java/bcprov.jar",
    "/usr/share/java/bcpkix.jar",
    "/usr/share/java/bcutil.jar",
];

/// Whether it is here. In CI it must be.
pub fn is_there() -> bool {
    let is_there = Command::new("java").arg("-version").output().is_ok()
        && JARS.into_iter().all(|jar| Path::new(jar).exists());
    if !is_there {
        let wanted = std::env::var_os("CI").is_some();
        assert!(!wanted, "CI must have a JDK and Bouncy Castle");
        eprintln!("skipped: no JDK or no Bouncy Castle here");
    }
    is_there
}

/// Runs a program of `tests/peers` over a folder, and returns its lines.
pub fn run(program: &str, folder: &Path) -> Vec<String> {
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers");
    let output = Command::new("java")
        .args(["-XX:TieredStopAtLevel=1", "-cp", &JARS.join(":")])
        .arg(peers.join(program))
        .arg(folder)
        .output()
        .unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaints}");
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().map(str::to_owned).collect()
}
