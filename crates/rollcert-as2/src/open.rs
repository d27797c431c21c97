//! Opening what came in: layer by layer, over the octets that arrived.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use rand_core::CryptoRng;
use rollcert_cms::{ContentType, DecryptError, EnvelopedData, SignedData, SignerVerdict};
use rollcert_crypto::{ContentAlgorithm, DigestAlgorithm, Provider};
use rollcert_mime::{Entity, Headers, MediaType, TransferEncoding, canonical_lines};
use rollcert_pki::{Certificate, Credential, asn1};
use thiserror::Error;

use crate::{
    disposition::{Disposition, FailureReason, Modifier},
    envelope::MdnRequest,
    limits::Limits,
    mic::{Mic, wrapped_part},
    signature::{Pinned, Signature},
};

/// What it takes to open messages: our keys, the partner's certificates, the clock.
#[derive(Clone, Debug)]
pub struct Opener<'a> {
    provider: &'a Provider,
    at: DateTime<Utc>,
    credentials: Vec<&'a Credential>,
    certificates: Option<Vec<Certificate>>,
    mic_algorithm: Option<DigestAlgorithm>,
    limits: Limits,
}

impl<'a> Opener<'a> {
    /// Starts with no keys, nobody expected, and the default [`Limits`]. `at` is the instant that
    /// certificates are to be valid at; one that is not earns a warning.
    #[must_use]
    pub fn new(provider: &'a Provider, at: DateTime<Utc>) -> Self {
        Self {
            provider,
            at,
            credentials: Vec::new(),
            certificates: None,
            mic_algorithm: None,
            limits: Limits::default(),
        }
    }

    /// Adds our own credentials, to decrypt with, tried in order.
    #[must_use]
    pub fn with_credentials(
        mut self,
        credentials: impl IntoIterator<Item = &'a Credential>,
    ) -> Self {
        self.credentials.extend(credentials);
        self
    }

    /// Adds certificates that are expected to sign. Once this is called, be it with none, every signature says
    /// whether its signer is [`Pinned`].
    #[must_use]
    pub fn with_certificates<'c>(
        mut self,
        certificates: impl IntoIterator<Item = &'c Certificate>,
    ) -> Self {
        self.certificates
            .get_or_insert_default()
            .extend(certificates.into_iter().cloned());
        self
    }

    /// Fixes the digest of the MIC. Without this it is the first that the sender asked for, else that of the
    /// signature, else SHA-1, which is what RFC 4130 senders without a wish reckon with.
    #[must_use]
    pub const fn with_mic_algorithm(mut self, algorithm: DigestAlgorithm) -> Self {
        self.mic_algorithm = Some(algorithm);
        self
    }

    /// Replaces the limits.
    #[must_use]
    pub const fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The certificates that are expected to sign, if any were named.
    pub(crate) fn expected(&self) -> Option<&[Certificate]> {
        self.certificates.as_deref()
    }

    pub(crate) const fn limits(&self) -> &Limits {
        &self.limits
    }
}

/// A message that was opened, and what was found on the way. Whether that is good enough is not judged here.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Opened {
    /// The layers that were taken off, outermost first.
    pub layers: Vec<Layer>,
    /// The innermost MIME entity, headers included: the octets that arrived, except for the header block of a message
    /// without layers, which is put together from what came by HTTP.
    pub entity: Vec<u8>,
    /// The signature, if there is one.
    pub signature: Option<Signature>,
    /// The message integrity check, to be returned to the sender.
    pub mic: Mic,
    /// What was odd.
    pub warnings: Vec<Warning>,
}

/// One layer around the content.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layer {
    /// Encryption (RFC 8551 §3.3).
    Encrypted {
        /// The certificate of the key that opened it.
        recipient: Certificate,
        /// The cipher of the content.
        algorithm: ContentAlgorithm,
    },
    /// Encryption that was not undone. Stands in a [`Refusal`] only, last.
    Undecrypted,
    /// A signature (RFC 8551 §3.5); its facts are in [`Opened::signature`].
    Signed,
    /// Compression (RFC 3274, RFC 5402): recognised, not undone.
    Compressed,
}

impl Layer {
    /// Returns the stable name: `encrypted` (undone or not), `signed`, `compressed`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Encrypted { .. } | Self::Undecrypted => "encrypted",
            Self::Signed => "signed",
            Self::Compressed => "compressed",
        }
    }
}

/// Something odd that does not stop the message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Warning {
    /// The stable name of its kind.
    pub code: &'static str,
    /// For people. Text that came from outside is escaped.
    pub text: String,
}

