//! Stores in memory, the snapshot that threads share, and imports.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test panics where it fails"
)]

mod common;

use core::panic::AssertUnwindSafe;
use core::sync::atomic::{AtomicBool, Ordering};
use std::panic::catch_unwind;
use std::sync::Arc;

use common::{
    Authority, CrlTemplate, PROVIDER, Template, at, extension, name, now, policy, serial,
};
use proptest::prelude::*;
use rollcert_crypto::DigestAlgorithm;
use rollcert_pki::extension::{GeneralName, SubjectKeyIdentifier};
use rollcert_pki::{
    Certificate, Crl, CrlIndex, FileKind, ImportError, Limits, Password, certs_only,
};
use rollcert_trust::{
    Addition, CertificateStore, CrlOutcome, CrlStore, CrlUpdater, Evaluator, Import,
    MemoryCertificates, MemoryCrls, MemoryRoots, Outdated, Question, RootStore, SharedSnapshot,
    Snapshot, StoredCertificate, StoredCrl, SystemRoots, TrustList, TrustListEntry,
    TrustListStatus, TrustLists,
};

fn stored_crl(crl: &Crl) -> StoredCrl {
    StoredCrl::new(
        CrlIndex::of(crl.clone(), &Limits::default()).unwrap(),
        PROVIDER,
    )
}

fn is_trusted(snapshot: &Snapshot, certificate: &Certificate) -> bool {
    let policy = policy();
    let evaluator = Evaluator::new(snapshot.stores(), &policy, PROVIDER);
    evaluator
        .evaluate(&Question::new(certificate, now()))
        .trusted()
        .is_some()
}

fn smime(authority: &Authority, emails: &[&str]) -> Authority {
    let names: Vec<GeneralName> = emails
        .iter()
        .map(|address| GeneralName::email(address).unwrap())
        .collect();
    authority.issue(Template::leaf("someone").with_alternative_names(&names))
}

#[test]
fn roots_are_empty_until_one_is_trusted_by_a_call() {
    let root = Authority::root("Acme Root");
    let leaf = root.leaf("acme as2");
    let mut snapshot = Snapshot::default();
    assert_eq!(snapshot.roots.len(), 0);
    assert!(!is_trusted(&snapshot, &leaf.certificate));

    assert_eq!(snapshot.roots.trust(root.stored()), Addition::New);
    assert_eq!(snapshot.roots.trust(root.stored()), Addition::Known);
    assert_eq!(snapshot.roots.len(), 1);
    assert!(is_trusted(&snapshot, &leaf.certificate));

    let sha256 = *root.stored().sha256();
    assert_eq!(snapshot.roots.remove(&sha256), Some(root.stored()));
    assert_eq!(snapshot.roots.remove(&sha256), None);
    assert_eq!(snapshot.roots.roots_named(root.certificate.subject()), []);
    assert!(!is_trusted(&snapshot, &leaf.certificate));
}

#[test]
fn certificates_are_found_by_everything_that_names_them() {
    let root = Authority::root("Acme Root");
    let leaf = root.issue(
        Template::leaf("acme as2")
            .with_serial(77)
            .with(extension(&SubjectKeyIdentifier(vec![7; 20])))
            .with_alternative_names(&[GeneralName::email("EDI@acme.example").unwrap()]),
    );
    let other = root.leaf("acme other");
    let store: MemoryCertificates = [leaf.stored(), other.stored()].into_iter().collect();
    let found = [leaf.stored()];

    assert_eq!(store.named(&name("acme as2")), found);
    // RFC 5280 §7.1: without regard to case and repeated blanks.
    assert_eq!(store.named(&name(" ACME  as2")), found);
    assert_eq!(store.named(&name("acme as3")), []);
    assert_eq!(store.with_key_identifier(&[7; 20]), found);
    assert_eq!(store.with_key_identifier(&[7; 19]), []);
    assert_eq!(store.issued_as(&name("acme ROOT"), &serial(77)), found);
    assert_eq!(store.issued_as(&name("acme ROOT"), &serial(78)), []);
    assert_eq!(store.issued_as(&name("acme as2"), &serial(77)), []);
    assert_eq!(store.with_email("edi@acme.example"), found);
    assert_eq!(store.with_email(" Edi@Acme.Example "), found);
    assert_eq!(store.with_email("acme.example"), []);
    assert_eq!(
        store.by_thumbprint(leaf.stored().sha256()),
        Some(leaf.stored())
    );
    let sha512 = *leaf.stored().sha512(PROVIDER);
    assert_eq!(store.by_thumbprint(&sha512), None);
}

