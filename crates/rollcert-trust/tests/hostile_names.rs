//! Hostile names: numbers 7 to 9 and 31 to 39 of the list of hostile inputs. (Number 40, policies: `policies.rs`.)

#![allow(clippy::unwrap_used, reason = "tests panic")]
#![allow(
    clippy::cloned_ref_to_slice_refs,
    reason = "a list of one reads better as a list"
)]

use rollcert_pki::asn1::{encode, tag};
use rollcert_pki::extension::{
    Criticality, EncodedExtension, ExtensionValue, GeneralName, NameConstraints,
    SubjectAlternativeName,
};
use rollcert_pki::{Name, Oid};
use rollcert_trust::{Limits, Question, Reason, ReferenceName, Step};

mod common;

use common::names::{dns, email, excluding, permitting, uri};
use common::{Authority, Template, TestStores, critical, evaluator, now, policy};

#[test]
fn hostile_07_a_nul_ends_no_name() {
    let host = "as2.example.com";
    for carried in [
        "as2.example.com\0.evil.example",
        "as2.example.com\0",
        "\0as2.example.com",
        "*.example.com\0",
    ] {
        let leaf = leaf(&[dns(carried)]);
        assert_eq!(
            asked(&leaf, ReferenceName::Dns(host.into())),
            ["name-mismatch"],
            "{carried:?}"
        );
        let twin = ReferenceName::Dns(carried.into());
        assert_eq!(asked(&leaf, twin), ["name-mismatch"], "{carried:?}");
        assert_eq!(
            judge(&permitting(&[dns("example.com")]), leaf.clone()),
            ["name-malformed"]
        );
        assert_eq!(
            judge(&excluding(&[dns("example.org")]), leaf),
            ["name-malformed"]
        );
    }
    let leaf = leaf(&[
        email("edi@example.com\0.evil.example"),
        email("edi\0@example.com"),
    ]);
    assert_eq!(
        asked(&leaf, ReferenceName::Email("edi@example.com".into())),
        ["name-mismatch"]
    );
    assert_eq!(
        judge(&permitting(&[email("example.com")]), leaf),
        ["name-malformed"; 2]
    );
    // Nor does one in a directory name.
    let bad = named(tag::UTF8_STRING, b"Acme\0");
    let base = GeneralName::Directory(named(tag::UTF8_STRING, b"Acme"));
    assert_eq!(
        judge(&permitting(&[base]), Template::leaf("").with_subject(bad)),
        ["name-not-permitted"]
    );
    // What is shown has it escaped.
    let constraint = permitting(&[dns("example.com")]);
    let leaf = Template::leaf("").with_alternative_names(&[dns("a\0\n\u{1b}[2Jb")]);
    let shown = Reason::NameMalformed {
        name: "dns:a\\u{0}\\u{a}\\u{1b}[2Jb".into(),
    };
    assert_eq!(reasons(&constraint, leaf), [shown]);
}

#[test]
fn hostile_08_the_string_type_of_a_name_neither_evades_nor_breaks() {
    let bmp = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_be_bytes).collect() };
    let universal = |text: &str| -> Vec<u8> {
        text.chars()
            .flat_map(|character| u32::from(character).to_be_bytes())
            .collect()
    };
    let base = GeneralName::Directory(named(tag::UTF8_STRING, b"Acme"));
    for (string, content) in [
        (tag::UTF8_STRING, b"ACME".to_vec()),
        (0x13, b"acme".to_vec()),
        (0x14, b"Acme".to_vec()),
        (0x16, b" Acme ".to_vec()),
        (0x1e, bmp("Acme")),
        (0x1c, universal("Acme")),
    ] {
        let leaf = Template::leaf("").with_subject(named(string, &content));
        assert_eq!(
            judge(&excluding(&[base.clone()]), leaf),
            ["name-excluded"],
            "{string:02x}"
        );
    }
    // What does not fit its type is text of no kind, and so within nothing.
    for (string, content) in [
        (0x1e, &b"\0A\0"[..]),
        (0x1c, b"\0\x11\0\0"),
        (tag::UTF8_STRING, b"Acme\xff"),
        (0x05, b""),
    ] {
        let leaf = Template::leaf("").with_subject(named(string, content));
        assert_eq!(
            judge(&permitting(&[base.clone()]), leaf),
            ["name-not-permitted"],
            "{string:02x}"
        );
    }
    // An e-mail address in the subject may have any type of string, and what is no string is no address.
    let addressed = |string: u8, content: &[u8]| {
        let email_address = encode(tag::OBJECT_IDENTIFIER, &[EMAIL_ADDRESS]);
        Template::leaf("").with_subject(name_of(&email_address, string, content))
    };
    let inside = permitting(&[email("example.com")]);
    for (string, content, expected) in [
        (0x16, b"edi@example.com".to_vec(), &[][..]),
        (0x1e, bmp("edi@example.com"), &[]),
        (0x1e, bmp("edi@example.org"), &["name-not-permitted"]),
        (0x1e, b"\0e\0".to_vec(), &["name-malformed"]),
        (
            tag::OCTET_STRING,
            b"edi@example.com".to_vec(),
            &["name-malformed"],
        ),
    ] {
        assert_eq!(
            judge(&inside, addressed(string, &content)),
            expected,
            "{string:02x}"
        );
    }
}

