use core::fmt;

use der::Tag;
use der::asn1::ObjectIdentifier;
use rollcert_crypto::{DigestAlgorithm, SignatureAlgorithm};

use crate::asn1::{DecodeError, Element, Reader, encode, encode_oid, encode_unsigned, tag};
use crate::oid::Oid;

/// What kind of key it is, known to a backend or not.
///
/// `Display` is `rsa-2048`, `p-256`, `ed25519`, `dsa`, …; kinds without a name here show as the dotted
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
            // RFC 3279 §2.3.1 wants NULL as the parameters of RSA; old issuers left it out.
            if !has_rsa_parameters(&algorithm)? {
                return Err(algorithm.bad("parameters of the RSA key"));
            }
            // Faults inside would be placed from the start of the inner octets.
            Element::parse(public_key)
                .and_then(|key| public_modulus_bits(key.reader()))
                .map_err(|_| key.bad("RSA public key"))
        })
    }

    /// Of a `SubjectPublicKeyInfo` with a key that is not of the form that its algorithm demands.
    pub(crate) fn of_unreadable_key(info: &Element<'_>) -> Result<Self, DecodeError> {
        let algorithm = info
            .reader()
            .expect(Tag::Sequence, "public key algorithm")?;
        let oid = algorithm
            .reader()
            .expect(Tag::ObjectIdentifier, "key algorithm")?;
        Oid::from_element(&oid).map(Self::Other)
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
            modulus_bits(&mut fields)
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

/// Whether the parameters are those of a plain RSA key, NULL or nothing, or the key is for PSS, which has others.
fn has_rsa_parameters(algorithm: &Element<'_>) -> Result<bool, DecodeError> {
    let mut fields = algorithm.reader();
    let oid = Oid::from_element(&fields.expect(Tag::ObjectIdentifier, "key algorithm")?)?;
    Ok(oid != RSA_ENCRYPTION || fields.is_empty() || fields.opaque()?.raw() == [tag::NULL, 0])
}

/// The length in bits of the modulus of an `RSAPublicKey` (RFC 3279 §2.3.1).
fn public_modulus_bits(mut fields: Reader<'_>) -> Result<usize, DecodeError> {
    let bits = modulus_bits(&mut fields)?;
    let exponent = fields.expect(Tag::Integer, "RSA public exponent")?;
    fields.finish()?;
    match exponent.content() {
        // Even ones do not exist, and under 1 everybody can sign.
        [] | [0x80..=0xff, ..] | [1] => Err(exponent.bad("RSA public exponent")),
        [.., last] if last % 2 == 0 => Err(exponent.bad("RSA public exponent")),
        _ => Ok(bits),
    }
}

/// The length in bits of the positive integer that comes next.
fn modulus_bits(fields: &mut Reader<'_>) -> Result<usize, DecodeError> {
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
            Self::Other(oid) => match OTHER_KEYS.iter().find(|(_, known)| *oid == *known) {
                Some((name, _)) => f.write_str(name),
                None => oid.fmt(f),
            },
        }
    }
}

/// Names of kinds of keys that are met and served by no backend. An EC key without the name of its curve is
/// left with the identifier of all of them.
const OTHER_KEYS: [(&str, ObjectIdentifier); 13] = [
    ("dsa", oid("1.2.840.10040.4.1")),
    ("dh", oid("1.2.840.113549.1.3.1")),
    ("dh-x9.42", oid("1.2.840.10046.2.1")),
    ("ec-explicit", EC_PUBLIC_KEY),
    ("p-192", oid("1.2.840.10045.3.1.1")),
    ("p-224", oid("1.3.132.0.33")),
    ("secp256k1", oid("1.3.132.0.10")),
    ("brainpoolP256r1", oid("1.3.36.3.3.2.8.1.1.7")),
    ("brainpoolP384r1", oid("1.3.36.3.3.2.8.1.1.11")),
    ("brainpoolP512r1", oid("1.3.36.3.3.2.8.1.1.13")),
    ("ml-dsa-44", oid("2.16.840.1.101.3.4.3.17")),
    ("ml-dsa-65", oid("2.16.840.1.101.3.4.3.18")),
    ("ml-dsa-87", oid("2.16.840.1.101.3.4.3.19")),
];

/// How something is signed, served by a backend or not: an `AlgorithmIdentifier` with its exact octets.
///
/// `Display` is the name that certificate tools print, such as `sha256WithRSAEncryption`, or the dotted
/// identifier.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SignatureAlgorithmName {
    oid: Oid,
    octets: Box<[u8]>,
}

