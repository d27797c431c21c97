//! PKCS#12 files in every protection that OpenSSL, Java, Bouncy Castle and Windows give them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::fs;

use rollcert_crypto::{LegacyCipher, LegacyCiphers, Provider};
use rollcert_pki::asn1::{encode, encode_oid, encode_unsigned, tag};
use rollcert_pki::{Bundle, Entry, FileKind, ImportError, Limits, Password, examine, open};
use support::{PROVIDER, certificate, fixture, open_fixture, open_octets, rng, vectors};
use zeroize::Zeroizing;

const PBES2: &str = "PBES2 AES-256-CBC, PBKDF2 HMAC-SHA-256 2048 iterations";
const UTF8: &str = "pässwörd-🔑";

/// Entries in short: subjects, with `+` where the key is there too; kinds of keys.
fn entries(bundle: &Bundle) -> Vec<String> {
    let entry = |entry: &Entry| match entry {
        Entry::Certificate(entry) => {
            let subject = entry.certificate.subject();
            let name = subject.common_name().unwrap_or_default();
            format!("{name}{}", if entry.has_key { "+" } else { "" })
        }
        Entry::Key(entry) => entry.key.algorithm().to_string(),
        other => panic!("{other:?}"),
    };
    bundle.entries.iter().map(entry).collect()
}

fn warnings(bundle: &Bundle) -> Vec<String> {
    bundle
        .warnings
        .iter()
        .map(|warning| format!("{}: {}", warning.code, warning.text))
        .collect()
}

#[test]
fn every_protection_of_openssl_opens_and_is_told_in_words() {
    let pbe = |cipher: &str| format!("PKCS#12 PBE {cipher}, SHA-1 2048 iterations; {SHA1}");
    let pbes1 =
        |cipher: &str, digest: &str| format!("PBES1 {cipher}, {digest} 2048 iterations; {SHA1}");
    let pbes2 = |cipher: &str| {
        format!("PBES2 {cipher}, PBKDF2 HMAC-SHA-256 2048 iterations; MAC SHA-256 2048 iterations")
    };
    let mac = |digest: &str| format!("{PBES2}; MAC {digest} 2048 iterations");
    const SHA1: &str = "MAC SHA-1 2048 iterations";
    for (name, protection) in [
        ("PBE-SHA1-RC4-128", pbe("RC4-128")),
        ("PBE-SHA1-RC4-40", pbe("RC4-40")),
        ("PBE-SHA1-3DES", pbe("3DES-CBC")),
        ("PBE-SHA1-2DES", pbe("two-key 3DES-CBC")),
        ("PBE-SHA1-RC2-128", pbe("RC2-128-CBC")),
        ("PBE-SHA1-RC2-40", pbe("RC2-40-CBC")),
        ("PBE-MD5-DES", pbes1("DES-CBC", "MD5")),
        ("PBE-SHA1-DES", pbes1("DES-CBC", "SHA-1")),
        ("PBE-MD5-RC2-64", pbes1("RC2-64-CBC", "MD5")),
        ("PBE-SHA1-RC2-64", pbes1("RC2-64-CBC", "SHA-1")),
        ("pbes2-des-ede3-cbc", pbes2("3DES-CBC")),
        ("pbes2-des-cbc", pbes2("DES-CBC")),
        ("pbes2-rc2-cbc", pbes2("RC2-128-CBC")),
        ("pbes2-aes-128-cbc", pbes2("AES-128-CBC")),
        ("mac-sha1", mac("SHA-1")),
        ("mac-sha224", mac("SHA-224")),
        ("mac-sha256", mac("SHA-256")),
        ("mac-sha384", mac("SHA-384")),
        ("mac-sha512", mac("SHA-512")),
        ("mac-sha3-256", mac("SHA3-256")),
        (
            "mixed",
            format!(
                "PKCS#12 PBE RC2-40-CBC, SHA-1 2048 iterations; {PBES2}; MAC SHA-256 2048 iterations"
            ),
        ),
        (
            "mixed-nomac",
            "PKCS#12 PBE RC4-40, SHA-1 2048 iterations; PBES1 DES-CBC, MD5 2048 iterations; no MAC"
                .to_owned(),
        ),
        (
            "rc4-nomac",
            "PKCS#12 PBE RC4-128, SHA-1 2048 iterations; no MAC".to_owned(),
        ),
    ] {
        let name = format!("protection/{name}.p12");
        let bundle = open_fixture(&name, Some("secret")).unwrap();
        assert_eq!(bundle.protection, Some(protection), "{name}");
        assert_eq!(entries(&bundle), ["acme p256+", "p-256"], "{name}");
        assert_eq!(warnings(&bundle), <[&str; 0]>::default(), "{name}");
        let [credential] = &bundle.credentials(PROVIDER, &mut rng()).unwrap()[..] else {
            panic!("{name}")
        };
        assert_eq!(credential.certificate(), &certificate("p256.cert.pem"));

        // By a wrong password nothing else happens than that.
        for (password, error) in [
            (Some("Secret"), ImportError::WrongPassword),
            (Some(""), ImportError::WrongPassword),
            (None, ImportError::PasswordRequired),
        ] {
            let refused = open_fixture(&name, password).unwrap_err();
            assert_eq!(refused, error, "{name} {password:?}");
        }
    }
}

