use rand_core::CryptoRng;
use rollcert_as2::{
    Diagnosis, Disposition, Layer, MdnDelivery, Modifier, Opened, Opener, Signature, open,
};
use rollcert_cem::{Limits, Objection, is_cem};
use rollcert_mime::Entity;
use rollcert_pki::{Certificate, Credential};
use rollcert_schedule::{
    Command, Commit, ExchangeId, Operation, Received, Relationship, Role, Side, Timestamp,
};

use crate::announced::TakenExchange;
use crate::answer::Answer;
use crate::fault::Fault;
use crate::method::lesson;
use crate::{Endpoint, Incoming, LateReceipt, Protection, Rendered, Reply, fingerprint};

/// What became of a message that came in.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a message is taken or refused, a receipt is neither yet"
)]
pub enum Inbound {
    /// It was understood: write the commit, then send the reply.
    Taken(Box<Taken>),
    /// It is a receipt for a message of ours: look up what was sent, and hold it against that.
    Receipt(Box<LateReceipt>),
    /// It was not: send the reply; nothing is changed.
    Refused(Box<Refused>),
}

/// A message that was understood.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Taken {
    /// What it changes, the record of the message and its reply included. Nothing is taken before this is
    /// written.
    pub commit: Commit,
    /// What to send back, once the commit is written.
    pub reply: Reply,
    /// What it brought.
    pub content: TakenContent,
    /// What there is to say against a certificate exchange message, by [`Party::cem_policy`](crate::Party::cem_policy),
    /// although it was taken. Certificates that cannot be used are rejected already; of the rest, these are what
    /// whoever decides should know.
    pub objections: Vec<Objection>,
}

/// What a message brought.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TakenContent {
    /// A document of the partner's: the innermost MIME entity. It is kept with the commit.
    Document(Vec<u8>),
    /// Certificates of the partner's were offered.
    Offer(ExchangeId),
    /// Our certificates were answered.
    Answer(ExchangeId),
}

/// A message that was not taken.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Refused {
    /// Tells the partner, in the terms of RFC 4130 §7.5.
    pub reply: Reply,
    /// Tells it in a request of its own, if it wants that: to be sent once, without a promise, for nothing was taken
    /// and the message comes again.
    pub receipt: Option<Rendered>,
    /// A stable name for the reason.
    pub code: &'static str,
    /// The reason, for people on our side. It may tell more than the reply does.
    pub reason: String,
    /// Where to look, and at whose certificate, where opening or verifying has failed. For our side as well.
    pub diagnosis: Option<Box<Diagnosis>>,
}

