use rollcert_crypto::DigestAlgorithm;
use rollcert_pki::{Thumbprint, ThumbprintError};

use super::entry::TrustListEntry;

/// Why an entry, or a file of entries, is no good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustListError {
    /// The text is no thumbprint of the kind that the entry wants; that of another digest is told from any other text.
    #[error(transparent)]
    Thumbprint(#[from] ThumbprintError),
    /// The thumbprint is by a digest that names neither a certificate here (SHA-512) nor a key (SHA-256).
    #[error(
        "an entry is for a certificate by sha-512 or for a key by sha-256, but this is {found}"
    )]
    OtherDigest {
        /// The digest of the thumbprint.
        found: DigestAlgorithm,
    },
    /// Trust in a key, under whatever name somebody writes into a certificate for it.
    #[error("a key can be blacklisted only, as anybody can put another name to it: {thumbprint}")]
    WhitelistedKey {
        /// The SHA-256 digest of the key's `SubjectPublicKeyInfo`.
        thumbprint: Thumbprint,
    },
    /// The note is longer than [`TrustListEntry::MAX_NOTE`].
    #[error(
        "expected a note of at most {} characters, but found {found}",
        TrustListEntry::MAX_NOTE
    )]
    NoteTooLong {
        /// How many characters it has.
        found: usize,
    },
    /// The file is no list of entries.
    #[error("not a trust list: {text}")]
    Syntax {
        /// What is wrong, and in which line and column.
        text: String,
    },
    /// An entry of the file is no good.
    #[error("entry {number}: {error}")]
    Entry {
        /// Which one, counted from 1.
        number: usize,
        /// What is wrong with it.
        error: Box<Self>,
    },
    /// Two entries of the file for the same certificate or key say different things.
    #[error("entries {first} and {second} contradict each other")]
    Contradiction {
        /// The first, counted from 1.
        first: usize,
        /// The second.
        second: usize,
    },
}

impl TrustListError {
    /// A stable name for this kind of fault.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Thumbprint(error) => error.code(),
            Self::OtherDigest { .. } => "other-digest",
            Self::WhitelistedKey { .. } => "whitelisted-key",
            Self::NoteTooLong { .. } => "note-too-long",
            Self::Syntax { .. } => "syntax",
            Self::Entry { error, .. } => error.code(),
            Self::Contradiction { .. } => "contradiction",
        }
    }
}
