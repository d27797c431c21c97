use core::fmt;
use std::sync::{Arc, OnceLock};

use der::Tag;
use der::asn1::ObjectIdentifier;

use crate::asn1::{DecodeError, Element, OpaqueElement};
use crate::name_builder::NameBuilder;
use crate::name_matching::match_as_written;
use crate::name_text::{NameText, NameTextError};
use crate::oid::Oid;

/// A distinguished name (RFC 5280 §4.1.2.4) with its exact octets. Cheap to clone.
///
/// Equality and hashing are by octets; [`Self::matches`] compares as certificate paths do.
///
/// `Display` is RFC 4514: the most specific part first, short names where one is registered.
///
/// What it says is decoded when first asked for, and kept for all clones.
#[derive(Clone)]
pub struct Name(Arc<Inner>);

struct Inner {
    octets: Box<[u8]>,
    relative_names: OnceLock<Box<[Vec<Attribute>]>>,
    /// A message may have a long name compared with many.
    canonical: OnceLock<CanonicalName>,
}

/// The relative names in a form that compares equal when they match, attributes sorted.
type CanonicalName = Box<[Vec<(Oid, String)>]>;

impl Name {
    /// The most attributes that a name may have.
    pub const MAX_ATTRIBUTES: usize = 1024;

    /// Reads the DER of a `Name`.
    ///
    /// # Errors
    ///
    /// For octets that are no `Name`, and for more than [`Self::MAX_ATTRIBUTES`]. Values of unknown
    /// string types and of wrong characters are no error.
    pub fn from_der(octets: &[u8]) -> Result<Self, DecodeError> {
        Self::from_element(&Element::parse(octets)?)
    }

    /// Reads a name in the text form that people and partners write. See [`NameText`].
    ///
    /// # Errors
    ///
    /// When there is no `type=value` at the beginning, or an escape or quotation is incomplete.
    pub fn parse(text: &str) -> Result<NameText, NameTextError> {
        NameText::parse(text)
    }

    /// Builds a name part by part, the most general first.
    #[must_use]
    pub const fn builder() -> NameBuilder {
        NameBuilder::new()
    }

    pub(crate) fn from_element(element: &Element<'_>) -> Result<Self, DecodeError> {
        Self::check(element)?;
        Ok(Self::from_checked(element.raw()))
    }

    /// From octets in which [`Self::check`] found nothing wrong.
    pub(crate) fn from_checked(octets: &[u8]) -> Self {
        Self(Arc::new(Inner {
            octets: octets.into(),
            relative_names: OnceLock::new(),
            canonical: OnceLock::new(),
        }))
    }

    /// Whether [`Self::from_element`] would read it, without doing so.
    pub(crate) fn check(element: &Element<'_>) -> Result<(), DecodeError> {
        Self::walk(element, |_, _, _| ()).map(drop)
    }

