//! Certificate policies (RFC 5280 §6.1 with RFC 9618). PKITS 4.8 to 4.12 are in `pkits.rs`; here is what it lacks.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests panic")]

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use rollcert_pki::Oid;
use rollcert_pki::extension::{
    CertificatePolicies, ExtensionValue, Ia5Text, InhibitAnyPolicy, PolicyConstraints,
    PolicyInformation, PolicyMapping, PolicyMappings, PolicyQualifier,
};
use rollcert_trust::{Limits, Policy, Question, Reason, Step};

mod common;

use common::{Authority, Template, TestStores, critical, evaluator, extension, now, policy};

#[test]
fn without_policies_a_path_is_valid_under_none_unless_one_is_required() {
    let path = [ca(), leaf()];
    assert_eq!(judge(&policy(), &path), Ok(vec![]));
    assert_eq!(judge(&explicit(&[]), &path), Err(vec![required(&[])]));
}

#[test]
fn a_path_is_valid_under_what_every_certificate_names() {
    let path = [ca().with(named(&[A, B])), leaf().with(named(&[B, C]))];
    assert_eq!(judge(&explicit(&[]), &path), Ok(oids(&[B])));
    assert_eq!(judge(&explicit(&[B]), &path), Ok(oids(&[B])));
    assert_eq!(
        judge(&explicit(&[A, C]), &path),
        Err(vec![required(&[A, C])])
    );
    // Without a demand, the lack of an acceptable policy is no fault.
    let mut accepting = policy();
    accepting.initial_policies.acceptable = oids(&[A]).into_iter().collect();
    assert_eq!(judge(&accepting, &path), Ok(vec![]));
    // The list of what is acceptable may name `anyPolicy` itself.
    assert_eq!(judge(&explicit(&[A, ANY]), &path), Ok(oids(&[B])));
}

#[test]
fn any_policy_stands_for_each() {
    let path = [ca().with(named(&[ANY])), leaf().with(named(&[A]))];
    assert_eq!(judge(&explicit(&[]), &path), Ok(oids(&[A])));
    let path = [ca().with(named(&[A])), leaf().with(named(&[ANY]))];
    assert_eq!(judge(&explicit(&[]), &path), Ok(oids(&[A])));
    let path = [ca().with(named(&[ANY])), leaf().with(named(&[ANY]))];
    assert_eq!(judge(&explicit(&[]), &path), Ok(oids(&[ANY])));
    assert_eq!(judge(&explicit(&[B, C]), &path), Ok(oids(&[B, C])));
    let path = [ca().with(named(&[ANY, A])), leaf().with(named(&[ANY]))];
    assert_eq!(judge(&explicit(&[B]), &path), Ok(oids(&[B])));
}

#[test]
fn any_policy_stands_for_nothing_once_it_is_inhibited() {
    let mut inhibited = explicit(&[]);
    inhibited.initial_policies.inhibit_any_policy = true;
    let path = [ca().with(named(&[A])), leaf().with(named(&[ANY]))];
    assert_eq!(judge(&inhibited, &path), Err(vec![required(&[])]));
    let inhibiting = |after| {
        ca().with(named(&[A]))
            .with(critical(&InhibitAnyPolicy(after)))
    };
    assert_eq!(
        judge(&explicit(&[]), &[inhibiting(0), leaf().with(named(&[ANY]))]),
        Err(vec![required(&[])])
    );
    assert_eq!(
        judge(&explicit(&[]), &[inhibiting(1), leaf().with(named(&[ANY]))]),
        Ok(oids(&[A]))
    );
    let path = [
        inhibiting(1),
        ca().with(named(&[ANY])),
        leaf().with(named(&[ANY])),
    ];
    assert_eq!(judge(&explicit(&[]), &path), Err(vec![required(&[])]));
    // A later certificate cannot take it back.
    let path = [inhibiting(0), inhibiting(9), leaf().with(named(&[ANY]))];
    assert_eq!(judge(&explicit(&[]), &path), Err(vec![required(&[])]));
}

#[test]
fn a_self_issued_authority_counts_for_nothing_and_may_name_any() {
    let first = Template::authority("First").with(named(&[A]));
    let renewed = Template::authority("First").with(named(&[ANY]));
    let path = [
        first.with(critical(&InhibitAnyPolicy(0))),
        renewed.clone(),
        leaf().with(named(&[A])),
    ];
    assert_eq!(judge(&explicit(&[]), &path), Ok(oids(&[A])));
    // But a self-issued leaf may not.
    let path = [
        Template::authority("First")
            .with(named(&[A]))
            .with(critical(&InhibitAnyPolicy(0))),
        renewed,
    ];
    assert_eq!(judge(&explicit(&[]), &path), Err(vec![required(&[])]));
}

