use rollcert_crypto::Provider;

use crate::preflight::authority_id::AuthorityId;
use crate::stored::StoredCertificate;
use crate::stores::{MemoryRoots, SystemRoots};

/// The roots that a platform ships, or that a partner has installed, under a name for people.
///
/// Such as the root programmes of Microsoft, Google, Apple and OpenJDK, each read from its own file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RootProgramme {
    /// Its name, such as `OpenJDK 21`.
    pub label: String,
    /// Its roots.
    pub roots: MemoryRoots,
}

impl RootProgramme {
    /// These roots under this name.
    #[must_use]
    pub fn new(label: impl Into<String>, roots: MemoryRoots) -> Self {
        Self {
            label: label.into(),
            roots,
        }
    }

    /// The root that is named so; of several, the one with the least SHA-256 thumbprint.
    #[must_use]
    pub fn find(&self, id: &AuthorityId, provider: &Provider) -> Option<&StoredCertificate> {
        let mut roots = self.roots.iter();
        roots.find(|root| id.names(root.certificate(), provider))
    }
}

impl From<&SystemRoots> for RootProgramme {
    fn from(bundle: &SystemRoots) -> Self {
        Self::new(bundle.label(), bundle.roots().iter().cloned().collect())
    }
}

/// The names of the programmes that ship this root, in the order given.
#[must_use]
pub fn programmes_with<'a>(
    programmes: &'a [RootProgramme],
    root: &StoredCertificate,
) -> Vec<&'a str> {
    programmes
        .iter()
        .filter(|programme| programme.roots.by_thumbprint(root.sha256()).is_some())
        .map(|programme| programme.label.as_str())
        .collect()
}
