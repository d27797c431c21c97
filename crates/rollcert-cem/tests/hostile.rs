//! Octets that somebody broke: a typed answer in bounded time, never a panic.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop where a sample is not what it was"
)]

mod support;

use proptest::prelude::*;
use rollcert_cem::{
    Consequence, Context, KnownRequest, Limits, Message, MessageSignature, Policy, Received,
    RequestOutcome, RequestStanding, ResponseOutcome,
};
use support::{REQUEST, RESPONSE, now, request, response, sample};

/// Reading must end in an answer, and a message comes of it exactly when no rule is broken.
fn read(octets: &[u8]) {
    if let Ok(received) = Received::parse(octets, &Limits::default()) {
        assert_eq!(
            received.message().is_some(),
            received.violations().is_empty()
        );
        for violation in received.violations() {
            assert!(!violation.to_string().contains(char::is_control));
        }
        if let Ok(message) = received.into_message() {
            judge(&message);
        }
    }
}

/// What is read can be judged, whatever it says.
fn judge(message: &Message) {
    let context = Context::new("ALICE", now(), MessageSignature::Absent);
    let policy = Policy::default();
    let assessment = match message {
        Message::Request(request) => {
            let known = KnownRequest::new(request, RequestStanding::Answered);
            assert_eq!(
                RequestOutcome::of(request, &[known], &[]),
                RequestOutcome::Replay {
                    known: 0,
                    standing: RequestStanding::Answered
                }
            );
            request.assess(&context, &policy)
        }
        Message::Response(response) => {
            assert_eq!(
                ResponseOutcome::of(response, &[]),
                ResponseOutcome::UnknownRequest
            );
            response.assess(&context, &policy)
        }
    };
    assert_eq!(assessment.consequence(), Some(Consequence::RefuseMessage));
    for objection in assessment.iter() {
        assert!(!objection.to_string().contains(char::is_control));
    }
}

#[test]
fn every_truncation_of_a_sample_is_an_error() {
    let limits = Limits::default();
    for name in ["req-02-signed-b64-ca-leaf-tls", "resp-02-rejected-signed"] {
        let whole = sample(name);
        let end = whole.windows(2).rposition(|two| two == b"--").unwrap() + 2;
        for length in 0..end {
            assert!(
                Received::parse(&whole[..length], &limits)
                    .map_or(true, |received| received.message().is_none()),
                "{name} cut at {length}"
            );
        }
    }
}

#[test]
fn every_flipped_bit_of_an_element_is_survived() {
    for entity in [request(REQUEST), response(RESPONSE)] {
        for at in 0..entity.len().min(3_500) {
            let mut broken = entity.clone();
            broken[at] ^= 1 << (at % 8);
            read(&broken);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_octets_are_survived(octets in proptest::collection::vec(any::<u8>(), 0..400)) {
        read(&octets);
        let mut related = b"Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: application/ediint-cert-exchange+xml\r\n\r\n".to_vec();
        related.extend_from_slice(&octets);
        related.extend_from_slice(b"\r\n--b--");
        read(&related);
    }

    #[test]
    fn lines_of_a_message_in_any_order_are_survived(
        lines in proptest::sample::subsequence(REQUEST.lines().collect::<Vec<_>>(), 0..=20).prop_shuffle(),
        insert in "[<>&;:/\"'a-z!\\[\\]-]{0,8}",
    ) {
        read(&request(&lines.join(&insert)));
    }

    #[test]
    fn overwritten_octets_are_survived(
        which in 0_usize..4,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let mut entity = sample([
            "req-01-signed-b64-enc-and-sign",
            "req-02-signed-b64-ca-leaf-tls",
            "resp-01-accepted-signed",
            "resp-02-rejected-signed",
        ][which]);
        for (index, octet) in changes {
            let at = index.index(entity.len());
            entity[at] = octet;
        }
        read(&entity);
    }
}

#[test]
fn the_largest_xml_is_read_in_bounded_time() {
    // The worst that the limits let through: many elements, each with all the attributes it may have.
    let attributes: String = (0..63).map(|n| format!(" a{n}=''")).collect();
    let element = format!("<x{attributes}/>");
    let count = (Limits::default().xml_octets - 4_000) / element.len();
    let many = element.repeat(count);
    let xml = support::with(
        REQUEST,
        "</TrustRequest>",
        &format!("</TrustRequest><Extensions>{many}</Extensions>"),
    );
    read(&request(&xml));
    // So too, as many namespaces in scope, and each element looks for the one that was declared last.
    let levels: String = (0..4)
        .map(|level| {
            let declared = (0..63).map(|n| format!(" xmlns:a{level}-{n}='u{level}-{n}'"));
            format!("<x{}>", declared.collect::<String>())
        })
        .collect();
    let inside = "<a3-62:x/>".repeat(15_000);
    let nested = format!("{levels}{inside}{}", "</x>".repeat(4));
    let xml = support::with(
        REQUEST,
        "</TrustRequest>",
        &format!("</TrustRequest><Extensions>{nested}</Extensions>"),
    );
    read(&request(&xml));
}
