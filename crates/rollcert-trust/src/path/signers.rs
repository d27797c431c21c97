use core::cell::{Cell, RefCell};
use std::collections::HashMap;

use rollcert_pki::Thumbprint;

use super::Found;
use super::graph::Graph;
use super::search::{Search, Sweep};
use super::soundness;
use super::validate::Validation;
use crate::context::{Context, SignerPaths};
use crate::few::Few;
use crate::report::{Finding, MissingIssuer, Reason, RevocationStatus};
use crate::revocation::{self, Checked, ReceivedResponse};
use crate::stored::StoredCertificate;
use crate::trust_list::judge;

/// Paths for the certificates that sign CRLs and OCSP responses (RFC 5280 §6.3.3 (f)).
pub(super) struct Signers<'c, 'a> {
    context: &'c Context<'a>,
    ocsp_responses: Vec<ReceivedResponse<'c>>,
    /// Whose revocation is being checked, the outermost first.
    under_way: RefCell<Vec<UnderWay>>,
    /// What was found of a signer towards a root.
    known: RefCell<HashMap<Pair, Result<(), Box<Finding>>>>,
    /// The certificates that were found to be revoked, in whatever path.
    revoked: RefCell<Few<StoredCertificate, Reason>>,
    /// How often a circle was met, or a way too deep.
    stops: Cell<u64>,
}

/// A signer and a root, by their thumbprints.
type Pair = (Thumbprint, Thumbprint);

/// A path that is valid but for revocation, and the place of the certificate in it that is being checked.
struct UnderWay {
    path: Vec<StoredCertificate>,
    index: usize,
}

