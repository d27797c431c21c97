use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Decision, Fingerprint, Role, Side, Timestamp};

/// One certificate in an offer, and what it is offered for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "plain data of an offer")]
pub struct Offer {
    /// Which credential.
    pub fingerprint: Fingerprint,
    /// For which roles; all of them stand or fall together (CEM §2.5).
    pub roles: BTreeSet<Role>,
}

/// The answer to one offered credential, and when it was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Answer {
    /// What was decided.
    pub decision: Decision,
    /// When it became known here.
    pub at: Timestamp,
}

/// One exchange: certificates offered by one side, answered by the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Exchange {
    /// Who offers its certificates.
    pub side: Side,
    /// What is offered.
    pub offers: Vec<Offer>,
    /// By when an answer is expected.
    pub respond_by: Option<Timestamp>,
    /// Digest of the message that brought it, under which the host keeps it.
    pub evidence: Option<Fingerprint>,
    /// When it was made by us, or received.
    pub offered_at: Timestamp,
    /// When the partner says it made the offer; none for ours, and where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_at: Option<Timestamp>,
    /// When the other side confirmed that it has the offer, or the answer of ours.
    pub delivered_at: Option<Timestamp>,
    /// Why it could not be delivered, if so.
    pub failure: Option<String>,
    /// The answers so far, by credential.
    pub answers: BTreeMap<Fingerprint, Answer>,
    /// When the date passed without a full answer.
    pub expired_at: Option<Timestamp>,
    /// When newer offers had overtaken all of it that was waiting.
    pub superseded_at: Option<Timestamp>,
    /// The roles for which a newer offer overtook it; see [`Self::is_superseded_for`].
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub superseded_roles: BTreeSet<Role>,
    /// What was agreed for all its roles when it was offered here once more: that brought nothing new.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub announced_again: BTreeSet<Fingerprint>,
    /// How often the answer was queued for sending.
    pub answers_queued: u32,
}

/// Where an exchange stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExchangeState {
    /// Some credential has no answer yet.
    AwaitAnswer,
    /// Every credential was accepted.
    Accepted,
    /// Every credential is answered, and one at least rejected.
    Rejected,
    /// No full answer came by the date.
    Expired,
    /// A newer offer overtook it before it was fully answered.
    Superseded,
    /// It could not be delivered.
    Failed,
}

impl ExchangeState {
    /// The state in a word, for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AwaitAnswer => "awaiting answer",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
            Self::Failed => "failed",
        }
    }
}

impl Exchange {
    /// Where it stands. An answer counts even when it came late.
    #[must_use]
    pub fn state(&self) -> ExchangeState {
        let mut answers = self.answers.values();
        if self.is_answered() {
            if answers.all(|answer| answer.decision == Decision::Accept) {
                ExchangeState::Accepted
            } else {
                ExchangeState::Rejected
            }
        } else if self.superseded_at.is_some() {
            ExchangeState::Superseded
        } else if self.expired_at.is_some() {
            ExchangeState::Expired
        } else if self.failure.is_some() {
            ExchangeState::Failed
        } else {
            ExchangeState::AwaitAnswer
        }
    }

    /// Whether a newer offer overtook what it offers for this role.
    #[must_use]
    pub fn is_superseded_for(&self, role: Role) -> bool {
        // Earlier releases closed the exchange as a whole and named no roles.
        self.superseded_roles.contains(&role)
            || (self.superseded_roles.is_empty() && self.superseded_at.is_some())
    }

    /// The offer of this credential.
    #[must_use]
    pub fn offer(&self, fingerprint: Fingerprint) -> Option<&Offer> {
        self.offers
            .iter()
            .find(|offer| offer.fingerprint == fingerprint)
    }

    /// Whether every credential has its answer.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.unanswered().next().is_none()
    }

    /// The credentials without an answer.
    pub fn unanswered(&self) -> impl Iterator<Item = &Offer> {
        self.offers
            .iter()
            .filter(|offer| !self.answers.contains_key(&offer.fingerprint))
    }
}
