use rand_core::CryptoRng;

use super::RustCrypto;
use super::public_key::{PublicKey, WRONG_KEY};
use crate::{Error, KeyEncryption, KeyTransportAlgorithm};

impl KeyEncryption for RustCrypto {
    fn encrypt_key(
        &self,
        public_key_info: &[u8],
        algorithm: KeyTransportAlgorithm,
        content_key: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, Error> {
        match PublicKey::decode(public_key_info)? {
            PublicKey::Rsa(key) => key.encrypt(algorithm, content_key, rng),
            _ => Err(WRONG_KEY),
        }
    }
}
