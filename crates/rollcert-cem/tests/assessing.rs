//! What there is against acting on a message, by the ids of the conformance list.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop where a message is not what it ought to be"
)]

mod support;

use core::slice;

use chrono::{DateTime, TimeDelta, Utc};
use rollcert_cem::{
    Assessment, BundleForms, CertUsage, CertUsages, Consequence, Context, LeafOnlyBundles, Limits,
    Message, MessageSignature, Objection, Policy, Request, Response, ResponseUrls, Signer,
    UnsignedMessages,
};
use rollcert_crypto::rustcrypto::PROVIDER;
use rollcert_pki::{Certificate, certs_only};
use support::*;

const URLS: &[&str] = &["http://as2.alice.example:8080/configured"];

/// A context in which the request of `support::REQUEST` gives no rise to objections.
fn context(signer: &Certificate) -> Context<'_> {
    context_at(signer, now())
}

fn context_at(signer: &Certificate, now: DateTime<Utc>) -> Context<'_> {
    let signature = MessageSignature::Valid(Signer::accepted(signer));
    Context::new("ALICE", now, signature).with_response_urls(URLS)
}

fn assess(request: &Request, context: &Context<'_>, policy: &Policy) -> Assessment {
    let assessment = request.assess(context, policy);
    for objection in assessment.iter() {
        assert!(!objection.to_string().contains(char::is_control));
        assert!(!objection.code().contains(char::is_uppercase));
    }
    assessment
}

/// The objections to the message, and to its only certificate.
fn objections(
    request: &Request,
    context: &Context<'_>,
    policy: &Policy,
) -> (Vec<Objection>, Vec<Objection>) {
    let assessment = assess(request, context, policy);
    (
        assessment.of_message().to_vec(),
        assessment.of_certificate(0).to_vec(),
    )
}

fn of_message(request: &Request, context: &Context<'_>) -> Vec<Objection> {
    objections(request, context, &Policy::default()).0
}

/// The objections to a certificate that is announced, alone and with these certificates above it.
fn of_certificate(
    certificate: &Certificate,
    others: &[Certificate],
    usages: &[CertUsage],
) -> Vec<Objection> {
    let request = announcing(certificate, others, usages);
    let alice = certificate_of_alice();
    objections(&request, &context(&alice), &Policy::default()).1
}

fn certificate_of_alice() -> Certificate {
    certificate("alice-old")
}

fn announcing(certificate: &Certificate, others: &[Certificate], usages: &[CertUsage]) -> Request {
    let all: Vec<Certificate> = slice::from_ref(certificate)
        .iter()
        .chain(others)
        .cloned()
        .collect();
    read_request(&announcing_in(
        certificate,
        &certs_only::encode(&all),
        usages,
    ))
}

fn announcing_in(certificate: &Certificate, bundle: &[u8], usages: &[CertUsage]) -> Vec<u8> {
    let words: String = usages
        .iter()
        .map(|usage| format!("<CertUsage>{usage}</CertUsage>"))
        .collect();
    let (start, rest) = REQUEST.split_once("<CertUsage>").unwrap();
    let (_, rest) = rest.rsplit_once("</CertUsage>").unwrap();
    let xml = format!("{start}{words}{rest}");
    let xml = with(
        &xml,
        "E=ops@alice.example,C=DE,ST=Berlin,L=Berlin,O=Alice Arrows\\, Inc.,OU=EDI,CN=alice-as2-2026",
        &certificate.issuer().to_rfc4514_portable(),
    );
    let xml = with(
        &xml,
        "140393556129163378453678434513583092132470978401",
        &certificate.serial().to_decimal(),
    );
    entity_of(RELATED, &[xml_part(&xml), bundle_of("cert1@alice", bundle)])
}

const SIGN: &[CertUsage] = &[CertUsage::DigitalSignature];
const SIGN_AND_ENCRYPT: &[CertUsage] = &[CertUsage::DigitalSignature, CertUsage::KeyEncipherment];

