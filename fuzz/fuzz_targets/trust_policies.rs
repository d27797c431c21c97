//! Certificate policies.
//!
//! The first line of the input are the inputs of RFC 5280 §6.1.1: acceptable policies by one letter each, `!` a policy is
//! required, `-` no mapping, `*` no `anyPolicy`, a digit the size of the budget. Each other line is one certificate, from
//! the root down: its policies by one letter each, `*` for any, twice the same for a malformed one; `x>y` a mapping;
//! `!`, `-`, `~` and a digit the constraints (policy required, no mapping, no `anyPolicy`); `=` the name of the one above.
//!
//! Oracles: a path is valid under acceptable policies alone, and under one of them where one is required; asking for less
//! never loses a path; no qualifier and no larger budget changes a verdict.
#![no_main]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use libfuzzer_sys::fuzz_target;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rollcert_crypto::rustcrypto::PROVIDER;
use rollcert_crypto::{KeyAlgorithm, PrivateKey};
use rollcert_pki::extension::{
    CertificatePolicies, Criticality, EncodedExtension, GeneralName, Ia5Text, InhibitAnyPolicy,
    PolicyConstraints, PolicyInformation, PolicyMapping, PolicyMappings, PolicyQualifier,
};
use rollcert_pki::{Certificate, CertificateBuilder, Name, Oid, Profile, SerialNumber, Validity};
use rollcert_trust::{
    Evaluator, MemoryCertificates, MemoryCrls, MemoryRoots, Policy, Question, Reason, Report,
    StoredCertificate, Stores, TrustLists,
};

fuzz_target!(|octets: &[u8]| {
    let mut lines = octets.split(|octet| *octet == b'\n');
    let policy = inputs(lines.next().unwrap_or_default());
    let lines: Vec<&[u8]> = lines.take(6).collect();
    if lines.is_empty() {
        return;
    }
    let path = certificates(&lines, false);
    let report = judge(&policy, &path);
    let found = verdict(&report);
    let is_exhausted = report
        .reasons()
        .any(|finding| matches!(finding.reason, Reason::BudgetExhausted { .. }));

    let inputs = &policy.initial_policies;
    let accepts_any = inputs.acceptable.is_empty() || inputs.acceptable.contains(&oid(b'*'));
    if let Some(policies) = &found {
        assert!(
            accepts_any || policies.is_subset(&inputs.acceptable),
            "{policies:?}"
        );
        assert!(!inputs.require_explicit_policy || !policies.is_empty());
        // Asking for less.
        let mut less = policy.clone();
        less.limits.policy_steps = u64::MAX;
        less.initial_policies.acceptable.clear();
        let any = verdict(&judge(&less, &path)).expect("any policy is less to ask");
        assert!(any.contains(&oid(b'*')) || policies.is_subset(&any));
        less.initial_policies.require_explicit_policy = false;
        assert!(verdict(&judge(&less, &path)).is_some());
        less.initial_policies.inhibit_any_policy = false;
        assert!(verdict(&judge(&less, &path)).is_some());
    }
    if !is_exhausted {
        let mut more = policy.clone();
        more.limits.policy_steps = u64::MAX;
        assert_eq!(verdict(&judge(&more, &path)), found);
        assert_eq!(verdict(&judge(&policy, &certificates(&lines, true))), found);
    }
});

fn inputs(line: &[u8]) -> Policy {
    let mut policy = Policy::partner();
    for octet in line {
        let initial = &mut policy.initial_policies;
        match octet {
            b'!' => initial.require_explicit_policy = true,
            b'-' => initial.inhibit_policy_mapping = true,
            b'*' => initial.inhibit_any_policy = true,
            b'0'..=b'9' => policy.limits.policy_steps = 8 << (octet - b'0'),
            b'a'..=b'z' => drop(initial.acceptable.insert(oid(*octet))),
            _ => {}
        }
    }
    policy
}

/// From below the root down. `with_qualifiers`: each policy has a note.
fn certificates(lines: &[&[u8]], with_qualifiers: bool) -> Vec<Certificate> {
    let mut path: Vec<Certificate> = vec![ROOT.clone()];
    for (index, line) in lines.iter().enumerate() {
        let is_last = index + 1 == lines.len();
        let above = path.last().expect("the root").clone();
        path.push(certificate(line, index, is_last, &above, with_qualifiers));
    }
    path
}

