use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rollcert_schedule::{
    Commit, Effect, EffectId, Fingerprint, Received, Recorded, Relationship, RelationshipId,
    Snapshot, Timer, Timestamp, Version,
};

use crate::{CommitError, EffectRow, LeaseError, Leased, Outbox, Store, StoreError};

/// A store that forgets when the process ends: for tests and trials.
#[derive(Debug, Default)]
pub struct MemoryStore {
    tables: Mutex<Tables>,
}

#[derive(Debug, Default)]
struct Tables {
    relationships: BTreeMap<RelationshipId, Row>,
    outbox: BTreeMap<(RelationshipId, EffectId), OutboxRow>,
    /// Effects in the order in which they came.
    queue: Vec<(RelationshipId, EffectId)>,
    blobs: BTreeMap<Fingerprint, Vec<u8>>,
}

#[derive(Debug)]
struct Row {
    version: Version,
    snapshot: Snapshot,
    events: Vec<Recorded>,
    timers: Vec<Timer>,
    inbox: Vec<Received>,
}

#[derive(Debug)]
struct OutboxRow {
    effect: Effect,
    due: Timestamp,
    fence: u64,
    lease: Option<(String, Timestamp)>,
    attempts: u32,
    last_failure: Option<String>,
    message_id: Option<String>,
    rendered: Option<Vec<u8>>,
    settled: bool,
}

impl OutboxRow {
    fn shown(&self) -> EffectRow {
        EffectRow {
            id: self.effect.id.clone(),
            effect: self.effect.clone(),
            fence: self.fence,
            attempts: self.attempts,
            last_failure: self.last_failure.clone(),
            rendered: self.rendered.clone(),
            settled: self.settled,
        }
    }
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        // Every change is checked before the first write, so a panic elsewhere leaves whole tables.
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn load(&self, id: &RelationshipId) -> Result<Option<Relationship>, StoreError> {
        let tables = self.tables();
        Ok(tables
            .relationships
            .get(id)
            .map(|row| Relationship::restore(row.snapshot.clone(), row.version)))
    }

    fn commit(&self, commit: &Commit) -> Result<Version, CommitError> {
        let tables = &mut *self.tables();
        let id = &commit.relationship;
        let found = tables.relationships.get(id).map_or(0, |row| row.version);
        if found != commit.expected_version {
            return Err(CommitError::Conflict {
                expected: commit.expected_version,
                found,
            });
        }
        for settled in &commit.settled {
            let key = (id.clone(), settled.effect.clone());
            let held = tables
                .outbox
                .get(&key)
                .is_some_and(|row| !row.settled && row.fence == settled.fence);
            if !held {
                return Err(CommitError::LeaseLost {
                    effect: settled.effect.clone(),
                });
            }
        }
        let known = tables
            .relationships
            .get(id)
            .into_iter()
            .flat_map(|row| &row.inbox);
        if let Some(received) = &commit.received
            && known
                .into_iter()
                .any(|known| known.message_id == received.message_id)
        {
            return Err(CommitError::AlreadyReceived);
        }

        let version = found + 1;
        let row = tables
            .relationships
            .entry(id.clone())
            .or_insert_with(|| Row {
                version,
                snapshot: commit.snapshot.clone(),
                events: Vec::new(),
                timers: Vec::new(),
                inbox: Vec::new(),
            });
        row.version = version;
        row.snapshot = commit.snapshot.clone();
        row.events.extend(commit.events.iter().cloned());
        row.timers.clone_from(&commit.timers);
        row.inbox.extend(commit.received.iter().cloned());
        for settled in &commit.settled {
            if let Some(row) = tables.outbox.get_mut(&(id.clone(), settled.effect.clone())) {
                row.settled = true;
                row.lease = None;
            }
        }
        for effect in &commit.outbox {
            let key = (id.clone(), effect.id.clone());
            if !tables.outbox.contains_key(&key) {
                tables.queue.push(key.clone());
                tables.outbox.insert(
                    key,
                    OutboxRow {
                        effect: effect.clone(),
                        due: effect.due,
                        fence: 0,
                        lease: None,
                        attempts: 0,
                        last_failure: None,
                        message_id: None,
                        rendered: None,
                        settled: false,
                    },
                );
            }
        }
        for blob in &commit.blobs {
            tables
                .blobs
                .entry(blob.id)
                .or_insert_with(|| blob.octets.clone());
        }
        Ok(version)
    }

    fn relationships(&self) -> Result<Vec<RelationshipId>, StoreError> {
        Ok(self.tables().relationships.keys().cloned().collect())
    }

    fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<RelationshipId>, StoreError> {
        let tables = self.tables();
        let mut due: Vec<(Timestamp, &RelationshipId)> = tables
            .relationships
            .iter()
            .filter_map(|(id, row)| Some((row.timers.iter().map(|timer| timer.due).min()?, id)))
            .filter(|(due, _)| *due <= now)
            .collect();
        due.sort();
        Ok(due
            .into_iter()
            .take(limit)
            .map(|(_, id)| id.clone())
            .collect())
    }

    fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let tables = self.tables();
        let timers = tables.relationships.values().flat_map(|row| &row.timers);
        Ok(timers.map(|timer| timer.due).min())
    }

    fn received(
        &self,
        id: &RelationshipId,
        message_id: &str,
    ) -> Result<Option<Received>, StoreError> {
        let inbox = self.inbox(id)?;
        Ok(inbox
            .into_iter()
            .find(|received| received.message_id == message_id))
    }

    fn inbox(&self, id: &RelationshipId) -> Result<Vec<Received>, StoreError> {
        let tables = self.tables();
        Ok(tables
            .relationships
            .get(id)
            .map(|row| row.inbox.clone())
            .unwrap_or_default())
    }

    fn blob(&self, id: Fingerprint) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.tables().blobs.get(&id).cloned())
    }

    fn events(&self, id: &RelationshipId) -> Result<Vec<Recorded>, StoreError> {
        let tables = self.tables();
        Ok(tables
            .relationships
            .get(id)
            .map(|row| row.events.clone())
            .unwrap_or_default())
    }
}

impl Outbox for MemoryStore {
    fn lease(
        &self,
        worker: &str,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Leased>, StoreError> {
        let tables = &mut *self.tables();
        let mut leased = Vec::new();
        for key in &tables.queue {
            let Some(row) = tables.outbox.get_mut(key) else {
                continue;
            };
            let free = row
                .lease
                .as_ref()
                .is_none_or(|(name, end)| name == worker || *end <= now);
            if leased.len() >= limit || row.settled || row.due > now || !free {
                continue;
            }
            row.fence += 1;
            row.lease = Some((worker.to_owned(), until));
            leased.push(Leased {
                relationship: key.0.clone(),
                effect: row.effect.clone(),
                fence: row.fence,
                attempts: row.attempts,
                rendered: row.rendered.clone(),
            });
        }
        Ok(leased)
    }

    fn store_rendered(
        &self,
        leased: &Leased,
        message_id: &str,
        octets: &[u8],
    ) -> Result<(), LeaseError> {
        let mut tables = self.tables();
        let row = tables.held(leased)?;
        if row.rendered.is_some() {
            return Err(LeaseError::Lost);
        }
        row.rendered = Some(octets.to_vec());
        row.message_id = Some(message_id.to_owned());
        Ok(())
    }

    fn hold(&self, leased: &Leased, until: Timestamp) -> Result<(), LeaseError> {
        let mut tables = self.tables();
        let row = tables.held(leased)?;
        row.lease = None;
        row.due = until;
        Ok(())
    }

    fn fail(&self, leased: &Leased, retry_at: Timestamp, reason: &str) -> Result<(), LeaseError> {
        let mut tables = self.tables();
        let row = tables.held(leased)?;
        row.lease = None;
        row.due = retry_at;
        row.attempts += 1;
        row.last_failure = Some(reason.to_owned());
        Ok(())
    }

    fn effects(&self, id: &RelationshipId) -> Result<Vec<EffectRow>, StoreError> {
        let tables = self.tables();
        let rows = tables.queue.iter().filter(|key| key.0 == *id);
        Ok(rows
            .filter_map(|key| tables.outbox.get(key))
            .map(OutboxRow::shown)
            .collect())
    }

    fn sent_as(
        &self,
        id: &RelationshipId,
        message_id: &str,
    ) -> Result<Option<EffectRow>, StoreError> {
        let tables = self.tables();
        let mut rows = tables.outbox.iter();
        Ok(rows
            .find(|((of, _), row)| of == id && row.message_id.as_deref() == Some(message_id))
            .map(|(_, row)| row.shown()))
    }
}

impl Tables {
    /// The row, if the lease is still the one that `leased` stands for.
    fn held(&mut self, leased: &Leased) -> Result<&mut OutboxRow, LeaseError> {
        self.outbox
            .get_mut(&(leased.relationship.clone(), leased.effect.id.clone()))
            .filter(|row| !row.settled && row.lease.is_some() && row.fence == leased.fence)
            .ok_or(LeaseError::Lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_store_keeps_every_promise() {
        for (name, case) in crate::kit::CASES {
            println!("{name}");
            case(&MemoryStore::new());
        }
    }
}
