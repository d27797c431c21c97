//! Messages in pieces come to what the same messages come to as a whole.
//!
//! The first octet of the input is the length of the pieces, less one.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rollcert_cms::stream::{
    CompressedDataReader, EnvelopedDataHeader, SignedDataReader, StreamError,
};
use rollcert_cms::{
    CompressedData, ContentEncryptionAlgorithm, ContentType, EnvelopedData, SignatureError,
    SignedData, content_type,
};
use rollcert_crypto::rustcrypto::PROVIDER;
use rollcert_pki::{Certificate, Credential, Limits};

static BOB: LazyLock<Credential> = LazyLock::new(|| {
    let certificate = Certificate::from_der(&include_bytes!("../keys/bob.cert.der")[..])
        .expect("a good certificate");
    let key = PROVIDER
        .load_key(include_bytes!("../keys/bob.key.der"))
        .expect("a good key");
    Credential::new(
        certificate,
        Vec::new(),
        key,
        &PROVIDER,
        &mut StdRng::seed_from_u64(0),
    )
    .expect("they match")
});

/// The content may be inflated to this many octets.
const MOST: usize = 1 << 20;

fuzz_target!(|input: &[u8]| {
    let Some((length, octets)) = input.split_first() else {
        return;
    };
    let length = usize::from(*length) + 1;
    match content_type(octets) {
        Ok(ContentType::EnvelopedData | ContentType::AuthEnvelopedData) => {
            enveloped(octets, length);
        }
        Ok(ContentType::CompressedData) => compressed(octets, length),
        _ => signed(octets, length),
    }
});

fn signed(octets: &[u8], length: usize) {
    let limits = Limits::default();
    let in_pieces = || {
        let mut message = SignedDataReader::new(&limits, &PROVIDER);
        let mut content = Vec::new();
        for piece in octets.chunks(length) {
            message.update(piece, &mut content)?;
        }
        message.finish().map(|message| (content, message))
    };
    let whole = SignedData::parse(octets, &limits);
    let (content, message) = match (in_pieces(), whole.as_ref()) {
        (Ok(in_pieces), Ok(_)) => in_pieces,
        (Err(_), Err(_)) => return,
        (in_pieces, whole) => panic!("in pieces {in_pieces:?}, as a whole {whole:?}"),
    };
    let whole = whole.expect("as above");
    let content = message.digests().map(|_| content);
    assert_eq!(content.as_deref(), whole.content());
    assert_eq!(
        message.message().encapsulated_type(),
        whole.encapsulated_type()
    );
    let verdicts = message.verify(&[], &PROVIDER);
    let expected = whole.verify_attached(&[], &PROVIDER);
    assert_eq!(verdicts.len(), expected.len());
    for (verdict, expected) in verdicts.into_iter().zip(expected) {
        match (verdict.result, expected.result) {
            (Ok(()), Ok(())) => {}
            // What pieces cannot come to.
            (Err(SignatureError::NoContent | SignatureError::NoSignedAttributes), _) => {}
            (Err(error), Err(expected)) => assert_eq!(error.to_string(), expected.to_string()),
            (result, expected) => panic!("in pieces {result:?}, as a whole {expected:?}"),
        }
    }
}

fn enveloped(octets: &[u8], length: usize) {
    let limits = Limits::default();
    let rng = || StdRng::seed_from_u64(1);
    let in_pieces = || {
        let mut header = EnvelopedDataHeader::new(&limits);
        let mut pieces = octets.chunks(length);
        let mut rest: &[u8] = &[];
        for piece in pieces.by_ref() {
            if let Some(behind) = header.read(piece)? {
                rest = behind;
                break;
            }
        }
        let mut message = header.open(&[&BOB], &PROVIDER, &mut rng())?;
        let mut content = Vec::new();
        for piece in core::iter::once(rest).chain(pieces) {
            message.update(piece, &mut content)?;
        }
        message.finish(&mut content)?;
        Ok::<_, StreamError>(content)
    };
    let whole = EnvelopedData::parse(octets, &limits);
    let in_blocks = |message: &EnvelopedData| {
        matches!(
            message.content_algorithm(),
            Some(ContentEncryptionAlgorithm::Cbc(_))
        )
    };
    let expected = whole.as_ref().ok().filter(|message| in_blocks(message));
    let expected =
        expected.and_then(|message| message.decrypt(&[&BOB], &PROVIDER, &mut rng()).ok());
    match (in_pieces(), expected) {
        (Ok(content), Some(expected)) => assert_eq!(content, *expected.content),
        (Err(_), None) => {}
        (in_pieces, expected) => panic!("in pieces {in_pieces:?}, as a whole {expected:?}"),
    }
}

fn compressed(octets: &[u8], length: usize) {
    let limits = Limits::default();
    let in_pieces = || {
        let mut message = CompressedDataReader::new(&limits, MOST);
        let mut content = Vec::new();
        for mut piece in octets.chunks(length) {
            while !piece.is_empty() {
                let before = content.len();
                piece = message.update(piece, &mut content)?;
                assert!(content.len() - before <= 96 * 1024, "too much at a time");
            }
        }
        let content_type = message.finish(&mut content)?;
        Ok::<_, StreamError>((content, content_type))
    };
    let expected = CompressedData::parse(octets, &limits)
        .ok()
        .and_then(|message| {
            let content = message.decompress(MOST).ok()?;
            Some((content, message.encapsulated_type()))
        });
    match (in_pieces(), expected) {
        (Ok(in_pieces), Some(expected)) => assert_eq!(in_pieces, expected),
        (Err(_), None) => {}
        (in_pieces, expected) => panic!("in pieces {in_pieces:?}, as a whole {expected:?}"),
    }
}
