use core::fmt;
use core::hash::{Hash, Hasher};
use core::mem;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use rollcert_crypto::{Error, Provider, Verification};
use rollcert_pki::Thumbprint;

/// Signatures that were verified before, for many evaluations to share.
///
/// The owner shares it by `Arc` between threads. It is bounded, and what it remembers follows from the octets alone: those
/// that are signed, algorithm and signature included, the key, and the provider by its name and parts. Budgets count what
/// it answers like what is computed. So it can never change a verdict, only the time that one takes.
///
/// ```
/// use rollcert_trust::Cache;
///
/// // A few megabytes.
/// let cache = Cache::new(20_000);
/// # let _ = cache;
/// ```
pub struct Cache {
    /// How many answers each generation of a shard holds.
    generation: usize,
    shards: [Mutex<Shard>; SHARDS],
}

impl Cache {
    /// One that remembers the latest `capacity` signatures or so: never more than that rounded up to a multiple of 32.
    /// Each takes some 200 octets. One of capacity 0 remembers nothing.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            generation: capacity.div_ceil(2 * SHARDS),
            shards: Default::default(),
        }
    }

    /// How many signatures are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        let shards = self.shards.iter();
        shards.map(|shard| lock(shard).len()).sum()
    }

    /// Whether none is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets everything.
    pub fn clear(&self) {
        for shard in &self.shards {
            *lock(shard) = Shard::default();
        }
    }

    /// What `verify` found before, or finds now.
    pub(crate) fn verified(
        &self,
        what: &SignedBy,
        verify: impl FnOnce() -> Result<(), Error>,
    ) -> Result<(), Error> {
        let shard = self
            .shards
            .get(what.shard())
            .filter(|_| self.generation > 0);
        let Some(shard) = shard else { return verify() };
        if let Some(found) = lock(shard).find(what, self.generation) {
            return found;
        }
        // Without the lock: others need not wait. Two may verify the same at once, and find the same.
        let found = verify();
        // What failed in the machinery may work the next time.
        if !matches!(found, Err(Error::Backend(_))) {
            lock(shard).remember(what.clone(), found.clone(), self.generation);
        }
        found
    }
}

/// Without what it remembers.
impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

/// Octets that are signed, and the key that is to have signed them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SignedBy {
    /// SHA-256 over the whole structure: what is signed, the algorithm, the signature.
    signed: [u8; 32],
    /// SHA-256 over the `SubjectPublicKeyInfo`.
    key: [u8; 32],
    provider: Verifier,
}

/// Who verifies: hosts mix providers, and may leave the name.
#[derive(Clone, Copy)]
struct Verifier {
    name: &'static str,
    part: &'static dyn Verification,
}

impl PartialEq for Verifier {
    fn eq(&self, other: &Self) -> bool {
        // Parts without fields may share an address; their types still tell them apart.
        self.name == other.name && core::ptr::eq(self.part, other.part)
    }
}

impl Eq for Verifier {}

impl Hash for Verifier {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl SignedBy {
    /// Both thumbprints are SHA-256.
    pub(crate) fn new(signed: &Thumbprint, key: &Thumbprint, provider: &Provider) -> Self {
        let octets = |of: &Thumbprint| of.as_bytes().try_into().unwrap_or([0; 32]);
        Self {
            signed: octets(signed),
            key: octets(key),
            provider: Verifier {
                name: provider.name,
                part: provider.verification,
            },
        }
    }

    fn shard(&self) -> usize {
        let [first, ..] = self.signed;
        usize::from(first) % SHARDS
    }
}

/// Two generations of answers: what is asked for moves to the younger one, and when that is full, the older one is dropped.
#[derive(Default)]
struct Shard {
    young: HashMap<SignedBy, Result<(), Error>>,
    old: HashMap<SignedBy, Result<(), Error>>,
}

impl Shard {
    fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }

    fn find(&mut self, what: &SignedBy, most: usize) -> Option<Result<(), Error>> {
        if let Some(found) = self.young.get(what) {
            return Some(found.clone());
        }
        let (what, found) = self.old.remove_entry(what)?;
        self.remember(what, found.clone(), most);
        Some(found)
    }

