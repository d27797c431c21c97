use der::asn1::ObjectIdentifier;

use super::Certificate;
use crate::algorithm_name::{EC_PUBLIC_KEY, KeyAlgorithmName};
use crate::asn1::tag::{IA5_STRING, UTF8_STRING};
use crate::asn1::{Element, OpaqueElement};
use crate::extension::{BasicConstraints, Extension, ExtensionValue};
use crate::name::{Name, decode_text};
use crate::usage::KeyUsages;

/// Something that RFC 5280 forbids and that was read all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Quirk {
    /// The two fields that name the signature algorithm differ (§4.1.1.2). No signature verifies.
    #[error("the certificate names two different signature algorithms")]
    SignatureAlgorithmMismatch,
    /// The signature is no whole number of octets, as every algorithm makes it. It does not verify.
    #[error("the signature is not a whole number of octets")]
    SignatureWithUnusedBits,
    /// A BOOLEAN that is true has another octet than `ff` (X.690 §11.1).
    #[error("a true BOOLEAN is not encoded as ff")]
    LooseBoolean,
    /// A default value is written out (X.690 §11.5).
    #[error("a default value is written out")]
    ExplicitDefault,
    /// A key usage has bits set that it says are unused (X.690 §11.2.1). They name no usage.
    #[error("unused bits of a key usage are set")]
    UnusedBitsSet,
    /// Extensions in a certificate of version 1 or 2 (§4.1.2.9).
    #[error("extensions in a certificate older than version 3")]
    ExtensionsBeforeVersion3,
    /// The serial number has more octets than it needs (X.690 §8.3.2).
    #[error("the serial number is padded")]
    PaddedSerial,
    /// The serial number is zero, negative, or longer than 20 octets (§4.1.2.2).
    #[error("the serial number is not positive or longer than 20 octets")]
    UnusualSerial,
    /// A time without seconds (§4.1.2.5.1).
    #[error("a time of validity has no seconds")]
    TimeWithoutSeconds,
    /// A time that is not in UTC (§4.1.2.5.1).
    #[error("a time of validity is given with an offset from UTC")]
    TimeWithOffset,
    /// A time with fractions of a second, which are dropped (§4.1.2.5.2).
    #[error("a time of validity has fractions of a second")]
    FractionalSeconds,
    /// A `GeneralizedTime` before 2050 (§4.1.2.5).
    #[error("a time of validity before 2050 is a GeneralizedTime")]
    EarlyGeneralizedTime,
    /// A name has a `TeletexString`, a `BMPString` or a `UniversalString` (§4.1.2.4).
    #[error("a name has an outdated string type")]
    OutdatedNameString,
    /// A name has a string whose octets do not fit its type, such as an `@` in a `PrintableString` (§4.1.2.4).
    #[error("a name has characters that its string type does not allow")]
    UnfitNameString,
    /// A relative name without any attribute (§4.1.2.4). It is passed over.
    #[error("a name has a part that is empty")]
    EmptyRelativeName,
    /// Unique identifiers of issuer or subject (§4.1.2.8). They are passed over.
    #[error("unique identifiers of issuer or subject")]
    UniqueIdentifiers,
    /// The parameters of an elliptic curve are written out instead of its name (RFC 5480 §2.1.1). Such a key
    /// verifies nothing here.
    #[error("the elliptic curve of the key is not named")]
    UnnamedCurve,
    /// The public key is not of the form that its algorithm demands. It verifies nothing.
    #[error("the public key cannot be read")]
    UnreadablePublicKey,
    /// The value of an extension is not of the form that its type demands. What is asked of it is an error, or
    /// answered no.
    #[error("the value of extension {oid} is malformed")]
    MalformedExtension {
        /// Which extension.
        oid: ObjectIdentifier,
    },
    /// A certification request of another version than v1 (RFC 2986 §4.1).
    #[error("the version of the request is not v1")]
    UnusualRequestVersion,
    /// A certification request without a set of attributes, be it an empty one (RFC 2986 §4.1).
    #[error("the request has no set of attributes")]
    AttributesAbsent,
    /// An attribute of a certification request has no value (RFC 2986 §4.1).
    #[error("an attribute of the request has no value")]
    EmptyAttribute,
    /// A challenge password or unstructured name of several values, or that is no text (RFC 2985 §5.4).
    #[error("an attribute of the request has several values or no text where it is to be one text")]
    UnreadableAttribute,
    /// A CRL with a list of revoked certificates that is empty, not absent (§5.1.2.6).
    #[error("the list of revoked certificates is empty instead of absent")]
    EmptyRevokedCertificates,
    /// A CRL that does not say when the next one comes (§5.1.2.5).
    #[error("the CRL does not say when the next one will be issued")]
    NoNextUpdate,
    /// Extensions in a CRL of version 1, or in its entries (§5.1.2.1).
    #[error("extensions in a CRL of version 1")]
    ExtensionsInVersion1Crl,
    /// A CRL that is not indirect names the issuer of a certificate that it lists (§5.3.3).
    #[error("a CRL that is not indirect names the issuers of certificates")]
    CertificateIssuerInDirectCrl,
    /// An entry of a CRL has an extension twice (§4.2): readers disagree on what it says. The certificate is
    /// revoked; what stands twice cannot be read.
    #[error("an entry of the CRL has an extension twice")]
    DuplicateEntryExtension,
}

