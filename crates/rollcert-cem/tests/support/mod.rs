//! What the tests share: certificates, samples, and messages written by hand.
#![allow(
    dead_code,
    reason = "each test file is a crate of its own and uses a part of this"
)]

use core::slice;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use rollcert_cem::{Limits, Message, Received, Request, Violation};
use rollcert_mime::{Entity, Headers};
use rollcert_pki::{Certificate, certs_only};

/// Within the validity of every certificate of the fixtures.
pub(crate) const NOW: &str = "2026-11-25T12:00:00Z";

pub(crate) fn now() -> DateTime<Utc> {
    NOW.parse().unwrap()
}

fn fixture(path: &str) -> Vec<u8> {
    let path = format!("{}/tests/fixtures/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A certificate of the fixtures.
pub(crate) fn certificate(name: &str) -> Certificate {
    let pem = fixture(&format!("certificates/{name}.cert.pem"));
    let text: String = str::from_utf8(&pem)
        .unwrap()
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    Certificate::from_der(STANDARD.decode(text).unwrap()).unwrap()
}

/// The entity inside the outer multipart of a sample: what its signature covers.
pub(crate) fn sample(name: &str) -> Vec<u8> {
    sample_part(name, |part| part.octets().unwrap().to_vec(), 0)
}

/// The signature of a sample.
pub(crate) fn signature(name: &str) -> Vec<u8> {
    sample_part(name, |part| part.decoded_body().unwrap().into_owned(), 1)
}

fn sample_part(name: &str, octets: impl Fn(&Entity<'_>) -> Vec<u8>, place: usize) -> Vec<u8> {
    let headers = String::from_utf8(fixture(&format!("samples/{name}.headers.txt"))).unwrap();
    let pairs = headers.lines().filter_map(|line| line.split_once(": "));
    let body = fixture(&format!("samples/{name}.body.bin"));
    let entity = Entity::with_headers(Headers::from_pairs(pairs), &body);
    let multipart = entity.parts(&rollcert_mime::Limits::default()).unwrap();
    octets(&multipart.parts[place])
}

/// A request for `alice-new-self`, to be varied: its parts are replaced by text.
pub(crate) const REQUEST: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<EDIINTCertificateExchangeRequest xmlns="urn:ietf:params:xml:ns:ediintcertificateexchange" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" requestId="42-alice">
  <TradingPartnerInfo>
    <Name qualifier="AS2">ALICE</Name>
    <MessageOriginated>2026-11-21T20:05:50+01:00</MessageOriginated>
  </TradingPartnerInfo>
  <TrustRequest>
    <CertUsage>keyEncipherment</CertUsage>
    <CertUsage>digitalSignature</CertUsage>
    <RespondByDate>2026-12-21T20:05:50+01:00</RespondByDate>
    <ResponseURL>http://as2.alice.example:8080/as2</ResponseURL>
    <EndEntity>
      <CertificateIdentifier>
        <ds:X509IssuerName>E=ops@alice.example,C=DE,ST=Berlin,L=Berlin,O=Alice Arrows\, Inc.,OU=EDI,CN=alice-as2-2026</ds:X509IssuerName>
        <ds:X509SerialNumber>140393556129163378453678434513583092132470978401</ds:X509SerialNumber>
      </CertificateIdentifier>
      <CertificateContentID>cert1@alice</CertificateContentID>
    </EndEntity>
  </TrustRequest>
</EDIINTCertificateExchangeRequest>
"#;

/// A response about `alice-new-self`.
pub(crate) const RESPONSE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<EDIINTCertificateExchangeResponse xmlns="urn:ietf:params:xml:ns:ediintcertificateexchange" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" requestId="42-alice">
  <TradingPartnerInfo>
    <Name qualifier="AS2">BOB AS2</Name>
    <MessageOriginated>2026-11-22T20:05:51+01:00</MessageOriginated>
  </TradingPartnerInfo>
  <TrustResponse>
    <CertStatus>Accepted</CertStatus>
    <CertificateReference>
      <ds:X509IssuerName>E=ops@alice.example,C=DE,ST=Berlin,L=Berlin,O=Alice Arrows\, Inc.,OU=EDI,CN=alice-as2-2026</ds:X509IssuerName>
      <ds:X509SerialNumber>140393556129163378453678434513583092132470978401</ds:X509SerialNumber>
    </CertificateReference>
  </TrustResponse>
</EDIINTCertificateExchangeResponse>
"#;

/// `text` with `from`, which must be there, replaced by `to`.
pub(crate) fn with(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from:?} is not there to be replaced");
    text.replacen(from, to, 1)
}

/// A certificate bundle as a part.
pub(crate) fn bundle(content_id: &str, certificates: &[Certificate]) -> String {
    bundle_of(content_id, &certs_only::encode(certificates))
}

pub(crate) fn bundle_of(content_id: &str, octets: &[u8]) -> String {
    format!(
        "Content-Type: application/pkcs7-mime; smime-type=certs-only\r\nContent-Transfer-Encoding: base64\r\nContent-ID: <{content_id}>\r\n\r\n{}\r\n",
        STANDARD.encode(octets)
    )
}

/// The XML as a part.
pub(crate) fn xml_part(xml: &str) -> String {
    format!(
        "Content-Type: application/ediint-cert-exchange+xml\r\nContent-Transfer-Encoding: 8bit\r\nContent-ID: <xml@alice>\r\n\r\n{xml}"
    )
}

pub(crate) const RELATED: &str =
    "multipart/related; type=\"application/ediint-cert-exchange+xml\"; boundary=\"--frontier\"";

/// Parts under a header of one's own; the boundary is `--frontier`.
pub(crate) fn entity_of(content_type: &str, parts: &[String]) -> Vec<u8> {
    let mut entity = format!("Content-Type: {content_type}\r\n\r\n");
    for part in parts {
        entity.push_str("----frontier\r\n");
        entity.push_str(part);
        entity.push_str("\r\n");
    }
    entity.push_str("----frontier--\r\n");
    entity.into_bytes()
}

/// A request with the bundle of `alice-new-self`.
pub(crate) fn request(xml: &str) -> Vec<u8> {
    entity_of(
        RELATED,
        &[
            xml_part(xml),
            bundle("cert1@alice", &[certificate("alice-new-self")]),
        ],
    )
}

pub(crate) fn response(xml: &str) -> Vec<u8> {
    entity_of(RELATED, &[xml_part(xml)])
}

pub(crate) fn received(entity: &[u8]) -> Received {
    Received::parse(entity, &Limits::default()).unwrap()
}

/// The rules that a message breaks. It is no [`Message`](rollcert_cem::Message) exactly if it breaks one.
pub(crate) fn violations(entity: &[u8]) -> Vec<Violation> {
    let received = received(entity);
    assert_eq!(
        received.message().is_none(),
        !received.violations().is_empty()
    );
    received.violations().to_vec()
}

/// The code of the fault for which a message could not be read.
pub(crate) fn malformed(entity: &[u8]) -> &'static str {
    Received::parse(entity, &Limits::default())
        .unwrap_err()
        .code()
}

pub(crate) fn warnings(entity: &[u8]) -> Vec<&'static str> {
    received(entity)
        .warnings()
        .iter()
        .map(rollcert_cem::Warning::code)
        .collect()
}

