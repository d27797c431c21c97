//! Files of keys and certificates as other programs write them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use core::slice;

use rollcert_crypto::DigestAlgorithm;
use rollcert_pki::asn1::{self, Element, Reader, encode, tag};
use rollcert_pki::{
    Bundle, Credential, CredentialError, Entry, FileKind, ImportError, Limits, Password,
    certs_only, examine, open,
};
use support::{PROVIDER, certificate, fixture, open_fixture, open_octets, rng};

/// Entries in short: subjects, with `+` where the key is there too; kinds of keys.
fn entries(bundle: &Bundle) -> Vec<String> {
    bundle
        .entries
        .iter()
        .map(|entry| match entry {
            Entry::Certificate(entry) => {
                let name = entry
                    .certificate
                    .subject()
                    .common_name()
                    .unwrap_or_default();
                format!("{name}{}", if entry.has_key { "+" } else { "" })
            }
            Entry::Key(entry) => entry.key.algorithm().to_string(),
            _ => unreachable!("no other kind of entry"),
        })
        .collect()
}

fn warnings(bundle: &Bundle) -> Vec<&'static str> {
    bundle.warnings.iter().map(|warning| warning.code).collect()
}

#[test]
fn pkcs12_of_openssl_opens_in_every_variant_that_is_served() {
    let pbes2 = "PBES2 AES-256-CBC, PBKDF2 HMAC-SHA-256 2048 iterations";
    for (name, password, protection) in [
        (
            "default.p12",
            "secret",
            format!("{pbes2}; MAC SHA-256 2048 iterations"),
        ),
        ("nomac.p12", "secret", format!("{pbes2}; no MAC")),
        ("nomac-encrypted.p12", "secret", format!("{pbes2}; no MAC")),
        (
            "mac-only.p12",
            "secret",
            "not encrypted; MAC SHA-256 2048 iterations".to_owned(),
        ),
        (
            "empty-password.p12",
            "",
            format!("{pbes2}; MAC SHA-256 2048 iterations"),
        ),
        (
            "utf8-password.p12",
            "pässwörd-🔑",
            format!("{pbes2}; MAC SHA-256 2048 iterations"),
        ),
        (
            "mac-sha1.p12",
            "secret",
            format!("{pbes2}; MAC SHA-1 2048 iterations"),
        ),
        (
            "mac-sha512.p12",
            "secret",
            format!("{pbes2}; MAC SHA-512 2048 iterations"),
        ),
        (
            "aes128.p12",
            "secret",
            "PBES2 AES-128-CBC, PBKDF2 HMAC-SHA-256 2048 iterations; \
             PBES2 AES-192-CBC, PBKDF2 HMAC-SHA-256 2048 iterations; MAC SHA-256 2048 iterations"
                .to_owned(),
        ),
        (
            "many-iterations.p12",
            "secret",
            "PBES2 AES-256-CBC, PBKDF2 HMAC-SHA-256 10000 iterations; MAC SHA-256 10000 iterations"
                .to_owned(),
        ),
    ] {
        let bundle = open_fixture(name, Some(password)).unwrap();
        assert_eq!(bundle.kind, FileKind::Pkcs12, "{name}");
        assert_eq!(bundle.protection, Some(protection), "{name}");
        assert_eq!(
            entries(&bundle),
            ["acme as2+", "Test CA", "rsa-2048"],
            "{name}"
        );
        assert_eq!(warnings(&bundle), <[&str; 0]>::default(), "{name}");
        let Entry::Key(key) = &bundle.entries[2] else {
            panic!()
        };
        let leaf = certificate("rsa2048.cert.pem");
        assert_eq!(key.alias.as_deref(), Some("Schlüssel 1"), "{name}");
        assert_eq!(
            key.matches,
            Some(leaf.thumbprint(DigestAlgorithm::Sha256, PROVIDER))
        );
        let Entry::Certificate(entry) = &bundle.entries[0] else {
            panic!()
        };
        assert_eq!(entry.alias.as_deref(), Some("Schlüssel 1"), "{name}");
        assert_eq!(entry.local_key_id, key.local_key_id);
        assert_eq!(entry.local_key_id.as_ref().map(Vec::len), Some(20));
        assert_eq!(entry.certificate, leaf);
    }
}

