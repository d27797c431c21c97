//! Media types and their parameters.

use core::{fmt, str::FromStr};

use crate::{
    error::{DecodeError, DecodeErrorKind, Unencodable},
    lexer::{Lexer, is_token},
    limits::Limits,
};

/// A media type with its parameters, as in `Content-Type`.
///
/// Type, subtype and parameter names are lower-cased on the way in; values keep their case. Two media
/// types are equal when these are equal, in the same order. RFC 2231 continuations and charsets are not
/// interpreted: `name*0` stays a parameter called `name*0`.
///
/// # Specification
///
/// [RFC 2045 §5.1](https://www.rfc-editor.org/rfc/rfc2045#section-5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaType {
    essence: String,
    parameters: Vec<(String, String)>,
}

impl MediaType {
    /// Makes a media type without parameters.
    ///
    /// # Errors
    ///
    /// [`Unencodable::Token`] when either name is empty or has anything but token characters.
    pub fn new(type_: &str, subtype: &str) -> Result<Self, Unencodable> {
        if !is_token_text(type_) || !is_token_text(subtype) {
            return Err(Unencodable::Token);
        }
        Ok(Self::from_tokens(type_, subtype))
    }

    /// Reads a field value, folded or not.
    ///
    /// Accepted beyond the grammar: a final semicolon, any blanks, tabs, folding and comments between the
    /// tokens, and values that should have been quoted (read up to the semicolon). A value that is not
    /// UTF-8 is read with replacement characters.
    ///
    /// # Errors
    ///
    /// With offsets in `value`: [`DecodeErrorKind::MediaType`], [`DecodeErrorKind::Parameter`],
    /// [`DecodeErrorKind::DuplicateParameter`], [`DecodeErrorKind::UnterminatedQuote`],
    /// [`DecodeErrorKind::UnterminatedComment`], [`DecodeErrorKind::ControlCharacter`],
    /// [`DecodeErrorKind::TooManyParameters`].
    pub fn parse(value: impl AsRef<[u8]>, limits: &Limits) -> Result<Self, DecodeError> {
        let mut lexer = Lexer::new(value.as_ref());
        let mut media_type = parse_essence(&mut lexer)?;
        while !lexer.is_at_end() {
            if !lexer.take(b';') {
                return Err(lexer.error(DecodeErrorKind::Parameter));
            }
            lexer.skip_blanks_and_comments()?;
            if !lexer.is_at_end() && !lexer.next_is_semicolon() {
                media_type.parse_parameter(&mut lexer, limits)?;
            }
        }
        Ok(media_type)
    }

    /// Adds a parameter after those that are there.
    ///
    /// # Errors
    ///
    /// [`Unencodable::Token`] when the name is no token, [`Unencodable::DuplicateParameter`] when it is
    /// set, [`Unencodable::ParameterValue`] when the value has a control character other than tab.
    pub fn with_parameter(mut self, name: &str, value: &str) -> Result<Self, Unencodable> {
        if !is_token_text(name) {
            return Err(Unencodable::Token);
        }
        if self.parameter(name).is_some() {
            return Err(Unencodable::DuplicateParameter);
        }
        if value.contains(|character: char| character.is_control() && character != '\t') {
            return Err(Unencodable::ParameterValue);
        }
        self.parameters
            .push((name.to_ascii_lowercase(), value.to_owned()));
        Ok(self)
    }

    /// Returns the type: `multipart` of `multipart/signed`, in lower case.
    #[must_use]
    pub fn type_(&self) -> &str {
        self.essence.split_once('/').map_or("", |(type_, _)| type_)
    }

    /// Returns the subtype: `signed` of `multipart/signed`, in lower case.
    #[must_use]
    pub fn subtype(&self) -> &str {
        self.essence
            .split_once('/')
            .map_or("", |(_, subtype)| subtype)
    }

    /// Returns type and subtype, `multipart/signed`, in lower case.
    #[must_use]
    pub fn essence(&self) -> &str {
        &self.essence
    }

