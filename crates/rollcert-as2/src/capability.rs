//! Whether a partner can exchange certificates by messages.

use core::{fmt, str::FromStr};

use thiserror::Error;

use crate::features::Features;

/// What is known of a partner's ability to exchange certificates by messages (CEM).
///
/// A value to be kept with the partner: learned from every message and receipt by [`Self::observe`], overruled
/// by an operator with [`Self::force`].
///
/// Headers are covered by no signature, so whoever can write to the partner's inbound URL can say that it is
/// capable. All that follows is that an offer is sent to the partner, who then refuses it.
///
/// # Specification
///
/// CEM §2.2: who can do this says so on *every* message. RFC 6017 §2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Capability {
    /// The partner has not said, or has said that it can do other things.
    #[default]
    Unknown,
    /// The partner has said so on a message or receipt.
    Observed,
    /// An operator has said so. What the partner says no longer matters.
    Forced,
}

impl Capability {
    /// Learns from what a message or a receipt of the partner's advertised.
    ///
    /// The feature makes [`Self::Observed`]. Features without it make [`Self::Unknown`]: the partner has changed
    /// its software. No features at all change nothing, for gateways lose headers, and an operator's word stands.
    #[must_use]
    pub fn observe(self, features: &Features) -> Self {
        match self {
            Self::Forced => Self::Forced,
            Self::Unknown | Self::Observed if features.contains(Features::CEM) => Self::Observed,
            Self::Unknown | Self::Observed if features.is_empty() => self,
            Self::Unknown | Self::Observed => Self::Unknown,
        }
    }

    /// Takes an operator's word for it.
    #[must_use]
    pub const fn force(self) -> Self {
        Self::Forced
    }

    /// Takes that word back: nothing is known until the partner says so.
    #[must_use]
    pub const fn unforce(self) -> Self {
        match self {
            Self::Forced => Self::Unknown,
            other => other,
        }
    }

    /// Whether certificate exchange messages may be sent.
    #[must_use]
    pub const fn is_capable(self) -> bool {
        matches!(self, Self::Observed | Self::Forced)
    }

    /// Returns the stable name: `unknown`, `observed`, `forced`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Observed => "observed",
            Self::Forced => "forced",
        }
    }
}

/// Writes the stable name.
impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Capability {
    type Err = UnknownCapability;

    /// Reads the stable name, exactly.
    fn from_str(text: &str) -> Result<Self, UnknownCapability> {
        [Self::Unknown, Self::Observed, Self::Forced]
            .into_iter()
            .find(|capability| capability.as_str() == text)
            .ok_or(UnknownCapability)
    }
}

/// A text that names no [`Capability`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("expected unknown, observed or forced")]
#[non_exhaustive]
pub struct UnknownCapability;

#[cfg(test)]
mod tests {
    use super::*;

    fn features(tokens: &[&str]) -> Features {
        Features::from_tokens(tokens)
    }

    #[test]
    fn capability_is_learned_remembered_and_lost() {
        let unknown = Capability::default();
        assert!(!unknown.is_capable());
        assert_eq!(unknown.observe(&features(&[])), Capability::Unknown);
        let observed = unknown.observe(&features(&["multiple-attachments", "cem"]));
        assert_eq!(observed, Capability::Observed);
        assert!(observed.is_capable());
        assert_eq!(observed.observe(&features(&[])), Capability::Observed);
        assert_eq!(
            observed.observe(&features(&["multiple-attachments"])),
            Capability::Unknown
        );
    }

    #[test]
    fn an_operator_s_word_stands_until_it_is_taken_back() {
        let forced = Capability::Unknown.force();
        assert!(forced.is_capable());
        assert_eq!(forced.observe(&features(&["x"])), Capability::Forced);
        assert_eq!(forced.observe(&features(&["CEM"])), Capability::Forced);
        assert_eq!(forced.unforce(), Capability::Unknown);
        assert_eq!(Capability::Observed.unforce(), Capability::Observed);
    }

    #[test]
    fn names_are_read_back() {
        for capability in [
            Capability::Unknown,
            Capability::Observed,
            Capability::Forced,
        ] {
            assert_eq!(capability.to_string().parse(), Ok(capability));
        }
        assert_eq!("Forced".parse::<Capability>(), Err(UnknownCapability));
    }
}
