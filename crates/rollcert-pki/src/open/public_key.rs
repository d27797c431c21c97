use der::Tag;

use crate::algorithm_name::{KeyAlgorithmName, RSA_ENCRYPTION};
use crate::asn1::{DecodeError, Element, encode, encode_oid, tag};
use crate::certificate::Certificate;
use crate::public_key::PublicKey;

/// A public key as it came out of a file: the octets of a `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKeyFile {
    octets: Vec<u8>,
    algorithm: KeyAlgorithmName,
}

impl PublicKeyFile {
    /// Reads the DER of a `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    ///
    /// For octets that are none.
    pub fn from_der(octets: &[u8]) -> Result<Self, DecodeError> {
        let info = Element::parse(octets)?;
        if info.tag() != Tag::Sequence {
            return Err(info.bad("SubjectPublicKeyInfo"));
        }
        Ok(Self {
            algorithm: KeyAlgorithmName::from_public_key_info(&info)?,
            octets: octets.to_vec(),
        })
    }

    /// Of an `RSAPublicKey` (RFC 8017 §A.1.1).
    pub(super) fn from_pkcs1(octets: &[u8]) -> Result<Self, DecodeError> {
        Element::parse(octets)?;
        let algorithm = encode(
            tag::SEQUENCE,
            &[&encode_oid(RSA_ENCRYPTION), &encode(tag::NULL, &[])],
        );
        let key = encode(tag::BIT_STRING, &[&[0], octets]);
        Self::from_der(&encode(tag::SEQUENCE, &[&algorithm, &key]))
    }

    /// The exact octets; of a PKCS#1 file, those of the `SubjectPublicKeyInfo` around its key.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.octets
    }

    /// What kind of key it is.
    #[must_use]
    pub const fn algorithm(&self) -> &KeyAlgorithmName {
        &self.algorithm
    }

    /// Whether it is the key that `certificate` certifies.
    #[must_use]
    pub fn is_of(&self, certificate: &Certificate) -> bool {
        PublicKey::of_info(&self.octets)
            .is_ok_and(|key| PublicKey::of_certificate(certificate).is_ok_and(|other| other == key))
    }
}
