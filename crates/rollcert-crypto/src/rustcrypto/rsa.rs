//! Keys of RSA (RFC 8017, RFC 4055).

use std::sync::Arc;

use const_oid::ObjectIdentifier;
use pkcs8::der::asn1::AnyRef;
use pkcs8::der::{Any, Decode};
use pkcs8::spki::AlgorithmIdentifierRef;
use rand_core::CryptoRng;
use rsa::pkcs1::{
    EncodeRsaPrivateKey, EncodeRsaPublicKey, RsaPrivateKeyRef, RsaPssParams, RsaPublicKeyRef,
};
use rsa::traits::PublicKeyParts;
use rsa::{Oaep, Pkcs1v15Encrypt, Pkcs1v15Sign, Pss};
use zeroize::Zeroizing;

use super::PROVIDER;
use super::digests::with_digest;
use super::private_key::{CONTRADICTION, digest_for_signing};
use super::public_key::{RSA_ENCRYPTION, WRONG_KEY, public_key_info};
use super::randomness::Randomness;
use crate::{
    DigestAlgorithm, Error, KeyAlgorithm, KeyDecryptor, KeyTransportAlgorithm, PrivateKey,
    SignatureAlgorithm, Signer,
};

pub(super) struct RsaPublicKey {
    key: rsa::RsaPublicKey,
    purpose: Purpose,
}

impl RsaPublicKey {
    /// Reads an `RSAPublicKey` (RFC 8017 A.1.1).
    pub(super) fn decode(
        algorithm: &AlgorithmIdentifierRef<'_>,
        key: &[u8],
    ) -> Result<Self, Error> {
        const MALFORMED: Error = Error::MalformedKey {
            what: "RSA public key",
        };
        let purpose = Purpose::decode(algorithm)?;
        let parts = RsaPublicKeyRef::from_der(key).map_err(|_| MALFORMED)?;
        refuse_extremes(parts.modulus.as_bytes(), parts.public_exponent.as_bytes())?;
        let key = rsa::RsaPublicKey::try_from(parts).map_err(|_| MALFORMED)?;
        Ok(Self { key, purpose })
    }

    pub(super) fn algorithm(&self) -> KeyAlgorithm {
        key_algorithm(&self.key)
    }

    pub(super) fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        self.purpose.permits_signature(algorithm)?;
        let digest = algorithm.digest();
        let hash = PROVIDER.digest(digest, message);
        let verified = match algorithm {
            SignatureAlgorithm::RsaPkcs1(_) => {
                self.key.verify(pkcs1_signature(digest), &hash, signature)
            }
            SignatureAlgorithm::RsaPss { salt_len, .. } => {
                let salt_len = usize::from(salt_len);
                with_digest!(digest, D => {
                    self.key.verify(Pss::<D>::new_with_salt(salt_len), &hash, signature)
                })
            }
            SignatureAlgorithm::Ecdsa(_) | SignatureAlgorithm::Ed25519 => return Err(WRONG_KEY),
        };
        verified.map_err(|_| Error::SignatureInvalid)
    }

    pub(super) fn encrypt(
        &self,
        algorithm: KeyTransportAlgorithm,
        content_key: &[u8],
        mut rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, Error> {
        self.purpose.permits_encryption()?;
        let encrypted = match algorithm {
            KeyTransportAlgorithm::RsaPkcs1 => {
                self.key.encrypt(&mut rng, Pkcs1v15Encrypt, content_key)
            }
            KeyTransportAlgorithm::RsaOaep {
                digest,
                mask_digest,
            } => with_digest!(digest, D => with_digest!(mask_digest, M => {
                self.key.encrypt(&mut rng, Oaep::<D, M>::new_with_mgf_hash(), content_key)
            })),
        };
        encrypted.map_err(|_| Error::MalformedKey {
            what: "RSA key too small for this content key",
        })
    }
}

