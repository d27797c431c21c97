//! RFC 3218: whoever sends altered messages learns nothing from how they fail.
//!
//! Every way in which a content key, or the content, can be wrong gives the same error, by every backend and
//! in every mode, after exactly one decryption of the content. That it also takes the same time is shown
//! by the benchmark `decryption`.

#![allow(
    clippy::unwrap_used,
    clippy::unwrap_in_result,
    clippy::indexing_slicing,
    reason = "a test that panics has failed, which is what it is for"
)]

mod support;

use core::cell::Cell;

use num_bigint::BigUint;
use rand::{Rng, SeedableRng, rngs::StdRng};
use rollcert_cms::{
    ContentEncryptionAlgorithm, DecryptError, Decrypted, EnvelopedData, KeyManagement, Recipient,
    RecipientMatch, encrypt,
};
use rollcert_crypto::{
    AeadAlgorithm, AuthenticatedCiphers, CipherStream, ContentAlgorithm, ContentCiphers,
    DigestAlgorithm, Error, KeyTransportAlgorithm, KeyWrapAlgorithm, Provider, aws_lc, rustcrypto,
};
use rollcert_pki::Credential;
use rollcert_pki::asn1::{Element, encode, tag};
use support::*;
use zeroize::Zeroizing;

const CONTENT: &[u8] = b"UNB+UNOA:1+A+B+261121:2000+1'\r\n";

thread_local! {
    /// How often content was decrypted.
    static DECRYPTIONS: Cell<usize> = const { Cell::new(0) };
}

/// A backend that counts.
struct Counting(Provider);

static RUSTCRYPTO: Counting = Counting(rustcrypto::PROVIDER);
static AWS_LC: Counting = Counting(aws_lc::WITH_RUSTCRYPTO);

fn counting_providers() -> [Provider; 2] {
    [&RUSTCRYPTO, &AWS_LC].map(|counting| Provider {
        content: counting,
        authenticated: counting,
        ..counting.0
    })
}

impl ContentCiphers for Counting {
    fn encrypt(
        &self,
        algorithm: ContentAlgorithm,
        key: &[u8],
        vector: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, Error> {
        self.0.content.encrypt(algorithm, key, vector, plain)
    }

    fn decrypt(
        &self,
        algorithm: ContentAlgorithm,
        key: &[u8],
        vector: &[u8],
        encrypted: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        assert_eq!(key.len(), algorithm.key_len());
        DECRYPTIONS.set(DECRYPTIONS.get() + 1);
        self.0.content.decrypt(algorithm, key, vector, encrypted)
    }

    fn start_encryption(
        &self,
        algorithm: ContentAlgorithm,
        key: &[u8],
        vector: &[u8],
    ) -> Result<Box<dyn CipherStream>, Error> {
        self.0.content.start_encryption(algorithm, key, vector)
    }

    fn start_decryption(
        &self,
        algorithm: ContentAlgorithm,
        key: &[u8],
        vector: &[u8],
    ) -> Result<Box<dyn CipherStream>, Error> {
        self.0.content.start_decryption(algorithm, key, vector)
    }
}

impl AuthenticatedCiphers for Counting {
    fn seal(
        &self,
        algorithm: AeadAlgorithm,
        key: &[u8],
        nonce: &[u8],
        associated_data: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let sealer = self.0.authenticated;
        sealer.seal(algorithm, key, nonce, associated_data, plain)
    }

