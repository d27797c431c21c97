//! What the sender may learn from an answer, and what counts as the content.

#![allow(
    clippy::unwrap_used,
    clippy::unwrap_in_result,
    clippy::indexing_slicing,
    reason = "a failed test is to panic"
)]

mod common;

use common::{PROVIDER, alice, bob, carol, encrypted, now, rng, signed};
use rollcert_as2::{
    Disposition, Layer, Limits, Mdn, MdnRequest, MessageId, Mic, Modifier, Opened, Opener, Refusal,
    compress, examine, read_mdn,
};
use rollcert_cms::{SignedDataBuilder, SigningRequest};
use rollcert_crypto::{DigestAlgorithm, SignatureAlgorithm};
use rollcert_mime::{Entity, Headers};
use rollcert_pki::Credential;

const ENTITY: &[u8] = b"Content-Type: text/plain\r\n\r\nISA*00*\r\nIEA*1*\r\n";
const PKCS7_MIME: &[u8] =
    b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: binary\r\n\r\n";
const DECRYPTION_FAILED: Disposition = Disposition::Error(Modifier::DecryptionFailed);
const AUTHENTICATION_FAILED: Disposition = Disposition::Error(Modifier::AuthenticationFailed);

fn opener<'a>(key: &'a Credential, signer: &'a Credential) -> Opener<'a> {
    Opener::new(PROVIDER, now())
        .with_credentials([key])
        .with_certificates([signer.certificate()])
}

fn examined(octets: &[u8], opener: &Opener<'_>) -> Result<Opened, Box<Refusal>> {
    let entity = Entity::parse(octets, &rollcert_mime::Limits::default()).unwrap();
    examine(entity.headers(), entity.body(), opener, &mut rng())
}

fn codes(opened: &Opened) -> Vec<&'static str> {
    opened.warnings.iter().map(|warning| warning.code).collect()
}

/// The encrypted entity with its last block altered: its padding is wrong, most likely.
fn altered(encrypted: &[u8], mask: u8) -> Vec<u8> {
    let entity = Entity::parse(encrypted, &rollcert_mime::Limits::default()).unwrap();
    let mut cms = entity.decoded_body().unwrap().into_owned();
    *cms.last_mut().unwrap() ^= mask;
    [PKCS7_MIME, &cms].concat()
}

fn mdn() -> Vec<u8> {
    let id = MessageId::parse("<1@alice.example>").unwrap();
    let name = rollcert_as2::As2Name::new("BOB").unwrap();
    let mdn = Mdn::new(id, name, Disposition::Processed);
    mdn.to_entity(&mut rng()).unwrap()
}

#[test]
fn encryption_inside_a_signature_that_is_not_trusted_is_left_in_place() {
    let (alice, bob, carol) = (alice(), bob(), carol());
    let captured = encrypted(&signed(ENTITY, &alice), &bob);
    for mask in 0..32 {
        let inside = altered(&captured, mask);
        let opened = examined(&signed(&inside, &carol), &opener(&bob, &alice)).unwrap();
        assert_eq!(opened.layers, [Layer::Signed, Layer::Undecrypted]);
        assert_eq!(opened.entity, inside);
        assert_eq!(codes(&opened), ["encryption-left"]);
        assert_eq!(opened.disposition(), AUTHENTICATION_FAILED);
    }
    // Who expects nobody trusts nobody.
    let expects_nobody = Opener::new(PROVIDER, now()).with_credentials([&bob]);
    let opened = examined(&signed(&captured, &carol), &expects_nobody).unwrap();
    assert_eq!(opened.layers, [Layer::Signed, Layer::Undecrypted]);
    // Who only looks, and answers nobody, may see.
    let looking = expects_nobody.for_looking_only();
    let opened = examined(&signed(&captured, &carol), &looking).unwrap();
    let layers: Vec<_> = opened.layers.iter().map(Layer::code).collect();
    assert_eq!(layers, ["signed", "encrypted"]);
    assert_eq!(codes(&opened), ["second-signature"]);
}

#[test]
fn inside_a_trusted_signature_all_that_fails_under_encryption_has_one_answer() {
    let (alice, bob) = (alice(), bob());
    let whole = encrypted(&compress(ENTITY).unwrap(), &bob);
    let opened = examined(&signed(&whole, &alice), &opener(&bob, &alice)).unwrap();
    assert_eq!(opened.entity, ENTITY);
    assert_eq!(opened.disposition(), Disposition::Processed);
    let reason = Disposition::Error(Modifier::UnexpectedProcessingError);
    assert_eq!(opened.refused_as(reason), DECRYPTION_FAILED);

    let narrow = opener(&bob, &alice).with_limits(Limits::default().with_inflated_octets(1));
    let too_long = examined(&signed(&whole, &alice), &narrow).unwrap_err();
    assert_eq!(too_long.disposition(), DECRYPTION_FAILED);
    let damaged = signed(&altered(&whole, 0x55), &alice);
    let damaged = examined(&damaged, &opener(&bob, &alice)).unwrap_err();
    assert_eq!(damaged.disposition(), DECRYPTION_FAILED);
}

