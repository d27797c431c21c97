//! Revocation by CRLs, RFC 5280 §6.3.3: which CRL speaks for which certificate, and what all of them say together.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed test is to panic"
)]

mod common;

use chrono::TimeDelta;
use common::{
    Authority, CrlTemplate, PROVIDER, Template, TestStores, at, critical, day, evaluator,
    extension, name, now, policy, serial, strict_policy,
};
use proptest::prelude::*;
use rollcert_pki::asn1::tag;
use rollcert_pki::extension::{
    AuthorityKeyIdentifier, CertificateIssuer, Criticality, CrlDistributionPoints, CrlNumber,
    CrlScope, DeltaCrlIndicator, DistributionPoint, DistributionPointName, EncodedExtension,
    ExtensionValue, FreshestCrl, GeneralName, IssuingDistributionPoint, ReasonCode, ReasonFlag,
    ReasonFlags,
};
use rollcert_pki::{Crl, KeyUsage, Name};
use rollcert_trust::{
    OnUnknown, Question, Reason, Report, RevocationPolicy, RevocationSource, RevocationStatus,
    StoredCrl,
};

/// A root, an authority below it, and nothing else.
struct Scene {
    root: Authority,
    issuing: Authority,
    stores: TestStores,
}

impl Scene {
    /// The root's CRL is there, so that only the leaf is in question.
    fn new() -> Self {
        let root = Authority::root("Root");
        let issuing = root.authority("Issuing");
        let stores = TestStores::new()
            .root(&root)
            .certificate(&issuing)
            .crl(&root.crl_of(&[]));
        Self {
            root,
            issuing,
            stores,
        }
    }

    fn with(&self, crls: &[&Crl]) -> TestStores {
        crls.iter()
            .fold(self.stores.clone(), |stores, crl| stores.crl(crl))
    }

    fn leaf_at(&self, points: Vec<DistributionPoint>) -> Authority {
        let points = extension(&CrlDistributionPoints(points));
        self.issuing.issue(Template::leaf("leaf").with(points))
    }
}

fn strictly(stores: &TestStores, leaf: &Authority) -> Report {
    evaluator(stores, &strict_policy()).evaluate(&Question::new(&leaf.certificate, now()))
}

/// The status of the leaf, on the path that came furthest.
fn status(stores: &TestStores, leaf: &Authority) -> RevocationStatus {
    let report = strictly(stores, leaf);
    let status = report.paths()[0].revocation[0].clone();
    // The verdict follows the status, always.
    let is_good = matches!(status, RevocationStatus::Good { .. });
    assert_eq!(
        report.trusted().is_some(),
        is_good,
        "{:?}",
        report.paths()[0].findings
    );
    status
}

/// The codes of the causes, or what is known.
fn codes(stores: &TestStores, leaf: &Authority) -> Vec<&'static str> {
    match status(stores, leaf) {
        RevocationStatus::Good { .. } => vec!["good"],
        RevocationStatus::Revoked { .. } => vec!["revoked"],
        RevocationStatus::Unknown { causes } => causes.iter().map(Reason::code).collect(),
        _ => vec!["not-checked"],
    }
}

fn source(crl: &Crl, number: Option<u64>) -> RevocationSource {
    RevocationSource::Crl {
        issuer: crl.issuer().clone(),
        number: number.map(serial),
        this_update: crl.this_update(),
        thumbprint: *StoredCrl::new(
            rollcert_pki::CrlIndex::of(crl.clone(), &rollcert_pki::Limits::default()).unwrap(),
            PROVIDER,
        )
        .sha256(),
    }
}

fn uri(text: &str) -> Vec<GeneralName> {
    vec![GeneralName::uri(text).unwrap()]
}

fn directory(name: &Name) -> Vec<GeneralName> {
    vec![GeneralName::Directory(name.clone())]
}

/// A CRL that says where it is published and what it covers.
fn placed(number: u64, point: IssuingDistributionPoint) -> CrlTemplate {
    CrlTemplate::new(number).with(critical(&point))
}

fn at_uri(text: &str) -> IssuingDistributionPoint {
    IssuingDistributionPoint::default().with_name(DistributionPointName::Full(uri(text)))
}

fn reasons(list: &[ReasonFlag]) -> ReasonFlags {
    list.iter().copied().collect()
}

fn all_but(reason: ReasonFlag) -> ReasonFlags {
    ReasonFlags::ALL
        .iter()
        .filter(|other| *other != reason)
        .collect()
}

fn delta(number: u64, base: u64) -> CrlTemplate {
    CrlTemplate::new(number).with(critical(&DeltaCrlIndicator(serial(base))))
}

#[test]
fn a_certificate_that_the_current_crl_does_not_list_is_good_and_the_crl_is_named() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let crl = scene.issuing.crl_of(&[]);
    let expected = RevocationStatus::Good {
        source: source(&crl, Some(1)),
    };
    assert_eq!(status(&scene.with(&[&crl]), &leaf), expected);
}

#[test]
fn a_listed_certificate_is_revoked_with_date_reason_and_source() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let template = CrlTemplate::new(1).revoking_for(&leaf.certificate, ReasonCode::Superseded);
    let crl = scene.issuing.crl(&template);
    let reason = Reason::Revoked {
        date: day(-7),
        reason: Some(ReasonCode::Superseded),
        source: source(&crl, Some(1)),
        now: now(),
    };
    assert_eq!(
        status(&scene.with(&[&crl]), &leaf),
        RevocationStatus::Revoked { reason }
    );
}

#[test]
fn a_certificate_on_hold_is_revoked() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let template = CrlTemplate::new(1).revoking_for(&leaf.certificate, ReasonCode::CertificateHold);
    let crl = scene.issuing.crl(&template);
    assert_eq!(codes(&scene.with(&[&crl]), &leaf), ["revoked"]);
}

#[test]
fn a_revoked_authority_revokes_what_is_below_and_the_finding_names_it() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let stores = TestStores::new()
        .root(&scene.root)
        .certificate(&scene.issuing)
        .crl(&scene.root.crl_of(&[&scene.issuing]))
        .crl(&scene.issuing.crl_of(&[]));
    let report = strictly(&stores, &leaf);
    assert!(report.trusted().is_none());
    let first = report.reasons().next().unwrap();
    assert_eq!(
        (first.reason.code(), first.place.as_ref().unwrap().index),
        ("revoked", 1)
    );
}

