use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rollcert_pki::extension::{
    CrlDistributionPoints, DistributionPoint, ExtensionValue, Extensions, FreshestCrl,
};
use rollcert_pki::{Certificate, Thumbprint};

use super::plan::{FetchPlan, Planner, PointKind};
use super::updater::CrlUpdater;
use crate::evaluator::Evaluator;
use crate::question::Question;
use crate::report::Verdict;
use crate::stored::StoredCertificate;
use crate::stores::Snapshot;

/// For which certificates CRLs are fetched, of those in the certificate store and among the roots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ScanScope {
    /// Those of authorities, trusted or not. A certificate that anybody can have imported then decides whom the host asks.
    CaOnly,
    /// Those that are trusted, revocation left aside: nobody is asked before the signatures of a path have been verified.
    /// The default.
    #[default]
    Trusted,
    /// All of them.
    All,
}

impl CrlUpdater<'_> {
    /// Which CRLs to ask for: those at the distribution points of the certificates in scope, and at those which CRLs that
    /// serve name for what changed since (RFC 5280 §5.2.6).
    ///
    /// Distribution points of leaves lead to the CRLs of their issuer, and those of a CA to that of the CA above it, so that
    /// a scope of authorities alone leaves the last CRL out. Under [`ScanScope::Trusted`] each certificate costs one
    /// evaluation.
    #[must_use]
    pub fn plan(&self, snapshot: &Snapshot, now: DateTime<Utc>) -> FetchPlan {
        let mut planner = Planner::new(&self.fetching);
        let evaluator = self.scan_evaluator(snapshot.stores());
        let mut seen = BTreeSet::new();
        for stored in snapshot.certificates.iter().chain(snapshot.roots.iter()) {
            let is_new = seen.insert(stored.sha256());
            // Asking what it says is cheap, evaluating is not.
            let extensions = stored.certificate().extensions();
            if is_new && has_points(extensions) && self.is_in_scope(stored, &evaluator, now) {
                take(&mut planner, stored.sha256(), extensions);
            }
        }
        for crl in snapshot.crls.iter() {
            let extensions = crl.crl().extensions();
            if has_points(extensions) && !self.judge(snapshot.stores(), crl, now).is_grey() {
                take(&mut planner, crl.sha256(), extensions);
            }
        }
        planner.finish()
    }

    fn is_in_scope(
        &self,
        stored: &StoredCertificate,
        evaluator: &Evaluator<'_>,
        now: DateTime<Utc>,
    ) -> bool {
        let certificate: &Certificate = stored.certificate();
        match self.scope {
            ScanScope::All => true,
            ScanScope::CaOnly => {
                certificate.is_ca() || (certificate.version() == 1 && certificate.is_self_issued())
            }
            ScanScope::Trusted => {
                let report = evaluator.evaluate(&Question::of_stored(stored, now));
                matches!(report.verdict(), Verdict::Trusted(_))
            }
        }
    }
}

fn has_points(extensions: Extensions<'_>) -> bool {
    [CrlDistributionPoints::OID, FreshestCrl::OID]
        .iter()
        .any(|oid| extensions.get(oid).is_some())
}

fn take(planner: &mut Planner<'_>, of: &Thumbprint, extensions: Extensions<'_>) {
    let complete = extensions
        .find::<CrlDistributionPoints>()
        .map(|points| points.map(|points| points.0));
    let freshest = extensions
        .find::<FreshestCrl>()
        .map(|points| points.map(|points| points.0));
    let mut all: Vec<(PointKind, DistributionPoint)> = Vec::new();
    let mut is_unreadable = false;
    for (kind, points) in [
        (PointKind::Complete, complete),
        (PointKind::Freshest, freshest),
    ] {
        match points {
            Ok(points) => all.extend(points.into_iter().flatten().map(|point| (kind, point))),
            Err(_) => is_unreadable = true,
        }
    }
    if is_unreadable {
        planner.take_unreadable(of);
    }
    planner.take(of, &all);
}
