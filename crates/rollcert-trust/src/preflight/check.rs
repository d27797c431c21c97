use core::cell::OnceCell;
use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rollcert_crypto::{DigestAlgorithm, Provider};
use rollcert_pki::{Certificate, Purpose};

use crate::names;
use crate::policy::{Policy, purposes};
use crate::preflight::cautions::names_dropped;
use crate::preflight::chain::{Chain, RootJudge};
use crate::preflight::impact::{
    Assurance, Break, BreakFact, Caution, Impact, Outcome, Preflight, RootName, Since,
};
use crate::preflight::notice::RolloverNotice;
use crate::preflight::partner::{Partner, PinKind};
use crate::preflight::programme::RootProgramme;
use crate::preflight::usage::{Affected, CertificateRole, Usage};
use crate::question::ReferenceName;
use crate::report::{Finding, Reason, Remedy};
use crate::stored::StoredCertificate;
use crate::stores::MemoryRoots;

/// A certificate of ours that is to be replaced by another one.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Replacement {
    /// The one in use.
    pub old: Chain,
    /// The one to come.
    pub new: Chain,
    /// Everything it does, as with one certificate for signing and encryption. None counts as every role.
    pub roles: BTreeSet<CertificateRole>,
    /// When it happens.
    pub notice: RolloverNotice,
}

impl Replacement {
    /// Which one by which, in which role, and when.
    #[must_use]
    pub fn new(old: Chain, new: Chain, role: CertificateRole, notice: RolloverNotice) -> Self {
        Self {
            old,
            new,
            roles: BTreeSet::from([role]),
            notice,
        }
    }

    /// It serves in this role, too.
    #[must_use]
    pub fn with_role(mut self, role: CertificateRole) -> Self {
        self.roles.insert(role);
        self
    }

    /// What the new certificate has to serve for.
    pub(super) fn purposes(&self) -> impl Iterator<Item = Purpose> {
        self.roles.iter().filter_map(|role| role.purpose())
    }

    /// Whether `usage` feels it.
    fn is_felt_by(&self, usage: Usage) -> Affected {
        let mut each = self.roles.iter().map(|role| usage.affected_by(*role));
        let felt = each.find(|affected| *affected != Affected::OtherRole);
        match felt {
            Some(affected) => affected,
            None if self.roles.is_empty() => usage.affected_by(usage.role),
            None => Affected::OtherRole,
        }
    }

    /// Whether it is of an authority alone, which carries no names that anybody connects or writes to.
    fn is_of_authority(&self) -> bool {
        self.roles == BTreeSet::from([CertificateRole::Authority])
    }
}

/// Says for each partner what a replacement will break and why, and what need not be done. Changes nothing.
///
/// Chains are evaluated under `policy`, as each system of a partner would with its own roots; revocation is left aside.
/// The new chain has to hold over the whole window, or what is left of it at `now`. What is not known is never taken
/// for good: see [`Outcome::Unknown`].
///
/// ```
/// # use chrono::{DateTime, Utc};
/// # use rollcert_crypto::Provider;
/// # use rollcert_pki::Certificate;
/// use rollcert_trust::{
///     CertificateRole, Chain, Partner, Pin, Policy, Protocol, Replacement, RolloverNotice,
///     RootProgramme, Usage, preflight,
/// };
///
/// # fn example(
/// #     old: Chain,
/// #     new: Chain,
/// #     open_jdk: RootProgramme,
/// #     (start, end, now): (DateTime<Utc>, DateTime<Utc>, DateTime<Utc>),
/// #     provider: &Provider,
/// # ) -> Result<(), rollcert_trust::NoticeError> {
/// let usage = Usage::new(Protocol::As2, CertificateRole::TlsServer);
/// let partners = [
///     Partner::new("acme").with_usage(usage).with_system(open_jdk),
///     Partner::new("bolt").with_usage(usage).with_pin(Pin::leaf_of(old.leaf(), provider)),
/// ];
/// let notice = RolloverNotice::new(start, end)?;
/// let replacement = Replacement::new(old, new, CertificateRole::TlsServer, notice);
/// print!("{}", preflight(&replacement, &partners, now, &Policy::partner(), provider));
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn preflight(
    replacement: &Replacement,
    partners: &[Partner],
    now: DateTime<Utc>,
    policy: &Policy,
    provider: &Provider,
) -> Preflight {
    let systems = partners.iter().flat_map(|partner| &partner.systems);
    let known_roots: MemoryRoots = systems
        .flat_map(|system| system.roots.iter().cloned())
        .collect();
    let flight = Flight {
        replacement,
        now,
        judge: RootJudge::new(policy, provider),
        known_roots,
        root_of_old: OnceCell::new(),
        root_of_new: OnceCell::new(),
        names_dropped: names_dropped(replacement),
    };
    Preflight {
        roles: replacement.roles.clone(),
        phase: replacement.notice.phase(now),
        cautions: flight.cautions(),
        partners: partners
            .iter()
            .map(|partner| flight.impact(partner))
            .collect(),
    }
}

