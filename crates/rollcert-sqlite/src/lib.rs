//! The Rollcert store in one SQLite file.
//!
//! One transaction for each commit, in write-ahead mode with full synchronisation: what
//! [`Store::commit`](rollcert_store::Store::commit) has returned survives the loss of power. Several processes may open one file.
//! The audit trail is JSON in a table, readable with the standard tools:
//!
//! ```text
//! sqlite3 alice.db "select at, body from event order by sequence"
//! ```
//!
//! | table | holds |
//! |---|---|
//! | `relationship` | version and snapshot of each relationship |
//! | `event` | everything that happened, numbered |
//! | `timer` | when a relationship wants to be woken |
//! | `effect` | the outbox, with leases and rendered octets |
//! | `received` | the inbox: what came, and the reply it got |
//! | `blob` | documents under their SHA-256 |

mod row;
mod schema;
mod store;

pub use store::SqliteStore;
