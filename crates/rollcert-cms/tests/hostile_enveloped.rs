//! Encrypted messages cut short, altered, or built to hurt: a typed error, in bounded time and memory.

#![allow(
    clippy::unwrap_used,
    clippy::unwrap_in_result,
    clippy::indexing_slicing,
    reason = "a test that panics has failed, which is what it is for"
)]

mod support;

use std::sync::LazyLock;

use proptest::prelude::*;
use rollcert_cms::{
    ContentEncryptionAlgorithm, ContentType, DecryptError, EnvelopedData, KeyManagement, Recipient,
    encrypt, encrypt_as,
};
use rollcert_crypto::rustcrypto::PROVIDER;
use rollcert_crypto::{
    AeadAlgorithm, ContentAlgorithm, DigestAlgorithm, KeyTransportAlgorithm, KeyWrapAlgorithm,
};
use rollcert_pki::Credential;
use rollcert_pki::asn1::{DecodeError, DecodeErrorKind, Element, encode, encode_unsigned, tag};
use support::*;

const CONTENT: &[u8] = b"sixteen octets..and a few more";

/// Made once: a credential proves itself by a signature.
static BOB: LazyLock<Credential> = LazyLock::new(bob);
static ERIN: LazyLock<Credential> = LazyLock::new(|| erin("p256"));

/// A message of each kind, each for everybody.
static MESSAGES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(make_messages);

fn make_messages() -> Vec<Vec<u8>> {
    let recipients = recipients();
    let mut messages = Vec::new();
    for algorithm in [
        ContentEncryptionAlgorithm::from(ContentAlgorithm::Aes128Cbc),
        ContentEncryptionAlgorithm::from(AeadAlgorithm::Aes256Gcm),
    ] {
        for content_type in [ContentType::Data, ContentType::SignedData] {
            let octets = encrypt_as(
                content_type,
                CONTENT,
                &recipients,
                algorithm,
                &PROVIDER,
                &mut rng(),
            );
            messages.push(octets.unwrap());
        }
    }
    messages
}

fn recipients() -> [Recipient<'static>; 2] {
    let oaep = KeyTransportAlgorithm::rsa_oaep(DigestAlgorithm::Sha256);
    let agreement = KeyManagement::Agreement {
        kdf: DigestAlgorithm::Sha256,
        wrap: KeyWrapAlgorithm::Aes128,
    };
    [
        Recipient::new(BOB.certificate(), KeyManagement::Transport(oaep)),
        Recipient::new(ERIN.certificate(), agreement),
    ]
}

fn parse(octets: &[u8]) -> Result<EnvelopedData, DecodeError> {
    EnvelopedData::parse(octets, &limits())
}

/// The fields of the structure in a `ContentInfo`.
fn fields(octets: &[u8]) -> Vec<Vec<u8>> {
    children(&children(&children(octets)[1])[0])
}

/// The key agreement among the recipients.
fn agreement(octets: &[u8]) -> Vec<u8> {
    let infos = children(&fields(octets)[1]);
    infos.into_iter().find(|info| info[0] == 0xa1).unwrap()
}

#[test]
fn every_truncation_and_every_appended_octet_is_an_error() {
    for octets in MESSAGES.iter() {
        for end in 0..octets.len() {
            assert!(parse(&octets[..end]).is_err(), "{end}");
        }
        let longer = [octets.as_slice(), &[0]].concat();
        let trailing = DecodeError::new(DecodeErrorKind::Trailing, octets.len());
        assert_eq!(parse(&longer).err(), Some(trailing));
    }
}

#[test]
fn octets_after_the_fields_of_any_structure_are_an_error() {
    for octets in MESSAGES.iter() {
        let null = [tag::NULL, 0];
        let longer = |element: &[u8]| {
            let content = Element::parse(element).unwrap().content();
            replace(octets, element, &encode(element[0], &[content, &null]))
        };
        let agreement = agreement(octets);
        let all = fields(octets);
        let structure = children(&children(octets)[1])[0].clone();
        for element in [
            octets.clone(),
            children(octets)[1].clone(),
            structure,
            all[1].clone(),
            all[2].clone(),
            children(&agreement)[1].clone(),
            children(&agreement)[3].clone(),
            children(&children(&agreement)[3])[0].clone(),
            agreement,
        ] {
            let altered = if element == *octets {
                let content = Element::parse(octets).unwrap().content();
                encode(octets[0], &[content, &null])
            } else {
                longer(&element)
            };
            assert_ne!(altered, *octets);
            assert!(parse(&altered).is_err(), "{:02x?}", &element[..4]);
        }
    }
}

