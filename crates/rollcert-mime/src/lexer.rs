//! The lexical rules that structured field values share (RFC 2045 §5.1, RFC 5322 §3.2).

use crate::error::{DecodeError, DecodeErrorKind};

/// Walks a raw field value, folding included; offsets count from its first octet.
#[derive(Debug)]
pub(crate) struct Lexer<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(crate) const fn new(value: &'a [u8]) -> Self {
        Self { rest: value, at: 0 }
    }

    pub(crate) const fn offset(&self) -> usize {
        self.at
    }

    pub(crate) const fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Takes `octet` if it is next.
    pub(crate) fn take(&mut self, octet: u8) -> bool {
        let found = self.peek() == Some(octet);
        if found {
            self.bump();
        }
        found
    }

    pub(crate) fn next_is_semicolon(&self) -> bool {
        self.peek() == Some(b';')
    }

    /// Takes the longest token; empty when none is next.
    pub(crate) fn token(&mut self) -> &'a [u8] {
        let length = self
            .rest
            .iter()
            .take_while(|&&octet| is_token(octet))
            .count();
        let (token, rest) = self.rest.split_at_checked(length).unwrap_or_default();
        self.rest = rest;
        self.at += length;
        token
    }

    /// Passes over blanks, line ends and comments. Comments nest; the depth is counted, not recursed.
    pub(crate) fn skip_blanks_and_comments(&mut self) -> Result<(), DecodeError> {
        while let Some(octet) = self.peek() {
            match octet {
                b' ' | b'\t' | b'\r' | b'\n' => self.bump(),
                b'(' => self.skip_comment()?,
                _ => break,
            }
        }
        Ok(())
    }

    /// Takes a parameter's value: a quoted string, or everything up to the semicolon, because senders leave
    /// out quotes that `=`, `/` or a blank would need.
    pub(crate) fn parameter_value(&mut self) -> Result<Vec<u8>, DecodeError> {
        if self.peek() == Some(b'"') {
            return self.quoted_string();
        }
        let start = self.at;
        let mut value = Vec::with_capacity(self.rest.len().min(USUAL));
        while let Some(octet) = self.peek() {
            match octet {
                b';' => break,
                b'(' => {
                    self.skip_comment()?;
                    continue;
                }
                b'"' => return Err(self.error(DecodeErrorKind::Parameter)),
                b'\r' | b'\n' => {}
                _ => value.push(self.text(octet)?),
            }
            self.bump();
        }
        match value.trim_ascii() {
            [] => Err(DecodeError::new(DecodeErrorKind::Parameter, start)),
            trimmed if trimmed.len() == value.len() => Ok(value),
            trimmed => Ok(trimmed.to_vec()),
        }
    }

    pub(crate) const fn error(&self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError::new(kind, self.at)
    }

    fn quoted_string(&mut self) -> Result<Vec<u8>, DecodeError> {
        let unterminated = self.error(DecodeErrorKind::UnterminatedQuote);
        let mut value = Vec::with_capacity(self.rest.len().min(USUAL));
        self.bump();
        loop {
            match self.peek().ok_or(unterminated)? {
                b'"' => break,
                b'\r' | b'\n' => {}
                b'\\' => {
                    self.bump();
                    let escaped = self.peek().ok_or(unterminated)?;
                    value.push(self.text(escaped)?);
                }
                octet => value.push(self.text(octet)?),
            }
            self.bump();
        }
        self.bump();
        Ok(value)
    }

    fn skip_comment(&mut self) -> Result<(), DecodeError> {
        let unterminated = self.error(DecodeErrorKind::UnterminatedComment);
        let mut depth = 0_usize;
        loop {
            match self.peek().ok_or(unterminated)? {
                b'(' => depth += 1,
                b')' => depth -= 1,
                b'\\' => self.bump(),
                _ => {}
            }
            self.bump();
            if depth == 0 {
                return Ok(());
            }
        }
    }

    fn text(&self, octet: u8) -> Result<u8, DecodeError> {
        if octet.is_ascii_control() && octet != b'\t' {
            return Err(self.error(DecodeErrorKind::ControlCharacter));
        }
        Ok(octet)
    }

    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    const fn bump(&mut self) {
        if let Some((_, rest)) = self.rest.split_first() {
            self.rest = rest;
            self.at += 1;
        }
    }
}

/// RFC 2045 §5.1: printable ASCII other than blank and the "tspecials".
pub(crate) const fn is_token(octet: u8) -> bool {
    octet.is_ascii_graphic()
        && !matches!(
            octet,
            b'(' | b')'
                | b'<'
                | b'>'
                | b'@'
                | b','
                | b';'
                | b':'
                | b'\\'
                | b'"'
                | b'/'
                | b'['
                | b']'
                | b'?'
                | b'='
        )
}

/// Room for the value of a parameter, so that the usual ones are not moved while they grow.
const USUAL: usize = 64;
