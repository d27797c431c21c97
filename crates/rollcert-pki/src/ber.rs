//! From BER to DER: lengths and strings brought into their one distinguished form.
//!
//! Streaming writers of CMS and PKCS#12 send indefinite lengths and strings cut into segments
//! (X.690 §8.1.3.6, §8.7.3). [`to_der`] rewrites these, and nothing else: values stay as they are,
//! and so does the order of a `SET`, because signatures stand on the order that arrived. What is
//! distinguished already is handed back borrowed, octet for octet.
//!
//! Certificates and revocation lists inside a message are values of their own: they are hashed, pinned and
//! verified as octets, so they are copied as they came, be they DER or not. One whose own length is
//! indefinite is the exception, since nothing but its elements tells where it ends.
//!
//! A transcoder that knows no schema cannot tell an implicitly tagged `OCTET STRING` in segments from
//! an explicitly tagged one: both read `a0 { 04 … }`. The caller therefore says by [`Shape`] what
//! structure the octets are meant to be, and only at the places that this structure has implicit
//! strings is `[0]` joined.

use std::borrow::Cow;

use crate::Limits;
use crate::asn1::{DecodeError, DecodeErrorKind};

/// What structure the octets are meant to be; decides where `[0]` is an implicit `OCTET STRING`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Shape {
    /// No implicitly tagged string that may come in segments.
    #[default]
    Plain,
    /// A `ContentInfo` with `SignedData` (RFC 5652 §5): the key identifier of a signer. The `[0]`
    /// around the content is explicit. Certificates and revocation lists are copied.
    SignedData,
    /// A `ContentInfo` with `EnvelopedData` or `AuthEnvelopedData` (RFC 5652 §6, RFC 5083): the
    /// encrypted content, and the key identifier of a recipient. Certificates and revocation lists of
    /// the originator are copied.
    EnvelopedData,
    /// A `PFX` or the `AuthenticatedSafe` inside (RFC 7292 §4): the encrypted content of each safe.
    Pkcs12,
}

impl Shape {
    /// Identifier octets from the outermost element down to each implicit string.
    const fn implicit_strings(self) -> &'static [&'static [u8]] {
        match self {
            Self::Plain => &[],
            Self::SignedData => &[IDENTIFIER_IN_SET],
            Self::EnvelopedData => &[&[0x30, 0xa0, 0x30, 0x30, 0xa0], IDENTIFIER_IN_SET],
            Self::Pkcs12 => &[&[0x30, 0x30, 0xa0, 0x30, 0x30, 0xa0]],
        }
    }

    /// Identifier octets from the outermost element down to each set whose members are copied:
    /// `certificates [0]` and `crls [1]`.
    const fn sets_of_copies(self) -> &'static [&'static [u8]] {
        match self {
            Self::Plain | Self::Pkcs12 => &[],
            Self::SignedData => &[&[0x30, 0xa0, 0x30, 0xa0], &[0x30, 0xa0, 0x30, 0xa1]],
            // In `originatorInfo [0]`.
            Self::EnvelopedData => &[
                &[0x30, 0xa0, 0x30, 0xa0, 0xa0],
                &[0x30, 0xa0, 0x30, 0xa0, 0xa1],
            ],
        }
    }
}

