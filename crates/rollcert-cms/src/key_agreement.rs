use std::sync::Arc;

use der::Tag;
use der::asn1::ObjectIdentifier;
use rand_core::CryptoRng;
use rollcert_crypto::{self as crypto, DigestAlgorithm, KeyWrapAlgorithm, Provider};
use rollcert_pki::Certificate;
use rollcert_pki::asn1::{
    DecodeError, DecodeErrorKind, Element, Reader, encode, encode_oid, encode_unsigned, tag,
};
use zeroize::Zeroizing;

use crate::algorithm::Algorithm;
use crate::identifier::CertificateIdentifier;

/// A content key for one recipient that was wrapped by a key agreed on (RFC 5652 §6.2.2): what several
/// may share, and the recipient's own `RecipientEncryptedKey`.
///
/// ```text
/// KeyAgreeRecipientInfo ::= SEQUENCE {
///   version                 CMSVersion,
///   originator              [0] EXPLICIT OriginatorIdentifierOrKey,
///   ukm                     [1] EXPLICIT OCTET STRING OPTIONAL,
///   keyEncryptionAlgorithm  AlgorithmIdentifier,
///   recipientEncryptedKeys  SEQUENCE OF SEQUENCE {
///     rid           KeyAgreeRecipientIdentifier,
///     encryptedKey  OCTET STRING } }
/// ```
#[derive(Clone, Debug)]
pub(crate) struct KeyAgreement {
    pub(crate) identifier: CertificateIdentifier,
    pub(crate) agreed: Arc<Agreed>,
    wrapped_key: Vec<u8>,
}

impl KeyAgreement {
    /// RFC 5652 §6.2.2: always 3.
    pub(crate) const VERSION: u8 = 3;

    /// Reads the `[1]` element: one for each recipient, of which there are so many that `admit` fails
    /// sooner or later.
    pub(crate) fn decode_each(
        info: &Element<'_>,
        mut admit: impl FnMut(Self, usize) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        let mut fields = info.reader();
        fields.expect(Tag::Integer, "version")?;
        let offset = fields.offset();
        let originator = fields.optional_constructed(0)?.ok_or_else(|| {
            let expected = "originator";
            DecodeError::new(DecodeErrorKind::Unexpected { expected }, offset)
        })?;
        let originator = Originator::decode(&originator)?;
        let user_keying_material = match fields.optional_constructed(1)? {
            Some(explicit) => {
                let mut inner = explicit.reader();
                let octets = inner.expect(Tag::OctetString, "ukm")?.content().to_vec();
                inner.finish()?;
                Some(octets)
            }
            None => None,
        };
        let algorithm = Algorithm::decode(&mut fields)?;
        let scheme = Scheme::decode(&algorithm)?;
        let agreed = Arc::new(Agreed {
            originator,
            user_keying_material,
            algorithm_oid: algorithm.oid,
            scheme,
        });
        let mut keys = fields
            .expect(Tag::Sequence, "recipientEncryptedKeys")?
            .reader();
        fields.finish()?;
        while !keys.is_empty() {
            let key = keys.expect(Tag::Sequence, "RecipientEncryptedKey")?;
            let mut fields = key.reader();
            let identifier = recipient_identifier(&mut fields)?;
            let wrapped_key = fields.expect(Tag::OctetString, "encryptedKey")?;
            fields.finish()?;
            let agreement = Self {
                identifier,
                agreed: Arc::clone(&agreed),
                wrapped_key: wrapped_key.content().to_vec(),
            };
            admit(agreement, key.offset())?;
        }
        Ok(())
    }