impl Warning {
    pub(crate) fn new(code: &'static str, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { code, text }
    }
}

/// Opens a message: `headers` as HTTP carried them, `body` as it arrived.
///
/// Taken off, in any order and up to [`Limits::layers`] of them:
///
/// - `application/pkcs7-mime` by what the CMS inside is, whatever `smime-type` says: enveloped data and signed data;
///   the body binary or base64, the latter also where no header says so. A bundle of certificates without a
///   signer is content.
/// - `multipart/signed` with a CMS signature. It is verified over the exact octets of the first part and, where
///   that fails, over the same with network line ends, since some senders sign these and send others; a warning
///   tells. A second signature inside the first is left where it is, with a warning.
///
/// Encryption and signature are left in place inside parts of a multipart: those are content.
///
/// # Errors
///
/// [`OpenError`]. An invalid signature is none of these; see [`Opened::signature`].
///
/// # Specification
///
/// [RFC 4130 §4](https://www.rfc-editor.org/rfc/rfc4130#section-4), RFC 8551 §3.
pub fn open(
    headers: &Headers<'_>,
    body: &[u8],
    opener: &Opener<'_>,
    rng: &mut dyn CryptoRng,
) -> Result<Opened, OpenError> {
    examine(headers, body, opener, rng).map_err(|refusal| refusal.error)
}

/// Opens a message as [`open()`] does, and tells of one that could not be opened what had been found by then.
///
/// # Errors
///
/// [`Refusal`], with the same [`OpenError`] in it.
pub fn examine(
    headers: &Headers<'_>,
    body: &[u8],
    opener: &Opener<'_>,
    rng: &mut dyn CryptoRng,
) -> Result<Opened, Box<Refusal>> {
    let mut opening = Opening {
        opener,
        layers: Vec::new(),
        signature: None,
        warnings: Vec::new(),
        mic_algorithm: opener
            .mic_algorithm
            .or_else(|| MdnRequest::parse(headers)?.micalg()),
        signed_mic: None,
    };
    match opening.run(headers, body, rng) {
        Ok((entity, mic)) => Ok(Opened {
            layers: opening.layers,
            entity,
            signature: opening.signature,
            mic,
            warnings: opening.warnings,
        }),
        Err(error) => Err(Box::new(Refusal {
            error,
            layers: opening.layers,
            signature: opening.signature,
            mic: opening.signed_mic,
            warnings: opening.warnings,
        })),
    }
}

/// Why a message was not opened, and what had been found by then.
#[derive(Debug, Error)]
#[error("{error}")]
#[non_exhaustive]
pub struct Refusal {
    /// Why.
    pub error: OpenError,
    /// The layers met until then, outermost first; the last may be the one that was not opened.
    pub layers: Vec<Layer>,
    /// The signature met until then.
    pub signature: Option<Signature>,
    /// The message integrity check, once a signature was met: that of the entity which was signed, whatever is
    /// inside it, compressed content too (RFC 4130 §7.3.1, RFC 5402 §4.1). Without a signature the MIC is that of
    /// content which was not reached.
    ///
    /// Not for an answer to [`OpenError::InsideEncryption`]: that a digest comes back tells the sender that
    /// decryption succeeded.
    pub mic: Option<Mic>,
    /// What was odd until then.
    pub warnings: Vec<Warning>,
}

