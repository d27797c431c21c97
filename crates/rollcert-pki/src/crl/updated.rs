use core::fmt;

use crate::crl::entry::RevokedEntry;
use crate::crl::index::CrlIndex;
use crate::extension::{AuthorityKeyIdentifier, ExtensionValue, IssuingDistributionPoint};
use crate::name::Name;
use crate::serial::SerialNumber;

/// A complete CRL together with a delta CRL that brings it up to date (RFC 5280 §5.2.4).
///
/// What the delta says of a certificate counts, also that it is no longer revoked; else what the complete one
/// says.
pub struct UpdatedCrl<'a, Complete, Delta> {
    complete: &'a CrlIndex<Complete>,
    delta: &'a CrlIndex<Delta>,
}

impl<'a, Complete: AsRef<[u8]>, Delta: AsRef<[u8]>> UpdatedCrl<'a, Complete, Delta> {
    /// Puts the two together, if they belong together (RFC 5280 §5.2.4, §6.3.3 (c)): one issuer, one scope, one
    /// key, and numbers that leave no gap. Signatures and times are not looked at.
    ///
    /// # Errors
    ///
    /// [`DeltaMismatch`] says what does not fit. What is missing or malformed does not.
    pub fn new(
        complete: &'a CrlIndex<Complete>,
        delta: &'a CrlIndex<Delta>,
    ) -> Result<Self, DeltaMismatch> {
        let (old, new) = (complete.crl(), delta.crl());
        if old.is_delta() {
            return Err(DeltaMismatch::NotComplete);
        }
        if !new.is_delta() {
            return Err(DeltaMismatch::NotDelta);
        }
        if !old.issuer().matches(new.issuer()) {
            return Err(DeltaMismatch::Issuer);
        }
        let value = |extensions: crate::extension::Extensions<'a>, oid| {
            extensions.get(&oid).map(|extension| extension.value())
        };
        // §5.2.4 (b): the same scope is the same octets, or no distribution point in either.
        let scope = IssuingDistributionPoint::OID;
        if value(old.extensions(), scope) != value(new.extensions(), scope) {
            return Err(DeltaMismatch::Scope);
        }
        // §6.3.3 (c)(3).
        let key = AuthorityKeyIdentifier::OID;
        if value(old.extensions(), key) != value(new.extensions(), key) {
            return Err(DeltaMismatch::Key);
        }
        let (Ok(Some(number)), Ok(Some(delta_number)), Ok(Some(base_number))) =
            (old.number(), new.number(), new.base_number())
        else {
            return Err(DeltaMismatch::NoNumber);
        };
        // §5.2.4 (c): changes before the complete one are in it.
        if number < base_number {
            return Err(DeltaMismatch::Gap);
        }
        // §5.2.4 (d).
        if number >= delta_number {
            return Err(DeltaMismatch::Older);
        }
        Ok(Self { complete, delta })
    }

    /// The entry for the certificate with this serial number, of those that the issuer of the CRLs has issued.
    #[must_use]
    pub fn find(&self, serial: &SerialNumber) -> Option<RevokedEntry<'a>> {
        self.find_for(self.complete.crl().issuer(), serial)
    }

    /// The entry for the certificate with this issuer and serial number. See [`CrlIndex::find_for`].
    #[must_use]
    pub fn find_for(&self, issuer: &Name, serial: &SerialNumber) -> Option<RevokedEntry<'a>> {
        match self.delta.find_for(issuer, serial) {
            // RFC 5280 §6.3.3 (k).
            Some(entry) if entry.is_removal() => None,
            Some(entry) => Some(entry),
            None => self.complete.find_for(issuer, serial),
        }
    }
}

impl<Complete: AsRef<[u8]>, Delta: AsRef<[u8]>> fmt::Debug for UpdatedCrl<'_, Complete, Delta> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpdatedCrl")
            .field("complete", self.complete)
            .field("delta", self.delta)
            .finish()
    }
}

impl<Complete, Delta> Clone for UpdatedCrl<'_, Complete, Delta> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Complete, Delta> Copy for UpdatedCrl<'_, Complete, Delta> {}

/// Why a delta CRL does not bring a complete one up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum DeltaMismatch {
    /// What should be complete is a delta CRL itself.
    #[error("the CRL to bring up to date is a delta CRL")]
    NotComplete,
    /// What should be a delta CRL is none.
    #[error("the other CRL is no delta CRL")]
    NotDelta,
    /// They have different issuers.
    #[error("the CRLs have different issuers")]
    Issuer,
    /// They cover different certificates or reasons.
    #[error("the CRLs have different distribution points")]
    Scope,
    /// They name different keys of the issuer's.
    #[error("the CRLs are signed by different keys")]
    Key,
    /// One of them has no number, or one that cannot be read.
    #[error("a CRL has no number")]
    NoNumber,
    /// Changes between the two are missing.
    #[error("the delta CRL starts from a later CRL than this one")]
    Gap,
    /// The complete one is as new as the delta.
    #[error("the delta CRL is no newer than the complete one")]
    Older,
}

impl DeltaMismatch {
    /// A stable name for this kind of fault.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotComplete => "not-complete",
            Self::NotDelta => "not-delta",
            Self::Issuer => "other-issuer",
            Self::Scope => "other-scope",
            Self::Key => "other-key",
            Self::NoNumber => "no-number",
            Self::Gap => "gap",
            Self::Older => "older",
        }
    }
}
