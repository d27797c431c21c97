use core::fmt;

use rollcert_crypto::{DigestAlgorithm, Provider};
use rollcert_pki::{Certificate, LogicalIdentity, Thumbprint};

use crate::preflight::authority_id::AuthorityId;
use crate::preflight::programme::RootProgramme;
use crate::preflight::usage::Usage;
use crate::question::ReferenceName;

/// What is known of a partner's side: how it talks to us, what it trusts, what it compares, and under which names it
/// knows us.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Partner {
    /// Its name.
    pub name: String,
    /// How it talks to us. A partner that none is known of counts as affected by everything.
    pub usages: Vec<Usage>,
    /// The systems that verify our certificates, by the roots they have; each must accept the new one.
    pub systems: Vec<RootProgramme>,
    /// What it has written down of our certificates. Of several of one kind, one must fit; every kind must.
    pub pins: Vec<Pin>,
    /// The names that it expects in our certificate: the hosts it connects to, the addresses it writes to.
    pub names: Vec<ReferenceName>,
}

impl Partner {
    /// A partner of whom nothing else is known.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            usages: Vec::new(),
            systems: Vec::new(),
            pins: Vec::new(),
            names: Vec::new(),
        }
    }

    /// It talks to us so.
    #[must_use]
    pub fn with_usage(mut self, usage: Usage) -> Self {
        self.usages.push(usage);
        self
    }

    /// One of its systems has these roots.
    #[must_use]
    pub fn with_system(mut self, roots: RootProgramme) -> Self {
        self.systems.push(roots);
        self
    }

    /// It has written this down.
    #[must_use]
    pub fn with_pin(mut self, pin: Pin) -> Self {
        self.pins.push(pin);
        self
    }

    /// It expects this name.
    #[must_use]
    pub fn with_name(mut self, name: ReferenceName) -> Self {
        self.names.push(name);
        self
    }
}

/// What a partner compares our certificate with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Pin {
    /// The certificate itself. It fits until the next renewal: see
    /// [`Caution::PinWillExpire`](crate::Caution::PinWillExpire).
    Leaf(Thumbprint),
    /// Its key: the SHA-256 digest of the `SubjectPublicKeyInfo`. See [`Self::key_of`].
    Key(Thumbprint),
    /// The certificate that it is signed with.
    Issuer(AuthorityId),
    /// The root that it leads to.
    Root(AuthorityId),
    /// Subject, issuer and usages, as products of OFTP2 compare them.
    Identity(LogicalIdentity),
}

impl Pin {
    /// The pin of a certificate itself, by SHA-256.
    #[must_use]
    pub fn leaf_of(certificate: &Certificate, provider: &Provider) -> Self {
        Self::Leaf(certificate.thumbprint(DigestAlgorithm::Sha256, provider))
    }

    /// The pin of a certificate's key.
    #[must_use]
    pub fn key_of(certificate: &Certificate, provider: &Provider) -> Self {
        let key = certificate.public_key_info();
        Self::Key(Thumbprint::of(key, DigestAlgorithm::Sha256, provider))
    }

    /// The pin of a certificate's logical identity.
    #[must_use]
    pub fn identity_of(certificate: &Certificate) -> Self {
        Self::Identity(LogicalIdentity::of(certificate))
    }

    /// What is pinned.
    #[must_use]
    pub const fn kind(&self) -> PinKind {
        match self {
            Self::Leaf(_) => PinKind::Leaf,
            Self::Key(_) => PinKind::Key,
            Self::Issuer(_) => PinKind::Issuer,
            Self::Root(_) => PinKind::Root,
            Self::Identity(_) => PinKind::Identity,
        }
    }
}

/// What a [`Pin`] holds fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PinKind {
    /// The certificate itself.
    Leaf,
    /// Its key.
    Key,
    /// The certificate that it is signed with.
    Issuer,
    /// The root that it leads to.
    Root,
    /// Subject, issuer and usages.
    Identity,
}

impl PinKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Leaf,
        Self::Key,
        Self::Issuer,
        Self::Root,
        Self::Identity,
    ];

    /// A stable word: `leaf`, `key`, `issuer`, `root`, `identity`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Leaf => "leaf",
            Self::Key => "key",
            Self::Issuer => "issuer",
            Self::Root => "root",
            Self::Identity => "identity",
        }
    }
}

/// For people, as in `the certificate itself`.
impl fmt::Display for PinKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Leaf => "the certificate itself",
            Self::Key => "the key of the certificate",
            Self::Issuer => "the issuer of the certificate",
            Self::Root => "the root of the certificate",
            Self::Identity => "subject, issuer and usages of the certificate",
        })
    }
}
