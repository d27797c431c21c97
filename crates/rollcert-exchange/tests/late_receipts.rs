//! Receipts that come, and go, in requests of their own.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod support;

use chrono::TimeDelta;
use rollcert_as2::{Disposition, Message, Modifier};
use rollcert_exchange::{ConfirmError, Receipts, Rendered, Reply};
use rollcert_schedule::Standing::{Archived, Installed};
use rollcert_schedule::{Action, Decision, Role, Side};
use rollcert_store::Store as _;

use support::raw::{Letter, Receipt, incoming};
use support::{
    ALICE_URL, Fault, Job, Keys, PATIENCE, Pair, Who, both, credential, disposition, document,
    plain, signing,
};

fn late(mut pair: Pair) -> Pair {
    for node in [&mut pair.alice, &mut pair.bob] {
        node.party = node.party.clone().with_receipts(Receipts::Asynchronous);
    }
    pair
}

/// A letter whose receipt is wanted at this URL.
fn letter(id: &str, url: &str) -> Message {
    with_receipt_at(Letter::new(id, document("order 1")), url)
}

fn with_receipt_at(letter: Letter, url: &str) -> Message {
    let mut message = letter.build();
    let option = ("Receipt-Delivery-Option".to_owned(), url.to_owned());
    message.headers.push(option);
    message
}

/// As the partner's server hands a receipt over that came by itself.
fn arrive(rendered: &Rendered) -> Reply {
    Reply {
        status: 200,
        headers: rendered.headers.clone(),
        body: rendered.body.clone(),
    }
}

/// The receipt that BOB has to deliver.
fn next_receipt(pair: &mut Pair) -> Job {
    let job = pair.bob.next_job().unwrap();
    let action = &job.leased.effect.action;
    assert!(matches!(action, Action::SendReceipt { .. }), "{action:?}");
    job
}

/// A rollover from the offer to the archive, with documents both ways.
fn rollover(mut pair: Pair) -> Pair {
    pair.alice
        .offer("rollover-1", &[("alice-rsa-next", both())]);
    pair.alice.queue("order 1");
    pair.settle();
    pair.bob.answer("rollover-1", &Decision::Accept);
    pair.bob.queue("invoice 1");
    pair.settle();
    pair.alice.queue("order 2");
    pair.bob.queue("invoice 2");
    pair.settle();
    assert_eq!(pair.alice.documents(), ["invoice 1", "invoice 2"]);
    assert_eq!(pair.bob.documents(), ["order 1", "order 2"]);
    for role in Role::ALL {
        let done = [("alice-rsa-next", Installed), ("alice-rsa", Archived)];
        assert_eq!(pair.alice.slot(Side::Ours, role), done);
        assert_eq!(pair.bob.slot(Side::Theirs, role), done);
    }
    assert!(pair.alice.refused.is_empty() && pair.bob.refused.is_empty());
    pair
}

#[test]
fn a_rollover_ends_alike_whichever_way_receipts_come() {
    let synchronous = rollover(Pair::rsa());
    let asynchronous = rollover(late(Pair::rsa()));
    assert_eq!(asynchronous.summary(), synchronous.summary());
    // Each message, and its receipt.
    assert_eq!(asynchronous.attempts, 2 * synchronous.attempts);
}

#[test]
fn p7_p12_a_rollover_with_late_receipts_survives_losses_and_crashes_at_every_step() {
    let undisturbed = rollover(late(Pair::rsa()));
    for (fault, at_each) in [
        (Fault::LoseRequest, false),
        (Fault::LoseReply, true),
        (Fault::Twice, false),
        (Fault::DieBeforeRender, false),
        (Fault::DieBeforeSend, false),
        (Fault::DieBeforeConfirm, true),
    ] {
        let each = if at_each { undisturbed.attempts } else { 0 };
        for at in (0..each).map(Some).chain([None]) {
            let mut pair = late(Pair::rsa());
            pair.fault = Some((at, fault));
            let pair = rollover(pair);
            assert_eq!(pair.summary(), undisturbed.summary(), "{fault:?} at {at:?}");
        }
    }
}

