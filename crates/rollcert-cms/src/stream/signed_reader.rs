use der::Tag;
use rollcert_crypto::{DigestAlgorithm, Provider};
use rollcert_pki::asn1::{DecodeError, tag};
use rollcert_pki::ber::{self, Shape};
use rollcert_pki::{Certificate, Limits};

use super::hasher::ContentHasher;
use super::splitter::{Splitter, Structure};
use crate::algorithm::Algorithm;
use crate::content::{self, ContentType};
use crate::{SignedData, SignerVerdict};

/// Reads signed data that has its content inside (RFC 5652 §5), in pieces, in BER or DER.
///
/// The content comes out as it is read, and is hashed on the way, by every digest that the beginning of
/// the message names and that is known. Nobody has vouched for it until [`StreamedSignedData::verify`] has
/// said so: whoever acts on it before must be able to take that back.
///
/// The verdicts are those of [`SignedData::verify_attached`] but for two: a signer whose digest the message
/// does not name at its beginning gets [`SignatureError::NoContent`](crate::SignatureError::NoContent)
/// (RFC 5652 §5.1 allows that), and one that signs without attributes, so over the content itself,
/// [`SignatureError::NoSignedAttributes`](crate::SignatureError::NoSignedAttributes).
///
/// Memory: what is not content (signers and certificates), up to [`Limits::octets`], thrice at the end.
///
/// ```
/// # use rollcert_cms::stream::{SignedDataReader, StreamError};
/// # use rollcert_cms::SignerVerdict;
/// # use rollcert_crypto::Provider;
/// # use rollcert_pki::Limits;
/// fn verify<'a>(
///     pieces: impl Iterator<Item = &'a [u8]>,
///     provider: &Provider,
///     mut keep: impl FnMut(&[u8]),
/// ) -> Result<Vec<SignerVerdict>, StreamError> {
///     let mut message = SignedDataReader::new(&Limits::default(), provider);
///     let mut content = Vec::new();
///     for piece in pieces {
///         message.update(piece, &mut content)?;
///         keep(&content);
///         content.clear();
///     }
///     Ok(message.finish()?.verify(&[], provider))
/// }
/// ```
#[derive(Debug)]
pub struct SignedDataReader {
    splitter: Splitter,
    limits: Limits,
    provider: Provider,
    /// Nothing until the content begins.
    hasher: Option<ContentHasher>,
}

impl SignedDataReader {
    /// Begins to read. [`Limits::octets`] bounds what is not content, [`Limits::depth`] all,
    /// [`Limits::entries`] the certificates.
    #[must_use]
    pub const fn new(limits: &Limits, provider: &Provider) -> Self {
        Self {
            splitter: Splitter::new(Structure::Signed, limits),
            limits: *limits,
            provider: *provider,
            hasher: None,
        }
    }

    /// Takes in more of the message, and appends to `content` what it holds of the content: at most as much.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] as of [`SignedData::parse`]. Nothing more is read then.
    pub fn update(&mut self, mut message: &[u8], content: &mut Vec<u8>) -> Result<(), DecodeError> {
        loop {
            message = self.splitter.structure(message)?;
            let hasher = match &mut self.hasher {
                Some(hasher) => hasher,
                None if self.splitter.content_begun() => {
                    let digests = self.announced().inspect_err(|error| {
                        self.splitter.fail(*error);
                    })?;
                    self.hasher
                        .insert(ContentHasher::new(digests, &self.provider))
                }
                None => return Ok(()),
            };
            let piece = self.splitter.content(message);
            hasher.update(piece);
            content.extend_from_slice(piece);
            self.splitter.advance(piece.len());
            message = message.get(piece.len()..).unwrap_or_default();
            if message.is_empty() {
                return Ok(());
            }
        }
    }

    /// Ends the message.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] as of [`SignedData::parse`], also when it ends too early.
    pub fn finish(self) -> Result<StreamedSignedData, DecodeError> {
        let message = SignedData::parse_owned(self.splitter.finish()?, &self.limits)?;
        let digests = self.hasher.map(ContentHasher::finish);
        Ok(StreamedSignedData { message, digests })
    }

    /// The digests that the beginning of the message names (RFC 5652 §5.1), as far as they are known.
    fn announced(&self) -> Result<Vec<DigestAlgorithm>, DecodeError> {
        let no_signers = [tag::SET, 0];
        let head = self.splitter.head(&no_signers);
        let head = ber::to_der(&head, Shape::SignedData, &self.limits)?;
        let mut fields = content::open(&head, ContentType::SignedData, "SignedData")?.reader();
        fields.expect(Tag::Integer, "version")?;
        let mut set = fields.expect(Tag::Set, "digestAlgorithms")?.reader();
        // What cannot be read is no fault in a whole message either: signers name their digest again.
        let named = core::iter::from_fn(|| Algorithm::decode(&mut set).ok());
        Ok(named
            .filter_map(|named| DigestAlgorithm::from_oid(&named.oid))
            .collect())
    }
}

/// Signed data that was read in pieces: all but its content, and the digests of that.
#[derive(Debug)]
pub struct StreamedSignedData {
    message: SignedData,
    /// Nothing when there was no content.
    digests: Option<Vec<(DigestAlgorithm, Vec<u8>)>>,
}

impl StreamedSignedData {
    /// The message without its content, which to it is detached.
    #[must_use]
    pub const fn message(&self) -> &SignedData {
        &self.message
    }

    /// Whether there was content inside the message, if only of no octets: nothing when it is detached.
    /// The digests are those that the message named at its beginning.
    #[must_use]
    pub fn digests(&self) -> Option<&[(DigestAlgorithm, Vec<u8>)]> {
        self.digests.as_deref()
    }

    /// Verifies each signer over the content that was read ([`SignedData::verify_digests`]).
    ///
    /// For detached content each verdict is
    /// [`SignatureError::NoContent`](crate::SignatureError::NoContent) or
    /// [`SignatureError::NoSignedAttributes`](crate::SignatureError::NoSignedAttributes).
    #[must_use]
    pub fn verify(&self, candidates: &[Certificate], provider: &Provider) -> Vec<SignerVerdict> {
        let digests = self.digests.as_deref().unwrap_or_default();
        self.message.verify_digests(digests, candidates, provider)
    }
}