fn certificate(
    line: &[u8],
    index: usize,
    is_last: bool,
    above: &Certificate,
    with_qualifiers: bool,
) -> Certificate {
    let mut policies = Vec::new();
    let mut mappings = Vec::new();
    let mut constraints = PolicyConstraints::default();
    let mut inhibit_any_policy = None;
    let mut is_self_issued = false;
    let mut rest = line;
    while let Some((octet, after)) = rest.split_first() {
        let number = after.first().filter(|octet| octet.is_ascii_digit());
        let number = number.map_or(0, |octet| u32::from(octet - b'0'));
        rest = after;
        match (octet, after) {
            (issuer, [b'>', subject, after @ ..]) => {
                mappings.push(PolicyMapping {
                    issuer_domain: oid(*issuer),
                    subject_domain: oid(*subject),
                });
                rest = after;
            }
            (b'!', _) => constraints.require_explicit_policy = Some(number),
            (b'-', _) => constraints.inhibit_policy_mapping = Some(number),
            (b'~', _) => inhibit_any_policy = Some(number),
            (b'=', _) => is_self_issued = true,
            (b'*' | b'a'..=b'z', _) => policies.push(PolicyInformation {
                policy: oid(*octet),
                qualifiers: qualifiers(with_qualifiers),
            }),
            _ => {}
        }
    }
    let subject = if is_self_issued {
        above.subject().clone()
    } else {
        let name = format!("{index}");
        Name::builder().common_name(&name).build().expect("a name")
    };
    let profile = if is_last {
        Profile::tls_client()
    } else {
        Profile::root()
    };
    // Another key for each, so that each is another authority.
    let key = &KEYS[index + 1];
    let mut builder = CertificateBuilder::new(
        &profile,
        subject,
        key.public_key_info(),
        serial(),
        validity(),
    );
    if !policies.is_empty() {
        builder = builder.with_extension(extension(&CertificatePolicies(policies)));
    }
    if !mappings.is_empty() {
        builder = builder.with_extension(extension(&PolicyMappings(mappings)));
    }
    if constraints != PolicyConstraints::default() {
        builder = builder.with_extension(extension(&constraints));
    }
    if let Some(after) = inhibit_any_policy {
        builder = builder.with_extension(extension(&InhibitAnyPolicy(after)));
    }
    let unsigned = builder.issued_by(above, &PROVIDER).expect("a certificate");
    unsigned.sign(&KEYS[index]).expect("a certificate")
}

fn extension(value: &impl rollcert_pki::extension::ExtensionValue) -> EncodedExtension {
    EncodedExtension::of(value, Criticality::Critical)
}

fn qualifiers(wanted: bool) -> Vec<PolicyQualifier> {
    let uri = || PolicyQualifier::Cps(Ia5Text::from_octets(b"https://example.com"));
    wanted.then(uri).into_iter().collect()
}

fn judge(policy: &Policy, path: &[Certificate]) -> Report {
    let mut roots = MemoryRoots::new();
    roots.trust(StoredCertificate::new(ROOT.clone(), &PROVIDER));
    let mut certificates = MemoryCertificates::new();
    for certificate in path {
        certificates.insert(StoredCertificate::new(certificate.clone(), &PROVIDER));
    }
    let (crls, trust_lists) = (MemoryCrls::new(), TrustLists::new());
    let stores = Stores::new(&roots, &certificates, &crls, &trust_lists);
    let leaf = path.last().expect("a leaf");
    Evaluator::new(stores, policy, &PROVIDER).evaluate(&Question::new(leaf, now()))
}

fn verdict(report: &Report) -> Option<BTreeSet<Oid>> {
    assert_eq!(
        report.trusted().is_some(),
        report.reasons().next().is_none()
    );
    let trusted = report.trusted()?;
    Some(trusted.policies().iter().cloned().collect())
}

/// A policy by its letter; `anyPolicy` by `*`.
fn oid(letter: u8) -> Oid {
    if letter == b'*' {
        return CertificatePolicies::ANY.into();
    }
    match GeneralName::decode(&[0x88, 2, 0x2a, letter & 0x7f]) {
        Ok(GeneralName::RegisteredId(oid)) => oid,
        other => panic!("{other:?}"),
    }
}

fn serial() -> SerialNumber {
    SerialNumber::from_der_content(&[1]).expect("a number")
}

fn validity() -> Validity {
    let day = TimeDelta::days(1);
    Validity::new(now() - day, now() + day).expect("two days")
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_780_000_000, 0).expect("a time")
}

static ROOT: LazyLock<Certificate> = LazyLock::new(|| {
    let subject = Name::builder()
        .organization("root")
        .build()
        .expect("a name");
    let info = KEYS[0].public_key_info();
    let builder = CertificateBuilder::new(&Profile::root(), subject, info, serial(), validity());
    let unsigned = builder.self_signed(&PROVIDER).expect("a root");
    unsigned.sign(&KEYS[0]).expect("a root")
});

static KEYS: LazyLock<Vec<PrivateKey>> = LazyLock::new(|| {
    let mut rng = StdRng::seed_from_u64(7);
    let mut key = || {
        let key = PROVIDER
            .generate_key(KeyAlgorithm::Ed25519, &mut rng)
            .expect("a key");
        PROVIDER.load_key(&key).expect("the key")
    };
    (0..8).map(|_| key()).collect()
});
