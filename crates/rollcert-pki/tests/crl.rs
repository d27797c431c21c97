//! CRLs as they come: what is read of them, what is found in them, what is refused.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use core::{ptr, slice};
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use chrono::{DateTime, Utc};
use der::asn1::ObjectIdentifier;
use proptest::prelude::*;
use rollcert_crypto::{Error, SignatureAlgorithm};
use rollcert_pki::asn1::{DecodeError, DecodeErrorKind, encode, encode_unsigned, tag};
use rollcert_pki::extension::{
    AuthorityInformationAccess, CertificateIssuer, Criticality, CrlNumber, CrlScope,
    EncodedExtension, ExtensionValue, FreshestCrl, GeneralName, HoldInstructionCode,
    InvalidityDate, IssuerAlternativeName, IssuingDistributionPoint, ReasonCode, ReasonFlag,
};
use rollcert_pki::{
    Certificate, Crl, CrlBuilder, CrlError, CrlIndex, CrlView, DeltaMismatch, Limits, Name, Oid,
    Quirk, Revocation, RevokedEntry, SerialNumber, SignatureAlgorithmName, UpdatedCrl,
};
use support::{PROVIDER, certificate, fixture, openssl, path};

/// CRLs that are read, with what is odd about each.
const READ: [(&str, &[&str]); 42] = [
    ("crl/openssl.crl", &[]),
    ("crl/all-extensions.crl", &[]),
    ("crl.pem", &[]),
    (
        "pkits/BadCRLSignatureCACRL.crl",
        &["signature-with-unused-bits"],
    ),
    ("pkits/GeneralizedTimeCRLnextUpdateCACRL.crl", &[]),
    ("pkits/GoodCACRL.crl", &[]),
    ("pkits/LongSerialNumberCACRL.crl", &[]),
    ("pkits/NegativeSerialNumberCACRL.crl", &["unusual-serial"]),
    ("pkits/TrustAnchorRootCRL.crl", &[]),
    ("pkits/UnknownCRLEntryExtensionCACRL.crl", &[]),
    ("pkits/UnknownCRLExtensionCACRL.crl", &[]),
    ("pkits/deltaCRLCA1CRL.crl", &[]),
    ("pkits/deltaCRLCA1deltaCRL.crl", &[]),
    ("pkits/deltaCRLCA2CRL.crl", &[]),
    ("pkits/deltaCRLCA2deltaCRL.crl", &[]),
    ("pkits/deltaCRLCA3CRL.crl", &[]),
    ("pkits/deltaCRLCA3deltaCRL.crl", &[]),
    ("pkits/indirectCRLCA1CRL.crl", &[]),
    ("pkits/indirectCRLCA3cRLIssuerCRL.crl", &[]),
    ("pkits/indirectCRLCA4cRLIssuerCRL.crl", &[]),
    ("pkits/indirectCRLCA5CRL.crl", &[]),
    ("pkits/onlySomeReasonsCA1compromiseCRL.crl", &[]),
    ("pkits/pre2000CRLnextUpdateCACRL.crl", &[]),
    (
        "pyca/crl/crl_all_reasons.pem",
        &[
            "unusual-serial",
            "early-generalized-time",
            "certificate-issuer-in-direct-crl",
        ],
    ),
    ("pyca/crl/crl_delta_crl_indicator.pem", &[]),
    ("pyca/crl/crl_empty.pem", &[]),
    ("pyca/crl/crl_empty_no_sequence.der", &[]),
    ("pyca/crl/crl_ian_aia_aki.pem", &[]),
    ("pyca/crl/crl_idp_fullname_indirect_crl.pem", &[]),
    ("pyca/crl/crl_idp_fullname_only.pem", &[]),
    ("pyca/crl/crl_idp_fullname_only_aa.pem", &[]),
    ("pyca/crl/crl_idp_fullname_only_user.pem", &[]),
    ("pyca/crl/crl_idp_only_ca.pem", &[]),
    ("pyca/crl/crl_idp_reasons_only.pem", &[]),
    ("pyca/crl/crl_idp_relative_user_all_reasons.pem", &[]),
    ("pyca/crl/crl_idp_relativename_only.pem", &[]),
    (
        "pyca/crl/crl_inner_outer_mismatch.der",
        &["signature-algorithm-mismatch"],
    ),
    (
        "pyca/crl/crl_inval_cert_issuer_entry_ext.pem",
        &[
            "unusual-serial",
            "early-generalized-time",
            "malformed-extension",
            "certificate-issuer-in-direct-crl",
        ],
    ),
    (
        "pyca/crl/crl_inval_date_fractional_seconds.der",
        &["no-next-update", "extensions-in-version-1-crl"],
    ),
    (
        "pyca/crl/crl_issuer_invalid_printable_string.der",
        &["unfit-name-string"],
    ),
    (
        "pyca/crl/crl_md2_unknown_crit_entry_ext.pem",
        &["unusual-serial", "early-generalized-time"],
    ),
    ("pyca/crl/crl_no_next_update.pem", &["no-next-update"]),
];

fn octets(name: &str) -> Vec<u8> {
    der(fixture(name))
}

/// DER, unless it is so already.
fn der(octets: Vec<u8>) -> Vec<u8> {
    match str::from_utf8(&octets) {
        Ok(text) if text.starts_with("-----BEGIN") => {
            let lines: String = text
                .lines()
                .filter(|line| !line.starts_with("---"))
                .collect();
            BASE64_STANDARD.decode(lines).unwrap()
        }
        _ => octets,
    }
}

