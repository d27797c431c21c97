use serde::{Deserialize, Serialize};

/// Whether the partner can exchange certificates in messages of the protocol itself.
///
/// It is learned from what the partner advertises, remembered with the relationship, and may be forced by an
/// operator who knows better.
///
/// ```text
///             advertises it                   forced
///   Unknown ───────────────▶ Observed ───────────────────▶ Forced
///      ▲  ◀───────────────      │    (from Unknown as well)   │
///      │    advertises others   │                             │ released
///      └──────────────────────────────────────────────────────┘
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(
    clippy::exhaustive_enums,
    reason = "known from the partner, known from an operator, or not known"
)]
pub enum Capability {
    /// Nothing says so: certificates go another way.
    #[default]
    Unknown,
    /// The partner's latest word on it, in a message that was taken or a receipt that was verified.
    Observed,
    /// An operator says so, whatever the partner advertises.
    Forced,
}

impl Capability {
    /// Whether certificates may be offered in messages of the protocol.
    #[must_use]
    pub const fn is_capable(self) -> bool {
        matches!(self, Self::Observed | Self::Forced)
    }

    /// The capability in a word, for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Observed => "observed",
            Self::Forced => "forced",
        }
    }
}

/// What the partner advertises of itself in a message. One that advertises nothing at all says neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a list names it or does not")]
pub enum Advertised {
    /// It names the exchange of certificates among what it can do.
    Capable,
    /// It names what it can do, and that is not among it.
    NotCapable,
}
