//! The rules for responses, and which decision is about which certificate.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop where a message is not what it ought to be"
)]

mod support;

use rollcert_cem::{
    AnswersError, CertStatus, Facts, IssuerMatch, Limits, Message, RequestId, Response, Violation,
};
use support::*;

const ISSUER: &str =
    "E=ops@alice.example,C=DE,ST=Berlin,L=Berlin,O=Alice Arrows\\, Inc.,OU=EDI,CN=alice-as2-2026";
const SERIAL: &str = "140393556129163378453678434513583092132470978401";

fn read(xml: &str) -> Response {
    match Message::parse(&response(xml), &Limits::default()) {
        Ok(Message::Response(response)) => response,
        other => panic!("not a response: {other:?}"),
    }
}

fn id(text: &str) -> RequestId {
    RequestId::new(text).unwrap()
}

fn decision() -> &'static str {
    let start = RESPONSE.find("<TrustResponse>").unwrap();
    let end = RESPONSE.find("</EDIINT").unwrap();
    &RESPONSE[start..end]
}

#[test]
fn status_is_spelled_exactly() {
    for found in ["accepted", " Accepted", "Pending", ""] {
        let xml = with(RESPONSE, ">Accepted<", &format!(">{found}<"));
        assert_eq!(
            violations(&response(&xml)),
            [Violation::UnknownStatus {
                found: found.to_owned()
            }]
        );
    }
}

#[test]
fn h14_a_response_carries_no_certificates() {
    let entity = entity_of(
        RELATED,
        &[
            xml_part(RESPONSE),
            bundle("cert1@alice", &[certificate("alice-new-self")]),
        ],
    );
    assert_eq!(
        violations(&entity),
        [Violation::ResponseWithBundles { bundles: 1 }]
    );
}

#[test]
fn p2_one_response_decides_about_a_certificate_once() {
    let xml = with(RESPONSE, decision(), &decision().repeat(2));
    assert_eq!(
        violations(&response(&xml)),
        [Violation::CertificateTwice {
            serial: SERIAL.to_owned()
        }]
    );
    // The same certificate under another spelling is found out against the request.
    let other = with(decision(), ISSUER, "CN=whatever");
    let xml = with(RESPONSE, decision(), &format!("{}{other}", decision()));
    assert_eq!(
        read(&xml).answers(Some(&id("42-alice")), &[certificate("alice-new-self")]),
        Err(AnswersError::Twice { offered: 0 })
    );
}

#[test]
fn h20_a_reason_is_handed_on_as_it_is() {
    let reason = "<ReasonForRejection>a<![CDATA[<b>]]]]><![CDATA[>&amp;]]>\r\nFORGED &#13;&lt;</ReasonForRejection>";
    let xml = with(
        RESPONSE,
        ">Accepted</CertStatus>",
        &format!(">Rejected</CertStatus>{reason}"),
    );
    let response = read(&xml);
    assert_eq!(response.trust()[0].status(), CertStatus::Rejected);
    assert_eq!(
        response.trust()[0].reason(),
        Some("a<b>]]>&amp;\nFORGED \r<")
    );
    let xml = with(&xml, "Rejected", "Accepted");
    assert_eq!(warnings(&self::response(&xml)), ["reason-with-accepted"]);
}

#[test]
fn elements_of_a_response_stand_in_their_order() {
    let reason = "<ReasonForRejection>no</ReasonForRejection>";
    let late = with(
        RESPONSE,
        "</CertificateReference>",
        &format!("</CertificateReference>{reason}"),
    );
    assert_eq!(
        violations(&response(&late)),
        [Violation::ElementAmongExtensions {
            parent: "TrustResponse",
            element: "ReasonForRejection".to_owned()
        }]
    );
    let none = with(RESPONSE, decision(), "");
    assert_eq!(
        violations(&response(&none)),
        [Violation::MissingElement {
            parent: "EDIINTCertificateExchangeResponse",
            element: "TrustResponse"
        }]
    );
}

