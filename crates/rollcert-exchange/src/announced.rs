//! Certificate exchange messages of the partner's, and the commands that they become.

use std::collections::{BTreeMap, BTreeSet};

use rollcert_cem::{
    Assessment, CertStatus, Consequence, Context, Limits, Message as Cem, MessageSignature,
    Objection, Received as Announced, Request, Response, ResponseOutcome, SentRequest, Signer,
    TrustRequest,
};
use rollcert_pki::Certificate;
use rollcert_schedule::{
    Blob, Command, Decision, ExchangeId, Fingerprint, Offer, Relationship, Role, Side, Timestamp,
};

use crate::fault::Fault;
use crate::offer::role;
use crate::{Endpoint, MissingKey, TakenContent, blob, credential_facts, fingerprint};

/// What a certificate exchange message has brought.
pub(crate) struct TakenExchange {
    pub(crate) content: TakenContent,
    /// What is to be kept of it.
    pub(crate) blobs: Vec<Blob>,
    /// What there is to say against it.
    pub(crate) objections: Vec<Objection>,
}

impl Endpoint<'_> {
    /// Turns a certificate exchange message into commands.
    pub(crate) fn take_exchange(
        &self,
        relationship: &Relationship,
        entity: &[u8],
        signer: &Certificate,
        limits: &Limits,
        now: Timestamp,
        commands: &mut Vec<Command>,
    ) -> Result<TakenExchange, Fault> {
        let message = Announced::parse(entity, limits)?.into_message()?;
        let signature = MessageSignature::Valid(Signer::accepted(signer));
        let assessment = self.assess(relationship, &message, signature, now);
        let grave = |objection: &&Objection| objection.consequence() == Consequence::RefuseMessage;
        if let Some(objection) = assessment.iter().find(grave) {
            return Err(Fault::exchange(objection.code(), objection.to_string()));
        }
        let (content, blobs) = match message {
            Cem::Request(request) => {
                let exchange = self.take_request(&request, &assessment, entity, now, commands)?;
                let certificates = request
                    .trust()
                    .iter()
                    .map(|trust| blob(trust.end_entity().as_der(), self.provider));
                let blobs = certificates.chain([blob(entity, self.provider)]).collect();
                (TakenContent::Offer(exchange), blobs)
            }
            Cem::Response(response) => {
                let (exchange, command) = self.take_response(relationship, &response)?;
                commands.push(command);
                (TakenContent::Answer(exchange), Vec::new())
            }
        };
        Ok(TakenExchange {
            content,
            blobs,
            objections: assessment.iter().cloned().collect(),
        })
    }

    /// What there is to say against a message with this signature.
    pub(crate) fn assess(
        &self,
        relationship: &Relationship,
        message: &Cem,
        signature: MessageSignature<'_>,
        now: Timestamp,
    ) -> Assessment {
        let is_partners = |id: Fingerprint| {
            let mut slots = relationship.slots();
            slots.any(|slot| slot.side == Side::Theirs && slot.entry(id).is_some())
        };
        let (known, others) = self.keyring.by_owner(is_partners);
        let urls = self.party.partner_urls();
        let context = Context::new(self.party.partner.as_str(), now, signature)
            .with_known(&known)
            .with_known_of_others(&others)
            .with_response_urls(&urls)
            .with_provider(self.provider);
        match message {
            Cem::Request(request) => request.assess(&context, &self.party.cem_policy),
            Cem::Response(response) => response.assess(&context, &self.party.cem_policy),
        }
    }

    fn take_request(
        &self,
        request: &Request,
        assessment: &Assessment,
        entity: &[u8],
        now: Timestamp,
        commands: &mut Vec<Command>,
    ) -> Result<ExchangeId, Fault> {
        // One effect carries the answer out, as one message. An answer at one URL for what is expected at another would be
        // none, so the partner is told at once.
        if request.by_response_url().len() > 1 {
            return Err(Fault::exchange(
                "several-response-urls",
                "the answer is wanted in parts at several URLs, which is not served",
            ));
        }
        let evidence = fingerprint(entity, self.provider);
        // CEM §2.5: a request without an id is matched by its certificates; its digest names it here.
        let id = request
            .request_id()
            .map_or_else(|| evidence.to_string(), ToString::to_string);
        let exchange = ExchangeId::new(id);
        let offers: Vec<Offer> = request
            .trust()
            .iter()
            .map(|trust| self.offered(trust))
            .collect::<Result<_, Fault>>()?;
        // What cannot be used is answered with no, whoever decides about the rest.
        let reasons: BTreeMap<Fingerprint, String> = offers
            .iter()
            .enumerate()
            .filter_map(|(index, offer)| {
                let mut objections = assessment.of_certificate(index).iter();
                let unusable = objections
                    .find(|found| found.consequence() == Consequence::RejectCertificate)?;
                Some((offer.fingerprint, unusable.to_string()))
            })
            .collect();
        // Several dates may stand in one request; the earliest binds.
        let dates = request
            .trust()
            .iter()
            .filter_map(|trust| trust.respond_by()?.instant());
        // A date ahead of our clock would overtake everything to come.
        let made_at = request
            .originated()
            .instant()
            .filter(|made_at| *made_at - now <= self.party.cem_policy.clock_skew);
        commands.push(Command::ReceiveOffer {
            exchange: exchange.clone(),
            offers,
            credentials: request
                .trust()
                .iter()
                .map(|trust| credential_facts(trust.end_entity(), self.provider))
                .collect(),
            respond_by: dates.min(),
            made_at,
            evidence,
        });
        if !reasons.is_empty() {
            commands.push(Command::RejectUnusable {
                exchange: exchange.clone(),
                reasons,
            });
        }
        Ok(exchange)
    }

    fn offered(&self, trust: &TrustRequest) -> Result<Offer, Fault> {
        let roles: Option<BTreeSet<Role>> = trust.usages().iter().map(role).collect();
        let roles = roles.ok_or_else(|| {
            // One status answers for all usages, so none of them may be passed over.
            Fault::exchange(
                "usage-unsupported",
                "TLS certificates are not exchanged here",
            )
        })?;
        Ok(Offer {
            fingerprint: fingerprint(trust.end_entity().as_der(), self.provider),
            roles,
        })
    }

    fn take_response(
        &self,
        relationship: &Relationship,
        response: &Response,
    ) -> Result<(ExchangeId, Command), Fault> {
        // Every request of ours has an id, and the newest answer to it is judged by the schedule.
        let known = response.request_id().and_then(|id| {
            let exchange = ExchangeId::new(id.as_str());
            let known = relationship.exchange(Side::Ours, &exchange)?;
            Some((id, exchange, known))
        });
        let mut sent = Vec::new();
        if let Some((id, _, known)) = &known {
            let offered = known
                .offers
                .iter()
                .map(|offer| self.keyring.certificate(offer.fingerprint).cloned())
                .collect::<Result<Vec<_>, MissingKey>>()?;
            sent.push(SentRequest::new((*id).clone(), &offered));
        }
        let outcome = ResponseOutcome::of(response, &sent);
        let code = outcome.code();
        let (Some((_, exchange, known)), ResponseOutcome::Answered(answered)) = (known, outcome)
        else {
            return Err(Fault::exchange(
                code,
                "the response answers no request of ours, or not plainly",
            ));
        };
        if !answered.unknown.is_empty() {
            return Err(Fault::exchange(
                "unknown-certificate",
                "the response names a certificate that was not offered",
            ));
        }
        let decisions: BTreeMap<Fingerprint, Decision> = answered
            .answers
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
}
