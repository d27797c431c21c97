//! What certificates say, compared with what OpenSSL says of them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use rollcert_crypto::DigestAlgorithm;
use rollcert_pki::asn1::{encode, encode_oid, tag};
use rollcert_pki::extension::{BasicConstraints, Criticality, NameConstraints};
use rollcert_pki::{
    Certificate, CertificateError, CertificateView, KeyUsages, Name, NameMatch, Purpose, Quirk,
    SerialNumber,
};
use support::{PROVIDER, certificate, fixture, openssl, path};

const CERTIFICATES: [&str; 26] = [
    "ca.cert.pem",
    "rsa2048.cert.pem",
    "rsa4096.cert.pem",
    "p256.cert.pem",
    "p384.cert.pem",
    "ed25519.cert.pem",
    "cem/alice-amp.cert.pem",
    "cem/alice-dc.cert.pem",
    "cem/alice-new-ca.cert.pem",
    "cem/alice-new-self.cert.pem",
    "cem/bob.cert.pem",
    "cem/ca-int.cert.pem",
    "cem/ca-root.cert.pem",
    "pkits/BadSignedCACert.crt",
    "pkits/DSACACert.crt",
    "pkits/GoodCACert.crt",
    "pkits/InvalidEESignatureTest3EE.crt",
    "pkits/TrustAnchorRootCertificate.crt",
    "pkits/ValidCertificatePathTest1EE.crt",
    "pkits/ValidDNSnameConstraintsTest30EE.crt",
    "pkits/ValidGeneralizedTimenotAfterDateTest8EE.crt",
    "pkits/ValidLongSerialNumberTest16EE.crt",
    "pkits/InvalidNegativeSerialNumberTest15EE.crt",
    "pkits/ValidRFC822nameConstraintsTest21EE.crt",
    "pkits/ValidRolloverfromPrintableStringtoUTF8StringTest10EE.crt",
    "pkits/Validpre2000UTCnotBeforeDateTest3EE.crt",
];

#[test]
fn a_certificate_knows_its_key_however_that_is_written() {
    let (rsa, p256) = (
        certificate("rsa2048.cert.pem"),
        certificate("p256.cert.pem"),
    );
    for certificate in [&rsa, &p256] {
        assert!(certificate.certifies(certificate.public_key_info()));
        assert!(!certificate.certifies(b""));
        assert!(!certificate.certifies(certificate.as_der()));
    }
    assert!(!rsa.certifies(p256.public_key_info()));
    // The same point, compressed: 2 or 3 by the last bit of y, and x.
    let info = p256.public_key_info();
    let (head, point) = info.split_at(info.len() - 64);
    let sign = 2 + (point[63] & 1);
    let algorithm = &head[2..head.len() - 4];
    let compress = |sign: u8| {
        let bits = encode(tag::BIT_STRING, &[&[0, sign], &point[..32]]);
        encode(tag::SEQUENCE, &[algorithm, &bits])
    };
    assert!(p256.certifies(&compress(sign)));
    assert!(!p256.certifies(&compress(5 - sign)));
}

/// The value after `key=` in what OpenSSL prints.
fn value<'a>(printed: &'a str, key: &str) -> &'a str {
    printed
        .lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
        .unwrap_or_else(|| panic!("no {key} in {printed}"))
}

#[test]
fn what_is_shown_is_what_openssl_shows() {
    for name in CERTIFICATES {
        let certificate = certificate(name);
        let file = path(name);
        let openssl = |arguments: &[&str]| {
            let mut all = vec!["x509", "-noout", "-in", file.to_str().unwrap()];
            all.extend(arguments);
            openssl(&all)
        };
        let Some(printed) = openssl(&[
            "-subject",
            "-issuer",
            "-serial",
            "-dates",
            "-dateopt",
            "iso_8601",
            "-nameopt",
            "RFC2253,-esc_msb,utf8",
            "-fingerprint",
            "-sha256",
            "-text",
        ]) else {
            return;
        };
        let fingerprint = |printed: &str, algorithm| {
            let line = printed
                .lines()
                .find(|line| line.contains(" Fingerprint="))
                .unwrap();
            let (_, fingerprint) = line.split_once('=').unwrap();
            let thumbprint = certificate.thumbprint(algorithm, PROVIDER);
            assert_eq!(fingerprint.parse(), Ok(thumbprint), "{name}");
            assert_eq!(
                thumbprint.to_string(),
                fingerprint.replace(':', "").to_lowercase()
            );
        };
        fingerprint(&printed, DigestAlgorithm::Sha256);
        fingerprint(
            &openssl(&["-fingerprint", "-sha1"]).unwrap(),
            DigestAlgorithm::Sha1,
        );
        fingerprint(
            &openssl(&["-fingerprint", "-sha512"]).unwrap(),
            DigestAlgorithm::Sha512,
        );
        assert_eq!(
            certificate.subject().to_string(),
            value(&printed, "subject"),
            "{name}"
        );
        assert_eq!(
            certificate.issuer().to_string(),
            value(&printed, "issuer"),
            "{name}"
        );

        let serial = value(&printed, "serial").to_lowercase();
        let (sign, digits) = serial
            .strip_prefix('-')
            .map_or(("", serial.as_str()), |d| ("-", d));
        let serial = format!("{sign}{}", digits.trim_start_matches('0'));
        assert_eq!(certificate.serial().to_hex(), serial, "{name}");

        let time = |time: DateTime<Utc>| time.format("%Y-%m-%d %H:%M:%SZ").to_string();
        assert_eq!(
            time(certificate.not_before()),
            value(&printed, "notBefore"),
            "{name}"
        );
        assert_eq!(
            time(certificate.not_after()),
            value(&printed, "notAfter"),
            "{name}"
        );

        let text = printed.as_str();
        let algorithm = format!(
            "Signature Algorithm: {}\n",
            certificate.signature_algorithm()
        );
        assert!(
            text.contains(&algorithm),
            "{name}: {algorithm} not in {text}"
        );
        assert!(
            text.contains(&format!("Version: {} ", certificate.version())),
            "{name}"
        );
        assert_eq!(text.contains("CA:TRUE"), certificate.is_ca(), "{name}");
        let usage = certificate.key_usage().map(|usages| {
            let names: Vec<&str> = usages
                .iter()
                .map(|usage| openssl_name(usage.name()))
                .collect();
            names.join(", ")
        });
        assert_eq!(after(text, "X509v3 Key Usage:"), usage.as_deref(), "{name}");
        let identifier = certificate.subject_key_identifier().map(|octets| {
            octets
                .iter()
                .map(|o| format!("{o:02X}"))
                .collect::<Vec<_>>()
                .join(":")
        });
        assert_eq!(
            after(text, "X509v3 Subject Key Identifier:"),
            identifier.as_deref(),
            "{name}"
        );
        let constraints = certificate
            .basic_constraints()
            .and_then(|basic| basic.path_length());
        let printed = text
            .split_once("pathlen:")
            .map(|(_, rest)| rest.lines().next().unwrap());
        assert_eq!(
            printed.map(|length| length.parse().unwrap()),
            constraints,
            "{name}"
        );

        let printed = openssl(&["-email"]).unwrap().to_lowercase();
        let mut printed: Vec<&str> = printed.lines().collect();
        let mut emails = certificate.emails();
        printed.sort_unstable();
        printed.dedup();
        emails.sort_unstable();
        assert_eq!(emails, printed, "{name}");
    }
}

