//! The schedule under any sequence of commands at any clock.
//!
//! Oracles: a refused command changes nothing; the snapshot, the state and the audit trail agree; a second tick
//! changes nothing more; each slot has one certificate in use, and of ours at most one pending.
#![no_main]

use std::collections::{BTreeMap, BTreeSet};

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use rollcert_schedule::{
    Action, Advertised, Command, Credential, Decision, Effect, EffectId, ExchangeId, Fingerprint,
    Offer, Relationship, RelationshipId, Role, Side, Standing, Timestamp,
};

#[derive(Arbitrary, Debug)]
enum Operation {
    Offer {
        exchange: u8,
        number: u8,
        roles: u8,
        due: Option<u16>,
    },
    ReceiveOffer {
        exchange: u8,
        number: u8,
        roles: u8,
        due: Option<u16>,
        made: Option<u16>,
    },
    OfferTwo {
        exchange: u8,
        signing: u8,
        encryption: u8,
        theirs: bool,
    },
    Decide {
        exchange: u8,
        number: u8,
        accept: bool,
    },
    ReceiveAnswer {
        exchange: u8,
        number: u8,
        accept: bool,
    },
    Used {
        theirs: bool,
        encryption: bool,
        number: u8,
    },
    Delivered {
        exchange: u8,
        theirs: bool,
    },
    DeliveryFailed {
        exchange: u8,
    },
    Schedule {
        theirs: bool,
        encryption: bool,
        number: u8,
    },
    RejectUnusable {
        exchange: u8,
        number: u8,
    },
    SendAgain {
        encrypt: bool,
        number: u8,
    },
    Advertised {
        capable: bool,
    },
    ForceCapability,
    ReleaseCapability,
    Tick,
}

fuzz_target!(|story: Vec<(Operation, u16)>| {
    let mut relationship = Relationship::new(RelationshipId::new("ALICE", "BOB", "as2"));
    let adopt = [(Side::Ours, 1), (Side::Theirs, 2)]
        .into_iter()
        .flat_map(|(side, number)| {
            Role::ALL.map(|role| Command::Adopt {
                side,
                role,
                credential: credential(number),
            })
        });
    let commit = relationship
        .decide(adopt, at(0))
        .expect("empty slots can be adopted");
    relationship.apply(&commit);
    let mut replayed = relationship.clone();

    for (operation, minutes) in story.into_iter().take(200) {
        let now = at(minutes);
        let before = relationship.clone();
        let Ok(commit) = relationship.decide([command(operation)], now) else {
            assert_eq!(before, relationship);
            continue;
        };
        relationship.apply(&commit);
        let restored = Relationship::restore(commit.snapshot.clone(), relationship.version());
        assert_eq!(restored, relationship);
        for recorded in &commit.events {
            replayed.apply_event(&recorded.event, recorded.at);
        }
        assert_eq!(replayed.snapshot(), relationship.snapshot());
        let again = relationship
            .decide([Command::Tick], now)
            .expect("a tick is never refused");
        assert!(again.events.is_empty());
        assert!(relationship.timers().iter().all(|timer| timer.due > now));
        for slot in relationship.slots() {
            let count = |wanted: fn(Standing) -> bool| {
                slot.entries
                    .iter()
                    .filter(|entry| wanted(entry.standing))
                    .count()
            };
            assert_eq!(count(|standing| standing == Standing::Installed), 1);
            assert!(slot.side == Side::Theirs || count(Standing::is_pending) <= 1);
        }
    }
});

