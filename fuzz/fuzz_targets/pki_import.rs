//! Files of keys and certificates: opened by content within limits, and no secret shows.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rollcert_crypto::rustcrypto::PROVIDER;
use rollcert_pki::{Limits, Password, open};

/// Small, so that no input buys time with iterations; the seeds need fewer.
const ITERATIONS: u64 = 50;
const ENTRIES: usize = 20;

fuzz_target!(|octets: &[u8]| {
    let limits = Limits::default()
        .with_kdf_iterations(ITERATIONS)
        .with_entries(ENTRIES);
    let password = Password::from("password");
    let without = open(octets, None, &PROVIDER, &limits);
    let with = open(octets, Some(&password), &PROVIDER, &limits);

    // A password that nothing asks for changes nothing.
    if let Ok(without) = &without {
        let with = with.as_ref().expect("it opens without a password");
        assert_eq!(with.kind, without.kind);
        assert!(with.certificates().eq(without.certificates()));
    }
    if let Err(error) = &with {
        assert!(!error.code().is_empty() && !error.to_string().is_empty());
    }

    let Ok(bundle) = with else {
        return;
    };
    assert!(bundle.certificates().count() <= ENTRIES && bundle.keys().count() <= ENTRIES);
    let shown = format!("{bundle:?}");
    for entry in bundle.keys() {
        let secret = entry.key.secret_pkcs8();
        // Beyond the head of the structure, which every key of the kind shares.
        let middle = &secret[secret.len() / 2..];
        let listed = format!("{middle:?}");
        assert!(
            middle.len() < 8 || !shown.contains(listed.trim_matches(['[', ']'])),
            "a secret shows"
        );
    }
    if let Ok(credentials) = bundle.credentials(&PROVIDER, &mut StdRng::seed_from_u64(0)) {
        for credential in credentials {
            assert!(
                bundle
                    .certificates()
                    .any(|certificate| certificate == credential.certificate())
            );
        }
    }
});