#[test]
fn a_receipt_is_stored_with_what_it_is_for_before_it_is_sent() {
    let mut pair = Pair::split();
    let message = letter("1", ALICE_URL);
    let reply = pair.bob.receive(&message.headers, &message.body);
    // Over HTTP nothing is said but that it arrived.
    assert_eq!(reply, plain(200));
    assert_eq!(pair.bob.documents(), ["order 1"]);
    let rows = pair.bob.effects();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].id.as_str(), "receipt-<1@alice>");
    let Action::SendReceipt { receipt } = rows[0].effect.action else {
        panic!("{rows:?}")
    };
    let stored = pair.bob.store.blob(receipt).unwrap().unwrap();
    let stored = Rendered::decode(&stored).unwrap();
    pair.bob.restart();

    let job = next_receipt(&mut pair);
    assert_eq!(job.rendered, stored);
    assert_eq!(job.rendered.url, ALICE_URL);
    assert_eq!(disposition(&arrive(&job.rendered)), Disposition::Processed);
    // It is done with when it has arrived, and not before.
    for status in [404, 500, 302] {
        let error = pair.bob.confirm(&job, &plain(status)).unwrap_err();
        assert_eq!(error.code(), "http-status");
        assert!(!pair.bob.is_done());
    }
    pair.advance(support::RETRY);
    let again = next_receipt(&mut pair);
    assert_eq!(again.rendered, job.rendered);
    pair.bob.confirm(&again, &plain(204)).unwrap();
    assert!(pair.bob.is_done());
}

#[test]
fn p4_a_message_that_comes_again_gets_the_same_receipt_octet_for_octet() {
    let mut pair = Pair::split();
    let message = letter("1", ALICE_URL);
    pair.bob.receive(&message.headers, &message.body);
    let first = next_receipt(&mut pair);
    pair.bob.confirm(&first, &plain(200)).unwrap();
    pair.advance(TimeDelta::hours(5));
    // However often within a minute, once.
    for _ in 0..3 {
        let reply = pair.bob.receive(&message.headers, &message.body);
        assert_eq!(reply, plain(200));
    }
    let second = next_receipt(&mut pair);
    assert_eq!(second.rendered, first.rendered);
    pair.bob.confirm(&second, &plain(200)).unwrap();
    assert!(pair.bob.next_job().is_none());
    assert_eq!(pair.bob.documents(), ["order 1"]);
    // Another message under the same id gets neither.
    let other = with_receipt_at(Letter::new("1", document("order 2")), ALICE_URL);
    assert_eq!(pair.bob.receive(&other.headers, &other.body).status, 409);
    assert!(pair.bob.is_done());
}

#[test]
fn h18_a_receipt_goes_only_where_the_partner_is_configured_to_be() {
    for url in [
        "http://evil.example/mdn",
        "https://alice.example:8080/mdn",
        "http://alice.example/mdn",
        "http://alice@alice.example:8080/",
        "file:///etc/passwd",
        "http://127.0.0.1:8080/",
        "mailto:alice@alice.example",
    ] {
        let mut pair = Pair::split();
        let message = letter("1", url);
        let before = pair.bob.image();
        let reply = pair.bob.receive(&message.headers, &message.body);
        // Told at once, since it is told nowhere else.
        let failed = Disposition::Error(Modifier::UnexpectedProcessingError);
        assert_eq!(disposition(&reply), failed, "{url}");
        assert_eq!(pair.bob.refused, ["receipt-url-refused"]);
        assert_eq!(pair.bob.strays, []);
        assert_eq!(pair.bob.image(), before);
    }
    let mut pair = Pair::split();
    let party = pair.bob.party.clone();
    pair.bob.party = party.with_partner_url("https://mdn.alice.example/");
    for (number, url) in [
        ("1", "HTTP://Alice.example:8080/elsewhere?x"),
        ("2", "https://mdn.alice.example:443/as2/mdn"),
    ] {
        let message = letter(number, url);
        assert_eq!(
            pair.bob.receive(&message.headers, &message.body),
            plain(200)
        );
        assert_eq!(next_receipt(&mut pair).rendered.url, url);
    }
}

#[test]
fn a_refusal_is_told_by_itself_too_and_leaves_no_trace() {
    let mut pair = Pair::split();
    let before = pair.bob.image();
    let by_carol = Letter::new("1", document("order 1")).signed_by(Some("carol-sign"));
    let message = with_receipt_at(by_carol, ALICE_URL);
    let reply = pair.bob.receive(&message.headers, &message.body);
    assert_eq!(reply, plain(200));
    assert_eq!(pair.bob.refused, ["authentication-failed"]);
    assert_eq!(pair.bob.image(), before);
    let receipt = pair.bob.strays.pop().unwrap();
    assert_eq!(receipt.url, ALICE_URL);
    assert_eq!(
        disposition(&arrive(&receipt)),
        Disposition::Error(Modifier::AuthenticationFailed)
    );
    // The message may come again, and be as it should.
    let message = letter("1", ALICE_URL);
    pair.bob.receive(&message.headers, &message.body);
    assert_eq!(pair.bob.documents(), ["order 1"]);
}

