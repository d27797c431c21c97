//! What the portable backend serves beyond the suite that every backend runs: published vectors, keys as odd
//! as they come, and keys made to hurt.
#![cfg(feature = "rustcrypto")]
#![allow(
    clippy::unwrap_used,
    clippy::unwrap_in_result,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "tests fail by panicking"
)]

mod support;

use core::fmt::Debug;
use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rollcert_crypto::{
    DigestAlgorithm, Error, KeyAlgorithm, KeyTransportAlgorithm, PrivateKey, SignatureAlgorithm,
    rustcrypto::PROVIDER,
};
use support::Stuck;

const RSA: &[u8] = include_bytes!("fixtures/rsa2048.pkcs8.der");
const RSA_PUBLIC: &[u8] = include_bytes!("fixtures/rsa2048.spki.der");
const P256: &[u8] = include_bytes!("fixtures/p256.pkcs8.der");
const P256_PUBLIC: &[u8] = include_bytes!("fixtures/p256.spki.der");
const ED25519: &[u8] = include_bytes!("fixtures/ed25519.pkcs8.der");

fn pyca(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pyca");
    std::fs::read(folder.join(name)).unwrap()
}

fn pyca_text(name: &str) -> String {
    String::from_utf8(pyca(name)).unwrap()
}

fn pyca_key(name: &str) -> Vec<u8> {
    pem(&pyca_text(name))
}

/// The octets of the first PEM block.
fn pem(text: &str) -> Vec<u8> {
    let lines = text
        .lines()
        .skip_while(|line| !line.starts_with("-----BEGIN"));
    let base64: String = lines
        .skip(1)
        .take_while(|line| !line.starts_with('-'))
        .collect();
    STANDARD.decode(base64).unwrap()
}

/// What was refused, and why.
#[track_caller]
fn refusal<T: Debug>(result: Result<T, Error>) -> String {
    result.unwrap_err().to_string()
}

