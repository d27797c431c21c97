//! Hostile certificates, files and distribution points, by the numbers under which they are known here: what trust lists,
//! imports and the CRL store make of them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test panics where it fails"
)]

mod common;

use core::net::IpAddr;
use std::collections::BTreeSet;

use common::world::{World, codes, sha512, verdict, warnings};
use common::{Authority, CrlTemplate, PROVIDER, Template, day, extension, now};
use proptest::prelude::*;
use rollcert_crypto::DigestAlgorithm;
use rollcert_pki::asn1::{encode, tag};
use rollcert_pki::extension::{
    Criticality, CrlDistributionPoints, DistributionPoint, EncodedExtension, ExtensionValue,
    GeneralName,
};
use rollcert_pki::{
    Certificate, Crl, Limits, Password, SignatureAlgorithmName, Thumbprint, certs_only,
};
use rollcert_trust::{
    AddressRule, Basis, BlackReach, CrlUpdater, CrlWarning, Evaluator, FetchPolicy, FetchResult,
    FetchUri, Fetched, FetchedValue, Import, Question, Reason, ScanScope, Snapshot, TrustListEntry,
    TrustListMark, TrustListStatus, UriRefusal,
};

const BLACK: TrustListStatus = TrustListStatus::Blacklisted;

impl World {
    /// Takes in a leaf that names these places.
    fn naming(&mut self, uris: &[String]) {
        let names = uris.iter().map(|text| GeneralName::uri(text).unwrap());
        let points = names.map(|name| DistributionPoint::of(vec![name]));
        let points = CrlDistributionPoints(points.collect());
        let leaf = self
            .issuing
            .issue(Template::leaf("leaf").with(extension(&points)));
        self.snapshot.certificates.insert(leaf.stored());
    }
}

#[test]
fn hostile_12_other_octets_for_the_same_certificate_have_another_thumbprint_and_do_not_pass() {
    // What a thumbprint list sees is the octets; so no other octets may be read as the same certificate.
    let leaf = Authority::root("Acme Root").leaf("acme as2");
    let der = leaf.certificate.as_der();
    let mut trailing = der.to_vec();
    trailing.push(0);
    // The outer length in one octet more than it needs.
    let mut long = vec![0x30, 0x83, 0x00];
    assert_eq!(der[..2], [0x30, 0x82]);
    long.extend_from_slice(&der[2..]);
    // BER: no length at all.
    let mut indefinite = vec![0x30, 0x80];
    indefinite.extend_from_slice(&der[4..]);
    indefinite.extend_from_slice(&[0, 0]);
    for octets in [trailing, long, indefinite] {
        assert!(Certificate::from_der(octets).is_err());
    }
}

#[test]
fn hostile_12_another_signature_of_the_same_content_does_not_pass_a_black_entry_that_is_known() {
    let mut world = World::new();
    let listed = world.leaf.clone();
    let twin = with_other_signature(&listed);
    assert_ne!(listed.certificate.as_der(), twin.certificate.as_der());
    assert_eq!(
        listed.certificate.to_be_signed(),
        twin.certificate.to_be_signed()
    );
    world.leaf = twin;
    assert_eq!(verdict(&world.report()), Ok(Basis::Path));
    world.set(&listed, BLACK);
    world.snapshot.certificates.insert(listed.stored());
    let expected = Reason::CtlBlacklisted {
        thumbprint: sha512(&listed),
        note: None,
    };
    assert_eq!(verdict(&world.report()), Err(vec![expected]));
    // Of one that nobody knows, the thumbprint alone tells nothing; the key does.
    world.snapshot.certificates.remove(listed.stored().sha256());
    assert_eq!(verdict(&world.report()), Ok(Basis::Path));
    let key = *listed.stored().key_sha256(PROVIDER);
    world.set_entry(TrustListEntry::new(key, BLACK).unwrap());
    assert!(verdict(&world.report()).is_err());
}

#[test]
fn hostile_12_another_signature_of_a_blacklisted_authority_does_not_pass_either() {
    let mut world = World::new();
    let listed = world.issuing.clone();
    let twin = with_other_signature(&listed);
    world.set(&listed, BLACK);
    world.snapshot.certificates.insert(twin.stored());
    let reasons = codes(verdict(&world.report())).unwrap_err();
    assert_eq!(reasons[0], "ctl-issuer-blacklisted");
}

