use core::fmt;
use std::borrow::Cow;

use der::Tag;
use der::asn1::ObjectIdentifier;
use rollcert_pki::asn1::{DecodeError, DecodeErrorKind, Element, Reader, encode, encode_oid, tag};

/// What a `ContentInfo` holds (RFC 5652 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ContentType {
    /// Plain octets (RFC 5652 §4).
    Data,
    /// [`SignedData`](crate::SignedData) (RFC 5652 §5).
    SignedData,
    /// [`EnvelopedData`](crate::EnvelopedData) (RFC 5652 §6).
    EnvelopedData,
    /// Authenticated-enveloped data (RFC 5083), which [`EnvelopedData`](crate::EnvelopedData) reads too.
    AuthEnvelopedData,
    /// [`CompressedData`](crate::CompressedData) (RFC 3274).
    CompressedData,
    /// Some other type.
    Other(ObjectIdentifier),
}

impl ContentType {
    const KNOWN: [Self; 5] = [
        Self::Data,
        Self::SignedData,
        Self::EnvelopedData,
        Self::AuthEnvelopedData,
        Self::CompressedData,
    ];

    /// The type that `oid` names.
    #[must_use]
    pub fn from_oid(oid: ObjectIdentifier) -> Self {
        Self::KNOWN
            .into_iter()
            .find(|known| known.oid() == oid)
            .unwrap_or(Self::Other(oid))
    }

    /// The object identifier of the type.
    #[must_use]
    pub const fn oid(self) -> ObjectIdentifier {
        const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
        const SIGNED: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
        const ENVELOPED: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.3");
        const AUTH_ENVELOPED: ObjectIdentifier =
            ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.23");
        const COMPRESSED: ObjectIdentifier =
            ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.9");
        match self {
            Self::Data => DATA,
            Self::SignedData => SIGNED,
            Self::EnvelopedData => ENVELOPED,
            Self::AuthEnvelopedData => AUTH_ENVELOPED,
            Self::CompressedData => COMPRESSED,
            Self::Other(oid) => oid,
        }
    }

    /// The name of the type in its standard, or its object identifier.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Data => Some("data"),
            Self::SignedData => Some("signed-data"),
            Self::EnvelopedData => Some("enveloped-data"),
            Self::AuthEnvelopedData => Some("authEnveloped-data"),
            Self::CompressedData => Some("compressed-data"),
            Self::Other(_) => None,
        }
    }
}

impl fmt::Display for ContentType {
    /// The name that the `smime-type` parameter uses (RFC 8551 §3.2.2), else the object identifier.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{}", self.oid()),
        }
    }
}

/// Tells what a `ContentInfo` in BER or DER holds. Looks at the beginning only, so the rest may
/// still turn out malformed.
///
/// # Errors
///
/// [`DecodeErrorKind::Truncated`], [`DecodeErrorKind::Encoding`] and
/// [`DecodeErrorKind::Unexpected`] when the octets do not begin as a `ContentInfo`.
pub fn content_type(octets: &[u8]) -> Result<ContentType, DecodeError> {
    let fault = |kind| DecodeError::new(kind, 0);
    let (identifier, rest) = octets
        .split_first()
        .ok_or_else(|| fault(DecodeErrorKind::Truncated))?;
    if *identifier != tag::SEQUENCE {
        return Err(fault(CONTENT_INFO));
    }
    let (length, rest) = rest
        .split_first()
        .ok_or_else(|| fault(DecodeErrorKind::Truncated))?;
    let length_len = if *length > 0x80 {
        usize::from(*length & 0x7f)
    } else {
        0
    };
    let fields = rest
        .get(length_len..)
        .ok_or_else(|| fault(DecodeErrorKind::Truncated))?;
    let oid = Reader::new(&shortest_length(fields))
        .expect(Tag::ObjectIdentifier, "contentType")
        .and_then(|oid| oid.decode("contentType"))
        // The reader began at the content of the outer element.
        .map_err(|error| DecodeError::new(error.kind(), error.offset() + 2 + length_len))?;
    Ok(ContentType::from_oid(oid))
}

