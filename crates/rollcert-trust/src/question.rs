use core::fmt;
use core::net::IpAddr;

use chrono::{DateTime, Utc};
use rollcert_pki::{Certificate, Purpose};

use crate::stored::StoredCertificate;

/// What is asked: this certificate, at this time, for this purpose, under this name.
///
/// ```
/// # use chrono::{DateTime, Utc};
/// # use rollcert_pki::{Certificate, Purpose};
/// # use rollcert_trust::Question;
/// # fn example(leaf: &Certificate, chain: &[Certificate], now: DateTime<Utc>) {
/// let question = Question::new(leaf, now)
///     .with_purpose(Purpose::SmimeSign)
///     .with_presented(chain);
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Question<'a> {
    certificate: &'a Certificate,
    stored: Option<&'a StoredCertificate>,
    now: DateTime<Utc>,
    purpose: Option<Purpose>,
    name: Option<ReferenceName>,
    presented: &'a [Certificate],
    ocsp_responses: &'a [&'a [u8]],
}

impl<'a> Question<'a> {
    /// Whether this certificate is good at `now`, for any purpose, under any name.
    #[must_use]
    pub const fn new(certificate: &'a Certificate, now: DateTime<Utc>) -> Self {
        Self {
            certificate,
            stored: None,
            now,
            purpose: None,
            name: None,
            presented: &[],
            ocsp_responses: &[],
        }
    }

    /// The same of a certificate that stays with the host: what is decoded and computed of it is kept for the next time.
    #[must_use]
    pub fn of_stored(certificate: &'a StoredCertificate, now: DateTime<Utc>) -> Self {
        Self {
            stored: Some(certificate),
            ..Self::new(certificate.certificate(), now)
        }
    }

    /// It must serve this purpose, by the rule that the policy holds for it.
    #[must_use]
    pub const fn with_purpose(mut self, purpose: Purpose) -> Self {
        self.purpose = Some(purpose);
        self
    }

    /// It must carry this name.
    #[must_use]
    pub fn with_name(mut self, name: ReferenceName) -> Self {
        self.name = Some(name);
        self
    }

    /// Certificates that came along with it. They help to build a path and are trusted no more than any other.
    #[must_use]
    pub const fn with_presented(mut self, presented: &'a [Certificate]) -> Self {
        self.presented = presented;
        self
    }

    /// OCSP responses (RFC 6960) that came along, in DER, such as a TLS handshake staples.
    #[must_use]
    pub const fn with_ocsp_responses(mut self, responses: &'a [&'a [u8]]) -> Self {
        self.ocsp_responses = responses;
        self
    }

    /// The certificate that is asked about.
    #[must_use]
    pub const fn certificate(&self) -> &'a Certificate {
        self.certificate
    }

    /// The same, as the host holds it, if it does.
    pub(crate) const fn stored(&self) -> Option<&'a StoredCertificate> {
        self.stored
    }

    /// The time at which everything is judged.
    #[must_use]
    pub const fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// What it must serve for.
    #[must_use]
    pub const fn purpose(&self) -> Option<Purpose> {
        self.purpose
    }

    /// The name it must carry.
    #[must_use]
    pub const fn name(&self) -> Option<&ReferenceName> {
        self.name.as_ref()
    }

    /// What came along.
    #[must_use]
    pub const fn presented(&self) -> &'a [Certificate] {
        self.presented
    }

    /// The OCSP responses that came along, in DER.
    #[must_use]
    pub const fn ocsp_responses(&self) -> &'a [&'a [u8]] {
        self.ocsp_responses
    }
}

/// A name that the certificate must carry (RFC 9525 §6, RFC 8398 for addresses).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReferenceName {
    /// A host name, in ASCII (A-labels).
    Dns(String),
    /// The address of a host.
    Ip(IpAddr),
    /// An e-mail address.
    Email(String),
}

/// The kind and the name, as in `dns:host.example`.
impl fmt::Display for ReferenceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(host) => write!(f, "dns:{host}"),
            Self::Ip(address) => write!(f, "ip:{address}"),
            Self::Email(address) => write!(f, "email:{address}"),
        }
    }
}