#[test]
fn a_certificate_is_found_by_each_of_its_addresses_until_it_is_removed() {
    let root = Authority::root("Acme Root");
    let both = smime(&root, &["a@acme.example", "b@acme.example"]);
    let one = smime(&root, &["b@acme.example"]);
    let mut store = MemoryCertificates::new();
    store.insert(both.stored());
    // Asked before the second comes and after the first goes: what was looked up once is kept up to date.
    assert_eq!(store.with_email("b@acme.example"), [both.stored()]);
    store.insert(one.stored());
    assert_eq!(store.with_email("a@acme.example"), [both.stored()]);
    assert_eq!(store.with_email("b@acme.example").len(), 2);

    assert_eq!(store.remove(both.stored().sha256()), Some(both.stored()));
    assert_eq!(store.with_email("a@acme.example"), []);
    assert_eq!(store.with_email("b@acme.example"), [one.stored()]);
    assert_eq!(store.named(both.certificate.subject()), [one.stored()]);
    assert_eq!(store.remove(both.stored().sha256()), None);
    assert_eq!(store.len(), 1);
}

#[test]
fn a_certificate_that_is_known_keeps_its_key_and_its_import_time() {
    let leaf = Authority::root("Acme Root").leaf("acme as2");
    let mut store = MemoryCertificates::new();
    let first = leaf.stored().with_import_time(now());
    assert_eq!(store.insert(first), Addition::New);
    assert_eq!(store.named(leaf.certificate.subject()).len(), 1);
    let attached = store.attach_key(leaf.stored().sha256(), "hsm-7").unwrap();
    assert_eq!(attached.key_alias(), Some("hsm-7"));

    let again = leaf.stored().with_import_time(at("2030-01-01T00:00:00Z"));
    assert_eq!(store.insert(again), Addition::Known);
    for found in [
        store.by_thumbprint(leaf.stored().sha256()).unwrap(),
        store.named(leaf.certificate.subject())[0].clone(),
    ] {
        assert_eq!(found.key_alias(), Some("hsm-7"));
        assert_eq!(found.imported_at(), Some(now()));
    }
    let unknown = Authority::root("Other");
    assert_eq!(store.attach_key(unknown.stored().sha256(), "x"), None);
}

#[test]
fn a_clone_of_a_store_does_not_change_with_it() {
    let root = Authority::root("Acme Root");
    let mut store = MemoryCertificates::new();
    store.insert(root.stored());
    assert_eq!(store.named(root.certificate.subject()).len(), 1);
    let before = store.clone();
    store.remove(root.stored().sha256());
    assert_eq!(before.named(root.certificate.subject()), [root.stored()]);
    assert_eq!(store.named(root.certificate.subject()), []);
}

