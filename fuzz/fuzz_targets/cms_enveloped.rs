//! Encrypted messages, authenticated or not: opened or refused, the same way each time, and refused without a
//! reason.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rollcert_cms::{DecryptError, Decrypted, EnvelopedData, RecipientMatch};
use rollcert_crypto::rustcrypto::PROVIDER;
use rollcert_pki::{Certificate, Credential, Limits};

/// RSA, for key transport, and P-256, for key agreement.
static CREDENTIALS: LazyLock<[Credential; 2]> = LazyLock::new(|| {
    [
        credential(
            include_bytes!("../keys/bob.cert.der"),
            include_bytes!("../keys/bob.key.der"),
        ),
        credential(
            include_bytes!("../keys/erin.cert.der"),
            include_bytes!("../keys/erin.key.der"),
        ),
    ]
});

fn credential(certificate: &[u8], key: &[u8]) -> Credential {
    let certificate = Certificate::from_der(certificate).expect("a good certificate");
    let key = PROVIDER.load_key(key).expect("a good key");
    let mut rng = StdRng::seed_from_u64(0);
    Credential::new(certificate, Vec::new(), key, &PROVIDER, &mut rng).expect("they match")
}

fuzz_target!(|octets: &[u8]| {
    let limits = Limits::default();
    let Ok(message) = EnvelopedData::parse(octets, &limits) else {
        return;
    };
    assert!(
        EnvelopedData::parse(&octets[..octets.len() - 1], &limits).is_err(),
        "a truncation passed"
    );
    assert!(
        EnvelopedData::parse(&[octets, &[0]].concat(), &limits).is_err(),
        "an appended octet passed"
    );

    let credentials: Vec<&Credential> = CREDENTIALS.iter().collect();
    let at_once = message.decrypt(&credentials, &PROVIDER, &mut StdRng::seed_from_u64(1));
    // In two phases the same comes out.
    let certificates = CREDENTIALS.iter().map(Credential::certificate);
    let in_two = message
        .opening(certificates, &mut StdRng::seed_from_u64(1))
        .and_then(|opening| {
            let tasks = opening.tasks();
            assert!(tasks.len() <= 32, "a bounded number of operations");
            let answers: Vec<_> = tasks
                .iter()
                .map(|task| {
                    let holder = CREDENTIALS
                        .iter()
                        .find(|holder| holder.certificate() == task.certificate())
                        .expect("one of ours");
                    task.operation().perform(holder.key())
                })
                .collect();
            opening.finish(answers, &PROVIDER)
        });
    match (at_once, in_two) {
        (Ok(first), Ok(second)) => assert!(is_same(&first, &second)),
        (Err(first), Err(second)) => {
            assert_eq!(first.to_string(), second.to_string());
            if let DecryptError::NoRecipient { wanted, held, .. } = first {
                assert_eq!(
                    wanted,
                    message.recipients(),
                    "whom the message is for is told"
                );
                assert_eq!(held.len(), CREDENTIALS.len());
            }
        }
        (first, second) => panic!("once {first:?}, once {second:?}"),
    }
});

fn is_same(first: &Decrypted, second: &Decrypted) -> bool {
    let named = matches!(first.matched, RecipientMatch::Identifier);
    first.content == second.content
        && first.recipient == second.recipient
        && first.management == second.management
        && named == matches!(second.matched, RecipientMatch::Identifier)
}