/// Brings one BER element (X.690 §8) into distinguished lengths and primitive strings (X.690 §10.1,
/// §10.2). DER comes back borrowed. Certificates and revocation lists in the sets that `shape` has for
/// them are copied, and may be in BER still; [`Reader::verbatim`](crate::asn1::Reader::verbatim) steps over
/// them.
///
/// Faults of the result are placed in the result, not in `input`. The result is longer than `input` only by
/// two octets for each indefinite length around 64 KiB or more, and by the count of unused bits that a
/// `BIT STRING` without segments gains; never twice as long.
/// Cost: one pass over the element headers, one copy, at most 64 octets for each element.
///
/// # Errors
///
/// [`DecodeErrorKind::Truncated`], [`DecodeErrorKind::Encoding`], [`DecodeErrorKind::Trailing`],
/// [`DecodeErrorKind::Unexpected`] for a stray end-of-contents or a segment of another type,
/// [`DecodeErrorKind::Value`] for segments that form no `BIT STRING`, and
/// [`DecodeErrorKind::Limit`] beyond `octets`, `depth` or `elements` of `limits`.
pub fn to_der<'a>(
    input: &'a [u8],
    shape: Shape,
    limits: &Limits,
) -> Result<Cow<'a, [u8]>, DecodeError> {
    if input.len() > limits.octets {
        return Err(limit("octets", limits.octets, limits.octets));
    }
    let mut scan = Scan {
        input,
        position: 0,
        shape,
        limits,
        nodes: Vec::new(),
        open: Vec::new(),
        join: None,
        distinguished: true,
    };
    scan.element()?;
    while let Some(innermost) = scan.open.last() {
        if innermost.end == Some(scan.position) {
            scan.close();
        } else {
            scan.element()?;
        }
    }
    if scan.position < input.len() {
        return Err(DecodeError::new(DecodeErrorKind::Trailing, scan.position));
    }
    Ok(if scan.distinguished {
        Cow::Borrowed(input)
    } else {
        Cow::Owned(write(&scan.nodes))
    })
}

/// First pass: the elements in the order of their headers, their distinguished lengths reckoned up.
struct Scan<'a, 'l> {
    input: &'a [u8],
    position: usize,
    shape: Shape,
    limits: &'l Limits,
    nodes: Vec<Node<'a>>,
    open: Vec<Open>,
    /// The string whose segments are being read. Strings contain only segments, so there is one.
    join: Option<Join>,
    distinguished: bool,
}

/// What the second pass writes.
struct Node<'a> {
    tag: &'a [u8],
    /// Of a primitive element or segment.
    content: &'a [u8],
    /// Length of the distinguished content in octets.
    length: usize,
    form: Form,
}

#[derive(Clone, Copy)]
enum Form {
    Primitive,
    Constructed,
    /// A string written primitive; a `BIT STRING` with its count of unused bits.
    Joined {
        unused_bits: Option<u8>,
    },
    /// Part of a joined string: content only.
    Segment,
    /// An element as it came, header included in the content.
    Copied,
}

/// A constructed element whose end is not reached.
struct Open {
    node: usize,
    identifier: u8,
    /// Where it ends; nothing with an indefinite length.
    end: Option<usize>,
    /// Where the innermost definite length around here ends.
    bound: usize,
    /// Distinguished length of what it contains so far.
    length: usize,
    joins: bool,
}

struct Join {
    segments: Segments,
    /// Octets of string so far.
    length: usize,
    unused_bits: u8,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Segments {
    Octets,
    Bits,
}

/// Tag and length of an element (X.690 §8.1.2, §8.1.3).
pub(crate) struct Header<'a> {
    tag: &'a [u8],
    pub(crate) identifier: u8,
    /// Where the content begins.
    pub(crate) content_start: usize,
    /// Nothing: indefinite.
    pub(crate) length: Option<usize>,
    /// Whether the length, where definite, takes as few octets as it can.
    shortest: bool,
}

