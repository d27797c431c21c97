//! One suite for every backend, alone and crosswise: what OpenSSL made, published vectors, and the ways
//! to fail. What a backend does not serve at all, `backend_table.rs` holds to the documentation.
#![cfg(all(feature = "aws-lc", feature = "rustcrypto"))]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "tests fail by panicking"
)]

mod support;

use rand::RngExt;
use rollcert_crypto::{
    AeadAlgorithm, CipherStream, ContentAlgorithm, DigestAlgorithm, Error, KeyAlgorithm,
    KeyTransportAlgorithm, KeyWrapAlgorithm, LegacyCipher, PrivateKey, Provider, ScryptParameters,
    SignatureAlgorithm, VerifyingKey as _, aws_lc, rustcrypto,
};

use support::{
    BACKENDS, CONTENT_KEY, MESSAGE, Stuck, answers, code, fixture, hex, name, rng, served,
};

const CURVES: [(&str, KeyAlgorithm); 3] = [
    ("p256", KeyAlgorithm::P256),
    ("p384", KeyAlgorithm::P384),
    ("p521", KeyAlgorithm::P521),
];

/// Keys of every kind, by the names of their files.
const KEYS: [(&str, KeyAlgorithm); 6] = [
    ("rsa1024", KeyAlgorithm::Rsa { bits: 1024 }),
    ("rsa2048", KeyAlgorithm::Rsa { bits: 2048 }),
    ("p256", KeyAlgorithm::P256),
    ("p384", KeyAlgorithm::P384),
    ("p521", KeyAlgorithm::P521),
    ("ed25519", KeyAlgorithm::Ed25519),
];

fn private(key: &str) -> Vec<u8> {
    fixture(&format!("{key}.pkcs8.der"))
}

fn public(key: &str) -> Vec<u8> {
    fixture(&format!("{key}.spki.der"))
}

/// What OpenSSL signed: the key, how, and the file of the signature.
fn signatures_of_openssl() -> Vec<(&'static str, SignatureAlgorithm, String)> {
    let salted = |salt_len| SignatureAlgorithm::RsaPss {
        digest: DigestAlgorithm::Sha256,
        salt_len,
    };
    let mut signatures = vec![
        (
            "ed25519",
            SignatureAlgorithm::Ed25519,
            "ed25519.sig".to_owned(),
        ),
        (
            "rsa8192",
            SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256),
            "rsa8192.sha256.sig".to_owned(),
        ),
        ("rsa1024", salted(32), "rsa1024.pss-sha256.sig".to_owned()),
        ("rsa-pss", salted(32), "rsa-pss.pss-sha256.sig".to_owned()),
        (
            "rsa2048",
            salted(0),
            "rsa2048.pss-sha256-salt0.sig".to_owned(),
        ),
        (
            "rsa2048",
            salted(222),
            "rsa2048.pss-sha256-salt222.sig".to_owned(),
        ),
    ];
    for digest in DigestAlgorithm::ALL {
        let file = name(digest);
        for key in ["rsa1024", "rsa2048"] {
            let algorithm = SignatureAlgorithm::RsaPkcs1(digest);
            signatures.push((key, algorithm, format!("{key}.{file}.sig")));
        }
        let pss = SignatureAlgorithm::rsa_pss(digest);
        signatures.push(("rsa2048", pss, format!("rsa2048.pss-{file}.sig")));
        for (key, _) in CURVES {
            let algorithm = SignatureAlgorithm::Ecdsa(digest);
            signatures.push((key, algorithm, format!("{key}.{file}.sig")));
        }
    }
    signatures
}

/// Every way to open content keys, and the file that OpenSSL made so for `rsa2048`.
fn transports() -> Vec<(KeyTransportAlgorithm, String)> {
    let mixed = |digest, mask_digest| {
        (
            KeyTransportAlgorithm::RsaOaep {
                digest,
                mask_digest,
            },
            format!("rsa2048.oaep-{}-{}.bin", name(digest), name(mask_digest)),
        )
    };
    let mut transports = vec![
        (
            KeyTransportAlgorithm::RsaPkcs1,
            "rsa2048.transported.bin".to_owned(),
        ),
        mixed(DigestAlgorithm::Sha256, DigestAlgorithm::Sha1),
        mixed(DigestAlgorithm::Sha1, DigestAlgorithm::Sha256),
    ];
    transports.extend(DigestAlgorithm::ALL.map(|digest| mixed(digest, digest)));
    transports
}

#[test]
fn signatures_of_openssl_verify_and_altered_ones_do_not() {
    for provider in BACKENDS {
        for (key, algorithm, file) in signatures_of_openssl() {
            let (key, signature) = (public(key), fixture(&file));
            let verify = |message: &[u8], signature: &[u8]| {
                code(provider.verify(&key, algorithm, message, signature))
            };
            if served(provider.verify(&key, algorithm, MESSAGE, &signature)).is_none() {
                continue;
            }
            let mut altered = signature.clone();
            *altered.last_mut().unwrap() ^= 1;
            let mut longer = signature.clone();
            longer.push(0);
            let shorter = &signature[..signature.len() - 1];
            for (message, signature) in [
                (b"another message".as_slice(), signature.as_slice()),
                (MESSAGE, &altered),
                (MESSAGE, &longer),
                (MESSAGE, shorter),
                (MESSAGE, b""),
            ] {
                assert_eq!(
                    verify(message, signature),
                    "signature-invalid",
                    "{} {file}",
                    provider.name
                );
            }
        }
    }
}

#[test]
fn a_signature_of_one_scheme_is_none_of_another() {
    let pss = |digest, salt_len| SignatureAlgorithm::RsaPss { digest, salt_len };
    let (sha256, sha512) = (DigestAlgorithm::Sha256, DigestAlgorithm::Sha512);
    for provider in BACKENDS {
        for (key, file, other) in [
            ("rsa2048", "sha256", SignatureAlgorithm::RsaPkcs1(sha512)),
            ("rsa2048", "sha256", pss(sha256, 32)),
            (
                "rsa2048",
                "pss-sha256",
                SignatureAlgorithm::RsaPkcs1(sha256),
            ),
            ("rsa2048", "pss-sha256", pss(sha256, 31)),
            ("rsa2048", "pss-sha256", pss(sha512, 64)),
            ("rsa2048", "pss-sha256", pss(sha256, u16::MAX)),
            ("p256", "sha256", SignatureAlgorithm::Ecdsa(sha512)),
            ("p521", "sha512", SignatureAlgorithm::Ecdsa(sha256)),
        ] {
            let signature = fixture(&format!("{key}.{file}.sig"));
            assert_eq!(
                code(provider.verify(&public(key), other, MESSAGE, &signature)),
                "signature-invalid",
                "{} {key} {file} {other:?}",
                provider.name
            );
        }
    }
}

