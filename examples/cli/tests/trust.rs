//! `rollcert trust`: every flag, the keys of its JSON, its exit statuses.

mod support;

use std::path::Path;
use std::process::Command;

use chrono::{DateTime, Utc};
use rollcert::crypto::{DigestAlgorithm, KeyAlgorithm, PrivateKey, rustcrypto::PROVIDER};
use rollcert::pki::extension::GeneralName;
use rollcert::pki::{
    Certificate, CertificateBuilder, ExtendedKeyUsage, KeyUsage, Name, Profile, SerialNumber,
    Validity,
};
use serde_json::{Value, json};
use support::{Folder, openssl, pki, rollcert, text_of};

/// A certificate or CRL of the NIST PKITS suite.
fn pkits(name: &str) -> String {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates");
    text_of(
        &crates
            .join("rollcert-trust/tests/fixtures/pkits")
            .join(name),
    )
}

/// When PKITS is evaluated.
const PKITS_TIME: &str = "2011-04-20T12:00:00Z";

/// The call for a chain of PKITS, with a CRL of the root and of each CA.
fn pkits_call(leaf: &str, authorities: &[&str], more: &[&str]) -> Vec<String> {
    let mut call = vec!["trust".to_owned(), pkits(&format!("certs/{leaf}.crt"))];
    let mut add = |flag: &str, value: String| call.extend([flag.to_owned(), value]);
    add("--root", pkits("certs/TrustAnchorRootCertificate.crt"));
    add("--crl", pkits("crls/TrustAnchorRootCRL.crl"));
    for authority in authorities {
        add(
            "--intermediate",
            pkits(&format!("certs/{authority}Cert.crt")),
        );
        add("--crl", pkits(&format!("crls/{authority}CRL.crl")));
    }
    add("--at", PKITS_TIME.to_owned());
    call.extend(more.iter().map(|argument| (*argument).to_owned()));
    call
}

/// Status and document of a call that gives a verdict, and checks that its text says the same.
fn judged(call: &[String]) -> (bool, Value) {
    let json = rollcert(call.iter().map(String::as_str).chain(["--json"]));
    let document: Value = serde_json::from_str(&json.stdout).expect("one JSON document");
    let members: Vec<&String> = document.as_object().expect("an object").keys().collect();
    let expected = [
        "trusted",
        "reasons",
        "path",
        "policies",
        "revocation",
        "warnings",
    ];
    assert_eq!(members, expected, "{call:?}");
    let trusted = document["trusted"].as_bool().expect("a flag");
    assert_eq!(json.status, i32::from(!trusted), "{document}");
    assert_eq!(json.stderr, "");
    let reasons = document["reasons"].as_array().expect("a list");
    assert_eq!(reasons.is_empty(), trusted, "{document}");
    for fact in reasons
        .iter()
        .chain(document["warnings"].as_array().expect("a list"))
    {
        let members: Vec<&String> = fact.as_object().expect("an object").keys().collect();
        assert_eq!(members, ["code", "text", "certificate", "index"]);
        assert_eq!(
            fact["certificate"].is_null(),
            fact["index"].is_null(),
            "{fact}"
        );
    }
    let text = rollcert(call);
    assert_eq!(text.status, json.status, "{text:?}");
    let verdict = if trusted {
        "TRUSTED  "
    } else {
        "NOT TRUSTED  "
    };
    assert!(text.stdout.starts_with(verdict), "{text:?}");
    assert_eq!(text.stderr, "");
    for reason in reasons {
        let code = reason["code"].as_str().expect("a code");
        assert!(text.stdout.contains(&format!("[{code}]")), "{text:?}");
    }
    (trusted, document)
}

fn codes(document: &Value, list: &str) -> Vec<String> {
    let facts = document[list].as_array().expect("a list").iter();
    facts
        .map(|fact| fact["code"].as_str().unwrap_or_default().to_owned())
        .collect()
}

