//! MIME entities as octets: split strictly, built byte-exactly.
//!
//! A signature covers octets, not meaning, so everything here is a view of the octets that arrived:
//! [`Entity::parse`] copies nothing, [`Entity::parts`] hands out exactly the octets between two
//! delimiters (the line end before a delimiter is the delimiter's, RFC 2046 §5.1.1), and what the
//! builders write is written once and never re-rendered. The crate knows no cryptography.
//!
//! Strict is the *structure*: a multipart without its closing delimiter, a header line without a
//! colon, a field that may occur once and occurs twice, are typed errors with an octet offset. Lenient is
//! the *spelling*, where every reader agrees on the meaning: bare line feeds, any case, folding with
//! blanks or tabs, comments, parameter values that ought to have been quoted.
//!
//! # Examples
//!
//! Build a multipart entity and take it apart again:
//!
//! ```
//! use rollcert_mime::{ContentId, Entity, EntityBuilder, Limits, MediaType, TransferEncoding};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let part = EntityBuilder::new(MediaType::new("application", "xml")?)
//!     .with_transfer_encoding(TransferEncoding::Base64)
//!     .with_content_id(ContentId::new("request@example.com")?)
//!     .body(b"<offer/>");
//! let related = MediaType::new("multipart", "related")?
//!     .with_parameter("type", "application/xml")?
//!     .with_parameter("boundary", "=_frontier")?;
//! let octets = EntityBuilder::multipart(related, &[part.clone()])?;
//!
//! let limits = Limits::default();
//! let entity = Entity::parse(&octets, &limits)?;
//! assert_eq!(entity.headers().content_type()?.essence(), "multipart/related");
//!
//! let multipart = entity.parts(&limits)?;
//! let root = multipart.parts.first().ok_or("no part")?;
//! assert_eq!(root.octets(), Some(part.as_slice()));
//! assert_eq!(root.headers().content_id(), Some(ContentId::new("<request@example.com>")?));
//! assert_eq!(root.decoded_body()?.as_ref(), b"<offer/>");
//! # Ok(())
//! # }
//! ```
//!
//! Headers that came by HTTP, apart from the body:
//!
//! ```
//! use rollcert_mime::{Entity, Headers, Limits};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let headers = Headers::from_pairs([("Content-Type", "multipart/mixed; boundary=b")]);
//! let entity = Entity::with_headers(headers, b"--b\r\n\r\nhello\r\n--b--\r\n");
//! let multipart = entity.parts(&Limits::default())?;
//! let bodies: Vec<&[u8]> = multipart.parts.iter().map(Entity::body).collect();
//! assert_eq!(bodies, [b"hello"]);
//! # Ok(())
//! # }
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]

mod build;
mod content_id;
mod entity;
mod error;
mod headers;
mod lexer;
mod limits;
mod lines;
mod media_type;
mod multipart;
mod transfer;

pub use build::{EntityBuilder, boundary, multipart_body};
pub use content_id::ContentId;
pub use entity::{Entity, Part};
pub use error::{DecodeError, DecodeErrorKind, Unencodable};
pub use headers::Headers;
pub use limits::Limits;
pub use lines::canonical_lines;
pub use media_type::MediaType;
pub use multipart::Multipart;
pub use transfer::TransferEncoding;
