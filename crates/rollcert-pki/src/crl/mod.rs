//! Certificate revocation lists (RFC 5280 §5): read, looked up, built.

mod builder;
mod entry;
mod error;
mod index;
mod updated;
mod view;
mod walk;

pub use builder::{CrlBuildError, CrlBuilder, Revocation, UnsignedCrl};
pub use entry::{RevokedEntries, RevokedEntry};
pub use error::CrlError;
pub use index::CrlIndex;
pub use updated::{DeltaMismatch, UpdatedCrl};
pub use view::{Crl, CrlView};