#[test]
fn what_one_backend_signs_every_backend_verifies() {
    let mut made = 0;
    for signing in BACKENDS {
        for (key, algorithm, _) in signatures_of_openssl() {
            // Slow, and like the others.
            let Some(loaded) = served(signing.load_key(&private(key))).filter(|_| key != "rsa8192")
            else {
                continue;
            };
            let signature = loaded.signer().unwrap().sign(algorithm, MESSAGE);
            if algorithm.digest() == DigestAlgorithm::Sha1 {
                assert_eq!(code(signature), "unsupported-algorithm", "{algorithm:?}");
                continue;
            }
            let Some(signature) = served(signature) else {
                continue;
            };
            made += 1;
            let verified = BACKENDS
                .iter()
                .filter_map(|verifying| {
                    served(verifying.verify(&public(key), algorithm, MESSAGE, &signature))
                })
                .count();
            assert!(verified >= 2, "{} {key} {algorithm:?}", signing.name);
        }
    }
    // Every one but those with SHA-1, in two backends out of three, and what AWS-LC serves.
    assert!(made > 100, "{made}");
}

#[test]
fn content_keys_travel_to_and_from_openssl_and_between_the_backends() {
    let public = public("rsa2048");
    for opening in BACKENDS {
        let key = opening.load_key(&private("rsa2048")).unwrap();
        for (algorithm, file) in transports() {
            let open =
                |encrypted: &[u8]| key.decryptor().unwrap().decrypt_key(algorithm, encrypted);
            let Some(opened) = served(open(&fixture(&file))) else {
                continue;
            };
            assert_eq!(opened.as_slice(), CONTENT_KEY, "{} {file}", opening.name);
            for encrypting in BACKENDS {
                let encrypted = encrypting.key_encryption.encrypt_key(
                    &public,
                    algorithm,
                    CONTENT_KEY,
                    &mut rng(),
                );
                let Some(encrypted) = served(encrypted) else {
                    continue;
                };
                assert_eq!(
                    open(&encrypted).unwrap().as_slice(),
                    CONTENT_KEY,
                    "{algorithm:?}"
                );
                // Wrong padding is a random key or the opaque error, never the content key, never a reason.
                let mut altered = encrypted;
                *altered.last_mut().unwrap() ^= 1;
                match open(&altered) {
                    Ok(random) => assert_ne!(random.as_slice(), CONTENT_KEY),
                    Err(error) => assert_eq!(error.code(), "decryption-failed"),
                }
            }
            for wrong in [b"".as_slice(), &[0xff; 256], &[1; 255], &[1; 257]] {
                assert_eq!(code(open(wrong)), "decryption-failed", "{algorithm:?}");
            }
        }
    }
}

#[test]
fn keys_of_the_sizes_at_both_ends_open_content_keys() {
    for provider in BACKENDS {
        for key in ["rsa1024", "rsa8192"] {
            let Some(loaded) = served(provider.load_key(&private(key))) else {
                assert_eq!((provider.name, key), ("aws-lc", "rsa1024"));
                continue;
            };
            let transported = fixture(&format!("{key}.transported.bin"));
            let opened = loaded
                .decryptor()
                .unwrap()
                .decrypt_key(KeyTransportAlgorithm::RsaPkcs1, &transported);
            assert_eq!(opened.unwrap().as_slice(), CONTENT_KEY);
        }
    }
}

#[test]
fn a_content_key_too_long_for_the_rsa_key_is_refused() {
    for provider in BACKENDS {
        for (algorithm, longest) in [
            (KeyTransportAlgorithm::RsaPkcs1, 245),
            (
                KeyTransportAlgorithm::rsa_oaep(DigestAlgorithm::Sha256),
                190,
            ),
        ] {
            let encrypt = |len| {
                let content_key = vec![1; len];
                provider.key_encryption.encrypt_key(
                    &public("rsa2048"),
                    algorithm,
                    &content_key,
                    &mut rng(),
                )
            };
            assert_eq!(encrypt(longest).unwrap().len(), 256, "{algorithm:?}");
            assert_eq!(code(encrypt(longest + 1)), "malformed-key", "{algorithm:?}");
        }
    }
}

#[test]
fn secrets_are_agreed_on_as_openssl_does() {
    for provider in BACKENDS {
        for (curve, _) in CURVES {
            let secret = fixture(&format!("{curve}.secret.bin"));
            let peer_name = format!("{curve}-peer");
            let agree = |mine: &str, theirs: &[u8]| {
                provider
                    .load_key(&private(mine))
                    .unwrap()
                    .agreement()
                    .unwrap()
                    .agree(theirs)
                    .map(|secret| secret.to_vec())
            };
            assert_eq!(agree(curve, &public(&peer_name)).unwrap(), secret);
            assert_eq!(agree(&peer_name, &public(curve)).unwrap(), secret);
            let compressed = fixture(&format!("{curve}.compressed.spki.der"));
            assert_eq!(agree(&peer_name, &compressed).unwrap(), secret);

            let other = if curve == "p256" { "p384" } else { "p256" };
            assert_eq!(code(agree(curve, &public(other))), "unsupported-algorithm");
            assert_eq!(
                code(agree(curve, &public("rsa2048"))),
                "unsupported-algorithm"
            );
            assert_eq!(code(agree(curve, b"no key")), "malformed-key");
            assert_eq!(
                code(agree(curve, &beside_the_curve(curve))),
                "malformed-key"
            );
        }
    }
}

