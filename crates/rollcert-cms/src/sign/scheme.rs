use rollcert_crypto::{DigestAlgorithm, SignatureAlgorithm};
use rollcert_pki::{Certificate, KeyAlgorithmName};

use super::SignError;
use crate::algorithm::{bound_scheme, serves};

/// How somebody is to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "by the key, or not")]
pub enum SignatureScheme {
    /// In the manner that the key is for, over this digest: RSA by PKCS#1 v1.5, the curves of NIST by ECDSA.
    ///
    /// Ed25519 has no choice of a digest (RFC 8419 §2.3). A key for RSASSA-PSS alone signs by that, with a
    /// salt as long as the digest; and by nothing but the parameters beside it, if there are any (RFC 4055
    /// §3.3).
    OfKey(DigestAlgorithm),
    /// In this manner, which the key must serve.
    Exactly(SignatureAlgorithm),
}

impl SignatureScheme {
    /// The scheme in full, for the key of this certificate.
    ///
    /// # Errors
    ///
    /// [`SignError::KeyMismatch`] when the key does not serve it, [`SignError::NoSigningKey`] when it
    /// serves none that is known, [`SignError::WeakDigest`] for SHA-1.
    pub fn for_certificate(
        self,
        certificate: &Certificate,
    ) -> Result<SignatureAlgorithm, SignError> {
        let key = certificate.key_algorithm();
        let algorithm = match self {
            Self::Exactly(algorithm) => algorithm,
            Self::OfKey(digest) => match key {
                KeyAlgorithmName::Rsa { .. } => SignatureAlgorithm::RsaPkcs1(digest),
                KeyAlgorithmName::RsaPss { .. } => bound_scheme(certificate.public_key_info())
                    .unwrap_or_else(|| SignatureAlgorithm::rsa_pss(digest)),
                KeyAlgorithmName::P256 | KeyAlgorithmName::P384 | KeyAlgorithmName::P521 => {
                    SignatureAlgorithm::Ecdsa(digest)
                }
                KeyAlgorithmName::Ed25519 => SignatureAlgorithm::Ed25519,
                _ => return Err(SignError::NoSigningKey { key: key.clone() }),
            },
        };
        if algorithm.digest() == DigestAlgorithm::Sha1 {
            return Err(SignError::WeakDigest { algorithm });
        }
        if serves(key, algorithm) == Some(false) {
            let key = key.clone();
            return Err(SignError::KeyMismatch { algorithm, key });
        }
        Ok(algorithm)
    }
}

impl From<DigestAlgorithm> for SignatureScheme {
    fn from(digest: DigestAlgorithm) -> Self {
        Self::OfKey(digest)
    }
}

impl From<SignatureAlgorithm> for SignatureScheme {
    fn from(algorithm: SignatureAlgorithm) -> Self {
        Self::Exactly(algorithm)
    }
}
