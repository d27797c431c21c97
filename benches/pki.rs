//! Certificates, CRLs and PKCS#12 beside the crates and the library that people would use instead.
//!
//! `cargo bench --manifest-path benches/Cargo.toml --bench pki [-- FILTER] [--quick]`

use std::hint::black_box;
use std::time::{Duration, Instant};

use openssl::asn1::Asn1Integer;
use openssl::bn::BigNum;
use openssl::pkcs12::Pkcs12;
use openssl::x509::{CrlStatus, X509, X509Crl};
use pki_types::CertificateDer;
use rollcert_benches::{Comparison, Options, in_a_process_of_its_own, measured, peak_of, show};
use rollcert_crypto::aws_lc::PROVIDER;
use rollcert_pki::asn1::{encode, encode_oid, encode_unsigned, tag};
use rollcert_pki::extension::{Criticality, CrlNumber, EncodedExtension};
use rollcert_pki::{CertificateView, CrlIndex, Limits, Password, SerialNumber, open};
use x509_cert::der::Decode;
use x509_cert::ext::pkix;
use x509_parser::prelude::FromDer;

const LEAF: &[u8] = include_bytes!("data/leaf.der");
const PKCS12: &[u8] = include_bytes!("data/leaf.p12");
const PKCS12_ONCE: &[u8] = include_bytes!("data/leaf-once.p12");

fn main() {
    if let Some(name) = measured() {
        println!("{}", memory_of(&name));
        return;
    }
    let options = Options::from_arguments();
    certificate_parse_typed(&options);
    certificate_view(&options);
    pem_load(&options);
    pkcs12_open(&options);
    crl_index(&options);
}

/// One certificate, every extension in it decoded into its type.
fn certificate_parse_typed(options: &Options) {
    Comparison::new("certificate/parse_typed/1.2kB")
        .contender("rollcert", || {
            let certificate = CertificateView::parse(LEAF).unwrap();
            drop(black_box((
                certificate.subject(),
                certificate.issuer(),
                certificate.validity(),
            )));
            let typed = certificate
                .extensions()
                .iter()
                .map(|extension| black_box(extension.typed()));
            count(typed.filter(Result::is_ok))
        })
        .contender("x509-parser", || {
            let (_, certificate) =
                x509_parser::certificate::X509Certificate::from_der(LEAF).unwrap();
            let typed = certificate.extensions().iter().filter(|extension| {
                !matches!(
                    extension.parsed_extension(),
                    x509_parser::extensions::ParsedExtension::UnsupportedExtension { .. }
                        | x509_parser::extensions::ParsedExtension::ParseError { .. }
                )
            });
            count(typed)
        })
        .contender("x509-cert", || {
            let certificate = x509_cert::Certificate::from_der(LEAF).unwrap();
            let extensions = certificate.tbs_certificate().extensions().unwrap();
            count(extensions.iter().filter(|extension| {
                let value = extension.extn_value.as_bytes();
                match extension.extn_id.to_string().as_str() {
                    "2.5.29.14" => black_box(pkix::SubjectKeyIdentifier::from_der(value)).is_ok(),
                    "2.5.29.15" => black_box(pkix::KeyUsage::from_der(value)).is_ok(),
                    "2.5.29.17" => black_box(pkix::SubjectAltName::from_der(value)).is_ok(),
                    "2.5.29.19" => black_box(pkix::BasicConstraints::from_der(value)).is_ok(),
                    "2.5.29.31" => black_box(pkix::CrlDistributionPoints::from_der(value)).is_ok(),
                    "2.5.29.32" => black_box(pkix::CertificatePolicies::from_der(value)).is_ok(),
                    "2.5.29.35" => black_box(pkix::AuthorityKeyIdentifier::from_der(value)).is_ok(),
                    "2.5.29.37" => black_box(pkix::ExtendedKeyUsage::from_der(value)).is_ok(),
                    "1.3.6.1.5.5.7.1.1" => {
                        black_box(pkix::AuthorityInfoAccessSyntax::from_der(value)).is_ok()
                    }
                    _ => false,
                }
            }))
        })
        .contender("openssl", || {
            // The binding has no way to ask for more; five of the nine are decoded here.
            let certificate = X509::from_der(LEAF).unwrap();
            black_box(certificate.subject_alt_names());
            black_box(certificate.subject_key_id());
            black_box(certificate.authority_key_id());
            black_box(certificate.crl_distribution_points());
            black_box(certificate.authority_info());
            9
        })
        .run(options);
}

