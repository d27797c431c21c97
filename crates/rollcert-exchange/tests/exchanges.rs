//! What partners do that is allowed, if odd: repeat, split, omit, and choose strange names.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod support;

use std::collections::BTreeSet;

use chrono::TimeDelta;
use rand::{SeedableRng as _, rngs::StdRng};
use rollcert_as2::Disposition;
use rollcert_cem::{CertStatus, Limits, Message as Cem, Response};
use rollcert_exchange::{Inbound, Rendered};
use rollcert_schedule::Standing::{Accepted, Archived, Installed, Offered};
use rollcert_schedule::{Decision, ExchangeState, Relationship, Role, Side, Snapshot};

use support::raw::{Letter, Trust, request, response};
use support::{Pair, Who, disposition, entity, signing};

fn next() -> Trust {
    Trust::new("alice-sign-next", &["digitalSignature"])
}

fn offer(message: &str, id: Option<&str>, trust: &[Trust]) -> Letter {
    Letter::new(message, request(id, "ALICE", trust))
}

#[track_caller]
fn deliver(pair: &mut Pair, to: Who, letter: &Letter) -> Disposition {
    let message = letter.build();
    let node = pair.node(to);
    disposition(&node.receive(&message.headers, &message.body))
}

fn parse(rendered: &Rendered) -> Response {
    match Cem::parse(&entity(rendered), &Limits::default()).unwrap() {
        Cem::Response(response) => response,
        Cem::Request(request) => panic!("{request:?}"),
    }
}

/// BOB's answer, as it stands on the wire.
fn answer(pair: &mut Pair) -> Response {
    parse(&pair.bob.next_job().unwrap().rendered)
}

fn statuses(response: &Response) -> Vec<CertStatus> {
    let trust = response.trust().iter();
    trust.map(|trust| trust.status()).collect()
}

#[test]
fn p4_an_offer_that_comes_again_in_another_message_is_answered_again() {
    // P4, V22.
    let mut pair = Pair::split();
    let again = |n: &str| offer(n, Some("rollover-1"), &[next()]);
    assert_eq!(
        deliver(&mut pair, Who::Bob, &again("1")),
        Disposition::Processed
    );
    // Before there is an answer, there is none to repeat.
    assert_eq!(
        deliver(&mut pair, Who::Bob, &again("2")),
        Disposition::Processed
    );
    assert!(pair.bob.effects().is_empty());
    pair.bob.answer("rollover-1", &Decision::Accept);
    assert_eq!(
        deliver(&mut pair, Who::Bob, &again("3")),
        Disposition::Processed
    );
    let ids: Vec<String> = pair
        .bob
        .effects()
        .iter()
        .map(|row| row.id.to_string())
        .collect();
    assert_eq!(ids, ["answer-0-rollover-1", "answer-1-rollover-1"]);
    let (first, second) = (pair.bob.next_job().unwrap(), pair.bob.next_job().unwrap());
    assert_ne!(first.rendered.message_id, second.rendered.message_id);
    assert_eq!(
        statuses(&parse(&first.rendered)),
        statuses(&parse(&second.rendered))
    );
    assert_eq!(
        pair.bob.slot(Side::Theirs, Role::Signing),
        [("alice-sign-next", Accepted), ("alice-sign", Installed)]
    );
}

#[test]
fn p4_another_offer_under_a_known_request_id_is_refused() {
    // P4.
    let mut pair = Pair::split();
    deliver(&mut pair, Who::Bob, &offer("1", Some("r"), &[next()]));
    let before = pair.bob.image();
    let mut dated = next();
    dated.respond_by = Some("2030-01-01T00:00:00Z".to_owned());
    for trust in [
        Trust::new("alice-year", &["digitalSignature"]),
        Trust::new("alice-rsa-next", &["digitalSignature", "keyEncipherment"]),
        dated,
    ] {
        let said = deliver(&mut pair, Who::Bob, &offer("2", Some("r"), &[trust]));
        assert!(matches!(said, Disposition::Error(_)), "{said}");
        assert_eq!(pair.bob.refused.pop(), Some("exchange-contradiction"));
        assert_eq!(pair.bob.image(), before);
    }
}

#[test]
fn v5_an_offer_without_an_id_is_answered_without_one() {
    // V5.
    let mut pair = Pair::split();
    let said = deliver(&mut pair, Who::Bob, &offer("1", None, &[next()]));
    assert_eq!(said, Disposition::Processed);
    let relationship = pair.bob.relationship();
    let (id, _) = relationship.exchanges().next().unwrap();
    pair.bob.answer(id.as_str(), &Decision::Accept);
    let response = answer(&mut pair);
    assert_eq!(response.request_id(), None);
    assert_eq!(statuses(&response), [CertStatus::Accepted]);
}

