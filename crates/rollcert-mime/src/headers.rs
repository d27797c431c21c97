//! Header blocks: fields in their order, over the octets that arrived.

use core::ops::Range;
use std::borrow::Cow;

use crate::{
    content_id::ContentId,
    error::{DecodeError, DecodeErrorKind},
    limits::Limits,
    lines::{lines, trim_blanks_end},
    media_type::MediaType,
    transfer::TransferEncoding,
};

/// A header block: its fields in their order, and the octets they came in.
///
/// Names are compared in any case. Values come out unfolded (the line ends taken out) and trimmed, as text:
/// lossless for UTF-8, with replacement characters otherwise. Nothing is interpreted until asked for.
///
/// # Specification
///
/// [RFC 5322 §2.2](https://www.rfc-editor.org/rfc/rfc5322#section-2.2). Line ends may be CRLF or bare LF, and
/// blanks may stand before the colon (§4.5.8, the obsolete form).
#[derive(Clone, Debug)]
pub struct Headers<'a> {
    octets: Cow<'a, [u8]>,
    fields: Vec<Field>,
    limits: Limits,
}

/// Where a field stands in the octets of its block.
#[derive(Clone, Debug)]
struct Field {
    name: Range<usize>,
    value: Range<usize>,
}

impl<'a> Headers<'a> {
    /// Reads `input`, all of it, as a header block; one blank line may end it.
    ///
    /// # Errors
    ///
    /// With offsets in `input`: [`DecodeErrorKind::FieldName`], [`DecodeErrorKind::Continuation`],
    /// [`DecodeErrorKind::ControlCharacter`], [`DecodeErrorKind::HeaderTooLong`],
    /// [`DecodeErrorKind::TooManyFields`], and [`DecodeErrorKind::TrailingOctets`] when something follows
    /// the blank line.
    pub fn parse(input: &'a [u8], limits: &Limits) -> Result<Self, DecodeError> {
        let (headers, body) = Self::parse_prefix(input, limits)?;
        if body < input.len() {
            return Err(DecodeError::new(DecodeErrorKind::TrailingOctets, body));
        }
        Ok(headers)
    }

    /// Takes fields that another parser, such as an HTTP stack, has split already.
    ///
    /// A line end or NUL in a value is read as a blank (RFC 9112 §5.2 for folded lines), so that a value stays
    /// one value whatever the stack let through. The default [`Limits`] hold for the parameters.
    pub fn from_pairs<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: AsRef<str>,
        V: AsRef<[u8]>,
    {
        let mut octets = Vec::new();
        let mut fields = Vec::new();
        for (name, value) in pairs {
            let name_start = octets.len();
            octets.extend_from_slice(name.as_ref().as_bytes());
            let name = name_start..octets.len();
            octets.extend_from_slice(b": ");
            let value_start = octets.len();
            octets.extend(value.as_ref().iter().map(|octet| match octet {
                b'\r' | b'\n' | 0 => b' ',
                other => *other,
            }));
            let value = value_start..octets.len();
            octets.extend_from_slice(b"\r\n");
            fields.push(Field { name, value });
        }
        Self {
            octets: Cow::Owned(octets),
            fields,
            limits: Limits::default(),
        }
    }

