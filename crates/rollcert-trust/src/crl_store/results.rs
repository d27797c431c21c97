use core::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rollcert_pki::{Crl, CrlError, CrlIndex, ImportError, Limits, open};

use super::answer::CrlAnswer;
use super::plan::FetchRequest;
use super::updater::{CrlOrigin, CrlUpdater};
use super::uri::FetchUri;
use crate::stores::{Snapshot, StoredCrl};

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "something came or nothing did")]
pub enum Fetched {
    /// What the host was answered: one value by HTTP, one or several by LDAP, each in DER or PEM.
    Values(Vec<Vec<u8>>),
    /// Why nothing came, for people.
    Failed(String),
}

/// What became of a request: one line of the log of a scan.
///
/// `Display` is that line, without line ends and of bounded length, whatever the other side has sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FetchRecord {
    /// Where the CRL was asked for.
    pub uri: FetchUri,
    /// When the answer was taken in.
    pub at: DateTime<Utc>,
    /// What became of it.
    pub result: FetchResult,
}

/// What became of a request.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "something came or nothing did")]
pub enum FetchResult {
    /// Nothing came.
    Failed {
        /// Why, for people; cut off after 256 characters.
        text: String,
    },
    /// Something came, in this order.
    Answered {
        /// What became of each CRL, and of what is none.
        values: Vec<FetchedValue>,
    },
}

/// What became of one thing that came.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum FetchedValue {
    /// A CRL.
    Crl(Box<CrlAnswer>),
    /// Something that is no CRL, or cannot be read.
    NotACrl {
        /// Why.
        error: ImportError,
    },
    /// More octets than [`FetchLimits::octets`](crate::FetchLimits::octets).
    TooLarge {
        /// How many there are.
        found: usize,
    },
    /// Those beyond [`FetchLimits::values`](crate::FetchLimits::values) are not looked at.
    TooMany {
        /// How many there are.
        found: usize,
    },
}

impl CrlUpdater<'_> {
    /// Takes in what came of a request. What goes wrong with one request, or one value of several, spoils no other.
    pub fn take(
        &self,
        snapshot: &mut Snapshot,
        request: &FetchRequest,
        fetched: Fetched,
        now: DateTime<Utc>,
    ) -> FetchRecord {
        let failed = |text: &str| FetchResult::Failed {
            text: text.chars().take(LONGEST_TEXT).collect(),
        };
        let result = match fetched {
            Fetched::Failed(text) => failed(&text),
            Fetched::Values(values) if values.is_empty() => failed("an answer without a value"),
            Fetched::Values(values) => FetchResult::Answered {
                values: self.take_values(snapshot, values, now),
            },
        };
        FetchRecord {
            uri: request.uri.clone(),
            at: now,
            result,
        }
    }

    fn take_values(
        &self,
        snapshot: &mut Snapshot,
        values: Vec<Vec<u8>>,
        now: DateTime<Utc>,
    ) -> Vec<FetchedValue> {
        let limits = self.fetching.limits;
        let found = values.len();
        let mut results = Vec::new();
        let mut left = limits.values;
        for value in values.into_iter().take(limits.values) {
            if value.len() > limits.octets {
                let found = value.len();
                results.push(FetchedValue::TooLarge { found });
                continue;
            }
            match self.read(value) {
                Err(error) => results.push(FetchedValue::NotACrl { error }),
                Ok(indices) => {
                    let found = indices.len();
                    for index in indices.into_iter().take(left) {
                        let crl = StoredCrl::new(index, self.provider());
                        let answer = self.offer(snapshot, crl, CrlOrigin::Downloaded, now);
                        results.push(FetchedValue::Crl(Box::new(answer)));
                    }
                    if found > left {
                        results.push(FetchedValue::TooMany { found });
                    }
                    left = left.saturating_sub(found);
                }
            }
        }
        if found > limits.values {
            results.push(FetchedValue::TooMany { found });
        }
        results
    }

    /// The CRLs in one value: one in DER as a rule, else whatever a file may hold.
    fn read(&self, octets: Vec<u8>) -> Result<Vec<CrlIndex>, ImportError> {
        let limits = Limits::default()
            .with_octets(self.fetching.limits.octets)
            .with_crl_octets(self.fetching.limits.octets);
        let octets: Arc<[u8]> = octets.into();
        if octets.first() == Some(&SEQUENCE)
            && let Ok(index) = CrlIndex::build(Arc::clone(&octets), &limits)
        {
            return Ok(vec![index]);
        }
        let bundle = open(&octets, None, self.provider(), &limits)?;
        let crls: Vec<&Crl> = bundle.crls().collect();
        if crls.is_empty() {
            return Err(ImportError::UnknownFormat);
        }
        crls.into_iter()
            .map(|crl| {
                CrlIndex::of(crl.clone(), &limits)
                    .map_err(|error: CrlError| ImportError::Crl(error))
            })
            .collect()
    }
}

impl FetchResult {
    /// A stable word: `failed`, `answered`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Failed { .. } => "failed",
            Self::Answered { .. } => "answered",
        }
    }
}

impl FetchedValue {
    /// A stable word; of a CRL that of its [outcome](crate::CrlOutcome::code).
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Crl(answer) => answer.outcome.code(),
            Self::NotACrl { .. } => "not-a-crl",
            Self::TooLarge { .. } => "too-large",
            Self::TooMany { .. } => "too-many",
        }
    }
}

impl fmt::Display for FetchRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.uri)?;
        match &self.result {
            FetchResult::Failed { text } => {
                write!(f, "failed: ")?;
                // What a server says may hold anything.
                for character in text.chars().take(LONGEST_TEXT) {
                    write!(f, "{}", character.escape_debug())?;
                }
                Ok(())
            }
            FetchResult::Answered { values } => {
                for (index, value) in values.iter().enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    write!(f, "{separator}{}", value.code())?;
                }
                Ok(())
            }
        }
    }
}

/// How much is kept of what a host says went wrong.
const LONGEST_TEXT: usize = 256;
/// The tag with which every CRL in DER begins.
const SEQUENCE: u8 = rollcert_pki::asn1::tag::SEQUENCE;
