//! Messages ready for HTTP.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use rand_core::CryptoRng;
use rollcert_cms::{ContentEncryptionAlgorithm, Recipient, SignatureScheme};
use rollcert_crypto::Provider;
use rollcert_mime::{Entity, Limits, TransferEncoding};
use rollcert_pki::Credential;

use crate::{
    build::BuildError,
    envelope::{AS2_FROM, AS2_TO, Version},
    features::Features,
    layer::{self, Built},
    mdn_request::MdnRequest,
    message_id::MessageId,
    mic::{Mic, UNASKED, wrapped_part},
    name::As2Name,
    open::is_mime_field,
};

/// A message ready for HTTP.
///
/// Rendered once and sent as often as it takes: a retry sends these very octets, for the MIC that the receipt will
/// return is of them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// The header fields, one line each. `Host`, `Content-Length` and the like are the HTTP client's.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// The message integrity check that the receiver should return.
    pub mic: Mic,
    /// The id that the receipt will quote.
    pub message_id: MessageId,
}

impl Message {
    /// Starts a message: unprotected, without a wish for a receipt, advertising [`Features::ours`].
    #[must_use]
    pub fn builder<'a>(
        from: &'a As2Name,
        to: &'a As2Name,
        message_id: MessageId,
    ) -> MessageBuilder<'a> {
        MessageBuilder {
            from,
            to,
            message_id,
            features: Features::ours(),
            subject: None,
            compression: None,
            signer: None,
            encryption: None,
            encoding: None,
            mdn_request: None,
        }
    }
}

/// Builds a [`Message`]: signed first, encrypted around that (RFC 4130 §2.4.2), compressed before or after signing
/// (RFC 5402 §2). Any of these may be left out.
///
/// For another order, put layers on with [`sign`](crate::sign), [`compress`](crate::compress) and
/// [`encrypt`](crate::encrypt()) beforehand.
#[derive(Clone, Debug)]
pub struct MessageBuilder<'a> {
    from: &'a As2Name,
    to: &'a As2Name,
    message_id: MessageId,
    features: Features,
    subject: Option<String>,
    compression: Option<Compression>,
    signer: Option<(&'a Credential, SignatureScheme)>,
    encryption: Option<(Vec<Recipient<'a>>, ContentEncryptionAlgorithm)>,
    encoding: Option<TransferEncoding>,
    mdn_request: Option<MdnRequest>,
}

/// When to compress. Both are encrypted afterwards; without a signature there is no difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the choice of RFC 5402")]
pub enum Compression {
    /// The compressed entity is what is signed, and what the MIC covers. What most products send.
    BeforeSigning,
    /// The entity is signed, and all of that compressed.
    AfterSigning,
}

impl<'a> MessageBuilder<'a> {
    /// Signs the entity, by a digest, in the manner that the key is for, or by a scheme in full, such as
    /// [RSASSA-PSS](rollcert_crypto::SignatureAlgorithm).
    #[must_use]
    pub fn signed_by(
        mut self,
        credential: &'a Credential,
        scheme: impl Into<SignatureScheme>,
    ) -> Self {
        self.signer = Some((credential, scheme.into()));
        self
    }

    /// Compresses the entity.
    #[must_use]
    pub const fn compressed(mut self, compression: Compression) -> Self {
        self.compression = Some(compression);
        self
    }

    /// Encrypts the entity, signed or not, to these recipients: certificates, to which the content key goes by RSA
    /// PKCS#1 v1.5, or each a [`Recipient`] that says how.
    #[must_use]
    pub fn encrypted_to<R: Into<Recipient<'a>>>(
        mut self,
        recipients: impl IntoIterator<Item = R>,
        algorithm: impl Into<ContentEncryptionAlgorithm>,
    ) -> Self {
        let recipients = recipients.into_iter().map(Into::into).collect();
        self.encryption = Some((recipients, algorithm.into()));
        self
    }

    /// Writes what is compressed or encrypted in base64, for partners that cannot take it binary.
    ///
    /// Without this it is binary, as HTTP carries octets, except compressed content under a signature: some
    /// products verify after they have rewritten the line ends of what was signed.
    #[must_use]
    pub const fn in_base64(mut self) -> Self {
        self.encoding = Some(TransferEncoding::Base64);
        self
    }

    /// Asks for a receipt.
    #[must_use]
    pub fn request_mdn(mut self, request: MdnRequest) -> Self {
        self.mdn_request = Some(request);
        self
    }

    /// Sets the subject.
    #[must_use]
    pub fn subject(mut self, subject: &str) -> Self {
        self.subject = Some(subject.to_owned());
        self
    }

    /// Replaces what is advertised.
    #[must_use]
    pub fn features(mut self, features: Features) -> Self {
        self.features = features;
        self
    }

    /// Builds the message around `entity`, a MIME entity with its headers; these become HTTP headers when
    /// nothing is put around it. `now` is the `Date` and the time of signing.
    ///
    /// The MIC is made by the first digest of the receipt that is asked for, else by that of the signature,
    /// else by SHA-1, as receivers do; what it covers, [`Mic`] says.
    ///
    /// # Errors
    ///
    /// [`BuildError::Entity`], [`BuildError::EntityHeader`] for an entity that cannot travel;
    /// [`BuildError::Sign`], [`BuildError::Encrypt`], [`BuildError::Mime`] as of [`sign`](crate::sign) and
    /// [`encrypt`](crate::encrypt()); [`BuildError::HeaderValue`] for a subject or address that is not printable
    /// ASCII.
    pub fn build(
        &self,
        entity: &[u8],
        now: DateTime<Utc>,
        provider: &Provider,
        rng: &mut dyn CryptoRng,
    ) -> Result<Message, BuildError> {
        let mut headers =
            envelope_fields(self.from, self.to, &self.message_id, &self.features, now);
        if let Some(subject) = &self.subject {
            headers.push(("Subject".to_owned(), printable("Subject", subject.clone())?));
        }
        for (name, value) in self.mdn_request.iter().flat_map(MdnRequest::fields) {
            headers.push((name.to_owned(), printable(name, value)?));
        }

        let limits = Limits::default();
        let parsed = Entity::parse(entity, &limits)?;
        parsed.headers().content_type()?;

        let asked = self.mdn_request.as_ref().and_then(MdnRequest::micalg);
        let mic_of = |covered: &[u8]| Mic::of(covered, asked.unwrap_or(UNASKED), provider);
        let encoding = self.encoding.unwrap_or(TransferEncoding::Binary);
        let mut mic = None;
        let mut outer: Option<Built> = None;
        // Without a signature, to compress after it is to compress.
        let compress_signed =
            self.signer.is_some() && self.compression == Some(Compression::AfterSigning);
        if self.compression.is_some() && !compress_signed {
            let under_signature = self.signer.map(|_| TransferEncoding::Base64);
            let encoding = under_signature.unwrap_or(encoding);
            outer = Some(layer::compressed(entity, encoding)?);
        }
        if let Some((credential, scheme)) = self.signer {
            let covered = octets(outer.as_ref(), entity);
            let (signed, digest) = layer::signed(&covered, credential, scheme, now, provider, rng)?;
            mic = Some(match asked {
                Some(asked) if asked != digest.algorithm() => mic_of(&covered),
                _ => digest,
            });
            outer = Some(signed);
        }
        if compress_signed {
            let signed = octets(outer.as_ref(), entity);
            outer = Some(layer::compressed(&signed, encoding)?);
        }
        if let Some((recipients, algorithm)) = &self.encryption {
            let content = octets(outer.as_ref(), entity);
            let encrypted =
                layer::encrypted(&content, recipients, *algorithm, encoding, provider, rng)?;
            outer = Some(encrypted);
        }

        let (mic, body) = match outer {
            Some(built) => (
                mic.unwrap_or_else(|| mic_of(entity)),
                built.into_body(&mut headers),
            ),
            None => {
                let covered = wrapped_part(&parsed, &limits).unwrap_or_else(|| parsed.body());
                (mic_of(covered), split_entity(entity, &mut headers)?)
            }
        };
        Ok(Message {
            headers,
            body,
            mic,
            message_id: self.message_id.clone(),
        })
    }
}

