//! What a response is beside the requests that were sent, and the answers that came before.

use rollcert_pki::Certificate;

use crate::answers::AnswersError;
use crate::identifier::IssuerMatch;
use crate::message::{CertStatus, Request, Response, TrustRequest, TrustResponse};
use crate::request_id::RequestId;

/// A request of ours, and the answers to it so far. They may come in several responses (CEM §2.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentRequest {
    request_id: Option<RequestId>,
    offered: Vec<Certificate>,
    decisions: Vec<Option<CertStatus>>,
    standing: SentStanding,
}

/// Whether a request of ours still counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SentStanding {
    /// It does.
    Current,
    /// A later request of ours has taken its place. Answers to it tell what the partner trusts, and set nothing in
    /// motion.
    Superseded,
}

/// What to do with a decision that contradicts an earlier one. CEM §2.5 leaves the choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "CEM §2.5 has these two")]
pub enum Contradictions {
    /// The first decision stays.
    KeepFirst,
    /// The newest counts.
    TakeNewest,
}

impl SentRequest {
    /// Remembers that `offered` were announced under `request_id`. To be done before the request is sent: the
    /// response may be here before the receipt.
    #[must_use]
    pub fn new(request_id: RequestId, offered: &[Certificate]) -> Self {
        Self {
            request_id: Some(request_id),
            offered: offered.to_vec(),
            decisions: vec![None; offered.len()],
            standing: SentStanding::Current,
        }
    }

    /// Remembers a request, read from the octets that were sent.
    #[must_use]
    pub fn of(request: &Request) -> Self {
        let offered: Vec<Certificate> = request
            .trust()
            .iter()
            .map(TrustRequest::end_entity)
            .cloned()
            .collect();
        Self {
            request_id: request.request_id().cloned(),
            decisions: vec![None; offered.len()],
            offered,
            standing: SentStanding::Current,
        }
    }

    /// So too, after a later request has taken its place.
    #[must_use]
    pub const fn superseded(mut self) -> Self {
        self.standing = SentStanding::Superseded;
        self
    }

    /// So too, with a decision that came earlier about the certificate at this place. Places beyond the last are
    /// passed over.
    #[must_use]
    pub fn with_decision(mut self, offered: usize, status: CertStatus) -> Self {
        if let Some(decision) = self.decisions.get_mut(offered) {
            *decision = Some(status);
        }
        self
    }

    /// The decision about the certificate at this place, if there is one.
    #[must_use]
    pub fn decision(&self, offered: usize) -> Option<CertStatus> {
        self.decisions.get(offered).copied().flatten()
    }

    /// The places of the certificates about which nothing was decided.
    pub fn missing(&self) -> impl Iterator<Item = usize> {
        self.decisions
            .iter()
            .enumerate()
            .filter(|(_, decision)| decision.is_none())
            .map(|(place, _)| place)
    }

    /// Whether there is a decision about each certificate.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.missing().next().is_none()
    }

    /// Adds the answers of a response, which [`ResponseOutcome::of`] found to be about this request.
    pub fn record(&mut self, answered: &Answered<'_>, contradictions: Contradictions) {
        for answer in &answered.answers {
            let Some(decision) = self.decisions.get_mut(answer.offered) else {
                continue;
            };
            let counts = match answer.news {
                AnswerNews::First => true,
                AnswerNews::Repeated => false,
                AnswerNews::Contradicts { .. } => contradictions == Contradictions::TakeNewest,
            };
            if counts {
                *decision = Some(answer.response.status());
            }
        }
    }
}

/// What a response is to a host that remembers its requests.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseOutcome<'a> {
    /// It answers no request of ours to this partner. Nothing changes.
    UnknownRequest,
    /// It decides about one certificate twice (CEM §2.5). Nothing changes.
    DecidedTwice {
        /// The place of the request in the list of those sent.
        sent: usize,
        /// The place of the certificate in that request.
        offered: usize,
    },
    /// It answers a request of ours.
    Answered(Answered<'a>),
}

/// What a response says about a request of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answered<'a> {
    /// The place of the request in the list of those sent.
    pub sent: usize,
    /// Whether that request still counts.
    pub standing: SentStanding,
    /// The decisions about certificates of the request.
    pub answers: Vec<JudgedAnswer<'a>>,
    /// The decisions about other certificates. They change nothing.
    pub unknown: Vec<&'a TrustResponse>,
    /// The places of the certificates about which nothing was decided, in this response or before. Empty when the
    /// answer is complete.
    pub missing: Vec<usize>,
}

/// A decision, and what it is beside earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JudgedAnswer<'a> {
    /// The decision.
    pub response: &'a TrustResponse,
    /// The place of the certificate in the request.
    pub offered: usize,
    /// How well the reference fits it.
    pub matched: IssuerMatch,
    /// What the decision is beside an earlier one.
    pub news: AnswerNews,
}

/// What a decision is beside an earlier one about the same certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AnswerNews {
    /// It is the first.
    First,
    /// It says the same again, and is disregarded (CEM §2.5).
    Repeated,
    /// It says the opposite.
    Contradicts {
        /// The earlier decision.
        before: CertStatus,
    },
}

impl<'a> ResponseOutcome<'a> {
    /// Says what `response` is beside the requests that were `sent` to the partner that it comes from, oldest first.
    ///
    /// Those sent to others are not to be in the list: an id of theirs is unknown here. A response without an id can
    /// only answer a request without one, the latest that offered a certificate that it names.
    #[must_use]
    pub fn of(response: &'a Response, sent: &[SentRequest]) -> Self {
        let candidates = sent
            .iter()
            .enumerate()
            .rev()
            .filter(|(_, request)| request.request_id.as_ref() == response.request_id());
        for (place, request) in candidates {
            match request.judge(response, place) {
                // Without an id, another request may be meant.
                Ok(answered) if answered.answers.is_empty() && response.request_id().is_none() => {}
                Ok(answered) => return Self::Answered(answered),
                Err(AnswersError::Twice { offered }) => {
                    return Self::DecidedTwice {
                        sent: place,
                        offered,
                    };
                }
                Err(AnswersError::RequestId { .. }) => {}
            }
        }
        Self::UnknownRequest
    }

    /// A stable name for it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownRequest => "unknown-request",
            Self::DecidedTwice { .. } => "certificate-twice",
            Self::Answered(_) => "answered",
        }
    }
}

impl SentRequest {
    fn judge<'a>(
        &self,
        response: &'a Response,
        place: usize,
    ) -> Result<Answered<'a>, AnswersError> {
        let found = response.answers(self.request_id.as_ref(), &self.offered)?;
        let answers: Vec<JudgedAnswer<'a>> = found
            .found
            .iter()
            .map(|answer| JudgedAnswer {
                response: answer.response,
                offered: answer.offered,
                matched: answer.matched,
                news: match self.decision(answer.offered) {
                    None => AnswerNews::First,
                    Some(before) if before == answer.response.status() => AnswerNews::Repeated,
                    Some(before) => AnswerNews::Contradicts { before },
                },
            })
            .collect();
        Ok(Answered {
            sent: place,
            standing: self.standing,
            missing: self
                .missing()
                .filter(|place| answers.iter().all(|answer| answer.offered != *place))
                .collect(),
            answers,
            unknown: found.unknown,
        })
    }
}
