//! What happens, step by step. Every step may be run again: what is done already is left as it is, so a story
//! that was cut off is simply told again.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use chrono::{TimeDelta, TimeZone, Utc};
use rollcert::as2::As2Name;
use rollcert::exchange::{
    Endpoint, Keyring, Offering, Party, Receipts, credential_facts, fingerprint,
};
use rollcert::mime::{EntityBuilder, MediaType, TransferEncoding};
use rollcert::pki::{Certificate, Credential, Purpose};
use rollcert::schedule::{Command, Decision, ExchangeId, Fingerprint, Role, Side, Timestamp};

use crate::crash::{Crash, POINTS};
use crate::host::Host;
use crate::identity::CRYPTO;
use crate::report::{self, Outcome};
use crate::state::{Beginning, Ending, Folder};
use crate::{Failure, Options, dump, identity, server};

/// The exchange in which ALICE offers her new certificate.
pub(crate) const EXCHANGE: &str = "alice-2027";
/// How many messages are traded.
pub(crate) const MESSAGES: u32 = 10;
/// How long BOB has to answer.
const TO_ANSWER: TimeDelta = TimeDelta::days(3);
/// How long the story takes.
const LENGTH: TimeDelta = TimeDelta::days(11);

/// One step, and how long after the beginning it happens.
struct Step {
    after: TimeDelta,
    what: What,
}

/// What a step does.
#[derive(Clone, Copy)]
enum What {
    /// Both state which certificates they use with each other today.
    Adopt,
    /// A document goes one way.
    Message { number: u32, from: Name },
    /// ALICE offers her new certificate.
    Offer,
    /// BOB answers.
    Answer(Ending),
    /// Nothing but time passes.
    Wait,
}

#[derive(Clone, Copy, PartialEq)]
enum Name {
    Alice,
    Bob,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Adopt => f.write_str("both state what they use"),
            Self::Message {
                number,
                from: Name::Alice,
            } => write!(f, "message {number:2} ALICE > BOB"),
            Self::Message {
                number,
                from: Name::Bob,
            } => write!(f, "message {number:2} BOB > ALICE"),
            Self::Offer => f.write_str("ALICE offers a certificate"),
            Self::Answer(Ending::Reject) => f.write_str("BOB rejects"),
            Self::Answer(_) => f.write_str("BOB accepts"),
            Self::Wait => f.write_str("the date to answer passes"),
        }
    }
}

impl What {
    /// The name of the effect that carries the step out.
    fn effect(self) -> Option<String> {
        match self {
            Self::Message { number, .. } => Some(message_name(number)),
            Self::Offer => Some(format!("offer-{EXCHANGE}")),
            Self::Answer(_) => Some(format!("answer-0-{EXCHANGE}")),
            Self::Adopt | Self::Wait => None,
        }
    }
}

pub(crate) fn message_name(number: u32) -> String {
    format!("message-{number:02}")
}

/// The steps. The clock stands at six in the morning at the beginning; a message goes each day.
fn steps(ending: Ending) -> Vec<Step> {
    let mut steps = vec![Step {
        after: TimeDelta::zero(),
        what: What::Adopt,
    }];
    for number in 1..=MESSAGES {
        let from = if number % 2 == 1 {
            Name::Alice
        } else {
            Name::Bob
        };
        let day = TimeDelta::days(i64::from(number));
        steps.push(Step {
            after: day,
            what: What::Message { number, from },
        });
        let noon = day + TimeDelta::hours(6);
        match (number, ending) {
            (5, _) => steps.push(Step {
                after: noon,
                what: What::Offer,
            }),
            (6, Ending::Accept | Ending::Reject) => {
                steps.push(Step {
                    after: noon,
                    what: What::Answer(ending),
                });
            }
            (8, Ending::NoAnswer) => {
                steps.push(Step {
                    after: noon + TimeDelta::hours(1),
                    what: What::Wait,
                });
            }
            _ => {}
        }
    }
    steps
}

/// The names of the steps at which the process can die.
fn step_names(ending: Ending) -> Vec<String> {
    let mut names = vec!["alice.adopted".to_owned(), "bob.adopted".to_owned()];
    for effect in steps(ending).iter().filter_map(|step| step.what.effect()) {
        names.extend(POINTS.iter().map(|point| format!("{effect}.{point}")));
    }
    names
}

/// Tells the story.
pub(crate) async fn run(options: &Options) -> Result<Outcome, Failure> {
    let ending = Ending::of(options);
    if options.list_steps {
        for name in step_names(ending) {
            println!("{name}");
        }
        return Ok(Outcome::NothingLost);
    }
    let folder = Folder::open(options)?;
    let next = match &options.pfx {
        Some(path) => identity::from_file(path, &options.password)?,
        None => identity::alice_next()?,
    };
    let story = Story::begin(options, &folder, next).await?;
    story.tell().await?;
    if let Some(path) = &options.dump {
        dump::write(path, &story.alice, &story.bob)?;
    }
    report::totals(&story.alice, &story.bob, story.ending, story.next)
}

