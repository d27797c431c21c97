use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use rollcert_pki::Thumbprint;
use rollcert_pki::extension::{DistributionPoint, GeneralName, ReasonFlags};

use super::address::AddressRule;
use super::uri::{FetchUri, UriRefusal};

/// What may be asked for CRLs, and what asking may cost.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FetchPolicy {
    /// Which hosts may be asked. Default: those of the Internet alone.
    pub addresses: AddressRule,
    /// The directory to ask where a URI names none, as `ldap:///CN=…` does. Default: none, so that these are refused.
    pub ldap_server: Option<String>,
    /// URIs of one certificate or CRL. Default 16.
    pub uris_of_one: usize,
    /// URIs in one plan. Default 10,000.
    pub uris: usize,
    /// What each request may cost.
    pub limits: FetchLimits,
}

impl Default for FetchPolicy {
    fn default() -> Self {
        Self {
            addresses: AddressRule::Public,
            ldap_server: None,
            uris_of_one: 16,
            uris: 10_000,
            limits: FetchLimits::DEFAULT,
        }
    }
}

/// What one request for a CRL may cost. The host keeps to the times and to the redirects; results beyond the other two are
/// refused when they are [taken back](crate::CrlUpdater::take).
///
/// No request carries credentials, cookies or a client certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FetchLimits {
    /// Until the connection stands. Default 30 seconds.
    pub connect: Duration,
    /// Between two pieces of the answer. Default 60 seconds.
    pub read: Duration,
    /// For all of it, redirects included. Default 5 minutes.
    pub total: Duration,
    /// Octets of one value, decompressed. Default 25 MiB.
    pub octets: usize,
    /// CRLs in one answer: a directory may return several. Default 16.
    pub values: usize,
    /// Redirects to follow, each held against the policy by [`FetchUri::redirected_to`]. Default 5.
    pub redirects: u32,
}

impl FetchLimits {
    /// The defaults that each field names.
    pub const DEFAULT: Self = Self {
        connect: Duration::from_secs(30),
        read: Duration::from_secs(60),
        total: Duration::from_mins(5),
        octets: 25 << 20,
        values: 16,
        redirects: 5,
    };
}

impl Default for FetchLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Which CRLs to ask for, and how: data, for the host to carry out. One that fails is no reason not to ask for the others.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FetchPlan {
    /// What to ask for, in the order of the URIs, each once.
    pub requests: Vec<FetchRequest>,
    /// Where nobody asks, and why. At most as many as there may be requests.
    pub refused: Vec<RefusedUri>,
    /// Certificates and CRLs whose distribution points cannot be read, by SHA-256 thumbprint.
    pub unreadable: Vec<Thumbprint>,
    /// How many distribution points have no URI: they name an entry of a directory, or only who signs the CRL.
    pub without_uri: usize,
    /// How many URIs were left out because there are too many.
    pub left_out: usize,
    /// What each request may cost.
    pub limits: FetchLimits,
    /// Which addresses may be asked. See [`AddressRule::permits`].
    pub addresses: AddressRule,
}

/// A place to ask for a CRL.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FetchRequest {
    /// Where.
    pub uri: FetchUri,
    /// Which distribution points name it; the first sixteen.
    pub points: Vec<PointSource>,
}

/// A distribution point that names a URI.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PointSource {
    /// Whose it is: the SHA-256 thumbprint of a certificate or CRL.
    pub of: Thumbprint,
    /// Whether it is for complete CRLs or for what changed since.
    pub kind: PointKind,
    /// The reasons that the CRL there covers; `None` is all.
    pub reasons: Option<ReasonFlags>,
    /// Who signs the CRL there, if it says so.
    pub crl_issuer: Vec<GeneralName>,
}

/// Which extension a distribution point stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 5280 knows these two")]
pub enum PointKind {
    /// `cRLDistributionPoints` (RFC 5280 §4.2.1.13).
    Complete,
    /// `freshestCRL`, for delta CRLs (RFC 5280 §4.2.1.15, §5.2.6).
    Freshest,
}

/// A URI that nobody is to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefusedUri {
    /// As it stands there, cut off after 256 characters.
    pub text: String,
    /// Why.
    pub refusal: UriRefusal,
    /// Whose it is: the SHA-256 thumbprint of a certificate or CRL.
    pub of: Thumbprint,
}

/// A plan in the making.
pub(super) struct Planner<'a> {
    policy: &'a FetchPolicy,
    requests: BTreeMap<FetchUri, Vec<PointSource>>,
    /// The texts that were refused before.
    refused_texts: BTreeSet<String>,
    refused: Vec<RefusedUri>,
    unreadable: Vec<Thumbprint>,
    without_uri: usize,
    left_out: usize,
}

impl<'a> Planner<'a> {
    pub(super) const fn new(policy: &'a FetchPolicy) -> Self {
        Self {
            policy,
            requests: BTreeMap::new(),
            refused_texts: BTreeSet::new(),
            refused: Vec::new(),
            unreadable: Vec::new(),
            without_uri: 0,
            left_out: 0,
        }
    }

    /// Takes note of the distribution points of one certificate or CRL, all of them (RFC 5280 §4.2.1.13 wants each looked
    /// at), in the order in which they stand there.
    pub(super) fn take(&mut self, of: &Thumbprint, points: &[(PointKind, DistributionPoint)]) {
        let mut left = self.policy.uris_of_one;
        for (kind, point) in points {
            let names = point.name.as_ref().map_or(&[][..], |name| name.full());
            let mut has_uri = false;
            for name in names {
                let GeneralName::Uri(uri) = name else {
                    continue;
                };
                has_uri = true;
                if left == 0 {
                    self.left_out = self.left_out.saturating_add(1);
                    continue;
                }
                left -= 1;
                let source = PointSource {
                    of: *of,
                    kind: *kind,
                    reasons: point.reasons,
                    crl_issuer: point.crl_issuer.clone(),
                };
                self.take_uri(&uri.text(), source);
            }
            if !has_uri {
                self.without_uri = self.without_uri.saturating_add(1);
            }
        }
    }

    pub(super) fn take_unreadable(&mut self, of: &Thumbprint) {
        self.unreadable.push(*of);
    }

    pub(super) fn finish(self) -> FetchPlan {
        let requests = self.requests.into_iter();
        FetchPlan {
            requests: requests
                .map(|(uri, points)| FetchRequest { uri, points })
                .collect(),
            refused: self.refused,
            unreadable: self.unreadable,
            without_uri: self.without_uri,
            left_out: self.left_out,
            limits: self.policy.limits,
            addresses: self.policy.addresses,
        }
    }

    fn take_uri(&mut self, text: &str, source: PointSource) {
        match FetchUri::parse(text, self.policy) {
            Ok(uri) => {
                let is_full = self.requests.len() >= self.policy.uris;
                if is_full && !self.requests.contains_key(&uri) {
                    self.left_out = self.left_out.saturating_add(1);
                    return;
                }
                let points = self.requests.entry(uri).or_default();
                if points.len() < MOST_POINTS {
                    points.push(source);
                }
            }
            Err(refusal) => {
                let text: String = text.chars().take(LONGEST_REFUSED).collect();
                if self.refused.len() < self.policy.uris && self.refused_texts.insert(text.clone())
                {
                    let of = source.of;
                    self.refused.push(RefusedUri { text, refusal, of });
                }
            }
        }
    }
}

/// How many distribution points are kept of one URI: a CA writes the same one into every certificate.
const MOST_POINTS: usize = 16;
const LONGEST_REFUSED: usize = 256;
