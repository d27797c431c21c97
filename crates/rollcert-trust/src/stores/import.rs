use chrono::{DateTime, Utc};
use rollcert_crypto::Provider;
use rollcert_pki::{
    Bundle, CertificateEntry, CertificationRequest, Crl, CrlIndex, Entry, FileKind, ImportError,
    KeyEntry, Limits, Password, PublicKeyFile, Warning, open,
};

use super::addition::Addition;
use super::snapshot::Snapshot;
use super::{CertificateStore, StoredCrl};
use crate::cache::Cache;
use crate::crl_store::{CrlAnswer, CrlOrigin, CrlUpdater};
use crate::policy::Policy;
use crate::stored::StoredCertificate;

/// Imports files of certificates and CRLs, whatever [`rollcert_pki::open()`] reads: DER, PEM, PKCS#7, PKCS#12, bare base64.
///
/// No import creates trust: certificates go to the certificate store, self-signed ones too, and to be a root one has to be
/// [trusted](crate::MemoryRoots::trust) by a call of its own. What a file holds beside certificates and CRLs is handed
/// back. A file that is imported again changes nothing.
///
/// ```
/// # use chrono::{DateTime, Utc};
/// # use rollcert_crypto::Provider;
/// # use rollcert_pki::ImportError;
/// # use rollcert_trust::{Import, Snapshot};
/// # fn example(file: &[u8], provider: &Provider, now: DateTime<Utc>) -> Result<(), ImportError> {
/// let mut snapshot = Snapshot::default();
/// let report = Import::new(provider).read(&mut snapshot, file, now)?;
/// println!("{} new certificates", report.new_certificates().count());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Import<'a> {
    provider: &'a Provider,
    limits: Limits,
    password: Option<&'a Password>,
    updater: Option<&'a CrlUpdater<'a>>,
}

impl<'a> Import<'a> {
    /// Imports within the default limits, without password, and takes CRLs in beside those that are there: those that
    /// [`CrlUpdater`] lets in, its policy being [`Policy::partner`].
    #[must_use]
    pub fn new(provider: &'a Provider) -> Self {
        Self {
            provider,
            limits: Limits::default(),
            password: None,
            updater: None,
        }
    }

    /// Imports within these limits.
    #[must_use]
    pub const fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Opens what is protected with this password.
    #[must_use]
    pub const fn with_password(mut self, password: &'a Password) -> Self {
        self.password = Some(password);
        self
    }

    /// Lets CRLs take the place of older ones, by the rule that [`CrlUpdater`] describes.
    #[must_use]
    pub const fn with_crl_updater(mut self, updater: &'a CrlUpdater<'a>) -> Self {
        self.updater = Some(updater);
        self
    }

    /// Takes the certificates and CRLs of a file in, and says what became of each.
    ///
    /// # Errors
    ///
    /// As [`rollcert_pki::open()`]. Nothing was taken in then.
    pub fn read(
        &self,
        snapshot: &mut Snapshot,
        octets: &[u8],
        now: DateTime<Utc>,
    ) -> Result<ImportReport, ImportError> {
        let bundle = open(octets, self.password, self.provider, &self.limits)?;
        Ok(self.take(snapshot, bundle, now))
    }

    /// Takes the certificates and CRLs of a file in that was opened before.
    pub fn take(
        &self,
        snapshot: &mut Snapshot,
        bundle: Bundle,
        now: DateTime<Utc>,
    ) -> ImportReport {
        let mut report = ImportReport::of_file(bundle.kind, bundle.protection);
        for warning in bundle.warnings {
            if is_refusal(&warning) {
                report.refused.push(ImportRefusal {
                    code: warning.code,
                    text: warning.text,
                });
            } else {
                report.warnings.push(warning);
            }
        }
        let mut crls = Vec::new();
        for entry in bundle.entries {
            match entry {
                Entry::Certificate(entry) => {
                    let imported = self.take_certificate(snapshot, entry, now);
                    report.certificates.push(imported);
                }
                Entry::Crl(crl) => crls.push(crl),
                Entry::Key(key) => report.keys.push(key),
                Entry::Request(request) => report.requests.push(request),
                Entry::PublicKey(key) => report.public_keys.push(key),
                _ => report.refused.push(ImportRefusal {
                    code: "unknown-entry",
                    text: "an entry of a kind that is not known here".to_owned(),
                }),
            }
        }
        let policy = Policy::partner();
        // For this file: its CRLs are held against each other.
        let cache = Cache::new(REMEMBERED);
        let beside = CrlUpdater::new(&policy, self.provider).with_cache(&cache);
        // After all certificates, for those of their signers may stand behind them.
        for crl in crls {
            match self.take_crl(snapshot, crl, &beside, now) {
                Ok(answer) => report.crls.push(answer),
                Err(refusal) => report.refused.push(refusal),
            }
        }
        report
    }

