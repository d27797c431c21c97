//! Parts the content of a message from all that is around it, octet by octet as they come.
//!
//! What is around the content is kept, with an empty string in its place, and is in the end what the readers of
//! whole messages take: there is one place where a structure is read, and it is theirs. The lengths of the
//! elements around the content count octets that are not kept, so these elements are kept as BER of
//! indefinite length.

use der::Tag;
use rollcert_pki::Limits;
use rollcert_pki::asn1::{DecodeError, DecodeErrorKind, Reader, tag};
use rollcert_pki::ber::{self, Shape};

use crate::content::ContentType;

/// Which structure the message is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Structure {
    Signed,
    Enveloped,
    Compressed,
}

impl Structure {
    const fn content_type(self) -> ContentType {
        match self {
            Self::Signed => ContentType::SignedData,
            Self::Enveloped => ContentType::EnvelopedData,
            Self::Compressed => ContentType::CompressedData,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Signed => "SignedData",
            Self::Enveloped => "EnvelopedData",
            Self::Compressed => "CompressedData",
        }
    }

    /// What is kept in place of the content: nothing of signed data, which so becomes a message with its
    /// content detached, and an empty string where there has to be one.
    const fn place_of_content(self) -> &'static [u8] {
        match self {
            Self::Signed => &[],
            Self::Enveloped => &[tag::CONTEXT_PRIMITIVE, 0],
            Self::Compressed => &[tag::CONTEXT_CONSTRUCTED, 2, tag::OCTET_STRING, 0],
        }
    }
}

/// One message in BER or DER on its way through.
#[derive(Debug)]
pub(super) struct Splitter {
    structure: Structure,
    limits: Limits,
    /// Octets taken so far.
    position: u64,
    state: State,
    /// The octets of a header that is not whole yet.
    header: Vec<u8>,
    open: Vec<Open>,
    /// All but the content.
    kept: Vec<u8>,
    content_type: Option<ContentType>,
    content_begun: bool,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// A header, or the end of an element.
    Structure,
    /// So many octets of an element that is kept whole.
    Kept(u64),
    /// So many octets of content.
    Content(u64),
    /// Nothing more.
    Ended,
    Failed(DecodeError),
}

/// A constructed element whose end is not reached.
#[derive(Debug)]
struct Open {
    role: Role,
    /// Where it ends; nothing with an indefinite length.
    end: Option<u64>,
    /// Where the innermost definite length around here ends.
    bound: u64,
    /// How many elements it contains so far.
    children: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// It contains the content, deeper inside.
    Path,
    /// The `[0]` right around the content, where that is explicit.
    Explicit,
    /// The content, or a segment of it, which itself comes in segments.
    String,
    /// None of these, and of indefinite length.
    Aside,
}

impl Splitter {
    pub(super) const fn new(structure: Structure, limits: &Limits) -> Self {
        Self {
            structure,
            limits: *limits,
            position: 0,
            state: State::Structure,
            header: Vec::new(),
            open: Vec::new(),
            kept: Vec::new(),
            content_type: None,
            content_begun: false,
        }
    }

