//! Keys of Ed25519 (RFC 8032, RFC 8410).

use std::sync::Arc;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use pkcs8::der::Decode;
use pkcs8::der::asn1::OctetStringRef;
use pkcs8::spki::AlgorithmIdentifierRef;

use super::private_key::CONTRADICTION;
use super::public_key::{ED25519, WRONG_KEY, public_key_info};
use crate::{Error, KeyAlgorithm, PrivateKey, SignatureAlgorithm, Signer};

pub(super) struct EdwardsPublicKey(VerifyingKey);

impl EdwardsPublicKey {
    pub(super) fn decode(
        algorithm: &AlgorithmIdentifierRef<'_>,
        key: &[u8],
    ) -> Result<Self, Error> {
        refuse_parameters(algorithm)?;
        VerifyingKey::try_from(key)
            .map(Self)
            .map_err(|_| Error::MalformedKey {
                what: "Ed25519 public key",
            })
    }

    pub(super) fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        if algorithm != SignatureAlgorithm::Ed25519 {
            return Err(WRONG_KEY);
        }
        // RFC 8032 §8.2 and §5.1.7 leave open what points of small order do; under such a key anything
        // verifies, so they are refused.
        Signature::from_slice(signature)
            .and_then(|signature| self.0.verify_strict(message, &signature))
            .map_err(|_| Error::SignatureInvalid)
    }
}

/// Loads a `CurvePrivateKey` (RFC 8410 §7): an octet string within that of PKCS#8.
pub(super) fn load(
    algorithm: &AlgorithmIdentifierRef<'_>,
    key: &[u8],
    attached_public_key: Option<&[u8]>,
) -> Result<PrivateKey, Error> {
    refuse_parameters(algorithm)?;
    let secret: &[u8; 32] = <&OctetStringRef>::from_der(key)
        .ok()
        .and_then(|secret| secret.as_bytes().try_into().ok())
        .ok_or(Error::MalformedKey {
            what: "Ed25519 private key",
        })?;
    let key = SigningKey::from_bytes(secret);
    let public = key.verifying_key();
    if attached_public_key.is_some_and(|attached| attached != public.as_bytes()) {
        return Err(CONTRADICTION);
    }
    let algorithm = AlgorithmIdentifierRef {
        oid: ED25519,
        parameters: None,
    };
    let public = public_key_info(algorithm, public.as_bytes())?;
    Ok(PrivateKey::new(KeyAlgorithm::Ed25519, public).with_signer(Arc::new(EdwardsKey(key))))
}

struct EdwardsKey(SigningKey);

impl Signer for EdwardsKey {
    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, Error> {
        if algorithm != SignatureAlgorithm::Ed25519 {
            return Err(WRONG_KEY);
        }
        Ok(self.0.sign(message).to_bytes().to_vec())
    }
}

/// RFC 8410 §3: the parameters must be absent.
fn refuse_parameters(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<(), Error> {
    match algorithm.parameters {
        None => Ok(()),
        Some(_) => Err(Error::MalformedKey {
            what: "parameters of Ed25519",
        }),
    }
}
