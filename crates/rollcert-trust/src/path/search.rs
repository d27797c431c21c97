use core::cell::{Cell, RefCell};
use core::cmp::Reverse;
use core::ops::ControlFlow;

use chrono::{DateTime, Utc};
use rollcert_pki::Purpose;

use super::graph::{Graph, Node};
use crate::context::Context;
use crate::limits::Step;
use crate::report::Reason;
use crate::stored::StoredCertificate;

/// A search for paths from the certificate at the bottom of a graph to roots: depth first, the most promising issuer first.
///
/// Each step is counted; an edge whose signature does not verify is not taken.
pub(super) struct Search<'g, 'a> {
    pub(super) context: &'g Context<'a>,
    pub(super) graph: &'g Graph,
    pub(super) purpose: Option<Purpose>,
    /// The only root that ends a path, if not any does.
    pub(super) anchor: Option<&'g StoredCertificate>,
    /// Whether the sound ones were gone over.
    is_swept: Cell<bool>,
    /// CAs that would lead on, but for an entry in the trust list; before each the certificate below.
    avoided: RefCell<Vec<(&'g Node, &'g Node)>>,
}

/// Which certificates a search goes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sweep {
    /// Those alone that have no defect at their place: in these is every valid path.
    Sound,
    /// All of them: what paths there would be.
    Any,
}

/// Where a search stands: the way up to a certificate, and what is to be tried above it.
struct Frame<'g> {
    node: &'g Node,
    /// The best one last.
    candidates: Vec<&'g Node>,
    /// Whether something above was left out for what is below, so that it may be worth a look from elsewhere.
    is_hindered: bool,
    /// Whether a root was reached from here.
    has_reached: bool,
}

impl<'g, 'a> Search<'g, 'a> {
    pub(super) const fn new(
        context: &'g Context<'a>,
        graph: &'g Graph,
        purpose: Option<Purpose>,
    ) -> Self {
        Self {
            context,
            graph,
            purpose,
            anchor: None,
            is_swept: Cell::new(false),
            avoided: RefCell::new(Vec::new()),
        }
    }

    /// The same search, for one root alone.
    pub(super) const fn towards(mut self, anchor: &'g StoredCertificate) -> Self {
        self.anchor = Some(anchor);
        self
    }

