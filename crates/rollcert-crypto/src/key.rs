use core::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::{Error, KeyAlgorithm, KeyTransportAlgorithm, SignatureAlgorithm};

/// Whoever can sign with one private key: a key in memory, an HSM, another process.
pub trait Signer: Send + Sync {
    /// Signs `message`, hashing it as `algorithm` says.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] when the key cannot sign so; [`Error::Backend`] when whoever holds the
    /// key fails.
    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, Error>;
}

/// Whoever can open content keys that were encrypted to one public key.
pub trait KeyDecryptor: Send + Sync {
    /// Opens `encrypted` and returns the content key.
    ///
    /// With implicit rejection a wrong padding yields a random key instead of an error, so the
    /// result proves nothing. The caller draws a random content key first and takes it, in constant
    /// time, whenever this fails or the length is wrong (RFC 3218 §2.3.2). Nor can it find out which of several
    /// keys a message is for: a key that it is not for may seem to open it.
    ///
    /// # Errors
    ///
    /// [`Error::DecryptionFailed`] for every reason that depends on the ciphertext;
    /// [`Error::Unsupported`] when the key does not serve `algorithm`.
    fn decrypt_key(
        &self,
        algorithm: KeyTransportAlgorithm,
        encrypted: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error>;
}

/// Whoever can agree on a secret with one private key (SEC 1 §3.3.1, ECDH).
pub trait KeyAgreement: Send + Sync {
    /// The secret shared with the owner of a DER `SubjectPublicKeyInfo`: the x-coordinate, as long as the
    /// field of the curve.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedKey`] for octets that are no public key or no point of the curve;
    /// [`Error::Unsupported`] for a key of another curve.
    fn agree(&self, peer_public_key_info: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error>;
}

/// A private key ready for use, wherever it lives. Cheap to clone; `Debug` shows no secret.
#[derive(Clone)]
pub struct PrivateKey {
    algorithm: KeyAlgorithm,
    public_key_info: Arc<[u8]>,
    signer: Option<Arc<dyn Signer>>,
    decryptor: Option<Arc<dyn KeyDecryptor>>,
    agreement: Option<Arc<dyn KeyAgreement>>,
}

impl PrivateKey {
    /// A key of this kind that so far can do nothing, and its public half as a DER `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn new(algorithm: KeyAlgorithm, public_key_info: impl Into<Arc<[u8]>>) -> Self {
        Self {
            algorithm,
            public_key_info: public_key_info.into(),
            signer: None,
            decryptor: None,
            agreement: None,
        }
    }

    /// The same key, signing by `signer`.
    #[must_use]
    pub fn with_signer(self, signer: Arc<dyn Signer>) -> Self {
        Self {
            signer: Some(signer),
            ..self
        }
    }

    /// The same key, opening content keys by `decryptor`.
    #[must_use]
    pub fn with_decryptor(self, decryptor: Arc<dyn KeyDecryptor>) -> Self {
        Self {
            decryptor: Some(decryptor),
            ..self
        }
    }

    /// The same key, agreeing on secrets by `agreement`.
    #[must_use]
    pub fn with_agreement(self, agreement: Arc<dyn KeyAgreement>) -> Self {
        Self {
            agreement: Some(agreement),
            ..self
        }
    }

    /// Its public half, as a DER `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7).
    #[must_use]
    pub fn public_key_info(&self) -> &[u8] {
        &self.public_key_info
    }

    /// What kind of key it is.
    #[must_use]
    pub fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// Who signs with it.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] when this key does not sign.
    pub fn signer(&self) -> Result<&dyn Signer, Error> {
        self.signer.as_deref().ok_or(Error::Unsupported {
            what: "signing with this key",
        })
    }

    /// Who opens content keys with it.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] when this key does not decrypt, as an elliptic-curve key does not by
    /// key transport.
    pub fn decryptor(&self) -> Result<&dyn KeyDecryptor, Error> {
        self.decryptor.as_deref().ok_or(Error::Unsupported {
            what: "decrypting with this key",
        })
    }

    /// Who agrees on secrets with it.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] when this key does not, as only those of elliptic curves do.
    pub fn agreement(&self) -> Result<&dyn KeyAgreement, Error> {
        self.agreement.as_deref().ok_or(Error::Unsupported {
            what: "key agreement with this key",
        })
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey")
            .field("algorithm", &self.algorithm)
            .field("signs", &self.signer.is_some())
            .field("decrypts", &self.decryptor.is_some())
            .field("agrees", &self.agreement.is_some())
            .finish_non_exhaustive()
    }
}
