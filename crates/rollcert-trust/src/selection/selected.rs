use std::collections::{BTreeMap, BTreeSet};

use rollcert_pki::Thumbprint;
use serde::{Serialize, Serializer};

use crate::selection::entry::{EntryKind, Origin, SelectionEntry};
use crate::selection::level::Level;
use crate::stored::StoredCertificate;

/// The certificates for one recipient, or for whoever a level stands for.
///
/// Its page shows [`Self::entries`]; what is encrypted to is [`Self::used`].
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct EncryptionSelection {
    pub(super) entries: Vec<SelectionEntry>,
    pub(super) passed_over: Vec<SelectionEntry>,
    pub(super) unknown: Vec<UnknownChoice>,
}

impl EncryptionSelection {
    /// Everything that is selected, each certificate once: by itself, by hand or by inheritance. What was chosen and
    /// is not valid stands here too, and is not used. The user's own first, then additional ones; in the order in
    /// which they came into the store.
    #[must_use]
    pub fn entries(&self) -> &[SelectionEntry] {
        &self.entries
    }

    /// The certificates with the right address that are not selected since they are not valid, with their reasons.
    #[must_use]
    pub fn passed_over(&self) -> &[SelectionEntry] {
        &self.passed_over
    }

    /// What was chosen by hand and is not in the store.
    #[must_use]
    pub fn unknown(&self) -> &[UnknownChoice] {
        &self.unknown
    }

    /// What messages are encrypted to; nothing at all where the recipient has no valid certificate: additional ones
    /// alone make nobody able to read.
    pub fn used(&self) -> impl Iterator<Item = &SelectionEntry> {
        let can = self.is_encryptable();
        self.entries
            .iter()
            .filter(move |entry| can && entry.is_used())
    }

    /// Whether a message can be encrypted to the recipient: a valid certificate of his own is among them.
    #[must_use]
    pub fn is_encryptable(&self) -> bool {
        let mut entries = self.entries.iter();
        entries.any(|entry| entry.is_used() && entry.kind() == EntryKind::Normal)
    }
}

/// What one message is encrypted to, by recipient, with the additional certificates of its sender.
#[derive(Clone, Debug)]
pub struct MessageSelection {
    pub(super) recipients: Vec<(Level, EncryptionSelection)>,
    pub(super) for_sender: EncryptionSelection,
}

impl MessageSelection {
    /// Each recipient, as he was named, with his certificates.
    #[must_use]
    pub fn recipients(&self) -> &[(Level, EncryptionSelection)] {
        &self.recipients
    }

    /// The additional certificates of the sender.
    #[must_use]
    pub const fn for_sender(&self) -> &EncryptionSelection {
        &self.for_sender
    }

    /// The recipients to whom the message can be encrypted.
    pub fn encryptable(&self) -> impl Iterator<Item = &Level> {
        self.split(|selection| selection.is_encryptable())
    }

    /// The recipients to whom it cannot: their message takes another way.
    pub fn unencryptable(&self) -> impl Iterator<Item = &Level> {
        self.split(|selection| !selection.is_encryptable())
    }

    /// The certificates for the message to those who can read it, each once; none where nobody can.
    #[must_use]
    pub fn certificates(&self) -> Vec<&StoredCertificate> {
        let mut seen = BTreeSet::new();
        let own = self
            .recipients
            .iter()
            .flat_map(|(_, selection)| selection.used());
        let for_sender = self
            .for_sender
            .entries()
            .iter()
            .filter(|entry| entry.is_used() && self.encryptable().next().is_some());
        own.chain(for_sender)
            .map(SelectionEntry::certificate)
            .filter(|certificate| seen.insert(*certificate.sha256()))
            .collect()
    }

    fn split(
        &self,
        belongs: impl Fn(&EncryptionSelection) -> bool,
    ) -> impl Iterator<Item = &Level> {
        self.recipients
            .iter()
            .filter(move |(_, selection)| belongs(selection))
            .map(|(level, _)| level)
    }
}

/// A certificate that was chosen by hand and is not in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownChoice {
    /// Its SHA-256 thumbprint.
    pub sha256: Thumbprint,
    /// Where it was chosen.
    pub origin: Origin,
}

impl Serialize for UnknownChoice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        BTreeMap::from([
            ("sha256", self.sha256.to_string()),
            ("origin", self.origin.to_string()),
        ])
        .serialize(serializer)
    }
}

/// Why there is no certificate to sign with.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoSigningCertificate {
    /// The one that was chosen by hand is not valid. It is not replaced by another one.
    #[error("the signing certificate that was chosen ({}) is not valid: {}", .entry.origin(), first_code(.entry))]
    ManualInvalid {
        /// The certificate, with its reasons.
        entry: Box<SelectionEntry>,
    },
    /// The private key of the one that was chosen by hand is not at hand.
    #[error("the private key of the signing certificate that was chosen ({}) is not at hand", .entry.origin())]
    NoPrivateKey {
        /// The certificate.
        entry: Box<SelectionEntry>,
    },
    /// The one that was chosen by hand is not in the store.
    #[error(
        "the signing certificate that was chosen ({origin}), sha256 {sha256}, is not in the store"
    )]
    ManualUnknown {
        /// Its SHA-256 thumbprint.
        sha256: Thumbprint,
        /// Where it was chosen.
        origin: Origin,
    },
    /// None was chosen, and none suits.
    #[error("no valid certificate with a matching address and a private key, and none was chosen")]
    NoneSuitable {
        /// Those with the address and a private key that are not valid, with their reasons.
        passed_over: Vec<SelectionEntry>,
    },
}

impl NoSigningCertificate {
    /// A stable name for this kind of fault.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ManualInvalid { .. } => "manual-invalid",
            Self::NoPrivateKey { .. } => "no-private-key",
            Self::ManualUnknown { .. } => "manual-unknown",
            Self::NoneSuitable { .. } => "none-suitable",
        }
    }
}

fn first_code(entry: &SelectionEntry) -> &'static str {
    entry
        .reasons()
        .first()
        .map_or("no reason was given", |finding| finding.reason.code())
}
