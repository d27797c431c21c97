//! Names: the constraints of RFC 5280 §4.2.1.10 over each kind of name, and the name that is asked for (RFC 9525).

#![allow(clippy::unwrap_used, reason = "tests panic")]
#![allow(
    clippy::cloned_ref_to_slice_refs,
    reason = "a list of one reads better as a list"
)]

use core::net::IpAddr;

use proptest::collection::vec;
use proptest::prelude::*;
use rollcert_pki::extension::{
    BasicConstraints, ExtensionValue, GeneralName, GeneralSubtree, NameConstraints,
};
use rollcert_pki::{Name, NameOrder};
use rollcert_trust::{Question, Reason, ReferenceName};

mod common;

use common::names::{dns, email, excluding, permitting, uri};
use common::{Authority, Template, TestStores, critical, evaluator, now, policy};

#[test]
fn host_names_lie_below_whole_labels() {
    for (base, name, permitted, excluded) in [
        ("example.com", "example.com", OK, OUT),
        ("example.com", "a.b.EXAMPLE.com", OK, OUT),
        ("Example.COM", "example.com", OK, OUT),
        ("example.com", "notexample.com", NOT, OK),
        ("example.com", "com", NOT, OK),
        ("example.com", "example.com.org", NOT, OK),
        // An empty constraint is all names.
        ("", "example.com", OK, OUT),
        // With a leading period: what is below, and when excluded the host as well.
        (".example.com", "a.example.com", OK, OUT),
        (".example.com", "example.com", NOT, OUT),
        (".example.com", "*.example.com", OK, OUT),
        (".example.com", "a.example.org", NOT, OK),
        // All that a wildcard stands for has to be permitted, and nothing of it excluded.
        ("example.com", "*.example.com", OK, OUT),
        ("example.com", "*.a.example.com", OK, OUT),
        ("foo.example.com", "*.example.com", NOT, OUT),
        ("b.foo.example.com", "*.example.com", NOT, OK),
        ("example.org", "*.example.com", NOT, OK),
        // Names that cannot be read lie nowhere.
        ("example.com", ".example.com", MALFORMED, MALFORMED),
        ("example.com", "example.com.", MALFORMED, MALFORMED),
        ("example.com", "a*.example.com", MALFORMED, MALFORMED),
        ("example.com", "a.*.example.com", MALFORMED, MALFORMED),
        ("example.com", "", MALFORMED, MALFORMED),
        ("example.com", "a example.com", MALFORMED, MALFORMED),
        ("example.com", "xn--é.example.com", MALFORMED, MALFORMED),
        // Nor do constraints.
        ("*.example.com", "a.example.com", UNSUPPORTED, UNSUPPORTED),
        ("example.com.", "example.com", UNSUPPORTED, UNSUPPORTED),
        (".", "example.com", UNSUPPORTED, UNSUPPORTED),
        ("..example.com", "a.example.com", UNSUPPORTED, UNSUPPORTED),
    ] {
        constrain(&dns(base), &dns(name), permitted, excluded);
    }
}

#[test]
fn addresses_are_compared_by_mailbox_host_or_domain() {
    for (base, name, permitted, excluded) in [
        ("edi@example.com", "edi@EXAMPLE.com", OK, OUT),
        ("edi@example.com", "\"edi\"@example.com", OK, OUT),
        ("edi@example.com", "as2@example.com", NOT, OK),
        ("edi@example.com", "edi@a.example.com", NOT, OK),
        // By the letter, case tells mailboxes apart; nobody delivers so.
        ("edi@example.com", "EDI@example.com", NOT, OUT),
        // An asterisk is a character.
        ("*@example.com", "*@example.com", OK, OUT),
        ("*@example.com", "edi@example.com", NOT, OK),
        ("example.com", "edi@Example.com", OK, OUT),
        ("example.com", "edi@a.example.com", NOT, OK),
        ("example.com", "\"a@other.org\"@example.com", OK, OUT),
        (".example.com", "edi@a.b.example.com", OK, OUT),
        (".example.com", "edi@example.com", NOT, OK),
        ("", "edi@example.com", OK, OUT),
        (
            "example.com",
            "edi@other.org@example.com",
            MALFORMED,
            MALFORMED,
        ),
        ("example.com", "example.com", MALFORMED, MALFORMED),
        ("example.com", "edi@", MALFORMED, MALFORMED),
        ("example.com", "edi@[192.0.2.1]", MALFORMED, MALFORMED),
        ("example.com", "Edi <edi@example.com>", MALFORMED, MALFORMED),
        ("example.com", "edi@example.com.", MALFORMED, MALFORMED),
        ("example.com", "édi@example.com", MALFORMED, MALFORMED),
        (
            "a@b@example.com",
            "edi@example.com",
            UNSUPPORTED,
            UNSUPPORTED,
        ),
        ("@example.com", "edi@example.com", UNSUPPORTED, UNSUPPORTED),
        ("192.0.2.1", "edi@example.com", UNSUPPORTED, UNSUPPORTED),
    ] {
        constrain(&email(base), &email(name), permitted, excluded);
    }
}

