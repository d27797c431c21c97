//! Reports about hostile certificates: bounded, on lines of their own, nothing that a terminal would act on.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests panic")]

mod common;

use common::{Authority, Template, TestStores, evaluator, name, now, policy};
use proptest::prelude::*;
use rollcert_pki::extension::GeneralName;
use rollcert_pki::{Certificate, Purpose};
use rollcert_trust::{Question, ReferenceName, Report, TrustListEntry, TrustListStatus};

fn evaluate(stores: &TestStores, leaf: &Certificate, asked: ReferenceName) -> Report {
    let policy = policy();
    let question = Question::new(leaf, now())
        .with_purpose(Purpose::TlsServer)
        .with_name(asked);
    evaluator(stores, &policy).evaluate(&question)
}

/// Everything that a report says.
fn texts(report: &Report) -> Vec<String> {
    let reasons = report.reasons().map(|finding| finding.reason.to_string());
    let warnings = report
        .warnings()
        .iter()
        .map(|finding| finding.reason.to_string());
    let remedies = report
        .remedies()
        .into_iter()
        .map(|remedy| remedy.to_string());
    let explained = report.explain().to_string();
    let lines: Vec<String> = explained.lines().map(str::to_owned).collect();
    reasons
        .chain(warnings)
        .chain(remedies)
        .chain(lines)
        .collect()
}

fn is_harmless(text: &str) -> bool {
    !text.contains(|character: char| {
        character.is_control()
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e000}'..='\u{f8ff}')
    })
}

/// A certificate with a thousand names, and a question of a megabyte, make no message long.
#[test]
fn hostile_39_messages_are_bounded_whatever_they_tell_of() {
    let root = Authority::root("Root");
    let hosts: Vec<GeneralName> = (0..1_000)
        .map(|number| {
            GeneralName::dns(&format!("host-{number}.{}.example", "a".repeat(50))).unwrap()
        })
        .collect();
    let leaf = root.issue(Template::leaf("leaf").with_alternative_names(&hosts));
    let stores = TestStores::new().root(&root);
    let asked = ReferenceName::Dns("b".repeat(1 << 20));
    let report = evaluate(&stores, &leaf.certificate, asked);
    assert!(report.trusted().is_none());
    for text in texts(&report) {
        assert!(
            text.chars().count() < 6_000,
            "{} characters",
            text.chars().count()
        );
    }
    let mismatch = report
        .reasons()
        .find(|finding| finding.reason.code() == "name-mismatch");
    let text = mismatch.unwrap().reason.to_string();
    assert!(text.contains("…, but found"), "{text}");
    assert!(text.contains("more"), "{text}");
    assert!(report.explain().to_string().len() < 60_000);
    assert!(serde_json::to_string(&report).unwrap().len() < 60_000);
}

/// Escape sequences, line ends and marks of direction in names, notes and questions are shown as what they are.
#[test]
fn hostile_59_names_cannot_act_on_a_terminal_or_forge_lines() {
    let evil = "Acme\u{1b}[2K\u{1b}[32mTRUSTED\u{1b}[0m\r\n\u{202e}detsurt\u{9b}31m\u{7f}\u{200b}";
    let root = Authority::self_signed(&Template::authority("Root").with_subject(name(evil)));
    let hosts = [GeneralName::dns("a\u{1b}[31m.example\n").unwrap()];
    let leaf = root.issue(
        Template::leaf("leaf")
            .with_subject(name(evil))
            .with_alternative_names(&hosts),
    );
    let sha512 = leaf
        .certificate
        .thumbprint(rollcert_crypto::DigestAlgorithm::Sha512, common::PROVIDER);
    let entry = TrustListEntry::new(sha512, TrustListStatus::Blacklisted).unwrap();
    let asked = || ReferenceName::Dns("\u{1b}]0;title\u{7}\u{2066}.example".to_owned());
    for stores in [
        TestStores::new(),
        TestStores::new().root(&root),
        TestStores::new()
            .root(&root)
            .entry(entry.with_note("\u{1b}[1mnote\n\u{202e}")),
    ] {
        let report = evaluate(&stores, &leaf.certificate, asked());
        assert!(report.trusted().is_none());
        for text in texts(&report) {
            assert!(is_harmless(&text), "{text:?}");
        }
        // A line of the name's making would begin with the verdict.
        let explained = report.explain().to_string();
        assert_eq!(explained.matches("\nTRUSTED").count(), 0, "{explained}");
        assert!(
            explained.starts_with("NOT TRUSTED  CN=Acme\\1B[2K"),
            "{explained}"
        );
        let json = serde_json::to_string(&report).unwrap();
        assert!(is_harmless(&json), "{json}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_name_and_no_question_makes_a_report_harmful(subject in "\\PC{0,40}|.{0,40}", asked in ".{0,60}") {
        let root = Authority::root("Root");
        let mut template = Template::leaf("leaf");
        if let Ok(subject) = rollcert_pki::Name::builder().common_name(&subject).build() {
            template = template.with_subject(subject);
        }
        let leaf = root.issue(template);
        let stores = TestStores::new().root(&root);
        let report = evaluate(&stores, &leaf.certificate, ReferenceName::Dns(asked));
        for text in texts(&report) {
            prop_assert!(is_harmless(&text), "{text:?}");
        }
    }
}