/// The codes of the reasons; none for a trusted certificate.
fn reasons(call: &[String]) -> Vec<String> {
    codes(&judged(call).1, "reasons")
}

/// The code of an error of the call.
fn failure(call: &[String]) -> String {
    let run = rollcert(call.iter().map(String::as_str).chain(["--json"]));
    assert_eq!(run.status, 2, "{run:?}");
    let document: Value = serde_json::from_str(&run.stdout).expect("one JSON document");
    let members: Vec<&String> = document.as_object().expect("an object").keys().collect();
    assert_eq!(members, ["error"]);
    let text = rollcert(call);
    assert_eq!(
        (text.status, text.stderr.lines().count()),
        (2, 1),
        "{text:?}"
    );
    document["error"]["code"]
        .as_str()
        .expect("a code")
        .to_owned()
}

/// A root, and what it issues on the spot; valid from 2026 on.
struct Authority {
    key: PrivateKey,
    certificate: Certificate,
    folder: Folder,
}

const NOW: &str = "2026-06-01T12:00:00Z";

fn key() -> PrivateKey {
    let pkcs8 = PROVIDER
        .generate_key(KeyAlgorithm::P256, &mut rand::rng())
        .expect("a key");
    PROVIDER.load_key(&pkcs8).expect("a key")
}

fn builder(
    profile: &Profile,
    name: &str,
    key: &PrivateKey,
    validity: Validity,
) -> CertificateBuilder {
    let name = Name::builder().common_name(name).build().expect("a name");
    let serial = SerialNumber::random(&mut rand::rng());
    CertificateBuilder::new(profile, name, key.public_key_info(), serial, validity)
}

fn validity(profile: &Profile) -> Validity {
    let start = "2026-01-01T00:00:00Z".parse().expect("a time");
    profile.validity_from(start).expect("a validity")
}

impl Authority {
    fn new() -> Self {
        let key = key();
        let profile = Profile::root();
        let unsigned =
            builder(&profile, "Acme Root", &key, validity(&profile)).self_signed(&PROVIDER);
        let certificate = unsigned.expect("a root").sign(&key).expect("a signature");
        let folder = Folder::new();
        folder.write("root.pem", certificate.to_pem());
        Self {
            key,
            certificate,
            folder,
        }
    }

    /// The file of a leaf.
    fn leaf(&self, profile: &Profile, names: &[GeneralName]) -> String {
        let leaf = self.certificate(profile, names);
        self.folder.write("leaf.pem", leaf.to_pem())
    }

    fn certificate(&self, profile: &Profile, names: &[GeneralName]) -> Certificate {
        builder(profile, "acme as2", &key(), validity(profile))
            .with_alternative_names(names.iter().cloned())
            .issued_by(&self.certificate, &PROVIDER)
            .expect("a leaf")
            .sign(&self.key)
            .expect("a signature")
    }

    fn call(&self, leaf: &str, more: &[&str]) -> Vec<String> {
        let root = self.folder.text("root.pem");
        let call = ["trust", leaf, "--root", &root, "--at", NOW];
        call.iter()
            .chain(more)
            .map(|argument| (*argument).to_owned())
            .collect()
    }
}

fn sha256(file: &str) -> String {
    let run = rollcert(["inspect", file, "--json"]);
    let document: Value = serde_json::from_str(&run.stdout).expect("one JSON document");
    document["entries"][0]["sha256"]
        .as_str()
        .expect("a thumbprint")
        .to_owned()
}

fn sha512(file: &str) -> String {
    let run = rollcert(["inspect", file, "--json"]);
    let document: Value = serde_json::from_str(&run.stdout).expect("one JSON document");
    document["entries"][0]["sha512"]
        .as_str()
        .expect("a thumbprint")
        .to_owned()
}

