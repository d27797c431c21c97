use std::collections::{BTreeMap, BTreeSet};

use rollcert_pki::Thumbprint;

use crate::selection::entry::Origin;
use crate::selection::level::Level;
use crate::selection::selected::EncryptionSelection;
use crate::stored::StoredCertificate;

/// What was chosen at one [`Level`]. What is not set here comes from the next level that sets it; sets of certificates
/// are united over the levels.
///
/// Certificates are named by their SHA-256 thumbprints, and need not be known. Plain data for the host to keep.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Preferences {
    /// Whether certificates with the user's address are used for encryption by themselves.
    pub auto_select: Option<AutoSelect>,
    /// Whether the additional certificates are used.
    pub additional_use: Option<AdditionalUse>,
    /// Which of several suitable signing certificates is taken.
    pub signing_order: Option<SigningOrder>,
    /// The certificates that were chosen for encryption by hand. As many as one likes.
    pub encryption: BTreeSet<Thumbprint>,
    /// The certificate that was chosen for signing by hand.
    pub signing: Option<Thumbprint>,
    /// The certificates to which everything is encrypted besides, for archives and scanners. Whoever has one of their
    /// keys reads everything.
    pub additional: BTreeSet<Thumbprint>,
}

impl Preferences {
    /// What a product ships with: automatic selection is on, additional certificates are used where there are any, and
    /// the signing certificate that came first is taken.
    #[must_use]
    pub fn factory() -> Self {
        Self {
            auto_select: Some(AutoSelect::On),
            additional_use: Some(AdditionalUse::On),
            signing_order: Some(SigningOrder::FirstImported),
            ..Self::default()
        }
    }

    /// Chooses a certificate for encryption by hand. Its addresses need not match. One that is not valid is not used
    /// until it is.
    pub fn select(&mut self, certificate: &StoredCertificate) {
        self.encryption.insert(*certificate.sha256());
    }

    /// Takes a choice back. `selection` is what this level's page shows.
    ///
    /// # Errors
    ///
    /// Nothing changes then. [`DeselectError::AutoSelected`] for one that is selected automatically, chosen by hand
    /// or not: it would stay selected. [`DeselectError::Inherited`] for one that another level brings in,
    /// [`DeselectError::NotSelected`] for any other.
    pub fn deselect(
        &mut self,
        selection: &EncryptionSelection,
        sha256: &Thumbprint,
    ) -> Result<(), DeselectError> {
        let mut entries = selection.entries().iter();
        let origins = entries
            .find(|entry| entry.certificate().sha256() == sha256)
            .map_or(&[][..], |entry| entry.origins());
        if origins.contains(&Origin::Automatic) {
            return Err(DeselectError::AutoSelected);
        }
        if self.encryption.remove(sha256) {
            return Ok(());
        }
        let inherited = origins.iter().find_map(|origin| match origin {
            Origin::Inherited(level) => Some(level.clone()),
            _ => None,
        });
        Err(inherited.map_or(DeselectError::NotSelected, |level| {
            DeselectError::Inherited { level }
        }))
    }

    /// Chooses the certificate for signing, in place of whichever was.
    ///
    /// # Errors
    ///
    /// [`NoPrivateKey`] for one whose private key is not at hand; nothing changes then.
    pub fn set_signing(&mut self, certificate: &StoredCertificate) -> Result<(), NoPrivateKey> {
        if certificate.key_alias().is_none() {
            return Err(NoPrivateKey);
        }
        self.signing = Some(*certificate.sha256());
        Ok(())
    }

    /// Returns to automatic selection of the signing certificate.
    pub fn clear_signing(&mut self) {
        self.signing = None;
    }
}

/// Whether certificates are selected by their addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "they are or they are not")]
pub enum AutoSelect {
    /// Every valid one that carries the user's address.
    On,
    /// Only those chosen by hand, and inherited ones.
    Off,
}

/// Whether messages are encrypted to the additional certificates too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "they are or they are not")]
pub enum AdditionalUse {
    /// To every valid one of the levels.
    On,
    /// To none.
    Off,
}

/// Which of several suitable signing certificates is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SigningOrder {
    /// The one that came into the store first; of those that came together, the one with the least thumbprint.
    #[default]
    FirstImported,
    /// The one whose validity began last; else as above.
    Freshest,
}

/// Why a certificate cannot be deselected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeselectError {
    /// It is selected automatically: remove it from the store, or turn automatic selection off.
    #[error(
        "selected automatically: remove it from the store, or turn automatic selection off, to be rid of it"
    )]
    AutoSelected,
    /// It is inherited: deselect it where it was chosen.
    #[error("inherited from {level}: deselect it there")]
    Inherited {
        /// The nearest level that brings it in.
        level: Level,
    },
    /// It is not selected.
    #[error("not selected")]
    NotSelected,
}

impl DeselectError {
    /// A stable name for this kind of fault.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AutoSelected => "auto-selected",
            Self::Inherited { .. } => "inherited",
            Self::NotSelected => "not-selected",
        }
    }
}

/// The private key of a certificate is not at hand, so that it cannot sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the private key of this certificate is not at hand, so it cannot sign")]
#[expect(clippy::exhaustive_structs, reason = "there is nothing more to say")]
pub struct NoPrivateKey;

impl NoPrivateKey {
    /// A stable name for this fault.
    #[must_use]
    pub const fn code(self) -> &'static str {
        "no-private-key"
    }
}

/// Where selection reads the preferences of a level: a port that the host serves.
pub trait PreferenceSource {
    /// What was chosen at this level; none where nothing was.
    fn preferences(&self, level: &Level) -> Option<Preferences>;
}

/// Preferences in memory. Begins with those of the [factory](Preferences::factory) alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreferenceBook(BTreeMap<Level, Preferences>);

impl PreferenceBook {
    /// The preferences of a level, to be changed; empty ones if there were none.
    pub fn at(&mut self, level: Level) -> &mut Preferences {
        self.0.entry(level).or_default()
    }
}

impl Default for PreferenceBook {
    fn default() -> Self {
        Self(BTreeMap::from([(Level::FACTORY, Preferences::factory())]))
    }
}

impl PreferenceSource for PreferenceBook {
    fn preferences(&self, level: &Level) -> Option<Preferences> {
        self.0.get(level).cloned()
    }
}
