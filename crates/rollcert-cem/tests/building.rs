//! What is built reads back to the same facts, and what must not be built is refused.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop where a message is not what it ought to be"
)]

mod support;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rollcert_cem::{
    Announcement, CertStatus, CertUsage, CertUsages, Chain, IssuerMatch, Limits, Message, Received,
    Request, RequestBuilder, RequestId, RequestRefused, Response, ResponseRefused, StrictPeerRisk,
};
use rollcert_crypto::KeyAlgorithm;
use rollcert_crypto::rustcrypto::PROVIDER;
use rollcert_mime::Entity;
use rollcert_pki::{CertificateBuilder, Credential, Name, Profile, SerialNumber};
use support::{certificate, now, sample};

const URL: &str = "https://as2.alice.example/as2?a=b&c=d";

fn rng() -> StdRng {
    StdRng::seed_from_u64(7)
}

fn id() -> RequestId {
    RequestId::new("42-alice").unwrap()
}

fn builder() -> RequestBuilder {
    Request::builder(id(), "ALICE", now(), URL)
}

fn build(builder: &RequestBuilder) -> Result<Vec<u8>, RequestRefused> {
    builder.build(&mut rng(), now())
}

fn read_request(entity: &[u8]) -> Request {
    let received = Received::parse(entity, &Limits::default()).unwrap();
    assert_eq!(received.warnings(), []);
    match received.into_message() {
        Ok(Message::Request(request)) => request,
        other => panic!("not a request: {other:?}"),
    }
}

fn read_response(entity: &[u8]) -> Response {
    let received = Received::parse(entity, &Limits::default()).unwrap();
    assert_eq!(received.warnings(), []);
    match received.into_message() {
        Ok(Message::Response(response)) => response,
        other => panic!("not a response: {other:?}"),
    }
}

fn refused(builder: &RequestBuilder) -> RequestRefused {
    build(builder).unwrap_err()
}

#[test]
fn v3_a_request_for_all_four_usages_is_written_as_the_strictest_reader_wants_it() {
    let entity = build(
        &builder()
            .end_entity(&certificate("own-all-usages"), &[], CertUsage::ALL)
            .respond_by(now() + TimeDelta::days(14)),
    )
    .unwrap();
    let text = String::from_utf8(entity.clone()).unwrap();
    assert!(text.starts_with(
        "Content-Type: multipart/related; type=\"application/ediint-cert-exchange+xml\"; boundary=\"=_"
    ));
    let limits = rollcert_mime::Limits::default();
    let multipart = Entity::parse(&entity, &limits)
        .unwrap()
        .parts(&limits)
        .unwrap();
    let [xml_part, bundle_part] = &multipart.parts[..] else {
        panic!("two parts")
    };
    assert_eq!(
        xml_part.headers().content_type().unwrap().to_string(),
        "application/ediint-cert-exchange+xml"
    );
    assert_eq!(
        bundle_part.headers().content_type().unwrap().to_string(),
        "application/pkcs7-mime; smime-type=certs-only"
    );
    for part in [xml_part, bundle_part] {
        assert_eq!(
            part.headers().first("Content-Transfer-Encoding").as_deref(),
            Some("base64")
        );
    }
    let content_id = bundle_part.headers().content_id().unwrap();
    let header = bundle_part.headers().first("Content-ID").unwrap();
    assert_eq!(header, format!("<{content_id}>"));
    let xml = xml_part.decoded_body().unwrap();
    assert_eq!(
        str::from_utf8(&xml).unwrap(),
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<EDIINTCertificateExchangeRequest xmlns=\"urn:ietf:params:xml:ns:ediintcertificateexchange\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" requestId=\"42-alice\">
  <TradingPartnerInfo>
    <Name qualifier=\"AS2\">ALICE</Name>
    <MessageOriginated>2026-11-25T12:00:00+00:00</MessageOriginated>
  </TradingPartnerInfo>
  <TrustRequest>
    <CertUsage>keyEncipherment</CertUsage>
    <CertUsage>digitalSignature</CertUsage>
    <CertUsage>tlsServer</CertUsage>
    <CertUsage>tlsClient</CertUsage>
    <RespondByDate>2026-12-09T12:00:00+00:00</RespondByDate>
    <ResponseURL>https://as2.alice.example/as2?a=b&amp;c=d</ResponseURL>
    <EndEntity>
      <CertificateIdentifier>
        <ds:X509IssuerName>CN=all usages,C=DE</ds:X509IssuerName>
        <ds:X509SerialNumber>7</ds:X509SerialNumber>
      </CertificateIdentifier>
      <CertificateContentID>{content_id}</CertificateContentID>
    </EndEntity>
  </TrustRequest>
</EDIINTCertificateExchangeRequest>
"
        )
    );
}

