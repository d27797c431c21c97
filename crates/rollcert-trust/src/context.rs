//! What all parts of one evaluation share.

use chrono::{DateTime, Utc};
use rollcert_crypto::{Error, Provider};

use crate::budget::Budget;
use crate::cache::Cache;
use crate::policy::Policy;
use crate::report::{Finding, Reason};
use crate::stored::StoredCertificate;
use crate::stores::{StoredCrl, Stores};

/// What all parts of one evaluation share.
pub(crate) struct Context<'a> {
    pub(crate) stores: Stores<'a>,
    pub(crate) policy: &'a Policy,
    pub(crate) provider: &'a Provider,
    pub(crate) cache: Option<&'a Cache>,
    pub(crate) budget: &'a Budget,
    pub(crate) now: DateTime<Utc>,
    /// What came along with the certificate, ready for use.
    pub(crate) presented: &'a [StoredCertificate],
}

impl Context<'_> {
    /// Verifies the signature of `certificate` under the key of `issuer`, through the cache and the budget.
    ///
    /// `Err(Reason::BudgetExhausted)` when that is spent.
    pub(crate) fn verify_certificate(
        &self,
        certificate: &StoredCertificate,
        issuer: &StoredCertificate,
    ) -> Result<Result<(), Error>, Reason> {
        let _ = (certificate, issuer);
        todo!()
    }

    /// Verifies the signature of `crl` under the key of `signer`, through the cache and the budget.
    pub(crate) fn verify_crl(
        &self,
        crl: &StoredCrl,
        signer: &StoredCertificate,
    ) -> Result<Result<(), Error>, Reason> {
        let _ = (crl, signer);
        todo!()
    }
}

/// How revocation asks for the certificates that sign CRLs and OCSP responses; path search answers.
pub(crate) trait SignerPaths {
    /// Whether `signer` has a valid path, at the same time and under the same policy, to `anchor` itself (RFC 5280
    /// §6.3.3 (f)); its own revocation is checked too, without going round in circles.
    ///
    /// The first finding says why not.
    fn validate_signer(
        &self,
        signer: &StoredCertificate,
        anchor: &StoredCertificate,
    ) -> Result<(), Box<Finding>>;
}
