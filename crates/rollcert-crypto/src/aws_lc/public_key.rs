use aws_lc_rs::rsa::{
    self, OaepAlgorithm, OaepPublicEncryptingKey, Pkcs1PublicEncryptingKey, PublicEncryptingKey,
    PublicKeyComponents,
};
use aws_lc_rs::signature::{
    self, ParsedPublicKey, RsaSubjectPublicKey, UnparsedPublicKey, VerificationAlgorithm,
};
use pkcs8::spki::SubjectPublicKeyInfoRef;
use rand_core::CryptoRng;

use super::curve::Curve;
use super::key_structure::{Kind, OTHER_SIZE, SERVED_BITS, malformed, rsa_bits, rsa_public};
use super::signature_schemes::rsa_verification;
use super::small_order::is_of_small_order;
use super::{AwsLc, WRONG_KEY, backend, verifying_key};
use crate::{
    DigestAlgorithm, Error, KeyAlgorithm, KeyEncryption, KeyTransportAlgorithm, SignatureAlgorithm,
    Verification, VerifyingKey,
};

/// A public key of a kind that this backend knows.
pub(super) enum PublicKey<'a> {
    Rsa {
        bits: u32,
        numbers: PublicKeyComponents<&'a [u8]>,
        /// The `RSAPublicKey`.
        octets: &'a [u8],
    },
    Elliptic {
        curve: &'static Curve,
        point: &'a [u8],
    },
    Ed25519(&'a [u8]),
}

impl<'a> PublicKey<'a> {
    /// Reads the structure; whether the numbers in it make a key is for [`Self::check`].
    pub(super) fn decode(public_key_info: &'a [u8]) -> Result<Self, Error> {
        const STRUCTURE: Error = malformed("SubjectPublicKeyInfo");
        let info = SubjectPublicKeyInfoRef::try_from(public_key_info).map_err(|_| STRUCTURE)?;
        let octets = info.subject_public_key.as_bytes().ok_or(STRUCTURE)?;
        match Kind::announced(&info.algorithm)? {
            Kind::Rsa => {
                let numbers = rsa_public(octets).map_err(|_| malformed("RSA public key"))?;
                Ok(Self::Rsa {
                    bits: rsa_bits(&numbers)?,
                    numbers,
                    octets,
                })
            }
            // Compressed or uncompressed (RFC 5480 §2.2); AWS-LC would take X9.62's hybrid form too.
            Kind::Elliptic(curve) if matches!(octets.first(), Some(2..=4)) => Ok(Self::Elliptic {
                curve,
                point: octets,
            }),
            Kind::Elliptic(_) => Err(malformed("point of an elliptic curve")),
            Kind::Ed25519 if octets.len() == 32 => Ok(Self::Ed25519(octets)),
            Kind::Ed25519 => Err(malformed("Ed25519 public key")),
        }
    }

    fn algorithm(&self) -> KeyAlgorithm {
        match self {
            Self::Rsa { bits, .. } => KeyAlgorithm::Rsa { bits: *bits },
            Self::Elliptic { curve, .. } => curve.algorithm,
            Self::Ed25519(_) => KeyAlgorithm::Ed25519,
        }
    }

    /// Says whether the numbers make a key. Of Ed25519 it is not known before a signature is verified.
    fn check(&self) -> Result<(), Error> {
        match self {
            Self::Rsa { octets, .. } => match RsaSubjectPublicKey::from_der(octets) {
                Ok(_) => Ok(()),
                Err(_) => Err(malformed("RSA public key")),
            },
            Self::Elliptic { curve, point } => match ParsedPublicKey::new(&**curve.ecdsa, point) {
                Ok(_) => Ok(()),
                Err(_) => Err(malformed("point of an elliptic curve")),
            },
            Self::Ed25519(_) => Ok(()),
        }
    }

