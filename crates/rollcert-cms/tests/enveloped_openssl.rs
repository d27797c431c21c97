//! Encrypted messages both ways with the `openssl` command: what it makes opens here, what is made here it
//! opens.

#![allow(
    clippy::unwrap_used,
    clippy::unwrap_in_result,
    clippy::indexing_slicing,
    clippy::std_instead_of_core,
    reason = "a test that panics has failed, which is what it is for"
)]

mod support;

use rollcert_cms::{
    ContentEncryptionAlgorithm, ContentType, EnvelopedData, KeyManagement, Recipient,
    RecipientIdentifier, RecipientMatch, content_type, encrypt,
};
use rollcert_crypto::{
    AeadAlgorithm, ContentAlgorithm, DigestAlgorithm, KeyTransportAlgorithm, KeyWrapAlgorithm,
};
use rollcert_pki::Credential;
use support::openssl::OpenSsl;
use support::*;

/// The length octet of BER that a streaming writer begins with.
const INDEFINITE: u8 = 0x80;

const CIPHERS: [(&str, ContentEncryptionAlgorithm); 7] = [
    ("-aes128", cbc(ContentAlgorithm::Aes128Cbc)),
    ("-aes192", cbc(ContentAlgorithm::Aes192Cbc)),
    ("-aes256", cbc(ContentAlgorithm::Aes256Cbc)),
    ("-des3", cbc(ContentAlgorithm::DesEde3Cbc)),
    ("-aes-128-gcm", gcm(AeadAlgorithm::Aes128Gcm)),
    ("-aes-192-gcm", gcm(AeadAlgorithm::Aes192Gcm)),
    ("-aes-256-gcm", gcm(AeadAlgorithm::Aes256Gcm)),
];

const fn cbc(cipher: ContentAlgorithm) -> ContentEncryptionAlgorithm {
    ContentEncryptionAlgorithm::Cbc(cipher)
}

const fn gcm(cipher: AeadAlgorithm) -> ContentEncryptionAlgorithm {
    ContentEncryptionAlgorithm::Gcm(cipher)
}

const TRANSPORTS: [(&[&str], KeyTransportAlgorithm); 6] = [
    (&[], KeyTransportAlgorithm::RsaPkcs1),
    (&["rsa_padding_mode:oaep"], oaep(DigestAlgorithm::Sha1)),
    (
        &["rsa_padding_mode:oaep", "rsa_oaep_md:sha256"],
        oaep(DigestAlgorithm::Sha256),
    ),
    (
        &["rsa_padding_mode:oaep", "rsa_oaep_md:sha384"],
        oaep(DigestAlgorithm::Sha384),
    ),
    (
        &["rsa_padding_mode:oaep", "rsa_oaep_md:sha512"],
        oaep(DigestAlgorithm::Sha512),
    ),
    (
        &[
            "rsa_padding_mode:oaep",
            "rsa_oaep_md:sha256",
            "rsa_mgf1_md:sha1",
        ],
        KeyTransportAlgorithm::RsaOaep {
            digest: DigestAlgorithm::Sha256,
            mask_digest: DigestAlgorithm::Sha1,
        },
    ),
];

const fn oaep(digest: DigestAlgorithm) -> KeyTransportAlgorithm {
    KeyTransportAlgorithm::rsa_oaep(digest)
}

const CURVES: [&str; 3] = ["p256", "p384", "p521"];

const DERIVATIONS: [DigestAlgorithm; 5] = [
    DigestAlgorithm::Sha1,
    DigestAlgorithm::Sha224,
    DigestAlgorithm::Sha256,
    DigestAlgorithm::Sha384,
    DigestAlgorithm::Sha512,
];

/// `dhSinglePass-cofactorDH-sha384kdf-scheme` (RFC 5753 §7.1.4): 1.3.132.1.14.2.
const COFACTOR_SHA384: [u8; 6] = [0x2b, 0x81, 0x04, 0x01, 0x0e, 0x02];

/// Line ends of both kinds, and octets that are no text.
fn content() -> Vec<u8> {
    (0..20_000_u32)
        .map(|n| u8::try_from(n * n % 251).unwrap())
        .chain(*b"\r\n\n")
        .collect()
}

/// What `openssl cms -encrypt` makes of the content with these options.
fn encrypted_by(openssl: &OpenSsl, options: &[&str]) -> Vec<u8> {
    let options = [&["-encrypt", "-outform", "DER"], options].concat();
    openssl.cms(&content(), &options, &[])
}

fn file(name: &str) -> String {
    path(name).to_str().unwrap().to_owned()
}