fn crl(name: &str) -> Crl {
    Crl::from_der(octets(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn index(name: &str) -> CrlIndex {
    CrlIndex::of(crl(name), &Limits::default()).unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn serial(number: u64) -> SerialNumber {
    number.into()
}

fn codes(quirks: &[Quirk]) -> Vec<&'static str> {
    let mut codes: Vec<&str> = quirks.iter().map(|quirk| quirk.code()).collect();
    codes.dedup();
    codes
}

/// What OpenSSL prints of an entry: number, date, reason.
type Printed = (SerialNumber, String, Option<String>);

/// The entries in what `openssl crl -text` prints.
fn printed_entries(text: &str) -> Vec<Printed> {
    let mut entries: Vec<Printed> = Vec::new();
    let mut lines = text.lines().map(str::trim);
    while let Some(line) = lines.next() {
        if let Some(number) = line.strip_prefix("Serial Number: ") {
            let date = lines.next().unwrap();
            let date = date.strip_prefix("Revocation Date: ").unwrap();
            let number = SerialNumber::from_hex(number).unwrap();
            entries.push((number, date.to_owned(), None));
        } else if line.starts_with("X509v3 CRL Reason Code:") {
            entries.last_mut().unwrap().2 = lines.next().map(str::to_owned);
        }
    }
    entries
}

/// As OpenSSL prints it.
fn print(entry: &RevokedEntry<'_>) -> Printed {
    let reason = entry.reason().ok().flatten().map(|reason| match reason {
        ReasonCode::Unspecified => "Unspecified",
        ReasonCode::KeyCompromise => "Key Compromise",
        ReasonCode::CaCompromise => "CA Compromise",
        ReasonCode::AffiliationChanged => "Affiliation Changed",
        ReasonCode::Superseded => "Superseded",
        ReasonCode::CessationOfOperation => "Cessation Of Operation",
        ReasonCode::CertificateHold => "Certificate Hold",
        ReasonCode::RemoveFromCrl => "Remove From CRL",
        ReasonCode::PrivilegeWithdrawn => "Privilege Withdrawn",
        ReasonCode::AaCompromise => "AA Compromise",
    });
    let date = entry.revocation_date().format("%b %e %H:%M:%S %Y GMT");
    (entry.serial(), date.to_string(), reason.map(str::to_owned))
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
    for (name, _) in READ {
        let crl = crl(name);
        let file = path(name);
        let form = if name.ends_with("pem") { "PEM" } else { "DER" };
        let Some(printed) = openssl(&[
            "crl",
            "-noout",
            "-inform",
            form,
            "-in",
            file.to_str().unwrap(),
            "-issuer",
            "-nameopt",
            "RFC2253,-esc_msb,utf8",
            "-lastupdate",
            "-nextupdate",
            "-dateopt",
            "iso_8601",
            "-crlnumber",
            "-text",
        ]) else {
            return;
        };
        assert!(
            printed.contains(&format!("Version {} (0x", crl.version())),
            "{name}"
        );
        assert_eq!(
            crl.issuer().to_string(),
            value(&printed, "issuer"),
            "{name}"
        );
        let iso = |time: DateTime<Utc>| time.format("%Y-%m-%d %H:%M:%SZ").to_string();
        assert_eq!(iso(crl.this_update()), value(&printed, "lastUpdate"));
        let next_update = crl.next_update().map_or_else(|| "NONE".to_owned(), iso);
        assert_eq!(next_update, value(&printed, "nextUpdate"), "{name}");
        let number = match value(&printed, "crlNumber") {
            "<NONE>" => None,
            number => Some(CrlNumber(SerialNumber::from_hex(number).unwrap())),
        };
        assert_eq!(crl.number(), Ok(number), "{name}");
        let entries: Vec<Printed> = crl.entries().map(|entry| print(&entry)).collect();
        assert_eq!(entries, printed_entries(&printed), "{name}");
        assert_eq!(
            crl.is_delta(),
            printed.contains("X509v3 Delta CRL Indicator: critical"),
            "{name}"
        );
        assert_eq!(
            crl.is_indirect(),
            printed.contains("Indirect CRL\n"),
            "{name}"
        );
    }
}

#[test]
fn what_is_odd_is_read_and_noted() {
    for (name, quirks) in READ {
        let crl = crl(name);
        assert_eq!(codes(crl.quirks()), quirks, "{name}");
        assert_eq!(crl.as_der(), octets(name), "{name}");
    }
    let unsupported = crl("pyca/crl/crl_unsupported_reason.pem");
    assert_eq!(
        codes(unsupported.quirks()),
        [
            "unusual-serial",
            "early-generalized-time",
            "malformed-extension"
        ]
    );
    let twice = crl("pyca/crl/crl_dup_entry_ext.pem");
    assert_eq!(
        codes(twice.quirks()),
        [
            "unusual-serial",
            "early-generalized-time",
            "duplicate-entry-extension"
        ]
    );
}

#[test]
fn what_two_readers_might_understand_differently_is_refused() {
    for (name, error) in [
        (
            "pyca/crl/crl_bad_version.pem",
            DecodeError::new(DecodeErrorKind::Value { what: "version" }, 7).into(),
        ),
        (
            "pyca/crl/crl_invalid_time.der",
            DecodeError::new(DecodeErrorKind::Value { what: "time" }, 45).into(),
        ),
    ] {
        assert_eq!(Crl::from_der(octets(name)), Err(error), "{name}");
    }
}

#[test]
fn every_extension_of_a_crl_is_read() {
    let crl = crl("crl/all-extensions.crl");
    let uri = |text: &str| GeneralName::uri(text).unwrap();
    let issuing = certificate("crl/issuing.cert.pem");
    assert_eq!(crl.number(), Ok(Some(42.into())));
    assert_eq!(crl.base_number(), Ok(None));
    let key = crl.authority_key_identifier().unwrap().unwrap();
    assert_eq!(key.key_identifier(), issuing.subject_key_identifier());
    let point = crl.issuing_distribution_point().unwrap().unwrap();
    assert_eq!(
        (point.scope(), point.is_indirect()),
        (CrlScope::EndEntities, true)
    );
    assert_eq!(
        point.reasons().unwrap().iter().collect::<Vec<_>>(),
        [ReasonFlag::KeyCompromise, ReasonFlag::CaCompromise]
    );
    assert_eq!(
        crl.extensions().find(),
        Ok(Some(IssuerAlternativeName(vec![uri("http://ca.example/")])))
    );
    let access: AuthorityInformationAccess = crl.extensions().find().unwrap().unwrap();
    assert_eq!(access.0[0].location, uri("http://ca.example/ca.crt"));
    let freshest: Option<FreshestCrl> = crl.extensions().find().unwrap();
    assert_eq!(freshest.unwrap().0.len(), 1);
    assert!(crl.is_indirect() && crl.is_understood() && !crl.is_delta());
    assert_eq!(crl.entries().count(), 0);
}

#[test]
fn every_extension_of_an_entry_is_read() {
    let index = index("crl/openssl.crl");
    let entry = |number| index.find(&serial(number)).unwrap();
    let compromised = entry(0x1001);
    assert_eq!(compromised.serial(), serial(0x1001));
    assert_eq!(compromised.revocation_date(), at("2025-11-01T12:00:01Z"));
    assert_eq!(compromised.reason(), Ok(Some(ReasonCode::KeyCompromise)));
    assert_eq!(
        compromised.invalidity_date(),
        Ok(Some(at("2025-10-31T08:00:00Z")))
    );
    assert_eq!(compromised.extensions().len(), 2);
    let held = entry(0x1006);
    // `holdInstructionReject` of RFC 3280 §5.3.2.
    let reject = ObjectIdentifier::new_unwrap("1.2.840.10040.2.3");
    assert_eq!(
        held.hold_instruction(),
        Ok(Some(HoldInstructionCode(reject.into())))
    );
    let plain = entry(0x1000);
    assert_eq!(
        (plain.reason(), plain.invalidity_date()),
        (Ok(None), Ok(None))
    );
    assert_eq!(plain.certificate_issuer(), Ok(None));
    assert!(plain.extensions().is_empty());
    assert_eq!(entry(0x7f).revocation_date(), at("2049-12-31T23:59:59Z"));
    assert!(index.find(&serial(0x1234)).is_none());
    assert_eq!(
        &index.crl().as_der()[plain.offset()..][..plain.as_der().len()],
        plain.as_der()
    );
}

#[test]
fn signatures_verify_under_the_key_of_the_issuer_alone() {
    for (name, issuer, verdict) in [
        ("crl/openssl.crl", "crl/issuing.cert.pem", true),
        ("crl/openssl.crl", "crl/root.cert.pem", false),
        ("crl.pem", "ca.cert.pem", true),
        ("pkits/GoodCACRL.crl", "pkits/GoodCACert.crt", true),
        (
            "pkits/TrustAnchorRootCRL.crl",
            "pkits/TrustAnchorRootCertificate.crt",
            true,
        ),
        (
            "pkits/BadCRLSignatureCACRL.crl",
            "pkits/BadCRLSignatureCACert.crt",
            false,
        ),
        (
            "pyca/crl/valid_signature_crl.pem",
            "pyca/crl/valid_signature_cert.pem",
            true,
        ),
        (
            "pyca/crl/invalid_signature_crl.pem",
            "pyca/crl/invalid_signature_cert.pem",
            false,
        ),
        // RFC 5280 §5.1.1.2: two names for the algorithm, whatever the signature is.
        (
            "pyca/crl/crl_inner_outer_mismatch.der",
            "pyca/crl/valid_signature_cert.pem",
            false,
        ),
    ] {
        let verified = crl(name).verify_signature_by(&certificate(issuer), PROVIDER);
        let expected = if verdict {
            Ok(())
        } else {
            Err(Error::SignatureInvalid.code())
        };
        assert_eq!(verified.map_err(|error| error.code()), expected, "{name}");
    }
}

#[test]
fn a_crl_that_is_not_understood_says_so() {
    let unknown = crl("pkits/UnknownCRLExtensionCACRL.crl");
    let private = ObjectIdentifier::new_unwrap("2.16.840.1.101.2.1.12.2");
    assert_eq!(unknown.unhandled_extensions(), [Oid::from(private)]);
    assert_eq!(unknown.unhandled_entries(), 0);
    assert!(!unknown.is_understood());

    for name in [
        "pkits/UnknownCRLEntryExtensionCACRL.crl",
        "pyca/crl/crl_md2_unknown_crit_entry_ext.pem",
        "pyca/crl/crl_inval_cert_issuer_entry_ext.pem",
    ] {
        let crl = crl(name);
        assert!(crl.unhandled_extensions().is_empty());
        assert_eq!(crl.unhandled_entries(), 1, "{name}");
        let first = crl.entries().next().unwrap();
        assert_eq!(crl.first_unhandled_entry(), Some(first.offset()), "{name}");
        assert!(!crl.is_understood(), "{name}");
    }
    // What is not critical may be unknown.
    let not_critical = crl("pyca/crl/crl_unrecognized_extension.der");
    assert!(not_critical.is_understood());
    assert_eq!(not_critical.extensions().len(), 1);
}

#[test]
fn a_malformed_value_is_an_error_when_asked_for_and_the_entry_stands() {
    let index = index("pyca/crl/crl_unsupported_reason.pem");
    let entry = index.find(&serial(0)).unwrap();
    assert_eq!(
        entry.reason().map_err(|error| error.kind()),
        Err(DecodeErrorKind::Value {
            what: "reason code"
        })
    );
    // Nobody knows whose certificate it is, so it may be anybody's.
    let crl = crl("pyca/crl/crl_inval_cert_issuer_entry_ext.pem");
    let entry = crl.entries().next().unwrap();
    assert!(entry.certificate_issuer().is_err());
    for issuer in ["CN=somebody", "CN=anybody"] {
        let name = Name::builder().common_name(issuer).build().unwrap();
        assert!(entry.is_issued_by(&name));
    }
}

/// The issuer of each certificate in an indirect CRL, by its most specific part.
fn issuers(crl: &Crl) -> Vec<String> {
    let issuer = |entry: RevokedEntry<'_>| match entry.certificate_issuer().unwrap() {
        None => "CRL issuer".to_owned(),
        Some(CertificateIssuer(names)) => match &names[0] {
            GeneralName::Directory(name) => name.to_string().split(',').next().unwrap().to_owned(),
            other => panic!("{other:?}"),
        },
    };
    crl.entries().map(issuer).collect()
}

#[test]
fn an_issuer_counts_for_the_entries_after_it() {
    // RFC 5280 §5.3.3.
    let index = index("pkits/indirectCRLCA5CRL.crl");
    let of = |text: &str, count: usize| vec![text.to_owned(); count];
    assert_eq!(
        issuers(index.crl()),
        [
            of("CRL issuer", 1),
            of("CN=indirectCRL CA6", 3),
            of("CN=indirectCRL CA7", 3),
            of("CN=indirectCRL CA6", 2),
            of("OU=indirectCRL CA5", 2),
        ]
        .concat()
    );
    let organization = Name::builder()
        .country("US")
        .organization("Test Certificates 2011");
    let ca6 = organization.common_name("indirectCRL CA6").build().unwrap();
    let found = |issuer: &Name| -> Vec<u64> {
        (1..=11)
            .filter(|number| index.find_for(issuer, &serial(*number)).is_some())
            .collect()
    };
    assert_eq!(found(&ca6), [2, 3, 4, 8, 9]);
    assert_eq!(
        [2, 12].map(|number| index.count_for(&serial(number))),
        [1, 0]
    );
    assert_eq!(found(index.crl().issuer()), [1, 10, 11]);
    let own: Vec<u64> = (1..=11)
        .filter(|number| index.find(&serial(*number)).is_some())
        .collect();
    assert_eq!(own, [1, 10, 11]);
}

#[test]
fn a_delta_overrides_what_it_brings_up_to_date() {
    // RFC 5280 §5.2.4, by the CRLs of PKITS 4.15.
    let (complete, delta) = (
        index("pkits/deltaCRLCA1CRL.crl"),
        index("pkits/deltaCRLCA1deltaCRL.crl"),
    );
    let updated = UpdatedCrl::new(&complete, &delta).unwrap();
    let reasons = |find: &dyn Fn(&SerialNumber) -> Option<ReasonCode>| -> Vec<Option<ReasonCode>> {
        (1..=6).map(|number| find(&serial(number))).collect()
    };
    let reason = |entry: RevokedEntry<'_>| entry.reason().unwrap();
    assert_eq!(
        reasons(&|number| complete.find(number).and_then(reason)),
        [
            None,
            Some(ReasonCode::KeyCompromise),
            None,
            Some(ReasonCode::CertificateHold),
            Some(ReasonCode::CertificateHold),
            None,
        ]
    );
    assert_eq!(
        reasons(&|number| updated.find(number).and_then(reason)),
        [
            None,
            Some(ReasonCode::KeyCompromise),
            Some(ReasonCode::KeyCompromise),
            None,
            Some(ReasonCode::KeyCompromise),
            None,
        ]
    );
    let by_name = updated.find_for(complete.crl().issuer(), &serial(3));
    assert_eq!(by_name, updated.find(&serial(3)));
}

#[test]
fn crls_that_do_not_belong_together_are_told_apart() {
    let index = |name: &str| index(&format!("pkits/{name}.crl"));
    let mismatch = |complete: &CrlIndex, delta: &CrlIndex| {
        UpdatedCrl::new(complete, delta).map(drop).unwrap_err()
    };
    let (complete, delta) = (index("deltaCRLCA1CRL"), index("deltaCRLCA1deltaCRL"));
    assert_eq!(mismatch(&delta, &delta), DeltaMismatch::NotComplete);
    assert_eq!(mismatch(&complete, &complete), DeltaMismatch::NotDelta);
    assert_eq!(mismatch(&index("GoodCACRL"), &delta), DeltaMismatch::Issuer);
    let issuer = certificate("crl/issuing.cert.pem");
    let scoped = |number: u64, base: Option<u64>, scope: Option<CrlScope>| {
        let mut builder = builder(&issuer, number);
        if let Some(base) = base {
            builder = builder.with_base(base.into());
        }
        if let Some(scope) = scope {
            builder = builder
                .with_distribution_point(IssuingDistributionPoint::default().with_scope(scope));
        }
        indexed(builder)
    };
    let authorities = Some(CrlScope::Authorities);
    for (complete, delta, expected) in [
        (scoped(5, None, None), scoped(7, Some(5), None), None),
        (scoped(6, None, None), scoped(7, Some(5), None), None),
        (
            scoped(5, None, authorities),
            scoped(7, Some(5), authorities),
            None,
        ),
        (
            scoped(5, None, authorities),
            scoped(7, Some(5), None),
            Some(DeltaMismatch::Scope),
        ),
        (
            scoped(4, None, None),
            scoped(7, Some(5), None),
            Some(DeltaMismatch::Gap),
        ),
        (
            scoped(7, None, None),
            scoped(7, Some(5), None),
            Some(DeltaMismatch::Older),
        ),
    ] {
        let verdict = UpdatedCrl::new(&complete, &delta);
        assert_eq!(verdict.map(drop).err(), expected);
    }
    let without_number = CrlIndex::build(
        list(&[], &[EncodedExtension::of(&DELTA, Criticality::Critical)]),
        &Limits::default(),
    )
    .unwrap();
    let complete = CrlIndex::build(list(&[], &[]), &Limits::default()).unwrap();
    assert_eq!(
        UpdatedCrl::new(&complete, &without_number).map(drop),
        Err(DeltaMismatch::NoNumber)
    );
}

const DELTA: CrlNumberOf5 = CrlNumberOf5;

/// The indicator of a delta that starts from the CRL with the number 5.
struct CrlNumberOf5;

impl ExtensionValue for CrlNumberOf5 {
    const OID: ObjectIdentifier = rollcert_pki::extension::DeltaCrlIndicator::OID;

    fn decode(_: &[u8]) -> Result<Self, DecodeError> {
        Ok(Self)
    }

    fn encode(&self) -> Vec<u8> {
        encode_unsigned(&[5])
    }
}

/// A builder of CRLs whose signature nobody looks at.
fn builder(issuer: &Certificate, number: u64) -> CrlBuilder {
    let now = at("2026-01-01T00:00:00Z");
    CrlBuilder::new(issuer, number.into(), now, at("2026-02-01T00:00:00Z"))
}

fn indexed(builder: CrlBuilder) -> CrlIndex {
    let crl = builder.build().unwrap().assemble(&[]).unwrap();
    CrlIndex::of(crl, &Limits::default()).unwrap()
}

/// A CRL of these encoded entries and extensions, by hand.
fn list(entries: &[Vec<u8>], extensions: &[EncodedExtension]) -> Vec<u8> {
    let algorithm = SignatureAlgorithmName::from(SignatureAlgorithm::Ed25519);
    let issuer = Name::builder().common_name("by hand").build().unwrap();
    let revoked = encode(tag::SEQUENCE, &[&entries.concat()]);
    let explicit = EncodedExtension::to_der_sequence(extensions);
    let explicit = encode(tag::CONTEXT_CONSTRUCTED, &[&explicit]);
    let empty: &[u8] = &[];
    let to_be_signed = encode(
        tag::SEQUENCE,
        &[
            &encode_unsigned(&[1]),
            algorithm.as_der(),
            issuer.as_der(),
            &utc_time("260101000000Z"),
            &utc_time("260201000000Z"),
            if entries.is_empty() { empty } else { &revoked },
            if extensions.is_empty() {
                empty
            } else {
                &explicit
            },
        ],
    );
    let signature = encode(tag::BIT_STRING, &[&[0; 65]]);
    encode(
        tag::SEQUENCE,
        &[&to_be_signed, algorithm.as_der(), &signature],
    )
}

fn utc_time(text: &str) -> Vec<u8> {
    encode(0x17, &[text.as_bytes()])
}

fn entry(serial: &[u8], time: &[u8], extensions: &[u8]) -> Vec<u8> {
    let serial = encode(tag::INTEGER, &[serial]);
    encode(tag::SEQUENCE, &[&serial, time, extensions])
}

fn extensions(extensions: &[EncodedExtension]) -> Vec<u8> {
    EncodedExtension::to_der_sequence(extensions)
}

/// Where the only entry of [`list`] begins.
fn place_of_entry(crl: &[u8], entry: &[u8]) -> usize {
    crl.windows(entry.len())
        .position(|window| window == entry)
        .unwrap()
}

#[test]
fn odd_entries_are_read_and_noted() {
    let time = utc_time("251231235959Z");
    let private = |criticality, length| {
        let oid = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.99999.1");
        EncodedExtension::new(oid, criticality, vec![0; length])
    };
    let reason = EncodedExtension::of(&ReasonCode::Superseded, Criticality::Critical);
    let loose = {
        // BOOLEAN TRUE as 01.
        let mut octets = extensions(slice::from_ref(&reason));
        let place = octets.windows(3).position(|three| three == [1, 1, 0xff]);
        octets[place.unwrap() + 2] = 1;
        octets
    };
    for (octets, number, date, quirks, unhandled) in [
        (
            entry(&[5], &time, &[]),
            "5",
            "2025-12-31T23:59:59Z",
            &[][..],
            0,
        ),
        (
            entry(&[0, 0, 5], &time, &[]),
            "5",
            "2025-12-31T23:59:59Z",
            &["padded-serial"],
            0,
        ),
        (
            entry(&[0xfb], &time, &[]),
            "-5",
            "2025-12-31T23:59:59Z",
            &["unusual-serial"],
            0,
        ),
        (
            entry(&[0], &time, &[]),
            "0",
            "2025-12-31T23:59:59Z",
            &["unusual-serial"],
            0,
        ),
        (
            entry(&[5], &encode(0x18, &[b"20251231235959Z"]), &[]),
            "5",
            "2025-12-31T23:59:59Z",
            &["early-generalized-time"],
            0,
        ),
        (
            entry(&[5], &encode(0x18, &[b"20500101000000Z"]), &[]),
            "5",
            "2050-01-01T00:00:00Z",
            &[],
            0,
        ),
        (
            entry(&[5], &utc_time("2512312359Z"), &[]),
            "5",
            "2025-12-31T23:59:00Z",
            &["time-without-seconds"],
            0,
        ),
        (
            entry(&[5], &utc_time("240229000000Z"), &[]),
            "5",
            "2024-02-29T00:00:00Z",
            &[],
            0,
        ),
        (
            entry(&[5], &utc_time("500101000000Z"), &extensions(&[])),
            "5",
            "1950-01-01T00:00:00Z",
            &[],
            0,
        ),
        (
            entry(&[5], &time, &loose),
            "5",
            "2025-12-31T23:59:59Z",
            &["loose-boolean"],
            0,
        ),
        (
            entry(&[5], &time, &extensions(slice::from_ref(&reason))),
            "5",
            "2025-12-31T23:59:59Z",
            &[],
            0,
        ),
        // Lengths of more than one octet.
        (
            entry(
                &[5],
                &time,
                &extensions(&[private(Criticality::NotCritical, 300)]),
            ),
            "5",
            "2025-12-31T23:59:59Z",
            &[],
            0,
        ),
        (
            entry(
                &[5],
                &time,
                &extensions(&[private(Criticality::Critical, 1)]),
            ),
            "5",
            "2025-12-31T23:59:59Z",
            &[],
            1,
        ),
    ] {
        let crl = list(slice::from_ref(&octets), &[]);
        let index = CrlIndex::build(crl.as_slice(), &Limits::default()).unwrap();
        assert_eq!(codes(index.crl().quirks()), quirks, "{octets:02x?}");
        assert_eq!(index.crl().unhandled_entries(), unhandled);
        let found = index
            .find(&SerialNumber::from_decimal(number).unwrap())
            .unwrap_or_else(|| panic!("{octets:02x?}"));
        assert_eq!(found.revocation_date(), at(date));
        assert_eq!(found.as_der(), octets);
        assert_eq!(found.offset(), place_of_entry(&crl, &octets));
        assert_eq!(index.crl().entries().next(), Some(found));
    }
}

#[test]
fn an_entry_with_an_extension_twice_revokes_and_its_crl_decides_nothing_else() {
    let time = utc_time("251231235959Z");
    let not_critical = Criticality::NotCritical;
    let of_reason = |reason| EncodedExtension::of(&reason, not_critical);
    let hold = of_reason(ReasonCode::CertificateHold);
    let removal = of_reason(ReasonCode::RemoveFromCrl);
    let date = InvalidityDate::new(at("2025-06-01T00:00:00Z"));
    let date = EncodedExtension::of(&date, not_critical);
    let private = EncodedExtension::new(
        ObjectIdentifier::new_unwrap("1.3.6.1.4.1.99999.1"),
        not_critical,
        [],
    );
    let plain = entry(&[7], &time, &extensions(slice::from_ref(&hold)));
    for list_of in [
        vec![hold.clone(), hold.clone()],
        vec![removal.clone(), hold.clone()],
        vec![hold.clone(), date.clone(), removal],
        vec![date.clone(), hold.clone(), date.clone()],
        vec![private.clone(), private],
    ] {
        let twice = entry(&[5], &time, &extensions(&list_of));
        let octets = list(&[plain.clone(), twice.clone(), plain.clone()], &[]);
        let index = CrlIndex::build(octets.as_slice(), &Limits::default()).unwrap();
        let crl = index.crl();
        assert_eq!(codes(crl.quirks()), ["duplicate-entry-extension"]);
        assert_eq!(crl.unhandled_entries(), 1);
        assert_eq!(
            crl.first_unhandled_entry(),
            Some(place_of_entry(&octets, &twice))
        );
        assert!(!crl.is_understood());
        let found = index.find(&5.into()).unwrap();
        assert_eq!(found.as_der(), twice);
        assert_eq!(found.extensions().len(), list_of.len());
        let count = |oid| list_of.iter().filter(|one| *one.oid() == oid).count();
        // What stands twice is not guessed at, and what stands once is read.
        let reason = found.reason().map_err(|error| error.kind());
        let invalid = found.invalidity_date().map_err(|error| error.kind());
        let what = "extension that stands twice";
        let error = DecodeErrorKind::Value { what };
        match count(ReasonCode::OID) {
            0 => assert_eq!(reason, Ok(None)),
            1 => assert_eq!(reason, Ok(Some(ReasonCode::CertificateHold))),
            _ => assert_eq!(reason, Err(error)),
        }
        match count(InvalidityDate::OID) {
            0 => assert_eq!(invalid, Ok(None)),
            1 => assert_eq!(invalid, Ok(Some(at("2025-06-01T00:00:00Z")))),
            _ => assert_eq!(invalid, Err(error)),
        }
        let other = index.find(&7.into()).unwrap();
        assert_eq!(other.reason(), Ok(Some(ReasonCode::CertificateHold)));
    }
}

#[test]
fn an_entry_that_names_its_issuer_twice_is_held_against_every_issuer() {
    let time = utc_time("251231235959Z");
    let named = |common_name: &str| {
        let name = Name::builder().common_name(common_name).build().unwrap();
        let issuer = CertificateIssuer(vec![GeneralName::Directory(name.clone())]);
        (name, EncodedExtension::of(&issuer, Criticality::Critical))
    };
    let ((one, first), (_, second)) = (named("one"), named("two"));
    let (stranger, third) = named("stranger");
    let point = IssuingDistributionPoint::default().indirect();
    let octets = list(
        &[
            entry(&[5], &time, &extensions(&[first, second])),
            entry(&[6], &time, &[]),
            entry(&[7], &time, &extensions(&[third])),
        ],
        &[EncodedExtension::of(&point, Criticality::Critical)],
    );
    let index = CrlIndex::build(octets.as_slice(), &Limits::default()).unwrap();
    assert_eq!(codes(index.crl().quirks()), ["duplicate-entry-extension"]);
    for (number, issuer, is_listed) in [
        (5, &one, true),
        (5, &stranger, true),
        (5, index.crl().issuer(), true),
        (6, &stranger, true),
        (7, &stranger, true),
        (7, &one, false),
    ] {
        let found = index.find_for(issuer, &number.into());
        assert_eq!(found.is_some(), is_listed, "{number} of {issuer}");
        let walked = index
            .crl()
            .entries()
            .find(|entry| entry.serial() == number.into());
        assert_eq!(walked.unwrap().is_issued_by(issuer), is_listed);
    }
    // Nor is it copied: nobody could say what it means there.
    let mut again = builder(&certificate("crl/issuing.cert.pem"), 8);
    let kept: Vec<bool> = index
        .crl()
        .entries()
        .map(|entry| again.keep(&entry).is_ok())
        .collect();
    assert_eq!(kept, [false, false, true]);
}

#[test]
fn a_number_listed_for_several_issuers_is_found_for_each_also_where_one_list_holds_for_many() {
    let name = |text: &str| Name::builder().common_name(text).build().unwrap();
    let naming = |names: &[&str]| {
        // As long as nobody would write it.
        let nobody = GeneralName::Directory(Name::from_der(&[tag::SEQUENCE, 0]).unwrap());
        let names = names.iter().map(|text| GeneralName::Directory(name(text)));
        let issuer = CertificateIssuer(names.chain(vec![nobody; 1000]).collect());
        vec![EncodedExtension::of(&issuer, Criticality::Critical)]
    };
    let removal = EncodedExtension::of(&ReasonCode::RemoveFromCrl, Criticality::NotCritical);
    let unreadable = EncodedExtension::new(
        CertificateIssuer::OID,
        Criticality::Critical,
        vec![tag::SEQUENCE, 0],
    );
    // Each entry is told by its second.
    let entries = [
        (5, vec![]),
        (5, vec![]),
        (5, naming(&["one", "two"])),
        (5, vec![]),
        (6, vec![removal.clone()]),
        (6, vec![]),
        (5, naming(&["three"])),
        (6, vec![removal.clone()]),
        (5, vec![]),
        (7, naming(&["four"])),
        (5, vec![removal]),
        (5, vec![]),
        (7, naming(&["one"])),
        (7, vec![]),
        (5, naming(&["five"])),
        (5, vec![]),
        (8, vec![unreadable]),
        (8, vec![]),
    ];
    let encoded: Vec<Vec<u8>> = entries
        .iter()
        .enumerate()
        .map(|(second, (number, added))| {
            let time = utc_time(&format!("2512310000{second:02}Z"));
            let added = if added.is_empty() {
                Vec::new()
            } else {
                extensions(added)
            };
            entry(&[*number], &time, &added)
        })
        .collect();
    let point = IssuingDistributionPoint::default().indirect();
    let octets = list(
        &encoded,
        &[EncodedExtension::of(&point, Criticality::Critical)],
    );
    let index = CrlIndex::build(octets.as_slice(), &Limits::default()).unwrap();
    let issuers = ["by hand", "one", "two", "three", "four", "five", "stranger"];
    for (number, expected) in [
        (
            5,
            [Some(0), Some(2), Some(2), Some(6), Some(11), Some(14), None],
        ),
        (6, [None, Some(5), Some(5), Some(7), None, None, None]),
        (7, [None, Some(12), None, None, Some(9), None, None]),
        (8, [Some(16); 7]),
    ] {
        let found = issuers.map(|issuer| {
            let found = index.find_for(&name(issuer), &serial(number));
            assert_eq!(
                found,
                found_by_walk(index.crl(), &name(issuer), &serial(number))
            );
            let second = |entry: RevokedEntry<'_>| entry.revocation_date().timestamp() % 60;
            found.map(second)
        });
        assert_eq!(found, expected, "{number}");
    }
}

#[test]
fn an_empty_list_and_a_written_version_1_are_read_and_noted() {
    // RFC 5280 §5.1.2.6 and §5.1.2.1. One entry of no octets makes the list that should not be there.
    let empty = list(&[vec![]], &[]);
    let crl = CrlView::parse(&empty).unwrap();
    assert_eq!(crl.quirks(), [Quirk::EmptyRevokedCertificates]);
    assert_eq!(crl.entries().len(), 0);

    let mut written = list(&[], &[]);
    let version = [tag::INTEGER, 1, 1];
    let place = written.windows(3).position(|three| three == version);
    written[place.unwrap() + 2] = 0;
    let crl = CrlView::parse(&written).unwrap();
    assert_eq!(crl.quirks(), [Quirk::ExplicitDefault]);
    assert_eq!(crl.version(), 1);
}

#[test]
fn entries_of_another_structure_are_refused_at_their_place() {
    let time = utc_time("251231235959Z");
    let good = entry(&[5], &time, &[]);
    let value = |what| DecodeErrorKind::Value { what };
    let unexpected = |expected| DecodeErrorKind::Unexpected { expected };
    let unknown = EncodedExtension::new(
        ObjectIdentifier::new_unwrap("1.3.6.1.4.1.99999.1"),
        Criticality::NotCritical,
        [],
    );
    for (octets, kind, inner) in [
        (entry(&[], &time, &[]), value("userCertificate"), 2),
        (entry(&[1; 4097], &time, &[]), value("userCertificate"), 4),
        (
            entry(&[5], &utc_time("251331235959Z"), &[]),
            value("time"),
            5,
        ),
        (
            entry(&[5], &utc_time("250229000000Z"), &[]),
            value("time"),
            5,
        ),
        (
            entry(&[5], &utc_time("250431000000Z"), &[]),
            value("time"),
            5,
        ),
        (
            entry(&[5], &utc_time("250400000000Z"), &[]),
            value("time"),
            5,
        ),
        (
            entry(&[5], &utc_time("251231240000Z"), &[]),
            value("time"),
            5,
        ),
        (
            entry(&[5], &utc_time("251231236000Z"), &[]),
            value("time"),
            5,
        ),
        (
            entry(&[5], &utc_time("251231235960Z"), &[]),
            value("time"),
            5,
        ),
        (
            entry(&[5], &utc_time("2512312359:9Z"), &[]),
            value("time"),
            5,
        ),
        (
            entry(&[5], &utc_time("251231235959z"), &[]),
            value("time"),
            5,
        ),
        (entry(&[5], &[5, 0], &[]), value("time"), 5),
        (entry(&[5], &time, &[5, 0]), DecodeErrorKind::Trailing, 20),
        (
            entry(&[5], &time, &encode(tag::SEQUENCE, &[&[5, 0]])),
            unexpected("extension"),
            22,
        ),
        (encode(tag::SEQUENCE, &[]), DecodeErrorKind::Truncated, 2),
        (
            encode(tag::SET, &[&good]),
            unexpected("revoked certificate"),
            0,
        ),
    ] {
        for before in [0, 3] {
            let mut entries = vec![good.clone(); before];
            entries.push(octets.clone());
            let crl = list(&entries, &[]);
            let offset = place_of_entry(&crl, &octets) + inner;
            let error = CrlError::from(DecodeError::new(kind, offset));
            assert_eq!(CrlView::parse(&crl), Err(error), "{octets:02x?}");
        }
    }
    let crl = list(&[], &[unknown.clone(), unknown.clone()]);
    assert_eq!(
        CrlView::parse(&crl),
        Err(CrlError::DuplicateExtension {
            oid: unknown.oid().clone(),
        })
    );
}

#[test]
fn of_several_entries_the_first_counts_that_does_not_take_off_the_list() {
    let issuer = certificate("crl/issuing.cert.pem");
    let date = at("2026-01-01T00:00:00Z");
    for (reasons, counts) in [
        (
            vec![ReasonCode::Superseded, ReasonCode::KeyCompromise],
            ReasonCode::Superseded,
        ),
        (
            vec![ReasonCode::RemoveFromCrl, ReasonCode::KeyCompromise],
            ReasonCode::KeyCompromise,
        ),
        (
            vec![ReasonCode::CertificateHold, ReasonCode::RemoveFromCrl],
            ReasonCode::CertificateHold,
        ),
        (
            vec![ReasonCode::RemoveFromCrl, ReasonCode::RemoveFromCrl],
            ReasonCode::RemoveFromCrl,
        ),
        (vec![ReasonCode::RemoveFromCrl], ReasonCode::RemoveFromCrl),
    ] {
        let mut builder = builder(&issuer, 7).with_base(5.into());
        for reason in &reasons {
            let revocation = Revocation::new(serial(9), date).with_reason(*reason);
            builder.push(&revocation).unwrap();
        }
        let index = indexed(builder);
        let found = index.find(&serial(9)).unwrap();
        assert_eq!(found.reason(), Ok(Some(counts)), "{reasons:?}");
    }
}

#[test]
fn limits_bound_what_is_indexed() {
    let octets = octets("crl/openssl.crl");
    let build = |limits: Limits| CrlIndex::build(octets.as_slice(), &limits).map(drop);
    let limits = Limits::default();
    assert_eq!(build(limits.with_crl_octets(octets.len())), Ok(()));
    assert_eq!(build(limits.with_crl_entries(9)), Ok(()));
    let error = build(limits.with_crl_octets(octets.len() - 1)).unwrap_err();
    assert_eq!(error.code(), "limit-exceeded");
    assert_eq!(
        error.to_string(),
        format!(
            "not a CRL: more than {} octets at octet 0",
            octets.len() - 1
        )
    );
    let crl = Crl::from_der(octets.as_slice()).unwrap();
    let last = crl.entries().last().unwrap().offset();
    assert_eq!(
        build(limits.with_crl_entries(8)),
        Err(DecodeError::new(
            DecodeErrorKind::Limit {
                what: "entries",
                limit: 8
            },
            last
        )
        .into())
    );
    assert!(CrlIndex::of(crl, &limits.with_crl_entries(8)).is_err());
}

#[test]
fn an_index_takes_little_memory_and_shares_its_octets() {
    let issuer = certificate("crl/issuing.cert.pem");
    let mut builder = builder(&issuer, 1);
    let date = at("2026-01-01T00:00:00Z");
    for number in 0..10_000_u64 {
        // Spread over all numbers of 64 bits, and not in order.
        let number = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        builder.push(&Revocation::new(number.into(), date)).unwrap();
    }
    let crl = builder.build().unwrap().assemble(&[]).unwrap();
    let shared: Arc<[u8]> = crl.as_der().into();
    let index = CrlIndex::build(Arc::clone(&shared), &Limits::default()).unwrap();
    assert_eq!(index.len(), 10_000);
    assert!(index.memory() <= 20 * index.len(), "{}", index.memory());
    assert!(ptr::eq(index.crl().as_der(), &*shared));
    let found = index
        .crl()
        .entries()
        .all(|entry| index.find(&entry.serial()) == Some(entry));
    assert!(found);
}

#[test]
fn every_truncation_and_every_appended_octet_is_an_error() {
    for name in [
        "crl/openssl.crl",
        "crl/all-extensions.crl",
        "pkits/indirectCRLCA5CRL.crl",
    ] {
        let octets = octets(name);
        for end in 0..octets.len() {
            assert!(CrlView::parse(&octets[..end]).is_err(), "{name} {end}");
        }
        let longer = [octets.as_slice(), &[0]].concat();
        let trailing = DecodeError::new(DecodeErrorKind::Trailing, octets.len());
        assert_eq!(CrlView::parse(&longer), Err(trailing.into()));
    }
}

#[test]
fn no_flipped_bit_panics_and_what_is_read_is_found() {
    for name in [
        "crl/openssl.crl",
        "crl/all-extensions.crl",
        "pkits/indirectCRLCA5CRL.crl",
    ] {
        let octets = octets(name);
        for place in 0..octets.len() {
            let mut flipped = octets.clone();
            // Another bit from each octet to the next.
            flipped[place] ^= 1 << (place % 8);
            if let Ok(index) = CrlIndex::build(flipped, &Limits::default()) {
                assert_found_as_listed(&index);
            }
        }
    }
}

/// Every entry is found where it is listed, and every accessor answers.
fn assert_found_as_listed<Octets: AsRef<[u8]>>(index: &CrlIndex<Octets>) {
    let crl = index.crl();
    assert_eq!(crl.entries().len(), crl.entries().count());
    assert_eq!(index.len(), crl.entries().count());
    for entry in crl.entries() {
        let of_issuer = entry.is_issued_by(crl.issuer());
        let found = index.find(&entry.serial());
        assert_eq!(found, found_by_walk(crl, crl.issuer(), &entry.serial()));
        assert!(found.is_some() || !of_issuer);
        let _ = (
            entry.reason(),
            entry.invalidity_date(),
            entry.hold_instruction(),
        );
        let _ = format!("{entry:?} {index:?}");
    }
    let _ = (
        crl.number(),
        crl.base_number(),
        crl.authority_key_identifier(),
        crl.issuing_distribution_point(),
        crl.is_understood(),
        crl.quirks(),
    );
}

/// What [`CrlIndex::find_for`] says, found by looking at every entry.
fn found_by_walk<'a, Octets: AsRef<[u8]>>(
    crl: &'a Crl<Octets>,
    issuer: &Name,
    serial: &SerialNumber,
) -> Option<RevokedEntry<'a>> {
    let alike = || {
        crl.entries()
            .filter(|entry| entry.serial() == *serial && entry.is_issued_by(issuer))
    };
    alike()
        .find(|entry| entry.reason() != Ok(Some(ReasonCode::RemoveFromCrl)))
        .or_else(|| alike().next())
}

