//! X.509 certificates, keys and PKCS files: read by content, kept octet for octet.
//!
//! [`open()`] takes any file of certificates or keys (DER, PEM, PKCS#7, PKCS#12, PKCS#8, bare base64) and says
//! what it is, how it is protected and what is in it; of one that it cannot open, [`examine`] says the first two.
//! [`Credential`] binds a key to its certificate, and proves that they belong together. [`Certificate`] shows
//! what a certificate says; whether to trust it is decided elsewhere.
//!
//! ```
//! use rollcert_crypto::{DigestAlgorithm, rustcrypto::PROVIDER};
//! use rollcert_pki::{Limits, Password, open};
//!
//! # fn main() -> Result<(), Box<dyn core::error::Error>> {
//! let file = include_bytes!("../tests/fixtures/default.p12");
//! let bundle = open(file, Some(&Password::from("secret")), &PROVIDER, &Limits::default())?;
//! assert_eq!(
//!     bundle.protection.as_deref(),
//!     Some("PBES2 AES-256-CBC, PBKDF2 HMAC-SHA-256 2048 iterations; MAC SHA-256 2048 iterations")
//! );
//! let credentials = bundle.credentials(&PROVIDER, &mut rand::rng())?;
//! let certificate = credentials[0].certificate();
//! assert_eq!(certificate.subject().common_name(), Some("acme as2"));
//! println!("{}", certificate.thumbprint(DigestAlgorithm::Sha256, &PROVIDER));
//! # Ok(())
//! # }
//! ```
//!
//! # Octets
//!
//! What arrived is kept: signatures are verified and thumbprints taken over those octets. Structures are
//! walked in place ([`asn1`]); files in BER are first brought to DER ([`ber`]), which copies the certificates
//! inside as they came.
//!
//! # Hostile files
//!
//! Every reader ends in bounded time and memory, by [`Limits`], with a typed error and never a panic.
//! Passwords and keys are wiped when dropped and shown nowhere.

mod algorithm_name;
pub mod asn1;
pub mod ber;
mod certificate;
pub mod certs_only;
mod credential;
mod identity;
mod import_error;
mod key;
mod limits;
mod name;
mod name_builder;
mod name_text;
mod oid;
mod open;
mod pem;
mod pkcs12;
mod pkcs8;
mod secret;
mod serial;
mod signed;
mod thumbprint;
mod time;
mod unlock;
mod usage;

pub use algorithm_name::{KeyAlgorithmName, SignatureAlgorithmName};
pub use certificate::{
    AuthorityKeyIdentifier, BasicConstraints, Certificate, CertificateError, Criticality,
    Extension, Quirk,
};
pub use credential::{Credential, CredentialError};
pub use identity::{IdentityField, IdentityMatch, LogicalIdentity};
pub use import_error::{ImportError, Refusal};
pub use key::{KeyFile, Password};
pub use limits::Limits;
pub use name::{Attribute, Name};
pub use name_builder::{NameBuildError, NameBuilder};
pub use name_text::{NameMatch, NameOrder, NameText, NameTextError};
pub use oid::Oid;
pub use open::{Bundle, CertificateEntry, Entry, FileKind, KeyEntry, Warning, examine, open};
pub use serial::{SerialNumber, SerialNumberError};
pub use thumbprint::{Thumbprint, ThumbprintError};
pub use usage::{ExtendedKeyUsage, KeyUsage, KeyUsages, Purpose};
