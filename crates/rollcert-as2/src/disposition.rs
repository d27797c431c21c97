//! What became of a message, in the words of an MDN.

use core::{fmt, str::FromStr};

use thiserror::Error;

/// What the receiver says became of a message.
///
/// # Specification
///
/// [RFC 4130 §7.4.3 and §7.5](https://www.rfc-editor.org/rfc/rfc4130#section-7.5): `processed` is the only good news;
/// a warning says that it was processed all the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Disposition {
    /// The message was understood and handed on.
    Processed,
    /// It was handed on, but something was odd: `processed/warning`.
    Warning(WarningReason),
    /// It was received and could not be used: `processed/error`.
    Error(Modifier),
    /// It could not be processed at all: `failed/Failure`.
    Failure(FailureReason),
}

impl Disposition {
    /// Whether the receiver has handed the message on.
    #[must_use]
    pub const fn is_processed(&self) -> bool {
        matches!(self, Self::Processed | Self::Warning(_))
    }

    /// Says where to look when the answer is not plain `processed`.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Processed => None,
            Self::Warning(reason) => Some(reason.hint()),
            Self::Error(modifier) => Some(modifier.hint()),
            Self::Failure(reason) => Some(reason.hint()),
        }
    }
}

/// Writes the whole value of the `Disposition` field.
impl fmt::Display for Disposition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("automatic-action/MDN-sent-automatically; ")?;
        match self {
            Self::Processed => f.write_str("processed"),
            Self::Warning(reason) => write!(f, "processed/warning: {reason}"),
            Self::Error(modifier) => write!(f, "processed/error: {modifier}"),
            Self::Failure(reason) => write!(f, "failed/Failure: {reason}"),
        }
    }
}

impl FromStr for Disposition {
    type Err = DispositionError;

    /// Reads the value of the `Disposition` field, in any case and with any blanks.
    ///
    /// The action mode before the semicolon is passed over. A modifier that is none of `error`, `failure` and
    /// `warning` reads as an error: what is not known to be good is not good.
    fn from_str(text: &str) -> Result<Self, DispositionError> {
        let described = match text.split_once(';') {
            // A text that begins without an action mode may have a semicolon in its reason.
            Some((mode, described)) if !begins_with_type(mode) => described,
            _ => text,
        };
        let (kind, reason) = described.split_once(':').unwrap_or((described, ""));
        let (kind, extension) = kind.split_once('/').unwrap_or((kind, ""));
        let kind = normal(kind).to_ascii_lowercase();
        let extension = normal(extension).to_ascii_lowercase();
        let reason = normal(reason);
        match kind.as_str() {
            "failed" => Ok(Self::Failure(FailureReason::named(&reason))),
            "processed" => Ok(if extension.is_empty() && reason.is_empty() {
                Self::Processed
            } else if extension.contains("failure") {
                Self::Failure(FailureReason::named(&reason))
            } else if extension.contains("error") {
                Self::Error(Modifier::named(&reason))
            } else if extension == "warning" {
                Self::Warning(WarningReason::named(&reason))
            } else {
                Self::Error(Modifier::named(&normal(&format!("{extension} {reason}"))))
            }),
            _ => Err(DispositionError::Type {
                found: kind.chars().take(64).collect(),
            }),
        }
    }
}

fn begins_with_type(text: &str) -> bool {
    let text = normal(text).to_ascii_lowercase();
    text.starts_with("processed") || text.starts_with("failed")
}

/// Why a text is no disposition of AS2.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DispositionError {
    /// The disposition type is another.
    #[error("expected a disposition processed or failed but found {found:?}")]
    Type {
        /// What was found, the beginning of it, in lower case.
        found: String,
    },
}

impl DispositionError {
    /// Returns the stable name of this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Type { .. } => "disposition-type",
        }
    }
}

