use core::fmt;
use std::sync::Arc;

use der::Tag;
use der::asn1::ObjectIdentifier;
use rollcert_crypto::{Error, PrivateKey, Provider, SignatureAlgorithm, Signer};
use zeroize::Zeroizing;

use crate::Limits;
use crate::algorithm_name::{EC_PUBLIC_KEY, KeyAlgorithmName, RSA_ENCRYPTION};
use crate::asn1::{DecodeError, Element, encode, encode_oid, encode_unsigned, tag};
use crate::ber::Shape;
use crate::oid::Oid;
use crate::public_key::{PublicKey, pss_scheme};
use crate::secret::secret_der;

/// A private key as it came out of a file: the octets of a PKCS#8 `PrivateKeyInfo` (RFC 5958 §2).
///
/// Wiped when dropped; `Debug` shows no secret. Whatever form the file had (PKCS#8, PKCS#1, SEC 1, the DSA
/// keys of OpenSSL), it is PKCS#8 here.
pub struct KeyFile {
    secret_pkcs8: Zeroizing<Vec<u8>>,
    algorithm: KeyAlgorithmName,
    protection: Option<String>,
}

impl KeyFile {
    /// The most octets of a key that is loaded, enough for RSA of 16,384 bits. Checking larger numbers
    /// against each other would take as long as who made them likes.
    pub const MAX_LEN: usize = 16 * 1024;

    /// Reads a PKCS#8 `PrivateKeyInfo` of version 1 or 2 (RFC 5958 §2), attributes and public key included.
    ///
    /// The octets are kept as they are. What kind of key it is, and whether it is whole, is checked; whether
    /// its numbers belong together shows when it is [loaded](Self::load).
    ///
    /// # Errors
    ///
    /// For octets that are no such structure, and for a key whose two statements of its curve differ.
    pub fn from_pkcs8_der(octets: &[u8]) -> Result<Self, DecodeError> {
        Self::from_pkcs8(Zeroizing::new(octets.to_vec()))
    }

    /// What kind of key it is.
    #[must_use]
    pub const fn algorithm(&self) -> &KeyAlgorithmName {
        &self.algorithm
    }

    /// How it was encrypted in the file; `None` when it was not.
    #[must_use]
    pub fn protection(&self) -> Option<&str> {
        self.protection.as_deref()
    }

    /// What is wrong with the key, though it can be used.
    #[must_use]
    pub const fn quirk(&self) -> Option<KeyQuirk> {
        match self.algorithm {
            KeyAlgorithmName::Rsa { bits } | KeyAlgorithmName::RsaPss { bits }
                if bits < KeyQuirk::MIN_RSA_BITS =>
            {
                Some(KeyQuirk::Weak { bits })
            }
            _ => None,
        }
    }

    /// The octets of `PrivateKeyInfo`, in the clear.
    #[must_use]
    pub fn secret_pkcs8(&self) -> &[u8] {
        &self.secret_pkcs8
    }

    /// Makes the key ready for use.
    ///
    /// A key that is for RSASSA-PSS alone (RFC 4055 §1.2) signs so and not otherwise, with the digest that
    /// its parameters demand, and decrypts nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] for kinds that the backend does not serve, for curves that are given by their
    /// parameters, and beyond [`Self::MAX_LEN`]; [`Error::MalformedKey`] for a key that contradicts itself.
    pub fn load(&self, provider: &Provider) -> Result<PrivateKey, Error> {
        if self.secret_pkcs8.len() > Self::MAX_LEN {
            return Err(Error::Unsupported {
                what: "private keys of this size",
            });
        }
        let malformed = |_| Error::MalformedKey {
            what: "PKCS#8 PrivateKeyInfo",
        };
        let info = Info::parse(&self.secret_pkcs8).map_err(malformed)?;
        let key = match self.algorithm {
            KeyAlgorithmName::Other(ref oid) if *oid == EC_PUBLIC_KEY => {
                return Err(Error::Unsupported {
                    what: "elliptic curves given by their parameters",
                });
            }
            KeyAlgorithmName::RsaPss { .. } => {
                let pkcs8 = wrap(&rsa_encryption(), info.key.content());
                restrict_to_pss(&provider.load_key(&pkcs8)?, info.algorithm.raw())?
            }
            KeyAlgorithmName::Rsa { .. } => {
                provider.load_key(&wrap(&rsa_encryption(), info.key.content()))?
            }
            _ => match self.field_len() {
                Some(field_len) => {
                    let scalar = padded_scalar(&info.key, field_len).map_err(malformed)?;
                    provider.load_key(&wrap(info.algorithm.raw(), &scalar))?
                }
                None => provider.load_key(&wrap(info.algorithm.raw(), info.key.content()))?,
            },
        };
        // A backend is handed the private key alone, so what stands beside it is compared here.
        let contradicts = self
            .stated_public_key(&info)
            .map_err(malformed)?
            .zip(PublicKey::of_info(key.public_key_info()).ok())
            .is_some_and(|(stated, derived)| !derived.is(&stated));
        if contradicts {
            return Err(Error::MalformedKey {
                what: "public key beside the private one",
            });
        }
        Ok(key)
    }

