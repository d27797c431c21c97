//! Whatever order things happen in: no message is refused, and none is lost.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod support;

use chrono::TimeDelta;
use proptest::prelude::*;
use rollcert_as2::Disposition;
use rollcert_exchange::Reply;
use rollcert_schedule::{Decision, ExchangeState, Role, Side};

use support::{Job, Node, Pair, Who, both, disposition, signing};

#[derive(Clone, Copy, Debug)]
enum Step {
    Queue(Who),
    Offer(Who),
    Decide(Who, bool),
    Send(Who),
    /// A message arrives, or the reply to it; which one of those on their way.
    Deliver(usize),
    Lose(usize),
    Duplicate(usize),
    Restart(Who),
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let who = prop_oneof![Just(Who::Alice), Just(Who::Bob)];
    prop_oneof![
        2 => who.clone().prop_map(Step::Queue),
        2 => who.clone().prop_map(Step::Offer),
        2 => (who.clone(), prop::bool::weighted(0.8)).prop_map(|(who, yes)| Step::Decide(who, yes)),
        6 => who.clone().prop_map(Step::Send),
        8 => (0..4_usize).prop_map(Step::Deliver),
        1 => (0..4_usize).prop_map(Step::Lose),
        1 => (0..4_usize).prop_map(Step::Duplicate),
        1 => who.prop_map(Step::Restart),
        2 => prop_oneof![1 => 1..20_i64, 1 => Just(60 * 24 * 11)].prop_map(Step::Wait),
    ]
}

/// A message or its reply on the way.
struct Flight {
    from: Who,
    job: Job,
    reply: Option<Reply>,
    /// A copy that nobody waits for.
    copy: bool,
}

struct World {
    pair: Pair,
    flights: Vec<Flight>,
    queued: [Vec<String>; 2],
}

