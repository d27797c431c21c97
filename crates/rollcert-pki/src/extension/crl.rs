//! What stands in CRLs and their entries alone (RFC 5280 §5.2, §5.3).

use core::fmt;

use chrono::{DateTime, Utc};
use der::Tag;
use der::asn1::ObjectIdentifier;

use super::distribution_point::ReasonFlag;
use super::general_name::GeneralName;
use super::{ExtensionValue, encode_any_oid, oid, value};
use crate::asn1::{DecodeError, encode, tag};
use crate::oid::Oid;
use crate::serial::SerialNumber;
use crate::time::{decode_generalized_time, encode_generalized_time, whole_second};

/// The number of a CRL, growing from one to the next (RFC 5280 §5.2.3).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a number, as RFC 5280 defines it"
)]
pub struct CrlNumber(pub SerialNumber);

impl ExtensionValue for CrlNumber {
    const OID: ObjectIdentifier = oid("2.5.29.20");

    fn decode(value: &[u8]) -> Result<Self, DecodeError> {
        decode_integer(value, "CRL number").map(Self)
    }

    fn encode(&self) -> Vec<u8> {
        encode(tag::INTEGER, &[self.0.as_der_content()])
    }
}

/// That it is a delta CRL, and the number of the complete one it starts from (RFC 5280 §5.2.4).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a number, as RFC 5280 defines it"
)]
pub struct DeltaCrlIndicator(pub SerialNumber);

impl ExtensionValue for DeltaCrlIndicator {
    const OID: ObjectIdentifier = oid("2.5.29.27");

    fn decode(value: &[u8]) -> Result<Self, DecodeError> {
        decode_integer(value, "base CRL number").map(Self)
    }

    fn encode(&self) -> Vec<u8> {
        encode(tag::INTEGER, &[self.0.as_der_content()])
    }
}

fn decode_integer(value: &[u8], what: &'static str) -> Result<SerialNumber, DecodeError> {
    let integer = value::single(value, Tag::Integer, what)?;
    SerialNumber::from_der_content(integer.content()).map_err(|_| integer.bad(what))
}

/// Why a certificate was revoked (RFC 5280 §5.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 5280 has closed the list")]
pub enum ReasonCode {
    /// No reason is given. RFC 5280 wants the extension left out instead.
    Unspecified,
    /// The private key may be in other hands.
    KeyCompromise,
    /// So may that of the authority.
    CaCompromise,
    /// The name or another fact about the subject has changed.
    AffiliationChanged,
    /// Another certificate takes its place.
    Superseded,
    /// It is no longer needed.
    CessationOfOperation,
    /// It is suspended.
    CertificateHold,
    /// In delta CRLs: it is no longer suspended, or has expired.
    RemoveFromCrl,
    /// A privilege that it stated was withdrawn.
    PrivilegeWithdrawn,
    /// The key of the attribute authority may be in other hands.
    AaCompromise,
}

impl ReasonCode {
    /// Every reason, in the order of the numbers.
    pub const ALL: [Self; 10] = [
        Self::Unspecified,
        Self::KeyCompromise,
        Self::CaCompromise,
        Self::AffiliationChanged,
        Self::Superseded,
        Self::CessationOfOperation,
        Self::CertificateHold,
        Self::RemoveFromCrl,
        Self::PrivilegeWithdrawn,
        Self::AaCompromise,
    ];

