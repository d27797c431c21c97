use core::cmp::Reverse;
use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

use rollcert_pki::{Purpose, Thumbprint};

use crate::selection::address::emails_of;
use crate::selection::entry::{EntryKind, Origin, SelectionEntry, import_order};
use crate::selection::judge::{Judge, Standing};
use crate::selection::level::{Level, LevelKind};
use crate::selection::preferences::{
    AdditionalUse, AutoSelect, PreferenceSource, Preferences, SigningOrder,
};
use crate::selection::selected::{
    EncryptionSelection, MessageSelection, NoSigningCertificate, UnknownChoice,
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
///
/// ```
/// # use chrono::{DateTime, Utc};
/// # use rollcert_trust::{CertificateStore, Evaluator, EvaluatorJudge, Level, PreferenceBook, Selector};
/// # fn example(
/// #     evaluator: Evaluator<'_>,
/// #     certificates: &dyn CertificateStore,
/// #     now: DateTime<Utc>,
/// # ) -> Result<(), rollcert_trust::LevelError> {
/// let judge = EvaluatorJudge::new(evaluator, now);
/// let preferences = PreferenceBook::default();
/// let selector = Selector::new(&preferences, certificates, &judge);
/// let selection = selector.encryption(&Level::user("edi@acme.example")?);
/// for entry in selection.used() {
///     println!("{} ({})", entry.certificate().certificate().subject(), entry.origin());
/// }
/// # Ok(())
/// # }
/// ```
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
            let entry = self.for_signing(candidate, Origin::Automatic);
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
        let entry = self.for_signing(certificate, origin);
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
                let judgement = self.judge.judge(&certificate, Purpose::SmimeEncrypt);
                let mut origins: Vec<Origin> = origins.into_iter().collect();
                // Automatic selection takes valid ones alone: what else brought this one in can be undone.
                if judgement.standing() != Standing::Valid && origins.len() > 1 {
                    origins.retain(|origin| *origin != Origin::Automatic);
                }
                SelectionEntry::new(certificate, origins, kind, judgement)
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

    fn for_signing(&self, certificate: StoredCertificate, origin: Origin) -> SelectionEntry {
        let judgement = self.judge.judge(&certificate, Purpose::SmimeSign);
        SelectionEntry::new(certificate, vec![origin], EntryKind::Normal, judgement)
    }
}

impl fmt::Debug for Selector<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Selector").finish_non_exhaustive()
    }
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
