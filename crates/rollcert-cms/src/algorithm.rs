use der::Tag;
use der::asn1::ObjectIdentifier;
use rollcert_crypto::{
    ContentAlgorithm, DigestAlgorithm, KeyTransportAlgorithm, SignatureAlgorithm,
};
use rollcert_pki::asn1::{DecodeError, Element, Reader, encode, encode_oid, tag};

/// `AlgorithmIdentifier` (RFC 5280 §4.1.1.2) as far as it is needed here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Algorithm<'a> {
    pub(crate) oid: ObjectIdentifier,
    pub(crate) parameters: Option<Element<'a>>,
}

impl<'a> Algorithm<'a> {
    pub(crate) fn decode(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let mut fields = reader
            .expect(Tag::Sequence, "AlgorithmIdentifier")?
            .reader();
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
}

/// The signature scheme that `oid` means over `digest`.
///
/// RFC 3370 §3.2: `rsaEncryption` in place of a scheme takes its digest from `digestAlgorithm`. Some
/// products write `id-ecPublicKey` in the same manner.
pub(crate) fn signature_algorithm(
    oid: &ObjectIdentifier,
    digest: DigestAlgorithm,
) -> Option<SignatureAlgorithm> {
    if *oid == RSA_ENCRYPTION {
        Some(SignatureAlgorithm::RsaPkcs1(digest))
    } else if *oid == EC_PUBLIC_KEY {
        Some(SignatureAlgorithm::Ecdsa(digest))
    } else {
        SignatureAlgorithm::from_oid(oid)
    }
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

/// RFC 4055 §5: parameters NULL with RSA. RFC 5758 §3.2: absent with ECDSA.
pub(crate) fn encode_signature(algorithm: SignatureAlgorithm) -> Vec<u8> {
    let oid = encode_oid(algorithm.oid());
    match algorithm {
        SignatureAlgorithm::RsaPkcs1(_) => encode(tag::SEQUENCE, &[&oid, &NULL]),
        _ => encode(tag::SEQUENCE, &[&oid]),
    }
}

/// RFC 3370 §4.2.1: parameters NULL.
pub(crate) fn encode_key_transport(algorithm: KeyTransportAlgorithm) -> Vec<u8> {
    encode(tag::SEQUENCE, &[&encode_oid(algorithm.oid()), &NULL])
}

/// RFC 3565 §2.3: the parameters are the initialisation vector.
pub(crate) fn encode_content(algorithm: ContentAlgorithm, vector: &[u8]) -> Vec<u8> {
    let vector = encode(tag::OCTET_STRING, &[vector]);
    encode(tag::SEQUENCE, &[&encode_oid(algorithm.oid()), &vector])
}

const RSA_ENCRYPTION: ObjectIdentifier = KeyTransportAlgorithm::RsaPkcs1.oid();
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const NULL: [u8; 2] = [tag::NULL, 0];
