//! Text as people's programs save it.

use core::char::{REPLACEMENT_CHARACTER, decode_utf16};

use zeroize::Zeroizing;

/// The UTF-8 of a text in UTF-16, which may hold secrets; `None` for anything else.
pub(super) fn from_utf16(octets: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let unit: fn([u8; 2]) -> u16 = match octets {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        // Without a mark, two letters of ASCII tell.
        [0x09..=0x7e, 0, 0x09..=0x7e, 0, ..] => u16::from_le_bytes,
        [0, 0x09..=0x7e, 0, 0x09..=0x7e, ..] => u16::from_be_bytes,
        _ => return None,
    };
    let (units, _) = octets.as_chunks::<2>();
    // Room for all of it, so that growing leaves no copy behind: a unit takes at most three octets.
    let mut text = Zeroizing::new(Vec::with_capacity(units.len().saturating_mul(3)));
    for character in decode_utf16(units.iter().copied().map(unit)) {
        let character = character.unwrap_or(REPLACEMENT_CHARACTER);
        if character != BYTE_ORDER_MARK {
            text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    Some(text)
}

const BYTE_ORDER_MARK: char = '\u{feff}';

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_is_read_in_both_orders_with_and_without_mark() {
        let units: Vec<u16> = "--é\u{1f511}".encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        for text in [
            [&[0xff, 0xfe][..], &little].concat(),
            [&[0xfe, 0xff][..], &big].concat(),
            little,
            big,
        ] {
            assert_eq!(
                from_utf16(&text).unwrap().as_slice(),
                "--é\u{1f511}".as_bytes()
            );
        }
    }

    #[test]
    fn other_octets_are_no_utf16_and_half_of_it_is_no_panic() {
        for octets in [&b"--"[..], b"", b"-", b"\0\0\0\0", b"\x30\x82\x01\x02"] {
            assert_eq!(from_utf16(octets), None, "{octets:?}");
        }
        let text = from_utf16(b"\xff\xfeA\0\0\xd8B\0C").unwrap();
        assert_eq!(text.as_slice(), "A\u{fffd}B".as_bytes());
    }
}