#[test]
fn crls_are_found_by_their_issuer_and_unique() {
    let (root, other) = (Authority::root("Acme Root"), Authority::root("Other"));
    let first = stored_crl(&root.crl(&CrlTemplate::new(1)));
    let second = stored_crl(&root.crl(&CrlTemplate::new(2)));
    let mut store = MemoryCrls::new();
    assert_eq!(store.insert(first.clone()), Addition::New);
    assert_eq!(store.insert(first.clone()), Addition::Known);
    assert_eq!(store.insert(second.clone()), Addition::New);
    store.insert(stored_crl(&other.crl(&CrlTemplate::new(1))));

    let mut expected = [*first.sha256(), *second.sha256()];
    expected.sort();
    let of_root = store.crls_of(&name("acme  root"));
    let found: Vec<_> = of_root.iter().map(|crl| *crl.sha256()).collect();
    assert_eq!(found, expected);

    assert_eq!(
        store.remove(first.sha256()).unwrap().sha256(),
        first.sha256()
    );
    assert!(store.remove(first.sha256()).is_none());
    assert_eq!(store.crls_of(&name("acme root")).len(), 1);
    store.remove(second.sha256());
    assert_eq!(store.crls_of(&name("acme root")).len(), 0);
    assert_eq!(store.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// What a store answers depends on what it holds, and not on how that came in.
    #[test]
    fn the_order_of_arrival_changes_no_answer(order in Just((0..6_usize).collect::<Vec<_>>()).prop_shuffle()) {
        let all = six_of_one_name();
        let sorted: MemoryCertificates = all.iter().cloned().collect();
        let shuffled: MemoryCertificates = order.iter().map(|place| all[*place].clone()).collect();
        prop_assert_eq!(sorted.named(&name("same")), shuffled.named(&name("same")));
        prop_assert!(sorted.iter().eq(shuffled.iter()));
        let mut late = MemoryCertificates::new();
        for place in order {
            // Asked in between.
            late.named(&name("same"));
            late.insert(all[place].clone());
        }
        prop_assert_eq!(sorted.named(&name("same")), late.named(&name("same")));
    }
}

fn six_of_one_name() -> Vec<StoredCertificate> {
    static SIX: std::sync::OnceLock<Vec<StoredCertificate>> = std::sync::OnceLock::new();
    let make = || (0..6).map(|_| Authority::root("same").stored()).collect();
    SIX.get_or_init(make).clone()
}

#[test]
fn a_reader_keeps_what_it_took_and_the_next_one_sees_the_change() {
    let root = Authority::root("Acme Root");
    let leaf = root.leaf("acme as2");
    let shared = SharedSnapshot::default();
    let before = shared.load();
    assert_eq!(before.version(), 0);

    let added = shared.update(|snapshot| snapshot.roots.trust(root.stored()));
    assert_eq!(added, Addition::New);
    let after = shared.load();
    assert_eq!(after.version(), 1);
    assert!(!is_trusted(&before, &leaf.certificate));
    assert!(is_trusted(&after, &leaf.certificate));
}

#[test]
fn a_snapshot_made_from_an_older_version_is_not_published() {
    let root = Authority::root("Acme Root");
    let shared = SharedSnapshot::new(Snapshot::default());
    let mut slow = Snapshot::clone(&shared.load());
    slow.roots.trust(root.stored());
    shared.update(|snapshot| {
        snapshot.trust_lists.list_mut("other");
    });

    let outdated = shared.publish(slow).unwrap_err();
    assert_eq!((outdated.based_on, outdated.current), (0, 1));
    assert_eq!(outdated.code(), "outdated");
    assert!(shared.load().roots.is_empty());

    let mut again = Snapshot::clone(&shared.load());
    again.roots.trust(root.stored());
    assert_eq!(shared.publish(again), Ok::<_, Outdated>(2));
    assert_eq!(shared.load().roots.len(), 1);
    assert_eq!(shared.load().version(), 2);
}

#[test]
fn a_writer_that_panics_changes_nothing_and_stops_nobody() {
    let root = Authority::root("Acme Root");
    let shared = SharedSnapshot::default();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        shared.update(|snapshot| {
            snapshot.roots.trust(root.stored());
            panic!("half way");
        });
    }));
    assert!(panicked.is_err());
    assert!(shared.load().roots.is_empty());
    assert_eq!(shared.load().version(), 0);
    shared.update(|snapshot| snapshot.roots.trust(root.stored()));
    assert_eq!(shared.load().roots.len(), 1);
}

#[test]
fn readers_see_whole_versions_while_a_writer_changes_two_stores_at_once() {
    let authorities: Vec<_> = (0..8).map(|_| Authority::root("same").stored()).collect();
    let shared = Arc::new(SharedSnapshot::default());
    let is_done = Arc::new(AtomicBool::new(false));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut last = 0;
                while !is_done.load(Ordering::Relaxed) {
                    let snapshot = shared.load();
                    assert_eq!(snapshot.roots.len(), snapshot.certificates.len());
                    assert!(snapshot.version() >= last);
                    last = snapshot.version();
                }
            });
        }
        for _ in 0..20 {
            for authority in &authorities {
                shared.update(|snapshot| {
                    snapshot.roots.trust(authority.clone());
                    snapshot.certificates.insert(authority.clone());
                });
            }
        }
        is_done.store(true, Ordering::Relaxed);
    });
    assert_eq!(shared.load().version(), 160);
}

