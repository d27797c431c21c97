//! Public keys that AWS-LC holds ready.

use std::sync::OnceLock;

use aws_lc_rs::signature::ParsedPublicKey;

use super::curve::Curve;
use super::public_key::PublicKey;
use super::signature_schemes::{RsaVerification, rsa_verification};
use crate::{DigestAlgorithm, Error, SignatureAlgorithm, VerifyingKey};

/// The key of a DER `SubjectPublicKeyInfo`, which is read when a signature is to be verified.
pub(super) fn prepare(public_key_info: &[u8]) -> Box<dyn VerifyingKey> {
    Box::new(Prepared {
        public_key_info: public_key_info.into(),
        ready: OnceLock::new(),
    })
}

/// AWS-LC ties a key that it holds to one algorithm: the first by which this one verifies. One key seldom has two.
struct Prepared {
    public_key_info: Box<[u8]>,
    ready: OnceLock<(SignatureAlgorithm, Ready)>,
}

/// A key as AWS-LC holds it.
enum Ready {
    /// Of RSA, for PKCS#1 v1.5.
    Rsa(ParsedPublicKey),
    Elliptic {
        curve: &'static Curve,
        digest: DigestAlgorithm,
        point: ParsedPublicKey,
    },
}

impl VerifyingKey for Prepared {
    fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        if self.ready.get().is_none()
            && let Some(ready) = Ready::of(&self.public_key_info, algorithm)
        {
            // Somebody else may have been faster; either will do.
            let _ = self.ready.set((algorithm, ready));
        }
        match self.ready.get() {
            Some((of, ready)) if *of == algorithm => {
                if ready.verify(message, signature)? {
                    return Ok(());
                }
                PublicKey::decode(&self.public_key_info)?.refusal()
            }
            _ => PublicKey::decode(&self.public_key_info)?.verify(algorithm, message, signature),
        }
    }
}

impl Ready {
    /// `None` where AWS-LC can hold nothing ready, as for Ed25519, and for whatever [`PublicKey::verify`] refuses.
    fn of(public_key_info: &[u8], algorithm: SignatureAlgorithm) -> Option<Self> {
        match (PublicKey::decode(public_key_info).ok()?, algorithm) {
            (PublicKey::Rsa { bits, octets, .. }, _) => {
                match rsa_verification(algorithm, bits).ok()? {
                    RsaVerification::Pkcs1(parameters) => {
                        let key = ParsedPublicKey::new(parameters, octets).ok()?;
                        Some(Self::Rsa(key))
                    }
                    RsaVerification::Pss(_) => None,
                }
            }
            (PublicKey::Elliptic { curve, point }, SignatureAlgorithm::Ecdsa(digest)) => {
                let point = ParsedPublicKey::new(&**curve.ecdsa, point).ok()?;
                Some(Self::Elliptic {
                    curve,
                    digest,
                    point,
                })
            }
            _ => None,
        }
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<bool, Error> {
        match self {
            Self::Rsa(key) => Ok(key.verify_sig(message, signature).is_ok()),
            Self::Elliptic {
                curve,
                digest,
                point,
            } => {
                let digest = curve.digest(*digest, message)?;
                Ok(point.verify_digest_sig(&digest, signature).is_ok())
            }
        }
    }
}
