//! Messages whose content does not fit in memory: written and read in pieces, in memory that does not grow with
//! them.
//!
//! | | writing | reading |
//! |---|---|---|
//! | detached signatures | [`ContentHasher`], then [`SigningRequest`] | [`ContentHasher`], then [`verify_digests`] |
//! | signed data | [`SignedDataWriter`] | [`SignedDataReader`] |
//! | enveloped data, in CBC | [`EnvelopedDataWriter`] | [`EnvelopedDataHeader`], then [`EnvelopedDataReader`] |
//! | compressed data | [`CompressedDataWriter`] | [`CompressedDataReader`] |
//!
//! Nothing here reads or writes a file: whoever has the octets hands them over in pieces of any length, the
//! shorter the slower, and takes away what comes out. Both sides may stop between two pieces for as long as they
//! like.
//!
//! # What is written
//!
//! BER, as all streaming writers must: the length of an element stands before its content, and is not
//! known there. So the elements around the content have indefinite length, and the content is in segments of
//! 32 KiB. Every product that reads CMS reads that; one that insists on DER is served by the functions
//! that make whole messages.
//!
//! # What is read
//!
//! BER and DER, whatever other products write: lengths definite or not, strings whole or in segments, the
//! segments themselves in segments. What is around the content is kept, up to [`Limits::octets`], and is read
//! when it is complete, by the same code as whole messages are. So both ways of reading come to the same
//! result, except that these readers count no content against the limits.
//!
//! # What it means to use content early
//!
//! Content comes out before the message has ended, so **before anybody has vouched for it**. Signatures are
//! judged at the end, encryption in CBC mode proves nothing at all, and compression has its checksum at
//! the end. Whoever acts on content before the reader has finished must be able to take that back: write it to a
//! temporary file, and move that when all is well. What was decrypted is in vectors of the caller's, who wipes
//! them where that matters.
//!
//! For this reason authenticated-enveloped data (RFC 5083) is read whole or not at all: of AES in
//! Galois/Counter mode nothing may be released before the tag at its end is proven, because whoever can alter
//! single bits of what is acted on can do anything. A reader would have to keep all of the content, so
//! that it would be no streaming; and a message that nobody can read in pieces need not be written so.
//!
//! [`Limits::octets`]: rollcert_pki::Limits::octets
//! [`SigningRequest`]: crate::SigningRequest
//! [`verify_digests`]: crate::SignedData::verify_digests

mod compressed_reader;
mod compressed_writer;
mod enveloped_reader;
mod enveloped_writer;
mod error;
mod hasher;
mod segments;
mod signed_reader;
mod signed_writer;
mod splitter;

pub use compressed_reader::CompressedDataReader;
pub use compressed_writer::CompressedDataWriter;
pub use enveloped_reader::{
    EnvelopedDataHeader, EnvelopedDataReader, OpenedContent, OpenedContentKey,
};
pub use enveloped_writer::EnvelopedDataWriter;
pub use error::StreamError;
pub use hasher::ContentHasher;
pub use signed_reader::{SignedDataReader, StreamedSignedData};
pub use signed_writer::{SignedDataClosing, SignedDataWriter};
