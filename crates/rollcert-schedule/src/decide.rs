mod outside;
mod theirs;

use std::collections::{BTreeMap, BTreeSet};

use self::theirs::ReceivedOffer;
use crate::{
    Action, Capability, Cause, Command, Credential, Decision, Effect, EffectId, Event, Exchange,
    ExchangeId, ExchangeState, Fingerprint, InstalledBy, Offer, Recorded, Refusal, Relationship,
    Role, Side, Standing, Timestamp,
};

/// A decision in the making: the state so far, and what led to it.
pub(crate) struct Deciding {
    next: Relationship,
    now: Timestamp,
    events: Vec<Recorded>,
    outbox: Vec<Effect>,
}

impl Deciding {
    pub(crate) fn new(next: Relationship, now: Timestamp) -> Self {
        Self {
            next,
            now,
            events: Vec::new(),
            outbox: Vec::new(),
        }
    }

    pub(crate) fn handle(&mut self, command: Command) -> Result<(), Refusal> {
        match command {
            Command::Adopt {
                side,
                role,
                credential,
            } => self.adopt(side, role, credential),
            Command::Schedule {
                side,
                role,
                credential,
            } => self.schedule(side, role, credential),
            Command::Advertised { advertised } => {
                self.advertised(advertised);
                Ok(())
            }
            Command::ForceCapability => {
                self.set_capability(Capability::Forced);
                Ok(())
            }
            Command::ReleaseCapability => {
                self.release_capability();
                Ok(())
            }
            Command::SendAgain {
                effect,
                operation,
                instead_of,
                reason,
            } => self.send_again(effect, operation, instead_of, reason),
            Command::Offer {
                exchange,
                offers,
                credentials,
                respond_by,
            } => self.offer(exchange, offers, credentials, respond_by),
            Command::ReceiveOffer {
                exchange,
                offers,
                credentials,
                respond_by,
                made_at,
                evidence,
            } => {
                let offer = ReceivedOffer {
                    offers,
                    credentials,
                    respond_by,
                    made_at,
                    evidence,
                };
                self.receive_offer(exchange, offer)
            }
            Command::RejectUnusable { exchange, reasons } => {
                self.reject_unusable(&exchange, reasons)
            }
            Command::Decide {
                exchange,
                decisions,
            } => self.decide(&exchange, decisions),
            Command::ReceiveAnswer {
                exchange,
                decisions,
            } => self.receive_answer(&exchange, decisions),
            Command::Delivered { side, exchange } => self.delivered(side, exchange),
            Command::DeliveryFailed { exchange, reason } => self.delivery_failed(exchange, reason),
            Command::Used {
                side,
                role,
                fingerprint,
            } => self.used(side, role, fingerprint),
            Command::Tick => Ok(()),
        }
    }

    /// Lets the clock have its say, then hands over the state, the events and the effects.
    pub(crate) fn finish(mut self) -> (Relationship, Vec<Recorded>, Vec<Effect>) {
        self.expire();
        self.install_what_waits();
        (self.next, self.events, self.outbox)
    }

    fn adopt(&mut self, side: Side, role: Role, credential: Credential) -> Result<(), Refusal> {
        match self.next.slot(side, role).installed() {
            Some(installed) if installed.fingerprint == credential.fingerprint => Ok(()),
            Some(installed) => Err(Refusal::SlotInUse {
                side,
                role,
                installed: installed.fingerprint,
            }),
            None => {
                self.record(Event::Adopted {
                    side,
                    role,
                    credential,
                });
                Ok(())
            }
        }
    }