#[test]
fn several_certificates_each_bring_their_whole_chain_and_nothing_else() {
    let chain = [
        certificate("ca-root"),
        certificate("bob"),
        certificate("ca-int"),
    ];
    let entity = build(
        &builder()
            .end_entity(
                &certificate("alice-new-ca"),
                &chain,
                [CertUsage::TlsServer, CertUsage::TlsClient],
            )
            .end_entity(
                &certificate("alice-amp"),
                &chain,
                [CertUsage::DigitalSignature],
            )
            .end_entity(&certificate("alice-dc"), &[], [CertUsage::DigitalSignature])
            .end_entity(&certificate("own-name"), &[], [CertUsage::KeyEncipherment]),
    )
    .unwrap();
    let request = read_request(&entity);
    assert_eq!(request.request_id(), Some(&id()));
    assert_eq!(request.partner(), "ALICE");
    assert_eq!(request.qualifier(), Some("AS2"));
    assert_eq!(request.originated().instant(), Some(now()));
    let [first, rest @ ..] = request.trust() else {
        panic!("certificates")
    };
    assert_eq!(*first.end_entity(), certificate("alice-new-ca"));
    assert_eq!(
        first.others(),
        [certificate("ca-int"), certificate("ca-root")]
    );
    assert_eq!(
        *first.usages(),
        [CertUsage::TlsServer, CertUsage::TlsClient].into()
    );
    for (trust, name) in rest.iter().zip(["alice-amp", "alice-dc", "own-name"]) {
        assert_eq!(*trust.end_entity(), certificate(name));
        assert_eq!((trust.others(), trust.chain()), (&[][..], Chain::Complete));
        assert_eq!(trust.respond_by(), None);
        assert_eq!(trust.response_url(), URL);
    }
    for trust in request.trust() {
        assert_eq!(
            trust.identifier().matches(trust.end_entity()),
            Some(IssuerMatch::Exact)
        );
    }
    // No id contains another.
    let ids: Vec<&str> = request
        .trust()
        .iter()
        .map(rollcert_cem::TrustRequest::content_id)
        .collect();
    for (index, id) in ids.iter().enumerate() {
        assert!(
            ids.iter()
                .enumerate()
                .all(|(other, text)| other == index || !text.contains(id))
        );
    }
}

#[test]
fn the_same_arguments_give_the_same_octets() {
    let builder =
        builder().end_entity(&certificate("own-name"), &[], [CertUsage::DigitalSignature]);
    assert_eq!(build(&builder), build(&builder));
    assert_ne!(
        builder.build(&mut StdRng::seed_from_u64(8), now()).unwrap(),
        build(&builder).unwrap()
    );
}

