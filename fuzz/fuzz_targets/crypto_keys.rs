//! Keys, public and private: what loads agrees with itself, so what it signs verifies under its public half.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rollcert_crypto::rustcrypto::PROVIDER;
use rollcert_crypto::{DigestAlgorithm, Error, KeyAlgorithm, SignatureAlgorithm};

const MESSAGE: &[u8] = b"message";

fuzz_target!(|octets: &[u8]| {
    if let Ok(algorithm) = PROVIDER.verification.key_algorithm(octets) {
        // No key verifies its own octets.
        let scheme = SignatureAlgorithm::for_key(algorithm, DigestAlgorithm::Sha256);
        assert!(PROVIDER.verify(octets, scheme, MESSAGE, octets).is_err());
    }

    let Ok(key) = PROVIDER.load_key(octets) else {
        return;
    };
    let public = key.public_key_info();
    let algorithm = PROVIDER.verification.key_algorithm(public);
    assert_eq!(algorithm.expect("it was just encoded"), key.algorithm());

    let pss = SignatureAlgorithm::rsa_pss(DigestAlgorithm::Sha256);
    let scheme = SignatureAlgorithm::for_key(key.algorithm(), DigestAlgorithm::Sha256);
    for scheme in [scheme, pss] {
        match key.signer().expect("every key signs").sign(scheme, MESSAGE) {
            Ok(signature) => PROVIDER
                .verify(public, scheme, MESSAGE, &signature)
                .expect("it was just signed"),
            // The numbers of an RSA key agree whether or not its primes are primes; that shows here.
            Err(Error::Backend(_)) => {
                assert!(matches!(key.algorithm(), KeyAlgorithm::Rsa { .. }));
            }
            Err(error) => assert_eq!(error.code(), "unsupported-algorithm"),
        }
    }

    let shown = format!("{key:?}");
    assert!(shown.len() < 120, "a secret shows: {shown}");
});
