//! What a message is beside those that came before it, by the ids of the conformance list.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop where a message is not what it ought to be"
)]

mod support;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rollcert_cem::{
    AcceptedCertificate, Announcement, AnswerNews, Answered, CertStatus, CertUsage, CertUsages,
    Contradictions, IssuerMatch, KnownRequest, Limits, Message, NewRequest, Request,
    RequestBuilder, RequestId, RequestOutcome, RequestStanding, Response, ResponseOutcome,
    SentRequest, SentStanding, TrustRequestOutcome,
};
use rollcert_pki::Certificate;
use support::*;

use CertStatus::{Accepted, Rejected};

const SIGN: CertUsage = CertUsage::DigitalSignature;
const ENCRYPT: CertUsage = CertUsage::KeyEncipherment;

fn id(text: &str) -> RequestId {
    RequestId::new(text).unwrap()
}

fn read_response(entity: &[u8]) -> Response {
    match Message::parse(entity, &Limits::default()) {
        Ok(Message::Response(response)) => response,
        other => panic!("not a response: {other:?}"),
    }
}

fn builder(request_id: &str, originated: DateTime<Utc>) -> RequestBuilder {
    Request::builder(id(request_id), "ALICE", originated, "http://a/")
}

fn built(builder: &RequestBuilder, seed: u64) -> Request {
    read_request(
        &builder
            .build(&mut StdRng::seed_from_u64(seed), now())
            .unwrap(),
    )
}

/// A request made so many days from now, for these certificates, all of which are their own issuers.
fn request(request_id: &str, days: i64, offers: &[(&str, &[CertUsage])]) -> Request {
    let builder = builder(request_id, now() + TimeDelta::days(days));
    let builder = offers.iter().fold(builder, |builder, (name, usages)| {
        let usages: CertUsages = usages.iter().copied().collect();
        builder.end_entity(&certificate(name), &[], usages)
    });
    built(&builder, 1)
}

fn pending(request: &Request) -> KnownRequest<'_> {
    KnownRequest::new(request, RequestStanding::Pending)
}

fn answered(request: &Request) -> KnownRequest<'_> {
    KnownRequest::new(request, RequestStanding::Answered)
}

fn new(outcome: RequestOutcome) -> NewRequest {
    match outcome {
        RequestOutcome::New(new) => new,
        other => panic!("not new: {other:?}"),
    }
}

/// What each trust request is, and what is superseded: place, place in it, usages, place of the new one.
type News = (
    Vec<TrustRequestOutcome>,
    Vec<(usize, usize, CertUsages, usize)>,
);

fn news(outcome: RequestOutcome) -> News {
    let new = new(outcome);
    let superseded = new.supersedes.into_iter();
    (
        new.trust,
        superseded
            .map(|old| (old.known, old.trust, old.usages, old.by))
            .collect(),
    )
}

#[test]
fn p4_the_same_request_again_is_a_replay_whatever_a_renderer_drew_anew() {
    let first = request("1", 0, &[("own-name", &[SIGN])]);
    let again = built(
        &builder("1", now()).end_entity(&certificate("own-name"), &[], [SIGN]),
        2,
    );
    assert_ne!(first.trust()[0].content_id(), again.trust()[0].content_id());
    for request in [&first, &again] {
        let outcome = RequestOutcome::of(request, &[answered(&first)], &[]);
        assert_eq!(
            outcome,
            RequestOutcome::Replay {
                known: 0,
                standing: RequestStanding::Answered
            }
        );
        assert_eq!(outcome.code(), "request-replayed");
    }
    assert_eq!(
        RequestOutcome::of(&again, &[pending(&first)], &[]),
        RequestOutcome::Replay {
            known: 0,
            standing: RequestStanding::Pending
        }
    );
}

#[test]
fn p4_an_id_with_other_content_is_refused() {
    let first = request("1", 0, &[("own-name", &[SIGN])]);
    let url = builder("1", now());
    let own_url =
        Announcement::new(&certificate("own-name"), [SIGN]).with_response_url("http://b/");
    let date = builder("1", now()).respond_by(now() + TimeDelta::days(3));
    for other in [
        request("1", 0, &[("alice-dc", &[SIGN])]),
        request("1", 0, &[("own-name", &[SIGN, ENCRYPT])]),
        request("1", 0, &[("own-name", &[SIGN]), ("alice-dc", &[SIGN])]),
        built(&url.announce(own_url), 1),
        built(&date.end_entity(&certificate("own-name"), &[], [SIGN]), 1),
    ] {
        let outcome = RequestOutcome::of(&other, &[answered(&first)], &[]);
        assert_eq!(outcome, RequestOutcome::IdReused { known: 0 });
        assert_eq!(outcome.code(), "request-id-reused");
    }
}

