use chrono::{DateTime, Utc};
use der::Tag;
use rollcert_crypto::{DigestAlgorithm, Provider};
use rollcert_pki::asn1::{DecodeError, Element, Reader};
use rollcert_pki::extension::{ExtensionValue, ReasonCode};
use rollcert_pki::{Certificate, Name, Oid, SerialNumber};

use crate::ocsp::error::OcspError;
use crate::ocsp::reader::{inside, optional_extensions, optional_time, primitive};

/// What a response says of one certificate (RFC 6960 §4.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OcspSingleResponse<'a> {
    id: CertificateId<'a>,
    status: OcspCertificateStatus,
    this_update: DateTime<Utc>,
    next_update: Option<DateTime<Utc>>,
    unhandled: Option<Oid>,
}

/// What a responder knows of a certificate (RFC 6960 §2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "RFC 6960 has closed the choice")]
pub enum OcspCertificateStatus {
    /// It is not revoked.
    Good,
    /// It is revoked, or was never issued.
    Revoked {
        /// Since when; where that cannot be read, since when the responder knows it at the latest.
        date: DateTime<Utc>,
        /// Why, if the responder says so by a code that RFC 5280 §5.3.1 assigns.
        reason: Option<ReasonCode>,
    },
    /// The responder does not know it.
    Unknown,
}

impl<'a> OcspSingleResponse<'a> {
    /// Reads it, of a response that was made at `produced_at`. Of one that revokes its certificate, that much is read
    /// whatever else is wrong with it.
    pub(super) fn read(
        single: &Element<'a>,
        produced_at: DateTime<Utc>,
    ) -> Result<Self, OcspError> {
        if single.tag() != Tag::Sequence {
            return Err(single.bad("SingleResponse").into());
        }
        let mut fields = single.reader();
        let id = CertificateId::read(&mut fields)?;
        let choice = fields.element()?;
        let validity = Validity::read(fields);
        let (status, validity) = if choice.is_context(1) {
            let validity = validity.unwrap_or(Validity {
                this_update: produced_at,
                next_update: None,
                unhandled: None,
            });
            let status = OcspCertificateStatus::revoked(&choice, validity.this_update);
            (status, validity)
        } else {
            (OcspCertificateStatus::not_revoked(&choice)?, validity?)
        };
        Ok(Self {
            id,
            status,
            this_update: validity.this_update,
            next_update: validity.next_update,
            unhandled: validity.unhandled,
        })
    }

    /// Whether this is about `certificate`, which `issuer` has issued: by the digests of the issuer's name and key, and the
    /// serial number (RFC 6960 §4.1.1). A digest that is not known here matches nothing.
    #[must_use]
    pub fn is_for(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        provider: &Provider,
    ) -> bool {
        // The number first: digests cost more.
        self.id.serial == *certificate.serial()
            && self
                .id
                .digest
                .is_some_and(|digest| self.id.names(certificate, issuer, digest, provider))
    }

    /// The serial number of the certificate.
    #[must_use]
    pub const fn serial(&self) -> &SerialNumber {
        &self.id.serial
    }

    /// What the responder knows of it.
    #[must_use]
    pub const fn status(&self) -> OcspCertificateStatus {
        self.status
    }

    /// When the responder knew it to be so.
    #[must_use]
    pub const fn this_update(&self) -> DateTime<Utc> {
        self.this_update
    }

    /// By when it will know something newer. Without this, newer information is available at any time.
    #[must_use]
    pub const fn next_update(&self) -> Option<DateTime<Utc>> {
        self.next_update
    }

    /// The first critical extension that means nothing here.
    pub(crate) const fn unhandled_extension(&self) -> Option<&Oid> {
        self.unhandled.as_ref()
    }
}

impl OcspCertificateStatus {
    /// `RevokedInfo`, as far as it can be read; `known` is since when the responder knows it at the latest.
    fn revoked(choice: &Element<'_>, known: DateTime<Utc>) -> Self {
        let mut fields = choice.reader();
        let date = fields.element().and_then(|date| date.generalized_time());
        let reason = fields.element().ok().filter(|reason| reason.is_context(0));
        let reason = reason.and_then(|reason| ReasonCode::decode(inside(&reason).ok()?.raw()).ok());
        Self::Revoked {
            date: date.unwrap_or(known),
            reason,
        }
    }

    fn not_revoked(choice: &Element<'_>) -> Result<Self, DecodeError> {
        let tag = choice.tag();
        // NULL under another tag.
        if !choice.content().is_empty() {
            return Err(choice.bad("CertStatus"));
        }
        if tag == primitive(0) {
            Ok(Self::Good)
        } else if tag == primitive(2) {
            Ok(Self::Unknown)
        } else {
            Err(choice.bad("CertStatus"))
        }
    }
}

/// What stands behind the status.
struct Validity {
    this_update: DateTime<Utc>,
    next_update: Option<DateTime<Utc>>,
    unhandled: Option<Oid>,
}

impl Validity {
    fn read(mut fields: Reader<'_>) -> Result<Self, OcspError> {
        let this_update = fields.element()?.generalized_time()?;
        let next_update = optional_time(&mut fields, 0)?;
        let unhandled = optional_extensions(&mut fields)?;
        fields.finish()?;
        Ok(Self {
            this_update,
            next_update,
            unhandled,
        })
    }
}

/// `CertID` (RFC 6960 §4.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
struct CertificateId<'a> {
    /// `None` for one that is not known here.
    digest: Option<DigestAlgorithm>,
    issuer_name_hash: &'a [u8],
    issuer_key_hash: &'a [u8],
    serial: SerialNumber,
}

impl<'a> CertificateId<'a> {
    /// Whether it names the issuer of the certificate: as the certificate writes that name, or the issuer itself does.
    fn names(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        digest: DigestAlgorithm,
        provider: &Provider,
    ) -> bool {
        let is_name = |name: &Name| self.issuer_name_hash == provider.digest(digest, name.as_der());
        let is_key = |key| self.issuer_key_hash == provider.digest(digest, key);
        certificate.issuer().matches(issuer.subject())
            && (is_name(certificate.issuer()) || is_name(issuer.subject()))
            && public_key_bits(issuer.public_key_info()).is_some_and(is_key)
    }

    fn read(fields: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let mut fields = fields.expect(Tag::Sequence, "CertID")?.reader();
        let algorithm = fields.expect(Tag::Sequence, "hashAlgorithm")?;
        let algorithm = algorithm
            .reader()
            .expect(Tag::ObjectIdentifier, "hashAlgorithm")?;
        let mut digests = DigestAlgorithm::ALL.into_iter();
        let digest = digests.find(|digest| digest.oid().as_bytes() == algorithm.content());
        let name = fields.expect(Tag::OctetString, "issuerNameHash")?;
        let key = fields.expect(Tag::OctetString, "issuerKeyHash")?;
        let serial = fields.expect(Tag::Integer, "serialNumber")?;
        fields.finish()?;
        Ok(Self {
            digest,
            issuer_name_hash: name.content(),
            issuer_key_hash: key.content(),
            serial: SerialNumber::from_der_content(serial.content())
                .map_err(|_| serial.bad("serialNumber"))?,
        })
    }
}

/// The content of `subjectPublicKey`, without its count of unused bits: what OCSP takes the digest of.
pub(super) fn public_key_bits(public_key_info: &[u8]) -> Option<&[u8]> {
    let mut fields = Element::parse(public_key_info).ok()?.reader();
    fields.expect(Tag::Sequence, "algorithm").ok()?;
    let key = fields.expect(Tag::BitString, "subjectPublicKey").ok()?;
    key.content().get(1..)
}
