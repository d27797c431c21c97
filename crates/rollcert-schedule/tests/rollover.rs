//! How relationships roll over, told as traces: what is said, what happens, what serves then.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "tests fail by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};

use rollcert_schedule::{
    Action, Capability, Command, Credential, Decision, Event, ExchangeId, ExchangeState,
    Fingerprint, Offer, Operation, Refusal, Relationship, RelationshipId, Role, Side, Standing,
    TimerKind, Timestamp,
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

fn both() -> BTreeSet<Role> {
    BTreeSet::from(Role::ALL)
}

fn offer(exchange: &str, number: u8, roles: BTreeSet<Role>) -> Command {
    Command::Offer {
        exchange: ExchangeId::new(exchange),
        offers: vec![Offer {
            fingerprint: fingerprint(number),
            roles,
        }],
        credentials: vec![credential(number)],
        respond_by: Some(day(7)),
    }
}

fn receive_offer(exchange: &str, number: u8, evidence: u8) -> Command {
    Command::ReceiveOffer {
        exchange: ExchangeId::new(exchange),
        offers: vec![Offer {
            fingerprint: fingerprint(number),
            roles: both(),
        }],
        credentials: vec![credential(number)],
        respond_by: Some(day(7)),
        made_at: None,
        evidence: fingerprint(evidence),
    }
}

fn decisions(number: u8, decision: Decision) -> BTreeMap<Fingerprint, Decision> {
    BTreeMap::from([(fingerprint(number), decision)])
}

fn answer(exchange: &str, number: u8, decision: Decision) -> Command {
    Command::ReceiveAnswer {
        exchange: ExchangeId::new(exchange),
        decisions: decisions(number, decision),
    }
}

fn decide(exchange: &str, number: u8, decision: Decision) -> Command {
    Command::Decide {
        exchange: ExchangeId::new(exchange),
        decisions: decisions(number, decision),
    }
}

fn reject() -> Decision {
    Decision::Reject {
        reason: "not ours".to_owned(),
    }
}

fn used(side: Side, role: Role, number: u8) -> Command {
    Command::Used {
        side,
        role,
        fingerprint: fingerprint(number),
    }
}

/// A relationship in which both sides have one certificate for both roles.
fn established() -> Relationship {
    let mut relationship = Relationship::new(RelationshipId::new("ALICE", "BOB", "as2"));
    let adopt = [(Side::Ours, OLD), (Side::Theirs, PARTNER)]
        .into_iter()
        .flat_map(|(side, n)| {
            Role::ALL.map(|role| Command::Adopt {
                side,
                role,
                credential: credential(n),
            })
        });
    let commit = relationship.decide(adopt, day(0)).unwrap();
    relationship.apply(&commit);
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
    commit
        .events
        .into_iter()
        .map(|recorded| recorded.event)
        .collect()
}

fn serving(relationship: &Relationship, operation: Operation, now: Timestamp) -> Vec<u8> {
    let serving = relationship.serving(operation, now).unwrap();
    serving
        .iter()
        .map(|credential| credential.fingerprint.as_bytes()[0])
        .collect()
}

fn standing(relationship: &Relationship, side: Side, role: Role, number: u8) -> Standing {
    relationship
        .slot(side, role)
        .entry(fingerprint(number))
        .unwrap()
        .standing
}

fn state(relationship: &Relationship, exchange: &str) -> ExchangeState {
    let id = ExchangeId::new(exchange);
    let ours = relationship.exchange(Side::Ours, &id);
    ours.or_else(|| relationship.exchange(Side::Theirs, &id))
        .unwrap()
        .state()
}

#[test]
fn our_certificate_rolls_over_by_offer_acceptance_and_first_use() {
    let mut alice = established();
    run(&mut alice, offer("x", NEW, both()), day(1));
    assert_eq!(serving(&alice, Operation::Decrypt, day(1)), [OLD, NEW]);
    assert_eq!(serving(&alice, Operation::Sign, day(1)), [OLD]);

    run(&mut alice, answer("x", NEW, Decision::Accept), day(2));
    assert_eq!(serving(&alice, Operation::Sign, day(2)), [NEW]);
    assert_eq!(serving(&alice, Operation::SignMdn, day(2)), [NEW]);
    assert_eq!(
        standing(&alice, Side::Ours, Role::Signing, NEW),
        Standing::Accepted
    );

    // A receipt for a message signed with it is no first use while the encryption half waits.
    assert_eq!(
        run(&mut alice, used(Side::Ours, Role::Signing, NEW), day(3)),
        []
    );

    let events = run(&mut alice, used(Side::Ours, Role::Encryption, NEW), day(3));
    assert_eq!(events.len(), 2, "both roles are installed: {events:?}");
    for role in Role::ALL {
        assert_eq!(standing(&alice, Side::Ours, role, NEW), Standing::Installed);
        assert_eq!(standing(&alice, Side::Ours, role, OLD), Standing::Archived);
    }
    assert_eq!(serving(&alice, Operation::Decrypt, day(3)), [NEW, OLD]);
    assert_eq!(state(&alice, "x"), ExchangeState::Accepted);
}

#[test]
fn an_archived_key_decrypts_until_its_certificate_ends() {
    let mut alice = established();
    run(&mut alice, offer("x", NEW, both()), day(1));
    run(&mut alice, used(Side::Ours, Role::Encryption, NEW), day(2));
    assert_eq!(serving(&alice, Operation::Decrypt, day(300)), [NEW, OLD]);
    assert_eq!(serving(&alice, Operation::Decrypt, day(301)), [NEW]);
}

#[test]
fn a_partner_who_encrypts_before_its_answer_arrives_installs_encryption_only() {
    let mut alice = established();
    run(&mut alice, offer("x", NEW, both()), day(1));
    run(&mut alice, used(Side::Ours, Role::Encryption, NEW), day(2));
    assert_eq!(
        standing(&alice, Side::Ours, Role::Encryption, NEW),
        Standing::Installed
    );
    // CEM §2.4: no signature with it before the answer or the date.
    assert_eq!(serving(&alice, Operation::Sign, day(2)), [OLD]);
    let events = run(&mut alice, answer("x", NEW, Decision::Accept), day(3));
    assert_eq!(
        events.len(),
        2,
        "answered, and installed at once: {events:?}"
    );
    assert_eq!(
        standing(&alice, Side::Ours, Role::Signing, NEW),
        Standing::Installed
    );
}

#[test]
fn a_signing_certificate_alone_is_installed_by_a_receipt() {
    let mut alice = established();
    run(
        &mut alice,
        offer("x", NEW, BTreeSet::from([Role::Signing])),
        day(1),
    );
    assert_eq!(serving(&alice, Operation::Decrypt, day(1)), [OLD]);
    run(&mut alice, answer("x", NEW, Decision::Accept), day(2));
    assert_eq!(serving(&alice, Operation::Sign, day(2)), [NEW]);
    run(&mut alice, used(Side::Ours, Role::Signing, NEW), day(3));
    assert_eq!(
        standing(&alice, Side::Ours, Role::Signing, NEW),
        Standing::Installed
    );
    assert_eq!(
        standing(&alice, Side::Ours, Role::Signing, OLD),
        Standing::Archived
    );
    assert_eq!(
        standing(&alice, Side::Ours, Role::Encryption, OLD),
        Standing::Installed
    );
}

#[test]
fn p15_a_rejected_certificate_never_signs_but_its_key_still_decrypts() {
    let mut alice = established();
    run(&mut alice, offer("x", NEW, both()), day(1));
    run(&mut alice, answer("x", NEW, reject()), day(2));
    assert_eq!(state(&alice, "x"), ExchangeState::Rejected);
    assert_eq!(serving(&alice, Operation::Sign, day(30)), [OLD]);
    assert_eq!(serving(&alice, Operation::Decrypt, day(30)), [OLD, NEW]);
    // P15: nothing is activated by the date after a rejection.
    assert_eq!(run(&mut alice, Command::Tick, day(30)), []);
    // The slot is free for another attempt.
    run(&mut alice, Command::Tick, day(2));
    assert!(alice.decide([offer("y", 9, both())], day(2)).is_ok());
}

#[test]
fn p8_no_answer_by_the_date_expires_the_request_and_a_late_answer_still_counts() {
    let mut alice = established();
    run(&mut alice, offer("x", NEW, both()), day(1));
    let second = chrono::TimeDelta::seconds(1);
    assert_eq!(run(&mut alice, Command::Tick, day(7) - second), []);
    let events = run(&mut alice, Command::Tick, day(7));
    assert_eq!(
        events,
        [Event::Expired {
            exchange: ExchangeId::new("x")
        }]
    );
    assert_eq!(state(&alice, "x"), ExchangeState::Expired);
    assert_eq!(serving(&alice, Operation::Sign, day(8)), [OLD]);
    assert_eq!(serving(&alice, Operation::Decrypt, day(8)), [OLD, NEW]);
    run(&mut alice, answer("x", NEW, Decision::Accept), day(9));
    assert_eq!(state(&alice, "x"), ExchangeState::Accepted);
    assert_eq!(serving(&alice, Operation::Sign, day(9)), [NEW]);
}

#[test]
fn an_answer_that_comes_with_the_date_is_on_time() {
    let mut alice = established();
    run(&mut alice, offer("x", NEW, both()), day(1));
    let events = run(&mut alice, answer("x", NEW, Decision::Accept), day(7));
    assert!(!events.contains(&Event::Expired {
        exchange: ExchangeId::new("x")
    }));
}

#[test]
fn the_partners_certificate_is_pending_until_we_accept_it() {
    let mut bob = established();
    run(&mut bob, receive_offer("x", PARTNER_NEW, 50), day(1));
    assert_eq!(serving(&bob, Operation::Verify, day(1)), [PARTNER]);
    assert_eq!(serving(&bob, Operation::Encrypt, day(1)), [PARTNER]);

    let commit = bob
        .decide([decide("x", PARTNER_NEW, Decision::Accept)], day(2))
        .unwrap();
    assert_eq!(
        commit
            .outbox
            .iter()
            .map(|effect| effect.action.clone())
            .collect::<Vec<_>>(),
        [Action::SendAnswer {
            exchange: ExchangeId::new("x")
        }]
    );
    bob.apply(&commit);
    // CEM §2.5: encrypt with the new one at once; verify with both until the first use.
    assert_eq!(serving(&bob, Operation::Encrypt, day(2)), [PARTNER_NEW]);
    assert_eq!(
        serving(&bob, Operation::Verify, day(2)),
        [PARTNER, PARTNER_NEW]
    );
    assert_eq!(
        serving(&bob, Operation::VerifyMdn, day(2)),
        [PARTNER, PARTNER_NEW]
    );
    assert_eq!(
        standing(&bob, Side::Theirs, Role::Encryption, PARTNER),
        Standing::Archived
    );

    run(&mut bob, used(Side::Theirs, Role::Signing, PARTNER), day(3));
    assert_eq!(
        standing(&bob, Side::Theirs, Role::Signing, PARTNER),
        Standing::Installed
    );
    run(
        &mut bob,
        used(Side::Theirs, Role::Signing, PARTNER_NEW),
        day(3),
    );
    assert_eq!(
        standing(&bob, Side::Theirs, Role::Signing, PARTNER_NEW),
        Standing::Installed
    );
    assert_eq!(
        serving(&bob, Operation::Verify, day(4)),
        [PARTNER_NEW, PARTNER]
    );
}

#[test]
fn separate_certificates_are_offered_together_and_answered_one_by_one() {
    let mut alice = established();
    let (signing, encryption) = (NEW, 9);
    let command = Command::Offer {
        exchange: ExchangeId::new("x"),
        offers: vec![
            Offer {
                fingerprint: fingerprint(signing),
                roles: BTreeSet::from([Role::Signing]),
            },
            Offer {
                fingerprint: fingerprint(encryption),
                roles: BTreeSet::from([Role::Encryption]),
            },
        ],
        credentials: vec![credential(signing), credential(encryption)],
        respond_by: Some(day(7)),
    };
    run(&mut alice, command, day(1));
    // One response may decide about one of them only, and another follow (V17).
    run(&mut alice, answer("x", signing, Decision::Accept), day(2));
    assert_eq!(state(&alice, "x"), ExchangeState::AwaitAnswer);
    assert_eq!(serving(&alice, Operation::Sign, day(2)), [signing]);
    run(&mut alice, answer("x", encryption, reject()), day(3));
    assert_eq!(state(&alice, "x"), ExchangeState::Rejected);
    assert_eq!(serving(&alice, Operation::Sign, day(3)), [signing]);
    assert_eq!(
        serving(&alice, Operation::Decrypt, day(3)),
        [OLD, encryption]
    );
}

#[test]
fn any_of_the_received_certificates_can_be_accepted_or_rejected_but_none_left_out() {
    let mut bob = established();
    let command = Command::ReceiveOffer {
        exchange: ExchangeId::new("x"),
        offers: vec![
            Offer {
                fingerprint: fingerprint(PARTNER_NEW),
                roles: BTreeSet::from([Role::Signing]),
            },
            Offer {
                fingerprint: fingerprint(9),
                roles: BTreeSet::from([Role::Encryption]),
            },
        ],
        credentials: vec![credential(PARTNER_NEW), credential(9)],
        respond_by: Some(day(7)),
        made_at: None,
        evidence: fingerprint(50),
    };
    run(&mut bob, command, day(1));
    assert_eq!(
        bob.decide([decide("x", 9, Decision::Accept)], day(2)),
        Err(Refusal::IncompleteDecision {
            exchange: ExchangeId::new("x")
        })
    );
    let mut mixed = decisions(PARTNER_NEW, reject());
    mixed.extend(decisions(9, Decision::Accept));
    let command = Command::Decide {
        exchange: ExchangeId::new("x"),
        decisions: mixed,
    };
    run(&mut bob, command, day(2));
    assert_eq!(serving(&bob, Operation::Verify, day(2)), [PARTNER]);
    assert_eq!(serving(&bob, Operation::Encrypt, day(2)), [9]);
}

#[test]
fn p11_one_decision_holds_for_all_usages_of_a_certificate() {
    // There is no way to say more: a decision names a certificate, not a usage.
    for (decision, expected) in [
        (Decision::Accept, Standing::Accepted),
        (reject(), Standing::Rejected),
    ] {
        let mut bob = established();
        run(&mut bob, receive_offer("x", PARTNER_NEW, 9), day(1));
        run(&mut bob, decide("x", PARTNER_NEW, decision), day(2));
        let signing = standing(&bob, Side::Theirs, Role::Signing, PARTNER_NEW);
        assert_eq!(signing, expected);
        let encryption = standing(&bob, Side::Theirs, Role::Encryption, PARTNER_NEW);
        let installed_at_once = expected == Standing::Accepted;
        let expected = match installed_at_once {
            true => Standing::Installed,
            false => expected,
        };
        assert_eq!(encryption, expected);
    }
}

#[test]
fn what_cannot_be_used_is_rejected_when_it_comes_and_the_rest_waits_for_a_decision() {
    let mut bob = established();
    let offer = |number, role| Offer {
        fingerprint: fingerprint(number),
        roles: BTreeSet::from([role]),
    };
    let receive = Command::ReceiveOffer {
        exchange: ExchangeId::new("x"),
        offers: vec![
            offer(PARTNER_NEW, Role::Signing),
            offer(9, Role::Encryption),
        ],
        credentials: vec![credential(PARTNER_NEW), credential(9)],
        respond_by: None,
        made_at: None,
        evidence: fingerprint(8),
    };
    let unusable = |number| Command::RejectUnusable {
        exchange: ExchangeId::new("x"),
        reasons: BTreeMap::from([(fingerprint(number), "too short".to_owned())]),
    };
    let commit = bob.decide([receive.clone(), unusable(9)], day(1)).unwrap();
    bob.apply(&commit);
    assert!(
        commit.outbox.is_empty(),
        "one certificate has no answer yet"
    );
    assert_eq!(
        standing(&bob, Side::Theirs, Role::Encryption, 9),
        Standing::Rejected
    );
    assert_eq!(serving(&bob, Operation::Encrypt, day(1)), [PARTNER]);
    // The same request again changes nothing, and nobody can accept what is unusable.
    let again = bob.decide([receive, unusable(9)], day(1)).unwrap();
    assert!(again.is_empty());
    let mut overruled = decisions(PARTNER_NEW, Decision::Accept);
    overruled.extend(decisions(9, Decision::Accept));
    let overruled = Command::Decide {
        exchange: ExchangeId::new("x"),
        decisions: overruled,
    };
    assert_eq!(
        bob.decide([overruled], day(2)),
        Err(Refusal::Unusable {
            fingerprint: fingerprint(9)
        })
    );
    let commit = bob
        .decide([decide("x", PARTNER_NEW, Decision::Accept)], day(2))
        .unwrap();
    bob.apply(&commit);
    assert_eq!(commit.outbox.len(), 1);
    assert_eq!(state(&bob, "x"), ExchangeState::Rejected);
    assert_eq!(
        serving(&bob, Operation::Verify, day(2)),
        [PARTNER, PARTNER_NEW]
    );
    // What was accepted stays so, whatever is found out later; what was not offered cannot be rejected.
    assert!(
        bob.decide([unusable(PARTNER_NEW)], day(3))
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        bob.decide([unusable(77)], day(3)),
        Err(Refusal::IncompleteDecision {
            exchange: ExchangeId::new("x")
        })
    );
}

#[test]
fn what_is_pending_is_shown_beside_what_is_installed() {
    let mut alice = established();
    run(&mut alice, offer("x", NEW, both()), day(1));
    let slot = alice.slot(Side::Ours, Role::Encryption);
    assert_eq!(slot.installed().unwrap().fingerprint, fingerprint(OLD));
    let pending = slot.pending().unwrap();
    assert_eq!(pending.fingerprint, fingerprint(NEW));
    assert_eq!(
        (pending.since, pending.exchange.clone()),
        (day(1), Some(ExchangeId::new("x")))
    );
    run(&mut alice, used(Side::Ours, Role::Encryption, NEW), day(2));
    assert_eq!(alice.slot(Side::Ours, Role::Encryption).pending(), None);
}

#[test]
fn an_archived_certificate_that_is_offered_again_goes_on_serving_what_comes_late() {
    let mut bob = established();
    run(&mut bob, receive_offer("x", PARTNER_NEW, 50), day(1));
    run(&mut bob, decide("x", PARTNER_NEW, Decision::Accept), day(2));
    run(
        &mut bob,
        used(Side::Theirs, Role::Signing, PARTNER_NEW),
        day(3),
    );
    // The partner goes back to the old one.
    run(&mut bob, receive_offer("y", PARTNER, 51), day(4));
    let both_verify = [PARTNER_NEW, PARTNER];
    assert_eq!(serving(&bob, Operation::Verify, day(4)), both_verify);
    run(&mut bob, decide("y", PARTNER, Decision::Accept), day(5));
    assert_eq!(serving(&bob, Operation::Verify, day(5)), both_verify);
    assert_eq!(serving(&bob, Operation::Encrypt, day(5)), [PARTNER]);
    run(&mut bob, used(Side::Theirs, Role::Signing, PARTNER), day(6));
    assert_eq!(
        serving(&bob, Operation::Verify, day(6)),
        [PARTNER, PARTNER_NEW]
    );
    assert_eq!(bob.slot(Side::Theirs, Role::Signing).entries.len(), 2);
}

#[test]
fn the_answer_itself_is_encrypted_to_what_was_in_use_before() {
    let mut bob = established();
    run(&mut bob, receive_offer("x", PARTNER_NEW, 50), day(1));
    run(&mut bob, decide("x", PARTNER_NEW, Decision::Accept), day(2));
    let answered = |bob: &Relationship, exchange: &str| {
        let exchange = bob
            .exchange(Side::Theirs, &ExchangeId::new(exchange))
            .unwrap();
        bob.serving_for_answer(exchange, day(3))
            .unwrap()
            .fingerprint
    };
    assert_eq!(answered(&bob, "x"), fingerprint(PARTNER));
    // A later announcement of what is in use by then goes by that; the old one is long gone.
    run(&mut bob, receive_offer("y", PARTNER_NEW, 51), day(3));
    assert_eq!(answered(&bob, "y"), fingerprint(PARTNER_NEW));
}

#[test]
fn p14_a_certificate_accepted_before_it_is_valid_waits_for_its_first_day() {
    let mut bob = established();
    let later = Credential {
        not_before: day(5),
        ..credential(PARTNER_NEW)
    };
    let Command::ReceiveOffer {
        exchange,
        offers,
        respond_by,
        made_at,
        evidence,
        ..
    } = receive_offer("x", PARTNER_NEW, 50)
    else {
        unreachable!()
    };
    let credentials = vec![later];
    let offered = Command::ReceiveOffer {
        exchange,
        offers,
        credentials,
        respond_by,
        made_at,
        evidence,
    };
    run(&mut bob, offered, day(1));
    run(&mut bob, decide("x", PARTNER_NEW, Decision::Accept), day(2));
    assert_eq!(serving(&bob, Operation::Encrypt, day(4)), [PARTNER]);
    let timers = bob.timers();
    assert_eq!(timers.len(), 1);
    assert_eq!(timers[0].due, day(5));
    assert!(matches!(timers[0].kind, TimerKind::BecomesValid { .. }));
    assert_eq!(serving(&bob, Operation::Encrypt, day(5)), [PARTNER_NEW]);
    run(&mut bob, Command::Tick, day(5));
    assert_eq!(
        standing(&bob, Side::Theirs, Role::Encryption, PARTNER_NEW),
        Standing::Installed
    );
    assert_eq!(bob.timers(), []);
}

#[test]
fn the_same_offer_again_brings_the_same_answer_and_other_content_is_refused() {
    let mut bob = established();
    run(&mut bob, receive_offer("x", PARTNER_NEW, 50), day(1));
    assert_eq!(
        run(&mut bob, receive_offer("x", PARTNER_NEW, 50), day(1)),
        []
    );
    run(&mut bob, decide("x", PARTNER_NEW, reject()), day(2));
    let commit = bob
        .decide([receive_offer("x", PARTNER_NEW, 50)], day(3))
        .unwrap();
    assert_eq!(commit.outbox.len(), 1, "the answer goes out again");
    assert_eq!(
        bob.decide([receive_offer("x", 9, 50)], day(3)),
        Err(Refusal::Contradiction {
            exchange: ExchangeId::new("x")
        })
    );
}

#[test]
fn a_certificate_in_use_that_is_announced_again_is_accepted_unasked() {
    // V22.
    let mut bob = established();
    let commit = bob
        .decide([receive_offer("x", PARTNER, 50)], day(1))
        .unwrap();
    assert_eq!(commit.outbox.len(), 1);
    bob.apply(&commit);
    assert_eq!(state(&bob, "x"), ExchangeState::Accepted);
    assert_eq!(
        standing(&bob, Side::Theirs, Role::Signing, PARTNER),
        Standing::Installed
    );
}

#[test]
fn p5_a_newer_offer_overtakes_an_unanswered_one_and_a_late_acceptance_activates_nothing() {
    // P5.
    let mut alice = established();
    run(&mut alice, offer("x", NEW, both()), day(1));
    assert_eq!(
        alice.decide([offer("y", 9, both())], day(2)),
        Err(Refusal::SlotLocked {
            role: Role::Signing,
            pending: fingerprint(NEW)
        })
    );
    run(&mut alice, Command::Tick, day(8));
    let again = Command::Offer {
        exchange: ExchangeId::new("y"),
        offers: vec![Offer {
            fingerprint: fingerprint(9),
            roles: both(),
        }],
        credentials: vec![credential(9)],
        respond_by: Some(day(20)),
    };
    run(&mut alice, again, day(9));
    assert_eq!(state(&alice, "x"), ExchangeState::Superseded);
    let events = run(&mut alice, answer("x", NEW, Decision::Accept), day(10));
    assert!(matches!(events.as_slice(), [Event::AnswerIgnored { .. }]));
    assert_eq!(serving(&alice, Operation::Sign, day(10)), [OLD]);
    assert_eq!(serving(&alice, Operation::Decrypt, day(10)), [OLD, 9, NEW]);
}

#[test]
fn offers_that_arrive_in_the_other_order_can_both_be_answered() {
    let mut bob = established();
    run(&mut bob, receive_offer("newer", PARTNER_NEW, 50), day(1));
    run(&mut bob, receive_offer("older", 9, 51), day(1));
    assert_eq!(state(&bob, "newer"), ExchangeState::Superseded);
    let decide = decide("newer", PARTNER_NEW, Decision::Accept);
    let commit = bob.decide([decide], day(2)).unwrap();
    assert_eq!(commit.outbox.len(), 1, "the answer goes out");
    bob.apply(&commit);
    assert_eq!(state(&bob, "newer"), ExchangeState::Accepted);
    assert_eq!(serving(&bob, Operation::Encrypt, day(2)), [PARTNER_NEW]);
}

/// An offer of the partner's, and when it says it made it.
fn made_at(exchange: &str, number: u8, made: Timestamp) -> Command {
    match receive_offer(exchange, number, number) {
        Command::ReceiveOffer {
            exchange,
            offers,
            credentials,
            respond_by,
            evidence,
            ..
        } => Command::ReceiveOffer {
            exchange,
            offers,
            credentials,
            respond_by,
            made_at: Some(made),
            evidence,
        },
        other => other,
    }
}

#[test]
fn p5_of_two_offers_the_one_made_later_counts_in_whichever_order_they_come_and_are_answered() {
    const NEWER: u8 = 9;
    let first = || made_at("first", PARTNER_NEW, day(1));
    let second = || made_at("second", NEWER, day(2));
    for offers in [[first(), second()], [second(), first()]] {
        for answers in [
            [("first", PARTNER_NEW), ("second", NEWER)],
            [("second", NEWER), ("first", PARTNER_NEW)],
        ] {
            let mut bob = established();
            for offer in offers.clone() {
                run(&mut bob, offer, day(3));
            }
            assert_eq!(state(&bob, "first"), ExchangeState::Superseded);
            assert_eq!(state(&bob, "second"), ExchangeState::AwaitAnswer);
            for (exchange, number) in answers {
                let answer = decide(exchange, number, Decision::Accept);
                let commit = bob.decide([answer], day(4)).unwrap();
                assert_eq!(commit.outbox.len(), 1, "each is answered");
                bob.apply(&commit);
                let serving = serving(&bob, Operation::Encrypt, day(4));
                assert_ne!(serving, [PARTNER_NEW], "it is no successor");
            }
            assert_eq!(serving(&bob, Operation::Encrypt, day(4)), [NEWER]);
            // It is trusted, as the partner was told.
            let verifying = serving(&bob, Operation::Verify, day(4));
            assert_eq!(
                BTreeSet::from_iter(verifying),
                BTreeSet::from([PARTNER, PARTNER_NEW, NEWER])
            );
            // Its answer goes by what was in use, and a second try by that as well.
            let exchange = bob.exchange(Side::Theirs, &ExchangeId::new("second"));
            let before = bob.serving_for_answer(exchange.unwrap(), day(4)).unwrap();
            assert_eq!(before.fingerprint, fingerprint(PARTNER));
            let instead = bob.serving_instead(Operation::Encrypt, fingerprint(NEWER), day(4));
            assert_eq!(instead.unwrap().fingerprint, fingerprint(PARTNER));
        }
    }
}

#[test]
fn offers_overtake_each_other_only_where_they_compete_and_dates_are_known() {
    let mut bob = established();
    run(&mut bob, made_at("a", PARTNER_NEW, day(2)), day(3));
    // The same certificate again, under another id and an earlier date.
    run(&mut bob, made_at("b", PARTNER_NEW, day(1)), day(3));
    assert_eq!(state(&bob, "b"), ExchangeState::AwaitAnswer);
    // Without a date, the order in which they come is all that is known.
    run(&mut bob, receive_offer("c", 9, 51), day(3));
    assert_eq!(state(&bob, "c"), ExchangeState::AwaitAnswer);
    assert_eq!(state(&bob, "b"), ExchangeState::Superseded);
    run(&mut bob, made_at("d", 10, day(1)), day(3));
    assert_eq!(state(&bob, "d"), ExchangeState::Superseded, "by the first");
    assert_eq!(state(&bob, "c"), ExchangeState::AwaitAnswer);
}

#[test]
fn a_certificate_in_use_that_is_announced_again_takes_no_other_s_place_in_whichever_order_they_come()
 {
    let successor = || made_at("successor", PARTNER_NEW, day(1));
    let ping = || made_at("ping", PARTNER, day(2));
    for offers in [[successor(), ping()], [ping(), successor()]] {
        let mut bob = established();
        for offer in offers {
            run(&mut bob, offer, day(3));
        }
        assert_eq!(state(&bob, "ping"), ExchangeState::Accepted);
        assert_eq!(state(&bob, "successor"), ExchangeState::AwaitAnswer);
        run(
            &mut bob,
            decide("successor", PARTNER_NEW, Decision::Accept),
            day(4),
        );
        assert_eq!(serving(&bob, Operation::Encrypt, day(4)), [PARTNER_NEW]);
        assert_eq!(
            standing(&bob, Side::Theirs, Role::Signing, PARTNER_NEW),
            Standing::Accepted
        );
    }
    // Nor is it overtaken itself, if it was long on its way.
    let mut bob = established();
    run(&mut bob, made_at("successor", PARTNER_NEW, day(2)), day(3));
    let events = run(&mut bob, made_at("ping", PARTNER, day(1)), day(3));
    let superseded = |event: &Event| matches!(event, Event::Superseded { .. });
    assert!(!events.iter().any(superseded), "{events:?}");
}

#[test]
fn what_a_later_offer_overtook_takes_its_place_never_again_once_that_is_accepted() {
    const NEWER: u8 = 9;
    for dates in [
        [None, None],
        [Some(day(1)), None],
        [Some(day(1)), Some(day(1))],
    ] {
        let [first, second] = dates;
        let dated = |exchange, number, date: Option<Timestamp>| match date {
            Some(date) => made_at(exchange, number, date),
            None => receive_offer(exchange, number, number),
        };
        let mut bob = established();
        run(&mut bob, dated("first", PARTNER_NEW, first), day(2));
        run(&mut bob, dated("second", NEWER, second), day(3));
        run(&mut bob, decide("second", NEWER, Decision::Accept), day(4));
        run(
            &mut bob,
            decide("first", PARTNER_NEW, Decision::Accept),
            day(5),
        );
        assert_eq!(serving(&bob, Operation::Encrypt, day(5)), [NEWER]);
        // It is trusted, as the partner was told, and has never been in use.
        assert_eq!(
            standing(&bob, Side::Theirs, Role::Signing, PARTNER_NEW),
            Standing::Archived
        );
        let instead = bob.serving_instead(Operation::Encrypt, fingerprint(NEWER), day(5));
        assert_eq!(instead.unwrap().fingerprint, fingerprint(PARTNER));

        // Accepted in time, it was in use, and may be again.
        let mut bob = established();
        run(&mut bob, dated("first", PARTNER_NEW, first), day(2));
        run(&mut bob, dated("second", NEWER, second), day(3));
        run(
            &mut bob,
            decide("first", PARTNER_NEW, Decision::Accept),
            day(4),
        );
        assert_eq!(serving(&bob, Operation::Encrypt, day(4)), [PARTNER_NEW]);
        run(&mut bob, decide("second", NEWER, Decision::Accept), day(5));
        assert_eq!(serving(&bob, Operation::Encrypt, day(5)), [NEWER]);
        let instead = bob.serving_instead(Operation::Encrypt, fingerprint(NEWER), day(5));
        assert_eq!(instead.unwrap().fingerprint, fingerprint(PARTNER_NEW));
    }
}

/// A certificate for each of these roles.
fn one_each(certificates: &[(u8, Role)]) -> (Vec<Offer>, Vec<Credential>) {
    let offer = |(number, role): &(u8, Role)| Offer {
        fingerprint: fingerprint(*number),
        roles: BTreeSet::from([*role]),
    };
    let offers = certificates.iter().map(offer).collect();
    let facts = certificates.iter().map(|(number, _)| credential(*number));
    (offers, facts.collect())
}

#[test]
fn only_the_roles_that_are_offered_anew_are_overtaken() {
    const SIGNING: u8 = 21;
    const ENCRYPTION: u8 = 22;
    const ENCRYPTION_LATER: u8 = 23;
    let pair = [(SIGNING, Role::Signing), (ENCRYPTION, Role::Encryption)];
    let later = [(ENCRYPTION_LATER, Role::Encryption)];

    let receive = |exchange: &str, certificates: &[(u8, Role)], made| {
        let (offers, credentials) = one_each(certificates);
        Command::ReceiveOffer {
            exchange: ExchangeId::new(exchange),
            offers,
            credentials,
            respond_by: None,
            made_at: Some(day(made)),
            evidence: fingerprint(50),
        }
    };
    let offers = || [receive("pair", &pair, 1), receive("later", &later, 2)];
    let mut reversed = offers();
    reversed.reverse();
    for offers in [offers(), reversed] {
        let mut bob = established();
        for offer in offers {
            run(&mut bob, offer, day(3));
        }
        let at = |role, number| standing(&bob, Side::Theirs, role, number);
        assert_eq!(at(Role::Signing, SIGNING), Standing::Offered);
        assert_eq!(at(Role::Encryption, ENCRYPTION), Standing::Superseded);
        assert_eq!(at(Role::Encryption, ENCRYPTION_LATER), Standing::Offered);
        assert_eq!(state(&bob, "pair"), ExchangeState::AwaitAnswer);
        let mut both = decisions(SIGNING, Decision::Accept);
        both.extend(decisions(ENCRYPTION, Decision::Accept));
        let both = Command::Decide {
            exchange: ExchangeId::new("pair"),
            decisions: both,
        };
        run(&mut bob, both, day(4));
        assert_eq!(serving(&bob, Operation::Encrypt, day(4)), [PARTNER]);
        assert_eq!(serving(&bob, Operation::Verify, day(4)), [PARTNER, SIGNING]);
        run(&mut bob, used(Side::Theirs, Role::Signing, SIGNING), day(5));
        assert_eq!(
            standing(&bob, Side::Theirs, Role::Signing, SIGNING),
            Standing::Installed
        );
        let restored = Relationship::restore(bob.snapshot(), bob.version());
        assert_eq!(restored, bob);
    }

    // Of ours as well: the late answer counts for what still stands.
    let offer = |exchange: &str, certificates: &[(u8, Role)], due| {
        let (offers, credentials) = one_each(certificates);
        Command::Offer {
            exchange: ExchangeId::new(exchange),
            offers,
            credentials,
            respond_by: Some(day(due)),
        }
    };
    let mut alice = established();
    run(&mut alice, offer("pair", &pair, 7), day(1));
    run(&mut alice, Command::Tick, day(8));
    run(&mut alice, offer("later", &later, 20), day(9));
    assert_eq!(state(&alice, "pair"), ExchangeState::Expired);
    let events = run(
        &mut alice,
        answer("pair", ENCRYPTION, Decision::Accept),
        day(10),
    );
    assert!(matches!(events.as_slice(), [Event::AnswerIgnored { .. }]));
    run(
        &mut alice,
        answer("pair", SIGNING, Decision::Accept),
        day(10),
    );
    assert_eq!(serving(&alice, Operation::Sign, day(10)), [SIGNING]);
    run(
        &mut alice,
        used(Side::Ours, Role::Signing, SIGNING),
        day(11),
    );
    assert_eq!(
        standing(&alice, Side::Ours, Role::Signing, SIGNING),
        Standing::Installed
    );
}

#[test]
fn an_overtaken_exchange_of_an_earlier_release_is_overtaken_for_every_role() {
    let written = r#"{"kind":"superseded","side":"theirs","exchange":"x","by":"y"}"#;
    let event: Event = serde_json::from_str(written).unwrap();
    let expected = Event::Superseded {
        side: Side::Theirs,
        exchange: ExchangeId::new("x"),
        by: Some(ExchangeId::new("y")),
        roles: both(),
    };
    assert_eq!(event, expected);
    let mut bob = established();
    run(&mut bob, receive_offer("x", PARTNER_NEW, 50), day(1));
    bob.apply_event(&event, day(2));
    assert_eq!(state(&bob, "x"), ExchangeState::Superseded);

    // Its snapshot named no roles either.
    let mut written = serde_json::to_value(bob.snapshot()).unwrap();
    let exchange = written["exchanges"][0][1].as_object_mut().unwrap();
    assert!(exchange.remove("superseded_roles").is_some());
    let snapshot = serde_json::from_value(written).unwrap();
    let restored = Relationship::restore(snapshot, bob.version());
    let id = ExchangeId::new("x");
    let exchange = restored.exchange(Side::Theirs, &id).unwrap();
    for role in Role::ALL {
        assert!(exchange.is_superseded_for(role));
    }
}

#[test]
fn both_sides_may_choose_the_same_id() {
    let mut alice = established();
    run(&mut alice, offer("2027-1", NEW, both()), day(1));
    run(&mut alice, receive_offer("2027-1", PARTNER_NEW, 50), day(1));
    run(
        &mut alice,
        decide("2027-1", PARTNER_NEW, Decision::Accept),
        day(2),
    );
    assert_eq!(serving(&alice, Operation::Encrypt, day(2)), [PARTNER_NEW]);
    assert_eq!(
        serving(&alice, Operation::Sign, day(2)),
        [OLD],
        "ours is not answered"
    );
    run(&mut alice, answer("2027-1", NEW, reject()), day(3));
    let id = ExchangeId::new("2027-1");
    let state = |side| alice.exchange(side, &id).unwrap().state();
    assert_eq!(state(Side::Ours), ExchangeState::Rejected);
    assert_eq!(state(Side::Theirs), ExchangeState::Accepted);
    assert_eq!(
        standing(&alice, Side::Theirs, Role::Signing, PARTNER_NEW),
        Standing::Accepted
    );
}

#[test]
fn p3_a_second_answer_changes_nothing() {
    // P3.
    let mut alice = established();
    run(&mut alice, offer("x", NEW, both()), day(1));
    run(&mut alice, answer("x", NEW, Decision::Accept), day(2));
    assert_eq!(
        run(&mut alice, answer("x", NEW, Decision::Accept), day(2)),
        []
    );
    let events = run(&mut alice, answer("x", NEW, reject()), day(3));
    assert!(matches!(events.as_slice(), [Event::AnswerIgnored { .. }]));
    assert_eq!(serving(&alice, Operation::Sign, day(3)), [NEW]);
}

#[test]
fn p3_the_same_rejection_in_other_words_contradicts_nothing() {
    let mut alice = established();
    run(&mut alice, offer("x", NEW, both()), day(1));
    run(&mut alice, answer("x", NEW, reject()), day(2));
    let again = Decision::Reject {
        reason: "nicht unseres".to_owned(),
    };
    assert_eq!(run(&mut alice, answer("x", NEW, again), day(3)), []);
}

#[test]
fn answers_to_what_was_never_offered_are_refused() {
    // P2.
    let mut alice = established();
    let unknown = Refusal::UnknownExchange {
        exchange: ExchangeId::new("x"),
    };
    assert_eq!(
        alice.decide([answer("x", NEW, Decision::Accept)], day(1)),
        Err(unknown)
    );
    run(&mut alice, offer("x", NEW, both()), day(1));
    let other = Refusal::IncompleteDecision {
        exchange: ExchangeId::new("x"),
    };
    assert_eq!(
        alice.decide([answer("x", 77, Decision::Accept)], day(1)),
        Err(other)
    );
}

#[test]
fn offers_that_cannot_hold_are_refused_with_both_operands() {
    let alice = established();
    let ending = Credential {
        not_after: day(7),
        ..credential(NEW)
    };
    let Command::Offer {
        exchange,
        offers,
        respond_by,
        ..
    } = offer("x", NEW, both())
    else {
        unreachable!()
    };
    let credentials = vec![ending];
    let command = Command::Offer {
        exchange,
        offers,
        credentials,
        respond_by,
    };
    assert_eq!(
        alice.decide([command], day(1)),
        Err(Refusal::EndsTooEarly {
            fingerprint: fingerprint(NEW),
            not_after: day(7),
            needed_until: day(7),
        })
    );
    assert_eq!(
        alice.decide([offer("x", NEW, both())], day(7)),
        Err(Refusal::DatePassed {
            respond_by: day(7),
            now: day(7)
        })
    );
    assert_eq!(
        alice.decide([offer("x", OLD, both())], day(1)),
        Err(Refusal::AlreadyInstalled {
            role: Role::Signing,
            fingerprint: fingerprint(OLD)
        })
    );
    assert_eq!(
        alice.decide([offer("x", NEW, BTreeSet::new())], day(1)),
        Err(Refusal::MalformedOffer)
    );
    let stranger = Relationship::new(RelationshipId::new("ALICE", "CAROL", "as2"));
    assert_eq!(
        stranger.decide([offer("x", NEW, both())], day(1)),
        Err(Refusal::NotEstablished {
            side: Side::Ours,
            role: Role::Signing
        })
    );
}

#[test]
fn an_offer_that_cannot_be_delivered_frees_the_slot_and_keeps_the_key() {
    // P6.
    let mut alice = established();
    run(&mut alice, offer("x", NEW, both()), day(1));
    let failed = Command::DeliveryFailed {
        exchange: ExchangeId::new("x"),
        reason: "unexpected-processing-error".to_owned(),
    };
    run(&mut alice, failed, day(1));
    assert_eq!(state(&alice, "x"), ExchangeState::Failed);
    assert_eq!(serving(&alice, Operation::Decrypt, day(1)), [OLD, NEW]);
    let renamed = offer("y", NEW, both());
    run(&mut alice, renamed, day(2));
    assert_eq!(state(&alice, "y"), ExchangeState::AwaitAnswer);
}

#[test]
fn nothing_serves_rather_than_the_wrong_thing() {
    let stranger = Relationship::new(RelationshipId::new("ALICE", "CAROL", "as2"));
    for operation in Operation::ALL {
        assert!(stranger.serving(operation, day(0)).is_err());
    }
    let alice = established();
    assert!(
        alice.serving(Operation::Encrypt, day(400)).is_err(),
        "expired"
    );
}

#[test]
fn the_written_form_of_today_loads_and_loads_for_ever() {
    let mut alice = established();
    run(&mut alice, offer("x", NEW, both()), day(1));
    run(&mut alice, answer("x", NEW, reject()), day(2));
    // The first form loads; of the partner's ability it says nothing.
    let first = include_str!("fixtures/snapshot-v1.json");
    let restored = Relationship::restore(serde_json::from_str(first).unwrap(), alice.version());
    assert_eq!(restored, alice);
    assert_eq!(restored.capability(), Capability::Unknown);

    run(&mut alice, Command::ForceCapability, day(3));
    let written = serde_json::to_string_pretty(&alice.snapshot()).unwrap();
    let second = include_str!("fixtures/snapshot-v2.json");
    assert_eq!(written.trim(), second.trim());
    let restored = Relationship::restore(serde_json::from_str(second).unwrap(), alice.version());
    assert_eq!(restored, alice);
    assert_eq!(restored.capability(), Capability::Forced);
}
