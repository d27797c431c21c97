//! Transfer encodings.

use core::fmt;
use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    error::{DecodeError, DecodeErrorKind},
    lexer::Lexer,
    lines::{is_blank, lines, trim_blanks_end},
};

/// How a body is encoded for its transport.
///
/// # Specification
///
/// [RFC 2045 §6](https://www.rfc-editor.org/rfc/rfc2045#section-6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransferEncoding {
    /// As it is; a claim that the body is short lines of ASCII.
    SevenBit,
    /// As it is; a claim that the body is short lines.
    EightBit,
    /// As it is.
    Binary,
    /// Base64, in lines of 76 characters.
    Base64,
    /// Quoted-printable.
    QuotedPrintable,
}

impl TransferEncoding {
    /// Reads a field value: any case, comments and blanks around it.
    ///
    /// # Errors
    ///
    /// [`DecodeErrorKind::TransferEncoding`] when it is none of the five,
    /// [`DecodeErrorKind::UnterminatedComment`]. Offsets are in `value`.
    pub fn parse(value: impl AsRef<[u8]>) -> Result<Self, DecodeError> {
        let mut lexer = Lexer::new(value.as_ref());
        lexer.skip_blanks_and_comments()?;
        let unknown = lexer.error(DecodeErrorKind::TransferEncoding);
        let token = lexer.token();
        lexer.skip_blanks_and_comments()?;
        if !lexer.is_at_end() {
            return Err(unknown);
        }
        [
            Self::SevenBit,
            Self::EightBit,
            Self::Binary,
            Self::Base64,
            Self::QuotedPrintable,
        ]
        .into_iter()
        .find(|encoding| encoding.as_str().as_bytes().eq_ignore_ascii_case(token))
        .ok_or(unknown)
    }

    /// Returns the field value.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SevenBit => "7bit",
            Self::EightBit => "8bit",
            Self::Binary => "binary",
            Self::Base64 => "base64",
            Self::QuotedPrintable => "quoted-printable",
        }
    }

    /// Decodes a body; what is not encoded is borrowed.
    ///
    /// Base64 may be broken into lines and indented anyhow, and need not end in a line end; any other
    /// octet outside its alphabet is refused, where RFC 2045 §6.8 would have it skipped, because text that other
    /// readers skip is a place to hide. In quoted-printable, blanks before a line end are dropped (§6.7 rule 3),
    /// lower-case digits and bare line feeds are accepted, and octets that should have been escaped
    /// stand for themselves.
    ///
    /// # Errors
    ///
    /// With offsets in `encoded`: [`DecodeErrorKind::Base64Character`], [`DecodeErrorKind::Base64Padding`],
    /// [`DecodeErrorKind::QuotedPrintable`].
    pub fn decode(self, encoded: &[u8]) -> Result<Cow<'_, [u8]>, DecodeError> {
        match self {
            Self::SevenBit | Self::EightBit | Self::Binary => Ok(Cow::Borrowed(encoded)),
            Self::Base64 => decode_base64(encoded).map(Cow::Owned),
            Self::QuotedPrintable => decode_quoted_printable(encoded).map(Cow::Owned),
        }
    }

    /// Encodes a body; 7bit, 8bit and binary change nothing and check nothing: they are the caller's word.
    ///
    /// Base64 ends in a line end. Quoted-printable keeps CRLF as line ends and escapes everything else that is
    /// not printable ASCII.
    #[must_use]
    pub fn encode(self, body: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Self::SevenBit | Self::EightBit | Self::Binary => Cow::Borrowed(body),
            Self::Base64 => Cow::Owned(encode_base64(body)),
            Self::QuotedPrintable => Cow::Owned(encode_quoted_printable(body)),
        }
    }

    /// Whether the octets sent differ from the octets meant.
    pub(crate) const fn is_transforming(self) -> bool {
        matches!(self, Self::Base64 | Self::QuotedPrintable)
    }
}

/// Writes the field value.
impl fmt::Display for TransferEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn decode_base64(encoded: &[u8]) -> Result<Vec<u8>, DecodeError> {
    // Nearly all base64 is lines without blanks, which are copied whole; what has anything else in it is filtered
    // octet by octet.
    let mut symbols = Vec::with_capacity(encoded.len());
    for line in lines(encoded) {
        symbols.extend_from_slice(line.text);
    }
    let decoded = base64_simd::STANDARD.decode_inplace(&mut symbols);
    if let Ok(len) = decoded.map(|octets| octets.len()) {
        symbols.truncate(len);
        return Ok(symbols);
    }
    let mut symbols: Vec<u8> = encoded
        .iter()
        .copied()
        .filter(|&octet| is_symbol(octet))
        .collect();
    let decoded = base64_simd::STANDARD.decode_inplace(&mut symbols);
    match decoded.map(|octets| octets.len()) {
        Ok(len) => {
            symbols.truncate(len);
            Ok(symbols)
        }
        Err(_) => Err(base64_fault(encoded)),
    }
}

