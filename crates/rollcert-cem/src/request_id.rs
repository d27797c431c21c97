//! The name of a request, by which answers refer to it.

use core::fmt;

use rand_core::CryptoRng;

use crate::xml;

/// The `requestId` of a request and of every answer to it: 1 to 255 characters, compared exactly.
///
/// Two requests must never share one, so [`Self::draw`] takes 128 random bits. A partner's id is kept as it is;
/// it is text from outside, fit for comparing, not for file names or logs as it stands.
///
/// # Specification
///
/// CEM §2.5 and appendix A.1.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(String);

impl RequestId {
    /// The longest id, in characters.
    pub const MAX_CHARACTERS: usize = 255;

    /// Takes an id.
    ///
    /// # Errors
    ///
    /// [`InvalidRequestId::Length`] when it has no character or more than [`Self::MAX_CHARACTERS`];
    /// [`InvalidRequestId::Character`] for one that XML cannot carry.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidRequestId> {
        let text = text.into();
        let characters = text.chars().count();
        if characters == 0 || characters > Self::MAX_CHARACTERS {
            return Err(InvalidRequestId::Length { characters });
        }
        if !xml::is_xml_text(&text) {
            return Err(InvalidRequestId::Character);
        }
        Ok(Self(text))
    }

    /// Draws a new id: 32 hexadecimal digits.
    #[must_use]
    pub fn draw(rng: &mut dyn CryptoRng) -> Self {
        Self(random_hex(rng))
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether every partner can be expected to bring it back unchanged: at most 64 letters, digits, full
    /// stops, hyphens and underscores of ASCII. Our own requests carry no other.
    #[must_use]
    pub fn is_portable(&self) -> bool {
        self.0.len() <= 64
            && self
                .0
                .bytes()
                .all(|octet| octet.is_ascii_alphanumeric() || b"._-".contains(&octet))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text cannot name a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRequestId {
    /// Too short or too long.
    #[error(
        "expected a request id of 1 to {} characters but found {characters}",
        RequestId::MAX_CHARACTERS
    )]
    Length {
        /// How many characters there were.
        characters: usize,
    },
    /// A character that XML cannot carry.
    #[error("a character in the request id that XML cannot carry")]
    Character,
}

impl InvalidRequestId {
    /// A stable name for this fault.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Length { .. } => "request-id-length",
            Self::Character => "request-id-character",
        }
    }
}

/// 128 random bits as 32 hexadecimal digits: texts of one length, none of which contains another.
pub(crate) fn random_hex(rng: &mut dyn CryptoRng) -> String {
    let mut octets = [0; 16];
    rng.fill_bytes(&mut octets);
    octets
        .into_iter()
        .flat_map(|octet| [octet >> 4, octet & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v6_length_counts_characters_not_octets() {
        assert!(RequestId::new("x").is_ok());
        assert!(RequestId::new("\u{1F511}".repeat(255)).is_ok());
        assert_eq!(
            RequestId::new("x".repeat(256)),
            Err(InvalidRequestId::Length { characters: 256 })
        );
        assert_eq!(
            RequestId::new(""),
            Err(InvalidRequestId::Length { characters: 0 })
        );
        assert_eq!(RequestId::new("a\0"), Err(InvalidRequestId::Character));
    }

    #[test]
    fn only_plain_short_ids_are_portable() {
        let portable = |text: &str| RequestId::new(text).unwrap().is_portable();
        assert!(portable("202611212005-1795287950376"));
        assert!(!portable("a b"));
        assert!(!portable("\u{e4}"));
        assert!(!portable(&"x".repeat(65)));
    }
}
