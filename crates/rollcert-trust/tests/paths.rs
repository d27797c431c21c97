//! Paths: how they are found, and what makes one valid (RFC 5280 §6.1).

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed test is to panic"
)]

mod common;

use core::sync::atomic::{AtomicU64, Ordering};

use chrono::TimeDelta;
use common::{
    Authority, CrlTemplate, PROVIDER, Template, TestStores, critical, day, evaluator, extension,
    name, now, policy, strict_policy, unknown_extension,
};
use proptest::prelude::*;
use rollcert_crypto::{
    DigestAlgorithm, Error, KeyAlgorithm, Provider, SignatureAlgorithm, Verification,
};
use rollcert_pki::asn1::{encode, tag};
use rollcert_pki::extension::{
    BasicConstraints, CertificatePolicies, Criticality, GeneralName, GeneralSubtree,
    NameConstraints, OcspNoCheck, PolicyInformation,
};
use rollcert_pki::{Certificate, ExtendedKeyUsage, KeyUsage, Name, Oid, Purpose};
use rollcert_trust::{
    Basis, Cache, Evaluator, MissingIssuer, PathEnd, Policy, Question, Reason, ReferenceName,
    Remedy, Report, RevocationPolicy, RevocationStatus, StoredCertificate, TrustListEntry,
    TrustListStatus, Verdict,
};

/// By RFC 5280 alone, without a purpose, at the usual time.
fn evaluate(stores: &TestStores, leaf: &Authority) -> Report {
    evaluate_by(&policy(), stores, leaf)
}

fn evaluate_by(policy: &Policy, stores: &TestStores, leaf: &Authority) -> Report {
    evaluator(stores, policy).evaluate(&Question::new(&leaf.certificate, now()))
}

fn is_trusted(report: &Report) -> bool {
    report.trusted().is_some()
}

/// The codes and places of what speaks against the certificate; places count from the leaf.
fn reasons(report: &Report) -> Vec<(&'static str, Option<usize>)> {
    assert!(is_trusted(report) == report.reasons().next().is_none());
    let place = |finding: &rollcert_trust::Finding| finding.place.as_ref().map(|place| place.index);
    report
        .reasons()
        .map(|finding| (finding.reason.code(), place(finding)))
        .collect()
}

fn warnings(report: &Report) -> Vec<&'static str> {
    report
        .warnings()
        .iter()
        .map(|finding| finding.reason.code())
        .collect()
}

/// The subjects of the path that is trusted.
fn trusted_path(report: &Report) -> Vec<String> {
    let path = report.trusted().unwrap().path().iter();
    path.map(|stored| {
        stored
            .certificate()
            .subject()
            .common_name()
            .unwrap_or_default()
            .to_owned()
    })
    .collect()
}

/// A root, an authority below, and a certificate below that.
struct Chain {
    root: Authority,
    issuing: Authority,
    leaf: Authority,
}

impl Chain {
    fn new() -> Self {
        Self::of(
            Template::authority("Root"),
            Template::authority("Issuing"),
            Template::leaf("leaf"),
        )
    }

    fn of(root: Template, issuing: Template, leaf: Template) -> Self {
        let root = Authority::self_signed(&root);
        let issuing = root.issue(issuing);
        let leaf = issuing.issue(leaf);
        Self {
            root,
            issuing,
            leaf,
        }
    }

    fn stores(&self) -> TestStores {
        TestStores::new()
            .root(&self.root)
            .certificate(&self.issuing)
    }

    fn evaluate(&self) -> Report {
        evaluate(&self.stores(), &self.leaf)
    }
}

fn root() -> Template {
    Template::authority("Root")
}

fn issuing() -> Template {
    Template::authority("Issuing")
}

fn leaf() -> Template {
    Template::leaf("leaf")
}

fn dns(host: &str) -> GeneralName {
    GeneralName::dns(host).unwrap()
}

fn permitting(host: &str) -> NameConstraints {
    let mut constraints = NameConstraints::default();
    constraints.permitted.push(GeneralSubtree::below(dns(host)));
    constraints
}

#[test]
fn a_path_runs_from_the_leaf_to_the_root() {
    let chain = Chain::new();
    let report = chain.evaluate();
    assert_eq!(trusted_path(&report), ["leaf", "Issuing", "Root"]);
    assert_eq!(report.paths().len(), 1);
    assert_eq!(report.paths()[0].end, PathEnd::Anchor);
    assert_eq!(
        report.paths()[0].certificates,
        report.trusted().unwrap().path()
    );
    assert_eq!(report.trusted().unwrap().basis(), Basis::Path);
    assert_eq!(report.trusted().unwrap().at(), now());
}

#[test]
fn what_comes_along_is_as_good_as_what_is_stored() {
    let chain = Chain::new();
    let (stores, policy) = (TestStores::new().root(&chain.root), policy());
    let presented = [
        chain.leaf.certificate.clone(),
        chain.root.certificate.clone(),
        chain.issuing.certificate.clone(),
    ];
    let question = Question::new(&chain.leaf.certificate, now()).with_presented(&presented);
    let report = evaluator(&stores, &policy).evaluate(&question);
    assert_eq!(trusted_path(&report), ["leaf", "Issuing", "Root"]);
}

#[test]
fn what_comes_along_or_is_stored_is_no_root() {
    let chain = Chain::new();
    let (stores, policy) = (chain.stores().certificate(&chain.root), policy());
    let stores = TestStores {
        roots: Vec::new(),
        ..stores
    };
    let presented = [chain.root.certificate.clone()];
    let question = Question::new(&chain.leaf.certificate, now()).with_presented(&presented);
    let report = evaluator(&stores, &policy).evaluate(&question);
    assert_eq!(reasons(&report), [("root-not-trusted", Some(2))]);
    assert_eq!(report.paths()[0].end, PathEnd::Incomplete);
    assert_eq!(report.paths()[0].certificates.len(), 3);
}

#[test]
fn a_missing_issuer_is_named_with_its_key() {
    let chain = Chain::new();
    let report = evaluate(&TestStores::new().root(&chain.root), &chain.leaf);
    assert_eq!(reasons(&report), [("no-path-to-anchor", Some(0))]);
    let finding = report.reasons().next().unwrap();
    let Reason::NoPathToAnchor { missing } = &finding.reason else {
        panic!("{finding:?}")
    };
    let MissingIssuer {
        name,
        key_identifier,
        serial,
        ..
    } = missing;
    assert_eq!(name, chain.issuing.certificate.subject());
    assert_eq!(
        key_identifier.as_deref(),
        chain.issuing.certificate.subject_key_identifier()
    );
    assert_eq!(serial, &None);
}

#[test]
fn a_self_signed_certificate_is_good_as_a_root_alone() {
    let own = Authority::self_signed(&leaf());
    let report = evaluate(&TestStores::new().certificate(&own), &own);
    assert_eq!(reasons(&report), [("root-not-trusted", Some(0))]);
    let report = evaluate(&TestStores::new().root(&own), &own);
    assert_eq!(trusted_path(&report), ["leaf"]);
    assert!(report.paths()[0].revocation.is_empty());
}

