use serde::{Deserialize, Serialize};

use crate::{Credential, Exchange, ExchangeId, RelationshipId, Slot};

/// The persisted form of a relationship. Every past version still loads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "v")]
#[non_exhaustive]
pub enum Snapshot {
    /// The first form.
    #[serde(rename = "1")]
    V1(SnapshotV1),
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
