//! Certification requests: the octets are kept, and what they ask for can be asked for again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rollcert_crypto::rustcrypto;
use rollcert_pki::extension::EncodedExtension;
use rollcert_pki::{CertificationRequest, RequestBuilder};

fuzz_target!(|octets: &[u8]| {
    let Ok(request) = CertificationRequest::from_der(octets) else {
        return;
    };
    assert_eq!(request.as_der(), octets);
    let signed = request.to_be_signed().as_ptr_range();
    let whole = request.as_der().as_ptr_range();
    assert!(
        whole.start < signed.start && signed.end < whole.end,
        "what is signed is octets of the request"
    );

    let shorter = &octets[..octets.len() - 1];
    assert!(
        CertificationRequest::from_der(shorter).is_err(),
        "a truncation passed"
    );
    assert!(
        CertificationRequest::from_der([octets, &[0]].concat()).is_err(),
        "an appended octet passed"
    );
    let _ = (
        request.verify(&rustcrypto::PROVIDER),
        request.quirks(),
        request.dns_names(),
    );

    // The same wishes again, in a request of our own.
    let mut builder = RequestBuilder::new(request.subject().clone(), request.public_key_info());
    for extension in request.extensions() {
        builder = builder.with_extension(EncodedExtension::from(extension));
    }
    let password = request
        .challenge_password()
        .filter(|password| (1..=255).contains(&password.chars().count()));
    if let Some(password) = &password {
        builder = builder.with_challenge_password(password);
    }
    // Keys that sign by nothing we know, or are too short, are read and not asked for.
    let Ok(unsigned) = builder.build() else {
        return;
    };
    let again = unsigned
        .assemble(request.signature())
        .expect("our own request is read");
    assert_eq!(again.subject(), request.subject());
    assert_eq!(again.public_key_info(), request.public_key_info());
    assert_eq!(again.emails(), request.emails());
    assert_eq!(again.challenge_password(), password);
    assert!(
        again
            .extensions()
            .iter()
            .map(EncodedExtension::from)
            .eq(request.extensions().iter().map(EncodedExtension::from)),
        "an extension is lost or altered"
    );
});
