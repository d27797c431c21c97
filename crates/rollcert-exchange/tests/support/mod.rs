//! Two partners in memory, and between them a wire that does what networks do.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "helpers of tests; not every test file uses each"
)]

pub(crate) mod raw;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex, PoisonError};

use chrono::TimeDelta;
use rand::{SeedableRng as _, rngs::StdRng};
use rollcert_as2::{As2Name, Disposition, Layer, Opened, Opener, open, read_mdn};
use rollcert_crypto::{Provider, rustcrypto};
use rollcert_exchange::{
    Again, ConfirmError, Endpoint, Inbound, Incoming, Keyring, LateReceipt, OfferError, Offering,
    Party, Rendered, RepeatError, Repeated, Reply, Sent, credential_facts, document_for,
    fingerprint,
};
use rollcert_mime::Headers;
use rollcert_pki::{Certificate, Credential};
use rollcert_schedule::{
    Action, Advertised, Blob, Command, Decision, Effect, EffectId, ExchangeId, ExchangeState,
    Fingerprint, Received, Recorded, Relationship, Role, Side, Snapshot, Standing, Timestamp,
};
use rollcert_store::{CommitError, EffectRow, Leased, MemoryStore, Outbox as _, Store as _};

pub(crate) const PROVIDER: &Provider = &rustcrypto::PROVIDER;

/// How long a worker may hold an effect before another may take it.
pub(crate) const LEASE: TimeDelta = TimeDelta::minutes(5);
/// How long a receipt that comes by itself is waited for before the message is sent again.
pub(crate) const PATIENCE: TimeDelta = TimeDelta::hours(1);
/// When a failed send is tried again.
pub(crate) const RETRY: TimeDelta = TimeDelta::minutes(15);

pub(crate) const ALICE_URL: &str = "http://alice.example:8080/as2";
pub(crate) const BOB_URL: &str = "http://bob.example/as2/in";

const NAMES: [&str; 11] = [
    "alice-rsa",
    "alice-rsa-next",
    "alice-sign",
    "alice-sign-next",
    "alice-year",
    "alice-server",
    "bob-rsa",
    "bob-rsa-next",
    "bob-sign",
    "carol-sign",
    "carol-rsa",
];

/// A credential of the fixtures. Each is read and proven once.
pub(crate) fn credential(name: &str) -> Credential {
    static READ: LazyLock<Mutex<BTreeMap<String, Credential>>> =
        LazyLock::new(|| Mutex::new(BTreeMap::new()));
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    read.entry(name.to_owned())
        .or_insert_with(|| {
            let key = PROVIDER
                .load_key(&fixture(&format!("{name}.key.der")))
                .unwrap();
            let certificate = Certificate::from_der(fixture(&format!("{name}.cert.der"))).unwrap();
            let mut rng = StdRng::seed_from_u64(1);
            Credential::new(certificate, Vec::new(), key, PROVIDER, &mut rng).unwrap()
        })
        .clone()
}

pub(crate) fn certificate(name: &str) -> Certificate {
    credential(name).certificate().clone()
}

pub(crate) fn id_of(name: &str) -> Fingerprint {
    fingerprint(certificate(name).as_der(), PROVIDER)
}

/// The fixture behind a fingerprint.
pub(crate) fn name_of(id: Fingerprint) -> &'static str {
    static IDS: LazyLock<BTreeMap<Fingerprint, &'static str>> =
        LazyLock::new(|| NAMES.iter().map(|name| (id_of(name), *name)).collect());
    IDS.get(&id).copied().unwrap_or("?")
}

