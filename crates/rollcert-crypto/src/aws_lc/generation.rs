use aws_lc_rs::agreement;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{self, KeySize};
use aws_lc_rs::signature::Ed25519KeyPair;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::curve::Curve;
use super::key_structure::OTHER_SIZE;
use super::{AwsLc, backend};
use crate::{Error, KeyAlgorithm, KeyGeneration};

/// RSA keys come from AWS-LC's own random source; all others from `rng`.
impl KeyGeneration for AwsLc {
    fn generate(
        &self,
        algorithm: KeyAlgorithm,
        rng: &mut dyn CryptoRng,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        match (algorithm, Curve::of(algorithm)) {
            (_, Some(curve)) => generate_elliptic(curve, rng),
            (KeyAlgorithm::Rsa { bits }, None) => generate_rsa(bits),
            (_, None) => generate_ed25519(rng),
        }
    }
}

fn generate_rsa(bits: u32) -> Result<Zeroizing<Vec<u8>>, Error> {
    let size = match bits {
        2048 => KeySize::Rsa2048,
        3072 => KeySize::Rsa3072,
        4096 => KeySize::Rsa4096,
        8192 => KeySize::Rsa8192,
        _ => return Err(OTHER_SIZE),
    };
    let pair = rsa::KeyPair::generate(size).map_err(backend)?;
    let pkcs8: Pkcs8V1Der<'_> = pair.as_der().map_err(backend)?;
    Ok(Zeroizing::new(pkcs8.as_ref().to_vec()))
}

/// Draws private keys until one is in range (FIPS 186-5 §A.2.2), which the first practically always is.
fn generate_elliptic(
    curve: &'static Curve,
    rng: &mut dyn CryptoRng,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let mut scalar = Zeroizing::new(vec![0; curve.scalar_len]);
    for _ in 0..MAX_DRAWS {
        rng.fill_bytes(&mut scalar);
        if let Some(first) = scalar.first_mut() {
            *first &= curve.first_octet;
        }
        if let Ok(key) = agreement::PrivateKey::from_private_key(curve.ecdh, &scalar) {
            let pkcs8: Pkcs8V1Der<'_> = key.as_der().map_err(backend)?;
            return Ok(Zeroizing::new(pkcs8.as_ref().to_vec()));
        }
    }
    Err(backend(StuckRandomSource))
}

fn generate_ed25519(rng: &mut dyn CryptoRng) -> Result<Zeroizing<Vec<u8>>, Error> {
    let mut seed = Zeroizing::new([0; 32]);
    rng.fill_bytes(seed.as_mut());
    let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_ref()).map_err(backend)?;
    let pkcs8 = pair.to_pkcs8v1().map_err(backend)?;
    Ok(Zeroizing::new(pkcs8.as_ref().to_vec()))
}

/// How many private keys out of range are enough to call a random source broken. Of a sound one, even a
/// single one is rarer than one in four thousand million.
const MAX_DRAWS: usize = 64;

/// A random source that never gave a private key.
#[derive(Debug, thiserror::Error)]
#[error("the random source gave no private key in {MAX_DRAWS} draws")]
struct StuckRandomSource;