#[test]
fn a_request_of_an_accepted_signer_that_announces_what_can_be_used_meets_no_objection() {
    let alice = certificate_of_alice();
    let assessment = assess(
        &read_request(&request(REQUEST)),
        &context(&alice).with_provider(&PROVIDER),
        &Policy::default(),
    );
    assert_eq!(assessment.iter().count(), 0);
    assert_eq!(
        (assessment.consequence(), assessment.consequence_for(0)),
        (None, None)
    );
}

#[test]
fn h15_the_name_is_that_of_the_transport_to_the_letter() {
    let alice = certificate_of_alice();
    for name in ["ALICE2", "alice", " ALICE", "ALICE "] {
        let request = read_request(&request(&with(REQUEST, ">ALICE<", &format!(">{name}<"))));
        assert_eq!(
            of_message(&request, &context(&alice)),
            [Objection::NameMismatch {
                as2_from: "ALICE".to_owned(),
                name: name.to_owned()
            }]
        );
    }
    let other = read_request(&request(&with(REQUEST, "\"AS2\"", "\"AS3\"")));
    assert_eq!(
        of_message(&other, &context(&alice)),
        [Objection::OtherTransport {
            found: "AS3".to_owned()
        }]
    );
    let absent = read_request(&request(&with(REQUEST, " qualifier=\"AS2\"", "")));
    assert_eq!(of_message(&absent, &context(&alice)), []);
}

#[test]
fn h14_a_package_that_does_not_say_what_it_is_is_not_acted_upon() {
    let alice = certificate_of_alice();
    let entity = entity_of(
        "multipart/related; boundary=\"--frontier\"",
        &[
            xml_part(REQUEST),
            bundle("cert1@alice", &[certificate("alice-new-self")]),
        ],
    );
    assert_eq!(
        of_message(&read_request(&entity), &context(&alice)),
        [Objection::TypeMissing]
    );
    assert_eq!(
        Objection::TypeMissing.consequence(),
        Consequence::RefuseMessage
    );
}

#[test]
fn h16_a_signature_that_says_nothing_of_the_partner_is_objected_to() {
    let request = read_request(&request(REQUEST));
    let (alice, bob) = (certificate_of_alice(), certificate("bob"));
    let announced = certificate("alice-new-self");
    let others = [bob.clone()];
    let by = |signature| {
        let context = Context::new("ALICE", now(), signature)
            .with_response_urls(URLS)
            .with_known_of_others(&others);
        of_message(&request, &context)
    };
    let refuse = Objection::Unsigned {
        policy: UnsignedMessages::Refuse,
    };
    assert_eq!(by(MessageSignature::Absent), slice::from_ref(&refuse));
    assert_eq!(refuse.consequence(), Consequence::RefuseMessage);
    // One over another part than the message is handed in as one that does not stand.
    assert_eq!(by(MessageSignature::Invalid), [Objection::SignatureInvalid]);
    let signed_by = |signer| by(MessageSignature::Valid(signer));
    assert_eq!(
        signed_by(Signer::not_accepted(&announced)),
        [Objection::SignedByAnnounced]
    );
    assert_eq!(
        signed_by(Signer::not_accepted(&bob)),
        [Objection::SignedByOtherPartner]
    );
    assert_eq!(
        signed_by(Signer::not_accepted(&alice)),
        [Objection::SignerNotAccepted]
    );
    assert_eq!(
        signed_by(Signer::accepted(&alice).without_embedded_certificate()),
        [Objection::SignerNotEmbedded]
    );
    // Announced again by itself, long after it was accepted.
    assert_eq!(signed_by(Signer::accepted(&announced)), []);
}

#[test]
fn h16_an_unsigned_message_is_for_a_person_where_the_policy_says_so() {
    let request = read_request(&request(REQUEST));
    let context = Context::new("ALICE", now(), MessageSignature::Absent).with_response_urls(URLS);
    let policy = Policy::default().with_unsigned(UnsignedMessages::AskAPerson);
    let assessment = assess(&request, &context, &policy);
    assert_eq!(assessment.consequence_for(0), Some(Consequence::AskAPerson));
}

