use core::fmt;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    AeadAlgorithm, ContentAlgorithm, DigestAlgorithm, Error, KeyAlgorithm, KeyTransportAlgorithm,
    KeyWrapAlgorithm, LegacyCipher, PreparedKey, PrivateKey, SignatureAlgorithm,
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
    /// New private keys.
    pub key_generation: &'static dyn KeyGeneration,
    /// Encryption of content keys to a public key.
    pub key_encryption: &'static dyn KeyEncryption,
    /// Content keys under a key that both sides hold.
    pub key_wrap: &'static dyn KeyWrap,
    /// Content encryption.
    pub content: &'static dyn ContentCiphers,
    /// Content encryption with integrity.
    pub authenticated: &'static dyn AuthenticatedCiphers,
    /// Message authentication and derivation of keys from passwords.
    pub derivation: &'static dyn Derivation,
    /// What only old key files need.
    pub legacy: &'static dyn LegacyCiphers,
}

impl Provider {
    /// The digest of `data`.
    #[must_use]
    pub fn digest(&self, algorithm: DigestAlgorithm, data: &[u8]) -> Vec<u8> {
        self.digests.digest(algorithm, data)
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

    /// The key of a DER `SubjectPublicKeyInfo`, for whoever verifies several signatures under it.
    #[must_use]
    pub fn prepare(&self, public_key_info: &[u8]) -> PreparedKey {
        PreparedKey::new(public_key_info, self.verification)
    }

    /// Loads a private key from the DER of a PKCS#8 `PrivateKeyInfo` (RFC 5958).
    ///
    /// # Errors
    ///
    /// See [`KeyLoading::load`].
    pub fn load_key(&self, pkcs8: &[u8]) -> Result<PrivateKey, Error> {
        self.key_loading.load(pkcs8)
    }

    /// Makes a new private key and returns the DER of its PKCS#8 `PrivateKeyInfo` (RFC 5958).
    ///
    /// # Errors
    ///
    /// See [`KeyGeneration::generate`].
    pub fn generate_key(
        &self,
        algorithm: KeyAlgorithm,
        rng: &mut dyn CryptoRng,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.key_generation.generate(algorithm, rng)
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

    /// The digest of `data`, all at once.
    fn digest(&self, algorithm: DigestAlgorithm, data: &[u8]) -> Vec<u8> {
        let mut hasher = self.start(algorithm);
        hasher.update(data);
        hasher.finish()
    }
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

    /// The key of a DER `SubjectPublicKeyInfo`, ready to verify many signatures, each exactly as [`Self::verify`] does.
    ///
    /// `None` where that saves nothing, as by default, or for what is no key that is served: [`Self::verify`] says why.
    /// [`PreparedKey`] takes care of both.
    fn prepare(&self, public_key_info: &[u8]) -> Option<Box<dyn VerifyingKey>> {
        let _ = public_key_info;
        None
    }
}

/// A public key that a backend holds ready.
pub trait VerifyingKey: Send + Sync {
    /// Verifies `signature` over `message`.
    ///
    /// # Errors
    ///
    /// Those of [`Verification::verify`] under this key.
    fn verify(
        &self,
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

/// New private keys.
pub trait KeyGeneration: Send + Sync {
    /// Makes a key and returns the DER of its PKCS#8 `PrivateKeyInfo`.
    ///
    /// `rng` is the source of the key, unless the backend says that it draws on its own for this kind.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] for kinds and sizes that the backend does not make; RSA below 2048 bits is
    /// never among those that it does.
    fn generate(
        &self,
        algorithm: KeyAlgorithm,
        rng: &mut dyn CryptoRng,
    ) -> Result<Zeroizing<Vec<u8>>, Error>;
}

/// Encryption of content keys to a public key.
pub trait KeyEncryption: Send + Sync {
    /// Encrypts `content_key` to a DER `SubjectPublicKeyInfo`.
    ///
    /// The padding comes from `rng`, unless the backend says that it draws on a source of its own.
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

/// Content keys under a key that both sides hold (RFC 3394).
pub trait KeyWrap: Send + Sync {
    /// Wraps `key` and returns it with eight octets more.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedKey`] when `key_encryption_key` has another length than the algorithm's, or `key` is
    /// shorter than 16 octets or no multiple of 8 (RFC 3394 §2); [`Error::Unsupported`] for an algorithm that
    /// is not served.
    fn wrap(
        &self,
        algorithm: KeyWrapAlgorithm,
        key_encryption_key: &[u8],
        key: &[u8],
    ) -> Result<Vec<u8>, Error>;

    /// Opens `wrapped`, whose integrity is proven on the way.
    ///
    /// # Errors
    ///
    /// [`Error::DecryptionFailed`] when it was wrapped by another key, was altered, or has a length that no
    /// wrapped key has; [`Error::MalformedKey`] when `key_encryption_key` has another length than the
    /// algorithm's; [`Error::Unsupported`] for an algorithm that is not served.
    fn unwrap_key(
        &self,
        algorithm: KeyWrapAlgorithm,
        key_encryption_key: &[u8],
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error>;
}

/// Content encryption in CBC mode with the padding of RFC 5652 §6.3.
///
/// Content that fits in memory goes through [`encrypt`](Self::encrypt) and [`decrypt`](Self::decrypt), other
/// content in pieces through a [`CipherStream`]; both come to the same octets.
pub trait ContentCiphers: Send + Sync {
    /// Encrypts `plain`.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] for a cipher that is not served; [`Error::MalformedKey`] when key or
    /// initialisation vector have the wrong length.
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

    /// Begins to encrypt content that comes in pieces.
    ///
    /// # Errors
    ///
    /// As for [`encrypt`](Self::encrypt).
    fn start_encryption(
        &self,
        algorithm: ContentAlgorithm,
        key: &[u8],
        initialisation_vector: &[u8],
    ) -> Result<Box<dyn CipherStream>, Error>;

    /// Begins to decrypt content that comes in pieces.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] for a cipher that is not served; [`Error::MalformedKey`] when key or
    /// initialisation vector have the wrong length.
    fn start_decryption(
        &self,
        algorithm: ContentAlgorithm,
        key: &[u8],
        initialisation_vector: &[u8],
    ) -> Result<Box<dyn CipherStream>, Error>;
}

/// Content on its way through a cipher in CBC mode, in pieces of any length.
///
/// What comes out depends on the octets that went in and not on how they were cut. Of an encrypted message
/// the last block stays inside until [`finish`](Self::finish), where its padding is taken off. Whatever came
/// out before that is unproven, as CBC mode proves nothing; whoever needs proof signs the content.
pub trait CipherStream: Send {
    /// Takes in more, and appends to `out` what that completes: at most `data` and one block.
    ///
    /// # Errors
    ///
    /// [`Error::Backend`] when the backend failed, and never for what `data` holds. The stream is of no use
    /// afterwards.
    fn update(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<(), Error>;

    /// Ends the content, and appends the rest to `out`: the padded block, or what was before the padding.
    ///
    /// # Errors
    ///
    /// When decrypting, [`Error::DecryptionFailed`] for wrong padding, for a length that is no multiple of the
    /// block, and for no content at all: one value for each.
    fn finish(self: Box<Self>, out: &mut Vec<u8>) -> Result<(), Error>;
}

/// Content encryption with integrity. Key and nonce have the lengths that [`AeadAlgorithm`] says.
pub trait AuthenticatedCiphers: Send + Sync {
    /// Encrypts `plain` and returns the ciphertext with its tag of [`AeadAlgorithm::TAG_LEN`] octets at the
    /// end. A nonce must never serve twice with one key.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] for a cipher that is not served, [`Error::MalformedKey`] when key or nonce
    /// have the wrong length.
    fn seal(
        &self,
        algorithm: AeadAlgorithm,
        key: &[u8],
        nonce: &[u8],
        associated_data: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, Error>;

    /// Decrypts `encrypted`, whose integrity and that of `associated_data` `tag` proves.
    ///
    /// # Errors
    ///
    /// [`Error::DecryptionFailed`] when it does not; [`Error::Unsupported`] for a cipher or a length of the
    /// tag that is not served, [`Error::MalformedKey`] when key or nonce have the wrong length.
    fn open(
        &self,
        algorithm: AeadAlgorithm,
        key: &[u8],
        nonce: &[u8],
        associated_data: &[u8],
        encrypted: &[u8],
        tag: &[u8],
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

    /// scrypt (RFC 7914 §6): fills `out`. The caller bounds `cost` and `block_size`, whose product times
    /// 128 is the memory in octets, and `parallelization`, which multiplies the time.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] when the backend does not serve it, or not with these parameters.
    fn scrypt(
        &self,
        password: &[u8],
        salt: &[u8],
        parameters: ScryptParameters,
        out: &mut [u8],
    ) -> Result<(), Error>;
}

/// What scrypt costs (RFC 7914 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "the parameters of RFC 7914")]
pub struct ScryptParameters {
    /// `N`: a power of two above one.
    pub cost: u64,
    /// `r`.
    pub block_size: u32,
    /// `p`.
    pub parallelization: u32,
}

/// What only old key files need. A backend may serve none of it.
pub trait LegacyCiphers: Send + Sync {
    /// Encrypts `plain`, for writing files that old products read.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] for every cipher but [`LegacyCipher::DesEde3Cbc`], and for that one too where
    /// the backend does not serve it; [`Error::MalformedKey`] when key or initialisation vector have the
    /// wrong length.
    fn encrypt(
        &self,
        cipher: LegacyCipher,
        key: &[u8],
        initialisation_vector: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, Error>;

    /// Decrypts `encrypted` and takes the padding off, which RC4 has none of.
    ///
    /// # Errors
    ///
    /// [`Error::DecryptionFailed`] for wrong padding or length; [`Error::Unsupported`] for a cipher that is
    /// not served; [`Error::MalformedKey`] when key or initialisation vector have the wrong length.
    fn decrypt(
        &self,
        cipher: LegacyCipher,
        key: &[u8],
        initialisation_vector: &[u8],
        encrypted: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error>;

    /// The MD5 digest of `data`, for deriving keys as old files do. It is good for nothing else, so it is
    /// no [`DigestAlgorithm`].
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] when the backend does not serve it.
    fn md5(&self, data: &[u8]) -> Result<[u8; 16], Error>;
}
