//! What holds for every multipart.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use proptest::prelude::*;
use rand::{SeedableRng as _, rngs::StdRng};
use rollcert_mime::{
    ContentId, DecodeError, Entity, EntityBuilder, Limits, MediaType, TransferEncoding, boundary,
    multipart_body,
};

/// Octets that look like delimiters, line ends and headers more often than chance has it.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        proptest::sample::select(vec![
            &b"\r\n"[..],
            b"\n",
            b"\r",
            b"--",
            b"--=_",
            b"-",
            b": ",
            b" ",
            b"=",
            b"--other\r\n",
        ])
        .prop_map(<[u8]>::to_vec),
        proptest::collection::vec(any::<u8>(), 0..6),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn transfer_encoding() -> impl Strategy<Value = TransferEncoding> {
    proptest::sample::select(vec![
        TransferEncoding::SevenBit,
        TransferEncoding::EightBit,
        TransferEncoding::Binary,
        TransferEncoding::Base64,
        TransferEncoding::QuotedPrintable,
    ])
}

fn part(id: &str, encoding: TransferEncoding, body: &[u8]) -> Vec<u8> {
    EntityBuilder::new(MediaType::new("application", "octet-stream").unwrap())
        .with_transfer_encoding(encoding)
        .with_content_id(ContentId::new(id).unwrap())
        .with_header("X-Number", id)
        .unwrap()
        .body(body)
}

fn mixed(seed: u64) -> MediaType {
    MediaType::new("multipart", "mixed")
        .unwrap()
        .with_parameter("boundary", &boundary(&mut StdRng::seed_from_u64(seed)))
        .unwrap()
}

fn split(octets: &[u8]) -> Result<Vec<Vec<u8>>, DecodeError> {
    let limits = Limits::default();
    let multipart = Entity::parse(octets, &limits)?.parts(&limits)?;
    let octets = multipart
        .parts
        .iter()
        .map(|part| part.octets().unwrap().to_vec());
    Ok(octets.collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn splitting_gives_back_the_parts(
        seed in any::<u64>(),
        contents in proptest::collection::vec((transfer_encoding(), body()), 1..5),
    ) {
        let parts: Vec<Vec<u8>> = contents
            .iter()
            .enumerate()
            .map(|(number, (encoding, body))| part(&number.to_string(), *encoding, body))
            .collect();
        let octets = EntityBuilder::multipart(mixed(seed), &parts).unwrap();
        prop_assert_eq!(split(&octets), Ok(parts));

        let limits = Limits::default();
        let multipart = Entity::parse(&octets, &limits).unwrap().parts(&limits).unwrap();
        for (number, (found, (encoding, body))) in multipart.parts.iter().zip(&contents).enumerate() {
            let id = ContentId::new(&number.to_string()).unwrap();
            prop_assert_eq!(found.headers().content_id(), Some(id));
            prop_assert_eq!(found.headers().transfer_encoding(), Ok(*encoding));
            let decoded = found.decoded_body().unwrap();
            prop_assert_eq!(decoded.as_ref(), body.as_slice());
        }
    }

    #[test]
    fn a_nested_multipart_comes_back_whole(
        outer in any::<u64>(),
        inner in any::<u64>(),
        contents in proptest::collection::vec(body(), 1..4),
    ) {
        prop_assume!(outer != inner);
        let parts: Vec<Vec<u8>> = contents
            .iter()
            .map(|body| part("a", TransferEncoding::Binary, body))
            .collect();
        let nested = EntityBuilder::multipart(mixed(inner), &parts).unwrap();
        let octets = EntityBuilder::multipart(mixed(outer), core::slice::from_ref(&nested)).unwrap();
        prop_assert_eq!(split(&octets), Ok(vec![nested.clone()]));
        prop_assert_eq!(split(&nested), Ok(parts));
    }

    #[test]
    fn every_truncation_of_a_multipart_is_an_error(
        seed in any::<u64>(),
        contents in proptest::collection::vec((transfer_encoding(), body()), 1..4),
    ) {
        let parts: Vec<Vec<u8>> = contents
            .iter()
            .map(|(encoding, body)| part("a", *encoding, body))
            .collect();
        let octets = EntityBuilder::multipart(mixed(seed), &parts).unwrap();
        // The line end after the closing delimiter is the only thing that may be missing.
        let complete = octets.len() - 2;
        for length in 0..complete {
            prop_assert!(split(&octets[..length]).is_err(), "{} of {}", length, octets.len());
        }
        prop_assert_eq!(split(&octets[..complete]), Ok(parts));
    }

    #[test]
    fn what_stands_around_a_multipart_changes_nothing(
        seed in any::<u64>(),
        contents in proptest::collection::vec(body(), 1..4),
        preamble in "[ -~]{0,20}",
        epilogue in body(),
    ) {
        let parts: Vec<Vec<u8>> = contents
            .iter()
            .map(|body| part("a", TransferEncoding::Binary, body))
            .collect();
        let media_type = mixed(seed);
        let body = multipart_body(&media_type, &parts).unwrap();
        let header = format!("Content-Type: {media_type}\r\n\r\n{preamble}\r\n");
        let octets = [header.as_bytes(), &body, &epilogue].concat();
        prop_assert_eq!(split(&octets), Ok(parts));

        let limits = Limits::default();
        let multipart = Entity::parse(&octets, &limits).unwrap().parts(&limits).unwrap();
        prop_assert_eq!(multipart.preamble, preamble.as_bytes());
        prop_assert_eq!(multipart.epilogue, epilogue.as_slice());
    }

    #[test]
    fn arbitrary_octets_never_panic(
        body in proptest::collection::vec(
            prop_oneof![
                proptest::sample::select(vec![
                    &b"--b"[..], b"--b--", b"\r\n", b"\n", b"\r\n\r\n", b"A: b", b"Content-Type: multipart/mixed; boundary=c",
                ])
                .prop_map(<[u8]>::to_vec),
                proptest::collection::vec(any::<u8>(), 0..8),
            ],
            0..16,
        ),
    ) {
        let octets = [&b"Content-Type: multipart/mixed; boundary=b\n\n"[..], &body.concat()].concat();
        if let Ok(parts) = split(&octets) {
            prop_assert!(!parts.is_empty());
        }
    }
}

#[test]
fn boundaries_differ_and_occur_in_no_encoded_body() {
    let mut rng = StdRng::seed_from_u64(1);
    let (first, second) = (boundary(&mut rng), boundary(&mut rng));
    assert_ne!(first, second);
    assert_eq!((first.len(), first.get(..2)), (34, Some("=_")));
    let quoted = TransferEncoding::QuotedPrintable
        .encode(format!("--{first}").as_bytes())
        .into_owned();
    let carrier = MediaType::new("multipart", "mixed")
        .and_then(|it| it.with_parameter("boundary", &first))
        .unwrap();
    assert!(multipart_body(&carrier, &[quoted]).is_ok());
}
