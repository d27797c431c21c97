//! Splitting a multipart body at its delimiters.

use memchr::{memchr, memmem};

use crate::{
    entity::{Entity, Part},
    error::{DecodeError, DecodeErrorKind},
    limits::Limits,
    lines::trim_blanks_end,
};

/// The parts of a multipart body, and what stands around them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Multipart<'a> {
    /// The octets before the first delimiter, to be ignored: they belong to no part.
    pub preamble: &'a [u8],
    /// The parts in their order, at least one.
    pub parts: Vec<Part<'a>>,
    /// The octets after the line of the closing delimiter, to be ignored.
    pub epilogue: &'a [u8],
}

/// Splits `body`; offsets in errors count from its first octet.
///
/// RFC 2046 §5.1.1: a delimiter is a line of two hyphens, the boundary, and blanks at most; the line end before it
/// is part of it. The RFC lets a reader stop comparing at the end of the boundary; we compare the whole line, or
/// the outer boundary `abc` would end at the inner delimiter `--abcd`. Bare line feeds end lines too, as
/// everywhere here, and then that one octet is the delimiter's.
pub(crate) fn split<'a>(
    body: &'a [u8],
    boundary: &str,
    limits: &Limits,
) -> Result<Multipart<'a>, DecodeError> {
    let mut preamble = &[][..];
    let mut parts = Vec::new();
    let mut part_start = None;
    for delimiter in Delimiters::new(body, &format!("--{boundary}")) {
        match part_start {
            None => preamble = body.get(..delimiter.start).unwrap_or_default(),
            Some(start) => {
                // Two delimiters on successive lines share the line end between them: an empty part.
                let octets = body.get(start..delimiter.start).unwrap_or_default();
                if parts.len() >= limits.parts {
                    let max = limits.parts;
                    return Err(DecodeError::new(
                        DecodeErrorKind::TooManyParts { max },
                        start,
                    ));
                }
                let part = Entity::parse(octets, limits);
                parts.push(part.map_err(|error| error.shifted(start))?);
            }
        }
        match delimiter.kind {
            Kind::Between => part_start = Some(delimiter.next),
            Kind::Close if parts.is_empty() => {
                return Err(DecodeError::new(DecodeErrorKind::NoParts, delimiter.line));
            }
            Kind::Close => {
                return Ok(Multipart {
                    preamble,
                    parts,
                    epilogue: body.get(delimiter.next..).unwrap_or_default(),
                });
            }
        }
    }
    Err(DecodeError::new(
        DecodeErrorKind::MissingCloseDelimiter,
        body.len(),
    ))
}

/// A delimiter and its extent.
#[derive(Clone, Copy, Debug)]
struct Delimiter {
    /// Offset of the line end before it, which is part of it.
    start: usize,
    /// Offset of its first hyphen.
    line: usize,
    /// Offset of the octet after its line.
    next: usize,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Between,
    Close,
}

/// The delimiters of a body, found by searching for their text rather than line by line: most octets of
/// a message are looked at by the vector instructions of the search alone.
struct Delimiters<'a, 'd> {
    body: &'a [u8],
    finder: memmem::Finder<'d>,
    at: usize,
}

impl<'a, 'd> Delimiters<'a, 'd> {
    /// `text` is the two hyphens and the boundary.
    fn new(body: &'a [u8], text: &'d str) -> Self {
        let finder = memmem::Finder::new(text);
        let at = 0;
        Self { body, finder, at }
    }

    /// Reads the delimiter that begins at `line`, if that is where a line begins and nothing else stands on it.
    fn read(&self, line: usize) -> Option<Delimiter> {
        let before = self.body.get(..line)?;
        let start = match before {
            [] => 0,
            [text @ .., b'\r', b'\n'] | [text @ .., b'\n'] => text.len(),
            _ => return None,
        };
        let after = line + self.finder.needle().len();
        let rest = self.body.get(after..)?;
        let len = memchr(b'\n', rest).unwrap_or(rest.len());
        // The last line may have lost half of its line end; the delimiter is complete all the same.
        let rest_of_line = rest.get(..len)?;
        let rest_of_line = rest_of_line.strip_suffix(b"\r").unwrap_or(rest_of_line);
        let kind = match trim_blanks_end(rest_of_line) {
            b"" => Kind::Between,
            b"--" => Kind::Close,
            _ => return None,
        };
        let next = (after + len + 1).min(self.body.len());
        Some(Delimiter {
            start,
            line,
            next,
            kind,
        })
    }
}

