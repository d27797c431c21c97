use super::{MemoryCertificates, MemoryCrls, MemoryRoots, Stores};
use crate::trust_list::TrustLists;

/// Everything that evaluation looks things up in, at one moment, in memory.
///
/// Cheap to clone: a change copies the set that it changes, and no certificate or CRL. For threads to share, there is
/// [`SharedSnapshot`](crate::SharedSnapshot).
///
/// ```
/// # use rollcert_crypto::Provider;
/// # use rollcert_pki::Certificate;
/// use rollcert_trust::{Evaluator, Snapshot, StoredCertificate};
/// # use rollcert_trust::Policy;
///
/// # fn example(root: Certificate, policy: &Policy, provider: &Provider) {
/// let mut snapshot = Snapshot::default();
/// snapshot.roots.trust(StoredCertificate::new(root, provider));
/// let evaluator = Evaluator::new(snapshot.stores(), policy, provider);
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Snapshot {
    /// What ends a path. Empty until the host trusts one by name.
    pub roots: MemoryRoots,
    /// What helps to build it.
    pub certificates: MemoryCertificates,
    /// What may revoke it.
    pub crls: MemoryCrls,
    /// What the administrator decided.
    pub trust_lists: TrustLists,
    /// Which version of a [`SharedSnapshot`](crate::SharedSnapshot) it is, or was made from.
    pub(super) version: u64,
}

impl Snapshot {
    /// What an evaluation looks things up in, by the global trust list.
    #[must_use]
    pub const fn stores(&self) -> Stores<'_> {
        let (roots, certificates) = (&self.roots, &self.certificates);
        Stores::new(roots, certificates, &self.crls, self.trust_lists.global())
    }

    /// The same by the trust list with this name; none where there is no such list.
    #[must_use]
    pub fn stores_by_list(&self, name: &str) -> Option<Stores<'_>> {
        let trust_list = self.trust_lists.list(name)?;
        Some(Stores {
            trust_list,
            ..self.stores()
        })
    }

    /// Which version of a [`SharedSnapshot`](crate::SharedSnapshot) it is, or was made from; 0 for the first.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }
}
