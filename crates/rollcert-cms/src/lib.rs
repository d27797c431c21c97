//! CMS (RFC 5652): signed and enveloped data over the octets that arrived.
//!
//! - [`SignedData`] reads a message in BER or DER and judges each signer on its own, with or without
//!   signed attributes, content attached or detached. [`sign_detached`] makes one in a single step,
//!   [`SigningRequest`] in two.
//! - [`EnvelopedData`] reads a message in BER or DER and opens it with whichever credential it is
//!   for. [`encrypt()`] makes one.
//! - [`content_type`] tells beforehand what a message holds.
//!
//! # Served
//!
//! | | reads | makes |
//! |---|---|---|
//! | digests | SHA-1, SHA-256, SHA-384, SHA-512 | SHA-256, SHA-384, SHA-512 |
//! | signatures | RSA PKCS#1 v1.5, ECDSA, each as far as the provider goes | the same |
//! | key transport | RSA PKCS#1 v1.5 | the same |
//! | content ciphers | AES-128/192/256-CBC, 3DES-CBC | AES-128/192/256-CBC |
//!
//! Anything else is recognised and named in an error by its object identifier. Not served at all:
//! RSASSA-PSS, RSAES-OAEP, key agreement, authenticated-enveloped and compressed data, countersignatures,
//! and `CMSAlgorithmProtection` (RFC 6211), which is neither made nor compared.
//!
//! # What it does not decide
//!
//! A good signature says that the holder of a key signed these octets, no more. Whose key it is, and
//! whether that certificate is trusted, valid today or fit for signing, is for the caller to judge by
//! [`SignerVerdict::signer`].

mod algorithm;
mod attributes;
mod content;
mod encrypt;
mod enveloped;
mod identifier;
mod sign;
mod signed;
mod verify;

pub use content::{ContentType, content_type};
pub use encrypt::{EncryptError, encrypt};
pub use enveloped::{DecryptError, Decrypted, EnvelopedData};
pub use identifier::{CertificateIdentifier, RecipientIdentifier};
pub use sign::{SignError, SigningRequest, sign_detached};
pub use signed::{SignedData, SignerInfo};
pub use verify::{SignatureError, SignerVerdict};
