//! Paths from a certificate to a root: how they are found, and whether they are valid (RFC 5280 §6.1).

mod climb;
mod graph;
mod search;
mod signers;
mod soundness;
mod validate;

use core::cmp::Reverse;
use core::ops::ControlFlow;

use rollcert_crypto::Error;

use self::graph::Graph;
use self::search::{Search, Sweep};
use self::signers::Signers;
use self::validate::Validation;
use crate::context::Context;
use crate::policy::algorithms;
use crate::question::Question;
use crate::report::{CandidatePath, Finding, PathEnd, Reason, RevocationStatus, TriedIssuer};
use crate::stored::{Position, StoredCertificate};

/// What was found of all paths of a certificate.
#[derive(Debug, Default)]
pub(crate) struct Paths {
    /// The valid one first, if there is one; else the one that came furthest.
    pub(crate) candidates: Vec<CandidatePath>,
    /// CAs that a path would have led through, were they not in the trust list.
    pub(crate) avoided: Vec<StoredCertificate>,
    /// At which limit the search ended, if it did: there may be a path that was not looked at.
    pub(crate) exhausted: Option<Reason>,
}

impl Paths {
    /// Searches until a path is valid.
    pub(crate) fn find(
        context: &Context<'_>,
        question: &Question<'_>,
        target: &StoredCertificate,
    ) -> Self {
        let graph = Graph::build(context, target);
        let of_target = soundness::of_target(context, target);
        let search = Search::new(context, &graph, question.purpose());
        let signers = Signers::new(context, question.ocsp_responses());
        let validation = Validation {
            context,
            question: Some(question),
            of_target: &of_target,
        };

        let mut paths = Self {
            exhausted: graph.truncated().cloned(),
            ..Self::default()
        };
        let mut found = Found::default();
        if of_target.is_empty() && may_have_issuer(&graph) {
            found.is_accused = signers.is_accused(target).unwrap_or_else(|exhausted| {
                paths.exhausted = Some(exhausted);
                true
            });
        }
        // No path is valid of a certificate that is not.
        let sweeps: &[Sweep] = if of_target.is_empty() {
            &[Sweep::Sound, Sweep::Any]
        } else {
            &[Sweep::Any]
        };
        for sweep in sweeps {
            let run = search.run(*sweep, &mut |path| {
                let mut candidate = validation.of_path(path, &signers);
                // Whatever is wrong with the way to the issuer, it is the issuer who has taken the root back.
                if found.is_accused && candidate.revocation.is_empty() {
                    let looked = validate::look_for_revocations(context, &signers, &mut candidate);
                    let limit = looked.err().map(Finding::of_path);
                    candidate.findings.extend(limit);
                }
                found.take(candidate)
            });
            if let Err(exhausted) = run {
                paths.exhausted = Some(exhausted);
                break;
            }
            if found.is_decided() {
                break;
            }
        }
        match found.into_valid(paths.exhausted.as_ref()) {
            Ok(valid) => {
                // A root has used no other way for them.
                if !is_alone(&valid) {
                    paths.avoided = search.avoided();
                }
                paths.exhausted = None;
                paths.candidates = vec![valid];
                return paths;
            }
            Err(invalid) => paths.candidates = invalid,
        }
        if paths.candidates.is_empty() {
            match search.climb() {
                // It reaches a root after all: what is wrong is the limit alone, at which the search ended before.
                Ok((path, _))
                    if paths.exhausted.is_some()
                        && path.last().is_some_and(|last| last.is_root) => {}
                Ok((path, stop)) => paths
                    .candidates
                    .push(validation.of_incomplete(&path, &stop)),
                Err(exhausted) => {
                    paths.exhausted.get_or_insert(exhausted);
                }
            }
        }
        paths
            .candidates
            .sort_by_key(|candidate| (Reverse(progress(candidate)), candidate.findings.len()));
        paths
    }

    /// Looks for revocations in the best path where validation did not, as something else is wrong with it.
    ///
    /// `Err` when the budget is spent: there may be more.
    pub(crate) fn look_for_revocations(
        &mut self,
        context: &Context<'_>,
        question: &Question<'_>,
    ) -> Result<(), Reason> {
        let unchecked = self
            .candidates
            .first_mut()
            .filter(|path| path.end == PathEnd::Anchor && path.revocation.is_empty());
        let Some(best) = unchecked else {
            return Ok(());
        };
        let signers = Signers::new(context, question.ocsp_responses());
        validate::look_for_revocations(context, &signers, best)
    }
}

