use rollcert_schedule::{
    Commit, Effect, EffectId, Fingerprint, Received, Recorded, Relationship, RelationshipId,
    Timestamp, Version,
};

use crate::{CommitError, LeaseError, StoreError};

/// Where relationships are kept.
///
/// Prove an implementation with [`kit`](crate::kit).
pub trait Store: Send + Sync {
    /// The relationship as it stands, or nothing when it has never been committed.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn load(&self, id: &RelationshipId) -> Result<Option<Relationship>, StoreError>;

    /// Writes the whole commit, or nothing of it, and returns the new version.
    ///
    /// The order of checks: the version, the leases of what is settled, the message received. Effects
    /// and documents that are known by their id are left as they are.
    ///
    /// # Errors
    ///
    /// [`CommitError`].
    fn commit(&self, commit: &Commit) -> Result<Version, CommitError>;

    /// Every relationship, in the order of their ids.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn relationships(&self) -> Result<Vec<RelationshipId>, StoreError>;

    /// At most `limit` relationships with a timer due at `now`, longest due first.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<RelationshipId>, StoreError>;

    /// When the next timer is due, of any relationship.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn next_due(&self) -> Result<Option<Timestamp>, StoreError>;

    /// The message that was received under this id, with the reply it got.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn received(
        &self,
        id: &RelationshipId,
        message_id: &str,
    ) -> Result<Option<Received>, StoreError>;

    /// Every message received, oldest first.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn inbox(&self, id: &RelationshipId) -> Result<Vec<Received>, StoreError>;

    /// The document kept under this digest.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn blob(&self, id: Fingerprint) -> Result<Option<Vec<u8>>, StoreError>;

    /// Everything that happened to the relationship, in order: its audit trail.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn events(&self, id: &RelationshipId) -> Result<Vec<Recorded>, StoreError>;
}

/// Where effects wait to be carried out.
pub trait Outbox: Send + Sync {
    /// Leases at most `limit` effects that are due at `now` to `worker`, until `until`; oldest first.
    ///
    /// An effect under a lease goes to nobody else before the lease ends, but a worker that starts
    /// again under its old name takes its own back at once. So each name runs once at a time.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn lease(
        &self,
        worker: &str,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Leased>, StoreError>;

    /// Stores what will be sent, before it is sent for the first time, and the id that a receipt will know it by.
    ///
    /// # Errors
    ///
    /// [`LeaseError::Lost`] when the lease is no longer ours or octets are stored already.
    fn store_rendered(
        &self,
        leased: &Leased,
        message_id: &str,
        octets: &[u8],
    ) -> Result<(), LeaseError>;

    /// Gives the lease back without a failure: what was sent has arrived, and its receipt comes in a request of
    /// its own. If none has come by `until`, the effect is due again.
    ///
    /// # Errors
    ///
    /// [`LeaseError::Lost`] when the lease is no longer ours; so it is, too, when the receipt was faster.
    fn hold(&self, leased: &Leased, until: Timestamp) -> Result<(), LeaseError>;

    /// Gives the lease back: the attempt failed, try again at `retry_at`.
    ///
    /// # Errors
    ///
    /// [`LeaseError::Lost`] when the lease is no longer ours.
    fn fail(&self, leased: &Leased, retry_at: Timestamp, reason: &str) -> Result<(), LeaseError>;

    /// The outbox of a relationship, done with or not, oldest first.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn effects(&self, id: &RelationshipId) -> Result<Vec<EffectRow>, StoreError>;

    /// The effect that is sent under this message id, done with or not.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn sent_as(
        &self,
        id: &RelationshipId,
        message_id: &str,
    ) -> Result<Option<EffectRow>, StoreError>;
}

/// An effect under a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "plain data, made by stores elsewhere"
)]
pub struct Leased {
    /// Whose effect.
    pub relationship: RelationshipId,
    /// What to do.
    pub effect: Effect,
    /// Grows with each lease; settles only what it still holds.
    pub fence: u64,
    /// How many attempts failed so far.
    pub attempts: u32,
    /// What to send, once it has been stored.
    pub rendered: Option<Vec<u8>>,
}

/// An effect as the outbox shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "plain data, made by stores elsewhere"
)]
pub struct EffectRow {
    /// Its name.
    pub id: EffectId,
    /// What it does.
    pub effect: Effect,
    /// The fence of its last lease; zero before the first.
    pub fence: u64,
    /// How many attempts failed so far.
    pub attempts: u32,
    /// Why the last one failed.
    pub last_failure: Option<String>,
    /// What is sent, once it has been stored.
    pub rendered: Option<Vec<u8>>,
    /// Whether it is done with.
    pub settled: bool,
}