    fn take_certificate(
        &self,
        snapshot: &mut Snapshot,
        entry: CertificateEntry,
        now: DateTime<Utc>,
    ) -> ImportedCertificate {
        let new = StoredCertificate::new(entry.certificate, self.provider).with_import_time(now);
        let addition = snapshot.certificates.insert(new.clone());
        // Of one that is known, the store knows more than the file.
        let known = snapshot.certificates.by_thumbprint(new.sha256());
        ImportedCertificate {
            certificate: known.unwrap_or(new),
            addition,
            alias: entry.alias,
            has_key: entry.has_key,
        }
    }

    fn take_crl(
        &self,
        snapshot: &mut Snapshot,
        crl: Crl,
        beside: &CrlUpdater<'_>,
        now: DateTime<Utc>,
    ) -> Result<CrlAnswer, ImportRefusal> {
        let index = CrlIndex::of(crl, &self.limits).map_err(|error| ImportRefusal {
            code: error.code(),
            text: error.to_string(),
        })?;
        let crl = StoredCrl::new(index, self.provider);
        let origin = CrlOrigin::Imported;
        Ok(match self.updater {
            Some(updater) => updater.offer(snapshot, crl, origin, now),
            None => beside.offer_beside(snapshot, crl, origin, now),
        })
    }
}

/// What became of a file.
#[derive(Debug)]
#[non_exhaustive]
pub struct ImportReport {
    /// What kind of file it was.
    pub kind: FileKind,
    /// How it was protected, in words. `None` where nothing was.
    pub protection: Option<String>,
    /// The certificates, in the order of the file.
    pub certificates: Vec<ImportedCertificate>,
    /// The CRLs, in the order of the file.
    pub crls: Vec<CrlAnswer>,
    /// The private keys, which no store here holds. Once the host holds one, it says so by
    /// [`MemoryCertificates::attach_key`](crate::MemoryCertificates::attach_key).
    pub keys: Vec<KeyEntry>,
    /// The certification requests, which are not for a store.
    pub requests: Vec<CertificationRequest>,
    /// The public keys by themselves, which are not for a store.
    pub public_keys: Vec<PublicKeyFile>,
    /// What could not be read, or exceeds a limit.
    pub refused: Vec<ImportRefusal>,
    /// What else the reader of the file should know.
    pub warnings: Vec<Warning>,
}

impl ImportReport {
    const fn of_file(kind: FileKind, protection: Option<String>) -> Self {
        Self {
            kind,
            protection,
            certificates: Vec::new(),
            crls: Vec::new(),
            keys: Vec::new(),
            requests: Vec::new(),
            public_keys: Vec::new(),
            refused: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// The certificates that were not known before.
    pub fn new_certificates(&self) -> impl Iterator<Item = &StoredCertificate> {
        self.certificates_by(Addition::New)
    }

    /// The certificates that were known before.
    pub fn known_certificates(&self) -> impl Iterator<Item = &StoredCertificate> {
        self.certificates_by(Addition::Known)
    }

    fn certificates_by(&self, addition: Addition) -> impl Iterator<Item = &StoredCertificate> {
        let certificates = self.certificates.iter();
        certificates
            .filter(move |imported| imported.addition == addition)
            .map(|imported| &imported.certificate)
    }
}

/// A certificate of a file that was imported.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ImportedCertificate {
    /// As the store holds it now.
    pub certificate: StoredCertificate,
    /// Whether it was new.
    pub addition: Addition,
    /// What the file calls it.
    pub alias: Option<String>,
    /// Whether its private key is in the same file.
    pub has_key: bool,
}

/// What of a file was not taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportRefusal {
    /// A stable name for this kind of refusal.
    pub code: &'static str,
    /// The particulars, for people.
    pub text: String,
}

/// Whether the warning says that something was left out.
fn is_refusal(warning: &Warning) -> bool {
    warning.code.starts_with("bad-") || warning.code == "entry-skipped"
}

/// How many signatures are remembered while a file is taken in.
const REMEMBERED: usize = 1_000;
