//! What closes things under a password, as `unlock` opens them.

use der::asn1::ObjectIdentifier;
use rand_core::CryptoRng;
use rollcert_crypto::{
    ContentAlgorithm, DigestAlgorithm, LegacyCipher, Provider, ScryptParameters,
};
use zeroize::Zeroizing;

use crate::asn1::{encode, encode_oid, encode_unsigned, tag};
use crate::export_error::ExportError;
use crate::password::Password;
use crate::pkcs12::{Purpose, derive, terminated_utf16};
use crate::unlock::{PBES2, PBKDF2, SCRYPT};

/// How often a derivation of keys from a password repeats its digest: what every guess at the password
/// costs, and every opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Iterations(u32);

impl Iterations {
    /// The fewest that RFC 8018 §4.2 recommends.
    pub const LEAST: u32 = 1_000;

    /// The most that Java opens.
    pub const MOST: u32 = 5_000_000;

    /// This many, [`Self::LEAST`] to [`Self::MOST`].
    ///
    /// # Errors
    ///
    /// [`ExportError::OutOfRange`] beyond these bounds.
    pub fn new(count: u32) -> Result<Self, ExportError> {
        ExportError::unless_within(
            "iterations",
            count.into(),
            Self::LEAST.into(),
            Self::MOST.into(),
        )?;
        Ok(Self(count))
    }

    /// How many.
    #[must_use]
    pub const fn count(self) -> u32 {
        self.0
    }

    /// A number that stands in the source and is known to lie between the bounds.
    pub(crate) const fn known(count: u32) -> Self {
        assert!(Self::LEAST <= count && count <= Self::MOST);
        Self(count)
    }

    fn encode(self) -> Vec<u8> {
        encode_unsigned(&self.0.to_be_bytes())
    }
}

/// What scrypt may cost (RFC 7914 §2) for OpenSSL to open the file: at most 32 MiB of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ScryptCost(ScryptParameters);

impl ScryptCost {
    /// The most memory in octets that OpenSSL spends on opening a file.
    pub const MOST_MEMORY: u64 = 32 << 20;

    /// This cost.
    ///
    /// # Errors
    ///
    /// [`ExportError::OutOfRange`] unless `N` is a power of two above one, `r` and `p` are at least one, and
    /// the memory, `128 r (N + p + 2)` octets, is at most [`Self::MOST_MEMORY`].
    pub fn new(parameters: ScryptParameters) -> Result<Self, ExportError> {
        let ScryptParameters {
            cost,
            block_size,
            parallelization,
        } = parameters;
        let (block_size, parallelization) = (u64::from(block_size), u64::from(parallelization));
        let most = Self::MOST_MEMORY;
        ExportError::unless_within("bits in the scrypt cost", cost.count_ones().into(), 1, 1)?;
        ExportError::unless_within("scrypt cost", cost, 2, most)?;
        ExportError::unless_within("scrypt block size", block_size, 1, most)?;
        ExportError::unless_within("scrypt parallelization", parallelization, 1, most)?;
        let memory = (cost + parallelization + 2)
            .saturating_mul(block_size)
            .saturating_mul(128);
        ExportError::unless_within("octets of scrypt memory", memory, 1, most)?;
        Ok(Self(parameters))
    }

    /// The parameters.
    #[must_use]
    pub const fn parameters(self) -> ScryptParameters {
        self.0
    }
}

impl Default for ScryptCost {
    /// 16 MiB of memory: `N` 16,384, `r` 8, `p` 1, as OpenSSL writes.
    fn default() -> Self {
        Self(ScryptParameters {
            cost: 16_384,
            block_size: 8,
            parallelization: 1,
        })
    }
}

/// How a key file derives its key from the password (RFC 8018 §5.2, RFC 7914 §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PasswordDerivation {
    /// PBKDF2 with HMAC-SHA-256, which every product opens that opens PBES2 at all.
    Pbkdf2(Iterations),
    /// scrypt, which makes guessing dearer, and which Java does not open.
    Scrypt(ScryptCost),
}

impl Default for PasswordDerivation {
    /// PBKDF2 of 600,000 iterations, a good tenth of a second: a file of one key pays them once.
    fn default() -> Self {
        Self::Pbkdf2(Iterations::known(600_000))
    }
}

/// A scheme of encryption by password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// PBES2 (RFC 8018 §6.2) with AES-256-CBC.
    Pbes2(PasswordDerivation),
    /// `pbeWithSHAAnd3-KeyTripleDES-CBC` (RFC 7292 appendix C).
    Sha1TripleDes(Iterations),
}

impl Scheme {
    /// How many iterations of digests one encryption costs, as whoever opens it counts them.
    pub(crate) fn cost(self) -> u64 {
        match self {
            Self::Pbes2(PasswordDerivation::Pbkdf2(iterations)) => iterations.0.into(),
            Self::Pbes2(PasswordDerivation::Scrypt(_)) => 0,
            // Two digests make the key of 24 octets, one the initialisation vector.
            Self::Sha1TripleDes(iterations) => u64::from(iterations.0) * 3,
        }
    }