fn sign(key: &PrivateKey, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, Error> {
    key.signer().unwrap().sign(algorithm, message)
}

// ---- Published vectors.

/// RFC 6979 A.2.5 to A.2.7. Digests longer than the order of the curve are cut (P-256 with SHA-512), and
/// ones far shorter count as they are (P-521 with SHA-1).
#[test]
fn ecdsa_verifies_what_rfc_6979_publishes_and_signs_so_with_the_curve_s_own_digest() {
    let text = pyca_text("evppkey_ecdsa_rfc6979.txt");
    let mut keys = BTreeMap::new();
    let (mut verified, mut refused, mut signed) = (0, 0, 0);
    for block in text.split("\n\n") {
        let field = |name: &str| {
            block
                .lines()
                .filter_map(|line| line.split_once('='))
                .find(|(key, _)| key.trim() == name)
                .map(|(_, value)| value.trim())
        };
        if let Some(name) = field("PublicKey").or_else(|| field("PrivateKey")) {
            keys.insert(name, pem(block));
        }
        let Some(key) = field("Key").filter(|key| {
            ["P-256", "P-384", "P-521"]
                .iter()
                .any(|curve| key.starts_with(curve))
        }) else {
            continue;
        };
        let message = field("Input").unwrap().trim_matches('"').as_bytes();
        let signature = hex::decode(field("Output").unwrap()).unwrap();
        if let Some(digest) = field("DigestVerify") {
            let algorithm = SignatureAlgorithm::Ecdsa(DigestAlgorithm::from_name(digest).unwrap());
            let result = PROVIDER.verify(&keys[key], algorithm, message, &signature);
            if field("Result").is_some() {
                assert_eq!(refusal(result), "the signature does not verify");
                refused += 1;
            } else {
                result.unwrap();
                verified += 1;
            }
        }
        if let Some(digest) = field("DigestSign") {
            let own = [
                ("P-256", "SHA256"),
                ("P-384", "SHA384"),
                ("P-521", "SHA512"),
            ];
            if own.contains(&(&key[..5], digest)) {
                let algorithm =
                    SignatureAlgorithm::Ecdsa(DigestAlgorithm::from_name(digest).unwrap());
                let key = PROVIDER.load_key(&keys[key]).unwrap();
                assert_eq!(sign(&key, algorithm, message).unwrap(), signature);
                signed += 1;
            }
        }
    }
    assert_eq!((verified, refused, signed), (30, 30, 6));
}

/// The vectors published with PKCS #1: lengths of the modulus on each side of a whole number of octets, where
/// the encoded message is one octet shorter (RFC 8017 §8.1.2 step 2c).
#[test]
fn rsa_pss_verifies_what_pkcs_1_publishes() {
    let algorithm = SignatureAlgorithm::rsa_pss(DigestAlgorithm::Sha1);
    let text = pyca_text("pss-vect.txt");
    let mut verified = 0;
    for example in text.split("# Example ").skip(1) {
        let values = |name: &str| -> Vec<Vec<u8>> {
            example
                .split(&format!("# {name}:"))
                .skip(1)
                .map(|rest| {
                    let digits: String = rest
                        .lines()
                        .skip(1)
                        .take_while(|line| !line.trim().is_empty())
                        .flat_map(|line| line.chars().filter(|c| !c.is_whitespace()))
                        .collect();
                    hex::decode(digits).unwrap()
                })
                .collect()
        };
        let key = rsa_public_key(&values("Modulus")[0], &values("Exponent")[0]);
        let cases = values("Message to be signed")
            .into_iter()
            .zip(values("Signature"));
        for (message, signature) in cases {
            PROVIDER
                .verify(&key, algorithm, &message, &signature)
                .unwrap();
            // RFC 8017 §8.1.2 step 1, and a salt of another length than was agreed.
            let padded = [&[0], signature.as_slice()].concat();
            let other = SignatureAlgorithm::RsaPss {
                digest: DigestAlgorithm::Sha1,
                salt_len: 21,
            };
            for result in [
                PROVIDER.verify(&key, algorithm, &message, &padded),
                PROVIDER.verify(&key, other, &message, &signature),
            ] {
                assert_eq!(refusal(result), "the signature does not verify");
            }
            verified += 1;
        }
    }
    assert_eq!(verified, 60);
}

/// RFC 8032 §7.1, the first three.
#[test]
fn ed25519_signs_as_published() {
    for (secret, public, message, signature) in [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155\
             5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac\
             18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ] {
        let message = hex::decode(message).unwrap();
        let key = PROVIDER
            .load_key(&ed25519_key(&hex::decode(secret).unwrap(), None))
            .unwrap();
        assert_eq!(
            key.public_key_info(),
            ed25519_public_key(&hex::decode(public).unwrap())
        );
        let made = sign(&key, SignatureAlgorithm::Ed25519, &message).unwrap();
        assert_eq!(hex::encode(&made), signature);
        PROVIDER
            .verify(
                key.public_key_info(),
                SignatureAlgorithm::Ed25519,
                &message,
                &made,
            )
            .unwrap();
    }
}

// ---- Keys as odd as they come.

/// RFC 4055 §1.2 and §3.1: a key of `id-RSASSA-PSS` makes PSS signatures alone, with the digest and at least
/// the salt that its parameters name.
#[test]
fn a_key_meant_for_pss_does_what_its_parameters_say() {
    let pss = |digest, salt_len| SignatureAlgorithm::RsaPss { digest, salt_len };
    let (sha256, sha384) = (DigestAlgorithm::Sha256, DigestAlgorithm::Sha384);
    let asked = [
        SignatureAlgorithm::RsaPkcs1(sha256),
        pss(sha384, 48),
        pss(sha256, 19),
        pss(sha256, 20),
        pss(sha256, 32),
        pss(sha256, 33),
    ];
    for (name, permitted) in [
        ("rsa_pss_2048", [false, true, true, true, true, true]),
        (
            "rsa_pss_2048_hash_mask",
            [false, false, false, true, true, true],
        ),
        (
            "rsa_pss_2048_hash_mask_salt",
            [false, false, false, false, true, true],
        ),
        // The mask with another digest than the message: loaded and described, and that is all.
        ("rsa_pss_2048_hash", [false; 6]),
        ("rsa_pss_2048_hash_mask_diff", [false; 6]),
    ] {
        let key = PROVIDER
            .load_key(&pyca_key(&format!("{name}.pem")))
            .unwrap();
        assert_eq!(key.algorithm(), KeyAlgorithm::Rsa { bits: 2048 });
        assert_eq!(
            PROVIDER
                .verification
                .key_algorithm(key.public_key_info())
                .unwrap(),
            key.algorithm()
        );
        for (algorithm, permitted) in asked.into_iter().zip(permitted) {
            let signature = sign(&key, algorithm, b"message");
            assert_eq!(signature.is_ok(), permitted, "{name} {algorithm:?}");
            let verified = PROVIDER.verify(
                key.public_key_info(),
                algorithm,
                b"message",
                signature.as_deref().unwrap_or_default(),
            );
            if permitted {
                verified.unwrap();
            } else {
                let refusal = refusal(verified);
                assert_eq!(
                    refusal,
                    "the backend does not support this algorithm with this kind of key"
                );
                assert_eq!(signature.unwrap_err().to_string(), refusal);
            }
        }
        assert!(key.decryptor().is_err());
        let encrypted = PROVIDER.key_encryption.encrypt_key(
            key.public_key_info(),
            KeyTransportAlgorithm::RsaPkcs1,
            b"key",
            &mut rng(),
        );
        assert_eq!(
            refusal(encrypted),
            "the backend does not support this algorithm with this kind of key"
        );
    }
}

/// The public half names the algorithm as the private one does, so that it is that of the certificate.
#[test]
fn a_key_meant_for_pss_keeps_its_parameters_in_its_public_half() {
    let bare = PROVIDER.load_key(&pyca_key("rsa_pss_2048.pem")).unwrap();
    assert_eq!(bare.public_key_info(), pyca("rsa_pss_2048_pub.der"));
    let file = pyca_key("rsa_pss_2048_hash_mask_salt.pem");
    let key = PROVIDER.load_key(&file).unwrap();
    let algorithm = &file[7..74];
    assert_eq!(algorithm[..2], [0x30, 65]);
    assert_eq!(key.public_key_info()[4..71], *algorithm);
}

#[test]
fn a_salt_that_does_not_fit_the_key_is_refused_by_name() {
    let key = PROVIDER.load_key(RSA).unwrap();
    // RFC 8017 §9.1.1 step 3: 256 octets hold a digest of 64, two more, and 190 of salt.
    let pss = |salt_len| SignatureAlgorithm::RsaPss {
        digest: DigestAlgorithm::Sha512,
        salt_len,
    };
    let signature = sign(&key, pss(190), b"message").unwrap();
    PROVIDER
        .verify(RSA_PUBLIC, pss(190), b"message", &signature)
        .unwrap();
    for salt_len in [191, u16::MAX] {
        assert_eq!(
            refusal(sign(&key, pss(salt_len), b"message")),
            "the backend does not support a salt as long as this with so small a key"
        );
        let verified = PROVIDER.verify(RSA_PUBLIC, pss(salt_len), b"message", &signature);
        assert_eq!(refusal(verified), "the signature does not verify");
    }
}

/// RFC 5915 §3 makes the curve and the public key optional inside, and what is said twice must agree.
#[test]
fn keys_of_curves_load_with_and_without_their_optional_parts() {
    for name in [
        "ec_private_key.pem",
        "ec-consistent-curve.pem",
        "ecc_private_with_rfc5915_ext.pem",
    ] {
        let key = PROVIDER.load_key(&pyca_key(name)).unwrap();
        assert_eq!(key.algorithm(), KeyAlgorithm::P256, "{name}");
    }
    let whole = PROVIDER.load_key(P256).unwrap();
    assert_eq!(whole.public_key_info(), P256_PUBLIC);

    let (scalar, point) = p256_parts();
    let named = [0xa0, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
    let mut compressed = vec![2 + (point[64] & 1)];
    compressed.extend_from_slice(&point[1..33]);
    let padded = [&[0, 0], scalar.as_slice()].concat();
    for (scalar, curve, inner, attached) in [
        (&scalar, None, None, None),
        (&scalar, Some(&named), None, None),
        (&scalar, Some(&named), Some(&point), Some(&point)),
        (&scalar, None, Some(&compressed), None),
        (&scalar, None, None, Some(&compressed)),
        // As big numbers come.
        (&padded, None, Some(&point), None),
    ] {
        let key = p256_key(
            scalar,
            curve.map(<[u8; 12]>::as_slice),
            inner.map(Vec::as_slice),
            attached.map(Vec::as_slice),
        );
        let key = PROVIDER.load_key(&key).unwrap();
        assert_eq!(key.public_key_info(), P256_PUBLIC);
    }

    // Attributes (RFC 5958 §2), as Windows adds the key usage.
    let attributes = [
        0xa0, 13, 0x30, 11, 6, 3, 0x55, 0x1d, 0x0f, 0x31, 4, 3, 2, 0, 0x80,
    ];
    let with_attributes = tlv(0x30, &[&P256[3..], &attributes]);
    let key = PROVIDER.load_key(&with_attributes).unwrap();
    assert_eq!(key.public_key_info(), P256_PUBLIC);

    // A scalar with leading zeros, written without them: the number 1, whose point is the generator.
    let short = PROVIDER
        .load_key(&p256_key(&[1], None, None, None))
        .unwrap();
    assert_eq!(
        hex::encode(&short.public_key_info()[27..59]),
        "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    );
}

#[test]
fn a_public_key_that_contradicts_the_private_one_is_refused() {
    const CONTRADICTION: &str = "malformed key: public key that contradicts the private key";
    let (scalar, point) = p256_parts();
    let mut other = vec![3 - (point[64] & 1)];
    other.extend_from_slice(&point[1..33]);
    for key in [
        p256_key(&scalar, None, Some(&other), None),
        p256_key(&scalar, None, None, Some(&other)),
        p256_key(&scalar, None, Some(&point), Some(&other)),
        ed25519_key(&[7; 32], Some(&[8; 32])),
        rsa_key(Some(&RSA_PUBLIC[24..RSA_PUBLIC.len() - 1])),
        rsa_key(Some(b"")),
    ] {
        assert_eq!(refusal(PROVIDER.load_key(&key)), CONTRADICTION);
    }
    // The same, and telling the truth.
    let ed25519 = PROVIDER.load_key(ED25519).unwrap();
    let attached = &ed25519.public_key_info()[12..];
    for key in [
        ed25519_key(&ED25519[16..], Some(attached)),
        rsa_key(Some(&RSA_PUBLIC[24..])),
    ] {
        PROVIDER.load_key(&key).unwrap();
    }
}

#[test]
fn keys_that_cannot_be_are_malformed_and_others_unsupported_by_name() {
    for (key, expected) in [
        (
            pyca_key("ec-inconsistent-curve.pem"),
            "malformed key: curve named twice, and differently",
        ),
        (
            pyca_key("ec-inconsistent-curve2.pem"),
            "malformed key: curve named twice, and differently",
        ),
        (
            pyca_key("ec-invalid-private-scalar.pem"),
            "malformed key: EC private key",
        ),
        (
            pyca_key("ec-invalid-version.pem"),
            "malformed key: EC private key",
        ),
        (
            pyca("invalid-version.der"),
            "malformed key: PKCS#8 PrivateKeyInfo",
        ),
        (
            pyca_key("withdompar_private.pkcs8.pem"),
            "the backend does not support this elliptic curve",
        ),
        (
            pyca_key("ec_oid_not_in_reg_private_2.pkcs8.pem"),
            "the backend does not support this elliptic curve",
        ),
        (
            pyca("unknown-oid.der"),
            "the backend does not support this kind of key",
        ),
        (
            pyca_key("unenc-dsa-pkcs8.pem"),
            "the backend does not support this kind of key",
        ),
        (
            p256_key(&[0; 32], None, None, None),
            "malformed key: EC private key",
        ),
        (
            p256_key(&[], None, None, None),
            "malformed key: EC private key",
        ),
        // One above the order of the curve.
        (
            p256_key(
                &hex::decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632552")
                    .unwrap(),
                None,
                None,
                None,
            ),
            "malformed key: EC private key",
        ),
        (
            ed25519_key(&[7; 31], None),
            "malformed key: Ed25519 private key",
        ),
        (
            ed25519_key(&[7; 33], None),
            "malformed key: Ed25519 private key",
        ),
    ] {
        assert_eq!(refusal(PROVIDER.load_key(&key)), expected);
    }
}

#[test]
fn public_keys_that_cannot_be_are_malformed() {
    let algorithm = |key: &[u8]| PROVIDER.verification.key_algorithm(key);
    let mut off_the_curve = P256_PUBLIC.to_vec();
    *off_the_curve.last_mut().unwrap() ^= 1;
    let curve = tlv(0x30, &[&P256_PUBLIC[4..23]]);
    assert_eq!(curve, P256_PUBLIC[2..23]);
    let infinity = tlv(0x30, &[&curve, &tlv(3, &[&[0, 0]])]);
    for key in [off_the_curve, infinity] {
        assert_eq!(
            refusal(algorithm(&key)),
            "malformed key: point of an elliptic curve"
        );
    }
    assert_eq!(
        refusal(algorithm(&pyca("ed25519-pub-non-zero-unused-bits.der"))),
        "malformed key: SubjectPublicKeyInfo"
    );
    let with_parameters = tlv(0x30, &[&[6, 3, 0x2b, 0x65, 0x70, 5, 0]]);
    assert_eq!(
        refusal(algorithm(&tlv(
            0x30,
            &[&with_parameters, &tlv(3, &[&[0], &[9; 32]])]
        ))),
        "malformed key: parameters of Ed25519"
    );
    // RFC 8017 A.1 wants NULL as the parameters. Left out they do no harm, anything else is no such key.
    let rsa_with = |parameters: &[u8]| {
        let algorithm = tlv(0x30, &[RSA_ENCRYPTION, parameters]);
        tlv(0x30, &[&algorithm, &RSA_PUBLIC[19..]])
    };
    assert_eq!(rsa_with(&[5, 0]), RSA_PUBLIC);
    algorithm(&rsa_with(&[])).unwrap();
    assert_eq!(
        refusal(algorithm(&rsa_with(&[4, 0]))),
        "malformed key: parameters of the RSA key"
    );
}

/// Under a key of small order any signature that names the right points verifies, whatever the message.
#[test]
fn ed25519_keys_of_small_order_verify_nothing() {
    let mut identity = [0; 32];
    identity[0] = 1;
    let signature = [identity.as_slice(), &[0; 32]].concat();
    let result = PROVIDER.verify(
        &ed25519_public_key(&identity),
        SignatureAlgorithm::Ed25519,
        b"whatever",
        &signature,
    );
    assert_eq!(refusal(result), "the signature does not verify");
}

// ---- Keys made to hurt.

#[test]
fn rsa_keys_of_extreme_sizes_are_refused_before_the_arithmetic() {
    const LENGTH: &str = "the backend does not support RSA keys of this length";
    const EXPONENT: &str =
        "the backend does not support RSA keys with a public exponent as large as this";
    let modulus = |octets: usize| vec![0xff; octets];
    let exponent = [1, 0, 1].as_slice();
    let huge = vec![0xff; 256];
    for (modulus, exponent, expected) in [
        (modulus(64), exponent, LENGTH),
        (modulus(127), exponent, LENGTH),
        (modulus(1025), exponent, LENGTH),
        (modulus(1 << 20), exponent, LENGTH),
        (modulus(256), &[3, 0, 0, 0, 1], EXPONENT),
        (modulus(256), &huge, EXPONENT),
    ] {
        let key = rsa_public_key(&modulus, exponent);
        let refused = PROVIDER.verification.key_algorithm(&key);
        assert_eq!(refusal(refused), expected);
        let verified = PROVIDER.verify(
            &key,
            SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256),
            b"message",
            &modulus,
        );
        assert_eq!(refusal(verified), expected);

        // The same parts in a private key, the secret ones as long.
        let integers = [
            &[0][..],
            &modulus,
            exponent,
            &modulus,
            &modulus,
            &modulus,
            &modulus,
            &modulus,
            &modulus,
        ]
        .map(integer);
        let integers: Vec<&[u8]> = integers.iter().map(Vec::as_slice).collect();
        let key = pkcs8(
            &[RSA_ENCRYPTION, &[5, 0]].concat(),
            &tlv(0x30, &integers),
            None,
        );
        assert_eq!(refusal(PROVIDER.load_key(&key)), expected);
    }
    // RSA with an even modulus, or an exponent that is even or one.
    let mut even = modulus(256);
    even[255] = 0xfe;
    for (modulus, exponent) in [
        (even, exponent),
        (modulus(256), &[4][..]),
        (modulus(256), &[1][..]),
    ] {
        let key = rsa_public_key(&modulus, exponent);
        assert_eq!(
            refusal(PROVIDER.verification.key_algorithm(&key)),
            "malformed key: RSA public key"
        );
    }
}

/// Each part of an RSA private key, changed alone, contradicts the others.
#[test]
fn an_rsa_key_with_any_part_changed_is_refused() {
    let parts = rsa_parts();
    for changed in 1..parts.len() {
        let mut parts = parts.clone();
        let middle = parts[changed].len() / 2;
        parts[changed][middle] ^= 4;
        let result = PROVIDER.load_key(&rsa_key_of(&parts));
        assert_eq!(
            result.unwrap_err().code(),
            "malformed-key",
            "part {changed}"
        );
    }
    let mut swapped = parts.clone();
    swapped.swap(4, 5);
    assert_eq!(
        refusal(PROVIDER.load_key(&rsa_key_of(&swapped))),
        "malformed key: parts of the RSA private key that contradict each other"
    );
    // Primes of which one is the modulus itself and the other is one.
    let mut trivial = parts.clone();
    trivial[4] = parts[1].clone();
    trivial[5] = vec![1];
    assert_eq!(
        refusal(PROVIDER.load_key(&rsa_key_of(&trivial))),
        "the backend does not support RSA keys of primes that differ in length"
    );
    // Version 1: more than two primes (RFC 8017 A.1.2).
    let third = tlv(
        0x30,
        &[&tlv(
            0x30,
            &[&integer(&[7]), &integer(&[3]), &integer(&[5])],
        )],
    );
    let mut octets: Vec<Vec<u8>> = parts.iter().map(|part| integer(part)).collect();
    octets[0] = integer(&[1]);
    octets.push(third);
    let octets: Vec<&[u8]> = octets.iter().map(Vec::as_slice).collect();
    let key = pkcs8(
        &[RSA_ENCRYPTION, &[5, 0]].concat(),
        &tlv(0x30, &octets),
        None,
    );
    assert_eq!(
        refusal(PROVIDER.load_key(&key)),
        "the backend does not support RSA keys of more than two primes"
    );
}

#[test]
fn every_truncation_and_every_appended_octet_of_a_private_key_is_malformed() {
    let p384 = include_bytes!("fixtures/p384.pkcs8.der").as_slice();
    let pss = pyca_key("rsa_pss_2048_hash_mask_salt.pem");
    for key in [RSA, P256, p384, ED25519, &pss] {
        PROVIDER.load_key(key).unwrap();
        let longer = [key, &[0]].concat();
        for end in (0..key.len()).chain([longer.len()]) {
            let result = PROVIDER.load_key(&longer[..end]);
            assert_eq!(result.unwrap_err().code(), "malformed-key", "{end}");
        }
    }
}

/// One flipped bit either leaves a key that still agrees with itself, or is refused; nothing panics.
#[test]
fn no_flipped_bit_of_a_key_panics() {
    for key in [P256, ED25519, P256_PUBLIC, RSA_PUBLIC] {
        for bit in 0..key.len() * 8 {
            let mut flipped = key.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let _ = PROVIDER.load_key(&flipped);
            let _ = PROVIDER.verification.key_algorithm(&flipped);
        }
    }
    for bit in (0..RSA.len() * 8).step_by(37) {
        let mut flipped = RSA.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        // The version and the NULL are the only places where a change might be harmless, and is not.
        assert!(PROVIDER.load_key(&flipped).is_err(), "{bit}");
    }
}

#[test]
fn a_random_source_that_says_the_same_over_and_over_makes_no_key() {
    for stuck in [0, 0x5a, 0xff] {
        for algorithm in [
            KeyAlgorithm::Rsa { bits: 2048 },
            KeyAlgorithm::P256,
            KeyAlgorithm::P384,
            KeyAlgorithm::P521,
            KeyAlgorithm::Ed25519,
        ] {
            let made = PROVIDER.generate_key(algorithm, &mut Stuck(stuck));
            assert_eq!(refusal(made), "the cryptographic back end failed");
        }
    }
}

/// Two signatures of RSASSA-PSS over one message differ: the salt is drawn anew.
#[test]
fn every_pss_signature_has_a_salt_of_its_own() {
    let key = PROVIDER.load_key(RSA).unwrap();
    let algorithm = SignatureAlgorithm::rsa_pss(DigestAlgorithm::Sha256);
    let [one, another] = [(); 2].map(|()| sign(&key, algorithm, b"message").unwrap());
    assert_ne!(one, another);
    for signature in [one, another] {
        PROVIDER
            .verify(RSA_PUBLIC, algorithm, b"message", &signature)
            .unwrap();
    }
}

// ---- Building what is to be read.

const RSA_ENCRYPTION: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const P256_ALGORITHM: &[u8] = &[
    6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7,
];
const ED25519_ALGORITHM: &[u8] = &[6, 3, 0x2b, 0x65, 0x70];

fn rng() -> rand::rngs::StdRng {
    rand::SeedableRng::seed_from_u64(7)
}

/// One DER element.
fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let len = content.len().to_be_bytes();
    let significant = &len[len.iter().take_while(|octet| **octet == 0).count()..];
    let mut out = vec![tag];
    match significant {
        [] => out.push(0),
        [short @ 0..=0x7f] => out.push(*short),
        long => {
            out.push(0x80 | u8::try_from(long.len()).unwrap());
            out.extend_from_slice(long);
        }
    }
    [out, content].concat()
}

/// A DER `INTEGER` that is not negative.
fn integer(number: &[u8]) -> Vec<u8> {
    match number.first() {
        Some(0x80..) => tlv(2, &[&[0], number]),
        _ => tlv(2, &[number]),
    }
}

fn rsa_public_key(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let key = tlv(0x30, &[&integer(modulus), &integer(exponent)]);
    let algorithm = tlv(0x30, &[RSA_ENCRYPTION, &[5, 0]]);
    tlv(0x30, &[&algorithm, &tlv(3, &[&[0], &key])])
}

fn ed25519_public_key(key: &[u8]) -> Vec<u8> {
    let algorithm = tlv(0x30, &[ED25519_ALGORITHM]);
    tlv(0x30, &[&algorithm, &tlv(3, &[&[0], key])])
}

/// A `PrivateKeyInfo`: of version 2 with a public key, else of version 1.
fn pkcs8(algorithm: &[u8], key: &[u8], public_key: Option<&[u8]>) -> Vec<u8> {
    let version = [2, 1, u8::from(public_key.is_some())];
    let attached = public_key.map(|key| tlv(0x81, &[&[0], key]));
    tlv(
        0x30,
        &[
            &version,
            &tlv(0x30, &[algorithm]),
            &tlv(4, &[key]),
            attached.as_deref().unwrap_or_default(),
        ],
    )
}

fn p256_key(
    scalar: &[u8],
    curve: Option<&[u8]>,
    inner: Option<&[u8]>,
    attached: Option<&[u8]>,
) -> Vec<u8> {
    let inner = inner.map(|point| tlv(0xa1, &[&tlv(3, &[&[0], point])]));
    let key = tlv(
        0x30,
        &[
            &[2, 1, 1],
            &tlv(4, &[scalar]),
            curve.unwrap_or_default(),
            inner.as_deref().unwrap_or_default(),
        ],
    );
    pkcs8(P256_ALGORITHM, &key, attached)
}

/// The scalar and the point of the fixture.
fn p256_parts() -> (Vec<u8>, Vec<u8>) {
    let point = P256_PUBLIC[26..].to_vec();
    let scalar = P256[36..68].to_vec();
    assert_eq!(p256_key(&scalar, None, Some(&point), None), P256);
    (scalar, point)
}

fn ed25519_key(secret: &[u8], attached: Option<&[u8]>) -> Vec<u8> {
    pkcs8(ED25519_ALGORITHM, &tlv(4, &[secret]), attached)
}

fn rsa_key(attached: Option<&[u8]>) -> Vec<u8> {
    pkcs8(&[RSA_ENCRYPTION, &[5, 0]].concat(), &RSA[26..], attached)
}

/// The nine numbers of the fixture (RFC 8017 A.1.2), without their leading zeros.
fn rsa_parts() -> Vec<Vec<u8>> {
    let mut rest = &RSA[30..];
    let mut parts = Vec::new();
    while !rest.is_empty() {
        assert_eq!(rest[0], 2);
        let (start, len) = match rest[1] {
            0x82 => (4, usize::from(u16::from_be_bytes([rest[2], rest[3]]))),
            0x81 => (3, usize::from(rest[2])),
            short => (2, usize::from(short)),
        };
        let number = &rest[start..start + len];
        parts.push(match number {
            [0, digits @ ..] if !digits.is_empty() => digits.to_vec(),
            digits => digits.to_vec(),
        });
        rest = &rest[start + len..];
    }
    assert_eq!(rsa_key_of(&parts), RSA);
    parts
}

fn rsa_key_of(parts: &[Vec<u8>]) -> Vec<u8> {
    let integers: Vec<Vec<u8>> = parts.iter().map(|part| integer(part)).collect();
    let integers: Vec<&[u8]> = integers.iter().map(Vec::as_slice).collect();
    pkcs8(
        &[RSA_ENCRYPTION, &[5, 0]].concat(),
        &tlv(0x30, &integers),
        None,
    )
}
