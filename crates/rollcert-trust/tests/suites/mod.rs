//! The published suites: PKITS, x509-limbo, BetterTLS.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::expect_used,
    clippy::panic,
    reason = "each test file uses a part of what is here"
)]

pub mod chains;
pub mod limbo;
pub mod openssl;
pub mod pkits;
