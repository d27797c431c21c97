use rollcert_pki::asn1::DecodeError;
use rollcert_pki::extension::ExtensionsError;

/// Why octets are no OCSP response that says something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OcspError {
    /// The octets do not have the structure of an OCSP response in DER.
    #[error("not an OCSP response: {0}")]
    Decode(#[from] DecodeError),
    /// More octets, or more certificates asked about, than any response has that is meant for one certificate.
    #[error("the OCSP response has more than {limit} {what}")]
    TooLarge {
        /// What was counted.
        what: &'static str,
        /// The most there may be.
        limit: usize,
    },
    /// An extension stands twice in one list.
    #[error("an extension appears twice in the OCSP response")]
    DuplicateExtension,
    /// A response of a kind other than the basic one (RFC 6960 §4.2.1).
    #[error("the OCSP response is of an unknown type")]
    UnknownType,
    /// The responder says that it found the request malformed (`responseStatus` 1, RFC 6960 §2.3).
    #[error("the OCSP responder found the request malformed")]
    MalformedRequest,
    /// The responder failed (`responseStatus` 2).
    #[error("the OCSP responder failed")]
    InternalError,
    /// The responder is busy (`responseStatus` 3).
    #[error("the OCSP responder asks to try later")]
    TryLater,
    /// The responder wants signed requests (`responseStatus` 5).
    #[error("the OCSP responder wants the request signed")]
    SignatureRequired,
    /// The responder does not serve this client, or not this certificate (`responseStatus` 6).
    #[error("the OCSP responder refuses the request")]
    Unauthorized,
    /// A `responseStatus` that RFC 6960 does not know.
    #[error("the OCSP responder answered with an unknown status")]
    UnknownStatus,
}

impl OcspError {
    /// A stable word for this kind of fault.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Decode(_) | Self::DuplicateExtension => "malformed",
            Self::TooLarge { .. } => "too-large",
            Self::UnknownType => "unknown-response-type",
            Self::MalformedRequest => "malformed-request",
            Self::InternalError => "internal-error",
            Self::TryLater => "try-later",
            Self::SignatureRequired => "signature-required",
            Self::Unauthorized => "unauthorized",
            Self::UnknownStatus => "unknown-response-status",
        }
    }
}

impl From<ExtensionsError> for OcspError {
    fn from(error: ExtensionsError) -> Self {
        match error {
            ExtensionsError::Decode(error) => Self::Decode(error),
            _ => Self::DuplicateExtension,
        }
    }
}
