//! The CRL store: which CRL takes the place of which, why one serves for nothing, what to fetch, what comes back.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test panics where it fails"
)]

mod common;

use core::time::Duration;

use chrono::TimeDelta;
use common::world::World;
use common::{
    Authority, CrlTemplate, PROVIDER, Template, critical, day, extension, name, now, policy,
    serial, strict_policy, unknown_extension,
};
use proptest::prelude::*;
use rollcert_pki::extension::{
    Criticality, CrlDistributionPoints, CrlNumber, CrlScope, DeltaCrlIndicator, DistributionPoint,
    DistributionPointName, FreshestCrl, GeneralName, IssuingDistributionPoint, ReasonCode,
    ReasonFlag,
};
use rollcert_pki::{Crl, CrlIndex, KeyUsage, Limits, Thumbprint};
use rollcert_trust::{
    AddressRule, Cache, CrlAnswer, CrlJudgement, CrlOrigin, CrlOutcome, CrlUpdater, CrlWarning,
    Evaluator, FetchLimits, FetchPlan, FetchPolicy, FetchRequest, FetchResult, FetchScheme,
    Fetched, FetchedValue, OnUnknown, PointKind, Policy, Question, Reason, RevocationPolicy,
    RevocationSource, ScanSchedule, ScanScope, Snapshot, StoredCrl, StrictRule, TrustListEntry,
    TrustListStatus, UntrustedCrls, UriRefusal,
};

impl World {
    /// The same, with this CRL stored already.
    fn storing(crl: impl FnOnce(&Authority) -> Crl) -> (Self, StoredCrl) {
        let mut world = Self::new();
        let crl = stored(&crl(&world.issuing));
        let answer = world.offer(&crl, CrlOrigin::Downloaded);
        assert_eq!(answer.outcome, CrlOutcome::Stored);
        (world, crl)
    }

    fn offer(&mut self, crl: &StoredCrl, origin: CrlOrigin) -> CrlAnswer {
        let updater = CrlUpdater::new(&self.policy, PROVIDER);
        updater.offer(&mut self.snapshot, crl.clone(), origin, now())
    }

    fn download(&mut self, template: &CrlTemplate) -> (CrlAnswer, StoredCrl) {
        let crl = stored(&self.issuing.crl(template));
        (self.offer(&crl, CrlOrigin::Downloaded), crl)
    }

    fn judge(&self, crl: &StoredCrl) -> CrlJudgement {
        let updater = CrlUpdater::new(&self.policy, PROVIDER);
        updater.judge(self.snapshot.stores(), crl, now())
    }

    fn grey(&self, template: &CrlTemplate) -> Vec<Reason> {
        let judgement = self.judge(&stored(&self.issuing.crl(template)));
        judgement.reasons().to_vec()
    }

    fn stored(&self) -> Vec<Thumbprint> {
        self.snapshot.crls.iter().map(|crl| *crl.sha256()).collect()
    }
}

fn stored(crl: &Crl) -> StoredCrl {
    let index = CrlIndex::of(crl.clone(), &Limits::default()).unwrap();
    StoredCrl::new(index, PROVIDER)
}

fn one(crl: &StoredCrl) -> Vec<Thumbprint> {
    vec![*crl.sha256()]
}

fn two(first: &StoredCrl, second: &StoredCrl) -> Vec<Thumbprint> {
    let mut both = vec![*first.sha256(), *second.sha256()];
    both.sort();
    both
}

/// What the table calls `int-2-revoked`: number 2, two days old.
fn second(issuing: &Authority) -> Crl {
    let revoked = issuing.leaf("revoked");
    issuing.crl(&dated(2, -2).revoking(&revoked.certificate))
}

/// A CRL with this number, issued so many days from now, good for a month.
fn dated(number: u64, issued: i64) -> CrlTemplate {
    CrlTemplate::new(number).with_times(day(issued), Some(day(issued + 30)))
}

fn delta(number: u64, base: u64) -> CrlTemplate {
    dated(number, -1).with(critical(&DeltaCrlIndicator(serial(base))))
}

// ---- The replace rule

#[test]
fn the_next_crl_takes_the_place_of_the_one_before() {
    let (mut world, first) = World::storing(|issuing| issuing.crl(&dated(1, -3)));
    let (answer, new) = world.download(&dated(2, -2));
    let old = one(&first);
    assert_eq!(answer.outcome, CrlOutcome::Replaced { old });
    assert_eq!(answer.warnings, []);
    assert_eq!(world.stored(), one(&new));
}

#[test]
fn the_one_before_does_not_come_back() {
    let (mut world, second) = World::storing(second);
    let (answer, _) = world.download(&dated(1, -3));
    let newer = *second.sha256();
    assert_eq!(answer.outcome, CrlOutcome::Kept { newer });
    assert_eq!(answer.warnings, []);
    assert_eq!(world.stored(), one(&second));
}

#[test]
fn a_higher_number_with_an_older_date_replaces_with_a_warning_only_what_lists_nobody() {
    let (mut world, listing) = World::storing(second);
    let (answer, new) = world.download(&dated(3, -3));
    let other = *listing.sha256();
    assert_eq!(answer.outcome, CrlOutcome::Stored);
    assert_eq!(answer.warnings, [CrlWarning::NumberAgainstDate { other }]);
    assert_eq!(world.stored(), two(&listing, &new));

    let (mut world, empty) = World::storing(|issuing| issuing.crl(&dated(2, -2)));
    let (answer, new) = world.download(&dated(3, -3));
    let old = one(&empty);
    let other = *empty.sha256();
    assert_eq!(answer.outcome, CrlOutcome::Replaced { old });
    assert_eq!(answer.warnings, [CrlWarning::NumberAgainstDate { other }]);
    assert_eq!(world.stored(), one(&new));
}

#[test]
fn a_lower_number_with_a_newer_date_that_lists_someone_stands_beside_with_a_warning() {
    let (mut world, second) = World::storing(second);
    let extra = world.issuing.leaf("extra");
    let (answer, new) = world.download(&dated(1, -1).revoking(&extra.certificate));
    let other = *second.sha256();
    assert_eq!(answer.outcome, CrlOutcome::Stored);
    assert_eq!(answer.warnings, [CrlWarning::NumberAgainstDate { other }]);
    // The next one is newer than both by whatever is looked at.
    assert_eq!(world.stored(), two(&second, &new));
    let (answer, next) = world.download(&dated(3, 0));
    let old = two(&second, &new);
    let CrlOutcome::Replaced { old: mut gone } = answer.outcome else {
        panic!("{answer:?}");
    };
    gone.sort();
    assert_eq!(gone, old);
    assert_eq!(answer.warnings, []);
    assert_eq!(world.stored(), one(&next));
}

