//! The certificate policies of a path (RFC 5280 §6.1, with the policy graph of RFC 9618 in place of the tree).

use std::collections::{BTreeMap, BTreeSet};

use rollcert_pki::extension::{
    CertificatePolicies, ExtensionValue, PolicyConstraints, PolicyMappings,
};
use rollcert_pki::{Name, Oid};

use crate::budget::Budget;
use crate::facts::Facts;
use crate::limits::Step;
use crate::policy::InitialPolicies;
use crate::report::Reason;
use crate::stored::StoredCertificate;

/// The certificate policies of a path, as the graph of RFC 9618, whose size grows with that of its certificates and
/// not with the product of their mappings.
///
/// Policy qualifiers say nothing here. Nodes that lead nowhere are not pruned on the way: only the deepest level is ever
/// asked, and [`Self::finish`] goes back from there.
#[derive(Debug)]
pub(crate) struct PolicyGraph {
    /// `user-initial-policy-set`; none for any policy.
    acceptable: Option<BTreeSet<Oid>>,
    /// From the anchor on. Once the deepest is empty, the graph is `NULL`, and stays so.
    levels: Vec<Level>,
    /// How many certificates the path has below the anchor.
    certificates: usize,
    /// How many certificates may follow before a policy is required; 0 is now.
    explicit_policy: usize,
    /// Whose constraint that is; none for the caller's.
    required_by: Option<Name>,
    /// How many may follow before mappings are forbidden.
    policy_mapping: usize,
    /// How many may follow before `anyPolicy` stands for nothing.
    inhibit_any_policy: usize,
}

/// The nodes of one depth, by `valid_policy`, which is unique there.
type Level = BTreeMap<Oid, Node>;

#[derive(Debug)]
struct Node {
    /// By `valid_policy`, at the level above.
    parents: Vec<Oid>,
    /// The policies of the next certificate that go on from here: `expected_policy_set`.
    expected: BTreeSet<Oid>,
}

impl PolicyGraph {
    /// For a path of this many certificates below the anchor (RFC 5280 §6.1.2 (a), (d), (e), (f)).
    pub(crate) fn new(inputs: &InitialPolicies, certificates: usize) -> Self {
        let any = any_policy();
        let accepts_any = inputs.acceptable.is_empty() || inputs.acceptable.contains(&any);
        let unless = |now: bool| {
            if now {
                0
            } else {
                certificates.saturating_add(1)
            }
        };
        let root = Node {
            parents: Vec::new(),
            expected: BTreeSet::from([any.clone()]),
        };
        Self {
            acceptable: (!accepts_any).then(|| inputs.acceptable.clone()),
            levels: vec![Level::from([(any, root)])],
            certificates,
            explicit_policy: unless(inputs.require_explicit_policy),
            required_by: None,
            policy_mapping: unless(inputs.inhibit_policy_mapping),
            inhibit_any_policy: unless(inputs.inhibit_any_policy),
        }
    }