    /// Visits all attributes: the place within the relative name, the content of the type, the value. Returns how
    /// many relative names have no attribute; these say nothing and are passed over.
    pub(crate) fn walk<'a>(
        element: &Element<'a>,
        mut visit: impl FnMut(usize, &'a [u8], OpaqueElement<'a>),
    ) -> Result<usize, DecodeError> {
        if element.tag() != Tag::Sequence {
            return Err(element.bad("distinguished name"));
        }
        let mut count = 0;
        let mut empty = 0;
        let mut sets = element.reader();
        while !sets.is_empty() {
            let set = sets.expect(Tag::Set, "relative distinguished name")?;
            if set.content().is_empty() {
                empty += 1;
            }
            let mut members = set.reader();
            let mut place = 0;
            while !members.is_empty() {
                count += 1;
                if count > Self::MAX_ATTRIBUTES {
                    return Err(DecodeError::limit(
                        "attributes",
                        Self::MAX_ATTRIBUTES,
                        set.offset(),
                    ));
                }
                let mut fields = members
                    .expect(Tag::Sequence, "attribute of a name")?
                    .reader();
                let oid = fields.expect(Tag::ObjectIdentifier, "attribute type")?;
                let oid = Oid::content_of(&oid)?;
                let value = fields.opaque()?;
                fields.finish()?;
                visit(place, oid, value);
                place += 1;
            }
        }
        Ok(empty)
    }

    /// The exact octets.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.0.octets
    }

    /// Whether the name has no part at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let mut has_attribute = false;
        // The same octets were walked before.
        if let Ok(element) = Element::parse(self.as_der()) {
            let _ = Self::walk(&element, |_, _, _| has_attribute = true);
        }
        !has_attribute
    }

    /// The relative names in the order of the encoding (the most general first as a rule), each with
    /// its attributes, of which it has one at least.
    pub fn relative_names(&self) -> impl DoubleEndedIterator<Item = &[Attribute]> {
        self.parts().iter().map(Vec::as_slice)
    }

    /// All attributes in the order of the encoding.
    #[must_use]
    pub fn attributes(&self) -> impl DoubleEndedIterator<Item = &Attribute> {
        self.parts().iter().flatten()
    }

    /// The most specific common name, if there is one in readable form.
    #[must_use]
    pub fn common_name(&self) -> Option<&str> {
        self.attributes()
            .rev()
            .find(|attribute| attribute.oid == COMMON_NAME)?
            .text()
    }

    /// RFC 4514 with nothing but the nine short names of its §3, so that every reader of RFC 4514
    /// understands it; any other attribute is a dotted identifier and `#` with hexadecimal octets.
    #[must_use]
    pub fn to_rfc4514_portable(&self) -> String {
        let mut text = String::new();
        // Nothing is refused by a string.
        let _ = self.write_rfc4514(&mut text, DESCRIPTORS.get(..9).unwrap_or_default());
        text
    }

    /// Whether both name the same (RFC 5280 §7.1): same parts in the same order, texts compared without
    /// regard to string type, case and repeated blanks.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        let (one, another) = (self.as_der(), other.as_der());
        one == another
            || match_as_written(one, another)
                .unwrap_or_else(|| self.canonical() == other.canonical())
    }

    /// Whether a name that matches `base` begins this one, from the most general part on: whether this is
    /// `base` or below it in the directory (RFC 5280 §4.2.1.10, on `directoryName`).
    #[must_use]
    pub fn is_within(&self, base: &Self) -> bool {
        self.canonical().starts_with(base.canonical())
    }

    /// The relative names in a form that compares equal when they match, attributes sorted.
    pub(crate) fn canonical(&self) -> &[Vec<(Oid, String)>] {
        let canonical = |attributes: &Vec<Attribute>| {
            let mut parts: Vec<(Oid, String)> = attributes
                .iter()
                .map(|attribute| (attribute.oid.clone(), attribute.canonical_value()))
                .collect();
            parts.sort();
            parts
        };
        self.0
            .canonical
            .get_or_init(|| self.parts().iter().map(canonical).collect())
    }

    fn parts(&self) -> &[Vec<Attribute>] {
        self.0.relative_names.get_or_init(|| {
            let mut relative_names: Vec<Vec<Attribute>> = Vec::new();
            // The same octets were walked before.
            if let Ok(element) = Element::parse(self.as_der()) {
                let _ = Self::walk(&element, |place, oid, value| {
                    let attribute = Attribute::new(oid, &value);
                    match relative_names.last_mut() {
                        Some(attributes) if place > 0 => attributes.push(attribute),
                        _ => relative_names.push(vec![attribute]),
                    }
                });
            }
            relative_names.into()
        })
    }

    /// Piece by piece, so that who wants no more than the beginning can stop it there: names may be as long as files.
    fn write_rfc4514(
        &self,
        out: &mut impl fmt::Write,
        short_names: &[(&str, ObjectIdentifier)],
    ) -> fmt::Result {
        for (index, attributes) in self.relative_names().rev().enumerate() {
            if index > 0 {
                out.write_char(',')?;
            }
            for (place, attribute) in attributes.iter().rev().enumerate() {
                if place > 0 {
                    out.write_char('+')?;
                }
                attribute.write_rfc4514(out, short_names)?;
            }
        }
        Ok(())
    }
}