    /// Wraps `content_key` for `recipient`, which the message calls `identifier`, by agreement of its key
    /// with one that is made for this and forgotten (RFC 5753 §3.1.2).
    pub(crate) fn seal(
        recipient: &Certificate,
        identifier: CertificateIdentifier,
        kdf: DigestAlgorithm,
        wrap: KeyWrapAlgorithm,
        content_key: &[u8],
        provider: &Provider,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, crypto::Error> {
        let scheme = Scheme::new(kdf, wrap).ok_or(crypto::Error::Unsupported {
            what: "key agreement with this digest",
        })?;
        let theirs = recipient.public_key_info();
        let kind = provider.verification.key_algorithm(theirs)?;
        let ours = provider.load_key(&provider.generate_key(kind, rng)?)?;
        let secret = ours.agreement()?.agree(theirs)?;
        let originator = Originator::of(ours.public_key_info());
        let agreed = Agreed {
            originator: originator.map_err(|_| crypto::Error::MalformedKey {
                what: "SubjectPublicKeyInfo",
            })?,
            user_keying_material: None,
            algorithm_oid: scheme.oid,
            scheme: Some(scheme),
        };
        let key = agreed.key_encryption_key(kdf, wrap, &secret, provider);
        Ok(Self {
            identifier,
            wrapped_key: provider.key_wrap.wrap(wrap, &key, content_key)?,
            agreed: Arc::new(agreed),
        })
    }

    /// The `[1]` element, of what [`Self::seal`] made.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let identifier = match &self.identifier {
            CertificateIdentifier::SubjectKeyIdentifier(identifier) => encode(
                tag::CONTEXT_CONSTRUCTED,
                &[&encode(tag::OCTET_STRING, &[identifier])],
            ),
            issuer_and_serial => issuer_and_serial.encode(),
        };
        let wrapped_key = encode(tag::OCTET_STRING, &[&self.wrapped_key]);
        let key = encode(tag::SEQUENCE, &[&identifier, &wrapped_key]);
        let scheme = self.agreed.scheme.as_ref();
        let wrap = scheme.map_or(&[][..], |scheme| &scheme.wrap_identifier);
        let algorithm = [&encode_oid(self.agreed.algorithm_oid), wrap];
        encode(
            tag::CONTEXT_CONSTRUCTED + 1,
            &[
                &encode_unsigned(&[Self::VERSION]),
                &self.agreed.originator.encode(),
                &encode(tag::SEQUENCE, &algorithm),
                &encode(tag::SEQUENCE, &[&key]),
            ],
        )
    }

    /// The content key, out of the secret that its recipient's key and the originator's agree on.
    pub(crate) fn content_key(
        &self,
        secret: &[u8],
        provider: &Provider,
    ) -> Result<Zeroizing<Vec<u8>>, crypto::Error> {
        let Some(Scheme { kdf, wrap, .. }) = self.agreed.scheme else {
            return Err(crypto::Error::Unsupported {
                what: "this key agreement",
            });
        };
        let key = self.agreed.key_encryption_key(kdf, wrap, secret, provider);
        provider.key_wrap.unwrap_key(wrap, &key, &self.wrapped_key)
    }
}

/// What the sender says of the agreement, once for any number of recipients.
#[derive(Debug)]
pub(crate) struct Agreed {
    pub(crate) originator: Originator,
    user_keying_material: Option<Vec<u8>>,
    pub(crate) algorithm_oid: ObjectIdentifier,
    /// Nothing when it is none that is served.
    pub(crate) scheme: Option<Scheme>,
}

impl Agreed {
    /// The key that wraps the content key, by the key derivation of ANSI X9.63 (SEC 1 §3.6.1): digests of
    /// secret, counter and shared information, one after another, as far as the key is long.
    ///
    /// RFC 5753 §7.2:
    ///
    /// ```text
    /// ECC-CMS-SharedInfo ::= SEQUENCE {
    ///   keyInfo      AlgorithmIdentifier,                      -- of the key wrap
    ///   entityUInfo  [0] EXPLICIT OCTET STRING OPTIONAL,       -- ukm
    ///   suppPubInfo  [2] EXPLICIT OCTET STRING }               -- length of the key in bits
    /// ```
    fn key_encryption_key(
        &self,
        kdf: DigestAlgorithm,
        wrap: KeyWrapAlgorithm,
        secret: &[u8],
        provider: &Provider,
    ) -> Zeroizing<Vec<u8>> {
        let explicit = |number: u8, octets: &[u8]| {
            let octets = encode(tag::OCTET_STRING, &[octets]);
            encode(tag::CONTEXT_CONSTRUCTED + number, &[&octets])
        };
        let scheme = self.scheme.as_ref();
        let wrap_identifier = scheme.map_or(&[][..], |scheme| &scheme.wrap_identifier);
        let keying_material = self.user_keying_material.as_ref();
        let keying_material = keying_material.map_or_else(Vec::new, |octets| explicit(0, octets));
        // The longest key has 256 bits.
        let bits = u32::try_from(wrap.key_len() * 8).unwrap_or_default();
        let bits = explicit(2, &bits.to_be_bytes());
        let shared_info = encode(tag::SEQUENCE, &[wrap_identifier, &keying_material, &bits]);

        let mut key = Zeroizing::new(Vec::with_capacity(wrap.key_len() + kdf.output_len()));
        let mut counter = 1_u32;
        while key.len() < wrap.key_len() {
            let mut hasher = provider.digests.start(kdf);
            hasher.update(secret);
            hasher.update(&counter.to_be_bytes());
            hasher.update(&shared_info);
            key.extend_from_slice(&Zeroizing::new(hasher.finish()));
            counter += 1;
        }
        key.truncate(wrap.key_len());
        key
    }
}

