//! What is encrypted here opens here; whatever goes wrong on the way looks the same from outside.

#![allow(
    clippy::unwrap_used,
    clippy::unwrap_in_result,
    clippy::indexing_slicing,
    clippy::std_instead_of_core,
    reason = "a test that panics has failed, which is what it is for"
)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rollcert_cms::{
    CertificateIdentifier, DecryptError, Decrypted, EncryptError, EnvelopedData, encrypt,
};
use rollcert_crypto::rustcrypto::PROVIDER;
use rollcert_crypto::{
    CipherStream, ContentAlgorithm, ContentCiphers, Error, KeyDecryptor, KeyTransportAlgorithm,
    PrivateKey, Provider, SignatureAlgorithm, Signer, aws_lc,
};
use rollcert_pki::Credential;
use rollcert_pki::asn1::{DecodeErrorKind, encode, tag};
use support::*;
use zeroize::Zeroizing;

const CONTENT: &[u8] = b"UNB+UNOA:1+A+B+261121:2000+1'\r\n";

/// What a holder of Bob's key may answer when it is handed an encrypted content key.
enum Answer {
    Refusal,
    Key(Vec<u8>),
    Absence,
}

struct Holder {
    real: PrivateKey,
    answer: Answer,
}

impl Signer for Holder {
    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.real.signer()?.sign(algorithm, message)
    }
}

impl KeyDecryptor for Holder {
    fn decrypt_key(&self, _: KeyTransportAlgorithm, _: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        match &self.answer {
            Answer::Refusal => Err(Error::DecryptionFailed),
            Answer::Key(key) => Ok(Zeroizing::new(key.clone())),
            Answer::Absence => Err(Error::Backend(Arc::new(std::io::Error::other("unplugged")))),
        }
    }
}

fn bob_answering(answer: Answer) -> Credential {
    let bob = bob();
    let holder = Arc::new(Holder {
        real: bob.key().clone(),
        answer,
    });
    let key = PrivateKey::new(bob.key().algorithm(), bob.key().public_key_info())
        .with_signer(holder.clone())
        .with_decryptor(holder);
    Credential::new(
        bob.certificate().clone(),
        Vec::new(),
        key,
        &PROVIDER,
        &mut rng(),
    )
    .unwrap()
}

fn for_bob(algorithm: ContentAlgorithm) -> Vec<u8> {
    encrypt(
        CONTENT,
        &[bob().certificate().into()],
        algorithm,
        &PROVIDER,
        &mut rng(),
    )
    .unwrap()
}

fn open(octets: &[u8], credential: &Credential) -> Result<Decrypted, DecryptError> {
    let message = EnvelopedData::parse(octets, &limits()).unwrap();
    message.decrypt(&[credential], &PROVIDER, &mut receiver_rng())
}

#[test]
fn what_is_encrypted_opens_for_each_recipient() {
    let (alice, bob) = (alice(), bob());
    for algorithm in [
        ContentAlgorithm::Aes128Cbc,
        ContentAlgorithm::Aes192Cbc,
        ContentAlgorithm::Aes256Cbc,
        ContentAlgorithm::DesEde3Cbc,
    ] {
        for content in [CONTENT, b"", &[7; 16]] {
            let recipients = [alice.certificate().into(), bob.certificate().into()];
            let octets = encrypt(content, &recipients, algorithm, &PROVIDER, &mut rng()).unwrap();
            for credential in [&alice, &bob] {
                let opened = open(&octets, credential).unwrap();
                assert_eq!(*opened.content, content);
                assert_eq!(opened.recipient, *credential.certificate());
            }
        }
    }
}

