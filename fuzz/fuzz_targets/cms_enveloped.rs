//! Encrypted messages: opened or refused, the same way each time, and refused without a reason.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rollcert_cms::{DecryptError, EnvelopedData};
use rollcert_crypto::rustcrypto::PROVIDER;
use rollcert_pki::{Certificate, Credential, Limits};

static BOB: LazyLock<Credential> = LazyLock::new(|| {
    let certificate = Certificate::from_der(&include_bytes!("../keys/bob.cert.der")[..])
        .expect("a good certificate");
    let key = PROVIDER
        .load_key(include_bytes!("../keys/bob.key.der"))
        .expect("a good key");
    Credential::new(
        certificate,
        Vec::new(),
        key,
        &PROVIDER,
        &mut StdRng::seed_from_u64(0),
    )
    .expect("they match")
});

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

    let open = || message.decrypt(&[&BOB], &PROVIDER, &mut StdRng::seed_from_u64(1));
    match (open(), open()) {
        (Ok(first), Ok(second)) => {
            assert_eq!(first.content, second.content);
            assert_eq!(first.recipient, *BOB.certificate());
        }
        (Err(first), Err(second)) => {
            assert_eq!(first.to_string(), second.to_string());
            if let DecryptError::NoRecipient { wanted, .. } = first {
                assert_eq!(
                    wanted.len(),
                    message.recipients().len(),
                    "whom the message is for is told"
                );
            }
        }
        (first, second) => panic!("once {first:?}, once {second:?}"),
    }
});
