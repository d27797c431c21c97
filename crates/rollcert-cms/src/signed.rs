use core::ops::Range;

use chrono::{DateTime, Utc};
use der::Tag;
use der::asn1::ObjectIdentifier;
use rollcert_crypto::DigestAlgorithm;
use rollcert_pki::asn1::{DecodeError, DecodeErrorKind, Element, tag};
use rollcert_pki::ber::{self, Shape};
use rollcert_pki::{Certificate, CertificateError, Limits};

use crate::algorithm::Algorithm;
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
/// [`Self::verify`] and [`Self::verify_attached`] judge each signer on its own.
#[derive(Debug)]
pub struct SignedData {
    der: Vec<u8>,
    content_type: ContentType,
    content: Option<Range<usize>>,
    certificates: Vec<Result<Certificate, CertificateError>>,
    signers: Vec<SignerInfo>,
}

impl SignedData {
    /// The most signers of one message. Each may cost a pass over the content and a few signature
    /// verifications, so their number is bounded below what [`Limits::entries`] allows elsewhere.
    pub const MAX_SIGNERS: usize = 32;

    /// Reads a `ContentInfo` in BER or DER.
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
        let mut fields = content::open(&der, ContentType::SignedData, "SignedData")?.reader();
        fields.expect(Tag::Integer, "version")?;
        fields.expect(Tag::Set, "digestAlgorithms")?;

        let mut encapsulated = fields.expect(Tag::Sequence, "encapContentInfo")?.reader();
        let content_type = encapsulated
            .expect(Tag::ObjectIdentifier, "eContentType")?
            .decode("eContentType")
            .map(ContentType::from_oid)?;
        let content = match encapsulated.optional_context(0)? {
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

        let certificates = match fields.optional_context(0)? {
            Some(set) => certificates(&set, limits)?,
            None => Vec::new(),
        };
        // RFC 5652 §5.1: revocation lists are for whoever builds a path; none is needed here.
        fields.optional_context(1)?;

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
            certificates,
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
        self.certificates.iter().map(Result::as_ref)
    }

    /// The signers, in the order that arrived.
    #[must_use]
    pub fn signers(&self) -> &[SignerInfo] {
        &self.signers
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
    pub(crate) digest_oid: ObjectIdentifier,
    pub(crate) attributes: Option<SignedAttributes>,
    pub(crate) signature_oid: ObjectIdentifier,
    pub(crate) signature: Vec<u8>,
}

impl SignerInfo {
    fn decode(element: &Element<'_>) -> Result<Self, DecodeError> {
        let mut fields = element.reader();
        fields.expect(Tag::Integer, "version")?;
        let identifier = CertificateIdentifier::decode(&mut fields)?;
        let digest_oid = Algorithm::decode(&mut fields)?.oid;
        let attributes = match fields.optional_context(0)? {
            Some(set) => Some(SignedAttributes::decode(&set)?),
            None => None,
        };
        let signature_oid = Algorithm::decode(&mut fields)?.oid;
        let signature = fields
            .expect(Tag::OctetString, "signature")?
            .content()
            .to_vec();
        fields.optional_context(1)?;
        fields.finish()?;
        Ok(Self {
            identifier,
            digest_oid,
            attributes,
            signature_oid,
            signature,
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

    /// The object identifier of the signature scheme.
    #[must_use]
    pub const fn signature_oid(&self) -> ObjectIdentifier {
        self.signature_oid
    }

    /// When the signer says it signed (RFC 5652 §11.3), to the second. A claim, and proven to be the
    /// signer's own only once the signature is verified.
    #[must_use]
    pub fn signing_time(&self) -> Option<DateTime<Utc>> {
        attributes::decode_time(&self.attributes.as_ref()?.single(SIGNING_TIME)?)
    }
}

/// Reads each certificate of a `CertificateSet` (RFC 5652 §10.2.3) on its own.
fn certificates(
    set: &Element<'_>,
    limits: &Limits,
) -> Result<Vec<Result<Certificate, CertificateError>>, DecodeError> {
    let mut certificates = Vec::new();
    let mut members = set.reader();
    while !members.is_empty() {
        let offset = members.offset();
        let member = members.verbatim()?;
        if member.identifier() == tag::SEQUENCE {
            bounded(certificates.len(), "certificates", limits.entries, offset)?;
            certificates.push(Certificate::from_der(member.raw()));
        }
    }
    Ok(certificates)
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