/// The structure of one certificate, nothing decoded that is not asked for.
fn certificate_view(options: &Options) {
    let der = CertificateDer::from(LEAF);
    Comparison::new("certificate/view/1.2kB")
        .contender("rollcert", || {
            black_box(CertificateView::parse(LEAF)).map_or(1, |_| 0)
        })
        .contender("rustls-webpki", || {
            black_box(webpki::EndEntityCert::try_from(&der)).map_or(1, |_| 0)
        })
        .run(options);
}

/// A file of many certificates in PEM.
fn pem_load(options: &Options) {
    const CERTIFICATES: u32 = 10_000;
    let name = "pem/load/10k";
    if !options.wants(name) {
        return;
    }
    let text = many_in_pem(CERTIFICATES);
    let limits = Limits::default().with_entries(20_000).with_octets(64 << 20);
    Comparison::new(name)
        .contender("rollcert", || {
            let bundle = open(text.as_bytes(), None, &PROVIDER, &limits).unwrap();
            count(bundle.certificates())
        })
        .contender("x509-parser", || {
            let mut certificates = 0;
            for block in x509_parser::pem::Pem::iter_from_buffer(text.as_bytes()) {
                let block = block.unwrap();
                certificates += u64::from(black_box(block.parse_x509()).is_ok());
            }
            certificates
        })
        .contender("x509-cert", || {
            count(x509_cert::Certificate::load_pem_chain(text.as_bytes()).unwrap())
        })
        .contender("openssl", || {
            count(X509::stack_from_pem(text.as_bytes()).unwrap())
        })
        .run(options);
}

/// A PKCS#12 file of PBES2 with 2,048 iterations: a key, its certificate and the issuer's.
fn pkcs12_open(options: &Options) {
    let name = "pkcs12/open/2048";
    let password = Password::from("secret");
    let limits = Limits::default();
    Comparison::new(name)
        .contender("rollcert", || {
            let bundle = open(PKCS12, Some(&password), &PROVIDER, &limits).unwrap();
            count(bundle.certificates())
        })
        .contender("openssl", || {
            let parsed = Pkcs12::from_der(PKCS12).unwrap().parse2("secret").unwrap();
            1 + count(parsed.ca.unwrap())
        })
        .run(options);
    if !options.wants(name) {
        return;
    }
    // The same file with one iteration has everything but the derivation.
    let fastest = |octets: &[u8]| {
        (0..200)
            .map(|_| {
                let start = Instant::now();
                black_box(open(octets, Some(&password), &PROVIDER, &limits)).unwrap();
                start.elapsed()
            })
            .min()
            .unwrap_or(Duration::ZERO)
    };
    let (whole, rest) = (fastest(PKCS12), fastest(PKCS12_ONCE));
    let share = 100.0 * (1.0 - rest.as_secs_f64() / whole.as_secs_f64());
    println!(
        "  in the key derivation: {share:.1} %, everything else {}",
        show(rest.as_secs_f64())
    );
}

