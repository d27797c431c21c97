//! Why a message was not opened.

use rollcert_cms::{DecompressError, DecryptError};
use rollcert_pki::asn1;
use thiserror::Error;

use crate::{
    disposition::{Disposition, FailureReason, Modifier},
    mic::Mic,
    open::{Layer, Warning, is_covered},
    signature::Signature,
};

/// Why a message was not opened, and what had been found by then.
#[derive(Debug, Error)]
#[error("{error}")]
#[non_exhaustive]
pub struct Refusal {
    /// Why.
    pub error: OpenError,
    /// The layers met until then, outermost first; the last may be the one that was not opened.
    pub layers: Vec<Layer>,
    /// The signature met until then.
    pub signature: Option<Signature>,
    /// The message integrity check, once a signature was met: that of the entity which was signed, whatever is
    /// inside it, compressed content too (RFC 4130 §7.3.1, RFC 5402 §4.1). Without a signature the MIC is that of
    /// content which was not reached.
    ///
    /// Not for an answer to [`OpenError::InsideEncryption`]: that a digest comes back tells the sender that
    /// decryption succeeded.
    pub mic: Option<Mic>,
    /// What was odd until then.
    pub warnings: Vec<Warning>,
}

impl Refusal {
    /// What to answer the sender: [`OpenError::disposition`], or more where that tells nobody else anything.
    ///
    /// What is wrong under a signature that is trusted and stands inside the encryption, the partner itself put there:
    /// that the content could not be decompressed may be said then.
    #[must_use]
    pub fn disposition(&self) -> Disposition {
        match (&self.error, &self.signature) {
            (OpenError::InsideEncryption(inner), Some(signature))
                if signature.is_trusted() && is_covered(&self.layers, Some(signature)) =>
            {
                inner.disposition()
            }
            (error, _) => error.disposition(),
        }
    }
}

/// Why a message was not opened.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A header, a multipart or a transfer encoding is malformed. The place is in the entity at that layer; of the
    /// outermost in its body, or in its header block for errors in a header.
    #[error("malformed mime: {0}")]
    Mime(#[from] rollcert_mime::DecodeError),
    /// A CMS structure is malformed. The place is in its octets, base64 undone.
    #[error("malformed cms: {0}")]
    Cms(#[from] asn1::DecodeError),
    /// Compressed content could not be decompressed, or is longer than [`Limits::inflated_octets`](crate::Limits::inflated_octets) leaves.
    #[error("not decompressed: {0}")]
    Compressed(#[from] DecompressError),
    /// There are no keys for it here, or decryption failed.
    #[error("not decryptable: {0}")]
    NotDecryptable(#[source] DecryptError),
    /// A `multipart/signed` has another number of parts than two (RFC 1847 §2.1).
    #[error("expected 2 parts of multipart/signed but found {found}")]
    SignedParts {
        /// How many there are.
        found: usize,
    },
    /// A signature without any signer.
    #[error("signature without a signer")]
    NoSigner,
    /// Signed data that should hold its content and does not.
    #[error("signed data without content")]
    NoContent,
    /// Something that is well-formed and not served here.
    #[error("{what} not supported")]
    Unsupported {
        /// What it is.
        what: &'static str,
    },
    /// There are more layers than [`Limits::layers`](crate::Limits::layers).
    #[error("more than {limit} layers")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// Something went wrong after a layer of encryption was taken off.
    #[error("inside the encryption: {0}")]
    InsideEncryption(#[source] Box<Self>),
}

impl OpenError {
    /// Returns the stable name of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Mime(error) => error.code(),
            Self::Cms(error) => error.code(),
            Self::Compressed(error) => error.code(),
            Self::NotDecryptable(error) => error.code(),
            Self::SignedParts { .. } => "signed-parts",
            Self::NoSigner => "no-signer",
            Self::NoContent => "no-content",
            Self::Unsupported { .. } => "unsupported",
            Self::TooDeep { .. } => "too-deep",
            Self::InsideEncryption(error) => error.code(),
        }
    }

    /// What to answer the sender.
    ///
    /// Whatever goes wrong at or below a layer of encryption is `decryption-failed`: an answer that told wrong
    /// padding from wrong content would decrypt for whoever asks often enough (RFC 3218).
    #[must_use]
    pub fn disposition(&self) -> Disposition {
        match self {
            Self::NotDecryptable(_) | Self::InsideEncryption(_) => {
                Disposition::Error(Modifier::DecryptionFailed)
            }
            Self::NoSigner => Disposition::Error(Modifier::AuthenticationFailed),
            Self::Compressed(_) => Disposition::Error(Modifier::DecompressionFailed),
            Self::Unsupported { .. } => Disposition::Failure(FailureReason::UnsupportedFormat),
            _ => Disposition::Error(Modifier::UnexpectedProcessingError),
        }
    }
}
