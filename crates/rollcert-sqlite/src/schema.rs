use rollcert_store::StoreError;
use rusqlite::{Connection, TransactionBehavior};

use crate::row::backend;

/// Marks the file as ours, for tools that look at it ("RoCe").
const APPLICATION_ID: i64 = 0x526f_4365;

/// One script for each schema version; a file is brought up to date by those it lacks.
const MIGRATIONS: [&str; 2] = [
    "
    create table relationship (
        id text primary key not null,
        version integer not null,
        snapshot text not null
    ) strict, without rowid;

    create table event (
        relationship text not null references relationship (id),
        sequence integer not null,
        at text not null,
        body text not null,
        primary key (relationship, sequence)
    ) strict, without rowid;

    create table timer (
        relationship text not null references relationship (id),
        due integer not null,
        kind text not null
    ) strict;
    create index timer_by_due on timer (due);
    create index timer_by_relationship on timer (relationship);

    create table effect (
        number integer primary key,
        relationship text not null references relationship (id),
        id text not null,
        body text not null,
        due integer not null,
        fence integer not null default 0,
        worker text,
        leased_until integer,
        attempts integer not null default 0,
        last_failure text,
        rendered blob,
        settled integer not null default 0,
        unique (relationship, id)
    ) strict;
    create index effect_by_due on effect (due) where settled = 0;

    create table received (
        number integer primary key,
        relationship text not null references relationship (id),
        message_id text not null,
        digest text not null,
        reply blob not null,
        content blob,
        at text not null,
        unique (relationship, message_id)
    ) strict;

    create table blob (
        id text primary key not null,
        octets blob not null
    ) strict, without rowid;
",
    "
    alter table effect add column message_id text;
    create index effect_by_message on effect (relationship, message_id) where message_id is not null;
",
];

/// Brings the file to the newest schema.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(backend)?;
    let found: i64 = transaction
        .query_row("pragma user_version", [], |row| row.get(0))
        .map_err(backend)?;
    if found > known || found < 0 {
        return Err(StoreError::Newer { found, known });
    }
    let missing =
        usize::try_from(found).map_or(&[][..], |done| MIGRATIONS.get(done..).unwrap_or_default());
    for script in missing {
        transaction.execute_batch(script).map_err(backend)?;
    }
    transaction
        .pragma_update(None, "user_version", known)
        .map_err(backend)?;
    transaction
        .pragma_update(None, "application_id", APPLICATION_ID)
        .map_err(backend)?;
    transaction.commit().map_err(backend)
}
