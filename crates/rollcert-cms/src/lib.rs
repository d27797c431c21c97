//! CMS (RFC 5652): signed and enveloped data over the octets that arrived.
//!
//! - [`SignedData`] reads a message in BER or DER and judges each signer on its own, with or without
//!   signed attributes, content attached, detached, or hashed elsewhere. [`sign_detached`] and
//!   [`sign_attached`] make one in a single step; [`SigningRequest`] and [`SignedDataBuilder`] in two, with
//!   an HSM between them, and with any number of signers.
//! - [`EnvelopedData`] reads a message in BER or DER, with or without authentication, and opens it with
//!   whichever credential it is for, in a single step or, where the keys are elsewhere, in two.
//!   [`encrypt()`] makes one for any number of [`Recipient`]s; [`RecipientPolicy`] says who may be one.
//! - [`CompressedData`] reads a message in BER or DER and inflates it as far as it may. [`compress()`] makes
//!   one.
//! - [`stream`] does the same with content that does not fit in memory, piece by piece.
//! - [`content_type`] tells beforehand what a message holds.
//!
//! # Served
//!
//! | | reads | makes |
//! |---|---|---|
//! | digests | SHA-1, SHA-224/256/384/512, SHA3-256/384/512 | the same without SHA-1 |
//! | signatures | RSA PKCS#1 v1.5, RSASSA-PSS with any salt, ECDSA on P-256/384/521, Ed25519, each as far as the provider goes | the same |
//! | signers | by issuer and serial number or key identifier, with attributes or without, up to [`SignedData::MAX_SIGNERS`] | the same, any number |
//! | key transport | RSA PKCS#1 v1.5, RSAES-OAEP with any digests of label and mask | the same |
//! | key agreement | ECDH on P-256, P-384, P-521; X9.63 with SHA-1, SHA-2; AES key wrap | the same |
//! | content ciphers | AES-CBC and AES-GCM, 3DES-CBC, RC2-CBC by feature `legacy` | the same without RC2 |
//! | compression | zlib | the same |
//!
//! Anything else is recognised and named in an error by its object identifier. Not served at all:
//! RSASSA-PSS with another digest for the mask, countersignatures, which are passed over, agreement with a
//! key that the sender has a certificate for, and recipients by password or symmetric key.
//!
//! # What it does not decide
//!
//! A good signature says that the holder of a key signed these octets, no more. Whose key it is, and
//! whether that certificate is trusted, valid today or fit for signing, is for the caller to judge by
//! [`SignerVerdict::signer`].

mod algorithm;
mod attributes;
mod compressed;
mod content;
mod content_encryption;
mod encrypt;
mod enveloped;
mod identifier;
mod inflater;
mod key_agreement;
mod key_transport;
mod opening;
mod recipient;
mod recipient_info;
mod sign;
mod signed;
pub mod stream;
mod verify;

pub use compressed::{CompressedData, DecompressError, compress, compress_as};
pub use content::{ContentType, content_type};
pub use content_encryption::ContentEncryptionAlgorithm;
pub use encrypt::{EncryptError, encrypt, encrypt_as};
pub use enveloped::EnvelopedData;
pub use identifier::{CertificateIdentifier, RecipientIdentifier};
pub use opening::{DecryptError, Decrypted, KeyOperation, KeyTask, Opening, RecipientMatch};
pub use recipient::{KeyManagement, Recipient, RecipientPolicy, RecipientRefusal};
pub use sign::{
    SignError, SignatureScheme, SignedDataBuilder, SignerIdentifierForm, SigningRequest,
    sign_attached, sign_detached,
};
pub use signed::{SignedData, SignerInfo};
pub use verify::{SignatureError, SignerVerdict};
