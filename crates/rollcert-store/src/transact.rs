use core::error::Error;

use rollcert_schedule::{Commit, Relationship, RelationshipId};

use crate::{CommitError, Store, StoreError};

/// How often [`transact`] decides anew before it gives up. Each time means that somebody else has
/// written, so this is many.
pub const ATTEMPTS: u32 = 1_000;

/// Loads a relationship, decides, and commits; when another commit came first, decides again on the new
/// state.
///
/// `decide` may run several times, so it must do nothing but decide. One that has never been committed
/// begins as [`Relationship::new`]. A commit that changes nothing is not written.
///
/// Returns the commit, and the relationship after it.
///
/// # Errors
///
/// [`TransactError`].
///
/// # Examples
///
/// ```
/// use rollcert_schedule::{Command, Refusal, RelationshipId};
/// use rollcert_store::{MemoryStore, transact};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryStore::new();
/// let now = "2027-03-01T06:00:00Z".parse()?;
/// let (commit, _) = transact(&store, &RelationshipId::new("ALICE", "BOB", "as2"), |relationship| {
///     relationship.decide([Command::Tick], now)
/// })?;
/// assert!(commit.is_empty());
/// # Ok(())
/// # }
/// ```
pub fn transact<E>(
    store: &(impl Store + ?Sized),
    id: &RelationshipId,
    mut decide: impl FnMut(&Relationship) -> Result<Commit, E>,
) -> Result<(Commit, Relationship), TransactError<E>> {
    let mut attempts = 0;
    loop {
        let loaded = store.load(id)?;
        let mut relationship = loaded.unwrap_or_else(|| Relationship::new(id.clone()));
        let commit = decide(&relationship).map_err(TransactError::Decide)?;
        if commit.is_empty() {
            return Ok((commit, relationship));
        }
        attempts += 1;
        match store.commit(&commit) {
            Ok(_) => {
                relationship.apply(&commit);
                return Ok((commit, relationship));
            }
            Err(CommitError::Conflict { .. }) if attempts < ATTEMPTS => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Why nothing was written.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransactError<E> {
    /// There was nothing to commit: the decision itself failed.
    #[error(transparent)]
    Decide(E),
    /// The commit was not written.
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl<E> From<StoreError> for TransactError<E> {
    fn from(error: StoreError) -> Self {
        Self::Commit(error.into())
    }
}

impl<E: Error> TransactError<E> {
    /// A stable name for this kind of failure; `decision-failed` where the decision itself failed.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Decide(_) => "decision-failed",
            Self::Commit(error) => error.code(),
        }
    }
}

#[cfg(test)]
mod tests {
    use rollcert_schedule::{Action, Command, Effect, EffectId, Fingerprint, Timestamp};

    use super::*;
    use crate::{MemoryStore, Outbox};

    fn noon() -> Timestamp {
        "2027-03-01T12:00:00Z".parse().unwrap()
    }

    fn effect(name: &str) -> Effect {
        let action = Action::SendMessage {
            content: Fingerprint::new([7; 32]),
        };
        Effect {
            id: EffectId::new(name),
            action,
            due: noon(),
        }
    }

    #[test]
    fn a_decision_on_a_stale_version_is_made_again_on_the_new_state() {
        let store = MemoryStore::new();
        let id = RelationshipId::new("ALICE", "BOB", "as2");
        let tick = |relationship: &Relationship| relationship.decide([Command::Tick], noon());
        let mut versions = Vec::new();
        let (_, after) = transact(&store, &id, |relationship| {
            versions.push(relationship.version());
            if relationship.version() == 0 {
                // Somebody else is faster.
                let other = tick(relationship)?.with_effect(effect("other"));
                store.commit(&other).unwrap();
            }
            Ok::<_, rollcert_schedule::Refusal>(tick(relationship)?.with_effect(effect("ours")))
        })
        .unwrap();
        assert_eq!(versions, [0, 1]);
        assert_eq!(after.version(), 2);
        assert_eq!(store.load(&id).unwrap(), Some(after));
        assert_eq!(store.effects(&id).unwrap().len(), 2);
    }

    #[test]
    fn a_decision_that_never_settles_ends_in_the_conflict() {
        let store = MemoryStore::new();
        let id = RelationshipId::new("ALICE", "BOB", "as2");
        let mut number = 0;
        let result = transact(&store, &id, |relationship| {
            number += 1;
            let tick = relationship.decide([Command::Tick], noon())?;
            store
                .commit(&tick.clone().with_effect(effect(&number.to_string())))
                .unwrap();
            Ok::<_, rollcert_schedule::Refusal>(tick.with_effect(effect("ours")))
        });
        assert!(matches!(
            result,
            Err(TransactError::Commit(CommitError::Conflict { .. }))
        ));
        assert_eq!(number, ATTEMPTS);
    }

    #[test]
    fn a_refused_decision_writes_nothing() {
        let store = MemoryStore::new();
        let id = RelationshipId::new("ALICE", "BOB", "as2");
        let result = transact(&store, &id, |_| Err("no"));
        assert!(matches!(result, Err(TransactError::Decide("no"))));
        assert_eq!(store.load(&id).unwrap(), None);
    }
}
