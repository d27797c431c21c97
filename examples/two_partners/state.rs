//! The folder that a story can be resumed from: each partner's store, and what the story began with.

use std::fs;
use std::path::{Path, PathBuf};

use rollcert::schedule::{Fingerprint, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Failure, Options};

/// What a story began with. It is written before anything happens, and never changes.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Beginning {
    /// What BOB does with the offer.
    pub(crate) ending: Ending,
    /// When the story begins.
    pub(crate) start: Timestamp,
    /// The certificate that ALICE rolls over to.
    pub(crate) next: Fingerprint,
    /// Where ALICE's server listens. Addresses are in messages, so they stay.
    pub(crate) alice_port: u16,
    /// Where BOB's server listens.
    pub(crate) bob_port: u16,
}

/// What BOB does with the offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Ending {
    Accept,
    Reject,
    NoAnswer,
}

impl Ending {
    pub(crate) fn of(options: &Options) -> Self {
        match (options.reject, options.no_answer) {
            (true, _) => Self::Reject,
            (_, true) => Self::NoAnswer,
            _ => Self::Accept,
        }
    }
}

/// The folder. One that nobody asked for is removed at the end.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    _temporary: Option<tempfile::TempDir>,
}

impl Folder {
    pub(crate) fn open(options: &Options) -> Result<Self, Failure> {
        let Some(path) = &options.state else {
            let temporary = tempfile::tempdir()?;
            return Ok(Self {
                path: temporary.path().to_owned(),
                _temporary: Some(temporary),
            });
        };
        fs::create_dir_all(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let folder = Self {
            path: path.clone(),
            _temporary: None,
        };
        let begun = folder.beginning_path().exists();
        match (begun, options.resume) {
            (true, false) => Err(format!(
                "{} holds a story already: go on with --resume, or name another folder",
                path.display()
            )
            .into()),
            (false, true) => Err(format!("{} holds no story to resume", path.display()).into()),
            _ => Ok(folder),
        }
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    fn beginning_path(&self) -> PathBuf {
        self.file("story.json")
    }

    pub(crate) fn read_beginning(&self) -> Result<Option<Beginning>, Failure> {
        let path = self.beginning_path();
        if !path.exists() {
            return Ok(None);
        }
        let text = fs::read_to_string(&path)?;
        let beginning =
            serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Some(beginning))
    }

    /// Writes the beginning whole or not at all.
    pub(crate) fn write_beginning(&self, beginning: &Beginning) -> Result<(), Failure> {
        let unfinished = self.file("story.json.new");
        write_synced(
            &unfinished,
            serde_json::to_string_pretty(beginning)?.as_bytes(),
        )?;
        Ok(fs::rename(unfinished, self.beginning_path())?)
    }
}

fn write_synced(path: &Path, octets: &[u8]) -> Result<(), Failure> {
    use std::io::Write;
    let mut file = fs::File::create(path)?;
    file.write_all(octets)?;
    Ok(file.sync_all()?)
}
