//! The rules for requests, by the ids of the conformance list (V valid, H hostile).
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop where a message is not what it ought to be"
)]

mod support;

use core::slice;

use rollcert_cem::{Chain, Facts, IssuerMatch, Limits, Message, Received, Request, Violation};
use rollcert_pki::{Certificate, certs_only};
use support::*;

fn read(entity: &[u8]) -> Request {
    match Message::parse(entity, &Limits::default()) {
        Ok(Message::Request(request)) => request,
        other => panic!("not a request: {other:?}"),
    }
}

fn codes(entity: &[u8]) -> Vec<&'static str> {
    violations(entity).iter().map(Violation::code).collect()
}

/// A request for one certificate alone.
fn request_for(certificate: &Certificate, issuer: &str, serial: &str) -> Vec<u8> {
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

#[test]
fn v1_two_certificates_and_white_space_as_in_the_draft() {
    let bob = certificate("bob");
    let xml = with(
        REQUEST,
        "</TrustRequest>",
        &format!(
            "</TrustRequest>{}",
            trust_request(&bob, "\n   cert2@alice\t")
        ),
    );
    let xml = with(
        &xml,
        ">2026-11-21T20:05:50+01:00<",
        ">\n      2026-11-21T20:05:50+01:00\n    <",
    );
    let xml = with(&xml, ">cert1@alice<", ">\n        cert1@alice\n      <");
    let entity = entity_of(
        RELATED,
        &[
            xml_part(&xml),
            bundle("cert2@alice", slice::from_ref(&bob)),
            bundle("cert1@alice", &[certificate("alice-new-self")]),
        ],
    );
    let request = read(&entity);
    assert_eq!(request.originated().as_str(), "2026-11-21T20:05:50+01:00");
    let announced: Vec<&Certificate> = request
        .trust()
        .iter()
        .map(rollcert_cem::TrustRequest::end_entity)
        .collect();
    assert_eq!(announced, [&certificate("alice-new-self"), &bob]);
}

#[test]
fn v4_v5_the_date_and_the_request_id_may_be_missing() {
    let xml = with(
        REQUEST,
        "<RespondByDate>2026-12-21T20:05:50+01:00</RespondByDate>",
        "",
    );
    let xml = with(&xml, " requestId=\"42-alice\"", "");
    let request = read(&request(&xml));
    assert_eq!(request.request_id(), None);
    assert_eq!(request.trust()[0].respond_by(), None);
}

#[test]
fn v6_request_ids_have_1_to_255_characters() {
    let id = |text: &str| request(&with(REQUEST, "42-alice", text));
    let long = "\u{1F511}".repeat(255);
    assert_eq!(read(&id(&long)).request_id().unwrap().as_str(), long);
    assert_eq!(read(&id("x")).request_id().unwrap().as_str(), "x");
    assert_eq!(
        violations(&id("")),
        [Violation::RequestIdLength { characters: 0 }]
    );
    assert_eq!(
        violations(&id(&"x".repeat(256))),
        [Violation::RequestIdLength { characters: 256 }]
    );
}

#[test]
fn v7_dates_of_every_form_are_read_and_one_without_zone_is_noted() {
    let date = |text: &str| request(&with(REQUEST, "2026-12-21T20:05:50+01:00", text));
    for text in ["2026-12-21T20:05:50Z", " 2026-12-21T20:05:50.25-05:30 "] {
        let request = read(&date(text));
        let respond_by = request.trust()[0].respond_by().unwrap();
        assert_eq!(respond_by.as_str(), text.trim());
        assert!(respond_by.instant().is_some());
    }
    let entity = date("2026-12-21T20:05:50");
    assert_eq!(
        read(&entity).trust()[0].respond_by().unwrap().instant(),
        None
    );
    assert_eq!(warnings(&entity), ["time-without-zone"]);
}

#[test]
fn v8_prefixes_are_free() {
    // The namespace of XML Signature becomes the default one, that of the protocol gets a prefix.
    let xml = REQUEST
        .replace("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "")
        .replace("</", "\0")
        .replace('<', "<c:")
        .replace('\0', "</c:")
        .replace("c:ds:", "")
        .replace("xmlns=", "xmlns:c=")
        .replace("xmlns:ds=", "xmlns=");
    assert!(xml.contains("<X509SerialNumber>") && xml.contains("<c:EndEntity>"));
    assert_eq!(read(&request(&xml)), read(&request(REQUEST)));
}

#[test]
fn v9_extensions_and_foreign_attributes_are_ignored() {
    let foreign = "<x:More xmlns:x=\"urn:x\" a=\"b\">text<x:RespondByDate/></x:More>";
    let xml = with(REQUEST, "<TrustRequest>", "<TrustRequest note=\"n\">");
    let xml = with(
        &xml,
        "<EndEntity>",
        "<EndEntity xmlns:x=\"urn:x\" x:note=\"n\">",
    );
    let xml = with(
        &xml,
        "</MessageOriginated>",
        &format!("</MessageOriginated>{foreign}"),
    );
    let xml = with(
        &xml,
        "</CertificateContentID>",
        &format!("</CertificateContentID>{foreign}<x xmlns=\"\"/>"),
    );
    let xml = with(&xml, "</EndEntity>", &format!("</EndEntity>{foreign}"));
    let xml = with(
        &xml,
        "</TrustRequest>",
        &format!("</TrustRequest><Extensions>{foreign}{foreign}</Extensions>"),
    );
    assert_eq!(read(&request(&xml)), read(&request(REQUEST)));
}

#[test]
fn v10_start_names_the_root() {
    let parts = [
        bundle("cert1@alice", &[certificate("alice-new-self")]),
        xml_part(REQUEST),
    ];
    let started = |start: &str| entity_of(&format!("{RELATED}; start=\"{start}\""), &parts);
    assert_eq!(read(&started("<xml@alice>")), read(&request(REQUEST)));
    assert_eq!(
        codes(&started("<nobody@alice>")),
        ["start-unknown", "xml-not-root"]
    );
}

#[test]
fn v11_every_transfer_encoding_is_read() {
    use base64::Engine as _;
    let encoded = [
        ("binary", REQUEST.to_owned()),
        ("8BIT", REQUEST.to_owned()),
        ("7bit", REQUEST.to_owned()),
        (
            "base64",
            base64::engine::general_purpose::STANDARD.encode(REQUEST),
        ),
        (
            "quoted-printable",
            REQUEST.replace('=', "=3D").replace('\n', "\r\n"),
        ),
    ];
    for (encoding, body) in encoded {
        let part = format!(
            "Content-Type: application/ediint-cert-exchange+xml\r\nContent-Transfer-Encoding: {encoding}\r\nContent-ID: <xml@alice>\r\n\r\n{body}"
        );
        let entity = entity_of(
            RELATED,
            &[
                part,
                bundle("cert1@alice", &[certificate("alice-new-self")]),
            ],
        );
        assert_eq!(read(&entity), read(&request(REQUEST)), "{encoding}");
    }
}

#[test]
fn v13_the_leaf_is_found_wherever_it_stands_in_the_bundle() {
    let leaf = certificate("alice-new-ca");
    let chain = [certificate("ca-int"), certificate("ca-root")];
    let xml = with(
        REQUEST,
        &leaf_texts().0,
        "CN=Test Issuing CA 1,OU=Issuing,O=Test CA,C=DE",
    );
    let xml = with(&xml, &leaf_texts().1, &leaf.serial().to_decimal());
    let xml = with(&xml, "<CertUsage>keyEncipherment</CertUsage>", "");
    // Whatever order the SET is written in, by us or by another.
    for order in [[0, 1, 2], [1, 0, 2], [2, 1, 0], [1, 2, 0]] {
        let all = [&leaf, &chain[0], &chain[1]];
        let octets = bundle_in_order(&order.map(|index: usize| all[index].clone()));
        let entity = entity_of(
            RELATED,
            &[xml_part(&xml), bundle_of("cert1@alice", &octets)],
        );
        let request = read(&entity);
        let trust = &request.trust()[0];
        assert_eq!(*trust.end_entity(), leaf);
        assert_eq!(trust.others(), chain);
        assert_eq!(trust.chain(), Chain::Complete);
        assert_eq!(trust.identifier().matches(&leaf), Some(IssuerMatch::Exact));
    }
}

fn leaf_texts() -> (String, String) {
    (
        "E=ops@alice.example,C=DE,ST=Berlin,L=Berlin,O=Alice Arrows\\, Inc.,OU=EDI,CN=alice-as2-2026".to_owned(),
        "140393556129163378453678434513583092132470978401".to_owned(),
    )
}

/// A bundle in BER, of indefinite length, with the certificates in just this order.
fn bundle_in_order(certificates: &[Certificate]) -> Vec<u8> {
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

#[test]
fn v14_serial_numbers_of_every_shape() {
    for (name, serial) in [
        ("own-serial-zero", "0"),
        ("own-serial-negative", "-5"),
        (
            "own-serial-twenty-octets",
            "1455815122556039569304875813172705973874256318995",
        ),
    ] {
        let certificate = certificate(name);
        let issuer = certificate.issuer().to_string();
        assert_eq!(
            *read(&request_for(&certificate, &issuer, serial)).trust()[0].end_entity(),
            certificate,
            "{name}"
        );
        let padded = format!("\n  {serial} ");
        let request = read(&request_for(&certificate, &issuer, &padded));
        assert_eq!(request.trust()[0].identifier().serial(), padded);
    }
}

#[test]
fn v15_names_in_every_form_name_the_issuer_and_are_kept() {
    let certificate = certificate("own-name");
    for (issuer, matched) in [
        (certificate.issuer().to_rfc4514_portable(), IssuerMatch::Exact),
        (certificate.issuer().to_string(), IssuerMatch::Exact),
        (
            "E=edi@acme.example,CN=\\#1 as2\\ ,OU=EDI+O=\\\"Größe\\\" \\+ Söhne\\, \\<Inc\\> & Co.,S=Bayern,C=DE".to_owned(),
            IssuerMatch::Aliases,
        ),
        (
            "C=DE,ST=Bayern,O=\\\"Gr\\C3\\B6\\C3\\9Fe\\\" \\+ S\\C3\\B6hne\\, \\<Inc\\> & Co.+OU=EDI,CN=\\#1 as2\\ ,EMAILADDRESS=edi@acme.example".to_owned(),
            IssuerMatch::Reversed,
        ),
        (
            "CN=\\#1 as2\\ ; O=\\\"Größe\\\" \\+ Söhne\\, \\<Inc\\> & Co.+OU=EDI; C=DE; ST=Bayern; 1.2.840.113549.1.9.1=#16106564694061636d652e6578616d706c65".to_owned(),
            IssuerMatch::AnyOrder,
        ),
    ] {
        let escaped = issuer.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let request = read(&request_for(&certificate, &escaped, "1"));
        let identifier = request.trust()[0].identifier();
        assert_eq!(identifier.issuer(), issuer);
        assert_eq!(identifier.matches(&certificate), Some(matched), "{issuer}");
    }
}

#[test]
fn v15_names_as_two_java_libraries_write_them() {
    let certificate = certificate("alice-dc");
    let serial = certificate.serial().to_decimal();
    for (issuer, matched) in [
        (
            "DC=example,DC=alice,SERIALNUMBER=12345,O=Ärrows GmbH,CN=alice-dc",
            IssuerMatch::Reversed,
        ),
        (
            "CN=alice-dc, O=Ärrows GmbH, SERIALNUMBER=12345, DC=alice, DC=example",
            IssuerMatch::Aliases,
        ),
        (
            "CN=alice-dc, O=Ärrows GmbH, OID.2.5.4.5=12345, DC=alice, DC=example",
            IssuerMatch::Aliases,
        ),
    ] {
        let request = read(&request_for(&certificate, issuer, &serial));
        let identifier = request.trust()[0].identifier();
        assert_eq!(identifier.matches(&certificate), Some(matched), "{issuer}");
    }
}

#[test]
fn v15_h12_a_name_with_parts_left_out_is_taken_where_it_leaves_no_choice() {
    let leaf = certificate("alice-dc");
    let serial = leaf.serial().to_decimal();
    // Newer releases of one product know seven types, and drop the others without a word.
    let short = "CN=alice-dc,O=Ärrows GmbH";
    let entity = request_for(&leaf, short, &serial);
    let request = read(&entity);
    assert_eq!(request.trust()[0].issuer_match(), IssuerMatch::Incomplete);
    assert_eq!(request.trust()[0].identifier().issuer(), short);
    assert_eq!(warnings(&entity), ["leaf-issuer-incomplete"]);

    for contradicting in [
        "CN=alice-dc,O=Arrows GmbH",
        "CN=alice-dc,CN=alice-dc",
        "",
        "alice-dc",
    ] {
        let entity = request_for(&leaf, contradicting, &serial);
        assert_eq!(codes(&entity), ["leaf-issuer-mismatch"], "{contradicting}");
    }
    assert_eq!(
        codes(&request_for(&leaf, short, "1")),
        ["leaf-serial-mismatch"]
    );
    // Another end entity in the bundle could be meant by somebody else.
    let xml = with(REQUEST, &leaf_texts().0, short);
    let xml = with(&xml, &leaf_texts().1, &serial);
    let with_other = |other: Certificate| {
        let bundle = bundle("cert1@alice", &[leaf.clone(), other]);
        codes(&entity_of(RELATED, &[xml_part(&xml), bundle]))
    };
    assert_eq!(
        with_other(certificate("own-name")),
        ["leaf-issuer-mismatch"]
    );
    assert_eq!(with_other(certificate("ca-root")), [""; 0]);
}

#[test]
fn h11_a_bundle_with_more_than_certificates_is_noted() {
    let alice = certificate("alice-new-self");
    let mut octets = bundle_in_order(slice::from_ref(&alice));
    // `[1] IMPLICIT` with a revocation list that is none, before the empty set of signers.
    let at = octets.len() - 8;
    assert_eq!(&octets[at..at + 2], [0x31, 0x00]);
    octets.splice(at..at, [0xA1, 0x02, 0x30, 0x00]);
    let entity = |octets: &[u8]| {
        entity_of(
            RELATED,
            &[xml_part(REQUEST), bundle_of("cert1@alice", octets)],
        )
    };
    assert_eq!(violations(&entity(&octets)), []);
    assert_eq!(warnings(&entity(&octets)), ["bundle-with-more"]);

    // A signature, with its signer's certificate.
    let signer = certificate("alice-old");
    let signed = bundle_of("cert1@alice", &signature("req-01-signed-b64-enc-and-sign"));
    let xml = with(REQUEST, &leaf_texts().0, &signer.issuer().to_string());
    let xml = with(&xml, &leaf_texts().1, &signer.serial().to_decimal());
    let signed = entity_of(RELATED, &[xml_part(&xml), signed]);
    assert_eq!(*read(&signed).trust()[0].end_entity(), signer);
    assert_eq!(warnings(&signed), ["bundle-with-more"]);

    let many = bundle_in_order(&vec![alice.clone(); 5000]);
    assert_eq!(malformed(&entity(&many)), "limit-exceeded");
    // Its content type says enveloped-data.
    let mut enveloped = bundle_in_order(slice::from_ref(&alice));
    enveloped[12] = 3;
    assert_eq!(malformed(&entity(&enveloped)), "malformed-bundle");
    let pem = alice.to_pem();
    let key = "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n";
    for secret in [key.to_owned(), format!("{pem}{key}"), format!("{key}{pem}")] {
        assert_eq!(malformed(&entity(secret.as_bytes())), "malformed-bundle");
    }
}

#[test]
fn two_certificates_that_an_answer_could_not_tell_apart_are_one_too_many() {
    // The same number, and names that are the reverse of each other: one text could mean both.
    let (one, other) = (
        certificate("own-all-usages"),
        certificate("own-same-serial"),
    );
    let text = |certificate: &Certificate, id: &str, issuer: &str| {
        let request = trust_request(certificate, id);
        with(
            &request,
            &certificate.issuer().to_rfc4514_portable(),
            issuer,
        )
    };
    let both = |issuers: [&str; 2]| {
        let (start, rest) = REQUEST.split_once("<TrustRequest>").unwrap();
        let (_, end) = rest.split_once("</TrustRequest>").unwrap();
        let requests = [
            text(&one, "1@a", issuers[0]),
            text(&other, "2@a", issuers[1]),
        ]
        .concat();
        entity_of(
            RELATED,
            &[
                xml_part(&format!("{start}{requests}{end}")),
                bundle("1@a", slice::from_ref(&one)),
                bundle("2@a", slice::from_ref(&other)),
            ],
        )
    };
    assert_eq!(
        codes(&both(["CN=all usages,C=DE", "C=DE,CN=all usages"])),
        [""; 0]
    );
    assert_eq!(
        codes(&both(["CN=all usages,C=DE", "CN=all usages,C=DE"])),
        ["certificate-twice"]
    );
}

#[test]
fn v19_boundaries_begin_with_hyphens_and_text_stands_around_the_parts() {
    let plain = String::from_utf8(request(REQUEST)).unwrap();
    assert!(plain.contains("boundary=\"--frontier\""));
    let folded = with(&plain, "; boundary=", "; \r\n\tboundary=");
    let around = with(
        &folded,
        "\r\n\r\n----",
        "\r\n\r\nDate: Sat, 21 Nov 2026 20:05:50 +0100\r\n\r\n----",
    );
    let around = format!("{around}epilogue\r\n");
    assert_eq!(read(around.as_bytes()), read(&request(REQUEST)));
}

#[test]
fn v20_ids_need_no_brackets_and_may_have_blanks() {
    let xml = with(REQUEST, "cert1@alice", "New Certificate");
    let part = bundle("cert1@alice", &[certificate("alice-new-self")]);
    let part = with(&part, "<cert1@alice>", "New Certificate");
    let request = read(&entity_of(RELATED, &[xml_part(&xml), part]));
    assert_eq!(request.trust()[0].content_id(), "New Certificate");
}

#[test]
fn v21_media_types_in_any_case_and_with_a_charset() {
    let xml = with(
        &xml_part(REQUEST),
        "application/ediint-cert-exchange+xml",
        "Application/EDIINT-Cert-Exchange+XML; Charset=UTF-8",
    );
    let part = bundle("cert1@alice", &[certificate("alice-new-self")]);
    let part = with(
        &part,
        "application/pkcs7-mime; smime-type=certs-only",
        "APPLICATION/PKCS7-MIME; SMIME-Type=\"Certs-Only\"",
    );
    let related = with(RELATED, "ediint-cert", "EDIINT-cert");
    let related = with(&related, "multipart/related", "Multipart/RELATED");
    assert_eq!(
        read(&entity_of(&related, &[xml, part])),
        read(&request(REQUEST))
    );
}

#[test]
fn h1_external_entities_are_refused_with_their_declaration() {
    for entity in [
        "SYSTEM 'file:///etc/passwd'",
        "SYSTEM 'http://evil.example/'",
        "PUBLIC 'x' 'ftp://evil.example/'",
    ] {
        let xml = with(
            REQUEST,
            "<EDIINTCertificateExchangeRequest",
            &format!("<!DOCTYPE x [<!ENTITY a {entity}>]>\n<EDIINTCertificateExchangeRequest"),
        );
        let xml = with(&xml, ">ALICE<", ">&a;<");
        assert_eq!(malformed(&request(&xml)), "xml-doctype", "{entity}");
    }
    let external = with(
        REQUEST,
        "<EDIINTCertificateExchangeRequest",
        "<!DOCTYPE x SYSTEM 'http://evil.example/x.dtd'><EDIINTCertificateExchangeRequest",
    );
    assert_eq!(malformed(&request(&external)), "xml-doctype");
}

#[test]
fn h2_entities_that_grow_are_refused_with_their_declaration() {
    let laughs: String = (1..10)
        .map(|n| format!("<!ENTITY a{n} '{}'>", format!("&a{};", n - 1).repeat(10)))
        .collect();
    let long = "x".repeat(100_000);
    for (declarations, name) in [
        (format!("<!ENTITY a0 'ha'>{laughs}"), "&a9;".to_owned()),
        (format!("<!ENTITY a '{long}'>"), "&a;".repeat(100_000)),
    ] {
        let xml = with(
            REQUEST,
            "<EDIINTCertificateExchangeRequest",
            &format!("<!DOCTYPE x [{declarations}]>\n<EDIINTCertificateExchangeRequest"),
        );
        let xml = with(&xml, ">ALICE<", &format!(">{name}<"));
        assert_eq!(malformed(&request(&xml)), "xml-doctype");
    }
}

#[test]
fn h3_nothing_in_the_xml_makes_us_fetch_or_include_anything() {
    let parameter = with(
        REQUEST,
        "<EDIINTCertificateExchangeRequest",
        "<!DOCTYPE x [<!ENTITY % a SYSTEM 'http://evil.example/'> %a;]><EDIINTCertificateExchangeRequest",
    );
    assert_eq!(malformed(&request(&parameter)), "xml-doctype");

    // Hints that other readers follow are attributes, extensions and instructions like any other.
    let include = "<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"file:///etc/passwd\" parse=\"text\"/>";
    let xml = with(
        REQUEST,
        "requestId=",
        "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"urn:ietf:params:xml:ns:ediintcertificateexchange http://evil.example/cem.xsd\" xsi:noNamespaceSchemaLocation=\"file:///etc/passwd\" xml:base=\"http://evil.example/\" requestId=",
    );
    let xml = with(
        &xml,
        "<EDIINTCertificateExchangeRequest",
        "<?xml-stylesheet href=\"http://evil.example/x.xsl\" type=\"text/xsl\"?>\n<EDIINTCertificateExchangeRequest",
    );
    let xml = with(
        &xml,
        "</TrustRequest>",
        &format!("</TrustRequest><Extensions>{include}</Extensions>"),
    );
    assert_eq!(read(&request(&xml)), read(&request(REQUEST)));
    let in_name = with(REQUEST, ">ALICE<", &format!(">{include}<"));
    assert_eq!(
        codes(&request(&in_name)),
        ["unexpected-element", "empty-name"]
    );
}

#[test]
fn h4_depth_attributes_and_text_are_bounded() {
    let extended = |text: &str| {
        request(&with(
            REQUEST,
            "</TrustRequest>",
            &format!("</TrustRequest><Extensions>{text}</Extensions>"),
        ))
    };
    let (open, close) = ("<a>".repeat(100_000), "</a>".repeat(100_000));
    assert_eq!(
        malformed(&extended(&format!("{open}{close}"))),
        "limit-exceeded"
    );
    let attributes: String = (0..100_000).map(|n| format!(" a{n}=''")).collect();
    assert_eq!(
        malformed(&extended(&format!("<a{attributes}/>"))),
        "limit-exceeded"
    );
    // 100 MB, which are not even decoded.
    let part = xml_part(REQUEST);
    let megabytes = "eHh4".repeat(25 * 1024 * 1024);
    for encoding in ["base64", "8bit"] {
        let part = with(&part, "8bit", encoding);
        let part = with(&part, REQUEST, &megabytes);
        assert_eq!(malformed(&entity_of(RELATED, &[part])), "limit-exceeded");
    }
}

#[test]
fn h5_the_xml_is_utf_8_whatever_anybody_says() {
    let part = |content_type: &str, xml: &[u8]| {
        let head = with(
            &xml_part(""),
            "application/ediint-cert-exchange+xml",
            content_type,
        );
        let mut entity =
            format!("Content-Type: {RELATED}\r\n\r\n----frontier\r\n{head}").into_bytes();
        entity.extend_from_slice(xml);
        let bundle = bundle("cert1@alice", &[certificate("alice-new-self")]);
        entity.extend_from_slice(
            format!("\r\n----frontier\r\n{bundle}\r\n----frontier--\r\n").as_bytes(),
        );
        entity
    };
    let plain = "application/ediint-cert-exchange+xml";
    let utf_16 = |mark: &[u8], order: fn(u16) -> [u8; 2]| {
        let text = REQUEST.encode_utf16().flat_map(order);
        mark.iter().copied().chain(text).collect::<Vec<u8>>()
    };
    let declared = |encoding: &str| with(REQUEST, "UTF-8", encoding).into_bytes();
    let umlaut = with(REQUEST, ">ALICE<", ">\u{c4}RROWS<");
    for (content_type, xml, code) in [
        (
            plain,
            utf_16(&[0xFE, 0xFF], u16::to_be_bytes),
            "xml-encoding",
        ),
        (
            plain,
            utf_16(&[0xFF, 0xFE], u16::to_le_bytes),
            "xml-encoding",
        ),
        (plain, utf_16(&[], u16::to_be_bytes), "xml-encoding"),
        (plain, utf_16(&[], u16::to_le_bytes), "xml-encoding"),
        (plain, declared("UTF-7"), "xml-encoding"),
        (plain, declared("UTF-16"), "xml-encoding"),
        (plain, declared("IBM037"), "xml-encoding"),
        (
            &format!("{plain}; charset=utf-7"),
            REQUEST.into(),
            "xml-encoding",
        ),
        (
            &format!("{plain}; charset=utf-16"),
            REQUEST.into(),
            "xml-encoding",
        ),
        (
            &format!("{plain}; charset=iso-8859-1"),
            umlaut.clone().into(),
            "xml-encoding",
        ),
        (
            plain,
            with(REQUEST, "ALICE", "AL\0ICE").into(),
            "xml-character",
        ),
        (
            plain,
            with(REQUEST, "ALICE", "AL&#0;ICE").into(),
            "xml-not-well-formed",
        ),
        (
            plain,
            with(REQUEST, "ALICE", "AL\u{FFFE}ICE").into(),
            "xml-character",
        ),
    ] {
        assert_eq!(malformed(&part(content_type, &xml)), code, "{content_type}");
    }
    let mut latin_1 = REQUEST.as_bytes().to_vec();
    let at = REQUEST.find("ALICE").unwrap();
    latin_1[at] = 0xC4;
    assert_eq!(malformed(&part(plain, &latin_1)), "xml-not-utf-8");

    // What changes nothing is no fault: a byte order mark, and ASCII under the name of what holds it.
    let alice = read(&request(REQUEST));
    let marked = format!("\u{FEFF}{REQUEST}").into_bytes();
    for (content_type, xml) in [
        (plain, marked),
        (plain, declared("ISO-8859-15")),
        (plain, declared("us-ascii")),
        (&format!("{plain}; charset=\"utf-8\""), REQUEST.into()),
        (&format!("{plain}; charset=Windows-1252"), REQUEST.into()),
    ] {
        assert_eq!(read(&part(content_type, &xml)), alice, "{content_type}");
    }
    assert_eq!(
        read(&part(plain, umlaut.as_bytes())).partner(),
        "\u{c4}RROWS"
    );
}

#[test]
fn h6_xml_that_is_not_well_formed_is_malformed() {
    for (from, to) in [
        ("ALICE", "A & B"),
        ("ALICE", "A < B"),
        ("ALICE", "A ]]> B"),
        ("ALICE", "&undeclared;"),
        ("</TrustRequest>", ""),
        ("requestId=\"42-alice\"", "requestId=\"1\" requestId=\"2\""),
        ("requestId=\"42-alice\"", "requestId=42"),
        ("<TrustRequest>", "<x:TrustRequest>"),
        (
            "</EDIINTCertificateExchangeRequest>",
            "</EDIINTCertificateExchangeRequest><a/>",
        ),
    ] {
        assert_eq!(
            malformed(&request(&with(REQUEST, from, to))),
            "xml-not-well-formed",
            "{to}"
        );
    }
    let other = "<html xmlns=\"http://www.w3.org/1999/xhtml\"/>";
    assert_eq!(malformed(&request(other)), "unknown-root");
}

#[test]
fn h7_usages_are_there_known_and_spelled_exactly() {
    let usages =
        "<CertUsage>keyEncipherment</CertUsage>\n    <CertUsage>digitalSignature</CertUsage>";
    let with_usages = |to: &str| request(&with(REQUEST, usages, to));
    let unknown = |found: &str| Violation::UnknownUsage {
        found: found.to_owned(),
    };
    assert_eq!(
        violations(&with_usages("")),
        [Violation::MissingElement {
            parent: "TrustRequest",
            element: "CertUsage"
        }]
    );
    assert_eq!(codes(&with_usages("")), ["no-usage"]);
    for found in ["codeSigning", " digitalSignature ", "DigitalSignature", ""] {
        assert_eq!(
            violations(&with_usages(&format!("<CertUsage>{found}</CertUsage>"))),
            [unknown(found)]
        );
    }
    let twice = "<CertUsage>tlsServer</CertUsage><CertUsage>tlsServer</CertUsage>";
    assert_eq!(violations(&with_usages(twice)), []);
    assert_eq!(warnings(&with_usages(twice)), ["duplicate-usage"]);
}

#[test]
fn h8_elements_stand_in_their_order_and_namespace() {
    let date = "<RespondByDate>2026-12-21T20:05:50+01:00</RespondByDate>";
    let url = "<ResponseURL>http://as2.alice.example:8080/as2</ResponseURL>";
    let xml = with(REQUEST, date, "");
    let swapped = with(&xml, url, &format!("{url}{date}"));
    assert_eq!(
        violations(&request(&swapped)),
        [Violation::UnexpectedElement {
            parent: "TrustRequest",
            element: "RespondByDate".to_owned()
        }]
    );
    let wrong = REQUEST.replace("ds:X509SerialNumber", "X509SerialNumber");
    assert_eq!(
        violations(&request(&wrong)),
        [Violation::WrongNamespace {
            element: "X509SerialNumber".to_owned(),
            namespace: "urn:ietf:params:xml:ns:ediintcertificateexchange".to_owned(),
        }]
    );
    let foreign = with(
        REQUEST,
        "</TrustRequest>",
        "</TrustRequest><x xmlns=\"urn:x\"/>",
    );
    assert_eq!(codes(&request(&foreign)), ["unexpected-element"]);
    let text = with(REQUEST, "<TrustRequest>", "<TrustRequest>text");
    assert_eq!(codes(&request(&text)), ["stray-text"]);
    let nested = with(REQUEST, ">ALICE<", "><b/>ALICE<");
    assert_eq!(codes(&request(&nested)), ["unexpected-element"]);
    let no_url = with(REQUEST, url, "");
    assert_eq!(codes(&request(&no_url)), ["missing-element"]);
}

#[test]
fn h8_old_namespaces_are_named_and_the_facts_shown() {
    for namespace in [
        "EDIINTCertificateExchange.xsd",
        "http://www.ietf.org/schemas/EDIINTCertificateExchange.xsd",
    ] {
        let xml = with(
            REQUEST,
            "urn:ietf:params:xml:ns:ediintcertificateexchange",
            namespace,
        );
        let received = received(&request(&xml));
        assert_eq!(
            received.violations(),
            [Violation::OldNamespace {
                namespace: namespace.to_owned()
            }]
        );
        let Facts::Request(facts) = received.facts() else {
            panic!("a request")
        };
        assert_eq!(facts.partner.as_deref(), Some("ALICE"));
        assert_eq!(facts.trust[0].certificates, [certificate("alice-new-self")]);
    }
    let guessed = with(REQUEST, "ediintcertificateexchange", "ediintcertexchange");
    assert_eq!(codes(&request(&guessed)), ["wrong-namespace"]);
}

#[test]
fn h9_the_link_to_a_part_is_exact_and_its_own() {
    let to = |id: &str| request(&with(REQUEST, ">cert1@alice<", &format!(">{id}<")));
    for id in [
        "cert1",
        "CERT1@alice",
        "cert1@alice2",
        "../../cert1@alice",
        "",
    ] {
        assert_eq!(
            violations(&to(id)),
            [Violation::UnknownContentId {
                content_id: id.to_owned()
            }]
        );
    }
    assert_eq!(
        violations(&to("xml@alice")),
        [Violation::NotABundle {
            content_id: "xml@alice".to_owned(),
            found: "application/ediint-cert-exchange+xml".to_owned(),
        }]
    );
    let alice = certificate("alice-new-self");
    let shared = with(
        REQUEST,
        "</TrustRequest>",
        &format!(
            "</TrustRequest>{}",
            trust_request(&certificate("bob"), "cert1@alice")
        ),
    );
    let both = bundle("cert1@alice", slice::from_ref(&alice));
    assert_eq!(
        codes(&entity_of(
            RELATED,
            &[
                xml_part(&shared),
                both.clone(),
                bundle("x", &[certificate("bob")])
            ]
        )),
        ["shared-bundle", "leaf-serial-mismatch"]
    );
    assert_eq!(
        codes(&entity_of(
            RELATED,
            &[xml_part(REQUEST), both.clone(), both]
        )),
        ["duplicate-content-id", "bundle-count"]
    );
}

#[test]
fn h10_there_are_as_many_bundles_as_trust_requests() {
    let alice = bundle("cert1@alice", &[certificate("alice-new-self")]);
    let bob = bundle("cert2@alice", &[certificate("bob")]);
    assert_eq!(
        violations(&entity_of(RELATED, &[xml_part(REQUEST), alice, bob])),
        [Violation::BundleCount {
            bundles: 2,
            trust_requests: 1
        }]
    );
    assert_eq!(
        codes(&entity_of(RELATED, &[xml_part(REQUEST)])),
        ["bundle-count", "unknown-content-id"]
    );
}

#[test]
fn h11_a_bundle_holds_one_end_entity_and_can_be_read() {
    let alice = certificate("alice-new-self");
    let entity = |octets: &[u8]| {
        entity_of(
            RELATED,
            &[xml_part(REQUEST), bundle_of("cert1@alice", octets)],
        )
    };
    assert_eq!(codes(&entity(&certs_only::encode(&[]))), ["empty-bundle"]);
    let stranger = certificate("own-all-usages");
    assert_eq!(
        violations(&entity(&certs_only::encode(&[alice.clone(), stranger]))),
        [Violation::SeveralEndEntities {
            content_id: "cert1@alice".to_owned(),
            count: 2
        }]
    );
    let unrelated = entity(&certs_only::encode(&[
        alice.clone(),
        certificate("ca-root"),
    ]));
    assert_eq!(violations(&unrelated), []);
    assert_eq!(warnings(&unrelated), ["unrelated-certificates"]);

    let whole = certs_only::encode(slice::from_ref(&alice));
    let trailing = [&whole[..], &[0]].concat();
    for octets in [
        &whole[..whole.len() - 1],
        &trailing,
        b"",
        b"-----BEGIN PRIVATE KEY-----",
    ] {
        assert_eq!(malformed(&entity(octets)), "malformed-bundle");
    }
    // The facts of the XML are there all the same.
    let error = Received::parse(&entity(b"x"), &Limits::default()).unwrap_err();
    let Some(Facts::Request(facts)) = error.facts() else {
        panic!("a request")
    };
    assert_eq!(facts.partner.as_deref(), Some("ALICE"));
    let broken = bundle_in_order(slice::from_ref(&alice));
    let broken: Vec<u8> = broken
        .windows(alice.as_der().len())
        .position(|window| window == alice.as_der())
        .map(|at| {
            let mut broken = broken.clone();
            broken[at + 4] = 0x31; // the tag of the certificate's first field
            broken
        })
        .unwrap();
    assert_eq!(malformed(&entity(&broken)), "malformed-certificate");

    let twice = bundle_in_order(&[alice.clone(), alice.clone()]);
    assert_eq!(
        read(&entity(&twice)).trust()[0].others(),
        Vec::<Certificate>::new()
    );

    let limits = Limits::default();
    let many = bundle_in_order(&vec![alice.clone(); limits.certificates + 1]);
    assert_eq!(malformed(&entity(&many)), "limit-exceeded");
    let huge = vec![0; limits.bundle_octets + 1];
    assert_eq!(malformed(&entity(&huge)), "limit-exceeded");

    let enveloped = with(
        &bundle("cert1@alice", &[alice]),
        "certs-only",
        "enveloped-data",
    );
    assert_eq!(
        codes(&entity_of(RELATED, &[xml_part(REQUEST), enveloped])),
        ["bundle-count", "not-a-bundle"]
    );
}

#[test]
fn h12_the_leaf_has_the_announced_serial_number_and_issuer() {
    let (issuer, serial) = leaf_texts();
    let other_serial = with(REQUEST, &serial, "1");
    assert_eq!(
        violations(&request(&other_serial)),
        [Violation::LeafSerial {
            content_id: "cert1@alice".to_owned(),
            serial: "1".to_owned(),
            found: vec![serial],
        }]
    );
    let other_issuer = with(REQUEST, &issuer, "CN=somebody else");
    assert_eq!(
        violations(&request(&other_issuer)),
        [Violation::LeafIssuer {
            issuer: "CN=somebody else".to_owned(),
            found: certificate("alice-new-self").issuer().to_string(),
        }]
    );
    let no_name = with(REQUEST, &issuer, "nobody");
    assert_eq!(codes(&request(&no_name)), ["leaf-issuer-mismatch"]);
}

#[test]
fn h13_no_element_of_the_protocol_hides_among_extensions() {
    let among = |parent, element: &str| {
        vec![Violation::ElementAmongExtensions {
            parent,
            element: element.to_owned(),
        }]
    };
    let end_entity = REQUEST
        .split_once("<EndEntity>")
        .and_then(|(_, rest)| rest.split_once("</EndEntity>"))
        .map(|(inner, _)| format!("<EndEntity>{inner}</EndEntity>"))
        .unwrap();
    for hidden in [
        end_entity.as_str(),
        "<RespondByDate>2099-12-21T20:05:50+01:00</RespondByDate>",
        "<Unknown/>",
    ] {
        let name = hidden
            .trim_start_matches('<')
            .split(['>', '/'])
            .next()
            .unwrap();
        let xml = with(REQUEST, "</EndEntity>", &format!("</EndEntity>{hidden}"));
        assert_eq!(violations(&request(&xml)), among("TrustRequest", name));
    }
    let trust_request = trust_request(&certificate("bob"), "cert1@alice");
    for wrapped in [
        trust_request.clone(),
        format!("<x:y xmlns:x=\"urn:x\">{trust_request}</x:y>"),
        "<TrustRequest xmlns=\"EDIINTCertificateExchange.xsd\"/>".to_owned(),
    ] {
        let xml = with(
            REQUEST,
            "</TrustRequest>",
            &format!("</TrustRequest><Extensions>{wrapped}</Extensions>"),
        );
        assert_eq!(
            violations(&request(&xml)),
            among("Extensions", "TrustRequest")
        );
    }
}

#[test]
fn h14_the_xml_is_the_one_root_of_a_multipart_related() {
    let xml = xml_part(REQUEST);
    let alice = bundle("cert1@alice", &[certificate("alice-new-self")]);
    let two = entity_of(
        RELATED,
        &[
            xml.clone(),
            with(&xml, "xml@alice", "xml2@alice"),
            alice.clone(),
        ],
    );
    assert_eq!(violations(&two), [Violation::SeveralXmlParts { count: 2 }]);
    let second = entity_of(RELATED, &[alice.clone(), xml.clone()]);
    assert_eq!(
        violations(&second),
        [Violation::XmlNotRoot {
            found: "application/pkcs7-mime".to_owned()
        }]
    );
    let parts = [xml.clone(), alice.clone()];
    let untyped = entity_of("multipart/related; boundary=\"--frontier\"", &parts);
    assert_eq!(violations(&untyped), []);
    assert_eq!(warnings(&untyped), ["type-missing"]);
    let mistyped = entity_of(&with(RELATED, "ediint-cert-exchange+xml", "xml"), &parts);
    assert_eq!(codes(&mistyped), ["type-mismatch"]);
    let mixed = entity_of(&with(RELATED, "related", "mixed"), &parts);
    assert_eq!(codes(&mixed), ["not-multipart-related"]);
    assert_eq!(
        codes(xml.as_bytes()),
        [
            "not-multipart-related",
            "bundle-count",
            "unknown-content-id"
        ]
    );
    assert_eq!(malformed(&entity_of(RELATED, &[alice])), "not-cem");
    assert_eq!(
        malformed(b"Content-Type: text/plain\r\n\r\nhello"),
        "not-cem"
    );
    assert_eq!(malformed(b""), "not-cem");
    let text = "Content-Type: text/plain\r\n\r\nhello".to_owned();
    let with_text = entity_of(RELATED, &[parts[0].clone(), parts[1].clone(), text]);
    assert_eq!(violations(&with_text), []);
    assert_eq!(warnings(&with_text), ["unknown-part"]);
}

#[test]
fn h15_the_qualifier_is_noted_and_a_name_required() {
    let xml = with(REQUEST, "\"AS2\"", "\"AS3\"");
    assert_eq!(violations(&request(&xml)), []);
    assert_eq!(warnings(&request(&xml)), ["qualifier"]);
    let xml = with(REQUEST, " qualifier=\"AS2\"", "");
    assert_eq!(warnings(&request(&xml)), [""; 0]);
    let xml = with(REQUEST, ">ALICE<", "><");
    assert_eq!(violations(&request(&xml)), [Violation::EmptyName]);
}

#[test]
fn h18_h19_h21_values_that_cannot_be_used() {
    for (from, to, code) in [
        ("http://as2", "file://as2", "bad-response-url"),
        ("http://as2", "http://user@as2", "bad-response-url"),
        ("8080/as2<", "8080/a s2<", "bad-response-url"),
        ("1403935561", "0x8F3A", "bad-serial"),
        (
            "2026-12-21T20:05:50+01:00",
            "2026-12-21T20:05:60+01:00",
            "bad-date-time",
        ),
        (
            "2026-11-21T20:05:50+01:00",
            "99999-11-21T20:05:50Z",
            "bad-date-time",
        ),
    ] {
        assert_eq!(codes(&request(&with(REQUEST, from, to))), [code], "{to}");
    }
    let digits = "1".repeat(900_000);
    let xml = with(REQUEST, "1403935561", &digits);
    assert_eq!(codes(&request(&xml)), ["bad-serial"]);
}

#[test]
fn one_certificate_is_announced_once() {
    let alice = certificate("alice-new-self");
    let xml = with(
        REQUEST,
        "</TrustRequest>",
        &format!("</TrustRequest>{}", trust_request(&alice, "cert2@alice")),
    );
    let entity = entity_of(
        RELATED,
        &[
            xml_part(&xml),
            bundle("cert1@alice", slice::from_ref(&alice)),
            bundle("cert2@alice", &[alice]),
        ],
    );
    assert_eq!(codes(&entity), ["certificate-twice"]);
}

#[test]
fn findings_and_trust_requests_are_limited() {
    let unknown = "<CertUsage>x</CertUsage>".repeat(1000);
    let xml = with(
        REQUEST,
        "<TrustRequest>",
        &format!("<TrustRequest>{unknown}"),
    );
    assert_eq!(violations(&request(&xml)).len(), Limits::default().findings);
    let trust = trust_request(&certificate("bob"), "cert1@alice").repeat(64);
    let xml = with(
        REQUEST,
        "</TrustRequest>",
        &format!("</TrustRequest>{trust}"),
    );
    assert_eq!(malformed(&request(&xml)), "limit-exceeded");
}
