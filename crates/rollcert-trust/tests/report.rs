//! What a report says: in words, as a tree, as JSON, and what to do.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests panic")]

mod common;

use common::{
    Authority, CrlTemplate, PROVIDER, Template, TestStores, at, critical, day, evaluator,
    extension, name, now, policy, strict_policy,
};
use rollcert_crypto::DigestAlgorithm;
use rollcert_pki::extension::{
    AuthorityKeyIdentifier, CertificatePolicies, Criticality, CrlDistributionPoints,
    DistributionPoint, DistributionPointName, EncodedExtension, ExtensionValue, GeneralName,
    GeneralSubtree, IssuingDistributionPoint, NameConstraints, PolicyConstraints,
    PolicyInformation, ReasonCode, SubjectAlternativeName,
};
use rollcert_pki::{Certificate, ExtendedKeyUsage, KeyUsage, Purpose};
use rollcert_trust::{
    Question, Reason, ReferenceName, Remedy, Report, RevocationPolicy, StoredCertificate,
    StrictRule, TrustListEntry, TrustListStatus, Wanted,
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
            "no known certificate of its issuer, CN=Acme CA with key identifier {key}, leads to a \
             trusted root"
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
         2026-05-23T12:00:00Z, 9 days before 2026-06-01T12:00:00Z"
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
fn a_crl_that_another_authority_issues_is_fetched_from_there_alone() {
    let chain = Chain::new();
    let point = DistributionPoint {
        crl_issuer: vec![GeneralName::Directory(name("CRL issuer"))],
        ..DistributionPoint::default()
    };
    let points = extension(&CrlDistributionPoints(vec![point]));
    let leaf = chain
        .authority
        .issue(Template::leaf("acme as2").with(points));
    let stores = chain.stores().crl(&chain.root.crl_of(&[]));
    let policy = strict_policy();
    let question = Question::new(&leaf.certificate, now());
    let report = evaluator(&stores, &policy).evaluate(&question);
    let reasons: Vec<String> = report
        .reasons()
        .map(|finding| finding.reason.to_string())
        .collect();
    assert_eq!(
        reasons,
        [
            "no CRL of its issuer covers it: its CRLs are those of CN=CRL issuer",
            "neither a CRL of CN=CRL issuer that covers it is known, nor an OCSP response that can be \
             used; it says that the CRL is to be had at the directory entry CN=CRL issuer",
        ]
    );
    let fetch = "fetch the CRL from CN=CRL issuer at the directory entry CN=CRL issuer";
    assert_eq!(remedies(&report)[0], fetch);
    let codes: Vec<&str> = report.remedies().iter().map(Remedy::code).collect();
    assert_eq!(codes, ["fetch-crl", "whitelist"]);
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
    let text = "it was revoked at 2026-05-25T12:00:00Z, 7 days before 2026-06-01T12:00:00Z, for \
                keyCompromise, says the CRL number 3 of CN=Acme CA dated 2026-05-31T12:00:00Z";
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
            "text": "stop using the certificate of CN=acme as2, ask its owner for a new one, and \
                     doubt what it was used for since 2026-05-25T12:00:00Z",
            "certificate": sha256(&chain.leaf),
            "index": 0,
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
fn what_was_not_judged_is_said_beside_the_verdict() {
    let chain = Chain::new();
    let mut policy = policy();
    policy.revocation = RevocationPolicy::Off;
    let question = Question::new(&chain.leaf.certificate, now());
    let report = evaluator(&chain.stores(), &policy).evaluate(&question);
    let text = report.explain().to_string();
    let head: Vec<&str> = text.lines().map(str::trim_end).take(4).collect();
    let asked = format!(
        "│  at 2026-06-01T12:00:00Z; no purpose was asked: key usage was not judged; SHA-256 {}",
        sha256(&chain.leaf)
    );
    let expected = [
        "TRUSTED  CN=acme as2",
        &asked,
        "│  by a valid path to a trusted root",
        "│  revocation was not checked",
    ];
    assert_eq!(head, expected);
}

#[test]
fn a_revoked_ca_is_named_and_everything_below_it_is_void() {
    let chain = Chain::new();
    let crl = CrlTemplate::new(3).revoking(&chain.authority.certificate);
    let stores = chain
        .stores()
        .crl(&chain.root.crl(&crl))
        .crl(&chain.authority.crl_of(&[]));
    let policy = strict_policy();
    let question = Question::new(&chain.leaf.certificate, now());
    let report = evaluator(&stores, &policy).evaluate(&question);
    assert_eq!(codes(&report), ["revoked"]);
    let document = serde_json::to_value(&report).unwrap();
    let expected = json!([{
        "code": "stop-using",
        "text": "CN=Acme CA was revoked at 2026-05-25T12:00:00Z: everything below it is void; get a \
                 certificate from another CA",
        "certificate": sha256(&chain.authority),
        "index": 1,
    }]);
    assert_eq!(document["remedies"], expected);

    // Nothing is void that its own entry makes trusted; but the entry may not be meant any more.
    let status = TrustListStatus::Whitelisted {
        allow_expired: false,
    };
    let entry = TrustListEntry::of_certificate(&sha512(&chain.leaf), status).unwrap();
    let stores = stores.entry(entry);
    let report = evaluator(&stores, &policy).evaluate(&question);
    assert!(report.trusted().is_some());
    assert_eq!(report.remedies(), [Remedy::RenewEntry]);
}

#[test]
fn what_somebody_issued_who_is_no_ca_may_be_forged_and_nobody_else_is_to_mend_it() {
    let root = Authority::root("Acme Root");
    let partner = root.issue(Template::leaf("acme as2"));
    let forged = partner.leaf("Other Bank");
    let stores = TestStores::new().root(&root).certificate(&partner);
    let mut policy = policy();
    policy.revocation = RevocationPolicy::Off;
    let report = evaluator(&stores, &policy).evaluate(&Question::new(&forged.certificate, now()));
    assert_eq!(codes(&report)[0], "issuer-not-a-ca");
    assert_eq!(
        remedies(&report),
        [
            "do not use what CN=acme as2 has issued: it is no CA, and the certificate may be forged \
             by whoever holds the key of CN=acme as2"
        ]
    );
}

#[test]
fn whitelisting_is_not_offered_for_what_a_ca_had_no_right_to_issue() {
    let root = Authority::root("Acme Root");
    let without_cert_sign =
        root.issue(Template::authority("Acme CA").with_key_usage(&[KeyUsage::CrlSign]));
    let without_any_below = root.issue(Template::authority("Acme CA").with_path_length(0));
    let second = without_any_below.authority("Second CA");
    let constraints = NameConstraints {
        permitted: vec![GeneralSubtree::below(
            GeneralName::dns("acme.example").unwrap(),
        )],
        excluded: vec![GeneralSubtree::below(
            GeneralName::dns("bank.acme.example").unwrap(),
        )],
    };
    let constrained = root.issue(Template::authority("Acme CA").with(critical(&constraints)));
    let named =
        |host| Template::leaf("leaf").with_alternative_names(&[GeneralName::dns(host).unwrap()]);
    let mut policy = policy();
    policy.revocation = RevocationPolicy::Off;
    for (authorities, leaf, expected) in [
        (
            vec![&without_cert_sign],
            without_cert_sign.leaf("leaf"),
            &["issuer-lacks-keycertsign"][..],
        ),
        (
            vec![&without_any_below, &second],
            second.leaf("leaf"),
            &["path-length-exceeded"],
        ),
        (
            vec![&constrained],
            constrained.issue(named("other.example")),
            &["name-not-permitted"],
        ),
        (
            vec![&constrained],
            constrained.issue(named("bank.acme.example")),
            &["name-excluded"],
        ),
    ] {
        let stores = TestStores::new().root(&root).certificates(&authorities);
        let question = Question::new(&leaf.certificate, now());
        let report = evaluator(&stores, &policy).evaluate(&question);
        assert_eq!(codes(&report), expected);
        let offered: Vec<&str> = report.remedies().iter().map(Remedy::code).collect();
        assert_eq!(offered, ["ask-authority"], "{expected:?}");
    }
}

#[test]
fn a_refused_algorithm_is_neither_whitelisted_nor_mended_by_another_issuer() {
    let read =
        |der: &[u8]| StoredCertificate::new(Certificate::from_der(der.to_vec()).unwrap(), PROVIDER);
    let authority = read(include_bytes!("fixtures/sha1/ca.der"));
    let root = read(include_bytes!("fixtures/sha1/root.der"));
    let leaf = read(include_bytes!("fixtures/sha1/leaf.der"));
    let mut policy = policy();
    policy.revocation = RevocationPolicy::Off;
    let mut stores = TestStores::new().root(&Authority::root("Another Root"));
    stores.certificates.push(authority.clone());
    let mut whole = stores.clone();
    whole.roots.push(root);
    let question = Question::new(leaf.certificate(), at("2027-01-01T00:00:00Z"));
    for (stores, expected) in [
        (whole, &["algorithm-not-allowed"][..]),
        (stores, &["algorithm-not-allowed", "no-path-to-anchor"]),
    ] {
        let report = evaluator(&stores, &policy).evaluate(&question);
        assert_eq!(codes(&report), expected);
        let subject = authority.certificate().subject().clone();
        let wanted = Wanted::StrongerDigest;
        assert_eq!(report.remedies(), [Remedy::Replace { subject, wanted }]);
    }
}

#[test]
fn a_damaged_certificate_whose_key_identifier_is_right_is_not_mended_by_another_issuer() {
    let chain = Chain::new();
    let broken = chain.leaf.with_broken_signature();
    let policy = strict_policy();
    let question = Question::new(&broken.certificate, now());
    let report = evaluator(&chain.stores(), &policy).evaluate(&question);
    assert_eq!(codes(&report), ["signature-invalid"]);
    assert_eq!(
        report.reasons().next().unwrap().reason.to_string(),
        format!(
            "its signature does not verify under the key of CN=Acme CA, {}, which its \
             authority key identifier names: it is damaged or forged",
            short(&chain.authority)
        )
    );
    assert_eq!(
        remedies(&report),
        ["ask the owner of CN=acme as2 for a certificate that its issuer has signed"]
    );
}

#[test]
fn where_nothing_names_the_key_another_certificate_of_the_ca_is_looked_for_first() {
    let root = Authority::root("Acme Root");
    let known = root.issue(Template::authority("Acme CA"));
    let other = root.issue(Template::authority("Acme CA"));
    let leaf = other.issue(Template::leaf("acme as2").without::<AuthorityKeyIdentifier>());
    let stores = TestStores::new().root(&root).certificate(&known);
    let policy = policy();
    let question = Question::new(&leaf.certificate, now());
    let report = evaluator(&stores, &policy).evaluate(&question);
    assert_eq!(codes(&report), ["signature-invalid", "no-path-to-anchor"]);
    assert_eq!(
        report.reasons().next().unwrap().reason.to_string(),
        format!(
            "its signature does not verify under the key that is known of CN=Acme CA, {}, and it \
             does not name the key: it is damaged or forged, or the CA has another key",
            short(&known)
        )
    );
    assert_eq!(
        remedies(&report),
        [
            format!(
                "import another certificate of CN=Acme CA than the known one, {}, if the CA has one",
                short(&known)
            ),
            "ask the owner of CN=acme as2 for a certificate that its issuer has signed".to_owned(),
        ]
    );
    // What is advised works.
    let stores = stores.certificate(&other);
    let report = evaluator(&stores, &policy).evaluate(&question);
    assert!(report.trusted().is_some(), "{}", report.explain());
}

#[test]
fn a_policy_that_a_ca_requires_is_asked_of_the_ca_that_left_it_out() {
    let named = |template: Template| {
        let policy = PolicyInformation {
            policy: der::asn1::ObjectIdentifier::new_unwrap("1.2.3.4").into(),
            qualifiers: Vec::new(),
        };
        template.with(extension(&CertificatePolicies(vec![policy])))
    };
    let root = Authority::root("Acme Root");
    let requiring = root.issue(named(Template::authority("Strict CA")).with(critical(
        &PolicyConstraints {
            require_explicit_policy: Some(0),
            inhibit_policy_mapping: None,
        },
    )));
    let without = requiring.authority("Acme CA");
    let leaf = without.issue(named(Template::leaf("acme as2")));
    let stores = TestStores::new()
        .root(&root)
        .certificates(&[&requiring, &without]);
    let mut policy = policy();
    policy.revocation = RevocationPolicy::Off;
    let question = Question::new(&leaf.certificate, now());
    let report = evaluator(&stores, &policy).evaluate(&question);
    assert_eq!(
        report.reasons().next().unwrap().reason,
        Reason::PolicyRequired {
            acceptable: Vec::new(),
            required_by: Some(name("Strict CA")),
            lost_at: Some(1),
        }
    );
    assert_eq!(
        remedies(&report)[0],
        "ask CN=Strict CA for a certificate of CN=Acme CA for a certificate policy that the CAs above \
         have, too"
    );

    // Where nobody but the caller requires one, the caller may do without.
    let leaf = root.leaf("acme as2");
    policy.initial_policies.require_explicit_policy = true;
    let report = evaluator(&stores, &policy).evaluate(&Question::new(&leaf.certificate, now()));
    assert_eq!(
        report.reasons().next().unwrap().reason,
        Reason::PolicyRequired {
            acceptable: Vec::new(),
            required_by: None,
            lost_at: Some(0),
        }
    );
    assert_eq!(report.remedies()[0].code(), "change-policy");
}

#[test]
fn nothing_is_to_be_mended_about_warnings_of_form() {
    let chain = Chain::new();
    let leaf = chain
        .authority
        .issue(Template::leaf("acme as2").with_serial_octets(&[0]));
    let mut policy = policy();
    policy.revocation = RevocationPolicy::Off;
    policy.strictness.enforced.clear();
    policy.strictness.reported.insert(StrictRule::SerialNumber);
    let question = Question::new(&leaf.certificate, now());
    let report = evaluator(&chain.stores(), &policy).evaluate(&question);
    assert!(report.trusted().is_some(), "{}", report.explain());
    assert_eq!(report.warnings()[0].reason.code(), "not-conforming");
    assert_eq!(report.remedies(), []);
}

#[test]
fn a_path_that_is_valid_does_not_look_like_trust_where_the_certificate_is_not_trusted() {
    let chain = Chain::new();
    let mut policy = policy();
    policy.revocation = RevocationPolicy::Off;
    let question = Question::new(&chain.leaf.certificate, now()).with_purpose(Purpose::TlsServer);
    let question = question.with_name(ReferenceName::Dns("acme.example".to_owned()));
    let report = evaluator(&chain.stores(), &policy).evaluate(&question);
    assert_eq!(codes(&report), ["name-mismatch"]);
    let text = report.explain().to_string();
    let line = "path 1 of 1 to the trusted root CN=Acme Root: valid as a path
";
    assert!(text.contains(line), "{text}");
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
            is_authority: false,
            has_issuer_expired: false,
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
            "get a certificate of CN=acme as2 that has not expired, from CN=Acme Root once that is \
             renewed, for it has expired, too, or from another CA"
                .to_owned(),
            "get the certificate that takes the place of CN=Acme Root; if it is a root that you \
             trust, put it among the roots"
                .to_owned(),
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
        "it expired at 2026-05-29T12:00:00Z, 3 days before 2026-06-01T12:00:00Z [expired]",
        "it is not valid before 2026-06-03T12:00:00Z, 2 days after 2026-06-01T12:00:00Z \
         [not-yet-valid]",
        "FAILED  [",
        "], as said above",
    ] {
        // What is told at the head is not told again.
        assert_eq!(text.matches(line).count(), 1, "{line}\n{text}");
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
            "the trust list names the CA CN=Acme CA as not to be trusted, entry SHA-512 {}…: \
             lost its key",
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

#[test]
fn an_authority_that_has_expired_is_renewed_and_not_asked_for_certificates() {
    let root = Authority::root("Acme Root");
    let expired = root.issue(Template::authority("Acme CA").with_validity(day(-700), day(-100)));
    let mut policy = policy();
    policy.revocation = RevocationPolicy::Off;
    let stores = TestStores::new().root(&root).certificate(&expired);
    let advice = |leaf: &Authority| {
        let question = Question::new(&leaf.certificate, now());
        let remedies = remedies(&evaluator(&stores, &policy).evaluate(&question));
        remedies
            .into_iter()
            .filter(|text| !text.contains("SHA-512"))
            .collect::<Vec<_>>()
    };
    let renew = "import the renewed certificate of CN=Acme CA, if CN=Acme Root has issued one; else \
                 get a certificate from another CA";
    assert_eq!(advice(&expired.leaf("acme as2")), [renew]);
    let both = expired.issue(Template::leaf("acme as2").with_validity(day(-400), day(-110)));
    assert_eq!(
        advice(&both),
        [
            "get a certificate of CN=acme as2 that has not expired, from CN=Acme CA once that is \
             renewed, for it has expired, too, or from another CA",
            renew,
        ]
    );
}

#[test]
fn what_to_do_about_a_revocation_goes_by_its_reason() {
    let chain = Chain::new();
    let policy = strict_policy();
    for (reason, expected) in [
        (ReasonCode::CertificateHold, "while it is on hold"),
        (
            ReasonCode::Superseded,
            "ask its owner for the one that takes its place",
        ),
        (
            ReasonCode::KeyCompromise,
            "doubt what it was used for since 2026-05-25T12:00:00Z",
        ),
    ] {
        let crl = CrlTemplate::new(3).revoking_for(&chain.leaf.certificate, reason);
        let stores = chain
            .stores()
            .crl(&chain.root.crl_of(&[]))
            .crl(&chain.authority.crl(&crl));
        let question = Question::new(&chain.leaf.certificate, now());
        let remedies = remedies(&evaluator(&stores, &policy).evaluate(&question));
        assert_eq!(remedies.len(), 1);
        assert!(remedies[0].contains(expected), "{remedies:?}");
    }
}

#[test]
fn a_crl_out_of_scope_is_one_to_be_fetched_and_one_that_lists_the_certificate_revokes_it() {
    let chain = Chain::new();
    let policy = strict_policy();
    let elsewhere = || {
        let uri = GeneralName::uri("http://crl.acme.example/other.crl").unwrap();
        let name = DistributionPointName::Full(vec![uri]);
        let point = IssuingDistributionPoint::default().with_name(name);
        CrlTemplate::new(3).with(critical(&point))
    };
    let report = |crl: CrlTemplate| {
        let stores = chain
            .stores()
            .crl(&chain.root.crl_of(&[]))
            .crl(&chain.authority.crl(&crl));
        evaluator(&stores, &policy).evaluate(&Question::new(&chain.leaf.certificate, now()))
    };
    let text = "the CRL number 3 of CN=Acme CA dated 2026-05-31T12:00:00Z does not cover it: it is the \
                one of the distribution point http://crl.acme.example/other.crl, and the certificate \
                names http://crl.acme.example/ca.crl";
    let silent = report(elsewhere());
    assert_eq!(silent.reasons().next().unwrap().reason.to_string(), text);
    let codes = |report: &Report| -> Vec<&'static str> {
        report.remedies().iter().map(Remedy::code).collect()
    };
    assert_eq!(codes(&silent), ["fetch-crl", "whitelist"]);
    let listing = report(elsewhere().revoking(&chain.leaf.certificate));
    assert_eq!(listing.reasons().next().unwrap().reason.code(), "revoked");
    assert!(!codes(&listing).contains(&"whitelist"));
}

#[test]
fn of_many_names_the_first_are_told_and_the_others_counted() {
    let root = Authority::root("Acme Root");
    let hosts =
        (0..40).map(|number| GeneralName::dns(&format!("as{number}.acme.example")).unwrap());
    let names: Vec<GeneralName> = hosts.collect();
    let leaf = root.issue(Template::leaf("acme as2").with_alternative_names(&names));
    let stores = TestStores::new().root(&root);
    let policy = policy();
    let question = Question::new(&leaf.certificate, now())
        .with_name(ReferenceName::Dns("as40.acme.example".to_owned()));
    let report = evaluator(&stores, &policy).evaluate(&question);
    let text = report.reasons().next().unwrap().reason.to_string();
    assert!(
        text.ends_with("dns:as14.acme.example, and 25 more"),
        "{text}"
    );
}

#[test]
fn names_that_cannot_be_read_are_not_said_to_be_absent() {
    let root = Authority::root("Acme Root");
    let names = EncodedExtension::new(
        SubjectAlternativeName::OID,
        Criticality::NotCritical,
        [0x30, 3, 0x82, 5, b'a'],
    );
    let leaf = root.issue(Template::leaf("acme as2").with(names));
    let stores = TestStores::new().root(&root);
    let policy = policy();
    let question = Question::new(&leaf.certificate, now())
        .with_name(ReferenceName::Dns("acme.example".to_owned()));
    let report = evaluator(&stores, &policy).evaluate(&question);
    assert_eq!(codes(&report), ["malformed-extension"]);
}

#[test]
fn a_search_that_stops_says_so_and_nothing_of_a_root_that_it_would_have_reached() {
    let chain = Chain::new();
    let stores = chain.stores();
    let question = Question::new(&chain.leaf.certificate, now());
    for (paths, signatures, counted) in [(0, 9, "0 paths"), (9, 1, "1 signature")] {
        let mut policy = policy();
        (policy.limits.paths, policy.limits.signatures) = (paths, signatures);
        let report = evaluator(&stores, &policy).evaluate(&question);
        assert_eq!(codes(&report), ["budget-exhausted"]);
        let text = report.explain().to_string();
        assert!(
            text.contains(&format!("its limit of {counted}, and")),
            "{text}"
        );
        assert!(
            text.contains("no path was found before the search stopped"),
            "{text}"
        );
    }
}
