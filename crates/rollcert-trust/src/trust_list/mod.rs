//! What the administrator decided about single certificates, beside all paths.

mod entry;
pub(crate) mod judge;

pub use entry::{TrustListEntry, TrustListPolicy, TrustListStatus};
