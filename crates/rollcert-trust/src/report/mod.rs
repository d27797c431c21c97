mod advice;
mod explain;
pub(crate) mod order;
mod reason;
mod remedy;
mod serialize;
pub(crate) mod shown;
pub(crate) mod span;
mod text;
mod tree;
pub(crate) mod words;

pub use explain::Explanation;
pub use reason::{MissingIssuer, Reason, RevocationSource, TriedIssuer};
pub use remedy::{Remedy, Wanted};

use chrono::{DateTime, Utc};
use rollcert_pki::{Certificate, Oid, Purpose};

use crate::stored::StoredCertificate;

/// What evaluation found: the verdict, every path that was tried, and what would mend it.
#[derive(Clone, Debug)]
pub struct Report {
    pub(crate) certificate: StoredCertificate,
    pub(crate) now: DateTime<Utc>,
    pub(crate) purpose: Option<Purpose>,
    pub(crate) verdict: Verdict,
    /// The one that is trusted first, else the one that came furthest.
    pub(crate) paths: Vec<CandidatePath>,
    /// What speaks against the certificate whatever the path, and decided first.
    pub(crate) findings: Vec<Finding>,
    /// What its owner should know, and decided nothing.
    pub(crate) warnings: Vec<Finding>,
}

impl Report {
    /// Whether the certificate is trusted; the witness, if it is.
    #[must_use]
    pub const fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// The witness, if the certificate is trusted.
    #[must_use]
    pub const fn trusted(&self) -> Option<&Trusted> {
        match &self.verdict {
            Verdict::Trusted(trusted) => Some(trusted),
            Verdict::Untrusted => None,
        }
    }

    /// The paths that were tried: the trusted one first, else the one that came furthest.
    #[must_use]
    pub fn paths(&self) -> &[CandidatePath] {
        &self.paths
    }

    /// Everything that speaks against the certificate, the most telling first; empty when it is trusted.
    pub fn reasons(&self) -> impl Iterator<Item = &Finding> {
        let of_path = match self.verdict {
            Verdict::Trusted(_) => None,
            Verdict::Untrusted => self.paths.first(),
        };
        let of_path = of_path.into_iter().flat_map(|path| &path.findings);
        let of_path = of_path.filter(|finding| !self.findings.contains(finding));
        let mut reasons: Vec<&Finding> = self.findings.iter().chain(of_path).collect();
        reasons.sort_by_key(|finding| order::key(finding));
        reasons.into_iter()
    }

    /// What its owner should know, and decided nothing.
    #[must_use]
    pub fn warnings(&self) -> &[Finding] {
        &self.warnings
    }

    /// The certificate that was evaluated.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        self.certificate.certificate()
    }

    /// When it was looked at.
    #[must_use]
    pub const fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// What it had to serve for.
    #[must_use]
    pub const fn purpose(&self) -> Option<Purpose> {
        self.purpose
    }
}

/// Whether a certificate is trusted.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "there is no third verdict")]
pub enum Verdict {
    /// It is, and this is the witness.
    Trusted(Trusted),
    /// It is not.
    Untrusted,
}

/// The witness that a certificate was found good: only evaluation makes one.
///
/// Code that needs trust takes it as an argument, so that nothing leads past the evaluation.
#[derive(Clone, Debug)]
pub struct Trusted {
    pub(crate) path: Vec<StoredCertificate>,
    pub(crate) purpose: Option<Purpose>,
    pub(crate) at: DateTime<Utc>,
    pub(crate) basis: Basis,
    pub(crate) policies: Vec<Oid>,
}

impl Trusted {
    /// The certificate that is trusted.
    #[must_use]
    pub fn certificate(&self) -> Option<&Certificate> {
        self.path.first().map(StoredCertificate::certificate)
    }

    /// From the certificate to the root; the certificate alone where a trust list decided.
    #[must_use]
    pub fn path(&self) -> &[StoredCertificate] {
        &self.path
    }

    /// For which purpose; none if none was asked for.
    #[must_use]
    pub const fn purpose(&self) -> Option<Purpose> {
        self.purpose
    }

    /// When.
    #[must_use]
    pub const fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// What the trust rests on.
    #[must_use]
    pub const fn basis(&self) -> Basis {
        self.basis
    }

    /// The certificate policies under which the path is valid (RFC 5280 §6.1.6).
    #[must_use]
    pub fn policies(&self) -> &[Oid] {
        &self.policies
    }
}

/// What trust rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Basis {
    /// A valid path to a trusted root.
    Path,
    /// Its own entry in a trust list.
    TrustList,
}

/// One way from the certificate up, as far as it goes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CandidatePath {
    /// From the leaf up.
    pub certificates: Vec<StoredCertificate>,
    /// Whether the last one is a trusted root.
    pub end: PathEnd,
    /// What speaks against it, the most telling first; empty for a valid path.
    pub findings: Vec<Finding>,
    /// What decided nothing.
    pub warnings: Vec<Finding>,
    /// Of each certificate below the root, leaf first; of a root that is evaluated itself only if it is revoked.
    pub revocation: Vec<RevocationStatus>,
    /// Whether somebody lists one of its certificates as revoked who cannot be heard in this path, but may be in another.
    pub(crate) is_contested: bool,
    /// The certificate policies under which it is valid (RFC 5280 §6.1.6).
    pub policies: Vec<Oid>,
}

/// Where a path ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathEnd {
    /// At a trusted root.
    Anchor,
    /// At a certificate whose issuer is unknown, or whose signature no known issuer made.
    Incomplete,
}

/// A fact, and the certificate it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The fact.
    pub reason: Reason,
    /// The certificate, if it is about one.
    pub place: Option<Place>,
}

impl Finding {
    /// A fact about the certificate at `index` of a path, the leaf being 0.
    #[must_use]
    pub fn at(reason: Reason, index: usize, certificate: &StoredCertificate) -> Self {
        Self {
            reason,
            place: Some(Place {
                index,
                certificate: certificate.clone(),
            }),
        }
    }

    /// A fact about no single certificate.
    #[must_use]
    pub const fn of_path(reason: Reason) -> Self {
        Self {
            reason,
            place: None,
        }
    }
}

/// A certificate in a path.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// How far from the leaf, which is 0.
    pub index: usize,
    /// The certificate.
    pub certificate: StoredCertificate,
}

/// What is known of the revocation of one certificate (RFC 5280 §6.3).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevocationStatus {
    /// Not revoked, says the source.
    Good {
        /// Who says so.
        source: RevocationSource,
    },
    /// Revoked.
    Revoked {
        /// The [`Reason::Revoked`].
        reason: Reason,
    },
    /// Nobody says.
    Unknown {
        /// Why, the most telling first; never empty.
        causes: Vec<Reason>,
    },
    /// Not asked.
    NotChecked,
}
