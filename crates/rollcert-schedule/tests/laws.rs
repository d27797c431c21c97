//! Laws that hold for every sequence of commands at every clock.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rollcert_schedule::{
    Advertised, Command, Credential, Decision, ExchangeId, Fingerprint, Offer, Operation,
    Relationship, RelationshipId, Role, Side, Standing, Timestamp,
};

fn at(hours: i64) -> Timestamp {
    let start: Timestamp = "2027-03-01T06:00:00Z".parse().unwrap();
    start + chrono::TimeDelta::hours(hours)
}

fn credential(number: u8) -> Credential {
    Credential {
        fingerprint: Fingerprint::new([number; 32]),
        // Some become valid in the middle of the story.
        not_before: at(if number.is_multiple_of(5) { 100 } else { -1000 }),
        not_after: at(10_000),
        subject: String::new(),
    }
}

fn established() -> Relationship {
    let mut relationship = Relationship::new(RelationshipId::new("ALICE", "BOB", "as2"));
    let adopt = [(Side::Ours, 1), (Side::Theirs, 2)]
        .into_iter()
        .flat_map(|(side, number)| {
            Role::ALL.map(|role| Command::Adopt {
                side,
                role,
                credential: credential(number),
            })
        });
    let commit = relationship.decide(adopt, at(0)).unwrap();
    relationship.apply(&commit);
    relationship
}

fn roles() -> impl Strategy<Value = BTreeSet<Role>> {
    prop_oneof![
        Just(BTreeSet::from(Role::ALL)),
        Just(BTreeSet::from([Role::Signing])),
        Just(BTreeSet::from([Role::Encryption])),
    ]
}

fn decision() -> impl Strategy<Value = Decision> {
    prop_oneof![
        Just(Decision::Accept),
        Just(Decision::Reject {
            reason: "no".to_owned()
        })
    ]
}