#[test]
fn impossible_offers_are_refused() {
    let all = certificate("own-all-usages");
    let serial = all.serial().clone();
    let sign = [CertUsage::DigitalSignature];
    let good = || builder().end_entity(&all, &[], sign);

    assert_eq!(refused(&builder()), RequestRefused::NoCertificate);
    assert_eq!(
        refused(&builder().end_entity(&all, &[], [])),
        RequestRefused::NoUsage {
            serial: serial.clone()
        }
    );
    assert_eq!(
        refused(&good().end_entity(&all, &[], [CertUsage::TlsServer])),
        RequestRefused::CertificateTwice {
            serial: serial.clone()
        }
    );
    let signing_only = certificate("own-serial-zero");
    assert_eq!(
        refused(&builder().end_entity(
            &signing_only,
            &[],
            [CertUsage::DigitalSignature, CertUsage::KeyEncipherment]
        )),
        RequestRefused::Usage {
            serial: signing_only.serial().clone(),
            not_permitted: [CertUsage::KeyEncipherment].into(),
        }
    );
    let tls = certificate("alice-new-ca");
    assert_eq!(
        refused(&builder().end_entity(&tls, &[], sign)),
        RequestRefused::Usage {
            serial: tls.serial().clone(),
            not_permitted: sign.into(),
        }
    );
    for (chain, missing) in [
        (vec![], certificate("ca-int")),
        (vec![certificate("ca-root")], certificate("ca-int")),
        (vec![certificate("ca-int")], certificate("ca-root")),
    ] {
        assert_eq!(
            refused(&builder().end_entity(&tls, &chain, [CertUsage::TlsServer])),
            RequestRefused::ChainIncomplete {
                serial: tls.serial().clone(),
                missing: missing.subject().to_string(),
            }
        );
    }
    let not_after = all.not_after();
    let second = TimeDelta::seconds(1);
    assert_eq!(
        good().build(&mut rng(), not_after + second),
        Err(RequestRefused::Expired {
            serial: serial.clone(),
            now: not_after + second,
            not_after,
        })
    );
    assert!(good().build(&mut rng(), not_after).is_ok());
    assert_eq!(
        refused(&good().respond_by(not_after + second)),
        RequestRefused::ExpiresFirst {
            serial,
            respond_by: not_after + second,
            not_after,
        }
    );
    assert!(build(&good().respond_by(not_after)).is_ok());
    assert_eq!(
        refused(&good().respond_by(now())),
        RequestRefused::RespondByPassed {
            now: now(),
            respond_by: now(),
        }
    );
    let offer = |id: &str, from: &str, originated: DateTime<Utc>, url: &str| {
        refused(
            &Request::builder(RequestId::new(id).unwrap(), from, originated, url).end_entity(
                &all,
                &[],
                sign,
            ),
        )
    };
    assert_eq!(offer("a b", "ALICE", now(), URL), RequestRefused::RequestId);
    assert_eq!(offer("a", "", now(), URL), RequestRefused::Name);
    assert_eq!(offer("a", "A\0", now(), URL), RequestRefused::Name);
    assert_eq!(
        offer("a", "ALICE", now(), "file:///a"),
        RequestRefused::ResponseUrl
    );
    assert_eq!(
        offer("a", "ALICE", DateTime::<Utc>::MAX_UTC, URL),
        RequestRefused::DateTime {
            instant: DateTime::<Utc>::MAX_UTC
        }
    );
}

#[test]
fn each_certificate_may_have_its_own_date_and_url() {
    let at = |days| now() + TimeDelta::days(days);
    let entity = build(
        &builder()
            .end_entity(
                &certificate("alice-amp"),
                &[],
                [CertUsage::DigitalSignature],
            )
            .announce(
                Announcement::new(&certificate("alice-dc"), [CertUsage::DigitalSignature])
                    .with_respond_by(at(3))
                    .with_response_url("http://other.example/"),
            )
            .respond_by(at(7)),
    )
    .unwrap();
    let asked: Vec<(Option<DateTime<Utc>>, String)> = read_request(&entity)
        .trust()
        .iter()
        .map(|trust| {
            let date = trust.respond_by().and_then(|date| date.instant());
            (date, trust.response_url().to_owned())
        })
        .collect();
    assert_eq!(
        asked,
        [
            (Some(at(7)), URL.to_owned()),
            (Some(at(3)), "http://other.example/".to_owned())
        ]
    );
    let own = |announcement: Announcement| refused(&builder().announce(announcement));
    let announcement =
        || Announcement::new(&certificate("alice-dc"), [CertUsage::DigitalSignature]);
    assert_eq!(
        own(announcement().with_response_url("ftp://a/")),
        RequestRefused::ResponseUrl
    );
    assert_eq!(
        own(announcement().with_respond_by(now())),
        RequestRefused::RespondByPassed {
            now: now(),
            respond_by: now()
        }
    );
    let late = certificate("alice-dc").not_after() + TimeDelta::seconds(1);
    assert_eq!(
        own(announcement().with_respond_by(late)),
        RequestRefused::ExpiresFirst {
            serial: certificate("alice-dc").serial().clone(),
            respond_by: late,
            not_after: certificate("alice-dc").not_after(),
        }
    );
}

