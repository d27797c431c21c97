//! What all parts of one evaluation share.

use core::cell::RefCell;
use core::hash::{Hash, Hasher};

use chrono::{DateTime, Utc};
use rollcert_crypto::{Error, Provider};
use rollcert_pki::Thumbprint;

use crate::budget::Budget;
use crate::cache::{Cache, SignedBy};
use crate::few::Few;
use crate::limits::Step;
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
    /// What was verified in this evaluation.
    pub(crate) verified: Verified,
}

/// The signatures that one evaluation has verified: each counts and costs once.
#[derive(Debug, Default)]
pub(crate) struct Verified(RefCell<Few<Signature, Result<(), Error>>>);

/// Something signed, and the certificate of the key that is to have signed it.
#[derive(Clone, Debug)]
struct Signature {
    signed: Signed,
    signer: StoredCertificate,
}

/// What may be signed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Signed {
    Certificate(StoredCertificate),
    Crl(StoredCrl),
    /// By the SHA-256 over all that verification looks at: what is signed, the algorithm and the signature.
    Other(Thumbprint),
}

impl Signed {
    fn sha256(&self) -> &Thumbprint {
        match self {
            Self::Certificate(certificate) => certificate.sha256(),
            Self::Crl(crl) => crl.sha256(),
            Self::Other(sha256) => sha256,
        }
    }
}

/// By the key alone: many certificates may be of one.
impl PartialEq for Signature {
    fn eq(&self, other: &Self) -> bool {
        let (one, another) = (self.signer.certificate(), other.signer.certificate());
        self.signed == other.signed && one.public_key_info() == another.public_key_info()
    }
}

impl Eq for Signature {}

impl Hash for Signature {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.signed.hash(state);
        self.signer.certificate().public_key_info().hash(state);
    }
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
        self.verify_signed(Signed::Certificate(certificate.clone()), issuer, || {
            issuer.verify_under_key(self.provider, |key| {
                certificate.certificate().verify_signature_under(key)
            })
        })
    }

    /// Verifies the signature of `crl` under the key of `signer`, through the cache and the budget.
    pub(crate) fn verify_crl(
        &self,
        crl: &StoredCrl,
        signer: &StoredCertificate,
    ) -> Result<Result<(), Error>, Reason> {
        self.verify_signed(Signed::Crl(crl.clone()), signer, || {
            signer.verify_under_key(self.provider, |key| crl.crl().verify_signature_under(key))
        })
    }

    /// Verifies anything that is signed under the key of `signer`, through the cache and the budget.
    pub(crate) fn verify_signed(
        &self,
        signed: Signed,
        signer: &StoredCertificate,
        verify: impl FnOnce() -> Result<(), Error>,
    ) -> Result<Result<(), Error>, Reason> {
        let signer = signer.clone();
        let signature = Signature { signed, signer };
        if let Some(found) = self.verified.0.borrow().get(&signature) {
            return Ok(found.clone());
        }
        self.budget.spend(Step::Signatures, 1)?;
        let found = match self.cache {
            Some(cache) => {
                let key = signature.signer.key_sha256(self.provider);
                let what = SignedBy::new(signature.signed.sha256(), key, self.provider);
                cache.verified(&what, verify)
            }
            None => verify(),
        };
        let mut verified = self.verified.0.borrow_mut();
        Ok(verified.insert_new(signature, found).clone())
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