#[test]
fn a_root_that_is_evaluated_must_be_valid_itself() {
    let own = Authority::self_signed(&leaf().with_validity(day(-20), day(-10)));
    let report = evaluate(&TestStores::new().root(&own), &own);
    assert_eq!(reasons(&report), [("expired", Some(0))]);
}

#[test]
fn a_root_ends_a_path_whoever_signed_it() {
    let chain = Chain::new();
    // The issuing authority is trusted itself, its own issuer is not.
    let report = evaluate(&TestStores::new().root(&chain.issuing), &chain.leaf);
    assert_eq!(trusted_path(&report), ["leaf", "Issuing"]);
    // Nobody looks at the signature on a root.
    let broken = chain.issuing.with_broken_signature();
    let report = evaluate(&TestStores::new().root(&broken), &chain.leaf);
    assert_eq!(trusted_path(&report), ["leaf", "Issuing"]);
}

#[test]
fn a_root_may_certify_its_own_key_under_further_names() {
    let root = Authority::root("Root");
    let stores = TestStores::new().root(&root);
    // As small authorities do for the host that they run on.
    let own = Template::leaf("Root").with_key(&root.key);
    let host = root.issue(own.clone().with_alternative_names(&[dns("ca.example.com")]));
    assert_eq!(trusted_path(&evaluate(&stores, &host)), ["Root", "Root"]);
    // Without them a path would lead through one authority twice.
    let report = evaluate(&stores, &root.issue(own));
    assert_eq!(reasons(&report), [("root-not-trusted", Some(0))]);
}

#[test]
fn a_path_goes_on_beyond_a_root_that_does_not_hold() {
    let top = Authority::root("Top");
    let middle = top.authority("Middle");
    let expired = top.issue(Authority::template_of(&middle).with_validity(day(-20), day(-10)));
    let leaf = middle.leaf("leaf");
    let stores = TestStores::new()
        .root(&expired)
        .root(&top)
        .certificate(&middle);
    assert_eq!(
        trusted_path(&evaluate(&stores, &leaf)),
        ["leaf", "Middle", "Top"]
    );
    // The expired one stays a root, and the path through it is none.
    let stores = TestStores::new().root(&expired).certificate(&middle);
    assert_eq!(reasons(&evaluate(&stores, &leaf)), [("expired", Some(1))]);
}

#[test]
fn validity_counts_for_every_certificate_and_names_it() {
    let (past, future) = ((day(-20), day(-10)), (day(10), day(20)));
    for ((from, to), code) in [(past, "expired"), (future, "not-yet-valid")] {
        let of_leaf = Chain::of(root(), issuing(), leaf().with_validity(from, to));
        assert_eq!(reasons(&of_leaf.evaluate()), [(code, Some(0))]);
        let of_issuing = Chain::of(root(), issuing().with_validity(from, to), leaf());
        assert_eq!(reasons(&of_issuing.evaluate()), [(code, Some(1))]);
        let of_root = Chain::of(root().with_validity(from, to), issuing(), leaf());
        assert_eq!(reasons(&of_root.evaluate()), [(code, Some(2))]);
    }
}

#[test]
fn both_ends_of_a_validity_belong_to_it() {
    // RFC 5280 §4.1.2.5
    let chain = Chain::of(root(), issuing(), leaf().with_validity(day(-1), day(1)));
    let (stores, policy) = (chain.stores(), policy());
    let at = |time| {
        let report =
            evaluator(&stores, &policy).evaluate(&Question::new(&chain.leaf.certificate, time));
        reasons(&report).first().map(|(code, _)| *code)
    };
    let (second, moment) = (TimeDelta::seconds(1), TimeDelta::milliseconds(500));
    assert_eq!(at(day(-1)), None);
    assert_eq!(at(day(-1) - moment), Some("not-yet-valid"));
    assert_eq!(at(day(1)), None);
    assert_eq!(at(day(1) + moment), None);
    assert_eq!(at(day(1) + second), Some("expired"));
}

#[test]
fn all_that_is_wrong_is_told() {
    let chain = Chain::of(
        root(),
        issuing()
            .with_validity(day(-20), day(-10))
            .with_key_usage(&[KeyUsage::CrlSign]),
        leaf()
            .with_validity(day(-20), day(-10))
            .with(unknown_extension(Criticality::Critical)),
    );
    let mut found = reasons(&chain.evaluate());
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("expired", Some(0)),
            ("expired", Some(1)),
            ("issuer-lacks-keycertsign", Some(1)),
            ("unhandled-critical-extension", Some(0)),
        ]
    );
}

#[test]
fn an_authority_between_says_that_it_is_one() {
    // RFC 5280 §6.1.4 (k), (n)
    let not_ca = [("issuer-not-a-ca", Some(1))];
    let without = Chain::of(root(), issuing().without::<BasicConstraints>(), leaf());
    assert_eq!(reasons(&without.evaluate()), not_ca);
    let denied = issuing().with(critical(&BasicConstraints::END_ENTITY));
    assert_eq!(
        reasons(&Chain::of(root(), denied, leaf()).evaluate()),
        not_ca
    );
    let old = Chain::of(root(), issuing().with_version(1), leaf());
    assert_eq!(reasons(&old.evaluate()), not_ca);
    let no_signing = issuing().with_key_usage(&[KeyUsage::DigitalSignature, KeyUsage::CrlSign]);
    assert_eq!(
        reasons(&Chain::of(root(), no_signing, leaf()).evaluate()),
        [("issuer-lacks-keycertsign", Some(1))]
    );
    let no_usage = issuing().without::<rollcert_pki::KeyUsages>();
    assert!(is_trusted(&Chain::of(root(), no_usage, leaf()).evaluate()));
}

#[test]
fn a_root_need_not_say_that_it_is_an_authority_and_must_not_deny_it() {
    let silent = root().without::<BasicConstraints>();
    assert!(is_trusted(&Chain::of(silent, issuing(), leaf()).evaluate()));
    let nowhere = root()
        .without::<BasicConstraints>()
        .without::<rollcert_pki::KeyUsages>();
    assert_eq!(
        reasons(&Chain::of(nowhere, issuing(), leaf()).evaluate()),
        [("issuer-not-a-ca", Some(2))]
    );
    let old = root().with_version(1);
    assert!(is_trusted(&Chain::of(old, issuing(), leaf()).evaluate()));
    let denied = root().with(critical(&BasicConstraints::END_ENTITY));
    assert_eq!(
        reasons(&Chain::of(denied, issuing(), leaf()).evaluate()),
        [("issuer-not-a-ca", Some(2))]
    );
    let no_signing = root().with_key_usage(&[KeyUsage::CrlSign]);
    assert_eq!(
        reasons(&Chain::of(no_signing, issuing(), leaf()).evaluate()),
        [("issuer-lacks-keycertsign", Some(2))]
    );
}

