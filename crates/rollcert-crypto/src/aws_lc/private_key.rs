use std::sync::Arc;

use aws_lc_rs::agreement::{self, UnparsedPublicKey};
use aws_lc_rs::encoding::{AsBigEndian, EcPublicKeyCompressedBin};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{OaepPrivateDecryptingKey, Pkcs1PrivateDecryptingKey, PrivateDecryptingKey};
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair};
use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::Encode;
use pkcs8::der::asn1::{AnyRef, BitStringRef};
use pkcs8::spki::SubjectPublicKeyInfoRef;
use zeroize::Zeroizing;

use super::curve::Curve;
use super::key_structure::{
    Kind, OTHER_SIZE, Primes, SERVED_BITS, malformed, rsa_bits, rsa_private,
};
use super::public_key::{PublicKey, oaep};
use super::signature_schemes::rsa_signing;
use super::{AwsLc, WRONG_KEY, backend};
use crate::{
    DigestAlgorithm, Error, KeyAgreement, KeyAlgorithm, KeyDecryptor, KeyLoading,
    KeyTransportAlgorithm, PrivateKey, SignatureAlgorithm, Signer,
};

impl KeyLoading for AwsLc {
    fn load(&self, pkcs8: &[u8]) -> Result<PrivateKey, Error> {
        const STRUCTURE: Error = malformed("PKCS#8 PrivateKeyInfo");
        let mut info = PrivateKeyInfoRef::try_from(pkcs8).map_err(|_| STRUCTURE)?;
        let kind = Kind::announced(&info.algorithm)?;
        if let Kind::Rsa = kind {
            info.algorithm.parameters = Some(AnyRef::NULL);
        }
        // In the one form that AWS-LC takes for every kind: version 1, no attributes, no public key.
        let plain = PrivateKeyInfoRef::new(info.algorithm, info.private_key);
        let plain = Zeroizing::new(plain.to_der().map_err(|_| STRUCTURE)?);
        match kind {
            Kind::Rsa => load_rsa(&plain, &info),
            Kind::Elliptic(curve) => load_elliptic(curve, &plain, &info),
            Kind::Ed25519 => load_ed25519(&plain, &info),
        }
    }
}

fn load_rsa(pkcs8: &[u8], info: &PrivateKeyInfoRef<'_>) -> Result<PrivateKey, Error> {
    const WHAT: &str = "RSA private key";
    let (numbers, primes) =
        rsa_private(info.private_key.as_bytes()).map_err(|_| malformed(WHAT))?;
    let bits = rsa_bits(&numbers)?;
    if !SERVED_BITS.contains(&bits) {
        return Err(OTHER_SIZE);
    }
    if primes == Primes::More {
        return Err(Error::Unsupported {
            what: "an RSA key of more than two primes",
        });
    }
    let pair = RsaKeyPair::from_pkcs8(pkcs8).map_err(|_| malformed(WHAT))?;
    let decrypting = PrivateDecryptingKey::from_pkcs8(pkcs8).map_err(|_| malformed(WHAT))?;
    let public = public_key_info(info, &[pair.public_key().as_ref()])?;
    let key = Arc::new(RsaKey {
        pkcs1: Pkcs1PrivateDecryptingKey::new(decrypting.clone()).map_err(backend)?,
        oaep: OaepPrivateDecryptingKey::new(decrypting).map_err(backend)?,
        pair,
    });
    Ok(PrivateKey::new(KeyAlgorithm::Rsa { bits }, public)
        .with_signer(key.clone())
        .with_decryptor(key))
}

fn load_elliptic(
    curve: &'static Curve,
    pkcs8: &[u8],
    info: &PrivateKeyInfoRef<'_>,
) -> Result<PrivateKey, Error> {
    const WHAT: &str = "elliptic-curve private key";
    let pair = EcdsaKeyPair::from_pkcs8(curve.ecdsa, pkcs8).map_err(|_| malformed(WHAT))?;
    let agreement = agreement::PrivateKey::from_private_key_der(curve.ecdh, pkcs8)
        .map_err(|_| malformed(WHAT))?;
    let compressed: EcPublicKeyCompressedBin<'_> =
        pair.public_key().as_be_bytes().map_err(backend)?;
    let public = public_key_info(info, &[pair.public_key().as_ref(), compressed.as_ref()])?;
    let key = Arc::new(EllipticKey {
        curve,
        pair,
        agreement,
    });
    Ok(PrivateKey::new(curve.algorithm, public)
        .with_signer(key.clone())
        .with_agreement(key))
}

