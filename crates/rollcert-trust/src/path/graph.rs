use core::cell::{Cell, OnceCell};
use std::collections::{HashMap, VecDeque};

use rollcert_pki::extension::GeneralName;
use rollcert_pki::{MatchingName, Name, Purpose};

use super::soundness;
use crate::context::Context;
use crate::few::Few;
use crate::limits::Step;
use crate::report::Reason;
use crate::stored::StoredCertificate;

/// The certificate that is evaluated, and every certificate that is known whose subject is the issuer of another one in
/// here (RFC 5280 §6.1.3 (a) (4), names compared by §7.1): all that a path can be made of.
///
/// Signatures are not looked at yet.
pub(super) struct Graph {
    /// The first one is that which is evaluated.
    nodes: Vec<Node>,
    groups: Vec<Group>,
    /// The groups by their subject.
    by_name: Few<MatchingName, usize>,
    /// Where each certificate is.
    places: Few<StoredCertificate, usize>,
    /// When there was more than the budget allows to look at.
    truncated: Option<Reason>,
    /// For each certificate, how many lead to a root, as far as key identifiers tell.
    hints: OnceCell<Vec<usize>>,
}

/// A certificate, and what does not depend on the path in which it stands.
pub(super) struct Node {
    pub(super) stored: StoredCertificate,
    pub(super) is_root: bool,
    /// Whether only the sender of the certificate knows of it: no store does.
    pub(super) is_presented: bool,
    pub(super) is_self_issued: bool,
    /// Its place in the graph.
    number: usize,
    /// The group of its subject; none of that which is evaluated.
    group: Option<usize>,
    /// The group of those that may have issued it.
    issuers: usize,
    as_anchor: OnceCell<Vec<Reason>>,
    as_intermediate: OnceCell<Vec<Reason>>,
    /// Whether no path leads on from here that is worth a look, in the sweep with this number.
    dead_in_sweep: Cell<usize>,
}

/// From where a certificate is known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Presented,
    Store,
    Root,
}

/// The certificates of one subject.
#[derive(Default)]
struct Group {
    members: Vec<usize>,
    /// The groups with a certificate that names this one as its issuer.
    below: Vec<usize>,
    is_filled: bool,
    /// How many certificates lead from a member to a root, both included, at the least; as far as names tell.
    to_root: Option<usize>,
}

impl Graph {
    /// Collects what is known, from the certificate up.
    pub(super) fn build(context: &Context<'_>, target: &StoredCertificate) -> Self {
        let mut graph = Self {
            nodes: Vec::with_capacity(4),
            groups: Vec::with_capacity(4),
            by_name: Few::default(),
            places: Few::default(),
            truncated: None,
            hints: OnceCell::new(),
        };
        graph.truncated = graph.collect(context, target).err();
        graph.measure();
        graph
    }

    fn collect(&mut self, context: &Context<'_>, target: &StoredCertificate) -> Result<(), Reason> {
        let stores = context.stores;
        let start = self.group_named(target.certificate().issuer());
        self.places.insert_new(target.clone(), 0);
        self.nodes.push(Node {
            is_root: stores.roots.is_root(target),
            is_self_issued: target.certificate().is_self_issued(),
            ..Node::new(target.clone(), start)
        });
        for presented in context.presented {
            context.budget.spend(Step::Candidates, 1)?;
            let group = self.group_named(presented.certificate().subject());
            self.add(presented.clone(), group, Origin::Presented);
        }
        let mut open = vec![(start, target.certificate().issuer().clone())];
        while let Some((group, name)) = open.pop() {
            if !self.begin_filling(group) {
                continue;
            }
            for root in stores.roots.roots_named(&name) {
                context.budget.spend(Step::Candidates, 1)?;
                if root.certificate().subject().matches(&name) {
                    self.add(root, group, Origin::Root);
                }
            }
            for certificate in stores.certificates.named(&name) {
                context.budget.spend(Step::Candidates, 1)?;
                if certificate.certificate().subject().matches(&name) {
                    self.add(certificate, group, Origin::Store);
                }
            }
            for (issuers, name) in self.lead_on(group) {
                if let Some(above) = self.groups.get_mut(issuers) {
                    above.below.push(group);
                    if !above.is_filled {
                        open.push((issuers, name));
                    }
                }
            }
        }
        Ok(())
    }

