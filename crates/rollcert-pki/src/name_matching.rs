use crate::asn1::{Element, OpaqueElement, Reader};
use crate::name::{
    IA5_STRING, NUMERIC_STRING, Name, PRINTABLE_STRING, UTF8_STRING, VISIBLE_STRING,
};

/// A name as the key of a map: equal, and hashed alike, where names match (RFC 5280 §7.1).
#[derive(Clone, Debug)]
pub struct MatchingName(Name);

impl MatchingName {
    /// The name as it is written.
    #[must_use]
    pub const fn name(&self) -> &Name {
        &self.0
    }
}

impl From<&Name> for MatchingName {
    fn from(name: &Name) -> Self {
        Self(name.clone())
    }
}

impl PartialEq for MatchingName {
    fn eq(&self, other: &Self) -> bool {
        self.0.matches(&other.0)
    }
}

impl Eq for MatchingName {}

impl core::hash::Hash for MatchingName {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.0.canonical().hash(state);
    }
}

/// Whether two names in DER match (RFC 5280 §7.1), where that can be told without decoding them; nothing where it cannot.
///
/// Nearly all names have one attribute in each part, and texts of ASCII: to compare these costs no memory.
pub(crate) fn match_as_written(one: &[u8], another: &[u8]) -> Option<bool> {
    let (mut one, mut another) = (parts(one)?, parts(another)?);
    loop {
        match (one.is_empty(), another.is_empty()) {
            (true, true) => return Some(true),
            // A part without attributes says nothing.
            (true, false) => return single(&another.element().ok()?).map(|_| false),
            (false, true) => return single(&one.element().ok()?).map(|_| false),
            (false, false) => {}
        }
        let (part, other_part) = (one.element().ok()?, another.element().ok()?);
        if part.raw() == other_part.raw() {
            continue;
        }
        let ((kind, value), (other_kind, other)) = (single(&part)?, single(&other_part)?);
        if kind != other_kind || !values_match(&value, &other)? {
            return Some(false);
        }
    }
}

fn parts(name: &[u8]) -> Option<Reader<'_>> {
    Some(Element::parse(name).ok()?.reader())
}

/// Type and value of a part, if it has one attribute.
fn single<'a>(part: &Element<'a>) -> Option<(&'a [u8], OpaqueElement<'a>)> {
    let mut attributes = part.reader();
    let mut fields = attributes.element().ok()?.reader();
    let kind = fields.element().ok()?.content();
    let value = fields.opaque().ok()?;
    attributes.is_empty().then_some((kind, value))
}

fn values_match(one: &OpaqueElement<'_>, another: &OpaqueElement<'_>) -> Option<bool> {
    if one.raw() == another.raw() {
        return Some(true);
    }
    let mut words = ascii_text(another)?.split_whitespace();
    let is_begun = ascii_text(one)?.split_whitespace().all(|word| {
        words
            .next()
            .is_some_and(|other| word.eq_ignore_ascii_case(other))
    });
    Some(is_begun && words.next().is_none())
}

/// A text in which every octet is a character, whatever the type says.
fn ascii_text<'a>(value: &OpaqueElement<'a>) -> Option<&'a str> {
    let is_string = matches!(
        value.identifier(),
        UTF8_STRING | NUMERIC_STRING | PRINTABLE_STRING | IA5_STRING | VISIBLE_STRING
    );
    let text = core::str::from_utf8(value.content()).ok()?;
    (is_string && text.is_ascii()).then_some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::asn1::{encode, tag};

    /// A name of parts, each a list of attributes: the last arc of the type, the tag of the value, the value.
    fn name(parts: &[Vec<(u8, u8, String)>]) -> Name {
        let sets = parts.iter().map(|attributes| {
            let attributes = attributes.iter().map(|(arc, tag, text)| {
                let kind = encode(tag::OBJECT_IDENTIFIER, &[&[0x55, 4, *arc]]);
                encode(tag::SEQUENCE, &[&kind, &encode(*tag, &[text.as_bytes()])])
            });
            encode(tag::SET, &[&attributes.collect::<Vec<_>>().concat()])
        });
        let sets: Vec<_> = sets.collect();
        Name::from_der(&encode(tag::SEQUENCE, &[&sets.concat()])).unwrap()
    }

    fn parts() -> impl Strategy<Value = Vec<Vec<(u8, u8, String)>>> {
        let text =
            prop::sample::select(vec!["a", "A", " a", "a  b", "A B", "\u{b}a", "", "\u{e4}"]);
        let tag = prop::sample::select(vec![UTF8_STRING, PRINTABLE_STRING, IA5_STRING, 0x1e, 0x04]);
        let attribute = (3_u8..5, tag, text.prop_map(str::to_owned));
        prop::collection::vec(prop::collection::vec(attribute, 0..3), 0..3)
    }

    proptest! {
        #[test]
        fn what_is_told_without_decoding_is_what_decoding_tells(one in parts(), another in parts()) {
            let (one, another) = (name(&one), name(&another));
            if let Some(told) = match_as_written(one.as_der(), another.as_der()) {
                prop_assert_eq!(told, one.canonical() == another.canonical());
            }
            prop_assert_eq!(one.matches(&another), one.canonical() == another.canonical());
        }
    }

    #[test]
    fn names_as_nearly_all_are_need_no_decoding() {
        let common = |tag, text: &str| vec![(3, tag, text.to_owned())];
        let base = name(&[common(PRINTABLE_STRING, "Acme EDI")]);
        for (other, matches) in [
            (vec![common(UTF8_STRING, " acme  edi ")], true),
            (vec![common(UTF8_STRING, "acme as2")], false),
            (
                vec![common(UTF8_STRING, "acme edi"), common(UTF8_STRING, "x")],
                false,
            ),
            (vec![], false),
        ] {
            let told = match_as_written(base.as_der(), name(&other).as_der());
            assert_eq!(told, Some(matches));
        }
    }
}
