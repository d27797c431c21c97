//! Malformed octets, and values that have no spelling.

use thiserror::Error;

/// Octets that are not what they should be, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{kind} at octet {offset}")]
pub struct DecodeError {
    kind: DecodeErrorKind,
    offset: usize,
}

impl DecodeError {
    pub(crate) const fn new(kind: DecodeErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }

    /// Returns what is wrong.
    #[must_use]
    pub const fn kind(self) -> DecodeErrorKind {
        self.kind
    }

    /// Returns where, in octets from the first octet of what the failed call was about; each call
    /// says what that is.
    #[must_use]
    pub const fn offset(self) -> usize {
        self.offset
    }

    /// Returns the stable name of the kind, as [`DecodeErrorKind::code`].
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.kind.code()
    }

    /// Returns the same error as seen from a larger input, in which this one began at `by`.
    #[must_use]
    pub const fn shifted(self, by: usize) -> Self {
        Self {
            kind: self.kind,
            offset: self.offset.saturating_add(by),
        }
    }
}

/// What is wrong with the octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The header block is longer than [`Limits::header_octets`](crate::Limits::header_octets).
    #[error("header block exceeds {max} octets")]
    HeaderTooLong {
        /// The limit, in octets.
        max: usize,
    },
    /// The header block has more fields than [`Limits::header_fields`](crate::Limits::header_fields).
    #[error("header block exceeds {max} fields")]
    TooManyFields {
        /// The limit.
        max: usize,
    },
    /// The multipart has more parts than [`Limits::parts`](crate::Limits::parts).
    #[error("multipart exceeds {max} parts")]
    TooManyParts {
        /// The limit.
        max: usize,
    },
    /// The media type has more parameters than [`Limits::parameters`](crate::Limits::parameters).
    #[error("media type exceeds {max} parameters")]
    TooManyParameters {
        /// The limit.
        max: usize,
    },
    /// A header line has no colon, or something other than a name before it.
    #[error("expected a field name and a colon")]
    FieldName,
    /// The first header line begins with a blank, so it continues nothing.
    #[error("expected a header field but found a continuation line")]
    Continuation,
    /// A NUL, a carriage return outside a line end, or in a structured value any other control.
    #[error("expected text but found a control character")]
    ControlCharacter,
    /// A field that may occur once occurs again.
    #[error("expected one field of this name but found another")]
    DuplicateField,
    /// Something follows the blank line that ends the header block.
    #[error("expected the end of the header block")]
    TrailingOctets,
    /// The value is not `type/subtype`.
    #[error("expected a media type")]
    MediaType,
    /// Something other than `name=value` stands between two semicolons.
    #[error("expected a parameter, name=value")]
    Parameter,
    /// A parameter occurs twice.
    #[error("expected one parameter of this name but found another")]
    DuplicateParameter,
    /// A quoted string does not end.
    #[error("quoted string does not end; it began")]
    UnterminatedQuote,
    /// A comment does not end.
    #[error("comment does not end; it began")]
    UnterminatedComment,
    /// The transfer encoding is none of RFC 2045 §6.1.
    #[error("expected 7bit, 8bit, binary, base64 or quoted-printable")]
    TransferEncoding,
    /// Parts were asked of an entity that is not a multipart.
    #[error("expected a multipart media type")]
    NotMultipart,
    /// The multipart names no boundary.
    #[error("expected a boundary parameter")]
    MissingBoundary,
    /// The multipart claims base64 or quoted-printable, which RFC 2045 §6.4 forbids.
    #[error("expected an unencoded multipart")]
    EncodedMultipart,
    /// The body ends before the closing delimiter: it was truncated, or the boundary is another.
    #[error("input ended before the closing delimiter")]
    MissingCloseDelimiter,
    /// The closing delimiter comes first.
    #[error("expected a part but found the closing delimiter")]
    NoParts,
    /// An octet outside the base64 alphabet.
    #[error("expected a base64 character")]
    Base64Character,
    /// The base64 padding is missing, misplaced, or hides bits.
    #[error("expected correct base64 padding")]
    Base64Padding,
    /// An equals sign that neither escapes an octet nor breaks a line.
    #[error("expected two hexadecimal digits or a line end after the equals sign")]
    QuotedPrintable,
}