/// A list of a million revoked certificates: made ready to be asked, and asked.
fn crl_index(options: &Options) {
    if !options.wants("crl/") {
        return;
    }
    let entries = Entries::new(ENTRIES);
    let crl = entries.encode_crl();
    println!("\nthe list has {} octets", crl.len());
    let limits = limits_for_crls();
    let wanted = entries.serial(ENTRIES / 3);
    let number = SerialNumber::from_der_content(&wanted).unwrap();
    let integer = openssl_integer(&wanted);

    Comparison::new("crl/index_and_find/1M")
        .contender("rollcert", || {
            let index = CrlIndex::build(crl.as_slice(), &limits).unwrap();
            u64::from(index.find(&number).is_some())
        })
        .contender("openssl", || {
            let list = X509Crl::from_der(&crl).unwrap();
            u64::from(matches!(
                list.get_by_serial(&integer),
                CrlStatus::Revoked(_)
            ))
        })
        .contender("rustls-webpki owned", || {
            let list = webpki::OwnedCertRevocationList::from_der(&crl).unwrap();
            let list = webpki::CertRevocationList::from(list);
            u64::from(list.find_serial(&wanted).unwrap().is_some())
        })
        .contender("x509-parser", || {
            let (_, list) =
                x509_parser::revocation_list::CertificateRevocationList::from_der(&crl).unwrap();
            let found = list
                .iter_revoked_certificates()
                .find(|entry| entry.raw_serial() == wanted);
            u64::from(found.is_some())
        })
        .run(options);

    let index = CrlIndex::build(crl.as_slice(), &limits).unwrap();
    let list = X509Crl::from_der(&crl).unwrap();
    black_box(list.get_by_serial(&integer));
    let owned = webpki::OwnedCertRevocationList::from_der(&crl).unwrap();
    let owned = webpki::CertRevocationList::from(owned);
    // Serials from all over the list, and as many that are not on it.
    let asked: Vec<Vec<u8>> = (0..10_000_u32)
        .map(|at| match at % 2 {
            0 => entries.serial(at.wrapping_mul(2_654_435_761) % ENTRIES),
            _ => entries.serial(ENTRIES + at),
        })
        .collect();
    let numbers: Vec<SerialNumber> = asked
        .iter()
        .map(|octets| SerialNumber::from_der_content(octets).unwrap())
        .collect();
    let integers: Vec<Asn1Integer> = asked.iter().map(|octets| openssl_integer(octets)).collect();
    Comparison::new("crl/find/10k of 1M")
        .contender("rollcert", || {
            count(numbers.iter().filter(|serial| index.find(serial).is_some()))
        })
        .contender("openssl", || {
            count(
                integers
                    .iter()
                    .filter(|serial| matches!(list.get_by_serial(serial), CrlStatus::Revoked(_))),
            )
        })
        .contender("rustls-webpki owned", || {
            count(
                asked
                    .iter()
                    .filter(|serial| matches!(owned.find_serial(serial), Ok(Some(_)))),
            )
        })
        .run(options);

    println!("\ncrl/memory/1M, beyond the file");
    for name in ["rollcert", "openssl", "rustls-webpki owned", "x509-parser"] {
        if let Some(octets) = in_a_process_of_its_own(name) {
            println!(
                "  {name:28} {:>9.1} MB",
                f64::from(u32::try_from(octets / 1000).unwrap_or(u32::MAX)) / 1e3
            );
        }
    }
}

/// The peak of memory that it takes to be ready to look up, beyond the file itself.
fn memory_of(contender: &str) -> u64 {
    let entries = Entries::new(ENTRIES);
    let crl = entries.encode_crl();
    let wanted = entries.serial(ENTRIES / 3);
    drop(entries);
    peak_of(|| {
        let found = match contender {
            "rollcert" => {
                let number = SerialNumber::from_der_content(&wanted).unwrap();
                let index = CrlIndex::build(crl.as_slice(), &limits_for_crls()).unwrap();
                index.find(&number).is_some()
            }
            "openssl" => {
                let list = X509Crl::from_der(&crl).unwrap();
                matches!(
                    list.get_by_serial(&openssl_integer(&wanted)),
                    CrlStatus::Revoked(_)
                )
            }
            "rustls-webpki owned" => {
                let list = webpki::OwnedCertRevocationList::from_der(&crl).unwrap();
                let list = webpki::CertRevocationList::from(list);
                list.find_serial(&wanted).unwrap().is_some()
            }
            _ => {
                let (_, list) =
                    x509_parser::revocation_list::CertificateRevocationList::from_der(&crl)
                        .unwrap();
                list.iter_revoked_certificates()
                    .any(|entry| entry.raw_serial() == wanted)
            }
        };
        assert!(found, "{contender}");
    })
}

