use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Advertised, Credential, Effect, ExchangeId, Fingerprint, Offer, Operation, Role, Side,
    Timestamp,
};

/// What is asked of a relationship, or what it is told.
///
/// Every command may come twice, as messages and operators repeat themselves: the second time
/// yields a commit without events. The one exception, [`Self::SendAgain`], goes with the end of its effect, which
/// comes once.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// States what is in use today; the slot must be empty.
    Adopt {
        /// Whose.
        side: Side,
        /// What for.
        role: Role,
        /// The certificate's facts.
        credential: Credential,
    },
    /// Puts a certificate in waiting that was agreed with the partner outside of the protocol: by e-mail, say.
    ///
    /// It is installed by its first use, so it is for roles where [`Role::installs_by`] says so: our encryption
    /// certificate, to which the partner encrypts some day; the partner's signing certificate, with which it
    /// signs some day. Until then the one before serves beside it.
    Schedule {
        /// Whose.
        side: Side,
        /// What for.
        role: Role,
        /// The certificate's facts.
        credential: Credential,
    },
    /// A message of the partner's advertises what it can do.
    Advertised {
        /// What it says of the exchange of certificates.
        advertised: Advertised,
    },
    /// An operator declares that the partner can exchange certificates by the protocol, whatever it
    /// advertises.
    ForceCapability,
    /// An operator takes that back: from here on the partner's next word counts.
    ReleaseCapability,
    /// Offers certificates of ours to the partner.
    Offer {
        /// The new exchange.
        exchange: ExchangeId,
        /// What is offered.
        offers: Vec<Offer>,
        /// The facts of each certificate offered.
        credentials: Vec<Credential>,
        /// By when the partner should answer.
        respond_by: Option<Timestamp>,
    },
    /// The partner offers certificates.
    ReceiveOffer {
        /// The partner's name for the exchange.
        exchange: ExchangeId,
        /// What is offered.
        offers: Vec<Offer>,
        /// The facts of each certificate offered.
        credentials: Vec<Credential>,
        /// By when we should answer.
        respond_by: Option<Timestamp>,
        /// When the partner says it made the offer, as far as that can be believed. Of two offers, the one that was made
        /// later counts, in whichever order they come.
        made_at: Option<Timestamp>,
        /// Digest of the message that brought it, under which the host keeps it.
        evidence: Fingerprint,
    },
    /// Certificates in the partner's offer cannot be used at all, whoever would decide. Those of them that have an
    /// answer already keep it.
    RejectUnusable {
        /// Which exchange.
        exchange: ExchangeId,
        /// Which certificates, and why, for people on the other side.
        reasons: BTreeMap<Fingerprint, String>,
    },
    /// We answer the partner's offer: one decision for each certificate in it that has none yet.
    Decide {
        /// Which exchange.
        exchange: ExchangeId,
        /// The decisions.
        decisions: BTreeMap<Fingerprint, Decision>,
    },
    /// The partner answers our offer, in full or in part.
    ReceiveAnswer {
        /// Which exchange.
        exchange: ExchangeId,
        /// The answers.
        decisions: BTreeMap<Fingerprint, Decision>,
    },
    /// The partner confirmed that it has our offer or our answer.
    Delivered {
        /// Who offers in the exchange: we, if an offer was delivered; they, if an answer was.
        side: Side,
        /// Which exchange.
        exchange: ExchangeId,
    },
    /// Our offer cannot be delivered: the partner refused the message that carries it.
    DeliveryFailed {
        /// Which exchange.
        exchange: ExchangeId,
        /// Why, for people.
        reason: String,
    },
    /// The partner could not use a message of ours for the certificate that it was signed with or encrypted to:
    /// it is sent once more, with the other certificate.
    SendAgain {
        /// The effect that carried it, which the caller settles.
        effect: Effect,
        /// What was done with the certificate: [`Operation::Sign`] or [`Operation::Encrypt`].
        operation: Operation,
        /// The certificate that the partner had no use for.
        instead_of: Fingerprint,
        /// What the partner said, for people.
        reason: String,
    },
    /// A credential did its work: a message was opened or verified with it, or, for our signing
    /// certificate, a verified receipt shows that the partner verified with it.
    Used {
        /// Whose.
        side: Side,
        /// In which role.
        role: Role,
        /// Which.
        fingerprint: Fingerprint,
    },
    /// Time has passed.
    Tick,
}

/// Yes or no to one offered certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(clippy::exhaustive_enums, reason = "an answer is yes or no (CEM §2.5)")]
pub enum Decision {
    /// The certificate may be used.
    Accept,
    /// It may not.
    Reject {
        /// Why, for people. Text from a partner: escape it where people read it.
        reason: String,
    },
}

impl Decision {
    /// Whether both say yes, or both no, for whatever reason.
    pub(crate) const fn agrees_with(&self, other: &Self) -> bool {
        matches!(
            (self, other),
            (Self::Accept, Self::Accept) | (Self::Reject { .. }, Self::Reject { .. })
        )
    }
}

