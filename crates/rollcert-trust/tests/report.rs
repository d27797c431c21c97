//! What a report says: in words, as a tree, as JSON, and what to do.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests panic")]

mod common;

use common::{
    Authority, CrlTemplate, PROVIDER, Template, TestStores, day, evaluator, extension, name, now,
    policy, strict_policy,
};
use rollcert_crypto::DigestAlgorithm;
use rollcert_pki::extension::{CrlDistributionPoints, DistributionPoint, GeneralName, ReasonCode};
use rollcert_pki::{ExtendedKeyUsage, KeyUsage, Purpose};
use rollcert_trust::{
    Question, ReferenceName, Remedy, Report, RevocationPolicy, TrustListEntry, TrustListStatus,
    Wanted,
};
use serde_json::{Value, json};

fn sha256(authority: &Authority) -> String {
    let certificate = &authority.certificate;
    certificate
        .thumbprint(DigestAlgorithm::Sha256, PROVIDER)
        .to_string()
}

fn sha512(authority: &Authority) -> String {
    let certificate = &authority.certificate;
    certificate
        .thumbprint(DigestAlgorithm::Sha512, PROVIDER)
        .to_string()
}

fn serial(authority: &Authority) -> String {
    authority.certificate.serial().to_hex()
}

fn short(authority: &Authority) -> String {
    format!("SHA-256 {}…", &sha256(authority)[..16])
}

fn codes(report: &Report) -> Vec<&'static str> {
    report
        .reasons()
        .map(|finding| finding.reason.code())
        .collect()
}

fn remedies(report: &Report) -> Vec<String> {
    report.remedies().iter().map(ToString::to_string).collect()
}

/// A leaf that says where its CRL is.
fn with_location(template: Template) -> Template {
    let uri = GeneralName::uri("http://crl.acme.example/ca.crl").unwrap();
    let points = CrlDistributionPoints(vec![DistributionPoint::of(vec![uri])]);
    template.with(extension(&points))
}

struct Chain {
    root: Authority,
    authority: Authority,
    leaf: Authority,
}

impl Chain {
    fn new() -> Self {
        let root = Authority::root("Acme Root");
        let authority = root.authority("Acme CA");
        let leaf = authority.issue(with_location(Template::leaf("acme as2")));
        Self {
            root,
            authority,
            leaf,
        }
    }

    fn stores(&self) -> TestStores {
        TestStores::new()
            .root(&self.root)
            .certificate(&self.authority)
    }
}

#[test]
fn a_trusted_certificate_is_explained_with_all_that_was_checked() {
    let chain = Chain::new();
    let stores = chain
        .stores()
        .crl(&chain.root.crl_of(&[]))
        .crl(&chain.authority.crl_of(&[]));
    let policy = strict_policy();
    let question = Question::new(&chain.leaf.certificate, now()).with_purpose(Purpose::SmimeSign);
    let report = evaluator(&stores, &policy).evaluate(&question);
    let dated = "dated 2026-05-31T12:00:00Z";
    let expected = format!(
        "TRUSTED  CN=acme as2
│  at 2026-06-01T12:00:00Z, for smime-sign; SHA-256 {}
│  by a valid path to a trusted root
└─ path 1 of 1 to the trusted root CN=Acme Root: valid
   ├─ 0  CN=acme as2
   │        {}, serial number {}, p-256, signed with ecdsa-with-SHA256
   │     ok      signature verified under the key of 1
   │     ok      valid until 2027-06-01T12:00:00Z, 365 days left
   │     ok      not revoked, says the CRL number 1 of CN=Acme CA {dated}
   ├─ 1  CN=Acme CA
   │        {}, serial number {}, p-256, signed with ecdsa-with-SHA256
   │     ok      signature verified under the key of 2
   │     ok      valid until 2036-05-29T12:00:00Z, 10 years left
   │     ok      may issue the certificate below
   │     ok      not revoked, says the CRL number 1 of CN=Acme Root {dated}
   └─ 2  CN=Acme Root, trusted root
            {}, serial number {}, p-256, signed with ecdsa-with-SHA256
         ok      valid until 2036-05-29T12:00:00Z, 10 years left
         ok      may issue the certificate below
",
        sha256(&chain.leaf),
        short(&chain.leaf),
        serial(&chain.leaf),
        short(&chain.authority),
        serial(&chain.authority),
        short(&chain.root),
        serial(&chain.root),
    );
    assert_eq!(
        report
            .explain()
            .to_string()
            .lines()
            .map(str::trim_end)
            .collect::<Vec<_>>(),
        expected.lines().collect::<Vec<_>>()
    );
    assert_eq!(report.remedies(), []);
}

