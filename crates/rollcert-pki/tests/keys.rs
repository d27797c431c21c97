//! Private keys of every kind, in every form and protection.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use rollcert_crypto::{DigestAlgorithm, Error, KeyAlgorithm, SignatureAlgorithm};
use rollcert_pki::asn1::{Element, encode, encode_unsigned, tag};
use rollcert_pki::{
    Bundle, Credential, CredentialError, ImportError, KeyFile, KeyQuirk, Limits, Password, open,
};
use support::{PROVIDER, certificate, fixture, open_fixture, open_octets, rng};

/// The only key of a file.
fn only_key(bundle: Bundle) -> KeyFile {
    let mut keys = bundle.entries.into_iter().filter_map(|entry| match entry {
        rollcert_pki::Entry::Key(entry) => Some(entry.key),
        _ => None,
    });
    let key = keys.next().unwrap();
    assert!(keys.next().is_none());
    key
}

fn warnings(bundle: &Bundle) -> Vec<&'static str> {
    bundle.warnings.iter().map(|warning| warning.code).collect()
}

#[test]
fn every_protection_opens_and_is_told_in_words() {
    let pbe = |cipher: &str| format!("PKCS#12 PBE {cipher}, SHA-1 2048 iterations");
    let pbes1 = |cipher: &str, digest: &str| format!("PBES1 {cipher}, {digest} 2048 iterations");
    let pbes2 = |cipher: &str| format!("PBES2 {cipher}, PBKDF2 HMAC-SHA-256 2048 iterations");
    let prf = |digest: &str| format!("PBES2 AES-256-CBC, PBKDF2 HMAC-{digest} 2048 iterations");
    let pem = |cipher: &str| format!("PEM {cipher}, MD5 without iterations");
    for (name, protection) in [
        ("PBE-SHA1-RC4-128.pem", pbe("RC4-128")),
        ("PBE-SHA1-RC4-40.pem", pbe("RC4-40")),
        ("PBE-SHA1-3DES.pem", pbe("3DES-CBC")),
        ("PBE-SHA1-2DES.pem", pbe("two-key 3DES-CBC")),
        ("PBE-SHA1-RC2-128.pem", pbe("RC2-128-CBC")),
        ("PBE-SHA1-RC2-40.pem", pbe("RC2-40-CBC")),
        ("PBE-MD5-DES.pem", pbes1("DES-CBC", "MD5")),
        ("PBE-SHA1-DES.pem", pbes1("DES-CBC", "SHA-1")),
        ("PBE-MD5-RC2-64.pem", pbes1("RC2-64-CBC", "MD5")),
        ("PBE-SHA1-RC2-64.pem", pbes1("RC2-64-CBC", "SHA-1")),
        ("pbes2-aes-128-cbc.pem", pbes2("AES-128-CBC")),
        ("pbes2-aes-192-cbc.pem", pbes2("AES-192-CBC")),
        ("pbes2-des3.pem", pbes2("3DES-CBC")),
        ("pbes2-des-cbc.pem", pbes2("DES-CBC")),
        ("pbes2-rc2-cbc.pem", pbes2("RC2-128-CBC")),
        ("pbes2-rc2-64-cbc.pem", pbes2("RC2-64-CBC")),
        ("pbes2-rc2-40-cbc.pem", pbes2("RC2-40-CBC")),
        ("pbes2-hmacWithSHA1.pem", prf("SHA-1")),
        ("pbes2-hmacWithSHA224.pem", prf("SHA-224")),
        ("pbes2-hmacWithSHA256.pem", prf("SHA-256")),
        ("pbes2-hmacWithSHA384.pem", prf("SHA-384")),
        ("pbes2-hmacWithSHA512.pem", prf("SHA-512")),
        (
            "scrypt.pem",
            "PBES2 AES-256-CBC, scrypt N=1024 r=4 p=2".to_owned(),
        ),
        ("dek-info-des.pem", pem("DES-CBC")),
        ("dek-info-des3.pem", pem("3DES-CBC")),
        ("dek-info-aes128.pem", pem("AES-128-CBC")),
        ("dek-info-aes192.pem", pem("AES-192-CBC")),
        ("dek-info-aes256.pem", pem("AES-256-CBC")),
        // Bouncy Castle goes where others do not.
        (
            "bc-gcm.der",
            "PBES2 AES-256-GCM, PBKDF2 HMAC-SHA-1 1024 iterations".to_owned(),
        ),
        (
            "bc-scrypt.der",
            "PBES2 AES-128-CBC, scrypt N=1024 r=8 p=2".to_owned(),
        ),
        ("bc-sha3.der", prf("SHA3-256")),
    ] {
        let name = format!("protection/{name}");
        let bundle = open_fixture(&name, Some("secret")).unwrap();
        assert_eq!(bundle.protection.as_ref(), Some(&protection), "{name}");
        assert_eq!(warnings(&bundle), <[&str; 0]>::default(), "{name}");
        let key = only_key(bundle);
        assert_eq!(key.protection(), Some(protection.as_str()), "{name}");
        assert_eq!(
            key.public_key_info(PROVIDER).unwrap(),
            certificate("p256.cert.pem").public_key_info(),
            "{name}"
        );
        assert_eq!(
            open_fixture(&name, Some("Secret")).unwrap_err(),
            ImportError::WrongPassword,
            "{name}"
        );
        assert_eq!(
            open_fixture(&name, None).unwrap_err(),
            ImportError::PasswordRequired,
            "{name}"
        );
    }
}

