use der::asn1::ObjectIdentifier;
use rollcert_crypto::Provider;
use rollcert_pki::extension::{ExtendedKeyUsages, ExtensionValue, SubjectAlternativeName};
use rollcert_pki::{Certificate, KeyUsages};

use crate::budget::Budget;
use crate::cache::Cache;
use crate::context::{Context, Verified};
use crate::names::reference;
use crate::path::Paths;
use crate::policy::{Policy, purposes};
use crate::question::Question;
use crate::report::{Basis, Finding, PathEnd, Reason, Report, Trusted, Verdict, order};
use crate::stored::StoredCertificate;
use crate::stores::Stores;
use crate::trust_list::Precedence;
use crate::trust_list::judge::{self, OwnEntry};

/// Judges certificates by what the stores hold and the policy wants.
#[derive(Clone, Copy)]
pub struct Evaluator<'a> {
    stores: Stores<'a>,
    policy: &'a Policy,
    provider: &'a Provider,
    cache: Option<&'a Cache>,
}

impl<'a> Evaluator<'a> {
    /// Over these stores, by this policy.
    #[must_use]
    pub const fn new(stores: Stores<'a>, policy: &'a Policy, provider: &'a Provider) -> Self {
        Self {
            stores,
            policy,
            provider,
            cache: None,
        }
    }

    /// With a memory for signatures.
    #[must_use]
    pub const fn with_cache(mut self, cache: &'a Cache) -> Self {
        self.cache = Some(cache);
        self
    }

    /// What it looks things up in.
    #[must_use]
    pub(crate) const fn stores(&self) -> Stores<'a> {
        self.stores
    }

    /// Whose cryptography it uses.
    #[must_use]
    pub(crate) const fn provider(&self) -> &'a Provider {
        self.provider
    }

    /// Answers the question: never fails, always says why.
    ///
    /// In this order: what the trust list says of the certificate itself; whether it may serve the purpose and carries the
    /// name; paths to a root (RFC 5280 §6.1), what the trust list says of CAs in them, and revocation (§6.3): of the paths
    /// that are valid otherwise, and where there is none, of the one that came furthest.
    #[must_use]
    pub fn evaluate(&self, question: &Question<'_>) -> Report {
        let budget = Budget::new(self.policy.limits);
        let target = question.stored().cloned().unwrap_or_else(|| {
            StoredCertificate::new(question.certificate().clone(), self.provider)
        });
        let store =
            |certificate: &Certificate| StoredCertificate::new(certificate.clone(), self.provider);
        // What the budget does not allow to look at need not be made ready; its search will say so.
        let most = usize::try_from(self.policy.limits.candidates).unwrap_or(usize::MAX);
        let presented = question.presented().iter().take(most.saturating_add(1));
        let presented: Vec<StoredCertificate> = presented.map(store).collect();
        let context = Context {
            stores: self.stores,
            policy: self.policy,
            provider: self.provider,
            cache: self.cache,
            budget: &budget,
            now: question.now(),
            presented: &presented,
            verified: Verified::default(),
        };

        let mut report = Report {
            certificate: target.clone(),
            now: question.now(),
            purpose: question.purpose(),
            verdict: Verdict::Untrusted,
            paths: Vec::new(),
            findings: Vec::new(),
            warnings: Vec::new(),
        };
        let at_target = |reason| Finding::at(reason, 0, &target);
        let entry = judge::own_entry(&context, &target);
        if let OwnEntry::Untrusted(reason) = &entry {
            report.findings.push(at_target(reason.clone()));
        }
        // A trust list vouches for the certificate, and not for what it is used for.
        let unfit = unfitness(self.policy, question, &target);
        report.findings.extend(unfit.into_iter().map(at_target));
        match entry {
            OwnEntry::Untrusted(_) => {}
            OwnEntry::Trusted(notes) => {
                report.warnings.extend(notes.into_iter().map(at_target));
                listed(&context, question, &target, &mut report);
            }
            OwnEntry::NotListed(note) => {
                report.warnings.extend(note.map(at_target));
                unlisted(&context, question, &target, &mut report);
            }
        }
        order::sort(&mut report.findings);
        if report.trusted().is_none() {
            // What a trust list would name it by.
            let _ = target.sha512(self.provider);
        }
        report
    }
}

