use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Which relationship: a local identity and one partner over one protocol, for one tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(
    clippy::exhaustive_structs,
    reason = "the identity of the aggregate: these four, always"
)]
pub struct RelationshipId {
    /// The tenant of the host; empty where there is only one.
    pub tenant: String,
    /// Our identity as the partner knows it, such as our AS2 name.
    pub local: String,
    /// The partner's identity.
    pub partner: String,
    /// The protocol, in lower case: `as2`.
    pub protocol: String,
}

impl RelationshipId {
    /// The relationship between `local` and `partner` over `protocol`, without tenant.
    #[must_use]
    pub fn new(local: &str, partner: &str, protocol: &str) -> Self {
        Self {
            tenant: String::new(),
            local: local.to_owned(),
            partner: partner.to_owned(),
            protocol: protocol.to_owned(),
        }
    }

    /// The same relationship of this tenant.
    #[must_use]
    pub fn with_tenant(self, tenant: &str) -> Self {
        Self {
            tenant: tenant.to_owned(),
            ..self
        }
    }
}

/// A SHA-256 digest: what a certificate, or a document that is kept, is known by here.
///
/// It serialises as 64 hex digits in lower case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Takes the 32 octets of a SHA-256 digest.
    #[must_use]
    pub const fn new(octets: [u8; 32]) -> Self {
        Self(octets)
    }

    /// The 32 octets.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.to_string()
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = ParseFingerprintError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl FromStr for Fingerprint {
    type Err = ParseFingerprintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits: Option<Vec<u8>> = text
            .chars()
            .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect();
        let octets: Vec<u8> = digits
            .filter(|digits| digits.len() == 64)
            .ok_or(ParseFingerprintError)?
            .chunks_exact(2)
            .filter_map(|pair| Some(pair.first()? << 4 | pair.last()?))
            .collect();
        <[u8; 32]>::try_from(octets)
            .map(Self)
            .map_err(|_| ParseFingerprintError)
    }
}

/// A text is no SHA-256 thumbprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 64 hex digits of a SHA-256 thumbprint")]
#[non_exhaustive]
pub struct ParseFingerprintError;

/// What the schedule knows of a certificate: its facts, not its octets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::exhaustive_structs,
    reason = "plain facts; a new one is a new snapshot version"
)]
pub struct Credential {
    /// SHA-256 thumbprint.
    pub fingerprint: Fingerprint,
    /// First instant of validity.
    pub not_before: Timestamp,
    /// Last instant of validity.
    pub not_after: Timestamp,
    /// Whose it is, for people: the subject.
    pub subject: String,
}

impl Credential {
    /// Whether `now` lies within the validity, both ends included (RFC 5280 §4.1.2.5).
    #[must_use]
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        self.not_before <= now && now <= self.not_after
    }
}

/// Names one exchange, for ever: a CEM `requestId`, for instance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExchangeId(String);

impl ExchangeId {
    /// Takes an id that whoever began the exchange has chosen.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id as text. It may come from the partner: escape it where people read it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ExchangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_reads_back_what_it_shows() {
        let fingerprint = Fingerprint::new([0xa5; 32]);
        assert_eq!(fingerprint.to_string().parse(), Ok(fingerprint));
        assert_eq!("a5".parse::<Fingerprint>(), Err(ParseFingerprintError));
        assert_eq!(
            "g".repeat(64).parse::<Fingerprint>(),
            Err(ParseFingerprintError)
        );
    }
}
