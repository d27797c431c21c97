//! The AS2 headers: what is read of them reads back, and a receipt can be written about them.
#![no_main]

use std::hash::{DefaultHasher, Hash, Hasher};

use libfuzzer_sys::fuzz_target;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rollcert_as2::{As2Name, Disposition, Envelope, Features, Mdn, MdnRequest, MessageId, Mic};
use rollcert_mime::{Entity, Headers, Limits};

fuzz_target!(|block: &[u8]| {
    let limits = Limits::default();
    let Ok(headers) = Headers::parse(block, &limits) else {
        return;
    };
    for (_, value) in headers.iter() {
        if let Ok(name) = As2Name::parse(&value) {
            assert_eq!(As2Name::parse(&name.to_header()), Ok(name));
        }
        if let Ok(id) = MessageId::parse(&value) {
            assert_eq!(MessageId::parse(&id.to_string()), Ok(id));
        }
        if let Ok(disposition) = value.parse::<Disposition>() {
            let diagnosis = disposition.diagnosis();
            assert_eq!(diagnosis.is_none(), disposition == Disposition::Processed);
            if let Some(diagnosis) = diagnosis {
                assert!(!diagnosis.to_string().contains(['\r', '\n']));
            }
            let again = disposition.to_string().parse::<Disposition>();
            assert_eq!(again.as_ref(), Ok(&disposition), "written as {disposition}");
        }
        if let Ok(mic) = value.parse::<Mic>() {
            assert_eq!(mic.to_string().parse::<Mic>(), Ok(mic));
        }
    }
    let request = MdnRequest::parse(&headers);
    if let Some(request) = &request {
        let objection = request.objection();
        assert!(objection.is_none_or(|objection| !objection.is_processed()));
    }
    let features = Features::parse(&headers);
    let written = Headers::from_pairs([(Features::HEADER, features.to_string())]);
    assert_eq!(Features::parse(&written), features);
    let Ok(envelope) = Envelope::parse(&headers) else {
        return;
    };
    assert_eq!(envelope.mdn_request, request);

    // A seed that the fuzzer cannot see through, or it writes our boundary into its message.
    let mut hasher = DefaultHasher::new();
    block.hash(&mut hasher);
    let seed = hasher.finish();
    // Whatever came in, the receipt about it is one line a field and a multipart that splits.
    let mdn = Mdn::new(
        envelope.message_id.clone(),
        envelope.to,
        Disposition::Processed,
    );
    let entity = mdn
        .to_entity(&mut StdRng::seed_from_u64(seed))
        .expect("a receipt is written about any message");
    let entity = Entity::parse(&entity, &limits).expect("our own receipt is read");
    assert_eq!(
        entity
            .headers()
            .content_type()
            .expect("it has one")
            .essence(),
        "multipart/report"
    );
    let parts = entity.parts(&limits).expect("our own receipt splits").parts;
    let fields = parts
        .get(1)
        .expect("the second part is for machines")
        .body();
    let fields = Headers::parse(fields, &limits).expect("our own fields are read");
    let id = fields
        .first("Original-Message-ID")
        .expect("the id is quoted");
    assert_eq!(MessageId::parse(&id), Ok(envelope.message_id));
    assert_eq!(fields.all("Disposition").count(), 1);
});
