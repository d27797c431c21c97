//! Keys of the curves P-256, P-384 and P-521: ECDSA and ECDH (SEC 1, RFC 5480, RFC 5915).

use core::ops::Add;
use std::sync::Arc;

use const_oid::{AssociatedOid, ObjectIdentifier};
use ecdsa::elliptic_curve::array::ArraySize;
use ecdsa::elliptic_curve::ops::Invert;
use ecdsa::elliptic_curve::sec1::{FromSec1Point, ModulusSize, ToSec1Point};
use ecdsa::elliptic_curve::subtle::CtOption;
use ecdsa::elliptic_curve::{Curve, CurveArithmetic, FieldBytes, Scalar, ecdh};
use ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
use ecdsa::{DigestAlgorithm, EcdsaCurve, Signature, SigningKey, VerifyingKey};
use p256::NistP256;
use p384::NistP384;
use p521::NistP521;
use pkcs8::der::asn1::{AnyRef, BitStringRef, OctetStringRef};
use pkcs8::der::{self, Reader, SliceReader, TagMode, TagNumber};
use pkcs8::spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use super::PROVIDER;
use super::private_key::{CONTRADICTION, digest_for_signing};
use super::public_key::{EC_PUBLIC_KEY, PublicKey, WRONG_KEY, public_key_info};
use crate::{Error, KeyAgreement, KeyAlgorithm, PrivateKey, SignatureAlgorithm, Signer};

/// A curve with all that its arithmetic needs, so that one implementation serves the three.
pub(super) trait NistCurve:
    EcdsaCurve
    + DigestAlgorithm
    + AssociatedOid
    + Curve<
        FieldBytesSize: ModulusSize + Add<Output: Add<ecdsa::der::MaxOverhead, Output: ArraySize>>,
    > + CurveArithmetic<
        AffinePoint: FromSec1Point<Self> + ToSec1Point<Self>,
        Scalar: Invert<Output = CtOption<Scalar<Self>>>,
    >
{
    const ALGORITHM: KeyAlgorithm;

    /// The key, if it is of this curve.
    fn of(key: PublicKey) -> Option<PublicPoint<Self>>;
}

impl NistCurve for NistP256 {
    const ALGORITHM: KeyAlgorithm = KeyAlgorithm::P256;

    fn of(key: PublicKey) -> Option<PublicPoint<Self>> {
        match key {
            PublicKey::P256(point) => Some(point),
            _ => None,
        }
    }
}

impl NistCurve for NistP384 {
    const ALGORITHM: KeyAlgorithm = KeyAlgorithm::P384;

    fn of(key: PublicKey) -> Option<PublicPoint<Self>> {
        match key {
            PublicKey::P384(point) => Some(point),
            _ => None,
        }
    }
}

impl NistCurve for NistP521 {
    const ALGORITHM: KeyAlgorithm = KeyAlgorithm::P521;

    fn of(key: PublicKey) -> Option<PublicPoint<Self>> {
        match key {
            PublicKey::P521(point) => Some(point),
            _ => None,
        }
    }
}

/// The curve that the parameters name (RFC 5480 §2.1.1); curves spelled out by their numbers are nobody's.
pub(super) fn named(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<ObjectIdentifier, Error> {
    algorithm.parameters_oid().map_err(|_| OTHER)
}

/// A public key: a point of the curve, and not the one at infinity.
pub(super) struct PublicPoint<C: NistCurve>(VerifyingKey<C>);

impl<C: NistCurve> PublicPoint<C> {
    /// Reads a point, compressed or not (SEC 1 §2.3.4).
    pub(super) fn decode(point: &[u8]) -> Result<Self, Error> {
        VerifyingKey::from_sec1_bytes(point)
            .map(Self)
            .map_err(|_| Error::MalformedKey {
                what: "point of an elliptic curve",
            })
    }

    pub(super) fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        let SignatureAlgorithm::Ecdsa(digest) = algorithm else {
            return Err(WRONG_KEY);
        };
        let digest = PROVIDER.digest(digest, message);
        Signature::from_der(signature)
            .and_then(|signature| self.0.verify_prehash(&digest, &signature))
            .map_err(|_| Error::SignatureInvalid)
    }
}