impl Quirk {
    /// A stable name for this kind of departure.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::SignatureAlgorithmMismatch => "signature-algorithm-mismatch",
            Self::SignatureWithUnusedBits => "signature-with-unused-bits",
            Self::LooseBoolean => "loose-boolean",
            Self::ExplicitDefault => "explicit-default",
            Self::UnusedBitsSet => "unused-bits-set",
            Self::ExtensionsBeforeVersion3 => "extensions-before-version-3",
            Self::PaddedSerial => "padded-serial",
            Self::UnusualSerial => "unusual-serial",
            Self::TimeWithoutSeconds => "time-without-seconds",
            Self::TimeWithOffset => "time-with-offset",
            Self::FractionalSeconds => "fractional-seconds",
            Self::EarlyGeneralizedTime => "early-generalized-time",
            Self::OutdatedNameString => "outdated-name-string",
            Self::UnfitNameString => "unfit-name-string",
            Self::EmptyRelativeName => "empty-relative-name",
            Self::UniqueIdentifiers => "unique-identifiers",
            Self::UnnamedCurve => "unnamed-curve",
            Self::UnreadablePublicKey => "unreadable-public-key",
            Self::MalformedExtension { .. } => "malformed-extension",
            Self::UnusualRequestVersion => "unusual-request-version",
            Self::AttributesAbsent => "attributes-absent",
            Self::EmptyAttribute => "empty-attribute",
            Self::UnreadableAttribute => "unreadable-attribute",
            Self::EmptyRevokedCertificates => "empty-revoked-certificates",
            Self::NoNextUpdate => "no-next-update",
            Self::ExtensionsInVersion1Crl => "extensions-in-version-1-crl",
            Self::CertificateIssuerInDirectCrl => "certificate-issuer-in-direct-crl",
            Self::DuplicateEntryExtension => "duplicate-entry-extension",
        }
    }

    /// That the value of this extension is malformed. Nothing for identifiers that no type here has.
    pub(crate) fn malformed(extension: &Extension<'_>) -> Option<Self> {
        let oid = extension.oid().to_fixed()?;
        Some(Self::MalformedExtension { oid })
    }

    /// All of one certificate, each once.
    pub(super) fn of(certificate: &Certificate) -> Vec<Self> {
        let view = certificate.view();
        let mut quirks = Vec::new();
        let mut note = |departs, quirk| {
            if departs {
                quirks.push(quirk);
            }
        };
        note(
            !view.names_one_algorithm(),
            Self::SignatureAlgorithmMismatch,
        );
        note(!view.has_whole_signature(), Self::SignatureWithUnusedBits);
        note(view.writes_default_version(), Self::ExplicitDefault);
        note(
            view.version() < 3 && !view.extensions().is_empty(),
            Self::ExtensionsBeforeVersion3,
        );
        note(!certificate.serial().is_minimal(), Self::PaddedSerial);
        note(!certificate.serial().is_conforming(), Self::UnusualSerial);
        note(
            view.issuer_unique_id().is_some() || view.subject_unique_id().is_some(),
            Self::UniqueIdentifiers,
        );
        let has_readable_key = view.has_readable_key();
        note(!has_readable_key, Self::UnreadablePublicKey);
        let is_unnamed = matches!(
            certificate.key_algorithm(),
            KeyAlgorithmName::Other(oid) if *oid == EC_PUBLIC_KEY
        );
        note(has_readable_key && is_unnamed, Self::UnnamedCurve);
        // The times were read before, or there would be no certificate.
        let _ = view.validity_noting(&mut quirks);
        Self::of_name_octets(view.issuer_der(), &mut quirks);
        Self::of_name_octets(view.subject_der(), &mut quirks);
        for extension in view.extensions() {
            Self::of_extension(&extension, &mut quirks);
        }
        quirks.sort_unstable();
        quirks.dedup();
        quirks
    }

    pub(crate) fn of_name(name: &Name, quirks: &mut Vec<Self>) {
        Self::of_name_octets(name.as_der(), quirks);
    }

    /// Of octets that were read as a name before. Nothing is decoded that is not odd.
    fn of_name_octets(octets: &[u8], quirks: &mut Vec<Self>) {
        let empty = Element::parse(octets)
            .and_then(|name| Name::walk(&name, |_, _, value| Self::of_string(&value, quirks)));
        if empty.is_ok_and(|count| count > 0) {
            quirks.push(Self::EmptyRelativeName);
        }
    }

    fn of_string(value: &OpaqueElement<'_>, quirks: &mut Vec<Self>) {
        if matches!(
            value.identifier(),
            TELETEX_STRING | UNIVERSAL_STRING | BMP_STRING
        ) {
            quirks.push(Self::OutdatedNameString);
        }
        let fits = match value.identifier() {
            UTF8_STRING => core::str::from_utf8(value.content()).is_ok(),
            PRINTABLE_STRING => value.content().iter().copied().all(is_printable),
            IA5_STRING => value.content().is_ascii(),
            NUMERIC_STRING => value
                .content()
                .iter()
                .all(|octet| matches!(octet, b' ' | b'0'..=b'9')),
            UNIVERSAL_STRING | BMP_STRING => decode_text(value).is_some(),
            // Of universal types at least.
            identifier => identifier & 0xc0 == 0,
        };
        if !fits {
            quirks.push(Self::UnfitNameString);
        }
    }

    pub(crate) fn of_extension(extension: &Extension<'_>, quirks: &mut Vec<Self>) {
        quirks.extend(extension.critical_octet().and_then(Self::of_boolean));
        match extension.typed() {
            Err(_) => quirks.extend(Self::malformed(extension)),
            Ok(_) if extension.is(&BasicConstraints::OID) => {
                // `30 len 01 01 octet`: the flag stands first, if it is written at all.
                if let [_, _, 0x01, 0x01, octet, ..] = extension.value() {
                    quirks.extend(Self::of_boolean(*octet));
                }
            }
            Ok(_)
                if extension.is(&KeyUsages::OID)
                    && KeyUsages::sets_unused_bits(extension.value()) =>
            {
                quirks.push(Self::UnusedBitsSet);
            }
            Ok(_) => {}
        }
    }

    /// Of a BOOLEAN that defaults to FALSE.
    pub(crate) const fn of_boolean(octet: u8) -> Option<Self> {
        match octet {
            0xff => None,
            0 => Some(Self::ExplicitDefault),
            // X.690 §8.2.2 lets any octet but zero stand for TRUE; DER does not.
            _ => Some(Self::LooseBoolean),
        }
    }
}

/// The characters of a `PrintableString` (X.680 §41.4).
const fn is_printable(octet: u8) -> bool {
    octet.is_ascii_alphanumeric()
        || matches!(
            octet,
            b' ' | b'\'' | b'(' | b')' | b'+' | b',' | b'-' | b'.' | b'/' | b':' | b'=' | b'?'
        )
}

const NUMERIC_STRING: u8 = 0x12;
const PRINTABLE_STRING: u8 = 0x13;
const TELETEX_STRING: u8 = 0x14;
const UNIVERSAL_STRING: u8 = 0x1c;
const BMP_STRING: u8 = 0x1e;