/// What each offers, in turn.
fn offers(who: Who, number: usize) -> Option<(&'static str, bool)> {
    let list: &[(&'static str, bool)] = match who {
        Who::Alice => &[("alice-rsa-next", true), ("alice-year", false)],
        Who::Bob => &[("bob-rsa-next", true)],
    };
    list.get(number).copied()
}

fn ours(node: &Node) -> Vec<(String, ExchangeState)> {
    let relationship = node.relationship();
    let exchanges = relationship.exchanges();
    exchanges
        .filter(|(_, exchange)| exchange.side == Side::Ours)
        .map(|(id, exchange)| (id.to_string(), exchange.state()))
        .collect()
}

impl World {
    fn new() -> Self {
        Self {
            pair: Pair::split(),
            flights: Vec::new(),
            queued: [Vec::new(), Vec::new()],
        }
    }

    fn run(&mut self, step: Step) {
        match step {
            Step::Queue(who) => self.queue(who),
            Step::Offer(who) => self.offer(who),
            Step::Decide(who, yes) => {
                let decision = if yes {
                    Decision::Accept
                } else {
                    Decision::Reject {
                        reason: String::new(),
                    }
                };
                self.decide(who, &decision);
            }
            Step::Send(who) => {
                if let Some(job) = self.pair.node(who).next_job() {
                    self.flights.push(Flight {
                        from: who,
                        job,
                        reply: None,
                        copy: false,
                    });
                }
            }
            Step::Deliver(which) => self.deliver(which),
            Step::Lose(which) => {
                if which < self.flights.len() {
                    let flight = self.flights.remove(which);
                    if !flight.copy {
                        self.pair.node(flight.from).lost(&flight.job);
                    }
                }
            }
            Step::Duplicate(which) => {
                if let Some(Flight { from, job, .. }) = self.flights.get(which) {
                    let copy = Flight {
                        from: *from,
                        job: job.clone(),
                        reply: None,
                        copy: true,
                    };
                    self.flights.push(copy);
                }
            }
            Step::Restart(who) => self.pair.node(who).restart(),
            Step::Wait(minutes) => self.pair.advance(TimeDelta::minutes(minutes)),
        }
    }

    fn queue(&mut self, who: Who) {
        let queued = &mut self.queued[usize::from(who == Who::Bob)];
        let text = format!("document {:03}", queued.len());
        queued.push(text.clone());
        self.pair.node(who).queue(&text);
    }

    /// Offers the next certificate, once nothing is open about the one before.
    fn offer(&mut self, who: Who) {
        let node = self.pair.node(who);
        let before = ours(node);
        // An expired one may still be on its way, and arrive after the next.
        let open = before
            .iter()
            .any(|(_, state)| !matches!(state, ExchangeState::Rejected | ExchangeState::Expired));
        if let Some((name, is_both)) = offers(who, before.len())
            && !open
        {
            let roles = if is_both { both() } else { signing() };
            node.offer(&format!("{who:?}-{}", before.len()), &[(name, roles)]);
        }
    }

    /// Decides what can be decided.
    fn decide(&mut self, who: Who, decision: &Decision) {
        let node = self.pair.node(who);
        let relationship = node.relationship();
        let open: Vec<String> = relationship
            .exchanges()
            .filter(|(_, exchange)| {
                let undecided = [ExchangeState::AwaitAnswer, ExchangeState::Superseded];
                exchange.side == Side::Theirs && undecided.contains(&exchange.state())
            })
            .map(|(id, _)| id.to_string())
            .collect();
        for id in open {
            node.answer(&id, decision);
        }
    }

    fn deliver(&mut self, which: usize) {
        if which >= self.flights.len() {
            return;
        }
        let mut flight = self.flights.remove(which);
        match flight.reply.take() {
            None => {
                let reply = self.pair.deliver(flight.from, &flight.job.rendered);
                assert_eq!(disposition(&reply), Disposition::Processed);
                flight.reply = Some(reply);
                self.flights.push(flight);
            }
            Some(_) if flight.copy => {}
            Some(reply) => {
                let node = self.pair.node(flight.from);
                let said = node.confirm(&flight.job, &reply);
                assert_eq!(said.unwrap(), Disposition::Processed);
            }
        }
    }

    /// Everything arrives, everything is answered, and each writes once more.
    fn drain(&mut self) {
        while !self.flights.is_empty() {
            self.deliver(0);
        }
        self.pair.settle();
        for who in [Who::Alice, Who::Bob] {
            self.decide(who, &Decision::Accept);
        }
        self.pair.settle();
        for _ in 0..2 {
            self.queue(Who::Alice);
            self.queue(Who::Bob);
            self.pair.settle();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, max_shrink_iters: 60, ..ProptestConfig::default() })]

    #[test]
    fn in_whatever_order_things_happen_nothing_is_refused_and_nothing_lost(
        steps in prop::collection::vec(step(), 10..60)
    ) {
        let mut world = World::new();
        for step in steps {
            world.run(step);
        }
        world.drain();
        let World { pair, queued: [by_alice, by_bob], .. } = world;
        prop_assert!(pair.alice.refused.is_empty() && pair.bob.refused.is_empty());
        prop_assert_eq!(pair.bob.documents(), by_alice);
        prop_assert_eq!(pair.alice.documents(), by_bob);
        // Both have come to the same certificates, unless a yes crossed a newer offer.
        let overtaken = ours(&pair.alice)
            .iter()
            .any(|(_, state)| *state == ExchangeState::Superseded);
        for role in Role::ALL {
            let installed = |node: &Node, side| {
                let relationship = node.relationship();
                relationship.slot(side, role).installed().unwrap().fingerprint
            };
            if !overtaken {
                prop_assert_eq!(
                    installed(&pair.alice, Side::Ours),
                    installed(&pair.bob, Side::Theirs)
                );
            }
            prop_assert_eq!(
                installed(&pair.bob, Side::Ours),
                installed(&pair.alice, Side::Theirs)
            );
        }
    }
}
