use core::error;
use std::sync::Arc;

use rollcert_schedule::{EffectId, Version};

/// The store itself failed; nothing was changed.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database or the disk failed; see `source()`.
    #[error("the store failed")]
    Backend(#[source] Arc<dyn error::Error + Send + Sync>),
    /// What was read is not what was written.
    #[error("the store holds {what} that cannot be read")]
    Corrupt {
        /// What could not be read.
        what: &'static str,
    },
    /// The file was written by a newer release.
    #[error("the store has schema {found}, this release knows {known}")]
    Newer {
        /// The schema found.
        found: i64,
        /// The newest schema known here.
        known: i64,
    },
}

impl StoreError {
    /// A stable name for this kind of failure.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Backend(_) => "store-failed",
            Self::Corrupt { .. } => "store-corrupt",
            Self::Newer { .. } => "store-newer",
        }
    }
}

/// A commit was not written; nothing of it was.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// Another commit came first. Load, decide again, commit again.
    #[error("decided on version {expected}, but the store is at {found}")]
    Conflict {
        /// The version that the decision was made on.
        expected: Version,
        /// The version in the store.
        found: Version,
    },
    /// An effect was to be settled under a lease that is no longer ours.
    #[error("the lease on effect {effect:?} was lost")]
    LeaseLost {
        /// Which effect.
        effect: EffectId,
    },
    /// The message id was recorded already, with another message.
    #[error("a message is recorded already under this message id")]
    AlreadyReceived,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CommitError {
    /// A stable name for this kind of failure.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => "version-conflict",
            Self::LeaseLost { .. } => "lease-lost",
            Self::AlreadyReceived => "already-received",
            Self::Store(error) => error.code(),
        }
    }
}

/// A worker's report on an effect was not taken.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LeaseError {
    /// Another worker holds the effect by now, or it is done with.
    #[error("the lease was lost")]
    Lost,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl LeaseError {
    /// A stable name for this kind of failure.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Lost => "lease-lost",
            Self::Store(error) => error.code(),
        }
    }
}