#[test]
fn passwords_beyond_ascii_are_tried_as_utf8_and_as_latin1() {
    for (name, password) in [
        ("protection/pbes2-utf8.pem", "pässwörd-🔑"),
        ("protection/bc-pbes2-latin1.pem", "pässwörd"),
        ("protection/bc-pbe-rc4-latin1.pem", "pässwörd"),
        ("protection/bc-dek-info-latin1.pem", "pässwörd"),
    ] {
        let key = only_key(open_fixture(name, Some(password)).unwrap());
        assert!(key.load(PROVIDER).is_ok(), "{name}");
        assert_eq!(
            open_fixture(name, Some("passwörd")).unwrap_err(),
            ImportError::WrongPassword
        );
    }
}

#[test]
fn scrypt_costs_memory_and_iterations_within_the_limits() {
    let password = Password::from("secret");
    let open = |name: &str, limits: Limits| {
        open(&fixture(name), Some(&password), PROVIDER, &limits).map(|_| ())
    };
    let limits = Limits::default();
    let memory = |limit| ImportError::Limit {
        what: "octets of memory for key derivation",
        limit,
    };
    assert_eq!(
        open("protection/scrypt-greedy.der", limits),
        Err(memory(256 << 20))
    );
    // N = 1024, r = 4, p = 2: a table of N blocks of 128·r octets, and p blocks.
    let octets = (1024 + 2) * 128 * 4;
    assert_eq!(
        open("protection/scrypt.pem", limits.with_kdf_memory(octets)),
        Ok(())
    );
    assert_eq!(
        open("protection/scrypt.pem", limits.with_kdf_memory(octets - 1)),
        Err(memory(octets - 1))
    );
    let iterations = 2 * 1024 * 4 * 2;
    let enough = limits.with_kdf_iterations(iterations);
    assert_eq!(open("protection/scrypt.pem", enough), Ok(()));
    assert_eq!(
        open(
            "protection/scrypt.pem",
            limits.with_kdf_iterations(iterations - 1)
        ),
        Err(ImportError::Limit {
            what: "iterations of key derivation",
            limit: iterations - 1
        })
    );
}

