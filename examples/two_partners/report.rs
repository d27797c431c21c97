//! What is printed.

use std::error::Error;
use std::io::{self, Write};

use rollcert::exchange::fingerprint;
use rollcert::schedule::{
    Action, ExchangeId, ExchangeState, Fingerprint, Relationship, Role, Side, Standing, Timestamp,
};
use rollcert::store::{Outbox, Store};

use crate::Failure;
use crate::host::Host;
use crate::identity::CRYPTO;
use crate::state::Ending;
use crate::story::{EXCHANGE, MESSAGES};

/// How the story ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    NothingLost,
    Lost,
}

/// An error with its causes, on one line.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}

pub(crate) fn heading() {
    say(&format!(
        "{:16}  {:28}  {:50} | {}",
        "when (UTC)", "step", "ALICE of her certificates", "BOB of ALICE's certificates"
    ));
}

/// One line of the timeline: what happened, and how each partner sees ALICE's certificates.
pub(crate) fn line(
    now: Timestamp,
    what: &str,
    changed: bool,
    alice: &Host,
    bob: &Host,
) -> Result<(), Failure> {
    let what = if changed {
        what.to_owned()
    } else {
        format!("({what})")
    };
    say(&format!(
        "{:16}  {what:28}  {:50} | {}",
        now.format("%Y-%m-%d %H:%M"),
        view(&alice.relationship()?, Side::Ours),
        view(&bob.relationship()?, Side::Theirs)
    ));
    Ok(())
}

/// How one side's certificates stand, oldest first.
fn view(relationship: &Relationship, side: Side) -> String {
    let stands = |id: Fingerprint, role: Role| {
        relationship
            .slot(side, role)
            .entry(id)
            .map(|entry| entry.standing)
    };
    let of_side = certificates(relationship, side);
    let views: Vec<String> = of_side
        .into_iter()
        .map(|(id, name)| {
            let standing = match (stands(id, Role::Signing), stands(id, Role::Encryption)) {
                (Some(signing), Some(encryption)) if signing == encryption => {
                    signing.name().to_owned()
                }
                (Some(signing), Some(encryption)) => {
                    format!(
                        "signing {}/encryption {}",
                        signing.name(),
                        encryption.name()
                    )
                }
                (Some(standing), None) => format!("signing {}", standing.name()),
                (None, Some(standing)) => format!("encryption {}", standing.name()),
                (None, None) => "unknown".to_owned(),
            };
            format!("{name} {standing}")
        })
        .collect();
    views.join(", ")
}

/// The certificates that stand in a side's slots, with their names, in order of appearance.
fn certificates(relationship: &Relationship, side: Side) -> Vec<(Fingerprint, String)> {
    let mut found: Vec<(Fingerprint, String)> = Vec::new();
    for role in Role::ALL {
        for entry in relationship.slot(side, role).entries.iter().rev() {
            if found.iter().all(|(id, _)| *id != entry.fingerprint) {
                let subject = relationship
                    .credential(entry.fingerprint)
                    .map(|credential| common_name(&credential.subject));
                found.push((entry.fingerprint, subject.unwrap_or_default()));
            }
        }
    }
    found
}

/// The common name out of a subject, made safe to print.
fn common_name(subject: &str) -> String {
    let name = subject
        .split(',')
        .find_map(|part| part.trim().strip_prefix("CN="));
    let name: String = name.unwrap_or(subject).chars().take(24).collect();
    name.escape_debug().to_string()
}

/// What one direction of the trade came to, counted from what the two stores hold.
#[derive(Default)]
struct Count {
    sent: usize,
    arrived: usize,
    confirmed: usize,
    failed_attempts: usize,
}