#[test]
fn encryption_to_nobody_or_to_a_key_that_cannot_receive_is_refused() {
    let encrypt = |recipients: &[_], algorithm: ContentAlgorithm| {
        encrypt(CONTENT, recipients, algorithm, &PROVIDER, &mut rng())
    };
    let result = encrypt(&[], ContentAlgorithm::Aes128Cbc);
    assert!(matches!(result, Err(EncryptError::NoRecipients)));
    let (bob, carol) = (bob(), carol());
    let both = [bob.certificate().into(), carol.certificate().into()];
    let result = encrypt(&both, ContentAlgorithm::Aes128Cbc);
    let Err(EncryptError::UnsupportedKey { recipient, .. }) = result else {
        panic!("{result:?}")
    };
    assert_eq!(*recipient, CertificateIdentifier::of(carol.certificate()));
    // AWS-LC has no 3DES.
    let to_bob = [bob.certificate().into()];
    let triple = ContentAlgorithm::DesEde3Cbc;
    let result = rollcert_cms::encrypt(CONTENT, &to_bob, triple, &aws_lc::PROVIDER, &mut rng());
    let Err(EncryptError::UnsupportedAlgorithm { algorithm }) = result else {
        panic!("{result:?}")
    };
    assert_eq!(algorithm, ContentAlgorithm::DesEde3Cbc.into());
}

/// RFC 3218 §2.3.2: whoever sends altered messages learns nothing from how they fail.
#[test]
fn padding_length_key_and_content_fail_alike() {
    let mut failures = Vec::new();
    for algorithm in [ContentAlgorithm::Aes128Cbc, ContentAlgorithm::Aes256Cbc] {
        let octets = for_bob(algorithm);
        for answer in [
            Answer::Refusal,
            Answer::Key(Vec::new()),
            Answer::Key(vec![7; algorithm.key_len() - 1]),
            Answer::Key(vec![7; algorithm.key_len() + 1]),
            Answer::Key(vec![7; algorithm.key_len()]),
        ] {
            failures.push(open(&octets, &bob_answering(answer)).unwrap_err());
        }
        // Content: the padding spoilt by the block before it, and a length that is no whole block.
        let last = octets.len() - 1;
        let mut spoilt = octets.clone();
        spoilt[last - 16] ^= 0x55;
        failures.push(open(&spoilt, &bob()).unwrap_err());
        let whole = &octets[octets.len() - 34..];
        assert_eq!(whole[..2], [tag::CONTEXT_PRIMITIVE, 32]);
        let short = encode(tag::CONTEXT_PRIMITIVE, &[&whole[2..33]]);
        failures.push(open(&replace(&octets, whole, &short), &bob()).unwrap_err());
        let none = encode(tag::CONTEXT_PRIMITIVE, &[]);
        failures.push(open(&replace(&octets, whole, &none), &bob()).unwrap_err());
    }
    // And a real key that is not the recipient's, under the recipient's name.
    let octets = for_bob(ContentAlgorithm::Aes128Cbc);
    let mut spoilt = octets.clone();
    let key_end = octets.len() - 34 - 60;
    spoilt[key_end] ^= 1;
    failures.push(open(&spoilt, &bob()).unwrap_err());

    assert_eq!(failures.len(), 17);
    for failure in failures {
        assert!(matches!(failure, DecryptError::Failed), "{failure:?}");
        assert_eq!(
            (failure.code(), failure.to_string().as_str()),
            ("decryption-failed", "decryption failed")
        );
    }
}

/// Counts how often content is decrypted, and with which length of key.
struct Counting(AtomicUsize);

static COUNTING: Counting = Counting(AtomicUsize::new(0));

