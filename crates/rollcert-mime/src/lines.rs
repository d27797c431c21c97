//! Lines: what ends one, and how text is canonicalised.

use std::borrow::Cow;

use memchr::memchr;

/// Turns every bare line feed into CRLF, for signatures over canonicalised text.
///
/// Some tools sign text after giving each line the network line end, then send it with bare line feeds.
/// Verifying such a signature needs this form. CRLF and bare carriage returns stay as they are; input
/// without a bare line feed is borrowed. Doing it twice changes nothing more.
///
/// # Specification
///
/// [RFC 8551 §3.1.1](https://www.rfc-editor.org/rfc/rfc8551#section-3.1.1): text is signed with CRLF
/// line ends.
#[must_use]
pub fn canonical_lines(octets: &[u8]) -> Cow<'_, [u8]> {
    if !lines(octets).any(|line| line.ends_with_bare_line_feed()) {
        return Cow::Borrowed(octets);
    }
    let mut canonical = Vec::with_capacity(octets.len() + octets.len() / 32);
    for line in lines(octets) {
        canonical.extend_from_slice(line.text);
        if line.is_ended() {
            canonical.extend_from_slice(b"\r\n");
        }
    }
    Cow::Owned(canonical)
}

/// A line and the extent of its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    /// Offset of the first octet.
    pub(crate) start: usize,
    /// The octets before the line end.
    pub(crate) text: &'a [u8],
    /// Offset of the octet after the line end.
    pub(crate) next: usize,
}

impl Line<'_> {
    /// Offset of the line end, or of the end of input.
    pub(crate) const fn text_end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether a line end follows; only the last line may lack it.
    pub(crate) const fn is_ended(&self) -> bool {
        self.next > self.text_end()
    }

    const fn ends_with_bare_line_feed(&self) -> bool {
        self.next - self.text_end() == 1
    }
}

/// Splits at CRLF and bare LF. A bare CR ends nothing.
pub(crate) fn lines(input: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut start = 0;
    core::iter::from_fn(move || {
        let rest = input.get(start..).filter(|rest| !rest.is_empty())?;
        let len = memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let whole = rest.get(..len)?;
        let text = match whole {
            [text @ .., b'\r', b'\n'] | [text @ .., b'\n'] => text,
            unended => unended,
        };
        let line = Line {
            start,
            text,
            next: start + len,
        };
        start = line.next;
        Some(line)
    })
}

/// Blank and tab: the white space that may stand inside a line.
pub(crate) const fn is_blank(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t')
}

/// `text` without blanks and tabs at its end.
pub(crate) fn trim_blanks_end(mut text: &[u8]) -> &[u8] {
    while let [rest @ .., last] = text
        && is_blank(*last)
    {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_bare_line_feeds_are_changed() {
        assert_eq!(
            canonical_lines(b"a\nb\r\nc\rd\n\ne").as_ref(),
            b"a\r\nb\r\nc\rd\r\n\r\ne"
        );
    }

    #[test]
    fn canonical_input_is_borrowed() {
        for canonical in [&b""[..], b"a", b"a\r\nb", b"a\r\n", b"\ra\r\r\n"] {
            assert!(matches!(canonical_lines(canonical), Cow::Borrowed(same) if same == canonical));
        }
    }

    proptest! {
        #[test]
        fn lines_cover_the_input_without_gap(
            input in proptest::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), any::<u8>()], 0..60),
        ) {
            let mut next = 0;
            for line in lines(&input) {
                prop_assert_eq!(line.start, next);
                prop_assert_eq!(line.text, &input[line.start..line.text_end()]);
                next = line.next;
            }
            prop_assert_eq!(next, input.len());
        }

        #[test]
        fn canonicalising_twice_changes_nothing_more(
            input in proptest::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), any::<u8>()], 0..60),
        ) {
            let once = canonical_lines(&input).into_owned();
            prop_assert_eq!(canonical_lines(&once).into_owned(), once);
        }
    }
}
