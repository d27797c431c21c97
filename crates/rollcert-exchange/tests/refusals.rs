//! What is refused is answered with the right words, and leaves no trace.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod support;

use chrono::TimeDelta;
use rand::{SeedableRng as _, rngs::StdRng};
use rollcert_as2::{
    Disposition, FailureReason, Mdn, Message, MessageId, Mic, Modifier, Opener, Owner, Purpose,
    Receipt, read_mdn, sign,
};
use rollcert_cem::{CertStatus, Limits, Message as Cem, Policy, ResponseUrls, UnsignedMessages};
use rollcert_crypto::DigestAlgorithm;
use rollcert_exchange::{Inbound, Protection, TakenContent};
use rollcert_mime::{Entity, Headers};
use rollcert_schedule::{Command, Decision, ExchangeId, ExchangeState, Role, Side, Standing};

use support::raw::{Letter, Trust, incoming, request, response};
use support::{PROVIDER, Pair, credential, disposition, document, signing, start};

fn error(modifier: Modifier) -> Disposition {
    Disposition::Error(modifier)
}

/// BOB refuses the message, says so, and everything is as before.
#[track_caller]
fn refused(pair: &mut Pair, letter: &Letter, code: &'static str, modifier: Modifier) {
    let message = letter.build();
    refused_octets(pair, &message.headers, &message.body, code, modifier);
}

#[track_caller]
fn refused_octets(
    pair: &mut Pair,
    headers: &[(String, String)],
    body: &[u8],
    code: &'static str,
    modifier: Modifier,
) {
    let before = pair.bob.image();
    let reply = pair.bob.receive(headers, body);
    assert_eq!(disposition(&reply), error(modifier));
    assert_eq!(pair.bob.refused.pop(), Some(code));
    assert_eq!(pair.bob.image(), before);
}

fn taken(pair: &mut Pair, letter: &Letter) {
    let message = letter.build();
    let reply = pair.bob.receive(&message.headers, &message.body);
    assert_eq!(disposition(&reply), Disposition::Processed);
    assert!(pair.bob.refused.is_empty());
}

fn order() -> Letter {
    Letter::new("1", document("order 1"))
}

fn offer(trust: &[Trust]) -> Letter {
    Letter::new("1", request(Some("rollover-1"), "ALICE", trust))
}

fn next() -> Trust {
    Trust::new("alice-sign-next", &["digitalSignature"])
}

#[test]
fn h16_messages_that_are_not_protected_are_refused() {
    // H16, and the distinct diagnosis that users ask for.
    let mut pair = Pair::split();
    let weak = Modifier::InsufficientMessageSecurity;
    refused(
        &mut pair,
        &order().encrypted_to(None),
        "not-encrypted",
        weak.clone(),
    );
    refused(
        &mut pair,
        &order().signed_by(None).encrypted_to(None),
        "not-encrypted",
        weak,
    );
    // RFC 3218: under encryption, what no signature covers is answered like a failed decryption.
    for letter in [order(), offer(&[next()])] {
        refused(
            &mut pair,
            &letter.signed_by(None),
            "not-signed",
            Modifier::DecryptionFailed,
        );
    }
    taken(&mut pair, &order());
}

#[test]
fn where_signing_is_enough_messages_may_come_with_and_without_encryption() {
    let mut pair = Pair::split();
    pair.bob.party = pair.bob.party.clone().with_protection(Protection::Signed);
    taken(&mut pair, &order().encrypted_to(None));
    taken(&mut pair, &Letter::new("2", document("order 2")));
    refused(
        &mut pair,
        &Letter::new("3", document("order 3"))
            .signed_by(None)
            .encrypted_to(None),
        "not-signed",
        Modifier::InsufficientMessageSecurity,
    );
}

#[test]
fn h16_messages_by_other_signers_are_refused() {
    let mut pair = Pair::split();
    // CAROL is another partner of BOB's, and well known.
    let carol = support::certificate("carol-sign");
    pair.bob.keyring.insert_certificate(carol, PROVIDER);
    for signer in ["carol-sign", "bob-sign", "alice-sign-next"] {
        for letter in [order(), offer(&[next()])] {
            refused(
                &mut pair,
                &letter.signed_by(Some(signer)),
                "authentication-failed",
                Modifier::AuthenticationFailed,
            );
        }
    }
    // ALICE's certificate for encryption signs nothing, although its key usage would allow it.
    refused(
        &mut pair,
        &order().signed_by(Some("alice-rsa")),
        "authentication-failed",
        Modifier::AuthenticationFailed,
    );
}

