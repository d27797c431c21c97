use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::{env, fs};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use flate2::read::GzDecoder;
use rollcert_pki::{Certificate, CrlIndex, Limits, Purpose};
use rollcert_trust::{
    Cache, Evaluator, Policy, Question, ReferenceName, Report, RevocationPolicy, StoredCertificate,
    StoredCrl,
};
use serde::Deserialize;

use crate::common::{PROVIDER, TestStores};

/// A case of x509-limbo or of BetterTLS, ready to be evaluated.
#[derive(Clone, Debug)]
pub struct Case {
    pub id: String,
    pub expected: Expected,
    /// BetterTLS takes the other verdict too, with a warning.
    pub soft: bool,
    pub denial_of_service: bool,
    purpose: Purpose,
    /// Each must be carried by the leaf.
    names: Vec<ReferenceName>,
    max_intermediates: Option<usize>,
    time: DateTime<Utc>,
    roots: Vec<Vec<u8>>,
    intermediates: Vec<Vec<u8>>,
    leaf: Vec<u8>,
    crls: Vec<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Expected {
    #[serde(rename = "SUCCESS")]
    Success,
    #[serde(rename = "FAILURE")]
    Failure,
}

/// What evaluation says of a case.
pub enum Outcome {
    /// Trusted.
    Accepted,
    /// The leaf or a CRL of the case cannot be read, and so cannot be trusted.
    Unreadable(String),
    /// Not trusted.
    Rejected(Box<Report>),
}

impl Outcome {
    pub fn verdict(&self) -> Expected {
        match self {
            Self::Accepted => Expected::Success,
            Self::Unreadable(_) | Self::Rejected(_) => Expected::Failure,
        }
    }

    pub fn explained(&self) -> String {
        match self {
            Self::Accepted => "accepted".to_owned(),
            Self::Unreadable(why) => format!("unreadable: {why}"),
            Self::Rejected(report) => {
                let codes = report.reasons().map(|finding| {
                    let place = finding.place.as_ref();
                    format!("{:?} at {:?}", finding.reason, place.map(|at| at.index))
                });
                codes.collect::<Vec<_>>().join(", ")
            }
        }
    }
}

impl Case {
    /// With `policy`, whose revocation is strict where the case brings CRLs and off where it brings none.
    pub fn evaluate(&self, policy: &Policy, cache: Option<&Cache>) -> Outcome {
        let mut policy = policy.clone();
        policy.max_intermediates = self.max_intermediates;
        policy.revocation = if self.crls.is_empty() {
            RevocationPolicy::Off
        } else {
            RevocationPolicy::STRICT
        };

        let leaf = match Certificate::from_der(self.leaf.clone()) {
            Ok(leaf) => leaf,
            Err(error) => return Outcome::Unreadable(error.to_string()),
        };
        // What cannot be read is not there: no import would put it into a store.
        let presented = readable(&self.intermediates);
        let roots = readable(&self.roots).into_iter();
        let crls = self.crls.iter().filter_map(|octets| {
            CrlIndex::build(octets.as_slice().into(), &Limits::default()).ok()
        });
        let stores = TestStores {
            roots: roots
                .map(|root| StoredCertificate::new(root, PROVIDER))
                .collect(),
            crls: crls.map(|crl| StoredCrl::new(crl, PROVIDER)).collect(),
            ..TestStores::default()
        };

        let evaluator = Evaluator::new(stores.stores(), &policy, PROVIDER);
        let evaluator = match cache {
            Some(cache) => evaluator.with_cache(cache),
            None => evaluator,
        };
        let question = Question::new(&leaf, self.time)
            .with_purpose(self.purpose)
            .with_presented(&presented);
        let mut questions = Vec::new();
        for name in &self.names {
            questions.push(question.clone().with_name(name.clone()));
        }
        if questions.is_empty() {
            questions.push(question);
        }
        let reports = questions
            .iter()
            .map(|question| evaluator.evaluate(question));
        match { reports }.find(|report| report.trusted().is_none()) {
            None => Outcome::Accepted,
            Some(report) => Outcome::Rejected(Box::new(report)),
        }
    }
}

/// The cases of x509-limbo without BetterTLS; `None`, said aloud, where the folder is not there.
pub fn core() -> Option<Vec<Case>> {
    let text = fs::read_to_string(folder()?.join("limbo-core.json")).expect("the core cases");
    let core: Core = serde_json::from_str(&text).expect("the form of the core cases");
    Some(core.testcases.into_iter().map(Case::from).collect())
}

/// The cases of BetterTLS; `None`, said aloud, where the folder is not there.
pub fn bettertls() -> Option<Vec<Case>> {
    let packed = fs::File::open(folder()?.join("bettertls.ndjson.gz")).expect("BetterTLS");
    let mut lines = BufReader::new(GzDecoder::new(packed)).lines();
    let head = lines.next().expect("a first line").expect("gzip");
    let head: BetterTlsHead = serde_json::from_str(&head).expect("the form of the first line");
    let root = from_base64(&head.trust_root);
    let cases = lines.map(|line| {
        let case: BetterTls = serde_json::from_str(&line.expect("gzip")).expect("its form");
        case.under(&root)
    });
    Some(cases.collect())
}

/// The folder of the suites is not part of the repository: its licence is another.
fn folder() -> Option<PathBuf> {
    let vectors = match env::var_os("ROLLCERT_VECTORS") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors"),
    };
    let folder = vectors.join("limbo");
    if folder.is_dir() {
        return Some(folder);
    }
    assert_ne!(
        env::var("CI").as_deref(),
        Ok("true"),
        "{} is not there",
        folder.display()
    );
    eprintln!(
        "skipped: {} is not there; ROLLCERT_VECTORS may name another folder",
        folder.display()
    );
    None
}

