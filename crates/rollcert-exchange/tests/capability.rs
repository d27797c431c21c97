//! Certificates are offered in messages only to partners who understand them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use rand::{SeedableRng as _, rngs::StdRng};
use rollcert_as2::{Disposition, Features, Message};
use rollcert_exchange::{ExchangeMethod, OfferError, Offering, Protection, Reply};
use rollcert_schedule::{
    Capability, Command, Decision, ExchangeState, Relationship, Role, Side, Standing,
};

use support::raw::{Letter, Receipt};
use support::{Node, PROVIDER, Pair, Who, credential, disposition, document, signing};

/// What a message or receipt advertises; nothing for no header at all.
fn advertise(headers: &mut Vec<(String, String)>, value: Option<&str>) {
    headers.retain(|(name, _)| name != Features::HEADER);
    headers.extend(value.map(|value| (Features::HEADER.to_owned(), value.to_owned())));
}

fn order(number: usize, value: Option<&str>) -> Message {
    let mut message = Letter::new(&number.to_string(), document("order")).build();
    advertise(&mut message.headers, value);
    message
}

fn method(node: &Node) -> ExchangeMethod {
    node.endpoint().choose_method(&node.relationship())
}

#[test]
fn an_offer_to_a_partner_that_has_not_shown_that_it_understands_is_refused_and_the_mail_is_named() {
    let mut pair = Pair::split();
    pair.alice.forget_capability();
    assert_eq!(pair.alice.relationship().capability(), Capability::Unknown);
    assert_eq!(method(&pair.alice), ExchangeMethod::Email);
    let before = pair.alice.image();
    let next = [("alice-sign-next", signing())];
    let refused = pair.alice.try_offer("rollover-1", &next).unwrap_err();
    assert!(matches!(refused, OfferError::NotCapable));
    assert_eq!(refused.code(), "partner-not-capable");
    assert_eq!(refused.alternative(), Some(ExchangeMethod::Email));
    assert_eq!(pair.alice.image(), before);

    // One message later it is known, and kept over a restart.
    pair.bob.queue("invoice 1");
    pair.send(Who::Bob).unwrap();
    pair.alice.restart();
    assert_eq!(pair.alice.relationship().capability(), Capability::Observed);
    assert_eq!(method(&pair.alice), ExchangeMethod::Cem);
    pair.alice.offer("rollover-1", &next);
    pair.settle();
    assert_eq!(pair.bob.state("rollover-1"), ExchangeState::AwaitAnswer);
}

#[test]
fn a_receipt_teaches_as_a_message_does() {
    for (value, expected) in [
        (Some("CEM"), Capability::Observed),
        (Some("multiple-attachments, cem"), Capability::Observed),
        (Some("AS2-Reliability"), Capability::Unknown),
        (Some("CEMX"), Capability::Unknown),
        (None, Capability::Unknown),
    ] {
        let mut pair = Pair::split();
        pair.alice.forget_capability();
        pair.alice.queue("order 1");
        let job = pair.alice.next_job().unwrap();
        let mut reply = Receipt::of(&job.rendered).build();
        advertise(&mut reply.headers, value);
        pair.alice.confirm(&job, &reply).unwrap();
        assert_eq!(
            pair.alice.relationship().capability(),
            expected,
            "{value:?}"
        );
    }
}

#[test]
fn v24_what_a_message_advertises_is_learned_and_silence_changes_nothing() {
    let mut pair = Pair::split();
    pair.bob.forget_capability();
    let mut number = 0;
    let mut hear = |pair: &mut Pair, value: Option<&str>, expected: Capability| {
        number += 1;
        let message = order(number, value);
        let reply = pair.bob.receive(&message.headers, &message.body);
        assert_eq!(disposition(&reply), Disposition::Processed);
        let capability = pair.bob.relationship().capability();
        assert_eq!(capability, expected, "{value:?}");
    };
    hear(&mut pair, None, Capability::Unknown);
    hear(&mut pair, Some("x, CEMX"), Capability::Unknown);
    hear(&mut pair, Some(" CEM ,x"), Capability::Observed);
    hear(&mut pair, None, Capability::Observed);
    hear(&mut pair, Some("cem"), Capability::Observed);
    hear(&mut pair, Some("multiple-attachments"), Capability::Unknown);
    hear(&mut pair, None, Capability::Unknown);

    // An operator's word stands, whatever the partner says, until it is taken back.
    pair.bob.decide([Command::ForceCapability]);
    for value in [Some("multiple-attachments"), Some("CEM"), None] {
        hear(&mut pair, value, Capability::Forced);
    }
    pair.bob.decide([Command::ReleaseCapability]);
    assert_eq!(pair.bob.relationship().capability(), Capability::Unknown);
    hear(&mut pair, Some("CEM"), Capability::Observed);
}

