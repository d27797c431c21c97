//! PKCS#12 files (RFC 7292) that are protected by password.

mod derivation;
mod read;

pub(crate) use read::{Bag, BagValue, open};
