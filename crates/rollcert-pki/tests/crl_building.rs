//! CRLs that are built here: OpenSSL verifies them, revokes by them, and shows what was put in.

#![allow(
    clippy::unwrap_used,
    clippy::unwrap_in_result,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use core::slice;
use std::fs;
use std::path::Path;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use chrono::{DateTime, TimeDelta, Utc};
use rollcert_crypto::{DigestAlgorithm, SignatureAlgorithm};
use rollcert_pki::extension::{
    AuthorityKeyIdentifier, Criticality, CrlNumber, DistributionPoint, DistributionPointName,
    EncodedExtension, ExtensionValue, FreshestCrl, GeneralName, IssuingDistributionPoint,
    ReasonCode,
};
use rollcert_pki::{
    BuildError, Certificate, Crl, CrlBuildError, CrlBuilder, CrlIndex, Limits, Name, Revocation,
    SerialNumber,
};
use support::{PROVIDER, certificate, fixture, key, openssl, openssl_run, path};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// When everything here happens: within the validity of the certificates.
fn now() -> DateTime<Utc> {
    certificate("crl/issuing.cert.pem").not_before() + TimeDelta::days(10)
}

fn builder(issuer: &Certificate, number: u64) -> CrlBuilder {
    CrlBuilder::new(issuer, number.into(), now(), now() + TimeDelta::days(30))
}

fn revoked(number: u64) -> Revocation {
    Revocation::new(number.into(), now() - TimeDelta::days(1))
}

fn with(mut builder: CrlBuilder, revocations: &[Revocation]) -> CrlBuilder {
    for revocation in revocations {
        builder.push(revocation).unwrap();
    }
    builder
}

/// The CRL, signed by the key that goes with the certificate of this name.
fn signed(builder: CrlBuilder, name: &str) -> Crl {
    let key = key(&format!("{name}.key.pem"));
    builder.build().unwrap().sign(&key).unwrap()
}

fn pem(crl: &Crl) -> String {
    let text = BASE64_STANDARD.encode(crl.as_der());
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN X509 CRL-----\n{}\n-----END X509 CRL-----\n",
        lines.join("\n")
    )
}

/// What `openssl crl -text` prints.
fn shown(crl: &Crl, folder: &Path) -> Option<String> {
    let file = folder.join("shown.crl");
    fs::write(&file, crl.as_der()).unwrap();
    openssl(&[
        "crl",
        "-inform",
        "DER",
        "-in",
        file.to_str().unwrap(),
        "-noout",
        "-text",
    ])
}

/// The faults that `openssl verify` finds in a certificate below `issuing`, with these CRLs.
fn faults(
    certificate: &str,
    crls: &[&Crl],
    options: &[&str],
    folder: &Path,
) -> Option<Vec<String>> {
    let file = folder.join("crls.pem");
    fs::write(&file, crls.iter().map(|crl| pem(crl)).collect::<String>()).unwrap();
    let [root, issuing, leaf] =
        ["root", "issuing", certificate].map(|name| path(&format!("crl/{name}.cert.pem")));
    let time = now().timestamp().to_string();
    let mut arguments = vec![
        "verify",
        "-attime",
        &time,
        "-crl_check_all",
        "-CRLfile",
        file.to_str().unwrap(),
        "-CAfile",
        root.to_str().unwrap(),
        "-untrusted",
        issuing.to_str().unwrap(),
    ];
    arguments.extend(options);
    arguments.push(leaf.to_str().unwrap());
    let output = openssl_run(&arguments)?;
    let printed = String::from_utf8(output.stderr).unwrap();
    let faults: Vec<String> = printed
        .lines()
        .filter_map(|line| line.strip_prefix("error ")?.split_once(" depth lookup: "))
        .map(|(_, fault)| fault.to_owned())
        .collect();
    assert_eq!(output.status.success(), faults.is_empty(), "{printed}");
    Some(faults)
}

