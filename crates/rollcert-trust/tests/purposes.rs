//! Key usage and extended key usage: the gateway's rule, OpenSSL's, and chaining.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests panic")]

mod common;

use std::process::Command;

use common::{
    Authority, Template, TestStores, critical, evaluator, extension, now, policy, usages,
};
use rollcert_pki::extension::{ExtendedKeyUsages, GeneralName};
use rollcert_pki::{Certificate, ExtendedKeyUsage, KeyUsage, KeyUsages, Name, Purpose};
use rollcert_trust::{
    ExtendedKeyUsageChaining, Policy, PurposeRule, PurposeRules, Question, Reason, RevocationPolicy,
};

use ExtendedKeyUsage::{Any, ClientAuth, CodeSigning, EmailProtection, ServerAuth};
use KeyUsage::{
    CrlSign, DataEncipherment, DigitalSignature, KeyAgreement, KeyCertSign, KeyEncipherment,
    NonRepudiation,
};

/// Key usages of the matrix; none is an absent extension.
fn key_usages() -> Vec<Option<Vec<KeyUsage>>> {
    let single = KeyUsage::ALL.map(|usage| Some(vec![usage]));
    let more = [
        None,
        Some(vec![DigitalSignature, KeyEncipherment]),
        Some(vec![DigitalSignature, NonRepudiation]),
        Some(vec![KeyCertSign, CrlSign]),
        Some(vec![KeyEncipherment, DataEncipherment]),
    ];
    single.into_iter().chain(more).collect()
}

/// Extended key usages of the matrix; none is an absent extension.
fn extended_key_usages() -> Vec<Option<Vec<ExtendedKeyUsage>>> {
    vec![
        None,
        Some(vec![EmailProtection]),
        Some(vec![ServerAuth]),
        Some(vec![ClientAuth]),
        Some(vec![Any]),
        Some(vec![EmailProtection, Any]),
        Some(vec![ServerAuth, ClientAuth]),
        Some(vec![CodeSigning]),
    ]
}

fn without_revocation(purposes: PurposeRules) -> Policy {
    let mut policy = policy();
    policy.revocation = RevocationPolicy::Off;
    policy.purposes = purposes;
    policy
}

struct Setting {
    root: Authority,
    stores: TestStores,
}

impl Setting {
    fn new() -> Self {
        let root = Authority::root("Root");
        let stores = TestStores::new().root(&root);
        Self { root, stores }
    }

    fn leaf(
        &self,
        key_usage: Option<&[KeyUsage]>,
        extended: Option<&[ExtendedKeyUsage]>,
    ) -> Certificate {
        let mut template = Template::leaf("leaf").without::<KeyUsages>();
        if let Some(list) = key_usage {
            template = template.with_another(critical(&usages(list)));
        }
        if let Some(list) = extended {
            template = template.with_extended_key_usage(list);
        }
        self.root.issue(template).certificate
    }

    /// For which purposes it is trusted.
    fn purposes(&self, leaf: &Certificate, policy: &Policy) -> Vec<Purpose> {
        let serves = |purpose: &Purpose| {
            let question = Question::new(leaf, now()).with_purpose(*purpose);
            evaluator(&self.stores, policy)
                .evaluate(&question)
                .trusted()
                .is_some()
        };
        Purpose::ALL.into_iter().filter(serves).collect()
    }

    fn reasons(&self, leaf: &Certificate, purpose: Purpose, policy: &Policy) -> Vec<Reason> {
        let question = Question::new(leaf, now()).with_purpose(purpose);
        let report = evaluator(&self.stores, policy).evaluate(&question);
        report
            .reasons()
            .map(|finding| finding.reason.clone())
            .collect()
    }
}