#[test]
fn credentials_are_proven_and_carry_the_chain() {
    for (name, leaf, chain) in [
        ("default.p12", "acme as2", &["Test CA"][..]),
        ("rsa4096.p12", "Zoë + Søn #4096", &[]),
        ("p256.p12", "acme p256", &[]),
    ] {
        let bundle = open_fixture(name, Some("secret")).unwrap();
        let credentials = bundle.credentials(PROVIDER, &mut rng()).unwrap();
        let [credential] = credentials.as_slice() else {
            panic!("{name}: {credentials:?}")
        };
        assert_eq!(credential.certificate().subject().common_name(), Some(leaf));
        let names: Vec<&str> = credential
            .chain()
            .iter()
            .map(|certificate| certificate.subject().common_name().unwrap())
            .collect();
        assert_eq!(names, chain, "{name}");
    }
}

#[test]
fn pkcs12_of_java_opens_with_both_its_keys() {
    let bundle = open_fixture("java.p12", Some("secret")).unwrap();
    assert_eq!(
        entries(&bundle),
        ["rsa-2048", "p-256", "java RSA+", "java EC+"]
    );
    let aliases: Vec<&str> = bundle
        .keys()
        .map(|key| key.alias.as_deref().unwrap())
        .collect();
    assert_eq!(aliases, ["java rsa", "java ec"]);
    assert_eq!(bundle.credentials(PROVIDER, &mut rng()).unwrap().len(), 2);
}

#[test]
fn keys_that_the_backend_does_not_serve_are_shown_all_the_same() {
    for (name, kind) in [
        ("keys/ED448.pem", "ed448"),
        ("keys/X25519.pem", "x25519"),
        ("keys/X448.pem", "x448"),
        ("keys/secp256k1.pem", "secp256k1"),
        ("keys/brainpoolP256r1.pem", "brainpoolP256r1"),
        ("keys/dsa.pem", "dsa"),
        ("keys/dsa.traditional.pem", "dsa"),
        ("keys/explicit.pem", "ec-explicit"),
    ] {
        let bundle = open_fixture(name, None).unwrap();
        assert_eq!(entries(&bundle), [kind], "{name}");
        let error = bundle
            .keys()
            .next()
            .unwrap()
            .key
            .load(PROVIDER)
            .unwrap_err();
        assert_eq!(error.code(), "unsupported-algorithm", "{name}");
    }
}

#[test]
fn four_ways_not_to_open_are_four_errors() {
    for (name, password, error) in [
        ("default.p12", None, ImportError::PasswordRequired),
        ("nomac.p12", None, ImportError::PasswordRequired),
        ("nomac-encrypted.p12", None, ImportError::PasswordRequired),
        ("mac-only.p12", None, ImportError::PasswordRequired),
        ("p256.aes-256-cbc.pem", None, ImportError::PasswordRequired),
        ("default.p12", Some("Secret"), ImportError::WrongPassword),
        ("default.p12", Some(""), ImportError::WrongPassword),
        ("nomac.p12", Some("Secret"), ImportError::WrongPassword),
        (
            "nomac-encrypted.p12",
            Some("Secret"),
            ImportError::WrongPassword,
        ),
        ("mac-only.p12", Some("Secret"), ImportError::WrongPassword),
        (
            "empty-password.p12",
            Some("secret"),
            ImportError::WrongPassword,
        ),
        (
            "utf8-password.p12",
            Some("passwoerd"),
            ImportError::WrongPassword,
        ),
        (
            "p256.aes-256-cbc.pem",
            Some("Secret"),
            ImportError::WrongPassword,
        ),
    ] {
        assert_eq!(
            open_fixture(name, password).unwrap_err(),
            error,
            "{name} {password:?}"
        );
    }
    for (name, text) in [
        (
            "protection/pbes2-camellia-256-cbc.pem",
            "PBES2 with Camellia-256-CBC not supported",
        ),
        (
            "protection/pbes2-hmacWithSHA512-256.pem",
            "PBKDF2 with HMAC-SHA-512/256 not supported",
        ),
        (
            "protection/dek-info-camellia256.pem",
            "encryption by CAMELLIA-256-CBC (DEK-Info header) not supported",
        ),
        ("protection/mac-md5.p12", "MAC by MD5 not supported"),
    ] {
        let error = open_fixture(name, Some("secret")).unwrap_err();
        assert_eq!(error.code(), "unsupported", "{name}: {error}");
        assert!(error.to_string().contains(text), "{name}: {error}");
    }
}

