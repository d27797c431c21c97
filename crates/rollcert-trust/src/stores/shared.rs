use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::snapshot::Snapshot;

/// The snapshot that is current, for many threads to read while one changes it.
///
/// A reader takes an [`Arc`] and goes on with what was current then, however long it takes; the next one sees the change.
/// A writer works on a copy, which takes the place of the current one at once or not at all. No reader ever waits for a
/// writer's work, and nothing needs a restart to be seen.
///
/// The host shares it, by [`Arc`] too; there is no global one.
#[derive(Debug, Default)]
pub struct SharedSnapshot {
    /// Held for the moment of taking or swapping the [`Arc`], and never while work is done.
    current: RwLock<Arc<Snapshot>>,
    /// Held by who prepares the next version.
    writer: Mutex<()>,
}

impl SharedSnapshot {
    /// Begins with this snapshot, whose version stays as it is.
    #[must_use]
    pub fn new(snapshot: Snapshot) -> Self {
        Self {
            current: RwLock::new(Arc::new(snapshot)),
            writer: Mutex::new(()),
        }
    }

    /// What is current now.
    #[must_use]
    pub fn load(&self) -> Arc<Snapshot> {
        // What a lock guards here is whole at any time, so that a panic elsewhere spoils nothing.
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&current)
    }

    /// Changes a copy and makes it current, under the next version. Writers wait for each other; should `change` panic,
    /// all stays as it was.
    pub fn update<T>(&self, change: impl FnOnce(&mut Snapshot) -> T) -> T {
        let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = Snapshot::clone(&self.load());
        let result = change(&mut next);
        self.swap(next);
        result
    }

    /// Makes this snapshot current, which was made from the one that still is. Returns its version.
    ///
    /// For writers whose work takes long, such as one that stores it elsewhere first: it begins with a clone of what
    /// [`Self::load`] returned, and begins again when another was faster.
    ///
    /// # Errors
    ///
    /// [`Outdated`] when another version became current in the meantime. Nothing has changed then.
    pub fn publish(&self, next: Snapshot) -> Result<u64, Outdated> {
        let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.load().version;
        if next.version != current {
            let based_on = next.version;
            return Err(Outdated { based_on, current });
        }
        Ok(self.swap(next))
    }

    /// To be called by who holds [`Self::writer`].
    fn swap(&self, mut next: Snapshot) -> u64 {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        // Whatever the writer made of the version, it counts on from what is current.
        next.version = current.version.saturating_add(1);
        let version = next.version;
        *current = Arc::new(next);
        version
    }
}

/// A snapshot was made from a version that is no longer current.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the snapshot was made from version {based_on}, but {current} is current")]
#[non_exhaustive]
pub struct Outdated {
    /// The version that it was made from.
    pub based_on: u64,
    /// The version that is current.
    pub current: u64,
}

impl Outdated {
    /// A stable name for this kind of fault.
    #[must_use]
    pub const fn code(self) -> &'static str {
        "outdated"
    }
}