    fn begin_filling(&mut self, group: usize) -> bool {
        let group = self.groups.get_mut(group);
        group.is_some_and(|group| !core::mem::replace(&mut group.is_filled, true))
    }

    /// The groups to which the members of this one lead on, each once.
    fn lead_on(&self, group: usize) -> Vec<(usize, Name)> {
        let mut above: Vec<(usize, Name)> = Vec::new();
        for member in self.members(group) {
            // Members of a group mostly have few issuers, in runs.
            if above.last().is_none_or(|(last, _)| *last != member.issuers) {
                above.push((member.issuers, member.stored.certificate().issuer().clone()));
            }
        }
        above.sort_by_key(|(issuers, _)| *issuers);
        above.dedup_by_key(|(issuers, _)| *issuers);
        above
    }

    fn add(&mut self, stored: StoredCertificate, group: usize, origin: Origin) {
        let is_root = origin == Origin::Root;
        let is_presented = origin == Origin::Presented;
        if let Some(known) = self.places.get(&stored) {
            if let Some(known) = self.nodes.get_mut(*known) {
                known.is_root |= is_root;
                known.is_presented &= is_presented;
            }
            return;
        }
        let issuers = self.group_named(stored.certificate().issuer());
        let number = self.nodes.len();
        self.places.insert_new(stored.clone(), number);
        self.nodes.push(Node {
            is_root,
            is_presented,
            is_self_issued: issuers == group,
            number,
            group: Some(group),
            ..Node::new(stored, issuers)
        });
        if let Some(group) = self.groups.get_mut(group) {
            group.members.push(number);
        }
    }

    fn group_named(&mut self, name: &Name) -> usize {
        let next = self.groups.len();
        let group = *self.by_name.insert_new(name.into(), next);
        if group == next {
            self.groups.push(Group::default());
        }
        group
    }

    /// How far each group is from a root: without one, nothing above need be looked at.
    fn measure(&mut self) {
        let mut reached = VecDeque::new();
        for number in 0..self.groups.len() {
            if self.members(number).any(|member| member.is_root) {
                reached.push_back((number, 1));
            }
        }
        while let Some((number, to_root)) = reached.pop_front() {
            let Some(group) = self.groups.get_mut(number) else {
                continue;
            };
            if group.to_root.is_some() {
                continue;
            }
            group.to_root = Some(to_root);
            reached.extend(group.below.iter().map(|below| (*below, to_root + 1)));
        }
    }

    /// The certificate that is evaluated.
    pub(super) fn target(&self) -> Option<&Node> {
        self.nodes.first()
    }

    /// Why not all of what is known is in here, if so.
    pub(super) const fn truncated(&self) -> Option<&Reason> {
        self.truncated.as_ref()
    }

    /// Those that may have issued the certificate, by their names.
    pub(super) fn issuers_of(&self, node: &Node) -> impl Iterator<Item = &Node> {
        self.members(node.issuers)
    }

    /// How many certificates lead from this one to a root at the least, both included, as far as names tell.
    pub(super) fn to_root(&self, node: &Node) -> Option<usize> {
        if node.is_root {
            return Some(1);
        }
        self.to_root_above(node)
    }

    /// The same, should it not end the path although it is a root.
    pub(super) fn to_root_above(&self, node: &Node) -> Option<usize> {
        let above = self.groups.get(node.issuers)?.to_root?;
        above.checked_add(1)
    }

    /// The same as far as names and key identifiers tell; as many as can be, where they lead nowhere. Wrong identifiers
    /// mislead: this is for choosing what to try first.
    pub(super) fn hinted_to_root(&self, node: &Node) -> usize {
        let hints = self.hints.get_or_init(|| self.follow_identifiers());
        hints.get(node.number).copied().unwrap_or(usize::MAX)
    }

