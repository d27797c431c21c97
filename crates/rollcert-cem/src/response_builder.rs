//! Making the answer to a request.

use chrono::{DateTime, Utc};
use rand_core::CryptoRng;

use crate::emit;
use crate::message::{Declaration, Head, Request, TrustRequest};
use crate::{CertStatus, CertificateIdentifier, XmlDateTime, schema, xml};

/// Makes the answer to a request, with one decision for each of its certificates, for all of its usages together:
/// CEM §2.4 has no way to accept one usage and refuse another.
///
/// Made by [`Response::builder`](crate::Response::builder). Issuer and serial number go back character for character:
/// the partner may compare strings.
///
/// # Specification
///
/// CEM §2.5 and §3.2.
#[derive(Clone, Debug)]
pub struct ResponseBuilder<'a> {
    request: &'a Request,
    from: String,
    originated: DateTime<Utc>,
    decisions: Vec<Decision>,
}

#[derive(Clone, Debug)]
struct Decision {
    identifier: CertificateIdentifier,
    status: CertStatus,
    reason: String,
}

impl<'a> ResponseBuilder<'a> {
    pub(crate) const fn new(request: &'a Request, from: String, originated: DateTime<Utc>) -> Self {
        Self {
            request,
            from,
            originated,
            decisions: Vec::new(),
        }
    }

    /// Accepts the certificate that the request names so, for all of its usages.
    #[must_use]
    pub fn accept(self, identifier: &CertificateIdentifier) -> Self {
        self.decide(identifier, CertStatus::Accepted, String::new())
    }

    /// Rejects the certificate that the request names so, for all of its usages.
    ///
    /// `reason` is for people at the partner's; an empty one is not written, and characters that XML cannot
    /// carry are replaced by U+FFFD.
    #[must_use]
    pub fn reject(self, identifier: &CertificateIdentifier, reason: impl Into<String>) -> Self {
        self.decide(identifier, CertStatus::Rejected, reason.into())
    }

    /// The certificates of the request that have no decision yet, in the order of the request.
    #[must_use]
    pub fn undecided(&self) -> Vec<&'a CertificateIdentifier> {
        self.request
            .trust()
            .iter()
            .map(TrustRequest::identifier)
            .filter(|asked| self.decisions_about(asked).next().is_none())
            .collect()
    }

    /// Writes the response: the octets of the entity, headers included, to be signed as they are.
    ///
    /// `rng` gives the id of the part and the boundary. A request whose answers go to several URLs is answered by
    /// [`Self::build_by_url`].
    ///
    /// # Errors
    ///
    /// [`ResponseRefused`] unless there is exactly one decision for each certificate of the request.
    pub fn build(&self, rng: &mut dyn CryptoRng) -> Result<Vec<u8>, ResponseRefused> {
        let head = self.head()?;
        Ok(write(&head, &self.all()?, rng))
    }

    /// Writes a response with the decisions made so far; others follow in another one.
    ///
    /// # Errors
    ///
    /// [`ResponseRefused`] unless there is a decision, and none twice.
    ///
    /// # Specification
    ///
    /// CEM §2.5: consolidated in one message or split over several, all with the id of the request.
    pub fn build_part(&self, rng: &mut dyn CryptoRng) -> Result<Vec<u8>, ResponseRefused> {
        let head = self.head()?;
        Ok(write(&head, &self.some()?, rng))
    }

    /// Writes one response for each URL that the request wants answers at, in the order of the request.
    ///
    /// # Errors
    ///
    /// [`ResponseRefused`] unless there is exactly one decision for each certificate of the request.
    pub fn build_by_url(
        &self,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<AddressedResponse>, ResponseRefused> {
        let head = self.head()?;
        let decisions = self.all()?;
        let responses = self.request.by_response_url().into_iter().map(|(url, _)| {
            let of_url: Vec<Decided<'_>> = decisions
                .iter()
                .filter(|(trust, _)| trust.response_url() == url)
                .copied()
                .collect();
            AddressedResponse {
                url: url.to_owned(),
                entity: write(&head, &of_url, rng),
            }
        });
        Ok(responses.collect())
    }

    fn head(&self) -> Result<Head, ResponseRefused> {
        if self.from.is_empty() || !xml::is_xml_text(&self.from) {
            return Err(ResponseRefused::Name);
        }
        let instant = self.originated;
        Ok(Head {
            request_id: self.request.request_id().cloned(),
            partner: self.from.clone(),
            qualifier: Some("AS2".to_owned()),
            originated: XmlDateTime::from_instant(instant)
                .ok_or(ResponseRefused::DateTime { instant })?,
            declaration: Declaration::Present,
        })
    }

    fn decide(
        mut self,
        identifier: &CertificateIdentifier,
        status: CertStatus,
        reason: String,
    ) -> Self {
        self.decisions.push(Decision {
            identifier: identifier.clone(),
            status,
            reason,
        });
        self
    }

    /// One decision for each certificate of the request, in its order.
    fn all(&self) -> Result<Vec<Decided<'_>>, ResponseRefused> {
        let decided = self.some();
        match self.undecided().first() {
            Some(first) if !matches!(decided, Err(ResponseRefused::NotAsked { .. })) => {
                Err(ResponseRefused::Undecided {
                    serial: first.serial().to_owned(),
                })
            }
            _ => decided,
        }
    }

    /// The decisions that were made, in the order of the request.
    fn some(&self) -> Result<Vec<Decided<'_>>, ResponseRefused> {
        let asked = self.request.trust();
        let not_asked = |decision: &&Decision| {
            !asked
                .iter()
                .any(|trust| *trust.identifier() == decision.identifier)
        };
        if let Some(stray) = self.decisions.iter().find(not_asked) {
            return Err(ResponseRefused::NotAsked {
                serial: stray.identifier.serial().to_owned(),
            });
        }
        let mut decided = Vec::with_capacity(asked.len());
        for trust in asked {
            let mut decisions = self.decisions_about(trust.identifier());
            match (decisions.next(), decisions.next()) {
                (None, _) => {}
                (Some(decision), None) => decided.push((trust, decision)),
                (Some(_), Some(_)) => {
                    return Err(ResponseRefused::DecidedTwice {
                        serial: trust.identifier().serial().to_owned(),
                    });
                }
            }
        }
        if decided.is_empty() {
            return Err(ResponseRefused::NoDecision);
        }
        Ok(decided)
    }

    fn decisions_about<'b>(
        &'b self,
        identifier: &CertificateIdentifier,
    ) -> impl Iterator<Item = &'b Decision> {
        self.decisions
            .iter()
            .filter(move |decision| decision.identifier == *identifier)
    }
}