#[test]
fn openssl_revokes_by_the_crls_of_an_authority_and_of_one_below_it() {
    let folder = tempfile::tempdir().unwrap();
    let root = certificate("crl/root.cert.pem");
    let issuing = certificate("crl/issuing.cert.pem");
    let of_root = signed(builder(&root, 1), "crl/root");
    let of_issuing = with(
        builder(&issuing, 1),
        &[
            revoked(5),
            revoked(0x1001).with_reason(ReasonCode::KeyCompromise),
        ],
    );
    let of_issuing = signed(of_issuing, "crl/issuing");
    let crls = [&of_root, &of_issuing];
    let Some(good) = faults("good", &crls, &["-x509_strict"], folder.path()) else {
        return;
    };
    assert_eq!(good, [""; 0]);
    let bad = faults("revoked", &crls, &["-x509_strict"], folder.path()).unwrap();
    assert_eq!(bad, ["certificate revoked"]);

    let issuing_revoked = with(
        builder(&root, 2),
        &[Revocation::new(issuing.serial().clone(), now())],
    );
    let of_root = signed(issuing_revoked, "crl/root");
    let bad = faults("good", &[&of_root, &of_issuing], &[], folder.path()).unwrap();
    assert_eq!(bad, ["certificate revoked"]);
}

#[test]
fn openssl_brings_a_complete_crl_up_to_date_by_a_delta() {
    let folder = tempfile::tempdir().unwrap();
    let root = certificate("crl/root.cert.pem");
    let issuing = certificate("crl/issuing.cert.pem");
    let of_root = signed(builder(&root, 1), "crl/root");
    // OpenSSL looks for deltas only where one is announced.
    let point = DistributionPoint::of(vec![
        GeneralName::uri("http://ca.example/delta.crl").unwrap(),
    ]);
    let announced = EncodedExtension::of(&FreshestCrl(vec![point]), Criticality::NotCritical);
    let complete = with(
        builder(&issuing, 5).with_extension(announced),
        &[revoked(0x1001).with_reason(ReasonCode::CertificateHold)],
    );
    let complete = signed(complete, "crl/issuing");
    let delta = with(
        builder(&issuing, 6).with_base(5.into()),
        &[
            revoked(0x1001).with_reason(ReasonCode::RemoveFromCrl),
            revoked(0x2000).with_reason(ReasonCode::Superseded),
        ],
    );
    let delta = signed(delta, "crl/issuing");
    let crls = [&of_root, &complete, &delta];
    let options = ["-extended_crl", "-use_deltas"];
    let Some(without) = faults("revoked", &crls, &[], folder.path()) else {
        return;
    };
    assert_eq!(without, ["certificate revoked"]);
    let taken_off = faults("revoked", &crls, &options, folder.path()).unwrap();
    assert_eq!(taken_off, [""; 0]);
    let added = faults("good", &crls, &options, folder.path()).unwrap();
    assert_eq!(added, ["certificate revoked"]);
}

#[test]
fn openssl_verifies_the_signature_of_every_kind_of_key() {
    let folder = tempfile::tempdir().unwrap();
    for (name, algorithm) in [
        ("ca", None),
        (
            "ca",
            Some(SignatureAlgorithm::rsa_pss(DigestAlgorithm::Sha384)),
        ),
        ("crl/issuing", None),
        ("p384", None),
        ("ed25519", None),
    ] {
        let issuer = certificate(&format!("{name}.cert.pem"));
        let mut builder = with(builder(&issuer, 1), &[revoked(5)]);
        if let Some(algorithm) = algorithm {
            builder = builder.with_signature_algorithm(algorithm);
        }
        let crl = signed(builder, name);
        assert!(crl.verify_signature_by(&issuer, PROVIDER).is_ok(), "{name}");
        let file = folder.path().join("verified.crl");
        fs::write(&file, crl.as_der()).unwrap();
        let authority = path(&format!("{name}.cert.pem"));
        let Some(output) = openssl_run(&[
            "crl",
            "-inform",
            "DER",
            "-in",
            file.to_str().unwrap(),
            "-noout",
            "-CAfile",
            authority.to_str().unwrap(),
        ]) else {
            return;
        };
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(said, "verify OK\n", "{name}");
    }
}

