//! The verdicts of `openssl verify` beside ours, on PKITS and on chains made on the spot.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a failed test is to panic"
)]

mod common;
mod suites;

use common::{PROVIDER, now};
use rollcert_trust::{
    Evaluator, InitialPolicies, Policy, Question, RevocationPolicy, StoredCertificate,
};
use suites::chains::{
    FLAWS, Made, chain, constrained, constrained_names, lengths, policy_chains, test_policy,
};
use suites::openssl::{Answer, Chain, OpenSsl};
use suites::pkits;

#[test]
fn verdicts_on_pkits_are_those_of_openssl() {
    let Some(openssl) = OpenSsl::find() else {
        return;
    };
    let different: Vec<&str> = pkits::cases()
        .iter()
        .filter(|case| {
            let files: Vec<_> = case.certificate_files().collect();
            let (target, others) = files.split_last().unwrap();
            let (root, pool) = others.split_first().unwrap_or((target, &[]));
            let chain = Chain {
                roots: vec![root.clone()],
                pool: pool.to_vec(),
                crls: case.crl_files().collect(),
                target: target.clone(),
            };
            let mut arguments = words("-crl_check_all -extended_crl -use_deltas -policy_check");
            arguments.extend(policy_arguments(&case.initial_policies()));
            let theirs = openssl.verify(&chain, pkits::now(), &arguments) == Answer::Accepted;
            let report = case.evaluate(&case.stores(), &case.policy(), None);
            theirs != report.trusted().is_some()
        })
        .map(|case| case.id.as_str())
        .collect();
    let listed: Vec<&str> = ON_PKITS.iter().map(|(id, _why)| *id).collect();
    assert_eq!(different, listed);
}

/// Where OpenSSL 3.0 differs on PKITS.
const ON_PKITS: &[(&str, &str)] = &[
    (
        "4.1.4",
        "signed with DSA, which we do not serve: FIPS 186-5 has withdrawn it",
    ),
    (
        "4.14.30",
        "valid: the CRL's issuer is certified by itself alone, and its own path needs that CRL; \
         OpenSSL does not go there",
    ),
];

#[test]
fn flaws_in_made_chains_are_refused_by_both() {
    let mut scenarios = Scenarios::new();
    for authorities in 0..3 {
        scenarios.add(
            format!("good, {authorities} authorities"),
            chain(authorities, None),
        );
        for level in 0..=authorities {
            for (name, flaw) in FLAWS {
                let name = format!("{name} at level {level} of {authorities}");
                scenarios.add(name, chain(authorities, Some((level, *flaw))));
            }
        }
    }
    scenarios.compare(&words("-crl_check_all"), &common::strict_policy(), &[]);
}

#[test]
fn path_lengths_are_understood_alike() {
    let mut scenarios = Scenarios::new();
    for authorities in 0..4_u32 {
        for constrained in 0..=authorities {
            for length in 0..4 {
                let made = lengths(authorities, constrained, length);
                let name = format!("{length} at {constrained} of {authorities}");
                scenarios.add(name, made);
            }
        }
    }
    scenarios.compare(&[], &without_revocation(), &[]);
}

#[test]
fn name_constraints_are_understood_alike() {
    let mut scenarios = Scenarios::new();
    for (kind, bases, names) in constrained_names() {
        for (base_text, base) in &bases {
            for (name_text, name) in &names {
                for which in ["permitted", "excluded"] {
                    let label = format!("{kind} {which} {base_text:?}: {name_text:?}");
                    let made = constrained(which, base, core::slice::from_ref(name));
                    scenarios.add(label, made);
                }
            }
        }
    }
    scenarios.compare(&[], &without_revocation(), NAMES);
}

/// Where OpenSSL reads name constraints otherwise.
const NAMES: &[(&str, &str)] = &[
    (
        r#"email excluded "user@example.com": "User@example.com""#,
        "what is excluded is so in any case of letters: few hosts tell them apart",
    ),
    (
        r#"uri excluded "example.com": "https://192.0.2.1/""#,
        "RFC 5280 §4.2.1.10: a URI without a host name must be refused where URIs are constrained",
    ),
    (
        r#"uri excluded ".example.com": "https://192.0.2.1/""#,
        "the same",
    ),
    (
        r#"uri excluded "host.example.com": "https://192.0.2.1/""#,
        "the same",
    ),
    (
        r#"uri permitted "host.example.com": "https://user@host.example.com/""#,
        "RFC 3986 §3.2.1: what is before the @ is not part of the host; OpenSSL 3.0 takes it for that",
    ),
    (
        r#"uri excluded "host.example.com": "https://user@host.example.com/""#,
        "the same: OpenSSL 3.0 lets an excluded host pass",
    ),
];

