//! A message is done with when the partner has proven that it has it, and not before.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod support;

use rollcert_as2::{Disposition, Modifier, Owner, Purpose, WarningReason};
use rollcert_crypto::DigestAlgorithm;
use rollcert_exchange::Reply;
use rollcert_schedule::{ExchangeState, Side};

use support::raw::Receipt;
use support::{Job, Pair, credential, plain, signing};

/// The reply proves nothing: the relationship is as it was, and the effect waits for its next attempt.
#[track_caller]
fn proves_nothing(pair: &mut Pair, id: &str, reply: &Reply, code: &str) {
    let job = pair.alice.next_job().unwrap();
    assert_eq!(job.leased.effect.id.as_str(), id);
    let before = pair.alice.relationship();
    let error = pair.alice.confirm(&job, reply).unwrap_err();
    assert_eq!(error.code(), code);
    assert_eq!(pair.alice.relationship(), before);
    let row = pair.alice.effect(id);
    assert!(!row.settled);
    assert_eq!(row.attempts, job.leased.attempts + 1);
    assert_eq!(row.last_failure, Some(error.to_string()));
    pair.advance(support::RETRY);
}

/// A pair in which ALICE has sent a message whose receipt is on its way, and that message.
fn waiting(id: &str) -> (Pair, Job) {
    let mut pair = Pair::split();
    pair.bob.offer("bob-1", &[("bob-rsa-next", signing())]);
    pair.settle();
    match id {
        "order 1" => pair.alice.queue(id),
        _ => pair
            .alice
            .offer("rollover-1", &[("alice-sign-next", signing())]),
    }
    let job = pair.alice.next_job().unwrap();
    pair.alice.lost(&job);
    pair.advance(support::RETRY);
    (pair, job)
}

fn html() -> Reply {
    Reply {
        status: 200,
        headers: vec![(
            "Content-Type".to_owned(),
            "text/html; charset=utf-8".to_owned(),
        )],
        body: b"<html><body>Please log in.</body></html>".to_vec(),
    }
}

#[test]
fn replies_that_are_no_receipt_settle_nothing() {
    // B9.
    for id in ["order 1", "offer-rollover-1"] {
        let (mut pair, job) = waiting(id);
        let good = Receipt::of(&job.rendered).build();
        for status in [100, 199, 301, 302, 400, 401, 404, 409, 500, 503] {
            let reply = Reply {
                status,
                ..good.clone()
            };
            proves_nothing(&mut pair, id, &reply, "http-status");
        }
        proves_nothing(&mut pair, id, &html(), "not-an-mdn");
        proves_nothing(&mut pair, id, &plain(200), "not-an-mdn");
        proves_nothing(&mut pair, id, &plain(204), "not-an-mdn");
        let garbage = Reply {
            body: b"\0\xff garbage \r\n\r\n".repeat(40),
            ..plain(200)
        };
        proves_nothing(&mut pair, id, &garbage, "not-an-mdn");
        let headless = Reply {
            headers: Vec::new(),
            ..good.clone()
        };
        proves_nothing(&mut pair, id, &headless, "not-an-mdn");

        let job = pair.alice.next_job().unwrap();
        pair.alice.confirm(&job, &good).unwrap();
        assert!(pair.alice.is_done());
    }
}

#[test]
fn a_receipt_with_its_end_or_its_middle_missing_settles_nothing() {
    let (mut pair, job) = waiting("order 1");
    let good = Receipt::of(&job.rendered).build();
    for kept in (0..good.body.len() * 9 / 10).step_by(41) {
        let reply = Reply {
            body: good.body[..kept].to_vec(),
            ..good.clone()
        };
        let job = pair.alice.next_job().unwrap();
        assert!(pair.alice.confirm(&job, &reply).is_err(), "{kept} octets");
        assert!(!pair.alice.is_done());
        pair.advance(support::RETRY);
    }
}

#[test]
fn receipts_that_prove_something_else_settle_nothing() {
    for id in ["order 1", "offer-rollover-1"] {
        let (mut pair, job) = waiting(id);
        let good = Receipt::of(&job.rendered);
        let other_mic = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=, sha-256".to_owned();
        let sha1 = "AAAAAAAAAAAAAAAAAAAAAAAAAAA=, sha1".to_owned();
        let signed_by = |name| Receipt {
            signer: Some(credential(name)),
            ..good.clone()
        };
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
                    mic: Some(sha1),
                    ..good.clone()
                },
                "mic-other-algorithm",
            ),
            (
                Receipt {
                    mic: None,
                    ..good.clone()
                },
                "mic-missing",
            ),
            (
                Receipt {
                    original: "<other@ALICE>".to_owned(),
                    ..good.clone()
                },
                "mdn-other-message",
            ),
            (
                Receipt {
                    signer: None,
                    ..good.clone()
                },
                "mdn-unsigned",
            ),
            (signed_by("carol-sign"), "mdn-unexpected-signer"),
            (signed_by("alice-sign"), "mdn-unexpected-signer"),
            // BOB's key for decryption, and the one that he has offered and ALICE has not accepted (P9).
            (signed_by("bob-rsa"), "mdn-unexpected-signer"),
            (signed_by("bob-rsa-next"), "mdn-unexpected-signer"),
        ] {
            proves_nothing(&mut pair, id, &receipt.build(), code);
        }
        let job = pair.alice.next_job().unwrap();
        let said = pair.alice.confirm(&job, &good.build()).unwrap();
        assert_eq!(said, Disposition::Processed);
        assert!(pair.alice.is_done());
    }
}