    /// The public half, as a DER `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7): what a certificate or request
    /// for this key holds.
    ///
    /// # Errors
    ///
    /// Those of [`Self::load`].
    pub fn public_key_info(&self, provider: &Provider) -> Result<Vec<u8>, Error> {
        Ok(self.load(provider)?.public_key_info().to_vec())
    }

    /// Of any structure that holds one private key in the clear, in BER or DER. An EC key that does not name
    /// its curve takes `ec_parameters`, the DER of what OpenSSL puts before it.
    pub(crate) fn from_clear(
        octets: &[u8],
        ec_parameters: Option<&[u8]>,
        limits: &Limits,
    ) -> Result<Self, DecodeError> {
        let octets = secret_der(octets, Shape::Plain, limits)?;
        let outer = Element::parse(&octets)?;
        let mut fields = outer.reader();
        if outer.tag() != Tag::Sequence {
            return Err(outer.bad("private key"));
        }
        fields.expect(Tag::Integer, "version of the private key")?;
        match fields.element()?.tag() {
            Tag::Sequence => Self::from_pkcs8_der(&octets),
            Tag::OctetString => Self::from_sec1_with(&octets, ec_parameters),
            Tag::Integer => Self::from_pkcs1(&octets),
            _ => Err(outer.bad("private key")),
        }
    }

    pub(crate) fn from_pkcs8(octets: Zeroizing<Vec<u8>>) -> Result<Self, DecodeError> {
        let outer = Element::parse(&octets)?;
        let info = Info::parse(&octets)?;
        let algorithm = KeyAlgorithmName::from_private_key_info(&outer)?;
        if info.is_ec()? {
            let mut identifier = info.algorithm.reader();
            identifier.element()?;
            let key = EcKey::parse(&info.key)?;
            match (identifier.is_empty(), key.curve) {
                // The curve stands inside alone.
                (true, Some(_)) => return Self::from_sec1(info.key.content()),
                (true, None) => return Err(info.algorithm.bad("EC key without curve")),
                (false, Some(curve)) if curve != identifier.element()?.raw() => {
                    return Err(info.key.bad("EC key of two curves"));
                }
                (false, _) => {}
            }
        }
        Ok(Self {
            secret_pkcs8: octets,
            algorithm,
            protection: None,
        })
    }

    /// Of an `RSAPrivateKey` (RFC 8017 §A.1.2), or of the `DSAPrivateKey` that OpenSSL writes, which begins
    /// alike: a version and the numbers p, q, g, y, x.
    pub(crate) fn from_pkcs1(octets: &[u8]) -> Result<Self, DecodeError> {
        let outer = Element::parse(octets)?;
        let mut fields = outer.reader();
        let mut numbers = Vec::new();
        while !fields.is_empty() && numbers.len() < 10 {
            numbers.push(fields.element()?);
        }
        if let [version, p, q, g, _, x] = numbers.as_slice() {
            if version.content() != [0] || numbers.iter().any(|number| number.tag() != Tag::Integer)
            {
                return Err(outer.bad("DSA private key"));
            }
            let parameters = encode(tag::SEQUENCE, &[p.raw(), q.raw(), g.raw()]);
            let algorithm = encode(tag::SEQUENCE, &[&encode_oid(DSA), &parameters]);
            return Self::from_pkcs8(wrap(&algorithm, x.raw()));
        }
        // RFC 8017 §A.1.2: nine numbers; in version 1 the list of the other primes after them.
        let versions: &[&[u8]] = if numbers.len() == 9 { &[&[0]] } else { &[&[1]] };
        let version = numbers.first().map_or(&[][..], Element::content);
        if numbers.len() < 9 || !fields.is_empty() || !versions.contains(&version) {
            return Err(outer.bad("RSA private key"));
        }
        Self::from_pkcs8(wrap(&rsa_encryption(), octets))
    }

    /// Of an `ECPrivateKey` (RFC 5915 §3), which must name its curve.
    pub(crate) fn from_sec1(octets: &[u8]) -> Result<Self, DecodeError> {
        Self::from_sec1_with(octets, None)
    }

