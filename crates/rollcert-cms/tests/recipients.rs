//! Who may be a recipient, how a message names them, and which key opens it.

#![allow(
    clippy::unwrap_used,
    clippy::unwrap_in_result,
    clippy::indexing_slicing,
    reason = "a test that panics has failed, which is what it is for"
)]

mod support;

use rollcert_cms::{
    CertificateIdentifier, DecryptError, EncryptError, EnvelopedData, KeyManagement, KeyOperation,
    Recipient, RecipientIdentifier, RecipientMatch, RecipientPolicy, RecipientRefusal, encrypt,
};
use rollcert_crypto::rustcrypto::PROVIDER;
use rollcert_crypto::{
    ContentAlgorithm, DigestAlgorithm, Error, KeyAlgorithm, KeyTransportAlgorithm, KeyWrapAlgorithm,
};
use rollcert_pki::asn1::{Element, encode, encode_oid, encode_set_of, tag};
use rollcert_pki::{
    Certificate, CertificateBuilder, Credential, ExtendedKeyUsage, KeyAlgorithmName, KeyUsage,
    KeyUsages, Name, Profile, SerialNumber,
};
use support::*;

const CONTENT: &[u8] = b"UNB+UNOA:1+A+B+261121:2000+1'\r\n";
const CIPHER: ContentAlgorithm = ContentAlgorithm::Aes256Cbc;

const PKCS1: KeyManagement = KeyManagement::Transport(KeyTransportAlgorithm::RsaPkcs1);
const OAEP: KeyManagement =
    KeyManagement::Transport(KeyTransportAlgorithm::rsa_oaep(DigestAlgorithm::Sha256));
const AGREEMENT: KeyManagement = KeyManagement::Agreement {
    kdf: DigestAlgorithm::Sha256,
    wrap: KeyWrapAlgorithm::Aes256,
};

/// A certificate of its own for the key of `of`.
fn certified(of: &Credential, profile: &Profile) -> Certificate {
    let subject = Name::builder().common_name("other").build().unwrap();
    let (key, serial) = (of.key(), SerialNumber::random(&mut rng()));
    let validity = profile.validity_from(now()).unwrap();
    CertificateBuilder::new(profile, subject, key.public_key_info(), serial, validity)
        .self_signed(&PROVIDER)
        .unwrap()
        .sign(key)
        .unwrap()
}

/// Nothing said about what the key may serve for.
fn silent() -> Profile {
    let mut profile = Profile::smime();
    profile.key_usage = KeyUsages::default();
    profile.key_management = rollcert_pki::KeyManagement::Never;
    profile.extended_key_usage = Vec::new();
    profile
}

fn with_usages(usages: &[KeyUsage], purposes: &[ExtendedKeyUsage]) -> Profile {
    let mut profile = silent();
    profile.key_usage = usages.iter().copied().collect();
    profile.extended_key_usage = purposes.to_vec();
    profile
}