#[test]
fn without_a_crl_nobody_knows_and_the_locations_are_told() {
    let scene = Scene::new();
    let leaf = scene.leaf_at(vec![DistributionPoint::of(uri("http://crl.example/1"))]);
    let causes = vec![Reason::NoApplicableCrl {
        issuer: name("Issuing"),
        locations: vec!["http://crl.example/1".to_owned()],
    }];
    assert_eq!(
        status(&scene.stores, &leaf),
        RevocationStatus::Unknown { causes }
    );
}

#[test]
fn an_unknown_status_is_a_warning_for_gateways() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let mut policy = policy();
    policy.revocation = RevocationPolicy::GATEWAY;
    let report =
        evaluator(&scene.stores, &policy).evaluate(&Question::new(&leaf.certificate, now()));
    assert!(report.trusted().is_some());
    let codes: Vec<&str> = report
        .warnings()
        .iter()
        .map(|found| found.reason.code())
        .collect();
    assert!(codes.contains(&"no-applicable-crl"), "{codes:?}");
}

#[test]
fn a_crl_past_its_next_update_does_not_vouch() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let template = CrlTemplate::new(1).with_times(day(-40), Some(day(-9)));
    let crl = scene.issuing.crl(&template);
    let causes = vec![Reason::CrlExpired {
        source: source(&crl, Some(1)),
        next_update: Some(day(-9)),
        now: now(),
    }];
    assert_eq!(
        status(&scene.with(&[&crl]), &leaf),
        RevocationStatus::Unknown { causes }
    );
}

#[test]
fn the_moment_of_the_next_update_still_counts() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    for (next_update, expected) in [
        (now(), "good"),
        (now() - TimeDelta::seconds(1), "crl-expired"),
    ] {
        let template = CrlTemplate::new(1).with_times(day(-40), Some(next_update));
        let crl = scene.issuing.crl(&template);
        assert_eq!(codes(&scene.with(&[&crl]), &leaf), [expected]);
    }
}

#[test]
fn clocks_may_differ_by_the_skew_and_no_more() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let mut policy = strict_policy();
    policy.revocation = RevocationPolicy::Check {
        unknown: OnUnknown::Reject,
        expired: OnUnknown::Reject,
        unusable: OnUnknown::Reject,
        skew: TimeDelta::minutes(5),
    };
    for (ahead, expected) in [(5, true), (6, false)] {
        let this_update = now() + TimeDelta::minutes(ahead);
        let template = CrlTemplate::new(1).with_times(this_update, Some(day(30)));
        let stores = scene.with(&[&scene.issuing.crl(&template)]);
        let report = evaluator(&stores, &policy).evaluate(&Question::new(&leaf.certificate, now()));
        assert_eq!(
            report.trusted().is_some(),
            expected,
            "{ahead} minutes ahead"
        );
    }
}

#[test]
fn an_expired_crl_that_lists_the_certificate_still_revokes() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let template = CrlTemplate::new(1)
        .with_times(day(-40), Some(day(-9)))
        .revoking(&leaf.certificate);
    assert_eq!(
        codes(&scene.with(&[&scene.issuing.crl(&template)]), &leaf),
        ["revoked"]
    );
}

#[test]
fn a_crl_of_the_future_revokes_who_was_revoked_by_now_and_does_nothing_else() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let ahead = |number| CrlTemplate::new(number).with_times(day(1), Some(day(9)));
    let listing = scene.issuing.crl(&ahead(2).revoking(&leaf.certificate));
    let silent = scene.issuing.crl(&ahead(2));
    let current = scene.issuing.crl(&CrlTemplate::new(1));
    let held = CrlTemplate::new(1).revoking_for(&leaf.certificate, ReasonCode::CertificateHold);
    let held = scene.issuing.crl(&held);
    assert_eq!(codes(&scene.with(&[&listing]), &leaf), ["revoked"]);
    assert_eq!(
        codes(&scene.with(&[&listing, &current]), &leaf),
        ["revoked"]
    );
    assert_eq!(codes(&scene.with(&[&silent]), &leaf), ["crl-not-yet-valid"]);
    assert_eq!(codes(&scene.with(&[&silent, &current]), &leaf), ["good"]);
    assert_eq!(codes(&scene.with(&[&silent, &held]), &leaf), ["revoked"]);
}

#[test]
fn a_newer_crl_of_the_same_key_and_scope_takes_the_place_of_an_older_one() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let held = CrlTemplate::new(1)
        .with_times(day(-20), Some(day(10)))
        .revoking_for(&leaf.certificate, ReasonCode::CertificateHold);
    let released = CrlTemplate::new(2);
    let (held, released) = (scene.issuing.crl(&held), scene.issuing.crl(&released));
    assert_eq!(codes(&scene.with(&[&held, &released]), &leaf), ["good"]);
    assert_eq!(codes(&scene.with(&[&released, &held]), &leaf), ["good"]);
    assert_eq!(codes(&scene.with(&[&held]), &leaf), ["revoked"]);
}

#[test]
fn of_two_crls_that_contradict_each_other_in_date_and_number_either_revokes() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let listed = CrlTemplate::new(5)
        .with_times(day(-20), Some(day(10)))
        .revoking(&leaf.certificate);
    let later_with_lower_number = CrlTemplate::new(4);
    let crls = [
        scene.issuing.crl(&listed),
        scene.issuing.crl(&later_with_lower_number),
    ];
    assert_eq!(
        codes(&scene.with(&[&crls[0], &crls[1]]), &leaf),
        ["revoked"]
    );
}

#[test]
fn a_newer_crl_that_is_not_understood_replaces_nothing() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let listed = CrlTemplate::new(1)
        .with_times(day(-20), Some(day(10)))
        .revoking(&leaf.certificate);
    let strange = CrlTemplate::new(2).with(common::unknown_extension(Criticality::Critical));
    let crls = [scene.issuing.crl(&listed), scene.issuing.crl(&strange)];
    assert_eq!(
        codes(&scene.with(&[&crls[0], &crls[1]]), &leaf),
        ["revoked"]
    );
}

