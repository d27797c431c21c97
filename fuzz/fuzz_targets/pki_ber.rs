//! The BER front end: what it makes is DER, and DER it leaves alone.
#![no_main]

use std::borrow::Cow;

use libfuzzer_sys::fuzz_target;
use rollcert_pki::Limits;
use rollcert_pki::asn1::Element;
use rollcert_pki::ber::{Shape, to_der};

const SHAPES: [Shape; 4] = [
    Shape::Plain,
    Shape::SignedData,
    Shape::EnvelopedData,
    Shape::Pkcs12,
];

fuzz_target!(|octets: &[u8]| {
    let limits = Limits::default();
    for shape in SHAPES {
        let Ok(der) = to_der(octets, shape, &limits) else {
            continue;
        };
        // A bit string without segments grows from two octets to three.
        assert!(der.len() <= 2 * octets.len(), "it grew");
        if let Ok(element) = Element::parse(&der) {
            assert_eq!(element.raw(), &*der);
        }
        match to_der(&der, shape, &limits).expect("what comes out goes in") {
            Cow::Borrowed(again) => assert_eq!(again, &*der),
            Cow::Owned(_) => panic!("distinguished octets were rewritten"),
        }

        // One element, whole, and nothing after it.
        let shorter = &octets[..octets.len() - 1];
        assert!(
            to_der(shorter, shape, &limits).is_err(),
            "a truncation passed"
        );
        let longer = [octets, &[0]].concat();
        assert!(
            to_der(&longer, shape, &limits).is_err(),
            "an appended octet passed"
        );
    }
});
