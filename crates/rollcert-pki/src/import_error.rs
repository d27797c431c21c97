use crate::asn1::DecodeError;
use crate::certificate::CertificateError;
use crate::open::FileKind;

/// Why a file could not be opened, and what was found until then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
#[non_exhaustive]
pub struct Refusal {
    /// Why.
    pub error: ImportError,
    /// What kind of file it is; [`FileKind::Unknown`] where that was not found out.
    pub kind: FileKind,
    /// How it is protected, as in [`Bundle::protection`](crate::Bundle::protection), as far as it was read.
    /// Of a file that refuses the password, what stands outside the encryption.
    pub protection: Option<String>,
}

/// Why a file could not be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The octets are not what they begin as.
    #[error("malformed file: {0}")]
    Decode(#[from] DecodeError),
    /// The file is one certificate, or has no other content than bad ones.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The file is encrypted, and no password was given.
    #[error("the file is protected by a password and none was given")]
    PasswordRequired,
    /// The password is wrong. Where the file has nothing to check it by, damage looks the same.
    #[error("wrong password")]
    WrongPassword,
    /// The password is right, but what it protects is damaged.
    #[error("the password is right, but {what} is damaged")]
    Damaged {
        /// Which part.
        what: &'static str,
    },
    /// The file needs something that is not served: a scheme of encryption, a kind of entry.
    #[error("{what} not supported")]
    Unsupported {
        /// What it needs.
        what: String,
    },
    /// The kind of file is known, but not opened here.
    #[error("files of kind {} are not supported", .kind.code())]
    UnsupportedKind {
        /// Which kind.
        kind: FileKind,
    },
    /// The content is of no kind known here.
    #[error("unknown file format")]
    UnknownFormat,
    /// A limit of the caller's was reached.
    #[error("more than {limit} {what}")]
    Limit {
        /// What was counted.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
}

impl ImportError {
    /// A stable name for this kind of failure.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Decode(error) => error.code(),
            Self::Certificate(error) => error.code(),
            Self::PasswordRequired => "password-required",
            Self::WrongPassword => "wrong-password",
            Self::Damaged { .. } => "damaged",
            Self::Unsupported { .. } | Self::UnsupportedKind { .. } => "unsupported",
            Self::UnknownFormat => "unknown-format",
            Self::Limit { .. } => "limit-exceeded",
        }
    }
}