#[test]
fn h16_p9_the_new_certificate_signs_nothing_before_it_is_accepted() {
    // H16, P9.
    let mut pair = Pair::split();
    pair.alice
        .offer("rollover-1", &[("alice-sign-next", signing())]);
    pair.settle();
    let early = order().signed_by(Some("alice-sign-next"));
    refused(
        &mut pair,
        &early,
        "authentication-failed",
        Modifier::AuthenticationFailed,
    );
    pair.bob.answer("rollover-1", &Decision::Accept);
    taken(&mut pair, &early);
    assert_eq!(pair.bob.documents(), ["order 1"]);
}

#[test]
fn a_rejected_certificate_signs_nothing() {
    let mut pair = Pair::split();
    pair.alice
        .offer("rollover-1", &[("alice-sign-next", signing())]);
    pair.settle();
    let reason = "no".to_owned();
    pair.bob.answer("rollover-1", &Decision::Reject { reason });
    refused(
        &mut pair,
        &order().signed_by(Some("alice-sign-next")),
        "authentication-failed",
        Modifier::AuthenticationFailed,
    );
}

#[test]
fn an_expired_certificate_signs_nothing() {
    let mut pair = Pair::split();
    pair.alice.offer("rollover-1", &[("alice-year", signing())]);
    pair.settle();
    pair.bob.answer("rollover-1", &Decision::Accept);
    taken(&mut pair, &order().signed_by(Some("alice-year")));
    pair.advance(TimeDelta::days(276));
    let late = Letter::new("2", document("order 2"));
    refused(
        &mut pair,
        &late.clone().signed_by(Some("alice-year")),
        "authentication-failed",
        Modifier::AuthenticationFailed,
    );
    // B1: the one before is valid still.
    taken(&mut pair, &late.signed_by(Some("alice-sign")));
}

#[test]
fn a_message_for_another_key_is_refused() {
    let mut pair = Pair::split();
    refused(
        &mut pair,
        &order().encrypted_to(Some("carol-rsa")),
        "no-recipient",
        Modifier::DecryptionFailed,
    );
}

#[test]
fn our_own_side_is_told_at_whose_certificate_to_look() {
    // B5. The partner is told no more than before.
    for (letter, owner, purpose) in [
        (
            order().signed_by(Some("carol-sign")),
            Owner::Partner,
            Purpose::Signing,
        ),
        (
            order().encrypted_to(Some("carol-rsa")),
            Owner::Ours,
            Purpose::Encryption,
        ),
    ] {
        let mut pair = Pair::split();
        let message = letter.build();
        let Inbound::Refused(refused) = pair.bob.judge(&incoming(&message.headers, &message.body))
        else {
            panic!("taken")
        };
        let diagnosis = refused.diagnosis.unwrap();
        assert_eq!(diagnosis.certificate(), Some((owner, purpose)));
        assert!(!diagnosis.held.is_empty());
    }
    let mut pair = Pair::split();
    let message = offer(&[next().answer_to("http://evil.example/")]).build();
    let Inbound::Refused(refused) = pair.bob.judge(&incoming(&message.headers, &message.body))
    else {
        panic!("taken")
    };
    assert_eq!(refused.diagnosis, None);
}

#[test]
fn a_message_for_another_relationship_is_refused() {
    let mut pair = Pair::split();
    for (from, to) in [
        ("CAROL", "BOB AS2"),
        ("alice", "BOB AS2"),
        ("ALICE ", "BOB AS2"),
        ("ALICE", "BOB"),
    ] {
        let mut letter = order();
        (letter.from, letter.to) = (from.to_owned(), to.to_owned());
        let message = letter.build();
        let before = pair.bob.image();
        let Inbound::Refused(answer) = pair.bob.judge(&incoming(&message.headers, &message.body))
        else {
            panic!("taken from {from} to {to}")
        };
        assert_eq!(answer.code, "unknown-partner");
        assert_eq!(
            disposition(&answer.reply),
            error(Modifier::AuthenticationFailed)
        );
        assert_eq!(
            pair.bob.receive(&message.headers, &message.body).status,
            404
        );
        assert_eq!(pair.bob.image(), before);
    }
}

