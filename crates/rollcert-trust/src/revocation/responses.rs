use chrono::{DateTime, TimeDelta, Utc};
use rollcert_crypto::Error;
use rollcert_pki::extension::OcspNoCheck;
use rollcert_pki::{Certificate, ExtendedKeyUsage, KeyUsage};

use crate::context::{Context, Signed, SignerPaths};
use crate::limits::Step;
use crate::ocsp::{
    IssuerDigests, OcspCertificateStatus, OcspResponse, OcspSingleResponse, ResponderId,
};
use crate::policy::algorithms;
use crate::report::{Reason, RevocationSource, order};
use crate::revocation::Answer;
use crate::revocation::causes::{Causes, Rank};
use crate::revocation::received::{Heard, ReceivedResponse};
use crate::stored::{Position, StoredCertificate};
use crate::trust_list::judge;

/// What the OCSP responses say of the certificate at `index` of the path (RFC 6960 §3.2).
///
/// Every answer about it in every response is heard; one that revokes it decides. `Err` when the budget is spent.
pub(super) fn check(
    context: &Context<'_>,
    signers: &dyn SignerPaths,
    path: &[StoredCertificate],
    index: usize,
    latest: DateTime<Utc>,
    responses: &[ReceivedResponse<'_>],
) -> Result<Answer, Reason> {
    let mut answer = Answer::Unknown(Causes::default());
    let next = index.saturating_add(1);
    let (Some(judged), Some(issuer)) = (path.get(index), path.get(next)) else {
        return Ok(answer);
    };
    let hearing = Hearing {
        context,
        signers,
        path,
        judged,
        issuer,
        digests: IssuerDigests::new(judged.certificate(), issuer.certificate(), context.provider),
        latest,
    };
    for response in responses {
        context.budget.spend(Step::Crls, 1)?;
        let heard = match response.read(context.provider) {
            Ok(heard) => hearing.hear(heard)?,
            Err(error) => Err((Rank::Detail, error.code())),
        };
        let heard = match heard {
            Ok(heard) => heard,
            // What came along is meant for the certificate that was asked about.
            Err((Rank::Detail, _)) if index > 0 => continue,
            Err((rank, cause)) => unusable(rank, cause),
        };
        answer = answer.with(heard);
    }
    Ok(answer)
}

/// Whether a response says of a certificate with this one's number that it is revoked, whoever has signed that.
///
/// `Err` when the budget is spent.
pub(super) fn is_named(
    context: &Context<'_>,
    certificate: &StoredCertificate,
    responses: &[ReceivedResponse<'_>],
) -> Result<bool, Reason> {
    let serial = certificate.certificate().serial();
    for response in responses {
        context.budget.spend(Step::Crls, 1)?;
        let Ok(heard) = response.read(context.provider) else {
            continue;
        };
        let is_revoked =
            |single: &OcspSingleResponse<'_>| single.serial() == serial && is_revoking(single);
        if heard.response.single_responses().iter().any(is_revoked) {
            return Ok(true);
        }
    }
    Ok(false)
}

struct Hearing<'a> {
    context: &'a Context<'a>,
    signers: &'a dyn SignerPaths,
    path: &'a [StoredCertificate],
    judged: &'a StoredCertificate,
    issuer: &'a StoredCertificate,
    digests: IssuerDigests<'a>,
    /// The latest date that a response may bear.
    latest: DateTime<Utc>,
}

/// Who signed a response, and may.
struct Responder {
    certificate: StoredCertificate,
    /// Why the response must not vouch for a certificate, in a word, if all that speaks against the responder is that nobody
    /// knows whether it is revoked itself. What is not known undoes no revocation.
    doubt: Option<&'static str>,
}

/// Why nobody may have signed a response in this path, in a word.
struct Refused {
    cause: &'static str,
    /// Whether the key of somebody known has signed it, who may be heard in another path.
    is_signed: bool,
}

/// Why a response cannot be used, in a word, and how telling that is.
type Unusable = (Rank, &'static str);

impl Hearing<'_> {
    fn hear(&self, heard: &Heard<'_>) -> Result<Result<Answer, Unusable>, Reason> {
        let response = &heard.response;
        let about: Vec<&OcspSingleResponse<'_>> = response
            .single_responses()
            .iter()
            .filter(|single| single.is_of(&self.digests))
            .collect();
        if about.is_empty() {
            let cause = if response.is_whole() {
                "other-certificate"
            } else {
                "malformed"
            };
            return Ok(Err((Rank::Detail, cause)));
        }
        if about.iter().all(|single| self.is_to_come(response, single)) {
            return Ok(Err((Rank::Ocsp, "not-yet-valid")));
        }
        let responder = match self.responder_of(heard)? {
            Ok(responder) => responder,
            Err(Refused { cause, is_signed }) => {
                let mut causes = Causes::default();
                causes.add(Rank::Ocsp, Reason::OcspUnusable { cause });
                if is_signed && about.iter().any(|single| is_revoking(single)) {
                    causes.contest();
                }
                return Ok(Ok(Answer::Unknown(causes)));
            }
        };
        let source = RevocationSource::Ocsp {
            responder: responder.certificate.certificate().subject().clone(),
            produced_at: response.produced_at(),
        };
        let of_responder = responder.doubt.map(|cause| Reason::OcspUnusable { cause });
        let doubt = of_responder.or_else(|| self.doubt(response));
        let answers = about
            .into_iter()
            .map(|single| self.answer(response, single, doubt.as_ref(), &source));
        let nothing = Answer::Unknown(Causes::default());
        Ok(Ok(answers.fold(nothing, Answer::with)))
    }

    /// Why the response must not vouch for any certificate.
    fn doubt(&self, response: &OcspResponse<'_>) -> Option<Reason> {
        // What cannot be read may have revoked it.
        if !response.is_whole() {
            return Some(Reason::OcspUnusable { cause: "malformed" });
        }
        if response.unhandled_extension().is_some() {
            return Some(Reason::OcspUnusable {
                cause: "unhandled-critical-extension",
            });
        }
        let algorithm = response.signature_algorithm();
        algorithms::check_revocation_signature(self.context.policy, algorithm)
    }

    /// Whether the answer tells of nothing that has happened by now: as with CRLs, one of the future tells of those alone
    /// who were revoked by now.
    fn is_to_come(&self, response: &OcspResponse<'_>, single: &OcspSingleResponse<'_>) -> bool {
        let is_ahead = response.produced_at().max(single.this_update()) > self.latest;
        let is_revoked = matches!(
            single.status(),
            OcspCertificateStatus::Revoked { date, .. } if date <= self.latest
        );
        is_ahead && !is_revoked
    }

    fn answer(
        &self,
        response: &OcspResponse<'_>,
        single: &OcspSingleResponse<'_>,
        doubt: Option<&Reason>,
        source: &RevocationSource,
    ) -> Answer {
        if self.is_to_come(response, single) {
            return unusable(Rank::Ocsp, "not-yet-valid");
        }
        match single.status() {
            // As with CRLs, neither age nor what is not understood undoes a revocation.
            OcspCertificateStatus::Revoked { date, reason } => Answer::Revoked(Reason::Revoked {
                date,
                reason,
                source: source.clone(),
                now: self.context.now,
            }),
            OcspCertificateStatus::Unknown => unusable(Rank::Ocsp, "unknown"),
            OcspCertificateStatus::Good => {
                if let Some(doubt) = doubt {
                    let mut causes = Causes::default();
                    causes.add(Rank::Ocsp, doubt.clone());
                    Answer::Unknown(causes)
                } else if single.unhandled_extension().is_some() {
                    unusable(Rank::Ocsp, "unhandled-critical-extension")
                } else if self.is_current(single) {
                    Answer::Good {
                        source: source.clone(),
                        is_contested: false,
                    }
                } else {
                    unusable(Rank::Ocsp, "stale")
                }
            }
        }
    }

    /// Without a next update, newer information is always to be had (RFC 6960 §4.2.2.1); an answer of today is recent
    /// enough.
    fn is_current(&self, single: &OcspSingleResponse<'_>) -> bool {
        let until = single
            .next_update()
            .unwrap_or_else(|| single.this_update() + LONGEST_WITHOUT_NEXT_UPDATE);
        self.context.now <= until
    }

    /// Who has signed the response, and may (RFC 6960 §4.2.2.2): the one that issued the certificate itself, or one that it
    /// has delegated this to.
    fn responder_of(&self, heard: &Heard<'_>) -> Result<Result<Responder, Refused>, Reason> {
        let Heard { response, signed } = heard;
        let mut cause = "responder-unknown";
        let mut is_signed = false;
        let mut unsure = None;
        let provider = self.context.provider;
        for candidate in self.candidates(response)? {
            let verify =
                || candidate.verify_under_key(provider, |key| response.verify_signature_under(key));
            match self
                .context
                .verify_signed(Signed::Other(*signed), &candidate, verify)?
            {
                Ok(()) => {}
                Err(Error::Unsupported { .. }) => {
                    cause = "algorithm-unsupported";
                    continue;
                }
                Err(_) => {
                    cause = "signature-invalid";
                    continue;
                }
            }
            match self.authorise(&candidate)? {
                Ok(doubt) => {
                    let responder = Responder {
                        certificate: candidate,
                        doubt,
                    };
                    if doubt.is_none() {
                        return Ok(Ok(responder));
                    }
                    unsure.get_or_insert(responder);
                }
                Err(refused) => {
                    cause = refused;
                    is_signed = true;
                }
            }
        }
        Ok(unsure.ok_or(Refused { cause, is_signed }))
    }

    /// The certificates that the response may mean as its responder's.
    fn candidates(&self, response: &OcspResponse<'_>) -> Result<Vec<StoredCertificate>, Reason> {
        let provider = self.context.provider;
        let certificates = self.context.stores.certificates;
        let responder = response.responder();
        let embedded = response.certificates().iter().take(MOST_EMBEDDED);
        let embedded = embedded
            .filter_map(|octets| Certificate::from_der(*octets).ok())
            .map(|certificate| StoredCertificate::new(certificate, provider));
        let known = match responder {
            ResponderId::Name(name) => certificates.named(name),
            ResponderId::KeyHash(hash) => certificates.with_key_identifier(hash),
        };
        let mut candidates: Vec<StoredCertificate> = Vec::new();
        let all = core::iter::once(self.issuer.clone())
            .chain(embedded)
            .chain(self.context.presented.iter().cloned())
            .chain(known);
        for candidate in all {
            self.context.budget.spend(Step::Candidates, 1)?;
            let is_named = responder.is(candidate.certificate(), provider);
            if is_named && !candidates.contains(&candidate) {
                candidates.push(candidate);
            }
            if candidates.len() == MOST_CANDIDATES {
                break;
            }
        }
        Ok(candidates)
    }

    /// Whether it may sign the response: with a [doubt](Responder::doubt), or why not.
    fn authorise(
        &self,
        responder: &StoredCertificate,
    ) -> Result<Result<Option<&'static str>, &'static str>, Reason> {
        if responder == self.issuer {
            return Ok(Ok(None));
        }
        if responder == self.judged {
            return Ok(Err("signed-by-itself"));
        }
        // First, for nobody else asks it of a responder that need not be asked about. Those on the path are asked with it.
        match judge::inherited(self.context, responder) {
            None => {}
            Some(spent @ Reason::BudgetExhausted { .. }) => return Err(spent),
            Some(_) => return Ok(Err("responder-blacklisted")),
        }
        let certificate = responder.certificate();
        let facts = responder.facts();
        let extended = facts.extended_key_usage.as_ref();
        let is_delegated = extended.is_some_and(|usages| {
            // `anyExtendedKeyUsage` is not enough (RFC 6960 §4.2.2.2).
            usages.0.contains(&ExtendedKeyUsage::OcspSigning)
        });
        let may_sign = facts.key_usage.is_none_or(|usages| {
            usages.contains(KeyUsage::DigitalSignature) || usages.contains(KeyUsage::NonRepudiation)
        });
        let is_understood = facts.malformed.is_empty() && facts.unhandled_critical.is_empty();
        let issuer = self.issuer.certificate().subject();
        if !is_delegated || !may_sign || !is_understood || !certificate.issuer().matches(issuer) {
            return Ok(Err("responder-not-authorised"));
        }
        if self
            .context
            .verify_certificate(responder, self.issuer)?
            .is_err()
        {
            return Ok(Err("responder-not-authorised"));
        }
        if !certificate.is_valid_at(self.context.now) {
            return Ok(Err("responder-expired"));
        }
        let policy = self.context.policy;
        let weakness = algorithms::check_signature(policy, responder)
            .or_else(|| algorithms::check_key(policy, responder, Position::Leaf));
        if let Some(weakness) = weakness {
            return Ok(Err(weakness.code()));
        }
        // §4.2.2.2.1: its issuer has said that the responder need not be asked about.
        if certificate.extension::<OcspNoCheck>() == Ok(Some(OcspNoCheck)) {
            return Ok(Ok(None));
        }
        let Some(anchor) = self.path.last() else {
            return Ok(Err("responder-not-authorised"));
        };
        match self.signers.validate_signer(responder, anchor) {
            Ok(()) => Ok(Ok(None)),
            Err(finding) => match finding.reason {
                spent @ Reason::BudgetExhausted { .. } => Err(spent),
                Reason::Revoked { .. } => Ok(Err("responder-revoked")),
                reason if order::is_unknown_revocation(&reason) => {
                    Ok(Ok(Some("responder-path-invalid")))
                }
                _ => Ok(Err("responder-path-invalid")),
            },
        }
    }
}

fn is_revoking(single: &OcspSingleResponse<'_>) -> bool {
    matches!(single.status(), OcspCertificateStatus::Revoked { .. })
}

fn unusable(rank: Rank, cause: &'static str) -> Answer {
    let mut causes = Causes::default();
    causes.add(rank, Reason::OcspUnusable { cause });
    Answer::Unknown(causes)
}

/// How long an answer without a next update serves.
const LONGEST_WITHOUT_NEXT_UPDATE: TimeDelta = TimeDelta::days(1);
/// The most certificates of a response that are looked at; honest responders send one or two.
const MOST_EMBEDDED: usize = 16;
/// The most certificates that a response may have been signed with.
const MOST_CANDIDATES: usize = 32;
