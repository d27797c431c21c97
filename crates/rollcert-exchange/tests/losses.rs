//! Whatever the network loses, repeats or delays: in the end it is as if nothing had happened.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod support;

use rollcert_as2::Disposition;
use rollcert_exchange::{Inbound, Rendered, Reply};
use rollcert_schedule::Standing::{Archived, Installed};
use rollcert_schedule::{Command, Decision, ExchangeState, Role, Side};
use rollcert_store::{CommitError, Store as _};

use support::raw::{Letter, incoming};
use support::{Fault, Pair, Summary, Who, both, disposition, document, signing};

/// How many messages a rollover takes.
const MESSAGES: usize = 8;

/// A rollover from the offer to the archive, with documents both ways before and after the answer.
fn rollover(mut pair: Pair) -> (Summary, Summary) {
    pair.alice
        .offer("rollover-1", &[("alice-rsa-next", both())]);
    pair.alice.queue("order 1");
    pair.bob.queue("invoice 1");
    pair.settle();
    pair.bob.answer("rollover-1", &Decision::Accept);
    pair.bob.queue("invoice 2");
    pair.settle();
    pair.alice.queue("order 2");
    pair.bob.queue("invoice 3");
    pair.alice.queue("order 3");
    pair.settle();
    pair.deliver_late();
    if pair.fault.is_none() {
        assert_eq!(pair.attempts, MESSAGES);
    }
    assert!(pair.alice.is_done() && pair.bob.is_done());
    assert_eq!(
        pair.alice.documents(),
        ["invoice 1", "invoice 2", "invoice 3"]
    );
    assert_eq!(pair.bob.documents(), ["order 1", "order 2", "order 3"]);
    for role in Role::ALL {
        let done = [("alice-rsa-next", Installed), ("alice-rsa", Archived)];
        assert_eq!(pair.alice.slot(Side::Ours, role), done);
        assert_eq!(pair.bob.slot(Side::Theirs, role), done);
    }
    pair.summary()
}

fn undisturbed() -> (Summary, Summary) {
    rollover(Pair::rsa())
}

/// Runs the rollover with a fault at each of its messages in turn.
fn survives(fault: Fault) {
    let undisturbed = undisturbed();
    for at in 0..MESSAGES {
        let mut pair = Pair::rsa();
        pair.fault = Some((Some(at), fault));
        assert_eq!(rollover(pair), undisturbed, "{fault:?} at message {at}");
    }
    let mut pair = Pair::rsa();
    pair.fault = Some((None, fault));
    assert_eq!(rollover(pair), undisturbed, "{fault:?} of each message");
}

#[test]
fn p7_a_rollover_survives_a_lost_message_at_every_step() {
    // P7.
    survives(Fault::LoseRequest);
}

#[test]
fn p7_a_rollover_survives_a_lost_reply_at_every_step() {
    // P7.
    survives(Fault::LoseReply);
}

#[test]
fn p4_a_rollover_survives_a_message_that_comes_twice_at_every_step() {
    // P4.
    survives(Fault::Twice);
}

#[test]
fn a_rollover_survives_a_message_that_comes_long_after_its_retry() {
    survives(Fault::Late);
}

#[test]
fn a_rollover_survives_a_corrupt_message_at_every_step() {
    survives(Fault::CorruptRequest);
}

#[test]
fn a_rollover_survives_a_corrupt_reply_at_every_step() {
    survives(Fault::CorruptReply);
}

#[test]
fn p12_a_rollover_survives_a_crash_at_every_step() {
    // P12.
    survives(Fault::DieBeforeRender);
    survives(Fault::DieBeforeSend);
    survives(Fault::DieBeforeConfirm);
}

#[test]
fn p12_a_rollover_survives_a_restart_of_both_after_every_message() {
    // P12.
    let mut pair = Pair::rsa();
    pair.restless = true;
    assert_eq!(rollover(pair), undisturbed());
}

#[test]
fn p1_the_answer_may_come_before_the_receipt_of_the_request() {
    // P1.
    let mut pair = Pair::split();
    pair.alice
        .offer("rollover-1", &[("alice-sign-next", signing())]);
    let offer = pair.alice.next_job().unwrap();
    let receipt = pair.deliver(Who::Alice, &offer.rendered);
    pair.bob.answer("rollover-1", &Decision::Accept);
    assert_eq!(pair.send(Who::Bob).unwrap(), Disposition::Processed);
    assert_eq!(pair.alice.state("rollover-1"), ExchangeState::Accepted);
    assert!(!pair.alice.effect("offer-rollover-1").settled);

    let said = pair.alice.confirm(&offer, &receipt).unwrap();
    assert_eq!(said, Disposition::Processed);
    assert_eq!(pair.alice.state("rollover-1"), ExchangeState::Accepted);
    assert!(pair.alice.is_done() && pair.bob.is_done());
}