#[test]
fn what_came_out_of_encryption_is_judged_aloud_only_under_a_valid_signature_inside() {
    let (alice, bob, carol) = (alice(), bob(), carol());
    let open = |octets: &[u8]| examined(octets, &opener(&bob, &alice)).unwrap();
    let weak = Disposition::Error(Modifier::InsufficientMessageSecurity);

    let unsigned = open(&encrypted(ENTITY, &bob));
    assert_eq!(unsigned.refused_as(weak.clone()), DECRYPTION_FAILED);
    assert_eq!(open(ENTITY).refused_as(weak.clone()), weak);

    let stranger = open(&encrypted(&signed(ENTITY, &carol), &bob));
    assert_eq!(stranger.disposition(), AUTHENTICATION_FAILED);
    let mut broken = signed(ENTITY, &alice);
    let at = broken.windows(3).position(|found| found == b"ISA").unwrap();
    broken[at] ^= 1;
    let integrity = Disposition::Error(Modifier::IntegrityCheckFailed);
    assert_eq!(open(&broken).disposition(), integrity);
    let broken = open(&encrypted(&broken, &bob));
    assert_eq!(broken.disposition(), DECRYPTION_FAILED);
}

#[test]
fn a_receipt_under_encryption_is_one_only_with_a_valid_signature_inside() {
    let (alice, bob) = (alice(), bob());
    for (octets, expected) in [
        (mdn(), true),
        (signed(&mdn(), &alice), true),
        (encrypted(&mdn(), &bob), false),
        (encrypted(&signed(&mdn(), &alice), &bob), true),
        (signed(&encrypted(&mdn(), &bob), &alice), false),
    ] {
        let opened = examined(&octets, &opener(&bob, &alice)).unwrap();
        assert_eq!(opened.entity, mdn_like(&opened));
        assert_eq!(opened.is_mdn(), expected);
    }
}

/// The entity, once it is seen to be a notification.
fn mdn_like(opened: &Opened) -> Vec<u8> {
    let text = String::from_utf8(opened.entity.clone()).unwrap();
    assert!(text.contains("disposition-notification"), "{text}");
    text.into_bytes()
}

#[test]
fn nothing_may_follow_the_signature_under_encryption() {
    // An altered ciphertext whose beginning is intact would else be processed or not by its padding.
    let (alice, bob) = (alice(), bob());
    let opener = opener(&bob, &alice);
    let with = |tail: &[u8]| [&signed(ENTITY, &alice), tail].concat();
    for tail in [&b""[..], b"\r\n", b" \r\n\r\n"] {
        let opened = examined(&encrypted(&with(tail), &bob), &opener).unwrap();
        assert_eq!(opened.disposition(), Disposition::Processed);
    }
    let refusal = examined(&encrypted(&with(b"\r\nx"), &bob), &opener).unwrap_err();
    assert_eq!(refusal.error.code(), "unsupported");
    assert_eq!(refusal.disposition(), DECRYPTION_FAILED);
    let opened = examined(&with(b"\r\nx"), &opener).unwrap();
    assert_eq!(opened.disposition(), Disposition::Processed);
}

#[test]
fn content_under_layers_may_call_itself_what_it_likes() {
    let (alice, bob) = (alice(), bob());
    for content_type in [
        "application/edi-x12; name=",
        "application/edi-x12; name=a\"b.edi",
        "text",
        "text/plain; charset=a; charset=b",
    ] {
        let entity = format!("Content-Type: {content_type}\r\n\r\nISA*00*").into_bytes();
        let signed = attached(&entity, &entity, &alice, 1);
        let opened = examined(&signed, &opener(&bob, &alice)).unwrap();
        assert_eq!(opened.entity, entity, "{content_type}");
        assert_eq!(
            codes(&opened),
            ["content-type-unreadable"],
            "{content_type}"
        );
        assert_eq!(opened.disposition(), Disposition::Processed);
        // The outermost says what the message is.
        assert!(examined(&entity, &opener(&bob, &alice)).is_err());
    }
}

/// Signed data around `content`, its signatures over `covered` and without attributes.
fn attached(content: &[u8], covered: &[u8], signer: &Credential, signers: usize) -> Vec<u8> {
    let rsa = SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256);
    let request = SigningRequest::without_attributes(covered, signer.certificate(), rsa).unwrap();
    let signature = request.sign(signer.key()).unwrap();
    let mut signed = SignedDataBuilder::attached(content).with_certificate(signer.certificate());
    for _ in 0..signers {
        signed = signed.with_signer(&request, &signature).unwrap();
    }
    [PKCS7_MIME, &signed.build()].concat()
}

