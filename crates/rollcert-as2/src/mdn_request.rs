//! The receipt that the sender of a message wants.

use core::fmt;

use rollcert_crypto::DigestAlgorithm;
use rollcert_mime::Headers;

use crate::disposition::{Disposition, FailureReason};
use crate::mic::other_name;

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
    /// The names of those that are not known here.
    pub unknown_micalgs: Vec<String>,
    /// How much depends on these digests.
    pub micalg_importance: Importance,
    /// The signature protocols that are wanted and not known here; with none known, nothing can be signed.
    pub unknown_protocols: Vec<String>,
    /// How much depends on the signature protocol.
    pub protocol_importance: Importance,
    /// The parameters of other names that are said to be required.
    pub unknown_required: Vec<String>,
    /// What the sender calls the first of the digests that are known here.
    pub(crate) micalg_name: Option<String>,
}

/// How much depends on a parameter of the request for a receipt (RFC 3798 §2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "there is no third way")]
pub enum Importance {
    /// Who does not understand the parameter must not answer but `failed`.
    Required,
    /// Who does not understand the parameter answers without it.
    Optional,
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
            micalg_importance: Importance::Required,
            unknown_protocols: Vec::new(),
            protocol_importance: Importance::Required,
            unknown_required: Vec::new(),
            micalg_name: Some(DigestAlgorithm::Sha256.name().to_owned()),
        }
    }

    /// An unsigned receipt in the HTTP response.
    #[must_use]
    pub fn unsigned(address: &str) -> Self {
        Self {
            signing: ReceiptSigning::Unsigned,
            micalgs: Vec::new(),
            micalg_name: None,
            micalg_importance: Importance::Optional,
            protocol_importance: Importance::Optional,
            ..Self::signed(address)
        }
    }

    /// The same request with other digests, the preferred first.
    #[must_use]
    pub fn with_micalgs(self, micalgs: impl IntoIterator<Item = DigestAlgorithm>) -> Self {
        let micalgs: Vec<DigestAlgorithm> = micalgs.into_iter().collect();
        Self {
            micalg_name: micalgs.first().map(|first| first.name().to_owned()),
            micalgs,
            ..self
        }
    }

    /// The same request, of this importance throughout.
    #[must_use]
    pub fn with_importance(self, importance: Importance) -> Self {
        Self {
            micalg_importance: importance,
            protocol_importance: importance,
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
    /// their importance. Parameters of other names are passed over, unless they are required.
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

    /// The digest that the receipt is to be signed by: the first that signatures are made by, which SHA-1 is not,
    /// whatever makes the MIC. Nothing when it is ours to choose.
    #[must_use]
    pub fn receipt_digest(&self) -> Option<DigestAlgorithm> {
        self.micalgs
            .iter()
            .copied()
            .find(|digest| *digest != DigestAlgorithm::Sha1)
    }

    /// What the sender calls this digest, if that is the one it asked for and another name than ours.
    pub(crate) fn name_of(&self, algorithm: DigestAlgorithm) -> Option<String> {
        other_name(self.micalg_name.as_deref()?, algorithm)
    }

    /// What must be answered instead of `processed`, because the receipt cannot be as it is required.
    ///
    /// # Specification
    ///
    /// [RFC 4130 §7.5.4](https://www.rfc-editor.org/rfc/rfc4130#section-7.5.4), RFC 3798 §2.2. What is wanted without
    /// being required is left out of the receipt: the digest is then one of ours, the signature missing.
    #[must_use]
    pub fn objection(&self) -> Option<Disposition> {
        let failure = |reason| Some(Disposition::Failure(reason));
        if self.protocol_importance == Importance::Required
            && self.signing == ReceiptSigning::Unsigned
            && !self.unknown_protocols.is_empty()
        {
            return failure(FailureReason::UnsupportedFormat);
        }
        if self.micalg_importance == Importance::Required
            && self.micalgs.is_empty()
            && !self.unknown_micalgs.is_empty()
        {
            return failure(FailureReason::UnsupportedMicAlgorithms);
        }
        if self.unknown_required.is_empty() {
            None
        } else {
            failure(FailureReason::UnsupportedFormat)
        }
    }

    /// Writes the header fields.
    pub(crate) fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = vec![(NOTIFICATION_TO, self.address.clone())];
        if self.signing == ReceiptSigning::Signed {
            let mut options = format!(
                "signed-receipt-protocol={}, pkcs7-signature",
                self.protocol_importance
            );
            if !self.micalgs.is_empty() {
                options.push_str("; signed-receipt-micalg=");
                options.push_str(self.micalg_importance.as_str());
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
        let mut values = values
            .split(',')
            .map(|value| value.trim_matches(['"', ' ', '\t']))
            .filter(|value| !value.is_empty())
            .peekable();
        // RFC 3798 §2.2: the importance comes first. Some leave it out.
        let importance = values
            .next_if(|value| Importance::named(value).is_some())
            .and_then(Importance::named)
            .unwrap_or(Importance::Optional);
        match name.trim().to_ascii_lowercase().as_str() {
            "signed-receipt-protocol" => {
                self.protocol_importance = importance;
                for value in values.take(MAX_VALUES) {
                    if matches!(
                        value.to_ascii_lowercase().as_str(),
                        "pkcs7-signature" | "x-pkcs7-signature"
                    ) {
                        self.signing = ReceiptSigning::Signed;
                    } else {
                        self.unknown_protocols.push(beginning(value));
                    }
                }
            }
            "signed-receipt-micalg" => {
                self.micalg_importance = importance;
                for value in values.take(MAX_VALUES) {
                    match DigestAlgorithm::from_name(value) {
                        Some(algorithm) => {
                            if self.micalgs.is_empty() {
                                self.micalg_name = Some(value.to_owned());
                            }
                            self.micalgs.push(algorithm);
                        }
                        None => self.unknown_micalgs.push(beginning(value)),
                    }
                }
            }
            name if importance == Importance::Required
                && self.unknown_required.len() < MAX_VALUES =>
            {
                self.unknown_required.push(beginning(name));
            }
            _ => {}
        }
    }
}

impl Importance {
    /// Returns the word: `required` or `optional`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Optional => "optional",
        }
    }

    fn named(text: &str) -> Option<Self> {
        [Self::Required, Self::Optional]
            .into_iter()
            .find(|importance| importance.as_str().eq_ignore_ascii_case(text))
    }
}

