//! The package: one `multipart/related` with the XML as its root and a bundle for each certificate.

use std::borrow::Cow;

use rollcert_mime::{ContentId, Entity, MediaType};

use crate::error::{Malformed, MalformedKind};
use crate::finding::{Findings, Violation, Warning};
use crate::message::Declaration;
use crate::{Limits, xml};

/// The media type of the XML part, which also is the `type` of the whole.
pub(crate) const CEM_TYPE: &str = "application/ediint-cert-exchange+xml";
const RELATED: &str = "multipart/related";

/// Whether an entity is a certificate exchange message, by its media types.
///
/// That is so when it is a `multipart/related` whose `type` says it, or whose root is the XML part where `type`
/// does not. Nothing else about it is looked at: [`Received::parse`](crate::Received::parse) may refuse it.
#[must_use]
pub fn is_cem(entity: &Entity<'_>, limits: &Limits) -> bool {
    let Ok(media_type) = entity.headers().content_type() else {
        return false;
    };
    if media_type.essence() != RELATED {
        return false;
    }
    if media_type.parameter("type").is_some_and(is_cem_type) {
        return true;
    }
    entity.parts(&limits.mime).is_ok_and(|multipart| {
        root(&multipart.parts, &media_type)
            .and_then(|root| root.headers().content_type().ok())
            .is_some_and(|media_type| is_cem_type(media_type.essence()))
    })
}

/// A message, taken apart.
pub(crate) struct Package<'a> {
    pub(crate) xml: Cow<'a, [u8]>,
    pub(crate) declaration: Declaration,
    pub(crate) parts: Vec<PackagePart<'a>>,
}

/// A part by which a certificate may be linked.
pub(crate) struct PackagePart<'a> {
    pub(crate) content_id: Option<String>,
    pub(crate) media_type: String,
    /// The decoded octets, of bundles alone.
    pub(crate) bundle: Option<Cow<'a, [u8]>>,
}

/// An entity and its media type, read once.
type Typed<'p, 'a> = (&'p Entity<'a>, &'p MediaType);

impl<'a> Package<'a> {
    pub(crate) fn open(
        entity: &Entity<'a>,
        limits: &Limits,
        findings: &mut Findings,
    ) -> Result<Self, Malformed> {
        let media_type = entity.headers().content_type()?;
        if is_cem_type(media_type.essence()) {
            findings.violation(Violation::NotMultipartRelated {
                found: media_type.essence().to_owned(),
            });
            return Ok(Self {
                xml: xml_octets((entity, &media_type), limits)?,
                declaration: Declaration::Missing,
                parts: Vec::new(),
            });
        }
        if media_type.type_() != "multipart" {
            return Err(MalformedKind::NotCem.into());
        }
        let parts = entity.parts(&limits.mime)?.parts;
        let media_types = parts
            .iter()
            .map(|part| part.headers().content_type())
            .collect::<Result<Vec<_>, _>>()?;
        let typed: Vec<Typed<'_, 'a>> = parts.iter().zip(&media_types).collect();
        let xml = xml_part(&typed, &media_type, findings)?;
        let declaration = check_outside(&media_type, findings);
        if content_id(xml.0).is_none() {
            findings.warn(Warning::XmlWithoutContentId);
        }
        let xml = xml_octets(xml, limits)?;
        let parts = typed
            .into_iter()
            .map(|part| PackagePart::open(part, limits, findings))
            .collect::<Result<Vec<_>, _>>()?;
        check_ids(&parts, findings);
        Ok(Self {
            xml,
            declaration,
            parts,
        })
    }

    /// How many bundles there are.
    pub(crate) fn bundles(&self) -> usize {
        self.parts
            .iter()
            .filter(|part| part.bundle.is_some())
            .count()
    }
}

impl<'a> PackagePart<'a> {
    fn open(
        (part, media_type): Typed<'_, 'a>,
        limits: &Limits,
        findings: &mut Findings,
    ) -> Result<Self, Malformed> {
        let bundle = if is_bundle(media_type) {
            Some(decoded(part, "octets in a bundle", limits.bundle_octets)?)
        } else {
            if !is_cem_type(media_type.essence()) {
                findings.warn(Warning::UnknownPart {
                    found: media_type.essence().to_owned(),
                });
            }
            None
        };
        Ok(Self {
            content_id: content_id(part),
            media_type: media_type.essence().to_owned(),
            bundle,
        })
    }
}

/// The XML, if the media type does not say that it is in another encoding.
fn xml_octets<'a>(
    (part, media_type): Typed<'_, 'a>,
    limits: &Limits,
) -> Result<Cow<'a, [u8]>, Malformed> {
    let octets = decoded(part, "octets", limits.xml_octets)?;
    // RFC 7303 §3: this overrules what the document says of itself.
    if let Some(charset) = media_type.parameter("charset") {
        xml::check_encoding(charset, &octets)?;
    }
    Ok(octets)
}

/// The body of a part without its transfer encoding, refused before it is decoded where it is far too long.
fn decoded<'a>(
    part: &Entity<'a>,
    what: &'static str,
    limit: usize,
) -> Result<Cow<'a, [u8]>, Malformed> {
    let too_long = || Malformed::from(MalformedKind::Limit { what, limit });
    // No encoding takes more than three octets for one; the rest is for line ends.
    if part.body().len() > limit.saturating_mul(4) {
        return Err(too_long());
    }
    let octets = part.decoded_body()?;
    if octets.len() > limit {
        return Err(too_long());
    }
    Ok(octets)
}

