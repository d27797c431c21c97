//! What is settled outside of an exchange: certificates agreed by hand, the partner's ability, a second try.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use rollcert_schedule::{
    Action, Advertised, Capability, Cause, Command, Credential, Decision, Effect, EffectId, Event,
    ExchangeId, Fingerprint, Offer, Operation, Refusal, Relationship, RelationshipId, Role, Side,
    Standing, Timestamp,
};

const OLD: u8 = 1;
const NEW: u8 = 2;
const PARTNER: u8 = 3;
const PARTNER_NEW: u8 = 4;

fn day(day: i64) -> Timestamp {
    let start: Timestamp = "2027-03-01T06:00:00Z".parse().unwrap();
    start + chrono::TimeDelta::days(day)
}

fn fingerprint(number: u8) -> Fingerprint {
    Fingerprint::new([number; 32])
}

fn credential(number: u8) -> Credential {
    Credential {
        fingerprint: fingerprint(number),
        not_before: day(-100),
        not_after: day(300),
        subject: format!("CN=test {number}"),
    }
}

/// A relationship in which both sides have one certificate for both roles.
fn established() -> Relationship {
    let mut relationship = Relationship::new(RelationshipId::new("ALICE", "BOB", "as2"));
    for (side, number) in [(Side::Ours, OLD), (Side::Theirs, PARTNER)] {
        for role in Role::ALL {
            let credential = credential(number);
            let adopt = Command::Adopt {
                side,
                role,
                credential,
            };
            run(&mut relationship, adopt, day(0));
        }
    }
    relationship
}

fn run(relationship: &mut Relationship, command: Command, now: Timestamp) -> Vec<Event> {
    let commit = relationship.decide([command], now).unwrap();
    relationship.apply(&commit);
    assert_eq!(
        relationship.snapshot(),
        commit.snapshot,
        "apply follows decide"
    );
    let events = commit.events.into_iter();
    events.map(|recorded| recorded.event).collect()
}

fn schedule(side: Side, role: Role, number: u8) -> Command {
    Command::Schedule {
        side,
        role,
        credential: credential(number),
    }
}

fn used(side: Side, role: Role, number: u8) -> Command {
    Command::Used {
        side,
        role,
        fingerprint: fingerprint(number),
    }
}

fn serving(relationship: &Relationship, operation: Operation, now: Timestamp) -> Vec<Fingerprint> {
    let serving = relationship.serving(operation, now).unwrap();
    serving.iter().map(|facts| facts.fingerprint).collect()
}

fn slot(relationship: &Relationship, side: Side, role: Role) -> Vec<(Fingerprint, Standing)> {
    let entries = &relationship.slot(side, role).entries;
    entries
        .iter()
        .map(|entry| (entry.fingerprint, entry.standing))
        .collect()
}

fn installed_by_first_use(side: Side, role: Role, number: u8) -> Event {
    Event::Installed {
        side,
        role,
        fingerprint: fingerprint(number),
        cause: Cause::FirstUse,
    }
}

/// Were the late answer to count, two certificates would wait in one place.
#[test]
fn what_is_agreed_by_hand_overtakes_an_offer_that_nobody_answered_in_time() {
    const BY_HAND: u8 = 5;
    let mut alice = established();
    let exchange = ExchangeId::new("late");
    let offer = Command::Offer {
        exchange: exchange.clone(),
        offers: vec![Offer {
            fingerprint: fingerprint(NEW),
            roles: BTreeSet::from(Role::ALL),
        }],
        credentials: vec![credential(NEW)],
        respond_by: Some(day(10)),
    };
    run(&mut alice, offer, day(1));
    run(&mut alice, Command::Tick, day(11));
    let by_hand = schedule(Side::Ours, Role::Encryption, BY_HAND);
    let events = run(&mut alice, by_hand, day(12));
    assert_eq!(
        events,
        [
            Event::Superseded {
                side: Side::Ours,
                exchange: exchange.clone(),
                by: None,
                roles: BTreeSet::from([Role::Encryption]),
            },
            Event::Scheduled {
                side: Side::Ours,
                role: Role::Encryption,
                credential: credential(BY_HAND),
            },
        ]
    );
    let answer = Command::ReceiveAnswer {
        exchange,
        decisions: BTreeMap::from([(fingerprint(NEW), Decision::Accept)]),
    };
    run(&mut alice, answer, day(13));
    // The answer still counts for the role in which nothing overtook the offer.
    let in_signing = slot(&alice, Side::Ours, Role::Signing);
    assert!(in_signing.contains(&(fingerprint(NEW), Standing::Accepted)));
    let mut in_encryption = slot(&alice, Side::Ours, Role::Encryption);
    in_encryption.sort();
    assert_eq!(
        in_encryption,
        [
            (fingerprint(OLD), Standing::Installed),
            (fingerprint(NEW), Standing::Superseded),
            (fingerprint(BY_HAND), Standing::Accepted),
        ]
    );
    // What was once offered opens.
    let opening = serving(&alice, Operation::Decrypt, day(13));
    assert!(opening.contains(&fingerprint(NEW)));
}

