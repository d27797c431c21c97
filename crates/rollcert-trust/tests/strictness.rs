//! Rules of issuance: each is kept by good certificates and broken by one that differs in that alone.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests panic")]

mod common;

use std::collections::BTreeSet;

use common::{
    Authority, CrlTemplate, Template, TestStores, critical, evaluator, extension, name, now, policy,
};
use rollcert_pki::asn1::{encode, tag};
use rollcert_pki::extension::{
    AccessDescription, AuthorityInformationAccess, AuthorityKeyIdentifier, BasicConstraints,
    Criticality, CrlNumber, EncodedExtension, ExtendedKeyUsages, ExtensionValue, GeneralName,
    GeneralSubtree, InhibitAnyPolicy, NameConstraints, PolicyConstraints, SubjectAlternativeName,
    SubjectKeyIdentifier,
};
use rollcert_pki::{Certificate, ExtendedKeyUsage, KeyUsage, KeyUsages};
use rollcert_trust::{Policy, Question, Reason, Report, RevocationPolicy, StrictRule, Strictness};

use StrictRule as Rule;

/// A root, an intermediate and a server's certificate that keep every rule.
struct Chain {
    root: Template,
    authority: Template,
    leaf: Template,
}

impl Chain {
    fn good() -> Self {
        Self {
            root: Template::authority("Root").without::<AuthorityKeyIdentifier>(),
            authority: Template::authority("CA"),
            leaf: Template::leaf("www.acme.example")
                .with_extended_key_usage(&[ExtendedKeyUsage::ServerAuth])
                .with_alternative_names(&[dns("www.acme.example")]),
        }
    }

    fn root(mut self, change: impl FnOnce(Template) -> Template) -> Self {
        self.root = change(self.root);
        self
    }

    fn authority(mut self, change: impl FnOnce(Template) -> Template) -> Self {
        self.authority = change(self.authority);
        self
    }

    fn leaf(mut self, change: impl FnOnce(Template) -> Template) -> Self {
        self.leaf = change(self.leaf);
        self
    }

    fn issue(&self) -> (TestStores, Certificate) {
        let root = Authority::self_signed(&self.root);
        self.issue_below(&root)
    }

    fn issue_below(&self, root: &Authority) -> (TestStores, Certificate) {
        let authority = root.issue(self.authority.clone());
        let leaf = authority.issue(self.leaf.clone());
        let stores = TestStores::new().root(root).certificate(&authority);
        (stores, leaf.certificate)
    }

    fn evaluate(&self, strictness: Strictness) -> Report {
        let (stores, leaf) = self.issue();
        evaluate(&stores, &leaf, strictness)
    }
}

fn by(strictness: Strictness) -> Policy {
    let mut policy = policy();
    policy.revocation = RevocationPolicy::Off;
    policy.strictness = strictness;
    policy
}

fn evaluate(stores: &TestStores, leaf: &Certificate, strictness: Strictness) -> Report {
    evaluator(stores, &by(strictness)).evaluate(&Question::new(leaf, now()))
}

fn dns(host: &str) -> GeneralName {
    GeneralName::dns(host).unwrap()
}

/// The rules that findings name, with the place of the certificate.
fn rules<'a>(findings: impl Iterator<Item = &'a rollcert_trust::Finding>) -> Vec<(Rule, usize)> {
    let rule = |finding: &rollcert_trust::Finding| match finding.reason {
        Reason::NotConforming { rule } => {
            Some((rule, finding.place.as_ref().map_or(99, |place| place.index)))
        }
        _ => None,
    };
    findings.filter_map(rule).collect()
}

