//! Keys, certificates and PKCS#12 files as we write them: opened again here, and by OpenSSL.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::fs;
use std::process::Command;

use chrono::{DateTime, Utc};
use der::asn1::ObjectIdentifier;
use proptest::collection::vec;
use proptest::prelude::*;
use rand::rngs::StdRng;
use rollcert_crypto::{DigestAlgorithm, KeyAlgorithm, PrivateKey, ScryptParameters};
use rollcert_pki::asn1::{Element, encode, encode_oid, encode_set_of, encode_unsigned, tag};
use rollcert_pki::{
    Bundle, Certificate, CertificateBuilder, CertificationRequest, Crl, Entry, ExportError,
    FileKind, FriendlyName, Iterations, KeyFile, Limits, Name, Password, PasswordDerivation,
    Pkcs12Builder, Pkcs12Certificate, Pkcs12Key, Pkcs12Profile, Profile, ScryptCost, SerialNumber,
    certs_only,
};
use support::{PROVIDER, certificate, fixture, open_fixture, open_octets, openssl, rng};
use tempfile::TempDir;

const PROFILES: [Pkcs12Profile; 2] = [Pkcs12Profile::Modern, Pkcs12Profile::Java8Compatible];

/// One kind of key each.
const PAIRS: [&str; 5] = ["rsa2048", "p256", "p384", "p521", "ed25519"];

const KEYS: [KeyAlgorithm; 5] = [
    KeyAlgorithm::Rsa { bits: 2048 },
    KeyAlgorithm::P256,
    KeyAlgorithm::P384,
    KeyAlgorithm::P521,
    KeyAlgorithm::Ed25519,
];

/// As few as may be: what is tested here is not the time that it takes.
fn few() -> Iterations {
    Iterations::new(Iterations::LEAST).unwrap()
}

fn name(text: &str) -> FriendlyName {
    FriendlyName::new(text).unwrap()
}

fn key(of: &str) -> KeyFile {
    let bundle = open_fixture(&format!("{of}.key.pem"), None).unwrap();
    let Some(Entry::Key(entry)) = bundle.entries.into_iter().next() else {
        panic!("{of} is no key")
    };
    entry.key
}

fn certificate_of(pair: &str) -> Certificate {
    certificate(&format!("{pair}.cert.pem"))
}

fn entry<'a>(key: &'a KeyFile, pair: &str) -> Pkcs12Key<'a> {
    Pkcs12Key::new(key, certificate_of(pair), PROVIDER, &mut rng()).unwrap()
}

fn build(builder: &Pkcs12Builder<'_>, password: &str) -> Vec<u8> {
    builder
        .build(&Password::from(password), PROVIDER, &mut rng())
        .unwrap()
}

/// What a file held: the name and identifier of each entry, and its octets.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Held {
    Key(Option<String>, Option<Vec<u8>>, Vec<u8>),
    Certificate(Option<String>, Option<Vec<u8>>, Vec<u8>),
}

fn held(bundle: &Bundle) -> Vec<Held> {
    let entries = bundle.entries.iter().map(|entry| match entry {
        Entry::Key(entry) => Held::Key(
            entry.alias.clone(),
            entry.local_key_id.clone(),
            entry.key.secret_pkcs8().to_vec(),
        ),
        Entry::Certificate(entry) => Held::Certificate(
            entry.alias.clone(),
            entry.local_key_id.clone(),
            entry.certificate.as_der().to_vec(),
        ),
        _ => unreachable!("no other kind of entry"),
    });
    entries.collect()
}

/// What [`held`] is to be for a certificate, and for its key.
fn held_pair(
    name: Option<&str>,
    thumbprint: DigestAlgorithm,
    certificate: &Certificate,
    key: &KeyFile,
) -> (Held, Held) {
    let name = name.map(str::to_owned);
    let local_key_id = Some(PROVIDER.digest(thumbprint, certificate.as_der()));
    (
        Held::Certificate(
            name.clone(),
            local_key_id.clone(),
            certificate.as_der().to_vec(),
        ),
        Held::Key(name, local_key_id, key.secret_pkcs8().to_vec()),
    )
}

fn held_certificate(name: Option<&str>, certificate: &Certificate) -> Held {
    let octets = certificate.as_der().to_vec();
    Held::Certificate(name.map(str::to_owned), None, octets)
}