#[test]
fn passwords_are_tried_as_products_encode_them() {
    for (name, passwords) in [
        ("protection/legacy-utf8.p12", &[Some(UTF8)][..]),
        // By OpenSSL before 1.1.0, which took octets for characters.
        ("protection/legacy-widened.p12", &[Some("pässwörd")]),
        ("protection/legacy-empty.p12", &[Some(""), None]),
        ("protection/legacy-empty-nomac.p12", &[Some(""), None]),
        // Bouncy Castle derives from nothing at all where others have a terminator.
        ("protection/bc-empty-password.p12", &[Some(""), None]),
        ("pyca/pkcs12/no-password.p12", &[Some(""), None]),
        ("protection/bc-3des.p12", &[Some(UTF8)]),
    ] {
        for password in passwords {
            let bundle = open_fixture(name, *password).unwrap();
            assert_eq!(bundle.keys().count(), 1, "{name} {password:?}");
        }
        assert_eq!(
            open_fixture(name, Some("passwort")).unwrap_err(),
            ImportError::WrongPassword,
            "{name}"
        );
    }
}

/// RFC 9879 (and RFC 9579 before it) appendix A. The password is `1234`.
#[test]
fn pbmac1_opens_as_the_examples_of_its_standard_demand() {
    let mac = |hmac: &str, prf: &str| {
        format!(
            "PBES2 AES-256-CBC, PBKDF2 HMAC-SHA-256 2048 iterations; \
             MAC PBMAC1 HMAC-{hmac}, PBKDF2 HMAC-{prf} 2048 iterations"
        )
    };
    for (name, protection) in [
        ("rfc9879/a1-sha256.p12", mac("SHA-256", "SHA-256")),
        ("rfc9879/a2-sha256-sha512.p12", mac("SHA-256", "SHA-512")),
        ("rfc9879/a3-sha512.p12", mac("SHA-512", "SHA-512")),
    ] {
        let bundle = open_fixture(name, Some("1234")).unwrap();
        assert_eq!(bundle.protection, Some(protection), "{name}");
        assert_eq!(bundle.credentials(PROVIDER, &mut rng()).unwrap().len(), 1);
        assert_eq!(
            open_fixture(name, Some("12345")).unwrap_err(),
            ImportError::WrongPassword
        );
    }
    for name in [
        "rfc9879/a4-other-iterations.p12",
        "rfc9879/a5-other-salt.p12",
    ] {
        assert_eq!(
            open_fixture(name, Some("1234")).unwrap_err(),
            ImportError::WrongPassword,
            "{name}"
        );
    }
    let error = open_fixture("rfc9879/a6-no-key-length.p12", Some("1234")).unwrap_err();
    assert_eq!(error.code(), "bad-value");
    assert_eq!(
        error.to_string(),
        "malformed file: value of key length of PBMAC1 not allowed at octet 2595"
    );
}