fn load_ed25519(pkcs8: &[u8], info: &PrivateKeyInfoRef<'_>) -> Result<PrivateKey, Error> {
    let pair = Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| malformed("Ed25519 private key"))?;
    let public = public_key_info(info, &[pair.public_key().as_ref()])?;
    Ok(PrivateKey::new(KeyAlgorithm::Ed25519, public).with_signer(Arc::new(Ed25519Key(pair))))
}

/// The public half as a `SubjectPublicKeyInfo`, from its `forms`, the customary one first. A public key
/// beside the private one (RFC 5958 §2) must be one of them.
fn public_key_info(info: &PrivateKeyInfoRef<'_>, forms: &[&[u8]]) -> Result<Vec<u8>, Error> {
    if let Some(enclosed) = info.public_key
        && !forms.iter().any(|form| enclosed.as_bytes() == Some(form))
    {
        return Err(malformed("public key beside another private key"));
    }
    let octets = forms.first().copied().unwrap_or_default();
    let subject_public_key = BitStringRef::from_bytes(octets).map_err(backend)?;
    SubjectPublicKeyInfoRef {
        algorithm: info.algorithm,
        subject_public_key,
    }
    .to_der()
    .map_err(backend)
}

/// Signing with SHA-1 is refused: nobody who checks carefully accepts it any more.
fn refuse_sha1(algorithm: SignatureAlgorithm) -> Result<(), Error> {
    match algorithm.digest() {
        DigestAlgorithm::Sha1 => Err(Error::Unsupported {
            what: "signing with SHA-1",
        }),
        _ => Ok(()),
    }
}

struct RsaKey {
    pair: RsaKeyPair,
    pkcs1: Pkcs1PrivateDecryptingKey,
    oaep: OaepPrivateDecryptingKey,
}

impl Signer for RsaKey {
    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, Error> {
        refuse_sha1(algorithm)?;
        let scheme = rsa_signing(algorithm)?;
        let mut signature = vec![0; self.pair.public_modulus_len()];
        // The random source is an argument for compatibility alone; AWS-LC draws on its own.
        self.pair
            .sign(scheme, &SystemRandom::new(), message, &mut signature)
            .map_err(backend)?;
        Ok(signature)
    }
}

impl KeyDecryptor for RsaKey {
    fn decrypt_key(
        &self,
        algorithm: KeyTransportAlgorithm,
        encrypted: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let mut plain = Zeroizing::new(vec![0; self.pair.public_modulus_len()]);
        let opened = match algorithm {
            KeyTransportAlgorithm::RsaPkcs1 => self.pkcs1.decrypt(encrypted, &mut plain),
            KeyTransportAlgorithm::RsaOaep {
                digest,
                mask_digest,
            } => {
                let oaep = oaep(digest, mask_digest)?;
                self.oaep.decrypt(oaep, encrypted, &mut plain, None)
            }
        };
        let len = opened.map_err(|_| Error::DecryptionFailed)?.len();
        plain.truncate(len);
        Ok(plain)
    }
}

struct EllipticKey {
    curve: &'static Curve,
    pair: EcdsaKeyPair,
    agreement: agreement::PrivateKey,
}

impl Signer for EllipticKey {
    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, Error> {
        refuse_sha1(algorithm)?;
        let SignatureAlgorithm::Ecdsa(digest) = algorithm else {
            return Err(WRONG_KEY);
        };
        let digest = self.curve.digest(digest, message)?;
        let signature = self.pair.sign_digest(&digest).map_err(backend)?;
        Ok(signature.as_ref().to_vec())
    }
}

impl KeyAgreement for EllipticKey {
    fn agree(&self, peer_public_key_info: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let peer = PublicKey::decode(peer_public_key_info)?;
        let peer = UnparsedPublicKey::new(self.curve.ecdh, peer.point_on(self.curve)?);
        let failed = malformed("public key to agree with");
        agreement::agree(&self.agreement, peer, failed, |secret| {
            Ok(Zeroizing::new(secret.to_vec()))
        })
    }
}

struct Ed25519Key(Ed25519KeyPair);

impl Signer for Ed25519Key {
    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, Error> {
        match algorithm {
            SignatureAlgorithm::Ed25519 => Ok(self.0.sign(message).as_ref().to_vec()),
            _ => Err(WRONG_KEY),
        }
    }
}
