//! One suite for every backend: what OpenSSL made, published vectors, and the ways to fail.
#![cfg(feature = "rustcrypto")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "tests fail by panicking"
)]

use rand::SeedableRng;
use rand::rngs::StdRng;
use rollcert_crypto::{
    ContentAlgorithm, DigestAlgorithm, Error, KeyAlgorithm, KeyTransportAlgorithm, Provider,
    SignatureAlgorithm, rustcrypto,
};

const BACKENDS: [Provider; 1] = [rustcrypto::PROVIDER];

const MESSAGE: &[u8] = include_bytes!("fixtures/message.txt");
const RSA: &[u8] = include_bytes!("fixtures/rsa2048.pkcs8.der");
const RSA_PUBLIC: &[u8] = include_bytes!("fixtures/rsa2048.spki.der");
const P256: &[u8] = include_bytes!("fixtures/p256.pkcs8.der");
const P256_PUBLIC: &[u8] = include_bytes!("fixtures/p256.spki.der");

/// What OpenSSL signed: digest, by RSA, by P-256.
const SIGNATURES: [(DigestAlgorithm, &[u8], &[u8]); 4] = [
    (
        DigestAlgorithm::Sha1,
        include_bytes!("fixtures/rsa2048.sha1.sig"),
        include_bytes!("fixtures/p256.sha1.sig"),
    ),
    (
        DigestAlgorithm::Sha256,
        include_bytes!("fixtures/rsa2048.sha256.sig"),
        include_bytes!("fixtures/p256.sha256.sig"),
    ),
    (
        DigestAlgorithm::Sha384,
        include_bytes!("fixtures/rsa2048.sha384.sig"),
        include_bytes!("fixtures/p256.sha384.sig"),
    ),
    (
        DigestAlgorithm::Sha512,
        include_bytes!("fixtures/rsa2048.sha512.sig"),
        include_bytes!("fixtures/p256.sha512.sig"),
    ),
];

fn rng() -> StdRng {
    StdRng::seed_from_u64(7)
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

/// The name of the error, for comparing.
fn code<T>(result: Result<T, Error>) -> &'static str {
    result.map_or_else(|error| error.code(), |_| "ok")
}

#[test]
fn signatures_of_openssl_verify_and_altered_ones_do_not() {
    for provider in BACKENDS {
        for (digest, rsa, ecdsa) in SIGNATURES {
            for (public, algorithm, signature) in [
                (RSA_PUBLIC, SignatureAlgorithm::RsaPkcs1(digest), rsa),
                (P256_PUBLIC, SignatureAlgorithm::Ecdsa(digest), ecdsa),
            ] {
                let verify = |message: &[u8], signature: &[u8]| {
                    code(provider.verify(public, algorithm, message, signature))
                };
                assert_eq!(verify(MESSAGE, signature), "ok", "{algorithm}");
                assert_eq!(verify(b"another message", signature), "signature-invalid");
                let mut altered = signature.to_vec();
                *altered.last_mut().unwrap() ^= 1;
                assert_eq!(verify(MESSAGE, &altered), "signature-invalid");
                assert_eq!(
                    verify(MESSAGE, &signature[..signature.len() - 1]),
                    "signature-invalid"
                );
                assert_eq!(verify(MESSAGE, b""), "signature-invalid");
            }
        }
    }
}

#[test]
fn what_one_backend_signs_every_backend_verifies() {
    for signing in BACKENDS {
        for (key, public) in [(RSA, RSA_PUBLIC), (P256, P256_PUBLIC)] {
            let key = signing.load_key(key).unwrap();
            for digest in [
                DigestAlgorithm::Sha256,
                DigestAlgorithm::Sha384,
                DigestAlgorithm::Sha512,
            ] {
                let algorithm = SignatureAlgorithm::for_key(key.algorithm(), digest);
                let signature = key.signer().unwrap().sign(algorithm, MESSAGE).unwrap();
                for verifying in BACKENDS {
                    verifying
                        .verify(public, algorithm, MESSAGE, &signature)
                        .unwrap();
                }
            }
            let weak = SignatureAlgorithm::for_key(key.algorithm(), DigestAlgorithm::Sha1);
            assert_eq!(
                code(key.signer().unwrap().sign(weak, MESSAGE)),
                "unsupported-algorithm"
            );
        }
    }
}