    /// Takes what is not content, and returns the rest: from where the content begins, also when it is
    /// empty; then from each of its segments.
    pub(super) fn structure<'d>(&mut self, data: &'d [u8]) -> Result<&'d [u8], DecodeError> {
        let taken = self.take_structure(data);
        if let Err(error) = taken {
            self.fail(error);
        }
        taken
    }

    /// What `data` begins with and is content.
    pub(super) fn content<'d>(&self, data: &'d [u8]) -> &'d [u8] {
        match self.state {
            State::Content(remaining) => split(data, remaining).0,
            _ => &[],
        }
    }

    /// Goes past so many octets of what [`Self::content`] returned.
    pub(super) fn advance(&mut self, octets: usize) {
        let octets = count(octets);
        self.position = self.position.saturating_add(octets);
        if let State::Content(remaining) = &mut self.state {
            *remaining = remaining.saturating_sub(octets);
        }
    }

    /// Whether the content has begun.
    pub(super) const fn content_begun(&self) -> bool {
        self.content_begun
    }

    /// What the message says it is, once it has.
    pub(super) const fn content_type(&self) -> Option<ContentType> {
        self.content_type
    }

    /// The message as far as it is known where its content begins, made whole: `following` stands where more may
    /// follow the content in the innermost structure.
    pub(super) fn head(&self, following: &[u8]) -> Vec<u8> {
        let ends = END_OF_CONTENTS.repeat(PATH_LEN - 1);
        [&self.kept, END_OF_CONTENTS, following, &ends].concat()
    }

    /// Lets nothing more pass.
    pub(super) const fn fail(&mut self, error: DecodeError) {
        self.state = State::Failed(error);
    }

    /// The message without its content; a fault when it has not ended.
    pub(super) fn finish(mut self) -> Result<Vec<u8>, DecodeError> {
        self.structure(&[])?;
        match self.state {
            State::Ended => Ok(self.kept),
            State::Failed(error) => Err(error),
            State::Structure | State::Kept(_) | State::Content(_) => {
                Err(self.fault(DecodeErrorKind::Truncated))
            }
        }
    }

    /// That the message ends too early here.
    pub(super) fn truncated(&self) -> DecodeError {
        match self.state {
            State::Failed(error) => error,
            _ => self.fault(DecodeErrorKind::Truncated),
        }
    }

    fn take_structure<'d>(&mut self, mut data: &'d [u8]) -> Result<&'d [u8], DecodeError> {
        loop {
            match self.state {
                State::Failed(error) => return Err(error),
                State::Ended if data.is_empty() => return Ok(data),
                State::Ended => return Err(self.fault(DecodeErrorKind::Trailing)),
                State::Content(0) | State::Kept(0) => {
                    self.state = State::Structure;
                }
                State::Content(_) => return Ok(data),
                State::Kept(remaining) => {
                    let (kept, rest) = split(data, remaining);
                    self.kept.extend_from_slice(kept);
                    self.position = self.position.saturating_add(count(kept.len()));
                    data = rest;
                    let remaining = remaining.saturating_sub(count(kept.len()));
                    self.state = State::Kept(remaining);
                    if remaining > 0 {
                        return Ok(data);
                    }
                }
                State::Structure if self.ends_here() => self.close()?,
                State::Structure => {
                    let Some((octet, rest)) = data.split_first() else {
                        return Ok(data);
                    };
                    data = rest;
                    self.header.push(*octet);
                    self.position = self.position.saturating_add(1);
                    let header = Header::read(&self.header).map_err(|kind| self.at_header(kind))?;
                    if let Some(header) = header {
                        let begun = self.content_begun;
                        self.element(header)?;
                        self.header.clear();
                        if begun != self.content_begun {
                            return Ok(data);
                        }
                    }
                }
            }
        }
    }

    /// Takes an element of which the header was read.
    fn element(&mut self, header: Header) -> Result<(), DecodeError> {
        let bound = self.open.last().map_or(u64::MAX, |open| open.bound);
        if self.position > bound {
            return Err(self.at_header(DecodeErrorKind::Truncated));
        }
        if header.identifier == 0 {
            return match (header.length, self.open.last()) {
                (Some(0), Some(Open { end: None, .. })) => self.close(),
                _ => Err(self.at_header(DecodeErrorKind::Unexpected {
                    expected: "an element, not end-of-contents",
                })),
            };
        }
        if self.open.len() >= self.limits.depth {
            return Err(self.at_header(DecodeErrorKind::Limit {
                what: "levels of nesting",
                limit: self.limits.depth,
            }));
        }
        let end = match header.length {
            Some(length) => Some(
                self.position
                    .checked_add(length)
                    .filter(|end| *end <= bound)
                    .ok_or_else(|| self.at_header(DecodeErrorKind::Truncated))?,
            ),
            // X.690 §8.1.3.2: only constructed elements may have an indefinite length.
            None if header.is_constructed() => None,
            None => return Err(self.at_header(DecodeErrorKind::Encoding)),
        };
        let role = self.role(header.identifier)?;
        if let Some(parent) = self.open.last_mut() {
            parent.children = parent.children.saturating_add(1);
        }
        match role {
            Role::String => {
                if !self.content_begun {
                    self.content_begun = true;
                    self.keep(self.structure.place_of_content())?;
                }
                match header.length {
                    Some(length) if !header.is_constructed() => {
                        self.state = State::Content(length);
                    }
                    _ => self.open(role, end, bound),
                }
            }
            Role::Path => {
                self.keep(&[header.identifier, INDEFINITE])?;
                self.open(role, end, bound);
            }
            Role::Explicit => self.open(role, end, bound),
            Role::Aside => {
                let octets = core::mem::take(&mut self.header);
                self.keep(&octets)?;
                self.header = octets;
                match header.length {
                    Some(length) => {
                        self.room_for(length)?;
                        self.state = State::Kept(length);
                    }
                    None => self.open(role, end, bound),
                }
            }
        }
        Ok(())
    }

    /// What an element is to the content, by where it stands.
    fn role(&mut self, identifier: u8) -> Result<Role, DecodeError> {
        let (parent, index) = self
            .open
            .last()
            .map_or((Role::Path, 0), |parent| (parent.role, parent.children));
        let expected = |expected| DecodeErrorKind::Unexpected { expected };
        let is_string = identifier & !CONSTRUCTED == tag::OCTET_STRING;
        match parent {
            Role::Aside => Ok(Role::Aside),
            Role::String if is_string => Ok(Role::String),
            Role::String => Err(self.at_header(expected("a segment of the string"))),
            Role::Explicit if index > 0 => Err(self.at_header(DecodeErrorKind::Trailing)),
            Role::Explicit if is_string => Ok(Role::String),
            Role::Explicit => Err(self.at_header(expected("eContent"))),
            Role::Path => {
                let enveloped = self.structure == Structure::Enveloped;
                match (self.open.len(), identifier, index) {
                    (0, tag::SEQUENCE, _) | (2, tag::SEQUENCE, 0) => Ok(Role::Path),
                    (0, ..) => Err(self.at_header(expected("ContentInfo"))),
                    (1, tag::CONTEXT_CONSTRUCTED, 1) => self.content_info().map(|()| Role::Path),
                    // Nothing follows the content in `encapContentInfo` or `encryptedContentInfo`.
                    (4, ..) if self.content_begun => Err(self.at_header(DecodeErrorKind::Trailing)),
                    _ if self.content_begun => Ok(Role::Aside),
                    // `encapContentInfo` and `eContent`.
                    (3, tag::SEQUENCE, 2) if !enveloped => Ok(Role::Path),
                    (4, tag::CONTEXT_CONSTRUCTED, 1) if !enveloped => Ok(Role::Explicit),
                    // `encryptedContentInfo`, before which `originatorInfo` may stand, and `encryptedContent`.
                    (3, tag::SEQUENCE, _) if enveloped => Ok(Role::Path),
                    (4, tag::CONTEXT_PRIMITIVE | tag::CONTEXT_CONSTRUCTED, 2) if enveloped => {
                        Ok(Role::String)
                    }
                    _ => Ok(Role::Aside),
                }
            }
        }
    }

    /// Compares what the message says it is with what it is to be.
    fn content_info(&mut self) -> Result<(), DecodeError> {
        // Behind the header of `ContentInfo`.
        let first = self.kept.get(2..).unwrap_or_default();
        let read = || {
            let der = ber::to_der(first, Shape::Plain, &self.limits)?;
            let oid = Reader::new(&der).expect(Tag::ObjectIdentifier, "contentType")?;
            oid.decode("contentType").map(ContentType::from_oid)
        };
        let found = read().map_err(|error: DecodeError| {
            let place = self.at_header(error.kind()).offset();
            DecodeError::new(error.kind(), place.saturating_sub(first.len()))
        })?;
        self.content_type = Some(found);
        if found == self.structure.content_type() {
            Ok(())
        } else {
            let expected = self.structure.name();
            Err(self.at_header(DecodeErrorKind::Unexpected { expected }))
        }
    }

    fn open(&mut self, role: Role, end: Option<u64>, bound: u64) {
        self.open.push(Open {
            role,
            end,
            bound: end.unwrap_or(bound),
            children: 0,
        });
    }

    /// Whether the innermost open element ends here, by its length.
    fn ends_here(&self) -> bool {
        let innermost = self.open.last();
        self.header.is_empty() && innermost.is_some_and(|open| open.end == Some(self.position))
    }

    /// Ends the innermost open element.
    fn close(&mut self) -> Result<(), DecodeError> {
        match self.open.pop() {
            Some(Open {
                role: Role::Path | Role::Aside,
                ..
            }) => self.kept.extend_from_slice(END_OF_CONTENTS),
            Some(Open {
                role: Role::Explicit,
                children: 0,
                ..
            }) => return Err(self.fault(DecodeErrorKind::Truncated)),
            _ => {}
        }
        if self.open.is_empty() {
            self.state = State::Ended;
        }
        Ok(())
    }

    fn keep(&mut self, octets: &[u8]) -> Result<(), DecodeError> {
        self.room_for(count(octets.len()))?;
        self.kept.extend_from_slice(octets);
        Ok(())
    }

    /// Refuses more octets than may be kept, whether they come or not.
    fn room_for(&self, octets: u64) -> Result<(), DecodeError> {
        let limit = self.limits.octets;
        let room = limit.saturating_sub(self.kept.len());
        if octets > count(room) {
            let what = "octets besides the content";
            return Err(self.at_header(DecodeErrorKind::Limit { what, limit }));
        }
        Ok(())
    }

    /// A fault where the next octet would stand.
    fn fault(&self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError::new(kind, usize::try_from(self.position).unwrap_or(usize::MAX))
    }

    /// A fault in the element whose header was read last.
    fn at_header(&self, kind: DecodeErrorKind) -> DecodeError {
        let start = self.position.saturating_sub(count(self.header.len()));
        DecodeError::new(kind, usize::try_from(start).unwrap_or(usize::MAX))
    }
}

