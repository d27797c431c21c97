//! Whole messages: opened or refused, the same way each time, within the limits, and trusted by nobody's leave but
//! the signer's.
#![no_main]

use std::sync::LazyLock;

use chrono::DateTime;
use libfuzzer_sys::fuzz_target;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rollcert_as2::{
    Disposition, Limits, Mic, Modifier, OpenError, Opened, Opener, Refusal, compress, examine,
};
use rollcert_crypto::DigestAlgorithm;
use rollcert_crypto::rustcrypto::PROVIDER;
use rollcert_mime::Entity;
use rollcert_pki::{Certificate, Credential};

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

static ALICE: LazyLock<Certificate> = LazyLock::new(|| {
    Certificate::from_der(&include_bytes!("../keys/alice.cert.der")[..])
        .expect("a good certificate")
});

/// All that ALICE has ever signed: the seeds `req-01` and `req-05`, of which this is the MIC.
const SIGNED_BY_ALICE: [&str; 2] = [
    "yJhSUa26ejCtfnZp8Mvw/lC2Qm43OSy3bUeiJ5KZg4s=, sha-256",
    "Er6LbG+YLlcvsDXq66XO72XaHyGt0vl1uR5+F4YUAOY=, sha-256",
];

const SHA256: DigestAlgorithm = DigestAlgorithm::Sha256;
const INFLATED_OCTETS: usize = 1 << 20;

fuzz_target!(|octets: &[u8]| {
    let (first, second) = (open(octets, 1), open(octets, 2));
    match (first, second) {
        (None, None) => {}
        (Some(Ok(first)), Some(Ok(second))) => {
            assert_eq!(first.entity, second.entity);
            assert_eq!(
                (&first.layers, &first.mic, &first.warnings),
                (&second.layers, &second.mic, &second.warnings)
            );
            check_opened(octets, &first);
        }
        (Some(Err(first)), Some(Err(second))) => {
            assert_eq!(first.error.to_string(), second.error.to_string());
            assert_eq!((&first.layers, &first.mic), (&second.layers, &second.mic));
            check_refusal(&first);
        }
        (first, second) => panic!("once {first:?}, once {second:?}"),
    }
});

fn open(octets: &[u8], seed: u64) -> Option<Result<Opened, Box<Refusal>>> {
    let entity = Entity::parse(octets, &rollcert_mime::Limits::default()).ok()?;
    let now = DateTime::from_timestamp(1_795_500_000, 0).expect("a good instant");
    let opener = Opener::new(&PROVIDER, now)
        .with_credentials([&*BOB])
        .with_certificates([&*ALICE])
        .with_mic_algorithm(SHA256)
        .with_limits(Limits::default().with_inflated_octets(INFLATED_OCTETS));
    let mut rng = StdRng::seed_from_u64(seed);
    let headers = entity.headers();
    Some(examine(headers, entity.body(), &opener, &mut rng))
}

fn check_opened(octets: &[u8], opened: &Opened) {
    assert!(opened.entity.len() <= octets.len().max(INFLATED_OCTETS) + 1024);
    assert!(opened.layers.len() <= 8);
    assert!(opened.warnings.iter().all(|it| !it.code.is_empty()));
    let _ = opened.is_mdn();
    match &opened.signature {
        Some(signature) => {
            assert_eq!(signature.is_trusted(), signature.diagnosis().is_none());
            assert_eq!(
                signature.is_trusted(),
                signature.disposition().is_processed()
            );
            if signature.is_trusted() {
                let mic = opened.mic.to_string();
                let known = SIGNED_BY_ALICE.contains(&mic.as_str());
                assert!(known, "something passed for ALICE's: {mic}");
            }
        }
        None if !opened.layers.is_empty() => {
            // RFC 5402 §4.2, §4.3: over the innermost entity.
            assert_eq!(opened.mic, Mic::of(&opened.entity, SHA256, &PROVIDER));
        }
        None => {}
    }

    // What came out goes in again.
    if opened.layers.is_empty()
        && let Ok(compressed) = compress(&opened.entity)
        && opened.entity.len() <= INFLATED_OCTETS
    {
        let again = open(&compressed, 3).expect("our own header is read");
        let again = again.expect("our own compression is undone");
        let codes: Vec<_> = again.layers.iter().map(|layer| layer.code()).collect();
        assert_eq!(codes.first(), Some(&"compressed"));
    }
}

fn check_refusal(refusal: &Refusal) {
    let error = &refusal.error;
    assert!(!error.code().is_empty());
    assert!(refusal.layers.len() <= 8);
    let trusted = refusal
        .signature
        .as_ref()
        .is_some_and(|signature| signature.is_trusted());
    if matches!(error, OpenError::InsideEncryption(_)) && !trusted {
        let opaque = Disposition::Error(Modifier::DecryptionFailed);
        assert_eq!(
            refusal.disposition(),
            opaque,
            "the answer tells what was inside"
        );
    }
    let diagnosis = error.diagnosis();
    assert!(!diagnosis.suspects.is_empty());
    assert!(!diagnosis.to_string().contains(['\r', '\n']));
}
