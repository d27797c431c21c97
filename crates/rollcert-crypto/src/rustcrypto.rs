//! The portable backend, in pure Rust.
//!
//! The `rsa` crate, a pre-release, answers wrong PKCS#1 v1.5 padding with a random key instead of
//! an error and blinds each private operation. No independent audit of its timing is known
//! (RUSTSEC-2023-0071 names no patched version), so servers that open many messages for strangers
//! should serve [`KeyDecryptor`] from a hardened backend.

use std::sync::Arc;

use aes::{Aes128, Aes192, Aes256};
use cipher::block_padding::Pkcs7;
use cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use const_oid::ObjectIdentifier;
use des::TdesEde3;
use hmac::{Hmac, KeyInit, Mac};
use p256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
use pkcs8::spki::{DecodePublicKey, EncodePublicKey, SubjectPublicKeyInfoRef};
use pkcs8::{DecodePrivateKey, PrivateKeyInfoRef};
use rand_core::CryptoRng;
use rsa::traits::PublicKeyParts;
use rsa::{Pkcs1v15Encrypt, Pkcs1v15Sign, RsaPrivateKey, RsaPublicKey};
use sha1::Sha1;
use sha2::digest::Digest;
use sha2::{Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use crate::{
    AeadAlgorithm, AuthenticatedCiphers, ContentAlgorithm, ContentCiphers, Derivation,
    DigestAlgorithm, Digests, Error, Hasher, KeyAlgorithm, KeyDecryptor, KeyEncryption,
    KeyGeneration, KeyLoading, KeyTransportAlgorithm, LegacyCipher, LegacyCiphers, PrivateKey,
    Provider, ScryptParameters, SignatureAlgorithm, Signer, Verification,
};

/// The backend as a whole.
pub const PROVIDER: Provider = Provider {
    name: "rustcrypto",
    digests: &RustCrypto,
    verification: &RustCrypto,
    key_loading: &RustCrypto,
    key_generation: &RustCrypto,
    key_encryption: &RustCrypto,
    content: &RustCrypto,
    authenticated: &RustCrypto,
    derivation: &RustCrypto,
    legacy: &RustCrypto,
};

/// Serves every trait of the seam; stateless.
struct RustCrypto;

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const SECP256R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");

const OTHER_KEY: Error = Error::Unsupported {
    what: "this kind of key",
};
const WRONG_KEY: Error = Error::Unsupported {
    what: "this algorithm with this kind of key",
};

/// Runs `$body` with `$digest` bound to the digest type that `$algorithm` names.
macro_rules! with_digest {
    ($algorithm:expr, $digest:ident => $body:expr) => {
        match $algorithm {
            DigestAlgorithm::Sha1 => {
                type $digest = Sha1;
                $body
            }
            DigestAlgorithm::Sha224 => {
                type $digest = sha2::Sha224;
                $body
            }
            DigestAlgorithm::Sha3_256 => {
                type $digest = sha3::Sha3_256;
                $body
            }
            DigestAlgorithm::Sha3_384 => {
                type $digest = sha3::Sha3_384;
                $body
            }
            DigestAlgorithm::Sha3_512 => {
                type $digest = sha3::Sha3_512;
                $body
            }
            DigestAlgorithm::Sha256 => {
                type $digest = Sha256;
                $body
            }
            DigestAlgorithm::Sha384 => {
                type $digest = Sha384;
                $body
            }
            DigestAlgorithm::Sha512 => {
                type $digest = Sha512;
                $body
            }
        }
    };
}

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

/// A public key of a kind that this backend knows.
enum PublicKey {
    Rsa(RsaPublicKey),
    P256(p256::ecdsa::VerifyingKey),
}

impl PublicKey {
    fn decode(public_key_info: &[u8]) -> Result<Self, Error> {
        let info = SubjectPublicKeyInfoRef::try_from(public_key_info).map_err(|_| {
            Error::MalformedKey {
                what: "SubjectPublicKeyInfo",
            }
        })?;
        match info.algorithm.oid {
            RSA_ENCRYPTION => RsaPublicKey::from_public_key_der(public_key_info)
                .map(Self::Rsa)
                .map_err(|_| Error::MalformedKey {
                    what: "RSA public key",
                }),
            EC_PUBLIC_KEY if info.algorithm.parameters_oid() == Ok(SECP256R1) => {
                p256::ecdsa::VerifyingKey::from_public_key_der(public_key_info)
                    .map(Self::P256)
                    .map_err(|_| Error::MalformedKey {
                        what: "P-256 public key",
                    })
            }
            EC_PUBLIC_KEY => Err(Error::Unsupported {
                what: "this elliptic curve",
            }),
            _ => Err(OTHER_KEY),
        }
    }

    fn algorithm(&self) -> KeyAlgorithm {
        match self {
            Self::Rsa(key) => rsa_algorithm(key),
            Self::P256(_) => KeyAlgorithm::P256,
        }
    }
}

fn rsa_algorithm(key: &impl PublicKeyParts) -> KeyAlgorithm {
    KeyAlgorithm::Rsa {
        bits: key.n().bits(),
    }
}

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
        let key = PublicKey::decode(public_key_info)?;
        let digest = PROVIDER.digest(algorithm.digest(), message);
        match (key, algorithm) {
            (PublicKey::Rsa(key), SignatureAlgorithm::RsaPkcs1(hash)) => key
                .verify(rsa_padding(hash), &digest, signature)
                .map_err(|_| Error::SignatureInvalid),
            (PublicKey::P256(key), SignatureAlgorithm::Ecdsa(_)) => {
                p256::ecdsa::Signature::from_der(signature)
                    .and_then(|signature| key.verify_prehash(&digest, &signature))
                    .map_err(|_| Error::SignatureInvalid)
            }
            _ => Err(WRONG_KEY),
        }
    }
}

