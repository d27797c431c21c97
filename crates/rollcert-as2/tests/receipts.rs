//! Receipts: built, read, and held against what was sent.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed test is to panic"
)]

mod common;

use common::{PROVIDER, alice, bob, now, received, rng};
use mail_parser::{MessageParser, MimeHeaders as _};
use proptest::prelude::*;
use rollcert_as2::{
    As2Name, Disposition, Envelope, FailureReason, Features, Mdn, MdnDelivery, MdnError,
    MdnMessage, MdnProblem, MdnRequest, Message, MessageId, Mic, Modifier, Opener, Receipt,
    ReceiptSigning, ReceivedMdn, WarningReason, compress, encrypt, open, read_mdn, sign,
};
use rollcert_crypto::{ContentAlgorithm, DigestAlgorithm, SignatureAlgorithm};
use rollcert_mime::{Entity, Headers, Limits};
use rollcert_pki::Credential;

fn alice_name() -> As2Name {
    As2Name::new("ALICE").unwrap()
}

fn bob_name() -> As2Name {
    As2Name::new("BOB AS2").unwrap()
}

fn sent() -> MessageId {
    MessageId::parse("<mendelson-1@ALICE_BOB  AS2>").unwrap()
}

fn mic() -> Mic {
    Mic::of(b"what was sent", DigestAlgorithm::Sha256, PROVIDER)
}

fn mdn(disposition: Disposition) -> Mdn {
    Mdn::new(sent(), bob_name(), disposition)
        .with_mic(mic())
        .with_reporting_ua("Rollcert 0.1")
}

fn message(mdn: &Mdn, signer: Option<&Credential>) -> MdnMessage {
    let (from, to) = (bob_name(), alice_name());
    let id = MessageId::parse("<answer@bob.example>").unwrap();
    let mut builder = mdn.builder(&from, &to, id);
    if let Some(signer) = signer {
        builder = builder.signed_by(signer, DigestAlgorithm::Sha256);
    }
    builder.build(now(), PROVIDER, &mut rng()).unwrap()
}

fn read(message: &MdnMessage, expected: &Credential) -> ReceivedMdn {
    let opener = Opener::new(PROVIDER, now()).with_certificates([expected.certificate()]);
    read_mdn(
        &received(&message.headers),
        &message.body,
        &opener,
        &mut rng(),
    )
    .unwrap()
}

fn code(result: Result<Receipt, MdnProblem>) -> &'static str {
    result.unwrap_err().code()
}

#[test]
fn a_signed_receipt_closes_the_circle() {
    let bob = bob();
    let built = mdn(Disposition::Processed);
    let received = read(&message(&built, Some(&bob)), &bob);
    assert_eq!(received.mdn, built);
    assert_eq!(received.features, Features::ours());
    assert_eq!(
        (received.from.clone(), received.to.clone()),
        (Some(bob_name()), Some(alice_name()))
    );
    assert!(received.signature.as_ref().unwrap().is_trusted());
    assert_eq!(received.warnings, []);
    assert_eq!(received.check(&sent(), &mic()).unwrap(), Receipt::Processed);
}

#[test]
fn every_disposition_travels() {
    let bob = bob();
    let errors = Modifier::NAMED.iter().cloned().map(Disposition::Error);
    let failures = FailureReason::NAMED
        .iter()
        .cloned()
        .map(Disposition::Failure);
    for disposition in errors.chain(failures) {
        let built = mdn(disposition.clone()).with_explanation("because\r\nof this");
        assert_eq!(built.explanations, ["because of this"]);
        let received = read(&message(&built, Some(&bob)), &bob);
        assert_eq!(received.mdn, built);
        let receipt = received.check(&sent(), &mic()).unwrap();
        assert_eq!(receipt, Receipt::Refused(disposition));
    }
    for reason in WarningReason::NAMED {
        let built = mdn(Disposition::Warning(reason.clone()));
        let receipt = read(&message(&built, Some(&bob)), &bob).check(&sent(), &mic());
        assert_eq!(
            receipt.unwrap(),
            Receipt::ProcessedWithWarning(reason.clone())
        );
    }
}

