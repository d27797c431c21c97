//! Opening what came in: layer by layer, over the octets that arrived.

use chrono::{DateTime, Utc};
use rand_core::CryptoRng;
use rollcert_cms::ContentEncryptionAlgorithm;
use rollcert_crypto::{DigestAlgorithm, Provider};
use rollcert_mime::Headers;
use rollcert_pki::{Certificate, Credential};

use crate::{
    disposition::{Disposition, Modifier},
    limits::Limits,
    mdn::is_notification,
    mdn_request::MdnRequest,
    mic::Mic,
    opening::Opening,
    refusal::{OpenError, Refusal},
    signature::Signature,
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
    answers_nobody: bool,
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
            answers_nobody: false,
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
    /// whether its signer is [`Pinned`](crate::Pinned).
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

    /// Undoes encryption inside a signature whoever signed. For looking into messages alone: a host that answers
    /// them would tell strangers whether what they altered still decrypts (RFC 3218).
    #[must_use]
    pub const fn for_looking_only(mut self) -> Self {
        self.answers_nobody = true;
        self
    }

    /// The certificates that are expected to sign, if any were named.
    pub(crate) fn expected(&self) -> Option<&[Certificate]> {
        self.certificates.as_deref()
    }

    pub(crate) const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether nobody learns from us what became of a message.
    pub(crate) const fn answers_nobody(&self) -> bool {
        self.answers_nobody
    }

    pub(crate) const fn provider(&self) -> &'a Provider {
        self.provider
    }

    pub(crate) const fn at(&self) -> DateTime<Utc> {
        self.at
    }

    pub(crate) const fn mic_algorithm(&self) -> Option<DigestAlgorithm> {
        self.mic_algorithm
    }

    pub(crate) fn credentials(&self) -> &[&'a Credential] {
        &self.credentials
    }
}

/// A message that was opened, and what was found on the way. Whether that is good enough is not judged here.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Opened {
    /// The layers that were taken off, outermost first.
    pub layers: Vec<Layer>,
    /// The innermost MIME entity, headers included: the octets that arrived, except for the header block of a message
    /// without layers, which is put together from what came by HTTP, and for content whose signature stands over
    /// network line ends, which then has these.
    pub entity: Vec<u8>,
    /// The signature, if there is one.
    pub signature: Option<Signature>,
    /// The message integrity check, to be returned to the sender.
    pub mic: Mic,
    /// What was odd.
    pub warnings: Vec<Warning>,
}

impl Opened {
    /// Whether the content is a disposition notification: an asynchronous receipt, to be read by
    /// [`ReceivedMdn::from_opened`](crate::ReceivedMdn::from_opened). A receipt is never answered with another.
    ///
    /// What is encrypted counts only where a valid signature stands inside the encryption: receipts are answered in
    /// another way than messages, and that must tell nobody what an altered ciphertext decrypts to.
    #[must_use]
    pub fn is_mdn(&self) -> bool {
        is_covered(&self.layers, self.signature.as_ref())
            && is_notification(&self.entity, &rollcert_mime::Limits::default())
    }

    /// What to answer the sender, from what opening has found: `processed`, unless there is a signature and something
    /// is wrong with it. Whether a message may come without one, or without encryption, is not judged here.
    ///
    /// Encryption is undone inside a signature only if that is trusted ([`Signature::is_trusted`]); its signer learns
    /// whether the content could be decrypted, and nothing else about it.
    #[must_use]
    pub fn disposition(&self) -> Disposition {
        match self.signature.as_ref().map(Signature::disposition) {
            None | Some(Disposition::Processed) => Disposition::Processed,
            Some(bad) => self.refused_as(bad),
        }
    }

    /// What to answer the sender of a message that is refused for this reason: the same, or `decryption-failed` where
    /// no valid signature stands inside the encryption. Whoever alters a ciphertext must not learn from the answer
    /// whether its padding was right, and what no signature covers may have been altered (RFC 3218).
    #[must_use]
    pub fn refused_as(&self, reason: Disposition) -> Disposition {
        if is_covered(&self.layers, self.signature.as_ref()) {
            reason
        } else {
            Disposition::Error(Modifier::DecryptionFailed)
        }
    }
}

/// Whether what came out of the encryption, if there is any, is covered by a valid signature inside it.
pub(crate) fn is_covered(layers: &[Layer], signature: Option<&Signature>) -> bool {
    layers
        .iter()
        .rev()
        .take_while(|layer| {
            **layer != Layer::Signed || signature.is_none_or(|it| it.valid.is_err())
        })
        .all(|layer| !matches!(layer, Layer::Encrypted { .. }))
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
        algorithm: ContentEncryptionAlgorithm,
    },
    /// Encryption that was not undone, last: in a [`Refusal`], or inside a signature that is not trusted
    /// ([`Signature::is_trusted`]), where it is left in place so that nobody learns whether it could be undone.
    Undecrypted,
    /// A signature (RFC 8551 §3.5); its facts are in [`Opened::signature`].
    Signed,
    /// Compression (RFC 3274, RFC 5402), undone; in a [`Refusal`] it may be the last, and not undone.
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
/// - `application/pkcs7-mime` by what the CMS inside is, whatever `smime-type` says: enveloped and
///   authenticated-enveloped data, signed data, compressed data; the body binary or base64, also where no header
///   says which. A bundle of certificates without a signer is content.
/// - `multipart/signed` with a CMS signature. It is verified over the exact octets of the first part and, where
///   that fails, over the same with network line ends, since some senders sign these and send others; a warning
///   tells. A second signature inside the first is left where it is, with a warning.
///
/// Encryption inside a signature is undone if that is trusted ([`Signature::is_trusted`]), so only when
/// [certificates are expected](Opener::with_certificates); else it is left in place, with a warning. Encryption,
/// signature and compression are left in place inside parts of a multipart: those are content.
///
/// # Errors
///
/// [`OpenError`]. An invalid signature is none of these; see [`Opened::signature`].
///
/// # Specification
///
/// [RFC 4130 §4](https://www.rfc-editor.org/rfc/rfc4130#section-4), RFC 5402 §2, RFC 8551 §3.
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
    let asked = MdnRequest::parse(headers).and_then(|request| request.micalg());
    let mut opening = Opening::new(opener, asked);
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
