use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rollcert_pki::extension::ReasonCode;
use rollcert_pki::{Certificate, MatchingName};

use crate::budget::Budget;
use crate::context::Context;
use crate::few::Few;
use crate::limits::Step;
use crate::report::Reason;
use crate::revocation::points::Points;
use crate::stored::StoredCertificate;
use crate::stores::StoredCrl;

/// What a CRL says of a certificate that it lists.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listed {
    /// Since when it is revoked.
    pub(super) date: DateTime<Utc>,
    /// Why, if that is said and can be read.
    pub(super) reason: Option<ReasonCode>,
}

impl Listed {
    /// What the CRL says of the certificate; `None` if it does not list it. `Err` when the budget is spent.
    pub(super) fn find(
        crl: &StoredCrl,
        certificate: &Certificate,
        budget: &Budget,
    ) -> Result<Option<Self>, Reason> {
        let (index, serial) = (crl.index(), certificate.serial());
        // One number may be listed for any number of issuers, each of them to be read and compared.
        let issuers = u64::try_from(index.count_for(serial)).unwrap_or(u64::MAX);
        budget.spend(
            Step::NameComparisons,
            issuers.saturating_mul(COMPARISONS_OF_ISSUER),
        )?;
        let entry = index.find_for(certificate.issuer(), serial);
        Ok(entry.map(|entry| Self {
            date: entry.revocation_date(),
            reason: entry.reason().ok().flatten(),
        }))
    }

    /// Whether it says that the certificate is listed no longer.
    pub(super) fn is_removal(&self) -> bool {
        self.reason == Some(ReasonCode::RemoveFromCrl)
    }
}

/// Whether a known CRL lists the certificate, whoever has signed that and whatever it covers.
///
/// `Err` when the budget is spent.
pub(super) fn is_listed(
    context: &Context<'_>,
    certificate: &StoredCertificate,
) -> Result<bool, Reason> {
    for crl in known_crls(context, &Points::of(certificate))? {
        if Listed::find(&crl, certificate.certificate(), context.budget)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The CRLs of those who may issue one for the certificate, each once. `Err` when the budget is spent.
pub(super) fn known_crls(
    context: &Context<'_>,
    points: &Points<'_>,
) -> Result<Vec<StoredCrl>, Reason> {
    let mut known = Vec::new();
    let mut seen = BTreeSet::new();
    let mut asked: Few<MatchingName, ()> = Few::default();
    for issuer in points.crl_issuers() {
        if !asked.add(issuer.into()) {
            continue;
        }
        context.budget.spend(Step::Crls, 1)?;
        for crl in context.stores.crls.crls_of(issuer) {
            // What a store makes of names decides nothing: a CRL of any other name may not even revoke.
            if crl.crl().issuer().matches(issuer) && seen.insert(*crl.sha256()) {
                context.budget.spend(Step::Crls, 1)?;
                known.push(crl);
            }
        }
    }
    Ok(known)
}

/// How many comparisons of names take about as long as to read the issuer of an entry and compare it.
const COMPARISONS_OF_ISSUER: u64 = 8;