/// The same content with the signature (r, n - s) in place of (r, s), which verifies as well (FIPS 186-5 §6.4.2).
fn with_other_signature(of: &Authority) -> Authority {
    const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let signature = of.certificate.signature();
    let r_end = 4 + usize::from(signature[3]);
    let (r, s) = (&signature[4..r_end], &signature[r_end + 2..]);
    let mut s32 = [0; 32];
    let digits = s.strip_prefix(&[0]).unwrap_or(s);
    s32[32 - digits.len()..].copy_from_slice(digits);
    let mut other = hex::decode(ORDER).unwrap();
    let mut borrow = 0;
    for (place, octet) in s32.iter().enumerate().rev() {
        let difference = i16::from(other[place]) - i16::from(*octet) - borrow;
        borrow = i16::from(difference < 0);
        other[place] = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    let first = other.iter().position(|octet| *octet != 0).unwrap();
    let mut other = other[first..].to_vec();
    if other[0] >= 0x80 {
        other.insert(0, 0);
    }
    let numbers = [encode(tag::INTEGER, &[r]), encode(tag::INTEGER, &[&other])];
    let signature = encode(tag::SEQUENCE, &[&numbers[0], &numbers[1]]);
    let algorithm: &SignatureAlgorithmName = of.certificate.signature_algorithm();
    let octets = encode(
        tag::SEQUENCE,
        &[
            of.certificate.to_be_signed(),
            algorithm.as_der(),
            &encode(tag::BIT_STRING, &[&[0], &signature]),
        ],
    );
    Authority {
        certificate: Certificate::from_der(octets).unwrap(),
        key: of.key.clone(),
    }
}

#[test]
fn hostile_56_a_blacklisted_authority_issued_anew_escapes_its_thumbprint_but_not_its_key() {
    let mut world = World::new();
    let issuing = world.issuing.clone();
    world.set(&issuing, BLACK);
    let anew = world.root.cross(&issuing);
    world.snapshot.certificates.insert(anew.stored());
    // The entry names one certificate, and says so.
    assert_eq!(verdict(&world.report()), Ok(Basis::Path));
    assert!(warnings(&world.report()).contains(&"ctl-alternative-path-used"));
    let key = *issuing.stored().key_sha256(PROVIDER);
    world.set_entry(TrustListEntry::new(key, BLACK).unwrap());
    let reasons = codes(verdict(&world.report())).unwrap_err();
    assert_eq!(reasons[0], "ctl-issuer-blacklisted");
}

#[test]
fn hostile_56_a_blacklisted_key_that_is_written_in_another_way_does_not_pass() {
    // An EC point may be compressed, which gives the same key another digest.
    let mut world = World::new();
    let spellings = world.issuing.certificate.public_key_spellings();
    let digest = |info: &[u8]| Thumbprint::of(info, DigestAlgorithm::Sha256, PROVIDER);
    assert_eq!(
        digest(&spellings[0]),
        *world.issuing.stored().key_sha256(PROVIDER)
    );
    let compressed = digest(&spellings[1]);
    world.set_entry(TrustListEntry::new(compressed, BLACK).unwrap());
    let reasons = verdict(&world.report()).unwrap_err();
    let Reason::CtlIssuerBlacklisted { thumbprint, .. } = &reasons[0] else {
        panic!("{reasons:?}");
    };
    assert_eq!(*thumbprint, compressed);
    let list = world.snapshot.trust_lists.global();
    let mark = TrustListMark::own(list, &world.issuing.stored(), now(), PROVIDER);
    assert_eq!(mark, Some(TrustListMark::Black));
}

#[test]
fn hostile_56_namesakes_without_number_end_at_the_budget_and_are_not_trusted() {
    let mut world = World::new();
    world.policy.trust_list.black_reach = BlackReach::Key;
    world.policy.limits.candidates = 40;
    let other = Authority::root("Other Root");
    for _ in 0..60 {
        let namesake = other.cross(&world.issuing);
        world.snapshot.certificates.insert(namesake.stored());
    }
    let thumbprint = "ab".repeat(64);
    world.set_entry(TrustListEntry::of_certificate(&thumbprint, BLACK).unwrap());
    let reasons = codes(verdict(&world.report())).unwrap_err();
    assert!(reasons.contains(&"budget-exhausted"), "{reasons:?}");
}

// ---- 51: distribution points

#[test]
fn hostile_51_the_scan_asks_nobody_before_the_signatures_of_a_path_hold() {
    let mut world = World::new();
    let name = GeneralName::uri("http://attacker.example/c.crl").unwrap();
    let points = CrlDistributionPoints(vec![DistributionPoint::of(vec![name])]);
    let template = Template::leaf("leaf").with(extension(&points));
    // Issued by a stranger in the name of the authority that is trusted, and by it with a signature that is broken.
    let forged = template.signed_by(world.issuing.certificate.subject(), &common::key());
    let broken = world.issuing.issue(template).with_broken_signature();
    for certificate in [&forged, &broken] {
        world.snapshot.certificates.insert(certificate.stored());
    }
    assert_eq!(world.plan(ScanScope::Trusted).requests, []);
    assert_eq!(world.plan(ScanScope::All).requests.len(), 1);
}

#[test]
fn hostile_51_other_schemes_and_hosts_of_ones_own_are_refused_each_with_its_reason() {
    let policy = FetchPolicy::default();
    let refusal = |text: &str| FetchUri::parse(text, &policy).map_err(|refusal| refusal.code());
    for (text, code) in [
        ("file:///etc/passwd", "scheme-refused"),
        ("ftp://crl.example/a.crl", "scheme-refused"),
        ("gopher://crl.example/a.crl", "scheme-refused"),
        ("jar:http://crl.example/a.jar!/a.crl", "scheme-refused"),
        ("javascript://crl.example/%0aalert(1)", "scheme-refused"),
        ("", "malformed-uri"),
        ("http", "malformed-uri"),
        ("http:crl.example/a.crl", "malformed-uri"),
        ("http:/crl.example/a.crl", "malformed-uri"),
        ("//crl.example/a.crl", "malformed-uri"),
        ("http:///a.crl", "no-host"),
        ("http://:80/a.crl", "no-host"),
        ("ldap:///CN=Acme", "no-ldap-server"),
        ("ldap://:25/CN=Acme", "no-host"),
        ("ldaps://:/CN=Acme", "no-host"),
        ("http://user@crl.example/a.crl", "credentials-refused"),
        (
            "http://user:secret@crl.example/a.crl",
            "credentials-refused",
        ),
        ("http://crl.example@10.0.0.1/a.crl", "credentials-refused"),
        ("http://crl.example/a.crl\r\nHost: other", "malformed-uri"),
        ("http://crl.example/a b.crl", "malformed-uri"),
        ("http://crl.example\\@10.0.0.1/", "malformed-uri"),
        ("http://crl.example:99999/a.crl", "malformed-uri"),
        ("http://crl.example:0/a.crl", "malformed-uri"),
        ("http://crl.example:8o/a.crl", "malformed-uri"),
        ("http://crl.example:80:80/a.crl", "malformed-uri"),
        ("http://%31%32%37.0.0.1/a.crl", "malformed-uri"),
        ("http://crl.ex\u{e4}mple/a.crl", "malformed-uri"),
        ("http://127.0.0.1/a.crl", "address-refused"),
        ("http://127.255.0.9:8080/a.crl", "address-refused"),
        ("http://0.0.0.0/a.crl", "address-refused"),
        ("http://10.1.2.3/a.crl", "address-refused"),
        ("http://172.16.0.1/a.crl", "address-refused"),
        ("http://192.168.1.1/a.crl", "address-refused"),
        ("http://100.64.0.1/a.crl", "address-refused"),
        (
            "http://169.254.169.254/latest/meta-data/",
            "address-refused",
        ),
        ("http://224.0.0.1/a.crl", "address-refused"),
        ("http://255.255.255.255/a.crl", "address-refused"),
        ("http://[::1]/a.crl", "address-refused"),
        ("http://[::]/a.crl", "address-refused"),
        ("http://[fe80::1]/a.crl", "address-refused"),
        ("http://[fe80::1%25eth0]/a.crl", "malformed-uri"),
        ("http://[fd00::1]/a.crl", "address-refused"),
        ("http://[::ffff:127.0.0.1]/a.crl", "address-refused"),
        ("http://[::ffff:a9fe:a9fe]/a.crl", "address-refused"),
        ("http://[::127.0.0.1]/a.crl", "address-refused"),
        ("http://[64:ff9b::7f00:1]/a.crl", "address-refused"),
        ("http://[2002:7f00:1::]/a.crl", "address-refused"),
        ("http://[2001:0:4136:e378::1]/a.crl", "address-refused"),
        ("http://[::1/a.crl", "malformed-uri"),
        ("http://[::1]x/a.crl", "malformed-uri"),
        ("http://[v1.x]/a.crl", "malformed-uri"),
        ("http://2130706433/a.crl", "numeric-host"),
        ("http://0x7f000001/a.crl", "numeric-host"),
        ("http://0x7F.1/a.crl", "numeric-host"),
        ("http://127.1/a.crl", "numeric-host"),
        ("http://0177.0.0.1/a.crl", "numeric-host"),
        ("http://127.0.0.1./a.crl", "numeric-host"),
        ("http://localhost/a.crl", "local-host"),
        ("http://LOCALHOST./a.crl", "local-host"),
        ("http://db.localhost:5432/", "local-host"),
    ] {
        assert_eq!(refusal(text).map(drop), Err(code), "{text:?}");
    }
    for text in [
        "http://crl.example/a.crl",
        "http://198.41.0.4/a.crl",
        "http://[2606:4700::1111]/a.crl",
        "https://crl.example:8443/a.crl?x=1",
        "ldaps://dir.example/cn=Acme?certificateRevocationList;binary",
    ] {
        assert_eq!(
            refusal(text).map(|uri| uri.to_string()).as_deref(),
            Ok(text)
        );
    }
    let long = format!("http://crl.example/{}", "a".repeat(FetchUri::MAX_LEN));
    assert_eq!(refusal(&long).map(drop), Err("uri-too-long"));
}

#[test]
fn hostile_51_an_address_is_judged_by_what_it_reaches_whatever_it_is_written_as() {
    let (public, private) = (AddressRule::Public, AddressRule::PublicAndPrivate);
    for (address, by_public, by_private) in [
        ("8.8.8.8", true, true),
        ("198.41.0.4", true, true),
        ("2606:4700::1111", true, true),
        ("::ffff:8.8.8.8", true, true),
        ("64:ff9b::808:808", true, true),
        ("10.0.0.1", false, true),
        ("172.31.255.255", false, true),
        ("172.32.0.1", true, true),
        ("192.168.0.1", false, true),
        ("100.127.0.1", false, true),
        ("fd12:3456::1", false, true),
        ("::ffff:192.168.0.1", false, true),
        ("127.0.0.1", false, false),
        ("169.254.169.254", false, false),
        ("::ffff:169.254.169.254", false, false),
        ("0.1.2.3", false, false),
        ("192.0.2.1", false, false),
        ("198.18.0.1", false, false),
        ("203.0.113.9", false, false),
        ("240.0.0.1", false, false),
        ("::1", false, false),
        ("fe80::1", false, false),
        ("ff02::1", false, false),
        ("2001:db8::1", false, false),
        ("64:ff9b:1::a00:1", false, false),
    ] {
        let address: IpAddr = address.parse().unwrap();
        assert_eq!(public.permits(address), by_public, "{address}");
        assert_eq!(private.permits(address), by_private, "{address}");
    }
}

#[test]
fn hostile_51_a_redirect_is_held_against_the_same_rules() {
    let policy = FetchPolicy::default();
    let http = FetchUri::parse("http://crl.example/a.crl", &policy).unwrap();
    let ldap = FetchUri::parse("ldap://dir.example/CN=Acme", &policy).unwrap();
    let redirect = http.redirected_to("http://169.254.169.254/latest/", &policy);
    let address = "169.254.169.254".parse().unwrap();
    assert_eq!(redirect, Err(UriRefusal::Address { address }));
    for (from, to, expected) in [
        (&http, "file:///etc/shadow", Err("scheme-refused")),
        (&http, "ldap://dir.example/CN=Acme", Err("scheme-changed")),
        (&http, "ldaps://dir.example/CN=Acme", Err("scheme-changed")),
        (&ldap, "https://crl.example/b.crl", Err("scheme-changed")),
        (&http, "https://crl.example/b.crl", Ok(())),
        (&ldap, "ldaps://other.example/CN=Acme", Ok(())),
    ] {
        let redirect = from.redirected_to(to, &policy);
        let found = redirect.map(|uri| assert_eq!(uri.as_str(), to));
        assert_eq!(found.map_err(|refusal| refusal.code()), expected, "{to}");
    }
}

#[test]
fn hostile_51_a_port_without_a_host_is_not_one_of_the_configured_directory() {
    let mut policy = FetchPolicy::default();
    policy.ldap_server = Some("dir.example".to_owned());
    let refusal = FetchUri::parse("ldap://:25/CN=Acme", &policy).unwrap_err();
    assert_eq!(refusal, UriRefusal::NoHost);
    let uri = FetchUri::parse("ldap:///CN=Acme", &policy).unwrap();
    assert_eq!((uri.host(), uri.port()), (None, 389));
}

#[test]
fn hostile_51_distribution_points_without_number_are_bounded_for_one_and_for_all() {
    let mut world = World::new();
    let uris = |from: usize, to: usize| -> Vec<String> {
        (from..to)
            .map(|number| format!("http://crl{number}.example/"))
            .collect()
    };
    world.naming(&uris(0, 100));
    let plan = world.plan(ScanScope::Trusted);
    assert_eq!((plan.requests.len(), plan.left_out), (16, 84));
    // The first ones, in the order of the certificate, not the first of all.
    let asked: BTreeSet<&str> = plan
        .requests
        .iter()
        .map(|request| request.uri.as_str())
        .collect();
    let first = uris(0, 16);
    assert_eq!(asked, first.iter().map(String::as_str).collect());

    let mut fetching = FetchPolicy::default();
    fetching.uris = 20;
    for round in 1..4 {
        world.naming(&uris(round * 100, round * 100 + 16));
    }
    let updater = CrlUpdater::new(&world.policy, PROVIDER).with_fetch_policy(fetching);
    let plan = updater.plan(&world.snapshot, now());
    assert_eq!(plan.requests.len(), 20);
    assert_eq!(plan.left_out, 84 + 44);
}

#[test]
fn hostile_51_refused_places_are_kept_once_and_short() {
    let mut world = World::new();
    let long = format!("gopher://{}/", "a".repeat(5_000));
    world.naming(&[long.clone(), long]);
    world.naming(&["gopher://x/".to_owned()]);
    let plan = world.plan(ScanScope::Trusted);
    assert_eq!(plan.requests, []);
    let lengths: BTreeSet<usize> = plan
        .refused
        .iter()
        .map(|refused| refused.text.len())
        .collect();
    assert_eq!(lengths, [11, 256].into_iter().collect());
    assert_eq!(plan.refused.len(), 2);
}

#[test]
fn hostile_51_distribution_points_that_cannot_be_read_stop_no_scan() {
    let mut world = World::new();
    let garbage = EncodedExtension::new(
        CrlDistributionPoints::OID,
        Criticality::NotCritical,
        [0x30, 0x03, 0x30, 0x05, 0x00],
    );
    let odd = world.issuing.issue(Template::leaf("odd").with(garbage));
    world.snapshot.certificates.insert(odd.stored());
    world.naming(&["http://crl.example/a.crl".to_owned()]);
    let plan = world.plan(ScanScope::All);
    assert_eq!(plan.requests.len(), 1);
    assert_eq!(plan.unreadable, [*odd.stored().sha256()]);
}

fn taken(
    world: &mut World,
    fetching: FetchPolicy,
    fetched: Fetched,
) -> (Vec<&'static str>, String) {
    world.naming(&["http://crl.example/a.crl".to_owned()]);
    let request = world.plan(ScanScope::Trusted).requests.remove(0);
    let updater = CrlUpdater::new(&world.policy, PROVIDER).with_fetch_policy(fetching);
    let record = updater.take(&mut world.snapshot, &request, fetched, now());
    let codes = match &record.result {
        FetchResult::Failed { .. } => vec!["failed"],
        FetchResult::Answered { values } => values.iter().map(FetchedValue::code).collect(),
    };
    (codes, record.to_string())
}

#[test]
fn hostile_51_what_is_too_large_or_too_much_is_not_even_read() {
    let mut world = World::new();
    let crl = world.issuing.crl(&CrlTemplate::new(1)).as_der().to_vec();
    let mut fetching = FetchPolicy::default();
    fetching.limits.octets = crl.len() - 1;
    let values = Fetched::Values(vec![crl.clone()]);
    assert_eq!(taken(&mut world, fetching.clone(), values).0, ["too-large"]);
    assert!(world.snapshot.crls.is_empty());
    fetching.limits.octets = crl.len();
    fetching.limits.values = 1;
    let values = Fetched::Values(vec![crl.clone(), crl.clone(), crl]);
    assert_eq!(
        taken(&mut world, fetching, values).0,
        ["stored", "too-many"]
    );
}

#[test]
fn hostile_51_many_crls_in_one_value_are_bounded() {
    let mut world = World::new();
    let file: String = (1..30)
        .map(|number| world.issuing.crl(&CrlTemplate::new(number)).to_pem())
        .collect();
    let values = Fetched::Values(vec![file.into_bytes()]);
    let (codes, _) = taken(&mut world, FetchPolicy::default(), values);
    assert_eq!(codes.len(), 17);
    assert_eq!(codes.last(), Some(&"too-many"));
}

#[test]
fn hostile_51_a_crafted_crl_at_a_place_of_the_attackers_choice_is_refused() {
    let mut world = World::new();
    // Dated and numbered to win every comparison, in the name of the authority, by another key.
    let crafted = CrlTemplate::new(u64::MAX).with_times(day(-1), Some(day(36_500)));
    let crafted = crafted.signed_by(world.issuing.certificate.subject(), &common::key());
    let good = world.issuing.crl(&CrlTemplate::new(1));
    let values = vec![good.as_der().to_vec(), crafted.as_der().to_vec()];
    let (codes, _) = taken(&mut world, FetchPolicy::default(), Fetched::Values(values));
    assert_eq!(codes, ["stored", "refused"]);
    assert_eq!(world.snapshot.crls.len(), 1);
}

#[test]
fn hostile_51_the_line_of_the_log_is_one_line_whatever_a_server_says() {
    let mut world = World::new();
    let text = format!("\u{1b}[2J\r\nforged line\u{202e}{}", "x".repeat(100_000));
    let (codes, line) = taken(&mut world, FetchPolicy::default(), Fetched::Failed(text));
    assert_eq!(codes, ["failed"]);
    assert!(
        !line.contains(['\r', '\n', '\u{1b}', '\u{202e}']),
        "{line:?}"
    );
    assert!(line.len() < 3_000);
}

#[test]
fn hostile_51_a_crl_that_is_cut_off_anywhere_changes_no_store() {
    let mut world = World::new();
    let good = world.issuing.crl(&CrlTemplate::new(1)).as_der().to_vec();
    for length in (0..good.len()).step_by(37) {
        let values = Fetched::Values(vec![good[..length].to_vec()]);
        let (codes, _) = taken(&mut world, FetchPolicy::default(), values);
        assert_eq!(codes, ["not-a-crl"], "{length}");
    }
    assert!(world.snapshot.crls.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn hostile_51_every_text_is_a_uri_in_one_form_or_refused(text in "(?s)(http|ldap)?[:/\\[\\]@.0-9a-fx%#?~-]{0,40}|.{0,40}") {
        let policy = FetchPolicy::default();
        if let Ok(uri) = FetchUri::parse(&text, &policy) {
            prop_assert_eq!(FetchUri::parse(uri.as_str(), &policy), Ok(uri.clone()));
            let host = uri.host().unwrap().trim_matches(['[', ']']).to_owned();
            if let Ok(address) = host.parse::<IpAddr>() {
                prop_assert!(AddressRule::Public.permits(address));
            }
        }
    }
}

// ---- 53: files

#[test]
fn hostile_53_a_file_that_is_cut_off_anywhere_is_refused_and_changes_nothing() {
    let certificates = [
        Authority::root("a").certificate,
        Authority::root("b").certificate,
    ];
    let pkcs7 = certs_only::encode(&certificates);
    let pkcs12 = include_bytes!("../../rollcert-pki/tests/fixtures/default.p12");
    let password = Password::from("secret");
    let import = Import::new(PROVIDER).with_password(&password);
    for file in [pkcs7.as_slice(), pkcs12.as_slice()] {
        for length in (0..file.len()).step_by(23) {
            let mut snapshot = Snapshot::default();
            let read = import.read(&mut snapshot, &file[..length], now());
            assert!(read.is_err(), "{length}");
            assert!(snapshot.certificates.is_empty() && snapshot.roots.is_empty());
        }
    }
}

#[test]
fn hostile_53_files_without_their_content_are_refused() {
    // CVE-2024-0727: what may be absent by the syntax, in every place.
    let oid = |octets: &[u8]| encode(tag::OBJECT_IDENTIFIER, &[octets]);
    let of_pkcs7 = |kind: u8| oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, kind]);
    let sequence = |parts: &[&[u8]]| encode(tag::SEQUENCE, parts);
    let explicit = |parts: &[&[u8]]| encode(tag::CONTEXT_CONSTRUCTED, parts);
    let three = encode(tag::INTEGER, &[&[3]]);
    let octets = |content: &[u8]| encode(tag::OCTET_STRING, &[content]);
    let safe = |info: &[u8]| {
        let safes = explicit(&[&octets(&sequence(&[info]))]);
        sequence(&[&three, &sequence(&[&of_pkcs7(1), &safes])])
    };
    let files = [
        sequence(&[&of_pkcs7(2)]),
        sequence(&[&of_pkcs7(2), &explicit(&[])]),
        sequence(&[&of_pkcs7(2), &explicit(&[&sequence(&[])])]),
        sequence(&[&three, &sequence(&[&of_pkcs7(1)])]),
        sequence(&[&three, &sequence(&[&of_pkcs7(1), &explicit(&[])])]),
        sequence(&[
            &three,
            &sequence(&[&of_pkcs7(2), &explicit(&[&octets(&[])])]),
        ]),
        safe(&sequence(&[&of_pkcs7(1)])),
        safe(&sequence(&[&of_pkcs7(6)])),
        safe(&sequence(&[&of_pkcs7(6), &explicit(&[&sequence(&[])])])),
        safe(&sequence(&[])),
    ];
    let password = Password::from("secret");
    let import = Import::new(PROVIDER).with_password(&password);
    for (number, file) in files.iter().enumerate() {
        let mut snapshot = Snapshot::default();
        assert!(import.read(&mut snapshot, file, now()).is_err(), "{number}");
        assert!(snapshot.certificates.is_empty());
    }
}

