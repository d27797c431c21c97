//! Evaluation over the certificates and CRLs of a PKITS case, changed at will, beside whatever else the input brings.
//!
//! Oracles: what is trusted ends at the root, each signature on its path verifies, and every certificate of it says what it
//! said before the change; a case that the suite calls invalid stays so, unless it is for its CRLs alone and they were
//! changed; a cache, cold or warm, and the order of the stores change nothing; a report can be told.
#![no_main]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use chrono::{DateTime, Utc};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use rollcert_crypto::rustcrypto::PROVIDER;
use rollcert_pki::{Certificate, CrlIndex, Limits};
use rollcert_trust::{
    Basis, Cache, Evaluator, MemoryCertificates, MemoryCrls, MemoryRoots, Policy, Question, Report,
    RevocationPolicy, StoredCertificate, StoredCrl, Stores, TrustLists, Verdict,
};

#[derive(Arbitrary, Debug)]
struct Input {
    case: u8,
    strict: bool,
    changes: Vec<Change>,
    certificates: Vec<Vec<u8>>,
    crls: Vec<Vec<u8>>,
}

#[derive(Arbitrary, Debug)]
struct Change {
    /// Which file: the target first, then the pool, then the CRLs.
    file: u8,
    at: u16,
    how: How,
}

#[derive(Arbitrary, Debug)]
enum How {
    Flip(u8),
    Put(u8),
    Insert(u8),
    Remove,
    Truncate,
    CopyFrom(u16),
}

fuzz_target!(|input: Input| {
    let case = &CASES[usize::from(input.case) % CASES.len()];
    let mut files: Vec<Vec<u8>> = [case.target]
        .iter()
        .chain(case.pool)
        .chain(case.crls)
        .map(|name| file(name).to_vec())
        .collect();
    let crls_from = 1 + case.pool.len();
    let mut changed_crls = !input.crls.is_empty();
    for change in input.changes.iter().take(8) {
        let number = usize::from(change.file) % files.len();
        changed_crls |= number >= crls_from;
        change.apply(&mut files[number]);
    }

    let Ok(target) = Certificate::from_der(files[0].clone()) else {
        return;
    };
    let root = Certificate::from_der(file(ROOT)).expect("the root");
    let mut roots = MemoryRoots::new();
    roots.trust(StoredCertificate::new(root.clone(), &PROVIDER));
    let pool = files[1..crls_from].iter().chain(&input.certificates);
    let pool: Vec<Certificate> = pool
        .filter_map(|octets| Certificate::from_der(octets.clone()).ok())
        .collect();
    let crls = files[crls_from..].iter().chain(&input.crls);
    let crls: Vec<CrlIndex> = crls
        .filter_map(|octets| CrlIndex::build(octets.clone().into(), &Limits::default()).ok())
        .collect();

    let mut policy = Policy::partner();
    if input.strict {
        policy = Policy::webpki();
    }
    policy.revocation = RevocationPolicy::STRICT;
    let question = Question::new(&target, now());
    let judge = |order: Order, cache: Option<&Cache>| {
        let mut certificates = MemoryCertificates::new();
        let mut lists = MemoryCrls::new();
        for certificate in order.of(&pool) {
            certificates.insert(StoredCertificate::new(certificate, &PROVIDER));
        }
        for crl in order.of(&crls) {
            lists.insert(StoredCrl::new(crl, &PROVIDER));
        }
        let trust_lists = TrustLists::new();
        let stores = Stores::new(&roots, &certificates, &lists, &trust_lists);
        let evaluator = Evaluator::new(stores, &policy, &PROVIDER);
        match cache {
            Some(cache) => evaluator.with_cache(cache).evaluate(&question),
            None => evaluator.evaluate(&question),
        }
    };

    let report = judge(Order::Forward, None);
    if let Verdict::Trusted(trusted) = report.verdict() {
        assert_eq!(trusted.basis(), Basis::Path);
        let path: Vec<&Certificate> = trusted
            .path()
            .iter()
            .map(StoredCertificate::certificate)
            .collect();
        assert_eq!(path.first(), Some(&&target));
        assert_eq!(path.last(), Some(&&root));
        for edge in path.windows(2) {
            assert!(edge[0].verify_signature_by(edge[1], &PROVIDER).is_ok());
        }
        for certificate in &path {
            assert!(is_as_issued(certificate), "trusted: {certificate:?}");
        }
        assert!(case.is_valid || changed_crls, "an invalid case is trusted");
        assert_eq!(report.reasons().count(), 0);
    } else {
        assert!(
            report.reasons().next().is_some(),
            "refused without a reason"
        );
    }

    let cache = Cache::new(64);
    for again in [
        judge(Order::Backward, None),
        judge(Order::Forward, Some(&cache)),
        judge(Order::Forward, Some(&cache)),
    ] {
        assert_eq!(is_trusted(&again), is_trusted(&report));
    }
    let _ = (
        report.explain(),
        serde_json::to_string(&report).expect("a report can be told"),
    );
});