/// RFC 4514.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_rfc4514(f, &DESCRIPTORS)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({self})")
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.0.octets == other.0.octets
    }
}

impl Eq for Name {}

impl core::hash::Hash for Name {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.0.octets.hash(state);
    }
}

/// One attribute of a name: its type, and its value as octets and, where readable, as text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Attribute {
    oid: Oid,
    value: Box<[u8]>,
    text: Option<String>,
}

impl Attribute {
    fn new(oid: &[u8], value: &OpaqueElement<'_>) -> Self {
        Self {
            oid: Oid::from_checked(oid),
            value: value.raw().into(),
            text: decode_text(value),
        }
    }

    /// The attribute's type.
    #[must_use]
    pub const fn oid(&self) -> &Oid {
        &self.oid
    }

    /// The exact octets of the value: tag, length and content.
    #[must_use]
    pub const fn value(&self) -> &[u8] {
        &self.value
    }

    /// The value as text; `None` when it is no string, or its octets do not fit its string type.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    fn canonical_value(&self) -> String {
        self.text
            .as_deref()
            .map_or_else(|| hex_value(&self.value), fold)
    }

    fn write_rfc4514(
        &self,
        out: &mut impl fmt::Write,
        short_names: &[(&str, ObjectIdentifier)],
    ) -> fmt::Result {
        let short_name = short_names.iter().find(|(_, oid)| self.oid == *oid);
        match short_name {
            Some((name, _)) => write!(out, "{name}=")?,
            None => write!(out, "{}=", self.oid)?,
        }
        match (short_name, &self.text) {
            (Some(_), Some(text)) => write_escaped(out, text),
            // RFC 4514 §2.4: a dotted type has its value in hexadecimal.
            _ => write_hex(out, &self.value),
        }
    }
}

/// The form in which texts are compared: one blank where several stood, none around, lower case.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    if folded.is_ascii() {
        folded.make_ascii_lowercase();
        return folded;
    }
    folded.to_lowercase()
}

/// `#` and the octets of the whole value in hexadecimal (RFC 4514 §2.4).
pub(crate) fn hex_value(value: &[u8]) -> String {
    let mut text = String::with_capacity(1 + 2 * value.len());
    // Nothing is refused by a string.
    let _ = write_hex(&mut text, value);
    text
}

fn write_hex(out: &mut impl fmt::Write, value: &[u8]) -> fmt::Result {
    out.write_char('#')?;
    value
        .chunks(HEX_AT_ONCE)
        .try_for_each(|octets| out.write_str(&hex::encode(octets)))
}

/// How many octets are written at once.
const HEX_AT_ONCE: usize = 64;

/// Escapes as RFC 4514 §2.4 demands, and besides what does not show or changes how the rest shows: control
/// characters, lest a name forge lines, and marks of direction, lest it read as another.
fn write_escaped(out: &mut impl fmt::Write, text: &str) -> fmt::Result {
    let mut characters = text.chars().enumerate().peekable();
    while let Some((index, character)) = characters.next() {
        let is_at_end = index == 0 || characters.peek().is_none();
        match character {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => write!(out, "\\{character}")?,
            '#' if index == 0 => out.write_str("\\#")?,
            ' ' if is_at_end => out.write_str("\\ ")?,
            _ if character.is_control() || is_invisible(character) => {
                let mut utf8 = [0; 4];
                for octet in character.encode_utf8(&mut utf8).bytes() {
                    write!(out, "\\{octet:02X}")?;
                }
            }
            _ => out.write_char(character)?,
        }
    }
    Ok(())
}