fn rsa_padding(digest: DigestAlgorithm) -> Pkcs1v15Sign {
    with_digest!(digest, D => Pkcs1v15Sign::new::<D>())
}

impl KeyLoading for RustCrypto {
    fn load(&self, pkcs8: &[u8]) -> Result<PrivateKey, Error> {
        let info = PrivateKeyInfoRef::try_from(pkcs8).map_err(|_| Error::MalformedKey {
            what: "PKCS#8 PrivateKeyInfo",
        })?;
        match info.algorithm.oid {
            RSA_ENCRYPTION => {
                let key =
                    RsaPrivateKey::from_pkcs8_der(pkcs8).map_err(|_| Error::MalformedKey {
                        what: "RSA private key",
                    })?;
                let algorithm = rsa_algorithm(&key);
                let public = public_key_info(&key.to_public_key())?;
                let key = Arc::new(RsaKey(key));
                Ok(PrivateKey::new(algorithm, public)
                    .with_signer(key.clone())
                    .with_decryptor(key))
            }
            EC_PUBLIC_KEY if info.algorithm.parameters_oid() == Ok(SECP256R1) => {
                let key = p256::ecdsa::SigningKey::from_pkcs8_der(pkcs8).map_err(|_| {
                    Error::MalformedKey {
                        what: "P-256 private key",
                    }
                })?;
                let public = public_key_info(key.verifying_key())?;
                Ok(PrivateKey::new(KeyAlgorithm::P256, public).with_signer(Arc::new(P256Key(key))))
            }
            EC_PUBLIC_KEY => Err(Error::Unsupported {
                what: "this elliptic curve",
            }),
            _ => Err(OTHER_KEY),
        }
    }
}

fn public_key_info(key: &impl EncodePublicKey) -> Result<Vec<u8>, Error> {
    key.to_public_key_der()
        .map(|der| der.as_bytes().to_vec())
        .map_err(|error| Error::Backend(Arc::new(error)))
}

/// Signing with SHA-1 is refused: nobody who checks carefully accepts it any more.
fn digest_for_signing(algorithm: SignatureAlgorithm) -> Result<DigestAlgorithm, Error> {
    match algorithm.digest() {
        DigestAlgorithm::Sha1 => Err(Error::Unsupported {
            what: "signing with SHA-1",
        }),
        digest => Ok(digest),
    }
}

struct RsaKey(RsaPrivateKey);

impl Signer for RsaKey {
    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, Error> {
        let hash = digest_for_signing(algorithm)?;
        match algorithm {
            SignatureAlgorithm::RsaPkcs1(_) => self
                .0
                .sign(rsa_padding(hash), &PROVIDER.digest(hash, message))
                .map_err(|error| Error::Backend(Arc::new(error))),
            _ => Err(WRONG_KEY),
        }
    }
}

impl KeyDecryptor for RsaKey {
    fn decrypt_key(
        &self,
        algorithm: KeyTransportAlgorithm,
        encrypted: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        match algorithm {
            KeyTransportAlgorithm::RsaPkcs1 => self
                .0
                .decrypt(Pkcs1v15Encrypt, encrypted)
                .map(Zeroizing::new)
                .map_err(|_| Error::DecryptionFailed),
            KeyTransportAlgorithm::RsaOaep { .. } => Err(NOT_YET),
        }
    }
}

struct P256Key(p256::ecdsa::SigningKey);