/// Tag and length of an element (X.690 §8.1.2, §8.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Header {
    identifier: u8,
    /// Nothing: indefinite.
    length: Option<u64>,
}

impl Header {
    /// Reads a header that ends where `octets` end; nothing when it is longer.
    fn read(octets: &[u8]) -> Result<Option<Self>, DecodeErrorKind> {
        let Some((identifier, mut rest)) = octets.split_first() else {
            return Ok(None);
        };
        if identifier & TAG_NUMBER == TAG_NUMBER {
            let number = rest.iter().take_while(|octet| **octet & 0x80 != 0).count();
            // X.690 §8.1.2.4.2: in base 128 without leading zeros.
            let needless = rest
                .first()
                .is_some_and(|first| *first == 0x80 || *first < TAG_NUMBER);
            if needless || number + 1 >= LONGEST_TAG {
                return Err(DecodeErrorKind::Encoding);
            }
            rest = rest.get(number + 1..).unwrap_or_default();
        }
        let Some((first, length)) = rest.split_first() else {
            return Ok(None);
        };
        let length = match first {
            0..0x80 => Some(u64::from(*first)),
            &INDEFINITE => None,
            // X.690 §8.1.3.5 (c)
            0xff => return Err(DecodeErrorKind::Encoding),
            _ if length.len() < usize::from(first & 0x7f) => return Ok(None),
            _ => {
                let length = length.iter().try_fold(0_u64, |length, octet| {
                    length.checked_mul(0x100)?.checked_add(u64::from(*octet))
                });
                Some(length.ok_or(DecodeErrorKind::Truncated)?)
            }
        };
        Ok(Some(Self {
            identifier: *identifier,
            length,
        }))
    }

    const fn is_constructed(self) -> bool {
        self.identifier & CONSTRUCTED != 0
    }
}

fn split(data: &[u8], octets: u64) -> (&[u8], &[u8]) {
    usize::try_from(octets)
        .ok()
        .and_then(|octets| data.split_at_checked(octets))
        .unwrap_or((data, &[]))
}

fn count(octets: usize) -> u64 {
    u64::try_from(octets).unwrap_or(u64::MAX)
}

/// Elements around the content of any structure: `ContentInfo`, its `[0]`, the structure itself, and that which
/// names the type of the content.
const PATH_LEN: usize = 4;
const END_OF_CONTENTS: &[u8] = &[0, 0];
const INDEFINITE: u8 = 0x80;
const CONSTRUCTED: u8 = 0x20;
const TAG_NUMBER: u8 = 0x1f;
/// Octets of a tag, as far as whole messages are read.
const LONGEST_TAG: usize = 6;
