//! The AS2 headers of a message.

use core::fmt;
use std::borrow::Cow;

use rollcert_crypto::DigestAlgorithm;
use rollcert_mime::Headers;
use thiserror::Error;

use crate::{
    features::Features,
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

/// The receipt that a sender wants.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MdnRequest {
    /// The value of `Disposition-Notification-To`. Its presence is the request; nothing is sent there.
    pub address: String,
    /// Which way the receipt is to come.
    pub delivery: MdnDelivery,
    /// Whether it is to be signed.
    pub signing: ReceiptSigning,
    /// The digests that may make the MIC, the preferred first, as far as they are known here.
    pub micalgs: Vec<DigestAlgorithm>,
    /// The names of those that are not known here. With none known, a receiver answers
    /// [`FailureReason::UnsupportedMicAlgorithms`](crate::FailureReason::UnsupportedMicAlgorithms).
    pub unknown_micalgs: Vec<String>,
}

/// Which way a receipt is to come.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MdnDelivery {
    /// In the HTTP response to the message.
    Synchronous,
    /// In a request of its own (RFC 4130 §7.3, `Receipt-Delivery-Option`).
    Asynchronous {
        /// Where to. The sender's word: whoever connects there must hold it against what is configured.
        url: String,
    },
}

/// Whether a receipt is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third way")]
pub enum ReceiptSigning {
    /// It is.
    Signed,
    /// It need not be.
    Unsigned,
}

impl MdnRequest {
    /// A signed receipt in the HTTP response, its MIC by SHA-256.
    #[must_use]
    pub fn signed(address: &str) -> Self {
        Self {
            address: address.to_owned(),
            delivery: MdnDelivery::Synchronous,
            signing: ReceiptSigning::Signed,
            micalgs: vec![DigestAlgorithm::Sha256],
            unknown_micalgs: Vec::new(),
        }
    }

    /// An unsigned receipt in the HTTP response.
    #[must_use]
    pub fn unsigned(address: &str) -> Self {
        Self {
            signing: ReceiptSigning::Unsigned,
            micalgs: Vec::new(),
            ..Self::signed(address)
        }
    }

    /// The same request with other digests, the preferred first.
    #[must_use]
    pub fn with_micalgs(self, micalgs: impl IntoIterator<Item = DigestAlgorithm>) -> Self {
        Self {
            micalgs: micalgs.into_iter().collect(),
            ..self
        }
    }

    /// The same request with another way of delivery.
    #[must_use]
    pub fn with_delivery(self, delivery: MdnDelivery) -> Self {
        Self { delivery, ..self }
    }

    /// Reads the headers; nothing when no receipt is asked for.
    ///
    /// Tolerant, as RFC 4130 §7.3 leaves room: parameters in any order and case, quoted or not, with or without
    /// their importance. Parameters of other names are passed over.
    #[must_use]
    pub fn parse(headers: &Headers<'_>) -> Option<Self> {
        let address = headers.first(NOTIFICATION_TO)?.into_owned();
        let mut request = Self::unsigned(&address);
        if let Some(url) = headers.first(DELIVERY_OPTION)
            && !url.is_empty()
        {
            let url = url.into_owned();
            request.delivery = MdnDelivery::Asynchronous { url };
        }
        for options in headers.all(NOTIFICATION_OPTIONS) {
            for parameter in options.split(';') {
                request.read_parameter(parameter);
            }
        }
        Some(request)
    }

    /// The digest that the MIC is to be made by: the first that is known here.
    #[must_use]
    pub fn micalg(&self) -> Option<DigestAlgorithm> {
        self.micalgs.first().copied()
    }

    /// Writes the header fields.
    pub(crate) fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = vec![(NOTIFICATION_TO, self.address.clone())];
        if self.signing == ReceiptSigning::Signed {
            let mut options = String::from("signed-receipt-protocol=required, pkcs7-signature");
            if !self.micalgs.is_empty() {
                options.push_str("; signed-receipt-micalg=required");
                for algorithm in &self.micalgs {
                    options.push_str(", ");
                    options.push_str(algorithm.name());
                }
            }
            fields.push((NOTIFICATION_OPTIONS, options));
        }
        if let MdnDelivery::Asynchronous { url } = &self.delivery {
            fields.push((DELIVERY_OPTION, url.clone()));
        }
        fields
    }

    fn read_parameter(&mut self, parameter: &str) {
        let Some((name, values)) = parameter.split_once('=') else {
            return;
        };
        let values = values
            .split(',')
            .map(|value| value.trim_matches(['"', ' ', '\t']))
            .filter(|value| !value.is_empty())
            .enumerate()
            .filter(|(index, value)| *index > 0 || !is_importance(value))
            .map(|(_, value)| value);
        match name.trim().to_ascii_lowercase().as_str() {
            "signed-receipt-protocol" => {
                for value in values {
                    if matches!(
                        value.to_ascii_lowercase().as_str(),
                        "pkcs7-signature" | "x-pkcs7-signature"
                    ) {
                        self.signing = ReceiptSigning::Signed;
                    }
                }
            }
            "signed-receipt-micalg" => {
                for value in values.take(MAX_MICALGS) {
                    match DigestAlgorithm::from_name(value) {
                        Some(algorithm) => self.micalgs.push(algorithm),
                        None => self.unknown_micalgs.push(value.chars().take(32).collect()),
                    }
                }
            }
            _ => {}
        }
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

fn is_importance(value: &str) -> bool {
    value.eq_ignore_ascii_case("required") || value.eq_ignore_ascii_case("optional")
}

pub(crate) const AS2_FROM: &str = "AS2-From";
pub(crate) const AS2_TO: &str = "AS2-To";
const NOTIFICATION_TO: &str = "Disposition-Notification-To";
const NOTIFICATION_OPTIONS: &str = "Disposition-Notification-Options";
const DELIVERY_OPTION: &str = "Receipt-Delivery-Option";

/// More digests than there are is no list of preferences.
const MAX_MICALGS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn requests_for_receipts_are_read_back() {
        for request in [
            MdnRequest::signed("alice@example.com"),
            MdnRequest::unsigned("alice@example.com"),
            MdnRequest::signed("x")
                .with_micalgs([DigestAlgorithm::Sha512, DigestAlgorithm::Sha1])
                .with_delivery(MdnDelivery::Asynchronous {
                    url: "https://alice.example/mdn".to_owned(),
                }),
        ] {
            let headers = Headers::from_pairs(request.fields());
            assert_eq!(MdnRequest::parse(&headers), Some(request));
        }
        assert_eq!(MdnRequest::parse(&Headers::from_pairs([("X", "y")])), None);
    }

    #[test]
    fn options_are_read_in_any_spelling() {
        let read = |options| {
            let headers = Headers::from_pairs([
                ("Disposition-Notification-To", "x"),
                ("Disposition-Notification-Options", options),
            ]);
            let request = MdnRequest::parse(&headers).unwrap();
            (request.signing, request.micalgs)
        };
        let (signed, unsigned) = (ReceiptSigning::Signed, ReceiptSigning::Unsigned);
        let (sha1, sha256) = (DigestAlgorithm::Sha1, DigestAlgorithm::Sha256);
        assert_eq!(
            read(
                "SIGNED-RECEIPT-MICALG = Required,\"SHA-256\" , sha1;signed-receipt-protocol=pkcs7-signature;x=required,y;"
            ),
            (signed, vec![sha256, sha1])
        );
        assert_eq!(
            read("signed-receipt-protocol=optional, pgp"),
            (unsigned, vec![])
        );
        assert_eq!(read(";;="), (unsigned, vec![]));
    }
}
