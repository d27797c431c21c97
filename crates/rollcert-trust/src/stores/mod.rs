//! What evaluation looks things up in: ports that the host serves, over a snapshot that does not change meanwhile.

mod addition;
mod import;
mod index;
mod members;
mod memory_certificates;
mod memory_crls;
mod memory_roots;
mod shared;
mod snapshot;
mod system_roots;

pub use addition::Addition;
pub use import::{Import, ImportRefusal, ImportReport, ImportedCertificate};
pub use memory_certificates::MemoryCertificates;
pub use memory_crls::MemoryCrls;
pub use memory_roots::MemoryRoots;
pub use shared::{Outdated, SharedSnapshot};
pub use snapshot::Snapshot;
pub use system_roots::SystemRoots;

use core::fmt;
use core::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use rollcert_crypto::{DigestAlgorithm, Digests, Provider};
use rollcert_pki::{Crl, CrlIndex, Name, SerialNumber, Thumbprint};

use crate::revocation::CrlFacts;
use crate::stored::StoredCertificate;
use crate::trust_list::TrustListEntry;

/// The certificates that end a path. Empty until the host puts one in; never the operating system's.
pub trait RootStore: Sync {
    /// The roots with this subject, compared as RFC 5280 §7.1 says.
    fn roots_named(&self, subject: &Name) -> Vec<StoredCertificate>;

    /// Whether this very certificate is a root.
    fn is_root(&self, certificate: &StoredCertificate) -> bool;
}

/// The certificates that are known: they help to build paths, and are trusted no more for being here.
pub trait CertificateStore: Sync {
    /// Those with this subject, compared as RFC 5280 §7.1 says.
    fn named(&self, subject: &Name) -> Vec<StoredCertificate>;

    /// Those with this subject key identifier.
    fn with_key_identifier(&self, identifier: &[u8]) -> Vec<StoredCertificate>;

    /// The ones of this issuer with this serial number.
    fn issued_as(&self, issuer: &Name, serial: &SerialNumber) -> Vec<StoredCertificate>;

    /// Those that carry this e-mail address, whose form is that of [`canonical_email`](crate::canonical_email).
    fn with_email(&self, address: &str) -> Vec<StoredCertificate>;

    /// The one with this SHA-256 thumbprint.
    fn by_thumbprint(&self, sha256: &Thumbprint) -> Option<StoredCertificate>;
}

/// The CRLs that are known.
pub trait CrlStore: Sync {
    /// Those that this name issued, compared as RFC 5280 §7.1 says. Indirect ones also stand under the names of the
    /// distribution points that lead to them by their issuer's own name.
    fn crls_of(&self, issuer: &Name) -> Vec<StoredCrl>;
}

/// The entries of a trust list.
pub trait TrustList: Sync {
    /// The entry for the certificate with this SHA-512 thumbprint.
    fn entry(&self, sha512: &Thumbprint) -> Option<TrustListEntry>;

    /// The entry for the key with this SHA-256 digest of its `SubjectPublicKeyInfo`; such an entry outlives a
    /// certificate that is issued anew.
    fn key_entry(&self, spki_sha256: &Thumbprint) -> Option<TrustListEntry>;

    /// Whether there is no entry at all, so that nobody need compute thumbprints.
    fn is_empty(&self) -> bool;
}

/// Everything that evaluation looks things up in, at one moment.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Stores<'a> {
    /// What ends a path.
    pub roots: &'a dyn RootStore,
    /// What helps to build it.
    pub certificates: &'a dyn CertificateStore,
    /// What may revoke it.
    pub crls: &'a dyn CrlStore,
    /// What the administrator decided.
    pub trust_list: &'a dyn TrustList,
}

impl<'a> Stores<'a> {
    /// These, at this moment.
    #[must_use]
    pub const fn new(
        roots: &'a dyn RootStore,
        certificates: &'a dyn CertificateStore,
        crls: &'a dyn CrlStore,
        trust_list: &'a dyn TrustList,
    ) -> Self {
        Self {
            roots,
            certificates,
            crls,
            trust_list,
        }
    }
}

impl fmt::Debug for Stores<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stores").finish_non_exhaustive()
    }
}

/// A CRL as a store holds it, with its index.
///
/// Cheap to clone.
#[derive(Clone)]
pub struct StoredCrl(Arc<InnerCrl>);

struct InnerCrl {
    index: CrlIndex,
    digests: &'static dyn Digests,
    sha256: OnceLock<Thumbprint>,
    facts: OnceLock<CrlFacts>,
}

impl StoredCrl {
    /// An indexed CRL.
    #[must_use]
    pub fn new(index: CrlIndex, provider: &Provider) -> Self {
        Self(Arc::new(InnerCrl {
            index,
            digests: provider.digests,
            sha256: OnceLock::new(),
            facts: OnceLock::new(),
        }))
    }

    /// The CRL.
    #[must_use]
    pub fn crl(&self) -> &Crl {
        self.0.index.crl()
    }

    /// Its entries.
    #[must_use]
    pub fn index(&self) -> &CrlIndex {
        &self.0.index
    }

    /// SHA-256 over its DER. Computed when first asked for.
    #[must_use]
    pub fn sha256(&self) -> &Thumbprint {
        let der = self.crl().as_der();
        let compute = || Thumbprint::computed_by(self.0.digests, DigestAlgorithm::Sha256, der);
        self.0.sha256.get_or_init(compute)
    }

    /// What evaluation reads of it besides its entries, decoded once.
    pub(crate) fn facts(&self) -> &CrlFacts {
        self.0.facts.get_or_init(|| CrlFacts::of(self.crl()))
    }
}

impl fmt::Debug for StoredCrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StoredCrl").field(&self.index()).finish()
    }
}

/// By octets.
impl PartialEq for StoredCrl {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.crl() == other.crl()
    }
}

impl Eq for StoredCrl {}

impl Hash for StoredCrl {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.sha256().hash(state);
    }
}