fn envelop(recipients: &[Recipient<'_>]) -> Vec<u8> {
    encrypt(CONTENT, recipients, CIPHER, &PROVIDER, &mut rng()).unwrap()
}

fn parse(octets: &[u8]) -> EnvelopedData {
    EnvelopedData::parse(octets, &limits()).unwrap()
}

/// The same certificate under another serial number, as an authority issues it anew.
fn renewed(credential: &Credential) -> Credential {
    let certificate = credential.certificate();
    let serial = encode(tag::INTEGER, &[certificate.serial().as_der_content()]);
    let other = encode(tag::INTEGER, &[&[1, 2, 3]]);
    let certificate = Certificate::from_der(replace(certificate.as_der(), &serial, &other));
    let key = credential.key().clone();
    Credential::new(certificate.unwrap(), Vec::new(), key, &PROVIDER, &mut rng()).unwrap()
}

#[test]
fn the_gateway_rule_admits_rsa_keys_for_encrypting_keys() {
    use ExtendedKeyUsage::{Any, EmailProtection, ServerAuth};
    let bob = bob();
    let admit = |profile: &Profile| {
        let certificate = certified(&bob, profile);
        let admitted = RecipientPolicy::GATEWAY.recipient(&certificate);
        admitted.map(|recipient| recipient.management())
    };
    let encipherment = KeyUsage::KeyEncipherment;
    assert_eq!(admit(&silent()), Ok(PKCS1));
    for purposes in [&[][..], &[EmailProtection], &[Any], &[ServerAuth, Any]] {
        assert_eq!(admit(&with_usages(&[encipherment], purposes)), Ok(PKCS1));
    }
    for usage in [
        KeyUsage::DigitalSignature,
        KeyUsage::DataEncipherment,
        KeyUsage::KeyAgreement,
    ] {
        let refusal = RecipientRefusal::KeyUsage {
            named: [usage].into_iter().collect(),
            wanted: encipherment,
        };
        assert_eq!(admit(&with_usages(&[usage], &[])), Err(refusal));
    }
    let refusal = RecipientRefusal::Purpose {
        named: vec![ServerAuth],
        wanted: RecipientPolicy::GATEWAY.purposes,
    };
    let text =
        "expected one of the purposes emailProtection, anyExtendedKeyUsage but found serverAuth";
    assert_eq!(refusal.to_string(), text);
    assert_eq!(
        admit(&with_usages(&[encipherment], &[ServerAuth])),
        Err(refusal)
    );
}

#[test]
fn keys_on_curves_are_admitted_only_where_the_policy_says_so() {
    for (curve, found) in [
        ("p256", KeyAlgorithmName::P256),
        ("p384", KeyAlgorithmName::P384),
        ("p521", KeyAlgorithmName::P521),
    ] {
        let erin = erin(curve);
        let gateway = RecipientPolicy::GATEWAY.recipient(erin.certificate());
        assert_eq!(gateway.unwrap_err(), RecipientRefusal::KeyKind { found });
        let wider = RecipientPolicy::GATEWAY_WITH_KEY_AGREEMENT;
        let recipient = wider.recipient(erin.certificate()).unwrap();
        assert_eq!(recipient.management(), AGREEMENT);
        let opened = parse(&envelop(&[recipient]))
            .decrypt(&[&erin], &PROVIDER, &mut receiver_rng())
            .unwrap();
        assert_eq!(*opened.content, CONTENT);
        // RSA as before; and who wants none of it says so.
        let bob = bob();
        let admitted = wider.recipient(bob.certificate()).unwrap();
        assert_eq!(admitted.management(), PKCS1);
        let policy = RecipientPolicy {
            transport: None,
            ..wider
        };
        let refusal = policy.recipient(bob.certificate()).unwrap_err();
        assert_eq!(refusal.code(), "recipient-key-kind");
    }
    // A key on a curve that is for signing alone.
    let carol = carol();
    let refusal = RecipientPolicy::GATEWAY_WITH_KEY_AGREEMENT.recipient(carol.certificate());
    let named = [KeyUsage::DigitalSignature].into_iter().collect();
    let wanted = KeyUsage::KeyAgreement;
    assert_eq!(
        refusal.unwrap_err(),
        RecipientRefusal::KeyUsage { named, wanted }
    );
}

#[test]
fn a_key_that_does_not_serve_the_way_that_is_asked_of_it_is_refused() {
    let (bob, erin) = (bob(), erin("p384"));
    let pkcs8 = PROVIDER
        .generate_key(KeyAlgorithm::Ed25519, &mut rng())
        .unwrap();
    let key = PROVIDER.load_key(&pkcs8).unwrap();
    let signer = certified(&bob, &silent());
    let replaced = replace(
        signer.as_der(),
        signer.public_key_info(),
        key.public_key_info(),
    );
    let ed25519 = Certificate::from_der(replaced).unwrap();
    let sha3 = KeyManagement::Agreement {
        kdf: DigestAlgorithm::Sha3_256,
        wrap: KeyWrapAlgorithm::Aes256,
    };
    for (certificate, management) in [
        (erin.certificate(), PKCS1),
        (erin.certificate(), OAEP),
        (bob.certificate(), AGREEMENT),
        (&ed25519, AGREEMENT),
        (&ed25519, PKCS1),
        // CMS has no name for it.
        (erin.certificate(), sha3),
    ] {
        let recipient = Recipient::new(certificate, management);
        let result = encrypt(CONTENT, &[recipient], CIPHER, &PROVIDER, &mut rng());
        let Err(EncryptError::UnsupportedKey {
            recipient,
            management: asked,
        }) = result
        else {
            panic!("{management:?}: {result:?}")
        };
        assert_eq!(*recipient, CertificateIdentifier::of(certificate));
        assert_eq!(asked, management);
    }
}

#[test]
fn recipients_are_named_by_key_identifier_on_request() {
    let (bob, erin) = (bob(), erin("p256"));
    let recipients = [
        Recipient::new(bob.certificate(), PKCS1).with_subject_key_identifier(),
        Recipient::new(erin.certificate(), AGREEMENT).with_subject_key_identifier(),
    ];
    let message = parse(&envelop(&recipients));
    let named = |credential: &Credential| {
        let identifier = credential.certificate().subject_key_identifier().unwrap();
        CertificateIdentifier::SubjectKeyIdentifier(identifier.to_vec())
    };
    for wanted in [
        RecipientIdentifier::KeyTransport(named(&bob)),
        RecipientIdentifier::KeyAgreement(named(&erin)),
    ] {
        assert!(message.recipients().contains(&wanted));
    }
    for credential in [&bob, &erin] {
        let opened = message.decrypt(&[credential], &PROVIDER, &mut receiver_rng());
        assert_eq!(opened.unwrap().matched, RecipientMatch::Identifier);
    }

    // RFC 5280 §4.2.1.2: the extension.
    let identifier = bob.certificate().subject_key_identifier().unwrap();
    let value = encode(
        tag::OCTET_STRING,
        &[&encode(tag::OCTET_STRING, &[identifier])],
    );
    let oid = encode_oid(der::asn1::ObjectIdentifier::new_unwrap("2.5.29.14"));
    let extension = encode(tag::SEQUENCE, &[&oid, &value]);
    let without = replace(bob.certificate().as_der(), &extension, &[]);
    let without = Certificate::from_der(without).unwrap();
    assert_eq!(without.subject_key_identifier(), None);
    let recipient = Recipient::from(&without).with_subject_key_identifier();
    let result = encrypt(CONTENT, &[recipient], CIPHER, &PROVIDER, &mut rng());
    let Err(error @ EncryptError::NoSubjectKeyIdentifier { .. }) = result else {
        panic!("{result:?}")
    };
    assert_eq!(error.code(), "no-subject-key-identifier");
}

#[test]
fn enveloped_data_has_the_version_of_its_recipients() {
    let (bob, erin) = (bob(), erin("p256"));
    let plain = Recipient::from(bob.certificate());
    // RFC 5652 §6.1.
    for (recipient, version) in [
        (plain, 0),
        (Recipient::new(bob.certificate(), OAEP), 0),
        (plain.with_subject_key_identifier(), 2),
        (Recipient::new(erin.certificate(), AGREEMENT), 2),
    ] {
        let octets = envelop(&[recipient]);
        let content = Element::parse(&octets).unwrap().reader().nth(1);
        let fields = content.reader().nth(0);
        assert_eq!(fields.reader().nth(0).content(), [version]);
    }
}

/// The element with this number, counted from 0.
trait Nth<'a> {
    fn nth(self, number: usize) -> Element<'a>;
}