#[test]
fn p4_v5_without_an_id_the_same_content_is_a_replay_only_by_its_date() {
    let without = with(REQUEST, " requestId=\"42-alice\"", "");
    let first = read_request(&support::request(&without));
    assert_eq!(
        RequestOutcome::of(&first.clone(), &[answered(&first)], &[]),
        RequestOutcome::Replay {
            known: 0,
            standing: RequestStanding::Answered
        }
    );
    let later = with(&without, "2026-11-21T20:05:50", "2026-11-23T20:05:50");
    let later = read_request(&support::request(&later));
    assert_eq!(
        new(RequestOutcome::of(&later, &[answered(&first)], &[])).trust,
        [TrustRequestOutcome::Announced]
    );
}

#[test]
fn p5_a_new_request_takes_the_place_of_pending_ones_for_the_same_usages() {
    let old = request(
        "1",
        0,
        &[
            ("own-name", &[SIGN, ENCRYPT]),
            ("own-all-usages", &[CertUsage::TlsServer]),
        ],
    );
    let done = request("2", 1, &[("own-same-serial", &[SIGN])]);
    let newer = request("3", 2, &[("alice-dc", &[SIGN])]);
    assert_eq!(
        news(RequestOutcome::of(
            &newer,
            &[pending(&old), answered(&done)],
            &[]
        )),
        (
            vec![TrustRequestOutcome::Announced],
            vec![(0, 0, [SIGN].into(), 0)]
        )
    );
    let unrelated = request("3", 2, &[("alice-dc", &[SIGN])]);
    let tls = request("1", 0, &[("own-all-usages", &[CertUsage::TlsServer])]);
    assert_eq!(
        new(RequestOutcome::of(&unrelated, &[pending(&tls)], &[])).supersedes,
        []
    );
}

#[test]
fn p5_a_request_that_was_overtaken_on_its_way_supersedes_nothing() {
    let late = request(
        "1",
        0,
        &[
            ("own-name", &[SIGN]),
            ("own-all-usages", &[CertUsage::TlsServer]),
        ],
    );
    let newer = request("2", 1, &[("alice-dc", &[SIGN])]);
    for known in [pending(&newer), answered(&newer)] {
        assert_eq!(
            news(RequestOutcome::of(&late, &[known], &[])),
            (
                vec![
                    TrustRequestOutcome::Overtaken { by: 0 },
                    TrustRequestOutcome::Announced
                ],
                Vec::new()
            )
        );
    }
    // The same certificate once more is not overtaken by itself.
    let same = request("2", 1, &[("own-name", &[SIGN])]);
    assert_eq!(
        new(RequestOutcome::of(&late, &[pending(&same)], &[])).trust[0],
        TrustRequestOutcome::Announced
    );
}

#[test]
fn p5_what_was_only_announced_again_overtakes_nothing_and_nothing_takes_its_place() {
    let current = certificate("own-name");
    let accepted = [AcceptedCertificate::new(&current, [SIGN])];
    let ping = request("2", 2, &[("own-name", &[SIGN])]);
    let outcome = new(RequestOutcome::of(&ping, &[], &accepted)).trust;
    assert_eq!(outcome, [TrustRequestOutcome::Reannounced]);
    let late = request("1", 1, &[("alice-dc", &[SIGN])]);
    let later = request("3", 3, &[("alice-dc", &[SIGN])]);
    for request in [&late, &later] {
        let known = [pending(&ping).with_trust(&outcome)];
        assert_eq!(
            news(RequestOutcome::of(request, &known, &accepted)),
            (vec![TrustRequestOutcome::Announced], Vec::new())
        );
    }
}

#[test]
fn v22_an_accepted_certificate_announced_again_changes_nothing() {
    let (current, other) = (certificate("own-name"), certificate("alice-dc"));
    let accepted = [
        AcceptedCertificate::new(&other, [SIGN]),
        AcceptedCertificate::new(&current, [SIGN, ENCRYPT]),
    ];
    let successor = request("1", 0, &[("own-all-usages", &[SIGN])]);
    for usages in [&[SIGN][..], &[ENCRYPT], &[SIGN, ENCRYPT]] {
        let ping = request("2", 1, &[("own-name", usages)]);
        assert_eq!(
            news(RequestOutcome::of(&ping, &[pending(&successor)], &accepted)),
            (vec![TrustRequestOutcome::Reannounced], Vec::new())
        );
    }
    // Even where another was announced later.
    let ping = request("2", -1, &[("own-name", &[SIGN])]);
    assert_eq!(
        new(RequestOutcome::of(&ping, &[pending(&successor)], &accepted)).trust,
        [TrustRequestOutcome::Reannounced]
    );
}