/// The line after the one that begins with `heading`.
fn after<'a>(text: &'a str, heading: &str) -> Option<&'a str> {
    let mut lines = text.lines();
    lines.find(|line| line.trim().starts_with(heading))?;
    lines.next().map(str::trim)
}

fn openssl_name(usage: &str) -> &'static str {
    match usage {
        "digitalSignature" => "Digital Signature",
        "nonRepudiation" => "Non Repudiation",
        "keyEncipherment" => "Key Encipherment",
        "dataEncipherment" => "Data Encipherment",
        "keyAgreement" => "Key Agreement",
        "keyCertSign" => "Certificate Sign",
        "cRLSign" => "CRL Sign",
        "encipherOnly" => "Encipher Only",
        "decipherOnly" => "Decipher Only",
        other => panic!("{other}"),
    }
}

#[test]
fn every_fact_of_one_certificate() {
    let certificate = certificate("rsa2048.cert.pem");
    assert_eq!(
        certificate.subject().to_string(),
        "emailAddress=AS2@acme.example,CN=acme as2,O=Acme\\, Inc.,ST=Bayern,C=DE"
    );
    assert_eq!(
        certificate.issuer().to_string(),
        "CN=Test CA,O=Rollcert Test,C=DE"
    );
    assert_eq!(
        certificate.serial().to_hex(),
        "c0ffee0123456789abcdef0123456789abcdef"
    );
    assert_eq!(certificate.version(), 3);
    assert_eq!(certificate.key_algorithm().to_string(), "rsa-2048");
    assert_eq!(
        certificate.signature_algorithm().to_string(),
        "sha256WithRSAEncryption"
    );
    assert_eq!(
        certificate.key_usage().unwrap().to_string(),
        "digitalSignature, keyEncipherment"
    );
    let extended: Vec<String> = certificate
        .extended_key_usage()
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        extended,
        ["emailProtection", "clientAuth", "1.3.6.1.4.1.311.10.3.4"]
    );
    assert!(!certificate.is_ca());
    // Addresses of both places, in lower case, each once.
    assert_eq!(
        certificate.emails(),
        ["edi@acme.example", "as2@acme.example"]
    );
    assert_eq!(certificate.dns_names(), ["as2.acme.example"]);
    assert_eq!(
        certificate.usable_for(),
        [
            Purpose::SmimeSign,
            Purpose::SmimeEncrypt,
            Purpose::TlsClient
        ]
    );
    let extensions: Vec<(String, Criticality)> = certificate
        .extensions()
        .iter()
        .map(|extension| (extension.oid().to_string(), extension.criticality()))
        .collect();
    assert_eq!(
        extensions,
        [
            ("2.5.29.19".to_owned(), Criticality::NotCritical),
            ("2.5.29.15".to_owned(), Criticality::Critical),
            ("2.5.29.37".to_owned(), Criticality::NotCritical),
            ("2.5.29.17".to_owned(), Criticality::NotCritical),
            ("2.5.29.14".to_owned(), Criticality::NotCritical),
            ("2.5.29.35".to_owned(), Criticality::NotCritical),
        ]
    );
    assert_eq!(certificate.quirks(), []);
}

