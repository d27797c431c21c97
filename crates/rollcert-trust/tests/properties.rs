//! What must hold for every certificate and every store, tried on PKITS and on chains made on the spot.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a failed test is to panic"
)]

mod common;
mod suites;

use common::{
    Authority, CrlTemplate, PROVIDER, Template, TestStores, evaluator, now, strict_policy,
};
use proptest::prelude::*;
use rollcert_trust::{Cache, Evaluator, Question, Report};
use suites::chains::{FLAWS, Flaw, Made, chain};
use suites::pkits;

#[test]
fn the_whole_of_pkits_at_once_gives_every_verdict_and_reason_of_a_case_alone() {
    for case in pkits::cases() {
        let policy = case.policy();
        let alone = case.evaluate(&case.stores(), &policy, None);
        let mut crowd = case.stores();
        crowd.certificates = pkits::certificates().values().cloned().collect();
        let beside = case.evaluate(&crowd, &policy, None);
        assert_eq!(summary(&beside), summary(&alone), "{case}");
    }
}

#[test]
fn crls_of_others_change_no_verdict() {
    for case in pkits::cases() {
        let policy = case.policy();
        let alone = case.evaluate(&case.stores(), &policy, None);
        let mut crowd = case.stores();
        let own = crowd.certificates.iter().chain(&crowd.roots);
        let own: Vec<_> = own.chain([case.target()]).cloned().collect();
        let of_others = pkits::crls().values().filter(|crl| {
            let issuer = crl.crl().issuer();
            !own.iter()
                .any(|one| one.certificate().subject().matches(issuer))
        });
        crowd.crls.extend(of_others.cloned());
        let beside = case.evaluate(&crowd, &policy, None);
        assert_eq!(summary(&beside), summary(&alone), "{case}");
    }
}

#[test]
fn the_order_of_the_pool_and_of_the_crls_changes_nothing() {
    for case in pkits::cases() {
        let policy = case.policy();
        let forward = case.evaluate(&case.stores(), &policy, None);
        let mut stores = case.stores();
        stores.certificates.reverse();
        stores.crls.reverse();
        let backward = case.evaluate(&stores, &policy, None);
        assert_eq!(summary(&backward), summary(&forward), "{case}");
    }
}

#[test]
fn presented_or_stored_is_all_the_same() {
    for case in pkits::cases() {
        let policy = case.policy();
        let stored = case.evaluate(&case.stores(), &policy, None);
        let mut stores = case.stores();
        let presented: Vec<_> = stores
            .certificates
            .drain(..)
            .map(|one| one.certificate().clone())
            .collect();
        let question = case.question().with_presented(&presented);
        let evaluator = Evaluator::new(stores.stores(), &policy, PROVIDER);
        assert_eq!(
            summary(&evaluator.evaluate(&question)),
            summary(&stored),
            "{case}"
        );
    }
}

#[test]
fn what_is_missing_never_makes_pkits_trusted() {
    for case in pkits::cases() {
        let policy = case.policy();
        if case
            .evaluate(&case.stores(), &policy, None)
            .trusted()
            .is_some()
        {
            continue;
        }
        let whole = case.stores();
        for missing in 0..whole.certificates.len() {
            let mut stores = whole.clone();
            stores.certificates.remove(missing);
            let report = case.evaluate(&stores, &policy, None);
            assert!(
                report.trusted().is_none(),
                "{case} without certificate {missing}"
            );
        }
        for missing in 0..whole.crls.len() {
            let mut stores = whole.clone();
            stores.crls.remove(missing);
            let report = case.evaluate(&stores, &policy, None);
            let is_trusted = report.trusted().is_some();
            let is_listed = IN_A_DELTA_ALONE.contains(&(case.id.as_str(), missing));
            assert_eq!(is_trusted, is_listed, "{case} without CRL {missing}");
        }
        let mut stores = whole.clone();
        stores.roots.clear();
        let report = case.evaluate(&stores, &policy, None);
        assert!(report.trusted().is_none(), "{case} without its root");
    }
}

/// Where taking a CRL away makes a certificate good, and which CRL: it is revoked in the delta alone, and the complete CRL,
/// which is still current, does not list it. Nothing demands a delta (RFC 5280 §6.3.3 (a)).
const IN_A_DELTA_ALONE: &[(&str, usize)] = &[("4.15.4", 2)];

