//! The Public Key Interoperability Test Suite of NIST: every case, its reason and the certificate it is about.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failed test is to panic"
)]

mod common;
mod suites;

use rollcert_trust::{Cache, Report};

use suites::pkits::{self, Case, DSA};

#[test]
fn the_suite_is_whole() {
    let cases = pkits::cases();
    let valid = cases.iter().filter(|case| case.should_validate).count();
    assert_eq!((cases.len(), valid), (249, 114));
    assert_eq!(
        (pkits::certificates().len(), pkits::crls().len()),
        (405, 173)
    );
}

#[test]
fn every_verdict_is_that_of_the_suite() {
    let wrong: Vec<String> = served()
        .filter_map(|case| {
            let report = case.evaluate(&case.stores(), &case.policy(), None);
            let trusted = report.trusted().is_some();
            (trusted != case.should_validate).then(|| described(case, &report))
        })
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_invalid_case_tells_its_reason_and_its_certificate() {
    let wrong: Vec<String> = served()
        .filter(|case| !case.should_validate)
        .filter_map(|case| {
            let report = case.evaluate(&case.stores(), &case.policy(), None);
            let expected = Expected::of(case);
            let is_right = report.reasons().next().is_some_and(|first| {
                let index = first.place.as_ref().map(|place| place.index);
                expected.codes.contains(&first.reason.code()) && index == Some(expected.index)
            });
            (!is_right).then(|| format!("{} wants {expected:?}", described(case, &report)))
        })
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn a_cache_changes_no_verdict_and_no_reason() {
    let cache = Cache::new(4_096);
    for round in ["cold", "warm"] {
        for case in pkits::cases() {
            let (stores, policy) = (case.stores(), case.policy());
            let without = case.evaluate(&stores, &policy, None);
            let with = case.evaluate(&stores, &policy, Some(&cache));
            assert_eq!(
                described(case, &with),
                described(case, &without),
                "{round} cache"
            );
        }
    }
}

#[test]
fn dsa_is_refused_as_what_it_is() {
    let found: Vec<_> = DSA
        .into_iter()
        .map(|id| {
            let case = pkits::case(id);
            let report = case.evaluate(&case.stores(), &case.policy(), None);
            let first = report.reasons().next().expect("a reason");
            (id, report.trusted().is_some(), first.reason.code())
        })
        .collect();
    assert_eq!(found, DSA.map(|id| (id, false, "dsa-not-served")));
}

/// All but the three cases of DSA: FIPS 186-5 has withdrawn it, no backend of ours serves it. Two of them are valid,
/// and the third would be refused for its signature if that could be looked at.
fn served() -> impl Iterator<Item = &'static Case> {
    let cases = pkits::cases().iter();
    cases.filter(|case| !DSA.contains(&case.id.as_str()))
}

fn described(case: &Case, report: &Report) -> String {
    let verdict = match report.trusted() {
        Some(trusted) => format!("trusted, path of {}", trusted.path().len()),
        None => "untrusted".to_owned(),
    };
    let reasons: Vec<String> = report
        .reasons()
        .map(|finding| {
            let index = finding.place.as_ref().map(|place| place.index);
            match index {
                Some(index) => format!("{} at {index}", finding.reason.code()),
                None => finding.reason.code().to_owned(),
            }
        })
        .collect();
    format!("{case}: {verdict} {reasons:?}")
}

/// The reason that an invalid case must give first, and the certificate it must be about.
///
/// Both are those of OpenSSL. Its depths were looked at one by one, and none is a quirk: a path length is exceeded at the
/// certificate that limits it, who may not issue is told of the issuer, a policy that is missing of the target, and what is
/// known or unknown of a revocation of the certificate that is or may be revoked.
#[derive(Debug)]
struct Expected {
    codes: &'static [&'static str],
    index: usize,
}

impl Expected {
    fn of(case: &Case) -> Self {
        let stated = case.expect_reason.as_deref().expect("a reason");
        let depth = case.openssl.as_ref().expect("a verdict of OpenSSL").depth;
        let codes = CODES
            .iter()
            .find(|(words, _)| *words == stated)
            .map(|(_, codes)| *codes);
        let codes = codes.unwrap_or_else(|| panic!("{case}: {stated}"));
        Self {
            codes,
            index: depth,
        }
    }
}

/// The words of `cases.json` and the codes that say the same.
const CODES: &[(&str, &[&str])] = &[
    ("signature_invalid", &["signature-invalid"]),
    ("not_yet_valid", &["not-yet-valid"]),
    ("expired", &["expired"]),
    (
        "no_path_to_anchor (name_chaining when the path is given)",
        &["no-path-to-anchor"],
    ),
    ("issuer_not_a_ca", &["issuer-not-a-ca"]),
    ("issuer_lacks_keycertsign", &["issuer-lacks-keycertsign"]),
    ("path_length_exceeded", &["path-length-exceeded"]),
    (
        "unhandled_critical_extension",
        &["unhandled-critical-extension"],
    ),
    ("name_not_permitted", &["name-not-permitted"]),
    ("name_excluded", &["name-excluded"]),
    ("policy_required", &["policy-required"]),
    ("policy_extension_invalid", &["policy-extension-invalid"]),
    ("revoked", &["revoked"]),
    (
        "revoked OR revocation_unknown:crl_unhandled_critical_extension (certificate is listed)",
        &["revoked", "crl-unhandled-critical-extension"],
    ),
    (
        "revocation_unknown:crl_unhandled_critical_extension",
        &["crl-unhandled-critical-extension"],
    ),
    (
        "revocation_unknown:no_applicable_crl",
        &["no-applicable-crl"],
    ),
    ("revocation_unknown:crl_expired", &["crl-expired"]),
    ("revocation_unknown:crl_out_of_scope", &["crl-out-of-scope"]),
    (
        "revocation_unknown:crl_signature_invalid",
        &["crl-signature-invalid"],
    ),
    (
        "revocation_unknown:crl_issuer_lacks_crlsign",
        &["crl-issuer-lacks-crlsign"],
    ),
    (
        "revocation_unknown:crl_issuer_path_invalid",
        &["crl-issuer-path-invalid"],
    ),
];
