use serde::{Deserialize, Serialize};

use crate::{Capability, Credential, Exchange, ExchangeId, RelationshipId, Slot};

/// The persisted form of a relationship. Every past version still loads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "v")]
#[non_exhaustive]
pub enum Snapshot {
    /// The first form.
    #[serde(rename = "1")]
    V1(SnapshotV1),
    /// What is known of the partner's ability to exchange certificates stands in it as well.
    #[serde(rename = "2")]
    V2(SnapshotV2),
}

/// The first persisted form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a written form never grows: a new one gets a number"
)]
pub struct SnapshotV1 {
    /// Which relationship.
    pub id: RelationshipId,
    /// The facts of every credential that a slot or an exchange names.
    pub credentials: Vec<Credential>,
    /// The slots.
    pub slots: Vec<Slot>,
    /// The exchanges, oldest id first.
    pub exchanges: Vec<(ExchangeId, Exchange)>,
}

/// The second persisted form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a written form never grows: a new one gets a number"
)]
pub struct SnapshotV2 {
    /// Which relationship.
    pub id: RelationshipId,
    /// Whether the partner can exchange certificates by the protocol.
    pub capability: Capability,
    /// The facts of every credential that a slot or an exchange names.
    pub credentials: Vec<Credential>,
    /// The slots.
    pub slots: Vec<Slot>,
    /// The exchanges, oldest id first.
    pub exchanges: Vec<(ExchangeId, Exchange)>,
}

impl From<SnapshotV1> for SnapshotV2 {
    /// In the first form nothing was known of the partner's ability; its next message tells.
    fn from(first: SnapshotV1) -> Self {
        let SnapshotV1 {
            id,
            credentials,
            slots,
            exchanges,
        } = first;
        Self {
            id,
            capability: Capability::Unknown,
            credentials,
            slots,
            exchanges,
        }
    }
}
