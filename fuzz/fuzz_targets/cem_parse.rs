//! The XML of a certificate exchange message, in a package that is in order: read, refused, or found to break the rules.
#![no_main]

use chrono::DateTime;
use libfuzzer_sys::fuzz_target;
use rollcert_cem::{
    Consequence, Context, Facts, IssuerMatch, KnownRequest, Limits, Message, MessageSignature,
    Policy, Received, Request, RequestOutcome, RequestStanding, is_cem,
};
use rollcert_mime::{ContentId, Entity, EntityBuilder, MediaType, TransferEncoding};

/// The bundle of the seed `req-01`, and the id that its XML calls it by.
const BUNDLE: &[u8] = include_bytes!("../keys/alice-new.p7c");
const BUNDLE_ID: &str = "202611212005-1795287950378";

fuzz_target!(|xml: &[u8]| {
    let limits = Limits::default();
    for with_bundle in [true, false] {
        let entity = package(xml, with_bundle);
        let read = Entity::parse(&entity, &limits.mime).expect("the package is in order");
        assert!(is_cem(&read, &limits));

        let Ok(received) = Received::parse(&entity, &limits) else {
            continue;
        };
        assert_eq!(
            received.message().is_some(),
            received.violations().is_empty()
        );
        assert!(received.violations().len() + received.warnings().len() <= 2 * limits.findings);
        for violation in received.violations() {
            assert!(!violation.to_string().is_empty());
        }
        match (received.facts(), received.message()) {
            (Facts::Request(facts), Some(Message::Request(request))) => {
                assert!(with_bundle, "a request without a bundle passed");
                assert_eq!(facts.partner.as_deref(), Some(request.partner()));
                assert_eq!(facts.trust.len(), request.trust().len());
                for trust in request.trust() {
                    assert!(!trust.usages().is_empty());
                    let matched = trust.identifier().matches(trust.end_entity());
                    let expected = Some(trust.issuer_match());
                    assert_eq!(
                        matched,
                        expected.filter(|matched| *matched != IssuerMatch::Incomplete)
                    );
                }
                check_outcomes(request);
            }
            (Facts::Response(facts), Some(Message::Response(response))) => {
                assert!(!with_bundle, "a response with a bundle passed");
                assert_eq!(facts.partner.as_deref(), Some(response.partner()));
                assert_eq!(facts.trust.len(), response.trust().len());
            }
            (_, None) => assert!(Message::parse(&entity, &limits).is_err()),
            (facts, message) => panic!("{facts:?} became {message:?}"),
        }
    }
});

/// A request is assessed and recognised, whatever it says.
fn check_outcomes(request: &Request) {
    let now = DateTime::from_timestamp(1_795_600_000, 0).expect("a good instant");
    let context = Context::new("ALICE", now, MessageSignature::Absent);
    let assessment = request.assess(&context, &Policy::default());
    assert_eq!(assessment.consequence(), Some(Consequence::RefuseMessage));
    for objection in assessment.iter() {
        assert!(!objection.to_string().contains(char::is_control));
    }
    let standing = RequestStanding::Pending;
    assert_eq!(
        RequestOutcome::of(request, &[KnownRequest::new(request, standing)], &[]),
        RequestOutcome::Replay { known: 0, standing }
    );
    let RequestOutcome::New(new) = RequestOutcome::of(request, &[], &[]) else {
        panic!("what was never seen is new");
    };
    assert_eq!(new.trust.len(), request.trust().len());
    assert!(new.supersedes.is_empty());
    let urls: usize = request
        .by_response_url()
        .iter()
        .map(|(_, trust)| trust.len())
        .sum();
    assert_eq!(urls, request.trust().len());
}

fn package(xml: &[u8], with_bundle: bool) -> Vec<u8> {
    let root = part("application", "ediint-cert-exchange+xml", "root@fuzz", xml);
    let bundle = part("application", "pkcs7-mime", BUNDLE_ID, BUNDLE);
    let related = MediaType::new("multipart", "related")
        .and_then(|related| related.with_parameter("type", "application/ediint-cert-exchange+xml"))
        .and_then(|related| related.with_parameter("boundary", "=_fuzz"))
        .expect("a good media type");
    let parts: Vec<Vec<u8>> = [root]
        .into_iter()
        .chain(with_bundle.then_some(bundle))
        .collect();
    EntityBuilder::multipart(related, &parts).expect("base64 holds no boundary")
}

fn part(type_: &str, subtype: &str, id: &str, body: &[u8]) -> Vec<u8> {
    EntityBuilder::new(MediaType::new(type_, subtype).expect("a good media type"))
        .with_transfer_encoding(TransferEncoding::Base64)
        .with_content_id(ContentId::new(id).expect("a good id"))
        .body(body)
}
