use core::cmp::Reverse;
use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

use rollcert_pki::{Purpose, Thumbprint};
use serde::Serialize;

use crate::selection::address::emails_of;
use crate::selection::entry::{EntryKind, Origin, SelectionEntry, import_order};
use crate::selection::judge::Judge;
use crate::selection::level::{Level, LevelKind};
use crate::selection::preferences::{
    AdditionalUse, AutoSelect, PreferenceSource, Preferences, SigningOrder,
};
use crate::stored::StoredCertificate;
use crate::stores::CertificateStore;

/// Chooses certificates for users: by their addresses, by what was chosen by hand, by what they inherit.
///
/// What it says follows from preferences, store and judge alone, always in the same order.
///
/// | | encryption | signing |
/// |---|---|---|
/// | chosen by hand at the user | all, used if valid | the one; if it is not valid, none is used |
/// | automatic | every valid one with the address | else the first valid one with the address and a private key |
/// | inherited from domain, wildcard domains, global | all that were chosen there, used if valid | else the one of the nearest level that has one |
#[derive(Clone, Copy)]
pub struct Selector<'a> {
    preferences: &'a dyn PreferenceSource,
    certificates: &'a dyn CertificateStore,
    judge: &'a dyn Judge,
}

impl<'a> Selector<'a> {
    /// Over these preferences and certificates, by what `judge` says of each certificate.
    #[must_use]
    pub const fn new(
        preferences: &'a dyn PreferenceSource,
        certificates: &'a dyn CertificateStore,
        judge: &'a dyn Judge,
    ) -> Self {
        Self {
            preferences,
            certificates,
            judge,
        }
    }

    /// The certificates to which messages for this level are encrypted, and those that are selected and not used.
    ///
    /// All valid ones are used, so that any of the recipient's keys will do.
    #[must_use]
    pub fn encryption(&self, level: &Level) -> EncryptionSelection {
        let lineage = self.lineage(level);
        let mut gathered = Gathered::default();
        if nearest(&lineage, |preferences| preferences.auto_select) == Some(AutoSelect::On) {
            for certificate in self.with_address_of(level) {
                gathered.add(certificate, Origin::Automatic, EntryKind::Normal);
            }
        }
        self.gather_chosen(&lineage, EntryKind::Normal, &mut gathered);
        self.gather_additional(&lineage, &mut gathered);
        self.judged(gathered)
    }

    /// The additional certificates of a level alone: what a message gets for its sender's sake.
    #[must_use]
    pub fn additional(&self, level: &Level) -> EncryptionSelection {
        let mut gathered = Gathered::default();
        self.gather_additional(&self.lineage(level), &mut gathered);
        self.judged(gathered)
    }

    /// What one message is encrypted to.
    #[must_use]
    pub fn message(&self, sender: &Level, recipients: &[Level]) -> MessageSelection {
        let recipients = recipients
            .iter()
            .map(|recipient| (recipient.clone(), self.encryption(recipient)))
            .collect();
        MessageSelection {
            recipients,
            for_sender: self.additional(sender),
        }
    }

    /// The certificate with which messages of this level are signed. It is valid and has its private key.
    ///
    /// # Errors
    ///
    /// [`NoSigningCertificate`]: nothing is signed then. A certificate that was chosen by hand is never replaced by
    /// another one in silence.
    pub fn signing(&self, level: &Level) -> Result<SelectionEntry, NoSigningCertificate> {
        let lineage = self.lineage(level);
        let chosen_here = lineage.first().and_then(|(_, own)| own.signing);
        if let Some(sha256) = chosen_here {
            return self.chosen_for_signing(&sha256, Origin::Manual);
        }

        let order = nearest(&lineage, |preferences| preferences.signing_order).unwrap_or_default();
        let mut candidates: Vec<StoredCertificate> = self
            .with_address_of(level)
            .filter(|certificate| certificate.key_alias().is_some())
            .collect();
        candidates.sort_by_cached_key(import_order);
        if order == SigningOrder::Freshest {
            candidates.sort_by_key(|candidate| Reverse(candidate.certificate().not_before()));
        }
        let mut passed_over = Vec::new();
        for candidate in candidates {
            let entry = self.entry(
                candidate,
                vec![Origin::Automatic],
                EntryKind::Normal,
                Purpose::SmimeSign,
            );
            if entry.is_used() {
                return Ok(entry);
            }
            passed_over.push(entry);
        }

        let mut inherited = lineage.iter().skip(1);
        match inherited.find_map(|(level, preferences)| Some((level, preferences.signing?))) {
            Some((level, sha256)) => {
                self.chosen_for_signing(&sha256, Origin::Inherited(level.clone()))
            }
            None => Err(NoSigningCertificate::NoneSuitable { passed_over }),
        }
    }

    fn chosen_for_signing(
        &self,
        sha256: &Thumbprint,
        origin: Origin,
    ) -> Result<SelectionEntry, NoSigningCertificate> {
        let Some(certificate) = self.certificates.by_thumbprint(sha256) else {
            return Err(NoSigningCertificate::ManualUnknown {
                sha256: *sha256,
                origin,
            });
        };
        let has_key = certificate.key_alias().is_some();
        let entry = self.entry(
            certificate,
            vec![origin],
            EntryKind::Normal,
            Purpose::SmimeSign,
        );
        if !has_key {
            Err(NoSigningCertificate::NoPrivateKey {
                entry: Box::new(entry),
            })
        } else if !entry.is_used() {
            Err(NoSigningCertificate::ManualInvalid {
                entry: Box::new(entry),
            })
        } else {
            Ok(entry)
        }
    }