fn command(operation: Operation) -> Command {
    match operation {
        Operation::Offer {
            exchange,
            number,
            roles,
            due,
        } => Command::Offer {
            exchange: id(exchange),
            offers: vec![offer(number, roles)],
            credentials: vec![credential(number)],
            respond_by: due.map(at),
        },
        Operation::ReceiveOffer {
            exchange,
            number,
            roles,
            due,
            made,
        } => Command::ReceiveOffer {
            exchange: id(exchange),
            offers: vec![offer(number, roles)],
            credentials: vec![credential(number)],
            respond_by: due.map(at),
            made_at: made.map(at),
            evidence: Fingerprint::new([number; 32]),
        },
        Operation::OfferTwo {
            exchange,
            signing,
            encryption,
            theirs,
        } => {
            let offers = vec![offer(signing, 1), offer(encryption, 2)];
            let credentials = vec![credential(signing), credential(encryption)];
            let (exchange, respond_by) = (id(exchange), Some(at(u16::MAX)));
            if theirs {
                let evidence = Fingerprint::new([signing; 32]);
                Command::ReceiveOffer {
                    exchange,
                    offers,
                    credentials,
                    respond_by,
                    made_at: None,
                    evidence,
                }
            } else {
                Command::Offer {
                    exchange,
                    offers,
                    credentials,
                    respond_by,
                }
            }
        }
        Operation::Decide {
            exchange,
            number,
            accept,
        } => Command::Decide {
            exchange: id(exchange),
            decisions: decisions(number, accept),
        },
        Operation::ReceiveAnswer {
            exchange,
            number,
            accept,
        } => Command::ReceiveAnswer {
            exchange: id(exchange),
            decisions: decisions(number, accept),
        },
        Operation::Used {
            theirs,
            encryption,
            number,
        } => Command::Used {
            side: side(theirs),
            role: if encryption {
                Role::Encryption
            } else {
                Role::Signing
            },
            fingerprint: credential(number).fingerprint,
        },
        Operation::Delivered { exchange, theirs } => Command::Delivered {
            side: side(theirs),
            exchange: id(exchange),
        },
        Operation::DeliveryFailed { exchange } => Command::DeliveryFailed {
            exchange: id(exchange),
            reason: String::new(),
        },
        Operation::Schedule {
            theirs,
            encryption,
            number,
        } => Command::Schedule {
            side: side(theirs),
            role: if encryption {
                Role::Encryption
            } else {
                Role::Signing
            },
            credential: credential(number),
        },
        Operation::RejectUnusable { exchange, number } => Command::RejectUnusable {
            exchange: id(exchange),
            reasons: BTreeMap::from([(credential(number).fingerprint, String::new())]),
        },
        Operation::SendAgain { encrypt, number } => Command::SendAgain {
            effect: Effect {
                id: EffectId::new("message"),
                action: Action::SendMessage {
                    content: Fingerprint::new([0; 32]),
                },
                due: at(0),
            },
            operation: if encrypt {
                rollcert_schedule::Operation::Encrypt
            } else {
                rollcert_schedule::Operation::Sign
            },
            instead_of: credential(number).fingerprint,
            reason: String::new(),
        },
        Operation::Advertised { capable } => Command::Advertised {
            advertised: if capable {
                Advertised::Capable
            } else {
                Advertised::NotCapable
            },
        },
        Operation::ForceCapability => Command::ForceCapability,
        Operation::ReleaseCapability => Command::ReleaseCapability,
        Operation::Tick => Command::Tick,
    }
}

fn side(theirs: bool) -> Side {
    if theirs { Side::Theirs } else { Side::Ours }
}

fn at(minutes: u16) -> Timestamp {
    let start: Timestamp = "2027-03-01T06:00:00Z".parse().expect("a literal instant");
    start + chrono::TimeDelta::minutes(minutes.into())
}

/// Few of everything, so that commands meet each other.
fn id(number: u8) -> ExchangeId {
    ExchangeId::new((number % 8).to_string())
}

fn credential(number: u8) -> Credential {
    let number = number % 12;
    Credential {
        fingerprint: Fingerprint::new([number; 32]),
        not_before: at(if number % 5 == 0 { 1_000 } else { 0 }),
        not_after: at(60_000),
        subject: String::new(),
    }
}

fn offer(number: u8, roles: u8) -> Offer {
    let role = |bit: u8, role| (roles & bit != 0).then_some(role);
    let roles: BTreeSet<Role> = [role(1, Role::Signing), role(2, Role::Encryption)]
        .into_iter()
        .flatten()
        .collect();
    Offer {
        fingerprint: credential(number).fingerprint,
        roles,
    }
}

fn decisions(number: u8, accept: bool) -> BTreeMap<Fingerprint, Decision> {
    let decision = if accept {
        Decision::Accept
    } else {
        Decision::Reject {
            reason: String::new(),
        }
    };
    BTreeMap::from([(credential(number).fingerprint, decision)])
}
