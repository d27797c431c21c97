//! Whole certificate exchange messages: what passes can be answered, and what we write of it passes.
#![no_main]

use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::DateTime;
use libfuzzer_sys::fuzz_target;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rollcert_cem::{
    AnswerNews, CertStatus, Contradictions, Limits, Message, Request, RequestId, Response,
    ResponseOutcome, SentRequest,
};

fuzz_target!(|entity: &[u8]| {
    let limits = Limits::default();
    let Ok(Message::Request(request)) = Message::parse(entity, &limits) else {
        return;
    };
    let now = DateTime::from_timestamp(1_795_500_000, 0).expect("a good instant");
    // A seed that the fuzzer cannot see through, or it writes our boundary into its message.
    let mut hasher = DefaultHasher::new();
    entity.hash(&mut hasher);
    let mut rng = StdRng::seed_from_u64(hasher.finish());

    // CEM §2.5: the answer names id and certificates character for character as the request does.
    let mut response = Response::builder(&request, "BOB", now);
    for (index, trust) in request.trust().iter().enumerate() {
        response = match index % 2 {
            0 => response.accept(trust.identifier()),
            _ => response.reject(trust.identifier(), "a reason, <escaped> & \u{1}cleaned"),
        };
    }
    let answer = response
        .build(&mut rng)
        .expect("one decision for each certificate");
    let Ok(Message::Response(answer)) = Message::parse(&answer, &limits) else {
        panic!("our own response is refused");
    };
    assert_eq!(answer.request_id(), request.request_id());
    assert_eq!(answer.trust().len(), request.trust().len());
    for (index, (trust, asked)) in answer.trust().iter().zip(request.trust()).enumerate() {
        assert_eq!(trust.reference(), asked.identifier());
        assert_eq!(trust.status() == CertStatus::Accepted, index % 2 == 0);
    }

    check_pieces(&request, &limits, &mut rng);

    // The same offer in our own words.
    let id = RequestId::draw(&mut rng);
    let mut offer = Request::builder(
        id.clone(),
        request.partner(),
        now,
        "https://fuzz.example/as2",
    );
    for trust in request.trust() {
        offer = offer.end_entity(trust.end_entity(), trust.others(), trust.usages().clone());
    }
    let Ok(offer) = offer.build(&mut rng, now) else {
        return;
    };
    let Ok(Message::Request(again)) = Message::parse(&offer, &limits) else {
        panic!("our own request is refused");
    };
    assert_eq!(again.request_id(), Some(&id));
    assert_eq!(again.partner(), request.partner());
    assert_eq!(again.trust().len(), request.trust().len());
    for (again, trust) in again.trust().iter().zip(request.trust()) {
        assert_eq!(
            (again.end_entity(), again.usages()),
            (trust.end_entity(), trust.usages())
        );
    }
});

/// An answer that comes in one message for each URL adds up.
fn check_pieces(request: &Request, limits: &Limits, rng: &mut StdRng) {
    let mut serials: Vec<_> = request
        .trust()
        .iter()
        .map(|trust| trust.identifier().serial_number())
        .collect();
    serials.sort();
    serials.dedup();
    if serials.len() < request.trust().len() {
        // Names that mean each other's certificates are the partner's own making.
        return;
    }
    let now = DateTime::from_timestamp(1_795_500_000, 0).expect("a good instant");
    let response = request
        .trust()
        .iter()
        .fold(Response::builder(request, "BOB", now), |response, trust| {
            response.accept(trust.identifier())
        });
    assert!(response.undecided().is_empty());
    let mut sent = SentRequest::of(request);
    for piece in response.build_by_url(rng).expect("every decision is there") {
        let Ok(Message::Response(piece)) = Message::parse(&piece.entity, limits) else {
            panic!("our own response is refused");
        };
        let list = [sent.clone()];
        let ResponseOutcome::Answered(answered) = ResponseOutcome::of(&piece, &list) else {
            // Without an id, a name with parts left out or none at all is not enough.
            assert!(request.request_id().is_none());
            return;
        };
        assert!(
            answered
                .answers
                .iter()
                .all(|answer| answer.news == AnswerNews::First)
        );
        sent.record(&answered, Contradictions::KeepFirst);
    }
    assert!(sent.is_complete() || request.request_id().is_none());
}
