use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::{DateTime, Utc};
use rollcert_pki::Certificate;
use tempfile::TempDir;

/// The `openssl verify` command, and a folder for what it reads.
pub struct OpenSsl {
    folder: TempDir,
}

/// What it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Accepted,
    /// With its number for the fault, and the certificate it is about, the target being 0.
    Rejected {
        code: i32,
        depth: usize,
    },
}

/// What it is asked: files in DER.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    pub roots: Vec<PathBuf>,
    pub pool: Vec<PathBuf>,
    pub crls: Vec<PathBuf>,
    pub target: PathBuf,
}

impl OpenSsl {
    /// `None`, said aloud, where there is no `openssl` command; under `CI=true` there must be one.
    pub fn find() -> Option<Self> {
        let version = Command::new("openssl").arg("version").output();
        if version.is_ok_and(|output| output.status.success()) {
            return Some(Self {
                folder: tempfile::tempdir().expect("a folder"),
            });
        }
        assert_ne!(
            std::env::var("CI").as_deref(),
            Ok("true"),
            "no openssl command"
        );
        eprintln!("skipped: no openssl command");
        None
    }

    /// Writes octets where the command can read them.
    pub fn file(&self, name: &str, octets: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, octets).expect("a file");
        path
    }

    /// One file of them all.
    fn in_pem(&self, certificates: &[PathBuf]) -> PathBuf {
        let text: String = certificates
            .iter()
            .map(|path| {
                let octets = fs::read(path).expect("a certificate");
                let certificate = Certificate::from_der(octets).expect("a certificate");
                certificate.to_pem()
            })
            .collect();
        self.file("roots.pem", text.as_bytes())
    }

    pub fn verify(&self, chain: &Chain, at: DateTime<Utc>, arguments: &[String]) -> Answer {
        let mut command = Command::new("openssl");
        command.args(["verify", "-no-CApath", "-no-CAstore"]);
        command.args(["-attime", &at.timestamp().to_string()]);
        command.args(arguments);
        // Not `-trusted`: the certificates that sign CRLs are looked up in the store alone.
        command.arg("-CAfile").arg(self.in_pem(&chain.roots));
        for (option, files) in [("-untrusted", &chain.pool), ("-CRLfile", &chain.crls)] {
            command.args(files.iter().flat_map(|file| [Path::new(option), file]));
        }
        let output = command.arg(&chain.target).output().expect("openssl verify");
        if output.status.success() {
            return Answer::Accepted;
        }
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let Some(answer) = rejection(&text) else {
            panic!("openssl verify: {text}")
        };
        answer
    }
}

/// Of a line such as `error 23 at 0 depth lookup: certificate revoked`.
fn rejection(text: &str) -> Option<Answer> {
    let line = text.lines().find(|line| line.starts_with("error "))?;
    let mut words = line.split(' ').skip(1);
    let code = words.next()?.parse().ok()?;
    let depth = words.nth(1)?.parse().ok()?;
    Some(Answer::Rejected { code, depth })
}