#[test]
fn a_file_that_is_not_opened_says_what_it_is_and_how_it_is_protected() {
    let pbes2 = "PBES2 AES-256-CBC, PBKDF2 HMAC-SHA-256 2048 iterations";
    let key_pbes2 = "PBES2 AES-256-CBC, PBKDF2 HMAC-SHA-512 2048 iterations";
    let mac = "MAC SHA-256 2048 iterations";
    let examined = |octets: &[u8], password: Option<&str>| {
        let password = password.map(Password::from);
        let refusal = examine(octets, password.as_ref(), PROVIDER, &Limits::default()).unwrap_err();
        (refusal.found.kind, refusal.found.protection)
    };
    for (name, kind, protection) in [
        (
            "default.p12",
            FileKind::Pkcs12,
            Some(format!("{pbes2}; {mac}")),
        ),
        (
            "nomac-encrypted.p12",
            FileKind::Pkcs12,
            Some(format!("{pbes2}; no MAC")),
        ),
        // Nothing says that the rest is not encrypted either.
        ("mac-only.p12", FileKind::Pkcs12, Some(mac.to_owned())),
        (
            "p256.aes-256-cbc.pem",
            FileKind::Key,
            Some(key_pbes2.to_owned()),
        ),
        (
            "3des.p12",
            FileKind::Pkcs12,
            Some(
                "PKCS#12 PBE 3DES-CBC, SHA-1 2048 iterations; MAC SHA-1 2048 iterations".to_owned(),
            ),
        ),
        (
            "p256.scrypt.pem",
            FileKind::Key,
            Some("PBES2 AES-256-CBC, scrypt N=16384 r=8 p=1".to_owned()),
        ),
        (
            "protection/pbes2-camellia-256-cbc.pem",
            FileKind::Key,
            Some("PBES2".to_owned()),
        ),
        (
            "rsa2048.dek-info.pem",
            FileKind::Key,
            Some("PEM AES-256-CBC, MD5 without iterations".to_owned()),
        ),
        (
            "protection/mac-md5.p12",
            FileKind::Pkcs12,
            Some("MAC MD5".to_owned()),
        ),
    ] {
        let octets = fixture(name);
        assert_eq!(
            examined(&octets, Some("Secret")),
            (kind, protection.clone()),
            "{name}"
        );
        assert_eq!(examined(&octets, None), (kind, protection), "{name}");
    }
    assert_eq!(examined(b"PK\x03\x04", None), (FileKind::Zip, None));
    assert_eq!(examined(b"hello", None), (FileKind::Unknown, None));
    assert_eq!(examined(&[0x30, 0x80], None), (FileKind::Unknown, None));

    // Whatever stands beside an encrypted key, before or after it.
    let key = fixture("p256.aes-256-cbc.pem");
    let certificate = fixture("p256.cert.pem");
    for file in [[&*key, &*certificate], [&certificate, &key]] {
        assert_eq!(
            examined(&file.concat(), None),
            (FileKind::Certificates, Some(key_pbes2.to_owned()))
        );
    }
    let bad = "-----BEGIN CERTIFICATE-----\nMAMCAQU=\n-----END CERTIFICATE-----\n";
    let refusal = examine(bad.as_bytes(), None, PROVIDER, &Limits::default()).unwrap_err();
    assert_eq!(refusal.found.kind, FileKind::Certificate);
    assert_eq!(refusal.to_string(), refusal.error.to_string());
}

/// The one place in `octets` where `wanted` stands.
fn place(octets: &[u8], wanted: &[u8]) -> usize {
    let places: Vec<usize> = octets
        .windows(wanted.len())
        .enumerate()
        .filter_map(|(place, window)| (window == wanted).then_some(place))
        .collect();
    assert_eq!(places.len(), 1);
    places[0]
}