impl<'c, 'a> Signers<'c, 'a> {
    pub(super) fn new(context: &'c Context<'a>, ocsp_responses: &[&'c [u8]]) -> Self {
        let received = ocsp_responses.iter().copied();
        Self {
            context,
            ocsp_responses: received.map(ReceivedResponse::new).collect(),
            under_way: RefCell::default(),
            known: RefCell::default(),
            revoked: RefCell::default(),
            stops: Cell::new(0),
        }
    }

    /// The revocation of the certificate at `index` of a path that is valid otherwise.
    ///
    /// One that is revoked in one path stays so in the others, to whose roots the signer of the CRL may have no path.
    ///
    /// `Err` when the budget is spent.
    pub(super) fn check(
        &self,
        path: &[StoredCertificate],
        index: usize,
    ) -> Result<Checked, Reason> {
        let certificate = path.get(index);
        if let Some(reason) = certificate.and_then(|of| self.revoked.borrow().get(of).cloned()) {
            return Ok(RevocationStatus::Revoked { reason }.into());
        }
        let stops = self.stops.get();
        self.under_way.borrow_mut().push(UnderWay {
            path: path.to_vec(),
            index,
        });
        let checked = revocation::check(self.context, self, path, index, &self.ocsp_responses);
        self.under_way.borrow_mut().pop();
        let checked = checked?;
        // Of a signer, what was found inside a circle may be what an accused says of its accuser.
        let is_outermost = self.under_way.borrow().is_empty();
        if let RevocationStatus::Revoked { reason } = &checked.status
            && let Some(certificate) = certificate
            && (is_outermost || self.stops.get() == stops)
        {
            let mut revoked = self.revoked.borrow_mut();
            revoked.insert_new(certificate.clone(), reason.clone());
        }
        Ok(checked)
    }

    /// Whether anybody says that the certificate is revoked, rightly or not. `Err` when the budget is spent.
    pub(super) fn is_accused(&self, certificate: &StoredCertificate) -> Result<bool, Reason> {
        revocation::is_accused(self.context, certificate, &self.ocsp_responses)
    }

    /// Whether `signer` stands in the path that is being checked, above the certificate in question: then it is valid if
    /// that path is, its own revocation included.
    fn is_above(&self, signer: &StoredCertificate, anchor: &StoredCertificate) -> bool {
        self.under_way.borrow().last().is_some_and(|under_way| {
            let above = under_way.index.saturating_add(1);
            under_way.path.last() == Some(anchor)
                && under_way
                    .path
                    .iter()
                    .skip(above)
                    .any(|certificate| certificate == signer)
        })
    }

    /// Whether `signer` is itself being checked: its revocation would rest on itself.
    fn is_in_circle(&self, signer: &StoredCertificate) -> bool {
        self.under_way
            .borrow()
            .iter()
            .any(|UnderWay { path, index }| {
                path.iter()
                    .take(index.saturating_add(1))
                    .any(|certificate| certificate == signer)
            })
    }

    /// Nobody is left to tell of the revocation of `signer`, seen from here.
    fn stop_at(&self, signer: &StoredCertificate) -> Box<Finding> {
        self.stops.set(self.stops.get().saturating_add(1));
        let issuer = signer.certificate().issuer().clone();
        let locations = Vec::new();
        let reason = Reason::NoApplicableCrl { issuer, locations };
        Box::new(Finding::at(reason, 0, signer))
    }

    fn search(
        &self,
        signer: &StoredCertificate,
        anchor: &StoredCertificate,
    ) -> Result<(), Box<Finding>> {
        let context = self.context;
        let of_target: Vec<Reason> = soundness::of_target(context, signer)
            .into_iter()
            .chain(judge::inherited(context, signer))
            .collect();
        if let Some(defect) = of_target.first() {
            return Err(Box::new(Finding::at(defect.clone(), 0, signer)));
        }
        let graph = Graph::build(context, signer);
        let search = Search::new(context, &graph, None).towards(anchor);
        let validation = Validation {
            context,
            question: None,
            of_target: &of_target,
        };
        let mut limit = graph.truncated().cloned();
        let mut found = Found::default();
        for sweep in [Sweep::Sound, Sweep::Any] {
            let run = search.run(sweep, &mut |path| {
                found.take(validation.of_path(path, self))
            });
            if let Err(reason) = run {
                limit = Some(reason);
                break;
            }
            // The first reason will do.
            if found.valid.is_some() || !found.invalid.is_empty() {
                break;
            }
        }
        let is_revoked = found.is_revoked;
        let Err(invalid) = found.into_valid(limit.as_ref()) else {
            return Ok(());
        };
        let against = |is_told: &dyn Fn(&Reason) -> bool| {
            let mut findings = invalid.iter().flat_map(|path| &path.findings);
            findings.find(|finding| is_told(&finding.reason)).cloned()
        };
        let is_limit = |reason: &Reason| matches!(reason, Reason::BudgetExhausted { .. });
        if is_revoked && let Some(revoked) = against(&|reason| !is_limit(reason)) {
            return Err(Box::new(revoked));
        }
        // Where a limit was met, a valid path may be left.
        let limit = limit.map(Finding::of_path).or_else(|| against(&is_limit));
        if let Some(limit) = limit.or_else(|| against(&|_| true)) {
            return Err(Box::new(limit));
        }
        let missing = MissingIssuer {
            name: signer.certificate().issuer().clone(),
            key_identifier: None,
            serial: None,
        };
        let no_path = Reason::NoPathToAnchor { missing };
        Err(Box::new(Finding::at(no_path, 0, signer)))
    }
}

impl SignerPaths for Signers<'_, '_> {
    fn validate_signer(
        &self,
        signer: &StoredCertificate,
        anchor: &StoredCertificate,
    ) -> Result<(), Box<Finding>> {
        if signer == anchor || self.is_above(signer, anchor) {
            return Ok(());
        }
        if self.is_in_circle(signer) {
            return Err(self.stop_at(signer));
        }
        let pair = (*signer.sha256(), *anchor.sha256());
        if let Some(known) = self.known.borrow().get(&pair) {
            return known.clone();
        }
        if self.under_way.borrow().len() > DEEPEST {
            return Err(self.stop_at(signer));
        }
        let stops = self.stops.get();
        let result = self.search(signer, anchor);
        // What failed there may hold when it is asked from elsewhere.
        if self.stops.get() == stops {
            self.known.borrow_mut().insert(pair, result.clone());
            return result;
        }
        match result {
            // Of two signers who accuse each other, nobody knows which one is right: both may revoke, neither may vouch.
            Err(finding) if matches!(finding.reason, Reason::Revoked { .. }) => {
                Err(self.stop_at(signer))
            }
            result => result,
        }
    }
}

/// How many paths may be under way: that of the certificate, that of who signed its CRL, that of who signed the CRL of
/// that one, and so on. No real hierarchy needs more than three.
const DEEPEST: usize = 8;
