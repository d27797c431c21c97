//! Files, read up to a size.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use rollcert::crypto::{Provider, aws_lc};
use rollcert::pki::{self, Bundle, FileKind, ImportError, Limits, Password};

use crate::error::Failure;
use crate::facts::Note;

/// The cryptography of the command: what is hardened where it serves, and the rest for old files.
pub(crate) const PROVIDER: Provider = aws_lc::WITH_RUSTCRYPTO;

/// The most octets of one file: enough for the revocation list of a large authority, a million entries, as PEM.
const MOST_OCTETS: usize = 64 << 20;

/// The most entries of one file: enough for every root that anybody trusts.
const MOST_ENTRIES: usize = 10_000;

/// What opening one file of certificates or keys may cost.
pub(crate) fn limits() -> Limits {
    Limits::default()
        .with_octets(MOST_OCTETS)
        .with_entries(MOST_ENTRIES)
}

/// The octets of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut octets = Vec::new();
    let most = u64::try_from(MOST_OCTETS).unwrap_or(u64::MAX);
    let read = File::open(path)
        .and_then(|file| file.take(most.saturating_add(1)).read_to_end(&mut octets))
        .map_err(|error| {
            Failure::failed(
                "unreadable",
                format!("cannot read {}: {error}", path.display()),
            )
        })?;
    if read > MOST_OCTETS {
        let text = format!("{} has more than {MOST_OCTETS} octets", path.display());
        return Err(Failure::failed("limit-exceeded", text));
    }
    Ok(octets)
}

/// Opens a file of certificates or keys that a call needs besides its object.
pub(crate) fn open_bundle(path: &Path, password: Option<&Password>) -> Result<Bundle, Failure> {
    pki::open(&read(path)?, password, &PROVIDER, &limits())
        .map_err(|error| import_failure(path, &error))
}

/// Opens a file whose certificates and revocation lists are wanted, and none of its keys: one that wants a password keeps
/// nobody from what stands in the clear beside it, and there is a word on it. In PKCS#12 the password guards the whole.
pub(crate) fn open_public(path: &Path) -> Result<(Bundle, Option<Note>), Failure> {
    let refusal = match pki::examine(&read(path)?, None, &PROVIDER, &limits()) {
        Ok(bundle) => return Ok((bundle, None)),
        Err(refusal) => refusal,
    };
    let is_locked = refusal.error == ImportError::PasswordRequired;
    let is_public = refusal.found.kind != FileKind::Pkcs12 && !refusal.found.entries.is_empty();
    if !(is_locked && is_public) {
        return Err(import_failure(path, &refusal.error));
    }
    let text = format!(
        "{}: a private key is left out: {}",
        path.display(),
        refusal.error
    );
    let locked = Note::new(refusal.error.code(), text);
    Ok((refusal.found, Some(locked)))
}

/// Why a file of certificates or keys was not opened.
pub(crate) fn import_failure(path: &Path, error: &ImportError) -> Failure {
    Failure::failed(error.code(), format!("{}: {error}", path.display()))
}
