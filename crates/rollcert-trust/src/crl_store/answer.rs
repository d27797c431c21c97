use rollcert_pki::Thumbprint;

use super::judgement::CrlJudgement;
use crate::report::Reason;
use crate::stores::StoredCrl;

/// What became of a CRL that was offered to the store.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CrlAnswer {
    /// The CRL.
    pub crl: StoredCrl,
    /// What became of it.
    pub outcome: CrlOutcome,
    /// What was found of it; none for one that is [known](CrlOutcome::Known), which is not looked at again.
    pub judgement: Option<CrlJudgement>,
    /// What its owner should know.
    pub warnings: Vec<CrlWarning>,
}

/// What became of a CRL that was offered to the store.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CrlOutcome {
    /// It is stored, beside those that are there.
    Stored,
    /// It is stored in place of these, by SHA-256 thumbprint.
    Replaced {
        /// Those that are gone.
        old: Vec<Thumbprint>,
    },
    /// It is stored, and serves for nothing while nobody vouches for it: see [`CrlAnswer::judgement`].
    StoredUntrusted,
    /// The same octets are there, and stay.
    Known,
    /// One that is there is newer, or just as new, and stays.
    Kept {
        /// Its SHA-256 thumbprint.
        newer: Thumbprint,
    },
    /// It is not stored.
    Refused {
        /// Why, the most telling first.
        reasons: Vec<Reason>,
    },
}

impl CrlOutcome {
    /// A stable word.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Replaced { .. } => "replaced",
            Self::StoredUntrusted => "stored-untrusted",
            Self::Known => "known",
            Self::Kept { .. } => "kept",
            Self::Refused { .. } => "refused",
        }
    }
}

/// What the owner of a CRL store should know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CrlWarning {
    /// By number one of two CRLs is the newer, by date the other. The number decided if the one that is older by it lists
    /// nobody; else both are stored.
    #[error(
        "the numbers of this CRL and of {other} say which is newer, and their dates the opposite"
    )]
    NumberAgainstDate {
        /// The other CRL, by SHA-256 thumbprint.
        other: Thumbprint,
    },
    /// It was refused because enough CRLs of its issuer's name are stored that nobody vouches for.
    #[error("{limit} CRLs of this issuer's name are stored already that nobody vouches for")]
    TooManyUntrusted {
        /// How many of one name are stored at most.
        limit: usize,
    },
    /// So many CRLs stand side by side none of which may take the place of another; the oldest gave way, this one or that
    /// which [`CrlOutcome::Replaced`] names.
    #[error("{limit} CRLs stand side by side already that cannot take each other's place")]
    TooManyRivals {
        /// How many stand side by side at most.
        limit: usize,
    },
}

impl CrlWarning {
    /// A stable name for this kind of warning.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NumberAgainstDate { .. } => "number-against-date",
            Self::TooManyUntrusted { .. } => "too-many-untrusted",
            Self::TooManyRivals { .. } => "too-many-rivals",
        }
    }
}
