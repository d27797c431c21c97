//! CRLs of all kinds, drawn by chance: what is called good here, OpenSSL calls good too.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed test is to panic"
)]

mod common;

use core::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use chrono::TimeDelta;
use common::{
    Authority, CrlTemplate, Template, TestStores, critical, day, evaluator, extension, name, now,
    serial, strict_policy,
};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng};
use rollcert_pki::extension::{
    CertificateIssuer, CrlDistributionPoints, CrlScope, DeltaCrlIndicator, DistributionPoint,
    DistributionPointName, GeneralName, IssuingDistributionPoint, ReasonCode, ReasonFlag,
    ReasonFlags,
};
use rollcert_pki::{Crl, KeyUsage};
use rollcert_trust::{Question, RevocationStatus};

/// How many sets of CRLs are drawn.
const DRAWS: usize = 120;

struct Scene {
    root: Authority,
    issuing: Authority,
    /// The same authority after its roll-over, another that signs its CRLs, one that issues indirect CRLs, and a stranger of
    /// the same name.
    signers: Vec<Authority>,
    impostor: Authority,
}

#[test]
fn what_is_called_good_openssl_calls_good_too() {
    if Command::new("openssl").arg("version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "openssl is missing");
        eprintln!("skipped: openssl is not installed");
        return;
    }
    let root = Authority::root("Root");
    let crl_signing =
        |common_name| Template::leaf(common_name).with_key_usage(&[KeyUsage::CrlSign]);
    let scene = Scene {
        issuing: root.authority("Issuing"),
        signers: vec![
            root.authority("Issuing"),
            root.issue(crl_signing("Issuing")),
            root.issue(crl_signing("CRL issuer")),
        ],
        impostor: Authority::root("Issuing"),
        root,
    };
    let mut rng = StdRng::seed_from_u64(280);
    let (mut good, mut stricter, mut gave_up, mut looser) = (0, 0, 0, String::new());
    for draw in 0..DRAWS {
        let leaf = scene.issuing.issue(leaf(&mut rng));
        let crls: Vec<(String, Crl)> = (0..rng.random_range(1..4))
            .map(|_| crl(&scene, &leaf, &mut rng))
            .collect();
        let ours = ours(&scene, &leaf, &crls);
        let (is_good, openssl) = openssl(&scene, &leaf, &crls);
        match (matches!(ours, RevocationStatus::Good { .. }), is_good) {
            (true, true) => good += 1,
            // OpenSSL looks at the one CRL that fits best by its looks, and gives up if its signature is of no worth.
            (true, false) if openssl.contains("error 8 ") => gave_up += 1,
            (true, false) => {
                let kinds: Vec<&str> = crls.iter().map(|(kind, _)| kind.as_str()).collect();
                let points = &leaf.certificate.extension::<CrlDistributionPoints>();
                writeln!(looser, "{draw}: {kinds:#?}\n{points:?}\nopenssl: {openssl}").unwrap();
            }
            (false, true) => stricter += 1,
            (false, false) => {}
        }
    }
    println!("good by both: {good}, here stricter: {stricter}, given up: {gave_up}");
    assert!(
        good > DRAWS / 20,
        "nearly nothing is good: {good} of {DRAWS}"
    );
    assert!(looser.is_empty(), "{looser}");
}

fn uri(number: u32) -> GeneralName {
    GeneralName::uri(&format!("http://crl.example/{number}")).unwrap()
}

fn directory(common_name: &str) -> Vec<GeneralName> {
    vec![GeneralName::Directory(name(common_name))]
}

/// An end entity with up to two distribution points.
fn leaf(rng: &mut StdRng) -> Template {
    let mut points = Vec::new();
    for _ in 0..rng.random_range(0..3) {
        let mut point = DistributionPoint::of(vec![uri(rng.random_range(0..2))]);
        if rng.random_ratio(1, 4) {
            point.crl_issuer = directory("CRL issuer");
            if rng.random_ratio(1, 2) {
                point.name = None;
            }
        }
        points.push(point);
    }
    match points.as_slice() {
        [] => Template::leaf("leaf"),
        _ => Template::leaf("leaf").with(extension(&CrlDistributionPoints(points))),
    }
}

fn some_reasons(rng: &mut StdRng) -> ReasonFlags {
    let compromise = rng.random_ratio(1, 2);
    ReasonFlags::ALL
        .iter()
        .filter(|reason| (*reason == ReasonFlag::KeyCompromise) == compromise)
        .collect()
}