#[test]
fn addresses_beyond_ascii_are_held_against_the_constraints_for_all_addresses() {
    for (base, name, permitted, excluded) in [
        ("example.com", "zoë@example.com", OK, OUT),
        (".example.com", "zoë@a.example.com", OK, OUT),
        ("example.com", "zoë@example.org", NOT, OK),
        ("zoe@example.com", "zoë@example.com", NOT, OK),
        ("zoe@example.com", "zoe@example.com", OK, OUT),
        // RFC 9598 §3 has hosts in their form with `xn--`.
        ("example.com", "zoë@exämple.com", MALFORMED, MALFORMED),
    ] {
        constrain(
            &email(base),
            &GeneralName::utf8_email(name),
            permitted,
            excluded,
        );
    }
    let no_text = GeneralName::Other {
        type_id: der::asn1::ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.8.9").into(),
        value: vec![5, 0],
    };
    constrain(&email("example.com"), &no_text, MALFORMED, MALFORMED);
}

#[test]
fn addresses_in_the_subject_are_constrained_beside_alternative_names_too() {
    let leaf = |address: &str, names: &[GeneralName]| {
        let subject = Name::builder()
            .common_name("edi")
            .email_address(address)
            .build();
        let leaf = Template::leaf("").with_subject(subject.unwrap());
        if names.is_empty() {
            leaf
        } else {
            leaf.with_alternative_names(names)
        }
    };
    let constraints = permitting(&[email("example.com")]);
    let outside = [Reason::NameNotPermitted {
        name: "email:edi@example.org".into(),
        permitted: vec!["email:example.com".into()],
    }];
    let inside = email("edi@example.com");
    assert_eq!(judge(&constraints, leaf("edi@example.com", &[])), []);
    assert_eq!(judge(&constraints, leaf("edi@example.org", &[])), outside);
    assert_eq!(
        judge(&constraints, leaf("edi@example.org", &[inside])),
        outside
    );
}

#[test]
fn uris_are_compared_by_their_host() {
    for (base, name, permitted, excluded) in [
        (
            "as2.example.com",
            "https://as2.example.com/receive",
            OK,
            OUT,
        ),
        (
            "as2.example.com",
            "https://user:pw@AS2.example.com:4080?a#b",
            OK,
            OUT,
        ),
        ("example.com", "https://as2.example.com", NOT, OK),
        (".example.com", "https://as2.example.com", OK, OUT),
        (".example.com", "https://example.com", NOT, OK),
        ("", "https://as2.example.com", OK, OUT),
        (
            "example.com",
            "https://example.com@as2.example.org/",
            NOT,
            OK,
        ),
        // RFC 5280 refuses what has no host name.
        ("example.com", "urn:oid:1.2.3", MALFORMED, MALFORMED),
        ("example.com", "https://192.0.2.1/", MALFORMED, MALFORMED),
        (
            "example.com",
            "https://[2001:db8::1]/",
            MALFORMED,
            MALFORMED,
        ),
        ("example.com", "https://as2/", MALFORMED, MALFORMED),
        (
            "https://example.com",
            "https://example.com",
            UNSUPPORTED,
            UNSUPPORTED,
        ),
        ("192.0.2.1", "https://example.com", UNSUPPORTED, UNSUPPORTED),
        (
            "*.example.com",
            "https://as2.example.com",
            UNSUPPORTED,
            UNSUPPORTED,
        ),
    ] {
        constrain(&uri(base), &uri(name), permitted, excluded);
    }
}