/// Why a message was not opened.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A header, a multipart or a transfer encoding is malformed. The place is in the entity at that layer; of the
    /// outermost in its body, or in its header block for errors in a header.
    #[error("malformed mime: {0}")]
    Mime(#[from] rollcert_mime::DecodeError),
    /// A CMS structure is malformed. The place is in its octets, base64 undone.
    #[error("malformed cms: {0}")]
    Cms(#[from] asn1::DecodeError),
    /// There are no keys for it here, or decryption failed.
    #[error("not decryptable: {0}")]
    NotDecryptable(#[source] DecryptError),
    /// A `multipart/signed` has another number of parts than two (RFC 1847 §2.1).
    #[error("expected 2 parts of multipart/signed but found {found}")]
    SignedParts {
        /// How many there are.
        found: usize,
    },
    /// A signature without any signer.
    #[error("signature without a signer")]
    NoSigner,
    /// Signed data that should hold its content and does not.
    #[error("signed data without content")]
    NoContent,
    /// Something that is well-formed and not served here.
    #[error("{what} not supported")]
    Unsupported {
        /// What it is.
        what: &'static str,
    },
    /// There are more layers than [`Limits::layers`].
    #[error("more than {limit} layers")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// Something went wrong after a layer of encryption was taken off.
    #[error("inside the encryption: {0}")]
    InsideEncryption(#[source] Box<Self>),
}

impl OpenError {
    /// Returns the stable name of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Mime(error) => error.code(),
            Self::Cms(error) => error.code(),
            Self::NotDecryptable(error) => error.code(),
            Self::SignedParts { .. } => "signed-parts",
            Self::NoSigner => "no-signer",
            Self::NoContent => "no-content",
            Self::Unsupported { .. } => "unsupported",
            Self::TooDeep { .. } => "too-deep",
            Self::InsideEncryption(error) => error.code(),
        }
    }

    /// What to answer the sender.
    ///
    /// Whatever goes wrong at or below a layer of encryption is `decryption-failed`: an answer that told wrong
    /// padding from wrong content would decrypt for whoever asks often enough (RFC 3218).
    #[must_use]
    pub fn disposition(&self) -> Disposition {
        match self {
            Self::NotDecryptable(_) | Self::InsideEncryption(_) => {
                Disposition::Error(Modifier::DecryptionFailed)
            }
            Self::NoSigner => Disposition::Error(Modifier::AuthenticationFailed),
            Self::Unsupported { what } if *what == COMPRESSED => {
                Disposition::Error(Modifier::DecompressionFailed)
            }
            Self::Unsupported { .. } => Disposition::Failure(FailureReason::UnsupportedFormat),
            _ => Disposition::Error(Modifier::UnexpectedProcessingError),
        }
    }
}

/// The state of opening one message.
struct Opening<'o> {
    opener: &'o Opener<'o>,
    layers: Vec<Layer>,
    signature: Option<Signature>,
    warnings: Vec<Warning>,
    mic_algorithm: Option<DigestAlgorithm>,
    signed_mic: Option<Mic>,
}