/// A public key whose point is none of the curve: the invalid-curve attack begins with one.
fn beside_the_curve(curve: &str) -> Vec<u8> {
    let mut key = public(curve);
    *key.last_mut().unwrap() ^= 1;
    key
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
            let content = provider.content;
            let encrypted = content.encrypt(algorithm, &key, &vector, &plain).unwrap();
            assert_eq!(encrypted[..16], hex(first), "{algorithm}");
            let decrypt = |octets: &[u8]| content.decrypt(algorithm, &key, &vector, octets);
            assert_eq!(decrypt(&encrypted).unwrap().as_slice(), plain);
            assert_eq!(code(decrypt(&encrypted[..31])), "decryption-failed");
            assert_eq!(code(decrypt(&encrypted[..16])), "decryption-failed");
            assert_eq!(code(decrypt(b"")), "decryption-failed");
            for (key, vector) in [(&key[1..], vector.as_slice()), (&key, &vector[1..])] {
                let opened = content.decrypt(algorithm, key, vector, &encrypted);
                assert_eq!(code(opened), "malformed-key");
                let encrypted = content.encrypt(algorithm, key, vector, &plain);
                assert_eq!(code(encrypted), "malformed-key");
            }
        }
    }
}

#[test]
fn content_of_every_length_opens_in_every_backend() {
    let mut random = rng();
    for len in (0..=65).chain([4096, 100_003]) {
        let mut plain = vec![0; len];
        random.fill(plain.as_mut_slice());
        for algorithm in ContentAlgorithm::ALL {
            let key = vec![7; algorithm.key_len()];
            let vector = vec![9; algorithm.block_len()];
            let backends = serving(algorithm);
            let encrypted: Vec<Vec<u8>> = backends
                .iter()
                .map(|provider| {
                    let content = provider.content;
                    content.encrypt(algorithm, &key, &vector, &plain).unwrap()
                })
                .collect();
            // CBC mode leaves no choice.
            assert!(encrypted.windows(2).all(|pair| pair[0] == pair[1]));
            for (encrypted, provider) in encrypted.iter().zip(&backends) {
                let opened = provider
                    .content
                    .decrypt(algorithm, &key, &vector, encrypted);
                assert_eq!(opened.unwrap().as_slice(), plain, "{algorithm} {len}");
            }
        }
    }
}

/// The octets through a stream, cut after `first` octets and then every `each`.
fn in_pieces(
    mut stream: Box<dyn CipherStream>,
    octets: &[u8],
    first: usize,
    each: usize,
) -> Result<Vec<u8>, Error> {
    let (head, tail) = octets.split_at(first.min(octets.len()));
    // What is there already stays.
    let mut out = b"before".to_vec();
    stream.update(head, &mut out)?;
    stream.update(b"", &mut out)?;
    for piece in tail.chunks(each) {
        let before = out.len();
        stream.update(piece, &mut out)?;
        assert!(out.len() - before <= piece.len() + 16);
    }
    stream.finish(&mut out)?;
    Ok(out.split_off(b"before".len()))
}

/// The backends that serve a cipher.
fn serving(algorithm: ContentAlgorithm) -> Vec<Provider> {
    let (key, vector) = (vec![0; algorithm.key_len()], vec![0; algorithm.block_len()]);
    BACKENDS
        .into_iter()
        .filter(|provider| {
            served(provider.content.start_encryption(algorithm, &key, &vector)).is_some()
        })
        .collect()
}

#[test]
fn content_in_pieces_is_what_it_is_at_once() {
    let mut random = rng();
    for algorithm in ContentAlgorithm::ALL {
        let (key, vector) = (vec![7; algorithm.key_len()], vec![9; algorithm.block_len()]);
        for provider in serving(algorithm) {
            let content = provider.content;
            for len in (0..=49).chain([4096, 100_003]) {
                let mut plain = vec![0; len];
                random.fill(plain.as_mut_slice());
                let encrypted = content.encrypt(algorithm, &key, &vector, &plain).unwrap();
                for first in 0..=33 {
                    let each = random.random_range(1..=len.max(1));
                    let stream = content.start_encryption(algorithm, &key, &vector).unwrap();
                    let streamed = in_pieces(stream, &plain, first, each);
                    assert_eq!(
                        streamed.unwrap(),
                        encrypted,
                        "{algorithm} {len} {first} {each}"
                    );
                    let stream = content.start_decryption(algorithm, &key, &vector).unwrap();
                    let streamed = in_pieces(stream, &encrypted, first, each);
                    assert_eq!(streamed.unwrap(), plain, "{algorithm} {len} {first} {each}");
                }
            }
        }
    }
    assert_eq!(serving(ContentAlgorithm::Aes192Cbc).len(), 3);
    assert_eq!(serving(ContentAlgorithm::DesEde3Cbc).len(), 2);
}

#[test]
fn content_in_pieces_fails_with_one_error_and_at_the_end() {
    for algorithm in ContentAlgorithm::ALL {
        let block_len = algorithm.block_len();
        let (key, vector) = (vec![7; algorithm.key_len()], vec![9; block_len]);
        for provider in serving(algorithm) {
            let content = provider.content;
            // Nothing but padding, which the altered vector alters.
            let encrypted = content.encrypt(algorithm, &key, &vector, b"").unwrap();
            let altered = vec![0xf6; block_len];
            let other_key = vec![8; algorithm.key_len()];
            for (key, vector, encrypted) in [
                (&key, &vector, b"".as_slice()),
                (&key, &vector, &encrypted[..1]),
                (&key, &vector, &encrypted[1..]),
                (&key, &vector, &[encrypted.as_slice(), b"!"].concat()),
                (&other_key, &vector, &encrypted),
                (&key, &altered, &encrypted),
            ] {
                let mut stream = content.start_decryption(algorithm, key, vector).unwrap();
                let mut out = Vec::new();
                stream.update(encrypted, &mut out).unwrap();
                assert_eq!(
                    code(stream.finish(&mut out)),
                    "decryption-failed",
                    "{algorithm}"
                );
            }
            for (key, vector) in [(&key[1..], vector.as_slice()), (&key, &vector[1..])] {
                let started = content.start_decryption(algorithm, key, vector);
                assert_eq!(code(started), "malformed-key");
                let started = content.start_encryption(algorithm, key, vector);
                assert_eq!(code(started), "malformed-key");
            }
        }
    }
}

