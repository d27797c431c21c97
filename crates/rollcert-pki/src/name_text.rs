use der::asn1::ObjectIdentifier;

use crate::asn1::Reader;
use crate::name::{DESCRIPTORS, Name, decode_text, fold, hex_value};
use crate::name_builder::{NameBuildError, NameBuilder, NameValue};
use crate::oid::Oid;

/// A distinguished name in one of the text forms that products write, for finding the certificate
/// it means.
///
/// Read leniently: parts separated by commas or semicolons; types by short name, alias (`E`, `S`, …),
/// `OID.` or dotted identifier, in any case; values plain, escaped (RFC 4514 §2.4), quoted (RFC 2253 §4)
/// or `#` with hexadecimal octets; several attributes in one part joined by `+`. A part that does not
/// begin with `type=` belongs to the value before it, for some products escape no commas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameText {
    /// In the form that compares, each with its attributes sorted.
    relative_names: Vec<Vec<(Oid, String)>>,
    /// As written.
    written: Vec<Vec<(Oid, NameValue)>>,
}

/// In which order a text has the parts of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "there are two directions")]
pub enum NameOrder {
    /// As RFC 4514 §2.1 writes it, the most specific part first: `CN=…,O=…,C=…`.
    MostSpecificFirst,
    /// As it is encoded, the most general part first: `C=…, O=…, CN=…`, as OpenSSL shows it.
    MostGeneralFirst,
}

/// How a text agreed with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "callers rank the kinds of agreement"
)]
pub enum NameMatch {
    /// In the order of RFC 4514, but for spelling of types, case and blanks.
    Aliases,
    /// So too, but in the order of the encoding, the most general part first.
    Reversed,
    /// The same parts in another order.
    AnyOrder,
}

impl NameText {
    /// The most octets of text that are read.
    pub const MAX_LEN: usize = 16 * 1024;

    pub(crate) fn parse(text: &str) -> Result<Self, NameTextError> {
        if text.len() > Self::MAX_LEN {
            return Err(NameTextError::TooLong);
        }
        let mut relative_names: Vec<Vec<(Oid, String)>> = Vec::new();
        let mut written: Vec<Vec<(Oid, NameValue)>> = Vec::new();
        for piece in pieces(text)? {
            let attribute = (piece.oid.clone(), piece.value.canonical());
            let plain = (piece.oid, piece.value.written());
            match (relative_names.last_mut(), written.last_mut()) {
                (Some(last), Some(last_written)) if piece.joined => {
                    last.push(attribute);
                    last_written.push(plain);
                }
                _ => {
                    relative_names.push(vec![attribute]);
                    written.push(vec![plain]);
                }
            }
        }
        for attributes in &mut relative_names {
            attributes.sort();
        }
        Ok(Self {
            relative_names,
            written,
        })
    }

    /// The name that the text writes out, in the string types of [`NameBuilder`].
    ///
    /// # Errors
    ///
    /// [`NameBuildError`] for the first value that its attribute does not allow.
    pub fn to_name(&self, order: NameOrder) -> Result<Name, NameBuildError> {
        let add = |builder: NameBuilder, attributes: &Vec<(Oid, NameValue)>| {
            builder.relative_name(attributes.clone())
        };
        let parts = self.written.iter();
        match order {
            NameOrder::MostSpecificFirst => parts.rev().fold(NameBuilder::new(), add),
            NameOrder::MostGeneralFirst => parts.fold(NameBuilder::new(), add),
        }
        .build()
    }

    /// Whether the text means `name`, and how closely.
    #[must_use]
    pub fn matches(&self, name: &Name) -> Option<NameMatch> {
        let written: Vec<Vec<(Oid, String)>> = name.canonical().iter().rev().cloned().collect();
        if self.relative_names == written {
            return Some(NameMatch::Aliases);
        }
        if self.relative_names.iter().rev().eq(&written) {
            return Some(NameMatch::Reversed);
        }
        let sorted = |mut relative_names: Vec<Vec<(Oid, String)>>| {
            relative_names.sort();
            relative_names
        };
        (sorted(self.relative_names.clone()) == sorted(written)).then_some(NameMatch::AnyOrder)
    }

