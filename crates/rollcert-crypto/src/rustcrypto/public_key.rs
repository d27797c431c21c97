use const_oid::ObjectIdentifier;
use p256::NistP256;
use p384::NistP384;
use p521::NistP521;
use pkcs8::der::{Decode, Encode};
use pkcs8::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfo, SubjectPublicKeyInfoRef};

use super::curve::{self, PublicPoint};
use super::edwards::EdwardsPublicKey;
use super::rsa::RsaPublicKey;
use crate::{Error, KeyAlgorithm, SignatureAlgorithm};

/// A public key of a kind that this backend knows.
pub(super) enum PublicKey {
    Rsa(RsaPublicKey),
    P256(PublicPoint<NistP256>),
    P384(PublicPoint<NistP384>),
    P521(PublicPoint<NistP521>),
    Ed25519(EdwardsPublicKey),
}

impl PublicKey {
    /// Reads a DER `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7), its parts as RFC 3279 §2.3, RFC 4055 §1.2,
    /// RFC 5480 §2 and RFC 8410 §4 say.
    pub(super) fn decode(public_key_info: &[u8]) -> Result<Self, Error> {
        let info = SubjectPublicKeyInfoRef::from_der(public_key_info).map_err(|_| MALFORMED)?;
        let key = info.subject_public_key.as_bytes().ok_or(MALFORMED)?;
        match info.algorithm.oid {
            RSA_ENCRYPTION | RSASSA_PSS => {
                RsaPublicKey::decode(&info.algorithm, key).map(Self::Rsa)
            }
            EC_PUBLIC_KEY => match curve::named(&info.algorithm)? {
                curve::SECP256R1 => PublicPoint::decode(key).map(Self::P256),
                curve::SECP384R1 => PublicPoint::decode(key).map(Self::P384),
                curve::SECP521R1 => PublicPoint::decode(key).map(Self::P521),
                _ => Err(curve::OTHER),
            },
            ED25519 => EdwardsPublicKey::decode(&info.algorithm, key).map(Self::Ed25519),
            _ => Err(OTHER_KEY),
        }
    }

    pub(super) fn algorithm(&self) -> KeyAlgorithm {
        match self {
            Self::Rsa(key) => key.algorithm(),
            Self::P256(_) => KeyAlgorithm::P256,
            Self::P384(_) => KeyAlgorithm::P384,
            Self::P521(_) => KeyAlgorithm::P521,
            Self::Ed25519(_) => KeyAlgorithm::Ed25519,
        }
    }

    pub(super) fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        match self {
            Self::Rsa(key) => key.verify(algorithm, message, signature),
            Self::P256(key) => key.verify(algorithm, message, signature),
            Self::P384(key) => key.verify(algorithm, message, signature),
            Self::P521(key) => key.verify(algorithm, message, signature),
            Self::Ed25519(key) => key.verify(algorithm, message, signature),
        }
    }
}

/// The DER `SubjectPublicKeyInfo` of a key that was just read, so that it always can be encoded.
pub(super) fn public_key_info(
    algorithm: AlgorithmIdentifierRef<'_>,
    key: &[u8],
) -> Result<Vec<u8>, Error> {
    let subject_public_key =
        pkcs8::der::asn1::BitStringRef::from_bytes(key).map_err(|_| MALFORMED)?;
    SubjectPublicKeyInfo {
        algorithm,
        subject_public_key,
    }
    .to_der()
    .map_err(|_| MALFORMED)
}

pub(super) const RSA_ENCRYPTION: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
pub(super) const RSASSA_PSS: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
pub(super) const EC_PUBLIC_KEY: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
pub(super) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

pub(super) const OTHER_KEY: Error = Error::Unsupported {
    what: "this kind of key",
};
pub(super) const WRONG_KEY: Error = Error::Unsupported {
    what: "this algorithm with this kind of key",
};
const MALFORMED: Error = Error::MalformedKey {
    what: "SubjectPublicKeyInfo",
};
