use der::Tag;
use der::asn1::ObjectIdentifier;

use super::general_name::GeneralName;
use super::{ExtensionValue, oid, value};
use crate::asn1::{DecodeError, encode, tag};
use crate::serial::SerialNumber;

/// A name for the certified key (RFC 5280 §4.2.1.2): octets of the issuer's making, often a SHA-1 of the key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "octets, as RFC 5280 defines it")]
pub struct SubjectKeyIdentifier(pub Vec<u8>);

impl ExtensionValue for SubjectKeyIdentifier {
    const OID: ObjectIdentifier = oid("2.5.29.14");

    fn decode(value: &[u8]) -> Result<Self, DecodeError> {
        let identifier = value::single(value, Tag::OctetString, "subject key identifier")?;
        Ok(Self(identifier.content().into()))
    }

    fn encode(&self) -> Vec<u8> {
        encode(tag::OCTET_STRING, &[&self.0])
    }
}

/// Which key of the issuer's signed (RFC 5280 §4.2.1.1), also in CRLs (§5.2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorityKeyIdentifier {
    key_identifier: Option<Box<[u8]>>,
    issuer: Option<Vec<GeneralName>>,
    serial: Option<SerialNumber>,
}

impl AuthorityKeyIdentifier {
    /// One that names the key alone, by the issuer's subject key identifier: what RFC 5280 wants.
    #[must_use]
    pub fn of_key(identifier: impl Into<Box<[u8]>>) -> Self {
        Self {
            key_identifier: Some(identifier.into()),
            ..Self::default()
        }
    }

    /// The same, naming also the issuer's certificate by its own issuer and serial number.
    #[must_use]
    pub fn with_certificate(self, issuer: Vec<GeneralName>, serial: SerialNumber) -> Self {
        Self {
            issuer: Some(issuer),
            serial: Some(serial),
            ..self
        }
    }

    /// The issuer's subject key identifier, if it is given.
    #[must_use]
    pub fn key_identifier(&self) -> Option<&[u8]> {
        self.key_identifier.as_deref()
    }

    /// The names of who issued the issuer's certificate; empty when they are not given.
    #[must_use]
    pub fn issuer(&self) -> &[GeneralName] {
        self.issuer.as_deref().unwrap_or_default()
    }

    /// The serial number of the issuer's certificate, if it is given.
    #[must_use]
    pub const fn serial(&self) -> Option<&SerialNumber> {
        self.serial.as_ref()
    }
}

impl ExtensionValue for AuthorityKeyIdentifier {
    const OID: ObjectIdentifier = oid("2.5.29.35");

    fn decode(value: &[u8]) -> Result<Self, DecodeError> {
        let mut fields = value::sequence(value, "authority key identifier")?;
        let key_identifier = fields
            .optional_primitive(0)?
            .map(|field| field.content().into());
        let issuer = fields
            .optional_constructed(1)?
            .map(|field| GeneralName::decode_all(&mut field.reader()))
            .transpose()?;
        let serial = fields
            .optional_primitive(2)?
            .map(|field| {
                SerialNumber::from_der_content(field.content())
                    .map_err(|_| field.bad("authorityCertSerialNumber"))
            })
            .transpose()?;
        fields.finish()?;
        Ok(Self {
            key_identifier,
            issuer,
            serial,
        })
    }

    fn encode(&self) -> Vec<u8> {
        let key_identifier = self
            .key_identifier
            .as_ref()
            .map(|octets| encode(tag::CONTEXT_PRIMITIVE, &[octets]));
        let issuer = self
            .issuer
            .as_ref()
            .map(|names| GeneralName::encode_all(tag::CONTEXT_CONSTRUCTED + 1, names));
        let serial = self
            .serial
            .as_ref()
            .map(|serial| encode(tag::CONTEXT_PRIMITIVE + 2, &[serial.as_der_content()]));
        let fields: Vec<Vec<u8>> = [key_identifier, issuer, serial]
            .into_iter()
            .flatten()
            .collect();
        value::encode_sequence(&fields)
    }
}