    /// Whether every attribute of the text stands in `name`, in whatever order; `name` may have more.
    ///
    /// Some products leave out the attributes whose types they do not know.
    #[must_use]
    pub fn is_part_of(&self, name: &Name) -> bool {
        let mut left: Vec<&(Oid, String)> = name.canonical().iter().flatten().collect();
        self.relative_names.iter().flatten().all(|wanted| {
            let place = left.iter().position(|attribute| *attribute == wanted);
            place.map(|place| left.swap_remove(place)).is_some()
        })
    }
}

/// Why a text is no distinguished name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameTextError {
    /// The text is longer than [`NameText::MAX_LEN`].
    #[error("name longer than {} octets", NameText::MAX_LEN)]
    TooLong,
    /// No `type=value` stands at the beginning.
    #[error("expected an attribute type and '=' at the beginning of the name")]
    NoAttribute,
    /// A quotation does not end.
    #[error("quotation in a name does not end")]
    Quotation,
    /// A backslash is followed by nothing, or by octets that are no UTF-8.
    #[error("incomplete escape in a name")]
    Escape,
}

impl NameTextError {
    /// A stable name for this kind of fault.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLong => "too-long",
            Self::NoAttribute => "no-attribute",
            Self::Quotation => "open-quotation",
            Self::Escape => "bad-escape",
        }
    }
}

/// One attribute as written.
struct Piece {
    oid: Oid,
    value: Value,
    /// Whether `+` joins it to the one before.
    joined: bool,
}

/// A value under construction.
#[derive(Default)]
struct Value {
    octets: Vec<u8>,
    /// Whether any part was escaped or quoted, so that a leading `#` is no sign of hexadecimal.
    literal: bool,
    /// How many octets stand before and within what was escaped or quoted: blanks after these do not count.
    kept: usize,
}

impl Value {
    /// What `#` and hexadecimal digits stand for (RFC 4514 §2.4).
    fn hexadecimal(&self) -> Option<Vec<u8>> {
        let text = core::str::from_utf8(&self.octets).ok()?;
        let digits = (!self.literal).then(|| text.trim().strip_prefix('#'))??;
        hex::decode(digits).ok()
    }

    /// The value as it was meant.
    fn written(&self) -> NameValue {
        if let Some(octets) = self.hexadecimal() {
            return NameValue::Der(octets);
        }
        let text = String::from_utf8_lossy(&self.octets);
        let (kept, rest) = text.split_at_checked(self.kept).unwrap_or((&text, ""));
        NameValue::Text(format!("{kept}{}", rest.trim_ascii_end()))
    }

    /// The form that [`Name::canonical`] compares.
    fn canonical(&self) -> String {
        let Some(octets) = self.hexadecimal() else {
            return fold(&String::from_utf8_lossy(&self.octets));
        };
        let mut reader = Reader::new(&octets);
        match reader.opaque() {
            Ok(element) if reader.is_empty() => {
                decode_text(&element).map_or_else(|| hex_value(&octets), |text| fold(&text))
            }
            _ => hex_value(&octets),
        }
    }
}

/// Splits at separators that are neither escaped nor quoted.
fn pieces(text: &str) -> Result<Vec<Piece>, NameTextError> {
    let mut pieces: Vec<Piece> = Vec::new();
    // A blank at the end may be escaped; those that are not, comparing drops.
    let mut rest = text.trim_start();
    let mut separator = None;
    loop {
        match attribute_type(rest) {
            Some((oid, after)) => {
                rest = after;
                let joined = separator == Some('+');
                pieces.push(Piece {
                    oid,
                    value: Value::default(),
                    joined,
                });
            }
            None if rest.trim().is_empty() && !pieces.is_empty() => return Ok(pieces),
            None => {
                // What a product forgot to escape goes on with the value.
                let piece = pieces.last_mut().ok_or(NameTextError::NoAttribute)?;
                piece
                    .value
                    .octets
                    .extend(separator.map_or(Some(b','), |c| u8::try_from(c).ok()));
            }
        }
        let value = &mut pieces.last_mut().ok_or(NameTextError::NoAttribute)?.value;
        let (found, after) = read_value(rest, value)?;
        match found {
            None => return Ok(pieces),
            Some(found) => {
                separator = Some(found);
                rest = after;
            }
        }
    }
}