#[test]
fn v6_h20_request_ids_of_any_characters_come_back_whole_and_break_no_header() {
    // V6, H20.
    let hostile = "\u{1F511}<>&\"'@ ]]>\t%0d%0aX: y../";
    let ids = [
        "x".to_owned(),
        hostile.to_owned(),
        "\u{1F511}".repeat(255),
        hostile.chars().cycle().take(255).collect(),
        "<a@b>".to_owned(),
    ];
    for id in ids {
        let mut pair = Pair::split();
        let written = id.replace('\t', "&#9;");
        let entity = request(Some(&id), "ALICE", &[next()]);
        let text = String::from_utf8(entity).unwrap().replace('\t', "&#9;");
        assert_eq!(text.contains("&#9;"), written != id);
        let said = deliver(&mut pair, Who::Bob, &Letter::new("1", text.into_bytes()));
        assert_eq!(said, Disposition::Processed, "{id}");
        pair.bob.answer(&id, &Decision::Accept);
        let job = pair.bob.next_job().unwrap();
        let message_id = &job.rendered.message_id;
        assert!(message_id.len() <= 998, "{message_id}");
        assert!(message_id.bytes().all(|octet| octet.is_ascii_graphic()));
        assert!(message_id.ends_with("@BOB=20AS2.to.ALICE>"), "{message_id}");
        assert_eq!(parse(&job.rendered).request_id().unwrap().as_str(), id);
        // It reaches ALICE, who knows nothing of it and says so; her receipt names the message.
        let reply = pair.deliver(Who::Bob, &job.rendered);
        let error = pair.bob.confirm(&job, &reply).unwrap_err();
        assert_eq!(error.code(), "negative-receipt");
    }
}

#[test]
fn long_request_ids_that_differ_at_their_end_are_answered_by_different_messages() {
    let mut pair = Pair::split();
    let ids = ["a", "b"].map(|end| format!("{}{end}", "\u{e4}".repeat(254)));
    let mut seen = BTreeSet::new();
    for (number, id) in ids.iter().enumerate() {
        let letter = offer(&number.to_string(), Some(id), &[next()]);
        assert_eq!(
            deliver(&mut pair, Who::Bob, &letter),
            Disposition::Processed
        );
        pair.bob.answer(id, &Decision::Accept);
        let job = pair.bob.next_job().unwrap();
        pair.bob.lost(&job);
        seen.insert(job.rendered.message_id);
    }
    assert!(seen.len() >= 2, "{seen:?}");
}

#[test]
fn v22_a_certificate_that_is_accepted_already_is_accepted_again_without_asking() {
    // V22.
    let mut pair = Pair::split();
    let current = Trust::new("alice-sign", &["digitalSignature"]);
    let slots = pair.bob.slot(Side::Theirs, Role::Signing);
    deliver(&mut pair, Who::Bob, &offer("1", Some("ping"), &[current]));
    assert_eq!(pair.bob.state("ping"), ExchangeState::Accepted);
    assert_eq!(statuses(&answer(&mut pair)), [CertStatus::Accepted]);
    assert_eq!(pair.bob.slot(Side::Theirs, Role::Signing), slots);
}

#[test]
fn v23_usages_of_two_requests_add_up() {
    // V23.
    let mut pair = Pair::rsa();
    for (number, usage) in [("1", "digitalSignature"), ("2", "keyEncipherment")] {
        let trust = Trust::new("alice-rsa-next", &[usage]);
        let letter = offer(number, Some(number), &[trust]).signed_by(Some("alice-rsa"));
        assert_eq!(
            deliver(&mut pair, Who::Bob, &letter),
            Disposition::Processed
        );
        pair.bob.answer(number, &Decision::Accept);
    }
    assert_eq!(
        pair.bob.slot(Side::Theirs, Role::Signing),
        [("alice-rsa-next", Accepted), ("alice-rsa", Installed)]
    );
    assert_eq!(
        pair.bob.slot(Side::Theirs, Role::Encryption),
        [("alice-rsa-next", Installed), ("alice-rsa", Archived)]
    );
}