impl Opening<'_> {
    fn run(
        &mut self,
        headers: &Headers<'_>,
        body: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<(Vec<u8>, Mic), OpenError> {
        let mut inner: Option<Vec<u8>> = None;
        loop {
            let entity = match &inner {
                None => Ok(Entity::with_headers(headers.clone(), body)),
                Some(octets) => Entity::parse(octets, &self.opener.limits.mime),
            };
            let peeled = entity
                .map_err(OpenError::from)
                .and_then(|entity| self.peel(&entity, rng));
            match peeled {
                Ok(Some(octets)) => inner = Some(octets),
                Ok(None) => break,
                Err(error @ OpenError::InsideEncryption(_)) => return Err(error),
                Err(error) if self.is_encrypted() => {
                    return Err(OpenError::InsideEncryption(Box::new(error)));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(match inner {
            Some(entity) => {
                let mic = self.signed_mic.take();
                let mic = mic.unwrap_or_else(|| self.mic(&entity));
                (entity, mic)
            }
            None => self.unprotected(headers, body),
        })
    }

    /// Takes one layer off and returns what is inside; nothing when there is none.
    fn peel(
        &mut self,
        entity: &Entity<'_>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Option<Vec<u8>>, OpenError> {
        let media_type = entity.headers().content_type()?;
        match media_type.essence() {
            "multipart/signed" => {
                if self.leaves_second_signature() {
                    return Ok(None);
                }
                self.push(Layer::Signed)?;
                self.verify_detached(entity, &media_type).map(Some)
            }
            "application/pkcs7-mime" | "application/x-pkcs7-mime" => {
                self.peel_cms(entity, &media_type, rng)
            }
            _ => Ok(None),
        }
    }

    fn peel_cms(
        &mut self,
        entity: &Entity<'_>,
        media_type: &MediaType,
        rng: &mut dyn CryptoRng,
    ) -> Result<Option<Vec<u8>>, OpenError> {
        let limits = &self.opener.limits;
        let octets = cms_octets(entity)?;
        let content_type = rollcert_cms::content_type(&octets)?;
        let smime_type = media_type.parameter("smime-type").map(str::trim);
        match content_type {
            ContentType::EnvelopedData => {
                self.compare_smime_type(smime_type, content_type);
                self.push(Layer::Undecrypted)?;
                let enveloped = EnvelopedData::parse(&octets, &limits.pki)?;
                let decrypted = enveloped
                    .decrypt(&self.opener.credentials, self.opener.provider, rng)
                    .map_err(OpenError::NotDecryptable)?;
                let algorithm = enveloped.content_algorithm().ok_or({
                    let oid = enveloped.content_algorithm_oid();
                    OpenError::NotDecryptable(DecryptError::UnsupportedAlgorithm { oid })
                })?;
                let recipient = decrypted.recipient.clone();
                self.warn_of_validity(&recipient, "recipient");
                self.layers.pop();
                self.push(Layer::Encrypted {
                    recipient,
                    algorithm,
                })?;
                Ok(Some(decrypted.content.to_vec()))
            }
            ContentType::SignedData => {
                let signed = SignedData::parse(&octets, &limits.pki)?;
                if signed.signers().is_empty() {
                    return Ok(None);
                }
                self.compare_smime_type(smime_type, content_type);
                if self.leaves_second_signature() {
                    return Ok(None);
                }
                self.push(Layer::Signed)?;
                let content = signed.content().ok_or(OpenError::NoContent)?;
                self.verify(&signed, content)?;
                Ok(Some(content.to_vec()))
            }
            ContentType::CompressedData => {
                self.push(Layer::Compressed)?;
                Err(OpenError::Unsupported { what: COMPRESSED })
            }
            ContentType::AuthEnvelopedData => {
                self.push(Layer::Undecrypted)?;
                Err(OpenError::Unsupported {
                    what: "authenticated-enveloped data",
                })
            }
            _ => Err(OpenError::Unsupported {
                what: "cms content of this type",
            }),
        }
    }

    fn verify_detached(
        &mut self,
        entity: &Entity<'_>,
        media_type: &MediaType,
    ) -> Result<Vec<u8>, OpenError> {
        let multipart = entity.parts(&self.opener.limits.mime)?;
        let [content, signature] = multipart.parts.as_slice() else {
            return Err(OpenError::SignedParts {
                found: multipart.parts.len(),
            });
        };
        let signature_type = signature.headers().content_type()?;
        if !matches!(
            signature_type.essence(),
            "application/pkcs7-signature" | "application/x-pkcs7-signature"
        ) {
            return Err(OpenError::Unsupported {
                what: "signature protocol other than pkcs7-signature",
            });
        }
        let signed = SignedData::parse(&cms_octets(signature)?, &self.opener.limits.pki)?;
        let content = content.octets().unwrap_or_default();
        self.verify(&signed, content)?;
        self.compare_micalg(media_type.parameter("micalg"));
        Ok(content.to_vec())
    }

    /// Verifies the signature over `content` and keeps its facts, and the MIC.
    fn verify(&mut self, signed: &SignedData, content: &[u8]) -> Result<(), OpenError> {
        if signed.signers().is_empty() {
            return Err(OpenError::NoSigner);
        }
        let expected = self.opener.expected().unwrap_or_default();
        let provider = self.opener.provider;
        let mut covered = Cow::Borrowed(content);
        let mut verdicts = signed.verify(content, expected, provider);
        if !verdicts.iter().any(|verdict| verdict.result.is_ok())
            && let canonical @ Cow::Owned(_) = canonical_lines(content)
        {
            let again = signed.verify(&canonical, expected, provider);
            if again.iter().any(|verdict| verdict.result.is_ok()) {
                self.warnings.push(Warning::new(
                    "line-endings-canonicalised",
                    "the signature stands over the content with network line ends, not as it arrived",
                ));
                covered = canonical;
                verdicts = again;
            }
        }

        let pinned = |verdict: &SignerVerdict| match (&self.opener.certificates, &verdict.signer) {
            (None, _) => Pinned::NotAsked,
            (Some(expected), Some(signer)) if expected.contains(signer) => Pinned::Yes,
            (Some(_), _) => Pinned::No,
        };
        // Of several signers, the one to be believed most: valid and expected, then valid, then the first.
        let best = signed
            .signers()
            .iter()
            .zip(verdicts)
            .map(|(info, verdict)| (info, pinned(&verdict), verdict))
            .min_by_key(|(_, pinned, verdict)| (verdict.result.is_err(), *pinned != Pinned::Yes));
        let Some((info, pinned, verdict)) = best else {
            return Err(OpenError::NoSigner);
        };
        if signed.signers().len() > 1 {
            let count = signed.signers().len();
            let text = format!("{count} signers; the facts are those of one");
            self.warnings.push(Warning::new("several-signers", text));
        }
        let unreadable = signed.certificates().filter(Result::is_err).count();
        if unreadable > 0 {
            let text = format!("{unreadable} certificates in the signature cannot be read");
            self.warnings
                .push(Warning::new("certificate-unreadable", text));
        }
        if let Some(signer) = &verdict.signer {
            self.warn_of_validity(signer, "signer");
        }

        self.mic_algorithm = self.mic_algorithm.or(verdict.digest);
        self.signed_mic = Some(self.mic(&covered));
        self.signature = Some(Signature {
            signing_time: info.signing_time(),
            signer: verdict.signer,
            valid: verdict.result,
            digest: verdict.digest,
            pinned,
        });
        Ok(())
    }

    /// A message without layers: its entity, and the MIC over the content alone (see [`Mic`]).
    fn unprotected(&mut self, headers: &Headers<'_>, body: &[u8]) -> (Vec<u8>, Mic) {
        let entity = Entity::with_headers(headers.clone(), body);
        if let Some(part) = wrapped_part(&entity, &self.opener.limits.mime) {
            self.warnings.push(Warning::new(
                "mixed-wrapper",
                "a multipart/mixed around one multipart taken off",
            ));
            return (part.to_vec(), self.mic(part));
        }
        let mut octets = Vec::with_capacity(body.len() + 256);
        for (name, value) in headers.iter() {
            if is_mime_field(name) {
                octets.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
            }
        }
        octets.extend_from_slice(b"\r\n");
        octets.extend_from_slice(body);
        (octets, self.mic(body))
    }

    fn mic(&self, octets: &[u8]) -> Mic {
        let algorithm = self.mic_algorithm.unwrap_or(DigestAlgorithm::Sha1);
        Mic::of(octets, algorithm, self.opener.provider)
    }

    fn push(&mut self, layer: Layer) -> Result<(), OpenError> {
        let limit = self.opener.limits.layers;
        if self.layers.len() >= limit {
            return Err(OpenError::TooDeep { limit });
        }
        self.layers.push(layer);
        Ok(())
    }

    fn is_encrypted(&self) -> bool {
        self.layers
            .iter()
            .any(|layer| matches!(layer, Layer::Encrypted { .. }))
    }

    /// Which of two signatures vouches for a message is not ours to guess: the outer one came first.
    fn leaves_second_signature(&mut self) -> bool {
        let second = self.signature.is_some();
        if second {
            self.warnings.push(Warning::new(
                "second-signature",
                "a signature inside the signature is left in place, not verified",
            ));
        }
        second
    }

    fn warn_of_validity(&mut self, certificate: &Certificate, whose: &str) {
        let at = self.opener.at;
        let (not_before, not_after) = (certificate.not_before(), certificate.not_after());
        if certificate.is_valid_at(at) {
            return;
        }
        let code = match (whose, at < not_before) {
            ("signer", true) => "signer-not-yet-valid",
            ("signer", false) => "signer-expired",
            (_, true) => "recipient-not-yet-valid",
            (_, false) => "recipient-expired",
        };
        let text = format!(
            "the certificate of the {whose} is valid from {not_before} to {not_after}, not at {at}"
        );
        self.warnings.push(Warning::new(code, text));
    }

    fn compare_smime_type(&mut self, declared: Option<&str>, found: ContentType) {
        let Some(declared) = declared else { return };
        if !declared.eq_ignore_ascii_case(&found.to_string()) {
            let text = format!("smime-type says {declared:?}, the content is {found}");
            self.warnings
                .push(Warning::new("smime-type-mismatch", text));
        }
    }

    fn compare_micalg(&mut self, declared: Option<&str>) {
        let Some(digest) = self.signature.as_ref().and_then(|found| found.digest) else {
            return;
        };
        let declared = declared.unwrap_or_default();
        let mut names = declared.split(',').filter_map(DigestAlgorithm::from_name);
        if !names.any(|name| name == digest) {
            let text = format!("micalg says {declared:?}, the signature rests on {digest}");
            self.warnings.push(Warning::new("micalg-mismatch", text));
        }
    }
}

/// The octets of a CMS structure: the body, its transfer encoding undone, and base64 that no header tells of.
fn cms_octets<'e>(entity: &Entity<'e>) -> Result<Cow<'e, [u8]>, OpenError> {
    let octets = entity.decoded_body()?;
    if is_sequence(&octets) {
        return Ok(octets);
    }
    // Every base64 text of a SEQUENCE begins with another letter than the tag of one.
    match TransferEncoding::Base64.decode(&octets) {
        Ok(decoded) if is_sequence(&decoded) => Ok(Cow::Owned(decoded.into_owned())),
        _ => Ok(octets),
    }
}

fn is_sequence(octets: &[u8]) -> bool {
    octets.first() == Some(&asn1::tag::SEQUENCE)
}

/// The fields that belong to an entity, of all that HTTP carries.
pub(crate) fn is_mime_field(name: &str) -> bool {
    [
        "content-type",
        "content-transfer-encoding",
        "content-id",
        "content-disposition",
        "content-description",
    ]
    .iter()
    .any(|field| field.eq_ignore_ascii_case(name))
}

const COMPRESSED: &str = "compressed data";