#[test]
fn a_certificate_without_its_key_is_not_announced() {
    let certificate = certificate("own-all-usages");
    let with_key = |key: &[u8]| {
        builder().announce(
            Announcement::new(&certificate, [CertUsage::DigitalSignature]).with_public_key(key),
        )
    };
    assert!(build(&with_key(certificate.public_key_info())).is_ok());
    // The same point, compressed: 0x02 or 0x03 and x.
    let info = certificate.public_key_info();
    let point = &info[info.len() - 64..];
    let sign = 2 + (point[63] & 1);
    let head = &info[2..23];
    let compressed = [
        &[0x30, 0x39][..],
        head,
        &[0x03, 0x22, 0x00, sign],
        &point[..32],
    ]
    .concat();
    assert!(build(&with_key(&compressed)).is_ok());
    for other in [support::certificate("bob").public_key_info(), b"no key"] {
        assert_eq!(
            refused(&with_key(other)),
            RequestRefused::KeyMismatch {
                serial: certificate.serial().clone()
            }
        );
    }
}

#[test]
fn a_credential_is_announced_with_its_chain() {
    let key = PROVIDER
        .generate_key(KeyAlgorithm::P256, &mut rng())
        .and_then(|octets| PROVIDER.load_key(&octets))
        .unwrap();
    let profile = Profile::as2();
    let certificate = CertificateBuilder::new(
        &profile,
        Name::builder().common_name("next").build().unwrap(),
        key.public_key_info(),
        SerialNumber::from_decimal("1").unwrap(),
        profile.validity_from(now()).unwrap(),
    )
    .self_signed(&PROVIDER)
    .and_then(|unsigned| unsigned.sign(&key))
    .unwrap();
    let chain = vec![support::certificate("ca-root")];
    let credential =
        Credential::new(certificate.clone(), chain, key, &PROVIDER, &mut rng()).unwrap();
    let entity = build(&builder().announce(Announcement::of_credential(
        &credential,
        [CertUsage::DigitalSignature],
    )))
    .unwrap();
    let request = read_request(&entity);
    assert_eq!(*request.trust()[0].end_entity(), certificate);
    // What it does not need is left out.
    assert_eq!(request.trust()[0].others(), []);
}

#[test]
fn h17_what_a_partner_would_reject_is_not_announced() {
    let ed25519 = certificate("own-ed25519");
    assert_eq!(
        refused(&builder().end_entity(&ed25519, &[], [CertUsage::KeyEncipherment])),
        RequestRefused::KeyKind {
            serial: ed25519.serial().clone(),
            impossible: [CertUsage::KeyEncipherment].into()
        }
    );
    // Its key usage would permit it: an authority that also signs messages.
    let (intermediate, root) = (certificate("own-signing-ca"), certificate("own-false-ca"));
    assert_eq!(
        refused(&builder().end_entity(&intermediate, &[root], [CertUsage::DigitalSignature])),
        RequestRefused::Authority {
            serial: intermediate.serial().clone()
        }
    );
}

#[test]
fn what_strict_peers_stumble_over_is_told_beforehand() {
    let all = certificate("own-all-usages");
    let serial = all.serial().clone();
    let safe = builder().end_entity(&all, &[], [CertUsage::TlsClient]);
    assert_eq!(safe.strict_peer_risks(), []);
    let usages = [CertUsage::DigitalSignature, CertUsage::TlsClient];
    let risky = Request::builder(id(), " ALICE", now(), URL)
        .end_entity(&all, &[], usages)
        .announce(
            Announcement::new(&certificate("alice-dc"), [CertUsage::DigitalSignature])
                .with_response_url("http://a/"),
        );
    // Risky, and within the protocol all the same.
    assert!(build(&risky).is_ok());
    let risks = risky.strict_peer_risks();
    assert_eq!(
        risks,
        [
            StrictPeerRisk::SeveralCertificates { count: 2 },
            StrictPeerRisk::SeveralResponseUrls,
            StrictPeerRisk::BlanksAroundName,
            StrictPeerRisk::TlsClientAmongOthers { serial },
        ]
    );
    let codes: Vec<&str> = risks.iter().map(StrictPeerRisk::code).collect();
    assert_eq!(
        codes,
        [
            "several-certificates",
            "several-response-urls",
            "blanks-around-name",
            "tls-client-among-others"
        ]
    );
}