/// Characters of Unicode's category Cf and the separators of lines and paragraphs: those that have no width,
/// and those that turn the direction of what follows.
pub(crate) const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// The text of a string of any type that X.680 §41 knows.
///
/// `TeletexString` is read as Latin-1, which is what everybody writes into it. Strings of ASCII types
/// that hold other octets are read as UTF-8, else as Latin-1.
pub(crate) fn decode_text(value: &OpaqueElement<'_>) -> Option<String> {
    let content = value.content();
    match value.identifier() {
        UTF8_STRING => String::from_utf8(content.to_vec()).ok(),
        NUMERIC_STRING | PRINTABLE_STRING | IA5_STRING | VISIBLE_STRING => {
            Some(String::from_utf8(content.to_vec()).unwrap_or_else(|_| decode_latin1(content)))
        }
        TELETEX_STRING | VIDEOTEX_STRING | GRAPHIC_STRING | GENERAL_STRING => {
            Some(decode_latin1(content))
        }
        UNIVERSAL_STRING => {
            let (units, rest) = content.as_chunks::<4>();
            let characters = units
                .iter()
                .map(|unit| char::from_u32(u32::from_be_bytes(*unit)));
            rest.is_empty().then(|| characters.collect())?
        }
        BMP_STRING => decode_utf16(content),
        _ => None,
    }
}

/// Octets of a `BMPString`. Pairs of surrogates are taken for what they mean.
pub(crate) fn decode_utf16(content: &[u8]) -> Option<String> {
    let (units, rest) = content.as_chunks::<2>();
    let units = units.iter().map(|unit| u16::from_be_bytes(*unit));
    rest.is_empty()
        .then(|| char::decode_utf16(units).collect::<Result<_, _>>().ok())?
}

fn decode_latin1(content: &[u8]) -> String {
    content.iter().copied().map(char::from).collect()
}

pub(crate) const UTF8_STRING: u8 = 0x0c;
pub(crate) const NUMERIC_STRING: u8 = 0x12;
pub(crate) const PRINTABLE_STRING: u8 = 0x13;
const TELETEX_STRING: u8 = 0x14;
const VIDEOTEX_STRING: u8 = 0x15;
pub(crate) const IA5_STRING: u8 = 0x16;
const GRAPHIC_STRING: u8 = 0x19;
pub(crate) const VISIBLE_STRING: u8 = 0x1a;
const GENERAL_STRING: u8 = 0x1b;
const UNIVERSAL_STRING: u8 = 0x1c;
const BMP_STRING: u8 = 0x1e;

pub(crate) const COMMON_NAME: ObjectIdentifier = oid("2.5.4.3");
pub(crate) const EMAIL_ADDRESS: ObjectIdentifier = oid("1.2.840.113549.1.9.1");

