use chrono::{DateTime, Utc};
use rollcert_crypto::{Error, Provider};

use super::answer::{CrlAnswer, CrlOutcome, CrlWarning};
use super::judgement::{CrlJudgement, is_doubtful, is_future};
use super::plan::FetchPolicy;
use super::replace::{Contradiction, Succession, succession};
use super::scan::ScanScope;
use crate::cache::{Cache, SignedBy};
use crate::evaluator::Evaluator;
use crate::policy::{InitialPolicies, OnUnknown, Policy, RevocationPolicy, Strictness};
use crate::report::Reason;
use crate::stored::StoredCertificate;
use crate::stores::{CrlStore, Snapshot, StoredCrl, Stores};

/// Keeps a CRL store up to date: says which CRLs to ask for, takes in what came, and says of each that is there why it
/// serves for nothing, if so.
///
/// The host fetches. Everything else is here:
///
/// ```
/// # use chrono::{DateTime, Utc};
/// # use rollcert_crypto::Provider;
/// # use rollcert_trust::{CrlUpdater, FetchLimits, FetchUri, Fetched, Policy, SharedSnapshot};
/// # fn fetch(_: &FetchUri, _: &FetchLimits) -> Fetched { Fetched::Failed("no network".into()) }
/// # fn example(shared: &SharedSnapshot, policy: &Policy, provider: &Provider, now: DateTime<Utc>) {
/// let updater = CrlUpdater::new(policy, provider);
/// let plan = updater.plan(&shared.load(), now);
/// for request in &plan.requests {
///     let fetched = fetch(&request.uri, &plan.limits);
///     let record = shared.update(|snapshot| updater.take(snapshot, request, fetched, now));
///     println!("{record}");
/// }
/// # }
/// ```
///
/// # Which CRL takes the place of which
///
/// Compared are CRLs that the same key signed, with the same issuer, the same distribution point, and both complete or both
/// changes since the same CRL (RFC 5280 §5.2.3); all others are stored side by side. Where both have a number, the higher
/// one is newer, and of the same number the later date; where one has none, the later date. Where number and date
/// contradict each other, there is a warning, and the number decides only against a CRL that lists nobody; else both stay.
/// So do two that differ and are of the same number and date.
///
/// A CRL that serves for nothing replaces none that serves, nor does it keep one out, and nobody's word is taken for what is
/// in it: whoever it comes from, it is the signature that counts. One that may revoke and nothing else, as it cannot be
/// understood, its algorithm is refused or it is dated in the future, neither replaces any nor keeps one out; one of the
/// future that lists nobody is taken for untrusted.
///
/// So evaluations hear of the same revocations as if nothing had been replaced. Of one line, at most 16 stand side by side
/// because they contradict each other, and 16 because they may revoke and nothing else; the oldest gives way, with a warning.
///
/// # Which CRL is not let in
///
/// Evaluations look at every CRL with the name of an issuer, and give up beyond a limit: CRLs that nobody vouches for, in
/// sufficient number, would shut an authority out. Whatever the origin, one is refused that none of the certificates known
/// under its issuer's name has signed; and of those which are stored [untrusted](UntrustedCrls::Store), their signer unknown
/// or not trusted, there are at most 16 of one name. After a change of keys, import the new certificate before its CRLs.
#[derive(Clone, Debug)]
pub struct CrlUpdater<'a> {
    policy: &'a Policy,
    /// By which signers of CRLs are judged.
    signer_policy: Policy,
    /// By which it is found out whose CRLs are wanted.
    scan_policy: Policy,
    provider: &'a Provider,
    cache: Option<&'a Cache>,
    pub(super) scope: ScanScope,
    pub(super) fetching: FetchPolicy,
    downloaded: UntrustedCrls,
    imported: UntrustedCrls,
}