fn any_serial() -> impl Strategy<Value = SerialNumber> {
    prop_oneof![
        // Few different ones, so that there are some twice.
        (0..8_u64).prop_map(SerialNumber::from),
        // The same lowest octets, so that more has to be compared.
        proptest::collection::vec(any::<u8>(), 0..3).prop_map(|mut octets| {
            octets.extend([1; 8]);
            SerialNumber::from_der_content(&octets).unwrap()
        }),
        // Of any size and sign.
        proptest::collection::vec(any::<u8>(), 1..21)
            .prop_map(|octets| SerialNumber::from_der_content(&octets).unwrap()),
    ]
}

fn any_issuer() -> impl Strategy<Value = Option<Name>> {
    proptest::option::of((0..3).prop_map(|number| {
        Name::builder()
            .common_name(&format!("issuer {number}"))
            .build()
            .unwrap()
    }))
}

prop_compose! {
    fn any_revocation()(
        serial in any_serial(),
        issuer in any_issuer(),
        reason in proptest::option::of(proptest::sample::select(&ReasonCode::ALL[..])),
        date in -600_000_000_i64..4_000_000_000,
        invalidity in proptest::option::of(0..4_000_000_000_i64),
    ) -> (Revocation, Expected) {
        let date = DateTime::from_timestamp_secs(date).unwrap();
        let invalidity = invalidity.map(|seconds| DateTime::from_timestamp_secs(seconds).unwrap());
        let mut revocation = Revocation::new(serial.clone(), date);
        if let Some(reason) = reason {
            revocation = revocation.with_reason(reason);
        }
        if let Some(invalidity) = invalidity {
            revocation = revocation.with_invalidity_date(invalidity);
        }
        if let Some(issuer) = &issuer {
            revocation = revocation.with_certificate_issuer(issuer.clone());
        }
        let reason = reason.filter(|reason| *reason != ReasonCode::Unspecified);
        (revocation, (serial, issuer, reason, date, invalidity))
    }
}