    /// Takes the next certificate below (§6.1.3 (d), (e); §6.1.4 (a), (b), (h), (i), (j); §6.1.5 (a), (b) for the last).
    ///
    /// The reasons are extensions that break their own rules. That a policy is missing (§6.1.3 (f)) shows in
    /// [`Self::finish`]: once the graph is gone and a policy required, both stay so. `Err` when the budget is spent.
    pub(crate) fn take(
        &mut self,
        certificate: &StoredCertificate,
        place: PolicyPlace,
        budget: &Budget,
    ) -> Result<Vec<Reason>, Reason> {
        let facts = certificate.facts();
        let is_self_issued = certificate.certificate().is_self_issued();
        let mut reasons = Vec::new();

        // §6.1.3 (d), (e).
        let stands_for_any =
            self.inhibit_any_policy > 0 || (place == PolicyPlace::Authority && is_self_issued);
        match policies_of(facts, budget)? {
            Ok(policies) => self.descend(&policies, stands_for_any, budget)?,
            Err(reason) => {
                reasons.push(reason);
                self.levels.push(Level::new());
            }
        }
        let constraints = match facts.policy_constraints {
            Some(PolicyConstraints {
                require_explicit_policy: None,
                inhibit_policy_mapping: None,
            }) => {
                reasons.push(invalid::<PolicyConstraints>());
                PolicyConstraints::default()
            }
            constraints => constraints.unwrap_or_default(),
        };

        match place {
            PolicyPlace::Authority => {
                // §6.1.4 (a), (b).
                if let Some(mappings) = &facts.policy_mappings {
                    reasons.extend(self.map(mappings, budget)?);
                }
                // §6.1.4 (h), (i), (j).
                if !is_self_issued {
                    for counter in [
                        &mut self.explicit_policy,
                        &mut self.policy_mapping,
                        &mut self.inhibit_any_policy,
                    ] {
                        *counter = counter.saturating_sub(1);
                    }
                }
                let inhibit_any_policy = facts.inhibit_any_policy.map(|inhibit| inhibit.0);
                let before = self.explicit_policy;
                lower(
                    &mut self.explicit_policy,
                    constraints.require_explicit_policy,
                );
                if self.explicit_policy < before {
                    self.required_by = Some(certificate.certificate().subject().clone());
                }
                lower(&mut self.policy_mapping, constraints.inhibit_policy_mapping);
                lower(&mut self.inhibit_any_policy, inhibit_any_policy);
            }
            PolicyPlace::Target => {
                // §6.1.5 (a), (b).
                self.explicit_policy = self.explicit_policy.saturating_sub(1);
                if constraints.require_explicit_policy == Some(0) && self.explicit_policy > 0 {
                    self.explicit_policy = 0;
                    self.required_by = Some(certificate.certificate().subject().clone());
                }
            }
        }
        Ok(reasons)
    }

    /// The policies under which the path is valid (§6.1.5 (g), §6.1.6), or [`Reason::PolicyRequired`].
    pub(crate) fn finish(self, budget: &Budget) -> Result<Result<Vec<Oid>, Reason>, Reason> {
        let of_authorities = self.authority_constrained(budget)?;
        let of_user: Vec<Oid> = match &self.acceptable {
            None => of_authorities.into_iter().collect(),
            Some(acceptable) if of_authorities.contains(&any_policy()) => {
                acceptable.iter().cloned().collect()
            }
            Some(acceptable) => of_authorities.intersection(acceptable).cloned().collect(),
        };
        if self.explicit_policy == 0 && of_user.is_empty() {
            let acceptable = self.acceptable.unwrap_or_default().into_iter().collect();
            let empty = self.levels.iter().position(Level::is_empty);
            return Ok(Err(Reason::PolicyRequired {
                acceptable,
                required_by: self.required_by,
                lost_at: empty.map(|depth| self.certificates.saturating_sub(depth)),
            }));
        }
        Ok(Ok(of_user))
    }

    /// The next level, for a certificate of these policies (RFC 9618 §5.2: (d) (1), (2)).
    fn descend(
        &mut self,
        policies: &BTreeSet<Oid>,
        stands_for_any: bool,
        budget: &Budget,
    ) -> Result<(), Reason> {
        if policies.is_empty() {
            self.levels.push(Level::new());
            return Ok(());
        }
        let any = any_policy();
        let above = self.levels.last();
        // Which nodes above expect a policy.
        let mut expecting: BTreeMap<&Oid, Vec<Oid>> = BTreeMap::new();
        for (policy, node) in above.into_iter().flatten() {
            budget.spend(Step::PolicySteps, steps(node.expected.len()))?;
            for expected in &node.expected {
                expecting.entry(expected).or_default().push(policy.clone());
            }
        }
        let mut level = Level::new();
        for policy in policies.iter().filter(|policy| **policy != any) {
            let parents = match expecting.get(policy) {
                Some(parents) => parents.clone(),
                None if expecting.contains_key(&any) => vec![any.clone()],
                None => continue,
            };
            level.insert(policy.clone(), Node::of(policy, parents));
        }
        if stands_for_any && policies.contains(&any) {
            for (policy, parents) in expecting {
                budget.spend(Step::PolicySteps, 1)?;
                let node = || Node::of(policy, parents);
                level.entry(policy.clone()).or_insert_with(node);
            }
        }
        self.levels.push(level);
        Ok(())
    }

