use core::fmt;

use der::asn1::ObjectIdentifier;
use num_bigint::BigUint;

use crate::asn1::{DecodeError, Element};

/// An object identifier of any size, such as those made from a UUID (ITU-T X.667).
///
/// [`ObjectIdentifier`] holds at most 39 octets and arcs of 32 bits, which is enough to name what one
/// knows, but not to read what strangers put into certificates.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid(Box<[u8]>);

impl Oid {
    /// The most octets that an identifier may have here.
    pub const MAX_LEN: usize = 128;

    /// Reads an `OBJECT IDENTIFIER` (X.690 §8.19).
    ///
    /// # Errors
    ///
    /// A value fault when the content is empty, ends inside an arc, pads an arc with leading zeros,
    /// or exceeds [`Self::MAX_LEN`].
    pub(crate) fn from_element(element: &Element<'_>) -> Result<Self, DecodeError> {
        let content = element.content();
        let mut at_start = true;
        let mut padded = false;
        for octet in content {
            padded |= at_start && *octet == 0x80;
            at_start = octet & 0x80 == 0;
        }
        let complete = content.last().is_some_and(|octet| octet & 0x80 == 0);
        if complete && !padded && content.len() <= Self::MAX_LEN {
            Ok(Self(content.into()))
        } else {
            Err(element.bad("object identifier"))
        }
    }

    /// The content octets, without tag and length.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The same identifier in the type of fixed size, if it fits.
    #[must_use]
    pub fn to_fixed(&self) -> Option<ObjectIdentifier> {
        ObjectIdentifier::from_bytes(&self.0).ok()
    }
}

impl From<ObjectIdentifier> for Oid {
    fn from(oid: ObjectIdentifier) -> Self {
        Self(oid.as_bytes().into())
    }
}

impl PartialEq<ObjectIdentifier> for Oid {
    fn eq(&self, other: &ObjectIdentifier) -> bool {
        *self.0 == *other.as_bytes()
    }
}

/// Dotted decimal.
impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arcs = self.0.split_inclusive(|octet| octet & 0x80 == 0);
        for (index, octets) in arcs.enumerate() {
            let digits: Vec<u8> = octets.iter().map(|octet| octet & 0x7f).collect();
            let arc = BigUint::from_radix_be(&digits, 128).unwrap_or_default();
            if index > 0 {
                write!(f, ".{arc}")?;
                continue;
            }
            // X.690 §8.19.4: the first two arcs share a number, 40 times the first plus the second.
            match u8::try_from(&arc) {
                Ok(small) if small < 80 => write!(f, "{}.{}", small / 40, small % 40)?,
                _ => write!(f, "2.{}", arc - 80_u8)?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oid({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asn1::{encode, tag};

    fn read(content: &[u8]) -> Result<Oid, DecodeError> {
        let octets = encode(tag::OBJECT_IDENTIFIER, &[content]);
        Oid::from_element(&Element::parse(&octets)?)
    }

    #[test]
    fn identifiers_show_as_dotted_decimal_whatever_the_size_of_their_arcs() {
        for text in [
            "0.9.2342.19200300.100.1.25",
            "1.2.840.113549.1.9.1",
            "2.5.4.3",
        ] {
            let fixed = ObjectIdentifier::new_unwrap(text);
            let oid = Oid::from(fixed);
            assert_eq!(oid.to_string(), text);
            assert_eq!(oid, fixed);
            assert_eq!(oid.to_fixed(), Some(fixed));
        }
        assert_eq!(read(&[0x88, 0x37, 0x01]).unwrap().to_string(), "2.999.1");
        // 2.25.(2^128 - 1), the largest identifier that a UUID can make.
        let mut content = vec![0x69, 0x83];
        content.extend([0xff; 17]);
        content.push(0x7f);
        let oid = read(&content).unwrap();
        assert_eq!(
            oid.to_string(),
            "2.25.340282366920938463463374607431768211455"
        );
        assert_eq!(oid.to_fixed(), None);
    }

    #[test]
    fn identifiers_that_are_empty_cut_off_padded_or_endless_are_refused() {
        for content in [&[][..], &[0x2a, 0x86], &[0x2a, 0x80, 0x01], &[1; 129]] {
            assert!(read(content).is_err(), "{content:02x?}");
        }
    }
}