#[test]
fn bouncy_castle_files_in_ber_open() {
    for (name, password, protection) in [
        (
            "protection/bc-rc2-3des.p12",
            "secret",
            "PKCS#12 PBE RC2-40-CBC, SHA-1 51200 iterations; \
             PKCS#12 PBE 3DES-CBC, SHA-1 51200 iterations; MAC SHA-1 102400 iterations",
        ),
        (
            "protection/bc-3des.p12",
            UTF8,
            "PKCS#12 PBE 3DES-CBC, SHA-1 51200 iterations; MAC SHA-1 102400 iterations",
        ),
    ] {
        assert_eq!(fixture(name)[..2], [0x30, 0x80], "{name}: BER");
        let bundle = open_fixture(name, Some(password)).unwrap();
        assert_eq!(bundle.protection.as_deref(), Some(protection), "{name}");
        assert_eq!(entries(&bundle), ["p-256", "acme p256+"], "{name}");
        let key = bundle.keys().next().unwrap();
        assert_eq!(key.alias.as_deref(), Some("bc key"), "{name}");
    }
}

#[test]
fn java_files_open_with_what_else_they_hold() {
    let bundle = open_fixture("protection/java-trusted.p12", Some("secret")).unwrap();
    // Java marks a certificate as trusted by an attribute of its own.
    assert_eq!(entries(&bundle), ["Test CA"]);
    assert_eq!(warnings(&bundle), <[&str; 0]>::default());
    let Entry::Certificate(entry) = &bundle.entries[0] else {
        panic!()
    };
    assert_eq!(entry.alias.as_deref(), Some("trusted"));

    let bundle = open_fixture("protection/java-secret-key.p12", Some("secret")).unwrap();
    assert_eq!(entries(&bundle), <[&str; 0]>::default());
    assert_eq!(warnings(&bundle), ["entry-skipped: secret key"]);

    let bundle = open_fixture("protection/java-legacy.p12", Some("secret")).unwrap();
    assert_eq!(entries(&bundle), ["p-256", "java+"]);
    assert_eq!(
        bundle.protection.as_deref(),
        Some(
            "PKCS#12 PBE RC2-40-CBC, SHA-1 50000 iterations; \
             PKCS#12 PBE 3DES-CBC, SHA-1 50000 iterations; MAC SHA-1 100000 iterations"
        )
    );
    let bundle = open_fixture("pyca/pkcs12/java-truststore.p12", None).unwrap();
    assert_eq!(bundle.certificates().count(), 2);
}

#[test]
fn a_key_with_a_password_of_its_own_opens_by_that_alone() {
    let octets = fixture("protection/bc-two-passwords.p12");
    let limits = Limits::default();
    let opened = |password: Password| open(&octets, Some(&password), PROVIDER, &limits);

    let bundle = opened(Password::from("secret").with_key_password("Second", "another")).unwrap();
    assert_eq!(entries(&bundle), ["p-256", "p-256", "acme p256+"]);
    assert_eq!(warnings(&bundle), ["entry-skipped: CRL"]);

    // One that stays closed does not keep the others from opening.
    for (password, text) in [
        (
            Password::from("secret"),
            "the password is right, but an encrypted private key, unless it has a password of its own, is damaged",
        ),
        (
            Password::from("secret").with_key_password("second", "wrong"),
            "wrong password",
        ),
        (
            Password::from("secret").with_key_password("first", "secret"),
            "the password is right, but an encrypted private key, unless it has a password of its own, is damaged",
        ),
    ] {
        let bundle = opened(password).unwrap();
        assert_eq!(entries(&bundle), ["p-256", "acme p256+"]);
        assert_eq!(
            warnings(&bundle),
            [
                format!("entry-skipped: private key: {text}"),
                "entry-skipped: CRL".to_owned()
            ]
        );
    }
    // Where none opens, that is what went wrong.
    let password = Password::from("secret").with_key_password("first", "wrong");
    assert_eq!(opened(password).unwrap_err(), ImportError::WrongPassword);
}

