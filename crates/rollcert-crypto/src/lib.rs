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
//! | backend | what it is | when |
//! |---|---|---|
//! | `rustcrypto` | pure Rust, portable to wherever Rust is; a pre-release of `rsa` in it | files, small volumes, wasm32 |
//! | `aws-lc` | AWS-LC: hardened, several times as fast; needs a C compiler | servers that sign and decrypt with RSA |
//! | both | `aws_lc::WITH_RUSTCRYPTO`: AWS-LC, and `rustcrypto` for what it lacks | servers that open files of partners |
//!
//! None is on by default, and switching one on changes nothing for the other. What each serves, of the
//! algorithms in this crate; whatever else is asked of it is [`Error::Unsupported`]:
//!
//! | | `rustcrypto` | `aws-lc` |
//! |---|---|---|
//! | digests, HMAC, PBKDF2 | all | all |
//! | scrypt | yes | no |
//! | verify RSA PKCS#1 v1.5, 2048 to 8192 bits | all | SHA-1, SHA-256, SHA-384, SHA-512 |
//! | verify RSA PKCS#1 v1.5, 1024 to 2047 bits | all | SHA-1, SHA-256, SHA-512 |
//! | verify RSA PSS, 2048 to 8192 bits | all | SHA-256, SHA-384, SHA-512 |
//! | verify RSA PSS, with salts of any length | all | all |
//! | verify RSA PSS, 1024 to 2047 bits | yes | no |
//! | verify ECDSA on P-256, P-384, P-521 | all | all |
//! | verify and sign Ed25519 | yes | yes |
//! | private RSA keys, by bits | all | 2048 to 8192 |
//! | RSA keys for PSS alone (RFC 4055 §1.2) | yes | no |
//! | sign RSA PKCS#1 v1.5 | all | SHA-256, SHA-384, SHA-512 |
//! | sign RSA PSS | all | SHA-256, SHA-384, SHA-512 |
//! | sign RSA PSS, with salts of any length | all | no |
//! | sign ECDSA on P-256, P-384, P-521 | all | all |
//! | open and encrypt content keys, PKCS#1 v1.5 | yes | yes |
//! | open and encrypt content keys, OAEP | all | SHA-1, SHA-256, SHA-384, SHA-512 |
//! | OAEP with another digest for the mask | yes | no |
//! | key agreement | all | all |
//! | key wrap with AES | all | AES-128-KW, AES-256-KW |
//! | new keys | all | all |
//! | AES in CBC mode | all | all |
//! | 3DES in CBC mode | yes | no |
//! | AES in Galois/Counter mode, tags of 16 octets | all | all |
//! | AES in Galois/Counter mode, opening with tags of 12 to 15 | yes | no |
//! | ciphers of old key files | all | no |
//! | MD5, and 3DES for writing old key files | yes | no |
//!
//! *All* means every [`DigestAlgorithm`], every curve, every size of the row. Besides:
//!
//! - Nobody signs with SHA-1 or makes RSA keys under 2048 bits.
//! - RSA keys have 1024 to 8192 bits, two primes, and a public exponent of at most 33 bits. New ones have any
//!   multiple of 8 bits in `rustcrypto`, and 2048, 3072, 4096 or 8192 in `aws-lc`.
//! - `aws-lc` draws new RSA keys and the padding of RSA encryption from a random source of its own; so each
//!   backend does for what it says in its documentation, and for nothing else.
//! - On PKCS#1 v1.5 padding that is wrong, `rustcrypto` answers with a random key and `aws-lc` with an error.

mod algorithm;
#[cfg(feature = "aws-lc")]
pub mod aws_lc;
mod error;
mod fallback;
mod key;
mod prepared_key;
mod provider;
#[cfg(feature = "rustcrypto")]
pub mod rustcrypto;

pub use algorithm::{
    AeadAlgorithm, ContentAlgorithm, DigestAlgorithm, KeyAlgorithm, KeyTransportAlgorithm,
    KeyWrapAlgorithm, LegacyCipher, SignatureAlgorithm,
};
pub use error::Error;
pub use fallback::Fallback;
pub use key::{KeyAgreement, KeyDecryptor, PrivateKey, Signer};
pub use prepared_key::PreparedKey;
pub use provider::{
    AuthenticatedCiphers, CipherStream, ContentCiphers, Derivation, Digests, Hasher, KeyEncryption,
    KeyGeneration, KeyLoading, KeyWrap, LegacyCiphers, Provider, ScryptParameters, Verification,
    VerifyingKey,
};
