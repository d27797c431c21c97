//! Certificate evaluation beside the validators of others, cold and warm, with long CRLs and hostile graphs.
//!
//! `cargo bench --manifest-path benches/Cargo.toml --bench trust [-- FILTER] [--quick]`

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use openssl::x509::{CrlStatus, X509Crl};
use pki_types::{CertificateDer, UnixTime};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rollcert_benches::{Comparison, Options, show};
use rollcert_crypto::aws_lc::PROVIDER;
use rollcert_crypto::{KeyAlgorithm, PrivateKey};
use rollcert_pki::extension::CrlNumber;
use rollcert_pki::{
    Certificate, CertificateBuilder, CrlBuilder, CrlIndex, KeyFile, Limits, Name, Profile, Purpose,
    Revocation, SerialNumber,
};
use rollcert_trust::{
    Cache, Evaluator, MemoryCertificates, MemoryCrls, MemoryRoots, Policy, Question,
    RevocationPolicy, Snapshot, StoredCertificate, StoredCrl, Stores, TrustLists,
};

fn main() {
    let options = Options::from_arguments();
    cold(&options);
    fleet(&options);
    long_crl(&options);
    hostile_graph(&options);
}

/// Leaf and intermediate below a root, RSA-2048 all three, with the CRLs of both CAs: everything read from octets and
/// verified.
fn cold(options: &Options) {
    let name = "trust/path/cold, leaf and intermediate with CRLs (to reach: 1)";
    if !options.wants(name) {
        return;
    }
    let chain = Chain::new(1);
    let leaf = chain.leaves[0].as_der();
    let (intermediate, root) = (chain.intermediate.as_der(), chain.root.as_der());
    let policy = strict();
    Comparison::new(name)
        .contender("rollcert", || {
            let read = |der: &[u8]| Certificate::from_der(der).unwrap();
            let mut roots = MemoryRoots::new();
            roots.trust(StoredCertificate::new(read(root), &PROVIDER));
            let mut crls = MemoryCrls::new();
            for crl in &chain.crls {
                let index = CrlIndex::build(crl.as_slice().into(), &Limits::default()).unwrap();
                crls.insert(StoredCrl::new(index, &PROVIDER));
            }
            let certificates = MemoryCertificates::new();
            let lists = TrustLists::new();
            let stores = Stores::new(&roots, &certificates, &crls, &lists);
            let (leaf, intermediate) = (read(leaf), [read(intermediate)]);
            let question = Question::new(&leaf, chain.now)
                .with_purpose(Purpose::TlsClient)
                .with_presented(&intermediate);
            let report = Evaluator::new(stores, &policy, &PROVIDER).evaluate(&question);
            u64::from(report.trusted().is_some())
        })
        .contender("rustls-webpki, aws-lc-rs", || webpki_cold(&chain, false))
        .contender("rustls-webpki, CRLs owned", || webpki_cold(&chain, true))
        .run(options);
}

/// The same with rustls-webpki, which reads CRLs anew for each search, or makes them ready for many, as hosts that keep
/// them do.
fn webpki_cold(chain: &Chain, owns_crls: bool) -> u64 {
    let root = CertificateDer::from(chain.root.as_der());
    let anchors = [webpki::anchor_from_trusted_cert(&root).unwrap()];
    let crls = chain.crls.iter().map(|crl| {
        let borrowed = webpki::BorrowedCertRevocationList::from_der(crl).unwrap();
        if owns_crls {
            webpki::CertRevocationList::from(borrowed.to_owned().unwrap())
        } else {
            borrowed.into()
        }
    });
    let crls: Vec<webpki::CertRevocationList<'_>> = crls.collect();
    let (leaf, intermediate) = (chain.leaves[0].as_der(), chain.intermediate.as_der());
    let crls = crls.iter().collect::<Vec<_>>();
    u64::from(webpki_accepts(
        leaf,
        intermediate,
        &anchors,
        &crls,
        chain.now,
    ))
}

