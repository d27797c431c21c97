//! What certificates, CRLs and requests have in common: octets, how they are signed, and the signature.

use der::Tag;
use rollcert_crypto::{
    DigestAlgorithm, Error, PrivateKey, Provider, SignatureAlgorithm, VerifyingKey,
};

use crate::algorithm_name::{KeyAlgorithmName, SignatureAlgorithmName};
use crate::asn1::{Element, encode, tag};
use crate::build_error::{BuildError, BuildWarning};
use crate::public_key::PublicKey;

/// `SIGNED{}` (RFC 5912 §2): the octets that were signed, the algorithm and the signature, as one structure.
pub(crate) fn assemble(
    to_be_signed: &[u8],
    algorithm: &SignatureAlgorithmName,
    signature: &[u8],
) -> Vec<u8> {
    let signature = encode(tag::BIT_STRING, &[&[0], signature]);
    encode(
        tag::SEQUENCE,
        &[to_be_signed, algorithm.as_der(), &signature],
    )
}

/// Verifies the signature of such a structure; `what` says how the error calls an algorithm that is not known.
pub(crate) fn verify(
    key: &dyn VerifyingKey,
    algorithm: &SignatureAlgorithmName,
    what: &'static str,
    to_be_signed: &[u8],
    signature: &[u8],
) -> Result<(), Error> {
    let algorithm = algorithm.known().ok_or(Error::Unsupported { what })?;
    key.verify(algorithm, to_be_signed, signature)
}

/// The key of a DER `SubjectPublicKeyInfo`, for one signature.
pub(crate) struct KeyOnce<'a> {
    pub(crate) public_key_info: &'a [u8],
    pub(crate) provider: &'a Provider,
}

impl VerifyingKey for KeyOnce<'_> {
    fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        self.provider
            .verify(self.public_key_info, algorithm, message, signature)
    }
}

/// Who is to sign: the public half of the key, and the algorithm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SigningKey {
    public_key_info: Box<[u8]>,
    algorithm: SignatureAlgorithm,
}

impl SigningKey {
    /// The key with this `SubjectPublicKeyInfo`, signing by the algorithm that is wanted, else by the one that
    /// goes with its kind.
    pub(crate) fn new(
        public_key_info: &[u8],
        wanted: Option<SignatureAlgorithm>,
    ) -> Result<Self, BuildError> {
        let key = key_algorithm(public_key_info)?;
        let algorithm = match wanted {
            Some(wanted) if !serves(&key, wanted) => {
                return Err(BuildError::AlgorithmMismatch {
                    key,
                    algorithm: wanted,
                });
            }
            Some(wanted) => wanted,
            None => usual_algorithm(&key).ok_or(BuildError::KeyDoesNotSign { key })?,
        };
        if algorithm.digest() == DigestAlgorithm::Sha1 {
            return Err(BuildError::WeakDigest { algorithm });
        }
        Ok(Self {
            public_key_info: public_key_info.into(),
            algorithm,
        })
    }

    /// The algorithm as it is written.
    pub(crate) fn algorithm_name(&self) -> SignatureAlgorithmName {
        self.algorithm.into()
    }
}

/// Octets that wait for a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unsigned {
    to_be_signed: Vec<u8>,
    key: SigningKey,
}

impl Unsigned {
    pub(crate) const fn new(to_be_signed: Vec<u8>, key: SigningKey) -> Self {
        Self { to_be_signed, key }
    }

    pub(crate) fn to_be_signed(&self) -> &[u8] {
        &self.to_be_signed
    }

    pub(crate) const fn algorithm(&self) -> SignatureAlgorithm {
        self.key.algorithm
    }

    /// The whole structure with this signature, whoever made it.
    pub(crate) fn assemble(&self, signature: &[u8]) -> Vec<u8> {
        assemble(&self.to_be_signed, &self.key.algorithm_name(), signature)
    }

    /// The whole structure, once the signature has been verified.
    pub(crate) fn assemble_verified(
        &self,
        signature: &[u8],
        provider: &Provider,
    ) -> Result<Vec<u8>, BuildError> {
        provider
            .verify(
                &self.key.public_key_info,
                self.key.algorithm,
                &self.to_be_signed,
                signature,
            )
            .map_err(BuildError::Signature)?;
        Ok(self.assemble(signature))
    }

