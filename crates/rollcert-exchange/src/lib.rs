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
//! Incoming::read ─▶ known message id? ──yes──▶ the same reply again
//!                      │no
//!                      └─▶ Endpoint::receive ─▶ Taken: commit, then reply
//!                                            └▶ Refused: reply, nothing is changed
//! ```
//!
//! A commit that meets a newer version is thrown away; load the relationship and do the step again.

mod confirm;
mod endpoint;
mod facts;
mod incoming;
mod keyring;
mod offer;
mod party;
mod receive;
mod render;
mod rendered;

pub use confirm::{ConfirmError, Confirmation, Sent};
pub use endpoint::Endpoint;
pub use facts::{blob, credential_facts, fingerprint};
pub use incoming::{Incoming, IncomingError, RepeatError, Reply};
pub use keyring::{Keyring, MissingKey};
pub use offer::{OfferError, Offering};
pub use party::{ParseUrlError, Party, Protection};
pub use receive::{Inbound, Refused, Taken, TakenContent};
pub use render::{RenderError, document_for};
pub use rendered::{MalformedRendering, Rendered};
