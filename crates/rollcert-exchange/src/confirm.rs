use rand_core::CryptoRng;
use rollcert_as2::{
    Diagnosis, Disposition, MdnDelivery, MdnError, MdnProblem, MdnRequest, MessageId,
    MessageIdError, Mic, MicError, Owner, Purpose, Receipt, ReceivedMdn, read_mdn,
};
use rollcert_mime::Headers;
use rollcert_schedule::{
    Action, Command, Commit, Effect, Operation, Refusal, Relationship, Role, ServingError, Settled,
    Side, Timestamp,
};

use crate::method::lesson;
use crate::{Endpoint, Rendered, Reply, fingerprint};

/// What a reply has proven.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Confirmation {
    /// What it changes, the end of the effect included.
    pub commit: Commit,
    /// What the partner says became of the message: processed, or, for an offer that it could not use and for a
    /// message that goes out once more, why not. None for a receipt that was delivered: nobody answers one.
    pub disposition: Option<Disposition>,
    /// Whether the message goes out once more, with another certificate.
    pub again: Again,
}

/// Whether a message goes out once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it does or does not")]
pub enum Again {
    /// It is done with.
    No,
    /// The partner could not verify or decrypt it, and there is another certificate: the commit holds a new effect,
    /// and in its events the reason. That happens once for a message.
    WithOtherCertificate,
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
    /// return its MIC. Only then is the effect settled. Two refusals of the partner's settle it as well: one that
    /// names a certificate as the reason while another could serve, for the message then goes out once more with that
    /// one; and any other of an *offer*: the exchange has failed, and another offer is another exchange.
    ///
    /// A receipt that we deliver is done with when it has arrived: any success of HTTP will do.
    ///
    /// # Errors
    ///
    /// [`ConfirmError`]: nothing is confirmed; give the lease back and try again later. With
    /// [`ConfirmError::Awaited`] nothing has failed either.
    pub fn confirm(
        &self,
        relationship: &Relationship,
        sent: &Sent<'_>,
        reply: &Reply,
        now: Timestamp,
        rng: &mut dyn CryptoRng,
    ) -> Result<Confirmation, ConfirmError> {
        if !(200..300).contains(&reply.status) {
            return Err(ConfirmError::Status {
                status: reply.status,
            });
        }
        if let Action::SendReceipt { .. } = sent.effect.action {
            let commit = relationship.decide([], now)?.with_settled(sent.settled());
            return Ok(Confirmation {
                commit,
                disposition: None,
                again: Again::No,
            });
        }
        let headers = Headers::from_pairs(reply.headers.iter().map(|(name, value)| (name, value)));
        let pinned = self
            .keyring
            .certificates(&relationship.serving(Operation::VerifyMdn, now)?);
        match read_mdn(&headers, &reply.body, &self.opener(&[], &pinned, now), rng) {
            Ok(received) => self.judge(relationship, sent, &received, now),
            // What else an HTTP server says while the receipt comes by itself has no meaning.
            Err(MdnError::NotAnMdn { .. }) if sent.rendered.is_answered_later() => {
                Err(ConfirmError::Awaited)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Holds a receipt against what was sent.
    pub(crate) fn judge(
        &self,
        relationship: &Relationship,
        sent: &Sent<'_>,
        received: &ReceivedMdn,
        now: Timestamp,
    ) -> Result<Confirmation, ConfirmError> {
        let Sent {
            effect, rendered, ..
        } = *sent;
        let message_id = MessageId::parse(&rendered.message_id)?;
        let mic: Mic = rendered.mic.as_deref().unwrap_or_default().parse()?;
        let receipt = received.check(&message_id, &mic)?;
        let disposition = received.mdn.disposition.clone();
        let mut again = Again::No;
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
            .chain(lesson(&received.features))
            .collect();
        match (effect.action.purpose(), receipt) {
            (_, Receipt::Refused(disposition))
                if let Some(command) = other_try(relationship, sent, &disposition, now) =>
            {
                commands.push(command);
                again = Again::WithOtherCertificate;
            }
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
                commands.extend(rendered.signed_with.map(|fingerprint| Command::Used {
                    side: Side::Ours,
                    role: Role::Signing,
                    fingerprint,
                }));
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
        let commit = relationship.decide(commands, now)?;
        Ok(Confirmation {
            commit: commit.with_settled(sent.settled()),
            disposition: Some(disposition),
            again,
        })
    }
}

impl Sent<'_> {
    fn settled(&self) -> Settled {
        Settled {
            effect: self.effect.id.clone(),
            fence: self.fence,
        }
    }
}

impl Rendered {
    /// Whether its receipt was asked for in a request of its own.
    fn is_answered_later(&self) -> bool {
        let headers = self.headers.iter().map(|(name, value)| (name, value));
        MdnRequest::parse(&Headers::from_pairs(headers))
            .is_some_and(|wanted| matches!(wanted.delivery, MdnDelivery::Asynchronous { .. }))
    }
}

/// The command that sends a message once more, if the partner's refusal points at a certificate and another could
/// serve.
fn other_try(
    relationship: &Relationship,
    sent: &Sent<'_>,
    disposition: &Disposition,
    now: Timestamp,
) -> Option<Command> {
    let diagnosis = disposition.diagnosis()?;
    let (operation, tried) = match diagnosis.certificate()? {
        (Owner::Ours, Purpose::Signing) => (Operation::Sign, sent.rendered.signed_with?),
        (Owner::Partner, Purpose::Encryption) => (Operation::Encrypt, sent.rendered.encrypted_to?),
        _ => return None,
    };
    let command = Command::SendAgain {
        effect: sent.effect.clone(),
        operation,
        instead_of: tried,
        reason: disposition.to_string(),
    };
    // The schedule knows whether there is another certificate, and whether this was the second try.
    let decided = relationship.decide([command.clone()], now);
    decided.is_ok().then_some(command)
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
    /// The message has arrived; its receipt comes in a request of its own. Nothing has failed: hold the effect back
    /// until the receipt is overdue.
    #[error("the receipt comes in a request of its own")]
    Awaited,
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
            Self::Awaited => "receipt-awaited",
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
        self.diagnosis().map(|diagnosis| diagnosis.hint)
    }

    /// Where to look, and at whose certificate, as far as the receipt tells.
    #[must_use]
    pub fn diagnosis(&self) -> Option<Diagnosis> {
        match self {
            Self::Mdn(error) => Some(error.diagnosis()),
            Self::Problem(problem) => Some(problem.diagnosis()),
            Self::Negative { disposition } => disposition.diagnosis(),
            _ => None,
        }
    }
}
