use core::fmt;

use der::Tag;
use der::asn1::ObjectIdentifier;
use rollcert_crypto::SignatureAlgorithm;

use crate::asn1::{DecodeError, Element, Reader};
use crate::oid::Oid;

/// What kind of key it is, known to a backend or not.
///
/// `Display` is `rsa-2048`, `p-256`, `ed25519`, …; kinds without a name here show as the dotted
/// identifier of their curve or algorithm.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyAlgorithmName {
    /// RSA.
    Rsa {
        /// Length of the modulus in bits.
        bits: usize,
    },
    /// RSA that may be used with PSS alone (RFC 4055 §1.2).
    RsaPss {
        /// Length of the modulus in bits.
        bits: usize,
    },
    /// Elliptic curve P-256.
    P256,
    /// Elliptic curve P-384.
    P384,
    /// Elliptic curve P-521.
    P521,
    /// Ed25519.
    Ed25519,
    /// Ed448.
    Ed448,
    /// X25519.
    X25519,
    /// X448.
    X448,
    /// Another curve, or another algorithm.
    Other(Oid),
}

impl KeyAlgorithmName {
    /// Of a `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7).
    pub(crate) fn from_public_key_info(info: &Element<'_>) -> Result<Self, DecodeError> {
        let mut fields = info.reader();
        let algorithm = fields.expect(Tag::Sequence, "public key algorithm")?;
        let key = fields.expect(Tag::BitString, "public key")?;
        fields.finish()?;
        let [0, public_key @ ..] = key.content() else {
            return Err(key.bad("public key"));
        };
        Self::from_identifier(&algorithm, || {
            // Faults inside would be placed from the start of the inner octets.
            Element::parse(public_key)
                .and_then(|key| modulus_bits(key.reader()))
                .map_err(|_| key.bad("RSA public key"))
        })
    }

    /// Of a PKCS#8 `PrivateKeyInfo` (RFC 5958 §2).
    pub(crate) fn from_private_key_info(info: &Element<'_>) -> Result<Self, DecodeError> {
        let mut fields = info.reader();
        let _version = fields.expect(Tag::Integer, "version of the private key")?;
        let algorithm = fields.expect(Tag::Sequence, "private key algorithm")?;
        let key = fields.expect(Tag::OctetString, "private key")?;
        Self::from_identifier(&algorithm, || {
            let mut outer = key.reader();
            let mut fields = outer.expect(Tag::Sequence, "RSA private key")?.reader();
            let _version = fields.expect(Tag::Integer, "version of the RSA private key")?;
            modulus_bits(fields)
        })
    }

    fn from_identifier(
        algorithm: &Element<'_>,
        bits: impl Fn() -> Result<usize, DecodeError>,
    ) -> Result<Self, DecodeError> {
        let mut fields = algorithm.reader();
        let oid = Oid::from_element(&fields.expect(Tag::ObjectIdentifier, "key algorithm")?)?;
        if oid == RSA_ENCRYPTION {
            return Ok(Self::Rsa { bits: bits()? });
        }
        if oid == RSASSA_PSS {
            return Ok(Self::RsaPss { bits: bits()? });
        }
        let oid = match fields.optional_tag(Tag::ObjectIdentifier)? {
            Some(curve) if oid == EC_PUBLIC_KEY => Oid::from_element(&curve)?,
            _ => oid,
        };
        let known = Self::BY_OID.into_iter().find(|(_, known)| oid == *known);
        Ok(known.map_or(Self::Other(oid), |(name, _)| name))
    }

    const BY_OID: [(Self, ObjectIdentifier); 7] = [
        (Self::P256, oid("1.2.840.10045.3.1.7")),
        (Self::P384, oid("1.3.132.0.34")),
        (Self::P521, oid("1.3.132.0.35")),
        (Self::X25519, oid("1.3.101.110")),
        (Self::X448, oid("1.3.101.111")),
        (Self::Ed25519, oid("1.3.101.112")),
        (Self::Ed448, oid("1.3.101.113")),
    ];
}

