use std::sync::Arc;

use rollcert_pki::{MatchingName, Name, SerialNumber, Thumbprint};

use super::CertificateStore;
use super::addition::Addition;
use super::index::Index;
use super::members::Members;
use crate::selection::{canonical_email, emails_of};
use crate::stored::StoredCertificate;

/// Certificates in memory, found by everything that a [`CertificateStore`] is asked for, each in constant time.
///
/// Unique by SHA-256 thumbprint. Nothing in it is trusted for being here. Cheap to clone; a clone that is changed copies
/// the set first, not the certificates.
#[derive(Clone, Debug, Default)]
pub struct MemoryCertificates(Arc<Certificates>);

#[derive(Clone, Debug)]
struct Certificates {
    members: Members<StoredCertificate>,
    by_subject: Index<MatchingName, StoredCertificate>,
    by_key_identifier: Index<Vec<u8>, StoredCertificate>,
    by_issuer: Index<(MatchingName, SerialNumber), StoredCertificate>,
    by_email: Index<String, StoredCertificate>,
}

impl MemoryCertificates {
    /// No certificates.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a certificate. Of one that is known, key alias and import time stay as they are.
    pub fn insert(&mut self, certificate: StoredCertificate) -> Addition {
        if self.0.members.contains(&certificate) {
            return Addition::Known;
        }
        self.put(certificate);
        Addition::New
    }

    /// Says by which name the host knows the private key of the certificate with this SHA-256 thumbprint, in place of
    /// what was said before. Returns the certificate; none if it is not here.
    pub fn attach_key(
        &mut self,
        sha256: &Thumbprint,
        alias: impl Into<String>,
    ) -> Option<StoredCertificate> {
        let certificate = self.0.members.get(sha256)?.clone();
        let certificate = certificate.with_key_alias(alias);
        self.put(certificate.clone());
        Some(certificate)
    }

    /// Takes a certificate out. Returns it if it was here. What a trust list says of it stays.
    pub fn remove(&mut self, sha256: &Thumbprint) -> Option<StoredCertificate> {
        self.0.members.get(sha256)?;
        let all = Arc::make_mut(&mut self.0);
        let certificate = all.members.remove(sha256)?;
        all.by_subject.remove(&certificate);
        all.by_key_identifier.remove(&certificate);
        all.by_issuer.remove(&certificate);
        all.by_email.remove(&certificate);
        Some(certificate)
    }

    /// All certificates, in the order of their thumbprints.
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

    fn put(&mut self, certificate: StoredCertificate) {
        let all = Arc::make_mut(&mut self.0);
        all.by_subject.insert(&certificate);
        all.by_key_identifier.insert(&certificate);
        all.by_issuer.insert(&certificate);
        all.by_email.insert(&certificate);
        all.members.insert(certificate);
    }
}

impl CertificateStore for MemoryCertificates {
    fn named(&self, subject: &Name) -> Vec<StoredCertificate> {
        let all = &*self.0;
        all.by_subject.find(&subject.into(), &all.members)
    }

    fn with_key_identifier(&self, identifier: &[u8]) -> Vec<StoredCertificate> {
        let all = &*self.0;
        all.by_key_identifier
            .find(&identifier.to_vec(), &all.members)
    }

    fn issued_as(&self, issuer: &Name, serial: &SerialNumber) -> Vec<StoredCertificate> {
        let all = &*self.0;
        all.by_issuer
            .find(&(issuer.into(), serial.clone()), &all.members)
    }

    fn with_email(&self, address: &str) -> Vec<StoredCertificate> {
        let all = &*self.0;
        canonical_email(address)
            .map(|address| all.by_email.find(&address, &all.members))
            .unwrap_or_default()
    }

    fn by_thumbprint(&self, sha256: &Thumbprint) -> Option<StoredCertificate> {
        self.0.members.get(sha256).cloned()
    }
}

impl Default for Certificates {
    fn default() -> Self {
        Self {
            members: Members::new(),
            by_subject: Index::by(|held: &StoredCertificate| {
                vec![held.certificate().subject().into()]
            }),
            by_key_identifier: Index::by(|held: &StoredCertificate| {
                let identifier = held.certificate().subject_key_identifier();
                identifier.map(<[u8]>::to_vec).into_iter().collect()
            }),
            by_issuer: Index::by(|held: &StoredCertificate| {
                let certificate = held.certificate();
                vec![(certificate.issuer().into(), certificate.serial().clone())]
            }),
            by_email: Index::by(|held: &StoredCertificate| emails_of(held.certificate())),
        }
    }
}

impl FromIterator<StoredCertificate> for MemoryCertificates {
    fn from_iter<I: IntoIterator<Item = StoredCertificate>>(certificates: I) -> Self {
        let mut store = Self::new();
        store.extend(certificates);
        store
    }
}

impl Extend<StoredCertificate> for MemoryCertificates {
    fn extend<I: IntoIterator<Item = StoredCertificate>>(&mut self, certificates: I) {
        for certificate in certificates {
            self.insert(certificate);
        }
    }
}