/// Many leaves below one CA, over and over: what was verified once is remembered.
fn fleet(options: &Options) {
    let name = "trust/path/warm, a fleet below one CA with CRLs (to reach: 2)";
    if !options.wants(name) {
        return;
    }
    let count = if options.is_quick() { 100 } else { 10_000 };
    let chain = Chain::new(count);
    let policy = strict();
    let snapshot = chain.snapshot();
    let stores = snapshot.stores();
    let cache = Arc::new(Cache::new(4 * count));
    let fleet: Vec<StoredCertificate> = chain
        .leaves
        .iter()
        .map(|leaf| StoredCertificate::new(leaf.clone(), &PROVIDER))
        .collect();
    let evaluator = Evaluator::new(stores, &policy, &PROVIDER).with_cache(&cache);
    let root = CertificateDer::from(chain.root.as_der());
    let anchors = [webpki::anchor_from_trusted_cert(&root).unwrap()];
    let crls: Vec<webpki::CertRevocationList<'_>> = chain
        .crls
        .iter()
        .map(|crl| {
            webpki::OwnedCertRevocationList::from_der(crl)
                .unwrap()
                .into()
        })
        .collect();
    let crls: Vec<&webpki::CertRevocationList<'_>> = crls.iter().collect();
    println!("\n{count} certificates a round");
    Comparison::new(name)
        .contender("rollcert", || {
            let good = fleet.iter().filter(|leaf| {
                let question =
                    Question::of_stored(leaf, chain.now).with_purpose(Purpose::TlsClient);
                evaluator.evaluate(&question).trusted().is_some()
            });
            u64::try_from(good.count()).unwrap()
        })
        .contender("rustls-webpki, aws-lc-rs", || {
            let good = chain.leaves.iter().filter(|leaf| {
                let intermediate = chain.intermediate.as_der();
                webpki_accepts(leaf.as_der(), intermediate, &anchors, &crls, chain.now)
            });
            u64::try_from(good.count()).unwrap()
        })
        .run(options);
    match warm_java(&chain, if options.is_quick() { 0 } else { 20 }) {
        Some(nanoseconds) => println!(
            "  {:28} {:>12}  for the same round",
            "JDK, warm",
            show(nanoseconds * 1e-9 * f64::from(u32::try_from(count).unwrap_or(u32::MAX)))
        ),
        None => println!("  JDK: there is none here"),
    }
}

/// Evaluation against a CRL of a million entries, and how long it takes to make it ready.
fn long_crl(options: &Options) {
    if !options.wants("trust/crl") {
        return;
    }
    let entries = if options.is_quick() {
        10_000
    } else {
        1_000_000
    };
    let chain = Chain::new(1);
    let octets = chain.crl_of(entries);
    let short = chain.crl_of(10);
    let limits = Limits::default()
        .with_crl_octets(1 << 28)
        .with_crl_entries(1 << 24);
    let absent = SerialNumber::from_hex("77").unwrap();
    println!("\n{entries} entries, {} octets", octets.len());
    Comparison::new("trust/crl/load (to reach: 8)")
        .contender("rollcert", || {
            let index = CrlIndex::build(octets.as_slice().into(), &limits).unwrap();
            let stored = StoredCrl::new(index, &PROVIDER);
            u64::from(stored.index().find(&absent).is_some())
        })
        .contender("rustls-webpki owned", || {
            let list = webpki::OwnedCertRevocationList::from_der(&octets).unwrap();
            let list = webpki::CertRevocationList::from(list);
            u64::from(list.find_serial(&[0x77]).unwrap().is_some())
        })
        .contender("openssl, with first lookup", || {
            let list = X509Crl::from_der(&octets).unwrap();
            let number = openssl::bn::BigNum::from_u32(0x77).unwrap();
            let number = openssl::asn1::Asn1Integer::from_bn(&number).unwrap();
            u64::from(matches!(list.get_by_serial(&number), CrlStatus::Revoked(_)))
        })
        .run(options);

    let policy = strict();
    let cache = Cache::new(64);
    let with_crl = |crl: &[u8]| {
        let mut snapshot = chain.snapshot();
        snapshot.crls = MemoryCrls::new();
        for crl in [crl, &chain.crls[0]] {
            let index = CrlIndex::build(crl.into(), &limits).unwrap();
            snapshot.crls.insert(StoredCrl::new(index, &PROVIDER));
        }
        snapshot
    };
    let (long, short) = (with_crl(&octets), with_crl(&short));
    let evaluate = |snapshot: &Snapshot| {
        let question = Question::new(&chain.leaves[0], chain.now).with_purpose(Purpose::TlsClient);
        let evaluator = Evaluator::new(snapshot.stores(), &policy, &PROVIDER).with_cache(&cache);
        u64::from(evaluator.evaluate(&question).trusted().is_some())
    };
    Comparison::new("trust/crl/evaluate, the long list and one of 10 (to reach: 1)")
        .contender("rollcert, the long list", || evaluate(&long))
        .contender("rollcert, ten entries", || evaluate(&short))
        .run(options);
}