/// What is done with a CRL that no trusted certificate is known to have signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "it is stored or not")]
pub enum UntrustedCrls {
    /// It is refused.
    Refuse,
    /// It is stored, within the bounds that [`CrlUpdater`] describes, replaces nothing and serves for nothing; it will serve
    /// if its signer comes to be trusted.
    Store,
}

/// Where a CRL comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a machine brings it or a person")]
pub enum CrlOrigin {
    /// From a distribution point.
    Downloaded,
    /// From the administrator.
    Imported,
}

/// What becomes of the CRLs that a new one could take the place of.
#[derive(Clone, Copy)]
enum Older {
    Replaced,
    Kept,
}

impl<'a> CrlUpdater<'a> {
    /// Judges CRLs by this policy. By default it scans for the CRLs of trusted certificates, asks hosts of the Internet
    /// alone, refuses what is downloaded and not trusted, and stores what is imported and not trusted.
    #[must_use]
    pub fn new(policy: &'a Policy, provider: &'a Provider) -> Self {
        // Who signs CRLs must not be revoked; that nobody says so yet is what CRLs are fetched for.
        let mut signer_policy = for_any_certificate(policy);
        if let RevocationPolicy::Check {
            unknown,
            expired,
            unusable,
            ..
        } = &mut signer_policy.revocation
        {
            (*unknown, *expired, *unusable) =
                (OnUnknown::Accept, OnUnknown::Accept, OnUnknown::Accept);
        }
        // CRLs are wanted for a certificate that is revoked, too, for it may be on hold, and for one whose CRL is missing.
        let mut scan_policy = for_any_certificate(policy);
        scan_policy.revocation = RevocationPolicy::Off;
        Self {
            policy,
            signer_policy,
            scan_policy,
            provider,
            cache: None,
            scope: ScanScope::default(),
            fetching: FetchPolicy::default(),
            downloaded: UntrustedCrls::Refuse,
            imported: UntrustedCrls::Store,
        }
    }

    /// With a memory for signatures.
    #[must_use]
    pub const fn with_cache(mut self, cache: &'a Cache) -> Self {
        self.cache = Some(cache);
        self
    }

    /// Scans for the CRLs of these certificates.
    #[must_use]
    pub const fn with_scope(mut self, scope: ScanScope) -> Self {
        self.scope = scope;
        self
    }

    /// Plans requests by this policy.
    #[must_use]
    pub fn with_fetch_policy(mut self, fetching: FetchPolicy) -> Self {
        self.fetching = fetching;
        self
    }

    /// Does this with CRLs of that origin that are not trusted.
    #[must_use]
    pub const fn with_untrusted(mut self, origin: CrlOrigin, untrusted: UntrustedCrls) -> Self {
        match origin {
            CrlOrigin::Downloaded => self.downloaded = untrusted,
            CrlOrigin::Imported => self.imported = untrusted,
        }
        self
    }

    /// Says of a CRL, stored or not, whether it serves, and if not, why.
    #[must_use]
    pub fn judge(&self, stores: Stores<'_>, crl: &StoredCrl, now: DateTime<Utc>) -> CrlJudgement {
        CrlJudgement::of(crl, self, stores, now)
    }

    /// Takes a CRL into the store, or not, by the rules that the type describes.
    pub fn offer(
        &self,
        snapshot: &mut Snapshot,
        crl: StoredCrl,
        origin: CrlOrigin,
        now: DateTime<Utc>,
    ) -> CrlAnswer {
        self.admit(snapshot, crl, origin, Older::Replaced, now)
    }

    /// Takes a CRL into the store beside those that are there, or not.
    pub(crate) fn offer_beside(
        &self,
        snapshot: &mut Snapshot,
        crl: StoredCrl,
        origin: CrlOrigin,
        now: DateTime<Utc>,
    ) -> CrlAnswer {
        self.admit(snapshot, crl, origin, Older::Kept, now)
    }

