//! The kit that proves a store: run every case of [`CASES`] on a fresh store each.
//!
//! ```
//! use rollcert_store::{MemoryStore, kit};
//!
//! for (name, case) in kit::CASES {
//!     println!("{name}");
//!     case(&MemoryStore::new());
//! }
//! ```
//!
//! A case panics where the store breaks a promise, saying which.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a kit of test cases, which fail by panicking"
)]

use rollcert_schedule::{
    Action, Blob, Command, Commit, Credential, Effect, EffectId, ExchangeId, Fingerprint, Offer,
    Received, Relationship, RelationshipId, Role, Settled, Side, Timestamp,
};

use crate::{CommitError, LeaseError, Outbox, Store};

/// What a case needs: a store that is its own outbox.
pub trait Subject: Store + Outbox {}

impl<S: Store + Outbox> Subject for S {}

/// A case: it wants a fresh, empty store.
pub type Case = fn(&dyn Subject);

/// Every case with its name.
pub const CASES: [(&str, Case); 10] = [
    ("a commit is read back whole", a_commit_is_read_back_whole),
    (
        "a stale version is refused and leaves nothing",
        a_stale_version_is_refused,
    ),
    (
        "a commit that settles a lost lease leaves nothing",
        a_lost_lease_leaves_nothing,
    ),
    ("a message is received once", a_message_is_received_once),
    (
        "effects keep their first form under their id",
        effects_keep_their_first_form,
    ),
    (
        "rendered octets are stored once and kept",
        rendered_octets_are_stored_once,
    ),
    (
        "a lease excludes others until it ends",
        a_lease_excludes_others,
    ),
    (
        "a failed attempt comes back when it is due",
        a_failed_attempt_comes_back,
    ),
    (
        "what awaits its receipt is found by its message id and comes back when none comes",
        what_awaits_its_receipt_is_held,
    ),
    (
        "timers follow the last commit",
        timers_follow_the_last_commit,
    ),
];

fn id() -> RelationshipId {
    RelationshipId::new("ALICE", "BOB", "as2")
}

fn at(minutes: i64) -> Timestamp {
    let start: Timestamp = "2027-03-01T06:00:00Z".parse().unwrap();
    start + chrono::TimeDelta::minutes(minutes)
}

fn credential(number: u8) -> Credential {
    Credential {
        fingerprint: Fingerprint::new([number; 32]),
        not_before: at(-1_000),
        not_after: at(100_000),
        subject: format!("CN=test {number}"),
    }
}

fn adoption() -> Commit {
    let adopt = Role::ALL.into_iter().map(|role| Command::Adopt {
        side: Side::Ours,
        role,
        credential: credential(1),
    });
    Relationship::new(id()).decide(adopt, at(0)).unwrap()
}

fn message(name: &str, due: Timestamp) -> Effect {
    let action = Action::SendMessage {
        content: Fingerprint::new([7; 32]),
    };
    Effect {
        id: EffectId::new(name),
        action,
        due,
    }
}

fn received(message_id: &str, reply: &[u8]) -> Received {
    Received {
        message_id: message_id.to_owned(),
        digest: Fingerprint::new([8; 32]),
        reply: reply.to_vec(),
        content: Some(b"content".to_vec()),
        at: at(1),
    }
}

/// Decides nothing on the state as the store has it, to hang something else on the commit.
fn tick(store: &dyn Subject) -> Commit {
    store
        .load(&id())
        .unwrap()
        .unwrap()
        .decide([Command::Tick], at(0))
        .unwrap()
}

fn a_commit_is_read_back_whole(store: &dyn Subject) {
    assert_eq!(store.load(&id()).unwrap(), None);
    let blob = Blob {
        id: Fingerprint::new([9; 32]),
        octets: b"kept".to_vec(),
    };
    let commit = adoption()
        .with_blob(blob.clone())
        .with_effect(message("m1", at(0)))
        .with_received(received("<a@b>", b"reply"));
    assert_eq!(store.commit(&commit).unwrap(), 1);
    let mut expected = Relationship::new(id());
    expected.apply(&commit);
    assert_eq!(store.load(&id()).unwrap(), Some(expected));
    assert_eq!(store.events(&id()).unwrap(), commit.events);
    assert_eq!(store.blob(blob.id).unwrap(), Some(blob.octets));
    assert_eq!(store.blob(Fingerprint::new([1; 32])).unwrap(), None);
    let inbox = store.inbox(&id()).unwrap();
    assert_eq!(inbox, [received("<a@b>", b"reply")]);
    assert_eq!(
        store.received(&id(), "<a@b>").unwrap().as_ref(),
        inbox.first()
    );
    assert_eq!(store.effects(&id()).unwrap().len(), 1);
    assert_eq!(store.relationships().unwrap(), [id()]);
}

