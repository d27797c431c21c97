//! What opens the protected parts of one file: the password, and a budget of key derivation.

use der::Tag;
use der::asn1::ObjectIdentifier;
use rollcert_crypto::{ContentAlgorithm, DigestAlgorithm, Error, Provider};
use zeroize::Zeroizing;

use crate::Limits;
use crate::asn1::{DecodeError, Element};
use crate::import_error::ImportError;
use crate::key::Password;
use crate::oid::Oid;

/// The password and the budget for one file.
pub(crate) struct Unlock<'a> {
    pub(crate) provider: &'a Provider,
    pub(crate) limits: &'a Limits,
    password: Option<&'a Password>,
    iterations: u64,
    used: bool,
}

impl<'a> Unlock<'a> {
    pub(crate) const fn new(
        password: Option<&'a Password>,
        provider: &'a Provider,
        limits: &'a Limits,
    ) -> Self {
        Self {
            provider,
            limits,
            password,
            iterations: limits.kdf_iterations,
            used: false,
        }
    }

    /// The password; an absent one is tried as the empty one.
    pub(crate) fn secret_password(&mut self) -> &'a str {
        self.used = true;
        self.password.map_or("", Password::secret_str)
    }

    /// Whether a password was given that nothing in the file asked for.
    pub(crate) fn was_needless(&self) -> bool {
        !self.used
            && self
                .password
                .is_some_and(|password| !password.secret_str().is_empty())
    }

    /// The error for a password that does not fit.
    pub(crate) const fn refused(&self) -> ImportError {
        match self.password {
            None => ImportError::PasswordRequired,
            Some(_) => ImportError::WrongPassword,
        }
    }

    /// Takes `iterations` off the budget.
    pub(crate) fn spend(&mut self, iterations: u64) -> Result<(), ImportError> {
        self.iterations = self
            .iterations
            .checked_sub(iterations)
            .ok_or(ImportError::Limit {
                what: "iterations of key derivation",
                limit: self.limits.kdf_iterations,
            })?;
        Ok(())
    }

    /// Decrypts what was encrypted under `scheme`; a wrong padding is no error of the file yet.
    pub(crate) fn decrypt(
        &mut self,
        scheme: &Pbes2<'_>,
        encrypted: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, ImportError> {
        let mut key = Zeroizing::new(vec![0; scheme.cipher.key_len()]);
        // Each block of derived key costs all iterations.
        let blocks = key.len().div_ceil(scheme.digest.output_len());
        let blocks = u64::try_from(blocks).unwrap_or(u64::MAX);
        self.spend(u64::from(scheme.iterations).saturating_mul(blocks))?;
        let password = self.secret_password().as_bytes();
        let Provider {
            derivation,
            content,
            ..
        } = self.provider;
        derivation.pbkdf2(
            scheme.digest,
            password,
            scheme.salt,
            scheme.iterations,
            &mut key,
        );
        match content.decrypt(scheme.cipher, &key, scheme.initialisation_vector, encrypted) {
            Ok(plain) => Ok(Some(plain)),
            Err(Error::Unsupported { what }) => Err(ImportError::Unsupported {
                what: what.to_owned(),
            }),
            Err(_) => Ok(None),
        }
    }
}

/// In words how something is protected: the schemes met, each once, in their order.
#[derive(Default)]
pub(crate) struct Schemes(Vec<String>);

impl Schemes {
    pub(crate) fn add(&mut self, scheme: String) {
        if !self.0.contains(&scheme) {
            self.0.push(scheme);
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them in one line; nothing when there are none.
    pub(crate) fn into_text(self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.join("; "))
    }
}

/// PBES2 (RFC 8018 §6.2) with PBKDF2 and a cipher in CBC mode.
pub(crate) struct Pbes2<'a> {
    cipher: ContentAlgorithm,
    initialisation_vector: &'a [u8],
    digest: DigestAlgorithm,
    salt: &'a [u8],
    iterations: u32,
}

impl<'a> Pbes2<'a> {
    /// Reads the `AlgorithmIdentifier` of an encryption by password, and adds it to `schemes`, served or not.
    pub(crate) fn decode(
        algorithm: &Element<'a>,
        schemes: &mut Schemes,
    ) -> Result<Self, ImportError> {
        let (oid, parameters) = identifier(algorithm)?;
        let scheme = match parameters {
            Some(parameters) if oid == PBES2 => Self::decode_parameters(&parameters),
            _ => Err(unsupported("encryption by ", &oid)),
        };
        match &scheme {
            Ok(scheme) => schemes.add(scheme.describe()),
            Err(ImportError::Unsupported { .. }) => schemes.add(name_of(&oid)),
            Err(_) => {}
        }
        scheme
    }