/// For each rule a chain that breaks it, and where; two rules of CRLs and cross-signed roots have tests of their own.
fn broken() -> Vec<(Rule, usize, Chain)> {
    use ExtendedKeyUsage::{Any, ServerAuth};
    let critical_key =
        |template: Template| template.with(critical(&SubjectKeyIdentifier(vec![7; 20])));
    let names = |names: &[GeneralName]| {
        let names = names.to_vec();
        move |template: Template| template.with_alternative_names(&names)
    };
    let constraints = NameConstraints {
        permitted: vec![GeneralSubtree::below(dns("acme.example"))],
        excluded: Vec::new(),
    };
    let with_period = NameConstraints {
        permitted: vec![GeneralSubtree::below(dns(".acme.example"))],
        excluded: Vec::new(),
    };
    let policies = PolicyConstraints {
        require_explicit_policy: None,
        inhibit_policy_mapping: Some(0),
    };
    let unreadable = EncodedExtension::new(
        AuthorityInformationAccess::OID,
        Criticality::NotCritical,
        [tag::NULL, 0],
    );
    let unused_usages = EncodedExtension::new(
        KeyUsages::OID,
        Criticality::Critical,
        [tag::BIT_STRING, 2, 5, 0xa1],
    );
    vec![
        (
            Rule::ExtensionsBeforeVersion3,
            0,
            Chain::good().leaf(|leaf| leaf.with_version(1).with_extensions_in_any_version()),
        ),
        (
            Rule::ExtensionsBeforeVersion3,
            0,
            Chain::good().leaf(|leaf| leaf.with_version(2).with_extensions_in_any_version()),
        ),
        (
            Rule::KeyUsageForm,
            0,
            Chain::good().leaf(|leaf| leaf.with(unused_usages)),
        ),
        (
            Rule::AuthorityKeyIdentifier,
            0,
            Chain::good().leaf(Template::without::<AuthorityKeyIdentifier>),
        ),
        (
            Rule::SubjectKeyIdentifier,
            1,
            Chain::good().authority(Template::without::<SubjectKeyIdentifier>),
        ),
        (
            Rule::KeyIdentifierCritical,
            0,
            Chain::good().leaf(critical_key),
        ),
        (
            Rule::SerialNumber,
            0,
            Chain::good().leaf(|leaf| leaf.with_serial_octets(&[0])),
        ),
        (
            Rule::AlternativeNameNotCritical,
            0,
            Chain::good().leaf(|leaf| leaf.with_subject(name(""))),
        ),
        (
            Rule::AlternativeNameEmpty,
            0,
            Chain::good().leaf(names(&[])),
        ),
        (
            Rule::DnsName,
            0,
            Chain::good().leaf(names(&[dns("www.acme.example"), dns("a_b.acme.example")])),
        ),
        (
            Rule::AuthorityBasicConstraints,
            1,
            Chain::good().authority(|authority| {
                authority.with(extension(&BasicConstraints::authority(None)))
            }),
        ),
        (
            Rule::KeyCertSignWithoutAuthority,
            0,
            Chain::good().leaf(|leaf| {
                leaf.with_key_usage(&[KeyUsage::DigitalSignature, KeyUsage::KeyCertSign])
            }),
        ),
        (
            Rule::NameConstraintsInEndEntity,
            0,
            Chain::good().leaf(|leaf| leaf.with(critical(&constraints.clone()))),
        ),
        (
            Rule::NameConstraintForm,
            1,
            Chain::good().authority(|authority| authority.with(critical(&with_period))),
        ),
        (
            Rule::NameConstraintsNotCritical,
            1,
            Chain::good().authority(|authority| authority.with(extension(&constraints.clone()))),
        ),
        (
            Rule::PolicyConstraintsNotCritical,
            1,
            Chain::good().authority(|authority| authority.with(extension(&policies))),
        ),
        (
            Rule::PolicyConstraintsNotCritical,
            1,
            Chain::good().authority(|authority| authority.with(extension(&InhibitAnyPolicy(0)))),
        ),
        (
            Rule::ExtendedKeyUsageEmpty,
            0,
            Chain::good().leaf(|leaf| leaf.with_extended_key_usage(&[])),
        ),
        (
            Rule::AuthorityInformationAccess,
            0,
            Chain::good().leaf(|leaf| leaf.with(unreadable)),
        ),
        (
            Rule::AuthorityInformationAccess,
            0,
            Chain::good().leaf(|leaf| leaf.with(extension(&AuthorityInformationAccess(vec![])))),
        ),
        (
            Rule::AuthorityKeyIdentifierForm,
            2,
            Chain::good()
                .root(|root| root.with(extension(&AuthorityKeyIdentifier::of_key(vec![1; 20])))),
        ),
        (
            Rule::CommonNameForm,
            0,
            Chain::good().leaf(|leaf| leaf.with_subject(name("WWW.acme.example"))),
        ),
        (
            Rule::AnyExtendedKeyUsage,
            0,
            Chain::good().leaf(|leaf| leaf.with_extended_key_usage(&[ServerAuth, Any])),
        ),
        (
            Rule::ExtendedKeyUsageCritical,
            0,
            Chain::good().leaf(|leaf| leaf.with(critical(&ExtendedKeyUsages(vec![ServerAuth])))),
        ),
        (
            Rule::RootExtendedKeyUsage,
            2,
            Chain::good().root(|root| root.with_extended_key_usage(&[ServerAuth])),
        ),
        (
            Rule::AlternativeNameCritical,
            0,
            Chain::good().leaf(|leaf| {
                leaf.with(critical(&SubjectAlternativeName(vec![dns(
                    "www.acme.example",
                )])))
            }),
        ),
        (
            Rule::WildcardOfTopLevel,
            0,
            Chain::good().leaf(names(&[dns("www.acme.example"), dns("*.example")])),
        ),
        (
            Rule::CommonName,
            0,
            Chain::good().leaf(|leaf| leaf.with_subject(name("Acme"))),
        ),
        (
            Rule::ExtendedKeyUsageMissing,
            0,
            Chain::good().leaf(Template::without::<ExtendedKeyUsages>),
        ),
    ]
}