#[test]
fn every_kind_of_key_is_read_again_with_its_certificate_names_and_chain_in_order() {
    let keys = PAIRS.map(key);
    let ca = certificate("ca.cert.pem");
    let other = certificate_of("rsa4096");
    for profile in PROFILES {
        let mut builder = Pkcs12Builder::new(profile).with_iterations(few());
        let (mut certificates, mut private) = (Vec::new(), Vec::new());
        for (key, pair) in keys.iter().zip(PAIRS) {
            let alias = format!("Schlüssel {pair} 🔑");
            builder = builder.with_key(
                entry(key, pair)
                    .with_friendly_name(name(&alias))
                    .with_chain(vec![ca.clone()])
                    .with_local_key_id(DigestAlgorithm::Sha256),
            );
            let certificate = certificate_of(pair);
            let (certificate, key) =
                held_pair(Some(&alias), DigestAlgorithm::Sha256, &certificate, key);
            certificates.push(certificate);
            // The chain follows its certificate, and is there once.
            if certificates.len() == 1 {
                certificates.push(held_certificate(None, &ca));
            }
            private.push(key);
        }
        builder = builder
            .with_certificate(Pkcs12Certificate::new(other.clone()).with_friendly_name(name("b")));
        certificates.push(held_certificate(Some("b"), &other));

        let bundle = open_octets(&build(&builder, "pässwörd-🔑"), Some("pässwörd-🔑")).unwrap();
        assert_eq!(bundle.kind, FileKind::Pkcs12);
        assert_eq!(held(&bundle), [certificates, private].concat());
        assert!(bundle.keys().all(|key| key.matches.is_some()));
        let warnings: Vec<&str> = bundle.warnings.iter().map(|warning| warning.code).collect();
        assert_eq!(warnings, ["unusual-serial"], "{profile:?}");
    }
}

#[test]
fn profiles_are_what_they_say() {
    let certificate = Pkcs12Certificate::new(certificate("ca.cert.pem"));
    for (profile, protection) in [
        (
            Pkcs12Profile::Modern,
            "PBES2 AES-256-CBC, PBKDF2 HMAC-SHA-256 100000 iterations; MAC SHA-256 100000 iterations",
        ),
        (
            Pkcs12Profile::Java8Compatible,
            "PKCS#12 PBE 3DES-CBC, SHA-1 50000 iterations; MAC SHA-1 50000 iterations",
        ),
    ] {
        let builder = Pkcs12Builder::new(profile).with_certificate(certificate.clone());
        let bundle = open_octets(&build(&builder, "secret"), Some("secret")).unwrap();
        assert_eq!(bundle.protection.as_deref(), Some(protection));
    }
}

#[test]
fn a_file_of_nothing_but_certificates_and_one_of_nothing_at_all_are_read_again() {
    let certificates = [certificate("ca.cert.pem"), certificate_of("p256")];
    for profile in PROFILES {
        let mut builder = Pkcs12Builder::new(profile).with_iterations(few());
        let bundle = open_octets(&build(&builder, ""), Some("")).unwrap();
        assert_eq!(held(&bundle), []);
        for certificate in &certificates {
            let entry = Pkcs12Certificate::new(certificate.clone()).trusted_by_java();
            builder = builder.with_certificate(entry);
        }
        let bundle = open_octets(&build(&builder, ""), None).unwrap();
        let expected = certificates
            .each_ref()
            .map(|certificate| held_certificate(None, certificate));
        assert_eq!(held(&bundle), expected, "{profile:?}");
    }
}

#[test]
fn a_certificate_of_a_chain_that_stands_elsewhere_is_not_repeated() {
    let (authority, leaf) = (key("ca"), key("p256"));
    let ca = certificate("ca.cert.pem");
    let builder = Pkcs12Builder::new(Pkcs12Profile::Modern)
        .with_iterations(few())
        .with_key(entry(&leaf, "p256").with_chain(vec![ca.clone()]))
        .with_key(entry(&authority, "ca").with_friendly_name(name("authority")));
    let bundle = open_octets(&build(&builder, "secret"), Some("secret")).unwrap();
    let sha1 = DigestAlgorithm::Sha1;
    let (first, first_key) = held_pair(None, sha1, &certificate_of("p256"), &leaf);
    let (second, second_key) = held_pair(Some("authority"), sha1, &ca, &authority);
    assert_eq!(held(&bundle), [first, second, first_key, second_key]);
}

