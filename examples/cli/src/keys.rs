//! Our keys and the certificates known to us, from files.

use std::path::{Path, PathBuf};

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
            return Err(Failure::failed("key-mismatch", text));
        }
        let text = format!("{path}: no certificate given for this key, so it cannot decrypt");
        self.notes.push(Note::new("key-without-certificate", text));
        Ok(())
    }
}

/// What a file held that could not be used. Other warnings belong to `rollcert inspect`.
fn left_out<'b>(path: &'b Path, bundle: &'b Bundle) -> impl Iterator<Item = Note> + 'b {
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