    /// Returns the value of a parameter, unquoted; `name` in any case.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// Returns the parameters in their order, names in lower case, values unquoted.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(crate) fn is_multipart(&self) -> bool {
        self.type_() == "multipart"
    }

    /// The boundary without blanks at its end, which no boundary may have (RFC 2046 §5.1.1).
    pub(crate) fn boundary(&self) -> Option<&str> {
        self.parameter("boundary")
            .map(|boundary| boundary.trim_end_matches([' ', '\t']))
            .filter(|boundary| !boundary.is_empty())
    }

    fn from_tokens(type_: &str, subtype: &str) -> Self {
        let mut essence = String::with_capacity(type_.len() + 1 + subtype.len());
        essence.push_str(type_);
        essence.push('/');
        essence.push_str(subtype);
        essence.make_ascii_lowercase();
        Self {
            essence,
            parameters: Vec::new(),
        }
    }

    fn parse_parameter(
        &mut self,
        lexer: &mut Lexer<'_>,
        limits: &Limits,
    ) -> Result<(), DecodeError> {
        let start = lexer.offset();
        let mut name = text(lexer.token().to_vec());
        lexer.skip_blanks_and_comments()?;
        if name.is_empty() || !lexer.take(b'=') {
            return Err(lexer.error(DecodeErrorKind::Parameter));
        }
        lexer.skip_blanks_and_comments()?;
        let value = text(lexer.parameter_value()?);
        lexer.skip_blanks_and_comments()?;

        // Two boundaries, or two protocols, are two messages in one: which is meant depends on the
        // reader, so neither is taken.
        if self.parameter(&name).is_some() {
            return Err(DecodeError::new(DecodeErrorKind::DuplicateParameter, start));
        }
        if self.parameters.len() >= limits.parameters {
            let max = limits.parameters;
            return Err(DecodeError::new(
                DecodeErrorKind::TooManyParameters { max },
                start,
            ));
        }
        name.make_ascii_lowercase();
        self.parameters.push((name, value));
        Ok(())
    }
}

impl FromStr for MediaType {
    type Err = DecodeError;

    /// Reads a media type as [`Self::parse`] does, within the default [`Limits`].
    fn from_str(value: &str) -> Result<Self, DecodeError> {
        Self::parse(value, &Limits::default())
    }
}

/// Writes the field value on one line, quoting the values that need it.
impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.essence)?;
        for (name, value) in self.parameters() {
            if is_token_text(value) {
                write!(f, "; {name}={value}")?;
            } else {
                let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
                write!(f, "; {name}=\"{escaped}\"")?;
            }
        }
        Ok(())
    }
}

fn parse_essence(lexer: &mut Lexer<'_>) -> Result<MediaType, DecodeError> {
    lexer.skip_blanks_and_comments()?;
    // Tokens are ASCII.
    let type_ = str::from_utf8(lexer.token()).unwrap_or_default();
    lexer.skip_blanks_and_comments()?;
    if type_.is_empty() || !lexer.take(b'/') {
        return Err(lexer.error(DecodeErrorKind::MediaType));
    }
    lexer.skip_blanks_and_comments()?;
    let subtype = str::from_utf8(lexer.token()).unwrap_or_default();
    if subtype.is_empty() {
        return Err(lexer.error(DecodeErrorKind::MediaType));
    }
    lexer.skip_blanks_and_comments()?;
    Ok(MediaType::from_tokens(type_, subtype))
}

