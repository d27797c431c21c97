//! OCSP responses: whatever comes along, nothing but what a responder has signed makes a certificate good or revoked.
#![no_main]

use std::sync::OnceLock;

use chrono::{DateTime, TimeDelta, Utc};
use libfuzzer_sys::fuzz_target;
use rollcert_crypto::rustcrypto::PROVIDER;
use rollcert_pki::Certificate;
use rollcert_pki::asn1::Element;
use rollcert_trust::{
    Evaluator, MemoryCertificates, MemoryCrls, MemoryRoots, OcspResponse, Policy, Question,
    RevocationPolicy, RevocationStatus, StoredCertificate, Stores, TrustLists,
};

const ROOT: &[u8] = include_bytes!("../keys/ocsp-root.cert.der");
const LEAF: &[u8] = include_bytes!("../keys/ocsp-leaf.cert.der");
const GOOD: [&[u8]; 2] = [
    include_bytes!("../seeds/trust_ocsp/good-by-root.der"),
    include_bytes!("../seeds/trust_ocsp/good-by-key.der"),
];
const REVOKED: [&[u8]; 2] = [
    include_bytes!("../seeds/trust_ocsp/revoked-by-responder.der"),
    include_bytes!("../seeds/trust_ocsp/revoked-without-certificates.der"),
];

struct Scene {
    root: Certificate,
    leaf: Certificate,
    roots: MemoryRoots,
    policy: Policy,
    now: DateTime<Utc>,
}

fuzz_target!(|octets: &[u8]| {
    static SCENE: OnceLock<Scene> = OnceLock::new();
    let scene = SCENE.get_or_init(Scene::new);
    let parsed = OcspResponse::parse(octets);
    if let Ok(response) = &parsed {
        let shorter = &octets[..octets.len() - 1];
        assert!(OcspResponse::parse(shorter).is_err(), "a truncation passed");
        let longer = [octets, &[0]].concat();
        assert!(
            OcspResponse::parse(&longer).is_err(),
            "an appended octet passed"
        );
        for single in response.single_responses() {
            let _ = single.is_for(&scene.leaf, &scene.root, &PROVIDER);
        }
    }
    let expected = match scene.status(octets) {
        RevocationStatus::Good { .. } => &GOOD,
        RevocationStatus::Revoked { .. } => &REVOKED,
        RevocationStatus::Unknown { causes } => {
            assert!(!causes.is_empty(), "unknown without a cause");
            return;
        }
        other => panic!("{other:?}"),
    };
    assert!(parsed.is_ok(), "decided by what cannot be read");
    let is_signed = |seed: &&[u8]| {
        let signed = response_data(seed).expect("a response");
        octets.windows(signed.len()).any(|window| window == signed)
    };
    assert!(expected.iter().any(is_signed), "nobody has signed that");
});

impl Scene {
    fn new() -> Self {
        let root = Certificate::from_der(ROOT).expect("a certificate");
        let mut roots = MemoryRoots::new();
        roots.trust(StoredCertificate::new(root.clone(), &PROVIDER));
        let mut policy = Policy::partner();
        policy.revocation = RevocationPolicy::STRICT;
        let response = OcspResponse::parse(GOOD[0]).expect("a response");
        let scene = Self {
            root,
            leaf: Certificate::from_der(LEAF).expect("a certificate"),
            roots,
            policy,
            now: response.produced_at() + TimeDelta::hours(1),
        };
        // The oracle is worth something only while the seeds decide.
        for good in GOOD {
            let status = scene.status(good);
            assert!(
                matches!(status, RevocationStatus::Good { .. }),
                "{status:?}"
            );
        }
        for revoked in REVOKED {
            let status = scene.status(revoked);
            assert!(
                matches!(status, RevocationStatus::Revoked { .. }),
                "{status:?}"
            );
        }
        scene
    }

    fn status(&self, response: &[u8]) -> RevocationStatus {
        let (certificates, crls, lists) = (
            MemoryCertificates::new(),
            MemoryCrls::new(),
            TrustLists::new(),
        );
        let stores = Stores::new(&self.roots, &certificates, &crls, &lists);
        let responses = [response];
        let question = Question::new(&self.leaf, self.now).with_ocsp_responses(&responses);
        let report = Evaluator::new(stores, &self.policy, &PROVIDER).evaluate(&question);
        let status = report.paths()[0].revocation[0].clone();
        let is_good = matches!(status, RevocationStatus::Good { .. });
        assert_eq!(
            report.trusted().is_some(),
            is_good,
            "the verdict is another"
        );
        status
    }
}

/// The octets of a seed that are signed.
fn response_data(response: &[u8]) -> Option<&[u8]> {
    let mut outer = Element::parse(response).ok()?.reader();
    outer.element().ok()?;
    let bytes = outer.element().ok()?.reader().element().ok()?;
    let mut fields = bytes.reader();
    fields.element().ok()?;
    let basic = fields.element().ok()?.content();
    let mut fields = Element::parse(basic).ok()?.reader();
    Some(fields.element().ok()?.raw())
}