impl DecodeErrorKind {
    /// Returns the stable name of this kind, for reports and runbooks.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::HeaderTooLong { .. } => "header-too-long",
            Self::TooManyFields { .. } => "too-many-fields",
            Self::TooManyParts { .. } => "too-many-parts",
            Self::TooManyParameters { .. } => "too-many-parameters",
            Self::FieldName => "field-name",
            Self::Continuation => "continuation",
            Self::ControlCharacter => "control-character",
            Self::DuplicateField => "duplicate-field",
            Self::TrailingOctets => "trailing-octets",
            Self::MediaType => "media-type",
            Self::Parameter => "parameter",
            Self::DuplicateParameter => "duplicate-parameter",
            Self::UnterminatedQuote => "unterminated-quote",
            Self::UnterminatedComment => "unterminated-comment",
            Self::TransferEncoding => "transfer-encoding",
            Self::NotMultipart => "not-multipart",
            Self::MissingBoundary => "missing-boundary",
            Self::EncodedMultipart => "encoded-multipart",
            Self::MissingCloseDelimiter => "missing-close-delimiter",
            Self::NoParts => "no-parts",
            Self::Base64Character => "base64-character",
            Self::Base64Padding => "base64-padding",
            Self::QuotedPrintable => "quoted-printable",
        }
    }
}

/// A value that cannot be written without changing what the message means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Unencodable {
    /// A field name that is empty, or has a blank, a colon, a control or a character beyond ASCII.
    #[error("field name is not printable ASCII without blanks and colons")]
    HeaderName,
    /// A field value with a line end or a NUL: it would become another field.
    #[error("field value has a line end or a NUL at octet {offset}")]
    HeaderValue {
        /// Where in the value.
        offset: usize,
    },
    /// `Content-Type`, `Content-Transfer-Encoding` or `Content-ID`: the builder writes these itself,
    /// and once.
    #[error("field is written from its own setting")]
    ReservedHeader,
    /// A type, subtype or parameter name that is no token of RFC 2045 §5.1.
    #[error("name is not a MIME token")]
    Token,
    /// A parameter value with a control character.
    #[error("parameter value has a control character")]
    ParameterValue,
    /// The media type has this parameter already.
    #[error("parameter is set already")]
    DuplicateParameter,
    /// A content id that is empty or has a control character.
    #[error("content id is empty or has a control character")]
    ContentId,
    /// Parts were given for a media type that is not `multipart/…`.
    #[error("media type is not a multipart")]
    NotMultipart,
    /// The boundary is missing, or is not the 1 to 70 characters of RFC 2046 §5.1.1.
    #[error("boundary is missing or not 1 to 70 boundary characters")]
    Boundary,
    /// The boundary occurs in a part, which would end there.
    #[error("boundary occurs in part {part}")]
    BoundaryOccurs {
        /// The part, counted from 0.
        part: usize,
    },
    /// A multipart has at least one part.
    #[error("multipart has no part")]
    NoParts,
    /// A multipart may not be base64 or quoted-printable (RFC 2045 §6.4).
    #[error("multipart must not be encoded as a whole")]
    EncodedMultipart,
}

impl Unencodable {
    /// Returns the stable name of this error, for reports and runbooks.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::HeaderName => "header-name",
            Self::HeaderValue { .. } => "header-value",
            Self::ReservedHeader => "reserved-header",
            Self::Token => "token",
            Self::ParameterValue => "parameter-value",
            Self::DuplicateParameter => "duplicate-parameter",
            Self::ContentId => "content-id",
            Self::NotMultipart => "not-multipart",
            Self::Boundary => "boundary",
            Self::BoundaryOccurs { .. } => "boundary-occurs",
            Self::NoParts => "no-parts",
            Self::EncodedMultipart => "encoded-multipart",
        }
    }
}