#[test]
fn a_path_length_is_broken_at_the_certificate_that_sets_it() {
    // RFC 5280 §4.2.1.9; the certificate that is evaluated does not count, be it that of an authority.
    let top = Authority::self_signed(&root().with_path_length(1));
    let one = top.issue(Template::authority("One").with_path_length(0));
    let two = one.authority("Two");
    let leaf = two.leaf("leaf");
    let stores = TestStores::new().root(&top).certificates(&[&one, &two]);
    assert!(is_trusted(&evaluate(&stores, &one)));
    assert!(is_trusted(&evaluate(&stores, &two)));
    let report = evaluate(&stores, &leaf);
    let mut found = reasons(&report);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("path-length-exceeded", Some(2)),
            ("path-length-exceeded", Some(3))
        ]
    );
    let of_root = report
        .reasons()
        .find(|finding| finding.place.as_ref().unwrap().index == 3);
    assert_eq!(
        of_root.unwrap().reason,
        Reason::PathLengthExceeded {
            allowed: 1,
            found: 2
        }
    );
}

#[test]
fn self_issued_certificates_do_not_count_towards_path_lengths() {
    let top = Authority::self_signed(&root().with_path_length(1));
    let one = top.issue(Template::authority("One").with_path_length(0));
    // A new key of the same authority, and one more.
    let two = one.issue(Template::authority("One"));
    let three = two.issue(Template::authority("One"));
    let leaf = three.leaf("leaf");
    let stores = TestStores::new()
        .root(&top)
        .certificates(&[&one, &two, &three]);
    let report = evaluate(&stores, &leaf);
    assert_eq!(trusted_path(&report), ["leaf", "One", "One", "One", "Root"]);
    let mut limited = policy();
    limited.max_intermediates = Some(1);
    assert!(is_trusted(&evaluate_by(&limited, &stores, &leaf)));
    limited.max_intermediates = Some(0);
    assert_eq!(
        reasons(&evaluate_by(&limited, &stores, &leaf)),
        [("too-many-intermediates", None)]
    );
}

#[test]
fn critical_extensions_that_nobody_handles_fail_wherever_they_stand() {
    let unknown = || unknown_extension(Criticality::Critical);
    let code = "unhandled-critical-extension";
    for (index, chain) in [
        Chain::of(root(), issuing(), leaf().with(unknown())),
        Chain::of(root(), issuing().with(unknown()), leaf()),
        Chain::of(root().with(unknown()), issuing(), leaf()),
    ]
    .iter()
    .enumerate()
    {
        assert_eq!(reasons(&chain.evaluate()), [(code, Some(index))]);
    }
    let harmless = || unknown_extension(Criticality::NotCritical);
    let chain = Chain::of(
        root().with(harmless()),
        issuing().with(harmless()),
        leaf().with(harmless()),
    );
    assert!(is_trusted(&chain.evaluate()));
    // What frees an OCSP responder from being checked is known, and means nothing in a path.
    let chain = Chain::of(root(), issuing(), leaf().with(critical(&OcspNoCheck)));
    assert!(is_trusted(&chain.evaluate()));
}

#[test]
fn malformed_extensions_fail_wherever_they_stand() {
    let malformed = || {
        let oid = Oid::from(<BasicConstraints as rollcert_pki::extension::ExtensionValue>::OID);
        let value = encode(tag::SEQUENCE, &[&encode(tag::BOOLEAN, &[&[]])]);
        rollcert_pki::extension::EncodedExtension::new(oid, Criticality::NotCritical, value)
    };
    for (index, chain) in [
        Chain::of(root(), issuing(), leaf().with(malformed())),
        Chain::of(root(), issuing().with(malformed()), leaf()),
        Chain::of(root().with(malformed()), issuing(), leaf()),
    ]
    .iter()
    .enumerate()
    {
        // Before what may only follow from it, such as that a CA does not say that it is one.
        let found = reasons(&chain.evaluate());
        assert_eq!(
            found.first(),
            Some(&("malformed-extension", Some(index))),
            "{found:?}"
        );
    }
}

#[test]
fn name_constraints_hold_for_everything_below() {
    let of_leaf = leaf().with_alternative_names(&[dns("as2.acme.example")]);
    let other = || critical(&permitting("other.example"));
    let right = || critical(&permitting("acme.example"));
    let by_issuing = Chain::of(root(), issuing().with(other()), of_leaf.clone());
    assert_eq!(
        reasons(&by_issuing.evaluate()),
        [("name-not-permitted", Some(0))]
    );
    // Those of a root count as well.
    let by_root = Chain::of(root().with(other()), issuing(), of_leaf.clone());
    assert_eq!(
        reasons(&by_root.evaluate()),
        [("name-not-permitted", Some(0))]
    );
    // They narrow, and never widen.
    let narrowed = Chain::of(
        root().with(other()),
        issuing().with(right()),
        of_leaf.clone(),
    );
    assert_eq!(
        reasons(&narrowed.evaluate()),
        [("name-not-permitted", Some(0))]
    );
    let kept = Chain::of(root().with(right()), issuing(), of_leaf);
    assert!(is_trusted(&kept.evaluate()));
}

#[test]
fn policies_are_required_where_the_caller_says_so() {
    let policies = |text: &str| {
        let oid = Oid::from(der::asn1::ObjectIdentifier::new_unwrap(text));
        extension(&CertificatePolicies(vec![PolicyInformation {
            policy: oid,
            qualifiers: Vec::new(),
        }]))
    };
    let with = Chain::of(
        root(),
        issuing().with(policies("1.2.3.4")),
        leaf().with(policies("1.2.3.4")),
    );
    let mut required = policy();
    required.initial_policies.require_explicit_policy = true;
    let report = evaluate_by(&required, &with.stores(), &with.leaf);
    let valid = report.trusted().unwrap().policies();
    assert_eq!(
        valid.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["1.2.3.4"]
    );
    let without = Chain::new();
    assert_eq!(
        reasons(&evaluate_by(&required, &without.stores(), &without.leaf)),
        [("policy-required", Some(0))]
    );
}

#[test]
fn purpose_and_name_are_asked_of_the_certificate_before_any_path() {
    let chain = Chain::of(
        root(),
        issuing(),
        leaf()
            .with_extended_key_usage(&[ExtendedKeyUsage::ServerAuth])
            .with_alternative_names(&[dns("as2.acme.example")]),
    );
    let (stores, policy) = (chain.stores(), policy());
    let question = Question::new(&chain.leaf.certificate, now())
        .with_purpose(Purpose::SmimeSign)
        .with_name(ReferenceName::Dns("as2.other.example".to_owned()));
    let report = evaluator(&stores, &policy).evaluate(&question);
    let mut found = reasons(&report);
    found.sort_unstable();
    assert_eq!(
        found,
        [("extended-key-usage", Some(0)), ("name-mismatch", Some(0))]
    );
    // The path is good all the same, and is shown.
    assert_eq!(report.paths()[0].findings, []);
    let question = Question::new(&chain.leaf.certificate, now())
        .with_purpose(Purpose::TlsServer)
        .with_name(ReferenceName::Dns("as2.acme.example".to_owned()));
    let report = evaluator(&stores, &policy).evaluate(&question);
    assert_eq!(
        report.trusted().unwrap().purpose(),
        Some(Purpose::TlsServer)
    );
}