fn fixture(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A moment at which every fixture is valid; `alice-year` ends 275 days later.
pub(crate) fn start() -> Timestamp {
    certificate("alice-year").not_before() + TimeDelta::days(90)
}

pub(crate) fn both() -> BTreeSet<Role> {
    BTreeSet::from(Role::ALL)
}

pub(crate) fn signing() -> BTreeSet<Role> {
    BTreeSet::from([Role::Signing])
}

pub(crate) fn name(text: &str) -> As2Name {
    As2Name::new(text).unwrap()
}

/// The MIME entity of a document.
pub(crate) fn document(text: &str) -> Vec<u8> {
    format!("Content-Type: text/plain\r\n\r\n{text}\r\n").into_bytes()
}

/// What a reply says, whoever signed it.
pub(crate) fn disposition(reply: &Reply) -> Disposition {
    assert_eq!(reply.status, 200);
    let headers = Headers::from_pairs(reply.headers.iter().map(|(name, value)| (name, value)));
    let mut rng = StdRng::seed_from_u64(2);
    let received = read_mdn(
        &headers,
        &reply.body,
        &Opener::new(PROVIDER, start()),
        &mut rng,
    );
    received.unwrap().mdn.disposition
}

/// The MIME entity inside a message.
pub(crate) fn entity(rendered: &Rendered) -> Vec<u8> {
    opened(rendered).entity
}

/// Whose signature and whose key are on a message: the fixtures' names.
pub(crate) fn seals(rendered: &Rendered) -> (&'static str, &'static str) {
    let opened = opened(rendered);
    let name = |certificate: &Certificate| name_of(fingerprint(certificate.as_der(), PROVIDER));
    let recipient = opened.layers.iter().find_map(|layer| match layer {
        Layer::Encrypted { recipient, .. } => Some(name(recipient)),
        _ => None,
    });
    let signer = opened.signature.and_then(|signature| signature.signer);
    (name(&signer.unwrap()), recipient.unwrap())
}

/// Opens any message, with every key there is.
fn opened(rendered: &Rendered) -> Opened {
    let credentials: Vec<Credential> = NAMES.iter().map(|name| credential(name)).collect();
    let opener = Opener::new(PROVIDER, start()).with_credentials(&credentials);
    let headers = rendered.headers.iter().map(|(name, value)| (name, value));
    let mut rng = StdRng::seed_from_u64(5);
    open(
        &Headers::from_pairs(headers),
        &rendered.body,
        &opener,
        &mut rng,
    )
    .unwrap()
}

/// What a partner signs with and is encrypted to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keys {
    pub(crate) signing: &'static str,
    pub(crate) encryption: &'static str,
}

/// One partner with its store, its keys and its clock: what a product is made of.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) party: Party,
    pub(crate) store: MemoryStore,
    pub(crate) keyring: Keyring,
    pub(crate) now: Timestamp,
    /// The codes of the messages that were refused.
    pub(crate) refused: Vec<&'static str>,
    /// The receipts for those of them that wanted one by itself.
    pub(crate) strays: Vec<Rendered>,
    /// How often a message went out once more, with another certificate.
    pub(crate) again: usize,
    seed: u64,
    workers: u32,
    ours: Vec<&'static str>,
    theirs: Vec<&'static str>,
}

/// A message on its way.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) leased: Leased,
    pub(crate) rendered: Rendered,
}

impl Node {
    fn new(party: Party, ours: Keys, theirs: Keys, seed: u64) -> Self {
        let mut node = Self {
            party,
            store: MemoryStore::new(),
            keyring: Keyring::new(),
            now: start(),
            refused: Vec::new(),
            strays: Vec::new(),
            again: 0,
            seed,
            workers: 0,
            ours: vec![ours.signing, ours.encryption],
            theirs: vec![theirs.signing, theirs.encryption],
        };
        node.restart();
        let adopt = |side, keys: Keys| {
            [
                (Role::Signing, keys.signing),
                (Role::Encryption, keys.encryption),
            ]
            .map(|(role, name)| Command::Adopt {
                side,
                role,
                credential: credential_facts(&certificate(name), PROVIDER),
            })
        };
        let commands = [adopt(Side::Ours, ours), adopt(Side::Theirs, theirs)].concat();
        node.decide(commands);
        // Messages went to and fro before; so each knows what the other can do.
        node.decide([Command::Advertised {
            advertised: Advertised::Capable,
        }]);
        node
    }

    /// As if the partner had never said what it can do.
    pub(crate) fn forget_capability(&mut self) {
        self.decide([Command::Advertised {
            advertised: Advertised::NotCapable,
        }]);
    }

    /// Takes a certificate of the partner's that came by e-mail.
    pub(crate) fn hand_over(&mut self, name: &'static str) {
        self.theirs.push(name);
        self.keyring.insert_certificate(certificate(name), PROVIDER);
    }

    /// Takes a new credential of ours, of which the partner hears by e-mail.
    pub(crate) fn install(&mut self, name: &'static str) {
        self.ours.push(name);
        self.keyring.insert_credential(credential(name), PROVIDER);
    }

