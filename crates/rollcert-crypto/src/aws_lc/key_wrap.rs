use aws_lc_rs::key_wrap::{self, AesKek, KeyWrap as _};
use zeroize::Zeroizing;

use super::AwsLc;
use crate::{Error, KeyWrap, KeyWrapAlgorithm};

impl KeyWrap for AwsLc {
    fn wrap(
        &self,
        algorithm: KeyWrapAlgorithm,
        key_encryption_key: &[u8],
        key: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let wrapping = wrapping(algorithm, key_encryption_key)?;
        let mut wrapped = vec![0; key.len().saturating_add(INTEGRITY_LEN)];
        // AWS-LC refuses what RFC 3394 §2 does not define: less than 16 octets, and broken blocks of 8.
        wrapping.wrap(key, &mut wrapped).map_err(|_| WRONG_LENGTH)?;
        Ok(wrapped)
    }

    fn unwrap_key(
        &self,
        algorithm: KeyWrapAlgorithm,
        key_encryption_key: &[u8],
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let wrapping = wrapping(algorithm, key_encryption_key)?;
        let mut key = Zeroizing::new(vec![0; wrapped.len().saturating_sub(INTEGRITY_LEN)]);
        wrapping
            .unwrap(wrapped, &mut key)
            .map_err(|_| Error::DecryptionFailed)?;
        Ok(key)
    }
}

fn wrapping(algorithm: KeyWrapAlgorithm, key_encryption_key: &[u8]) -> Result<AesKek, Error> {
    let cipher = match algorithm {
        KeyWrapAlgorithm::Aes128 => &key_wrap::AES_128,
        KeyWrapAlgorithm::Aes192 => {
            return Err(Error::Unsupported {
                what: "key wrap with AES-192",
            });
        }
        KeyWrapAlgorithm::Aes256 => &key_wrap::AES_256,
    };
    AesKek::new(cipher, key_encryption_key).map_err(|_| WRONG_LENGTH)
}

/// What a wrapped key is longer by.
const INTEGRITY_LEN: usize = 8;

const WRONG_LENGTH: Error = Error::MalformedKey {
    what: "length of the key, or of the one that wraps it",
};