#[test]
fn kinds_of_keys_and_what_they_serve_for() {
    use Purpose::{SmimeEncrypt, SmimeSign, TlsClient, TlsServer};
    for (name, algorithm, purposes) in [
        (
            "rsa4096.cert.pem",
            "rsa-4096",
            &[SmimeEncrypt, TlsServer][..],
        ),
        ("p256.cert.pem", "p-256", &[TlsServer]),
        (
            "p384.cert.pem",
            "p-384",
            &[SmimeSign, SmimeEncrypt, TlsServer, TlsClient],
        ),
        (
            "ed25519.cert.pem",
            "ed25519",
            &[SmimeSign, SmimeEncrypt, TlsServer, TlsClient],
        ),
        ("ca.cert.pem", "rsa-2048", &[]),
        ("pkits/DSACACert.crt", "dsa", &[]),
    ] {
        let certificate = certificate(name);
        assert_eq!(certificate.key_algorithm().to_string(), algorithm, "{name}");
        assert_eq!(certificate.usable_for(), purposes, "{name}");
    }
}

#[test]
fn signatures_are_verified_over_the_octets_that_arrived() {
    for (name, issuer, verifies) in [
        ("rsa2048.cert.pem", "ca.cert.pem", true),
        ("p256.cert.pem", "ca.cert.pem", true),
        (
            "pyca/certificates/root-ed25519.pem",
            "pyca/certificates/root-ed25519.pem",
            true,
        ),
        ("keys/p521.cert.pem", "keys/p521.cert.pem", true),
        ("keys/pss.cert.pem", "keys/pss.cert.pem", true),
        ("keys/pss-sha384.cert.pem", "keys/pss-sha384.cert.pem", true),
        ("rsa2048.cert.pem", "cem/ca-root.cert.pem", false),
        ("cem/alice-new-ca.cert.pem", "cem/ca-int.cert.pem", true),
        ("cem/ca-int.cert.pem", "cem/ca-root.cert.pem", true),
        (
            "pkits/GoodCACert.crt",
            "pkits/TrustAnchorRootCertificate.crt",
            true,
        ),
        (
            "pkits/ValidCertificatePathTest1EE.crt",
            "pkits/GoodCACert.crt",
            true,
        ),
        (
            "pkits/BadSignedCACert.crt",
            "pkits/TrustAnchorRootCertificate.crt",
            false,
        ),
        (
            "pkits/InvalidEESignatureTest3EE.crt",
            "pkits/GoodCACert.crt",
            false,
        ),
    ] {
        let verified = certificate(name).verify_signature_by(&certificate(issuer), PROVIDER);
        assert_eq!(
            verified.is_ok(),
            verifies,
            "{name} by {issuer}: {verified:?}"
        );
        if let Err(error) = verified {
            assert_eq!(error.code(), "signature-invalid");
        }
    }
    assert!(certificate("ca.cert.pem").is_self_signed(PROVIDER));
    assert!(!certificate("rsa2048.cert.pem").is_self_issued());
}

#[test]
fn validity_includes_both_bounds() {
    let certificate = certificate("cem/bob.cert.pem");
    let second = TimeDelta::seconds(1);
    let almost = TimeDelta::milliseconds(999);
    assert!(certificate.is_valid_at(certificate.not_before()));
    assert!(certificate.is_valid_at(certificate.not_after()));
    assert!(certificate.is_valid_at(certificate.not_after() + almost));
    assert!(!certificate.is_valid_at(certificate.not_before() - second));
    assert!(!certificate.is_valid_at(certificate.not_after() + second));
}

#[test]
fn what_rfc_5280_forbids_is_noted() {
    for (name, quirks) in [
        ("rsa4096.cert.pem", &[Quirk::UnusualSerial][..]),
        (
            "pkits/InvalidNegativeSerialNumberTest15EE.crt",
            &[Quirk::UnusualSerial],
        ),
        ("pkits/ValidLongSerialNumberTest16EE.crt", &[]),
        ("pkits/ValidGeneralizedTimenotAfterDateTest8EE.crt", &[]),
    ] {
        assert_eq!(certificate(name).quirks(), quirks, "{name}");
    }
    assert_eq!(certificate("rsa4096.cert.pem").serial().to_decimal(), "-5");
}

/// What of a certificate a test wants otherwise; the key and the signature are no matter.
struct Recipe<'a> {
    version: &'a [u8],
    serial: &'a [u8],
    inner_algorithm: &'a str,
    subject: &'a [u8],
    not_before: (u8, &'a [u8]),
    key_algorithm: &'a str,
    key: &'a [u8],
    unique_ids: &'a [u8],
    extensions: &'a [Vec<u8>],
    signature: &'a [u8],
}

const SHA256_WITH_RSA: &str = "1.2.840.113549.1.1.11";

const PLAIN: Recipe<'_> = Recipe {
    version: &[2],
    serial: &[1],
    inner_algorithm: SHA256_WITH_RSA,
    subject: &[],
    not_before: (0x17, b"260101000000Z"),
    key_algorithm: "1.2.840.113549.1.1.1",
    // A modulus of 9 bits, and 3.
    key: &[0, 0x30, 7, 2, 2, 1, 1, 2, 1, 3],
    unique_ids: &[],
    extensions: &[],
    signature: &[0, 1, 2, 3],
};

