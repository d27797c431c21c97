use serde::{Deserialize, Serialize};

use crate::{Credential, Decision, ExchangeId, Fingerprint, Offer, Role, Side, Timestamp};

/// Something that happened to a relationship. The stream of events is its audit trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Event {
    /// A certificate that is in use was made known.
    Adopted {
        /// Whose.
        side: Side,
        /// What for.
        role: Role,
        /// Its facts.
        credential: Credential,
    },
    /// Certificates were offered, by us or by the partner.
    Offered {
        /// Whose certificates.
        side: Side,
        /// The new exchange.
        exchange: ExchangeId,
        /// What is offered.
        offers: Vec<Offer>,
        /// The facts of each certificate.
        credentials: Vec<Credential>,
        /// By when an answer is expected.
        respond_by: Option<Timestamp>,
        /// Digest of the message that brought it, if one did.
        evidence: Option<Fingerprint>,
    },
    /// The other side confirmed that it has the offer, or our answer.
    Delivered {
        /// Who offers in the exchange.
        side: Side,
        /// Which exchange.
        exchange: ExchangeId,
    },
    /// An offer of ours could not be delivered.
    DeliveryFailed {
        /// Which exchange.
        exchange: ExchangeId,
        /// Why.
        reason: String,
    },
    /// One certificate of an exchange was answered.
    Answered {
        /// Who offers in the exchange.
        side: Side,
        /// Which exchange.
        exchange: ExchangeId,
        /// Which certificate.
        fingerprint: Fingerprint,
        /// Yes or no.
        decision: Decision,
    },
    /// An answer came that contradicts the one before; it changes nothing.
    AnswerIgnored {
        /// Which exchange.
        exchange: ExchangeId,
        /// Which certificate.
        fingerprint: Fingerprint,
        /// What it said.
        decision: Decision,
    },
    /// Our answer was queued for sending.
    AnswerQueued {
        /// Which exchange.
        exchange: ExchangeId,
    },
    /// The date passed without a full answer to our offer.
    Expired {
        /// Which exchange.
        exchange: ExchangeId,
    },
    /// A newer offer overtook an unanswered one.
    Superseded {
        /// Who offers in the exchange.
        side: Side,
        /// Which exchange.
        exchange: ExchangeId,
        /// By which.
        by: ExchangeId,
    },
    /// A certificate became the one in use; the one before is archived.
    Installed {
        /// Whose.
        side: Side,
        /// What for.
        role: Role,
        /// Which.
        fingerprint: Fingerprint,
        /// By what.
        cause: Cause,
    },
}

/// What made a certificate the one in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Cause {
    /// It was accepted and is valid.
    Acceptance,
    /// It was used for the first time.
    FirstUse,
}

/// An event and its instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "an instant and an event")]
pub struct Recorded {
    /// When it was decided.
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}