#[test]
fn a_receipt_that_proves_nothing_says_which_fact_failed() {
    let (alice, bob) = (alice(), bob());
    let processed = mdn(Disposition::Processed);
    let signed = read(&message(&processed, Some(&bob)), &bob);

    let other = MessageId::parse("<2@x>").unwrap();
    let problem = signed.check(&other, &mic()).unwrap_err();
    assert!(matches!(
        &problem,
        MdnProblem::OtherMessage { expected, found: Some(found) } if *expected == other && *found == sent()
    ));

    let changed = Mic::of(b"what arrived", DigestAlgorithm::Sha256, PROVIDER);
    let problem = signed.check(&sent(), &changed).unwrap_err();
    assert!(matches!(
        &problem,
        MdnProblem::MicMismatch { expected, found } if *expected == changed && *found == mic()
    ));
    let other_digest = Mic::of(b"what was sent", DigestAlgorithm::Sha1, PROVIDER);
    assert_eq!(
        code(signed.check(&sent(), &other_digest)),
        "mic-other-algorithm"
    );

    let unsigned = read(&message(&processed, None), &bob);
    assert_eq!(code(unsigned.check(&sent(), &mic())), "mdn-unsigned");
    let receipt = unsigned.check_with(&sent(), &mic(), ReceiptSigning::Unsigned);
    assert_eq!(receipt.unwrap(), Receipt::Processed);
    let problem = unsigned.check_with(&sent(), &changed, ReceiptSigning::Unsigned);
    assert_eq!(code(problem), "mic-mismatch");

    let problem = read(&message(&processed, Some(&alice)), &bob)
        .check(&sent(), &mic())
        .unwrap_err();
    let MdnProblem::UnexpectedSigner {
        expected,
        found,
        disposition,
    } = &problem
    else {
        panic!("{problem:?}");
    };
    assert_eq!(expected.as_slice(), [bob.certificate().clone()]);
    assert_eq!(found.as_ref(), Some(alice.certificate()));
    assert_eq!(*disposition, Disposition::Processed);
    assert!(problem.hint().contains("partner's signing certificate"));

    let mut without_mic = processed.clone();
    without_mic.mic = None;
    let without_mic = read(&message(&without_mic, Some(&bob)), &bob);
    assert_eq!(code(without_mic.check(&sent(), &mic())), "mic-missing");
}

#[test]
fn a_receipt_that_was_altered_proves_nothing() {
    let bob = bob();
    let refused = mdn(Disposition::Error(Modifier::AuthenticationFailed));
    let mut message = message(&refused, Some(&bob));
    let text = String::from_utf8(message.body).unwrap();
    message.body = text
        .replace(
            "processed/error: authentication-failed\r\nReceived",
            "processed\r\nReceived",
        )
        .into_bytes();
    let received = read(&message, &bob);
    assert_eq!(received.mdn.disposition, Disposition::Processed);
    assert_eq!(code(received.check(&sent(), &mic())), "digest-mismatch");
}

#[test]
fn a_receipt_by_nobody_in_particular_proves_nothing() {
    let bob = bob();
    let message = message(&mdn(Disposition::Processed), Some(&bob));
    let opener = Opener::new(PROVIDER, now());
    let headers = received(&message.headers);
    let received = read_mdn(&headers, &message.body, &opener, &mut rng()).unwrap();
    assert!(received.signature.as_ref().unwrap().valid.is_ok());
    assert_eq!(
        code(received.check(&sent(), &mic())),
        "mdn-unexpected-signer"
    );
}