impl<'a> Nth<'a> for rollcert_pki::asn1::Reader<'a> {
    fn nth(mut self, number: usize) -> Element<'a> {
        for _ in 0..number {
            self.element().unwrap();
        }
        self.element().unwrap()
    }
}

#[test]
fn the_key_that_the_message_names_is_used_and_no_other() {
    let (alice, bob, erin) = (alice(), bob(), erin("p256"));
    let message = parse(&envelop(&[Recipient::from(bob.certificate())]));
    let certificates = [&alice, &bob, &erin].map(|credential| credential.certificate());
    let opening = message.opening(certificates, &mut receiver_rng()).unwrap();
    let [task] = opening.tasks() else {
        panic!("{opening:?}")
    };
    assert_eq!(task.certificate(), bob.certificate());
    let opened = message
        .decrypt(&[&alice, &bob, &erin], &PROVIDER, &mut receiver_rng())
        .unwrap();
    assert_eq!(opened.matched, RecipientMatch::Identifier);
    assert_eq!(opened.recipient, *bob.certificate());
    assert_eq!(opened.management, PKCS1);
}

/// A key under another certificate: whoever sent the message had not heard of the new one, or of the old.
#[test]
fn a_message_that_names_nobody_here_is_tried_with_every_key_that_could_be_meant() {
    let (alice, bob, carol) = (alice(), bob(), carol());
    let others = [erin("p256"), erin("p384"), erin("p521")];
    let rest = || [&alice, &carol, &others[0], &others[1], &others[2]];
    for (credential, management) in [
        (&bob, PKCS1),
        (&bob, OAEP),
        (&others[0], AGREEMENT),
        (&others[2], AGREEMENT),
    ] {
        let recipient = Recipient::new(credential.certificate(), management);
        let message = parse(&envelop(&[recipient]));
        let renewed = renewed(credential);
        let held: Vec<_> = rest()
            .into_iter()
            .filter(|other| other.certificate() != credential.certificate())
            .chain([&renewed])
            .collect();
        let opened = message
            .decrypt(&held, &PROVIDER, &mut receiver_rng())
            .unwrap();
        assert_eq!(*opened.content, CONTENT);
        assert_eq!(opened.matched, RecipientMatch::Trial);
        assert_eq!(opened.recipient, *renewed.certificate());
        assert_eq!(opened.management, management);
    }
}

