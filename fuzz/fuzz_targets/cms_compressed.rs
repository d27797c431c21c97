//! Compressed messages: inflated as far as allowed and no further, and back again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rollcert_cms::{CompressedData, DecompressError, compress_as};
use rollcert_pki::Limits;

const MOST: usize = 1 << 20;

fuzz_target!(|octets: &[u8]| {
    let limits = Limits::default();
    let Ok(message) = CompressedData::parse(octets, &limits) else {
        return;
    };
    assert!(
        CompressedData::parse(&octets[..octets.len() - 1], &limits).is_err(),
        "a truncation passed"
    );
    assert!(
        CompressedData::parse(&[octets, &[0]].concat(), &limits).is_err(),
        "an appended octet passed"
    );
    let Ok(content) = message.decompress(MOST) else {
        return;
    };
    assert!(content.len() <= MOST);
    assert_eq!(message.decompress(content.len()).as_ref(), Ok(&content));
    if let Some(max) = content.len().checked_sub(1) {
        assert_eq!(
            message.decompress(max),
            Err(DecompressError::TooLong { max })
        );
    }
    let again = compress_as(message.encapsulated_type(), &content);
    let again = CompressedData::parse(&again, &limits).expect("our own");
    assert_eq!(again.encapsulated_type(), message.encapsulated_type());
    assert_eq!(again.decompress(content.len()), Ok(content));
});