/// What all partners share.
pub(super) struct Flight<'a> {
    pub(super) replacement: &'a Replacement,
    pub(super) now: DateTime<Utc>,
    pub(super) judge: RootJudge<'a>,
    /// Those of all systems: they may name what one of them lacks.
    pub(super) known_roots: MemoryRoots,
    /// Of these, the one that each chain leads to; looked for when first asked for.
    root_of_old: OnceCell<Option<StoredCertificate>>,
    root_of_new: OnceCell<Option<StoredCertificate>>,
    /// The names of the old certificate that the new one does not cover.
    pub(super) names_dropped: Vec<ReferenceName>,
}

impl Flight<'_> {
    fn impact(&self, partner: &Partner) -> Impact {
        let mut impact = Impact {
            partner: partner.name.clone(),
            outcome: Outcome::NoAction,
            breaks: Vec::new(),
            cautions: Vec::new(),
            assurances: Vec::new(),
        };
        for usage in &partner.usages {
            let why = self.replacement.is_felt_by(*usage);
            if why != Affected::Yes {
                let usage = *usage;
                impact
                    .assurances
                    .push(Assurance::NotAffected { usage, why });
            }
        }
        let untouched = impact.assurances.len() == partner.usages.len();
        if untouched && !partner.usages.is_empty() {
            return impact;
        }

        for purpose in self.replacement.purposes() {
            self.check_purpose(purpose, &mut impact);
        }
        self.check_time(&mut impact);
        for system in &partner.systems {
            self.check_system(system, &mut impact);
        }
        for kind in PinKind::ALL {
            let of_kind = partner.pins.iter().filter(|pin| pin.kind() == kind);
            self.check_pins(&of_kind.collect::<Vec<_>>(), &mut impact);
        }
        let has_names = !self.replacement.is_of_authority();
        for name in partner.names.iter().filter(|_| has_names) {
            self.check_name(name, &mut impact);
        }
        let is_anchored = !partner.systems.is_empty()
            || partner
                .pins
                .iter()
                .any(|pin| pin.kind() != PinKind::Identity);
        if !is_anchored {
            impact.cautions.push(Caution::TrustUnknown);
        }

        if has_names && partner.names.is_empty() && !self.names_dropped.is_empty() {
            impact.cautions.push(Caution::NamesUnknown);
        }

        let is_unknown = |caution: &Caution| {
            matches!(
                caution,
                Caution::TrustUnknown | Caution::NamesUnknown | Caution::PinUndecided { .. }
            )
        };
        impact.outcome = if !impact.breaks.is_empty() {
            Outcome::Action
        } else if impact.cautions.iter().any(is_unknown) {
            Outcome::Unknown
        } else {
            Outcome::NoAction
        };
        impact
    }

    /// What the certificates say of themselves, to everybody.
    fn check_purpose(&self, purpose: Purpose, impact: &mut Impact) {
        let reasons =
            |chain: &Chain| purposes::check(self.judge.policy(), purpose, chain.stored_leaf());
        let since = since(!reasons(&self.replacement.old).is_empty());
        let lost = reasons(&self.replacement.new);
        if lost.is_empty() {
            impact.assurances.push(Assurance::PurposeKept { purpose });
        }
        for reason in lost {
            let finding = Finding::at(reason, 0, self.replacement.new.stored_leaf());
            let fact = BreakFact::PurposeLost {
                purpose,
                system: None,
                finding: Box::new(finding),
            };
            impact.breaks.push(Break { fact, since });
        }
    }

    /// Whether the new certificate is valid when it is used, whoever looks.
    fn check_time(&self, impact: &mut Impact) {
        let new = self.replacement.new.stored_leaf();
        let (not_before, not_after) = (
            new.certificate().not_before(),
            new.certificate().not_after(),
        );
        let was_valid = self.replacement.old.leaf().is_valid_at(self.now);
        for at in self.moments() {
            let reason = if new.certificate().is_valid_at(at) {
                continue;
            } else if at < not_before {
                Reason::NotYetValid {
                    not_before,
                    now: at,
                }
            } else {
                Reason::Expired { not_after, now: at }
            };
            impact.breaks.push(Break {
                fact: BreakFact::NotValidThen {
                    at,
                    finding: Box::new(Finding::at(reason, 0, new)),
                },
                since: since(!was_valid),
            });
        }
    }

    /// What a system with these roots will find.
    fn check_system(&self, system: &RootProgramme, impact: &mut Impact) {
        let Replacement { old, new, .. } = self.replacement;
        let old_report = self.judge.evaluate(old, &system.roots, self.now, None);
        let old_reasons: Vec<Reason> = old_report
            .reasons()
            .map(|finding| finding.reason.clone())
            .collect();
        let was_so = |reason: &Reason| {
            let mut old_reasons = old_reasons.iter();
            old_reasons.any(|old| old.code() == reason.code())
        };

        let mut breaks: Vec<Break> = Vec::new();
        let mut roots = Vec::new();
        let moments = self.moments();
        for at in &moments {
            let at = *at;
            let report = self.judge.evaluate(new, &system.roots, at, None);
            if let Some(trusted) = report.trusted() {
                roots.extend(trusted.path().last().cloned());
                continue;
            }
            // A verdict without a reason would be a fault, and must not pass for good.
            if report.reasons().next().is_none() {
                breaks.push(self.missing(system, Since::Change));
            }
            let is_told = impact.breaks.iter().any(
                |known| matches!(known.fact, BreakFact::NotValidThen { at: told, .. } if told == at),
            );
            let findings = report.reasons();
            for finding in findings.filter(|finding| !(is_told && is_own_time(finding))) {
                let since = since(was_so(&finding.reason));
                let found = if leads_nowhere(&finding.reason) {
                    self.missing(system, since)
                } else {
                    Break {
                        fact: BreakFact::ChainInvalid {
                            system: system.label.clone(),
                            at,
                            finding: Box::new(finding.clone()),
                            remedy: Remedy::of(finding, &report).map(Box::new),
                        },
                        since,
                    }
                };
                if !breaks.iter().any(|known| is_same(known, &found)) {
                    breaks.push(found);
                }
            }
        }
        let is_trusted = roots.len() == moments.len();
        if is_trusted {
            breaks.extend(self.purposes_on(system));
        }
        if let Some(root) = roots.first().filter(|_| is_trusted && breaks.is_empty()) {
            impact.assurances.push(Assurance::RootPresent {
                system: system.label.clone(),
                root: self.root_name(root.certificate()),
            });
        }
        impact.breaks.append(&mut breaks);
    }

    /// Whether the CAs on the way let the certificate serve its purposes, where it says itself that it does.
    pub(super) fn purposes_on(&self, system: &RootProgramme) -> Vec<Break> {
        let purposes = self.replacement.purposes();
        purposes
            .flat_map(|purpose| self.purpose_on(purpose, system))
            .collect()
    }

    fn purpose_on(&self, purpose: Purpose, system: &RootProgramme) -> Vec<Break> {
        let Replacement { old, new, .. } = self.replacement;
        if !purposes::check(self.judge.policy(), purpose, new.stored_leaf()).is_empty() {
            return Vec::new();
        }
        let evaluate = |chain: &Chain, at: DateTime<Utc>| {
            self.judge.evaluate(chain, &system.roots, at, Some(purpose))
        };
        let since = since(evaluate(old, self.now).trusted().is_none());
        let at = self.moments().into_iter().next().unwrap_or(self.now);
        let report = evaluate(new, at);
        if report.trusted().is_none() && report.reasons().next().is_none() {
            return vec![self.missing(system, since)];
        }
        report
            .reasons()
            .map(|finding| Break {
                fact: BreakFact::PurposeLost {
                    purpose,
                    system: Some(system.label.clone()),
                    finding: Box::new(finding.clone()),
                },
                since,
            })
            .collect()
    }

    /// What the system lacks: the root, if anybody knows it, else the next issuer.
    fn missing(&self, system: &RootProgramme, since: Since) -> Break {
        let new = &self.replacement.new;
        let label = system.label.clone();
        let top = new.top(self.judge.provider());
        let root = match self.known_root(Which::New) {
            Some(root) => Some(root.certificate()),
            None => Some(top).filter(|top| top.is_self_issued()),
        };
        let fact = match root {
            Some(root) => BreakFact::RootMissing {
                system: label,
                root: self.root_name(root),
            },
            None => BreakFact::IssuerMissing {
                system: label,
                issuer: top.issuer().clone(),
            },
        };
        Break { fact, since }
    }

    fn check_name(&self, name: &ReferenceName, impact: &mut Impact) {
        let Replacement { old, new, .. } = self.replacement;
        if covers(new, name) {
            let name = name.clone();
            impact.assurances.push(Assurance::NameKept { name });
        } else {
            impact.breaks.push(Break {
                fact: BreakFact::NameLost { name: name.clone() },
                since: since(!covers(old, name)),
            });
        }
    }

    pub(super) const fn chain(&self, which: Which) -> &Chain {
        match which {
            Which::Old => &self.replacement.old,
            Which::New => &self.replacement.new,
        }
    }

    pub(super) fn moments_of(&self, which: Which) -> Vec<DateTime<Utc>> {
        match which {
            Which::Old => vec![self.now],
            Which::New => self.moments(),
        }
    }

    /// When the new certificate has to be good: from the first use that is still to come to the end of the window.
    pub(super) fn moments(&self) -> Vec<DateTime<Utc>> {
        let notice = &self.replacement.notice;
        let start = notice.start().max(self.now);
        let moments = BTreeSet::from([start, notice.end().max(start)]);
        moments.into_iter().collect()
    }

    /// A root of anybody's that the chain leads to.
    pub(super) fn known_root(&self, which: Which) -> Option<&StoredCertificate> {
        let known = match which {
            Which::Old => &self.root_of_old,
            Which::New => &self.root_of_new,
        };
        let search = || {
            let at = self.moments_of(which).into_iter().next()?;
            self.judge
                .nearest_root(self.chain(which), &self.known_roots, at)
        };
        known.get_or_init(search).as_ref()
    }

    fn root_name(&self, root: &Certificate) -> RootName {
        let provider = self.judge.provider();
        RootName {
            subject: root.subject().clone(),
            sha1: root.thumbprint(DigestAlgorithm::Sha1, provider),
            sha256: root.thumbprint(DigestAlgorithm::Sha256, provider),
        }
    }
}