/// As products in the field write them: other case, folding, extra fields, quoted names, text in Latin.
const FOREIGN: &str = "--=_x\r\n\
Content-Type: text/plain; charset=us-ascii\r\n\
Content-Transfer-Encoding: 7bit\r\n\
\r\n\
The message sent to Recipient <BOB AS2> has been received.\r\n\
--=_x\r\n\
Content-Type: message/disposition-notification\r\n\
Content-Transfer-Encoding: 7bit\r\n\
\r\n\
Reporting-UA: mendelson opensource AS2\r\n\
Original-Recipient: rfc822; \"BOB AS2\"\r\n\
Final-Recipient: RFC822;BOB AS2\r\n\
original-message-id: <mendelson-1@ALICE_BOB  AS2>\r\n\
Disposition: automatic-action/mdn-sent-automatically;\r\n\
\x20Processed/Error:  Unexpected-Processing-Error\r\n\
Received-content-MIC: FjamGEpzdgUots6MbDAcXMTjhjA=,  SHA1\r\n\
Failure: no such\r\n\
\x20  product\r\n\
X-Extra: thing\r\n\
\r\n\
\r\n\
--=_x--\r\n";

fn read_foreign(content_type: &str, body: &str) -> Result<ReceivedMdn, MdnError> {
    let headers = Headers::from_pairs([
        ("Content-Type", content_type),
        ("ediint-features", "multiple-attachments, CEM"),
        ("as2-from", "\"BOB AS2\""),
    ]);
    read_mdn(
        &headers,
        body.as_bytes(),
        &Opener::new(PROVIDER, now()),
        &mut rng(),
    )
}

const REPORT: &str = "multipart/report; Report-Type=disposition-notification; boundary=\"=_x\"";

#[test]
fn a_foreign_receipt_is_read() {
    let received = read_foreign(REPORT, FOREIGN).unwrap();
    assert_eq!(received.mdn.original_message_id, Some(sent()));
    assert_eq!(
        received.mdn.disposition,
        Disposition::Error(Modifier::UnexpectedProcessingError)
    );
    let mic: Mic = "FjamGEpzdgUots6MbDAcXMTjhjA=, sha1".parse().unwrap();
    assert_eq!(received.mdn.mic, Some(mic.clone()));
    assert_eq!(
        received.mdn.reporting_ua.as_deref(),
        Some("mendelson opensource AS2")
    );
    assert_eq!(received.mdn.explanations, ["no such product"]);
    assert_eq!(received.mdn.original_recipient, Some(bob_name()));
    assert_eq!(received.mdn.final_recipient, Some(bob_name()));
    assert_eq!(
        received.mdn.text,
        "The message sent to Recipient <BOB AS2> has been received."
    );
    assert!(received.features.contains("CEM"));
    assert_eq!(received.from, Some(bob_name()));
    assert!(received.signature.is_none());
    let receipt = received
        .check_with(&sent(), &mic, ReceiptSigning::Unsigned)
        .unwrap();
    let refused = Disposition::Error(Modifier::UnexpectedProcessingError);
    assert_eq!(receipt, Receipt::Refused(refused));
}

#[test]
fn line_feeds_alone_and_no_report_around_are_read_too() {
    let received = read_foreign(REPORT, &FOREIGN.replace("\r\n", "\n")).unwrap();
    assert_eq!(received.mdn.original_message_id, Some(sent()));
    let alone = "\r\nDisposition: a; processed\r\nOriginal-Message-ID: <1@x>\r\n";
    let received = read_foreign("message/disposition-notification", alone).unwrap();
    assert_eq!(received.mdn.disposition, Disposition::Processed);
}

#[test]
fn what_is_no_receipt_says_so() {
    let error = read_foreign("text/html", "<h1>502 Bad Gateway</h1>").unwrap_err();
    assert!(matches!(&error, MdnError::NotAnMdn { found } if found == "text/html"));
    assert_eq!(error.code(), "not-an-mdn");
    let error = read_foreign(
        REPORT,
        &FOREIGN.replace("message/disposition-notification", "text/x"),
    );
    assert_eq!(error.unwrap_err().code(), "not-an-mdn");
    let error = read_foreign(REPORT, &FOREIGN.replace("Disposition: ", "X: "));
    assert_eq!(error.unwrap_err().code(), "no-disposition");
    let error = read_foreign(REPORT, &FOREIGN.replace("Processed/Error:", "displayed"));
    assert_eq!(error.unwrap_err().code(), "disposition-type");
    let received = read_foreign(REPORT, &FOREIGN.replace("SHA1", "MD5")).unwrap();
    assert_eq!(received.mdn.mic, None);
    assert_eq!(received.warnings[0].code, "mic-unreadable");
}