#[test]
fn a_trusted_certificate_has_a_path_and_policies_and_no_reasons() {
    let call = pkits_call(
        "ValidCertificatePathTest1EE",
        &["GoodCA"],
        &["--revocation", "strict"],
    );
    let (trusted, document) = judged(&call);
    assert!(trusted);
    let path = [
        "certs/ValidCertificatePathTest1EE.crt",
        "certs/GoodCACert.crt",
        "certs/TrustAnchorRootCertificate.crt",
    ];
    let expected = json!({
        "trusted": true,
        "reasons": [],
        "path": path.map(|file| sha256(&pkits(file))),
        "policies": ["2.16.840.1.101.3.2.1.48.1"],
        "revocation": "good",
        "warnings": [],
    });
    assert_eq!(document, expected);
}

#[test]
fn a_reason_names_the_certificate_and_its_place() {
    let call = pkits_call("InvalidRevokedEETest3EE", &["GoodCA"], &[]);
    let (trusted, document) = judged(&call);
    assert!(!trusted);
    let reason = &document["reasons"][0];
    assert_eq!(reason["code"], json!("revoked"));
    assert_eq!(reason["index"], json!(0));
    assert_eq!(
        reason["certificate"],
        json!(sha256(&pkits("certs/InvalidRevokedEETest3EE.crt")))
    );
    assert_eq!(document["revocation"], json!("revoked"));
}

#[test]
fn revocation_is_strict_or_as_gateways_do_it_or_off() {
    let without_crl = |mode: &str| {
        let mut call = pkits_call("ValidCertificatePathTest1EE", &["GoodCA"], &[]);
        call.retain(|argument| !argument.ends_with("GoodCACRL.crl"));
        let place = call
            .iter()
            .rposition(|argument| argument == "--crl")
            .expect("a flag");
        call.remove(place);
        if !mode.is_empty() {
            call.extend(["--revocation".to_owned(), mode.to_owned()]);
        }
        judged(&call)
    };
    let (trusted, document) = without_crl("");
    assert!(trusted);
    assert_eq!(document["revocation"], json!("unknown"));
    assert_eq!(codes(&document, "warnings"), ["no-applicable-crl"]);
    assert_eq!(without_crl("gateway").1, document);
    let (trusted, document) = without_crl("strict");
    assert!(!trusted);
    assert_eq!(codes(&document, "reasons"), ["no-applicable-crl"]);
    let (trusted, document) = without_crl("off");
    assert!(trusted);
    assert_eq!(document["revocation"], json!("not-checked"));
    assert_eq!(document["warnings"], json!([]));
}

#[test]
fn the_inputs_of_certificate_policies_are_flags() {
    let one = ["--policy", "2.16.840.1.101.3.2.1.48.1"];
    let two = ["--policy", "2.16.840.1.101.3.2.1.48.2"];
    // PKITS 4.8.14, 4.10.13: the policies that are acceptable.
    let any = |more: &[&str]| reasons(&pkits_call("AnyPolicyTest14EE", &["anyPolicyCA"], more));
    assert_eq!(any(&one), [""; 0]);
    assert_eq!(any(&two), ["policy-required"]);
    assert_eq!(any(&[one, two].concat()), [""; 0]);
    // PKITS 4.8.2: no policies at all.
    let none = |more: &[&str]| {
        let call = pkits_call("AllCertificatesNoPoliciesTest2EE", &["NoPoliciesCA"], more);
        reasons(&call)
    };
    assert_eq!(none(&[]), [""; 0]);
    assert_eq!(none(&["--require-explicit-policy"]), ["policy-required"]);
    // PKITS 4.10.1: one policy is mapped to another.
    let mapped = |more: &[&str]| {
        reasons(&pkits_call(
            "ValidPolicyMappingTest1EE",
            &["Mapping1to2CA"],
            more,
        ))
    };
    assert_eq!(mapped(&one), [""; 0]);
    assert_eq!(mapped(&["--inhibit-policy-mapping"]), ["policy-required"]);
    // anyPolicy of a CA, where a policy is demanded.
    let demand = "--require-explicit-policy";
    assert_eq!(any(&[demand]), [""; 0]);
    assert_eq!(any(&[demand, "--inhibit-any-policy"]), ["policy-required"]);
}

