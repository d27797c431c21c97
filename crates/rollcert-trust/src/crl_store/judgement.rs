use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use rollcert_crypto::Error;
use rollcert_pki::extension::CrlScope;
use rollcert_pki::{Certificate, KeyUsage};

use super::updater::CrlUpdater;
use crate::limits::Step;
use crate::policy::{RevocationPolicy, algorithms, strictness};
use crate::question::Question;
use crate::report::{Basis, Reason, Verdict};
use crate::revocation::{CrlFault, crl_source};
use crate::stored::StoredCertificate;
use crate::stores::{StoredCrl, Stores};
use crate::trust_list::BlackEntries;

/// What is to be said of a CRL by itself, before any certificate is looked up in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlJudgement {
    signer: Option<StoredCertificate>,
    is_trusted: bool,
    reasons: Vec<Reason>,
}

impl CrlJudgement {
    /// Whether it serves for nothing at present; products show it in grey.
    #[must_use]
    pub const fn is_grey(&self) -> bool {
        !self.reasons.is_empty()
    }

    /// Why it serves for nothing, the most telling first.
    #[must_use]
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }

    /// Whether a known certificate signed it that may sign CRLs and has a path to a trusted root. A CRL may be so and be
    /// grey all the same, as when its time is over.
    #[must_use]
    pub const fn is_trusted(&self) -> bool {
        self.is_trusted
    }

    /// The certificate whose key signed it, if one is known.
    #[must_use]
    pub const fn signer(&self) -> Option<&StoredCertificate> {
        self.signer.as_ref()
    }

    /// Judges a CRL over these stores: its signature and signer (RFC 5280 §6.3.3 (f), (g)), then what it says of itself.
    pub(super) fn of(
        crl: &StoredCrl,
        updater: &CrlUpdater<'_>,
        stores: Stores<'_>,
        now: DateTime<Utc>,
    ) -> Self {
        let (signer, signing) = signer_of(crl, updater, stores, now);
        let is_trusted = signing.is_none();
        let own = own_reasons(crl, updater, now);
        Self {
            signer,
            is_trusted,
            reasons: signing.into_iter().chain(own).collect(),
        }
    }
}

/// How close the search for a signer came: the further down, the closer.
enum Found {
    Nobody,
    Unsupported,
    WrongSignature,
    MayNotSign(StoredCertificate),
    Untrusted(StoredCertificate, &'static str),
}

impl Found {
    const fn rank(&self) -> u8 {
        match self {
            Self::Nobody => 0,
            Self::Unsupported => 1,
            Self::WrongSignature => 2,
            Self::MayNotSign(_) => 3,
            Self::Untrusted(..) => 4,
        }
    }

