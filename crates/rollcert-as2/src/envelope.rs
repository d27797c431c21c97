//! The AS2 headers of a message.

use core::fmt;
use std::borrow::Cow;

use rollcert_mime::Headers;
use thiserror::Error;

use crate::{
    features::Features,
    mdn_request::MdnRequest,
    message_id::{MessageId, MessageIdError},
    name::{As2Name, As2NameError},
};

/// The AS2 headers of a message, as they came by HTTP.
///
/// # Specification
///
/// [RFC 4130 §6](https://www.rfc-editor.org/rfc/rfc4130#section-6) and §7.3.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Envelope {
    /// The version that the sender speaks.
    pub version: Version,
    /// Who sent it.
    pub from: As2Name,
    /// Whom it is for.
    pub to: As2Name,
    /// The id of the message.
    pub message_id: MessageId,
    /// What the sender says that it can do.
    pub features: Features,
    /// The subject, if there is one.
    pub subject: Option<String>,
    /// The receipt that the sender wants, if any.
    pub mdn_request: Option<MdnRequest>,
}

impl Envelope {
    /// Reads the headers.
    ///
    /// # Errors
    ///
    /// [`HeaderError::Missing`] and [`HeaderError::Duplicate`] of `AS2-From`, `AS2-To` and `Message-ID`;
    /// [`HeaderError::Name`], [`HeaderError::MessageId`], [`HeaderError::Version`] of what is in them.
    pub fn parse(headers: &Headers<'_>) -> Result<Self, HeaderError> {
        Ok(Self {
            version: Version::parse(headers)?,
            from: name(headers, AS2_FROM)?,
            to: name(headers, AS2_TO)?,
            message_id: MessageId::parse(&only(headers, MessageId::HEADER)?)
                .map_err(HeaderError::MessageId)?,
            features: Features::parse(headers),
            subject: headers.first("Subject").map(Cow::into_owned),
            mdn_request: MdnRequest::parse(headers),
        })
    }
}

/// A version of AS2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Version {
    /// Before the dot.
    pub major: u8,
    /// After the dot.
    pub minor: u8,
}

impl Version {
    /// The header field.
    pub const HEADER: &'static str = "AS2-Version";
    /// The plain protocol; meant when a message names none.
    pub const V1_0: Self = Self { major: 1, minor: 0 };
    /// With `EDIINT-Features`: what is sent here.
    pub const V1_2: Self = Self { major: 1, minor: 2 };

    /// Reads the header; [`Self::V1_0`] without one.
    ///
    /// # Errors
    ///
    /// [`HeaderError::Version`] when it is no version 1.x: RFC 4130 §6.1 wants every one of those accepted.
    fn parse(headers: &Headers<'_>) -> Result<Self, HeaderError> {
        let Some(text) = headers.first(Self::HEADER) else {
            return Ok(Self::V1_0);
        };
        text.split_once('.')
            .and_then(|(major, minor)| {
                let major = major.trim().parse().ok()?;
                let minor = minor.trim().parse().ok()?;
                (major == 1).then_some(Self { major, minor })
            })
            .ok_or_else(|| HeaderError::Version {
                found: text.chars().take(32).collect(),
            })
    }
}

/// Writes `major.minor`.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Why the AS2 headers are not to be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// A header that must be there is not.
    #[error("header {name} missing")]
    Missing {
        /// Its name.
        name: &'static str,
    },
    /// A header occurs twice: which is meant depends on the reader.
    #[error("expected one header {name} but found another")]
    Duplicate {
        /// Its name.
        name: &'static str,
    },
    /// `AS2-From` or `AS2-To` holds no name.
    #[error("header {name}: {error}")]
    Name {
        /// Which header.
        name: &'static str,
        /// What is wrong.
        error: As2NameError,
    },
    /// `Message-ID` holds no id.
    #[error("header Message-ID: {0}")]
    MessageId(MessageIdError),
    /// `AS2-Version` holds no version 1.x.
    #[error("expected a version 1.x but found {found:?}")]
    Version {
        /// What was found, the beginning of it.
        found: String,
    },
}

impl HeaderError {
    /// Returns the stable name of this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "header-missing",
            Self::Duplicate { .. } => "header-duplicate",
            Self::Name { error, .. } => error.code(),
            Self::MessageId(error) => error.code(),
            Self::Version { .. } => "as2-version",
        }
    }
}

