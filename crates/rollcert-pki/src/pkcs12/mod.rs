//! PKCS#12 files (RFC 7292) that are protected by password.

mod derivation;
mod mac;
mod read;
mod write;

pub(crate) use derivation::{Purpose, derive, terminated_utf16};
pub(crate) use read::{Bag, BagValue, open};
pub use write::{FriendlyName, Pkcs12Builder, Pkcs12Certificate, Pkcs12Key, Pkcs12Profile};