/// One of the two chains.
#[derive(Clone, Copy)]
pub(super) enum Which {
    Old,
    New,
}

pub(super) const fn since(was_so: bool) -> Since {
    if was_so { Since::Before } else { Since::Change }
}

/// Whether the reason is that no root was reached.
const fn leads_nowhere(reason: &Reason) -> bool {
    matches!(
        reason,
        Reason::NoPathToAnchor { .. } | Reason::RootNotTrusted { .. }
    )
}

/// Whether it is about the validity of the new certificate itself, which is told to everybody.
fn is_own_time(finding: &Finding) -> bool {
    let is_leaf = finding.place.as_ref().is_some_and(|place| place.index == 0);
    let is_time = matches!(
        finding.reason,
        Reason::Expired { .. } | Reason::NotYetValid { .. }
    );
    is_leaf && is_time
}

/// Whether two breaks tell the same, at whatever time.
fn is_same(one: &Break, other: &Break) -> bool {
    match (&one.fact, &other.fact) {
        (
            BreakFact::ChainInvalid { finding: one, .. },
            BreakFact::ChainInvalid { finding: other, .. },
        ) => one.reason.code() == other.reason.code() && one.place == other.place,
        (one, other) => one == other,
    }
}

pub(super) fn covers(chain: &Chain, name: &ReferenceName) -> bool {
    names::reference::check(chain.stored_leaf(), name).is_none()
}