/// The gateway's table, written down a second time.
fn gateway_allows(
    purpose: Purpose,
    key_usage: Option<&[KeyUsage]>,
    extended: Option<&[ExtendedKeyUsage]>,
) -> bool {
    let has = |usage: KeyUsage| key_usage.is_none_or(|list| list.contains(&usage));
    let is_for = |usage: ExtendedKeyUsage| {
        extended.is_none_or(|list| list.contains(&usage) || list.contains(&Any))
    };
    match purpose {
        Purpose::SmimeSign => {
            (has(DigitalSignature) || has(NonRepudiation)) && is_for(EmailProtection)
        }
        Purpose::SmimeEncrypt => has(KeyEncipherment) && is_for(EmailProtection),
        Purpose::TlsServer => {
            (has(DigitalSignature) || has(KeyEncipherment) || has(KeyAgreement))
                && is_for(ServerAuth)
        }
        Purpose::TlsClient => (has(DigitalSignature) || has(KeyAgreement)) && is_for(ClientAuth),
        other => panic!("{other} has no row"),
    }
}

#[test]
fn every_pair_of_usages_serves_what_the_gateways_table_says() {
    let setting = Setting::new();
    let policy = without_revocation(PurposeRules::gateway());
    for key_usage in key_usages() {
        for extended in extended_key_usages() {
            let leaf = setting.leaf(key_usage.as_deref(), extended.as_deref());
            let expected: Vec<Purpose> = Purpose::ALL
                .into_iter()
                .filter(|purpose| {
                    gateway_allows(*purpose, key_usage.as_deref(), extended.as_deref())
                })
                .collect();
            assert_eq!(
                setting.purposes(&leaf, &policy),
                expected,
                "{key_usage:?} {extended:?}"
            );
        }
    }
}

#[test]
fn every_pair_of_usages_serves_by_the_strict_rule_what_openssl_says() {
    let setting = Setting::new();
    let policy = without_revocation(PurposeRules::strict());
    for key_usage in key_usages() {
        for extended in extended_key_usages() {
            let leaf = setting.leaf(key_usage.as_deref(), extended.as_deref());
            let Some(expected) = openssl_purposes(&leaf) else {
                return;
            };
            assert_eq!(
                setting.purposes(&leaf, &policy),
                expected,
                "{key_usage:?} {extended:?}"
            );
        }
    }
}

/// What `openssl x509 -purpose` says; nothing where there is no OpenSSL, which fails where CI promises it.
fn openssl_purposes(leaf: &Certificate) -> Option<Vec<Purpose>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leaf.der");
    std::fs::write(&path, leaf.as_der()).unwrap();
    let output = Command::new("openssl")
        .args(["x509", "-noout", "-purpose", "-inform", "DER", "-in"])
        .arg(&path)
        .output();
    let output = match output {
        Ok(output) => output,
        Err(error) => {
            let is_ci = std::env::var_os("CI").is_some_and(|ci| ci == "true");
            assert!(!is_ci, "openssl: {error}");
            println!("skipped: openssl: {error}");
            return None;
        }
    };
    let text = String::from_utf8(output.stdout).unwrap();
    let says = |label: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(label));
        line.unwrap_or_else(|| panic!("{label} in {text}"))
            .starts_with(" : Yes")
    };
    let purposes = [
        (Purpose::SmimeSign, "S/MIME signing"),
        (Purpose::SmimeEncrypt, "S/MIME encryption"),
        (Purpose::TlsServer, "SSL server"),
        (Purpose::TlsClient, "SSL client"),
    ];
    let said = purposes.into_iter().filter(|(_, label)| says(label));
    Some(said.map(|(purpose, _)| purpose).collect())
}