    fn admit(
        &self,
        snapshot: &mut Snapshot,
        crl: StoredCrl,
        origin: CrlOrigin,
        older: Older,
        now: DateTime<Utc>,
    ) -> CrlAnswer {
        if snapshot.crls.by_thumbprint(crl.sha256()).is_some() {
            return CrlAnswer {
                crl,
                outcome: CrlOutcome::Known,
                judgement: None,
                warnings: Vec::new(),
            };
        }
        let judgement = self.judge(snapshot.stores(), &crl, now);
        let mut warnings = Vec::new();
        let outcome = match (judgement.signer(), older) {
            (Some(signer), Older::Replaced) if self.is_heard(&crl, &judgement, now) => {
                self.succeed(snapshot, &crl, signer, &judgement, now, &mut warnings)
            }
            (Some(_), Older::Kept) if self.is_vouched_for(&crl, &judgement, now) => {
                snapshot.crls.insert(crl.clone());
                CrlOutcome::Stored
            }
            _ => self.take_untrusted(snapshot, &crl, &judgement, origin, now, &mut warnings),
        };
        CrlAnswer {
            crl,
            outcome,
            judgement: Some(judgement),
            warnings,
        }
    }

    /// One that is dated in the future would be the newest for as long as it likes.
    fn is_vouched_for(
        &self,
        crl: &StoredCrl,
        judgement: &CrlJudgement,
        now: DateTime<Utc>,
    ) -> bool {
        judgement.is_trusted() && !is_future(crl, self, now)
    }

    /// One that is dated in the future is heard of whom it lists.
    fn is_heard(&self, crl: &StoredCrl, judgement: &CrlJudgement, now: DateTime<Utc>) -> bool {
        let says_something = !crl.index().is_empty() || !is_future(crl, self, now);
        judgement.is_trusted() && says_something
    }

    fn take_untrusted(
        &self,
        snapshot: &mut Snapshot,
        crl: &StoredCrl,
        judgement: &CrlJudgement,
        origin: CrlOrigin,
        now: DateTime<Utc>,
        warnings: &mut Vec<CrlWarning>,
    ) -> CrlOutcome {
        let refused = || CrlOutcome::Refused {
            reasons: judgement.reasons().to_vec(),
        };
        let untrusted = match origin {
            CrlOrigin::Downloaded => self.downloaded,
            CrlOrigin::Imported => self.imported,
        };
        let is_forged = judgement
            .reasons()
            .iter()
            .any(|reason| matches!(reason, Reason::CrlSignatureInvalid { .. }));
        if untrusted == UntrustedCrls::Refuse || is_forged {
            return refused();
        }
        let namesakes = snapshot.crls.crls_of(crl.crl().issuer());
        let others = namesakes.iter().filter(|stored| {
            let judgement = self.judge(snapshot.stores(), stored, now);
            !self.is_vouched_for(stored, &judgement, now)
        });
        if others.take(MOST_UNTRUSTED).count() == MOST_UNTRUSTED {
            let limit = MOST_UNTRUSTED;
            warnings.push(CrlWarning::TooManyUntrusted { limit });
            return refused();
        }
        snapshot.crls.insert(crl.clone());
        CrlOutcome::StoredUntrusted
    }