/// Declares an enum of the reasons that go with one kind of disposition.
macro_rules! reasons {
    (
        $(#[$attribute:meta])*
        $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal, $hint:literal;)+ }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $variant,)+
            /// Some other text, as it came; it may be empty.
            Other(String),
        }

        impl $name {
            /// Those that have a name.
            pub const NAMED: &'static [Self] = &[$(Self::$variant,)+];

            /// Returns the text that stands after the colon.
            #[must_use]
            pub const fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text.as_str(),
                }
            }

            /// Says, to the sender of the message, where to look first.
            #[must_use]
            pub const fn hint(&self) -> &'static str {
                match self {
                    $(Self::$variant => $hint,)+
                    Self::Other(_) => "read the text of the mdn and ask the partner",
                }
            }

            fn named(text: &str) -> Self {
                Self::NAMED
                    .iter()
                    .find(|reason| is_spelling_of(text, reason.as_str()))
                    .cloned()
                    .unwrap_or_else(|| Self::Other(text.to_owned()))
            }
        }

        /// Writes the text that stands after the colon, on one line whatever it is.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&normal(self.as_str()))
            }
        }
    };
}

reasons! {
    /// Why a message was received and not used (`processed/error`).
    Modifier {
        /// The sender could not be authenticated.
        AuthenticationFailed = "authentication-failed",
            "the partner does not know the certificate that signed: compare our signing certificate with the one installed at the partner";
        /// The content could not be decompressed.
        DecompressionFailed = "decompression-failed",
            "the partner could not decompress: send without compression";
        /// The content could not be decrypted.
        DecryptionFailed = "decryption-failed",
            "the partner has no key for what we encrypted to: compare the partner's encryption certificate here with the partner's current one";
        /// The message lacked a signature or encryption that the receiver demands.
        InsufficientMessageSecurity = "insufficient-message-security",
            "the partner demands a signature or encryption that the message lacked: compare the security settings of both sides";
        /// The content is not what was signed.
        IntegrityCheckFailed = "integrity-check-failed",
            "the content changed on its way: look for a proxy or gateway that rewrites bodies or line ends";
        /// Something else went wrong.
        UnexpectedProcessingError = "unexpected-processing-error",
            "the partner failed after it received the message: read the text of the mdn";
        /// The receiver does not know who sent the message. Newer than the RFC.
        UnknownTradingPartner = "unknown-trading-partner",
            "the partner does not know our name: compare AS2-From with what is configured there, letter for letter";
        /// The receiver does not know these two names together. Newer than the RFC.
        UnknownTradingRelationship = "unknown-trading-relationship",
            "the partner does not know these two names together: compare AS2-From and AS2-To with what is configured there, letter for letter";
    }
}

reasons! {
    /// Why a message was not processed at all (`failed/Failure`).
    FailureReason {
        /// The form of the message is none that the receiver knows.
        UnsupportedFormat = "unsupported format",
            "the partner does not support the form of the message";
        /// None of the digests that were asked for the MIC is supported.
        UnsupportedMicAlgorithms = "unsupported MIC-algorithms",
            "the partner supports none of the digests that were asked for: ask for another";
        /// `AS2-From` and `AS2-To` are one name. In use, although the RFC does not list it.
        SenderEqualsReceiver = "sender-equals-receiver",
            "AS2-From and AS2-To are the same name: correct one of them";
    }
}

reasons! {
    /// What was odd about a message that was processed all the same (`processed/warning`).
    WarningReason {
        /// The receiver could not authenticate the sender and went on.
        AuthenticationFailedProcessingContinued = "authentication-failed, processing continued",
            "the partner could not verify our signature and went on: compare our signing certificate with the one installed at the partner";
        /// The receiver has seen the message before.
        DuplicateDocument = "duplicate-document",
            "the partner has received this message before";
    }
}

/// Whether these are the same words, whatever stands between them and whatever their case: products write
/// `unsupported-format` and `unsupported MIC-algorithm`, too.
fn is_spelling_of(text: &str, reason: &str) -> bool {
    let letters = |text: &str| -> String {
        let mut letters: String = text
            .chars()
            .filter(|character| !matches!(character, ' ' | '-' | '_' | ',' | '.'))
            .map(|character| character.to_ascii_lowercase())
            .collect();
        if letters.ends_with('s') {
            letters.pop();
        }
        letters
    };
    letters(text) == letters(reason)
}