/// ALICE has sent an order and awaits its receipt.
fn awaiting() -> (Pair, Job) {
    let mut pair = late(Pair::split());
    pair.alice.queue("order 1");
    let job = pair.alice.next_job().unwrap();
    let reply = pair.deliver(Who::Alice, &job.rendered);
    let error = pair.alice.confirm(&job, &reply).unwrap_err();
    assert!(matches!(error, ConfirmError::Awaited));
    assert_eq!(error.code(), "receipt-awaited");
    let row = pair.alice.effect("order 1");
    assert_eq!((row.settled, row.attempts), (false, 0));
    assert!(pair.alice.next_job().is_none());
    (pair, job)
}

/// Brings ALICE a receipt of BOB's.
fn bring(pair: &mut Pair, receipt: &Receipt) -> u16 {
    let message = receipt.build();
    pair.alice.receive(&message.headers, &message.body).status
}

#[test]
fn a_receipt_that_comes_by_itself_settles_what_it_is_for() {
    let (mut pair, _) = awaiting();
    let receipt = next_receipt(&mut pair);
    let reply = pair.deliver(Who::Bob, &receipt.rendered);
    // No receipt for a receipt.
    assert_eq!(reply, plain(200));
    assert!(pair.alice.is_done());
    pair.bob.confirm(&receipt, &reply).unwrap();
    assert!(pair.bob.is_done());
    // Again, it changes nothing.
    let before = pair.alice.image();
    assert_eq!(pair.deliver(Who::Bob, &receipt.rendered), plain(200));
    assert_eq!(pair.alice.image(), before);
    assert!(pair.alice.refused.is_empty());
}

#[test]
fn late_receipts_that_prove_something_else_settle_nothing() {
    let (mut pair, job) = awaiting();
    let good = Receipt::of(&job.rendered);
    let other_mic = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=, sha-256".to_owned();
    let before = pair.alice.image();
    for (receipt, code) in [
        (
            Receipt {
                mic: Some(other_mic),
                ..good.clone()
            },
            "mic-mismatch",
        ),
        (
            Receipt {
                original: "<other@ALICE>".to_owned(),
                ..good.clone()
            },
            "receipt-for-nothing",
        ),
        (
            Receipt {
                signer: None,
                ..good.clone()
            },
            "mdn-unsigned",
        ),
        (
            Receipt {
                signer: Some(credential("carol-sign")),
                ..good.clone()
            },
            "mdn-unexpected-signer",
        ),
        (
            Receipt {
                signer: Some(credential("alice-sign")),
                ..good.clone()
            },
            "mdn-unexpected-signer",
        ),
    ] {
        assert_eq!(bring(&mut pair, &receipt), 400, "{code}");
        assert_eq!(pair.alice.refused.pop(), Some(code));
        assert_eq!(pair.alice.image(), before);
    }
    // A report about nothing at all.
    let message = good.build();
    let text = String::from_utf8(message.body).unwrap();
    let garbled = text.replace("Disposition: ", "Position: ").into_bytes();
    assert_ne!(text.as_bytes(), garbled);
    let reply = pair.alice.receive(&message.headers, &garbled);
    assert_eq!(reply, plain(400));
    assert_eq!(pair.alice.refused.pop(), Some("no-disposition"));
    assert_eq!(pair.alice.image(), before);

    assert_eq!(bring(&mut pair, &good), 200);
    assert!(pair.alice.is_done());
}

#[test]
fn a_late_refusal_is_well_received_and_the_message_goes_again_when_its_time_has_come() {
    let (mut pair, job) = awaiting();
    let refusal = Receipt {
        disposition: Disposition::Error(Modifier::UnexpectedProcessingError),
        mic: None,
        ..Receipt::of(&job.rendered)
    };
    assert_eq!(bring(&mut pair, &refusal), 200);
    assert_eq!(pair.alice.refused.pop(), Some("negative-receipt"));
    assert!(!pair.alice.is_done());
    assert!(pair.alice.next_job().is_none());
    pair.advance(PATIENCE);
    assert_eq!(pair.alice.next_job().unwrap().rendered, job.rendered);
}

