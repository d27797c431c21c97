//! Malformed and oversized input: typed errors, bounded work, never a panic.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use proptest::prelude::*;
use rollcert_pki::asn1::{encode, encode_unsigned, tag};
use rollcert_pki::{Certificate, Limits, Password, certs_only, open};
use support::{PROVIDER, fixture, open_octets};

const FILES: [(&str, &str); 7] = [
    ("rsa2048.cert.der", ""),
    ("rsa2048.cert.pem", ""),
    ("chain.p7b", ""),
    ("plain.p12", ""),
    ("default.p12", "secret"),
    ("p256.sec1.pem", ""),
    ("signed-stream.p7m", ""),
];

/// Few iterations, lest mutated counts make the tests slow.
fn limits() -> Limits {
    Limits::default().with_kdf_iterations(10_000)
}

#[test]
fn every_truncation_and_every_appended_octet_of_a_certificate_is_an_error() {
    let octets = fixture("rsa2048.cert.der");
    for end in 0..octets.len() {
        assert!(Certificate::from_der(&octets[..end]).is_err(), "{end}");
    }
    let longer = [octets.as_slice(), &[0]].concat();
    assert_eq!(
        Certificate::from_der(longer).unwrap_err().code(),
        "trailing-octets"
    );
}

#[test]
fn every_truncation_of_a_binary_file_is_an_error() {
    for name in ["chain.p7b", "plain.p12", "signed-stream.p7m"] {
        let octets = fixture(name);
        for end in (0..octets.len()).step_by(3) {
            assert!(open_octets(&octets[..end], None).is_err(), "{name} {end}");
        }
    }
}

#[test]
fn limits_are_kept() {
    let p12 = fixture("default.p12");
    let p7b = fixture("chain.p7b");
    let pem = fixture("ca.cert.pem").repeat(3);
    let password = Password::from("secret");
    let limits = Limits::default();
    for (octets, limits, text) in [
        (&p12, limits.with_octets(p12.len() - 1), "octets"),
        (
            &p12,
            limits.with_kdf_iterations(2047),
            "iterations of key derivation",
        ),
        (
            &p12,
            limits.with_kdf_iterations(3 * 2048 - 1),
            "iterations of key derivation",
        ),
        (&p12, limits.with_entries(2), "entries"),
        (&p12, limits.with_elements(10), "elements"),
        (&p12, limits.with_depth(3), "depth"),
        (&p7b, limits.with_entries(1), "entries"),
        (&pem, limits.with_entries(2), "blocks"),
    ] {
        let error = open(octets, Some(&password), PROVIDER, &limits).unwrap_err();
        assert_eq!(error.code(), "limit-exceeded", "{text}: {error}");
    }
    let enough = limits
        .with_octets(p12.len())
        .with_kdf_iterations(3 * 2048)
        .with_entries(3);
    open(&p12, Some(&password), PROVIDER, &enough).unwrap();
}

#[test]
fn nesting_without_end_is_refused() {
    let mut octets = encode(tag::SEQUENCE, &[]);
    for _ in 0..2_000 {
        octets = encode(tag::SEQUENCE, &[&octets]);
    }
    assert_eq!(
        open_octets(&octets, None).unwrap_err().code(),
        "limit-exceeded"
    );
    let indefinite = b"\x30\x80".repeat(100_000);
    assert!(open_octets(&indefinite, None).is_err());
    assert!(certs_only::decode(&indefinite, &Limits::default()).is_err());
}

#[test]
fn keys_of_absurd_size_are_shown_and_not_loaded() {
    let number = encode_unsigned(&[0xff; 100_000]);
    let mut fields = vec![encode_unsigned(&[])];
    fields.extend(core::iter::repeat_n(number, 8));
    let fields: Vec<&[u8]> = fields.iter().map(Vec::as_slice).collect();
    let bundle = open_octets(&encode(tag::SEQUENCE, &fields), None).unwrap();
    let key = bundle.keys().next().unwrap();
    assert_eq!(key.key.algorithm().to_string(), "rsa-800000");
    assert_eq!(
        key.key.load(PROVIDER).unwrap_err().code(),
        "unsupported-algorithm"
    );
}

#[test]
fn a_million_dashes_cost_little() {
    for pattern in [
        "-",
        "-----BEGIN ",
        "-----BEGIN A-----",
        "-----BEGIN A-----\n-----END B-----",
    ] {
        let text = pattern.repeat(1_000_000 / pattern.len());
        assert!(open_octets(text.as_bytes(), None).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn mutations_never_panic(
        which in 0..FILES.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let (name, password) = FILES[which];
        let mut octets = fixture(name);
        for (place, octet) in changes {
            let place = place.index(octets.len());
            octets[place] = octet;
        }
        if let Some(cut) = cut {
            octets.truncate(cut.index(octets.len()));
        }
        let password = Password::from(password);
        if let Ok(bundle) = open(&octets, Some(&password), PROVIDER, &limits()) {
            for certificate in bundle.certificates() {
                drop(certificate.subject().to_string());
                drop(certificate.emails());
                drop(certificate.usable_for());
                prop_assert_eq!(
                    &Certificate::from_der(certificate.as_der()).unwrap(),
                    certificate
                );
            }
        }
        drop(Certificate::from_der(octets));
    }

    #[test]
    fn noise_never_panics(octets in prop::collection::vec(any::<u8>(), 0..200)) {
        drop(Certificate::from_der(octets.clone()));
        drop(open(&octets, None, PROVIDER, &limits()));
        drop(open(&encode(tag::SEQUENCE, &[&octets]), None, PROVIDER, &limits()));
        drop(certs_only::decode(&octets, &limits()));
    }
}