/// Text on one line: controls and runs of blanks become one blank each, and none stands at either end.
pub(crate) fn normal(text: &str) -> String {
    text.split(|character: char| character.is_whitespace() || character.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn every() -> Vec<Disposition> {
        let errors = Modifier::NAMED.iter().cloned().map(Disposition::Error);
        let failures = FailureReason::NAMED.iter().cloned();
        let warnings = WarningReason::NAMED.iter().cloned();
        core::iter::once(Disposition::Processed)
            .chain(errors)
            .chain(failures.map(Disposition::Failure))
            .chain(warnings.map(Disposition::Warning))
            .collect()
    }

    #[test]
    fn every_disposition_is_read_back_in_any_case_and_spacing() {
        let every = every();
        assert_eq!(every.len(), 14);
        for disposition in every {
            let text = disposition.to_string();
            let padded = text.replace(';', " ;  ").replace('/', " / ");
            for spelling in [
                text.clone(),
                text.to_ascii_uppercase(),
                text.replace("; ", ";").replace(": ", ":"),
                padded,
            ] {
                assert_eq!(spelling.parse(), Ok(disposition.clone()), "{spelling}");
            }
        }
    }

    #[test]
    fn the_texts_are_those_of_the_rfc() {
        let error = Disposition::Error(Modifier::AuthenticationFailed);
        assert_eq!(
            error.to_string(),
            "automatic-action/MDN-sent-automatically; processed/error: authentication-failed"
        );
        let failure = Disposition::Failure(FailureReason::UnsupportedMicAlgorithms);
        assert_eq!(
            failure.to_string(),
            "automatic-action/MDN-sent-automatically; failed/Failure: unsupported MIC-algorithms"
        );
    }

    #[test]
    fn what_is_not_known_to_be_good_is_not_good() {
        let read = |text: &str| text.parse::<Disposition>();
        let other = |text: &str| Ok(Disposition::Error(Modifier::Other(text.to_owned())));
        assert_eq!(read("a; processed/odd: thing"), other("odd thing"));
        assert_eq!(read("a; processed: thing"), other("thing"));
        assert_eq!(read("a; processed/error"), other(""));
        assert_eq!(read("a; processed/error: Foo  Bar"), other("Foo Bar"));
        assert_eq!(
            read("a; failed"),
            Ok(Disposition::Failure(FailureReason::Other(String::new())))
        );
        assert_eq!(read("processed"), Ok(Disposition::Processed));
        assert_eq!(read("processed/error: x; processed"), other("x; processed"));
        let found = String::from("displayed");
        assert_eq!(read("a; displayed"), Err(DispositionError::Type { found }));
        let found = String::new();
        assert_eq!(read(""), Err(DispositionError::Type { found }));
    }

    #[test]
    fn reasons_are_known_by_their_words() {
        let read = |text: &str| text.parse::<Disposition>().unwrap();
        for (text, disposition) in [
            (
                "a; failed/failure: unsupported MIC-algorithm",
                Disposition::Failure(FailureReason::UnsupportedMicAlgorithms),
            ),
            (
                "a; failed/failure: unsupported-format",
                Disposition::Failure(FailureReason::UnsupportedFormat),
            ),
            (
                "a; processed/Error: Decryption failed.",
                Disposition::Error(Modifier::DecryptionFailed),
            ),
            (
                "a; processed/warning: authentication-failed,processing continued",
                Disposition::Warning(WarningReason::AuthenticationFailedProcessingContinued),
            ),
            (
                "manual-action/MDN-sent-manually; processed/error,warning: integrity_check_failed",
                Disposition::Error(Modifier::IntegrityCheckFailed),
            ),
            (
                "a; processed/error: decryption-failed: no key",
                Disposition::Error(Modifier::Other("decryption-failed: no key".to_owned())),
            ),
        ] {
            assert_eq!(read(text), disposition, "{text}");
        }
    }

    #[test]
    fn a_reason_stays_on_its_line() {
        let reason = Modifier::Other(String::from("a\r\nX: y\0"));
        assert_eq!(reason.to_string(), "a X: y");
    }

    #[test]
    fn each_reason_points_somewhere() {
        for disposition in every() {
            assert_eq!(
                disposition.hint().is_none(),
                disposition == Disposition::Processed
            );
        }
        assert!(
            Modifier::AuthenticationFailed
                .hint()
                .contains("our signing")
        );
        assert!(
            Modifier::DecryptionFailed
                .hint()
                .contains("partner's encryption")
        );
    }

    proptest! {
        #[test]
        fn what_was_read_is_written_and_read_again(text in "(automatic-action/x; )?(processed|failed)(/(error|warning|failure|x))?(:\\PC{0,20})?") {
            let disposition: Disposition = text.parse().unwrap();
            prop_assert_eq!(disposition.to_string().parse(), Ok(disposition));
        }
    }
}