#[test]
fn a_missing_issuer_is_named_with_its_key_and_whitelisting_is_offered() {
    let chain = Chain::new();
    let stores = TestStores::new().root(&chain.root);
    let policy = policy();
    let question = Question::new(&chain.leaf.certificate, now());
    let report = evaluator(&stores, &policy).evaluate(&question);
    assert_eq!(codes(&report), ["no-path-to-anchor"]);
    let key = hex::encode(
        chain
            .authority
            .certificate
            .subject_key_identifier()
            .unwrap(),
    );
    let reason = report.reasons().next().unwrap();
    assert_eq!(
        reason.reason.to_string(),
        format!(
            "no known certificate of CN=Acme CA with key identifier {key} leads to a trusted root"
        )
    );
    assert_eq!(
        remedies(&report),
        [
            format!(
                "import the certificate of CN=Acme CA with key identifier {key}; if it is a root \
                 that you trust, put it among the roots"
            ),
            format!(
                "or trust this one certificate whatever its path: whitelist it by its SHA-512 \
                 thumbprint {}",
                sha512(&chain.leaf)
            ),
        ]
    );
    // What is advised works.
    let entry = TrustListEntry::of_certificate(
        &sha512(&chain.leaf),
        TrustListStatus::Whitelisted {
            allow_expired: false,
        },
    );
    let listed = stores.clone().entry(entry.unwrap());
    let report = evaluator(&listed, &policy).evaluate(&question);
    assert!(report.trusted().is_some());
    assert!(
        report
            .explain()
            .to_string()
            .contains("by its own entry in the trust list"),
        "{}",
        report.explain()
    );
    let imported = stores.certificate(&chain.authority);
    assert!(
        evaluator(&imported, &policy)
            .evaluate(&question)
            .trusted()
            .is_some()
    );
}

#[test]
fn an_expired_crl_says_for_how_long_and_where_the_next_one_is() {
    let chain = Chain::new();
    let old = CrlTemplate::new(7).with_times(day(-40), Some(day(-9)));
    let stores = chain
        .stores()
        .crl(&chain.root.crl_of(&[]))
        .crl(&chain.authority.crl(&old));
    let question = Question::new(&chain.leaf.certificate, now());
    let strict = strict_policy();
    let report = evaluator(&stores, &strict).evaluate(&question);
    assert_eq!(codes(&report), ["crl-expired"]);
    assert_eq!(
        report.reasons().next().unwrap().reason.to_string(),
        "the CRL number 7 of CN=Acme CA dated 2026-04-22T12:00:00Z is past its next update, due \
         2026-05-23T12:00:00Z"
    );
    let fetch = "the CRL from CN=Acme CA is 9 days past its next update: fetch a new one at \
                 http://crl.acme.example/ca.crl";
    assert_eq!(remedies(&report)[0], fetch);
    assert_eq!(report.revocation(), "unknown");

    // The gateway accepts it, and says the same as a warning.
    let gateway = policy();
    let report = evaluator(&stores, &gateway).evaluate(&question);
    assert!(report.trusted().is_some());
    assert_eq!(report.warnings()[0].reason.code(), "crl-expired");
    assert_eq!(remedies(&report), [fetch]);
    let text = report.explain().to_string();
    assert!(text.starts_with("TRUSTED"), "{text}");
    assert!(text.contains(fetch), "{text}");
}