/// One bit at a time, in every third octet: what is authenticated never opens altered.
#[test]
fn a_flipped_bit_never_opens_an_authenticated_message_to_anything_else() {
    for octets in &MESSAGES[2..] {
        for index in (0..octets.len()).step_by(3) {
            let mut altered = octets.clone();
            altered[index] ^= 1 << (index % 8);
            let Ok(message) = parse(&altered) else {
                continue;
            };
            for credential in [&*BOB, &*ERIN] {
                match message.decrypt(&[credential], &PROVIDER, &mut receiver_rng()) {
                    Ok(opened) => assert_eq!(*opened.content, CONTENT, "octet {index}"),
                    Err(error) => assert!(!error.to_string().is_empty()),
                }
            }
        }
    }
}

#[test]
fn authenticated_attributes_are_read_and_authenticated() {
    let octets = &MESSAGES[3];
    let opens = |octets: &[u8]| {
        let message = parse(octets).unwrap();
        assert_eq!(message.encrypted_type(), ContentType::SignedData);
        let result = message.decrypt(&[&BOB, &ERIN], &PROVIDER, &mut receiver_rng());
        result.map(|opened| opened.content.to_vec())
    };
    assert_eq!(opens(octets).unwrap(), CONTENT);
    // RFC 5083 §2.1: the attributes name the type of the content.
    let attributes = fields(octets)[3].clone();
    assert_eq!(attributes[0], 0xa1);
    let signed = ContentType::SignedData.oid();
    let signed = encode(tag::OBJECT_IDENTIFIER, &[signed.as_bytes()]);
    let data = ContentType::Data.oid();
    let data = encode(tag::OBJECT_IDENTIFIER, &[data.as_bytes()]);
    let other = replace(octets, &attributes, &replace(&attributes, &signed, &data));
    let what = "content type in authAttrs";
    let error = parse(&other).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::Value { what });
    let attribute = children(&attributes)[0].clone();
    let third = replace(
        &attribute,
        &children(&attribute)[0],
        &encode(6, &[&[42, 3]]),
    );
    let without = replace(octets, &attribute, &third);
    let error = parse(&without).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::Value { what });
    // And they must be there where that is not plain data, which the tag would not tell from it otherwise.
    let none = replace(octets, &attributes, &[]);
    let expected = "authAttrs";
    let error = parse(&none).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::Unexpected { expected });
    let relabelled = replace(&MESSAGES[2], &data, &signed);
    let error = parse(&relabelled).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::Unexpected { expected });
    // Taken away or added to, they are others.
    let taken = replace(&none, &signed, &data);
    let opened = parse(&taken)
        .unwrap()
        .decrypt(&[&BOB], &PROVIDER, &mut receiver_rng());
    assert!(matches!(opened, Err(DecryptError::Failed)));
    let more = encode(attributes[0], &[&attribute, &third]);
    let more = replace(octets, &attributes, &more);
    assert!(matches!(opens(&more), Err(DecryptError::Failed)));
}

#[test]
fn a_tag_of_another_length_than_the_cipher_says_is_malformed() {
    let octets = &MESSAGES[2];
    let mac = fields(octets).last().unwrap().clone();
    let short = encode(tag::OCTET_STRING, &[&mac[2..14]]);
    let error = parse(&replace(octets, &mac, &short)).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::Value { what: "mac" });
    // Both changed, the tag is 12 octets of the right one, and they prove as much as 12 octets can.
    let length = encode_unsigned(&[16]);
    let octets = replace(
        &replace(octets, &mac, &short),
        &length,
        &encode_unsigned(&[12]),
    );
    let message = parse(&octets).unwrap();
    let opened = message.decrypt(&[&BOB], &PROVIDER, &mut receiver_rng());
    assert_eq!(*opened.unwrap().content, CONTENT);
    for wrong in [0, 4, 11, 17] {
        let octets = replace(&MESSAGES[2], &length, &encode_unsigned(&[wrong]));
        let error = parse(&octets).unwrap_err();
        let what = "aes-ICVlen";
        assert_eq!(error.kind(), DecodeErrorKind::Value { what });
    }
}

