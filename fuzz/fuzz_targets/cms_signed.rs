//! Signed messages: a signature that stands over one content stands over no other, and over its digests as
//! over itself.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use rollcert_cms::{SignedData, SignerVerdict};
use rollcert_crypto::rustcrypto::PROVIDER;
use rollcert_pki::{Certificate, Limits};

const CONTENT: &[u8] = b"Content-Type: text/plain\r\n\r\nhello\r\n";

static KNOWN: LazyLock<[Certificate; 2]> = LazyLock::new(|| {
    [
        &include_bytes!("../keys/alice.cert.der")[..],
        include_bytes!("../keys/bob.cert.der"),
    ]
    .map(|octets| Certificate::from_der(octets).expect("a good certificate"))
});

fuzz_target!(|octets: &[u8]| {
    let limits = Limits::default();
    let Ok(message) = SignedData::parse(octets, &limits) else {
        return;
    };
    assert!(
        SignedData::parse(&octets[..octets.len() - 1], &limits).is_err(),
        "a truncation passed"
    );
    assert!(
        SignedData::parse(&[octets, &[0]].concat(), &limits).is_err(),
        "an appended octet passed"
    );

    let owned = SignedData::parse_owned(octets.to_vec(), &limits).expect("what was read before");
    assert_eq!(owned.content(), message.content());
    assert_eq!(owned.signers().len(), message.signers().len());

    // Each signature costs a millisecond here, and the laws show with few.
    if message.signers().len() > 4 {
        return;
    }
    let over_content = message.verify(CONTENT, &*KNOWN, &PROVIDER);
    let over_nothing = message.verify(b"", &*KNOWN, &PROVIDER);
    let inside = message.verify_attached(&*KNOWN, &PROVIDER);
    assert_eq!(
        over_content.len(),
        message.signers().len(),
        "a verdict for each signer"
    );
    let digests: Vec<_> = message
        .content_digests()
        .into_iter()
        .map(|digest| (digest, PROVIDER.digest(digest, CONTENT)))
        .collect();
    let hashed = message.verify_digests(&digests, &*KNOWN, &PROVIDER);
    for ((info, whole), hashed) in message.signers().iter().zip(&over_content).zip(&hashed) {
        let code = |verdict: &SignerVerdict| match &verdict.result {
            Ok(()) => "ok",
            Err(error) => error.code(),
        };
        if info.has_signed_attributes() {
            assert_eq!(
                code(whole),
                code(hashed),
                "the digests say what the content says"
            );
            assert_eq!(whole.signer, hashed.signer);
        } else {
            assert_ne!(
                code(hashed),
                "ok",
                "nothing was signed but the content itself"
            );
        }
    }
    for ((content, nothing), inside) in over_content.iter().zip(&over_nothing).zip(&inside) {
        let stands = [content, nothing]
            .into_iter()
            .filter(|verdict| verdict.result.is_ok())
            .count();
        assert!(stands <= 1, "one signature stands over two contents");
        for verdict in [content, nothing, inside]
            .into_iter()
            .filter(|verdict| verdict.result.is_ok())
        {
            assert!(
                verdict.signer.is_some() && verdict.digest.is_some(),
                "who signed, and how, is told"
            );
        }
        if inside.result.is_ok() {
            let content = message.content().expect("what was verified is there");
            let again = message.verify(content, &*KNOWN, &PROVIDER);
            assert!(again.iter().any(|verdict| verdict.result.is_ok()));
        }
    }
});
