use aws_lc_rs::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{
    self, DecryptionContext, EncryptionContext, PaddedBlockDecryptingKey, PaddedBlockEncryptingKey,
    UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use zeroize::Zeroizing;

use super::{AwsLc, backend, stream};
use crate::{
    AeadAlgorithm, AuthenticatedCiphers, CipherStream, ContentAlgorithm, ContentCiphers, Error,
    LegacyCipher, LegacyCiphers,
};

impl ContentCiphers for AwsLc {
    fn encrypt(
        &self,
        algorithm: ContentAlgorithm,
        key: &[u8],
        initialisation_vector: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let (key, vector) = content_key(algorithm, key, initialisation_vector)?;
        let key = PaddedBlockEncryptingKey::cbc_pkcs7(key).map_err(backend)?;
        let mut in_out = Vec::with_capacity(plain.len().saturating_add(algorithm.block_len()));
        in_out.extend_from_slice(plain);
        key.less_safe_encrypt(&mut in_out, EncryptionContext::Iv128(vector))
            .map_err(backend)?;
        Ok(in_out)
    }

    fn decrypt(
        &self,
        algorithm: ContentAlgorithm,
        key: &[u8],
        initialisation_vector: &[u8],
        encrypted: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let (key, vector) = content_key(algorithm, key, initialisation_vector)?;
        let key = PaddedBlockDecryptingKey::cbc_pkcs7(key).map_err(backend)?;
        let mut in_out = Zeroizing::new(encrypted.to_vec());
        let plain_len = key
            .decrypt(&mut in_out, DecryptionContext::Iv128(vector))
            .map_err(|_| Error::DecryptionFailed)?
            .len();
        in_out.truncate(plain_len);
        Ok(in_out)
    }

    fn start_encryption(
        &self,
        algorithm: ContentAlgorithm,
        key: &[u8],
        initialisation_vector: &[u8],
    ) -> Result<Box<dyn CipherStream>, Error> {
        let (key, vector) = content_key(algorithm, key, initialisation_vector)?;
        stream::encryption(key, vector)
    }

    fn start_decryption(
        &self,
        algorithm: ContentAlgorithm,
        key: &[u8],
        initialisation_vector: &[u8],
    ) -> Result<Box<dyn CipherStream>, Error> {
        let (key, vector) = content_key(algorithm, key, initialisation_vector)?;
        stream::decryption(key, vector)
    }
}

fn content_key(
    algorithm: ContentAlgorithm,
    key: &[u8],
    initialisation_vector: &[u8],
) -> Result<(UnboundCipherKey, FixedLength<16>), Error> {
    let cipher = match algorithm {
        ContentAlgorithm::Aes128Cbc => &cipher::AES_128,
        ContentAlgorithm::Aes192Cbc => &cipher::AES_192,
        ContentAlgorithm::Aes256Cbc => &cipher::AES_256,
        // AWS-LC has it behind a feature that needs bindgen on some platforms.
        ContentAlgorithm::DesEde3Cbc => return Err(Error::Unsupported { what: "3DES" }),
    };
    let key = UnboundCipherKey::new(cipher, key).map_err(|_| WRONG_LENGTH)?;
    let vector = FixedLength::try_from(initialisation_vector).map_err(|_| WRONG_LENGTH)?;
    Ok((key, vector))
}

impl AuthenticatedCiphers for AwsLc {
    fn seal(
        &self,
        algorithm: AeadAlgorithm,
        key: &[u8],
        nonce: &[u8],
        associated_data: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let (key, nonce) = authenticated_key(algorithm, key, nonce)?;
        let mut in_out = Vec::with_capacity(plain.len().saturating_add(AeadAlgorithm::TAG_LEN));
        in_out.extend_from_slice(plain);
        key.seal_in_place_append_tag(nonce, Aad::from(associated_data), &mut in_out)
            .map_err(backend)?;
        Ok(in_out)
    }

    fn open(
        &self,
        algorithm: AeadAlgorithm,
        key: &[u8],
        nonce: &[u8],
        associated_data: &[u8],
        encrypted: &[u8],
        tag: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let (key, nonce) = authenticated_key(algorithm, key, nonce)?;
        if tag.len() != AeadAlgorithm::TAG_LEN {
            return Err(Error::Unsupported {
                what: "this length of a tag",
            });
        }
        let mut plain = Zeroizing::new(vec![0; encrypted.len()]);
        let associated_data = Aad::from(associated_data);
        key.open_separate_gather(nonce, associated_data, encrypted, tag, &mut plain)
            .map_err(|_| Error::DecryptionFailed)?;
        Ok(plain)
    }
}

fn authenticated_key(
    algorithm: AeadAlgorithm,
    key: &[u8],
    nonce: &[u8],
) -> Result<(LessSafeKey, Nonce), Error> {
    let cipher = match algorithm {
        AeadAlgorithm::Aes128Gcm => &aead::AES_128_GCM,
        AeadAlgorithm::Aes192Gcm => &aead::AES_192_GCM,
        AeadAlgorithm::Aes256Gcm => &aead::AES_256_GCM,
    };
    let key = UnboundKey::new(cipher, key).map_err(|_| WRONG_LENGTH)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| WRONG_LENGTH)?;
    Ok((LessSafeKey::new(key), nonce))
}

const WRONG_LENGTH: Error = Error::MalformedKey {
    what: "length of key or initialisation vector",
};

/// None of them.
impl LegacyCiphers for AwsLc {
    fn encrypt(
        &self,
        _cipher: LegacyCipher,
        _key: &[u8],
        _initialisation_vector: &[u8],
        _plain: &[u8],
    ) -> Result<Vec<u8>, Error> {
        Err(LEGACY)
    }

    fn decrypt(
        &self,
        _cipher: LegacyCipher,
        _key: &[u8],
        _initialisation_vector: &[u8],
        _encrypted: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        Err(LEGACY)
    }

    fn md5(&self, _data: &[u8]) -> Result<[u8; 16], Error> {
        Err(Error::Unsupported { what: "MD5" })
    }
}

const LEGACY: Error = Error::Unsupported {
    what: "ciphers of old key files",
};
