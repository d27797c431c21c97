use super::RustCrypto;
use super::public_key::PublicKey;
use crate::{Error, KeyAlgorithm, SignatureAlgorithm, Verification, VerifyingKey};

impl Verification for RustCrypto {
    fn key_algorithm(&self, public_key_info: &[u8]) -> Result<KeyAlgorithm, Error> {
        Ok(PublicKey::decode(public_key_info)?.algorithm())
    }

    fn verify(
        &self,
        public_key_info: &[u8],
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        PublicKey::decode(public_key_info)?.verify(algorithm, message, signature)
    }

    fn prepare(&self, public_key_info: &[u8]) -> Option<Box<dyn VerifyingKey>> {
        let key = PublicKey::decode(public_key_info).ok()?;
        Some(Box::new(key))
    }
}

impl VerifyingKey for PublicKey {
    fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        self.verify(algorithm, message, signature)
    }
}