/// What is wrong with base64 that could not be decoded, and where.
fn base64_fault(encoded: &[u8]) -> DecodeError {
    use base64::DecodeError as Cause;

    let symbols: Vec<u8> = encoded
        .iter()
        .copied()
        .filter(|&octet| is_symbol(octet))
        .collect();
    let (kind, symbol) = match STANDARD.decode(&symbols) {
        Err(Cause::InvalidByte(at, b'=')) => (DecodeErrorKind::Base64Padding, at),
        Err(Cause::InvalidByte(at, _)) => (DecodeErrorKind::Base64Character, at),
        Err(Cause::InvalidLastSymbol { offset, .. }) => (DecodeErrorKind::Base64Padding, offset),
        Err(Cause::InvalidLength(_) | Cause::InvalidPadding) | Ok(_) => {
            (DecodeErrorKind::Base64Padding, symbols.len())
        }
    };
    let offset = encoded
        .iter()
        .enumerate()
        .filter(|&(_, &octet)| is_symbol(octet))
        .nth(symbol)
        .map_or(encoded.len(), |(offset, _)| offset);
    DecodeError::new(kind, offset)
}

fn is_symbol(octet: u8) -> bool {
    !is_blank(octet) && !matches!(octet, b'\r' | b'\n')
}

fn encode_base64(body: &[u8]) -> Vec<u8> {
    const LINE_OCTETS: usize = BASE64_LINE / 4 * 3;
    let lines = body.len().div_ceil(LINE_OCTETS);
    let mut encoded = Vec::with_capacity(lines * (BASE64_LINE + 2));
    for chunk in body.chunks(LINE_OCTETS) {
        base64_simd::STANDARD.encode_append(chunk, &mut encoded);
        encoded.extend_from_slice(b"\r\n");
    }
    encoded
}

fn decode_quoted_printable(encoded: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let mut decoded = Vec::with_capacity(encoded.len());
    for line in lines(encoded) {
        let text = trim_blanks_end(line.text);
        let mut rest = text;
        let is_soft_break = loop {
            match rest {
                [] => break false,
                [b'='] if line.is_ended() => break true,
                [b'=', after @ ..] => {
                    let offset = line.start + text.len() - rest.len();
                    let malformed = DecodeError::new(DecodeErrorKind::QuotedPrintable, offset);
                    let (octet, tail) = escaped_octet(after).ok_or(malformed)?;
                    decoded.push(octet);
                    rest = tail;
                }
                [octet, tail @ ..] => {
                    decoded.push(*octet);
                    rest = tail;
                }
            }
        };
        if !is_soft_break {
            let line_end = encoded.get(line.text_end()..line.next);
            decoded.extend_from_slice(line_end.unwrap_or_default());
        }
    }
    Ok(decoded)
}

fn escaped_octet(after: &[u8]) -> Option<(u8, &[u8])> {
    let [high, low, tail @ ..] = after else {
        return None;
    };
    let digit = |octet: u8| char::from(octet).to_digit(16);
    let octet = u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()?;
    Some((octet, tail))
}

fn encode_quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(body.len() + body.len() / 8);
    let mut column = 0;
    let mut rest = body;
    while let Some((&octet, tail)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(b"\r\n") {
            encoded.extend_from_slice(b"\r\n");
            column = 0;
            rest = after;
            continue;
        }
        rest = tail;
        let is_last_on_line = tail.is_empty() || tail.starts_with(b"\r\n");
        let is_literal = match octet {
            b'=' => false,
            b' ' | b'\t' => !is_last_on_line,
            other => other.is_ascii_graphic(),
        };
        let width = if is_literal { 1 } else { 3 };
        if column + width > QUOTED_PRINTABLE_LINE {
            encoded.extend_from_slice(b"=\r\n");
            column = 0;
        }
        if is_literal {
            encoded.push(octet);
        } else {
            encoded.extend_from_slice(format!("={octet:02X}").as_bytes());
        }
        column += width;
    }
    encoded
}

/// RFC 2045 §6.8: at most 76 characters on a line.
const BASE64_LINE: usize = 76;

