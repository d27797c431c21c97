//! Our keys and the certificates known to us, from files.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rand::CryptoRng;
use rollcert::pki::{Bundle, Certificate, Credential, Password};

use crate::error::Failure;
use crate::facts::Note;
use crate::files::{PROVIDER, open_bundle};

/// Our keys, each with every certificate that is proven to be its own.
pub(crate) struct Keys {
    pub(crate) credentials: Vec<Credential>,
    pub(crate) notes: Vec<Note>,
}

/// Every certificate of these files, each once.
pub(crate) fn certificates(
    paths: &[PathBuf],
    password: Option<&Password>,
    notes: &mut Vec<Note>,
) -> Result<Vec<Certificate>, Failure> {
    let mut certificates: Vec<Certificate> = Vec::new();
    for path in paths {
        let bundle = open_bundle(path, password)?;
        notes.extend(left_out(path, &bundle));
        if bundle.certificates().next().is_none() {
            let text = format!("{}: no certificate in it", path.display());
            return Err(Failure::failed("no-certificate", text));
        }
        for certificate in bundle.certificates() {
            if !certificates.contains(certificate) {
                certificates.push(certificate.clone());
            }
        }
    }
    Ok(certificates)
}

/// Loads the keys of these files. Their certificates are looked for beside them, then among `known`.
pub(crate) fn load(
    paths: &[PathBuf],
    password: Option<&Password>,
    known: &[Certificate],
    rng: &mut dyn CryptoRng,
) -> Result<Keys, Failure> {
    let mut keys = Keys {
        credentials: Vec::new(),
        notes: Vec::new(),
    };
    for path in paths {
        let bundle = open_bundle(path, password)?;
        if bundle.keys().next().is_none() {
            let text = format!("{}: no private key in it", path.display());
            return Err(Failure::failed("no-key", text));
        }
        keys.notes.extend(left_out(path, &bundle));
        keys.add(path, &bundle, known, rng)?;
    }
    Ok(keys)
}

/// The key of one file, to sign with, by each certificate that is its own; there is one at least.
pub(crate) fn own(
    path: &Path,
    password: Option<&Password>,
    known: &[Certificate],
    rng: &mut dyn CryptoRng,
) -> Result<Vec<Credential>, Failure> {
    let keys = load(&[path.to_owned()], password, known, rng).map_err(|failure| {
        // Here it is what was to be signed that is refused.
        if failure.code == MISMATCH {
            return Failure::bad(failure.code, failure.text);
        }
        failure
    })?;
    if !keys.credentials.is_empty() {
        return Ok(keys.credentials);
    }
    let path = path.display();
    Err(match keys.notes.into_iter().next() {
        Some(note) if note.code != LONELY => Failure::failed(note.code, note.text),
        _ => {
            let text = format!(
                "{path}: the private key belongs to none of the certificates given; \
                 its own is needed, beside it or by --signer"
            );
            Failure::bad(MISMATCH, text)
        }
    })
}

/// Of several certificates of ours, one that is valid, and that for longest.
pub(crate) fn best<'c>(
    credentials: impl IntoIterator<Item = &'c Credential>,
    at: DateTime<Utc>,
) -> Option<&'c Credential> {
    credentials.into_iter().max_by_key(|credential| {
        let certificate = credential.certificate();
        (certificate.is_valid_at(at), certificate.not_after())
    })
}

impl Keys {
    fn add(
        &mut self,
        path: &Path,
        bundle: &Bundle,
        known: &[Certificate],
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Failure> {
        for entry in bundle.keys() {
            let key = match entry.key.load(&PROVIDER) {
                Ok(key) => key,
                Err(error) => {
                    let algorithm = entry.key.algorithm();
                    let text = format!("{}: {algorithm} key: {error}", path.display());
                    self.notes.push(Note::new("key-unusable", text));
                    continue;
                }
            };
            let mut lonely = true;
            for certificate in bundle.certificates().chain(known) {
                // Where this fails, the certificate is for another key.
                let owned = certificate.clone();
                let Ok(credential) =
                    Credential::new(owned, Vec::new(), key.clone(), &PROVIDER, rng)
                else {
                    continue;
                };
                lonely = false;
                if !self
                    .credentials
                    .iter()
                    .any(|held| held.certificate() == certificate)
                {
                    self.credentials.push(credential);
                }
            }
            if lonely {
                self.add_lonely(path, bundle)?;
            }
        }
        Ok(())
    }

    /// A key without its certificate opens nothing; beside a certificate of another key it is a mistake.
    fn add_lonely(&mut self, path: &Path, bundle: &Bundle) -> Result<(), Failure> {
        let path = path.display();
        if bundle.certificates().next().is_some() {
            let text = format!("{path}: the private key belongs to no certificate in it");
            return Err(Failure::failed(MISMATCH, text));
        }
        let text = format!("{path}: no certificate given for this key, so it cannot decrypt");
        self.notes.push(Note::new(LONELY, text));
        Ok(())
    }
}

/// What a file held that could not be used. Other warnings belong to `rollcert inspect`.
pub(crate) fn left_out<'b>(path: &'b Path, bundle: &'b Bundle) -> impl Iterator<Item = Note> + 'b {
    let warnings = bundle.warnings.iter();
    warnings
        .filter(|warning| warning.code.starts_with("bad-") || warning.code == "entry-skipped")
        .map(|warning| {
            Note::new(
                warning.code,
                format!("{}: {}", path.display(), warning.text),
            )
        })
}

const MISMATCH: &str = "key-mismatch";
const LONELY: &str = "key-without-certificate";
