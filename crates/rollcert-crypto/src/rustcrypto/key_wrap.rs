use aes::{Aes128, Aes192, Aes256};
use aes_kw::{AesKw, IV_LEN};
use cipher::KeyInit;
use zeroize::Zeroizing;

use super::RustCrypto;
use crate::{Error, KeyWrap, KeyWrapAlgorithm};

impl KeyWrap for RustCrypto {
    fn wrap(
        &self,
        algorithm: KeyWrapAlgorithm,
        key_encryption_key: &[u8],
        key: &[u8],
    ) -> Result<Vec<u8>, Error> {
        if !wrappable(key.len()) {
            return Err(WRONG_LENGTH);
        }
        let mut wrapped = vec![0; key.len().saturating_add(IV_LEN)];
        match algorithm {
            KeyWrapAlgorithm::Aes128 => {
                wrapping::<AesKw<Aes128>>(key_encryption_key)?.wrap_key(key, &mut wrapped)
            }
            KeyWrapAlgorithm::Aes192 => {
                wrapping::<AesKw<Aes192>>(key_encryption_key)?.wrap_key(key, &mut wrapped)
            }
            KeyWrapAlgorithm::Aes256 => {
                wrapping::<AesKw<Aes256>>(key_encryption_key)?.wrap_key(key, &mut wrapped)
            }
        }
        .map_err(|_| WRONG_LENGTH)?;
        Ok(wrapped)
    }

    fn unwrap_key(
        &self,
        algorithm: KeyWrapAlgorithm,
        key_encryption_key: &[u8],
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let len = wrapped.len().saturating_sub(IV_LEN);
        let mut key = Zeroizing::new(vec![0; len]);
        let opened = match algorithm {
            KeyWrapAlgorithm::Aes128 => {
                wrapping::<AesKw<Aes128>>(key_encryption_key)?.unwrap_key(wrapped, &mut key)
            }
            KeyWrapAlgorithm::Aes192 => {
                wrapping::<AesKw<Aes192>>(key_encryption_key)?.unwrap_key(wrapped, &mut key)
            }
            KeyWrapAlgorithm::Aes256 => {
                wrapping::<AesKw<Aes256>>(key_encryption_key)?.unwrap_key(wrapped, &mut key)
            }
        };
        match opened {
            Ok(opened) if wrappable(opened.len()) => Ok(key),
            _ => Err(Error::DecryptionFailed),
        }
    }
}

fn wrapping<W: KeyInit>(key_encryption_key: &[u8]) -> Result<W, Error> {
    W::new_from_slice(key_encryption_key).map_err(|_| WRONG_LENGTH)
}

/// RFC 3394 §2: at least two blocks of 64 bits. The library takes fewer, which nobody else would open.
const fn wrappable(len: usize) -> bool {
    len >= 2 * IV_LEN && len.is_multiple_of(IV_LEN)
}

const WRONG_LENGTH: Error = Error::MalformedKey {
    what: "length of the key, or of the one that wraps it",
};