impl<'a> Scan<'a, '_> {
    /// Takes the next element: a primitive one whole, of a constructed one the header.
    fn element(&mut self) -> Result<(), DecodeError> {
        let offset = self.position;
        let bound = self.open.last().map_or(self.input.len(), |open| open.bound);
        let window = self.input.get(..bound).unwrap_or_default();
        let header = Header::read(window, offset)?;
        self.position = header.content_start;
        let fault = |kind| DecodeError::new(kind, offset);

        if header.identifier == END_OF_CONTENTS {
            return match (header.length, self.open.last()) {
                (Some(0), Some(Open { end: None, .. })) => {
                    self.close();
                    Ok(())
                }
                _ => Err(fault(DecodeErrorKind::Unexpected {
                    expected: "an element, not end-of-contents",
                })),
            };
        }
        if self.nodes.len() >= self.limits.elements {
            return Err(limit("elements", self.limits.elements, offset));
        }
        if self.open.len() >= self.limits.depth {
            return Err(limit("levels of nesting", self.limits.depth, offset));
        }
        let end = match header.length {
            Some(length) => Some(
                self.position
                    .checked_add(length)
                    .filter(|end| *end <= bound)
                    .ok_or_else(|| fault(DecodeErrorKind::Truncated))?,
            ),
            None => None,
        };

        if let Some(end) = end.filter(|_| self.copies_members()) {
            self.copy(offset, end);
            return Ok(());
        }
        self.distinguished &= header.shortest;
        if let Some(join) = &self.join {
            let expected = match join.segments {
                Segments::Octets => OCTET_STRING,
                Segments::Bits => BIT_STRING,
            };
            if header.identifier & !CONSTRUCTED != expected {
                return Err(fault(DecodeErrorKind::Unexpected {
                    expected: "a segment of the string",
                }));
            }
        }
        if header.identifier & CONSTRUCTED == 0 {
            // X.690 §8.1.3.2: only constructed elements may have an indefinite length, and
            // §8.9.1, §8.11.1: sequences and sets are always constructed.
            let Some(end) = end.filter(|_| !matches!(header.identifier, SEQUENCE | SET)) else {
                return Err(fault(DecodeErrorKind::Encoding));
            };
            let content = self.input.get(self.position..end).unwrap_or_default();
            self.position = end;
            return self.primitive(header.tag, content, offset);
        }
        self.constructed(&header, end, bound, offset)
    }

    /// Whether the innermost open element is a set whose members are copied.
    fn copies_members(&self) -> bool {
        let here = self.open.iter().map(|open| open.identifier);
        let mut sets = self.shape.sets_of_copies().iter();
        sets.any(|path| path.iter().copied().eq(here.clone()))
    }

    fn copy(&mut self, start: usize, end: usize) {
        let content = self.input.get(start..end).unwrap_or_default();
        self.position = end;
        self.nodes.push(Node {
            tag: &[],
            content,
            length: content.len(),
            form: Form::Copied,
        });
        if let Some(open) = self.open.last_mut() {
            open.length += content.len();
        }
    }

    fn primitive(
        &mut self,
        tag: &'a [u8],
        content: &'a [u8],
        offset: usize,
    ) -> Result<(), DecodeError> {
        let Some(join) = &mut self.join else {
            let length = content.len();
            self.nodes.push(Node {
                tag,
                content,
                length,
                form: Form::Primitive,
            });
            self.contained(tag.len(), length);
            return Ok(());
        };
        let content = match join.segments {
            Segments::Octets => content,
            Segments::Bits => {
                // X.690 §8.6.4: every segment but the last fills its octets.
                let bad = DecodeError::new(
                    DecodeErrorKind::Value {
                        what: "BIT STRING segment",
                    },
                    offset,
                );
                let (unused_bits, bits) = content.split_first().ok_or(bad)?;
                if join.unused_bits != 0
                    || *unused_bits > 7
                    || (bits.is_empty() && *unused_bits != 0)
                {
                    return Err(bad);
                }
                join.unused_bits = *unused_bits;
                bits
            }
        };
        join.length += content.len();
        self.nodes.push(Node {
            tag,
            content,
            length: content.len(),
            form: Form::Segment,
        });
        Ok(())
    }

    fn constructed(
        &mut self,
        header: &Header<'a>,
        end: Option<usize>,
        bound: usize,
        offset: usize,
    ) -> Result<(), DecodeError> {
        let mut form = Form::Constructed;
        let mut joins = false;
        if self.join.is_some() {
            form = Form::Segment;
        } else if let Some(segments) = self.segments_of(header.identifier) {
            self.join = Some(Join {
                segments,
                length: 0,
                unused_bits: 0,
            });
            form = Form::Joined { unused_bits: None };
            joins = true;
            self.distinguished = false;
        } else if is_always_primitive(header.identifier) {
            return Err(DecodeError::new(DecodeErrorKind::Encoding, offset));
        }
        if end.is_none() {
            self.distinguished = false;
        }
        self.open.push(Open {
            node: self.nodes.len(),
            identifier: header.identifier,
            end,
            bound: end.unwrap_or(bound),
            length: 0,
            joins,
        });
        self.nodes.push(Node {
            tag: header.tag,
            content: &[],
            length: 0,
            form,
        });
        Ok(())
    }

    /// Ends the innermost open element: settles its length and adds it to the one around it.
    fn close(&mut self) {
        let Some(open) = self.open.pop() else { return };
        let Some(node) = self.nodes.get_mut(open.node) else {
            return;
        };
        node.length = open.length;
        if open.joins
            && let Some(join) = self.join.take()
        {
            let unused_bits = (join.segments == Segments::Bits).then_some(join.unused_bits);
            node.length = join.length + usize::from(unused_bits.is_some());
            node.form = Form::Joined { unused_bits };
        }
        if self.join.is_none() {
            let (tag_len, length) = (node.tag.len(), node.length);
            self.contained(tag_len, length);
        }
    }

    /// Counts an element of this length into the one that contains it.
    fn contained(&mut self, tag_len: usize, length: usize) {
        if let Some(open) = self.open.last_mut() {
            open.length += tag_len + length_octets(length).count() + length;
        }
    }

    /// What segments an element has that is a string in constructed form.
    fn segments_of(&self, identifier: u8) -> Option<Segments> {
        match identifier {
            CONSTRUCTED_BIT_STRING => Some(Segments::Bits),
            // X.690 §8.23.6: the other string types, times among them, are cut like octet strings.
            CONSTRUCTED_OCTET_STRING | 0x27 | 0x2c | 0x32..=0x3c | 0x3e => Some(Segments::Octets),
            CONTEXT_0_CONSTRUCTED => {
                let here = self
                    .open
                    .iter()
                    .map(|open| open.identifier)
                    .chain([identifier]);
                let implicit = self
                    .shape
                    .implicit_strings()
                    .iter()
                    .any(|path| path.iter().copied().eq(here.clone()));
                let first = self
                    .input
                    .get(self.position)
                    .map(|first| first & !CONSTRUCTED);
                (implicit && first == Some(OCTET_STRING)).then_some(Segments::Octets)
            }
            _ => None,
        }
    }
}

