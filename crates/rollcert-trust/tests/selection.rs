//! Which certificates are used for whom: by address, by choice, by inheritance.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests panic where something is wrong"
)]

mod common;

use chrono::{DateTime, Utc};
use common::{Authority, PROVIDER, Template, TestStores, at, day, evaluator, name, now, policy};
use proptest::prelude::*;
use rollcert_crypto::DigestAlgorithm;
use rollcert_pki::extension::GeneralName;
use rollcert_pki::{KeyUsage, Name, Purpose, SerialNumber, Thumbprint};
use rollcert_trust::{
    AdditionalUse, AutoSelect, CertificateFilter, CertificateStore, DeselectError,
    EncryptionSelection, EntryKind, EvaluatorJudge, ExpiredFilter, Finding, Judgement, Level,
    LevelError, LevelKind, MemoryCertificates, MissingKey, NoPrivateKey, NoSigningCertificate,
    Origin, PreferenceBook, Preferences, Reason, SelectionEntry, Selector, SigningOrder, Standing,
    StoredCertificate, TextFilter, TrustListEntry, TrustListMark, TrustListStatus, canonical_email,
    emails_of,
};

const BOB: &str = "bob@acme.example";

// ---- Addresses

#[test]
fn addresses_have_one_form_and_nothing_but_case_and_blanks_is_folded() {
    for (written, canonical) in [
        ("bob@acme.example", Some("bob@acme.example")),
        (" Bob@ACME.Example\r\n", Some("bob@acme.example")),
        ("BOB+tag@acme.example", Some("bob+tag@acme.example")),
        ("b.o.b@acme.example", Some("b.o.b@acme.example")),
        ("JÖRG@BÜCHER.example", Some("jörg@bücher.example")),
        (
            "\"bob smith\"@acme.example",
            Some("\"bob smith\"@acme.example"),
        ),
        ("\"a\\\"@b\"@acme.example", Some("\"a\\\"@b\"@acme.example")),
        ("bob@[192.0.2.1]", Some("bob@[192.0.2.1]")),
        ("bob@[IPv6:2001:DB8::1]", Some("bob@[ipv6:2001:db8::1]")),
        ("root@localhost", Some("root@localhost")),
    ] {
        assert_eq!(
            canonical_email(written).as_deref(),
            canonical,
            "{written:?}"
        );
    }
}

#[test]
fn what_is_no_address_is_dropped() {
    for text in [
        "",
        "@",
        "bob",
        "bob@",
        "@acme.example",
        "bob@@acme.example",
        "bob smith@acme.example",
        "bob@acme .example",
        ".bob@acme.example",
        "bob.@acme.example",
        "bo..b@acme.example",
        "bob@acme..example",
        "bob@-acme.example",
        "bob@acme.example.",
        "bob@*.acme.example",
        "Bob <bob@acme.example>",
        "mailto:bob@acme.example ,",
        "\"bob@acme.example",
        "\"bo\"b\"@acme.example",
        "bob@[300.0.2.1]",
        "bob@[acme.example]",
        "bob\0@acme.example",
        "bob@acme.example\0.evil.example",
        "bob@acme\u{200b}.example",
        "bo\u{202e}b@acme.example",
        "bob\u{ad}@acme.example",
    ] {
        assert_eq!(canonical_email(text), None, "{text:?}");
    }
    let local = "l".repeat(64);
    assert!(canonical_email(&format!("{local}@acme.example")).is_some());
    assert_eq!(canonical_email(&format!("{local}l@acme.example")), None);
    let host = ["h".repeat(63).as_str(); 4].join(".");
    assert_eq!(host.len(), 255);
    assert!(canonical_email(&format!("bob@{host}")).is_some());
    assert_eq!(canonical_email(&format!("bob@{host}.h")), None);
    assert_eq!(
        canonical_email(&format!("bob@{}.example", "h".repeat(64))),
        None
    );
    assert_eq!(canonical_email(&"b".repeat(1_000_000)), None);
}

#[test]
fn no_look_alike_becomes_an_ascii_letter() {
    // U+212A, the Kelvin sign, is a k in lower case; U+0130 begins with an i.
    let kelvin = canonical_email("ban\u{212a}@acme.example").unwrap();
    assert_ne!(kelvin, "bank@acme.example");
    let dotted = canonical_email("ma\u{130}l@acme.example").unwrap();
    assert!(!dotted.starts_with("mai"));

    let mailbox = GeneralName::utf8_email("ban\u{212a}@acme.example");
    let certificate = certificate(Template::leaf("look-alike").with_alternative_names(&[mailbox]));
    assert_eq!(emails_of(certificate.certificate()), [kelvin]);
    let all = Fixture::new()
        .store(&certificate)
        .encryption("bank@acme.example");
    assert!(all.entries().is_empty() && all.passed_over().is_empty());
}

proptest! {
    #[test]
    fn the_canonical_form_of_a_canonical_address_is_itself(text in "\\PC{0,20}@\\PC{0,30}") {
        if let Some(address) = canonical_email(&text) {
            prop_assert_eq!(canonical_email(&address), Some(address.clone()));
            let level = Level::user(&text).unwrap();
            prop_assert_eq!(level.name(), Some(address.as_str()));
        }
    }

    #[test]
    fn plain_addresses_match_whatever_their_case(
        local in "[a-z0-9]{1,20}",
        host in "[a-z0-9]{1,20}\\.[a-z]{2,6}",
        upper in any::<bool>(),
    ) {
        let address = format!("{local}@{host}");
        let written = if upper { address.to_uppercase() } else { address.clone() };
        prop_assert_eq!(canonical_email(&written), Some(address));
    }
}

#[test]
fn addresses_are_taken_from_alternative_names_and_subject_each_once() {
    let subject = Name::builder()
        .common_name("carol@acme.example")
        .email_address("Dave@acme.example")
        .build()
        .unwrap();
    let certificate = certificate(
        Template::leaf("")
            .with_subject(subject)
            .with_alternative_names(&[
                email("Bob@Acme.example"),
                email("DAVE@acme.example"),
                email("not an address"),
                GeneralName::dns("acme.example").unwrap(),
                GeneralName::utf8_email("jörg@acme.example"),
            ]),
    );
    // A common name is no address, whatever it looks like.
    assert_eq!(
        emails_of(certificate.certificate()),
        ["bob@acme.example", "dave@acme.example", "jörg@acme.example"]
    );
}

