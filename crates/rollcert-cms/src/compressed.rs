use core::ops::Range;
use std::io::Write;

use der::Tag;
use der::asn1::ObjectIdentifier;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use rollcert_pki::Limits;
use rollcert_pki::asn1::{DecodeError, DecodeErrorKind, encode, encode_oid, encode_unsigned, tag};
use rollcert_pki::ber::{self, Shape};

use crate::algorithm::Algorithm;
use crate::content::{self, ContentType};
use crate::inflater::Inflater;

/// Compresses `content` by zlib (RFC 3274 §1.1, RFC 1950). The message is DER.
#[must_use]
pub fn compress(content: &[u8]) -> Vec<u8> {
    compress_as(ContentType::Data, content)
}

/// Compresses content that is of another type than plain data, such as a message of this crate's without
/// the `ContentInfo` around it. Like [`compress`] otherwise.
#[must_use]
pub fn compress_as(content_type: ContentType, content: &[u8]) -> Vec<u8> {
    let content = encode(tag::OCTET_STRING, &[&deflate(content)]);
    let encapsulated = encode(
        tag::SEQUENCE,
        &[
            &encode_oid(content_type.oid()),
            &encode(tag::CONTEXT_CONSTRUCTED, &[&content]),
        ],
    );
    let compressed_data = encode(
        tag::SEQUENCE,
        &[
            // RFC 3274 §1.1: always 0.
            &encode_unsigned(&[0]),
            // RFC 3274 §2: parameters absent.
            &encode(tag::SEQUENCE, &[&encode_oid(ZLIB)]),
            &encapsulated,
        ],
    );
    content::wrap(ContentType::CompressedData, &compressed_data)
}

fn deflate(content: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(content)
        .and_then(|()| encoder.finish())
        .expect("a vector takes whatever is written to it")
}

/// Compressed content (RFC 3274), read but not inflated.
///
/// ```text
/// CompressedData ::= SEQUENCE {
///   version               CMSVersion,
///   compressionAlgorithm  AlgorithmIdentifier,
///   encapContentInfo      SEQUENCE {
///     eContentType  OBJECT IDENTIFIER,
///     eContent      [0] EXPLICIT OCTET STRING OPTIONAL } }
/// ```
#[derive(Clone, Debug)]
pub struct CompressedData {
    der: Vec<u8>,
    algorithm: ObjectIdentifier,
    content_type: ContentType,
    compressed: Range<usize>,
}

impl CompressedData {
    /// Reads a `ContentInfo` in BER or DER.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when the octets are no such structure, exceed `limits`, or hold no content. The place
    /// is that in the DER form of the message.
    pub fn parse(octets: &[u8], limits: &Limits) -> Result<Self, DecodeError> {
        let der = ber::to_der(octets, Shape::Plain, limits)?.into_owned();
        let mut fields =
            content::open(&der, ContentType::CompressedData, "CompressedData")?.reader();
        fields.expect(Tag::Integer, "version")?;
        let algorithm = Algorithm::decode(&mut fields)?.oid;
        let mut encapsulated = fields.expect(Tag::Sequence, "encapContentInfo")?.reader();
        fields.finish()?;
        let content_type = encapsulated
            .expect(Tag::ObjectIdentifier, "eContentType")?
            .decode("eContentType")
            .map(ContentType::from_oid)?;
        let offset = encapsulated.offset();
        let explicit = encapsulated.optional_constructed(0)?.ok_or_else(|| {
            let expected = "eContent";
            DecodeError::new(DecodeErrorKind::Unexpected { expected }, offset)
        })?;
        encapsulated.finish()?;
        let mut inner = explicit.reader();
        let content = inner.expect(Tag::OctetString, "eContent")?;
        inner.finish()?;
        Ok(Self {
            algorithm,
            content_type,
            compressed: content.content_offset()
                ..content.content_offset() + content.content().len(),
            der,
        })
    }

    /// What the content is meant to be (`eContentType`).
    #[must_use]
    pub const fn encapsulated_type(&self) -> ContentType {
        self.content_type
    }

    /// The object identifier of the compression, known or not.
    #[must_use]
    pub const fn algorithm_oid(&self) -> ObjectIdentifier {
        self.algorithm
    }

    /// The content, of at most `max_octets`.
    ///
    /// Memory: the content itself, and 64 KiB; what is beyond `max_octets` is never held. Time goes with the
    /// octets that come out.
    ///
    /// # Errors
    ///
    /// See [`DecompressError`].
    pub fn decompress(&self, max_octets: usize) -> Result<Vec<u8>, DecompressError> {
        if self.algorithm != ZLIB {
            return Err(DecompressError::UnsupportedAlgorithm {
                oid: self.algorithm,
            });
        }
        let compressed = self.der.get(self.compressed.clone()).unwrap_or_default();
        inflate(compressed, max_octets)
    }
}

/// Undoes zlib (RFC 1950), whose stream must end where `compressed` ends.
fn inflate(compressed: &[u8], max_octets: usize) -> Result<Vec<u8>, DecompressError> {
    let mut inflater = Inflater::new(max_octets);
    let mut content = Vec::new();
    let mut rest = compressed;
    while !rest.is_empty() {
        let taken = inflater.step(rest, &mut content)?;
        rest = rest.get(taken..).unwrap_or_default();
    }
    inflater.finish(&mut content)?;
    Ok(content)
}

/// Why compressed content was not inflated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecompressError {
    /// It is compressed in a way that is not supported.
    #[error("compression {oid} not supported")]
    UnsupportedAlgorithm {
        /// The object identifier of the compression.
        oid: ObjectIdentifier,
    },
    /// The content is longer than the caller allows.
    #[error("more than {max} octets of content")]
    TooLong {
        /// What the caller allows.
        max: usize,
    },
    /// It is no zlib stream, or its checksum is another than that of its content.
    #[error("malformed zlib stream")]
    Malformed,
    /// The stream ends before its content does.
    #[error("zlib stream ended early")]
    Truncated,
    /// Octets follow where the stream ends.
    #[error("octets after the end of the zlib stream")]
    Trailing,
}

impl DecompressError {
    /// A stable name for this kind of failure.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnsupportedAlgorithm { .. } => "unsupported-algorithm",
            Self::TooLong { .. } => "limit-exceeded",
            Self::Malformed => "malformed-compression",
            Self::Truncated => "truncated",
            Self::Trailing => "trailing-octets",
        }
    }
}

/// `id-alg-zlibCompress` (RFC 3274 §2).
pub(crate) const ZLIB: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.3.8");