#[test]
fn hostile_09_names_of_rare_kinds_are_never_taken_for_others() {
    let x400 = GeneralName::X400(encode(tag::SEQUENCE, &[]));
    let party = GeneralName::EdiParty(encode(0xa1, &[&encode(tag::UTF8_STRING, &[b"Acme"])]));
    for name in [x400, party] {
        let leaf = leaf(core::slice::from_ref(&name));
        for constraints in [permitting(&[name.clone()]), excluding(&[name.clone()])] {
            assert_eq!(
                judge(&constraints, leaf.clone()),
                ["name-constraint-unsupported"]
            );
        }
        let others = permitting(&[
            dns("example.com"),
            email("example.com"),
            GeneralName::Ip(vec![0; 8]),
        ]);
        assert_eq!(judge(&others, leaf), [""; 0]);
    }
    // With the wrong kind of tag they are nothing at all.
    for octets in [
        &[0x83, 1, 0][..],
        &[0x85, 1, 0],
        &[0xa2, 1, 0],
        &[0x89, 1, 0],
        &[0xa4, 2, 5, 0],
    ] {
        let value = encode(tag::SEQUENCE, &[octets]);
        let names =
            EncodedExtension::new(SubjectAlternativeName::OID, Criticality::NotCritical, value);
        let leaf = Template::leaf("as2").with(names);
        assert_eq!(
            judge(&excluding(&[dns("example.com")]), leaf),
            ["malformed-extension"]
        );
    }
}

#[test]
fn hostile_31_labels_in_punycode_are_never_decoded() {
    let long = format!("xn--{}.example.com", "a9".repeat(29));
    let longer = format!("xn--{}.example.com", "9".repeat(60));
    let constraints = permitting(&[
        dns("example.com"),
        email("example.com"),
        email(".example.com"),
    ]);
    let leaf = Template::leaf("").with_alternative_names(&[
        dns(&long),
        email(&format!("edi@{long}")),
        GeneralName::utf8_email(&format!("zoë@{long}")),
    ]);
    assert_eq!(judge(&constraints, leaf), [""; 0]);
    // Beyond 63 octets it is no label.
    let leaf =
        Template::leaf("").with_alternative_names(&[dns(&longer), email(&format!("edi@{longer}"))]);
    assert_eq!(judge(&constraints, leaf), ["name-malformed"; 2]);
    // The form with `xn--` and the form without are two names.
    let bare = Template::leaf("").with_alternative_names(&[dns("xn--exmple-cua.com")]);
    let asked_for = ReferenceName::Dns("exämple.com".into());
    assert_eq!(asked(&bare, asked_for), ["name-mismatch"]);
}

#[test]
fn hostile_32_many_names_times_many_constraints_exhaust_the_budget() {
    let exhausted = [Reason::BudgetExhausted {
        step: Step::NameComparisons,
        limit: Limits::DEFAULT.name_comparisons,
    }];
    let bases: Vec<GeneralName> = (0..2_000)
        .map(|number| dns(&format!("x{number}.test")))
        .collect();
    let names: Vec<GeneralName> = (0..2_000)
        .map(|number| dns(&format!("t{number}.test")))
        .collect();
    let leaf = Template::leaf("").with_alternative_names(&names);
    assert_eq!(reasons(&excluding(&bases), leaf.clone()), exhausted);
    let mut permitted = bases.clone();
    permitted.push(dns("test"));
    assert_eq!(reasons(&permitting(&permitted), leaf), exhausted);
    // E-mail addresses and directory names alike.
    let addresses: Vec<GeneralName> = (0..1_100)
        .map(|number| email(&format!("a{number}@a.test")))
        .collect();
    let leaf = Template::leaf("").with_alternative_names(&addresses);
    assert_eq!(reasons(&excluding(&addresses), leaf.clone()).len(), 16);
    let others: Vec<GeneralName> = (0..1_100)
        .map(|number| email(&format!("b{number}@a.test")))
        .collect();
    assert_eq!(reasons(&excluding(&others), leaf), exhausted);
    // What an issuer may well do is far below.
    let few: Vec<GeneralName> = bases.into_iter().take(50).collect();
    let leaf = Template::leaf("").with_alternative_names(&names);
    assert_eq!(reasons(&excluding(&few), leaf), []);
}

