use core::fmt;

use der::Tag;
use rollcert_pki::asn1::{DecodeError, DecodeErrorKind, Element, Reader, encode, tag};
use rollcert_pki::{Certificate, Name, SerialNumber};

/// How a message points at a certificate: `SignerIdentifier` (RFC 5652 §5.3) and the
/// `RecipientIdentifier` of key transport (§6.2.1), which are the same choice.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CertificateIdentifier {
    /// `IssuerAndSerialNumber` (RFC 5652 §10.2.4).
    IssuerAndSerial {
        /// The issuer of the certificate.
        issuer: Name,
        /// The serial number that this issuer gave it.
        serial: SerialNumber,
    },
    /// `SubjectKeyIdentifier`: the value of that extension in the certificate (RFC 5280 §4.2.1.2).
    SubjectKeyIdentifier(Vec<u8>),
}

impl CertificateIdentifier {
    /// The issuer and serial number of a certificate.
    #[must_use]
    pub fn of(certificate: &Certificate) -> Self {
        Self::IssuerAndSerial {
            issuer: certificate.issuer().clone(),
            serial: certificate.serial().clone(),
        }
    }

    /// Whether it points at this certificate.
    #[must_use]
    pub fn matches(&self, certificate: &Certificate) -> bool {
        match self {
            Self::IssuerAndSerial { issuer, serial } => {
                // The same octets as a rule, so that a certificate's own need not be decoded.
                let view = certificate.view();
                (view.serial_octets() == serial.as_der_content() || certificate.serial() == serial)
                    && (view.issuer_der() == issuer.as_der()
                        || certificate.issuer().matches(issuer))
            }
            Self::SubjectKeyIdentifier(identifier) => {
                certificate.subject_key_identifier() == Some(identifier.as_slice())
            }
        }
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let element = reader.element()?;
        match element.tag() {
            Tag::Sequence => Self::decode_issuer_and_serial(&element),
            Tag::ContextSpecific {
                constructed: false, ..
            } if element.is_context(0) => {
                Ok(Self::SubjectKeyIdentifier(element.content().to_vec()))
            }
            _ => Err(DecodeError::new(
                DecodeErrorKind::Unexpected {
                    expected: "IssuerAndSerialNumber or SubjectKeyIdentifier",
                },
                element.offset(),
            )),
        }
    }

    fn decode_issuer_and_serial(element: &Element<'_>) -> Result<Self, DecodeError> {
        let mut fields = element.reader();
        let name = fields.expect(Tag::Sequence, "issuer")?;
        let issuer = Name::from_der(name.raw())
            .map_err(|error| DecodeError::new(error.kind(), error.offset() + name.offset()))?;
        let number = fields.expect(Tag::Integer, "serialNumber")?;
        let serial = SerialNumber::from_der_content(number.content())
            .map_err(|_| number.bad("serialNumber"))?;
        fields.finish()?;
        Ok(Self::IssuerAndSerial { issuer, serial })
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        match self {
            Self::IssuerAndSerial { issuer, serial } => {
                let serial = encode(tag::INTEGER, &[serial.as_der_content()]);
                encode(tag::SEQUENCE, &[issuer.as_der(), &serial])
            }
            Self::SubjectKeyIdentifier(identifier) => encode(tag::CONTEXT_PRIMITIVE, &[identifier]),
        }
    }
}

impl fmt::Display for CertificateIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IssuerAndSerial { issuer, serial } => {
                write!(f, "serial number {} of issuer {issuer}", serial.to_hex())
            }
            Self::SubjectKeyIdentifier(identifier) => {
                f.write_str("subject key identifier ")?;
                identifier
                    .iter()
                    .try_for_each(|octet| write!(f, "{octet:02x}"))
            }
        }
    }
}

/// Whom a message names as one of its recipients (`RecipientInfo`, RFC 5652 §6.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RecipientIdentifier {
    /// The content key is encrypted to the public key of this certificate (`ktri`, §6.2.1).
    KeyTransport(CertificateIdentifier),
    /// The content key is wrapped by a key that the key of this certificate agrees on (`kari`, §6.2.2).
    KeyAgreement(CertificateIdentifier),
    /// By a symmetric key that both sides hold (`kekri`, §6.2.3): listed, not served.
    KeyEncryptionKey,
    /// By a password (`pwri`, §6.2.4): listed, not served.
    Password,
    /// In another manner (`ori`, §6.2.5): listed, not served.
    Other,
}

impl fmt::Display for RecipientIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyTransport(certificate) | Self::KeyAgreement(certificate) => certificate.fmt(f),
            Self::KeyEncryptionKey => f.write_str("a recipient by symmetric key"),
            Self::Password => f.write_str("a recipient by password"),
            Self::Other => f.write_str("a recipient of another kind"),
        }
    }
}

/// Writes a list for people: its beginning, and how many more there are.
pub(crate) struct Listed<'a, T>(pub(crate) &'a [T]);

impl<T: fmt::Display> fmt::Display for Listed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 8;
        if self.0.is_empty() {
            return f.write_str("none");
        }
        for (index, item) in self.0.iter().take(SHOWN).enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            item.fmt(f)?;
        }
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}