    fn remember(&mut self, what: SignedBy, found: Result<(), Error>, most: usize) {
        if self.young.len() >= most && !self.young.contains_key(&what) {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(what, found);
    }
}

fn lock(shard: &Mutex<Shard>) -> impl core::ops::DerefMut<Target = Shard> {
    // A map is whole between any two of its operations, whoever panicked meanwhile.
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// So that threads seldom wait for each other.
const SHARDS: usize = 16;

#[cfg(test)]
mod tests {
    use core::cell::Cell;

    use rollcert_crypto::DigestAlgorithm;
    use rollcert_crypto::rustcrypto::PROVIDER;

    use super::*;

    fn signed_by(number: u32) -> SignedBy {
        let of = |text: String| Thumbprint::of(text.as_bytes(), DigestAlgorithm::Sha256, &PROVIDER);
        SignedBy::new(
            &of(format!("signed {number}")),
            &of("key".to_owned()),
            &PROVIDER,
        )
    }

    fn asked(cache: &Cache, what: &SignedBy, answer: Result<(), Error>) -> bool {
        let was_asked = Cell::new(false);
        let _ = cache.verified(what, || {
            was_asked.set(true);
            answer
        });
        was_asked.get()
    }

    #[test]
    fn an_answer_is_remembered_with_what_it_was() {
        let cache = Cache::new(100);
        assert!(asked(&cache, &signed_by(1), Err(Error::SignatureInvalid)));
        assert!(!asked(&cache, &signed_by(1), Ok(())));
        assert!(matches!(
            cache.verified(&signed_by(1), || Ok(())),
            Err(Error::SignatureInvalid)
        ));
        assert!(asked(&cache, &signed_by(2), Ok(())));
        cache.clear();
        assert!(asked(&cache, &signed_by(1), Ok(())));
    }

    #[test]
    fn keys_and_providers_are_told_apart() {
        let of = |text: &str| Thumbprint::of(text.as_bytes(), DigestAlgorithm::Sha256, &PROVIDER);
        let other_provider = Provider {
            name: "other",
            ..PROVIDER
        };
        let one = SignedBy::new(&of("signed"), &of("key"), &PROVIDER);
        assert_ne!(
            one,
            SignedBy::new(&of("signed"), &of("other key"), &PROVIDER)
        );
        assert_ne!(
            one,
            SignedBy::new(&of("signed"), &of("key"), &other_provider)
        );
        assert_ne!(one, SignedBy::new(&of("other"), &of("key"), &PROVIDER));
    }

    #[test]
    fn it_stays_within_its_capacity_and_forgets_what_nobody_asks_for() {
        let cache = Cache::new(64);
        for number in 0..1000 {
            assert!(asked(&cache, &signed_by(number), Ok(())));
            // Asked for again and again, this one stays.
            asked(&cache, &signed_by(0), Ok(()));
            assert!(cache.len() <= 64);
        }
        assert!(!asked(&cache, &signed_by(0), Ok(())));
        assert!(asked(&cache, &signed_by(1), Ok(())));
    }

    #[test]
    fn threads_share_what_is_remembered() {
        let cache = Cache::new(1000);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for number in 0..100 {
                        asked(&cache, &signed_by(number), Ok(()));
                    }
                });
            }
        });
        assert_eq!(cache.len(), 100);
        assert!(!asked(&cache, &signed_by(50), Err(Error::SignatureInvalid)));
    }

    #[test]
    fn failures_of_the_machinery_are_not_remembered() {
        let cache = Cache::new(64);
        let failure = || Err(Error::Backend(std::sync::Arc::new(fmt::Error)));
        assert!(asked(&cache, &signed_by(1), failure()));
        assert!(asked(&cache, &signed_by(1), Ok(())));
        assert!(!asked(&cache, &signed_by(1), Ok(())));
    }

    #[test]
    fn no_capacity_remembers_nothing() {
        let cache = Cache::new(0);
        assert!(asked(&cache, &signed_by(1), Ok(())));
        assert!(asked(&cache, &signed_by(1), Ok(())));
        assert!(cache.is_empty());
    }
}