/// 20 CAs of one name, each certified by each, and none by a root.
fn hostile_graph(options: &Options) {
    if !options.wants("trust/graph") {
        return;
    }
    let now = now();
    let mut rng = StdRng::seed_from_u64(3);
    let keys: Vec<PrivateKey> = (0..20).map(|_| rsa_key(&mut rng)).collect();
    let name = subject("Everybody");
    let authority = |subject_key: &PrivateKey, issuer_key: &PrivateKey| {
        let profile = Profile::intermediate(19);
        let build = |key: &PrivateKey, serial| {
            CertificateBuilder::new(
                &profile,
                name.clone(),
                key.public_key_info(),
                serial,
                profile.validity_from(now).unwrap(),
            )
        };
        let issuer = build(issuer_key, SerialNumber::from(1))
            .self_signed(&PROVIDER)
            .and_then(|unsigned| unsigned.sign(issuer_key))
            .unwrap();
        build(
            subject_key,
            SerialNumber::random(&mut StdRng::seed_from_u64(4)),
        )
        .issued_by(&issuer, &PROVIDER)
        .and_then(|unsigned| unsigned.sign(issuer_key))
        .unwrap()
    };
    let mut crossed = Vec::new();
    for (i, subject_key) in keys.iter().enumerate() {
        for (j, issuer_key) in keys.iter().enumerate() {
            if i != j {
                crossed.push(authority(subject_key, issuer_key));
            }
        }
    }
    let chain = Chain::new(1);
    let leaf_profile = Profile::tls_client();
    let leaf_key = rsa_key(&mut rng);
    let leaf = CertificateBuilder::new(
        &leaf_profile,
        subject("Leaf"),
        leaf_key.public_key_info(),
        SerialNumber::from(7),
        leaf_profile.validity_from(now).unwrap(),
    )
    .issued_by(&crossed[0], &PROVIDER)
    .and_then(|unsigned| unsigned.sign(&keys[0]))
    .unwrap();
    // A root of the same name, so that the search does not end for want of one.
    let false_root = {
        let key = rsa_key(&mut rng);
        let profile = Profile::root();
        CertificateBuilder::new(
            &profile,
            name.clone(),
            key.public_key_info(),
            SerialNumber::from(9),
            profile.validity_from(now).unwrap(),
        )
        .self_signed(&PROVIDER)
        .and_then(|unsigned| unsigned.sign(&key))
        .unwrap()
    };
    let policy = strict();
    for (what, root) in [
        ("no root", &chain.root),
        ("a root of the same name", &false_root),
    ] {
        let mut roots = MemoryRoots::new();
        roots.trust(StoredCertificate::new(root.clone(), &PROVIDER));
        let certificates = MemoryCertificates::new();
        let crls = MemoryCrls::new();
        let lists = TrustLists::new();
        let stores = Stores::new(&roots, &certificates, &crls, &lists);
        let evaluator = Evaluator::new(stores, &policy, &PROVIDER);
        let question = Question::new(&leaf, now).with_presented(&crossed);
        let mut fastest = Duration::MAX;
        for _ in 0..if options.is_quick() { 1 } else { 20 } {
            let start = Instant::now();
            let report = evaluator.evaluate(&question);
            fastest = fastest.min(start.elapsed());
            assert!(report.trusted().is_none(), "nothing leads to a root");
        }
        println!(
            "\ntrust/graph/20 cross-signed CAs of one name, {what} (to reach: 20 ms)\n  rollcert {:>32}",
            show(fastest.as_secs_f64())
        );
    }
}

