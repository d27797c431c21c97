//! Why a request is not made.

use chrono::{DateTime, Utc};
use rollcert_pki::SerialNumber;

use crate::CertUsages;
use crate::quoted::Quoted;

/// Why a request was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestRefused {
    /// The request id is one that a partner may not bring back unchanged, see
    /// [`RequestId::is_portable`](crate::RequestId::is_portable).
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
    /// The key cannot serve what the certificate is announced for, see [`CertUsages::not_possible_with`].
    #[error("the key of certificate {serial} cannot serve {impossible}")]
    KeyKind {
        /// Its serial number.
        serial: SerialNumber,
        /// The usages that the key cannot serve.
        impossible: CertUsages,
    },
    /// The private key that is to be used is not that of the certificate.
    #[error("the private key does not belong to certificate {serial}")]
    KeyMismatch {
        /// Its serial number.
        serial: SerialNumber,
    },
    /// The certificate is that of an authority that another one issued.
    #[error("certificate {serial} is that of an authority")]
    Authority {
        /// Its serial number.
        serial: SerialNumber,
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
            Self::KeyKind { .. } => "key-kind",
            Self::KeyMismatch { .. } => "key-mismatch",
            Self::Authority { .. } => "authority",
            Self::CertificateTwice { .. } => "certificate-twice",
            Self::Expired { .. } => "expired",
            Self::ExpiresFirst { .. } => "expires-before-respond-by",
            Self::ChainIncomplete { .. } => "chain-incomplete",
        }
    }
}