#[test]
fn good_certificates_keep_every_rule() {
    let report = Chain::good().evaluate(Strictness::full());
    assert!(report.trusted().is_some(), "{}", report.explain());
    assert_eq!(rules(report.warnings().iter()), []);
}

#[test]
fn each_rule_fails_the_certificate_that_breaks_it_where_it_is_enforced() {
    for (rule, index, chain) in broken() {
        let report = chain.evaluate(Strictness::full());
        assert!(report.trusted().is_none(), "{rule}");
        let found = rules(report.reasons());
        assert!(found.contains(&(rule, index)), "{rule}: {found:?}");
        // One rule alone may be enforced.
        let mut alone = Strictness::lenient();
        alone.enforced.insert(rule);
        let report = chain.evaluate(alone);
        assert_eq!(rules(report.reasons()), [(rule, index)], "{rule}");
    }
}

#[test]
fn rules_of_rfc_5280_are_warnings_for_partners_and_the_others_are_not() {
    for (rule, index, chain) in broken() {
        let report = chain.evaluate(Strictness::lenient());
        assert!(report.trusted().is_some(), "{rule}: {}", report.explain());
        let warned = rules(report.warnings().iter()).contains(&(rule, index));
        assert_eq!(warned, rule.is_of_rfc_5280(), "{rule}");
    }
}

#[test]
fn the_public_web_leaves_out_what_good_certificates_break() {
    let webpki = Strictness::webpki();
    let left_out: Vec<Rule> = Rule::ALL
        .into_iter()
        .filter(|rule| !webpki.enforced.contains(rule))
        .collect();
    assert_eq!(
        left_out,
        [
            Rule::NameConstraintsNotCritical,
            Rule::CommonName,
            Rule::ExtendedKeyUsageMissing,
            Rule::CrossSignedRootKeyIdentifier,
            Rule::AuthorityAsLeaf,
        ]
    );
    assert_eq!(
        webpki.reported,
        left_out.into_iter().collect::<BTreeSet<Rule>>()
    );
}

#[test]
fn rules_about_authorities_hold_for_authorities_alone() {
    // The names of nobody.
    let root = Authority::root("Root");
    let nameless = root.issue(Template::authority(""));
    let leaf = nameless.issue(Chain::good().leaf).certificate;
    let stores = TestStores::new().root(&root).certificate(&nameless);
    let report = evaluate(&stores, &leaf, Strictness::full());
    let found = rules(report.reasons());
    assert!(found.contains(&(Rule::IssuerName, 0)), "{found:?}");
    assert!(found.contains(&(Rule::AuthoritySubject, 1)), "{found:?}");

    // A CA at the end of a path, with and without the usage that makes it one.
    for (usages, rule) in [
        (&[KeyUsage::KeyCertSign][..], Rule::AuthorityAsLeaf),
        (
            &[KeyUsage::DigitalSignature],
            Rule::AuthorityWithoutKeyCertSign,
        ),
    ] {
        let template = Template::authority("CA").with_key_usage(usages);
        let leaf = root.issue(template).certificate;
        let stores = TestStores::new().root(&root);
        let report = evaluate(&stores, &leaf, Strictness::full());
        let found = rules(report.reasons());
        assert!(found.contains(&(rule, 0)), "{found:?}");
    }
}

