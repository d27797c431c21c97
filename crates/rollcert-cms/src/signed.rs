use core::ops::Range;
use std::borrow::Cow;
use std::sync::OnceLock;

use chrono::{DateTime, Utc};
use der::Tag;
use der::asn1::ObjectIdentifier;
use rollcert_crypto::{DigestAlgorithm, SignatureAlgorithm};
use rollcert_pki::asn1::{DecodeError, DecodeErrorKind, Element, tag};
use rollcert_pki::ber::{self, Shape};
use rollcert_pki::{Certificate, CertificateError, Limits, SignatureAlgorithmName};

use crate::algorithm::{Algorithm, signature_algorithm};
use crate::attributes::{self, SIGNING_TIME, SignedAttributes};
use crate::content::{self, ContentType};
use crate::identifier::CertificateIdentifier;

/// Content with the signatures of any number of signers (RFC 5652 §5), read but not verified.
///
/// ```text
/// SignedData ::= SEQUENCE {
///   version           CMSVersion,
///   digestAlgorithms  SET OF DigestAlgorithmIdentifier,
///   encapContentInfo  SEQUENCE { eContentType OBJECT IDENTIFIER, eContent [0] EXPLICIT OCTET STRING OPTIONAL },
///   certificates      [0] IMPLICIT CertificateSet OPTIONAL,
///   crls              [1] IMPLICIT RevocationInfoChoices OPTIONAL,
///   signerInfos       SET OF SignerInfo }
/// ```
///
/// [`Self::verify`], [`Self::verify_attached`] and [`Self::verify_digests`] judge each signer on its own.
///
/// Certificates are read when first asked for: whoever knows the signers' beforehand never pays for those
/// that the message brings.
#[derive(Debug)]
pub struct SignedData {
    der: Vec<u8>,
    content_type: ContentType,
    content: Option<Range<usize>>,
    certificate_places: Vec<Range<usize>>,
    certificates: OnceLock<Vec<Result<Certificate, CertificateError>>>,
    signers: Vec<SignerInfo>,
}

impl SignedData {
    /// The most signers of one message. Each may cost a few signature verifications, and without signed attributes
    /// as many passes over the content, so their number is bounded below what [`Limits::entries`] allows
    /// elsewhere.
    pub const MAX_SIGNERS: usize = 32;

    /// Reads a `ContentInfo` in BER or DER, and copies it once.
    ///
    /// Versions are not compared with what the fields call for, as products get them wrong. A
    /// certificate that cannot be read is no error here; see [`Self::certificates`].
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when the octets are no such structure, or exceed `limits` or
    /// [`Self::MAX_SIGNERS`]. The place is that in the DER form of the message.
    pub fn parse(octets: &[u8], limits: &Limits) -> Result<Self, DecodeError> {
        let der = ber::to_der(octets, Shape::SignedData, limits)?.into_owned();
        Self::of_der(der, limits)
    }

    /// The same of octets that nobody needs any more: DER is not copied at all.
    ///
    /// # Errors
    ///
    /// Those of [`Self::parse`].
    pub fn parse_owned(octets: Vec<u8>, limits: &Limits) -> Result<Self, DecodeError> {
        let rewritten = match ber::to_der(&octets, Shape::SignedData, limits)? {
            Cow::Owned(der) => Some(der),
            Cow::Borrowed(_) => None,
        };
        Self::of_der(rewritten.unwrap_or(octets), limits)
    }

