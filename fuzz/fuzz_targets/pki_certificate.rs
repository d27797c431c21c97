//! Certificates: the octets are kept, and what is shown of them reads back.
#![no_main]

use std::slice;

use libfuzzer_sys::fuzz_target;
use rollcert_crypto::{DigestAlgorithm, rustcrypto};
use rollcert_pki::extension::{BasicConstraints, ExtendedKeyUsages, ExtensionValue};
use rollcert_pki::{
    Certificate, CertificateView, KeyUsages, Limits, Name, Quirk, SerialNumber, Thumbprint,
    certs_only,
};

fuzz_target!(|octets: &[u8]| {
    let Ok(certificate) = Certificate::from_der(octets) else {
        return;
    };
    assert_eq!(certificate.as_der(), octets);
    let signed = certificate.to_be_signed().as_ptr_range();
    let whole = certificate.as_der().as_ptr_range();
    assert!(
        whole.start < signed.start && signed.end < whole.end,
        "what is signed is octets of the certificate"
    );

    let shorter = &octets[..octets.len() - 1];
    assert!(
        Certificate::from_der(shorter).is_err(),
        "a truncation passed"
    );
    assert!(
        Certificate::from_der([octets, &[0]].concat()).is_err(),
        "an appended octet passed"
    );

    let serial = certificate.serial();
    assert_eq!(
        SerialNumber::from_decimal(&serial.to_decimal()).as_ref(),
        Ok(serial)
    );
    for name in [certificate.subject(), certificate.issuer()] {
        let again = Name::from_der(name.as_der()).expect("a name that was read is read again");
        assert_eq!(again.to_string(), name.to_string());
        if name.is_empty() {
            continue;
        }
        let text =
            Name::parse(&name.to_rfc4514_portable()).expect("what we write as a name is read");
        assert!(
            text.matches(name).is_some(),
            "{name} is not found by {:?}",
            name.to_rfc4514_portable()
        );
    }
    for algorithm in [
        DigestAlgorithm::Sha1,
        DigestAlgorithm::Sha256,
        DigestAlgorithm::Sha512,
    ] {
        let thumbprint = certificate.thumbprint(algorithm, &rustcrypto::PROVIDER);
        assert_eq!(thumbprint.to_string().parse::<Thumbprint>(), Ok(thumbprint));
    }
    let view = CertificateView::parse(octets).expect("what is owned can be borrowed");
    assert_eq!(view.subject().as_ref(), Ok(certificate.subject()));
    assert_eq!(view.issuer().as_ref(), Ok(certificate.issuer()));
    assert_eq!(
        view.validity(),
        Ok((certificate.not_before(), certificate.not_after()))
    );
    for extension in view.extensions() {
        let malformed = extension.typed().is_err();
        let noted = certificate
            .quirks()
            .iter()
            .any(|quirk| matches!(quirk, Quirk::MalformedExtension { oid } if extension.is(oid)));
        assert_eq!(malformed, noted, "{}", extension.oid());
        if malformed && extension.is(&BasicConstraints::OID) {
            assert!(!certificate.is_ca());
        }
        if malformed && (extension.is(&KeyUsages::OID) || extension.is(&ExtendedKeyUsages::OID)) {
            assert_eq!(certificate.usable_for(), []);
        }
    }
    let _ = (
        certificate.emails(),
        certificate.dns_names(),
        certificate.uri_names(),
        certificate.ip_addresses(),
    );
    let _ = certificate.is_self_signed(&rustcrypto::PROVIDER);

    let bundle = certs_only::encode(slice::from_ref(&certificate));
    let again = certs_only::decode(&bundle, &Limits::default()).expect("our own bundle is read");
    assert_eq!(again.into_readable(), [certificate]);
});
