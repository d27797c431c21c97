use std::sync::Arc;

use rollcert_pki::{MatchingName, Name, Thumbprint};

use super::addition::Addition;
use super::index::Index;
use super::members::Members;
use super::{CrlStore, StoredCrl};

/// CRLs in memory, found by their issuer.
///
/// Unique by SHA-256 thumbprint; of one issuer there may be several, and which of them serves is for evaluation to find
/// out. [`Self::insert`] keeps what it is given, trusted or not. Cheap to clone; a clone that is changed copies the set
/// first, not the CRLs.
#[derive(Clone, Debug, Default)]
pub struct MemoryCrls(Arc<Crls>);

#[derive(Clone, Debug)]
struct Crls {
    members: Members<StoredCrl>,
    by_issuer: Index<MatchingName, StoredCrl>,
}

impl MemoryCrls {
    /// No CRLs.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a CRL as it is.
    ///
    /// What strangers have a hand in is for [`CrlUpdater`](crate::CrlUpdater) to take in: many CRLs in the name of an
    /// authority, signed by nobody, use up what an evaluation may cost, and shut the authority out.
    pub fn insert(&mut self, crl: StoredCrl) -> Addition {
        if self.0.members.contains(&crl) {
            return Addition::Known;
        }
        let crls = Arc::make_mut(&mut self.0);
        crls.by_issuer.insert(&crl);
        crls.members.insert(crl);
        Addition::New
    }

    /// Takes a CRL out. Returns it if it was here.
    pub fn remove(&mut self, sha256: &Thumbprint) -> Option<StoredCrl> {
        self.0.members.get(sha256)?;
        let crls = Arc::make_mut(&mut self.0);
        let crl = crls.members.remove(sha256)?;
        crls.by_issuer.remove(&crl);
        Some(crl)
    }

    /// The CRL with this SHA-256 thumbprint.
    #[must_use]
    pub fn by_thumbprint(&self, sha256: &Thumbprint) -> Option<&StoredCrl> {
        self.0.members.get(sha256)
    }

    /// All CRLs, in the order of their thumbprints.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &StoredCrl> {
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

impl CrlStore for MemoryCrls {
    fn crls_of(&self, issuer: &Name) -> Vec<StoredCrl> {
        let crls = &*self.0;
        crls.by_issuer.find(&issuer.into(), &crls.members)
    }
}

impl Default for Crls {
    fn default() -> Self {
        Self {
            members: Members::new(),
            by_issuer: Index::by(|crl: &StoredCrl| vec![crl.crl().issuer().into()]),
        }
    }
}

impl FromIterator<StoredCrl> for MemoryCrls {
    fn from_iter<I: IntoIterator<Item = StoredCrl>>(crls: I) -> Self {
        let mut store = Self::new();
        store.extend(crls);
        store
    }
}

impl Extend<StoredCrl> for MemoryCrls {
    fn extend<I: IntoIterator<Item = StoredCrl>>(&mut self, crls: I) {
        for crl in crls {
            self.insert(crl);
        }
    }
}