impl Recipe<'_> {
    fn build(&self) -> Result<Certificate, CertificateError> {
        Certificate::from_der(self.octets())
    }

    fn octets(&self) -> Vec<u8> {
        let oid = |text| encode_oid(der::asn1::ObjectIdentifier::new_unwrap(text));
        let algorithm = |text| encode(tag::SEQUENCE, &[&oid(text), &encode(tag::NULL, &[])]);
        let issuer = encode(tag::SEQUENCE, &[]);
        let extensions: Vec<&[u8]> = self.extensions.iter().map(Vec::as_slice).collect();
        let extensions = encode(0xa3, &[&encode(tag::SEQUENCE, &extensions)]);
        let to_be_signed = encode(
            tag::SEQUENCE,
            &[
                &encode(0xa0, &[&encode(tag::INTEGER, &[self.version])]),
                &encode(tag::INTEGER, &[self.serial]),
                &algorithm(self.inner_algorithm),
                &issuer,
                &encode(
                    tag::SEQUENCE,
                    &[
                        &encode(self.not_before.0, &[self.not_before.1]),
                        &encode(0x17, &[b"360101000000Z"]),
                    ],
                ),
                &encode(tag::SEQUENCE, &[self.subject]),
                &encode(
                    tag::SEQUENCE,
                    &[
                        &algorithm(self.key_algorithm),
                        &encode(tag::BIT_STRING, &[self.key]),
                    ],
                ),
                self.unique_ids,
                &extensions,
            ],
        );
        encode(
            tag::SEQUENCE,
            &[
                &to_be_signed,
                &algorithm(SHA256_WITH_RSA),
                &encode(tag::BIT_STRING, &[self.signature]),
            ],
        )
    }
}

fn extension(oid: &str, critical: Option<u8>, value: &[u8]) -> Vec<u8> {
    let critical = critical
        .map(|octet| encode(0x01, &[&[octet]]))
        .unwrap_or_default();
    let oid = encode_oid(der::asn1::ObjectIdentifier::new_unwrap(oid));
    encode(
        tag::SEQUENCE,
        &[&oid, &critical, &encode(tag::OCTET_STRING, &[value])],
    )
}

#[test]
fn quirks_are_read_and_noted() {
    let constraints = [extension("2.5.29.19", Some(0x01), &[0x30, 3, 1, 1, 0xff])];
    let default = [extension("2.5.29.19", Some(0), &[0x30, 0])];
    let unused = [extension("2.5.29.15", None, &[3, 2, 7, 0x86])];
    for (recipe, quirks) in [
        (Recipe { ..PLAIN }, &[][..]),
        (
            Recipe {
                version: &[0],
                ..PLAIN
            },
            &[Quirk::ExplicitDefault],
        ),
        (
            Recipe {
                serial: &[0, 0, 5],
                ..PLAIN
            },
            &[Quirk::PaddedSerial],
        ),
        (
            Recipe {
                serial: &[0],
                ..PLAIN
            },
            &[Quirk::UnusualSerial],
        ),
        (
            Recipe {
                serial: &[1; 25],
                ..PLAIN
            },
            &[Quirk::UnusualSerial],
        ),
        (
            Recipe {
                inner_algorithm: "1.2.840.113549.1.1.12",
                ..PLAIN
            },
            &[Quirk::SignatureAlgorithmMismatch],
        ),
        (
            Recipe {
                signature: &[4, 1, 0xf0],
                ..PLAIN
            },
            &[Quirk::SignatureWithUnusedBits],
        ),
        (
            Recipe {
                not_before: (0x17, b"2601010000Z"),
                ..PLAIN
            },
            &[Quirk::TimeWithoutSeconds],
        ),
        (
            Recipe {
                not_before: (0x17, b"260101000000+0100"),
                ..PLAIN
            },
            &[Quirk::TimeWithOffset],
        ),
        (
            Recipe {
                not_before: (0x18, b"20260101000000.5Z"),
                ..PLAIN
            },
            &[Quirk::FractionalSeconds, Quirk::EarlyGeneralizedTime],
        ),
        (
            Recipe {
                not_before: (0x18, b"20260101000000Z"),
                ..PLAIN
            },
            &[Quirk::EarlyGeneralizedTime],
        ),
        (
            Recipe {
                extensions: &constraints,
                ..PLAIN
            },
            &[Quirk::LooseBoolean],
        ),
        (
            Recipe {
                extensions: &default,
                ..PLAIN
            },
            &[Quirk::ExplicitDefault],
        ),
        (
            Recipe {
                extensions: &unused,
                ..PLAIN
            },
            &[Quirk::UnusedBitsSet],
        ),
        (
            Recipe {
                version: &[1],
                extensions: &constraints,
                ..PLAIN
            },
            &[Quirk::LooseBoolean, Quirk::ExtensionsBeforeVersion3],
        ),
    ] {
        assert_eq!(recipe.build().unwrap().quirks(), quirks);
    }
    for unsound in [
        Recipe {
            inner_algorithm: "1.2.840.113549.1.1.12",
            ..PLAIN
        },
        Recipe {
            signature: &[4, 1, 0xf0],
            ..PLAIN
        },
    ] {
        let certificate = unsound.build().unwrap();
        let error = certificate
            .verify_signature_by(&certificate, PROVIDER)
            .unwrap_err();
        assert_eq!(error.code(), "signature-invalid");
    }
}

#[test]
fn bits_that_a_key_usage_says_are_unused_name_no_usage() {
    // 0x86 would say keyCertSign and cRLSign besides.
    let unused = [extension("2.5.29.15", None, &[3, 2, 7, 0x86])];
    let certificate = Recipe {
        extensions: &unused,
        ..PLAIN
    };
    let usages = certificate.build().unwrap().key_usage().unwrap();
    assert_eq!(usages.to_string(), "digitalSignature");
}