#[test]
fn a_certificate_with_the_address_in_one_place_only_is_found() {
    let subject = Name::builder()
        .common_name("x")
        .email_address(BOB)
        .build()
        .unwrap();
    let in_subject = certificate(Template::leaf("").with_subject(subject));
    let in_names = certificate(with_email(BOB));
    let all = Fixture::new()
        .store(&in_subject)
        .store(&in_names)
        .encryption(BOB);
    assert_eq!(used(&all), sorted([&in_subject, &in_names]));
}

// ---- Levels

#[test]
fn levels_are_read_in_any_case_and_refuse_what_they_are_not() {
    let user = Level::user(" BOB@Acme.Example").unwrap();
    assert_eq!((user.kind(), user.name()), (LevelKind::User, Some(BOB)));
    let wildcard = Level::domain("*.Acme.example").unwrap();
    assert_eq!(
        (wildcard.kind(), wildcard.name()),
        (LevelKind::WildcardDomain, Some("acme.example"))
    );
    assert_eq!(wildcard.to_string(), "wildcard domain *.acme.example");
    assert_eq!(Level::GLOBAL.name(), None);
    assert_eq!(Level::user("acme.example"), Err(LevelError::Address));
    for text in [
        "",
        "*",
        "*.",
        "bob@acme.example",
        "acme..example",
        "a.*.example",
    ] {
        assert_eq!(Level::domain(text), Err(LevelError::Domain), "{text:?}");
    }
}

#[test]
fn a_domain_inherits_from_the_wildcard_domains_that_cover_it_and_from_no_other() {
    let shown = |level: &Level| -> Vec<String> {
        level.lineage().iter().map(ToString::to_string).collect()
    };
    assert_eq!(
        shown(&Level::domain("acme.example").unwrap()),
        [
            "domain acme.example",
            "wildcard domain *.acme.example",
            "wildcard domain *.example",
            "global",
            "factory"
        ]
    );
    assert_eq!(
        shown(&Level::domain("*.acme.example").unwrap()),
        [
            "wildcard domain *.acme.example",
            "wildcard domain *.example",
            "global",
            "factory"
        ]
    );
    assert_eq!(shown(&Level::GLOBAL), ["global", "factory"]);
    assert_eq!(shown(&Level::FACTORY), ["factory"]);
    assert_eq!(
        shown(&Level::user("bob@[192.0.2.1]").unwrap()),
        ["user bob@[192.0.2.1]", "global", "factory"]
    );
}

#[test]
fn the_nearest_level_that_sets_a_value_wins() {
    let theirs = certificate(with_email(BOB));
    let user = Level::user(BOB).unwrap();
    let domain = Level::domain("acme.example").unwrap();
    let wildcard = Level::domain("*.example").unwrap();
    let mut fixture = Fixture::new().store(&theirs);
    let is_selected = |fixture: &Fixture| !fixture.encryption(BOB).entries().is_empty();
    assert!(is_selected(&fixture));
    for (level, setting) in [
        (Level::GLOBAL, AutoSelect::Off),
        (wildcard, AutoSelect::On),
        (domain, AutoSelect::Off),
        (user, AutoSelect::On),
    ] {
        fixture.book.at(level.clone()).auto_select = Some(setting);
        assert_eq!(is_selected(&fixture), setting == AutoSelect::On, "{level}");
    }
}

// ---- Encryption certificates

#[test]
fn every_valid_certificate_with_the_address_is_selected_automatically() {
    let (one, other) = (certificate(with_email(BOB)), certificate(with_email(BOB)));
    let somebody = certificate(with_email("carol@acme.example"));
    let all = Fixture::new()
        .store(&one)
        .store(&other)
        .store(&somebody)
        .encryption("BOB@acme.example");
    assert_eq!(used(&all), sorted([&one, &other]));
    assert!(all.is_encryptable());
    for entry in all.entries() {
        assert_eq!(entry.origins(), [Origin::Automatic]);
        assert_eq!(
            (entry.kind(), entry.standing()),
            (EntryKind::Normal, Standing::Valid)
        );
    }
}

#[test]
fn there_is_no_limit_to_the_certificates_of_a_user() {
    let many: Vec<StoredCertificate> = (0..60).map(|_| certificate(with_email(BOB))).collect();
    let fixture = many.iter().fold(Fixture::new(), Fixture::store);
    assert_eq!(fixture.encryption(BOB).used().count(), 60);
}

#[test]
fn neither_parent_domains_nor_sub_addresses_match() {
    let fixture = Fixture::new()
        .store(&certificate(with_email("bob@mail.acme.example")))
        .store(&certificate(with_email("bob+edi@acme.example")))
        .store(&certificate(with_email("acme.example")));
    let all = fixture.encryption(BOB);
    assert!(all.entries().is_empty() && !all.is_encryptable());
}

#[test]
fn a_store_that_answers_with_others_is_not_believed() {
    let somebody = certificate(with_email("carol@acme.example"));
    let store = Listed(vec![somebody]);
    let book = PreferenceBook::default();
    let selector = Selector::new(&book, &store, &all_valid);
    assert!(
        selector
            .encryption(&Level::user(BOB).unwrap())
            .entries()
            .is_empty()
    );
}

#[test]
fn one_expired_among_several_stops_none_of_the_others() {
    let (good, expired) = (certificate(with_email(BOB)), certificate(with_email(BOB)));
    let all = Fixture::new()
        .store(&good)
        .store(&expired)
        .refuse(&expired)
        .encryption(BOB);
    assert_eq!(used(&all), [*good.sha256()]);
    assert_eq!(all.entries().len(), 1);
    // It is not selected, and one can see why.
    assert_eq!(all.passed_over().len(), 1);
    assert_eq!(all.passed_over()[0].certificate(), &expired);
    assert_eq!(codes(all.passed_over()[0].reasons()), ["expired"]);
}

#[test]
fn a_certificate_may_be_chosen_by_hand_though_no_address_matches() {
    let theirs = certificate(with_email("carol@other.example"));
    let mut fixture = Fixture::new().store(&theirs);
    fixture.book.at(Level::user(BOB).unwrap()).select(&theirs);
    let all = fixture.encryption(BOB);
    assert_eq!(used(&all), [*theirs.sha256()]);
    assert_eq!(all.entries()[0].origins(), [Origin::Manual]);
}