#[test]
fn keys_of_every_kind_that_is_served_load_and_prove_themselves() {
    for (key, certified, algorithm) in [
        (
            "keys/rsa1024.pem",
            "keys/rsa1024.cert.pem",
            KeyAlgorithm::Rsa { bits: 1024 },
        ),
        (
            "rsa2048.pkcs1.pem",
            "rsa2048.cert.pem",
            KeyAlgorithm::Rsa { bits: 2048 },
        ),
        (
            "rsa4096.key.pem",
            "rsa4096.cert.pem",
            KeyAlgorithm::Rsa { bits: 4096 },
        ),
        (
            "keys/rsa8192.pem",
            "keys/rsa8192.cert.pem",
            KeyAlgorithm::Rsa { bits: 8192 },
        ),
        ("p256.no-public.pem", "p256.cert.pem", KeyAlgorithm::P256),
        (
            "p256.sec1.pem",
            "keys/p256-compressed.cert.pem",
            KeyAlgorithm::P256,
        ),
        (
            "keys/p256.curve-before.pem",
            "p256.cert.pem",
            KeyAlgorithm::P256,
        ),
        ("p384.key.pem", "p384.cert.pem", KeyAlgorithm::P384),
        ("keys/p521.pem", "keys/p521.cert.pem", KeyAlgorithm::P521),
        ("ed25519.key.pem", "ed25519.cert.pem", KeyAlgorithm::Ed25519),
        (
            "keys/pss.pem",
            "keys/pss.cert.pem",
            KeyAlgorithm::Rsa { bits: 2048 },
        ),
        (
            "keys/pss-sha384.pem",
            "keys/pss-sha384.cert.pem",
            KeyAlgorithm::Rsa { bits: 2048 },
        ),
    ] {
        let bundle = open_octets(&[fixture(key), fixture(certified)].concat(), None).unwrap();
        assert!(bundle.keys().next().unwrap().matches.is_some(), "{key}");
        let [credential] = &bundle.credentials(PROVIDER, &mut rng()).unwrap()[..] else {
            panic!("{key}")
        };
        assert_eq!(credential.key().algorithm(), algorithm, "{key}");
        let info = only_key(bundle).public_key_info(PROVIDER).unwrap();
        let certificate = certificate(certified);
        // One certificate has its point compressed, and is for the key all the same.
        let compressed = certified.contains("compressed");
        assert_eq!(info != certificate.public_key_info(), compressed, "{key}");

        // The wrong certificate is refused before anything is signed.
        let other = support::certificate("ca.cert.pem");
        let error = Credential::new(
            other,
            vec![],
            credential.key().clone(),
            PROVIDER,
            &mut rng(),
        );
        assert!(matches!(error, Err(CredentialError::KeyMismatch)), "{key}");
    }
}

#[test]
fn a_short_rsa_key_is_a_warning() {
    let bundle = open_fixture("keys/rsa1024.pem", None).unwrap();
    assert_eq!(warnings(&bundle), ["weak-key"]);
    let quirk = only_key(bundle).quirk().unwrap();
    assert_eq!(quirk, KeyQuirk::Weak { bits: 1024 });
    assert_eq!(
        quirk.to_string(),
        "the RSA key has 1024 bits, and fewer than 2048 are weak"
    );
    for name in ["keys/rsa3072.pem", "keys/pss.pem", "p256.key.pem"] {
        assert_eq!(only_key(open_fixture(name, None).unwrap()).quirk(), None);
    }
}

#[test]
fn a_key_that_nobody_serves_spoils_no_other() {
    let bundle = open_fixture("keys/several.pem", None).unwrap();
    let kinds: Vec<String> = bundle
        .keys()
        .map(|entry| entry.key.algorithm().to_string())
        .collect();
    assert_eq!(kinds, ["rsa-1024", "ed448", "p-256"]);
    let matched: Vec<bool> = bundle.keys().map(|entry| entry.matches.is_some()).collect();
    assert_eq!(matched, [false, false, true]);
}

#[test]
fn a_key_that_nobody_serves_is_matched_to_its_certificate_and_proves_nothing() {
    let files = ["keys/secp256k1.pem", "keys/secp256k1.cert.pem"].map(fixture);
    let bundle = open_octets(&files.concat(), None).unwrap();
    assert!(bundle.keys().next().unwrap().matches.is_some());
    let error = bundle.credentials(PROVIDER, &mut rng()).unwrap_err();
    assert_eq!(error.code(), "unsupported-algorithm");
}

