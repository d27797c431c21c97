//! Textual encodings (RFC 7468), found wherever they stand in a text.

use zeroize::Zeroizing;

use crate::asn1::{DecodeError, DecodeErrorKind, tag};
use crate::secret::Octets;

/// One encapsulated text.
pub(crate) struct Block<'a> {
    pub(crate) label: &'a str,
    /// Where it begins, in octets from the start of the text.
    pub(crate) offset: usize,
    /// Whether headers say that it is encrypted in the old way (RFC 1421 §4.6).
    pub(crate) has_encryption_header: bool,
    /// The value of the header that says how.
    pub(crate) dek_info: Option<&'a str>,
    pub(crate) octets: Result<Octets, DecodeError>,
}

/// Whether a block begins somewhere in `text`.
pub(crate) fn is_pem(text: &[u8]) -> bool {
    find(text, BEGIN).is_some()
}

/// All blocks of `text` in their order. Text before, between and after them is passed over, and so are
/// blanks and line ends of every kind within, missing ones too.
pub(crate) fn blocks(text: &[u8]) -> impl Iterator<Item = Block<'_>> {
    let mut position = 0;
    core::iter::from_fn(move || {
        loop {
            let rest = text.get(position..)?;
            let offset = position + find(rest, BEGIN)?;
            let after_begin = text.get(offset + BEGIN.len()..)?;
            let Some((label, after_label)) = split_label(after_begin) else {
                position = offset + BEGIN.len();
                continue;
            };
            let body_len = find_dashes(after_label);
            let body = after_label.get(..body_len.unwrap_or(after_label.len()))?;
            let after_body = after_label.get(body.len()..)?;
            position = text.len() - after_body.len();
            let closing = after_body
                .strip_prefix(END)
                .and_then(split_label)
                .filter(|(closing, _)| *closing == label);
            let Body {
                has_encryption_header,
                dek_info,
                octets,
            } = Body::decode(body, offset, is_public(label));
            let octets = match closing {
                Some((_, after)) => {
                    position = text.len() - after.len();
                    octets
                }
                // The next search begins at what stands there instead, which may be a new block.
                None => Err(DecodeError::new(DecodeErrorKind::Truncated, offset)),
            };
            return Some(Block {
                label,
                offset,
                has_encryption_header,
                dek_info,
                octets,
            });
        }
    })
}

/// Base64 of a `SEQUENCE` without armour, or once more of what has armour already: nothing but its alphabet,
/// padding and blanks.
pub(crate) fn decode_bare(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    // The first letter tells, before a long text is decoded for nothing.
    let wanted: &[u8] = match text.trim_ascii_start().first() {
        Some(&FIRST_OF_SEQUENCE) => &[tag::SEQUENCE],
        Some(&FIRST_OF_ARMOUR) => BEGIN,
        _ => return None,
    };
    decode_base64(text).filter(|octets| octets.starts_with(wanted))
}

/// A label and what follows the dashes after it.
fn split_label(text: &[u8]) -> Option<(&str, &[u8])> {
    let length = find_dashes(text.get(..MAX_LABEL.min(text.len()))?)?;
    let label = core::str::from_utf8(text.get(..length)?).ok()?;
    let plain = label.bytes().all(|octet| matches!(octet, b' '..=b'~'));
    plain.then_some((label, text.get(length + DASHES.len()..)?))
}

/// What stands between the two lines of a block.
struct Body<'a> {
    has_encryption_header: bool,
    dek_info: Option<&'a str>,
    octets: Result<Octets, DecodeError>,
}

impl<'a> Body<'a> {
    fn decode(body: &'a [u8], offset: usize, public: bool) -> Self {
        if memchr::memchr(b':', body).is_none() {
            // The common case: no headers, nothing to sort out line by line.
            return Self {
                has_encryption_header: false,
                dek_info: None,
                octets: Self::decode_data(body, offset, public),
            };
        }
        let is_line_end = |octet: &u8| matches!(octet, b'\n' | b'\r');
        let mut has_encryption_header = false;
        let mut dek_info = None;
        let mut data = Zeroizing::new(Vec::with_capacity(body.len()));
        for line in body.split(is_line_end) {
            // RFC 1421 §4.4: a header has a colon, which base64 has not.
            if line.contains(&b':') {
                let header = line.strip_prefix(DEK_INFO);
                has_encryption_header |= header.is_some() || find(line, b"ENCRYPTED").is_some();
                if dek_info.is_none() {
                    dek_info = header.and_then(|value| core::str::from_utf8(value).ok());
                }
            } else {
                data.extend_from_slice(line);
            }
        }
        Self {
            has_encryption_header,
            dek_info,
            octets: Self::decode_data(&data, offset, public),
        }
    }

    fn decode_data(data: &[u8], offset: usize, public: bool) -> Result<Octets, DecodeError> {
        let octets = if public {
            let mut octets = Vec::with_capacity(data.len());
            decode_into(data, &mut octets).then_some(Octets::Public(octets))
        } else {
            decode_base64(data).map(Octets::Secret)
        };
        octets.ok_or_else(|| DecodeError::new(DecodeErrorKind::Value { what: "base64" }, offset))
    }
}