/// RFC 2045 §6.7 rule 5: at most 76 characters on a line, one kept for the soft break.
const QUOTED_PRINTABLE_LINE: usize = 75;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [TransferEncoding; 5] = [
        TransferEncoding::SevenBit,
        TransferEncoding::EightBit,
        TransferEncoding::Binary,
        TransferEncoding::Base64,
        TransferEncoding::QuotedPrintable,
    ];

    fn decode(encoding: TransferEncoding, encoded: &str) -> Result<String, DecodeError> {
        encoding
            .decode(encoded.as_bytes())
            .map(|decoded| decoded.escape_ascii().to_string())
    }

    fn base64(encoded: &str) -> Result<String, DecodeError> {
        decode(TransferEncoding::Base64, encoded)
    }

    fn quoted_printable(encoded: &str) -> Result<String, DecodeError> {
        decode(TransferEncoding::QuotedPrintable, encoded)
    }

    fn error(kind: DecodeErrorKind, offset: usize) -> Result<String, DecodeError> {
        Err(DecodeError::new(kind, offset))
    }

    #[test]
    fn names_are_read_in_any_case_with_comments() {
        for encoding in ALL {
            let spelled = format!(" (a)\r\n\t{} (b)", encoding.to_string().to_uppercase());
            assert_eq!(TransferEncoding::parse(spelled), Ok(encoding));
        }
    }

    #[test]
    fn other_names_are_refused() {
        for (value, offset) in [
            ("", 0),
            (" x-uuencode", 1),
            ("base64 7bit", 0),
            ("base 64", 0),
        ] {
            let expected = DecodeError::new(DecodeErrorKind::TransferEncoding, offset);
            assert_eq!(TransferEncoding::parse(value), Err(expected));
        }
    }

    #[test]
    fn base64_ignores_line_ends_and_blanks_only() {
        assert_eq!(base64(""), Ok(String::new()));
        assert_eq!(base64("Zm9v"), Ok("foo".to_owned()));
        assert_eq!(base64("Zm\r\n9v\n Yg\t==\r\n\r\n"), Ok("foob".to_owned()));
        assert_eq!(
            base64("Zm9v\r\n-Zg=="),
            error(DecodeErrorKind::Base64Character, 6)
        );
        assert_eq!(
            base64("Z\u{e4}9v"),
            error(DecodeErrorKind::Base64Character, 1)
        );
    }

    #[test]
    fn base64_padding_must_be_right() {
        let wrong = |offset| error(DecodeErrorKind::Base64Padding, offset);
        assert_eq!(base64("Zm9vY"), wrong(5));
        assert_eq!(base64("Zg\r\n"), wrong(4));
        assert_eq!(base64("Zg="), wrong(3));
        assert_eq!(base64("Zg==\r\nZg=="), wrong(2));
        assert_eq!(base64("\r\nZh=="), wrong(3));
    }

    #[test]
    fn quoted_printable_is_read_as_sent() {
        assert_eq!(
            quoted_printable("caf=C3=a9 =3d\t \r\nb=\r\nc= \nd\n"),
            Ok("caf\\xc3\\xa9 =\\r\\nbcd\\n".to_owned())
        );
    }

    #[test]
    fn malformed_escapes_are_refused() {
        let wrong = |offset| error(DecodeErrorKind::QuotedPrintable, offset);
        assert_eq!(quoted_printable("a=G0"), wrong(1));
        assert_eq!(quoted_printable("a\r\nb=4"), wrong(4));
        assert_eq!(quoted_printable("a=\u{20}b"), wrong(1));
        // RFC 2045 §6.7: the equals sign cannot be the last character of the encoded object.
        assert_eq!(quoted_printable("a="), wrong(1));
        assert_eq!(quoted_printable("=41=+1"), wrong(3));
    }

    #[test]
    fn encoded_lines_are_short_and_end_in_crlf() {
        let body: Vec<u8> = (0..=255).cycle().take(4000).collect();
        for encoding in [TransferEncoding::Base64, TransferEncoding::QuotedPrintable] {
            let encoded = encoding.encode(&body);
            assert!(lines(&encoded).all(|line| line.text.len() <= 76));
            assert_eq!(crate::canonical_lines(&encoded), encoded);
        }
        assert_eq!(
            TransferEncoding::Base64.encode(b"foob").as_ref(),
            b"Zm9vYg==\r\n"
        );
        assert_eq!(
            TransferEncoding::QuotedPrintable
                .encode(b"a=\t\r\n\n ")
                .as_ref(),
            b"a=3D=09\r\n=0A=20"
        );
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded_back(
            body in proptest::collection::vec(
                prop_oneof![proptest::sample::select(b"a =\t\r\n".to_vec()), any::<u8>()],
                0..300,
            ),
        ) {
            for encoding in ALL {
                let encoded = encoding.encode(&body);
                let decoded = encoding.decode(&encoded).map(Cow::into_owned);
                prop_assert_eq!(decoded, Ok(body.clone()), "{}", encoding);
            }
        }

        #[test]
        fn arbitrary_octets_never_panic(body in proptest::collection::vec(any::<u8>(), 0..100)) {
            for encoding in ALL {
                let _ = encoding.decode(&body);
            }
        }
    }
}
