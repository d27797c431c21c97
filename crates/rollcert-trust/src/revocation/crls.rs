use std::sync::Arc;

use chrono::{DateTime, Utc};
use rollcert_pki::extension::ReasonFlags;
use rollcert_pki::{DeltaMismatch, UpdatedCrl};

use crate::context::{Context, SignerPaths};
use crate::policy::{algorithms, strictness};
use crate::report::Reason;
use crate::revocation::causes::{Causes, Rank};
use crate::revocation::claims::{Claim, claims};
use crate::revocation::crl_facts::CrlFault;
use crate::revocation::listed::Listed;
use crate::revocation::points::Points;
use crate::revocation::reasons::{missing_from, union};
use crate::revocation::signer::{Refused, Signer, SignerSearch};
use crate::revocation::{Answer, crl_source, out_of_scope};
use crate::stored::StoredCertificate;
use crate::stores::StoredCrl;

/// What the known CRLs say of the certificate at `index` of the path (RFC 5280 §6.3.3).
///
/// All of them are heard, not only as many as it takes: a CRL that lists the certificate revokes it whatever another one
/// says, unless a newer one of the same issuer, scope and key has taken its place.
///
/// `Err` when the budget is spent.
pub(super) fn check(
    context: &Context<'_>,
    signers: &dyn SignerPaths,
    path: &[StoredCertificate],
    index: usize,
    latest: DateTime<Utc>,
) -> Result<Answer, Reason> {
    let Some(judged) = path.get(index) else {
        return Ok(Answer::Unknown(Causes::default()));
    };
    let hearing = Hearing {
        search: SignerSearch {
            context,
            signers,
            path,
            index,
        },
        judged,
        points: Points::of(judged),
        latest,
    };
    let mut causes = Causes::default();
    let mut witnesses = hearing.witnesses(&mut causes)?;
    if let Some(revoked) = revoked_by(&witnesses, context.now) {
        return Ok(Answer::Revoked(revoked));
    }
    witnesses.retain(|witness| !witness.covered.is_empty());
    Ok(hearing.sum_up(&witnesses, causes))
}

struct Hearing<'a> {
    search: SignerSearch<'a>,
    judged: &'a StoredCertificate,
    points: Points<'a>,
    /// The latest date that a CRL may bear.
    latest: DateTime<Utc>,
}

/// A CRL of the certificate's issuer, or one that covers it, signed by one who may.
///
/// If it lists the certificate, that counts; if not, only without [`Self::doubt`], and while it is current.
struct Witness {
    crl: StoredCrl,
    signer: StoredCertificate,
    /// For which reasons it covers the certificate. Without any, it can only revoke.
    covered: ReasonFlags,
    listed: Option<Listed>,
    /// Why it must not vouch for the certificate.
    doubt: Option<Reason>,
    is_current: bool,
}

/// A complete CRL and a delta to it, as stores hold them.
type Updated<'a> = UpdatedCrl<'a, Arc<[u8]>, Arc<[u8]>>;