    /// The same, where the curve may stand in `parameters` instead.
    fn from_sec1_with(octets: &[u8], parameters: Option<&[u8]>) -> Result<Self, DecodeError> {
        let outer = Element::parse(octets)?;
        let curve = EcKey::parse_fields(&outer)?
            .curve
            .or(parameters)
            .ok_or_else(|| outer.bad("EC key without curve"))?;
        let algorithm = encode(tag::SEQUENCE, &[&encode_oid(EC_PUBLIC_KEY), curve]);
        Self::from_pkcs8(wrap(&algorithm, octets))
    }

    pub(crate) fn with_protection(self, protection: String) -> Self {
        Self {
            protection: Some(protection),
            ..self
        }
    }

    /// The public half, as it stands beside the private one or a backend works it out: it tells to which
    /// certificates the key belongs. An aid for showing files; [`Credential`](crate::Credential) proves.
    pub(crate) fn public_key(&self, provider: &Provider) -> Option<PublicKey> {
        let stated = Info::parse(&self.secret_pkcs8)
            .and_then(|info| self.stated_public_key(&info))
            .ok()
            .flatten();
        let derived = || {
            let key = self.load(provider).ok()?;
            let public = PublicKey::of_info(key.public_key_info()).ok()?;
            Some(public.into_bits())
        };
        let bits = stated.or_else(derived)?;
        Some(PublicKey::new(self.algorithm.clone(), bits))
    }

    /// The public key that stands beside the private one, as `subjectPublicKey` would hold it.
    fn stated_public_key(&self, info: &Info<'_>) -> Result<Option<Vec<u8>>, DecodeError> {
        match self.algorithm {
            KeyAlgorithmName::Rsa { .. } | KeyAlgorithmName::RsaPss { .. } => {
                let mut outer = info.key.reader();
                let mut fields = outer.expect(Tag::Sequence, "RSA private key")?.reader();
                fields.element()?;
                let (modulus, exponent) = (fields.element()?, fields.element()?);
                Ok(Some(encode(
                    tag::SEQUENCE,
                    &[modulus.raw(), exponent.raw()],
                )))
            }
            _ if info.is_ec()? => {
                let inner = EcKey::parse(&info.key)?.public;
                Ok(inner.or(info.public).map(<[u8]>::to_vec))
            }
            _ => Ok(info.public.map(<[u8]>::to_vec)),
        }
    }

    /// How many octets the numbers of its curve have.
    const fn field_len(&self) -> Option<usize> {
        match self.algorithm {
            KeyAlgorithmName::P256 => Some(32),
            KeyAlgorithmName::P384 => Some(48),
            KeyAlgorithmName::P521 => Some(66),
            _ => None,
        }
    }
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFile")
            .field("algorithm", &self.algorithm)
            .field("protection", &self.protection)
            .finish_non_exhaustive()
    }
}

/// Something that is wrong with a private key, though it can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyQuirk {
    /// An RSA key of fewer than [`Self::MIN_RSA_BITS`] bits.
    Weak {
        /// Length of the modulus in bits.
        bits: usize,
    },
}

impl KeyQuirk {
    /// The shortest RSA modulus, in bits, that is no weakness (NIST SP 800-131A).
    pub const MIN_RSA_BITS: usize = 2048;

    /// A stable name for this kind of quirk.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Weak { .. } => "weak-key",
        }
    }
}

impl fmt::Display for KeyQuirk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weak { bits } => write!(
                f,
                "the RSA key has {bits} bits, and fewer than {} are weak",
                Self::MIN_RSA_BITS
            ),
        }
    }
}

/// The fields of a `PrivateKeyInfo` (RFC 5958 §2).
struct Info<'a> {
    algorithm: Element<'a>,
    key: Element<'a>,
    /// The content of `publicKey`, without its count of unused bits.
    public: Option<&'a [u8]>,
}

impl<'a> Info<'a> {
    fn parse(octets: &'a [u8]) -> Result<Self, DecodeError> {
        let outer = Element::parse(octets)?;
        if outer.tag() != Tag::Sequence {
            return Err(outer.bad("PrivateKeyInfo"));
        }
        let mut fields = outer.reader();
        let version = fields.expect(Tag::Integer, "version of the private key")?;
        if !matches!(version.content(), [0 | 1]) {
            return Err(version.bad("version of the private key"));
        }
        let algorithm = fields.expect(Tag::Sequence, "private key algorithm")?;
        let key = fields.expect(Tag::OctetString, "private key")?;
        let _attributes = fields.optional_context(0)?;
        let public = match fields.optional_context(1)? {
            None => None,
            Some(public) => match public.content() {
                [0, bits @ ..] => Some(bits),
                _ => return Err(public.bad("public key")),
            },
        };
        fields.finish()?;
        Ok(Self {
            algorithm,
            key,
            public,
        })
    }
}

impl Info<'_> {
    /// Whether it is a key of an elliptic curve by RFC 5480, whichever curve.
    fn is_ec(&self) -> Result<bool, DecodeError> {
        let mut identifier = self.algorithm.reader();
        let oid = identifier.expect(Tag::ObjectIdentifier, "key algorithm")?;
        Ok(Oid::from_element(&oid)? == EC_PUBLIC_KEY)
    }
}

