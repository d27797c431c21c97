use super::climb::Stop;
use super::graph::Node;
use super::signers::Signers;
use crate::context::Context;
use crate::names::constraints::NameSpace;
use crate::policy::{InitialPolicies, OnUnknown, RevocationPolicy, algorithms, strictness};
use crate::policy_graph::{PolicyGraph, PolicyPlace};
use crate::question::Question;
use crate::report::{
    CandidatePath, Finding, MissingIssuer, PathEnd, Reason, RevocationStatus, order,
};
use crate::revocation::{self, Checked};
use crate::stored::StoredCertificate;

/// What a path is judged by: RFC 5280 §6.1.1 (b) to (g), and what is asked.
pub(super) struct Validation<'c, 'a> {
    pub(super) context: &'c Context<'a>,
    /// What is asked; nothing of the certificate of somebody who signs CRLs.
    pub(super) question: Option<&'c Question<'a>>,
    /// What speaks against the certificate itself in every path.
    pub(super) of_target: &'c [Reason],
}

impl Validation<'_, '_> {
    /// Validates a path to a root, from there down (RFC 5280 §6.1). Its signatures and names are known to fit together.
    ///
    /// Revocation is looked at where nothing else is wrong; see [`look_for_revocations`] for the rest.
    pub(super) fn of_path(&self, path: &[&Node], signers: &Signers<'_, '_>) -> CandidatePath {
        let mut candidate = self.begin(path, PathEnd::Anchor);
        if let Err(exhausted) = self.chain(path, &mut candidate) {
            candidate.findings.push(Finding::of_path(exhausted));
        }
        if candidate.findings.is_empty()
            && let Some(question) = self.question
        {
            let certificates = &candidate.certificates;
            let (enforced, reported) =
                strictness::check(self.context.policy, question, certificates);
            candidate.findings.extend(enforced);
            candidate.warnings.extend(reported);
        }
        if candidate.findings.is_empty() {
            self.check_revocation(&mut candidate, signers);
        }
        order::sort(&mut candidate.findings);
        candidate
    }

    /// Reports a way up that ends before a root.
    pub(super) fn of_incomplete(&self, path: &[&Node], stop: &Stop<'_>) -> CandidatePath {
        let mut candidate = self.begin(path, PathEnd::Incomplete);
        let last = path.len().saturating_sub(1);
        if let Some(node) = path.last() {
            let finding = |reason| Finding::at(reason, last, &node.stored);
            let certificate = node.stored.certificate();
            let mut is_issuer_missing = false;
            match *stop {
                Stop::IssuerUnknown => is_issuer_missing = true,
                Stop::Refused(ref error, issuer) => {
                    let issuer = &issuer.stored;
                    let reason = super::signature_reason(self.context, error, &node.stored, issuer);
                    is_issuer_missing = !is_issuer_settled(&reason, &node.stored, issuer);
                    candidate.findings.push(match reason {
                        // It is the issuer's key, who would be next in the path.
                        Reason::KeyUnusable { .. } | Reason::KeyTooSmall { .. } => {
                            Finding::at(reason, path.len(), issuer)
                        }
                        reason => finding(reason),
                    });
                }
                Stop::SelfSigned => candidate.findings.push(finding(Reason::RootNotTrusted {
                    subject: certificate.subject().clone(),
                    thumbprint: *node.stored.sha256(),
                })),
                Stop::TooLong => {
                    let found = path.len().saturating_sub(1);
                    let allowed = found.saturating_sub(1);
                    let reason = Reason::TooManyIntermediates { allowed, found };
                    candidate.findings.push(Finding::of_path(reason));
                }
            }
            if is_issuer_missing {
                let missing = missing_issuer(&node.stored);
                candidate
                    .findings
                    .push(finding(Reason::NoPathToAnchor { missing }));
            }
        }
        let is_anchor = matches!(stop, Stop::SelfSigned);
        self.defects(path, is_anchor, &mut candidate.findings);
        order::sort(&mut candidate.findings);
        candidate
    }

    fn begin(&self, path: &[&Node], end: PathEnd) -> CandidatePath {
        CandidatePath {
            certificates: path.iter().map(|node| node.stored.clone()).collect(),
            end,
            findings: Vec::new(),
            warnings: Vec::new(),
            revocation: Vec::new(),
            is_contested: false,
            policies: Vec::new(),
        }
    }

