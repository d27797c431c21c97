use core::fmt;
use core::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use rollcert_crypto::{DigestAlgorithm, Digests, PreparedKey, Provider, VerifyingKey};
use rollcert_pki::{Certificate, Thumbprint};

use crate::facts::Facts;

/// A certificate as a store holds it: with its thumbprints, and what evaluation has decoded of it.
///
/// Cheap to clone; clones share what was decoded.
#[derive(Clone)]
pub struct StoredCertificate(Arc<Inner>);

struct Inner {
    certificate: Certificate,
    digests: &'static dyn Digests,
    sha256: OnceLock<Thumbprint>,
    sha512: OnceLock<Thumbprint>,
    key_sha256: OnceLock<Thumbprint>,
    facts: OnceLock<Facts>,
    prepared_key: OnceLock<PreparedKey>,
    key_alias: Option<String>,
    imported_at: Option<DateTime<Utc>>,
}

impl StoredCertificate {
    /// The certificate, without a private key.
    #[must_use]
    pub fn new(certificate: Certificate, provider: &Provider) -> Self {
        Self(Arc::new(Inner {
            certificate,
            digests: provider.digests,
            sha256: OnceLock::new(),
            sha512: OnceLock::new(),
            key_sha256: OnceLock::new(),
            facts: OnceLock::new(),
            prepared_key: OnceLock::new(),
            key_alias: None,
            imported_at: None,
        }))
    }

    /// The same certificate, whose private key the host knows by this name.
    #[must_use]
    pub fn with_key_alias(self, alias: impl Into<String>) -> Self {
        self.changed(|inner| inner.key_alias = Some(alias.into()))
    }

    /// The same certificate, which came into the store at this time.
    #[must_use]
    pub fn with_import_time(self, at: DateTime<Utc>) -> Self {
        self.changed(|inner| inner.imported_at = Some(at))
    }

    /// The certificate itself.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.0.certificate
    }

    /// SHA-256 over its DER: the key under which stores and caches know it. Computed when first asked for.
    #[must_use]
    pub fn sha256(&self) -> &Thumbprint {
        let der = self.certificate().as_der();
        let compute = || Thumbprint::computed_by(self.0.digests, DigestAlgorithm::Sha256, der);
        self.0.sha256.get_or_init(compute)
    }

    /// SHA-512 over its DER: what trust lists name. Computed when first asked for.
    #[must_use]
    pub fn sha512(&self, provider: &Provider) -> &Thumbprint {
        let compute = || {
            self.certificate()
                .thumbprint(DigestAlgorithm::Sha512, provider)
        };
        self.0.sha512.get_or_init(compute)
    }

    /// SHA-256 over its `SubjectPublicKeyInfo`: what names the key beyond certificates. Computed when first asked for.
    #[must_use]
    pub fn key_sha256(&self, provider: &Provider) -> &Thumbprint {
        let compute = || {
            let key = self.certificate().public_key_info();
            Thumbprint::of(key, DigestAlgorithm::Sha256, provider)
        };
        self.0.key_sha256.get_or_init(compute)
    }

    /// SHA-512 over its DER, if somebody has asked for it.
    pub(crate) fn known_sha512(&self) -> Option<&Thumbprint> {
        self.0.sha512.get()
    }

    /// The name by which the host knows its private key; none where there is no key.
    #[must_use]
    pub fn key_alias(&self) -> Option<&str> {
        self.0.key_alias.as_deref()
    }

    /// When it came into the store, where that is known.
    #[must_use]
    pub fn imported_at(&self) -> Option<DateTime<Utc>> {
        self.0.imported_at
    }

    /// Verifies something under its key, which is kept ready for the first provider that asks: hosts seldom have two.
    pub(crate) fn verify_under_key<T>(
        &self,
        provider: &Provider,
        verify: impl FnOnce(&dyn VerifyingKey) -> T,
    ) -> T {
        let prepare = || provider.prepare(self.certificate().public_key_info());
        let ready = self.0.prepared_key.get_or_init(prepare);
        if core::ptr::eq(ready.verification(), provider.verification) {
            verify(ready)
        } else {
            verify(&prepare())
        }
    }

    /// What evaluation reads of its extensions, decoded once.
    pub(crate) fn facts(&self) -> &Facts {
        self.0.facts.get_or_init(|| Facts::of(self.certificate()))
    }

    fn changed(self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Inner {
            certificate: self.0.certificate.clone(),
            digests: self.0.digests,
            sha256: OnceLock::new(),
            sha512: OnceLock::new(),
            key_sha256: OnceLock::new(),
            facts: OnceLock::new(),
            prepared_key: OnceLock::new(),
            key_alias: self.0.key_alias.clone(),
            imported_at: self.0.imported_at,
        };
        change(&mut inner);
        Self(Arc::new(inner))
    }
}

impl fmt::Debug for StoredCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredCertificate")
            .field("subject", self.certificate().subject())
            .field("sha256", self.sha256())
            .finish_non_exhaustive()
    }
}

/// By octets.
impl PartialEq for StoredCertificate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.certificate() == other.certificate()
    }
}

impl Eq for StoredCertificate {}

impl Hash for StoredCertificate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.sha256().hash(state);
    }
}

/// Where a certificate stands in a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    /// The certificate that is evaluated.
    Leaf,
    /// A CA between.
    Intermediate,
    /// The trusted root.
    Root,
}
