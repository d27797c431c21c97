//! What the values of extensions are made of: flags, numbers, sets of bits, lists.

use der::Tag;

use crate::asn1::{DecodeError, Element, Reader, encode, encode_unsigned, tag};

/// A reader over `value`, which is one SEQUENCE and nothing after it, of at most [`MAX_LEN`] octets.
pub(super) fn sequence<'a>(value: &'a [u8], what: &'static str) -> Result<Reader<'a>, DecodeError> {
    if value.len() > MAX_LEN {
        return Err(DecodeError::limit("octets in an extension", MAX_LEN, 0));
    }
    let mut reader = Reader::new(value);
    let sequence = reader.expect(Tag::Sequence, what)?;
    reader.finish()?;
    Ok(sequence.reader())
}

/// The one element of this type that `value` is.
pub(super) fn single<'a>(
    value: &'a [u8],
    tag: Tag,
    what: &'static str,
) -> Result<Element<'a>, DecodeError> {
    let mut reader = Reader::new(value);
    let element = reader.expect(tag, what)?;
    reader.finish()?;
    Ok(element)
}

/// A BOOLEAN. X.690 §8.2.2 lets any octet but zero stand for TRUE; DER does not, some issuers do.
pub(super) fn boolean(element: &Element<'_>) -> Result<bool, DecodeError> {
    match element.content() {
        [octet] => Ok(*octet != 0),
        _ => Err(element.bad("boolean")),
    }
}

/// The content of a BOOLEAN that is written only when it is true, as a default of FALSE has it.
pub(super) fn encode_flag(identifier: u8, flag: bool) -> Vec<u8> {
    if flag {
        encode(identifier, &[&[0xff]])
    } else {
        Vec::new()
    }
}

/// A number of at least zero and at most 32 bits, in as few octets as it needs.
pub(super) fn unsigned(element: &Element<'_>, what: &'static str) -> Result<u32, DecodeError> {
    match element.content() {
        [] | [0x80..=0xff, ..] | [0, 0..=0x7f, ..] => Err(element.bad(what)),
        octets => octets
            .iter()
            .try_fold(0_u32, |value, octet| {
                Some(value.checked_mul(256)? + u32::from(*octet))
            })
            .ok_or_else(|| element.bad(what)),
    }
}

/// A number as the content of the element with this identifier octet.
pub(super) fn encode_number(identifier: u8, number: u32) -> Vec<u8> {
    let mut integer = encode_unsigned(&number.to_be_bytes());
    if let Some(first) = integer.first_mut() {
        *first = identifier;
    }
    integer
}

/// The octets of a bit string whose last bits may be unused.
pub(crate) fn bit_string<'a>(
    element: &Element<'a>,
    what: &'static str,
) -> Result<&'a [u8], DecodeError> {
    match element.content() {
        [0] => Ok(&[]),
        [0..=7, octets @ ..] if !octets.is_empty() => Ok(octets),
        _ => Err(element.bad(what)),
    }
}

/// Up to 16 named bits, first bit highest (X.680 §22.7). Bits beyond are dropped, and those behind the end that are set
/// though they are said to be unused.
pub(super) fn named_bits(element: &Element<'_>, what: &'static str) -> Result<u16, DecodeError> {
    let octets = bit_string(element, what)?;
    let unused = element.content().first().copied().map_or(0, usize::from);
    let (high, low) = (octets.first(), octets.get(1));
    let [high, low] = [high, low].map(|octet| octet.copied().unwrap_or_default());
    let used = u32::try_from((8 * octets.len()).saturating_sub(unused)).unwrap_or(u32::MAX);
    let behind = u16::MAX.checked_shr(used).unwrap_or_default();
    Ok(u16::from_be_bytes([high, low]) & !behind)
}

/// Whether bits are set behind the end, in what is the content of a bit string otherwise. DER forbids it (X.690 §11.2.1).
pub(super) fn sets_unused_bits(content: &[u8]) -> bool {
    match content {
        [unused @ 1..=7, .., last] => last.trailing_zeros() < u32::from(*unused),
        _ => false,
    }
}

/// Named bits in distinguished encoding: without zeros at the end (X.690 §11.2.2).
pub(super) fn encode_named_bits(identifier: u8, bits: u16) -> Vec<u8> {
    let [high, low] = bits.to_be_bytes();
    let unused = |octet: u8| match octet.trailing_zeros() {
        unused @ 0..=7 => u8::try_from(unused).unwrap_or_default(),
        _ => 0,
    };
    match (high, low) {
        (0, 0) => encode(identifier, &[&[0]]),
        (high, 0) => encode(identifier, &[&[unused(high), high]]),
        (high, low) => encode(identifier, &[&[unused(low), high, low]]),
    }
}

/// Builds the SEQUENCE of these encoded elements.
pub(super) fn encode_sequence(elements: &[Vec<u8>]) -> Vec<u8> {
    encode_list(tag::SEQUENCE, elements)
}

/// Builds the element with this identifier octet around these encoded elements.
pub(super) fn encode_list(identifier: u8, elements: &[Vec<u8>]) -> Vec<u8> {
    let elements: Vec<&[u8]> = elements.iter().map(Vec::as_slice).collect();
    encode(identifier, &elements)
}

/// The most octets of a list that is decoded: lists of empty names grow to twenty times their size. No issuer
/// is known to write more than a tenth of this.
const MAX_LEN: usize = 256 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_come_back(number: u32) {
            let octets = encode_number(0x80, number);
            prop_assert_eq!(unsigned(&Element::parse(&octets).unwrap(), "number"), Ok(number));
        }

        #[test]
        fn named_bits_come_back(bits: u16) {
            let octets = encode_named_bits(tag::BIT_STRING, bits);
            let element = Element::parse(&octets).unwrap();
            prop_assert_eq!(named_bits(&element, "bits"), Ok(bits));
            prop_assert!(!sets_unused_bits(element.content()));
        }
    }

    #[test]
    fn bits_behind_the_end_name_nothing() {
        for (content, bits, sets_unused) in [
            (&[7, 0x81][..], 0x8000, true),
            (&[1, 0x06, 0x81], 0x0680, true),
            (&[0, 0x81], 0x8100, false),
            (&[0, 0x01, 0x02, 0x03], 0x0102, false),
            (&[0], 0, false),
        ] {
            let octets = encode(tag::BIT_STRING, &[content]);
            let element = Element::parse(&octets).unwrap();
            assert_eq!(named_bits(&element, "bits"), Ok(bits), "{content:02x?}");
            assert_eq!(sets_unused_bits(content), sets_unused, "{content:02x?}");
        }
    }

    #[test]
    fn numbers_that_are_negative_padded_or_too_large_are_refused() {
        for content in [&[][..], &[0x80], &[0, 0x7f], &[1, 0, 0, 0, 0]] {
            let octets = encode(tag::INTEGER, &[content]);
            assert!(unsigned(&Element::parse(&octets).unwrap(), "number").is_err());
        }
    }
}
