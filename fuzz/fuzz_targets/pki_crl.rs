//! CRLs: an index answers as a walk over all entries does, and what is read is written back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rollcert_crypto::rustcrypto;
use rollcert_pki::extension::ReasonCode;
use rollcert_pki::{Certificate, Crl, CrlIndex, CrlView, Limits, RevokedEntry, SerialNumber};

/// Signs nothing: a key to verify signatures under.
const ISSUER: &[u8] = include_bytes!("../keys/bob.cert.der");

fuzz_target!(|octets: &[u8]| {
    let Ok(index) = CrlIndex::build(octets, &Limits::default()) else {
        assert!(CrlView::parse(octets).is_err(), "one of two refuses");
        return;
    };
    let crl = index.crl();
    assert_eq!(crl.as_der(), octets);
    let shorter = &octets[..octets.len() - 1];
    assert!(CrlView::parse(shorter).is_err(), "a truncation passed");
    assert!(
        Crl::from_der([octets, &[0]].concat()).is_err(),
        "an appended octet passed"
    );
    assert!(index.memory() <= 24 * index.len() + 64, "too much memory");

    assert_eq!(crl.entries().count(), index.len());
    for entry in crl.entries().take(64) {
        let serial = entry.serial();
        assert_eq!(index.find(&serial), found_by_walk(crl, &serial));
        assert_eq!(
            &octets[entry.offset()..entry.offset() + entry.as_der().len()],
            entry.as_der()
        );
        let _ = (
            entry.revocation_date(),
            entry.invalidity_date(),
            entry.hold_instruction(),
            entry.certificate_issuer(),
            entry.extensions().len(),
        );
    }
    let _ = (
        crl.number(),
        crl.base_number(),
        crl.authority_key_identifier(),
        crl.issuing_distribution_point(),
        crl.next_update(),
        crl.unhandled_extensions(),
        crl.is_understood(),
    );
    let issuer = Certificate::from_der(ISSUER).expect("a certificate of the seeds");
    let _ = crl.verify_signature_by(&issuer, &rustcrypto::PROVIDER);
});

fn found_by_walk<'a>(crl: &'a CrlView<'_>, serial: &SerialNumber) -> Option<RevokedEntry<'a>> {
    let alike = || {
        crl.entries()
            .filter(|entry| entry.serial() == *serial && entry.is_issued_by(crl.issuer()))
    };
    alike()
        .find(|entry| entry.reason() != Ok(Some(ReasonCode::RemoveFromCrl)))
        .or_else(|| alike().next())
}