#[test]
fn keys_are_wrapped_as_published() {
    // RFC 3394 §4.1 to §4.6: each length of key under each that is no shorter.
    let key_encryption_key =
        hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    let key = hex("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f");
    for provider in BACKENDS {
        let wrap = provider.key_wrap;
        for (algorithm, key_len, published) in [
            (
                KeyWrapAlgorithm::Aes128,
                16,
                "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5",
            ),
            (
                KeyWrapAlgorithm::Aes192,
                16,
                "96778b25ae6ca435f92b5b97c050aed2468ab8a17ad84e5d",
            ),
            (
                KeyWrapAlgorithm::Aes256,
                16,
                "64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7",
            ),
            (
                KeyWrapAlgorithm::Aes192,
                24,
                "031d33264e15d33268f24ec260743edce1c6c7ddee725a936ba814915c6762d2",
            ),
            (
                KeyWrapAlgorithm::Aes256,
                24,
                "a8f9bc1612c68b3ff6e6f4fbe30e71e4769c8b80a32cb8958cd5d17d6b254da1",
            ),
            (
                KeyWrapAlgorithm::Aes256,
                32,
                "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21",
            ),
        ] {
            let key_encryption_key = &key_encryption_key[..algorithm.key_len()];
            let key = &key[..key_len];
            let Some(wrapped) = served(wrap.wrap(algorithm, key_encryption_key, key)) else {
                continue;
            };
            assert_eq!(wrapped, hex(published), "{algorithm} {key_len}");
            let unwrap = |key: &[u8], wrapped: &[u8]| wrap.unwrap_key(algorithm, key, wrapped);
            let opened = unwrap(key_encryption_key, &wrapped);
            assert_eq!(opened.unwrap().as_slice(), key);

            for at in 0..wrapped.len() {
                let mut altered = wrapped.clone();
                altered[at] ^= 0x10;
                let opened = unwrap(key_encryption_key, &altered);
                assert_eq!(code(opened), "decryption-failed");
                let opened = unwrap(key_encryption_key, &wrapped[..at]);
                assert_eq!(code(opened), "decryption-failed", "{at} octets");
            }
            let longer = [wrapped.as_slice(), &[0; 8]].concat();
            assert_eq!(
                code(unwrap(key_encryption_key, &longer)),
                "decryption-failed"
            );
            let other = vec![0x55; algorithm.key_len()];
            assert_eq!(code(unwrap(&other, &wrapped)), "decryption-failed");
        }
    }
}

#[test]
fn keys_that_cannot_be_wrapped_are_malformed() {
    for provider in BACKENDS {
        let wrap = provider.key_wrap;
        for algorithm in [KeyWrapAlgorithm::Aes128, KeyWrapAlgorithm::Aes256] {
            let key_encryption_key = vec![5; algorithm.key_len()];
            for len in (0..=40).filter(|len| *len < 16 || len % 8 != 0) {
                let wrapped = wrap.wrap(algorithm, &key_encryption_key, &vec![1; len]);
                assert_eq!(code(wrapped), "malformed-key", "{} {len}", provider.name);
            }
            for wrong in [&key_encryption_key[1..], b""] {
                let wrapped = wrap.wrap(algorithm, wrong, CONTENT_KEY);
                assert_eq!(code(wrapped), "malformed-key");
                let opened = wrap.unwrap_key(algorithm, wrong, &[1; 40]);
                assert_eq!(code(opened), "malformed-key");
            }
        }
    }
    // What the table says of AES-192, and nothing worse.
    let wrapped = aws_lc::PROVIDER
        .key_wrap
        .wrap(KeyWrapAlgorithm::Aes192, &[1; 24], CONTENT_KEY);
    assert_eq!(code(wrapped), "unsupported-algorithm");
}

/// Key, ciphertext and tag of the test cases 4, 10 and 16 of McGrew and Viega, "The Galois/Counter Mode
/// of Operation"; the rest they share.
const GALOIS: [(AeadAlgorithm, &str, &str, &str); 3] = [
    (
        AeadAlgorithm::Aes128Gcm,
        "feffe9928665731c6d6a8f9467308308",
        "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
        "5bc94fbc3221a5db94fae95ae7121a47",
    ),
    (
        AeadAlgorithm::Aes192Gcm,
        "feffe9928665731c6d6a8f9467308308feffe9928665731c",
        "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710",
        "2519498e80f1478f37ba55bd6d27618c",
    ),
    (
        AeadAlgorithm::Aes256Gcm,
        "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
        "76fc6ece0f4e1768cddf8853bb2d551b",
    ),
];

#[test]
fn content_with_integrity_is_encrypted_as_published() {
    let plain = hex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
    );
    let data = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    let nonce = hex("cafebabefacedbaddecaf888");
    for provider in BACKENDS {
        for (algorithm, key, encrypted, tag) in GALOIS {
            let (key, encrypted, tag) = (hex(key), hex(encrypted), hex(tag));
            let aead = provider.authenticated;
            let sealed = aead.seal(algorithm, &key, &nonce, &data, &plain).unwrap();
            assert_eq!(sealed, [encrypted.as_slice(), &tag].concat(), "{algorithm}");
            let open = |data: &[u8], encrypted: &[u8], tag: &[u8]| {
                aead.open(algorithm, &key, &nonce, data, encrypted, tag)
            };
            assert_eq!(open(&data, &encrypted, &tag).unwrap().as_slice(), plain);

            let altered = |octets: &[u8]| -> Vec<u8> {
                octets
                    .iter()
                    .enumerate()
                    .map(|(at, octet)| octet ^ u8::from(at == 3))
                    .collect()
            };
            for failed in [
                open(&altered(&data), &encrypted, &tag),
                open(&data, &altered(&encrypted), &tag),
                open(&data, &encrypted, &altered(&tag)),
                open(b"", &encrypted, &tag),
                open(&data, b"", &tag),
                open(&data, &encrypted[1..], &tag),
                aead.open(algorithm, &key, &[0; 12], &data, &encrypted, &tag),
            ] {
                assert_eq!(code(failed), "decryption-failed", "{algorithm}");
            }
            for len in (0..12).chain([17]) {
                let odd = open(&data, &encrypted, &[&tag, b"!".as_slice()].concat()[..len]);
                assert_eq!(code(odd), "unsupported-algorithm", "a tag of {len} octets");
            }
            for (key, nonce) in [(&key[1..], nonce.as_slice()), (&key, &nonce[1..])] {
                let sealed = aead.seal(algorithm, key, nonce, &data, &plain);
                assert_eq!(code(sealed), "malformed-key");
                let opened = aead.open(algorithm, key, nonce, &data, &encrypted, &tag);
                assert_eq!(code(opened), "malformed-key");
            }
            let empty = aead.seal(algorithm, &key, &nonce, b"", b"").unwrap();
            assert_eq!(empty.len(), AeadAlgorithm::TAG_LEN);
            assert_eq!(open(b"", b"", &empty).unwrap().as_slice(), b"");
        }
    }
}

