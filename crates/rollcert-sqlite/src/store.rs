use core::time::Duration;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::DateTime;
use rollcert_schedule::{
    Commit, Effect, Fingerprint, Received, Recorded, Relationship, RelationshipId, Snapshot,
    Timestamp, Version,
};
use rollcert_store::{CommitError, EffectRow, LeaseError, Leased, Outbox, Store, StoreError};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};

use crate::row::{backend, clock, corrupt, due, from_json, from_key, key, to_json};
use crate::schema;

/// How long a writer waits for another process before it gives up.
const BUSY: Duration = Duration::from_secs(10);

/// A store in one SQLite file.
///
/// # Examples
///
/// ```
/// use rollcert_sqlite::SqliteStore;
/// use rollcert_store::Store;
///
/// # fn main() -> Result<(), rollcert_store::StoreError> {
/// let store = SqliteStore::in_memory()?;
/// assert!(store.relationships()?.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct SqliteStore {
    connection: Mutex<Connection>,
}

impl SqliteStore {
    /// Opens the file, or makes it, and brings its schema up to date.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] when the file cannot be opened or is no database;
    /// [`StoreError::Newer`] when a newer release wrote it.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::prepare(Connection::open(path).map_err(backend)?)
    }

    /// A store that lives as long as the value.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`].
    pub fn in_memory() -> Result<Self, StoreError> {
        Self::prepare(Connection::open_in_memory().map_err(backend)?)
    }

    fn prepare(mut connection: Connection) -> Result<Self, StoreError> {
        connection.busy_timeout(BUSY).map_err(backend)?;
        connection
            .pragma_update(None, "journal_mode", "wal")
            .map_err(backend)?;
        connection
            .pragma_update(None, "synchronous", "full")
            .map_err(backend)?;
        connection
            .pragma_update(None, "foreign_keys", true)
            .map_err(backend)?;
        schema::migrate(&mut connection)?;
        Ok(Self {
            connection: Mutex::new(connection),
        })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A transaction that a panic left open rolls back when it is dropped.
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` in one transaction that holds the write lock from its first statement, so that
    /// what it reads stays true until it has written.
    fn write<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.connection();
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(backend)?;
        let result = work(&transaction)?;
        transaction.commit().map_err(backend)?;
        Ok(result)
    }
}

impl Store for SqliteStore {
    fn load(&self, id: &RelationshipId) -> Result<Option<Relationship>, StoreError> {
        let found: Option<(i64, String)> = self
            .connection()
            .prepare_cached("select version, snapshot from relationship where id = ?1")
            .and_then(|mut statement| {
                statement
                    .query_row([key(id)], |row| Ok((row.get(0)?, row.get(1)?)))
                    .optional()
            })
            .map_err(backend)?;
        let Some((version, snapshot)) = found else {
            return Ok(None);
        };
        let version = Version::try_from(version).map_err(|_| corrupt("a version"))?;
        let snapshot: Snapshot = from_json(&snapshot, "a snapshot")?;
        Ok(Some(Relationship::restore(snapshot, version)))
    }

    fn commit(&self, commit: &Commit) -> Result<Version, CommitError> {
        self.write(|transaction| {
            let version = check_version(transaction, commit)?;
            check_leases(transaction, commit)?;
            check_received(transaction, commit)?;
            write_commit(transaction, commit, version).map_err(CommitError::Store)?;
            Ok(version)
        })
    }

    fn relationships(&self) -> Result<Vec<RelationshipId>, StoreError> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached("select id from relationship order by id")
            .map_err(backend)?;
        let keys = statement
            .query_map([], |row| row.get::<_, String>(0))
            .map_err(backend)?;
        let mut ids = keys
            .map(|key| from_key(&key.map_err(backend)?))
            .collect::<Result<Vec<_>, StoreError>>()?;
        ids.sort();
        Ok(ids)
    }

    fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<RelationshipId>, StoreError> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached(
                "select relationship from timer where due <= ?1
                 group by relationship order by min(due), relationship limit ?2",
            )
            .map_err(backend)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let keys = statement
            .query_map([clock(now), limit], |row| row.get::<_, String>(0))
            .map_err(backend)?;
        keys.map(|key| from_key(&key.map_err(backend)?)).collect()
    }

    fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let micros: Option<i64> = self
            .connection()
            .query_row("select min(due) from timer", [], |row| row.get(0))
            .map_err(backend)?;
        micros
            .map(|micros| DateTime::from_timestamp_micros(micros).ok_or_else(|| corrupt("a timer")))
            .transpose()
    }

    fn received(
        &self,
        id: &RelationshipId,
        message_id: &str,
    ) -> Result<Option<Received>, StoreError> {
        let connection = self.connection();
        let row = connection
            .prepare_cached(
                "select message_id, digest, reply, content, at from received
                 where relationship = ?1 and message_id = ?2",
            )
            .and_then(|mut statement| {
                statement
                    .query_row(params![key(id), message_id], received_row)
                    .optional()
            })
            .map_err(backend)?;
        row.map(received).transpose()
    }

    fn inbox(&self, id: &RelationshipId) -> Result<Vec<Received>, StoreError> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached(
                "select message_id, digest, reply, content, at from received
                 where relationship = ?1 order by number",
            )
            .map_err(backend)?;
        let rows = statement
            .query_map([key(id)], received_row)
            .map_err(backend)?;
        rows.map(|row| received(row.map_err(backend)?)).collect()
    }

    fn blob(&self, id: Fingerprint) -> Result<Option<Vec<u8>>, StoreError> {
        self.connection()
            .prepare_cached("select octets from blob where id = ?1")
            .and_then(|mut statement| {
                statement
                    .query_row([id.to_string()], |row| row.get(0))
                    .optional()
            })
            .map_err(backend)
    }

    fn events(&self, id: &RelationshipId) -> Result<Vec<Recorded>, StoreError> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached("select body from event where relationship = ?1 order by sequence")
            .map_err(backend)?;
        let rows = statement
            .query_map([key(id)], |row| row.get::<_, String>(0))
            .map_err(backend)?;
        rows.map(|row| from_json(&row.map_err(backend)?, "an event"))
            .collect()
    }
}

impl Outbox for SqliteStore {
    fn lease(
        &self,
        worker: &str,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Leased>, StoreError> {
        self.write(|transaction| {
            let mut statement = transaction
                .prepare_cached(
                    "update effect set fence = fence + 1, worker = ?1, leased_until = ?3
                     where number in (
                         select number from effect
                         where settled = 0 and due <= ?2
                           and (worker is null or worker = ?1 or leased_until <= ?2)
                         order by number limit ?4)
                     returning number, relationship, body, fence, attempts, rendered",
                )
                .map_err(backend)?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let rows = statement
                .query_map(params![worker, clock(now), due(until), limit], |row| {
                    Ok((
                        row.get::<_, i64>(0)?,
                        row.get::<_, String>(1)?,
                        row.get::<_, String>(2)?,
                        row.get::<_, i64>(3)?,
                        row.get::<_, u32>(4)?,
                        row.get::<_, Option<Vec<u8>>>(5)?,
                    ))
                })
                .map_err(backend)?;
            let mut leased = Vec::new();
            for row in rows {
                let (number, relationship, body, fence, attempts, rendered) =
                    row.map_err(backend)?;
                leased.push((
                    number,
                    Leased {
                        relationship: from_key(&relationship)?,
                        effect: from_json(&body, "an effect")?,
                        fence: u64::try_from(fence).map_err(|_| corrupt("a fence"))?,
                        attempts,
                        rendered,
                    },
                ));
            }
            // `returning` gives rows in no order of its own.
            leased.sort_by_key(|(number, _)| *number);
            Ok(leased.into_iter().map(|(_, leased)| leased).collect())
        })
    }

    fn store_rendered(
        &self,
        leased: &Leased,
        message_id: &str,
        octets: &[u8],
    ) -> Result<(), LeaseError> {
        self.while_held(
            leased,
            "update effect set rendered = ?4, message_id = ?5
             where relationship = ?1 and id = ?2 and fence = ?3
               and settled = 0 and worker is not null and rendered is null",
            params![
                key(&leased.relationship),
                leased.effect.id.as_str(),
                fence(leased),
                octets,
                message_id
            ],
        )
    }

    fn hold(&self, leased: &Leased, until: Timestamp) -> Result<(), LeaseError> {
        self.while_held(
            leased,
            "update effect set worker = null, leased_until = null, due = ?4
             where relationship = ?1 and id = ?2 and fence = ?3
               and settled = 0 and worker is not null",
            params![
                key(&leased.relationship),
                leased.effect.id.as_str(),
                fence(leased),
                due(until)
            ],
        )
    }

    fn fail(&self, leased: &Leased, retry_at: Timestamp, reason: &str) -> Result<(), LeaseError> {
        self.while_held(
            leased,
            "update effect set worker = null, leased_until = null, attempts = attempts + 1,
                               due = ?4, last_failure = ?5
             where relationship = ?1 and id = ?2 and fence = ?3
               and settled = 0 and worker is not null",
            params![
                key(&leased.relationship),
                leased.effect.id.as_str(),
                fence(leased),
                due(retry_at),
                reason
            ],
        )
    }

    fn effects(&self, id: &RelationshipId) -> Result<Vec<EffectRow>, StoreError> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached(
                "select body, fence, attempts, last_failure, rendered, settled from effect
                 where relationship = ?1 order by number",
            )
            .map_err(backend)?;
        let rows = statement
            .query_map([key(id)], outbox_row)
            .map_err(backend)?;
        rows.map(|row| effect_row(row.map_err(backend)?)).collect()
    }

    fn sent_as(
        &self,
        id: &RelationshipId,
        message_id: &str,
    ) -> Result<Option<EffectRow>, StoreError> {
        let connection = self.connection();
        let row = connection
            .prepare_cached(
                "select body, fence, attempts, last_failure, rendered, settled from effect
                 where relationship = ?1 and message_id = ?2",
            )
            .and_then(|mut statement| {
                statement
                    .query_row(params![key(id), message_id], outbox_row)
                    .optional()
            })
            .map_err(backend)?;
        row.map(effect_row).transpose()
    }
}

impl SqliteStore {
    /// Runs one statement that touches the row only while the lease holds.
    fn while_held(
        &self,
        leased: &Leased,
        statement: &str,
        parameters: &[&dyn rusqlite::ToSql],
    ) -> Result<(), LeaseError> {
        debug_assert!(leased.fence > 0, "a lease has a fence");
        let changed: usize =
            self.write(|transaction| transaction.execute(statement, parameters).map_err(backend))?;
        if changed == 1 {
            Ok(())
        } else {
            Err(LeaseError::Lost)
        }
    }
}

fn fence(leased: &Leased) -> i64 {
    i64::try_from(leased.fence).unwrap_or(i64::MAX)
}

fn check_version(transaction: &Transaction<'_>, commit: &Commit) -> Result<Version, CommitError> {
    let found: Option<i64> = transaction
        .prepare_cached("select version from relationship where id = ?1")
        .and_then(|mut statement| {
            statement
                .query_row([key(&commit.relationship)], |row| row.get(0))
                .optional()
        })
        .map_err(backend)?;
    let found = Version::try_from(found.unwrap_or_default()).map_err(|_| corrupt("a version"))?;
    if found == commit.expected_version {
        Ok(found + 1)
    } else {
        Err(CommitError::Conflict {
            expected: commit.expected_version,
            found,
        })
    }
}

fn check_leases(transaction: &Transaction<'_>, commit: &Commit) -> Result<(), CommitError> {
    for settled in &commit.settled {
        let changed = transaction
            .prepare_cached(
                "update effect set settled = 1, worker = null, leased_until = null
                 where relationship = ?1 and id = ?2 and fence = ?3 and settled = 0",
            )
            .and_then(|mut statement| {
                let fence = i64::try_from(settled.fence).unwrap_or(i64::MAX);
                statement.execute(params![
                    key(&commit.relationship),
                    settled.effect.as_str(),
                    fence
                ])
            })
            .map_err(backend)?;
        if changed != 1 {
            return Err(CommitError::LeaseLost {
                effect: settled.effect.clone(),
            });
        }
    }
    Ok(())
}

fn check_received(transaction: &Transaction<'_>, commit: &Commit) -> Result<(), CommitError> {
    let Some(received) = &commit.received else {
        return Ok(());
    };
    let known: bool = transaction
        .prepare_cached(
            "select exists (select 1 from received where relationship = ?1 and message_id = ?2)",
        )
        .and_then(|mut statement| {
            statement.query_row(
                params![key(&commit.relationship), received.message_id],
                |row| row.get(0),
            )
        })
        .map_err(backend)?;
    if known {
        Err(CommitError::AlreadyReceived)
    } else {
        Ok(())
    }
}

fn write_commit(
    transaction: &Transaction<'_>,
    commit: &Commit,
    version: Version,
) -> Result<(), StoreError> {
    let relationship = key(&commit.relationship);
    let run = |statement: &str, parameters: &[&dyn rusqlite::ToSql]| {
        transaction
            .prepare_cached(statement)
            .and_then(|mut statement| statement.execute(parameters))
            .map_err(backend)
    };
    let version = i64::try_from(version).map_err(|_| corrupt("a version"))?;
    run(
        "insert into relationship (id, version, snapshot) values (?1, ?2, ?3)
         on conflict (id) do update set version = ?2, snapshot = ?3",
        params![relationship, version, to_json(&commit.snapshot)?],
    )?;
    for event in &commit.events {
        run(
            "insert into event (relationship, sequence, at, body)
             select ?1, coalesce(max(sequence), 0) + 1, ?2, ?3 from event where relationship = ?1",
            params![relationship, event.at.to_rfc3339(), to_json(event)?],
        )?;
    }
    run(
        "delete from timer where relationship = ?1",
        params![relationship],
    )?;
    for timer in &commit.timers {
        run(
            "insert into timer (relationship, due, kind) values (?1, ?2, ?3)",
            params![relationship, due(timer.due), to_json(&timer.kind)?],
        )?;
    }
    for effect in &commit.outbox {
        run(
            "insert into effect (relationship, id, body, due) values (?1, ?2, ?3, ?4)
             on conflict (relationship, id) do nothing",
            params![
                relationship,
                effect.id.as_str(),
                to_json(effect)?,
                due(effect.due)
            ],
        )?;
    }
    if let Some(received) = &commit.received {
        run(
            "insert into received (relationship, message_id, digest, reply, content, at)
             values (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                relationship,
                received.message_id,
                received.digest.to_string(),
                received.reply,
                received.content,
                received.at.to_rfc3339()
            ],
        )?;
    }
    for blob in &commit.blobs {
        run(
            "insert into blob (id, octets) values (?1, ?2) on conflict (id) do nothing",
            params![blob.id.to_string(), blob.octets],
        )?;
    }
    Ok(())
}

type ReceivedRow = (String, String, Vec<u8>, Option<Vec<u8>>, String);

fn received_row(row: &Row<'_>) -> rusqlite::Result<ReceivedRow> {
    Ok((
        row.get(0)?,
        row.get(1)?,
        row.get(2)?,
        row.get(3)?,
        row.get(4)?,
    ))
}

fn received((message_id, digest, reply, content, at): ReceivedRow) -> Result<Received, StoreError> {
    Ok(Received {
        message_id,
        digest: digest.parse().map_err(|_| corrupt("a digest"))?,
        reply,
        content,
        at: DateTime::parse_from_rfc3339(&at)
            .map_err(|_| corrupt("an instant"))?
            .to_utc(),
    })
}

type OutboxRow = (String, i64, u32, Option<String>, Option<Vec<u8>>, bool);

fn outbox_row(row: &Row<'_>) -> rusqlite::Result<OutboxRow> {
    Ok((
        row.get(0)?,
        row.get(1)?,
        row.get(2)?,
        row.get(3)?,
        row.get(4)?,
        row.get(5)?,
    ))
}

fn effect_row(
    (body, fence, attempts, last_failure, rendered, settled): OutboxRow,
) -> Result<EffectRow, StoreError> {
    let effect: Effect = from_json(&body, "an effect")?;
    Ok(EffectRow {
        id: effect.id.clone(),
        effect,
        fence: u64::try_from(fence).map_err(|_| corrupt("a fence"))?,
        attempts,
        last_failure,
        rendered,
        settled,
    })
}