#[test]
fn the_clock_is_an_argument() {
    let early = |at: &str| {
        let mut call = pkits_call("ValidCertificatePathTest1EE", &["GoodCA"], &[]);
        let place = call
            .iter()
            .position(|argument| argument == PKITS_TIME)
            .expect("a time");
        call[place] = at.to_owned();
        reasons(&call)
    };
    assert_eq!(early("2009-04-20T12:00:00Z")[0], "not-yet-valid");
    assert_eq!(early("2031-04-20T12:00:00Z")[0], "expired");
}

#[test]
fn the_depth_counts_intermediates() {
    let depth = |most: &str| {
        let call = pkits_call(
            "ValidCertificatePathTest1EE",
            &["GoodCA"],
            &["--max-depth", most],
        );
        reasons(&call)
    };
    assert_eq!(depth("0"), ["too-many-intermediates"]);
    assert_eq!(depth("1"), [""; 0]);
    assert_eq!(depth("18446744073709551615"), [""; 0]);
}

#[test]
fn purposes_follow_the_gateways_rule_or_the_strict_one() {
    let authority = Authority::new();
    let any = Profile::smime()
        .with_key_usage([KeyUsage::DigitalSignature])
        .with_extended_key_usage(vec![ExtendedKeyUsage::Any]);
    let leaf = authority.leaf(&any, &[]);
    let purpose = |leaf: &str, more: &[&str]| reasons(&authority.call(leaf, more));
    for (word, expected) in [
        ("any", &[""; 0][..]),
        ("smime-sign", &[]),
        ("smime-encrypt", &["key-usage"]),
        ("tls-server", &[]),
        ("tls-client", &[]),
    ] {
        assert_eq!(purpose(&leaf, &["--purpose", word]), expected, "{word}");
    }
    let strict = ["--purpose", "smime-sign", "--strict-purpose"];
    assert_eq!(purpose(&leaf, &strict), ["extended-key-usage"]);
    let mail = authority.leaf(&Profile::smime_sign(), &[]);
    assert_eq!(purpose(&mail, &strict), [""; 0]);
    assert_eq!(
        purpose(&mail, &["--purpose", "tls-server"]),
        ["extended-key-usage"]
    );
}

#[test]
fn names_are_asked_for_by_kind() {
    let authority = Authority::new();
    let names = [
        GeneralName::dns("as2.acme.example").expect("a name"),
        GeneralName::ip("192.0.2.1".parse().expect("an address")),
        GeneralName::ip("2001:db8::1".parse().expect("an address")),
        GeneralName::email("edi@acme.example").expect("an address"),
    ];
    let leaf = authority.leaf(&Profile::as2(), &names);
    let name = |asked: &str| reasons(&authority.call(&leaf, &["--name", asked]));
    for asked in [
        "dns:as2.acme.example",
        "ip:192.0.2.1",
        "ip:2001:db8:0:0:0:0:0:1",
        "email:edi@acme.example",
    ] {
        assert_eq!(name(asked), [""; 0], "{asked}");
    }
    for asked in [
        "dns:acme.example",
        "dns:192.0.2.1",
        "ip:192.0.2.2",
        "email:jo@acme.example",
    ] {
        assert_eq!(name(asked), ["name-mismatch"], "{asked}");
    }
}

#[test]
fn the_profile_of_the_public_web_enforces_more() {
    let authority = Authority::new();
    let host = [GeneralName::dns("www.acme.example").expect("a name")];
    let any = Profile::tls_server().with_extended_key_usage(vec![ExtendedKeyUsage::Any]);
    let leaf = authority.leaf(&any, &host);
    let profile = |word: &str| reasons(&authority.call(&leaf, &["--profile", word]));
    assert_eq!(profile("partner"), [""; 0]);
    assert_eq!(profile("webpki"), ["not-conforming"]);
    let good = authority.leaf(&Profile::tls_server(), &host);
    let call = authority.call(&good, &["--profile", "webpki", "--purpose", "tls-server"]);
    assert_eq!(reasons(&call), [""; 0]);
}

