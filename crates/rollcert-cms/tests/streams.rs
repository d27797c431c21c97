//! Messages in pieces: the same as whole messages, whatever the pieces, and no worse with hostile ones.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::std_instead_of_core,
    reason = "a test that panics has failed, which is what it is for"
)]

mod support;

use core::sync::atomic::{AtomicUsize, Ordering};
use std::path::PathBuf;
use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use rollcert_cms::stream::{
    CompressedDataReader, CompressedDataWriter, ContentHasher, EnvelopedDataHeader,
    EnvelopedDataWriter, OpenedContent, SignedDataReader, SignedDataWriter, StreamError,
    StreamedSignedData,
};
use rollcert_cms::{
    CompressedData, ContentType, DecompressError, DecryptError, EncryptError, EnvelopedData,
    KeyManagement, Recipient, RecipientMatch, SignError, SignatureScheme, SignedData,
    SignedDataBuilder, SignerIdentifierForm, SignerVerdict, SigningRequest, compress, encrypt,
    sign_attached, sign_detached,
};
use rollcert_crypto::rustcrypto::PROVIDER;
use rollcert_crypto::{
    AeadAlgorithm, CipherStream, ContentAlgorithm, ContentCiphers, DigestAlgorithm, Error,
    KeyTransportAlgorithm, KeyWrapAlgorithm, Provider, aws_lc,
};
use rollcert_pki::asn1::{DecodeError, DecodeErrorKind, Element, Reader, encode};
use rollcert_pki::{Credential, Limits};
use support::bouncy_castle;
use support::openssl::OpenSsl;
use support::*;
use zeroize::Zeroizing;

const SHA256: DigestAlgorithm = DigestAlgorithm::Sha256;
const AES: ContentAlgorithm = ContentAlgorithm::Aes256Cbc;

/// Octets of which some compress and some do not.
fn content_of(len: usize) -> Vec<u8> {
    (0..len)
        .map(|n| u8::try_from(if n % 900 < 450 { n * n % 251 } else { 7 }).unwrap())
        .collect()
}

/// The octets in pieces of these lengths, again and again.
fn pieces<'a>(octets: &'a [u8], lengths: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = octets;
    lengths.iter().cycle().map_while(move |length| {
        let (piece, behind) = rest.split_at_checked(*length).unwrap_or((rest, &[]));
        rest = behind;
        (!piece.is_empty()).then_some(piece)
    })
}

fn write_signed(content: &[u8], lengths: &[usize]) -> Vec<u8> {
    let mut message = SignedDataWriter::new([SHA256], &PROVIDER);
    let mut out = Vec::new();
    for piece in pieces(content, lengths) {
        let before = out.len();
        message.update(piece, &mut out);
        assert!(out.len() - before <= piece.len() + 34_000);
    }
    message.sign(&alice(), SHA256, now(), &mut out).unwrap();
    out
}

fn write_enveloped(content: &[u8], lengths: &[usize], algorithm: ContentAlgorithm) -> Vec<u8> {
    let bob = bob();
    let recipients = [Recipient::from(bob.certificate())];
    let mut message =
        EnvelopedDataWriter::new(&recipients, algorithm, &PROVIDER, &mut rng()).unwrap();
    let mut out = Vec::new();
    for piece in pieces(content, lengths) {
        let before = out.len();
        message.update(piece, &mut out).unwrap();
        assert!(out.len() - before <= piece.len() + 34_000);
    }
    message.finish(&mut out).unwrap();
    out
}

fn write_compressed(content: &[u8], lengths: &[usize]) -> Vec<u8> {
    let mut message = CompressedDataWriter::new();
    let mut out = Vec::new();
    for piece in pieces(content, lengths) {
        message.update(piece, &mut out);
    }
    message.finish(&mut out);
    out
}

fn read_signed(
    octets: &[u8],
    lengths: &[usize],
) -> Result<(Vec<u8>, StreamedSignedData), DecodeError> {
    let mut message = SignedDataReader::new(&limits(), &PROVIDER);
    let mut content = Vec::new();
    for piece in pieces(octets, lengths) {
        message.update(piece, &mut content)?;
    }
    Ok((content, message.finish()?))
}

/// As `receiver_rng` draws it, whoever the message is for.
fn read_enveloped(
    octets: &[u8],
    lengths: &[usize],
    credentials: &[&Credential],
    provider: &Provider,
) -> Result<(Vec<u8>, OpenedContent), StreamError> {
    let mut header = EnvelopedDataHeader::new(&limits());
    let mut pieces = pieces(octets, lengths);
    let rest = loop {
        let Some(piece) = pieces.next() else {
            break &[][..];
        };
        if let Some(rest) = header.read(piece)? {
            break rest;
        }
    };
    let mut message = header.open(credentials, provider, &mut receiver_rng())?;
    let mut content = Vec::new();
    message.update(rest, &mut content)?;
    for piece in pieces {
        message.update(piece, &mut content)?;
    }
    let opened = message.finish(&mut content)?;
    Ok((content, opened))
}

fn read_compressed(
    octets: &[u8],
    lengths: &[usize],
    max_octets: usize,
) -> Result<(Vec<u8>, ContentType), StreamError> {
    let mut message = CompressedDataReader::new(&limits(), max_octets);
    let mut content = Vec::new();
    for mut piece in pieces(octets, lengths) {
        while !piece.is_empty() {
            let before = content.len();
            piece = message.update(piece, &mut content)?;
            assert!(content.len() - before <= 96 * 1024);
        }
    }
    let content_type = message.finish(&mut content)?;
    Ok((content, content_type))
}

fn codes(verdicts: &[SignerVerdict]) -> Vec<&'static str> {
    verdicts
        .iter()
        .map(|verdict| {
            verdict
                .result
                .as_ref()
                .map_or_else(|error| error.code(), |()| "ok")
        })
        .collect()
}