impl Change {
    fn apply(&self, octets: &mut Vec<u8>) {
        let Some(at) = usize::from(self.at).checked_rem(octets.len()) else {
            return;
        };
        match self.how {
            How::Flip(bits) => octets[at] ^= bits,
            How::Put(octet) => octets[at] = octet,
            How::Insert(octet) => octets.insert(at, octet),
            How::Remove => drop(octets.remove(at)),
            How::Truncate => octets.truncate(at),
            How::CopyFrom(from) => octets[at] = octets[usize::from(from) % octets.len()],
        }
    }
}

#[derive(Clone, Copy)]
enum Order {
    Forward,
    Backward,
}

impl Order {
    fn of<T: Clone>(self, items: &[T]) -> Vec<T> {
        match self {
            Self::Forward => items.to_vec(),
            Self::Backward => items.iter().rev().cloned().collect(),
        }
    }
}

fn is_trusted(report: &Report) -> bool {
    report.trusted().is_some()
}

/// Whether the part that is signed is that of a certificate of the suite.
fn is_as_issued(certificate: &Certificate) -> bool {
    certificates_of_the_suite().any(|octets| {
        Certificate::from_der(octets)
            .is_ok_and(|one| one.to_be_signed() == certificate.to_be_signed())
    })
}

fn certificates_of_the_suite() -> impl Iterator<Item = &'static [u8]> {
    let names = files().keys().filter(|name| name.starts_with("certs/"));
    names.map(|name| file(name))
}

fn file(name: &str) -> &'static [u8] {
    files()
        .get(name)
        .unwrap_or_else(|| panic!("no fixture {name}"))
}

/// What the cases name, by folder and name.
fn files() -> &'static BTreeMap<String, Vec<u8>> {
    static FILES: OnceLock<BTreeMap<String, Vec<u8>>> = OnceLock::new();
    FILES.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../crates/rollcert-trust/tests/fixtures/pkits");
        let names = CASES.iter().flat_map(|case| {
            let crls = case.crls.iter();
            [ROOT, case.target]
                .into_iter()
                .chain(case.pool.iter().chain(crls).copied())
        });
        names
            .map(|name| {
                let octets = fs::read(folder.join(name)).expect("the fixtures of PKITS");
                (name.to_owned(), octets)
            })
            .collect()
    })
}

fn now() -> DateTime<Utc> {
    "2011-04-20T12:00:00Z".parse().expect("a date")
}

struct Case {
    is_valid: bool,
    target: &'static str,
    pool: &'static [&'static str],
    crls: &'static [&'static str],
}

const ROOT: &str = "certs/TrustAnchorRootCertificate.crt";

