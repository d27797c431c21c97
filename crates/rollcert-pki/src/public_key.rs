use der::Tag;
use rollcert_crypto::{Error, SignatureAlgorithm};

use crate::algorithm_name::{KeyAlgorithmName, RSA_ENCRYPTION, SignatureAlgorithmName};
use crate::asn1::{DecodeError, Element, encode, encode_oid, tag};
use crate::certificate::Certificate;

/// A public key for comparing: what kind, and its bits.
///
/// Two are equal when they are the same key, however their `SubjectPublicKeyInfo` was written: parameters of
/// RSA with `NULL` or without, an RSA key bound to PSS or free, a point compressed or not.
pub(crate) struct PublicKey {
    algorithm: KeyAlgorithmName,
    /// `subjectPublicKey`, without its count of unused bits.
    bits: Vec<u8>,
}

impl PublicKey {
    pub(crate) const fn new(algorithm: KeyAlgorithmName, bits: Vec<u8>) -> Self {
        Self { algorithm, bits }
    }

    /// Of a `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7).
    pub(crate) fn of_info(info: &[u8]) -> Result<Self, DecodeError> {
        let outer = Element::parse(info)?;
        let algorithm = KeyAlgorithmName::from_public_key_info(&outer)?;
        Self::of_bits(&outer, algorithm)
    }

    pub(crate) fn of_certificate(certificate: &Certificate) -> Result<Self, DecodeError> {
        let outer = Element::parse(certificate.public_key_info())?;
        Self::of_bits(&outer, certificate.key_algorithm().clone())
    }

    fn of_bits(info: &Element<'_>, algorithm: KeyAlgorithmName) -> Result<Self, DecodeError> {
        let mut fields = info.reader();
        fields.expect(Tag::Sequence, "public key algorithm")?;
        let key = fields.expect(Tag::BitString, "public key")?;
        let bits = key.content().get(1..).unwrap_or_default().to_vec();
        Ok(Self { algorithm, bits })
    }

    /// `subjectPublicKey`, without its count of unused bits.
    pub(crate) fn into_bits(self) -> Vec<u8> {
        self.bits
    }

    /// The same, borrowed.
    pub(crate) fn bits(&self) -> &[u8] {
        &self.bits
    }

    /// What kind of key it is.
    pub(crate) const fn algorithm(&self) -> &KeyAlgorithmName {
        &self.algorithm
    }

    /// Whether these are its bits.
    pub(crate) fn is(&self, bits: &[u8]) -> bool {
        let of_curve = matches!(
            self.algorithm,
            KeyAlgorithmName::P256 | KeyAlgorithmName::P384 | KeyAlgorithmName::P521
        );
        self.bits == bits || (of_curve && same_point(&self.bits, bits))
    }

    /// A `SubjectPublicKeyInfo` that says `algorithm` of the same bits.
    pub(crate) fn to_info(&self, algorithm: &[u8]) -> Vec<u8> {
        let bits = encode(tag::BIT_STRING, &[&[0], &self.bits]);
        encode(tag::SEQUENCE, &[algorithm, &bits])
    }

    /// A `SubjectPublicKeyInfo` that binds an RSA key to no scheme, so that every backend takes it.
    pub(crate) fn to_plain_rsa_info(&self) -> Vec<u8> {
        let null = encode(tag::NULL, &[]);
        self.to_info(&encode(
            tag::SEQUENCE,
            &[&encode_oid(RSA_ENCRYPTION), &null],
        ))
    }
}

/// The scheme that an RSA key is bound to by the parameters of its `AlgorithmIdentifier` (RFC 4055 §3.3);
/// `None` where RSASSA-PSS is all that they say.
pub(crate) fn pss_scheme(identifier: &[u8]) -> Result<Option<SignatureAlgorithm>, Error> {
    let malformed = |_| Error::MalformedKey {
        what: "RSASSA-PSS parameters",
    };
    let name = SignatureAlgorithmName::from_der(identifier).map_err(malformed)?;
    let mut fields = Element::parse(identifier).map_err(malformed)?.reader();
    fields.element().map_err(malformed)?;
    if fields.is_empty() {
        return Ok(None);
    }
    name.known().map(Some).ok_or(Error::Unsupported {
        what: "RSASSA-PSS with these parameters",
    })
}

/// The same of a `SubjectPublicKeyInfo`.
pub(crate) fn pss_scheme_of(info: &[u8]) -> Result<Option<SignatureAlgorithm>, Error> {
    let identifier = Element::parse(info)
        .and_then(|outer| outer.reader().element())
        .map_err(|_| Error::MalformedKey {
            what: "SubjectPublicKeyInfo",
        })?;
    pss_scheme(identifier.raw())
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        use KeyAlgorithmName::{Rsa, RsaPss};
        let same_kind = match (&self.algorithm, &other.algorithm) {
            (Rsa { bits } | RsaPss { bits }, Rsa { bits: others } | RsaPss { bits: others }) => {
                bits == others
            }
            (one, other) => one == other,
        };
        same_kind && self.is(&other.bits)
    }
}

/// Whether two encodings of points (SEC 1 §2.3.3) are of the same one, where one is compressed.
fn same_point(one: &[u8], other: &[u8]) -> bool {
    match (compressed(one), compressed(other)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

/// The sign of a point and its x-coordinate.
fn compressed(point: &[u8]) -> Option<(u8, &[u8])> {
    match point {
        [sign @ (2 | 3), x @ ..] => Some((*sign, x)),
        [4, coordinates @ .., last] if coordinates.len() % 2 == 1 => {
            let x = coordinates.get(..coordinates.len().div_ceil(2))?;
            Some((2 + last % 2, x))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p256(bits: &[u8]) -> PublicKey {
        PublicKey::new(KeyAlgorithmName::P256, bits.to_vec())
    }

    #[test]
    fn a_point_is_the_same_compressed_and_not() {
        let point = [4, 10, 11, 20, 21];
        assert!(p256(&point) == p256(&[3, 10, 11]));
        assert!(p256(&[3, 10, 11]) == p256(&point));
        for other in [
            &[2, 10, 11][..],
            &[3, 10, 12],
            &[3, 10],
            &[4, 10, 11, 20, 22],
            &[4, 10, 11, 20],
            &[0],
            &[],
        ] {
            assert!(p256(&point) != p256(other), "{other:?}");
        }
        // The same octets are no point of another kind of key.
        let of_rsa =
            |bits: &[u8]| PublicKey::new(KeyAlgorithmName::Rsa { bits: 16 }, bits.to_vec());
        assert!(of_rsa(&point) != of_rsa(&[3, 10, 11]));
        assert!(of_rsa(&point) != p256(&point));
    }

    #[test]
    fn an_rsa_key_is_the_same_bound_to_pss_and_not() {
        let of = |algorithm| PublicKey::new(algorithm, vec![1, 2, 3]);
        assert!(
            of(KeyAlgorithmName::Rsa { bits: 16 }) == of(KeyAlgorithmName::RsaPss { bits: 16 })
        );
        assert!(
            of(KeyAlgorithmName::Rsa { bits: 16 }) != of(KeyAlgorithmName::RsaPss { bits: 15 })
        );
    }
}
