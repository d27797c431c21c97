//! Encryption by password, in each form that files have.

use core::fmt;

use der::Tag;
use der::asn1::ObjectIdentifier;
use rollcert_crypto::{ContentAlgorithm, Error, Provider};
use zeroize::Zeroizing;

use crate::Limits;
use crate::asn1::{DecodeError, Element, Reader};
use crate::import_error::ImportError;
use crate::oid::Oid;
use crate::unlock::Schemes;
use crate::unlock::cipher::Cipher;
pub(super) use crate::unlock::cipher::Unlocked;
use crate::unlock::derivation::{KeyDerivation, OldDigest, PasswordKind};

/// A cipher, and how its key comes from the password. `Display` says both in words.
pub(crate) struct Scheme<'a> {
    family: Family,
    derivation: KeyDerivation<'a>,
    cipher: Cipher,
    /// `None`: derived from the password like the key.
    vector: Option<Vector<'a>>,
}

/// Where an initialisation vector stands.
pub(super) enum Vector<'a> {
    InFile(&'a [u8]),
    InText(Vec<u8>),
}

/// Which standard the scheme is of.
#[derive(Clone, Copy)]
pub(super) enum Family {
    /// RFC 8018 §6.2.
    Pbes2,
    /// RFC 8018 §6.1.
    Pbes1,
    /// RFC 7292 §C.
    Pkcs12,
    /// RFC 1421 §4.6.1.3, as OpenSSL has it.
    DekInfo,
}

impl<'a> Scheme<'a> {
    /// Reads the `AlgorithmIdentifier` of an encryption by password, and adds it to `schemes`, served or not.
    pub(crate) fn decode(
        algorithm: &Element<'a>,
        schemes: &mut Schemes,
    ) -> Result<Self, ImportError> {
        let (oid, parameters) = identifier(algorithm)?;
        let scheme = match parameters {
            Some(parameters) if oid == PBES2 => Self::decode_pbes2(&parameters),
            Some(parameters) => Self::decode_pbe(&oid, &parameters),
            None => Err(unsupported("encryption by ", &oid)),
        };
        match &scheme {
            Ok(scheme) => schemes.add(scheme.to_string()),
            Err(ImportError::Unsupported { .. }) => schemes.add(name_of(&oid)),
            Err(_) => {}
        }
        scheme
    }

    pub(super) const fn new(
        family: Family,
        derivation: KeyDerivation<'a>,
        cipher: Cipher,
        vector: Option<Vector<'a>>,
    ) -> Self {
        Self {
            family,
            derivation,
            cipher,
            vector,
        }
    }

    fn decode_pbes2(parameters: &Element<'a>) -> Result<Self, ImportError> {
        let mut fields = parameters.reader();
        let function = fields.expect(Tag::Sequence, "key derivation function")?;
        let encryption = fields.expect(Tag::Sequence, "encryption scheme")?;
        fields.finish()?;
        let (derivation, key_len) = KeyDerivation::decode(&function)?;
        let (oid, parameters) = identifier(&encryption)?;
        let (cipher, vector) = Cipher::decode(&oid, parameters, key_len)?
            .ok_or_else(|| encryption.bad("initialisation vector"))?;
        if key_len.is_some_and(|stated| stated != cipher.key_len()) {
            return Err(function.bad("key length").into());
        }
        let vector = Some(Vector::InFile(vector));
        Ok(Self::new(Family::Pbes2, derivation, cipher, vector))
    }

    /// PBES1 and the schemes of PKCS#12, which name cipher and digest together (RFC 8018 §A.3, RFC 7292 §C).
    fn decode_pbe(oid: &Oid, parameters: &Element<'a>) -> Result<Self, ImportError> {
        let pkcs12 = PKCS12_CIPHERS.iter().find(|(known, _)| *oid == *known);
        let pbes1 = PBES1_CIPHERS.iter().find(|(known, ..)| *oid == *known);
        if pkcs12.is_none() && pbes1.is_none() {
            return Err(unsupported("encryption by ", oid));
        }
        let mut fields = parameters.reader();
        let salt = fields.expect(Tag::OctetString, "salt")?.content();
        let iterations = iteration_count(&fields.expect(Tag::Integer, "iteration count")?)?;
        fields.finish()?;
        if let Some((_, cipher)) = pkcs12 {
            let derivation = KeyDerivation::Pkcs12 { salt, iterations };
            return Ok(Self::new(Family::Pkcs12, derivation, *cipher, None));
        }
        let (_, digest, cipher) = pbes1.ok_or_else(|| unsupported("encryption by ", oid))?;
        let derivation = KeyDerivation::Pbkdf1 {
            digest: *digest,
            salt,
            iterations,
        };
        Ok(Self::new(Family::Pbes1, derivation, *cipher, None))
    }

    pub(super) const fn password_kind(&self) -> PasswordKind {
        self.derivation.password_kind()
    }

    /// What one decryption costs, in iterations.
    pub(super) fn cost(&self) -> u64 {
        let vector_len = match self.vector {
            None => self.cipher.vector_len(),
            Some(_) => 0,
        };
        self.derivation.cost(self.cipher.key_len(), vector_len)
    }

