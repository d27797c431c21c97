//! Receipts: opened, read, and never good for a message that they do not prove.
#![no_main]

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::LazyLock;

use chrono::DateTime;
use libfuzzer_sys::fuzz_target;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rollcert_as2::{MessageId, Mic, Opener, read_mdn};
use rollcert_crypto::DigestAlgorithm;
use rollcert_crypto::rustcrypto::PROVIDER;
use rollcert_mime::{Entity, Limits};
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

fuzz_target!(|octets: &[u8]| {
    let Ok(entity) = Entity::parse(octets, &Limits::default()) else {
        return;
    };
    let now = DateTime::from_timestamp(1_795_500_000, 0).expect("a good instant");
    // A seed that the fuzzer cannot see through, or it writes our boundary into its message.
    let mut hasher = DefaultHasher::new();
    octets.hash(&mut hasher);
    let mut rng = StdRng::seed_from_u64(hasher.finish());
    let opener = Opener::new(&PROVIDER, now)
        .with_credentials([&*BOB])
        .with_certificates([BOB.certificate()]);
    let received = match read_mdn(entity.headers(), entity.body(), &opener, &mut rng) {
        Ok(received) => received,
        Err(error) => {
            assert!(!error.code().is_empty() && !error.to_string().is_empty());
            assert!(!error.diagnosis().suspects.is_empty());
            return;
        }
    };

    // Nobody but BOB signs with BOB's key, and no seed is a receipt by BOB.
    let mic = Mic::of(octets, DigestAlgorithm::Sha256, &PROVIDER);
    let sent = received.mdn.original_message_id.clone();
    let sent = sent.unwrap_or_else(|| MessageId::parse("1@alice.example").expect("a good id"));
    let problem = received
        .check(&sent, &mic)
        .expect_err("an unproven receipt passed");
    let diagnosis = problem.diagnosis();
    assert_eq!(diagnosis.code, problem.code());
    assert!(!diagnosis.suspects.is_empty() && !diagnosis.to_string().contains(['\r', '\n']));

    let entity = received
        .mdn
        .to_entity(&mut rng)
        .expect("a receipt that was read is written");
    let entity = Entity::parse(&entity, &Limits::default()).expect("our own receipt is read");
    let again = read_mdn(entity.headers(), entity.body(), &opener, &mut rng).expect("as a receipt");
    assert_eq!(
        again.mdn.original_message_id,
        received.mdn.original_message_id
    );
    // Fields are ASCII; other characters of a reason are written as question marks.
    if received.mdn.disposition.to_string().is_ascii() {
        assert_eq!(again.mdn.disposition, received.mdn.disposition);
    }
    assert_eq!(again.mdn.mic, received.mdn.mic);
    assert!(again.signature.is_none());
});
