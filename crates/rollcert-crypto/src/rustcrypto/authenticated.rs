use aes::{Aes128, Aes192, Aes256};
use aes_gcm::aead::AeadInOut;
use aes_gcm::aead::consts::{U12, U13, U14, U15, U16};
use aes_gcm::{AesGcm, TagSize};
use cipher::{BlockCipherEncrypt, BlockSizeUser, KeyInit};
use zeroize::Zeroizing;

use super::RustCrypto;
use super::content::WRONG_LENGTH;
use crate::{AeadAlgorithm, AuthenticatedCiphers, Error};

impl AuthenticatedCiphers for RustCrypto {
    fn seal(
        &self,
        algorithm: AeadAlgorithm,
        key: &[u8],
        nonce: &[u8],
        associated_data: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let seal = match algorithm {
            AeadAlgorithm::Aes128Gcm => seal::<Aes128>,
            AeadAlgorithm::Aes192Gcm => seal::<Aes192>,
            AeadAlgorithm::Aes256Gcm => seal::<Aes256>,
        };
        seal(key, nonce, associated_data, plain)
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
        let open = match algorithm {
            AeadAlgorithm::Aes128Gcm => open::<Aes128>,
            AeadAlgorithm::Aes192Gcm => open::<Aes192>,
            AeadAlgorithm::Aes256Gcm => open::<Aes256>,
        };
        open(key, nonce, associated_data, encrypted, tag)
    }
}

fn seal<C>(key: &[u8], nonce: &[u8], associated_data: &[u8], plain: &[u8]) -> Result<Vec<u8>, Error>
where
    C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16> + KeyInit,
{
    let cipher = AesGcm::<C, U12>::new_from_slice(key).map_err(|_| WRONG_LENGTH)?;
    let nonce = nonce.try_into().map_err(|_| WRONG_LENGTH)?;
    // Room for the tag from the start: what is grown later leaves plaintext behind.
    let mut sealed = Vec::with_capacity(plain.len().saturating_add(AeadAlgorithm::TAG_LEN));
    sealed.extend_from_slice(plain);
    let tag = cipher
        .encrypt_inout_detached(nonce, associated_data, sealed.as_mut_slice().into())
        .map_err(|_| TOO_LONG)?;
    sealed.extend_from_slice(&tag);
    Ok(sealed)
}

fn open<C>(
    key: &[u8],
    nonce: &[u8],
    associated_data: &[u8],
    encrypted: &[u8],
    tag: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Error>
where
    C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16> + KeyInit,
{
    // RFC 5084 §3.2: tags of 12 to 16 octets.
    let open = match tag.len() {
        12 => open_tagged::<C, U12>,
        13 => open_tagged::<C, U13>,
        14 => open_tagged::<C, U14>,
        15 => open_tagged::<C, U15>,
        16 => open_tagged::<C, U16>,
        _ => {
            return Err(Error::Unsupported {
                what: "this length of the tag",
            });
        }
    };
    open(key, nonce, associated_data, encrypted, tag)
}

fn open_tagged<C, T>(
    key: &[u8],
    nonce: &[u8],
    associated_data: &[u8],
    encrypted: &[u8],
    tag: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Error>
where
    C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16> + KeyInit,
    T: TagSize,
{
    let cipher = AesGcm::<C, U12, T>::new_from_slice(key).map_err(|_| WRONG_LENGTH)?;
    let nonce = nonce.try_into().map_err(|_| WRONG_LENGTH)?;
    let tag = tag.try_into().map_err(|_| WRONG_LENGTH)?;
    let mut plain = Zeroizing::new(encrypted.to_vec());
    cipher
        .decrypt_inout_detached(nonce, associated_data, plain.as_mut_slice().into(), tag)
        .map_err(|_| Error::DecryptionFailed)?;
    Ok(plain)
}

/// Only beyond 64 GiB (NIST SP 800-38D §5.2.1.1).
const TOO_LONG: Error = Error::Unsupported {
    what: "content as long as this",
};

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: &str = "cafebabefacedbaddecaf888";
    const ASSOCIATED: &str = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
    const PLAIN: &str = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
        1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";

    /// The GCM specification that NIST SP 800-38D adopts: test cases 4, 10 and 16.
    #[test]
    fn every_length_of_key_and_tag_is_as_published() {
        let key = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
        for (algorithm, sealed) in [
            (
                AeadAlgorithm::Aes128Gcm,
                "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e\
                 21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091\
                 5bc94fbc3221a5db94fae95ae7121a47",
            ),
            (
                AeadAlgorithm::Aes192Gcm,
                "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c\
                 7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710\
                 2519498e80f1478f37ba55bd6d27618c",
            ),
            (
                AeadAlgorithm::Aes256Gcm,
                "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
                 8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662\
                 76fc6ece0f4e1768cddf8853bb2d551b",
            ),
        ] {
            let key = hex::decode(&key[..2 * algorithm.key_len()]).unwrap();
            let nonce = hex::decode(NONCE).unwrap();
            let associated = hex::decode(ASSOCIATED).unwrap();
            let plain = hex::decode(PLAIN).unwrap();
            let octets = RustCrypto
                .seal(algorithm, &key, &nonce, &associated, &plain)
                .unwrap();
            assert_eq!(hex::encode(&octets), sealed, "{algorithm}");

            let (encrypted, tag) = octets.split_at(plain.len());
            for len in 12..=16 {
                let open = |tag: &[u8]| {
                    RustCrypto.open(algorithm, &key, &nonce, &associated, encrypted, tag)
                };
                assert_eq!(*open(&tag[..len]).unwrap(), plain);
                let mut altered = tag[..len].to_vec();
                altered[len - 1] ^= 1;
                assert!(matches!(open(&altered), Err(Error::DecryptionFailed)));
            }
            for len in [0, 4, 8, 11] {
                let short =
                    RustCrypto.open(algorithm, &key, &nonce, &associated, encrypted, &tag[..len]);
                assert!(matches!(short, Err(Error::Unsupported { .. })));
            }
            let other = RustCrypto.open(algorithm, &key, &nonce, b"other", encrypted, tag);
            assert!(matches!(other, Err(Error::DecryptionFailed)));
            for wrong in [
                RustCrypto.seal(algorithm, &key[1..], &nonce, b"", b""),
                RustCrypto.seal(algorithm, &key, &nonce[1..], b"", b""),
            ] {
                assert!(matches!(wrong, Err(Error::MalformedKey { .. })));
            }
            for wrong in [
                RustCrypto.open(algorithm, &key[1..], &nonce, b"", b"", tag),
                RustCrypto.open(algorithm, &key, &[0; 16], b"", b"", tag),
            ] {
                assert!(matches!(wrong, Err(Error::MalformedKey { .. })));
            }
        }
    }
}
