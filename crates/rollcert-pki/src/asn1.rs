//! Walking DER without losing an octet: each element keeps its place and its exact encoding.
//!
//! Typed decoders throw the original octets away and re-encoding does not always bring them back,
//! while signatures and thumbprints stand on what arrived. So structures are read here element by
//! element, by a reader of headers that is fast enough for millions of them; the
//! [functions](self#functions) build the other way.

use chrono::{DateTime, Utc};
use der::{Decode, Tag, TagNumber};

use crate::ber;
use crate::time::decode_generalized_time;

/// What was wrong with an encoding, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at octet {offset}")]
pub struct DecodeError {
    kind: DecodeErrorKind,
    offset: usize,
}

impl DecodeError {
    /// A fault of this kind at `offset` octets from the start of the input.
    #[must_use]
    pub const fn new(kind: DecodeErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }

    /// Another element than `expected` stands at `offset`.
    pub(crate) const fn unexpected(expected: &'static str, offset: usize) -> Self {
        Self::new(DecodeErrorKind::Unexpected { expected }, offset)
    }

    /// The same fault in an input that begins `by` octets earlier.
    pub(crate) const fn shifted(self, by: usize) -> Self {
        Self {
            offset: self.offset.saturating_add(by),
            ..self
        }
    }

    /// More than `limit` of `what` were found at `offset`.
    pub(crate) const fn limit(what: &'static str, limit: usize, offset: usize) -> Self {
        Self::new(DecodeErrorKind::Limit { what, limit }, offset)
    }

    /// Whether a limit of the caller's was reached, rather than anything wrong with the octets.
    pub(crate) const fn is_limit(self) -> bool {
        matches!(self.kind, DecodeErrorKind::Limit { .. })
    }

    /// What was wrong.
    #[must_use]
    pub const fn kind(self) -> DecodeErrorKind {
        self.kind
    }

    /// Where, in octets from the start of the outermost input.
    #[must_use]
    pub const fn offset(self) -> usize {
        self.offset
    }

    /// A stable name for this kind of fault.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self.kind {
            DecodeErrorKind::Truncated => "truncated",
            DecodeErrorKind::Encoding => "not-der",
            DecodeErrorKind::Unexpected { .. } => "unexpected-element",
            DecodeErrorKind::Trailing => "trailing-octets",
            DecodeErrorKind::Value { .. } => "bad-value",
            DecodeErrorKind::Limit { .. } => "limit-exceeded",
        }
    }
}

/// What can be wrong with an encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The input ends inside an element.
    #[error("input ended inside an element")]
    Truncated,
    /// Tag or length are not distinguished encoding (X.690 §10).
    #[error("tag or length not in distinguished encoding")]
    Encoding,
    /// Another element stands here than the structure wants.
    #[error("expected {expected}")]
    Unexpected {
        /// What the structure wants here.
        expected: &'static str,
    },
    /// Octets follow where the structure ends.
    #[error("octets after the end of the structure")]
    Trailing,
    /// The element is there, but its value is not one that its type allows.
    #[error("value of {what} not allowed")]
    Value {
        /// Which field.
        what: &'static str,
    },
    /// A limit of the caller's was reached.
    #[error("more than {limit} {what}")]
    Limit {
        /// What was counted.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
}

/// One element: tag, exact encoding, content, place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    tag: Tag,
    raw: &'a [u8],
    content: &'a [u8],
    offset: usize,
}

impl<'a> Element<'a> {
    /// Reads `input` as exactly one element.
    ///
    /// # Errors
    ///
    /// [`DecodeErrorKind::Truncated`], [`DecodeErrorKind::Encoding`], [`DecodeErrorKind::Trailing`].
    pub fn parse(input: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(input);
        let element = reader.element()?;
        reader.finish()?;
        Ok(element)
    }

    /// The tag, class and constructed bit included.
    #[must_use]
    pub const fn tag(&self) -> Tag {
        self.tag
    }