    /// Copies the octets, so that the block outlives its input.
    #[must_use]
    pub fn into_owned(self) -> Headers<'static> {
        Headers {
            octets: Cow::Owned(self.octets.into_owned()),
            fields: self.fields,
            limits: self.limits,
        }
    }

    /// Returns the first value of a field.
    #[must_use]
    pub fn first(&self, name: &str) -> Option<Cow<'_, str>> {
        self.all(name).next()
    }

    /// Returns every value of a field, in order.
    pub fn all(&self, name: &str) -> impl Iterator<Item = Cow<'_, str>> {
        self.named(name).map(|field| self.value(field))
    }

    /// Returns every field, in order: the name as it was spelled, and the value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        self.fields
            .iter()
            .map(|field| (self.name(field), self.value(field)))
    }

    /// Returns the octets of the block, without the blank line after it: as they arrived, or, after
    /// [`Self::from_pairs`], one `name: value` a line.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// Returns the media type; `text/plain` when the field is absent (RFC 2045 §5.2).
    ///
    /// # Errors
    ///
    /// Those of [`MediaType::parse`], and [`DecodeErrorKind::DuplicateField`] when there are two, because
    /// readers differ on which of them counts. Offsets are in the header block.
    pub fn content_type(&self) -> Result<MediaType, DecodeError> {
        match self.only("content-type")? {
            Some(field) => MediaType::parse(self.slice(&field.value), &self.limits)
                .map_err(|error| error.shifted(field.value.start)),
            None => MediaType::parse("text/plain", &self.limits),
        }
    }

    /// Returns the transfer encoding; 7bit when the field is absent (RFC 2045 §6.1).
    ///
    /// # Errors
    ///
    /// Those of [`TransferEncoding::parse`], and [`DecodeErrorKind::DuplicateField`] when there are two.
    /// Offsets are in the header block.
    pub fn transfer_encoding(&self) -> Result<TransferEncoding, DecodeError> {
        match self.only(TRANSFER_ENCODING)? {
            Some(field) => TransferEncoding::parse(self.slice(&field.value))
                .map_err(|error| error.shifted(field.value.start)),
            None => Ok(TransferEncoding::SevenBit),
        }
    }

    /// Returns the first content id, if there is one that is not empty.
    #[must_use]
    pub fn content_id(&self) -> Option<ContentId> {
        self.first("content-id")
            .and_then(|value| ContentId::new(&value).ok())
    }

    /// Reads the block at the start of `input` and returns it with the offset of the body.
    ///
    /// A block ends at the first empty line; without one, everything is header and the body is empty,
    /// which is how a part without a body looks (RFC 2045 §3, `entity-headers`).
    pub(crate) fn parse_prefix(
        input: &'a [u8],
        limits: &Limits,
    ) -> Result<(Self, usize), DecodeError> {
        let mut fields: Vec<Field> = Vec::with_capacity(USUAL_FIELDS);
        let mut end = input.len();
        let mut body = input.len();
        for line in lines(input) {
            if line.text.is_empty() {
                end = line.start;
                body = line.next;
                break;
            }
            if line.next > limits.header_octets {
                let max = limits.header_octets;
                return Err(DecodeError::new(
                    DecodeErrorKind::HeaderTooLong { max },
                    max,
                ));
            }
            if let Some(position) = memchr::memchr2(0, b'\r', line.text) {
                let offset = line.start + position;
                return Err(DecodeError::new(DecodeErrorKind::ControlCharacter, offset));
            }
            if line.text.starts_with(b" ") || line.text.starts_with(b"\t") {
                let Some(field) = fields.last_mut() else {
                    return Err(DecodeError::new(DecodeErrorKind::Continuation, line.start));
                };
                field.value.end = line.text_end();
                continue;
            }
            if fields.len() >= limits.header_fields {
                let max = limits.header_fields;
                return Err(DecodeError::new(
                    DecodeErrorKind::TooManyFields { max },
                    line.start,
                ));
            }
            let (name, colon) = field_name(line.text)
                .ok_or_else(|| DecodeError::new(DecodeErrorKind::FieldName, line.start))?;
            fields.push(Field {
                name: line.start..line.start + name,
                value: line.start + colon + 1..line.text_end(),
            });
        }
        let octets = Cow::Borrowed(input.get(..end).unwrap_or_default());
        let limits = *limits;
        Ok((
            Self {
                octets,
                fields,
                limits,
            },
            body,
        ))
    }

    /// Where the value of the transfer encoding stands, to say where it is wrong.
    pub(crate) fn transfer_encoding_offset(&self) -> usize {
        self.named(TRANSFER_ENCODING)
            .next()
            .map_or(0, |field| field.value.start)
    }

    /// Where the value of the content type stands, to say where it is wrong.
    pub(crate) fn content_type_offset(&self) -> usize {
        self.named("content-type")
            .next()
            .map_or(0, |field| field.value.start)
    }

    fn only(&self, name: &str) -> Result<Option<&Field>, DecodeError> {
        let mut found = self.named(name);
        let first = found.next();
        match found.next() {
            Some(again) => Err(DecodeError::new(
                DecodeErrorKind::DuplicateField,
                again.name.start,
            )),
            None => Ok(first),
        }
    }

    fn named(&self, name: &str) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(move |field| {
            self.slice(&field.name)
                .eq_ignore_ascii_case(name.as_bytes())
        })
    }

    fn name(&self, field: &Field) -> &str {
        str::from_utf8(self.slice(&field.name)).unwrap_or_default()
    }

    fn value(&self, field: &Field) -> Cow<'_, str> {
        let raw = self.slice(&field.value).trim_ascii();
        if !raw.iter().any(|octet| matches!(octet, b'\r' | b'\n')) {
            return String::from_utf8_lossy(raw);
        }
        // Every line end in a value stands before a blank, or it would have ended the field.
        let unfolded: Vec<u8> = raw
            .iter()
            .copied()
            .filter(|octet| !matches!(octet, b'\r' | b'\n'))
            .collect();
        Cow::Owned(String::from_utf8_lossy(&unfolded).into_owned())
    }

    fn slice(&self, range: &Range<usize>) -> &[u8] {
        self.octets.get(range.clone()).unwrap_or_default()
    }
}