#[test]
fn every_needed_certificate_and_crl_is_needed() {
    for case in pkits::cases().iter().filter(|case| case.should_validate) {
        let policy = case.policy();
        let report = case.evaluate(&case.stores(), &policy, None);
        let Some(trusted) = report.trusted() else {
            continue;
        };
        for needed in trusted.path().iter().skip(1) {
            let mut stores = case.stores();
            stores.roots.retain(|one| one != needed);
            stores.certificates.retain(|one| one != needed);
            let without = case.evaluate(&stores, &policy, None);
            assert!(without.trusted().is_none(), "{case} without {needed:?}");
        }
        let mut stores = case.stores();
        stores.crls.clear();
        let without = case.evaluate(&stores, &policy, None);
        let is_below_the_root = trusted.path().len() > 1;
        assert_eq!(
            without.trusted().is_none(),
            is_below_the_root,
            "{case} without CRLs"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// A chain with one flaw or none; whatever is put beside it, in any order, with or without a cache, through
    /// the store or presented, the verdict is that of the flaw.
    #[test]
    fn nothing_beside_a_made_chain_changes_its_verdict(
        depth in 0_usize..4,
        flaw in prop::option::of((0_usize..5, flaw())),
        strangers in prop::collection::vec(stranger(), 0..6),
        rotation in 0_usize..8,
        presented: bool,
    ) {
        let made = chain(depth, flaw);
        let is_good = flaw.is_none_or(|flaw| !matters(depth, flaw));
        let policy = strict_policy();
        let question = Question::new(&made.target.certificate, now());
        let alone = evaluator(&made.stores, &policy).evaluate(&question);
        prop_assert_eq!(alone.trusted().is_some(), is_good, "{:?}", summary(&alone));

        let mut stores = made.stores.clone();
        for stranger in &strangers {
            put_beside(&made, *stranger, &mut stores);
        }
        let turn = rotation.checked_rem(stores.certificates.len()).unwrap_or(0);
        stores.certificates.rotate_left(turn);
        stores.crls.reverse();
        let mut came_along = Vec::new();
        if presented {
            came_along = stores.certificates.drain(..).map(|one| one.certificate().clone()).collect();
        }
        let question = question.with_presented(&came_along);
        let cache = Cache::new(64);
        for _round in ["cold", "warm"] {
            let evaluator = Evaluator::new(stores.stores(), &policy, PROVIDER).with_cache(&cache);
            let report = evaluator.evaluate(&question);
            prop_assert_eq!(report.trusted().is_some(), is_good, "{:?}", summary(&report));
        }
    }

    /// Without any one of its parts a chain is not trusted.
    #[test]
    fn a_made_chain_needs_all_its_parts(depth in 1_usize..4, missing in 0_usize..16) {
        let made = chain(depth, None);
        let policy = strict_policy();
        let parts = made.stores.certificates.len() + made.stores.crls.len() + 1;
        let mut stores = made.stores.clone();
        match missing % parts {
            0 => stores.roots.clear(),
            part if part <= stores.certificates.len() => drop(stores.certificates.remove(part - 1)),
            part => drop(stores.crls.remove(part - 1 - made.stores.certificates.len())),
        }
        let question = Question::new(&made.target.certificate, now());
        let report = evaluator(&stores, &policy).evaluate(&question);
        prop_assert!(report.trusted().is_none());
    }
}

fn flaw() -> impl Strategy<Value = Flaw> {
    (0..FLAWS.len()).prop_map(|index| FLAWS[index].1)
}

/// A certificate or CRL that has nothing to do with a chain, and may look as if it had.
#[derive(Clone, Copy, Debug)]
enum Stranger {
    /// An authority of another name.
    Elsewhere,
    /// An authority of the same name as the issuer of the leaf, with another key.
    LookAlike,
    /// A root of the same name as the root, in the certificate store.
    FalseRoot,
    /// A certificate of the issuer of the leaf, by itself: a loop.
    Loop,
    /// A CRL of the same name as the leaf's issuer, signed by another key, that lists the leaf.
    FalseCrl,
}

fn stranger() -> impl Strategy<Value = Stranger> {
    prop::sample::select(vec![
        Stranger::Elsewhere,
        Stranger::LookAlike,
        Stranger::FalseRoot,
        Stranger::Loop,
        Stranger::FalseCrl,
    ])
}

/// Puts something into the stores that has nothing to do with the chain.
fn put_beside(made: &Made, stranger: Stranger, stores: &mut TestStores) {
    let name = made.issuer.certificate.subject().clone();
    let look_alike = Authority::self_signed(&Template::authority("").with_subject(name));
    let added = match stranger {
        Stranger::Elsewhere => Authority::root("Elsewhere"),
        Stranger::LookAlike => look_alike,
        Stranger::FalseRoot => Authority::root("Root"),
        Stranger::Loop => made.issuer.cross(&made.issuer),
        Stranger::FalseCrl => {
            let crl = CrlTemplate::new(9).revoking(&made.target.certificate);
            *stores = stores.clone().crl(&look_alike.crl(&crl));
            return;
        }
    };
    *stores = stores.clone().certificate(&added);
}

/// Whether a flaw so many levels below the root matters where there are so many authorities.
fn matters(authorities: usize, (level, flaw): (usize, Flaw)) -> bool {
    level < authorities || (level == authorities && !flaw.is_of_authorities())
}

/// Verdict, and the codes and places of what speaks against it.
fn summary(report: &Report) -> (bool, Vec<(&'static str, Option<usize>)>) {
    let reasons = report.reasons().map(|finding| {
        let place = finding.place.as_ref().map(|place| place.index);
        (finding.reason.code(), place)
    });
    (report.trusted().is_some(), reasons.collect())
}