#[test]
fn a_message_with_an_octet_flipped_is_refused_or_says_what_it_said() {
    // What is outside of the signature (the envelope's own words, the case of a header) proves nothing and may
    // change harmlessly.
    let mut pair = Pair::split();
    let message = order().build();
    let before = pair.bob.image();
    let (mut flips, mut taken) = (0, 0);
    for at in (0..message.body.len()).step_by(11) {
        let mut body = message.body.clone();
        body[at] ^= 1 << (at % 8);
        flips += 1;
        match pair.bob.judge(&incoming(&message.headers, &body)) {
            Inbound::Refused(refused) => {
                assert!(!disposition(&refused.reply).is_processed(), "octet {at}");
            }
            Inbound::Taken(message) => {
                taken += 1;
                let content = TakenContent::Document(document("order 1"));
                assert_eq!(message.content, content, "octet {at}");
            }
            Inbound::Receipt(receipt) => panic!("octet {at}: {receipt:?}"),
        }
    }
    assert!(taken * 20 < flips, "{taken} of {flips}");
    assert_eq!(pair.bob.image(), before);
    taken_after_all(&mut pair, &message.headers, &message.body);
}

#[test]
fn an_altered_ciphertext_gets_the_same_receipt_wherever_it_was_altered() {
    // The last block holds the padding; the others hold what is signed. The receipt must not tell them apart.
    let mut pair = Pair::split();
    let message = order().build();
    let len = message.body.len();
    for at in (len / 2..len).step_by(7).chain([len - 1]) {
        let mut body = message.body.clone();
        body[at] ^= 1;
        let reply = pair.bob.receive(&message.headers, &body);
        assert_eq!(
            disposition(&reply),
            error(Modifier::DecryptionFailed),
            "octet {at}"
        );
    }
}

/// The headers of a message around other content.
fn with_content(message: &Message, octets: &[u8]) -> (Vec<(String, String)>, Vec<u8>) {
    let entity = Entity::parse(octets, &rollcert_mime::Limits::default()).unwrap();
    let of_content = |name: &str| name.to_ascii_lowercase().starts_with("content-");
    let kept = message.headers.iter().filter(|(name, _)| !of_content(name));
    let new = entity.headers().iter();
    let new = new.map(|(name, value)| (name.to_owned(), value.into_owned()));
    (kept.cloned().chain(new).collect(), entity.body().to_vec())
}

#[test]
fn whoever_signs_around_an_altered_ciphertext_learns_nothing() {
    // RFC 3218, the signature of an eavesdropper outside the encryption: the same receipt whatever it decrypts to.
    let mut pair = Pair::split();
    let message = order().build();
    let mallory = credential("carol-sign");
    let header =
        b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: binary\r\n\r\n";
    for mask in 0..8 {
        let mut inside = [header.as_slice(), &message.body].concat();
        *inside.last_mut().unwrap() ^= mask;
        let mut rng = StdRng::seed_from_u64(7);
        let sha256 = DigestAlgorithm::Sha256;
        let around = sign(&inside, &mallory, sha256, start(), PROVIDER, &mut rng).unwrap();
        let (headers, body) = with_content(&message, &around);
        let modifier = Modifier::AuthenticationFailed;
        refused_octets(
            &mut pair,
            &headers,
            &body,
            "authentication-failed",
            modifier,
        );
    }
}

#[test]
fn an_encrypted_receipt_that_nobody_signed_gets_the_answer_of_wrong_padding() {
    let mut pair = Pair::split();
    let mdn = Mdn::new(
        MessageId::parse("<1@bob>").unwrap(),
        support::name("ALICE"),
        Disposition::Processed,
    );
    let mut rng = StdRng::seed_from_u64(8);
    let entity = mdn.to_entity(&mut rng).unwrap();
    let letter = Letter::new("1", entity).signed_by(None);
    refused(&mut pair, &letter, "not-signed", Modifier::DecryptionFailed);
}

#[test]
fn a_receipt_is_given_to_who_wants_its_mic_by_sha_1_and_is_not_signed_by_it() {
    let mut pair = Pair::split();
    let mut message = order().build();
    let options = message
        .headers
        .iter_mut()
        .find(|(name, _)| name == "Disposition-Notification-Options")
        .unwrap();
    options.1 =
        "signed-receipt-protocol=required, pkcs7-signature; signed-receipt-micalg=required, SHA-1"
            .to_owned();
    let reply = pair.bob.receive(&message.headers, &message.body);
    assert_eq!(reply.status, 200);
    let headers = Headers::from_pairs(reply.headers.iter().map(|(name, value)| (name, value)));
    let mut rng = StdRng::seed_from_u64(9);
    let opener = Opener::new(PROVIDER, start());
    let received = read_mdn(&headers, &reply.body, &opener, &mut rng).unwrap();
    assert_eq!(received.mdn.disposition, Disposition::Processed);
    let mic = received.mdn.mic.unwrap();
    assert_eq!(
        mic,
        Mic::of(&document("order 1"), DigestAlgorithm::Sha1, PROVIDER)
    );
    assert_eq!(
        received.signature.unwrap().digest,
        Some(DigestAlgorithm::Sha256)
    );
    let body = String::from_utf8(reply.body).unwrap();
    assert!(body.contains(", SHA-1\r\n"), "{body}");
}

