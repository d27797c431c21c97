//! Why a message was not taken.

use core::fmt;

use rollcert_pki::CertificateError;
use rollcert_pki::asn1::DecodeError;

use crate::facts::Facts;
use crate::finding::{Violation, Warning};
use crate::quoted::Quoted;
use crate::xml::XmlError;

/// Why octets could not be read as a message at all.
#[derive(Clone, Debug)]
pub struct Malformed {
    kind: MalformedKind,
    facts: Option<Box<Facts>>,
}

impl Malformed {
    /// What was wrong.
    #[must_use]
    pub const fn kind(&self) -> &MalformedKind {
        &self.kind
    }

    /// What could be read before the fault.
    #[must_use]
    pub fn facts(&self) -> Option<&Facts> {
        self.facts.as_deref()
    }

    /// A stable name for this kind of fault.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }

    pub(crate) fn with_facts(mut self, facts: &Facts) -> Self {
        self.facts = Some(Box::new(facts.clone()));
        self
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl core::error::Error for Malformed {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.kind.source()
    }
}

impl<K: Into<MalformedKind>> From<K> for Malformed {
    fn from(kind: K) -> Self {
        Self {
            kind: kind.into(),
            facts: None,
        }
    }
}

/// What can be wrong with octets that ought to be a message.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MalformedKind {
    /// The MIME structure. The offset counts from the start of the entity or of the part that it is in.
    #[error(transparent)]
    Mime(#[from] rollcert_mime::DecodeError),
    /// There is no part with the media type of the protocol.
    #[error("no part of the type application/ediint-cert-exchange+xml")]
    NotCem,
    /// The XML.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// The XML is something else than a request or a response.
    #[error("expected a request or a response but found {}", Quoted(.found))]
    Root {
        /// The local name of the root element.
        found: String,
    },
    /// A bundle is no CMS structure of certificates. The offset counts from the start of the bundle.
    #[error("bundle {} cannot be read: {error}", quoted_id(.content_id))]
    Bundle {
        /// The bundle's id, if it has one.
        content_id: Option<String>,
        /// What was wrong.
        #[source]
        error: DecodeError,
    },
    /// A bundle holds something that is no certificate.
    #[error("certificate {index} of bundle {} cannot be read: {error}", quoted_id(.content_id))]
    Certificate {
        /// The bundle's id, if it has one.
        content_id: Option<String>,
        /// Which certificate, counted from 0 in order of appearance.
        index: usize,
        /// What was wrong.
        #[source]
        error: CertificateError,
    },
    /// A limit of the caller's was reached.
    #[error("more than {limit} {what}")]
    Limit {
        /// What was counted.
        what: &'static str,
        /// How many were allowed.
        limit: usize,
    },
}

impl MalformedKind {
    /// A stable name for this kind of fault.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Mime(error) => error.code(),
            Self::NotCem => "not-cem",
            Self::Xml(error) => error.code(),
            Self::Root { .. } => "unknown-root",
            Self::Bundle { .. } => "malformed-bundle",
            Self::Certificate { .. } => "malformed-certificate",
            Self::Limit { .. } => "limit-exceeded",
        }
    }
}

/// The id of a part, empty where it has none.
fn quoted_id(content_id: &Option<String>) -> Quoted<'_> {
    Quoted(content_id.as_deref().unwrap_or_default())
}

/// A well-formed message that breaks the rules: which ones, and what it says all the same.
#[derive(Clone, Debug)]
pub struct RulesBroken {
    violations: Vec<Violation>,
    warnings: Vec<Warning>,
    facts: Box<Facts>,
}

impl RulesBroken {
    pub(crate) fn new(violations: Vec<Violation>, warnings: Vec<Warning>, facts: Facts) -> Self {
        Self {
            violations,
            warnings,
            facts: Box::new(facts),
        }
    }

    /// Every rule broken, in the order in which they were found; at least one.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// What else is worth knowing.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// What the message says.
    #[must_use]
    pub const fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The stable name of the first rule broken.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.violations
            .first()
            .map_or("rules-broken", Violation::code)
    }
}

/// The first rule broken, and how many more there are.
impl fmt::Display for RulesBroken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.violations.as_slice() {
            [] => f.write_str("the rules of the protocol are broken"),
            [first] => first.fmt(f),
            [first, rest @ ..] => write!(f, "{first} (and {} more)", rest.len()),
        }
    }
}

impl core::error::Error for RulesBroken {}

/// Why [`Message::parse`](crate::Message::parse) returned none.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// It could not be read.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// It could be read, and breaks the rules.
    #[error(transparent)]
    RulesBroken(#[from] RulesBroken),
}

impl ParseError {
    /// A stable name for this kind of fault.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(error) => error.code(),
            Self::RulesBroken(error) => error.code(),
        }
    }

    /// What could be read.
    #[must_use]
    pub fn facts(&self) -> Option<&Facts> {
        match self {
            Self::Malformed(error) => error.facts(),
            Self::RulesBroken(error) => Some(error.facts()),
        }
    }
}
