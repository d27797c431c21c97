use rollcert_crypto::{self as crypto, SignatureAlgorithm};
use rollcert_pki::KeyAlgorithmName;

use crate::content::ContentType;

/// Why no signature was made.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The key does not sign, or not so; or whoever holds it failed.
    #[error("the key did not sign")]
    Key(#[source] crypto::Error),
    /// Signatures over this digest are for reading only.
    #[error("signing by {algorithm} is no longer safe")]
    WeakDigest {
        /// What was asked for.
        algorithm: SignatureAlgorithm,
    },
    /// The signer's key is not of the kind that the scheme wants.
    #[error("signature scheme {algorithm} does not go with a key {key}")]
    KeyMismatch {
        /// What was asked for.
        algorithm: SignatureAlgorithm,
        /// The kind of the signer's key.
        key: KeyAlgorithmName,
    },
    /// No scheme is known for keys of this kind.
    #[error("no signature scheme known for a key {key}")]
    NoSigningKey {
        /// The kind of the signer's key.
        key: KeyAlgorithmName,
    },
    /// The digest handed over has another length than those of its algorithm.
    #[error("expected a digest of {expected} octets but found {found}")]
    DigestLength {
        /// What the digest of the signature algorithm has.
        expected: usize,
        /// What was handed over.
        found: usize,
    },
    /// The time of signing lies beyond the years 0 to 9999.
    #[error("time of signing beyond the years 0 to 9999")]
    SigningTime,
    /// The signer's certificate says no identifier of its key, by which it was to be pointed at.
    #[error("the certificate of the signer has no subject key identifier")]
    NoKeyIdentifier,
    /// Content of another type than plain data is signed with attributes only (RFC 5652 §5.3).
    #[error("content of type {content_type} cannot be signed without attributes")]
    AttributesNeeded {
        /// The type of the content.
        content_type: ContentType,
    },
    /// The content has the form of signed attributes: readers could not tell whether it was signed as such, so
    /// it is signed with attributes only.
    #[error("the content has the form of signed attributes")]
    AmbiguousContent,
    /// Two signers of one message say different types of its one content.
    #[error("expected a signature over content of type {expected} but found {found}")]
    ContentTypeMismatch {
        /// The type that the signers before say.
        expected: ContentType,
        /// The type that this one says.
        found: ContentType,
    },
    /// A signer calls for something that should stand before the content, and does not: content that came in
    /// pieces is written already.
    #[error("the beginning of the message does not announce {what}")]
    NotAnnounced {
        /// The digest, or the manner of pointing at the signer.
        what: &'static str,
    },
}

impl SignError {
    /// A stable name for this kind of failure.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Key(error) => error.code(),
            Self::WeakDigest { .. } => "weak-digest",
            Self::KeyMismatch { .. } => "key-mismatch",
            Self::NoSigningKey { .. } => "no-signing-key",
            Self::DigestLength { .. } => "digest-length",
            Self::SigningTime => "signing-time",
            Self::NoKeyIdentifier => "no-key-identifier",
            Self::AttributesNeeded { .. } => "attributes-needed",
            Self::AmbiguousContent => "ambiguous-content",
            Self::ContentTypeMismatch { .. } => "content-type-mismatch",
            Self::NotAnnounced { .. } => "not-announced",
        }
    }
}
