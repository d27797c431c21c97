//! A message that the partner could not verify or decrypt goes out once more, with the other certificate (B4).

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod support;

use std::collections::BTreeSet;

use rollcert_as2::{Disposition, Modifier};
use rollcert_exchange::Keyring;
use rollcert_schedule::{Decision, Event, ExchangeState, Role};
use rollcert_store::Store as _;

use support::raw::Receipt;
use support::{Job, Node, PROVIDER, Pair, Who, certificate, credential, id_of, seals, signing};

/// ALICE has announced a new certificate for one role, and BOB has accepted it.
fn accepted(name: &'static str, role: Role) -> Pair {
    let mut pair = Pair::split();
    pair.alice
        .offer("rollover-1", &[(name, BTreeSet::from([role]))]);
    pair.settle();
    pair.bob.answer("rollover-1", &Decision::Accept);
    pair.settle();
    pair
}

/// What the audit trail says of second tries.
fn second_tries(node: &Node) -> Vec<(String, Role, &'static str, &'static str, String)> {
    let events = node.store.events(&node.party.relationship()).unwrap();
    events
        .into_iter()
        .filter_map(|recorded| match recorded.event {
            Event::SentAgain {
                effect,
                role,
                instead_of,
                with,
                reason,
            } => Some((
                effect.to_string(),
                role,
                support::name_of(instead_of),
                support::name_of(with),
                reason,
            )),
            _ => None,
        })
        .collect()
}

fn said(modifier: Modifier) -> String {
    Disposition::Error(modifier).to_string()
}

/// A refusal of BOB's for a message of ALICE's.
fn refuse(pair: &mut Pair, job: &Job, modifier: Modifier) -> Result<Disposition, &'static str> {
    let receipt = Receipt {
        disposition: Disposition::Error(modifier),
        mic: None,
        ..Receipt::of(&job.rendered)
    };
    let confirmed = pair.alice.confirm(job, &receipt.build());
    confirmed.map_err(|error| error.code())
}

#[test]
fn a_message_that_the_partner_cannot_decrypt_goes_again_to_its_other_certificate() {
    let mut pair = accepted("alice-rsa-next", Role::Encryption);
    // ALICE restored a key store of the day before: the new key is gone.
    pair.alice.keyring = Keyring::new();
    for name in ["alice-sign", "alice-rsa"] {
        let credential = credential(name);
        pair.alice.keyring.insert_credential(credential, PROVIDER);
    }
    for name in ["bob-sign", "bob-rsa"] {
        let certificate = certificate(name);
        pair.alice.keyring.insert_certificate(certificate, PROVIDER);
    }
    pair.bob.queue("invoice 1");
    let job = pair.bob.next_job().unwrap();
    assert_eq!(seals(&job.rendered), ("bob-sign", "alice-rsa-next"));
    let reply = pair.deliver(Who::Bob, &job.rendered);
    let first = pair.bob.confirm(&job, &reply).unwrap();
    assert_eq!(first, Disposition::Error(Modifier::DecryptionFailed));
    assert_eq!(pair.bob.again, 1);
    // The first is done with; the second is another message, to the certificate of before.
    assert!(pair.bob.effect("invoice 1").settled);
    let again = pair.bob.next_job().unwrap();
    assert_eq!(again.leased.effect.id.as_str(), "again-invoice 1");
    assert_ne!(again.rendered.message_id, job.rendered.message_id);
    assert_eq!(seals(&again.rendered), ("bob-sign", "alice-rsa"));
    assert_eq!(
        second_tries(&pair.bob),
        [(
            "invoice 1".to_owned(),
            Role::Encryption,
            "alice-rsa-next",
            "alice-rsa",
            said(Modifier::DecryptionFailed)
        )]
    );
    let reply = pair.deliver(Who::Bob, &again.rendered);
    let second = pair.bob.confirm(&again, &reply).unwrap();
    assert_eq!(second, Disposition::Processed);
    assert_eq!(pair.alice.documents(), ["invoice 1"]);
    assert!(pair.bob.is_done());
}

#[test]
fn a_message_that_the_partner_cannot_authenticate_goes_again_signed_with_the_other_certificate() {
    let mut pair = accepted("alice-sign-next", Role::Signing);
    // BOB forgot what he had accepted.
    pair.bob.keyring = Keyring::new();
    for name in ["bob-sign", "bob-rsa"] {
        let credential = credential(name);
        pair.bob.keyring.insert_credential(credential, PROVIDER);
    }
    for name in ["alice-sign", "alice-rsa"] {
        let certificate = certificate(name);
        pair.bob.keyring.insert_certificate(certificate, PROVIDER);
    }
    pair.alice.queue("order 1");
    let job = pair.alice.next_job().unwrap();
    assert_eq!(seals(&job.rendered), ("alice-sign-next", "bob-rsa"));
    let reply = pair.deliver(Who::Alice, &job.rendered);
    let first = pair.alice.confirm(&job, &reply).unwrap();
    assert_eq!(first, Disposition::Error(Modifier::AuthenticationFailed));
    let again = pair.alice.next_job().unwrap();
    assert_eq!(seals(&again.rendered), ("alice-sign", "bob-rsa"));
    let reply = pair.deliver(Who::Alice, &again.rendered);
    let second = pair.alice.confirm(&again, &reply).unwrap();
    assert_eq!(second, Disposition::Processed);
    assert_eq!(
        second_tries(&pair.alice),
        [(
            "order 1".to_owned(),
            Role::Signing,
            "alice-sign-next",
            "alice-sign",
            said(Modifier::AuthenticationFailed)
        )]
    );
    assert_eq!(pair.bob.documents(), ["order 1"]);
    assert!(pair.alice.is_done());
}