#[test]
fn certificate_policies_are_understood_alike() {
    let mut scenarios = Scenarios::new();
    for (name, made) in policy_chains() {
        scenarios.add(name, made);
    }
    for (explicit, inhibit_any, inhibit_mapping) in [
        (false, false, false),
        (true, false, false),
        (true, true, false),
        (true, false, true),
    ] {
        for acceptable in [&[][..], &[1]] {
            let mut inputs = InitialPolicies::default();
            let numbers = acceptable.iter();
            inputs.acceptable = numbers.map(|number| test_policy(*number)).collect();
            inputs.require_explicit_policy = explicit;
            inputs.inhibit_any_policy = inhibit_any;
            inputs.inhibit_policy_mapping = inhibit_mapping;
            let mut arguments = words("-policy_check");
            arguments.extend(policy_arguments(&inputs));
            let mut policy = without_revocation();
            policy.initial_policies = inputs;
            let listed = if inhibit_any { ANY_INHIBITED } else { &[] };
            scenarios.compare(&arguments, &policy, listed);
        }
    }
}

/// Where OpenSSL judges policies otherwise, when any policy is inhibited from the beginning.
const ANY_INHIBITED: &[(&str, &str)] = &[(
    "authority any maps 1 to 2, leaf 2",
    "RFC 5280 §6.1.4 (b) (1): there is nothing to map where anyPolicy does not count; OpenSSL maps it",
)];

/// What both are asked, by name.
struct Scenarios(Vec<(String, Made)>);

impl Scenarios {
    fn new() -> Self {
        Self(Vec::new())
    }

    fn add(&mut self, name: impl Into<String>, made: Made) {
        self.0.push((name.into(), made));
    }

    /// Both verdicts must be the same, but for what is listed, which must differ.
    fn compare(&self, arguments: &[String], policy: &Policy, listed: &[(&str, &str)]) {
        let Some(openssl) = OpenSsl::find() else {
            return;
        };
        let mut verdicts = [0, 0];
        let mut surprises = Vec::new();
        for (name, made) in &self.0 {
            let theirs = openssl.verify(&files(made, &openssl), now(), arguments);
            let evaluator = Evaluator::new(made.stores.stores(), policy, PROVIDER);
            let report = evaluator.evaluate(&Question::new(&made.target.certificate, now()));
            let ours = report.trusted().is_some();
            verdicts[usize::from(ours)] += 1;
            let is_listed = listed.iter().any(|(other, _why)| other == name);
            let differs = ours != (theirs == Answer::Accepted);
            if differs != is_listed {
                let codes: Vec<_> = report.reasons().map(|one| one.reason.code()).collect();
                surprises.push(format!(
                    "{name}: ours {ours} {codes:?}, OpenSSL's {theirs:?}"
                ));
            }
        }
        assert_eq!(surprises, Vec::<String>::new());
        let names: Vec<&String> = self.0.iter().map(|(name, _)| name).collect();
        for (listed, _why) in listed {
            assert!(
                names.iter().any(|name| name == listed),
                "no scenario {listed}"
            );
        }
        assert!(verdicts[1] > 0, "{verdicts:?} put nothing to the test");
    }
}

/// Writes it all where the command can read it.
fn files(made: &Made, openssl: &OpenSsl) -> Chain {
    let certificates = |kind: &str, certificates: &[StoredCertificate]| {
        let numbered = certificates.iter().enumerate();
        numbered
            .map(|(number, one)| {
                openssl.file(&format!("{kind}-{number}.der"), one.certificate().as_der())
            })
            .collect()
    };
    let crls = made.stores.crls.iter().enumerate();
    Chain {
        roots: certificates("root", &made.stores.roots),
        pool: certificates("pool", &made.stores.certificates),
        crls: crls
            .map(|(number, crl)| openssl.file(&format!("{number}.crl"), crl.crl().as_der()))
            .collect(),
        target: openssl.file("target.der", made.target.certificate.as_der()),
    }
}

fn policy_arguments(inputs: &InitialPolicies) -> Vec<String> {
    let mut arguments = Vec::new();
    // Without any it takes none to be acceptable where one is demanded.
    if inputs.acceptable.is_empty() {
        arguments.extend(words("-policy 2.5.29.32.0"));
    }
    for policy in &inputs.acceptable {
        arguments.extend(["-policy".to_owned(), policy.to_string()]);
    }
    for (set, option) in [
        (inputs.require_explicit_policy, "-explicit_policy"),
        (inputs.inhibit_policy_mapping, "-inhibit_map"),
        (inputs.inhibit_any_policy, "-inhibit_any"),
    ] {
        if set {
            arguments.push(option.to_owned());
        }
    }
    arguments
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

fn without_revocation() -> Policy {
    let mut policy = common::policy();
    policy.revocation = RevocationPolicy::Off;
    policy
}