    /// The exact octets: tag, length and content.
    #[must_use]
    pub const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The content octets.
    #[must_use]
    pub const fn content(&self) -> &'a [u8] {
        self.content
    }

    /// Where the element begins, in octets from the start of the outermost input.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// Where the content begins.
    #[must_use]
    pub const fn content_offset(&self) -> usize {
        self.offset + (self.raw.len() - self.content.len())
    }

    /// A reader over the content of a constructed element.
    #[must_use]
    pub const fn reader(&self) -> Reader<'a> {
        Reader {
            input: self.content,
            base: self.content_offset(),
            taken: 0,
        }
    }

    /// Decodes the element as a type of the `der` crate, faults placed in the outermost input.
    ///
    /// # Errors
    ///
    /// [`DecodeErrorKind::Value`] naming `what`.
    pub fn decode<T: Decode<'a>>(&self, what: &'static str) -> Result<T, DecodeError> {
        T::from_der(self.raw).map_err(|_| self.bad(what))
    }

    /// Reads a `GeneralizedTime`, to the second. As lenient as certificates are read: fractions of a second are dropped and
    /// an offset from UTC is taken in.
    ///
    /// # Errors
    ///
    /// [`DecodeErrorKind::Unexpected`] for another type, [`DecodeErrorKind::Value`] for what is no time.
    pub fn generalized_time(&self) -> Result<DateTime<Utc>, DecodeError> {
        decode_generalized_time(self)
    }

    /// The error that says this element's value is not one that `what` allows.
    #[must_use]
    pub const fn bad(&self, what: &'static str) -> DecodeError {
        DecodeError::new(DecodeErrorKind::Value { what }, self.offset)
    }

    /// The error that says another element should stand here.
    pub(crate) const fn unexpected(&self, expected: &'static str) -> DecodeError {
        DecodeError::unexpected(expected, self.offset)
    }

    /// Whether this is the context-specific element `[number]`.
    #[must_use]
    pub fn is_context(&self, number: u32) -> bool {
        matches!(self.tag, Tag::ContextSpecific { number: found, .. } if found == TagNumber(number))
    }
}

/// One element of which nothing is presumed: its identifier octet may be one that [`Tag`] cannot say.
///
/// The attributes of a name may hold string types that hardly anybody else uses, and a set of certificates
/// whatever a partner puts there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpaqueElement<'a> {
    identifier: u8,
    raw: &'a [u8],
    content: &'a [u8],
}

impl<'a> OpaqueElement<'a> {
    /// The identifier octet: class, constructed bit and number.
    #[must_use]
    pub const fn identifier(&self) -> u8 {
        self.identifier
    }

    /// The exact octets: tag, length and content.
    #[must_use]
    pub const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The content octets.
    #[must_use]
    pub const fn content(&self) -> &'a [u8] {
        self.content
    }
}

/// Reads elements one after another.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    input: &'a [u8],
    base: usize,
    taken: usize,
}

impl<'a> Reader<'a> {
    /// A reader over `input`, counting octets from its start.
    #[must_use]
    pub const fn new(input: &'a [u8]) -> Self {
        Self {
            input,
            base: 0,
            taken: 0,
        }
    }

    /// A reader over `input`, which lies `offset` octets from the start of the outermost input.
    pub(crate) const fn placed(input: &'a [u8], offset: usize) -> Self {
        Self {
            input,
            base: offset,
            taken: 0,
        }
    }