/// Why the certificate cannot serve what is asked of it, whoever vouches for it.
fn unfitness(policy: &Policy, question: &Question<'_>, target: &StoredCertificate) -> Vec<Reason> {
    let mut reasons = Vec::new();
    // What cannot be read allows nothing.
    let malformed = |oids: &[ObjectIdentifier]| {
        let malformed = target.facts().malformed.iter().cloned();
        malformed
            .filter(|malformed| oids.iter().any(|oid| *malformed == *oid))
            .map(|oid| Reason::MalformedExtension { oid })
            .collect::<Vec<_>>()
    };
    if let Some(purpose) = question.purpose() {
        reasons.extend(malformed(&[KeyUsages::OID, ExtendedKeyUsages::OID]));
        reasons.extend(purposes::check(policy, purpose, target));
    }
    if let Some(name) = question.name() {
        // Which names it carries is not known then.
        let unreadable = malformed(&[SubjectAlternativeName::OID]);
        if unreadable.is_empty() {
            reasons.extend(reference::check(target, name));
        }
        reasons.extend(unreadable);
    }
    reasons
}

/// For a certificate that its own entry trusts: no path need be valid, but one may tell of things that the policy puts
/// above the entry.
fn listed(
    context: &Context<'_>,
    question: &Question<'_>,
    target: &StoredCertificate,
    report: &mut Report,
) {
    let mut paths = Paths::find(context, question, target);
    let looked = paths.look_for_revocations(context, question);
    let of_best = paths
        .candidates
        .first()
        .map(|best| best.findings.as_slice());
    // The revocation of a CA above decides nothing of a certificate that needs no CA.
    let (above, of_best): (Vec<&Finding>, Vec<&Finding>) = of_best
        .into_iter()
        .flatten()
        .partition(|finding| is_revocation_above(finding));
    let of_best = of_best.into_iter().map(|finding| &finding.reason);
    let is_limit = |reason: &&Reason| matches!(reason, Reason::BudgetExhausted { .. });
    let limit = paths.exhausted.as_ref().or_else(|| looked.as_ref().err());
    let told = paths.candidates.iter().flat_map(|path| &path.findings);
    let mut told = told.map(|finding| &finding.reason);
    if let Some(limit) = limit.or_else(|| told.find(is_limit)) {
        let finding = Finding::of_path(limit.clone());
        // What the policy puts above the entry may not have been seen.
        let rules = &context.policy.trust_list;
        if [rules.white_below_black, rules.white_revoked].contains(&Precedence::Findings) {
            report.findings.push(finding);
        } else {
            report.warnings.push(finding);
        }
    }
    let judged = judge::white_leaf(&context.policy.trust_list, of_best);
    report.warnings.extend(above.into_iter().cloned());
    let at_target = |reason| Finding::at(reason, 0, target);
    match judged {
        Ok(marks) => report.warnings.extend(marks.into_iter().map(at_target)),
        Err(reasons) => report.findings.extend(reasons.into_iter().map(at_target)),
    }
    report.paths = paths.candidates;
    if report.findings.is_empty() {
        report.verdict = Verdict::Trusted(Trusted {
            path: vec![target.clone()],
            purpose: question.purpose(),
            at: question.now(),
            basis: Basis::TrustList,
            policies: Vec::new(),
        });
    }
}

/// Whether it is the revocation of a CA above the certificate.
fn is_revocation_above(finding: &Finding) -> bool {
    let is_above = finding.place.as_ref().is_some_and(|place| place.index > 0);
    is_above && matches!(finding.reason, Reason::Revoked { .. })
}

/// For a certificate that stands in no trust list: a path decides.
fn unlisted(
    context: &Context<'_>,
    question: &Question<'_>,
    target: &StoredCertificate,
    report: &mut Report,
) {
    let mut paths = Paths::find(context, question, target);
    let exhausted = paths.exhausted.take();
    report.findings.extend(exhausted.map(Finding::of_path));
    // Of a path that is invalid already: a limit met from here on changes nothing.
    let _ = paths.look_for_revocations(context, question);
    let avoided = paths.avoided.iter().map(|authority| {
        let issuer = authority.certificate().subject().clone();
        Finding::of_path(Reason::CtlAlternativePathUsed { issuer })
    });
    report.warnings.extend(avoided);
    report.paths = paths.candidates;
    let Some(best) = report.paths.first() else {
        return;
    };
    report.warnings.extend(best.warnings.iter().cloned());
    let is_valid = best.end == PathEnd::Anchor && best.findings.is_empty();
    if is_valid && report.findings.is_empty() {
        report.verdict = Verdict::Trusted(Trusted {
            path: best.certificates.clone(),
            purpose: question.purpose(),
            at: question.now(),
            basis: Basis::Path,
            policies: best.policies.clone(),
        });
    }
}

impl core::fmt::Debug for Evaluator<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Evaluator")
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}
