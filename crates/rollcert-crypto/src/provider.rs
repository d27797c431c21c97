use core::fmt;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    ContentAlgorithm, DigestAlgorithm, Error, KeyAlgorithm, KeyTransportAlgorithm, PrivateKey,
    SignatureAlgorithm,
};

/// A backend: one static for each kind of work.
///
/// Take one whole (`rustcrypto::PROVIDER`) or mix: `Provider { verification: &MINE, ..OTHER }`.
#[derive(Clone, Copy)]
#[expect(
    clippy::exhaustive_structs,
    reason = "hosts mix providers by functional update"
)]
pub struct Provider {
    /// What the backend is called in reports.
    pub name: &'static str,
    /// Message digests.
    pub digests: &'static dyn Digests,
    /// Signature verification.
    pub verification: &'static dyn Verification,
    /// Private keys from their files.
    pub key_loading: &'static dyn KeyLoading,
    /// Encryption of content keys to a public key.
    pub key_encryption: &'static dyn KeyEncryption,
    /// Content encryption.
    pub content: &'static dyn ContentCiphers,
    /// Message authentication and derivation of keys from passwords.
    pub derivation: &'static dyn Derivation,
}

impl Provider {
    /// The digest of `data`.
    #[must_use]
    pub fn digest(&self, algorithm: DigestAlgorithm, data: &[u8]) -> Vec<u8> {
        let mut hasher = self.digests.start(algorithm);
        hasher.update(data);
        hasher.finish()
    }

    /// Verifies `signature` over `message` under a DER `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    ///
    /// See [`Verification::verify`].
    pub fn verify(
        &self,
        public_key_info: &[u8],
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        self.verification
            .verify(public_key_info, algorithm, message, signature)
    }

    /// Loads a private key from the DER of a PKCS#8 `PrivateKeyInfo` (RFC 5958).
    ///
    /// # Errors
    ///
    /// See [`KeyLoading::load`].
    pub fn load_key(&self, pkcs8: &[u8]) -> Result<PrivateKey, Error> {
        self.key_loading.load(pkcs8)
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// A digest in the making.
pub trait Hasher: Send {
    /// Takes in more of the message.
    fn update(&mut self, data: &[u8]);
    /// Ends the message and returns its digest.
    fn finish(self: Box<Self>) -> Vec<u8>;
}

/// Message digests. Every backend serves every [`DigestAlgorithm`].
pub trait Digests: Send + Sync {
    /// Begins a digest.
    fn start(&self, algorithm: DigestAlgorithm) -> Box<dyn Hasher>;
}

/// Signature verification.
pub trait Verification: Send + Sync {
    /// Says what kind of key a DER `SubjectPublicKeyInfo` holds.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] for kinds that the backend does not know, [`Error::MalformedKey`] for
    /// octets that are no key.
    fn key_algorithm(&self, public_key_info: &[u8]) -> Result<KeyAlgorithm, Error>;

    /// Verifies `signature` over `message` under a DER `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    ///
    /// [`Error::SignatureInvalid`] when it does not verify, [`Error::Unsupported`] and
    /// [`Error::MalformedKey`] as for [`Self::key_algorithm`]; a key of another kind than
    /// `algorithm` wants is [`Error::Unsupported`].
    fn verify(
        &self,
        public_key_info: &[u8],
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error>;
}

/// Private keys from their files.
pub trait KeyLoading: Send + Sync {
    /// Loads the DER of a PKCS#8 `PrivateKeyInfo` (RFC 5958).
    ///
    /// # Errors
    ///
    /// [`Error::MalformedKey`] for octets that are no key or one that contradicts itself,
    /// [`Error::Unsupported`] for other kinds and sizes.
    fn load(&self, pkcs8: &[u8]) -> Result<PrivateKey, Error>;
}

/// Encryption of content keys to a public key.
pub trait KeyEncryption: Send + Sync {
    /// Encrypts `content_key` to a DER `SubjectPublicKeyInfo`, padding from `rng`.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] when the key does not serve `algorithm`, [`Error::MalformedKey`] when
    /// it is none.
    fn encrypt_key(
        &self,
        public_key_info: &[u8],
        algorithm: KeyTransportAlgorithm,
        content_key: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, Error>;
}

/// Content encryption in CBC mode with the padding of RFC 5652 §6.3.
pub trait ContentCiphers: Send + Sync {
    /// Encrypts `plain`.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] for a cipher that is for opening only; [`Error::MalformedKey`] when
    /// key or initialisation vector have the wrong length.
    fn encrypt(
        &self,
        algorithm: ContentAlgorithm,
        key: &[u8],
        initialisation_vector: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, Error>;

    /// Decrypts `encrypted` and takes the padding off.
    ///
    /// # Errors
    ///
    /// [`Error::DecryptionFailed`] for wrong padding and for a length that is no multiple of the
    /// block; [`Error::MalformedKey`] when key or initialisation vector have the wrong length.
    fn decrypt(
        &self,
        algorithm: ContentAlgorithm,
        key: &[u8],
        initialisation_vector: &[u8],
        encrypted: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error>;
}

/// Message authentication and derivation of keys from passwords.
pub trait Derivation: Send + Sync {
    /// HMAC (RFC 2104) of `message` under `key`.
    fn hmac(&self, algorithm: DigestAlgorithm, key: &[u8], message: &[u8]) -> Vec<u8>;

    /// PBKDF2 (RFC 8018 §5.2) with HMAC over `algorithm`: fills `out`. The caller bounds
    /// `iterations`; zero counts as one.
    fn pbkdf2(
        &self,
        algorithm: DigestAlgorithm,
        password: &[u8],
        salt: &[u8],
        iterations: u32,
        out: &mut [u8],
    );
}