    /// The whole structure, signed by `key`.
    pub(crate) fn sign(&self, key: &PrivateKey) -> Result<Vec<u8>, BuildError> {
        if !is_same_public_key(&self.key.public_key_info, key.public_key_info()) {
            return Err(BuildError::OtherKey);
        }
        let signature = key
            .signer()
            .and_then(|signer| signer.sign(self.key.algorithm, &self.to_be_signed))
            .map_err(BuildError::Signature)?;
        Ok(self.assemble(&signature))
    }
}

/// What kind of key a DER `SubjectPublicKeyInfo` holds.
pub(crate) fn key_algorithm(public_key_info: &[u8]) -> Result<KeyAlgorithmName, BuildError> {
    let read = || {
        let info = Element::parse(public_key_info)?;
        if info.tag() != Tag::Sequence {
            return Err(info.bad("SubjectPublicKeyInfo"));
        }
        KeyAlgorithmName::from_public_key_info(&info)
    };
    read().map_err(BuildError::PublicKey)
}

/// Whether the length of a key that is to be certified is one to warn of, or to refuse.
pub(crate) fn check_length(key: &KeyAlgorithmName) -> Result<Option<BuildWarning>, BuildError> {
    match *key {
        KeyAlgorithmName::Rsa { bits } | KeyAlgorithmName::RsaPss { bits } => match bits {
            ..SHORTEST_RSA => Err(BuildError::KeyTooShort { bits }),
            SHORTEST_RSA..SOUND_RSA => Ok(Some(BuildWarning::WeakKey { bits })),
            _ => Ok(None),
        },
        _ => Ok(None),
    }
}

/// Whether two `SubjectPublicKeyInfo` hold the same key, however they are written.
pub(crate) fn is_same_public_key(one: &[u8], other: &[u8]) -> bool {
    one == other
        || PublicKey::of_info(one)
            .ok()
            .zip(PublicKey::of_info(other).ok())
            .is_some_and(|(one, other)| one == other)
}

/// What a key of this kind signs with where nobody asks for anything else: the digest is as strong as the
/// curve (RFC 5480 §4), and SHA-256 with RSA.
fn usual_algorithm(key: &KeyAlgorithmName) -> Option<SignatureAlgorithm> {
    match key {
        KeyAlgorithmName::Rsa { .. } => Some(SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256)),
        KeyAlgorithmName::RsaPss { .. } => {
            Some(SignatureAlgorithm::rsa_pss(DigestAlgorithm::Sha256))
        }
        KeyAlgorithmName::P256 => Some(SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256)),
        KeyAlgorithmName::P384 => Some(SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha384)),
        KeyAlgorithmName::P521 => Some(SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha512)),
        KeyAlgorithmName::Ed25519 => Some(SignatureAlgorithm::Ed25519),
        _ => None,
    }
}

/// Whether keys of this kind sign by this algorithm.
fn serves(key: &KeyAlgorithmName, algorithm: SignatureAlgorithm) -> bool {
    match key {
        KeyAlgorithmName::Rsa { .. } => matches!(
            algorithm,
            SignatureAlgorithm::RsaPkcs1(_) | SignatureAlgorithm::RsaPss { .. }
        ),
        // RFC 4055 §1.2: such a key serves for PSS alone.
        KeyAlgorithmName::RsaPss { .. } => matches!(algorithm, SignatureAlgorithm::RsaPss { .. }),
        KeyAlgorithmName::P256 | KeyAlgorithmName::P384 | KeyAlgorithmName::P521 => {
            matches!(algorithm, SignatureAlgorithm::Ecdsa(_))
        }
        KeyAlgorithmName::Ed25519 => algorithm == SignatureAlgorithm::Ed25519,
        _ => false,
    }
}

/// RSA keys below are refused: 768 bits have been factored in public.
const SHORTEST_RSA: usize = 1024;
/// RSA keys below get a warning (NIST SP 800-57 part 1, table 2: less than 112 bits of strength).
const SOUND_RSA: usize = 2048;