#[test]
fn a_crl_signed_by_the_new_key_of_a_rolled_over_authority_counts_for_certificates_of_the_old() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let renewed = scene.root.authority("Issuing");
    let stores = scene.with(&[&renewed.crl_of(&[])]).certificate(&renewed);
    assert_eq!(codes(&stores, &leaf), ["good"]);
    let stores = scene
        .with(&[&renewed.crl_of(&[&leaf])])
        .certificate(&renewed);
    assert_eq!(codes(&stores, &leaf), ["revoked"]);
}

#[test]
fn crls_of_two_keys_do_not_replace_each_other() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let renewed = scene.root.authority("Issuing");
    let old = CrlTemplate::new(1)
        .with_times(day(-20), Some(day(10)))
        .revoking(&leaf.certificate);
    let stores = scene
        .with(&[&scene.issuing.crl(&old), &renewed.crl(&CrlTemplate::new(2))])
        .certificate(&renewed);
    assert_eq!(codes(&stores, &leaf), ["revoked"]);
}

#[test]
fn crls_of_two_keys_that_name_no_key_do_not_replace_each_other() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let renewed = scene.root.authority("Issuing");
    let old = CrlTemplate::new(1)
        .without::<AuthorityKeyIdentifier>()
        .with_times(day(-20), Some(day(10)))
        .revoking(&leaf.certificate);
    let new = CrlTemplate::new(2).without::<AuthorityKeyIdentifier>();
    let stores = scene
        .with(&[&scene.issuing.crl(&old), &renewed.crl(&new)])
        .certificate(&renewed);
    assert_eq!(codes(&stores, &leaf), ["revoked"]);
}

#[test]
fn a_separate_certificate_may_sign_crls_in_the_name_of_the_authority() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let signer = scene
        .root
        .issue(Template::leaf("Issuing").with_key_usage(&[KeyUsage::CrlSign]));
    let stores = scene.with(&[&signer.crl_of(&[])]);
    assert_eq!(codes(&stores, &leaf), ["crl-signature-invalid"]);
    assert_eq!(codes(&stores.clone().certificate(&signer), &leaf), ["good"]);
    // As it does when it comes along with the certificate.
    let presented = [signer.certificate.clone()];
    let policy = strict_policy();
    let question = Question::new(&leaf.certificate, now()).with_presented(&presented);
    assert!(
        evaluator(&stores, &policy)
            .evaluate(&question)
            .trusted()
            .is_some()
    );
}

#[test]
fn who_signs_crls_must_have_a_path_to_the_same_root() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let other_root = Authority::root("Other root");
    let signer = other_root.issue(Template::leaf("Issuing").with_key_usage(&[KeyUsage::CrlSign]));
    let stores = scene
        .with(&[&signer.crl_of(&[]), &other_root.crl_of(&[])])
        .root(&other_root)
        .certificate(&signer);
    assert_eq!(codes(&stores, &leaf), ["crl-issuer-path-invalid"]);
}

#[test]
fn a_self_issued_certificate_does_not_vouch_for_itself() {
    let scene = Scene::new();
    // New with old (RFC 4210 §4.4): the old key certifies the new one.
    let renewed = scene.issuing.issue(Template::authority("Issuing"));
    let leaf = renewed.leaf("leaf");
    let stores = scene.with(&[&renewed.crl_of(&[])]).certificate(&renewed);
    let report = strictly(&stores, &leaf);
    assert!(report.trusted().is_none());
    // The old key vouches for the new one, and the new one for the leaf.
    let both = stores.crl(&scene.issuing.crl_of(&[]));
    assert!(strictly(&both, &leaf).trusted().is_some());
}

#[test]
fn a_crl_whose_signer_nobody_vouches_for_revokes_and_does_nothing_else() {
    // A key for CRLs alone, and no other CRL of the root: nobody could tell of the signer but itself.
    let root = Authority::root("Root");
    let leaf = root.leaf("leaf");
    let signer = root.issue(Template::leaf("Root").with_key_usage(&[KeyUsage::CrlSign]));
    let stores = TestStores::new().root(&root).certificate(&signer);
    let listing = signer.crl_of(&[&leaf]);
    assert_eq!(codes(&stores.clone().crl(&listing), &leaf), ["revoked"]);
    let silent = signer.crl_of(&[]);
    let causes = vec![Reason::CrlIssuerPathInvalid {
        source: source(&silent, Some(1)),
        cause: "signed-by-itself",
    }];
    let unknown = RevocationStatus::Unknown { causes };
    assert_eq!(status(&stores.clone().crl(&silent), &leaf), unknown);
    // What a signer says who is known to be revoked does not count.
    let of_root = root.crl_of(&[&signer]);
    assert_eq!(codes(&stores.crl(&listing).crl(&of_root), &leaf), ["good"]);
}

#[test]
fn a_crl_found_at_the_distribution_point_covers_the_certificate_and_another_does_not() {
    let scene = Scene::new();
    let leaf = scene.leaf_at(vec![DistributionPoint::of(uri("http://crl.example/1"))]);
    let here = scene
        .issuing
        .crl(&placed(1, at_uri("http://crl.example/1")));
    let there = scene
        .issuing
        .crl(&placed(1, at_uri("http://crl.example/2")));
    assert_eq!(codes(&scene.with(&[&here]), &leaf), ["good"]);
    let causes = vec![Reason::CrlOutOfScope {
        source: Some(source(&there, Some(1))),
        uncovered: "it is the one of the distribution point http://crl.example/2, and the \
                    certificate names http://crl.example/1"
            .to_owned(),
    }];
    assert_eq!(
        status(&scene.with(&[&there]), &leaf),
        RevocationStatus::Unknown { causes }
    );
    // One without a distribution point covers all.
    assert_eq!(
        codes(&scene.with(&[&scene.issuing.crl_of(&[])]), &leaf),
        ["good"]
    );
}