#[test]
fn mappings_carry_a_policy_on_under_another_name() {
    let mapping = ca().with(named(&[A])).with(mapped(&[(A, B)]));
    let path = [mapping.clone(), leaf().with(named(&[B]))];
    // The policy is the one that the first authority named.
    assert_eq!(judge(&explicit(&[A]), &path), Ok(oids(&[A])));
    assert_eq!(judge(&explicit(&[B]), &path), Err(vec![required(&[B])]));
    let path = [mapping.clone(), leaf().with(named(&[A]))];
    assert_eq!(judge(&explicit(&[]), &path), Err(vec![required(&[])]));
    let mut inhibited = explicit(&[]);
    inhibited.initial_policies.inhibit_policy_mapping = true;
    let path = [mapping, leaf().with(named(&[A, B]))];
    assert_eq!(judge(&inhibited, &path), Err(vec![required(&[])]));
    // Of several, each goes on, and both lead back.
    let several = ca()
        .with(named(&[A, C]))
        .with(mapped(&[(A, B), (A, D), (C, B)]));
    let path = [several.clone(), leaf().with(named(&[B]))];
    assert_eq!(judge(&explicit(&[]), &path), Ok(oids(&[A, C])));
    let path = [several, leaf().with(named(&[D]))];
    assert_eq!(judge(&explicit(&[]), &path), Ok(oids(&[A])));
}

#[test]
fn mappings_of_what_any_policy_stands_for_name_it() {
    let path = [
        ca().with(named(&[ANY])).with(mapped(&[(A, B)])),
        leaf().with(named(&[B])),
    ];
    assert_eq!(judge(&explicit(&[A]), &path), Ok(oids(&[A])));
    let path = [
        ca().with(named(&[ANY])).with(mapped(&[(A, B)])),
        leaf().with(named(&[C])),
    ];
    assert_eq!(judge(&explicit(&[C]), &path), Ok(oids(&[C])));
    // Without it, a mapping of what is not there says nothing.
    let path = [
        ca().with(named(&[C])).with(mapped(&[(A, B)])),
        leaf().with(named(&[B, C])),
    ];
    assert_eq!(judge(&explicit(&[]), &path), Ok(oids(&[C])));
}

#[test]
fn mapping_is_inhibited_after_so_many_certificates() {
    let inhibiting = |after| {
        ca().with(named(&[A])).with(critical(&PolicyConstraints {
            require_explicit_policy: None,
            inhibit_policy_mapping: Some(after),
        }))
    };
    let mapping = || ca().with(named(&[A])).with(mapped(&[(A, B)]));
    let path = [inhibiting(0), mapping(), leaf().with(named(&[B]))];
    assert_eq!(judge(&explicit(&[]), &path), Err(vec![required(&[])]));
    let path = [inhibiting(1), mapping(), leaf().with(named(&[B]))];
    assert_eq!(judge(&explicit(&[]), &path), Ok(oids(&[A])));
}

#[test]
fn a_certificate_may_demand_a_policy_of_those_below() {
    let demanding = |template: Template, after| {
        template.with(critical(&PolicyConstraints {
            require_explicit_policy: Some(after),
            inhibit_policy_mapping: None,
        }))
    };
    let none = Err(vec![required(&[])]);
    assert_eq!(judge(&policy(), &[demanding(ca(), 0), leaf()]), none);
    // What follows after the leaf does not matter.
    assert_eq!(judge(&policy(), &[demanding(ca(), 2), leaf()]), Ok(vec![]));
    assert_eq!(judge(&policy(), &[demanding(ca(), 1), leaf()]), none);
    // The leaf may demand it of its own path.
    assert_eq!(judge(&policy(), &[ca(), demanding(leaf(), 0)]), none);
    assert_eq!(judge(&policy(), &[ca(), demanding(leaf(), 1)]), Ok(vec![]));
    let path = [
        ca().with(named(&[A])),
        demanding(leaf().with(named(&[A])), 0),
    ];
    assert_eq!(judge(&policy(), &path), Ok(oids(&[A])));
}