/// Makes a certificate of an authority that is no good, for this reason.
type Spoil = (&'static str, fn(Template) -> Template);

/// What may be wrong with a certificate of an authority, other than its signature.
fn defective_authorities() -> Vec<Spoil> {
    vec![
        ("expired", |template| {
            template.with_validity(day(-20), day(-10))
        }),
        ("not-yet-valid", |template| {
            template.with_validity(day(10), day(20))
        }),
        ("issuer-not-a-ca", |template| {
            template.without::<BasicConstraints>()
        }),
        ("issuer-lacks-keycertsign", |template| {
            template.with_key_usage(&[KeyUsage::CrlSign])
        }),
        ("unhandled-critical-extension", |template| {
            template.with(unknown_extension(Criticality::Critical))
        }),
        ("extended-key-usage", |template| {
            template.with_extended_key_usage(&[ExtendedKeyUsage::ClientAuth])
        }),
        ("name-not-permitted", |template| {
            template.with(critical(&permitting("other.example")))
        }),
        ("path-length-exceeded", |template| {
            template.with_path_length(0)
        }),
    ]
}

#[test]
fn another_path_is_found_when_the_first_one_fails() {
    for (code, spoil) in defective_authorities() {
        let root = Authority::root("Root");
        let other_root = Authority::root("Other Root");
        let upper = root.authority("Upper");
        // The good one is the less likely at first sight: it ends sooner, and further from a root.
        let detour = other_root.authority("Detour");
        let good = detour.issue(Authority::template_of(&upper).with_validity(day(-700), day(400)));
        let bad = root.issue(spoil(Authority::template_of(&upper)));
        let lower = upper.authority("Lower");
        let leaf = lower.issue(leaf().with_alternative_names(&[dns("as2.acme.example")]));
        let question = Question::new(&leaf.certificate, now()).with_purpose(Purpose::TlsServer);
        let policy = policy();

        let stores = TestStores::new().root(&root).root(&other_root);
        let stores = stores.certificates(&[&detour, &bad, &good, &lower]);
        let report = evaluator(&stores, &policy).evaluate(&question);
        assert_eq!(
            trusted_path(&report),
            ["leaf", "Lower", "Upper", "Detour", "Other Root"],
            "{code}"
        );
        // Without it, the reason is that of the bad one, and at its place.
        let stores = TestStores::new().root(&root).root(&other_root);
        let stores = stores.certificates(&[&detour, &bad, &lower]);
        let report = evaluator(&stores, &policy).evaluate(&question);
        let place = if code == "name-not-permitted" { 0 } else { 2 };
        assert_eq!(reasons(&report), [(code, Some(place))]);
        assert_eq!(report.paths()[0].end, PathEnd::Anchor);
    }
}

#[test]
fn another_path_is_found_when_a_signature_does_not_verify() {
    let root = Authority::root("Root");
    let issuing = root.authority("Issuing");
    let leaf = issuing.leaf("leaf");
    let broken = issuing.with_broken_signature();
    let again = root.issue(Authority::template_of(&issuing).with_validity(day(-1), day(2)));
    let stores = TestStores::new()
        .root(&root)
        .certificates(&[&broken, &again]);
    assert!(is_trusted(&evaluate(&stores, &leaf)));
    let stores = TestStores::new().root(&root).certificate(&broken);
    let report = evaluate(&stores, &leaf);
    assert_eq!(reasons(&report), [("signature-invalid", Some(1))]);
    assert_eq!(report.paths()[0].end, PathEnd::Incomplete);
}

#[test]
fn every_path_that_fails_is_told_the_one_that_came_furthest_first() {
    let root = Authority::root("Root");
    let issuing = root.authority("Issuing");
    let expired = root.issue(Authority::template_of(&issuing).with_validity(day(-20), day(-10)));
    let constrained =
        root.issue(Authority::template_of(&issuing).with(critical(&permitting("other.example"))));
    let leaf = issuing.issue(leaf().with_alternative_names(&[dns("as2.acme.example")]));
    let stores = TestStores::new()
        .root(&root)
        .certificates(&[&expired, &constrained]);
    let report = evaluate(&stores, &leaf);
    let codes: Vec<&str> = report
        .paths()
        .iter()
        .map(|path| path.findings[0].reason.code())
        .collect();
    assert_eq!(codes, ["name-not-permitted", "expired"]);
    assert_eq!(reasons(&report), [("name-not-permitted", Some(0))]);
}

#[test]
fn names_match_whatever_their_case_blanks_and_string_types() {
    // RFC 5280 §7.1: UTF8String against PrintableString.
    let utf8 = |text: &str| {
        let value = encode(tag::UTF8_STRING, &[text.as_bytes()]);
        let attribute = [&[6, 3, 0x55, 4, 3][..], &value].concat();
        let name = encode(
            tag::SEQUENCE,
            &[&encode(tag::SET, &[&encode(tag::SEQUENCE, &[&attribute])])],
        );
        Name::from_der(&name).unwrap()
    };
    let root = Authority::root("Acme Root");
    let issuing = root.issue(issuing().with_issuer(utf8("  ACME   root ")));
    let leaf = issuing.issue(leaf().with_issuer(utf8("issuING")));
    let stores = TestStores::new().root(&root).certificate(&issuing);
    assert!(is_trusted(&evaluate(&stores, &leaf)));
    let other = issuing.issue(Template::leaf("leaf").with_issuer(utf8("Issu ing")));
    assert_eq!(
        reasons(&evaluate(&stores, &other)),
        [("no-path-to-anchor", Some(0))]
    );
}

#[test]
fn revocation_in_one_path_holds_in_every_other() {
    // Below one root, a delegated signer of CRLs is known; below the other one nobody could say anything.
    let (one, two) = (Authority::root("One"), Authority::root("Two"));
    let issuing = one.authority("Issuing");
    let crossed = two.issue(Authority::template_of(&issuing).with_validity(day(-1), day(2)));
    let signer = one.issue(Template::authority("Issuing").with_key_usage(&[KeyUsage::CrlSign]));
    let leaf = issuing.leaf("leaf");
    let crl = signer.crl_of(&[&leaf]);
    let stores = TestStores::new().root(&one).root(&two).crl(&crl);
    let below_two = TestStores {
        roots: vec![two.stored()],
        ..stores.clone()
    };
    let report = evaluate(&below_two.certificates(&[&crossed, &signer]), &leaf);
    assert!(
        is_trusted(&report),
        "nobody says anything: {:?}",
        reasons(&report)
    );
    // Whichever of the two paths is found first, and even if the issuing authority itself vouches for the leaf in both.
    let silent = [&issuing, &one, &two].map(|authority| authority.crl_of(&[]));
    let vouched = silent.iter().fold(stores.clone(), TestStores::crl);
    let worlds = [
        (stores, policy()),
        (vouched.clone(), policy()),
        (vouched.clone(), strict_policy()),
        // A root needs nobody, and is not cleared by the first who vouches for it.
        (vouched.clone().root(&leaf), policy()),
        (vouched.root(&leaf), strict_policy()),
    ];
    for (from, until) in [(day(-1), day(2)), (day(-1), day(4000))] {
        let crossed = two.issue(Authority::template_of(&issuing).with_validity(from, until));
        for (stores, policy) in &worlds {
            let stores = stores.clone().certificates(&[&crossed, &issuing, &signer]);
            let report = evaluate_by(policy, &stores, &leaf);
            assert_eq!(reasons(&report), [("revoked", Some(0))]);
        }
    }
}

#[test]
fn who_lists_a_certificate_and_is_heard_in_no_path_does_not_revoke_it() {
    let (one, two, other) = (
        Authority::root("One"),
        Authority::root("Two"),
        Authority::root("Other"),
    );
    let issuing = one.authority("Issuing");
    let crossed = two.issue(Authority::template_of(&issuing));
    // Nobody trusts the root that has named it so.
    let signer = other.issue(Template::authority("Issuing").with_key_usage(&[KeyUsage::CrlSign]));
    let leaf = issuing.leaf("leaf");
    let crls = [&issuing, &one, &two].map(|authority| authority.crl_of(&[]));
    let stores = TestStores::new().root(&one).root(&two);
    let stores = stores.certificates(&[&crossed, &issuing, &signer, &other]);
    let stores = crls.iter().fold(stores, TestStores::crl);
    let stores = stores.crl(&signer.crl_of(&[&leaf]));
    assert!(is_trusted(&evaluate_by(&strict_policy(), &stores, &leaf)));
    // But where not all paths were looked at, nobody knows.
    let mut hasty = strict_policy();
    hasty.limits.paths = 1;
    let report = evaluate_by(&hasty, &stores, &leaf);
    assert_eq!(reasons(&report)[0].0, "budget-exhausted");
}

#[test]
fn signers_who_accuse_each_other_may_revoke_and_not_vouch() {
    let root = Authority::root("Root");
    let leaf = root.leaf("leaf");
    let signer = || root.issue(Template::leaf("Root").with_key_usage(&[KeyUsage::CrlSign]));
    let (stolen, honest) = (signer(), signer());
    let mut gateway = policy();
    gateway.revocation = RevocationPolicy::GATEWAY;
    let signers = TestStores::new().root(&root);
    let signers = signers.certificates(&[&stolen, &honest]);
    let at = |from| CrlTemplate::new(5).with_times(day(from), Some(day(30)));
    for (of_stolen, of_honest) in [(-1, -2), (-2, -1)] {
        let by_honest = at(of_honest).revoking(&stolen.certificate);
        for retaliates in [false, true] {
            let mut by_stolen = at(of_stolen);
            if retaliates {
                by_stolen = by_stolen.revoking(&honest.certificate);
            }
            let stores = signers.clone().crl(&stolen.crl(&by_stolen));
            let listing = by_honest.clone().revoking(&leaf.certificate);
            let listed = stores.clone().crl(&honest.crl(&listing));
            for policy in [&gateway, &strict_policy()] {
                let report = evaluate_by(policy, &listed, &leaf);
                assert_eq!(reasons(&report), [("revoked", Some(0))]);
            }
            // The stolen one vouches for nobody; nor does the honest one, while it is accused.
            let silent = stores.crl(&honest.crl(&by_honest));
            let report = evaluate_by(&strict_policy(), &silent, &leaf);
            assert!(!is_trusted(&report), "{of_stolen} {retaliates}");
        }
    }
}

#[test]
fn a_root_that_its_issuer_has_revoked_is_revoked() {
    let chain = Chain::new();
    let own = TestStores::new().root(&chain.leaf);
    let known = [
        // The issuer is a root too; it has a path to one; it is both.
        own.clone().root(&chain.issuing),
        own.clone().root(&chain.root).certificate(&chain.issuing),
        own.clone().root(&chain.root).root(&chain.issuing),
    ];
    let crls = [
        vec![chain.issuing.crl_of(&[&chain.leaf])],
        // A revocation does not lapse, and that of the issuer does not undo it.
        vec![
            chain.issuing.crl_of(&[&chain.leaf]),
            chain.root.crl_of(&[&chain.issuing]),
        ],
    ];
    let mut off = policy();
    off.revocation = RevocationPolicy::Off;
    off.limits.paths = 1;
    for stores in known {
        for crls in &crls {
            let stores = crls.iter().fold(stores.clone(), TestStores::crl);
            for policy in [policy(), strict_policy()] {
                let report = evaluate_by(&policy, &stores, &chain.leaf);
                assert_eq!(reasons(&report), [("revoked", Some(0))]);
                assert_eq!(report.revocation(), "revoked");
            }
            let report = evaluate_by(&off, &stores, &chain.leaf);
            assert_eq!(trusted_path(&report), ["leaf"]);
        }
    }
}

#[test]
fn a_root_is_revoked_whatever_is_wrong_with_the_way_to_its_issuer() {
    let spoilt = [
        issuing().with_validity(day(-30), day(-1)),
        issuing().without::<BasicConstraints>(),
        issuing().with_extended_key_usage(&[ExtendedKeyUsage::EmailProtection]),
        issuing().with(critical(&permitting("acme.example"))),
    ];
    for issuing in spoilt {
        let elsewhere = leaf().with_alternative_names(&[dns("elsewhere.example")]);
        let chain = Chain::of(root(), issuing, elsewhere);
        let stores = chain.stores().root(&chain.leaf);
        let evaluate = |stores: &TestStores| {
            let question = Question::new(&chain.leaf.certificate, now());
            evaluator(stores, &policy()).evaluate(&question.with_purpose(Purpose::TlsServer))
        };
        assert_eq!(trusted_path(&evaluate(&stores)), ["leaf"]);
        let silent = stores.clone().crl(&chain.issuing.crl_of(&[]));
        assert_eq!(trusted_path(&evaluate(&silent)), ["leaf"]);
        let stores = stores.crl(&chain.issuing.crl_of(&[&chain.leaf]));
        assert_eq!(reasons(&evaluate(&stores))[0], ("revoked", Some(0)));
    }
}

#[test]
fn a_root_needs_nobody_to_vouch_for_it() {
    let chain = Chain::new();
    let own = TestStores::new().root(&chain.leaf);
    let known = chain.stores().root(&chain.leaf);
    let listing = chain.issuing.crl_of(&[&chain.leaf]);
    let crl = CrlTemplate::new(2);
    let forged = crl.clone().revoking(&chain.leaf.certificate);
    let forged = forged.signed_by(&name("Issuing"), &chain.root.key);
    let worlds = [
        // Nobody says that it is revoked.
        own.clone(),
        known.clone(),
        known.clone().crl(&chain.issuing.crl_of(&[])),
        known.clone().crl(&chain.issuing.crl_of(&[&chain.root])),
        known.clone().crl(&chain.root.crl_of(&[&chain.issuing])),
        // Who says so is not known, or is not its issuer, or has taken it back.
        own.clone().crl(&listing),
        own.clone().root(&chain.root).crl(&listing),
        own.root(&Authority::root("Issuing")).crl(&listing),
        known.clone().crl(&forged),
        known.crl(&listing).crl(&chain.issuing.crl(&crl)),
    ];
    for (number, stores) in worlds.iter().enumerate() {
        for policy in [policy(), strict_policy()] {
            let report = evaluate_by(&policy, stores, &chain.leaf);
            assert_eq!(reasons(&report), [], "{number}");
            assert_eq!(trusted_path(&report), ["leaf"], "{number}");
            assert_eq!(report.revocation(), "not-checked", "{number}");
            assert_eq!(warnings(&report), [""; 0], "{number}");
        }
    }
}

#[test]
fn a_root_of_which_nobody_says_that_it_is_revoked_costs_nothing_more() {
    let mut policy = strict_policy();
    policy.limits.signatures = 0;
    policy.limits.paths = 1;
    let chain = Chain::new();
    let crl = chain.issuing.crl_of(&[&chain.root]);
    let stores = chain.stores().root(&chain.leaf).crl(&crl);
    assert!(is_trusted(&evaluate_by(&policy, &stores, &chain.leaf)));

    // Partners who all sign for themselves, under one name.
    let partners: Vec<Authority> = (0..9).map(|_| Authority::self_signed(&leaf())).collect();
    let stores = partners.iter().fold(TestStores::new(), TestStores::root);
    for partner in &partners {
        assert!(is_trusted(&evaluate_by(&policy, &stores, partner)));
    }
    // Where none has another's name, no CRL is looked for.
    policy.limits.crls = 0;
    let alone = TestStores::new().root(&partners[0]);
    assert!(is_trusted(&evaluate_by(&policy, &alone, &partners[0])));
}

#[test]
fn a_root_that_may_be_revoked_is_refused_where_a_limit_hides_whether_it_is() {
    // Of names that lead nowhere, and of the issuer's.
    let junk: Vec<Certificate> = ["Junk", "Issuing"]
        .into_iter()
        .flat_map(|name| (0..9).map(move |_| Authority::root(name).certificate))
        .collect();
    let limits: [fn(&mut Policy, u64); 4] = [
        |policy, limit| policy.limits.signatures = limit,
        |policy, limit| policy.limits.candidates = limit,
        |policy, limit| policy.limits.paths = limit,
        |policy, limit| policy.limits.crls = limit,
    ];
    for issuing in [issuing(), issuing().with_validity(day(-30), day(-1))] {
        let chain = Chain::of(root(), issuing, leaf());
        let stores = chain.stores().root(&chain.leaf);
        let listed = stores.clone().crl(&chain.issuing.crl_of(&[&chain.leaf]));
        let codes = |policy: &Policy, stores: &TestStores| {
            let question = Question::new(&chain.leaf.certificate, now()).with_presented(&junk);
            let report = evaluator(stores, policy).evaluate(&question);
            let codes = reasons(&report).into_iter().map(|(code, _)| code);
            codes.collect::<Vec<_>>()
        };
        assert_eq!(codes(&policy(), &listed)[0], "revoked");
        for (number, set) in limits.into_iter().enumerate() {
            for limit in 1..30 {
                let mut policy = policy();
                set(&mut policy, limit);
                let codes_listed = codes(&policy, &listed);
                let is_told = ["revoked", "budget-exhausted"].contains(&codes_listed[0]);
                assert!(is_told, "limit {number} at {limit}: {codes_listed:?}");
                // As long as nobody says that it is revoked, what its sender makes up harms nothing.
                if number < 3 {
                    assert_eq!(codes(&policy, &stores), [""; 0]);
                }
            }
        }
    }
}

#[test]
fn one_valid_path_is_enough_to_tell_that_a_root_is_not_revoked() {
    let chain = Chain::new();
    let expired = Authority::template_of(&chain.issuing).with_validity(day(-30), day(-1));
    let stores = chain.stores().root(&chain.leaf);
    let stores = stores
        .certificate(&chain.root.issue(expired))
        .crl(&chain.issuing.crl_of(&[&chain.leaf]))
        .crl(&chain.issuing.crl(&CrlTemplate::new(2)));
    let mut policy = policy();
    policy.limits.paths = 2;
    let report = evaluate_by(&policy, &stores, &chain.leaf);
    assert_eq!(trusted_path(&report), ["leaf"]);
}

#[test]
fn signers_of_crls_that_vouch_for_each_other_vouch_for_nothing() {
    // Each one's revocation would be told by the other alone.
    let root = Authority::root("Root");
    let crl_signing = [KeyUsage::CrlSign];
    let one = root.issue(Template::authority("Root").with_key_usage(&crl_signing));
    let two = root.issue(Template::authority("Root").with_key_usage(&crl_signing));
    let leaf = root.leaf("leaf");
    let stores = TestStores::new().root(&root).certificates(&[&one, &two]);
    let stores = stores.crl(&one.crl_of(&[])).crl(&two.crl_of(&[&leaf]));
    let report = evaluate_by(&strict_policy(), &stores, &leaf);
    assert!(!is_trusted(&report));
}

#[test]
fn a_cache_is_used_and_changes_nothing() {
    let chain = Chain::new();
    let (stores, policy, cache) = (chain.stores(), policy(), Cache::new(100));
    let question = Question::new(&chain.leaf.certificate, now());
    let plain = evaluator(&stores, &policy).evaluate(&question);
    let evaluator = evaluator(&stores, &policy).with_cache(&cache);
    let (cold, warm) = (evaluator.evaluate(&question), evaluator.evaluate(&question));
    assert_eq!(trusted_path(&plain), trusted_path(&cold));
    assert_eq!(trusted_path(&plain), trusted_path(&warm));
    assert_eq!(cache.len(), 2);

    // What one provider has found counts for that one alone, although the other goes by the same name.
    let counting = Provider {
        verification: &Counting,
        ..*PROVIDER
    };
    let evaluator = Evaluator::new(stores.stores(), &policy, &counting).with_cache(&cache);
    assert!(is_trusted(&evaluator.evaluate(&question)));
    assert_eq!(VERIFIED.load(Ordering::Relaxed), 2);
    assert!(is_trusted(&evaluator.evaluate(&question)));
    assert_eq!(VERIFIED.load(Ordering::Relaxed), 2);
}

/// How many signatures [`Counting`] has verified.
static VERIFIED: AtomicU64 = AtomicU64::new(0);

/// A provider that counts.
#[derive(Debug)]
struct Counting;

impl Verification for Counting {
    fn key_algorithm(&self, info: &[u8]) -> Result<KeyAlgorithm, Error> {
        PROVIDER.verification.key_algorithm(info)
    }

    fn verify(
        &self,
        info: &[u8],
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        VERIFIED.fetch_add(1, Ordering::Relaxed);
        PROVIDER.verify(info, algorithm, message, signature)
    }
}

#[test]
fn a_stored_certificate_is_answered_for_like_any_other() {
    let chain = Chain::new();
    let (stores, policy) = (chain.stores(), policy());
    let stored = StoredCertificate::new(chain.leaf.certificate.clone(), PROVIDER);
    let report = evaluator(&stores, &policy).evaluate(&Question::of_stored(&stored, now()));
    assert_eq!(trusted_path(&report), ["leaf", "Issuing", "Root"]);
    assert_eq!(report.certificate(), stored.certificate());
}

#[test]
fn unknown_revocation_is_a_warning_where_the_policy_accepts_it() {
    let chain = Chain::new();
    let report = chain.evaluate();
    assert!(is_trusted(&report));
    assert_eq!(
        warnings(&report),
        ["no-applicable-crl", "no-applicable-crl"]
    );
    let report = evaluate_by(&strict_policy(), &chain.stores(), &chain.leaf);
    assert_eq!(
        reasons(&report),
        [
            ("no-applicable-crl", Some(0)),
            ("no-applicable-crl", Some(1))
        ]
    );
    let stores = chain
        .stores()
        .crl(&chain.root.crl_of(&[]))
        .crl(&chain.issuing.crl_of(&[]));
    assert!(is_trusted(&evaluate_by(
        &strict_policy(),
        &stores,
        &chain.leaf
    )));
    let stores = chain.stores().crl(&chain.root.crl_of(&[&chain.issuing]));
    assert_eq!(
        reasons(&evaluate(&stores, &chain.leaf)),
        [("revoked", Some(1))]
    );
}

/// A hierarchy as chance has it: authorities, who certifies whom, and which certificates have expired.
#[derive(Clone, Debug)]
struct Web {
    authorities: usize,
    /// Who certifies whom, whether the certificate is valid, and whether it allows nothing below.
    edges: Vec<(usize, usize, bool, bool)>,
    roots: Vec<usize>,
    leaf_issuer: usize,
}

fn webs() -> impl Strategy<Value = Web> {
    (2_usize..6).prop_flat_map(|authorities| {
        let edge = (
            0..authorities,
            0..authorities,
            prop::bool::weighted(0.7),
            prop::bool::weighted(0.2),
        );
        (
            prop::collection::vec(edge, 0..10),
            prop::collection::vec(0..authorities, 0..3),
            0..authorities,
        )
            .prop_map(move |(edges, roots, leaf_issuer)| Web {
                authorities,
                edges,
                roots,
                leaf_issuer,
            })
    })
}

impl Web {
    /// Whether a path leads from here to a root, by trying all of them. `below`: those who stand in it already.
    fn leads_up(&self, from: usize, below: &[usize]) -> bool {
        let path = [below, &[from]].concat();
        self.roots.contains(&from)
            || self.edges.iter().any(|(by, of, is_valid, is_lowest)| {
                *of == from
                    && *is_valid
                    && (below.is_empty() || !*is_lowest)
                    && !path.contains(by)
                    && self.leads_up(*by, &path)
            })
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_certificate_is_trusted_just_when_there_is_a_path(web in webs()) {
        let authorities: Vec<Authority> = (0..web.authorities)
            .map(|number| Authority::root(&format!("CA {number}")))
            .collect();
        let mut stores = TestStores::new();
        for root in &web.roots {
            stores = stores.root(&authorities[*root]);
        }
        for (by, of, is_valid, is_lowest) in &web.edges {
            let mut template = Authority::template_of(&authorities[*of]);
            if !is_valid {
                template = template.with_validity(day(-20), day(-10));
            }
            if *is_lowest {
                template = template.with_path_length(0);
            }
            stores = stores.certificate(&authorities[*by].issue(template));
        }
        let leaf = authorities[web.leaf_issuer].leaf("leaf");
        let report = evaluate(&stores, &leaf);
        prop_assert_eq!(is_trusted(&report), web.leads_up(web.leaf_issuer, &[]));
        prop_assert!(matches!(report.verdict(), Verdict::Trusted(_)) == reasons(&report).is_empty());
    }
}

#[test]
fn algorithms_that_are_not_allowed_fail_at_every_place_but_the_root() {
    let sha384 = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha384);
    let weak = |template: Template| template.with_signature_algorithm(sha384);
    let mut only_sha256 = policy();
    only_sha256.algorithms.certificate_digests = vec![DigestAlgorithm::Sha256];
    let found = |chain: &Chain| reasons(&evaluate_by(&only_sha256, &chain.stores(), &chain.leaf));
    let code = "algorithm-not-allowed";
    assert_eq!(
        found(&Chain::of(root(), issuing(), weak(leaf()))),
        [(code, Some(0))]
    );
    assert_eq!(
        found(&Chain::of(root(), weak(issuing()), leaf())),
        [(code, Some(1))]
    );
    assert_eq!(found(&Chain::of(weak(root()), issuing(), leaf())), []);
    // A root that is evaluated is not looked at; one that somebody certifies is.
    let own = Authority::self_signed(&weak(leaf()));
    assert_eq!(
        reasons(&evaluate_by(
            &only_sha256,
            &TestStores::new().root(&own),
            &own
        )),
        []
    );
}

#[test]
fn an_authority_is_evaluated_like_any_other_certificate() {
    let chain = Chain::new();
    let stores = TestStores::new().root(&chain.root);
    assert_eq!(
        trusted_path(&evaluate(&stores, &chain.issuing)),
        ["Issuing", "Root"]
    );
    assert_eq!(trusted_path(&evaluate(&stores, &chain.root)), ["Root"]);
}

#[test]
fn a_key_of_another_name_is_no_issuer() {
    // The key signs, the name is not that of the issuer.
    let chain = Chain::new();
    let alias = chain
        .root
        .issue(Template::authority("Alias").with_key(&chain.issuing.key));
    let stores = TestStores::new().root(&chain.root).certificate(&alias);
    assert_eq!(
        reasons(&evaluate(&stores, &chain.leaf)),
        [("no-path-to-anchor", Some(0))]
    );
}

#[test]
fn certificates_without_key_identifiers_find_their_issuers() {
    use rollcert_pki::extension::{AuthorityKeyIdentifier, SubjectKeyIdentifier};
    let bare = |template: Template| {
        template
            .without::<AuthorityKeyIdentifier>()
            .without::<SubjectKeyIdentifier>()
    };
    let chain = Chain::of(bare(root()), bare(issuing()), bare(leaf()));
    // Two more authorities of the same names.
    let (other_root, other) = (
        Authority::self_signed(&bare(root())),
        chain.root.issue(bare(issuing())),
    );
    let stores = chain.stores().root(&other_root).certificate(&other);
    assert_eq!(
        trusted_path(&evaluate(&stores, &chain.leaf)),
        ["leaf", "Issuing", "Root"]
    );
    let certificate: &Certificate = &chain.leaf.certificate;
    assert_eq!(certificate.issuer(), &name("Issuing"));
}

/// Codes of what can be done about it.
fn remedies(report: &Report) -> Vec<&'static str> {
    report.remedies().iter().map(Remedy::code).collect()
}

