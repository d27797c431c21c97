//! Writing XML: elements, attributes and text, escaped so that a reader gets the same text back.

/// Whether XML 1.0 can carry every character of `text` (XML 1.0 §2.2, `Char`).
pub(crate) fn is_xml_text(text: &str) -> bool {
    text.chars().all(is_xml_character)
}

/// `text` with U+FFFD in the place of each character that XML cannot carry.
///
/// For words meant for people, where a mark in place of a control character serves better than no answer.
pub(crate) fn replace_forbidden(text: &str) -> String {
    text.chars()
        .map(|character| {
            if is_xml_character(character) {
                character
            } else {
                char::REPLACEMENT_CHARACTER
            }
        })
        .collect()
}

const fn is_xml_character(character: char) -> bool {
    matches!(
        character,
        '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}'
    )
}

/// Appends elements to a document, each on a line of its own.
///
/// Text and attribute values must hold XML characters only: the callers refuse or replace the others.
#[derive(Debug)]
pub(crate) struct Writer {
    text: String,
    open: Vec<&'static str>,
}

impl Writer {
    /// A document that declares itself UTF-8.
    pub(crate) fn new() -> Self {
        Self {
            text: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(),
            open: Vec::new(),
        }
    }

    /// Opens an element that will hold elements.
    pub(crate) fn open(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        self.start(name, attributes);
        self.text.push('\n');
        self.open.push(name);
    }

    /// Writes an element that holds text, and no white space that is not part of it.
    pub(crate) fn leaf(&mut self, name: &'static str, attributes: &[(&str, &str)], text: &str) {
        self.start(name, attributes);
        self.escape(text, Place::Text);
        self.end(name);
    }

    /// Closes the element that was opened last.
    pub(crate) fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            self.indent();
            self.end(name);
        }
    }

    /// Closes what is still open and returns the document.
    pub(crate) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.text
    }

    fn start(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.indent();
        self.text.push('<');
        self.text.push_str(name);
        for (attribute, value) in attributes {
            self.text.push(' ');
            self.text.push_str(attribute);
            self.text.push_str("=\"");
            self.escape(value, Place::Attribute);
            self.text.push('"');
        }
        self.text.push('>');
    }

    fn end(&mut self, name: &str) {
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push_str(">\n");
    }

    fn indent(&mut self) {
        for _ in &self.open {
            self.text.push_str("  ");
        }
    }

    fn escape(&mut self, text: &str, place: Place) {
        for character in text.chars() {
            match (character, place) {
                ('&', _) => self.text.push_str("&amp;"),
                ('<', _) => self.text.push_str("&lt;"),
                // Not needed but after `]]`, where a bare one ends a section that never began.
                ('>', _) => self.text.push_str("&gt;"),
                // XML 1.0 §2.11: a bare carriage return reads back as a line feed.
                ('\r', _) => self.text.push_str("&#13;"),
                // XML 1.0 §3.3.3: bare white space in an attribute reads back as blanks.
                ('\n', Place::Attribute) => self.text.push_str("&#10;"),
                ('\t', Place::Attribute) => self.text.push_str("&#9;"),
                ('"', Place::Attribute) => self.text.push_str("&quot;"),
                _ => self.text.push(character),
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Text,
    Attribute,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        // Whatever stands in a name or a reason, the reader gets it back, and nothing more.
        #[test]
        fn h20_text_and_attributes_read_back_as_they_were(text in ".{0,40}|[\r\n\t\"'<>&\\]]{0,12}") {
            let text = replace_forbidden(&text);
            let mut writer = Writer::new();
            writer.open("root", &[("attribute", &text)]);
            writer.leaf("leaf", &[], &text);
            let document = writer.finish();
            let (attribute, leaf) = crate::xml::open(
                document.as_bytes(),
                &Limits::default(),
                |tree| {
                    let root = tree.root_element();
                    (
                        root.attribute("attribute").unwrap().to_owned(),
                        root.first_element_child().unwrap().text().unwrap_or_default().to_owned(),
                    )
                },
            )
            .unwrap();
            prop_assert_eq!(attribute, text.clone());
            prop_assert_eq!(leaf, text);
        }
    }

    #[test]
    fn h20_characters_that_xml_cannot_carry_are_marked() {
        assert!(!is_xml_text("a\0b"));
        assert!(!is_xml_text("\u{FFFE}"));
        assert_eq!(replace_forbidden("a\u{1b}[31mb\r\n"), "a\u{FFFD}[31mb\r\n");
    }
}
