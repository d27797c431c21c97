use core::cell::RefCell;

use chrono::{DateTime, Utc};
use der::Tag;
use rollcert_crypto::{DigestAlgorithm, Provider};
use rollcert_pki::asn1::{DecodeError, Element, Reader};
use rollcert_pki::extension::{ExtensionValue, ReasonCode};
use rollcert_pki::{Certificate, Oid, SerialNumber};

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
        self.is_of(&IssuerDigests::new(certificate, issuer, provider))
    }

    /// The same, with digests that may be at hand.
    pub(crate) fn is_of(&self, digests: &IssuerDigests<'_>) -> bool {
        // The number first: digests cost more.
        self.id.serial == *digests.certificate.serial()
            && self
                .id
                .digest
                .is_some_and(|digest| digests.are(digest, &self.id))
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

/// The digests under which a response may be about a certificate that this issuer has issued, each computed once: names may
/// be long, and answers many.
pub(crate) struct IssuerDigests<'a> {
    certificate: &'a Certificate,
    issuer: &'a Certificate,
    provider: &'a Provider,
    known: RefCell<Vec<(DigestAlgorithm, NameAndKey)>>,
}

/// The digests of the issuer's name, as the certificate writes it and as the issuer itself does, and of its key.
#[derive(Clone)]
struct NameAndKey {
    names: [Vec<u8>; 2],
    key: Option<Vec<u8>>,
}

impl<'a> IssuerDigests<'a> {
    pub(crate) const fn new(
        certificate: &'a Certificate,
        issuer: &'a Certificate,
        provider: &'a Provider,
    ) -> Self {
        Self {
            certificate,
            issuer,
            provider,
            known: RefCell::new(Vec::new()),
        }
    }

    /// Whether these are those of the identifier.
    fn are(&self, algorithm: DigestAlgorithm, id: &CertificateId<'_>) -> bool {
        let mut known = self.known.borrow_mut();
        let of_algorithm = known.iter().position(|(other, _)| *other == algorithm);
        let place = of_algorithm.unwrap_or_else(|| {
            known.push((algorithm, self.compute(algorithm)));
            known.len().saturating_sub(1)
        });
        known.get(place).is_some_and(|(_, digests)| {
            digests.names.iter().any(|name| name == id.issuer_name_hash)
                && digests.key.as_deref() == Some(id.issuer_key_hash)
        })
    }

    fn compute(&self, algorithm: DigestAlgorithm) -> NameAndKey {
        let digest = |octets: &[u8]| self.provider.digest(algorithm, octets);
        let (written, own) = (self.certificate.issuer(), self.issuer.subject());
        let key = public_key_bits(self.issuer.public_key_info());
        NameAndKey {
            names: [digest(written.as_der()), digest(own.as_der())],
            // Who has another name is not the issuer, whatever its key.
            key: key.filter(|_| written.matches(own)).map(digest),
        }
    }
}

impl<'a> CertificateId<'a> {
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