#[test]
fn an_operator_can_force_an_offer_to_a_partner_that_says_nothing() {
    let mut pair = Pair::split();
    pair.alice.forget_capability();
    pair.alice.decide([Command::ForceCapability]);
    assert_eq!(method(&pair.alice), ExchangeMethod::Cem);
    pair.alice
        .offer("rollover-1", &[("alice-sign-next", signing())]);
    pair.settle();
    pair.bob.answer("rollover-1", &Decision::Accept);
    pair.settle();
    assert_eq!(pair.alice.state("rollover-1"), ExchangeState::Accepted);
}

#[test]
fn what_is_not_proven_teaches_nothing() {
    let mut pair = Pair::split();
    for (value, known) in [("x", Capability::Observed), ("CEM", Capability::Unknown)] {
        if known == Capability::Unknown {
            pair.bob.forget_capability();
            pair.alice.forget_capability();
        }
        for signer in [None, Some("carol-sign")] {
            let letter = Letter::new("1", document("order")).signed_by(signer);
            let mut message = letter.build();
            advertise(&mut message.headers, Some(value));
            let reply = pair.bob.receive(&message.headers, &message.body);
            assert!(!disposition(&reply).is_processed());
            assert_eq!(pair.bob.relationship().capability(), known);

            pair.alice.queue(&format!("order by {signer:?} {value}"));
            let job = pair.alice.next_job().unwrap();
            let mut receipt = Receipt::of(&job.rendered);
            receipt.signer = signer.map(credential);
            let mut reply: Reply = receipt.build();
            advertise(&mut reply.headers, Some(value));
            pair.alice.confirm(&job, &reply).unwrap_err();
            assert_eq!(pair.alice.relationship().capability(), known);
        }
    }
}

#[test]
fn p13_a_partner_that_loses_the_feature_gets_no_more_offers_and_what_is_open_goes_on() {
    let mut pair = Pair::split();
    pair.alice
        .offer("rollover-1", &[("alice-sign-next", signing())]);
    pair.settle();
    // BOB's next software says that it does not know what that is.
    let lose = |pair: &mut Pair, id: &str| {
        let mut message = Letter::back(id, document("invoice")).build();
        advertise(&mut message.headers, Some("multiple-attachments"));
        let reply = pair.alice.receive(&message.headers, &message.body);
        assert_eq!(disposition(&reply), Disposition::Processed);
        assert_eq!(pair.alice.relationship().capability(), Capability::Unknown);
    };
    lose(&mut pair, "1");
    assert_eq!(method(&pair.alice), ExchangeMethod::Email);
    let other = [("alice-rsa-next", [Role::Encryption].into())];
    let refused = pair.alice.try_offer("rollover-2", &other).unwrap_err();
    assert_eq!(refused.code(), "partner-not-capable");
    // The exchange that is open stays open, and an answer counts.
    assert_eq!(pair.alice.state("rollover-1"), ExchangeState::AwaitAnswer);
    pair.bob.answer("rollover-1", &Decision::Accept);
    pair.settle();
    assert_eq!(pair.alice.state("rollover-1"), ExchangeState::Accepted);

    // That answer said that BOB is able after all; and so does an operator. An offer that is decided and not yet made
    // into a message waits while he is not.
    pair.alice.offer("rollover-2", &other);
    lose(&mut pair, "2");
    let leased = pair.alice.lease().unwrap();
    let mut rng = StdRng::seed_from_u64(8);
    let (relationship, now) = (pair.alice.relationship(), pair.alice.now);
    let endpoint = pair.alice.endpoint();
    let rendered = endpoint.render(&relationship, &leased.effect, None, now, &mut rng);
    assert_eq!(rendered.unwrap_err().code(), "partner-not-capable");
    pair.alice.decide([Command::ForceCapability]);
    let job = pair.alice.render(leased);
    let reply = pair.deliver(Who::Alice, &job.rendered);
    pair.alice.confirm(&job, &reply).unwrap();
    assert_eq!(pair.bob.state("rollover-2"), ExchangeState::AwaitAnswer);
}

#[test]
fn an_answer_goes_to_whoever_asked_whatever_it_advertises() {
    let mut pair = Pair::split();
    pair.alice
        .offer("rollover-1", &[("alice-sign-next", signing())]);
    pair.settle();
    pair.bob.forget_capability();
    pair.bob.answer("rollover-1", &Decision::Accept);
    pair.settle();
    assert_eq!(pair.alice.state("rollover-1"), ExchangeState::Accepted);
}