    /// What is wrong with single certificates, from the top down: each wherever it stands. The last one `is_anchor`, or may
    /// be a CA between.
    fn defects(&self, path: &[&Node], is_anchor: bool, findings: &mut Vec<Finding>) {
        let context = self.context;
        let purpose = self.question.and_then(Question::purpose);
        for (index, node) in path.iter().enumerate().rev() {
            let is_last = index + 1 == path.len();
            let signed = (index == 0 && !(is_last && is_anchor))
                .then(|| algorithms::check_signature(context.policy, &node.stored))
                .flatten();
            let defects = if index == 0 {
                self.of_target
            } else if is_last && is_anchor {
                node.defects_as_anchor(context, purpose)
            } else {
                node.defects_as_intermediate(context, purpose)
            };
            for reason in signed.iter().chain(defects).cloned() {
                let finding = Finding::at(reason, index, &node.stored);
                if !findings.contains(&finding) {
                    findings.push(finding);
                }
            }
        }
    }

    /// RFC 5280 §6.1.2 to §6.1.5, without revocation. `Err` when the budget is spent.
    fn chain(&self, path: &[&Node], candidate: &mut CandidatePath) -> Result<(), Reason> {
        let (context, budget) = (self.context, self.context.budget);
        let CandidatePath {
            findings, policies, ..
        } = candidate;
        self.defects(path, true, findings);
        path_lengths(path, context.policy.max_intermediates, findings);

        // What is asked of policies is asked of the certificate; who signs a CRL needs none.
        let no_policies = InitialPolicies::default();
        let initial = match self.question {
            Some(_) => &context.policy.initial_policies,
            None => &no_policies,
        };
        let below_anchor = path.len().saturating_sub(1);
        let mut names = NameSpace::default();
        let mut policy_graph = PolicyGraph::new(initial, below_anchor);
        for (index, node) in path.iter().enumerate().rev() {
            let mut found = Vec::new();
            if index < below_anchor {
                // §6.1.3 (b), (c): the names of a CA that certifies itself anew are not held against its own constraints.
                if index == 0 || !node.is_self_issued {
                    found.extend(names.check(&node.stored, budget)?);
                }
                // §6.1.3 (d) to (f), §6.1.4 (a), (b), (h) to (j), §6.1.5 (a), (b)
                let place = if index == 0 {
                    PolicyPlace::Target
                } else {
                    PolicyPlace::Authority
                };
                found.extend(policy_graph.take(&node.stored, place, budget)?);
            }
            // §6.1.4 (g); RFC 5937 §3.2 for the root.
            if index > 0
                && let Some(constraints) = &node.stored.facts().name_constraints
            {
                found.extend(names.narrow(constraints, budget)?);
            }
            let found = found.into_iter();
            findings.extend(found.map(|reason| Finding::at(reason, index, &node.stored)));
        }
        // §6.1.5 (g)
        match policy_graph.finish(budget)? {
            Ok(valid) => *policies = valid,
            Err(reason) => {
                let finding = path
                    .first()
                    .map(|node| Finding::at(reason, 0, &node.stored));
                findings.extend(finding);
            }
        }
        Ok(())
    }

    /// RFC 5280 §6.1.3 (a) (3), of every certificate below the root, the leaf first.
    fn check_revocation(&self, candidate: &mut CandidatePath, signers: &Signers<'_, '_>) {
        let context = self.context;
        let below_anchor = candidate.certificates.len().saturating_sub(1);
        if context.policy.revocation == RevocationPolicy::Off {
            candidate.revocation = vec![RevocationStatus::NotChecked; below_anchor];
            return;
        }
        let certificates = &candidate.certificates;
        for (index, certificate) in certificates.iter().enumerate().take(below_anchor) {
            let place = |reason| Finding::at(reason, index, certificate);
            let status = match checked(context, signers, certificates, index) {
                Ok(checked) => {
                    candidate.is_contested |= checked.is_contested;
                    checked.status
                }
                Err(reason) => {
                    candidate.findings.push(place(reason.clone()));
                    let causes = vec![reason];
                    candidate
                        .revocation
                        .push(RevocationStatus::Unknown { causes });
                    continue;
                }
            };
            match &status {
                RevocationStatus::Good { .. } | RevocationStatus::NotChecked => {}
                RevocationStatus::Revoked { reason } => {
                    candidate.findings.push(place(reason.clone()));
                }
                RevocationStatus::Unknown { causes } => {
                    let causes_found = causes.iter().cloned().map(place);
                    match revocation::meaning_of_unknown(&context.policy.revocation, causes) {
                        OnUnknown::Accept => candidate.warnings.extend(causes_found),
                        OnUnknown::Reject => candidate.findings.extend(causes_found),
                    }
                }
            }
            candidate.revocation.push(status);
        }
    }
}

