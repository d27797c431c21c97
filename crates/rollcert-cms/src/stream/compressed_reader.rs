use rollcert_pki::Limits;

use super::StreamError;
use super::splitter::{Splitter, Structure};
use crate::compressed::ZLIB;
use crate::inflater::Inflater;
use crate::{CompressedData, ContentType, DecompressError};

/// Inflates compressed data in pieces, in BER or DER (RFC 3274).
///
/// A few octets can stand for a thousand times as many. So each [`update`](Self::update) makes 96 KiB at
/// most, and says how far it came; all of them together make no more than the caller allows.
///
/// ```
/// # use rollcert_cms::ContentType;
/// # use rollcert_cms::stream::{CompressedDataReader, StreamError};
/// # use rollcert_pki::Limits;
/// fn inflate<'a>(
///     pieces: impl Iterator<Item = &'a [u8]>,
///     mut keep: impl FnMut(&[u8]),
/// ) -> Result<ContentType, StreamError> {
///     let mut message = CompressedDataReader::new(&Limits::default(), 1 << 30);
///     let mut content = Vec::new();
///     for mut piece in pieces {
///         while !piece.is_empty() {
///             piece = message.update(piece, &mut content)?;
///             keep(&content);
///             content.clear();
///         }
///     }
///     let content_type = message.finish(&mut content)?;
///     keep(&content);
///     Ok(content_type)
/// }
/// ```
#[derive(Debug)]
pub struct CompressedDataReader {
    splitter: Splitter,
    limits: Limits,
    max_octets: usize,
    /// Nothing until the content begins.
    inflater: Option<Inflater>,
}

impl CompressedDataReader {
    /// Begins to read. [`Limits::octets`] bounds what is not content, [`Limits::depth`] all, and `max_octets`
    /// the content when it is inflated.
    #[must_use]
    pub const fn new(limits: &Limits, max_octets: usize) -> Self {
        Self {
            splitter: Splitter::new(Structure::Compressed, limits),
            limits: *limits,
            max_octets,
            inflater: None,
        }
    }

    /// Takes in more of the message, and appends to `content` what it holds of the content, 96 KiB at most.
    /// Returns the rest of `message`, to be handed over again when there is room for more.
    ///
    /// # Errors
    ///
    /// [`StreamError::Malformed`] as of [`CompressedData::parse`], [`StreamError::Decompress`] as of
    /// [`CompressedData::decompress`]. Nothing more is read then.
    pub fn update<'d>(
        &mut self,
        mut message: &'d [u8],
        content: &mut Vec<u8>,
    ) -> Result<&'d [u8], StreamError> {
        let before = content.len();
        loop {
            message = self.splitter.structure(message)?;
            let inflater = match &mut self.inflater {
                Some(inflater) => inflater,
                None if self.splitter.content_begun() => {
                    self.check(&self.splitter.head(&[]))?;
                    self.inflater.insert(Inflater::new(self.max_octets))
                }
                None => return Ok(message),
            };
            let piece = self.splitter.content(message);
            if !piece.is_empty() {
                let taken = inflater.step(piece, content)?;
                self.splitter.advance(taken);
                message = message.get(taken..).unwrap_or_default();
            }
            if message.is_empty() || content.len() - before >= ENOUGH {
                return Ok(message);
            }
        }
    }

    /// Ends the message, appends to `content` the rest of its content, some ten KiB, and says what that is
    /// meant to be.
    ///
    /// # Errors
    ///
    /// As [`Self::update`], also when the message, or its content, ends too early.
    pub fn finish(self, content: &mut Vec<u8>) -> Result<ContentType, StreamError> {
        let truncated = self.splitter.truncated();
        let message = CompressedData::parse(&self.splitter.finish()?, &self.limits)?;
        self.inflater.ok_or(truncated)?.finish(content)?;
        Ok(message.encapsulated_type())
    }

    /// Whether what is around the content is right, and the compression one that is served.
    fn check(&self, message: &[u8]) -> Result<(), StreamError> {
        let message = CompressedData::parse(message, &self.limits)?;
        let oid = message.algorithm_oid();
        if oid != ZLIB {
            return Err(DecompressError::UnsupportedAlgorithm { oid }.into());
        }
        Ok(())
    }
}

/// How much one call makes before it returns.
const ENOUGH: usize = 32 * 1024;
