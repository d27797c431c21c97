use chrono::{DateTime, Utc};
use der::asn1::ObjectIdentifier;
use der::{Tag, TagNumber};
use rollcert_pki::Oid;
use rollcert_pki::asn1::{DecodeError, Element, Reader};
use rollcert_pki::extension::{Criticality, Extensions};

use crate::ocsp::error::OcspError;

/// The context-specific `[number]`, constructed.
pub(super) fn constructed(number: u32) -> Tag {
    TagNumber(number).context_specific(true)
}

/// The context-specific `[number]`, primitive.
pub(super) fn primitive(number: u32) -> Tag {
    TagNumber(number).context_specific(false)
}

/// The one element inside an explicit tag.
pub(super) fn inside<'a>(explicit: &Element<'a>) -> Result<Element<'a>, DecodeError> {
    let mut reader = explicit.reader();
    let element = reader.element()?;
    reader.finish()?;
    Ok(element)
}

/// The time inside `[number]`, if that comes next.
pub(super) fn optional_time(
    fields: &mut Reader<'_>,
    number: u32,
) -> Result<Option<DateTime<Utc>>, DecodeError> {
    let explicit = fields.optional_tag(constructed(number))?;
    explicit
        .map(|explicit| inside(&explicit)?.generalized_time())
        .transpose()
}

/// The first critical extension that means nothing here, of the list inside `[1]`, if that comes next
/// (RFC 6960 §4.4).
pub(super) fn optional_extensions(fields: &mut Reader<'_>) -> Result<Option<Oid>, OcspError> {
    let Some(explicit) = fields.optional_tag(constructed(1))? else {
        return Ok(None);
    };
    let extensions = Extensions::parse(&inside(&explicit)?)?;
    let mut unhandled = extensions
        .iter()
        .filter(|extension| extension.criticality() == Criticality::Critical)
        .filter(|extension| !HARMLESS.iter().any(|oid| extension.is(oid)));
    Ok(unhandled.next().map(|extension| extension.oid()))
}

/// Extensions that do not change what a response says of a certificate: the nonce, which is between who asked and who
/// answered; which CRL was looked at; how long the responder keeps what has expired; and that it answers `revoked` for
/// certificates that were never issued (RFC 6960 §4.4.1, §4.4.2, §4.4.4, §4.4.8).
const HARMLESS: [ObjectIdentifier; 4] = [
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.2"),
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.3"),
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.6"),
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.9"),
];