#[test]
fn a_partition_does_not_cover_certificates_without_a_distribution_point() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let crl = scene
        .issuing
        .crl(&placed(1, at_uri("http://crl.example/1")));
    assert_eq!(codes(&scene.with(&[&crl]), &leaf), ["crl-out-of-scope"]);
}

#[test]
fn one_name_in_common_makes_the_same_place_also_when_it_is_relative() {
    let scene = Scene::new();
    let relative = |text: &str| {
        // The only way to build one is to read one: [0] { [1] { RDN } }.
        let rdn = name(text);
        let set = rdn.as_der()[4..].to_vec();
        let inner = rollcert_pki::asn1::encode(0xa1, &[&set]);
        let point = rollcert_pki::asn1::encode(0xa0, &[&inner]);
        let list =
            rollcert_pki::asn1::encode(0x30, &[&rollcert_pki::asn1::encode(0x30, &[&point])]);
        let points: CrlDistributionPoints = ExtensionValue::decode(&list).unwrap();
        points.0[0].name.clone().unwrap()
    };
    let relative_point = DistributionPoint {
        name: Some(relative("part 1")),
        ..DistributionPoint::default()
    };
    let leaf = scene.leaf_at(vec![relative_point]);
    let whole = Name::builder()
        .common_name("Issuing")
        .common_name("part 1")
        .build()
        .unwrap();
    let elsewhere = GeneralName::uri("ldap://x").unwrap();
    let named = |name| IssuingDistributionPoint::default().with_name(name);
    let two_names =
        DistributionPointName::Full(vec![elsewhere, GeneralName::Directory(whole.clone())]);
    for (point, expected) in [
        (named(relative("part 1")), "good"),
        (named(relative("PART  1")), "good"),
        (named(two_names), "good"),
        (named(relative("part 2")), "crl-out-of-scope"),
    ] {
        let crl = scene.issuing.crl(&placed(1, point));
        assert_eq!(codes(&scene.with(&[&crl]), &leaf), [expected]);
    }
}

#[test]
fn crls_of_end_entities_and_of_authorities_cover_their_own_kind() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let below = scene.issuing.authority("Below");
    for (scope, of_leaf, of_authority) in [
        (CrlScope::EndEntities, "good", "crl-out-of-scope"),
        (CrlScope::Authorities, "crl-out-of-scope", "good"),
        (
            CrlScope::AttributeCertificates,
            "crl-out-of-scope",
            "crl-out-of-scope",
        ),
        (CrlScope::All, "good", "good"),
    ] {
        let point = IssuingDistributionPoint::default().with_scope(scope);
        let crl = match scope {
            CrlScope::All => scene.issuing.crl_of(&[]),
            _ => scene.issuing.crl(&placed(1, point)),
        };
        let stores = scene.with(&[&crl]);
        assert_eq!(codes(&stores, &leaf), [of_leaf], "{scope:?}");
        assert_eq!(codes(&stores, &below), [of_authority], "{scope:?}");
    }
}

#[test]
fn crls_for_some_reasons_vouch_when_together_they_cover_all() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let some = |reasons| IssuingDistributionPoint::default().with_reasons(reasons);
    let compromise = scene
        .issuing
        .crl(&placed(1, some(reasons(&[ReasonFlag::KeyCompromise]))));
    let rest = scene
        .issuing
        .crl(&placed(2, some(all_but(ReasonFlag::KeyCompromise))));
    assert_eq!(codes(&scene.with(&[&compromise, &rest]), &leaf), ["good"]);
    let causes = vec![
        Reason::NoApplicableCrl {
            issuer: name("Issuing"),
            locations: Vec::new(),
        },
        Reason::CrlOutOfScope {
            source: Some(source(&rest, Some(2))),
            uncovered: "nothing tells of revocation for keyCompromise".to_owned(),
        },
    ];
    assert_eq!(
        status(&scene.with(&[&rest]), &leaf),
        RevocationStatus::Unknown { causes }
    );
}

#[test]
fn a_partition_for_some_reasons_revokes_alone() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let point =
        IssuingDistributionPoint::default().with_reasons(reasons(&[ReasonFlag::KeyCompromise]));
    let crl = scene
        .issuing
        .crl(&placed(1, point).revoking(&leaf.certificate));
    assert_eq!(codes(&scene.with(&[&crl]), &leaf), ["revoked"]);
}

#[test]
fn when_the_crl_for_the_other_reasons_has_expired_that_is_the_cause() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let some = |reasons| IssuingDistributionPoint::default().with_reasons(reasons);
    let compromise =
        placed(1, some(reasons(&[ReasonFlag::KeyCompromise]))).with_times(day(-40), Some(day(-9)));
    let rest = placed(2, some(all_but(ReasonFlag::KeyCompromise)));
    let crls = [scene.issuing.crl(&compromise), scene.issuing.crl(&rest)];
    assert_eq!(
        codes(&scene.with(&[&crls[0], &crls[1]]), &leaf),
        ["crl-expired", "crl-out-of-scope"]
    );
}

#[test]
fn the_reasons_of_a_distribution_point_limit_what_the_crl_there_vouches_for() {
    let scene = Scene::new();
    let point = |text: &str, reasons| DistributionPoint {
        reasons: Some(reasons),
        ..DistributionPoint::of(uri(text))
    };
    let leaf = scene.leaf_at(vec![
        point(
            "http://crl.example/1",
            reasons(&[ReasonFlag::KeyCompromise]),
        ),
        point("http://crl.example/2", all_but(ReasonFlag::KeyCompromise)),
    ]);
    let first = scene
        .issuing
        .crl(&placed(1, at_uri("http://crl.example/1")));
    let second = scene
        .issuing
        .crl(&placed(1, at_uri("http://crl.example/2")));
    assert_eq!(
        codes(&scene.with(&[&first]), &leaf),
        ["no-applicable-crl", "crl-out-of-scope"]
    );
    assert_eq!(codes(&scene.with(&[&first, &second]), &leaf), ["good"]);
}