/// A response, and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AddressedResponse {
    /// The URL that the request gave: of the partner's choice, to be held against what is configured.
    pub url: String,
    /// The octets of the entity, headers included, to be signed as they are.
    pub entity: Vec<u8>,
}

/// A certificate of the request, and the decision about it.
type Decided<'a> = (&'a TrustRequest, &'a Decision);

fn write(head: &Head, decisions: &[Decided<'_>], rng: &mut dyn CryptoRng) -> Vec<u8> {
    let mut writer = emit::document(schema::RESPONSE, head);
    for (_, decision) in decisions {
        writer.open("TrustResponse", &[]);
        writer.leaf("CertStatus", &[], decision.status.as_str());
        if !decision.reason.is_empty() {
            writer.leaf(
                "ReasonForRejection",
                &[],
                &xml::replace_forbidden(&decision.reason),
            );
        }
        emit::identifier(&mut writer, "CertificateReference", &decision.identifier);
        writer.close();
    }
    emit::package(writer, &[], rng)
}

/// Why a response was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResponseRefused {
    /// Our name is empty, or has a character that XML cannot carry.
    #[error("the name of the sender is empty or cannot be written in XML")]
    Name,
    /// A date outside of the years 1 to 9999.
    #[error("expected a date in the years 1 to 9999 but found {instant}")]
    DateTime {
        /// The date.
        instant: DateTime<Utc>,
    },
    /// A certificate of the request has no decision.
    #[error("no decision about certificate {serial}")]
    Undecided {
        /// Its serial number as the request has it.
        serial: String,
    },
    /// A certificate of the request has two decisions.
    #[error("two decisions about certificate {serial}")]
    DecidedTwice {
        /// Its serial number as the request has it.
        serial: String,
    },
    /// There is no decision at all.
    #[error("no decision")]
    NoDecision,
    /// A decision is about a certificate that the request does not name.
    #[error("a decision about certificate {serial}, which was not asked for")]
    NotAsked {
        /// Its serial number.
        serial: String,
    },
}

impl ResponseRefused {
    /// A stable name for this refusal.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Name => "bad-name",
            Self::DateTime { .. } => "bad-date-time",
            Self::Undecided { .. } => "undecided",
            Self::DecidedTwice { .. } => "decided-twice",
            Self::NoDecision => "no-decision",
            Self::NotAsked { .. } => "not-asked",
        }
    }
}