fn revocations(report: &Report) -> Vec<&'static str> {
    let of_best = report.paths()[0].revocation.iter();
    of_best.map(RevocationStatus::code).collect()
}

#[test]
fn a_revocation_is_told_whatever_else_is_wrong() {
    let expired = leaf().with_validity(day(-30), day(-1));
    let elsewhere = leaf().with_alternative_names(&[dns("elsewhere.example")]);
    let spoilt = [
        (issuing(), expired, ("expired", Some(0))),
        (
            issuing().with(critical(&permitting("acme.example"))),
            elsewhere,
            ("name-not-permitted", Some(0)),
        ),
        (
            issuing().with_validity(day(-30), day(-1)),
            leaf(),
            ("expired", Some(1)),
        ),
    ];
    for (issuing, leaf, other) in spoilt {
        let chain = Chain::of(root(), issuing, leaf);
        let without = evaluate(&chain.stores(), &chain.leaf);
        assert_eq!(reasons(&without), [other]);
        assert_eq!(without.revocation(), "unknown");
        let stores = chain.stores().crl(&chain.issuing.crl_of(&[&chain.leaf]));
        let report = evaluate(&stores, &chain.leaf);
        assert_eq!(reasons(&report), [("revoked", Some(0)), other]);
        assert_eq!(report.revocation(), "revoked");
        assert_eq!(revocations(&report), ["revoked", "unknown"]);
        assert!(!remedies(&report).contains(&"whitelist"));
        // Where nobody asks for it, nobody looks.
        let mut policy = policy();
        policy.revocation = RevocationPolicy::Off;
        assert_eq!(
            reasons(&evaluate_by(&policy, &stores, &chain.leaf)),
            [other]
        );
    }
}

