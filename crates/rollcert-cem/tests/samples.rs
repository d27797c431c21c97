//! The messages of another implementation, read to the facts in them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop where the sample is not what it was"
)]

mod support;

use rollcert_cem::{
    CertStatus, CertUsage, Chain, Facts, IssuerMatch, Limits, MalformedKind, Message, Received,
    RequestId, Warning, is_cem,
};
use rollcert_mime::Entity;
use support::{certificate, malformed, received, sample};

fn request(name: &str) -> (rollcert_cem::Request, Vec<Warning>) {
    let received = received(&sample(name));
    let warnings = received.warnings().to_vec();
    match received.into_message().unwrap() {
        Message::Request(request) => (request, warnings),
        Message::Response(_) => panic!("{name} is a response"),
    }
}

fn response(name: &str) -> (rollcert_cem::Response, Vec<Warning>) {
    let received = received(&sample(name));
    let warnings = received.warnings().to_vec();
    match received.into_message().unwrap() {
        Message::Response(response) => (response, warnings),
        Message::Request(_) => panic!("{name} is a request"),
    }
}

#[test]
fn v16_req_01_announces_a_self_signed_certificate_for_two_usages() {
    let (request, warnings) = request("req-01-signed-b64-enc-and-sign");
    assert_eq!(
        request.request_id().map(RequestId::as_str),
        Some("202611212005-1795287950376")
    );
    assert_eq!(request.partner(), "ALICE");
    assert_eq!(request.qualifier(), Some("AS2"));
    assert_eq!(request.originated().as_str(), "2026-11-21T20:05:50+01:00");
    let [trust] = request.trust() else {
        panic!("one certificate")
    };
    assert_eq!(
        trust.usages().iter().collect::<Vec<_>>(),
        [CertUsage::KeyEncipherment, CertUsage::DigitalSignature]
    );
    let respond_by = trust.respond_by().unwrap();
    assert_eq!(respond_by.as_str(), "2026-12-21T20:05:50+01:00");
    assert_eq!(
        respond_by.instant(),
        Some("2026-12-21T19:05:50Z".parse().unwrap())
    );
    assert_eq!(
        trust.response_url(),
        "http://as2.alice.example:8080/as2/HttpReceiver"
    );
    assert_eq!(
        trust.identifier().issuer(),
        "E=ops@alice.example,C=DE,ST=Berlin,L=Berlin,O=Alice Arrows\\, Inc.,OU=EDI,CN=alice-as2-2026"
    );
    assert_eq!(
        trust.identifier().serial(),
        "140393556129163378453678434513583092132470978401"
    );
    assert_eq!(trust.content_id(), "202611212005-1795287950378");
    assert_eq!(*trust.end_entity(), certificate("alice-new-self"));
    assert_eq!(
        trust.identifier().matches(trust.end_entity()),
        Some(IssuerMatch::Reversed)
    );
    assert_eq!((trust.others(), trust.chain()), (&[][..], Chain::Complete));
    assert_eq!(warnings, []);
}

#[test]
fn v16_req_02_lacks_the_chain_and_is_taken_with_a_warning() {
    let (request, warnings) = request("req-02-signed-b64-ca-leaf-tls");
    let [trust] = request.trust() else {
        panic!("one certificate")
    };
    assert_eq!(*trust.usages(), [CertUsage::TlsServer].into());
    assert_eq!(*trust.end_entity(), certificate("alice-new-ca"));
    assert_eq!(
        (trust.others(), trust.chain()),
        (&[][..], Chain::Incomplete)
    );
    assert_eq!(
        warnings,
        [Warning::ChainIncomplete {
            content_id: "202611212005-1795287950381".to_owned()
        }]
    );
}

#[test]
fn v16_h14_req_06_has_no_date_to_respond_by() {
    let (request, warnings) = request("req-06-unsigned-no-respondby");
    assert_eq!(request.trust()[0].respond_by(), None);
    assert_eq!(warnings, []);
}