#[test]
fn a_certificate_chosen_by_hand_that_is_not_valid_is_shown_and_not_used() {
    let theirs = certificate(with_email("carol@other.example"));
    let mut fixture = Fixture::new().store(&theirs).refuse(&theirs);
    fixture.book.at(Level::user(BOB).unwrap()).select(&theirs);
    let all = fixture.encryption(BOB);
    assert_eq!(
        (all.entries().len(), used(&all), all.is_encryptable()),
        (1, vec![], false)
    );
    let entry = &all.entries()[0];
    assert_eq!(
        (entry.standing(), entry.is_used()),
        (Standing::Invalid, false)
    );
    assert_eq!(codes(entry.reasons()), ["expired"]);
    // Mended, it is used.
    fixture.refused.clear();
    assert_eq!(used(&fixture.encryption(BOB)), [*theirs.sha256()]);
}

#[test]
fn certificates_are_united_over_the_levels_and_each_keeps_its_origins() {
    let automatic = certificate(with_email(BOB));
    let manual = certificate(Template::leaf("manual"));
    let of_domain = certificate(Template::leaf("domain"));
    let of_wildcard = certificate(Template::leaf("wildcard"));
    let global = certificate(Template::leaf("global"));
    let user = Level::user(BOB).unwrap();
    let domain = Level::domain("acme.example").unwrap();
    let wildcard = Level::domain("*.example").unwrap();

    let mut fixture = [&automatic, &manual, &of_domain, &of_wildcard, &global]
        .into_iter()
        .fold(Fixture::new(), Fixture::store);
    fixture.book.at(user).select(&manual);
    fixture.book.at(domain.clone()).select(&of_domain);
    fixture.book.at(wildcard.clone()).select(&of_wildcard);
    fixture.book.at(Level::GLOBAL).select(&global);
    // One certificate from four sides is one entry.
    fixture.book.at(Level::GLOBAL).select(&automatic);
    fixture.book.at(domain.clone()).select(&automatic);
    fixture.book.at(domain.clone()).select(&manual);

    let all = fixture.encryption(BOB);
    let origins = |certificate: &StoredCertificate| -> Vec<Origin> {
        let entry = all
            .entries()
            .iter()
            .find(|entry| entry.certificate() == certificate);
        entry.unwrap().origins().to_vec()
    };
    assert_eq!(all.entries().len(), 5);
    assert_eq!(used(&all).len(), 5);
    assert_eq!(
        origins(&automatic),
        [
            Origin::Automatic,
            Origin::Inherited(domain.clone()),
            Origin::Inherited(Level::GLOBAL)
        ]
    );
    assert_eq!(
        origins(&manual),
        [Origin::Manual, Origin::Inherited(domain.clone())]
    );
    assert_eq!(origins(&of_domain), [Origin::Inherited(domain.clone())]);
    assert_eq!(origins(&of_wildcard), [Origin::Inherited(wildcard)]);
    assert_eq!(origins(&global), [Origin::Inherited(Level::GLOBAL)]);
    // Another domain has its own.
    let others: Vec<Thumbprint> = used(&fixture.encryption("bob@other.test"));
    assert_eq!(others, sorted([&global, &automatic]));

    // The page of the domain itself: chosen there, or above.
    let page = fixture.selection(&domain);
    let entry = page
        .entries()
        .iter()
        .find(|entry| *entry.certificate() == of_domain)
        .unwrap();
    assert_eq!(entry.origins(), [Origin::Manual]);
    assert_eq!(page.entries().len(), 5);
}

#[test]
fn a_domain_certificate_makes_a_tunnel_for_all_its_users() {
    let gateway = certificate(with_email("domain-confidentiality@acme.example"));
    let mut fixture = Fixture::new().store(&gateway);
    fixture
        .book
        .at(Level::domain("acme.example").unwrap())
        .select(&gateway);
    for user in ["bob@acme.example", "new.hire@acme.example"] {
        assert_eq!(used(&fixture.encryption(user)), [*gateway.sha256()]);
    }
    assert!(!fixture.encryption("bob@sub.acme.example").is_encryptable());
}

#[test]
fn without_automatic_selection_only_choices_count() {
    let (theirs, chosen) = (
        certificate(with_email(BOB)),
        certificate(with_email("x@y.example")),
    );
    let mut fixture = Fixture::new().store(&theirs).store(&chosen);
    let preferences = fixture.book.at(Level::user(BOB).unwrap());
    preferences.auto_select = Some(AutoSelect::Off);
    preferences.select(&chosen);
    assert_eq!(used(&fixture.encryption(BOB)), [*chosen.sha256()]);
}

#[test]
fn where_nothing_says_so_nothing_is_selected_automatically() {
    let theirs = certificate(with_email(BOB));
    let mut fixture = Fixture::new().store(&theirs);
    *fixture.book.at(Level::FACTORY) = Preferences::default();
    assert!(fixture.encryption(BOB).entries().is_empty());
}

#[test]
fn a_choice_can_be_taken_back_and_an_automatic_one_cannot() {
    let (automatic, manual, inherited) = (
        certificate(with_email(BOB)),
        certificate(Template::leaf("manual")),
        certificate(Template::leaf("inherited")),
    );
    let user = Level::user(BOB).unwrap();
    let domain = Level::domain("acme.example").unwrap();
    let mut fixture = Fixture::new()
        .store(&automatic)
        .store(&manual)
        .store(&inherited);
    fixture.book.at(domain.clone()).select(&inherited);
    fixture.book.at(user.clone()).select(&manual);
    fixture.book.at(user.clone()).select(&automatic);
    let page = fixture.encryption(BOB);

    let before = fixture.book.clone();
    let preferences = fixture.book.at(user.clone());
    assert_eq!(
        preferences.deselect(&page, automatic.sha256()),
        Err(DeselectError::AutoSelected)
    );
    assert_eq!(
        preferences.deselect(&page, inherited.sha256()),
        Err(DeselectError::Inherited { level: domain })
    );
    let nobodys = Thumbprint::of(b"nobody's", DigestAlgorithm::Sha256, PROVIDER);
    assert_eq!(
        preferences.deselect(&page, &nobodys),
        Err(DeselectError::NotSelected)
    );
    assert_eq!(fixture.book, before);

    let preferences = fixture.book.at(user.clone());
    assert_eq!(preferences.deselect(&page, manual.sha256()), Ok(()));
    assert_eq!(
        used(&fixture.encryption(BOB)),
        sorted([&automatic, &inherited])
    );

    // What helps against an automatic one: turn it off, or remove the certificate.
    fixture.book.at(user.clone()).auto_select = Some(AutoSelect::Off);
    let page = fixture.encryption(BOB);
    assert_eq!(
        fixture
            .book
            .at(user.clone())
            .deselect(&page, automatic.sha256()),
        Ok(())
    );
    assert_eq!(used(&fixture.encryption(BOB)), [*inherited.sha256()]);
    fixture.book.at(user).auto_select = None;
    fixture.store.remove(automatic.sha256());
    assert_eq!(used(&fixture.encryption(BOB)), [*inherited.sha256()]);
}