#[test]
fn a_revoked_authority_is_told_beside_an_expired_leaf() {
    let chain = Chain::of(root(), issuing(), leaf().with_validity(day(-30), day(-1)));
    let stores = chain.stores().crl(&chain.root.crl_of(&[&chain.issuing]));
    let report = evaluate(&stores, &chain.leaf);
    assert_eq!(
        reasons(&report),
        [("revoked", Some(1)), ("expired", Some(0))]
    );
    assert_eq!(revocations(&report), ["unknown", "revoked"]);
}

#[test]
fn a_budget_that_ends_where_revocations_are_looked_for_says_nothing_more() {
    let chain = Chain::of(root(), issuing(), leaf().with_validity(day(-30), day(-1)));
    let stores = chain.stores().crl(&chain.issuing.crl_of(&[&chain.leaf]));
    for mut policy in [policy(), strict_policy()] {
        policy.limits.crls = 0;
        let report = evaluate_by(&policy, &stores, &chain.leaf);
        assert_eq!(reasons(&report), [("expired", Some(0))]);
        assert_eq!(warnings(&report), [""; 0]);
        assert_eq!(report.revocation(), "not-checked");
    }
}

#[test]
fn the_revocation_of_a_whitelisted_certificate_is_its_own() {
    let chain = Chain::new();
    let entry = TrustListEntry::new(
        *chain.leaf.stored().sha512(PROVIDER),
        TrustListStatus::Whitelisted {
            allow_expired: false,
        },
    );
    let stores = chain
        .stores()
        .crl(&chain.issuing.crl_of(&[]))
        .crl(&chain.root.crl_of(&[&chain.issuing]))
        .entry(entry.unwrap());
    let report = evaluate(&stores, &chain.leaf);
    assert_eq!(report.trusted().unwrap().basis(), Basis::TrustList);
    assert_eq!(report.revocation(), "good");
    assert_eq!(warnings(&report), ["ctl-whitelisted", "revoked"]);
    let revoked = &report.warnings()[1];
    assert_eq!(
        revoked.place.as_ref().unwrap().certificate,
        chain.issuing.stored()
    );
    // Of the path, it is told of both.
    assert_eq!(revocations(&report), ["good", "revoked"]);
}