#[test]
fn the_usage_of_an_authority_serves_for_tls_in_its_own_certificate_alone() {
    let setting = Setting::new();
    let gateway = without_revocation(PurposeRules::gateway());
    let authority = setting.root.authority("Small CA").certificate;
    let tls = [Purpose::TlsServer, Purpose::TlsClient];
    assert_eq!(setting.purposes(&authority, &gateway), tls);
    let strict = without_revocation(PurposeRules::strict());
    assert_eq!(setting.purposes(&authority, &strict), []);
    // Who is no authority has the usage by mistake, and for nothing.
    let leaf = setting.leaf(Some(&[KeyCertSign]), None);
    assert_eq!(setting.purposes(&leaf, &gateway), []);
    let reasons = setting.reasons(&leaf, Purpose::TlsClient, &gateway);
    let refusal = Reason::KeyUsage {
        purpose: Purpose::TlsClient,
        needed: vec![DigitalSignature, KeyAgreement],
        found: usages(&[KeyCertSign]),
    };
    assert_eq!(reasons, [refusal]);
}

#[test]
fn a_refusal_names_what_was_wanted_and_what_was_found() {
    let setting = Setting::new();
    let leaf = setting.leaf(Some(&[KeyCertSign, CrlSign]), Some(&[ServerAuth]));
    let policy = without_revocation(PurposeRules::gateway());
    let reasons = setting.reasons(&leaf, Purpose::SmimeSign, &policy);
    assert_eq!(
        reasons,
        [
            Reason::KeyUsage {
                purpose: Purpose::SmimeSign,
                needed: vec![DigitalSignature, NonRepudiation],
                found: usages(&[KeyCertSign, CrlSign]),
            },
            Reason::ExtendedKeyUsage {
                purpose: Purpose::SmimeSign,
                needed: vec![EmailProtection, Any],
                found: Some(vec![ServerAuth]),
            },
        ]
    );
    let texts: Vec<String> = reasons.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "for smime-sign, expected the key usage digitalSignature or nonRepudiation, but found \
             keyCertSign, cRLSign",
            "for smime-sign, expected the extended key usage emailProtection or \
             anyExtendedKeyUsage, but found serverAuth",
        ]
    );
}

#[test]
fn criticality_plays_no_part() {
    let setting = Setting::new();
    let policy = without_revocation(PurposeRules::strict());
    for purposes in [vec![EmailProtection], vec![ServerAuth]] {
        let of = |encoded| {
            let template = Template::leaf("leaf").with(encoded);
            let leaf = setting.root.issue(template).certificate;
            setting.purposes(&leaf, &policy)
        };
        let list = ExtendedKeyUsages(purposes);
        assert_eq!(of(critical(&list)), of(extension(&list)));
    }
}

#[test]
fn the_extended_usage_of_every_ca_limits_what_is_below_while_chaining_is_on() {
    let email = Template::leaf("leaf").with_extended_key_usage(&[EmailProtection]);
    // What the root and the intermediate say; whether both rules take it while chaining.
    for (of_root, of_authority, by_gateway, by_strict) in [
        (None, None, true, true),
        (None, Some(EmailProtection), true, true),
        (None, Some(Any), true, false),
        (None, Some(ServerAuth), false, false),
        (Some(ServerAuth), None, false, false),
        (Some(EmailProtection), Some(EmailProtection), true, true),
    ] {
        let template = |name, usage: &Option<ExtendedKeyUsage>| match usage {
            Some(usage) => {
                Template::authority(name).with_extended_key_usage(core::slice::from_ref(usage))
            }
            None => Template::authority(name),
        };
        let root = Authority::self_signed(&template("Root", &of_root));
        let authority = root.issue(template("CA", &of_authority));
        let leaf = authority.issue(email.clone()).certificate;
        let setting = Setting {
            stores: TestStores::new().root(&root).certificate(&authority),
            root,
        };
        for (rules, expected) in [
            (PurposeRules::gateway(), by_gateway),
            (PurposeRules::strict(), by_strict),
        ] {
            let mut policy = without_revocation(rules);
            let serves = |policy: &Policy| {
                setting
                    .purposes(&leaf, policy)
                    .contains(&Purpose::SmimeSign)
            };
            assert_eq!(serves(&policy), expected, "{of_root:?} {of_authority:?}");
            policy.chaining = ExtendedKeyUsageChaining::Off;
            assert!(serves(&policy), "{of_root:?} {of_authority:?}");
        }
    }
}