#[test]
fn a_key_for_pss_alone_signs_as_it_demands_and_not_otherwise() {
    let message = b"message";
    let pss = SignatureAlgorithm::rsa_pss;
    let sha256 = DigestAlgorithm::Sha256;
    for (name, digest) in [
        ("keys/pss.pem", sha256),
        ("keys/pss-sha384.pem", DigestAlgorithm::Sha384),
    ] {
        let key = only_key(open_fixture(name, None).unwrap())
            .load(PROVIDER)
            .unwrap();
        assert!(key.decryptor().is_err(), "{name}");
        let signer = key.signer().unwrap();
        let refused = signer.sign(SignatureAlgorithm::RsaPkcs1(digest), message);
        assert!(matches!(refused, Err(Error::Unsupported { .. })), "{name}");
        assert!(signer.sign(pss(digest), message).is_ok(), "{name}");
        let free = signer.sign(pss(DigestAlgorithm::Sha512), message).is_ok();
        assert_eq!(free, digest == sha256, "{name}");
        let short = SignatureAlgorithm::RsaPss {
            digest,
            salt_len: 20,
        };
        let free = signer.sign(short, message).is_ok();
        assert_eq!(free, digest == sha256, "{name}");
    }
}

/// The fields of a `PrivateKeyInfo`.
fn fields(pkcs8: &[u8]) -> [Vec<u8>; 3] {
    let mut fields = Element::parse(pkcs8).unwrap().reader();
    [(); 3].map(|()| fields.element().unwrap().raw().to_vec())
}

/// RFC 5958 §2: version 2 has a public key, and either may have attributes.
#[test]
fn pkcs8_of_both_versions_opens_with_attributes_and_public_key() {
    let der = |name| {
        let key = only_key(open_fixture(name, None).unwrap());
        let info = key.public_key_info(PROVIDER).unwrap();
        let mut spki = Element::parse(&info).unwrap().reader();
        spki.element().unwrap();
        let bits = spki.element().unwrap().content().to_vec();
        (fields(key.secret_pkcs8()), bits)
    };
    let attribute = [0x30, 0x09, 0x06, 0x03, 0x55, 0x04, 0x03, 0x31, 0x02, 5, 0];
    let attributes = encode(tag::CONTEXT_CONSTRUCTED, &[&attribute]);
    for name in ["ed25519.key.pem", "p256.no-public.pem", "rsa2048.key.pem"] {
        let ([version, algorithm, key], public) = der(name);
        let public = encode(0x81, &[&public]);
        let of = |fields: &[&[u8]]| encode(tag::SEQUENCE, fields);
        let second = encode_unsigned(&[1]);
        for octets in [
            of(&[&version, &algorithm, &key, &attributes]),
            of(&[&second, &algorithm, &key, &public]),
            of(&[&second, &algorithm, &key, &attributes, &public]),
        ] {
            let key = KeyFile::from_pkcs8_der(&octets).unwrap();
            assert_eq!(key.secret_pkcs8(), octets);
            assert!(key.load(PROVIDER).is_ok(), "{name}");
        }

        // What stands beside the private key must be its public half.
        let mut other = public.clone();
        *other.last_mut().unwrap() ^= 1;
        let octets = of(&[&second, &algorithm, &key, &other]);
        let loaded = KeyFile::from_pkcs8_der(&octets).unwrap().load(PROVIDER);
        if name.starts_with("rsa") {
            // RSA has its public half within, which is the one that counts.
            assert!(loaded.is_ok());
        } else {
            let error = loaded.unwrap_err();
            assert_eq!(error.code(), "malformed-key", "{name}");
            assert!(
                error.to_string().contains("beside the private one"),
                "{error}"
            );
        }

        for octets in [
            of(&[&encode_unsigned(&[2]), &algorithm, &key]),
            of(&[&version, &algorithm, &key, &[5, 0]]),
            of(&[&version, &algorithm]),
        ] {
            assert!(KeyFile::from_pkcs8_der(&octets).is_err(), "{name}");
        }
    }
}