    /// Verifies a signature.
    pub(super) fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        let verified = match (self, algorithm) {
            (Self::Rsa { bits, numbers, .. }, _) => {
                let verification = rsa_verification(algorithm, *bits)?;
                let parameters = verification.parameters();
                numbers.verify(parameters, message, signature).is_ok()
            }
            (Self::Elliptic { curve, point }, SignatureAlgorithm::Ecdsa(digest)) => {
                let digest = curve.digest(digest, message)?;
                let verified = curve.ecdsa.verify_digest_sig(point, &digest, signature);
                verified.is_ok()
            }
            (Self::Ed25519(octets), SignatureAlgorithm::Ed25519) => {
                let verified =
                    UnparsedPublicKey::new(&signature::ED25519, octets).verify(message, signature);
                verified.is_ok() && !is_of_small_order(octets)
            }
            _ => return Err(WRONG_KEY),
        };
        if verified { Ok(()) } else { self.refusal() }
    }

    /// Why a signature does not verify. AWS-LC says no without a reason: a key that is none comes before a signature that
    /// is wrong.
    pub(super) fn refusal(&self) -> Result<(), Error> {
        self.check()?;
        Err(Error::SignatureInvalid)
    }

    /// The point, if this key is one on `curve`.
    pub(super) fn point_on(&self, curve: &Curve) -> Result<&'a [u8], Error> {
        match self {
            Self::Elliptic { curve: of, point } if of.algorithm == curve.algorithm => {
                self.check()?;
                Ok(point)
            }
            _ => Err(WRONG_KEY),
        }
    }
}

impl Verification for AwsLc {
    fn key_algorithm(&self, public_key_info: &[u8]) -> Result<KeyAlgorithm, Error> {
        let key = PublicKey::decode(public_key_info)?;
        key.check()?;
        Ok(key.algorithm())
    }

    fn verify(
        &self,
        public_key_info: &[u8],
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        PublicKey::decode(public_key_info)?.verify(algorithm, message, signature)
    }

    fn prepare(&self, public_key_info: &[u8]) -> Option<Box<dyn VerifyingKey>> {
        Some(verifying_key::prepare(public_key_info))
    }
}

/// The padding comes from AWS-LC's own random source, not from the `rng` of the caller.
impl KeyEncryption for AwsLc {
    fn encrypt_key(
        &self,
        public_key_info: &[u8],
        algorithm: KeyTransportAlgorithm,
        content_key: &[u8],
        _rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, Error> {
        let key = PublicKey::decode(public_key_info)?;
        let PublicKey::Rsa { bits, numbers, .. } = &key else {
            return Err(WRONG_KEY);
        };
        if !SERVED_BITS.contains(bits) {
            return Err(OTHER_SIZE);
        }
        key.check()?;
        let key: PublicEncryptingKey = (*numbers).try_into().map_err(backend)?;
        let mut out = vec![0; key.key_size_bytes()];
        let written = match algorithm {
            KeyTransportAlgorithm::RsaPkcs1 => Pkcs1PublicEncryptingKey::new(key)
                .map_err(backend)?
                .encrypt(content_key, &mut out)
                .map(|written| written.len()),
            KeyTransportAlgorithm::RsaOaep {
                digest,
                mask_digest,
            } => OaepPublicEncryptingKey::new(key)
                .map_err(backend)?
                .encrypt(oaep(digest, mask_digest)?, content_key, &mut out, None)
                .map(|written| written.len()),
        };
        // Key and algorithm are sound by now; what is left to fail is the length.
        let len = written.map_err(|_| malformed("RSA key too small for this content key"))?;
        out.truncate(len);
        Ok(out)
    }
}

/// AWS-LC's name for OAEP with these digests.
pub(super) fn oaep(
    digest: DigestAlgorithm,
    mask_digest: DigestAlgorithm,
) -> Result<&'static OaepAlgorithm, Error> {
    match digest {
        DigestAlgorithm::Sha1 if mask_digest == digest => Ok(&rsa::OAEP_SHA1_MGF1SHA1),
        DigestAlgorithm::Sha256 if mask_digest == digest => Ok(&rsa::OAEP_SHA256_MGF1SHA256),
        DigestAlgorithm::Sha384 if mask_digest == digest => Ok(&rsa::OAEP_SHA384_MGF1SHA384),
        DigestAlgorithm::Sha512 if mask_digest == digest => Ok(&rsa::OAEP_SHA512_MGF1SHA512),
        _ => Err(Error::Unsupported {
            what: "OAEP with these digests",
        }),
    }
}