    /// Agrees on a certificate outside of the protocol.
    pub(crate) fn schedule(&mut self, side: Side, role: Role, name: &str) {
        self.decide([Command::Schedule {
            side,
            role,
            credential: credential_facts(&certificate(name), PROVIDER),
        }]);
    }

    /// Forgets everything but configuration and store, as a process that starts.
    pub(crate) fn restart(&mut self) {
        self.keyring = Keyring::new();
        for name in self.ours.clone() {
            self.keyring.insert_credential(credential(name), PROVIDER);
        }
        for name in self.theirs.clone() {
            self.keyring.insert_certificate(certificate(name), PROVIDER);
        }
        let relationship = self.relationship();
        let written = serde_json::to_string(&relationship.snapshot()).unwrap();
        let snapshot: Snapshot = serde_json::from_str(&written).unwrap();
        assert_eq!(
            Relationship::restore(snapshot, relationship.version()),
            relationship
        );
        self.fetch_certificates();
    }

    fn fetch_certificates(&mut self) {
        for facts in self.relationship().credentials() {
            if !self.keyring.contains(facts.fingerprint) {
                // A key of ours may have been lost with its certificate.
                if let Some(octets) = self.store.blob(facts.fingerprint).unwrap() {
                    let certificate = Certificate::from_der(octets).unwrap();
                    self.keyring.insert_certificate(certificate, PROVIDER);
                }
            }
        }
    }

    /// Fresh randomness, the same in every run.
    fn rng(&mut self) -> StdRng {
        self.seed += 2;
        StdRng::seed_from_u64(self.seed)
    }