/// What is expected of a file: the kind of key where it loads, else why it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Loads(&'static str),
    /// It opens, and the backend says why it does not take it.
    Shown(&'static str, &'static str),
    Refused(&'static str),
}

#[test]
fn the_vectors_of_pyca_end_as_expected() {
    use Expected::{Loads, Refused, Shown};
    const UNSUPPORTED: &str = "unsupported-algorithm";
    const MALFORMED: &str = "malformed-key";
    let red_hat = "Red Hat Enterprise Linux 7.4";
    for (name, password, expected) in [
        (
            "pkcs8/bad-encryption-oid.pem",
            "foobar",
            Refused("unsupported"),
        ),
        (
            "pkcs8/bad-oid-dsa-key.pem",
            "",
            Shown("0.37.11229.117.11229.113", UNSUPPORTED),
        ),
        ("pkcs8/ec-consistent-curve.pem", "", Loads("p-256")),
        ("pkcs8/ec-inconsistent-curve.pem", "", Refused("bad-value")),
        ("pkcs8/ec-inconsistent-curve2.pem", "", Refused("bad-value")),
        (
            "pkcs8/ec-invalid-private-scalar.pem",
            "",
            Shown("p-256", MALFORMED),
        ),
        ("pkcs8/ec-invalid-version.pem", "", Refused("bad-value")),
        (
            "pkcs8/ec_oid_not_in_reg_private_2.pkcs8.pem",
            "",
            Shown("ec-explicit", UNSUPPORTED),
        ),
        ("pkcs8/ec_private_key.pem", "", Loads("p-256")),
        (
            "pkcs8/ec_private_key_encrypted.pem",
            "123456",
            Loads("p-256"),
        ),
        ("pkcs8/ecc_private_with_rfc5915_ext.pem", "", Loads("p-256")),
        ("pkcs8/ed25519-scrypt.pem", "hunter42", Loads("ed25519")),
        ("pkcs8/enc-ec-sha1-128-rc4.pem", "password", Loads("p-256")),
        ("pkcs8/enc-rsa-3des.pem", "password", Loads("rsa-2048")),
        (
            "pkcs8/enc-rsa-pkcs8-pbkdf2-0iter.pem",
            "foobar",
            Refused("bad-value"),
        ),
        ("pkcs8/enc-rsa-pkcs8.pem", "foobar", Loads("rsa-1024")),
        (
            "pkcs8/enc-unknown-algorithm.pem",
            "foobar",
            Refused("unsupported"),
        ),
        (
            "pkcs8/enc-unknown-kdf.pem",
            "foobar",
            Refused("unsupported"),
        ),
        (
            "pkcs8/enc-unknown-pbkdf2-prf.pem",
            "foobar",
            Refused("unsupported"),
        ),
        ("pkcs8/enc2-rsa-pkcs8.pem", "baz", Loads("rsa-1024")),
        // Version 2 without a public key.
        ("pkcs8/invalid-version.der", "", Loads("p-256")),
        (
            "pkcs8/nodompar_private.pkcs8.pem",
            "",
            Shown("ec-explicit", UNSUPPORTED),
        ),
        (
            "pkcs8/pkcs12_s2k_pem-X_9607.pem",
            "123456",
            Loads("rsa-1024"),
        ),
        (
            "pkcs8/pkcs12_s2k_pem-X_9671.pem",
            "123456",
            Loads("rsa-1024"),
        ),
        (
            "pkcs8/pkcs12_s2k_pem-X_9925.pem",
            "123456",
            Loads("rsa-1024"),
        ),
        (
            "pkcs8/pkcs12_s2k_pem-X_9926.pem",
            "123456",
            Loads("rsa-1024"),
        ),
        (
            "pkcs8/pkcs12_s2k_pem-X_9927.pem",
            "123456",
            Loads("rsa-1024"),
        ),
        (
            "pkcs8/pkcs12_s2k_pem-X_9928.pem",
            "123456",
            Loads("rsa-1024"),
        ),
        (
            "pkcs8/pkcs12_s2k_pem-X_9929.pem",
            "123456",
            Loads("rsa-1024"),
        ),
        (
            "pkcs8/pkcs12_s2k_pem-X_9930.pem",
            "123456",
            Loads("rsa-1024"),
        ),
        (
            "pkcs8/pkcs12_s2k_pem-X_9931.pem",
            "123456",
            Loads("rsa-1024"),
        ),
        (
            "pkcs8/pkcs12_s2k_pem-X_9932.pem",
            "123456",
            Loads("rsa-1024"),
        ),
        ("pkcs8/private.pem", "", Shown("ec-explicit", UNSUPPORTED)),
        ("pkcs8/rsa-40bitrc2.pem", "baz", Loads("rsa-1024")),
        (
            "pkcs8/rsa-aes-192-cbc.pem",
            "PolarSSLTest",
            Loads("rsa-2048"),
        ),
        (
            "pkcs8/rsa-pbe-3des-long-salt.pem",
            "password",
            Loads("rsa-4096"),
        ),
        (
            "pkcs8/rsa-pbewithmd5anddescbc.pem",
            "hunter2",
            Loads("rsa-2048"),
        ),
        // RC2 of 258 bits, which the file was not encrypted by.
        (
            "pkcs8/rsa-rc2-cbc-effective-key-length.pem",
            red_hat,
            Refused("wrong-password"),
        ),
        ("pkcs8/rsa-rc2-cbc.pem", red_hat, Loads("rsa-2048")),
        (
            "pkcs8/rsa_pkcs8_pbes2_pbkdf2_2048_3des_sha224.pem",
            "PolarSSLTest",
            Loads("rsa-2048"),
        ),
        (
            "pkcs8/rsa_pkcs8_pbes2_pbkdf2_2048_3des_sha384.pem",
            "PolarSSLTest",
            Loads("rsa-2048"),
        ),
        (
            "pkcs8/rsa_pkcs8_pbes2_pbkdf2_2048_3des_sha512.pem",
            "PolarSSLTest",
            Loads("rsa-2048"),
        ),
        ("pkcs8/rsa_pss_2048.pem", "", Loads("rsa-pss-2048")),
        (
            "pkcs8/rsa_pss_2048_hash.pem",
            "",
            Shown("rsa-pss-2048", UNSUPPORTED),
        ),
        (
            "pkcs8/rsa_pss_2048_hash_mask.pem",
            "",
            Loads("rsa-pss-2048"),
        ),
        (
            "pkcs8/rsa_pss_2048_hash_mask_diff.pem",
            "",
            Shown("rsa-pss-2048", UNSUPPORTED),
        ),
        (
            "pkcs8/rsa_pss_2048_hash_mask_salt.pem",
            "",
            Loads("rsa-pss-2048"),
        ),
        ("pkcs8/unenc-dsa-pkcs8.pem", "", Shown("dsa", UNSUPPORTED)),
        ("pkcs8/unenc-rsa-pkcs8.pem", "", Loads("rsa-1024")),
        (
            "pkcs8/unknown-oid.der",
            "",
            Shown("1.2.840.1004321.3213.321", UNSUPPORTED),
        ),
        (
            "pkcs8/withdompar_private.pkcs8.pem",
            "",
            Shown("1.3.6.1.4.1.8301.3.1.2.9.0.33", UNSUPPORTED),
        ),
        ("pkcs8/wrong-pem-delimiter-rsa.pem", "", Loads("rsa-2048")),
        ("traditional/dsa.1024.pem", "", Shown("dsa", UNSUPPORTED)),
        ("traditional/dsa.2048.pem", "", Shown("dsa", UNSUPPORTED)),
        ("traditional/dsa.3072.pem", "", Shown("dsa", UNSUPPORTED)),
        (
            "traditional/dsa-wrong-version.pem",
            "",
            Refused("bad-value"),
        ),
        ("traditional/dsa_4096.pem", "", Shown("dsa", UNSUPPORTED)),
        (
            "traditional/dsa_private_key.pem",
            "123456",
            Shown("dsa", UNSUPPORTED),
        ),
        ("traditional/ec_private_key.pem", "", Loads("p-256")),
        (
            "traditional/ec_private_key_encrypted.pem",
            "123456",
            Loads("p-256"),
        ),
        (
            "traditional/key1-malformed-dek-info.pem",
            "123456",
            Refused("bad-value"),
        ),
        (
            "traditional/key1-malformed-iv.pem",
            "123456",
            Refused("bad-value"),
        ),
        (
            "traditional/key1-no-dek-info.pem",
            "123456",
            Refused("bad-value"),
        ),
        (
            "traditional/key1-short-iv.pem",
            "123456",
            Refused("bad-value"),
        ),
        ("traditional/key1.pem", "123456", Loads("rsa-2048")),
        ("traditional/key2.pem", "a123456", Loads("rsa-2048")),
        (
            "traditional/rsa-bad-1025-q-is-2.pem",
            "",
            Shown("rsa-1025", UNSUPPORTED),
        ),
        (
            "traditional/rsa-wrong-version.pem",
            "",
            Refused("bad-value"),
        ),
        (
            "traditional/rsa_private_key.pem",
            "123456",
            Loads("rsa-2048"),
        ),
        (
            "traditional/testrsa-encrypted.pem",
            "password",
            Loads("rsa-2048"),
        ),
        ("traditional/testrsa.pem", "", Loads("rsa-2048")),
        ("ec/ec-missing-curve.pem", "", Refused("bad-value")),
        (
            "ec/ec_private_key_non_zero_unused_bits.der",
            "",
            Refused("bad-value"),
        ),
        (
            "ec/explicit_parameters_private_key.pem",
            "",
            Shown("ec-explicit", UNSUPPORTED),
        ),
        (
            "ec/explicit_parameters_wap_wsg_idm_ecid_wtls11_private_key.pem",
            "",
            Shown("ec-explicit", UNSUPPORTED),
        ),
        ("ec/high-bit-set.pem", "", Loads("p-256")),
        (
            "ec/secp128r1_private_key.pem",
            "",
            Shown("1.3.132.0.28", UNSUPPORTED),
        ),
        (
            "ec/secp256k1-explicit-no-seed.pem",
            "",
            Shown("ec-explicit", UNSUPPORTED),
        ),
        (
            "ec/secp256r1-explicit-seed.pem",
            "",
            Shown("ec-explicit", UNSUPPORTED),
        ),
        // A number with its leading zeros cut off.
        ("ec/truncated-private-key.der", "", Loads("p-256")),
    ] {
        let found = match open_fixture(&format!("pyca/{name}"), Some(password)) {
            Err(error) => (None, error.code()),
            Ok(bundle) => {
                let key = only_key(bundle);
                let code = key
                    .load(PROVIDER)
                    .map_or_else(|error| error.code(), |_| "loads");
                (Some(key.algorithm().to_string()), code)
            }
        };
        let expected = match expected {
            Loads(kind) => (Some(kind.to_owned()), "loads"),
            Shown(kind, code) => (Some(kind.to_owned()), code),
            Refused(code) => (None, code),
        };
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn truncated_and_changed_keys_end_typed() {
    for name in [
        "keys/pss-sha384.pem",
        "keys/p521.pem",
        "ed25519.key.pem",
        "keys/explicit.pem",
    ] {
        let octets = only_key(open_fixture(name, None).unwrap())
            .secret_pkcs8()
            .to_vec();
        assert!(KeyFile::from_pkcs8_der(&octets).is_ok());
        for length in 0..octets.len() {
            assert!(
                KeyFile::from_pkcs8_der(&octets[..length]).is_err(),
                "{name} {length}"
            );
        }
        assert!(KeyFile::from_pkcs8_der(&[&octets[..], &[0]].concat()).is_err());
        for place in 0..octets.len().min(120) {
            let mut changed = octets.clone();
            changed[place] ^= 1 << (place % 8);
            if let Ok(key) = KeyFile::from_pkcs8_der(&changed) {
                assert_eq!(key.secret_pkcs8(), changed);
                let _ = key.load(PROVIDER);
            }
        }
    }
}