#[test]
fn our_encryption_certificate_agreed_by_hand_is_installed_when_the_partner_encrypts_to_it() {
    let mut alice = established();
    let (old, new) = (fingerprint(OLD), fingerprint(NEW));
    let by_hand = schedule(Side::Ours, Role::Encryption, NEW);
    let events = run(&mut alice, by_hand.clone(), day(1));
    assert_eq!(
        events,
        [Event::Scheduled {
            side: Side::Ours,
            role: Role::Encryption,
            credential: credential(NEW),
        }]
    );
    // Until then both open, the slot shows both, and we go on signing with the old one.
    assert_eq!(
        slot(&alice, Side::Ours, Role::Encryption),
        [(new, Standing::Accepted), (old, Standing::Installed)]
    );
    assert_eq!(serving(&alice, Operation::Decrypt, day(1)), [old, new]);
    assert_eq!(serving(&alice, Operation::Sign, day(1)), [old]);
    // Said twice, done once; and what still comes by the old one changes nothing.
    assert_eq!(run(&mut alice, by_hand.clone(), day(2)), []);
    let by_old = used(Side::Ours, Role::Encryption, OLD);
    assert_eq!(run(&mut alice, by_old.clone(), day(2)), []);

    let by_new = used(Side::Ours, Role::Encryption, NEW);
    let events = run(&mut alice, by_new, day(3));
    assert_eq!(
        events,
        [installed_by_first_use(Side::Ours, Role::Encryption, NEW)]
    );
    assert_eq!(
        slot(&alice, Side::Ours, Role::Encryption),
        [(new, Standing::Installed), (old, Standing::Archived)]
    );
    assert_eq!(serving(&alice, Operation::Decrypt, day(3)), [new, old]);
    assert_eq!(run(&mut alice, by_old, day(4)), []);
    assert_eq!(run(&mut alice, by_hand, day(4)), []);
}

#[test]
fn the_partners_signing_certificate_agreed_by_hand_is_installed_when_it_signs_with_it() {
    let mut alice = established();
    let (old, new) = (fingerprint(PARTNER), fingerprint(PARTNER_NEW));
    run(
        &mut alice,
        schedule(Side::Theirs, Role::Signing, PARTNER_NEW),
        day(1),
    );
    assert_eq!(serving(&alice, Operation::Verify, day(1)), [old, new]);
    assert_eq!(serving(&alice, Operation::VerifyMdn, day(1)), [old, new]);
    assert_eq!(serving(&alice, Operation::Encrypt, day(1)), [old]);
    let by_old = used(Side::Theirs, Role::Signing, PARTNER);
    assert_eq!(run(&mut alice, by_old, day(2)), []);

    let by_new = used(Side::Theirs, Role::Signing, PARTNER_NEW);
    let events = run(&mut alice, by_new, day(3));
    assert_eq!(
        events,
        [installed_by_first_use(
            Side::Theirs,
            Role::Signing,
            PARTNER_NEW
        )]
    );
    assert_eq!(
        slot(&alice, Side::Theirs, Role::Signing),
        [(new, Standing::Installed), (old, Standing::Archived)]
    );
    assert_eq!(serving(&alice, Operation::Verify, day(3)), [new, old]);
}

#[test]
fn what_no_first_use_would_install_cannot_be_agreed_by_hand() {
    let alice = established();
    for (side, role) in [
        (Side::Ours, Role::Signing),
        (Side::Theirs, Role::Encryption),
    ] {
        let refused = alice.decide([schedule(side, role, NEW)], day(1));
        assert_eq!(refused, Err(Refusal::NotByFirstUse { side, role }));
    }
    let stranger = Relationship::new(RelationshipId::new("ALICE", "CAROL", "as2"));
    let (side, role) = (Side::Ours, Role::Encryption);
    let refused = stranger.decide([schedule(side, role, NEW)], day(1));
    assert_eq!(refused, Err(Refusal::NotEstablished { side, role }));
    // One that is over by then.
    let refused = alice.decide([schedule(side, role, NEW)], day(300));
    assert_eq!(
        refused,
        Err(Refusal::EndsTooEarly {
            fingerprint: fingerprint(NEW),
            not_after: day(300),
            needed_until: day(300),
        })
    );
}

