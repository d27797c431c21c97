use chrono::{DateTime, Utc};
use rollcert_crypto::DigestAlgorithm;
use rollcert_pki::Thumbprint;

use super::error::TrustListError;

/// A certificate that is explicitly trusted or not, by its SHA-512 thumbprint; or a key that is not, by the SHA-256
/// digest of its `SubjectPublicKeyInfo`, whatever certificate it is in.
///
/// The certificate itself need not be known.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrustListEntry {
    /// SHA-512 over the certificate's DER; SHA-256 over the key's, where the entry is for a key.
    pub thumbprint: Thumbprint,
    /// Trusted or not.
    pub status: TrustListStatus,
    /// The last moment at which the entry counts; none for ever.
    pub until: Option<DateTime<Utc>>,
    /// Why, for people.
    pub note: Option<String>,
}

impl TrustListEntry {
    /// The most characters of a note.
    pub const MAX_NOTE: usize = 1_000;

    /// The entry for the certificate with this SHA-512 thumbprint, as people paste it: any case, with or without colons
    /// and blanks. It counts for ever and has no note.
    ///
    /// # Errors
    ///
    /// [`TrustListError::Thumbprint`]; of a thumbprint by SHA-1 or SHA-256 it says so.
    pub fn of_certificate(sha512: &str, status: TrustListStatus) -> Result<Self, TrustListError> {
        let thumbprint = Thumbprint::parse_as(DigestAlgorithm::Sha512, sha512)?;
        Self::new(thumbprint, status)
    }

    /// The black entry for the key with this SHA-256 digest of its `SubjectPublicKeyInfo`, as people paste it: it catches
    /// every certificate of that key, such as one that a CA was issued anew. It counts for ever and has no note.
    ///
    /// # Errors
    ///
    /// [`TrustListError::Thumbprint`].
    pub fn of_blacklisted_key(spki_sha256: &str) -> Result<Self, TrustListError> {
        let thumbprint = Thumbprint::parse_as(DigestAlgorithm::Sha256, spki_sha256)?;
        Self::new(thumbprint, TrustListStatus::Blacklisted)
    }

    /// The entry with this thumbprint: SHA-512 for a certificate, SHA-256 for a key. It counts for ever and has no note.
    ///
    /// # Errors
    ///
    /// [`TrustListError::OtherDigest`], [`TrustListError::WhitelistedKey`].
    pub fn new(thumbprint: Thumbprint, status: TrustListStatus) -> Result<Self, TrustListError> {
        let entry = Self {
            thumbprint,
            status,
            until: None,
            note: None,
        };
        entry.check()?;
        Ok(entry)
    }

    /// The same, counting up to this moment and no longer.
    #[must_use]
    pub fn with_end(self, until: DateTime<Utc>) -> Self {
        Self {
            until: Some(until),
            ..self
        }
    }

    /// The same, with the reason for it.
    #[must_use]
    pub fn with_note(self, note: impl Into<String>) -> Self {
        Self {
            note: Some(note.into()),
            ..self
        }
    }

    /// Whether it is for a key, and not for a certificate.
    #[must_use]
    pub fn is_for_key(&self) -> bool {
        self.thumbprint.algorithm() == DigestAlgorithm::Sha256
    }

    /// When the entry ended, if it no longer counts at `now`.
    #[must_use]
    pub fn ended(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.until.filter(|until| *until < now)
    }

    /// Whether the fields, which anybody may change, go together.
    pub(super) fn check(&self) -> Result<(), TrustListError> {
        let thumbprint = self.thumbprint;
        match (thumbprint.algorithm(), self.status) {
            (DigestAlgorithm::Sha512, _)
            | (DigestAlgorithm::Sha256, TrustListStatus::Blacklisted) => {}
            // Without a path nothing binds a name to the key: whoever knows it could write a certificate for it.
            (DigestAlgorithm::Sha256, TrustListStatus::Whitelisted { .. }) => {
                return Err(TrustListError::WhitelistedKey { thumbprint });
            }
            (found, _) => return Err(TrustListError::OtherDigest { found }),
        }
        let note = self.note.as_deref().unwrap_or_default();
        match note.chars().count() {
            found if found > Self::MAX_NOTE => Err(TrustListError::NoteTooLong { found }),
            _ => Ok(()),
        }
    }
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