    fn decode_parameters(parameters: &Element<'a>) -> Result<Self, ImportError> {
        let mut fields = parameters.reader();
        let derivation = fields.expect(Tag::Sequence, "key derivation function")?;
        let encryption = fields.expect(Tag::Sequence, "encryption scheme")?;
        fields.finish()?;

        let (oid, vector) = identifier(&encryption)?;
        let cipher = oid
            .to_fixed()
            .and_then(|oid| ContentAlgorithm::from_oid(&oid))
            .ok_or_else(|| unsupported("PBES2 with ", &oid))?;
        let vector = vector
            .filter(|vector| {
                vector.tag() == Tag::OctetString && vector.content().len() == cipher.block_len()
            })
            .ok_or_else(|| encryption.bad("initialisation vector"))?;

        let (oid, parameters) = identifier(&derivation)?;
        let parameters = match parameters {
            Some(parameters) if oid == PBKDF2 => parameters,
            _ => return Err(unsupported("PBES2 with key derivation by ", &oid)),
        };
        let mut fields = parameters.reader();
        let salt = fields.element()?;
        if salt.tag() != Tag::OctetString {
            return Err(ImportError::Unsupported {
                what: "PBKDF2 with a salt from elsewhere".into(),
            });
        }
        let iterations = iteration_count(&fields.expect(Tag::Integer, "iteration count")?)?;
        if let Some(length) = fields.optional_tag(Tag::Integer)? {
            let stated = length.content().iter().skip_while(|octet| **octet == 0);
            if !stated.eq([u8::try_from(cipher.key_len()).unwrap_or(u8::MAX)].iter()) {
                return Err(length.bad("key length of PBKDF2").into());
            }
        }
        let digest = match fields.optional_tag(Tag::Sequence)? {
            // RFC 8018 §A.2: HMAC with SHA-1 is the default.
            None => DigestAlgorithm::Sha1,
            Some(function) => {
                let (oid, _) = identifier(&function)?;
                HMACS
                    .into_iter()
                    .find(|(_, hmac)| oid == *hmac)
                    .map(|(digest, _)| digest)
                    .ok_or_else(|| unsupported("PBKDF2 with ", &oid))?
            }
        };
        fields.finish()?;
        Ok(Self {
            cipher,
            initialisation_vector: vector.content(),
            digest,
            salt: salt.content(),
            iterations,
        })
    }

    /// The scheme in words.
    pub(crate) fn describe(&self) -> String {
        let Self {
            cipher,
            digest,
            iterations,
            ..
        } = self;
        let digest = digest.name().to_uppercase();
        format!("PBES2 {cipher}, PBKDF2 HMAC-{digest} {iterations} iterations")
    }
}

/// Identifier and parameters of an `AlgorithmIdentifier`.
pub(crate) fn identifier<'a>(
    algorithm: &Element<'a>,
) -> Result<(Oid, Option<Element<'a>>), DecodeError> {
    let mut fields = algorithm.reader();
    let oid = Oid::from_element(&fields.expect(Tag::ObjectIdentifier, "algorithm")?)?;
    let parameters = if fields.is_empty() {
        None
    } else {
        Some(fields.element()?)
    };
    fields.finish()?;
    Ok((oid, parameters))
}

/// An iteration count, at least one.
pub(crate) fn iteration_count(element: &Element<'_>) -> Result<u32, DecodeError> {
    let octets = element.content();
    let negative = octets.first().is_none_or(|octet| *octet >= 0x80);
    octets
        .iter()
        .try_fold(0_u32, |count, octet| {
            count.checked_mul(256)?.checked_add(u32::from(*octet))
        })
        .filter(|count| *count > 0 && !negative)
        .ok_or_else(|| element.bad("iteration count"))
}

/// The error that names the algorithm `oid` in words where it is known.
pub(crate) fn unsupported(what: &str, oid: &Oid) -> ImportError {
    ImportError::Unsupported {
        what: format!("{what}{}", name_of(oid)),
    }
}

/// What people call an algorithm, else its identifier.
pub(crate) fn name_of(oid: &Oid) -> String {
    let name = NAMES.iter().find(|(_, known)| *oid == *known);
    name.map_or_else(|| oid.to_string(), |(name, _)| (*name).to_owned())
}

const PBES2: ObjectIdentifier = oid("1.2.840.113549.1.5.13");
const PBKDF2: ObjectIdentifier = oid("1.2.840.113549.1.5.12");

const HMACS: [(DigestAlgorithm, ObjectIdentifier); 4] = [
    (DigestAlgorithm::Sha1, oid("1.2.840.113549.2.7")),
    (DigestAlgorithm::Sha256, oid("1.2.840.113549.2.9")),
    (DigestAlgorithm::Sha384, oid("1.2.840.113549.2.10")),
    (DigestAlgorithm::Sha512, oid("1.2.840.113549.2.11")),
];

/// Names of schemes that are met in files and not served, or not in every form.
const NAMES: [(&str, ObjectIdentifier); 19] = [
    ("PBES2", PBES2),
    ("RC4-128 (PKCS#12 PBE)", oid("1.2.840.113549.1.12.1.1")),
    ("RC4-40 (PKCS#12 PBE)", oid("1.2.840.113549.1.12.1.2")),
    ("3DES (PKCS#12 PBE)", oid("1.2.840.113549.1.12.1.3")),
    ("two-key 3DES (PKCS#12 PBE)", oid("1.2.840.113549.1.12.1.4")),
    ("RC2-128 (PKCS#12 PBE)", oid("1.2.840.113549.1.12.1.5")),
    ("RC2-40 (PKCS#12 PBE)", oid("1.2.840.113549.1.12.1.6")),
    ("DES (PBES1 with MD2)", oid("1.2.840.113549.1.5.1")),
    ("DES (PBES1 with MD5)", oid("1.2.840.113549.1.5.3")),
    ("RC2 (PBES1 with MD2)", oid("1.2.840.113549.1.5.4")),
    ("RC2 (PBES1 with MD5)", oid("1.2.840.113549.1.5.6")),
    ("DES (PBES1 with SHA-1)", oid("1.2.840.113549.1.5.10")),
    ("RC2 (PBES1 with SHA-1)", oid("1.2.840.113549.1.5.11")),
    ("PBMAC1", oid("1.2.840.113549.1.5.14")),
    ("scrypt", oid("1.3.6.1.4.1.11591.4.11")),
    ("DES-CBC", oid("1.3.14.3.2.7")),
    ("RC2-CBC", oid("1.2.840.113549.3.2")),
    ("HMAC-SHA-224", oid("1.2.840.113549.2.8")),
    ("MD5", oid("1.2.840.113549.2.5")),
];

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}