#[test]
fn a_signed_message_with_any_octet_of_its_content_flipped_is_refused() {
    let mut pair = Pair::split();
    pair.bob.party = pair.bob.party.clone().with_protection(Protection::Signed);
    let message = order().encrypted_to(None).build();
    let text = String::from_utf8_lossy(&message.body).into_owned();
    let from = text.find("text/plain").unwrap();
    let to = text.find("order 1").unwrap() + 7;
    let before = pair.bob.image();
    for at in from..to {
        let mut body = message.body.clone();
        body[at] ^= 1;
        let reply = pair.bob.receive(&message.headers, &body);
        assert!(!disposition(&reply).is_processed(), "octet {at}");
        assert_eq!(pair.bob.image(), before, "octet {at}");
    }
    let mut body = message.body.clone();
    body[to - 1] = b'2';
    refused_octets(
        &mut pair,
        &message.headers,
        &body,
        "authentication-failed",
        Modifier::IntegrityCheckFailed,
    );
}

#[test]
fn a_truncated_message_is_refused() {
    let mut pair = Pair::split();
    let message = order().build();
    let before = pair.bob.image();
    let len = message.body.len();
    for end in (0..len).step_by(31).chain([1, len - 1]) {
        let reply = pair.bob.receive(&message.headers, &message.body[..end]);
        assert!(!disposition(&reply).is_processed(), "{end} octets");
        assert_eq!(pair.bob.image(), before, "{end} octets");
    }
    taken_after_all(&mut pair, &message.headers, &message.body);
}

fn taken_after_all(pair: &mut Pair, headers: &[(String, String)], body: &[u8]) {
    let reply = pair.bob.receive(headers, body);
    assert_eq!(disposition(&reply), Disposition::Processed);
    assert_eq!(pair.bob.documents(), ["order 1"]);
}

#[test]
fn a_request_without_the_headers_of_as2_is_no_message() {
    let mut pair = Pair::split();
    let message = order().build();
    for missing in ["AS2-From", "AS2-To", "Message-ID"] {
        let mut headers = message.headers.clone();
        headers.retain(|(name, _)| name != missing);
        assert_eq!(pair.bob.receive(&headers, &message.body).status, 400);
    }
    assert_eq!(pair.bob.receive(&[], b"").status, 400);
}

#[test]
fn an_offer_made_by_hand_is_taken_so_that_the_others_are_refused_for_cause() {
    let mut pair = Pair::split();
    taken(&mut pair, &offer(&[next()]));
    pair.bob.answer("rollover-1", &Decision::Accept);
    assert_eq!(
        support::seals(&pair.bob.next_job().unwrap().rendered),
        ("bob-sign", "alice-rsa")
    );
}

#[test]
fn h15_an_offer_in_the_name_of_another_partner_is_refused() {
    // H15.
    let mut pair = Pair::split();
    for from in ["CAROL", "BOB AS2", "alice", "ALICE AS2"] {
        let entity = request(Some("rollover-1"), from, &[next()]);
        refused(
            &mut pair,
            &Letter::new("1", entity),
            "name-mismatch",
            Modifier::UnexpectedProcessingError,
        );
    }
}

#[test]
fn h18_an_offer_whose_answer_should_go_elsewhere_is_refused() {
    // H18.
    let mut pair = Pair::split();
    let failed = Modifier::UnexpectedProcessingError;
    for url in [
        "http://evil.example/as2",
        "http://alice.example/as2",
        "https://alice.example:8080/as2",
        "http://alice.example.evil.example:8080/as2",
        "http://127.0.0.1:8080/as2",
    ] {
        let away = next().answer_to(url);
        refused(
            &mut pair,
            &offer(&[away]),
            "response-url-not-allowed",
            failed.clone(),
        );
    }
    for url in [
        "file:///etc/passwd",
        "ldap://alice.example:8080/",
        "http://alice.example:80801/as2",
        "http://alice@alice.example:8080/as2",
        "http://alice.example:8080\\@evil.example/",
        " ",
    ] {
        let away = next().answer_to(url);
        refused(
            &mut pair,
            &offer(&[away]),
            "bad-response-url",
            failed.clone(),
        );
    }
    // One of two is not taken alone.
    let encryption = Trust::new("alice-rsa-next", &["keyEncipherment"]);
    let away = encryption.answer_to("http://evil.example/as2");
    refused(
        &mut pair,
        &offer(&[next(), away]),
        "response-url-not-allowed",
        failed,
    );
    // Another path on the same host is no other place.
    taken(
        &mut pair,
        &offer(&[next().answer_to("HTTP://Alice.example:8080/cem?x=1")]),
    );
}