/// Each kind of cipher belongs into one kind of message (RFC 5084 §1.5).
#[test]
fn a_cipher_in_the_wrong_kind_of_message_is_not_served() {
    for (octets, found) in [
        (&MESSAGES[0], AeadAlgorithm::Aes256Gcm.oid()),
        (&MESSAGES[2], ContentAlgorithm::Aes128Cbc.oid()),
    ] {
        let wrong = if found == AeadAlgorithm::Aes256Gcm.oid() {
            2
        } else {
            0
        };
        let identifier = children(&fields(octets)[2])[1].clone();
        let other = children(&fields(&MESSAGES[wrong])[2])[1].clone();
        let message = parse(&replace(octets, &identifier, &other)).unwrap_or_else(|_| panic!());
        assert_eq!(message.content_algorithm(), None);
        assert_eq!(message.content_algorithm_oid(), found);
        let result = message.decrypt(&[&BOB], &PROVIDER, &mut receiver_rng());
        let Err(DecryptError::UnsupportedAlgorithm { oid }) = result else {
            panic!("{result:?}")
        };
        assert_eq!(oid, found);
    }
}

#[test]
fn recipients_beyond_the_limit_are_refused_whichever_way_they_are_written() {
    let octets = &MESSAGES[0];
    let infos = fields(octets)[1].clone();
    let limit = limits().entries;
    let refused = DecodeErrorKind::Limit {
        what: "recipients",
        limit,
    };
    // Each of its own.
    for info in children(&infos) {
        let many = encode(tag::SET, &[&info.repeat(limit + 1)]);
        let error = parse(&replace(octets, &infos, &many)).unwrap_err();
        assert_eq!(error.kind(), refused);
        let many = encode(tag::SET, &[&info.repeat(limit)]);
        let message = parse(&replace(octets, &infos, &many)).unwrap();
        assert_eq!(message.recipients().len(), limit);
    }
    // In one agreement.
    let keys = children(&agreement(octets))[3].clone();
    let key = children(&keys)[0].clone();
    let many = encode(tag::SEQUENCE, &[&key.repeat(limit + 1)]);
    let error = parse(&replace(octets, &keys, &many)).unwrap_err();
    assert_eq!(error.kind(), refused);
    // By password, of which no more is read than that it is there.
    let other = encode(tag::CONTEXT_CONSTRUCTED + 3, &[]);
    let many = encode(tag::SET, &[&other.repeat(50_000)]);
    let error = parse(&replace(octets, &infos, &many)).unwrap_err();
    assert_eq!(error.kind(), refused);
}

/// What many recipients share is held once: 1 MiB, not 1000.
#[test]
fn a_large_key_for_many_recipients_is_held_once() {
    let octets = &MESSAGES[0];
    let agreement = agreement(octets);
    let keys = children(&agreement)[3].clone();
    let key = children(&keys)[0].clone();
    let many = encode(tag::SEQUENCE, &[&key.repeat(limits().entries - 1)]);
    let originator = children(&children(&children(&agreement)[1])[0])[1].clone();
    let large = encode(tag::BIT_STRING, &[&vec![0; 1 << 20]]);
    let octets = replace(&replace(octets, &keys, &many), &originator, &large);
    let message = parse(&octets).unwrap();
    assert_eq!(message.recipients().len(), limits().entries);
    let before = peak_memory();
    let copies: Vec<_> = (0..4).map(|_| parse(&octets).unwrap()).collect();
    assert_eq!(copies.len(), 4);
    if let (Some(before), Some(after)) = (before, peak_memory()) {
        assert!(after - before < 64 << 20, "{before} {after}");
    }
    let result = message.decrypt(&[&ERIN], &PROVIDER, &mut receiver_rng());
    assert!(matches!(result, Err(DecryptError::Failed)), "{result:?}");
}