    fn offer(
        &mut self,
        exchange: ExchangeId,
        offers: Vec<Offer>,
        credentials: Vec<Credential>,
        respond_by: Option<Timestamp>,
    ) -> Result<(), Refusal> {
        check_shape(&offers, &credentials)?;
        if let Some(known) = self.next.exchange(Side::Ours, &exchange) {
            let same = known.offers == offers && known.respond_by == respond_by;
            return if same {
                Ok(())
            } else {
                Err(Refusal::Contradiction { exchange })
            };
        }
        if let Some(respond_by) = respond_by.filter(|respond_by| *respond_by <= self.now) {
            return Err(Refusal::DatePassed {
                respond_by,
                now: self.now,
            });
        }
        let needed_until = respond_by.unwrap_or(self.now);
        for Credential {
            fingerprint,
            not_after,
            ..
        } in &credentials
        {
            if *not_after <= needed_until {
                return Err(Refusal::EndsTooEarly {
                    fingerprint: *fingerprint,
                    not_after: *not_after,
                    needed_until,
                });
            }
        }
        for (offer, role) in each_role(&offers) {
            let slot = self.next.slot(Side::Ours, role);
            let Some(installed) = slot.installed() else {
                return Err(Refusal::NotEstablished {
                    side: Side::Ours,
                    role,
                });
            };
            if installed.fingerprint == offer.fingerprint {
                return Err(Refusal::AlreadyInstalled {
                    role,
                    fingerprint: offer.fingerprint,
                });
            }
            if let Some(pending) = slot.pending() {
                return Err(Refusal::SlotLocked {
                    role,
                    pending: pending.fingerprint,
                });
            }
        }
        let roles = each_role(&offers).map(|(_, role)| role).collect();
        self.supersede(Side::Ours, &roles, Some(&exchange));
        let id = EffectId::new(format!("offer-{exchange}"));
        self.record(Event::Offered {
            side: Side::Ours,
            exchange: exchange.clone(),
            offers,
            credentials,
            respond_by,
            made_at: None,
            evidence: None,
        });
        self.effect(id, Action::SendOffer { exchange });
        Ok(())
    }

    fn receive_answer(
        &mut self,
        id: &ExchangeId,
        decisions: BTreeMap<Fingerprint, Decision>,
    ) -> Result<(), Refusal> {
        let exchange = self.known(id, Side::Ours)?;
        if decisions.is_empty() || decisions.keys().any(|key| exchange.offer(*key).is_none()) {
            return Err(Refusal::IncompleteDecision {
                exchange: id.clone(),
            });
        }
        let answers = exchange.answers.clone();
        let superseded: BTreeSet<Fingerprint> = exchange
            .offers
            .iter()
            .filter(|offer| {
                let mut roles = offer.roles.iter();
                roles.all(|role| exchange.is_superseded_for(*role))
            })
            .map(|offer| offer.fingerprint)
            .collect();
        for (fingerprint, decision) in decisions {
            let exchange = id.clone();
            match answers.get(&fingerprint) {
                Some(answer) if answer.decision.agrees_with(&decision) => {}
                // CEM §2.5 leaves it to us whether a second answer counts. It does not: a switch
                // that has begun is not undone by a message that may be old. Nor does one to an
                // offer that a newer one overtook.
                known if known.is_some() || superseded.contains(&fingerprint) => {
                    self.record(Event::AnswerIgnored {
                        exchange,
                        fingerprint,
                        decision,
                    });
                }
                _ => self.record(Event::Answered {
                    side: Side::Ours,
                    exchange,
                    fingerprint,
                    decision,
                }),
            }
        }
        Ok(())
    }

    fn delivered(&mut self, side: Side, id: ExchangeId) -> Result<(), Refusal> {
        let exchange = self.known(&id, side)?;
        if exchange.delivered_at.is_none() {
            self.record(Event::Delivered { side, exchange: id });
        }
        Ok(())
    }

    fn delivery_failed(&mut self, id: ExchangeId, reason: String) -> Result<(), Refusal> {
        let exchange = self.known(&id, Side::Ours)?;
        if exchange.state() == ExchangeState::AwaitAnswer {
            self.record(Event::DeliveryFailed {
                exchange: id,
                reason,
            });
        }
        Ok(())
    }

    fn used(&mut self, side: Side, role: Role, fingerprint: Fingerprint) -> Result<(), Refusal> {
        let Some(entry) = self.next.slot(side, role).entry(fingerprint) else {
            return Err(Refusal::UnknownCredential {
                side,
                role,
                fingerprint,
            });
        };
        let standing = entry.standing;
        let installs = match role.installs_by(side) {
            // Deeds count more than answers: whoever encrypts with what we offered has taken it.
            InstalledBy::FirstUse if side == Side::Ours => {
                matches!(
                    standing,
                    Standing::Offered | Standing::Accepted | Standing::Lapsed
                )
            }
            InstalledBy::FirstUse => standing == Standing::Accepted,
            // Where the partner also encrypts to it, that is the better proof, and is waited for.
            InstalledBy::PartnerUse => {
                standing == Standing::Accepted && !self.next.may_be_encrypted_to(side, fingerprint)
            }
            InstalledBy::Acceptance => false,
        };
        if installs {
            self.record(Event::Installed {
                side,
                role,
                fingerprint,
                cause: Cause::FirstUse,
            });
        }
        Ok(())
    }