#[test]
fn v23_usages_add_up_over_requests() {
    let current = certificate("own-name");
    let accepted = [AcceptedCertificate::new(&current, [SIGN])];
    let outcome = |usages: &[CertUsage], accepted: &[AcceptedCertificate<'_>]| {
        let request = request("2", 0, &[("own-name", usages)]);
        new(RequestOutcome::of(&request, &[], accepted)).trust[0]
    };
    assert_eq!(outcome(&[ENCRYPT], &accepted), TrustRequestOutcome::Widened);
    assert_eq!(
        outcome(&[ENCRYPT, SIGN], &accepted),
        TrustRequestOutcome::Widened
    );
    // Accepted one after the other.
    let both = [
        AcceptedCertificate::new(&current, [SIGN]),
        AcceptedCertificate::new(&current, [ENCRYPT]),
    ];
    assert_eq!(
        outcome(&[ENCRYPT, SIGN], &both),
        TrustRequestOutcome::Reannounced
    );
    let sum = CertUsages::from([SIGN]).together_with(&[ENCRYPT].into());
    assert_eq!(sum, [SIGN, ENCRYPT].into());
}

/// Three certificates offered in one request, read back as the partner gets it.
fn offer_of_three() -> (Request, SentRequest) {
    let request = request(
        "42-alice",
        0,
        &[
            ("own-name", &[SIGN]),
            ("alice-dc", &[SIGN]),
            ("alice-amp", &[SIGN]),
        ],
    );
    let sent = SentRequest::of(&request);
    (request, sent)
}

/// A part of the answer, with these decisions.
fn part(request: &Request, decisions: &[(usize, CertStatus)]) -> Response {
    let builder = decisions.iter().fold(
        Response::builder(request, "BOB", now()),
        |builder, (place, status)| {
            let identifier = request.trust()[*place].identifier();
            match status {
                Accepted => builder.accept(identifier),
                Rejected => builder.reject(identifier, "no"),
            }
        },
    );
    read_response(&builder.build_part(&mut StdRng::seed_from_u64(3)).unwrap())
}

fn answers<'a>(outcome: ResponseOutcome<'a>) -> Answered<'a> {
    match outcome {
        ResponseOutcome::Answered(answered) => answered,
        other => panic!("no answer: {other:?}"),
    }
}

/// Places and news of the answers, and the places that are still missing.
fn summary(answered: &Answered<'_>) -> (Vec<(usize, AnswerNews)>, Vec<usize>) {
    let answers = answered.answers.iter();
    (
        answers
            .map(|answer| (answer.offered, answer.news))
            .collect(),
        answered.missing.clone(),
    )
}

#[test]
fn v17_p12_answers_split_over_messages_add_up_in_any_order() {
    let (request, sent) = offer_of_three();
    let parts = [
        part(&request, &[(1, Rejected)]),
        part(&request, &[(2, Accepted), (0, Accepted)]),
    ];
    for part in &parts {
        assert_eq!(part.request_id(), request.request_id());
    }
    for order in [[0, 1], [1, 0]] {
        let mut sent = sent.clone();
        let first = answers(ResponseOutcome::of(&parts[order[0]], &[sent.clone()]));
        assert!(!first.missing.is_empty());
        sent.record(&first, Contradictions::KeepFirst);
        assert!(!sent.is_complete());
        let second = answers(ResponseOutcome::of(&parts[order[1]], &[sent.clone()]));
        assert_eq!(second.missing, [0_usize; 0]);
        assert!(
            second
                .answers
                .iter()
                .all(|answer| answer.news == AnswerNews::First)
        );
        sent.record(&second, Contradictions::KeepFirst);
        assert!(sent.is_complete());
        let decisions = [0, 1, 2].map(|place| sent.decision(place));
        assert_eq!(decisions, [Some(Accepted), Some(Rejected), Some(Accepted)]);
    }
}