    /// Calls `found` with every path to a root, from the certificate up, until it breaks off; with none that an earlier
    /// sweep has found.
    ///
    /// `Err` when the budget is spent.
    pub(super) fn run(
        &self,
        sweep: Sweep,
        found: &mut dyn FnMut(&[&'g Node]) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Reason> {
        let most = self.context.budget.limits().path_certificates;
        if sweep == Sweep::Sound {
            self.is_swept.set(true);
        }
        let Some(target) = self.graph.target() else {
            return Ok(ControlFlow::Continue(()));
        };
        if self
            .graph
            .to_root(target)
            .is_none_or(|length| length > most)
        {
            return Ok(ControlFlow::Continue(()));
        }
        let mut path: Vec<&'g Node> = Vec::with_capacity(4);
        let mut frames: Vec<Frame<'g>> = Vec::with_capacity(4);
        let mut next = Some(target);
        loop {
            if let Some(node) = next.take() {
                path.push(node);
                let ends = self.ends_at(node, path.len(), sweep);
                if ends && self.is_wanted(&path, sweep) {
                    self.context.budget.spend(Step::Paths, 1)?;
                    if found(&path).is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
                let mut frame = self.frame(node, &path, sweep)?;
                frame.has_reached = ends;
                frames.push(frame);
            }
            let Some(frame) = frames.last_mut() else {
                return Ok(ControlFlow::Continue(()));
            };
            if let Some(candidate) = frame.candidates.pop() {
                let child = &frame.node.stored;
                let verified = self.context.verify_certificate(child, &candidate.stored)?;
                if verified.is_ok() {
                    next = Some(candidate);
                }
                continue;
            }
            path.pop();
            let (is_hindered, has_reached) = (frame.is_hindered, frame.has_reached);
            if !is_hindered && !has_reached {
                frame.node.bury_in(sweep.number());
            }
            frames.pop();
            if let Some(below) = frames.last_mut() {
                below.is_hindered |= is_hindered;
                below.has_reached |= has_reached;
            }
        }
    }

    /// The issuers to be tried for `node`, which ends `path`.
    fn frame(&self, node: &'g Node, path: &[&'g Node], sweep: Sweep) -> Result<Frame<'g>, Reason> {
        let mut frame = Frame {
            node,
            candidates: Vec::new(),
            is_hindered: false,
            has_reached: false,
        };
        // A sound root that is no sound CA ends paths, and leads nowhere.
        if path.len() > 1 && sweep == Sweep::Sound && !self.is_sound_intermediate(node) {
            return Ok(frame);
        }
        for candidate in self.graph.issuers_of(node) {
            self.context.budget.spend(Step::Candidates, 1)?;
            if candidate.is_dead_in(sweep.number()) {
                continue;
            }
            match self.usefulness(candidate, path, sweep) {
                Use::LeadsOn => frame.candidates.push(candidate),
                Use::NotHere => frame.is_hindered = true,
                Use::Never => {}
                Use::Blacklisted => self.avoided.borrow_mut().push((node, candidate)),
            }
        }
        // The best one last, where it is taken from.
        let child = &node.stored;
        if frame.candidates.len() > 1 {
            let rank = |candidate: &&Node| Reverse(self.rank(child, candidate, sweep));
            frame.candidates.sort_by_cached_key(rank);
        }
        Ok(frame)
    }

    fn usefulness(&self, candidate: &'g Node, path: &[&'g Node], sweep: Sweep) -> Use {
        let most = self.context.budget.limits().path_certificates;
        let ends = candidate.is_root && self.is_anchor(candidate);
        let above = self.graph.to_root_above(candidate);
        let is_sound = match sweep {
            Sweep::Any => ends || above.is_some(),
            Sweep::Sound => {
                (ends && self.is_sound_anchor(candidate))
                    || (above.is_some() && self.is_sound_intermediate(candidate))
            }
        };
        if !is_sound {
            let is_blacklisted = sweep == Sweep::Sound && self.is_only_blacklisted(candidate);
            return if is_blacklisted {
                Use::Blacklisted
            } else {
                Use::Never
            };
        }
        let to_root = if ends { Some(1) } else { above };
        let is_too_long = to_root.is_none_or(|to_root| path.len().saturating_add(to_root) > most);
        let is_in_path = || path.iter().any(|node| node.is_same_authority(candidate));
        let is_allowed = || match sweep {
            Sweep::Any => true,
            Sweep::Sound => self.allows_below(candidate, path),
        };
        if is_too_long || is_in_path() || !is_allowed() {
            return Use::NotHere;
        }
        Use::LeadsOn
    }

    /// How much speaks for trying this issuer late: the least first.
    fn rank(
        &self,
        child: &StoredCertificate,
        candidate: &Node,
        sweep: Sweep,
    ) -> (KeyMatch, bool, bool, bool, usize, Reverse<DateTime<Utc>>) {
        let has_defects = match sweep {
            Sweep::Sound => false,
            Sweep::Any if candidate.is_root => !self.is_sound_anchor(candidate),
            Sweep::Any => !self.is_sound_intermediate(candidate),
        };
        (
            KeyMatch::of(child, &candidate.stored),
            // Lookalikes that the sender made up are not to use up the budget.
            candidate.is_presented,
            has_defects,
            !candidate.is_root,
            self.graph.hinted_to_root(candidate),
            Reverse(candidate.stored.certificate().not_after()),
        )
    }

    /// Whether `node` ends a path of this many certificates.
    fn ends_at(&self, node: &Node, certificates: usize, sweep: Sweep) -> bool {
        let is_sound = sweep == Sweep::Any || certificates == 1 || self.is_sound_anchor(node);
        node.is_root && self.is_anchor(node) && is_sound
    }

    /// Whether no other sweep has found the path before.
    fn is_wanted(&self, path: &[&Node], sweep: Sweep) -> bool {
        match sweep {
            Sweep::Sound => true,
            Sweep::Any => !(self.is_swept.get() && self.is_sound(path)),
        }
    }