#[test]
fn an_invalid_choice_can_be_taken_back_though_its_address_matches() {
    let expired = certificate(with_email(BOB));
    let user = Level::user(BOB).unwrap();
    let mut fixture = Fixture::new().store(&expired).refuse(&expired);
    fixture.book.at(user.clone()).select(&expired);
    let page = fixture.encryption(BOB);
    // What is not valid is not selected automatically.
    assert_eq!(page.entries()[0].origins(), [Origin::Manual]);
    assert_eq!(
        fixture.book.at(user).deselect(&page, expired.sha256()),
        Ok(())
    );
    let page = fixture.encryption(BOB);
    assert_eq!((page.entries().len(), page.passed_over().len()), (0, 1));
}

#[test]
fn a_choice_that_is_not_in_the_store_is_reported() {
    let gone = certificate(with_email(BOB));
    let mut fixture = Fixture::new();
    fixture.book.at(Level::GLOBAL).select(&gone);
    let all = fixture.encryption(BOB);
    assert!(all.entries().is_empty());
    assert_eq!(all.unknown().len(), 1);
    assert_eq!(all.unknown()[0].sha256, *gone.sha256());
    assert_eq!(all.unknown()[0].origin, Origin::Inherited(Level::GLOBAL));
}

// ---- Additional certificates

#[test]
fn additional_certificates_of_every_level_are_added() {
    let theirs = certificate(with_email(BOB));
    let (archive, scanner, escrow) = (
        certificate(Template::leaf("archive")),
        certificate(Template::leaf("scanner")),
        certificate(Template::leaf("escrow")),
    );
    let mut fixture = [&theirs, &archive, &scanner, &escrow]
        .into_iter()
        .fold(Fixture::new(), Fixture::store);
    let domain = Level::domain("acme.example").unwrap();
    for (level, certificate) in [
        (Level::GLOBAL, &archive),
        (domain.clone(), &scanner),
        (Level::user(BOB).unwrap(), &escrow),
    ] {
        fixture
            .book
            .at(level)
            .additional
            .insert(*certificate.sha256());
    }
    let all = fixture.encryption(BOB);
    assert_eq!(used(&all), sorted([&theirs, &archive, &scanner, &escrow]));
    // The user's own stands first.
    assert_eq!(all.entries()[0].certificate(), &theirs);
    let additional: Vec<&SelectionEntry> = all
        .entries()
        .iter()
        .filter(|entry| entry.kind() == EntryKind::Additional)
        .collect();
    assert_eq!(additional.len(), 3);
    let scanner_entry = additional
        .iter()
        .find(|entry| *entry.certificate() == scanner)
        .unwrap();
    assert_eq!(scanner_entry.origins(), [Origin::Inherited(domain)]);

    fixture.book.at(Level::user(BOB).unwrap()).additional_use = Some(AdditionalUse::Off);
    assert_eq!(used(&fixture.encryption(BOB)), [*theirs.sha256()]);
}

#[test]
fn additional_certificates_alone_make_nobody_a_recipient() {
    let archive = certificate(Template::leaf("archive"));
    let mut fixture = Fixture::new().store(&archive);
    fixture
        .book
        .at(Level::GLOBAL)
        .additional
        .insert(*archive.sha256());
    let all = fixture.encryption(BOB);
    assert_eq!(
        (all.entries().len(), all.is_encryptable(), used(&all)),
        (1, false, vec![])
    );
}

#[test]
fn an_additional_certificate_that_is_not_valid_is_not_used() {
    let theirs = certificate(with_email(BOB));
    let archive = certificate(Template::leaf("archive"));
    let mut fixture = Fixture::new()
        .store(&theirs)
        .store(&archive)
        .refuse(&archive);
    fixture
        .book
        .at(Level::GLOBAL)
        .additional
        .insert(*archive.sha256());
    let all = fixture.encryption(BOB);
    assert_eq!(used(&all), [*theirs.sha256()]);
    assert_eq!(all.entries().len(), 2);
}

#[test]
fn a_certificate_that_is_additional_and_the_users_own_is_his_own() {
    let theirs = certificate(with_email(BOB));
    let mut fixture = Fixture::new().store(&theirs);
    fixture
        .book
        .at(Level::GLOBAL)
        .additional
        .insert(*theirs.sha256());
    let all = fixture.encryption(BOB);
    assert_eq!(all.entries().len(), 1);
    assert_eq!(all.entries()[0].kind(), EntryKind::Normal);
    assert!(all.is_encryptable());
}

#[test]
fn a_message_is_split_by_who_can_read_it_and_the_senders_additions_go_with_it() {
    let (bobs, archive, senders) = (
        certificate(with_email(BOB)),
        certificate(Template::leaf("archive")),
        certificate(Template::leaf("sender's archive")),
    );
    let mut fixture = Fixture::new().store(&bobs).store(&archive).store(&senders);
    let [alice, bob, carol] = ["alice@us.example", BOB, "carol@acme.example"]
        .map(|address| Level::user(address).unwrap());
    fixture
        .book
        .at(Level::domain("acme.example").unwrap())
        .additional
        .insert(*archive.sha256());
    fixture
        .book
        .at(alice.clone())
        .additional
        .insert(*senders.sha256());

    let store = fixture.store.clone();
    let judge = fixture.judge();
    let selector = Selector::new(&fixture.book, &store, &judge);
    let message = selector.message(&alice, &[bob.clone(), carol.clone()]);
    assert_eq!(message.encryptable().collect::<Vec<_>>(), [&bob]);
    assert_eq!(message.unencryptable().collect::<Vec<_>>(), [&carol]);
    assert_eq!(message.certificates(), [&bobs, &archive, &senders]);
    // To nobody, nothing is encrypted, not even for the archive.
    let message = selector.message(&alice, core::slice::from_ref(&carol));
    assert!(message.certificates().is_empty());
}