/// Opens with either backend, and compares what was found on the way.
fn opens(
    octets: &[u8],
    credential: &Credential,
    algorithm: ContentEncryptionAlgorithm,
    management: KeyManagement,
    what: &str,
) {
    assert_eq!(content_type(octets), Ok(algorithm.content_type()), "{what}");
    let message = EnvelopedData::parse(octets, &limits()).expect(what);
    assert_eq!(message.content_algorithm(), Some(algorithm), "{what}");
    assert_eq!(message.encrypted_type(), ContentType::Data, "{what}");
    for provider in PROVIDERS {
        let opened = message
            .decrypt(&[credential], &provider, &mut receiver_rng())
            .expect(what);
        assert!(*opened.content == content(), "{what}");
        assert_eq!(opened.recipient, *credential.certificate(), "{what}");
        assert_eq!(opened.matched, RecipientMatch::Identifier, "{what}");
        assert_eq!(opened.management, management, "{what}");
    }
}

#[test]
fn key_transport_by_openssl_opens() {
    let Some(openssl) = OpenSsl::new() else {
        return;
    };
    let (bob, bob_file) = (bob(), file("as2/bob.cert.pem"));
    for (options, transport) in TRANSPORTS {
        for (cipher, algorithm) in CIPHERS {
            let mut all = vec![cipher, "-recip", &bob_file];
            for option in options {
                all.extend(["-keyopt", option]);
            }
            let octets = encrypted_by(&openssl, &all);
            let management = KeyManagement::Transport(transport);
            opens(&octets, &bob, algorithm, management, &format!("{all:?}"));
        }
    }
}

#[test]
fn key_agreement_by_openssl_opens() {
    let Some(openssl) = OpenSsl::new() else {
        return;
    };
    for curve in CURVES {
        let (erin, erin_file) = (erin(curve), file(&format!("own/agree-{curve}.cert.pem")));
        for kdf in DERIVATIONS {
            let digest = format!("ecdh_kdf_md:{}", kdf.name().replace('-', ""));
            let cofactor = kdf == DigestAlgorithm::Sha384;
            let mode = format!("ecdh_cofactor_mode:{}", u8::from(cofactor));
            for (wrap, ciphers) in KeyWrapAlgorithm::ALL.into_iter().zip(CIPHERS.chunks(3)) {
                let wrap_option = format!("-aes{}-wrap", 8 * wrap.key_len());
                for (cipher, algorithm) in ciphers {
                    let recipient = ["-recip", &erin_file, "-keyopt", &digest, "-keyopt", &mode];
                    let all = [&[*cipher, &wrap_option][..], &recipient].concat();
                    let octets = encrypted_by(&openssl, &all);
                    let found = octets.windows(6).any(|octets| octets == COFACTOR_SHA384);
                    assert_eq!(found, cofactor, "{all:?}");
                    let management = KeyManagement::Agreement { kdf, wrap };
                    opens(&octets, &erin, *algorithm, management, &format!("{all:?}"));
                }
            }
        }
    }
}

#[test]
fn streams_and_key_identifiers_of_openssl_are_read() {
    let Some(openssl) = OpenSsl::new() else {
        return;
    };
    let credentials = [bob(), erin("p384")];
    let (bob_file, erin_file) = (file("as2/bob.cert.pem"), file("own/agree-p384.cert.pem"));
    let variants: [&[&str]; 3] = [&["-stream"], &["-keyid"], &["-stream", "-keyid"]];
    for (cipher, algorithm) in CIPHERS {
        for variant in variants {
            // One message for both, in two kinds.
            let recipients = ["-recip", &bob_file, "-recip", &erin_file, "-aes256-wrap"];
            let all = [&[cipher], variant, &recipients].concat();
            let octets = encrypted_by(&openssl, &all);
            let streamed = variant.contains(&"-stream");
            assert_eq!(octets[1] == INDEFINITE, streamed, "{all:?}");
            let message = EnvelopedData::parse(&octets, &limits()).unwrap();
            let mut kinds = [0, 0];
            for recipient in message.recipients() {
                let identifier = match recipient {
                    RecipientIdentifier::KeyTransport(identifier) => {
                        kinds[0] += 1;
                        identifier
                    }
                    RecipientIdentifier::KeyAgreement(identifier) => {
                        kinds[1] += 1;
                        identifier
                    }
                    other => panic!("{other:?}"),
                };
                let known = |known: &Credential| identifier.matches(known.certificate());
                assert!(credentials.iter().any(known), "{all:?}");
            }
            assert_eq!(kinds, [1, 1], "{all:?}");
            for credential in &credentials {
                let opened = message
                    .decrypt(&[credential], &PROVIDERS[0], &mut receiver_rng())
                    .unwrap();
                assert!(*opened.content == content(), "{all:?}");
                assert_eq!(message.content_algorithm(), Some(algorithm));
                assert_eq!(opened.recipient, *credential.certificate());
            }
        }
    }
}