impl Endpoint<'_> {
    /// Takes a message: opens it, verifies it, and decides what it changes.
    ///
    /// It must be signed by a certificate that stands in the relationship and, by
    /// [`Protection`], encrypted. Ask the store for the message id first ([`Self::repeat`]): a
    /// message is taken once. What it advertises is learned; a receipt that the partner wants in a request of its own
    /// is an effect of the commit.
    pub fn receive(
        &self,
        relationship: &Relationship,
        incoming: &Incoming,
        now: Timestamp,
        rng: &mut dyn CryptoRng,
    ) -> Inbound {
        self.take(relationship, incoming, now, rng)
            .unwrap_or_else(|fault| {
                let said = &fault.disposition;
                // Without a receipt the partner sends again, which is right: it has no proof.
                let answer = self
                    .answer(relationship, incoming, None, said, now, rng)
                    .unwrap_or_else(|_| Answer::plain(500));
                Inbound::Refused(Box::new(Refused {
                    reply: answer.reply,
                    receipt: answer.receipt,
                    code: fault.code,
                    reason: fault.reason,
                    diagnosis: fault.diagnosis,
                }))
            })
    }

    fn take(
        &self,
        relationship: &Relationship,
        incoming: &Incoming,
        now: Timestamp,
        rng: &mut dyn CryptoRng,
    ) -> Result<Inbound, Fault> {
        // The tenant is the host's; a message knows nothing of it.
        let id = relationship.id();
        if incoming.relationship().with_tenant(&id.tenant) != *id {
            return Err(Fault::new(
                Modifier::AuthenticationFailed,
                "unknown-partner",
                "the message is for another relationship",
            ));
        }
        if let Some(wanted) = &incoming.envelope.mdn_request {
            if let MdnDelivery::Asynchronous { url } = &wanted.delivery {
                // Taking the message and never sending the receipt would leave the partner without proof.
                self.party
                    .admits_url(url)
                    .map_err(|error| Fault::exchange("receipt-url-refused", error.to_string()))?;
            }
            // RFC 4130 §7.3: a receipt that the sender cannot check is no receipt to it.
            if let Some(objection) = wanted.objection() {
                return Err(Fault::receipt(objection));
            }
        }
        let keys = self
            .keyring
            .credentials(&relationship.serving(Operation::Decrypt, now)?);
        let pinned = self
            .keyring
            .certificates(&relationship.serving(Operation::Verify, now)?);
        let opener = self.opener(&keys, &pinned, now);
        let opened = open(&incoming.headers, &incoming.body, &opener, rng)?;
        if opened.is_mdn() {
            // RFC 4130 §7.3: no receipt for a receipt.
            return Ok(match LateReceipt::read(incoming, opened, &opener) {
                Ok(receipt) => Inbound::Receipt(Box::new(receipt)),
                Err(error) => Inbound::Refused(Box::new(Refused {
                    reply: LateReceipt::refusal(),
                    receipt: None,
                    code: error.code(),
                    reason: error.to_string(),
                    diagnosis: Some(Box::new(error.diagnosis())),
                })),
            });
        }
        let signer = self.check(&opened)?;

        let mut commands = vec![Command::Used {
            side: Side::Theirs,
            role: Role::Signing,
            fingerprint: fingerprint(signer.as_der(), self.provider),
        }];
        commands.extend(opened.layers.iter().filter_map(|layer| match layer {
            Layer::Encrypted { recipient, .. } => Some(Command::Used {
                side: Side::Ours,
                role: Role::Encryption,
                fingerprint: fingerprint(recipient.as_der(), self.provider),
            }),
            _ => None,
        }));

        let limits = Limits::default();
        let exchange = Entity::parse(&opened.entity, &limits.mime)
            .is_ok_and(|entity| is_cem(&entity, &limits));
        let taken = if exchange {
            self.take_exchange(
                relationship,
                &opened.entity,
                signer,
                &limits,
                now,
                &mut commands,
            )
            .map_err(|fault| fault.told_of(&opened))?
        } else {
            TakenExchange {
                content: TakenContent::Document(opened.entity.clone()),
                blobs: Vec::new(),
                objections: Vec::new(),
            }
        };
        let TakenExchange {
            content,
            blobs,
            objections,
        } = taken;

        commands.extend(lesson(&incoming.envelope.features));
        let commit = relationship.decide(commands, now)?;
        let (mic, said) = (Some(&opened.mic), Disposition::Processed);
        let answer = self.answer(relationship, incoming, mic, &said, now, rng)?;
        let received = Received {
            message_id: incoming.message_id(),
            digest: incoming.digest,
            reply: Vec::new(),
            content: match &content {
                TakenContent::Document(entity) => Some(entity.clone()),
                _ => None,
            },
            at: now,
        };
        let commit = answer.keep(commit, received, self);
        Ok(Inbound::Taken(Box::new(Taken {
            commit: blobs.into_iter().fold(commit, Commit::with_blob),
            reply: answer.reply,
            content,
            objections,
        })))
    }

    pub(crate) fn opener<'o>(
        &'o self,
        keys: &'o [Credential],
        pinned: &[Certificate],
        now: Timestamp,
    ) -> Opener<'o> {
        Opener::new(self.provider, now)
            .with_credentials(keys)
            .with_certificates(pinned)
    }

    /// The signer, if the message is protected as the party demands.
    fn check<'o>(&self, opened: &'o Opened) -> Result<&'o Certificate, Fault> {
        let encrypted = opened
            .layers
            .iter()
            .any(|layer| matches!(layer, Layer::Encrypted { .. } | Layer::Undecrypted));
        if self.party.protection == Protection::SignedAndEncrypted && !encrypted {
            return Err(Fault::new(
                Modifier::InsufficientMessageSecurity,
                "not-encrypted",
                "the message is not encrypted",
            ));
        }
        let fault = match &opened.signature {
            None => Fault::new(
                Modifier::InsufficientMessageSecurity,
                "not-signed",
                "the message is not signed",
            ),
            Some(signature) => match trusted_signer(signature) {
                Ok(signer) => return Ok(signer),
                Err(reason) => Fault {
                    disposition: signature.disposition(),
                    code: "authentication-failed",
                    reason,
                    diagnosis: signature.diagnosis().map(Box::new),
                },
            },
        };
        Err(fault.told_of(opened))
    }
}

/// The signer, if the signature stands and its certificate is one that serves.
fn trusted_signer(signature: &Signature) -> Result<&Certificate, String> {
    match (&signature.valid, &signature.signer) {
        (Err(error), _) => Err(error.to_string()),
        (Ok(()), Some(signer)) if signature.is_trusted() => Ok(signer),
        (Ok(()), Some(signer)) => Err(format!(
            "the signer {} is not one that serves",
            signer.subject()
        )),
        (Ok(()), None) => Err("the signer is not known".to_owned()),
    }
}