/// Whose key the recipient's agrees with (`OriginatorIdentifierOrKey`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Originator {
    /// One in a certificate of the sender's.
    Certificate(CertificateIdentifier),
    /// One that is in the message (`OriginatorPublicKey`).
    Key {
        /// Its `AlgorithmIdentifier`; nothing when that names no curve, which then is the recipient's.
        algorithm: Option<Vec<u8>>,
        /// Its `BIT STRING`.
        public_key: Vec<u8>,
    },
}

impl Originator {
    fn decode(explicit: &Element<'_>) -> Result<Self, DecodeError> {
        let mut inner = explicit.reader();
        let originator = match inner.optional_constructed(1)? {
            Some(key) => {
                let mut fields = key.reader();
                let algorithm = fields.expect(Tag::Sequence, "AlgorithmIdentifier")?;
                let identifier = Algorithm::of(&algorithm)?;
                let public_key = fields.expect(Tag::BitString, "publicKey")?;
                fields.finish()?;
                // RFC 5753 §3.1.1: absent, NULL or the name of the curve.
                let parameters = identifier.parameters.filter(|it| it.tag() != Tag::Null);
                let complete = parameters.is_some() || identifier.oid != EC_PUBLIC_KEY;
                Self::Key {
                    algorithm: complete.then(|| algorithm.raw().to_vec()),
                    public_key: public_key.raw().to_vec(),
                }
            }
            None => Self::Certificate(CertificateIdentifier::decode(&mut inner)?),
        };
        inner.finish()?;
        Ok(originator)
    }

    /// The owner of a `SubjectPublicKeyInfo`.
    fn of(public_key_info: &[u8]) -> Result<Self, DecodeError> {
        let mut fields = Element::parse(public_key_info)?.reader();
        let algorithm = fields.expect(Tag::Sequence, "AlgorithmIdentifier")?;
        let public_key = fields.expect(Tag::BitString, "subjectPublicKey")?;
        fields.finish()?;
        Ok(Self::Key {
            algorithm: Some(algorithm.raw().to_vec()),
            public_key: public_key.raw().to_vec(),
        })
    }

    /// The `originator [0]`.
    fn encode(&self) -> Vec<u8> {
        let inner = match self {
            Self::Certificate(identifier) => identifier.encode(),
            Self::Key {
                algorithm,
                public_key,
            } => encode(
                tag::CONTEXT_CONSTRUCTED + 1,
                &[algorithm.as_deref().unwrap_or_default(), public_key],
            ),
        };
        encode(tag::CONTEXT_CONSTRUCTED, &[&inner])
    }

    /// The sender's key as a `SubjectPublicKeyInfo`, for agreement with the key of `recipient`; nothing when
    /// it is on another curve, or the sender names a certificate of its own instead.
    pub(crate) fn public_key_info(&self, recipient: &Certificate) -> Option<Vec<u8>> {
        let Self::Key {
            algorithm,
            public_key,
        } = self
        else {
            return None;
        };
        let wanted = key_algorithm_identifier(recipient)?;
        let algorithm = algorithm.as_deref().unwrap_or(wanted);
        (algorithm == wanted).then(|| encode(tag::SEQUENCE, &[algorithm, public_key]))
    }

    /// Whether it could agree with the key of `recipient`: on the same curve, or on one that is not named.
    pub(crate) fn is_on_curve_of(&self, recipient: &Certificate) -> bool {
        match self {
            Self::Certificate(_) => false,
            Self::Key { algorithm, .. } => algorithm
                .as_ref()
                .is_none_or(|named| key_algorithm_identifier(recipient) == Some(named)),
        }
    }
}

/// The `AlgorithmIdentifier` of a certified key.
fn key_algorithm_identifier(certificate: &Certificate) -> Option<&[u8]> {
    let info = Element::parse(certificate.public_key_info()).ok()?;
    Some(info.reader().element().ok()?.raw())
}