#[test]
fn the_vectors_of_pyca_open() {
    for (name, password) in [
        ("cert-aes256cbc-no-key", Some("cryptography")),
        ("cert-key-aes256cbc", Some("cryptography")),
        ("cert-none-key-none", Some("cryptography")),
        ("cert-rc2-key-3des", Some("cryptography")),
        ("no-cert-key-aes256cbc", Some("cryptography")),
        ("java-truststore", None),
        ("no-password", None),
    ] {
        let bundle = open_fixture(&format!("pyca/pkcs12/{name}.p12"), password).unwrap();
        let (keys, certificates) = match name {
            "cert-aes256cbc-no-key" => (0, 1),
            "no-cert-key-aes256cbc" => (1, 0),
            "java-truststore" => (0, 2),
            _ => (1, 1),
        };
        assert_eq!(bundle.keys().count(), keys, "{name}");
        assert_eq!(bundle.certificates().count(), certificates, "{name}");
    }
    // Three certificates, the first with its key, with aliases as the name says.
    for which in ["1", "2", "2-3", "3", "all", "unicode", "no"] {
        for (suffix, password) in [("no-pwd", None), ("pwd", Some("password"))] {
            let kinds: &[(&str, usize)] = match which {
                "1" | "2-3" => &[("name-", 1)],
                "no" => &[("no-name-", 1), ("no-cert-no-name-", 0)],
                _ => &[("name-", 1), ("no-cert-name-", 0)],
            };
            for (prefix, keys) in kinds {
                let stem = match which {
                    "no" => (*prefix).to_owned(),
                    which => format!("{prefix}{which}-"),
                };
                let name = format!("pyca/pkcs12/{stem}{suffix}.p12");
                let bundle = open_fixture(&name, password).unwrap();
                assert_eq!(bundle.keys().count(), *keys, "{name}");
                assert_eq!(bundle.certificates().count(), 2 + keys, "{name}");
                let aliases = bundle.entries.iter().filter(|entry| match entry {
                    Entry::Certificate(entry) => entry.alias.is_some(),
                    Entry::Key(entry) => entry.alias.is_some(),
                    _ => false,
                });
                let named = match (which, keys) {
                    ("no", _) => 0,
                    // The key and its certificate share their name.
                    ("1", _) => 2,
                    ("2" | "3", _) => 1,
                    ("2-3", _) => 2,
                    (_, keys) => 2 + 2 * keys,
                };
                assert_eq!(aliases.count(), named, "{name}");
            }
        }
    }
    let bundle = open_fixture("pyca/pkcs12/name-unicode-pwd.p12", Some("password")).unwrap();
    let key = bundle.keys().next().unwrap();
    assert_eq!(key.alias.as_deref(), Some("☺"));
}

#[test]
fn every_pkcs12_file_of_pkits_opens() {
    let Some(folder) = vectors("pkits/pkcs12") else {
        return;
    };
    let mut files = 0;
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let octets = fs::read(&path).unwrap();
        let bundle = open_octets(&octets, Some("password"))
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(bundle.kind, FileKind::Pkcs12);
        assert_eq!(bundle.keys().count(), 1, "{}", path.display());
        let key = bundle.keys().next().unwrap();
        // No backend works out the public half of a DSA key.
        let is_dsa = key.key.algorithm().to_string() == "dsa";
        assert_eq!(key.matches.is_none(), is_dsa, "{}", path.display());
        files += 1;
    }
    assert_eq!(files, 405);
}