#[test]
fn a_trust_list_decides_by_thumbprint() {
    let authority = Authority::new();
    let leaf = authority.leaf(&Profile::as2(), &[]);
    let list = |text: &str| authority.folder.write("ctl.json", text);
    let entry = |file: &str, status: &str| {
        format!(
            r#"[{{"sha512":"{}","status":"{status}","allow_expired":true}}]"#,
            sha512(file)
        )
    };
    let root = authority.folder.text("root.pem");
    let black = list(&entry(&leaf, "blacklisted"));
    assert_eq!(
        reasons(&authority.call(&leaf, &["--ctl", &black])),
        ["ctl-blacklisted"]
    );
    let black = list(&entry(&root, "blacklisted"));
    assert_eq!(
        reasons(&authority.call(&leaf, &["--ctl", &black])),
        ["ctl-issuer-blacklisted"]
    );
    // Without a path, and long after its last day.
    let other = pkits("certs/TrustAnchorRootCertificate.crt");
    let white = list(&entry(&leaf, "whitelisted"));
    let call = [
        "trust",
        &leaf,
        "--root",
        &other,
        "--ctl",
        &white,
        "--at",
        "2046-01-01T00:00:00Z",
    ];
    let (trusted, document) = judged(&call.map(str::to_owned));
    assert!(trusted, "{document}");
    assert_eq!(document["path"], json!([sha256(&leaf)]));
    let warnings = codes(&document, "warnings");
    assert_eq!(
        warnings[..2],
        ["ctl-whitelisted", "ctl-whitelisted-expired"]
    );

    for text in [
        "",
        "{}",
        "[{}]",
        r#"[{"sha512":"00","status":"whitelisted"}]"#,
        "\u{1b}",
    ] {
        let broken = list(text);
        let code = failure(&authority.call(&leaf, &["--ctl", &broken]));
        assert_ne!(code, "", "{text}");
    }
    let missing = authority.folder.text("no-such-file");
    assert_eq!(
        failure(&authority.call(&leaf, &["--ctl", &missing])),
        "unreadable"
    );
}

#[test]
fn helpers_that_cannot_be_read_are_warnings() {
    let authority = Authority::new();
    let leaf = authority.leaf(&Profile::as2(), &[]);
    let missing = authority.folder.text("no-such-file");
    let empty = authority.folder.write("empty", "");
    let words = authority.folder.write("words.pem", "no certificate at all");
    for flag in ["--intermediate", "--crl"] {
        for file in [&missing, &empty, &words] {
            let call = authority.call(&leaf, &[flag, file, "--revocation", "off"]);
            let (trusted, document) = judged(&call);
            assert!(trusted, "{document}");
            assert_eq!(
                document["warnings"].as_array().map(Vec::len),
                Some(1),
                "{document}"
            );
        }
    }
    // Files that can be read and hold something else.
    let off = ["--revocation", "off"];
    let call = authority.call(&leaf, &[&["--crl", &leaf][..], &off].concat());
    assert_eq!(codes(&judged(&call).1, "warnings"), ["no-crl"]);
    let crl = pkits("crls/GoodCACRL.crl");
    let call = authority.call(&leaf, &[&["--intermediate", &crl][..], &off].concat());
    assert_eq!(codes(&judged(&call).1, "warnings"), ["no-certificate"]);
}

#[test]
fn a_leaf_or_root_that_cannot_be_read_is_a_failure() {
    let authority = Authority::new();
    let leaf = authority.leaf(&Profile::as2(), &[]);
    let missing = authority.folder.text("no-such-file");
    assert_eq!(failure(&authority.call(&missing, &[])), "unreadable");
    assert_eq!(
        failure(&authority.call(&leaf, &["--root", &missing])),
        "unreadable"
    );
    let crl = pkits("crls/GoodCACRL.crl");
    assert_eq!(failure(&authority.call(&crl, &[])), "no-certificate");
    assert_eq!(
        failure(&authority.call(&leaf, &["--root", &crl])),
        "no-certificate"
    );
    let cut = authority
        .folder
        .write("cut.der", &authority.certificate.as_der()[..40]);
    assert_ne!(failure(&authority.call(&cut, &[])), "");
}

