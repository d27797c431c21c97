use rollcert_pki::asn1::DecodeError;

use crate::opening::DecryptError;
use crate::{ContentType, DecompressError};

/// Why a message was not read to its end.
///
/// Whatever content came out before is worth nothing then.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StreamError {
    /// The octets are no such structure, end too early, or exceed the limits. The place is that in the octets
    /// that came, or, of what is read only after the content, that in the DER form of the message without its
    /// content.
    #[error("malformed message")]
    Malformed(#[from] DecodeError),
    /// The message is of a kind of which nothing may be used before all is there: its tag, at the end, proves
    /// it (RFC 5083). [`EnvelopedData`](crate::EnvelopedData) opens it whole.
    #[error(
        "{content_type} cannot be opened in pieces, as nothing of it may be used before its tag is proven"
    )]
    Authenticated {
        /// What the message is.
        content_type: ContentType,
    },
    /// The content was not decrypted. [`DecryptError::Failed`] is deliberately opaque.
    #[error(transparent)]
    Decrypt(#[from] DecryptError),
    /// The content was not inflated.
    #[error(transparent)]
    Decompress(#[from] DecompressError),
}

impl StreamError {
    /// A stable name for this kind of failure.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(error) => error.code(),
            Self::Authenticated { .. } => "authenticated-content",
            Self::Decrypt(error) => error.code(),
            Self::Decompress(error) => error.code(),
        }
    }
}