#[test]
fn what_two_readers_might_understand_differently_is_refused() {
    // RFC 5280 §4.2: an extension stands in a certificate once.
    let twice = [
        extension("2.5.29.15", None, &[3, 2, 7, 0x80]),
        extension("2.5.29.15", None, &[3, 2, 5, 0x20]),
    ];
    let error = Recipe {
        extensions: &twice,
        ..PLAIN
    }
    .build()
    .unwrap_err();
    assert_eq!(error.code(), "duplicate-extension");
    assert_eq!(
        error.to_string(),
        "extension 2.5.29.15 appears more than once"
    );

    for recipe in [
        Recipe {
            version: &[3],
            ..PLAIN
        },
        Recipe {
            serial: &[],
            ..PLAIN
        },
        Recipe {
            serial: &[1; SerialNumber::MAX_LEN + 1],
            ..PLAIN
        },
        Recipe {
            not_before: (0x17, b"260101000000"),
            ..PLAIN
        },
        Recipe {
            key: &[8, 0],
            ..PLAIN
        },
        Recipe {
            signature: &[],
            ..PLAIN
        },
    ] {
        assert_eq!(recipe.build().unwrap_err().code(), "bad-value");
    }
    for unique_ids in [
        // In the wrong order, twice, of another number.
        &[0x82, 2, 0, 1, 0x81, 2, 0, 1][..],
        &[0x81, 2, 0, 1, 0x81, 2, 0, 1],
        &[0x84, 2, 0, 1],
        // Extensions under a tag that is primitive.
        &[0x83, 2, 0x30, 0],
    ] {
        let recipe = Recipe {
            unique_ids,
            ..PLAIN
        };
        assert_eq!(recipe.build().unwrap_err().code(), "unexpected-element");
    }
}

#[test]
fn an_empty_part_of_a_name_is_noted_and_passed_over() {
    let common_name = [
        0x31, 0x0c, 0x30, 0x0a, 6, 3, 0x55, 4, 3, 0x0c, 3, b'Z', b'o', b'e',
    ];
    let empty = [0x31, 0];
    let with = [&empty, common_name.as_slice(), &empty].concat();
    let named = |subject: &[u8]| Recipe { subject, ..PLAIN }.build().unwrap();
    let (certificate, plain) = (named(&with), named(&common_name));
    assert_eq!(certificate.quirks(), [Quirk::EmptyRelativeName]);
    assert_eq!(plain.quirks(), []);
    let (subject, other) = (certificate.subject(), plain.subject());
    assert_eq!(subject.to_string(), "CN=Zoe");
    assert_eq!(subject.as_der(), encode(tag::SEQUENCE, &[&with]));
    assert!(subject.matches(other));
    assert_ne!(subject, other);
    assert!(named(&empty).subject().is_empty());
}

#[test]
fn a_malformed_extension_is_noted_and_grants_nothing() {
    for (oid, value) in [
        ("2.5.29.15", &[3, 2, 8, 0x80][..]),
        ("2.5.29.15", &[4, 1, 0x80]),
        ("2.5.29.15", &[3, 2, 7, 0x80, 5, 0]),
        ("2.5.29.19", &[0x30, 3, 2, 1, 0xff]),
        ("2.5.29.19", &[0x30, 4, 1, 2, 0xff, 0xff]),
        // More than 32 bits.
        ("2.5.29.19", &[0x30, 10, 1, 1, 0xff, 2, 5, 1, 0, 0, 0, 0]),
        ("2.5.29.37", &[0x30, 2, 4, 0]),
        ("2.5.29.17", &[0x30, 2, 0x81, 1]),
        ("2.5.29.14", &[0x30, 0]),
        ("2.5.29.35", &[4, 0]),
        ("2.5.29.30", &[0xff]),
    ] {
        let extensions = [extension(oid, Some(0xff), value)];
        let recipe = Recipe {
            extensions: &extensions,
            ..PLAIN
        };
        let certificate = recipe.build().unwrap();
        let malformed = Quirk::MalformedExtension {
            oid: der::asn1::ObjectIdentifier::new_unwrap(oid),
        };
        assert_eq!(certificate.quirks(), [malformed], "{oid} {value:02x?}");
        assert_eq!(
            certificate.extensions().iter().next().unwrap().value(),
            value
        );
        match oid {
            "2.5.29.15" => {
                assert_eq!(certificate.key_usage(), Some(KeyUsages::default()));
                assert!(certificate.extension::<KeyUsages>().is_err());
                assert_eq!(certificate.usable_for(), []);
            }
            "2.5.29.37" => {
                assert_eq!(certificate.extended_key_usage(), Some(&[][..]));
                assert_eq!(certificate.usable_for(), []);
            }
            "2.5.29.19" => {
                assert!(!certificate.is_ca());
                assert_eq!(
                    certificate.basic_constraints(),
                    Some(BasicConstraints::END_ENTITY)
                );
            }
            "2.5.29.17" => {
                assert_eq!(certificate.alternative_names(), []);
                assert!(certificate.emails().is_empty() && certificate.dns_names().is_empty());
            }
            "2.5.29.14" => assert_eq!(certificate.subject_key_identifier(), None),
            "2.5.29.35" => assert_eq!(certificate.authority_key_identifier(), None),
            _ => assert!(certificate.extension::<NameConstraints>().is_err()),
        }
    }
    // The place of the fault counts from the start of the certificate.
    let extensions = [extension("2.5.29.15", None, &[3, 2, 8, 0x80])];
    let recipe = Recipe {
        extensions: &extensions,
        ..PLAIN
    };
    let certificate = recipe.build().unwrap();
    let error = certificate.extension::<KeyUsages>().unwrap_err();
    assert_eq!(
        &certificate.as_der()[error.offset()..][..4],
        [3, 2, 8, 0x80]
    );
}