/// Whether what bears this label is for everybody to see.
fn is_public(label: &str) -> bool {
    label.ends_with("CERTIFICATE") || label.ends_with("CRL")
}

fn decode_base64(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut octets = Zeroizing::new(Vec::with_capacity(text.len()));
    decode_into(text, &mut octets).then_some(octets)
}

/// Decodes digits, padded or not, and passes over blanks; `false` where other characters are among them. `octets` is
/// empty and has room for the whole text, so that it is never moved and no secret left behind.
fn decode_into(text: &[u8], octets: &mut Vec<u8>) -> bool {
    // The decoder passes over blanks too, but line by line is several times faster.
    let mut start = 0;
    for end in memchr::memchr2_iter(b'\n', b'\r', text).chain([text.len()]) {
        octets.extend_from_slice(text.get(start..end).unwrap_or_default().trim_ascii());
        start = end + 1;
    }
    let decoded = base64_simd::forgiving_decode_inplace(octets).map(|octets| octets.len());
    decoded.is_ok_and(|length| {
        octets.truncate(length);
        true
    })
}

/// Where five dashes stand next. Base64 has none, so that few places need a second look.
fn find_dashes(text: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'-', text).find(|place| {
        text.get(*place..)
            .is_some_and(|rest| rest.starts_with(DASHES))
    })
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, wanted)
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";
const DEK_INFO: &[u8] = b"DEK-Info:";
/// The upper six bits of the tag of a `SEQUENCE` in base64.
const FIRST_OF_SEQUENCE: u8 = b'M';
/// Those of a dash.
const FIRST_OF_ARMOUR: u8 = b'L';
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The most octets of a label and its dashes.
const MAX_LABEL: usize = 72;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(&str, Option<Vec<u8>>)> {
        blocks(text.as_bytes())
            .map(|block| (block.label, block.octets.ok().map(|octets| octets.to_vec())))
            .collect()
    }

    #[test]
    fn blocks_are_found_in_any_surroundings() {
        let good = vec![("A", Some(vec![1, 2, 3])), ("B C", Some(vec![4]))];
        for text in [
            "-----BEGIN A-----\nAQID\n-----END A-----\n-----BEGIN B C-----\nBA==\n-----END B C-----\n",
            "\u{feff}x\r\n-----BEGIN A-----  \r\nAQ \r\n ID\t\r\n-----END A-----\r\nb--\r\n-----BEGIN B C-----\r\nBA\r\n-----END B C-----",
            "-----BEGIN A----- AQID -----END A----- -----BEGIN B C----- BA== -----END B C-----",
            "-----BEGIN A-----\rAQID\r-----END A-----\r-----BEGIN B C-----\rK: v\r\rBA==\r-----END B C-----",
        ] {
            assert_eq!(read(text), good, "{text}");
        }
    }

    #[test]
    fn a_bad_block_does_not_hide_the_next() {
        for bad in ["AQI*", "AQ=ID", "AQIDB"] {
            let text = format!(
                "-----BEGIN A-----\n{bad}\n-----END A-----\n-----BEGIN B-----\nBA==\n-----END B-----"
            );
            assert_eq!(read(&text), [("A", None), ("B", Some(vec![4]))], "{bad}");
        }
        for text in [
            "-----BEGIN A-----\nAQID\n-----BEGIN B-----\nBA==\n-----END B-----",
            "-----BEGIN A-----\nAQID\n-----END C-----\n-----BEGIN B-----\nBA==\n-----END B-----",
        ] {
            assert_eq!(read(text), [("A", None), ("B", Some(vec![4]))], "{text}");
        }
        assert_eq!(read("-----BEGIN A-----\nAQID\n"), [("A", None)]);
    }

    #[test]
    fn old_encryption_headers_are_seen() {
        let text = "-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAQID\n-----END A-----";
        let block = blocks(text.as_bytes()).next().unwrap();
        assert!(block.has_encryption_header);
        assert_eq!(block.dek_info, Some(" AES-256-CBC,00"));
    }

    #[test]
    fn bare_base64_has_nothing_else_in_it() {
        assert_eq!(
            decode_bare(b"MAMC\r\nAQU=\r\n").unwrap().as_slice(),
            [0x30, 3, 2, 1, 5]
        );
        assert_eq!(
            decode_bare(b"\xef\xbb\xbf \nMAA=").unwrap().as_slice(),
            [0x30, 0]
        );
        assert_eq!(
            decode_bare(b"LS0tLS1CRUdJTiBBLS0tLS0=").unwrap().as_slice(),
            b"-----BEGIN A-----"
        );
        for none in [&b"MAMC*AQU="[..], b" \n", b"", b"AAAA", b"MQAA", b"LS0t"] {
            assert_eq!(decode_bare(none).as_deref(), None, "{none:?}");
        }
    }
}
