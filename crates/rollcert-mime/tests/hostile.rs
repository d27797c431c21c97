//! Entities made to hurt: a typed error or a result, in time and memory that go with their octets.
//!
//! The sizes are such that work in proportion to their square would not end while anybody waits.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use rollcert_mime::{
    DecodeErrorKind, Entity, Headers, Limits, MediaType, Multipart, TransferEncoding,
    canonical_lines,
};

const MEBIBYTE: usize = 1 << 20;

fn split(body: &[u8]) -> Result<Multipart<'_>, DecodeErrorKind> {
    let headers = Headers::from_pairs([("Content-Type", "multipart/mixed; boundary=-")]);
    Entity::with_headers(headers, body)
        .parts(&Limits::default())
        .map_err(rollcert_mime::DecodeError::kind)
}

#[test]
fn h4_multiparts_in_multiparts_cost_nothing_until_they_are_asked_for() {
    let mut octets = Vec::new();
    for depth in 0..100_000 {
        octets.extend_from_slice(
            format!("Content-Type: multipart/mixed; boundary=\"{depth}.\"\r\n\r\n--{depth}.\r\n")
                .as_bytes(),
        );
    }
    let limits = Limits::default();
    let entity = Entity::parse(&octets, &limits).unwrap();
    let error = entity.parts(&limits).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::MissingCloseDelimiter);
    octets.extend_from_slice(b"\r\n--0.--");
    let entity = Entity::parse(&octets, &limits).unwrap();
    assert_eq!(entity.parts(&limits).unwrap().parts.len(), 1);
}

#[test]
fn h4_headers_and_parameters_are_counted() {
    let limits = Limits::default();
    let kind = |octets: &[u8]| Headers::parse(octets, &limits).unwrap_err().kind();
    let fields = "A: b\r\n".repeat(100_000);
    assert_eq!(
        kind(fields.as_bytes()),
        DecodeErrorKind::TooManyFields { max: 256 }
    );
    let folded = format!("A: b\r\n{}", " c\r\n".repeat(100_000));
    let too_long = DecodeErrorKind::HeaderTooLong { max: 65_536 };
    assert_eq!(kind(folded.as_bytes()), too_long);
    let one_line = format!("A: {}", "b".repeat(MEBIBYTE));
    assert_eq!(kind(one_line.as_bytes()), too_long);

    let parameters = format!("a/b{}", "; c=d".repeat(100_000));
    let error = MediaType::parse(&parameters, &limits).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::DuplicateParameter);
    let parameters: String = (0..100_000)
        .map(|number| format!("; c{number}=d"))
        .collect();
    let error = MediaType::parse(format!("a/b{parameters}"), &limits).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::TooManyParameters { max: 32 });
}

#[test]
fn h5_controls_in_headers_are_refused() {
    let limits = Limits::default();
    for octets in [
        &b"A: b\0\r\n"[..],
        b"A: b\rB: c\r\n",
        b"A\0: b\r\n",
        b"A: b\r\r\n",
    ] {
        let error = Headers::parse(octets, &limits).unwrap_err();
        assert!(
            matches!(
                error.kind(),
                DecodeErrorKind::ControlCharacter | DecodeErrorKind::FieldName
            ),
            "{octets:?}"
        );
    }
    // Text that is not UTF-8 is text all the same, with replacement characters, and a byte order mark no name.
    let headers = Headers::parse(b"A: \xff\xfe\r\n", &limits).unwrap();
    assert_eq!(headers.first("a").as_deref(), Some("\u{fffd}\u{fffd}"));
    let error = Headers::parse(b"\xef\xbb\xbfA: b\r\n", &limits).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::FieldName);
}

#[test]
fn bodies_full_of_what_looks_like_delimiters_are_split_in_one_pass() {
    let missing = Err(DecodeErrorKind::MissingCloseDelimiter);
    for line in [
        "-",
        "---",
        "---x\n",
        "--- x\r\n",
        "\n---\t\tx",
        "---\r",
        "x---\n",
    ] {
        let body = line.repeat(MEBIBYTE / line.len());
        assert_eq!(split(body.as_bytes()).map(drop), missing, "{line:?}");
    }
    let parts = "---\n".repeat(MEBIBYTE / 4);
    let too_many = Err(DecodeErrorKind::TooManyParts { max: 64 });
    assert_eq!(split(parts.as_bytes()).map(drop), too_many);
    let blanks = format!("---{}\n", " ".repeat(MEBIBYTE));
    assert_eq!(split(blanks.as_bytes()).map(drop), missing);
    let between = format!("---\n\n{}\n-----", "--- x\n".repeat(MEBIBYTE / 4));
    assert_eq!(split(between.as_bytes()).unwrap().parts.len(), 1);
}

#[test]
fn endless_encodings_end() {
    let zeros = vec![b'A'; MEBIBYTE];
    let decoded = TransferEncoding::Base64.decode(&zeros).unwrap();
    assert_eq!(decoded.len(), MEBIBYTE / 4 * 3);
    for body in ["=", "=\r\n", "A\r\n", " ", "====A"] {
        let body = body.repeat(MEBIBYTE / 4);
        let _ = TransferEncoding::Base64.decode(body.as_bytes());
        let _ = TransferEncoding::QuotedPrintable.decode(body.as_bytes());
    }
    let lines = b"\n".repeat(MEBIBYTE);
    assert_eq!(canonical_lines(&lines).len(), 2 * MEBIBYTE);
}