#[test]
fn digests_and_derivations_are_as_openssl_answers() {
    let answers = answers();
    let long = [b'k'; 200];
    for provider in BACKENDS {
        let derivation = provider.derivation;
        for digest in DigestAlgorithm::ALL {
            let answer = |question: &str| answers[&format!("{question} {}", name(digest))].clone();
            assert_eq!(
                provider.digest(digest, MESSAGE),
                answer("digest"),
                "{digest}"
            );
            assert_eq!(
                derivation.hmac(digest, b"a key", MESSAGE),
                answer("hmac"),
                "{digest}"
            );
            assert_eq!(
                derivation.hmac(digest, &long, MESSAGE),
                answer("hmac-long"),
                "{digest}"
            );
            let mut key = [0; 100];
            derivation.pbkdf2(digest, b"password", b"saltsalt", 3, &mut key);
            assert_eq!(key.to_vec(), answer("pbkdf2"), "{digest}");
        }
        let parameters = ScryptParameters {
            cost: 16,
            block_size: 8,
            parallelization: 2,
        };
        let mut key = [0; 40];
        let derived = derivation.scrypt(b"password", b"saltsalt", parameters, &mut key);
        if served(derived).is_some() {
            assert_eq!(key.to_vec(), answers["scrypt -"]);
        }
        if let Some(digest) = served(provider.legacy.md5(MESSAGE)) {
            assert_eq!(digest.to_vec(), answers["md5 -"]);
        }
    }
}

#[test]
fn digests_and_derivations_agree_for_every_length() {
    let [first, others @ ..] = BACKENDS;
    let mut random = rng();
    for len in 0..300 {
        let mut octets = vec![0; len];
        random.fill(octets.as_mut_slice());
        let (key, message) = octets.split_at(random.random_range(0..=len));
        for digest in DigestAlgorithm::ALL {
            let expected = first.digest(digest, &octets);
            let mac = first.derivation.hmac(digest, key, message);
            let rounds = u32::try_from(len % 4).unwrap();
            let mut derived = vec![0; len];
            first
                .derivation
                .pbkdf2(digest, key, message, rounds, &mut derived);
            for provider in &others {
                let mut hasher = provider.digests.start(digest);
                hasher.update(key);
                hasher.update(b"");
                hasher.update(message);
                assert_eq!(hasher.finish(), expected, "{digest}");
                assert_eq!(
                    provider.derivation.hmac(digest, key, message),
                    mac,
                    "{digest}"
                );
                let mut also = vec![0; len];
                provider
                    .derivation
                    .pbkdf2(digest, key, message, rounds, &mut also);
                assert_eq!(also, derived, "{digest}");
            }
        }
    }
}

#[test]
fn old_key_files_open_as_openssl_wrote_them() {
    let answers = answers();
    let key = hex("0123456789abcdeffedcba98765432100011223344556677");
    let vector = [1, 2, 3, 4, 5, 6, 7, 8];
    for provider in BACKENDS {
        for (cipher, key_len, vector, answer) in [
            (LegacyCipher::DesCbc, 8, vector.as_slice(), "des-cbc -"),
            (LegacyCipher::DesEde3Cbc, 24, &vector, "des-ede3-cbc -"),
            (
                LegacyCipher::Rc2Cbc {
                    effective_bits: 128,
                },
                16,
                &vector,
                "rc2-128 -",
            ),
            (
                LegacyCipher::Rc2Cbc { effective_bits: 64 },
                8,
                &vector,
                "rc2-64 -",
            ),
            (
                LegacyCipher::Rc2Cbc { effective_bits: 40 },
                5,
                &vector,
                "rc2-40 -",
            ),
            (LegacyCipher::Rc4, 16, &[], "rc4 -"),
        ] {
            let opened = provider
                .legacy
                .decrypt(cipher, &key[..key_len], vector, &answers[answer]);
            if let Some(opened) = served(opened) {
                assert_eq!(opened.as_slice(), MESSAGE, "{answer}");
            }
        }
        let triple = LegacyCipher::DesEde3Cbc;
        if let Some(encrypted) = served(provider.legacy.encrypt(triple, &key, &vector, MESSAGE)) {
            assert_eq!(encrypted, answers["des-ede3-cbc -"]);
        }
        let triple = ContentAlgorithm::DesEde3Cbc;
        let content = provider.content;
        if let Some(encrypted) = served(content.encrypt(triple, &key, &vector, MESSAGE)) {
            assert_eq!(encrypted, answers["des-ede3-cbc -"]);
            let opened = content.decrypt(triple, &key, &vector, &encrypted);
            assert_eq!(opened.unwrap().as_slice(), MESSAGE);
        }
    }
}

#[test]
fn keys_say_what_they_are() {
    for provider in BACKENDS {
        for (key, algorithm) in KEYS {
            let public = public(key);
            assert_eq!(
                provider.verification.key_algorithm(&public).unwrap(),
                algorithm
            );
            let Some(loaded) = served(provider.load_key(&private(key))) else {
                assert_eq!((provider.name, key), ("aws-lc", "rsa1024"));
                continue;
            };
            assert_eq!(loaded.algorithm(), algorithm);
            assert_eq!(loaded.public_key_info(), public);
        }
    }
}

#[test]
fn an_elliptic_key_is_read_however_its_point_is_written() {
    for provider in BACKENDS {
        for (curve, algorithm) in CURVES {
            let loaded = provider.load_key(&fixture(&format!("{curve}.bare.pkcs8.der")));
            assert_eq!(
                loaded.unwrap().public_key_info(),
                public(curve),
                "no public half"
            );
            let compressed = fixture(&format!("{curve}.compressed.spki.der"));
            assert_eq!(
                provider.verification.key_algorithm(&compressed).unwrap(),
                algorithm
            );
            let signature = fixture(&format!("{curve}.sha256.sig"));
            let ecdsa = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256);
            provider
                .verify(&compressed, ecdsa, MESSAGE, &signature)
                .unwrap();
        }
    }
}

#[test]
fn a_key_is_read_with_its_public_half_beside_it() {
    for provider in BACKENDS {
        for (key, algorithm) in KEYS.into_iter().filter(|(key, _)| *key != "rsa1024") {
            let whole = with_public_key(&private(key), &public(key));
            let loaded = provider.load_key(&whole).unwrap();
            assert_eq!(loaded.algorithm(), algorithm);
            assert_eq!(loaded.public_key_info(), public(key));
        }
    }
}