#[test]
fn a_lower_number_with_a_newer_date_is_kept_out_with_a_warning() {
    let (mut world, second) = World::storing(second);
    let (answer, _) = world.download(&dated(1, -1));
    let newer = *second.sha256();
    let other = newer;
    assert_eq!(answer.outcome, CrlOutcome::Kept { newer });
    assert_eq!(answer.warnings, [CrlWarning::NumberAgainstDate { other }]);
    assert_eq!(world.stored(), one(&second));
}

#[test]
fn the_same_number_with_a_newer_date_replaces() {
    let (mut world, second) = World::storing(second);
    let (answer, new) = world.download(&dated(2, -1));
    let old = one(&second);
    assert_eq!(answer.outcome, CrlOutcome::Replaced { old });
    assert_eq!(answer.warnings, []);
    assert_eq!(world.stored(), one(&new));
}

#[test]
fn without_a_number_a_newer_date_replaces() {
    let (mut world, second) = World::storing(second);
    let (answer, new) = world.download(&dated(0, -1).without::<CrlNumber>());
    let old = one(&second);
    assert_eq!(answer.outcome, CrlOutcome::Replaced { old });
    assert_eq!(answer.warnings, []);
    // And the other way round: the stored one has no number.
    let (answer, next) = world.download(&dated(1, 0));
    let old = one(&new);
    assert_eq!(answer.outcome, CrlOutcome::Replaced { old });
    assert_eq!(world.stored(), one(&next));
}

#[test]
fn without_a_number_an_older_date_is_kept_out() {
    let (mut world, second) = World::storing(second);
    let (answer, _) = world.download(&dated(0, -3).without::<CrlNumber>());
    let newer = *second.sha256();
    assert_eq!(answer.outcome, CrlOutcome::Kept { newer });
    assert_eq!(world.stored(), one(&second));
}

#[test]
fn a_delta_is_stored_beside_and_replaces_nothing() {
    let (mut world, second) = World::storing(second);
    let (answer, delta) = world.download(&delta(3, 2));
    assert_eq!(answer.outcome, CrlOutcome::Stored);
    assert_eq!(world.stored(), two(&second, &delta));
}

#[test]
fn a_crl_dated_in_the_future_that_lists_nobody_is_refused() {
    let (mut world, second) = World::storing(second);
    let (answer, future) = world.download(&dated(3, 1));
    let CrlOutcome::Refused { reasons } = answer.outcome else {
        panic!("{answer:?}");
    };
    let codes: Vec<&str> = reasons.iter().map(Reason::code).collect();
    assert_eq!(codes, ["crl-not-yet-valid"]);
    assert_eq!(world.stored(), one(&second));

    // By hand it comes in, replaces nothing, and keeps nothing out.
    let answer = world.offer(&future, CrlOrigin::Imported);
    assert_eq!(answer.outcome, CrlOutcome::StoredUntrusted);
    assert_eq!(world.stored(), two(&second, &future));
    let (answer, _) = world.download(&dated(3, -1));
    let old = one(&second);
    assert_eq!(answer.outcome, CrlOutcome::Replaced { old });
}

#[test]
fn a_crl_with_a_bad_signature_or_of_another_key_is_refused() {
    let (mut world, second) = World::storing(second);
    let good = world.issuing.crl(&dated(3, -1));
    let mut octets = good.as_der().to_vec();
    *octets.last_mut().unwrap() ^= 1;
    let bad = stored(&Crl::from_der(octets).unwrap());
    let wrong_key = stored(&Authority::root("Acme Issuing").crl(&dated(3, -1)));
    for crl in [bad, wrong_key] {
        let answer = world.offer(&crl, CrlOrigin::Downloaded);
        let CrlOutcome::Refused { reasons } = answer.outcome else {
            panic!("{answer:?}");
        };
        assert_eq!(reasons[0].code(), "crl-signature-invalid");
        assert_eq!(world.stored(), one(&second));

        // Stored already, it is grey.
        let mut world = World::new();
        world.snapshot.certificates.insert(world.issuing.stored());
        world.snapshot.crls.insert(crl.clone());
        assert!(world.judge(&crl).is_grey());
        assert!(!world.judge(&crl).is_trusted());
    }
}

#[test]
fn the_same_crl_again_changes_nothing() {
    let (mut world, second) = World::storing(second);
    let answer = world.offer(&second, CrlOrigin::Downloaded);
    assert_eq!(answer.outcome, CrlOutcome::Known);
    assert!(answer.judgement.is_none());
    assert_eq!(world.stored(), one(&second));
}

#[test]
fn the_same_number_and_date_in_other_octets_is_kept_out_unless_it_lists_someone() {
    let (mut world, first) = World::storing(second);
    let (answer, _) = world.download(&dated(2, -2));
    let newer = *first.sha256();
    assert_eq!(answer.outcome, CrlOutcome::Kept { newer });
    let extra = world.issuing.leaf("extra");
    let (answer, other) = world.download(&dated(2, -2).revoking(&extra.certificate));
    assert_eq!(answer.outcome, CrlOutcome::Stored);
    assert_eq!(answer.warnings, []);
    assert_eq!(world.stored(), two(&first, &other));
}

#[test]
fn crls_of_other_scope_stand_side_by_side() {
    let users = IssuingDistributionPoint::default().with_scope(CrlScope::EndEntities);
    let authorities = IssuingDistributionPoint::default().with_scope(CrlScope::Authorities);
    let (mut world, complete) = World::storing(|issuing| issuing.crl(&dated(1, -3)));
    let (answer, of_users) = world.download(&dated(2, -2).with(critical(&users)));
    assert_eq!(answer.outcome, CrlOutcome::Stored);
    let (answer, _) = world.download(&dated(3, -1).with(critical(&authorities)));
    assert_eq!(answer.outcome, CrlOutcome::Stored);
    assert_eq!(world.snapshot.crls.len(), 3);
    let (answer, _) = world.download(&dated(4, 0).with(critical(&users)));
    let old = one(&of_users);
    assert_eq!(answer.outcome, CrlOutcome::Replaced { old });
    assert!(world.stored().contains(complete.sha256()));
}