/// Loads an `RSAPrivateKey` (RFC 8017 A.1.2) of two primes.
pub(super) fn load(
    algorithm: AlgorithmIdentifierRef<'_>,
    key: &[u8],
    attached_public_key: Option<&[u8]>,
) -> Result<PrivateKey, Error> {
    const MALFORMED: Error = Error::MalformedKey {
        what: "RSA private key",
    };
    let purpose = Purpose::decode(&algorithm)?;
    let parts = RsaPrivateKeyRef::from_der(key).map_err(|_| MALFORMED)?;
    if parts.other_prime_infos.is_some() {
        return Err(Error::Unsupported {
            what: "RSA keys of more than two primes",
        });
    }
    let modulus = parts.modulus.as_bytes();
    let bits = refuse_extremes(modulus, parts.public_exponent.as_bytes())?;
    for secret in [parts.private_exponent, parts.prime1, parts.prime2] {
        if secret.as_bytes().len() > modulus.len() {
            return Err(MALFORMED);
        }
    }
    if [parts.prime1, parts.prime2]
        .iter()
        .any(|prime| bit_len(prime.as_bytes()) > bits.div_ceil(2))
    {
        return Err(Error::Unsupported {
            what: "RSA keys of primes that differ in length",
        });
    }
    let private = rsa::RsaPrivateKey::try_from(parts).map_err(|_| MALFORMED)?;
    // The exponents and the coefficient for the primes were not looked at so far: made anew, they must
    // come out as they are in the file.
    let encoded = private.to_pkcs1_der().map_err(|_| MALFORMED)?;
    if encoded.as_bytes() != key {
        return Err(Error::MalformedKey {
            what: "parts of the RSA private key that contradict each other",
        });
    }
    let public = private
        .as_public_key()
        .to_pkcs1_der()
        .map_err(|_| MALFORMED)?;
    if attached_public_key.is_some_and(|attached| attached != public.as_bytes()) {
        return Err(CONTRADICTION);
    }
    let info = public_key_info(purpose.identifier(algorithm), public.as_bytes())?;
    let loaded = PrivateKey::new(key_algorithm(&private), info);
    let decrypts = purpose.permits_encryption().is_ok();
    let key = Arc::new(RsaKey {
        randomness: Randomness::of(key),
        key: private,
        purpose,
    });
    let loaded = loaded.with_signer(key.clone());
    Ok(if decrypts {
        loaded.with_decryptor(key)
    } else {
        loaded
    })
}

struct RsaKey {
    key: rsa::RsaPrivateKey,
    purpose: Purpose,
    randomness: Randomness,
}

impl Signer for RsaKey {
    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.purpose.permits_signature(algorithm)?;
        let digest = digest_for_signing(algorithm)?;
        let hash = PROVIDER.digest(digest, message);
        let mut rng = self.randomness.start(&hash);
        let signature = match algorithm {
            SignatureAlgorithm::RsaPkcs1(_) => {
                self.key
                    .sign_with_rng(&mut rng, pkcs1_signature(digest), &hash)
            }
            SignatureAlgorithm::RsaPss { salt_len, .. } => {
                let salt_len = usize::from(salt_len);
                // RFC 8017 §9.1.1 step 3; the encoded message is one bit shorter than the modulus.
                let bits = self.key.n().bits().saturating_sub(1);
                let room = usize::try_from(bits.div_ceil(8)).unwrap_or(0);
                if room < digest.output_len() + salt_len + 2 {
                    return Err(Error::Unsupported {
                        what: "a salt as long as this with so small a key",
                    });
                }
                with_digest!(digest, D => {
                    self.key.sign_with_rng(&mut rng, Pss::<D>::new_with_salt(salt_len), &hash)
                })
            }
            SignatureAlgorithm::Ecdsa(_) | SignatureAlgorithm::Ed25519 => return Err(WRONG_KEY),
        };
        signature.map_err(|error| Error::Backend(Arc::new(error)))
    }
}

impl KeyDecryptor for RsaKey {
    fn decrypt_key(
        &self,
        algorithm: KeyTransportAlgorithm,
        encrypted: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let mut rng = self.randomness.start(encrypted);
        let rng = &mut rng;
        let decrypted = match algorithm {
            KeyTransportAlgorithm::RsaPkcs1 => {
                self.key.decrypt_blinded(rng, Pkcs1v15Encrypt, encrypted)
            }
            KeyTransportAlgorithm::RsaOaep {
                digest,
                mask_digest,
            } => with_digest!(digest, D => with_digest!(mask_digest, M => {
                self.key.decrypt_blinded(rng, Oaep::<D, M>::new_with_mgf_hash(), encrypted)
            })),
        };
        decrypted
            .map(Zeroizing::new)
            .map_err(|_| Error::DecryptionFailed)
    }
}

