//! The ports of persistence, a store in memory, and the kit that proves a store.
//!
//! A [`Store`] keeps relationships and writes each [`Commit`](rollcert_schedule::Commit) whole or not
//! at all; an [`Outbox`] hands its effects to workers under leases. Both take the clock as an
//! argument. [`transact()`] loads, decides and commits, again where another commit came first.
//! [`MemoryStore`] serves tests; other stores prove themselves with [`kit`].
//!
//! # The life of an effect
//!
//! 1. A commit puts it into the outbox, under an id that is final.
//! 2. A worker [leases](Outbox::lease) it. The lease has a fence, a number that only grows.
//! 3. Before the first send the worker [stores the rendered octets](Outbox::store_rendered). From
//!    then on every retry, by whatever worker, sends those.
//! 4. A commit with [`Settled`](rollcert_schedule::Settled) ends it, together with what the
//!    confirmation changed. A worker whose lease was taken over is refused there by its fence.
//!
//! A process may die between any two of these steps; the next one goes on where it was.

mod error;
pub mod kit;
mod memory;
mod port;
mod transact;

pub use error::{CommitError, LeaseError, StoreError};
pub use memory::MemoryStore;
pub use port::{EffectRow, Leased, Outbox, Store};
pub use transact::{ATTEMPTS, TransactError, transact};