#[test]
fn v16_h6_req_08_is_refused_as_not_well_formed() {
    let entity = sample("req-08-issuer-ampersand-NOT-WELLFORMED");
    assert_eq!(malformed(&entity), "xml-not-well-formed");
    let error = Received::parse(&entity, &Limits::default()).unwrap_err();
    let MalformedKind::Xml(error) = error.kind() else {
        panic!("a fault of the XML")
    };
    let multipart = Entity::parse(&entity, &rollcert_mime::Limits::default())
        .unwrap()
        .parts(&rollcert_mime::Limits::default())
        .unwrap();
    let xml = multipart.parts[0].decoded_body().unwrap();
    assert!(xml[error.offset()..].starts_with(b"& Sons"));
}

#[test]
fn v16_resp_01_accepts_and_resp_02_rejects_with_a_reason() {
    let (response_1, warnings) = response("resp-01-accepted-signed");
    assert_eq!(response_1.partner(), "BOB AS2");
    assert_eq!(response_1.trust()[0].status(), CertStatus::Accepted);
    assert_eq!(response_1.trust()[0].reason(), None);
    assert_eq!(warnings, [Warning::XmlWithoutContentId]);

    let (response_2, _) = response("resp-02-rejected-signed");
    assert_eq!(response_2.trust()[0].status(), CertStatus::Rejected);
    assert_eq!(
        response_2.trust()[0].reason(),
        Some("CEM has been disabled in the system settings.")
    );
}

#[test]
fn the_responses_answer_the_requests() {
    for (question, answer, offered) in [
        (
            "req-01-signed-b64-enc-and-sign",
            "resp-01-accepted-signed",
            "alice-new-self",
        ),
        (
            "req-02-signed-b64-ca-leaf-tls",
            "resp-02-rejected-signed",
            "alice-new-ca",
        ),
    ] {
        let (request, _) = request(question);
        let (response, _) = response(answer);
        let offered = [certificate("bob"), certificate(offered)];
        let answers = response.answers(request.request_id(), &offered).unwrap();
        assert_eq!(answers.unknown, Vec::<&rollcert_cem::TrustResponse>::new());
        let [found] = answers.found[..] else {
            panic!("one answer")
        };
        assert_eq!((found.offered, found.matched), (1, IssuerMatch::Reversed));
        assert_eq!(found.response, &response.trust()[0]);
    }
}

#[test]
fn the_facts_of_a_message_that_keeps_the_rules_are_the_same() {
    let received = received(&sample("req-02-signed-b64-ca-leaf-tls"));
    let Facts::Request(facts) = received.facts() else {
        panic!("a request")
    };
    let trust = &facts.trust[0];
    assert_eq!(trust.usages, ["tlsServer"]);
    assert_eq!(
        trust.serial.as_deref(),
        Some("817687147709354056932467674113038684790460646148")
    );
    assert_eq!(trust.certificates, [certificate("alice-new-ca")]);
    assert!(!trust.chain_complete);
}

#[test]
fn v16_every_sample_is_seen_to_be_a_cem_message() {
    let limits = Limits::default();
    for name in [
        "req-01-signed-b64-enc-and-sign",
        "req-08-issuer-ampersand-NOT-WELLFORMED",
        "resp-01-accepted-signed",
    ] {
        let octets = sample(name);
        let entity = Entity::parse(&octets, &limits.mime).unwrap();
        assert!(is_cem(&entity, &limits), "{name}");
    }
    for other in [
        "Content-Type: application/edi-x12\r\n\r\nISA",
        "Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b--\r\n",
        "Content-Type: multipart/related\r\n\r\n",
        "Content-Type: \x01\r\n\r\n",
    ] {
        let entity = Entity::parse(other.as_bytes(), &limits.mime).unwrap();
        assert!(!is_cem(&entity, &limits), "{other}");
    }
}