    /// The next element, whatever it is.
    ///
    /// # Errors
    ///
    /// [`DecodeErrorKind::Truncated`] or [`DecodeErrorKind::Encoding`].
    pub fn element(&mut self) -> Result<Element<'a>, DecodeError> {
        let offset = self.offset();
        let fault = |kind| DecodeError::new(kind, offset);
        let rest = self.input.get(self.taken..).unwrap_or_default();
        let (identifier, after) = rest
            .split_first()
            .ok_or_else(|| fault(DecodeErrorKind::Truncated))?;
        let tag = tag_of(*identifier).ok_or_else(|| fault(DecodeErrorKind::Encoding))?;
        let (raw, content) = extent(rest, after).map_err(fault)?;
        self.taken += raw.len();
        Ok(Element {
            tag,
            raw,
            content,
            offset,
        })
    }

    /// The next element in BER, of any type, its length definite: for what [`ber::to_der`] copies as it came.
    ///
    /// # Errors
    ///
    /// [`DecodeErrorKind::Truncated`], or [`DecodeErrorKind::Encoding`] also for an indefinite length.
    pub fn verbatim(&mut self) -> Result<OpaqueElement<'a>, DecodeError> {
        let offset = self.offset();
        let fault = |kind| DecodeError::new(kind, offset);
        let rest = self.input.get(self.taken..).unwrap_or_default();
        let header = ber::Header::read(rest, 0).map_err(|error| fault(error.kind()))?;
        let length = header
            .length
            .ok_or_else(|| fault(DecodeErrorKind::Encoding))?;
        let raw = header
            .content_start
            .checked_add(length)
            .and_then(|end| rest.get(..end))
            .ok_or_else(|| fault(DecodeErrorKind::Truncated))?;
        self.taken += raw.len();
        Ok(OpaqueElement {
            identifier: header.identifier,
            raw,
            content: raw.get(header.content_start..).unwrap_or_default(),
        })
    }

    /// The next element, of any type with a low tag number, those unknown to [`Tag`] included.
    ///
    /// # Errors
    ///
    /// [`DecodeErrorKind::Truncated`] or [`DecodeErrorKind::Encoding`].
    pub fn opaque(&mut self) -> Result<OpaqueElement<'a>, DecodeError> {
        let offset = self.offset();
        let fault = |kind| DecodeError::new(kind, offset);
        let rest = self.input.get(self.taken..).unwrap_or_default();
        let (identifier, after) = rest
            .split_first()
            .ok_or_else(|| fault(DecodeErrorKind::Truncated))?;
        if identifier & HIGH_NUMBER == HIGH_NUMBER {
            return Err(fault(DecodeErrorKind::Encoding));
        }
        let (raw, content) = extent(rest, after).map_err(fault)?;
        self.taken += raw.len();
        Ok(OpaqueElement {
            identifier: *identifier,
            raw,
            content,
        })
    }

    /// The next element, which must bear `tag`; `expected` names it in the error.
    ///
    /// # Errors
    ///
    /// [`DecodeErrorKind::Unexpected`], and those of [`Self::element`].
    pub fn expect(&mut self, tag: Tag, expected: &'static str) -> Result<Element<'a>, DecodeError> {
        let offset = self.offset();
        let element = self.element()?;
        if element.tag() == tag {
            Ok(element)
        } else {
            Err(DecodeError::new(
                DecodeErrorKind::Unexpected { expected },
                offset,
            ))
        }
    }

    /// The next element if it is the context-specific `[number]`, else nothing and no step taken.
    ///
    /// # Errors
    ///
    /// Those of [`Self::element`].
    pub fn optional_context(&mut self, number: u32) -> Result<Option<Element<'a>>, DecodeError> {
        self.optional(|element| element.is_context(number))
    }

    /// The next element if it bears `tag`, else nothing and no step taken.
    ///
    /// # Errors
    ///
    /// Those of [`Self::element`].
    pub fn optional_tag(&mut self, tag: Tag) -> Result<Option<Element<'a>>, DecodeError> {
        self.optional(|element| element.tag() == tag)
    }

    /// The next element if it is the primitive context-specific `[number]`, as those are that stand for a
    /// primitive type, else nothing and no step taken.
    pub(crate) fn optional_primitive(
        &mut self,
        number: u32,
    ) -> Result<Option<Element<'a>>, DecodeError> {
        self.optional_tag(TagNumber(number).context_specific(false))
    }

    /// The next element if it is the constructed context-specific `[number]`, as those are that are explicit or
    /// stand for a constructed type, else nothing and no step taken.
    ///
    /// # Errors
    ///
    /// Those of [`Self::element`].
    pub fn optional_constructed(
        &mut self,
        number: u32,
    ) -> Result<Option<Element<'a>>, DecodeError> {
        self.optional_tag(TagNumber(number).context_specific(true))
    }

    /// The next element, which must be the constructed context-specific `[number]`.
    pub(crate) fn expect_constructed(
        &mut self,
        number: u32,
        expected: &'static str,
    ) -> Result<Element<'a>, DecodeError> {
        self.expect(TagNumber(number).context_specific(true), expected)
    }

    fn optional(
        &mut self,
        wanted: impl Fn(&Element<'a>) -> bool,
    ) -> Result<Option<Element<'a>>, DecodeError> {
        if self.is_empty() {
            return Ok(None);
        }
        let mut ahead = self.clone();
        let element = ahead.element()?;
        if wanted(&element) {
            *self = ahead;
            Ok(Some(element))
        } else {
            Ok(None)
        }
    }

    /// Whether all is read.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.taken >= self.input.len()
    }

    /// What is not read yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.input.get(self.taken..).unwrap_or_default()
    }

    /// Passes over so many octets, which somebody else has read.
    pub(crate) const fn skip(&mut self, octets: usize) {
        self.taken += octets;
    }

    /// Where the next element begins, in octets from the start of the outermost input.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.base + self.taken
    }

    /// Ends the reading.
    ///
    /// # Errors
    ///
    /// [`DecodeErrorKind::Trailing`] when octets are left.
    pub const fn finish(self) -> Result<(), DecodeError> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(DecodeError::new(DecodeErrorKind::Trailing, self.offset()))
        }
    }
}