/// The length in bits of the positive integer that comes next.
fn modulus_bits(mut fields: Reader<'_>) -> Result<usize, DecodeError> {
    let modulus = fields.expect(Tag::Integer, "RSA modulus")?;
    let significant = match modulus.content() {
        [] | [0x80..=0xff, ..] => return Err(modulus.bad("RSA modulus")),
        [0, rest @ ..] => rest,
        octets => octets,
    };
    let bits = significant
        .first()
        .map_or(0, |octet| 8 - octet.leading_zeros());
    // At most eight, and the length counts octets that are in memory.
    let bits = usize::try_from(bits).unwrap_or_default();
    Ok(significant
        .len()
        .saturating_sub(1)
        .saturating_mul(8)
        .saturating_add(bits))
}

impl fmt::Display for KeyAlgorithmName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits } => write!(f, "rsa-{bits}"),
            Self::RsaPss { bits } => write!(f, "rsa-pss-{bits}"),
            Self::P256 => f.write_str("p-256"),
            Self::P384 => f.write_str("p-384"),
            Self::P521 => f.write_str("p-521"),
            Self::Ed25519 => f.write_str("ed25519"),
            Self::Ed448 => f.write_str("ed448"),
            Self::X25519 => f.write_str("x25519"),
            Self::X448 => f.write_str("x448"),
            Self::Other(oid) => oid.fmt(f),
        }
    }
}

/// How something is signed, served by a backend or not.
///
/// `Display` is the name that certificate tools print, such as `sha256WithRSAEncryption`, or the dotted
/// identifier.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SignatureAlgorithmName(Oid);

impl SignatureAlgorithmName {
    pub(crate) fn from_identifier(algorithm: &Element<'_>) -> Result<Self, DecodeError> {
        let oid = algorithm
            .reader()
            .expect(Tag::ObjectIdentifier, "signature algorithm")?;
        Oid::from_element(&oid).map(Self)
    }

    /// The algorithm's identifier.
    #[must_use]
    pub const fn oid(&self) -> &Oid {
        &self.0
    }

    /// The algorithm as the seam to cryptography knows it.
    #[must_use]
    pub fn known(&self) -> Option<SignatureAlgorithm> {
        SignatureAlgorithm::from_oid(&self.0.to_fixed()?)
    }
}

impl fmt::Display for SignatureAlgorithmName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(known) = self.known() {
            return known.fmt(f);
        }
        match SIGNATURE_NAMES.iter().find(|(_, oid)| self.0 == *oid) {
            Some((name, _)) => f.write_str(name),
            None => self.0.fmt(f),
        }
    }
}

/// Names of algorithms that the seam does not know.
const SIGNATURE_NAMES: [(&str, ObjectIdentifier); 9] = [
    ("md5WithRSAEncryption", oid("1.2.840.113549.1.1.4")),
    ("sha224WithRSAEncryption", oid("1.2.840.113549.1.1.14")),
    ("rsassaPss", RSASSA_PSS),
    ("ecdsa-with-SHA224", oid("1.2.840.10045.4.3.1")),
    ("dsaWithSHA1", oid("1.2.840.10040.4.3")),
    ("dsa_with_SHA224", oid("2.16.840.1.101.3.4.3.1")),
    ("dsa_with_SHA256", oid("2.16.840.1.101.3.4.3.2")),
    ("ED25519", oid("1.3.101.112")),
    ("ED448", oid("1.3.101.113")),
];

pub(crate) const RSA_ENCRYPTION: ObjectIdentifier = oid("1.2.840.113549.1.1.1");
const RSASSA_PSS: ObjectIdentifier = oid("1.2.840.113549.1.1.10");
pub(crate) const EC_PUBLIC_KEY: ObjectIdentifier = oid("1.2.840.10045.2.1");

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}
