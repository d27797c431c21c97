//! A certificate is replaced, from the offer to the archive.
//!
//! "P", "V" and "H" with a number are scenarios of the conformance list that the tests of the workspace share;
//! "B" with a number is a trouble of users that must not come back.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod support;

use std::collections::BTreeSet;

use chrono::TimeDelta;
use rollcert_as2::Disposition;
use rollcert_schedule::Standing::{
    Accepted, Archived, Installed, Lapsed, Offered, Rejected, Superseded,
};
use rollcert_schedule::{Decision, ExchangeState, Role, Side};

use support::raw::Receipt;
use support::{BOB_URL, Pair, Who, both, seals, signing};

fn no() -> Decision {
    Decision::Reject {
        reason: "not on our list".to_owned(),
    }
}

/// The seals of the next message of one of the two, which is then sent.
fn send(pair: &mut Pair, from: Who) -> (&'static str, &'static str) {
    let job = pair.node(from).next_job().unwrap();
    let reply = pair.deliver(from, &job.rendered);
    let said = pair.node(from).confirm(&job, &reply).unwrap();
    assert_eq!(said, Disposition::Processed);
    seals(&job.rendered)
}

#[test]
fn p9_a_certificate_for_both_roles_goes_from_offer_to_archive() {
    let mut pair = Pair::rsa();
    let (old, new) = ("alice-rsa", "alice-rsa-next");

    // P9: offered. ALICE opens by both keys from now on, and signs with the old one.
    pair.alice.offer("rollover-1", &[(new, both())]);
    assert_eq!(send(&mut pair, Who::Alice), (old, "bob-rsa"));
    for role in Role::ALL {
        let offered = [(new, Offered), (old, Installed)];
        assert_eq!(pair.alice.slot(Side::Ours, role), offered);
        assert_eq!(pair.bob.slot(Side::Theirs, role), offered);
    }
    pair.bob.queue("before the answer");
    assert_eq!(send(&mut pair, Who::Bob), ("bob-rsa", old));

    // Accepted. The answer goes by the old key (CEM §2.5), everything after it by the new one.
    pair.bob.answer("rollover-1", &Decision::Accept);
    assert_eq!(
        pair.bob.slot(Side::Theirs, Role::Signing),
        [(new, Accepted), (old, Installed)]
    );
    assert_eq!(
        pair.bob.slot(Side::Theirs, Role::Encryption),
        [(new, Installed), (old, Archived)]
    );
    assert_eq!(send(&mut pair, Who::Bob), ("bob-rsa", old));
    assert_eq!(pair.alice.state("rollover-1"), ExchangeState::Accepted);
    for role in Role::ALL {
        assert_eq!(
            pair.alice.slot(Side::Ours, role),
            [(new, Accepted), (old, Installed)]
        );
    }

    // First use, in both directions.
    pair.alice.queue("order 1");
    pair.bob.queue("invoice 1");
    assert_eq!(send(&mut pair, Who::Alice), (new, "bob-rsa"));
    assert_eq!(send(&mut pair, Who::Bob), ("bob-rsa", new));
    for role in Role::ALL {
        let done = [(new, Installed), (old, Archived)];
        assert_eq!(pair.alice.slot(Side::Ours, role), done);
        assert_eq!(pair.bob.slot(Side::Theirs, role), done);
    }
    assert_eq!(pair.bob.documents(), ["order 1"]);
    assert_eq!(pair.alice.documents(), ["before the answer", "invoice 1"]);
    assert!(pair.alice.is_done() && pair.bob.is_done());
}

#[test]
fn an_elliptic_key_that_only_signs_is_replaced() {
    let mut pair = Pair::split();
    let (old, new) = ("alice-sign", "alice-sign-next");
    pair.alice.offer("rollover-1", &[(new, signing())]);
    assert_eq!(send(&mut pair, Who::Alice), (old, "bob-rsa"));
    pair.bob.answer("rollover-1", &Decision::Accept);
    assert_eq!(send(&mut pair, Who::Bob), ("bob-sign", "alice-rsa"));
    // A receipt shows that BOB has verified with it.
    pair.alice.queue("order 1");
    assert_eq!(send(&mut pair, Who::Alice), (new, "bob-rsa"));
    let done = [(new, Installed), (old, Archived)];
    assert_eq!(pair.alice.slot(Side::Ours, Role::Signing), done);
    assert_eq!(pair.bob.slot(Side::Theirs, Role::Signing), done);
    let untouched = [("alice-rsa", Installed)];
    assert_eq!(pair.alice.slot(Side::Ours, Role::Encryption), untouched);
    assert_eq!(pair.bob.slot(Side::Theirs, Role::Encryption), untouched);
}

