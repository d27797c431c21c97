use std::collections::BTreeMap;

use rollcert_crypto::Provider;
use rollcert_pki::{Certificate, Credential};
use rollcert_schedule::{Credential as Facts, Fingerprint};

use crate::fingerprint;

/// The octets behind the schedule's fingerprints: our credentials with their keys, the partner's
/// certificates.
///
/// A keyring grants nothing. What may be used is asked of the relationship; the keyring only says what
/// a fingerprint stands for.
#[derive(Clone, Debug, Default)]
pub struct Keyring {
    credentials: BTreeMap<Fingerprint, Credential>,
    certificates: BTreeMap<Fingerprint, Certificate>,
}

impl Keyring {
    /// An empty keyring.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a credential of ours and returns its fingerprint.
    pub fn insert_credential(
        &mut self,
        credential: Credential,
        provider: &Provider,
    ) -> Fingerprint {
        let id = fingerprint(credential.certificate().as_der(), provider);
        self.credentials.insert(id, credential);
        id
    }

    /// Adds a certificate of the partner's and returns its fingerprint.
    pub fn insert_certificate(
        &mut self,
        certificate: Certificate,
        provider: &Provider,
    ) -> Fingerprint {
        let id = fingerprint(certificate.as_der(), provider);
        self.certificates.insert(id, certificate);
        id
    }

    /// Our credential with this fingerprint.
    ///
    /// # Errors
    ///
    /// [`MissingKey`].
    pub fn credential(&self, id: Fingerprint) -> Result<&Credential, MissingKey> {
        self.credentials
            .get(&id)
            .ok_or(MissingKey { fingerprint: id })
    }

    /// The certificate with this fingerprint, ours or the partner's.
    ///
    /// # Errors
    ///
    /// [`MissingKey`].
    pub fn certificate(&self, id: Fingerprint) -> Result<&Certificate, MissingKey> {
        self.certificates
            .get(&id)
            .or_else(|| self.credentials.get(&id).map(Credential::certificate))
            .ok_or(MissingKey { fingerprint: id })
    }

    /// Whether the fingerprint stands for anything here.
    #[must_use]
    pub fn contains(&self, id: Fingerprint) -> bool {
        self.certificate(id).is_ok()
    }

    /// The certificates of the partner's that are known, and the others: our own, and those that the relationship does
    /// not name as the partner's.
    pub(crate) fn by_owner(
        &self,
        is_partners: impl Fn(Fingerprint) -> bool,
    ) -> (Vec<Certificate>, Vec<Certificate>) {
        let (partners, mut others): (Vec<_>, Vec<_>) = self
            .certificates
            .iter()
            .partition(|(id, _)| is_partners(**id));
        let ours = self.credentials.iter();
        let ours: Vec<_> = ours.map(|(id, held)| (id, held.certificate())).collect();
        others.extend(ours.into_iter().filter(|(id, _)| !is_partners(**id)));
        let certificates = |of: Vec<(&Fingerprint, &Certificate)>| {
            of.into_iter()
                .map(|(_, certificate)| certificate.clone())
                .collect()
        };
        (certificates(partners), certificates(others))
    }

    /// Our credentials behind these facts. Those that are missing are left out: another may serve.
    pub(crate) fn credentials(&self, serving: &[&Facts]) -> Vec<Credential> {
        let held = serving
            .iter()
            .filter_map(|facts| self.credentials.get(&facts.fingerprint));
        held.cloned().collect()
    }

    /// The certificates behind these facts. Those that are missing are left out: another may serve.
    pub(crate) fn certificates(&self, serving: &[&Facts]) -> Vec<Certificate> {
        let held = serving
            .iter()
            .filter_map(|facts| self.certificate(facts.fingerprint).ok());
        held.cloned().collect()
    }
}

/// The relationship names a certificate or key that the keyring does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the keyring holds nothing for {fingerprint}")]
#[non_exhaustive]
pub struct MissingKey {
    /// What was looked for.
    pub fingerprint: Fingerprint,
}

impl MissingKey {
    /// A stable name for this failure.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "missing-key"
    }
}
