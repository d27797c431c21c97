//! The verdicts of certval beside ours, on PKITS and on chains made on the spot.
//!
//! It serves neither delta CRLs, CRLs by reasons, nor CRLs signed by another key than that of the certificate's issuer. What it
//! decides otherwise is listed with the reason.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a failed test is to panic"
)]

#[path = "../../../../crates/rollcert-trust/tests/common/mod.rs"]
mod common;
#[path = "../../../../crates/rollcert-trust/tests/suites/mod.rs"]
mod suites;

use certval::{
    CertFile, CertSource, CertVector, CertificationPathResults, CertificationPathSettings, Error,
    MemoryCrlSource, PathValidationStatus, PkiEnvironment, TaSource, TimeOfInterest,
    check_revocation_local, parse_cert,
};
use chrono::{DateTime, Utc};
use common::{PROVIDER, TestStores, now};
use der::Encode as _;
use rollcert_crypto::{DigestAlgorithm, SignatureAlgorithm};
use rollcert_pki::Certificate;
use rollcert_trust::{Evaluator, InitialPolicies, Policy, Question, RevocationPolicy};
use spki::der::asn1::BitString;
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use suites::chains::{
    chain, constrained, constrained_names, flaws, lengths, policy_chains, test_policy,
};
use suites::differences::{self, Difference, Lean};
use suites::pkits;

#[test]
fn verdicts_on_pkits_differ_only_where_it_is_said() {
    differences::assert_on_pkits(ON_PKITS, |case| {
        let (target, inputs) = (case.target().certificate(), case.initial_policies());
        verify(&case.stores(), target, pkits::now(), &inputs, Crls::Checked).is_ok()
    });
}

#[test]
fn flaws_in_made_chains_are_refused_by_both() {
    let policy = policy(RevocationPolicy::STRICT);
    for authorities in 0..3 {
        for flaw in flaws(authorities) {
            let made = chain(authorities, flaw);
            let leaf = &made.target.certificate;
            let inputs = InitialPolicies::default();
            let theirs = verify(&made.stores, leaf, now(), &inputs, Crls::Checked);
            let ours = evaluate(&made.stores, leaf, &policy);
            assert_eq!(theirs.is_ok(), ours, "{authorities} {flaw:?}: {theirs:?}");
        }
    }
}

#[test]
fn path_lengths_are_understood_alike() {
    let policy = policy(RevocationPolicy::Off);
    for authorities in 0..4_u32 {
        // It does not look at the basic constraints of a root.
        for constrained in 1..=authorities {
            for length in 0..4 {
                let made = lengths(authorities, constrained, length);
                let leaf = &made.target.certificate;
                let inputs = InitialPolicies::default();
                let theirs = verify(&made.stores, leaf, now(), &inputs, Crls::Ignored);
                let ours = evaluate(&made.stores, leaf, &policy);
                let name = format!("{length} at {constrained} of {authorities}");
                assert_eq!(theirs.is_ok(), ours, "{name}: {theirs:?}");
            }
        }
    }
}

#[test]
fn name_constraints_are_understood_alike() {
    let policy = policy(RevocationPolicy::Off);
    let mut surprises = Vec::new();
    for (kind, bases, names) in constrained_names() {
        for (base_text, base) in &bases {
            for (name_text, name) in &names {
                for which in ["permitted", "excluded"] {
                    let made = constrained(which, base, core::slice::from_ref(name));
                    let leaf = &made.target.certificate;
                    let inputs = InitialPolicies::default();
                    let theirs = verify(&made.stores, leaf, now(), &inputs, Crls::Ignored);
                    let ours = evaluate(&made.stores, leaf, &policy);
                    let label = format!("{kind} {which} {base_text:?}: {name_text:?}");
                    let listed = NAMES.iter().any(|(start, _why)| label.starts_with(start));
                    if (theirs.is_ok() != ours) != listed {
                        surprises.push(format!("{label}: ours {ours}, certval's {theirs:?}"));
                    }
                }
            }
        }
    }
    assert_eq!(surprises, Vec::<String>::new());
}

#[test]
fn certificate_policies_are_understood_alike() {
    for (name, made) in policy_chains() {
        for explicit in [false, true] {
            for acceptable in [&[][..], &[1], &[2], &[1, 2]] {
                let mut policy = policy(RevocationPolicy::Off);
                let numbers = acceptable.iter();
                policy.initial_policies.acceptable = numbers.map(|one| test_policy(*one)).collect();
                policy.initial_policies.require_explicit_policy = explicit;
                let leaf = &made.target.certificate;
                let inputs = &policy.initial_policies;
                let theirs = verify(&made.stores, leaf, now(), inputs, Crls::Ignored);
                let ours = evaluate(&made.stores, leaf, &policy);
                assert_eq!(theirs.is_ok(), ours, "{name} under {inputs:?}: {theirs:?}");
            }
        }
    }
}

/// What certval decides otherwise on PKITS, by reason. Ours is the verdict of the suite, but for DSA.
const ON_PKITS: &[Difference] = &[
    ("it reads no UTCTime of 1950", Lean::TheyRefuse, &["4.2.3"]),
    (
        "it takes CRLs of the key alone that signed the certificate",
        Lean::TheyRefuse,
        &[
            "4.4.19", "4.5.1", "4.5.4", "4.5.6", "4.6.15", "4.6.17", "4.9.6", "4.11.7", "4.12.7",
            "4.12.9", "4.13.19",
        ],
    ),
    (
        "it does not match these forms of distribution points",
        Lean::TheyRefuse,
        &["4.14.4", "4.14.5", "4.14.7"],
    ),
    (
        "it leaves CRLs by reasons aside",
        Lean::TheyRefuse,
        &["4.14.18", "4.14.19"],
    ),
    (
        "it takes no indirect CRLs",
        Lean::TheyRefuse,
        &[
            "4.14.24", "4.14.25", "4.14.28", "4.14.29", "4.14.30", "4.14.33",
        ],
    ),
    (
        "it leaves delta CRLs aside, where 4.15.4 is revoked and 4.15.5 is so no longer",
        Lean::TheyAccept,
        &["4.15.4"],
    ),
    ("the same", Lean::TheyRefuse, &["4.15.5"]),
];

