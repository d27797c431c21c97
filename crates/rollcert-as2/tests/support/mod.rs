//! What the exchange with another AS2 station needs: HTTP on both sides, and the station itself.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a failed test is to panic"
)]

pub(crate) mod http;
pub(crate) mod pair;
pub(crate) mod station;