#[test]
fn a_key_that_contradicts_itself_is_malformed() {
    for provider in BACKENDS {
        for (key, _) in KEYS.into_iter().filter(|(key, _)| *key != "rsa1024") {
            let other = match key {
                "rsa2048" => "rsa8192".to_owned(),
                "ed25519" => continue,
                curve => format!("{curve}-peer"),
            };
            let contradiction = with_public_key(&private(key), &public(&other));
            assert_eq!(
                code(provider.load_key(&contradiction)),
                "malformed-key",
                "{key}"
            );
        }
        let mut other = public("ed25519");
        *other.last_mut().unwrap() ^= 1;
        let contradiction = with_public_key(&private("ed25519"), &other);
        assert_eq!(code(provider.load_key(&contradiction)), "malformed-key");
        // The point inside `ECPrivateKey`, that of another key.
        for (curve, _) in CURVES {
            let (mut key, mine) = (private(curve), public(curve));
            let theirs = public(&format!("{curve}-peer"));
            let point = CURVES.len() * 8 + 1;
            let at = key
                .windows(mine.len() - point)
                .position(|window| window == &mine[point..])
                .unwrap();
            key[at..at + theirs.len() - point].copy_from_slice(&theirs[point..]);
            assert_eq!(code(provider.load_key(&key)), "malformed-key", "{curve}");
        }
    }
}

/// The PKCS#8 of version 1 as one of version 2 (RFC 5958 §2), the public key in it.
fn with_public_key(private_key_info: &[u8], public_key_info: &[u8]) -> Vec<u8> {
    let (_, fields) = content_of(private_key_info);
    let (_, public) = content_of(public_key_info);
    let (algorithm_len, _) = content_of(public);
    let (_, bits) = content_of(&public[algorithm_len..]);
    // version, the fields after it, and `[1] IMPLICIT BIT STRING`.
    let content = [&[2, 1, 1], &fields[3..], &element(0x81, bits)].concat();
    element(0x30, &content)
}

/// The length of the first element of `der` as a whole, and its content.
fn content_of(der: &[u8]) -> (usize, &[u8]) {
    let (head, len) = match der[1] {
        short @ ..=0x7f => (2, usize::from(short)),
        0x81 => (3, usize::from(der[2])),
        _ => (4, usize::from(der[2]) * 256 + usize::from(der[3])),
    };
    (head + len, &der[head..head + len])
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let [.., high, low] = content.len().to_be_bytes();
    [&[tag, 0x82, high, low], content]
        .concat()
        .into_iter()
        .enumerate()
        .filter(|(at, _)| match content.len() {
            ..0x80 => !matches!(at, 1 | 2),
            0x80..0x100 => *at != 2,
            _ => true,
        })
        .map(|(at, octet)| {
            if at == 1 && content.len() < 0x100 {
                0x81
            } else {
                octet
            }
        })
        .collect()
}

#[test]
fn the_parameters_beside_a_key_are_those_of_its_kind() {
    const NULL: &[u8] = &[5, 0];
    const WRONG: &[u8] = &[2, 1, 1];
    for provider in BACKENDS {
        for (key, parameters, expected) in [
            ("rsa2048", NULL, "ok"),
            ("rsa2048", b"", "ok"),
            ("rsa2048", WRONG, "malformed-key"),
            ("ed25519", b"", "ok"),
            ("ed25519", NULL, "malformed-key"),
            ("p256", b"", "unsupported-algorithm"),
            ("p256", NULL, "unsupported-algorithm"),
        ] {
            let info = with_parameters(&public(key), b"", parameters);
            let algorithm = provider.verification.key_algorithm(&info);
            assert_eq!(
                code(algorithm),
                expected,
                "{} {key} {parameters:?}",
                provider.name
            );

            let version = [2, 1, 0];
            let file = with_parameters(&private(key), &version, parameters);
            let loaded = provider.load_key(&file);
            if let Ok(loaded) = &loaded {
                // However it was written, it goes on as it should be.
                assert_eq!(loaded.public_key_info(), public(key));
            }
            assert_eq!(
                code(loaded),
                expected,
                "{} {key} {parameters:?}",
                provider.name
            );
        }
        let transport = KeyTransportAlgorithm::RsaPkcs1;
        let info = with_parameters(&public("rsa2048"), b"", b"");
        let encrypted =
            provider
                .key_encryption
                .encrypt_key(&info, transport, CONTENT_KEY, &mut rng());
        assert_eq!(encrypted.unwrap().len(), 256);
    }
}

/// A key structure with other parameters in its `AlgorithmIdentifier`, which `before` precedes.
fn with_parameters(info: &[u8], before: &[u8], parameters: &[u8]) -> Vec<u8> {
    let (_, fields) = content_of(info);
    let (algorithm_len, algorithm) = content_of(&fields[before.len()..]);
    let (oid_len, _) = content_of(algorithm);
    let algorithm = element(0x30, &[&algorithm[..oid_len], parameters].concat());
    let key = &fields[before.len() + algorithm_len..];
    element(0x30, &[before, &algorithm, key].concat())
}

/// A hybrid point (X9.62), the point at infinity, an even modulus, an even exponent, an octet too many within.
fn keys_that_are_none() -> [Vec<u8>; 5] {
    let point = public("p256");
    let (head, coordinates) = point.split_at(point.len() - 65);
    let hybrid_tag = 6 | (coordinates[64] & 1);
    let hybrid = [head, &[hybrid_tag], &coordinates[1..]].concat();
    let mut even = public("rsa2048");
    let last_of_modulus = even.len() - 6;
    even[last_of_modulus] ^= 1;
    let mut exponent = public("rsa2048");
    let last = exponent.len() - 3;
    exponent[last..].copy_from_slice(&[1, 0, 0]);
    let with_bits = |key: &[u8], bits: &[u8]| {
        let (_, fields) = content_of(key);
        let (algorithm_len, _) = content_of(fields);
        let bits = element(3, &[&[0], bits].concat());
        element(0x30, &[&fields[..algorithm_len], &bits].concat())
    };
    let infinity = with_bits(&point, &[0]);
    let whole = public("rsa2048");
    let longer = with_bits(&whole, &[&whole[24..], b"!"].concat());
    [hybrid, infinity, even, exponent, longer]
}