#[test]
fn h20_odd_characters_in_names_and_ids_come_back_and_break_nothing() {
    let name = "A]]>\r\n<b a='\"'>&amp;\t ";
    let entity = Request::builder(id(), name, now(), URL)
        .end_entity(&certificate("own-name"), &[], [CertUsage::DigitalSignature])
        .build(&mut rng(), now())
        .unwrap();
    assert_eq!(read_request(&entity).partner(), name);
    for control in ["\0", "\u{1b}[31m", "\u{7}", "\u{FFFF}"] {
        let refused = Request::builder(id(), control, now(), URL).build(&mut rng(), now());
        assert_eq!(refused, Err(RequestRefused::Name), "{control:?}");
    }
    // A partner's id is theirs to choose, and goes back as it came.
    let theirs = "]]>&#10;&#13;&#9;&lt;&quot;'&amp;";
    let xml = support::with(support::REQUEST, "42-alice", theirs);
    let request = read_request(&support::request(&xml));
    let theirs = request.request_id().unwrap();
    assert_eq!(theirs.as_str(), "]]>\n\r\t<\"'&");
    assert!(!theirs.is_portable());
    let answer = Response::builder(&request, name, now())
        .reject(request.trust()[0].identifier(), "]]>\r\n\u{1b}]]&gt;")
        .build(&mut rng())
        .unwrap();
    let answer = read_response(&answer);
    assert_eq!(answer.request_id(), Some(theirs));
    assert_eq!(answer.partner(), name);
    assert_eq!(answer.trust()[0].reason(), Some("]]>\r\n\u{FFFD}]]&gt;"));
}

#[test]
fn a_part_of_an_answer_has_a_decision_at_least() {
    let request = read_request(&support::request(support::REQUEST));
    let asked = request.trust()[0].identifier();
    let answer = Response::builder(&request, "BOB", now());
    assert_eq!(
        answer.build_part(&mut rng()),
        Err(ResponseRefused::NoDecision)
    );
    let twice = answer.accept(asked).accept(asked);
    assert_eq!(
        twice.build_part(&mut rng()),
        Err(ResponseRefused::DecidedTwice {
            serial: asked.serial().to_owned()
        })
    );
    assert_eq!(
        twice
            .build_by_url(&mut rng())
            .map(|responses| responses.len()),
        Err(ResponseRefused::DecidedTwice {
            serial: asked.serial().to_owned()
        })
    );
}

#[test]
fn v2_v15_a_response_echoes_what_the_request_said_character_for_character() {
    // Reversed order, `E=`, an escaped comma: not how we would write it.
    let Ok(Message::Request(request)) = Message::parse(
        &sample("req-01-signed-b64-enc-and-sign"),
        &Limits::default(),
    ) else {
        panic!("a request")
    };
    let asked = request.trust()[0].identifier();
    let entity = Response::builder(&request, "BOB AS2", now())
        .accept(asked)
        .build(&mut rng())
        .unwrap();
    let response = read_response(&entity);
    assert_eq!(response.request_id(), request.request_id());
    assert_eq!(response.partner(), "BOB AS2");
    assert_eq!(response.qualifier(), Some("AS2"));
    assert_eq!(response.originated().instant(), Some(now()));
    assert_eq!(response.trust().len(), 1);
    assert_eq!(response.trust()[0].status(), CertStatus::Accepted);
    assert_eq!(response.trust()[0].reason(), None);
    assert_eq!(response.trust()[0].reference(), asked);
}

