//! Message disposition notifications: the receipts of AS2.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use rand_core::CryptoRng;
use rollcert_cms::SignatureScheme;
use rollcert_crypto::Provider;
use rollcert_mime::{
    Entity, EntityBuilder, Headers, Limits, MediaType, TransferEncoding, boundary,
};
use rollcert_pki::Credential;

use crate::{
    build::BuildError,
    disposition::{Disposition, normal},
    features::Features,
    layer::signed,
    mdn_request::{MdnDelivery, MdnRequest},
    message::{envelope_fields, printable, split_entity},
    message_id::MessageId,
    mic::{Mic, MicError, other_name},
    name::As2Name,
    receipt::MdnError,
};

/// A message disposition notification: which message, and what became of it.
///
/// # Specification
///
/// [RFC 4130 §7.4](https://www.rfc-editor.org/rfc/rfc4130#section-7.4), RFC 3798.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mdn {
    /// The message that it is about. Always written; that of a foreign MDN may be missing.
    pub original_message_id: Option<MessageId>,
    /// What became of it.
    pub disposition: Disposition,
    /// What arrived. Returned of every message that could be opened, when a signed receipt was asked for.
    pub mic: Option<Mic>,
    /// The software that answers.
    pub reporting_ua: Option<String>,
    /// Whom the message was for, as the sender wrote it.
    pub original_recipient: Option<As2Name>,
    /// Who received it.
    pub final_recipient: Option<As2Name>,
    /// What the fields `Failure`, `Error` and `Warning` say beyond the disposition, each on one line.
    pub explanations: Vec<String>,
    /// The part for people.
    pub text: String,
    /// The name of the digest of the MIC, where it is spelled in another way than ours.
    mic_name: Option<String>,
}

impl Mdn {
    /// Starts a notification about this message, received by `recipient`, with a text that repeats the disposition.
    #[must_use]
    pub fn new(
        original_message_id: MessageId,
        recipient: As2Name,
        disposition: Disposition,
    ) -> Self {
        let text = match disposition.is_processed() {
            true => "The message was received and processed.\r\n".to_owned(),
            false => format!("The message was not processed.\r\n{disposition}\r\n"),
        };
        Self {
            original_message_id: Some(original_message_id),
            disposition,
            mic: None,
            reporting_ua: None,
            original_recipient: Some(recipient.clone()),
            final_recipient: Some(recipient),
            explanations: Vec::new(),
            text,
            mic_name: None,
        }
    }

    /// Returns the MIC of what arrived.
    #[must_use]
    pub fn with_mic(self, mic: Mic) -> Self {
        Self {
            mic: Some(mic),
            mic_name: None,
            ..self
        }
    }

    /// Returns the MIC of what arrived, its digest called what the sender called it: some products compare the
    /// names as texts.
    #[must_use]
    pub fn with_mic_for(self, mic: Mic, request: &MdnRequest) -> Self {
        Self {
            mic_name: request.name_of(mic.algorithm()),
            ..self.with_mic(mic)
        }
    }

    /// Names the software that answers.
    #[must_use]
    pub fn with_reporting_ua(self, name: &str) -> Self {
        Self {
            reporting_ua: Some(name.to_owned()),
            ..self
        }
    }

    /// Adds an explanation to the fields for machines, where some products show it to their operators. It becomes one
    /// line of ASCII, in the field `Failure`, `Error` or `Warning` by the disposition.
    #[must_use]
    pub fn with_explanation(mut self, text: &str) -> Self {
        self.explanations.push(normal_ascii(text));
        self
    }

    /// Replaces the part for people. It may be the only clue that the partner gets.
    #[must_use]
    pub fn with_text(self, text: &str) -> Self {
        Self {
            text: text.to_owned(),
            ..self
        }
    }

