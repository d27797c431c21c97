//! Opening an XML document that a stranger wrote.

use roxmltree::{Document, ParsingOptions, TextPos};

use crate::Limits;

/// Why octets are not an XML document that is read here, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at octet {offset} of the XML")]
pub struct XmlError {
    kind: XmlErrorKind,
    offset: usize,
}

impl XmlError {
    /// What was wrong.
    #[must_use]
    pub const fn kind(self) -> XmlErrorKind {
        self.kind
    }

    /// Where, in octets from the start of the decoded XML part. Zero where no place is known.
    #[must_use]
    pub const fn offset(self) -> usize {
        self.offset
    }

    /// A stable name for this kind of fault.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self.kind {
            XmlErrorKind::Empty => "xml-empty",
            XmlErrorKind::Encoding => "xml-encoding",
            XmlErrorKind::NotUtf8 => "xml-not-utf-8",
            XmlErrorKind::Doctype => "xml-doctype",
            XmlErrorKind::Character => "xml-character",
            XmlErrorKind::NotWellFormed { .. } => "xml-not-well-formed",
            XmlErrorKind::Limit { .. } => "limit-exceeded",
        }
    }

    const fn new(kind: XmlErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }
}

/// What can be wrong with an XML document before its meaning is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum XmlErrorKind {
    /// There is nothing in it.
    #[error("no document")]
    Empty,
    /// The document is in another encoding than UTF-8, by its first octets or by its own word.
    #[error("an encoding other than UTF-8")]
    Encoding,
    /// The octets are not UTF-8.
    #[error("octets that are not UTF-8")]
    NotUtf8,
    /// A document type declaration: no message needs one, and entities are a known weapon.
    #[error("a document type declaration")]
    Doctype,
    /// A character that XML 1.0 does not allow, NUL among them.
    #[error("a character that XML does not allow")]
    Character,
    /// The document is not well-formed.
    #[error("not well-formed: {what}")]
    NotWellFormed {
        /// Which rule of XML, in words.
        what: &'static str,
    },
    /// A limit of the caller's was reached.
    #[error("more than {limit} {what}")]
    Limit {
        /// What was counted.
        what: &'static str,
        /// How many were allowed.
        limit: usize,
    },
}

/// The text of the XML part in `octets`, measured against `limits` before a tree is built of it,
/// and the tree.
///
/// The tree borrows the text, so the caller's closure gets to see it.
pub(crate) fn open<T>(
    octets: &[u8],
    limits: &Limits,
    read: impl FnOnce(&Document<'_>) -> T,
) -> Result<T, XmlError> {
    if octets.len() > limits.xml_octets {
        return Err(limit("octets", limits.xml_octets, limits.xml_octets));
    }
    let text = decode(octets)?;
    // A byte order mark is tolerated: it says nothing that the octets after it do not.
    let bom = octets.len().saturating_sub(text.len());
    let place = |mut error: XmlError| {
        error.offset = error.offset.saturating_add(bom);
        error
    };
    declared_encoding(text).map_err(place)?;
    measure(text, limits).map_err(place)?;
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: u32::try_from(limits.xml_nodes).unwrap_or(u32::MAX),
        ..ParsingOptions::default()
    };
    let tree = Document::parse_with_options(text, options)
        .map_err(|error| place(translate(&error, text, limits)))?;
    Ok(read(&tree))
}

/// The text of the document, without its byte order mark.
fn decode(octets: &[u8]) -> Result<&str, XmlError> {
    // XML 1.0 appendix F: what the first octets give away. UTF-32 shows as NULs beside these marks.
    if octets.starts_with(&[0xFE, 0xFF])
        || octets.starts_with(&[0xFF, 0xFE])
        || octets.starts_with(&[0x00, b'<'])
        || octets.starts_with(&[b'<', 0x00])
        || octets.starts_with(&[0x00, 0x00])
    {
        return Err(XmlError::new(XmlErrorKind::Encoding, 0));
    }
    let text = core::str::from_utf8(octets)
        .map_err(|error| XmlError::new(XmlErrorKind::NotUtf8, error.valid_up_to()))?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    if super::trim(text).is_empty() {
        return Err(XmlError::new(XmlErrorKind::Empty, 0));
    }
    Ok(text)
}