#[test]
fn openssl_shows_what_was_put_in() {
    let folder = tempfile::tempdir().unwrap();
    let issuing = certificate("crl/issuing.cert.pem");
    let other = Name::builder()
        .organization("Rollcert Test")
        .common_name("Other")
        .build()
        .unwrap();
    let point = IssuingDistributionPoint::default()
        .with_name(DistributionPointName::Full(vec![
            GeneralName::uri("http://ca.example/ca.crl").unwrap(),
        ]))
        .indirect();
    let builder = CrlBuilder::new(
        &issuing,
        CrlNumber(SerialNumber::from_hex("ffffffffffffffffffff").unwrap()),
        at("2049-12-31T23:59:59.9Z"),
        at("2050-01-01T00:00:00Z"),
    )
    .with_base(9.into())
    .with_distribution_point(point);
    let date = at("2026-01-02T03:04:05Z");
    let builder = with(
        builder,
        &[
            Revocation::new(SerialNumber::from_der_content(&[0, 0, 0xff]).unwrap(), date)
                .with_reason(ReasonCode::Unspecified),
            Revocation::new(0x80.into(), date)
                .with_reason(ReasonCode::KeyCompromise)
                .with_invalidity_date(at("2025-12-31T23:00:00Z"))
                .with_certificate_issuer(other.clone()),
            Revocation::new(2.into(), date).with_certificate_issuer(other),
            Revocation::new(3.into(), at("2050-02-03T00:00:00Z")),
        ],
    );
    let crl = signed(builder, "crl/issuing");
    assert_eq!(crl.quirks(), []);
    let Some(shown) = shown(&crl, folder.path()) else {
        return;
    };
    let lines: Vec<&str> = shown
        .lines()
        .map(str::trim_end)
        .take_while(|line| *line != "    Signature Algorithm: ecdsa-with-SHA256")
        .collect();
    let key = issuing.subject_key_identifier().unwrap();
    let key: Vec<String> = key.iter().map(|octet| format!("{octet:02X}")).collect();
    let expected = format!(
        "Certificate Revocation List (CRL):
        Version 2 (0x1)
        Signature Algorithm: ecdsa-with-SHA256
        Issuer: O = Rollcert Test, CN = CRL Issuing
        Last Update: Dec 31 23:59:59 2049 GMT
        Next Update: Jan  1 00:00:00 2050 GMT
        CRL extensions:
            X509v3 Authority Key Identifier:
                {}
            X509v3 CRL Number:
                1208925819614629174706175
            X509v3 Delta CRL Indicator: critical
                9
            X509v3 Issuing Distribution Point: critical
                Full Name:
                  URI:http://ca.example/ca.crl                Indirect CRL

Revoked Certificates:
    Serial Number: FF
        Revocation Date: Jan  2 03:04:05 2026 GMT
    Serial Number: 80
        Revocation Date: Jan  2 03:04:05 2026 GMT
        CRL entry extensions:
            X509v3 CRL Reason Code:
                Key Compromise
            Invalidity Date:
                Dec 31 23:00:00 2025 GMT
            X509v3 Certificate Issuer: critical
                DirName:/O=Rollcert Test/CN=Other
    Serial Number: 02
        Revocation Date: Jan  2 03:04:05 2026 GMT
    Serial Number: 03
        Revocation Date: Feb  3 00:00:00 2050 GMT
        CRL entry extensions:
            X509v3 Certificate Issuer: critical
                DirName:/O=Rollcert Test/CN=CRL Issuing",
        key.join(":")
    );
    assert_eq!(lines.join("\n"), expected);
}

