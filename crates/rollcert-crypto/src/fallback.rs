use std::sync::{Arc, OnceLock};

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    AeadAlgorithm, AuthenticatedCiphers, CipherStream, ContentAlgorithm, ContentCiphers,
    Derivation, DigestAlgorithm, Error, KeyAgreement, KeyAlgorithm, KeyDecryptor, KeyEncryption,
    KeyGeneration, KeyLoading, KeyTransportAlgorithm, KeyWrap, KeyWrapAlgorithm, LegacyCipher,
    LegacyCiphers, PreparedKey, PrivateKey, ScryptParameters, SignatureAlgorithm, Signer,
    Verification, VerifyingKey,
};

/// Two backends for one kind of work: the second serves what the first answers by
/// [`Error::Unsupported`], and nothing else.
///
/// A static of this type stands in a [`Provider`](crate::Provider) like any other.
#[derive(Debug)]
pub struct Fallback<T: ?Sized + 'static> {
    first: &'static T,
    second: &'static T,
}

impl<T: ?Sized> Fallback<T> {
    /// Asks `first`, then `second`.
    #[must_use]
    pub const fn new(first: &'static T, second: &'static T) -> Self {
        Self { first, second }
    }

    fn ask<R>(&self, mut operation: impl FnMut(&T) -> Result<R, Error>) -> Result<R, Error> {
        match operation(self.first) {
            Err(Error::Unsupported { .. }) => operation(self.second),
            served => served,
        }
    }
}

impl Verification for Fallback<dyn Verification> {
    fn key_algorithm(&self, public_key_info: &[u8]) -> Result<KeyAlgorithm, Error> {
        self.ask(|backend| backend.key_algorithm(public_key_info))
    }

    fn verify(
        &self,
        public_key_info: &[u8],
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        self.ask(|backend| backend.verify(public_key_info, algorithm, message, signature))
    }

    fn prepare(&self, public_key_info: &[u8]) -> Option<Box<dyn VerifyingKey>> {
        Some(Box::new(FallbackVerifyingKey {
            first: PreparedKey::new(public_key_info, self.first),
            second: self.second,
        }))
    }
}

/// One public key in two backends, ready in that which serves most.
struct FallbackVerifyingKey {
    first: PreparedKey,
    second: &'static dyn Verification,
}

impl VerifyingKey for FallbackVerifyingKey {
    fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        match self.first.verify(algorithm, message, signature) {
            Err(Error::Unsupported { .. }) => {
                let key = self.first.public_key_info();
                self.second.verify(key, algorithm, message, signature)
            }
            served => served,
        }
    }
}

/// A key that the first backend loads is of both: it is loaded into the second too, at the first
/// operation for which it is needed there.
impl KeyLoading for Fallback<dyn KeyLoading> {
    fn load(&self, pkcs8: &[u8]) -> Result<PrivateKey, Error> {
        let first = match self.first.load(pkcs8) {
            Err(Error::Unsupported { .. }) => return self.second.load(pkcs8),
            loaded => loaded?,
        };
        let mut key = PrivateKey::new(first.algorithm(), first.public_key_info());
        let both = Arc::new(FallbackKey {
            first,
            second_loading: self.second,
            pkcs8: Zeroizing::new(pkcs8.to_vec()),
            second: OnceLock::new(),
        });
        if both.first.signer().is_ok() {
            key = key.with_signer(both.clone());
        }
        if both.first.decryptor().is_ok() {
            key = key.with_decryptor(both.clone());
        }
        if both.first.agreement().is_ok() {
            key = key.with_agreement(both);
        }
        Ok(key)
    }
}

/// One private key in two backends.
struct FallbackKey {
    first: PrivateKey,
    second_loading: &'static dyn KeyLoading,
    pkcs8: Zeroizing<Vec<u8>>,
    second: OnceLock<Option<PrivateKey>>,
}

impl FallbackKey {
    /// Asks the first, then the second; what neither serves is the answer of the first.
    fn ask<R>(
        &self,
        mut operation: impl FnMut(&PrivateKey) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let answer = operation(&self.first);
        if !matches!(answer, Err(Error::Unsupported { .. })) {
            return answer;
        }
        let second = self
            .second
            .get_or_init(|| self.second_loading.load(&self.pkcs8).ok());
        match second.as_ref().map(operation) {
            None | Some(Err(Error::Unsupported { .. })) => answer,
            Some(served) => served,
        }
    }
}

impl Signer for FallbackKey {
    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.ask(|key| key.signer()?.sign(algorithm, message))
    }
}

impl KeyDecryptor for FallbackKey {
    fn decrypt_key(
        &self,
        algorithm: KeyTransportAlgorithm,
        encrypted: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.ask(|key| key.decryptor()?.decrypt_key(algorithm, encrypted))
    }
}