#[test]
fn json_has_the_keys_of_the_command_and_more() {
    let chain = Chain::new();
    let crl = CrlTemplate::new(3).revoking_for(&chain.leaf.certificate, ReasonCode::KeyCompromise);
    let stores = chain
        .stores()
        .crl(&chain.root.crl_of(&[]))
        .crl(&chain.authority.crl(&crl));
    let policy = strict_policy();
    let question = Question::new(&chain.leaf.certificate, now());
    let report = evaluator(&stores, &policy).evaluate(&question);
    let text = "it was revoked at 2026-05-25T12:00:00Z for keyCompromise, says the CRL number 3 of \
                CN=Acme CA dated 2026-05-31T12:00:00Z";
    let reason = json!({
        "code": "revoked",
        "text": text,
        "certificate": sha256(&chain.leaf),
        "index": 0,
    });
    let certificate = |authority: &Authority, revocation: &str| {
        json!({
            "subject": authority.certificate.subject().to_string(),
            "sha256": sha256(authority),
            "revocation": revocation,
        })
    };
    let path = [&chain.leaf, &chain.authority, &chain.root];
    let expected = json!({
        "trusted": false,
        "reasons": [reason],
        "path": path.map(sha256),
        "policies": [],
        "revocation": "revoked",
        "warnings": [],
        "subject": "CN=acme as2",
        "sha256": sha256(&chain.leaf),
        "at": "2026-06-01T12:00:00Z",
        "purpose": null,
        "basis": null,
        "remedies": [{
            "code": "stop-using",
            "text": "stop using it, ask its owner for a new one, and doubt what it was used for \
                     since 2026-05-25T12:00:00Z",
        }],
        "paths": [{
            "end": "anchor",
            "certificates": [
                certificate(&chain.leaf, "revoked"),
                certificate(&chain.authority, "good"),
                certificate(&chain.root, "not-checked"),
            ],
            "reasons": [reason],
            "warnings": [],
            "policies": [],
        }],
    });
    assert_eq!(serde_json::to_value(&report).unwrap(), expected);
}

#[test]
fn a_trusted_certificate_in_json_has_a_basis_and_no_reasons() {
    let chain = Chain::new();
    let mut policy = policy();
    policy.revocation = RevocationPolicy::Off;
    let question = Question::new(&chain.leaf.certificate, now()).with_purpose(Purpose::TlsServer);
    let stores = chain.stores();
    let report = evaluator(&stores, &policy).evaluate(&question);
    let document = serde_json::to_value(&report).unwrap();
    let member = |name: &str| document[name].clone();
    assert_eq!(member("trusted"), json!(true));
    assert_eq!(member("reasons"), json!([]));
    assert_eq!(member("basis"), json!("path"));
    assert_eq!(member("purpose"), json!("tls-server"));
    assert_eq!(member("revocation"), json!("not-checked"));
    let path = [&chain.leaf, &chain.authority, &chain.root].map(sha256);
    assert_eq!(member("path"), json!(path));
}

#[test]
fn the_most_telling_reason_comes_first() {
    let root = Authority::root("Acme Root");
    let template = Template::leaf("acme as2")
        .with_validity(day(-400), day(-10))
        .with_key_usage(&[KeyUsage::KeyCertSign])
        .with_extended_key_usage(&[ExtendedKeyUsage::CodeSigning]);
    let leaf = root.issue(template);
    let policy = strict_policy();
    let question = Question::new(&leaf.certificate, now())
        .with_purpose(Purpose::SmimeEncrypt)
        .with_name(ReferenceName::Email("edi@acme.example".to_owned()));
    let stores = TestStores::new().root(&root);
    let report = evaluator(&stores, &policy).evaluate(&question);
    assert_eq!(
        codes(&report)[..4],
        [
            "expired",
            "key-usage",
            "extended-key-usage",
            "name-mismatch"
        ],
        "{}",
        report.explain()
    );
    // Who asks for another purpose or name is not helped by a trust list.
    let expected = [
        Remedy::Renew {
            subject: name("acme as2"),
            issuer: name("Acme Root"),
        },
        Remedy::Replace {
            subject: name("acme as2"),
            wanted: Wanted::For(Purpose::SmimeEncrypt),
        },
        Remedy::CheckName,
    ];
    assert_eq!(report.remedies()[..3], expected);
    let is_whitelisting = |remedy: &Remedy| matches!(remedy, Remedy::Whitelist { .. });
    assert!(!report.remedies().iter().any(is_whitelisting));
}

#[test]
fn an_expired_leaf_can_be_whitelisted_as_such_and_an_expired_root_has_a_successor() {
    let root = Authority::self_signed(
        &Template::authority("Acme Root").with_validity(day(-4000), day(-5)),
    );
    let leaf = root.issue(Template::leaf("acme as2").with_validity(day(-400), day(-10)));
    let mut policy = policy();
    policy.revocation = RevocationPolicy::Off;
    let stores = TestStores::new().root(&root);
    let question = Question::new(&leaf.certificate, now());
    let report = evaluator(&stores, &policy).evaluate(&question);
    assert_eq!(codes(&report), ["expired", "expired"]);
    assert_eq!(
        report.reasons().next().unwrap().reason.to_string(),
        "it expired at 2026-05-22T12:00:00Z, 10 days before 2026-06-01T12:00:00Z"
    );
    assert_eq!(
        remedies(&report),
        [
            "get a certificate of CN=acme as2 that has not expired, from CN=Acme Root".to_owned(),
            "get the successor of CN=Acme Root, and trust it if it is a root".to_owned(),
            format!(
                "or trust this one certificate whatever its path: whitelist it, though expired, by \
                 its SHA-512 thumbprint {}",
                sha512(&leaf)
            ),
        ]
    );
    let status = TrustListStatus::Whitelisted {
        allow_expired: true,
    };
    let stores = stores.entry(TrustListEntry::of_certificate(&sha512(&leaf), status).unwrap());
    assert!(
        evaluator(&stores, &policy)
            .evaluate(&question)
            .trusted()
            .is_some()
    );
}

