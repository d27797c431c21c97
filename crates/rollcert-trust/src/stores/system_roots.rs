use rollcert_crypto::Provider;
use rollcert_pki::{Certificate, ImportError, Limits, open};

use crate::stored::StoredCertificate;

/// The roots of a platform, such as an operating system or a browser delivers them in one file, read for
/// [`MemoryRoots::trust_system_roots`](crate::MemoryRoots::trust_system_roots).
///
/// Nothing looks for such a file: the host reads it and says what it is called.
#[derive(Clone, Debug)]
pub struct SystemRoots {
    label: String,
    roots: Vec<StoredCertificate>,
    refused: Vec<StoredCertificate>,
    unreadable: usize,
}

impl SystemRoots {
    /// Reads a bundle, PEM as a rule, under a name for people, such as `mozilla 2026-03`.
    ///
    /// Taken are authorities that name themselves as their issuer, and certificates of version 1 that do, since these
    /// have no other way of saying it. Whatever else stands in the bundle is in [`Self::refused`]: a certificate that is
    /// to end paths for a reason of one's own is added by itself.
    ///
    /// # Errors
    ///
    /// As [`rollcert_pki::open()`], when the octets are no file of certificates; [`ImportError::Unsupported`] for a bundle
    /// with OpenSSL's trust settings (`TRUSTED CERTIFICATE`), by which it may also name what is *not* to be trusted.
    pub fn read(
        label: impl Into<String>,
        octets: &[u8],
        provider: &Provider,
        limits: &Limits,
    ) -> Result<Self, ImportError> {
        let bundle = open(octets, None, provider, limits)?;
        let mut entries = bundle.certificate_entries();
        if entries.any(|entry| entry.trust_settings.is_some()) {
            return Err(ImportError::Unsupported {
                what: "a bundle with trust settings is".to_owned(),
            });
        }
        let warnings = bundle.warnings.iter();
        let unreadable = warnings
            .filter(|warning| warning.code == BAD_CERTIFICATE)
            .count();
        let (roots, refused) = bundle
            .certificates()
            .map(|certificate| StoredCertificate::new(certificate.clone(), provider))
            .partition(|stored| is_root(stored.certificate()));
        Ok(Self {
            label: label.into(),
            roots,
            refused,
            unreadable,
        })
    }

    /// What the bundle is called.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The roots, in the order of the bundle.
    #[must_use]
    pub fn roots(&self) -> &[StoredCertificate] {
        &self.roots
    }

    /// The certificates that are no roots.
    #[must_use]
    pub fn refused(&self) -> &[StoredCertificate] {
        &self.refused
    }

    /// How many certificates of the bundle could not be read.
    #[must_use]
    pub const fn unreadable(&self) -> usize {
        self.unreadable
    }
}

fn is_root(certificate: &Certificate) -> bool {
    certificate.is_self_issued() && (certificate.is_ca() || certificate.version() == 1)
}

/// What [`open()`] warns with for each certificate that it leaves out.
const BAD_CERTIFICATE: &str = "bad-certificate";
