//! Requests that are taken, by the ids of the conformance list.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop where a message is not what it ought to be"
)]

mod support;

use core::slice;

use rollcert_cem::{Chain, IssuerMatch, Violation};
use rollcert_pki::Certificate;
use support::*;

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
    let request = read_request(&entity);
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
    let request = read_request(&request(&xml));
    assert_eq!(request.request_id(), None);
    assert_eq!(request.trust()[0].respond_by(), None);
}

#[test]
fn v6_request_ids_have_1_to_255_characters() {
    let id = |text: &str| request(&with(REQUEST, "42-alice", text));
    let long = "\u{1F511}".repeat(255);
    assert_eq!(
        read_request(&id(&long)).request_id().unwrap().as_str(),
        long
    );
    assert_eq!(read_request(&id("x")).request_id().unwrap().as_str(), "x");
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
        let request = read_request(&date(text));
        let respond_by = request.trust()[0].respond_by().unwrap();
        assert_eq!(respond_by.as_str(), text.trim());
        assert!(respond_by.instant().is_some());
    }
    let entity = date("2026-12-21T20:05:50");
    assert_eq!(
        read_request(&entity).trust()[0]
            .respond_by()
            .unwrap()
            .instant(),
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
    assert_eq!(
        read_request(&request(&xml)),
        read_request(&request(REQUEST))
    );
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
    assert_eq!(
        read_request(&request(&xml)),
        read_request(&request(REQUEST))
    );
}

#[test]
fn v10_start_names_the_root() {
    let parts = [
        bundle("cert1@alice", &[certificate("alice-new-self")]),
        xml_part(REQUEST),
    ];
    let started = |start: &str| entity_of(&format!("{RELATED}; start=\"{start}\""), &parts);
    assert_eq!(
        read_request(&started("<xml@alice>")),
        read_request(&request(REQUEST))
    );
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
        assert_eq!(
            read_request(&entity),
            read_request(&request(REQUEST)),
            "{encoding}"
        );
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
        let request = read_request(&entity);
        let trust = &request.trust()[0];
        assert_eq!(*trust.end_entity(), leaf);
        assert_eq!(trust.others(), chain);
        assert_eq!(trust.chain(), Chain::Complete);
        assert_eq!(trust.identifier().matches(&leaf), Some(IssuerMatch::Exact));
    }
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
            *read_request(&request_for(&certificate, &issuer, serial)).trust()[0].end_entity(),
            certificate,
            "{name}"
        );
        let padded = format!("\n  {serial} ");
        let request = read_request(&request_for(&certificate, &issuer, &padded));
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
        let request = read_request(&request_for(&certificate, &escaped, "1"));
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
        let request = read_request(&request_for(&certificate, issuer, &serial));
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
    let request = read_request(&entity);
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
    assert_eq!(
        read_request(around.as_bytes()),
        read_request(&request(REQUEST))
    );
}

#[test]
fn v20_ids_need_no_brackets_and_may_have_blanks() {
    let xml = with(REQUEST, "cert1@alice", "New Certificate");
    let part = bundle("cert1@alice", &[certificate("alice-new-self")]);
    let part = with(&part, "<cert1@alice>", "New Certificate");
    let request = read_request(&entity_of(RELATED, &[xml_part(&xml), part]));
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
        read_request(&entity_of(&related, &[xml, part])),
        read_request(&request(REQUEST))
    );
}
