use core::fmt;

use crate::{Error, SignatureAlgorithm, Verification, VerifyingKey};

/// A public key under which several signatures are verified: what is the same for all of them is computed once.
///
/// It comes to the same verdicts and errors as [`Verification::verify`] under the same octets, whatever these are.
///
/// ```
/// # #[cfg(feature = "rustcrypto")]
/// # fn example(public_key_info: &[u8], messages: &[(Vec<u8>, Vec<u8>)]) -> Result<(), rollcert_crypto::Error> {
/// use rollcert_crypto::{SignatureAlgorithm, VerifyingKey as _, rustcrypto};
///
/// let key = rustcrypto::PROVIDER.prepare(public_key_info);
/// for (message, signature) in messages {
///     key.verify(SignatureAlgorithm::Ed25519, message, signature)?;
/// }
/// # Ok(())
/// # }
/// ```
pub struct PreparedKey {
    public_key_info: Box<[u8]>,
    verification: &'static dyn Verification,
    ready: Option<Box<dyn VerifyingKey>>,
}

impl PreparedKey {
    /// The key of a DER `SubjectPublicKeyInfo`, for this backend.
    #[must_use]
    pub fn new(public_key_info: &[u8], verification: &'static dyn Verification) -> Self {
        Self {
            public_key_info: public_key_info.into(),
            verification,
            ready: verification.prepare(public_key_info),
        }
    }

    /// The DER `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn public_key_info(&self) -> &[u8] {
        &self.public_key_info
    }

    /// The backend that verifies.
    #[must_use]
    pub fn verification(&self) -> &'static dyn Verification {
        self.verification
    }
}

impl VerifyingKey for PreparedKey {
    fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        match &self.ready {
            Some(key) => key.verify(algorithm, message, signature),
            None => {
                let key = &self.public_key_info;
                self.verification.verify(key, algorithm, message, signature)
            }
        }
    }
}

impl fmt::Debug for PreparedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedKey").finish_non_exhaustive()
    }
}
