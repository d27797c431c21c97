//! What a product does with the libraries: one partner, with its store, its keys and its HTTP client.

use std::fmt;
use std::sync::{Mutex, RwLock};

use chrono::TimeDelta;
use rollcert::exchange::{
    ConfirmError, Endpoint, Inbound, Incoming, Keyring, LateReceipt, Party, Rendered, Reply, Sent,
    blob, document_for,
};
use rollcert::pki::{Certificate, Credential};
use rollcert::schedule::{
    Action, Command, Commit, Effect, EffectId, Fingerprint, Relationship, Timestamp,
};
use rollcert::sqlite::SqliteStore;
use rollcert::store::{CommitError, Leased, Outbox, Store, TransactError, transact};

use crate::Failure;
use crate::crash::Crash;
use crate::identity::CRYPTO;
use crate::state::Folder;

/// How long a worker may hold an effect before another may take it.
const LEASE: TimeDelta = TimeDelta::minutes(5);
/// How long a receipt that comes by itself is waited for before the message is sent again.
const PATIENCE: TimeDelta = TimeDelta::hours(1);
/// When a failed send is tried again.
const RETRY: TimeDelta = TimeDelta::minutes(15);
/// How often a failed send is tried before the story gives up on it.
const ATTEMPTS: u32 = 3;

/// One partner.
pub(crate) struct Host {
    party: Party,
    store: SqliteStore,
    keyring: RwLock<Keyring>,
    clock: Mutex<Timestamp>,
    http: reqwest::Client,
    crash: Crash,
}

impl Host {
    /// Opens the store and fetches from it the certificates that the partner has announced so far.
    pub(crate) fn open(
        party: Party,
        folder: &Folder,
        credentials: Vec<Credential>,
        partner: &[Certificate],
        start: Timestamp,
        crash: Crash,
    ) -> Result<Self, Failure> {
        let name = party.local().as_str().to_ascii_lowercase();
        let mut keyring = Keyring::new();
        for credential in credentials {
            keyring.insert_credential(credential, CRYPTO);
        }
        for certificate in partner {
            keyring.insert_certificate(certificate.clone(), CRYPTO);
        }
        let host = Self {
            party,
            store: SqliteStore::open(folder.file(&format!("{name}.db")))?,
            keyring: RwLock::new(keyring),
            clock: Mutex::new(start),
            http: reqwest::Client::builder().no_proxy().build()?,
            crash,
        };
        host.fetch_certificates(&host.relationship()?)?;
        Ok(host)
    }

    pub(crate) fn party(&self) -> &Party {
        &self.party
    }

    pub(crate) fn store(&self) -> &SqliteStore {
        &self.store
    }

    pub(crate) fn crash(&self) -> &Crash {
        &self.crash
    }

    pub(crate) fn now(&self) -> Timestamp {
        *self
            .clock
            .lock()
            .expect("nobody panics while holding the clock")
    }

    /// The relationship as the store holds it.
    pub(crate) fn relationship(&self) -> Result<Relationship, Failure> {
        let id = self.party.relationship();
        Ok(self
            .store
            .load(&id)?
            .unwrap_or_else(|| Relationship::new(id)))
    }

    /// Moves the clock and lets the schedule notice, if a timer of it is due.
    pub(crate) fn advance(&self, now: Timestamp) -> Result<(), Failure> {
        *self
            .clock
            .lock()
            .expect("nobody panics while holding the clock") = now;
        for id in self.store.due(now, 100)? {
            debug_assert_eq!(
                id,
                self.party.relationship(),
                "one partner, one relationship"
            );
            self.decide(|_| Ok(vec![Command::Tick]))?;
        }
        Ok(())
    }

    /// Decides and commits, again when another commit came first. Returns whether anything changed.
    pub(crate) fn decide(
        &self,
        commands: impl Fn(&Relationship) -> Result<Vec<Command>, Failure>,
    ) -> Result<bool, Failure> {
        self.commit(|relationship| Ok(relationship.decide(commands(relationship)?, self.now())?))
    }

    fn commit(
        &self,
        decide: impl Fn(&Relationship) -> Result<Commit, Failure>,
    ) -> Result<bool, Failure> {
        match transact(&self.store, &self.party.relationship(), decide) {
            Ok((commit, _)) => Ok(!commit.is_empty()),
            Err(TransactError::Decide(failure)) => Err(failure),
            Err(TransactError::Commit(error)) => Err(error.into()),
            Err(other) => Err(other.to_string().into()),
        }
    }