#[test]
fn an_indirect_crl_covers_certificates_that_point_to_its_issuer() {
    let scene = Scene::new();
    let point = DistributionPoint {
        crl_issuer: directory(&name("CRL issuer")),
        ..DistributionPoint::default()
    };
    let leaf = scene.leaf_at(vec![point]);
    let signer = scene
        .root
        .issue(Template::leaf("CRL issuer").with_key_usage(&[KeyUsage::CrlSign]));
    let indirect = placed(1, IssuingDistributionPoint::default().indirect());
    let stores = scene.stores.clone().certificate(&signer);
    let judge = |crl: &CrlTemplate| codes(&stores.clone().crl(&signer.crl(crl)), &leaf);
    assert_eq!(judge(&indirect), ["good"]);

    let of_issuing = critical(&CertificateIssuer(directory(&name("Issuing"))));
    let number = leaf.certificate.serial();
    let listed = indirect
        .clone()
        .listing(number, core::slice::from_ref(&of_issuing));
    assert_eq!(judge(&listed), ["revoked"]);
    // The issuer that an entry names holds for those after it.
    let carried = indirect
        .clone()
        .listing(&serial(1), &[of_issuing])
        .listing(number, &[]);
    assert_eq!(judge(&carried), ["revoked"]);
    // Without one, the entry is about a certificate of the CRL's own issuer.
    assert_eq!(judge(&indirect.listing(number, &[])), ["good"]);
    // One that does not say it is indirect covers nothing of others.
    assert_eq!(
        judge(&CrlTemplate::new(1)),
        ["no-applicable-crl", "crl-out-of-scope"]
    );
}

#[test]
fn a_crl_of_whom_the_certificate_names_revokes_whom_it_lists_whatever_it_is_for() {
    let scene = Scene::new();
    let leaf = scene.leaf_at(vec![DistributionPoint {
        crl_issuer: directory(&name("CRLs")),
        ..DistributionPoint::of(uri("http://crl.example/1"))
    }]);
    let number = leaf.certificate.serial();
    let signs = |common_name: &str| {
        let template = Template::leaf(common_name).with_key_usage(&[KeyUsage::CrlSign]);
        scene.root.issue(template)
    };
    let (signer, stranger) = (signs("CRLs"), signs("Stranger"));
    let mut stores = scene.stores.clone().certificates(&[&signer, &stranger]);
    let own = scene.issuing.crl_of(&[]);
    let of = |common_name: &str| critical(&CertificateIssuer(directory(&name(common_name))));
    let unreadable = EncodedExtension::new(
        IssuingDistributionPoint::OID,
        Criticality::Critical,
        vec![tag::SEQUENCE, 3, 0x84, 1],
    );
    for point in [
        critical(&at_uri("http://crl.example/2").indirect()),
        critical(&at_uri("http://crl.example/1")),
        unreadable.clone(),
    ] {
        let silent = |number| CrlTemplate::new(number).with(point.clone());
        let listing = silent(1).listing(number, &[of("Issuing")]);
        let judge = |crls: &[&Crl]| {
            let with = |stores: TestStores, crl: &&Crl| stores.crl(crl);
            codes(&crls.iter().fold(stores.clone(), with), &leaf)
        };
        let listed = signer.crl(&listing);
        assert_eq!(judge(&[&listed]), ["revoked"], "{point:?}");
        assert_eq!(judge(&[&listed, &own]), ["revoked"]);
        let mut gateway = policy();
        gateway.revocation = RevocationPolicy::GATEWAY;
        let known = stores.clone().crl(&listed);
        let question = Question::new(&leaf.certificate, now());
        let report = evaluator(&known, &gateway).evaluate(&question);
        assert!(report.trusted().is_none());
        // Only if it is this certificate that is listed, and by whom it names.
        let another = signer.crl(&silent(1).listing(number, &[of("Other")]));
        assert_ne!(judge(&[&another]), ["revoked"]);
        let unnamed = signer.crl(&silent(1).listing(number, &[]));
        assert_ne!(judge(&[&unnamed]), ["revoked"]);
        assert_eq!(judge(&[&stranger.crl(&listing), &own]), ["good"]);
        let forged = Authority::root("CRLs").crl(&listing);
        assert_eq!(judge(&[&forged, &own]), ["good"]);
        // Nor does it vouch for anybody.
        assert_ne!(judge(&[&signer.crl(&silent(1))]), ["good"]);
        // A newer one of the same scope takes its place, if that can be read.
        let newer = signer.crl(&silent(2).with_times(now(), Some(day(9))));
        let by_newer = if point == unreadable {
            "revoked"
        } else {
            "good"
        };
        assert_eq!(judge(&[&listed, &newer, &own]), [by_newer], "{point:?}");
    }
    // Attribute certificates are numbered by themselves.
    let of_attributes =
        IssuingDistributionPoint::default().with_scope(CrlScope::AttributeCertificates);
    for point in [of_attributes.clone(), of_attributes.indirect()] {
        let listing = placed(1, point).listing(number, &[of("Issuing")]);
        stores = stores.crl(&signer.crl(&listing));
    }
    assert_eq!(codes(&stores.crl(&own), &leaf), ["good"]);
}

#[test]
fn a_certificate_that_points_to_an_unknown_crl_issuer_says_whose_crl_is_missing() {
    let scene = Scene::new();
    let point = DistributionPoint {
        crl_issuer: directory(&name("CRL issuer")),
        ..DistributionPoint::default()
    };
    let leaf = scene.leaf_at(vec![point]);
    let causes = vec![
        Reason::CrlOutOfScope {
            source: None,
            uncovered: "its CRLs are those of CN=CRL issuer".to_owned(),
        },
        Reason::NoApplicableCrl {
            issuer: name("CRL issuer"),
            locations: vec!["the directory entry CN=CRL issuer".to_owned()],
        },
    ];
    assert_eq!(
        status(&scene.stores, &leaf),
        RevocationStatus::Unknown { causes }
    );
}

