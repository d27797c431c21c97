//! Which decision is about which certificate.

use rollcert_pki::Certificate;

use crate::identifier::IssuerMatch;
use crate::message::{Response, TrustResponse};
use crate::quoted::Quoted;
use crate::request_id::RequestId;

/// The decisions of a response, each by the certificate that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answers<'a> {
    /// The decisions about certificates that were offered.
    pub found: Vec<Answer<'a>>,
    /// The decisions about certificates that were not.
    pub unknown: Vec<&'a TrustResponse>,
}

/// A decision and the certificate that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer<'a> {
    /// The decision.
    pub response: &'a TrustResponse,
    /// The place of the certificate in the list of those offered.
    pub offered: usize,
    /// How well the reference fits it.
    pub matched: IssuerMatch,
}

impl<'a> Answers<'a> {
    pub(crate) fn find(
        response: &'a Response,
        request_id: Option<&RequestId>,
        offered: &[Certificate],
    ) -> Result<Self, AnswersError> {
        if response.request_id() != request_id {
            return Err(AnswersError::RequestId {
                expected: request_id.cloned(),
                found: response.request_id().cloned(),
            });
        }
        let mut answers = Self {
            found: Vec::new(),
            unknown: Vec::new(),
        };
        for decision in response.trust() {
            let Some((index, matched)) = place(decision, request_id, offered) else {
                answers.unknown.push(decision);
                continue;
            };
            // CEM §2.5: one response decides about a certificate once.
            if answers.found.iter().any(|answer| answer.offered == index) {
                return Err(AnswersError::Twice { offered: index });
            }
            answers.found.push(Answer {
                response: decision,
                offered: index,
                matched,
            });
        }
        Ok(answers)
    }
}

fn place(
    decision: &TrustResponse,
    request_id: Option<&RequestId>,
    offered: &[Certificate],
) -> Option<(usize, IssuerMatch)> {
    let reference = decision.reference();
    let named = offered
        .iter()
        .enumerate()
        .filter_map(|(index, certificate)| Some((index, reference.matches(certificate)?)))
        .min_by_key(|(_, matched)| *matched);
    if named.is_some() {
        return named;
    }
    // The serial number alone says nothing but within one request: another issuer may have used it.
    request_id?;
    let only = |means: &dyn Fn(&Certificate) -> bool| {
        let mut meant = offered.iter().enumerate().filter(|(_, offer)| means(offer));
        meant
            .next()
            .filter(|_| meant.next().is_none())
            .map(|(index, _)| index)
    };
    only(&|certificate| reference.names_part_of(certificate))
        .map(|index| (index, IssuerMatch::Incomplete))
        .or_else(|| {
            only(&|certificate| certificate.serial() == reference.serial_number())
                .map(|index| (index, IssuerMatch::SerialAlone))
        })
}

/// Why a response does not answer a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswersError {
    /// It is for another request.
    #[error(
        "expected an answer to request {} but found one to {}",
        quoted_id(.expected),
        quoted_id(.found)
    )]
    RequestId {
        /// The id of the request.
        expected: Option<RequestId>,
        /// The id in the response.
        found: Option<RequestId>,
    },
    /// It decides twice about one certificate.
    #[error("two decisions about the certificate offered at {offered}")]
    Twice {
        /// The place of the certificate in the list of those offered.
        offered: usize,
    },
}

/// A request id, empty where there is none.
fn quoted_id(request_id: &Option<RequestId>) -> Quoted<'_> {
    Quoted(request_id.as_ref().map_or("", RequestId::as_str))
}

impl AnswersError {
    /// A stable name for this fault.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::RequestId { .. } => "request-id-mismatch",
            Self::Twice { .. } => "certificate-twice",
        }
    }
}