#[test]
fn hostile_33_no_wildcard_leads_past_a_constraint() {
    // CVE-2025-61727: one of its hosts is excluded. And the variant: one of its hosts alone is permitted.
    for wildcard in ["*.example.com", "*.EXAMPLE.com"] {
        let leaf = Template::leaf("").with_alternative_names(&[dns(wildcard)]);
        assert_eq!(
            judge(&excluding(&[dns("foo.example.com")]), leaf.clone()),
            ["name-excluded"]
        );
        assert_eq!(
            judge(&permitting(&[dns("foo.example.com")]), leaf.clone()),
            ["name-not-permitted"]
        );
        // What it stands for is below both: the fix for one must not break the other.
        assert_eq!(
            judge(&permitting(&[dns("example.com")]), leaf.clone()),
            [""; 0]
        );
        assert_eq!(
            judge(&excluding(&[dns("bar.foo.example.com")]), leaf.clone()),
            [""; 0]
        );
        assert_eq!(judge(&excluding(&[dns("foo.example.org")]), leaf), [""; 0]);
    }
    // The whole of a top-level domain, and of the world.
    let leaf = Template::leaf("").with_alternative_names(&[dns("*.com")]);
    assert_eq!(
        judge(&excluding(&[dns("example.com")]), leaf),
        ["name-excluded"]
    );
    let leaf = Template::leaf("").with_alternative_names(&[dns("*")]);
    assert_eq!(
        judge(&excluding(&[dns("example.com")]), leaf),
        ["name-malformed"]
    );
}

#[test]
fn hostile_34_uris_are_constrained_and_not_the_other_way_round() {
    let inside = permitting(&[uri("as2.example.com")]);
    let outside = excluding(&[uri("as2.example.com")]);
    for (name, permitted, excluded) in [
        ("https://as2.example.com/", "", "name-excluded"),
        ("https://other.example.com/", "name-not-permitted", ""),
        (
            "https://[fe80::1%25as2.example.com]/",
            "name-malformed",
            "name-malformed",
        ),
        (
            "https://as2.example.com@evil.example/",
            "name-not-permitted",
            "",
        ),
        (
            "https://evil.example\\@as2.example.com/",
            "name-malformed",
            "name-malformed",
        ),
        (
            "https://evil.example#@as2.example.com/",
            "name-not-permitted",
            "",
        ),
        (
            "https://evil.example?@as2.example.com/",
            "name-not-permitted",
            "",
        ),
        ("https:as2.example.com", "name-malformed", "name-malformed"),
        (
            "https://%61s2.example.com/",
            "name-malformed",
            "name-malformed",
        ),
    ] {
        let leaf = leaf(&[uri(name)]);
        let expected =
            |code: &'static str| Vec::from_iter(Some(code).filter(|code| !code.is_empty()));
        assert_eq!(judge(&inside, leaf.clone()), expected(permitted), "{name}");
        assert_eq!(judge(&outside, leaf), expected(excluded), "{name}");
    }
}

#[test]
fn hostile_35_case_evades_nothing_and_an_empty_intersection_permits_nothing() {
    let leaf = leaf(&[
        dns("AS2.EXAMPLE.COM"),
        email("EDI@EXAMPLE.COM"),
        uri("HTTPS://AS2.EXAMPLE.COM"),
    ]);
    let excluded = excluding(&[
        dns("example.com"),
        email("example.com"),
        uri("as2.example.com"),
    ]);
    assert_eq!(judge(&excluded, leaf.clone()), ["name-excluded"; 3]);
    assert_eq!(
        judge(&excluding(&[email("edi@example.com")]), leaf),
        ["name-excluded"]
    );
    let subject = Name::builder().organization("ACME").build().unwrap();
    let base = Name::builder().organization("acme").build().unwrap();
    let leaf = Template::leaf("").with_subject(subject);
    assert_eq!(judge(&excluding(&[base.into()]), leaf), ["name-excluded"]);

    let root = Authority::root("Acme Root");
    let constrained = |name: &str, base: &str| {
        Template::authority(name).with(critical(&permitting(&[dns(base)])))
    };
    let first = root.issue(constrained("First", "a.example"));
    let second = first.issue(constrained("Second", "b.example"));
    let stores = TestStores::new()
        .root(&root)
        .certificates(&[&first, &second]);
    for host in ["a.example", "b.example", "c.example"] {
        let leaf = second.issue(Template::leaf("").with_alternative_names(&[dns(host)]));
        assert_eq!(
            codes(&stores, &leaf, None),
            ["name-not-permitted"],
            "{host}"
        );
    }
}