    fn open(
        &self,
        algorithm: AeadAlgorithm,
        key: &[u8],
        nonce: &[u8],
        associated_data: &[u8],
        encrypted: &[u8],
        tag: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        assert_eq!(key.len(), algorithm.key_len());
        DECRYPTIONS.set(DECRYPTIONS.get() + 1);
        let opener = self.0.authenticated;
        opener.open(algorithm, key, nonce, associated_data, encrypted, tag)
    }
}

const CIPHERS: [ContentEncryptionAlgorithm; 5] = [
    ContentEncryptionAlgorithm::Cbc(ContentAlgorithm::Aes128Cbc),
    ContentEncryptionAlgorithm::Cbc(ContentAlgorithm::Aes256Cbc),
    ContentEncryptionAlgorithm::Cbc(ContentAlgorithm::DesEde3Cbc),
    ContentEncryptionAlgorithm::Gcm(AeadAlgorithm::Aes128Gcm),
    ContentEncryptionAlgorithm::Gcm(AeadAlgorithm::Aes256Gcm),
];

/// A message, and where in it the secrets are: each a whole element.
struct Message {
    octets: Vec<u8>,
    encrypted_key: Vec<u8>,
    content: Vec<u8>,
}

impl Message {
    fn new(
        credential: &Credential,
        management: KeyManagement,
        algorithm: ContentEncryptionAlgorithm,
    ) -> Self {
        let recipient = Recipient::new(credential.certificate(), management);
        let provider = &rustcrypto::PROVIDER;
        let octets = encrypt(CONTENT, &[recipient], algorithm, provider, &mut rng()).unwrap();
        let fields = children(&children(&children(&octets)[1])[0]);
        let info = &fields[1];
        let encrypted_key = match management {
            KeyManagement::Transport(_) => children(&children(info)[0])[3].clone(),
            _ => children(&children(&children(&children(info)[0])[3])[0])[1].clone(),
        };
        let content = children(&fields[2])[2].clone();
        Self {
            octets,
            encrypted_key,
            content,
        }
    }

    /// The same under a name that nobody has: another serial number.
    fn for_somebody(&self, credential: &Credential) -> Self {
        let serial = credential.certificate().serial().as_der_content();
        let serial = encode(tag::INTEGER, &[serial]);
        let other = encode(tag::INTEGER, &[&[1, 2, 3]]);
        Self {
            octets: replace(&self.octets, &serial, &other),
            encrypted_key: self.encrypted_key.clone(),
            content: self.content.clone(),
        }
    }

    fn with_key(&self, encrypted_key: &[u8]) -> Vec<u8> {
        let key = encode(tag::OCTET_STRING, &[encrypted_key]);
        replace(&self.octets, &self.encrypted_key, &key)
    }

    fn with_content(&self, content: &[u8]) -> Vec<u8> {
        let content = encode(tag::CONTEXT_PRIMITIVE, &[content]);
        replace(&self.octets, &self.content, &content)
    }

