use der::Tag;
use der::asn1::ObjectIdentifier;
use rand_core::CryptoRng;
use rollcert_crypto::{self as crypto, DigestAlgorithm, KeyTransportAlgorithm, Provider};
use rollcert_pki::Certificate;
use rollcert_pki::asn1::{DecodeError, Element, Reader, encode, encode_oid, encode_unsigned, tag};

use crate::algorithm::Algorithm;
use crate::identifier::CertificateIdentifier;

/// A content key that was encrypted to an RSA key: `KeyTransRecipientInfo` (RFC 5652 §6.2.1).
///
/// ```text
/// KeyTransRecipientInfo ::= SEQUENCE {
///   version                 CMSVersion,
///   rid                     RecipientIdentifier,
///   keyEncryptionAlgorithm  AlgorithmIdentifier,
///   encryptedKey            OCTET STRING }
/// ```
#[derive(Clone, Debug)]
pub(crate) struct KeyTransport {
    pub(crate) identifier: CertificateIdentifier,
    pub(crate) algorithm_oid: ObjectIdentifier,
    /// Nothing when it is none that is served.
    pub(crate) algorithm: Option<KeyTransportAlgorithm>,
    pub(crate) encrypted_key: Vec<u8>,
}

impl KeyTransport {
    pub(crate) fn decode(info: &Element<'_>) -> Result<Self, DecodeError> {
        let mut fields = info.reader();
        fields.expect(Tag::Integer, "version")?;
        let identifier = CertificateIdentifier::decode(&mut fields)?;
        let algorithm = Algorithm::decode(&mut fields)?;
        let encrypted_key = fields
            .expect(Tag::OctetString, "encryptedKey")?
            .content()
            .to_vec();
        fields.finish()?;
        Ok(Self {
            identifier,
            algorithm_oid: algorithm.oid,
            algorithm: key_transport_algorithm(&algorithm)?,
            encrypted_key,
        })
    }

    /// Encrypts `content_key` to the key of `recipient`, which the message calls `identifier`.
    pub(crate) fn seal(
        recipient: &Certificate,
        identifier: CertificateIdentifier,
        algorithm: KeyTransportAlgorithm,
        content_key: &[u8],
        provider: &Provider,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, crypto::Error> {
        let encrypted_key = provider.key_encryption.encrypt_key(
            recipient.public_key_info(),
            algorithm,
            content_key,
            rng,
        )?;
        Ok(Self {
            identifier,
            algorithm_oid: algorithm.oid(),
            algorithm: Some(algorithm),
            encrypted_key,
        })
    }

    /// Version 0 goes with issuer and serial number, 2 with a key identifier.
    pub(crate) const fn version(&self) -> u8 {
        match self.identifier {
            CertificateIdentifier::IssuerAndSerial { .. } => 0,
            CertificateIdentifier::SubjectKeyIdentifier(_) => 2,
        }
    }

    /// The structure, of what [`Self::seal`] made.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let algorithm = self.algorithm.unwrap_or(KeyTransportAlgorithm::RsaPkcs1);
        encode(
            tag::SEQUENCE,
            &[
                &encode_unsigned(&[self.version()]),
                &self.identifier.encode(),
                &encode_key_transport(algorithm),
                &encode(tag::OCTET_STRING, &[&self.encrypted_key]),
            ],
        )
    }
}

