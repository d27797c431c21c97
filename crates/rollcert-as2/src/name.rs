//! The names by which AS2 systems know each other.

use core::fmt;

use thiserror::Error;

/// The name of an AS2 system, as in `AS2-From` and `AS2-To`: 1 to 128 printable ASCII characters.
///
/// Held without quotes and escapes. Equality is exact: case and blanks matter.
///
/// # Specification
///
/// [RFC 4130 §6.2](https://www.rfc-editor.org/rfc/rfc4130#section-6.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct As2Name(String);

impl As2Name {
    /// The longest name, in characters.
    pub const MAX_LEN: usize = 128;

    /// Takes a name as it is, without quotes or escapes.
    ///
    /// # Errors
    ///
    /// [`As2NameError::Empty`], [`As2NameError::TooLong`], [`As2NameError::Character`].
    pub fn new(text: &str) -> Result<Self, As2NameError> {
        if text.is_empty() {
            return Err(As2NameError::Empty);
        }
        if let Some(offset) = text.bytes().position(|octet| !matches!(octet, b' '..=b'~')) {
            return Err(As2NameError::Character { offset });
        }
        if text.len() > Self::MAX_LEN {
            return Err(As2NameError::TooLong {
                len: text.len(),
                max: Self::MAX_LEN,
            });
        }
        Ok(Self(text.to_owned()))
    }

    /// Reads a header value: quoted, with `\"` and `\\` as its only escapes, or bare.
    ///
    /// Blanks inside a bare name are accepted, although the RFC wants it quoted then. A bare quote or
    /// backslash is not: readers disagree on what it means.
    ///
    /// # Errors
    ///
    /// Those of [`Self::new`], and [`As2NameError::Quoting`].
    pub fn parse(value: &str) -> Result<Self, As2NameError> {
        let value = value.trim_matches([' ', '\t']);
        let Some(quoted) = value.strip_prefix('"') else {
            return match value.find(['"', '\\']) {
                Some(offset) => Err(As2NameError::Quoting { offset }),
                None => Self::new(value),
            };
        };
        let mut name = String::with_capacity(quoted.len());
        let mut characters = quoted.char_indices();
        let mut end = None;
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    end = Some(at);
                    break;
                }
                '\\' => match characters.next() {
                    Some((_, escaped @ ('"' | '\\'))) => name.push(escaped),
                    _ => return Err(As2NameError::Quoting { offset: at + 1 }),
                },
                other => name.push(other),
            }
        }
        match end {
            Some(at) if at + 1 == quoted.len() => Self::new(&name),
            Some(at) => Err(As2NameError::Quoting { offset: at + 2 }),
            None => Err(As2NameError::Quoting {
                offset: value.len(),
            }),
        }
    }

    /// Returns the name without quotes and escapes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Writes the header value, quoted only when a blank, a quote or a backslash calls for it.
    #[must_use]
    pub fn to_header(&self) -> String {
        if self.0.contains([' ', '"', '\\']) {
            let escaped = self.0.replace('\\', "\\\\").replace('"', "\\\"");
            format!("\"{escaped}\"")
        } else {
            self.0.clone()
        }
    }
}

/// Writes the name without quotes and escapes.
impl fmt::Display for As2Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is no AS2 name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum As2NameError {
    /// Nothing is there.
    #[error("as2 name is empty")]
    Empty,
    /// It is longer than [`As2Name::MAX_LEN`].
    #[error("expected an as2 name of at most {max} characters but found {len}")]
    TooLong {
        /// How long it is, in characters.
        len: usize,
        /// The limit.
        max: usize,
    },
    /// A character other than printable ASCII.
    #[error("expected printable ascii at octet {offset} of the as2 name")]
    Character {
        /// Where, in octets of the unquoted name.
        offset: usize,
    },
    /// A quote that does not end, an unknown escape, a bare quote or backslash, or text after the
    /// closing quote.
    #[error("quoting of the as2 name broken at octet {offset}")]
    Quoting {
        /// Where, in octets of the header value.
        offset: usize,
    },
}

impl As2NameError {
    /// Returns the stable name of this error.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "as2-name-empty",
            Self::TooLong { .. } => "as2-name-too-long",
            Self::Character { .. } => "as2-name-character",
            Self::Quoting { .. } => "as2-name-quoting",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quoted_and_bare_names_are_read() {
        for (header, name) in [
            ("ALICE", "ALICE"),
            (" ALICE\t", "ALICE"),
            ("\"ALICE\"", "ALICE"),
            ("\"BOB AS2\"", "BOB AS2"),
            ("BOB AS2", "BOB AS2"),
            (r#""a\"b\\c""#, r#"a"b\c"#),
            ("\" x \"", " x "),
        ] {
            assert_eq!(As2Name::parse(header), As2Name::new(name), "{header}");
        }
    }

    #[test]
    fn quotes_come_only_when_needed() {
        let header = |name| As2Name::new(name).unwrap().to_header();
        assert_eq!(header("ALICE"), "ALICE");
        assert_eq!(header("BOB AS2"), "\"BOB AS2\"");
        assert_eq!(header(r#"a"b\c"#), r#""a\"b\\c""#);
    }

    #[test]
    fn case_matters() {
        assert_ne!(As2Name::new("Alice"), As2Name::new("ALICE"));
    }

    #[test]
    fn what_is_no_name_says_why() {
        use As2NameError as Error;

        for (header, error) in [
            ("", Error::Empty),
            ("\"\"", Error::Empty),
            ("a\"b", Error::Quoting { offset: 1 }),
            ("a\\b", Error::Quoting { offset: 1 }),
            ("\"ab", Error::Quoting { offset: 3 }),
            (r#""a\b""#, Error::Quoting { offset: 2 }),
            ("\"a\" b", Error::Quoting { offset: 3 }),
            ("a\r\nX: y", Error::Character { offset: 1 }),
            ("é", Error::Character { offset: 0 }),
        ] {
            assert_eq!(As2Name::parse(header), Err(error), "{header}");
        }
        assert!(As2Name::new(&"x".repeat(128)).is_ok());
        assert_eq!(
            As2Name::new(&"x".repeat(129)),
            Err(Error::TooLong { len: 129, max: 128 })
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(text in "[ -~]{1,128}") {
            let name = As2Name::new(&text).unwrap();
            prop_assert_eq!(As2Name::parse(&name.to_header()), Ok(name));
        }

        /// RFC 4130 §6.2: `AS2-quoted-name`, in which a quote and a backslash stand after a backslash only, or
        /// `AS2-name`, without blanks, quotes and backslashes.
        #[test]
        fn what_is_written_follows_the_grammar(text in "[ -~]{1,40}") {
            let header = As2Name::new(&text).unwrap().to_header();
            let quoted = header.strip_prefix('"').and_then(|inner| inner.strip_suffix('"'));
            match quoted {
                Some(quoted) => {
                    let mut characters = quoted.chars();
                    while let Some(character) = characters.next() {
                        prop_assert_ne!(character, '"');
                        if character == '\\' {
                            prop_assert!(matches!(characters.next(), Some('"' | '\\')));
                        }
                    }
                }
                None => prop_assert!(!header.contains([' ', '"', '\\'])),
            }
        }

        #[test]
        fn no_header_value_panics(text in "\\PC{0,40}") {
            let _ = As2Name::parse(&text);
        }
    }
}
