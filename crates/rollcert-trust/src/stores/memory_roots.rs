use std::collections::BTreeMap;
use std::sync::Arc;

use rollcert_pki::{MatchingName, Name, Thumbprint};

use super::addition::Addition;
use super::index::Index;
use super::members::Members;
use super::{RootStore, SystemRoots};
use crate::stored::StoredCertificate;

/// Roots in memory. Empty by default, and nothing comes in but by a call of [`Self::trust`] or
/// [`Self::trust_system_roots`]: no import of files ever does.
///
/// Unique by SHA-256 thumbprint. Cheap to clone; a clone that is changed copies the set first, not the certificates.
#[derive(Clone, Debug, Default)]
pub struct MemoryRoots(Arc<Roots>);

#[derive(Clone, Debug)]
struct Roots {
    members: Members<StoredCertificate>,
    by_subject: Index<MatchingName, StoredCertificate>,
    /// Of the roots that came in a bundle, the name of that bundle.
    labels: BTreeMap<Thumbprint, Arc<str>>,
}

impl MemoryRoots {
    /// No roots.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts this certificate as a root, self-signed or not.
    pub fn trust(&mut self, certificate: StoredCertificate) -> Addition {
        if self.is_root(&certificate) {
            return Addition::Known;
        }
        let roots = Arc::make_mut(&mut self.0);
        roots.by_subject.insert(&certificate);
        roots.members.insert(certificate);
        Addition::New
    }

    /// Trusts the roots of a bundle that was asked for by name, and remembers of each that was not a root before which
    /// bundle it is from. Returns how many were new.
    pub fn trust_system_roots(&mut self, bundle: &SystemRoots) -> usize {
        let label: Arc<str> = bundle.label().into();
        let mut new = 0;
        for root in bundle.roots() {
            if self.trust(root.clone()) == Addition::New {
                let labels = &mut Arc::make_mut(&mut self.0).labels;
                labels.insert(*root.sha256(), Arc::clone(&label));
                new += 1;
            }
        }
        new
    }

    /// Trusts this root no longer. Returns it if it was one.
    pub fn remove(&mut self, sha256: &Thumbprint) -> Option<StoredCertificate> {
        self.by_thumbprint(sha256)?;
        let roots = Arc::make_mut(&mut self.0);
        let root = roots.members.remove(sha256)?;
        roots.by_subject.remove(&root);
        roots.labels.remove(sha256);
        Some(root)
    }

    /// Trusts the roots no longer that came with the bundle of this name. Returns them.
    pub fn remove_system_roots(&mut self, label: &str) -> Vec<StoredCertificate> {
        let labels = self.0.labels.iter();
        let of_bundle: Vec<Thumbprint> = labels
            .filter(|(_, of)| &***of == label)
            .map(|(sha256, _)| *sha256)
            .collect();
        of_bundle
            .iter()
            .filter_map(|sha256| self.remove(sha256))
            .collect()
    }

    /// The root with this SHA-256 thumbprint.
    #[must_use]
    pub fn by_thumbprint(&self, sha256: &Thumbprint) -> Option<&StoredCertificate> {
        self.0.members.get(sha256)
    }

    /// The name of the bundle that the root with this SHA-256 thumbprint came with, if it came with one.
    #[must_use]
    pub fn label_of(&self, sha256: &Thumbprint) -> Option<&str> {
        self.0.labels.get(sha256).map(|label| &**label)
    }

    /// All roots, in the order of their thumbprints.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &StoredCertificate> {
        self.0.members.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.members.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl RootStore for MemoryRoots {
    fn roots_named(&self, subject: &Name) -> Vec<StoredCertificate> {
        let roots = &*self.0;
        roots.by_subject.find(&subject.into(), &roots.members)
    }

    fn is_root(&self, certificate: &StoredCertificate) -> bool {
        self.0.members.contains(certificate)
    }
}

impl Default for Roots {
    fn default() -> Self {
        Self {
            members: Members::new(),
            by_subject: Index::by(|root: &StoredCertificate| {
                vec![root.certificate().subject().into()]
            }),
            labels: BTreeMap::new(),
        }
    }
}

impl FromIterator<StoredCertificate> for MemoryRoots {
    fn from_iter<I: IntoIterator<Item = StoredCertificate>>(roots: I) -> Self {
        let mut store = Self::new();
        store.extend(roots);
        store
    }
}

impl Extend<StoredCertificate> for MemoryRoots {
    fn extend<I: IntoIterator<Item = StoredCertificate>>(&mut self, roots: I) {
        for root in roots {
            self.trust(root);
        }
    }
}