/// The length of the name that begins `line`, and the position of the colon.
fn field_name(line: &[u8]) -> Option<(usize, usize)> {
    let colon = line.iter().position(|&octet| octet == b':')?;
    let name = trim_blanks_end(line.get(..colon)?);
    is_field_name(name).then_some((name.len(), colon))
}

/// RFC 5322 §2.2: printable ASCII other than the colon.
pub(crate) fn is_field_name(name: &[u8]) -> bool {
    !name.is_empty()
        && name
            .iter()
            .all(|octet| octet.is_ascii_graphic() && *octet != b':')
}

/// Room for the fields of the usual part.
const USUAL_FIELDS: usize = 4;

const TRANSFER_ENCODING: &str = "content-transfer-encoding";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(input: &[u8]) -> Result<Vec<(String, String)>, DecodeError> {
        Headers::parse(input, &Limits::default()).map(|headers| owned(&headers))
    }

    fn owned(headers: &Headers<'_>) -> Vec<(String, String)> {
        headers
            .iter()
            .map(|(name, value)| (name.to_owned(), value.into_owned()))
            .collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    #[test]
    fn line_ends_folding_and_a_final_blank_line_do_not_matter() {
        let expected = pairs(&[
            ("as2-to", "\"BOB AS2\""),
            ("Subject", "a \tb c"),
            ("Empty", ""),
        ]);
        for input in [
            &b"as2-to: \"BOB AS2\"\r\nSubject: a \r\n\tb\r\n c\r\nEmpty:\r\n"[..],
            b"as2-to: \"BOB AS2\"\nSubject: a \n\tb\n c\nEmpty:",
            b"as2-to:\"BOB AS2\"\nSubject :a \n\tb\n c  \nEmpty: \n\n",
            b"as2-to:\r\n \"BOB AS2\"\r\nSubject: a \tb c\r\n \r\nEmpty:\r\n\r\n",
        ] {
            assert_eq!(
                parse(input),
                Ok(expected.clone()),
                "{}",
                input.escape_ascii()
            );
        }
    }

    #[test]
    fn names_match_in_any_case_and_values_keep_their_order() {
        let headers = Headers::parse(
            b"Received: a\nX: \xc3\xa9\nRECEIVED: b\n",
            &Limits::default(),
        )
        .unwrap();
        assert_eq!(headers.all("received").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(headers.first("rEceived").as_deref(), Some("a"));
        assert_eq!(headers.first("x").as_deref(), Some("é"));
        assert_eq!(headers.first("y"), None);
        assert_eq!(owned(&headers.clone().into_owned()), owned(&headers));
    }

    #[test]
    fn values_that_are_not_utf8_are_read_with_replacement_characters() {
        let headers = Headers::parse(b"X: f\xfcr\n", &Limits::default()).unwrap();
        assert_eq!(headers.first("x").as_deref(), Some("f\u{fffd}r"));
        assert_eq!(headers.octets(), b"X: f\xfcr\n");
    }

    #[test]
    fn malformed_blocks_are_refused_where_they_fail() {
        use DecodeErrorKind as Kind;

        let error = |kind, offset| Err(DecodeError::new(kind, offset));
        assert_eq!(parse(b"A: b\nno colon\n"), error(Kind::FieldName, 5));
        assert_eq!(parse(b": b\n"), error(Kind::FieldName, 0));
        assert_eq!(parse(b"A b: c\n"), error(Kind::FieldName, 0));
        assert_eq!(parse(b"\xc3\xa9: c\n"), error(Kind::FieldName, 0));
        assert_eq!(parse(b" A: b\n"), error(Kind::Continuation, 0));
        assert_eq!(parse(b"A: b\0\n"), error(Kind::ControlCharacter, 4));
        assert_eq!(parse(b"A: b\rC: d\n"), error(Kind::ControlCharacter, 4));
        assert_eq!(parse(b"A: b\r\n\r\nbody"), error(Kind::TrailingOctets, 8));
    }

    #[test]
    fn limits_hold() {
        let limits = Limits::default()
            .with_header_fields(2)
            .with_header_octets(12);
        let parse = |input| Headers::parse(input, &limits).map(|headers| owned(&headers).len());
        assert_eq!(parse(b"A:b\nC:d\n"), Ok(2));
        assert_eq!(
            parse(b"A:b\nC:d\nE:f"),
            Err(DecodeError::new(
                DecodeErrorKind::TooManyFields { max: 2 },
                8
            ))
        );
        assert_eq!(
            parse(b"A:b\n cd\n ef\n g"),
            Err(DecodeError::new(
                DecodeErrorKind::HeaderTooLong { max: 12 },
                12
            ))
        );
    }

    #[test]
    fn pairs_from_elsewhere_read_alike_and_stay_single_values() {
        let headers = Headers::from_pairs([("as2-from", "ALICE"), ("subject", " a\r\nEvil: b\0 ")]);
        assert_eq!(
            owned(&headers),
            pairs(&[("as2-from", "ALICE"), ("subject", "a  Evil: b")])
        );
    }

    #[test]
    fn absent_fields_have_their_defaults() {
        let headers = Headers::parse(b"", &Limits::default()).unwrap();
        assert_eq!(headers.content_type(), Ok("text/plain".parse().unwrap()));
        assert_eq!(headers.transfer_encoding(), Ok(TransferEncoding::SevenBit));
        assert_eq!(headers.content_id(), None);
    }

    #[test]
    fn structured_fields_are_read_from_the_raw_value() {
        let headers = Headers::parse(
            b"content-type: multipart/signed; \r\n\tboundary=\"b\"\r\nContent-ID: <a@b>\r\nContent-Transfer-Encoding: BASE64 (x)\r\n",
            &Limits::default(),
        )
        .unwrap();
        assert_eq!(
            headers.content_type(),
            Ok("multipart/signed; boundary=b".parse().unwrap())
        );
        assert_eq!(headers.transfer_encoding(), Ok(TransferEncoding::Base64));
        assert_eq!(headers.content_id(), Some(ContentId::new("a@b").unwrap()));
    }

    #[test]
    fn a_structured_field_that_occurs_twice_is_refused() {
        let headers = Headers::parse(
            b"Content-Type: a/b\nContent-Type: a/b\ncontent-transfer-encoding: 7bit\nContent-Transfer-Encoding: 7bit\n",
            &Limits::default(),
        )
        .unwrap();
        assert_eq!(
            headers.content_type(),
            Err(DecodeError::new(DecodeErrorKind::DuplicateField, 18))
        );
        assert_eq!(
            headers.transfer_encoding(),
            Err(DecodeError::new(DecodeErrorKind::DuplicateField, 68))
        );
    }

    #[test]
    fn errors_in_values_are_located_in_the_block() {
        let headers = Headers::parse(
            b"X: y\nContent-Type: text\nContent-Transfer-Encoding: uuencode\n",
            &Limits::default(),
        )
        .unwrap();
        assert_eq!(
            headers.content_type(),
            Err(DecodeError::new(DecodeErrorKind::MediaType, 23))
        );
        assert_eq!(
            headers.transfer_encoding(),
            Err(DecodeError::new(DecodeErrorKind::TransferEncoding, 51))
        );
    }

    proptest! {
        #[test]
        fn arbitrary_octets_never_panic(
            input in proptest::collection::vec(
                prop_oneof![proptest::sample::select(b"aB: \t\r\n;=".to_vec()), any::<u8>()],
                0..120,
            ),
        ) {
            let limits = Limits::default();
            for headers in [
                Headers::parse(&input, &limits),
                Ok(Headers::from_pairs([("content-type", &input)])),
            ].into_iter().flatten() {
                let _ = (headers.content_type(), headers.transfer_encoding(), headers.content_id());
                for (_, value) in headers.iter() {
                    prop_assert!(!value.contains(['\r', '\n', '\0']));
                }
            }
        }
    }
}