/// Every element, whatever is around it, with a length that nothing has.
#[test]
fn absurd_lengths_are_refused_at_once() {
    fn descend(octets: &[u8], found: &mut Vec<Vec<u8>>) {
        for child in children(octets) {
            if child[0] & 0x20 != 0 {
                descend(&child, found);
            }
            found.push(child);
        }
    }
    let lengths: [(&[u8], DecodeErrorKind); 4] = [
        (&[0x84, 0xff, 0xff, 0xff, 0xff], DecodeErrorKind::Truncated),
        (
            &[0x88, 0x7f, 0, 0, 0, 0, 0, 0, 0],
            DecodeErrorKind::Truncated,
        ),
        (&[0xfe; 127], DecodeErrorKind::Truncated),
        (&[0xff], DecodeErrorKind::Encoding),
    ];
    for octets in MESSAGES.iter() {
        let mut elements = vec![octets.clone()];
        descend(octets, &mut elements);
        assert!(elements.len() > 40, "{}", elements.len());
        for element in elements {
            let content = Element::parse(&element).unwrap().content();
            for (length, kind) in lengths {
                let absurd = [&element[..1], length, content].concat();
                let altered = replace(octets, &element, &absurd);
                assert_eq!(parse(&altered).unwrap_err().kind(), kind);
            }
        }
    }
}

#[test]
fn algorithms_that_are_not_served_are_named_and_do_not_hinder_others() {
    let octets = &MESSAGES[0];
    let error = |octets: &[u8], credential: &Credential| {
        let result = parse(octets)
            .unwrap()
            .decrypt(&[credential], &PROVIDER, &mut receiver_rng());
        let Err(DecryptError::UnsupportedAlgorithm { oid }) = result else {
            panic!("{result:?}")
        };
        oid.to_string()
    };
    // A label, and a digest that nobody knows (RFC 4055 §4.1).
    let infos = children(&fields(octets)[1]);
    let transport = infos.iter().find(|info| info[0] == tag::SEQUENCE).unwrap();
    let identifier = children(transport)[2].clone();
    let oaep = children(&identifier)[0].clone();
    let unknown = encode(tag::SEQUENCE, &[&encode(6, &[&[42, 3]])]);
    let unknown = encode(tag::CONTEXT_CONSTRUCTED, &[&unknown]);
    let p_specified = encode(6, &[&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 9]]);
    let label = encode(tag::SEQUENCE, &[&p_specified, &encode(4, &[b"label"])]);
    let label = encode(tag::CONTEXT_CONSTRUCTED + 2, &[&label]);
    for parameters in [unknown, label] {
        let parameters = encode(tag::SEQUENCE, &[&parameters]);
        let other = encode(tag::SEQUENCE, &[&oaep, &parameters]);
        let altered = replace(octets, &identifier, &other);
        assert_eq!(error(&altered, &BOB), "1.2.840.113549.1.1.7");
        let opened =
            parse(&altered)
                .unwrap()
                .decrypt(&[&BOB, &ERIN], &PROVIDER, &mut receiver_rng());
        assert_eq!(opened.unwrap().recipient, *ERIN.certificate());
    }
    // The key wrap of 3DES (RFC 5753 §7.1.5), and an agreement of another kind.
    let wrap = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 3, 6];
    let wrap = encode(tag::SEQUENCE, &[&encode(6, &[&wrap])]);
    let identifier = children(&agreement(octets))[2].clone();
    let scheme = children(&identifier)[0].clone();
    let altered = replace(
        octets,
        &identifier,
        &encode(tag::SEQUENCE, &[&scheme, &wrap]),
    );
    assert_eq!(error(&altered, &ERIN), "1.3.132.1.11.1");
    let other = encode(6, &[&[42, 3]]);
    let altered = replace(octets, &identifier, &encode(tag::SEQUENCE, &[&other]));
    assert_eq!(error(&altered, &ERIN), "1.2.3");
    // The sender's key in a certificate of its own.
    let originator = children(&agreement(octets))[1].clone();
    let named = encode(
        tag::CONTEXT_CONSTRUCTED,
        &[&encode(tag::CONTEXT_PRIMITIVE, &[&[1; 20]])],
    );
    let altered = replace(octets, &originator, &named);
    assert_eq!(error(&altered, &ERIN), "1.3.132.1.11.1");
}