    /// Lets what the issuer calls one thing go on as what the subject calls another (RFC 9618 §5.3: (a), (b)).
    fn map(
        &mut self,
        mappings: &PolicyMappings,
        budget: &Budget,
    ) -> Result<Option<Reason>, Reason> {
        let any = any_policy();
        let PolicyMappings(mappings) = mappings;
        budget.spend(Step::PolicySteps, steps(mappings.len()))?;
        let names_any = mappings
            .iter()
            .any(|mapping| mapping.issuer_domain == any || mapping.subject_domain == any);
        if mappings.is_empty() || names_any {
            return Ok(Some(invalid::<PolicyMappings>()));
        }
        let mut by_issuer: BTreeMap<&Oid, BTreeSet<Oid>> = BTreeMap::new();
        for mapping in mappings {
            let subject_domain = mapping.subject_domain.clone();
            let of_issuer = by_issuer.entry(&mapping.issuer_domain).or_default();
            of_issuer.insert(subject_domain);
        }
        let Some(level) = self.levels.last_mut() else {
            return Ok(None);
        };
        for (policy, expected) in by_issuer {
            if self.policy_mapping == 0 {
                level.remove(policy);
            } else if let Some(node) = level.get_mut(policy) {
                node.expected = expected;
            } else if level.contains_key(&any) {
                // Nothing but `anyPolicy` leads to `anyPolicy`.
                let parents = vec![any.clone()];
                level.insert(policy.clone(), Node { parents, expected });
            }
        }
        Ok(None)
    }

    /// The policies that hold for the whole path, as the first authority to name each calls it; `anyPolicy` where every
    /// policy does (RFC 9618 §5.4).
    fn authority_constrained(&self, budget: &Budget) -> Result<BTreeSet<Oid>, Reason> {
        let any = any_policy();
        let mut found = BTreeSet::new();
        let deepest = self.levels.last();
        // What leads to the end, level by level upwards.
        let mut leading: BTreeSet<&Oid> = deepest.into_iter().flat_map(Level::keys).collect();
        if leading.contains(&any) {
            found.insert(any.clone());
        }
        for level in self.levels.iter().rev() {
            let mut above = BTreeSet::new();
            for policy in leading {
                let parents = level.get(policy).map_or(&[][..], |node| &node.parents);
                budget.spend(Step::PolicySteps, steps(parents.len()).saturating_add(1))?;
                if *policy != any && parents.contains(&any) {
                    found.insert(policy.clone());
                }
                above.extend(parents);
            }
            leading = above;
        }
        Ok(found)
    }
}

impl Node {
    fn of(policy: &Oid, parents: Vec<Oid>) -> Self {
        Self {
            parents,
            expected: BTreeSet::from([policy.clone()]),
        }
    }
}

/// Where a certificate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PolicyPlace {
    /// A CA below the anchor.
    Authority,
    /// The certificate that is evaluated.
    Target,
}

/// The policies that a certificate names; none where it does not name any.
///
/// An empty list, and a policy that stands there twice, break §4.2.1.4. The outer error when the budget is spent.
fn policies_of(facts: &Facts, budget: &Budget) -> Result<Result<BTreeSet<Oid>, Reason>, Reason> {
    let Some(CertificatePolicies(named)) = &facts.policies else {
        return Ok(Ok(BTreeSet::new()));
    };
    budget.spend(Step::PolicySteps, steps(named.len()))?;
    let policies: BTreeSet<Oid> = named.iter().map(|named| named.policy.clone()).collect();
    if named.is_empty() || policies.len() < named.len() {
        return Ok(Err(invalid::<CertificatePolicies>()));
    }
    Ok(Ok(policies))
}

fn invalid<T: ExtensionValue>() -> Reason {
    Reason::PolicyExtensionInvalid { oid: T::OID.into() }
}

fn lower(counter: &mut usize, limit: Option<u32>) {
    if let Some(limit) = limit {
        *counter = (*counter).min(usize::try_from(limit).unwrap_or(usize::MAX));
    }
}

fn any_policy() -> Oid {
    CertificatePolicies::ANY.into()
}

fn steps(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