    fn into_reason(self, crl: &StoredCrl) -> (Option<StoredCertificate>, Reason) {
        let source = crl_source(crl);
        match self {
            Self::Nobody => {
                let cause = "issuer-unknown";
                (None, Reason::CrlIssuerPathInvalid { source, cause })
            }
            Self::Unsupported => {
                let algorithm = crl.crl().signature_algorithm().to_string();
                (None, Reason::SignatureAlgorithmUnsupported { algorithm })
            }
            Self::WrongSignature => (None, Reason::CrlSignatureInvalid { source }),
            Self::MayNotSign(signer) => (Some(signer), Reason::CrlIssuerLacksCrlSign { source }),
            Self::Untrusted(signer, cause) => {
                (Some(signer), Reason::CrlIssuerPathInvalid { source, cause })
            }
        }
    }
}

/// Who signed the CRL, and why that is not enough.
fn signer_of(
    crl: &StoredCrl,
    updater: &CrlUpdater<'_>,
    stores: Stores<'_>,
    now: DateTime<Utc>,
) -> (Option<StoredCertificate>, Option<Reason>) {
    // A white entry for a CA makes no anchor of it: the signer's trust must come from a path.
    let trust_list = BlackEntries(stores.trust_list);
    let stores = Stores {
        trust_list: &trust_list,
        ..stores
    };
    let evaluator = updater.signer_evaluator(stores);
    let mut closest = Found::Nobody;
    let limit = updater.policy().limits.signatures;
    for (tried, candidate) in (0..).zip(candidates(crl, stores)) {
        if tried == limit {
            let step = Step::Signatures;
            return (None, Some(Reason::BudgetExhausted { step, limit }));
        }
        let found = match updater.verify(crl, &candidate) {
            Err(Error::SignatureInvalid) => Found::WrongSignature,
            // A key of another kind than the algorithm wants did not sign either.
            Err(_) if crl.crl().signature_algorithm().known().is_some() => Found::WrongSignature,
            Err(_) => Found::Unsupported,
            Ok(()) if !may_sign(candidate.certificate()) => Found::MayNotSign(candidate),
            Ok(()) => {
                let report = evaluator.evaluate(&Question::of_stored(&candidate, now));
                match report.verdict() {
                    Verdict::Trusted(trusted) if trusted.basis() == Basis::Path => {
                        return (Some(candidate), None);
                    }
                    _ => {
                        let first = report.reasons().next();
                        let cause = first.map_or("untrusted", |finding| finding.reason.code());
                        Found::Untrusted(candidate, cause)
                    }
                }
            }
        };
        if found.rank() > closest.rank() {
            closest = found;
        }
    }
    let (signer, reason) = closest.into_reason(crl);
    (signer, Some(reason))
}

/// RFC 5280 §6.3.3 (f): where there is a key usage, it must say so.
fn may_sign(signer: &Certificate) -> bool {
    signer
        .key_usage()
        .is_none_or(|usages| usages.contains(KeyUsage::CrlSign))
}

/// The certificates with the name of the CRL's issuer, those whose key the CRL names first.
fn candidates(crl: &StoredCrl, stores: Stores<'_>) -> Vec<StoredCertificate> {
    let issuer = crl.crl().issuer();
    let mut seen = BTreeSet::new();
    let mut candidates: Vec<StoredCertificate> = stores
        .certificates
        .named(issuer)
        .into_iter()
        .chain(stores.roots.roots_named(issuer))
        .filter(|candidate| seen.insert(*candidate.sha256()))
        .collect();
    if let Some(key) = crl.facts().key_identifier.as_deref() {
        candidates
            .sort_by_key(|candidate| candidate.certificate().subject_key_identifier() != Some(key));
    }
    candidates
}

/// What speaks against the CRL whoever signed it.
fn own_reasons(crl: &StoredCrl, updater: &CrlUpdater<'_>, now: DateTime<Utc>) -> Vec<Reason> {
    let source = || crl_source(crl);
    let facts = crl.facts();
    let mut reasons = Vec::new();
    match &facts.fault {
        None => {}
        Some(CrlFault::Malformed) => reasons.push(Reason::CrlMalformed { source: source() }),
        Some(CrlFault::Unhandled(oid)) => {
            let (source, oid) = (source(), oid.clone());
            reasons.push(Reason::CrlUnhandledCriticalExtension { source, oid });
        }
    }
    match &facts.point {
        Ok(Some(point)) if point.scope() == CrlScope::AttributeCertificates => {
            reasons.push(Reason::CrlOutOfScope {
                source: Some(source()),
                uncovered: "it is for attribute certificates".to_owned(),
            });
        }
        _ => {}
    }
    reasons.extend(algorithms::check_crl(updater.policy(), crl));
    let this_update = crl.crl().this_update();
    if is_future(crl, updater, now) {
        let source = source();
        reasons.push(Reason::CrlNotYetValid {
            source,
            this_update,
            now,
        });
    }
    let next_update = crl.crl().next_update();
    // RFC 5280 §5.1.2.5 wants the field: without it nobody knows how old is too old.
    if next_update.is_none_or(|next_update| next_update < now) {
        let source = source();
        reasons.push(Reason::CrlExpired {
            source,
            next_update,
            now,
        });
    }
    reasons
}

/// Whether evaluations let the CRL revoke and nothing else, whoever signed it: such a one takes the place of none.
pub(super) fn is_doubtful(crl: &StoredCrl, updater: &CrlUpdater<'_>, now: DateTime<Utc>) -> bool {
    crl.facts().fault.is_some()
        || algorithms::check_crl(updater.policy(), crl).is_some()
        || strictness::check_crl(updater.policy(), crl).is_some()
        || is_future(crl, updater, now)
}

/// Whether the CRL is dated in the future, by more than clocks may differ.
pub(super) fn is_future(crl: &StoredCrl, updater: &CrlUpdater<'_>, now: DateTime<Utc>) -> bool {
    let skew = match updater.policy().revocation {
        RevocationPolicy::Check { skew, .. } => skew,
        RevocationPolicy::Off => TimeDelta::zero(),
    };
    let latest = now.checked_add_signed(skew).unwrap_or(now);
    crl.crl().this_update() > latest
}
