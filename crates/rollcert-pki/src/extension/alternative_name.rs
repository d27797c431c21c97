use der::asn1::ObjectIdentifier;

use super::general_name::GeneralName;
use super::{ExtensionValue, oid, value};
use crate::asn1::{DecodeError, tag};

/// Further names of the subject (RFC 5280 §4.2.1.6).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a list, as RFC 5280 defines it")]
pub struct SubjectAlternativeName(pub Vec<GeneralName>);

impl ExtensionValue for SubjectAlternativeName {
    const OID: ObjectIdentifier = oid("2.5.29.17");

    fn decode(value: &[u8]) -> Result<Self, DecodeError> {
        let mut names = value::sequence(value, "subject alternative name")?;
        GeneralName::decode_all(&mut names).map(Self)
    }

    fn encode(&self) -> Vec<u8> {
        GeneralName::encode_all(tag::SEQUENCE, &self.0)
    }
}

/// Further names of the issuer (RFC 5280 §4.2.1.7), also in CRLs (§5.2.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a list, as RFC 5280 defines it")]
pub struct IssuerAlternativeName(pub Vec<GeneralName>);

impl ExtensionValue for IssuerAlternativeName {
    const OID: ObjectIdentifier = oid("2.5.29.18");

    fn decode(value: &[u8]) -> Result<Self, DecodeError> {
        let mut names = value::sequence(value, "issuer alternative name")?;
        GeneralName::decode_all(&mut names).map(Self)
    }

    fn encode(&self) -> Vec<u8> {
        GeneralName::encode_all(tag::SEQUENCE, &self.0)
    }
}
