use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rollcert_crypto::{DigestAlgorithm, Provider};
use rollcert_pki::{Certificate, IdentityMatch, LogicalIdentity, Thumbprint};

use crate::names;
use crate::policy::{Policy, purposes};
use crate::preflight::authority_id::AuthorityId;
use crate::preflight::chain::{Chain, RootJudge};
use crate::preflight::impact::{
    Assurance, Break, BreakFact, Caution, Impact, Outcome, Preflight, RootName, Since,
};
use crate::preflight::notice::RolloverNotice;
use crate::preflight::partner::{Partner, Pin, PinKind};
use crate::preflight::programme::RootProgramme;
use crate::preflight::usage::{Affected, CertificateRole};
use crate::question::ReferenceName;
use crate::report::{Finding, Reason};
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
    /// What it does.
    pub role: CertificateRole,
    /// When it happens.
    pub notice: RolloverNotice,
}

impl Replacement {
    /// Which one by which, in which role, and when.
    #[must_use]
    pub const fn new(old: Chain, new: Chain, role: CertificateRole, notice: RolloverNotice) -> Self {
        Self {
            old,
            new,
            role,
            notice,
        }
    }
}

/// Says for each partner what a replacement will break and why, and what need not be done. Changes nothing.
///
/// Chains are evaluated under `policy`, as each system of a partner would with its own roots; revocation is left aside.
/// The new chain has to hold over the whole window, or what is left of it at `now`. What is not known is never taken
/// for good: see [`Outcome::Unknown`].
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
    };
    Preflight {
        role: replacement.role,
        phase: replacement.notice.phase(now),
        cautions: flight.cautions(),
        partners: partners
            .iter()
            .map(|partner| flight.impact(partner))
            .collect(),
    }
}