#[test]
fn salts_and_vectors_are_drawn_anew_for_each_encryption() {
    let keys = ["p256", "p384"].map(key);
    for profile in PROFILES {
        let builder = Pkcs12Builder::new(profile)
            .with_iterations(few())
            .with_key(entry(&keys[0], "p256"))
            .with_key(entry(&keys[1], "p384"));
        let mut rng = rng();
        let password = Password::from("secret");
        let files = [(); 2].map(|()| builder.build(&password, PROVIDER, &mut rng).unwrap());
        assert_ne!(files[0], files[1]);
        // Of two files with two keys each: certificates, two keys, MAC.
        let salts: Vec<&[u8]> = files
            .iter()
            .flat_map(|file| octet_strings(file, 16))
            .collect();
        let mut distinct = salts.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), salts.len(), "{profile:?}");
        let each = match profile {
            Pkcs12Profile::Modern => 7,
            _ => 4,
        };
        assert_eq!(salts.len(), 2 * each, "{profile:?}");
    }
}

/// The contents of all `OCTET STRING`s of this length whose header stands anywhere.
fn octet_strings(octets: &[u8], length: u8) -> Vec<&[u8]> {
    let header = [tag::OCTET_STRING, length];
    let mut found = Vec::new();
    let mut rest = octets;
    while let Some(position) = rest.windows(2).position(|window| window == header) {
        let after = &rest[position + 2..];
        match after.split_at_checked(length.into()) {
            // Salts stand before a count or alone, vectors at the end of their parameters.
            Some((content, behind)) if matches!(behind.first(), Some(0x02 | 0x04 | 0x80)) => {
                found.push(content);
                rest = behind;
            }
            _ => rest = after,
        }
    }
    found
}

#[test]
fn what_cannot_be_read_again_is_not_written() {
    let key_file = key("p256");
    let password = Password::from("secret");
    let modern = || Pkcs12Builder::new(Pkcs12Profile::Modern).with_iterations(few());
    let refused = |builder: Pkcs12Builder<'_>, password: &Password| {
        let error = builder.build(password, PROVIDER, &mut rng()).unwrap_err();
        (error.code(), error.to_string())
    };
    let refusal = |code: &'static str, text: &str| (code, text.to_owned());

    assert_eq!(
        refused(
            modern()
                .with_key(entry(&key_file, "p256").with_friendly_name(name("Straße Ä")))
                .with_certificate(Pkcs12Certificate::new(certificate("ca.cert.pem")))
                .with_certificate(
                    Pkcs12Certificate::new(certificate("ca.cert.pem"))
                        .with_friendly_name(name("straße ä"))
                ),
            &password
        ),
        refusal(
            "duplicate-name",
            "entry 3 has the friendly name of an entry before it"
        )
    );
    assert_eq!(
        refused(
            modern().with_key(entry(&key_file, "p256")),
            &Password::from("sec\0ret")
        ),
        refusal("nul-character", "NUL character in the password")
    );
    for (profile, iterations, text) in [
        (
            Pkcs12Profile::Modern,
            5_000_000,
            "expected 0 to 10000000 iterations of key derivation but found 15000000",
        ),
        (
            Pkcs12Profile::Java8Compatible,
            1_500_000,
            "expected 0 to 10000000 iterations of key derivation but found 10500000",
        ),
    ] {
        let builder = Pkcs12Builder::new(profile)
            .with_iterations(Iterations::new(iterations).unwrap())
            .with_key(entry(&key_file, "p256"));
        assert_eq!(refused(builder, &password), refusal("out-of-range", text));
    }
    let mut many = modern();
    for _ in 0..=Limits::default().entries {
        many = many.with_certificate(Pkcs12Certificate::new(certificate_of("p256")));
    }
    assert_eq!(
        refused(many, &password),
        refusal("out-of-range", "expected 0 to 1000 entries but found 1001")
    );
}

#[test]
fn a_key_goes_with_no_certificate_but_its_own() {
    for (pair, other) in [("p256", "p384"), ("ca", "rsa2048")] {
        let key = key(pair);
        let error = Pkcs12Key::new(&key, certificate_of(other), PROVIDER, &mut rng());
        assert_eq!(error.unwrap_err().code(), "key-mismatch");
    }
}