#[test]
fn crls_of_another_key_of_the_same_authority_stand_side_by_side() {
    let (mut world, old_key) = World::storing(|issuing| issuing.crl(&dated(9, -3)));
    let rolled_over = world.root.authority("Acme Issuing");
    world.snapshot.certificates.insert(rolled_over.stored());
    let new_key = stored(&rolled_over.crl(&dated(1, -1)));
    let answer = world.offer(&new_key, CrlOrigin::Downloaded);
    assert_eq!(answer.outcome, CrlOutcome::Stored);
    assert_eq!(world.stored(), two(&old_key, &new_key));
}

#[test]
fn a_later_delta_since_the_same_crl_replaces_and_one_since_another_does_not() {
    let (mut world, base) = World::storing(|issuing| issuing.crl(&dated(1, -5)));
    let (_, first) = world.download(&delta(2, 1));
    let (answer, second) = world.download(&delta(3, 1));
    let old = one(&first);
    assert_eq!(answer.outcome, CrlOutcome::Replaced { old });
    // It starts after the complete one that is here: the other is still the one that fits.
    let (answer, _) = world.download(&delta(4, 2));
    assert_eq!(answer.outcome, CrlOutcome::Stored);
    assert!(world.stored().contains(base.sha256()));
    assert!(world.stored().contains(second.sha256()));
}

#[test]
fn a_complete_crl_takes_the_place_of_the_deltas_that_are_in_it() {
    let (mut world, base) = World::storing(|issuing| issuing.crl(&dated(1, -5)));
    let (_, included) = world.download(&delta(2, 1));
    let (_, later) = world.download(&delta(4, 2));
    let (answer, complete) = world.download(&dated(3, -1));
    let CrlOutcome::Replaced { mut old } = answer.outcome else {
        panic!("{answer:?}");
    };
    old.sort();
    assert_eq!(old, two(&base, &included));
    assert_eq!(world.stored(), two(&later, &complete));
    // And a delta that comes late is not let in.
    let (answer, _) = world.download(&delta(3, 1));
    let newer = *complete.sha256();
    assert_eq!(answer.outcome, CrlOutcome::Kept { newer });
}

#[test]
fn a_crl_that_serves_for_nothing_replaces_none_that_serves_and_keeps_none_out() {
    let unknown = unknown_extension(Criticality::Critical);
    let (mut world, second) = World::storing(second);
    let (answer, odd) = world.download(&dated(3, -1).with(unknown));
    assert_eq!(answer.outcome, CrlOutcome::Stored);
    assert_eq!(world.stored(), two(&second, &odd));
    let (answer, _) = world.download(&dated(2, -1));
    let old = one(&second);
    assert_eq!(answer.outcome, CrlOutcome::Replaced { old });
    // One that is over replaces one that is over.
    let expired =
        |number, issued| CrlTemplate::new(number).with_times(day(issued), Some(day(issued + 1)));
    let (mut world, first) = World::storing(|issuing| issuing.crl(&expired(1, -9)));
    let (answer, _) = world.download(&expired(2, -8));
    let old = one(&first);
    assert_eq!(answer.outcome, CrlOutcome::Replaced { old });
}

#[test]
fn a_crl_that_is_not_trusted_is_refused_when_downloaded_and_stored_when_imported() {
    let stranger = Authority::root("Stranger");
    let crl = stored(&stranger.crl(&dated(1, -1)));
    let mut world = World::new();
    let answer = world.offer(&crl, CrlOrigin::Downloaded);
    let reasons = answer.judgement.unwrap().reasons().to_vec();
    assert_eq!(reasons.len(), 1);
    let Reason::CrlIssuerPathInvalid { cause, .. } = &reasons[0] else {
        panic!("{reasons:?}");
    };
    assert_eq!(*cause, "issuer-unknown");
    assert_eq!(answer.outcome, CrlOutcome::Refused { reasons });
    let answer = world.offer(&crl, CrlOrigin::Imported);
    assert_eq!(answer.outcome, CrlOutcome::StoredUntrusted);
    assert_eq!(world.stored(), one(&crl));
    assert!(world.judge(&crl).is_grey());
    // Once the stranger is trusted, it serves.
    world.snapshot.roots.trust(stranger.stored());
    assert!(!world.judge(&crl).is_grey());
    assert_eq!(world.judge(&crl).signer(), Some(&stranger.stored()));
}

#[test]
fn what_is_done_with_untrusted_crls_is_a_matter_of_policy() {
    let crl = stored(&Authority::root("Stranger").crl(&dated(1, -1)));
    let world = World::new();
    let updater = CrlUpdater::new(&world.policy, PROVIDER)
        .with_untrusted(CrlOrigin::Downloaded, UntrustedCrls::Store)
        .with_untrusted(CrlOrigin::Imported, UntrustedCrls::Refuse);
    let mut snapshot = world.snapshot.clone();
    let answer = updater.offer(&mut snapshot, crl.clone(), CrlOrigin::Imported, now());
    assert_eq!(answer.outcome.code(), "refused");
    assert!(snapshot.crls.is_empty());
    let answer = updater.offer(&mut snapshot, crl, CrlOrigin::Downloaded, now());
    assert_eq!(answer.outcome.code(), "stored-untrusted");
    assert_eq!(snapshot.crls.len(), 1);
}