#[derive(Deserialize)]
struct Core {
    testcases: Vec<CoreCase>,
}

#[derive(Deserialize)]
struct CoreCase {
    id: String,
    features: Vec<String>,
    validation_kind: String,
    trusted_certs: Vec<String>,
    untrusted_intermediates: Vec<String>,
    peer_certificate: String,
    validation_time: Option<String>,
    expected_result: Expected,
    expected_peer_name: Option<PeerName>,
    expected_peer_names: Vec<PeerName>,
    max_chain_depth: Option<usize>,
    crls: Vec<String>,
}

impl From<CoreCase> for Case {
    fn from(case: CoreCase) -> Self {
        let purpose = match case.validation_kind.as_str() {
            "SERVER" => Purpose::TlsServer,
            "CLIENT" => Purpose::TlsClient,
            other => panic!("{}: unknown kind {other}", case.id),
        };
        let names = case.expected_peer_name.iter();
        let names = names.chain(&case.expected_peer_names);
        Self {
            expected: case.expected_result,
            soft: false,
            denial_of_service: case.features.iter().any(|one| one == "denial-of-service"),
            purpose,
            names: names.map(PeerName::reference).collect(),
            max_intermediates: case.max_chain_depth,
            time: case
                .validation_time
                .as_deref()
                .map_or_else(default_time, moment),
            roots: from_pems(&case.trusted_certs),
            intermediates: from_pems(&case.untrusted_intermediates),
            leaf: from_pem(&case.peer_certificate),
            crls: from_pems(&case.crls),
            id: case.id,
        }
    }
}

#[derive(Deserialize)]
struct BetterTlsHead {
    trust_root: String,
}

#[derive(Deserialize)]
struct BetterTls {
    id: String,
    expected: Expected,
    failure_is_warning: bool,
    peer_name: PeerName,
    validation_time: String,
    leaf: String,
    intermediates: Vec<String>,
}

impl BetterTls {
    fn under(self, root: &[u8]) -> Case {
        let intermediates = self.intermediates.iter();
        Case {
            id: self.id,
            expected: self.expected,
            soft: self.failure_is_warning,
            denial_of_service: false,
            purpose: Purpose::TlsServer,
            names: vec![self.peer_name.reference()],
            max_intermediates: None,
            time: moment(&self.validation_time),
            roots: vec![root.to_vec()],
            intermediates: intermediates.map(|one| from_base64(one)).collect(),
            leaf: from_base64(&self.leaf),
            crls: Vec::new(),
        }
    }
}

#[derive(Deserialize)]
struct PeerName {
    kind: String,
    value: String,
}

impl PeerName {
    fn reference(&self) -> ReferenceName {
        match self.kind.as_str() {
            "DNS" => ReferenceName::Dns(self.value.clone()),
            "IP" => ReferenceName::Ip(self.value.parse().expect("an address")),
            "RFC822" => ReferenceName::Email(self.value.clone()),
            other => panic!("unknown kind of name {other}"),
        }
    }
}

/// For cases that name no time: their certificates are valid now, or never.
fn default_time() -> DateTime<Utc> {
    moment("2026-11-21T12:00:00Z")
}

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time as in RFC 3339")
}

fn readable(certificates: &[Vec<u8>]) -> Vec<Certificate> {
    let certificates = certificates.iter();
    certificates
        .filter_map(|octets| Certificate::from_der(octets.clone()).ok())
        .collect()
}

fn from_pems(texts: &[String]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| from_pem(text)).collect()
}

fn from_pem(text: &str) -> Vec<u8> {
    let body: String = text
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    from_base64(&body)
}

fn from_base64(text: &str) -> Vec<u8> {
    STANDARD.decode(text.trim()).expect("base64")
}