    /// Works with the endpoint on the current keys.
    pub(crate) fn with_endpoint<T>(&self, work: impl FnOnce(Endpoint<'_>) -> T) -> T {
        let keyring = self
            .keyring
            .read()
            .expect("nobody panics while holding the keys");
        work(Endpoint {
            party: &self.party,
            keyring: &keyring,
            provider: CRYPTO,
        })
    }

    /// Queues a document for the partner, once. Returns whether it is new.
    pub(crate) fn queue(&self, name: &str, entity: &[u8]) -> Result<bool, Failure> {
        let id = EffectId::new(name);
        let known = self.store.effects(&self.party.relationship())?;
        if known.iter().any(|row| row.id == id) {
            return Ok(false);
        }
        let blob = blob(entity, CRYPTO);
        let effect = Effect {
            id,
            action: Action::SendMessage { content: blob.id },
            due: self.now(),
        };
        self.commit(|relationship| {
            let commit = relationship.decide([Command::Tick], self.now())?;
            Ok(commit.with_effect(effect.clone()).with_blob(blob.clone()))
        })
    }

    /// Carries out every effect that is due, one after another. Returns how many were.
    pub(crate) async fn pump(&self) -> Result<usize, Failure> {
        let mut count = 0;
        loop {
            let now = self.now();
            let Some(leased) = self.store.lease("worker", now, now + LEASE, 1)?.pop() else {
                return Ok(count);
            };
            count += 1;
            if let Err(failure) = self.carry_out(&leased).await {
                if let Some(ConfirmError::Awaited) = failure.downcast_ref() {
                    // A receipt that was faster has settled the effect, and with it the lease.
                    let _ = self.store.hold(&leased, now + PATIENCE);
                    continue;
                }
                let reason = crate::report::chain(failure.as_ref());
                self.store.fail(&leased, now + RETRY, &reason)?;
                if leased.attempts + 1 >= ATTEMPTS {
                    return Err(format!("{}: {reason}", leased.effect.id).into());
                }
            }
        }
    }

    async fn carry_out(&self, leased: &Leased) -> Result<(), Failure> {
        let effect = &leased.effect;
        self.crash.reached(effect.id.as_str(), "queued");
        let rendered = match &leased.rendered {
            Some(octets) => Rendered::decode(octets)?,
            None => self.render(leased)?,
        };
        self.crash.reached(effect.id.as_str(), "rendered");
        let reply = send(&self.http, &rendered).await?;
        self.crash.reached(effect.id.as_str(), "replied");
        let sent = Sent {
            effect,
            fence: leased.fence,
            rendered: &rendered,
        };
        self.commit(|relationship| {
            self.with_endpoint(|endpoint| {
                let confirmed =
                    endpoint.confirm(relationship, &sent, &reply, self.now(), &mut rand::rng());
                Ok(confirmed?.commit)
            })
        })?;
        self.crash.reached(effect.id.as_str(), "confirmed");
        Ok(())
    }

    /// Renders the message and stores it before it is sent for the first time.
    fn render(&self, leased: &Leased) -> Result<Rendered, Failure> {
        let relationship = self.relationship()?;
        let document = match document_for(&leased.effect.action, &relationship) {
            Some(id) => self.store.blob(id)?,
            None => None,
        };
        let rendered = self.with_endpoint(|endpoint| {
            endpoint.render(
                &relationship,
                &leased.effect,
                document.as_deref(),
                self.now(),
                &mut rand::rng(),
            )
        })?;
        let octets = rendered.encode();
        self.store
            .store_rendered(leased, &rendered.message_id, &octets)?;
        Ok(rendered)
    }

    /// Takes a message that came by HTTP, and says what to reply.
    pub(crate) fn receive(
        &self,
        headers: &[(String, Vec<u8>)],
        body: Vec<u8>,
    ) -> Result<Reply, Failure> {
        let Ok(incoming) = Incoming::read(headers, body, CRYPTO) else {
            return Ok(Reply::plain(400));
        };
        let id = self.party.relationship();
        if incoming.relationship() != id {
            return Ok(Reply::plain(404));
        }
        loop {
            let relationship = self.relationship()?;
            let now = self.now();
            if let Some(received) = self.store.received(&id, &incoming.message_id())? {
                let repeated = self.with_endpoint(|endpoint| {
                    let mut rng = rand::rng();
                    endpoint.repeat(&relationship, &incoming, &received, now, &mut rng)
                });
                let repeated = match repeated {
                    Ok(repeated) => repeated,
                    Err(error) => return Ok(Reply::plain(error.status())),
                };
                match repeated.commit.map(|commit| self.store.commit(&commit)) {
                    None | Some(Ok(_)) => return Ok(repeated.reply),
                    Some(Err(CommitError::Conflict { .. })) => continue,
                    Some(Err(error)) => return Err(error.into()),
                }
            }
            let inbound = self.with_endpoint(|endpoint| {
                endpoint.receive(&relationship, &incoming, now, &mut rand::rng())
            });
            let taken = match inbound {
                Inbound::Taken(taken) => taken,
                Inbound::Receipt(receipt) => return self.take_receipt(&receipt),
                Inbound::Refused(refused) => {
                    eprintln!(
                        "{}: refused {}: {} ({})",
                        self.party.local(),
                        incoming.message_id(),
                        refused.reason,
                        refused.code
                    );
                    if let Some(receipt) = refused.receipt {
                        // Nothing was taken, so nothing is owed: if this is lost, the message comes again.
                        let http = self.http.clone();
                        tokio::spawn(async move { send(&http, &receipt).await });
                    }
                    return Ok(refused.reply);
                }
            };
            match self.store.commit(&taken.commit) {
                Ok(_) => {
                    self.fetch_certificates(&self.relationship()?)?;
                    return Ok(taken.reply);
                }
                Err(CommitError::Conflict { .. } | CommitError::AlreadyReceived) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Takes a receipt that came by itself: finds what was sent, and holds it against that.
    fn take_receipt(&self, receipt: &LateReceipt) -> Result<Reply, Failure> {
        let id = self.party.relationship();
        let row = match receipt.original_message_id() {
            Some(message_id) => self.store.sent_as(&id, &message_id)?,
            None => None,
        };
        let Some(row) = row else {
            return Ok(LateReceipt::refusal());
        };
        if row.settled {
            // What it could prove is proven.
            return Ok(Reply::plain(200));
        }
        let rendered = Rendered::decode(row.rendered.as_deref().unwrap_or_default())?;
        let sent = Sent {
            effect: &row.effect,
            fence: row.fence,
            rendered: &rendered,
        };
        let taken = self.commit(|relationship| {
            self.with_endpoint(|endpoint| {
                let confirmed = endpoint.confirm_late(relationship, &sent, receipt, self.now());
                Ok(confirmed?.commit)
            })
        });
        let Err(failure) = taken else {
            return Ok(Reply::plain(200));
        };
        eprintln!(
            "{}: receipt for {}: {}",
            self.party.local(),
            row.id,
            crate::report::chain(failure.as_ref())
        );
        // A refusal that is proven was well received; the message stays in the outbox.
        Ok(match failure.downcast_ref() {
            Some(ConfirmError::Negative { .. }) => Reply::plain(200),
            _ => LateReceipt::refusal(),
        })
    }

    /// Puts the certificates that the partner has announced on the keyring; the store keeps them under
    /// their fingerprints.
    fn fetch_certificates(&self, relationship: &Relationship) -> Result<(), Failure> {
        let missing: Vec<Fingerprint> = {
            let keyring = self
                .keyring
                .read()
                .expect("nobody panics while holding the keys");
            let named = relationship
                .credentials()
                .map(|credential| credential.fingerprint);
            named
                .filter(|fingerprint| !keyring.contains(*fingerprint))
                .collect()
        };
        for id in missing {
            let octets = self.store.blob(id)?.ok_or_else(|| {
                format!(
                    "{}: nothing is known of certificate {id}: was the story begun with --pfx?",
                    self.party.local()
                )
            })?;
            let certificate = Certificate::from_der(octets)?;
            let mut keyring = self
                .keyring
                .write()
                .expect("nobody panics while holding the keys");
            keyring.insert_certificate(certificate, CRYPTO);
        }
        Ok(())
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("name", &self.party.local())
            .finish_non_exhaustive()
    }
}

async fn send(http: &reqwest::Client, rendered: &Rendered) -> Result<Reply, Failure> {
    let mut request = http.post(&rendered.url).body(rendered.body.clone());
    for (name, value) in &rendered.headers {
        request = request.header(name, value);
    }
    let response = request.send().await?;
    let status = response.status().as_u16();
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| {
            (
                name.to_string(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect();
    Ok(Reply {
        status,
        headers,
        body: response.bytes().await?.to_vec(),
    })
}