#[test]
fn a_rule_of_ones_own_takes_the_place_of_the_preset() {
    let setting = Setting::new();
    let leaf = setting.leaf(Some(&[KeyAgreement]), Some(&[CodeSigning]));
    let rule = PurposeRule::new([KeyAgreement], [CodeSigning]);
    let rules = PurposeRules::gateway().with_rule(Purpose::SmimeEncrypt, rule.clone());
    assert_eq!(rules.rule(Purpose::SmimeEncrypt), Some(&rule));
    let policy = without_revocation(rules);
    assert_eq!(setting.purposes(&leaf, &policy), [Purpose::SmimeEncrypt]);
}

/// An extended key usage that is empty, any, missing or critical; non-repudiation alone; an address in the subject
/// alone; an address beyond ASCII.
#[test]
fn hostile_54_odd_usages_and_addresses_are_judged_by_the_table() {
    let setting = Setting::new();
    let gateway = without_revocation(PurposeRules::gateway());
    let strict = without_revocation(PurposeRules::strict());
    let empty = setting.leaf(None, Some(&[]));
    assert_eq!(setting.purposes(&empty, &gateway), []);
    assert_eq!(setting.purposes(&empty, &strict), []);
    let any = setting.leaf(None, Some(&[Any]));
    assert_eq!(setting.purposes(&any, &gateway), Purpose::ALL);
    assert_eq!(setting.purposes(&any, &strict), []);
    let missing = setting.leaf(None, None);
    assert_eq!(setting.purposes(&missing, &gateway), Purpose::ALL);
    assert_eq!(setting.purposes(&missing, &strict), Purpose::ALL);
    // A key usage without any bit allows nothing.
    let none = setting.leaf(Some(&[]), None);
    assert_eq!(setting.purposes(&none, &gateway), []);
    let signs = setting.leaf(Some(&[NonRepudiation]), None);
    assert_eq!(setting.purposes(&signs, &gateway), [Purpose::SmimeSign]);

    let subject = Name::builder()
        .common_name("Jo")
        .email_address("jo@acme.example")
        .build()
        .unwrap();
    let template = Template::leaf("").with_subject(subject);
    let in_subject = setting.root.issue(template).certificate;
    assert_eq!(in_subject.emails(), ["jo@acme.example"]);
    let beyond_ascii = [GeneralName::utf8_email("jö@acme.example")];
    let template = Template::leaf("Jö").with_alternative_names(&beyond_ascii);
    let in_utf8 = setting.root.issue(template).certificate;
    assert_eq!(in_utf8.emails(), ["jö@acme.example"]);
    for (leaf, address) in [
        (&in_subject, "jo@acme.example"),
        (&in_utf8, "jö@acme.example"),
    ] {
        let question = Question::new(leaf, now())
            .with_purpose(Purpose::SmimeSign)
            .with_name(rollcert_trust::ReferenceName::Email(address.to_owned()));
        let report = evaluator(&setting.stores, &gateway).evaluate(&question);
        assert!(report.trusted().is_some(), "{}", report.explain());
    }
}

/// A certificate for TLS signs no mail, and one for mail is no client.
#[test]
fn hostile_57_a_certificate_of_one_profile_does_not_serve_the_other() {
    let setting = Setting::new();
    for rules in [PurposeRules::gateway(), PurposeRules::strict()] {
        let policy = without_revocation(rules);
        let mail = setting.leaf(
            Some(&[DigitalSignature, KeyEncipherment]),
            Some(&[EmailProtection]),
        );
        assert_eq!(
            setting.purposes(&mail, &policy),
            [Purpose::SmimeSign, Purpose::SmimeEncrypt]
        );
        let tls = setting.leaf(
            Some(&[DigitalSignature, KeyEncipherment]),
            Some(&[ServerAuth, ClientAuth]),
        );
        assert_eq!(
            setting.purposes(&tls, &policy),
            [Purpose::TlsServer, Purpose::TlsClient]
        );
    }
}