fn command() -> impl Strategy<Value = Command> {
    let exchange = (0..6u8).prop_map(|number| ExchangeId::new(number.to_string()));
    let number = 1..12u8;
    let offered = (exchange.clone(), number.clone(), roles(), 0..400i64);
    let made = prop::option::of((0..400i64).prop_map(at));
    let received = (exchange.clone(), number.clone(), roles(), 0..2u8, made);
    let answered = (exchange.clone(), number.clone(), decision()).boxed();
    let scheduled = number.clone();
    let unusable = (exchange.clone(), number.clone());
    let side = prop_oneof![Just(Side::Ours), Just(Side::Theirs)];
    let role = prop_oneof![Just(Role::Signing), Just(Role::Encryption)];
    prop_oneof![
        offered.prop_map(|(exchange, number, roles, due)| Command::Offer {
            exchange,
            offers: vec![Offer {
                fingerprint: Fingerprint::new([number; 32]),
                roles
            }],
            credentials: vec![credential(number)],
            respond_by: Some(at(due)),
        }),
        received.prop_map(
            |(exchange, number, roles, evidence, made)| Command::ReceiveOffer {
                exchange,
                offers: vec![Offer {
                    fingerprint: Fingerprint::new([number; 32]),
                    roles
                }],
                credentials: vec![credential(number)],
                respond_by: None,
                made_at: made,
                evidence: Fingerprint::new([evidence; 32]),
            }
        ),
        answered
            .clone()
            .prop_map(|(exchange, number, decision)| Command::ReceiveAnswer {
                exchange,
                decisions: BTreeMap::from([(Fingerprint::new([number; 32]), decision)]),
            }),
        answered.prop_map(|(exchange, number, decision)| Command::Decide {
            exchange,
            decisions: BTreeMap::from([(Fingerprint::new([number; 32]), decision)]),
        }),
        (side, role, number).prop_map(|(side, role, number)| Command::Used {
            side,
            role,
            fingerprint: Fingerprint::new([number; 32]),
        }),
        (scheduled, any::<bool>()).prop_map(|(number, ours)| Command::Schedule {
            side: if ours { Side::Ours } else { Side::Theirs },
            role: if ours {
                Role::Encryption
            } else {
                Role::Signing
            },
            credential: credential(number),
        }),
        prop_oneof![
            Just(Command::ForceCapability),
            Just(Command::ReleaseCapability),
            Just(Command::Advertised {
                advertised: Advertised::Capable
            }),
            Just(Command::Advertised {
                advertised: Advertised::NotCapable
            }),
        ],
        unusable.prop_map(|(exchange, number)| Command::RejectUnusable {
            exchange,
            reasons: BTreeMap::from([(Fingerprint::new([number; 32]), "no".to_owned())]),
        }),
        exchange.clone().prop_map(|exchange| Command::Delivered {
            side: Side::Ours,
            exchange
        }),
        exchange.prop_map(|exchange| Command::DeliveryFailed {
            exchange,
            reason: "no".to_owned(),
        }),
        Just(Command::Tick),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_the_table_holds(
        story in prop::collection::vec((command(), 0..400i64), 1..60),
    ) {
        let mut relationship = established();
        let mut replayed = relationship.clone();
        let mut latest = at(0);
        let mut verified = BTreeSet::new();
        let mut shown = BTreeSet::from([Fingerprint::new([1; 32])]);
        for (command, hours) in story {
            let now = at(hours);
            let offered = match &command {
                Command::Offer { offers, .. } => {
                    let mut offers = offers.iter();
                    offers
                        .find(|offer| offer.roles.contains(&Role::Encryption))
                        .map(|offer| offer.fingerprint)
                }
                Command::Schedule { side: Side::Ours, credential, .. } => {
                    Some(credential.fingerprint)
                }
                _ => None,
            };
            let before = relationship.clone();
            let Ok(commit) = relationship.decide([command], now) else {
                prop_assert_eq!(&before, &relationship);
                continue;
            };
            relationship.apply(&commit);
            shown.extend(offered);

            // The snapshot, the state, and the audit trail tell the same story.
            let restored = Relationship::restore(commit.snapshot.clone(), relationship.version());
            prop_assert_eq!(&restored, &relationship);
            for recorded in &commit.events {
                replayed.apply_event(&recorded.event, recorded.at);
            }
            prop_assert_eq!(replayed.snapshot(), relationship.snapshot());

            // Deciding again changes nothing more.
            let again = relationship.decide([Command::Tick], now).unwrap();
            prop_assert!(again.events.is_empty(), "{:?}", again.events);
            // No timer is left due.
            prop_assert!(relationship.timers().iter().all(|timer| timer.due > now));

            // A clock that stepped back may stand before the first day of what is installed.
            latest = latest.max(now);
            let now = latest;
            // No cell of the table is ever empty, and whatever was offered for encryption decrypts.
            for operation in Operation::ALL {
                prop_assert!(relationship.serving(operation, now).is_ok(), "{:?}", operation);
            }
            let decrypting: BTreeSet<Fingerprint> = relationship
                .serving(Operation::Decrypt, now).unwrap()
                .iter().map(|credential| credential.fingerprint).collect();
            for fingerprint in &shown {
                let facts = relationship.credential(*fingerprint);
                let over = facts.is_some_and(|facts| !facts.is_valid_at(now));
                prop_assert!(decrypting.contains(fingerprint) || over, "{}", fingerprint);
            }

            // What once verified goes on verifying.
            let verifying: BTreeSet<Fingerprint> = relationship
                .serving(Operation::Verify, now).unwrap()
                .iter().map(|credential| credential.fingerprint).collect();
            for fingerprint in &verified {
                let facts = relationship.credential(*fingerprint);
                let over = facts.is_some_and(|facts| !facts.is_valid_at(now));
                prop_assert!(verifying.contains(fingerprint) || over, "{}", fingerprint);
            }
            verified.extend(verifying);

            for slot in relationship.slots() {
                let count = |standing| {
                    slot.entries.iter().filter(|entry| entry.standing == standing).count()
                };
                prop_assert_eq!(count(Standing::Installed), 1);
                prop_assert!(slot.side == Side::Theirs
                    || slot.entries.iter().filter(|entry| entry.standing.is_pending()).count() <= 1);
            }
        }
    }
}