/// What the next layer goes around.
fn octets<'e>(outer: Option<&Built>, entity: &'e [u8]) -> Cow<'e, [u8]> {
    outer.map_or(Cow::Borrowed(entity), |built| Cow::Owned(built.octets()))
}

/// The fields that messages and receipts have in common.
pub(crate) fn envelope_fields(
    from: &As2Name,
    to: &As2Name,
    message_id: &MessageId,
    features: &Features,
    now: DateTime<Utc>,
) -> Vec<(String, String)> {
    let mut fields = vec![
        (Version::HEADER, Version::V1_2.to_string()),
        (AS2_FROM, from.to_header()),
        (AS2_TO, to.to_header()),
        (MessageId::HEADER, message_id.to_string()),
    ];
    if !features.is_empty() {
        fields.push((Features::HEADER, features.to_string()));
    }
    fields.push(("MIME-Version", String::from("1.0")));
    fields.push((
        "Date",
        now.format("%a, %d %b %Y %H:%M:%S +0000").to_string(),
    ));
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Moves the header fields of an entity to `headers` and returns its body.
pub(crate) fn split_entity(
    octets: &[u8],
    headers: &mut Vec<(String, String)>,
) -> Result<Vec<u8>, BuildError> {
    let entity = Entity::parse(octets, &Limits::default())?;
    for (name, value) in entity.headers().iter() {
        if !is_mime_field(name) {
            let name = name.to_owned();
            return Err(BuildError::EntityHeader { name });
        }
        headers.push((name.to_owned(), printable("Content-*", value.into_owned())?));
    }
    Ok(entity.body().to_vec())
}

pub(crate) fn printable(name: &'static str, value: String) -> Result<String, BuildError> {
    if value
        .bytes()
        .all(|octet| matches!(octet, b' '..=b'~' | b'\t'))
    {
        Ok(value)
    } else {
        Err(BuildError::HeaderValue { name })
    }
}