#[test]
fn the_policies_of_the_root_say_nothing() {
    let root = Authority::self_signed(&Template::authority("Acme Root").with(named(&[C])));
    let leaf = root.issue(leaf().with(named(&[A])));
    let stores = TestStores::new().root(&root);
    let policy = explicit(&[]);
    let report = evaluator(&stores, &policy).evaluate(&Question::new(&leaf.certificate, now()));
    assert_eq!(report.trusted().unwrap().policies(), oids(&[A]));
}

#[test]
fn qualifiers_say_nothing() {
    let mut policies = CertificatePolicies(vec![information(A)]);
    policies.0[0].qualifiers = vec![PolicyQualifier::Cps(
        Ia5Text::new("https://a.example").unwrap(),
    )];
    let path = [ca().with(critical(&policies)), leaf().with(named(&[A]))];
    assert_eq!(judge(&explicit(&[]), &path), Ok(oids(&[A])));
}

#[test]
fn extensions_that_break_their_own_rules_fail_the_path() {
    let invalid = |oid: der::asn1::ObjectIdentifier| {
        Err(vec![Reason::PolicyExtensionInvalid { oid: oid.into() }])
    };
    // Whether anybody asks for policies or not, and in the leaf as in an authority.
    let twice = named(&[A, B, A]);
    let path = [ca().with(twice.clone()), leaf()];
    assert_eq!(judge(&policy(), &path), invalid(CertificatePolicies::OID));
    let path = [ca().with(named(&[A])), leaf().with(twice)];
    assert_eq!(judge(&policy(), &path), invalid(CertificatePolicies::OID));
    let path = [ca().with(named(&[])), leaf()];
    assert_eq!(judge(&policy(), &path), invalid(CertificatePolicies::OID));
    for mappings in [&[(A, ANY)][..], &[(ANY, A)], &[(A, B), (ANY, ANY)], &[]] {
        let path = [
            ca().with(named(&[A])).with(mapped(mappings)),
            leaf().with(named(&[A])),
        ];
        assert_eq!(judge(&policy(), &path), invalid(PolicyMappings::OID));
        let mut inhibited = policy();
        inhibited.initial_policies.inhibit_policy_mapping = true;
        assert_eq!(judge(&inhibited, &path), invalid(PolicyMappings::OID));
    }
    let empty = critical(&PolicyConstraints::default());
    let path = [ca().with(empty.clone()), leaf()];
    assert_eq!(judge(&policy(), &path), invalid(PolicyConstraints::OID));
    let path = [ca(), leaf().with(empty)];
    assert_eq!(judge(&policy(), &path), invalid(PolicyConstraints::OID));
}

#[test]
fn a_missing_policy_stands_at_the_leaf_and_an_invalid_extension_at_its_certificate() {
    let places = |path: &[Template]| -> Vec<Option<usize>> {
        let (stores, leaf) = chain(path);
        let policy = explicit(&[]);
        let report = evaluator(&stores, &policy).evaluate(&Question::new(&leaf.certificate, now()));
        let reasons = report.reasons();
        reasons
            .map(|finding| finding.place.as_ref().map(|place| place.index))
            .collect()
    };
    assert_eq!(places(&[ca(), ca(), leaf()]), [Some(0)]);
    let mapping = ca().with(named(&[A])).with(mapped(&[(ANY, A)]));
    let path = [mapping, ca().with(named(&[A])), leaf().with(named(&[A]))];
    assert_eq!(places(&path), [Some(2)]);
}

#[test]
fn hostile_40_mappings_of_everything_to_everything_cost_no_more_than_they_are_long() {
    // A tree would have a node for each of the 20 ^ 8 ways; the graph has 20 nodes for each certificate.
    let policies: Vec<String> = (1..=20)
        .map(|number| format!("1.3.6.1.4.1.99999.2.{number}"))
        .collect();
    let policies: Vec<&str> = policies.iter().map(String::as_str).collect();
    let all: Vec<(&str, &str)> = policies
        .iter()
        .flat_map(|issuer| policies.iter().map(|subject| (*issuer, *subject)))
        .collect();
    let authorities = (0..8).map(|_| ca().with(named(&policies)).with(mapped(&all)));
    let mut path: Vec<Template> = authorities.collect();
    path.push(leaf().with(named(&policies)));
    let mut limited = explicit(&[]);
    limited.limits.policy_steps = 12_000;
    assert_eq!(judge(&limited, &path), Ok(oids(&policies)));
    limited.limits.policy_steps = 2_000;
    let exhausted = Reason::BudgetExhausted {
        step: Step::PolicySteps,
        limit: 2_000,
    };
    assert_eq!(judge(&limited, &path), Err(vec![exhausted]));
}

