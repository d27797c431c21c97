//! What partners advertise, on messages and receipts.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed test is to panic"
)]

mod common;

use common::{PROVIDER, now, received, rng};
use rollcert_as2::{
    As2Name, Disposition, Envelope, Features, Mdn, Message, MessageId, Opener, read_mdn,
};
use rollcert_mime::Headers;

const ENVELOPE: [(&str, &str); 3] = [
    ("AS2-From", "BOB"),
    ("AS2-To", "ALICE"),
    ("Message-ID", "<1@b>"),
];

fn features(values: &[&str]) -> Features {
    let advertised = values.iter().map(|value| ("ediint-features", *value));
    let headers = Headers::from_pairs(ENVELOPE.into_iter().chain(advertised));
    Envelope::parse(&headers).unwrap().features
}

#[test]
fn v24_the_feature_is_found_in_any_spelling_and_nowhere_else() {
    for (values, is_capable) in [
        (&["CEM"][..], true),
        (&["cem"], true),
        (&[" CEM ,x"], true),
        (&["multiple-attachments, CEM"], true),
        (&["multiple-attachments,CEM,AS2-Reliability"], true),
        (&["multiple-attachments", "Cem"], true),
        (&["x", "", ",,", "CEM,"], true),
        (&["CEM CEM"], false),
        (&["CEMX"], false),
        (&["XCEM, CEM-2, C EM"], false),
        (&["\"CEM\""], false),
        (&["AS2-Reliability"], false),
        (&[""], false),
        (&[], false),
    ] {
        let features = features(values);
        assert_eq!(features.contains("CEM"), is_capable, "{values:?}");
    }
}

#[test]
fn v24_a_receipt_advertises_as_a_message_does() {
    let (alice, bob) = (As2Name::new("ALICE").unwrap(), As2Name::new("BOB").unwrap());
    let id = MessageId::parse("1@a").unwrap();
    let mdn = Mdn::new(id.clone(), bob.clone(), Disposition::Processed);
    for advertised in [
        Features::default(),
        Features::ours(),
        Features::from_tokens(["multiple-attachments"]),
    ] {
        let receipt = mdn
            .builder(&bob, &alice, id.clone())
            .features(advertised.clone())
            .build(now(), PROVIDER, &mut rng())
            .unwrap();
        let headers = received(&receipt.headers);
        assert_eq!(
            headers.first("EDIINT-Features").is_some(),
            !advertised.is_empty()
        );
        let opener = Opener::new(PROVIDER, now());
        let receipt = read_mdn(&headers, &receipt.body, &opener, &mut rng()).unwrap();
        assert_eq!(receipt.features, advertised);
    }
}

#[test]
fn every_message_and_receipt_of_ours_advertises_the_feature() {
    let (alice, bob) = (As2Name::new("ALICE").unwrap(), As2Name::new("BOB").unwrap());
    let id = MessageId::parse("1@a").unwrap();
    let message = Message::builder(&alice, &bob, id.clone())
        .build(
            b"Content-Type: text/plain\r\n\r\n",
            now(),
            PROVIDER,
            &mut rng(),
        )
        .unwrap();
    let receipt = Mdn::new(id.clone(), bob.clone(), Disposition::Processed)
        .builder(&bob, &alice, id)
        .build(now(), PROVIDER, &mut rng())
        .unwrap();
    for headers in [message.headers, receipt.headers] {
        let headers = received(&headers);
        assert_eq!(headers.first("EDIINT-Features").as_deref(), Some("CEM"));
        assert_eq!(headers.first("AS2-Version").as_deref(), Some("1.2"));
    }
}
