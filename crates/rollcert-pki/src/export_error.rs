use rollcert_crypto::Error;

use crate::credential::CredentialError;

/// Why something could not be written, or the value for it not be made.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// A number or a length is beyond what can be written, or read again.
    #[error("expected {least} to {most} {what} but found {found}")]
    OutOfRange {
        /// What was counted.
        what: &'static str,
        /// How many there are.
        found: u64,
        /// The fewest that are allowed.
        least: u64,
        /// The most that are allowed.
        most: u64,
    },
    /// A text holds a character that readers take for its end.
    #[error("NUL character in {what}")]
    NulCharacter {
        /// Which text.
        what: &'static str,
    },
    /// Two entries have one name; readers that look entries up by name would lose the first.
    #[error("entry {entry} has the friendly name of an entry before it")]
    DuplicateName {
        /// The second of the two, counted from one.
        entry: usize,
    },
    /// Key and certificate make no pair.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The backend does not serve what the protection needs.
    #[error(transparent)]
    Crypto(#[from] Error),
}

impl ExportError {
    /// A stable name for this kind of failure.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::OutOfRange { .. } => "out-of-range",
            Self::NulCharacter { .. } => "nul-character",
            Self::DuplicateName { .. } => "duplicate-name",
            Self::Credential(error) => error.code(),
            Self::Crypto(error) => error.code(),
        }
    }

    /// `found` of `what`, unless it lies between `least` and `most`.
    pub(crate) fn unless_within(
        what: &'static str,
        found: u64,
        least: u64,
        most: u64,
    ) -> Result<(), Self> {
        if (least..=most).contains(&found) {
            Ok(())
        } else {
            Err(Self::OutOfRange {
                what,
                found,
                least,
                most,
            })
        }
    }
}