fn limits_for_crls() -> Limits {
    Limits::default().with_octets(64 << 20)
}

fn openssl_integer(serial: &[u8]) -> Asn1Integer {
    BigNum::from_slice(serial)
        .unwrap()
        .to_asn1_integer()
        .unwrap()
}

fn count<T>(items: impl IntoIterator<Item = T>) -> u64 {
    items
        .into_iter()
        .map(|item| drop(black_box(item)))
        .fold(0, |count, ()| count + 1)
}

/// The sample certificate many times, each with another serial number.
fn many_in_pem(certificates: u32) -> String {
    let serial = LEAF
        .windows(4)
        .position(|window| window == [0x4a, 0x2b, 0x3c, 0x4d])
        .expect("the serial number that make.sh sets");
    let mut text = String::new();
    for number in 0..certificates {
        let mut octets = LEAF.to_vec();
        octets[serial + 4..serial + 8].copy_from_slice(&number.to_be_bytes());
        let certificate = X509::from_der(&octets).unwrap().to_pem().unwrap();
        text.push_str(std::str::from_utf8(&certificate).unwrap());
    }
    text
}

const ENTRIES: u32 = 1_000_000;

/// Revoked certificates as large authorities list them: random serials of 16 octets in no order, a date, and a
/// reason for two of five.
struct Entries(u32);

impl Entries {
    const fn new(entries: u32) -> Self {
        Self(entries)
    }

    /// The serial at this place: scattered, and each another one.
    fn serial(&self, at: u32) -> Vec<u8> {
        let mixed = |salt: u64| {
            // The finaliser of SplitMix64: a permutation of 64 bits.
            let mut value = (u64::from(at) << 8 | salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            value ^ value >> 31
        };
        let mut octets = [mixed(1).to_be_bytes(), mixed(2).to_be_bytes()].concat();
        octets[0] = octets[0] & 0x3f | 0x40;
        octets
    }

    fn encode_crl(&self) -> Vec<u8> {
        let reason = encode(
            tag::SEQUENCE,
            &[
                &encode_oid(const_oid::ObjectIdentifier::new_unwrap("2.5.29.21")),
                &encode(tag::OCTET_STRING, &[&[0x0a, 1, 4]]),
            ],
        );
        let reason = encode(tag::SEQUENCE, &[&reason]);
        let mut revoked = Vec::with_capacity(48 << 20);
        for at in 0..self.0 {
            let serial = encode(tag::INTEGER, &[&self.serial(at)]);
            let date = encode(0x17, &[b"260101120000Z"]);
            let extensions: &[u8] = if at % 5 < 2 { &reason } else { &[] };
            revoked.extend_from_slice(&encode(tag::SEQUENCE, &[&serial, &date, extensions]));
        }
        let algorithm = [0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
        let number = EncodedExtension::of(
            &CrlNumber(SerialNumber::from_decimal("7").unwrap()),
            Criticality::NotCritical,
        );
        let key = rollcert_pki::extension::AuthorityKeyIdentifier::of_key(vec![7; 20]);
        let key = EncodedExtension::of(&key, Criticality::NotCritical);
        let issuer = rollcert_pki::Name::builder()
            .common_name("Acme Issuing CA")
            .build()
            .unwrap();
        let extensions = EncodedExtension::to_der_sequence(&[key, number]);
        let to_be_signed = encode(
            tag::SEQUENCE,
            &[
                &encode_unsigned(&[1]),
                &algorithm,
                issuer.as_der(),
                &encode(0x17, &[b"260201120000Z"]),
                &encode(0x17, &[b"360201120000Z"]),
                &encode(tag::SEQUENCE, &[&revoked]),
                &encode(tag::CONTEXT_CONSTRUCTED, &[&extensions]),
            ],
        );
        // No contender verifies it.
        let signature = encode(tag::BIT_STRING, &[&[0, 0x30, 6, 2, 1, 1, 2, 1, 1]]);
        encode(tag::SEQUENCE, &[&to_be_signed, &algorithm, &signature])
    }
}