/// `plain.p12`, `default.p12` and their like with `change` done to the content under the MAC, and the MAC
/// made anew as RFC 7292 §B demands: written out here a second time, to judge the first.
fn with_changed_content(name: &str, change: impl Fn(&mut [u8])) -> Vec<u8> {
    let mut octets = fixture(name);
    let digest = |octets: &[u8]| PROVIDER.digest(DigestAlgorithm::Sha256, octets);
    let pfx = Element::parse(&octets).unwrap();
    let mut fields = pfx.reader();
    fields.element().unwrap();
    let safe = fields.element().unwrap();
    let content = Element::parse(safe.reader().nth(1).content()).unwrap();
    let content_at = safe.offset() + place(safe.raw(), content.content());
    let content_at = content_at..content_at + content.content().len();
    let mac_data = fields.element().unwrap();
    let mut fields = mac_data.reader();
    let info = fields.element().unwrap();
    let mac = info.reader().nth(1);
    let mac_at = mac.content_offset()..mac.content_offset() + mac.content().len();
    let salt = fields.element().unwrap().content().to_vec();
    let password: Vec<u8> = "secret\0"
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    let mut key = vec![3_u8; 64];
    key.extend((0..64).map(|index| salt[index % salt.len()]));
    key.extend((0..64).map(|index| password[index % password.len()]));
    for _ in 0..2048 {
        key = digest(&key);
    }
    change(&mut octets[content_at.clone()]);
    let hmac = PROVIDER
        .derivation
        .hmac(DigestAlgorithm::Sha256, &key, &octets[content_at]);
    octets[mac_at].copy_from_slice(&hmac);
    octets
}

trait Nth<'a> {
    fn nth(self, index: usize) -> Element<'a>;
}

impl<'a> Nth<'a> for Reader<'a> {
    /// The element of this number, counted from zero.
    fn nth(mut self, index: usize) -> Element<'a> {
        for _ in 0..index {
            self.element().unwrap();
        }
        self.element().unwrap()
    }
}

#[test]
fn damage_is_told_from_a_wrong_password_where_the_mac_tells() {
    // Unchanged content under a new MAC is the file as it was.
    let same = with_changed_content("default.p12", |_| {});
    assert_eq!(same, fixture("default.p12"));

    // The last octet before the last block of the encrypted key, which the padding hangs on. After the
    // key come its attributes.
    let damaged = with_changed_content("default.p12", |content| {
        let attributes = place(content, &[0x31, 0x4c, 0x30, 0x23]);
        content[attributes - 17] ^= 1;
    });
    assert_eq!(
        open_octets(&damaged, Some("secret")).unwrap_err(),
        ImportError::Damaged {
            what: "an encrypted private key, unless it has a password of its own,"
        }
    );

    // The salt of the key by which the certificates are encrypted: all of them turn to noise.
    let damaged = with_changed_content("default.p12", |content| {
        let pbkdf2 = [
            0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c,
        ];
        let at = content
            .windows(11)
            .position(|window| window == pbkdf2)
            .unwrap();
        content[at + 16] ^= 1;
    });
    assert_eq!(
        open_octets(&damaged, Some("secret")).unwrap_err(),
        ImportError::Damaged {
            what: "an encrypted safe"
        }
    );

    // What is not encrypted, but under the MAC: the tag of the first entry.
    let damaged = with_changed_content("mac-only.p12", |content| content[31] ^= 0x10);
    assert_eq!(
        open_octets(&damaged, Some("secret")).unwrap_err(),
        ImportError::Damaged { what: "a safe" }
    );

    // The MAC is over all that is encrypted, so any change of that refuses the password.
    let mut octets = fixture("default.p12");
    octets[1000] ^= 1;
    assert_eq!(
        open_octets(&octets, Some("secret")).unwrap_err(),
        ImportError::WrongPassword
    );
}

/// The element in BER as streaming writers make it: indefinite length, strings in segments.
fn indefinite(identifier: u8, parts: &[&[u8]]) -> Vec<u8> {
    [&[identifier, 0x80][..], &parts.concat(), &[0, 0]].concat()
}

fn segments(identifier: u8, content: &[u8]) -> Vec<u8> {
    let segments: Vec<u8> = content
        .chunks(100)
        .flat_map(|chunk| encode(tag::OCTET_STRING, &[chunk]))
        .collect();
    indefinite(identifier, &[&segments])
}