/// Prints the totals and judges them.
pub(crate) fn totals(
    alice: &Host,
    bob: &Host,
    ending: Ending,
    next: Fingerprint,
) -> Result<Outcome, Failure> {
    let there = count(alice, bob)?;
    let back = count(bob, alice)?;
    say("");
    say(&format!(
        "{:14} {:>5} {:>10} {:>9} {:>14} {:>8}",
        "messages", "sent", "decrypted", "verified", "MDNs verified", "refused"
    ));
    for (name, count) in [("ALICE > BOB", &there), ("BOB > ALICE", &back)] {
        // A host takes only what it could decrypt and verify, so what arrived is both.
        say(&format!(
            "{name:14} {:>5} {:>10} {:>9} {:>14} {:>8}",
            count.sent, count.arrived, count.arrived, count.confirmed, count.failed_attempts
        ));
    }
    say("");
    say(&format!(
        "{:20} {:11} {:12} {:12}",
        "certificate", "role", "ALICE's view", "BOB's view"
    ));
    let (ours, theirs) = (alice.relationship()?, bob.relationship()?);
    states(&ours, Side::Ours, &theirs, Side::Theirs);
    states(&ours, Side::Theirs, &theirs, Side::Ours);

    say("");
    for (name, relationship) in [("BOB, to ALICE", &ours), ("ALICE, to BOB", &theirs)] {
        let capability = relationship.capability().name();
        say(&format!(
            "understands certificate exchange: {name}: {capability}"
        ));
    }

    let total = |count: &Count| count.sent == count.arrived && count.sent == count.confirmed;
    let documents = usize::try_from(MESSAGES)?;
    let complete = total(&there)
        && total(&back)
        && there.sent + back.sent == documents
        && there.failed_attempts + back.failed_attempts == 0;
    let ended = ended_as_told((&ours, Side::Ours), ending, next)
        && ended_as_told((&theirs, Side::Theirs), ending, next);
    say("");
    Ok(if complete && ended {
        say("nothing was lost, nothing was refused");
        Outcome::NothingLost
    } else {
        say("SOMETHING WAS LOST OR REFUSED");
        Outcome::Lost
    })
}

fn count(from: &Host, to: &Host) -> Result<Count, Failure> {
    let mut count = Count::default();
    let inbox = to.store().inbox(&to.party().relationship())?;
    for row in from.store().effects(&from.party().relationship())? {
        count.failed_attempts += usize::try_from(row.attempts)?;
        let Action::SendMessage { content } = row.effect.action else {
            continue;
        };
        count.sent += 1;
        count.confirmed += usize::from(row.settled);
        // The same document, octet for octet, under the same message id.
        let id = format!("<{}@", row.id);
        let arrived = inbox
            .iter()
            .filter(|received| received.message_id.starts_with(&id))
            .filter_map(|received| received.content.as_deref())
            .filter(|document| fingerprint(document, CRYPTO) == content)
            .count();
        count.arrived += usize::from(arrived == 1);
    }
    Ok(count)
}

fn states(ours: &Relationship, our_side: Side, theirs: &Relationship, their_side: Side) {
    for (id, name) in certificates(ours, our_side) {
        for role in Role::ALL {
            let standing = |relationship: &Relationship, side: Side| {
                let entry = relationship.slot(side, role).entry(id);
                entry.map_or("-", |entry| entry.standing.name())
            };
            let views = (standing(ours, our_side), standing(theirs, their_side));
            if views != ("-", "-") {
                say(&format!(
                    "{name:20} {:11} {:12} {:12}",
                    role.name(),
                    views.0,
                    views.1
                ));
            }
        }
    }
}

/// Whether the exchange ended as the options say, and the certificate stands as that demands.
fn ended_as_told(
    (relationship, side): (&Relationship, Side),
    ending: Ending,
    next: Fingerprint,
) -> bool {
    let Some(exchange) = relationship.exchange(side, &ExchangeId::new(EXCHANGE)) else {
        return false;
    };
    let roles = exchange
        .offer(next)
        .map(|offer| offer.roles.clone())
        .unwrap_or_default();
    let all = |standing: Standing| {
        !roles.is_empty()
            && roles.iter().all(|role| {
                let slot = relationship.slot(side, *role);
                slot.entry(next)
                    .is_some_and(|entry| entry.standing == standing)
            })
    };
    match (ending, side) {
        (Ending::Accept, _) => {
            exchange.state() == ExchangeState::Accepted && all(Standing::Installed)
        }
        (Ending::Reject, _) => {
            exchange.state() == ExchangeState::Rejected && all(Standing::Rejected)
        }
        (Ending::NoAnswer, Side::Ours) => {
            exchange.state() == ExchangeState::Expired && all(Standing::Lapsed)
        }
        // Only the side that waits for an answer notices that none came.
        (Ending::NoAnswer, Side::Theirs) => {
            exchange.state() == ExchangeState::AwaitAnswer && all(Standing::Offered)
        }
    }
}

/// Prints a line. A reader that has gone away is no reason to panic.
fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{}", line.trim_end());
}
