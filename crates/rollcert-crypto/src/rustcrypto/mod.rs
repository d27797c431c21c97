//! The portable backend, in pure Rust.
//!
//! - The `rsa` crate, a pre-release, answers wrong PKCS#1 v1.5 padding with a random key instead of an
//!   error and blinds each private operation. No independent audit of its timing is known
//!   (RUSTSEC-2023-0071 names no patched version), so servers that open many messages for strangers
//!   should serve [`KeyDecryptor`](crate::KeyDecryptor) from a hardened backend.
//! - It asks no operating system for randomness. What it makes new comes from the caller's generator;
//!   blinding, and the salt of RSASSA-PSS, from the private key itself, never twice the same. Signatures
//!   of ECDSA are deterministic (RFC 6979), as those of Ed25519 are.
//! - A private key is held against itself when it is loaded: whatever a file says twice (public keys,
//!   curves, the parts of RSA keys) must agree.
//! - Ed25519 keys and points of small order verify nothing, which RFC 8032 leaves open.
//! - scrypt takes at most 1 GiB of memory, whatever it is asked for.

mod authenticated;
mod content;
mod curve;
mod derivation;
mod digests;
mod edwards;
mod key_encryption;
mod key_generation;
mod key_wrap;
mod legacy;
mod private_key;
mod public_key;
mod randomness;
mod rsa;
mod stream;
mod verification;

use crate::Provider;

/// The backend as a whole.
pub const PROVIDER: Provider = Provider {
    name: "rustcrypto",
    digests: &RustCrypto,
    verification: &RustCrypto,
    key_loading: &RustCrypto,
    key_generation: &RustCrypto,
    key_encryption: &RustCrypto,
    key_wrap: &RustCrypto,
    content: &RustCrypto,
    authenticated: &RustCrypto,
    derivation: &RustCrypto,
    legacy: &RustCrypto,
};

/// Serves every trait of the seam; stateless.
struct RustCrypto;
