//! What only old key files need: ciphers long broken, and MD5.

use cbc::Decryptor;
use cipher::{InnerIvInit, KeyInit, StreamCipher};
use des::{Des, TdesEde3};
use md5::{Digest, Md5};
use rc2::Rc2;
use rc4::Rc4;
use zeroize::Zeroizing;

use super::RustCrypto;
use super::content::{WRONG_LENGTH, decrypt_blocks, decrypt_cbc, encrypt_cbc};
use crate::{Error, LegacyCipher, LegacyCiphers};

impl LegacyCiphers for RustCrypto {
    fn encrypt(
        &self,
        cipher: LegacyCipher,
        key: &[u8],
        initialisation_vector: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, Error> {
        match cipher {
            LegacyCipher::DesEde3Cbc => {
                encrypt_cbc::<cbc::Encryptor<TdesEde3>>(key, initialisation_vector, plain)
            }
            LegacyCipher::DesCbc | LegacyCipher::Rc2Cbc { .. } | LegacyCipher::Rc4 => {
                Err(Error::Unsupported {
                    what: "encrypting with this broken cipher",
                })
            }
        }
    }

    fn decrypt(
        &self,
        cipher: LegacyCipher,
        key: &[u8],
        initialisation_vector: &[u8],
        encrypted: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        match cipher {
            LegacyCipher::DesCbc => {
                decrypt_cbc::<Decryptor<Des>>(key, initialisation_vector, encrypted)
            }
            LegacyCipher::DesEde3Cbc => {
                decrypt_cbc::<Decryptor<TdesEde3>>(key, initialisation_vector, encrypted)
            }
            LegacyCipher::Rc2Cbc { effective_bits } => {
                // RFC 2268 §2: 1 to 128 octets, of which 1 to 1024 bits count.
                if !(1..=128).contains(&key.len()) || !(1..=1024).contains(&effective_bits) {
                    return Err(WRONG_LENGTH);
                }
                let cipher = Rc2::new_with_eff_key_len(key, usize::from(effective_bits));
                let cipher = Decryptor::inner_iv_slice_init(cipher, initialisation_vector)
                    .map_err(|_| WRONG_LENGTH)?;
                decrypt_blocks(cipher, encrypted)
            }
            LegacyCipher::Rc4 => {
                if !initialisation_vector.is_empty() {
                    return Err(WRONG_LENGTH);
                }
                let mut cipher = Rc4::new_from_slice(key).map_err(|_| WRONG_LENGTH)?;
                let mut plain = Zeroizing::new(encrypted.to_vec());
                cipher.apply_keystream(&mut plain);
                Ok(plain)
            }
        }
    }

    fn md5(&self, data: &[u8]) -> Result<[u8; 16], Error> {
        Ok(Md5::digest(data).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published vectors hold single blocks, and what is decrypted has padding. So the initialisation
    /// vector turns the published plaintext into a padded one.
    fn decrypt_block(cipher: LegacyCipher, key: &str, plain: &str, encrypted: &str) {
        const PADDED: &[u8; 8] = b"secret!\x01";
        let key = hex::decode(key).unwrap();
        let vector: Vec<u8> = hex::decode(plain)
            .unwrap()
            .iter()
            .zip(PADDED)
            .map(|(plain, padded)| plain ^ padded)
            .collect();
        let encrypted = hex::decode(encrypted).unwrap();
        let decrypt = |key: &[u8], vector: &[u8], encrypted: &[u8]| {
            LegacyCiphers::decrypt(&RustCrypto, cipher, key, vector, encrypted)
        };
        let plain = decrypt(&key, &vector, &encrypted).unwrap();
        assert_eq!(plain.as_slice(), b"secret!", "{cipher:?}");

        for broken in [&encrypted[1..], b""] {
            assert!(matches!(
                decrypt(&key, &vector, broken),
                Err(Error::DecryptionFailed)
            ));
        }
        let mut unpadded = vector.clone();
        unpadded[7] ^= 8;
        assert!(matches!(
            decrypt(&key, &unpadded, &encrypted),
            Err(Error::DecryptionFailed)
        ));
        for wrong in [
            decrypt(b"", &vector, &encrypted),
            decrypt(&key, &vector[1..], &encrypted),
        ] {
            assert!(matches!(wrong, Err(Error::MalformedKey { .. })));
        }
    }

    /// RFC 2268 §5.
    #[test]
    fn rc2_honours_the_effective_length_of_the_key() {
        const LONG: &str = "88bca90e90875a7f0f79c384627bafb216f80a6f85920584c42fceb0be255daf1e";
        for (effective_bits, key, plain, encrypted) in [
            (
                63,
                "0000000000000000",
                "0000000000000000",
                "ebb773f993278eff",
            ),
            (
                64,
                "ffffffffffffffff",
                "ffffffffffffffff",
                "278b27e42e2f0d49",
            ),
            (
                64,
                "3000000000000000",
                "1000000000000001",
                "30649edf9be7d2c2",
            ),
            (64, "88", "0000000000000000", "61a8a244adacccf0"),
            (64, &LONG[..14], "0000000000000000", "6ccf4308974c267f"),
            (64, &LONG[..32], "0000000000000000", "1a807d272bbe5db1"),
            (128, &LONG[..32], "0000000000000000", "2269552ab0f85ca6"),
            (129, LONG, "0000000000000000", "5b78d3a43dfff1f1"),
        ] {
            let cipher = LegacyCipher::Rc2Cbc { effective_bits };
            decrypt_block(cipher, key, plain, encrypted);
        }
    }

    #[test]
    fn rc2_refuses_keys_that_cannot_be() {
        for (len, effective_bits) in [(0, 40), (129, 40), (16, 0), (16, 1025), (16, u16::MAX)] {
            let cipher = LegacyCipher::Rc2Cbc { effective_bits };
            let plain =
                LegacyCiphers::decrypt(&RustCrypto, cipher, &vec![1; len], &[0; 8], &[0; 8]);
            assert!(matches!(plain, Err(Error::MalformedKey { .. })));
        }
    }

    /// FIPS 81, the table of its CBC example, first block; SP 800-67 B.1, first block.
    #[test]
    fn des_and_triple_des_decrypt_as_published() {
        decrypt_block(
            LegacyCipher::DesCbc,
            "0123456789abcdef",
            "5c5b2158f9d8ed9b",
            "e5c7cdde872bf27c",
        );
        decrypt_block(
            LegacyCipher::DesEde3Cbc,
            "0123456789abcdef23456789abcdef01456789abcdef0123",
            "5468652071756663",
            "a826fd8ce53b855f",
        );
    }

    /// RFC 6229 §2, the first keystream octets for 40 and 128 bits.
    #[test]
    fn rc4_applies_the_published_keystream() {
        for (key, stream) in [
            ("0102030405", "b2396305f03dc027ccc3524a0a1118a8"),
            (
                "0102030405060708090a0b0c0d0e0f10",
                "9ac7cc9a609d1ef7b2932899cde41b97",
            ),
        ] {
            let key = hex::decode(key).unwrap();
            let decrypt = |vector: &[u8]| {
                LegacyCiphers::decrypt(&RustCrypto, LegacyCipher::Rc4, &key, vector, &[0; 16])
            };
            assert_eq!(hex::encode(decrypt(b"").unwrap()), stream);
            assert!(matches!(decrypt(&[0; 8]), Err(Error::MalformedKey { .. })));
        }
        for len in [0, 257] {
            let plain =
                LegacyCiphers::decrypt(&RustCrypto, LegacyCipher::Rc4, &vec![1; len], b"", b"x");
            assert!(matches!(plain, Err(Error::MalformedKey { .. })));
        }
    }

    #[test]
    fn only_triple_des_encrypts() {
        let (key, vector) = ([7; 24], [9; 8]);
        let cipher = LegacyCipher::DesEde3Cbc;
        let encrypted =
            LegacyCiphers::encrypt(&RustCrypto, cipher, &key, &vector, b"eight by 8").unwrap();
        assert_eq!(encrypted.len(), 16);
        let plain = LegacyCiphers::decrypt(&RustCrypto, cipher, &key, &vector, &encrypted).unwrap();
        assert_eq!(plain.as_slice(), b"eight by 8");
        for cipher in [
            LegacyCipher::DesCbc,
            LegacyCipher::Rc2Cbc { effective_bits: 40 },
            LegacyCipher::Rc4,
        ] {
            let refused = LegacyCiphers::encrypt(&RustCrypto, cipher, &[7; 8], &vector, b"x");
            assert!(matches!(refused, Err(Error::Unsupported { .. })));
        }
    }

    /// RFC 1321 A.5.
    #[test]
    fn md5_is_as_published() {
        for (data, digest) in [
            ("", "d41d8cd98f00b204e9800998ecf8427e"),
            ("abc", "900150983cd24fb0d6963f7d28e17f72"),
        ] {
            assert_eq!(
                hex::encode(RustCrypto.md5(data.as_bytes()).unwrap()),
                digest
            );
        }
    }
}