#[test]
fn references_are_matched_with_growing_leniency() {
    let offered = [
        certificate("bob"),
        certificate("alice-new-self"),
        certificate("alice-old"),
    ];
    let exact = certificate("alice-new-self").issuer().to_rfc4514_portable();
    for (issuer, matched) in [
        (exact.as_str(), IssuerMatch::Exact),
        (
            "cn=ALICE-as2-2026, OU=EDI, O=\"Alice Arrows, Inc.\", l=Berlin, S=Berlin, c=de, EMAILADDRESS=ops@alice.example",
            IssuerMatch::Aliases,
        ),
        (ISSUER, IssuerMatch::Reversed),
        (
            "CN=alice-as2-2026,O=Alice Arrows\\, Inc.,OU=EDI,C=DE,ST=Berlin,L=Berlin,E=ops@alice.example",
            IssuerMatch::AnyOrder,
        ),
        // Types that the partner's software dropped.
        ("CN=alice-as2-2026,OU=EDI,C=DE", IssuerMatch::Incomplete),
        ("CN=another,OU=EDI,C=DE", IssuerMatch::SerialAlone),
        ("", IssuerMatch::SerialAlone),
    ] {
        let response = read(&with(RESPONSE, ISSUER, issuer));
        let answers = response.answers(Some(&id("42-alice")), &offered).unwrap();
        assert_eq!(answers.unknown.len(), 0);
        assert_eq!(
            (answers.found[0].offered, answers.found[0].matched),
            (1, matched),
            "{issuer}"
        );
    }
}

#[test]
fn of_two_certificates_with_one_serial_number_the_better_match_counts() {
    // Their issuers' names are the reverse of each other.
    let offered = [
        certificate("own-same-serial"),
        certificate("own-all-usages"),
    ];
    let place = |issuer: &str| {
        let response = read(&with(&with(RESPONSE, SERIAL, "7"), ISSUER, issuer));
        let answers = response.answers(Some(&id("42-alice")), &offered).unwrap();
        let [answer] = answers.found[..] else {
            return None;
        };
        Some((answer.offered, answer.matched))
    };
    assert_eq!(place("CN=all usages,C=DE"), Some((1, IssuerMatch::Exact)));
    assert_eq!(place("C=DE,CN=all usages"), Some((0, IssuerMatch::Exact)));
    assert_eq!(
        place("cn=all usages, c=de"),
        Some((1, IssuerMatch::Aliases))
    );
    assert_eq!(place("CN=all usages"), None);
    assert_eq!(place("CN=dropped"), None);
}

#[test]
fn v5_without_request_id_the_serial_number_alone_is_not_enough() {
    let xml = with(RESPONSE, " requestId=\"42-alice\"", "");
    let offered = [certificate("alice-new-self")];
    let response = read(&xml);
    assert_eq!(response.answers(None, &offered).unwrap().found.len(), 1);
    // Nor is it with a name that leaves parts out.
    for other in ["CN=somebody else", "CN=alice-as2-2026,OU=EDI,C=DE"] {
        let response = read(&with(&xml, ISSUER, other));
        let answers = response.answers(None, &offered).unwrap();
        assert_eq!((answers.found.len(), answers.unknown.len()), (0, 1));
    }
}

#[test]
fn p2_an_answer_to_another_request_or_about_another_certificate_answers_nothing() {
    let response = read(RESPONSE);
    let offered = [certificate("alice-new-self")];
    for other in [Some(id("43-alice")), Some(id("42-ALICE")), None] {
        assert_eq!(
            response.answers(other.as_ref(), &offered),
            Err(AnswersError::RequestId {
                expected: other,
                found: Some(id("42-alice"))
            })
        );
    }
    let answers = response
        .answers(Some(&id("42-alice")), &[certificate("bob")])
        .unwrap();
    assert_eq!((answers.found.len(), answers.unknown.len()), (0, 1));
}

#[test]
fn p16_a_response_that_is_not_taken_says_why_and_what_it_said_for_the_receipt() {
    let id_of = |facts: Option<&Facts>| match facts {
        Some(Facts::Response(facts)) => facts.request_id.clone(),
        _ => None,
    };
    let refused = |xml: &str| {
        let error = Message::parse(&response(xml), &Limits::default()).unwrap_err();
        assert!(!error.to_string().is_empty());
        (error.code(), id_of(error.facts()))
    };
    let known = Some("42-alice".to_owned());
    // Well-formed: the facts are there, whatever rule is broken.
    for (from, to, code) in [
        (">Accepted<", ">accepted<", "unknown-status"),
        (SERIAL, "0x1F", "bad-serial"),
        ("2026-11-22T20:05:51+01:00", "yesterday", "bad-date-time"),
        (">BOB AS2<", "><", "empty-name"),
        (decision(), "", "missing-element"),
    ] {
        assert_eq!(refused(&with(RESPONSE, from, to)), (code, known.clone()));
    }
    // Not well-formed: nothing of it can be trusted to be what it seems.
    assert_eq!(
        refused(&with(RESPONSE, "</TrustResponse>", "")),
        ("xml-not-well-formed", None)
    );
}