#[test]
fn an_offer_for_tls_is_not_taken_by_half() {
    let mut pair = Pair::split();
    for usages in [
        &["tlsServer"][..],
        &["digitalSignature", "tlsServer"],
        &["tlsServer", "digitalSignature"],
    ] {
        refused(
            &mut pair,
            &offer(&[Trust::new("alice-server", usages)]),
            "usage-unsupported",
            Modifier::UnexpectedProcessingError,
        );
    }
    refused(
        &mut pair,
        &offer(&[next(), Trust::new("alice-server", &["tlsServer"])]),
        "usage-unsupported",
        Modifier::UnexpectedProcessingError,
    );
    taken(
        &mut pair,
        &offer(&[Trust::new("alice-server", &["digitalSignature"])]),
    );
}

/// What BOB says of these certificates in the answer that goes out at once, and why.
#[track_caller]
fn answered_at_once(pair: &mut Pair, trust: &[Trust]) -> Vec<(CertStatus, String)> {
    taken(pair, &offer(trust));
    let job = pair.bob.next_job().expect("an answer without asking");
    let limits = Limits::default();
    let Cem::Response(response) = Cem::parse(&support::entity(&job.rendered), &limits).unwrap()
    else {
        panic!("no response")
    };
    let trust = response.trust().iter();
    trust
        .map(|trust| {
            let reason = trust.reason().unwrap_or_default();
            (trust.status(), reason.to_owned())
        })
        .collect()
}

#[test]
fn h17_certificates_that_cannot_serve_are_rejected_with_the_reason() {
    for (trust, days, reason) in [
        (
            Trust::new("alice-sign-next", &["keyEncipherment"]),
            0,
            "does not permit",
        ),
        (
            Trust::new("alice-sign-next", &["digitalSignature", "keyEncipherment"]),
            0,
            "does not permit",
        ),
        (
            Trust::new("alice-year", &["digitalSignature"]),
            276,
            "expired at",
        ),
        // That of another partner, and BOB's own.
        (
            Trust::new("carol-sign", &["digitalSignature"]),
            0,
            "somebody else",
        ),
        (
            Trust::new("bob-sign", &["digitalSignature"]),
            0,
            "somebody else",
        ),
    ] {
        let mut pair = Pair::split();
        pair.bob.hand_over("carol-sign");
        pair.advance(TimeDelta::days(days));
        let slots = Role::ALL.map(|role| pair.bob.slot(Side::Theirs, role));
        let answers = answered_at_once(&mut pair, core::slice::from_ref(&trust));
        assert!(
            matches!(answers.as_slice(), [(CertStatus::Rejected, why)] if why.contains(reason)),
            "{answers:?}"
        );
        assert_eq!(pair.bob.state("rollover-1"), ExchangeState::Rejected);
        // It serves nothing, and nobody can accept it any more.
        for (role, before) in Role::ALL.into_iter().zip(slots) {
            let mut slot = pair.bob.slot(Side::Theirs, role);
            slot.retain(|(_, standing)| *standing != Standing::Rejected);
            assert_eq!(slot, before);
        }
    }
}

#[test]
fn h17_of_two_certificates_the_one_that_can_serve_waits_for_a_decision() {
    let mut pair = Pair::split();
    let unfit = Trust::new("alice-year", &["keyEncipherment"]);
    taken(&mut pair, &offer(&[next(), unfit]));
    assert!(pair.bob.next_job().is_none());
    assert_eq!(pair.bob.state("rollover-1"), ExchangeState::AwaitAnswer);
    let decisions = [(support::id_of("alice-sign-next"), Decision::Accept)];
    pair.bob.decide([Command::Decide {
        exchange: ExchangeId::new("rollover-1"),
        decisions: decisions.into(),
    }]);
    assert_eq!(pair.bob.state("rollover-1"), ExchangeState::Rejected);
    assert_eq!(
        pair.bob.slot(Side::Theirs, Role::Signing),
        [
            ("alice-sign-next", Standing::Accepted),
            ("alice-sign", Standing::Installed)
        ]
    );
    assert_eq!(
        pair.bob.slot(Side::Theirs, Role::Encryption)[0],
        ("alice-year", Standing::Rejected)
    );
}

