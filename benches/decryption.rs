//! How long it takes to refuse an encrypted message, by what is wrong with its content key: whoever could tell
//! one from another by time could have messages opened that are not theirs (RFC 3218 §2.3.2).
//!
//! `cargo bench --manifest-path benches/Cargo.toml --bench decryption [-- FILTER] [--quick]`
//!
//! For each backend and each way that RSA keys are encrypted, samples of three classes are taken by turns, in an
//! order drawn anew for each round, over many messages of each class. Printed are the quartiles of each class and,
//! beside the first class:
//!
//! - the overlap: the share that the two distributions have in common, over up to twenty bins of equally many
//!   samples. Between two halves of the first class itself, it is what chance leaves of 100%;
//! - how often a sample of the class took longer than one of the first: 50% where time tells nothing.

use std::hint::black_box;
use std::time::{Duration, Instant};

use openssl::pkey::Public;
use openssl::rsa::{Padding, Rsa};
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rollcert_benches::Options;
use rollcert_cms::{EnvelopedData, KeyManagement, Recipient, encrypt};
use rollcert_crypto::{
    ContentAlgorithm, DigestAlgorithm, KeyAlgorithm, KeyTransportAlgorithm, Provider, aws_lc,
    rustcrypto,
};
use rollcert_pki::{CertificateBuilder, Credential, KeyFile, Limits, Name, Profile, SerialNumber};

/// What an AS2 message with one order is about as long as.
const CONTENT_LEN: usize = 4 * 1024;
const CIPHER: ContentAlgorithm = ContentAlgorithm::Aes128Cbc;
/// Messages of each class.
const MESSAGES: usize = 64;
const MOST_BINS: usize = 20;

fn main() {
    let options = Options::from_arguments();
    let quick = std::env::args().any(|argument| argument == "--quick");
    let samples = if quick { 40 } else { 4000 };
    for provider in [rustcrypto::PROVIDER, aws_lc::PROVIDER] {
        let receiver = Receiver::new(&provider);
        for (name, transport) in [
            ("pkcs1", KeyTransportAlgorithm::RsaPkcs1),
            (
                "oaep-sha256",
                KeyTransportAlgorithm::rsa_oaep(DigestAlgorithm::Sha256),
            ),
        ] {
            let name = format!("decryption/{}/{name}", provider.name);
            if options.wants(&name) {
                let classes = receiver.classes(transport);
                measure(&name, &receiver, &classes, samples);
            }
        }
    }
}

/// Whoever is sent messages.
struct Receiver<'a> {
    provider: &'a Provider,
    credential: Credential,
    public_key: Rsa<Public>,
}

/// Messages whose content key is wrong in the same way.
struct Class {
    name: &'static str,
    messages: Vec<EnvelopedData>,
}

impl<'a> Receiver<'a> {
    fn new(provider: &'a Provider) -> Self {
        let mut rng = StdRng::seed_from_u64(1);
        let kind = KeyAlgorithm::Rsa { bits: 2048 };
        let file = KeyFile::generate(kind, provider, &mut rng).unwrap();
        let key = file.load(provider).unwrap();
        let now = chrono::DateTime::from_timestamp(1_795_500_000, 0).unwrap();
        let profile = Profile::smime();
        let subject = Name::builder().common_name("Receiver").build().unwrap();
        let serial = SerialNumber::random(&mut rng);
        let validity = profile.validity_from(now).unwrap();
        let certificate =
            CertificateBuilder::new(&profile, subject, key.public_key_info(), serial, validity)
                .self_signed(provider)
                .unwrap()
                .sign(&key)
                .unwrap();
        let public_key = Rsa::public_key_from_der(key.public_key_info()).unwrap();
        let credential = Credential::new(certificate, Vec::new(), key, provider, &mut rng);
        Self {
            provider,
            credential: credential.unwrap(),
            public_key,
        }
    }

    fn classes(&self, transport: KeyTransportAlgorithm) -> [Class; 3] {
        let mut rng = StdRng::seed_from_u64(2);
        let key = |len: usize, rng: &mut StdRng| {
            let mut key = vec![0; len];
            rng.fill_bytes(&mut key);
            key
        };
        let mut class = |name, encrypted_key: &dyn Fn(&mut StdRng) -> Vec<u8>| Class {
            name,
            messages: (0..MESSAGES)
                .map(|_| {
                    let encrypted_key = encrypted_key(&mut rng);
                    self.message(transport, &encrypted_key)
                })
                .collect(),
        };
        [
            class("good padding, another key", &|rng| {
                self.sealed(transport, &key(CIPHER.key_len(), rng), rng)
            }),
            class("bad padding", &|rng| {
                // Of the right length and below the modulus; random beyond that.
                let mut block = key(256, rng);
                block[0] = 0;
                block[1] = 1;
                self.raw(&block)
            }),
            class("wrong length", &|rng| {
                self.sealed(transport, &key(CIPHER.key_len() - 1, rng), rng)
            }),
        ]
    }

