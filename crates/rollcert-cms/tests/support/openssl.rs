//! The `openssl` command as a peer.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// The command, in a folder of its own; nothing where it is not installed.
pub struct OpenSsl {
    folder: TempDir,
}

impl OpenSsl {
    pub fn new() -> Option<Self> {
        if let Err(error) = Command::new("openssl").arg("version").output() {
            assert!(
                std::env::var_os("CI").is_none(),
                "CI must have the openssl command: {error}"
            );
            eprintln!("skipped: no openssl command here ({error})");
            return None;
        }
        Some(Self {
            folder: TempDir::new().unwrap(),
        })
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, octets: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, octets).unwrap();
        path
    }

    /// Runs `openssl cms` over `input` and returns what it puts out.
    pub fn cms(&self, input: &[u8], options: &[&str], files: &[(&str, &Path)]) -> Vec<u8> {
        let (input, output) = (self.write("input", input), self.path("output"));
        let mut command = Command::new("openssl");
        command.args(["cms", "-binary"]).args(options);
        for (option, path) in files {
            command.arg(option).arg(path);
        }
        let result = command
            .arg("-in")
            .arg(input)
            .arg("-out")
            .arg(&output)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&result.stderr).into_owned();
        assert!(result.status.success(), "{options:?}: {told}");
        std::fs::read(output).unwrap()
    }
}
