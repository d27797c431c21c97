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
        Self::content_of(element).map(Self::from_checked)
    }

    /// The content octets of an `OBJECT IDENTIFIER`, checked as [`Self::from_element`] does.
    pub(crate) fn content_of<'a>(element: &Element<'a>) -> Result<&'a [u8], DecodeError> {
        let content = element.content();
        if Self::is_content(content) {
            Ok(content)
        } else {
            Err(element.bad("object identifier"))
        }
    }

    /// Whether these are the content octets of an `OBJECT IDENTIFIER` of at most [`Self::MAX_LEN`].
    pub(crate) fn is_content(content: &[u8]) -> bool {
        let mut at_start = true;
        let mut padded = false;
        for octet in content {
            padded |= at_start && *octet == 0x80;
            at_start = octet & 0x80 == 0;
        }
        let complete = content.last().is_some_and(|octet| octet & 0x80 == 0);
        complete && !padded && content.len() <= Self::MAX_LEN
    }

    /// From octets that [`Self::content_of`] returned.
    pub(crate) fn from_checked(content: &[u8]) -> Self {
        Self(content.into())
    }

    /// Reads dotted decimal, as [`Display`](fmt::Display) writes it. Nothing for what is none, or exceeds
    /// [`Self::MAX_LEN`].
    #[must_use]
    pub fn from_dotted(text: &str) -> Option<Self> {
        // Three digits and a dot for an octet are the most, so that no endless number is worked out.
        if text.len() > 4 * Self::MAX_LEN {
            return None;
        }
        let mut arcs = text.split('.').map(|arc| {
            let is_number = !arc.is_empty() && arc.bytes().all(|digit| digit.is_ascii_digit());
            is_number.then(|| arc.parse::<BigUint>().ok()).flatten()
        });
        let first = u8::try_from(arcs.next()??).ok()?;
        let second = arcs.next()??;
        if first > 2 || (first < 2 && second >= BigUint::from(40_u8)) {
            return None;
        }
        let mut content = Vec::new();
        for arc in [Some(second + 40 * first)].into_iter().chain(arcs) {
            let digits = arc?.to_radix_be(128);
            let last = digits.len() - 1;
            content.extend(digits.iter().take(last).map(|digit| digit | 0x80));
            content.extend(digits.last());
        }
        (content.len() <= Self::MAX_LEN).then(|| Self(content.into()))
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
    use proptest::prelude::*;

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
    fn what_is_no_dotted_identifier_is_none() {
        for text in [
            "", ".", "2", "2.", ".5", "2..5", "3.1", "1.40", "2.+5", "2.5_4", "2.5 ", "2.-5",
            "2.5.x",
        ] {
            assert_eq!(Oid::from_dotted(text), None, "{text:?}");
        }
        let longest = format!("2.5{}", ".127".repeat(Oid::MAX_LEN - 1));
        assert!(Oid::from_dotted(&longest).is_some());
        assert_eq!(Oid::from_dotted(&format!("{longest}.0")), None);
        let endless = format!("2.{}", "9".repeat(4 * Oid::MAX_LEN - 2));
        assert_eq!(Oid::from_dotted(&endless), None);
    }

    proptest! {
        #[test]
        fn every_identifier_is_read_from_what_it_shows(
            octets in prop::collection::vec(any::<u8>(), 1..=Oid::MAX_LEN)
        ) {
            if let Ok(oid) = read(&octets) {
                prop_assert_eq!(Oid::from_dotted(&oid.to_string()), Some(oid));
            }
        }

        #[test]
        fn arcs_of_any_size_are_kept(first in 0_u8..3, second in 0_u8..40, rest in prop::collection::vec(any::<u128>(), 0..6)) {
            let rest: String = rest.iter().map(|arc| format!(".{arc}")).collect();
            let text = format!("{first}.{second}{rest}");
            prop_assert_eq!(Oid::from_dotted(&text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn identifiers_that_are_empty_cut_off_padded_or_endless_are_refused() {
        for content in [&[][..], &[0x2a, 0x86], &[0x2a, 0x80, 0x01], &[1; 129]] {
            assert!(read(content).is_err(), "{content:02x?}");
        }
    }
}