// ---- Signing certificates

#[test]
fn the_certificate_that_came_first_signs_unless_the_freshest_is_asked_for() {
    let first = with_key(with_email(BOB).with_validity(day(-9), day(9))).with_import_time(day(-3));
    let fresh = with_key(with_email(BOB).with_validity(day(-1), day(9))).with_import_time(day(-2));
    let undated = with_key(with_email(BOB).with_validity(day(-5), day(9)));
    let mut fixture = Fixture::new().store(&undated).store(&fresh).store(&first);
    let user = Level::user(BOB).unwrap();
    let entry = fixture.signing(&user).unwrap();
    assert_eq!(
        (entry.certificate(), entry.origin()),
        (&first, &Origin::Automatic)
    );

    fixture.book.at(Level::GLOBAL).signing_order = Some(SigningOrder::Freshest);
    assert_eq!(fixture.signing(&user).unwrap().certificate(), &fresh);
    fixture.book.at(user.clone()).signing_order = Some(SigningOrder::FirstImported);
    assert_eq!(fixture.signing(&user).unwrap().certificate(), &first);
}

#[test]
fn certificates_that_came_together_are_taken_in_the_order_of_their_thumbprints() {
    let mut same: Vec<StoredCertificate> = (0..8)
        .map(|_| with_key(with_email(BOB)).with_import_time(day(-1)))
        .collect();
    let user = Level::user(BOB).unwrap();
    let chosen = same
        .iter()
        .fold(Fixture::new(), Fixture::store)
        .signing(&user)
        .unwrap();
    same.sort_by_key(|certificate| *certificate.sha256());
    assert_eq!(chosen.certificate(), &same[0]);
}

#[test]
fn only_a_valid_certificate_with_the_address_and_its_key_signs_by_itself() {
    let keyless = certificate(with_email(BOB)).with_import_time(day(-9));
    let expired = with_key(with_email(BOB)).with_import_time(day(-8));
    let somebodys = with_key(with_email("carol@acme.example")).with_import_time(day(-7));
    let good = with_key(with_email(BOB)).with_import_time(day(-6));
    let user = Level::user(BOB).unwrap();
    let fixture = Fixture::new()
        .store(&keyless)
        .store(&expired)
        .store(&somebodys)
        .refuse(&expired);
    let Err(NoSigningCertificate::NoneSuitable { passed_over }) = fixture.signing(&user) else {
        panic!("nothing suits");
    };
    assert_eq!(passed_over.len(), 1);
    assert_eq!(codes(passed_over[0].reasons()), ["expired"]);
    let fixture = fixture.store(&good);
    assert_eq!(fixture.signing(&user).unwrap().certificate(), &good);
}

#[test]
fn a_choice_overrides_the_automatic_one_until_it_is_cleared() {
    let automatic = with_key(with_email(BOB));
    let chosen = with_key(Template::leaf("chosen"));
    let user = Level::user(BOB).unwrap();
    let mut fixture = Fixture::new().store(&automatic).store(&chosen);
    assert_eq!(fixture.book.at(user.clone()).set_signing(&chosen), Ok(()));
    let entry = fixture.signing(&user).unwrap();
    assert_eq!(
        (entry.certificate(), entry.origin()),
        (&chosen, &Origin::Manual)
    );
    // One at a time: another choice replaces it.
    let other = with_key(Template::leaf("other"));
    fixture = fixture.store(&other);
    assert_eq!(fixture.book.at(user.clone()).set_signing(&other), Ok(()));
    assert_eq!(fixture.signing(&user).unwrap().certificate(), &other);
    fixture.book.at(user.clone()).clear_signing();
    assert_eq!(fixture.signing(&user).unwrap().certificate(), &automatic);
}

#[test]
fn only_a_certificate_with_its_private_key_can_be_chosen_for_signing() {
    let keyless = certificate(with_email(BOB));
    let user = Level::user(BOB).unwrap();
    let mut preferences = Preferences::default();
    assert_eq!(preferences.set_signing(&keyless), Err(NoPrivateKey));
    assert_eq!(preferences, Preferences::default());
    // However the choice came about: without its key it does not sign.
    let mut fixture = Fixture::new().store(&keyless);
    fixture.book.at(user.clone()).signing = Some(*keyless.sha256());
    let error = fixture.signing(&user).unwrap_err();
    assert_eq!(error.code(), "no-private-key");
}

#[test]
fn a_choice_that_is_not_valid_is_never_replaced_in_silence() {
    let automatic = with_key(with_email(BOB));
    let chosen = with_key(Template::leaf("chosen"));
    let user = Level::user(BOB).unwrap();
    let mut fixture = Fixture::new()
        .store(&automatic)
        .store(&chosen)
        .refuse(&chosen);
    fixture.book.at(user.clone()).set_signing(&chosen).unwrap();
    let error = fixture.signing(&user).unwrap_err();
    assert_eq!(error.code(), "manual-invalid");
    assert_eq!(
        error.to_string(),
        "the signing certificate that was chosen (manual) is not valid: expired"
    );
    let NoSigningCertificate::ManualInvalid { entry } = error else {
        panic!("another kind");
    };
    assert_eq!(entry.certificate(), &chosen);
    fixture.store.remove(chosen.sha256());
    assert_eq!(fixture.signing(&user).unwrap_err().code(), "manual-unknown");
}