#[test]
fn it_happens_once_and_the_second_refusal_leaves_the_message_in_the_outbox() {
    let mut pair = accepted("alice-sign-next", Role::Signing);
    pair.alice.queue("order 1");
    let job = pair.alice.next_job().unwrap();
    refuse(&mut pair, &job, Modifier::AuthenticationFailed).unwrap();
    let again = pair.alice.next_job().unwrap();
    for _ in 0..2 {
        let refused = refuse(&mut pair, &again, Modifier::AuthenticationFailed);
        assert_eq!(refused, Err("negative-receipt"));
    }
    assert_eq!(pair.alice.again, 1);
    let row = pair.alice.effect("again-order 1");
    assert!(!row.settled);
    assert!(row.last_failure.unwrap().contains("authentication-failed"));
    assert_eq!(pair.alice.effects().len(), 3);
    // A retry sends the stored octets, as ever; and it may succeed.
    pair.advance(support::RETRY);
    let retry = pair.alice.next_job().unwrap();
    assert_eq!(retry.rendered, again.rendered);
    let reply = pair.deliver(Who::Alice, &retry.rendered);
    pair.alice.confirm(&retry, &reply).unwrap();
    assert_eq!(pair.bob.documents(), ["order 1"]);
}

#[test]
fn refusals_that_point_elsewhere_send_nothing_again() {
    for modifier in Modifier::NAMED {
        let mut pair = accepted("alice-sign-next", Role::Signing);
        pair.alice.queue("order 1");
        let job = pair.alice.next_job().unwrap();
        let outcome = refuse(&mut pair, &job, modifier.clone());
        let expected = match modifier {
            Modifier::AuthenticationFailed => Ok(Disposition::Error(modifier.clone())),
            // BOB has one certificate to encrypt to, and there is no other.
            _ => Err("negative-receipt"),
        };
        assert_eq!(outcome, expected, "{modifier}");
        assert_eq!(pair.alice.again, usize::from(expected.is_ok()));
    }
}

#[test]
fn a_refusal_that_is_not_proven_sends_nothing_again() {
    let mut pair = accepted("alice-sign-next", Role::Signing);
    pair.alice.queue("order 1");
    let job = pair.alice.next_job().unwrap();
    for signer in [None, Some("carol-sign")] {
        let receipt = Receipt {
            disposition: Disposition::Error(Modifier::AuthenticationFailed),
            signer: signer.map(credential),
            ..Receipt::of(&job.rendered)
        };
        pair.alice.confirm(&job, &receipt.build()).unwrap_err();
        assert_eq!(pair.alice.again, 0);
        assert_eq!(second_tries(&pair.alice), []);
    }
}

#[test]
fn an_offer_goes_again_too_and_only_its_second_refusal_fails_the_exchange() {
    let mut pair = accepted("alice-sign-next", Role::Signing);
    let encryption = BTreeSet::from([Role::Encryption]);
    pair.alice
        .offer("rollover-2", &[("alice-rsa-next", encryption)]);
    let job = pair.alice.next_job().unwrap();
    refuse(&mut pair, &job, Modifier::AuthenticationFailed).unwrap();
    assert_eq!(pair.alice.state("rollover-2"), ExchangeState::AwaitAnswer);
    let again = pair.alice.next_job().unwrap();
    assert_eq!(seals(&again.rendered), ("alice-sign", "bob-rsa"));
    // The same request, in another message.
    let reply = pair.deliver(Who::Alice, &again.rendered);
    pair.alice.confirm(&again, &reply).unwrap();
    pair.bob.answer("rollover-2", &Decision::Accept);
    pair.settle();
    assert_eq!(pair.alice.state("rollover-2"), ExchangeState::Accepted);

    let mut pair = accepted("alice-sign-next", Role::Signing);
    pair.alice.offer(
        "rollover-2",
        &[("alice-rsa-next", [Role::Encryption].into())],
    );
    for _ in 0..2 {
        let job = pair.alice.next_job().unwrap();
        refuse(&mut pair, &job, Modifier::AuthenticationFailed).unwrap();
    }
    assert_eq!(pair.alice.state("rollover-2"), ExchangeState::Failed);
    assert!(pair.alice.is_done());
}

#[test]
fn the_certificate_that_is_tried_is_one_that_stands() {
    // An offered certificate that is not accepted is no other certificate.
    let mut pair = Pair::split();
    pair.alice
        .offer("rollover-1", &[("alice-sign-next", signing())]);
    pair.settle();
    pair.alice.queue("order 1");
    let job = pair.alice.next_job().unwrap();
    let refused = refuse(&mut pair, &job, Modifier::AuthenticationFailed);
    assert_eq!(refused, Err("negative-receipt"));
    assert_eq!(job.rendered.signed_with, Some(id_of("alice-sign")));
    assert_eq!(job.rendered.encrypted_to, Some(id_of("bob-rsa")));
}