#[test]
fn hostile_36_malformed_e_mail_names_and_constraints_fail_and_panic_never() {
    for text in [
        "",
        "@",
        "a@",
        "@a",
        "a@b@c",
        "\"",
        "\"\\",
        "\"a\"",
        "\"a\"@",
        "a@.",
        ".",
        "..",
        "a@\u{e9}",
        "\u{7f}@a.b",
        "a@b..c",
    ] {
        let name = email(text);
        let leaf = leaf(core::slice::from_ref(&name));
        assert_eq!(
            judge(&excluding(&[email("example.com")]), leaf),
            ["name-malformed"],
            "{text:?}"
        );
        if !text.is_empty() {
            let leaf = Template::leaf("").with_alternative_names(&[email("edi@example.com")]);
            assert_eq!(
                judge(&excluding(&[name]), leaf),
                ["name-constraint-unsupported"],
                "{text:?}"
            );
        }
    }
    // An asterisk stands for nothing but itself.
    let leaf = |name: &str| Template::leaf("").with_alternative_names(&[email(name)]);
    for base in ["*.example.com", "*"] {
        for constraints in [permitting(&[email(base)]), excluding(&[email(base)])] {
            let found = judge(&constraints, leaf("edi@a.example.com"));
            assert_eq!(found, ["name-constraint-unsupported"], "{base}");
        }
    }
    let mailbox = [email("*@example.com")];
    let host = [email("example.com")];
    for (constraints, name, expected) in [
        (
            permitting(&mailbox),
            "edi@example.com",
            &["name-not-permitted"][..],
        ),
        (excluding(&mailbox), "edi@example.com", &[]),
        (permitting(&host), "*@example.com", &[]),
        (excluding(&host), "*@example.com", &["name-excluded"]),
        (permitting(&host), "edi@*.example.com", &["name-malformed"]),
        (excluding(&host), "edi@*.example.com", &["name-malformed"]),
    ] {
        assert_eq!(judge(&constraints, leaf(name)), expected, "{name}");
    }
}

#[test]
fn hostile_37_constraints_that_nobody_serves_and_odd_alternative_names_open_no_way_round() {
    let other = |type_id: &str| GeneralName::Other {
        type_id: Oid::from(der::asn1::ObjectIdentifier::new_unwrap(type_id)),
        value: vec![5, 0],
    };
    // The kind decides, not the type within.
    let leaf_of_other = leaf(&[other("1.2.3")]);
    for constraints in [permitting(&[other("1.2.3")]), excluding(&[other("1.2.4")])] {
        assert_eq!(
            judge(&constraints, leaf_of_other.clone()),
            ["name-constraint-unsupported"]
        );
    }
    assert_eq!(
        judge(
            &excluding(&[other("1.2.3")]),
            leaf(&[dns("as2.example.com")])
        ),
        [""; 0]
    );
    // No name of another kind, and no unreadable list of them, makes the common name a host name.
    let host = || ReferenceName::Dns("as2.example.com".into());
    let leaf = |value: Vec<u8>| {
        let names =
            EncodedExtension::new(SubjectAlternativeName::OID, Criticality::NotCritical, value);
        Template::leaf("as2.example.com").with(names)
    };
    let uri_and_service = SubjectAlternativeName(vec![
        uri("https://as2.example.com"),
        other("1.3.6.1.5.5.7.8.7"),
    ]);
    assert_eq!(
        asked(&leaf(uri_and_service.encode()), host()),
        ["name-mismatch"]
    );
    let oversized = SubjectAlternativeName(vec![dns("a"); 20_000]);
    for value in [
        oversized.encode(),
        vec![0x30, 1, 0],
        b"as2.example.com".to_vec(),
    ] {
        // Nobody knows whether the name stands there.
        assert_eq!(asked(&leaf(value), host()), ["malformed-extension"]);
    }
}

#[test]
fn hostile_38_a_mask_with_holes_is_no_mask() {
    let leaf = leaf(&[GeneralName::ip("192.0.2.1".parse().unwrap())]);
    for mask in [
        [255, 0, 255, 0],
        [0, 255, 255, 255],
        [255, 255, 255, 1],
        [0, 0, 0, 1],
        [127, 0, 0, 0],
    ] {
        let base = GeneralName::Ip([[192, 0, 2, 0], mask].concat());
        for constraints in [permitting(&[base.clone()]), excluding(&[base])] {
            assert_eq!(
                judge(&constraints, leaf.clone()),
                ["name-constraint-unsupported"],
                "{mask:?}"
            );
        }
    }
    let mut base = [0; 32];
    base[31] = 1;
    assert_eq!(
        judge(&excluding(&[GeneralName::Ip(base.into())]), leaf),
        ["name-constraint-unsupported"]
    );
}

