//! Messages ready for HTTP.

use chrono::{DateTime, Utc};
use rand_core::CryptoRng;
use rollcert_crypto::{ContentAlgorithm, DigestAlgorithm, Provider};
use rollcert_mime::{Entity, Limits};
use rollcert_pki::{Certificate, Credential};

use crate::{
    build::{BuildError, encrypt, sign},
    envelope::{AS2_FROM, AS2_TO, MdnRequest, Version},
    features::Features,
    message_id::MessageId,
    mic::{Mic, wrapped_part},
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
            signer: None,
            encryption: None,
            mdn_request: None,
        }
    }
}

/// Builds a [`Message`]: sign first, encrypt around it (RFC 4130 §2.4.2).
#[derive(Clone, Debug)]
pub struct MessageBuilder<'a> {
    from: &'a As2Name,
    to: &'a As2Name,
    message_id: MessageId,
    features: Features,
    subject: Option<String>,
    signer: Option<(&'a Credential, DigestAlgorithm)>,
    encryption: Option<(Vec<&'a Certificate>, ContentAlgorithm)>,
    mdn_request: Option<MdnRequest>,
}

impl<'a> MessageBuilder<'a> {
    /// Signs the entity.
    #[must_use]
    pub const fn signed_by(mut self, credential: &'a Credential, digest: DigestAlgorithm) -> Self {
        self.signer = Some((credential, digest));
        self
    }

    /// Encrypts the entity, signed or not, to these certificates.
    #[must_use]
    pub fn encrypted_to(
        mut self,
        recipients: impl IntoIterator<Item = &'a Certificate>,
        algorithm: ContentAlgorithm,
    ) -> Self {
        self.encryption = Some((recipients.into_iter().collect(), algorithm));
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
    /// else by SHA-256; what it covers, [`Mic`] says.
    ///
    /// # Errors
    ///
    /// Those of [`sign`] and [`encrypt`]; [`BuildError::Entity`], [`BuildError::EntityHeader`] for an
    /// entity that cannot travel; [`BuildError::HeaderValue`] for a subject or address that is not printable
    /// ASCII.
    pub fn build(
        &self,
        entity: &[u8],
        now: DateTime<Utc>,
        provider: &Provider,
        rng: &mut dyn CryptoRng,
    ) -> Result<Message, BuildError> {
        let algorithm = self
            .mdn_request
            .as_ref()
            .and_then(MdnRequest::micalg)
            .or_else(|| self.signer.map(|(_, digest)| digest))
            .unwrap_or(DigestAlgorithm::Sha256);
        let covered = if self.signer.is_some() || self.encryption.is_some() {
            entity
        } else {
            let limits = Limits::default();
            let parsed = Entity::parse(entity, &limits)?;
            wrapped_part(&parsed, &limits).unwrap_or_else(|| parsed.body())
        };
        let mic = Mic::of(covered, algorithm, provider);

        let mut octets = entity.to_vec();
        if let Some((credential, digest)) = self.signer {
            octets = sign(&octets, credential, digest, now, provider, rng)?;
        }
        if let Some((recipients, algorithm)) = &self.encryption {
            octets = encrypt(&octets, recipients, *algorithm, provider, rng)?;
        }

        let mut headers =
            envelope_fields(self.from, self.to, &self.message_id, &self.features, now);
        if let Some(subject) = &self.subject {
            headers.push(("Subject".to_owned(), printable("Subject", subject.clone())?));
        }
        for (name, value) in self.mdn_request.iter().flat_map(MdnRequest::fields) {
            headers.push((name.to_owned(), printable(name, value)?));
        }
        let body = split_entity(&octets, &mut headers)?;
        Ok(Message {
            headers,
            body,
            mic,
            message_id: self.message_id.clone(),
        })
    }
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

fn printable(name: &'static str, value: String) -> Result<String, BuildError> {
    if value
        .bytes()
        .all(|octet| matches!(octet, b' '..=b'~' | b'\t'))
    {
        Ok(value)
    } else {
        Err(BuildError::HeaderValue { name })
    }
}