    /// Writes the `multipart/report` entity: the text, and the fields for machines.
    ///
    /// # Errors
    ///
    /// [`BuildError::Mime`] in the event that the random boundary occurs in it.
    pub fn to_entity(&self, rng: &mut dyn CryptoRng) -> Result<Vec<u8>, BuildError> {
        let human = EntityBuilder::new(
            MediaType::new("text", "plain")?.with_parameter("charset", "utf-8")?,
        )
        .with_transfer_encoding(TransferEncoding::QuotedPrintable)
        .body(self.text.as_bytes());

        let recipient = |name: &As2Name| format!("rfc822; {}", name.to_header());
        // RFC 3798 §3.2.7.
        let explanation = match self.disposition {
            Disposition::Failure(_) => "Failure",
            Disposition::Error(_) => "Error",
            _ => "Warning",
        };
        let explanations = self.explanations.iter();
        let explanations = explanations.map(|text| (explanation, Some(normal_ascii(text))));
        // Ids and names are printable ASCII, blanks and all; what is free text is put on one line.
        let fields: String = [
            (
                "Reporting-UA",
                self.reporting_ua.as_deref().map(normal_ascii),
            ),
            (
                "Original-Recipient",
                self.original_recipient.as_ref().map(recipient),
            ),
            (
                "Final-Recipient",
                self.final_recipient.as_ref().map(recipient),
            ),
            (
                "Original-Message-ID",
                self.original_message_id.as_ref().map(MessageId::to_string),
            ),
            (
                "Disposition",
                Some(normal_ascii(&self.disposition.to_string())),
            ),
            (
                "Received-Content-MIC",
                self.mic.as_ref().map(|mic| match &self.mic_name {
                    Some(name) => mic.named(name),
                    None => mic.to_string(),
                }),
            ),
        ]
        .into_iter()
        .chain(explanations)
        .filter_map(|(name, value)| Some(format!("{name}: {}\r\n", value?)))
        .collect();
        let machine = EntityBuilder::new(MediaType::new("message", "disposition-notification")?)
            .with_transfer_encoding(TransferEncoding::SevenBit)
            .body(fields.as_bytes());

        let media_type = MediaType::new("multipart", "report")?
            .with_parameter("report-type", "disposition-notification")?
            .with_parameter("boundary", &boundary(rng))?;
        Ok(EntityBuilder::multipart(media_type, &[human, machine])?)
    }

    /// Starts the message that carries it, from the receiver back to the sender: unsigned, advertising
    /// [`Features::ours`].
    #[must_use]
    pub fn builder<'a>(
        &'a self,
        from: &'a As2Name,
        to: &'a As2Name,
        message_id: MessageId,
    ) -> MdnBuilder<'a> {
        MdnBuilder {
            mdn: self,
            from,
            to,
            message_id,
            features: Features::ours(),
            signer: None,
            delivery: MdnDelivery::Synchronous,
        }
    }

    /// Finds the notification in an entity and reads it; the error of a MIC that cannot be read comes beside it.
    pub(crate) fn read(
        octets: &[u8],
        limits: &Limits,
    ) -> Result<(Self, Option<MicError>), MdnError> {
        let entity = Entity::parse(octets, limits)?;
        let media_type = entity.headers().content_type()?;
        let not_an_mdn = || MdnError::NotAnMdn {
            found: media_type.essence().chars().take(80).collect(),
        };
        let (text, machine) = match media_type.essence() {
            "multipart/report" => {
                let multipart = entity.parts(limits)?;
                let is = |part: &Entity<'_>, wanted: &str| {
                    part.headers()
                        .content_type()
                        .is_ok_and(|found| found.essence() == wanted)
                };
                let find = |wanted: &str| multipart.parts.iter().find(|part| is(part, wanted));
                let text = match find("text/plain") {
                    // It is for people only: no reason to have no receipt.
                    Some(part) => lossy(
                        &part
                            .decoded_body()
                            .unwrap_or_else(|_| Cow::Borrowed(part.body())),
                    ),
                    None => String::new(),
                };
                let machine = find(NOTIFICATION).ok_or_else(not_an_mdn)?;
                (text, machine.decoded_body()?.into_owned())
            }
            NOTIFICATION => (String::new(), entity.decoded_body()?.into_owned()),
            _ => return Err(not_an_mdn()),
        };
        // Some write a blank line first, or further groups of fields: the first group is the message's.
        let fields = Entity::parse(machine.trim_ascii_start(), limits)?;
        let fields = fields.headers();
        let disposition = fields
            .first("Disposition")
            .ok_or(MdnError::NoDisposition)?
            .parse()
            .map_err(MdnError::Disposition)?;
        let mic_text = fields.first("Received-Content-MIC");
        let (mic, mic_error) = match mic_text.as_ref().map(|mic| mic.parse::<Mic>()) {
            Some(Ok(mic)) => (Some(mic), None),
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        let mic_name = mic_text
            .as_deref()
            .and_then(|text| text.rsplit_once(','))
            .zip(mic.as_ref())
            .and_then(|((_, name), mic)| other_name(name.trim(), mic.algorithm()));
        let mdn = Self {
            original_message_id: fields
                .first("Original-Message-ID")
                .and_then(|id| MessageId::parse(&id).ok()),
            disposition,
            mic,
            reporting_ua: fields.first("Reporting-UA").map(|name| normal(&name)),
            original_recipient: recipient(fields, "Original-Recipient"),
            final_recipient: recipient(fields, "Final-Recipient"),
            explanations: ["Failure", "Error", "Warning"]
                .into_iter()
                .flat_map(|name| fields.all(name))
                .map(|text| normal(&text).chars().take(MAX_EXPLANATION).collect())
                .collect(),
            text,
            mic_name,
        };
        Ok((mdn, mic_error))
    }
}

