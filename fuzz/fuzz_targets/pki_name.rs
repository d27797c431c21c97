//! Texts of names, serial numbers and thumbprints, as people and partners write them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rollcert_crypto::DigestAlgorithm;
use rollcert_pki::{Name, NameMatch, NameOrder, SerialNumber, Thumbprint};

fuzz_target!(|octets: &[u8]| {
    if let Ok(name) = Name::from_der(octets) {
        assert_eq!(name.as_der(), octets);
        assert!(name.matches(&name));
        for text in [name.to_string(), name.to_rfc4514_portable()] {
            // What is shown is found again, however odd it is; only an empty name has no text.
            if let Ok(read) = Name::parse(&text) {
                assert!(read.matches(&name).is_some(), "{text}");
            }
        }
    }
    let Ok(text) = core::str::from_utf8(octets) else {
        return;
    };
    if let Ok(read) = Name::parse(text)
        && let Ok(name) = read.to_name(NameOrder::MostSpecificFirst)
    {
        assert_eq!(read.matches(&name), Some(NameMatch::Aliases));
        let again =
            Name::parse(&name.to_string()).map(|read| read.to_name(NameOrder::MostSpecificFirst));
        if let Ok(Ok(again)) = again {
            assert!(again.matches(&name));
        }
    }
    if let Ok(serial) = SerialNumber::from_decimal(text) {
        assert_eq!(SerialNumber::from_decimal(&serial.to_decimal()), Ok(serial));
    }
    if let Ok(serial) = SerialNumber::from_hex(text) {
        assert_eq!(SerialNumber::from_hex(&serial.to_hex()), Ok(serial));
    }
    if let Ok(thumbprint) = text.parse::<Thumbprint>() {
        assert_eq!(thumbprint.to_string().parse(), Ok(thumbprint));
    }
    for digest in DigestAlgorithm::ALL {
        drop(Thumbprint::parse_as(digest, text));
    }
});
