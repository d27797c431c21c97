//! How a key comes from a password.

use core::fmt;

use der::Tag;
use der::asn1::ObjectIdentifier;
use rollcert_crypto::{DigestAlgorithm, Provider, ScryptParameters};
use zeroize::Zeroizing;

use crate::Limits;
use crate::asn1::Element;
use crate::import_error::ImportError;
use crate::oid::Oid;
use crate::pkcs12::{Purpose, derive};
use crate::unlock::scheme::{
    backend_error, identifier, iteration_count, oid, positive, stated_length, unsupported,
};

/// What octets a derivation works on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum PasswordKind {
    /// Those of the text in its own encoding.
    Octets,
    /// UTF-16 with a terminator.
    Utf16,
}

/// One derivation and its parameters. `Display` names both.
#[derive(Clone, Copy)]
pub(crate) enum KeyDerivation<'a> {
    /// RFC 8018 §5.2.
    Pbkdf2 {
        digest: DigestAlgorithm,
        salt: &'a [u8],
        iterations: u32,
    },
    /// RFC 7914.
    Scrypt {
        salt: &'a [u8],
        parameters: ScryptParameters,
    },
    /// RFC 7292 §B.2: the key of a cipher.
    Pkcs12 { salt: &'a [u8], iterations: u32 },
    /// The same for the key of a MAC.
    Pkcs12Mac {
        digest: DigestAlgorithm,
        salt: &'a [u8],
        iterations: u32,
    },
    /// RFC 8018 §5.1.
    Pbkdf1 {
        digest: OldDigest,
        salt: &'a [u8],
        iterations: u32,
    },
    /// What OpenSSL does for PEM headers: MD5 once, chained for as many octets as are wanted.
    OpenSsl { salt: [u8; 8] },
}

/// The digests of PBKDF1.
#[derive(Clone, Copy)]
pub(crate) enum OldDigest {
    Md5,
    Sha1,
}

impl<'a> KeyDerivation<'a> {
    /// Reads the key derivation function of PBES2 or PBMAC1 (RFC 8018 §A.2, RFC 7914 §7), and the key
    /// length that it states.
    pub(crate) fn decode(function: &Element<'a>) -> Result<(Self, Option<usize>), ImportError> {
        let (oid, parameters) = identifier(function)?;
        match parameters {
            Some(parameters) if oid == PBKDF2 => Self::decode_pbkdf2(&parameters),
            Some(parameters) if oid == SCRYPT => Self::decode_scrypt(&parameters),
            _ => Err(unsupported("key derivation by ", &oid)),
        }
    }

    fn decode_pbkdf2(parameters: &Element<'a>) -> Result<(Self, Option<usize>), ImportError> {
        let mut fields = parameters.reader();
        let salt = fields.element()?;
        if salt.tag() != Tag::OctetString {
            return Err(ImportError::Unsupported {
                what: "PBKDF2 with a salt from elsewhere".into(),
            });
        }
        let iterations = iteration_count(&fields.expect(Tag::Integer, "iteration count")?)?;
        let length = stated_length(&mut fields)?;
        let digest = match fields.optional_tag(Tag::Sequence)? {
            // RFC 8018 §A.2: HMAC with SHA-1 is the default.
            None => DigestAlgorithm::Sha1,
            Some(function) => {
                let (oid, _) = identifier(&function)?;
                hmac(&oid).ok_or_else(|| unsupported("PBKDF2 with ", &oid))?
            }
        };
        fields.finish()?;
        let salt = salt.content();
        Ok((
            Self::Pbkdf2 {
                digest,
                salt,
                iterations,
            },
            length,
        ))
    }