/// RFC 5753 §3.1.1: the sender's key may leave its curve out, or say NULL, and is on the recipient's then.
#[test]
fn a_key_of_the_sender_that_names_no_curve_is_on_the_curve_of_the_recipient() {
    let octets = &MESSAGES[0];
    let originator = children(&children(&agreement(octets))[1])[0].clone();
    let identifier = children(&originator)[0].clone();
    let ec = children(&identifier)[0].clone();
    let null = [tag::NULL, 0];
    for parameters in [&[][..], &null] {
        let other = encode(tag::SEQUENCE, &[&ec, parameters]);
        let altered = replace(&originator, &identifier, &other);
        let altered = replace(octets, &originator, &altered);
        let opened = parse(&altered)
            .unwrap()
            .decrypt(&[&ERIN], &PROVIDER, &mut receiver_rng());
        assert_eq!(*opened.unwrap().content, CONTENT);
    }
}

/// Known before any key is used, and so no fault of the key's.
#[test]
fn a_key_of_the_sender_on_another_curve_is_not_served() {
    let octets = &MESSAGES[0];
    let originator = children(&children(&agreement(octets))[1])[0].clone();
    let identifier = children(&originator)[0].clone();
    let curve = children(&identifier)[1].clone();
    let p384 = encode(tag::OBJECT_IDENTIFIER, &[&[0x2b, 0x81, 4, 0, 0x22]]);
    let altered = replace(
        &originator,
        &identifier,
        &replace(&identifier, &curve, &p384),
    );
    let message = parse(&replace(octets, &originator, &altered)).unwrap();
    let error = message
        .decrypt(&[&ERIN], &PROVIDER, &mut receiver_rng())
        .unwrap_err();
    assert_eq!(error.code(), "unsupported-algorithm");
    assert!(matches!(error, DecryptError::UnsupportedAlgorithm { .. }));
}

#[test]
fn primitive_elements_do_not_stand_for_constructed_ones() {
    let explicit = |octets: &[u8]| children(&agreement(octets))[1].clone();
    for (octets, element) in [
        (&MESSAGES[0], explicit(&MESSAGES[0])),
        (&MESSAGES[0], children(&explicit(&MESSAGES[0]))[0].clone()),
        (&MESSAGES[3], fields(&MESSAGES[3])[3].clone()),
    ] {
        let mut primitive = element.clone();
        primitive[0] ^= 0x20;
        assert!(parse(&replace(octets, &element, &primitive)).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_encrypted_opens(
        content in prop::collection::vec(any::<u8>(), 0..300),
        algorithm in prop::sample::select(vec![
            ContentEncryptionAlgorithm::from(ContentAlgorithm::Aes192Cbc),
            ContentAlgorithm::DesEde3Cbc.into(),
            AeadAlgorithm::Aes128Gcm.into(),
        ]),
    ) {
            let recipients = recipients();
        let octets = encrypt(&content, &recipients, algorithm, &PROVIDER, &mut rng()).unwrap();
        let message = parse(&octets).unwrap();
        for credential in [&*BOB, &*ERIN] {
            let opened = message.decrypt(&[credential], &PROVIDER, &mut receiver_rng()).unwrap();
            prop_assert_eq!(&*opened.content, &content);
        }
    }

    #[test]
    fn several_octets_altered_never_panic(
        which in 0_usize..4,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut octets = MESSAGES[which].clone();
        for (index, octet) in changes {
            let at = index.index(octets.len());
            octets[at] = octet;
        }
        if let Ok(message) = parse(&octets) {
            let _ = message.decrypt(&[&BOB, &ERIN], &PROVIDER, &mut receiver_rng());
        }
    }
}