#[test]
fn content_keys_travel_to_and_from_openssl() {
    for provider in BACKENDS {
        let key = provider.load_key(RSA).unwrap();
        let open = |encrypted: &[u8]| {
            key.decryptor()
                .unwrap()
                .decrypt_key(KeyTransportAlgorithm::RsaPkcs1, encrypted)
        };
        let transported = include_bytes!("fixtures/rsa2048.transported.bin");
        assert_eq!(
            open(transported).unwrap().as_slice(),
            b"0123456789abcdef0123456789abcdef"
        );
        let encrypted = provider
            .key_encryption
            .encrypt_key(
                RSA_PUBLIC,
                KeyTransportAlgorithm::RsaPkcs1,
                b"content key",
                &mut rng(),
            )
            .unwrap();
        assert_eq!(open(&encrypted).unwrap().as_slice(), b"content key");
        // Wrong padding is a random key or the opaque error, never the content key and never a reason.
        let mut altered = encrypted;
        *altered.last_mut().unwrap() ^= 1;
        match open(&altered) {
            Ok(random) => assert_ne!(random.as_slice(), b"content key"),
            Err(error) => assert_eq!(error.code(), "decryption-failed"),
        }
        assert_eq!(code(open(b"")), "decryption-failed");
        assert_eq!(code(open(&[0xff; 256])), "decryption-failed");
    }
}

#[test]
fn content_is_encrypted_as_published() {
    // NIST SP 800-38A F.2.1, F.2.3 and F.2.5, first block; the padding block follows it.
    let plain = hex("6bc1bee22e409f96e93d7e117393172a");
    let vector = hex("000102030405060708090a0b0c0d0e0f");
    for provider in BACKENDS {
        for (algorithm, key, first) in [
            (
                ContentAlgorithm::Aes128Cbc,
                "2b7e151628aed2a6abf7158809cf4f3c",
                "7649abac8119b246cee98e9b12e9197d",
            ),
            (
                ContentAlgorithm::Aes192Cbc,
                "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
                "4f021db243bc633d7178183a9fa071e8",
            ),
            (
                ContentAlgorithm::Aes256Cbc,
                "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
                "f58c4c04d6e5f1ba779eabfb5f7bfbd6",
            ),
        ] {
            let key = hex(key);
            let encrypted = provider
                .content
                .encrypt(algorithm, &key, &vector, &plain)
                .unwrap();
            assert_eq!(encrypted[..16], hex(first), "{algorithm}");
            let decrypt =
                |octets: &[u8]| provider.content.decrypt(algorithm, &key, &vector, octets);
            assert_eq!(decrypt(&encrypted).unwrap().as_slice(), plain);
            assert_eq!(code(decrypt(&encrypted[..31])), "decryption-failed");
            assert_eq!(code(decrypt(b"")), "decryption-failed");
            let short = provider
                .content
                .decrypt(algorithm, &key[1..], &vector, &encrypted);
            assert_eq!(code(short), "malformed-key");
            let short = provider
                .content
                .encrypt(algorithm, &key, &vector[1..], &plain);
            assert_eq!(code(short), "malformed-key");
        }
        let triple = provider
            .content
            .encrypt(ContentAlgorithm::DesEde3Cbc, &[1; 24], &[0; 8], b"");
        assert_eq!(
            code(triple),
            "unsupported-algorithm",
            "3DES is for opening only"
        );
    }
}

