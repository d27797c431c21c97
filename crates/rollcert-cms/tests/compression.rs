//! What is compressed here inflates here; what would inflate without end, or was spoilt, is refused.

#![allow(
    clippy::unwrap_used,
    clippy::unwrap_in_result,
    clippy::indexing_slicing,
    reason = "a test that panics has failed, which is what it is for"
)]

mod support;

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use proptest::prelude::*;
use rollcert_cms::{
    CompressedData, ContentType, DecompressError, compress, compress_as, content_type,
};
use rollcert_pki::asn1::{DecodeError, DecodeErrorKind, encode, encode_oid, encode_unsigned, tag};
use support::*;

const CONTENT: &[u8] = b"UNB+UNOA:1+A+B+261121:2000+1'\r\nUNB+UNOA:1+A+B+261121:2000+1'\r\n";
const ZLIB: &str = "1.2.840.113549.1.9.16.3.8";

/// A message around `stream`, which need not be what it is meant to be.
fn around(stream: &[u8], algorithm: &str) -> Vec<u8> {
    let oid = |text: &str| encode_oid(der::asn1::ObjectIdentifier::new_unwrap(text));
    let content = encode(tag::OCTET_STRING, &[stream]);
    let encapsulated = encode(
        tag::SEQUENCE,
        &[
            &oid("1.2.840.113549.1.7.1"),
            &encode(tag::CONTEXT_CONSTRUCTED, &[&content]),
        ],
    );
    let compressed = encode(
        tag::SEQUENCE,
        &[
            &encode_unsigned(&[0]),
            &encode(tag::SEQUENCE, &[&oid(algorithm)]),
            &encapsulated,
        ],
    );
    let explicit = encode(tag::CONTEXT_CONSTRUCTED, &[&compressed]);
    encode(
        tag::SEQUENCE,
        &[&oid("1.2.840.113549.1.9.16.1.9"), &explicit],
    )
}

fn decompress(octets: &[u8], max_octets: usize) -> Result<Vec<u8>, DecompressError> {
    let message = CompressedData::parse(octets, &limits()).unwrap();
    message.decompress(max_octets)
}

fn zlib(content: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn what_is_compressed_inflates_and_says_what_it_is() {
    for content in [CONTENT, b"", &[7; 200_000]] {
        let octets = compress(content);
        assert_eq!(content_type(&octets), Ok(ContentType::CompressedData));
        let message = CompressedData::parse(&octets, &limits()).unwrap();
        assert_eq!(message.encapsulated_type(), ContentType::Data);
        assert_eq!(message.algorithm_oid().to_string(), ZLIB);
        // As many octets as it has are enough, one less is not.
        assert_eq!(message.decompress(content.len()).unwrap(), content);
        if let Some(max) = content.len().checked_sub(1) {
            assert_eq!(
                message.decompress(max),
                Err(DecompressError::TooLong { max })
            );
        }
    }
    let octets = compress_as(ContentType::SignedData, CONTENT);
    let message = CompressedData::parse(&octets, &limits()).unwrap();
    assert_eq!(message.encapsulated_type(), ContentType::SignedData);
    assert!(compress(&[7; 200_000]).len() < 1_000);
}

/// RFC 3274 §1.1 is what [`compress`] writes, to the octet.
#[test]
fn the_structure_is_that_of_the_standard() {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(CONTENT).unwrap();
    assert_eq!(compress(CONTENT), around(&encoder.finish().unwrap(), ZLIB));
}

/// 1 GiB of zeros in 1 MiB.
///
/// Between two full flushes deflate makes whole octets that depend on nothing before them, so the stream
/// of 1 MiB of zeros repeats as often as wanted; the checksum of zeros counts them (RFC 1950 §9).
fn bomb() -> Vec<u8> {
    const MEBIBYTE: usize = 1 << 20;
    const TIMES: usize = 1 << 10;
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.flush().unwrap();
    let before = encoder.get_ref().len();
    encoder.write_all(&vec![0; MEBIBYTE]).unwrap();
    encoder.flush().unwrap();
    let stream = encoder.get_ref();
    let (header, piece) = stream.split_at(before);
    let count = u32::try_from(MEBIBYTE * TIMES % 65_521).unwrap();
    let checksum = (count << 16) | 1;
    let last_block = [3, 0];
    [
        header,
        &piece.repeat(TIMES),
        &last_block,
        &checksum.to_be_bytes(),
    ]
    .concat()
}

#[test]
fn a_gibibyte_of_zeros_is_refused_within_the_bound() {
    let octets = around(&bomb(), ZLIB);
    assert!(octets.len() < 2 << 20, "{}", octets.len());
    let before = peak_memory();
    let max = 1 << 20;
    assert_eq!(
        decompress(&octets, max),
        Err(DecompressError::TooLong { max })
    );
    // And it is no other fault that stops it: the bound alone.
    let max = 8 << 20;
    assert_eq!(
        decompress(&octets, max),
        Err(DecompressError::TooLong { max })
    );
    if let (Some(before), Some(after)) = (before, peak_memory()) {
        // Two copies of the message, and the vector of 8 MiB while it grows.
        assert!(after - before < 64 << 20, "{before} {after}");
    }
}

#[test]
fn the_bomb_is_a_whole_stream() {
    let stream = bomb();
    let mut decoder = flate2::read::ZlibDecoder::new(stream.as_slice());
    let made = std::io::copy(&mut decoder, &mut std::io::sink()).unwrap();
    assert_eq!(made, 1 << 30);
}

#[test]
fn streams_cut_short_spoilt_or_followed_by_more_are_refused() {
    let stream = zlib(CONTENT);
    assert_eq!(decompress(&around(&stream, ZLIB), 1_000).unwrap(), CONTENT);
    for end in 0..stream.len() {
        let result = decompress(&around(&stream[..end], ZLIB), 1_000);
        assert_eq!(result, Err(DecompressError::Truncated), "{end}");
    }
    for more in [&[0][..], &stream, &[7; 100_000]] {
        let longer = [&stream, more].concat();
        let result = decompress(&around(&longer, ZLIB), 1_000);
        assert_eq!(result, Err(DecompressError::Trailing));
    }
    for index in 0..stream.len() {
        for bit in 0..8 {
            let mut altered = stream.clone();
            altered[index] ^= 1 << bit;
            // Between the last block and the checksum are bits that mean nothing.
            let result = decompress(&around(&altered, ZLIB), 1_000);
            let harmless = index == stream.len() - 5 && result.as_deref() == Ok(CONTENT);
            assert!(result.is_err() || harmless, "octet {index} bit {bit}");
        }
    }
    // Without the header of zlib; with a dictionary that nobody has (RFC 1950 §2.2, FDICT).
    let raw = &stream[2..stream.len() - 4];
    let dictionary = [
        &[0x78, 0xbb, 1, 2, 3, 4][..],
        raw,
        &stream[stream.len() - 4..],
    ]
    .concat();
    for spoilt in [raw, &dictionary, &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]] {
        let result = decompress(&around(spoilt, ZLIB), 1_000);
        assert_eq!(result, Err(DecompressError::Malformed));
    }
}