#[test]
fn ip_addresses_are_compared_under_the_mask() {
    let v4 = |address: [u8; 4], mask: [u8; 4]| [address, mask].concat();
    let v6 = |prefix: u16, ones: u32| {
        let base = u128::from(prefix) << 112;
        let mask = u128::MAX.checked_shl(128 - ones).unwrap_or_default();
        [base.to_be_bytes(), mask.to_be_bytes()].concat()
    };
    let name = |address: &str| GeneralName::ip(address.parse().unwrap());
    let net = v4([192, 0, 2, 0], [255, 255, 255, 0]);
    for (base, name, permitted, excluded) in [
        (net.clone(), name("192.0.2.255"), OK, OUT),
        (net.clone(), name("192.0.3.0"), NOT, OK),
        (net.clone(), name("2001:db8::1"), NOT, OK),
        // What is excluded stays so when written as an IPv6 address.
        (net.clone(), name("::ffff:192.0.2.1"), NOT, OUT),
        // Bits beyond the mask say nothing.
        (
            v4([192, 0, 2, 7], [255, 255, 255, 0]),
            name("192.0.2.1"),
            OK,
            OUT,
        ),
        (v4([0; 4], [0; 4]), name("198.51.100.1"), OK, OUT),
        (v4([192, 0, 2, 1], [255; 4]), name("192.0.2.1"), OK, OUT),
        (v4([192, 0, 2, 1], [255; 4]), name("192.0.2.2"), NOT, OK),
        (v6(0x2001, 16), name("2001:db8::1"), OK, OUT),
        (v6(0x2001, 16), name("2002::1"), NOT, OK),
        (v6(0, 0), name("2002::1"), OK, OUT),
        (v6(0, 0), name("192.0.2.1"), NOT, OK),
        // Neither 4 nor 16 octets.
        (
            net.clone(),
            GeneralName::Ip(net.clone()),
            MALFORMED,
            MALFORMED,
        ),
        (
            net.clone(),
            GeneralName::Ip(Vec::new()),
            MALFORMED,
            MALFORMED,
        ),
        // Neither 8 nor 32.
        (
            vec![192, 0, 2, 0],
            name("192.0.2.1"),
            UNSUPPORTED,
            UNSUPPORTED,
        ),
        (vec![0; 16], name("2001:db8::1"), UNSUPPORTED, UNSUPPORTED),
        (vec![0; 9], name("192.0.2.1"), UNSUPPORTED, UNSUPPORTED),
        (Vec::new(), name("192.0.2.1"), UNSUPPORTED, UNSUPPORTED),
    ] {
        constrain(&GeneralName::Ip(base), &name, permitted, excluded);
    }
}

#[test]
fn directory_names_lie_below_a_name_that_matches_their_beginning() {
    for (base, subject, permitted, excluded) in [
        ("O=Acme,C=DE", "CN=as2,O=ACME,C=de", OK, OUT),
        ("O=Acme,C=DE", "O=Acme  ,C=DE", OK, OUT),
        ("O=Acme,C=DE", "CN=as2,O=Acme Two,C=DE", NOT, OK),
        ("O=Acme,C=DE", "C=DE", NOT, OK),
        ("O=Acme,C=DE", "O=Acme,C=DE,CN=x", NOT, OK),
    ] {
        let base = GeneralName::Directory(name(base));
        let leaf = Template::leaf("").with_subject(name(subject));
        assert_eq!(
            codes(&permitting(&[base.clone()]), leaf.clone()),
            permitted,
            "{subject}"
        );
        assert_eq!(
            codes(&excluding(&[base.clone()]), leaf),
            excluded,
            "{subject}"
        );
        // Among the alternative names as well, where the subject says nothing.
        let alternative = GeneralName::Directory(name(subject));
        constrain(&base, &alternative, permitted, excluded);
    }
    // A name of no part at all lies above everything.
    let all = GeneralName::Directory(common::name(""));
    assert_eq!(
        codes(&permitting(&[all.clone()]), Template::leaf("as2")),
        OK
    );
    assert_eq!(codes(&excluding(&[all]), Template::leaf("as2")), OUT);
}

#[test]
fn an_empty_subject_is_no_directory_name() {
    let base = GeneralName::Directory(name("O=Acme"));
    let host = dns("as2.example.com");
    let nobody = Template::leaf("").with_alternative_names(&[host]);
    assert_eq!(codes(&permitting(&[base]), nobody), OK);
}

