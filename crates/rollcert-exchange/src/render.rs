use rand_core::CryptoRng;
use rollcert_as2::{BuildError, MdnDelivery, MdnRequest, Message, MessageId, MessageIdError};
use rollcert_cem::{
    Message as Cem, MessageSignature, Objection, RequestId, RequestRefused, Response,
    ResponseRefused,
};
use rollcert_pki::{Certificate, Credential};
use rollcert_schedule::{
    Action, Decision, Effect, Exchange, ExchangeId, Fingerprint, Operation, Relationship,
    RelationshipId, Role, ServingError, Side, Timestamp,
};

use crate::{
    Endpoint, MalformedRendering, MissingKey, Protection, Receipts, Rendered, fingerprint,
};

/// The document that an effect needs besides the relationship, to be fetched from the store.
///
/// For a message of the host's it is the MIME entity to send; for an answer it is the request that is
/// answered, as it came; for a receipt it is the receipt.
#[must_use]
pub fn document_for(action: &Action, relationship: &Relationship) -> Option<Fingerprint> {
    match action.purpose() {
        Action::SendMessage { content } => Some(*content),
        Action::SendReceipt { receipt } => Some(*receipt),
        Action::SendAnswer { exchange } => relationship.exchange(Side::Theirs, exchange)?.evidence,
        _ => None,
    }
}

