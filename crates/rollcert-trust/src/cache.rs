use core::fmt;

/// Signatures that were verified before, for many evaluations to share.
///
/// The owner shares it by `Arc` between threads. It is bounded, and what it remembers follows from the octets alone (the
/// octets that are signed, the signature, the key, the provider), so that it can never change a verdict.
pub struct Cache {}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").finish_non_exhaustive()
    }
}
