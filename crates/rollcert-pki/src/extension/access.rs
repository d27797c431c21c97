use der::Tag;
use der::asn1::ObjectIdentifier;

use super::general_name::{GeneralName, Ia5Text};
use super::{ExtensionValue, encode_any_oid, oid, value};
use crate::asn1::{DecodeError, encode, tag};
use crate::oid::Oid;

/// Where the issuer offers its certificates and its answers on revocation (RFC 5280 §4.2.2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a list, as RFC 5280 defines it")]
pub struct AuthorityInformationAccess(pub Vec<AccessDescription>);

impl AuthorityInformationAccess {
    /// The method of the Online Certificate Status Protocol (RFC 6960).
    pub const OCSP: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.1");
    /// The method of fetching the issuer's certificates.
    pub const CA_ISSUERS: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.2");

    /// The URIs of this method, as they stand there.
    pub fn uris(&self, method: ObjectIdentifier) -> impl Iterator<Item = &Ia5Text> {
        AccessDescription::uris(&self.0, method)
    }
}

impl ExtensionValue for AuthorityInformationAccess {
    const OID: ObjectIdentifier = oid("1.3.6.1.5.5.7.1.1");

    fn decode(value: &[u8]) -> Result<Self, DecodeError> {
        AccessDescription::decode_all(value).map(Self)
    }

    fn encode(&self) -> Vec<u8> {
        AccessDescription::encode_all(&self.0)
    }
}

/// Where the subject offers what it has (RFC 5280 §4.2.2.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a list, as RFC 5280 defines it")]
pub struct SubjectInformationAccess(pub Vec<AccessDescription>);

impl SubjectInformationAccess {
    /// The method of fetching what an authority publishes.
    pub const CA_REPOSITORY: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.5");
    /// The method of the Time-Stamp Protocol (RFC 3161).
    pub const TIME_STAMPING: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.3");

    /// The URIs of this method, as they stand there.
    pub fn uris(&self, method: ObjectIdentifier) -> impl Iterator<Item = &Ia5Text> {
        AccessDescription::uris(&self.0, method)
    }
}

impl ExtensionValue for SubjectInformationAccess {
    const OID: ObjectIdentifier = oid("1.3.6.1.5.5.7.1.11");

    fn decode(value: &[u8]) -> Result<Self, DecodeError> {
        AccessDescription::decode_all(value).map(Self)
    }

    fn encode(&self) -> Vec<u8> {
        AccessDescription::encode_all(&self.0)
    }
}

/// One service: how it is used, and where it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "the fields of RFC 5280")]
pub struct AccessDescription {
    /// How it is used.
    pub method: Oid,
    /// Where it is.
    pub location: GeneralName,
}

impl AccessDescription {
    fn uris(services: &[Self], method: ObjectIdentifier) -> impl Iterator<Item = &Ia5Text> {
        services
            .iter()
            .filter(move |service| service.method == method)
            .filter_map(|service| match &service.location {
                GeneralName::Uri(uri) => Some(uri),
                _ => None,
            })
    }

    fn decode_all(value: &[u8]) -> Result<Vec<Self>, DecodeError> {
        let mut list = value::sequence(value, "information access")?;
        let mut services = Vec::new();
        while !list.is_empty() {
            let mut fields = list.expect(Tag::Sequence, "access description")?.reader();
            let method = fields.expect(Tag::ObjectIdentifier, "access method")?;
            let location = fields.element()?;
            fields.finish()?;
            services.push(Self {
                method: Oid::from_element(&method)?,
                location: GeneralName::from_element(&location)?,
            });
        }
        Ok(services)
    }

    fn encode_all(services: &[Self]) -> Vec<u8> {
        let services: Vec<Vec<u8>> = services
            .iter()
            .map(|service| {
                let method = encode_any_oid(&service.method);
                value::encode_sequence(&[method, service.location.encode()])
            })
            .collect();
        value::encode_sequence(&services)
    }
}

/// That the certificate of an OCSP responder need not be asked about (RFC 6960 §4.2.2.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "it says nothing more")]
pub struct OcspNoCheck;

impl ExtensionValue for OcspNoCheck {
    const OID: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.1.5");

    fn decode(value: &[u8]) -> Result<Self, DecodeError> {
        let null = value::single(value, Tag::Null, "OCSP no-check")?;
        if null.content().is_empty() {
            Ok(Self)
        } else {
            Err(null.bad("OCSP no-check"))
        }
    }

    fn encode(&self) -> Vec<u8> {
        encode(tag::NULL, &[])
    }
}
