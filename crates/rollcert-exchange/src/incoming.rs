use rollcert_as2::{As2Name, Envelope, HeaderError};
use rollcert_crypto::Provider;
use rollcert_mime::Headers;
use rollcert_schedule::{Fingerprint, RelationshipId};
use serde::{Deserialize, Serialize};

use crate::facts::fingerprint_of;
use crate::rendered::{MalformedRendering, join, split};

/// An AS2 message that came by HTTP: its headers understood, its body as it arrived.
#[derive(Clone, Debug)]
pub struct Incoming {
    pub(crate) headers: Headers<'static>,
    pub(crate) envelope: Envelope,
    pub(crate) body: Vec<u8>,
    pub(crate) digest: Fingerprint,
}

impl Incoming {
    /// Reads the AS2 headers of a request.
    ///
    /// # Errors
    ///
    /// [`IncomingError`]: this is no AS2 message; answer with HTTP status 400.
    pub fn read(
        headers: &[(String, Vec<u8>)],
        body: Vec<u8>,
        provider: &Provider,
    ) -> Result<Self, IncomingError> {
        let headers = Headers::from_pairs(headers.iter().map(|(name, value)| (name, value)));
        let envelope = Envelope::parse(&headers)?;
        // The media type belongs to the message (it holds the boundary); other headers may change on
        // the way.
        let media_type = headers.first("Content-Type").unwrap_or_default();
        let digest = fingerprint_of([media_type.as_bytes(), b"\0", &body], provider);
        Ok(Self {
            headers: headers.into_owned(),
            envelope,
            body,
            digest,
        })
    }

    /// Who sent it, by its own word.
    #[must_use]
    pub fn from(&self) -> &As2Name {
        &self.envelope.from
    }

    /// Whom it is for.
    #[must_use]
    pub fn to(&self) -> &As2Name {
        &self.envelope.to
    }

    /// The `Message-ID`, with its angle brackets.
    #[must_use]
    pub fn message_id(&self) -> String {
        self.envelope.message_id.to_string()
    }

    /// The relationship that it belongs to, seen from the receiver. The tenant, if the host has several, is
    /// for the host to add.
    #[must_use]
    pub fn relationship(&self) -> RelationshipId {
        RelationshipId::new(self.to().as_str(), self.from().as_str(), "as2")
    }
}

/// A request is no AS2 message.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IncomingError {
    /// Its AS2 headers are missing or malformed.
    #[error(transparent)]
    Header(#[from] HeaderError),
}

impl IncomingError {
    /// A stable name for this failure.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Header(error) => error.code(),
        }
    }
}

/// Why a message that was received before gets no reply again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RepeatError {
    /// Another message came under this message id before.
    #[error("another message came under this message id before")]
    OtherMessage,
    /// What is stored is no reply.
    #[error(transparent)]
    Malformed(#[from] MalformedRendering),
}

impl RepeatError {
    /// A stable name for this failure.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OtherMessage => "message-id-reused",
            Self::Malformed(error) => error.code(),
        }
    }

    /// The HTTP status to answer with.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::OtherMessage => 409,
            Self::Malformed(_) => 500,
        }
    }
}

/// An HTTP reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "what HTTP calls a response")]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The headers, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(skip)]
    pub body: Vec<u8>,
}

impl Reply {
    /// A reply of a status code and nothing else.
    #[must_use]
    pub const fn plain(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// The octets to store: one line of JSON, then the body.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        join(self, &self.body)
    }

    /// Reads what [`Self::encode`] wrote.
    ///
    /// # Errors
    ///
    /// [`MalformedRendering`] when the octets are something else.
    pub fn decode(octets: &[u8]) -> Result<Self, MalformedRendering> {
        let (reply, body): (Self, _) = split(octets)?;
        Ok(Self { body, ..reply })
    }
}
