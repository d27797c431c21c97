use std::collections::{BTreeMap, BTreeSet};

use rand_core::CryptoRng;
use rollcert_as2::{
    Disposition, FailureReason, Layer, Mdn, MdnDelivery, MessageId, Modifier, OpenError, Opened,
    Opener, ReceiptSigning, Signature, open,
};
use rollcert_cem::{
    CertStatus, Limits, Malformed, Message as Cem, Received as Announced, Request, Response,
    RulesBroken, TrustRequest, Warning, is_cem,
};
use rollcert_mime::Entity;
use rollcert_pki::{Certificate, Credential};
use rollcert_schedule::{
    Blob, Command, Commit, Decision, ExchangeId, Fingerprint, Offer, Operation, Received, Refusal,
    Relationship, Role, ServingError, Side, Timestamp,
};

use crate::offer::role;
use crate::{
    Endpoint, Incoming, MissingKey, Protection, Reply, blob, credential_facts, fingerprint,
};

/// What became of a message that came in.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a message is taken or refused")]
pub enum Inbound {
    /// It was understood: write the commit, then send the reply.
    Taken(Box<Taken>),
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
    /// A stable name for the reason.
    pub code: &'static str,
    /// The reason, for people on our side. It may tell more than the reply does.
    pub reason: String,
}