#[test]
fn an_asynchronous_receipt_is_a_request_of_its_own() {
    let (alice, bob) = (alice(), bob());
    let url = "https://alice.example/mdn?id=7";
    let request =
        MdnRequest::signed("alice@alice.example").with_delivery(MdnDelivery::Asynchronous {
            url: url.to_owned(),
        });
    let entity = b"Content-Type: text/plain\r\n\r\nhello";
    let (alice_name, bob_name) = (alice_name(), bob_name());
    let message = Message::builder(&alice_name, &bob_name, sent())
        .signed_by(&alice, DigestAlgorithm::Sha256)
        .request_mdn(request.clone())
        .build(entity, now(), PROVIDER, &mut rng())
        .unwrap();

    // BOB takes the message, answers nothing, and posts the receipt when it is ready.
    let headers = received(&message.headers);
    let envelope = Envelope::parse(&headers).unwrap();
    assert_eq!(envelope.mdn_request.as_ref(), Some(&request));
    let opener = Opener::new(PROVIDER, now()).with_certificates([alice.certificate()]);
    let opened = open(&headers, &message.body, &opener, &mut rng()).unwrap();
    assert!(!opened.is_mdn());
    let mdn = Mdn::new(
        envelope.message_id,
        envelope.to.clone(),
        Disposition::Processed,
    )
    .with_mic(opened.mic);
    let id = MessageId::parse("<answer@bob.example>").unwrap();
    let receipt = mdn
        .builder(&envelope.to, &envelope.from, id)
        .signed_by(&bob, SignatureAlgorithm::rsa_pss(DigestAlgorithm::Sha256))
        .delivered_as(&envelope.mdn_request.unwrap())
        .build(now(), PROVIDER, &mut rng())
        .unwrap();
    assert_eq!(receipt.delivery, request.delivery);

    // ALICE finds it among what comes in by that URL, by the id of the message that she sent.
    let headers = received(&receipt.headers);
    assert_eq!(headers.first("AS2-From").as_deref(), Some("\"BOB AS2\""));
    assert_eq!(headers.first("AS2-To").as_deref(), Some("ALICE"));
    let opener = Opener::new(PROVIDER, now()).with_certificates([bob.certificate()]);
    let opened = open(&headers, &receipt.body, &opener, &mut rng()).unwrap();
    assert!(opened.is_mdn());
    let found = ReceivedMdn::from_opened(&headers, opened, &opener).unwrap();
    assert_eq!(found.mdn.original_message_id.as_ref(), Some(&sent()));
    assert_eq!(
        found.check(&message.message_id, &message.mic).unwrap(),
        Receipt::Processed
    );
}

#[test]
fn receipts_go_into_the_response_unless_asked_elsewhere() {
    let (from, to) = (bob_name(), alice_name());
    let id = || MessageId::parse("<answer@bob.example>").unwrap();
    let mdn = mdn(Disposition::Processed);
    let plain = mdn.builder(&from, &to, id());
    let request = MdnRequest::unsigned("x");
    for builder in [plain.clone(), plain.clone().delivered_as(&request)] {
        let message = builder.build(now(), PROVIDER, &mut rng()).unwrap();
        assert_eq!(message.delivery, MdnDelivery::Synchronous);
    }
    let hostile = request.with_delivery(MdnDelivery::Asynchronous {
        url: "http://x/\r\nHost: y".to_owned(),
    });
    let error = plain
        .delivered_as(&hostile)
        .build(now(), PROVIDER, &mut rng())
        .unwrap_err();
    assert_eq!(error.code(), "header-value");
}