#[test]
fn an_indirect_crl_issuer_may_vouch_for_itself_where_its_issuer_says_so() {
    let scene = Scene::new();
    let point = || DistributionPoint {
        crl_issuer: directory(&name("CRL issuer")),
        ..DistributionPoint::default()
    };
    let leaf = scene.leaf_at(vec![point()]);
    let signer = scene.root.issue(
        Template::leaf("CRL issuer")
            .with_key_usage(&[KeyUsage::CrlSign])
            .with(extension(&CrlDistributionPoints(vec![point()]))),
    );
    let crl = placed(1, IssuingDistributionPoint::default().indirect());
    // The root's own CRL is absent for the signer: only its own answers.
    let stores = scene.stores.clone().certificate(&signer);
    assert_eq!(
        codes(&stores.clone().crl(&signer.crl(&crl)), &leaf),
        ["good"]
    );
    let of_root = critical(&CertificateIssuer(directory(&name("Root"))));
    let listed = crl.listing(signer.certificate.serial(), &[of_root]);
    assert_eq!(
        codes(&stores.crl(&signer.crl(&listed)), &leaf),
        ["crl-issuer-path-invalid"]
    );
}

#[test]
fn two_crl_issuers_do_not_vouch_for_each_other() {
    let scene = Scene::new();
    let pointing_to = |common_name: &str| {
        extension(&CrlDistributionPoints(vec![DistributionPoint {
            crl_issuer: directory(&name(common_name)),
            ..DistributionPoint::default()
        }]))
    };
    let signer = |own: &str, other: &str| {
        let template = Template::leaf(own).with_key_usage(&[KeyUsage::CrlSign]);
        scene.root.issue(template.with(pointing_to(other)))
    };
    let (one, two) = (signer("One", "Two"), signer("Two", "One"));
    let leaf = scene
        .issuing
        .issue(Template::leaf("leaf").with(pointing_to("One")));
    let indirect = placed(1, IssuingDistributionPoint::default().indirect());
    // Without the root's CRL, nobody else speaks for the two.
    let stores = TestStores::new()
        .root(&scene.root)
        .certificates(&[&scene.issuing, &one, &two])
        .crl(&one.crl(&indirect))
        .crl(&two.crl(&indirect));
    let report = strictly(&stores, &leaf);
    assert!(report.trusted().is_none());
    let statuses = &report.paths()[0].revocation;
    assert!(
        !matches!(statuses[0], RevocationStatus::Good { .. }),
        "{:?}",
        statuses[0]
    );
}

#[test]
fn a_delta_adds_to_the_complete_crl_and_takes_off_what_was_on_hold() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let complete = CrlTemplate::new(10).with_times(day(-10), Some(day(30)));
    let held = complete
        .clone()
        .revoking_for(&leaf.certificate, ReasonCode::CertificateHold);
    let adding = delta(11, 10).revoking(&leaf.certificate);
    let removing = delta(11, 10).revoking_for(&leaf.certificate, ReasonCode::RemoveFromCrl);
    let silent = delta(11, 10);
    let judge = |complete: &CrlTemplate, delta: &CrlTemplate| {
        let crls = [scene.issuing.crl(complete), scene.issuing.crl(delta)];
        codes(&scene.with(&[&crls[0], &crls[1]]), &leaf)
    };
    assert_eq!(judge(&complete, &silent), ["good"]);
    assert_eq!(judge(&complete, &adding), ["revoked"]);
    assert_eq!(judge(&held, &removing), ["good"]);
    assert_eq!(judge(&held, &silent), ["revoked"]);
}

#[test]
fn a_crl_with_an_extension_twice_in_an_entry_revokes_whom_it_lists_and_vouches_for_nobody() {
    let scene = Scene::new();
    let (leaf, other) = (scene.issuing.leaf("leaf"), scene.issuing.leaf("other"));
    let [hold, removal, compromise] = [
        ReasonCode::CertificateHold,
        ReasonCode::RemoveFromCrl,
        ReasonCode::KeyCompromise,
    ]
    .map(|reason| extension(&reason));
    let listing = |template: CrlTemplate, twice: [&EncodedExtension; 2]| {
        template.listing(leaf.certificate.serial(), &twice.map(Clone::clone))
    };
    for twice in [
        [&hold, &hold],
        [&removal, &compromise],
        [&compromise, &removal],
    ] {
        let crl = scene.issuing.crl(&listing(CrlTemplate::new(2), twice));
        let stores = scene.with(&[&crl]);
        let expected = RevocationStatus::Revoked {
            reason: Reason::Revoked {
                date: day(-7),
                reason: None,
                source: source(&crl, Some(2)),
                now: now(),
            },
        };
        assert_eq!(status(&stores, &leaf), expected);
        assert_eq!(codes(&stores, &other), ["crl-malformed"]);
        let mut gateway = policy();
        gateway.revocation = RevocationPolicy::GATEWAY;
        let judge = evaluator(&stores, &gateway);
        let report = judge.evaluate(&Question::new(&leaf.certificate, now()));
        assert_eq!(report.reasons().next().unwrap().reason.code(), "revoked");
        // It takes the place of no older one, and as a delta takes nobody off the list.
        let older = CrlTemplate::new(1)
            .with_times(day(-20), Some(day(10)))
            .revoking(&other.certificate);
        let older = scene.issuing.crl(&older);
        assert_eq!(codes(&scene.with(&[&crl, &older]), &other), ["revoked"]);
        let complete = CrlTemplate::new(10).with_times(day(-10), Some(day(30)));
        let held = complete.revoking_for(&leaf.certificate, ReasonCode::CertificateHold);
        let crls = [held, listing(delta(11, 10), twice)].map(|crl| scene.issuing.crl(&crl));
        assert_eq!(
            codes(&scene.with(&[&crls[0], &crls[1]]), &leaf),
            ["revoked"]
        );
    }
}

#[test]
fn a_current_delta_makes_an_expired_complete_crl_current() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let complete = scene
        .issuing
        .crl(&CrlTemplate::new(10).with_times(day(-10), Some(day(-3))));
    let current = scene.issuing.crl(&delta(11, 10));
    let expired = scene
        .issuing
        .crl(&delta(11, 10).with_times(day(-5), Some(day(-2))));
    let expected = RevocationStatus::Good {
        source: source(&current, Some(11)),
    };
    assert_eq!(status(&scene.with(&[&complete, &current]), &leaf), expected);
    assert_eq!(
        codes(&scene.with(&[&complete, &expired]), &leaf),
        ["crl-expired"]
    );
}