impl Endpoint<'_> {
    /// Takes a message: opens it, verifies it, and decides what it changes.
    ///
    /// It must be signed by a certificate that stands in the relationship and, by
    /// [`Protection`], encrypted. Ask the store for the message id first ([`Incoming::repeat`]): a
    /// message is taken once.
    pub fn receive(
        &self,
        relationship: &Relationship,
        incoming: &Incoming,
        now: Timestamp,
        rng: &mut dyn CryptoRng,
    ) -> Inbound {
        self.take(relationship, incoming, now, rng)
            .unwrap_or_else(|fault| {
                let reply = self.reply(relationship, incoming, None, &fault.disposition, now, rng);
                Inbound::Refused(Box::new(Refused {
                    reply,
                    code: fault.code,
                    reason: fault.reason,
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
        if let Some(wanted) = &incoming.envelope.mdn_request
            && matches!(wanted.delivery, MdnDelivery::Asynchronous { .. })
        {
            // Taking the message and never sending the receipt would leave the partner without proof.
            return Err(Fault::exchange(
                "asynchronous-receipt-unsupported",
                "the receipt is wanted in a request of its own, which is not served",
            ));
        }
        if let Some(wanted) = &incoming.envelope.mdn_request
            && wanted.micalgs.is_empty()
            && !wanted.unknown_micalgs.is_empty()
        {
            // RFC 4130 §7.3: a receipt with another MIC than the sender can check is no receipt to it.
            return Err(Fault {
                disposition: Disposition::Failure(FailureReason::UnsupportedMicAlgorithms),
                code: "unsupported-mic-algorithms",
                reason: format!(
                    "the receipt is wanted with {}",
                    wanted.unknown_micalgs.join(", ")
                ),
            });
        }
        let keys = self
            .keyring
            .credentials(&relationship.serving(Operation::Decrypt, now)?);
        let pinned = self
            .keyring
            .certificates(&relationship.serving(Operation::Verify, now)?);
        let opener = self.opener(&keys, &pinned, now);
        let opened = open(&incoming.headers, &incoming.body, &opener, rng)?;
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
        let (content, blobs) = if exchange {
            self.take_exchange(relationship, &opened.entity, &limits, now, &mut commands)?
        } else {
            (TakenContent::Document(opened.entity.clone()), Vec::new())
        };

        let commit = relationship.decide(commands, now)?;
        let reply = self.reply(
            relationship,
            incoming,
            Some(&opened),
            &Disposition::Processed,
            now,
            rng,
        );
        let received = Received {
            message_id: incoming.message_id(),
            digest: incoming.digest,
            reply: reply.encode(),
            content: match &content {
                TakenContent::Document(entity) => Some(entity.clone()),
                _ => None,
            },
            at: now,
        };
        let commit = blobs
            .into_iter()
            .fold(commit.with_received(received), Commit::with_blob);
        Ok(Inbound::Taken(Box::new(Taken {
            commit,
            reply,
            content,
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
            .any(|layer| matches!(layer, Layer::Encrypted { .. }));
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
                },
            },
        };
        let stands = opened
            .signature
            .as_ref()
            .is_some_and(|signature| signature.valid.is_ok());
        if encrypted && !stands {
            // RFC 3218: whoever alters a ciphertext must not learn from the receipt whether its padding
            // was right, and what no signature covers may be altered. On our side the reason is told.
            let disposition = Disposition::Error(Modifier::DecryptionFailed);
            return Err(Fault {
                disposition,
                ..fault
            });
        }
        Err(fault)
    }

    /// Turns a certificate exchange message into a command, and says what is to be kept of it.
    fn take_exchange(
        &self,
        relationship: &Relationship,
        entity: &[u8],
        limits: &Limits,
        now: Timestamp,
        commands: &mut Vec<Command>,
    ) -> Result<(TakenContent, Vec<Blob>), Fault> {
        let received = Announced::parse(entity, limits)?;
        if received
            .warnings()
            .iter()
            .any(|warning| matches!(warning, Warning::TypeMissing))
        {
            // CEM §2.1: what does not say that it is an exchange is not acted upon as one.
            return Err(Fault::exchange(
                "type-missing",
                "the multipart does not say that it is a certificate exchange message",
            ));
        }
        let message = received.into_message()?;
        if message.partner() != self.party.partner.as_str() {
            // CEM §3.1: the name is that of the sender on the transport.
            return Err(Fault::exchange(
                "name-mismatch",
                "the message names another partner",
            ));
        }
        match message {
            Cem::Request(request) => {
                let (exchange, command) = self.take_request(&request, entity, now)?;
                commands.push(command);
                let certificates = request
                    .trust()
                    .iter()
                    .map(|trust| blob(trust.end_entity().as_der(), self.provider));
                let blobs = certificates.chain([blob(entity, self.provider)]).collect();
                Ok((TakenContent::Offer(exchange), blobs))
            }
            Cem::Response(response) => {
                let (exchange, command) = self.take_response(relationship, &response)?;
                commands.push(command);
                Ok((TakenContent::Answer(exchange), Vec::new()))
            }
        }
    }

    fn take_request(
        &self,
        request: &Request,
        entity: &[u8],
        now: Timestamp,
    ) -> Result<(ExchangeId, Command), Fault> {
        let evidence = fingerprint(entity, self.provider);
        // CEM §2.5: a request without an id is matched by its certificates; its digest names it here.
        let id = request
            .request_id()
            .map_or_else(|| evidence.to_string(), ToString::to_string);
        let exchange = ExchangeId::new(id);
        let mut offers = Vec::new();
        for trust in request.trust() {
            self.party
                .admits_response_url(trust.response_url())
                .map_err(|error| Fault::exchange("response-url-refused", error.to_string()))?;
            offers.push(self.offered(trust, now)?);
        }
        // Several dates may stand in one request; the earliest binds.
        let dates = request
            .trust()
            .iter()
            .filter_map(|trust| trust.respond_by()?.instant());
        Ok((
            exchange.clone(),
            Command::ReceiveOffer {
                exchange,
                offers,
                credentials: request
                    .trust()
                    .iter()
                    .map(|trust| credential_facts(trust.end_entity(), self.provider))
                    .collect(),
                respond_by: dates.min(),
                evidence,
            },
        ))
    }

    fn offered(&self, trust: &TrustRequest, now: Timestamp) -> Result<Offer, Fault> {
        let certificate = trust.end_entity();
        if certificate.not_after() < now {
            return Err(Fault::exchange(
                "certificate-expired",
                "the certificate has expired",
            ));
        }
        let unfit = trust.usages().not_permitted_by(certificate);
        if !unfit.is_empty() {
            return Err(Fault::exchange(
                "usage-not-permitted",
                format!("the certificate's key usage does not permit {unfit}"),
            ));
        }
        let roles: Option<BTreeSet<Role>> = trust.usages().iter().map(role).collect();
        let roles = roles.ok_or_else(|| {
            // One status answers for all usages, so none of them may be passed over.
            Fault::exchange(
                "usage-unsupported",
                "TLS certificates are not exchanged here",
            )
        })?;
        Ok(Offer {
            fingerprint: fingerprint(certificate.as_der(), self.provider),
            roles,
        })
    }

    fn take_response(
        &self,
        relationship: &Relationship,
        response: &Response,
    ) -> Result<(ExchangeId, Command), Fault> {
        let unknown =
            || Fault::exchange("unknown-request", "the response answers no request of ours");
        let request_id = response.request_id().ok_or_else(unknown)?;
        let exchange = ExchangeId::new(request_id.as_str());
        let known = relationship
            .exchange(Side::Ours, &exchange)
            .ok_or_else(unknown)?;
        let offered = known
            .offers
            .iter()
            .map(|offer| self.keyring.certificate(offer.fingerprint).cloned())
            .collect::<Result<Vec<_>, MissingKey>>()?;
        let answers = response
            .answers(Some(request_id), &offered)
            .map_err(|error| Fault::exchange(error.code(), error.to_string()))?;
        if !answers.unknown.is_empty() {
            return Err(Fault::exchange(
                "unknown-certificate",
                "the response names a certificate that was not offered",
            ));
        }
        let decisions: BTreeMap<Fingerprint, Decision> = answers
            .found
            .iter()
            .filter_map(|answer| {
                let offer = known.offers.get(answer.offered)?;
                let decision = match answer.response.status() {
                    CertStatus::Accepted => Decision::Accept,
                    CertStatus::Rejected => Decision::Reject {
                        reason: answer.response.reason().unwrap_or_default().to_owned(),
                    },
                };
                Some((offer.fingerprint, decision))
            })
            .collect();
        Ok((
            exchange.clone(),
            Command::ReceiveAnswer {
                exchange,
                decisions,
            },
        ))
    }

    /// The reply that the partner asked for: a receipt, or an empty one.
    fn reply(
        &self,
        relationship: &Relationship,
        incoming: &Incoming,
        opened: Option<&Opened>,
        disposition: &Disposition,
        now: Timestamp,
        rng: &mut dyn CryptoRng,
    ) -> Reply {
        let envelope = &incoming.envelope;
        let Some(wanted) = &envelope.mdn_request else {
            return Reply {
                status: 200,
                headers: Vec::new(),
                body: Vec::new(),
            };
        };
        let mut mdn = Mdn::new(
            envelope.message_id.clone(),
            envelope.to.clone(),
            disposition.clone(),
        );
        if let Some(opened) = opened {
            mdn = mdn.with_mic(opened.mic.clone());
        }
        let signer: Result<&Credential, Fault> =
            self.serving_credential(relationship, Operation::SignMdn, now);
        let message_id = MessageId::random("rollcert.mdn", rng);
        let message = message_id.map_err(|_| ()).and_then(|id| {
            let mut receipt = mdn.builder(&self.party.local, &self.party.partner, id);
            if wanted.signing == ReceiptSigning::Signed {
                let digest = wanted.micalg().unwrap_or(self.party.digest);
                receipt = receipt.signed_by(signer.map_err(|_| ())?, digest);
            }
            receipt.build(now, self.provider, rng).map_err(|_| ())
        });
        match message {
            Ok(message) => Reply {
                status: 200,
                headers: message.headers,
                body: message.body,
            },
            // Without a receipt the partner sends again, which is right: it has no proof.
            Err(()) => Reply {
                status: 500,
                headers: Vec::new(),
                body: Vec::new(),
            },
        }
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

/// Why a message is refused, and what the partner is told.
struct Fault {
    disposition: Disposition,
    code: &'static str,
    reason: String,
}

impl Fault {
    fn new(modifier: Modifier, code: &'static str, reason: impl Into<String>) -> Self {
        Self {
            disposition: Disposition::Error(modifier),
            code,
            reason: reason.into(),
        }
    }

    /// CEM §2.3: what cannot be understood as an exchange is answered so.
    fn exchange(code: &'static str, reason: impl Into<String>) -> Self {
        Self::new(Modifier::UnexpectedProcessingError, code, reason)
    }
}

impl From<OpenError> for Fault {
    fn from(error: OpenError) -> Self {
        Self {
            disposition: error.disposition(),
            code: error.code(),
            reason: error.to_string(),
        }
    }
}

impl From<Malformed> for Fault {
    fn from(error: Malformed) -> Self {
        Self::exchange(error.code(), error.to_string())
    }
}

impl From<RulesBroken> for Fault {
    fn from(error: RulesBroken) -> Self {
        Self::exchange(error.code(), error.to_string())
    }
}

impl From<Refusal> for Fault {
    fn from(error: Refusal) -> Self {
        Self::exchange(error.code(), error.to_string())
    }
}

impl From<ServingError> for Fault {
    fn from(error: ServingError) -> Self {
        Self::exchange(error.code(), error.to_string())
    }
}

impl From<MissingKey> for Fault {
    fn from(error: MissingKey) -> Self {
        Self::exchange(error.code(), error.to_string())
    }
}