#[test]
fn hostile_39_no_finding_about_names_is_longer_than_people_read() {
    let long = format!("{}.example.com", "a.".repeat(5_000));
    let names: Vec<GeneralName> = (0..8_000)
        .map(|number| dns(&format!("h{number}.example")))
        .collect();
    let root = Authority::root("Acme Root");
    let stores = TestStores::new().root(&root);
    let leaf = root.issue(Template::leaf("").with_alternative_names(&names));
    let policy = policy();
    let question =
        Question::new(&leaf.certificate, now()).with_name(ReferenceName::Dns(long.clone()));
    let report = evaluator(&stores, &policy).evaluate(&question);
    let Some(Reason::NameMismatch { asked, found }) =
        report.reasons().next().map(|finding| &finding.reason)
    else {
        panic!("{:?}", report.verdict());
    };
    assert!(
        asked.chars().count() == 256 && asked.ends_with('…'),
        "{asked}"
    );
    assert_eq!(found.len(), 16);
    assert_eq!(found.last().unwrap(), "and 7985 more");

    // Nor are there more findings than people read.
    let many = reasons(
        &permitting(&[dns("example.com")]),
        Template::leaf("").with_alternative_names(&names),
    );
    assert_eq!(many.len(), 16);
    let huge = Template::leaf("")
        .with_alternative_names(&[dns(&long), GeneralName::X400(vec![0; 100_000])]);
    let shown: usize = reasons(
        &excluding(&[dns("example.com"), GeneralName::X400(vec![0; 9_000])]),
        huge,
    )
    .iter()
    .map(|reason| format!("{reason:?}").len())
    .sum();
    assert!(shown < 2_000, "{shown}");
}

/// The codes of what speaks against a leaf below an authority with these constraints.
fn judge(constraints: &NameConstraints, leaf: Template) -> Vec<&'static str> {
    reasons(constraints, leaf)
        .iter()
        .map(Reason::code)
        .collect()
}

fn reasons(constraints: &NameConstraints, leaf: Template) -> Vec<Reason> {
    let root = Authority::root("Acme Root");
    let issuing = root.issue(Template::authority("Acme Issuing").with(critical(constraints)));
    let leaf = issuing.issue(leaf);
    let stores = TestStores::new().root(&root).certificate(&issuing);
    let policy = policy();
    let report = evaluator(&stores, &policy).evaluate(&Question::new(&leaf.certificate, now()));
    assert_eq!(
        report.trusted().is_some(),
        report.reasons().next().is_none()
    );
    report
        .reasons()
        .map(|finding| finding.reason.clone())
        .collect()
}

/// The codes of what speaks against a leaf of a root without constraints under this name.
fn asked(leaf: &Template, name: ReferenceName) -> Vec<&'static str> {
    let root = Authority::root("Acme Root");
    let leaf = root.issue(leaf.clone());
    codes(&TestStores::new().root(&root), &leaf, Some(name))
}

fn codes(stores: &TestStores, leaf: &Authority, name: Option<ReferenceName>) -> Vec<&'static str> {
    let policy = policy();
    let mut question = Question::new(&leaf.certificate, now());
    if let Some(name) = name {
        question = question.with_name(name);
    }
    let report = evaluator(stores, &policy).evaluate(&question);
    assert_eq!(
        report.trusted().is_some(),
        report.reasons().next().is_none()
    );
    report
        .reasons()
        .map(|finding| finding.reason.code())
        .collect()
}

fn leaf(names: &[GeneralName]) -> Template {
    Template::leaf("acme as2").with_alternative_names(names)
}

/// A name of one organization, in this type of string.
fn named(string: u8, content: &[u8]) -> Name {
    name_of(
        &encode(tag::OBJECT_IDENTIFIER, &[&[0x55, 4, 10]]),
        string,
        content,
    )
}

fn name_of(attribute: &[u8], string: u8, content: &[u8]) -> Name {
    let value = encode(string, &[content]);
    let attribute = encode(tag::SEQUENCE, &[attribute, &value]);
    let relative_name = encode(tag::SET, &[&attribute]);
    Name::from_der(&encode(tag::SEQUENCE, &[&relative_name])).unwrap()
}

const EMAIL_ADDRESS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1];