#[test]
fn hostile_53_files_ask_for_no_more_work_than_the_limits_allow() {
    let many: String = (0..40)
        .map(|_| Authority::root("same").certificate.to_pem())
        .collect();
    let mut snapshot = Snapshot::default();
    let import = Import::new(PROVIDER).with_limits(Limits::default().with_entries(30));
    let refused = import.read(&mut snapshot, many.as_bytes(), now());
    assert_eq!(refused.unwrap_err().code(), "limit-exceeded");
    assert!(snapshot.certificates.is_empty());
    let pkcs12 = include_bytes!("../../rollcert-pki/tests/fixtures/default.p12");
    let password = Password::from("secret");
    let import = Import::new(PROVIDER)
        .with_password(&password)
        .with_limits(Limits::default().with_kdf_iterations(100));
    let refused = import.read(&mut snapshot, pkcs12, now());
    assert_eq!(refused.unwrap_err().code(), "limit-exceeded");
    assert!(snapshot.certificates.is_empty());
}

#[test]
fn hostile_53_an_import_never_changes_what_is_trusted() {
    // A file with the attacker's own root, a leaf below it, and a CRL in the name of the root that is trusted.
    let mut world = World::new();
    let attacker = Authority::root("Acme Root");
    let forged = attacker.leaf("acme as2");
    let crl: Crl = attacker.crl(&CrlTemplate::new(9).revoking(&world.issuing.certificate));
    let file = [
        attacker.certificate.to_pem(),
        forged.certificate.to_pem(),
        crl.to_pem(),
    ]
    .concat();
    let before = codes(verdict(&world.report()));
    let report = Import::new(PROVIDER)
        .read(&mut world.snapshot, file.as_bytes(), now())
        .unwrap();
    assert_eq!(report.certificates.len(), 2);
    assert_eq!(world.snapshot.roots.len(), 1);
    assert_eq!(codes(verdict(&world.report())), before);
    world.leaf = forged;
    assert!(verdict(&world.report()).is_err());
}