impl SignatureAlgorithmName {
    /// Reads the DER of an `AlgorithmIdentifier`. Parameters are kept as they are.
    ///
    /// # Errors
    ///
    /// For octets that are none.
    pub fn from_der(octets: &[u8]) -> Result<Self, DecodeError> {
        Self::from_identifier(&Element::parse(octets)?)
    }

    pub(crate) fn from_identifier(algorithm: &Element<'_>) -> Result<Self, DecodeError> {
        if algorithm.tag() != Tag::Sequence {
            return Err(algorithm.bad("signature algorithm"));
        }
        let oid = algorithm
            .reader()
            .expect(Tag::ObjectIdentifier, "signature algorithm")?;
        Ok(Self {
            oid: Oid::from_element(&oid)?,
            octets: algorithm.raw().into(),
        })
    }

    /// The exact octets of the `AlgorithmIdentifier`, parameters included.
    #[must_use]
    pub const fn as_der(&self) -> &[u8] {
        &self.octets
    }

    /// The algorithm's identifier.
    #[must_use]
    pub const fn oid(&self) -> &Oid {
        &self.oid
    }

    /// The algorithm as the seam to cryptography knows it. `None` for others, and for RSASSA-PSS with
    /// parameters that are malformed or use another digest for the mask (RFC 4055 §3.1).
    #[must_use]
    pub fn known(&self) -> Option<SignatureAlgorithm> {
        if self.oid == RSASSA_PSS {
            return self.pss().ok().flatten();
        }
        SignatureAlgorithm::from_oid(&self.oid.to_fixed()?)
    }

    /// `RSASSA-PSS-params` (RFC 4055 §3.1), every field of which defaults to what SHA-1 goes with.
    fn pss(&self) -> Result<Option<SignatureAlgorithm>, DecodeError> {
        let mut identifier = Element::parse(&self.octets)?.reader();
        identifier.element()?;
        let mut fields = identifier
            .expect(Tag::Sequence, "RSASSA-PSS parameters")?
            .reader();
        let digest_of = |field: Option<Element<'_>>| match field {
            None => Ok(Some(DigestAlgorithm::Sha1)),
            Some(field) => Self::digest_of(&field.reader().expect(Tag::Sequence, "digest")?),
        };
        let digest = digest_of(fields.optional_context(0)?)?;
        let mask_digest = match fields.optional_context(1)? {
            None => Some(DigestAlgorithm::Sha1),
            Some(field) => {
                let mut mask = field.reader().expect(Tag::Sequence, "mask")?.reader();
                let function = mask.expect(Tag::ObjectIdentifier, "mask")?;
                if Oid::from_element(&function)? != MGF1 {
                    return Ok(None);
                }
                Self::digest_of(&mask.expect(Tag::Sequence, "digest of the mask")?)?
            }
        };
        let salt_len = match fields.optional_context(2)? {
            None => Some(20),
            Some(field) => match field
                .reader()
                .expect(Tag::Integer, "salt length")?
                .content()
            {
                [low @ 0..=0x7f] => Some(u16::from(*low)),
                [0, low] => Some(u16::from(*low)),
                [high @ 0..=0x7f, low] => Some(u16::from_be_bytes([*high, *low])),
                _ => None,
            },
        };
        let trailer = match fields.optional_context(3)? {
            None => true,
            Some(field) => field.reader().expect(Tag::Integer, "trailer")?.content() == [1],
        };
        fields.finish()?;
        Ok(match (digest, salt_len) {
            (Some(digest), Some(salt_len)) if trailer && mask_digest == Some(digest) => {
                Some(SignatureAlgorithm::RsaPss { digest, salt_len })
            }
            _ => None,
        })
    }

    fn digest_of(identifier: &Element<'_>) -> Result<Option<DigestAlgorithm>, DecodeError> {
        let oid = identifier
            .reader()
            .expect(Tag::ObjectIdentifier, "digest")?;
        let oid = Oid::from_element(&oid)?;
        Ok(oid
            .to_fixed()
            .and_then(|oid| DigestAlgorithm::from_oid(&oid)))
    }
}