    fn expire(&mut self) {
        let late: Vec<ExchangeId> = self
            .next
            .exchanges()
            .filter(|(_, exchange)| {
                exchange.side == Side::Ours
                    && exchange.state() == ExchangeState::AwaitAnswer
                    && exchange
                        .respond_by
                        .is_some_and(|respond_by| respond_by <= self.now)
            })
            .map(|(id, _)| id.clone())
            .collect();
        for exchange in late {
            self.record(Event::Expired { exchange });
        }
    }

    /// Installs accepted credentials whose hour has come without another input.
    fn install_what_waits(&mut self) {
        let ready: Vec<(Side, Role, Fingerprint, Cause)> = self
            .next
            .slots()
            .filter_map(|slot| {
                let entry = slot
                    .entries
                    .iter()
                    .find(|entry| entry.standing == Standing::Accepted)?;
                let fingerprint = entry.fingerprint;
                let cause = match slot.role.installs_by(slot.side) {
                    InstalledBy::Acceptance => self
                        .next
                        .credential(fingerprint)
                        .is_some_and(|facts| facts.not_before <= self.now)
                        .then_some(Cause::Acceptance),
                    InstalledBy::PartnerUse => self
                        .next
                        .slot(slot.side, Role::Encryption)
                        .entry(fingerprint)
                        .is_some_and(|entry| entry.standing == Standing::Installed)
                        .then_some(Cause::FirstUse),
                    InstalledBy::FirstUse => None,
                }?;
                Some((slot.side, slot.role, fingerprint, cause))
            })
            .collect();
        for (side, role, fingerprint, cause) in ready {
            self.record(Event::Installed {
                side,
                role,
                fingerprint,
                cause,
            });
        }
    }

    /// In each of these roles what is new overtakes what waits for an answer, or may still get a late one.
    fn supersede(&mut self, side: Side, roles: &BTreeSet<Role>, by: Option<&ExchangeId>) {
        let mut overtaken: BTreeMap<ExchangeId, BTreeSet<Role>> = BTreeMap::new();
        for role in roles {
            for entry in &self.next.slot(side, *role).entries {
                if let (Standing::Offered | Standing::Lapsed, Some(exchange)) =
                    (entry.standing, &entry.exchange)
                {
                    overtaken.entry(exchange.clone()).or_default().insert(*role);
                }
            }
        }
        for (exchange, roles) in overtaken {
            self.record(Event::Superseded {
                side,
                exchange,
                by: by.cloned(),
                roles,
            });
        }
    }

    fn known(&self, id: &ExchangeId, side: Side) -> Result<&Exchange, Refusal> {
        self.next
            .exchange(side, id)
            .ok_or_else(|| Refusal::UnknownExchange {
                exchange: id.clone(),
            })
    }

    fn record(&mut self, event: Event) {
        self.next.apply_event(&event, self.now);
        self.events.push(Recorded {
            at: self.now,
            event,
        });
    }

    fn effect(&mut self, id: EffectId, action: Action) {
        self.outbox.push(Effect {
            id,
            action,
            due: self.now,
        });
    }
}

fn each_role<'a>(
    offers: impl IntoIterator<Item = &'a Offer>,
) -> impl Iterator<Item = (&'a Offer, Role)> {
    offers
        .into_iter()
        .flat_map(|offer| offer.roles.iter().map(move |role| (offer, *role)))
}

/// An offer names each certificate once, for some role, each role once, and has its facts.
fn check_shape(offers: &[Offer], credentials: &[Credential]) -> Result<(), Refusal> {
    let named: BTreeSet<Fingerprint> = offers.iter().map(|offer| offer.fingerprint).collect();
    let known: BTreeSet<Fingerprint> = credentials.iter().map(|facts| facts.fingerprint).collect();
    let roles: Vec<Role> = each_role(offers).map(|(_, role)| role).collect();
    let distinct: BTreeSet<Role> = roles.iter().copied().collect();
    let well_formed = !offers.is_empty()
        && named.len() == offers.len()
        && credentials.len() == known.len()
        && named == known
        && offers.iter().all(|offer| !offer.roles.is_empty())
        && distinct.len() == roles.len();
    if well_formed {
        Ok(())
    } else {
        Err(Refusal::MalformedOffer)
    }
}