    /// The level's own preferences first, then those it inherits, the nearest first.
    fn lineage(&self, level: &Level) -> Vec<(Level, Preferences)> {
        let levels = level.lineage().into_iter();
        levels
            .map(|level| {
                let preferences = self.preferences.preferences(&level).unwrap_or_default();
                (level, preferences)
            })
            .collect()
    }

    /// The certificates that carry the address of the level; none for a level that is no user.
    fn with_address_of(&self, level: &Level) -> impl Iterator<Item = StoredCertificate> {
        let address = level.name().filter(|_| level.kind() == LevelKind::User);
        let found = address.map_or_else(Vec::new, |address| self.certificates.with_email(address));
        // A store may index in its own way; the rule is here.
        let carries = move |certificate: &StoredCertificate| {
            let emails = emails_of(certificate.certificate());
            address.is_some_and(|address| emails.iter().any(|email| email == address))
        };
        let matching: Vec<StoredCertificate> = found.into_iter().filter(carries).collect();
        matching.into_iter()
    }

    fn gather_additional(&self, lineage: &[(Level, Preferences)], gathered: &mut Gathered) {
        let additional_use = nearest(lineage, |preferences| preferences.additional_use);
        if additional_use == Some(AdditionalUse::On) {
            self.gather_chosen(lineage, EntryKind::Additional, gathered);
        }
    }

    /// What was chosen by hand at every level.
    fn gather_chosen(
        &self,
        lineage: &[(Level, Preferences)],
        kind: EntryKind,
        gathered: &mut Gathered,
    ) {
        for (distance, (level, preferences)) in lineage.iter().enumerate() {
            let chosen = match kind {
                EntryKind::Normal => &preferences.encryption,
                EntryKind::Additional => &preferences.additional,
            };
            for sha256 in chosen {
                let origin = match distance {
                    0 => Origin::Manual,
                    _ => Origin::Inherited(level.clone()),
                };
                match self.certificates.by_thumbprint(sha256) {
                    Some(certificate) => gathered.add(certificate, origin, kind),
                    None => gathered.unknown.push(UnknownChoice {
                        sha256: *sha256,
                        origin,
                    }),
                }
            }
        }
    }

    fn judged(&self, gathered: Gathered) -> EncryptionSelection {
        let mut entries: Vec<SelectionEntry> = gathered
            .entries
            .into_values()
            .map(|(certificate, origins, kind)| {
                let origins = origins.into_iter().collect();
                self.entry(certificate, origins, kind, Purpose::SmimeEncrypt)
            })
            .collect();
        entries.sort_by_cached_key(SelectionEntry::order);
        // What nobody chose and is not valid is not selected at all.
        let (entries, passed_over) = entries
            .into_iter()
            .partition(|entry| entry.is_used() || entry.origins() != [Origin::Automatic]);
        EncryptionSelection {
            entries,
            passed_over,
            unknown: gathered.unknown,
        }
    }

    fn entry(
        &self,
        certificate: StoredCertificate,
        origins: Vec<Origin>,
        kind: EntryKind,
        purpose: Purpose,
    ) -> SelectionEntry {
        let judgement = self.judge.judge(&certificate, purpose);
        SelectionEntry::new(certificate, origins, kind, judgement)
    }
}

impl fmt::Debug for Selector<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Selector").finish_non_exhaustive()
    }
}

/// The certificates for one recipient, or for whoever a level stands for.
///
/// Its page shows [`Self::entries`]; what is encrypted to is [`Self::used`].
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct EncryptionSelection {
    entries: Vec<SelectionEntry>,
    passed_over: Vec<SelectionEntry>,
    unknown: Vec<UnknownChoice>,
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
    recipients: Vec<(Level, EncryptionSelection)>,
    for_sender: EncryptionSelection,
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
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
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
    #[error("the signing certificate that was chosen ({origin}), sha256 {sha256}, is not in the store")]
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

/// The value of the nearest level that sets it.
fn nearest<T>(
    lineage: &[(Level, Preferences)],
    setting: impl Fn(&Preferences) -> Option<T>,
) -> Option<T> {
    lineage
        .iter()
        .find_map(|(_, preferences)| setting(preferences))
}

/// What was found, by thumbprint, before it is judged.
#[derive(Default)]
struct Gathered {
    entries: BTreeMap<Thumbprint, (StoredCertificate, BTreeSet<Origin>, EntryKind)>,
    unknown: Vec<UnknownChoice>,
}

impl Gathered {
    /// One certificate is one entry, whatever brings it in; the user's own stays that if it is additional too.
    fn add(&mut self, certificate: StoredCertificate, origin: Origin, kind: EntryKind) {
        let (_, origins, known_kind) = self
            .entries
            .entry(*certificate.sha256())
            .or_insert_with(|| (certificate, BTreeSet::new(), kind));
        origins.insert(origin);
        *known_kind = kind.min(*known_kind);
    }
}
