//! Certificate exchange and rollover for managed file transfer, under one name.
//!
//! Rollcert lets a product that trades documents over AS2 exchange certificates with its partners and
//! roll them over without losing a message. This crate holds no logic: it re-exports the libraries, and
//! its features choose among them.
//!
//! | module | what for | begin with |
//! |---|---|---|
//! | [`pki`] | certificates, keys, requests, revocation lists and the files they come in: read by content, built, written | [`pki::open`] |
//! | [`trust`] | whether a certificate is good, and what would mend it | [`trust::Evaluator`] |
//! | [`cms`] | signed and enveloped data | [`cms::SignedData`], [`cms::EnvelopedData`] |
//! | [`mime`] | MIME entities as octets | [`mime::Entity`] |
//! | [`as2`] | AS2 messages and receipts | [`as2::open`], [`as2::Message`] |
//! | [`cem`] | certificate exchange messages | [`cem::Message`] |
//! | [`schedule`] | who uses which certificate, when | [`schedule::Relationship`] |
//! | [`store`] | the ports of persistence | [`store::Store`], [`store::Outbox`] |
//! | [`exchange`] | all of it together, for one partner | [`exchange::Endpoint`] |
//! | [`crypto`] | the seam to cryptography | [`crypto::Provider`] |
#![cfg_attr(
    feature = "sqlite",
    doc = "| [`sqlite`] | the store in one file | [`sqlite::SqliteStore`] |"
)]
//!
//! No module reads a clock, opens a socket or a file, but for `sqlite`: the host hands in `now`, the
//! randomness and the octets.
//!
//! Which cryptography works below is the choice of whoever calls: the features `rustcrypto` and `aws-lc` each
//! add a [`crypto::Provider`], both together one that has the strengths of each, and none changes another.

pub use rollcert_as2 as as2;
pub use rollcert_cem as cem;
pub use rollcert_cms as cms;
pub use rollcert_crypto as crypto;
pub use rollcert_exchange as exchange;
pub use rollcert_mime as mime;
pub use rollcert_pki as pki;
pub use rollcert_schedule as schedule;
#[cfg(feature = "sqlite")]
pub use rollcert_sqlite as sqlite;
pub use rollcert_store as store;
pub use rollcert_trust as trust;

/// The README's example, run as a test so that it stays true.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
mod readme {}