#[test]
fn values_beyond_the_bounds_are_refused_where_they_are_made() {
    let code = |result: Result<(), ExportError>| result.map_err(|error| error.code());
    let refused = Err("out-of-range");
    for (text, expected) in [
        ("", refused),
        (&"a".repeat(255), Ok(())),
        (&"a".repeat(256), refused),
        (&"🔑".repeat(127), Ok(())),
        (&"🔑".repeat(128), refused),
        ("a\0", Err("nul-character")),
    ] {
        assert_eq!(
            code(FriendlyName::new(text).map(|_| ())),
            expected,
            "{text:?}"
        );
    }
    for (count, expected) in [
        (999, refused),
        (1_000, Ok(())),
        (5_000_000, Ok(())),
        (5_000_001, refused),
    ] {
        assert_eq!(
            code(Iterations::new(count).map(|_| ())),
            expected,
            "{count}"
        );
    }
    for (cost, block_size, parallelization, expected) in [
        (16_384, 8, 1, Ok(())),
        (32_768, 8, 1, refused),
        (32_768, 7, 1, Ok(())),
        (2, 1, 1, Ok(())),
        (1, 8, 1, refused),
        (0, 8, 1, refused),
        (3, 8, 1, refused),
        (2, 0, 1, refused),
        (2, 1, 0, refused),
        (1 << 63, u32::MAX, u32::MAX, refused),
    ] {
        let parameters = ScryptParameters {
            cost,
            block_size,
            parallelization,
        };
        assert_eq!(
            code(ScryptCost::new(parameters).map(|_| ())),
            expected,
            "{parameters:?}"
        );
    }
    for (octets, expected) in [(7, refused), (8, Ok(())), (64, Ok(())), (65, refused)] {
        let made = Password::generate(octets, &mut rng());
        assert_eq!(code(made.map(|_| ())), expected, "{octets}");
    }
}

#[test]
fn a_password_has_the_randomness_that_was_asked_for_and_can_be_read_out() {
    let mut rng = rng();
    for (octets, characters, groups) in [(8, 13, 4), (16, 26, 7), (20, 32, 8), (64, 103, 26)] {
        let password = Password::generate(octets, &mut rng).unwrap();
        let text = password.secret_str();
        let lengths: Vec<usize> = text.split('-').map(str::len).collect();
        assert_eq!(lengths.len(), groups, "{octets}");
        assert_eq!(lengths.iter().sum::<usize>(), characters, "{octets}");
        assert!(lengths[..groups - 1].iter().all(|length| *length == 4));
        assert!(
            text.chars()
                .all(|c| matches!(c, 'a'..='z' | '2'..='7' | '-'))
        );
        assert_eq!(format!("{password:?}"), "Password(..)");
        let other = Password::generate(octets, &mut rng).unwrap();
        assert_ne!(text, other.secret_str());
    }
}

/// Ways to derive a key; scrypt, which takes its time, only where it is wanted.
fn derivations(scrypt: bool) -> Vec<PasswordDerivation> {
    let scrypt = scrypt.then(|| PasswordDerivation::Scrypt(ScryptCost::default()));
    let pbkdf2 = PasswordDerivation::Pbkdf2(few());
    [pbkdf2].into_iter().chain(scrypt).collect()
}