#[test]
fn h16_a_signer_out_of_its_validity_is_for_a_person() {
    let alice = certificate_of_alice();
    let request = read_request(&request(REQUEST));
    let now = alice.not_after() + TimeDelta::seconds(1);
    let context = context_at(&alice, now);
    let policy = Policy::default().with_max_age(TimeDelta::days(10_000));
    assert_eq!(
        assess(&request, &context, &policy).of_message(),
        [Objection::SignerNotValid {
            now,
            not_before: alice.not_before(),
            not_after: alice.not_after(),
        }]
    );
}

#[test]
fn responses_are_held_against_sender_and_signature_too() {
    let Ok(Message::Response(response)) = Message::parse(&response(RESPONSE), &Limits::default())
    else {
        panic!("a response")
    };
    let bob = certificate("bob");
    let of = |response: &Response, name, signature| {
        let assessment = response.assess(&Context::new(name, now(), signature), &Policy::default());
        let codes: Vec<&str> = assessment.iter().map(Objection::code).collect();
        (codes, assessment.consequence())
    };
    let accepted = MessageSignature::Valid(Signer::accepted(&bob));
    assert_eq!(of(&response, "BOB AS2", accepted), (vec![], None));
    assert_eq!(
        of(&response, "BOB", MessageSignature::Absent),
        (
            vec!["name-mismatch", "unsigned"],
            Some(Consequence::RefuseMessage)
        )
    );
}

#[test]
fn h17_a_certificate_counts_from_its_start_to_its_end() {
    let new = certificate("alice-new-self");
    let (not_before, not_after) = (new.not_before(), new.not_after());
    let second = TimeDelta::seconds(1);
    let alice = certificate_of_alice();
    let request = read_request(&request(REQUEST));
    let at = |now: DateTime<Utc>| {
        let context = context_at(&alice, now);
        let mut objections = objections(&request, &context, &Policy::default()).1;
        objections.retain(|objection| objection.code() != "respond-by-passed");
        objections
    };
    assert_eq!(at(not_before), []);
    assert_eq!(at(not_after), []);
    assert_eq!(
        at(not_after + second),
        [Objection::Expired {
            now: not_after + second,
            not_after
        }]
    );
    // P14: accepted but unused until then.
    let early = Objection::NotYetValid {
        now: not_before - second,
        not_before,
    };
    assert_eq!(at(not_before - second), slice::from_ref(&early));
    assert_eq!(early.consequence(), Consequence::UseLater);
}

#[test]
fn p14_a_certificate_of_the_future_may_be_accepted_and_is_used_later() {
    let new = certificate("alice-new-self");
    let alice = certificate_of_alice();
    let before = new.not_before() - TimeDelta::days(1);
    let context = context_at(&alice, before);
    let policy = Policy::default().with_clock_skew(TimeDelta::days(30));
    let request = read_request(&request(REQUEST));
    let mut consequences: Vec<Consequence> = assess(&request, &context, &policy)
        .of_certificate(0)
        .iter()
        .map(Objection::consequence)
        .collect();
    consequences.dedup();
    assert_eq!(consequences, [Consequence::UseLater]);
}

#[test]
fn h17_weak_keys_and_digests_are_objected_to() {
    assert_eq!(
        of_certificate(&certificate("own-rsa-512"), &[], SIGN_AND_ENCRYPT),
        [Objection::WeakKey {
            bits: 512,
            least: 2048
        }]
    );
    let md5 = of_certificate(&certificate("own-md5"), &[], SIGN_AND_ENCRYPT);
    assert_eq!(
        md5,
        [Objection::WeakSignature {
            algorithm: "md5WithRSAEncryption".to_owned()
        }]
    );
    assert_eq!(md5[0].consequence(), Consequence::RejectCertificate);
    let sha1 = of_certificate(&certificate("own-sha1"), &[], SIGN_AND_ENCRYPT);
    assert_eq!(
        sha1,
        [Objection::DatedSignature {
            algorithm: "sha1WithRSAEncryption".to_owned()
        }]
    );
    assert_eq!(sha1[0].consequence(), Consequence::AskAPerson);
}