    /// Whether [`Sweep::Sound`] finds this path, whose last certificate is a root.
    fn is_sound(&self, path: &[&Node]) -> bool {
        let [_, between @ .., anchor] = path else {
            return true;
        };
        let mut below = Vec::with_capacity(path.len());
        self.is_sound_anchor(anchor)
            && between.iter().all(|node| self.is_sound_intermediate(node))
            && path.iter().all(|node| {
                let is_allowed = below.is_empty() || self.allows_below(node, &below);
                below.push(*node);
                is_allowed
            })
    }

    fn is_anchor(&self, node: &Node) -> bool {
        self.anchor.is_none_or(|anchor| *anchor == node.stored)
    }

    fn is_sound_anchor(&self, node: &Node) -> bool {
        node.defects_as_anchor(self.context, self.purpose)
            .is_empty()
    }

    fn is_sound_intermediate(&self, node: &Node) -> bool {
        node.defects_as_intermediate(self.context, self.purpose)
            .is_empty()
    }

    /// Whether a CA may stand above this path, by its path length constraint (RFC 5280 §4.2.1.9) and by the most
    /// intermediates that the policy allows: the first certificate is the one that is evaluated, and does not count, nor do
    /// self-issued ones.
    fn allows_below(&self, authority: &Node, below: &[&Node]) -> bool {
        let between = below.iter().skip(1);
        let between = between.filter(|node| !node.is_self_issued).count();
        let constraints = authority.stored.facts().basic_constraints;
        let allowed = constraints.and_then(|constraints| constraints.path_length());
        let most = self.context.policy.max_intermediates;
        most.is_none_or(|most| between <= most)
            && allowed.is_none_or(|allowed| {
                u32::try_from(between).is_ok_and(|between| between <= allowed)
            })
    }

    fn is_only_blacklisted(&self, node: &Node) -> bool {
        let defects = if node.is_root {
            node.defects_as_anchor(self.context, self.purpose)
        } else {
            node.defects_as_intermediate(self.context, self.purpose)
        };
        let is_entry = |defect: &Reason| matches!(defect, Reason::CtlIssuerBlacklisted { .. });
        !defects.is_empty() && defects.iter().all(is_entry)
    }

    /// The CAs that were left out for an entry in the trust list alone, and did sign what is below: each once.
    pub(super) fn avoided(&self) -> Vec<StoredCertificate> {
        let mut authorities: Vec<StoredCertificate> = Vec::new();
        for (child, authority) in self.avoided.borrow().iter() {
            let authority = &authority.stored;
            if authorities.contains(authority) {
                continue;
            }
            if let Ok(Ok(())) = self.context.verify_certificate(&child.stored, authority) {
                authorities.push(authority.clone());
            }
        }
        authorities
    }
}

/// What a certificate is good for above the path so far.
enum Use {
    LeadsOn,
    /// Not above this path; perhaps above another.
    NotHere,
    /// Nowhere in this sweep.
    Never,
    /// Nowhere, for an entry in the trust list and nothing else.
    Blacklisted,
}

impl Sweep {
    const fn number(self) -> usize {
        match self {
            Self::Sound => 1,
            Self::Any => 2,
        }
    }
}

/// Whether the authority key identifier of a certificate (RFC 5280 §4.2.1.1) speaks for an issuer. It never decides: the
/// signature does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum KeyMatch {
    /// It names the issuer's key.
    Same,
    /// Nothing is said.
    Unsaid,
    /// It names another certificate of perhaps the same key: that of another issuer or number.
    OtherCertificate,
    /// It names another key.
    Other,
}

impl KeyMatch {
    pub(super) fn of(child: &StoredCertificate, issuer: &StoredCertificate) -> Self {
        let Some(named) = &child.facts().authority_key_identifier else {
            return Self::Unsaid;
        };
        let own = issuer.facts().subject_key_identifier.as_ref();
        let is_same_key = named
            .key_identifier()
            .zip(own)
            .map(|(named, own)| *named == *own.0);
        match (is_same_key, named.serial()) {
            (Some(false), _) => Self::Other,
            (_, Some(serial)) if serial != issuer.certificate().serial() => Self::OtherCertificate,
            (Some(true), _) => Self::Same,
            (None, _) => Self::Unsaid,
        }
    }
}
