//! Message ids.

use core::fmt;

use rand_core::CryptoRng;
use thiserror::Error;

/// The id of a message: printable ASCII, held without its angle brackets, written with them.
///
/// One pair of brackets comes off on the way in, and nothing else is asked of the text, for products write
/// ids with blanks and without an `@`; what came is what the answer must quote. Equality is exact.
///
/// # Specification
///
/// [RFC 4130 §5.3.3](https://www.rfc-editor.org/rfc/rfc4130#section-5.3.3).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(String);

impl MessageId {
    /// The header field.
    pub const HEADER: &'static str = "Message-ID";

    /// The longest id, in characters, brackets not counted.
    pub const MAX_LEN: usize = 996;

    /// Takes an id, bracketed or bare; blanks around it come off.
    ///
    /// # Errors
    ///
    /// [`MessageIdError`]: empty, too long, or with a character other than printable ASCII (a line end would start
    /// another header field) or an angle bracket inside.
    pub fn parse(text: &str) -> Result<Self, MessageIdError> {
        let trimmed = text.trim_matches([' ', '\t']);
        let bare = trimmed
            .strip_prefix('<')
            .and_then(|inner| inner.strip_suffix('>'))
            .unwrap_or(trimmed);
        if bare.trim().is_empty() {
            return Err(MessageIdError::Empty);
        }
        if bare.len() > Self::MAX_LEN {
            return Err(MessageIdError::TooLong {
                len: bare.len(),
                max: Self::MAX_LEN,
            });
        }
        match bare
            .bytes()
            .position(|octet| !matches!(octet, b' '..=b'~') || matches!(octet, b'<' | b'>'))
        {
            Some(offset) => Err(MessageIdError::Character { offset }),
            None => Ok(Self(bare.to_owned())),
        }
    }

    /// Draws an id, `hex@domain`, of 128 random bits.
    ///
    /// # Errors
    ///
    /// Those of [`Self::parse`], when `domain` does not fit.
    pub fn random(domain: &str, rng: &mut dyn CryptoRng) -> Result<Self, MessageIdError> {
        let mut random = [0; 16];
        rng.fill_bytes(&mut random);
        Self::parse(&format!("{:032x}@{domain}", u128::from_be_bytes(random)))
    }

    /// Returns the id without its brackets.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Writes the header value, `<id>`.
impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.0)
    }
}

/// Why a text is no message id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MessageIdError {
    /// Nothing is there.
    #[error("message id is empty")]
    Empty,
    /// It is longer than [`MessageId::MAX_LEN`].
    #[error("expected a message id of at most {max} characters but found {len}")]
    TooLong {
        /// How long it is, in characters.
        len: usize,
        /// The limit.
        max: usize,
    },
    /// A character other than printable ASCII, or an angle bracket.
    #[error("expected printable ascii at octet {offset} of the message id")]
    Character {
        /// Where, in octets of the id without brackets.
        offset: usize,
    },
}

impl MessageIdError {
    /// Returns the stable name of this error.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "message-id-empty",
            Self::TooLong { .. } => "message-id-too-long",
            Self::Character { .. } => "message-id-character",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn brackets_come_off_and_go_on() {
        for text in ["<a@b>", " <a@b> ", "a@b"] {
            assert_eq!(MessageId::parse(text).unwrap().to_string(), "<a@b>");
        }
        let mendelson = "<mendelson_opensource_AS2-COMMUN-1-9@BOB AS2_ALICE>";
        assert_eq!(MessageId::parse(mendelson).unwrap().to_string(), mendelson);
    }

    #[test]
    fn injection_is_refused() {
        for (text, error) in [
            ("", MessageIdError::Empty),
            ("< >", MessageIdError::Empty),
            ("<a\r\nX: y>", MessageIdError::Character { offset: 1 }),
            ("<a\0>", MessageIdError::Character { offset: 1 }),
            ("<a><b>", MessageIdError::Character { offset: 1 }),
            ("<ä>", MessageIdError::Character { offset: 0 }),
        ] {
            assert_eq!(MessageId::parse(text), Err(error), "{text}");
        }
        assert_eq!(
            MessageId::parse(&"x".repeat(997)),
            Err(MessageIdError::TooLong { len: 997, max: 996 })
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(text in "[ -~]{1,80}") {
            if let Ok(id) = MessageId::parse(&text) {
                prop_assert_eq!(MessageId::parse(&id.to_string()), Ok(id));
            }
        }
    }
}
