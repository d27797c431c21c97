use std::cell::RefCell;
use std::path::Path;

use rollcert_crypto::rustcrypto::PROVIDER;
use rollcert_pki::{Certificate, CrlIndex, Limits as PkiLimits};

use crate::budget::Budget;
use crate::context::{Context, SignerPaths, Verified};
use crate::limits::Limits;
use crate::policy::{Policy, RevocationPolicy};
use crate::report::{Finding, Reason, RevocationStatus};
use crate::stored::StoredCertificate;
use crate::stores::{MemoryCertificates, MemoryCrls, MemoryRoots, StoredCrl, Stores};
use crate::trust_list::TrustLists;

struct Double<'a> {
    context: &'a Context<'a>,
    pool: &'a [StoredCertificate],
    anchor: StoredCertificate,
    stack: RefCell<Vec<StoredCertificate>>,
}

impl Double<'_> {
    fn paths(&self, path: Vec<StoredCertificate>, out: &mut Vec<Vec<StoredCertificate>>) {
        let last = path.last().unwrap();
        if *last == self.anchor {
            out.push(path);
            return;
        }
        for c in self.pool.iter().chain([&self.anchor]) {
            if path.contains(c)
                || !c
                    .certificate()
                    .subject()
                    .matches(last.certificate().issuer())
            {
                continue;
            }
            if self.context.verify_certificate(last, c).unwrap().is_ok() {
                let mut p = path.clone();
                p.push(c.clone());
                self.paths(p, out);
            }
        }
    }
    fn status(&self, leaf: &StoredCertificate) -> Result<(), (usize, Vec<Reason>)> {
        let mut out = Vec::new();
        self.paths(vec![leaf.clone()], &mut out);
        let mut err = Err((99, vec![]));
        for path in out {
            let mut this = Ok(());
            for index in (0..path.len() - 1).rev() {
                let st = super::check(self.context, self, &path, index, &[]).unwrap();
                match st {
                    RevocationStatus::Good { .. } => {}
                    RevocationStatus::Revoked { reason } => this = Err((index, vec![reason])),
                    RevocationStatus::Unknown { causes } => this = Err((index, causes)),
                    RevocationStatus::NotChecked => panic!(),
                }
                if this.is_err() {
                    break;
                }
            }
            if this.is_ok() {
                return Ok(());
            }
            err = this;
        }
        err
    }
}

impl SignerPaths for Double<'_> {
    fn validate_signer(
        &self,
        signer: &StoredCertificate,
        anchor: &StoredCertificate,
    ) -> Result<(), Box<Finding>> {
        assert_eq!(*anchor, self.anchor);
        if self.stack.borrow().contains(signer) {
            return Err(Box::new(Finding::of_path(Reason::SignatureInvalid)));
        }
        self.stack.borrow_mut().push(signer.clone());
        let r = self.status(signer);
        self.stack.borrow_mut().pop();
        r.map_err(|(_, mut c)| {
            Box::new(Finding::of_path(if c.is_empty() {
                Reason::SignatureInvalid
            } else {
                c.remove(0)
            }))
        })
    }
}

#[test]
fn pkits_by_hand() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pkits");
    let cases: serde_json::Value =
        serde_json::from_slice(&std::fs::read(dir.join("cases.json")).unwrap()).unwrap();
    let mut policy = Policy::partner();
    policy.revocation = RevocationPolicy::STRICT;
    let mut bad = 0;
    let mut n = 0;
    for case in cases.as_array().unwrap() {
        let id = case["id"].as_str().unwrap();
        if !["4.4.", "4.5.", "4.14.", "4.15.", "4.7.4", "4.7.5"]
            .iter()
            .any(|p| id.starts_with(p))
        {
            continue;
        }
        let certs: Vec<StoredCertificate> = case["certs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| {
                StoredCertificate::new(
                    Certificate::from_der(
                        std::fs::read(dir.join("certs").join(f.as_str().unwrap())).unwrap(),
                    )
                    .unwrap(),
                    &PROVIDER,
                )
            })
            .collect();
        let mut crls = MemoryCrls::new();
        for f in case["crls"].as_array().unwrap() {
            let octets: std::sync::Arc<[u8]> =
                std::fs::read(dir.join("crls").join(f.as_str().unwrap()))
                    .unwrap()
                    .into();
            crls.insert(StoredCrl::new(
                CrlIndex::build(octets, &PkiLimits::default()).unwrap(),
                &PROVIDER,
            ));
        }
        let roots = MemoryRoots::new();
        let store = MemoryCertificates::new();
        let lists = TrustLists::new();
        let budget = Budget::new(Limits::DEFAULT);
        let pool = &certs[1..certs.len() - 1];
        let context = Context {
            stores: Stores::new(&roots, &store, &crls, &lists),
            policy: &policy,
            provider: &PROVIDER,
            cache: None,
            budget: &budget,
            now: "2011-04-20T12:00:00Z".parse().unwrap(),
            presented: pool,
            verified: Verified::default(),
        };
        let double = Double {
            context: &context,
            pool,
            anchor: certs[0].clone(),
            stack: RefCell::default(),
        };
        let got = double.status(certs.last().unwrap());
        let got_text = match &got {
            Ok(()) => "ok".to_owned(),
            Err((_, c)) => c
                .first()
                .map(|r| match r {
                    Reason::Revoked { .. } => "revoked".to_owned(),
                    r => format!("revocation_unknown:{}", r.code().replace('-', "_")),
                })
                .unwrap_or_default(),
        };
        let expected = if case["should_validate"].as_bool().unwrap() {
            "ok"
        } else {
            case["expect_reason"].as_str().unwrap()
        };
        n += 1;
        if !expected.starts_with(&got_text) || got_text.is_empty() {
            bad += 1;
            println!(
                "{id}: expected {expected}, got {got_text} {:?}",
                got.err()
                    .map(|(i, c)| (i, c.iter().map(Reason::code).collect::<Vec<_>>()))
            );
        }
    }
    println!("{n} cases, {bad} bad");
    assert_eq!(bad, 0);
}