impl Hearing<'_> {
    /// The CRLs that may speak, newest first, without those that a newer one has replaced. The others leave their cause.
    fn witnesses(&self, causes: &mut Causes) -> Result<Vec<Witness>, Reason> {
        let mut witnesses: Vec<Witness> = Vec::new();
        for claim in claims(self.search.context, self.judged, &self.points, causes)? {
            let Claim { crl, listed, .. } = &claim;
            // Spares a signature where the CRLs name their key. Anybody may name it, so that no CRL which lists the
            // certificate is passed over for that.
            if listed.is_none()
                && witnesses
                    .iter()
                    .any(|newer| newer.names_key_of(crl) && newer.replaces(crl))
            {
                continue;
            }
            // One of the future tells of those alone who were revoked by now.
            let is_to_come = listed.is_none_or(|listed| listed.date > self.latest);
            if is_to_come && let Some(reason) = self.not_yet_valid(crl) {
                causes.add(Rank::NotYetValid, reason);
                continue;
            }
            match self.search.signer_of(crl, listed.is_some())? {
                Ok(signer) => {
                    let is_replaced = witnesses.iter().any(|newer| {
                        newer.is_signed_by(&signer.certificate) && newer.replaces(crl)
                    });
                    if !is_replaced {
                        witnesses.push(self.witness(claim, signer));
                    }
                }
                Err(Refused { reason, is_signed }) => {
                    if is_signed && listed.is_some_and(|listed| !listed.is_removal()) {
                        causes.contest();
                    }
                    causes.add(Rank::of_signer(&reason), reason);
                }
            }
        }
        Ok(witnesses)
    }

    /// Why the CRL must not vouch for anything yet: it is dated in the future, beyond what clocks may differ.
    fn not_yet_valid(&self, crl: &StoredCrl) -> Option<Reason> {
        let this_update = crl.crl().this_update();
        (this_update > self.latest).then(|| Reason::CrlNotYetValid {
            source: crl_source(crl),
            this_update,
            now: self.search.context.now,
        })
    }

    fn witness(&self, claim: Claim, signer: Signer) -> Witness {
        let Claim {
            crl,
            covered,
            listed,
        } = claim;
        let policy = self.search.context.policy;
        let source = || crl_source(&crl);
        let doubt = signer.doubt.or_else(|| match &crl.facts().fault {
            Some(CrlFault::Malformed) => Some(Reason::CrlMalformed { source: source() }),
            Some(CrlFault::Unhandled(oid)) => Some(Reason::CrlUnhandledCriticalExtension {
                source: source(),
                oid: oid.clone(),
            }),
            None => self
                .not_yet_valid(&crl)
                .or_else(|| algorithms::check_crl(policy, &crl))
                .or_else(|| strictness::check_crl(policy, &crl)),
        });
        let now = self.search.context.now;
        // RFC 5280 §5.1.2.5 demands the date; without it, nobody can tell how long the CRL was meant to serve.
        let is_current = crl.crl().next_update().is_some_and(|next| now <= next);
        Witness {
            crl,
            signer: signer.certificate,
            covered,
            listed,
            doubt,
            is_current,
        }
    }

    /// What witnesses none of whom lists the certificate say together (§6.3.3 (l)).
    fn sum_up(&self, witnesses: &[Witness], mut causes: Causes) -> Answer {
        let mut vouched = ReasonFlags::default();
        let mut explained = ReasonFlags::default();
        let mut source = None;
        for witness in witnesses.iter().filter(|witness| !witness.is_delta()) {
            match witness.vouch(witnesses, self.search.context.now) {
                Ok(by) => {
                    vouched = union(vouched, witness.covered);
                    source.get_or_insert_with(|| crl_source(by));
                }
                Err(reason) => {
                    explained = union(explained, witness.covered);
                    let rank = match reason {
                        Reason::CrlExpired { .. } => Rank::Expired,
                        Reason::CrlNotYetValid { .. } => Rank::NotYetValid,
                        _ => Rank::Doubtful,
                    };
                    causes.add(rank, reason);
                }
            }
        }
        let missing = missing_from(vouched);
        match source {
            Some(source) if missing.is_empty() => {
                return Answer::Good {
                    source,
                    is_contested: causes.are_contesting(),
                };
            }
            Some(source) => causes.add(
                Rank::Detail,
                Reason::CrlOutOfScope {
                    source: Some(source),
                    uncovered: format!("nothing tells of revocation for {missing}"),
                },
            ),
            None => {}
        }
        for delta in witnesses.iter().filter(|witness| witness.is_delta()) {
            if witnesses
                .iter()
                .all(|complete| complete.updated_by(delta).is_err())
            {
                let source = crl_source(&delta.crl);
                causes.add(Rank::Detail, Reason::DeltaWithoutBase { source });
            }
        }
        // What is wrong with CRLs for some reasons says nothing of those that no CRL covers.
        let is_explained = missing_from(union(vouched, explained)).is_empty();
        let is_partial = witnesses.iter().any(|witness| !witness.is_delta());
        if !is_explained && (is_partial || !causes.tell_of_crls()) {
            let is_silent = witnesses.is_empty() && causes.is_empty();
            if is_silent && self.points.point_elsewhere() {
                let other = self.points.wanted_issuer();
                let uncovered = format!("its CRLs are those of {other}");
                causes.add(Rank::OutOfScope, out_of_scope(None, uncovered));
            }
            let reason = Reason::NoApplicableCrl {
                issuer: self.points.wanted_issuer().clone(),
                locations: self.points.locations(),
            };
            causes.add(Rank::NoCrl, reason);
        }
        Answer::Unknown(causes)
    }
}

