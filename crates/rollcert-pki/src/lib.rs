//! X.509 certificates, keys and PKCS files: read by content, kept octet for octet.
//!
//! [`open()`] takes any file of certificates, keys, requests or revocation lists (DER, PEM, PKCS#7, PKCS#12, bare
//! base64) and says what it is, how it is protected and what is in it; of one that it cannot open, [`examine`]
//! says what was found until then. [`Credential`] binds a key to its certificate, and proves that they belong together. [`Certificate`] shows
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
//! # Building
//!
//! [`RequestBuilder`] and [`CertificateBuilder`] write certification requests and certificates; a [`Profile`] says
//! what a kind of certificate looks like. Signing is in two phases, so that a key may live elsewhere: what is to be
//! signed comes out, and the signature goes in. [`CertificationRequest`] reads the requests of others.
//!
//! # Handing over
//!
//! [`KeyFile::generate`] makes a key and [`Password::generate`] a password for it. [`Pkcs12Builder`] packs keys and
//! certificates as OpenSSL, Java and Bouncy Castle open them, by a [`Pkcs12Profile`]; a key alone goes out by
//! [`KeyFile::to_encrypted_pem`]. What is public has `to_pem`.
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
mod build_error;
mod certificate;
mod certificate_builder;
pub mod certs_only;
mod chosen_extensions;
mod credential;
mod crl;
mod email;
mod export_error;
pub mod extension;
mod identity;
mod import_error;
mod key;
mod key_generation;
mod key_spelling;
mod key_writing;
mod limits;
mod name;
mod name_builder;
mod name_matching;
mod name_text;
mod oid;
mod open;
mod password;
mod pem;
mod pem_writing;
mod pkcs12;
mod pkcs8;
mod profile;
mod public_key;
mod request;
mod request_builder;
mod seal;
mod secret;
mod serial;
mod signed;
mod thumbprint;
mod time;
mod unlock;
mod usage;
mod validity;

pub use algorithm_name::{KeyAlgorithmName, SignatureAlgorithmName};
pub use build_error::{BuildError, BuildWarning};
pub use certificate::{Certificate, CertificateError, CertificateView, Quirk};
pub use certificate_builder::{CertificateBuilder, UnsignedCertificate};
pub use credential::{Credential, CredentialError};
pub use crl::{
    Crl, CrlBuildError, CrlBuilder, CrlError, CrlIndex, CrlView, DeltaMismatch, Revocation,
    RevokedEntries, RevokedEntry, UnsignedCrl, UpdatedCrl,
};
pub use export_error::ExportError;
pub use identity::{IdentityField, IdentityMatch, LogicalIdentity};
pub use import_error::{ImportError, Refusal};
pub use key::{KeyFile, KeyQuirk};
pub use limits::Limits;
pub use name::{Attribute, Name};
pub use name_builder::{NameBuildError, NameBuilder};
pub use name_matching::MatchingName;
pub use name_text::{NameMatch, NameOrder, NameText, NameTextError};
pub use oid::Oid;
pub use open::{
    Bundle, CertificateEntry, Entry, FileKind, ForeignFormat, KeyEntry, PublicKeyFile,
    TrustSettings, Warning, examine, open,
};
pub use password::Password;
pub use pkcs12::{FriendlyName, Pkcs12Builder, Pkcs12Certificate, Pkcs12Key, Pkcs12Profile};
pub use profile::{KeyIdentifierMethod, KeyManagement, Profile};
pub use request::{CertificationRequest, RequestAttribute, RequestAttributes, RequestError};
pub use request_builder::{RequestBuilder, UnsignedRequest};
pub use seal::{Iterations, PasswordDerivation, ScryptCost};
pub use serial::{SerialNumber, SerialNumberError};
pub use thumbprint::{Thumbprint, ThumbprintError};
pub use usage::{ExtendedKeyUsage, KeyUsage, KeyUsages, Purpose};
pub use validity::Validity;