/// Refuses a document that declares another encoding than the one that it is read in: somebody else
/// who believes the declaration would read another message.
fn declared_encoding(text: &str) -> Result<(), XmlError> {
    let Some(declaration) = text
        .strip_prefix("<?xml")
        .filter(|rest| rest.starts_with(super::is_space))
        .and_then(|rest| rest.split_once("?>"))
        .map(|(declaration, _)| declaration)
    else {
        return Ok(());
    };
    let Some((_, value)) = declaration.split_once("encoding") else {
        return Ok(());
    };
    let value = super::trim(value)
        .strip_prefix('=')
        .map_or("", super::trim)
        .trim_start_matches(['"', '\''])
        .split(['"', '\''])
        .next()
        .unwrap_or_default();
    check_encoding(value, text.as_bytes())
}

/// Whether `octets`, in the encoding of this name, are the text that they are in UTF-8.
///
/// That is so for UTF-8, and for ASCII alone in the encodings that hold it as it is. UTF-7 and UTF-16 do not.
pub(crate) fn check_encoding(name: &str, octets: &[u8]) -> Result<(), XmlError> {
    let is = |known: &str| known.eq_ignore_ascii_case(name);
    let holds_ascii = || {
        is("us-ascii")
            || is("windows-1252")
            || name
                .split_at_checked(9)
                .is_some_and(|(family, _)| family.eq_ignore_ascii_case("iso-8859-"))
    };
    if is("utf-8") || (octets.is_ascii() && holds_ascii()) {
        Ok(())
    } else {
        Err(XmlError::new(XmlErrorKind::Encoding, 0))
    }
}

/// Counts depth, attributes and namespaces before a tree is built: the parser compares the attributes of one
/// element pair by pair, and an element that declares a namespace with all that are in scope, so their numbers have
/// to be bounded beforehand.
///
/// This need not understand everything. Up to the first place where this count and a true parser
/// could see different tags, the document is well-formed, and at that place the parser stops.
fn measure(text: &str, limits: &Limits) -> Result<(), XmlError> {
    // The parser looks at declarations while it reads a tag, even one that never ends, so tags are not waited for.
    if let Some((offset, _)) = text.match_indices("xmlns").nth(limits.xml_namespaces) {
        return Err(limit(
            "namespace declarations",
            limits.xml_namespaces,
            offset,
        ));
    }
    let mut depth = 0_usize;
    let mut rest = text;
    while let Some((_, tail)) = rest.find('<').and_then(|at| rest.split_at_checked(at)) {
        let offset = text.len().saturating_sub(tail.len());
        let skipped = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")]
            .into_iter()
            .find_map(|(open, close)| Some((tail.strip_prefix(open)?, close)));
        if let Some((inner, close)) = skipped {
            match inner.split_once(close) {
                Some((_, after)) => rest = after,
                None => break,
            }
            continue;
        }
        if tail.starts_with("<!DOCTYPE") {
            return Err(XmlError::new(XmlErrorKind::Doctype, offset));
        }
        let Some(tag) = Tag::read(tail) else { break };
        if tag.attributes > limits.xml_attributes {
            return Err(limit("attributes", limits.xml_attributes, offset));
        }
        if tag.closes {
            depth = depth.saturating_sub(1);
        } else if !tag.empty {
            depth = depth.saturating_add(1);
        }
        if depth > limits.xml_depth {
            return Err(limit("levels of elements", limits.xml_depth, offset));
        }
        rest = tail.get(tag.length..).unwrap_or_default();
    }
    Ok(())
}

/// One tag, as far as it must be known to be counted.
struct Tag {
    length: usize,
    attributes: usize,
    closes: bool,
    empty: bool,
}

impl Tag {
    fn read(text: &str) -> Option<Self> {
        let mut quote = None;
        let mut attributes = 0_usize;
        let mut before = b'<';
        for (at, octet) in text.bytes().enumerate() {
            match (quote, octet) {
                (None, b'>') => {
                    return Some(Self {
                        length: at.saturating_add(1),
                        attributes,
                        closes: text.starts_with("</"),
                        empty: before == b'/',
                    });
                }
                (None, b'"' | b'\'') => quote = Some(octet),
                (Some(open), _) if open == octet => {
                    quote = None;
                    attributes = attributes.saturating_add(1);
                }
                _ => {}
            }
            before = octet;
        }
        None
    }
}