/// As RFC 4055 §5 (NULL with PKCS#1 v1.5, parameters with PSS), RFC 5758 §3.2 and RFC 8410 §3 (absent with
/// ECDSA and Ed25519) want it written.
impl From<SignatureAlgorithm> for SignatureAlgorithmName {
    fn from(algorithm: SignatureAlgorithm) -> Self {
        let oid = encode_oid(algorithm.oid());
        let octets = match algorithm {
            SignatureAlgorithm::RsaPkcs1(_) => {
                encode(tag::SEQUENCE, &[&oid, &encode(tag::NULL, &[])])
            }
            SignatureAlgorithm::RsaPss { digest, salt_len } => {
                encode(tag::SEQUENCE, &[&oid, &encode_pss(digest, salt_len)])
            }
            _ => encode(tag::SEQUENCE, &[&oid]),
        };
        Self {
            oid: algorithm.oid().into(),
            octets: octets.into(),
        }
    }
}

/// `RSASSA-PSS-params`, default values left out as DER demands.
fn encode_pss(digest: DigestAlgorithm, salt_len: u16) -> Vec<u8> {
    let mut fields = Vec::new();
    if digest != DigestAlgorithm::Sha1 {
        let null = encode(tag::NULL, &[]);
        let identifier = encode(tag::SEQUENCE, &[&encode_oid(digest.oid()), &null]);
        let mask = encode(tag::SEQUENCE, &[&encode_oid(MGF1), &identifier]);
        fields.push(encode(tag::CONTEXT_CONSTRUCTED, &[&identifier]));
        fields.push(encode(tag::CONTEXT_CONSTRUCTED + 1, &[&mask]));
    }
    if salt_len != 20 {
        let length = encode_unsigned(&salt_len.to_be_bytes());
        fields.push(encode(tag::CONTEXT_CONSTRUCTED + 2, &[&length]));
    }
    let fields: Vec<&[u8]> = fields.iter().map(Vec::as_slice).collect();
    encode(tag::SEQUENCE, &fields)
}

impl fmt::Display for SignatureAlgorithmName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(known) = self.known() {
            return known.fmt(f);
        }
        match SIGNATURE_NAMES.iter().find(|(_, oid)| self.oid == *oid) {
            Some((name, _)) => f.write_str(name),
            None => self.oid.fmt(f),
        }
    }
}

/// Names of algorithms that the seam does not know.
const SIGNATURE_NAMES: [(&str, ObjectIdentifier); 6] = [
    ("md5WithRSAEncryption", oid("1.2.840.113549.1.1.4")),
    ("rsassaPss", RSASSA_PSS),
    ("dsaWithSHA1", oid("1.2.840.10040.4.3")),
    ("dsa_with_SHA224", oid("2.16.840.1.101.3.4.3.1")),
    ("dsa_with_SHA256", oid("2.16.840.1.101.3.4.3.2")),
    ("ED448", oid("1.3.101.113")),
];

pub(crate) const RSA_ENCRYPTION: ObjectIdentifier = oid("1.2.840.113549.1.1.1");
pub(crate) const RSASSA_PSS: ObjectIdentifier = oid("1.2.840.113549.1.1.10");
const MGF1: ObjectIdentifier = oid("1.2.840.113549.1.1.8");
pub(crate) const EC_PUBLIC_KEY: ObjectIdentifier = oid("1.2.840.10045.2.1");

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_signature_algorithm_is_read_back_from_its_identifier() {
        for digest in DigestAlgorithm::ALL {
            for algorithm in [
                SignatureAlgorithm::RsaPkcs1(digest),
                SignatureAlgorithm::rsa_pss(digest),
                SignatureAlgorithm::RsaPss {
                    digest,
                    salt_len: 222,
                },
                SignatureAlgorithm::Ecdsa(digest),
                SignatureAlgorithm::Ed25519,
            ] {
                let name = SignatureAlgorithmName::from(algorithm);
                assert_eq!(name.known(), Some(algorithm));
                assert_eq!(SignatureAlgorithmName::from_der(name.as_der()), Ok(name));
            }
        }
    }

    #[test]
    fn pss_with_two_digests_is_named_and_not_known() {
        // RFC 4055 §3.1: SHA-256, and the mask left at its default of SHA-1.
        let octets = hex::decode("301806092a864886f70d01010a300ba009300706052b0e03021a").unwrap();
        let sha1 = SignatureAlgorithmName::from_der(&octets).unwrap();
        assert_eq!(
            sha1.known(),
            Some(SignatureAlgorithm::rsa_pss(DigestAlgorithm::Sha1))
        );
        let octets =
            hex::decode("301c06092a864886f70d01010a300fa00d300b0609608648016503040201").unwrap();
        let mixed = SignatureAlgorithmName::from_der(&octets).unwrap();
        assert_eq!(
            (mixed.known(), mixed.to_string()),
            (None, "rsassaPss".to_owned())
        );
    }
}