/// What whole messages and pieces must agree in: the content, and the verdicts, or that there is none.
type Signed = Result<(Option<Vec<u8>>, Vec<&'static str>), ()>;

fn signed_whole(octets: &[u8]) -> Signed {
    let message = SignedData::parse(octets, &limits()).map_err(|_| ())?;
    let content = message.content().map(<[u8]>::to_vec);
    let verdicts = message.verify_attached(&[alice().certificate().clone()], &PROVIDER);
    Ok((content, codes(&verdicts)))
}

fn signed_in_pieces(octets: &[u8], lengths: &[usize]) -> Signed {
    let (content, message) = read_signed(octets, lengths).map_err(|_| ())?;
    assert_eq!(message.message().content(), None, "it has gone by");
    let content = message.digests().is_some().then_some(content);
    let verdicts = message.verify(&[alice().certificate().clone()], &PROVIDER);
    Ok((content, codes(&verdicts)))
}

type Opened = Result<(Vec<u8>, ContentType, RecipientMatch), &'static str>;

fn opened_whole(octets: &[u8], bob: &Credential) -> Opened {
    let message = EnvelopedData::parse(octets, &limits()).map_err(|_| "malformed")?;
    let opened = message.decrypt(&[bob], &PROVIDER, &mut receiver_rng());
    let opened = opened.map_err(|error| error.code())?;
    Ok((opened.content.to_vec(), opened.content_type, opened.matched))
}

fn opened_in_pieces(octets: &[u8], lengths: &[usize], bob: &Credential) -> Opened {
    match read_enveloped(octets, lengths, &[bob], &PROVIDER) {
        Ok((content, opened)) => Ok((content, opened.content_type, opened.matched)),
        Err(StreamError::Malformed(_) | StreamError::Authenticated { .. }) => Err("malformed"),
        Err(error) => Err(error.code()),
    }
}

type Inflated = Result<(Vec<u8>, ContentType), &'static str>;

fn inflated_whole(octets: &[u8]) -> Inflated {
    let message = CompressedData::parse(octets, &limits()).map_err(|_| "malformed")?;
    let content = message.decompress(1 << 20).map_err(|error| error.code())?;
    Ok((content, message.encapsulated_type()))
}

fn inflated_in_pieces(octets: &[u8], lengths: &[usize]) -> Inflated {
    read_compressed(octets, lengths, 1 << 20).map_err(|error| match error {
        StreamError::Malformed(_) => "malformed",
        error => error.code(),
    })
}

/// A DER message as another writer might have put it: lengths indefinite or longer than need be, strings in
/// segments, as `choices` will have it. Certificates stay as they are, as they must.
fn in_ber(der: &[u8], path: &mut Vec<u8>, choices: &mut impl Iterator<Item = u8>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut reader = Reader::new(der);
    while !reader.is_empty() {
        let element = reader.element().unwrap();
        let identifier = element.raw()[0];
        path.push(identifier);
        // `encryptedContent` and `certificates`.
        let implicit = *path == [0x30, 0xa0, 0x30, 0x30, 0x80];
        if *path == [0x30, 0xa0, 0x30, 0xa0] {
            out.extend_from_slice(element.raw());
        } else if identifier & 0x20 != 0 {
            let inner = in_ber(element.content(), path, choices);
            out.extend(wrapped(identifier, &inner, choices));
        } else if identifier == 4 || implicit {
            out.extend(segmented(identifier, element.content(), 0, choices));
        } else {
            out.extend(wrapped(identifier, element.content(), choices));
        }
        path.pop();
    }
    out
}

fn wrapped(identifier: u8, content: &[u8], choices: &mut impl Iterator<Item = u8>) -> Vec<u8> {
    let choice = choices.next().unwrap() % 3;
    if choice == 0 && identifier & 0x20 != 0 {
        [&[identifier, 0x80], content, &[0, 0]].concat()
    } else if choice == 1 {
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        [&[identifier, 0x86, 0, 0], length.as_slice(), content].concat()
    } else {
        encode(identifier, &[content])
    }
}

fn segmented(
    identifier: u8,
    content: &[u8],
    depth: usize,
    choices: &mut impl Iterator<Item = u8>,
) -> Vec<u8> {
    let choice = usize::from(choices.next().unwrap());
    if depth == 3 || choice % 3 == 0 {
        return wrapped(identifier, content, choices);
    }
    let (head, tail) = content.split_at(choice / 3 % content.len().max(1));
    let segments = [
        segmented(4, head, depth + 1, choices),
        segmented(4, tail, depth + 1, choices),
    ];
    wrapped(identifier | 0x20, &segments.concat(), choices)
}

fn ber(der: &[u8], choices: &[u8]) -> Vec<u8> {
    in_ber(der, &mut Vec::new(), &mut choices.iter().copied().cycle())
}

/// One message of each kind in DER, over short content.
fn short_messages() -> [Vec<u8>; 3] {
    static MESSAGES: LazyLock<[Vec<u8>; 3]> = LazyLock::new(make_short_messages);
    MESSAGES.clone()
}

fn make_short_messages() -> [Vec<u8>; 3] {
    let content = content_of(100);
    let (alice, bob) = (alice(), bob());
    let recipients = [Recipient::from(bob.certificate())];
    [
        sign_attached(&content, &alice, SHA256, now(), &PROVIDER).unwrap(),
        encrypt(&content, &recipients, AES, &PROVIDER, &mut rng()).unwrap(),
        compress(&content),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_written_does_not_depend_on_the_pieces(
        len in prop_oneof![0..100_usize, 32_760..32_780_usize, 65_500..65_600_usize, 0..150_000_usize],
        lengths in vec(prop_oneof![1..20_usize, 1..40_000_usize], 1..8),
    ) {
        let content = content_of(len);
        let whole = [len.max(1)];
        let signed = write_signed(&content, &whole);
        prop_assert_eq!(&write_signed(&content, &lengths), &signed);
        prop_assert_eq!(signed_whole(&signed), Ok((Some(content.clone()), vec!["ok"])));
        prop_assert_eq!(signed_in_pieces(&signed, &lengths), signed_whole(&signed));

        let bob = bob();
        let enveloped = write_enveloped(&content, &whole, AES);
        prop_assert_eq!(&write_enveloped(&content, &lengths, AES), &enveloped);
        let expected = Ok((content.clone(), ContentType::Data, RecipientMatch::Identifier));
        prop_assert_eq!(opened_whole(&enveloped, &bob), expected);
        prop_assert_eq!(opened_in_pieces(&enveloped, &lengths, &bob), opened_whole(&enveloped, &bob));

        let compressed = write_compressed(&content, &whole);
        prop_assert_eq!(&write_compressed(&content, &lengths), &compressed);
        prop_assert_eq!(inflated_whole(&compressed), Ok((content, ContentType::Data)));
        prop_assert_eq!(inflated_in_pieces(&compressed, &lengths), inflated_whole(&compressed));
    }

    #[test]
    fn whatever_form_and_pieces_a_message_comes_in_the_result_is_that_of_the_whole(
        choices in vec(any::<u8>(), 1..64),
        lengths in vec(1..200_usize, 1..8),
    ) {
        let content = content_of(100);
        let [signed, enveloped, compressed] = short_messages().map(|der| ber(&der, &choices));
        prop_assert_eq!(signed_whole(&signed), Ok((Some(content.clone()), vec!["ok"])));
        prop_assert_eq!(signed_in_pieces(&signed, &lengths), signed_whole(&signed));
        let bob = bob();
        let opened = opened_whole(&enveloped, &bob);
        prop_assert_eq!(&opened.as_ref().unwrap().0, &content);
        prop_assert_eq!(opened_in_pieces(&enveloped, &lengths, &bob), opened);
        let inflated = inflated_whole(&compressed);
        prop_assert_eq!(&inflated.as_ref().unwrap().0, &content);
        prop_assert_eq!(inflated_in_pieces(&compressed, &lengths), inflated);
    }

    #[test]
    fn altered_octets_come_to_what_they_come_to_in_the_whole_and_never_panic(
        choices in vec(any::<u8>(), 1..64),
        flips in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        lengths in vec(1..200_usize, 1..8),
    ) {
        let bob = bob();
        for (kind, der) in short_messages().iter().enumerate() {
            let mut octets = ber(der, &choices);
            for (index, flip) in &flips {
                let at = index.index(octets.len());
                octets[at] ^= flip;
            }
            match kind {
                0 => {
                    let (in_pieces, whole) = (signed_in_pieces(&octets, &lengths), signed_whole(&octets));
                    prop_assert!(agree(&in_pieces, &whole), "{in_pieces:?} {whole:?}");
                }
                1 => prop_assert_eq!(
                    opened_in_pieces(&octets, &lengths, &bob).map_err(|_| ()),
                    opened_whole(&octets, &bob).map_err(|_| ())
                ),
                _ => prop_assert_eq!(
                    inflated_in_pieces(&octets, &lengths).map_err(|_| ()),
                    inflated_whole(&octets).map_err(|_| ())
                ),
            }
        }
    }
}

/// Whether pieces came to what the whole does. Two verdicts they cannot reach: over a digest that only the signer
/// names, and over the content itself.
fn agree(in_pieces: &Signed, whole: &Signed) -> bool {
    let beyond = ["no-content", "no-signed-attributes"];
    match (in_pieces, whole) {
        (Ok((content, verdicts)), Ok((whole_content, whole_verdicts))) => {
            let mut pairs = verdicts.iter().zip(whole_verdicts);
            content == whole_content
                && verdicts.len() == whole_verdicts.len()
                && pairs.all(|(verdict, whole)| verdict == whole || beyond.contains(verdict))
        }
        (in_pieces, whole) => in_pieces == whole,
    }
}

#[test]
fn every_single_octet_and_every_octet_on_its_own() {
    let content = content_of(100);
    let [signed, enveloped, compressed] = short_messages();
    let bob = bob();
    for lengths in [&[1][..], &[1, 2], &[7], &[100_000]] {
        assert_eq!(
            signed_in_pieces(&signed, lengths),
            Ok((Some(content.clone()), vec!["ok"]))
        );
        let opened = opened_in_pieces(&enveloped, lengths, &bob).unwrap();
        assert_eq!(opened.0, content);
        let inflated = inflated_in_pieces(&compressed, lengths).unwrap();
        assert_eq!(inflated, (content.clone(), ContentType::Data));
    }
}

#[test]
fn every_truncation_and_every_appended_octet_is_an_error() {
    let content = content_of(40_000);
    let bob = bob();
    let whole = [100_000];
    let streamed = [
        write_signed(&content, &whole),
        write_enveloped(&content, &whole, AES),
        write_compressed(&content, &whole),
    ];
    let short = short_messages();
    for (kind, octets) in streamed.iter().chain(&short).enumerate() {
        let fails = |octets: &[u8]| match kind % 3 {
            0 => signed_in_pieces(octets, &whole).is_err(),
            1 => opened_in_pieces(octets, &whole, &bob).is_err(),
            _ => inflated_in_pieces(octets, &whole).is_err(),
        };
        assert!(!fails(octets));
        // Of long content, not each octet.
        let step = if octets.len() > 5_000 { 97 } else { 1 };
        let ends = (0..octets.len())
            .filter(|end| end % step == 0 || *end < 700 || octets.len() - end < 700);
        // An RSA operation for each.
        let every = if kind % 3 == 1 { 3 } else { 1 };
        for end in ends.step_by(every) {
            assert!(fails(&octets[..end]), "{kind}: {end} of {}", octets.len());
        }
        for more in [&[0][..], b"\n", &[0, 0], octets] {
            assert!(fails(&[octets, more].concat()), "{kind}");
        }
    }
}

#[test]
fn a_reader_that_failed_reads_no_more() {
    let [signed, enveloped, compressed] = short_messages();
    let end = |der: &[u8]| DecodeError::new(DecodeErrorKind::Trailing, der.len());
    let mut content = Vec::new();

    let mut reader = SignedDataReader::new(&limits(), &PROVIDER);
    let error = reader.update(&[&signed, &b"!"[..]].concat(), &mut content);
    assert_eq!(error, Err(end(&signed)));
    assert_eq!(reader.update(b"", &mut content), Err(end(&signed)));
    assert_eq!(reader.finish().unwrap_err(), end(&signed));

    let mut header = EnvelopedDataHeader::new(&limits());
    let rest = header.read(&enveloped).unwrap().unwrap();
    let bob = bob();
    let mut reader = header
        .open(&[&bob], &PROVIDER, &mut receiver_rng())
        .unwrap();
    reader.update(rest, &mut content).unwrap();
    for _ in 0..2 {
        let error = reader.update(b"!", &mut content).unwrap_err();
        assert!(matches!(error, StreamError::Malformed(error) if error == end(&enveloped)));
    }
    assert_eq!(
        reader.finish(&mut content).unwrap_err().code(),
        "trailing-octets"
    );

    let mut reader = CompressedDataReader::new(&limits(), 10);
    for _ in 0..2 {
        let error = reader.update(&compressed, &mut content).unwrap_err();
        let expected = DecompressError::TooLong { max: 10 };
        assert!(matches!(error, StreamError::Decompress(error) if error == expected));
    }
    assert!(reader.finish(&mut content).is_err());
}

#[test]
fn messages_of_openssl_are_read_in_pieces() {
    let Some(openssl) = OpenSsl::new() else {
        return;
    };
    let content = content_of(300_000);
    let files = |name: &str| -> (PathBuf, PathBuf) {
        (
            path(&format!("{name}.cert.pem")),
            path(&format!("{name}.key.pem")),
        )
    };
    let (certificate, key) = files("as2/alice-old");
    for form in [
        &["-stream"][..],
        &[],
        &["-stream", "-keyid", "-md", "sha512"],
    ] {
        let options = [&["-sign", "-nodetach", "-outform", "DER"], form].concat();
        let octets = openssl.cms(
            &content,
            &options,
            &[("-signer", &certificate), ("-inkey", &key)],
        );
        assert_eq!(octets[1] == 0x80, form.contains(&"-stream"));
        let (read, message) = read_signed(&octets, &[10_000, 1, 17]).unwrap();
        assert!(read == content);
        assert_eq!(codes(&message.verify(&[], &PROVIDER)), ["ok"]);
    }
    // Without attributes the signature stands over the content itself.
    let options = [
        "-sign",
        "-nodetach",
        "-noattr",
        "-stream",
        "-outform",
        "DER",
    ];
    let octets = openssl.cms(
        &content,
        &options,
        &[("-signer", &certificate), ("-inkey", &key)],
    );
    let (read, message) = read_signed(&octets, &[10_000]).unwrap();
    assert!(read == content);
    assert_eq!(
        codes(&message.verify(&[], &PROVIDER)),
        ["no-signed-attributes"]
    );
    assert_eq!(signed_whole(&octets).unwrap().1, ["ok"]);

    let (certificate, _) = files("as2/bob");
    let bob = bob();
    for cipher in ["-aes-128-cbc", "-aes-192-cbc", "-aes-256-cbc", "-des3"] {
        for form in [&["-stream"][..], &[], &["-stream", "-keyid"]] {
            let options = [&["-encrypt", cipher, "-outform", "DER"], form].concat();
            let octets = openssl.cms(&content, &options, &[("-recip", &certificate)]);
            assert_eq!(octets[1] == 0x80, form.contains(&"-stream"));
            for provider in PROVIDERS {
                let (read, opened) =
                    read_enveloped(&octets, &[10_000, 1, 17], &[&bob], &provider).unwrap();
                assert!(read == content);
                assert_eq!(opened.recipient, *bob.certificate());
            }
        }
    }
    let options = ["-encrypt", "-aes-256-gcm", "-stream", "-outform", "DER"];
    let octets = openssl.cms(&content, &options, &[("-recip", &certificate)]);
    let error = read_enveloped(&octets, &[100], &[&bob], &PROVIDER).unwrap_err();
    assert_eq!(error.code(), "authenticated-content");
}

#[test]
fn openssl_reads_what_is_written_in_pieces() {
    let Some(openssl) = OpenSsl::new() else {
        return;
    };
    for len in [0, 1, 32_768, 300_000] {
        let content = content_of(len);
        let lengths = [10_000, 1, 17];
        let options = ["-verify", "-inform", "DER", "-noverify"];
        let octets = write_signed(&content, &lengths);
        assert!(openssl.cms(&octets, &options, &[]) == content);

        let (certificate, key) = (path("as2/bob.cert.pem"), path("as2/bob.key.pem"));
        for algorithm in ContentAlgorithm::ALL {
            let octets = write_enveloped(&content, &lengths, algorithm);
            let files = [("-recip", certificate.as_path()), ("-inkey", &key)];
            let read = openssl.cms(&octets, &["-decrypt", "-inform", "DER"], &files);
            assert!(read == content, "{algorithm}");
        }
    }
}

#[test]
fn detached_signatures_come_from_digests_and_verify_by_them() {
    let content = content_of(100_000);
    let alice = alice();
    let mut hasher = ContentHasher::new([SHA256, SHA256], &PROVIDER);
    pieces(&content, &[1, 50_000]).for_each(|piece| hasher.update(piece));
    let digests = hasher.finish();
    assert_eq!(digests, [(SHA256, PROVIDER.digest(SHA256, &content))]);

    let certificate = alice.certificate();
    let scheme = SignatureScheme::from(SHA256)
        .for_certificate(certificate)
        .unwrap();
    let request = SigningRequest::new(&digests[0].1, certificate, scheme, Some(now())).unwrap();
    let signature = request.sign(alice.key()).unwrap();
    let octets = request.assemble(&signature, &[certificate]);
    assert_eq!(
        octets,
        sign_detached(&content, &alice, SHA256, now(), &PROVIDER).unwrap()
    );

    let message = SignedData::parse(&octets, &limits()).unwrap();
    let verdict = |content: &[u8]| {
        let mut hasher = ContentHasher::new(message.content_digests(), &PROVIDER);
        pieces(content, &[9]).for_each(|piece| hasher.update(piece));
        codes(&message.verify_digests(&hasher.finish(), &[], &PROVIDER))
    };
    assert_eq!(verdict(&content), ["ok"]);
    assert_eq!(verdict(&content[1..]), ["digest-mismatch"]);
}

#[test]
fn several_signers_of_any_kind_sign_content_in_pieces() {
    let content = content_of(50_000);
    let (alice, carol) = (alice(), carol());
    let sha512 = DigestAlgorithm::Sha512;
    let mut message = SignedDataWriter::new([SHA256, sha512], &PROVIDER)
        .with_content_type(ContentType::CompressedData)
        .with_identifier_form(SignerIdentifierForm::SubjectKeyIdentifier);
    let mut out = Vec::new();
    message.update(&content, &mut out);
    let closing = message.end_content(&mut out);
    assert_eq!(closing.digests().len(), 2);
    let mut signers = SignedDataBuilder::detached();
    for (signer, digest) in [(&alice, SHA256), (&carol, sha512)] {
        let request = closing
            .request(signer.certificate(), digest, Some(now()))
            .unwrap();
        let request = match request
            .clone()
            .with_identifier_form(SignerIdentifierForm::SubjectKeyIdentifier)
        {
            Ok(request) => request,
            Err(_) => request,
        };
        let signature = request.sign(signer.key()).unwrap();
        signers = signers
            .with_signer(&request, &signature)
            .unwrap()
            .with_certificate(signer.certificate());
    }
    closing.finish(signers, &mut out).unwrap();

    let (read, message) = read_signed(&out, &[1_000]).unwrap();
    assert!(read == content);
    assert_eq!(
        message.message().encapsulated_type(),
        ContentType::CompressedData
    );
    assert_eq!(codes(&message.verify(&[], &PROVIDER)), ["ok", "ok"]);
    assert_eq!(signed_whole(&out), Ok((Some(content), vec!["ok", "ok"])));
}

#[test]
fn signers_that_the_beginning_does_not_announce_are_refused() {
    let alice = alice();
    let begun = || {
        let mut out = Vec::new();
        let mut message = SignedDataWriter::new([SHA256], &PROVIDER);
        message.update(b"content", &mut out);
        // Too late.
        let message = message.with_content_type(ContentType::SignedData);
        (message.end_content(&mut out), out)
    };
    let sha512 = DigestAlgorithm::Sha512;
    let (closing, mut out) = begun();
    let error = closing
        .request(alice.certificate(), sha512, Some(now()))
        .unwrap_err();
    assert!(
        matches!(error, SignError::NotAnnounced { what: "sha-512" }),
        "{error:?}"
    );

    let digest = PROVIDER.digest(sha512, b"content");
    let scheme = SignatureScheme::from(sha512)
        .for_certificate(alice.certificate())
        .unwrap();
    let request = SigningRequest::new(&digest, alice.certificate(), scheme, None).unwrap();
    let signers = SignedDataBuilder::detached()
        .with_signer(&request, b"signature")
        .unwrap();
    let before = out.clone();
    let error = closing.finish(signers, &mut out).unwrap_err();
    assert_eq!(error.code(), "not-announced");
    assert_eq!(out, before);

    let (closing, mut out) = begun();
    let request = closing.request(alice.certificate(), SHA256, None).unwrap();
    assert_eq!(request.content_type(), ContentType::Data);
    let other = request.with_content_type(ContentType::SignedData).unwrap();
    let signers = SignedDataBuilder::detached()
        .with_signer(&other, b"signature")
        .unwrap();
    let error = closing.finish(signers, &mut out).unwrap_err();
    assert_eq!(error.code(), "content-type-mismatch");

    let carol = carol();
    if carol.certificate().subject_key_identifier().is_some() {
        let (closing, mut out) = begun();
        let request = closing.request(carol.certificate(), SHA256, None).unwrap();
        let request = request.with_identifier_form(SignerIdentifierForm::SubjectKeyIdentifier);
        let signers = SignedDataBuilder::detached()
            .with_signer(&request.unwrap(), b"signature")
            .unwrap();
        let error = closing.finish(signers, &mut out).unwrap_err();
        assert_eq!(error.code(), "not-announced");
    }
}

#[test]
fn detached_and_missing_content_is_told_from_empty_content() {
    let alice = alice();
    let detached = sign_detached(b"", &alice, SHA256, now(), &PROVIDER).unwrap();
    let (content, message) = read_signed(&detached, &[5]).unwrap();
    assert_eq!((content.as_slice(), message.digests()), (&b""[..], None));
    assert_eq!(codes(&message.verify(&[], &PROVIDER)), ["no-content"]);

    let attached = sign_attached(b"", &alice, SHA256, now(), &PROVIDER).unwrap();
    let (content, message) = read_signed(&attached, &[5]).unwrap();
    assert_eq!(content, b"");
    assert!(message.digests().is_some());
    assert_eq!(codes(&message.verify(&[], &PROVIDER)), ["ok"]);

    // `encryptedContent` and `eContent` left out.
    let [_, enveloped, compressed] = short_messages();
    let without = |der: &[u8], path: &[usize]| {
        let whole = at(der, path);
        replace(der, &whole, &[])
    };
    let enveloped = without(&enveloped, &[1, 0, 2, 2]);
    let mut header = EnvelopedDataHeader::new(&limits());
    assert!(header.read(&enveloped).unwrap().is_none());
    assert!(header.message().is_none());
    let error = header
        .open(&[&bob()], &PROVIDER, &mut receiver_rng())
        .unwrap_err();
    assert_eq!(error.code(), "truncated");
    assert!(EnvelopedData::parse(&enveloped, &limits()).is_err());
    let compressed = without(&compressed, &[1, 0, 2, 1]);
    assert!(read_compressed(&compressed, &[5], 10).is_err());
}

#[test]
fn nothing_follows_the_content_in_its_structure() {
    let messages = short_messages();
    let bob = bob();
    let malformed = |error| match error {
        StreamError::Malformed(error) => error,
        error => panic!("{error:?}"),
    };
    for (index, place) in [1, 2, 1].into_iter().enumerate() {
        let octets = &messages[index];
        let around = at(octets, &[1, 0, 2]);
        let content = at(octets, &[1, 0, 2, place]);
        for second in [content.as_slice(), &[5, 0], &[0x80, 1, b'J']] {
            let inside = [Element::parse(&around).unwrap().content(), second].concat();
            let altered = replace(octets, &around, &encode(0x30, &[&inside]));
            let whole = match index {
                0 => SignedData::parse(&altered, &limits()).map(drop),
                1 => EnvelopedData::parse(&altered, &limits()).map(drop),
                _ => CompressedData::parse(&altered, &limits()).map(drop),
            };
            let kind = whole.unwrap_err().kind();
            assert_eq!(kind, DecodeErrorKind::Trailing, "{index} {second:02x?}");
            for lengths in [&[1], &[1000]] {
                let in_pieces = match index {
                    0 => read_signed(&altered, lengths).map(drop),
                    1 => read_enveloped(&altered, lengths, &[&bob], &PROVIDER)
                        .map(drop)
                        .map_err(malformed),
                    _ => read_compressed(&altered, lengths, 1000)
                        .map(drop)
                        .map_err(malformed),
                };
                let kind = in_pieces.unwrap_err().kind();
                assert_eq!(kind, DecodeErrorKind::Trailing, "{index} {second:02x?}");
            }
        }
    }
    // None of it comes out.
    let around = at(&messages[0], &[1, 0, 2]);
    let second = at(&messages[0], &[1, 0, 2, 1]);
    let inside = [Element::parse(&around).unwrap().content(), &second].concat();
    let altered = replace(&messages[0], &around, &encode(0x30, &[&inside]));
    let mut content = Vec::new();
    let mut message = SignedDataReader::new(&limits(), &PROVIDER);
    assert!(message.update(&altered, &mut content).is_err());
    let whole = SignedData::parse(&messages[0], &limits()).unwrap();
    assert_eq!(Some(content.as_slice()), whole.content());
}

#[test]
fn primitive_elements_do_not_stand_for_constructed_ones() {
    let [signed, enveloped, compressed] = short_messages();
    let altered = |octets: &[u8], path: &[usize]| {
        let element = at(octets, path);
        let mut primitive = element.clone();
        primitive[0] ^= 0x20;
        replace(octets, &element, &primitive)
    };
    // `content`, `eContent`, `certificates`, `signedAttrs`.
    for path in [&[1][..], &[1, 0, 2, 1], &[1, 0, 3], &[1, 0, 4, 0, 3]] {
        let octets = altered(&signed, path);
        assert!(signed_whole(&octets).is_err(), "{path:?}");
        assert!(signed_in_pieces(&octets, &[5]).is_err(), "{path:?}");
    }
    let octets = altered(&enveloped, &[1]);
    assert!(opened_whole(&octets, &bob()).is_err());
    assert!(opened_in_pieces(&octets, &[5], &bob()).is_err());
    for path in [&[1][..], &[1, 0, 2, 1]] {
        let octets = altered(&compressed, path);
        assert!(inflated_whole(&octets).is_err(), "{path:?}");
        assert!(inflated_in_pieces(&octets, &[5]).is_err(), "{path:?}");
    }
}

/// The raw octets of an element, by its place among its neighbours on each level.
fn at(der: &[u8], path: &[usize]) -> Vec<u8> {
    let mut reader = Reader::new(der).element().unwrap().reader();
    let (last, path) = path.split_last().unwrap();
    let nth = |reader: &mut Reader<'_>, index: usize| {
        for _ in 0..index {
            reader.element().unwrap();
        }
    };
    for index in path {
        nth(&mut reader, *index);
        reader = reader.element().unwrap().reader();
    }
    nth(&mut reader, *last);
    reader.element().unwrap().raw().to_vec()
}

#[test]
fn keys_that_are_elsewhere_open_content_in_pieces() {
    let content = content_of(5_000);
    let (bob, carol) = (bob(), carol());
    let agreement = KeyManagement::Agreement {
        kdf: SHA256,
        wrap: KeyWrapAlgorithm::Aes256,
    };
    let transport = KeyManagement::Transport(KeyTransportAlgorithm::rsa_oaep(SHA256));
    let recipients = [
        Recipient::new(bob.certificate(), transport),
        Recipient::new(carol.certificate(), agreement),
    ];
    let mut message = EnvelopedDataWriter::new(&recipients, AES, &PROVIDER, &mut rng())
        .unwrap()
        .with_content_type(ContentType::SignedData);
    let mut octets = Vec::new();
    message.update(&content, &mut octets).unwrap();
    message.finish(&mut octets).unwrap();

    for (holder, management) in [(&bob, transport), (&carol, agreement)] {
        let mut header = EnvelopedDataHeader::new(&limits());
        let rest = header.read(&octets).unwrap().unwrap();
        assert_eq!(
            header.read(rest).unwrap(),
            Some(rest),
            "the rest is not the header's"
        );
        let opening = header
            .message()
            .unwrap()
            .opening([holder.certificate()], &mut receiver_rng())
            .unwrap();
        let answers: Vec<_> = opening
            .tasks()
            .iter()
            .map(|task| task.operation().perform(holder.key()))
            .collect();
        let key = opening.content_key(answers, &PROVIDER).unwrap();
        assert!(!format!("{key:?}").contains("content_key"));
        let mut message = header.open_with(key, &PROVIDER).unwrap();
        let mut read = Vec::new();
        message.update(rest, &mut read).unwrap();
        let opened = message.finish(&mut read).unwrap();
        assert!(read == content);
        assert_eq!(opened.content_type, ContentType::SignedData);
        assert_eq!(opened.management, management);
        assert_eq!(opened.matched, RecipientMatch::Identifier);
        assert_eq!(opened.recipient, *holder.certificate());
    }
}

#[test]
fn writers_refuse_what_whole_messages_refuse() {
    let carol = carol();
    let new = |recipients: &[Recipient<'_>], provider: &Provider, algorithm| {
        EnvelopedDataWriter::new(recipients, algorithm, provider, &mut rng()).unwrap_err()
    };
    let to_carol = [Recipient::from(carol.certificate())];
    assert!(matches!(
        new(&[], &PROVIDER, AES),
        EncryptError::NoRecipients
    ));
    let error = new(&to_carol, &PROVIDER, AES);
    assert!(
        matches!(error, EncryptError::UnsupportedKey { .. }),
        "{error:?}"
    );
    let bob = bob();
    let to_bob = [Recipient::from(bob.certificate())];
    let error = new(&to_bob, &aws_lc::PROVIDER, ContentAlgorithm::DesEde3Cbc);
    assert_eq!(error.code(), "unsupported-algorithm");
}

#[test]
fn authenticated_content_is_never_released_in_pieces() {
    let bob = bob();
    let recipients = [Recipient::from(bob.certificate())];
    for algorithm in AeadAlgorithm::ALL {
        let octets = encrypt(b"content", &recipients, algorithm, &PROVIDER, &mut rng()).unwrap();
        for lengths in [&[1][..], &[1000]] {
            let error = read_enveloped(&octets, lengths, &[&bob], &PROVIDER).unwrap_err();
            assert!(
                matches!(
                    error,
                    StreamError::Authenticated {
                        content_type: ContentType::AuthEnvelopedData
                    }
                ),
                "{error:?}"
            );
        }
    }
}

/// Counts the octets that are decrypted, and begins with which length of key.
struct Counting {
    started: AtomicUsize,
    octets: AtomicUsize,
}

static COUNTING: Counting = Counting {
    started: AtomicUsize::new(0),
    octets: AtomicUsize::new(0),
};

struct CountingStream(Box<dyn CipherStream>);

impl CipherStream for CountingStream {
    fn update(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        COUNTING.octets.fetch_add(data.len(), Ordering::Relaxed);
        self.0.update(data, out)
    }

    fn finish(self: Box<Self>, out: &mut Vec<u8>) -> Result<(), Error> {
        self.0.finish(out)
    }
}

impl ContentCiphers for Counting {
    fn encrypt(&self, _: ContentAlgorithm, _: &[u8], _: &[u8], _: &[u8]) -> Result<Vec<u8>, Error> {
        panic!("nothing is encrypted here")
    }

    fn decrypt(
        &self,
        _: ContentAlgorithm,
        _: &[u8],
        _: &[u8],
        _: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        panic!("nothing is decrypted whole here")
    }

    fn start_encryption(
        &self,
        _: ContentAlgorithm,
        _: &[u8],
        _: &[u8],
    ) -> Result<Box<dyn CipherStream>, Error> {
        panic!("nothing is encrypted here")
    }

    fn start_decryption(
        &self,
        algorithm: ContentAlgorithm,
        key: &[u8],
        vector: &[u8],
    ) -> Result<Box<dyn CipherStream>, Error> {
        assert_eq!(key.len(), algorithm.key_len());
        self.started.fetch_add(1, Ordering::Relaxed);
        let stream = PROVIDER.content.start_decryption(algorithm, key, vector)?;
        Ok(Box::new(CountingStream(stream)))
    }
}

/// RFC 3218 §2.3.2: whoever sends altered messages learns nothing from how they fail, nor from when.
#[test]
fn whatever_is_wrong_with_key_or_padding_fails_alike_and_at_the_end() {
    let provider = Provider {
        content: &COUNTING,
        ..PROVIDER
    };
    let content = content_of(1_000);
    let bob = bob();
    let recipients = [Recipient::from(bob.certificate())];
    let octets = encrypt(&content, &recipients, AES, &PROVIDER, &mut rng()).unwrap();
    let encrypted_key = {
        let raw = at(&octets, &[1, 0, 1, 0, 3]);
        Reader::new(&raw).element().unwrap().content().to_vec()
    };
    let encrypted = at(&octets, &[1, 0, 2, 2]);
    let with_key = |key: &[u8]| {
        let sealed = PROVIDER
            .key_encryption
            .encrypt_key(
                bob.certificate().public_key_info(),
                KeyTransportAlgorithm::RsaPkcs1,
                key,
                &mut rng(),
            )
            .unwrap();
        replace(
            &octets,
            &encode(4, &[&encrypted_key]),
            &encode(4, &[&sealed]),
        )
    };
    let altered = |from_end: usize| {
        let mut element = encrypted.clone();
        let place = element.len() - from_end;
        element[place] ^= 0x55;
        replace(&octets, &encrypted, &element)
    };
    let bad_key_padding = {
        let mut key = encrypted_key.clone();
        key[100] ^= 1;
        replace(&octets, &encode(4, &[&encrypted_key]), &encode(4, &[&key]))
    };
    let failures = [
        with_key(&[9; 32]),
        with_key(&[9; 16]),
        with_key(b""),
        bad_key_padding,
        // The last block but one, whose alteration alters the padding.
        altered(17),
        altered(1),
    ];
    for (index, octets) in failures.iter().enumerate() {
        let mut header = EnvelopedDataHeader::new(&limits());
        let rest = header.read(octets).unwrap().unwrap();
        let mut message = header
            .open(&[&bob], &provider, &mut receiver_rng())
            .unwrap();
        let mut read = Vec::new();
        message.update(rest, &mut read).unwrap();
        assert_eq!(read.len(), 992, "as much as ever");
        let error = message.finish(&mut read).unwrap_err();
        assert!(
            matches!(error, StreamError::Decrypt(DecryptError::Failed)),
            "{error:?}"
        );
        assert_eq!(
            (error.code(), error.to_string().as_str()),
            ("decryption-failed", "decryption failed")
        );
        assert_eq!(COUNTING.started.load(Ordering::Relaxed), index + 1);
        assert_eq!(COUNTING.octets.load(Ordering::Relaxed), (index + 1) * 1008);
    }
    // A message for somebody else: nothing is tried with a key that cannot be meant.
    let carol = carol();
    let error = read_enveloped(&octets, &[100], &[&carol], &PROVIDER).unwrap_err();
    assert_eq!(error.code(), "no-recipient");
}

#[test]
fn little_that_stands_for_much_makes_little_at_a_time_and_no_more_than_allowed() {
    let octets = write_compressed(&vec![0; 20_000_000], &[1 << 20]);
    assert!(octets.len() < 25_000);
    let (content, _) = read_compressed(&octets, &[1 << 20], 20_000_000).unwrap();
    assert!(content == vec![0; 20_000_000]);
    let error = read_compressed(&octets, &[1 << 20], 19_999_999).unwrap_err();
    let expected = DecompressError::TooLong { max: 19_999_999 };
    assert!(matches!(error, StreamError::Decompress(error) if error == expected));

    // What follows the zlib stream, and what it lacks.
    let der = compress(&content_of(5_000));
    let zlib = CompressedData::parse(&der, &limits()).unwrap();
    assert_eq!(zlib.encapsulated_type(), ContentType::Data);
    let string = at(&der, &[1, 0, 2, 1, 0]);
    let inside = Reader::new(&string).element().unwrap().content().to_vec();
    for (octets, code) in [
        ([inside.as_slice(), &[0]].concat(), "trailing-octets"),
        (inside[..inside.len() - 1].to_vec(), "truncated"),
        (b"no zlib stream".to_vec(), "malformed-compression"),
        (b"".to_vec(), "truncated"),
    ] {
        let altered = replace(&der, &string, &encode(4, &[&octets]));
        assert_eq!(inflated_in_pieces(&altered, &[3]), Err(code));
        assert_eq!(inflated_whole(&altered), Err(code));
    }
    let other = replace(
        &der,
        &at(&der, &[1, 0, 1]),
        &encode(0x30, &[&[6, 3, 42, 3, 4]]),
    );
    assert_eq!(
        inflated_in_pieces(&other, &[3]),
        Err("unsupported-algorithm")
    );
}

#[test]
fn lengths_that_promise_too_much_are_refused_or_never_reached() {
    let kind = |octets: &[u8]| {
        let mut reader = SignedDataReader::new(&limits().with_octets(1_000), &PROVIDER);
        let mut content = Vec::new();
        let result = reader.update(octets, &mut content);
        result
            .and_then(|()| reader.finish().map(drop))
            .map_err(|error| (error.code(), error.offset()))
    };
    let signed = [
        0x30, 0x80, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2,
    ];
    let start = [&signed[..], &[0xa0, 0x80, 0x30, 0x80]].concat();
    let behind = |octets: &[u8]| kind(&[&start, octets].concat());
    let place = start.len();
    // More than may be kept: refused before it comes.
    let huge = [2, 0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    assert_eq!(behind(&huge), Err(("limit-exceeded", place)));
    assert_eq!(behind(&[2, 0x82, 4, 0]), Err(("limit-exceeded", place)));
    // More than any machine word says.
    assert_eq!(
        behind(&[2, 0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0]),
        Err(("truncated", place))
    );
    assert_eq!(behind(&[2, 0xff]), Err(("not-der", place)));
    assert_eq!(behind(&[4, 0x80]), Err(("not-der", place)));
    assert_eq!(behind(&[0x3f, 0x80]), Err(("not-der", place)));
    assert_eq!(
        behind(&[0x3f, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0]),
        Err(("not-der", place))
    );
    // Beyond the element around it.
    assert_eq!(kind(&[0x30, 3, 6, 2, 42]), Err(("truncated", 2)));
    assert_eq!(kind(&[0x30, 3, 6, 0x81, 2, 42, 3]), Err(("truncated", 2)));
    assert_eq!(kind(&[0x30, 1, 6, 1]), Err(("truncated", 2)));
    // Ends where none belongs.
    assert_eq!(kind(&[0, 0]), Err(("unexpected-element", 0)));
    assert_eq!(kind(&[0x30, 2, 0, 0]), Err(("unexpected-element", 2)));
    assert_eq!(kind(&[0x31, 0]), Err(("unexpected-element", 0)));
    assert_eq!(kind(b""), Err(("truncated", 0)));
    // As deep as it likes, for nothing.
    let deep = [&start, [0x31, 0x80].repeat(100_000).as_slice()].concat();
    assert_eq!(kind(&deep).unwrap_err().0, "limit-exceeded");
    // Bit by bit, in elements that are kept.
    let many = [&start, &[0x31, 0x80][..], &[5, 0].repeat(100_000)].concat();
    assert_eq!(kind(&many).unwrap_err().0, "limit-exceeded");
    // Another kind of message is known by its beginning.
    let [_, enveloped, compressed] = short_messages();
    assert_eq!(kind(&enveloped).unwrap_err().0, "unexpected-element");
    assert_eq!(kind(&compressed[..20]).unwrap_err().0, "unexpected-element");
}

/// A content of this length that never comes, or comes in the oddest manner.
#[test]
fn content_may_promise_anything_and_costs_what_comes() {
    let [signed, ..] = short_messages();
    let head = {
        // Version, digest algorithms, and the type of the content.
        let (version, digests) = (at(&signed, &[1, 0, 0]), at(&signed, &[1, 0, 1]));
        let mut head = vec![
            0x30, 0x80, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2,
        ];
        head.extend([0xa0, 0x80, 0x30, 0x80]);
        head.extend([version, digests].concat());
        head.extend([
            0x30, 0x80, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1, 0xa0, 0x80,
        ]);
        head
    };
    let limits = Limits::default().with_octets(2_000);
    let read = |octets: &[u8]| {
        let mut reader = SignedDataReader::new(&limits, &PROVIDER);
        let mut content = Vec::new();
        let result = reader.update(&[&head, octets].concat(), &mut content);
        let result = result.and_then(|()| reader.finish().map(drop));
        (content.len(), result.map_err(DecodeError::code))
    };
    let endless = [
        4, 0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3,
    ];
    assert_eq!(read(&endless), (3, Err("truncated")));
    let beyond = [
        4, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3,
    ];
    assert_eq!(read(&beyond), (0, Err("truncated")));
    // Content is not bounded by what may be kept, and neither is the number of its segments.
    let long = [&[4, 0x82, 0x20, 0][..], &[7; 0x2000]].concat();
    assert_eq!(read(&long), (0x2000, Err("truncated")));
    let empty = [&[0x24, 0x80][..], &[4, 0].repeat(50_000)].concat();
    assert_eq!(read(&empty), (0, Err("truncated")));
    let deep = [0x24, 0x80].repeat(100_000);
    assert_eq!(read(&deep), (0, Err("limit-exceeded")));
    let odd = [0x24, 0x80, 4, 1, 1, 2, 1, 1];
    assert_eq!(read(&odd), (1, Err("unexpected-element")));
    assert_eq!(read(&[0x30, 0]), (0, Err("unexpected-element")));
    assert_eq!(read(&[0, 0]), (0, Err("truncated")));
    let twice = [4, 1, 1, 4, 1, 1];
    assert_eq!(read(&twice), (1, Err("trailing-octets")));
}

#[test]
fn bouncy_castle_and_we_read_each_other_in_pieces() {
    if !bouncy_castle::is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let write =
        |name: &str, octets: &[u8]| std::fs::write(folder.path().join(name), octets).unwrap();
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    let content = content_of(100_000);
    let lengths = [10_000, 1, 17];
    for name in ["content", "content.bin"] {
        write(name, &content);
    }
    for (name, fixture) in [("alice", "as2/alice-old"), ("bob", "as2/bob")] {
        for (part, suffix) in [("cert", "crt"), ("key", "pk8")] {
            let octets = pem(&format!("{fixture}.{part}.pem"));
            write(&format!("{name}.{part}.der"), &octets);
            write(&format!("{name}.{suffix}"), &octets);
        }
    }
    write("signed", &write_signed(&content, &lengths));
    write("compressed", &write_compressed(&content, &lengths));
    write("enveloped", &write_enveloped(&content, &lengths, AES));
    let enveloping = "inflate compressed\nopen enveloped bob\ncompress theirs-compressed stream\n\
        envelop theirs-enveloped AES-256-CBC stream+ski bob:oaep:SHA-256:SHA-256";
    write("jobs.txt", enveloping.as_bytes());
    let signing = "verify\tsigned\tattached\n\
        sign\ttheirs-signed\tattached,streamed\talice:SHA256withRSA+bob:SHA512withRSA";
    write("jobs", signing.as_bytes());

    assert_eq!(
        bouncy_castle::run("EnvelopedPeer.java", folder.path()),
        [
            "inflated compressed",
            "opened enveloped bob",
            "made theirs-compressed",
            "made theirs-enveloped"
        ]
    );
    let lines = bouncy_castle::run("SignedPeer.java", folder.path());
    assert_eq!(lines.len(), 1);
    let told: Vec<_> = lines[0].split('\t').take(3).collect();
    assert_eq!(
        told,
        ["signed", "1", "1"],
        "name, signers, those that verify"
    );

    let compressed = read_compressed(&read("theirs-compressed"), &lengths, 100_000).unwrap();
    assert!(compressed.0 == content);
    let opened = read_enveloped(&read("theirs-enveloped"), &lengths, &[&bob()], &PROVIDER);
    assert!(opened.unwrap().0 == content);
    let (signed, message) = read_signed(&read("theirs-signed"), &lengths).unwrap();
    assert!(signed == content);
    assert_eq!(codes(&message.verify(&[], &PROVIDER)), ["ok", "ok"]);
}

/// RFC 5652 §5.1: a digest that only the signer names may go unverified, and in pieces it must.
#[test]
fn a_digest_that_the_beginning_does_not_name_is_not_made() {
    let [signed, ..] = short_messages();
    let digests = at(&signed, &[1, 0, 1]);
    let sha512 = encode(6, &[DigestAlgorithm::Sha512.oid().as_bytes()]);
    for named in [
        encode(0x31, &[]),
        encode(0x31, &[&[5, 0]]),
        encode(0x31, &[&encode(0x30, &[&sha512])]),
    ] {
        let octets = replace(&signed, &digests, &named);
        let (content, verdicts) = signed_in_pieces(&octets, &[10]).unwrap();
        assert_eq!(content, Some(content_of(100)));
        assert_eq!(verdicts, ["no-content"]);
        assert_eq!(signed_whole(&octets), Ok((content, vec!["ok"])));
    }
}
