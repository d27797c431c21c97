use rand_core::CryptoRng;
use rollcert_as2::{
    Disposition, MdnError, MdnProblem, MessageId, MessageIdError, Mic, MicError, Receipt, read_mdn,
};
use rollcert_mime::Headers;
use rollcert_schedule::{
    Action, Command, Commit, Effect, Operation, Refusal, Relationship, Role, ServingError, Settled,
    Side, Timestamp,
};

use crate::{Endpoint, Rendered, Reply, fingerprint};

/// What a reply has proven.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Confirmation {
    /// What it changes, the end of the effect included.
    pub commit: Commit,
    /// What the partner says became of the message: processed, or, for an offer that it could not use, why
    /// not.
    pub disposition: Disposition,
}

/// A message that was sent.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "what was sent, for what, and under which lease"
)]
pub struct Sent<'a> {
    /// The effect that it carries out.
    pub effect: &'a Effect,
    /// The fence of the lease under which it was sent.
    pub fence: u64,
    /// The message.
    pub rendered: &'a Rendered,
}

impl Endpoint<'_> {
    /// Reads the HTTP reply to a message of ours, and decides what it changes.
    ///
    /// The receipt must be signed by a certificate that stands in the relationship, name our message and
    /// return its MIC. Only then is the effect settled. A receipt that says the partner could not use an *offer* settles it as well:
    /// the exchange has failed, and another offer is another exchange.
    ///
    /// # Errors
    ///
    /// [`ConfirmError`]: nothing is confirmed; give the lease back and try again later.
    pub fn confirm(
        &self,
        relationship: &Relationship,
        sent: &Sent<'_>,
        reply: &Reply,
        now: Timestamp,
        rng: &mut dyn CryptoRng,
    ) -> Result<Confirmation, ConfirmError> {
        let Sent {
            effect,
            fence,
            rendered,
        } = *sent;
        if !(200..300).contains(&reply.status) {
            return Err(ConfirmError::Status {
                status: reply.status,
            });
        }
        let headers = Headers::from_pairs(reply.headers.iter().map(|(name, value)| (name, value)));
        let pinned = self
            .keyring
            .certificates(&relationship.serving(Operation::VerifyMdn, now)?);
        let received = read_mdn(&headers, &reply.body, &self.opener(&[], &pinned, now), rng)?;
        let message_id = MessageId::parse(&rendered.message_id)?;
        let mic: Mic = rendered.mic.parse()?;
        let receipt = received.check(&message_id, &mic)?;
        let disposition = received.mdn.disposition.clone();
        let signer = received
            .signature
            .as_ref()
            .and_then(|signature| signature.signer.as_ref());

        let mut commands: Vec<Command> = signer
            .map(|signer| Command::Used {
                side: Side::Theirs,
                role: Role::Signing,
                fingerprint: fingerprint(signer.as_der(), self.provider),
            })
            .into_iter()
            .collect();
        match (&effect.action, receipt) {
            // CEM §2.3: the initiator treats any error receipt as "not understood".
            (Action::SendOffer { exchange }, Receipt::Refused(disposition)) => {
                commands.push(Command::DeliveryFailed {
                    exchange: exchange.clone(),
                    reason: disposition.to_string(),
                });
            }
            (_, Receipt::Refused(disposition)) => {
                return Err(ConfirmError::Negative { disposition });
            }
            (action, _) => {
                commands.push(Command::Used {
                    side: Side::Ours,
                    role: Role::Signing,
                    fingerprint: rendered.signed_with,
                });
                let delivered = match action {
                    Action::SendOffer { exchange } => Some((Side::Ours, exchange)),
                    Action::SendAnswer { exchange } => Some((Side::Theirs, exchange)),
                    _ => None,
                };
                commands.extend(delivered.map(|(side, exchange)| Command::Delivered {
                    side,
                    exchange: exchange.clone(),
                }));
            }
        }
        let settled = Settled {
            effect: effect.id.clone(),
            fence,
        };
        let commit = relationship.decide(commands, now)?.with_settled(settled);
        Ok(Confirmation {
            commit,
            disposition,
        })
    }
}

/// Why a reply confirms nothing. The effect stays in the outbox.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfirmError {
    /// The partner's server answered with another HTTP status than success.
    #[error("http status {status}")]
    Status {
        /// The status code.
        status: u16,
    },
    /// The receipt cannot be read.
    #[error(transparent)]
    Mdn(#[from] MdnError),
    /// The receipt proves nothing about this message.
    #[error(transparent)]
    Problem(#[from] MdnProblem),
    /// The partner says that it did not process the message.
    #[error("the partner refused the message: {disposition}")]
    Negative {
        /// In its words.
        disposition: Disposition,
    },
    /// No certificate serves to verify the receipt.
    #[error(transparent)]
    Serving(#[from] ServingError),
    /// The stored message id cannot be read.
    #[error(transparent)]
    MessageId(#[from] MessageIdError),
    /// The stored MIC cannot be read.
    #[error(transparent)]
    Mic(#[from] MicError),
    /// The schedule refused what follows.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl ConfirmError {
    /// A stable name for this failure.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Status { .. } => "http-status",
            Self::Mdn(error) => error.code(),
            Self::Problem(error) => error.code(),
            Self::Negative { .. } => "negative-receipt",
            Self::Serving(error) => error.code(),
            Self::MessageId(error) => error.code(),
            Self::Mic(error) => error.code(),
            Self::Refused(error) => error.code(),
        }
    }

    /// Where to look first, when the receipt says so.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Problem(problem) => Some(problem.hint()),
            Self::Negative { disposition } => disposition.hint(),
            _ => None,
        }
    }
}