#[test]
fn two_certificates_with_one_role_each_are_replaced_by_one_request() {
    // V1, V2.
    let mut pair = Pair::split();
    let encryption = BTreeSet::from([Role::Encryption]);
    pair.alice.offer(
        "rollover-1",
        &[
            ("alice-sign-next", signing()),
            ("alice-rsa-next", encryption),
        ],
    );
    pair.settle();
    pair.bob.answer("rollover-1", &Decision::Accept);
    pair.settle();
    pair.alice.queue("order 1");
    pair.bob.queue("invoice 1");
    pair.settle();
    for (role, new, old) in [
        (Role::Signing, "alice-sign-next", "alice-sign"),
        (Role::Encryption, "alice-rsa-next", "alice-rsa"),
    ] {
        let done = [(new, Installed), (old, Archived)];
        assert_eq!(pair.alice.slot(Side::Ours, role), done);
        assert_eq!(pair.bob.slot(Side::Theirs, role), done);
    }
}

#[test]
fn both_partners_may_replace_their_certificates_at_once() {
    let mut pair = Pair::rsa();
    pair.alice.offer("alice-1", &[("alice-rsa-next", both())]);
    pair.bob.offer("bob-1", &[("bob-rsa-next", both())]);
    pair.settle();
    pair.bob.answer("alice-1", &Decision::Accept);
    pair.alice.answer("bob-1", &Decision::Accept);
    pair.settle();
    for text in ["1", "2"] {
        pair.alice.queue(text);
        pair.bob.queue(text);
        pair.settle();
    }
    for role in Role::ALL {
        let alice = [("alice-rsa-next", Installed), ("alice-rsa", Archived)];
        let bob = [("bob-rsa-next", Installed), ("bob-rsa", Archived)];
        assert_eq!(pair.alice.slot(Side::Ours, role), alice);
        assert_eq!(pair.bob.slot(Side::Theirs, role), alice);
        assert_eq!(pair.bob.slot(Side::Ours, role), bob);
        assert_eq!(pair.alice.slot(Side::Theirs, role), bob);
    }
}

#[test]
fn p15_a_rejected_certificate_is_never_used_and_another_may_be_offered() {
    // P15: the date passes as well, and changes nothing.
    let mut pair = Pair::split();
    pair.alice
        .offer("rollover-1", &[("alice-sign-next", signing())]);
    pair.settle();
    pair.bob.answer("rollover-1", &no());
    pair.settle();
    assert_eq!(pair.alice.state("rollover-1"), ExchangeState::Rejected);
    pair.advance(TimeDelta::days(31));
    pair.alice.queue("order 1");
    assert_eq!(send(&mut pair, Who::Alice), ("alice-sign", "bob-rsa"));
    let slot = [("alice-sign-next", Rejected), ("alice-sign", Installed)];
    assert_eq!(pair.alice.slot(Side::Ours, Role::Signing), slot);
    assert_eq!(pair.bob.slot(Side::Theirs, Role::Signing), slot);

    pair.alice.offer("rollover-2", &[("alice-year", signing())]);
    pair.settle();
    pair.bob.answer("rollover-2", &Decision::Accept);
    pair.settle();
    pair.alice.queue("order 2");
    assert_eq!(send(&mut pair, Who::Alice), ("alice-year", "bob-rsa"));
}