#[test]
fn h16_whatever_the_policy_says_what_nobody_signed_updates_nothing() {
    let mut pair = Pair::split();
    let lenient = Policy::default().with_unsigned(UnsignedMessages::AskAPerson);
    pair.bob.party = pair.bob.party.clone().with_cem_policy(lenient);
    refused(
        &mut pair,
        &offer(&[next()]).signed_by(None),
        "not-signed",
        Modifier::DecryptionFailed,
    );
    pair.bob.party = pair.bob.party.clone().with_protection(Protection::Signed);
    refused(
        &mut pair,
        &offer(&[next()]).signed_by(None).encrypted_to(None),
        "not-signed",
        Modifier::InsufficientMessageSecurity,
    );
}

#[test]
fn h18_the_policy_says_where_answers_may_go() {
    let mut pair = Pair::split();
    let elsewhere = || next().answer_to("https://alice.example/cem");
    let failed = Modifier::UnexpectedProcessingError;
    refused(
        &mut pair,
        &offer(&[elsewhere()]),
        "response-url-not-allowed",
        failed,
    );
    let hosts = Policy::default().with_response_urls(ResponseUrls::ConfiguredHosts);
    pair.bob.party = pair.bob.party.clone().with_cem_policy(hosts.clone());
    assert_eq!(pair.bob.party.cem_policy(), &hosts);
    taken(&mut pair, &offer(&[elsewhere()]));
    pair.bob.answer("rollover-1", &Decision::Accept);
    let job = pair.bob.next_job().unwrap();
    assert_eq!(job.rendered.url, "https://alice.example/cem");

    // Configuration changed before the answer was made: it goes where the partner is known to be.
    let mut pair = Pair::split();
    pair.bob.party = pair.bob.party.clone().with_cem_policy(hosts);
    taken(&mut pair, &offer(&[elsewhere()]));
    pair.bob.party = pair.bob.party.clone().with_cem_policy(Policy::default());
    pair.bob.answer("rollover-1", &Decision::Accept);
    assert_eq!(
        pair.bob.next_job().unwrap().rendered.url,
        support::ALICE_URL
    );
}

#[test]
fn h18_an_offer_whose_answer_is_wanted_in_parts_at_several_urls_is_refused() {
    let mut pair = Pair::split();
    let hosts = Policy::default().with_response_urls(ResponseUrls::ConfiguredHosts);
    pair.bob.party = pair.bob.party.clone().with_cem_policy(hosts);
    let encryption = |url| Trust::new("alice-rsa-next", &["keyEncipherment"]).answer_to(url);
    let signing = || next().answer_to("https://alice.example/cem");
    refused(
        &mut pair,
        &offer(&[signing(), encryption("https://alice.example/other")]),
        "several-response-urls",
        Modifier::UnexpectedProcessingError,
    );
    taken(
        &mut pair,
        &offer(&[signing(), encryption("https://alice.example/cem")]),
    );
}

#[test]
fn what_there_is_to_say_against_an_offer_is_told_to_whoever_decides() {
    let mut pair = Pair::split();
    let mut dated = next();
    dated.respond_by = Some("2020-01-01T00:00:00Z".to_owned());
    let message = offer(&[dated]).build();
    let Inbound::Taken(taken) = pair.bob.judge(&incoming(&message.headers, &message.body)) else {
        panic!("refused")
    };
    let codes: Vec<&str> = taken.objections.iter().map(|found| found.code()).collect();
    assert!(codes.contains(&"respond-by-passed"), "{codes:?}");
    // What is no exchange has none.
    let message = order().build();
    let Inbound::Taken(taken) = pair.bob.judge(&incoming(&message.headers, &message.body)) else {
        panic!("refused")
    };
    assert_eq!(taken.objections, []);
}

