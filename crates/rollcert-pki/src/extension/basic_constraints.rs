use der::Tag;
use der::asn1::ObjectIdentifier;

use super::{ExtensionValue, oid, value};
use crate::asn1::{DecodeError, tag};

/// Whether it is the certificate of an authority, and how long paths below it may be (RFC 5280 §4.2.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BasicConstraints {
    is_ca: bool,
    path_length: Option<u32>,
}

impl BasicConstraints {
    /// Of a certificate that is no authority's.
    pub const END_ENTITY: Self = Self {
        is_ca: false,
        path_length: None,
    };

    /// Of an authority's certificate that `path_length` intermediate certificates may follow in a path;
    /// `None` is any number.
    #[must_use]
    pub const fn authority(path_length: Option<u32>) -> Self {
        Self {
            is_ca: true,
            path_length,
        }
    }

    /// Whether the certificate is that of an authority.
    #[must_use]
    pub const fn is_ca(self) -> bool {
        self.is_ca
    }

    /// How many intermediate certificates may follow it in a path; `None` is any number.
    #[must_use]
    pub const fn path_length(self) -> Option<u32> {
        self.path_length
    }
}

/// Numbers beyond 32 bits are malformed here, as are negative ones.
impl ExtensionValue for BasicConstraints {
    const OID: ObjectIdentifier = oid("2.5.29.19");

    fn decode(value: &[u8]) -> Result<Self, DecodeError> {
        let mut fields = value::sequence(value, "basic constraints")?;
        let is_ca = match fields.optional_tag(Tag::Boolean)? {
            Some(flag) => value::boolean(&flag)?,
            None => false,
        };
        let path_length = fields
            .optional_tag(Tag::Integer)?
            .map(|length| value::unsigned(&length, "pathLenConstraint"))
            .transpose()?;
        fields.finish()?;
        Ok(Self { is_ca, path_length })
    }

    fn encode(&self) -> Vec<u8> {
        let path_length = self
            .path_length
            .map(|length| value::encode_number(tag::INTEGER, length))
            .unwrap_or_default();
        value::encode_sequence(&[value::encode_flag(tag::BOOLEAN, self.is_ca), path_length])
    }
}
