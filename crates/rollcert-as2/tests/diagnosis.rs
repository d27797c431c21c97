//! Which certificate to look at, whatever went wrong.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed test is to panic"
)]

mod common;

use common::{PROVIDER, alice, bob, carol, carol_rsa, now, received, rng, signed};
use rollcert_as2::{
    As2Name, BuildError, Diagnosis, Disposition, FailureReason, Mdn, MdnError, MdnProblem,
    MessageId, Mic, Modifier, OpenError, Opened, Opener, Owner, Purpose, ReceivedMdn, Suspect,
    WarningReason, compress, encrypt, open, read_mdn, sign,
};
use rollcert_crypto::{ContentAlgorithm, DigestAlgorithm, SignatureAlgorithm};
use rollcert_mime::{Entity, Headers, Limits};
use rollcert_pki::Credential;

const ENTITY: &[u8] = b"Content-Type: text/plain\r\n\r\nhello\r\n";

const OUR_SIGNING: Suspect = certificate(Owner::Ours, Purpose::Signing);
const OUR_ENCRYPTION: Suspect = certificate(Owner::Ours, Purpose::Encryption);
const PARTNER_SIGNING: Suspect = certificate(Owner::Partner, Purpose::Signing);
const PARTNER_ENCRYPTION: Suspect = certificate(Owner::Partner, Purpose::Encryption);

const fn certificate(owner: Owner, purpose: Purpose) -> Suspect {
    Suspect::Certificate { owner, purpose }
}

fn opened(octets: &[u8], opener: &Opener<'_>) -> Result<Opened, OpenError> {
    let entity = Entity::parse(octets, &Limits::default())?;
    open(entity.headers(), entity.body(), opener, &mut rng())
}

fn opener() -> Opener<'static> {
    Opener::new(PROVIDER, now())
}

fn encrypted(entity: &[u8], to: &Credential) -> Vec<u8> {
    let aes256 = ContentAlgorithm::Aes256Cbc;
    encrypt(entity, &[to.certificate()], aes256, PROVIDER, &mut rng()).unwrap()
}

#[test]
fn what_a_partner_answers_points_at_one_certificate_of_four() {
    let suspects = |disposition: &Disposition| disposition.diagnosis().unwrap().suspects;
    let error = Disposition::Error;
    for (disposition, expected) in [
        (error(Modifier::AuthenticationFailed), &[OUR_SIGNING][..]),
        (
            error(Modifier::DecryptionFailed),
            &[PARTNER_ENCRYPTION, Suspect::Transport],
        ),
        (
            error(Modifier::IntegrityCheckFailed),
            &[Suspect::Transport, OUR_SIGNING],
        ),
        (
            error(Modifier::InsufficientMessageSecurity),
            &[Suspect::Settings],
        ),
        (error(Modifier::DecompressionFailed), &[Suspect::Settings]),
        (
            error(Modifier::UnexpectedProcessingError),
            &[Suspect::PartnerSoftware],
        ),
        (error(Modifier::UnknownTradingPartner), &[Suspect::Names]),
        (
            error(Modifier::UnknownTradingRelationship),
            &[Suspect::Names],
        ),
        (
            error(Modifier::Other("x\r\ny".to_owned())),
            &[Suspect::PartnerSoftware],
        ),
        (
            Disposition::Failure(FailureReason::UnsupportedFormat),
            &[Suspect::Settings],
        ),
        (
            Disposition::Failure(FailureReason::UnsupportedMicAlgorithms),
            &[Suspect::Settings],
        ),
        (
            Disposition::Failure(FailureReason::SenderEqualsReceiver),
            &[Suspect::Names],
        ),
        (
            Disposition::Warning(WarningReason::AuthenticationFailedProcessingContinued),
            &[OUR_SIGNING],
        ),
        (
            Disposition::Warning(WarningReason::DuplicateDocument),
            &[Suspect::MessageId],
        ),
    ] {
        assert_eq!(suspects(&disposition), expected, "{disposition}");
        let diagnosis = disposition.diagnosis().unwrap();
        assert_eq!(Some(diagnosis.hint), disposition.hint());
        assert!(!diagnosis.to_string().contains(['\r', '\n']));
    }
    assert_eq!(Disposition::Processed.diagnosis(), None);

    let refused = error(Modifier::DecryptionFailed).diagnosis().unwrap();
    assert_eq!(
        refused.certificate(),
        Some((Owner::Partner, Purpose::Encryption))
    );
    let named = refused.with_held([bob().certificate()]);
    assert_eq!(named.held.len(), 1);
    let bob = bob();
    let certificate = bob.certificate();
    assert_eq!(
        named.to_string(),
        format!(
            "decryption-failed: look at the partner's encryption certificate, then at what lies between us and the partner; \
             the partner has no key for what we encrypted to: compare the partner's encryption certificate here with the \
             partner's current one; held: {} (serial number {} of issuer {}, valid to {})",
            certificate.subject(),
            certificate.serial().to_hex(),
            certificate.issuer(),
            certificate.not_after().format("%Y-%m-%d")
        )
    );
}