/// Behind the feature `legacy`.
#[test]
fn rc2_of_openssl_opens() {
    let Some(openssl) = OpenSsl::new() else {
        return;
    };
    let bob_file = file("as2/bob.cert.pem");
    for effective_bits in [40, 64, 128] {
        let cipher = match effective_bits {
            128 => "-rc2-cbc".to_owned(),
            bits => format!("-rc2-{bits}-cbc"),
        };
        let legacy = ["-provider", "legacy", "-provider", "default"];
        let all = [&[cipher.as_str(), "-recip", &bob_file][..], &legacy].concat();
        let octets = encrypted_by(&openssl, &all);
        let algorithm = ContentEncryptionAlgorithm::Rc2Cbc { effective_bits };
        let management = KeyManagement::Transport(KeyTransportAlgorithm::RsaPkcs1);
        opens(&octets, &bob(), algorithm, management, &cipher);
    }
}

/// Opens `octets` with the command.
fn opened_by(openssl: &OpenSsl, octets: &[u8], recipient: &str) -> bool {
    let certificate = path(&format!("{recipient}.cert.pem"));
    let key = path(&format!("{recipient}.key.pem"));
    let files = [("-recip", certificate.as_path()), ("-inkey", &key)];
    openssl.cms(octets, &["-decrypt", "-inform", "DER"], &files) == content()
}

#[test]
fn our_key_transport_opens_with_openssl() {
    let Some(openssl) = OpenSsl::new() else {
        return;
    };
    let bob = bob();
    for (_, transport) in TRANSPORTS {
        for (index, (_, algorithm)) in CIPHERS.into_iter().enumerate() {
            let recipient = Recipient::new(bob.certificate(), KeyManagement::Transport(transport));
            let provider = &PROVIDERS[index % 2];
            let octets =
                encrypt(&content(), &[recipient], algorithm, provider, &mut rng()).unwrap();
            let what = format!("{transport:?} {algorithm}");
            assert!(opened_by(&openssl, &octets, "as2/bob"), "{what}");
        }
    }
}

#[test]
fn our_key_agreement_opens_with_openssl() {
    let Some(openssl) = OpenSsl::new() else {
        return;
    };
    for curve in CURVES {
        let erin = erin(curve);
        let name = format!("own/agree-{curve}");
        for (index, kdf) in DERIVATIONS.into_iter().enumerate() {
            let provider = &PROVIDERS[index % 2];
            for (wrap, ciphers) in KeyWrapAlgorithm::ALL.into_iter().zip(CIPHERS.chunks(3)) {
                for (_, algorithm) in ciphers {
                    let management = KeyManagement::Agreement { kdf, wrap };
                    let recipient = Recipient::new(erin.certificate(), management);
                    let octets =
                        encrypt(&content(), &[recipient], *algorithm, provider, &mut rng());
                    let what = format!("{curve} {management:?} {algorithm}");
                    assert!(opened_by(&openssl, &octets.unwrap(), &name), "{what}");
                }
            }
        }
    }
}

#[test]
fn our_message_for_several_opens_with_openssl_for_each() {
    let Some(openssl) = OpenSsl::new() else {
        return;
    };
    let (alice, bob, erin) = (alice(), bob(), erin("p521"));
    let oaep = KeyManagement::Transport(oaep(DigestAlgorithm::Sha256));
    let agreement = KeyManagement::Agreement {
        kdf: DigestAlgorithm::Sha512,
        wrap: KeyWrapAlgorithm::Aes256,
    };
    let recipients = [
        Recipient::from(alice.certificate()),
        Recipient::new(bob.certificate(), oaep).with_subject_key_identifier(),
        Recipient::new(erin.certificate(), agreement).with_subject_key_identifier(),
    ];
    for (_, algorithm) in CIPHERS {
        let octets = encrypt(
            &content(),
            &recipients,
            algorithm,
            &PROVIDERS[0],
            &mut rng(),
        )
        .unwrap();
        for name in ["as2/alice-old", "as2/bob", "own/agree-p521"] {
            assert!(opened_by(&openssl, &octets, name), "{name} {algorithm}");
        }
    }
}