    fn of_der(der: Vec<u8>, limits: &Limits) -> Result<Self, DecodeError> {
        let mut fields = content::open(&der, ContentType::SignedData, "SignedData")?.reader();
        fields.expect(Tag::Integer, "version")?;
        fields.expect(Tag::Set, "digestAlgorithms")?;

        let mut encapsulated = fields.expect(Tag::Sequence, "encapContentInfo")?.reader();
        let content_type = encapsulated
            .expect(Tag::ObjectIdentifier, "eContentType")?
            .decode("eContentType")
            .map(ContentType::from_oid)?;
        let content = match encapsulated.optional_constructed(0)? {
            Some(explicit) => {
                let mut inner = explicit.reader();
                let octets = inner.expect(Tag::OctetString, "eContent")?;
                inner.finish()?;
                let start = octets.content_offset();
                Some(start..start + octets.content().len())
            }
            None => None,
        };
        encapsulated.finish()?;

        let certificate_places = match fields.optional_constructed(0)? {
            Some(set) => certificates(&set, limits)?,
            None => Vec::new(),
        };
        // RFC 5652 §5.1: revocation lists are for whoever builds a path; none is needed here.
        fields.optional_constructed(1)?;

        let mut infos = fields.expect(Tag::Set, "signerInfos")?.reader();
        fields.finish()?;
        let mut signers = Vec::new();
        while !infos.is_empty() {
            let info = infos.expect(Tag::Sequence, "SignerInfo")?;
            bounded(signers.len(), "signers", Self::MAX_SIGNERS, info.offset())?;
            signers.push(SignerInfo::decode(&info)?);
        }
        Ok(Self {
            content_type,
            content,
            certificate_places,
            certificates: OnceLock::new(),
            signers,
            der,
        })
    }

    /// What the signed content is meant to be (`eContentType`).
    #[must_use]
    pub const fn encapsulated_type(&self) -> ContentType {
        self.content_type
    }

    /// The content inside the message; nothing when it is detached.
    #[must_use]
    pub fn content(&self) -> Option<&[u8]> {
        self.content.clone().and_then(|range| self.der.get(range))
    }

    /// The certificates inside the message, in the order that arrived, each read on its own.
    /// Attribute certificates and the like are left out. Each is read from the octets that arrived, save
    /// one whose own length is indefinite: that is read in DER, over which its own signature stands
    /// (RFC 5652 §10.2.3).
    pub fn certificates(&self) -> impl Iterator<Item = Result<&Certificate, &CertificateError>> {
        let read = || {
            let places = self.certificate_places.iter();
            places
                .map(|place| {
                    let octets = self.der.get(place.clone()).unwrap_or_default();
                    Certificate::from_der(octets)
                })
                .collect()
        };
        self.certificates
            .get_or_init(read)
            .iter()
            .map(Result::as_ref)
    }

    /// The signers, in the order that arrived.
    #[must_use]
    pub fn signers(&self) -> &[SignerInfo] {
        &self.signers
    }

    /// The digests of the content that [`Self::verify_digests`] needs, each once: those that signers name
    /// and that are known.
    #[must_use]
    pub fn content_digests(&self) -> Vec<DigestAlgorithm> {
        let mut digests = Vec::new();
        for digest in self.signers.iter().filter_map(SignerInfo::digest_algorithm) {
            if !digests.contains(&digest) {
                digests.push(digest);
            }
        }
        digests
    }
}

/// One signer of a message (`SignerInfo`, RFC 5652 §5.3).
///
/// ```text
/// SignerInfo ::= SEQUENCE {
///   version             CMSVersion,
///   sid                 SignerIdentifier,
///   digestAlgorithm     DigestAlgorithmIdentifier,
///   signedAttrs         [0] IMPLICIT SET OF Attribute OPTIONAL,
///   signatureAlgorithm  SignatureAlgorithmIdentifier,
///   signature           OCTET STRING,
///   unsignedAttrs       [1] IMPLICIT SET OF Attribute OPTIONAL }
/// ```
#[derive(Clone, Debug)]
pub struct SignerInfo {
    pub(crate) identifier: CertificateIdentifier,
    digest_oid: ObjectIdentifier,
    /// The exact octets of `digestAlgorithm`.
    pub(crate) digest_identifier: Box<[u8]>,
    pub(crate) attributes: Option<SignedAttributes>,
    signature_oid: ObjectIdentifier,
    pub(crate) signature_name: SignatureAlgorithmName,
    pub(crate) signature: Box<[u8]>,
}