/// A root, a CA, its leaves and the CRLs of both.
struct Chain {
    now: DateTime<Utc>,
    root: Certificate,
    intermediate: Certificate,
    intermediate_key: PrivateKey,
    leaves: Vec<Certificate>,
    /// Of the root and of the CA.
    crls: Vec<Vec<u8>>,
}

impl Chain {
    fn new(leaves: usize) -> Self {
        let now = now();
        let mut rng = StdRng::seed_from_u64(1);
        let [root_key, intermediate_key, leaf_key] = core::array::from_fn(|_| rsa_key(&mut rng));
        let builder = |profile: &Profile, name: &str, key: &PrivateKey, serial: u64| {
            CertificateBuilder::new(
                profile,
                subject(name),
                key.public_key_info(),
                SerialNumber::from(serial),
                profile.validity_from(now - TimeDelta::days(1)).unwrap(),
            )
        };
        let root = builder(&Profile::root(), "Root", &root_key, 1)
            .self_signed(&PROVIDER)
            .and_then(|unsigned| unsigned.sign(&root_key))
            .unwrap();
        let intermediate = builder(&Profile::intermediate(0), "Issuing", &intermediate_key, 2)
            .issued_by(&root, &PROVIDER)
            .and_then(|unsigned| unsigned.sign(&root_key))
            .unwrap();
        let leaves = (0..leaves)
            .map(|number| {
                let serial = 1000 + u64::try_from(number).unwrap();
                builder(
                    &Profile::tls_client(),
                    &format!("leaf {number}"),
                    &leaf_key,
                    serial,
                )
                .issued_by(&intermediate, &PROVIDER)
                .and_then(|unsigned| unsigned.sign(&intermediate_key))
                .unwrap()
            })
            .collect();
        let mut chain = Self {
            now,
            root,
            intermediate,
            intermediate_key,
            leaves,
            crls: Vec::new(),
        };
        chain.crls = vec![crl(&chain.root, &root_key, 10, now), chain.crl_of(10)];
        chain
    }

    /// A CRL of the CA that lists this many certificates, none of the leaves.
    fn crl_of(&self, entries: u64) -> Vec<u8> {
        crl(
            &self.intermediate,
            &self.intermediate_key,
            entries,
            self.now,
        )
    }

    fn snapshot(&self) -> Snapshot {
        let mut snapshot = Snapshot::default();
        snapshot
            .roots
            .trust(StoredCertificate::new(self.root.clone(), &PROVIDER));
        let intermediate = StoredCertificate::new(self.intermediate.clone(), &PROVIDER);
        snapshot.certificates.insert(intermediate);
        for crl in &self.crls {
            let index = CrlIndex::build(crl.as_slice().into(), &Limits::default()).unwrap();
            snapshot.crls.insert(StoredCrl::new(index, &PROVIDER));
        }
        snapshot
    }
}