#[test]
fn constraints_say_nothing_of_names_of_other_kinds() {
    let bases = [
        dns("example.com"),
        email("example.com"),
        uri("example.com"),
        GeneralName::Ip(vec![0; 8]),
        GeneralName::RegisteredId(oid("1.2.3")),
        other_name("1.2.3"),
    ];
    let names = [
        dns("as2.example.org"),
        email("edi@example.org"),
        uri("https://as2.example.org"),
        GeneralName::ip("2001:db8::1".parse().unwrap()),
        GeneralName::RegisteredId(oid("1.2.3")),
        other_name("1.2.4"),
    ];
    for (index, base) in bases.iter().enumerate() {
        for (other, name) in names.iter().enumerate() {
            let leaf = Template::leaf("as2").with_alternative_names(&[name.clone()]);
            let expected = match (index == other, index) {
                (false, _) => OK,
                (true, 0..=3) => NOT,
                (true, _) => UNSUPPORTED,
            };
            assert_eq!(
                codes(&permitting(&[base.clone()]), leaf),
                expected,
                "{base} {name}"
            );
        }
    }
}

#[test]
fn constraints_that_are_not_served_fail_names_of_their_kind_alone() {
    for (base, name) in [
        (other_name("1.2.3"), other_name("1.2.3")),
        (
            GeneralName::RegisteredId(oid("1.2")),
            GeneralName::RegisteredId(oid("1.2.3")),
        ),
        (
            GeneralName::X400(vec![0x30, 0]),
            GeneralName::X400(vec![0x30, 0]),
        ),
        (
            GeneralName::EdiParty(vec![0xa1, 0]),
            GeneralName::EdiParty(vec![0xa1, 0]),
        ),
    ] {
        let leaf = Template::leaf("as2").with_alternative_names(&[name]);
        let unsupported = [Reason::NameConstraintUnsupported {
            constraint: base.to_string(),
        }];
        assert_eq!(
            judge(&permitting(&[base.clone()]), leaf.clone()),
            unsupported
        );
        assert_eq!(judge(&excluding(&[base.clone()]), leaf), unsupported);
        let host = Template::leaf("as2").with_alternative_names(&[dns("as2.example.com")]);
        assert_eq!(judge(&excluding(&[base]), host), []);
    }
}

#[test]
fn distances_are_not_served() {
    for (minimum, maximum, shown) in [
        (1, None, "dns:example.com, minimum 1"),
        (0, Some(3), "dns:example.com, maximum 3"),
        (1, Some(2), "dns:example.com, minimum 1, maximum 2"),
    ] {
        let subtree = GeneralSubtree {
            base: dns("example.com"),
            minimum,
            maximum,
        };
        let constraints = NameConstraints {
            permitted: vec![subtree],
            excluded: Vec::new(),
        };
        let leaf = Template::leaf("as2").with_alternative_names(&[dns("as2.example.com")]);
        assert_eq!(
            judge(&constraints, leaf),
            [Reason::NameConstraintUnsupported {
                constraint: shown.into()
            }]
        );
        assert_eq!(judge(&constraints, Template::leaf("as2")), []);
    }
}

#[test]
fn what_is_permitted_narrows_from_authority_to_authority() {
    let root = Authority::root("Acme Root");
    let judged = |first: &[GeneralName], second: &[GeneralName], host: &str| {
        let first = root.issue(authority("First", &permitting(first)));
        let second = first.issue(authority("Second", &permitting(second)));
        let leaf = second.issue(Template::leaf("as2").with_alternative_names(&[dns(host)]));
        let stores = TestStores::new()
            .root(&root)
            .certificates(&[&first, &second]);
        reasons(&stores, &leaf)
    };
    let (wide, narrow) = (dns("example.com"), dns("a.example.com"));
    assert_eq!(
        judged(&[wide.clone()], &[narrow.clone()], "x.a.example.com"),
        []
    );
    assert_eq!(
        judged(&[wide.clone()], &[narrow.clone()], "x.example.com"),
        [not_permitted("dns:x.example.com", "dns:a.example.com")]
    );
    // A wider one below changes nothing.
    assert_eq!(
        judged(&[narrow.clone()], &[wide.clone()], "x.example.com"),
        [not_permitted("dns:x.example.com", "dns:a.example.com")]
    );
    // Nothing in common permits nothing; it does not permit everything.
    let other = dns("example.org");
    for host in ["x.example.com", "x.example.org", "x.example.net"] {
        let first = not_permitted(&format!("dns:{host}"), "dns:example.com");
        let second = not_permitted(&format!("dns:{host}"), "dns:example.org");
        let expected = if host == "x.example.com" {
            second
        } else {
            first
        };
        assert_eq!(judged(&[wide.clone()], &[other.clone()], host), [expected]);
    }
    // Another kind is another matter.
    assert_eq!(
        judged(&[wide], &[email("example.org")], "x.example.com"),
        []
    );
}