impl ContentCiphers for Counting {
    fn encrypt(
        &self,
        algorithm: ContentAlgorithm,
        key: &[u8],
        initialisation_vector: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, Error> {
        PROVIDER
            .content
            .encrypt(algorithm, key, initialisation_vector, plain)
    }

    fn decrypt(
        &self,
        algorithm: ContentAlgorithm,
        key: &[u8],
        initialisation_vector: &[u8],
        encrypted: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        assert_eq!(key.len(), algorithm.key_len());
        self.0.fetch_add(1, Ordering::Relaxed);
        PROVIDER
            .content
            .decrypt(algorithm, key, initialisation_vector, encrypted)
    }

    fn start_encryption(
        &self,
        algorithm: ContentAlgorithm,
        key: &[u8],
        initialisation_vector: &[u8],
    ) -> Result<Box<dyn CipherStream>, Error> {
        PROVIDER
            .content
            .start_encryption(algorithm, key, initialisation_vector)
    }

    fn start_decryption(
        &self,
        algorithm: ContentAlgorithm,
        key: &[u8],
        initialisation_vector: &[u8],
    ) -> Result<Box<dyn CipherStream>, Error> {
        PROVIDER
            .content
            .start_decryption(algorithm, key, initialisation_vector)
    }
}

#[test]
fn content_is_decrypted_whatever_became_of_the_key() {
    let provider = Provider {
        content: &COUNTING,
        ..PROVIDER
    };
    let octets = for_bob(ContentAlgorithm::Aes256Cbc);
    let message = EnvelopedData::parse(&octets, &limits()).unwrap();
    let answers = [
        Answer::Refusal,
        Answer::Key(Vec::new()),
        Answer::Key(vec![7; 64]),
    ];
    for (index, answer) in answers.into_iter().enumerate() {
        let bob = bob_answering(answer);
        let result = message.decrypt(&[&bob], &provider, &mut receiver_rng());
        assert!(matches!(result, Err(DecryptError::Failed)));
        assert_eq!(COUNTING.0.load(Ordering::Relaxed), index + 1);
    }
}

#[test]
fn a_holder_that_is_away_is_not_taken_for_a_bad_message() {
    let octets = for_bob(ContentAlgorithm::Aes128Cbc);
    let error = open(&octets, &bob_answering(Answer::Absence)).unwrap_err();
    assert_eq!(error.code(), "backend-failed");
    // Another credential for the same certificate still serves.
    let message = EnvelopedData::parse(&octets, &limits()).unwrap();
    let credentials = [
        &bob_answering(Answer::Absence),
        &bob_answering(Answer::Refusal),
        &bob(),
    ];
    let opened = message
        .decrypt(&credentials, &PROVIDER, &mut receiver_rng())
        .unwrap();
    assert_eq!(*opened.content, CONTENT);
}

/// RFC 3370 §5.1: every octet of a key for 3DES has odd parity, and some products look.
#[test]
fn keys_for_triple_des_have_odd_parity() {
    let bob = bob();
    let message = EnvelopedData::parse(&for_bob(ContentAlgorithm::DesEde3Cbc), &limits()).unwrap();
    let opening = message
        .opening([bob.certificate()], &mut receiver_rng())
        .unwrap();
    let key = opening.tasks()[0].operation().perform(bob.key()).unwrap();
    assert_eq!(key.len(), 24);
    assert!(key.iter().all(|octet| octet.count_ones() % 2 == 1));
    assert_eq!(
        *opening.finish([Ok(key)], &PROVIDER).unwrap().content,
        CONTENT
    );
}

#[test]
fn an_initialisation_vector_of_another_length_is_malformed() {
    let octets = for_bob(ContentAlgorithm::Aes128Cbc);
    let vector = octets[octets.len() - 34 - 18..octets.len() - 34].to_vec();
    assert_eq!(vector[..2], [tag::OCTET_STRING, 16]);
    let short = encode(tag::OCTET_STRING, &[&vector[3..]]);
    let error = EnvelopedData::parse(&replace(&octets, &vector, &short), &limits()).unwrap_err();
    assert_eq!(
        error.kind(),
        DecodeErrorKind::Value {
            what: "initialisation vector"
        }
    );
}

#[test]
fn recipients_are_bounded() {
    let octets = for_bob(ContentAlgorithm::Aes128Cbc);
    let two = encrypt(
        CONTENT,
        &[alice().certificate().into(), bob().certificate().into()],
        ContentAlgorithm::Aes128Cbc,
        &PROVIDER,
        &mut rng(),
    )
    .unwrap();
    let one = limits().with_entries(1);
    assert!(EnvelopedData::parse(&octets, &one).is_ok());
    let error = EnvelopedData::parse(&two, &one).unwrap_err();
    assert_eq!(
        error.kind(),
        DecodeErrorKind::Limit {
            what: "recipients",
            limit: 1
        }
    );
}

#[test]
fn debug_shows_no_content() {
    let opened = open(&for_bob(ContentAlgorithm::Aes128Cbc), &bob()).unwrap();
    assert!(!format!("{opened:?}").contains("85, 78, 66"));
}