#[test]
fn a_root_that_another_has_signed_is_told_from_a_self_signed_one() {
    let above = Authority::root("Above");
    let template = Template::authority("Root").without::<AuthorityKeyIdentifier>();
    let root = above.issue(template);
    let (stores, leaf) = Chain::good().issue_below(&root);
    let report = evaluate(&stores, &leaf, Strictness::full());
    assert_eq!(
        rules(report.reasons()),
        [(Rule::CrossSignedRootKeyIdentifier, 2)]
    );
    let report = evaluate(&stores, &leaf, Strictness::webpki());
    assert!(report.trusted().is_some(), "{}", report.explain());
}

#[test]
fn old_versions_are_not_of_the_public_web() {
    let root = Authority::root("Root");
    let old = Chain::good().leaf.with_version(1);
    let leaf = root.issue(old).certificate;
    let stores = TestStores::new().root(&root);
    let report = evaluate(&stores, &leaf, Strictness::full());
    let found = rules(report.reasons());
    assert!(found.contains(&(Rule::Version3, 0)), "{found:?}");
}

#[test]
fn a_version_that_has_no_extensions_keeps_the_rules_of_rfc_5280_without_them() {
    let root = Authority::root("Root");
    let leaf = root.issue(Chain::good().leaf.with_version(1)).certificate;
    let report = evaluate(&TestStores::new().root(&root), &leaf, Strictness::lenient());
    let found = rules(report.warnings().iter());
    assert!(
        !found.contains(&(Rule::ExtensionsBeforeVersion3, 0)),
        "{found:?}"
    );
}

#[test]
fn times_have_the_one_form_of_rfc_5280() {
    let utc = |text: &str| encode(UTC_TIME, &[text.as_bytes()]);
    let general = |text: &str| encode(GENERALIZED_TIME, &[text.as_bytes()]);
    let (good, late) = (utc("260101000000Z"), utc("491231235959Z"));
    for (times, is_kept) in [
        ([good.clone(), late.clone()], true),
        ([good.clone(), general("20500101000000Z")], true),
        ([good.clone(), general("99991231235959Z")], true),
        ([utc("2601010000Z"), late.clone()], false),
        ([utc("260101000000+0000"), late.clone()], false),
        ([utc("260101000000-0100"), late.clone()], false),
        ([general("20260101000000Z"), late.clone()], false),
        ([good.clone(), general("20491231235959Z")], false),
        ([good.clone(), general("20500101000000.5Z")], false),
        ([good.clone(), general("20500101000000+0100")], false),
    ] {
        let written = [times[0].as_slice(), times[1].as_slice()];
        for index in 0..3 {
            let change = |template: Template| template.with_written_validity(&written);
            let chain = match index {
                0 => Chain::good().leaf(change),
                1 => Chain::good().authority(change),
                _ => Chain::good().root(change),
            };
            // A good root of the public web breaks it.
            let is_kept = is_kept || index == 2;
            let expected: &[(Rule, usize)] = match is_kept {
                true => &[],
                false => &[(Rule::TimeForm, index)],
            };
            let report = chain.evaluate(Strictness::webpki());
            assert_eq!(rules(report.reasons()), expected, "{times:02x?}");
            assert_eq!(report.trusted().is_some(), is_kept, "{times:02x?}");
            let report = chain.evaluate(Strictness::lenient());
            assert_eq!(rules(report.warnings().iter()), expected, "{times:02x?}");
            assert!(report.trusted().is_some(), "{}", report.explain());
        }
    }
}

#[test]
fn a_crl_without_a_number_or_with_a_critical_one_does_not_count_where_that_is_enforced() {
    let root = Authority::self_signed(&Chain::good().root);
    let leaf = root.issue(Chain::good().leaf).certificate;
    let good = root.crl(&CrlTemplate::new(1));
    let without = root.crl(&CrlTemplate::new(1).without::<CrlNumber>());
    let number = CrlNumber(common::serial(1));
    let marked = root.crl(&CrlTemplate::new(1).with(critical(&number)));
    for (crl, is_kept) in [(&good, true), (&without, false), (&marked, false)] {
        let stores = TestStores::new().root(&root).crl(crl);
        let mut policy = by(Strictness::webpki());
        policy.revocation = RevocationPolicy::STRICT;
        let report = evaluator(&stores, &policy).evaluate(&Question::new(&leaf, now()));
        assert_eq!(report.trusted().is_some(), is_kept, "{}", report.explain());
        let found = rules(report.reasons());
        let expected: &[(Rule, usize)] = if is_kept {
            &[]
        } else {
            &[(Rule::CrlNumber, 0)]
        };
        assert_eq!(found, expected);
        policy.strictness = Strictness::lenient();
        let report = evaluator(&stores, &policy).evaluate(&Question::new(&leaf, now()));
        assert!(report.trusted().is_some(), "{}", report.explain());
    }
}