impl SignerInfo {
    pub(crate) fn decode(element: &Element<'_>) -> Result<Self, DecodeError> {
        let mut fields = element.reader();
        fields.expect(Tag::Integer, "version")?;
        let identifier = CertificateIdentifier::decode(&mut fields)?;
        let digest = fields.expect(Tag::Sequence, "digestAlgorithm")?;
        let attributes = match fields.optional_constructed(0)? {
            Some(set) => Some(SignedAttributes::decode(&set)?),
            None => None,
        };
        let scheme = fields.expect(Tag::Sequence, "signatureAlgorithm")?;
        let signature = fields.expect(Tag::OctetString, "signature")?.content();
        fields.optional_constructed(1)?;
        fields.finish()?;
        Ok(Self {
            identifier,
            digest_oid: Algorithm::of(&digest)?.oid,
            digest_identifier: digest.raw().into(),
            attributes,
            signature_oid: Algorithm::of(&scheme)?.oid,
            signature_name: SignatureAlgorithmName::from_der(scheme.raw()).map_err(|error| {
                DecodeError::new(error.kind(), scheme.offset() + error.offset())
            })?,
            signature: signature.into(),
        })
    }

    /// The certificate that the signer points at (`sid`).
    #[must_use]
    pub const fn identifier(&self) -> &CertificateIdentifier {
        &self.identifier
    }

    /// The digest over the content (`digestAlgorithm`), if it is one that is known.
    #[must_use]
    pub fn digest_algorithm(&self) -> Option<DigestAlgorithm> {
        DigestAlgorithm::from_oid(&self.digest_oid)
    }

    /// The object identifier of the digest, known or not.
    #[must_use]
    pub const fn digest_oid(&self) -> ObjectIdentifier {
        self.digest_oid
    }

    /// How the signature is made, if it is a scheme that is known. `rsaEncryption` and `id-ecPublicKey` in
    /// place of one take their digest from [`Self::digest_algorithm`].
    #[must_use]
    pub fn signature_algorithm(&self) -> Option<SignatureAlgorithm> {
        signature_algorithm(&self.signature_name, self.digest_algorithm()?)
    }

    /// How the signature is made, known or not: `signatureAlgorithm` with its exact octets.
    #[must_use]
    pub const fn signature_algorithm_name(&self) -> &SignatureAlgorithmName {
        &self.signature_name
    }

    /// The object identifier of the signature scheme.
    #[must_use]
    pub const fn signature_oid(&self) -> ObjectIdentifier {
        self.signature_oid
    }

    /// Whether the signature stands over attributes, among them the digest of the content, rather than over
    /// the content itself.
    #[must_use]
    pub const fn has_signed_attributes(&self) -> bool {
        self.attributes.is_some()
    }

    /// When the signer says it signed (RFC 5652 §11.3), to the second. A claim, and proven to be the
    /// signer's own only once the signature is verified.
    #[must_use]
    pub fn signing_time(&self) -> Option<DateTime<Utc>> {
        attributes::decode_time(&self.attributes.as_ref()?.single(SIGNING_TIME)?)
    }
}

/// Where the certificates of a `CertificateSet` (RFC 5652 §10.2.3) lie.
fn certificates(set: &Element<'_>, limits: &Limits) -> Result<Vec<Range<usize>>, DecodeError> {
    let mut places = Vec::new();
    let mut members = set.reader();
    while !members.is_empty() {
        let start = members.offset();
        if members.verbatim()?.identifier() == tag::SEQUENCE {
            bounded(places.len(), "certificates", limits.entries, start)?;
            places.push(start..members.offset());
        }
    }
    Ok(places)
}

/// Refuses one more when there are `limit` already.
pub(crate) fn bounded(
    count: usize,
    what: &'static str,
    limit: usize,
    offset: usize,
) -> Result<(), DecodeError> {
    if count < limit {
        Ok(())
    } else {
        Err(DecodeError::new(
            DecodeErrorKind::Limit { what, limit },
            offset,
        ))
    }
}