#[test]
fn a_snapshot_goes_by_the_list_that_is_asked_for_and_by_no_other() {
    let leaf = Authority::root("Acme Root").leaf("acme as2");
    let sha512 = leaf.stored().sha512(PROVIDER).to_string();
    let status = TrustListStatus::Whitelisted {
        allow_expired: false,
    };
    let entry = TrustListEntry::of_certificate(&sha512, status).unwrap();
    let mut snapshot = Snapshot::default();
    let lab = snapshot.trust_lists.list_mut("lab");
    lab.set(entry).unwrap();
    let policy = policy();
    let trusted_by = |snapshot: &Snapshot, list: &str| {
        let stores = snapshot.stores_by_list(list)?;
        let evaluator = Evaluator::new(stores, &policy, PROVIDER);
        let report = evaluator.evaluate(&Question::new(&leaf.certificate, now()));
        Some(report.trusted().is_some())
    };
    assert!(!is_trusted(&snapshot, &leaf.certificate));
    assert_eq!(trusted_by(&snapshot, TrustLists::GLOBAL), Some(false));
    assert_eq!(trusted_by(&snapshot, "lab"), Some(true));
    // A list that does not exist is no empty list: what it forbids would pass.
    assert_eq!(trusted_by(&snapshot, "labb"), None);
}

// ---- Import

#[test]
fn an_import_takes_in_what_open_reads_and_never_makes_a_root() {
    let root = Authority::root("Acme Root");
    let leaf = root.leaf("acme as2");
    let certificates = [root.certificate.clone(), leaf.certificate.clone()];
    let pem: String = certificates.iter().map(Certificate::to_pem).collect();
    let pkcs7 = certs_only::encode(&certificates);
    let pkcs7_pem = certs_only::encode_pem(&certificates);
    let files: [(&[u8], FileKind); 3] = [
        (pem.as_bytes(), FileKind::Certificates),
        (&pkcs7, FileKind::Pkcs7),
        (pkcs7_pem.as_bytes(), FileKind::Pkcs7),
    ];
    for (file, kind) in files {
        let mut snapshot = Snapshot::default();
        let report = Import::new(PROVIDER)
            .read(&mut snapshot, file, now())
            .unwrap();
        assert_eq!(report.kind, kind);
        assert_eq!(report.new_certificates().count(), 2);
        assert_eq!(snapshot.certificates.len(), 2);
        assert!(snapshot.roots.is_empty());
        assert!(!is_trusted(&snapshot, &leaf.certificate));
        assert!(!is_trusted(&snapshot, &root.certificate));
        let found = snapshot.certificates.named(leaf.certificate.subject());
        assert_eq!(found[0].imported_at(), Some(now()));

        // Again: nothing changes.
        let later = at("2030-01-01T00:00:00Z");
        let report = Import::new(PROVIDER)
            .read(&mut snapshot, file, later)
            .unwrap();
        assert_eq!(report.new_certificates().count(), 0);
        assert_eq!(report.known_certificates().count(), 2);
        let known = &report.certificates[0].certificate;
        assert_eq!(known.imported_at(), Some(now()));
        assert_eq!(snapshot.certificates.len(), 2);
    }
}

#[test]
fn one_certificate_in_der_and_one_in_bare_base64_are_imported_too() {
    let root = Authority::root("Acme Root");
    let pem = root.certificate.to_pem();
    let bare: String = pem
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    let mut snapshot = Snapshot::default();
    let import = Import::new(PROVIDER);
    let der = root.certificate.as_der();
    let report = import.read(&mut snapshot, der, now()).unwrap();
    assert_eq!(report.new_certificates().count(), 1);
    let report = import.read(&mut snapshot, bare.as_bytes(), now()).unwrap();
    assert_eq!(report.known_certificates().count(), 1);
}

#[test]
fn keys_of_a_pkcs12_file_are_handed_back_and_attached_by_name() {
    let file = include_bytes!("../../rollcert-pki/tests/fixtures/default.p12");
    let mut snapshot = Snapshot::default();
    let refused = Import::new(PROVIDER).read(&mut snapshot, file, now());
    assert_eq!(refused.err(), Some(ImportError::PasswordRequired));
    assert!(snapshot.certificates.is_empty());

    let password = Password::from("secret");
    let import = Import::new(PROVIDER).with_password(&password);
    let report = import.read(&mut snapshot, file, now()).unwrap();
    assert_eq!(report.kind, FileKind::Pkcs12);
    assert!(report.protection.is_some());
    assert_eq!(report.keys.len(), 1);
    let owner = report.keys[0].matches.unwrap();
    let imported = report
        .certificates
        .iter()
        .find(|imported| imported.has_key)
        .unwrap();
    assert_eq!(*imported.certificate.sha256(), owner);
    assert_eq!(imported.certificate.key_alias(), None);
    snapshot
        .certificates
        .attach_key(&owner, "acme-key")
        .unwrap();
    let found = snapshot.certificates.by_thumbprint(&owner).unwrap();
    assert_eq!(found.key_alias(), Some("acme-key"));
    assert!(snapshot.roots.is_empty());
}

