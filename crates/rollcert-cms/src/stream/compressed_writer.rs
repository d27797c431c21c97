use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use rollcert_pki::asn1::{encode, encode_oid, encode_unsigned, tag};

use super::segments::{CONSTRUCTED_OCTET_STRING, Segments, begin, end};
use crate::compressed::ZLIB;
use crate::content::ContentType;

/// Compresses content that comes in pieces by zlib (RFC 3274 §1.1, RFC 1950).
///
/// Made is BER: the elements around the content have indefinite length, and the compressed content is in
/// segments of 32 KiB, however the content comes. Otherwise it is what [`compress`](crate::compress) makes.
///
/// ```
/// use rollcert_cms::stream::CompressedDataWriter;
///
/// let mut message = CompressedDataWriter::new();
/// let mut out = Vec::new();
/// for piece in [b"once ", b"more "].repeat(1000) {
///     message.update(piece, &mut out);
///     // Here what is in `out` would be sent.
/// }
/// message.finish(&mut out);
/// assert!(out.len() < 200);
/// ```
#[derive(Debug)]
pub struct CompressedDataWriter {
    content_type: ContentType,
    begun: bool,
    /// What it has made waits inside.
    encoder: ZlibEncoder<Vec<u8>>,
    segments: Segments,
}

impl CompressedDataWriter {
    /// A message with plain data, so far none. Takes some 300 KiB of memory.
    #[must_use]
    pub fn new() -> Self {
        Self {
            content_type: ContentType::Data,
            begun: false,
            encoder: ZlibEncoder::new(Vec::new(), Compression::default()),
            segments: Segments::default(),
        }
    }

    /// The same message with content of another type. To be said before the content comes; later it changes
    /// nothing.
    #[must_use]
    pub const fn with_content_type(mut self, content_type: ContentType) -> Self {
        self.content_type = content_type;
        self
    }

    /// Takes in more of the content, and appends to `out` what can be written of the message: at most as much,
    /// and some hundred KiB.
    pub fn update(&mut self, content: &[u8], out: &mut Vec<u8>) {
        self.begin(out);
        for piece in content.chunks(PIECE_LEN) {
            self.compress(piece, out);
        }
    }

    /// Ends the content and the message, and appends the rest to `out`.
    pub fn finish(mut self, out: &mut Vec<u8>) {
        self.begin(out);
        self.segments.push(&rest(self.encoder), out);
        self.segments.finish(out);
        // The string, the `[0]` around it, `encapContentInfo`, the structure, the `[0]` around it, `ContentInfo`.
        end(6, out);
    }

    fn compress(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        self.encoder
            .write_all(piece)
            .expect("a vector takes whatever is written to it");
        let compressed = self.encoder.get_mut();
        self.segments.push(compressed, out);
        compressed.clear();
    }

    fn begin(&mut self, out: &mut Vec<u8>) {
        if self.begun {
            return;
        }
        self.begun = true;
        begin(tag::SEQUENCE, out);
        out.extend(encode_oid(ContentType::CompressedData.oid()));
        begin(tag::CONTEXT_CONSTRUCTED, out);
        begin(tag::SEQUENCE, out);
        // RFC 3274 §1.1: always 0.
        out.extend(encode_unsigned(&[0]));
        // RFC 3274 §2: parameters absent.
        out.extend(encode(tag::SEQUENCE, &[&encode_oid(ZLIB)]));
        begin(tag::SEQUENCE, out);
        out.extend(encode_oid(self.content_type.oid()));
        begin(tag::CONTEXT_CONSTRUCTED, out);
        begin(CONSTRUCTED_OCTET_STRING, out);
    }
}

impl Default for CompressedDataWriter {
    fn default() -> Self {
        Self::new()
    }
}

/// What the encoder has not put out yet.
fn rest(encoder: ZlibEncoder<Vec<u8>>) -> Vec<u8> {
    encoder
        .finish()
        .expect("a vector takes whatever is written to it")
}

/// How much is compressed at a time, so that what is between compression and segments stays short.
const PIECE_LEN: usize = 32 * 1024;