    /// From the roots down, to whoever names a key that was reached, or none at all.
    fn follow_identifiers(&self) -> Vec<usize> {
        let mut waiting: HashMap<usize, HashMap<Option<&[u8]>, Vec<&Node>>> = HashMap::new();
        for node in &self.nodes {
            let of_issuer = waiting.entry(node.issuers).or_default();
            of_issuer.entry(node.named_key()).or_default().push(node);
        }
        let mut hints = vec![usize::MAX; self.nodes.len()];
        let roots = self.nodes.iter().filter(|node| node.is_root);
        let mut reached: VecDeque<(&Node, usize)> = roots.map(|root| (root, 1)).collect();
        while let Some((node, to_root)) = reached.pop_front() {
            match hints.get_mut(node.number) {
                Some(hint) if *hint == usize::MAX => *hint = to_root,
                _ => continue,
            }
            let Some(group) = node.group else { continue };
            let below = match (node.own_key(), waiting.get_mut(&group)) {
                (Some(own), Some(waiting)) => [waiting.remove(&Some(own)), waiting.remove(&None)]
                    .into_iter()
                    .flatten()
                    .flatten()
                    .collect(),
                (None, Some(waiting)) => core::mem::take(waiting).into_values().flatten().collect(),
                (_, None) => Vec::new(),
            };
            reached.extend(below.into_iter().map(|below| (below, to_root + 1)));
        }
        hints
    }

    fn members(&self, group: usize) -> impl Iterator<Item = &Node> {
        let members = self.groups.get(group).map(|group| group.members.as_slice());
        let members = members.unwrap_or_default().iter();
        members.filter_map(|member| self.nodes.get(*member))
    }
}

impl Node {
    fn new(stored: StoredCertificate, issuers: usize) -> Self {
        Self {
            stored,
            is_root: false,
            is_presented: false,
            is_self_issued: false,
            number: 0,
            group: None,
            issuers,
            as_anchor: OnceCell::new(),
            as_intermediate: OnceCell::new(),
            dead_in_sweep: Cell::new(0),
        }
    }

    /// The identifier of its key, if it says one.
    fn own_key(&self) -> Option<&[u8]> {
        let identifier = self.stored.facts().subject_key_identifier.as_ref()?;
        Some(&identifier.0)
    }

    /// The identifier of the issuer's key, if it says one.
    fn named_key(&self) -> Option<&[u8]> {
        let identifier = self.stored.facts().authority_key_identifier.as_ref()?;
        identifier.key_identifier()
    }

    /// What keeps it from ending any path.
    pub(super) fn defects_as_anchor(
        &self,
        context: &Context<'_>,
        purpose: Option<Purpose>,
    ) -> &[Reason] {
        let defects = &self.as_anchor;
        defects.get_or_init(|| soundness::of_anchor(context, purpose, &self.stored))
    }

    /// What keeps it from standing inside of any path.
    pub(super) fn defects_as_intermediate(
        &self,
        context: &Context<'_>,
        purpose: Option<Purpose>,
    ) -> &[Reason] {
        let defects = &self.as_intermediate;
        defects.get_or_init(|| soundness::of_intermediate(context, purpose, &self.stored))
    }

    /// Whether both are certificates of one subject, with one set of other names, for one key: a path leads through one of
    /// them (RFC 4158 §5.2).
    pub(super) fn is_same_authority(&self, other: &Self) -> bool {
        let (one, another) = (self.stored.certificate(), other.stored.certificate());
        one.public_key_info() == another.public_key_info()
            && one.subject().matches(another.subject())
            && self.alternative_names().eq(other.alternative_names())
    }

    /// The first of its other names: enough to tell authorities apart, however many there are to be compared.
    fn alternative_names(&self) -> impl Iterator<Item = &GeneralName> {
        let names = self.stored.facts().alternative_names.iter();
        names.flat_map(|names| &names.0).take(MOST_NAMES)
    }

    pub(super) fn is_dead_in(&self, sweep: usize) -> bool {
        self.dead_in_sweep.get() == sweep
    }

    pub(super) fn bury_in(&self, sweep: usize) {
        self.dead_in_sweep.set(sweep);
    }
}

/// How many names of an authority are compared, beside its subject.
const MOST_NAMES: usize = 16;