#[test]
fn a_key_under_a_password_hinders_nobody_from_the_certificates_beside_it() {
    let authority = Authority::new();
    let leaf = authority.leaf(&Profile::as2(), &[]);
    let root = authority.folder.text("root.pem");
    let key = pki("p256.aes-256-cbc.pem");
    let off = ["--revocation", "off"];
    for [first, second] in [[&leaf, &key], [&key, &leaf]] {
        let file = authority
            .folder
            .joined("own.pem", &[first.clone(), second.clone()]);
        let call = authority.call(&file, &off);
        let (trusted, document) = judged(&call);
        assert!(trusted, "{document}");
        assert_eq!(codes(&document, "warnings"), ["password-required"]);
    }
    let with_key = authority.folder.joined("ca.pem", &[key.clone(), root]);
    for flag in ["--root", "--intermediate"] {
        let call = authority.call(&leaf, &[&[flag, &with_key][..], &off].concat());
        let (trusted, document) = judged(&call);
        assert!(trusted, "{document}");
        assert_eq!(codes(&document, "warnings"), ["password-required"]);
    }
    // Nothing is left without the password.
    for file in [key, pki("default.p12")] {
        assert_eq!(failure(&authority.call(&file, &[])), "password-required");
    }
}

#[test]
fn beside_a_key_under_a_password_nobody_guesses_which_certificate_is_meant() {
    let authority = Authority::new();
    let leaf = authority.leaf(&Profile::as2(), &[]);
    let root = authority.folder.text("root.pem");
    let key = pki("p256.aes-256-cbc.pem");
    for files in [
        [&root, &leaf, &key],
        [&leaf, &root, &key],
        [&key, &leaf, &root],
    ] {
        let chain = authority
            .folder
            .joined("chain.pem", &files.map(Clone::clone));
        assert_eq!(failure(&authority.call(&chain, &[])), "password-required");
    }
    // One certificate stays one, however often it is there; and any number of them may be roots.
    let twice = [&leaf, &key, &leaf].map(Clone::clone);
    let twice = authority.folder.joined("twice.pem", &twice);
    assert_eq!(reasons(&authority.call(&twice, &[])), [""; 0]);
    let roots = [&root, &key, &leaf].map(Clone::clone);
    let roots = authority.folder.joined("roots.pem", &roots);
    let call = authority.call(&leaf, &["--root", &roots]);
    assert_eq!(reasons(&call), [""; 0]);
}

/// A leaf that serves every purpose.
fn for_everything() -> Profile {
    Profile::as2()
        .with_key_usage([KeyUsage::DigitalSignature, KeyUsage::KeyEncipherment])
        .with_extended_key_usage(Vec::new())
}

/// What OpenSSL calls the purposes of `--purpose`.
const OPENSSL_PURPOSES: [(&str, &str); 5] = [
    ("any", "any"),
    ("tls-server", "sslserver"),
    ("tls-client", "sslclient"),
    ("smime-sign", "smimesign"),
    ("smime-encrypt", "smimeencrypt"),
];

impl Authority {
    /// The file of a certificate with these trust settings; nothing without OpenSSL.
    fn with_settings(
        &self,
        name: &str,
        certificate: &Certificate,
        more: &[&str],
    ) -> Option<String> {
        let plain = self.folder.write("plain.pem", certificate.to_pem());
        let file = text_of(&self.folder.path(name));
        let call = ["x509", "-in", &plain, "-trustout", "-out", &file];
        openssl(&[&call[..], more].concat())?;
        Some(file)
    }
}