#[test]
fn v2_p11_one_answer_stands_for_all_usages_of_a_certificate() {
    let request = request("1", 0, &[("own-name", &[SIGN, ENCRYPT])]);
    let response = part(&request, &[(0, Accepted)]);
    assert_eq!(response.trust().len(), 1);
    let answered = answers(ResponseOutcome::of(&response, &[SentRequest::of(&request)])).answers;
    assert_eq!(answered.len(), 1);
    assert_eq!(answered[0].matched, IssuerMatch::Exact);
}

#[test]
fn p1_a_request_that_is_remembered_before_it_is_sent_can_be_answered_at_once() {
    let (request, _) = offer_of_three();
    let offered: Vec<Certificate> = request
        .trust()
        .iter()
        .map(|trust| trust.end_entity().clone())
        .collect();
    let remembered = SentRequest::new(id("42-alice"), &offered);
    let response = part(&request, &[(0, Accepted), (1, Accepted), (2, Accepted)]);
    let answered = answers(ResponseOutcome::of(&response, &[remembered]));
    assert_eq!(answered.standing, SentStanding::Current);
    assert_eq!(answered.missing, [0_usize; 0]);
}

#[test]
fn p2_a_response_to_nothing_that_was_sent_to_this_partner_changes_nothing() {
    let (request, sent) = offer_of_three();
    let response = part(&request, &[(0, Accepted)]);
    let other_id = SentRequest::new(id("43-alice"), &[certificate("own-name")]);
    // The id is that of a request to somebody else: it is not in the list of those sent to this partner.
    for list in [&[][..], core::slice::from_ref(&other_id)] {
        let outcome = ResponseOutcome::of(&response, list);
        assert_eq!(outcome, ResponseOutcome::UnknownRequest);
        assert_eq!(outcome.code(), "unknown-request");
    }
    // A known request, but none of its certificates.
    let another = SentRequest::new(id("42-alice"), &[certificate("bob")]);
    let sent_list = [another, other_id, sent];
    let answered = answers(ResponseOutcome::of(&response, &sent_list[..2]));
    assert_eq!((answered.answers.len(), answered.unknown.len()), (0, 1));
    assert_eq!(answered.missing, [0]);
}

#[test]
fn p2_two_decisions_about_one_certificate_in_one_message_change_nothing() {
    let (start, rest) = RESPONSE.split_once("<TrustResponse>").unwrap();
    let (decision, end) = rest.split_once("</TrustResponse>").unwrap();
    let (_, rest) = decision.split_once("<ds:X509IssuerName>").unwrap();
    let (issuer, _) = rest.split_once("</ds:X509IssuerName>").unwrap();
    let other = with(decision, issuer, "CN=alice-as2-2026");
    let xml = format!(
        "{start}<TrustResponse>{decision}</TrustResponse><TrustResponse>{other}</TrustResponse>{end}"
    );
    let sent = [SentRequest::new(
        id("42-alice"),
        &[certificate("alice-new-self")],
    )];
    assert_eq!(
        ResponseOutcome::of(&read_response(&response(&xml)), &sent),
        ResponseOutcome::DecidedTwice {
            sent: 0,
            offered: 0
        }
    );
}

#[test]
fn v5_a_response_without_id_answers_the_latest_request_without_one() {
    let xml = with(RESPONSE, " requestId=\"42-alice\"", "");
    let response = read_response(&response(&xml));
    let without = with(REQUEST, " requestId=\"42-alice\"", "");
    let asked = SentRequest::of(&read_request(&support::request(&without)));
    let with_id = SentRequest::new(id("42-alice"), &[certificate("alice-new-self")]);
    let answered = answers(ResponseOutcome::of(
        &response,
        &[asked.clone(), asked.clone(), with_id.clone()],
    ));
    assert_eq!(
        (answered.sent, summary(&answered).0),
        (1, vec![(0, AnswerNews::First)])
    );
    assert_eq!(
        ResponseOutcome::of(&response, &[with_id]),
        ResponseOutcome::UnknownRequest
    );
    let other = with(&xml, "CN=alice-as2-2026", "CN=another");
    assert_eq!(
        ResponseOutcome::of(&read_response(&support::response(&other)), &[asked]),
        ResponseOutcome::UnknownRequest
    );
}

#[test]
fn p3_the_same_decision_again_is_disregarded() {
    let (request, sent) = offer_of_three();
    let mut sent = sent.with_decision(0, Accepted).with_decision(99, Rejected);
    let again = part(&request, &[(0, Accepted), (1, Rejected)]);
    let list = [sent.clone()];
    let answered = answers(ResponseOutcome::of(&again, &list));
    assert_eq!(
        summary(&answered),
        (
            vec![(0, AnswerNews::Repeated), (1, AnswerNews::First)],
            vec![2]
        )
    );
    sent.record(&answered, Contradictions::TakeNewest);
    assert_eq!(sent.decision(0), Some(Accepted));
    assert_eq!(sent.missing().collect::<Vec<_>>(), [2]);
}