/// The short names that we write: first the nine that every reader of RFC 4514 must know (§3), then further
/// descriptors that directories use.
pub(crate) const DESCRIPTORS: [(&str, ObjectIdentifier); 26] = [
    ("CN", COMMON_NAME),
    ("L", oid("2.5.4.7")),
    ("ST", oid("2.5.4.8")),
    ("O", oid("2.5.4.10")),
    ("OU", oid("2.5.4.11")),
    ("C", oid("2.5.4.6")),
    ("STREET", oid("2.5.4.9")),
    ("DC", oid("0.9.2342.19200300.100.1.25")),
    ("UID", oid("0.9.2342.19200300.100.1.1")),
    ("emailAddress", EMAIL_ADDRESS),
    ("SN", oid("2.5.4.4")),
    ("serialNumber", oid("2.5.4.5")),
    ("title", oid("2.5.4.12")),
    ("description", oid("2.5.4.13")),
    ("businessCategory", oid("2.5.4.15")),
    ("postalAddress", oid("2.5.4.16")),
    ("postalCode", oid("2.5.4.17")),
    ("telephoneNumber", oid("2.5.4.20")),
    ("name", oid("2.5.4.41")),
    ("givenName", oid("2.5.4.42")),
    ("initials", oid("2.5.4.43")),
    ("generationQualifier", oid("2.5.4.44")),
    ("x500UniqueIdentifier", oid("2.5.4.45")),
    ("dnQualifier", oid("2.5.4.46")),
    ("pseudonym", oid("2.5.4.65")),
    ("organizationIdentifier", oid("2.5.4.97")),
];

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::asn1::{encode, encode_oid, tag};

    /// A name of these parts in the order of the encoding, each `(type, string tag, content)`.
    pub(crate) fn name_of(parts: &[(&str, u8, &[u8])]) -> Name {
        let relative_names: Vec<Vec<u8>> = parts
            .iter()
            .map(|(oid, string, content)| {
                let oid = Oid::from_dotted(oid).unwrap();
                let attribute = encode(
                    tag::SEQUENCE,
                    &[
                        &encode(tag::OBJECT_IDENTIFIER, &[oid.as_bytes()]),
                        &encode(*string, &[content]),
                    ],
                );
                encode(tag::SET, &[&attribute])
            })
            .collect();
        let parts: Vec<&[u8]> = relative_names.iter().map(Vec::as_slice).collect();
        Name::from_der(&encode(tag::SEQUENCE, &parts)).unwrap()
    }

    #[test]
    fn the_most_specific_part_stands_first() {
        let name = name_of(&[
            ("2.5.4.6", PRINTABLE_STRING, b"DE"),
            ("2.5.4.10", UTF8_STRING, b"Acme, Inc."),
            ("2.5.4.3", UTF8_STRING, b"acme as2"),
        ]);
        assert_eq!(name.to_string(), "CN=acme as2,O=Acme\\, Inc.,C=DE");
        assert_eq!(name.common_name(), Some("acme as2"));
    }

    #[test]
    fn strings_of_all_types_are_read() {
        for (string, content) in [
            (UTF8_STRING, "Zoë".as_bytes()),
            (PRINTABLE_STRING, "Zoë".as_bytes()),
            (TELETEX_STRING, b"Zo\xeb"),
            (IA5_STRING, b"Zo\xeb"),
            (GENERAL_STRING, b"Zo\xeb"),
            (BMP_STRING, b"\0Z\0o\0\xeb"),
            (UNIVERSAL_STRING, b"\0\0\0Z\0\0\0o\0\0\0\xeb"),
        ] {
            let name = name_of(&[("2.5.4.3", string, content)]);
            assert_eq!(name.to_string(), "CN=Zoë", "{string:02x}");
        }
    }

    #[test]
    fn what_cannot_be_read_shows_in_hexadecimal_and_fails_nothing() {
        for (string, content, shown) in [
            (UTF8_STRING, &b"\xff"[..], "CN=#0c01ff"),
            (BMP_STRING, b"\0Z\0", "CN=#1e03005a00"),
            (UNIVERSAL_STRING, b"\0\x11\0\0", "CN=#1c0400110000"),
            (tag::INTEGER, b"\x05", "CN=#020105"),
            (0x1d, b"?", "CN=#1d013f"),
        ] {
            assert_eq!(name_of(&[("2.5.4.3", string, content)]).to_string(), shown);
        }
    }

    #[test]
    fn the_portable_form_has_nine_short_names_and_no_other() {
        let name = name_of(&[
            ("2.5.4.6", PRINTABLE_STRING, b"DE"),
            ("1.2.840.113549.1.9.1", IA5_STRING, b"a@b"),
            ("1.2.3.4", UTF8_STRING, b"x"),
        ]);
        assert_eq!(name.to_string(), "1.2.3.4=#0c0178,emailAddress=a@b,C=DE");
        assert_eq!(
            name.to_rfc4514_portable(),
            "1.2.3.4=#0c0178,1.2.840.113549.1.9.1=#1603614062,C=DE"
        );
    }

    #[test]
    fn special_and_control_characters_are_escaped() {
        let name = name_of(&[("2.5.4.3", UTF8_STRING, b" #\"+,;<>\\=\n\0 ")]);
        assert_eq!(
            name.to_string(),
            "CN=\\ #\\\"\\+\\,\\;\\<\\>\\\\=\\0A\\00\\ "
        );
        let turned = name_of(&[("2.5.4.3", UTF8_STRING, "a\u{202e}b\u{2028}".as_bytes())]);
        assert_eq!(turned.to_string(), "CN=a\\E2\\80\\AEb\\E2\\80\\A8");
        let hash = name_of(&[("2.5.4.3", UTF8_STRING, b"#1")]);
        assert_eq!(hash.to_string(), "CN=\\#1");
    }

    #[test]
    fn matching_ignores_string_type_case_and_blanks_but_not_order() {
        let name = name_of(&[("2.5.4.6", 0x13, b"DE"), ("2.5.4.3", 0x0c, b"Acme  AS2")]);
        let same = name_of(&[
            ("2.5.4.6", 0x0c, b"de"),
            ("2.5.4.3", 0x1e, b"\0a\0c\0m\0e\0 \0a\0s\x002"),
        ]);
        let swapped = name_of(&[("2.5.4.3", 0x0c, b"Acme AS2"), ("2.5.4.6", 0x13, b"DE")]);
        assert!(name.matches(&same));
        assert_ne!(name, same);
        assert!(!name.matches(&swapped));
    }

    #[test]
    fn the_form_that_is_compared_is_made_once_for_a_name_and_its_clones() {
        let name = name_of(&[("2.5.4.3", UTF8_STRING, b"Acme")]);
        let clone = name.clone();
        let made = name.canonical();
        assert!(core::ptr::eq(made, clone.canonical()));
        // Names of plain texts need no other form.
        let same = Name::from_der(name.as_der()).unwrap();
        let shouted = name_of(&[("2.5.4.3", PRINTABLE_STRING, b"ACME")]);
        assert!(same.matches(&name) && shouted.matches(&same));
        assert!(same.0.canonical.get().is_none());
    }

    #[test]
    fn names_that_match_are_one_key_and_stand_within_each_other() {
        use std::collections::HashSet;

        use crate::name_matching::MatchingName;

        let name = |text: &str| {
            let text = Name::parse(text).unwrap();
            text.to_name(crate::NameOrder::MostSpecificFirst).unwrap()
        };
        let (base, shouted) = (name("O=Acme,C=DE"), name("O=ACME,C=DE"));
        let below = name("CN=as2,O=acme,C=DE");
        let keys: HashSet<MatchingName> = [&base, &shouted, &below].map(Into::into).into();
        assert_eq!(keys.len(), 2);
        assert!(below.is_within(&base) && below.is_within(&shouted) && base.is_within(&shouted));
        assert!(!base.is_within(&below));
        assert!(!below.is_within(&name("O=Other,C=DE")));
    }

    #[test]
    fn who_wants_the_beginning_of_a_name_alone_is_not_written_the_rest() {
        struct Few(usize);
        impl fmt::Write for Few {
            fn write_str(&mut self, part: &str) -> fmt::Result {
                self.0 += part.len();
                if self.0 > 100 {
                    Err(fmt::Error)
                } else {
                    Ok(())
                }
            }
        }
        let text = "\u{202e}<b".repeat(10_000);
        for string in [UTF8_STRING, 0x04] {
            let name = name_of(&[("2.5.4.3", string, text.as_bytes())]);
            let mut few = Few(0);
            assert!(fmt::Write::write_fmt(&mut few, format_args!("{name}")).is_err());
            assert!(few.0 < 300, "{}", few.0);
        }
    }

    #[test]
    fn endless_names_are_refused() {
        let part: (&str, u8, &[u8]) = ("2.5.4.3", 0x0c, b"x");
        let attribute = encode(
            tag::SEQUENCE,
            &[&encode_oid(COMMON_NAME), &encode(part.1, &[part.2])],
        );
        let set = encode(tag::SET, &[&attribute]);
        let sets = vec![set.as_slice(); Name::MAX_ATTRIBUTES + 1];
        let error = Name::from_der(&encode(tag::SEQUENCE, &sets)).unwrap_err();
        assert_eq!(error.code(), "limit-exceeded");
    }
}