#[test]
fn b5_a_message_for_another_key_names_what_it_asked_for_and_what_is_held() {
    let (alice, bob, carol_rsa) = (alice(), bob(), carol_rsa());
    let octets = encrypted(ENTITY, &bob);
    let error = opened(&octets, &opener().with_credentials([&alice, &carol_rsa])).unwrap_err();
    let diagnosis = error.diagnosis();
    assert_eq!(
        diagnosis.certificate(),
        Some((Owner::Ours, Purpose::Encryption))
    );
    assert_eq!(diagnosis.code, "no-recipient");
    let serial = |credential: &Credential| credential.certificate().serial().to_hex();
    assert_eq!(diagnosis.asked.len(), 1);
    assert!(diagnosis.asked[0].contains(&serial(&bob)));
    assert_eq!(diagnosis.held.len(), 2);
    assert!(diagnosis.held[0].contains(&serial(&alice)));
    assert!(diagnosis.held[1].contains(&serial(&carol_rsa)));

    // None held at all.
    let diagnosis = opened(&octets, &opener()).unwrap_err().diagnosis();
    assert_eq!(diagnosis.suspects, [OUR_ENCRYPTION]);
    assert_eq!(diagnosis.held, Vec::<String>::new());
}

#[test]
fn messages_that_do_not_open_point_at_what_is_wrong_with_them() {
    let bob = bob();
    let ours = opener().with_credentials([&bob]);
    let diagnosis = |octets: &[u8]| opened(octets, &ours).unwrap_err().diagnosis();

    let mut damaged = encrypted(ENTITY, &bob);
    let last = damaged.len() - 1;
    damaged[last - 20] ^= 1;
    let found = diagnosis(&damaged);
    assert_eq!(found.suspects, [OUR_ENCRYPTION, Suspect::Transport]);
    assert_eq!(found.code, "decryption-failed");

    // Inside the encryption, our own side is told what was found there.
    let inside = encrypted(b"Content-Type: application/pkcs7-mime\r\n\r\nnone", &bob);
    let suspects = [Suspect::PartnerSoftware, Suspect::Transport];
    assert_eq!(diagnosis(&inside).suspects, suspects);

    let bomb = compress(&[b"A: b\r\n\r\n".as_slice(), &[0; 2_000]].concat()).unwrap();
    let tight = rollcert_as2::Limits::default().with_inflated_octets(1_000);
    let error = opened(&bomb, &opener().with_limits(tight)).unwrap_err();
    assert_eq!(
        error.diagnosis().suspects,
        [Suspect::Transport, Suspect::Settings]
    );
    assert_eq!(error.diagnosis().code, "limit-exceeded");

    let pgp = b"Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\nContent-Type: application/pgp-signature\r\n\r\ny\r\n--b--";
    assert_eq!(diagnosis(pgp).suspects, [Suspect::Settings]);
}

