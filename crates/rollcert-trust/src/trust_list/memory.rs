use std::collections::BTreeMap;
use std::sync::Arc;

use rollcert_crypto::DigestAlgorithm;
use rollcert_pki::Thumbprint;

use super::entry::{TrustListEntry, TrustListStatus};
use super::error::TrustListError;
use crate::stores::TrustList;

/// One trust list in memory: an entry for each certificate or key that the administrator decided on.
///
/// Cheap to clone; a clone that is changed copies the entries first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryTrustList(Arc<Entries>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Entries {
    certificates: BTreeMap<Thumbprint, TrustListEntry>,
    keys: BTreeMap<Thumbprint, TrustListEntry>,
}

impl MemoryTrustList {
    /// A list without entries.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts an entry in, in place of the one for the same certificate or key, which is returned. The certificate need not
    /// be known anywhere.
    ///
    /// # Errors
    ///
    /// [`TrustListError::OtherDigest`] for a thumbprint that names neither a certificate (SHA-512) nor a key (SHA-256),
    /// [`TrustListError::WhitelistedKey`], [`TrustListError::NoteTooLong`].
    pub fn set(&mut self, entry: TrustListEntry) -> Result<Option<TrustListEntry>, TrustListError> {
        entry.check()?;
        let entries = Arc::make_mut(&mut self.0);
        let of_kind = if entry.is_for_key() {
            &mut entries.keys
        } else {
            &mut entries.certificates
        };
        Ok(of_kind.insert(entry.thumbprint, entry))
    }

    /// Takes the entry with this thumbprint out, of a certificate (SHA-512) or key (SHA-256). The next evaluation goes by
    /// paths alone again. Returns the entry if there was one.
    pub fn remove(&mut self, thumbprint: &Thumbprint) -> Option<TrustListEntry> {
        self.find(thumbprint)?;
        let entries = Arc::make_mut(&mut self.0);
        entries
            .certificates
            .remove(thumbprint)
            .or_else(|| entries.keys.remove(thumbprint))
    }

    /// The entry with this thumbprint, of a certificate (SHA-512) or key (SHA-256).
    #[must_use]
    pub fn find(&self, thumbprint: &Thumbprint) -> Option<&TrustListEntry> {
        match thumbprint.algorithm() {
            DigestAlgorithm::Sha512 => self.0.certificates.get(thumbprint),
            DigestAlgorithm::Sha256 => self.0.keys.get(thumbprint),
            _ => None,
        }
    }

    /// All entries: those for certificates in the order of their thumbprints, then those for keys.
    pub fn iter(&self) -> impl Iterator<Item = &TrustListEntry> {
        self.0.certificates.values().chain(self.0.keys.values())
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.certificates.len() + self.0.keys.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl TrustList for MemoryTrustList {
    fn entry(&self, sha512: &Thumbprint) -> Option<TrustListEntry> {
        self.0.certificates.get(sha512).cloned()
    }

    fn key_entry(&self, spki_sha256: &Thumbprint) -> Option<TrustListEntry> {
        self.0.keys.get(spki_sha256).cloned()
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Trust lists by name. An evaluation goes by one of them, [`Self::GLOBAL`] unless another is asked for; they are never
/// merged.
///
/// As a [`TrustList`] it is the global one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustLists {
    global: MemoryTrustList,
    others: BTreeMap<String, MemoryTrustList>,
}

impl TrustLists {
    /// The name of the list that evaluations go by unless another is asked for.
    pub const GLOBAL: &str = "global";

    /// The global list alone, without entries.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The global list.
    #[must_use]
    pub const fn global(&self) -> &MemoryTrustList {
        &self.global
    }

    /// The global list, to be changed.
    pub const fn global_mut(&mut self) -> &mut MemoryTrustList {
        &mut self.global
    }

    /// The list with this name; none where there is no such list, which is not the same as one without entries: whoever
    /// goes by it would let what it forbids pass.
    #[must_use]
    pub fn list(&self, name: &str) -> Option<&MemoryTrustList> {
        match name {
            Self::GLOBAL => Some(&self.global),
            other => self.others.get(other),
        }
    }

    /// The list with this name, to be changed; made if there is none.
    pub fn list_mut(&mut self, name: &str) -> &mut MemoryTrustList {
        match name {
            Self::GLOBAL => &mut self.global,
            other => self.others.entry(other.to_owned()).or_default(),
        }
    }

    /// Takes the list with this name out. Returns it if there was one. Of the global one, the entries go.
    pub fn remove(&mut self, name: &str) -> Option<MemoryTrustList> {
        match name {
            Self::GLOBAL => Some(core::mem::take(&mut self.global)),
            other => self.others.remove(other),
        }
    }

    /// The names of the lists: the global one, then the others in the order of their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        core::iter::once(Self::GLOBAL).chain(self.others.keys().map(String::as_str))
    }
}

impl TrustList for TrustLists {
    fn entry(&self, sha512: &Thumbprint) -> Option<TrustListEntry> {
        self.global.entry(sha512)
    }

    fn key_entry(&self, spki_sha256: &Thumbprint) -> Option<TrustListEntry> {
        self.global.key_entry(spki_sha256)
    }

    fn is_empty(&self) -> bool {
        TrustList::is_empty(&self.global)
    }
}

/// The entries of a list, but those alone that say what is not to be trusted.
///
/// For questions where trust must come from a path, such as whether the signer of a CRL is trusted.
pub(crate) struct BlackEntries<'a>(pub(crate) &'a dyn TrustList);

impl TrustList for BlackEntries<'_> {
    fn entry(&self, sha512: &Thumbprint) -> Option<TrustListEntry> {
        self.0.entry(sha512).filter(is_black)
    }

    fn key_entry(&self, spki_sha256: &Thumbprint) -> Option<TrustListEntry> {
        self.0.key_entry(spki_sha256).filter(is_black)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn is_black(entry: &TrustListEntry) -> bool {
    entry.status == TrustListStatus::Blacklisted
}