#[test]
fn addresses_in_common_names_are_compared_as_resolvers_read_them() {
    let address = GeneralName::ip("192.168.1.1".parse().unwrap());
    let v6 = GeneralName::ip("2001:db8::1".parse().unwrap());
    for (common_name, names, breaks) in [
        ("192.168.1.1", &address, &[][..]),
        (
            "192.168.001.001",
            &address,
            &[Rule::CommonNameForm, Rule::CommonName],
        ),
        (
            "0xC0A80101",
            &address,
            &[Rule::CommonNameForm, Rule::CommonName],
        ),
        (
            "3232235777",
            &address,
            &[Rule::CommonNameForm, Rule::CommonName],
        ),
        (
            "192.168.257",
            &address,
            &[Rule::CommonNameForm, Rule::CommonName],
        ),
        ("192.168.1.2", &address, &[Rule::CommonName]),
        ("999.168.1.1", &address, &[Rule::CommonName]),
        ("2001:db8::1", &v6, &[]),
        (
            "2001:DB8::1",
            &v6,
            &[Rule::CommonNameForm, Rule::CommonName],
        ),
        (
            "2001:db8:0:0:0:0:0:1",
            &v6,
            &[Rule::CommonNameForm, Rule::CommonName],
        ),
        (
            "täst.example",
            &v6,
            &[Rule::CommonNameForm, Rule::CommonName],
        ),
        ("Jörg Müller", &v6, &[Rule::CommonName]),
    ] {
        let chain = Chain::good().leaf(|leaf| {
            leaf.with_subject(name(common_name))
                .with_alternative_names(core::slice::from_ref(names))
        });
        let report = chain.evaluate(Strictness::full());
        let mut found: Vec<Rule> = rules(report.reasons())
            .into_iter()
            .map(|(rule, _)| rule)
            .collect();
        found.sort();
        assert_eq!(found, breaks, "{common_name}");
    }
}

#[test]
fn a_name_of_a_person_is_not_held_against_names_of_hosts() {
    let email = GeneralName::email("jo@acme.example").unwrap();
    let chain = Chain::good().leaf(|leaf| {
        leaf.with_subject(name("Jo"))
            .with_alternative_names(core::slice::from_ref(&email))
    });
    let report = chain.evaluate(Strictness::full());
    assert!(report.trusted().is_some(), "{}", report.explain());
}

#[test]
fn every_rule_has_a_code_of_its_own_and_a_source() {
    let codes: BTreeSet<&str> = Rule::ALL.iter().map(|rule| rule.code()).collect();
    assert_eq!(codes.len(), Rule::ALL.len());
    for rule in Rule::ALL {
        let text = rule.to_string();
        assert!(
            text.contains("(RFC 5280 §") || text.contains("(BR §"),
            "{text}"
        );
        assert_eq!(
            text.contains("RFC 5280"),
            rule.is_of_rfc_5280() || rule == Rule::CrossSignedRootKeyIdentifier,
            "{text}"
        );
        assert!(
            rule.code()
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        );
    }
    let all: BTreeSet<Rule> = Rule::ALL.into();
    assert_eq!(Strictness::full().enforced, all);
    assert_eq!(
        Rule::SubjectKeyIdentifier.to_string(),
        "a CA certificate has a subject key identifier (RFC 5280 §4.2.1.2)"
    );
}

#[test]
fn an_access_description_that_can_be_read_keeps_the_rule() {
    let access = AuthorityInformationAccess(vec![AccessDescription {
        method: AuthorityInformationAccess::OCSP.into(),
        location: GeneralName::uri("http://ocsp.acme.example/").unwrap(),
    }]);
    let good = Chain::good().leaf(|leaf| leaf.with(extension(&access)));
    assert!(good.evaluate(Strictness::full()).trusted().is_some());
    // Octets after the value make it unreadable.
    let mut octets = access.encode();
    octets.extend(encode(tag::NULL, &[]));
    let encoded = EncodedExtension::new(
        AuthorityInformationAccess::OID,
        Criticality::NotCritical,
        octets,
    );
    let report = Chain::good()
        .leaf(|leaf| leaf.with(encoded))
        .evaluate(Strictness::full());
    assert_eq!(
        rules(report.reasons()),
        [(Rule::AuthorityInformationAccess, 0)]
    );
}

const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