impl Iterator for Delimiters<'_, '_> {
    type Item = Delimiter;

    fn next(&mut self) -> Option<Delimiter> {
        loop {
            let rest = self.body.get(self.at..)?;
            let line = self.at + self.finder.find(rest)?;
            if let Some(delimiter) = self.read(line) {
                self.at = delimiter.next;
                return Some(delimiter);
            }
            // Only the beginning of a line can be one: a line of nothing but such text is searched once.
            self.at = line + memchr(b'\n', self.body.get(line..)?)? + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bodies(body: &str) -> Result<Vec<&str>, DecodeError> {
        let multipart = split(body.as_bytes(), "abc", &Limits::default())?;
        Ok(multipart
            .parts
            .iter()
            .map(|part| str::from_utf8(part.octets().unwrap()).unwrap())
            .collect())
    }

    fn error<T>(kind: DecodeErrorKind, offset: usize) -> Result<T, DecodeError> {
        Err(DecodeError::new(kind, offset))
    }

    #[test]
    fn the_line_end_before_a_delimiter_belongs_to_it() {
        assert_eq!(
            bodies("--abc\r\n\r\none\r\n--abc\r\n\r\ntwo\r\n\r\n--abc--\r\n"),
            Ok(vec!["\r\none", "\r\ntwo\r\n"])
        );
        assert_eq!(
            bodies("--abc\n\none\n--abc\n\ntwo\r\n\n--abc--"),
            Ok(vec!["\none", "\ntwo\r\n"])
        );
        assert_eq!(bodies("--abc\r\n\r\na\r\r\n--abc--"), Ok(vec!["\r\na\r"]));
    }

    #[test]
    fn preamble_and_epilogue_are_set_apart() {
        let body = b"Date: x\r\n\r\n--abc\r\n\r\none\r\n--abc--\r\n--abc\r\n";
        let multipart = split(body, "abc", &Limits::default()).unwrap();
        assert_eq!(multipart.preamble, b"Date: x\r\n");
        assert_eq!(multipart.parts.len(), 1);
        assert_eq!(multipart.epilogue, b"--abc\r\n");
    }

    #[test]
    fn padding_after_a_delimiter_is_accepted() {
        assert_eq!(
            bodies("--abc \t\r\n\r\none\r\n--abc-- \r\n"),
            Ok(vec!["\r\none"])
        );
        assert_eq!(bodies("--abc\r\n\r\none\r\n--abc--\r"), Ok(vec!["\r\none"]));
    }

    #[test]
    fn a_longer_line_is_no_delimiter() {
        assert_eq!(
            bodies("--abc\n\n--abcd\n --abc\n--abc-\n--abc--d\n--abc x\n-- abc\n--ABC\n--abc--"),
            Ok(vec![
                "\n--abcd\n --abc\n--abc-\n--abc--d\n--abc x\n-- abc\n--ABC"
            ])
        );
    }

    #[test]
    fn parts_may_be_empty() {
        assert_eq!(bodies("--abc\r\n--abc\r\n\r\n--abc--"), Ok(vec!["", ""]));
        assert_eq!(bodies("--abc\r\n\r\n\r\n--abc--"), Ok(vec!["\r\n"]));
    }

    #[test]
    fn what_is_missing_is_named() {
        use DecodeErrorKind as Kind;

        assert_eq!(bodies(""), error(Kind::MissingCloseDelimiter, 0));
        assert_eq!(bodies("text\r\n"), error(Kind::MissingCloseDelimiter, 6));
        assert_eq!(
            bodies("--abc\r\n\r\none"),
            error(Kind::MissingCloseDelimiter, 12)
        );
        assert_eq!(bodies("x\r\n--abc--\r\n"), error(Kind::NoParts, 3));
    }

    #[test]
    fn errors_in_a_part_are_located_in_the_body() {
        assert_eq!(
            bodies("--abc\r\nA: b\r\nnot a header\r\n--abc--"),
            error(DecodeErrorKind::FieldName, 13)
        );
    }

    #[test]
    fn the_number_of_parts_is_limited() {
        let limits = Limits::default().with_parts(2);
        let split = |body: &str| {
            split(body.as_bytes(), "b", &limits).map(|multipart| multipart.parts.len())
        };
        assert_eq!(split("--b\n--b\n--b--"), Ok(2));
        assert_eq!(
            split("--b\n--b\n--b\n--b--"),
            error(DecodeErrorKind::TooManyParts { max: 2 }, 12)
        );
    }
}