#[test]
fn keys_that_nobody_can_read_are_noted_and_verify_nothing() {
    for (key_algorithm, key, name) in [
        // The modulus is negative, missing, or no number; the bits are not whole octets.
        (
            "1.2.840.113549.1.1.1",
            &[0, 0x30, 6, 2, 1, 0x81, 2, 1, 3][..],
            "1.2.840.113549.1.1.1",
        ),
        (
            "1.2.840.113549.1.1.1",
            &[0, 0x30, 0],
            "1.2.840.113549.1.1.1",
        ),
        (
            "1.2.840.113549.1.1.10",
            &[0, 1, 2, 3],
            "1.2.840.113549.1.1.10",
        ),
        // The exponent is missing, 1, even, or not the last; with 1, everybody could sign.
        (
            "1.2.840.113549.1.1.1",
            &[0, 0x30, 4, 2, 2, 1, 1],
            "1.2.840.113549.1.1.1",
        ),
        (
            "1.2.840.113549.1.1.1",
            &[0, 0x30, 7, 2, 2, 1, 1, 2, 1, 1],
            "1.2.840.113549.1.1.1",
        ),
        (
            "1.2.840.113549.1.1.1",
            &[0, 0x30, 7, 2, 2, 1, 1, 2, 1, 4],
            "1.2.840.113549.1.1.1",
        ),
        (
            "1.2.840.113549.1.1.1",
            &[0, 0x30, 9, 2, 2, 1, 1, 2, 1, 3, 5, 0],
            "1.2.840.113549.1.1.1",
        ),
        ("1.2.3.4", &[1, 2], "1.2.3.4"),
    ] {
        let recipe = Recipe {
            key_algorithm,
            key,
            ..PLAIN
        };
        let certificate = recipe.build().unwrap();
        assert_eq!(certificate.quirks(), [Quirk::UnreadablePublicKey]);
        assert_eq!(certificate.key_algorithm().to_string(), name);
        assert!(
            certificate
                .verify_signature_by(&certificate, PROVIDER)
                .is_err()
        );
    }
}

#[test]
fn outdated_and_unfit_strings_of_names_are_noted() {
    let common_name = |identifier, content| {
        let value = encode(identifier, &[content]);
        let oid = encode_oid(der::asn1::ObjectIdentifier::new_unwrap("2.5.4.3"));
        encode(tag::SET, &[&encode(tag::SEQUENCE, &[&oid, &value])])
    };
    for (identifier, content, quirks) in [
        (0x0c, "Zo\u{eb}".as_bytes(), &[][..]),
        (0x13, b"Zoe (1)", &[]),
        (0x12, b"1 2", &[]),
        (0x16, b"zoe@acme.example", &[]),
        (0x14, b"Zo\xeb", &[Quirk::OutdatedNameString]),
        (0x1c, b"\0\0\0Z", &[Quirk::OutdatedNameString]),
        (0x1e, b"\0Z", &[Quirk::OutdatedNameString]),
        (
            0x1e,
            b"\0Z\0",
            &[Quirk::OutdatedNameString, Quirk::UnfitNameString],
        ),
        (0x0c, b"\xff", &[Quirk::UnfitNameString]),
        (0x12, b"one", &[Quirk::UnfitNameString]),
        (0x13, b"zoe@acme.example", &[Quirk::UnfitNameString]),
        (0x80, b"Zoe", &[Quirk::UnfitNameString]),
        (0x16, b"Zo\xeb", &[Quirk::UnfitNameString]),
    ] {
        let subject = common_name(identifier, content);
        let recipe = Recipe {
            subject: &subject,
            ..PLAIN
        };
        let certificate = recipe.build().unwrap();
        assert_eq!(
            certificate.quirks(),
            quirks,
            "{identifier:02x} {content:02x?}"
        );
    }
}

#[test]
fn every_year_of_a_utc_time_lies_between_1950_and_2049() {
    for year in 0..100 {
        let time = format!("{year:02}0102030405Z");
        let recipe = Recipe {
            not_before: (0x17, time.as_bytes()),
            ..PLAIN
        };
        let century = if year < 50 { 2000 } else { 1900 };
        let expected = format!("{}-01-02T03:04:05+00:00", century + year);
        let certificate = recipe.build().unwrap();
        assert_eq!(certificate.not_before().to_rfc3339(), expected);
        assert_eq!(certificate.quirks(), []);
    }
}