    /// Encrypts `plain`, salt and initialisation vector from `rng`.
    pub(crate) fn seal(
        self,
        plain: &[u8],
        password: &SealingPassword<'_>,
        provider: &Provider,
        rng: &mut dyn CryptoRng,
    ) -> Result<Sealed, ExportError> {
        let salt = random::<SALT_LEN>(rng);
        match self {
            Self::Pbes2(derivation) => {
                const CIPHER: ContentAlgorithm = ContentAlgorithm::Aes256Cbc;
                let mut key = Zeroizing::new([0; CIPHER.key_len()]);
                let function = derivation.derive(password, &salt, provider, &mut *key)?;
                let vector = random::<{ CIPHER.block_len() }>(rng);
                let encrypted = provider.content.encrypt(CIPHER, &*key, &vector, plain)?;
                let cipher = algorithm(CIPHER.oid(), &encode(tag::OCTET_STRING, &[&vector]));
                let parameters = encode(tag::SEQUENCE, &[&function, &cipher]);
                Ok(Sealed {
                    algorithm: algorithm(PBES2, &parameters),
                    encrypted,
                })
            }
            Self::Sha1TripleDes(iterations) => {
                let utf16 = terminated_utf16(password.0);
                let (mut key, mut vector) = (Zeroizing::new([0; 24]), Zeroizing::new([0; 8]));
                for (purpose, out) in [
                    (Purpose::Key, key.as_mut_slice()),
                    (Purpose::InitialisationVector, vector.as_mut_slice()),
                ] {
                    let (digest, count) = (DigestAlgorithm::Sha1, iterations.0);
                    derive(purpose, digest, &utf16, &salt, count, provider, out);
                }
                let cipher = LegacyCipher::DesEde3Cbc;
                let encrypted = provider.legacy.encrypt(cipher, &*key, &*vector, plain)?;
                let salt = encode(tag::OCTET_STRING, &[&salt]);
                let parameters = encode(tag::SEQUENCE, &[&salt, &iterations.encode()]);
                Ok(Sealed {
                    algorithm: algorithm(SHA1_TRIPLE_DES, &parameters),
                    encrypted,
                })
            }
        }
    }
}

impl PasswordDerivation {
    /// Fills `key`, and returns the `AlgorithmIdentifier` that says how (RFC 8018 §A.2, RFC 7914 §7).
    fn derive(
        self,
        password: &SealingPassword<'_>,
        salt: &[u8],
        provider: &Provider,
        key: &mut [u8],
    ) -> Result<Vec<u8>, ExportError> {
        let password = password.0.as_bytes();
        let encoded_salt = encode(tag::OCTET_STRING, &[salt]);
        match self {
            Self::Pbkdf2(iterations) => {
                const PRF: DigestAlgorithm = DigestAlgorithm::Sha256;
                let derivation = provider.derivation;
                derivation.pbkdf2(PRF, password, salt, iterations.0, key);
                let function = algorithm(HMAC_SHA256, &encode(tag::NULL, &[]));
                let parts: [&[u8]; 3] = [&encoded_salt, &iterations.encode(), &function];
                Ok(algorithm(PBKDF2, &encode(tag::SEQUENCE, &parts)))
            }
            Self::Scrypt(ScryptCost(parameters)) => {
                provider
                    .derivation
                    .scrypt(password, salt, parameters, key)?;
                let parts: [&[u8]; 4] = [
                    &encoded_salt,
                    &encode_unsigned(&parameters.cost.to_be_bytes()),
                    &encode_unsigned(&parameters.block_size.to_be_bytes()),
                    &encode_unsigned(&parameters.parallelization.to_be_bytes()),
                ];
                Ok(algorithm(SCRYPT, &encode(tag::SEQUENCE, &parts)))
            }
        }
    }
}

/// A password that every reader takes for the same: one without NUL, at which C programs stop.
pub(crate) struct SealingPassword<'a>(&'a str);

impl<'a> SealingPassword<'a> {
    pub(crate) fn new(password: &'a Password) -> Result<Self, ExportError> {
        let text = password.secret_str();
        if text.contains('\0') {
            return Err(ExportError::NulCharacter {
                what: "the password",
            });
        }
        Ok(Self(text))
    }

    /// The HMAC of `content`, keyed as RFC 7292 §4 and appendix B have it, and `MacData` around it.
    pub(crate) fn mac_data(
        &self,
        digest: DigestAlgorithm,
        iterations: Iterations,
        content: &[u8],
        provider: &Provider,
        rng: &mut dyn CryptoRng,
    ) -> Vec<u8> {
        let salt = random::<SALT_LEN>(rng);
        let utf16 = terminated_utf16(self.0);
        let mut key = Zeroizing::new(vec![0; digest.output_len()]);
        let (purpose, count) = (Purpose::MacKey, iterations.0);
        derive(purpose, digest, &utf16, &salt, count, provider, &mut key);
        let mac = provider.derivation.hmac(digest, &key, content);
        let digest = algorithm(digest.oid(), &encode(tag::NULL, &[]));
        let mac = encode(
            tag::SEQUENCE,
            &[&digest, &encode(tag::OCTET_STRING, &[&mac])],
        );
        let salt = encode(tag::OCTET_STRING, &[&salt]);
        encode(tag::SEQUENCE, &[&mac, &salt, &iterations.encode()])
    }
}

/// What was encrypted, and the `AlgorithmIdentifier` that says how.
pub(crate) struct Sealed {
    pub(crate) algorithm: Vec<u8>,
    pub(crate) encrypted: Vec<u8>,
}

/// An `AlgorithmIdentifier` with parameters.
fn algorithm(oid: ObjectIdentifier, parameters: &[u8]) -> Vec<u8> {
    encode(tag::SEQUENCE, &[&encode_oid(oid), parameters])
}

fn random<const LENGTH: usize>(rng: &mut dyn CryptoRng) -> [u8; LENGTH] {
    let mut octets = [0; LENGTH];
    rng.fill_bytes(&mut octets);
    octets
}

/// RFC 8018 §4.1 wants at least eight octets, NIST SP 800-132 §5.1 sixteen.
const SALT_LEN: usize = 16;

const HMAC_SHA256: ObjectIdentifier = oid("1.2.840.113549.2.9");
const SHA1_TRIPLE_DES: ObjectIdentifier = oid("1.2.840.113549.1.12.1.3");

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}
