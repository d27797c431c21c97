use rand_core::CryptoRng;
use rollcert_crypto::{self as crypto, CipherStream, ContentAlgorithm, Provider};
use rollcert_pki::asn1::{encode_oid, encode_unsigned, tag};

use super::segments::{Segments, begin, end};
use crate::content::ContentType;
use crate::content_encryption::ContentEncryptionAlgorithm;
use crate::encrypt::{ContentKey, EncryptError, SealedKeys};
use crate::recipient::Recipient;

/// Encrypts content that comes in pieces (RFC 5652 §6), in CBC mode.
///
/// Made is BER: the elements around the content have indefinite length, and the encrypted content is in
/// segments of 32 KiB, however the content comes. Otherwise it is what [`encrypt()`](crate::encrypt()) makes.
///
/// There is no such writer for Galois/Counter mode, although one could be: readers would have to hold the
/// whole content back until its tag, at the end, is proven.
///
/// ```
/// # use rand_core::CryptoRng;
/// # use rollcert_cms::stream::EnvelopedDataWriter;
/// # use rollcert_cms::{EncryptError, Recipient};
/// # use rollcert_crypto::{ContentAlgorithm, Provider};
/// fn encrypt<'a>(
///     pieces: impl Iterator<Item = &'a [u8]>,
///     recipients: &[Recipient<'_>],
///     provider: &Provider,
///     rng: &mut dyn CryptoRng,
///     mut send: impl FnMut(&[u8]),
/// ) -> Result<(), EncryptError> {
///     let cipher = ContentAlgorithm::Aes256Cbc;
///     let mut message = EnvelopedDataWriter::new(recipients, cipher, provider, rng)?;
///     let mut out = Vec::new();
///     for piece in pieces {
///         message.update(piece, &mut out)?;
///         send(&out);
///         out.clear();
///     }
///     message.finish(&mut out)?;
///     send(&out);
///     Ok(())
/// }
/// ```
pub struct EnvelopedDataWriter {
    /// Until the content begins.
    beginning: Option<Beginning>,
    cipher: Box<dyn CipherStream>,
    /// Between the cipher and the segments.
    encrypted: Vec<u8>,
    segments: Segments,
}

impl EnvelopedDataWriter {
    /// A message with plain data for each of `recipients`. Content key, initialisation vector, and the
    /// keys that others agree with are drawn from `rng`.
    ///
    /// # Errors
    ///
    /// Those of [`encrypt()`](crate::encrypt()).
    pub fn new(
        recipients: &[Recipient<'_>],
        algorithm: ContentAlgorithm,
        provider: &Provider,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, EncryptError> {
        let named = ContentEncryptionAlgorithm::Cbc(algorithm);
        let ContentKey { key, cipher } = ContentKey::draw(named, rng);
        let stream = provider
            .content
            .start_encryption(algorithm, &key, &cipher.vector)
            .map_err(|error| match error {
                crypto::Error::Unsupported { .. } => {
                    EncryptError::UnsupportedAlgorithm { algorithm: named }
                }
                error => EncryptError::Provider(error),
            })?;
        Ok(Self {
            beginning: Some(Beginning {
                recipients: SealedKeys::seal(recipients, &key, provider, rng)?,
                content_type: ContentType::Data,
                cipher: cipher.encode(),
            }),
            cipher: stream,
            encrypted: Vec::new(),
            segments: Segments::default(),
        })
    }

    /// The same message with content of another type. To be said before the content comes; later it changes
    /// nothing.
    #[must_use]
    pub fn with_content_type(mut self, content_type: ContentType) -> Self {
        if let Some(beginning) = &mut self.beginning {
            beginning.content_type = content_type;
        }
        self
    }

    /// Takes in more of the content, and appends to `out` what can be written of the message: at most as much,
    /// 32 KiB, and the recipients.
    ///
    /// # Errors
    ///
    /// [`EncryptError::Provider`] when the provider failed. The message is of no use then.
    pub fn update(&mut self, content: &[u8], out: &mut Vec<u8>) -> Result<(), EncryptError> {
        self.begin(out);
        for piece in content.chunks(PIECE_LEN) {
            self.cipher
                .update(piece, &mut self.encrypted)
                .map_err(EncryptError::Provider)?;
            self.segments.push(&self.encrypted, out);
            self.encrypted.clear();
        }
        Ok(())
    }

    /// Ends the content and the message, and appends the rest to `out`.
    ///
    /// # Errors
    ///
    /// As [`Self::update`].
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<(), EncryptError> {
        self.begin(out);
        self.cipher
            .finish(&mut self.encrypted)
            .map_err(EncryptError::Provider)?;
        self.segments.push(&self.encrypted, out);
        self.segments.finish(out);
        // The string, `encryptedContentInfo`, the structure, the `[0]` around it, `ContentInfo`.
        end(5, out);
        Ok(())
    }

    fn begin(&mut self, out: &mut Vec<u8>) {
        if let Some(beginning) = self.beginning.take() {
            beginning.write(out);
        }
    }
}

impl core::fmt::Debug for EnvelopedDataWriter {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("EnvelopedDataWriter")
            .field("begun", &self.beginning.is_none())
            .finish_non_exhaustive()
    }
}

/// What stands before the encrypted content.
struct Beginning {
    recipients: SealedKeys,
    content_type: ContentType,
    /// The `AlgorithmIdentifier`.
    cipher: Vec<u8>,
}

impl Beginning {
    fn write(&self, out: &mut Vec<u8>) {
        begin(tag::SEQUENCE, out);
        out.extend(encode_oid(ContentType::EnvelopedData.oid()));
        begin(tag::CONTEXT_CONSTRUCTED, out);
        begin(tag::SEQUENCE, out);
        out.extend(encode_unsigned(&[self.recipients.version]));
        out.extend_from_slice(&self.recipients.infos);
        begin(tag::SEQUENCE, out);
        out.extend(encode_oid(self.content_type.oid()));
        out.extend_from_slice(&self.cipher);
        begin(tag::CONTEXT_CONSTRUCTED, out);
    }
}

/// How much is encrypted at a time, so that what is between cipher and segments stays short.
const PIECE_LEN: usize = 32 * 1024;