#[test]
fn pkcs12_in_ber_opens_and_its_mac_is_over_the_joined_octets() {
    let octets = fixture("default.p12");
    let pfx = Element::parse(&octets).unwrap();
    let (version, safe, mac) = (
        pfx.reader().nth(0),
        pfx.reader().nth(1),
        pfx.reader().nth(2),
    );
    let content = Element::parse(safe.reader().nth(1).content())
        .unwrap()
        .content();
    let safe = indefinite(
        0x30,
        &[
            safe.reader().nth(0).raw(),
            &indefinite(0xa0, &[&segments(0x24, content)]),
        ],
    );
    let streamed = indefinite(0x30, &[version.raw(), &safe, mac.raw()]);
    let bundle = open_octets(&streamed, Some("secret")).unwrap();
    assert_eq!(entries(&bundle), ["acme as2+", "Test CA", "rsa-2048"]);

    // Without MAC, streamed on the inner levels too: the encrypted content in segments.
    let octets = fixture("nomac-encrypted.p12");
    let pfx = Element::parse(&octets).unwrap();
    let safe = pfx.reader().nth(1);
    let content = Element::parse(safe.reader().nth(1).content())
        .unwrap()
        .content();
    let safes = Element::parse(content).unwrap();
    let (encrypted, plain) = (safes.reader().nth(0), safes.reader().nth(1));
    let data = Element::parse(encrypted.reader().nth(1).content()).unwrap();
    let info = data.reader().nth(1);
    let info = indefinite(
        0x30,
        &[
            info.reader().nth(0).raw(),
            info.reader().nth(1).raw(),
            &segments(0xa0, info.reader().nth(2).content()),
        ],
    );
    let data = indefinite(0x30, &[data.reader().nth(0).raw(), &info]);
    let encrypted = indefinite(
        0x30,
        &[encrypted.reader().nth(0).raw(), &indefinite(0xa0, &[&data])],
    );
    let safes = indefinite(0x30, &[&encrypted, plain.raw()]);
    let safe = indefinite(
        0x30,
        &[
            safe.reader().nth(0).raw(),
            &indefinite(0xa0, &[&segments(0x24, &safes)]),
        ],
    );
    let streamed = indefinite(0x30, &[pfx.reader().nth(0).raw(), &safe]);
    let bundle = open_octets(&streamed, Some("secret")).unwrap();
    assert_eq!(entries(&bundle), ["acme as2+", "Test CA", "rsa-2048"]);
    assert_eq!(
        open_octets(&streamed, Some("x")).unwrap_err(),
        ImportError::WrongPassword
    );
}

#[test]
fn a_password_that_nothing_asks_for_is_a_warning() {
    for name in [
        "plain.p12",
        "rsa2048.cert.pem",
        "rsa2048.cert.der",
        "p256.key.pem",
        "chain.p7b",
    ] {
        let bundle = open_fixture(name, Some("whatever")).unwrap();
        assert_eq!(warnings(&bundle), ["password-not-needed"], "{name}");
        let bundle = open_fixture(name, None).unwrap();
        assert_eq!(warnings(&bundle), <[&str; 0]>::default(), "{name}");
    }
    let bundle = open_fixture("plain.p12", None).unwrap();
    assert_eq!(bundle.protection.as_deref(), Some("not encrypted; no MAC"));
    assert_eq!(entries(&bundle), ["acme as2+", "Test CA", "rsa-2048"]);
    // An empty password protects nothing and is not asked for.
    let bundle = open_fixture("empty-password.p12", None).unwrap();
    assert_eq!(entries(&bundle), ["acme as2+", "Test CA", "rsa-2048"]);
}

#[test]
fn private_keys_open_in_each_of_their_forms() {
    for (name, certificate_file, password, protection) in [
        ("rsa2048.key.pem", "rsa2048.cert.pem", None, None),
        ("rsa2048.pkcs1.pem", "rsa2048.cert.pem", None, None),
        ("rsa4096.key.pem", "rsa4096.cert.pem", None, None),
        ("p256.key.pem", "p256.cert.pem", None, None),
        ("p256.sec1.pem", "p256.cert.pem", None, None),
        ("p256.no-public.pem", "p256.cert.pem", None, None),
        (
            "p256.aes-128-cbc.pem",
            "p256.cert.pem",
            Some("secret"),
            Some("PBES2 AES-128-CBC, PBKDF2 HMAC-SHA-512 2048 iterations"),
        ),
        (
            "p256.aes-192-cbc.pem",
            "p256.cert.pem",
            Some("secret"),
            Some("PBES2 AES-192-CBC, PBKDF2 HMAC-SHA-512 2048 iterations"),
        ),
        (
            "p256.prf-sha1.pem",
            "p256.cert.pem",
            Some("secret"),
            Some("PBES2 AES-256-CBC, PBKDF2 HMAC-SHA-1 2048 iterations"),
        ),
    ] {
        let bundle = open_fixture(name, password).unwrap();
        assert_eq!(bundle.kind, FileKind::Key, "{name}");
        assert_eq!(bundle.protection.as_deref(), protection, "{name}");
        let key = bundle.keys().next().unwrap();
        assert_eq!(key.key.protection(), protection, "{name}");
        let leaf = certificate(certificate_file);
        assert_eq!(key.key.algorithm(), leaf.key_algorithm(), "{name}");
        let key = key.key.load(PROVIDER).unwrap();
        Credential::new(leaf, vec![], key, PROVIDER, &mut rng()).unwrap();
        assert!(matches!(
            bundle.credentials(PROVIDER, &mut rng()),
            Err(CredentialError::NoCertificate)
        ));
    }
}

