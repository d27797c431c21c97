use core::error;
use std::sync::Arc;

/// Why a cryptographic operation gave no result.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The backend does not serve this; `what` names the algorithm, curve or size.
    #[error("the backend does not support {what}")]
    Unsupported {
        /// The algorithm, curve or size that was asked for.
        what: &'static str,
    },
    /// A key could not be read; `what` says which part of it.
    #[error("malformed key: {what}")]
    MalformedKey {
        /// The part of the key that was at fault.
        what: &'static str,
    },
    /// The signature does not verify under this key.
    #[error("the signature does not verify")]
    SignatureInvalid,
    /// Decryption failed. Deliberately opaque: padding, length and key give the same value.
    #[error("decryption failed")]
    DecryptionFailed,
    /// Whoever serves the operation (an HSM, another process) failed; see `source()`.
    #[error("the cryptographic back end failed")]
    Backend(#[source] Arc<dyn error::Error + Send + Sync>),
}

impl Error {
    /// A stable name for this kind of failure, for reports and runbooks.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unsupported { .. } => "unsupported-algorithm",
            Self::MalformedKey { .. } => "malformed-key",
            Self::SignatureInvalid => "signature-invalid",
            Self::DecryptionFailed => "decryption-failed",
            Self::Backend(_) => "backend-failed",
        }
    }
}