#[test]
fn a_public_key_that_is_none_verifies_nothing() {
    let ecdsa = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256);
    let rsa = SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256);
    let [hybrid, infinity, even, exponent, longer] = keys_that_are_none();
    for provider in BACKENDS {
        for (what, key, algorithm, signature) in [
            ("hybrid", &hybrid, ecdsa, "p256.sha256.sig"),
            ("infinity", &infinity, ecdsa, "p256.sha256.sig"),
            ("even", &even, rsa, "rsa2048.sha256.sig"),
            ("exponent", &exponent, rsa, "rsa2048.sha256.sig"),
            ("longer", &longer, rsa, "rsa2048.sha256.sig"),
        ] {
            let kind = provider.verification.key_algorithm(key);
            assert_eq!(code(kind), "malformed-key", "{} {what}", provider.name);
            let verified = provider.verify(key, algorithm, MESSAGE, &fixture(signature));
            assert_eq!(code(verified), "malformed-key", "{} {what}", provider.name);
        }
        // Two is the y of no point. AWS-LC sees that when it verifies.
        let mut nowhere = public("ed25519");
        let start = nowhere.len() - 32;
        nowhere[start..].fill(0);
        nowhere[start] = 2;
        let signature = fixture("ed25519.sig");
        let verified = provider.verify(&nowhere, SignatureAlgorithm::Ed25519, MESSAGE, &signature);
        let alone = provider.name == "rustcrypto";
        let expected = if alone {
            "malformed-key"
        } else {
            "signature-invalid"
        };
        assert_eq!(code(verified), expected, "{}", provider.name);
    }
}

#[test]
fn keys_of_other_kinds_are_refused_by_name() {
    for provider in BACKENDS {
        for key in ["secp256k1", "x25519", "rsa512", "rsa-large-exponent"] {
            assert_eq!(
                code(provider.load_key(&private(key))),
                "unsupported-algorithm",
                "{key}"
            );
            let algorithm = provider.verification.key_algorithm(&public(key));
            assert_eq!(code(algorithm), "unsupported-algorithm", "{key}");
        }
        // Its public half is like any other.
        let key = "rsa-three-primes";
        assert_eq!(
            code(provider.load_key(&private(key))),
            "unsupported-algorithm"
        );
        assert_eq!(
            code(provider.verification.key_algorithm(&public(key))),
            "ok"
        );
    }
}

#[test]
fn a_cut_or_lengthened_key_is_malformed() {
    for provider in BACKENDS {
        for (key, _) in KEYS {
            let (private, public) = (private(key), public(key));
            let load = |key: &[u8]| code(provider.load_key(key));
            for end in (0..private.len()).step_by(3) {
                assert_eq!(load(&private[..end]), "malformed-key", "{key} {end}");
            }
            assert_eq!(
                load(&[&private, b"!".as_slice()].concat()),
                "malformed-key",
                "{key}"
            );
            let algorithm = |key: &[u8]| code(provider.verification.key_algorithm(key));
            for end in 0..public.len() {
                assert_eq!(algorithm(&public[..end]), "malformed-key", "{key} {end}");
            }
            assert_eq!(
                algorithm(&[&public, b"!".as_slice()].concat()),
                "malformed-key",
                "{key}"
            );
        }
        for (curve, _) in CURVES {
            let wrong = beside_the_curve(curve);
            let algorithm = provider.verification.key_algorithm(&wrong);
            assert_eq!(code(algorithm), "malformed-key", "{curve}");
            let ecdsa = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256);
            let signature = fixture(&format!("{curve}.sha256.sig"));
            let verified = provider.verify(&wrong, ecdsa, MESSAGE, &signature);
            assert_eq!(code(verified), "malformed-key", "{curve}");
        }
    }
}

#[test]
fn no_altered_private_key_loads_as_another() {
    for provider in BACKENDS {
        for (key, _) in KEYS.into_iter().filter(|(key, _)| *key != "ed25519") {
            let (original, public) = (private(key), public(key));
            for at in (0..original.len()).step_by(if key.starts_with("rsa") { 23 } else { 1 }) {
                let mut altered = original.clone();
                altered[at] ^= 1 << (at % 8);
                // What loads is the same key, in another wrapping.
                if let Ok(loaded) = provider.load_key(&altered) {
                    assert_eq!(
                        loaded.public_key_info(),
                        public,
                        "{} {key} {at}",
                        provider.name
                    );
                }
            }
        }
    }
}

#[test]
fn new_keys_serve_in_every_backend() {
    for making in BACKENDS {
        for algorithm in [
            KeyAlgorithm::Rsa { bits: 2048 },
            KeyAlgorithm::P256,
            KeyAlgorithm::P384,
            KeyAlgorithm::P521,
            KeyAlgorithm::Ed25519,
        ] {
            let made = making.generate_key(algorithm, &mut rng()).unwrap();
            for provider in BACKENDS {
                let key = provider.load_key(&made).unwrap();
                assert_eq!(key.algorithm(), algorithm);
                sign_and_verify(&key);
            }
            // The caller's randomness is the key's; RSA keys of AWS-LC come from its own.
            let again = making.generate_key(algorithm, &mut rng()).unwrap();
            let own = making.name != "rustcrypto" && matches!(algorithm, KeyAlgorithm::Rsa { .. });
            assert_eq!(made == again, !own, "{} {algorithm}", making.name);
        }
        for bits in [512, 1024, 2047] {
            let made = making.generate_key(KeyAlgorithm::Rsa { bits }, &mut rng());
            assert_eq!(code(made), "unsupported-algorithm", "{bits}");
        }
    }
}

fn sign_and_verify(key: &PrivateKey) {
    let algorithm = SignatureAlgorithm::for_key(key.algorithm(), DigestAlgorithm::Sha256);
    let signature = key.signer().unwrap().sign(algorithm, MESSAGE).unwrap();
    for provider in BACKENDS {
        provider
            .verify(key.public_key_info(), algorithm, MESSAGE, &signature)
            .unwrap();
    }
}

#[test]
fn a_random_source_that_is_stuck_makes_no_key() {
    for (stuck, algorithm) in [0x00, 0xff]
        .into_iter()
        .flat_map(|stuck| CURVES.map(|(_, algorithm)| (stuck, algorithm)))
    {
        let made = aws_lc::PROVIDER.generate_key(algorithm, &mut Stuck(stuck));
        assert_eq!(code(made), "backend-failed", "{algorithm} {stuck}");
    }
}