fn a_stale_version_is_refused(store: &dyn Subject) {
    let first = adoption();
    store.commit(&first).unwrap();
    let late = adoption()
        .with_effect(message("late", at(0)))
        .with_received(received("<late@b>", b""))
        .with_blob(Blob {
            id: Fingerprint::new([9; 32]),
            octets: Vec::new(),
        });
    assert!(matches!(
        store.commit(&late),
        Err(CommitError::Conflict {
            expected: 0,
            found: 1
        })
    ));
    assert_eq!(store.events(&id()).unwrap().len(), first.events.len());
    assert_eq!(store.effects(&id()).unwrap(), []);
    assert_eq!(store.received(&id(), "<late@b>").unwrap(), None);
    assert_eq!(store.blob(Fingerprint::new([9; 32])).unwrap(), None);
    // Decided again on what the store has, it goes through.
    let again = tick(store).with_effect(message("late", at(0)));
    assert_eq!(store.commit(&again).unwrap(), 2);
}

fn a_lost_lease_leaves_nothing(store: &dyn Subject) {
    store
        .commit(&adoption().with_effect(message("m", at(0))))
        .unwrap();
    let zombie = store.lease("one", at(0), at(1), 10).unwrap().remove(0);
    let heir = store.lease("two", at(1), at(2), 10).unwrap().remove(0);
    assert!(heir.fence > zombie.fence);
    let settle = |fence| Settled {
        effect: EffectId::new("m"),
        fence,
    };
    let late = tick(store)
        .with_settled(settle(zombie.fence))
        .with_received(received("<late@b>", b""));
    assert!(matches!(
        store.commit(&late),
        Err(CommitError::LeaseLost { .. })
    ));
    assert_eq!(store.received(&id(), "<late@b>").unwrap(), None);
    assert!(matches!(
        store.store_rendered(&zombie, "<m@a>", b"x"),
        Err(LeaseError::Lost)
    ));
    assert!(matches!(store.hold(&zombie, at(9)), Err(LeaseError::Lost)));
    assert!(matches!(
        store.fail(&zombie, at(9), "late"),
        Err(LeaseError::Lost)
    ));
    store
        .commit(&tick(store).with_settled(settle(heir.fence)))
        .unwrap();
    assert!(store.effects(&id()).unwrap()[0].settled);
    // What is done stays done.
    let twice = tick(store).with_settled(settle(heir.fence));
    assert!(matches!(
        store.commit(&twice),
        Err(CommitError::LeaseLost { .. })
    ));
    assert_eq!(store.lease("three", at(99), at(100), 10).unwrap(), []);
}

fn a_message_is_received_once(store: &dyn Subject) {
    store
        .commit(&adoption().with_received(received("<a@b>", b"first")))
        .unwrap();
    let twice = tick(store).with_received(received("<a@b>", b"second"));
    assert!(matches!(
        store.commit(&twice),
        Err(CommitError::AlreadyReceived)
    ));
    assert_eq!(
        store.received(&id(), "<a@b>").unwrap().unwrap().reply,
        b"first"
    );
    assert_eq!(store.load(&id()).unwrap().unwrap().version(), 1);
}

fn effects_keep_their_first_form(store: &dyn Subject) {
    store
        .commit(&adoption().with_effect(message("m", at(0))))
        .unwrap();
    let other = Effect {
        action: Action::SendOffer {
            exchange: ExchangeId::new("x"),
        },
        ..message("m", at(5))
    };
    store.commit(&tick(store).with_effect(other)).unwrap();
    let effects = store.effects(&id()).unwrap();
    assert_eq!(effects.len(), 1);
    assert_eq!(effects[0].effect, message("m", at(0)));
}

fn rendered_octets_are_stored_once(store: &dyn Subject) {
    store
        .commit(&adoption().with_effect(message("m", at(0))))
        .unwrap();
    let leased = store.lease("one", at(0), at(1), 10).unwrap().remove(0);
    assert_eq!(leased.rendered, None);
    assert_eq!(store.sent_as(&id(), "<m@a>").unwrap(), None);
    store.store_rendered(&leased, "<m@a>", b"octets").unwrap();
    assert!(matches!(
        store.store_rendered(&leased, "<n@a>", b"others"),
        Err(LeaseError::Lost)
    ));
    assert_eq!(store.sent_as(&id(), "<n@a>").unwrap(), None);
    // The worker dies and starts again under its name: same octets, newer fence.
    let again = store.lease("one", at(0), at(1), 10).unwrap().remove(0);
    assert_eq!(again.rendered.as_deref(), Some(b"octets".as_slice()));
    assert!(again.fence > leased.fence);
    assert_eq!(
        store.effects(&id()).unwrap()[0].rendered.as_deref(),
        Some(b"octets".as_slice())
    );
}