#[test]
fn constraints_of_the_root_hold_and_those_of_the_leaf_do_not() {
    let root = Authority::self_signed(&authority("Acme Root", &permitting(&[dns("example.com")])));
    let leaf = |host: &str| Template::leaf("as2").with_alternative_names(&[dns(host)]);
    let stores = TestStores::new().root(&root);
    let inside = root.issue(leaf("as2.example.com"));
    assert_eq!(reasons(&stores, &inside), []);
    assert_eq!(
        reasons(&stores, &root.issue(leaf("as2.example.org"))),
        [not_permitted("dns:as2.example.org", "dns:example.com")]
    );
    // Its own constraints are for what it issues.
    let of_leaf = leaf("as2.example.com").with(critical(&excluding(&[dns("example.com")])));
    assert_eq!(reasons(&stores, &root.issue(of_leaf)), []);
}

#[test]
fn names_of_authorities_are_constrained_unless_they_are_self_issued() {
    let root = Authority::root("Acme Root");
    let first = root.issue(authority("First", &permitting(&[dns("example.com")])));
    let outside = |common_name: &str| {
        Template::authority(common_name).with_alternative_names(&[dns("ca.example.org")])
    };
    let second = first.issue(outside("Second"));
    let renewed = first.issue(outside("First"));
    let host = [dns("as2.example.com")];
    let leaf = Template::leaf("as2").with_alternative_names(&host);
    let stores = TestStores::new()
        .root(&root)
        .certificates(&[&first, &second, &renewed]);
    assert_eq!(
        reasons(&stores, &second.issue(leaf.clone())),
        [not_permitted("dns:ca.example.org", "dns:example.com")]
    );
    assert_eq!(reasons(&stores, &renewed.issue(leaf)), []);
    // As the last of a path it is constrained like any other.
    assert_eq!(
        reasons(&stores, &renewed),
        [not_permitted("dns:ca.example.org", "dns:example.com")]
    );
}

#[test]
fn a_finding_stands_at_the_certificate_that_carries_the_name() {
    let root = Authority::self_signed(&authority("Acme Root", &excluding(&[dns("example.org")])));
    let bad = Template::authority("Second").with_alternative_names(&[dns("ca.example.org")]);
    let second = root.issue(bad);
    let leaf = second.leaf("as2");
    let stores = TestStores::new().root(&root).certificate(&second);
    let policy = policy();
    let report = evaluator(&stores, &policy).evaluate(&Question::new(&leaf.certificate, now()));
    let places: Vec<_> = report
        .reasons()
        .map(|finding| finding.place.as_ref().map(|place| place.index))
        .collect();
    assert_eq!(places, [Some(1)]);
}

#[test]
fn an_extension_that_constrains_nothing_is_malformed() {
    let leaf = Template::leaf("as2");
    assert_eq!(
        judge(&NameConstraints::default(), leaf),
        [Reason::MalformedExtension {
            oid: NameConstraints::OID.into()
        }]
    );
}

#[test]
fn a_common_name_like_a_host_is_constrained_where_nothing_else_names_the_leaf() {
    let constraints = excluding(&[dns("example.org")]);
    let named = |common_name: &str| Template::leaf(common_name);
    assert_eq!(codes(&constraints, named("as2.example.org")), OUT);
    assert_eq!(codes(&constraints, named("*.example.org")), OUT);
    assert_eq!(codes(&constraints, named("as2.example.com")), OK);
    for common_name in [
        "Acme AS2",
        "acme",
        "as2.example.org (test)",
        "acme-.as2",
        "-.acme",
    ] {
        assert_eq!(
            codes(&permitting(&[dns("example.com")]), named(common_name)),
            OK
        );
    }
    let with_name = named("as2.example.org").with_alternative_names(&[dns("as2.example.com")]);
    assert_eq!(codes(&constraints, with_name), OK);
    // An extension without a name in it names nothing either.
    let with_none = named("as2.example.org").with_alternative_names(&[]);
    assert_eq!(codes(&constraints, with_none), OUT);
    // OpenSSL falls back on it beside names of other kinds, too.
    let addresses = [
        email("edi@example.com"),
        GeneralName::Ip(vec![192, 0, 2, 1]),
    ];
    let with_addresses = named("as2.example.org").with_alternative_names(&addresses);
    assert_eq!(codes(&constraints, with_addresses), OUT);
    let is_authority = Template::authority("ca.example.org");
    assert_eq!(codes(&constraints, is_authority), OK);
}

