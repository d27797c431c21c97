//! Making a request.

use chrono::{DateTime, Utc};
use rand_core::CryptoRng;
use rollcert_pki::{Certificate, SerialNumber};

use crate::bundle::path;
use crate::emit::{self, BundlePart};
use crate::message::{Chain, Head};
use crate::quoted::Quoted;
use crate::{CertUsages, CertificateIdentifier, RequestId, XmlDateTime, schema, url, xml};

/// Makes a request that every known partner can read and that announces nothing impossible.
///
/// Made by [`Request::builder`](crate::Request::builder). Defaults: no certificate, no date to respond by. The request id
/// is the caller's, fixed before anything is rendered, so that a request that is rendered again stays the same one.
///
/// # Specification
///
/// CEM §2 and §3.1. What the text leaves open is written as the strictest reader known wants it: dates of 25
/// characters, no white space inside elements, ids in brackets in the header and bare in the XML, none of them part of another,
/// everything in base64, the whole chain in each bundle.
#[derive(Clone, Debug)]
pub struct RequestBuilder {
    request_id: RequestId,
    from: String,
    originated: DateTime<Utc>,
    response_url: String,
    respond_by: Option<DateTime<Utc>>,
    offers: Vec<Offer>,
}

#[derive(Clone, Debug)]
struct Offer {
    certificate: Certificate,
    chain: Vec<Certificate>,
    usages: CertUsages,
}

impl RequestBuilder {
    pub(crate) const fn new(
        request_id: RequestId,
        from: String,
        originated: DateTime<Utc>,
        response_url: String,
    ) -> Self {
        Self {
            request_id,
            from,
            originated,
            response_url,
            respond_by: None,
            offers: Vec::new(),
        }
    }

    /// Announces `certificate` for `usages`, with `chain` above it in any order.
    ///
    /// Of the chain, what the certificate does not need is left out: CEM §2.3 allows no other certificates.
    #[must_use]
    pub fn end_entity(
        mut self,
        certificate: &Certificate,
        chain: &[Certificate],
        usages: impl Into<CertUsages>,
    ) -> Self {
        self.offers.push(Offer {
            certificate: certificate.clone(),
            chain: chain.to_vec(),
            usages: usages.into(),
        });
        self
    }

    /// Asks for the answer to each certificate by `instant`. Parts of a second are cut off.
    #[must_use]
    pub const fn respond_by(mut self, instant: DateTime<Utc>) -> Self {
        self.respond_by = Some(instant);
        self
    }

    /// Writes the request: the octets of the entity, headers included, to be signed as they are.
    ///
    /// `rng` gives the ids of the parts and the boundary; `now` is what expiry is held against.
    ///
    /// # Errors
    ///
    /// [`RequestRefused`] for what a partner would have to reject, or could not read.
    pub fn build(
        &self,
        rng: &mut dyn CryptoRng,
        now: DateTime<Utc>,
    ) -> Result<Vec<u8>, RequestRefused> {
        if !self.request_id.is_portable() {
            return Err(RequestRefused::RequestId);
        }
        if self.from.is_empty() || !xml::is_xml_text(&self.from) {
            return Err(RequestRefused::Name);
        }
        if !url::is_answerable(&self.response_url) {
            return Err(RequestRefused::ResponseUrl);
        }
        if let Some(respond_by) = self.respond_by.filter(|respond_by| *respond_by <= now) {
            return Err(RequestRefused::RespondByPassed { now, respond_by });
        }
        let originated = date_time(self.originated)?;
        let respond_by = self.respond_by.map(date_time).transpose()?;
        if self.offers.is_empty() {
            return Err(RequestRefused::NoCertificate);
        }
        let mut bundles = Vec::new();
        for (index, offer) in self.offers.iter().enumerate() {
            let certificates = self.check(index, offer, now)?;
            bundles.push(BundlePart {
                content_id: emit::draw_content_id(rng),
                certificates,
            });
        }

        let head = Head {
            request_id: Some(self.request_id.clone()),
            partner: self.from.clone(),
            qualifier: Some("AS2".to_owned()),
            originated,
        };
        let mut writer = emit::document(schema::REQUEST, &head);
        for (offer, bundle) in self.offers.iter().zip(&bundles) {
            writer.open("TrustRequest", &[]);
            for usage in offer.usages.iter() {
                writer.leaf("CertUsage", &[], usage.as_str());
            }
            if let Some(respond_by) = &respond_by {
                writer.leaf("RespondByDate", &[], respond_by.as_str());
            }
            writer.leaf("ResponseURL", &[], &self.response_url);
            writer.open("EndEntity", &[]);
            let identifier = CertificateIdentifier::of(&offer.certificate);
            emit::identifier(&mut writer, "CertificateIdentifier", &identifier);
            writer.leaf("CertificateContentID", &[], &bundle.content_id);
            writer.close();
            writer.close();
        }
        Ok(emit::package(writer, &bundles, rng))
    }

