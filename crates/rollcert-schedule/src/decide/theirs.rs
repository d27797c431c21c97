//! What the partner offers, and what we answer.

use std::collections::{BTreeMap, BTreeSet};

use super::{Deciding, check_shape, each_role};
use crate::{
    Action, Credential, Decision, EffectId, Event, Exchange, ExchangeId, Fingerprint, Offer,
    Refusal, Role, Side, Timestamp,
};

/// What a partner's offer says.
pub(super) struct ReceivedOffer {
    pub(super) offers: Vec<Offer>,
    pub(super) credentials: Vec<Credential>,
    pub(super) respond_by: Option<Timestamp>,
    pub(super) made_at: Option<Timestamp>,
    pub(super) evidence: Fingerprint,
}

impl Deciding {
    pub(super) fn receive_offer(
        &mut self,
        exchange: ExchangeId,
        offer: ReceivedOffer,
    ) -> Result<(), Refusal> {
        let ReceivedOffer {
            offers,
            credentials,
            respond_by,
            made_at,
            evidence,
        } = offer;
        check_shape(&offers, &credentials)?;
        if let Some(known) = self.next.exchange(Side::Theirs, &exchange) {
            let same = known.offers == offers && known.respond_by == respond_by;
            if !same {
                return Err(Refusal::Contradiction { exchange });
            }
            // The same offer again: the answer, if there is one, goes out again.
            if known.is_answered() {
                self.queue_answer(exchange);
            }
            return Ok(());
        }
        for (_, role) in each_role(&offers) {
            if self.next.slot(Side::Theirs, role).installed().is_none() {
                return Err(Refusal::NotEstablished {
                    side: Side::Theirs,
                    role,
                });
            }
        }
        // CEM §2.5: what is accepted already for the same usages must be answered so again. It asks for nothing new, so
        // it takes no other's place, and none takes its.
        let (agreed, fresh): (Vec<&Offer>, Vec<&Offer>) = offers
            .iter()
            .partition(|offer| self.next.is_agreed(Side::Theirs, offer));
        let agreed: Vec<Fingerprint> = agreed.iter().map(|offer| offer.fingerprint).collect();
        let mut supersedes = BTreeSet::new();
        let mut overtaken: BTreeMap<ExchangeId, BTreeSet<Role>> = BTreeMap::new();
        for (offer, role) in each_role(fresh) {
            match self.next.overtaking(offer.fingerprint, role, made_at) {
                Some(by) => overtaken.entry(by.clone()).or_default().insert(role),
                None => supersedes.insert(role),
            };
        }
        self.supersede(Side::Theirs, &supersedes, Some(&exchange));
        self.record(Event::Offered {
            side: Side::Theirs,
            exchange: exchange.clone(),
            offers,
            credentials,
            respond_by,
            made_at,
            evidence: Some(evidence),
        });
        for (by, roles) in overtaken {
            self.record(Event::Superseded {
                side: Side::Theirs,
                exchange: exchange.clone(),
                by: Some(by),
                roles,
            });
        }
        for fingerprint in agreed {
            self.record(Event::Answered {
                side: Side::Theirs,
                exchange: exchange.clone(),
                fingerprint,
                decision: Decision::Accept,
            });
        }
        self.queue_answer_if_complete(exchange);
        Ok(())
    }

    pub(super) fn decide(
        &mut self,
        id: &ExchangeId,
        decisions: BTreeMap<Fingerprint, Decision>,
    ) -> Result<(), Refusal> {
        let exchange = self.known(id, Side::Theirs)?;
        check_cover(id, exchange, &decisions)?;
        let complete = exchange.is_answered();
        let mut fresh = Vec::new();
        for (fingerprint, decision) in decisions {
            match exchange.answers.get(&fingerprint) {
                Some(answer) if answer.decision == decision => {}
                Some(_) if complete => {
                    return Err(Refusal::Closed {
                        exchange: id.clone(),
                    });
                }
                Some(answer) if answer.decision == Decision::Accept => {
                    return Err(Refusal::MustAccept { fingerprint });
                }
                Some(_) => return Err(Refusal::Unusable { fingerprint }),
                None => fresh.push((fingerprint, decision)),
            }
        }
        if complete {
            return Ok(());
        }
        for (fingerprint, decision) in &fresh {
            let Some(facts) = self.next.credential(*fingerprint) else {
                continue;
            };
            if *decision == Decision::Accept && facts.not_after < self.now {
                return Err(Refusal::EndsTooEarly {
                    fingerprint: *fingerprint,
                    not_after: facts.not_after,
                    needed_until: self.now,
                });
            }
        }
        for (fingerprint, decision) in fresh {
            self.record(Event::Answered {
                side: Side::Theirs,
                exchange: id.clone(),
                fingerprint,
                decision,
            });
        }
        self.queue_answer_if_complete(id.clone());
        Ok(())
    }

    pub(super) fn reject_unusable(
        &mut self,
        id: &ExchangeId,
        reasons: BTreeMap<Fingerprint, String>,
    ) -> Result<(), Refusal> {
        let exchange = self.known(id, Side::Theirs)?;
        if reasons.keys().any(|key| exchange.offer(*key).is_none()) {
            return Err(Refusal::IncompleteDecision {
                exchange: id.clone(),
            });
        }
        let unanswered: BTreeSet<Fingerprint> = exchange
            .unanswered()
            .map(|offer| offer.fingerprint)
            .collect();
        let mut fresh = false;
        for (fingerprint, reason) in reasons {
            if unanswered.contains(&fingerprint) {
                fresh = true;
                self.record(Event::Answered {
                    side: Side::Theirs,
                    exchange: id.clone(),
                    fingerprint,
                    decision: Decision::Reject { reason },
                });
            }
        }
        if fresh {
            self.queue_answer_if_complete(id.clone());
        }
        Ok(())
    }

    fn queue_answer_if_complete(&mut self, id: ExchangeId) {
        let complete = self
            .next
            .exchange(Side::Theirs, &id)
            .is_some_and(Exchange::is_answered);
        if complete {
            self.queue_answer(id);
        }
    }

    fn queue_answer(&mut self, exchange: ExchangeId) {
        let count = self
            .next
            .exchange(Side::Theirs, &exchange)
            .map_or(0, |exchange| exchange.answers_queued);
        let id = EffectId::new(format!("answer-{count}-{exchange}"));
        self.record(Event::AnswerQueued {
            exchange: exchange.clone(),
        });
        self.effect(id, Action::SendAnswer { exchange });
    }
}

fn check_cover(
    id: &ExchangeId,
    exchange: &Exchange,
    decisions: &BTreeMap<Fingerprint, Decision>,
) -> Result<(), Refusal> {
    let covered = decisions.keys().all(|key| exchange.offer(*key).is_some())
        && exchange
            .unanswered()
            .all(|offer| decisions.contains_key(&offer.fingerprint));
    if covered {
        Ok(())
    } else {
        Err(Refusal::IncompleteDecision {
            exchange: id.clone(),
        })
    }
}
