//! The logical identity of certificates.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use rollcert_pki::{Certificate, IdentityField, IdentityMatch, LogicalIdentity};

fn identity(octets: &[u8]) -> LogicalIdentity {
    LogicalIdentity::of(&Certificate::from_der(octets).unwrap())
}

#[test]
fn a_renewed_certificate_has_the_identity_of_the_old_one() {
    let old = identity(include_bytes!("fixtures/clid/a_old.cer"));
    let new = identity(include_bytes!("fixtures/clid/a_new.cer"));
    assert_eq!(old.compare(&new), IdentityMatch::Same);
    assert_eq!(new.compare(&old).differs(), []);
}

#[test]
fn the_comparison_says_which_fields_differ() {
    let old = identity(include_bytes!("fixtures/clid/a_old.cer"));
    for (other, differs) in [
        (
            &include_bytes!("fixtures/clid/a_new_subject.cer")[..],
            vec![IdentityField::Subject],
        ),
        (
            include_bytes!("fixtures/clid/a_sign.cer"),
            vec![
                IdentityField::Subject,
                IdentityField::KeyUsage,
                IdentityField::ExtendedKeyUsage,
            ],
        ),
        (
            include_bytes!("fixtures/rsa2048.cert.der"),
            vec![
                IdentityField::Subject,
                IdentityField::Issuer,
                IdentityField::ExtendedKeyUsage,
            ],
        ),
    ] {
        assert_eq!(
            old.compare(&identity(other)),
            IdentityMatch::Different(differs)
        );
    }
    let codes: Vec<&str> = [
        IdentityField::Subject,
        IdentityField::Issuer,
        IdentityField::KeyUsage,
        IdentityField::ExtendedKeyUsage,
    ]
    .map(IdentityField::code)
    .into();
    assert_eq!(
        codes,
        ["subject", "issuer", "key_usage", "extended_key_usage"]
    );
}
