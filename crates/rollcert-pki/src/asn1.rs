//! Walking DER without losing an octet: each element keeps its place and its exact encoding.
//!
//! Typed decoders throw the original octets away and re-encoding does not always bring them back,
//! while signatures and thumbprints stand on what arrived. So structures are read here element by
//! element, over the header decoder of the `der` crate. [`write`](self#functions) functions build
//! the other way.

use der::{Decode, Header, Length, Reader as _, SliceReader, Tag, TagNumber};

use crate::ber;

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

    /// The error that says this element's value is not one that `what` allows.
    #[must_use]
    pub const fn bad(&self, what: &'static str) -> DecodeError {
        DecodeError::new(DecodeErrorKind::Value { what }, self.offset)
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

    /// The next element, whatever it is.
    ///
    /// # Errors
    ///
    /// [`DecodeErrorKind::Truncated`] or [`DecodeErrorKind::Encoding`].
    pub fn element(&mut self) -> Result<Element<'a>, DecodeError> {
        let offset = self.offset();
        let rest = self.input.get(self.taken..).unwrap_or_default();
        let fault = |kind| DecodeError::new(kind, offset);
        if rest.is_empty() {
            return Err(fault(DecodeErrorKind::Truncated));
        }
        let mut reader = SliceReader::new(rest).map_err(|_| fault(DecodeErrorKind::Encoding))?;
        let header = Header::decode(&mut reader).map_err(|error| {
            fault(match error.kind() {
                der::ErrorKind::Incomplete { .. } => DecodeErrorKind::Truncated,
                _ => DecodeErrorKind::Encoding,
            })
        })?;
        let encoding = |_| fault(DecodeErrorKind::Encoding);
        let header_len = usize::try_from(reader.position()).map_err(encoding)?;
        let length = usize::try_from(header.length()).map_err(encoding)?;
        let end = header_len
            .checked_add(length)
            .filter(|end| *end <= rest.len())
            .ok_or_else(|| fault(DecodeErrorKind::Truncated))?;
        let raw = rest.get(..end).unwrap_or_default();
        let content = raw.get(header_len..).unwrap_or_default();
        self.taken += end;
        Ok(Element {
            tag: header.tag(),
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
        let identifier = *rest
            .first()
            .ok_or_else(|| fault(DecodeErrorKind::Truncated))?;
        if identifier & 0x1f == 0x1f {
            return Err(fault(DecodeErrorKind::Encoding));
        }
        let mut reader = SliceReader::new(rest.get(1..).unwrap_or_default())
            .map_err(|_| fault(DecodeErrorKind::Encoding))?;
        let length = Length::decode(&mut reader).map_err(|error| {
            fault(match error.kind() {
                der::ErrorKind::Incomplete { .. } => DecodeErrorKind::Truncated,
                _ => DecodeErrorKind::Encoding,
            })
        })?;
        let encoding = |_| fault(DecodeErrorKind::Encoding);
        let header_len = usize::try_from(reader.position()).map_err(encoding)? + 1;
        let length = usize::try_from(length).map_err(encoding)?;
        let raw = header_len
            .checked_add(length)
            .and_then(|end| rest.get(..end))
            .ok_or_else(|| fault(DecodeErrorKind::Truncated))?;
        self.taken += raw.len();
        Ok(OpaqueElement {
            identifier,
            raw,
            content: raw.get(header_len..).unwrap_or_default(),
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

/// Identifier octets that builders need.
pub mod tag {
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
    for part in parts {
        out.extend_from_slice(part);
    }
    out
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
}