/// The same element with its length in one octet, where BER spent several on one that small.
fn shortest_length(element: &[u8]) -> Cow<'_, [u8]> {
    let shortened = || {
        let [identifier, first, rest @ ..] = element else {
            return None;
        };
        let octets = first.checked_sub(0x80).filter(|octets| *octets > 0)?;
        let (length, rest) = rest.split_at_checked(usize::from(octets))?;
        let (length, zeros) = length.split_last()?;
        let small = *length < 0x80 && zeros.iter().all(|octet| *octet == 0);
        let content = rest.get(..usize::from(*length)).filter(|_| small)?;
        Some([&[*identifier, *length], content].concat())
    };
    shortened().map_or(Cow::Borrowed(element), Cow::Owned)
}

/// Takes the `wanted` structure, a `SEQUENCE`, out of the `ContentInfo` around it.
pub(crate) fn open<'a>(
    der: &'a [u8],
    wanted: ContentType,
    expected: &'static str,
) -> Result<Element<'a>, DecodeError> {
    let outer = Element::parse(der)?;
    if outer.tag() != Tag::Sequence {
        return Err(DecodeError::new(CONTENT_INFO, 0));
    }
    let mut fields = outer.reader();
    let oid = fields.expect(Tag::ObjectIdentifier, "contentType")?;
    let unexpected = |offset| DecodeError::new(DecodeErrorKind::Unexpected { expected }, offset);
    if oid.content() != wanted.oid().as_bytes() {
        return Err(unexpected(oid.offset()));
    }
    let offset = fields.offset();
    let explicit = fields
        .optional_constructed(0)?
        .ok_or_else(|| unexpected(offset))?;
    fields.finish()?;
    let mut inner = explicit.reader();
    let content = inner.expect(Tag::Sequence, expected)?;
    inner.finish()?;
    Ok(content)
}

/// Puts an encoded structure into a `ContentInfo`.
pub(crate) fn wrap(content_type: ContentType, content: &[u8]) -> Vec<u8> {
    let explicit = encode(tag::CONTEXT_CONSTRUCTED, &[content]);
    encode(tag::SEQUENCE, &[&encode_oid(content_type.oid()), &explicit])
}

const CONTENT_INFO: DecodeErrorKind = DecodeErrorKind::Unexpected {
    expected: "ContentInfo",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types_are_recognised_in_any_length_form() {
        for wanted in ContentType::KNOWN {
            let der = wrap(wanted, &[]);
            assert_eq!(content_type(&der), Ok(wanted));
            let fields = &der[2..];
            let indefinite = [&[0x30, 0x80], fields, &[0, 0]].concat();
            assert_eq!(content_type(&indefinite), Ok(wanted));
            let padded = [&[0x30, 0x82, 0], &der[1..]].concat();
            assert_eq!(content_type(&padded), Ok(wanted));
            let long_inside = [&[0x30, 0x80, 6, 0x82, 0], &fields[1..]].concat();
            assert_eq!(content_type(&long_inside), Ok(wanted));
        }
        let other = ContentType::Other(ObjectIdentifier::new_unwrap("1.2.3.4"));
        assert_eq!(content_type(&wrap(other, &[])), Ok(other));
    }

    #[test]
    fn what_is_no_content_info_says_so() {
        let fault = |kind, offset| Err(DecodeError::new(kind, offset));
        assert_eq!(content_type(&[]), fault(DecodeErrorKind::Truncated, 0));
        assert_eq!(content_type(b"-----BEGIN"), fault(CONTENT_INFO, 0));
        assert_eq!(
            content_type(&[0x30, 0x82, 1]),
            fault(DecodeErrorKind::Truncated, 0)
        );
        assert_eq!(
            content_type(&[0x30, 0x80]),
            fault(DecodeErrorKind::Truncated, 2)
        );
        let expected = DecodeErrorKind::Unexpected {
            expected: "contentType",
        };
        assert_eq!(content_type(&[0x30, 3, 2, 1, 0]), fault(expected, 2));
    }
}
