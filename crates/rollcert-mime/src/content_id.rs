//! Content ids.

use core::fmt;

use crate::error::Unencodable;

/// The name of a part, without angle brackets.
///
/// Senders write it with and without brackets, and some without an `@`, so the text is taken as it is: one pair
/// of brackets comes off, blanks around it too. Two ids are equal when their text is, exactly.
///
/// # Specification
///
/// [RFC 2045 §7](https://www.rfc-editor.org/rfc/rfc2045#section-7), and CEM §2.3 for what links to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentId(String);

impl ContentId {
    /// Takes an id, bracketed or bare.
    ///
    /// # Errors
    ///
    /// [`Unencodable::ContentId`] when nothing is left, or the text has a control character.
    pub fn new(text: &str) -> Result<Self, Unencodable> {
        let trimmed = text.trim();
        let bare = trimmed
            .strip_prefix('<')
            .and_then(|inner| inner.strip_suffix('>'))
            .map_or(trimmed, str::trim);
        if bare.is_empty() || bare.contains(char::is_control) {
            return Err(Unencodable::ContentId);
        }
        Ok(Self(bare.to_owned()))
    }

    /// Returns the bare text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the field value, `<text>`.
    #[must_use]
    pub fn header_value(&self) -> String {
        format!("<{}>", self.0)
    }
}

/// Writes the bare text.
impl fmt::Display for ContentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn brackets_and_blanks_come_off_once() {
        for text in ["a@b", "<a@b>", " <a@b> ", "< a@b >", "\ta@b\n"] {
            assert_eq!(ContentId::new(text).unwrap().as_str(), "a@b");
        }
        assert_eq!(ContentId::new("<<a>>").unwrap().as_str(), "<a>");
        assert_eq!(ContentId::new("<a").unwrap().as_str(), "<a");
        assert_eq!(
            ContentId::new("New Certificate").unwrap().as_str(),
            "New Certificate"
        );
    }

    #[test]
    fn case_matters() {
        assert_ne!(ContentId::new("a@b"), ContentId::new("A@b"));
    }

    #[test]
    fn nothing_and_controls_are_refused() {
        for text in ["", " ", "<>", "< >", "a\r\nX: y", "a\0"] {
            assert_eq!(ContentId::new(text), Err(Unencodable::ContentId));
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(text in "\\PC{1,20}") {
            if let Ok(id) = ContentId::new(&text) {
                prop_assert_eq!(ContentId::new(&id.header_value()), Ok(id));
            }
        }
    }
}
