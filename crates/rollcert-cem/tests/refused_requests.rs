//! Requests that are refused, by the ids of the conformance list.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop where a message is not what it ought to be"
)]

mod support;

use core::slice;

use rollcert_cem::{Facts, Limits, Received, Violation};
use rollcert_pki::{Certificate, certs_only};
use support::*;

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
    assert_eq!(*read_request(&signed).trust()[0].end_entity(), signer);
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
    assert_eq!(
        read_request(&request(&xml)),
        read_request(&request(REQUEST))
    );
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
    let alice = read_request(&request(REQUEST));
    let marked = format!("\u{FEFF}{REQUEST}").into_bytes();
    for (content_type, xml) in [
        (plain, marked),
        (plain, declared("ISO-8859-15")),
        (plain, declared("us-ascii")),
        (&format!("{plain}; charset=\"utf-8\""), REQUEST.into()),
        (&format!("{plain}; charset=Windows-1252"), REQUEST.into()),
    ] {
        assert_eq!(
            read_request(&part(content_type, &xml)),
            alice,
            "{content_type}"
        );
    }
    assert_eq!(
        read_request(&part(plain, umlaut.as_bytes())).partner(),
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
        read_request(&entity(&twice)).trust()[0].others(),
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

#[test]
fn attributes_stand_where_the_schema_has_a_place_for_them() {
    for (place, element) in [
        ("<MessageOriginated>", "MessageOriginated"),
        ("<CertUsage>", "CertUsage"),
        ("<RespondByDate>", "RespondByDate"),
        ("<ResponseURL>", "ResponseURL"),
        ("<CertificateIdentifier>", "CertificateIdentifier"),
        ("<ds:X509IssuerName>", "X509IssuerName"),
        ("<ds:X509SerialNumber>", "X509SerialNumber"),
        ("<CertificateContentID>", "CertificateContentID"),
        ("<Name qualifier=\"AS2\">", "Name"),
    ] {
        let with_attribute = |attribute: &str| {
            let open = place.trim_end_matches('>');
            violations(&request(&with(
                REQUEST,
                place,
                &format!("{open} {attribute}>"),
            )))
        };
        let expected = |attribute: &str| {
            vec![Violation::UnexpectedAttribute {
                element,
                attribute: attribute.to_owned(),
            }]
        };
        assert_eq!(with_attribute("id='a'"), expected("id"));
        assert_eq!(
            with_attribute("xmlns:x='urn:x' x:qualifier='a'"),
            expected("qualifier")
        );
        let xsi = "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:type='a'";
        assert_eq!(with_attribute(xsi), []);
    }
    for place in ["<TradingPartnerInfo>", "<TrustRequest>", "<EndEntity>"] {
        let open = place.trim_end_matches('>');
        let text = with(REQUEST, place, &format!("{open} id='a'>"));
        assert_eq!(violations(&request(&text)), []);
    }
}

#[test]
fn extensions_hold_elements_and_nothing_else() {
    for (extensions, expected) in [
        ("<Extensions> <x xmlns=''>a</x>\n</Extensions>", &[][..]),
        ("<Extensions>a</Extensions>", &["stray-text"]),
        ("<Extensions><![CDATA[a]]></Extensions>", &["stray-text"]),
        ("<Extensions id='a'/>", &["unexpected-attribute"]),
    ] {
        let end = "</TrustRequest>";
        let text = with(REQUEST, end, &format!("{end}{extensions}"));
        assert_eq!(codes(&request(&text)), expected, "{extensions}");
    }
}
