//! A host's stores, with what trust lists and the CRL store are tested on.

use rollcert_pki::Thumbprint;
use rollcert_trust::{
    Basis, CrlUpdater, Evaluator, FetchPlan, Policy, Question, Reason, Report, ScanScope, Snapshot,
    TrustListEntry, TrustListStatus,
};

use super::{Authority, PROVIDER, Template, now, policy};

/// A root, an issuing authority below it, and a leaf below that; the root trusted, the issuing authority known.
pub struct World {
    pub root: Authority,
    pub issuing: Authority,
    pub leaf: Authority,
    pub snapshot: Snapshot,
    pub policy: Policy,
}

impl World {
    pub fn new() -> Self {
        Self::with_leaf(Template::leaf("acme as2"))
    }

    pub fn with_leaf(leaf: Template) -> Self {
        let root = Authority::root("Acme Root");
        let issuing = root.authority("Acme Issuing");
        let mut snapshot = Snapshot::default();
        snapshot.roots.trust(root.stored());
        snapshot.certificates.insert(issuing.stored());
        Self {
            leaf: issuing.issue(leaf),
            root,
            issuing,
            snapshot,
            policy: policy(),
        }
    }

    pub fn set(&mut self, of: &Authority, status: TrustListStatus) {
        self.set_entry(TrustListEntry::new(sha512(of), status).unwrap());
    }

    pub fn set_entry(&mut self, entry: TrustListEntry) {
        self.snapshot.trust_lists.global_mut().set(entry).unwrap();
    }

    pub fn report(&self) -> Report {
        let evaluator = Evaluator::new(self.snapshot.stores(), &self.policy, PROVIDER);
        evaluator.evaluate(&Question::new(&self.leaf.certificate, now()))
    }

    /// Which CRLs are to be fetched.
    pub fn plan(&self, scope: ScanScope) -> FetchPlan {
        let updater = CrlUpdater::new(&self.policy, PROVIDER).with_scope(scope);
        updater.plan(&self.snapshot, now())
    }
}

pub fn sha512(of: &Authority) -> Thumbprint {
    *of.stored().sha512(PROVIDER)
}

/// What decided, if it is trusted; else the reasons.
pub fn verdict(report: &Report) -> Result<Basis, Vec<Reason>> {
    match report.trusted() {
        Some(trusted) => Ok(trusted.basis()),
        None => Err(report
            .reasons()
            .map(|finding| finding.reason.clone())
            .collect()),
    }
}

pub fn codes(verdict: Result<Basis, Vec<Reason>>) -> Result<Basis, Vec<&'static str>> {
    verdict.map_err(|reasons| reasons.iter().map(Reason::code).collect())
}

pub fn warnings(report: &Report) -> Vec<&'static str> {
    let warnings = report.warnings().iter();
    warnings.map(|finding| finding.reason.code()).collect()
}