#[test]
fn another_compression_is_named() {
    let octets = around(&zlib(CONTENT), "1.2.3.4");
    let error = decompress(&octets, 1_000).unwrap_err();
    assert_eq!(error.code(), "unsupported-algorithm");
    assert_eq!(error.to_string(), "compression 1.2.3.4 not supported");
}

#[test]
fn every_truncation_every_appended_octet_and_missing_content_is_an_error() {
    let octets = compress(CONTENT);
    for end in 0..octets.len() {
        assert!(
            CompressedData::parse(&octets[..end], &limits()).is_err(),
            "{end}"
        );
    }
    let longer = [octets.as_slice(), &[0]].concat();
    let trailing = DecodeError::new(DecodeErrorKind::Trailing, octets.len());
    let result = CompressedData::parse(&longer, &limits());
    assert_eq!(result.err(), Some(trailing));

    let explicit = {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(CONTENT).unwrap();
        let stream = encode(tag::OCTET_STRING, &[&encoder.finish().unwrap()]);
        encode(tag::CONTEXT_CONSTRUCTED, &[&stream])
    };
    let without = replace(&octets, &explicit, &[]);
    assert_ne!(without, octets);
    let error = CompressedData::parse(&without, &limits()).unwrap_err();
    let expected = "eContent";
    assert_eq!(error.kind(), DecodeErrorKind::Unexpected { expected });
    let small = limits().with_octets(octets.len() - 1);
    let error = CompressedData::parse(&octets, &small).unwrap_err();
    assert_eq!(error.code(), "limit-exceeded");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_compressed_inflates(content in prop::collection::vec(any::<u8>(), 0..5_000)) {
        let octets = compress(&content);
        prop_assert_eq!(decompress(&octets, content.len()), Ok(content));
    }

    #[test]
    fn octets_altered_never_panic_and_never_inflate_beyond_the_bound(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)
    ) {
        let mut octets = compress(CONTENT);
        for (index, octet) in changes {
            let at = index.index(octets.len());
            octets[at] = octet;
        }
        if let Ok(message) = CompressedData::parse(&octets, &limits())
            && let Ok(content) = message.decompress(1_000)
        {
            prop_assert!(content.len() <= 1_000);
        }
    }
}