#[test]
fn a_signature_is_refused_with_the_issuer_that_was_tried() {
    let chain = Chain::new();
    let forged = chain.leaf.with_broken_signature();
    let report = evaluate(&chain.stores(), &forged);
    assert_eq!(reasons(&report), [("signature-invalid", Some(0))]);
    let Reason::SignatureInvalid { issuer } = &report.reasons().next().unwrap().reason else {
        panic!("another reason");
    };
    assert_eq!(issuer.subject, name("Issuing"));
    assert_eq!(issuer.thumbprint, *chain.issuing.stored().sha256());
    assert!(issuer.is_identified);
}

#[test]
fn another_issuer_may_be_missing_where_nothing_says_which_it_is() {
    use rollcert_pki::extension::AuthorityKeyIdentifier;
    let bare = leaf().without::<AuthorityKeyIdentifier>();
    let chain = Chain::of(root(), issuing(), bare);
    let other = chain.root.issue(issuing());
    let stores = TestStores::new().root(&chain.root).certificate(&other);
    let report = evaluate(&stores, &chain.leaf);
    assert_eq!(
        reasons(&report),
        [
            ("signature-invalid", Some(0)),
            ("no-path-to-anchor", Some(0))
        ]
    );
    let Reason::SignatureInvalid { issuer } = &report.reasons().next().unwrap().reason else {
        panic!("another reason");
    };
    assert_eq!(issuer.thumbprint, *other.stored().sha256());
    assert!(!issuer.is_identified);
}