impl<'a> Header<'a> {
    /// Reads the header that stands at `start`.
    pub(crate) fn read(window: &'a [u8], start: usize) -> Result<Self, DecodeError> {
        let truncated = DecodeError::new(DecodeErrorKind::Truncated, start);
        let encoding = DecodeError::new(DecodeErrorKind::Encoding, start);
        let mut octets = window.get(start..).unwrap_or_default().iter().copied();
        let mut next = || octets.next().ok_or(truncated);

        let identifier = next()?;
        let mut tag_len = 1;
        if identifier & TAG_NUMBER == TAG_NUMBER {
            // X.690 §8.1.2.4.2: the number follows in base 128 without leading zeros.
            loop {
                let octet = next()?;
                tag_len += 1;
                if tag_len > LONGEST_TAG || (tag_len == 2 && (octet == 0x80 || octet < TAG_NUMBER))
                {
                    return Err(encoding);
                }
                if octet & 0x80 == 0 {
                    break;
                }
            }
        }
        let first = next()?;
        let mut header_len = tag_len + 1;
        let mut shortest = true;
        let length = match first {
            0..0x80 => Some(usize::from(first)),
            INDEFINITE => None,
            // X.690 §8.1.3.5 (c)
            0xff => return Err(encoding),
            _ => {
                let mut length = 0_usize;
                for _ in 0..first & 0x7f {
                    let octet = next()?;
                    header_len += 1;
                    // A length that no machine word holds cannot be there in full.
                    length = length
                        .checked_mul(0x100)
                        .and_then(|high| high.checked_add(usize::from(octet)))
                        .ok_or(truncated)?;
                }
                shortest = header_len == tag_len + length_octets(length).count();
                Some(length)
            }
        };
        Ok(Self {
            tag: window.get(start..start + tag_len).ok_or(truncated)?,
            identifier,
            content_start: start + header_len,
            length,
            shortest,
        })
    }
}

