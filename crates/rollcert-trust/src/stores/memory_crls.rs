use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rollcert_pki::{MatchingName, Name, Thumbprint};

use super::addition::Addition;
use super::{CrlStore, StoredCrl};

/// CRLs in memory, found by their issuer.
///
/// Unique by SHA-256 thumbprint; of one issuer there may be several, and which of them serves is for evaluation to find
/// out. [`Self::insert`] keeps what it is given, trusted or not. Cheap to clone; a clone that is changed copies the set
/// first, not the CRLs.
#[derive(Clone, Debug, Default)]
pub struct MemoryCrls(Arc<Crls>);

#[derive(Clone, Debug, Default)]
struct Crls {
    by_thumbprint: BTreeMap<Thumbprint, StoredCrl>,
    by_issuer: HashMap<MatchingName, BTreeMap<Thumbprint, StoredCrl>>,
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
        if self.0.by_thumbprint.contains_key(crl.sha256()) {
            return Addition::Known;
        }
        let crls = Arc::make_mut(&mut self.0);
        crls.by_issuer
            .entry(crl.crl().issuer().into())
            .or_default()
            .insert(*crl.sha256(), crl.clone());
        crls.by_thumbprint.insert(*crl.sha256(), crl);
        Addition::New
    }

    /// Takes a CRL out. Returns it if it was here.
    pub fn remove(&mut self, sha256: &Thumbprint) -> Option<StoredCrl> {
        if !self.0.by_thumbprint.contains_key(sha256) {
            return None;
        }
        let crls = Arc::make_mut(&mut self.0);
        let crl = crls.by_thumbprint.remove(sha256)?;
        let issuer = MatchingName::from(crl.crl().issuer());
        if let Some(of_issuer) = crls.by_issuer.get_mut(&issuer) {
            of_issuer.remove(sha256);
            if of_issuer.is_empty() {
                crls.by_issuer.remove(&issuer);
            }
        }
        Some(crl)
    }

    /// The CRL with this SHA-256 thumbprint.
    #[must_use]
    pub fn by_thumbprint(&self, sha256: &Thumbprint) -> Option<&StoredCrl> {
        self.0.by_thumbprint.get(sha256)
    }

    /// All CRLs, in the order of their thumbprints.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &StoredCrl> {
        self.0.by_thumbprint.values()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.by_thumbprint.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.by_thumbprint.is_empty()
    }
}

impl CrlStore for MemoryCrls {
    fn crls_of(&self, issuer: &Name) -> Vec<StoredCrl> {
        self.0
            .by_issuer
            .get(&issuer.into())
            .map(|crls| crls.values().cloned().collect())
            .unwrap_or_default()
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