/// What an identifier octet says (X.690 §8.1.2). `None` for tag numbers above 30, for types that [`Tag`] does
/// not know, and for those that DER has in another form.
const fn tag_of(identifier: u8) -> Option<Tag> {
    if identifier & HIGH_NUMBER == HIGH_NUMBER {
        return None;
    }
    let constructed = identifier & 0x20 != 0;
    let number = TagNumber(u32::from_be_bytes([0, 0, 0, identifier & HIGH_NUMBER]));
    Some(match identifier {
        0x01 => Tag::Boolean,
        0x02 => Tag::Integer,
        0x03 => Tag::BitString,
        0x04 => Tag::OctetString,
        0x05 => Tag::Null,
        0x06 => Tag::ObjectIdentifier,
        0x09 => Tag::Real,
        0x0a => Tag::Enumerated,
        0x0c => Tag::Utf8String,
        0x0d => Tag::RelativeOid,
        0x12 => Tag::NumericString,
        0x13 => Tag::PrintableString,
        0x14 => Tag::TeletexString,
        0x15 => Tag::VideotexString,
        0x16 => Tag::Ia5String,
        0x17 => Tag::UtcTime,
        0x18 => Tag::GeneralizedTime,
        0x1a => Tag::VisibleString,
        0x1b => Tag::GeneralString,
        0x1e => Tag::BmpString,
        0x30 => Tag::Sequence,
        0x31 => Tag::Set,
        0x40..=0x7f => Tag::Application {
            constructed,
            number,
        },
        0x80..=0xbf => Tag::ContextSpecific {
            constructed,
            number,
        },
        0xc0..=0xff => Tag::Private {
            constructed,
            number,
        },
        _ => return None,
    })
}

