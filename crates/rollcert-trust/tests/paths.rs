//! Paths: how they are found, and what makes one valid.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed test is to panic"
)]

mod common;

use common::{Authority, TestStores};

#[test]
fn authorities_issue() {
    let root = Authority::root("Acme Root");
    let issuing = root.authority("Acme Issuing");
    let leaf = issuing.leaf("acme as2");
    let _ = TestStores::new()
        .root(&root)
        .certificate(&issuing)
        .crl(&issuing.crl_of(&[&leaf]));
    assert!(
        leaf.certificate
            .verify_signature_by(&issuing.certificate, common::PROVIDER)
            .is_ok()
    );
    assert_eq!(
        leaf.with_broken_signature()
            .certificate
            .verify_signature_by(&issuing.certificate, common::PROVIDER)
            .is_ok(),
        false
    );
    assert_eq!(leaf.certificate.quirks(), &[]);
    assert_eq!(root.certificate.quirks(), &[]);
}

#[test]
fn a_leaf_below_an_intermediate_below_a_root_is_trusted() {
    let root = Authority::root("Acme Root");
    let issuing = root.authority("Acme Issuing");
    let leaf = issuing.leaf("acme as2");
    let stores = TestStores::new().root(&root).certificate(&issuing);
    let policy = common::policy();
    let report = common::evaluator(&stores, &policy).evaluate(&rollcert_trust::Question::new(
        &leaf.certificate,
        common::now(),
    ));
    println!("{report:?}");
    assert!(report.trusted().is_some());
}
