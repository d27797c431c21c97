//! The SQLite store keeps the promises of a store, and those of a file.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use rollcert_schedule::{
    Action, Capability, Command, Credential, Effect, EffectId, Fingerprint, Relationship,
    RelationshipId, Role, Side, Timestamp,
};
use rollcert_sqlite::SqliteStore;
use rollcert_store::{CommitError, Outbox, Store, StoreError, kit};

fn id() -> RelationshipId {
    RelationshipId::new("ALICE \"quoted\"", "BOB, AS2", "as2").with_tenant("t")
}

fn noon() -> Timestamp {
    "2027-03-01T12:00:00Z".parse().unwrap()
}

fn adopt() -> Command {
    let credential = Credential {
        fingerprint: Fingerprint::new([1; 32]),
        not_before: "2026-01-01T00:00:00Z".parse().unwrap(),
        not_after: "2028-01-01T00:00:00Z".parse().unwrap(),
        subject: "CN=alice".to_owned(),
    };
    Command::Adopt {
        side: Side::Ours,
        role: Role::Signing,
        credential,
    }
}

#[test]
fn the_sqlite_store_keeps_every_promise_of_the_kit() {
    let folder = tempfile::tempdir().unwrap();
    for (number, (name, case)) in kit::CASES.into_iter().enumerate() {
        println!("{name}");
        case(&SqliteStore::open(folder.path().join(format!("{number}.db"))).unwrap());
        case(&SqliteStore::in_memory().unwrap());
    }
}

#[test]
fn what_was_committed_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let commit = Relationship::new(id()).decide([adopt()], noon()).unwrap();
    SqliteStore::open(&path).unwrap().commit(&commit).unwrap();
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(store.relationships().unwrap(), [id()]);
    assert_eq!(
        store.load(&id()).unwrap().unwrap().snapshot(),
        commit.snapshot
    );
    assert_eq!(store.events(&id()).unwrap(), commit.events);
}

#[test]
fn a_store_of_the_first_schema_opens_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v1.db");
    let file = rusqlite::Connection::open(&path).unwrap();
    file.execute_batch(include_str!("fixtures/store-v1.sql"))
        .unwrap();
    file.pragma_update(None, "user_version", 1).unwrap();
    drop(file);

    let store = SqliteStore::open(&path).unwrap();
    let id = RelationshipId::new("ALICE", "BOB", "as2");
    let relationship = store.load(&id).unwrap().unwrap();
    assert_eq!(relationship.version(), 2);
    assert_eq!(relationship.capability(), Capability::Unknown);
    assert_eq!(store.events(&id).unwrap().len(), 4);
    // What was rendered is there to be sent again; under which id, was not kept then.
    let later = "2030-01-01T00:00:00Z".parse().unwrap();
    let leased = store.lease("w", later, later, 9).unwrap().remove(0);
    assert_eq!(leased.effect.id.as_str(), "message-01");
    assert_eq!(leased.rendered.as_ref().unwrap().len(), 3781);
    let row = store.effects(&id).unwrap().remove(0);
    assert_eq!((row.fence, row.settled), (leased.fence, false));
    assert_eq!(
        store.sent_as(&id, "<message-01@ALICE.to.BOB>").unwrap(),
        None
    );

    let commit = relationship
        .decide([Command::ForceCapability], later)
        .unwrap();
    store.commit(&commit).unwrap();
    drop(store);
    let relationship = SqliteStore::open(&path)
        .unwrap()
        .load(&id)
        .unwrap()
        .unwrap();
    assert_eq!(relationship.capability(), Capability::Forced);
}

#[test]
fn two_processes_on_one_file_cannot_overwrite_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let commit = Relationship::new(id()).decide([adopt()], noon()).unwrap();
    SqliteStore::open(&path).unwrap().commit(&commit).unwrap();
    // Eight connections write at once, each deciding again when another was first.
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let path = path.clone();
            std::thread::spawn(move || {
                let store = SqliteStore::open(path).unwrap();
                let mut conflicts = 0;
                for number in 0..10 {
                    let effect = Effect {
                        id: EffectId::new(format!("{writer}-{number}")),
                        action: Action::SendMessage {
                            content: Fingerprint::new([2; 32]),
                        },
                        due: noon(),
                    };
                    loop {
                        let relationship = store.load(&id()).unwrap().unwrap();
                        let commit = relationship.decide([Command::Tick], noon()).unwrap();
                        match store.commit(&commit.with_effect(effect.clone())) {
                            Ok(_) => break,
                            Err(CommitError::Conflict { .. }) => conflicts += 1,
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
                conflicts
            })
        })
        .collect();
    let conflicts: u32 = writers
        .into_iter()
        .map(|writer| writer.join().unwrap())
        .sum();
    println!("{conflicts} conflicts");
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(store.effects(&id()).unwrap().len(), 80);
    assert_eq!(store.load(&id()).unwrap().unwrap().version(), 81);
    // And eight workers lease each effect to exactly one of them.
    let workers: Vec<_> = (0..8)
        .map(|worker| {
            let path = path.clone();
            std::thread::spawn(move || {
                let store = SqliteStore::open(path).unwrap();
                let until = noon() + chrono::TimeDelta::hours(1);
                store
                    .lease(&worker.to_string(), noon(), until, 15)
                    .unwrap()
                    .len()
            })
        })
        .collect();
    let leased: usize = workers
        .into_iter()
        .map(|worker| worker.join().unwrap())
        .sum();
    assert_eq!(leased, 80);
}

#[test]
fn a_file_of_a_newer_release_and_a_file_of_something_else_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("newer.db");
    drop(SqliteStore::open(&path).unwrap());
    rusqlite::Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    assert!(matches!(
        SqliteStore::open(&path),
        Err(StoreError::Newer {
            found: 99,
            known: 2
        })
    ));
    let other = folder.path().join("other.db");
    std::fs::write(
        &other,
        "not a database, but long enough to look like a file of one".repeat(50),
    )
    .unwrap();
    assert!(matches!(
        SqliteStore::open(&other),
        Err(StoreError::Backend(_))
    ));
}

#[test]
fn due_instants_between_microseconds_are_never_early() {
    let store = SqliteStore::in_memory().unwrap();
    let due = noon() + chrono::TimeDelta::nanoseconds(1);
    let effect = Effect {
        id: EffectId::new("m"),
        action: Action::SendMessage {
            content: Fingerprint::new([2; 32]),
        },
        due,
    };
    let commit = Relationship::new(id()).decide([adopt()], noon()).unwrap();
    store.commit(&commit.with_effect(effect)).unwrap();
    let until = noon() + chrono::TimeDelta::hours(1);
    assert!(store.lease("w", noon(), until, 1).unwrap().is_empty());
    assert_eq!(
        store
            .lease("w", noon() + chrono::TimeDelta::microseconds(1), until, 1)
            .unwrap()
            .len(),
        1
    );
}
