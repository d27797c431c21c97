use p256::NistP256;
use p384::NistP384;
use p521::NistP521;
use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::Decode;

use super::public_key::{EC_PUBLIC_KEY, ED25519, OTHER_KEY, RSA_ENCRYPTION, RSASSA_PSS};
use super::{RustCrypto, curve, edwards, rsa};
use crate::{DigestAlgorithm, Error, KeyLoading, PrivateKey, SignatureAlgorithm};

impl KeyLoading for RustCrypto {
    fn load(&self, pkcs8: &[u8]) -> Result<PrivateKey, Error> {
        let info = PrivateKeyInfoRef::from_der(pkcs8).map_err(|_| MALFORMED)?;
        let public = info
            .public_key
            .map(|bits| bits.as_bytes().ok_or(MALFORMED))
            .transpose()?;
        let key = info.private_key.as_bytes();
        match info.algorithm.oid {
            RSA_ENCRYPTION | RSASSA_PSS => rsa::load(info.algorithm, key, public),
            EC_PUBLIC_KEY => match curve::named(&info.algorithm)? {
                curve::SECP256R1 => curve::load::<NistP256>(key, public),
                curve::SECP384R1 => curve::load::<NistP384>(key, public),
                curve::SECP521R1 => curve::load::<NistP521>(key, public),
                _ => Err(curve::OTHER),
            },
            ED25519 => edwards::load(&info.algorithm, key, public),
            _ => Err(OTHER_KEY),
        }
    }
}

/// The digest to sign over. SHA-1 is refused: nobody who checks carefully accepts it any more.
pub(super) fn digest_for_signing(algorithm: SignatureAlgorithm) -> Result<DigestAlgorithm, Error> {
    match algorithm.digest() {
        DigestAlgorithm::Sha1 => Err(Error::Unsupported {
            what: "signing with SHA-1",
        }),
        digest => Ok(digest),
    }
}

const MALFORMED: Error = Error::MalformedKey {
    what: "PKCS#8 PrivateKeyInfo",
};

/// A file whose public half is not that of its private one (RFC 5958 §2).
pub(super) const CONTRADICTION: Error = Error::MalformedKey {
    what: "public key that contradicts the private key",
};