#[test]
fn an_import_tells_what_it_refused_and_keeps_the_rest() {
    let root = Authority::root("Acme Root");
    let leaf = root.leaf("acme as2");
    let pem = root.certificate.to_pem();
    let mut lines: Vec<&str> = pem.lines().collect();
    // A line less: no certificate any more.
    lines.remove(2);
    let file = format!("{}\n{}", lines.join("\n"), leaf.certificate.to_pem());
    let mut snapshot = Snapshot::default();
    let report = Import::new(PROVIDER)
        .read(&mut snapshot, file.as_bytes(), now())
        .unwrap();
    assert_eq!(report.new_certificates().count(), 1);
    let codes: Vec<&str> = report.refused.iter().map(|refusal| refusal.code).collect();
    assert_eq!(codes, ["bad-certificate"]);

    let nothing = Import::new(PROVIDER).read(&mut snapshot, b"nothing of ours", now());
    assert_eq!(nothing.err(), Some(ImportError::UnknownFormat));
    assert_eq!(snapshot.certificates.len(), 1);
}

#[test]
fn crls_are_imported_after_the_certificates_of_the_same_file() {
    let root = Authority::root("Acme Root");
    let issuing = root.authority("Acme Issuing");
    let old = issuing.crl(&CrlTemplate::new(1));
    let new = issuing.crl(&CrlTemplate::new(2));
    let file = format!("{}{}", new.to_pem(), issuing.certificate.to_pem());
    let mut snapshot = Snapshot::default();
    snapshot.roots.trust(root.stored());
    snapshot.crls.insert(stored_crl(&old));

    let mut beside = snapshot.clone();
    let report = Import::new(PROVIDER)
        .read(&mut beside, file.as_bytes(), now())
        .unwrap();
    assert_eq!(report.crls[0].outcome, CrlOutcome::Stored);
    assert_eq!(beside.crls.len(), 2);
    let report = Import::new(PROVIDER)
        .read(&mut beside, file.as_bytes(), now())
        .unwrap();
    assert_eq!(report.crls[0].outcome, CrlOutcome::Known);

    let policy = policy();
    let updater = CrlUpdater::new(&policy, PROVIDER);
    let report = Import::new(PROVIDER)
        .with_crl_updater(&updater)
        .read(&mut snapshot, file.as_bytes(), now())
        .unwrap();
    let old = vec![*stored_crl(&old).sha256()];
    assert_eq!(report.crls[0].outcome, CrlOutcome::Replaced { old });
    assert_eq!(snapshot.crls.len(), 1);
}

#[test]
fn a_crl_beyond_the_limits_is_refused_and_the_rest_kept() {
    let root = Authority::root("Acme Root");
    let crl = root.crl_of(&[&root.leaf("a"), &root.leaf("b")]);
    let file = format!("{}{}", crl.to_pem(), root.certificate.to_pem());
    let mut snapshot = Snapshot::default();
    let report = Import::new(PROVIDER)
        .with_limits(Limits::default().with_crl_entries(1))
        .read(&mut snapshot, file.as_bytes(), now())
        .unwrap();
    assert_eq!(report.new_certificates().count(), 1);
    assert_eq!(report.crls.len(), 0);
    assert_eq!(report.refused.len(), 1);
    assert!(snapshot.crls.is_empty());
}

// ---- System roots

