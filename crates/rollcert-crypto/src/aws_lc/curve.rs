use core::iter;

use aws_lc_rs::signature::EcdsaSigningAlgorithm;
use aws_lc_rs::{agreement, digest, signature};
use const_oid::ObjectIdentifier;

use super::backend;
use super::digests::digest_of;
use crate::{DigestAlgorithm, Error, KeyAlgorithm};

/// An elliptic curve of NIST, and AWS-LC's names for what is done on it.
pub(super) struct Curve {
    pub(super) algorithm: KeyAlgorithm,
    pub(super) oid: ObjectIdentifier,
    /// Length in octets of a private key.
    pub(super) scalar_len: usize,
    /// Which bits of the first octet of a private key are in use.
    pub(super) first_octet: u8,
    /// Signing and verification. AWS-LC ties each to one digest, see [`Self::digest`].
    pub(super) ecdsa: &'static EcdsaSigningAlgorithm,
    /// The digest that `ecdsa` is tied to: as long as the order of the curve, or the longest there is.
    tied_to: &'static digest::Algorithm,
    pub(super) ecdh: &'static agreement::Algorithm,
}

impl Curve {
    pub(super) fn from_oid(oid: ObjectIdentifier) -> Option<&'static Self> {
        CURVES.iter().find(|curve| curve.oid == oid)
    }

    pub(super) fn of(algorithm: KeyAlgorithm) -> Option<&'static Self> {
        CURVES.iter().find(|curve| curve.algorithm == algorithm)
    }

    /// Digests `message` for a signature on this curve.
    ///
    /// ECDSA takes a digest as a number, of as many leading bits as the order of the curve has
    /// (SEC 1 §4.1.3, step 5). So each digest has an equivalent of the one length that AWS-LC ties to
    /// the curve: a longer one is cut, as ECDSA itself would cut it, and a shorter one gets leading
    /// zeros, which change no number.
    pub(super) fn digest(
        &self,
        algorithm: DigestAlgorithm,
        message: &[u8],
    ) -> Result<digest::Digest, Error> {
        let digest = digest::digest(digest_of(algorithm), message);
        let len = self.tied_to.output_len();
        let zeros = iter::repeat_n(0, len.saturating_sub(digest.as_ref().len()));
        let octets: Vec<u8> = zeros
            .chain(digest.as_ref().iter().copied())
            .take(len)
            .collect();
        digest::Digest::import_less_safe(&octets, self.tied_to).map_err(backend)
    }
}

static CURVES: [Curve; 3] = [
    Curve {
        algorithm: KeyAlgorithm::P256,
        oid: ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"),
        scalar_len: 32,
        first_octet: 0xff,
        ecdsa: &signature::ECDSA_P256_SHA256_ASN1_SIGNING,
        tied_to: &digest::SHA256,
        ecdh: &agreement::ECDH_P256,
    },
    Curve {
        algorithm: KeyAlgorithm::P384,
        oid: ObjectIdentifier::new_unwrap("1.3.132.0.34"),
        scalar_len: 48,
        first_octet: 0xff,
        ecdsa: &signature::ECDSA_P384_SHA384_ASN1_SIGNING,
        tied_to: &digest::SHA384,
        ecdh: &agreement::ECDH_P384,
    },
    Curve {
        algorithm: KeyAlgorithm::P521,
        oid: ObjectIdentifier::new_unwrap("1.3.132.0.35"),
        scalar_len: 66,
        first_octet: 0x01,
        ecdsa: &signature::ECDSA_P521_SHA512_ASN1_SIGNING,
        tied_to: &digest::SHA512,
        ecdh: &agreement::ECDH_P521,
    },
];