/// Builds the message that carries an [`Mdn`].
#[derive(Clone, Debug)]
pub struct MdnBuilder<'a> {
    mdn: &'a Mdn,
    from: &'a As2Name,
    to: &'a As2Name,
    message_id: MessageId,
    features: Features,
    signer: Option<(&'a Credential, SignatureScheme)>,
    delivery: MdnDelivery,
}

impl<'a> MdnBuilder<'a> {
    /// Delivers it the way that was asked for; without this, in the HTTP response.
    #[must_use]
    pub fn delivered_as(mut self, request: &MdnRequest) -> Self {
        self.delivery = request.delivery.clone();
        self
    }

    /// Signs it, by a digest, in the manner that the key is for, or by a scheme in full.
    #[must_use]
    pub fn signed_by(
        mut self,
        credential: &'a Credential,
        scheme: impl Into<SignatureScheme>,
    ) -> Self {
        self.signer = Some((credential, scheme.into()));
        self
    }

    /// Replaces what is advertised.
    #[must_use]
    pub fn features(mut self, features: Features) -> Self {
        self.features = features;
        self
    }

    /// Builds the message. `now` is the `Date` and the time of signing.
    ///
    /// # Errors
    ///
    /// Those of [`Mdn::to_entity`] and [`sign`](crate::sign); [`BuildError::HeaderValue`] for a URL that is not printable ASCII.
    pub fn build(
        &self,
        now: DateTime<Utc>,
        provider: &Provider,
        rng: &mut dyn CryptoRng,
    ) -> Result<MdnMessage, BuildError> {
        if let MdnDelivery::Asynchronous { url } = &self.delivery {
            printable("Receipt-Delivery-Option", url.clone())?;
        }
        let mut headers =
            envelope_fields(self.from, self.to, &self.message_id, &self.features, now);
        let entity = self.mdn.to_entity(rng)?;
        let body = match self.signer {
            Some((credential, scheme)) => {
                let (signed, _) = signed(&entity, credential, scheme, now, provider, rng)?;
                signed.into_body(&mut headers)
            }
            None => split_entity(&entity, &mut headers)?,
        };
        Ok(MdnMessage {
            headers,
            body,
            message_id: self.message_id.clone(),
            delivery: self.delivery.clone(),
        })
    }
}

/// A receipt ready for HTTP, with the same headers and body either way.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MdnMessage {
    /// The header fields, one line each.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Its own id, not that of the message it is about.
    pub message_id: MessageId,
    /// Where it goes. [`MdnDelivery::Synchronous`]: into the HTTP response to the message, with status 200.
    /// [`MdnDelivery::Asynchronous`]: that response stays empty, and the receipt is `POST`ed to the URL, once this is
    /// one that the partner is known by (RFC 4130 §7.6: the sender of a message named it, whoever that is).
    pub delivery: MdnDelivery,
}

/// The name after `rfc822;`, where there is one that is a name.
fn recipient(fields: &Headers<'_>, name: &str) -> Option<As2Name> {
    let value = fields.first(name)?;
    let address = value
        .split_once(';')
        .map_or(&*value, |(_, address)| address);
    As2Name::parse(address).ok()
}

fn lossy(octets: &[u8]) -> String {
    let bounded = octets.get(..MAX_TEXT).unwrap_or(octets);
    String::from_utf8_lossy(bounded).into_owned()
}

/// Free text as the fields of a notification can hold it.
fn normal_ascii(text: &str) -> String {
    normal(text).replace(|character: char| !character.is_ascii(), "?")
}

/// Whether this entity is a notification, by its media type.
pub(crate) fn is_notification(entity: &[u8], limits: &Limits) -> bool {
    let Ok(media_type) =
        Entity::parse(entity, limits).and_then(|entity| entity.headers().content_type())
    else {
        return false;
    };
    match media_type.essence() {
        NOTIFICATION => true,
        // RFC 3462 §1: other reports exist, and some leave out what theirs is.
        "multipart/report" => media_type
            .parameter("report-type")
            .is_none_or(|kind| kind.trim().eq_ignore_ascii_case("disposition-notification")),
        _ => false,
    }
}

const NOTIFICATION: &str = "message/disposition-notification";

/// Characters of one explanation that are kept.
const MAX_EXPLANATION: usize = 1024;

/// Octets of the part for people that are kept: it is shown, not processed.
const MAX_TEXT: usize = 16 * 1024;
