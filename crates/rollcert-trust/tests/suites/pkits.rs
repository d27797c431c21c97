use core::fmt;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use chrono::{DateTime, Utc};
use der::asn1::ObjectIdentifier;
use rollcert_pki::{Certificate, CrlIndex, Limits, Oid};
use rollcert_trust::{
    Cache, Evaluator, InitialPolicies, Policy, Question, Report, RevocationPolicy,
    StoredCertificate, StoredCrl,
};
use serde::Deserialize;

use crate::common::{PROVIDER, TestStores};

/// A case of PKITS, as `cases.json` holds it.
#[derive(Clone, Debug, Deserialize)]
pub struct Case {
    pub id: String,
    pub name: String,
    certs: Vec<String>,
    crls: Vec<String>,
    pub should_validate: bool,
    initial_policy_set: Vec<String>,
    initial_explicit_policy: bool,
    initial_policy_mapping_inhibit: bool,
    initial_any_policy_inhibit: bool,
    /// Why it must not validate, in the words of RFC 5280.
    pub expect_reason: Option<String>,
    /// What OpenSSL says of it.
    pub openssl: Option<OpenSslVerdict>,
}

/// What OpenSSL says of an invalid case.
#[derive(Clone, Debug, Deserialize)]
pub struct OpenSslVerdict {
    pub code: i32,
    /// Of which certificate, the target being 0.
    pub depth: usize,
}

impl Case {
    pub fn anchor(&self) -> &'static StoredCertificate {
        certificate(self.certs.first().expect("a case has an anchor"))
    }

    pub fn target(&self) -> &'static StoredCertificate {
        certificate(self.certs.last().expect("a case has a target"))
    }

    /// What may stand between, in no order.
    pub fn pool(&self) -> impl Iterator<Item = &'static StoredCertificate> {
        let between = 1..self.certs.len().saturating_sub(1).max(1);
        let names = self.certs.get(between).unwrap_or_default();
        names.iter().map(|name| certificate(name))
    }

    pub fn crls(&self) -> impl Iterator<Item = &'static StoredCrl> {
        self.crls.iter().map(|name| crl(name))
    }

    /// The target last, as `cases.json` names them.
    pub fn certificate_files(&self) -> impl Iterator<Item = PathBuf> {
        self.certs.iter().map(|name| folder("certs").join(name))
    }

    pub fn crl_files(&self) -> impl Iterator<Item = PathBuf> {
        self.crls.iter().map(|name| folder("crls").join(name))
    }

    /// What the case gives, and nothing more.
    pub fn stores(&self) -> TestStores {
        TestStores {
            roots: vec![self.anchor().clone()],
            certificates: self.pool().cloned().collect(),
            crls: self.crls().cloned().collect(),
            ..TestStores::default()
        }
    }

    /// What the suite wants: revocation checked, unknown answers refused, and the inputs of the case.
    pub fn policy(&self) -> Policy {
        let mut policy = Policy::partner();
        policy.revocation = RevocationPolicy::STRICT;
        policy.initial_policies = self.initial_policies();
        policy
    }

    pub fn initial_policies(&self) -> InitialPolicies {
        let acceptable = self.initial_policy_set.iter();
        let mut inputs = InitialPolicies::default();
        inputs.acceptable = acceptable.filter_map(|name| test_policy(name)).collect();
        inputs.require_explicit_policy = self.initial_explicit_policy;
        inputs.inhibit_policy_mapping = self.initial_policy_mapping_inhibit;
        inputs.inhibit_any_policy = self.initial_any_policy_inhibit;
        inputs
    }

    pub fn question(&self) -> Question<'static> {
        Question::new(self.target().certificate(), now())
    }

    pub fn evaluate(&self, stores: &TestStores, policy: &Policy, cache: Option<&Cache>) -> Report {
        let evaluator = Evaluator::new(stores.stores(), policy, PROVIDER);
        let evaluator = match cache {
            Some(cache) => evaluator.with_cache(cache),
            None => evaluator,
        };
        evaluator.evaluate(&self.question())
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// The three cases whose keys are of DSA, which is not served.
pub const DSA: [&str; 3] = ["4.1.4", "4.1.5", "4.1.6"];

/// When the suite is to be evaluated.
pub fn now() -> DateTime<Utc> {
    "2011-04-20T12:00:00Z".parse().expect("a date")
}

/// All 249.
pub fn cases() -> &'static [Case] {
    static CASES: OnceLock<Vec<Case>> = OnceLock::new();
    CASES.get_or_init(|| {
        let path = folder("cases.json");
        let text = fs::read_to_string(path).expect("the list of cases");
        serde_json::from_str(&text).expect("the form of the list")
    })
}

/// The case with this number.
pub fn case(id: &str) -> &'static Case {
    let mut cases = cases().iter();
    cases.find(|case| case.id == id).expect("a case of PKITS")
}

/// All 405, by file name.
pub fn certificates() -> &'static BTreeMap<String, StoredCertificate> {
    static ALL: OnceLock<BTreeMap<String, StoredCertificate>> = OnceLock::new();
    ALL.get_or_init(|| {
        read("certs", |octets| {
            let certificate = Certificate::from_der(octets).expect("a certificate of PKITS");
            StoredCertificate::new(certificate, PROVIDER)
        })
    })
}

/// All 173, by file name.
pub fn crls() -> &'static BTreeMap<String, StoredCrl> {
    static ALL: OnceLock<BTreeMap<String, StoredCrl>> = OnceLock::new();
    ALL.get_or_init(|| {
        read("crls", |octets| {
            let index = CrlIndex::build(octets.into(), &Limits::default());
            StoredCrl::new(index.expect("a CRL of PKITS"), PROVIDER)
        })
    })
}

fn certificate(name: &str) -> &'static StoredCertificate {
    certificates().get(name).expect("a certificate of PKITS")
}

fn crl(name: &str) -> &'static StoredCrl {
    crls().get(name).expect("a CRL of PKITS")
}

fn read<T>(kind: &str, parse: impl Fn(Vec<u8>) -> T) -> BTreeMap<String, T> {
    let files = fs::read_dir(folder(kind)).expect("the fixtures of PKITS");
    files
        .map(|file| {
            let file = file.expect("a fixture of PKITS");
            let name = file.file_name().into_string().expect("a name in ASCII");
            let octets = fs::read(file.path()).expect("a fixture of PKITS");
            (name, parse(octets))
        })
        .collect()
}

/// Of the crate, and of the package in `benches/peers` that shares this file.
fn folder(kind: &str) -> PathBuf {
    let package = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let folders = [
        "tests/fixtures/pkits",
        "../../../crates/rollcert-trust/tests/fixtures/pkits",
    ];
    let folders = folders.map(|folder| package.join(folder));
    let mut found = folders.into_iter().filter(|folder| folder.is_dir());
    found.next().expect("the fixtures of PKITS").join(kind)
}

/// The identifier of a policy by the name that the suite gives it; none for any policy.
fn test_policy(name: &str) -> Option<Oid> {
    let number = match name {
        "anyPolicy" => return None,
        _ => name.strip_prefix("NIST-test-policy-").expect("a policy"),
    };
    let identifier = ObjectIdentifier::new(&format!("2.16.840.1.101.3.2.1.48.{number}"));
    Some(identifier.expect("an object identifier").into())
}
