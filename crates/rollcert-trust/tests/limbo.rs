//! x509-limbo and BetterTLS: the published verdicts, under both presets.
//!
//! The suites are not part of the repository; `ROLLCERT_VECTORS` names the folder that holds them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a failed test is to panic, and one measures time"
)]

mod common;
mod suites;

use core::time::Duration;
use std::collections::BTreeSet;
use std::time::Instant;

use rollcert_trust::{Cache, Policy};
use serde::Deserialize;

use suites::limbo::{self, Case, Expected};

#[test]
fn the_core_has_no_false_reject_and_only_the_listed_false_accepts() {
    let Some(cases) = limbo::core() else { return };
    assert_eq!(cases.len(), 208);
    for (name, policy) in presets() {
        let scores = Scores::of(&cases, &policy, None);
        eprintln!("{name}: {}", scores.summary());
        assert_eq!(scores.false_rejects, Vec::<String>::new(), "{name}");
        assert_eq!(scores.false_accepts, listed(name), "{name}");
    }
}

#[test]
fn the_strict_preset_accepts_no_more_than_the_strictest_peer() {
    // pyca/cryptography 50 accepts 13 of them.
    assert!(listed("webpki").len() <= 13);
}

#[test]
fn every_exception_says_why_and_which_preset_closes_it() {
    for exception in exceptions() {
        assert!(exception.reason.len() > 20, "{}", exception.id);
        let closed = exception.closed_by.as_deref();
        match closed {
            Some("webpki") => assert_eq!(exception.accepted_by, ["partner"], "{}", exception.id),
            None => assert!(
                exception.accepted_by.iter().any(|name| name == "webpki"),
                "{}",
                exception.id
            ),
            Some(other) => panic!("{}: no preset {other}", exception.id),
        }
    }
}

#[test]
fn every_verdict_on_bettertls_is_the_published_one() {
    let Some(cases) = limbo::bettertls() else {
        return;
    };
    assert_eq!(cases.len(), 9_572);
    // Of one kind for both: what it remembers is true under every policy.
    let cache = Cache::new(100_000);
    for (name, policy) in presets() {
        let scores = Scores::of(&cases, &policy, Some(&cache));
        eprintln!("{name}: {}", scores.summary());
        assert_eq!(scores.false_rejects, Vec::<String>::new(), "{name}");
        assert_eq!(scores.false_accepts, BTreeSet::new(), "{name}");
    }
}

#[test]
fn a_cache_changes_no_verdict() {
    let Some(cases) = limbo::core() else { return };
    let cache = Cache::new(10_000);
    for (name, policy) in presets() {
        for case in &cases {
            let without = case.evaluate(&policy, None).explained();
            for round in ["cold", "warm"] {
                let with = case.evaluate(&policy, Some(&cache)).explained();
                assert_eq!(with, without, "{} under {name}, {round}", case.id);
            }
        }
    }
}

#[test]
fn what_is_built_to_exhaust_ends_soon() {
    let Some(cases) = limbo::core() else { return };
    let hostile = cases.iter().filter(|case| case.denial_of_service);
    let mut slow = Vec::new();
    for case in hostile.clone() {
        let begin = Instant::now();
        assert_eq!(
            case.evaluate(&Policy::partner(), None).verdict(),
            Expected::Failure,
            "{}",
            case.id
        );
        let took = begin.elapsed();
        if took > LONGEST {
            slow.push(format!("{}: {took:?}", case.id));
        }
    }
    assert_eq!(hostile.count(), 7);
    assert_eq!(slow, Vec::<String>::new());
}

struct Scores {
    agree: usize,
    soft: usize,
    false_accepts: BTreeSet<String>,
    false_rejects: Vec<String>,
}

impl Scores {
    fn of(cases: &[Case], policy: &Policy, cache: Option<&Cache>) -> Self {
        let mut scores = Self {
            agree: 0,
            soft: 0,
            false_accepts: BTreeSet::new(),
            false_rejects: Vec::new(),
        };
        for case in cases {
            let outcome = case.evaluate(policy, cache);
            match (case.expected, outcome.verdict()) {
                (expected, found) if expected == found => scores.agree += 1,
                _ if case.soft => scores.soft += 1,
                (Expected::Failure, _) => {
                    scores.false_accepts.insert(case.id.clone());
                }
                (Expected::Success, _) => {
                    let why = outcome.explained();
                    scores.false_rejects.push(format!("{}: {why}", case.id));
                }
            }
        }
        scores
    }

    fn summary(&self) -> String {
        format!(
            "{} agree, {} in soft cases do not, {} false accepts, {} false rejects",
            self.agree,
            self.soft,
            self.false_accepts.len(),
            self.false_rejects.len()
        )
    }
}

/// A false accept that is known, and why.
#[derive(Deserialize)]
struct Exception {
    id: String,
    reason: String,
    /// The presets that accept it.
    accepted_by: Vec<String>,
    /// The preset that rejects it, if there is one.
    closed_by: Option<String>,
}

fn exceptions() -> Vec<Exception> {
    serde_json::from_str(include_str!("limbo/exceptions.json")).expect("the form of the list")
}

/// The false accepts of a preset that are known.
fn listed(preset: &str) -> BTreeSet<String> {
    let of_preset = |exception: &Exception| exception.accepted_by.iter().any(|by| by == preset);
    exceptions()
        .into_iter()
        .filter(of_preset)
        .map(|exception| exception.id)
        .collect()
}

fn presets() -> [(&'static str, Policy); 2] {
    [("partner", Policy::partner()), ("webpki", Policy::webpki())]
}

/// As long as the suite lets a case of this kind take.
const LONGEST: Duration = Duration::from_secs(5);
