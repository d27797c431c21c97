use aws_lc_rs::digest;

use super::AwsLc;
use crate::{DigestAlgorithm, Digests, Hasher};

impl Digests for AwsLc {
    fn start(&self, algorithm: DigestAlgorithm) -> Box<dyn Hasher> {
        Box::new(Running(digest::Context::new(digest_of(algorithm))))
    }

    fn digest(&self, algorithm: DigestAlgorithm, data: &[u8]) -> Vec<u8> {
        digest::digest(digest_of(algorithm), data).as_ref().to_vec()
    }
}

/// AWS-LC's name for a digest.
pub(super) fn digest_of(algorithm: DigestAlgorithm) -> &'static digest::Algorithm {
    match algorithm {
        DigestAlgorithm::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        DigestAlgorithm::Sha224 => &digest::SHA224,
        DigestAlgorithm::Sha256 => &digest::SHA256,
        DigestAlgorithm::Sha384 => &digest::SHA384,
        DigestAlgorithm::Sha512 => &digest::SHA512,
        DigestAlgorithm::Sha3_256 => &digest::SHA3_256,
        DigestAlgorithm::Sha3_384 => &digest::SHA3_384,
        DigestAlgorithm::Sha3_512 => &digest::SHA3_512,
    }
}

/// A digest in the making.
struct Running(digest::Context);

impl Hasher for Running {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.0.finish().as_ref().to_vec()
    }
}
