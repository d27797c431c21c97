use aes::{Aes128, Aes192, Aes256};
use cipher::block_padding::Pkcs7;
use cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use des::TdesEde3;
use zeroize::Zeroizing;

use super::{RustCrypto, stream};
use crate::{CipherStream, ContentAlgorithm, ContentCiphers, Error};

impl ContentCiphers for RustCrypto {
    fn encrypt(
        &self,
        algorithm: ContentAlgorithm,
        key: &[u8],
        initialisation_vector: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, Error> {
        match algorithm {
            ContentAlgorithm::Aes128Cbc => {
                encrypt_cbc::<cbc::Encryptor<Aes128>>(key, initialisation_vector, plain)
            }
            ContentAlgorithm::Aes192Cbc => {
                encrypt_cbc::<cbc::Encryptor<Aes192>>(key, initialisation_vector, plain)
            }
            ContentAlgorithm::Aes256Cbc => {
                encrypt_cbc::<cbc::Encryptor<Aes256>>(key, initialisation_vector, plain)
            }
            ContentAlgorithm::DesEde3Cbc => {
                encrypt_cbc::<cbc::Encryptor<TdesEde3>>(key, initialisation_vector, plain)
            }
        }
    }

    fn decrypt(
        &self,
        algorithm: ContentAlgorithm,
        key: &[u8],
        initialisation_vector: &[u8],
        encrypted: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        match algorithm {
            ContentAlgorithm::Aes128Cbc => {
                decrypt_cbc::<cbc::Decryptor<Aes128>>(key, initialisation_vector, encrypted)
            }
            ContentAlgorithm::Aes192Cbc => {
                decrypt_cbc::<cbc::Decryptor<Aes192>>(key, initialisation_vector, encrypted)
            }
            ContentAlgorithm::Aes256Cbc => {
                decrypt_cbc::<cbc::Decryptor<Aes256>>(key, initialisation_vector, encrypted)
            }
            ContentAlgorithm::DesEde3Cbc => {
                decrypt_cbc::<cbc::Decryptor<TdesEde3>>(key, initialisation_vector, encrypted)
            }
        }
    }

    fn start_encryption(
        &self,
        algorithm: ContentAlgorithm,
        key: &[u8],
        initialisation_vector: &[u8],
    ) -> Result<Box<dyn CipherStream>, Error> {
        let start = match algorithm {
            ContentAlgorithm::Aes128Cbc => stream::encryption::<cbc::Encryptor<Aes128>>,
            ContentAlgorithm::Aes192Cbc => stream::encryption::<cbc::Encryptor<Aes192>>,
            ContentAlgorithm::Aes256Cbc => stream::encryption::<cbc::Encryptor<Aes256>>,
            ContentAlgorithm::DesEde3Cbc => stream::encryption::<cbc::Encryptor<TdesEde3>>,
        };
        start(key, initialisation_vector)
    }

    fn start_decryption(
        &self,
        algorithm: ContentAlgorithm,
        key: &[u8],
        initialisation_vector: &[u8],
    ) -> Result<Box<dyn CipherStream>, Error> {
        let start = match algorithm {
            ContentAlgorithm::Aes128Cbc => stream::decryption::<cbc::Decryptor<Aes128>>,
            ContentAlgorithm::Aes192Cbc => stream::decryption::<cbc::Decryptor<Aes192>>,
            ContentAlgorithm::Aes256Cbc => stream::decryption::<cbc::Decryptor<Aes256>>,
            ContentAlgorithm::DesEde3Cbc => stream::decryption::<cbc::Decryptor<TdesEde3>>,
        };
        start(key, initialisation_vector)
    }
}

pub(super) fn encrypt_cbc<C: KeyIvInit + BlockModeEncrypt>(
    key: &[u8],
    initialisation_vector: &[u8],
    plain: &[u8],
) -> Result<Vec<u8>, Error> {
    let cipher = C::new_from_slices(key, initialisation_vector).map_err(|_| WRONG_LENGTH)?;
    Ok(cipher.encrypt_padded_vec::<Pkcs7>(plain))
}

pub(super) fn decrypt_cbc<C: KeyIvInit + BlockModeDecrypt>(
    key: &[u8],
    initialisation_vector: &[u8],
    encrypted: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let cipher = C::new_from_slices(key, initialisation_vector).map_err(|_| WRONG_LENGTH)?;
    decrypt_blocks(cipher, encrypted)
}

/// Decrypts and takes the padding off; wrong padding and a broken block are one error.
pub(super) fn decrypt_blocks(
    cipher: impl BlockModeDecrypt,
    encrypted: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let mut plain = Zeroizing::new(encrypted.to_vec());
    let len = cipher
        .decrypt_padded::<Pkcs7>(&mut plain)
        .map_err(|_| Error::DecryptionFailed)?
        .len();
    plain.truncate(len);
    Ok(plain)
}

pub(super) const WRONG_LENGTH: Error = Error::MalformedKey {
    what: "length of key, initialisation vector or nonce",
};
