use serde::{Deserialize, Serialize};

use crate::{ExchangeId, Fingerprint, Timestamp};

/// Whose certificate a slot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(clippy::exhaustive_enums, reason = "a relationship has two sides")]
pub enum Side {
    /// Ours, with its private key.
    Ours,
    /// The partner's.
    Theirs,
}

/// What a certificate is used for in a relationship.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Role {
    /// Signs messages and receipts of its owner.
    Signing,
    /// Messages are encrypted to its owner.
    Encryption,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 2] = [Self::Signing, Self::Encryption];

    /// What turns an accepted credential in this role into the installed one.
    #[must_use]
    pub const fn installs_by(self, side: Side) -> InstalledBy {
        match (side, self) {
            // Once we have accepted, we encrypt with the new one at once (CEM §2.5), so there is
            // nothing to wait for.
            (Side::Theirs, Self::Encryption) => InstalledBy::Acceptance,
            (Side::Ours, Self::Encryption) | (Side::Theirs, Self::Signing) => InstalledBy::FirstUse,
            // A signature of ours is proven by what the partner does next.
            (Side::Ours, Self::Signing) => InstalledBy::PartnerUse,
        }
    }

    /// The role in a word, for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Signing => "signing",
            Self::Encryption => "encryption",
        }
    }
}

/// What turns an accepted credential into the installed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InstalledBy {
    /// Acceptance itself, once the certificate is valid.
    Acceptance,
    /// The first message that this side opens or verifies with it.
    FirstUse,
    /// The first proof that the partner works with it: a message encrypted to the same certificate,
    /// or, where it was not offered for encryption, a verified receipt for a message signed with it.
    PartnerUse,
}

/// How far a credential has come in a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Standing {
    /// Offered to the other side; no answer yet.
    Offered,
    /// Accepted by the other side, or agreed with it outside of the protocol; not yet installed.
    Accepted,
    /// The one in use.
    Installed,
    /// Offered, and no answer came by the date. A late answer still counts.
    Lapsed,
    /// Offered and rejected.
    Rejected,
    /// Offered, then overtaken by a newer offer.
    Superseded,
    /// Was installed; not used to send any more, still decrypts and verifies while valid.
    Archived,
}

impl Standing {
    /// The standing in a word, for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Accepted => "accepted",
            Self::Installed => "installed",
            Self::Lapsed => "lapsed",
            Self::Rejected => "rejected",
            Self::Superseded => "superseded",
            Self::Archived => "archived",
        }
    }

    /// Whether the credential waits for something, so that its slot is locked for another offer.
    #[must_use]
    pub const fn is_pending(self) -> bool {
        matches!(self, Self::Offered | Self::Accepted)
    }
}

/// One credential in a slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Entry {
    /// Which credential.
    pub fingerprint: Fingerprint,
    /// How far it has come.
    pub standing: Standing,
    /// Since when.
    pub since: Timestamp,
    /// The exchange that brought it; none for one that was agreed outside of the protocol.
    pub exchange: Option<ExchangeId>,
}

impl Entry {
    /// Moves it on, if it stands at one of these.
    pub(crate) fn move_on(&mut self, from: &[Standing], to: Standing, at: Timestamp) {
        if from.contains(&self.standing) {
            self.standing = to;
            self.since = at;
        }
    }
}

/// The credentials of one side in one role, newest first.
///
/// A credential stands here once, or twice if it is offered again after it was archived. At most one
/// is [`Standing::Installed`]. Of ours, at most one is pending; of the partner's, several
/// may be accepted, as it may announce a newer one before it has used the last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Slot {
    /// Whose.
    pub side: Side,
    /// What for.
    pub role: Role,
    /// The credentials, newest first.
    pub entries: Vec<Entry>,
}

impl Slot {
    pub(crate) const fn new(side: Side, role: Role) -> Self {
        Self {
            side,
            role,
            entries: Vec::new(),
        }
    }

    /// The credential in use.
    #[must_use]
    pub fn installed(&self) -> Option<&Entry> {
        self.entries
            .iter()
            .find(|entry| entry.standing == Standing::Installed)
    }

    /// The credential that is offered or accepted and waits to be installed.
    #[must_use]
    pub fn pending(&self) -> Option<&Entry> {
        self.entries
            .iter()
            .find(|entry| entry.standing.is_pending())
    }

    /// What stands in the slot of this credential: its latest entry.
    #[must_use]
    pub fn entry(&self, fingerprint: Fingerprint) -> Option<&Entry> {
        self.entries
            .iter()
            .find(|entry| entry.fingerprint == fingerprint)
    }

    /// Whether the credential is accepted or in use here.
    #[must_use]
    pub fn is_agreed(&self, fingerprint: Fingerprint) -> bool {
        self.entry(fingerprint)
            .is_some_and(|entry| matches!(entry.standing, Standing::Accepted | Standing::Installed))
    }

    /// Puts the credential in use; the one before it, and accepted ones older than it, are archived.
    pub(crate) fn install(&mut self, fingerprint: Fingerprint, now: Timestamp) {
        let mut found = false;
        self.entries.retain(|entry| {
            let again = found && entry.fingerprint == fingerprint;
            found |= entry.fingerprint == fingerprint;
            !again
        });
        let mut older = false;
        for entry in &mut self.entries {
            let standing = if entry.fingerprint == fingerprint {
                older = true;
                Standing::Installed
            } else if entry.standing == Standing::Installed
                || (older && entry.standing == Standing::Accepted)
            {
                Standing::Archived
            } else {
                continue;
            };
            entry.standing = standing;
            entry.since = now;
        }
    }

    /// Adds the newest entry. One before it of the same credential goes, unless it is archived: what was
    /// in use serves what comes late, whatever becomes of offering it again.
    pub(crate) fn insert(&mut self, entry: Entry) {
        self.entries.retain(|old| {
            old.fingerprint != entry.fingerprint || old.standing == Standing::Archived
        });
        self.entries.insert(0, entry);
    }
}