#[test]
fn p3_p15_the_opposite_decision_counts_or_not_as_the_host_chooses() {
    let (request, sent) = offer_of_three();
    for (before, now, rule, after) in [
        (Rejected, Accepted, Contradictions::KeepFirst, Rejected),
        (Rejected, Accepted, Contradictions::TakeNewest, Accepted),
        (Accepted, Rejected, Contradictions::KeepFirst, Accepted),
        (Accepted, Rejected, Contradictions::TakeNewest, Rejected),
    ] {
        let mut sent = sent.clone().with_decision(0, before);
        let response = part(&request, &[(0, now)]);
        let list = [sent.clone()];
        let answered = answers(ResponseOutcome::of(&response, &list));
        assert_eq!(
            summary(&answered),
            (vec![(0, AnswerNews::Contradicts { before })], vec![1, 2])
        );
        sent.record(&answered, rule);
        assert_eq!(sent.decision(0), Some(after));
    }
}

#[test]
fn p5_a_late_answer_to_a_superseded_request_says_so() {
    let (request, sent) = offer_of_three();
    let response = part(&request, &[(0, Accepted)]);
    let answered = answers(ResponseOutcome::of(&response, &[sent.superseded()]));
    assert_eq!(answered.standing, SentStanding::Superseded);
    assert_eq!(summary(&answered).0, [(0, AnswerNews::First)]);
}

#[test]
fn answers_go_to_the_url_that_each_certificate_names() {
    let at = |name: &str, url: &str| {
        Announcement::new(&certificate(name), [SIGN]).with_response_url(url)
    };
    let request = built(
        &builder("1", now())
            .announce(at("own-name", "http://a/1"))
            .announce(at("alice-dc", "http://a/2"))
            .announce(at("alice-amp", "http://a/1")),
        1,
    );
    let places: Vec<(&str, usize)> = request
        .by_response_url()
        .iter()
        .map(|(url, group)| (*url, group.len()))
        .collect();
    assert_eq!(places, [("http://a/1", 2), ("http://a/2", 1)]);

    let mut answer = Response::builder(&request, "BOB", now());
    assert_eq!(answer.undecided().len(), 3);
    for trust in request.trust() {
        answer = answer.accept(trust.identifier());
    }
    assert_eq!(answer.undecided().len(), 0);
    let responses = answer.build_by_url(&mut StdRng::seed_from_u64(3)).unwrap();
    let urls: Vec<&str> = responses
        .iter()
        .map(|response| response.url.as_str())
        .collect();
    assert_eq!(urls, ["http://a/1", "http://a/2"]);

    let mut sent = SentRequest::of(&request);
    for (addressed, missing) in responses.iter().zip([vec![1], vec![]]) {
        let response = read_response(&addressed.entity);
        let list = [sent.clone()];
        let answered = answers(ResponseOutcome::of(&response, &list));
        assert_eq!(answered.missing, missing);
        sent.record(&answered, Contradictions::KeepFirst);
    }
    assert!(sent.is_complete());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// However the answer is cut, and in whatever order the pieces come, the sum is the same.
    #[test]
    fn pieces_of_an_answer_add_up(
        cuts in proptest::collection::vec(0_usize..4, 3),
        statuses in proptest::collection::vec(prop_oneof![Just(Accepted), Just(Rejected)], 3),
        order in Just((0_usize..4).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let (request, mut sent) = offer_of_three();
        for piece in order {
            let decisions: Vec<(usize, CertStatus)> = (0..3)
                .filter(|place| cuts[*place] == piece)
                .map(|place| (place, statuses[place]))
                .collect();
            if decisions.is_empty() {
                continue;
            }
            let response = part(&request, &decisions);
            let list = [sent.clone()];
            let answered = answers(ResponseOutcome::of(&response, &list));
            prop_assert!(answered.answers.iter().all(|answer| answer.news == AnswerNews::First));
            prop_assert_eq!(answered.answers.len(), decisions.len());
            sent.record(&answered, Contradictions::KeepFirst);
            prop_assert_eq!(sent.missing().collect::<Vec<_>>(), answered.missing);
        }
        for (place, status) in statuses.into_iter().enumerate() {
            prop_assert_eq!(sent.decision(place), Some(status));
        }
    }
}
