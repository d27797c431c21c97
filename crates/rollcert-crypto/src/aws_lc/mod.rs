//! The hardened native backend: AWS-LC, by way of `aws-lc-rs`.
//!
//! Its private-key operations are written to take the same time whatever the key, and are several times
//! as fast as those of `rustcrypto`. It needs a C compiler, and a platform that AWS-LC is written for.
//!
//! What it does otherwise than `rustcrypto`:
//!
//! - Wrong padding of RSA PKCS#1 v1.5 is [`Error::DecryptionFailed`] here and a random key there. The
//!   countermeasure of RFC 3218, which the caller owes, covers both.
//! - New RSA keys and the padding of RSA encryption come from AWS-LC's own random source, which cannot
//!   be given another. Keys of elliptic curves and of Ed25519 come from the caller's `rng`.
//! - Whether an Ed25519 public key is a point shows when it verifies a signature, as
//!   [`Error::SignatureInvalid`], and not before.
//! - It lacks more: the table in the documentation of this crate says what. That is
//!   [`Error::Unsupported`]; `WITH_RUSTCRYPTO` serves it where both backends are switched on.
//!
//! [`Error::DecryptionFailed`]: crate::Error::DecryptionFailed
//! [`Error::SignatureInvalid`]: crate::Error::SignatureInvalid
//! [`Error::Unsupported`]: crate::Error::Unsupported

mod ciphers;
mod curve;
mod derivation;
mod digests;
mod generation;
mod key_structure;
mod key_wrap;
mod private_key;
mod public_key;
mod signature_schemes;
mod small_order;
mod stream;
mod verifying_key;
#[cfg(feature = "rustcrypto")]
mod with_rustcrypto;

use std::sync::Arc;

use crate::{Error, Provider};

#[cfg(feature = "rustcrypto")]
pub use with_rustcrypto::WITH_RUSTCRYPTO;

/// The backend as a whole.
pub const PROVIDER: Provider = Provider {
    name: "aws-lc",
    digests: &AwsLc,
    verification: &AwsLc,
    key_loading: &AwsLc,
    key_generation: &AwsLc,
    key_encryption: &AwsLc,
    key_wrap: &AwsLc,
    content: &AwsLc,
    authenticated: &AwsLc,
    derivation: &AwsLc,
    legacy: &AwsLc,
};

/// Serves every trait of the seam; stateless.
struct AwsLc;

/// A failure that no input explains, such as memory running out.
fn backend<E: core::error::Error + Send + Sync + 'static>(error: E) -> Error {
    Error::Backend(Arc::new(error))
}

const WRONG_KEY: Error = Error::Unsupported {
    what: "this algorithm with this kind of key",
};