#[test]
fn what_openssl_wrote_is_kept_and_added_to() {
    let issuing = certificate("crl/issuing.cert.pem");
    let old = Crl::from_der(fixture("crl/openssl.crl")).unwrap();
    let number = old.number().unwrap().unwrap().next();
    assert_eq!(number, 43.into());
    let mut builder = CrlBuilder::new(&issuing, number, now(), now() + TimeDelta::days(1));
    for entry in old.entries() {
        builder.keep(&entry).unwrap();
    }
    builder.push(&revoked(0x2000)).unwrap();
    let new = signed(builder, "crl/issuing");
    let octets = |crl: &Crl| -> Vec<Vec<u8>> {
        crl.entries().map(|entry| entry.as_der().to_vec()).collect()
    };
    let (old, new) = (octets(&old), octets(&new));
    assert_eq!(new[..9], old);
    assert_eq!(new.len(), 10);
}

#[test]
fn entries_of_another_issuer_s_crl_keep_their_issuer() {
    let issuing = certificate("crl/issuing.cert.pem");
    let indirect = Crl::from_der(fixture("pkits/indirectCRLCA5CRL.crl")).unwrap();
    let direct = Crl::from_der(fixture("pkits/GoodCACRL.crl")).unwrap();
    let mut builder = builder(&issuing, 1)
        .with_distribution_point(IssuingDistributionPoint::default().indirect());
    let entries = || indirect.entries().chain(direct.entries());
    for entry in entries() {
        builder.keep(&entry).unwrap();
    }
    builder.push(&revoked(1)).unwrap();
    let crl = builder.build().unwrap().assemble(&[]).unwrap();
    let index = CrlIndex::of(crl, &Limits::default()).unwrap();
    let name = |organizational_unit: bool, name: &str| {
        let base = Name::builder()
            .country("US")
            .organization("Test Certificates 2011");
        let base = if organizational_unit {
            base.organizational_unit(name)
        } else {
            base.common_name(name)
        };
        base.build().unwrap()
    };
    let found = |issuer: &Name| -> Vec<u64> {
        (1..=20)
            .filter(|number| {
                let serial = SerialNumber::from(*number);
                index.find_for(issuer, &serial).is_some()
            })
            .collect()
    };
    assert_eq!(found(&name(true, "indirectCRL CA5")), [1, 10, 11]);
    assert_eq!(found(&name(false, "indirectCRL CA6")), [2, 3, 4, 8, 9]);
    assert_eq!(found(&name(false, "indirectCRL CA7")), [5, 6, 7]);
    assert_eq!(found(&name(false, "Good CA")), [14, 15]);
    assert_eq!(found(issuing.subject()), [1]);
}

#[test]
fn a_signature_may_be_made_elsewhere() {
    let issuing = certificate("crl/issuing.cert.pem");
    let unsigned = with(builder(&issuing, 1), &[revoked(5)]).build().unwrap();
    let key = key("crl/issuing.key.pem");
    let algorithm = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256);
    assert_eq!(unsigned.algorithm(), algorithm);
    let signature = key
        .signer()
        .unwrap()
        .sign(algorithm, unsigned.to_be_signed())
        .unwrap();
    let crl = unsigned.assemble_verified(&signature, PROVIDER).unwrap();
    assert_eq!(crl, unsigned.assemble(&signature).unwrap());
    assert_eq!(crl.to_be_signed(), unsigned.to_be_signed());
    assert_eq!(crl.signature(), signature);
    assert_eq!(
        crl.verify_signature_by(&issuing, PROVIDER)
            .map_err(|e| e.code()),
        Ok(())
    );
    let error = unsigned.assemble_verified(&[0; 64], PROVIDER).unwrap_err();
    assert!(matches!(
        error,
        CrlBuildError::Build(BuildError::Signature(_))
    ));
    let root = support::key("crl/root.key.pem");
    assert_eq!(unsigned.sign(&root).unwrap_err().code(), "other-key");
}

