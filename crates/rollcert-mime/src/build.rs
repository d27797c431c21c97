//! Writing entities, byte-exactly.

use core::fmt::Write as _;

use memchr::memmem;
use rand_core::CryptoRng;

use crate::{
    content_id::ContentId, error::Unencodable, headers::is_field_name, media_type::MediaType,
    transfer::TransferEncoding,
};

/// Writes an entity: header block, blank line, body, all line ends of its own CRLF.
///
/// The fields come in a fixed order: `Content-Type`, `Content-Transfer-Encoding`, `Content-ID`, then the others
/// as they were given. Lines are not folded. The setters refuse what could not be read back, so that
/// [`Self::body`] cannot fail.
#[derive(Clone, Debug)]
pub struct EntityBuilder {
    media_type: MediaType,
    transfer_encoding: Option<TransferEncoding>,
    content_id: Option<ContentId>,
    fields: Vec<(String, String)>,
}

impl EntityBuilder {
    /// Starts an entity with nothing but its `Content-Type`: no transfer encoding (the body goes as it is), no
    /// content id, no other field.
    #[must_use]
    pub const fn new(media_type: MediaType) -> Self {
        Self {
            media_type,
            transfer_encoding: None,
            content_id: None,
            fields: Vec::new(),
        }
    }

    /// Writes a multipart entity with no other field than its `Content-Type`, in one step.
    ///
    /// # Errors
    ///
    /// Those of [`Self::parts`].
    pub fn multipart<P: AsRef<[u8]>>(
        media_type: MediaType,
        parts: &[P],
    ) -> Result<Vec<u8>, Unencodable> {
        Self::new(media_type).parts(parts)
    }

    /// Adds a field.
    ///
    /// # Errors
    ///
    /// [`Unencodable::HeaderName`]; [`Unencodable::HeaderValue`] for a line end or NUL, which would start
    /// another field; [`Unencodable::ReservedHeader`] for the fields that have their own setting.
    pub fn with_header(mut self, name: &str, value: &str) -> Result<Self, Unencodable> {
        if !is_field_name(name.as_bytes()) {
            return Err(Unencodable::HeaderName);
        }
        if let Some(offset) = value.find(['\r', '\n', '\0']) {
            return Err(Unencodable::HeaderValue { offset });
        }
        if RESERVED
            .iter()
            .any(|reserved| reserved.eq_ignore_ascii_case(name))
        {
            return Err(Unencodable::ReservedHeader);
        }
        self.fields.push((name.to_owned(), value.to_owned()));
        Ok(self)
    }

    /// Sets the `Content-ID`.
    #[must_use]
    pub fn with_content_id(mut self, content_id: ContentId) -> Self {
        self.content_id = Some(content_id);
        self
    }

    /// Sets the `Content-Transfer-Encoding`, in which the body is then written.
    #[must_use]
    pub const fn with_transfer_encoding(mut self, transfer_encoding: TransferEncoding) -> Self {
        self.transfer_encoding = Some(transfer_encoding);
        self
    }

    /// Writes the entity with this body, which is encoded here.
    #[must_use]
    pub fn body(&self, body: &[u8]) -> Vec<u8> {
        match self.transfer_encoding {
            Some(encoding) => self.encoded_body(&encoding.encode(body)),
            None => self.encoded_body(body),
        }
    }

    /// Writes the entity with this body, which is encoded already, or parts that [`multipart_body`] has put together.
    #[must_use]
    pub fn encoded_body(&self, body: &[u8]) -> Vec<u8> {
        let mut octets = self.header_block(body.len());
        octets.extend_from_slice(body);
        octets
    }

    /// Returns the header fields in their order, for a transport that carries them itself, as HTTP does.
    pub fn fields(&self) -> impl Iterator<Item = (&str, String)> {
        let own = [
            ("Content-Type", Some(self.media_type.to_string())),
            (
                "Content-Transfer-Encoding",
                self.transfer_encoding.map(|encoding| encoding.to_string()),
            ),
            (
                "Content-ID",
                self.content_id.as_ref().map(ContentId::header_value),
            ),
        ];
        let own = own
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        let others = self.fields.iter();
        own.chain(others.map(|(name, value)| (name.as_str(), value.clone())))
    }

