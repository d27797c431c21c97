use crate::asn1::DecodeError;
use crate::extension::ExtensionsError;
use crate::oid::Oid;

/// Why octets are no CRL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CrlError {
    /// The octets do not have the structure of a CRL, or exceed a limit.
    #[error("not a CRL: {0}")]
    Decode(#[from] DecodeError),
    /// An extension of the CRL stands twice (RFC 5280 §4.2): readers disagree on what it says.
    #[error("extension {oid} appears more than once")]
    DuplicateExtension {
        /// Which extension.
        oid: Oid,
    },
}

impl CrlError {
    /// A stable name for this kind of fault.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Decode(error) => error.code(),
            Self::DuplicateExtension { .. } => "duplicate-extension",
        }
    }
}

impl From<ExtensionsError> for CrlError {
    fn from(error: ExtensionsError) -> Self {
        match error {
            ExtensionsError::Decode(error) => Self::Decode(error),
            ExtensionsError::Duplicate { oid } => Self::DuplicateExtension { oid },
        }
    }
}
