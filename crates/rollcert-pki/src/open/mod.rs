//! One way in for every file of certificates and keys, recognised by content.

mod bundle;
mod foreign;
mod kind;
mod opener;
mod public_key;
mod structure;
mod text;
mod trust_settings;
mod weakness;

use rollcert_crypto::Provider;

use crate::Limits;
use crate::import_error::{ImportError, Refusal};
use crate::open::opener::Opener;
use crate::password::Password;

pub use bundle::{Bundle, CertificateEntry, Entry, KeyEntry, Warning};
pub use foreign::ForeignFormat;
pub use kind::FileKind;
pub use public_key::PublicKeyFile;
pub use trust_settings::TrustSettings;

/// Opens a file of certificates or keys by its content, whatever it is called.
///
/// DER and PEM, bare base64, PKCS#7 and PKCS#12 in BER or DER, certification requests, revocation lists and
/// public keys. Text may be UTF-8 or UTF-16, with or without byte order mark, and PEM may stand among other
/// text. The password is used where something asks for it; one that nothing asks for is a warning. In a file
/// of several entries a bad one is a warning that says which, and the rest is kept.
///
/// # Errors
///
/// See [`ImportError`]. Nothing may follow a DER structure: whoever reads only the first of two certificates
/// would otherwise trust another file than the one that was compared.
pub fn open(
    octets: &[u8],
    password: Option<&Password>,
    provider: &Provider,
    limits: &Limits,
) -> Result<Bundle, ImportError> {
    examine(octets, password, provider, limits).map_err(|refusal| refusal.error)
}

/// Opens a file as [`open()`] does, and tells of one that could not be opened what was found until then:
/// what kind it is, how it is protected, and the entries that could be read.
///
/// # Errors
///
/// [`Refusal`], with the same [`ImportError`] in it.
pub fn examine(
    octets: &[u8],
    password: Option<&Password>,
    provider: &Provider,
    limits: &Limits,
) -> Result<Bundle, Box<Refusal>> {
    let mut opener = Opener::new(password, provider, limits);
    let opened = opener.open(octets);
    opener.finish(opened)
}