#[test]
fn offers_that_break_the_rules_of_cem_are_refused() {
    // H7, H9, H10, and an id of no character or too many.
    let mut pair = Pair::split();
    let failed = Modifier::UnexpectedProcessingError;
    let encryption = || Trust::new("alice-rsa-next", &["keyEncipherment"]);
    let signing = |usage| vec![Trust::new("alice-sign-next", &[usage])];
    for (trust, code) in [
        (vec![], "missing-element"),
        (vec![Trust::new("alice-sign-next", &[])], "no-usage"),
        (signing("digitalsignature"), "unknown-usage"),
        (signing(" digitalSignature "), "unknown-usage"),
        (vec![next(), next()], "certificate-twice"),
    ] {
        refused(&mut pair, &offer(&trust), code, failed.clone());
    }
    for id in [String::new(), "x".repeat(256)] {
        let entity = request(Some(&id), "ALICE", &[next()]);
        refused(
            &mut pair,
            &Letter::new("1", entity),
            "request-id-length",
            failed.clone(),
        );
    }
    let entity = request(Some("rollover-1"), "ALICE", &[next(), encryption()]);
    let text = String::from_utf8(entity).unwrap();
    for (from, to, code) in [
        (
            "part-1@alice</Cert",
            "part-0@alice</Cert",
            Some("shared-bundle"),
        ),
        (
            "part-1@alice</Cert",
            "PART-1@alice</Cert",
            Some("unknown-content-id"),
        ),
        (
            "part-1@alice</Cert",
            "xml@alice</Cert",
            Some("not-a-bundle"),
        ),
        // V9: an attribute of another namespace is no request id.
        ("requestId=", "xmlns:x='y' x:requestId=", None),
    ] {
        let entity = text.replace(from, to);
        assert_ne!(entity, text);
        let letter = Letter::new("1", entity.into_bytes());
        match code {
            Some(code) => refused(&mut pair, &letter, code, failed.clone()),
            None => taken(&mut pair, &letter),
        }
    }
}

#[test]
fn h1_h6_xml_that_cannot_be_read_is_answered_as_the_draft_says() {
    // H1, H6, P16.
    let mut pair = Pair::split();
    let entity = request(Some("rollover-1"), "ALICE", &[next()]);
    let text = String::from_utf8(entity).unwrap();
    for (from, to) in [
        ("<Name ", "<Name & "),
        ("</EDIINTCertificateExchangeRequest>", ""),
        (
            "<EDIINT",
            "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><EDIINT",
        ),
    ] {
        let letter = Letter::new("1", text.replacen(from, to, 1).into_bytes());
        let message = letter.build();
        let before = pair.bob.image();
        let reply = pair.bob.receive(&message.headers, &message.body);
        assert_eq!(
            disposition(&reply),
            error(Modifier::UnexpectedProcessingError)
        );
        assert_eq!(pair.bob.refused.len(), 1);
        pair.bob.refused.clear();
        assert_eq!(pair.bob.image(), before);
    }
}

#[test]
fn p2_responses_that_answer_nothing_of_ours_are_refused() {
    // P2, H15.
    let mut pair = Pair::split();
    pair.alice
        .offer("rollover-1", &[("alice-sign-next", signing())]);
    pair.bob.offer("bob-1", &[("bob-rsa-next", signing())]);
    pair.settle();
    let (next, yes) = ("alice-sign-next", "Accepted");
    let before = pair.alice.image();
    for (id, from, answers, code) in [
        (
            Some("rollover-2"),
            "BOB AS2",
            &[(next, yes)][..],
            "unknown-request",
        ),
        (
            Some("ROLLOVER-1"),
            "BOB AS2",
            &[(next, yes)],
            "unknown-request",
        ),
        (None, "BOB AS2", &[(next, yes)], "unknown-request"),
        // His own request.
        (
            Some("bob-1"),
            "BOB AS2",
            &[("bob-rsa-next", yes)],
            "unknown-request",
        ),
        (
            Some("rollover-1"),
            "BOB AS2",
            &[("carol-sign", yes)],
            "unknown-certificate",
        ),
        (
            Some("rollover-1"),
            "BOB AS2",
            &[("alice-sign", yes)],
            "unknown-certificate",
        ),
        (
            Some("rollover-1"),
            "BOB AS2",
            &[(next, yes), ("carol-sign", yes)],
            "unknown-certificate",
        ),
        (
            Some("rollover-1"),
            "BOB AS2",
            &[(next, yes), (next, yes)],
            "certificate-twice",
        ),
        (
            Some("rollover-1"),
            "BOB AS2",
            &[(next, "accepted")],
            "unknown-status",
        ),
        (Some("rollover-1"), "BOB AS2", &[], "missing-element"),
        (Some("rollover-1"), "CAROL", &[(next, yes)], "name-mismatch"),
        (Some("rollover-1"), "ALICE", &[(next, yes)], "name-mismatch"),
    ] {
        let letter = Letter::back("1", response(id, from, answers)).build();
        let reply = pair.alice.receive(&letter.headers, &letter.body);
        assert_eq!(
            disposition(&reply),
            error(Modifier::UnexpectedProcessingError)
        );
        assert_eq!(
            pair.alice.refused.pop(),
            Some(code),
            "{id:?} {from} {answers:?}"
        );
        assert_eq!(pair.alice.image(), before);
    }
    let letter = Letter::back("1", response(Some("rollover-1"), "BOB AS2", &[(next, yes)])).build();
    let reply = pair.alice.receive(&letter.headers, &letter.body);
    assert_eq!(disposition(&reply), Disposition::Processed);
}