/// What the algorithm identifier of a key lets it do (RFC 4055 §1.2 and §3.1).
enum Purpose {
    /// `rsaEncryption`: everything.
    Any,
    /// `id-RSASSA-PSS` without parameters: PSS, with any of them.
    Pss,
    /// `id-RSASSA-PSS` with parameters: PSS with this digest, and with a salt no shorter than this.
    PssWith {
        digest: DigestAlgorithm,
        least_salt: u16,
    },
    /// `id-RSASSA-PSS` with parameters that no [`SignatureAlgorithm`] has, such as a digest for the mask
    /// that is not that of the message. The key is one to look at, and no more.
    PssOther,
}

impl Purpose {
    fn decode(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<Self, Error> {
        const MALFORMED: Error = Error::MalformedKey {
            what: "parameters of the RSA key",
        };
        if algorithm.oid == RSA_ENCRYPTION {
            // RFC 8017 A.1 wants NULL; OpenSSL reads keys that leave it out.
            let plain = algorithm.parameters.is_none_or(|given| given.is_null());
            return if plain { Ok(Self::Any) } else { Err(MALFORMED) };
        }
        let Some(parameters) = algorithm.parameters else {
            return Ok(Self::Pss);
        };
        let parameters: RsaPssParams<Any> = parameters.decode_as().map_err(|_| MALFORMED)?;
        let mask = parameters.mask_gen;
        let mask_digest = mask
            .parameters
            .filter(|_| mask.oid == MASK_GENERATION)
            .map(|digest| digest.oid);
        Ok(match DigestAlgorithm::from_oid(&parameters.hash.oid) {
            Some(digest) if mask_digest == Some(digest.oid()) => Self::PssWith {
                digest,
                least_salt: u16::from(parameters.salt_len),
            },
            _ => Self::PssOther,
        })
    }

    /// The identifier as it stands in a public key of this purpose.
    fn identifier<'a>(&self, given: AlgorithmIdentifierRef<'a>) -> AlgorithmIdentifierRef<'a> {
        match self {
            Self::Any => AlgorithmIdentifierRef {
                oid: RSA_ENCRYPTION,
                parameters: Some(AnyRef::NULL),
            },
            Self::Pss | Self::PssWith { .. } | Self::PssOther => given,
        }
    }

    fn permits_signature(&self, algorithm: SignatureAlgorithm) -> Result<(), Error> {
        let permitted = match (self, algorithm) {
            (Self::Any, _) | (Self::Pss, SignatureAlgorithm::RsaPss { .. }) => true,
            (
                Self::PssWith { digest, least_salt },
                SignatureAlgorithm::RsaPss {
                    digest: asked,
                    salt_len,
                },
            ) => asked == *digest && salt_len >= *least_salt,
            (Self::Pss | Self::PssWith { .. } | Self::PssOther, _) => false,
        };
        if permitted { Ok(()) } else { Err(WRONG_KEY) }
    }

    fn permits_encryption(&self) -> Result<(), Error> {
        match self {
            Self::Any => Ok(()),
            Self::Pss | Self::PssWith { .. } | Self::PssOther => Err(WRONG_KEY),
        }
    }
}

/// The length of the modulus in bits, if it and the exponent are of sizes that the arithmetic is meant
/// for. What it costs grows with both, and both are whatever a stranger wrote.
fn refuse_extremes(modulus: &[u8], exponent: &[u8]) -> Result<u32, Error> {
    let bits = bit_len(modulus);
    if !(1024..=8192).contains(&bits) {
        return Err(Error::Unsupported {
            what: "RSA keys of this length",
        });
    }
    if bit_len(exponent) > 33 {
        return Err(Error::Unsupported {
            what: "RSA keys with a public exponent as large as this",
        });
    }
    Ok(bits)
}

/// The length in bits of a number without leading zero octets.
fn bit_len(number: &[u8]) -> u32 {
    let octets = u32::try_from(number.len()).unwrap_or(u32::MAX);
    let unused = number.first().map_or(0, |first| first.leading_zeros());
    octets.saturating_mul(8).saturating_sub(unused)
}

fn key_algorithm(key: &impl PublicKeyParts) -> KeyAlgorithm {
    KeyAlgorithm::Rsa {
        bits: key.n().bits(),
    }
}

fn pkcs1_signature(digest: DigestAlgorithm) -> Pkcs1v15Sign {
    with_digest!(digest, D => Pkcs1v15Sign::new::<D>())
}

/// `id-mgf1` (RFC 8017 B.2.1).
const MASK_GENERATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.8");