#[test]
fn a_pem_pair_is_matched_and_a_wrong_pair_is_refused() {
    for (key, certificate, matches) in [
        ("rsa2048.key.pem", "rsa2048.cert.pem", true),
        ("p256.no-public.pem", "p256.cert.pem", true),
        (
            "cem/alice-new-self.key.pem",
            "cem/alice-new-self.cert.pem",
            true,
        ),
        (
            "cem/alice-new-self.key.pem",
            "cem/alice-new-ca.cert.pem",
            false,
        ),
        ("ca.key.pem", "rsa2048.cert.pem", false),
        ("rsa4096.key.pem", "rsa2048.cert.pem", false),
        ("p256.key.pem", "rsa2048.cert.pem", false),
        ("p256.no-public.pem", "rsa2048.cert.pem", false),
    ] {
        let both = [fixture(key), fixture(certificate)].concat();
        let bundle = open_octets(&both, None).unwrap();
        assert_eq!(bundle.kind, FileKind::Certificates);
        assert_eq!(
            bundle.keys().next().unwrap().matches.is_some(),
            matches,
            "{key}"
        );
        let credentials = bundle.credentials(PROVIDER, &mut rng());
        if matches {
            assert_eq!(credentials.unwrap().len(), 1);
            assert_eq!(warnings(&bundle), <[&str; 0]>::default());
        } else {
            assert_eq!(warnings(&bundle), ["key-without-certificate"], "{key}");
            assert!(
                matches!(credentials, Err(CredentialError::KeyMismatch)),
                "{key}"
            );
            let key = bundle.keys().next().unwrap().key.load(PROVIDER).unwrap();
            let leaf = bundle.certificates().next().unwrap().clone();
            let error = Credential::new(leaf, vec![], key, PROVIDER, &mut rng()).unwrap_err();
            assert_eq!(error.code(), "key-mismatch");
        }
    }
}

#[test]
fn certificates_open_as_der_pem_and_bare_base64() {
    let der = fixture("rsa2048.cert.der");
    let pem = String::from_utf8(fixture("rsa2048.cert.pem")).unwrap();
    let bare: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    for octets in [
        der.clone(),
        pem.clone().into_bytes(),
        pem.replace('\n', "\r\n").into_bytes(),
        pem.replace("CERTIFICATE", "X509 CERTIFICATE").into_bytes(),
        format!("Bag Attributes\n    friendlyName: x\n{pem}trailing text\n").into_bytes(),
        bare.clone().into_bytes(),
        format!("\u{feff}{}\r\n", bare.replace("MII", "MII\r\n ")).into_bytes(),
    ] {
        let bundle = open_octets(&octets, None).unwrap();
        assert_eq!(bundle.kind, FileKind::Certificate);
        assert_eq!(bundle.protection, None);
        assert_eq!(bundle.certificates().next().unwrap().as_der(), der);
    }
}

#[test]
fn pkcs7_opens_in_each_encoding_and_in_streamed_messages() {
    for name in ["chain.p7b", "chain.p7b.pem", "signed-stream.p7m"] {
        let bundle = open_fixture(name, None).unwrap();
        assert_eq!(bundle.kind, FileKind::Pkcs7, "{name}");
        let mut names = entries(&bundle);
        names.sort();
        assert_eq!(names, ["Test CA", "acme as2"], "{name}");
        let signed = if name == "signed-stream.p7m" {
            vec!["signatures-ignored"]
        } else {
            vec![]
        };
        assert_eq!(warnings(&bundle), signed, "{name}");
    }
}

/// The certificate with other parameters of its key than `NULL`: read as it is, since nothing hangs on them.
fn with_key_parameters(parameters: [u8; 2]) -> Vec<u8> {
    let mut octets = fixture("rsa2048.cert.der");
    let rsa = [
        0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
    ];
    let at = place(&octets, &rsa) + 11;
    octets[at..at + 2].copy_from_slice(&parameters);
    octets
}