#[test]
fn p16_an_invalid_response_still_gets_its_receipt() {
    let mut pair = Pair::split();
    pair.alice
        .offer("rollover-1", &[("alice-sign-next", signing())]);
    pair.settle();
    let good = response(
        Some("rollover-1"),
        "BOB AS2",
        &[("alice-sign-next", "Accepted")],
    );
    let text = String::from_utf8(good).unwrap();
    for (from, to) in [
        ("<CertStatus>Accepted</CertStatus>", ""),
        ("</EDIINTCertificateExchangeResponse>", ""),
        ("rollover-1", "rollover-2"),
    ] {
        let broken = text.replacen(from, to, 1);
        assert_ne!(broken, text);
        let letter = Letter::back("1", broken.into_bytes()).build();
        let reply = pair.alice.receive(&letter.headers, &letter.body);
        // Signed, for this message, and saying so.
        let headers = reply.headers.iter().map(|(name, value)| (name, value));
        let mut rng = StdRng::seed_from_u64(7);
        let opener =
            Opener::new(PROVIDER, start()).with_certificates([&support::certificate("alice-sign")]);
        let headers = Headers::from_pairs(headers);
        let receipt = read_mdn(&headers, &reply.body, &opener, &mut rng).unwrap();
        let said = receipt.check(&letter.message_id, &letter.mic).unwrap();
        let failed = error(Modifier::UnexpectedProcessingError);
        assert_eq!(said, Receipt::Refused(failed));
    }
    assert_eq!(pair.alice.refused.len(), 3);
    assert_eq!(pair.alice.state("rollover-1"), ExchangeState::AwaitAnswer);
    // A right one counts after them.
    let letter = Letter::back("2", text.into_bytes()).build();
    let reply = pair.alice.receive(&letter.headers, &letter.body);
    assert_eq!(disposition(&reply), Disposition::Processed);
    assert_eq!(pair.alice.state("rollover-1"), ExchangeState::Accepted);
}

#[test]
fn a_receipt_that_the_sender_could_not_check_is_not_given() {
    let mut pair = Pair::split();
    for (algorithms, said) in [
        (
            "md5",
            Disposition::Failure(FailureReason::UnsupportedMicAlgorithms),
        ),
        (
            "md5, whirlpool",
            Disposition::Failure(FailureReason::UnsupportedMicAlgorithms),
        ),
        ("md5, sha-256", Disposition::Processed),
    ] {
        let mut message = order().build();
        for (name, value) in &mut message.headers {
            if name == "Disposition-Notification-Options" {
                *value = format!(
                    "signed-receipt-protocol=required, pkcs7-signature; signed-receipt-micalg=required, {algorithms}"
                );
            }
        }
        let reply = pair.bob.receive(&message.headers, &message.body);
        assert_eq!(disposition(&reply), said, "{algorithms}");
    }
    assert_eq!(
        pair.bob.refused,
        ["unsupported-mic-algorithms", "unsupported-mic-algorithms"]
    );
    assert_eq!(pair.bob.documents(), ["order 1"]);
}

#[test]
fn h14_an_exchange_that_does_not_say_so_is_not_acted_upon() {
    // H14: a detector that goes by the `type` parameter would file it as a document.
    let mut pair = Pair::split();
    let octets = request(Some("rollover-1"), "ALICE", &[next()]);
    let text = String::from_utf8(octets).unwrap();
    let (before, rest) = text.split_once(" type=").unwrap();
    let (_, after) = rest.split_once(';').unwrap();
    refused(
        &mut pair,
        &Letter::new("1", format!("{before}{after}").into_bytes()),
        "type-missing",
        Modifier::UnexpectedProcessingError,
    );
    taken(&mut pair, &offer(&[next()]));
}
