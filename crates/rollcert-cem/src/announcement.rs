//! One certificate of a request that is to be made.

use chrono::{DateTime, Utc};
use rollcert_pki::{Certificate, Credential};

use crate::CertUsages;

/// A certificate to be announced, and what is asked for it.
///
/// Defaults: no chain above it, the date and the URL of the request, no key to compare.
#[derive(Clone, Debug)]
pub struct Announcement {
    certificate: Certificate,
    chain: Vec<Certificate>,
    usages: CertUsages,
    respond_by: Option<DateTime<Utc>>,
    response_url: Option<String>,
    public_key_info: Option<Vec<u8>>,
}

impl Announcement {
    /// Announces `certificate` for `usages`.
    #[must_use]
    pub fn new(certificate: &Certificate, usages: impl Into<CertUsages>) -> Self {
        Self {
            certificate: certificate.clone(),
            chain: Vec::new(),
            usages: usages.into(),
            respond_by: None,
            response_url: None,
            public_key_info: None,
        }
    }

    /// Announces the certificate of `credential`, whose key is proven to belong to it, with its chain.
    #[must_use]
    pub fn of_credential(credential: &Credential, usages: impl Into<CertUsages>) -> Self {
        Self::new(credential.certificate(), usages).with_chain(credential.chain())
    }

    /// The certificates above it, in any order. What the certificate does not need is left out.
    #[must_use]
    pub fn with_chain(mut self, chain: &[Certificate]) -> Self {
        self.chain = chain.to_vec();
        self
    }

    /// Asks for the answer by `instant`, in place of the date of the request. Parts of a second are cut off.
    #[must_use]
    pub const fn with_respond_by(mut self, instant: DateTime<Utc>) -> Self {
        self.respond_by = Some(instant);
        self
    }

    /// Asks for the answer at `url`, in place of the URL of the request.
    ///
    /// The partner then answers the request in several messages, one for each URL (CEM §2.5).
    #[must_use]
    pub fn with_response_url(mut self, url: impl Into<String>) -> Self {
        self.response_url = Some(url.into());
        self
    }

    /// Compares the certified key with the one that will be used: the `SubjectPublicKeyInfo` of the private key, as
    /// [`PrivateKey::public_key_info`](rollcert_crypto::PrivateKey::public_key_info) has it.
    #[must_use]
    pub fn with_public_key(mut self, public_key_info: &[u8]) -> Self {
        self.public_key_info = Some(public_key_info.to_vec());
        self
    }

    pub(crate) const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    pub(crate) fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    pub(crate) const fn usages(&self) -> &CertUsages {
        &self.usages
    }

    pub(crate) fn respond_by(&self, default: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
        self.respond_by.or(default)
    }

    pub(crate) fn response_url<'a>(&'a self, default: &'a str) -> &'a str {
        self.response_url.as_deref().unwrap_or(default)
    }

    /// Whether the key that was given, if any, is that of `certificate`.
    pub(crate) fn has_key_of(&self, certificate: &Certificate) -> bool {
        self.public_key_info
            .as_ref()
            .is_none_or(|key| certificate.certifies(key))
    }
}
