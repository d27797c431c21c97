use core::num::NonZeroU32;

use aws_lc_rs::{digest, hmac, pbkdf2};
use zeroize::Zeroizing;

use super::AwsLc;
use super::digests::digest_of;
use crate::{Derivation, DigestAlgorithm, Error, ScryptParameters};

impl Derivation for AwsLc {
    fn hmac(&self, algorithm: DigestAlgorithm, key: &[u8], message: &[u8]) -> Vec<u8> {
        let native = match algorithm {
            DigestAlgorithm::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            DigestAlgorithm::Sha224 => hmac::HMAC_SHA224,
            DigestAlgorithm::Sha256 => hmac::HMAC_SHA256,
            DigestAlgorithm::Sha384 => hmac::HMAC_SHA384,
            DigestAlgorithm::Sha512 => hmac::HMAC_SHA512,
            DigestAlgorithm::Sha3_256 | DigestAlgorithm::Sha3_384 | DigestAlgorithm::Sha3_512 => {
                return ComposedHmac::new(algorithm, key)
                    .sign(&[message])
                    .as_ref()
                    .to_vec();
            }
        };
        hmac::sign(&hmac::Key::new(native, key), message)
            .as_ref()
            .to_vec()
    }

    fn pbkdf2(
        &self,
        algorithm: DigestAlgorithm,
        password: &[u8],
        salt: &[u8],
        iterations: u32,
        out: &mut [u8],
    ) {
        let rounds = NonZeroU32::new(iterations).unwrap_or(NonZeroU32::MIN);
        let native = match algorithm {
            DigestAlgorithm::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
            DigestAlgorithm::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
            DigestAlgorithm::Sha384 => pbkdf2::PBKDF2_HMAC_SHA384,
            DigestAlgorithm::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
            DigestAlgorithm::Sha224
            | DigestAlgorithm::Sha3_256
            | DigestAlgorithm::Sha3_384
            | DigestAlgorithm::Sha3_512 => {
                return composed_pbkdf2(&ComposedHmac::new(algorithm, password), salt, rounds, out);
            }
        };
        if !out.is_empty() {
            pbkdf2::derive(native, rounds, salt, password, out);
        }
    }

    fn scrypt(
        &self,
        _password: &[u8],
        _salt: &[u8],
        _parameters: ScryptParameters,
        _out: &mut [u8],
    ) -> Result<(), Error> {
        Err(Error::Unsupported { what: "scrypt" })
    }
}

/// PBKDF2 as RFC 8018 §5.2 writes it, over the digests for which AWS-LC has none.
fn composed_pbkdf2(prf: &ComposedHmac, salt: &[u8], rounds: NonZeroU32, out: &mut [u8]) {
    for (block, number) in out.chunks_mut(prf.output_len()).zip(1u32..) {
        let mut last = prf.sign(&[salt, &number.to_be_bytes()]);
        let mut sum = Zeroizing::new(last.as_ref().to_vec());
        for _ in 1..rounds.get() {
            last = prf.sign(&[last.as_ref()]);
            for (octet, more) in sum.iter_mut().zip(last.as_ref()) {
                *octet ^= more;
            }
        }
        for (to, from) in block.iter_mut().zip(sum.iter()) {
            *to = *from;
        }
    }
}

/// HMAC as RFC 2104 §2 writes it, over any digest. The key is taken in once.
struct ComposedHmac {
    inner: digest::Context,
    outer: digest::Context,
}

impl ComposedHmac {
    fn new(algorithm: DigestAlgorithm, key: &[u8]) -> Self {
        let digest = digest_of(algorithm);
        let mut block = Zeroizing::new(if key.len() > algorithm.block_len() {
            digest::digest(digest, key).as_ref().to_vec()
        } else {
            key.to_vec()
        });
        block.resize(algorithm.block_len(), 0);
        let keyed = |pad: u8| {
            let padded: Zeroizing<Vec<u8>> =
                Zeroizing::new(block.iter().map(|octet| octet ^ pad).collect());
            let mut context = digest::Context::new(digest);
            context.update(&padded);
            context
        };
        Self {
            inner: keyed(0x36),
            outer: keyed(0x5c),
        }
    }

    fn sign(&self, message: &[&[u8]]) -> digest::Digest {
        let mut inner = self.inner.clone();
        for part in message {
            inner.update(part);
        }
        let mut outer = self.outer.clone();
        outer.update(inner.finish().as_ref());
        outer.finish()
    }

    fn output_len(&self) -> usize {
        self.inner.algorithm().output_len()
    }
}