#[test]
fn an_expired_delta_adds_and_does_not_take_off() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let complete = CrlTemplate::new(10).with_times(day(-10), Some(day(30)));
    let held = complete
        .clone()
        .revoking_for(&leaf.certificate, ReasonCode::CertificateHold);
    let stale = delta(11, 10).with_times(day(-5), Some(day(-2)));
    let adding = stale.clone().revoking(&leaf.certificate);
    let removing = stale.revoking_for(&leaf.certificate, ReasonCode::RemoveFromCrl);
    for (complete, delta) in [(complete, adding), (held, removing)] {
        let crls = [scene.issuing.crl(&complete), scene.issuing.crl(&delta)];
        assert_eq!(
            codes(&scene.with(&[&crls[0], &crls[1]]), &leaf),
            ["revoked"]
        );
    }
}

#[test]
fn a_delta_that_the_complete_crl_has_overtaken_says_nothing() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let old = delta(11, 10)
        .with_times(day(-5), Some(day(5)))
        .revoking_for(&leaf.certificate, ReasonCode::CertificateHold);
    let complete = CrlTemplate::new(12);
    let crls = [scene.issuing.crl(&old), scene.issuing.crl(&complete)];
    assert_eq!(codes(&scene.with(&[&crls[0], &crls[1]]), &leaf), ["good"]);
}

#[test]
fn freshest_crl_without_a_delta_leaves_the_complete_crl_to_speak() {
    let scene = Scene::new();
    let points = vec![DistributionPoint::of(uri("http://crl.example/delta"))];
    let leaf = scene
        .issuing
        .issue(Template::leaf("leaf").with(extension(&FreshestCrl(points.clone()))));
    let crl = CrlTemplate::new(1).with(extension(&FreshestCrl(points)));
    assert_eq!(
        codes(&scene.with(&[&scene.issuing.crl(&crl)]), &leaf),
        ["good"]
    );
}

#[test]
fn a_revocation_dated_in_the_future_counts_once_it_is_published() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let ahead = |template: CrlTemplate| {
        let mut template = template.revoking(&leaf.certificate);
        template.entries[0].date = day(5);
        scene.issuing.crl(&template)
    };
    let complete = scene.issuing.crl(&CrlTemplate::new(1));
    let crl = ahead(CrlTemplate::new(1));
    assert_eq!(codes(&scene.with(&[&crl]), &leaf), ["revoked"]);
    // Also where clocks differ, in one that is out of date, and in a delta.
    let soon = now() + TimeDelta::minutes(4);
    for times in [(soon, Some(day(9))), (day(-9), Some(day(-1)))] {
        let crl = ahead(CrlTemplate::new(2).with_times(times.0, times.1));
        assert_eq!(codes(&scene.with(&[&crl]), &leaf), ["revoked"]);
    }
    let delta = ahead(delta(2, 1));
    assert_eq!(codes(&scene.with(&[&complete, &delta]), &leaf), ["revoked"]);
    // One that is of the future itself does not count yet.
    let early = ahead(CrlTemplate::new(2).with_times(day(1), Some(day(9))));
    assert_eq!(codes(&scene.with(&[&complete, &early]), &leaf), ["good"]);
}

#[test]
fn judged_before_the_crl_was_issued_the_certificate_is_not_revoked_yet() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let early = CrlTemplate::new(1).with_times(day(-60), Some(day(-30)));
    let late = CrlTemplate::new(2).revoking(&leaf.certificate);
    let root_crl = CrlTemplate::new(1).with_times(day(-60), Some(day(60)));
    let stores = TestStores::new()
        .root(&scene.root)
        .certificate(&scene.issuing)
        .crl(&scene.root.crl(&root_crl))
        .crl(&scene.issuing.crl(&early))
        .crl(&scene.issuing.crl(&late));
    let policy = strict_policy();
    let evaluator = evaluator(&stores, &policy);
    let then = Question::new(&leaf.certificate, day(-40));
    assert!(evaluator.evaluate(&then).trusted().is_some());
    let today = Question::new(&leaf.certificate, now());
    assert!(evaluator.evaluate(&today).trusted().is_none());
}

#[test]
fn each_kind_of_unknown_is_accepted_only_where_the_policy_accepts_it() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let expired = CrlTemplate::new(1).with_times(day(-40), Some(day(-9)));
    let expired = scene.with(&[&scene.issuing.crl(&expired)]);
    let unusable = {
        let other = Authority::root("Issuing");
        scene.with(&[&other.crl_of(&[])])
    };
    let none = scene.stores.clone();
    let verdicts = |unknown, expired_crl, unusable_crl| {
        let mut policy = policy();
        policy.revocation = RevocationPolicy::Check {
            unknown,
            expired: expired_crl,
            unusable: unusable_crl,
            skew: TimeDelta::zero(),
        };
        [&none, &expired, &unusable].map(|stores| {
            let question = Question::new(&leaf.certificate, now());
            evaluator(stores, &policy)
                .evaluate(&question)
                .trusted()
                .is_some()
        })
    };
    use OnUnknown::{Accept, Reject};
    assert_eq!(verdicts(Accept, Reject, Reject), [true, false, false]);
    assert_eq!(verdicts(Reject, Accept, Reject), [false, true, false]);
    // Anybody can make a CRL that is of no use, so that it is worth no more than none.
    assert_eq!(verdicts(Reject, Reject, Accept), [false, false, false]);
    assert_eq!(verdicts(Accept, Reject, Accept), [true, false, true]);
}