struct Story {
    ending: Ending,
    start: Timestamp,
    next: Fingerprint,
    next_credential: Credential,
    /// ALICE's certificate in use, and BOB's.
    own: (Certificate, Certificate),
    alice: Arc<Host>,
    bob: Arc<Host>,
}

impl Story {
    async fn begin(options: &Options, folder: &Folder, next: Credential) -> Result<Self, Failure> {
        let alice = identity::alice()?;
        let bob = identity::bob()?;
        let certificates = (
            alice.certificate().clone(),
            bob.certificate().clone(),
            next.certificate().clone(),
        );
        let begun = folder.read_beginning()?;
        let ending = begun
            .as_ref()
            .map_or_else(|| Ending::of(options), |begun| begun.ending);
        if let Some(step) = &options.kill_at
            && !step_names(ending).contains(step)
        {
            return Err(format!("no step {step:?} in this story; see --list-steps").into());
        }
        let (alice_port, bob_port) = begun
            .as_ref()
            .map_or((0, 0), |begun| (begun.alice_port, begun.bob_port));
        let alice_listener = server::listen(alice_port).await?;
        let bob_listener = server::listen(bob_port).await?;
        let ports = (
            alice_listener.local_addr()?.port(),
            bob_listener.local_addr()?.port(),
        );
        let url = |port: u16| format!("http://127.0.0.1:{port}/as2");
        let names = (As2Name::new("ALICE")?, As2Name::new("BOB")?);
        let urls = (url(ports.0), url(ports.1));
        let receipts = match options.late_receipts {
            true => Receipts::Asynchronous,
            false => Receipts::Synchronous,
        };
        let alice_party =
            Party::new(names.0.clone(), &urls.0, names.1.clone(), &urls.1).with_receipts(receipts);
        let bob_party = Party::new(names.1, &urls.1, names.0, &urls.0).with_receipts(receipts);
        let beginning = match begun {
            Some(begun) => begun.goes_on(options, &next)?,
            None => {
                let beginning = Beginning {
                    ending,
                    start: start(&[&certificates.0, &certificates.1, &certificates.2])?,
                    next: fingerprint(next.certificate().as_der(), CRYPTO),
                    alice_port: ports.0,
                    bob_port: ports.1,
                };
                // What BOB would have to refuse is better known before anything is written than after
                // the fifth message.
                let endpoint = Endpoint {
                    party: &alice_party,
                    keyring: &Keyring::new(),
                    provider: CRYPTO,
                };
                let start = beginning.start;
                let offering = offering(&next)?;
                endpoint.try_offer(
                    EXCHANGE,
                    &[offering],
                    Some(start + TO_ANSWER),
                    start,
                    &mut rand::rng(),
                )?;
                folder.write_beginning(&beginning)?;
                beginning
            }
        };
        let crash = Crash::at(options.kill_at.clone());
        let start = beginning.start;
        let alice = Arc::new(Host::open(
            alice_party,
            folder,
            vec![alice, next.clone()],
            core::slice::from_ref(&certificates.1),
            start,
            crash.clone(),
        )?);
        let bob = Arc::new(Host::open(
            bob_party,
            folder,
            vec![bob],
            core::slice::from_ref(&certificates.0),
            start,
            crash,
        )?);
        server::serve(alice_listener, Arc::clone(&alice));
        server::serve(bob_listener, Arc::clone(&bob));
        Ok(Self {
            ending: beginning.ending,
            start,
            next: beginning.next,
            next_credential: next,
            own: (certificates.0, certificates.1),
            alice,
            bob,
        })
    }

    async fn tell(&self) -> Result<(), Failure> {
        report::heading();
        for step in steps(self.ending) {
            let now = self.start + step.after;
            self.alice.advance(now)?;
            self.bob.advance(now)?;
            let mut changed = self.begin_step(step.what)?;
            // What one sends may make the other send; BOB's answer to an offer does.
            while self.alice.pump().await? + self.bob.pump().await? > 0 {
                changed = true;
            }
            report::line(now, &step.what.to_string(), changed, &self.alice, &self.bob)?;
        }
        Ok(())
    }

    /// Puts a step on its way. Returns whether it is new.
    fn begin_step(&self, what: What) -> Result<bool, Failure> {
        match what {
            What::Adopt => self.adopt(),
            What::Message { number, from } => {
                let host = if from == Name::Alice {
                    &self.alice
                } else {
                    &self.bob
                };
                host.queue(&message_name(number), &document(number, host.party())?)
            }
            What::Offer => self.offer(),
            What::Answer(ending) => self.answer(ending),
            What::Wait => Ok(true),
        }
    }

    /// The installed base is adopted, and from there on only exchanges change it.
    fn adopt(&self) -> Result<bool, Failure> {
        let (alice, bob) = &self.own;
        let mut changed = false;
        for (host, ours, theirs) in [(&self.alice, alice, bob), (&self.bob, bob, alice)] {
            if host.relationship()?.version() == 0 {
                let sides = [(Side::Ours, ours), (Side::Theirs, theirs)];
                let adopt: Vec<Command> = sides
                    .into_iter()
                    .flat_map(|(side, certificate)| {
                        let credential = credential_facts(certificate, CRYPTO);
                        Role::ALL.map(|role| Command::Adopt {
                            side,
                            role,
                            credential: credential.clone(),
                        })
                    })
                    .collect();
                changed |= host.decide(|_| Ok(adopt.clone()))?;
            }
            host.crash()
                .reached(&host.party().local().as_str().to_lowercase(), "adopted");
        }
        Ok(changed)
    }