#[test]
fn a_revoked_authority_is_so_in_whatever_order_paths_are_found() {
    // Whose CRLs are signed below the first root alone; the path to the second is tried before the other, or after it.
    for until in [2, 4000] {
        let (one, two) = (Authority::root("One"), Authority::root("Two"));
        let issuing = one.authority("Issuing");
        let crossed = Authority::template_of(&issuing).with_validity(day(-1), day(until));
        let crossed = two.issue(crossed);
        let signer = one.issue(Template::authority("Issuing").with_key_usage(&[KeyUsage::CrlSign]));
        let lower = issuing.authority("Lower");
        let leaf = lower.leaf("leaf");
        let mut stores = TestStores::new()
            .root(&one)
            .root(&two)
            .certificates(&[&crossed, &issuing, &signer, &lower])
            .crl(&signer.crl_of(&[&lower]));
        let report = evaluate(&stores, &leaf);
        let codes = report.reasons().map(|finding| finding.reason.code());
        assert_eq!(codes.collect::<Vec<_>>(), ["revoked"], "{until}");

        // A way around it is taken.
        let again = Authority::template_of(&lower).with_validity(day(-1), day(1));
        let again = Authority::root("Three").issue(again);
        stores = stores.certificate(&again).certificate(&again);
        stores.roots.push(again.stored());
        let report = evaluate(&stores, &leaf);
        let trusted = report.trusted().map(|trusted| trusted.path().to_vec());
        assert_eq!(
            trusted,
            Some(vec![leaf.stored(), again.stored()]),
            "{until}"
        );
    }
}

/// Serves no algorithm.
#[derive(Debug)]
struct Unserving;

impl Verification for Unserving {
    fn key_algorithm(&self, _: &[u8]) -> Result<KeyAlgorithm, Error> {
        Err(Error::Unsupported { what: "anything" })
    }

    fn verify(&self, _: &[u8], _: SignatureAlgorithm, _: &[u8], _: &[u8]) -> Result<(), Error> {
        Err(Error::Unsupported { what: "anything" })
    }
}

#[test]
fn no_issuer_is_missing_where_the_algorithm_is_refused_whoever_signed() {
    use rollcert_pki::extension::AuthorityKeyIdentifier;
    let bare = leaf().without::<AuthorityKeyIdentifier>();
    let chain = Chain::of(root(), issuing(), bare);
    let provider = Provider {
        verification: &Unserving,
        ..*PROVIDER
    };
    let (stores, policy) = (chain.stores(), policy());
    let evaluator = Evaluator::new(stores.stores(), &policy, &provider);
    let report = evaluator.evaluate(&Question::new(&chain.leaf.certificate, now()));
    assert_eq!(
        reasons(&report)
            .into_iter()
            .map(|(code, _)| code)
            .collect::<Vec<_>>(),
        ["signature-algorithm-unsupported"]
    );
}
