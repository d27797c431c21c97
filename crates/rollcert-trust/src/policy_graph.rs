use rollcert_pki::Oid;

use crate::budget::Budget;
use crate::policy::InitialPolicies;
use crate::report::Reason;
use crate::stored::StoredCertificate;

/// The certificate policies of a path, as the graph of RFC 9618, whose size grows with that of its certificates and
/// not with the product of their mappings.
#[derive(Debug)]
pub(crate) struct PolicyGraph {}

impl PolicyGraph {
    /// For a path of this many certificates below the anchor (RFC 5280 §6.1.2 (a), (d), (e), (f)).
    pub(crate) fn new(inputs: &InitialPolicies, certificates: usize) -> Self {
        let _ = (inputs, certificates);
        Self {}
    }

    /// Takes the next certificate below (§6.1.3 (d), (e), (f); §6.1.4 (a), (b), (h), (i), (j); §6.1.5 (a), (b) for the last).
    ///
    /// `Err` when the budget is spent.
    pub(crate) fn take(
        &mut self,
        certificate: &StoredCertificate,
        place: PolicyPlace,
        budget: &Budget,
    ) -> Result<Vec<Reason>, Reason> {
        let _ = (certificate, place, budget);
        Ok(Vec::new())
    }

    /// The policies under which the path is valid (§6.1.5 (g), §6.1.6), or [`Reason::PolicyRequired`].
    pub(crate) fn finish(self, budget: &Budget) -> Result<Result<Vec<Oid>, Reason>, Reason> {
        let _ = budget;
        Ok(Ok(Vec::new()))
    }
}

/// Where a certificate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PolicyPlace {
    /// A CA below the anchor.
    Authority,
    /// The certificate that is evaluated.
    Target,
}