#[test]
fn hostile_40_endless_policies_and_mappings_exhaust_the_budget() {
    let policies: Vec<String> = (1..=9_000)
        .map(|number| format!("1.3.6.1.4.1.9.{number}"))
        .collect();
    let policies: Vec<&str> = policies.iter().map(String::as_str).collect();
    let to_next: Vec<(&str, &str)> = policies
        .iter()
        .copied()
        .zip(policies.iter().copied().skip(1))
        .collect();
    let exhausted = Err(vec![Reason::BudgetExhausted {
        step: Step::PolicySteps,
        limit: Limits::DEFAULT.policy_steps,
    }]);
    let path = [
        ca().with(named(&policies)),
        ca().with(named(&policies)),
        leaf().with(named(&policies)),
    ];
    assert_eq!(judge(&policy(), &path), exhausted);
    let path = [
        ca().with(named(&[ANY])).with(mapped(&to_next)),
        leaf().with(named(&policies)),
    ];
    assert_eq!(judge(&policy(), &path), exhausted);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn the_graph_says_what_the_tree_of_rfc_5280_says(
        path in vec(any_link(), 1..5),
        acceptable in subsequence(vec![A, B, C], 0..=3),
        inputs in any::<[bool; 3]>(),
    ) {
        let mut policy = explicit(&acceptable);
        let initial = &mut policy.initial_policies;
        [
            initial.require_explicit_policy,
            initial.inhibit_policy_mapping,
            initial.inhibit_any_policy,
        ] = inputs;
        let judged = judge(&policy, &written(&path));
        prop_assert_eq!(judged.ok(), tree(&policy, &path).map(|policies| oids(&policies)));
    }
}

/// One certificate of a path.
#[derive(Clone, Debug)]
struct Link {
    policies: Vec<&'static str>,
    mappings: Vec<(&'static str, &'static str)>,
    constraints: (Option<u32>, Option<u32>),
    inhibit_any_policy: Option<u32>,
    /// Whether it has the name of the one above.
    is_self_issued: bool,
}

fn any_link() -> impl Strategy<Value = Link> {
    let counter = || prop_oneof![3 => Just(None), 1 => (0..3_u32).prop_map(Some)];
    let policies = prop_oneof![
        1 => Just(vec![]),
        9 => subsequence(vec![ANY, A, B, C], 1..=4),
    ];
    let mapping = (select(vec![A, B, C]), select(vec![A, B, C]));
    let mappings = prop_oneof![1 => Just(vec![]), 1 => vec(mapping, 1..4)];
    let constraints = (counter(), counter());
    (policies, mappings, constraints, counter(), any::<bool>()).prop_map(
        |(policies, mappings, constraints, inhibit_any_policy, is_self_issued)| Link {
            policies,
            mappings,
            constraints,
            inhibit_any_policy,
            is_self_issued,
        },
    )
}

fn written(path: &[Link]) -> Vec<Template> {
    let mut templates: Vec<Template> = Vec::new();
    for (index, link) in path.iter().enumerate() {
        let is_last = index + 1 == path.len();
        let mut template = if is_last { leaf() } else { ca() };
        if let Some(above) = templates.last().filter(|_| link.is_self_issued) {
            template = template.with_subject(above.subject.clone());
        }
        if !link.policies.is_empty() {
            template = template.with(named(&link.policies));
        }
        if !link.mappings.is_empty() {
            template = template.with(mapped(&link.mappings));
        }
        let (require_explicit_policy, inhibit_policy_mapping) = link.constraints;
        if link.constraints != (None, None) {
            template = template.with(critical(&PolicyConstraints {
                require_explicit_policy,
                inhibit_policy_mapping,
            }));
        }
        if let Some(after) = link.inhibit_any_policy {
            template = template.with(critical(&InhibitAnyPolicy(after)));
        }
        templates.push(template);
    }
    templates
}

/// A node of the tree that RFC 5280 §6.1.2 (a) describes.
#[derive(Clone, Debug)]
struct TreeNode {
    policy: &'static str,
    expected: Vec<&'static str>,
    parent: Option<usize>,
    depth: usize,
    is_deleted: bool,
}