#[test]
fn a_host_is_found_among_the_host_names_alone() {
    for (carried, asked, found) in [
        ("as2.example.com", "as2.example.com", true),
        ("AS2.example.COM", "as2.Example.com", true),
        ("as2.example.com", "as2.example.com.", true),
        ("as2.example.com", "as2.example.com..", false),
        ("as2.example.com.", "as2.example.com", false),
        ("edi_1.example.com", "edi_1.example.com", true),
        ("*.example.com", "as2.example.com", true),
        ("*.example.com", "xn--zo-kla.example.com", true),
        ("*.example.com", "example.com", false),
        ("*.example.com", "a.as2.example.com", false),
        ("*.example.com", "*.example.com", false),
        ("a*.example.com", "as2.example.com", false),
        ("*2.example.com", "as2.example.com", false),
        ("as2.*.com", "as2.example.com", false),
        ("*.*.com", "as2.example.com", false),
        ("xn--*.example.com", "xn--a.example.com", false),
        ("*.com", "example.com", false),
        ("*", "com", false),
        ("*", "localhost", false),
        ("localhost", "localhost", true),
        ("example.com", "as2.example.com", false),
        ("as2.example.com", "", false),
        ("", "", false),
        ("as2.example.com", ".", false),
        // A number is an address, and an address is no host.
        ("192.0.2.1", "192.0.2.1", false),
        ("*.0.2.1", "192.0.2.1", false),
        ("2001:db8::1", "2001:db8::1", false),
    ] {
        let leaf = Template::leaf("as2.example.com").with_alternative_names(&[dns(carried)]);
        let asked = ReferenceName::Dns(asked.to_owned());
        assert_eq!(carries(leaf, &asked), found, "{carried} {asked}");
    }
    // Neither the common name nor a name of another kind is a host, whether there are host names or not.
    let asked = ReferenceName::Dns("as2.example.com".into());
    for names in [
        vec![],
        vec![email("edi@as2.example.com"), uri("https://as2.example.com")],
    ] {
        let leaf = Template::leaf("as2.example.com");
        let leaf = if names.is_empty() {
            leaf
        } else {
            leaf.with_alternative_names(&names)
        };
        assert!(!carries(leaf, &asked));
    }
}

#[test]
fn an_address_is_found_among_the_addresses_alone() {
    let ip = |text: &str| text.parse::<IpAddr>().unwrap();
    for (carried, asked, found) in [
        (GeneralName::ip(ip("192.0.2.1")), "192.0.2.1", true),
        (GeneralName::ip(ip("192.0.2.1")), "192.0.2.2", false),
        (GeneralName::ip(ip("192.0.2.1")), "::ffff:192.0.2.1", false),
        (GeneralName::ip(ip("2001:db8::1")), "2001:db8:0::1", true),
        (dns("192.0.2.1"), "192.0.2.1", false),
        (
            GeneralName::Ip(vec![192, 0, 2, 1, 255, 255, 255, 255]),
            "192.0.2.1",
            false,
        ),
        (GeneralName::Ip(Vec::new()), "192.0.2.1", false),
    ] {
        let leaf = Template::leaf("192.0.2.1").with_alternative_names(&[carried.clone()]);
        let asked = ReferenceName::Ip(ip(asked));
        assert_eq!(carries(leaf, &asked), found, "{carried} {asked}");
    }
}