#[test]
fn generated_keys_are_of_the_kind_that_was_asked_for_and_written_in_every_form() {
    for algorithm in KEYS {
        let key = KeyFile::generate(algorithm, PROVIDER, &mut rng()).unwrap();
        let loaded = key.load(PROVIDER).unwrap();
        assert_eq!(loaded.algorithm(), algorithm);
        let expected = loaded.public_key_info();
        let public = |octets: &[u8], password: Option<&str>| {
            let bundle = open_octets(octets, password).unwrap();
            assert_eq!(bundle.kind, FileKind::Key);
            let key: PrivateKey = bundle.keys().next().unwrap().key.load(PROVIDER).unwrap();
            key.public_key_info().to_vec()
        };
        assert_eq!(public(&key.to_secret_pkcs8(), None), expected);
        assert_eq!(public(key.to_secret_pem().as_bytes(), None), expected);
        let password = Password::from("pässwörd-🔑");
        for derivation in derivations(algorithm == KeyAlgorithm::P256) {
            let octets = key.to_encrypted_pkcs8(&password, derivation, PROVIDER, &mut rng());
            assert_eq!(public(&octets.unwrap(), Some("pässwörd-🔑")), expected);
            let text = key.to_encrypted_pem(&password, derivation, PROVIDER, &mut rng());
            let text = text.unwrap();
            assert_eq!(public(text.as_bytes(), Some("pässwörd-🔑")), expected);
            assert!(text.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
        }
    }
}

#[test]
fn rsa_keys_that_are_too_short_are_not_made() {
    for bits in [512, 1024, 2047] {
        let refused = KeyFile::generate(KeyAlgorithm::Rsa { bits }, PROVIDER, &mut rng());
        assert_eq!(
            refused.unwrap_err().code(),
            "unsupported-algorithm",
            "{bits}"
        );
    }
}

#[test]
fn two_keys_of_one_kind_are_never_the_same() {
    let mut rng = rng();
    let keys = [(); 2].map(|()| KeyFile::generate(KeyAlgorithm::P256, PROVIDER, &mut rng).unwrap());
    assert_ne!(keys[0].secret_pkcs8(), keys[1].secret_pkcs8());
}

#[test]
fn a_key_file_is_encrypted_by_default_as_its_documentation_says() {
    let derivation = PasswordDerivation::default();
    let octets = key("p256")
        .to_encrypted_pkcs8(&Password::from("secret"), derivation, PROVIDER, &mut rng())
        .unwrap();
    let bundle = open_octets(&octets, Some("secret")).unwrap();
    assert_eq!(
        bundle.protection.as_deref(),
        Some("PBES2 AES-256-CBC, PBKDF2 HMAC-SHA-256 600000 iterations")
    );
}

/// `PrivateKeyInfo` with attributes (RFC 5958 §2), and in version 1 the public key beside the private one.
fn with_attributes(key: &KeyFile, public_key: Option<&[u8]>) -> Vec<u8> {
    let mut fields = Element::parse(key.secret_pkcs8()).unwrap().reader();
    fields.element().unwrap();
    let (algorithm, private) = (fields.element().unwrap(), fields.element().unwrap());
    let kind = encode_oid(ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.20"));
    let values = encode_set_of(vec![encode(tag::OCTET_STRING, &[b"acme"])]);
    let attributes = encode(tag::SEQUENCE, &[&kind, &values]);
    let attributes = encode(tag::CONTEXT_CONSTRUCTED, &[&attributes]);
    let (version, public_key) = match public_key {
        None => (0, Vec::new()),
        Some(bits) => (1, encode(tag::CONTEXT_PRIMITIVE + 1, &[bits])),
    };
    encode(
        tag::SEQUENCE,
        &[
            &encode_unsigned(&[version]),
            algorithm.raw(),
            private.raw(),
            &attributes,
            &public_key,
        ],
    )
}

#[test]
fn a_public_key_that_stands_beside_the_private_one_is_not_written() {
    let plain = key("ed25519");
    let loaded = plain.load(PROVIDER).unwrap();
    let mut public = Element::parse(loaded.public_key_info()).unwrap().reader();
    public.element().unwrap();
    let bits = public.element().unwrap().content();

    let octets = with_attributes(&plain, Some(bits));
    let key = KeyFile::from_pkcs8_der(&octets).unwrap();
    assert_eq!(key.secret_pkcs8(), octets);
    let expected = with_attributes(&plain, None);
    assert_eq!(*key.to_secret_pkcs8(), expected);
    let written = KeyFile::from_pkcs8_der(&expected).unwrap();
    assert_eq!(*written.to_secret_pkcs8(), expected);

    let folder = Folder::new();
    let path = folder.write("key.pem", key.to_secret_pem().as_bytes());
    openssl(&["pkey", "-noout", "-check", "-in", &path]);
}

#[test]
fn texts_are_what_openssl_writes() {
    let (leaf, ca) = (certificate_of("rsa2048"), certificate("ca.cert.pem"));
    assert_eq!(leaf.to_pem().as_bytes(), pem_of("rsa2048.cert.pem"));
    for pair in PAIRS {
        let text = key(pair).to_secret_pem();
        assert_eq!(
            text.as_bytes(),
            fixture(&format!("{pair}.key.pem")),
            "{pair}"
        );
    }
    for name in ["request.pem", "crl.pem"] {
        let bundle = open_fixture(name, None).unwrap();
        let requests = bundle.requests().map(CertificationRequest::to_pem);
        let texts: Vec<String> = requests.chain(bundle.crls().map(Crl::to_pem)).collect();
        assert_eq!(texts, [String::from_utf8(pem_of(name)).unwrap()], "{name}");
    }
    let text = certs_only::encode_pem(&[leaf.clone(), ca.clone()]);
    let bundle = open_octets(text.as_bytes(), None).unwrap();
    assert_eq!(bundle.kind, FileKind::Pkcs7);
    let mut sorted = [leaf, ca];
    sorted.sort_by(|left, right| left.as_der().cmp(right.as_der()));
    assert!(bundle.certificates().eq(&sorted));
    assert!(text.starts_with("-----BEGIN PKCS7-----\n"));
}

/// A file of PEM without the text before it.
fn pem_of(name: &str) -> Vec<u8> {
    let text = String::from_utf8(fixture(name)).unwrap();
    let start = text.find("-----BEGIN").unwrap();
    text.as_bytes()[start..].to_vec()
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, octets: &[u8]) -> String {
        let path = self.0.path().join(name);
        fs::write(&path, octets).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

#[test]
fn a_key_that_is_made_certified_and_packed_here_is_whole_to_openssl() {
    if openssl(&["version"]).is_none() {
        return;
    }
    let (folder, rng) = (Folder::new(), &mut rng());
    let now: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
    let subject = |text: &str| Name::builder().common_name(text).build().unwrap();
    let certify = |profile: &Profile, subject, key: &PrivateKey, rng: &mut StdRng| {
        let (serial, validity) = (
            SerialNumber::random(rng),
            profile.validity_from(now).unwrap(),
        );
        CertificateBuilder::new(profile, subject, key.public_key_info(), serial, validity)
    };
    let root_key = KeyFile::generate(KeyAlgorithm::P384, PROVIDER, rng).unwrap();
    let root_key = root_key.load(PROVIDER).unwrap();
    let root = certify(&Profile::root(), subject("Acme Root"), &root_key, rng);
    let root = root.self_signed(PROVIDER).unwrap().sign(&root_key).unwrap();
    let anchor = folder.write("root.pem", root.to_pem().as_bytes());
    for algorithm in KEYS {
        let key = KeyFile::generate(algorithm, PROVIDER, rng).unwrap();
        let loaded = key.load(PROVIDER).unwrap();
        let leaf = certify(&Profile::smime_sign(), subject("acme"), &loaded, rng);
        let leaf = leaf.issued_by(&root, PROVIDER).unwrap();
        let leaf = leaf.sign(&root_key).unwrap();
        let entry = Pkcs12Key::new(&key, leaf.clone(), PROVIDER, rng)
            .unwrap()
            .with_chain(vec![root.clone()]);
        let password = Password::generate(16, rng).unwrap();
        for profile in PROFILES {
            let file = Pkcs12Builder::new(profile)
                .with_iterations(few())
                .with_key(entry.clone())
                .build(&password, PROVIDER, rng)
                .unwrap();
            let file = folder.write("file.p12", &file);
            let argument = format!("pass:{}", password.secret_str());
            let text = openssl(&["pkcs12", "-in", &file, "-passin", &argument, "-nodes"]).unwrap();
            let text = folder.write("file.pem", text.as_bytes());
            openssl(&["pkey", "-in", &text, "-check", "-noout"]);
            let public = openssl(&["pkey", "-in", &text, "-pubout"]);
            assert_eq!(
                public,
                openssl(&["x509", "-in", &text, "-pubkey", "-noout"])
            );
            let time = now.timestamp().to_string();
            openssl(&[
                "verify",
                "-attime",
                &time,
                "-x509_strict",
                "-CAfile",
                &anchor,
                &text,
            ]);
            let read = open_octets(&fs::read(&text).unwrap(), None).unwrap();
            assert!(
                read.certificates().eq([&leaf, &root]),
                "{algorithm} {profile:?}"
            );
        }
    }
}

#[test]
fn openssl_opens_key_files() {
    let folder = Folder::new();
    for pair in PAIRS {
        let key = key(pair);
        let plain = folder.write("plain.pem", key.to_secret_pem().as_bytes());
        let Some(expected) = openssl(&["pkey", "-in", &plain]) else {
            return;
        };
        for derivation in derivations(pair == "p256") {
            for password in ["secret", "pässwörd-🔑", ""] {
                let text = key
                    .to_encrypted_pem(&Password::from(password), derivation, PROVIDER, &mut rng())
                    .unwrap();
                let path = folder.write("encrypted.pem", text.as_bytes());
                let argument = format!("pass:{password}");
                let found = openssl(&["pkey", "-in", &path, "-passin", &argument]);
                assert_eq!(found.as_ref(), Some(&expected), "{pair} {derivation:?}");
            }
        }
    }
}

#[test]
fn openssl_opens_pkcs12_of_every_profile_and_kind_of_key() {
    if openssl(&["version"]).is_none() {
        return;
    }
    let folder = Folder::new();
    let ca = certificate("ca.cert.pem");
    for profile in PROFILES {
        let (cipher, mac) = match profile {
            Pkcs12Profile::Modern => (
                "PBES2, PBKDF2, AES-256-CBC, Iteration 1000, PRF hmacWithSHA256",
                "sha256",
            ),
            _ => ("pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 1000", "sha1"),
        };
        for password in ["secret", "pässwörd-🔑", ""] {
            let keys = PAIRS.map(key);
            let mut builder = Pkcs12Builder::new(profile).with_iterations(few());
            for (key, pair) in keys.iter().zip(PAIRS) {
                builder = builder.with_key(
                    entry(key, pair)
                        .with_friendly_name(name(&format!("Zoë 🔑 {pair}")))
                        .with_chain(vec![ca.clone()]),
                );
            }
            let file = folder.write("file.p12", &build(&builder, password));
            let argument = format!("pass:{password}");
            let text = openssl_pkcs12(&["-in", &file, "-passin", &argument, "-nodes"]).0;
            // OpenSSL writes what it read as PEM, certificates first as they stand in the file.
            let bundle = open_octets(text.as_bytes(), None).unwrap();
            let mut certificates: Vec<_> = PAIRS.map(certificate_of).to_vec();
            certificates.insert(1, ca.clone());
            assert!(bundle.certificates().eq(&certificates), "{profile:?}");
            let read: Vec<&[u8]> = bundle.keys().map(|key| key.key.secret_pkcs8()).collect();
            let expected: Vec<&[u8]> = keys.iter().map(KeyFile::secret_pkcs8).collect();
            assert_eq!(read, expected, "{profile:?}");
            assert!(bundle.keys().all(|key| key.matches.is_some()));

            let names: Vec<&str> = lines_after(&text, "    friendlyName: ");
            // It prints the lower octet of each UTF-16 unit, and of the key there are two.
            let expected = PAIRS.map(|pair| format!("Zoë =\u{11} {pair}"));
            assert_eq!(names, [&expected[..], &expected[..]].concat());
            let identifiers: Vec<String> = lines_after(&text, "    localKeyID: ")
                .iter()
                .map(|line| line.replace(' ', "").to_lowercase())
                .collect();
            let expected = PAIRS.map(|pair| {
                let thumbprint =
                    PROVIDER.digest(DigestAlgorithm::Sha1, certificate_of(pair).as_der());
                hex::encode(thumbprint)
            });
            assert_eq!(identifiers, [&expected[..], &expected[..]].concat());

            let info = openssl_pkcs12(&["-info", "-noout", "-in", &file, "-passin", &argument]).1;
            assert!(
                info.contains(&format!("MAC: {mac}, Iteration 1000\n"))
                    && info.contains(&format!("PKCS7 Encrypted data: {cipher}\n"))
                    && info.contains(&format!("Shrouded Keybag: {cipher}\n")),
                "{info}"
            );
        }
    }
}

fn lines_after<'a>(text: &'a str, prefix: &str) -> Vec<&'a str> {
    text.lines()
        .filter_map(|line| line.strip_prefix(prefix))
        .collect()
}

/// What `openssl pkcs12` writes to standard output and error, one character for each octet.
fn openssl_pkcs12(arguments: &[&str]) -> (String, String) {
    let output = Command::new("openssl")
        .arg("pkcs12")
        .args(arguments)
        .output()
        .unwrap();
    let [out, err] = [output.stdout, output.stderr]
        .map(|octets| octets.into_iter().map(char::from).collect::<String>());
    assert!(
        output.status.success(),
        "openssl pkcs12 {arguments:?}: {err}"
    );
    (out, err)
}

#[test]
fn any_octet_that_changes_is_noticed() {
    let key = key("p256");
    let builder = Pkcs12Builder::new(Pkcs12Profile::Modern)
        .with_iterations(few())
        .with_key(entry(&key, "p256").with_friendly_name(name("acme")));
    let file = build(&builder, "secret");
    let expected = held(&open_octets(&file, Some("secret")).unwrap());
    // Some in each part of the file, and each bit somewhere.
    for index in (0..file.len()).step_by(7) {
        let mut damaged = file.clone();
        damaged[index] ^= 1 << (index % 8);
        // What neither MAC nor structure notices changes nothing.
        if let Ok(bundle) = open_octets(&damaged, Some("secret")) {
            assert_eq!(held(&bundle), expected, "octet {index}");
        }
    }
}

fn alias() -> impl Strategy<Value = String> {
    vec(any::<char>().prop_filter("NUL", |c| *c != '\0'), 1..=20)
        .prop_map(|characters| characters.into_iter().collect())
}

fn password() -> impl Strategy<Value = String> {
    vec(any::<char>().prop_filter("NUL", |c| *c != '\0'), 0..=20)
        .prop_map(|characters| characters.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_written_is_read_again(
        profile in prop::sample::select(&PROFILES[..]),
        password in password(),
        alias in prop::option::of(alias()),
        thumbprint in prop::sample::select(&DigestAlgorithm::ALL[..]),
        pair in prop::sample::select(&["p256", "ed25519"][..]),
        others in vec((prop::option::of(alias()), prop::sample::select(&PAIRS[..])), 0..4),
        iterations in 1_000..1_100_u32,
    ) {
        let key = key(pair);
        let certificate = certificate_of(pair);
        let mut first = entry(&key, pair).with_local_key_id(thumbprint);
        if let Some(alias) = &alias {
            first = first.with_friendly_name(name(alias));
        }
        let mut builder = Pkcs12Builder::new(profile)
            .with_iterations(Iterations::new(iterations).unwrap())
            .with_key(first);
        let (certificate, key) = held_pair(alias.as_deref(), thumbprint, &certificate, &key);
        let mut expected = vec![certificate];
        for (index, (alias, pair)) in others.iter().enumerate() {
            let alias = alias.as_ref().map(|alias| format!("{index} {alias}"));
            let mut other = Pkcs12Certificate::new(certificate_of(pair));
            if let Some(alias) = &alias {
                other = other.with_friendly_name(name(alias));
            }
            if index % 2 == 0 {
                other = other.trusted_by_java();
            }
            builder = builder.with_certificate(other);
            expected.push(held_certificate(alias.as_deref(), &certificate_of(pair)));
        }
        expected.push(key);
        let file = build(&builder, &password);
        let bundle = open_octets(&file, Some(&password)).unwrap();
        prop_assert_eq!(held(&bundle), expected);
        let wrong = format!("{password}!");
        prop_assert_eq!(open_octets(&file, Some(&wrong)).unwrap_err().code(), "wrong-password");
    }

    #[test]
    fn an_encrypted_key_is_read_again(password in password(), iterations in 1_000..1_100_u32) {
        let key = key("p256");
        let derivation = PasswordDerivation::Pbkdf2(Iterations::new(iterations).unwrap());
        let file = key
            .to_encrypted_pkcs8(&Password::from(&*password), derivation, PROVIDER, &mut rng())
            .unwrap();
        let bundle = open_octets(&file, Some(&password)).unwrap();
        let read: Vec<&[u8]> = bundle.keys().map(|key| key.key.secret_pkcs8()).collect();
        prop_assert_eq!(read, [key.secret_pkcs8()]);
        let wrong = format!("{password}!");
        prop_assert_eq!(open_octets(&file, Some(&wrong)).unwrap_err().code(), "wrong-password");
    }
}