    /// Holds a CRL that is trusted against those that are stored.
    fn succeed(
        &self,
        snapshot: &mut Snapshot,
        crl: &StoredCrl,
        signer: &StoredCertificate,
        judgement: &CrlJudgement,
        now: DateTime<Utc>,
        warnings: &mut Vec<CrlWarning>,
    ) -> CrlOutcome {
        let mut old = Vec::new();
        let mut rivals = Vec::new();
        let is_grey = judgement.is_grey();
        let doubtful = is_doubtful(crl, self, now);
        for stored in snapshot.crls.crls_of(crl.crl().issuer()) {
            let succession = succession(&stored, crl);
            // Of another key it is another line, as when a CA has two keys at a time.
            if succession == Succession::Beside || self.verify(&stored, signer).is_err() {
                continue;
            }
            let other = *stored.sha256();
            if let Succession::Supersedes(Contradiction::Yes)
            | Succession::IsSuperseded(Contradiction::Yes)
            | Succession::Rivals(Contradiction::Yes) = succession
            {
                warnings.push(CrlWarning::NumberAgainstDate { other });
            }
            let stored_is_grey = || self.judge(snapshot.stores(), &stored, now).is_grey();
            let stored_is_doubtful = is_doubtful(&stored, self, now);
            match succession {
                Succession::Supersedes(_) if !doubtful && (!is_grey || stored_is_grey()) => {
                    old.push(other);
                }
                Succession::IsSuperseded(_)
                    if !stored_is_doubtful && (is_grey || !stored_is_grey()) =>
                {
                    return CrlOutcome::Kept { newer: other };
                }
                _ if doubtful && stored_is_doubtful => rivals.push(stored),
                Succession::Rivals(_) if !doubtful && !stored_is_doubtful => rivals.push(stored),
                // One that serves and one that does not: both stay.
                _ => {}
            }
        }
        let oldest = rivals.iter().min_by_key(|rival| rival.crl().this_update());
        if let Some(oldest) = oldest.filter(|_| rivals.len() >= MOST_RIVALS) {
            let limit = MOST_RIVALS;
            warnings.push(CrlWarning::TooManyRivals { limit });
            let sha256 = *oldest.sha256();
            if oldest.crl().this_update() >= crl.crl().this_update() {
                return CrlOutcome::Kept { newer: sha256 };
            }
            old.push(sha256);
        }
        for sha256 in &old {
            snapshot.crls.remove(sha256);
        }
        snapshot.crls.insert(crl.clone());
        if old.is_empty() {
            CrlOutcome::Stored
        } else {
            CrlOutcome::Replaced { old }
        }
    }

    pub(super) const fn policy(&self) -> &Policy {
        self.policy
    }

    pub(super) const fn provider(&self) -> &'a Provider {
        self.provider
    }

    pub(super) fn signer_evaluator<'b>(&'b self, stores: Stores<'b>) -> Evaluator<'b> {
        self.evaluator(stores, &self.signer_policy)
    }

    pub(super) fn scan_evaluator<'b>(&'b self, stores: Stores<'b>) -> Evaluator<'b> {
        self.evaluator(stores, &self.scan_policy)
    }

    /// Whether the key of `signer` signed the CRL.
    pub(super) fn verify(&self, crl: &StoredCrl, signer: &StoredCertificate) -> Result<(), Error> {
        let verify = || {
            let signer = signer.certificate();
            crl.crl().verify_signature_by(signer, self.provider)
        };
        let Some(cache) = self.cache else {
            return verify();
        };
        let key = signer.key_sha256(self.provider);
        cache.verified(&SignedBy::new(crl.sha256(), key, self.provider), verify)
    }

    fn evaluator<'b>(&'b self, stores: Stores<'b>, policy: &'b Policy) -> Evaluator<'b> {
        let evaluator = Evaluator::new(stores, policy, self.provider);
        match self.cache {
            Some(cache) => evaluator.with_cache(cache),
            None => evaluator,
        }
    }
}

/// The policy without what it wants of the certificates that are asked about: certificate policies and rules of issuance,
/// by which no authority is found wanting. An authority with a path to a root signs the CRLs for what is below it.
fn for_any_certificate(policy: &Policy) -> Policy {
    Policy {
        initial_policies: InitialPolicies::default(),
        strictness: Strictness::lenient(),
        ..policy.clone()
    }
}

/// The most CRLs of one issuer's name that are stored and nobody vouches for.
const MOST_UNTRUSTED: usize = 16;

/// The most CRLs of one line that are stored because none may take the place of another.
const MOST_RIVALS: usize = 16;
