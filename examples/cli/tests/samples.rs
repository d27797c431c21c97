//! The messages of another product, read by `rollcert cem read`.

mod support;

use std::fs;

use serde_json::{Value, json};
use support::{answer, cem_read, certificate, fixture};

const ALICE_OLD: &str = "5496647fa978e0a09bab57be05ac76ae112c0b973e3ae25a5a930307750385dd";
const ALICE_NEW_SELF: &str = "78d47a909c016d6a4e4e3c30abd81e12c0e920860f65fe5aa0110b0370cbc50c";
const ALICE_NEW_CA: &str = "cb3ef19879de5cd1c971933d26da7f0f306a3462d87853a80e05f767989a0756";
const BOB: &str = "16008930cebea996b15ba38de2f38b2117313fad58c28a02d63d8f6727305e55";
const SELF_ISSUER: &str =
    "E=ops@alice.example,C=DE,ST=Berlin,L=Berlin,O=Alice Arrows\\, Inc.,OU=EDI,CN=alice-as2-2026";
const SELF_SERIAL: &str = "140393556129163378453678434513583092132470978401";
const CA_ISSUER: &str = "C=DE,O=Test CA,OU=Issuing,CN=Test Issuing CA 1";
const CA_SERIAL: &str = "817687147709354056932467674113038684790460646148";
const URL: &str = "http://as2.alice.example:8080/as2/HttpReceiver";
const AT: &str = "2026-11-22T00:00:00Z";

fn read(sample: &str, more: &[&str]) -> (i32, Value) {
    let headers = fixture(&format!("cem/{sample}.headers.txt"));
    let body = fixture(&format!("cem/{sample}.body.bin"));
    let call = cem_read(&headers, &body, &["--at", AT]);
    answer(&[&call, more].concat())
}

/// The MIC that the sender computed.
fn mic(sample: &str) -> Value {
    let text = fs::read_to_string(fixture(&format!("cem/{sample}.mic.txt"))).unwrap();
    let (value, algorithm) = text.trim().split_once(", ").unwrap();
    json!({ "algorithm": algorithm.replace("sha1", "sha-1"), "value": value })
}

fn signed_by(signer: &str, trusted: Option<bool>) -> Value {
    json!({ "valid": true, "trusted": trusted, "signer": signer })
}