/// Number, issuer, reason, date of revocation, date of invalidity.
type Expected = (
    SerialNumber,
    Option<Name>,
    Option<ReasonCode>,
    DateTime<Utc>,
    Option<DateTime<Utc>>,
);

fn indirect_delta(issuer: &Certificate) -> CrlBuilder {
    builder(issuer, 7)
        .with_base(5.into())
        .with_distribution_point(IssuingDistributionPoint::default().indirect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_index_answers_as_a_walk_over_all_entries(
        revocations in proptest::collection::vec(any_revocation(), 0..30),
        others in proptest::collection::vec(any_serial(), 0..10),
    ) {
        let issuer = certificate("crl/issuing.cert.pem");
        let mut builder = indirect_delta(&issuer);
        for (revocation, _) in &revocations {
            builder.push(revocation).unwrap();
        }
        let index = indexed(builder);
        let crl = index.crl();
        let serials = revocations.iter().map(|(_, (serial, ..))| serial).chain(&others);
        let issuers: Vec<Name> = (0..4)
            .map(|number| Name::builder().common_name(&format!("issuer {number}")).build().unwrap())
            .chain([issuer.subject().clone()])
            .collect();
        for serial in serials {
            for issuer in &issuers {
                prop_assert_eq!(
                    index.find_for(issuer, serial),
                    found_by_walk(crl, issuer, serial)
                );
            }
            prop_assert_eq!(index.find(serial), index.find_for(issuer.subject(), serial));
        }
    }

    #[test]
    fn what_is_written_is_read(revocations in proptest::collection::vec(any_revocation(), 0..20)) {
        let issuer = certificate("crl/issuing.cert.pem");
        let mut builder = indirect_delta(&issuer);
        for (revocation, _) in &revocations {
            builder.push(revocation).unwrap();
        }
        let crl = builder.build().unwrap().assemble(&[]).unwrap();
        let read: Vec<Expected> = crl
            .entries()
            .map(|entry| {
                let named = entry.certificate_issuer().unwrap().map(|names| match &names.0[..] {
                    [GeneralName::Directory(name)] => name.clone(),
                    other => panic!("{other:?}"),
                });
                (
                    entry.serial(),
                    named.filter(|name| name != issuer.subject()),
                    entry.reason().unwrap(),
                    entry.revocation_date(),
                    entry.invalidity_date().unwrap(),
                )
            })
            .collect();
        let written: Vec<Expected> = revocations.into_iter().map(|(_, expected)| expected).collect();
        prop_assert_eq!(read, written);
        prop_assert!(crl.is_understood());

        // And what is read is written back, octet for octet.
        let mut again = indirect_delta(&issuer);
        for entry in crl.entries() {
            again.keep(&entry).unwrap();
        }
        let again = again.build().unwrap();
        prop_assert_eq!(again.to_be_signed(), crl.to_be_signed());
    }

    #[test]
    fn octets_at_random_never_panic(octets in proptest::collection::vec(any::<u8>(), 0..80)) {
        let crl = list(&[octets], &[]);
        if let Ok(index) = CrlIndex::build(crl, &Limits::default()) {
            assert_found_as_listed(&index);
        }
    }

    #[test]
    fn the_quick_way_through_an_entry_is_the_slow_one(
        serial in proptest::collection::vec(any::<u8>(), 0..23),
        time in "[0-9]{2}[01][0-9][0-3][0-9][0-2][0-9][0-5][0-9][0-6][0-9][Z0]",
        reason in 0_u8..12,
        invalidity in "(19|20|00|x0)[0-9]{2}[01][0-9][0-3][0-9][0-2][0-9][0-5][0-9][0-6][0-9][Z0]",
        which in 0_usize..4,
    ) {
        // A length of more than one octet makes the slow way out of the same entry.
        let long = EncodedExtension::new(
            ObjectIdentifier::new_unwrap("1.3.6.1.4.1.99999.1"),
            Criticality::NotCritical,
            vec![0; 128],
        );
        let reason = EncodedExtension::new(
            ReasonCode::OID,
            Criticality::NotCritical,
            encode(0x0a, &[&[reason]]),
        );
        let invalidity = EncodedExtension::new(
            InvalidityDate::OID,
            Criticality::NotCritical,
            encode(0x18, &[invalidity.as_bytes()]),
        );
        let time = utc_time(&time);
        let some = [
            vec![],
            vec![reason.clone()],
            vec![invalidity.clone()],
            vec![reason, invalidity],
        ];
        let [quick, slow] = [some[which].clone(), [some[which].clone(), vec![long]].concat()]
            .map(|all| list(&[entry(&serial, &time, &extensions(&all))], &[]));
        let facts = |octets: &[u8]| {
            CrlView::parse(octets)
                .map(|crl| {
                    let entry = crl.entries().next().unwrap();
                    let reason = entry.reason().map_err(|error| error.kind());
                    let invalidity = entry.invalidity_date().map_err(|error| error.kind());
                    let dates = (entry.revocation_date(), invalidity);
                    (entry.serial(), dates, reason, crl.quirks().to_vec())
                })
                .map_err(|error| error.code())
        };
        prop_assert_eq!(facts(&quick), facts(&slow));
    }
}

/// The folder of vectors that are not part of the project; `None`, said aloud, where there is none.
fn vectors() -> Option<PathBuf> {
    let folder = env::var_os("ROLLCERT_VECTORS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors"),
        PathBuf::from,
    );
    let folder = folder.join("pkits");
    if folder.is_dir() {
        return Some(folder);
    }
    assert_ne!(
        env::var("CI").as_deref(),
        Ok("true"),
        "no vectors in {}",
        folder.display()
    );
    println!("skipped: no vectors in {}", folder.display());
    None
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|file| file.extension().is_some_and(|found| found == ending))
        .collect();
    files.sort();
    files
}