#[test]
fn an_e_mail_address_is_found_in_both_places_whatever_its_case() {
    let subject = Name::builder()
        .common_name("edi")
        .email_address("Old@example.com")
        .build();
    let leaf = Template::leaf("")
        .with_subject(subject.unwrap())
        .with_alternative_names(&[
            email("Edi@Example.com"),
            GeneralName::utf8_email("zoë@example.com"),
        ]);
    for (asked, found) in [
        ("edi@example.com", true),
        (" EDI@EXAMPLE.COM ", true),
        ("old@example.com", true),
        ("zoë@example.com", true),
        ("Zoë@EXAMPLE.com", true),
        ("zoe@example.com", false),
        ("edi+tag@example.com", false),
        ("edi@a.example.com", false),
        ("example.com", false),
        ("@example.com", false),
        ("", false),
    ] {
        let asked = ReferenceName::Email(asked.to_owned());
        assert_eq!(carries(leaf.clone(), &asked), found, "{asked}");
    }
    // A Kelvin sign is no k.
    let kelvin = Template::leaf("k")
        .with_alternative_names(&[GeneralName::utf8_email("\u{212a}@example.com")]);
    assert!(!carries(
        kelvin,
        &ReferenceName::Email("k@example.com".into())
    ));
}

#[test]
fn a_mismatch_says_what_was_asked_and_what_is_there() {
    let root = Authority::root("Acme Root");
    let leaf = root.issue(Template::leaf("as2").with_alternative_names(&[
        dns("as2.example.com"),
        dns("*.example.org"),
        email("edi@example.com"),
    ]));
    let stores = TestStores::new().root(&root);
    assert_eq!(
        mismatch(&stores, &leaf, ReferenceName::Dns("as2.example.net".into())),
        Reason::NameMismatch {
            asked: "dns:as2.example.net".into(),
            found: vec!["dns:as2.example.com".into(), "dns:*.example.org".into()],
        }
    );
    assert_eq!(
        mismatch(
            &stores,
            &leaf,
            ReferenceName::Ip("192.0.2.1".parse().unwrap())
        ),
        Reason::NameMismatch {
            asked: "ip:192.0.2.1".into(),
            found: Vec::new(),
        }
    );
    assert_eq!(
        mismatch(
            &stores,
            &leaf,
            ReferenceName::Email("as2@example.com".into())
        ),
        Reason::NameMismatch {
            asked: "email:as2@example.com".into(),
            found: vec!["email:edi@example.com".into()],
        }
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn hosts_are_constrained_as_a_comparison_of_their_texts_says(
        bases in vec("([ab]\\.){0,2}[ab]", 1..4),
        name in "(\\*\\.)?([abAB]\\.){0,3}[ab]",
    ) {
        // All that the name stands for, as far as the constraints can tell it apart.
        let hosts: Vec<String> = match name.strip_prefix("*.") {
            Some(parent) => ["a", "b", "c"].iter().map(|label| format!("{label}.{parent}")).collect(),
            None => vec![name.clone()],
        };
        let is_below = |host: &String| {
            let host = format!(".{}", host.to_lowercase());
            bases.iter().any(|base| host.ends_with(&format!(".{base}")))
        };
        let bases: Vec<GeneralName> = bases.iter().map(|base| dns(base)).collect();
        let leaf = Template::leaf("").with_alternative_names(&[dns(&name)]);
        let permitted = codes(&permitting(&bases), leaf.clone());
        prop_assert_eq!(permitted.is_empty(), hosts.iter().all(is_below));
        let excluded = codes(&excluding(&bases), leaf);
        prop_assert_eq!(excluded.is_empty(), !hosts.iter().any(is_below));
    }

    #[test]
    fn constraints_only_ever_take_away(
        permitted in vec(any_name(), 0..4),
        excluded in vec(any_name(), 0..4),
        names in vec(any_name(), 1..4),
    ) {
        let leaf = Template::leaf("acme as2").with_alternative_names(&names);
        let is_good = |permitted: &[GeneralName], excluded: &[GeneralName]| {
            let constraints = NameConstraints {
                permitted: permitting(permitted).permitted,
                excluded: excluding(excluded).excluded,
            };
            (permitted.is_empty() && excluded.is_empty()) || codes(&constraints, leaf.clone()).is_empty()
        };
        prop_assert_eq!(
            is_good(&permitted, &excluded),
            is_good(&permitted, &[]) && is_good(&[], &excluded)
        );
        // A name that is permitted and excluded is excluded.
        prop_assert!(!is_good(&names, &names));
    }
}

/// Names of every kind, many of them malformed.
fn any_name() -> impl Strategy<Value = GeneralName> {
    let text = "(\\*\\.|\\.|[ab]@|https://)?([ab]\\.)?[ab](\\.)?";
    prop_oneof![
        text.prop_map(|text| dns(&text)),
        text.prop_map(|text| email(&text)),
        text.prop_map(|text| uri(&text)),
        vec(prop_oneof![Just(0), Just(255), Just(192)], 0..9).prop_map(GeneralName::Ip),
        Just(GeneralName::Directory(name("O=Acme"))),
        Just(other_name("1.2.3")),
        Just(GeneralName::RegisteredId(oid("1.2.3"))),
    ]
}

/// Holds a leaf of this name against this subtree: permitted, and excluded.
fn constrain(base: &GeneralName, name: &GeneralName, permitted: &[&str], excluded: &[&str]) {
    let nobody = Template::leaf("").with_alternative_names(core::slice::from_ref(name));
    let permitting = permitting(core::slice::from_ref(base));
    let excluding = excluding(core::slice::from_ref(base));
    assert_eq!(
        codes(&permitting, nobody.clone()),
        permitted,
        "permitted {base}, {name}"
    );
    assert_eq!(
        codes(&excluding, nobody),
        excluded,
        "excluded {base}, {name}"
    );
}

fn codes(constraints: &NameConstraints, leaf: Template) -> Vec<&'static str> {
    judge(constraints, leaf).iter().map(Reason::code).collect()
}

