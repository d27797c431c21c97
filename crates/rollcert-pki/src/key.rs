use core::fmt;

use der::Tag;
use rollcert_crypto::{DigestAlgorithm, Error, PrivateKey, Provider, SignatureAlgorithm};
use zeroize::Zeroizing;

use crate::algorithm_name::{EC_PUBLIC_KEY, KeyAlgorithmName, RSA_ENCRYPTION};
use crate::asn1::{DecodeError, Element, encode, encode_oid, encode_unsigned, tag};
use crate::certificate::Certificate;

/// A password. Wiped when dropped; `Debug` shows nothing of it.
pub struct Password(Zeroizing<String>);

impl Password {
    pub(crate) fn secret_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Password {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl From<&str> for Password {
    fn from(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

/// A private key as it came out of a file: the octets of a PKCS#8 `PrivateKeyInfo` (RFC 5958 §2).
///
/// Wiped when dropped; `Debug` shows no secret. Whatever form the file had (PKCS#8, PKCS#1, SEC 1), it
/// is PKCS#8 here.
pub struct KeyFile {
    secret_pkcs8: Zeroizing<Vec<u8>>,
    algorithm: KeyAlgorithmName,
    protection: Option<String>,
}

impl KeyFile {
    /// The most octets of a key that is loaded, enough for RSA of 16,384 bits. Checking larger numbers
    /// against each other would take as long as who made them likes.
    pub const MAX_LEN: usize = 16 * 1024;

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

    /// The octets of `PrivateKeyInfo`, in the clear.
    #[must_use]
    pub fn secret_pkcs8(&self) -> &[u8] {
        &self.secret_pkcs8
    }

    /// Makes the key ready for use.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] for kinds that the backend does not serve and beyond [`Self::MAX_LEN`],
    /// [`Error::MalformedKey`] for one
    /// that contradicts itself.
    pub fn load(&self, provider: &Provider) -> Result<PrivateKey, Error> {
        if self.secret_pkcs8.len() > Self::MAX_LEN {
            return Err(Error::Unsupported {
                what: "private keys of this size",
            });
        }
        provider.load_key(&self.secret_pkcs8)
    }

    pub(crate) fn from_pkcs8(octets: Zeroizing<Vec<u8>>) -> Result<Self, DecodeError> {
        let algorithm = KeyAlgorithmName::from_private_key_info(&Element::parse(&octets)?)?;
        Ok(Self {
            secret_pkcs8: octets,
            algorithm,
            protection: None,
        })
    }

    /// Of an `RSAPrivateKey` (RFC 8017 §A.1.2).
    pub(crate) fn from_pkcs1(octets: &[u8]) -> Result<Self, DecodeError> {
        Element::parse(octets)?;
        let algorithm = encode(
            tag::SEQUENCE,
            &[&encode_oid(RSA_ENCRYPTION), &encode(tag::NULL, &[])],
        );
        Self::from_pkcs8(wrap(&algorithm, octets))
    }

    /// Of an `ECPrivateKey` (RFC 5915 §3), which must name its curve.
    pub(crate) fn from_sec1(octets: &[u8]) -> Result<Self, DecodeError> {
        let key = Element::parse(octets)?;
        let mut fields = key.reader();
        fields.expect(Tag::Integer, "version of the EC private key")?;
        fields.expect(Tag::OctetString, "EC private key")?;
        let curve = fields
            .optional_context(0)?
            .ok_or_else(|| key.bad("EC key without curve"))?;
        let algorithm = encode(
            tag::SEQUENCE,
            &[&encode_oid(EC_PUBLIC_KEY), curve.content()],
        );
        Self::from_pkcs8(wrap(&algorithm, octets))
    }

    pub(crate) fn with_protection(self, protection: String) -> Self {
        Self {
            protection: Some(protection),
            ..self
        }
    }

    /// The public key that stands beside the private one, as `subjectPublicKey` would hold it.
    fn stated_public_key(&self) -> Result<Option<Vec<u8>>, DecodeError> {
        let info = Element::parse(&self.secret_pkcs8)?;
        let mut fields = info.reader();
        fields.element()?;
        fields.element()?;
        let mut inner = fields.expect(Tag::OctetString, "private key")?.reader();
        match self.algorithm {
            KeyAlgorithmName::Rsa { .. } | KeyAlgorithmName::RsaPss { .. } => {
                let mut fields = inner.expect(Tag::Sequence, "RSA private key")?.reader();
                fields.element()?;
                let (modulus, exponent) = (fields.element()?, fields.element()?);
                Ok(Some(encode(
                    tag::SEQUENCE,
                    &[modulus.raw(), exponent.raw()],
                )))
            }
            KeyAlgorithmName::P256 | KeyAlgorithmName::P384 | KeyAlgorithmName::P521 => {
                let mut fields = inner.expect(Tag::Sequence, "EC private key")?.reader();
                fields.element()?;
                fields.element()?;
                fields.optional_context(0)?;
                let Some(explicit) = fields.optional_context(1)? else {
                    return Ok(None);
                };
                let point = explicit.reader().expect(Tag::BitString, "EC public key")?;
                Ok(point.content().get(1..).map(<[u8]>::to_vec))
            }
            _ => Ok(None),
        }
    }

    /// A way to tell to which certificates the key belongs.
    pub(crate) fn matcher(&self, provider: &Provider) -> KeyMatcher {
        let stated = self.stated_public_key().ok().flatten();
        let trial = match stated {
            Some(_) => None,
            None => self.load(provider).ok().and_then(|key| {
                let scheme = SignatureAlgorithm::for_key(key.algorithm(), DigestAlgorithm::Sha256);
                let signature = key.signer().ok()?.sign(scheme, TRIAL).ok()?;
                Some((scheme, signature))
            }),
        };
        KeyMatcher {
            algorithm: self.algorithm.clone(),
            stated,
            trial,
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

/// Tells to which certificates a key belongs: by the public key beside it, and where the file has none
/// by a signature. An aid for showing files; [`Credential`](crate::Credential) proves.
pub(crate) struct KeyMatcher {
    algorithm: KeyAlgorithmName,
    stated: Option<Vec<u8>>,
    trial: Option<(SignatureAlgorithm, Vec<u8>)>,
}

impl KeyMatcher {
    /// Whether the key belongs to `certificate`. Each signature that is verified takes one of `trials`;
    /// without any left the answer is no.
    pub(crate) fn matches(
        &self,
        certificate: &Certificate,
        provider: &Provider,
        trials: &mut usize,
    ) -> bool {
        if self.algorithm != *certificate.key_algorithm() {
            return false;
        }
        if let Some(stated) = &self.stated {
            return public_key_of(certificate) == Some(stated);
        }
        let Some(((scheme, signature), left)) = self.trial.as_ref().zip(trials.checked_sub(1))
        else {
            return false;
        };
        *trials = left;
        provider
            .verify(certificate.public_key_info(), *scheme, TRIAL, signature)
            .is_ok()
    }
}

/// `subjectPublicKey` without its count of unused bits.
fn public_key_of(certificate: &Certificate) -> Option<&[u8]> {
    let mut fields = Element::parse(certificate.public_key_info()).ok()?.reader();
    fields.element().ok()?;
    fields.element().ok()?.content().get(1..)
}

/// A `PrivateKeyInfo` of version 0 around `key`.
fn wrap(algorithm: &[u8], key: &[u8]) -> Zeroizing<Vec<u8>> {
    let octets = Zeroizing::new(encode(tag::OCTET_STRING, &[key]));
    Zeroizing::new(encode(
        tag::SEQUENCE,
        &[&encode_unsigned(&[]), algorithm, &octets],
    ))
}

/// What a key signs to be told apart: never the challenge or message of any protocol.
const TRIAL: &[u8] = b"rollcert: which certificate does this key belong to?";