/// A CRL of any kind, and which.
fn crl(scene: &Scene, leaf: &Authority, rng: &mut StdRng) -> (String, Crl) {
    let number = rng.random_range(1..6);
    let (from, until) =
        [(-1, 30), (-1, 30), (-1, 30), (-9, 20), (-40, -9), (2, 30)][rng.random_range(0..6)];
    let mut kind = format!("number {number}, days {from} to {until}");
    // Of two that are issued at once, OpenSSL takes the first.
    let minutes = TimeDelta::minutes(i64::try_from(number).unwrap());
    let mut template = CrlTemplate::new(number).with_times(day(from) + minutes, Some(day(until)));
    let signer = match rng.random_range(0..8) {
        0 => &scene.signers[0],
        1 => &scene.signers[1],
        2 | 3 => &scene.signers[2],
        4 => &scene.impostor,
        _ => &scene.issuing,
    };
    let is_elsewhere = core::ptr::eq(signer, &scene.signers[2]);
    let mut point = IssuingDistributionPoint::default();
    // A point without a name OpenSSL takes for one of every name; RFC 5280 §6.3.3 (b)(2)(i) does not.
    if !is_elsewhere && rng.random_ratio(1, 3) {
        let names = vec![uri(rng.random_range(0..2))];
        point = point.with_name(DistributionPointName::Full(names));
    }
    if rng.random_ratio(1, 6) {
        let scopes = [CrlScope::EndEntities, CrlScope::Authorities];
        point = point.with_scope(scopes[rng.random_range(0..2)]);
    }
    if rng.random_ratio(1, 5) {
        point = point.with_reasons(some_reasons(rng));
    }
    if is_elsewhere && rng.random_ratio(9, 10) {
        point = point.indirect();
    }
    let is_indirect = point.is_indirect();
    if point != IssuingDistributionPoint::default() {
        write!(kind, ", {point:?}").unwrap();
        template = template.with(critical(&point));
    }
    if number > 1 && rng.random_ratio(1, 5) {
        kind.push_str(", delta");
        template = template.with(critical(&DeltaCrlIndicator(serial(number - 1))));
    }
    if rng.random_ratio(1, 4) {
        let own = leaf.certificate.serial();
        let reason = extension(&ReasonCode::KeyCompromise);
        let issuer = critical(&CertificateIssuer(directory("Issuing")));
        let extensions = match is_indirect {
            true => vec![reason, issuer],
            false => vec![reason],
        };
        kind.push_str(", lists it");
        template = template.listing(own, &extensions);
    }
    let which = scene
        .signers
        .iter()
        .position(|other| core::ptr::eq(other, signer));
    write!(
        kind,
        ", by {which:?}, impostor {}",
        core::ptr::eq(signer, &scene.impostor)
    )
    .unwrap();
    (kind, signer.crl(&template))
}

fn ours(scene: &Scene, leaf: &Authority, crls: &[(String, Crl)]) -> RevocationStatus {
    let stores = TestStores::new()
        .root(&scene.root)
        .certificate(&scene.issuing)
        .certificates(&scene.signers.iter().collect::<Vec<_>>())
        .crl(&scene.root.crl_of(&[]));
    let stores = crls.iter().fold(stores, |stores, (_, crl)| stores.crl(crl));
    let policy = strict_policy();
    let report = evaluator(&stores, &policy).evaluate(&Question::new(&leaf.certificate, now()));
    let status = report.paths()[0].revocation[0].clone();
    let is_good = matches!(status, RevocationStatus::Good { .. });
    assert_eq!(report.trusted().is_some(), is_good);
    status
}

fn openssl(scene: &Scene, leaf: &Authority, crls: &[(String, Crl)]) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text).unwrap();
    write("root.pem", scene.root.certificate.to_pem());
    write("leaf.pem", leaf.certificate.to_pem());
    let pool = [&scene.issuing].into_iter().chain(&scene.signers);
    write(
        "pool.pem",
        pool.map(|other| other.certificate.to_pem()).collect(),
    );
    let root_crl = scene.root.crl_of(&[]);
    let all = crls.iter().map(|(_, crl)| crl).chain([&root_crl]);
    write("crls.pem", all.map(Crl::to_pem).collect());
    verify(folder.path())
}

fn verify(folder: &Path) -> (bool, String) {
    let run = Command::new("openssl")
        .current_dir(folder)
        .args([
            "verify",
            "-CAfile",
            "root.pem",
            "-untrusted",
            "pool.pem",
            "-CRLfile",
            "crls.pem",
        ])
        .args(["-crl_check", "-extended_crl", "-use_deltas", "-attime"])
        .arg(now().timestamp().to_string())
        .arg("leaf.pem")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stderr);
    (
        run.status.success(),
        said.lines().collect::<Vec<_>>().join(" | "),
    )
}