/// What all partners share.
struct Flight<'a> {
    replacement: &'a Replacement,
    now: DateTime<Utc>,
    judge: RootJudge<'a>,
    /// Those of all systems: they may name what one of them lacks.
    known_roots: MemoryRoots,
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
        let changed = self.replacement.role;
        for usage in &partner.usages {
            let why = usage.affected_by(changed);
            if why != Affected::Yes {
                let usage = *usage;
                impact.assurances.push(Assurance::NotAffected { usage, why });
            }
        }
        let untouched = impact.assurances.len() == partner.usages.len();
        if untouched && !partner.usages.is_empty() {
            return impact;
        }

        self.check_purpose(&mut impact);
        for system in &partner.systems {
            self.check_system(system, &mut impact);
        }
        for kind in PinKind::ALL {
            let of_kind = partner.pins.iter().filter(|pin| pin.kind() == kind);
            self.check_pins(&of_kind.collect::<Vec<_>>(), &mut impact);
        }
        for name in &partner.names {
            self.check_name(name, &mut impact);
        }
        let is_anchored = !partner.systems.is_empty()
            || partner.pins.iter().any(|pin| pin.kind() != PinKind::Identity);
        if !is_anchored {
            impact.cautions.push(Caution::TrustUnknown);
        }

        let is_unknown = |caution: &Caution| {
            matches!(
                caution,
                Caution::TrustUnknown | Caution::PinUndecided { .. }
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
    fn check_purpose(&self, impact: &mut Impact) {
        let Some(purpose) = self.replacement.role.purpose() else {
            return;
        };
        let reasons = |chain: &Chain| {
            purposes::check(self.judge.policy(), purpose, chain.stored_leaf())
        };
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
        let mut root = None;
        for at in self.moments() {
            let report = self.judge.evaluate(new, &system.roots, at, None);
            if let Some(trusted) = report.trusted() {
                root = trusted.path().last().cloned();
                continue;
            }
            // A verdict without a reason would be a fault, and must not pass for good.
            if report.reasons().next().is_none() {
                breaks.push(self.missing(system, Since::Change));
            }
            for finding in report.reasons() {
                let since = since(was_so(&finding.reason));
                let found = if leads_nowhere(&finding.reason) {
                    self.missing(system, since)
                } else {
                    Break {
                        fact: BreakFact::ChainInvalid {
                            system: system.label.clone(),
                            at,
                            finding: Box::new(finding.clone()),
                        },
                        since,
                    }
                };
                if !breaks.iter().any(|known| is_same(known, &found)) {
                    breaks.push(found);
                }
            }
        }
        if breaks.is_empty() {
            breaks.extend(self.purpose_on(system));
        }
        if let Some(root) = root.filter(|_| breaks.is_empty()) {
            impact.assurances.push(Assurance::RootPresent {
                system: system.label.clone(),
                root: self.root_name(root.certificate()),
            });
        }
        impact.breaks.append(&mut breaks);
    }

    /// Whether the CAs on the way let the certificate serve its purpose. What the certificate says itself was told before.
    fn purpose_on(&self, system: &RootProgramme) -> Vec<Break> {
        let Replacement { old, new, role, .. } = self.replacement;
        let Some(purpose) = role.purpose() else {
            return Vec::new();
        };
        let findings = |chain: &Chain, at| -> Vec<Finding> {
            let report = self.judge.evaluate(chain, &system.roots, at, Some(purpose));
            report.reasons().cloned().collect()
        };
        let before = !findings(old, self.now).is_empty();
        let own = purposes::check(self.judge.policy(), purpose, new.stored_leaf());
        let at = self.moments().into_iter().next().unwrap_or(self.now);
        findings(new, at)
            .into_iter()
            .filter(|finding| !own.contains(&finding.reason))
            .map(|finding| Break {
                fact: BreakFact::PurposeLost {
                    purpose,
                    system: Some(system.label.clone()),
                    finding: Box::new(finding),
                },
                since: since(before),
            })
            .collect()
    }

    /// What the system lacks: the root, if anybody knows it, else the next issuer.
    fn missing(&self, system: &RootProgramme, since: Since) -> Break {
        let new = &self.replacement.new;
        let label = system.label.clone();
        let known = self.known_root(new);
        let top = new.top(self.judge.provider());
        let root = match &known {
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

    /// Of several pins of one kind, one must fit.
    fn check_pins(&self, pins: &[&Pin], impact: &mut Impact) {
        let Some(first) = pins.first() else {
            return;
        };
        let kind = first.kind();
        let fits: Vec<(&Pin, Fit)> = pins
            .iter()
            .map(|pin| (*pin, self.fit(pin, Which::New)))
            .collect();
        let of_old = pins.iter().find(|pin| self.fit(pin, Which::Old) == Fit::Fits);

        let new = self.replacement.new.leaf();
        if fits.iter().any(|(_, fit)| *fit == Fit::Fits) {
            impact.assurances.push(Assurance::PinHolds { kind });
        } else if let Some((pin, _)) = fits.iter().find(|(_, fit)| *fit == Fit::Undecided) {
            impact.cautions.push(Caution::PinUndecided {
                kind,
                pinned: pinned(pin),
            });
        } else {
            // Of several, the one that fits the old certificate says most.
            let pin = of_old.unwrap_or(first);
            impact.breaks.push(Break {
                fact: BreakFact::PinBroken {
                    kind,
                    pinned: pinned(pin),
                    differs: differs(pin, new),
                },
                since: since(of_old.is_none()),
            });
        }
        if kind == PinKind::Leaf {
            let not_after = new.not_after();
            impact.cautions.push(Caution::PinWillExpire { not_after });
        }
    }

    fn fit(&self, pin: &Pin, which: Which) -> Fit {
        let provider = self.judge.provider();
        let chain = self.chain(which);
        let leaf = chain.leaf();
        match pin {
            Pin::Leaf(pinned) => {
                Fit::from_bool(leaf.thumbprint(pinned.algorithm(), provider) == *pinned)
            }
            Pin::Key(pinned) => {
                let key = leaf.public_key_info();
                Fit::from_bool(Thumbprint::of(key, pinned.algorithm(), provider) == *pinned)
            }
            Pin::Identity(pinned) => {
                Fit::from_bool(pinned.compare(&LogicalIdentity::of(leaf)) == IdentityMatch::Same)
            }
            Pin::Issuer(id) => {
                let issuers = chain.issuers(&self.known_roots, provider);
                if issuers.is_empty() {
                    return Fit::undecided_unless_named(id, leaf.issuer().common_name());
                }
                Fit::from_bool(issuers.iter().any(|issuer| id.names(issuer, provider)))
            }
            Pin::Root(id) => self.fit_root(id, which),
        }
    }

    /// Whether the chain leads to the root that is named so.
    fn fit_root(&self, id: &AuthorityId, which: Which) -> Fit {
        let provider = self.judge.provider();
        let chain = self.chain(which);
        let sent = chain.above().iter().filter(|sent| sent.is_self_issued());
        let sent: Vec<StoredCertificate> = sent
            .map(|root| StoredCertificate::new(root.clone(), provider))
            .collect();
        let named: MemoryRoots = self
            .known_roots
            .iter()
            .chain(&sent)
            .filter(|root| id.names(root.certificate(), provider))
            .cloned()
            .collect();
        let leads_there = |roots: &MemoryRoots| {
            let mut moments = self.moments_of(which).into_iter();
            moments.all(|at| self.judge.evaluate(chain, roots, at, None).trusted().is_some())
        };
        if !named.is_empty() && leads_there(&named) {
            return Fit::Fits;
        }
        let other_root_is_known = self.known_root(chain).is_some()
            || chain.top(provider).is_self_issued();
        if !named.is_empty() || other_root_is_known {
            return Fit::Broken;
        }
        Fit::Undecided
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

    /// What everybody should know, whatever is known of partners.
    fn cautions(&self) -> Vec<Caution> {
        let Replacement {
            old,
            new,
            role,
            notice,
        } = self.replacement;
        let (old_leaf, new_leaf) = (old.leaf(), new.leaf());
        let mut cautions = Vec::new();

        let (start, needed_until) = (notice.start(), notice.old_needed_until());
        if old_leaf.not_after() < needed_until {
            cautions.push(Caution::OldEndsEarly {
                not_after: old_leaf.not_after(),
                start,
                needed_until,
            });
        }
        if new_leaf.not_before() > start {
            cautions.push(Caution::NewBeginsLate {
                not_before: new_leaf.not_before(),
                start,
            });
        }
        if new_leaf.not_after() <= old_leaf.not_after() {
            cautions.push(Caution::NewEndsFirst {
                old: old_leaf.not_after(),
                new: new_leaf.not_after(),
            });
        }
        for name in names_of(old_leaf) {
            // A wildcard is no host: it stands for any label.
            let host = match &name {
                ReferenceName::Dns(host) => host.replacen('*', ANY_LABEL, 1),
                _ => String::new(),
            };
            let asked = match &name {
                ReferenceName::Dns(_) => ReferenceName::Dns(host),
                other => other.clone(),
            };
            if !covers(new, &asked) {
                cautions.push(Caution::NameDropped { name });
            }
        }
        if let Some(purpose) = role.purpose()
            && !purposes::check(self.judge.policy(), purpose, new.stored_leaf()).is_empty()
        {
            cautions.push(Caution::PurposeLost { purpose });
        }
        self.caution_usages(&mut cautions);
        cautions
    }

    fn caution_usages(&self, cautions: &mut Vec<Caution>) {
        let (old, new) = (self.replacement.old.leaf(), self.replacement.new.leaf());
        let (old_identity, new_identity) = (LogicalIdentity::of(old), LogicalIdentity::of(new));
        if old.key_usage() != new.key_usage() {
            cautions.push(Caution::KeyUsageDiffers {
                old: old.key_usage(),
                new: new.key_usage(),
            });
        }
        if old_identity.extended_key_usage() != new_identity.extended_key_usage() {
            cautions.push(Caution::ExtendedKeyUsageDiffers {
                old: old_identity.extended_key_usage().map(<[_]>::to_vec),
                new: new_identity.extended_key_usage().map(<[_]>::to_vec),
            });
        }
        if let IdentityMatch::Different(fields) = old_identity.compare(&new_identity) {
            cautions.push(Caution::IdentityDiffers { fields });
        }
        if old.key_algorithm() != new.key_algorithm() {
            cautions.push(Caution::KeyAlgorithmDiffers {
                old: old.key_algorithm().clone(),
                new: new.key_algorithm().clone(),
            });
        }
    }

    const fn chain(&self, which: Which) -> &Chain {
        match which {
            Which::Old => &self.replacement.old,
            Which::New => &self.replacement.new,
        }
    }

    fn moments_of(&self, which: Which) -> Vec<DateTime<Utc>> {
        match which {
            Which::Old => vec![self.now],
            Which::New => self.moments(),
        }
    }

    /// When the new certificate has to be good: from the first use that is still to come to the end of the window.
    fn moments(&self) -> Vec<DateTime<Utc>> {
        let notice = &self.replacement.notice;
        let start = notice.start().max(self.now);
        let moments = BTreeSet::from([start, notice.end().max(start)]);
        moments.into_iter().collect()
    }

    /// A root of anybody's that the chain leads to.
    fn known_root(&self, chain: &Chain) -> Option<StoredCertificate> {
        let at = self.moments().into_iter().next().unwrap_or(self.now);
        self.judge.nearest_root(chain, &self.known_roots, at)
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
enum Which {
    Old,
    New,
}

/// Whether a pin fits a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    Fits,
    Broken,
    /// The certificate to compare with is not known.
    Undecided,
}

impl Fit {
    const fn from_bool(fits: bool) -> Self {
        if fits { Self::Fits } else { Self::Broken }
    }

    /// Without the issuer's certificate, only a common name can be compared.
    fn undecided_unless_named(id: &AuthorityId, common_name: Option<&str>) -> Self {
        match (id, common_name) {
            (AuthorityId::CommonName(_), Some(name)) => Self::from_bool(id.is_common_name(name)),
            _ => Self::Undecided,
        }
    }
}

const fn since(was_so: bool) -> Since {
    if was_so { Since::Before } else { Since::Change }
}

/// Whether the reason is that no root was reached.
const fn leads_nowhere(reason: &Reason) -> bool {
    matches!(
        reason,
        Reason::NoPathToAnchor { .. } | Reason::RootNotTrusted { .. }
    )
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

fn covers(chain: &Chain, name: &ReferenceName) -> bool {
    names::reference::check(chain.stored_leaf(), name).is_none()
}

fn names_of(certificate: &Certificate) -> Vec<ReferenceName> {
    let hosts = certificate.dns_names().iter().cloned();
    let addresses = certificate.ip_addresses().into_iter();
    let emails = crate::selection::emails_of(certificate).into_iter();
    hosts
        .map(ReferenceName::Dns)
        .chain(addresses.map(ReferenceName::Ip))
        .chain(emails.map(ReferenceName::Email))
        .collect()
}

fn differs(pin: &Pin, leaf: &Certificate) -> Vec<rollcert_pki::IdentityField> {
    match pin {
        Pin::Identity(pinned) => {
            let compared = pinned.compare(&LogicalIdentity::of(leaf));
            compared.differs().to_vec()
        }
        _ => Vec::new(),
    }
}

fn pinned(pin: &Pin) -> String {
    match pin {
        Pin::Leaf(thumbprint) | Pin::Key(thumbprint) => {
            format!("{} {thumbprint}", thumbprint.algorithm())
        }
        Pin::Issuer(id) | Pin::Root(id) => id.to_string(),
        Pin::Identity(identity) => identity.subject().to_string(),
    }
}

/// A label that nobody uses, to ask for in place of an asterisk.
const ANY_LABEL: &str = "rollcert-any-label";