#[test]
fn a_signing_certificate_of_the_domain_is_inherited_where_the_user_has_none() {
    let (of_domain, global) = (
        with_key(Template::leaf("domain")),
        with_key(Template::leaf("g")),
    );
    let domain = Level::domain("acme.example").unwrap();
    let user = Level::user(BOB).unwrap();
    let mut fixture = Fixture::new().store(&of_domain).store(&global);
    fixture
        .book
        .at(domain.clone())
        .set_signing(&of_domain)
        .unwrap();
    fixture.book.at(Level::GLOBAL).set_signing(&global).unwrap();
    let entry = fixture.signing(&user).unwrap();
    assert_eq!(
        (entry.certificate(), entry.origin()),
        (&of_domain, &Origin::Inherited(domain.clone()))
    );
    // The page of the domain shows it as chosen there.
    assert_eq!(fixture.signing(&domain).unwrap().origin(), &Origin::Manual);
    // The user's own goes first.
    let own = with_key(with_email(BOB));
    assert_eq!(
        fixture.store(&own).signing(&user).unwrap().certificate(),
        &own
    );
}

// ---- Filters

#[test]
fn pages_begin_with_the_address_of_a_user_and_without_filter_for_a_domain() {
    let user = Level::user(BOB).unwrap();
    let domain = Level::domain("acme.example").unwrap();
    assert_eq!(
        CertificateFilter::for_encryption(&user).text,
        TextFilter::Email(BOB.to_owned())
    );
    assert_eq!(
        CertificateFilter::for_signing(&user).text,
        TextFilter::Email(BOB.to_owned())
    );
    assert_eq!(
        CertificateFilter::for_encryption(&domain).text,
        TextFilter::None
    );
    assert_eq!(
        CertificateFilter::for_encryption(&Level::GLOBAL).text,
        TextFilter::None
    );
    assert_eq!(
        CertificateFilter::for_encryption(&user).missing_key,
        MissingKey::Allowed
    );
    assert_eq!(
        CertificateFilter::for_signing(&user).missing_key,
        MissingKey::NotAllowed
    );
}

#[test]
fn text_filters_show_what_matches_and_no_filter_shows_all() {
    let root = Authority::root("Acme Root");
    let bobs = root
        .issue(with_email(BOB).with_subject(name("Bob Smith")))
        .stored();
    let other = certificate(with_email("carol@acme.example"));
    let matches = |text: TextFilter, certificate: &StoredCertificate| {
        let mut filter = CertificateFilter::none();
        filter.text = text;
        filter.matches(certificate, now())
    };
    for (text, of_bob, of_other) in [
        (TextFilter::None, true, true),
        (TextFilter::Email("BOB@acme.example".into()), true, false),
        (TextFilter::Email("bob".into()), false, false),
        (TextFilter::Subject("smith".into()), true, false),
        (TextFilter::Subject("acme".into()), false, false),
        (TextFilter::Issuer("ACME ro".into()), true, false),
    ] {
        let found = (matches(text.clone(), &bobs), matches(text.clone(), &other));
        assert_eq!(found, (of_bob, of_other), "{text:?}");
    }
}

#[test]
fn expired_ones_are_shown_or_not_or_alone() {
    let expired = certificate(Template::leaf("old").with_validity(day(-9), day(-1)));
    let current = certificate(Template::leaf("current"));
    let future = certificate(Template::leaf("future").with_validity(day(1), day(9)));
    let last_second = certificate(Template::leaf("now").with_validity(day(-9), now()));
    let matches = |expired: ExpiredFilter, certificate: &StoredCertificate| {
        let mut filter = CertificateFilter::none();
        filter.expired = expired;
        filter.matches(certificate, now())
    };
    for (filter, shown) in [
        (ExpiredFilter::All, [true, true, true, true]),
        (ExpiredFilter::UnexpiredOnly, [false, true, true, true]),
        (ExpiredFilter::ExpiredOnly, [true, false, false, false]),
    ] {
        let found = [&expired, &current, &future, &last_second].map(|one| matches(filter, one));
        assert_eq!(found, shown, "{filter:?}");
    }
}

#[test]
fn those_without_private_key_are_shown_only_where_that_is_allowed() {
    let (with, without) = (
        with_key(Template::leaf("a")),
        certificate(Template::leaf("b")),
    );
    let matches = |missing_key: MissingKey, certificate: &StoredCertificate| {
        let mut filter = CertificateFilter::none();
        filter.missing_key = missing_key;
        filter.matches(certificate, now())
    };
    assert!(matches(MissingKey::Allowed, &with) && matches(MissingKey::Allowed, &without));
    assert!(matches(MissingKey::NotAllowed, &with) && !matches(MissingKey::NotAllowed, &without));
}

// ---- With the evaluator

#[test]
fn only_trusted_certificates_are_selected_and_they_bring_their_witness() {
    let root = Authority::root("Acme Root");
    let good = root.issue(with_email(BOB));
    let signing_only = root.issue(with_email(BOB).with_key_usage(&[KeyUsage::DigitalSignature]));
    let expired = root.issue(with_email(BOB).with_validity(day(-9), day(-1)));
    let stranger = Authority::self_signed(&with_email(BOB));
    let revoked = root.issue(with_email(BOB));
    let stores = TestStores::new()
        .root(&root)
        .certificates(&[&good, &signing_only, &expired, &stranger, &revoked])
        .crl(&root.crl_of(&[&revoked]));
    let all = evaluated(&stores, BOB, now());

    assert_eq!(used(&all), [*good.stored().sha256()]);
    let witness = all.entries()[0].trusted().unwrap();
    assert_eq!(witness.certificate(), Some(&good.certificate));
    assert_eq!(witness.purpose(), Some(Purpose::SmimeEncrypt));

    let standing = |authority: &Authority| {
        let mut entries = all.passed_over().iter();
        let entry =
            entries.find(|entry| entry.certificate().certificate() == &authority.certificate);
        let entry = entry.unwrap();
        assert!(entry.trusted().is_none());
        (entry.standing(), codes(entry.reasons())[0])
    };
    assert_eq!(standing(&signing_only), (Standing::Invalid, "key-usage"));
    assert_eq!(standing(&expired), (Standing::Invalid, "expired"));
    assert_eq!(standing(&stranger), (Standing::Invalid, "root-not-trusted"));
    assert_eq!(standing(&revoked), (Standing::Revoked, "revoked"));
}

