use core::fmt;
use core::str::FromStr;

use rollcert_crypto::{DigestAlgorithm, Provider};
use rollcert_pki::{Certificate, Thumbprint, ThumbprintError};

/// How people name the certificate of an authority, such as a root, in notices and dialogs.
///
/// It finds a certificate and trusts none: a common name may be anybody's, and SHA-1 tells certificates apart that
/// nobody forged.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthorityId {
    /// The common name of its subject, such as `AAA Certificate Services`. Compared without case, blanks folded.
    CommonName(String),
    /// Its thumbprint, most often by SHA-1 or SHA-256.
    Thumbprint(Thumbprint),
}

impl AuthorityId {
    /// Whether it names this certificate.
    #[must_use]
    pub fn names(&self, certificate: &Certificate, provider: &Provider) -> bool {
        match self {
            Self::CommonName(_) => {
                let own = certificate.subject().common_name();
                own.is_some_and(|own| self.is_common_name(own))
            }
            Self::Thumbprint(thumbprint) => {
                certificate.thumbprint(thumbprint.algorithm(), provider) == *thumbprint
            }
        }
    }

    /// Whether it is this common name.
    pub(super) fn is_common_name(&self, other: &str) -> bool {
        matches!(self, Self::CommonName(name) if folded(name) == folded(other))
    }
}

/// Reads what people paste: a thumbprint in any spelling that [`Thumbprint`] reads, with or without a label such as
/// `SHA-256 Fingerprint=` before it; anything else is a common name.
impl FromStr for AuthorityId {
    type Err = AuthorityIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.is_empty() {
            return Err(AuthorityIdError::Empty);
        }
        if let Some((digest, rest)) = labelled(text) {
            return Ok(Self::Thumbprint(Thumbprint::parse_as(digest, rest)?));
        }
        Ok(text
            .parse()
            .map_or_else(|_| Self::CommonName(text.to_owned()), Self::Thumbprint))
    }
}

impl fmt::Display for AuthorityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommonName(name) => write!(f, "{name:?}"),
            Self::Thumbprint(thumbprint) => write!(f, "{} {thumbprint}", thumbprint.algorithm()),
        }
    }
}

/// Why a text names no authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorityIdError {
    /// Nothing was given.
    #[error("expected a common name or a thumbprint but found nothing")]
    Empty,
    /// It is labelled as a thumbprint and is none.
    #[error(transparent)]
    Thumbprint(#[from] ThumbprintError),
}

impl AuthorityIdError {
    /// A stable name for this kind of fault.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Thumbprint(error) => error.code(),
        }
    }
}

/// The digest that a label names, and what follows: `sha1:…`, `SHA256 Fingerprint=…`, `SHA-256: …`.
fn labelled(text: &str) -> Option<(DigestAlgorithm, &str)> {
    let (label, rest) = text.split_once(['=', ':'])?;
    let label: String = label
        .to_ascii_lowercase()
        .replace("fingerprint", "")
        .replace("thumbprint", "")
        .chars()
        .filter(|character| character.is_ascii_alphanumeric())
        .collect();
    let digest = match label.as_str() {
        "sha1" => DigestAlgorithm::Sha1,
        "sha256" => DigestAlgorithm::Sha256,
        "sha384" => DigestAlgorithm::Sha384,
        "sha512" => DigestAlgorithm::Sha512,
        _ => return None,
    };
    Some((digest, rest))
}

fn folded(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    words.join(" ").to_lowercase()
}
