//! Messages that another product made: their layers, signatures and MICs.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed test is to panic"
)]

mod common;

use common::{PROVIDER, certificate, fixture, now, rng};
use rollcert_as2::{
    Disposition, Envelope, Layer, MessageId, Mic, Modifier, OpenError, Opened, Opener, Pinned,
    examine, open,
};
use rollcert_cms::DecompressError;
use rollcert_crypto::DigestAlgorithm;
use rollcert_mime::{Entity, Headers, Limits};

fn headers(sample: &str) -> Headers<'static> {
    let octets = fixture(&format!("cem/{sample}.headers.txt"));
    Headers::parse(&octets, &Limits::default())
        .unwrap()
        .into_owned()
}

fn body(sample: &str) -> Vec<u8> {
    fixture(&format!("cem/{sample}.body.bin"))
}

fn mic(sample: &str) -> Mic {
    let text = String::from_utf8(fixture(&format!("cem/{sample}.mic.txt"))).unwrap();
    text.parse().unwrap()
}

fn opened(sample: &str, opener: &Opener<'_>) -> Result<Opened, OpenError> {
    open(&headers(sample), &body(sample), opener, &mut rng())
}

#[test]
fn signed_samples_verify_and_give_the_sender_s_mic() {
    let (alice, bob) = (certificate("cem/alice-old"), certificate("cem/bob"));
    let both = [alice.clone(), bob.clone()];
    let opener = Opener::new(PROVIDER, now()).with_certificates(&both);
    for (sample, signer) in [
        ("req-01", &alice),
        ("req-02", &alice),
        ("req-08", &alice),
        ("resp-01", &bob),
        ("resp-02", &bob),
    ] {
        let opened = opened(sample, &opener).unwrap();
        assert_eq!(opened.layers, [Layer::Signed], "{sample}");
        let signature = opened.signature.unwrap();
        assert!(signature.valid.is_ok(), "{sample}: {:?}", signature.valid);
        assert_eq!(signature.signer.as_ref(), Some(signer), "{sample}");
        assert_eq!(
            signature
                .signer
                .unwrap()
                .thumbprint(DigestAlgorithm::Sha256, PROVIDER),
            signer.thumbprint(DigestAlgorithm::Sha256, PROVIDER)
        );
        assert_eq!(signature.pinned, Pinned::Yes, "{sample}");
        assert_eq!(signature.digest, Some(DigestAlgorithm::Sha256), "{sample}");
        assert!(signature.signing_time.is_some(), "{sample}");
        assert_eq!(opened.mic, mic(sample), "{sample}");
        assert_eq!(opened.warnings, [], "{sample}");
        let limits = Limits::default();
        let entity = Entity::parse(&opened.entity, &limits).unwrap();
        let media_type = entity.headers().content_type().unwrap();
        assert_eq!(media_type.essence(), "multipart/related", "{sample}");
    }
}

#[test]
fn an_unsigned_sample_gives_the_sender_s_mic() {
    let opened = opened("req-06", &Opener::new(PROVIDER, now())).unwrap();
    assert_eq!(opened.layers, []);
    assert!(opened.signature.is_none());
    assert_eq!(opened.mic, mic("req-06"));
    assert_eq!(opened.mic.to_string(), "FjamGEpzdgUots6MbDAcXMTjhjA=, sha1");
    let codes: Vec<_> = opened.warnings.iter().map(|warning| warning.code).collect();
    assert_eq!(codes, ["mixed-wrapper"]);
    let limits = Limits::default();
    let entity = Entity::parse(&opened.entity, &limits).unwrap();
    assert_eq!(
        entity.headers().content_type().unwrap().essence(),
        "multipart/related"
    );
    assert_eq!(entity.parts(&limits).unwrap().parts.len(), 2);
}

#[test]
fn v16_the_compressed_and_signed_sample_opens_with_the_sender_s_mic() {
    let certificates = [certificate("cem/alice-old")];
    let opener = Opener::new(PROVIDER, now()).with_certificates(&certificates);
    let opened = opened("req-05", &opener).unwrap();
    assert_eq!(opened.layers, [Layer::Signed, Layer::Compressed]);
    assert_eq!(opened.warnings, []);
    assert!(opened.signature.unwrap().is_trusted());
    // RFC 5402 §4.1: over the compressed part, for that is what was signed.
    assert_eq!(opened.mic, mic("req-05"));
    let limits = Limits::default();
    let entity = Entity::parse(&opened.entity, &limits).unwrap();
    let media_type = entity.headers().content_type().unwrap();
    assert_eq!(media_type.essence(), "multipart/related");
    assert_eq!(entity.parts(&limits).unwrap().parts.len(), 2);
}