    /// Writes the entity with these parts, each an entity that was written before.
    ///
    /// # Errors
    ///
    /// Those of [`multipart_body`], and [`Unencodable::EncodedMultipart`] when the transfer encoding is
    /// base64 or quoted-printable.
    pub fn parts<P: AsRef<[u8]>>(&self, parts: &[P]) -> Result<Vec<u8>, Unencodable> {
        if self
            .transfer_encoding
            .is_some_and(TransferEncoding::is_transforming)
        {
            return Err(Unencodable::EncodedMultipart);
        }
        Ok(self.encoded_body(&multipart_body(&self.media_type, parts)?))
    }

    /// The header block and the blank line, with room for a body of `body` octets.
    fn header_block(&self, body: usize) -> Vec<u8> {
        let mut block = Vec::with_capacity(body.saturating_add(256));
        for (name, value) in self.fields() {
            for text in [name, ": ", &value, "\r\n"] {
                block.extend_from_slice(text.as_bytes());
            }
        }
        block.extend_from_slice(b"\r\n");
        block
    }
}

/// Writes the body of a multipart alone, for a transport that carries the headers itself, as HTTP does.
///
/// The closing delimiter ends in CRLF; there is no preamble and no epilogue.
///
/// # Errors
///
/// [`Unencodable::NotMultipart`], [`Unencodable::Boundary`], [`Unencodable::NoParts`], and
/// [`Unencodable::BoundaryOccurs`] when two hyphens and the boundary stand anywhere in a part: even where our own
/// reader would not stop, another may.
///
/// # Specification
///
/// [RFC 2046 §5.1.1](https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1).
pub fn multipart_body<P: AsRef<[u8]>>(
    media_type: &MediaType,
    parts: &[P],
) -> Result<Vec<u8>, Unencodable> {
    if !media_type.is_multipart() {
        return Err(Unencodable::NotMultipart);
    }
    let boundary = media_type
        .parameter("boundary")
        .filter(|boundary| is_boundary(boundary))
        .ok_or(Unencodable::Boundary)?;
    if parts.is_empty() {
        return Err(Unencodable::NoParts);
    }
    let delimiter = format!("--{boundary}").into_bytes();
    let finder = memmem::Finder::new(&delimiter);
    let parts = parts.iter().map(AsRef::as_ref);
    let octets: usize = parts
        .clone()
        .map(|part| part.len().saturating_add(delimiter.len() + 4))
        .fold(delimiter.len() + 4, usize::saturating_add);
    let mut body = Vec::with_capacity(octets);
    for (index, part) in parts.enumerate() {
        if finder.find(part).is_some() {
            return Err(Unencodable::BoundaryOccurs { part: index });
        }
        for octets in [delimiter.as_slice(), b"\r\n", part, b"\r\n"] {
            body.extend_from_slice(octets);
        }
    }
    body.extend_from_slice(&delimiter);
    body.extend_from_slice(b"--\r\n");
    Ok(body)
}

/// Draws a boundary: `=_` and 128 random bits in hexadecimal.
///
/// `=_` occurs in no base64 and no quoted-printable body (RFC 2045 §6.7 recommends it for that); against others
/// the random part stands.
#[must_use]
pub fn boundary(rng: &mut dyn CryptoRng) -> String {
    let mut random = [0; 16];
    rng.fill_bytes(&mut random);
    let mut boundary = String::from("=_");
    for octet in random {
        write!(boundary, "{octet:02x}").expect("writing to a String does not fail");
    }
    boundary
}

/// RFC 2046 §5.1.1: 1 to 70 of these characters, the last not a blank.
fn is_boundary(boundary: &str) -> bool {
    (1..=70).contains(&boundary.len())
        && !boundary.ends_with(' ')
        && boundary
            .bytes()
            .all(|octet| octet.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&octet))
}

const RESERVED: [&str; 3] = ["Content-Type", "Content-Transfer-Encoding", "Content-ID"];