fn text(octets: Vec<u8>) -> String {
    String::from_utf8(octets)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn is_token_text(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(value: &str) -> Result<MediaType, DecodeError> {
        MediaType::parse(value, &Limits::default())
    }

    fn error(kind: DecodeErrorKind, offset: usize) -> Result<MediaType, DecodeError> {
        Err(DecodeError::new(kind, offset))
    }

    fn signed() -> MediaType {
        MediaType::new("multipart", "signed")
            .and_then(|it| it.with_parameter("micalg", "sha-256"))
            .and_then(|it| it.with_parameter("boundary", "----=_Part_1_8.9"))
            .unwrap()
    }

    #[test]
    fn spellings_of_one_media_type_are_read_alike() {
        for spelling in [
            "multipart/signed; micalg=sha-256; boundary=\"----=_Part_1_8.9\"",
            "multipart/signed; micalg=sha-256; \tboundary=\"----=_Part_1_8.9\"",
            "multipart/signed; micalg=sha-256; \r\n\tboundary=\"----=_Part_1_8.9\"",
            "multipart/signed; micalg=sha-256;\n boundary=\"----=_Part_\r\n1_8.9\"",
            "Multipart/SIGNED;MICALG=sha-256;Boundary=----=_Part_1_8.9;",
            "multipart / signed ; micalg = \"sha-256\" ; ; boundary = ----=_Part_1_8.9 ; ",
            "(a (nested \\) ) comment)multipart/signed(b);(c)micalg(d)=(e)sha-256(f); boundary=\"----=_Part\\_1_8.9\"(g)",
            "multipart/signed; micalg=sha-256; boundary=----=_Part_1_8.9 (unquoted)",
        ] {
            assert_eq!(parse(spelling), Ok(signed()), "{spelling:?}");
        }
    }

    #[test]
    fn unquoted_values_run_to_the_semicolon() {
        let media_type = parse("application/edi-x12; name=my file (1).edi; type=a/b").unwrap();
        assert_eq!(
            media_type.parameters().collect::<Vec<_>>(),
            [("name", "my file .edi"), ("type", "a/b")]
        );
    }

    #[test]
    fn malformed_values_are_refused_where_they_fail() {
        use DecodeErrorKind as Kind;

        assert_eq!(parse(""), error(Kind::MediaType, 0));
        assert_eq!(parse("text"), error(Kind::MediaType, 4));
        assert_eq!(parse("text/"), error(Kind::MediaType, 5));
        assert_eq!(parse("te;xt/plain"), error(Kind::MediaType, 2));
        assert_eq!(parse("text/plain charset=x"), error(Kind::Parameter, 11));
        assert_eq!(parse("text/plain; charset"), error(Kind::Parameter, 19));
        assert_eq!(parse("text/plain; charset="), error(Kind::Parameter, 20));
        assert_eq!(parse("text/plain; charset=;"), error(Kind::Parameter, 20));
        assert_eq!(parse("text/plain; =x"), error(Kind::Parameter, 12));
        assert_eq!(parse("text/plain; a=b\"c\""), error(Kind::Parameter, 15));
        assert_eq!(parse("text/plain; a=\"b\"c"), error(Kind::Parameter, 17));
        assert_eq!(
            parse("text/plain; a=\"b"),
            error(Kind::UnterminatedQuote, 14)
        );
        assert_eq!(
            parse("text/plain; a=\"b\\"),
            error(Kind::UnterminatedQuote, 14)
        );
        assert_eq!(
            parse("text/plain (b (c)"),
            error(Kind::UnterminatedComment, 11)
        );
        assert_eq!(
            parse("text/plain (\\"),
            error(Kind::UnterminatedComment, 11)
        );
        assert_eq!(
            parse("text/plain; a=b\0"),
            error(Kind::ControlCharacter, 15)
        );
        assert_eq!(
            parse("text/plain; a=b; A=c"),
            error(Kind::DuplicateParameter, 17)
        );
        assert_eq!(
            MediaType::parse("a/b; c=1; d=2", &Limits::default().with_parameters(1)),
            error(Kind::TooManyParameters { max: 1 }, 10)
        );
    }

    #[test]
    fn values_that_are_no_tokens_are_quoted() {
        let media_type = MediaType::new("Multipart", "Related")
            .and_then(|it| it.with_parameter("Type", "application/xml"))
            .and_then(|it| it.with_parameter("start", "a\"b\\c"))
            .and_then(|it| it.with_parameter("empty", ""))
            .and_then(|it| it.with_parameter("micalg", "sha1"))
            .unwrap();
        assert_eq!(
            media_type.to_string(),
            r#"multipart/related; type="application/xml"; start="a\"b\\c"; empty=""; micalg=sha1"#
        );
    }

    #[test]
    fn names_and_values_that_would_break_the_field_are_refused() {
        assert_eq!(MediaType::new("text", ""), Err(Unencodable::Token));
        assert_eq!(MediaType::new("te xt", "plain"), Err(Unencodable::Token));
        let plain = || MediaType::new("text", "plain").unwrap();
        assert_eq!(plain().with_parameter("a=", "b"), Err(Unencodable::Token));
        assert_eq!(
            plain().with_parameter("a", "b\r\nX: y"),
            Err(Unencodable::ParameterValue)
        );
        assert_eq!(
            plain()
                .with_parameter("a", "b")
                .unwrap()
                .with_parameter("A", "c"),
            Err(Unencodable::DuplicateParameter)
        );
    }

    #[test]
    fn deep_comments_cost_no_stack() {
        let deep = format!("{}a/b", "(".repeat(1_000_000));
        assert_eq!(parse(&deep), error(DecodeErrorKind::UnterminatedComment, 0));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            type_ in "[a-z][a-z0-9.+-]{0,8}",
            subtype in "[a-z][a-z0-9.+-]{0,8}",
            parameters in proptest::collection::btree_map("[a-z][a-z0-9*-]{0,6}", "[\\t\\PC]{0,12}", 0..5),
        ) {
            let mut media_type = MediaType::new(&type_, &subtype).unwrap();
            for (name, value) in &parameters {
                media_type = media_type.with_parameter(name, value).unwrap();
            }
            prop_assert_eq!(media_type.to_string().parse(), Ok(media_type));
        }

        #[test]
        fn whatever_is_read_is_written_so_that_it_reads_the_same(
            tail in proptest::collection::vec(
                prop_oneof![
                    proptest::sample::select(b"a=;\"\\( )\r\n\t/".to_vec()),
                    any::<u8>(),
                ],
                0..40,
            ),
        ) {
            let value = [&b"a/b; c="[..], &tail].concat();
            if let Ok(media_type) = MediaType::parse(&value, &Limits::default()) {
                prop_assert_eq!(media_type.to_string().parse(), Ok(media_type));
            }
        }

        #[test]
        fn arbitrary_octets_never_panic(value in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = MediaType::parse(&value, &Limits::default());
        }
    }
}