#[test]
fn h17_a_certificate_permits_and_can_do_what_it_is_announced_for() {
    assert_eq!(
        of_certificate(&certificate("own-serial-zero"), &[], SIGN_AND_ENCRYPT),
        [Objection::Usage {
            not_permitted: [CertUsage::KeyEncipherment].into()
        }]
    );
    // The extended key usage of `alice-new-ca` names TLS alone.
    let chain = [certificate("ca-int"), certificate("ca-root")];
    assert_eq!(
        of_certificate(&certificate("alice-new-ca"), &chain, SIGN),
        [Objection::Usage {
            not_permitted: [CertUsage::DigitalSignature].into()
        }]
    );
    assert_eq!(
        of_certificate(&certificate("own-ed25519"), &[], SIGN_AND_ENCRYPT),
        [Objection::KeyKind {
            algorithm: "ed25519".to_owned(),
            impossible: [CertUsage::KeyEncipherment].into()
        }]
    );
}

#[test]
fn h17_an_authority_announces_no_certificate_of_its_own_but_a_self_signed_one_may_look_like_one() {
    let codes = |certificate: &Certificate, others: &[Certificate]| {
        of_certificate(certificate, others, SIGN)
            .iter()
            .map(Objection::code)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        codes(&certificate("ca-int"), &[certificate("ca-root")]),
        ["usage-not-permitted", "authority"]
    );
    let self_signed = certificate("alice-new-self");
    assert!(self_signed.is_ca() && self_signed.is_self_issued());
    assert_eq!(codes(&self_signed, &[]), [""; 0]);
}

#[test]
fn h17_a_certificate_or_key_of_somebody_else_is_objected_to() {
    let alice = certificate_of_alice();
    let known = |others: &[Certificate], announced: &Certificate| {
        let context = context(&alice).with_known_of_others(others);
        objections(
            &announcing(announced, &[], SIGN),
            &context,
            &Policy::default(),
        )
        .1
    };
    let new = certificate("alice-new-self");
    assert_eq!(
        known(slice::from_ref(&new), &new),
        [Objection::KnownOfAnother]
    );
    assert_eq!(known(&[certificate("bob")], &new), []);
    // Another certificate, the same key.
    assert_eq!(
        known(&[certificate("own-sha1")], &certificate("own-same-key")),
        [Objection::KnownOfAnother]
    );
}

#[test]
fn a_chain_is_complete_or_known_by_policy() {
    let leaf = certificate("alice-new-ca");
    let (intermediate, root) = (certificate("ca-int"), certificate("ca-root"));
    let alice = certificate_of_alice();
    let usages = &[CertUsage::TlsServer];
    let missing = |others: &[Certificate], known: &[Certificate], leaf_only| {
        let context = context(&alice).with_known(known);
        let policy = Policy::default().with_leaf_only(leaf_only);
        let found = objections(&announcing(&leaf, others, usages), &context, &policy).1;
        match &found[..] {
            [] => None,
            [Objection::ChainIncomplete { missing }] => Some(missing.clone()),
            _ => panic!("{found:?}"),
        }
    };
    use LeafOnlyBundles::{KnownIssuer, Refuse, Tolerate};
    let issuer = Some(intermediate.subject().to_string());
    let top = Some(root.subject().to_string());
    let whole = [intermediate.clone(), root.clone()];
    for policy in [Refuse, KnownIssuer, Tolerate] {
        assert_eq!(missing(&whole, &[], policy), None);
    }
    assert_eq!(missing(&[], &[], Tolerate), None);
    assert_eq!(missing(&[], &[], KnownIssuer), issuer);
    assert_eq!(missing(&whole[..1], &[], KnownIssuer), top);
    assert_eq!(missing(&[], &whole[..1], KnownIssuer), None);
    assert_eq!(missing(&whole[..1], &whole[1..], KnownIssuer), None);
    // Pinned: the certificate itself is known.
    assert_eq!(missing(&[], slice::from_ref(&leaf), KnownIssuer), None);
    assert_eq!(missing(&[], &whole, Refuse), issuer);
}

