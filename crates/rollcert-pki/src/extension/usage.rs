use core::fmt;

use der::Tag;
use der::asn1::ObjectIdentifier;

use super::{ExtensionValue, encode_any_oid, oid, value};
use crate::asn1::{DecodeError, tag};
use crate::usage::{ExtendedKeyUsage, KeyUsages};

/// RFC 5280 §4.2.1.3. Bits that it does not name are dropped.
impl ExtensionValue for KeyUsages {
    const OID: ObjectIdentifier = oid("2.5.29.15");

    fn decode(value: &[u8]) -> Result<Self, DecodeError> {
        let bits = value::single(value, Tag::BitString, "key usage")?;
        value::named_bits(&bits, "key usage").map(Self::from_bits)
    }

    fn encode(&self) -> Vec<u8> {
        value::encode_named_bits(tag::BIT_STRING, self.to_bits())
    }
}

impl KeyUsages {
    /// Whether this value of the extension has bits set that it says are unused, which DER forbids (X.690 §11.2.1): they name
    /// nothing here, and readers have taken them for usages.
    #[must_use]
    pub fn sets_unused_bits(value: &[u8]) -> bool {
        value::single(value, Tag::BitString, "key usage")
            .is_ok_and(|bits| value::sets_unused_bits(bits.content()))
    }
}

/// The purposes that the key is restricted to (RFC 5280 §4.2.1.12).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a list, as RFC 5280 defines it")]
pub struct ExtendedKeyUsages(pub Vec<ExtendedKeyUsage>);

impl ExtensionValue for ExtendedKeyUsages {
    const OID: ObjectIdentifier = oid("2.5.29.37");

    fn decode(value: &[u8]) -> Result<Self, DecodeError> {
        let mut list = value::sequence(value, "extended key usage")?;
        let mut usages = Vec::new();
        while !list.is_empty() {
            let usage = list.expect(Tag::ObjectIdentifier, "key purpose")?;
            usages.push(ExtendedKeyUsage::from_element(&usage)?);
        }
        Ok(Self(usages))
    }

    fn encode(&self) -> Vec<u8> {
        let usages: Vec<Vec<u8>> = self
            .0
            .iter()
            .map(|usage| encode_any_oid(&usage.oid()))
            .collect();
        value::encode_sequence(&usages)
    }
}

/// The names, separated by comma and blank.
impl fmt::Display for ExtendedKeyUsages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&names.join(", "))
    }
}
