//! XML, in and out: a bounded reader without DTD, and a small escaping writer.

mod input;
mod output;

pub use input::{XmlError, XmlErrorKind};

pub(crate) use input::{check_encoding, open};
pub(crate) use output::{Writer, is_xml_text, replace_forbidden};

/// Whether the schema counts `character` as white space (XML 1.0 §2.3, `S`).
pub(crate) const fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

/// `text` without the white space around it, as the schema's `collapse` facet reads it.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}