#[test]
fn v17_an_answer_may_come_in_two_messages() {
    // V17.
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
    let part = |number: &str, name| {
        let answers = [(name, "Accepted")];
        Letter::back(number, response(Some("rollover-1"), "BOB AS2", &answers))
    };
    let first = part("1", "alice-rsa-next");
    assert_eq!(
        deliver(&mut pair, Who::Alice, &first),
        Disposition::Processed
    );
    assert_eq!(pair.alice.state("rollover-1"), ExchangeState::AwaitAnswer);
    assert_eq!(
        pair.alice.slot(Side::Ours, Role::Signing),
        [("alice-sign-next", Offered), ("alice-sign", Installed)]
    );
    // V18: the second part comes encrypted to the new certificate.
    let second = part("2", "alice-sign-next").encrypted_to(Some("alice-rsa-next"));
    assert_eq!(
        deliver(&mut pair, Who::Alice, &second),
        Disposition::Processed
    );
    assert_eq!(pair.alice.state("rollover-1"), ExchangeState::Accepted);
    assert_eq!(
        pair.alice.slot(Side::Ours, Role::Encryption),
        [("alice-rsa-next", Installed), ("alice-rsa", Archived)]
    );
}

#[test]
fn v18_a_response_is_opened_whether_it_is_encrypted_to_the_old_or_to_the_new_certificate() {
    for (recipient, standing) in [
        // By the old one, the new one waits for its first use; by the new one, that was it.
        ("alice-rsa", Accepted),
        ("alice-rsa-next", Installed),
    ] {
        let mut pair = Pair::split();
        let encryption = BTreeSet::from([Role::Encryption]);
        pair.alice
            .offer("rollover-1", &[("alice-rsa-next", encryption)]);
        pair.settle();
        let answers = [("alice-rsa-next", "Accepted")];
        let entity = response(Some("rollover-1"), "BOB AS2", &answers);
        let letter = Letter::back("1", entity).encrypted_to(Some(recipient));
        assert_eq!(
            deliver(&mut pair, Who::Alice, &letter),
            Disposition::Processed
        );
        assert_eq!(pair.alice.state("rollover-1"), ExchangeState::Accepted);
        let slot = pair.alice.slot(Side::Ours, Role::Encryption);
        assert_eq!(slot[0], ("alice-rsa-next", standing), "{recipient}");
    }
}

#[test]
fn p5_an_offer_that_arrives_after_the_one_that_overtook_it_does_not_stop_the_rollover() {
    // The first offer waits for its retry while the second one goes out at once.
    let mut pair = Pair::split();
    pair.alice
        .offer("rollover-1", &[("alice-sign-next", signing())]);
    let first = pair.alice.next_job().unwrap();
    pair.alice.lost(&first);
    pair.advance(TimeDelta::days(30));
    pair.alice.offer("rollover-2", &[("alice-year", signing())]);
    let again = pair.alice.next_job().unwrap();
    assert_eq!(again.rendered, first.rendered);
    pair.alice.lost(&again);
    pair.send(Who::Alice).unwrap();
    pair.settle();
    assert_eq!(pair.bob.state("rollover-1"), ExchangeState::Superseded);
    assert_eq!(pair.bob.state("rollover-2"), ExchangeState::AwaitAnswer);
    // Each is answered, and the second one is what both go over to.
    pair.bob.answer("rollover-2", &Decision::Accept);
    pair.bob.answer("rollover-1", &Decision::Accept);
    pair.settle();
    pair.alice.queue("order 1");
    pair.settle();
    let installed = ("alice-year", Installed);
    assert!(
        pair.alice
            .slot(Side::Ours, Role::Signing)
            .contains(&installed)
    );
    assert!(
        pair.bob
            .slot(Side::Theirs, Role::Signing)
            .contains(&installed)
    );
    assert!(pair.alice.refused.is_empty() && pair.bob.refused.is_empty());
}

#[test]
fn an_offer_from_a_clock_that_runs_ahead_overtakes_nothing() {
    let mut pair = Pair::split();
    let text = |id, fixture| {
        let trust = Trust::new(fixture, &["digitalSignature"]);
        String::from_utf8(request(Some(id), "ALICE", &[trust])).unwrap()
    };
    let date = "<MessageOriginated>2026-12-01T12:00:00+00:00";
    let ahead = text("r-1", "alice-sign-next")
        .replace(date, "<MessageOriginated>2040-01-01T00:00:00+00:00");
    assert!(ahead.contains("2040"));
    let later = text("r-2", "alice-year");
    for (number, entity) in [("1", ahead), ("2", later)] {
        let letter = Letter::new(number, entity.into_bytes());
        let said = deliver(&mut pair, Who::Bob, &letter);
        assert_eq!(said, Disposition::Processed);
    }
    assert_eq!(pair.bob.state("r-1"), ExchangeState::Superseded);
    assert_eq!(pair.bob.state("r-2"), ExchangeState::AwaitAnswer);
}