#[test]
fn truncated_and_changed_files_end_typed() {
    for name in [
        "protection/PBE-SHA1-RC4-128.p12",
        "protection/PBE-SHA1-RC2-40.p12",
        "protection/PBE-MD5-DES.p12",
        "protection/mac-sha512.p12",
        "protection/mixed-nomac.p12",
        "protection/bc-rc2-3des.p12",
        "rfc9879/a1-sha256.p12",
    ] {
        let octets = fixture(name);
        let limits = Limits::default().with_kdf_iterations(4_096);
        let password = Password::from("secret");
        for length in 0..octets.len() {
            let part = &octets[..length];
            let error = open(part, Some(&password), PROVIDER, &limits).unwrap_err();
            let code = error.code();
            assert!(
                matches!(code, "truncated" | "empty" | "unknown-format" | "not-der"),
                "{name} cut to {length}: {code}"
            );
        }
        let mut longer = octets.clone();
        longer.push(0);
        assert!(open(&longer, Some(&password), PROVIDER, &limits).is_err());

        // One bit here and there; each trial costs the derivation of keys.
        for place in (0..octets.len()).step_by(octets.len() / 24) {
            let mut changed = octets.clone();
            changed[place] ^= 1 << (place % 8);
            if let Err(refusal) = examine(&changed, Some(&password), PROVIDER, &limits) {
                assert!(!refusal.error.code().is_empty());
            }
        }
    }
}

#[test]
fn derivations_that_cost_more_than_the_limits_are_refused() {
    let limits = Limits::default();
    let password = Password::from("secret");
    // MAC, certificates (key, and vector where it is derived), key: each is paid for.
    for (name, cost) in [
        ("protection/mac-sha256.p12", 2048 * 3),
        ("protection/PBE-SHA1-3DES.p12", 2048 * (1 + 3 + 3)),
        ("protection/PBE-SHA1-RC4-40.p12", 2048 * (1 + 1 + 1)),
        ("protection/PBE-MD5-DES.p12", 2048 * (1 + 1 + 1)),
        ("protection/mac-sha1.p12", 2048 * 3),
    ] {
        let octets = fixture(name);
        let enough = limits.with_kdf_iterations(cost);
        assert!(
            open(&octets, Some(&password), PROVIDER, &enough).is_ok(),
            "{name}"
        );
        let short = limits.with_kdf_iterations(cost - 1);
        assert_eq!(
            open(&octets, Some(&password), PROVIDER, &short).unwrap_err(),
            ImportError::Limit {
                what: "iterations of key derivation",
                limit: cost - 1
            },
            "{name}"
        );
    }
}

/// A PKCS#12 file of these bags, neither encrypted nor with a MAC.
fn plain(bags: &[Vec<u8>]) -> Vec<u8> {
    let bags: Vec<&[u8]> = bags.iter().map(Vec::as_slice).collect();
    let data = |inner: &[u8]| {
        let content = explicit(&encode(tag::OCTET_STRING, &[inner]));
        encode(tag::SEQUENCE, &[&oid("1.2.840.113549.1.7.1"), &content])
    };
    let safes = encode(tag::SEQUENCE, &[&data(&encode(tag::SEQUENCE, &bags))]);
    encode(tag::SEQUENCE, &[&encode_unsigned(&[3]), &data(&safes)])
}

/// A bag of the type that ends so (RFC 7292 §4.2), with the attributes.
fn bag(kind: u8, value: &[u8], attributes: &[&[u8]]) -> Vec<u8> {
    let kind = oid(&format!("1.2.840.113549.1.12.10.1.{kind}"));
    let attributes = encode(tag::SET, attributes);
    encode(tag::SEQUENCE, &[&kind, &explicit(value), &attributes])
}

fn certificate_bag(kind: &str, certificate: &[u8], attributes: &[&[u8]]) -> Vec<u8> {
    let content = explicit(&encode(tag::OCTET_STRING, &[certificate]));
    let value = encode(tag::SEQUENCE, &[&oid(kind), &content]);
    bag(3, &value, attributes)
}

fn attribute(kind: &str, value: &[u8]) -> Vec<u8> {
    let values = encode(tag::SET, &[value]);
    encode(tag::SEQUENCE, &[&oid(kind), &values])
}