#[test]
fn every_path_that_was_tried_is_shown_with_what_failed_in_it() {
    // Two certificates of one CA: one has expired, the other is not yet valid.
    let roots = [Authority::root("Acme Root"), Authority::root("Other Root")];
    let authority =
        roots[0].issue(Template::authority("Acme CA").with_validity(day(-700), day(-3)));
    let crossed =
        roots[1].issue(Authority::template_of(&authority).with_validity(day(2), day(700)));
    let leaf = authority.leaf("acme as2");
    let stores = TestStores::new()
        .root(&roots[0])
        .root(&roots[1])
        .certificates(&[&authority, &crossed]);
    let mut policy = policy();
    policy.revocation = RevocationPolicy::Off;
    let report = evaluator(&stores, &policy).evaluate(&Question::new(&leaf.certificate, now()));
    let text = report.explain().to_string();
    assert!(text.starts_with("NOT TRUSTED  CN=acme as2\n"), "{text}");
    for line in [
        "path 1 of 2 to the trusted root ",
        "path 2 of 2 to the trusted root ",
        "FAILED  it expired at 2026-05-29T12:00:00Z, 3 days before 2026-06-01T12:00:00Z [expired]",
        "FAILED  it is not valid before 2026-06-03T12:00:00Z, 2 days after 2026-06-01T12:00:00Z \
         [not-yet-valid]",
    ] {
        assert!(text.contains(line), "{text}");
    }
    let document = serde_json::to_value(&report).unwrap();
    let paths: Vec<[&Value; 2]> = document["paths"]
        .as_array()
        .unwrap()
        .iter()
        .map(|path| [&path["end"], &path["reasons"][0]["code"]])
        .collect();
    assert!(
        paths.contains(&[&json!("anchor"), &json!("expired")]),
        "{paths:?}"
    );
    assert!(
        paths.contains(&[&json!("anchor"), &json!("not-yet-valid")]),
        "{paths:?}"
    );
}

#[test]
fn a_black_entry_comes_before_everything_and_its_remedy_names_it() {
    let chain = Chain::new();
    let thumbprint = sha512(&chain.authority);
    let entry = TrustListEntry::of_certificate(&thumbprint, TrustListStatus::Blacklisted).unwrap();
    let stores = chain.stores().entry(entry.with_note("lost its key"));
    let policy = strict_policy();
    let report =
        evaluator(&stores, &policy).evaluate(&Question::new(&chain.leaf.certificate, now()));
    assert_eq!(codes(&report)[0], "ctl-issuer-blacklisted");
    assert_eq!(
        report.reasons().next().unwrap().reason.to_string(),
        format!(
            "the trust list names the CA CN=Acme CA as not to be trusted, SHA-512 {}…: lost its key",
            &thumbprint[..16]
        )
    );
    assert_eq!(
        remedies(&report)[0],
        format!(
            "if it is to be trusted after all, take the entry {thumbprint} out of the trust list"
        )
    );
}

#[test]
fn whatever_is_not_trusted_has_a_reason_and_a_remedy() {
    let chain = Chain::new();
    let stranger = Authority::self_signed(&Template::leaf("stranger"));
    let broken = chain.leaf.with_broken_signature();
    let policy = strict_policy();
    for stores in [TestStores::new(), chain.stores()] {
        for certificate in [&chain.leaf, &stranger, &broken, &chain.authority] {
            let question = Question::new(&certificate.certificate, now());
            let report = evaluator(&stores, &policy).evaluate(&question);
            assert!(report.trusted().is_none());
            assert_ne!(codes(&report), [""; 0], "{}", report.explain());
            assert_ne!(report.remedies(), [], "{}", report.explain());
        }
    }
}
