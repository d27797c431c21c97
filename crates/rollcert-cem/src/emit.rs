//! The package as we write it: what every known reader takes.

use rand_core::CryptoRng;
use rollcert_mime::{ContentId, EntityBuilder, MediaType, TransferEncoding, boundary};
use rollcert_pki::{Certificate, certs_only};

use crate::message::Head;
use crate::request_id::random_hex;
use crate::schema::{CEM, DSIG};
use crate::xml::Writer;
use crate::{CertificateIdentifier, package};

/// A bundle and the id of its part.
pub(crate) struct BundlePart {
    pub(crate) content_id: String,
    pub(crate) certificates: Vec<Certificate>,
}

/// A new id for a part, without brackets.
///
/// All ids have one length and random digits, so that none contains another: widespread software looks for
/// them by part. The domain is one that nobody can own (RFC 2606 §2).
pub(crate) fn draw_content_id(rng: &mut dyn CryptoRng) -> String {
    format!("{}@cem.invalid", random_hex(rng))
}

/// The start of a document of either kind, up to and including `TradingPartnerInfo`.
pub(crate) fn document(root: &'static str, head: &Head) -> Writer {
    let mut attributes = vec![("xmlns", CEM), ("xmlns:ds", DSIG)];
    if let Some(request_id) = &head.request_id {
        attributes.push(("requestId", request_id.as_str()));
    }
    let mut writer = Writer::new();
    writer.open(root, &attributes);
    writer.open("TradingPartnerInfo", &[]);
    let qualifier = head
        .qualifier
        .as_deref()
        .map(|qualifier| ("qualifier", qualifier));
    writer.leaf("Name", qualifier.as_slice(), &head.partner);
    writer.leaf("MessageOriginated", &[], head.originated.as_str());
    writer.close();
    writer
}

/// `CertificateIdentifier` and `CertificateReference`, character for character.
pub(crate) fn identifier(
    writer: &mut Writer,
    name: &'static str,
    identifier: &CertificateIdentifier,
) {
    writer.open(name, &[]);
    writer.leaf("ds:X509IssuerName", &[], identifier.issuer());
    writer.leaf("ds:X509SerialNumber", &[], identifier.serial());
    writer.close();
}

/// The entity around a document and its bundles.
pub(crate) fn package(
    document: Writer,
    bundles: &[BundlePart],
    rng: &mut dyn CryptoRng,
) -> Vec<u8> {
    let (cem_type, cem_subtype) = package::CEM_TYPE
        .split_once('/')
        .expect("the media type has a slash");
    let xml = part(
        media_type(cem_type, cem_subtype, &[]),
        &draw_content_id(rng),
        document.finish().as_bytes(),
    );
    let bundles = bundles.iter().map(|bundle| {
        part(
            media_type("application", "pkcs7-mime", &[("smime-type", "certs-only")]),
            &bundle.content_id,
            &certs_only::encode(&bundle.certificates),
        )
    });
    // The XML first: no `start` is needed to find it, and not everybody knows `start`.
    let parts: Vec<Vec<u8>> = core::iter::once(xml).chain(bundles).collect();
    let boundary = boundary(rng);
    let related = media_type(
        "multipart",
        "related",
        &[("type", package::CEM_TYPE), ("boundary", &boundary)],
    );
    EntityBuilder::multipart(related, &parts)
        .expect("base64 and hexadecimal ids cannot hold a boundary that begins with an equals sign")
}

fn part(media_type: MediaType, content_id: &str, body: &[u8]) -> Vec<u8> {
    EntityBuilder::new(media_type)
        .with_content_id(ContentId::new(content_id).expect("the id is hexadecimal and a domain"))
        // Base64 for the XML too: lines of any length and any character survive every relay.
        .with_transfer_encoding(TransferEncoding::Base64)
        .body(body)
}

fn media_type(type_: &str, subtype: &str, parameters: &[(&str, &str)]) -> MediaType {
    let plain = MediaType::new(type_, subtype).expect("both are tokens");
    parameters.iter().fold(plain, |media_type, (name, value)| {
        media_type
            .with_parameter(name, value)
            .expect("names are tokens and differ, values are visible characters")
    })
}
