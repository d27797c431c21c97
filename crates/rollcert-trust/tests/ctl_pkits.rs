//! Every state of a trust list, crossed with the leaves and the authorities of PKITS.
//!
//! What must come out is not written down case by case: it follows from the rules of the trust list, the validity of the
//! leaf, and what the same case says without a list.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failed test is to panic"
)]

mod common;
mod suites;

use rollcert_trust::{Basis, Report, StoredCertificate, TrustListEntry, TrustListStatus, Verdict};

use common::PROVIDER;
use suites::pkits::{self, Case};

#[test]
fn a_black_leaf_is_untrusted_in_every_case() {
    let found = matrix(BLACK, |case| vec![case.target()]);
    let expected = all(|_| untrusted("ctl-blacklisted", Some(0)));
    assert_eq!(found, expected);
}

#[test]
fn a_white_leaf_is_trusted_within_its_validity_in_every_case_whatever_its_path() {
    let found = matrix(WHITE, |case| vec![case.target()]);
    let expected = all(|case| match validity(case.target()) {
        Validity::Early => untrusted("not-yet-valid", Some(0)),
        Validity::Now => Outcome::Trusted(Basis::TrustList),
        Validity::Late => untrusted("expired", Some(0)),
    });
    assert_eq!(found, expected);
}

#[test]
fn a_white_leaf_that_may_be_expired_is_trusted_once_its_validity_has_begun() {
    let found = matrix(WHITE_THOUGH_EXPIRED, |case| vec![case.target()]);
    let expected = all(|case| match validity(case.target()) {
        Validity::Early => untrusted("not-yet-valid", Some(0)),
        Validity::Now | Validity::Late => Outcome::Trusted(Basis::TrustList),
    });
    assert_eq!(found, expected);
    // The suite has leaves of all three kinds, so that each line above is put to the test.
    for kind in [Validity::Early, Validity::Now, Validity::Late] {
        let mut cases = pkits::cases().iter();
        assert!(
            cases.any(|case| validity(case.target()) == kind),
            "{kind:?}"
        );
    }
}

#[test]
fn white_authorities_change_nothing() {
    for status in [WHITE, WHITE_THOUGH_EXPIRED] {
        let found = matrix(status, authorities);
        assert_eq!(found, all(without_a_list));
    }
}

#[test]
fn a_black_authority_anywhere_above_makes_everything_below_untrusted() {
    let found = matrix(BLACK, authorities);
    let expected = all(|case| match without_a_list(case) {
        Outcome::Trusted(_) => Outcome::Untrusted(None),
        // What else is wrong with it may be told first.
        Outcome::Untrusted(_) => Outcome::Untrusted(None),
    });
    assert_eq!(
        found.into_iter().map(verdict_alone).collect::<Vec<_>>(),
        expected
    );
}

#[test]
fn each_black_authority_on_a_valid_path_is_the_reason() {
    for case in trusted_by_path() {
        let path = without_a_list_report(case);
        let path = path.trusted().expect("a valid case").path().to_vec();
        for (index, authority) in path.iter().enumerate().skip(1) {
            let report = evaluate(case, BLACK, &[authority]);
            let found = Outcome::of(&report);
            assert_eq!(
                found,
                untrusted("ctl-issuer-blacklisted", Some(index)),
                "{case}: black at {index}"
            );
        }
    }
}

#[test]
fn a_black_certificate_that_is_on_no_path_changes_nothing() {
    // An authority of the suite that none of these cases knows: that of the case beside it.
    let stranger = pkits::case("4.16.1").target();
    for case in pkits::cases() {
        if case.target() == stranger {
            continue;
        }
        let found = Outcome::of(&evaluate(case, BLACK, &[stranger]));
        assert_eq!(found, without_a_list(case), "{case}");
    }
}

#[test]
fn an_entry_that_is_removed_leaves_nothing_behind() {
    for case in pkits::cases() {
        let before = without_a_list(case);
        let _listed = evaluate(case, BLACK, &[case.target()]);
        assert_eq!(without_a_list(case), before, "{case}");
    }
}

/// A row of the matrix: the case, and what came out.
type Row = (&'static str, Outcome);

#[derive(Clone, Debug, PartialEq)]
enum Outcome {
    Trusted(Basis),
    /// With the code of the first reason, and the certificate it is about; `None` where only the verdict counts.
    Untrusted(Option<(String, Option<usize>)>),
}

impl Outcome {
    fn of(report: &Report) -> Self {
        match report.verdict() {
            Verdict::Trusted(trusted) => Self::Trusted(trusted.basis()),
            Verdict::Untrusted => {
                let first = report.reasons().next().expect("a reason");
                let place = first.place.as_ref().map(|place| place.index);
                Self::Untrusted(Some((first.reason.code().to_owned(), place)))
            }
        }
    }
}

fn untrusted(code: &str, index: Option<usize>) -> Outcome {
    Outcome::Untrusted(Some((code.to_owned(), index)))
}

fn verdict_alone((case, outcome): Row) -> Row {
    match outcome {
        Outcome::Untrusted(_) => (case, Outcome::Untrusted(None)),
        trusted @ Outcome::Trusted(_) => (case, trusted),
    }
}

fn all(expected: impl Fn(&'static Case) -> Outcome) -> Vec<Row> {
    let cases = pkits::cases().iter();
    cases
        .map(|case| (case.id.as_str(), expected(case)))
        .collect()
}

/// Every case, with these of its certificates listed like that.
fn matrix(
    status: TrustListStatus,
    listed: impl Fn(&'static Case) -> Vec<&'static StoredCertificate>,
) -> Vec<Row> {
    all(|case| Outcome::of(&evaluate(case, status, &listed(case))))
}

fn evaluate(case: &Case, status: TrustListStatus, listed: &[&StoredCertificate]) -> Report {
    let mut stores = case.stores();
    for certificate in listed {
        let thumbprint = *certificate.sha512(PROVIDER);
        stores
            .entries
            .push(TrustListEntry::new(thumbprint, status).unwrap());
    }
    case.evaluate(&stores, &case.policy(), None)
}

fn without_a_list(case: &Case) -> Outcome {
    Outcome::of(&without_a_list_report(case))
}

fn without_a_list_report(case: &Case) -> Report {
    case.evaluate(&case.stores(), &case.policy(), None)
}

fn trusted_by_path() -> impl Iterator<Item = &'static Case> {
    let cases = pkits::cases().iter();
    cases.filter(|case| matches!(without_a_list(case), Outcome::Trusted(Basis::Path)))
}

/// The root and everything that may stand between.
fn authorities(case: &'static Case) -> Vec<&'static StoredCertificate> {
    let mut authorities: Vec<_> = case.pool().collect();
    authorities.push(case.anchor());
    authorities
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Validity {
    Early,
    Now,
    Late,
}

fn validity(certificate: &StoredCertificate) -> Validity {
    let certificate = certificate.certificate();
    if pkits::now() < certificate.not_before() {
        Validity::Early
    } else if pkits::now() <= certificate.not_after() {
        Validity::Now
    } else {
        Validity::Late
    }
}

const WHITE: TrustListStatus = TrustListStatus::Whitelisted {
    allow_expired: false,
};

const WHITE_THOUGH_EXPIRED: TrustListStatus = TrustListStatus::Whitelisted {
    allow_expired: true,
};

const BLACK: TrustListStatus = TrustListStatus::Blacklisted;
