//! The seam to cryptography: what Rollcert asks of a backend, and the backends by feature.
//!
//! A [`Provider`] is a plain struct of statics. It is passed in, never global, and each of its parts
//! may be replaced: `Provider { content: &MY_CIPHERS, ..rustcrypto::PROVIDER }`.
//!
//! Private keys are not part of the provider. Whoever signs implements [`Signer`], whoever opens a
//! content key implements [`KeyDecryptor`]; a backend makes both from a PKCS#8 file by
//! [`Provider::load_key`], and a host may serve either from an HSM or another process.
//!
//! # What a provider promises
//!
//! - It never panics, whatever it is handed.
//! - Opening a content key tells nothing of *why* it failed: one error, [`Error::DecryptionFailed`],
//!   or, with implicit rejection, a random key and no error at all. The caller owes the countermeasure
//!   of RFC 3218 in either case.
//! - Secrets it holds are wiped when dropped, and never shown by `Debug`.
//! - It may draw on a random source of its own inside an operation (blinding, nonces); whatever
//!   reaches the wire by choice of Rollcert (content keys, initialisation vectors, boundaries, ids)
//!   comes from the caller's [`CryptoRng`](rand_core::CryptoRng).
//!
//! # Backends
//!
//! | | `rustcrypto` |
//! |---|---|
//! | digests | SHA-1, SHA-256, SHA-384, SHA-512 |
//! | verify | RSA PKCS#1 v1.5 (1024 to 8192 bits), ECDSA P-256, with each digest |
//! | sign | the same; SHA-1 refused |
//! | key transport | RSA PKCS#1 v1.5 |
//! | content | AES-128/192/256-CBC; 3DES-CBC for opening only |
//! | derivation | HMAC and PBKDF2 with each digest |

mod algorithm;
mod error;
mod fallback;
mod key;
mod provider;
#[cfg(feature = "rustcrypto")]
pub mod rustcrypto;

pub use algorithm::{
    AeadAlgorithm, ContentAlgorithm, DigestAlgorithm, KeyAlgorithm, KeyTransportAlgorithm,
    LegacyCipher, SignatureAlgorithm,
};
pub use error::Error;
pub use fallback::Fallback;
pub use key::{KeyAgreement, KeyDecryptor, PrivateKey, Signer};
pub use provider::{
    AuthenticatedCiphers, ContentCiphers, Derivation, Digests, Hasher, KeyEncryption,
    KeyGeneration, KeyLoading, LegacyCiphers, Provider, ScryptParameters, Verification,
};