/// B5: what the message asked for, what is held, and how many of these could have been meant.
#[test]
fn a_message_for_nobody_here_says_what_it_wants_what_is_held_and_what_was_tried() {
    let (alice, bob, carol, erin) = (alice(), bob(), carol(), erin("p256"));
    let recipients = [
        Recipient::new(bob.certificate(), OAEP),
        Recipient::new(erin.certificate(), AGREEMENT),
    ];
    let message = parse(&envelop(&recipients));
    let tries = |held: &[&Credential]| {
        let result = message.decrypt(held, &PROVIDER, &mut receiver_rng());
        let Err(error @ DecryptError::NoRecipient { .. }) = result else {
            panic!("{result:?}")
        };
        let text = error.to_string();
        let DecryptError::NoRecipient {
            wanted,
            held: told,
            tried,
        } = error
        else {
            panic!("{text}")
        };
        assert_eq!(wanted, message.recipients());
        let certificates = held.iter().map(|credential| credential.certificate());
        assert_eq!(
            told,
            certificates
                .map(CertificateIdentifier::of)
                .collect::<Vec<_>>()
        );
        for wanted in wanted {
            assert!(text.contains(&wanted.to_string()), "{text}");
        }
        tried
    };
    assert_eq!(tries(&[]), 0);
    assert_eq!(tries(&[&self::erin("p384")]), 0);
    assert_eq!(tries(&[&alice]), 1);
    assert_eq!(tries(&[&alice, &carol]), 2);
}

/// Each names 1000, and costs no more work with private keys than a message of one.
#[test]
fn many_recipients_cost_few_operations() {
    let (alice, bob) = (alice(), bob());
    let octets = envelop(&[Recipient::from(bob.certificate())]);
    let outer = Element::parse(&octets).unwrap().reader().nth(1);
    let infos = outer.reader().nth(0).reader().nth(1);
    let info = infos.content().to_vec();
    let many = encode_set_of(vec![info; limits().entries]);
    let message = parse(&replace(&octets, infos.raw(), &many));
    assert_eq!(message.recipients().len(), 1000);
    let tasks = |certificates: &[&Certificate]| {
        let certificates = certificates.iter().copied();
        let opening = message.opening(certificates, &mut receiver_rng()).unwrap();
        opening.tasks().len()
    };
    assert_eq!(tasks(&[bob.certificate(), alice.certificate()]), 1);
    assert_eq!(tasks(&[alice.certificate()]), 16);
    assert_eq!(
        tasks(&[alice.certificate(), renewed(&bob).certificate()]),
        16
    );
}

/// The private keys are elsewhere: what is to be done comes out, the answers go in.
#[test]
fn messages_open_in_two_phases() {
    let (bob, erin) = (bob(), erin("p521"));
    let recipients = [
        Recipient::new(bob.certificate(), OAEP),
        Recipient::new(erin.certificate(), AGREEMENT),
    ];
    let message = parse(&envelop(&recipients));
    for (credential, management) in [(&bob, OAEP), (&erin, AGREEMENT)] {
        let begin = || {
            message
                .opening([credential.certificate()], &mut receiver_rng())
                .unwrap()
        };
        let opening = begin();
        let [task] = opening.tasks() else {
            panic!("{opening:?}")
        };
        let answer = match task.operation() {
            KeyOperation::Decrypt {
                algorithm,
                encrypted_key,
            } => {
                assert_eq!(KeyManagement::Transport(*algorithm), management);
                let decryptor = credential.key().decryptor().unwrap();
                decryptor.decrypt_key(*algorithm, encrypted_key)
            }
            KeyOperation::Agree { public_key_info } => {
                let kind = PROVIDER.verification.key_algorithm(public_key_info);
                assert_eq!(kind.unwrap(), KeyAlgorithm::P521);
                credential.key().agreement().unwrap().agree(public_key_info)
            }
            other => panic!("{other:?}"),
        };
        let opened = opening.finish([answer], &PROVIDER).unwrap();
        assert_eq!(*opened.content, CONTENT);
        assert_eq!(opened.recipient, *credential.certificate());
        assert_eq!(opened.management, management);

        let failed = begin().finish([Err(Error::DecryptionFailed)], &PROVIDER);
        assert!(matches!(failed, Err(DecryptError::Failed)), "{failed:?}");
        let missing = begin().finish([], &PROVIDER);
        assert!(matches!(missing, Err(DecryptError::Failed)), "{missing:?}");
        let unable = Error::Unsupported { what: "this key" };
        let unable = begin().finish([Err(unable)], &PROVIDER);
        assert_eq!(unable.unwrap_err().code(), "unsupported-algorithm");
        // What an opening shows of itself holds no secret.
        let shown = format!("{:?}", begin());
        assert!(!shown.contains("content_key"), "{shown}");
    }
}