#[test]
fn a_system_bundle_is_trusted_by_name_and_goes_by_name() {
    let (root, other) = (Authority::root("Acme Root"), Authority::root("Own Root"));
    let old = Authority::self_signed(&Template::authority("Version One").with_version(1));
    let leaf = root.leaf("acme as2");
    let itself = Authority::self_signed(&Template::leaf("a server that vouches for itself"));
    let file: String = [&root, &other, &old, &leaf, &itself]
        .iter()
        .map(|authority| authority.certificate.to_pem())
        .collect();
    let bundle = SystemRoots::read(
        "mozilla 2026-03",
        file.as_bytes(),
        PROVIDER,
        &Limits::default(),
    )
    .unwrap();
    assert_eq!(bundle.label(), "mozilla 2026-03");
    assert_eq!(
        bundle.roots(),
        [root.stored(), other.stored(), old.stored()]
    );
    assert_eq!(bundle.refused(), [leaf.stored(), itself.stored()]);
    assert_eq!(bundle.unreadable(), 0);

    let mut snapshot = Snapshot::default();
    // Trusted by itself before: that outlives the bundle.
    snapshot.roots.trust(other.stored());
    assert_eq!(snapshot.roots.trust_system_roots(&bundle), 2);
    assert_eq!(snapshot.roots.trust_system_roots(&bundle), 0);
    assert_eq!(
        snapshot.roots.label_of(root.stored().sha256()),
        Some("mozilla 2026-03")
    );
    assert_eq!(snapshot.roots.label_of(other.stored().sha256()), None);
    assert!(is_trusted(&snapshot, &leaf.certificate));

    assert_eq!(snapshot.roots.remove_system_roots("another"), []);
    let mut gone = snapshot.roots.remove_system_roots("mozilla 2026-03");
    gone.sort_by_key(|root| *root.sha256());
    let mut expected = vec![root.stored(), old.stored()];
    expected.sort_by_key(|root| *root.sha256());
    assert_eq!(gone, expected);
    assert!(!is_trusted(&snapshot, &leaf.certificate));
    assert!(snapshot.roots.is_root(&other.stored()));
}

#[test]
fn a_system_bundle_with_trust_settings_is_refused_for_it_may_distrust() {
    let root = Authority::root("Acme Root");
    // What `openssl x509 -addreject emailProtection -trustout` writes: settings after the certificate.
    let rejected = [
        root.certificate.as_der(),
        &[0x30, 0x0e, 0xa0, 0x0c, 0x06, 0x0a],
        &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x04, 0x00, 0x00],
    ]
    .concat();
    let base64 = base64_lines(&rejected);
    let file =
        format!("-----BEGIN TRUSTED CERTIFICATE-----\n{base64}-----END TRUSTED CERTIFICATE-----\n");
    let refused = SystemRoots::read("fedora", file.as_bytes(), PROVIDER, &Limits::default());
    assert_eq!(refused.unwrap_err().code(), "unsupported");
    assert!(SystemRoots::read("none", b"", PROVIDER, &Limits::default()).is_err());
}

/// Base64 by way of the PEM writer of a CRL or certificate would say what it is; this says nothing.
fn base64_lines(octets: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in octets.chunks(3) {
        let bits = (0..3).fold(0_u32, |bits, place| {
            bits << 8 | u32::from(chunk.get(place).copied().unwrap_or(0))
        });
        for place in 0..4 {
            let digit = usize::try_from(bits >> (18 - 6 * place) & 0x3f).unwrap();
            text.push(if place <= chunk.len() {
                char::from(ALPHABET[digit])
            } else {
                '='
            });
        }
    }
    text.push('\n');
    text
}

// ---- The ports

#[test]
fn the_lists_are_the_global_one_where_one_is_wanted() {
    let mut lists = TrustLists::new();
    assert!(TrustList::is_empty(&lists));
    let thumbprint = "ab".repeat(64);
    let entry = TrustListEntry::of_certificate(&thumbprint, TrustListStatus::Blacklisted).unwrap();
    lists.list_mut("other").set(entry.clone()).unwrap();
    assert!(TrustList::is_empty(&lists));
    lists.global_mut().set(entry.clone()).unwrap();
    assert_eq!(lists.entry(&entry.thumbprint), Some(entry));
    assert_eq!(lists.names().collect::<Vec<_>>(), ["global", "other"]);
}

#[test]
fn thumbprints_of_stored_things_are_those_of_their_octets() {
    let root = Authority::root("Acme Root");
    let stored = root.stored();
    let of = |algorithm| root.certificate.thumbprint(algorithm, PROVIDER);
    assert_eq!(*stored.sha256(), of(DigestAlgorithm::Sha256));
    assert_eq!(*stored.sha512(PROVIDER), of(DigestAlgorithm::Sha512));
    let roots: MemoryRoots = [stored.clone()].into_iter().collect();
    assert!(roots.is_root(&stored));
    assert!(!roots.is_root(&Authority::root("Acme Root").stored()));
    assert_eq!(roots.by_thumbprint(stored.sha256()), Some(&stored));
}