#[test]
fn certificates_of_a_relationship_that_is_not_established_go_by_mail() {
    let pair = Pair::split();
    let stranger = Relationship::new(pair.alice.party.relationship());
    let endpoint = pair.alice.endpoint();
    assert_eq!(endpoint.choose_method(&stranger), ExchangeMethod::Email);
    let held = credential("alice-sign-next");
    let offering = Offering {
        credential: &held,
        roles: signing(),
    };
    let mut rng = StdRng::seed_from_u64(9);
    let now = pair.alice.now;
    let refused = endpoint
        .offer(&stranger, "r", &[offering], None, now, &mut rng)
        .unwrap_err();
    assert!(matches!(
        refused,
        OfferError::NotEstablished {
            side: Side::Ours,
            role: Role::Signing
        }
    ));
    assert_eq!(refused.code(), "relationship-not-established");
    assert_eq!(refused.alternative(), Some(ExchangeMethod::Email));

    // Where messages are only signed, only what signs has to be there.
    let mut node = Pair::split().alice;
    node.party = node.party.clone().with_protection(Protection::Signed);
    let mut signs = Relationship::new(node.party.relationship());
    for (side, name) in [(Side::Ours, "alice-sign"), (Side::Theirs, "bob-sign")] {
        assert_eq!(node.endpoint().choose_method(&signs), ExchangeMethod::Email);
        let adopt = Command::Adopt {
            side,
            role: Role::Signing,
            credential: rollcert_exchange::credential_facts(&support::certificate(name), PROVIDER),
        };
        let commit = signs
            .decide([adopt, Command::ForceCapability], now)
            .unwrap();
        signs.apply(&commit);
    }
    assert_eq!(node.endpoint().choose_method(&signs), ExchangeMethod::Cem);
}

#[test]
fn what_was_handed_over_by_mail_is_installed_by_its_first_use() {
    // ALICE's new encryption certificate, and her new signing certificate at BOB's; no message tells of either.
    let mut pair = Pair::split();
    pair.bob.forget_capability();
    pair.alice.forget_capability();
    pair.alice.install("alice-rsa-next");
    pair.alice
        .schedule(Side::Ours, Role::Encryption, "alice-rsa-next");
    pair.bob.hand_over("alice-sign-next");
    pair.bob
        .schedule(Side::Theirs, Role::Signing, "alice-sign-next");
    let (new, old) = (Standing::Accepted, Standing::Installed);
    let waiting = [("alice-rsa-next", new), ("alice-rsa", old)];
    assert_eq!(pair.alice.slot(Side::Ours, Role::Encryption), waiting);
    let waiting = [("alice-sign-next", new), ("alice-sign", old)];
    assert_eq!(pair.bob.slot(Side::Theirs, Role::Signing), waiting);

    // What is sent as before changes nothing.
    for (node, letter) in [
        (Who::Alice, Letter::back("1", document("invoice 1"))),
        (Who::Bob, Letter::new("1", document("order 1"))),
    ] {
        let message = letter.build();
        let reply = pair.node(node).receive(&message.headers, &message.body);
        assert_eq!(disposition(&reply), Disposition::Processed);
    }
    assert_eq!(pair.bob.slot(Side::Theirs, Role::Signing), waiting);

    pair.alice.restart();
    pair.bob.restart();
    let by_new = Letter::back("2", document("invoice 2")).encrypted_to(Some("alice-rsa-next"));
    let message = by_new.build();
    let reply = pair.alice.receive(&message.headers, &message.body);
    assert_eq!(disposition(&reply), Disposition::Processed);
    let done = [
        ("alice-rsa-next", Standing::Installed),
        ("alice-rsa", Standing::Archived),
    ];
    assert_eq!(pair.alice.slot(Side::Ours, Role::Encryption), done);

    let by_new = Letter::new("2", document("order 2")).signed_by(Some("alice-sign-next"));
    let message = by_new.build();
    let reply = pair.bob.receive(&message.headers, &message.body);
    assert_eq!(disposition(&reply), Disposition::Processed);
    let done = [
        ("alice-sign-next", Standing::Installed),
        ("alice-sign", Standing::Archived),
    ];
    assert_eq!(pair.bob.slot(Side::Theirs, Role::Signing), done);
    // The old ones serve what comes late (B1).
    for (node, letter) in [
        (Who::Alice, Letter::back("3", document("invoice 3"))),
        (Who::Bob, Letter::new("3", document("order 3"))),
    ] {
        let message = letter.build();
        let reply = pair.node(node).receive(&message.headers, &message.body);
        assert_eq!(disposition(&reply), Disposition::Processed);
    }
}