/// What speaks against a leaf below an authority with these constraints.
fn judge(constraints: &NameConstraints, leaf: Template) -> Vec<Reason> {
    let root = Authority::root("Acme Root");
    let issuing = root.issue(authority("Acme Issuing", constraints));
    let leaf = issuing.issue(leaf);
    let stores = TestStores::new().root(&root).certificate(&issuing);
    reasons(&stores, &leaf)
}

fn reasons(stores: &TestStores, leaf: &Authority) -> Vec<Reason> {
    let policy = policy();
    let report = evaluator(stores, &policy).evaluate(&Question::new(&leaf.certificate, now()));
    assert_eq!(
        report.trusted().is_some(),
        report.reasons().next().is_none()
    );
    report
        .reasons()
        .map(|finding| finding.reason.clone())
        .collect()
}

/// Whether a leaf, otherwise good, is good under this name.
fn carries(leaf: Template, asked: &ReferenceName) -> bool {
    let root = Authority::root("Acme Root");
    let leaf = root.issue(leaf);
    let stores = TestStores::new().root(&root);
    assert_eq!(reasons(&stores, &leaf), []);
    let policy = policy();
    let question = Question::new(&leaf.certificate, now()).with_name(asked.clone());
    let report = evaluator(&stores, &policy).evaluate(&question);
    let codes: Vec<_> = report
        .reasons()
        .map(|finding| finding.reason.code())
        .collect();
    assert!(codes.is_empty() || codes == ["name-mismatch"], "{codes:?}");
    report.trusted().is_some()
}

fn mismatch(stores: &TestStores, leaf: &Authority, asked: ReferenceName) -> Reason {
    let policy = policy();
    let question = Question::new(&leaf.certificate, now()).with_name(asked);
    let report = evaluator(stores, &policy).evaluate(&question);
    assert!(report.trusted().is_none());
    report.reasons().next().unwrap().reason.clone()
}

fn not_permitted(name: &str, permitted: &str) -> Reason {
    Reason::NameNotPermitted {
        name: name.into(),
        permitted: vec![permitted.into()],
    }
}

fn authority(common_name: &str, constraints: &NameConstraints) -> Template {
    Template::authority(common_name)
        .with(critical(&BasicConstraints::authority(None)))
        .with(critical(constraints))
}

fn other_name(type_id: &str) -> GeneralName {
    GeneralName::Other {
        type_id: oid(type_id),
        value: vec![5, 0],
    }
}

fn oid(text: &str) -> rollcert_pki::Oid {
    der::asn1::ObjectIdentifier::new_unwrap(text).into()
}

/// A name in the order in which people write it: the most specific part first.
fn name(text: &str) -> Name {
    let text = Name::parse(text).unwrap();
    text.to_name(NameOrder::MostSpecificFirst).unwrap()
}

const OK: &[&str] = &[];
const NOT: &[&str] = &["name-not-permitted"];
const OUT: &[&str] = &["name-excluded"];
const MALFORMED: &[&str] = &["name-malformed"];
const UNSUPPORTED: &[&str] = &["name-constraint-unsupported"];