/// A second trust request, for a certificate with this identifier in this part.
pub(crate) fn trust_request(certificate: &Certificate, content_id: &str) -> String {
    format!(
        "<TrustRequest><CertUsage>tlsClient</CertUsage><ResponseURL>http://a/</ResponseURL><EndEntity><CertificateIdentifier><ds:X509IssuerName>{}</ds:X509IssuerName><ds:X509SerialNumber>{}</ds:X509SerialNumber></CertificateIdentifier><CertificateContentID>{content_id}</CertificateContentID></EndEntity></TrustRequest>",
        certificate.issuer().to_rfc4514_portable(),
        certificate.serial().to_decimal(),
    )
}

pub(crate) fn read_request(entity: &[u8]) -> Request {
    match Message::parse(entity, &Limits::default()) {
        Ok(Message::Request(request)) => request,
        other => panic!("not a request: {other:?}"),
    }
}

pub(crate) fn codes(entity: &[u8]) -> Vec<&'static str> {
    violations(entity).iter().map(Violation::code).collect()
}

/// A request for one certificate alone.
pub(crate) fn request_for(certificate: &Certificate, issuer: &str, serial: &str) -> Vec<u8> {
    let xml = with(
        REQUEST,
        "E=ops@alice.example,C=DE,ST=Berlin,L=Berlin,O=Alice Arrows\\, Inc.,OU=EDI,CN=alice-as2-2026",
        issuer,
    );
    let xml = with(
        &xml,
        "140393556129163378453678434513583092132470978401",
        serial,
    );
    entity_of(
        RELATED,
        &[
            xml_part(&xml),
            bundle("cert1@alice", slice::from_ref(certificate)),
        ],
    )
}

pub(crate) fn leaf_texts() -> (String, String) {
    (
        "E=ops@alice.example,C=DE,ST=Berlin,L=Berlin,O=Alice Arrows\\, Inc.,OU=EDI,CN=alice-as2-2026".to_owned(),
        "140393556129163378453678434513583092132470978401".to_owned(),
    )
}

/// A bundle in BER, of indefinite length, with the certificates in just this order.
pub(crate) fn bundle_in_order(certificates: &[Certificate]) -> Vec<u8> {
    const END: &[u8] = &[0, 0];
    let certificates: Vec<u8> = certificates
        .iter()
        .flat_map(|certificate| certificate.as_der().to_vec())
        .collect();
    [
        &[0x30, 0x80, 0x06, 0x09][..],
        &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02],
        &[0xA0, 0x80, 0x30, 0x80, 0x02, 0x01, 0x01, 0x31, 0x00],
        &[0x30, 0x80, 0x06, 0x09],
        &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01],
        END,
        &[0xA0, 0x80],
        &certificates,
        END,
        &[0x31, 0x00],
        END,
        END,
        END,
    ]
    .concat()
}