#[test]
fn p8_without_an_answer_the_old_certificate_stays_and_a_late_acceptance_counts() {
    // P8: one second makes the difference.
    let mut pair = Pair::rsa();
    pair.alice
        .offer("rollover-1", &[("alice-rsa-next", both())]);
    pair.settle();
    pair.advance(TimeDelta::days(30) - TimeDelta::seconds(1));
    assert_eq!(pair.alice.state("rollover-1"), ExchangeState::AwaitAnswer);
    pair.advance(TimeDelta::seconds(1));
    assert_eq!(pair.alice.state("rollover-1"), ExchangeState::Expired);
    assert_eq!(
        pair.alice.slot(Side::Ours, Role::Encryption),
        [("alice-rsa-next", Lapsed), ("alice-rsa", Installed)]
    );
    pair.alice.queue("order 1");
    assert_eq!(send(&mut pair, Who::Alice), ("alice-rsa", "bob-rsa"));

    pair.advance(TimeDelta::days(3));
    pair.bob.answer("rollover-1", &Decision::Accept);
    pair.settle();
    assert_eq!(pair.alice.state("rollover-1"), ExchangeState::Accepted);
    pair.alice.queue("order 2");
    pair.bob.queue("invoice 2");
    assert_eq!(send(&mut pair, Who::Alice), ("alice-rsa-next", "bob-rsa"));
    assert_eq!(send(&mut pair, Who::Bob), ("bob-rsa", "alice-rsa-next"));
    assert_eq!(
        pair.alice.slot(Side::Ours, Role::Signing),
        [("alice-rsa-next", Installed), ("alice-rsa", Archived)]
    );
}

#[test]
fn a_partner_who_encrypts_to_the_offered_key_without_an_answer_is_understood() {
    // The answer is lost for good; deeds speak.
    let mut pair = Pair::rsa();
    pair.alice
        .offer("rollover-1", &[("alice-rsa-next", both())]);
    pair.settle();
    pair.bob.answer("rollover-1", &Decision::Accept);
    let answer = pair.bob.next_job().unwrap();
    pair.bob.queue("invoice 1");
    assert_eq!(send(&mut pair, Who::Bob), ("bob-rsa", "alice-rsa-next"));
    assert_eq!(pair.alice.documents(), ["invoice 1"]);
    assert_eq!(
        pair.alice.slot(Side::Ours, Role::Encryption),
        [("alice-rsa-next", Installed), ("alice-rsa", Archived)]
    );
    // Signing needs the word: H16 would refuse the new one otherwise.
    pair.alice.queue("order 1");
    assert_eq!(send(&mut pair, Who::Alice), ("alice-rsa", "bob-rsa"));
    // It comes after all.
    let reply = pair.deliver(Who::Bob, &answer.rendered);
    pair.bob.confirm(&answer, &reply).unwrap();
    pair.alice.queue("order 2");
    assert_eq!(send(&mut pair, Who::Alice), ("alice-rsa-next", "bob-rsa"));
    assert!(pair.bob.refused.is_empty());
}

#[test]
fn the_archived_key_opens_what_was_rendered_before_the_switch() {
    // B1, B3, V18.
    let mut pair = Pair::rsa();
    pair.bob.queue("on its way for long");
    pair.alice.queue("this one too");
    let late = pair.bob.next_job().unwrap();
    let early = pair.alice.next_job().unwrap();
    assert_eq!(seals(&late.rendered), ("bob-rsa", "alice-rsa"));
    assert_eq!(seals(&early.rendered), ("alice-rsa", "bob-rsa"));

    pair.alice
        .offer("rollover-1", &[("alice-rsa-next", both())]);
    send(&mut pair, Who::Alice);
    pair.bob.answer("rollover-1", &Decision::Accept);
    send(&mut pair, Who::Bob);
    pair.alice.queue("order 1");
    pair.bob.queue("invoice 1");
    send(&mut pair, Who::Alice);
    send(&mut pair, Who::Bob);
    assert_eq!(
        pair.alice.slot(Side::Ours, Role::Encryption),
        [("alice-rsa-next", Installed), ("alice-rsa", Archived)]
    );

    pair.advance(TimeDelta::days(20));
    for (from, job) in [(Who::Bob, late), (Who::Alice, early)] {
        // The lease is long over, so the octets are leased again, and are the same.
        let again = pair.node(from).next_job().unwrap();
        assert_eq!(again.rendered, job.rendered);
        let reply = pair.deliver(from, &job.rendered);
        let said = pair.node(from).confirm(&again, &reply).unwrap();
        assert_eq!(said, Disposition::Processed);
    }
    assert_eq!(pair.alice.documents(), ["invoice 1", "on its way for long"]);
    assert_eq!(pair.bob.documents(), ["order 1", "this one too"]);
}

