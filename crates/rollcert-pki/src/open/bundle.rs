use rand_core::CryptoRng;
use rollcert_crypto::{PrivateKey, Provider};

use crate::asn1::DecodeError;
use crate::certificate::Certificate;
use crate::credential::{Credential, CredentialError};
use crate::crl::Crl;
use crate::key::KeyFile;
use crate::open::kind::FileKind;
use crate::open::public_key::PublicKeyFile;
use crate::open::trust_settings::TrustSettings;
use crate::public_key::PublicKey;
use crate::request::CertificationRequest;
use crate::thumbprint::Thumbprint;
use crate::usage::Purpose;

/// What a file was and what it held.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Bundle {
    /// What kind of file it was.
    pub kind: FileKind,
    /// How it was protected, in words: schemes, iterations, MAC. `None` where nothing was.
    pub protection: Option<String>,
    /// What it held, in the order of the file.
    pub entries: Vec<Entry>,
    /// What its reader should know.
    pub warnings: Vec<Warning>,
}

impl Bundle {
    /// The certificates, in the order of the file.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.certificate_entries().map(|entry| &entry.certificate)
    }

    /// The certificates with what the file says of them, in its order.
    pub fn certificate_entries(&self) -> impl Iterator<Item = &CertificateEntry> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Certificate(entry) => Some(entry),
            _ => None,
        })
    }

    /// The private keys, in the order of the file.
    pub fn keys(&self) -> impl Iterator<Item = &KeyEntry> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Key(entry) => Some(entry),
            _ => None,
        })
    }

    /// The certification requests, in the order of the file.
    pub fn requests(&self) -> impl Iterator<Item = &CertificationRequest> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Request(request) => Some(request),
            _ => None,
        })
    }

    /// The revocation lists, in the order of the file.
    pub fn crls(&self) -> impl Iterator<Item = &Crl> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Crl(crl) => Some(crl),
            _ => None,
        })
    }

    /// Each key with each certificate that is its own, proven by signing, and the certificates of the
    /// file that lead from there upwards.
    ///
    /// # Errors
    ///
    /// [`CredentialError::KeyMismatch`] when a key belongs to no certificate of the file,
    /// [`CredentialError::NoCertificate`] when there is none, [`CredentialError::TooMany`] beyond 100 pairs,
    /// [`CredentialError::Crypto`] for keys that the backend does not load. A file without keys is no error.
    pub fn credentials(
        &self,
        provider: &Provider,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<Credential>, CredentialError> {
        let mut credentials = Vec::new();
        for entry in self.keys() {
            if self.certificates().next().is_none() {
                return Err(CredentialError::NoCertificate);
            }
            let key = entry.key.load(provider)?;
            let before = credentials.len();
            self.add_credentials(&key, &mut credentials, provider, rng)?;
            if credentials.len() == before {
                return Err(CredentialError::KeyMismatch);
            }
        }
        Ok(credentials)
    }

    /// Finds the certificates of this file that belong to `keys`, which are held elsewhere, as when an
    /// authority has answered a request: each is proven by signing, and carries the certificates of the
    /// file that lead from there upwards. Keys without certificate here are passed over.
    ///
    /// # Errors
    ///
    /// [`CredentialError::TooMany`] beyond 100 pairs, [`CredentialError::Crypto`] when a key does not sign.
    pub fn pair(
        &self,
        keys: &[PrivateKey],
        provider: &Provider,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<Credential>, CredentialError> {
        let mut credentials = Vec::new();
        for key in keys {
            self.add_credentials(key, &mut credentials, provider, rng)?;
        }
        Ok(credentials)
    }

    fn add_credentials(
        &self,
        key: &PrivateKey,
        credentials: &mut Vec<Credential>,
        provider: &Provider,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), CredentialError> {
        let Ok(public_key) = PublicKey::of_info(key.public_key_info()) else {
            return Ok(());
        };
        for certificate in self.certificates() {
            if PublicKey::of_certificate(certificate).ok().as_ref() != Some(&public_key) {
                continue;
            }
            if credentials.len() == MOST_CREDENTIALS {
                return Err(CredentialError::TooMany {
                    limit: MOST_CREDENTIALS,
                });
            }
            let chain = self.chain_of(certificate);
            let (certificate, key) = (certificate.clone(), key.clone());
            credentials.push(Credential::new(certificate, chain, key, provider, rng)?);
        }
        Ok(())
    }

    /// The certificates above `leaf`, each the issuer of the one before it by name.
    fn chain_of(&self, leaf: &Certificate) -> Vec<Certificate> {
        let mut chain: Vec<Certificate> = Vec::new();
        let mut last = leaf;
        while !last.is_self_issued() && chain.len() < MOST_ISSUERS {
            let issuer = self.certificates().find(|candidate| {
                candidate.subject().matches(last.issuer())
                    && *candidate != leaf
                    && !chain.contains(candidate)
            });
            let Some(issuer) = issuer else {
                break;
            };
            chain.push(issuer.clone());
            last = issuer;
        }
        chain
    }
}

/// One thing in a file.
#[derive(Debug)]
#[non_exhaustive]
pub enum Entry {
    /// A certificate.
    Certificate(CertificateEntry),
    /// A private key.
    Key(KeyEntry),
    /// A public key by itself.
    PublicKey(PublicKeyFile),
    /// A certification request.
    Request(CertificationRequest),
    /// A revocation list.
    Crl(Crl),
}

/// A certificate in a file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CertificateEntry {
    /// What the file calls it (`friendlyName`).
    pub alias: Option<String>,
    /// What ties it to its key (`localKeyId`).
    pub local_key_id: Option<Vec<u8>>,
    /// The certificate.
    pub certificate: Certificate,
    /// Whether its private key is in the same file.
    pub has_key: bool,
    /// What its owner takes it for as a root, where the file says so; an error where that cannot be read. See
    /// [`Self::may_be_root_for`].
    pub trust_settings: Option<Result<TrustSettings, DecodeError>>,
}

impl CertificateEntry {
    /// Whether the file lets it be a root for this purpose, or, without one, for any purpose there may be.
    ///
    /// Only [trust settings](TrustSettings::allows) forbid that, and those that cannot be read forbid everything.
    /// OpenSSL then trusts no path through the certificate either, up to another root: whoever wants that too puts
    /// its key on a list of keys not to be trusted.
    #[must_use]
    pub fn may_be_root_for(&self, purpose: Option<Purpose>) -> bool {
        match &self.trust_settings {
            None => true,
            Some(Ok(settings)) => settings.allows(purpose),
            Some(Err(_)) => false,
        }
    }
}

/// A private key in a file.
#[derive(Debug)]
#[non_exhaustive]
pub struct KeyEntry {
    /// What the file calls it (`friendlyName`).
    pub alias: Option<String>,
    /// What ties it to its certificate (`localKeyId`).
    pub local_key_id: Option<Vec<u8>>,
    /// The key.
    pub key: KeyFile,
    /// The SHA-256 thumbprint of the certificate in the same file that it belongs to.
    pub matches: Option<Thumbprint>,
}

/// Something worth knowing that did not keep the file from being read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Warning {
    /// A stable name for this kind of warning.
    pub code: &'static str,
    /// The particulars, for people.
    pub text: String,
}

/// How many certificates follow each other upwards at most.
const MOST_ISSUERS: usize = 16;

/// How many pairs of key and certificate are proven from one file: each costs a private operation.
const MOST_CREDENTIALS: usize = 100;