fn keys_of(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[test]
fn a_request_for_two_usages() {
    let sample = "req-01-signed-b64-enc-and-sign";
    let (status, document) = read(sample, &["--cert", &certificate("alice-old")]);
    let expected = json!({
        "layers": ["signed"],
        "signature": signed_by(ALICE_OLD, Some(true)),
        "mic": mic(sample),
        "message": {
            "type": "request",
            "request_id": "202611212005-1795287950376",
            "partner": "ALICE",
            "qualifier": "AS2",
            "originated": "2026-11-21T20:05:50+01:00",
            "trust": [{
                "usages": ["keyEncipherment", "digitalSignature"],
                "respond_by": "2026-12-21T20:05:50+01:00",
                "response_url": URL,
                "issuer": SELF_ISSUER,
                "serial": SELF_SERIAL,
                "content_id": "202611212005-1795287950378",
                "certificates": [ALICE_NEW_SELF],
                "chain_complete": true,
            }],
        },
        "warnings": [],
    });
    assert_eq!((status, &document), (0, &expected));
    // Comparing documents looks past the order of their members, which is promised too.
    assert_eq!(keys_of(&document), keys_of(&expected));
    assert_eq!(
        keys_of(&document["signature"]),
        keys_of(&expected["signature"])
    );
    assert_eq!(keys_of(&document["mic"]), keys_of(&expected["mic"]));
    assert_eq!(keys_of(&document["message"]), keys_of(&expected["message"]));
    let trust = |document: &Value| document["message"]["trust"][0].clone();
    assert_eq!(keys_of(&trust(&document)), keys_of(&trust(&expected)));
}

#[test]
fn a_request_whose_bundle_lacks_the_chain() {
    let sample = "req-02-signed-b64-ca-leaf-tls";
    let (status, document) = read(sample, &[]);
    let expected = json!({
        "layers": ["signed"],
        "signature": signed_by(ALICE_OLD, None),
        "mic": mic(sample),
        "message": {
            "type": "request",
            "request_id": "202611212005-1795287950379",
            "partner": "ALICE",
            "qualifier": "AS2",
            "originated": "2026-11-21T20:05:50+01:00",
            "trust": [{
                "usages": ["tlsServer"],
                "respond_by": "2026-12-21T20:05:50+01:00",
                "response_url": URL,
                "issuer": CA_ISSUER,
                "serial": CA_SERIAL,
                "content_id": "202611212005-1795287950381",
                "certificates": [ALICE_NEW_CA],
                "chain_complete": false,
            }],
        },
        "warnings": [{
            "code": "chain-incomplete",
            "text": "bundle \"202611212005-1795287950381\" does not reach up to a self-issued certificate",
        }],
    });
    assert_eq!((status, document), (0, expected));
}

#[test]
fn a_request_compressed_under_its_signature() {
    let sample = "req-05-compressed-signed";
    let (status, document) = read(sample, &["--cert", &certificate("alice-old")]);
    assert_eq!(status, 0, "{document}");
    assert_eq!(document["layers"], json!(["signed", "compressed"]));
    assert_eq!(document["signature"], signed_by(ALICE_OLD, Some(true)));
    assert_eq!(document["mic"], mic(sample));
    let trust = json!([{
        "usages": ["keyEncipherment", "digitalSignature"],
        "respond_by": "2026-12-21T20:05:50+01:00",
        "response_url": URL,
        "issuer": SELF_ISSUER,
        "serial": SELF_SERIAL,
        "content_id": "202611212005-1795287950390",
        "certificates": [ALICE_NEW_SELF],
        "chain_complete": true,
    }]);
    assert_eq!(document["message"]["trust"], trust);
}

#[test]
fn an_unsigned_request_is_taken_where_that_is_allowed() {
    let sample = "req-06-unsigned-no-respondby";
    let message = json!({
        "type": "request",
        "request_id": "202611212005-1795287950391",
        "partner": "ALICE",
        "qualifier": "AS2",
        "originated": "2026-11-21T20:05:51+01:00",
        "trust": [{
            "usages": ["keyEncipherment"],
            "respond_by": null,
            "response_url": URL,
            "issuer": SELF_ISSUER,
            "serial": SELF_SERIAL,
            "content_id": "202611212005-1795287950393",
            "certificates": [ALICE_NEW_SELF],
            "chain_complete": true,
        }],
    });
    let facts = json!({
        "layers": [],
        "signature": null,
        "mic": mic(sample),
        "message": message,
        "warnings": [{
            "code": "mixed-wrapper",
            "text": "a multipart/mixed around one multipart taken off",
        }],
    });
    assert_eq!(read(sample, &["--allow-unsigned"]), (0, facts.clone()));

    let (status, mut document) = read(sample, &[]);
    let error = document.as_object_mut().unwrap().remove("error").unwrap();
    assert_eq!((status, document), (1, facts));
    assert_eq!(error["code"], "unsigned");
}

#[test]
fn xml_that_is_not_well_formed_is_said_to_be_so() {
    let sample = "req-08-issuer-ampersand-NOT-WELLFORMED";
    let (status, document) = read(sample, &[]);
    assert_eq!(status, 2);
    assert_eq!(document["error"]["code"], "xml-not-well-formed");
    assert_eq!(document["signature"], signed_by(ALICE_OLD, None));
    assert_eq!(document["mic"], mic(sample));
    assert_eq!(document["message"], Value::Null);
}

#[test]
fn a_response_that_accepts() {
    let sample = "resp-01-accepted-signed";
    let (status, document) = read(sample, &["--cert", &certificate("bob")]);
    let message = json!({
        "type": "response",
        "request_id": "202611212005-1795287950376",
        "partner": "BOB AS2",
        "qualifier": "AS2",
        "originated": document["message"]["originated"],
        "trust": [{
            "status": "Accepted",
            "reason": null,
            "issuer": SELF_ISSUER,
            "serial": SELF_SERIAL,
        }],
    });
    assert_eq!(status, 0);
    assert_eq!(document["layers"], json!(["signed"]));
    assert_eq!(document["signature"], signed_by(BOB, Some(true)));
    assert_eq!(document["mic"], mic(sample));
    assert_eq!(document["message"], message);
    assert!(
        document["message"]["originated"]
            .as_str()
            .unwrap()
            .starts_with("2026-11-21T20:05:51")
    );
}

#[test]
fn a_response_that_rejects_gives_its_reason() {
    let sample = "resp-02-rejected-signed";
    let (status, document) = read(sample, &["--cert", &certificate("bob")]);
    assert_eq!(status, 0);
    assert_eq!(document["mic"], mic(sample));
    let trust = json!([{
        "status": "Rejected",
        "reason": "CEM has been disabled in the system settings.",
        "issuer": CA_ISSUER,
        "serial": CA_SERIAL,
    }]);
    assert_eq!(document["message"]["trust"], trust);
    assert_eq!(
        keys_of(&document["message"]["trust"][0]),
        ["status", "reason", "issuer", "serial"]
    );
}

#[test]
fn a_signer_that_is_none_of_the_certificates_given_is_refused_and_the_facts_stay() {
    let (status, document) = read(
        "resp-02-rejected-signed",
        &["--cert", &certificate("alice-old")],
    );
    assert_eq!(
        (status, &document["error"]["code"]),
        (1, &json!("signer-unknown"))
    );
    assert_eq!(document["signature"], signed_by(BOB, Some(false)));
    assert_eq!(document["message"]["type"], "response");
}

#[test]
fn several_files_and_several_certificates_in_one_are_all_known() {
    let folder = support::Folder::new();
    let pems = ["ca-int", "alice-old"].map(|name| fs::read(certificate(name)).unwrap());
    let both = folder.write("both.pem", pems.concat());
    let sample = "req-01-signed-b64-enc-and-sign";
    let (status, document) = read(sample, &["--cert", &certificate("bob"), "--cert", &both]);
    assert_eq!(
        (status, &document["signature"]["trusted"]),
        (0, &json!(true))
    );
}

#[test]
fn an_expired_signer_is_a_warning() {
    let headers = fixture("cem/req-01-signed-b64-enc-and-sign.headers.txt");
    let body = fixture("cem/req-01-signed-b64-enc-and-sign.body.bin");
    let codes = |at: &str| -> (i32, Vec<Value>) {
        let (status, document) = answer(&cem_read(&headers, &body, &["--at", at]));
        let warnings = document["warnings"].as_array().unwrap();
        (
            status,
            warnings
                .iter()
                .map(|warning| warning["code"].clone())
                .collect(),
        )
    };
    let expired = vec![json!("signer-expired"), json!("certificate-expired")];
    assert_eq!(codes("2060-01-01T00:00:00Z"), (0, expired));
    let early = vec![
        json!("signer-not-yet-valid"),
        json!("certificate-not-yet-valid"),
    ];
    assert_eq!(codes("2020-01-01T01:00:00+01:00"), (0, early));
}

#[test]
fn a_broken_rule_is_named_beside_all_facts() {
    let request = |usage: &str, link: &str| {
        format!(
            "Content-Type: multipart/related; type=\"application/ediint-cert-exchange+xml\"; boundary=b\n\
             \n--b\nContent-Type: application/ediint-cert-exchange+xml\nContent-ID: <x>\n\n\
             <EDIINTCertificateExchangeRequest xmlns=\"urn:ietf:params:xml:ns:ediintcertificateexchange\" \
             xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" requestId=\"7\"><TradingPartnerInfo>\
             <Name qualifier=\"AS2\">A</Name><MessageOriginated>2026-11-21T20:05:50Z</MessageOriginated>\
             </TradingPartnerInfo><TrustRequest>{usage}<ResponseURL>http://a.example/</ResponseURL>\
             <EndEntity><CertificateIdentifier><ds:X509IssuerName>CN=a</ds:X509IssuerName>\
             <ds:X509SerialNumber>+007</ds:X509SerialNumber></CertificateIdentifier>\
             <CertificateContentID>{link}</CertificateContentID></EndEntity></TrustRequest>\
             </EDIINTCertificateExchangeRequest>\n--b--\n"
        )
    };
    let folder = support::Folder::new();
    for (usage, link, said) in [
        ("", "c", "TrustRequest has no CertUsage"),
        (
            "<CertUsage>signing</CertUsage>",
            "c",
            "unknown usage \"signing\"",
        ),
        (
            "<CertUsage>tlsServer</CertUsage>",
            "nowhere",
            "no part has the id \"nowhere\"",
        ),
    ] {
        let message = request(usage, link);
        let (headers, body) = message.split_once("\n\n").unwrap();
        let headers = folder.write("headers", headers);
        let body = folder.write("body", body);
        let call = cem_read(&headers, &body, &["--allow-unsigned"]);
        let (status, document) = answer(&call);
        assert_eq!(status, 1, "{document}");
        let error = &document["error"];
        assert!(error["text"].as_str().unwrap().contains(said), "{document}");
        assert_eq!(document["message"]["request_id"], "7");
        assert_eq!(document["message"]["trust"][0]["serial"], "7");
        assert_eq!(document["message"]["trust"][0]["certificates"], json!([]));
    }
}

#[test]
fn a_body_without_such_a_message_has_none() {
    let folder = support::Folder::new();
    let headers = folder.write("headers", "Content-Type: application/edi-x12\r\n\r\n");
    let body = folder.write("body", "ISA*00*");
    let call = cem_read(&headers, &body, &["--allow-unsigned"]);
    let (status, document) = answer(&call);
    assert_eq!((status, &document["message"]), (0, &Value::Null));
    assert_eq!(
        keys_of(&document),
        ["layers", "signature", "mic", "message", "warnings"]
    );
}

#[test]
fn people_read_the_same_facts_as_lines() {
    let headers = fixture("cem/resp-02-rejected-signed.headers.txt");
    let body = fixture("cem/resp-02-rejected-signed.body.bin");
    let known = certificate("alice-old");
    let run = support::rollcert(cem_read(&headers, &body, &["--at", AT, "--cert", &known]));
    let expected = format!(
        "\
layers               signed
signature
  valid                yes
  trusted              no
  signer               {BOB}
mic
  algorithm            sha-256
  value                ZGUjsArja7wtfQAlq30lbpHts43vExdLne/chMxqP18=
message
  type                 response
  request id           202611212005-1795287950379
  partner              BOB AS2
  qualifier            AS2
  originated           2026-11-21T20:05:51+01:00
  trust 1
    status               Rejected
    reason               CEM has been disabled in the system settings.
    issuer               {CA_ISSUER}
    serial               {CA_SERIAL}
warning: the XML part has no Content-ID (xml-without-content-id)
"
    );
    assert_eq!((run.status, run.stdout), (1, expected));
    assert_eq!(
        run.stderr,
        format!(
            "error: the signer is none of the certificates given: C=US,O=Bob Bows,CN=Bob Bows, \
             sha256 {BOB} (signer-unknown)\n"
        )
    );
}