/// Reads a name that may be missing or wrong without harm.
pub(crate) fn optional_name(headers: &Headers<'_>, field: &'static str) -> Option<As2Name> {
    name(headers, field).ok()
}

fn name(headers: &Headers<'_>, name: &'static str) -> Result<As2Name, HeaderError> {
    As2Name::parse(&only(headers, name)?).map_err(|error| HeaderError::Name { name, error })
}

fn only<'h>(headers: &'h Headers<'_>, name: &'static str) -> Result<Cow<'h, str>, HeaderError> {
    let mut values = headers.all(name);
    let first = values.next().ok_or(HeaderError::Missing { name })?;
    match values.next() {
        Some(_) => Err(HeaderError::Duplicate { name }),
        None => Ok(first),
    }
}

pub(crate) const AS2_FROM: &str = "AS2-From";
pub(crate) const AS2_TO: &str = "AS2-To";
#[cfg(test)]
mod tests {
    use rollcert_crypto::DigestAlgorithm;

    use super::*;
    use crate::mdn_request::{Importance, MdnDelivery, ReceiptSigning};

    const MENDELSON: [(&str, &str); 8] = [
        ("as2-version", "1.2"),
        ("ediint-features", "multiple-attachments, CEM"),
        ("message-id", "<mendelson-1@ALICE_BOB AS2>"),
        ("as2-from", "ALICE"),
        ("as2-to", "\"BOB AS2\""),
        ("disposition-notification-to", "http://alice.example/as2"),
        (
            "disposition-notification-options",
            "signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=optional, sha256, md5",
        ),
        ("receipt-delivery-option", "http://alice.example/mdn"),
    ];

    fn without(name: &str) -> Headers<'static> {
        Headers::from_pairs(MENDELSON.into_iter().filter(|(known, _)| *known != name))
    }

    #[test]
    fn the_headers_of_a_foreign_message_are_read() {
        let envelope = Envelope::parse(&Headers::from_pairs(MENDELSON)).unwrap();
        assert_eq!(
            envelope,
            Envelope {
                version: Version::V1_2,
                from: As2Name::new("ALICE").unwrap(),
                to: As2Name::new("BOB AS2").unwrap(),
                message_id: MessageId::parse("mendelson-1@ALICE_BOB AS2").unwrap(),
                features: Features::from_tokens(["multiple-attachments", "CEM"]),
                subject: None,
                mdn_request: Some(MdnRequest {
                    address: "http://alice.example/as2".to_owned(),
                    delivery: MdnDelivery::Asynchronous {
                        url: "http://alice.example/mdn".to_owned()
                    },
                    signing: ReceiptSigning::Signed,
                    micalgs: vec![DigestAlgorithm::Sha256],
                    unknown_micalgs: vec!["md5".to_owned()],
                    micalg_importance: Importance::Optional,
                    unknown_protocols: Vec::new(),
                    protocol_importance: Importance::Optional,
                    unknown_required: Vec::new(),
                    micalg_name: Some("sha256".to_owned()),
                }),
            }
        );
    }

    #[test]
    fn what_must_be_there_once_is_asked_for() {
        for name in [AS2_FROM, AS2_TO, MessageId::HEADER] {
            let missing = without(&name.to_ascii_lowercase());
            assert_eq!(
                Envelope::parse(&missing),
                Err(HeaderError::Missing { name })
            );
            let twice = Headers::from_pairs(MENDELSON.into_iter().chain([(name, "x")]));
            assert_eq!(
                Envelope::parse(&twice),
                Err(HeaderError::Duplicate { name })
            );
        }
    }

    #[test]
    fn every_version_1_is_accepted() {
        let version = |text: &str| {
            let headers = Headers::from_pairs([("AS2-Version", text)]);
            Version::parse(&headers).map(|version| version.to_string())
        };
        assert_eq!(version("1.7"), Ok("1.7".to_owned()));
        assert_eq!(version(" 1.0 "), Ok("1.0".to_owned()));
        for found in ["2.0", "1", "x.y", ""] {
            let error = HeaderError::Version {
                found: found.to_owned(),
            };
            assert_eq!(version(found), Err(error));
        }
        let none = Version::parse(&Headers::from_pairs([("X", "1.2")]));
        assert_eq!(none, Ok(Version::V1_0));
    }
}
