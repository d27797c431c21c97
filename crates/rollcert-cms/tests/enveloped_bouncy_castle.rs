//! Encrypted and compressed messages both ways with Bouncy Castle: what it makes opens here, what is made here
//! it opens. Everything in one run of Java, which takes a second to start.

#![allow(
    clippy::unwrap_used,
    clippy::unwrap_in_result,
    clippy::indexing_slicing,
    clippy::std_instead_of_core,
    reason = "a test that panics has failed, which is what it is for"
)]

mod support;

use rollcert_cms::{
    CompressedData, ContentEncryptionAlgorithm, ContentType, EnvelopedData, KeyManagement,
    Recipient, compress, encrypt, encrypt_as,
};
use rollcert_crypto::{
    AeadAlgorithm, ContentAlgorithm, DigestAlgorithm, KeyTransportAlgorithm, KeyWrapAlgorithm,
};
use rollcert_pki::Credential;
use support::*;

/// The length octet of BER that a streaming writer begins with.
const INDEFINITE: u8 = 0x80;

/// Those that both sides read and write.
const CIPHERS: [ContentEncryptionAlgorithm; 7] = [
    ContentEncryptionAlgorithm::Cbc(ContentAlgorithm::Aes128Cbc),
    ContentEncryptionAlgorithm::Cbc(ContentAlgorithm::Aes192Cbc),
    ContentEncryptionAlgorithm::Cbc(ContentAlgorithm::Aes256Cbc),
    ContentEncryptionAlgorithm::Cbc(ContentAlgorithm::DesEde3Cbc),
    ContentEncryptionAlgorithm::Gcm(AeadAlgorithm::Aes128Gcm),
    ContentEncryptionAlgorithm::Gcm(AeadAlgorithm::Aes192Gcm),
    ContentEncryptionAlgorithm::Gcm(AeadAlgorithm::Aes256Gcm),
];

const NAMES: [&str; 4] = ["bob", "p256", "p384", "p521"];

fn credential_of(name: &str) -> Credential {
    match name {
        "bob" => bob(),
        "carol" => carol(),
        curve => erin(curve),
    }
}

/// Line ends of both kinds, and octets that are no text.
fn content() -> Vec<u8> {
    (0..5_000_u32)
        .map(|n| u8::try_from(n * n % 251).unwrap())
        .chain(*b"\r\n\n")
        .collect()
}

/// Every way in which a content key travels to this recipient.
fn managements(name: &str) -> Vec<KeyManagement> {
    use DigestAlgorithm::{Sha1, Sha224, Sha256, Sha384, Sha512};
    if name == "bob" {
        let mixed = KeyTransportAlgorithm::RsaOaep {
            digest: Sha256,
            mask_digest: Sha1,
        };
        return [KeyTransportAlgorithm::RsaPkcs1, mixed]
            .into_iter()
            .chain([Sha1, Sha256, Sha384, Sha512].map(KeyTransportAlgorithm::rsa_oaep))
            .map(KeyManagement::Transport)
            .collect();
    }
    [Sha1, Sha224, Sha256, Sha384, Sha512]
        .into_iter()
        .zip(KeyWrapAlgorithm::ALL.into_iter().cycle())
        .map(|(kdf, wrap)| KeyManagement::Agreement { kdf, wrap })
        .collect()
}

/// What the peer calls a recipient.
fn described(name: &str, management: KeyManagement) -> String {
    let java_name = |digest: DigestAlgorithm| digest.name().to_ascii_uppercase();
    match management {
        KeyManagement::Transport(KeyTransportAlgorithm::RsaOaep {
            digest,
            mask_digest,
        }) => format!(
            "{name}:oaep:{}:{}",
            java_name(digest),
            java_name(mask_digest)
        ),
        KeyManagement::Agreement { kdf, wrap } => format!("{name}:kari:{kdf}:{wrap}"),
        _ => format!("{name}:ktri"),
    }
}