/// Reads `RSAES-OAEP-params` (RFC 4055 §4.1) where the algorithm has them; nothing for an algorithm, a
/// digest, a mask generation or a label that is not served.
///
/// ```text
/// RSAES-OAEP-params ::= SEQUENCE {
///   hashFunc     [0] AlgorithmIdentifier DEFAULT sha1Identifier,
///   maskGenFunc  [1] AlgorithmIdentifier DEFAULT mgf1SHA1Identifier,
///   pSourceFunc  [2] AlgorithmIdentifier DEFAULT pSpecifiedEmptyIdentifier }
/// ```
fn key_transport_algorithm(
    identifier: &Algorithm<'_>,
) -> Result<Option<KeyTransportAlgorithm>, DecodeError> {
    // PKCS#1 v1.5: whatever stands in place of the NULL changes nothing.
    if identifier.oid != OAEP {
        return Ok(KeyTransportAlgorithm::from_oid(&identifier.oid));
    }
    let sha1 = || Some(DigestAlgorithm::Sha1);
    let Some(parameters) = identifier.parameters.filter(|it| it.tag() != Tag::Null) else {
        return Ok(Some(KeyTransportAlgorithm::rsa_oaep(DigestAlgorithm::Sha1)));
    };
    if parameters.tag() != Tag::Sequence {
        return Err(parameters.bad("RSAES-OAEP parameters"));
    }
    let mut fields = parameters.reader();
    let hash = explicit(&mut fields, 0)?;
    let digest = hash.map_or_else(sha1, |hash| DigestAlgorithm::from_oid(&hash.oid));
    let mask_digest = match explicit(&mut fields, 1)? {
        None => sha1(),
        Some(mask) if mask.oid == MGF1 => {
            let hash = mask
                .parameters
                .ok_or_else(|| parameters.bad("maskGenFunc"))?;
            DigestAlgorithm::from_oid(&Algorithm::of(&hash)?.oid)
        }
        Some(_) => None,
    };
    let has_label = explicit(&mut fields, 2)?.is_some_and(|source| {
        let empty = |label: Element<'_>| label.raw() == [tag::OCTET_STRING, 0];
        source.oid != P_SPECIFIED || !source.parameters.is_some_and(empty)
    });
    fields.finish()?;
    Ok(match (digest, mask_digest) {
        (Some(digest), Some(mask_digest)) if !has_label => Some(KeyTransportAlgorithm::RsaOaep {
            digest,
            mask_digest,
        }),
        _ => None,
    })
}

/// The `AlgorithmIdentifier` in `[number]`, if it is there.
fn explicit<'a>(
    fields: &mut Reader<'a>,
    number: u32,
) -> Result<Option<Algorithm<'a>>, DecodeError> {
    let Some(field) = fields.optional_constructed(number)? else {
        return Ok(None);
    };
    let mut inner = field.reader();
    let algorithm = Algorithm::decode(&mut inner)?;
    inner.finish()?;
    Ok(Some(algorithm))
}

/// RFC 3370 §4.2.1: NULL with PKCS#1 v1.5. RFC 4055 §4.1, X.690 §11.5: with OAEP what is not the default.
fn encode_key_transport(algorithm: KeyTransportAlgorithm) -> Vec<u8> {
    let parameters = match algorithm {
        KeyTransportAlgorithm::RsaOaep {
            digest,
            mask_digest,
        } => {
            let mut fields = Vec::new();
            if digest != DigestAlgorithm::Sha1 {
                let hash = encode_digest(digest);
                fields.push(encode(tag::CONTEXT_CONSTRUCTED, &[&hash]));
            }
            if mask_digest != DigestAlgorithm::Sha1 {
                let hash = encode_digest(mask_digest);
                let mask = encode(tag::SEQUENCE, &[&encode_oid(MGF1), &hash]);
                fields.push(encode(tag::CONTEXT_CONSTRUCTED + 1, &[&mask]));
            }
            let fields: Vec<&[u8]> = fields.iter().map(Vec::as_slice).collect();
            encode(tag::SEQUENCE, &fields)
        }
        _ => NULL.to_vec(),
    };
    encode(tag::SEQUENCE, &[&encode_oid(algorithm.oid()), &parameters])
}

/// RFC 4055 §2.1: parameters NULL, here more than elsewhere.
fn encode_digest(digest: DigestAlgorithm) -> Vec<u8> {
    encode(tag::SEQUENCE, &[&encode_oid(digest.oid()), &NULL])
}

const NULL: [u8; 2] = [tag::NULL, 0];
const OAEP: ObjectIdentifier = KeyTransportAlgorithm::rsa_oaep(DigestAlgorithm::Sha1).oid();
const MGF1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.8");
const P_SPECIFIED: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.9");

#[cfg(test)]
mod tests {
    use rollcert_pki::asn1::DecodeErrorKind;

    use super::*;

    fn read(identifier: &[u8]) -> Result<Option<KeyTransportAlgorithm>, DecodeError> {
        let algorithm = Algorithm::decode(&mut Reader::new(identifier))?;
        key_transport_algorithm(&algorithm)
    }

    /// OAEP with these parameters, of which each is an element.
    fn oaep(parameters: &[&[u8]]) -> Vec<u8> {
        let parameters = encode(tag::SEQUENCE, parameters);
        encode(tag::SEQUENCE, &[&encode_oid(OAEP), &parameters])
    }

    fn explicit(number: u8, inner: &[u8]) -> Vec<u8> {
        encode(tag::CONTEXT_CONSTRUCTED + number, &[inner])
    }

    fn without_parameters(digest: DigestAlgorithm) -> Vec<u8> {
        encode(tag::SEQUENCE, &[&encode_oid(digest.oid())])
    }