#[test]
fn signatures_that_are_not_trusted_point_at_the_partner_s_signing_certificate_or_the_way() {
    let (alice, bob, carol) = (alice(), bob(), carol());
    let diagnosis = |octets: &[u8], expected: &[&Credential]| {
        let expected = expected.iter().map(|credential| credential.certificate());
        let opener = opener().with_certificates(expected);
        let signature = opened(octets, &opener).unwrap().signature.unwrap();
        signature.diagnosis()
    };
    let octets = signed(ENTITY, &alice);
    assert_eq!(diagnosis(&octets, &[&alice]), None);

    // The partner has rolled over, and we have not.
    let found = diagnosis(&octets, &[&bob, &carol]).unwrap();
    assert_eq!(
        found.certificate(),
        Some((Owner::Partner, Purpose::Signing))
    );
    assert_eq!(found.code, "unexpected-signer");
    assert!(found.asked[0].contains(&alice.certificate().serial().to_hex()));
    assert_eq!(found.held.len(), 2);

    // Somebody has touched the content.
    let text = String::from_utf8(octets.clone()).unwrap();
    let altered = text.replace("hello", "hallo");
    let found = diagnosis(altered.as_bytes(), &[&alice]).unwrap();
    assert_eq!(
        found.suspects,
        [Suspect::Transport, Suspect::PartnerSoftware]
    );
    assert_eq!(found.code, "digest-mismatch");

    // The certificate is not in the message, and not here.
    let certificate = alice.certificate();
    let digest = PROVIDER.digest(DigestAlgorithm::Sha256, ENTITY);
    let algorithm = SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256);
    let request =
        rollcert_cms::SigningRequest::new(&digest, certificate, algorithm, Some(now())).unwrap();
    let signature = request.sign(alice.key()).unwrap();
    let bare = rollcert_cms::SignedDataBuilder::attached(ENTITY)
        .with_signer(&request, &signature)
        .unwrap()
        .build();
    // The content is as it should be: the digest is right, and only the signer missing.
    let octets = [
        b"Content-Type: application/pkcs7-mime\r\n\r\n".as_slice(),
        &bare,
    ]
    .concat();
    let found = diagnosis(&octets, &[&bob]).unwrap();
    assert_eq!(found.suspects, [PARTNER_SIGNING]);
    assert_eq!(found.code, "no-signer-certificate");
    assert!(found.asked[0].contains(&certificate.serial().to_hex()));
    assert_eq!(diagnosis(&octets, &[&alice]), None);
}

fn receipt(disposition: Disposition, mic: Mic, signer: Option<&Credential>) -> ReceivedMdn {
    let (alice_name, bob_name) = (As2Name::new("ALICE").unwrap(), As2Name::new("BOB").unwrap());
    let id = MessageId::parse("1@a").unwrap();
    let mdn = Mdn::new(id.clone(), bob_name.clone(), disposition).with_mic(mic);
    let mut builder = mdn.builder(&bob_name, &alice_name, id);
    if let Some(signer) = signer {
        builder = builder.signed_by(signer, DigestAlgorithm::Sha256);
    }
    let message = builder.build(now(), PROVIDER, &mut rng()).unwrap();
    let bob = bob();
    let opener = opener().with_certificates([bob.certificate()]);
    read_mdn(
        &received(&message.headers),
        &message.body,
        &opener,
        &mut rng(),
    )
    .unwrap()
}

