use chrono::{DateTime, Utc};
use rollcert_pki::Thumbprint;

/// A certificate that is explicitly trusted or not, by its SHA-512 thumbprint.
///
/// The certificate itself need not be known.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrustListEntry {
    /// SHA-512 over the certificate's DER; SHA-256 over the key's, where the entry is for a key.
    pub thumbprint: Thumbprint,
    /// Trusted or not.
    pub status: TrustListStatus,
    /// Until when the entry counts; none for ever.
    pub until: Option<DateTime<Utc>>,
    /// Why, for people.
    pub note: Option<String>,
}

/// What an entry says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrustListStatus {
    /// Trusted, without a path.
    Whitelisted {
        /// Whether it stays so after its last day.
        allow_expired: bool,
    },
    /// Not trusted, and nothing below it.
    Blacklisted,
}

/// How trust lists and paths go together where the tables leave it open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrustListPolicy {}