/// What validation has found so far.
#[derive(Default)]
struct Found {
    valid: Option<CandidatePath>,
    invalid: Vec<CandidatePath>,
    /// Whether the certificate itself is revoked.
    is_revoked: bool,
    /// Whether the certificate is a root of which somebody says that it is revoked, and no valid path to another root has
    /// told yet that this is not so.
    ///
    /// A root needs nobody above it, and is trusted at once where nobody says such a thing: whatever its sender makes up,
    /// it costs nothing then. Where somebody does, its trust waits until all ways to its issuer were looked at; if a limit
    /// is met before, the revocation may not have been seen, and the root is refused for that limit, like any path of
    /// which others might have told more.
    is_accused: bool,
}

impl Found {
    /// Breaks off when no further path can change the verdict.
    fn take(&mut self, candidate: CandidatePath) -> ControlFlow<()> {
        for finding in &candidate.findings {
            self.heed(finding);
        }
        let is_valid = candidate.findings.is_empty();
        let is_settled = is_valid && self.is_settled(&candidate);
        let is_above_root = self.valid.as_ref().is_some_and(is_alone);
        if is_above_root {
            // All that it tells of the root is whether that is revoked.
            self.is_accused &= !is_settled;
        }
        if !is_valid {
            self.invalid.push(candidate);
        } else if self.valid.is_none() || (is_settled && !is_above_root) {
            self.valid = Some(candidate);
        }
        if self.is_revoked || is_settled {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Whether no other certificates need be looked at than those without defects.
    fn is_decided(&self) -> bool {
        let is_waiting = |valid: &CandidatePath| self.is_accused && is_alone(valid);
        self.is_revoked || self.valid.as_ref().is_some_and(|valid| !is_waiting(valid))
    }

    /// Whether no other path can tell more of the revocation of its certificates.
    fn is_settled(&self, candidate: &CandidatePath) -> bool {
        candidate.revocation.iter().all(is_final)
            && !candidate.is_contested
            && !(self.is_accused && is_alone(candidate))
    }

    /// Revoked by its issuer, a certificate is so in every path, whatever way leads to the issuer.
    fn heed(&mut self, finding: &Finding) {
        let (Reason::Revoked { .. }, Some(place)) = (&finding.reason, &finding.place) else {
            return;
        };
        self.is_revoked |= place.index == 0;
        let Some(mut valid) = self.valid.take() else {
            return;
        };
        // Nobody is asked about the root, but where it is the certificate itself.
        let checked = valid.revocation.len().max(1);
        let mut checked = valid.certificates.iter().take(checked);
        let Some(index) = checked.position(|certificate| *certificate == place.certificate) else {
            self.valid = Some(valid);
            return;
        };
        let reason = finding.reason.clone();
        let status = RevocationStatus::Revoked {
            reason: reason.clone(),
        };
        match valid.revocation.get_mut(index) {
            Some(known) => *known = status,
            None => valid.revocation.push(status),
        }
        let finding = Finding::at(reason, index, &place.certificate);
        valid.findings.push(finding);
        self.invalid.push(valid);
    }

    /// The valid path; else the invalid ones. A path of which others might have told more is not valid where these were not
    /// looked at in whole, as a limit was met: `exhausted` by the search.
    fn into_valid(
        mut self,
        exhausted: Option<&Reason>,
    ) -> Result<CandidatePath, Vec<CandidatePath>> {
        let Some(mut valid) = self.valid.take() else {
            return Err(self.invalid);
        };
        if !self.is_settled(&valid) {
            let told = self.invalid.iter().flat_map(|path| &path.findings);
            let mut told = told.map(|finding| &finding.reason);
            let is_limit = |reason: &&Reason| matches!(reason, Reason::BudgetExhausted { .. });
            if let Some(limit) = exhausted.or_else(|| told.find(is_limit)).cloned() {
                valid.findings.push(Finding::of_path(limit));
                self.invalid.push(valid);
                return Err(self.invalid);
            }
        }
        Ok(valid)
    }
}

/// Whether no other path can tell more of the revocation: CRLs that are of no use in this one, such as for want of a path
/// from their signer to this root, may be of use in another.
fn is_final(status: &RevocationStatus) -> bool {
    let is_silence = |cause: &Reason| matches!(cause, Reason::NoApplicableCrl { .. });
    match status {
        RevocationStatus::Unknown { causes } => causes.iter().all(is_silence),
        _ => true,
    }
}

/// Whether it is the path of a root that is evaluated itself.
fn is_alone(path: &CandidatePath) -> bool {
    path.end == PathEnd::Anchor && path.certificates.len() == 1
}

/// Whether the certificate is a root, and others may have issued it.
fn may_have_issuer(graph: &Graph) -> bool {
    graph.target().is_some_and(|target| {
        let is_issuer_named = graph.issuers_of(target).next().is_some();
        target.is_root && (is_issuer_named || graph.truncated().is_some())
    })
}

/// How far a path came before something spoke against it.
fn progress(candidate: &CandidatePath) -> usize {
    if candidate.end == PathEnd::Incomplete {
        return 0;
    }
    let stages = candidate.findings.iter().map(stage);
    stages.min().unwrap_or(usize::MAX)
}

/// In which order findings come about: certificate by certificate, the path as a whole, what is beyond RFC 5280.
const fn stage(finding: &Finding) -> usize {
    match finding.reason {
        Reason::BudgetExhausted { .. } => 1,
        Reason::PathLengthExceeded { .. }
        | Reason::TooManyIntermediates { .. }
        | Reason::NameNotPermitted { .. }
        | Reason::NameExcluded { .. }
        | Reason::NameConstraintUnsupported { .. }
        | Reason::PolicyRequired { .. }
        | Reason::PolicyExtensionInvalid { .. } => 3,
        Reason::NotConforming { .. } => 4,
        Reason::CtlIssuerBlacklisted { .. } => 5,
        Reason::Revoked { .. }
        | Reason::NoApplicableCrl { .. }
        | Reason::CrlExpired { .. }
        | Reason::CrlNotYetValid { .. }
        | Reason::CrlOutOfScope { .. }
        | Reason::CrlSignatureInvalid { .. }
        | Reason::CrlUnhandledCriticalExtension { .. }
        | Reason::CrlIssuerLacksCrlSign { .. }
        | Reason::CrlIssuerPathInvalid { .. }
        | Reason::CrlMalformed { .. }
        | Reason::DeltaWithoutBase { .. }
        | Reason::OcspUnusable { .. } => 6,
        _ => 2,
    }
}

/// Why a signature on a certificate was refused under the key of this issuer.
fn signature_reason(
    context: &Context<'_>,
    error: &Error,
    certificate: &StoredCertificate,
    issuer: &StoredCertificate,
) -> Reason {
    let of_algorithm = algorithms::check_signature(context.policy, certificate);
    match of_algorithm {
        // Nobody could tell whether it verifies.
        Some(Reason::DsaNotServed | Reason::SignatureAlgorithmUnsupported { .. }) => {}
        _ if matches!(error, Error::SignatureInvalid) => return not_signed_by(certificate, issuer),
        _ => {}
    }
    of_algorithm
        .or_else(|| algorithms::check_key(context.policy, issuer, Position::Intermediate))
        .unwrap_or_else(|| {
            let algorithm = certificate.certificate().signature_algorithm();
            // The algorithm is served, but the key does not go with it.
            if algorithms::is_of_other_key(algorithm, issuer) {
                not_signed_by(certificate, issuer)
            } else {
                Reason::SignatureAlgorithmUnsupported {
                    algorithm: algorithms::in_words(algorithm),
                }
            }
        })
}

fn not_signed_by(certificate: &StoredCertificate, issuer: &StoredCertificate) -> Reason {
    Reason::SignatureInvalid {
        issuer: TriedIssuer {
            subject: issuer.certificate().subject().clone(),
            thumbprint: *issuer.sha256(),
            is_identified: is_identified(certificate, issuer),
        },
    }
}

/// Whether the authority key identifier of `certificate` is the subject key identifier of `issuer` (RFC 5280 §4.2.1.1).
fn is_identified(certificate: &StoredCertificate, issuer: &StoredCertificate) -> bool {
    let named = certificate.facts().authority_key_identifier.as_ref();
    let own = issuer.facts().subject_key_identifier.as_ref();
    named
        .and_then(|named| named.key_identifier())
        .zip(own)
        .is_some_and(|(named, own)| *named == *own.0)
}
