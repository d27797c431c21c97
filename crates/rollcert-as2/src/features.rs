//! What an implementation says that it can do.

use core::fmt;

use rollcert_mime::Headers;

/// The features that a message advertises by `EDIINT-Features`.
///
/// Tokens keep their order and spelling; they are compared in any case and whole, so that `CEMX` is not
/// `CEM`.
///
/// # Specification
///
/// [RFC 6017](https://www.rfc-editor.org/rfc/rfc6017): receivers ignore tokens they do not know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Features(Vec<String>);

impl Features {
    /// The header field.
    pub const HEADER: &'static str = "EDIINT-Features";
    /// The feature of certificate exchange messages (CEM §2.2).
    pub const CEM: &'static str = "CEM";
    /// The most tokens that are kept of one message.
    pub const MAX_TOKENS: usize = 64;

    /// Takes these tokens, letters, digits and hyphens each; anything else is left out, as is what comes after
    /// [`Self::MAX_TOKENS`].
    pub fn from_tokens<T: AsRef<str>>(tokens: impl IntoIterator<Item = T>) -> Self {
        let mut features = Self::default();
        for token in tokens {
            let token = token.as_ref().trim();
            if features.0.len() == Self::MAX_TOKENS {
                break;
            }
            if is_token(token) && !features.contains(token) {
                features.0.push(token.to_owned());
            }
        }
        features
    }

    /// What this crate serves: `CEM`.
    #[must_use]
    pub fn ours() -> Self {
        Self::from_tokens([Self::CEM])
    }

    /// Reads every occurrence of the header; without one there are no features.
    #[must_use]
    pub fn parse(headers: &Headers<'_>) -> Self {
        let values: Vec<_> = headers.all(Self::HEADER).collect();
        Self::from_tokens(values.iter().flat_map(|value| value.split(',')))
    }

    /// Whether this feature is among them, in any case.
    #[must_use]
    pub fn contains(&self, token: &str) -> bool {
        self.0.iter().any(|known| known.eq_ignore_ascii_case(token))
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the tokens as they were spelled.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// Writes the header value.
impl fmt::Display for Features {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_occurrence_counts_and_case_does_not() {
        let headers = Headers::from_pairs([
            ("ediint-features", "multiple-attachments, cem ,x"),
            ("EDIINT-Features", "AS2-Reliability"),
        ]);
        let features = Features::parse(&headers);
        assert!(features.contains("CEM"));
        assert!(features.contains("as2-reliability"));
        assert_eq!(
            features.to_string(),
            "multiple-attachments, cem, x, AS2-Reliability"
        );
    }

    #[test]
    fn tokens_are_compared_whole() {
        let headers = Headers::from_pairs([("EDIINT-Features", "CEMX, C EM, ,\"CEM\"")]);
        let features = Features::parse(&headers);
        assert!(!features.contains("CEM"));
        assert_eq!(features.to_string(), "CEMX");
        assert!(Features::parse(&Headers::from_pairs([("X", "CEM")])).is_empty());
    }

    #[test]
    fn endless_lists_are_cut() {
        let tokens = (0..1_000).map(|number| format!("x{number}"));
        assert_eq!(Features::from_tokens(tokens).iter().count(), 64);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(tokens in proptest::collection::vec("[A-Za-z0-9-]{1,12}", 0..6)) {
            let features = Features::from_tokens(tokens);
            let value = features.to_string();
            let headers = Headers::from_pairs([(Features::HEADER, value)]);
            prop_assert_eq!(Features::parse(&headers), features);
        }
    }
}