/// The policies by the tree of RFC 5280 §6.1, step by step, without regard to its size; none where they fail the path.
fn tree(policy: &Policy, path: &[Link]) -> Option<Vec<&'static str>> {
    let inputs = &policy.initial_policies;
    let count = u32::try_from(path.len()).unwrap();
    let counter = |is_now| if is_now { 0 } else { count + 1 };
    let mut explicit_policy = counter(inputs.require_explicit_policy);
    let mut policy_mapping = counter(inputs.inhibit_policy_mapping);
    let mut inhibit_any_policy = counter(inputs.inhibit_any_policy);
    let mut nodes = vec![TreeNode {
        policy: ANY,
        expected: vec![ANY],
        parent: None,
        depth: 0,
        is_deleted: false,
    }];
    let at = |nodes: &[TreeNode], depth: usize| -> Vec<usize> {
        let is_there = |index: &usize| nodes[*index].depth == depth && !nodes[*index].is_deleted;
        (0..nodes.len()).filter(is_there).collect()
    };
    let child = |policy, parent, depth| TreeNode {
        policy,
        expected: vec![policy],
        parent: Some(parent),
        depth,
        is_deleted: false,
    };
    for (index, link) in path.iter().enumerate() {
        let depth = index + 1;
        let is_last = depth == path.len();
        let is_self_issued = link.is_self_issued && index > 0;
        // §6.1.3 (d) (1)
        for policy in link.policies.iter().filter(|policy| **policy != ANY) {
            let above = at(&nodes, index);
            let (mut parents, any): (Vec<usize>, Vec<usize>) = (
                above
                    .iter()
                    .copied()
                    .filter(|node| nodes[*node].expected.contains(policy))
                    .collect(),
                above
                    .iter()
                    .copied()
                    .filter(|node| nodes[*node].policy == ANY)
                    .collect(),
            );
            if parents.is_empty() {
                parents = any;
            }
            nodes.extend(
                parents
                    .into_iter()
                    .map(|parent| child(*policy, parent, depth)),
            );
        }
        // (2)
        let stands_for_any = inhibit_any_policy > 0 || (is_self_issued && !is_last);
        if link.policies.contains(&ANY) && stands_for_any {
            for parent in at(&nodes, index) {
                for expected in nodes[parent].expected.clone() {
                    let is_child =
                        |node: &TreeNode| node.parent == Some(parent) && node.policy == expected;
                    if !nodes.iter().any(is_child) {
                        nodes.push(child(expected, parent, depth));
                    }
                }
            }
        }
        prune(&mut nodes, depth);
        // (f)
        if explicit_policy == 0 && at(&nodes, depth).is_empty() {
            return None;
        }
        let (require, inhibit) = link.constraints;
        if is_last {
            // §6.1.5 (a), (b)
            explicit_policy = explicit_policy.saturating_sub(1);
            if require == Some(0) {
                explicit_policy = 0;
            }
            break;
        }
        // §6.1.4 (b)
        let mut issuers: Vec<&'static str> =
            link.mappings.iter().map(|(issuer, _)| *issuer).collect();
        issuers.sort_unstable();
        issuers.dedup();
        for issuer in issuers {
            let mappings = link.mappings.iter().filter(|(of, _)| *of == issuer);
            let subjects: Vec<&'static str> = mappings.map(|(_, subject)| *subject).collect();
            let level = at(&nodes, depth);
            let named: Vec<usize> = level
                .iter()
                .copied()
                .filter(|node| nodes[*node].policy == issuer)
                .collect();
            if policy_mapping == 0 {
                named.iter().for_each(|node| nodes[*node].is_deleted = true);
                prune(&mut nodes, depth);
            } else if named.is_empty() {
                if let Some(any) = level.iter().find(|node| nodes[**node].policy == ANY) {
                    let mut node = nodes[*any].clone();
                    node.policy = issuer;
                    node.expected = subjects;
                    nodes.push(node);
                }
            } else {
                named
                    .iter()
                    .for_each(|node| nodes[*node].expected = subjects.clone());
            }
        }
        // (h), (i), (j)
        if !is_self_issued {
            for counter in [
                &mut explicit_policy,
                &mut policy_mapping,
                &mut inhibit_any_policy,
            ] {
                *counter = counter.saturating_sub(1);
            }
        }
        explicit_policy = explicit_policy.min(require.unwrap_or(u32::MAX));
        policy_mapping = policy_mapping.min(inhibit.unwrap_or(u32::MAX));
        inhibit_any_policy = inhibit_any_policy.min(link.inhibit_any_policy.unwrap_or(u32::MAX));
    }
    // §6.1.5 (g): what each leaf of the tree is called where `anyPolicy` leads to it.
    let mut policies: Vec<&'static str> = Vec::new();
    for leaf in at(&nodes, path.len()) {
        let mut node = &nodes[leaf];
        while let Some(parent) = node.parent.map(|parent| &nodes[parent]) {
            if node.policy == ANY || parent.policy == ANY {
                break;
            }
            node = parent;
        }
        policies.push(node.policy);
    }
    let acceptable =
        |policy: &str| inputs.acceptable.is_empty() || inputs.acceptable.contains(&oid(policy));
    let has_any = policies.contains(&ANY);
    if !inputs.acceptable.is_empty() {
        policies.retain(|policy| acceptable(policy));
        if has_any {
            policies.extend([A, B, C].into_iter().filter(|policy| acceptable(policy)));
        }
    }
    policies.sort_unstable();
    policies.dedup();
    (explicit_policy > 0 || !policies.is_empty()).then_some(policies)
}