#[test]
fn p1_p6_an_error_receipt_that_comes_after_the_answer_does_not_undo_it() {
    // P1, P6: the receipt says that BOB did not understand, the answer shows that he did.
    let mut pair = Pair::split();
    pair.alice
        .offer("rollover-1", &[("alice-sign-next", signing())]);
    let offer = pair.alice.next_job().unwrap();
    pair.deliver(Who::Alice, &offer.rendered);
    pair.bob.answer("rollover-1", &Decision::Accept);
    pair.send(Who::Bob).unwrap();
    let mut receipt = support::raw::Receipt::of(&offer.rendered);
    receipt.disposition = "a; processed/error: unexpected-processing-error"
        .parse()
        .unwrap();
    pair.alice.confirm(&offer, &receipt.build()).unwrap();
    assert_eq!(pair.alice.state("rollover-1"), ExchangeState::Accepted);
    assert!(pair.alice.is_done());
}

#[test]
fn a_retry_sends_the_stored_octets_under_the_same_message_id() {
    let mut pair = Pair::split();
    pair.alice.queue("order 1");
    let first = pair.alice.next_job().unwrap();
    pair.alice.lost(&first);
    assert_eq!(first.rendered.message_id, "<order=201@ALICE.to.BOB=20AS2>");
    // The certificate changes meanwhile; the message does not.
    pair.alice
        .offer("rollover-1", &[("alice-sign-next", signing())]);
    pair.send(Who::Alice).unwrap();
    pair.bob.answer("rollover-1", &Decision::Accept);
    pair.send(Who::Bob).unwrap();
    pair.alice.restart();
    pair.advance(support::RETRY);
    let second = pair.alice.next_job().unwrap();
    assert_eq!(second.rendered, first.rendered);
    assert_eq!(second.leased.attempts, 1);
    assert!(second.leased.fence > first.leased.fence);
    let stored = pair.alice.effect("order 1").rendered.unwrap();
    assert_eq!(Rendered::decode(&stored).unwrap(), first.rendered);
    let reply = pair.deliver(Who::Alice, &second.rendered);
    pair.alice.confirm(&second, &reply).unwrap();
    assert_eq!(pair.bob.documents(), ["order 1"]);
}

#[test]
fn a_message_that_comes_again_gets_the_same_reply_octet_for_octet() {
    let mut pair = Pair::split();
    pair.alice.queue("order 1");
    let job = pair.alice.next_job().unwrap();
    let first = pair.deliver(Who::Alice, &job.rendered);
    let before = pair.bob.image();
    pair.advance(support::RETRY);
    pair.bob.restart();
    // Headers that a proxy adds or moves are no part of the message.
    let mut moved = job.rendered.clone();
    moved.headers.reverse();
    moved
        .headers
        .push(("Via".to_owned(), "1.1 proxy".to_owned()));
    for rendered in [&job.rendered, &moved] {
        assert_eq!(pair.deliver(Who::Alice, rendered), first);
    }
    assert_eq!(pair.bob.image(), before);
    let stored = Reply::decode(&first.encode()).unwrap();
    assert_eq!(stored, first);
}

#[test]
fn another_message_under_a_known_id_is_a_contradiction() {
    let mut pair = Pair::split();
    let first = Letter::new("1", document("order 1")).build();
    let reply = pair.bob.receive(&first.headers, &first.body);
    assert_eq!(disposition(&reply), Disposition::Processed);
    let before = pair.bob.image();

    let other = Letter::new("1", document("order 2")).build();
    let message = incoming(&other.headers, &other.body);
    let id = pair.bob.party.relationship();
    let received = pair.bob.store.received(&id, "<1@alice>").unwrap().unwrap();
    let contradiction = pair.bob.repeat(&message, &received).unwrap_err();
    assert_eq!(contradiction.code(), "message-id-reused");
    assert_eq!(pair.bob.receive(&other.headers, &other.body).status, 409);
    assert_eq!(pair.bob.image(), before);
    // An id that differs by nothing but its case is another id.
    let mut third = Letter::new("1", document("order 2"));
    third.id = "<1@ALICE>".to_owned();
    let third = third.build();
    let reply = pair.bob.receive(&third.headers, &third.body);
    assert_eq!(disposition(&reply), Disposition::Processed);
    assert_eq!(pair.bob.documents(), ["order 1", "order 2"]);
}