#[test]
fn a_view_shows_what_the_owned_certificate_shows_and_copies_nothing() {
    for name in CERTIFICATES {
        let certificate = certificate(name);
        let octets = certificate.as_der();
        let view = CertificateView::parse(octets).unwrap();
        assert_eq!(view.as_der(), octets);
        for (part, owned) in [
            (view.to_be_signed(), certificate.to_be_signed()),
            (view.subject_der(), certificate.subject().as_der()),
            (view.issuer_der(), certificate.issuer().as_der()),
            (view.serial_octets(), certificate.serial().as_der_content()),
            (view.public_key_info(), certificate.public_key_info()),
            (view.signature(), certificate.signature()),
        ] {
            assert_eq!(part, owned, "{name}");
            let (inside, whole) = (part.as_ptr_range(), octets.as_ptr_range());
            assert!(
                whole.start < inside.start && inside.end <= whole.end,
                "{name}"
            );
        }
        assert_eq!(view.subject().as_ref(), Ok(certificate.subject()));
        assert_eq!(view.issuer().as_ref(), Ok(certificate.issuer()));
        assert_eq!(&view.serial(), certificate.serial());
        let validity = (certificate.not_before(), certificate.not_after());
        assert_eq!(view.validity(), Ok(validity));
        assert_eq!(&view.key_algorithm(), certificate.key_algorithm());
        assert_eq!(
            &view.signature_algorithm(),
            certificate.signature_algorithm()
        );
        assert!(view.extensions().iter().eq(certificate.extensions().iter()));
        let usages = view.extension::<KeyUsages>();
        assert_eq!(usages, Ok(certificate.key_usage()));
    }
}

#[test]
fn a_view_reads_names_and_times_only_when_asked() {
    let recipe = Recipe {
        subject: &[0x31, 2, 4, 0],
        not_before: (0x17, b"26"),
        ..PLAIN
    };
    let octets = recipe.octets();
    assert!(Certificate::from_der(octets.as_slice()).is_err());
    let view = CertificateView::parse(&octets).unwrap();
    let subject = view.subject().unwrap_err();
    let validity = view.validity().unwrap_err();
    assert_eq!(octets[subject.offset()..][..2], [4, 0]);
    assert_eq!(octets[validity.offset()..][..4], *b"\x17\x0226");
    assert!(view.issuer().unwrap().is_empty());
}

#[test]
fn odd_certificates_of_others_meet_the_fate_that_openssl_gives_them_or_a_reason() {
    for (file, fate) in [
        ("badasn1time.pem", "bad-value"),
        ("ec_no_named_curve.pem", "ok unnamed-curve"),
        ("empty-eku.pem", "ok"),
        ("inhibit_any_policy_negative.pem", "ok malformed-extension"),
        ("invalid_utf8_common_name.pem", "ok unfit-name-string"),
        ("invalid_version.pem", "bad-value"),
        ("long-form-name-attribute.pem", "not-der"),
        ("malformed-ian.pem", "ok malformed-extension"),
        ("malformed-san.pem", "ok malformed-extension"),
        (
            "mismatch_inner_outer_sig_algorithm.der",
            "ok signature-algorithm-mismatch",
        ),
        ("negative_serial.pem", "ok unusual-serial"),
        (
            "rsa_pss_cert_no_sig_params.der",
            "ok signature-algorithm-mismatch",
        ),
        ("two_basic_constraints.pem", "duplicate-extension"),
        (
            "unsupported_subject_public_key_info.pem",
            "ok early-generalized-time",
        ),
        ("v1_cert.pem", "ok signature-algorithm-mismatch"),
    ] {
        let octets = fixture(&format!("pyca/certificates/{file}"));
        assert_eq!(fate_of(&octets), fate, "{file}");
        // Where we part from OpenSSL, `docs/departures.md` says why.
        let parts = [
            "badasn1time.pem",
            "invalid_utf8_common_name.pem",
            "invalid_version.pem",
            "two_basic_constraints.pem",
        ];
        if let Some(accepted) = openssl_accepts(&path(&format!("pyca/certificates/{file}"))) {
            let agree = accepted == fate.starts_with("ok");
            assert_eq!(agree, !parts.contains(&file), "{file}");
        }
    }
}

/// Whether OpenSSL reads a certificate from this file; nothing where there is no OpenSSL.
fn openssl_accepts(file: &Path) -> Option<bool> {
    openssl(&["version"])?;
    let form = match file.extension() {
        Some(extension) if extension == "der" => "DER",
        _ => "PEM",
    };
    let run = Command::new("openssl")
        .args(["x509", "-noout", "-inform", form, "-in"])
        .arg(file)
        .output();
    Some(run.unwrap().status.success())
}

/// `ok` and the quirks of the first certificate in this file, or why there is none.
fn fate_of(octets: &[u8]) -> String {
    let text = String::from_utf8_lossy(octets);
    let der = match text.split_once("-----BEGIN CERTIFICATE-----") {
        Some((_, after)) => {
            let (body, _) = after.split_once("-----").unwrap();
            STANDARD
                .decode(body.replace(char::is_whitespace, ""))
                .unwrap()
        }
        None => octets.to_vec(),
    };
    match Certificate::from_der(der) {
        Ok(certificate) => {
            let codes = certificate.quirks().iter().map(|quirk| quirk.code());
            ["ok"]
                .into_iter()
                .chain(codes)
                .collect::<Vec<_>>()
                .join(" ")
        }
        Err(error) => error.code().to_owned(),
    }
}