    fn sealed(&self, transport: KeyTransportAlgorithm, key: &[u8], rng: &mut StdRng) -> Vec<u8> {
        let info = self.credential.certificate().public_key_info();
        let sealer = self.provider.key_encryption;
        sealer.encrypt_key(info, transport, key, rng).unwrap()
    }

    /// What decrypts to exactly `block`, before any padding is looked at.
    fn raw(&self, block: &[u8]) -> Vec<u8> {
        let mut out = vec![0; 256];
        let encrypted = self
            .public_key
            .public_encrypt(block, &mut out, Padding::NONE);
        assert_eq!(encrypted.unwrap(), out.len());
        out
    }

    /// A message with this encrypted key in place of the right one.
    fn message(&self, transport: KeyTransportAlgorithm, encrypted_key: &[u8]) -> EnvelopedData {
        let management = KeyManagement::Transport(transport);
        let recipient = Recipient::new(self.credential.certificate(), management);
        let mut rng = StdRng::seed_from_u64(3);
        let content = vec![b'x'; CONTENT_LEN];
        let mut octets = encrypt(&content, &[recipient], CIPHER, self.provider, &mut rng).unwrap();
        // The `OCTET STRING` of 256 octets.
        let header = [0x04, 0x82, 0x01, 0x00];
        let at = octets
            .windows(4)
            .position(|octets| octets == header)
            .unwrap()
            + 4;
        octets[at..at + 256].copy_from_slice(encrypted_key);
        EnvelopedData::parse(&octets, &Limits::default()).unwrap()
    }
}

fn measure(name: &str, receiver: &Receiver<'_>, classes: &[Class], samples: usize) {
    let mut rng = StdRng::seed_from_u64(4);
    let mut times: Vec<Vec<Duration>> = classes.iter().map(|_| Vec::new()).collect();
    let mut order: Vec<usize> = (0..classes.len()).collect();
    let credentials = [&receiver.credential];
    for round in 0..samples {
        order.shuffle(&mut rng);
        for class in &order {
            let message = &classes[*class].messages[round % MESSAGES];
            let start = Instant::now();
            let opened = black_box(message.decrypt(&credentials, receiver.provider, &mut rng));
            let elapsed = start.elapsed();
            // One in 256 garbled contents ends in what looks like padding.
            drop(opened);
            times[*class].push(elapsed);
        }
    }

    println!("\n{name}: {samples} samples of each class");
    println!("  class                        quartiles in µs          overlap   longer");
    let first = times[0].clone();
    for (class, times) in classes.iter().zip(&times) {
        // The first class is held against itself.
        let (one, other) = if class.name == classes[0].name {
            halves(&first)
        } else {
            (first.clone(), times.clone())
        };
        let [low, middle, high] = quartiles(times);
        println!(
            "  {:<26} {low:>8.1} {middle:>8.1} {high:>8.1}   {:>6.1}%   {:>5.1}%",
            class.name,
            100.0 * overlap(&one, &other),
            100.0 * longer(&one, &other),
        );
    }
}

/// Every other sample, and the rest.
fn halves(times: &[Duration]) -> (Vec<Duration>, Vec<Duration>) {
    let every_other = |from: usize| times.iter().skip(from).step_by(2).copied().collect();
    (every_other(0), every_other(1))
}

fn quartiles(times: &[Duration]) -> [f64; 3] {
    let mut sorted = times.to_vec();
    sorted.sort();
    [1, 2, 3].map(|quarter| sorted[sorted.len() * quarter / 4].as_secs_f64() * 1e6)
}

/// The share that two distributions have in common, over bins that each hold equally many of both together, ten
/// at least.
fn overlap(one: &[Duration], other: &[Duration]) -> f64 {
    let bins = (one.len() / 10).clamp(2, MOST_BINS);
    let mut all: Vec<Duration> = one.iter().chain(other).copied().collect();
    all.sort();
    let bounds: Vec<Duration> = (1..bins).map(|bin| all[all.len() * bin / bins]).collect();
    let shares = |times: &[Duration]| {
        let mut shares = vec![0.0; bins];
        for time in times {
            shares[bounds.partition_point(|bound| bound <= time)] += 1.0 / times.len() as f64;
        }
        shares
    };
    let (one, other) = (shares(one), shares(other));
    one.iter()
        .zip(&other)
        .map(|(one, other)| one.min(*other))
        .sum()
}

/// How often a sample of the other is longer than one of the first; equal ones count half.
fn longer(first: &[Duration], other: &[Duration]) -> f64 {
    let mut sorted = first.to_vec();
    sorted.sort();
    let shorter = |time: &Duration| {
        let below = sorted.partition_point(|first| first < time);
        let up_to = sorted.partition_point(|first| first <= time);
        (below + up_to) as f64 / 2.0 / sorted.len() as f64
    };
    other.iter().map(shorter).sum::<f64>() / other.len() as f64
}