/// `type=` at the beginning of `text`, and what follows.
fn attribute_type(text: &str) -> Option<(Oid, &str)> {
    let (keyword, rest) = text.split_once('=')?;
    let keyword = keyword.trim();
    let known = |keyword: &str| {
        DESCRIPTORS
            .iter()
            .chain(&ALIASES)
            .find(|(name, _)| name.eq_ignore_ascii_case(keyword))
            .map(|(_, oid)| Oid::from(*oid))
    };
    let dotted = |keyword: &str| {
        let digits = match keyword.split_at_checked(4) {
            Some((prefix, digits)) if prefix.eq_ignore_ascii_case("OID.") => digits,
            _ => keyword,
        };
        Oid::from_dotted(digits)
    };
    Some((
        known(keyword).or_else(|| dotted(keyword))?,
        // Other blanks than those of ASCII are part of the value.
        rest.trim_ascii_start(),
    ))
}

/// Reads into `value` up to a separator; returns it, and what follows.
fn read_value<'a>(
    text: &'a str,
    value: &mut Value,
) -> Result<(Option<char>, &'a str), NameTextError> {
    let mut quoted = false;
    let mut characters = text.chars();
    let mut utf8 = [0; 4];
    while let Some(character) = characters.next() {
        match character {
            '"' => {
                quoted = !quoted;
                value.literal = true;
                value.kept = value.octets.len();
            }
            '\\' => {
                value.literal = true;
                let after = characters.as_str();
                let octet = after
                    .get(..2)
                    .and_then(|digits| hex::decode(digits).ok())
                    .and_then(|octets| octets.first().copied());
                if let Some(octet) = octet {
                    value.octets.push(octet);
                    characters = after.get(2..).unwrap_or_default().chars();
                } else {
                    let escaped = characters.next().ok_or(NameTextError::Escape)?;
                    value.octets.extend(escaped.encode_utf8(&mut utf8).bytes());
                }
                value.kept = value.octets.len();
            }
            ',' | ';' | '+' if !quoted => {
                let rest = characters.as_str();
                // A plus sign joins attributes only where one follows: "Acme R+D" is a name.
                if character == '+' && attribute_type(rest).is_none() {
                    value.octets.push(b'+');
                    continue;
                }
                return check_utf8(value).map(|()| (Some(character), rest));
            }
            _ => value
                .octets
                .extend(character.encode_utf8(&mut utf8).bytes()),
        }
    }
    if quoted {
        return Err(NameTextError::Quotation);
    }
    check_utf8(value).map(|()| (None, ""))
}

fn check_utf8(value: &Value) -> Result<(), NameTextError> {
    core::str::from_utf8(&value.octets)
        .map(|_| ())
        .map_err(|_| NameTextError::Escape)
}