/// Digest, key wrap, and what the message calls them (RFC 5753 §7.1.4, §7.1.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scheme {
    pub(crate) kdf: DigestAlgorithm,
    pub(crate) wrap: KeyWrapAlgorithm,
    /// With or without cofactor.
    oid: ObjectIdentifier,
    /// The `AlgorithmIdentifier` of the key wrap, which goes into the derivation as it stands.
    wrap_identifier: Vec<u8>,
}

impl Scheme {
    /// The scheme to write; nothing for a digest that CMS has no name for here.
    fn new(kdf: DigestAlgorithm, wrap: KeyWrapAlgorithm) -> Option<Self> {
        let (_, oid, _) = SCHEMES.into_iter().find(|(digest, ..)| *digest == kdf)?;
        Some(Self {
            kdf,
            wrap,
            oid,
            // RFC 3565 §2.3.2: parameters absent.
            wrap_identifier: encode(tag::SEQUENCE, &[&encode_oid(wrap.oid())]),
        })
    }

    /// Nothing when the algorithm, or the key wrap, is none that is served.
    ///
    /// The three curves have cofactor 1, over which agreement with it and without are the same.
    fn decode(algorithm: &Algorithm<'_>) -> Result<Option<Self>, DecodeError> {
        let known = SCHEMES
            .into_iter()
            .find(|(_, standard, cofactor)| [standard, cofactor].contains(&&algorithm.oid));
        let Some((kdf, ..)) = known else {
            return Ok(None);
        };
        let Some(identifier) = algorithm.parameters else {
            return Ok(None);
        };
        let wrap = KeyWrapAlgorithm::from_oid(&Algorithm::of(&identifier)?.oid);
        Ok(wrap.map(|wrap| Self {
            kdf,
            wrap,
            oid: algorithm.oid,
            wrap_identifier: identifier.raw().to_vec(),
        }))
    }
}

/// `KeyAgreeRecipientIdentifier`: issuer and serial number, or `rKeyId [0]`, whose date and further
/// attribute say nothing that a certificate could be found by.
fn recipient_identifier(fields: &mut Reader<'_>) -> Result<CertificateIdentifier, DecodeError> {
    let Some(key_identifier) = fields.optional_context(0)? else {
        return CertificateIdentifier::decode(fields);
    };
    if !key_identifier.tag().is_constructed() {
        return Err(key_identifier.bad("rKeyId"));
    }
    let mut fields = key_identifier.reader();
    let identifier = fields.expect(Tag::OctetString, "subjectKeyIdentifier")?;
    fields.optional_tag(Tag::GeneralizedTime)?;
    fields.optional_tag(Tag::Sequence)?;
    fields.finish()?;
    let octets = identifier.content().to_vec();
    Ok(CertificateIdentifier::SubjectKeyIdentifier(octets))
}

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// `dhSinglePass-stdDH-…kdf-scheme` and `dhSinglePass-cofactorDH-…kdf-scheme` by digest (RFC 5753 §7.1.4).
const SCHEMES: [(DigestAlgorithm, ObjectIdentifier, ObjectIdentifier); 5] = [
    (
        DigestAlgorithm::Sha1,
        ObjectIdentifier::new_unwrap("1.3.133.16.840.63.0.2"),
        ObjectIdentifier::new_unwrap("1.3.133.16.840.63.0.3"),
    ),
    (
        DigestAlgorithm::Sha224,
        ObjectIdentifier::new_unwrap("1.3.132.1.11.0"),
        ObjectIdentifier::new_unwrap("1.3.132.1.14.0"),
    ),
    (
        DigestAlgorithm::Sha256,
        ObjectIdentifier::new_unwrap("1.3.132.1.11.1"),
        ObjectIdentifier::new_unwrap("1.3.132.1.14.1"),
    ),
    (
        DigestAlgorithm::Sha384,
        ObjectIdentifier::new_unwrap("1.3.132.1.11.2"),
        ObjectIdentifier::new_unwrap("1.3.132.1.14.2"),
    ),
    (
        DigestAlgorithm::Sha512,
        ObjectIdentifier::new_unwrap("1.3.132.1.11.3"),
        ObjectIdentifier::new_unwrap("1.3.132.1.14.3"),
    ),
];
