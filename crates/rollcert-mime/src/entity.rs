//! An entity: a header block and a body.

use std::borrow::Cow;

use crate::{
    error::{DecodeError, DecodeErrorKind},
    headers::Headers,
    limits::Limits,
    media_type::MediaType,
    multipart::{self, Multipart},
};

/// An entity: a header block and a body, over the octets that arrived.
///
/// Offsets in errors count from the entity's first octet; where the headers came separately, from the first
/// octet of the block (for a header) or of the body.
///
/// # Specification
///
/// [RFC 2045 §2.4](https://www.rfc-editor.org/rfc/rfc2045#section-2.4).
#[derive(Clone, Debug)]
pub struct Entity<'a> {
    octets: Option<&'a [u8]>,
    headers: Headers<'a>,
    body: &'a [u8],
    body_offset: usize,
}

/// A part of a multipart, which is an entity in its own right.
pub type Part<'a> = Entity<'a>;

impl<'a> Entity<'a> {
    /// Reads an entity: header block, blank line, body. Without a blank line, everything is header.
    ///
    /// # Errors
    ///
    /// Those of [`Headers::parse`], except that octets after the blank line are the body.
    pub fn parse(octets: &'a [u8], limits: &Limits) -> Result<Self, DecodeError> {
        let (headers, body_offset) = Headers::parse_prefix(octets, limits)?;
        Ok(Self {
            octets: Some(octets),
            headers,
            body: octets.get(body_offset..).unwrap_or_default(),
            body_offset,
        })
    }

    /// Joins a body with headers that arrived separately, as by HTTP.
    #[must_use]
    pub const fn with_headers(headers: Headers<'a>, body: &'a [u8]) -> Self {
        Self {
            octets: None,
            headers,
            body,
            body_offset: 0,
        }
    }

    /// Returns the exact octets of the entity, headers included: what a signature or a MIC covers. None when
    /// the headers arrived separately, since there were no such octets.
    #[must_use]
    pub const fn octets(&self) -> Option<&'a [u8]> {
        self.octets
    }

    /// Returns the header block.
    #[must_use]
    pub const fn headers(&self) -> &Headers<'a> {
        &self.headers
    }

    /// Returns the body as it arrived, transfer encoding and all.
    #[must_use]
    pub const fn body(&self) -> &'a [u8] {
        self.body
    }

    /// Returns the body with its transfer encoding undone; borrowed when there was none.
    ///
    /// # Errors
    ///
    /// Those of [`Headers::transfer_encoding`] and [`TransferEncoding::decode`](crate::TransferEncoding::decode).
    pub fn decoded_body(&self) -> Result<Cow<'a, [u8]>, DecodeError> {
        self.headers
            .transfer_encoding()?
            .decode(self.body)
            .map_err(|error| error.shifted(self.body_offset))
    }

    /// Splits the body of a multipart into its parts. Parts that are multiparts themselves stay whole.
    ///
    /// # Errors
    ///
    /// Those of [`Headers::content_type`] and [`Headers::transfer_encoding`];
    /// [`DecodeErrorKind::NotMultipart`], [`DecodeErrorKind::MissingBoundary`],
    /// [`DecodeErrorKind::EncodedMultipart`] from the headers;
    /// [`DecodeErrorKind::MissingCloseDelimiter`], [`DecodeErrorKind::NoParts`],
    /// [`DecodeErrorKind::TooManyParts`] from the body; those of [`Headers::parse`] from a part.
    ///
    /// # Specification
    ///
    /// [RFC 2046 §5.1](https://www.rfc-editor.org/rfc/rfc2046#section-5.1).
    pub fn parts(&self, limits: &Limits) -> Result<Multipart<'a>, DecodeError> {
        self.parts_of(&self.headers.content_type()?, limits)
    }

    /// Splits the body as [`Self::parts`] does, for callers that have read the media type of this entity already.
    ///
    /// # Errors
    ///
    /// Those of [`Self::parts`].
    pub fn parts_of(
        &self,
        media_type: &MediaType,
        limits: &Limits,
    ) -> Result<Multipart<'a>, DecodeError> {
        let wrong_type = |kind| DecodeError::new(kind, self.headers.content_type_offset());
        if !media_type.is_multipart() {
            return Err(wrong_type(DecodeErrorKind::NotMultipart));
        }
        let boundary = media_type
            .boundary()
            .ok_or_else(|| wrong_type(DecodeErrorKind::MissingBoundary))?;
        // RFC 2045 §6.4: base64 and quoted-printable are not permitted on a multipart. A reader that undoes
        // the encoding and one that does not could see different parts.
        if self.headers.transfer_encoding()?.is_transforming() {
            let offset = self.headers.transfer_encoding_offset();
            return Err(DecodeError::new(DecodeErrorKind::EncodedMultipart, offset));
        }
        multipart::split(self.body, boundary, limits)
            .map_err(|error| error.shifted(self.body_offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(octets: &[u8]) -> Result<usize, DecodeError> {
        let limits = Limits::default();
        let multipart = Entity::parse(octets, &limits)?.parts(&limits)?;
        Ok(multipart.parts.len())
    }

    fn error<T>(kind: DecodeErrorKind, offset: usize) -> Result<T, DecodeError> {
        Err(DecodeError::new(kind, offset))
    }

    #[test]
    fn a_blank_line_parts_header_and_body() {
        for (octets, header, body) in [
            (
                &b"A: b\r\n\r\nbody\r\n"[..],
                &b"A: b\r\n"[..],
                &b"body\r\n"[..],
            ),
            (b"A: b\n\nbody", b"A: b\n", b"body"),
            (b"\r\nbody", b"", b"body"),
            (b"A: b\r\n", b"A: b\r\n", b""),
            (b"A: b", b"A: b", b""),
            (b"", b"", b""),
        ] {
            let entity = Entity::parse(octets, &Limits::default()).unwrap();
            assert_eq!(
                (entity.octets(), entity.headers().octets(), entity.body()),
                (Some(octets), header, body)
            );
        }
    }

    #[test]
    fn headers_that_cannot_be_split_by_say_so() {
        use DecodeErrorKind as Kind;

        assert_eq!(parts(b"A: b\n\n--b--"), error(Kind::NotMultipart, 0));
        assert_eq!(
            parts(b"Content-Type: text/plain\n\n"),
            error(Kind::NotMultipart, 13)
        );
        assert_eq!(
            parts(b"Content-Type: multipart/mixed; boundary=\" \"\n\n"),
            error(Kind::MissingBoundary, 13)
        );
        assert_eq!(
            parts(b"Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n--b\n--b--"),
            error(Kind::EncodedMultipart, 68)
        );
        assert_eq!(
            parts(b"Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: 8bit\n\n--b\n--b--"),
            Ok(1)
        );
    }

    #[test]
    fn errors_in_the_body_are_located_in_the_entity() {
        assert_eq!(
            parts(b"Content-Type: multipart/mixed; boundary=b\n\n--b\nbad\n--b--"),
            error(DecodeErrorKind::FieldName, 47)
        );
        let encoded = b"Content-Transfer-Encoding: base64\n\nZg-=";
        let entity = Entity::parse(encoded, &Limits::default()).unwrap();
        assert_eq!(
            entity.decoded_body(),
            error(DecodeErrorKind::Base64Character, 37)
        );
    }
}