/// The fields of an `ECPrivateKey` (RFC 5915 §3).
struct EcKey<'a> {
    scalar: Element<'a>,
    /// The curve, encoded.
    curve: Option<&'a [u8]>,
    /// The public point.
    public: Option<&'a [u8]>,
}

impl<'a> EcKey<'a> {
    /// Of the octet string around it.
    fn parse(key: &Element<'a>) -> Result<Self, DecodeError> {
        let mut outer = key.reader();
        let inner = outer.expect(Tag::Sequence, "EC private key")?;
        outer.finish()?;
        Self::parse_fields(&inner)
    }

    fn parse_fields(key: &Element<'a>) -> Result<Self, DecodeError> {
        let mut fields = key.reader();
        let version = fields.expect(Tag::Integer, "version of the EC private key")?;
        if version.content() != [1] {
            return Err(version.bad("version of the EC private key"));
        }
        let scalar = fields.expect(Tag::OctetString, "EC private key")?;
        let curve = fields.optional_context(0)?.map(|curve| curve.content());
        let public = match fields.optional_context(1)? {
            None => None,
            Some(explicit) => {
                let point = explicit.reader().expect(Tag::BitString, "EC public key")?;
                match point.content() {
                    [0, point @ ..] => Some(point),
                    _ => return Err(point.bad("EC public key")),
                }
            }
        };
        fields.finish()?;
        Ok(Self {
            scalar,
            curve,
            public,
        })
    }
}

/// The `ECPrivateKey` with its number in as many octets as RFC 5915 §3 demands, which older Java and
/// OpenSSL do not write, and with nothing beside it.
fn padded_scalar(key: &Element<'_>, field_len: usize) -> Result<Zeroizing<Vec<u8>>, DecodeError> {
    let scalar = EcKey::parse(key)?.scalar;
    let octets = scalar.content();
    let excess = octets.len().saturating_sub(field_len);
    let missing = field_len.saturating_sub(octets.len());
    let (leading, significant) = octets.split_at_checked(excess).unwrap_or_default();
    if leading.iter().any(|octet| *octet != 0) {
        return Err(scalar.bad("EC private key"));
    }
    let padding = vec![0; missing];
    let number = Zeroizing::new(encode(tag::OCTET_STRING, &[&padding, significant]));
    Ok(Zeroizing::new(encode(
        tag::SEQUENCE,
        &[&encode_unsigned(&[1]), &number],
    )))
}

/// The key, signing by RSASSA-PSS alone, as the `AlgorithmIdentifier` demands (RFC 4055 §3.3).
fn restrict_to_pss(key: &PrivateKey, identifier: &[u8]) -> Result<PrivateKey, Error> {
    let malformed = |_| Error::MalformedKey {
        what: "RSASSA-PSS key",
    };
    let public = PublicKey::of_info(key.public_key_info()).map_err(malformed)?;
    let demanded = pss_scheme(identifier)?;
    let signer = PssSigner {
        key: key.clone(),
        demanded,
    };
    let info = public.to_info(identifier);
    Ok(PrivateKey::new(key.algorithm(), info).with_signer(Arc::new(signer)))
}

/// Signs by RSASSA-PSS and nothing else.
struct PssSigner {
    key: PrivateKey,
    demanded: Option<SignatureAlgorithm>,
}

impl Signer for PssSigner {
    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, Error> {
        let SignatureAlgorithm::RsaPss { digest, salt_len } = algorithm else {
            return Err(Error::Unsupported {
                what: "another signature than RSASSA-PSS with this key",
            });
        };
        if let Some(SignatureAlgorithm::RsaPss {
            digest: demanded,
            salt_len: shortest,
        }) = self.demanded
            && (digest != demanded || salt_len < shortest)
        {
            return Err(Error::Unsupported {
                what: "another digest or a shorter salt than this RSASSA-PSS key demands",
            });
        }
        self.key.signer()?.sign(algorithm, message)
    }
}

/// A `PrivateKeyInfo` of version 1 around `key`.
fn wrap(algorithm: &[u8], key: &[u8]) -> Zeroizing<Vec<u8>> {
    let octets = Zeroizing::new(encode(tag::OCTET_STRING, &[key]));
    Zeroizing::new(encode(
        tag::SEQUENCE,
        &[&encode_unsigned(&[]), algorithm, &octets],
    ))
}

fn rsa_encryption() -> Vec<u8> {
    let null = encode(tag::NULL, &[]);
    encode(tag::SEQUENCE, &[&encode_oid(RSA_ENCRYPTION), &null])
}

const DSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10040.4.1");