    pub(crate) fn endpoint(&self) -> Endpoint<'_> {
        Endpoint {
            party: &self.party,
            keyring: &self.keyring,
            provider: PROVIDER,
        }
    }

    pub(crate) fn relationship(&self) -> Relationship {
        let id = self.party.relationship();
        self.store
            .load(&id)
            .unwrap()
            .unwrap_or_else(|| Relationship::new(id))
    }

    pub(crate) fn decide(&mut self, commands: impl IntoIterator<Item = Command>) {
        let commit = self.relationship().decide(commands, self.now).unwrap();
        if !commit.is_empty() {
            self.store.commit(&commit).unwrap();
        }
    }

    /// Offers certificates of ours, to be answered within 30 days.
    pub(crate) fn offer(&mut self, id: &str, credentials: &[(&'static str, BTreeSet<Role>)]) {
        self.try_offer(id, credentials).unwrap();
    }

    pub(crate) fn try_offer(
        &mut self,
        id: &str,
        credentials: &[(&'static str, BTreeSet<Role>)],
    ) -> Result<(), OfferError> {
        for (name, _) in credentials {
            self.install(name);
        }
        let held: Vec<Credential> = credentials
            .iter()
            .map(|(name, _)| credential(name))
            .collect();
        let offerings: Vec<Offering<'_>> = held
            .iter()
            .zip(credentials)
            .map(|(credential, (_, roles))| Offering {
                credential,
                roles: roles.clone(),
            })
            .collect();
        let respond_by = Some(self.now + TimeDelta::days(30));
        let mut rng = self.rng();
        let relationship = self.relationship();
        let command = self.endpoint().offer(
            &relationship,
            id,
            &offerings,
            respond_by,
            self.now,
            &mut rng,
        )?;
        self.decide([command]);
        Ok(())
    }

    /// Answers an offer of the partner's, all certificates alike.
    pub(crate) fn answer(&mut self, id: &str, decision: &Decision) {
        let exchange = ExchangeId::new(id);
        let relationship = self.relationship();
        let known = relationship.exchange(Side::Theirs, &exchange).unwrap();
        let decisions = known
            .offers
            .iter()
            .map(|offer| (offer.fingerprint, decision.clone()))
            .collect();
        self.decide([Command::Decide {
            exchange,
            decisions,
        }]);
    }

    /// Queues a document for the partner.
    pub(crate) fn queue(&mut self, text: &str) {
        let octets = document(text);
        let id = fingerprint(&octets, PROVIDER);
        let effect = Effect {
            id: EffectId::new(text),
            action: Action::SendMessage { content: id },
            due: self.now,
        };
        let commit = self
            .relationship()
            .decide([Command::Tick], self.now)
            .unwrap();
        let commit = commit.with_effect(effect).with_blob(Blob { id, octets });
        self.store.commit(&commit).unwrap();
    }

    /// Leases the next effect that is due.
    pub(crate) fn lease(&mut self) -> Option<Leased> {
        self.workers += 1;
        let worker = format!("worker-{}", self.workers);
        let until = self.now + LEASE;
        self.store.lease(&worker, self.now, until, 1).unwrap().pop()
    }

    /// Makes the message of an effect, or takes the one that was stored.
    pub(crate) fn render(&mut self, leased: Leased) -> Job {
        let rendered = match &leased.rendered {
            Some(octets) => Rendered::decode(octets).unwrap(),
            None => {
                let relationship = self.relationship();
                let document = document_for(&leased.effect.action, &relationship)
                    .and_then(|id| self.store.blob(id).unwrap());
                let mut rng = self.rng();
                let rendered = self
                    .endpoint()
                    .render(
                        &relationship,
                        &leased.effect,
                        document.as_deref(),
                        self.now,
                        &mut rng,
                    )
                    .unwrap();
                self.store
                    .store_rendered(&leased, &rendered.message_id, &rendered.encode())
                    .unwrap();
                rendered
            }
        };
        Job { leased, rendered }
    }

    /// Leases and renders the next effect that is due.
    pub(crate) fn next_job(&mut self) -> Option<Job> {
        let leased = self.lease()?;
        Some(self.render(leased))
    }

    /// Gives an effect back whose message or reply was lost.
    pub(crate) fn lost(&mut self, job: &Job) {
        // A lease that ran out meanwhile was taken over: then another worker has the effect.
        let _ = self
            .store
            .fail(&job.leased, self.now + RETRY, "lost on the way");
    }

    /// Takes what came by HTTP, as a server would.
    pub(crate) fn receive(&mut self, headers: &[(String, String)], body: &[u8]) -> Reply {
        let headers: Vec<(String, Vec<u8>)> = headers
            .iter()
            .map(|(name, value)| (name.clone(), value.clone().into_bytes()))
            .collect();
        let Ok(incoming) = Incoming::read(&headers, body.to_vec(), PROVIDER) else {
            return plain(400);
        };
        let id = self.party.relationship();
        if incoming.relationship() != id {
            return plain(404);
        }
        loop {
            if let Some(received) = self.store.received(&id, &incoming.message_id()).unwrap() {
                let Ok(repeated) = self.repeat(&incoming, &received) else {
                    return plain(409);
                };
                if let Some(commit) = &repeated.commit {
                    self.store.commit(commit).unwrap();
                }
                return repeated.reply;
            }
            match self.judge(&incoming) {
                Inbound::Refused(refused) => {
                    self.refused.push(refused.code);
                    self.strays.extend(refused.receipt);
                    return refused.reply;
                }
                Inbound::Receipt(receipt) => return self.take_receipt(&receipt),
                Inbound::Taken(taken) => match self.store.commit(&taken.commit) {
                    Ok(_) => {
                        self.fetch_certificates();
                        return taken.reply;
                    }
                    Err(CommitError::Conflict { .. } | CommitError::AlreadyReceived) => {}
                    Err(error) => panic!("{error}"),
                },
            }
        }
    }

    /// What the endpoint replies to a message that was received before.
    pub(crate) fn repeat(
        &mut self,
        incoming: &Incoming,
        received: &Received,
    ) -> Result<Repeated, RepeatError> {
        let relationship = self.relationship();
        let mut rng = self.rng();
        self.endpoint()
            .repeat(&relationship, incoming, received, self.now, &mut rng)
    }

    /// Takes a receipt that came by itself.
    fn take_receipt(&mut self, receipt: &LateReceipt) -> Reply {
        let id = self.party.relationship();
        let row = receipt
            .original_message_id()
            .and_then(|message_id| self.store.sent_as(&id, &message_id).unwrap());
        let Some(row) = row else {
            self.refused.push("receipt-for-nothing");
            return LateReceipt::refusal();
        };
        if row.settled {
            return plain(200);
        }
        let rendered = Rendered::decode(row.rendered.as_deref().unwrap()).unwrap();
        let sent = Sent {
            effect: &row.effect,
            fence: row.fence,
            rendered: &rendered,
        };
        let relationship = self.relationship();
        let confirmed = self
            .endpoint()
            .confirm_late(&relationship, &sent, receipt, self.now);
        match confirmed {
            Ok(confirmation) => {
                self.again += usize::from(confirmation.again == Again::WithOtherCertificate);
                self.store.commit(&confirmation.commit).unwrap();
                plain(200)
            }
            Err(error) => {
                self.refused.push(error.code());
                match error {
                    ConfirmError::Negative { .. } => plain(200),
                    _ => LateReceipt::refusal(),
                }
            }
        }
    }

    /// What the endpoint makes of a message; nothing is written.
    pub(crate) fn judge(&mut self, incoming: &Incoming) -> Inbound {
        let mut rng = self.rng();
        self.endpoint()
            .receive(&self.relationship(), incoming, self.now, &mut rng)
    }

    /// Reads the reply to a message of ours; gives the effect back when it proves nothing.
    pub(crate) fn confirm(
        &mut self,
        job: &Job,
        reply: &Reply,
    ) -> Result<Disposition, ConfirmError> {
        let sent = Sent {
            effect: &job.leased.effect,
            fence: job.leased.fence,
            rendered: &job.rendered,
        };
        let mut rng = self.rng();
        let confirmed =
            self.endpoint()
                .confirm(&self.relationship(), &sent, reply, self.now, &mut rng);
        match confirmed {
            Ok(confirmation) => {
                match self.store.commit(&confirmation.commit) {
                    // Another worker has taken the effect over, or is done with it.
                    Ok(_) | Err(CommitError::LeaseLost { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
                self.again += usize::from(confirmation.again == Again::WithOtherCertificate);
                Ok(confirmation.disposition.unwrap_or(Disposition::Processed))
            }
            Err(error @ ConfirmError::Awaited) => {
                // The receipt may have been faster.
                let _ = self.store.hold(&job.leased, self.now + PATIENCE);
                Err(error)
            }
            Err(error) => {
                let _ = self
                    .store
                    .fail(&job.leased, self.now + RETRY, &error.to_string());
                Err(error)
            }
        }
    }

    pub(crate) fn effects(&self) -> Vec<EffectRow> {
        self.store.effects(&self.party.relationship()).unwrap()
    }

    pub(crate) fn effect(&self, id: &str) -> EffectRow {
        let mut effects = self.effects().into_iter();
        effects.find(|row| row.id.as_str() == id).unwrap()
    }

    pub(crate) fn is_done(&self) -> bool {
        self.effects().iter().all(|row| row.settled)
    }

    /// The documents of the partner's, in the order of their texts.
    pub(crate) fn documents(&self) -> Vec<String> {
        let inbox = self.store.inbox(&self.party.relationship()).unwrap();
        let mut documents: Vec<String> = inbox
            .into_iter()
            .filter_map(|received| received.content)
            .map(|entity| {
                let text = String::from_utf8(entity).unwrap();
                text.rsplit("\r\n\r\n").next().unwrap().trim().to_owned()
            })
            .collect();
        documents.sort();
        documents
    }

    pub(crate) fn state(&self, exchange: &str) -> ExchangeState {
        let relationship = self.relationship();
        let id = ExchangeId::new(exchange);
        let [ours, theirs] =
            [Side::Ours, Side::Theirs].map(|side| relationship.exchange(side, &id));
        ours.or(theirs).unwrap().state()
    }

    /// The certificates in a slot, newest first.
    pub(crate) fn slot(&self, side: Side, role: Role) -> Vec<(&'static str, Standing)> {
        let relationship = self.relationship();
        let entries = &relationship.slot(side, role).entries;
        entries
            .iter()
            .map(|entry| (name_of(entry.fingerprint), entry.standing))
            .collect()
    }

    /// Everything that the store holds.
    pub(crate) fn image(&self) -> Image {
        let id = self.party.relationship();
        Image {
            relationship: self.relationship(),
            events: self.store.events(&id).unwrap(),
            inbox: self.store.inbox(&id).unwrap(),
            effects: self.effects(),
        }
    }

    /// Where it has come to, without the times and counts that losses change.
    pub(crate) fn summary(&self) -> Summary {
        let relationship = self.relationship();
        let slots = relationship
            .slots()
            .map(|slot| (slot.side, slot.role, self.slot(slot.side, slot.role)))
            .collect();
        let exchanges = relationship
            .exchanges()
            .map(|(id, exchange)| {
                let delivered = exchange.delivered_at.is_some();
                (id.to_string(), exchange.state(), delivered)
            })
            .collect();
        Summary {
            slots,
            exchanges,
            documents: self.documents(),
            done: self.is_done(),
            refused: self.refused.clone(),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Image {
    relationship: Relationship,
    events: Vec<Recorded>,
    inbox: Vec<Received>,
    effects: Vec<EffectRow>,
}

type SlotSummary = (Side, Role, Vec<(&'static str, Standing)>);

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Summary {
    slots: Vec<SlotSummary>,
    exchanges: Vec<(String, ExchangeState, bool)>,
    documents: Vec<String>,
    done: bool,
    refused: Vec<&'static str>,
}

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Alice,
    Bob,
}

impl Who {
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Alice => Self::Bob,
            Self::Bob => Self::Alice,
        }
    }
}

/// What happens to one attempt to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The message does not arrive.
    LoseRequest,
    /// The reply does not arrive.
    LoseReply,
    /// The message arrives twice.
    Twice,
    /// The message arrives after everything else, although it was given up and sent again.
    Late,
    /// An octet of the message flips.
    CorruptRequest,
    /// An octet of the reply flips.
    CorruptReply,
    /// The sender dies before it has rendered the message.
    DieBeforeRender,
    /// The sender dies before it sends.
    DieBeforeSend,
    /// The sender dies when the reply is there.
    DieBeforeConfirm,
}

impl Fault {
    pub(crate) const ALL: [Self; 9] = [
        Self::LoseRequest,
        Self::LoseReply,
        Self::Twice,
        Self::Late,
        Self::CorruptRequest,
        Self::CorruptReply,
        Self::DieBeforeRender,
        Self::DieBeforeSend,
        Self::DieBeforeConfirm,
    ];
}

/// ALICE and BOB.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) alice: Node,
    pub(crate) bob: Node,
    /// What happens to the attempt with this number; without a number to each first attempt.
    pub(crate) fault: Option<(Option<usize>, Fault)>,
    /// How many attempts to send there were.
    pub(crate) attempts: usize,
    /// Whether both start anew after every step.
    pub(crate) restless: bool,
    late: Vec<(Who, Job)>,
}

impl Pair {
    /// One RSA certificate each, for both roles.
    pub(crate) fn rsa() -> Self {
        let keys = |name| Keys {
            signing: name,
            encryption: name,
        };
        Self::new("ALICE", "BOB AS2", keys("alice-rsa"), keys("bob-rsa"))
    }

    /// P-256 to sign, RSA to encrypt to.
    pub(crate) fn split() -> Self {
        Self::named("ALICE", "BOB AS2")
    }

    /// The same under other names.
    pub(crate) fn named(alice: &str, bob: &str) -> Self {
        let alice_keys = Keys {
            signing: "alice-sign",
            encryption: "alice-rsa",
        };
        let bob_keys = Keys {
            signing: "bob-sign",
            encryption: "bob-rsa",
        };
        Self::new(alice, bob, alice_keys, bob_keys)
    }

    pub(crate) fn new(alice: &str, bob: &str, alice_keys: Keys, bob_keys: Keys) -> Self {
        let (alice, bob) = (name(alice), name(bob));
        let at_alice = Party::new(alice.clone(), ALICE_URL, bob.clone(), BOB_URL);
        let at_bob = Party::new(bob, BOB_URL, alice, ALICE_URL);
        Self {
            alice: Node::new(at_alice, alice_keys, bob_keys, 0x1000),
            bob: Node::new(at_bob, bob_keys, alice_keys, 0x1001),
            fault: None,
            attempts: 0,
            restless: false,
            late: Vec::new(),
        }
    }

    pub(crate) fn node(&mut self, who: Who) -> &mut Node {
        match who {
            Who::Alice => &mut self.alice,
            Who::Bob => &mut self.bob,
        }
    }

    /// Lets time pass, and the schedules notice.
    pub(crate) fn advance(&mut self, delta: TimeDelta) {
        for node in [&mut self.alice, &mut self.bob] {
            node.now += delta;
            for id in node.store.due(node.now, 10).unwrap() {
                assert_eq!(id, node.party.relationship());
                node.decide([Command::Tick]);
            }
        }
    }

    /// Brings a message to the other one, and its reply back.
    pub(crate) fn deliver(&mut self, from: Who, rendered: &Rendered) -> Reply {
        let expected = match from {
            Who::Alice => BOB_URL,
            Who::Bob => ALICE_URL,
        };
        assert_eq!(rendered.url, expected);
        self.node(from.other())
            .receive(&rendered.headers, &rendered.body)
    }

    /// Sends the next message of one of the two and reads the receipt.
    pub(crate) fn send(&mut self, from: Who) -> Result<Disposition, ConfirmError> {
        let job = self.node(from).next_job().expect("something to send");
        let reply = self.deliver(from, &job.rendered);
        self.node(from).confirm(&job, &reply)
    }

    /// Sends, and sends again, until nothing is left to do.
    pub(crate) fn settle(&mut self) {
        for _ in 0..40 {
            for who in [Who::Alice, Who::Bob] {
                while let Some(leased) = self.node(who).lease() {
                    self.attempt(who, leased);
                    if self.restless {
                        self.alice.restart();
                        self.bob.restart();
                    }
                }
            }
            if self.alice.is_done() && self.bob.is_done() {
                return;
            }
            self.advance(RETRY);
        }
        panic!(
            "not done: {:?} {:?}",
            self.alice.effects(),
            self.bob.effects()
        );
    }

    fn attempt(&mut self, who: Who, leased: Leased) {
        let number = self.attempts;
        self.attempts += 1;
        let fault = self
            .fault
            .filter(|(at, _)| match at {
                Some(at) => *at == number,
                None => leased.fence == 1,
            })
            .map(|(_, fault)| fault);
        if fault == Some(Fault::DieBeforeRender) {
            return self.node(who).restart();
        }
        let job = self.node(who).render(leased);
        match fault {
            Some(Fault::DieBeforeSend) => return self.node(who).restart(),
            Some(Fault::LoseRequest) => return self.node(who).lost(&job),
            Some(Fault::Late) => {
                self.node(who).lost(&job);
                return self.late.push((who, job));
            }
            Some(Fault::CorruptRequest) => {
                let mut corrupt = job.rendered.clone();
                flip(&mut corrupt.body);
                let reply = self.deliver(who, &corrupt);
                // The refusal is what was to happen, and not to be counted.
                assert!(self.node(who.other()).refused.pop().is_some());
                // An offer that is refused has failed; what else is refused is sent again.
                if let Action::SendOffer { .. } = job.leased.effect.action {
                    return self.node(who).lost(&job);
                }
                // Where there is another certificate, that one is tried; else the same octets once more.
                let tries = self.node(who).again;
                let confirmed = self.node(who).confirm(&job, &reply);
                if self.node(who).again == tries {
                    assert_eq!(confirmed.unwrap_err().code(), "negative-receipt");
                }
                return;
            }
            Some(Fault::Twice) => {
                let first = self.deliver(who, &job.rendered);
                let second = self.deliver(who, &job.rendered);
                assert_eq!(first, second);
            }
            _ => {}
        }
        let mut reply = self.deliver(who, &job.rendered);
        match fault {
            Some(Fault::LoseReply) => return self.node(who).lost(&job),
            Some(Fault::DieBeforeConfirm) => return self.node(who).restart(),
            Some(Fault::CorruptReply) => flip_disposition(&mut reply.body),
            _ => {}
        }
        let confirmed = self.node(who).confirm(&job, &reply);
        match &confirmed {
            Err(ConfirmError::Awaited) => assert_eq!(reply, plain(200)),
            _ => assert_eq!(
                confirmed.is_err(),
                fault == Some(Fault::CorruptReply),
                "{confirmed:?}"
            ),
        }
    }

    /// Delivers what lay on the way all the time.
    pub(crate) fn deliver_late(&mut self) {
        for (who, job) in core::mem::take(&mut self.late) {
            let reply = self.deliver(who, &job.rendered);
            assert_eq!(disposition(&reply), Disposition::Processed);
            self.node(who).confirm(&job, &reply).unwrap();
        }
    }

    pub(crate) fn summary(&self) -> (Summary, Summary) {
        (self.alice.summary(), self.bob.summary())
    }
}

fn flip(octets: &mut [u8]) {
    let middle = octets.len() / 2;
    octets[middle] ^= 1;
}

/// Changes what a receipt says; what its signature carries along unsigned may change harmlessly.
fn flip_disposition(octets: &mut [u8]) {
    let field = b"Disposition: ";
    let mut windows = octets.windows(field.len());
    let at = windows.position(|window| window == field).unwrap();
    octets[at + field.len()] ^= 1;
}

pub(crate) fn plain(status: u16) -> Reply {
    Reply {
        status,
        headers: Vec::new(),
        body: Vec::new(),
    }
}
