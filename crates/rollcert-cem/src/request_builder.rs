//! Making a request.

use chrono::{DateTime, Utc};
use rand_core::CryptoRng;
use rollcert_pki::Certificate;

use crate::announcement::Announcement;
use crate::bundle::path;
use crate::emit::{self, BundlePart};
use crate::message::{Chain, Declaration, Head};
use crate::request_refused::RequestRefused;
use crate::strict_peer::StrictPeerRisk;
use crate::{
    CertUsage, CertUsages, CertificateIdentifier, RequestId, XmlDateTime, schema, url, xml,
};

/// Makes a request that every known partner can read and that announces nothing impossible.
///
/// Made by [`Request::builder`](crate::Request::builder). Defaults: no certificate, no date to respond by. The request id
/// is the caller's, fixed before anything is rendered, so that a request that is rendered again stays the same one.
///
/// What it refuses, every partner would have to reject. Beyond that, widespread software stumbles over what the
/// protocol allows: see [`Self::strict_peer_risks`].
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
    announcements: Vec<Announcement>,
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
            announcements: Vec::new(),
        }
    }

    /// Announces `certificate` for `usages`, with `chain` above it in any order.
    ///
    /// Of the chain, what the certificate does not need is left out: CEM §2.3 allows no other certificates.
    #[must_use]
    pub fn end_entity(
        self,
        certificate: &Certificate,
        chain: &[Certificate],
        usages: impl Into<CertUsages>,
    ) -> Self {
        self.announce(Announcement::new(certificate, usages).with_chain(chain))
    }

    /// Announces a certificate that has its own date, URL or key.
    #[must_use]
    pub fn announce(mut self, announcement: Announcement) -> Self {
        self.announcements.push(announcement);
        self
    }

    /// Asks for the answer to each certificate by `instant`, unless its announcement has a date of its own. Parts of
    /// a second are cut off.
    #[must_use]
    pub const fn respond_by(mut self, instant: DateTime<Utc>) -> Self {
        self.respond_by = Some(instant);
        self
    }

    /// What the protocol allows in this request, and widespread software stumbles over. Empty for a request that is
    /// safe for every partner known.
    ///
    /// One request for each certificate, with the TLS client certificate in one of its own, avoids most of them.
    #[must_use]
    pub fn strict_peer_risks(&self) -> Vec<StrictPeerRisk> {
        let mut risks = Vec::new();
        let count = self.announcements.len();
        if count > 1 {
            risks.push(StrictPeerRisk::SeveralCertificates { count });
        }
        if self
            .announcements
            .iter()
            .any(|announcement| announcement.response_url(&self.response_url) != self.response_url)
        {
            risks.push(StrictPeerRisk::SeveralResponseUrls);
        }
        if xml::trim(&self.from) != self.from {
            risks.push(StrictPeerRisk::BlanksAroundName);
        }
        risks.extend(
            self.announcements
                .iter()
                .filter(|announcement| {
                    let usages = announcement.usages();
                    usages.contains(CertUsage::TlsClient) && usages.iter().count() > 1
                })
                .map(|announcement| StrictPeerRisk::TlsClientAmongOthers {
                    serial: announcement.certificate().serial().clone(),
                }),
        );
        risks
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
        let originated = date_time(self.originated)?;
        if self.announcements.is_empty() {
            return Err(RequestRefused::NoCertificate);
        }
        let mut bundles = Vec::with_capacity(self.announcements.len());
        for (index, announcement) in self.announcements.iter().enumerate() {
            self.check_request(announcement, now)?;
            bundles.push(BundlePart {
                content_id: emit::draw_content_id(rng),
                certificates: self.check_certificate(index, announcement, now)?,
            });
        }

        let head = Head {
            request_id: Some(self.request_id.clone()),
            partner: self.from.clone(),
            qualifier: Some("AS2".to_owned()),
            originated,
            declaration: Declaration::Present,
        };
        let mut writer = emit::document(schema::REQUEST, &head);
        for (announcement, bundle) in self.announcements.iter().zip(&bundles) {
            writer.open("TrustRequest", &[]);
            for usage in announcement.usages().iter() {
                writer.leaf("CertUsage", &[], usage.as_str());
            }
            if let Some(respond_by) = announcement.respond_by(self.respond_by) {
                writer.leaf("RespondByDate", &[], date_time(respond_by)?.as_str());
            }
            let response_url = announcement.response_url(&self.response_url);
            writer.leaf("ResponseURL", &[], response_url);
            writer.open("EndEntity", &[]);
            let identifier = CertificateIdentifier::of(announcement.certificate());
            emit::identifier(&mut writer, "CertificateIdentifier", &identifier);
            writer.leaf("CertificateContentID", &[], &bundle.content_id);
            writer.close();
            writer.close();
        }
        Ok(emit::package(writer, &bundles, rng))
    }

    /// Checks where and when the answer to one certificate is wanted.
    fn check_request(
        &self,
        announcement: &Announcement,
        now: DateTime<Utc>,
    ) -> Result<(), RequestRefused> {
        if !url::is_answerable(announcement.response_url(&self.response_url)) {
            return Err(RequestRefused::ResponseUrl);
        }
        match announcement.respond_by(self.respond_by) {
            Some(respond_by) if respond_by <= now => {
                Err(RequestRefused::RespondByPassed { now, respond_by })
            }
            _ => Ok(()),
        }
    }

    /// Checks one certificate and returns its bundle.
    fn check_certificate(
        &self,
        index: usize,
        announcement: &Announcement,
        now: DateTime<Utc>,
    ) -> Result<Vec<Certificate>, RequestRefused> {
        let certificate = announcement.certificate();
        let usages = announcement.usages();
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
        let impossible = usages.not_possible_with(certificate);
        if !impossible.is_empty() {
            return Err(RequestRefused::KeyKind {
                serial: serial(),
                impossible,
            });
        }
        if !announcement.has_key_of(certificate) {
            return Err(RequestRefused::KeyMismatch { serial: serial() });
        }
        // CEM §2.5: a certificate is announced once, with all its usages.
        if self
            .announcements
            .iter()
            .take(index)
            .any(|other| other.certificate() == certificate)
        {
            return Err(RequestRefused::CertificateTwice { serial: serial() });
        }
        if certificate.is_ca() && !certificate.is_self_issued() {
            return Err(RequestRefused::Authority { serial: serial() });
        }
        let not_after = certificate.not_after();
        if not_after < now {
            return Err(RequestRefused::Expired {
                serial: serial(),
                now,
                not_after,
            });
        }
        let respond_by = announcement.respond_by(self.respond_by);
        if let Some(respond_by) = respond_by.filter(|date| not_after < *date) {
            return Err(RequestRefused::ExpiresFirst {
                serial: serial(),
                respond_by,
                not_after,
            });
        }
        match path(certificate, announcement.chain()) {
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