    #[test]
    fn parameters_are_read_as_they_are_written() {
        let algorithms = DigestAlgorithm::ALL.into_iter().flat_map(|digest| {
            let masks = DigestAlgorithm::ALL.into_iter();
            masks.map(move |mask_digest| KeyTransportAlgorithm::RsaOaep {
                digest,
                mask_digest,
            })
        });
        for algorithm in algorithms.chain([KeyTransportAlgorithm::RsaPkcs1]) {
            let identifier = encode_key_transport(algorithm);
            assert_eq!(read(&identifier), Ok(Some(algorithm)));
        }
    }

    /// X.690 §11.5: what is the default is not written.
    #[test]
    fn the_defaults_are_left_out() {
        let sha1 = KeyTransportAlgorithm::rsa_oaep(DigestAlgorithm::Sha1);
        assert_eq!(encode_key_transport(sha1), oaep(&[]));
        let mixed = KeyTransportAlgorithm::RsaOaep {
            digest: DigestAlgorithm::Sha256,
            mask_digest: DigestAlgorithm::Sha1,
        };
        let hash = explicit(0, &encode_digest(DigestAlgorithm::Sha256));
        assert_eq!(encode_key_transport(mixed), oaep(&[&hash]));
    }

    #[test]
    fn other_spellings_mean_the_same() {
        let (sha1, sha256) = (DigestAlgorithm::Sha1, DigestAlgorithm::Sha256);
        let expected = |digest, mask_digest| {
            Ok(Some(KeyTransportAlgorithm::RsaOaep {
                digest,
                mask_digest,
            }))
        };
        // Nothing, or NULL, in place of the parameters.
        let null = encode(tag::SEQUENCE, &[&encode_oid(OAEP), &NULL]);
        let nothing = encode(tag::SEQUENCE, &[&encode_oid(OAEP)]);
        for identifier in [null, nothing, oaep(&[])] {
            assert_eq!(read(&identifier), expected(sha1, sha1));
        }
        // Digests without parameters, and the defaults spelled out.
        let mask = |digest: &[u8]| {
            let mask = encode(tag::SEQUENCE, &[&encode_oid(MGF1), digest]);
            explicit(1, &mask)
        };
        let empty = encode(tag::OCTET_STRING, &[]);
        let source = encode(tag::SEQUENCE, &[&encode_oid(P_SPECIFIED), &empty]);
        let source = explicit(2, &source);
        for spell in [encode_digest, without_parameters] {
            let hash = explicit(0, &spell(sha256));
            let identifier = oaep(&[&hash, &mask(&spell(sha1)), &source]);
            assert_eq!(read(&identifier), expected(sha256, sha1));
            let identifier = oaep(&[&mask(&spell(sha256))]);
            assert_eq!(read(&identifier), expected(sha1, sha256));
        }
    }

    #[test]
    fn what_is_not_served_is_nothing_and_what_is_malformed_an_error() {
        let other = encode(tag::SEQUENCE, &[&encode_oid(P_SPECIFIED)]);
        let label = encode(tag::OCTET_STRING, &[b"label"]);
        let label = encode(tag::SEQUENCE, &[&encode_oid(P_SPECIFIED), &label]);
        let digest = encode_digest(DigestAlgorithm::Sha256);
        let mask = encode(tag::SEQUENCE, &[&encode_oid(MGF1), &other]);
        for parameter in [
            explicit(0, &other),
            // Another mask generation; a digest in it that is none.
            explicit(1, &digest),
            explicit(1, &mask),
            // Another source of the label; a label.
            explicit(2, &digest),
            explicit(2, &other),
            explicit(2, &label),
        ] {
            assert_eq!(read(&oaep(&[&parameter])), Ok(None));
        }
        let no_digest = encode(tag::SEQUENCE, &[&encode_oid(MGF1)]);
        for (parameters, kind) in [
            (explicit(0, &[5, 0]), "AlgorithmIdentifier"),
            (explicit(3, &digest), ""),
            (explicit(1, &no_digest), "maskGenFunc"),
        ] {
            let error = read(&oaep(&[&parameters])).unwrap_err();
            let expected = match kind {
                "" => DecodeErrorKind::Trailing,
                "maskGenFunc" => DecodeErrorKind::Value { what: kind },
                expected => DecodeErrorKind::Unexpected { expected },
            };
            assert_eq!(error.kind(), expected);
        }
        let string = encode(tag::OCTET_STRING, &[]);
        let string = encode(tag::SEQUENCE, &[&encode_oid(OAEP), &string]);
        assert!(read(&string).is_err());
    }
}
