//! An entity: what is split is the octets that came, and what is built of it splits again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rollcert_mime::{Entity, Limits, MediaType, TransferEncoding, canonical_lines, multipart_body};

/// Deeper than any message; the library leaves the depth to whoever asks for nested parts.
const DEPTH: usize = 4;

fuzz_target!(|octets: &[u8]| {
    let limits = Limits::default();
    if let Ok(entity) = Entity::parse(octets, &limits) {
        assert_eq!(entity.octets(), Some(octets));
        assert!(octets.ends_with(entity.body()));
        walk(&entity, &limits, DEPTH);
    }

    let canonical = canonical_lines(octets);
    assert_eq!(
        canonical_lines(&canonical),
        canonical,
        "canonical lines stay as they are"
    );
    for encoding in [
        TransferEncoding::Binary,
        TransferEncoding::Base64,
        TransferEncoding::QuotedPrintable,
    ] {
        let encoded = encoding.encode(octets);
        assert_eq!(
            encoding.decode(&encoded).expect("what we encode decodes"),
            octets,
            "{encoding:?}"
        );
        let _ = encoding.decode(octets);
    }
});

fn walk(entity: &Entity<'_>, limits: &Limits, depth: usize) {
    let _ = entity.decoded_body();
    let _ = entity.headers().content_id();
    let Ok(media_type) = entity.headers().content_type() else {
        return;
    };
    // What we read as a media type, we write so that we read the same again.
    let again =
        MediaType::parse(media_type.to_string(), limits).expect("our own media type is read");
    assert_eq!(again, media_type);

    let Ok(multipart) = entity.parts(limits) else {
        return;
    };
    let body = entity.body().as_ptr_range();
    let mut end = body.start.addr() + multipart.preamble.len();
    for part in &multipart.parts {
        let octets = part
            .octets()
            .expect("a part came with its headers")
            .as_ptr_range();
        assert!(
            octets.start.addr() > end,
            "a part begins after what stands before it, and a delimiter"
        );
        end = octets.end.addr();
    }
    assert!(
        end + multipart.epilogue.len() < body.end.addr(),
        "a delimiter ends the last part"
    );
    let parts: Vec<Vec<u8>> = multipart
        .parts
        .iter()
        .map(|part| part.octets().unwrap_or_default().to_vec())
        .collect();

    if let Ok(body) = multipart_body(&media_type, &parts) {
        let rebuilt = Entity::with_headers(entity.headers().clone(), &body);
        let split = rebuilt.parts(limits).expect("our own multipart splits");
        let octets: Vec<Vec<u8>> = split
            .parts
            .iter()
            .map(|part| part.octets().unwrap_or_default().to_vec())
            .collect();
        assert_eq!(octets, parts);
    }
    if depth > 0 {
        for part in &multipart.parts {
            walk(part, limits, depth - 1);
        }
    }
}