/// The parser's complaint in our words: its own quote the document.
fn translate(error: &roxmltree::Error, text: &str, limits: &Limits) -> XmlError {
    use roxmltree::Error;

    let what = match error {
        Error::DtdDetected | Error::InvalidExternalID(_) => {
            return XmlError::new(XmlErrorKind::Doctype, 0);
        }
        Error::NodesLimitReached => return limit("nodes", limits.xml_nodes, 0),
        Error::NonXmlChar(_, position) => {
            return XmlError::new(XmlErrorKind::Character, offset(text, *position));
        }
        Error::UnknownEntityReference(..) => "a reference to an entity that is not declared",
        Error::MalformedEntityReference(_) => "an ampersand that begins no reference",
        Error::InvalidAttributeValue(_) => "a less-than sign in an attribute",
        Error::DuplicatedAttribute(..) => "an attribute given twice",
        Error::DuplicatedNamespace(..) => "a namespace prefix declared twice",
        Error::UnknownNamespace(..) => "a namespace prefix that is not declared",
        Error::UnexpectedCloseTag(..) => "an end tag that closes another element",
        Error::NoRootNode => "no element",
        Error::UnclosedRootNode => "an element that is never closed",
        Error::UnexpectedDeclaration(_) => "an XML declaration that is not at the start",
        Error::InvalidName(_) => "a name that is none",
        Error::InvalidComment(_) => "a comment with two hyphens in it",
        Error::InvalidCharacterData(_) => "the end of a CDATA section outside of one",
        Error::UnexpectedEndOfStream => "the document ends too early",
        _ => "a syntax error",
    };
    XmlError::new(
        XmlErrorKind::NotWellFormed { what },
        offset(text, error.pos()),
    )
}

/// The octet at a row and column, which the parser counts in characters from 1.
fn offset(text: &str, position: TextPos) -> usize {
    let index = |count: u32| {
        usize::try_from(count)
            .unwrap_or(usize::MAX)
            .saturating_sub(1)
    };
    let mut row_start = 0_usize;
    for line in text.split_inclusive('\n').take(index(position.row)) {
        row_start = row_start.saturating_add(line.len());
    }
    let in_row: usize = text
        .get(row_start..)
        .unwrap_or_default()
        .chars()
        .take(index(position.col))
        .map(char::len_utf8)
        .sum();
    row_start.saturating_add(in_row)
}

