use chrono::{DateTime, Utc};
use rollcert_crypto::Provider;
use rollcert_pki::{Certificate, Purpose};

use crate::cache::Cache;
use crate::evaluator::Evaluator;
use crate::policy::{Policy, RevocationPolicy};
use crate::question::Question;
use crate::report::{PathEnd, Report};
use crate::stored::StoredCertificate;
use crate::stores::{MemoryCertificates, MemoryCrls, MemoryRoots, RootStore, Stores};
use crate::trust_list::MemoryTrustList;

/// A certificate and what is sent along with it.
#[derive(Clone, Debug)]
pub struct Chain {
    leaf: StoredCertificate,
    above: Vec<Certificate>,
}

impl Chain {
    /// A certificate, and those above it in any order, with or without the root.
    #[must_use]
    pub fn new(leaf: Certificate, above: Vec<Certificate>, provider: &Provider) -> Self {
        Self {
            leaf: StoredCertificate::new(leaf, provider),
            above,
        }
    }

    /// The certificate itself.
    #[must_use]
    pub fn leaf(&self) -> &Certificate {
        self.leaf.certificate()
    }

    /// What is sent along.
    #[must_use]
    pub fn above(&self) -> &[Certificate] {
        &self.above
    }

    /// The root among `roots` that it leads to at `now`, by a path that is valid under `policy`; revocation is left
    /// aside. This is what a system that trusts these roots would find.
    #[must_use]
    pub fn find_root(
        &self,
        roots: &MemoryRoots,
        now: DateTime<Utc>,
        policy: &Policy,
        provider: &Provider,
    ) -> Option<StoredCertificate> {
        let judge = RootJudge::new(policy, provider);
        let report = judge.evaluate(self, roots, now, None);
        report.trusted()?.path().last().cloned()
    }

    pub(super) const fn stored_leaf(&self) -> &StoredCertificate {
        &self.leaf
    }

    /// The certificates, of what is sent along and of `roots`, whose name is that of the leaf's issuer and whose key
    /// made its signature.
    pub(super) fn issuers(&self, roots: &MemoryRoots, provider: &Provider) -> Vec<Certificate> {
        issuers_of(self.leaf(), &self.above, roots, provider)
    }

    /// The last certificate that can be reached from the leaf by what is sent along; the leaf itself if nothing above
    /// fits.
    pub(super) fn top(&self, provider: &Provider) -> &Certificate {
        let mut top = self.leaf();
        // A certificate is gone through once, so that circles end.
        let mut left: Vec<&Certificate> = self.above.iter().collect();
        while !top.is_self_issued() {
            let issuer = left
                .iter()
                .position(|candidate| issued(candidate, top, provider));
            match issuer {
                Some(place) => top = left.swap_remove(place),
                None => break,
            }
        }
        top
    }
}

/// Evaluates chains as a system would that has certain roots, and nothing else.
pub(super) struct RootJudge<'a> {
    policy: Policy,
    provider: &'a Provider,
    certificates: MemoryCertificates,
    crls: MemoryCrls,
    trust_list: MemoryTrustList,
    /// Many partners verify the same few signatures.
    cache: Cache,
}

impl<'a> RootJudge<'a> {
    /// By this policy, but for revocation, of which nobody can say what another system will know.
    pub(super) fn new(policy: &Policy, provider: &'a Provider) -> Self {
        let mut policy = policy.clone();
        policy.revocation = RevocationPolicy::Off;
        Self {
            policy,
            provider,
            certificates: MemoryCertificates::new(),
            crls: MemoryCrls::new(),
            trust_list: MemoryTrustList::new(),
            cache: Cache::new(SIGNATURES_REMEMBERED),
        }
    }

    pub(super) const fn policy(&self) -> &Policy {
        &self.policy
    }

    pub(super) const fn provider(&self) -> &'a Provider {
        self.provider
    }

    pub(super) fn evaluate(
        &self,
        chain: &Chain,
        roots: &MemoryRoots,
        now: DateTime<Utc>,
        purpose: Option<Purpose>,
    ) -> Report {
        let stores = Stores::new(roots, &self.certificates, &self.crls, &self.trust_list);
        let mut question = Question::new(chain.leaf(), now).with_presented(&chain.above);
        if let Some(purpose) = purpose {
            question = question.with_purpose(purpose);
        }
        Evaluator::new(stores, &self.policy, self.provider)
            .with_cache(&self.cache)
            .evaluate(&question)
    }

    /// A root among `roots` to which the chain leads, whether by a valid path or not.
    pub(super) fn nearest_root(
        &self,
        chain: &Chain,
        roots: &MemoryRoots,
        now: DateTime<Utc>,
    ) -> Option<StoredCertificate> {
        let report = self.evaluate(chain, roots, now, None);
        let mut paths = report.paths().iter();
        let path = paths.find(|path| path.end == PathEnd::Anchor)?;
        path.certificates.last().cloned()
    }
}

fn issuers_of(
    certificate: &Certificate,
    above: &[Certificate],
    roots: &MemoryRoots,
    provider: &Provider,
) -> Vec<Certificate> {
    let named = roots.roots_named(certificate.issuer());
    let named = named.iter().map(StoredCertificate::certificate);
    above
        .iter()
        .chain(named)
        .filter(|candidate| issued(candidate, certificate, provider))
        .cloned()
        .collect()
}

fn issued(candidate: &Certificate, certificate: &Certificate, provider: &Provider) -> bool {
    candidate.subject().matches(certificate.issuer())
        && certificate.verify_signature_by(candidate, provider).is_ok()
}

/// Two chains, and what else roots of the same names bring along.
const SIGNATURES_REMEMBERED: usize = 256;