#[test]
fn every_crl_of_pkits_is_read_as_openssl_reads_it() {
    let Some(folder) = vectors() else { return };
    let mut authorities: BTreeMap<String, Vec<Certificate>> = BTreeMap::new();
    for file in files(&folder.join("certs"), "crt") {
        let certificate = Certificate::from_der(fs::read(file).unwrap()).unwrap();
        let subject = certificate.subject().to_string();
        authorities.entry(subject).or_default().push(certificate);
    }
    let crls = files(&folder.join("crls"), "crl");
    assert_eq!(crls.len(), 173);
    let mut unsigned = Vec::new();
    let mut not_understood = Vec::new();
    let mut count = 0;
    for file in &crls {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let octets = fs::read(file).unwrap();
        let index = CrlIndex::build(octets, &Limits::default())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_found_as_listed(&index);
        let crl = index.crl();
        let issuer = crl.issuer().to_string();
        let is_signed = authorities.get(&issuer).is_some_and(|authorities| {
            authorities
                .iter()
                .any(|authority| crl.verify_signature_by(authority, PROVIDER).is_ok())
        });
        if !is_signed {
            unsigned.push(name.clone());
        }
        if !crl.is_understood() {
            not_understood.push(name.clone());
        }
        let Some(printed) = openssl(&[
            "crl",
            "-inform",
            "DER",
            "-in",
            file.to_str().unwrap(),
            "-noout",
            "-text",
        ]) else {
            return;
        };
        let entries: Vec<Printed> = crl.entries().map(|entry| print(&entry)).collect();
        assert_eq!(entries, printed_entries(&printed), "{name}");
        count += entries.len();
    }
    assert_eq!(count, 40);
    // Two bear the name of another authority or the signature of another key; DSA is not served.
    assert_eq!(
        unsigned,
        [
            "BadCRLIssuerNameCACRL",
            "BadCRLSignatureCACRL",
            "DSACACRL",
            "DSAParametersInheritedCACRL",
            "TwoCRLsCABadCRL",
        ]
    );
    assert_eq!(
        not_understood,
        ["UnknownCRLEntryExtensionCACRL", "UnknownCRLExtensionCACRL"]
    );
}