#[test]
fn nothing_is_signed_under_an_ed25519_key_of_small_order() {
    // The neutral point verifies itself as the signature of everything (RFC 8032 §8.2), if one lets it.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let mut key = public("ed25519");
    let start = key.len() - 32;
    key[start..].copy_from_slice(&neutral);
    let signature = [neutral, [0; 32]].concat();
    for provider in BACKENDS {
        let verified = provider.verify(&key, SignatureAlgorithm::Ed25519, MESSAGE, &signature);
        assert_eq!(code(verified), "signature-invalid", "{}", provider.name);
    }
}

#[test]
fn a_key_does_only_what_its_kind_can() {
    let rsa = SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256);
    let pss = SignatureAlgorithm::rsa_pss(DigestAlgorithm::Sha256);
    let ecdsa = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256);
    for provider in BACKENDS {
        for (key, wrong) in [
            ("rsa2048", [ecdsa, SignatureAlgorithm::Ed25519].as_slice()),
            ("p256", &[rsa, pss, SignatureAlgorithm::Ed25519]),
            ("p384", &[rsa, pss, SignatureAlgorithm::Ed25519]),
            ("p521", &[rsa, pss, SignatureAlgorithm::Ed25519]),
            ("ed25519", &[rsa, pss, ecdsa]),
        ] {
            let loaded = provider.load_key(&private(key)).unwrap();
            for algorithm in wrong {
                let signed = loaded.signer().unwrap().sign(*algorithm, MESSAGE);
                assert_eq!(code(signed), "unsupported-algorithm", "{key} {algorithm}");
                let verified = provider.verify(&public(key), *algorithm, MESSAGE, b"");
                assert_eq!(code(verified), "unsupported-algorithm", "{key} {algorithm}");
            }
            let transport = KeyTransportAlgorithm::RsaPkcs1;
            let mut random = rng();
            let encrypted =
                provider
                    .key_encryption
                    .encrypt_key(&public(key), transport, b"key", &mut random);
            let is_rsa = key == "rsa2048";
            assert_eq!(code(encrypted) == "ok", is_rsa, "{key}");
            assert_eq!(loaded.decryptor().is_ok(), is_rsa, "{key}");
            assert_eq!(loaded.agreement().is_ok(), key.starts_with('p'), "{key}");
        }
    }
}

#[test]
fn what_neither_of_two_backends_serves_is_unsupported() {
    let key = aws_lc::WITH_RUSTCRYPTO
        .load_key(&private("rsa2048"))
        .unwrap();
    let signer = key.signer().unwrap();
    let salted = |salt_len| SignatureAlgorithm::RsaPss {
        digest: DigestAlgorithm::Sha256,
        salt_len,
    };
    assert_eq!(code(signer.sign(salted(222), MESSAGE)), "ok");
    assert_eq!(
        code(signer.sign(salted(223), MESSAGE)),
        "unsupported-algorithm"
    );
    assert_eq!(
        code(signer.sign(SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha1), MESSAGE)),
        "unsupported-algorithm"
    );
}

#[test]
fn a_hardened_backend_keeps_what_it_serves() {
    // PKCS#1 v1.5 with wrong padding tells who opens: AWS-LC by an error, `rustcrypto` by a random key.
    let open = |provider: Provider| -> Result<(), Error> {
        let key = provider.load_key(&private("rsa2048"))?;
        let algorithm = KeyTransportAlgorithm::RsaPkcs1;
        key.decryptor()?.decrypt_key(algorithm, &[1; 256])?;
        Ok(())
    };
    assert_eq!(code(open(rustcrypto::PROVIDER)), "ok");
    assert_eq!(code(open(aws_lc::PROVIDER)), "decryption-failed");
    assert_eq!(code(open(aws_lc::WITH_RUSTCRYPTO)), "decryption-failed");
}

#[test]
fn no_secret_shows() {
    for provider in BACKENDS {
        for key in ["rsa2048", "p256", "ed25519"] {
            let shown = format!(
                "{:?} {provider:?}",
                provider.load_key(&private(key)).unwrap()
            );
            assert!(shown.len() < 200, "{shown}");
            assert!(shown.contains(provider.name), "{shown}");
        }
    }
}

#[test]
fn a_prepared_key_comes_to_the_same_verdicts() {
    let mut keys: Vec<Vec<u8>> = [
        "rsa1024",
        "rsa2048",
        "rsa8192",
        "rsa-pss",
        "p256",
        "p384",
        "p521",
        "ed25519",
        "secp256k1",
        "x25519",
        "rsa512",
        "rsa-large-exponent",
    ]
    .map(public)
    .into();
    keys.extend(keys_that_are_none());
    let signatures = signatures_of_openssl();
    let mut verified = 0;
    for provider in BACKENDS {
        for key in &keys {
            // One prepared key meets every algorithm, and another one only that.
            let met_all = provider.prepare(key);
            assert_eq!(met_all.public_key_info(), key);
            for (_, algorithm, file) in &signatures {
                let signature = fixture(file);
                for (message, signature) in [
                    (MESSAGE, signature.as_slice()),
                    (b"another message".as_slice(), &signature),
                    (MESSAGE, &[]),
                    (MESSAGE, &signature),
                ] {
                    let expected = provider.verify(key, *algorithm, message, signature);
                    verified += usize::from(expected.is_ok());
                    let expected = format!("{expected:?}");
                    for prepared in [&met_all, &provider.prepare(key)] {
                        let found = prepared.verify(*algorithm, message, signature);
                        let what = format!("{} {file} {algorithm}", provider.name);
                        assert_eq!(format!("{found:?}"), expected, "{what}");
                    }
                }
            }
        }
    }
    assert!(verified > 200, "{verified}");
}

#[test]
fn a_prepared_key_serves_many_threads() {
    for provider in BACKENDS {
        let key = provider.prepare(&public("rsa2048"));
        let verify = &|digest: DigestAlgorithm| {
            let algorithm = SignatureAlgorithm::RsaPkcs1(digest);
            let signature = fixture(&format!("rsa2048.{}.sig", name(digest)));
            for _ in 0..10 {
                assert_eq!(code(key.verify(algorithm, MESSAGE, &signature)), "ok");
            }
        };
        std::thread::scope(|scope| {
            for digest in [DigestAlgorithm::Sha256, DigestAlgorithm::Sha512] {
                scope.spawn(move || verify(digest));
                scope.spawn(move || verify(digest));
            }
        });
    }
}