const fn limit(what: &'static str, limit: usize, offset: usize) -> XmlError {
    XmlError::new(XmlErrorKind::Limit { what, limit }, offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(octets: &[u8]) -> Result<(), XmlErrorKind> {
        open(octets, &Limits::default(), |_| ()).map_err(XmlError::kind)
    }

    #[test]
    fn plain_documents_are_opened() {
        for document in [
            "<a/>",
            "\u{FEFF}<a/>",
            "<?xml version=\"1.0\"?><a b='>'><!-- <c> --><![CDATA[<d>]]></a>",
            "<?xml version='1.0' encoding='utf-8' standalone='yes'?>\n<a/>",
            "<?xml version='1.0' encoding='ISO-8859-15'?>\n<a/>",
            "<?xml version='1.0' encoding=\"us-ascii\"?>\n<a/>",
        ] {
            assert_eq!(kind(document.as_bytes()), Ok(()), "{document}");
        }
    }

    #[test]
    fn h5_other_encodings_are_refused_by_name() {
        let utf_16: Vec<u8> = "<a/>".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let marked: Vec<u8> = [0xFF, 0xFE]
            .into_iter()
            .chain("<a/>".encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        for octets in [
            &utf_16[..],
            &marked[..],
            b"<?xml version='1.0' encoding='UTF-7'?><a/>",
            "<?xml version='1.0' encoding=\"ISO-8859-1\"?><a>\u{e4}</a>".as_bytes(),
            "<?xml version='1.0' encoding='US-ASCII'?><a>\u{e4}</a>".as_bytes(),
            b"<?xml version='1.0' encoding = 'UTF-16'?><a/>",
        ] {
            assert_eq!(kind(octets), Err(XmlErrorKind::Encoding), "{octets:?}");
        }
        assert_eq!(kind(b"<a>\xFF</a>"), Err(XmlErrorKind::NotUtf8));
        assert_eq!(kind(b"<a>\0</a>"), Err(XmlErrorKind::Character));
        assert_eq!(kind(b" \r\n"), Err(XmlErrorKind::Empty));
        assert_eq!(kind(b""), Err(XmlErrorKind::Empty));
    }

    // No document type, so no entity, external or not, is ever looked at.
    #[test]
    fn h1_h2_h3_a_document_type_is_refused_wherever_it_stands() {
        for document in [
            "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
            "<!DOCTYPE a [<!ENTITY x SYSTEM 'http://a.example/'>]><a>&x;</a>",
            "<!DOCTYPE a [<!ENTITY x 'xx'><!ENTITY y '&x;&x;'>]><a>&y;</a>",
            "<!DOCTYPE a [<!ENTITY % x SYSTEM 'http://a.example/'> %x;]><a/>",
            "<?xml version='1.0'?>\n<!DOCTYPE a><a/>",
        ] {
            assert_eq!(
                kind(document.as_bytes()),
                Err(XmlErrorKind::Doctype),
                "{document}"
            );
        }
    }

    #[test]
    fn h4_what_is_too_much_is_refused_before_a_tree_is_built() {
        let limits = Limits::default();
        let too_much = |what, limit| Err(XmlErrorKind::Limit { what, limit });
        let deep = "<a>".repeat(100_000);
        assert_eq!(
            kind(deep.as_bytes()),
            too_much("levels of elements", limits.xml_depth)
        );
        let attributes: String = (0..100_000).map(|n| format!(" a{n}=''")).collect();
        let wide = format!("<a{attributes}/>");
        assert_eq!(
            kind(wide.as_bytes()),
            too_much("attributes", limits.xml_attributes)
        );
        let namespaces: String = (0..60_000).map(|n| format!(" xmlns:a{n}='u'")).collect();
        let unclosed = format!("<a{namespaces}");
        let siblings = format!("<a>{}</a>", "<b xmlns:c='d'/>".repeat(19_800));
        for document in [unclosed, siblings] {
            assert_eq!(
                kind(document.as_bytes()),
                too_much("namespace declarations", limits.xml_namespaces)
            );
        }
        let long = format!("<a>{}</a>", "x".repeat(limits.xml_octets));
        assert_eq!(kind(long.as_bytes()), too_much("octets", limits.xml_octets));
        let many = format!("<a>{}</a>", "<b/>".repeat(limits.xml_nodes));
        assert_eq!(kind(many.as_bytes()), too_much("nodes", limits.xml_nodes));
    }

    #[test]
    fn limits_are_reached_and_not_passed() {
        let limits = Limits::default();
        let deep = |levels: usize| format!("{}{}", "<a>".repeat(levels), "</a>".repeat(levels));
        assert_eq!(kind(deep(limits.xml_depth).as_bytes()), Ok(()));
        assert!(kind(deep(limits.xml_depth + 1).as_bytes()).is_err());
        let wide = |count: usize| {
            let attributes: String = (0..count).map(|n| format!(" a{n}=\"'>\"")).collect();
            format!("<a{attributes}/>")
        };
        assert_eq!(kind(wide(limits.xml_attributes).as_bytes()), Ok(()));
        assert!(kind(wide(limits.xml_attributes + 1).as_bytes()).is_err());
        let declared = |count| format!("<a>{}</a>", "<b xmlns='c'/>".repeat(count));
        assert_eq!(kind(declared(limits.xml_namespaces).as_bytes()), Ok(()));
        assert!(kind(declared(limits.xml_namespaces + 1).as_bytes()).is_err());
    }

    #[test]
    fn h6_a_bare_ampersand_is_placed_at_its_octet() {
        let document = "\u{FEFF}<a>\n<b>\u{e4} & Sons</b></a>";
        let error = open(document.as_bytes(), &Limits::default(), |_| ()).unwrap_err();
        assert_eq!(error.code(), "xml-not-well-formed");
        assert_eq!(error.offset(), document.find('&').unwrap());
    }

    #[test]
    fn every_truncation_is_an_error() {
        let document = "<?xml version='1.0'?><a b='c'><d>e&amp;f</d><!-- g --><![CDATA[h]]></a>";
        for end in 0..document.len() {
            assert!(kind(&document.as_bytes()[..end]).is_err(), "{end}");
        }
    }
}