#[test]
fn a_chain_of_names_alone_is_found_out_where_signatures_are_verified() {
    let leaf = certificate("alice-new-ca");
    let alice = certificate_of_alice();
    let usages = &[CertUsage::TlsServer];
    let with_chain = |chain: &[Certificate]| {
        let request = announcing(&leaf, chain, usages);
        objections(
            &request,
            &context(&alice).with_provider(&PROVIDER),
            &Policy::default(),
        )
        .1
    };
    let (intermediate, root) = (certificate("ca-int"), certificate("ca-root"));
    let false_one = certificate("own-false-ca");
    let broken = Objection::ChainBroken {
        subject: leaf.subject().to_string(),
    };
    assert_eq!(
        with_chain(slice::from_ref(&false_one)),
        slice::from_ref(&broken)
    );
    assert_eq!(broken.consequence(), Consequence::RejectCertificate);
    // Beside the true one, the false one spoils nothing.
    assert_eq!(with_chain(&[false_one, intermediate, root]), []);
    // A self-signed certificate with one octet of its signature changed.
    let mut octets = certificate("alice-new-self").as_der().to_vec();
    *octets.last_mut().unwrap() ^= 1;
    let forged = Certificate::from_der(octets).unwrap();
    let request = announcing(&forged, &[], SIGN);
    let context = context(&alice).with_provider(&PROVIDER);
    assert_eq!(
        objections(&request, &context, &Policy::default()).1,
        [Objection::ChainBroken {
            subject: forged.subject().to_string()
        }]
    );
}

#[test]
fn h11_certificates_that_nobody_needs_are_for_a_person() {
    let root = certificate("ca-root");
    assert_eq!(
        of_certificate(&certificate("alice-new-self"), &[root], SIGN),
        [Objection::UnrelatedCertificates { count: 1 }]
    );
}

#[test]
fn pem_and_bare_certificates_are_read_and_left_to_the_policy() {
    let new = certificate("alice-new-self");
    let alice = certificate_of_alice();
    let pem = certs_only::encode_pem(slice::from_ref(&new));
    for (octets, form) in [
        (pem.as_bytes(), certs_only::Form::PemBundle),
        (new.as_der(), certs_only::Form::Certificate),
        (new.to_pem().as_bytes(), certs_only::Form::PemCertificates),
    ] {
        let request = read_request(&announcing_in(&new, octets, SIGN));
        assert_eq!(request.trust()[0].end_entity(), &new);
        assert_eq!(request.trust()[0].bundle_form(), form);
        let objections = |policy: &Policy| objections(&request, &context(&alice), policy).1;
        assert_eq!(
            objections(&Policy::default()),
            [Objection::BundleForm { form }]
        );
        let any = Policy::default().with_bundle_forms(BundleForms::Any);
        assert_eq!(objections(&any), []);
    }
}

#[test]
fn h18_an_answer_goes_only_where_the_policy_lets_it() {
    let alice = certificate_of_alice();
    let allowed = |url: &str, rule| {
        let xml = with(REQUEST, "http://as2.alice.example:8080/as2", url);
        let policy = Policy::default().with_response_urls(rule);
        let found = objections(&read_request(&request(&xml)), &context(&alice), &policy).1;
        if let [objection] = &found[..] {
            assert_eq!(
                *objection,
                Objection::ResponseUrl {
                    found: url.to_owned()
                }
            );
            assert_eq!(objection.consequence(), Consequence::RefuseMessage);
        }
        found.is_empty()
    };
    use ResponseUrls::{AnyPublicHost, ConfiguredHosts, ConfiguredOrigins, ConfiguredUrls};
    let rules = [
        ConfiguredUrls,
        ConfiguredOrigins,
        ConfiguredHosts,
        AnyPublicHost,
    ];
    for (url, expected) in [
        (
            "http://as2.alice.example:8080/configured",
            [true, true, true, true],
        ),
        (
            "http://AS2.alice.example:8080/other",
            [false, true, true, true],
        ),
        ("https://as2.alice.example/", [false, false, true, true]),
        (
            "http://evil.example:8080/configured",
            [false, false, false, true],
        ),
        (
            "http://as2.alice.example.evil.example/",
            [false, false, false, true],
        ),
        ("http://127.0.0.1:8080/", [false; 4]),
        ("http://[::1]/", [false; 4]),
        ("http://localhost/", [false; 4]),
        ("http://169.254.169.254/latest/meta-data", [false; 4]),
    ] {
        assert_eq!(rules.map(|rule| allowed(url, rule)), expected, "{url}");
    }
}