/// A message that the peer is to make, and what is expected of it.
struct Theirs {
    job: String,
    algorithm: ContentEncryptionAlgorithm,
    recipients: Vec<(&'static str, KeyManagement)>,
}

fn theirs() -> Vec<Theirs> {
    let mut messages: Vec<Theirs> = Vec::new();
    let mut add =
        |cipher: &str, algorithm, options, recipients: &[(&'static str, KeyManagement)]| {
            let described: Vec<_> = recipients
                .iter()
                .map(|(name, way)| described(name, *way))
                .collect();
            messages.push(Theirs {
                job: format!("{cipher} {options} {}", described.join(" ")),
                algorithm,
                recipients: recipients.to_vec(),
            });
        };
    for name in NAMES {
        for management in managements(name) {
            for algorithm in CIPHERS {
                let recipient = [(name, management)];
                add(algorithm.name(), algorithm, "plain", &recipient);
            }
        }
        // The other forms, in one way.
        let recipient = [(name, managements(name)[2])];
        for algorithm in CIPHERS {
            let options = match algorithm {
                ContentEncryptionAlgorithm::Gcm(_) => ["ski", "attributes", "ukm+attributes"],
                _ => ["ski", "stream", "ukm+stream+ski"],
            };
            for option in options {
                add(algorithm.name(), algorithm, option, &recipient);
            }
        }
    }
    let all: Vec<_> = NAMES
        .into_iter()
        .map(|name| (name, managements(name)[0]))
        .collect();
    for algorithm in CIPHERS {
        add(algorithm.name(), algorithm, "plain", &all);
    }
    for effective_bits in [40, 64, 128] {
        let algorithm = ContentEncryptionAlgorithm::Rc2Cbc { effective_bits };
        let cipher = format!("RC2-CBC:{effective_bits}");
        add(
            &cipher,
            algorithm,
            "plain",
            &[("bob", managements("bob")[0])],
        );
    }
    // Two recipients in one agreement.
    let shared = managements("p256")[2];
    let both = [("p256", shared), ("carol", shared)];
    let algorithm = CIPHERS[2];
    add(algorithm.name(), algorithm, "plain", &both);
    let job = format!("AES-256-CBC plain {}:carol", described("p256", shared));
    messages.last_mut().unwrap().job = job;
    messages
}

/// Messages of ours, each with a recipient that is to open it.
fn ours() -> Vec<(Vec<u8>, &'static str)> {
    let mut messages = Vec::new();
    for name in NAMES {
        let credential = credential_of(name);
        for management in managements(name) {
            for (index, algorithm) in CIPHERS.into_iter().enumerate() {
                let recipient = Recipient::new(credential.certificate(), management);
                let provider = &PROVIDERS[index % 2];
                let octets = encrypt(&content(), &[recipient], algorithm, provider, &mut rng());
                messages.push((octets.unwrap(), name));
            }
        }
    }
    let credentials = NAMES.map(credential_of);
    let recipients: Vec<_> = NAMES
        .iter()
        .zip(&credentials)
        .map(|(name, credential)| Recipient::new(credential.certificate(), managements(name)[0]))
        .map(Recipient::with_subject_key_identifier)
        .collect();
    // With authenticated attributes where the cipher authenticates and the content is another message.
    for content_type in [ContentType::Data, ContentType::SignedData] {
        for algorithm in CIPHERS {
            let (provider, content) = (&PROVIDERS[0], content());
            let octets = encrypt_as(
                content_type,
                &content,
                &recipients,
                algorithm,
                provider,
                &mut rng(),
            );
            let octets = octets.unwrap();
            messages.extend(NAMES.map(|name| (octets.clone(), name)));
        }
    }
    messages
}

#[test]
fn bouncy_castle_opens_what_we_write_and_we_what_it_writes() {
    if !bouncy_castle::is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let write = |name: &str, octets: &[u8]| std::fs::write(file(name), octets).unwrap();
    write("content.bin", &content());
    for (name, fixture) in [
        ("bob", "as2/bob"),
        ("carol", "own/p256"),
        ("p256", "own/agree-p256"),
        ("p384", "own/agree-p384"),
        ("p521", "own/agree-p521"),
    ] {
        for part in ["cert", "key"] {
            let octets = pem(&format!("{fixture}.{part}.pem"));
            write(&format!("{name}.{part}.der"), &octets);
        }
    }

    let (mut jobs, mut expected) = (Vec::new(), Vec::new());
    for (index, (octets, name)) in ours().into_iter().enumerate() {
        write(&format!("ours-{index}"), &octets);
        jobs.push(format!("open ours-{index} {name}"));
        expected.push(format!("opened ours-{index} {name}"));
    }
    write("ours-compressed", &compress(&content()));
    jobs.push("inflate ours-compressed".to_owned());
    expected.push("inflated ours-compressed".to_owned());
    let theirs = theirs();
    for (index, message) in theirs.iter().enumerate() {
        jobs.push(format!("envelop theirs-{index} {}", message.job));
        expected.push(format!("made theirs-{index}"));
    }
    for form in ["plain", "stream"] {
        jobs.push(format!("compress theirs-{form} {form}"));
        expected.push(format!("made theirs-{form}"));
    }
    write("jobs.txt", jobs.join("\n").as_bytes());

    assert_eq!(
        bouncy_castle::run("EnvelopedPeer.java", folder.path()),
        expected
    );

    let mut streamed = 0;
    for (index, message) in theirs.iter().enumerate() {
        let octets = std::fs::read(file(&format!("theirs-{index}"))).unwrap();
        streamed += usize::from(octets[1] == INDEFINITE);
        let parsed = EnvelopedData::parse(&octets, &limits()).expect(&message.job);
        assert_eq!(parsed.content_algorithm(), Some(message.algorithm));
        assert_eq!(parsed.recipients().len(), message.recipients.len());
        for (name, management) in &message.recipients {
            let credential = credential_of(name);
            for provider in PROVIDERS {
                let opened = parsed
                    .decrypt(&[&credential], &provider, &mut receiver_rng())
                    .expect(&message.job);
                assert!(*opened.content == content(), "{}", message.job);
                assert_eq!(opened.recipient, *credential.certificate());
                assert_eq!(opened.management, *management, "{}", message.job);
            }
        }
    }
    assert!(streamed > 50, "{streamed}");
    for form in ["plain", "stream"] {
        let octets = std::fs::read(file(&format!("theirs-{form}"))).unwrap();
        let parsed = CompressedData::parse(&octets, &limits()).unwrap();
        assert_eq!(parsed.encapsulated_type(), ContentType::Data);
        assert!(parsed.decompress(content().len()).unwrap() == content());
    }
}