impl Endpoint<'_> {
    /// Makes the HTTP message that carries an effect out.
    ///
    /// The result differs from call to call, as it draws content keys and boundaries: store it before
    /// the first send, and send what is stored. Only the message id is the same each time, for it
    /// follows from the effect's. A receipt was made when its message was taken, and stays as it is while its
    /// certificate is valid.
    ///
    /// `document` is what [`document_for`] names.
    ///
    /// # Errors
    ///
    /// [`RenderError`].
    pub fn render(
        &self,
        relationship: &Relationship,
        effect: &Effect,
        document: Option<&[u8]>,
        now: Timestamp,
        rng: &mut dyn CryptoRng,
    ) -> Result<Rendered, RenderError> {
        let (entity, subject, recipient, url) = match effect.action.purpose() {
            Action::SendReceipt { .. } => {
                let receipt = document.ok_or(RenderError::NoDocument)?;
                return self.receipt_again(relationship, receipt, now, rng);
            }
            Action::SendMessage { .. } => {
                let entity = document.ok_or(RenderError::NoDocument)?.to_vec();
                let recipient = self.recipient(relationship, now)?;
                (
                    entity,
                    "EDI document",
                    recipient,
                    self.party.partner_url.clone(),
                )
            }
            Action::SendOffer { exchange } => {
                // It may have been capable when the offer was made: what it cannot read is not sent.
                if !relationship.capability().is_capable() {
                    return Err(RenderError::NotCapable);
                }
                let entity = self.offer_entity(relationship, exchange, now, rng)?;
                let recipient = self.recipient(relationship, now)?;
                (
                    entity,
                    "Certificate exchange request",
                    recipient,
                    self.party.partner_url.clone(),
                )
            }
            Action::SendAnswer { exchange } => {
                let request = document.ok_or(RenderError::NoDocument)?;
                let known = known(relationship, Side::Theirs, exchange)?;
                let (entity, url) = self.answer_entity(relationship, known, request, now, rng)?;
                let serving = relationship.serving_for_answer(known, now)?;
                let recipient = self.keyring.certificate(serving.fingerprint)?;
                (entity, "Certificate exchange response", recipient, url)
            }
            _ => return Err(RenderError::UnknownAction),
        };
        let signer: &Credential = match instead(&effect.action, Role::Signing) {
            Some(other) => self.keyring.credential(other)?,
            None => self.serving_credential::<RenderError>(relationship, Operation::Sign, now)?,
        };
        let recipient = match instead(&effect.action, Role::Encryption) {
            Some(other) => self.keyring.certificate(other)?,
            None => recipient,
        };
        let message_id = message_id(relationship.id(), effect, self)?;
        let mut message =
            Message::builder(&self.party.local, &self.party.partner, message_id.clone())
                .signed_by(signer, self.party.digest)
                .request_mdn(self.receipt_wanted())
                .subject(subject);
        let mut encrypted_to = None;
        if self.party.protection == Protection::SignedAndEncrypted {
            message = message.encrypted_to([recipient], self.party.cipher);
            encrypted_to = Some(fingerprint(recipient.as_der(), self.provider));
        }
        let message = message.build(&entity, now, self.provider, rng)?;
        Ok(Rendered {
            message_id: message_id.to_string(),
            url,
            headers: message.headers,
            mic: Some(message.mic.to_string()),
            signed_with: Some(fingerprint(signer.certificate().as_der(), self.provider)),
            encrypted_to,
            body: message.body,
        })
    }

    /// The receipt that we ask for.
    fn receipt_wanted(&self) -> MdnRequest {
        let wanted = MdnRequest::signed(&self.party.local_url);
        match self.party.receipts {
            Receipts::Synchronous => wanted,
            Receipts::Asynchronous => wanted.with_delivery(MdnDelivery::Asynchronous {
                url: self.party.local_url.clone(),
            }),
        }
    }

    /// A receipt as it was made, or, where its certificate has expired meanwhile, signed anew.
    fn receipt_again(
        &self,
        relationship: &Relationship,
        octets: &[u8],
        now: Timestamp,
        rng: &mut dyn CryptoRng,
    ) -> Result<Rendered, RenderError> {
        let receipt = Rendered::decode(octets)?;
        let renewed = self.renewed(relationship, &receipt.headers, &receipt.body, now, rng);
        Ok(match renewed {
            None => receipt,
            Some((message, signed_with)) => Rendered {
                message_id: message.message_id.to_string(),
                headers: message.headers,
                signed_with,
                body: message.body,
                ..receipt
            },
        })
    }

    fn recipient(
        &self,
        relationship: &Relationship,
        now: Timestamp,
    ) -> Result<&Certificate, RenderError> {
        self.serving_certificate(relationship, Operation::Encrypt, now)
    }

    fn offer_entity(
        &self,
        relationship: &Relationship,
        id: &ExchangeId,
        now: Timestamp,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, RenderError> {
        let exchange = known(relationship, Side::Ours, id)?;
        let request_id = RequestId::new(id.as_str()).map_err(|_| RequestRefused::RequestId)?;
        let offerings = exchange
            .offers
            .iter()
            .map(|offer| Ok((self.keyring.credential(offer.fingerprint)?, &offer.roles)))
            .collect::<Result<Vec<_>, MissingKey>>()?;
        // A request that lay so long that its date has passed is still sent as it was decided; the
        // date then binds nobody, and the partner may answer all the same.
        let respond_by = exchange.respond_by.filter(|respond_by| *respond_by > now);
        // Its date is that of the decision, whenever it is sent: so the partner knows which of two is the later.
        let made_at = exchange.offered_at;
        Ok(self.request(request_id, &offerings, respond_by, made_at, now, rng)?)
    }

    /// The CEM response to the request as it came, and where it goes.
    fn answer_entity(
        &self,
        relationship: &Relationship,
        exchange: &Exchange,
        request: &[u8],
        now: Timestamp,
        rng: &mut dyn CryptoRng,
    ) -> Result<(Vec<u8>, String), RenderError> {
        let limits = rollcert_cem::Limits::default();
        let message = Cem::parse(request, &limits).map_err(|_| RenderError::NoDocument)?;
        let Cem::Request(request) = &message else {
            return Err(RenderError::NoDocument);
        };
        let mut response = Response::builder(request, self.party.local.as_str(), now);
        for trust in request.trust() {
            let id = fingerprint(trust.end_entity().as_der(), self.provider);
            let answer = exchange.answers.get(&id).ok_or(RenderError::NoDocument)?;
            response = match &answer.decision {
                Decision::Accept => response.accept(trust.identifier()),
                Decision::Reject { reason } => response.reject(trust.identifier(), reason),
            };
        }
        // The URL was checked when the request was taken; configuration may have changed since.
        let assessment = self.assess(relationship, &message, MessageSignature::Absent, now);
        let is_refused = assessment
            .of_certificate(0)
            .iter()
            .any(|objection| matches!(objection, Objection::ResponseUrl { .. }));
        let url = request.trust().first().filter(|_| !is_refused);
        let url = url.map_or(self.party.partner_url.as_str(), |trust| {
            trust.response_url()
        });
        Ok((response.build(rng)?, url.to_owned()))
    }
}

