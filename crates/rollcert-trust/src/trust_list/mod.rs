//! What the administrator decided about single certificates, beside all paths.

mod entry;
mod error;
mod json;
pub(crate) mod judge;
mod mark;
mod memory;
mod policy;

pub use entry::{TrustListEntry, TrustListStatus};
pub use error::TrustListError;
pub use mark::TrustListMark;
pub(crate) use memory::BlackEntries;
pub use memory::{MemoryTrustList, TrustLists};
pub use policy::{BlackReach, Precedence, TrustListPolicy};