#[test]
fn a_receipt_may_be_signed_with_either_certificate() {
    // B3: while BOB rolls over, receipts for messages sent before come by the old one and the new one.
    let mut pair = Pair::split();
    pair.bob.offer("bob-1", &[("bob-rsa-next", both())]);
    send(&mut pair, Who::Bob);
    pair.alice.answer("bob-1", &Decision::Accept);
    send(&mut pair, Who::Alice);
    for (text, signer) in [
        ("1", "bob-sign"),
        ("2", "bob-rsa-next"),
        ("3", "bob-sign"),
        ("4", "bob-rsa-next"),
    ] {
        pair.alice.queue(text);
        let job = pair.alice.next_job().unwrap();
        let mut receipt = Receipt::of(&job.rendered);
        receipt.signer = Some(support::credential(signer));
        let said = pair.alice.confirm(&job, &receipt.build()).unwrap();
        assert_eq!(said, Disposition::Processed, "{text} by {signer}");
    }
    assert_eq!(
        pair.alice.slot(Side::Theirs, Role::Signing),
        [("bob-rsa-next", Installed), ("bob-sign", Archived)]
    );
}

#[test]
fn p6_an_offer_that_the_partner_refuses_has_failed_and_leaves_the_slot_free() {
    // P6, H18: ALICE wants the answer on a host that BOB does not know.
    let mut pair = Pair::split();
    let moved = "http://alice-new.example:8080/as2";
    let party = pair.alice.party.clone();
    pair.alice.party = rollcert_exchange::Party::new(
        party.local().clone(),
        moved,
        party.partner().clone(),
        BOB_URL,
    );
    pair.alice
        .offer("rollover-1", &[("alice-sign-next", signing())]);
    let before = pair.bob.image();
    let job = pair.alice.next_job().unwrap();
    let reply = pair.deliver(Who::Alice, &job.rendered);
    let said = pair.alice.confirm(&job, &reply).unwrap();
    assert_eq!(
        said.to_string(),
        "automatic-action/MDN-sent-automatically; processed/error: unexpected-processing-error"
    );
    assert_eq!(pair.bob.refused, ["response-url-not-allowed"]);
    assert_eq!(pair.bob.image(), before);
    assert_eq!(pair.alice.state("rollover-1"), ExchangeState::Failed);
    assert_eq!(
        pair.alice.slot(Side::Ours, Role::Signing),
        [("alice-sign-next", Lapsed), ("alice-sign", Installed)]
    );
    assert!(pair.alice.is_done(), "it is not sent for ever");

    // The same certificate again, by another request.
    pair.alice.party = party;
    pair.alice
        .offer("rollover-2", &[("alice-sign-next", signing())]);
    pair.settle();
    pair.bob.answer("rollover-2", &Decision::Accept);
    pair.settle();
    assert_eq!(pair.alice.state("rollover-1"), ExchangeState::Superseded);
    assert_eq!(pair.alice.state("rollover-2"), ExchangeState::Accepted);
    pair.alice.queue("order 1");
    assert_eq!(send(&mut pair, Who::Alice), ("alice-sign-next", "bob-rsa"));
}

#[test]
fn p5_a_late_acceptance_of_an_overtaken_offer_changes_nothing() {
    // P5.
    let mut pair = Pair::split();
    pair.alice
        .offer("rollover-1", &[("alice-sign-next", signing())]);
    pair.settle();
    pair.bob.answer("rollover-1", &Decision::Accept);
    let answer = pair.bob.next_job().unwrap();
    pair.advance(TimeDelta::days(30));
    pair.alice.offer("rollover-2", &[("alice-year", signing())]);
    send(&mut pair, Who::Alice);
    let reply = pair.deliver(Who::Bob, &answer.rendered);
    assert_eq!(support::disposition(&reply), Disposition::Processed);
    assert_eq!(
        pair.alice.slot(Side::Ours, Role::Signing),
        [
            ("alice-year", Offered),
            ("alice-sign-next", Superseded),
            ("alice-sign", Installed)
        ]
    );
    pair.bob.answer("rollover-2", &Decision::Accept);
    pair.settle();
    pair.alice.queue("order 1");
    assert_eq!(send(&mut pair, Who::Alice), ("alice-year", "bob-rsa"));
    assert!(pair.bob.refused.is_empty());
}