    fn offer(&self) -> Result<bool, Failure> {
        let exchange = ExchangeId::new(EXCHANGE);
        if self
            .alice
            .relationship()?
            .exchange(Side::Ours, &exchange)
            .is_some()
        {
            return Ok(false);
        }
        let now = self.alice.now();
        // By now each has heard from the other that it understands certificate exchange messages; if not, the offer
        // is refused.
        self.alice.decide(|relationship| {
            self.alice.with_endpoint(|endpoint| {
                let offering = offering(&self.next_credential)?;
                let respond_by = Some(now + TO_ANSWER);
                let mut rng = rand::rng();
                let command = endpoint.offer(
                    relationship,
                    EXCHANGE,
                    &[offering],
                    respond_by,
                    now,
                    &mut rng,
                )?;
                Ok(vec![command])
            })
        })
    }

    fn answer(&self, ending: Ending) -> Result<bool, Failure> {
        let decision = match ending {
            Ending::Reject => Decision::Reject {
                reason: "please use our own CA".to_owned(),
            },
            _ => Decision::Accept,
        };
        let id = ExchangeId::new(EXCHANGE);
        self.bob.decide(|relationship| {
            let exchange = relationship
                .exchange(Side::Theirs, &id)
                .ok_or("BOB has no offer to answer")?;
            let certificates = exchange.offers.iter().map(|offer| offer.fingerprint);
            let decisions = certificates.map(|id| (id, decision.clone())).collect();
            Ok(vec![Command::Decide {
                exchange: id.clone(),
                decisions,
            }])
        })
    }
}

impl Beginning {
    /// Checks that the story that goes on is the one that was begun.
    fn goes_on(self, options: &Options, next: &Credential) -> Result<Self, Failure> {
        if (options.reject || options.no_answer) && Ending::of(options) != self.ending {
            return Err("the story was begun with another ending".into());
        }
        if fingerprint(next.certificate().as_der(), CRYPTO) != self.next {
            return Err("the story was begun with another certificate: pass the same --pfx".into());
        }
        Ok(self)
    }
}

/// The certificate that ALICE offers, for all that it is good for.
fn offering(credential: &Credential) -> Result<Offering<'_>, Failure> {
    let roles = roles(credential)?;
    Ok(Offering { credential, roles })
}

/// What the certificate is good for: its key must be able to, and its key usage must permit.
fn roles(credential: &Credential) -> Result<BTreeSet<Role>, Failure> {
    let permitted = credential.certificate().usable_for();
    let mut roles = BTreeSet::new();
    if permitted.contains(&Purpose::SmimeSign) && credential.key().signer().is_ok() {
        roles.insert(Role::Signing);
    }
    if permitted.contains(&Purpose::SmimeEncrypt) && credential.key().decryptor().is_ok() {
        roles.insert(Role::Encryption);
    }
    if roles.is_empty() {
        return Err("the certificate's key usage permits neither signing nor encryption".into());
    }
    Ok(roles)
}

/// When the story can be told: on its own day, or as soon as every certificate is valid.
fn start(certificates: &[&Certificate]) -> Result<Timestamp, Failure> {
    let own = Utc
        .with_ymd_and_hms(2027, 3, 1, 6, 0, 0)
        .single()
        .ok_or("no such day")?;
    let valid = |start: Timestamp| {
        let throughout = |certificate: &&Certificate| {
            certificate.not_before() <= start && start + LENGTH <= certificate.not_after()
        };
        certificates.iter().all(throughout)
    };
    let earliest = certificates
        .iter()
        .map(|certificate| certificate.not_before())
        .max();
    [
        Some(own),
        earliest.map(|instant| instant + TimeDelta::hours(1)),
    ]
    .into_iter()
    .flatten()
    .find(|start| valid(*start))
    .ok_or_else(|| {
        let days = LENGTH.num_days();
        format!("the story takes {days} days, and the certificates have not as many in common")
            .into()
    })
}

/// A document to trade: what goes into the signature, headers included.
fn document(number: u32, party: &Party) -> Result<Vec<u8>, Failure> {
    let (from, to) = (party.local(), party.partner());
    let text = format!(
        "UNB+UNOA:1+{from}+{to}+270301:0600+{number}'\r\n\
         UNH+1+ORDERS:D:96A:UN'\r\n\
         BGM+220+ORDER-{number:04}+9'\r\n\
         UNT+3+1'\r\n\
         UNZ+1+{number}'\r\n"
    );
    Ok(
        EntityBuilder::new(MediaType::new("application", "EDIFACT")?)
            .with_transfer_encoding(TransferEncoding::Binary)
            .body(text.as_bytes()),
    )
}
