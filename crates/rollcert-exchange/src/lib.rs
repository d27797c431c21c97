//! The glue between the schedule, AS2 and CEM. Still sans-IO: octets in, octets out.
//!
//! An [`Endpoint`] speaks for one relationship. It renders the effects of the schedule into HTTP
//! messages, takes what comes in, and reads the receipts; each yields a
//! [`Commit`](rollcert_schedule::Commit) for the host to write. Which certificates serve is asked of
//! the relationship alone, and only certificates that stand there are trusted.
//!
//! # Sending
//!
//! ```text
//! lease an effect ─▶ rendered already? ──yes──────────────────────────┐
//!                      │no                                            ▼
//!                      └─▶ Endpoint::render ─▶ store the octets ─▶ send them
//!                                                                     │ HTTP reply
//!            commit, which settles the effect ◀─ Endpoint::confirm ◀──┘
//! ```
//!
//! # Receiving
//!
//! ```text
//! Incoming::read ─▶ known message id? ──yes──▶ Endpoint::repeat: the same reply again
//!                      │no
//!                      └─▶ Endpoint::receive ─▶ Taken: commit, then reply
//!                                            ├▶ Receipt: look up what was sent, Endpoint::confirm_late
//!                                            └▶ Refused: reply, nothing is changed
//! ```
//!
//! # Receipts
//!
//! We ask for ours in the HTTP response, or, by [`Party::with_receipts`], in a request of their own. A partner gets
//! its as it asks: the second kind is an effect like any message, made and stored when its message is taken.
//!
//! # Who understands certificate exchange messages
//!
//! What the partner advertises in messages and receipts that were verified is remembered with the relationship
//! ([`Relationship::capability`](rollcert_schedule::Relationship::capability)). [`Endpoint::offer`] refuses an offer to
//! a partner that has not shown that it understands; [`Endpoint::choose_method`] says which way is open.
//!
//! A commit that meets a newer version is thrown away; load the relationship and do the step again.

mod announced;
mod answer;
mod confirm;
mod endpoint;
mod facts;
mod fault;
mod incoming;
mod keyring;
mod late;
mod method;
mod offer;
mod party;
mod receive;
mod render;
mod rendered;

pub use answer::Repeated;
pub use confirm::{Again, ConfirmError, Confirmation, Sent};
pub use endpoint::Endpoint;
pub use facts::{blob, credential_facts, fingerprint};
pub use incoming::{Incoming, IncomingError, RepeatError, Reply};
pub use keyring::{Keyring, MissingKey};
pub use late::LateReceipt;
pub use method::ExchangeMethod;
pub use offer::{OfferError, Offering};
pub use party::{ParseUrlError, Party, Protection, Receipts};
pub use receive::{Inbound, Refused, Taken, TakenContent};
pub use render::{RenderError, document_for};
pub use rendered::{MalformedRendering, Rendered};
