use std::sync::Arc;

use ecdsa::elliptic_curve::{Generate, SecretKey};
use p256::NistP256;
use p384::NistP384;
use p521::NistP521;
use pkcs8::der::Encode;
use pkcs8::der::asn1::OctetStringRef;
use pkcs8::spki::AlgorithmIdentifierRef;
use pkcs8::{EncodePrivateKey, PrivateKeyInfoRef};
use rand_core::CryptoRng;
use rsa::RsaPrivateKey;
use zeroize::Zeroizing;

use super::RustCrypto;
use super::public_key::ED25519;
use crate::{Error, KeyAlgorithm, KeyGeneration};

impl KeyGeneration for RustCrypto {
    /// In version 1 of PKCS#8, that of elliptic curves with the public key inside: so OpenSSL writes them,
    /// and so Java reads them.
    fn generate(
        &self,
        algorithm: KeyAlgorithm,
        mut rng: &mut dyn CryptoRng,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        refuse_stuck(rng)?;
        match algorithm {
            KeyAlgorithm::Rsa { bits } => {
                let bits = usize::try_from(bits)
                    .ok()
                    .filter(|bits| (2048..=8192).contains(bits) && bits % 8 == 0)
                    .ok_or(Error::Unsupported {
                        what: "making RSA keys of this length",
                    })?;
                encoded(&RsaPrivateKey::new(&mut rng, bits).map_err(failed)?)
            }
            KeyAlgorithm::P256 => encoded(&SecretKey::<NistP256>::generate_from_rng(&mut rng)),
            KeyAlgorithm::P384 => encoded(&SecretKey::<NistP384>::generate_from_rng(&mut rng)),
            KeyAlgorithm::P521 => encoded(&SecretKey::<NistP521>::generate_from_rng(&mut rng)),
            KeyAlgorithm::Ed25519 => {
                let mut secret = Zeroizing::new([0; 32]);
                rng.fill_bytes(secret.as_mut_slice());
                encode_ed25519(&secret).map_err(failed)
            }
        }
    }
}

/// A source that says the same twice is none: it would make an RSA key for ever, and others at once that
/// everybody can guess.
fn refuse_stuck(rng: &mut dyn CryptoRng) -> Result<(), Error> {
    let [mut first, mut second] = [[0; 32]; 2];
    rng.fill_bytes(&mut first);
    rng.fill_bytes(&mut second);
    if first == second {
        Err(failed(StuckRandomSource))
    } else {
        Ok(())
    }
}

/// RFC 8410 §7: the secret is an octet string within that of PKCS#8.
fn encode_ed25519(secret: &[u8; 32]) -> Result<Zeroizing<Vec<u8>>, pkcs8::Error> {
    let key = Zeroizing::new(OctetStringRef::new(secret)?.to_der()?);
    let algorithm = AlgorithmIdentifierRef {
        oid: ED25519,
        parameters: None,
    };
    let info = PrivateKeyInfoRef::new(algorithm, OctetStringRef::new(&key)?);
    Ok(Zeroizing::new(info.to_der()?))
}

fn encoded(key: &impl EncodePrivateKey) -> Result<Zeroizing<Vec<u8>>, Error> {
    let document = key.to_pkcs8_der().map_err(failed)?;
    Ok(Zeroizing::new(document.as_bytes().to_vec()))
}

fn failed(error: impl core::error::Error + Send + Sync + 'static) -> Error {
    Error::Backend(Arc::new(error))
}

/// A random source that is not one.
#[derive(Debug, thiserror::Error)]
#[error("the random source gives the same octets over and over")]
struct StuckRandomSource;