/// Second pass: writes the elements one after another.
fn write(nodes: &[Node<'_>]) -> Vec<u8> {
    let whole = nodes
        .first()
        .map_or(0, |root| root.tag.len() + LONGEST_LENGTH + root.length);
    let mut out = Vec::with_capacity(whole);
    for node in nodes {
        match node.form {
            Form::Primitive | Form::Constructed => out.extend_from_slice(node.tag),
            Form::Joined { .. } => out.extend(node.tag.iter().map(|octet| octet & !CONSTRUCTED)),
            Form::Segment | Form::Copied => {
                out.extend_from_slice(node.content);
                continue;
            }
        }
        out.extend(length_octets(node.length));
        if let Form::Joined { unused_bits } = node.form {
            out.extend(unused_bits);
        }
        out.extend_from_slice(node.content);
    }
    out
}

/// The distinguished length octets (X.690 §10.1).
fn length_octets(length: usize) -> impl Iterator<Item = u8> {
    let octets = length.to_be_bytes();
    let leading = octets.iter().take_while(|octet| **octet == 0).count();
    let significant = octets.len() - leading;
    // A `usize` has at most eight octets, so the count always fits the low seven bits.
    let count = (length >= 0x80).then(|| 0x80 | u8::try_from(significant).unwrap_or(8));
    count
        .into_iter()
        .chain(octets.into_iter().skip(leading.min(octets.len() - 1)))
}

/// Universal types that X.690 §8.2 to §8.5, §8.8, §8.19, §8.20 encode primitive.
const fn is_always_primitive(identifier: u8) -> bool {
    matches!(
        identifier,
        0x20 | 0x21 | 0x22 | 0x25 | 0x26 | 0x29 | 0x2a | 0x2d
    )
}

const fn limit(what: &'static str, limit: usize, offset: usize) -> DecodeError {
    DecodeError::new(DecodeErrorKind::Limit { what, limit }, offset)
}

/// `subjectKeyIdentifier [0]` of a `SignerInfo` or `KeyTransRecipientInfo`. The signed attributes
/// stand at the same place, but begin with a `SEQUENCE`.
const IDENTIFIER_IN_SET: &[u8] = &[0x30, 0xa0, 0x30, 0x31, 0x30, 0xa0];

const END_OF_CONTENTS: u8 = 0;
const CONSTRUCTED: u8 = 0x20;
const TAG_NUMBER: u8 = 0x1f;
const INDEFINITE: u8 = 0x80;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const SEQUENCE: u8 = 0x10;
const SET: u8 = 0x11;
const CONSTRUCTED_BIT_STRING: u8 = 0x23;
const CONSTRUCTED_OCTET_STRING: u8 = 0x24;
const CONTEXT_0_CONSTRUCTED: u8 = 0xa0;
/// Octets of a tag: the numbers of 32 bits, far more than any structure here uses.
const LONGEST_TAG: usize = 6;
/// Octets of a length on a machine with 64 bits.
const LONGEST_LENGTH: usize = 9;

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::asn1::{Element, encode};

    /// An element as both encodings see it.
    #[derive(Clone, Debug)]
    enum Tree {
        Integer(Vec<u8>),
        Octets(Vec<u8>),
        Bits(u8, Vec<u8>),
        Sequence(Vec<Self>),
        Set(Vec<Self>),
        Explicit(Box<Self>),
    }

    impl Tree {
        fn der(&self) -> Vec<u8> {
            let all = |trees: &[Self]| trees.iter().flat_map(Self::der).collect::<Vec<_>>();
            match self {
                Self::Integer(content) => encode(0x02, &[content]),
                Self::Octets(content) => encode(0x04, &[content]),
                Self::Bits(unused, content) => encode(0x03, &[&[*unused], content]),
                Self::Sequence(trees) => encode(0x30, &[&all(trees)]),
                Self::Set(trees) => encode(0x31, &[&all(trees)]),
                Self::Explicit(tree) => encode(0xa3, &[&tree.der()]),
            }
        }

        /// The same value as a streaming writer might put it; `choices` decides which form.
        fn ber(&self, choices: &mut impl Iterator<Item = u8>) -> Vec<u8> {
            match self {
                Self::Integer(content) => wrap(0x02, content, choices),
                Self::Octets(content) => string(0x04, None, content, 0, choices),
                Self::Bits(unused, content) => string(0x03, Some(*unused), content, 0, choices),
                Self::Sequence(trees) => wrap(0x30, &all_ber(trees, choices), choices),
                Self::Set(trees) => wrap(0x31, &all_ber(trees, choices), choices),
                Self::Explicit(tree) => {
                    let inner = tree.ber(choices);
                    wrap(0xa3, &inner, choices)
                }
            }
        }
    }

    fn all_ber(trees: &[Tree], choices: &mut impl Iterator<Item = u8>) -> Vec<u8> {
        trees.iter().flat_map(|tree| tree.ber(choices)).collect()
    }

    fn wrap(identifier: u8, content: &[u8], choices: &mut impl Iterator<Item = u8>) -> Vec<u8> {
        let choice = choices.next().unwrap();
        match choice % 3 {
            0 if identifier & 0x20 != 0 => indefinite(identifier, content),
            1 => {
                let length = u32::try_from(content.len()).unwrap().to_be_bytes();
                [&[identifier, 0x85, 0], length.as_slice(), content].concat()
            }
            _ => encode(identifier, &[content]),
        }
    }

    fn indefinite(identifier: u8, content: &[u8]) -> Vec<u8> {
        [&[identifier, 0x80], content, &[0, 0]].concat()
    }

    fn string(
        identifier: u8,
        unused: Option<u8>,
        content: &[u8],
        depth: usize,
        choices: &mut impl Iterator<Item = u8>,
    ) -> Vec<u8> {
        let choice = usize::from(choices.next().unwrap());
        if depth == 3 || choice.is_multiple_of(2) {
            let count = unused.map(|unused| vec![unused]).unwrap_or_default();
            return wrap(identifier, &[count.as_slice(), content].concat(), choices);
        }
        let (head, tail) = content.split_at(choice / 2 % content.len().max(1));
        let first = string(identifier, unused.map(|_| 0), head, depth + 1, choices);
        let last = string(identifier, unused, tail, depth + 1, choices);
        wrap(identifier | 0x20, &[first, last].concat(), choices)
    }

    fn trees() -> impl Strategy<Value = Tree> {
        let leaf = prop_oneof![
            vec(any::<u8>(), 1..5).prop_map(Tree::Integer),
            vec(any::<u8>(), 0..300).prop_map(Tree::Octets),
            vec(any::<u8>(), 0..40).prop_map(|bits| Tree::Bits(0, bits)),
            (0_u8..8, vec(any::<u8>(), 1..40)).prop_map(|(unused, bits)| Tree::Bits(unused, bits)),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..4).prop_map(Tree::Sequence),
                vec(inner.clone(), 0..4).prop_map(Tree::Set),
                inner.prop_map(|tree| Tree::Explicit(Box::new(tree))),
            ]
        })
    }

    fn plain(input: &[u8]) -> Result<Cow<'_, [u8]>, DecodeError> {
        to_der(input, Shape::Plain, &Limits::default())
    }

    fn fails(input: &[u8], kind: DecodeErrorKind, offset: usize) {
        assert_eq!(
            plain(input),
            Err(DecodeError::new(kind, offset)),
            "{input:02x?}"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn distinguished_octets_come_back_borrowed(tree in trees()) {
            let der = tree.der();
            for shape in [Shape::Plain, Shape::SignedData, Shape::EnvelopedData, Shape::Pkcs12] {
                let out = to_der(&der, shape, &Limits::default()).unwrap();
                prop_assert!(matches!(out, Cow::Borrowed(octets) if octets == der.as_slice()));
            }
        }

        #[test]
        fn whatever_form_a_value_comes_in_it_leaves_as_der(
            tree in trees(), choices in vec(any::<u8>(), 1..64)
        ) {
            let ber = tree.ber(&mut choices.into_iter().cycle());
            prop_assert_eq!(plain(&ber).unwrap().into_owned(), tree.der());
        }

        #[test]
        fn every_truncation_and_every_appended_octet_is_an_error(
            tree in trees(), choices in vec(any::<u8>(), 1..64)
        ) {
            let ber = tree.ber(&mut choices.into_iter().cycle());
            for end in 0..ber.len() {
                prop_assert!(plain(&ber[..end]).is_err());
            }
            let longer = [ber.as_slice(), &[0]].concat();
            let trailing = DecodeError::new(DecodeErrorKind::Trailing, ber.len());
            prop_assert_eq!(plain(&longer), Err(trailing));
        }

        #[test]
        fn octets_flipped_or_at_random_never_panic_and_results_are_stable(
            tree in trees(), choices in vec(any::<u8>(), 1..64),
            flips in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
            noise in vec(any::<u8>(), 0..64),
        ) {
            let mut ber = tree.ber(&mut choices.into_iter().cycle());
            for (index, flip) in flips {
                let at = index.index(ber.len());
                ber[at] ^= flip;
            }
            for input in [ber, noise] {
                if let Ok(der) = to_der(&input, Shape::EnvelopedData, &Limits::default()) {
                    let again = to_der(&der, Shape::EnvelopedData, &Limits::default());
                    prop_assert!(matches!(again, Ok(Cow::Borrowed(_))));
                }
            }
        }
    }

    #[test]
    fn encrypted_content_in_segments_is_joined_only_where_the_shape_has_it() {
        let segments = indefinite(0xa0, &[4, 2, 1, 2, 0x24, 4, 4, 2, 3, 4]);
        let info = [0x06, 1, 42]
            .into_iter()
            .chain(segments)
            .collect::<Vec<_>>();
        let ber = indefinite(
            0x30,
            &indefinite(0xa0, &indefinite(0x30, &indefinite(0x30, &info))),
        );

        let der = |info: &[u8]| {
            encode(
                0x30,
                &[&encode(0xa0, &[&encode(0x30, &[&encode(0x30, &[info])])])],
            )
        };
        let joined = to_der(&ber, Shape::EnvelopedData, &Limits::default()).unwrap();
        assert_eq!(
            joined.into_owned(),
            der(&[0x06, 1, 42, 0x80, 4, 1, 2, 3, 4])
        );
        // Explicit: two strings, of which the second was itself in segments.
        let explicit = to_der(&ber, Shape::SignedData, &Limits::default()).unwrap();
        let strings = [0x06, 1, 42, 0xa0, 8, 4, 2, 1, 2, 4, 2, 3, 4];
        assert_eq!(explicit.into_owned(), der(&strings));
    }

    #[test]
    fn members_of_certificate_sets_are_copied_unless_their_own_length_is_indefinite() {
        // Of BER that is not DER, of what is no BER, of lengths with a leading zero, of a primitive.
        let members: [&[u8]; 4] = [
            &[0x30, 8, 0x24, 0x80, 4, 1, 7, 0, 0, 9],
            &[0x30, 2, 0x22, 0],
            &[0x30, 0x82, 0, 2, 5, 0],
            &[0x82, 0x81, 1, 7],
        ];
        let copies = members.concat();
        let streamed = indefinite(0x30, &[0x24, 0x80, 4, 1, 7, 0, 0]);
        let arrived = [copies.as_slice(), &streamed].concat();
        let expected = [copies.as_slice(), &[0x30, 3, 4, 1, 7]].concat();
        let version = [2, 1, 1];

        let streaming = |inside: &[u8]| {
            let body = [
                version.as_slice(),
                &indefinite(0xa0, inside),
                &indefinite(0xa1, inside),
            ];
            indefinite(0x30, &indefinite(0xa0, &indefinite(0x30, &body.concat())))
        };
        let definite = |inside: &[u8]| {
            let sets = [encode(0xa0, &[inside]), encode(0xa1, &[inside])].concat();
            encode(0x30, &[&encode(0xa0, &[&encode(0x30, &[&version, &sets])])])
        };
        let signed = |input: &[u8]| {
            to_der(input, Shape::SignedData, &Limits::default()).map(Cow::into_owned)
        };
        assert_eq!(signed(&streaming(&arrived)), Ok(definite(&expected)));
        assert_eq!(signed(&definite(&arrived)), Ok(definite(&expected)));
        let kept = definite(&copies);
        assert!(matches!(
            to_der(&kept, Shape::SignedData, &Limits::default()),
            Ok(Cow::Borrowed(_))
        ));
        // Without the shape nobody knows that they are certificates.
        assert!(plain(&kept).is_err());

        // Those of the originator of an encrypted message.
        let enveloped = |sets: &[u8]| {
            encode(
                0x30,
                &[&encode(0xa0, &[&encode(0x30, &[&encode(0xa0, &[sets])])])],
            )
        };
        let octets = enveloped(&[encode(0xa0, &[&copies]), encode(0xa1, &[&copies])].concat());
        assert_eq!(
            to_der(&octets, Shape::EnvelopedData, &Limits::default()),
            Ok(Cow::Borrowed(octets.as_slice()))
        );

        // What cannot be told from the next one spoils the set.
        let endless = definite(&[0x30, 5, 1, 1]);
        assert_eq!(
            signed(&endless).unwrap_err().kind(),
            DecodeErrorKind::Truncated
        );
    }

    #[test]
    fn a_set_keeps_the_order_that_arrived() {
        assert_eq!(
            plain(&[0x31, 0x80, 2, 1, 9, 2, 1, 1, 0, 0])
                .unwrap()
                .as_ref(),
            [0x31, 6, 2, 1, 9, 2, 1, 1]
        );
    }

    #[test]
    fn faults_say_what_and_where() {
        let eoc = DecodeErrorKind::Unexpected {
            expected: "an element, not end-of-contents",
        };
        fails(&[], DecodeErrorKind::Truncated, 0);
        fails(&[0, 0], eoc, 0);
        fails(&[0x30, 2, 0, 0], eoc, 2);
        fails(&[0x30, 0x80, 0x30, 2, 0, 0, 0, 0], eoc, 4);
        fails(&[0x30, 0x80, 2, 1, 1], DecodeErrorKind::Truncated, 5);
        fails(&[0x30, 0x80, 2, 1, 1, 0], DecodeErrorKind::Truncated, 5);
        fails(&[0x30, 3, 2, 2, 1, 1], DecodeErrorKind::Truncated, 2);
        fails(&[0x04, 0x80, 0, 0], DecodeErrorKind::Encoding, 0);
        fails(&[0x04, 0xff], DecodeErrorKind::Encoding, 0);
        fails(&[0x10, 0], DecodeErrorKind::Encoding, 0);
        fails(&[0x22, 0], DecodeErrorKind::Encoding, 0);
        fails(&[0x1f, 0x80, 1, 0], DecodeErrorKind::Encoding, 0);
        fails(
            &[0x04, 0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0],
            DecodeErrorKind::Truncated,
            0,
        );
        let segment = DecodeErrorKind::Unexpected {
            expected: "a segment of the string",
        };
        fails(&[0x24, 0x80, 2, 1, 1, 0, 0], segment, 2);
        let bits = DecodeErrorKind::Value {
            what: "BIT STRING segment",
        };
        fails(&[0x23, 8, 3, 2, 1, 0xfe, 3, 2, 0, 0xff], bits, 6);
        fails(&[0x23, 2, 3, 0], bits, 2);
    }

    #[test]
    fn limits_hold_and_deep_nesting_costs_nothing() {
        let deep: Vec<u8> = [0x30, 0x80].repeat(100_000);
        fails(
            &deep,
            DecodeErrorKind::Limit {
                what: "levels of nesting",
                limit: 64,
            },
            128,
        );
        let deep: Vec<u8> = [0x24, 0x80].repeat(100_000);
        fails(
            &deep,
            DecodeErrorKind::Limit {
                what: "levels of nesting",
                limit: 64,
            },
            128,
        );
        let wide = encode(0x30, &[&[5, 0].repeat(100)]);
        let few = Limits::default().with_elements(100);
        assert_eq!(
            to_der(&wide, Shape::Plain, &few),
            Err(limit("elements", 100, 203 - 2))
        );
        let short = Limits::default().with_octets(200);
        assert_eq!(
            to_der(&wide, Shape::Plain, &short),
            Err(limit("octets", 200, 200))
        );
    }

    #[test]
    fn a_bit_string_of_no_segments_gains_its_count_of_unused_bits() {
        assert_eq!(plain(&[0x23, 0]).unwrap().as_ref(), [3, 1, 0]);
        let many = encode(0x30, &[&[0x23, 0].repeat(63)]);
        assert_eq!(
            plain(&many).unwrap().as_ref(),
            encode(0x30, &[&[3, 1, 0].repeat(63)])
        );
    }

    #[test]
    fn a_long_content_grows_by_two_octets_at_most() {
        let content = encode(0x04, &[&[7; 0x1_0000]]);
        let ber = indefinite(0x30, &content);
        let der = plain(&ber).unwrap();
        assert_eq!(der.len(), ber.len() + 1);
        assert_eq!(Element::parse(&der).unwrap().content(), content);
    }
}
