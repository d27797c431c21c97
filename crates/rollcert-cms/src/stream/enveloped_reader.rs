use core::fmt;

use rand_core::CryptoRng;
use rollcert_crypto::{self as crypto, CipherStream, Provider};
use rollcert_pki::{Certificate, Credential, Limits};

use super::StreamError;
use super::splitter::{Splitter, Structure};
use crate::content::ContentType;
use crate::opening::{OpenedKey, RecipientMatch};
use crate::recipient::KeyManagement;
use crate::{DecryptError, EnvelopedData};

/// Reads enveloped data in pieces, in BER or DER, as far as its content: whom it is for, and how it is encrypted
/// (RFC 5652 §6).
///
/// Then [`Self::open`] goes on to the content. Where private keys are in an HSM, the message so far,
/// [`Self::message`], says what is to be done with them, and [`Self::open_with`] goes on.
///
/// Authenticated-enveloped data is refused ([`StreamError::Authenticated`]): what is before its tag may not
/// be used before the tag is proven, so that a reader would have to hold all of it. All that is read here is in
/// CBC mode; a host that has agreed on Galois/Counter mode with the partner does not open it
/// ([`EnvelopedData::decrypt`] says why).
///
/// ```
/// # use rand_core::CryptoRng;
/// # use rollcert_cms::stream::{EnvelopedDataHeader, OpenedContent, StreamError};
/// # use rollcert_crypto::Provider;
/// # use rollcert_pki::{Credential, Limits};
/// fn decrypt<'a>(
///     mut pieces: impl Iterator<Item = &'a [u8]>,
///     credential: &Credential,
///     provider: &Provider,
///     rng: &mut dyn CryptoRng,
///     mut keep: impl FnMut(&[u8]),
/// ) -> Result<OpenedContent, StreamError> {
///     let mut header = EnvelopedDataHeader::new(&Limits::default());
///     let mut rest: &[u8] = &[];
///     for piece in pieces.by_ref() {
///         if let Some(behind) = header.read(piece)? {
///             rest = behind;
///             break;
///         }
///     }
///     let mut message = header.open(&[credential], provider, rng)?;
///     let mut content = Vec::new();
///     for piece in core::iter::once(rest).chain(pieces) {
///         message.update(piece, &mut content)?;
///         keep(&content);
///         content.clear();
///     }
///     let opened = message.finish(&mut content)?;
///     keep(&content);
///     Ok(opened)
/// }
/// ```
#[derive(Debug)]
pub struct EnvelopedDataHeader {
    splitter: Splitter,
    limits: Limits,
    /// Nothing until the content begins.
    message: Option<EnvelopedData>,
}

impl EnvelopedDataHeader {
    /// Begins to read. [`Limits::octets`] bounds what is not content, [`Limits::depth`] all,
    /// [`Limits::entries`] the recipients.
    #[must_use]
    pub const fn new(limits: &Limits) -> Self {
        Self {
            splitter: Splitter::new(Structure::Enveloped, limits),
            limits: *limits,
            message: None,
        }
    }

    /// Takes in more of the message until its content begins, and then returns what of `message` is left.
    ///
    /// # Errors
    ///
    /// [`StreamError::Malformed`] as of [`EnvelopedData::parse`], also for a message without encrypted content;
    /// [`StreamError::Authenticated`].
    pub fn read<'d>(&mut self, message: &'d [u8]) -> Result<Option<&'d [u8]>, StreamError> {
        if self.message.is_some() {
            return Ok(Some(message));
        }
        let rest = self.splitter.structure(message).map_err(|error| {
            match self.splitter.content_type() {
                Some(content_type @ ContentType::AuthEnvelopedData) => {
                    StreamError::Authenticated { content_type }
                }
                _ => StreamError::Malformed(error),
            }
        })?;
        if !self.splitter.content_begun() {
            return Ok(None);
        }
        let parsed = EnvelopedData::parse(&self.splitter.head(&[]), &self.limits);
        let parsed = parsed.inspect_err(|error| self.splitter.fail(*error))?;
        self.message = Some(parsed);
        Ok(Some(rest))
    }

    /// The message as it is without its content, once that begins. It says whom it is for, and
    /// [`EnvelopedData::opening`] what is to be done with private keys. Decrypting it fails, as if its
    /// content were empty.
    #[must_use]
    pub const fn message(&self) -> Option<&EnvelopedData> {
        self.message.as_ref()
    }

    /// Goes on to the content, with that of `credentials` which the message is for, as
    /// [`EnvelopedData::decrypt`] finds it.
    ///
    /// # Errors
    ///
    /// [`StreamError::Decrypt`] with those errors of [`EnvelopedData::decrypt`] that do not depend on what was
    /// encrypted; [`StreamError::Malformed`] when the content has not begun.
    pub fn open(
        self,
        credentials: &[&Credential],
        provider: &Provider,
        rng: &mut dyn CryptoRng,
    ) -> Result<EnvelopedDataReader, StreamError> {
        let message = self.message.as_ref();
        let message = message.ok_or_else(|| self.splitter.truncated())?;
        let certificates = credentials
            .iter()
            .map(|credential| credential.certificate());
        let opening = message.opening(certificates, rng)?;
        let answers = opening.answers(credentials);
        let key = opening.content_key(answers, provider)?;
        self.open_with(key, provider)
    }

    /// Goes on to the content, with the key that [`Opening::content_key`](crate::Opening::content_key) came to
    /// for this message.
    ///
    /// # Errors
    ///
    /// [`DecryptError::UnsupportedAlgorithm`] for a cipher that the provider lacks, or that is for whole
    /// messages only; [`StreamError::Malformed`] when the content has not begun.
    pub fn open_with(
        self,
        key: OpenedContentKey,
        provider: &Provider,
    ) -> Result<EnvelopedDataReader, StreamError> {
        let OpenedContentKey(key) = key;
        let message = self.message.as_ref();
        let message = message.ok_or_else(|| self.splitter.truncated())?;
        let oid = message.content_algorithm_oid();
        let unsupported = DecryptError::UnsupportedAlgorithm { oid };
        let Some((algorithm, vector)) = message.block_cipher() else {
            return Err(unsupported.into());
        };
        let cipher = provider
            .content
            .start_decryption(algorithm, &key.content_key, vector)
            .map_err(|error| match error {
                crypto::Error::Unsupported { .. } => unsupported,
                // The key of another message.
                _ => key.failure.clone(),
            })?;
        Ok(EnvelopedDataReader {
            content_type: message.encrypted_type(),
            splitter: self.splitter,
            limits: self.limits,
            cipher: Some(cipher),
            recipient: key.recipient,
            matched: key.matched,
            management: key.management,
            failure: key.failure,
        })
    }
}