#[test]
fn receipts_are_told_from_messages_by_their_media_type() {
    let is_mdn = |content_type: &str| {
        let headers = Headers::from_pairs([("Content-Type", content_type)]);
        let opener = Opener::new(PROVIDER, now());
        open(&headers, b"--b\r\n\r\n--b--", &opener, &mut rng())
            .unwrap()
            .is_mdn()
    };
    for content_type in [
        "multipart/report; report-type=disposition-notification; boundary=b",
        "Multipart/Report; Report-Type=\"Disposition-Notification\"; boundary=b",
        "multipart/report; boundary=b",
        "message/disposition-notification",
    ] {
        assert!(is_mdn(content_type), "{content_type}");
    }
    for content_type in [
        "multipart/report; report-type=delivery-status; boundary=b",
        "multipart/related; boundary=b",
        "text/plain",
    ] {
        assert!(!is_mdn(content_type), "{content_type}");
    }
}

#[test]
fn receipts_may_be_compressed_and_encrypted() {
    let (alice, bob) = (alice(), bob());
    let entity = mdn(Disposition::Processed).to_entity(&mut rng()).unwrap();
    let sha256 = DigestAlgorithm::Sha256;
    let signed = sign(&entity, &bob, sha256, now(), PROVIDER, &mut rng()).unwrap();
    let octets = encrypt(
        &compress(&signed).unwrap(),
        &[alice.certificate()],
        ContentAlgorithm::Aes128Cbc,
        PROVIDER,
        &mut rng(),
    )
    .unwrap();
    let entity = Entity::parse(&octets, &Limits::default()).unwrap();
    let opener = Opener::new(PROVIDER, now())
        .with_credentials([&alice])
        .with_certificates([bob.certificate()]);
    let found = read_mdn(entity.headers(), entity.body(), &opener, &mut rng()).unwrap();
    assert_eq!(found.check(&sent(), &mic()).unwrap(), Receipt::Processed);
}

#[test]
fn another_reader_of_mime_sees_the_same_receipt() {
    let octets = mdn(Disposition::Processed)
        .with_text("Grüße\r\n")
        .to_entity(&mut rng())
        .unwrap();
    let message = MessageParser::default().parse(&octets).unwrap();
    let content_type = message.content_type().unwrap();
    assert_eq!(content_type.subtype(), Some("report"));
    assert_eq!(
        content_type.attribute("report-type"),
        Some("disposition-notification")
    );
    assert_eq!(message.parts[1].text_contents(), Some("Grüße\r\n"));
    let fields = String::from_utf8(message.parts[2].contents().to_vec()).unwrap();
    assert_eq!(
        fields.trim_end(),
        format!(
            "Reporting-UA: Rollcert 0.1\r\n\
             Original-Recipient: rfc822; \"BOB AS2\"\r\n\
             Final-Recipient: rfc822; \"BOB AS2\"\r\n\
             Original-Message-ID: <mendelson-1@ALICE_BOB  AS2>\r\n\
             Disposition: automatic-action/MDN-sent-automatically; processed\r\n\
             Received-Content-MIC: {}",
            mic()
        )
    );
}

#[test]
fn no_text_starts_another_field() {
    let hostile = "a\r\nDisposition: x; processed\r\n\r\n--b";
    let built = mdn(Disposition::Error(Modifier::Other(hostile.to_owned())))
        .with_reporting_ua(hostile)
        .with_text(hostile);
    let received = read(&message(&built, None), &bob());
    assert_eq!(
        received.mdn.disposition,
        Disposition::Error(Modifier::Other(
            "a Disposition: x; processed --b".to_owned()
        ))
    );
    assert_eq!(received.mdn.text, hostile);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_receipt_is_read_back(name in "([ -~]| ){1,30}", id in "[!-;=?-~]{1,30}", text in "(\\PC{0,20}(\r\n)?){0,4}", digest: [u8; 32]) {
        let built = Mdn::new(MessageId::parse(&id).unwrap(), As2Name::new(&name).unwrap(), Disposition::Processed)
            .with_mic(Mic::new(DigestAlgorithm::Sha256, digest.to_vec()).unwrap())
            .with_text(&text);
        let message = message(&built, None);
        let opener = Opener::new(PROVIDER, now());
        let received = read_mdn(&received(&message.headers), &message.body, &opener, &mut rng()).unwrap();
        prop_assert_eq!(received.mdn, built);
    }
}