#[test]
fn an_accepted_expired_crl_for_some_reasons_does_not_stand_for_the_one_that_is_missing() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let mut policy = policy();
    policy.revocation = RevocationPolicy::Check {
        unknown: OnUnknown::Reject,
        expired: OnUnknown::Accept,
        unusable: OnUnknown::Reject,
        skew: TimeDelta::zero(),
    };
    let expired = |number, covered| {
        let point = IssuingDistributionPoint::default().with_reasons(covered);
        let template = placed(number, point).with_times(day(-40), Some(day(-9)));
        scene.issuing.crl(&template)
    };
    let judge = |crls: &[&Crl]| {
        let stores = scene.with(crls);
        let report = evaluator(&stores, &policy).evaluate(&Question::new(&leaf.certificate, now()));
        let RevocationStatus::Unknown { causes } = &report.paths()[0].revocation[0] else {
            panic!("{:?}", report.paths()[0].revocation);
        };
        let codes: Vec<&str> = causes.iter().map(Reason::code).collect();
        (report.trusted().is_some(), codes)
    };
    let some = reasons(&[ReasonFlag::CaCompromise]);
    let partial = expired(1, some);
    assert_eq!(
        judge(&[&partial]),
        (false, vec!["crl-expired", "no-applicable-crl"])
    );
    let rest = expired(2, all_but(ReasonFlag::CaCompromise));
    assert_eq!(
        judge(&[&partial, &rest]),
        (true, vec!["crl-expired", "crl-expired"])
    );
    // Neither when there are more of them than are told: later dates with lower numbers replace nothing.
    let many: Vec<Crl> = (0..20_u32)
        .map(|number| {
            let point = IssuingDistributionPoint::default().with_reasons(some);
            let this_update = day(-40 - i64::from(number));
            let template = placed(number.into(), point).with_times(this_update, Some(day(-9)));
            scene.issuing.crl(&template)
        })
        .collect();
    let (is_trusted, codes) = judge(&many.iter().collect::<Vec<_>>());
    assert!(!is_trusted, "{codes:?}");
}

#[test]
fn the_presets_allow_clocks_to_differ_by_five_minutes() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    for preset in [RevocationPolicy::GATEWAY, RevocationPolicy::STRICT] {
        let RevocationPolicy::Check { skew, .. } = &preset else {
            panic!("{preset:?}");
        };
        assert_eq!(*skew, TimeDelta::minutes(5));
    }
    for (ahead, expected) in [(5, "good"), (6, "crl-not-yet-valid")] {
        let this_update = now() + TimeDelta::minutes(ahead);
        let template = CrlTemplate::new(1).with_times(this_update, Some(day(30)));
        let stores = scene.with(&[&scene.issuing.crl(&template)]);
        assert_eq!(codes(&stores, &leaf), [expected], "{ahead} minutes ahead");
    }
}

#[test]
fn times_of_both_forms_are_read() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let crl = CrlTemplate::new(1).with_times(day(-1), Some(at("2050-01-01T00:00:00Z")));
    assert_eq!(
        codes(&scene.with(&[&scene.issuing.crl(&crl)]), &leaf),
        ["good"]
    );
}

#[test]
fn a_crl_number_of_any_size_orders_crls() {
    let scene = Scene::new();
    let leaf = scene.issuing.leaf("leaf");
    let numbered = |hex: &str| {
        let number = rollcert_pki::SerialNumber::from_hex(hex).unwrap();
        CrlTemplate::new(1).with(extension(&CrlNumber(number)))
    };
    // 2^64, and the one before it, of the same date: the greater number is the newer CRL.
    let old =
        numbered("ffffffffffffffff").revoking_for(&leaf.certificate, ReasonCode::CertificateHold);
    let new = numbered("010000000000000000");
    let crls = [scene.issuing.crl(&old), scene.issuing.crl(&new)];
    assert_eq!(codes(&scene.with(&[&crls[0], &crls[1]]), &leaf), ["good"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The order in which a store hands CRLs out, and unrelated ones among them, change nothing.
    #[test]
    fn the_order_of_crls_and_those_of_others_change_nothing(
        picks in prop::collection::vec(0_usize..6, 1..5),
        rotation in 0_usize..8,
    ) {
        let scene = Scene::new();
        let leaf = scene.issuing.leaf("leaf");
        let other = Authority::root("Other");
        let some = |number, reasons| {
            scene.issuing.crl(&placed(number, IssuingDistributionPoint::default().with_reasons(reasons)))
        };
        let crls = [
            scene.issuing.crl(&CrlTemplate::new(1).with_times(day(-40), Some(day(-9)))),
            scene.issuing.crl(&CrlTemplate::new(2).revoking(&leaf.certificate).with_times(day(-50), Some(day(9)))),
            some(3, reasons(&[ReasonFlag::KeyCompromise])),
            some(4, all_but(ReasonFlag::KeyCompromise)),
            scene.issuing.crl(&delta(5, 2)),
            scene.issuing.crl(&placed(6, at_uri("http://crl.example/6"))),
        ];
        let chosen: Vec<&Crl> = picks.iter().map(|pick| &crls[*pick]).collect();
        let mut rotated = chosen.clone();
        rotated.rotate_left(rotation % chosen.len());
        let before = status(&scene.with(&chosen), &leaf);
        let foreign = other.crl_of(&[&leaf]);
        rotated.push(&foreign);
        let after = status(&scene.with(&rotated), &leaf);
        prop_assert_eq!(core::mem::discriminant(&before), core::mem::discriminant(&after));
    }

    /// Taking a CRL away never makes a certificate good that was revoked by another one, and adding one that lists it always
    /// revokes.
    #[test]
    fn a_crl_that_lists_the_certificate_revokes_among_any_others(
        picks in prop::collection::vec(0_usize..4, 0..4),
    ) {
        let scene = Scene::new();
        let leaf = scene.issuing.leaf("leaf");
        let some = |number, reasons| {
            scene.issuing.crl(&placed(number, IssuingDistributionPoint::default().with_reasons(reasons)))
        };
        let crls = [
            scene.issuing.crl(&CrlTemplate::new(1).with_times(day(-40), Some(day(-9)))),
            some(3, reasons(&[ReasonFlag::KeyCompromise])),
            some(4, all_but(ReasonFlag::KeyCompromise)),
            scene.issuing.crl(&CrlTemplate::new(5).with_times(day(-3), Some(day(3)))),
        ];
        let listing = scene.issuing.crl(&CrlTemplate::new(6).revoking(&leaf.certificate));
        let mut chosen: Vec<&Crl> = picks.iter().map(|pick| &crls[*pick]).collect();
        chosen.push(&listing);
        prop_assert_eq!(codes(&scene.with(&chosen), &leaf), ["revoked"]);
    }
}