/// A bundle as a streaming writer puts it: every length around the certificates indefinite.
fn streamed_bundle(certificates: &[&[u8]]) -> Vec<u8> {
    let indefinite =
        |identifier: u8, parts: &[&[u8]]| [&[identifier, 0x80], &*parts.concat(), &[0, 0]].concat();
    let oid = |last: u8| {
        let arcs = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, last];
        encode(tag::OBJECT_IDENTIFIER, &[&arcs])
    };
    let set = indefinite(0xa0, certificates);
    let content = indefinite(tag::SEQUENCE, &[&oid(1)]);
    let fields = [&[2, 1, 1], &*indefinite(tag::SET, &[]), &content, &set];
    let signed_data = indefinite(tag::SEQUENCE, &[&fields.concat(), &[0x31, 0]]);
    indefinite(
        tag::SEQUENCE,
        &[&oid(2), &indefinite(0xa0, &[&signed_data])],
    )
}

#[test]
fn certificates_in_bundles_keep_their_octets() {
    // Constructed strings: BER that has another form in DER. A constructed integer: no BER at all.
    for parameters in [[0x32, 0x00], [0x22, 0x00]] {
        let octets = with_key_parameters(parameters);
        let alone = open_octets(&octets, None).unwrap();
        let odd = alone.certificates().next().unwrap();
        assert_eq!(odd.as_der(), octets);
        let thumbprint = odd.thumbprint(DigestAlgorithm::Sha256, PROVIDER);

        for bundle in [
            certs_only::encode(slice::from_ref(odd)),
            streamed_bundle(&[&octets]),
            plain_pkcs12(&octets),
        ] {
            let bundle = open_octets(&bundle, None).unwrap();
            let [inside] = bundle.certificates().collect::<Vec<_>>()[..] else {
                panic!("{bundle:?}")
            };
            assert_eq!(inside.as_der(), octets);
            assert_eq!(
                inside.thumbprint(DigestAlgorithm::Sha256, PROVIDER),
                thumbprint
            );
        }
    }
}

/// A PKCS#12 file with this one certificate, neither encrypted nor with a MAC.
fn plain_pkcs12(certificate: &[u8]) -> Vec<u8> {
    let sequence = |parts: &[&[u8]]| encode(tag::SEQUENCE, parts);
    let explicit = |inner: &[u8]| encode(tag::CONTEXT_CONSTRUCTED, &[inner]);
    let string = |inner: &[u8]| encode(tag::OCTET_STRING, &[inner]);
    let oid = |text: &str| asn1::encode_oid(text.parse().unwrap());
    let data = |inner: &[u8]| sequence(&[&oid("1.2.840.113549.1.7.1"), &explicit(&string(inner))]);
    let value = sequence(&[
        &oid("1.2.840.113549.1.9.22.1"),
        &explicit(&string(certificate)),
    ]);
    let bag = sequence(&[&oid("1.2.840.113549.1.12.10.1.3"), &explicit(&value)]);
    let safes = sequence(&[&data(&sequence(&[&bag]))]);
    sequence(&[&[2, 1, 3], &data(&safes)])
}

#[test]
fn a_broken_certificate_in_a_streamed_bundle_spoils_no_other() {
    let good = fixture("rsa2048.cert.der");
    let other = certificate("ca.cert.pem");
    let version = [0xa0, 0x03, 0x02, 0x01, 0x02];
    let mut broken = with_key_parameters([0x22, 0x00]);
    let at = place(&broken, &version);
    broken[at + 4] = 9;
    // Its length with a leading zero: as it came it is no DER.
    let padded = [&[0x30, 0x83, 0x00], &good[2..]].concat();
    let octets = streamed_bundle(&[&good, &broken, &padded, &[0x30, 0x01, 0x24], other.as_der()]);
    let bundle = open_octets(&octets, None).unwrap();
    assert_eq!(bundle.kind, FileKind::Pkcs7);
    let inside: Vec<&[u8]> = bundle
        .certificates()
        .map(|inside| inside.as_der())
        .collect();
    assert_eq!(inside, [good.as_slice(), other.as_der()]);
    let texts: Vec<&str> = bundle
        .warnings
        .iter()
        .map(|warning| &*warning.text)
        .collect();
    assert_eq!(
        texts,
        [
            "certificate 2: not a certificate: value of version not allowed at octet 10",
            "certificate 3: not a certificate: tag or length not in distinguished encoding at octet 0",
            "certificate 4: not a certificate: tag or length not in distinguished encoding at octet 2",
        ]
    );
}