/// The text of a link without what surrounds it: white space, one pair of brackets, `cid:`.
///
/// The protocol's examples have the bare id inside the element, with white space around it; the rest is
/// tolerance. Applied to header and element alike, so that whatever a sender does to both comes off both.
pub(crate) fn bare_id(text: &str) -> Option<String> {
    let id = ContentId::new(xml::trim(text)).ok()?;
    let bare = match id.as_str().split_at_checked(4) {
        // RFC 2392 §2: in a `cid:` URL the id is percent-encoded.
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("cid:") => percent_decoded(rest)?,
        _ => id.as_str().to_owned(),
    };
    (!bare.is_empty()).then_some(bare)
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((octet, tail)) = rest.split_first() {
        if *octet != b'%' {
            octets.push(*octet);
            rest = tail;
            continue;
        }
        let (digits, tail) = tail.split_at_checked(2)?;
        let digits = core::str::from_utf8(digits).ok()?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        octets.push(u8::from_str_radix(digits, 16).ok()?);
        rest = tail;
    }
    String::from_utf8(octets).ok()
}

fn content_id(part: &Entity<'_>) -> Option<String> {
    bare_id(part.headers().content_id()?.as_str())
}

/// The root by RFC 2387 §3.2: the part that `start` names, else the first.
fn root<'p, 'a>(parts: &'p [Entity<'a>], media_type: &MediaType) -> Option<&'p Entity<'a>> {
    match media_type.parameter("start").and_then(bare_id) {
        Some(start) => parts
            .iter()
            .find(|part| content_id(part).as_ref() == Some(&start)),
        None => parts.first(),
    }
}

fn xml_part<'p, 'a>(
    parts: &[Typed<'p, 'a>],
    outer: &MediaType,
    findings: &mut Findings,
) -> Result<Typed<'p, 'a>, Malformed> {
    let start = outer.parameter("start");
    let root = match start.and_then(bare_id) {
        Some(id) => parts
            .iter()
            .find(|(part, _)| content_id(part).as_ref() == Some(&id))
            .or_else(|| {
                findings.violation(Violation::StartUnknown {
                    start: start.unwrap_or_default().to_owned(),
                });
                parts.first()
            }),
        None => parts.first(),
    };
    let is_xml = |(_, media_type): &&Typed<'p, 'a>| is_cem_type(media_type.essence());
    let count = parts.iter().filter(is_xml).count();
    if count > 1 {
        findings.violation(Violation::SeveralXmlParts { count });
    }
    if let Some(root) = root.filter(is_xml) {
        return Ok(*root);
    }
    let first = *parts.iter().find(is_xml).ok_or(MalformedKind::NotCem)?;
    findings.violation(Violation::XmlNotRoot {
        found: root.map_or_else(String::new, |(_, found)| found.essence().to_owned()),
    });
    Ok(first)
}

fn check_outside(media_type: &MediaType, findings: &mut Findings) -> Declaration {
    if media_type.essence() != RELATED {
        findings.violation(Violation::NotMultipartRelated {
            found: media_type.essence().to_owned(),
        });
        return Declaration::Missing;
    }
    match media_type.parameter("type") {
        None => {
            findings.warn(Warning::TypeMissing);
            return Declaration::Missing;
        }
        Some(found) if !is_cem_type(found) => findings.violation(Violation::TypeMismatch {
            found: found.to_owned(),
        }),
        Some(_) => {}
    }
    Declaration::Present
}

fn check_ids(parts: &[PackagePart<'_>], findings: &mut Findings) {
    let mut ids: Vec<&str> = parts
        .iter()
        .filter_map(|part| part.content_id.as_deref())
        .collect();
    ids.sort_unstable();
    let twice = ids
        .iter()
        .zip(ids.iter().skip(1))
        .filter(|(one, next)| one == next);
    for (id, _) in twice {
        findings.violation(Violation::DuplicateContentId {
            content_id: (*id).to_owned(),
        });
    }
}

fn is_cem_type(essence: &str) -> bool {
    essence.eq_ignore_ascii_case(CEM_TYPE)
}

fn is_bundle(media_type: &MediaType) -> bool {
    matches!(
        media_type.essence(),
        "application/pkcs7-mime" | "application/x-pkcs7-mime"
    ) && media_type
        .parameter("smime-type")
        .is_none_or(|kind| kind.eq_ignore_ascii_case("certs-only"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v1_v20_what_surrounds_an_id_comes_off() {
        for (text, id) in [
            ("a@b", "a@b"),
            ("\n\t <a@b> ", "a@b"),
            ("cid:a%40b", "a@b"),
            ("<CID:a@b>", "a@b"),
            ("New Certificate", "New Certificate"),
            ("../../etc/passwd", "../../etc/passwd"),
        ] {
            assert_eq!(bare_id(text).as_deref(), Some(id), "{text}");
        }
        for text in ["", " ", "<>", "cid:", "cid:%4", "cid:%+1", "cid:%FF"] {
            assert_eq!(bare_id(text), None, "{text}");
        }
    }
}