    /// The number that stands for it.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Unspecified => 0,
            Self::KeyCompromise => 1,
            Self::CaCompromise => 2,
            Self::AffiliationChanged => 3,
            Self::Superseded => 4,
            Self::CessationOfOperation => 5,
            Self::CertificateHold => 6,
            Self::RemoveFromCrl => 8,
            Self::PrivilegeWithdrawn => 9,
            Self::AaCompromise => 10,
        }
    }

    /// The spelling of RFC 5280, such as `keyCompromise`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "keyCompromise",
            Self::CaCompromise => "cACompromise",
            Self::AffiliationChanged => "affiliationChanged",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessationOfOperation",
            Self::CertificateHold => "certificateHold",
            Self::RemoveFromCrl => "removeFromCRL",
            Self::PrivilegeWithdrawn => "privilegeWithdrawn",
            Self::AaCompromise => "aACompromise",
        }
    }

    /// The same reason as distribution points count them; `None` for the two that none covers by itself.
    #[must_use]
    pub const fn flag(self) -> Option<ReasonFlag> {
        Some(match self {
            Self::Unspecified | Self::RemoveFromCrl => return None,
            Self::KeyCompromise => ReasonFlag::KeyCompromise,
            Self::CaCompromise => ReasonFlag::CaCompromise,
            Self::AffiliationChanged => ReasonFlag::AffiliationChanged,
            Self::Superseded => ReasonFlag::Superseded,
            Self::CessationOfOperation => ReasonFlag::CessationOfOperation,
            Self::CertificateHold => ReasonFlag::CertificateHold,
            Self::PrivilegeWithdrawn => ReasonFlag::PrivilegeWithdrawn,
            Self::AaCompromise => ReasonFlag::AaCompromise,
        })
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl ExtensionValue for ReasonCode {
    const OID: ObjectIdentifier = oid("2.5.29.21");

    fn decode(value: &[u8]) -> Result<Self, DecodeError> {
        let reason = value::single(value, Tag::Enumerated, "reason code")?;
        Self::ALL
            .into_iter()
            .find(|code| reason.content() == [code.number()])
            .ok_or_else(|| reason.bad("reason code"))
    }

    fn encode(&self) -> Vec<u8> {
        encode(tag::ENUMERATED, &[&[self.number()]])
    }
}

/// When the key was lost or the certificate otherwise became invalid, which may be long before it was revoked
/// (RFC 5280 §5.3.2). Whole seconds of the years 0 to 9999, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InvalidityDate(DateTime<Utc>);

impl InvalidityDate {
    /// This instant, without fractions of a second; the nearest one of the years 0 to 9999.
    #[must_use]
    pub fn new(time: DateTime<Utc>) -> Self {
        Self(whole_second(time))
    }

    /// The instant.
    #[must_use]
    pub const fn time(self) -> DateTime<Utc> {
        self.0
    }
}

impl ExtensionValue for InvalidityDate {
    const OID: ObjectIdentifier = oid("2.5.29.24");

    fn decode(value: &[u8]) -> Result<Self, DecodeError> {
        let time = value::single(value, Tag::GeneralizedTime, "invalidity date")?;
        decode_generalized_time(&time).map(Self)
    }

    fn encode(&self) -> Vec<u8> {
        encode_generalized_time(self.0)
    }
}

/// In indirect CRLs: who issued the certificate of this entry and of those that follow (RFC 5280 §5.3.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a list, as RFC 5280 defines it")]
pub struct CertificateIssuer(pub Vec<GeneralName>);

impl ExtensionValue for CertificateIssuer {
    const OID: ObjectIdentifier = oid("2.5.29.29");

    fn decode(value: &[u8]) -> Result<Self, DecodeError> {
        let mut names = value::sequence(value, "certificate issuer")?;
        GeneralName::decode_all(&mut names).map(Self)
    }

    fn encode(&self) -> Vec<u8> {
        GeneralName::encode_all(tag::SEQUENCE, &self.0)
    }
}

/// What to do about a suspended certificate (RFC 3280 §5.3.2; RFC 5280 has dropped it).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_structs,
    reason = "an identifier, as RFC 3280 defines it"
)]
pub struct HoldInstructionCode(pub Oid);

impl ExtensionValue for HoldInstructionCode {
    const OID: ObjectIdentifier = oid("2.5.29.23");

    fn decode(value: &[u8]) -> Result<Self, DecodeError> {
        let code = value::single(value, Tag::ObjectIdentifier, "hold instruction")?;
        Oid::from_element(&code).map(Self)
    }

    fn encode(&self) -> Vec<u8> {
        encode_any_oid(&self.0)
    }
}
