//! What is decided about the certificates of a request.

use rollcert::cem::{Request, ResponseBuilder};
use rollcert::pki::SerialNumber;

use crate::error::Failure;

/// The decisions of the command line.
pub(crate) enum Decisions {
    AcceptAll,
    Each(Vec<Decision>),
}

pub(crate) struct Decision {
    serial: SerialNumber,
    /// Why it is rejected; accepted without.
    rejected: Option<String>,
}

impl Decisions {
    /// Reads `--accept SERIAL`, `--accept all` and `--reject SERIAL=REASON`.
    pub(crate) fn parse(accepted: &[String], rejected: &[String]) -> Result<Self, Failure> {
        if accepted.iter().any(|serial| serial == ALL) {
            if accepted.len() + rejected.len() > 1 {
                let text = "--accept all stands with no other decision";
                return Err(Failure::failed("decided-twice", text));
            }
            return Ok(Self::AcceptAll);
        }
        let mut decisions = Vec::new();
        for text in accepted {
            decisions.push(Decision {
                serial: serial("--accept", text)?,
                rejected: None,
            });
        }
        for text in rejected {
            let Some((number, reason)) = text.split_once('=') else {
                let text = format!("--reject {text}: expected SERIAL=REASON");
                return Err(Failure::failed("usage", text));
            };
            decisions.push(Decision {
                serial: serial("--reject", number)?,
                rejected: Some(reason.to_owned()),
            });
        }
        Ok(Self::Each(decisions))
    }

    /// Answers each certificate of the request, for each of which there must be exactly one decision.
    pub(crate) fn answer<'r>(
        &self,
        request: &Request,
        mut response: ResponseBuilder<'r>,
    ) -> Result<ResponseBuilder<'r>, Failure> {
        let asked = || request.trust().iter().map(|trust| trust.identifier());
        let decisions = match self {
            Self::AcceptAll => {
                return Ok(
                    asked().fold(response, |response, identifier| response.accept(identifier))
                );
            }
            Self::Each(decisions) => decisions,
        };
        for Decision { serial, .. } in decisions {
            if !asked().any(|identifier| identifier.serial_number() == serial) {
                return Err(about(
                    "not-asked",
                    "the request names no certificate",
                    serial,
                ));
            }
        }
        for identifier in asked() {
            let serial = identifier.serial_number();
            let mut found = decisions
                .iter()
                .filter(|decision| decision.serial == *serial);
            response = match (found.next(), found.next()) {
                (None, _) => {
                    return Err(about("undecided", "no decision about certificate", serial));
                }
                (_, Some(_)) => {
                    return Err(about(
                        "decided-twice",
                        "two decisions about certificate",
                        serial,
                    ));
                }
                (Some(Decision { rejected: None, .. }), None) => response.accept(identifier),
                (
                    Some(Decision {
                        rejected: Some(reason),
                        ..
                    }),
                    None,
                ) => response.reject(identifier, reason),
            };
        }
        Ok(response)
    }
}

fn serial(flag: &str, text: &str) -> Result<SerialNumber, Failure> {
    SerialNumber::from_decimal(text)
        .map_err(|error| Failure::failed("usage", format!("{flag} {text}: {error}")))
}

fn about(code: &'static str, what: &str, serial: &SerialNumber) -> Failure {
    Failure::failed(code, format!("{what} {}", serial.to_decimal()))
}

/// Instead of a serial number.
const ALL: &str = "all";