#[test]
fn hostile_53_a_file_of_crls_in_the_name_of_an_authority_does_not_shut_it_out() {
    let mut world = World::new();
    for authority in [&world.root, &world.issuing] {
        let good = authority.crl_of(&[]).to_pem();
        let report = Import::new(PROVIDER)
            .read(&mut world.snapshot, good.as_bytes(), now())
            .unwrap();
        assert_eq!(report.crls[0].outcome.code(), "stored");
    }
    let key = common::key();
    let junk: String = (0..140)
        .map(|number| {
            let crl = CrlTemplate::new(number).with_times(day(-1), Some(day(9)));
            let name = world.issuing.certificate.subject();
            crl.signed_by(name, &key).to_pem()
        })
        .collect();
    let policy = common::strict_policy();
    let updater = CrlUpdater::new(&policy, PROVIDER);
    let import = Import::new(PROVIDER);
    // Or with a certificate of the name and that key in it, which nobody trusts.
    let namesake = Template::authority("Acme Issuing").with_key(&key);
    let namesake = Authority::self_signed(&namesake).certificate.to_pem();
    let imports = [import, import.with_crl_updater(&updater)];
    for (import, file, most) in [
        (imports[0], junk.clone(), 0),
        (imports[1], junk.clone(), 0),
        (imports[0], junk.clone() + &namesake, 16),
        (imports[1], junk.clone() + &namesake, 16),
    ] {
        let mut snapshot = world.snapshot.clone();
        let report = import.read(&mut snapshot, file.as_bytes(), now()).unwrap();
        assert_eq!(report.crls.len(), 140);
        let outcomes = report.crls.iter().map(|crl| crl.outcome.code());
        assert_eq!(
            outcomes.filter(|code| *code == "refused").count(),
            140 - most
        );
        assert_eq!(snapshot.crls.len(), 2 + most);
        let evaluator = Evaluator::new(snapshot.stores(), &policy, PROVIDER);
        let report = evaluator.evaluate(&Question::new(&world.leaf.certificate, now()));
        assert!(report.trusted().is_some());
    }
}