#[test]
fn trust_list_entries_decide_and_leave_their_mark() {
    let root = Authority::root("Acme Root");
    let black = root.issue(with_email(BOB));
    let white = Authority::self_signed(&with_email(BOB));
    let entry = |authority: &Authority, status| {
        let sha512 = authority
            .certificate
            .thumbprint(DigestAlgorithm::Sha512, PROVIDER);
        TrustListEntry::new(sha512, status).unwrap()
    };
    let whitelisted = TrustListStatus::Whitelisted {
        allow_expired: false,
    };
    let stores = TestStores::new()
        .root(&root)
        .certificates(&[&black, &white])
        .entry(entry(&black, TrustListStatus::Blacklisted))
        .entry(entry(&white, whitelisted));
    let all = evaluated(&stores, BOB, now());
    assert_eq!(used(&all), [*white.stored().sha256()]);
    assert_eq!(all.entries()[0].mark(), Some(TrustListMark::White));
    assert_eq!(all.passed_over().len(), 1);
    assert_eq!(all.passed_over()[0].mark(), Some(TrustListMark::Black));
    assert_eq!(codes(all.passed_over()[0].reasons()), ["ctl-blacklisted"]);
}

#[test]
fn a_blacklisted_issuer_shows_as_inherited_and_as_no_mark_of_ones_own() {
    let root = Authority::root("Acme Root");
    let issuing = root.authority("Acme Issuing");
    let theirs = issuing.issue(with_email(BOB));
    let sha512 = issuing
        .certificate
        .thumbprint(DigestAlgorithm::Sha512, PROVIDER);
    let stores = TestStores::new()
        .root(&root)
        .certificates(&[&issuing, &theirs])
        .entry(TrustListEntry::new(sha512, TrustListStatus::Blacklisted).unwrap());
    let all = evaluated(&stores, BOB, now());
    let entry = &all.passed_over()[0];
    assert_eq!(
        (entry.mark(), entry.judgement().is_inherited_black()),
        (None, true)
    );
    assert_eq!(entry.standing(), Standing::Invalid);
}

#[test]
fn the_signing_certificate_is_judged_for_signing() {
    let root = Authority::root("Acme Root");
    let template = with_email(BOB).with_key_usage(&[KeyUsage::KeyEncipherment]);
    let encrypting = with_alias(&root.issue(template)).with_import_time(day(-2));
    let template = with_email(BOB).with_key_usage(&[KeyUsage::NonRepudiation]);
    let signing = with_alias(&root.issue(template)).with_import_time(day(-1));
    let mut stores = TestStores::new().root(&root);
    stores
        .certificates
        .extend([encrypting.clone(), signing.clone()]);

    let policy = policy();
    let judge = EvaluatorJudge::new(evaluator(&stores, &policy), now());
    let book = PreferenceBook::default();
    let selector = Selector::new(&book, &stores, &judge);
    let user = Level::user(BOB).unwrap();
    assert_eq!(selector.signing(&user).unwrap().certificate(), &signing);
    assert_eq!(used(&selector.encryption(&user)), [*encrypting.sha256()]);
}

#[test]
fn an_entry_serialises_for_a_page() {
    let root = Authority::root("Acme Root");
    let template = with_email(BOB)
        .with_subject(name("Bob"))
        .with_validity(day(-1), at("2027-01-02T03:04:05Z"));
    let theirs = root.issue(template);
    let stores = TestStores::new().root(&root).certificate(&theirs);
    let all = evaluated(&stores, BOB, now());
    let judgement = all.entries()[0].judgement();
    let (warning, remedy) = (&judgement.warnings()[0], &judgement.remedies()[0]);
    assert_eq!(
        serde_json::to_value(&all.entries()[0]).unwrap(),
        serde_json::json!({
            "sha256": theirs.stored().sha256().to_string(),
            "subject": "CN=Bob",
            "not_after": "2027-01-02T03:04:05Z",
            "has_key": false,
            "origin": "automatic",
            "origins": ["automatic"],
            "kind": "normal",
            "standing": "valid",
            "used": true,
            "mark": null,
            "inherited_black": false,
            "reasons": [],
            "warnings": [{
                "code": "no-applicable-crl",
                "text": warning.reason.to_string(),
                "certificate": theirs.stored().sha256().to_string(),
                "index": 0,
            }],
            "remedies": [{
                "code": "fetch-crl",
                "text": remedy.to_string(),
            }],
        })
    );
}

#[test]
fn a_selection_serialises_with_what_was_passed_over_and_what_is_unknown() {
    let (expired, gone) = (certificate(with_email(BOB)), certificate(with_email(BOB)));
    let mut fixture = Fixture::new().store(&expired).refuse(&expired);
    let domain = Level::domain("acme.example").unwrap();
    fixture.book.at(domain).select(&gone);
    let value = serde_json::to_value(fixture.encryption(BOB)).unwrap();
    assert_eq!(value["entries"], serde_json::json!([]));
    assert_eq!(value["passed_over"][0]["standing"], "invalid");
    assert_eq!(value["passed_over"][0]["reasons"][0]["code"], "expired");
    assert_eq!(
        value["unknown"],
        serde_json::json!([{"sha256": gone.sha256().to_string(), "origin": "domain acme.example"}])
    );
}

proptest! {
    /// Used is what is valid and either matches, where that is wanted, or was chosen at a level that counts.
    #[test]
    fn what_is_used_follows_from_the_rules_alone(
        chosen in prop::array::uniform5(any::<u8>()),
        refused: u8,
        auto_select in prop::array::uniform2(any::<Option<bool>>()),
    ) {
        let certificates = matching_and_others();
        let is_in = |set: u8, number: usize| set >> number & 1 == 1;
        let levels = [
            Level::user(BOB).unwrap(),
            Level::domain("acme.example").unwrap(),
            Level::domain("*.acme.example").unwrap(),
            Level::GLOBAL,
            // One that does not count.
            Level::domain("other.example").unwrap(),
        ];
        let mut fixture = certificates.iter().fold(Fixture::new(), Fixture::store);
        for (level, set) in levels.iter().zip(chosen) {
            let preferences = fixture.book.at(level.clone());
            for (number, certificate) in certificates.iter().enumerate() {
                if is_in(set, number) {
                    preferences.select(certificate);
                }
            }
        }
        for (level, setting) in levels.iter().zip(auto_select) {
            let setting = setting.map(|on| if on { AutoSelect::On } else { AutoSelect::Off });
            fixture.book.at(level.clone()).auto_select = setting;
        }
        for (number, certificate) in certificates.iter().enumerate() {
            if is_in(refused, number) {
                fixture = fixture.refuse(certificate);
            }
        }

        let [user, domain] = auto_select;
        let is_automatic = user.or(domain).unwrap_or(true);
        let counting = chosen[..4].iter().fold(0, |all, set| all | set);
        let mut expected: Vec<Thumbprint> = certificates
            .iter()
            .enumerate()
            .filter(|(number, _)| !is_in(refused, *number))
            .filter(|(number, _)| is_in(counting, *number) || (is_automatic && *number < 3))
            .map(|(_, certificate)| *certificate.sha256())
            .collect();
        expected.sort();
        prop_assert_eq!(used(&fixture.encryption(BOB)), expected);
    }
}