#[test]
fn a_late_refusal_for_a_certificate_makes_the_message_go_again_with_the_other() {
    // B4.
    let mut pair = late(Pair::split());
    pair.alice
        .offer("rollover-1", &[("alice-sign-next", signing())]);
    pair.settle();
    pair.bob.answer("rollover-1", &Decision::Accept);
    pair.settle();
    pair.alice.queue("order 1");
    let job = pair.alice.next_job().unwrap();
    assert_eq!(support::seals(&job.rendered).0, "alice-sign-next");
    let awaited = pair.alice.confirm(&job, &plain(200)).unwrap_err();
    assert_eq!(awaited.code(), "receipt-awaited");
    let refusal = Receipt {
        disposition: Disposition::Error(Modifier::AuthenticationFailed),
        mic: None,
        ..Receipt::of(&job.rendered)
    };
    assert_eq!(bring(&mut pair, &refusal), 200);
    assert_eq!(pair.alice.again, 1);
    let again = pair.alice.next_job().unwrap();
    assert_eq!(support::seals(&again.rendered).0, "alice-sign");
    pair.alice.lost(&again);
    pair.settle();
    assert_eq!(pair.bob.documents(), ["order 1"]);
}

#[test]
fn p7_when_no_receipt_comes_the_same_octets_go_again() {
    let (mut pair, job) = awaiting();
    pair.advance(PATIENCE - TimeDelta::seconds(1));
    assert!(pair.alice.next_job().is_none());
    pair.advance(TimeDelta::seconds(1));
    let again = pair.alice.next_job().unwrap();
    assert_eq!(again.rendered, job.rendered);
    // The receipt comes while that one is on its way, and what BOB says to it comes too late.
    let receipt = next_receipt(&mut pair);
    assert_eq!(pair.deliver(Who::Bob, &receipt.rendered), plain(200));
    assert!(pair.alice.is_done());
    let reply = pair.deliver(Who::Alice, &again.rendered);
    pair.alice.confirm(&again, &reply).unwrap_err();
    assert!(pair.alice.is_done());
    assert_eq!(pair.bob.documents(), ["order 1"]);
}

#[test]
fn a_partner_that_answers_at_once_although_asked_otherwise_is_understood() {
    let mut pair = late(Pair::split());
    pair.alice.queue("order 1");
    let job = pair.alice.next_job().unwrap();
    let reply = Receipt::of(&job.rendered).build();
    pair.alice.confirm(&job, &reply).unwrap();
    assert!(pair.alice.is_done());
    // Asked for it at once, nothing else than a receipt will do.
    let mut pair = Pair::split();
    pair.alice.queue("order 1");
    let job = pair.alice.next_job().unwrap();
    let error = pair.alice.confirm(&job, &plain(200)).unwrap_err();
    assert_eq!(error.code(), "not-an-mdn");
}

#[test]
fn a_receipt_that_is_repeated_after_its_certificate_has_expired_is_signed_anew() {
    let alice = Keys {
        signing: "alice-sign",
        encryption: "alice-rsa",
    };
    let bob = Keys {
        signing: "alice-year",
        encryption: "bob-rsa",
    };
    for receipts in [Receipts::Synchronous, Receipts::Asynchronous] {
        let mut pair = Pair::new("ALICE", "BOB AS2", alice, bob);
        pair.advance(TimeDelta::days(274));
        pair.alice.party = pair.alice.party.clone().with_receipts(receipts);
        pair.alice.queue("order 1");
        let job = pair.alice.next_job().unwrap();
        pair.deliver(Who::Alice, &job.rendered);
        pair.alice.lost(&job);
        if receipts == Receipts::Asynchronous {
            // Made by the old certificate, it lies in the outbox.
            let receipt = next_receipt(&mut pair);
            pair.bob.lost(&receipt);
            assert_eq!(
                receipt.rendered.signed_with,
                Some(support::id_of("alice-year"))
            );
        }
        // BOB rolls over in time.
        pair.bob.offer("bob-1", &[("bob-sign", signing())]);
        let offer = pair.bob.next_job().unwrap();
        let reply = pair.deliver(Who::Bob, &offer.rendered);
        pair.bob.confirm(&offer, &reply).unwrap();
        pair.alice.answer("bob-1", &Decision::Accept);
        pair.settle();
        pair.advance(TimeDelta::days(2));
        // The message comes again, for ALICE never saw the receipt.
        let id = pair.bob.party.relationship();
        let message = incoming(&job.rendered.headers, &job.rendered.body);
        let kept = pair.bob.store.received(&id, &message.message_id());
        let repeated = pair.bob.repeat(&message, &kept.unwrap().unwrap()).unwrap();
        assert_eq!(
            repeated.commit.is_some(),
            receipts == Receipts::Asynchronous
        );
        pair.settle();
        assert_eq!(pair.bob.documents(), ["order 1"]);
        assert!(pair.alice.is_done() && pair.alice.refused.is_empty());
    }
}