/// Writes the word.
impl fmt::Display for Importance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn beginning(text: &str) -> String {
    text.chars().take(32).collect()
}

const NOTIFICATION_TO: &str = "Disposition-Notification-To";
const NOTIFICATION_OPTIONS: &str = "Disposition-Notification-Options";
const DELIVERY_OPTION: &str = "Receipt-Delivery-Option";

/// More digests than there are is no list of preferences.
const MAX_VALUES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

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
            MdnRequest::signed("x").with_importance(Importance::Optional),
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

    #[test]
    fn what_is_required_and_not_known_is_objected_to() {
        let objection = |options| {
            let headers = Headers::from_pairs([
                ("Disposition-Notification-To", "x"),
                ("Disposition-Notification-Options", options),
            ]);
            MdnRequest::parse(&headers).unwrap().objection()
        };
        let failure = |reason| Some(Disposition::Failure(reason));
        for (options, expected) in [
            ("", None),
            (
                "signed-receipt-protocol=optional,; signed-receipt-micalg=optional,,,",
                None,
            ),
            (
                "signed-receipt-protocol=required, pkcs7-signature; signed-receipt-micalg=required, sha-256",
                None,
            ),
            ("signed-receipt-protocol=optional, pgp-signature", None),
            (
                "signed-receipt-protocol=required, pgp-signature",
                failure(FailureReason::UnsupportedFormat),
            ),
            (
                "signed-receipt-protocol=required, pgp-signature, pkcs7-signature",
                None,
            ),
            ("signed-receipt-micalg=optional, md5", None),
            (
                "signed-receipt-micalg=required, md5, rsa-md5",
                failure(FailureReason::UnsupportedMicAlgorithms),
            ),
            ("signed-receipt-micalg=required, md5, sha1", None),
            ("x-colour=optional, blue", None),
            (
                "x-colour=Required, blue",
                failure(FailureReason::UnsupportedFormat),
            ),
        ] {
            assert_eq!(objection(options), expected, "{options}");
        }
    }
}
