use der::Tag;
use der::asn1::ObjectIdentifier;
use rollcert_crypto::{DigestAlgorithm, KeyTransportAlgorithm, SignatureAlgorithm};
use rollcert_pki::asn1::{DecodeError, Element, Reader, encode, encode_oid, tag};
use rollcert_pki::{KeyAlgorithmName, SignatureAlgorithmName};

/// `AlgorithmIdentifier` (RFC 5280 §4.1.1.2) as far as it is needed here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Algorithm<'a> {
    pub(crate) oid: ObjectIdentifier,
    pub(crate) parameters: Option<Element<'a>>,
}

impl<'a> Algorithm<'a> {
    pub(crate) fn decode(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Self::of(&reader.expect(Tag::Sequence, "AlgorithmIdentifier")?)
    }

    /// Of an element with these fields, whatever its tag.
    pub(crate) fn of(element: &Element<'a>) -> Result<Self, DecodeError> {
        let mut fields = element.reader();
        let oid = fields
            .expect(Tag::ObjectIdentifier, "algorithm")?
            .decode("algorithm")?;
        let parameters = if fields.is_empty() {
            None
        } else {
            Some(fields.element()?)
        };
        fields.finish()?;
        Ok(Self { oid, parameters })
    }

    /// Whether both say the same, parameters that are NULL counting as absent ones: products write
    /// either (RFC 5754 §2).
    pub(crate) fn means(&self, other: &Algorithm<'_>) -> bool {
        self.oid == other.oid && self.written_parameters() == other.written_parameters()
    }

    fn written_parameters(&self) -> Option<&'a [u8]> {
        let parameters = self.parameters.map(|element| element.raw());
        parameters.filter(|octets| **octets != NULL)
    }
}

/// The scheme that `signatureAlgorithm` means beside `digestAlgorithm`.
///
/// RFC 3370 §3.2: `rsaEncryption` in place of a scheme takes its digest from `digestAlgorithm`. Some
/// products write `id-ecPublicKey` in the same manner.
pub(crate) fn signature_algorithm(
    name: &SignatureAlgorithmName,
    digest: DigestAlgorithm,
) -> Option<SignatureAlgorithm> {
    if *name.oid() == RSA_ENCRYPTION {
        Some(SignatureAlgorithm::RsaPkcs1(digest))
    } else if *name.oid() == EC_PUBLIC_KEY {
        Some(SignatureAlgorithm::Ecdsa(digest))
    } else {
        name.known()
    }
}

/// Whether keys of this kind sign by this scheme. Of kinds without a name nothing is known.
pub(crate) fn serves(key: &KeyAlgorithmName, scheme: SignatureAlgorithm) -> Option<bool> {
    use SignatureAlgorithm::{Ecdsa, Ed25519, RsaPkcs1, RsaPss};
    match key {
        KeyAlgorithmName::Rsa { .. } => Some(matches!(scheme, RsaPkcs1(_) | RsaPss { .. })),
        // RFC 4055 §1.2: such a key is for PSS alone.
        KeyAlgorithmName::RsaPss { .. } => Some(matches!(scheme, RsaPss { .. })),
        KeyAlgorithmName::P256 | KeyAlgorithmName::P384 | KeyAlgorithmName::P521 => {
            Some(matches!(scheme, Ecdsa(_)))
        }
        KeyAlgorithmName::Ed25519 => Some(matches!(scheme, Ed25519)),
        KeyAlgorithmName::Ed448 | KeyAlgorithmName::X25519 | KeyAlgorithmName::X448 => Some(false),
        _ => None,
    }
}

/// The scheme that an RSA key is bound to by the parameters beside it (RFC 4055 §3.3); nothing where
/// there are none.
pub(crate) fn bound_scheme(public_key_info: &[u8]) -> Option<SignatureAlgorithm> {
    let identifier = Element::parse(public_key_info)
        .ok()?
        .reader()
        .element()
        .ok()?;
    SignatureAlgorithmName::from_der(identifier.raw())
        .ok()?
        .known()
}

/// What to call the kind of a public key that the backend does not know: its curve if it has one,
/// else its algorithm. Nothing when the octets are no `SubjectPublicKeyInfo`.
pub(crate) fn public_key_oid(public_key_info: &[u8]) -> Option<ObjectIdentifier> {
    let algorithm = Algorithm::decode(&mut Element::parse(public_key_info).ok()?.reader()).ok()?;
    let curve = algorithm
        .parameters
        .and_then(|parameters| parameters.decode("curve").ok());
    Some(
        curve
            .filter(|_| algorithm.oid == EC_PUBLIC_KEY)
            .unwrap_or(algorithm.oid),
    )
}

/// RFC 5754 §2: parameters absent.
pub(crate) fn encode_digest(digest: DigestAlgorithm) -> Vec<u8> {
    encode(tag::SEQUENCE, &[&encode_oid(digest.oid())])
}

const RSA_ENCRYPTION: ObjectIdentifier = KeyTransportAlgorithm::RsaPkcs1.oid();
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const NULL: [u8; 2] = [tag::NULL, 0];