#[test]
fn p12_of_two_commits_on_one_version_the_second_is_refused_and_decided_again() {
    // An answer and a document come in the same instant.
    let mut pair = Pair::rsa();
    pair.alice
        .offer("rollover-1", &[("alice-rsa-next", both())]);
    pair.settle();
    pair.bob.answer("rollover-1", &Decision::Accept);
    pair.bob.queue("invoice 1");
    let answer = pair.bob.next_job().unwrap();
    let invoice = pair.bob.next_job().unwrap();
    let taken = |pair: &mut Pair, rendered: &Rendered| {
        let message = incoming(&rendered.headers, &rendered.body);
        match pair.alice.judge(&message) {
            Inbound::Taken(taken) => taken,
            other => panic!("{other:?}"),
        }
    };
    let first = taken(&mut pair, &answer.rendered);
    let second = taken(&mut pair, &invoice.rendered);
    let version = pair.alice.relationship().version();
    assert_eq!(first.commit.expected_version, version);
    assert_eq!(second.commit.expected_version, version);

    assert_eq!(pair.alice.store.commit(&first.commit).unwrap(), version + 1);
    let before = pair.alice.image();
    let refused = pair.alice.store.commit(&second.commit).unwrap_err();
    assert!(
        matches!(refused, CommitError::Conflict { expected, found } if expected == version && found == version + 1)
    );
    assert_eq!(pair.alice.image(), before);

    // On the new state it is decided otherwise: the new key is in use now, and so is the new signature.
    let again = taken(&mut pair, &invoice.rendered);
    assert!(again.commit.events.len() > second.commit.events.len());
    pair.alice.store.commit(&again.commit).unwrap();
    for (job, reply) in [(&answer, &first.reply), (&invoice, &again.reply)] {
        let said = pair.bob.confirm(job, reply).unwrap();
        assert_eq!(said, Disposition::Processed);
    }
    assert_eq!(pair.alice.documents(), ["invoice 1"]);
    assert_eq!(pair.alice.state("rollover-1"), ExchangeState::Accepted);
}

#[test]
fn one_message_that_two_workers_take_at_once_is_taken_once() {
    let mut pair = Pair::split();
    let letter = Letter::new("1", document("order 1")).build();
    let message = incoming(&letter.headers, &letter.body);
    let (Inbound::Taken(first), Inbound::Taken(second)) =
        (pair.bob.judge(&message), pair.bob.judge(&message))
    else {
        panic!("refused")
    };
    pair.bob.store.commit(&first.commit).unwrap();
    assert!(pair.bob.store.commit(&second.commit).is_err());
    let id = pair.bob.party.relationship();
    let received = pair.bob.store.received(&id, "<1@alice>").unwrap().unwrap();
    let repeated = pair.bob.repeat(&message, &received).unwrap();
    assert_eq!(repeated.reply, first.reply);
    assert_eq!(repeated.commit, None);
    assert_eq!(pair.bob.documents(), ["order 1"]);
}

#[test]
fn a_worker_that_lost_its_lease_settles_nothing() {
    let mut pair = Pair::split();
    pair.alice.queue("order 1");
    let slow = pair.alice.next_job().unwrap();
    let reply = pair.deliver(Who::Alice, &slow.rendered);
    pair.advance(support::LEASE);
    let fast = pair.alice.next_job().unwrap();
    let version = pair.alice.relationship().version();
    pair.alice.confirm(&slow, &reply).unwrap();
    assert_eq!(pair.alice.relationship().version(), version);
    assert!(!pair.alice.is_done());
    pair.alice.confirm(&fast, &reply).unwrap();
    assert!(pair.alice.is_done());
    assert_eq!(pair.alice.relationship().version(), version + 1);
}

#[test]
fn p8_a_clock_that_steps_back_stops_nothing() {
    // P8.
    let mut pair = Pair::rsa();
    pair.alice
        .offer("rollover-1", &[("alice-rsa-next", both())]);
    pair.settle();
    pair.bob.answer("rollover-1", &Decision::Accept);
    pair.advance(-chrono::TimeDelta::hours(1));
    pair.advance(chrono::TimeDelta::minutes(1));
    pair.alice.decide([Command::Tick]);
    pair.settle();
    assert_eq!(pair.alice.state("rollover-1"), ExchangeState::Accepted);
}