#[test]
fn hostile_53_crls_that_nobody_trusted_has_signed_are_kept_by_the_handful() {
    // The signer is in the file, self-signed; or nowhere, and only becomes known later.
    for is_known in [true, false] {
        let mut world = World::new();
        let stranger = Authority::root("Stranger");
        let crls = (0..40).map(|number| stranger.crl(&CrlTemplate::new(number)).to_pem());
        let mut file: String = crls.collect();
        if is_known {
            file.push_str(&stranger.certificate.to_pem());
        }
        let report = Import::new(PROVIDER)
            .read(&mut world.snapshot, file.as_bytes(), now())
            .unwrap();
        let kept = |code: &str| {
            let crls = report.crls.iter();
            crls.filter(|crl| crl.outcome.code() == code).count()
        };
        assert_eq!((kept("stored-untrusted"), kept("refused")), (16, 24));
        assert_eq!(
            report.crls[16].warnings,
            [CrlWarning::TooManyUntrusted { limit: 16 }]
        );
        assert_eq!(world.snapshot.crls.len(), 16);
        // Once it is trusted, its CRLs come in again.
        world.snapshot.roots.trust(stranger.stored());
        let next = stranger.crl(&CrlTemplate::new(41)).to_pem();
        let report = Import::new(PROVIDER)
            .read(&mut world.snapshot, next.as_bytes(), now())
            .unwrap();
        assert_eq!(report.crls[0].outcome.code(), "stored");
    }
}