/// Further spellings that products write: Java, Bouncy Castle, Microsoft, OpenSSL.
const ALIASES: [(&str, ObjectIdentifier); 20] = [
    ("E", oid("1.2.840.113549.1.9.1")),
    ("EMAIL", oid("1.2.840.113549.1.9.1")),
    ("S", oid("2.5.4.8")),
    ("SP", oid("2.5.4.8")),
    ("commonName", oid("2.5.4.3")),
    ("surname", oid("2.5.4.4")),
    ("countryName", oid("2.5.4.6")),
    ("localityName", oid("2.5.4.7")),
    ("stateOrProvinceName", oid("2.5.4.8")),
    ("streetAddress", oid("2.5.4.9")),
    ("organizationName", oid("2.5.4.10")),
    ("organizationalUnitName", oid("2.5.4.11")),
    ("T", oid("2.5.4.12")),
    ("G", oid("2.5.4.42")),
    ("GN", oid("2.5.4.42")),
    ("I", oid("2.5.4.43")),
    ("GENERATION", oid("2.5.4.44")),
    ("DNQ", oid("2.5.4.46")),
    ("domainComponent", oid("0.9.2342.19200300.100.1.25")),
    ("userId", oid("0.9.2342.19200300.100.1.1")),
];

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::name::tests::name_of;

    fn acme() -> Name {
        name_of(&[
            ("2.5.4.6", 0x13, b"DE"),
            ("2.5.4.8", 0x0c, b"Bayern"),
            ("2.5.4.10", 0x0c, b"Acme, Inc."),
            ("2.5.4.3", 0x0c, b"acme as2"),
            ("1.2.840.113549.1.9.1", 0x16, b"edi@acme.example"),
        ])
    }

    fn matches(text: &str) -> Option<NameMatch> {
        Name::parse(text).unwrap().matches(&acme())
    }

    #[test]
    fn every_spelling_of_the_standard_order_matches() {
        for text in [
            "emailAddress=edi@acme.example,CN=acme as2,O=Acme\\, Inc.,ST=Bayern,C=DE",
            "E=edi@acme.example; CN=acme as2; O=\"Acme, Inc.\"; S=Bayern; C=DE",
            "EMAILADDRESS=EDI@acme.example, cn = Acme  AS2 , O=Acme\\2C Inc., st=bayern, c=de",
            "1.2.840.113549.1.9.1=#16106564694061636d652e6578616d706c65,OID.2.5.4.3=acme as2,O=Acme, Inc.,S=Bayern,C=DE",
        ] {
            assert_eq!(matches(text), Some(NameMatch::Aliases), "{text}");
        }
    }

    #[test]
    fn reversed_and_mixed_order_are_told_apart() {
        let reversed = "C=DE,ST=Bayern,O=Acme\\, Inc.,CN=acme as2,E=edi@acme.example";
        assert_eq!(matches(reversed), Some(NameMatch::Reversed));
        let mixed = "CN=acme as2,O=Acme\\, Inc.,C=DE,ST=Bayern,E=edi@acme.example";
        assert_eq!(matches(mixed), Some(NameMatch::AnyOrder));
    }

    #[test]
    fn another_name_does_not_match() {
        for text in [
            "CN=acme as2",
            "E=edi@acme.example,CN=acme as3,O=Acme\\, Inc.,ST=Bayern,C=DE",
            "E=edi@acme.example,OU=acme as2,O=Acme\\, Inc.,ST=Bayern,C=DE",
            "E=edi@acme.example,CN=acme as2,CN=acme as2,O=Acme\\, Inc.,ST=Bayern,C=DE",
            "E=edi@acme.example+CN=acme as2,O=Acme\\, Inc.,ST=Bayern,C=DE",
        ] {
            assert_eq!(matches(text), None, "{text}");
        }
    }

    #[test]
    fn a_text_with_parts_left_out_is_part_of_the_name() {
        let is_part = |text: &str| Name::parse(text).unwrap().is_part_of(&acme());
        for text in [
            "CN=acme as2,O=Acme\\, Inc.,C=DE",
            "c=de, cn = ACME  as2",
            "E=edi@acme.example,CN=acme as2,O=Acme\\, Inc.,ST=Bayern,C=DE",
        ] {
            assert!(is_part(text), "{text}");
        }
        for text in ["CN=acme as3,C=DE", "CN=acme as2,CN=acme as2", "OU=EDI"] {
            assert!(!is_part(text), "{text}");
        }
    }

    #[test]
    fn what_is_no_name_says_why() {
        for (text, error) in [
            ("", NameTextError::NoAttribute),
            ("acme", NameTextError::NoAttribute),
            ("FOO=acme", NameTextError::NoAttribute),
            ("CN=\"acme", NameTextError::Quotation),
            ("CN=acme\\", NameTextError::Escape),
            ("CN=\\ff", NameTextError::Escape),
        ] {
            assert_eq!(Name::parse(text), Err(error), "{text}");
        }
        let endless = format!("CN={}", "x".repeat(NameText::MAX_LEN));
        assert_eq!(Name::parse(&endless), Err(NameTextError::TooLong));
    }

    #[test]
    fn plus_joins_attributes_only_before_one() {
        let name = name_of(&[("2.5.4.10", 0x0c, b"Acme R+D")]);
        assert_eq!(
            Name::parse("O=Acme R+D").unwrap().matches(&name),
            Some(NameMatch::Aliases)
        );
    }

    #[test]
    fn a_text_is_written_out_as_a_name() {
        let text = "E=edi@acme.example; CN=acme\\20as2 ; O=\"Acme, Inc.\" ; S=Bayern; C=DE";
        let parsed = Name::parse(text).unwrap();
        let name = parsed.to_name(NameOrder::MostSpecificFirst).unwrap();
        assert_eq!(
            name.to_string(),
            "emailAddress=edi@acme.example,CN=acme as2,O=Acme\\, Inc.,ST=Bayern,C=DE"
        );
        let turned = parsed.to_name(NameOrder::MostGeneralFirst).unwrap();
        assert_eq!(
            turned.to_string(),
            "C=DE,ST=Bayern,O=Acme\\, Inc.,CN=acme as2,emailAddress=edi@acme.example"
        );
        let several = Name::parse("CN=a+OU=b,2.5.4.10=#0c0163").unwrap();
        let several = several.to_name(NameOrder::MostSpecificFirst).unwrap();
        assert_eq!(several.to_string(), "OU=b+CN=a,O=c");
        let en_quad = Name::builder().organization("\u{2000}").build().unwrap();
        let shown = Name::parse(&en_quad.to_string()).unwrap();
        assert_eq!(shown.to_name(NameOrder::MostSpecificFirst), Ok(en_quad));
        let no_der = Name::parse("O=#0c05").unwrap();
        assert_eq!(
            no_der.to_name(NameOrder::MostSpecificFirst),
            Err(NameBuildError::NotDer)
        );
    }

    proptest! {
        #[test]
        fn what_a_name_shows_is_written_out_as_the_same_name(
            common_name in "\\PC{1,20}|[ #\"+,;<>=\\\\\n]{1,6}",
            organization in "\\PC{1,20}",
        ) {
            let name = Name::builder()
                .organization(&organization)
                .common_name(&common_name)
                .build()
                .unwrap();
            let shown = Name::parse(&name.to_string()).unwrap();
            prop_assert_eq!(shown.to_name(NameOrder::MostSpecificFirst), Ok(name));
        }

        #[test]
        fn a_name_matches_what_it_shows(
            parts in prop::collection::vec(
                (
                    prop::sample::select(vec![
                        "2.5.4.3", "2.5.4.10", "2.5.4.6", "1.2.840.113549.1.9.1", "1.2.3.4",
                        "2.2233.38.19200281.1.44.100", "2.25.340282366920938463463374607431768211455",
                    ]),
                    "\\PC{0,12}|[ #\"+,;<>=\\\\\n]{0,6}",
                ),
                1..6,
            ),
        ) {
            let parts: Vec<(&str, u8, &[u8])> =
                parts.iter().map(|(oid, text)| (*oid, 0x0c, text.as_bytes())).collect();
            let name = name_of(&parts);
            for text in [name.to_string(), name.to_rfc4514_portable()] {
                prop_assert_eq!(
                    Name::parse(&text).unwrap().matches(&name),
                    Some(NameMatch::Aliases),
                    "{}", text
                );
            }
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,40}|[CNO=,;+\\\\\"# a]{0,40}") {
            drop(Name::parse(&text));
        }
    }
}