impl Witness {
    fn is_delta(&self) -> bool {
        self.crl.facts().is_delta
    }

    fn is_signed_by(&self, signer: &StoredCertificate) -> bool {
        let key = self.signer.certificate().public_key_info();
        key == signer.certificate().public_key_info()
    }

    /// Whether both CRLs name their key, and it is the same.
    fn names_key_of(&self, other: &StoredCrl) -> bool {
        let own = self.crl.facts().key_identifier.as_ref();
        own.is_some() && own == other.facts().key_identifier.as_ref()
    }

    /// Whether this CRL, of the same key, takes the place of the other: of one issuer and scope, both complete or both
    /// deltas, and newer by date without being older by number.
    fn replaces(&self, other: &StoredCrl) -> bool {
        let (own, others) = (self.crl.facts(), other.facts());
        let (new, old) = (self.crl.crl(), other.crl());
        let is_same_series = own.is_delta == others.is_delta
            && own.point == others.point
            && new.issuer().matches(old.issuer());
        let numbers = own.number.as_ref().zip(others.number.as_ref());
        let is_newer = match numbers {
            Some((number, older)) if new.this_update() == old.this_update() => number > older,
            Some((number, older)) => number >= older && new.this_update() > old.this_update(),
            None => new.this_update() > old.this_update(),
        };
        // What cannot be understood replaces nothing.
        self.doubt.is_none() && is_same_series && is_newer
    }

    /// The two together, if the delta goes with this complete CRL (§5.2.4, §6.3.3 (c), (h)).
    fn updated_by<'a>(&'a self, delta: &'a Self) -> Result<Updated<'a>, DeltaMismatch> {
        if !self.is_signed_by(&delta.signer) {
            return Err(DeltaMismatch::Key);
        }
        UpdatedCrl::new(self.crl.index(), delta.crl.index())
    }

    /// Whether this CRL, which does not list the certificate, says that it is good: the CRL by which it is current, this one
    /// or a delta to it.
    fn vouch<'a>(
        &'a self,
        witnesses: &'a [Self],
        now: DateTime<Utc>,
    ) -> Result<&'a StoredCrl, Reason> {
        if let Some(doubt) = &self.doubt {
            return Err(doubt.clone());
        }
        let delta = witnesses.iter().find(|delta| {
            delta.is_current && delta.doubt.is_none() && self.updated_by(delta).is_ok()
        });
        match delta {
            // §6.3.3 (a)(1)(i): a delta that is current makes the complete one current.
            Some(delta) => Ok(&delta.crl),
            None if self.is_current => Ok(&self.crl),
            None => Err(Reason::CrlExpired {
                source: crl_source(&self.crl),
                next_update: self.crl.crl().next_update(),
                now,
            }),
        }
    }
}

/// The [`Reason::Revoked`], if a witness lists the certificate (§6.3.3 (i) to (k)).
///
/// Neither the dates of a CRL nor an extension that nobody understands undo a revocation.
fn revoked_by(witnesses: &[Witness], now: DateTime<Utc>) -> Option<Reason> {
    witnesses.iter().find_map(|witness| {
        let listed = witness.listed?;
        let counts = if witness.is_delta() {
            !listed.is_removal() && !is_outdated(witness, witnesses)
        } else {
            !is_taken_off(witness, witnesses)
        };
        counts.then(|| Reason::Revoked {
            date: listed.date,
            reason: listed.reason,
            source: crl_source(&witness.crl),
            now,
        })
    })
}

/// Whether what the delta says is in a complete CRL that came after it.
fn is_outdated(delta: &Witness, witnesses: &[Witness]) -> bool {
    witnesses.iter().any(|complete| {
        complete.doubt.is_none() && matches!(complete.updated_by(delta), Err(DeltaMismatch::Older))
    })
}

/// Whether a delta to this complete CRL takes the certificate off it: one that is current, as the certificate may have been
/// suspended anew after any other.
fn is_taken_off(complete: &Witness, witnesses: &[Witness]) -> bool {
    witnesses.iter().any(|delta| {
        delta.is_current
            && delta.doubt.is_none()
            && delta.listed.is_some_and(|listed| listed.is_removal())
            && complete.updated_by(delta).is_ok()
    })
}
