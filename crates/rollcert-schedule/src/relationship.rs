use core::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use crate::decide::Deciding;
use crate::{
    Answer, Capability, Command, Commit, Credential, Decision, Entry, Event, Exchange, ExchangeId,
    ExchangeState, Fingerprint, InstalledBy, Offer, Refusal, RelationshipId, Role, Side, Slot,
    Snapshot, SnapshotV2, Standing, Timer, TimerKind, Timestamp, Version,
};

/// The certificates between a local identity and one partner, and how far their exchange has come.
///
/// Pure state: [`Self::decide`] changes nothing, [`Self::apply`] follows what a store has written.
///
/// # Examples
///
/// ```
/// use rollcert_schedule::{Command, Credential, Fingerprint, Operation, Relationship};
/// use rollcert_schedule::{RelationshipId, Role, Side, Timestamp};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let now: Timestamp = "2027-03-01T06:00:00Z".parse()?;
/// let mut relationship = Relationship::new(RelationshipId::new("ALICE", "BOB", "as2"));
/// let credential = Credential {
///     fingerprint: Fingerprint::new([1; 32]),
///     not_before: "2026-01-01T00:00:00Z".parse()?,
///     not_after: "2028-01-01T00:00:00Z".parse()?,
///     subject: "CN=alice".to_owned(),
/// };
/// let adopt = Command::Adopt { side: Side::Ours, role: Role::Signing, credential };
/// let commit = relationship.decide([adopt], now)?;
/// // … a store writes the commit; then:
/// relationship.apply(&commit);
/// assert_eq!(relationship.serving(Operation::Sign, now)?.len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Relationship {
    id: RelationshipId,
    version: Version,
    capability: Capability,
    credentials: BTreeMap<Fingerprint, Credential>,
    slots: BTreeMap<(Side, Role), Slot>,
    /// By who offers and by id: each side chooses its ids without knowing the other's.
    exchanges: BTreeMap<(Side, ExchangeId), Exchange>,
}

impl Relationship {
    /// A relationship of which nothing is known yet, at version zero.
    #[must_use]
    pub fn new(id: RelationshipId) -> Self {
        let slots = [Side::Ours, Side::Theirs]
            .into_iter()
            .flat_map(|side| Role::ALL.map(|role| ((side, role), Slot::new(side, role))))
            .collect();
        Self {
            id,
            version: 0,
            capability: Capability::Unknown,
            credentials: BTreeMap::new(),
            slots,
            exchanges: BTreeMap::new(),
        }
    }

    /// The relationship as a store holds it.
    #[must_use]
    pub fn restore(snapshot: Snapshot, version: Version) -> Self {
        let SnapshotV2 {
            id,
            capability,
            credentials,
            slots,
            exchanges,
        } = match snapshot {
            Snapshot::V1(first) => first.into(),
            Snapshot::V2(second) => second,
        };
        let mut restored = Self::new(id);
        restored.version = version;
        restored.capability = capability;
        restored.credentials = credentials
            .into_iter()
            .map(|facts| (facts.fingerprint, facts))
            .collect();
        restored
            .slots
            .extend(slots.into_iter().map(|slot| ((slot.side, slot.role), slot)));
        restored.exchanges = exchanges
            .into_iter()
            .map(|(id, exchange)| ((exchange.side, id), exchange))
            .collect();
        restored
    }

    /// Decides what the commands change, at `now`. All of them or none.
    ///
    /// `now` may be earlier than before, as wall clocks step; what was decided stays decided. The
    /// commands come first, the clock second: an answer that arrives together with its date is on
    /// time.
    ///
    /// # Errors
    ///
    /// [`Refusal`], and the state is as it was.
    pub fn decide(
        &self,
        commands: impl IntoIterator<Item = Command>,
        now: Timestamp,
    ) -> Result<Commit, Refusal> {
        let mut deciding = Deciding::new(self.clone(), now);
        for command in commands {
            deciding.handle(command)?;
        }
        let (next, events, outbox) = deciding.finish();
        Ok(Commit {
            relationship: self.id.clone(),
            expected_version: self.version,
            events,
            snapshot: next.snapshot(),
            timers: next.timers(),
            outbox,
            settled: Vec::new(),
            received: None,
            blobs: Vec::new(),
        })
    }

    /// Takes over a commit that a store has written.
    pub fn apply(&mut self, commit: &Commit) {
        for recorded in &commit.events {
            self.apply_event(&recorded.event, recorded.at);
        }
        self.version = commit.expected_version + 1;
    }

