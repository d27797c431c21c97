use crate::asn1::DecodeError;
use crate::certificate::CertificateError;
use crate::crl::CrlError;
use crate::open::{Bundle, ForeignFormat};
use crate::request::RequestError;

/// Why a file could not be opened, and what was found until then.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
#[non_exhaustive]
pub struct Refusal {
    /// Why.
    pub error: ImportError,
    /// What was found all the same: what kind of file it is, [`FileKind::Unknown`](crate::FileKind::Unknown)
    /// where that was not found out; how it is protected, of a file that refuses the password what stands
    /// outside the encryption; and the entries that could be read.
    pub found: Bundle,
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
    /// The file is one certification request, or has no other content than bad ones.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The file is one revocation list, or has no other content than bad ones.
    #[error(transparent)]
    Crl(#[from] CrlError),
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
    /// The file is of another format, known by sight.
    #[error("{format}, which is not read here: {}", .format.advice())]
    Foreign {
        /// Which format.
        format: ForeignFormat,
    },
    /// There is nothing in the file.
    #[error("the file is empty")]
    Empty,
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
            Self::Request(error) => error.code(),
            Self::Crl(error) => error.code(),
            Self::PasswordRequired => "password-required",
            Self::WrongPassword => "wrong-password",
            Self::Damaged { .. } => "damaged",
            Self::Unsupported { .. } | Self::Foreign { .. } => "unsupported",
            Self::Empty => "empty",
            Self::UnknownFormat => "unknown-format",
            Self::Limit { .. } => "limit-exceeded",
        }
    }
}