#[test]
fn bundles_that_are_written_are_read_by_us_and_by_openssl() {
    let certificates = [certificate("rsa2048.cert.pem"), certificate("ca.cert.pem")];
    let octets = certs_only::encode(&certificates);
    let bundle = certs_only::decode(&octets, &Limits::default()).unwrap();
    assert_eq!((bundle.signers(), bundle.other_entries()), (0, 0));
    let mut read = bundle.into_readable();
    read.sort();
    let mut written = certificates.to_vec();
    written.sort();
    assert_eq!(read, written);
    let path = std::env::temp_dir().join(format!("rollcert-pki-{}.p7b", std::process::id()));
    std::fs::write(&path, &octets).unwrap();
    let printed = support::openssl(&[
        "pkcs7",
        "-inform",
        "DER",
        "-print_certs",
        "-noout",
        "-in",
        path.to_str().unwrap(),
    ]);
    std::fs::remove_file(&path).unwrap();
    if let Some(printed) = printed {
        assert_eq!(printed.matches("subject=").count(), 2, "{printed}");
    }
}

#[test]
fn one_bad_certificate_spoils_no_other() {
    let good = fixture("rsa2048.cert.pem");
    let other = fixture("ca.cert.pem");
    let bad = "-----BEGIN CERTIFICATE-----\nMAMCAQU=\n-----END CERTIFICATE-----\n";
    let text = [good.as_slice(), bad.as_bytes(), &other].concat();
    let bundle = open_octets(&text, None).unwrap();
    assert_eq!(bundle.kind, FileKind::Certificates);
    assert_eq!(entries(&bundle), ["acme as2", "Test CA"]);
    let [warning] = bundle.warnings.as_slice() else {
        panic!("{:?}", bundle.warnings)
    };
    assert_eq!(
        warning.text,
        "certificate 2: not a certificate: expected TBSCertificate at octet 2"
    );

    // In PKCS#7: the second certificate loses its version.
    let mut octets = fixture("chain.p7b");
    let version = [0xa0, 0x03, 0x02, 0x01, 0x02];
    let places: Vec<usize> = octets
        .windows(5)
        .enumerate()
        .filter_map(|(place, window)| (window == version).then_some(place))
        .collect();
    octets[places[1] + 4] = 9;
    let bundle = open_octets(&octets, None).unwrap();
    assert_eq!(bundle.entries.len(), 1);
    let [warning] = bundle.warnings.as_slice() else {
        panic!("{:?}", bundle.warnings)
    };
    assert_eq!(warning.code, "bad-certificate");
    assert!(
        warning.text.starts_with("certificate 2: not a certificate"),
        "{}",
        warning.text
    );

    // Alone it is an error.
    let error = open_octets(bad.as_bytes(), None).unwrap_err();
    assert_eq!(error.code(), "unexpected-element");
    let mut octets = fixture("rsa2048.cert.der");
    let at = place(&octets, &version);
    octets[at + 4] = 9;
    assert_eq!(open_octets(&octets, None).unwrap_err().code(), "bad-value");
}

#[test]
fn what_is_no_such_file_says_so() {
    for (octets, code) in [
        (&b""[..], "empty"),
        (b"hello, world", "unknown-format"),
        (b"test", "unknown-format"),
        (b"0 is a number", "unknown-format"),
        (b"\x30\x03\x02\x01\x05", "unknown-format"),
        (b"\x30\x82\x04", "truncated"),
        (b"-----BEGIN CERTIFICATE-----\nMIIC\n", "truncated"),
        (
            b"-----BEGIN SOMETHING-----\nMAA=\n-----END SOMETHING-----\n",
            "unknown-format",
        ),
        (b"PK\x03\x04\x14\0\0\0", "unsupported"),
    ] {
        let error = open_octets(octets, None).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
    }
    let error = open_octets(b"PK\x03\x04", None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a ZIP archive, which is not read here: unpack it first"
    );
}

#[test]
fn secrets_do_not_show() {
    let password = Password::from("hunter2");
    assert_eq!(format!("{password:?}"), "Password(..)");
    let bundle = open_fixture("plain.p12", None).unwrap();
    let shown = format!("{:?}", bundle.keys().next().unwrap());
    assert!(
        !shown.contains("secret") && !shown.contains("[48,"),
        "{shown}"
    );
    let limits = Limits::default();
    let error = open(&fixture("default.p12"), Some(&password), PROVIDER, &limits).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}
