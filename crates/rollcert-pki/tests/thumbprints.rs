//! Thumbprints of a well-known root, as a notice to its users gives them.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use rollcert_crypto::{DigestAlgorithm, rustcrypto::PROVIDER};
use rollcert_pki::{Certificate, Limits, Thumbprint, open};

const NOTICE_SHA1: &str = "D1:EB:23:A4:6D:17:D6:8F:D9:25:64:C2:F1:F1:60:17:64:D8:E3:49";
const NOTICE_SHA256: &str = "d7a7a0fb5d7e2731d771e9484ebcdef71d5f0c3e0a2948782bc83ee0ea699ef4";

fn root() -> Certificate {
    let file = include_bytes!("fixtures/aaa-certificate-services.pem");
    let bundle = open(file, None, &PROVIDER, &Limits::default()).unwrap();
    bundle.certificates().next().unwrap().clone()
}

#[test]
fn a_root_is_known_by_its_name_and_by_both_thumbprints() {
    let root = root();
    assert_eq!(
        root.subject().common_name(),
        Some("AAA Certificate Services")
    );
    assert!(root.is_self_signed(&PROVIDER));
    for (text, algorithm) in [
        (NOTICE_SHA1, DigestAlgorithm::Sha1),
        (NOTICE_SHA256, DigestAlgorithm::Sha256),
    ] {
        let noticed = Thumbprint::parse_as(algorithm, text).unwrap();
        assert_eq!(root.thumbprint(algorithm, &PROVIDER), noticed);
    }
}

#[test]
fn the_list_of_trusted_certificates_goes_by_sha_512() {
    let thumbprint = root().thumbprint(DigestAlgorithm::Sha512, &PROVIDER);
    let digits = thumbprint.to_string();
    assert_eq!(digits.len(), 128);
    let pairs: Vec<String> = digits
        .as_bytes()
        .chunks(2)
        .map(|pair| String::from_utf8_lossy(pair).to_uppercase())
        .collect();
    let pasted = format!("\u{200e}{}", pairs.join(" "));
    assert_eq!(
        Thumbprint::parse_as(DigestAlgorithm::Sha512, &pasted),
        Ok(thumbprint)
    );
    assert!(Thumbprint::parse_as(DigestAlgorithm::Sha512, NOTICE_SHA256).is_err());
}