#[test]
fn both_partners_may_name_their_requests_alike() {
    let mut pair = Pair::split();
    pair.alice
        .offer("2027-1", &[("alice-sign-next", signing())]);
    pair.bob.offer("2027-1", &[("bob-rsa-next", signing())]);
    pair.settle();
    pair.alice.answer("2027-1", &Decision::Accept);
    pair.settle();
    assert!(pair.alice.refused.is_empty() && pair.bob.refused.is_empty());
    assert_eq!(pair.alice.state("2027-1"), ExchangeState::AwaitAnswer);
    assert_eq!(
        pair.alice.slot(Side::Theirs, Role::Signing)[0],
        ("bob-rsa-next", Accepted)
    );
}

#[test]
fn p3_a_second_answer_changes_nothing() {
    // P3.
    for (first, second, state) in [
        ("Accepted", "Accepted", ExchangeState::Accepted),
        ("Accepted", "Rejected", ExchangeState::Accepted),
        ("Rejected", "Accepted", ExchangeState::Rejected),
    ] {
        let mut pair = Pair::split();
        pair.alice
            .offer("rollover-1", &[("alice-sign-next", signing())]);
        pair.settle();
        let mut slots = Vec::new();
        for (number, status) in [("1", first), ("2", second)] {
            let answers = [("alice-sign-next", status)];
            let entity = response(Some("rollover-1"), "BOB AS2", &answers);
            let said = deliver(&mut pair, Who::Alice, &Letter::back(number, entity));
            assert_eq!(said, Disposition::Processed);
            assert_eq!(pair.alice.state("rollover-1"), state);
            slots.push(pair.alice.slot(Side::Ours, Role::Signing));
        }
        assert_eq!(slots[0], slots[1]);
    }
}

#[test]
fn names_with_blanks_quotes_and_markup_travel_whole() {
    let long = "n".repeat(128);
    let (quotes, backslashes) = ("\"".repeat(128), "\\".repeat(128));
    for (alice, bob) in [
        ("ALICE & \"Sons\" <x>", "BOB \\ AS2"),
        ("\"", "\\"),
        (" ALICE", "BOB "),
        ("=20", "a@b"),
        (&long, "BOB AS2"),
        (&quotes, &backslashes),
    ] {
        let mut pair = Pair::named(alice, bob);
        pair.alice
            .offer("rollover-1", &[("alice-sign-next", signing())]);
        pair.settle();
        pair.bob.answer("rollover-1", &Decision::Accept);
        pair.settle();
        pair.alice.queue("order 1");
        pair.settle();
        assert_eq!(pair.bob.documents(), ["order 1"], "{alice} {bob}");
        assert_eq!(
            pair.bob.slot(Side::Theirs, Role::Signing),
            [("alice-sign-next", Installed), ("alice-sign", Archived)],
            "{alice} {bob}"
        );
        assert!(pair.alice.refused.is_empty() && pair.bob.refused.is_empty());
    }
}

#[test]
fn a_relationship_of_a_tenant_is_served_like_any_other() {
    let pair = Pair::split();
    let letter = Letter::new("1", support::document("order 1")).build();
    let message = support::raw::incoming(&letter.headers, &letter.body);
    let Snapshot::V2(mut snapshot) = pair.bob.relationship().snapshot() else {
        panic!("another snapshot")
    };
    snapshot.id = snapshot.id.with_tenant("bolts");
    let tenants = Relationship::restore(Snapshot::V2(snapshot), 1);
    let mut rng = StdRng::seed_from_u64(6);
    let inbound = pair
        .bob
        .endpoint()
        .receive(&tenants, &message, pair.bob.now, &mut rng);
    let Inbound::Taken(taken) = inbound else {
        panic!("{inbound:?}")
    };
    assert_eq!(taken.commit.relationship, *tenants.id());
}

#[test]
fn an_offer_that_lay_in_the_outbox_past_its_date_is_sent_all_the_same() {
    let mut pair = Pair::split();
    pair.alice
        .offer("rollover-1", &[("alice-sign-next", signing())]);
    pair.advance(TimeDelta::days(31));
    assert_eq!(pair.alice.state("rollover-1"), ExchangeState::Expired);
    pair.settle();
    pair.bob.answer("rollover-1", &Decision::Accept);
    pair.settle();
    assert_eq!(pair.alice.state("rollover-1"), ExchangeState::Accepted);
}