#[test]
fn of_ours_one_waits_at_a_time_whichever_way_it_was_agreed() {
    let mut alice = established();
    let role = Role::Encryption;
    run(&mut alice, schedule(Side::Ours, role, NEW), day(1));
    let locked = Refusal::SlotLocked {
        role,
        pending: fingerprint(NEW),
    };
    let refused = alice.decide([schedule(Side::Ours, role, 9)], day(1));
    assert_eq!(refused, Err(locked.clone()));
    let offer = Command::Offer {
        exchange: ExchangeId::new("x"),
        offers: vec![Offer {
            fingerprint: fingerprint(9),
            roles: BTreeSet::from([role]),
        }],
        credentials: vec![credential(9)],
        respond_by: None,
    };
    assert_eq!(alice.decide([offer], day(1)), Err(locked));

    // Of the partner's, several may wait; but not the one whose offer waits for our answer.
    let receive = |number: u8| Command::ReceiveOffer {
        exchange: ExchangeId::new(number.to_string()),
        offers: vec![Offer {
            fingerprint: fingerprint(number),
            roles: BTreeSet::from([Role::Signing]),
        }],
        credentials: vec![credential(number)],
        respond_by: None,
        made_at: None,
        evidence: fingerprint(number),
    };
    run(&mut alice, receive(5), day(1));
    let refused = alice.decide([schedule(Side::Theirs, Role::Signing, 5)], day(1));
    assert_eq!(
        refused,
        Err(Refusal::SlotLocked {
            role: Role::Signing,
            pending: fingerprint(5),
        })
    );
    for number in [6, 7] {
        run(
            &mut alice,
            schedule(Side::Theirs, Role::Signing, number),
            day(1),
        );
    }
    assert_eq!(
        serving(&alice, Operation::Verify, day(1)),
        [PARTNER, 7, 6].map(fingerprint)
    );
    // What was agreed by hand is accepted unasked when the partner offers it after all (CEM §2.5).
    let commit = alice.decide([receive(6)], day(2)).unwrap();
    assert!(commit.events.iter().any(|recorded| matches!(
        &recorded.event,
        Event::Answered { decision: Decision::Accept, fingerprint: id, .. } if *id == fingerprint(6)
    )));
}

#[test]
fn the_partners_ability_is_learned_kept_and_forgotten_unless_it_is_forced() {
    use Advertised::{Capable, NotCapable};
    let word = |advertised| Command::Advertised { advertised };
    for (commands, expected) in [
        (vec![], Capability::Unknown),
        (vec![word(NotCapable)], Capability::Unknown),
        (vec![word(Capable)], Capability::Observed),
        (vec![word(Capable), Command::Tick], Capability::Observed),
        (vec![word(Capable), word(NotCapable)], Capability::Unknown),
        (vec![Command::ForceCapability], Capability::Forced),
        (
            vec![Command::ForceCapability, word(NotCapable)],
            Capability::Forced,
        ),
        (
            vec![Command::ForceCapability, word(Capable)],
            Capability::Forced,
        ),
        (
            vec![
                word(Capable),
                Command::ForceCapability,
                Command::ReleaseCapability,
            ],
            Capability::Unknown,
        ),
        (
            vec![word(Capable), Command::ReleaseCapability],
            Capability::Observed,
        ),
    ] {
        let mut alice = established();
        for command in &commands {
            let before = alice.capability();
            let events = run(&mut alice, command.clone(), day(1));
            let capability = alice.capability();
            let changed = [Event::CapabilityChanged { capability }];
            let expected: &[Event] = if before == capability { &[] } else { &changed };
            assert_eq!(events, expected);
        }
        assert_eq!(alice.capability(), expected, "{commands:?}");
        assert_eq!(
            expected.is_capable(),
            expected != Capability::Unknown,
            "{commands:?}"
        );
        // It is remembered.
        let written = serde_json::to_string(&alice.snapshot()).unwrap();
        let restored = Relationship::restore(serde_json::from_str(&written).unwrap(), 0);
        assert_eq!(restored.capability(), expected);
    }
}