#[cfg(test)]
mod tests {
    use super::*;

    fn xml() -> EntityBuilder {
        EntityBuilder::new(MediaType::new("application", "xml").unwrap())
    }

    fn mixed(boundary: &str) -> MediaType {
        let mixed = MediaType::new("multipart", "mixed").unwrap();
        mixed.with_parameter("boundary", boundary).unwrap()
    }

    #[test]
    fn fields_come_in_a_fixed_order() {
        let octets = xml()
            .with_header("Content-Disposition", "attachment; filename=a.xml")
            .unwrap()
            .with_content_id(ContentId::new("a@b").unwrap())
            .with_transfer_encoding(TransferEncoding::Base64)
            .body(b"<a/>");
        assert_eq!(
            str::from_utf8(&octets).unwrap(),
            "Content-Type: application/xml\r\nContent-Transfer-Encoding: base64\r\nContent-ID: <a@b>\r\nContent-Disposition: attachment; filename=a.xml\r\n\r\nPGEvPg==\r\n"
        );
    }

    #[test]
    fn header_and_body_apart_are_the_same_entity() {
        let builder = xml()
            .with_transfer_encoding(TransferEncoding::Base64)
            .with_header("X-Number", "1")
            .unwrap();
        let fields: String = builder
            .fields()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let encoded = TransferEncoding::Base64.encode(b"<a/>");
        let whole = [fields.as_bytes(), b"\r\n", &encoded].concat();
        assert_eq!(builder.body(b"<a/>"), whole);
        assert_eq!(builder.encoded_body(&encoded), whole);
    }

    #[test]
    fn parts_are_written_as_they_are() {
        let octets = EntityBuilder::multipart(mixed("b c"), &[&b"\r\none"[..], b""]);
        assert_eq!(
            str::from_utf8(&octets.unwrap()).unwrap(),
            "Content-Type: multipart/mixed; boundary=\"b c\"\r\n\r\n--b c\r\n\r\none\r\n--b c\r\n\r\n--b c--\r\n"
        );
    }

    #[test]
    fn injection_is_refused() {
        let refused = |name, value| xml().with_header(name, value).unwrap_err();
        assert_eq!(
            refused("X", "a\r\nY: b"),
            Unencodable::HeaderValue { offset: 1 }
        );
        assert_eq!(refused("X", "é\n"), Unencodable::HeaderValue { offset: 2 });
        assert_eq!(refused("X", "\0"), Unencodable::HeaderValue { offset: 0 });
        assert_eq!(refused("X: y\r\nZ", "a"), Unencodable::HeaderName);
        assert_eq!(refused("", "a"), Unencodable::HeaderName);
        assert_eq!(refused("content-type", "a/b"), Unencodable::ReservedHeader);
    }

    #[test]
    fn a_multipart_that_would_not_split_again_is_refused() {
        let part = || vec![b"x".to_vec()];
        let long = "b".repeat(71);
        for boundary in ["", "a ", "a\"b", "é", &long] {
            assert_eq!(
                EntityBuilder::multipart(mixed(boundary), &part()),
                Err(Unencodable::Boundary)
            );
        }
        let unbounded = MediaType::new("multipart", "mixed").unwrap();
        assert_eq!(
            multipart_body(&unbounded, &part()),
            Err(Unencodable::Boundary)
        );
        let text = MediaType::new("text", "plain").unwrap();
        assert_eq!(
            multipart_body(&text, &part()),
            Err(Unencodable::NotMultipart)
        );
        let none: [Vec<u8>; 0] = [];
        assert_eq!(
            multipart_body(&mixed("b"), &none),
            Err(Unencodable::NoParts)
        );
        assert_eq!(
            multipart_body(&mixed("b"), &[b"x".to_vec(), b"x\n--bc".to_vec()]),
            Err(Unencodable::BoundaryOccurs { part: 1 })
        );
        let encoded = EntityBuilder::new(mixed("b"))
            .with_transfer_encoding(TransferEncoding::QuotedPrintable)
            .parts(&part());
        assert_eq!(encoded, Err(Unencodable::EncodedMultipart));
    }
}
