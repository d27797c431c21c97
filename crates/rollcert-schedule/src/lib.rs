//! The scheduling state machine of certificate rollover. It knows no protocol.
//!
//! The persisted thing is the [`Relationship`] between a local identity and one partner: which
//! credentials are in use, which are offered, agreed, replaced. It is a pure machine: commands go
//! into [`Relationship::decide`], which changes nothing and yields a [`Commit`]; once a store has
//! written the commit whole, [`Relationship::apply`] takes it over. Clock and randomness stay
//! outside.
//!
//! ```text
//!            offered by us                             offered by the partner
//!
//!   Offered ──accepted──▶ Accepted ──first use──▶ Installed ──replaced──▶ Archived
//!      │  ╲                  ▲
//!      │   ╲──first use──────┼──────▶ Installed (our encryption certificate only)
//!      │                     │
//!      ├──no answer──▶ Lapsed ──late acceptance
//!      ├──rejected──▶ Rejected
//!      └──newer offer──▶ Superseded
//! ```
//!
//! A certificate that was agreed outside of the protocol ([`Command::Schedule`]) begins as `Accepted`. Whether
//! the partner can take offers by the protocol at all is remembered as its [`Capability`].
//!
//! One function says which credentials serve an operation at an instant:
//! [`Relationship::serving`], over the table in [`Operation`]. Every protocol asks it; none keeps an
//! idea of its own.
//!
//! # Adding a certificate role
//!
//! Add it to [`Role`], give it an [`Operation`] row, and say in [`Role::installs_by`] what turns an
//! accepted credential into the installed one. Nothing else asks for roles by name.

mod capability;
mod command;
mod commit;
mod credential;
mod decide;
mod event;
mod exchange;
mod operation;
mod relationship;
mod slot;
mod snapshot;

pub use capability::{Advertised, Capability};
pub use command::{Command, Decision, Refusal};
pub use commit::{
    Action, Blob, Commit, Effect, EffectId, Received, Settled, Timer, TimerKind, Version,
};
pub use credential::{Credential, ExchangeId, Fingerprint, ParseFingerprintError, RelationshipId};
pub use event::{Cause, Event, Recorded};
pub use exchange::{Answer, Exchange, ExchangeState, Offer};
pub use operation::{Operation, ServingError};
pub use relationship::Relationship;
pub use slot::{Entry, InstalledBy, Role, Side, Slot, Standing};
pub use snapshot::{Snapshot, SnapshotV1, SnapshotV2};

/// An instant: UTC, as certificates and schedules count time.
pub type Timestamp = chrono::DateTime<chrono::Utc>;
