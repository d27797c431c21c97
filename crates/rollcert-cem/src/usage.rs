//! What a certificate is announced for.

use core::fmt;

use rollcert_pki::{Certificate, KeyAlgorithmName, Purpose};

/// One use of an announced certificate, seen from its owner (CEM §3.1, `CertUsage`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the schema closes the list; a fifth usage would be another protocol"
)]
pub enum CertUsage {
    /// Partners encrypt to the owner with it.
    KeyEncipherment,
    /// Partners verify the owner's signatures with it, those of receipts included.
    DigitalSignature,
    /// The owner's server presents it in TLS.
    TlsServer,
    /// The owner's client presents it in TLS.
    TlsClient,
}

impl CertUsage {
    /// Every usage, in the order in which they are written.
    pub const ALL: [Self; 4] = [
        Self::KeyEncipherment,
        Self::DigitalSignature,
        Self::TlsServer,
        Self::TlsClient,
    ];

    /// The word of the schema for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::KeyEncipherment => "keyEncipherment",
            Self::DigitalSignature => "digitalSignature",
            Self::TlsServer => "tlsServer",
            Self::TlsClient => "tlsClient",
        }
    }

    /// The usage of that word, spelled exactly so: the schema does not trim and does not fold case.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|usage| usage.as_str() == word)
    }

    const fn bit(self) -> u8 {
        match self {
            Self::KeyEncipherment => 1,
            Self::DigitalSignature => 2,
            Self::TlsServer => 4,
            Self::TlsClient => 8,
        }
    }

    /// What the certificate must allow to be used so.
    #[must_use]
    pub const fn purpose(self) -> Purpose {
        match self {
            Self::KeyEncipherment => Purpose::SmimeEncrypt,
            Self::DigitalSignature => Purpose::SmimeSign,
            Self::TlsServer => Purpose::TlsServer,
            Self::TlsClient => Purpose::TlsClient,
        }
    }
}

impl fmt::Display for CertUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The usages of one announced certificate: a set, never empty in a message that keeps the rules.
///
/// They stand or fall together: the answer is one for all of them (CEM §2.4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CertUsages(u8);

impl CertUsages {
    /// Whether `usage` is among them.
    #[must_use]
    pub const fn contains(&self, usage: CertUsage) -> bool {
        self.0 & usage.bit() != 0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0 == 0
    }

    /// Whether each of them is among `others`.
    #[must_use]
    pub const fn is_subset_of(&self, others: &Self) -> bool {
        self.0 & !others.0 == 0
    }

    /// Those that are among `others` too.
    #[must_use]
    pub const fn shared_with(&self, others: &Self) -> Self {
        Self(self.0 & others.0)
    }

    /// These and `others`. What is announced adds up over requests: a later one with fewer usages withdraws nothing
    /// (CEM §6).
    #[must_use]
    pub const fn together_with(&self, others: &Self) -> Self {
        Self(self.0 | others.0)
    }

    /// The usages, in the order of [`CertUsage::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = CertUsage> {
        CertUsage::ALL
            .into_iter()
            .filter(|usage| self.contains(*usage))
    }

    /// Those that key usage or extended key usage of `certificate` do not allow.
    #[must_use]
    pub fn not_permitted_by(&self, certificate: &Certificate) -> Self {
        let permitted = certificate.usable_for();
        self.iter()
            .filter(|usage| !permitted.contains(&usage.purpose()))
            .collect()
    }

    /// Those that the key of `certificate` cannot serve, whatever its usage extensions say: keys of Ed25519, Ed448
    /// and RSASSA-PSS encrypt nothing, keys of X25519 and X448 sign nothing.
    #[must_use]
    pub fn not_possible_with(&self, certificate: &Certificate) -> Self {
        let impossible = match certificate.key_algorithm() {
            KeyAlgorithmName::Ed25519
            | KeyAlgorithmName::Ed448
            | KeyAlgorithmName::RsaPss { .. } => [CertUsage::KeyEncipherment].into(),
            KeyAlgorithmName::X25519 | KeyAlgorithmName::X448 => Self::from([
                CertUsage::DigitalSignature,
                CertUsage::TlsServer,
                CertUsage::TlsClient,
            ]),
            _ => Self::default(),
        };
        self.shared_with(&impossible)
    }
}

impl FromIterator<CertUsage> for CertUsages {
    fn from_iter<I: IntoIterator<Item = CertUsage>>(usages: I) -> Self {
        Self(usages.into_iter().fold(0, |bits, usage| bits | usage.bit()))
    }
}

impl<const N: usize> From<[CertUsage; N]> for CertUsages {
    fn from(usages: [CertUsage; N]) -> Self {
        usages.into_iter().collect()
    }
}

/// The words, separated by a comma and a blank.
impl fmt::Display for CertUsages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, usage) in self.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{usage}")?;
        }
        Ok(())
    }
}