#[test]
fn a_root_is_one_for_what_its_trust_settings_allow_as_openssl_has_it() {
    let authority = Authority::new();
    let leaf = authority.leaf(&for_everything(), &[]);
    let at: DateTime<Utc> = NOW.parse().expect("a time");
    let at = at.timestamp().to_string();
    for (settings, allowed) in [
        (&["-addtrust", "serverAuth"][..], &["tls-server"][..]),
        (
            &["-addtrust", "serverAuth", "-addtrust", "emailProtection"],
            &["tls-server", "smime-sign", "smime-encrypt"],
        ),
        (&["-addtrust", "codeSigning"], &[]),
        (
            &[
                "-addtrust",
                "anyExtendedKeyUsage",
                "-addreject",
                "clientAuth",
            ],
            &["any", "tls-server", "smime-sign", "smime-encrypt"],
        ),
        (
            &["-addreject", "emailProtection"],
            &["any", "tls-server", "tls-client"],
        ),
        (&["-addreject", "anyExtendedKeyUsage"], &[]),
        (
            &["-setalias", "Acme"],
            &[
                "any",
                "tls-server",
                "tls-client",
                "smime-sign",
                "smime-encrypt",
            ],
        ),
    ] {
        let root = authority.with_settings("trusted.pem", &authority.certificate, settings);
        let Some(root) = root else {
            return;
        };
        for (purpose, openssls) in OPENSSL_PURPOSES {
            let call = [
                "trust",
                &leaf,
                "--root",
                &root,
                "--at",
                NOW,
                "--purpose",
                purpose,
            ];
            let (trusted, document) = judged(&call.map(str::to_owned));
            assert_eq!(
                trusted,
                allowed.contains(&purpose),
                "{settings:?} {document}"
            );
            let warnings = codes(&document, "warnings");
            let is_told = warnings.iter().any(|code| code == "root-left-out");
            assert_ne!(is_told, trusted, "{settings:?} {document}");
            let verify = [
                "verify", "-attime", &at, "-purpose", openssls, "-trusted", &root, &leaf,
            ];
            let theirs = Command::new("openssl")
                .args(verify)
                .output()
                .expect("a run");
            assert_eq!(theirs.status.success(), trusted, "{settings:?} {theirs:?}");
        }
    }
}

#[test]
fn a_root_left_out_for_its_trust_settings_helps_to_no_other_one() {
    let authority = Authority::new();
    let leaf = authority.leaf(&for_everything(), &[]);
    let rejected = ["-addreject", "emailProtection"];
    let root = authority.with_settings("trusted.pem", &authority.certificate, &rejected);
    let Some(root) = root else {
        return;
    };
    // Another file that has it without settings says nothing for it, nor does a root above it.
    let above = Authority::new();
    let twin = builder(
        &Profile::root(),
        "Acme Root",
        &authority.key,
        validity(&Profile::root()),
    );
    let twin = twin
        .issued_by(&above.certificate, &PROVIDER)
        .expect("an intermediate")
        .sign(&above.key)
        .expect("a signature");
    let twin = authority.folder.write("twin.pem", twin.to_pem());
    let above = above.folder.text("root.pem");
    let other_ways = [
        ("tls-server", &["--root", &root][..], true),
        ("smime-sign", &["--root", &root], false),
        (
            "smime-sign",
            &["--root", &above, "--intermediate", &twin],
            true,
        ),
        (
            "smime-sign",
            &["--root", &root, "--root", &above, "--intermediate", &twin],
            false,
        ),
    ];
    for (purpose, ways, expected) in other_ways {
        let call = [
            "trust",
            &leaf,
            "--at",
            NOW,
            "--revocation",
            "off",
            "--purpose",
            purpose,
        ];
        let call: Vec<String> = call
            .iter()
            .chain(ways)
            .map(|word| (*word).to_owned())
            .collect();
        let (trusted, document) = judged(&call);
        assert_eq!(trusted, expected, "{document}");
    }
    let call = authority.call(&leaf, &["--root", &root, "--purpose", "smime-sign"]);
    assert_eq!(reasons(&call), ["no-path-to-anchor"]);
    let text = rollcert(&call).stdout;
    let told = "CN=Acme Root is no root for smime-sign: rejected for emailProtection";
    assert!(text.contains(told), "{text}");
}