    fn decode_scrypt(parameters: &Element<'a>) -> Result<(Self, Option<usize>), ImportError> {
        let mut fields = parameters.reader();
        let salt = fields.expect(Tag::OctetString, "salt of scrypt")?.content();
        let cost = fields.expect(Tag::Integer, "cost of scrypt")?;
        let block_size = fields.expect(Tag::Integer, "block size of scrypt")?;
        let parallelization = fields.expect(Tag::Integer, "parallelization of scrypt")?;
        let length = stated_length(&mut fields)?;
        fields.finish()?;
        let small = |element: &Element<'_>, what| {
            u32::try_from(positive(element, what)?).map_err(|_| element.bad(what))
        };
        let parameters = ScryptParameters {
            cost: positive(&cost, "cost of scrypt")?,
            block_size: small(&block_size, "block size of scrypt")?,
            parallelization: small(&parallelization, "parallelization of scrypt")?,
        };
        // RFC 7914 §6.
        if parameters.cost < 2 || !parameters.cost.is_power_of_two() {
            return Err(cost.bad("cost of scrypt").into());
        }
        Ok((Self::Scrypt { salt, parameters }, length))
    }

    pub(super) const fn password_kind(&self) -> PasswordKind {
        match self {
            Self::Pkcs12 { .. } | Self::Pkcs12Mac { .. } => PasswordKind::Utf16,
            _ => PasswordKind::Octets,
        }
    }

    /// What a key and an initialisation vector of these lengths cost, in iterations.
    ///
    /// An iteration of scrypt is reckoned as one mixing of a block of 64 octets to and fro: by the clock it
    /// is about one HMAC.
    pub(super) fn cost(&self, key_len: usize, vector_len: usize) -> u64 {
        let blocks =
            |length: usize, of: usize| u64::try_from(length.div_ceil(of)).unwrap_or(u64::MAX);
        match self {
            Self::Pbkdf2 {
                digest, iterations, ..
            }
            | Self::Pkcs12Mac {
                digest, iterations, ..
            } => u64::from(*iterations).saturating_mul(blocks(key_len, digest.output_len())),
            Self::Pkcs12 { iterations, .. } => {
                u64::from(*iterations).saturating_mul(blocks(key_len, 20) + blocks(vector_len, 20))
            }
            Self::Pbkdf1 { iterations, .. } => u64::from(*iterations),
            Self::OpenSsl { .. } => 1,
            Self::Scrypt { parameters, .. } => parameters
                .cost
                .saturating_mul(u64::from(parameters.block_size))
                .saturating_mul(u64::from(parameters.parallelization))
                .saturating_mul(2),
        }
    }

    /// Fills key and initialisation vector; only those of old schemes derive the latter. The caller has
    /// paid [`Self::cost`].
    pub(super) fn derive(
        &self,
        password: &[u8],
        key: &mut [u8],
        vector: &mut [u8],
        limits: &Limits,
        provider: &Provider,
    ) -> Result<(), ImportError> {
        match *self {
            Self::Pbkdf2 {
                digest,
                salt,
                iterations,
            } => provider
                .derivation
                .pbkdf2(digest, password, salt, iterations, key),
            Self::Scrypt { salt, parameters } => {
                if memory(parameters) > limits.kdf_memory {
                    return Err(ImportError::Limit {
                        what: "octets of memory for key derivation",
                        limit: limits.kdf_memory,
                    });
                }
                provider
                    .derivation
                    .scrypt(password, salt, parameters, key)
                    .map_err(|error| backend_error(error, "key derivation by scrypt"))?;
            }
            Self::Pkcs12 { salt, iterations } => {
                let sha1 = DigestAlgorithm::Sha1;
                derive(
                    Purpose::Key,
                    sha1,
                    password,
                    salt,
                    iterations,
                    provider,
                    key,
                );
                let purpose = Purpose::InitialisationVector;
                derive(purpose, sha1, password, salt, iterations, provider, vector);
            }
            Self::Pkcs12Mac {
                digest,
                salt,
                iterations,
            } => {
                let purpose = Purpose::MacKey;
                derive(purpose, digest, password, salt, iterations, provider, key);
            }
            Self::Pbkdf1 {
                digest,
                salt,
                iterations,
            } => {
                let mut derived = digest.of(&[password, salt], provider)?;
                for _ in 1..iterations {
                    derived = digest.of(&[&derived], provider)?;
                }
                fill(key, vector, &derived);
            }
            Self::OpenSsl { salt } => {
                let mut derived = Zeroizing::new(Vec::new());
                let mut last = Zeroizing::new(Vec::new());
                while derived.len() < key.len().saturating_add(vector.len()) {
                    last = OldDigest::Md5.of(&[&last, password, &salt], provider)?;
                    derived.extend_from_slice(&last);
                }
                fill(key, vector, &derived);
            }
        }
        Ok(())
    }
}