#[test]
fn a_cache_changes_no_answer() {
    let cache = Cache::new(1_000);
    let world = World::new();
    let updater = CrlUpdater::new(&world.policy, PROVIDER).with_cache(&cache);
    let crls = [dated(1, -3), dated(2, -2), delta(3, 2), dated(1, -1)];
    let outcomes = |updater: &CrlUpdater<'_>| {
        let mut snapshot = world.snapshot.clone();
        let offered = crls.iter().map(|template| {
            // Ed25519 would sign alike each time; ECDSA here does too.
            let crl = stored(&world.issuing.crl(template));
            let answer = updater.offer(&mut snapshot, crl, CrlOrigin::Downloaded, now());
            answer.outcome.code()
        });
        offered.collect::<Vec<_>>()
    };
    let without = outcomes(&CrlUpdater::new(&world.policy, PROVIDER));
    assert_eq!(without, ["stored", "replaced", "stored", "kept"]);
    assert_eq!(outcomes(&updater), without);
    assert_eq!(outcomes(&updater), without);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    /// In whatever order the CRLs of one line come, the newest is left in the end, and the delta that goes on from there.
    #[test]
    fn the_order_of_arrival_changes_nothing_in_the_end(
        order in Just((0..6_usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let mut world = World::new();
        let templates = [
            dated(1, -9),
            dated(2, -8),
            dated(3, -7),
            dated(4, -6),
            delta(3, 2).with_times(day(-7), Some(day(23))),
            delta(5, 4).with_times(day(-5), Some(day(25))),
        ];
        let crls = templates.map(|template| stored(&world.issuing.crl(&template)));
        for place in order {
            let answer = world.offer(&crls[place], CrlOrigin::Downloaded);
            prop_assert!(answer.warnings.is_empty());
        }
        prop_assert_eq!(world.stored(), two(&crls[3], &crls[5]));
    }
}

// ---- What the updater does to revocations

/// A CRL that revokes and does nothing else: it holds something critical that nobody understands.
fn odd(number: u64, issued: i64) -> CrlTemplate {
    dated(number, issued).with(unknown_extension(Criticality::Critical))
}

/// Number 1, over for two days.
fn expired() -> CrlTemplate {
    CrlTemplate::new(1).with_times(day(-9), Some(day(-2)))
}

fn is_revoked(snapshot: &Snapshot, leaf: &Authority) -> bool {
    let mut gateway = policy();
    gateway.revocation = RevocationPolicy::GATEWAY;
    let evaluator = Evaluator::new(snapshot.stores(), &gateway, PROVIDER);
    let report = evaluator.evaluate(&Question::new(&leaf.certificate, now()));
    let mut reasons = report.reasons();
    reasons.any(|finding| finding.reason.code() == "revoked")
}

#[test]
fn what_revokes_and_does_nothing_else_takes_the_place_of_no_expired_crl() {
    let hold = extension(&ReasonCode::CertificateHold);
    let twice = dated(2, -1).listing(&serial(5), &[hold.clone(), hold]);
    for doubtful in [twice, odd(2, -1)] {
        let mut world = World::new();
        let leaf = world.issuing.leaf("leaf");
        let (_, first) = world.download(&expired().revoking(&leaf.certificate));
        let (answer, second) = world.download(&doubtful);
        assert_eq!(answer.outcome, CrlOutcome::Stored);
        assert_eq!(world.stored(), two(&first, &second));
        assert!(is_revoked(&world.snapshot, &leaf));
        // And keeps none out that comes later.
        let mut world = World::new();
        let (_, second) = world.download(&doubtful);
        let (answer, first) = world.download(&expired().revoking(&leaf.certificate));
        assert_eq!(answer.outcome, CrlOutcome::Stored);
        assert_eq!(world.stored(), two(&first, &second));
        // One that is understood takes the place of both.
        let (answer, next) = world.download(&dated(3, 0));
        assert_eq!(answer.outcome.code(), "replaced");
        assert_eq!(world.stored(), one(&next));
    }
}

#[test]
fn a_crl_that_the_policy_refuses_takes_the_place_of_none() {
    let refusals: [fn(&mut Policy); 2] = [
        |policy| policy.algorithms.revocation_digests.clear(),
        |policy| {
            policy.strictness.enforced.insert(StrictRule::CrlNumber);
        },
    ];
    for refuse in refusals {
        let (mut world, first) = World::storing(second);
        refuse(&mut world.policy);
        let (answer, new) = world.download(&dated(0, -1).without::<CrlNumber>());
        assert_eq!(answer.outcome, CrlOutcome::Stored);
        assert_eq!(world.stored(), two(&first, &new));
    }
}

#[test]
fn a_crl_dated_in_the_future_that_lists_someone_is_stored_beside_and_revokes() {
    let mut world = World::new();
    let leaf = world.issuing.leaf("leaf");
    let (answer, future) = world.download(&dated(3, 1).revoking(&leaf.certificate));
    assert_eq!(answer.outcome, CrlOutcome::Stored);
    assert!(is_revoked(&world.snapshot, &leaf));
    // It neither keeps another out nor takes its place, whichever comes first.
    let (answer, second) = world.download(&dated(2, -2));
    assert_eq!(answer.outcome, CrlOutcome::Stored);
    assert_eq!(world.stored(), two(&second, &future));
    let (answer, later) = world.download(&dated(4, 2).revoking(&leaf.certificate));
    assert_eq!(answer.outcome, CrlOutcome::Stored);
    assert_eq!(world.stored().len(), 3);
    assert!(world.stored().contains(later.sha256()));
}

#[test]
fn crls_that_cannot_take_each_others_place_stand_side_by_side_by_the_handful() {
    let mut world = World::new();
    let leaf = world.issuing.leaf("leaf");
    let (_, good) = world.download(&dated(1, -30));
    let made = |world: &mut World, number: i64| {
        let template = odd(u64::try_from(number).unwrap(), number - 40);
        world.download(&template.revoking(&leaf.certificate))
    };
    let (_, second) = made(&mut world, 12);
    for number in 13..28 {
        let (answer, _) = made(&mut world, number);
        assert_eq!(answer.outcome, CrlOutcome::Stored);
        assert_eq!(answer.warnings, []);
    }
    // The oldest gives way: what the authority says last is heard.
    let (answer, newest) = made(&mut world, 28);
    let old = one(&second);
    assert_eq!(answer.outcome, CrlOutcome::Replaced { old });
    assert_eq!(answer.warnings, [CrlWarning::TooManyRivals { limit: 16 }]);
    // One that is older than all of them does not come back.
    let answer = world.offer(&second, CrlOrigin::Downloaded);
    assert_eq!(answer.outcome.code(), "kept");
    assert_eq!(world.stored().len(), 1 + 16);
    assert!(world.stored().contains(newest.sha256()));
    // None of them is in the way of one that is understood.
    assert!(world.stored().contains(good.sha256()));
    let (_, next) = world.download(&dated(29, -1));
    assert_eq!(world.stored(), one(&next));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Whatever comes in whatever order: a certificate that all of it together revokes is revoked by what is left of it.
    #[test]
    fn no_revocation_is_lost_by_what_the_updater_leaves_out(
        // Number, day of issue, days that it lasts, whether it is understood, whether it lists the certificate.
        crls in prop::collection::vec(
            (1..4_u64, -4..2_i64, 1..6_i64, any::<bool>(), any::<bool>()),
            1..7,
        ),
    ) {
        let mut world = World::new();
        let leaf = world.issuing.leaf("leaf");
        let mut all = world.snapshot.clone();
        for (number, issued, lasts, is_odd, lists) in crls {
            let template = if is_odd { odd } else { dated };
            let (from, until) = (day(issued), day(issued + lasts));
            let mut template = template(number, issued).with_times(from, Some(until));
            if lists {
                template = template.revoking(&leaf.certificate);
            }
            let (_, crl) = world.download(&template);
            all.crls.insert(crl);
        }
        let expected = is_revoked(&all, &leaf);
        let found = is_revoked(&world.snapshot, &leaf);
        prop_assert!(found || !expected, "{} of {} CRLs", world.stored().len(), all.crls.len());
    }
}

// ---- Why a CRL is grey

#[test]
fn a_current_crl_of_a_trusted_authority_is_not_grey() {
    let world = World::new();
    let crl = stored(&world.issuing.crl(&dated(1, -1)));
    let judgement = world.judge(&crl);
    assert_eq!(judgement.reasons(), []);
    assert!(judgement.is_trusted());
    assert_eq!(judgement.signer(), Some(&world.issuing.stored()));
    // Nor that of the root itself.
    let crl = stored(&world.root.crl(&dated(1, -1)));
    assert_eq!(world.judge(&crl).signer(), Some(&world.root.stored()));
    assert!(!world.judge(&crl).is_grey());
}

#[test]
fn a_crl_with_a_bad_signature_is_grey() {
    let world = World::new();
    let good = world.issuing.crl(&dated(1, -1));
    let mut octets = good.as_der().to_vec();
    *octets.last_mut().unwrap() ^= 1;
    let bad = stored(&Crl::from_der(octets).unwrap());
    let judgement = world.judge(&bad);
    let [Reason::CrlSignatureInvalid { source }] = judgement.reasons() else {
        panic!("{judgement:?}");
    };
    let RevocationSource::Crl {
        issuer, thumbprint, ..
    } = source
    else {
        panic!("{source:?}");
    };
    assert_eq!((issuer, thumbprint), (bad.crl().issuer(), bad.sha256()));
    assert_eq!(world.judge(&bad).signer(), None);
}

#[test]
fn a_crl_whose_signer_has_no_path_to_a_root_is_grey() {
    let mut world = World::new();
    let crl = stored(&world.issuing.crl(&dated(1, -1)));
    world.snapshot.roots.remove(world.root.stored().sha256());
    let judgement = world.judge(&crl);
    let Reason::CrlIssuerPathInvalid { cause, .. } = &judgement.reasons()[0] else {
        panic!("{judgement:?}");
    };
    assert_eq!(*cause, "no-path-to-anchor");
    assert_eq!(judgement.signer(), Some(&world.issuing.stored()));
    assert!(!judgement.is_trusted());
}

#[test]
fn a_crl_whose_time_is_over_or_without_end_is_grey() {
    let world = World::new();
    let over = CrlTemplate::new(1).with_times(day(-9), Some(day(-1)));
    let endless = CrlTemplate::new(1).with_times(day(-9), None);
    for (template, expected) in [(over, Some(day(-1))), (endless, None)] {
        let [Reason::CrlExpired { next_update, .. }] = world.grey(&template)[..] else {
            panic!("{:?}", world.grey(&template));
        };
        assert_eq!(next_update, expected);
    }
    // The last second counts.
    let last = CrlTemplate::new(1).with_times(day(-9), Some(now()));
    assert_eq!(world.grey(&last), []);
}

#[test]
fn a_crl_that_is_not_yet_valid_is_grey_beyond_what_clocks_may_differ() {
    let mut world = World::new();
    let early = CrlTemplate::new(1).with_times(now() + TimeDelta::hours(1), Some(day(9)));
    assert_eq!(world.grey(&early)[0].code(), "crl-not-yet-valid");
    if let RevocationPolicy::Check { skew, .. } = &mut world.policy.revocation {
        *skew = TimeDelta::hours(1);
    }
    assert_eq!(world.grey(&early), []);
}

#[test]
fn a_crl_whose_signer_may_not_sign_crls_is_grey() {
    let mut world = World::new();
    world.issuing = world
        .root
        .issue(Template::authority("Acme Issuing").with_key_usage(&[KeyUsage::KeyCertSign]));
    world.snapshot.certificates.insert(world.issuing.stored());
    let reasons = world.grey(&dated(1, -1));
    assert_eq!(reasons[0].code(), "crl-issuer-lacks-crlsign");
}

#[test]
fn a_crl_whose_issuer_nobody_knows_is_grey() {
    let world = World::new();
    let crl = stored(&Authority::root("Stranger").crl(&dated(1, -1)));
    let judgement = world.judge(&crl);
    let [Reason::CrlIssuerPathInvalid { cause, .. }] = judgement.reasons() else {
        panic!("{judgement:?}");
    };
    assert_eq!(*cause, "issuer-unknown");
}

#[test]
fn a_crl_with_something_critical_that_is_unknown_is_grey() {
    let world = World::new();
    let unknown = unknown_extension(Criticality::Critical);
    let reasons = world.grey(&dated(1, -1).with(unknown.clone()));
    let [Reason::CrlUnhandledCriticalExtension { oid, .. }] = &reasons[..] else {
        panic!("{reasons:?}");
    };
    assert_eq!(oid.as_ref(), Some(unknown.oid()));
    let entry = dated(1, -1).listing(&serial(5), &[unknown]);
    let reasons = world.grey(&entry);
    let [Reason::CrlUnhandledCriticalExtension { oid: None, .. }] = &reasons[..] else {
        panic!("{reasons:?}");
    };
    let harmless = unknown_extension(Criticality::NotCritical);
    assert_eq!(world.grey(&dated(1, -1).with(harmless)), []);
}

#[test]
fn a_crl_of_attribute_certificates_is_grey() {
    let world = World::new();
    let point = IssuingDistributionPoint::default().with_scope(CrlScope::AttributeCertificates);
    let reasons = world.grey(&dated(1, -1).with(critical(&point)));
    assert_eq!(reasons[0].code(), "crl-out-of-scope");
}

#[test]
fn a_crl_signed_by_a_revoked_authority_is_grey_and_one_of_unknown_status_is_not() {
    let mut world = World::new();
    world.policy = strict_policy();
    let crl = stored(&world.issuing.crl(&dated(1, -1)));
    // That no CRL of the root is known yet is what CRLs are fetched for, in whatever order they come.
    assert!(!world.judge(&crl).is_grey());
    let of_root = world.root.crl_of(&[&world.issuing]);
    world.snapshot.crls.insert(stored(&of_root));
    let judgement = world.judge(&crl);
    let [Reason::CrlIssuerPathInvalid { cause, .. }] = judgement.reasons() else {
        panic!("{judgement:?}");
    };
    assert_eq!(*cause, "revoked");
}

#[test]
fn a_white_entry_for_an_authority_does_not_vouch_for_its_crls_and_a_black_one_counts() {
    let mut world = World::new();
    let stranger = Authority::root("Stranger");
    world.snapshot.certificates.insert(stranger.stored());
    let white = TrustListStatus::Whitelisted {
        allow_expired: true,
    };
    let entry = |of: &Authority, status| {
        TrustListEntry::new(*of.stored().sha512(PROVIDER), status).unwrap()
    };
    let list = world.snapshot.trust_lists.global_mut();
    list.set(entry(&stranger, white)).unwrap();
    let crl = stored(&stranger.crl(&dated(1, -1)));
    assert!(!world.judge(&crl).is_trusted());

    let crl = stored(&world.issuing.crl(&dated(1, -1)));
    assert!(world.judge(&crl).is_trusted());
    let list = world.snapshot.trust_lists.global_mut();
    list.set(entry(&world.issuing, TrustListStatus::Blacklisted))
        .unwrap();
    assert!(!world.judge(&crl).is_trusted());
}

#[test]
fn what_the_policy_wants_of_leaves_is_not_wanted_of_signers_of_crls() {
    let mut world = World::new();
    let mut explicit = policy();
    explicit.initial_policies.require_explicit_policy = true;
    for policy in [explicit, Policy::webpki()] {
        world.policy = policy;
        let crl = stored(&world.issuing.crl(&dated(1, -1)));
        assert_eq!(world.judge(&crl).reasons(), []);
        assert_eq!(
            world.offer(&crl, CrlOrigin::Downloaded).outcome.code(),
            "stored"
        );
        world.snapshot.crls.remove(crl.sha256());
    }
}

#[test]
fn a_crl_of_the_root_may_be_dated_ahead_by_what_clocks_may_differ() {
    let mut world = World::new();
    world.policy.revocation = RevocationPolicy::Check {
        unknown: OnUnknown::Accept,
        expired: OnUnknown::Accept,
        unusable: OnUnknown::Accept,
        skew: TimeDelta::days(2),
    };
    let ahead = dated(1, 1).revoking(&world.issuing.certificate);
    let ahead = stored(&world.root.crl(&ahead));
    world.snapshot.crls.insert(ahead);
    // It has revoked the authority, so that nobody vouches for the CRLs of that.
    let crl = stored(&world.issuing.crl(&dated(1, -1)));
    assert!(!world.judge(&crl).is_trusted());
}

#[test]
fn the_search_for_a_signer_ends_at_the_limit() {
    let mut world = World::new();
    for _ in 0..30 {
        let namesake = Authority::root("Acme Issuing");
        world.snapshot.certificates.insert(namesake.stored());
    }
    // The key that the CRL names is tried first.
    assert!(
        !world
            .judge(&stored(&world.issuing.crl(&dated(1, -1))))
            .is_grey()
    );
    world.policy.limits.signatures = 10;
    let stranger = stored(&Authority::root("Acme Issuing").crl(&dated(1, -1)));
    let judgement = world.judge(&stranger);
    assert_eq!(judgement.reasons()[0].code(), "budget-exhausted");
    assert!(!judgement.is_trusted());
}

// ---- What to fetch

fn uri(text: &str) -> GeneralName {
    GeneralName::uri(text).unwrap()
}

fn points(uris: &[&str]) -> CrlDistributionPoints {
    let point = |text: &&str| DistributionPoint::of(vec![uri(text)]);
    CrlDistributionPoints(uris.iter().map(point).collect())
}

fn asked(plan: &FetchPlan) -> Vec<&str> {
    let requests = plan.requests.iter();
    requests.map(|request| request.uri.as_str()).collect()
}

/// A world in which every certificate names one place: `ca` the trusted authority, `leaf` a leaf below it, `lone-ca` and
/// `lone-leaf` those of a stranger, `root` the root.
fn world_of_points() -> World {
    let mut world = World::new();
    let template = |template: Template, place: &str| {
        let text = format!("http://crl.example/{place}.crl");
        template.with(extension(&points(&[&text])))
    };
    world.root = Authority::self_signed(&template(Template::authority("Acme Root"), "root"));
    let ca = world.root.issue(template(Template::authority("CA"), "ca"));
    let leaf = ca.issue(template(Template::leaf("leaf"), "leaf"));
    let stranger = Authority::root("Stranger");
    let lone_ca = stranger.issue(template(Template::authority("Lone CA"), "lone-ca"));
    let lone_leaf = lone_ca.issue(template(Template::leaf("lone leaf"), "lone-leaf"));
    let mut snapshot = Snapshot::default();
    snapshot.roots.trust(world.root.stored());
    for certificate in [&ca, &leaf, &lone_ca, &lone_leaf] {
        snapshot.certificates.insert(certificate.stored());
    }
    world.snapshot = snapshot;
    world
}

fn places(names: &[&str]) -> Vec<String> {
    let names = names.iter();
    names
        .map(|name| format!("http://crl.example/{name}.crl"))
        .collect()
}

#[test]
fn the_default_scope_is_what_is_trusted_leaves_and_authorities() {
    let world = world_of_points();
    assert_eq!(ScanScope::default(), ScanScope::Trusted);
    let plan = world.plan(ScanScope::Trusted);
    assert_eq!(asked(&plan), places(&["ca", "leaf", "root"]));
}

#[test]
fn the_scope_of_authorities_leaves_the_leaves_out() {
    let plan = world_of_points().plan(ScanScope::CaOnly);
    assert_eq!(asked(&plan), places(&["ca", "lone-ca", "root"]));
}

#[test]
fn the_scope_of_all_takes_all() {
    let plan = world_of_points().plan(ScanScope::All);
    let all = places(&["ca", "leaf", "lone-ca", "lone-leaf", "root"]);
    assert_eq!(asked(&plan), all);
}

#[test]
fn crls_are_wanted_for_a_certificate_whose_crl_is_missing_or_that_is_on_hold() {
    let mut world = world_of_points();
    world.policy = strict_policy();
    assert_eq!(world.plan(ScanScope::Trusted).requests.len(), 3);
    let all = world.snapshot.certificates.iter();
    let ca = all
        .filter(|stored| stored.certificate().subject().matches(&name("CA")))
        .map(|stored| stored.certificate().clone())
        .next()
        .unwrap();
    let crl = world.root.crl(&dated(1, -1).revoking(&ca));
    world.snapshot.crls.insert(stored(&crl));
    assert_eq!(world.plan(ScanScope::Trusted).requests.len(), 3);
}

#[test]
fn every_uri_of_every_distribution_point_is_asked_once() {
    let mut world = World::new();
    let several = CrlDistributionPoints(vec![
        DistributionPoint::of(vec![
            uri("http://one.example/a.crl"),
            GeneralName::dns("no.uri").unwrap(),
            uri("LDAP://Dir.Example/cn=Acme?certificateRevocationList"),
        ]),
        DistributionPoint {
            name: Some(DistributionPointName::Full(vec![uri(
                "https://two.example:443/b.crl",
            )])),
            reasons: Some([ReasonFlag::KeyCompromise].into_iter().collect()),
            crl_issuer: vec![GeneralName::Directory(name("Acme CRLs"))],
        },
        // Written otherwise, the same place.
        DistributionPoint::of(vec![uri("HTTP://ONE.example:80/a.crl#now")]),
        // Neither has a URI.
        DistributionPoint {
            crl_issuer: vec![GeneralName::Directory(name("Acme CRLs"))],
            ..DistributionPoint::default()
        },
        DistributionPoint::of(vec![GeneralName::Directory(name("cn=entry"))]),
    ]);
    let leaf = world
        .issuing
        .issue(Template::leaf("leaf").with(extension(&several)));
    world.snapshot.certificates.insert(leaf.stored());
    let plan = world.plan(ScanScope::Trusted);
    assert_eq!(
        asked(&plan),
        [
            "http://one.example/a.crl",
            "https://two.example/b.crl",
            "ldap://dir.example/cn=Acme?certificateRevocationList",
        ]
    );
    assert_eq!(plan.without_uri, 2);
    assert_eq!(
        (plan.left_out, plan.unreadable.len(), plan.refused.len()),
        (0, 0, 0)
    );
    let [http, https, ldap] = &plan.requests[..] else {
        panic!("{plan:?}");
    };
    assert_eq!(http.points.len(), 2);
    assert_eq!(http.points[0].of, *leaf.stored().sha256());
    assert_eq!(http.points[0].kind, PointKind::Complete);
    assert_eq!(http.points[0].reasons, None);
    let reasons = https.points[0].reasons.unwrap();
    assert_eq!(
        reasons.iter().collect::<Vec<_>>(),
        [ReasonFlag::KeyCompromise]
    );
    assert_eq!(
        https.points[0].crl_issuer,
        [GeneralName::Directory(name("Acme CRLs"))]
    );
    assert_eq!(ldap.uri.scheme(), FetchScheme::Ldap);
    assert_eq!(ldap.uri.host(), Some("dir.example"));
    assert_eq!((ldap.uri.port(), https.uri.port()), (389, 443));
}

#[test]
fn a_place_that_many_certificates_name_is_asked_once() {
    let mut world = World::new();
    let place = extension(&points(&["http://crl.example/issuing.crl"]));
    for _ in 0..20 {
        let leaf = world
            .issuing
            .issue(Template::leaf("leaf").with(place.clone()));
        world.snapshot.certificates.insert(leaf.stored());
    }
    let plan = world.plan(ScanScope::Trusted);
    assert_eq!(asked(&plan), ["http://crl.example/issuing.crl"]);
    assert_eq!(plan.requests[0].points.len(), 16);
}

#[test]
fn delta_crls_are_asked_for_where_certificates_and_crls_that_serve_name_them() {
    let mut world = World::new();
    let freshest = |place: &str| {
        let text = format!("http://crl.example/{place}.crl");
        extension(&FreshestCrl(points(&[&text]).0))
    };
    let leaf = world
        .issuing
        .issue(Template::leaf("leaf").with(freshest("of-leaf")));
    world.snapshot.certificates.insert(leaf.stored());
    let crl = world.issuing.crl(&dated(1, -1).with(freshest("of-crl")));
    world.snapshot.crls.insert(stored(&crl));
    let lie = Authority::root("Acme Issuing").crl(&dated(1, -1).with(freshest("of-stranger")));
    world.snapshot.crls.insert(stored(&lie));
    let plan = world.plan(ScanScope::All);
    assert_eq!(asked(&plan), places(&["of-crl", "of-leaf"]));
    let of_crl = &plan.requests[0].points[0];
    assert_eq!(of_crl.of, *stored(&crl).sha256());
    assert_eq!(of_crl.kind, PointKind::Freshest);
}

#[test]
fn a_plan_carries_the_limits_that_the_host_keeps_to() {
    let plan = World::new().plan(ScanScope::All);
    assert_eq!(plan.limits, FetchLimits::DEFAULT);
    assert_eq!(plan.limits.connect, Duration::from_secs(30));
    assert_eq!(plan.limits.read, Duration::from_secs(60));
    assert_eq!(plan.limits.total, Duration::from_secs(300));
    assert_eq!(plan.limits.octets, 25 * 1024 * 1024);
    assert_eq!(plan.limits.redirects, 5);
    assert_eq!(plan.addresses, AddressRule::Public);
}

#[test]
fn a_directory_that_no_uri_names_is_asked_where_one_is_configured() {
    let mut world = World::new();
    let place = extension(&points(&[
        "ldap:///CN=Acme,CN=CDP?certificateRevocationList?base",
    ]));
    let leaf = world.issuing.issue(Template::leaf("leaf").with(place));
    world.snapshot.certificates.insert(leaf.stored());
    let plan = world.plan(ScanScope::All);
    assert_eq!(asked(&plan), [""; 0]);
    assert_eq!(plan.refused[0].refusal, UriRefusal::NoLdapServer);
    let mut fetching = FetchPolicy::default();
    fetching.ldap_server = Some("dc1.acme.example".to_owned());
    let updater = CrlUpdater::new(&world.policy, PROVIDER)
        .with_scope(ScanScope::All)
        .with_fetch_policy(fetching);
    let plan = updater.plan(&world.snapshot, now());
    let asked = asked(&plan);
    assert_eq!(
        asked,
        ["ldap:///CN=Acme,CN=CDP?certificateRevocationList?base"]
    );
    assert_eq!(plan.requests[0].uri.host(), None);
}

#[test]
fn a_scan_is_due_every_six_hours_and_at_once_where_there_was_none() {
    let schedule = ScanSchedule::default();
    assert_eq!(schedule.next_run(None, now()), now());
    let last = now() - TimeDelta::hours(2);
    let due = last + TimeDelta::hours(6);
    assert_eq!(schedule.next_run(Some(last), now()), due);
    let long_ago = now() - TimeDelta::hours(7);
    assert!(schedule.next_run(Some(long_ago), now()) < now());
    // The clock was set back by a year: nobody waits for it.
    assert_eq!(schedule.next_run(Some(day(365)), now()), now());
    let often = ScanSchedule::every(TimeDelta::zero());
    assert!(often.next_run(Some(now()), now()) > now());
    let daily = ScanSchedule::every(TimeDelta::days(1));
    assert_eq!(daily.next_run(Some(now()), now()), day(1));
}

// ---- What comes back

fn request(world: &mut World) -> FetchRequest {
    let place = extension(&points(&["http://crl.example/issuing.crl"]));
    let leaf = world.issuing.issue(Template::leaf("leaf").with(place));
    world.snapshot.certificates.insert(leaf.stored());
    let plan = world.plan(ScanScope::Trusted);
    plan.requests.into_iter().next().unwrap()
}

fn take(world: &mut World, fetched: Fetched) -> (Vec<&'static str>, String) {
    let request = request(world);
    let updater = CrlUpdater::new(&world.policy, PROVIDER);
    let record = updater.take(&mut world.snapshot, &request, fetched, now());
    assert_eq!(record.uri, request.uri);
    assert_eq!(record.at, now());
    let codes = match &record.result {
        FetchResult::Failed { .. } => vec![record.result.code()],
        FetchResult::Answered { values } => values.iter().map(FetchedValue::code).collect(),
    };
    (codes, record.to_string())
}

#[test]
fn a_crl_is_taken_in_der_and_in_pem() {
    for form in 0..3 {
        let mut world = World::new();
        let crl = world.issuing.crl(&dated(1, -1));
        let value = match form {
            0 => crl.as_der().to_vec(),
            1 => crl.to_pem().into_bytes(),
            _ => {
                let pem = crl.to_pem();
                let lines = pem.lines().filter(|line| !line.starts_with('-'));
                lines.collect::<String>().into_bytes()
            }
        };
        let (codes, log) = take(&mut world, Fetched::Values(vec![value]));
        assert_eq!(codes, ["stored"]);
        assert_eq!(log, "http://crl.example/issuing.crl: stored");
        assert_eq!(world.stored(), one(&stored(&crl)));
    }
}

#[test]
fn what_was_fetched_revokes() {
    let mut world = World::new();
    world.policy = strict_policy();
    let leaf = world.issuing.leaf("leaf");
    let of_root = world.root.crl(&dated(1, -1));
    let verdict = |world: &World| {
        let evaluator = Evaluator::new(world.snapshot.stores(), &world.policy, PROVIDER);
        let report = evaluator.evaluate(&Question::new(&leaf.certificate, now()));
        let first = report.reasons().next();
        first.map(|finding| finding.reason.code())
    };
    assert_eq!(verdict(&world), Some("no-applicable-crl"));
    let clean = world.issuing.crl(&dated(1, -2));
    let values = vec![clean.as_der().to_vec(), of_root.as_der().to_vec()];
    assert_eq!(
        take(&mut world, Fetched::Values(values)).0,
        ["stored", "stored"]
    );
    assert_eq!(verdict(&world), None);
    let revoking = world.issuing.crl(&dated(2, -1).revoking(&leaf.certificate));
    let values = vec![revoking.as_der().to_vec()];
    assert_eq!(take(&mut world, Fetched::Values(values)).0, ["replaced"]);
    assert_eq!(verdict(&world), Some("revoked"));
}

#[test]
fn several_values_of_a_directory_are_taken_each_by_itself() {
    let mut world = World::new();
    let old = world.issuing.crl(&dated(1, -3));
    let new = world.issuing.crl(&dated(2, -1));
    let stranger = Authority::root("Stranger").crl(&dated(1, -1));
    let values = vec![
        b"no CRL".to_vec(),
        new.as_der().to_vec(),
        stranger.as_der().to_vec(),
        old.as_der().to_vec(),
        world.issuing.certificate.as_der().to_vec(),
        new.to_pem().into_bytes(),
    ];
    let (codes, log) = take(&mut world, Fetched::Values(values));
    let expected = [
        "not-a-crl",
        "stored",
        "refused",
        "kept",
        "not-a-crl",
        "known",
    ];
    assert_eq!(codes, expected);
    let listed = expected.join(", ");
    assert_eq!(log, format!("http://crl.example/issuing.crl: {listed}"));
    assert_eq!(world.stored(), one(&stored(&new)));
}

#[test]
fn a_request_that_failed_is_logged_and_changes_nothing() {
    let mut world = World::new();
    let failed = Fetched::Failed("404 Not Found".to_owned());
    let (codes, log) = take(&mut world, failed);
    assert_eq!(codes, ["failed"]);
    assert_eq!(log, "http://crl.example/issuing.crl: failed: 404 Not Found");
    let (codes, _) = take(&mut world, Fetched::Values(Vec::new()));
    assert_eq!(codes, ["failed"]);
    assert!(world.snapshot.crls.is_empty());
}