fn explicit(inner: &[u8]) -> Vec<u8> {
    encode(tag::CONTEXT_CONSTRUCTED, &[inner])
}

fn oid(text: &str) -> Vec<u8> {
    encode_oid(text.parse().unwrap())
}

const X509: &str = "1.2.840.113549.1.9.22.1";
const FRIENDLY_NAME: &str = "1.2.840.113549.1.9.20";
const LOCAL_KEY_ID: &str = "1.2.840.113549.1.9.21";

#[test]
fn entries_of_other_kinds_are_named_and_bad_ones_spoil_no_other() {
    let good = certificate("p256.cert.pem");
    let secret_value = encode(tag::SEQUENCE, &[&oid("1.2.3"), &explicit(&[5, 0])]);
    let bags = [
        bag(4, &secret_value, &[]),
        bag(5, &secret_value, &[]),
        certificate_bag("1.2.840.113549.1.9.22.2", b"(cert)", &[]),
        certificate_bag("1.2.3.4", b"", &[]),
        certificate_bag(X509, &[0x30, 0], &[]),
        bag(3, &[5, 0], &[]),
        bag(9, &[5, 0], &[]),
        certificate_bag(X509, good.as_der(), &[]),
    ];
    let bundle = open_octets(&plain(&bags), None).unwrap();
    assert_eq!(entries(&bundle), ["acme p256"]);
    assert_eq!(
        warnings(&bundle),
        [
            "entry-skipped: CRL",
            "entry-skipped: secret key",
            "entry-skipped: SDSI certificate",
            "entry-skipped: certificate of type 1.2.3.4",
            "bad-certificate: certificate 1: not a certificate: input ended inside an element at octet 2",
            "bad-certificate: certificate 2: not a certificate: expected CertBag at octet 191",
            "entry-skipped: entry of type 1.2.840.113549.1.12.10.1.9",
        ]
    );
}

#[test]
fn safes_within_safes_open_as_deep_as_the_limits_allow() {
    let good = certificate("p256.cert.pem");
    let mut nested = certificate_bag(X509, good.as_der(), &[]);
    for _ in 0..9 {
        nested = bag(6, &encode(tag::SEQUENCE, &[&nested]), &[]);
    }
    let octets = plain(&[nested.clone(), nested]);
    let bundle = open_octets(&octets, None).unwrap();
    assert_eq!(entries(&bundle), ["acme p256", "acme p256"]);
    let limits = Limits::default().with_depth(9);
    let error = open(&octets, None, PROVIDER, &limits).unwrap_err();
    assert_eq!(error.code(), "limit-exceeded");
    let limits = Limits::default().with_entries(1);
    let error = open(&octets, None, PROVIDER, &limits).unwrap_err();
    assert_eq!(error.code(), "limit-exceeded");
}

#[test]
fn attributes_of_another_type_than_their_own_are_passed_over() {
    let good = certificate("p256.cert.pem");
    let utf16: Vec<u8> = "Zoë 🔑".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let name = encode(0x1e, &[&utf16]);
    let id = encode(tag::OCTET_STRING, &[b"id"]);
    let boolean = [1, 1, 0xff];
    let microsoft = attribute("1.3.6.1.4.1.311.17.2", &[5, 0]);
    for (attributes, alias, local_key_id) in [
        (
            vec![
                attribute(FRIENDLY_NAME, &name),
                microsoft.clone(),
                attribute(LOCAL_KEY_ID, &id),
            ],
            Some("Zoë 🔑"),
            Some(b"id".to_vec()),
        ),
        (
            vec![
                attribute(FRIENDLY_NAME, &boolean),
                attribute(LOCAL_KEY_ID, &boolean),
            ],
            None,
            None,
        ),
        // Half a character, and none.
        (
            vec![attribute(FRIENDLY_NAME, &[0x1e, 3, 0, 0x41, 0])],
            None,
            None,
        ),
        (vec![attribute(FRIENDLY_NAME, &[0x1e, 0])], None, None),
    ] {
        let attributes: Vec<&[u8]> = attributes.iter().map(Vec::as_slice).collect();
        let octets = plain(&[certificate_bag(X509, good.as_der(), &attributes)]);
        let bundle = open_octets(&octets, None).unwrap();
        let Entry::Certificate(entry) = &bundle.entries[0] else {
            panic!()
        };
        assert_eq!(entry.alias.as_deref(), alias);
        assert_eq!(entry.local_key_id, local_key_id);
    }
}

