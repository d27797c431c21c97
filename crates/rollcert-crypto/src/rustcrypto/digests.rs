use sha2::digest::Digest;

use super::RustCrypto;
use crate::{DigestAlgorithm, Digests, Hasher};

/// Runs `$body` with the type `$digest` standing for the digest that `$algorithm` names.
macro_rules! with_digest {
    ($algorithm:expr, $digest:ident => $body:expr) => {
        match $algorithm {
            $crate::DigestAlgorithm::Sha1 => {
                type $digest = sha1::Sha1;
                $body
            }
            $crate::DigestAlgorithm::Sha224 => {
                type $digest = sha2::Sha224;
                $body
            }
            $crate::DigestAlgorithm::Sha256 => {
                type $digest = sha2::Sha256;
                $body
            }
            $crate::DigestAlgorithm::Sha384 => {
                type $digest = sha2::Sha384;
                $body
            }
            $crate::DigestAlgorithm::Sha512 => {
                type $digest = sha2::Sha512;
                $body
            }
            $crate::DigestAlgorithm::Sha3_256 => {
                type $digest = sha3::Sha3_256;
                $body
            }
            $crate::DigestAlgorithm::Sha3_384 => {
                type $digest = sha3::Sha3_384;
                $body
            }
            $crate::DigestAlgorithm::Sha3_512 => {
                type $digest = sha3::Sha3_512;
                $body
            }
        }
    };
}
pub(super) use with_digest;

impl Digests for RustCrypto {
    fn start(&self, algorithm: DigestAlgorithm) -> Box<dyn Hasher> {
        with_digest!(algorithm, D => Box::new(Running(D::new())))
    }
}

/// A digest in the making.
struct Running<D>(D);

impl<D: Digest + Send> Hasher for Running<D> {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.0.finalize().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::super::PROVIDER;
    use super::*;

    /// FIPS 180-4 and FIPS 202, by the example values of NIST for "abc".
    #[test]
    fn every_digest_is_as_published() {
        for (algorithm, digest) in [
            (
                DigestAlgorithm::Sha1,
                "a9993e364706816aba3e25717850c26c9cd0d89d",
            ),
            (
                DigestAlgorithm::Sha224,
                "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
            ),
            (
                DigestAlgorithm::Sha256,
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
            (
                DigestAlgorithm::Sha384,
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed\
                 8086072ba1e7cc2358baeca134c825a7",
            ),
            (
                DigestAlgorithm::Sha512,
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
                 2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            ),
            (
                DigestAlgorithm::Sha3_256,
                "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
            ),
            (
                DigestAlgorithm::Sha3_384,
                "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b2\
                 98d88cea927ac7f539f1edf228376d25",
            ),
            (
                DigestAlgorithm::Sha3_512,
                "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e\
                 10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0",
            ),
        ] {
            assert_eq!(hex::encode(PROVIDER.digest(algorithm, b"abc")), digest);
        }
    }
}
