use chrono::SecondsFormat;
use rollcert_pki::Oid;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::explain::Advice;
use super::remedy::Remedy;
use super::shown::Shown;
use super::words::Named;
use super::{Basis, CandidatePath, Finding, PathEnd, Report, RevocationStatus, Trusted, Verdict};
use crate::stored::StoredCertificate;

/// A document of these keys:
///
/// | key | value |
/// |---|---|
/// | `trusted` | whether it is |
/// | `reasons` | what speaks against it, the most telling first: `code`, `text`, `certificate` (SHA-256) and `index` (the leaf is 0), or null |
/// | `path` | SHA-256 thumbprints, leaf first: the trusted path, else the one that came furthest |
/// | `policies` | the certificate policies under which that path is valid |
/// | `revocation` | the worst over that path: `good`, `revoked`, `unknown`, `not-checked` |
/// | `warnings` | as `reasons`: what decided nothing |
/// | `subject`, `sha256`, `at`, `purpose` | what was asked |
/// | `basis` | `path` or `trust-list`; null when it is not trusted |
/// | `remedies` | what can be done: `code`, `text`, and as in `reasons` `certificate` and `index`, or null |
/// | `paths` | every path: `end` (`anchor` or `incomplete`), `certificates` (`subject`, `sha256`, `revocation`), `reasons`, `warnings`, `policies` |
///
/// Thumbprints are in lower case hexadecimal, times are RFC 3339 in UTC, names RFC 4514; names and texts are escaped
/// and bounded.
impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let best = self.paths.first();
        let path: Vec<String> = match (&self.verdict, best) {
            (Verdict::Trusted(trusted), _) => thumbprints(trusted.path()),
            (Verdict::Untrusted, Some(path)) => thumbprints(&path.certificates),
            (Verdict::Untrusted, None) => thumbprints(core::slice::from_ref(&self.certificate)),
        };
        let policies = match &self.verdict {
            Verdict::Trusted(trusted) => trusted.policies(),
            Verdict::Untrusted => best.map(|path| &*path.policies).unwrap_or_default(),
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("trusted", &self.trusted().is_some())?;
        map.serialize_entry("reasons", &self.reasons().collect::<Vec<&Finding>>())?;
        map.serialize_entry("path", &path)?;
        map.serialize_entry("policies", &dotted(policies))?;
        map.serialize_entry("revocation", self.revocation())?;
        map.serialize_entry("warnings", &self.warnings)?;
        map.serialize_entry("subject", &subject(&self.certificate))?;
        map.serialize_entry("sha256", &self.certificate.sha256().to_string())?;
        let at = self.now.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        map.serialize_entry("at", &at)?;
        map.serialize_entry("purpose", &self.purpose.map(|purpose| purpose.code()))?;
        map.serialize_entry(
            "basis",
            &self.trusted().map(|trusted| trusted.basis().code()),
        )?;
        map.serialize_entry("remedies", &self.advice())?;
        map.serialize_entry("paths", &self.paths)?;
        map.end()
    }
}

impl Report {
    /// The worst that is known of revocation over the path that counts: `revoked`, `unknown`, `good`, or `not-checked` where
    /// nothing was asked.
    #[must_use]
    pub fn revocation(&self) -> &'static str {
        let statuses = self.paths.first().map(|path| path.revocation.as_slice());
        let counting = match self.trusted().map(Trusted::basis) {
            // It needs nobody above it.
            Some(Basis::TrustList) => 1,
            Some(Basis::Path) | None => usize::MAX,
        };
        let worst = statuses
            .unwrap_or_default()
            .iter()
            .take(counting)
            .max_by_key(|status| match status {
                RevocationStatus::NotChecked => 0,
                RevocationStatus::Good { .. } => 1,
                RevocationStatus::Unknown { .. } => 2,
                RevocationStatus::Revoked { .. } => 3,
            });
        worst.map_or("not-checked", RevocationStatus::code)
    }
}

impl RevocationStatus {
    /// A stable word: `good`, `revoked`, `unknown`, `not-checked`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Good { .. } => "good",
            Self::Revoked { .. } => "revoked",
            Self::Unknown { .. } => "unknown",
            Self::NotChecked => "not-checked",
        }
    }
}

impl Basis {
    /// A stable word: `path`, `trust-list`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::TrustList => "trust-list",
        }
    }
}

/// `code`, `text`, and `certificate` and `index` where it is about one.
impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let place = self.place.as_ref();
        let sha256 = place.map(|place| place.certificate.sha256().to_string());
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("code", self.reason.code())?;
        map.serialize_entry("text", &self.reason.to_string())?;
        map.serialize_entry("certificate", &sha256)?;
        map.serialize_entry("index", &place.map(|place| place.index))?;
        map.end()
    }
}

/// `code` and `text`.
impl Serialize for Remedy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("code", self.code())?;
        map.serialize_entry("text", &self.to_string())?;
        map.end()
    }
}

/// As [`Remedy`], and `certificate` and `index` where it is about one.
impl Serialize for Advice<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let sha256 = self.place.map(|place| place.certificate.sha256());
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("code", self.remedy.code())?;
        map.serialize_entry("text", &self.remedy.to_string())?;
        map.serialize_entry("certificate", &sha256.map(ToString::to_string))?;
        map.serialize_entry("index", &self.place.map(|place| place.index))?;
        map.end()
    }
}

/// `end`, `certificates`, `reasons`, `warnings`, `policies`.
impl Serialize for CandidatePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let end = match self.end {
            PathEnd::Anchor => "anchor",
            PathEnd::Incomplete => "incomplete",
        };
        let certificates: Vec<PathCertificate<'_>> = self
            .certificates
            .iter()
            .enumerate()
            .map(|(index, certificate)| PathCertificate {
                certificate,
                revocation: self.revocation.get(index),
            })
            .collect();
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry("end", end)?;
        map.serialize_entry("certificates", &certificates)?;
        map.serialize_entry("reasons", &self.findings)?;
        map.serialize_entry("warnings", &self.warnings)?;
        map.serialize_entry("policies", &dotted(&self.policies))?;
        map.end()
    }
}

struct PathCertificate<'a> {
    certificate: &'a StoredCertificate,
    revocation: Option<&'a RevocationStatus>,
}

impl Serialize for PathCertificate<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let revocation = self
            .revocation
            .map_or("not-checked", RevocationStatus::code);
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("subject", &subject(self.certificate))?;
        map.serialize_entry("sha256", &self.certificate.sha256().to_string())?;
        map.serialize_entry("revocation", revocation)?;
        map.end()
    }
}

fn thumbprints(path: &[StoredCertificate]) -> Vec<String> {
    let sha256 = path.iter().map(StoredCertificate::sha256);
    sha256.map(ToString::to_string).collect()
}

fn dotted(policies: &[Oid]) -> Vec<String> {
    policies.iter().map(ToString::to_string).collect()
}

fn subject(certificate: &StoredCertificate) -> String {
    Shown(Named(certificate.certificate().subject())).to_string()
}