    /// Decrypts under a password in the form that the derivation takes. The caller has paid [`Self::cost`].
    pub(super) fn decrypt(
        &self,
        password: &[u8],
        encrypted: &[u8],
        limits: &Limits,
        provider: &Provider,
    ) -> Result<Unlocked, ImportError> {
        let mut key = Zeroizing::new(vec![0; self.cipher.key_len()]);
        let mut derived = Zeroizing::new(match self.vector {
            None => vec![0; self.cipher.vector_len()],
            Some(_) => Vec::new(),
        });
        self.derivation
            .derive(password, &mut key, &mut derived, limits, provider)?;
        let vector = match &self.vector {
            None => &derived,
            Some(Vector::InFile(vector)) => *vector,
            Some(Vector::InText(vector)) => vector,
        };
        self.cipher.decrypt(&key, vector, encrypted, provider)
    }
}

impl fmt::Display for Scheme<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            family,
            derivation,
            cipher,
            ..
        } = self;
        let family = match family {
            Family::Pbes2 => "PBES2",
            Family::Pbes1 => "PBES1",
            Family::Pkcs12 => "PKCS#12 PBE",
            Family::DekInfo => "PEM",
        };
        write!(f, "{family} {cipher}, {derivation}")
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
    let what = "iteration count";
    u32::try_from(positive(element, what)?).map_err(|_| element.bad(what))
}

/// An integer that is at least one.
pub(super) fn positive(element: &Element<'_>, what: &'static str) -> Result<u64, DecodeError> {
    let octets = element.content();
    let negative = octets.first().is_none_or(|octet| *octet >= 0x80);
    octets
        .iter()
        .try_fold(0_u64, |count, octet| {
            count.checked_mul(256)?.checked_add(u64::from(*octet))
        })
        .filter(|count| *count > 0 && !negative)
        .ok_or_else(|| element.bad(what))
}

/// The key length that the parameters of a derivation may state.
pub(super) fn stated_length(fields: &mut Reader<'_>) -> Result<Option<usize>, DecodeError> {
    let Some(length) = fields.optional_tag(Tag::Integer)? else {
        return Ok(None);
    };
    let what = "key length";
    usize::try_from(positive(&length, what)?)
        .ok()
        .filter(|length| *length <= MAX_KEY)
        .map(Some)
        .ok_or_else(|| length.bad(what))
}

/// What an error of the backend means for the file: it lacks `what`, or the octets make no sense.
pub(super) fn backend_error(error: Error, what: &str) -> ImportError {
    ImportError::Unsupported {
        what: match error {
            Error::Unsupported { .. } => what.to_owned(),
            other => format!("{what} ({other})"),
        },
    }
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

/// The longest key that a file may state, in octets: HMAC with SHA-512 takes 128 without hashing.
const MAX_KEY: usize = 1024;

pub(crate) const PBES2: ObjectIdentifier = oid("1.2.840.113549.1.5.13");

const PKCS12_CIPHERS: [(ObjectIdentifier, Cipher); 6] = [
    (oid("1.2.840.113549.1.12.1.1"), Cipher::Rc4 { key_len: 16 }),
    (oid("1.2.840.113549.1.12.1.2"), Cipher::Rc4 { key_len: 5 }),
    (
        oid("1.2.840.113549.1.12.1.3"),
        Cipher::Block(ContentAlgorithm::DesEde3Cbc),
    ),
    (oid("1.2.840.113549.1.12.1.4"), Cipher::DesEde2),
    (
        oid("1.2.840.113549.1.12.1.5"),
        Cipher::Rc2 {
            effective_bits: 128,
            key_len: 16,
        },
    ),
    (
        oid("1.2.840.113549.1.12.1.6"),
        Cipher::Rc2 {
            effective_bits: 40,
            key_len: 5,
        },
    ),
];

/// RFC 8018 §6.1.1: keys of 8 octets.
const PBES1_CIPHERS: [(ObjectIdentifier, OldDigest, Cipher); 4] = [
    (oid("1.2.840.113549.1.5.3"), OldDigest::Md5, Cipher::Des),
    (oid("1.2.840.113549.1.5.10"), OldDigest::Sha1, Cipher::Des),
    (oid("1.2.840.113549.1.5.6"), OldDigest::Md5, RC2_64),
    (oid("1.2.840.113549.1.5.11"), OldDigest::Sha1, RC2_64),
];

const RC2_64: Cipher = Cipher::Rc2 {
    effective_bits: 64,
    key_len: 8,
};

/// Names of algorithms that are met in files and not served, or not in every form.
const NAMES: [(&str, ObjectIdentifier); 26] = [
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
    ("PBKDF2", oid("1.2.840.113549.1.5.12")),
    ("scrypt", oid("1.3.6.1.4.1.11591.4.11")),
    ("HMAC-SHA-512/224", oid("1.2.840.113549.2.12")),
    ("HMAC-SHA-512/256", oid("1.2.840.113549.2.13")),
    ("HMAC-SHA3-224", oid("2.16.840.1.101.3.4.2.13")),
    ("Camellia-128-CBC", oid("1.2.392.200011.61.1.1.1.2")),
    ("Camellia-192-CBC", oid("1.2.392.200011.61.1.1.1.3")),
    ("Camellia-256-CBC", oid("1.2.392.200011.61.1.1.1.4")),
    ("SEED-CBC", oid("1.2.410.200004.1.4")),
    ("DES-EDE", oid("1.3.14.3.2.17")),
    ("MD2", oid("1.2.840.113549.2.2")),
    ("MD5", oid("1.2.840.113549.2.5")),
];

pub(super) const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}