#[test]
fn a_root_whose_trust_settings_cannot_be_read_is_none() {
    let authority = Authority::new();
    let leaf = authority.leaf(&for_everything(), &[]);
    for settings in [
        // A list of purposes that holds a number.
        &[0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x01][..],
        // All purposes rejected, in BER.
        b"\x30\x80\xa0\x06\x06\x04\x55\x1d\x25\x00\x00\x00",
        b"garbage",
    ] {
        let octets = [authority.certificate.as_der(), settings].concat();
        let der = authority.folder.write("trusted.der", octets);
        let Some(base64) = openssl(&["base64", "-in", &der]) else {
            return;
        };
        let label = "TRUSTED CERTIFICATE-----\n";
        let lines = [
            format!("-----BEGIN {label}").into_bytes(),
            base64,
            format!("-----END {label}").into_bytes(),
        ];
        let root = authority.folder.write("trusted.pem", lines.concat());
        // Nor does the plain file beside it make it one.
        let alone = ["trust", &leaf, "--root", &root, "--at", NOW].map(str::to_owned);
        for call in [alone.to_vec(), authority.call(&leaf, &["--root", &root])] {
            let (trusted, document) = judged(&call);
            assert!(!trusted, "{document}");
            assert_eq!(codes(&document, "reasons"), ["no-path-to-anchor"]);
            assert_eq!(codes(&document, "warnings"), ["root-left-out"]);
        }
    }
}

#[test]
fn what_stands_beside_the_leaf_helps_to_build_its_path() {
    let folder = Folder::new();
    let files = [
        "certs/ValidCertificatePathTest1EE.crt",
        "certs/GoodCACert.crt",
    ]
    .map(|file| {
        let octets = std::fs::read(pkits(file)).expect("a file");
        Certificate::from_der(octets)
            .expect("a certificate")
            .to_pem()
    });
    let chain = folder.write("chain.pem", files.concat());
    let root = pkits("certs/TrustAnchorRootCertificate.crt");
    let call = ["trust", &chain, "--root", &root, "--at", PKITS_TIME].map(str::to_owned);
    let (trusted, document) = judged(&call);
    assert!(trusted, "{document}");
    assert_eq!(document["path"].as_array().map(Vec::len), Some(3));
    // Alone it has no path, and the text says whose certificate is missing.
    let leaf = pkits("certs/ValidCertificatePathTest1EE.crt");
    let call = ["trust", &leaf, "--root", &root, "--at", PKITS_TIME].map(str::to_owned);
    assert_eq!(reasons(&call), ["no-path-to-anchor"]);
    let text = rollcert(&call).stdout;
    assert!(
        text.contains("import the certificate of CN=Good CA"),
        "{text}"
    );
    let thumbprint = Certificate::from_der(std::fs::read(&leaf).expect("a file"))
        .expect("a certificate")
        .thumbprint(DigestAlgorithm::Sha512, &PROVIDER);
    assert!(
        text.contains(&format!(
            "whitelist it by its SHA-512 thumbprint {thumbprint}"
        )),
        "{text}"
    );
}

#[test]
fn several_roots_and_files_in_any_form_are_taken() {
    let authority = Authority::new();
    let leaf = authority.certificate(&Profile::as2(), &[]);
    let der = authority.folder.write("leaf.der", leaf.as_der());
    let other = pkits("certs/TrustAnchorRootCertificate.crt");
    let call = authority.call(&der, &["--root", &other]);
    assert_eq!(reasons(&call), [""; 0]);
    let root = authority.folder.text("root.pem");
    let call = [
        "trust", &der, "--root", &other, "--root", &root, "--at", NOW,
    ]
    .map(str::to_owned);
    assert_eq!(reasons(&call), [""; 0]);
}
