use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    Capability, Credential, Decision, EffectId, ExchangeId, Fingerprint, Offer, Role, Side,
    Timestamp,
};

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
    /// A certificate that was agreed outside of the protocol waits for its first use.
    Scheduled {
        /// Whose.
        side: Side,
        /// What for.
        role: Role,
        /// Its facts.
        credential: Credential,
    },
    /// What is known of the partner's ability to exchange certificates by the protocol has changed.
    CapabilityChanged {
        /// What is known now.
        capability: Capability,
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
        /// When the partner says it made the offer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        made_at: Option<Timestamp>,
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
    /// An unanswered offer, or part of it, was overtaken: by a newer one, or by what was agreed by hand.
    Superseded {
        /// Who offers in the exchange.
        side: Side,
        /// Which exchange.
        exchange: ExchangeId,
        /// By which newer offer; none where a certificate was agreed outside of any exchange.
        by: Option<ExchangeId>,
        /// For which roles; what it offers for others stands. Earlier releases wrote none, and meant all.
        #[serde(default = "every_role")]
        roles: BTreeSet<Role>,
    },
    /// The partner could not use a message for one certificate, and it goes out once more with another.
    SentAgain {
        /// The effect that carried it first.
        effect: EffectId,
        /// In which role the certificate was used: ours to sign, the partner's to encrypt to.
        role: Role,
        /// The certificate that the partner had no use for.
        instead_of: Fingerprint,
        /// The certificate that is used now.
        with: Fingerprint,
        /// What the partner said. Text from a partner: escape it where people read it.
        reason: String,
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

fn every_role() -> BTreeSet<Role> {
    BTreeSet::from(Role::ALL)
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