fn again(operation: Operation, instead_of: u8, action: Action) -> Command {
    Command::SendAgain {
        effect: Effect {
            id: EffectId::new("order-1"),
            action,
            due: day(1),
        },
        operation,
        instead_of: fingerprint(instead_of),
        reason: "decryption-failed".to_owned(),
    }
}

#[test]
fn what_the_partner_could_not_use_goes_out_once_more_with_the_other_certificate() {
    let mut alice = established();
    let document = Action::SendMessage {
        content: Fingerprint::new([8; 32]),
    };
    // With one certificate there is no other.
    for (operation, number) in [(Operation::Sign, OLD), (Operation::Encrypt, PARTNER)] {
        let refused = alice.decide([again(operation, number, document.clone())], day(1));
        assert_eq!(
            refused,
            Err(Refusal::NoAlternative {
                operation,
                instead_of: fingerprint(number),
            })
        );
    }
    // We have accepted a new one of the partner's, and have been accepted with a new one of ours.
    let both = BTreeSet::from(Role::ALL);
    let offers = |number| {
        vec![Offer {
            fingerprint: fingerprint(number),
            roles: both.clone(),
        }]
    };
    let yes = |number| BTreeMap::from([(fingerprint(number), Decision::Accept)]);
    for command in [
        Command::ReceiveOffer {
            exchange: ExchangeId::new("theirs"),
            offers: offers(PARTNER_NEW),
            credentials: vec![credential(PARTNER_NEW)],
            respond_by: None,
            made_at: None,
            evidence: fingerprint(7),
        },
        Command::Decide {
            exchange: ExchangeId::new("theirs"),
            decisions: yes(PARTNER_NEW),
        },
        Command::Offer {
            exchange: ExchangeId::new("ours"),
            offers: offers(NEW),
            credentials: vec![credential(NEW)],
            respond_by: None,
        },
        Command::ReceiveAnswer {
            exchange: ExchangeId::new("ours"),
            decisions: yes(NEW),
        },
    ] {
        run(&mut alice, command, day(1));
    }
    assert_eq!(serving(&alice, Operation::Sign, day(2)), [fingerprint(NEW)]);
    assert_eq!(
        serving(&alice, Operation::Encrypt, day(2)),
        [fingerprint(PARTNER_NEW)]
    );
    for (operation, role, tried, other) in [
        (Operation::Sign, Role::Signing, NEW, OLD),
        (Operation::Sign, Role::Signing, OLD, NEW),
        (Operation::Encrypt, Role::Encryption, PARTNER_NEW, PARTNER),
        (Operation::Encrypt, Role::Encryption, PARTNER, PARTNER_NEW),
    ] {
        let command = again(operation, tried, document.clone());
        let commit = alice.decide([command], day(2)).unwrap();
        let events: Vec<Event> = commit.events.iter().map(|r| r.event.clone()).collect();
        assert_eq!(
            events,
            [Event::SentAgain {
                effect: EffectId::new("order-1"),
                role,
                instead_of: fingerprint(tried),
                with: fingerprint(other),
                reason: "decryption-failed".to_owned(),
            }]
        );
        let action = Action::SendAgain {
            action: Box::new(document.clone()),
            role,
            with: fingerprint(other),
        };
        assert_eq!(
            commit.outbox,
            [Effect {
                id: EffectId::new("again-order-1"),
                action: action.clone(),
                due: day(2),
            }]
        );
        // Its written form reads back, and it ends in the same document.
        let written = serde_json::to_string(&commit.outbox).unwrap();
        let read: Vec<Effect> = serde_json::from_str(&written).unwrap();
        assert_eq!(read, commit.outbox);
        assert_eq!(action.purpose(), &document);
        // Once.
        let twice = alice.decide([again(operation, other, action)], day(3));
        assert_eq!(
            twice,
            Err(Refusal::NoAlternative {
                operation,
                instead_of: fingerprint(other),
            })
        );
    }
    // Receiving tries each certificate anyway.
    for operation in [Operation::Decrypt, Operation::Verify] {
        assert!(
            alice
                .serving_instead(operation, fingerprint(NEW), day(2))
                .is_none()
        );
    }
    // What is over serves no second try.
    assert!(
        alice
            .serving_instead(Operation::Sign, fingerprint(NEW), day(301))
            .is_none()
    );
}