#[test]
fn a_key_under_a_scheme_that_is_not_served_spoils_no_other() {
    let clear = fixture("p256.key.pem");
    let clear = open_octets(&clear, None).unwrap();
    let clear = clear.keys().next().unwrap().key.secret_pkcs8().to_vec();
    let salt = encode(tag::OCTET_STRING, &[b"saltsalt"]);
    let parameters = encode(tag::SEQUENCE, &[&salt, &encode_unsigned(&[1])]);
    // DES with MD2, which nobody has any more.
    let scheme = encode(tag::SEQUENCE, &[&oid("1.2.840.113549.1.5.1"), &parameters]);
    let closed = encode(
        tag::SEQUENCE,
        &[&scheme, &encode(tag::OCTET_STRING, &[&[0; 8]])],
    );
    let closed = bag(2, &closed, &[]);

    let bundle = open_octets(&plain(&[closed.clone(), bag(1, &clear, &[])]), None).unwrap();
    assert_eq!(entries(&bundle), ["p-256"]);
    assert_eq!(
        warnings(&bundle),
        ["entry-skipped: private key: encryption by DES (PBES1 with MD2) not supported"]
    );
    assert_eq!(
        bundle.protection.as_deref(),
        Some("DES (PBES1 with MD2); no MAC")
    );
    assert_eq!(
        open_octets(&plain(&[closed]), Some("secret")).unwrap_err(),
        ImportError::Unsupported {
            what: "encryption by DES (PBES1 with MD2)".to_owned()
        }
    );
}

/// A backend without any old cipher.
struct Modern;

impl LegacyCiphers for Modern {
    fn encrypt(
        &self,
        _: LegacyCipher,
        _: &[u8],
        _: &[u8],
        _: &[u8],
    ) -> Result<Vec<u8>, rollcert_crypto::Error> {
        Err(rollcert_crypto::Error::Unsupported {
            what: "old ciphers",
        })
    }

    fn decrypt(
        &self,
        _: LegacyCipher,
        _: &[u8],
        _: &[u8],
        _: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, rollcert_crypto::Error> {
        Err(rollcert_crypto::Error::Unsupported {
            what: "old ciphers",
        })
    }

    fn md5(&self, _: &[u8]) -> Result<[u8; 16], rollcert_crypto::Error> {
        Err(rollcert_crypto::Error::Unsupported {
            what: "old ciphers",
        })
    }
}

#[test]
fn what_a_backend_lacks_is_named() {
    static MODERN: Modern = Modern;
    let provider = Provider {
        legacy: &MODERN,
        ..*PROVIDER
    };
    let password = Password::from("secret");
    for (name, what) in [
        ("protection/PBE-SHA1-RC4-40.p12", "encryption by RC4-40"),
        ("protection/PBE-SHA1-RC2-40.p12", "encryption by RC2-40-CBC"),
        ("protection/PBE-SHA1-DES.p12", "encryption by DES-CBC"),
        ("protection/PBE-MD5-DES.p12", "key derivation with MD5"),
        ("protection/dek-info-aes256.pem", "key derivation with MD5"),
    ] {
        let error = open(
            &fixture(name),
            Some(&password),
            &provider,
            &Limits::default(),
        );
        assert_eq!(
            error.unwrap_err(),
            ImportError::Unsupported {
                what: what.to_owned()
            },
            "{name}"
        );
    }
}
