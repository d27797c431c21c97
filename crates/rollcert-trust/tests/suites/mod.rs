//! The published suites: PKITS, x509-limbo, BetterTLS.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::unwrap_in_result,
    clippy::indexing_slicing,
    reason = "each test file uses a part of what is here"
)]

pub mod chains;
pub mod differences;
pub mod limbo;
pub mod openssl;
pub mod pkits;