#[test]
fn what_does_not_fit_together_is_not_built() {
    let issuing = certificate("crl/issuing.cert.pem");
    let leaf = certificate("rsa2048.cert.pem");
    let other = Name::builder().common_name("other").build().unwrap();
    let indirect = IssuingDistributionPoint::default().indirect();
    let removal = revoked(5).with_reason(ReasonCode::RemoveFromCrl);
    let of_other = revoked(5).with_certificate_issuer(other);
    let numbered = |number: &[u8]| {
        let number = CrlNumber(SerialNumber::from_der_content(number).unwrap());
        CrlBuilder::new(&issuing, number, now(), now() + TimeDelta::days(1))
    };
    let until = |next_update| CrlBuilder::new(&issuing, 1.into(), now(), next_update);
    let again = EncodedExtension::of(
        &AuthorityKeyIdentifier::of_key([1, 2, 3]),
        Criticality::NotCritical,
    );
    for (builder, code) in [
        (builder(&leaf, 1), Some("issuer-signs-no-crls")),
        (until(now()), Some("update-reversed")),
        (until(now() + TimeDelta::seconds(1)), None),
        (
            until(at("+10000-01-01T00:00:00Z")),
            Some("time-out-of-range"),
        ),
        (numbered(&[0xff]), Some("bad-crl-number")),
        (numbered(&[1; 21]), Some("bad-crl-number")),
        (numbered(&[0]), None),
        (numbered(&[1; 20]), None),
        (
            builder(&issuing, 5).with_base(5.into()),
            Some("bad-base-number"),
        ),
        (builder(&issuing, 5).with_base(4.into()), None),
        (
            with(builder(&issuing, 5), slice::from_ref(&removal)),
            Some("removal-from-complete"),
        ),
        (
            with(builder(&issuing, 5).with_base(4.into()), &[removal]),
            None,
        ),
        (
            with(builder(&issuing, 5), slice::from_ref(&of_other)),
            Some("not-indirect"),
        ),
        (
            with(
                builder(&issuing, 5).with_distribution_point(indirect),
                &[of_other],
            ),
            None,
        ),
        (
            builder(&issuing, 5).with_extension(again),
            Some("duplicate-extension"),
        ),
        (
            builder(&issuing, 5).with_signature_algorithm(SignatureAlgorithm::Ed25519),
            Some("algorithm-mismatch"),
        ),
        (
            builder(&issuing, 5)
                .with_signature_algorithm(SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha1)),
            Some("weak-digest"),
        ),
    ] {
        let built = builder.clone().build();
        assert_eq!(
            built.map(drop).map_err(|error| error.code()).err(),
            code,
            "{builder:?}"
        );
    }
    let too_early = Revocation::new(5.into(), at("1949-12-31T23:59:59Z"));
    let error = builder(&issuing, 1).push(&too_early).unwrap_err();
    assert_eq!(error.code(), "time-out-of-range");
}

#[test]
fn an_issuer_of_its_own_is_no_other_issuer() {
    let issuing = certificate("crl/issuing.cert.pem");
    let own = revoked(5).with_certificate_issuer(issuing.subject().clone());
    let crl = with(builder(&issuing, 1), &[own]).build().unwrap();
    let crl = crl.assemble(&[]).unwrap();
    assert!(crl.entries().next().unwrap().extensions().is_empty());
}

#[test]
fn without_entries_there_is_no_list() {
    // RFC 5280 §5.1.2.6.
    let issuing = certificate("crl/issuing.cert.pem");
    let crl = builder(&issuing, 1).build().unwrap().assemble(&[]).unwrap();
    assert_eq!((crl.quirks(), crl.entries().len()), (&[][..], 0));
    let numbers: Vec<_> = crl
        .extensions()
        .iter()
        .map(|extension| extension.oid())
        .collect();
    assert_eq!(numbers, [AuthorityKeyIdentifier::OID, CrlNumber::OID]);
}

#[test]
fn numbers_grow_by_one() {
    for (number, next) in [
        ("0", "1"),
        ("127", "128"),
        ("255", "256"),
        ("18446744073709551615", "18446744073709551616"),
    ] {
        let number = CrlNumber(SerialNumber::from_decimal(number).unwrap());
        let next = CrlNumber(SerialNumber::from_decimal(next).unwrap());
        assert_eq!(number.next(), next);
    }
}