    /// Checks one certificate and returns its bundle.
    fn check(
        &self,
        index: usize,
        offer: &Offer,
        now: DateTime<Utc>,
    ) -> Result<Vec<Certificate>, RequestRefused> {
        let Offer {
            certificate,
            chain,
            usages,
        } = offer;
        let serial = || certificate.serial().clone();
        if usages.is_empty() {
            return Err(RequestRefused::NoUsage { serial: serial() });
        }
        let not_permitted = usages.not_permitted_by(certificate);
        if !not_permitted.is_empty() {
            return Err(RequestRefused::Usage {
                serial: serial(),
                not_permitted,
            });
        }
        // CEM §2.5: a certificate is announced once, with all its usages.
        if self
            .offers
            .iter()
            .take(index)
            .any(|other| other.certificate == *certificate)
        {
            return Err(RequestRefused::CertificateTwice { serial: serial() });
        }
        let not_after = certificate.not_after();
        if not_after < now {
            return Err(RequestRefused::Expired {
                serial: serial(),
                now,
                not_after,
            });
        }
        if let Some(respond_by) = self.respond_by.filter(|date| not_after < *date) {
            return Err(RequestRefused::ExpiresFirst {
                serial: serial(),
                respond_by,
                not_after,
            });
        }
        match path(certificate, chain) {
            (path, Chain::Complete) => Ok(path.into_iter().cloned().collect()),
            (path, Chain::Incomplete) => Err(RequestRefused::ChainIncomplete {
                serial: serial(),
                missing: path
                    .last()
                    .map_or_else(String::new, |top| top.issuer().to_string()),
            }),
        }
    }
}

fn date_time(instant: DateTime<Utc>) -> Result<XmlDateTime, RequestRefused> {
    XmlDateTime::from_instant(instant).ok_or(RequestRefused::DateTime { instant })
}

/// Why a request was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestRefused {
    /// The request id is one that a partner may not bring back unchanged, see [`RequestId::is_portable`].
    #[error("expected a request id of 1 to 64 letters, digits, full stops, hyphens, underscores")]
    RequestId,
    /// Our name is empty, or has a character that XML cannot carry.
    #[error("the name of the sender is empty or cannot be written in XML")]
    Name,
    /// Nobody could answer there: see [`TrustRequest::response_url`](crate::TrustRequest::response_url).
    #[error("expected an absolute http or https URL for the answers")]
    ResponseUrl,
    /// A date outside of the years 1 to 9999.
    #[error("expected a date in the years 1 to 9999 but found {instant}")]
    DateTime {
        /// The date.
        instant: DateTime<Utc>,
    },
    /// The answer would be late before the request is sent.
    #[error("expected a date to respond by after {now} but found {respond_by}")]
    RespondByPassed {
        /// Now.
        now: DateTime<Utc>,
        /// The date.
        respond_by: DateTime<Utc>,
    },
    /// No certificate was given.
    #[error("no certificate to announce")]
    NoCertificate,
    /// A certificate is announced for nothing.
    #[error("no usage for certificate {serial}")]
    NoUsage {
        /// Its serial number.
        serial: SerialNumber,
    },
    /// Key usage or extended key usage forbid what the certificate is announced for.
    #[error("certificate {serial} does not permit {not_permitted}")]
    Usage {
        /// Its serial number.
        serial: SerialNumber,
        /// The usages that it does not permit.
        not_permitted: CertUsages,
    },
    /// A certificate is announced twice in one request.
    #[error("certificate {serial} is announced twice")]
    CertificateTwice {
        /// Its serial number.
        serial: SerialNumber,
    },
    /// A certificate has expired.
    #[error("certificate {serial} expired at {not_after}; it is {now}")]
    Expired {
        /// Its serial number.
        serial: SerialNumber,
        /// Now.
        now: DateTime<Utc>,
        /// The end of its validity.
        not_after: DateTime<Utc>,
    },
    /// A certificate expires before the answer is due.
    #[error(
        "certificate {serial} expires at {not_after}, before the answer is due at {respond_by}"
    )]
    ExpiresFirst {
        /// Its serial number.
        serial: SerialNumber,
        /// When the answer is due.
        respond_by: DateTime<Utc>,
        /// The end of its validity.
        not_after: DateTime<Utc>,
    },
    /// The chain above a certificate does not reach a self-issued one.
    #[error("the chain of certificate {serial} lacks {}", Quoted(.missing))]
    ChainIncomplete {
        /// Its serial number.
        serial: SerialNumber,
        /// The name of the issuer whose certificate is missing.
        missing: String,
    },
}

impl RequestRefused {
    /// A stable name for this refusal.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::RequestId => "request-id-not-portable",
            Self::Name => "bad-name",
            Self::ResponseUrl => "bad-response-url",
            Self::DateTime { .. } => "bad-date-time",
            Self::RespondByPassed { .. } => "respond-by-passed",
            Self::NoCertificate => "no-certificate",
            Self::NoUsage { .. } => "no-usage",
            Self::Usage { .. } => "usage-not-permitted",
            Self::CertificateTwice { .. } => "certificate-twice",
            Self::Expired { .. } => "expired",
            Self::ExpiresFirst { .. } => "expires-before-respond-by",
            Self::ChainIncomplete { .. } => "chain-incomplete",
        }
    }
}