/// Why a command is refused. The state is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// A certificate is in use already where one was to be adopted.
    #[error("the slot for {role:?} of {side:?} is in use by {installed}")]
    SlotInUse {
        /// Whose.
        side: Side,
        /// What for.
        role: Role,
        /// What is in use.
        installed: Fingerprint,
    },
    /// The slot has no certificate yet; the first exchange happens outside.
    #[error("no certificate is in use for {role:?} of {side:?}; adopt one first")]
    NotEstablished {
        /// Whose.
        side: Side,
        /// What for.
        role: Role,
    },
    /// Another certificate waits in the slot.
    #[error("the slot for {role:?} is locked by {pending}, which waits to be installed")]
    SlotLocked {
        /// What for.
        role: Role,
        /// What waits.
        pending: Fingerprint,
    },
    /// The certificate is in use in this slot already.
    #[error("{fingerprint} is the certificate in use for {role:?}")]
    AlreadyInstalled {
        /// What for.
        role: Role,
        /// Which.
        fingerprint: Fingerprint,
    },
    /// Nothing is offered, a certificate is offered twice or for no role, or its facts are missing.
    #[error("the offer is empty, names a certificate twice, or names none of its roles or facts")]
    MalformedOffer,
    /// The certificate ends before the answer is due, or is over already.
    #[error("{fingerprint} ends at {not_after}, before {needed_until}")]
    EndsTooEarly {
        /// Which.
        fingerprint: Fingerprint,
        /// Its end.
        not_after: Timestamp,
        /// Until when it is needed.
        needed_until: Timestamp,
    },
    /// The date to answer by is not in the future.
    #[error("the date to answer by, {respond_by}, is not after {now}")]
    DatePassed {
        /// The date.
        respond_by: Timestamp,
        /// Now.
        now: Timestamp,
    },
    /// The exchange is known, with other content.
    #[error("exchange {exchange:?} is known with other content")]
    Contradiction {
        /// Which.
        exchange: ExchangeId,
    },
    /// No such exchange, or it was begun by the other side.
    #[error("no exchange {exchange:?} awaits this")]
    UnknownExchange {
        /// Which.
        exchange: ExchangeId,
    },
    /// Decisions must name each certificate of the exchange that has none yet, and none of another.
    #[error("the decisions do not cover the certificates of exchange {exchange:?}")]
    IncompleteDecision {
        /// Which.
        exchange: ExchangeId,
    },
    /// The exchange was answered otherwise, or overtaken by a newer one.
    #[error("exchange {exchange:?} is closed")]
    Closed {
        /// Which.
        exchange: ExchangeId,
    },
    /// A certificate in use for these roles already must be answered with yes (CEM §2.5).
    #[error("{fingerprint} is in use for the same roles and must be accepted")]
    MustAccept {
        /// Which.
        fingerprint: Fingerprint,
    },
    /// A certificate that cannot be used was rejected when it came.
    #[error("{fingerprint} cannot be used and was rejected")]
    Unusable {
        /// Which.
        fingerprint: Fingerprint,
    },
    /// What waits in this slot is not installed by its first use, so it cannot be agreed on by waiting for one.
    #[error("a certificate for {role:?} of {side:?} is not installed by first use")]
    NotByFirstUse {
        /// Whose.
        side: Side,
        /// What for.
        role: Role,
    },
    /// No other certificate could serve instead, or the message was sent once more already.
    #[error("nothing else serves {operation:?} instead of {instead_of}")]
    NoAlternative {
        /// What was to be done.
        operation: Operation,
        /// The certificate that the partner had no use for.
        instead_of: Fingerprint,
    },
    /// The named credential is not in the slot.
    #[error("{fingerprint} is not held for {role:?} of {side:?}")]
    UnknownCredential {
        /// Whose.
        side: Side,
        /// What for.
        role: Role,
        /// Which.
        fingerprint: Fingerprint,
    },
}

impl Refusal {
    /// A stable name for this refusal, for reports and runbooks.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::SlotInUse { .. } => "slot-in-use",
            Self::NotEstablished { .. } => "relationship-not-established",
            Self::SlotLocked { .. } => "slot-locked",
            Self::AlreadyInstalled { .. } => "already-installed",
            Self::MalformedOffer => "malformed-offer",
            Self::EndsTooEarly { .. } => "certificate-ends-too-early",
            Self::DatePassed { .. } => "respond-by-passed",
            Self::Contradiction { .. } => "exchange-contradiction",
            Self::UnknownExchange { .. } => "unknown-exchange",
            Self::IncompleteDecision { .. } => "incomplete-decision",
            Self::Closed { .. } => "exchange-closed",
            Self::MustAccept { .. } => "must-accept",
            Self::Unusable { .. } => "certificate-unusable",
            Self::NotByFirstUse { .. } => "not-installed-by-first-use",
            Self::NoAlternative { .. } => "no-alternative",
            Self::UnknownCredential { .. } => "unknown-credential",
        }
    }
}
