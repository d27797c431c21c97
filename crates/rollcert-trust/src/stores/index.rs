use core::hash::Hash;
use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use rollcert_pki::{Certificate, Thumbprint};

use crate::stored::StoredCertificate;

/// The certificates of a store, each under its SHA-256 thumbprint.
pub(super) type ByThumbprint = BTreeMap<Thumbprint, StoredCertificate>;

/// Certificates by one of the facts about them, those with the same one in the order of their thumbprints: what a store
/// answers depends on what it holds, not on how that came in.
///
/// Made when it is first asked, so that nobody pays for what is never looked up, and kept up to date from then on.
#[derive(Clone, Debug)]
pub(super) struct Index<Key> {
    keys: fn(&Certificate) -> Vec<Key>,
    groups: OnceLock<HashMap<Key, Vec<StoredCertificate>>>,
}

impl<Key: Eq + Hash> Index<Key> {
    /// By what `keys` says of a certificate.
    pub(super) const fn by(keys: fn(&Certificate) -> Vec<Key>) -> Self {
        Self {
            keys,
            groups: OnceLock::new(),
        }
    }

    /// Those of `all` with this fact.
    pub(super) fn find(&self, key: &Key, all: &ByThumbprint) -> Vec<StoredCertificate> {
        let groups = self.groups.get_or_init(|| {
            let mut groups = HashMap::new();
            for certificate in all.values() {
                put(&mut groups, self.keys, certificate);
            }
            groups
        });
        groups.get(key).cloned().unwrap_or_default()
    }

    /// Takes note of a certificate that came, or came in place of one with the same octets.
    pub(super) fn insert(&mut self, certificate: &StoredCertificate) {
        if let Some(groups) = self.groups.get_mut() {
            put(groups, self.keys, certificate);
        }
    }

    /// Takes note of one that went.
    pub(super) fn remove(&mut self, certificate: &StoredCertificate) {
        let Some(groups) = self.groups.get_mut() else {
            return;
        };
        for key in (self.keys)(certificate.certificate()) {
            let Some(group) = groups.get_mut(&key) else {
                continue;
            };
            if let Ok(place) = place_of(group, certificate) {
                group.remove(place);
            }
            if group.is_empty() {
                groups.remove(&key);
            }
        }
    }
}

fn put<Key: Eq + Hash>(
    groups: &mut HashMap<Key, Vec<StoredCertificate>>,
    keys: fn(&Certificate) -> Vec<Key>,
    certificate: &StoredCertificate,
) {
    for key in keys(certificate.certificate()) {
        let group = groups.entry(key).or_default();
        match place_of(group, certificate) {
            Ok(place) => {
                if let Some(known) = group.get_mut(place) {
                    known.clone_from(certificate);
                }
            }
            Err(place) => group.insert(place, certificate.clone()),
        }
    }
}

fn place_of(group: &[StoredCertificate], certificate: &StoredCertificate) -> Result<usize, usize> {
    group.binary_search_by_key(&certificate.sha256(), StoredCertificate::sha256)
}