#[test]
fn each_certificate_gets_exactly_one_decision() {
    let entity = build(
        &builder()
            .end_entity(
                &certificate("alice-amp"),
                &[],
                [CertUsage::DigitalSignature],
            )
            .end_entity(&certificate("alice-dc"), &[], [CertUsage::DigitalSignature]),
    )
    .unwrap();
    let request = read_request(&entity);
    let [amp, dc] = request.trust() else {
        panic!("two certificates")
    };
    let serial = |trust: &rollcert_cem::TrustRequest| trust.identifier().serial().to_owned();
    let answer = || Response::builder(&request, "BOB", now());
    assert_eq!(
        answer().accept(amp.identifier()).build(&mut rng()),
        Err(ResponseRefused::Undecided { serial: serial(dc) })
    );
    assert_eq!(
        answer()
            .accept(amp.identifier())
            .reject(dc.identifier(), "no")
            .reject(amp.identifier(), "no")
            .build(&mut rng()),
        Err(ResponseRefused::DecidedTwice {
            serial: serial(amp)
        })
    );
    let other = rollcert_cem::CertificateIdentifier::of(&certificate("bob"));
    assert_eq!(
        answer().accept(&other).build(&mut rng()),
        Err(ResponseRefused::NotAsked {
            serial: other.serial().to_owned()
        })
    );
    assert_eq!(
        Response::builder(&request, "", now()).build(&mut rng()),
        Err(ResponseRefused::Name)
    );

    // In the order of the request, whatever the order of the decisions.
    let entity = answer()
        .reject(dc.identifier(), "key usage\u{0}\r\n<forged/>]]>")
        .accept(amp.identifier())
        .build(&mut rng())
        .unwrap();
    let response = read_response(&entity);
    let decisions: Vec<(CertStatus, Option<&str>)> = response
        .trust()
        .iter()
        .map(|trust| (trust.status(), trust.reason()))
        .collect();
    assert_eq!(
        decisions,
        [
            (CertStatus::Accepted, None),
            (
                CertStatus::Rejected,
                Some("key usage\u{FFFD}\r\n<forged/>]]>")
            ),
        ]
    );
    let offered = [certificate("alice-dc"), certificate("alice-amp")];
    let places: Vec<(usize, IssuerMatch)> = response
        .answers(Some(&id()), &offered)
        .unwrap()
        .found
        .iter()
        .map(|answer| (answer.offered, answer.matched))
        .collect();
    assert_eq!(places, [(1, IssuerMatch::Exact), (0, IssuerMatch::Exact)]);
}

#[test]
fn a_request_without_id_is_answered_without_one() {
    let xml = support::with(support::REQUEST, " requestId=\"42-alice\"", "");
    let request = read_request(&support::request(&xml));
    let entity = Response::builder(&request, "BOB", now())
        .accept(request.trust()[0].identifier())
        .build(&mut rng())
        .unwrap();
    assert_eq!(read_response(&entity).request_id(), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_request_reads_back_to_what_was_said(
        request_id in "[A-Za-z0-9._-]{1,64}",
        from in "[ -~äß<&\"\u{20ac}]{1,40}",
        path in "[!-~&&[^\\\\]]{0,30}",
        originated in 0_i64..250_000_000_000,
        respond_in in proptest::option::of(1_i64..100_000_000),
        usages in proptest::sample::subsequence(CertUsage::ALL.to_vec(), 1..=4),
        seed in any::<u64>(),
    ) {
        let id = RequestId::new(request_id).unwrap();
        let url = format!("http://a/{path}");
        let originated = DateTime::from_timestamp(originated, 0).unwrap();
        let respond_by = respond_in.map(|seconds| now() + TimeDelta::seconds(seconds));
        let usages: CertUsages = usages.into_iter().collect();
        let certificate = certificate("own-all-usages");
        let builder = Request::builder(id.clone(), from.clone(), originated, url.clone())
            .end_entity(&certificate, &[], usages.clone());
        let builder = match respond_by {
            Some(instant) => builder.respond_by(instant),
            None => builder,
        };
        let entity = builder.build(&mut StdRng::seed_from_u64(seed), now()).unwrap();
        let request = read_request(&entity);
        prop_assert_eq!(request.request_id(), Some(&id));
        prop_assert_eq!(request.partner(), from);
        prop_assert_eq!(request.originated().instant(), Some(originated));
        let [trust] = request.trust() else { panic!("one certificate") };
        prop_assert_eq!(trust.usages(), &usages);
        prop_assert_eq!(trust.response_url(), url);
        prop_assert_eq!(trust.end_entity(), &certificate);
        prop_assert_eq!(trust.respond_by().map(|date| date.instant()), respond_by.map(Some));
    }

    #[test]
    fn a_response_reads_back_to_what_was_said(reason in "\\PC{1,60}|[\r\n\t<>&\\]]{1,9}") {
        let request = read_request(&support::request(support::REQUEST));
        let entity = Response::builder(&request, "BOB", now())
            .reject(request.trust()[0].identifier(), reason.clone())
            .build(&mut rng())
            .unwrap();
        let response = read_response(&entity);
        prop_assert_eq!(response.trust()[0].reason(), Some(reason.as_str()));
        prop_assert_eq!(response.trust()[0].reference(), request.trust()[0].identifier());
    }
}