/// The whole element that `rest` begins with, and its content, by the length that `after` begins with: definite
/// and as short as can be (X.690 §10.1), of at most four octets.
fn extent<'a>(rest: &'a [u8], after: &'a [u8]) -> Result<(&'a [u8], &'a [u8]), DecodeErrorKind> {
    let (first, after) = after.split_first().ok_or(DecodeErrorKind::Truncated)?;
    let (length, after) = match first {
        0..=0x7f => (u32::from(*first), after),
        0x81..=0x84 => {
            let count = usize::from(first & 0x7f);
            let (octets, after) = after
                .split_at_checked(count)
                .ok_or(DecodeErrorKind::Truncated)?;
            let length = octets
                .iter()
                .fold(0, |length: u32, octet| length << 8 | u32::from(*octet));
            if length < 0x80 || octets.first() == Some(&0) {
                return Err(DecodeErrorKind::Encoding);
            }
            (length, after)
        }
        _ => return Err(DecodeErrorKind::Encoding),
    };
    let length = usize::try_from(length).map_err(|_| DecodeErrorKind::Encoding)?;
    let (content, _) = after
        .split_at_checked(length)
        .ok_or(DecodeErrorKind::Truncated)?;
    let raw = rest
        .get(..rest.len() - after.len() + length)
        .unwrap_or_default();
    Ok((raw, content))
}

/// The five bits of an identifier octet that hold the tag number, all set when it follows in further octets.
const HIGH_NUMBER: u8 = 0x1f;

/// Identifier octets that builders need.
pub mod tag {
    /// `BOOLEAN`.
    pub const BOOLEAN: u8 = 0x01;
    /// `INTEGER`.
    pub const INTEGER: u8 = 0x02;
    /// `BIT STRING`.
    pub const BIT_STRING: u8 = 0x03;
    /// `OCTET STRING`.
    pub const OCTET_STRING: u8 = 0x04;
    /// `NULL`.
    pub const NULL: u8 = 0x05;
    /// `OBJECT IDENTIFIER`.
    pub const OBJECT_IDENTIFIER: u8 = 0x06;
    /// `ENUMERATED`.
    pub const ENUMERATED: u8 = 0x0a;
    /// `UTF8String`.
    pub const UTF8_STRING: u8 = 0x0c;
    /// `IA5String`.
    pub const IA5_STRING: u8 = 0x16;
    /// `SEQUENCE`.
    pub const SEQUENCE: u8 = 0x30;
    /// `SET`.
    pub const SET: u8 = 0x31;
    /// Constructed context-specific `[0]`; add the number for others.
    pub const CONTEXT_CONSTRUCTED: u8 = 0xa0;
    /// Primitive context-specific `[0]`; add the number for others.
    pub const CONTEXT_PRIMITIVE: u8 = 0x80;
}

/// Builds one element with this identifier octet around the parts.
#[must_use]
pub fn encode(identifier: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = Vec::with_capacity(length + 6);
    push_header(identifier, length, &mut out);
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// Builds the beginning of an element whose content, of `length` octets, is written elsewhere.
#[must_use]
pub fn encode_header(identifier: u8, length: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(6);
    push_header(identifier, length, &mut out);
    out
}

fn push_header(identifier: u8, length: usize, out: &mut Vec<u8>) {
    out.push(identifier);
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let octets = length.to_be_bytes();
            let significant: Vec<u8> = octets.into_iter().skip_while(|octet| *octet == 0).collect();
            // A `usize` has at most eight octets, so the count always fits the low seven bits.
            out.push(0x80 | u8::try_from(significant.len()).unwrap_or(8));
            out.extend_from_slice(&significant);
        }
    }
}

/// Builds a `SET OF` in distinguished order (X.690 §11.6) from encoded elements.
#[must_use]
pub fn encode_set_of(mut elements: Vec<Vec<u8>>) -> Vec<u8> {
    elements.sort();
    let parts: Vec<&[u8]> = elements.iter().map(Vec::as_slice).collect();
    encode(tag::SET, &parts)
}

/// Builds an `OBJECT IDENTIFIER`.
#[must_use]
pub fn encode_oid(oid: der::asn1::ObjectIdentifier) -> Vec<u8> {
    encode(tag::OBJECT_IDENTIFIER, &[oid.as_bytes()])
}