#[test]
fn algorithms_that_differ_in_their_parameters_alone_verify_nothing() {
    let ca = certificate("ca.cert.pem");
    assert!(ca.verify_signature_by(&ca, PROVIDER).is_ok());
    // The NULL of the outer identifier becomes an empty OCTET STRING.
    let mut octets = ca.as_der().to_vec();
    let algorithm = ca.signature_algorithm().as_der();
    let mut places = octets.windows(algorithm.len()).enumerate();
    let (place, _) = places.rfind(|(_, window)| *window == algorithm).unwrap();
    octets[place + algorithm.len() - 2] = 4;
    let certificate = Certificate::from_der(octets).unwrap();
    assert_eq!(certificate.quirks(), [Quirk::SignatureAlgorithmMismatch]);
    let error = certificate.verify_signature_by(&ca, PROVIDER).unwrap_err();
    assert_eq!(error.code(), "signature-invalid");
}

#[test]
fn unique_identifiers_are_kept_and_noted() {
    const ISSUER: &[u8] = &[0x81, 2, 0, 1];
    const SUBJECT: &[u8] = &[0x82, 3, 0, 2, 3];
    for (unique_ids, issuer, subject) in [
        ([ISSUER, SUBJECT].concat(), Some(ISSUER), Some(SUBJECT)),
        (ISSUER.to_vec(), Some(ISSUER), None),
        (SUBJECT.to_vec(), None, Some(SUBJECT)),
    ] {
        let recipe = Recipe {
            version: &[1],
            unique_ids: &unique_ids,
            ..PLAIN
        };
        let certificate = recipe.build().unwrap();
        assert_eq!(certificate.quirks(), [Quirk::UniqueIdentifiers]);
        let view = certificate.view();
        let read = (view.issuer_unique_id(), view.subject_unique_id());
        assert_eq!(read, (issuer, subject));
    }
}

#[test]
fn ten_thousand_extensions_are_compared_quickly() {
    let mut extensions: Vec<Vec<u8>> = (0..10_000)
        .map(|number| extension(&format!("1.2.3.{number}"), None, &[]))
        .collect();
    let build = |extensions: &[Vec<u8>]| {
        Recipe {
            extensions,
            ..PLAIN
        }
        .build()
    };
    assert_eq!(build(&extensions).unwrap().extensions().len(), 10_000);
    extensions.push(extension("1.2.3.9999", None, &[]));
    assert_eq!(
        build(&extensions).unwrap_err().code(),
        "duplicate-extension"
    );
}

#[test]
fn extensions_nobody_knows_fail_nothing() {
    let mut list = vec![extension("1.2.3.4.5", Some(0xff), b"\xff\xff")];
    list.push(extension(
        "2.5.29.19",
        None,
        &[0x30, 9, 1, 1, 0xff, 2, 4, 0x7f, 0xff, 0xff, 0xff],
    ));
    let certificate = Recipe {
        extensions: &list,
        ..PLAIN
    }
    .build()
    .unwrap();
    assert_eq!(certificate.extensions().len(), 2);
    assert_eq!(
        certificate.extensions().iter().next().unwrap().value(),
        b"\xff\xff"
    );
    assert_eq!(
        certificate.basic_constraints().unwrap().path_length(),
        Some(0x7fff_ffff)
    );
}

#[test]
fn issuers_as_partners_write_them_are_found() {
    // Forms met in the field for the same issuer: both orders, other type names, other separators.
    let alice = certificate("cem/alice-new-self.cert.pem");
    let ca = certificate("cem/alice-new-ca.cert.pem");
    for (name, text, expected) in [
        (
            alice.issuer(),
            "CN=alice-as2-2026, OU=EDI, O=\"Alice Arrows, Inc.\", L=Berlin, S=Berlin, C=DE, \
             E=ops@alice.example",
            Some(NameMatch::Aliases),
        ),
        (
            alice.issuer(),
            "E=ops@alice.example,C=DE,ST=Berlin,L=Berlin,O=Alice Arrows\\, Inc.,OU=EDI,\
             CN=alice-as2-2026",
            Some(NameMatch::Reversed),
        ),
        (
            alice.issuer(),
            "CN=alice-as2-2026,O=Alice Arrows\\, Inc.,OU=EDI,C=DE,ST=Berlin,L=Berlin,\
             EMAILADDRESS=ops@alice.example",
            Some(NameMatch::AnyOrder),
        ),
        (
            ca.issuer(),
            "C=DE; O=Test CA; OU=Issuing; CN=Test Issuing CA 1",
            Some(NameMatch::Reversed),
        ),
        (
            ca.issuer(),
            "C=DE; O=Test CA; OU=Issuing; CN=Test Issuing CA 2",
            None,
        ),
    ] {
        assert_eq!(Name::parse(text).unwrap().matches(name), expected, "{text}");
    }
}

#[test]
fn every_name_matches_itself_however_it_is_written() {
    for name in CERTIFICATES {
        let certificate = certificate(name);
        for name in [certificate.subject(), certificate.issuer()] {
            if name.is_empty() {
                continue;
            }
            for text in [name.to_string(), name.to_rfc4514_portable()] {
                let found = Name::parse(&text).unwrap().matches(name);
                assert_eq!(found, Some(NameMatch::Aliases), "{text}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn serials_survive_their_decimal_form(octets in prop::collection::vec(any::<u8>(), 1..64)) {
        let serial = SerialNumber::from_der_content(&octets).unwrap();
        let read = SerialNumber::from_decimal(&serial.to_decimal()).unwrap();
        prop_assert_eq!(&read, &serial);
        prop_assert_eq!(read.to_hex(), serial.to_hex());
    }
}