#[test]
fn compressed_content_beyond_the_limit_is_refused_and_the_signature_still_told() {
    let certificates = [certificate("cem/alice-old")];
    let whole = Opener::new(PROVIDER, now()).with_certificates(&certificates);
    let octets = opened("req-05", &whole).unwrap().entity.len();
    let limits = |octets| rollcert_as2::Limits::default().with_inflated_octets(octets);
    assert!(opened("req-05", &whole.clone().with_limits(limits(octets))).is_ok());

    let opener = whole.with_limits(limits(octets - 1));
    let refusal = examine(&headers("req-05"), &body("req-05"), &opener, &mut rng()).unwrap_err();
    assert!(matches!(
        refusal.error,
        OpenError::Compressed(DecompressError::TooLong { max }) if max == octets - 1
    ));
    assert_eq!(refusal.error.code(), "limit-exceeded");
    assert_eq!(
        refusal.disposition(),
        Disposition::Error(Modifier::DecompressionFailed)
    );
    assert_eq!(refusal.layers, [Layer::Signed, Layer::Compressed]);
    assert!(refusal.signature.unwrap().is_trusted());
    assert_eq!(refusal.mic, Some(mic("req-05")));
}

#[test]
fn a_signer_that_was_not_expected_is_a_fact() {
    let bob = certificate("cem/bob");
    let pinned = |opener: &Opener<'_>| {
        let signature = opened("req-01", opener).unwrap().signature.unwrap();
        assert!(signature.valid.is_ok());
        (signature.pinned, signature.disposition())
    };
    let opener = Opener::new(PROVIDER, now());
    assert_eq!(pinned(&opener), (Pinned::NotAsked, Disposition::Processed));
    let authentication_failed = Disposition::Error(Modifier::AuthenticationFailed);
    let none: [&rollcert_pki::Certificate; 0] = [];
    assert_eq!(
        pinned(&opener.clone().with_certificates(none)),
        (Pinned::No, authentication_failed.clone())
    );
    assert_eq!(
        pinned(&opener.with_certificates([&bob])),
        (Pinned::No, authentication_failed)
    );
}

#[test]
fn a_signer_that_has_expired_earns_a_warning() {
    let codes = |at: &str| {
        let opened = opened("req-01", &Opener::new(PROVIDER, at.parse().unwrap())).unwrap();
        assert!(opened.signature.unwrap().valid.is_ok());
        opened
            .warnings
            .iter()
            .map(|warning| warning.code)
            .collect::<Vec<_>>()
    };
    assert_eq!(codes("2040-01-01T00:00:00Z"), ["signer-expired"]);
    assert_eq!(codes("2020-01-01T00:00:00Z"), ["signer-not-yet-valid"]);
}

#[test]
fn the_mic_follows_the_digest_that_was_asked_for() {
    let mut fields = vec![
        (
            "disposition-notification-options".to_owned(),
            "signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=optional, sha512"
                .to_owned(),
        ),
        ("disposition-notification-to".to_owned(), "x".to_owned()),
    ];
    let sample = headers("req-01");
    fields.extend(
        sample
            .iter()
            .map(|(name, value)| (name.to_owned(), value.into_owned())),
    );
    let headers = common::received(&fields);
    let body = body("req-01");
    let opener = Opener::new(PROVIDER, now());
    let asked = open(&headers, &body, &opener, &mut rng()).unwrap();
    assert_eq!(asked.mic.algorithm(), DigestAlgorithm::Sha512);
    let fixed = opener.with_mic_algorithm(DigestAlgorithm::Sha256);
    let fixed = open(&headers, &body, &fixed, &mut rng()).unwrap();
    assert_eq!(fixed.mic, mic("req-01"));
}

#[test]
fn names_and_ids_of_the_samples_are_read() {
    let sample = headers("resp-01");
    let envelope = Envelope::parse(&sample).unwrap();
    assert_eq!(envelope.from.as_str(), "BOB AS2");
    assert_eq!(envelope.to.as_str(), "ALICE");
    let id = "<mendelson_opensource_AS2-COMMUN-1795287951751-9@BOB AS2_ALICE>";
    assert_eq!(envelope.message_id, MessageId::parse(id).unwrap());
    assert_eq!(envelope.message_id.to_string(), id);
}