impl KeyAgreement for FallbackKey {
    fn agree(&self, peer_public_key_info: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.ask(|key| key.agreement()?.agree(peer_public_key_info))
    }
}

impl KeyGeneration for Fallback<dyn KeyGeneration> {
    fn generate(
        &self,
        algorithm: KeyAlgorithm,
        rng: &mut dyn CryptoRng,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.ask(|backend| backend.generate(algorithm, &mut *rng))
    }
}

impl KeyEncryption for Fallback<dyn KeyEncryption> {
    fn encrypt_key(
        &self,
        public_key_info: &[u8],
        algorithm: KeyTransportAlgorithm,
        content_key: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, Error> {
        self.ask(|backend| backend.encrypt_key(public_key_info, algorithm, content_key, &mut *rng))
    }
}

impl KeyWrap for Fallback<dyn KeyWrap> {
    fn wrap(
        &self,
        algorithm: KeyWrapAlgorithm,
        key_encryption_key: &[u8],
        key: &[u8],
    ) -> Result<Vec<u8>, Error> {
        self.ask(|backend| backend.wrap(algorithm, key_encryption_key, key))
    }

    fn unwrap_key(
        &self,
        algorithm: KeyWrapAlgorithm,
        key_encryption_key: &[u8],
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.ask(|backend| backend.unwrap_key(algorithm, key_encryption_key, wrapped))
    }
}

impl ContentCiphers for Fallback<dyn ContentCiphers> {
    fn encrypt(
        &self,
        algorithm: ContentAlgorithm,
        key: &[u8],
        initialisation_vector: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, Error> {
        self.ask(|backend| backend.encrypt(algorithm, key, initialisation_vector, plain))
    }

    fn decrypt(
        &self,
        algorithm: ContentAlgorithm,
        key: &[u8],
        initialisation_vector: &[u8],
        encrypted: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.ask(|backend| backend.decrypt(algorithm, key, initialisation_vector, encrypted))
    }

    fn start_encryption(
        &self,
        algorithm: ContentAlgorithm,
        key: &[u8],
        initialisation_vector: &[u8],
    ) -> Result<Box<dyn CipherStream>, Error> {
        self.ask(|backend| backend.start_encryption(algorithm, key, initialisation_vector))
    }

    fn start_decryption(
        &self,
        algorithm: ContentAlgorithm,
        key: &[u8],
        initialisation_vector: &[u8],
    ) -> Result<Box<dyn CipherStream>, Error> {
        self.ask(|backend| backend.start_decryption(algorithm, key, initialisation_vector))
    }
}

impl AuthenticatedCiphers for Fallback<dyn AuthenticatedCiphers> {
    fn seal(
        &self,
        algorithm: AeadAlgorithm,
        key: &[u8],
        nonce: &[u8],
        associated_data: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, Error> {
        self.ask(|backend| backend.seal(algorithm, key, nonce, associated_data, plain))
    }

    fn open(
        &self,
        algorithm: AeadAlgorithm,
        key: &[u8],
        nonce: &[u8],
        associated_data: &[u8],
        encrypted: &[u8],
        tag: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.ask(|backend| backend.open(algorithm, key, nonce, associated_data, encrypted, tag))
    }
}

/// Every backend serves HMAC and PBKDF2, so only scrypt is ever asked of the second.
impl Derivation for Fallback<dyn Derivation> {
    fn hmac(&self, algorithm: DigestAlgorithm, key: &[u8], message: &[u8]) -> Vec<u8> {
        self.first.hmac(algorithm, key, message)
    }

    fn pbkdf2(
        &self,
        algorithm: DigestAlgorithm,
        password: &[u8],
        salt: &[u8],
        iterations: u32,
        out: &mut [u8],
    ) {
        self.first
            .pbkdf2(algorithm, password, salt, iterations, out);
    }

    fn scrypt(
        &self,
        password: &[u8],
        salt: &[u8],
        parameters: ScryptParameters,
        out: &mut [u8],
    ) -> Result<(), Error> {
        self.ask(|backend| backend.scrypt(password, salt, parameters, out))
    }
}

impl LegacyCiphers for Fallback<dyn LegacyCiphers> {
    fn encrypt(
        &self,
        cipher: LegacyCipher,
        key: &[u8],
        initialisation_vector: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, Error> {
        self.ask(|backend| backend.encrypt(cipher, key, initialisation_vector, plain))
    }

    fn decrypt(
        &self,
        cipher: LegacyCipher,
        key: &[u8],
        initialisation_vector: &[u8],
        encrypted: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.ask(|backend| backend.decrypt(cipher, key, initialisation_vector, encrypted))
    }

    fn md5(&self, data: &[u8]) -> Result<[u8; 16], Error> {
        self.ask(|backend| backend.md5(data))
    }
}