/// The content key of a message, or the random one that stands in its place: nobody can tell which before the
/// content is decrypted. `Debug` shows no secret.
pub struct OpenedContentKey(pub(crate) OpenedKey);

impl fmt::Debug for OpenedContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenedContentKey")
            .field("recipient", &self.0.recipient)
            .field("matched", &self.0.matched)
            .field("management", &self.0.management)
            .finish_non_exhaustive()
    }
}

/// Decrypts the content of enveloped data in pieces (RFC 5652 §6.3).
///
/// The rules of [`EnvelopedData::decrypt`] hold: the content is decrypted to its end by a random key when there
/// is no other, and whatever was wrong is one opaque error, at the end. So **what comes out before
/// [`Self::finish`] has succeeded may be noise**. Whoever unpacks it on the way, as MIME or as another message,
/// must not let a sender see where that failed: read on to the end, and answer every failure alike.
pub struct EnvelopedDataReader {
    splitter: Splitter,
    limits: Limits,
    /// Nothing when the provider failed.
    cipher: Option<Box<dyn CipherStream>>,
    content_type: ContentType,
    recipient: Certificate,
    matched: RecipientMatch,
    management: KeyManagement,
    failure: DecryptError,
}

impl EnvelopedDataReader {
    /// Takes in more of the message, and appends to `content` what it holds of the content: at most as much, and
    /// one block.
    ///
    /// # Errors
    ///
    /// [`StreamError::Malformed`] as of [`EnvelopedData::parse`]; [`DecryptError::Failed`] when the provider
    /// failed, whatever the content.
    pub fn update(&mut self, mut message: &[u8], content: &mut Vec<u8>) -> Result<(), StreamError> {
        loop {
            let piece = self.splitter.content(message);
            let decrypted = match &mut self.cipher {
                Some(cipher) => cipher.update(piece, content),
                None => Err(crypto::Error::DecryptionFailed),
            };
            if decrypted.is_err() {
                self.cipher = None;
                return Err(self.failure.clone().into());
            }
            self.splitter.advance(piece.len());
            message = message.get(piece.len()..).unwrap_or_default();
            if message.is_empty() {
                return Ok(());
            }
            message = self.splitter.structure(message)?;
        }
    }

    /// Ends the message, and appends to `content` the rest of its content.
    ///
    /// # Errors
    ///
    /// [`StreamError::Malformed`] as of [`EnvelopedData::parse`], also when the message ends too early;
    /// [`DecryptError::Failed`], or [`DecryptError::NoRecipient`], as of [`EnvelopedData::decrypt`].
    pub fn finish(self, content: &mut Vec<u8>) -> Result<OpenedContent, StreamError> {
        let message = self.splitter.finish()?;
        EnvelopedData::parse(&message, &self.limits)?;
        let decrypted = self.cipher.map(|cipher| cipher.finish(content));
        let Some(Ok(())) = decrypted else {
            return Err(self.failure.into());
        };
        Ok(OpenedContent {
            content_type: self.content_type,
            recipient: self.recipient,
            matched: self.matched,
            management: self.management,
        })
    }
}

impl fmt::Debug for EnvelopedDataReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvelopedDataReader")
            .field("splitter", &self.splitter)
            .field("recipient", &self.recipient)
            .finish_non_exhaustive()
    }
}

/// What there is to know of a message that was decrypted in pieces.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OpenedContent {
    /// What the message said that the content is.
    pub content_type: ContentType,
    /// The certificate of the credential that opened it.
    pub recipient: Certificate,
    /// How that credential was found.
    pub matched: RecipientMatch,
    /// How the content key had travelled.
    pub management: KeyManagement,
}