/// Loads an `ECPrivateKey` (RFC 5915 §3). The public key, wherever it is given, must be the scalar's.
pub(super) fn load<C: NistCurve>(
    key: &[u8],
    attached_public_key: Option<&[u8]>,
) -> Result<PrivateKey, Error> {
    let EcPrivateKey {
        scalar,
        curve,
        public_key,
    } = EcPrivateKey::decode(key).map_err(|_| MALFORMED)?;
    if curve.is_some_and(|curve| curve != C::OID) {
        return Err(Error::MalformedKey {
            what: "curve named twice, and differently",
        });
    }
    let key = signing_key::<C>(scalar).ok_or(MALFORMED)?;
    let public = key.verifying_key();
    for given in [public_key, attached_public_key].into_iter().flatten() {
        if PublicPoint::<C>::decode(given)?.0 != *public {
            return Err(CONTRADICTION);
        }
    }
    let algorithm = AlgorithmIdentifierRef {
        oid: EC_PUBLIC_KEY,
        parameters: Some(AnyRef::from(&C::OID)),
    };
    let public = public_key_info(algorithm, public.to_sec1_point(false).as_bytes())?;
    let key = Arc::new(CurveKey(key));
    Ok(PrivateKey::new(C::ALGORITHM, public)
        .with_signer(key.clone())
        .with_agreement(key))
}

struct EcPrivateKey<'a> {
    scalar: &'a [u8],
    curve: Option<ObjectIdentifier>,
    public_key: Option<&'a [u8]>,
}

impl<'a> EcPrivateKey<'a> {
    fn decode(key: &'a [u8]) -> der::Result<Self> {
        let mut reader = SliceReader::new(key)?;
        let parts = reader.sequence(|reader| {
            let version: u8 = reader.decode()?;
            if version != 1 {
                return Err(reader.error(der::ErrorKind::Failed));
            }
            let scalar: &OctetStringRef = reader.decode()?;
            let curve = reader.context_specific(TagNumber(0), TagMode::Explicit)?;
            let public_key =
                reader.context_specific::<BitStringRef<'_>>(TagNumber(1), TagMode::Explicit)?;
            let public_key = public_key
                .map(|bits| {
                    bits.as_bytes()
                        .ok_or_else(|| reader.error(der::ErrorKind::Failed))
                })
                .transpose()?;
            Ok::<_, der::Error>(Self {
                scalar: scalar.as_bytes(),
                curve,
                public_key,
            })
        })?;
        reader.finish()?;
        Ok(parts)
    }
}

/// RFC 5915 §3 wants the scalar as long as the curve's order; some products write it shorter or longer, as
/// their big numbers come.
fn signing_key<C: NistCurve>(scalar: &[u8]) -> Option<SigningKey<C>> {
    let zeros = scalar.iter().take_while(|octet| **octet == 0).count();
    let (_, digits) = scalar.split_at_checked(zeros)?;
    let mut field = Zeroizing::new(FieldBytes::<C>::default());
    let start = field.len().checked_sub(digits.len())?;
    field.get_mut(start..)?.copy_from_slice(digits);
    SigningKey::from_bytes(&field).ok()
}

struct CurveKey<C: NistCurve>(SigningKey<C>);

impl<C: NistCurve> Signer for CurveKey<C> {
    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, Error> {
        if !matches!(algorithm, SignatureAlgorithm::Ecdsa(_)) {
            return Err(WRONG_KEY);
        }
        let digest = PROVIDER.digest(digest_for_signing(algorithm)?, message);
        let signature: Signature<C> = self
            .0
            .sign_prehash(&digest)
            .map_err(|error| Error::Backend(Arc::new(error)))?;
        Ok(signature.to_der().as_bytes().to_vec())
    }
}

impl<C: NistCurve> KeyAgreement for CurveKey<C> {
    fn agree(&self, peer_public_key_info: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let peer = C::of(PublicKey::decode(peer_public_key_info)?).ok_or(Error::Unsupported {
            what: "key agreement between different curves",
        })?;
        let secret = ecdh::diffie_hellman(self.0.as_nonzero_scalar(), peer.0.as_affine());
        Ok(Zeroizing::new(secret.raw_secret_bytes().to_vec()))
    }
}

pub(super) const SECP256R1: ObjectIdentifier = NistP256::OID;
pub(super) const SECP384R1: ObjectIdentifier = NistP384::OID;
pub(super) const SECP521R1: ObjectIdentifier = NistP521::OID;

pub(super) const OTHER: Error = Error::Unsupported {
    what: "this elliptic curve",
};
const MALFORMED: Error = Error::MalformedKey {
    what: "EC private key",
};