#[test]
fn an_error_receipt_for_a_document_leaves_it_in_the_outbox_and_says_where_to_look() {
    // B5.
    let (mut pair, job) = waiting("order 1");
    for modifier in Modifier::NAMED {
        let receipt = Receipt {
            disposition: Disposition::Error(modifier.clone()),
            mic: None,
            ..Receipt::of(&job.rendered)
        };
        proves_nothing(&mut pair, "order 1", &receipt.build(), "negative-receipt");
        let job = pair.alice.next_job().unwrap();
        let error = pair.alice.confirm(&job, &receipt.build()).unwrap_err();
        assert_eq!(error.hint(), Some(modifier.hint()));
        let looked_at = error.diagnosis().unwrap().certificate();
        let expected = match modifier {
            Modifier::AuthenticationFailed => Some((Owner::Ours, Purpose::Signing)),
            Modifier::DecryptionFailed => Some((Owner::Partner, Purpose::Encryption)),
            _ => None,
        };
        assert_eq!(looked_at, expected, "{modifier}");
        pair.advance(support::RETRY);
    }
}

#[test]
fn an_error_receipt_that_nobody_signed_fails_no_offer() {
    let (mut pair, job) = waiting("offer-rollover-1");
    let refusal = Receipt {
        disposition: Disposition::Error(Modifier::UnexpectedProcessingError),
        mic: None,
        ..Receipt::of(&job.rendered)
    };
    for (signer, code) in [
        (None, "mdn-unsigned"),
        (Some("carol-sign"), "mdn-unexpected-signer"),
    ] {
        let receipt = Receipt {
            signer: signer.map(credential),
            ..refusal.clone()
        };
        proves_nothing(&mut pair, "offer-rollover-1", &receipt.build(), code);
        assert_eq!(pair.alice.state("rollover-1"), ExchangeState::AwaitAnswer);
    }
    // Signed, it does (P6).
    let job = pair.alice.next_job().unwrap();
    pair.alice.confirm(&job, &refusal.build()).unwrap();
    assert_eq!(pair.alice.state("rollover-1"), ExchangeState::Failed);
    assert!(pair.alice.is_done());
}

#[test]
fn an_error_receipt_for_an_answer_leaves_it_in_the_outbox() {
    let mut pair = Pair::split();
    pair.bob.offer("bob-1", &[("bob-rsa-next", signing())]);
    pair.settle();
    pair.alice
        .answer("bob-1", &rollcert_schedule::Decision::Accept);
    let job = pair.alice.next_job().unwrap();
    pair.alice.lost(&job);
    pair.advance(support::RETRY);
    let receipt = Receipt {
        disposition: Disposition::Error(Modifier::UnexpectedProcessingError),
        ..Receipt::of(&job.rendered)
    };
    proves_nothing(
        &mut pair,
        "answer-0-bob-1",
        &receipt.build(),
        "negative-receipt",
    );
    pair.settle();
    assert_eq!(pair.bob.state("bob-1"), ExchangeState::Accepted);
}

#[test]
fn a_warning_is_a_receipt_all_the_same() {
    let (mut pair, job) = waiting("order 1");
    let warning = Disposition::Warning(WarningReason::DuplicateDocument);
    let receipt = Receipt {
        disposition: warning.clone(),
        ..Receipt::of(&job.rendered)
    };
    let job = pair.alice.next_job().unwrap();
    let said = pair.alice.confirm(&job, &receipt.build()).unwrap();
    assert_eq!(said, warning);
    assert!(pair.alice.is_done());
}

#[test]
fn a_receipt_counts_in_whatever_spelling_http_brings_it() {
    let (mut pair, job) = waiting("order 1");
    let mut reply = Receipt::of(&job.rendered).build();
    for (name, _) in &mut reply.headers {
        *name = name.to_ascii_lowercase();
    }
    reply.headers.reverse();
    reply.status = 202;
    let job = pair.alice.next_job().unwrap();
    pair.alice.confirm(&job, &reply).unwrap();
    assert!(pair.alice.is_done());
}

#[test]
fn a_receipt_by_another_digest_than_the_signature_of_the_message_counts() {
    let mut pair = Pair::split();
    pair.alice.party = pair
        .alice
        .party
        .clone()
        .with_digest(DigestAlgorithm::Sha512);
    pair.bob.party = pair.bob.party.clone().with_digest(DigestAlgorithm::Sha384);
    pair.alice.queue("order 1");
    pair.settle();
    assert_eq!(pair.bob.documents(), ["order 1"]);
}

#[test]
fn the_first_receipt_for_a_signature_proves_its_certificate() {
    let (mut pair, job) = waiting("offer-rollover-1");
    let again = pair.alice.next_job().unwrap();
    let reply = Receipt::of(&job.rendered).build();
    pair.alice.confirm(&again, &reply).unwrap();
    // Our old certificate was proven, which changes nothing; the offered one was not.
    let relationship = pair.alice.relationship();
    let slot = relationship.slot(Side::Ours, rollcert_schedule::Role::Signing);
    let installed = slot.installed().unwrap();
    assert_eq!(support::name_of(installed.fingerprint), "alice-sign");
}
