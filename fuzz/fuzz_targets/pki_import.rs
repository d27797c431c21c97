//! Files of keys and certificates: opened by content within limits, and no secret shows.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rollcert_crypto::rustcrypto::PROVIDER;
use rollcert_pki::{Entry, Limits, Password, examine};

/// Small, so that no input buys time with iterations; the seeds need fewer.
const ITERATIONS: u64 = 50;
const ENTRIES: usize = 20;

fuzz_target!(|octets: &[u8]| {
    let limits = Limits::default()
        .with_kdf_iterations(ITERATIONS)
        .with_entries(ENTRIES);
    let password = Password::from("password");
    let without = examine(octets, None, &PROVIDER, &limits);
    let with = examine(octets, Some(&password), &PROVIDER, &limits);

    // A password that nothing asks for changes nothing.
    if let Ok(without) = &without {
        let with = with.as_ref().expect("it opens without a password");
        assert_eq!(with.kind, without.kind);
        assert!(with.certificates().eq(without.certificates()));
    }
    let (bundle, opened) = match with {
        Ok(bundle) => (bundle, true),
        Err(refusal) => {
            assert!(!refusal.error.code().is_empty() && !refusal.to_string().is_empty());
            (refusal.found, false)
        }
    };
    assert!(bundle.entries.len() <= ENTRIES);
    // What was opened held something, or says why it did not.
    assert!(
        !opened
            || !bundle.entries.is_empty()
            || !bundle.warnings.is_empty()
            || bundle.kind.code() != "unknown"
    );
    for entry in &bundle.entries {
        read(entry);
    }
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

/// Asks an entry for all that it can tell; what an entry keeps is a file of its own.
fn read(entry: &Entry) {
    let limits = Limits::default();
    let reopened = |octets: &[u8]| {
        let bundle = examine(octets, None, &PROVIDER, &limits).expect("it was read once");
        assert_eq!(bundle.entries.len(), 1);
        bundle
    };
    match entry {
        Entry::Certificate(entry) => {
            let bundle = reopened(entry.certificate.as_der());
            assert_eq!(bundle.certificates().next(), Some(&entry.certificate));
            let _ = (entry.certificate.emails(), entry.certificate.usable_for());
        }
        Entry::Request(request) => {
            assert_eq!(reopened(request.as_der()).requests().next(), Some(request));
            let _ = (
                request.emails(),
                request.dns_names(),
                request.verify(&PROVIDER),
            );
        }
        Entry::Crl(crl) => {
            assert_eq!(reopened(crl.as_der()).crls().next(), Some(crl));
            assert_eq!(crl.entries().count(), crl.entries().len());
            let _ = (crl.number(), crl.is_delta(), crl.is_understood());
        }
        Entry::PublicKey(key) => {
            reopened(key.as_der());
        }
        _ => {}
    }
}