/// The certificate that an action is carried out with the second time, in this role.
fn instead(action: &Action, wanted: Role) -> Option<Fingerprint> {
    match action {
        Action::SendAgain { role, with, .. } if *role == wanted => Some(*with),
        _ => None,
    }
}

fn known<'a>(
    relationship: &'a Relationship,
    side: Side,
    id: &ExchangeId,
) -> Result<&'a Exchange, RenderError> {
    relationship
        .exchange(side, id)
        .ok_or_else(|| RenderError::UnknownExchange {
            exchange: id.clone(),
        })
}

/// The id under which an effect's message travels, on the first send and on every retry.
fn message_id(
    relationship: &RelationshipId,
    effect: &Effect,
    endpoint: &Endpoint<'_>,
) -> Result<MessageId, MessageIdError> {
    let readable = plain(effect.id.as_str());
    // A partner's request id may be long and is part of the effect's; a header line may not.
    let effect = if readable.len() <= 120 {
        readable
    } else {
        fingerprint(effect.id.as_str().as_bytes(), endpoint.provider).to_string()
    };
    let (local, partner) = (plain(&relationship.local), plain(&relationship.partner));
    MessageId::parse(&format!("<{effect}@{local}.to.{partner}>"))
}

/// Letters, digits and `.-_` as they are, other octets as `=` and two hex digits: nothing collides.
fn plain(text: &str) -> String {
    text.bytes()
        .map(|octet| match octet {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => {
                char::from(octet).to_string()
            }
            _ => format!("={octet:02x}"),
        })
        .collect()
}

/// Why an effect cannot be rendered. It stays in the outbox.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// The document that the effect needs was not handed in, or is not what it should be.
    #[error("the document behind the effect is missing or does not belong to it")]
    NoDocument,
    /// The relationship does not know the exchange.
    #[error("no exchange {exchange:?}")]
    UnknownExchange {
        /// Which.
        exchange: ExchangeId,
    },
    /// The partner does not understand certificate exchange messages any more: the offer waits until it does, or until
    /// an operator says so.
    #[error("the partner does not show any more that it understands certificate exchange messages")]
    NotCapable,
    /// The stored receipt cannot be read.
    #[error(transparent)]
    Receipt(#[from] MalformedRendering),
    /// A kind of effect that this release does not know.
    #[error("this kind of effect is not known")]
    UnknownAction,
    /// No certificate serves.
    #[error(transparent)]
    Serving(#[from] ServingError),
    /// The keyring lacks what serves.
    #[error(transparent)]
    MissingKey(#[from] MissingKey),
    /// The request breaks a rule of CEM.
    #[error(transparent)]
    Request(#[from] RequestRefused),
    /// The response breaks a rule of CEM.
    #[error(transparent)]
    Response(#[from] ResponseRefused),
    /// The message cannot be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// No message id can be made of the effect's.
    #[error(transparent)]
    MessageId(#[from] MessageIdError),
}

impl RenderError {
    /// A stable name for this failure.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoDocument => "no-document",
            Self::UnknownExchange { .. } => "unknown-exchange",
            Self::NotCapable => "partner-not-capable",
            Self::Receipt(error) => error.code(),
            Self::UnknownAction => "unknown-action",
            Self::Serving(error) => error.code(),
            Self::MissingKey(error) => error.code(),
            Self::Request(error) => error.code(),
            Self::Response(error) => error.code(),
            Self::Build(error) => error.code(),
            Self::MessageId(error) => error.code(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_characters_in_names_cannot_collide_or_break_a_header() {
        assert_eq!(plain("BOB AS2"), "BOB=20AS2");
        assert_eq!(plain("BOB=20AS2"), "BOB=3d20AS2");
        assert_eq!(plain("a\r\nb<>@\u{e9}"), "a=0d=0ab=3c=3e=40=c3=a9");
    }
}
