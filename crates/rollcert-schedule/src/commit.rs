use core::fmt;

use serde::{Deserialize, Serialize};

use crate::{ExchangeId, Fingerprint, Recorded, RelationshipId, Role, Side, Snapshot, Timestamp};

/// Counts the commits of a relationship; zero before the first.
pub type Version = u64;

/// Everything that one decision changes. A store writes it whole or not at all.
///
/// Besides what [`Relationship::decide`](crate::Relationship::decide) put there, a host may add what
/// must be durable in the same instant: messages to send, effects done, a message received, documents
/// to keep.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a decision changes nothing until a store has written it"]
#[non_exhaustive]
pub struct Commit {
    /// Which relationship.
    pub relationship: RelationshipId,
    /// The version that the decision was made on; the store refuses any other.
    pub expected_version: Version,
    /// What happened, in order.
    pub events: Vec<Recorded>,
    /// The state after the events.
    pub snapshot: Snapshot,
    /// Every timer of the relationship from now on, replacing those before.
    pub timers: Vec<Timer>,
    /// New effects to carry out. One whose id is known already is left as it is.
    pub outbox: Vec<Effect>,
    /// Effects that are done with.
    pub settled: Vec<Settled>,
    /// A message that came in, and the reply it got.
    pub received: Option<Received>,
    /// Documents to keep. One that is known already is left as it is.
    pub blobs: Vec<Blob>,
}

impl Commit {
    /// The same commit, with one more effect to carry out.
    pub fn with_effect(mut self, effect: Effect) -> Self {
        self.outbox.push(effect);
        self
    }

    /// The same commit, with one effect done.
    pub fn with_settled(mut self, settled: Settled) -> Self {
        self.settled.push(settled);
        self
    }

    /// The same commit, recording a received message.
    pub fn with_received(mut self, received: Received) -> Self {
        self.received = Some(received);
        self
    }

    /// The same commit, keeping one more document.
    pub fn with_blob(mut self, blob: Blob) -> Self {
        self.blobs.push(blob);
        self
    }

    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
            && self.outbox.is_empty()
            && self.settled.is_empty()
            && self.received.is_none()
            && self.blobs.is_empty()
    }
}

/// A wake-up call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "plain data of a timer")]
pub struct Timer {
    /// When [`Command::Tick`](crate::Command::Tick) is wanted.
    pub due: Timestamp,
    /// What for.
    pub kind: TimerKind,
}

/// What a timer waits for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TimerKind {
    /// The date by which an exchange should be answered.
    AnswerDue {
        /// Which exchange.
        exchange: ExchangeId,
    },
    /// An accepted certificate becomes valid.
    BecomesValid {
        /// Whose.
        side: Side,
        /// What for.
        role: Role,
        /// Which.
        fingerprint: Fingerprint,
    },
}

/// Names one effect within its relationship, for ever. What is sent for it derives its message id
/// from here, so a retry is the same message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EffectId(String);

impl EffectId {
    /// Takes an id that is unique within the relationship.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EffectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Something to be done in the world outside, once its commit is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "plain data of an outbox row")]
pub struct Effect {
    /// Its name.
    pub id: EffectId,
    /// What to do.
    pub action: Action,
    /// Not before this instant.
    pub due: Timestamp,
}

/// What an effect does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Action {
    /// Offer our certificates to the partner.
    SendOffer {
        /// Which exchange.
        exchange: ExchangeId,
    },
    /// Answer the partner's offer.
    SendAnswer {
        /// Which exchange.
        exchange: ExchangeId,
    },
    /// Send a document of the host's. The schedule only carries it, so that it leaves under one id.
    SendMessage {
        /// The blob that holds the document.
        content: Fingerprint,
    },
    /// Deliver a receipt that the partner wants in a request of its own.
    SendReceipt {
        /// The blob that holds the receipt, ready to be sent: each attempt sends the same octets.
        receipt: Fingerprint,
    },
    /// Carry an action out once more, with another certificate than the first time.
    SendAgain {
        /// What to do.
        action: Box<Self>,
        /// Which certificate is another: ours that signs, or the partner's that is encrypted to.
        role: Role,
        /// The certificate to use.
        with: Fingerprint,
    },
}

impl Action {
    /// What is done in the end, whichever certificate it is done with.
    #[must_use]
    pub fn purpose(&self) -> &Self {
        match self {
            Self::SendAgain { action, .. } => action.purpose(),
            action => action,
        }
    }
}

/// An effect that is done with, and the lease under which it was carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::exhaustive_structs,
    reason = "plain data of an acknowledgement"
)]
pub struct Settled {
    /// Which effect.
    pub effect: EffectId,
    /// The fence of the lease; a store refuses an older one.
    pub fence: u64,
}

/// A message that came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "plain data of an inbox row")]
pub struct Received {
    /// The partner's id for it.
    pub message_id: String,
    /// SHA-256 of the whole message, so that a retry is told from another message under the same id.
    pub digest: Fingerprint,
    /// The reply it got, to be repeated to a retry octet for octet.
    pub reply: Vec<u8>,
    /// The document that it brought, if the host wants it kept with the reply.
    pub content: Option<Vec<u8>>,
    /// When it came.
    pub at: Timestamp,
}

/// A document that is kept under its own SHA-256.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "content and its address")]
pub struct Blob {
    /// SHA-256 of the octets.
    pub id: Fingerprint,
    /// The octets.
    pub octets: Vec<u8>,
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blob")
            .field("id", &self.id)
            .field("len", &self.octets.len())
            .finish()
    }
}