/// Builds a non-negative `INTEGER` from big-endian octets.
#[must_use]
pub fn encode_unsigned(big_endian: &[u8]) -> Vec<u8> {
    let leading = big_endian.iter().take_while(|octet| **octet == 0).count();
    let significant = big_endian.get(leading..).unwrap_or_default();
    match significant.first() {
        None => encode(tag::INTEGER, &[&[0]]),
        Some(first) if *first >= 0x80 => encode(tag::INTEGER, &[&[0], significant]),
        Some(_) => encode(tag::INTEGER, &[significant]),
    }
}

#[cfg(test)]
mod tests {
    use der::{Header, Reader as _, SliceReader};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn elements_keep_their_octets_and_places() {
        let inner = encode(tag::OCTET_STRING, &[&[7; 200]]);
        let outer = encode(tag::SEQUENCE, &[&encode_unsigned(&[0x80]), &inner]);
        let element = Element::parse(&outer).unwrap();
        let mut reader = element.reader();
        let integer = reader.expect(Tag::Integer, "INTEGER").unwrap();
        assert_eq!(integer.content(), &[0, 0x80]);
        assert_eq!(integer.offset(), 3);
        let octets = reader.element().unwrap();
        assert_eq!(octets.raw(), inner.as_slice());
        assert_eq!(octets.offset(), 7);
        reader.finish().unwrap();
    }

    #[test]
    fn every_truncation_and_every_appended_octet_is_an_error() {
        let outer = encode(
            tag::SEQUENCE,
            &[&encode_unsigned(&[1]), &encode_unsigned(&[0; 3])],
        );
        for end in 0..outer.len() {
            assert!(Element::parse(&outer[..end]).is_err());
        }
        let longer = [outer.as_slice(), &[0]].concat();
        assert_eq!(
            Element::parse(&longer),
            Err(DecodeError::new(DecodeErrorKind::Trailing, outer.len()))
        );
    }

    #[test]
    fn a_set_is_written_in_distinguished_order() {
        let set = encode_set_of(vec![encode_unsigned(&[2]), encode_unsigned(&[1])]);
        assert_eq!(set, [0x31, 6, 2, 1, 1, 2, 1, 2]);
    }

    /// Tag, octets before the content, and octets of content, as the crate `der` reads them.
    fn header_by_der(octets: &[u8]) -> Option<(Tag, usize, usize)> {
        let mut reader = SliceReader::new(octets).ok()?;
        let header = Header::decode(&mut reader).ok()?;
        let before = usize::try_from(reader.position()).ok()?;
        let length = usize::try_from(header.length()).ok()?;
        (length <= octets.len() - before).then_some((header.tag(), before, length))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn headers_are_read_as_the_crate_der_reads_them(
            identifier: u8,
            length in prop::collection::vec(prop_oneof![0_u8..=2, 0x7f_u8..=0x85, any::<u8>()], 0..6),
            content in 0_usize..700,
        ) {
            prop_assume!(identifier & HIGH_NUMBER != HIGH_NUMBER);
            let octets = [&[identifier], length.as_slice(), &vec![7; content]].concat();
            let read = Reader::new(&octets).element().ok().map(|element| {
                let before = element.raw().len() - element.content().len();
                (element.tag(), before, element.content().len())
            });
            prop_assert_eq!(read, header_by_der(&octets));
        }
    }

    #[test]
    fn tag_numbers_above_30_are_refused() {
        for identifier in [0x1f, 0x5f, 0x9f, 0xbf, 0xdf, 0xff] {
            let octets = [identifier, 0x21, 0];
            let refused = DecodeError::new(DecodeErrorKind::Encoding, 0);
            assert_eq!(Reader::new(&octets).element(), Err(refused));
            assert_eq!(Reader::new(&octets).opaque(), Err(refused));
        }
    }
}