/// Deletes what has no child, above this depth.
fn prune(nodes: &mut [TreeNode], depth: usize) {
    for depth in (0..depth).rev() {
        for index in 0..nodes.len() {
            let has_child = nodes
                .iter()
                .any(|node| node.parent == Some(index) && !node.is_deleted);
            let node = &mut nodes[index];
            node.is_deleted |= node.depth == depth && !has_child;
        }
    }
}

/// The policies of the path, or what speaks against it. The first of the path stands below the root.
fn judge(policy: &Policy, path: &[Template]) -> Result<Vec<Oid>, Vec<Reason>> {
    let (stores, leaf) = chain(path);
    let report = evaluator(&stores, policy).evaluate(&Question::new(&leaf.certificate, now()));
    match report.trusted() {
        Some(trusted) => Ok(trusted.policies().to_vec()),
        None => Err(report
            .reasons()
            .map(|finding| match &finding.reason {
                // Who requires it, and where the last is lost, is what tests/report.rs is about.
                Reason::PolicyRequired { acceptable, .. } => Reason::PolicyRequired {
                    acceptable: acceptable.clone(),
                    required_by: None,
                    lost_at: None,
                },
                other => other.clone(),
            })
            .collect()),
    }
}

fn chain(path: &[Template]) -> (TestStores, Authority) {
    let root = Authority::root("Acme Root");
    let mut stores = TestStores::new().root(&root);
    let mut issuer = root;
    for template in path {
        issuer = issuer.issue(template.clone());
        stores = stores.certificate(&issuer);
    }
    (stores, issuer)
}

/// With the initial set of acceptable policies, one of which is required.
fn explicit(acceptable: &[&str]) -> Policy {
    let mut policy = policy();
    policy.initial_policies.acceptable = oids(acceptable).into_iter().collect();
    policy.initial_policies.require_explicit_policy = true;
    policy
}

fn required(acceptable: &[&str]) -> Reason {
    Reason::PolicyRequired {
        acceptable: oids(acceptable),
        required_by: None,
        lost_at: None,
    }
}

/// An authority of a name of its own.
fn ca() -> Template {
    let key = common::key();
    let name = hex::encode(common::key_identifier(&key));
    Template::authority(&name).with_key(&key)
}

fn leaf() -> Template {
    Template::leaf("acme as2")
}

fn named(policies: &[&str]) -> rollcert_pki::extension::EncodedExtension {
    let policies = policies.iter().map(|policy| information(policy)).collect();
    extension(&CertificatePolicies(policies))
}

fn information(policy: &str) -> PolicyInformation {
    PolicyInformation {
        policy: oid(policy),
        qualifiers: Vec::new(),
    }
}

fn mapped(mappings: &[(&str, &str)]) -> rollcert_pki::extension::EncodedExtension {
    let mappings = mappings
        .iter()
        .map(|(issuer, subject)| PolicyMapping {
            issuer_domain: oid(issuer),
            subject_domain: oid(subject),
        })
        .collect();
    critical(&PolicyMappings(mappings))
}

fn oids(policies: &[&str]) -> Vec<Oid> {
    let mut oids: Vec<Oid> = policies.iter().map(|policy| oid(policy)).collect();
    oids.sort();
    oids
}

fn oid(text: &str) -> Oid {
    der::asn1::ObjectIdentifier::new_unwrap(text).into()
}

const ANY: &str = "2.5.29.32.0";
const A: &str = "1.3.6.1.4.1.99999.1.1";
const B: &str = "1.3.6.1.4.1.99999.1.2";
const C: &str = "1.3.6.1.4.1.99999.1.3";
const D: &str = "1.3.6.1.4.1.99999.1.4";
