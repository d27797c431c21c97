use der::Tag;
use der::asn1::ObjectIdentifier;

use super::{ExtensionValue, encode_any_oid, oid, value};
use crate::asn1::{DecodeError, tag};
use crate::oid::Oid;

/// Facts about the subject, such as its nationality (RFC 5280 §4.2.1.8).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a list, as RFC 5280 defines it")]
pub struct SubjectDirectoryAttributes(pub Vec<DirectoryAttribute>);

/// One fact: its type, and its values as they are encoded.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DirectoryAttribute {
    oid: Oid,
    values: Vec<Vec<u8>>,
}

impl DirectoryAttribute {
    /// A fact with these values, each one encoded element, in distinguished order (X.690 §11.6).
    #[must_use]
    pub fn new(oid: impl Into<Oid>, mut values: Vec<Vec<u8>>) -> Self {
        values.sort();
        Self {
            oid: oid.into(),
            values,
        }
    }

    /// Its type.
    #[must_use]
    pub const fn oid(&self) -> &Oid {
        &self.oid
    }

    /// Its values, each with tag, length and content.
    #[must_use]
    pub fn values(&self) -> &[Vec<u8>] {
        &self.values
    }
}

/// Values are kept in the order in which they arrive.
impl ExtensionValue for SubjectDirectoryAttributes {
    const OID: ObjectIdentifier = oid("2.5.29.9");

    fn decode(value: &[u8]) -> Result<Self, DecodeError> {
        let mut list = value::sequence(value, "subject directory attributes")?;
        let mut attributes = Vec::new();
        while !list.is_empty() {
            let mut fields = list.expect(Tag::Sequence, "attribute")?.reader();
            let oid = fields.expect(Tag::ObjectIdentifier, "attribute type")?;
            let mut set = fields.expect(Tag::Set, "attribute values")?.reader();
            fields.finish()?;
            let mut values = Vec::new();
            while !set.is_empty() {
                values.push(set.opaque()?.raw().into());
            }
            attributes.push(DirectoryAttribute {
                oid: Oid::from_element(&oid)?,
                values,
            });
        }
        Ok(Self(attributes))
    }

    fn encode(&self) -> Vec<u8> {
        let attributes: Vec<Vec<u8>> = self
            .0
            .iter()
            .map(|attribute| {
                value::encode_sequence(&[
                    encode_any_oid(&attribute.oid),
                    value::encode_list(tag::SET, &attribute.values),
                ])
            })
            .collect();
        value::encode_sequence(&attributes)
    }
}