#[test]
fn digests_and_derivations_are_as_published() {
    for provider in BACKENDS {
        // FIPS 180-4, "abc".
        for (digest, expected) in [
            (
                DigestAlgorithm::Sha1,
                "a9993e364706816aba3e25717850c26c9cd0d89d",
            ),
            (
                DigestAlgorithm::Sha256,
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
        ] {
            assert_eq!(provider.digest(digest, b"abc"), hex(expected));
            let mut hasher = provider.digests.start(digest);
            hasher.update(b"a");
            hasher.update(b"bc");
            assert_eq!(hasher.finish(), hex(expected));
        }
        for digest in DigestAlgorithm::ALL {
            assert_eq!(provider.digest(digest, b"").len(), digest.output_len());
        }
        // RFC 4231 §4.3.
        assert_eq!(
            provider.derivation.hmac(
                DigestAlgorithm::Sha256,
                b"Jefe",
                b"what do ya want for nothing?"
            ),
            hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        );
        // RFC 6070, the second case.
        let mut key = [0; 20];
        provider
            .derivation
            .pbkdf2(DigestAlgorithm::Sha1, b"password", b"salt", 2, &mut key);
        assert_eq!(
            key.to_vec(),
            hex("ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957")
        );
    }
}

#[test]
fn keys_say_what_they_are_and_others_are_refused_by_name() {
    for provider in BACKENDS {
        let algorithm = |key: &[u8]| provider.verification.key_algorithm(key);
        assert_eq!(
            algorithm(RSA_PUBLIC).unwrap(),
            KeyAlgorithm::Rsa { bits: 2048 }
        );
        assert_eq!(algorithm(P256_PUBLIC).unwrap(), KeyAlgorithm::P256);
        assert_eq!(
            provider.load_key(RSA).unwrap().algorithm().to_string(),
            "rsa-2048"
        );
        assert_eq!(
            provider.load_key(P256).unwrap().algorithm().to_string(),
            "p-256"
        );
        let other = include_bytes!("fixtures/p384.spki.der");
        assert_eq!(code(algorithm(other)), "unsupported-algorithm");
        for other in [
            include_bytes!("fixtures/p384.pkcs8.der").as_slice(),
            include_bytes!("fixtures/ed25519.pkcs8.der"),
        ] {
            assert_eq!(code(provider.load_key(other)), "unsupported-algorithm");
        }
        for key in [RSA, P256] {
            for end in (0..key.len()).step_by(7) {
                assert_eq!(
                    code(provider.load_key(&key[..end])),
                    "malformed-key",
                    "{end}"
                );
            }
        }
        for key in [RSA_PUBLIC, P256_PUBLIC] {
            for end in 0..key.len() {
                assert_eq!(code(algorithm(&key[..end])), "malformed-key", "{end}");
            }
        }
    }
}

#[test]
fn a_key_does_only_what_its_kind_can() {
    for provider in BACKENDS {
        let elliptic = provider.load_key(P256).unwrap();
        assert_eq!(
            code(elliptic.decryptor().map(|_| ())),
            "unsupported-algorithm"
        );
        let wrong = SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256);
        assert_eq!(
            code(elliptic.signer().unwrap().sign(wrong, MESSAGE)),
            "unsupported-algorithm"
        );
        assert_eq!(
            code(provider.verify(P256_PUBLIC, wrong, MESSAGE, b"")),
            "unsupported-algorithm"
        );
        let transport = provider.key_encryption.encrypt_key(
            P256_PUBLIC,
            KeyTransportAlgorithm::RsaPkcs1,
            b"key",
            &mut rng(),
        );
        assert_eq!(code(transport), "unsupported-algorithm");
    }
}

#[test]
fn no_secret_shows() {
    for provider in BACKENDS {
        let shown = format!("{:?} {provider:?}", provider.load_key(RSA).unwrap());
        assert!(shown.len() < 200, "{shown}");
        assert!(shown.contains("rustcrypto"), "{shown}");
    }
}