#[test]
fn h18_each_trust_request_has_its_own_url() {
    let bob = certificate("bob");
    let other = trust_request(&bob, "cert2@alice");
    let xml = with(
        REQUEST,
        "</TrustRequest>",
        &format!("</TrustRequest>{other}"),
    );
    let entity = entity_of(
        RELATED,
        &[
            xml_part(&xml),
            bundle("cert1@alice", &[certificate("alice-new-self")]),
            bundle("cert2@alice", slice::from_ref(&bob)),
        ],
    );
    let alice = certificate_of_alice();
    let assessment = assess(&read_request(&entity), &context(&alice), &Policy::default());
    assert_eq!(assessment.of_certificate(0), []);
    assert!(
        assessment
            .of_certificate(1)
            .contains(&Objection::ResponseUrl {
                found: "http://a/".to_owned()
            })
    );
    assert_eq!(assessment.of_certificate(2), []);
    assert_eq!(
        (assessment.consequence_for(0), assessment.consequence()),
        (None, Some(Consequence::RefuseMessage))
    );
}

#[test]
fn p8_the_date_to_respond_by_passes_with_its_second() {
    let alice = certificate_of_alice();
    let request = read_request(&request(REQUEST));
    let respond_by: DateTime<Utc> = "2026-12-21T19:05:50Z".parse().unwrap();
    let passed = |now: DateTime<Utc>| {
        let context = context_at(&alice, now);
        objections(&request, &context, &Policy::default()).1
    };
    let second = TimeDelta::seconds(1);
    assert_eq!(passed(respond_by - second), []);
    assert_eq!(passed(respond_by), []);
    let now = respond_by + second;
    // The date binds the sender; an answer is owed all the same.
    let late = Objection::RespondByPassed { now, respond_by };
    assert_eq!(passed(now), slice::from_ref(&late));
    assert_eq!(late.consequence(), Consequence::AskAPerson);
}

#[test]
fn h21_p8_a_message_from_the_future_or_of_long_ago_is_for_a_person() {
    let alice = certificate_of_alice();
    let request = read_request(&request(REQUEST));
    let originated: DateTime<Utc> = "2026-11-21T19:05:50Z".parse().unwrap();
    let at = |now: DateTime<Utc>| {
        let context = context_at(&alice, now);
        // The certificates of the samples are hardly older.
        let mut objections = of_message(&request, &context);
        objections.retain(|objection| objection.code() != "signer-not-valid");
        objections
    };
    let policy = Policy::default();
    let second = TimeDelta::seconds(1);
    // Widespread software writes half-hour offsets as whole hours, so the clocks may differ by as much.
    assert_eq!(at(originated - TimeDelta::minutes(30)), []);
    assert_eq!(at(originated - policy.clock_skew), []);
    let early = originated - policy.clock_skew - second;
    assert_eq!(
        at(early),
        [Objection::OriginatedAhead {
            now: early,
            originated
        }]
    );
    assert_eq!(at(originated + policy.max_age), []);
    let late = originated + policy.max_age + second;
    assert_eq!(
        at(late),
        [Objection::OriginatedLongAgo {
            now: late,
            originated
        }]
    );
    // A date without zone names no instant to compare.
    let no_zone = with(REQUEST, "2026-11-21T20:05:50+01:00", "2026-11-21T20:05:50");
    let request = read_request(&support::request(&no_zone));
    let codes: Vec<&str> = of_message(&request, &context_at(&alice, early))
        .iter()
        .map(Objection::code)
        .collect();
    assert_eq!(codes, ["signer-not-valid"]);
}

#[test]
fn consequences_are_ranked_by_gravity() {
    assert!(Consequence::UseLater < Consequence::AskAPerson);
    assert!(Consequence::AskAPerson < Consequence::RejectCertificate);
    assert!(Consequence::RejectCertificate < Consequence::RefuseMessage);
    let usages = CertUsages::from(CertUsage::ALL);
    assert!(CertUsages::from([CertUsage::TlsClient]).is_subset_of(&usages));
    assert!(!usages.is_subset_of(&[CertUsage::TlsClient].into()));
}