/// Where certval reads name constraints otherwise: how the scenario begins, and why.
const NAMES: &[(&str, &str)] = &[
    (
        r#"dns permitted "":"#,
        "RFC 5280 §4.2.1.10: labels may be added to the left of the constraint, here to nothing; certval allows no host",
    ),
    (r#"dns excluded "":"#, "the same: certval excludes no host"),
    (
        r#"email excluded "user@example.com": "User@example.com""#,
        "what is excluded is so in any case of letters: few hosts tell them apart",
    ),
    (
        r#"uri excluded "example.com": "urn:example:com""#,
        "RFC 5280 §4.2.1.10: a URI without a host name must be refused where URIs are constrained",
    ),
    (
        r#"uri excluded "example.com": "https://192.0.2.1/""#,
        "the same",
    ),
    (
        r#"uri excluded ".example.com": "urn:example:com""#,
        "the same",
    ),
    (
        r#"uri excluded ".example.com": "https://192.0.2.1/""#,
        "the same",
    ),
    (
        r#"uri excluded "host.example.com": "urn:example:com""#,
        "the same",
    ),
    (
        r#"uri excluded "host.example.com": "https://192.0.2.1/""#,
        "the same",
    ),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Crls {
    Checked,
    Ignored,
}

/// What certval says, given all that the stores hold.
fn verify(
    stores: &TestStores,
    target: &Certificate,
    at: DateTime<Utc>,
    inputs: &InitialPolicies,
    crls: Crls,
) -> Result<(), Error> {
    let seconds = u64::try_from(at.timestamp()).unwrap();
    let time = TimeOfInterest::from_unix_secs(seconds).unwrap();
    let mut settings = CertificationPathSettings::new();
    settings.set_time_of_interest(time);
    settings.set_enforce_trust_anchor_constraints(true);
    settings.set_initial_explicit_policy_indicator(inputs.require_explicit_policy);
    settings.set_initial_policy_mapping_inhibit_indicator(inputs.inhibit_policy_mapping);
    settings.set_initial_inhibit_any_policy_indicator(inputs.inhibit_any_policy);
    if !inputs.acceptable.is_empty() {
        let policies = inputs.acceptable.iter();
        settings.set_initial_policy_set(policies.map(ToString::to_string).collect());
    }
    settings.set_check_revocation_status(crls == Crls::Checked);
    settings.set_check_crls(true);

    let mut environment = PkiEnvironment::default();
    environment.populate_5280_pki_environment();
    environment.add_verify_signature_message_callback(verify_signature);
    let mut anchors = TaSource::new();
    for root in &stores.roots {
        anchors.push(file(root.certificate()));
    }
    anchors.initialize()?;
    environment.add_trust_anchor_source(Box::new(anchors));
    let mut pool = CertSource::new();
    for certificate in &stores.certificates {
        pool.push(file(certificate.certificate()));
    }
    pool.initialize(&settings)?;
    pool.find_all_partial_paths(&environment, &settings);
    environment.add_certificate_source(Box::new(pool));
    let lists = MemoryCrlSource::new();
    for crl in &stores.crls {
        lists.add(crl.crl().as_der());
    }
    environment.add_crl_source(Box::new(lists));

    let target = parse_cert(target.as_der(), "target")?;
    let mut paths = Vec::new();
    environment.get_paths_for_target(&target, &mut paths, 0, time)?;
    let mut last = Err(Error::NotFound);
    for path in &mut paths {
        let mut results = CertificationPathResults::new();
        last = environment
            .validate_path(&environment, &settings, path, &mut results)
            .and_then(|()| check_revocation_local(&environment, &settings, path, &mut results));
        if last.is_ok() {
            return last;
        }
    }
    last
}

/// RSA, which certval serves by a pre-release that ours excludes.
fn verify_signature(
    _environment: &PkiEnvironment,
    message: &[u8],
    signature: &BitString,
    algorithm: &AlgorithmIdentifierOwned,
    key: &SubjectPublicKeyInfoOwned,
) -> Result<(), Error> {
    if algorithm.oid.to_string() != "1.2.840.113549.1.1.11" {
        return Err(Error::Unrecognized);
    }
    let scheme = SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256);
    let key = key.to_der().map_err(|_malformed| Error::Unrecognized)?;
    PROVIDER
        .verify(&key, scheme, message, signature.raw_bytes())
        .map_err(|_error| Error::PathValidation(PathValidationStatus::SignatureVerificationFailure))
}

fn file(certificate: &Certificate) -> CertFile {
    CertFile {
        filename: certificate.subject().to_string(),
        bytes: certificate.as_der().to_vec(),
    }
}

fn evaluate(stores: &TestStores, leaf: &Certificate, policy: &Policy) -> bool {
    let evaluator = Evaluator::new(stores.stores(), policy, PROVIDER);
    evaluator
        .evaluate(&Question::new(leaf, now()))
        .trusted()
        .is_some()
}

fn policy(revocation: RevocationPolicy) -> Policy {
    let mut policy = common::policy();
    policy.revocation = revocation;
    policy
}