fn crl(issuer: &Certificate, key: &PrivateKey, entries: u64, now: DateTime<Utc>) -> Vec<u8> {
    let (from, until) = (now - TimeDelta::hours(1), now + TimeDelta::days(7));
    let mut builder = CrlBuilder::new(issuer, CrlNumber::from(1), from, until);
    for entry in 0..entries {
        // Scattered over 16 octets, as serial numbers are that were drawn by chance; none is that of a leaf.
        let [high, low] = [0x9e37_79b9_7f4a_7c15_u64, 0xd1b5_4a32_d192_ed03]
            .map(|factor| (entry + 1).wrapping_mul(factor));
        let hexadecimal = format!("4{:015x}{low:016x}", high >> 4);
        let serial = SerialNumber::from_hex(&hexadecimal).unwrap();
        builder.push(&Revocation::new(serial, from)).unwrap();
    }
    let crl = builder
        .build()
        .and_then(|unsigned| unsigned.sign(key))
        .unwrap();
    crl.as_der().to_vec()
}

fn webpki_accepts(
    leaf: &[u8],
    intermediate: &[u8],
    anchors: &[pki_types::TrustAnchor<'_>],
    crls: &[&webpki::CertRevocationList<'_>],
    now: DateTime<Utc>,
) -> bool {
    let leaf = CertificateDer::from(leaf);
    let leaf = webpki::EndEntityCert::try_from(&leaf).unwrap();
    let intermediates = [CertificateDer::from(intermediate)];
    let revocation = webpki::RevocationOptionsBuilder::new(crls)
        .unwrap()
        .with_depth(webpki::RevocationCheckDepth::Chain)
        .with_status_policy(webpki::UnknownStatusPolicy::Deny)
        .with_expiration_policy(webpki::ExpirationPolicy::Enforce)
        .build();
    let time = u64::try_from(now.timestamp()).unwrap();
    let time = UnixTime::since_unix_epoch(Duration::from_secs(time));
    let usage = webpki::KeyUsage::client_auth();
    let algorithms = [webpki::aws_lc_rs::RSA_PKCS1_2048_8192_SHA256];
    leaf.verify_for_usage(
        &algorithms,
        anchors,
        &intermediates,
        time,
        usage,
        Some(revocation),
        None,
    )
    .is_ok()
}

/// Nanoseconds for each validation by the JDK, warm; none where there is no JDK.
fn warm_java(chain: &Chain, seconds: u32) -> Option<f64> {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    let mut octets = chain.now.timestamp_millis().to_be_bytes().to_vec();
    let mut write = |der: &[u8]| {
        octets.extend(u32::try_from(der.len()).unwrap().to_be_bytes());
        octets.extend(der);
    };
    write(chain.root.as_der());
    write(chain.intermediate.as_der());
    chain.crls.iter().for_each(|crl| write(crl));
    octets.extend(u32::try_from(chain.leaves.len()).unwrap().to_be_bytes());
    for leaf in &chain.leaves {
        octets.extend(u32::try_from(leaf.as_der().len()).unwrap().to_be_bytes());
        octets.extend(leaf.as_der());
    }
    file.write_all(&octets).expect("room for the file");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/Warm.java");
    assert!(
        fs::exists(source).is_ok_and(|exists| exists),
        "{source} is there"
    );
    let output = Command::new("java")
        .arg(source)
        .arg(file.path())
        .arg(seconds.to_string())
        .output();
    let output = match output {
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        output => output.expect("the JDK starts"),
    };
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "the JDK does not accept what we do: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(text.trim().parse().expect("nanoseconds"))
}

fn strict() -> Policy {
    let mut policy = Policy::partner();
    policy.revocation = RevocationPolicy::STRICT;
    policy
}

fn subject(name: &str) -> Name {
    Name::builder()
        .organization("Rollcert benchmarks")
        .common_name(name)
        .build()
        .unwrap()
}

fn rsa_key(rng: &mut StdRng) -> PrivateKey {
    KeyFile::generate(KeyAlgorithm::Rsa { bits: 2048 }, &PROVIDER, rng)
        .and_then(|file| Ok(file.load(&PROVIDER)?))
        .unwrap()
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_500_000, 0).unwrap()
}