// ---- Order

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_order_in_which_a_store_answers_changes_nothing(seed: u64) {
        let pool = pool();
        let mut shuffled = pool.clone();
        let mut state = seed;
        shuffled.sort_by_cached_key(|certificate| {
            state = state.rotate_left(17).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 1;
            (state, *certificate.sha256())
        });
        let book = PreferenceBook::default();
        let user = Level::user(BOB).unwrap();
        let (one, other) = (Listed(pool), Listed(shuffled));
        let select = |store: &Listed| {
            let selector = Selector::new(&book, store, &all_valid);
            let signing = selector.signing(&user).unwrap().certificate().clone();
            let encryption = selector.encryption(&user);
            let order: Vec<Thumbprint> = encryption
                .entries()
                .iter()
                .map(|entry| *entry.certificate().sha256())
                .collect();
            (signing, order)
        };
        prop_assert_eq!(select(&one), select(&other));
    }
}

// ---- Help

/// Preferences, a store, and a judge that finds all valid but these.
#[derive(Clone, Default)]
struct Fixture {
    book: PreferenceBook,
    store: MemoryCertificates,
    refused: Vec<StoredCertificate>,
}

impl Fixture {
    fn new() -> Self {
        Self::default()
    }

    fn store(mut self, certificate: &StoredCertificate) -> Self {
        self.store.insert(certificate.clone());
        self
    }

    fn refuse(mut self, certificate: &StoredCertificate) -> Self {
        self.refused.push(certificate.clone());
        self
    }

    fn judge(&self) -> impl Fn(&StoredCertificate, Purpose) -> Judgement + use<'_> {
        |certificate, _| {
            if !self.refused.contains(certificate) {
                return Judgement::valid();
            }
            let expired = Reason::Expired {
                not_after: day(-1),
                now: now(),
            };
            Judgement::invalid(vec![Finding::at(expired, 0, certificate)])
        }
    }

    fn encryption(&self, user: &str) -> EncryptionSelection {
        self.selection(&Level::user(user).unwrap())
    }

    fn selection(&self, level: &Level) -> EncryptionSelection {
        let judge = self.judge();
        Selector::new(&self.book, &self.store, &judge).encryption(level)
    }

    fn signing(&self, level: &Level) -> Result<SelectionEntry, NoSigningCertificate> {
        let judge = self.judge();
        Selector::new(&self.book, &self.store, &judge).signing(level)
    }
}

fn all_valid(_: &StoredCertificate, _: Purpose) -> Judgement {
    Judgement::valid()
}

fn evaluated(stores: &TestStores, user: &str, now: DateTime<Utc>) -> EncryptionSelection {
    let policy = policy();
    let judge = EvaluatorJudge::new(evaluator(stores, &policy), now);
    let book = PreferenceBook::default();
    Selector::new(&book, stores, &judge).encryption(&Level::user(user).unwrap())
}

fn with_email(address: &str) -> Template {
    Template::leaf("somebody").with_alternative_names(&[email(address)])
}

fn email(text: &str) -> GeneralName {
    GeneralName::email(text).unwrap()
}

fn certificate(template: Template) -> StoredCertificate {
    Authority::self_signed(&template).stored()
}

fn with_key(template: Template) -> StoredCertificate {
    with_alias(&Authority::self_signed(&template))
}

fn with_alias(authority: &Authority) -> StoredCertificate {
    authority.stored().with_key_alias("key")
}

fn used(selection: &EncryptionSelection) -> Vec<Thumbprint> {
    let mut used: Vec<Thumbprint> = selection
        .used()
        .map(|entry| *entry.certificate().sha256())
        .collect();
    used.sort();
    used
}

fn sorted<const N: usize>(certificates: [&StoredCertificate; N]) -> Vec<Thumbprint> {
    let mut sorted = certificates
        .map(|certificate| *certificate.sha256())
        .to_vec();
    sorted.sort();
    sorted
}

fn codes(findings: &[Finding]) -> Vec<&'static str> {
    findings
        .iter()
        .map(|finding| finding.reason.code())
        .collect()
}

/// A store that lists what it has in its own order, whatever the address.
struct Listed(Vec<StoredCertificate>);

impl CertificateStore for Listed {
    fn named(&self, _: &Name) -> Vec<StoredCertificate> {
        Vec::new()
    }

    fn with_key_identifier(&self, _: &[u8]) -> Vec<StoredCertificate> {
        Vec::new()
    }

    fn issued_as(&self, _: &Name, _: &SerialNumber) -> Vec<StoredCertificate> {
        Vec::new()
    }

    fn with_email(&self, _: &str) -> Vec<StoredCertificate> {
        self.0.clone()
    }

    fn by_thumbprint(&self, _: &Thumbprint) -> Option<StoredCertificate> {
        None
    }
}

/// Three of Bob's, and five of others.
fn matching_and_others() -> &'static [StoredCertificate] {
    use std::sync::OnceLock;
    static CERTIFICATES: OnceLock<Vec<StoredCertificate>> = OnceLock::new();
    let make = |number| match number {
        0..3 => certificate(with_email(BOB)),
        _ => certificate(with_email("carol@other.example")),
    };
    CERTIFICATES.get_or_init(|| (0..8).map(make).collect())
}

/// A dozen certificates of Bob's, some of which came together.
fn pool() -> Vec<StoredCertificate> {
    use std::sync::OnceLock;
    static POOL: OnceLock<Vec<StoredCertificate>> = OnceLock::new();
    let make = || {
        (0..12)
            .map(|number| with_key(with_email(BOB)).with_import_time(day(-(number % 4))))
            .collect()
    };
    POOL.get_or_init(make).clone()
}