impl OldDigest {
    fn of(self, parts: &[&[u8]], provider: &Provider) -> Result<Zeroizing<Vec<u8>>, ImportError> {
        let octets = Zeroizing::new(parts.concat());
        Ok(Zeroizing::new(match self {
            Self::Md5 => provider
                .legacy
                .md5(&octets)
                .map_err(|error| backend_error(error, "key derivation with MD5"))?
                .to_vec(),
            Self::Sha1 => provider.digest(DigestAlgorithm::Sha1, &octets),
        }))
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
        }
    }
}

impl fmt::Display for KeyDerivation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pbkdf2 {
                digest, iterations, ..
            } => write!(f, "PBKDF2 HMAC-{} {iterations} iterations", upper(*digest)),
            Self::Scrypt {
                parameters:
                    ScryptParameters {
                        cost,
                        block_size,
                        parallelization,
                    },
                ..
            } => write!(f, "scrypt N={cost} r={block_size} p={parallelization}"),
            Self::Pkcs12 { iterations, .. } => write!(f, "SHA-1 {iterations} iterations"),
            Self::Pkcs12Mac {
                digest, iterations, ..
            } => write!(f, "{} {iterations} iterations", upper(*digest)),
            Self::Pbkdf1 {
                digest, iterations, ..
            } => write!(f, "{} {iterations} iterations", digest.name()),
            Self::OpenSsl { .. } => f.write_str("MD5 without iterations"),
        }
    }
}

/// The digest of the HMAC that `oid` names (RFC 8018 §B.1.2, NIST CSOR for SHA-3).
pub(crate) fn hmac(oid: &Oid) -> Option<DigestAlgorithm> {
    HMACS
        .into_iter()
        .find(|(_, hmac)| *oid == *hmac)
        .map(|(digest, _)| digest)
}

/// The digest as people write it: `SHA-256`.
pub(crate) fn upper(digest: DigestAlgorithm) -> String {
    digest.name().to_uppercase()
}

/// What scrypt takes (RFC 7914 §5, §6): its table, and its blocks side by side.
fn memory(parameters: ScryptParameters) -> u64 {
    let block = u64::from(parameters.block_size).saturating_mul(128);
    parameters
        .cost
        .saturating_add(u64::from(parameters.parallelization))
        .saturating_mul(block)
}

/// The first octets of `derived` are the key, those after it the vector.
fn fill(key: &mut [u8], vector: &mut [u8], derived: &[u8]) {
    let places = key.iter_mut().chain(vector);
    for (place, octet) in places.zip(derived) {
        *place = *octet;
    }
}

pub(crate) const PBKDF2: ObjectIdentifier = oid("1.2.840.113549.1.5.12");
pub(crate) const SCRYPT: ObjectIdentifier = oid("1.3.6.1.4.1.11591.4.11");

const HMACS: [(DigestAlgorithm, ObjectIdentifier); 8] = [
    (DigestAlgorithm::Sha1, oid("1.2.840.113549.2.7")),
    (DigestAlgorithm::Sha224, oid("1.2.840.113549.2.8")),
    (DigestAlgorithm::Sha256, oid("1.2.840.113549.2.9")),
    (DigestAlgorithm::Sha384, oid("1.2.840.113549.2.10")),
    (DigestAlgorithm::Sha512, oid("1.2.840.113549.2.11")),
    (DigestAlgorithm::Sha3_256, oid("2.16.840.1.101.3.4.2.14")),
    (DigestAlgorithm::Sha3_384, oid("2.16.840.1.101.3.4.2.15")),
    (DigestAlgorithm::Sha3_512, oid("2.16.840.1.101.3.4.2.16")),
];
