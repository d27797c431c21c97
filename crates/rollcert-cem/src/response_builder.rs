//! Making the answer to a request.

use chrono::{DateTime, Utc};
use rand_core::CryptoRng;

use crate::emit;
use crate::message::{Head, Request};
use crate::{CertStatus, CertificateIdentifier, XmlDateTime, schema, xml};

/// Makes the answer to a request, with one decision for each of its certificates.
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

    /// Writes the response: the octets of the entity, headers included, to be signed as they are.
    ///
    /// `rng` gives the id of the part and the boundary.
    ///
    /// # Errors
    ///
    /// [`ResponseRefused`] unless there is exactly one decision for each certificate of the request.
    pub fn build(&self, rng: &mut dyn CryptoRng) -> Result<Vec<u8>, ResponseRefused> {
        if self.from.is_empty() || !xml::is_xml_text(&self.from) {
            return Err(ResponseRefused::Name);
        }
        let originated =
            XmlDateTime::from_instant(self.originated).ok_or(ResponseRefused::DateTime {
                instant: self.originated,
            })?;
        let decisions = self.in_order()?;

        let head = Head {
            request_id: self.request.request_id().cloned(),
            partner: self.from.clone(),
            qualifier: Some("AS2".to_owned()),
            originated,
        };
        let mut writer = emit::document(schema::RESPONSE, &head);
        for decision in decisions {
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
        Ok(emit::package(writer, &[], rng))
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

    /// The decisions in the order of the request, one for each of its certificates.
    fn in_order(&self) -> Result<Vec<&Decision>, ResponseRefused> {
        let asked = self.request.trust();
        for decision in &self.decisions {
            if !asked
                .iter()
                .any(|request| *request.identifier() == decision.identifier)
            {
                return Err(ResponseRefused::NotAsked {
                    serial: decision.identifier.serial().to_owned(),
                });
            }
        }
        asked
            .iter()
            .map(|request| {
                let mut decisions = self
                    .decisions
                    .iter()
                    .filter(|decision| decision.identifier == *request.identifier());
                let serial = request.identifier().serial().to_owned();
                match (decisions.next(), decisions.next()) {
                    (Some(decision), None) => Ok(decision),
                    (None, _) => Err(ResponseRefused::Undecided { serial }),
                    (Some(_), Some(_)) => Err(ResponseRefused::DecidedTwice { serial }),
                }
            })
            .collect()
    }
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
            Self::NotAsked { .. } => "not-asked",
        }
    }
}