    /// Content that is damaged, and encrypted keys that nobody encrypted.
    fn damaged(&self, algorithm: ContentEncryptionAlgorithm) -> Vec<Vec<u8>> {
        let key = Element::parse(&self.encrypted_key).unwrap().content();
        let content = Element::parse(&self.content).unwrap().content();
        let mut messages = vec![
            self.with_content(&[]),
            self.with_content(&content[..content.len() - 1]),
            self.with_content(&[content, &[0]].concat()),
        ];
        for index in [0, key.len() / 2, key.len() - 1] {
            let mut altered = key.to_vec();
            altered[index] ^= 1;
            messages.push(self.with_key(&altered));
        }
        messages.extend([
            self.with_key(&vec![0; key.len()]),
            self.with_key(&[vec![0; key.len() - 1], vec![1]].concat()),
            self.with_key(&vec![0xff; key.len()]),
            self.with_key(&[&[0], key].concat()),
        ]);
        match algorithm {
            ContentEncryptionAlgorithm::Gcm(_) => {
                let mut altered = content.to_vec();
                altered[0] ^= 1;
                messages.push(self.with_content(&altered));
                let last = self.octets.len() - 1;
                let mut tag = self.octets.clone();
                tag[last] ^= 1;
                messages.push(tag);
            }
            _ => {
                // The padding, by way of the block before it.
                let block = algorithm_block(algorithm);
                let mut altered = content.to_vec();
                let at = content.len() - block - 1;
                altered[at] ^= 0x55;
                messages.push(self.with_content(&altered));
                messages.push(self.with_content(&content[..content.len() - block]));
            }
        }
        messages
    }
}

fn algorithm_block(algorithm: ContentEncryptionAlgorithm) -> usize {
    match algorithm {
        ContentEncryptionAlgorithm::Cbc(cipher) => cipher.block_len(),
        _ => 1,
    }
}

/// RSA without padding: what the encrypted key decrypts to is exactly `block`.
fn raw_rsa(credential: &Credential, block: &[u8]) -> Vec<u8> {
    let info = children(credential.certificate().public_key_info());
    let bits = Element::parse(&info[1]).unwrap().content();
    let numbers = children(&bits[1..]);
    let number =
        |index: usize| BigUint::from_bytes_be(Element::parse(&numbers[index]).unwrap().content());
    let encrypted = BigUint::from_bytes_be(block).modpow(&number(1), &number(0));
    let octets = encrypted.to_bytes_be();
    [vec![0; block.len() - octets.len()], octets].concat()
}

/// RFC 8017 §7.2.1: `00 02`, padding, `00`, and the key.
fn padded(len: usize, key: &[u8]) -> Vec<u8> {
    let padding = vec![0xa5; len - 3 - key.len()];
    [&[0, 2], padding.as_slice(), &[0], key].concat()
}

/// The content key that [`encrypt`] draws first from [`rng`].
fn content_key(algorithm: ContentEncryptionAlgorithm) -> Vec<u8> {
    let mut key = vec![0; algorithm.key_len()];
    rng().fill_bytes(&mut key);
    if algorithm == ContentAlgorithm::DesEde3Cbc.into() {
        for octet in &mut key {
            // Odd parity.
            *octet ^= 1 ^ u8::from(octet.count_ones() % 2 == 1);
        }
    }
    key
}

fn open(
    octets: &[u8],
    credential: &Credential,
    provider: &Provider,
) -> Result<Decrypted, DecryptError> {
    let message = EnvelopedData::parse(octets, &limits()).unwrap();
    DECRYPTIONS.set(0);
    let result = message.decrypt(&[credential], provider, &mut receiver_rng());
    assert_eq!(DECRYPTIONS.get(), 1, "{result:?}");
    result
}

/// Each of these messages fails by each backend, and in the same way.
fn fail_alike(messages: &[Vec<u8>], credential: &Credential, matched: RecipientMatch) {
    for provider in counting_providers() {
        let mut told = Vec::new();
        for (index, octets) in messages.iter().enumerate() {
            let error = open(octets, credential, &provider).expect_err(&format!("case {index}"));
            told.push((error.code(), error.to_string(), format!("{error:?}")));
        }
        assert!(told.windows(2).all(|two| two[0] == two[1]), "{told:?}");
        let code = match matched {
            RecipientMatch::Identifier => "decryption-failed",
            _ => "no-recipient",
        };
        assert_eq!(told[0].0, code);
    }
}

/// The message opens, under its recipient's name and, by trial, under another's; what is damaged of it fails
/// alike.
fn check(
    credential: &Credential,
    management: KeyManagement,
    algorithm: ContentEncryptionAlgorithm,
    further: impl Fn(&Message) -> Vec<Vec<u8>>,
) {
    let message = Message::new(credential, management, algorithm);
    let renamed = message.for_somebody(credential);
    let ways = [
        (message, RecipientMatch::Identifier),
        (renamed, RecipientMatch::Trial),
    ];
    for (message, matched) in ways {
        for provider in counting_providers() {
            let opened = open(&message.octets, credential, &provider).unwrap();
            assert_eq!(*opened.content, CONTENT);
            assert_eq!(opened.matched, matched);
        }
        let messages = [message.damaged(algorithm), further(&message)].concat();
        // By trial an encrypted key of another length than the modulus' is nobody's.
        let messages: Vec<_> = messages
            .into_iter()
            .filter(|octets| matched == RecipientMatch::Identifier || is_tried(octets, credential))
            .collect();
        assert!(messages.len() >= 9, "{}", messages.len());
        fail_alike(&messages, credential, matched);
    }
}

fn is_tried(octets: &[u8], credential: &Credential) -> bool {
    let message = EnvelopedData::parse(octets, &limits()).unwrap();
    let mut rng = StdRng::seed_from_u64(0);
    message
        .opening([credential.certificate()], &mut rng)
        .is_ok()
}

#[test]
fn pkcs1_padding_length_key_and_content_fail_alike() {
    let bob = bob();
    let management = KeyManagement::Transport(KeyTransportAlgorithm::RsaPkcs1);
    for algorithm in CIPHERS {
        let key = content_key(algorithm);
        check(&bob, management, algorithm, |message| {
            let len = Element::parse(&message.encrypted_key)
                .unwrap()
                .content()
                .len();
            let with = |block: &[u8]| message.with_key(&raw_rsa(&bob, block));
            let good = padded(len, &key);
            for provider in counting_providers() {
                assert!(open(&with(&good), &bob, &provider).is_ok());
            }
            let altered = |index: usize, octet: u8| {
                let mut block = good.clone();
                block[index] = octet;
                with(&block)
            };
            let no_end: Vec<u8> = good.iter().map(|octet| octet | 1).collect();
            vec![
                altered(0, 1),
                altered(1, 1),
                altered(1, 0),
                altered(2, 0),
                altered(9, 0),
                // Further back, where it makes a key that is too long.
                altered(10, 0),
                altered(len - key.len() - 1, 7),
                with(&[&[0, 2][..], &no_end[2..]].concat()),
                with(&padded(len, b"")),
                with(&padded(len, &key[1..])),
                with(&padded(len, &[&key[..], &[0]].concat())),
                with(&padded(len, &[7; 40])),
                // Nothing wrong with it but the key.
                with(&padded(len, &vec![7; key.len()])),
            ]
        });
    }
}

#[test]
fn oaep_padding_length_key_and_content_fail_alike() {
    let bob = bob();
    let provider = &rustcrypto::PROVIDER;
    for digest in [DigestAlgorithm::Sha1, DigestAlgorithm::Sha256] {
        let transport = KeyTransportAlgorithm::rsa_oaep(digest);
        let management = KeyManagement::Transport(transport);
        for algorithm in CIPHERS {
            let key = content_key(algorithm);
            let sealed = |transport, key: &[u8]| {
                let info = bob.certificate().public_key_info();
                let sealer = provider.key_encryption;
                sealer
                    .encrypt_key(info, transport, key, &mut rng())
                    .unwrap()
            };
            check(&bob, management, algorithm, |message| {
                vec![
                    message.with_key(&sealed(KeyTransportAlgorithm::RsaPkcs1, &key)),
                    message.with_key(&sealed(
                        KeyTransportAlgorithm::rsa_oaep(DigestAlgorithm::Sha512),
                        &key,
                    )),
                    message.with_key(&sealed(transport, b"")),
                    message.with_key(&sealed(transport, &key[1..])),
                    message.with_key(&sealed(transport, &[7; 40])),
                    message.with_key(&sealed(transport, &vec![7; key.len()])),
                ]
            });
        }
    }
}

#[test]
fn wrapped_keys_points_and_content_fail_alike() {
    for curve in ["p256", "p384", "p521"] {
        let erin = erin(curve);
        let management = KeyManagement::Agreement {
            kdf: DigestAlgorithm::Sha256,
            wrap: KeyWrapAlgorithm::Aes256,
        };
        for algorithm in CIPHERS {
            check(&erin, management, algorithm, |message| {
                let wrapped = Element::parse(&message.encrypted_key).unwrap().content();
                let infos = &children(&children(&children(&message.octets)[1])[0])[1];
                let originator = &children(&children(&children(infos)[0])[1])[0];
                let point = &children(originator)[1];
                let mut messages = vec![
                    message.with_key(&[]),
                    message.with_key(&wrapped[8..]),
                    message.with_key(&[wrapped, &[0; 8]].concat()),
                    // Wrapped by nobody, at the length of another key.
                    message.with_key(&[7; 48]),
                ];
                // A point off the curve, the point at infinity, and no point.
                let content = Element::parse(point).unwrap().content();
                let mut off = content.to_vec();
                *off.last_mut().unwrap() ^= 1;
                for bits in [off, vec![0, 0], vec![0], vec![0, 4], vec![0; content.len()]] {
                    let bits = encode(tag::BIT_STRING, &[&bits]);
                    messages.push(replace(&message.octets, point, &bits));
                }
                messages
            });
        }
    }
}