/// Looks for revocations in a path that is invalid otherwise: they are told beside whatever else is wrong. Where nothing
/// can be said, or the budget ends (`Err`), nothing changes.
pub(super) fn look_for_revocations(
    context: &Context<'_>,
    signers: &Signers<'_, '_>,
    path: &mut CandidatePath,
) -> Result<(), Reason> {
    if context.policy.revocation == RevocationPolicy::Off {
        return Ok(());
    }
    let mut limit = Ok(());
    let below_anchor = path.certificates.len().saturating_sub(1);
    for (index, certificate) in path.certificates.iter().enumerate().take(below_anchor) {
        let status = match checked(context, signers, &path.certificates, index) {
            Ok(checked) => checked.status,
            Err(exhausted) => {
                limit = Err(exhausted);
                RevocationStatus::NotChecked
            }
        };
        if let RevocationStatus::Revoked { reason } = &status {
            let finding = Finding::at(reason.clone(), index, certificate);
            path.findings.push(finding);
        }
        path.revocation.push(status);
    }
    order::sort(&mut path.findings);
    limit
}

/// The revocation of a certificate in a path. `Err` when a limit was met: who met it may not have seen a revocation.
fn checked(
    context: &Context<'_>,
    signers: &Signers<'_, '_>,
    path: &[StoredCertificate],
    index: usize,
) -> Result<Checked, Reason> {
    let refusals = context.budget.refusals();
    let checked = signers.check(path, index)?;
    let is_revoked = matches!(checked.status, RevocationStatus::Revoked { .. });
    match context.budget.exhausted_since(refusals) {
        Some(reason) if !is_revoked => Err(reason),
        _ => Ok(checked),
    }
}

/// Whether no other certificate of the issuer's name could do better than this one, for which the signature on
/// `certificate` was refused for `reason`.
fn is_issuer_settled(
    reason: &Reason,
    certificate: &StoredCertificate,
    issuer: &StoredCertificate,
) -> bool {
    // Such an algorithm is refused whoever signed.
    let is_of_algorithm = matches!(
        reason,
        Reason::DsaNotServed
            | Reason::SignatureAlgorithmUnsupported { .. }
            | Reason::AlgorithmNotAllowed { .. }
    );
    is_of_algorithm || super::is_identified(certificate, issuer)
}

/// RFC 5280 §4.2.1.9, §6.1.4 (l), (m): at the certificate whose constraint is broken, the topmost first. Self-issued
/// certificates and that which is evaluated do not count.
fn path_lengths(path: &[&Node], most: Option<usize>, findings: &mut Vec<Finding>) {
    // How many count below each certificate.
    let mut below = 0_usize;
    let mut broken = Vec::new();
    for (index, node) in path.iter().enumerate().skip(1) {
        let constraints = node.stored.facts().basic_constraints;
        let allowed = constraints.and_then(|constraints| constraints.path_length());
        let found = u32::try_from(below).unwrap_or(u32::MAX);
        if let Some(allowed) = allowed
            && found > allowed
        {
            let reason = Reason::PathLengthExceeded { allowed, found };
            broken.push(Finding::at(reason, index, &node.stored));
        }
        let is_anchor = index + 1 == path.len();
        if !node.is_self_issued && !is_anchor {
            below = below.saturating_add(1);
        }
    }
    findings.extend(broken.into_iter().rev());
    if let Some(allowed) = most
        && below > allowed
    {
        let found = below;
        findings.push(Finding::of_path(Reason::TooManyIntermediates {
            allowed,
            found,
        }));
    }
}

fn missing_issuer(below: &StoredCertificate) -> MissingIssuer {
    let named = below.facts().authority_key_identifier.as_ref();
    MissingIssuer {
        name: below.certificate().issuer().clone(),
        key_identifier: named
            .and_then(|named| named.key_identifier())
            .map(<[u8]>::to_vec),
        serial: named.and_then(|named| named.serial()).cloned(),
    }
}
