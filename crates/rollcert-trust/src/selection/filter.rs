use chrono::{DateTime, Utc};

use crate::selection::address::emails_of;
use crate::selection::level::{Level, LevelKind};
use crate::stored::StoredCertificate;

/// Which certificates a page lists to choose from. It only hides: what is chosen stays chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertificateFilter {
    /// By a text in the certificate.
    pub text: TextFilter,
    /// By validity in time.
    pub expired: ExpiredFilter,
    /// By whether the private key is at hand.
    pub missing_key: MissingKey,
}

impl CertificateFilter {
    /// For choosing encryption certificates: of a user those with his address, of a domain or everybody all; with or
    /// without private key, as it is the partner's; no expired ones.
    #[must_use]
    pub fn for_encryption(level: &Level) -> Self {
        Self {
            text: TextFilter::of(level),
            expired: ExpiredFilter::UnexpiredOnly,
            missing_key: MissingKey::Allowed,
        }
    }

    /// For choosing a signing certificate: as [`Self::for_encryption`], but only with private key.
    #[must_use]
    pub fn for_signing(level: &Level) -> Self {
        Self {
            missing_key: MissingKey::NotAllowed,
            ..Self::for_encryption(level)
        }
    }

    /// Everything.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            text: TextFilter::None,
            expired: ExpiredFilter::All,
            missing_key: MissingKey::Allowed,
        }
    }

    /// Whether the certificate is listed, at `now`.
    #[must_use]
    pub fn matches(&self, certificate: &StoredCertificate, now: DateTime<Utc>) -> bool {
        // The last second counts whole, as everywhere.
        let is_expired = now.timestamp() > certificate.certificate().not_after().timestamp();
        let in_time = match self.expired {
            ExpiredFilter::All => true,
            ExpiredFilter::UnexpiredOnly => !is_expired,
            ExpiredFilter::ExpiredOnly => is_expired,
        };
        let has_key = self.missing_key == MissingKey::Allowed || certificate.key_alias().is_some();
        in_time && has_key && self.text.matches(certificate)
    }
}

/// A text that a certificate must have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextFilter {
    /// No filter: all are listed.
    #[default]
    None,
    /// An address that equals this one, in the form of [`canonical_email`](crate::canonical_email).
    Email(String),
    /// A subject with this text in it, in any case, as it is shown (RFC 4514).
    Subject(String),
    /// An issuer with this text in it, in any case, as it is shown (RFC 4514).
    Issuer(String),
}

impl TextFilter {
    /// The one that a page begins with: the address of a user, none for the others.
    #[must_use]
    pub fn of(level: &Level) -> Self {
        match (level.kind(), level.name()) {
            (LevelKind::User, Some(address)) => Self::Email(address.to_owned()),
            _ => Self::None,
        }
    }

    fn matches(&self, certificate: &StoredCertificate) -> bool {
        let contains = |name: &rollcert_pki::Name, part: &str| {
            let name = name.to_string().to_lowercase();
            name.contains(&part.trim().to_lowercase())
        };
        let x509 = certificate.certificate();
        match self {
            Self::None => true,
            Self::Email(address) => crate::selection::address::canonical_email(address)
                .is_some_and(|address| emails_of(x509).contains(&address)),
            Self::Subject(part) => contains(x509.subject(), part),
            Self::Issuer(part) => contains(x509.issuer(), part),
        }
    }
}

/// Whether expired certificates are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth choice")]
pub enum ExpiredFilter {
    /// All.
    All,
    /// Those that have not expired; they may not have begun yet.
    UnexpiredOnly,
    /// Those that have.
    ExpiredOnly,
}

/// Whether certificates are listed whose private key is not at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "they are or they are not")]
pub enum MissingKey {
    /// With and without.
    Allowed,
    /// Only those with a private key.
    NotAllowed,
}
