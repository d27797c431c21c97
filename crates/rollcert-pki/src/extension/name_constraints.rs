use der::Tag;
use der::asn1::ObjectIdentifier;

use super::general_name::GeneralName;
use super::{ExtensionValue, oid, value};
use crate::asn1::{DecodeError, Element, Reader, tag};

/// The space of names below an authority (RFC 5280 §4.2.1.10).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of RFC 5280")]
pub struct NameConstraints {
    /// Where names of a kind must lie, if the kind occurs here. Empty constrains nothing.
    pub permitted: Vec<GeneralSubtree>,
    /// Where no name may lie.
    pub excluded: Vec<GeneralSubtree>,
}

impl ExtensionValue for NameConstraints {
    const OID: ObjectIdentifier = oid("2.5.29.30");

    fn decode(value: &[u8]) -> Result<Self, DecodeError> {
        let mut fields = value::sequence(value, "name constraints")?;
        let permitted = GeneralSubtree::read_all(fields.optional_constructed(0)?)?;
        let excluded = GeneralSubtree::read_all(fields.optional_constructed(1)?)?;
        fields.finish()?;
        Ok(Self {
            permitted,
            excluded,
        })
    }

    fn encode(&self) -> Vec<u8> {
        value::encode_sequence(&[
            GeneralSubtree::encode_all(0, &self.permitted),
            GeneralSubtree::encode_all(1, &self.excluded),
        ])
    }
}

/// A name and all below it. RFC 5280 wants no other distances than these: a minimum of zero, no maximum.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of RFC 5280")]
pub struct GeneralSubtree {
    /// The name at the top.
    pub base: GeneralName,
    /// How far below it the subtree begins.
    pub minimum: u32,
    /// How far below it the subtree ends; `None` is never.
    pub maximum: Option<u32>,
}

impl GeneralSubtree {
    /// The whole subtree below `base`.
    #[must_use]
    pub const fn below(base: GeneralName) -> Self {
        Self {
            base,
            minimum: 0,
            maximum: None,
        }
    }

    fn read_all(list: Option<Element<'_>>) -> Result<Vec<Self>, DecodeError> {
        let Some(list) = list else {
            return Ok(Vec::new());
        };
        if list.content().is_empty() {
            return Err(list.bad("general subtrees"));
        }
        let mut reader = list.reader();
        let mut subtrees = Vec::new();
        while !reader.is_empty() {
            let subtree = reader.expect(Tag::Sequence, "general subtree")?;
            subtrees.push(Self::read(subtree.reader())?);
        }
        Ok(subtrees)
    }

    fn read(mut fields: Reader<'_>) -> Result<Self, DecodeError> {
        let base = GeneralName::from_element(&fields.element()?)?;
        let distance = |field: Option<Element<'_>>| {
            field
                .map(|field| value::unsigned(&field, "distance"))
                .transpose()
        };
        let minimum = distance(fields.optional_primitive(0)?)?.unwrap_or_default();
        let maximum = distance(fields.optional_primitive(1)?)?;
        fields.finish()?;
        Ok(Self {
            base,
            minimum,
            maximum,
        })
    }

    fn encode_all(number: u8, subtrees: &[Self]) -> Vec<u8> {
        if subtrees.is_empty() {
            return Vec::new();
        }
        let subtrees: Vec<Vec<u8>> = subtrees.iter().map(Self::encode).collect();
        value::encode_list(tag::CONTEXT_CONSTRUCTED + number, &subtrees)
    }

    fn encode(&self) -> Vec<u8> {
        let mut fields = vec![self.base.encode()];
        if self.minimum != 0 {
            fields.push(value::encode_number(tag::CONTEXT_PRIMITIVE, self.minimum));
        }
        let maximum = self.maximum;
        fields.extend(maximum.map(|far| value::encode_number(tag::CONTEXT_PRIMITIVE + 1, far)));
        value::encode_sequence(&fields)
    }
}