fn a_lease_excludes_others(store: &dyn Subject) {
    let effects = ["m1", "m2", "m3"].map(|name| message(name, at(0)));
    let commit = effects.into_iter().fold(adoption(), Commit::with_effect);
    store
        .commit(&commit.with_effect(message("later", at(60))))
        .unwrap();
    let names = |leased: Vec<crate::Leased>| {
        leased
            .into_iter()
            .map(|row| row.effect.id.as_str().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names(store.lease("one", at(0), at(10), 2).unwrap()),
        ["m1", "m2"]
    );
    assert_eq!(names(store.lease("two", at(5), at(15), 9).unwrap()), ["m3"]);
    assert_eq!(
        names(store.lease("two", at(10), at(20), 9).unwrap()),
        ["m1", "m2", "m3"]
    );
    assert_eq!(
        names(store.lease("one", at(60), at(70), 9).unwrap()),
        ["m1", "m2", "m3", "later"]
    );
}

fn a_failed_attempt_comes_back(store: &dyn Subject) {
    store
        .commit(&adoption().with_effect(message("m", at(0))))
        .unwrap();
    let leased = store.lease("one", at(0), at(10), 9).unwrap().remove(0);
    store.fail(&leased, at(30), "connection refused").unwrap();
    assert_eq!(store.lease("two", at(29), at(40), 9).unwrap(), []);
    let again = store.lease("two", at(30), at(40), 9).unwrap().remove(0);
    assert_eq!(again.attempts, 1);
    let row = store.effects(&id()).unwrap().remove(0);
    assert_eq!(row.last_failure.as_deref(), Some("connection refused"));
}

fn what_awaits_its_receipt_is_held(store: &dyn Subject) {
    let commit = adoption().with_effect(message("m", at(0)));
    store
        .commit(&commit.with_effect(message("n", at(0))))
        .unwrap();
    let other = RelationshipId::new("ALICE", "CAROL", "as2");
    store
        .commit(
            &Relationship::new(other.clone())
                .decide([Command::ForceCapability], at(0))
                .unwrap(),
        )
        .unwrap();
    let leased = store.lease("one", at(0), at(10), 1).unwrap().remove(0);
    store.store_rendered(&leased, "<m@a>", b"octets").unwrap();
    store.hold(&leased, at(60)).unwrap();
    assert!(matches!(store.hold(&leased, at(70)), Err(LeaseError::Lost)));
    let row = store.sent_as(&id(), "<m@a>").unwrap().unwrap();
    assert_eq!(row.effect, message("m", at(0)));
    assert_eq!(row.fence, leased.fence);
    assert_eq!(
        (row.attempts, row.last_failure, row.settled),
        (0, None, false)
    );
    assert_eq!(row.rendered.as_deref(), Some(b"octets".as_slice()));
    // Ids are those of one relationship, and compared whole.
    assert_eq!(store.sent_as(&other, "<m@a>").unwrap(), None);
    assert_eq!(store.sent_as(&id(), "<M@a>").unwrap(), None);

    // None has come: it is due again, and nothing has failed.
    let names = |now, until| -> Vec<String> {
        let leased = store.lease("two", now, until, 9).unwrap();
        let ids = leased.iter().map(|row| row.effect.id.to_string());
        ids.collect()
    };
    assert_eq!(names(at(59), at(59)), ["n"]);
    let again = store.lease("two", at(60), at(70), 1).unwrap().remove(0);
    assert_eq!((again.effect.id.as_str(), again.attempts), ("m", 0));
    // It comes while another attempt is under way, and settles what it belongs to.
    let row = store.sent_as(&id(), "<m@a>").unwrap().unwrap();
    assert_eq!(row.fence, again.fence);
    let settled = Settled {
        effect: row.id,
        fence: row.fence,
    };
    store.commit(&tick(store).with_settled(settled)).unwrap();
    assert!(store.sent_as(&id(), "<m@a>").unwrap().unwrap().settled);
    assert!(matches!(store.hold(&again, at(80)), Err(LeaseError::Lost)));
    assert_eq!(names(at(99), at(100)), ["n"]);
}

fn timers_follow_the_last_commit(store: &dyn Subject) {
    store.commit(&adoption()).unwrap();
    assert_eq!(store.next_due().unwrap(), None);
    let offer = Command::Offer {
        exchange: ExchangeId::new("x"),
        offers: vec![Offer {
            fingerprint: Fingerprint::new([2; 32]),
            roles: Role::ALL.into_iter().collect(),
        }],
        credentials: vec![credential(2)],
        respond_by: Some(at(60)),
    };
    let relationship = store.load(&id()).unwrap().unwrap();
    store
        .commit(&relationship.decide([offer], at(0)).unwrap())
        .unwrap();
    assert_eq!(store.next_due().unwrap(), Some(at(60)));
    assert_eq!(store.due(at(59), 9).unwrap(), []);
    assert_eq!(store.due(at(60), 9).unwrap(), [id()]);
    assert_eq!(store.due(at(60), 0).unwrap(), []);
    let relationship = store.load(&id()).unwrap().unwrap();
    store
        .commit(&relationship.decide([Command::Tick], at(60)).unwrap())
        .unwrap();
    assert_eq!(store.due(at(60), 9).unwrap(), []);
    assert_eq!(store.next_due().unwrap(), None);
}