/// Some of PKITS, of each kind, by their numbers there. The inputs of certificate policies are left at their defaults.
const CASES: &[Case] = &[
    // 4.1.1
    Case {
        is_valid: true,
        target: "certs/ValidCertificatePathTest1EE.crt",
        pool: &["certs/GoodCACert.crt"],
        crls: &["crls/TrustAnchorRootCRL.crl", "crls/GoodCACRL.crl"],
    },
    // 4.1.2
    Case {
        is_valid: false,
        target: "certs/InvalidCASignatureTest2EE.crt",
        pool: &["certs/BadSignedCACert.crt"],
        crls: &["crls/TrustAnchorRootCRL.crl", "crls/BadSignedCACRL.crl"],
    },
    // 4.4.3
    Case {
        is_valid: false,
        target: "certs/InvalidRevokedEETest3EE.crt",
        pool: &["certs/GoodCACert.crt"],
        crls: &["crls/TrustAnchorRootCRL.crl", "crls/GoodCACRL.crl"],
    },
    // 4.4.19
    Case {
        is_valid: true,
        target: "certs/ValidSeparateCertificateandCRLKeysTest19EE.crt",
        pool: &[
            "certs/SeparateCertificateandCRLKeysCertificateSigningCACert.crt",
            "certs/SeparateCertificateandCRLKeysCRLSigningCert.crt",
        ],
        crls: &[
            "crls/TrustAnchorRootCRL.crl",
            "crls/SeparateCertificateandCRLKeysCRL.crl",
        ],
    },
    // 4.4.20
    Case {
        is_valid: false,
        target: "certs/InvalidSeparateCertificateandCRLKeysTest20EE.crt",
        pool: &[
            "certs/SeparateCertificateandCRLKeysCertificateSigningCACert.crt",
            "certs/SeparateCertificateandCRLKeysCRLSigningCert.crt",
        ],
        crls: &[
            "crls/TrustAnchorRootCRL.crl",
            "crls/SeparateCertificateandCRLKeysCRL.crl",
        ],
    },
    // 4.5.4
    Case {
        is_valid: true,
        target: "certs/ValidBasicSelfIssuedNewWithOldTest4EE.crt",
        pool: &[
            "certs/BasicSelfIssuedOldKeyCACert.crt",
            "certs/BasicSelfIssuedOldKeyNewWithOldCACert.crt",
        ],
        crls: &[
            "crls/TrustAnchorRootCRL.crl",
            "crls/BasicSelfIssuedOldKeySelfIssuedCertCRL.crl",
            "crls/BasicSelfIssuedOldKeyCACRL.crl",
        ],
    },
    // 4.5.6
    Case {
        is_valid: true,
        target: "certs/ValidBasicSelfIssuedCRLSigningKeyTest6EE.crt",
        pool: &[
            "certs/BasicSelfIssuedCRLSigningKeyCACert.crt",
            "certs/BasicSelfIssuedCRLSigningKeyCRLCert.crt",
        ],
        crls: &[
            "crls/TrustAnchorRootCRL.crl",
            "crls/BasicSelfIssuedCRLSigningKeyCRLCertCRL.crl",
            "crls/BasicSelfIssuedCRLSigningKeyCACRL.crl",
        ],
    },
    // 4.6.7
    Case {
        is_valid: true,
        target: "certs/ValidpathLenConstraintTest7EE.crt",
        pool: &["certs/pathLenConstraint0CACert.crt"],
        crls: &[
            "crls/TrustAnchorRootCRL.crl",
            "crls/pathLenConstraint0CACRL.crl",
        ],
    },
    // 4.6.15
    Case {
        is_valid: true,
        target: "certs/ValidSelfIssuedpathLenConstraintTest15EE.crt",
        pool: &[
            "certs/pathLenConstraint0CACert.crt",
            "certs/pathLenConstraint0SelfIssuedCACert.crt",
        ],
        crls: &[
            "crls/TrustAnchorRootCRL.crl",
            "crls/pathLenConstraint0CACRL.crl",
        ],
    },
    // 4.6.16
    Case {
        is_valid: false,
        target: "certs/InvalidSelfIssuedpathLenConstraintTest16EE.crt",
        pool: &[
            "certs/pathLenConstraint0CACert.crt",
            "certs/pathLenConstraint0SelfIssuedCACert.crt",
            "certs/pathLenConstraint0subCA2Cert.crt",
        ],
        crls: &[
            "crls/TrustAnchorRootCRL.crl",
            "crls/pathLenConstraint0CACRL.crl",
            "crls/pathLenConstraint0subCA2CRL.crl",
        ],
    },
    // 4.9.6
    Case {
        is_valid: true,
        target: "certs/ValidSelfIssuedrequireExplicitPolicyTest6EE.crt",
        pool: &[
            "certs/requireExplicitPolicy2CACert.crt",
            "certs/requireExplicitPolicy2SelfIssuedCACert.crt",
        ],
        crls: &[
            "crls/TrustAnchorRootCRL.crl",
            "crls/requireExplicitPolicy2CACRL.crl",
        ],
    },
    // 4.10.3.2
    Case {
        is_valid: true,
        target: "certs/ValidPolicyMappingTest3EE.crt",
        pool: &[
            "certs/P12Mapping1to3CACert.crt",
            "certs/P12Mapping1to3subCACert.crt",
            "certs/P12Mapping1to3subsubCACert.crt",
        ],
        crls: &[
            "crls/TrustAnchorRootCRL.crl",
            "crls/P12Mapping1to3CACRL.crl",
            "crls/P12Mapping1to3subCACRL.crl",
            "crls/P12Mapping1to3subsubCACRL.crl",
        ],
    },
    // 4.10.11
    Case {
        is_valid: true,
        target: "certs/ValidPolicyMappingTest11EE.crt",
        pool: &[
            "certs/GoodCACert.crt",
            "certs/GoodsubCAPanyPolicyMapping1to2CACert.crt",
        ],
        crls: &[
            "crls/TrustAnchorRootCRL.crl",
            "crls/GoodCACRL.crl",
            "crls/GoodsubCAPanyPolicyMapping1to2CACRL.crl",
        ],
    },
    // 4.11.7
    Case {
        is_valid: true,
        target: "certs/ValidSelfIssuedinhibitPolicyMappingTest7EE.crt",
        pool: &[
            "certs/inhibitPolicyMapping1P1CACert.crt",
            "certs/inhibitPolicyMapping1P1SelfIssuedCACert.crt",
            "certs/inhibitPolicyMapping1P1subCACert.crt",
        ],
        crls: &[
            "crls/TrustAnchorRootCRL.crl",
            "crls/inhibitPolicyMapping1P1CACRL.crl",
            "crls/inhibitPolicyMapping1P1subCACRL.crl",
        ],
    },
    // 4.12.9
    Case {
        is_valid: true,
        target: "certs/ValidSelfIssuedinhibitAnyPolicyTest9EE.crt",
        pool: &[
            "certs/inhibitAnyPolicy1CACert.crt",
            "certs/inhibitAnyPolicy1SelfIssuedCACert.crt",
            "certs/inhibitAnyPolicy1subCA2Cert.crt",
            "certs/inhibitAnyPolicy1SelfIssuedsubCA2Cert.crt",
        ],
        crls: &[
            "crls/TrustAnchorRootCRL.crl",
            "crls/inhibitAnyPolicy1CACRL.crl",
            "crls/inhibitAnyPolicy1subCA2CRL.crl",
        ],
    },
    // 4.13.19
    Case {
        is_valid: true,
        target: "certs/ValidDNnameConstraintsTest19EE.crt",
        pool: &[
            "certs/nameConstraintsDN1CACert.crt",
            "certs/nameConstraintsDN1SelfIssuedCACert.crt",
        ],
        crls: &[
            "crls/TrustAnchorRootCRL.crl",
            "crls/nameConstraintsDN1CACRL.crl",
        ],
    },
    // 4.13.27
    Case {
        is_valid: true,
        target: "certs/ValidDNandRFC822nameConstraintsTest27EE.crt",
        pool: &[
            "certs/nameConstraintsDN1CACert.crt",
            "certs/nameConstraintsDN1subCA3Cert.crt",
        ],
        crls: &[
            "crls/TrustAnchorRootCRL.crl",
            "crls/nameConstraintsDN1CACRL.crl",
            "crls/nameConstraintsDN1subCA3CRL.crl",
        ],
    },
    // 4.13.34
    Case {
        is_valid: true,
        target: "certs/ValidURInameConstraintsTest34EE.crt",
        pool: &["certs/nameConstraintsURI1CACert.crt"],
        crls: &[
            "crls/TrustAnchorRootCRL.crl",
            "crls/nameConstraintsURI1CACRL.crl",
        ],
    },
    // 4.14.5
    Case {
        is_valid: true,
        target: "certs/ValiddistributionPointTest5EE.crt",
        pool: &["certs/distributionPoint2CACert.crt"],
        crls: &[
            "crls/TrustAnchorRootCRL.crl",
            "crls/distributionPoint2CACRL.crl",
        ],
    },
    // 4.14.18
    Case {
        is_valid: true,
        target: "certs/ValidonlySomeReasonsTest18EE.crt",
        pool: &["certs/onlySomeReasonsCA3Cert.crt"],
        crls: &[
            "crls/TrustAnchorRootCRL.crl",
            "crls/onlySomeReasonsCA3compromiseCRL.crl",
            "crls/onlySomeReasonsCA3otherreasonsCRL.crl",
        ],
    },
    // 4.14.22
    Case {
        is_valid: true,
        target: "certs/ValidIDPwithindirectCRLTest22EE.crt",
        pool: &["certs/indirectCRLCA1Cert.crt"],
        crls: &["crls/TrustAnchorRootCRL.crl", "crls/indirectCRLCA1CRL.crl"],
    },
    // 4.14.28
    Case {
        is_valid: true,
        target: "certs/ValidcRLIssuerTest28EE.crt",
        pool: &[
            "certs/indirectCRLCA3Cert.crt",
            "certs/indirectCRLCA3cRLIssuerCert.crt",
        ],
        crls: &[
            "crls/TrustAnchorRootCRL.crl",
            "crls/indirectCRLCA3CRL.crl",
            "crls/indirectCRLCA3cRLIssuerCRL.crl",
        ],
    },
    // 4.14.30
    Case {
        is_valid: true,
        target: "certs/ValidcRLIssuerTest30EE.crt",
        pool: &[
            "certs/indirectCRLCA4Cert.crt",
            "certs/indirectCRLCA4cRLIssuerCert.crt",
        ],
        crls: &[
            "crls/TrustAnchorRootCRL.crl",
            "crls/indirectCRLCA4cRLIssuerCRL.crl",
        ],
    },
    // 4.15.2
    Case {
        is_valid: true,
        target: "certs/ValiddeltaCRLTest2EE.crt",
        pool: &["certs/deltaCRLCA1Cert.crt"],
        crls: &[
            "crls/TrustAnchorRootCRL.crl",
            "crls/deltaCRLCA1CRL.crl",
            "crls/deltaCRLCA1deltaCRL.crl",
        ],
    },
    // 4.15.4
    Case {
        is_valid: false,
        target: "certs/InvaliddeltaCRLTest4EE.crt",
        pool: &["certs/deltaCRLCA1Cert.crt"],
        crls: &[
            "crls/TrustAnchorRootCRL.crl",
            "crls/deltaCRLCA1CRL.crl",
            "crls/deltaCRLCA1deltaCRL.crl",
        ],
    },
    // 4.15.5
    Case {
        is_valid: true,
        target: "certs/ValiddeltaCRLTest5EE.crt",
        pool: &["certs/deltaCRLCA1Cert.crt"],
        crls: &[
            "crls/TrustAnchorRootCRL.crl",
            "crls/deltaCRLCA1CRL.crl",
            "crls/deltaCRLCA1deltaCRL.crl",
        ],
    },
    // 4.16.1
    Case {
        is_valid: true,
        target: "certs/ValidUnknownNotCriticalCertificateExtensionTest1EE.crt",
        pool: &[],
        crls: &["crls/TrustAnchorRootCRL.crl"],
    },
];