#[test]
fn text_for_people_that_cannot_be_decoded_voids_no_receipt() {
    let headers = Headers::from_pairs([(
        "Content-Type",
        "multipart/report; report-type=disposition-notification; boundary=b",
    )]);
    let body = "--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nall is w*ll!\r\n\
                --b\r\nContent-Type: message/disposition-notification\r\n\r\n\
                Original-Message-ID: <1@alice.example>\r\nDisposition: automatic-action/MDN-sent-automatically; processed\r\n\
                Received-Content-MIC: FjamGEpzdgUots6MbDAcXMTjhjA=, SHA-1\r\n--b--\r\n";
    let opener = Opener::new(PROVIDER, now());
    let received = read_mdn(&headers, body.as_bytes(), &opener, &mut rng()).unwrap();
    assert_eq!(received.mdn.disposition, Disposition::Processed);
    assert_eq!(received.mdn.text, "all is w*ll!");
    // The name of the digest stays what it was.
    let again = String::from_utf8(received.mdn.to_entity(&mut rng()).unwrap()).unwrap();
    assert!(
        again.contains("Received-Content-MIC: FjamGEpzdgUots6MbDAcXMTjhjA=, SHA-1\r\n"),
        "{again}"
    );
}

#[test]
fn the_digest_is_called_what_the_sender_calls_it_and_sha_1_signs_no_receipt() {
    let sha256 = Some(DigestAlgorithm::Sha256);
    for (options, name, signs) in [
        ("", "sha1", None),
        ("signed-receipt-micalg=optional, sha1, md5", "sha1", None),
        ("signed-receipt-micalg=optional, SHA-1", "SHA-1", None),
        (
            "signed-receipt-micalg=optional, md5, sha-1, sha256",
            "sha-1",
            sha256,
        ),
        ("signed-receipt-micalg=optional, SHA256", "SHA256", sha256),
    ] {
        let headers = Headers::from_pairs([
            ("Disposition-Notification-To", "x"),
            ("Disposition-Notification-Options", options),
        ]);
        let request = MdnRequest::parse(&headers).unwrap();
        assert_eq!(request.receipt_digest(), signs, "{options}");
        let asked = request.micalg().unwrap_or(DigestAlgorithm::Sha1);
        let id = MessageId::parse("<1@alice.example>").unwrap();
        let bob = rollcert_as2::As2Name::new("BOB").unwrap();
        let mic = Mic::of(ENTITY, asked, PROVIDER);
        let mdn = Mdn::new(id, bob, Disposition::Processed).with_mic_for(mic, &request);
        let entity = String::from_utf8(mdn.to_entity(&mut rng()).unwrap()).unwrap();
        let line = entity
            .lines()
            .find(|line| line.starts_with("Received-Content-MIC"));
        assert!(
            line.unwrap().ends_with(&format!("=, {name}")),
            "{options}: {line:?}"
        );
    }
}

#[test]
fn many_signers_without_attributes_are_judged_once() {
    let (alice, bob) = (alice(), bob());
    let content = b"Content-Type: text/plain\n\none\n";
    let canonical = b"Content-Type: text/plain\r\n\r\none\r\n";
    for (signers, stands) in [(4, true), (5, false)] {
        let signed = attached(content, canonical, &alice, signers);
        let opened = examined(&signed, &opener(&bob, &alice)).unwrap();
        let valid = opened.signature.unwrap().valid;
        assert_eq!(valid.is_ok(), stands, "{signers}");
        let expected: &[u8] = if stands { canonical } else { content };
        assert_eq!(opened.entity, expected);
    }
}

#[test]
fn the_mic_is_by_the_digest_over_the_content() {
    let (alice, bob) = (alice(), bob());
    let (sha256, sha384) = (DigestAlgorithm::Sha256, DigestAlgorithm::Sha384);
    let digest = PROVIDER.digest(sha256, ENTITY);
    let rsa = SignatureAlgorithm::RsaPkcs1(sha256);
    let request = SigningRequest::new(&digest, alice.certificate(), rsa, None).unwrap();
    let signature = request.sign(alice.key()).unwrap();
    let signed = SignedDataBuilder::attached(ENTITY).with_signer(&request, &signature);
    let mut octets = [PKCS7_MIME, &signed.unwrap().build()].concat();
    // SHA-256 becomes SHA-384, but for the signature, which does not stand any more.
    let name = b"\x60\x86\x48\x01\x65\x03\x04\x02\x01";
    while let Some(at) = octets.windows(name.len()).position(|found| found == name) {
        octets[at + 8] = 2;
    }
    let opened = examined(&octets, &opener(&bob, &alice)).unwrap();
    assert_eq!(opened.mic, Mic::of(ENTITY, sha384, PROVIDER));
}
