use core::convert::Infallible;
use core::sync::atomic::{AtomicUsize, Ordering};

use rand_core::{TryCryptoRng, TryRng};
use zeroize::Zeroizing;

use super::RustCrypto;
use crate::{Derivation, DigestAlgorithm};

/// Where a private key finds the random octets that its own operations need: blinding, and the salt of
/// RSASSA-PSS. Nobody hands it a generator, and an operating system to ask is not everywhere; but nobody
/// else knows the key, so what is derived from it is as unpredictable.
pub(super) struct Randomness {
    secret: Zeroizing<Vec<u8>>,
    operations: AtomicUsize,
}

impl Randomness {
    /// Derived from the octets of a private key.
    pub(super) fn of(private_key: &[u8]) -> Self {
        let label = b"rollcert: randomness of a private key";
        Self {
            secret: Zeroizing::new(RustCrypto.hmac(DIGEST, private_key, label)),
            operations: AtomicUsize::new(0),
        }
    }

    /// A generator for one operation over `input`: another for each input, and for each operation even
    /// over the same one.
    pub(super) fn start(&self, input: &[u8]) -> OperationRng {
        let operation = self.operations.fetch_add(1, Ordering::Relaxed);
        let message = [&operation.to_be_bytes(), input].concat();
        OperationRng {
            secret: Zeroizing::new(RustCrypto.hmac(DIGEST, &self.secret, &message)),
            blocks: 0,
        }
    }
}

/// HMAC in counter mode (NIST SP 800-108 §4.1): the blocks are those of the numbers from zero.
pub(super) struct OperationRng {
    secret: Zeroizing<Vec<u8>>,
    blocks: u64,
}

impl TryRng for OperationRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut octets = [0; 4];
        self.try_fill_bytes(&mut octets)?;
        Ok(u32::from_le_bytes(octets))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut octets = [0; 8];
        self.try_fill_bytes(&mut octets)?;
        Ok(u64::from_le_bytes(octets))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for part in out.chunks_mut(DIGEST.output_len()) {
            let number = self.blocks.to_be_bytes();
            let block = Zeroizing::new(RustCrypto.hmac(DIGEST, &self.secret, &number));
            self.blocks = self.blocks.wrapping_add(1);
            for (octet, random) in part.iter_mut().zip(block.iter()) {
                *octet = *random;
            }
        }
        Ok(())
    }
}

impl TryCryptoRng for OperationRng {}

const DIGEST: DigestAlgorithm = DigestAlgorithm::Sha256;

#[cfg(test)]
mod tests {
    use rand_core::Rng;

    use super::*;

    fn octets(mut rng: OperationRng) -> [u8; 80] {
        let mut octets = [0; 80];
        rng.fill_bytes(&mut octets);
        octets
    }

    #[test]
    fn no_two_operations_draw_the_same() {
        let (key, other) = (Randomness::of(b"key"), Randomness::of(b"other key"));
        let drawn = [
            octets(key.start(b"input")),
            octets(key.start(b"input")),
            octets(key.start(b"other input")),
            octets(other.start(b"input")),
        ];
        for (at, one) in drawn.iter().enumerate() {
            for another in &drawn[at + 1..] {
                for (one, another) in one.chunks(32).zip(another.chunks(32)) {
                    assert_ne!(one, another);
                }
            }
        }
    }

    #[test]
    fn every_draw_of_one_operation_is_new() {
        let mut rng = Randomness::of(b"key").start(b"input");
        assert_ne!(rng.next_u64(), rng.next_u64());
        assert_ne!(rng.next_u32(), rng.next_u32());
        let octets = octets(rng);
        assert_ne!(octets[..32], octets[32..64]);
    }
}