impl Signer for P256Key {
    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, Error> {
        let hash = digest_for_signing(algorithm)?;
        match algorithm {
            SignatureAlgorithm::Ecdsa(_) => {
                let signature: p256::ecdsa::Signature = self
                    .0
                    .sign_prehash(&PROVIDER.digest(hash, message))
                    .map_err(|error| Error::Backend(Arc::new(error)))?;
                Ok(signature.to_der().as_bytes().to_vec())
            }
            _ => Err(WRONG_KEY),
        }
    }
}

impl KeyEncryption for RustCrypto {
    fn encrypt_key(
        &self,
        public_key_info: &[u8],
        algorithm: KeyTransportAlgorithm,
        content_key: &[u8],
        mut rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, Error> {
        match (PublicKey::decode(public_key_info)?, algorithm) {
            (PublicKey::Rsa(key), KeyTransportAlgorithm::RsaPkcs1) => key
                .encrypt(&mut rng, Pkcs1v15Encrypt, content_key)
                .map_err(|_| Error::MalformedKey {
                    what: "RSA key too small for this content key",
                }),
            _ => Err(WRONG_KEY),
        }
    }
}

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
            ContentAlgorithm::DesEde3Cbc => Err(Error::Unsupported {
                what: "encrypting with 3DES",
            }),
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
}

const WRONG_LENGTH: Error = Error::MalformedKey {
    what: "length of key or initialisation vector",
};

fn encrypt_cbc<C: KeyIvInit + BlockModeEncrypt>(
    key: &[u8],
    initialisation_vector: &[u8],
    plain: &[u8],
) -> Result<Vec<u8>, Error> {
    let cipher = C::new_from_slices(key, initialisation_vector).map_err(|_| WRONG_LENGTH)?;
    Ok(cipher.encrypt_padded_vec::<Pkcs7>(plain))
}

fn decrypt_cbc<C: KeyIvInit + BlockModeDecrypt>(
    key: &[u8],
    initialisation_vector: &[u8],
    encrypted: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let cipher = C::new_from_slices(key, initialisation_vector).map_err(|_| WRONG_LENGTH)?;
    cipher
        .decrypt_padded_vec::<Pkcs7>(encrypted)
        .map(Zeroizing::new)
        .map_err(|_| Error::DecryptionFailed)
}

impl Derivation for RustCrypto {
    fn hmac(&self, algorithm: DigestAlgorithm, key: &[u8], message: &[u8]) -> Vec<u8> {
        with_digest!(algorithm, D => {
            // HMAC takes keys of any length (RFC 2104 §2), so this never falls to the default.
            Hmac::<D>::new_from_slice(key)
                .map(|mac| mac.chain_update(message).finalize().into_bytes().to_vec())
                .unwrap_or_default()
        })
    }

    fn pbkdf2(
        &self,
        algorithm: DigestAlgorithm,
        password: &[u8],
        salt: &[u8],
        iterations: u32,
        out: &mut [u8],
    ) {
        let rounds = iterations.max(1);
        with_digest!(algorithm, D => pbkdf2::pbkdf2_hmac::<D>(password, salt, rounds, out));
    }

    fn scrypt(
        &self,
        _password: &[u8],
        _salt: &[u8],
        _parameters: ScryptParameters,
        _out: &mut [u8],
    ) -> Result<(), Error> {
        Err(NOT_YET)
    }
}

const NOT_YET: Error = Error::Unsupported { what: "this yet" };

impl KeyGeneration for RustCrypto {
    fn generate(
        &self,
        _algorithm: KeyAlgorithm,
        _rng: &mut dyn CryptoRng,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        Err(NOT_YET)
    }
}

impl AuthenticatedCiphers for RustCrypto {
    fn seal(
        &self,
        _algorithm: AeadAlgorithm,
        _key: &[u8],
        _nonce: &[u8],
        _associated_data: &[u8],
        _plain: &[u8],
    ) -> Result<Vec<u8>, Error> {
        Err(NOT_YET)
    }

    fn open(
        &self,
        _algorithm: AeadAlgorithm,
        _key: &[u8],
        _nonce: &[u8],
        _associated_data: &[u8],
        _encrypted: &[u8],
        _tag: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        Err(NOT_YET)
    }
}

impl LegacyCiphers for RustCrypto {
    fn encrypt(
        &self,
        _cipher: LegacyCipher,
        _key: &[u8],
        _initialisation_vector: &[u8],
        _plain: &[u8],
    ) -> Result<Vec<u8>, Error> {
        Err(NOT_YET)
    }

    fn decrypt(
        &self,
        _cipher: LegacyCipher,
        _key: &[u8],
        _initialisation_vector: &[u8],
        _encrypted: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        Err(NOT_YET)
    }

    fn md5(&self, _data: &[u8]) -> Result<[u8; 16], Error> {
        Err(NOT_YET)
    }
}