#[test]
fn receipts_that_prove_nothing_point_somewhere_too() {
    let (alice, bob) = (alice(), bob());
    let sent = MessageId::parse("1@a").unwrap();
    let mic = |text: &str| Mic::of(text.as_bytes(), DigestAlgorithm::Sha256, PROVIDER);
    let processed = || Disposition::Processed;
    let refused = || Disposition::Error(Modifier::AuthenticationFailed);
    let problem =
        |receipt: ReceivedMdn| -> MdnProblem { receipt.check(&sent, &mic("sent")).unwrap_err() };

    let found = problem(receipt(processed(), mic("sent"), Some(&alice)));
    assert_eq!(found.disposition(), Some(&Disposition::Processed));
    let found = found.diagnosis();
    assert_eq!(found.suspects, [PARTNER_SIGNING]);
    assert_eq!(found.code, "mdn-unexpected-signer");
    assert!(found.asked[0].contains(&alice.certificate().serial().to_hex()));
    assert!(found.held[0].contains(&bob.certificate().serial().to_hex()));

    // A partner that does not know us cannot sign for us, and says why all the same.
    let found = problem(receipt(refused(), mic("sent"), None)).diagnosis();
    assert_eq!(found.suspects, [Suspect::Settings, OUR_SIGNING]);
    assert_eq!(found.code, "mdn-unsigned");

    let found = problem(receipt(processed(), mic("arrived"), Some(&bob))).diagnosis();
    assert_eq!(
        found.suspects,
        [Suspect::Transport, Suspect::PartnerSoftware]
    );
    assert_eq!(found.asked, [mic("sent").to_string()]);
    assert_eq!(found.held, [mic("arrived").to_string()]);

    let other = Mic::of(b"sent", DigestAlgorithm::Sha1, PROVIDER);
    let found = problem(receipt(processed(), other, Some(&bob))).diagnosis();
    assert_eq!(found.suspects, [Suspect::Settings]);

    let receipt = receipt(processed(), mic("sent"), Some(&bob));
    let other = MessageId::parse("2@a").unwrap();
    let found = receipt.check(&other, &mic("sent")).unwrap_err().diagnosis();
    assert_eq!(found.suspects, [Suspect::MessageId]);
    assert_eq!(
        (found.asked, found.held),
        (vec!["<2@a>".to_owned()], vec!["<1@a>".to_owned()])
    );
}

#[test]
fn what_is_no_receipt_and_what_was_not_built_point_somewhere_too() {
    let headers = Headers::from_pairs([("Content-Type", "text/html")]);
    let error: MdnError = read_mdn(&headers, b"<h1>", &opener(), &mut rng()).unwrap_err();
    let found: Diagnosis = error.diagnosis();
    assert_eq!(
        found.suspects,
        [Suspect::PartnerSoftware, Suspect::Transport]
    );
    assert_eq!(found.held, ["text/html"]);

    let (alice, carol) = (alice(), carol());
    let to = [carol.certificate()];
    let aes256 = ContentAlgorithm::Aes256Cbc;
    let error = encrypt(ENTITY, &to, aes256, PROVIDER, &mut rng()).unwrap_err();
    assert!(matches!(error, BuildError::Encrypt(_)));
    assert_eq!(error.diagnosis().suspects, [PARTNER_ENCRYPTION]);
    let sha1 = DigestAlgorithm::Sha1;
    let error = sign(ENTITY, &alice, sha1, now(), PROVIDER, &mut rng()).unwrap_err();
    assert_eq!(error.diagnosis().suspects, [Suspect::KeyStore, OUR_SIGNING]);
}

#[test]
fn every_suspect_has_a_name_and_a_text() {
    let all = [
        OUR_SIGNING,
        OUR_ENCRYPTION,
        PARTNER_SIGNING,
        PARTNER_ENCRYPTION,
        Suspect::Transport,
        Suspect::Settings,
        Suspect::Names,
        Suspect::MessageId,
        Suspect::PartnerSoftware,
        Suspect::KeyStore,
    ];
    let codes: std::collections::BTreeSet<_> = all.iter().map(|suspect| suspect.code()).collect();
    assert_eq!(codes.len(), all.len());
    assert_eq!(PARTNER_SIGNING.code(), "partner-signing-certificate");
    assert_eq!(OUR_ENCRYPTION.to_string(), "our encryption certificate");
}