    /// Applies one event, as when the state is rebuilt from its audit trail.
    pub fn apply_event(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::Adopted {
                side,
                role,
                credential,
            } => {
                self.insert_agreed((*side, *role), credential, Standing::Installed, at);
            }
            Event::Scheduled {
                side,
                role,
                credential,
            } => self.insert_agreed((*side, *role), credential, Standing::Accepted, at),
            Event::CapabilityChanged { capability } => self.capability = *capability,
            Event::Offered {
                side,
                exchange,
                offers,
                credentials,
                respond_by,
                made_at,
                evidence,
            } => {
                let announced_again = offers
                    .iter()
                    .filter(|offer| self.is_agreed(*side, offer))
                    .map(|offer| offer.fingerprint)
                    .collect();
                for credential in credentials {
                    self.credentials
                        .insert(credential.fingerprint, credential.clone());
                }
                for (offer, role) in offers
                    .iter()
                    .flat_map(|offer| offer.roles.iter().map(move |r| (offer, r)))
                {
                    let entry = Entry {
                        fingerprint: offer.fingerprint,
                        standing: Standing::Offered,
                        since: at,
                        exchange: Some(exchange.clone()),
                    };
                    let slot = self.slot_mut(*side, *role);
                    // A certificate in use that is offered again stays in use (CEM §2.5).
                    if !slot.is_agreed(offer.fingerprint) {
                        slot.insert(entry);
                    }
                }
                self.exchanges.insert(
                    (*side, exchange.clone()),
                    Exchange {
                        side: *side,
                        offers: offers.clone(),
                        respond_by: *respond_by,
                        evidence: *evidence,
                        offered_at: at,
                        made_at: *made_at,
                        delivered_at: None,
                        failure: None,
                        answers: BTreeMap::new(),
                        expired_at: None,
                        superseded_at: None,
                        superseded_roles: BTreeSet::new(),
                        announced_again,
                        answers_queued: 0,
                    },
                );
            }
            Event::Delivered { side, exchange } => {
                self.update(*side, exchange, |exchange| {
                    exchange.delivered_at = Some(at);
                    exchange.failure = None;
                });
            }
            Event::DeliveryFailed { exchange, reason } => {
                self.update(Side::Ours, exchange, |exchange| {
                    exchange.failure = Some(reason.clone());
                });
                self.lapse(exchange, at);
            }
            Event::Answered {
                side,
                exchange,
                fingerprint,
                decision,
            } => {
                // It is trusted, and no successor, where the partner itself has gone on to another.
                let overtaken: BTreeSet<Role> = Role::ALL
                    .into_iter()
                    .filter(|role| self.is_overtaken(exchange, *fingerprint, *role))
                    .collect();
                let answer = Answer {
                    decision: decision.clone(),
                    at,
                };
                self.update(*side, exchange, |exchange| {
                    exchange.answers.insert(*fingerprint, answer);
                });
                // Of ours, what was overtaken stays so. Of the partner's it may be answered: two offers of its can
                // arrive in the other order.
                let from: &[Standing] = match side {
                    Side::Ours => &[Standing::Offered, Standing::Lapsed],
                    Side::Theirs => &[Standing::Offered, Standing::Lapsed, Standing::Superseded],
                };
                for role in Role::ALL {
                    let standing = match decision {
                        Decision::Accept if *side == Side::Theirs && overtaken.contains(&role) => {
                            Standing::Archived
                        }
                        Decision::Accept => Standing::Accepted,
                        Decision::Reject { .. } => Standing::Rejected,
                    };
                    let only = |in_role, which| in_role == role && which == *fingerprint;
                    for entry in self.brought_by(*side, exchange, only) {
                        entry.move_on(from, standing, at);
                    }
                }
            }
            Event::AnswerIgnored { .. } | Event::SentAgain { .. } => {}
            Event::AnswerQueued { exchange } => {
                self.update(Side::Theirs, exchange, |exchange| {
                    exchange.answers_queued += 1;
                });
            }
            Event::Expired { exchange } => {
                self.update(Side::Ours, exchange, |exchange| {
                    exchange.expired_at = Some(at);
                });
                self.lapse(exchange, at);
            }
            Event::Superseded {
                side,
                exchange,
                roles,
                ..
            } => {
                let waiting = [Standing::Offered, Standing::Lapsed];
                for entry in self.brought_by(*side, exchange, |role, _| roles.contains(&role)) {
                    entry.move_on(&waiting, Standing::Superseded, at);
                }
                let mut entries = self.brought_by(*side, exchange, |_, _| true);
                let waits = entries.any(|entry| waiting.contains(&entry.standing));
                drop(entries);
                self.update(*side, exchange, |exchange| {
                    exchange.superseded_roles.extend(roles);
                    if !waits {
                        exchange.superseded_at = Some(at);
                    }
                });
            }
            Event::Installed {
                side,
                role,
                fingerprint,
                ..
            } => {
                self.slot_mut(*side, *role).install(*fingerprint, at);
            }
        }
    }

    /// Which relationship it is.
    #[must_use]
    pub fn id(&self) -> &RelationshipId {
        &self.id
    }

    /// How many commits it has seen.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// Whether the partner can exchange certificates by the protocol.
    #[must_use]
    pub const fn capability(&self) -> Capability {
        self.capability
    }

    /// The facts of a credential that some slot or exchange names.
    #[must_use]
    pub fn credential(&self, fingerprint: Fingerprint) -> Option<&Credential> {
        self.credentials.get(&fingerprint)
    }

    /// The facts of every credential that some slot or exchange names.
    pub fn credentials(&self) -> impl Iterator<Item = &Credential> {
        self.credentials.values()
    }

    /// The slot of one side in one role.
    #[must_use]
    #[expect(
        clippy::missing_panics_doc,
        reason = "every slot exists from the beginning"
    )]
    pub fn slot(&self, side: Side, role: Role) -> &Slot {
        self.slots
            .get(&(side, role))
            .expect("`new` makes a slot for every side and role")
    }

    /// Every slot.
    pub fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.slots.values()
    }

    /// An exchange by who offers in it, and by its id.
    #[must_use]
    pub fn exchange(&self, side: Side, id: &ExchangeId) -> Option<&Exchange> {
        self.exchanges.get(&(side, id.clone()))
    }

    /// Every exchange: ours first, each side's by id.
    pub fn exchanges(&self) -> impl Iterator<Item = (&ExchangeId, &Exchange)> {
        self.exchanges
            .iter()
            .map(|((_, id), exchange)| (id, exchange))
    }

    /// The instants at which a tick is wanted, earliest first.
    #[must_use]
    pub fn timers(&self) -> Vec<Timer> {
        let answers = self.exchanges().filter_map(|(id, exchange)| {
            let due = exchange.respond_by?;
            (exchange.side == Side::Ours && exchange.state() == ExchangeState::AwaitAnswer).then(
                || Timer {
                    due,
                    kind: TimerKind::AnswerDue {
                        exchange: id.clone(),
                    },
                },
            )
        });
        let validity = self.slots.values().filter_map(|slot| {
            let entry = slot
                .entries
                .iter()
                .find(|entry| entry.standing == Standing::Accepted)
                .filter(|_| slot.role.installs_by(slot.side) == InstalledBy::Acceptance)?;
            let due = self.credential(entry.fingerprint)?.not_before;
            let kind = TimerKind::BecomesValid {
                side: slot.side,
                role: slot.role,
                fingerprint: entry.fingerprint,
            };
            Some(Timer { due, kind })
        });
        let mut timers: Vec<Timer> = answers.chain(validity).collect();
        timers.sort();
        timers
    }

    /// The persisted form of the state.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::V2(SnapshotV2 {
            id: self.id.clone(),
            capability: self.capability,
            credentials: self.credentials.values().cloned().collect(),
            slots: self.slots.values().cloned().collect(),
            exchanges: self
                .exchanges()
                .map(|(id, exchange)| (id.clone(), exchange.clone()))
                .collect(),
        })
    }

    fn slot_mut(&mut self, side: Side, role: Role) -> &mut Slot {
        self.slots
            .entry((side, role))
            .or_insert_with(|| Slot::new(side, role))
    }

    /// Whether everything that is offered of this credential is agreed already.
    pub(crate) fn is_agreed(&self, side: Side, offer: &Offer) -> bool {
        let mut roles = offer.roles.iter();
        roles.all(|role| self.slot(side, *role).is_agreed(offer.fingerprint))
    }

    /// Whether messages encrypted to this credential are to be expected, or are there.
    pub(crate) fn may_be_encrypted_to(&self, side: Side, fingerprint: Fingerprint) -> bool {
        let entry = self.slot(side, Role::Encryption).entry(fingerprint);
        entry.is_some_and(|entry| entry.standing != Standing::Superseded)
    }

    /// The exchange of the partner's that was made after one made at `made_at`, and brought another certificate for the
    /// same role.
    pub(crate) fn overtaking(
        &self,
        fingerprint: Fingerprint,
        role: Role,
        made_at: Option<Timestamp>,
    ) -> Option<&ExchangeId> {
        let made_at = made_at?;
        self.competing(fingerprint, role)
            .filter(|(_, later, _)| later.made_at.is_some_and(|later| later > made_at))
            .max_by_key(|(_, later, _)| later.made_at)
            .map(|(id, _, _)| id)
    }

    /// The exchanges in which the partner brought another certificate for the same role, and that certificate.
    fn competing(
        &self,
        fingerprint: Fingerprint,
        role: Role,
    ) -> impl Iterator<Item = (&ExchangeId, &Exchange, Fingerprint)> {
        self.exchanges()
            .filter(|(_, other)| other.side == Side::Theirs)
            .filter_map(move |(id, other)| {
                let mut offers = other.offers.iter();
                let offer = offers.find(|offer| {
                    offer.fingerprint != fingerprint
                        && offer.roles.contains(&role)
                        && !other.announced_again.contains(&offer.fingerprint)
                })?;
                Some((id, other, offer.fingerprint))
            })
    }

    /// Whether the partner has made a later offer that took the place of this one in this role.
    ///
    /// Where dates do not tell which is the later, the one that came first and was overtaken has its chance until the
    /// other is accepted.
    pub(crate) fn is_overtaken(
        &self,
        id: &ExchangeId,
        fingerprint: Fingerprint,
        role: Role,
    ) -> bool {
        let Some(exchange) = self
            .exchange(Side::Theirs, id)
            .filter(|exchange| exchange.is_superseded_for(role))
        else {
            return false;
        };
        let answered_at = exchange.answers.get(&fingerprint).map(|answer| answer.at);
        self.competing(fingerprint, role)
            .any(|(_, other, brought)| {
                let dates = other.made_at.zip(exchange.made_at);
                match dates.map(|(other, this)| other.cmp(&this)) {
                    Some(Ordering::Greater) => true,
                    Some(Ordering::Less) => false,
                    Some(Ordering::Equal) | None => {
                        other.offered_at >= exchange.offered_at
                            && other.answers.get(&brought).is_some_and(|answer| {
                                answer.decision == Decision::Accept
                                    && answered_at.is_none_or(|at| answer.at <= at)
                            })
                    }
                }
            })
    }

    /// Puts a credential in a slot that was agreed outside of the protocol.
    fn insert_agreed(
        &mut self,
        (side, role): (Side, Role),
        credential: &Credential,
        standing: Standing,
        at: Timestamp,
    ) {
        self.credentials
            .insert(credential.fingerprint, credential.clone());
        self.slot_mut(side, role).insert(Entry {
            fingerprint: credential.fingerprint,
            standing,
            since: at,
            exchange: None,
        });
    }

    fn update(&mut self, side: Side, id: &ExchangeId, change: impl FnOnce(&mut Exchange)) {
        if let Some(exchange) = self.exchanges.get_mut(&(side, id.clone())) {
            change(exchange);
        }
    }

    /// No answer to our offer can be hoped for.
    fn lapse(&mut self, exchange: &ExchangeId, at: Timestamp) {
        for entry in self.brought_by(Side::Ours, exchange, |_, _| true) {
            entry.move_on(&[Standing::Offered], Standing::Lapsed, at);
        }
    }

    /// What stands in the slots from this exchange, as far as it is wanted.
    fn brought_by(
        &mut self,
        side: Side,
        exchange: &ExchangeId,
        wanted: impl Fn(Role, Fingerprint) -> bool,
    ) -> impl Iterator<Item = &mut Entry> {
        let slots = self
            .slots
            .values_mut()
            .filter(move |slot| slot.side == side);
        slots
            .flat_map(|slot| {
                let role = slot.role;
                slot.entries.iter_mut().map(move |entry| (role, entry))
            })
            .filter(move |(role, entry)| {
                entry.exchange.as_ref() == Some(exchange) && wanted(*role, entry.fingerprint)
            })
            .map(|(_, entry)| entry)
    }
}
