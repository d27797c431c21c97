//! Certificates built here, judged by OpenSSL and Java, and every refusal to build one.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed test is to panic"
)]

mod support;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use rollcert_crypto::{DigestAlgorithm, KeyAlgorithm, PrivateKey, SignatureAlgorithm};
use rollcert_pki::extension::{
    AccessDescription, AuthorityInformationAccess, AuthorityKeyIdentifier, BasicConstraints,
    CertificatePolicies, Criticality, CrlDistributionPoints, DistributionPoint, EncodedExtension,
    ExtendedKeyUsages, ExtensionValue, GeneralName, PolicyInformation, SubjectAlternativeName,
    SubjectKeyIdentifier,
};
use rollcert_pki::{
    BuildError, BuildWarning, Certificate, CertificateBuilder, CertificationRequest,
    ExtendedKeyUsage, KeyIdentifierMethod, KeyUsage, KeyUsages, Name, Profile, RequestBuilder,
    SerialNumber, Validity,
};
use support::{PROVIDER, certificate, fixture, rng};
use tempfile::TempDir;

const NOW: &str = "2026-06-01T12:00:00Z";

fn now() -> DateTime<Utc> {
    NOW.parse().unwrap()
}

fn key(name: &str) -> PrivateKey {
    support::key(&format!("requests/{name}.key.pem"))
}

fn public_key(name: &str) -> Vec<u8> {
    fixture(&format!("requests/{name}.pub.der"))
}

fn generated(algorithm: KeyAlgorithm) -> PrivateKey {
    let pkcs8 = PROVIDER.generate_key(algorithm, &mut rng()).unwrap();
    PROVIDER.load_key(&pkcs8).unwrap()
}

fn common_name(text: &str) -> Name {
    Name::builder().common_name(text).build().unwrap()
}

fn serial(number: &str) -> SerialNumber {
    SerialNumber::from_decimal(number).unwrap()
}

fn email(address: &str) -> GeneralName {
    GeneralName::email(address).unwrap()
}

fn builder(profile: &Profile, name: &str, public_key_info: &[u8]) -> CertificateBuilder {
    CertificateBuilder::new(
        profile,
        common_name(name),
        public_key_info,
        serial("1"),
        profile.validity_from(now()).unwrap(),
    )
}

fn code<T>(result: Result<T, BuildError>) -> &'static str {
    match result {
        Ok(_) => "built",
        Err(error) => error.code(),
    }
}

/// A root, an authority below it, and keys for both and for a leaf.
struct Chain {
    root: Certificate,
    intermediate: Certificate,
    intermediate_key: PrivateKey,
    leaf_key: PrivateKey,
    algorithm: SignatureAlgorithm,
}

impl Chain {
    fn new(keys: [PrivateKey; 3], algorithm: SignatureAlgorithm) -> Self {
        let [root_key, intermediate_key, leaf_key] = keys;
        let root = builder(&Profile::root(), "Acme Root", root_key.public_key_info())
            .with_signature_algorithm(algorithm)
            .self_signed(PROVIDER)
            .unwrap()
            .sign(&root_key)
            .unwrap();
        let intermediate = builder(
            &Profile::intermediate(0),
            "Acme Issuing",
            intermediate_key.public_key_info(),
        )
        .with_signature_algorithm(algorithm)
        .issued_by(&root, PROVIDER)
        .unwrap()
        .sign(&root_key)
        .unwrap();
        Self {
            root,
            intermediate,
            intermediate_key,
            leaf_key,
            algorithm,
        }
    }

    fn p256() -> Self {
        Self::new(
            [
                key("p256"),
                generated(KeyAlgorithm::P256),
                support::key("p256.key.pem"),
            ],
            SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256),
        )
    }

    fn leaf(&self, profile: &Profile) -> Certificate {
        builder(profile, "acme as2", self.leaf_key.public_key_info())
            .with_signature_algorithm(self.algorithm)
            .with_alternative_names([
                email("edi@acme.example"),
                GeneralName::dns("as2.acme.example").unwrap(),
            ])
            .issued_by(&self.intermediate, PROVIDER)
            .unwrap()
            .sign(&self.intermediate_key)
            .unwrap()
    }
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, certificate: &Certificate) -> PathBuf {
        self.write_pem(name, "CERTIFICATE", certificate.as_der())
    }

    fn write_pem(&self, name: &str, label: &str, octets: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        let body = BASE64_STANDARD.encode(octets);
        let lines: Vec<&str> = body
            .as_bytes()
            .chunks(64)
            .map(|line| str::from_utf8(line).unwrap())
            .collect();
        let body = lines.join("\n");
        let pem = format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
        fs::write(&path, pem).unwrap();
        path
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Whether `openssl verify` is content with the chain for this purpose; nothing without OpenSSL.
fn openssl_verifies(chain: &Chain, leaf: &Certificate, purpose: &str) -> Option<bool> {
    let folder = Folder::new();
    let root = folder.write("root", &chain.root);
    let intermediate = folder.write("intermediate", &chain.intermediate);
    let leaf = folder.write("leaf", leaf);
    let time = now().timestamp().to_string();
    let output = support::openssl_run(&[
        "verify",
        "-x509_strict",
        "-attime",
        &time,
        "-purpose",
        purpose,
        "-CAfile",
        text(&root),
        "-untrusted",
        text(&intermediate),
        text(&leaf),
    ])?;
    println!("{purpose}: {}", String::from_utf8_lossy(&output.stderr));
    Some(output.status.success())
}

#[test]
fn openssl_verifies_chains_of_every_kind_of_key() {
    let rsa = || {
        [
            key("rsa2048"),
            support::key("ca.key.pem"),
            support::key("rsa2048.key.pem"),
        ]
    };
    let generated = |kind| [generated(kind), key_of(kind), fixture_key_of(kind)];
    let sha256 = DigestAlgorithm::Sha256;
    let mut bound = rsa();
    bound[0] = key("rsapss");
    for (name, chain) in [
        (
            "rsa",
            Chain::new(rsa(), SignatureAlgorithm::RsaPkcs1(sha256)),
        ),
        (
            "rsa-pss",
            Chain::new(rsa(), SignatureAlgorithm::rsa_pss(sha256)),
        ),
        // A key that is bound to PSS signs the intermediate.
        (
            "rsa-pss key",
            Chain::new(bound, SignatureAlgorithm::rsa_pss(sha256)),
        ),
        ("p-256", Chain::p256()),
        (
            "p-384",
            Chain::new(
                generated(KeyAlgorithm::P384),
                SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha384),
            ),
        ),
        (
            "p-521",
            Chain::new(
                generated(KeyAlgorithm::P521),
                SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha512),
            ),
        ),
        (
            "ed25519",
            Chain::new(
                generated(KeyAlgorithm::Ed25519),
                SignatureAlgorithm::Ed25519,
            ),
        ),
    ] {
        let leaf = chain.leaf(&Profile::smime_sign());
        assert!(
            leaf.verify_signature_by(&chain.intermediate, PROVIDER)
                .is_ok()
        );
        let server = chain.leaf(&Profile::tls_server());
        let client = chain.leaf(&Profile::tls_client());
        for (certificate, purpose, expected) in [
            (&leaf, "smimesign", true),
            (&leaf, "sslserver", false),
            (&server, "sslserver", true),
            (&server, "smimesign", false),
            (&client, "sslclient", true),
            (&chain.intermediate, "crlsign", true),
            (&leaf, "crlsign", false),
        ] {
            match openssl_verifies(&chain, certificate, purpose) {
                Some(verifies) => assert_eq!(verifies, expected, "{name} {purpose}"),
                None => return,
            }
        }
    }
}

fn key_of(kind: KeyAlgorithm) -> PrivateKey {
    key(name_of(kind))
}

fn fixture_key_of(kind: KeyAlgorithm) -> PrivateKey {
    support::key(&format!("{}.key.pem", name_of(kind)))
}

fn name_of(kind: KeyAlgorithm) -> &'static str {
    match kind {
        KeyAlgorithm::P384 => "p384",
        KeyAlgorithm::P521 => "p521",
        KeyAlgorithm::Ed25519 => "ed25519",
        other => panic!("{other}"),
    }
}

#[test]
fn one_key_for_everything_serves_for_everything() {
    let keys = [
        key("rsa2048"),
        support::key("ca.key.pem"),
        support::key("rsa2048.key.pem"),
    ];
    let chain = Chain::new(keys, SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256));
    let leaf = chain.leaf(&Profile::as2());
    let codes: Vec<&str> = leaf
        .usable_for()
        .iter()
        .map(|purpose| purpose.code())
        .collect();
    assert_eq!(
        codes,
        ["smime-sign", "smime-encrypt", "tls-server", "tls-client"]
    );
    for purpose in ["smimesign", "smimeencrypt", "sslserver", "sslclient"] {
        match openssl_verifies(&chain, &leaf, purpose) {
            Some(verifies) => assert!(verifies, "{purpose}"),
            None => return,
        }
    }
}

#[test]
fn openssl_shows_every_extension_as_it_was_given() {
    let uri = |uri: &str| GeneralName::uri(uri).unwrap();
    let profile = Profile::smime()
        .with_crl_distribution_points(CrlDistributionPoints(vec![DistributionPoint::of(vec![
            uri("http://crl.acme.example/issuing.crl"),
        ])]))
        .with_authority_information_access(AuthorityInformationAccess(vec![
            AccessDescription {
                method: AuthorityInformationAccess::OCSP.into(),
                location: uri("http://ocsp.acme.example"),
            },
            AccessDescription {
                method: AuthorityInformationAccess::CA_ISSUERS.into(),
                location: uri("http://acme.example/issuing.cer"),
            },
        ]))
        .with_certificate_policies(CertificatePolicies(vec![PolicyInformation {
            policy: CertificatePolicies::ANY.into(),
            qualifiers: Vec::new(),
        }]));
    let chain = Chain::p256();
    let leaf = CertificateBuilder::new(
        &profile,
        Name::builder()
            .country("DE")
            .organization("Größe AG")
            .common_name("acme as2")
            .build()
            .unwrap(),
        support::key("rsa2048.key.pem").public_key_info(),
        SerialNumber::from_hex("7f00000000000000000000000000000000000001").unwrap(),
        Validity::without_end(now()).unwrap(),
    )
    .with_alternative_names([email("edi@acme.example"), uri("urn:acme")])
    .issued_by(&chain.intermediate, PROVIDER)
    .unwrap();
    let codes: Vec<&str> = leaf.warnings().iter().map(BuildWarning::code).collect();
    assert_eq!(codes, ["outlives-issuer"]);
    let leaf = leaf.sign(&chain.intermediate_key).unwrap();

    let folder = Folder::new();
    let file = folder.write("leaf", &leaf);
    let Some(shown) = support::openssl(&[
        "x509",
        "-noout",
        "-text",
        "-nameopt",
        "RFC2253,-esc_msb,utf8",
        "-in",
        text(&file),
    ]) else {
        return;
    };
    let issuer_identifier = colons(chain.intermediate.subject_key_identifier().unwrap());
    let own_identifier = colons(leaf.subject_key_identifier().unwrap());
    for expected in [
        "Version: 3 (0x2)",
        "7f:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:01",
        "Signature Algorithm: ecdsa-with-SHA256",
        "Issuer: CN=Acme Issuing",
        "Not Before: Jun  1 12:00:00 2026 GMT",
        "Not After : Dec 31 23:59:59 9999 GMT",
        "Subject: CN=acme as2,O=Größe AG,C=DE",
        "X509v3 Basic Constraints: \n                CA:FALSE",
        "X509v3 Key Usage: critical\n                Digital Signature, Key Encipherment",
        "X509v3 Extended Key Usage: \n                E-mail Protection",
        "X509v3 Subject Alternative Name: \n                email:edi@acme.example, URI:urn:acme",
        &format!("X509v3 Subject Key Identifier: \n                {own_identifier}"),
        &format!("X509v3 Authority Key Identifier: \n                {issuer_identifier}"),
        "X509v3 CRL Distribution Points: \n                Full Name:\n                  \
         URI:http://crl.acme.example/issuing.crl",
        "OCSP - URI:http://ocsp.acme.example",
        "CA Issuers - URI:http://acme.example/issuing.cer",
        "X509v3 Certificate Policies: \n                Policy: X509v3 Any Policy",
    ] {
        assert!(shown.contains(expected), "{expected}\n{shown}");
    }
}

fn colons(octets: &[u8]) -> String {
    let octets: Vec<String> = octets.iter().map(|octet| format!("{octet:02X}")).collect();
    octets.join(":")
}

/// A request with everything that one usually asks for.
fn request(name: &str) -> CertificationRequest {
    let key = key(name);
    RequestBuilder::new(common_name("acme as2"), key.public_key_info())
        .with_profile(&Profile::smime_sign())
        .with_alternative_names([email("edi@acme.example")])
        .with_challenge_password("beauty")
        .build()
        .unwrap()
        .sign(&key)
        .unwrap()
}

#[test]
fn openssl_reads_and_verifies_our_requests() {
    let folder = Folder::new();
    for name in ["rsa2048", "rsapss", "p256", "p384", "p521", "ed25519"] {
        let file = folder.write_pem(name, "CERTIFICATE REQUEST", request(name).as_der());
        let arguments = ["req", "-verify", "-noout", "-text", "-in", text(&file)];
        let Some(output) = support::openssl_run(&arguments) else {
            return;
        };
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("verify OK"), "{name}: {said}");
        let shown = String::from_utf8(output.stdout).unwrap();
        for expected in [
            "Version: 1 (0x0)",
            "Subject: CN = acme as2",
            "challengePassword        :beauty",
            "Requested Extensions:",
            "X509v3 Key Usage: critical\n                    Digital Signature\n",
            "email:edi@acme.example",
        ] {
            assert!(shown.contains(expected), "{name} {expected}\n{shown}");
        }
    }
}

#[test]
fn java_reads_our_requests() {
    let folder = Folder::new();
    for name in ["rsa2048", "p384", "ed25519"] {
        let file = folder.write_pem(name, "CERTIFICATE REQUEST", request(name).as_der());
        let Some(shown) = keytool(&["-printcertreq", "-v", "-file", text(&file)]) else {
            return;
        };
        for expected in ["Subject: CN=acme as2", "RFC822Name: edi@acme.example"] {
            assert!(shown.contains(expected), "{name} {expected}\n{shown}");
        }
    }
}

#[test]
fn java_reads_our_certificates() {
    let folder = Folder::new();
    let chain = Chain::p256();
    for (certificate, expected) in [
        (
            &chain.root,
            &["Owner: CN=Acme Root", "CA:true", "Key_CertSign"][..],
        ),
        (&chain.intermediate, &["Issuer: CN=Acme Root", "PathLen:0"]),
        (
            &chain.leaf(&Profile::as2()),
            &[
                "Owner: CN=acme as2",
                "RFC822Name: edi@acme.example",
                "emailProtection",
                "CA:false",
            ],
        ),
    ] {
        let file = folder.write("certificate", certificate);
        let Some(shown) = keytool(&["-printcert", "-file", text(&file)]) else {
            return;
        };
        for expected in expected {
            assert!(shown.contains(expected), "{expected}\n{shown}");
        }
    }
}

/// What `keytool` prints for these arguments. Without Java: nothing, said aloud; under `CI=true` that is a
/// failure.
fn keytool(arguments: &[&str]) -> Option<String> {
    let run = Command::new("keytool")
        .arg("-J-Duser.language=en")
        .args(arguments)
        .output();
    match run {
        Ok(output) => {
            let shown = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(output.status.success(), "keytool {arguments:?}: {shown}");
            Some(shown)
        }
        Err(error) if env::var("CI").is_ok_and(|value| value == "true") => {
            panic!("keytool is wanted under CI=true: {error}")
        }
        Err(error) => {
            println!("skipped: no keytool on this machine ({error})");
            None
        }
    }
}

#[test]
fn profiles_say_what_their_table_says() {
    let rsa = public_key("rsa2048");
    let sign = KeyUsage::DigitalSignature;
    let authority = [KeyUsage::KeyCertSign, KeyUsage::CrlSign];
    let email = ExtendedKeyUsage::EmailProtection;
    let (server, client) = (ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth);
    let encipher = KeyUsage::KeyEncipherment;
    for (profile, constraints, usages, purposes, days) in [
        (Profile::root(), Some(None), &authority[..], vec![], 7300),
        (
            Profile::intermediate(1),
            Some(Some(1)),
            &authority,
            vec![],
            3650,
        ),
        (
            Profile::smime(),
            None,
            &[sign, encipher],
            vec![email.clone()],
            730,
        ),
        (
            Profile::smime_sign(),
            None,
            &[sign],
            vec![email.clone()],
            730,
        ),
        (
            Profile::smime_encrypt(),
            None,
            &[encipher],
            vec![email.clone()],
            730,
        ),
        (
            Profile::tls_server(),
            None,
            &[sign, encipher],
            vec![server.clone()],
            365,
        ),
        (
            Profile::tls_client(),
            None,
            &[sign],
            vec![client.clone()],
            365,
        ),
        (
            Profile::as2(),
            None,
            &[sign, encipher],
            vec![email, server, client],
            730,
        ),
    ] {
        let certificate = builder(&profile, "x", &rsa)
            .self_signed(PROVIDER)
            .unwrap()
            .assemble(&[1])
            .unwrap();
        let path_length = certificate
            .is_ca()
            .then(|| certificate.basic_constraints().unwrap().path_length());
        assert_eq!(path_length, constraints);
        assert_eq!(
            certificate.key_usage(),
            Some(usages.iter().copied().collect())
        );
        assert_eq!(
            certificate.extended_key_usage().unwrap_or_default(),
            purposes
        );
        let validity = certificate.not_after() - certificate.not_before();
        assert_eq!(validity.num_days(), i64::from(days) + 1);
        let critical: Vec<String> = certificate
            .extensions()
            .into_iter()
            .filter(|extension| extension.criticality() == Criticality::Critical)
            .map(|extension| extension.oid().to_string())
            .collect();
        let expected: &[&str] = match constraints {
            Some(_) => &["2.5.29.19", "2.5.29.15"],
            None => &["2.5.29.15"],
        };
        assert_eq!(critical, expected);
        assert_eq!(certificate.quirks(), []);
    }
}

#[test]
fn the_usage_of_a_key_follows_its_kind() {
    // RFC 8813 §3: keys of elliptic curves agree and do not encipher. RFC 8410 §5: those of Ed25519 sign alone.
    let usages = |profile: &Profile, name: &str| {
        let built = builder(profile, "x", &public_key(name)).issued_by(&issuer(), PROVIDER);
        built.map_err(|error| error.to_string()).map(|unsigned| {
            let certificate = unsigned.assemble(&[1]).unwrap();
            certificate.key_usage().unwrap().to_string()
        })
    };
    for (profile, name, expected) in [
        (
            Profile::smime(),
            "p384",
            Ok("digitalSignature, keyAgreement"),
        ),
        (Profile::smime_encrypt(), "p256", Ok("keyAgreement")),
        (Profile::smime_encrypt(), "x25519", Ok("keyAgreement")),
        (Profile::tls_server(), "p256", Ok("digitalSignature")),
        (Profile::tls_server(), "ed25519", Ok("digitalSignature")),
        (Profile::smime_sign(), "ed448", Ok("digitalSignature")),
        (
            Profile::smime(),
            "ed25519",
            Err("a key of kind ed25519 does not serve for keyEncipherment"),
        ),
        (
            Profile::smime(),
            "rsapss",
            Err("a key of kind rsa-pss-2048 does not serve for keyEncipherment"),
        ),
        (
            Profile::smime_sign(),
            "x25519",
            Err("a key of kind x25519 does not serve for digitalSignature"),
        ),
        (
            Profile::smime_sign().with_key_usage([KeyUsage::NonRepudiation]),
            "p256",
            Ok("nonRepudiation"),
        ),
    ] {
        let expected = expected.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(usages(&profile, name), expected, "{name}");
    }
}

/// An authority that may have others below it.
fn issuer() -> Certificate {
    builder(
        &Profile::intermediate(1),
        "Acme Issuing",
        &public_key("p256"),
    )
    .self_signed(PROVIDER)
    .unwrap()
    .sign(&key("p256"))
    .unwrap()
}

#[test]
fn the_signature_algorithm_follows_the_key_of_the_issuer() {
    for (name, expected) in [
        ("rsa2048", "sha256WithRSAEncryption"),
        ("rsapss", "rsassaPss"),
        ("p256", "ecdsa-with-SHA256"),
        ("p384", "ecdsa-with-SHA384"),
        ("p521", "ecdsa-with-SHA512"),
        ("ed25519", "ED25519"),
    ] {
        let unsigned = builder(&Profile::root(), "x", &public_key(name))
            .self_signed(PROVIDER)
            .unwrap();
        assert_eq!(unsigned.algorithm().to_string(), expected);
        let certificate = unsigned.sign(&key(name)).unwrap();
        assert!(certificate.is_self_signed(PROVIDER), "{name}");
    }
}

#[test]
fn key_identifiers_are_those_of_the_standards() {
    // RFC 5280 §4.2.1.2 (1) and RFC 7093 §2 (1), as OpenSSL's digests of the same octets give them.
    let info = public_key("ed25519");
    let octets = &info[info.len() - 32..];
    for (method, digest) in [
        (KeyIdentifierMethod::Sha1, DigestAlgorithm::Sha1),
        (KeyIdentifierMethod::Sha256, DigestAlgorithm::Sha256),
    ] {
        let expected = PROVIDER.digest(digest, octets)[..20].to_vec();
        assert_eq!(method.identify(&info, PROVIDER).unwrap(), expected);
        let profile = Profile::root().with_key_identifier(method);
        let root = builder(&profile, "x", &info)
            .self_signed(PROVIDER)
            .unwrap()
            .assemble(&[1])
            .unwrap();
        assert_eq!(root.subject_key_identifier(), Some(expected.as_slice()));
    }
    let error = KeyIdentifierMethod::Sha1.identify(b"no key", PROVIDER);
    assert_eq!(code(error), "malformed-public-key");
}

#[test]
fn the_authority_key_identifier_is_the_issuer_s_own_and_not_the_one_above() {
    let chain = Chain::p256();
    let leaf = chain.leaf(&Profile::smime_sign());
    let of = |certificate: &Certificate| {
        certificate
            .extensions()
            .find::<AuthorityKeyIdentifier>()
            .unwrap()
    };
    let identifier =
        |certificate: &Certificate| certificate.subject_key_identifier().unwrap().to_vec();
    // RFC 5280 §4.2.1.1: a root may leave it out.
    assert_eq!(of(&chain.root), None);
    assert_eq!(
        of(&chain.intermediate),
        Some(AuthorityKeyIdentifier::of_key(identifier(&chain.root)))
    );
    assert_eq!(
        of(&leaf),
        Some(AuthorityKeyIdentifier::of_key(identifier(
            &chain.intermediate
        )))
    );

    // An issuer that names its key otherwise is followed; one that does not name it gets the usual identifier.
    let odd = builder(&Profile::root(), "odd", &public_key("p256"))
        .with_extension(EncodedExtension::of(
            &SubjectKeyIdentifier(vec![1, 2, 3]),
            Criticality::NotCritical,
        ))
        .self_signed(PROVIDER)
        .unwrap()
        .sign(&key("p256"))
        .unwrap();
    let silent = certificate("requests/no-identifier.cert.pem");
    let usual = KeyIdentifierMethod::Sha1
        .identify(&public_key("p256"), PROVIDER)
        .unwrap();
    for (issuer, expected) in [(odd, vec![1, 2, 3]), (silent, usual)] {
        let below = builder(&Profile::smime_sign(), "x", &public_key("p384"))
            .issued_by(&issuer, PROVIDER)
            .unwrap()
            .sign(&key("p256"))
            .unwrap();
        assert_eq!(of(&below), Some(AuthorityKeyIdentifier::of_key(expected)));
    }
}

#[test]
fn certificates_that_the_standard_forbids_are_not_built() {
    let critical = Criticality::Critical;
    let not_critical = Criticality::NotCritical;
    let leaf = || builder(&Profile::smime_sign(), "x", &public_key("p256"));
    let root = || builder(&Profile::root(), "x", &public_key("p256"));
    let with = |builder: CertificateBuilder, extension| builder.with_extension(extension);
    let constraints = |value: &[u8], criticality| {
        EncodedExtension::new(BasicConstraints::OID, criticality, value)
    };
    let usages = |usages: &[KeyUsage]| {
        let usages: KeyUsages = usages.iter().copied().collect();
        EncodedExtension::of(&usages, critical)
    };
    let names = |names: Vec<GeneralName>, criticality| {
        EncodedExtension::of(&SubjectAlternativeName(names), criticality)
    };
    let nameless = |profile: &Profile| {
        CertificateBuilder::new(
            profile,
            Name::builder().build().unwrap(),
            public_key("p256"),
            serial("1"),
            profile.validity_from(now()).unwrap(),
        )
    };
    let numbered = |number: &str| {
        let profile = Profile::smime_sign();
        CertificateBuilder::new(
            &profile,
            common_name("x"),
            public_key("p256"),
            serial(number),
            profile.validity_from(now()).unwrap(),
        )
    };
    let sha1 = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha1);
    let rsa = SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256);
    for (builder, expected) in [
        (leaf(), "built"),
        (root(), "built"),
        // RFC 5280 §4.1.2.2.
        (numbered("0"), "bad-serial"),
        (numbered("-1"), "bad-serial"),
        (numbered(&format!("{}", u128::MAX)), "built"),
        // 2^159 has 20 octets, and one more for the sign.
        (
            numbered("730750818665451459101842416358141509827966271488"),
            "bad-serial",
        ),
        (
            numbered("730750818665451459101842416358141509827966271487"),
            "built",
        ),
        // RFC 5280 §4.1.2.6 and §4.2.1.6.
        (nameless(&Profile::smime_sign()), "no-subject"),
        (
            nameless(&Profile::smime_sign()).with_alternative_names([email("a@b.example")]),
            "built",
        ),
        (
            with(
                nameless(&Profile::smime_sign()),
                names(vec![email("a@b.example")], not_critical),
            ),
            "no-subject",
        ),
        (nameless(&Profile::root()), "authority-without-name"),
        (
            with(leaf(), names(vec![], not_critical)),
            "no-alternative-name",
        ),
        // RFC 5280 §4.2.1.9: a path length without authority, an authority that is not critical.
        (
            with(leaf(), constraints(&[0x30, 3, 2, 1, 0], critical)),
            "bad-basic-constraints",
        ),
        (
            with(root(), constraints(&[0x30, 3, 1, 1, 0xff], not_critical)),
            "bad-basic-constraints",
        ),
        (
            with(leaf(), constraints(&[5, 0], critical)),
            "bad-basic-constraints",
        ),
        // RFC 5280 §4.2.1.3.
        (
            with(leaf(), usages(&[KeyUsage::KeyCertSign])),
            "bad-key-usage",
        ),
        (
            with(
                root(),
                EncodedExtension::new(KeyUsages::OID, critical, [5, 0]),
            ),
            "bad-key-usage",
        ),
        (root_with_usages(&[]), "bad-key-usage"),
        (with(leaf(), usages(&[])), "bad-key-usage"),
        (with(root(), usages(&[KeyUsage::CrlSign])), "built"),
        (
            with(
                builder(&Profile::intermediate(0), "x", &public_key("p256")),
                usages(&[KeyUsage::CrlSign]),
            ),
            "bad-key-usage",
        ),
        // RFC 5280 §4.2.
        (
            with(
                with(leaf(), usages(&[KeyUsage::DigitalSignature])),
                usages(&[]),
            ),
            "duplicate-extension",
        ),
        (leaf().with_signature_algorithm(sha1), "weak-digest"),
        (leaf().with_signature_algorithm(rsa), "algorithm-mismatch"),
        (
            builder(&Profile::root(), "x", &public_key("rsa512")),
            "key-too-short",
        ),
        (
            builder(&Profile::root(), "x", &public_key("secp256k1")),
            "key-does-not-sign",
        ),
        (
            builder(&Profile::root(), "x", b"no key"),
            "malformed-public-key",
        ),
    ] {
        assert_eq!(code(builder.self_signed(PROVIDER)), expected, "{builder:?}");
    }
}

fn root_with_usages(usages: &[KeyUsage]) -> CertificateBuilder {
    let profile = Profile::root().with_key_usage(usages.iter().copied());
    builder(&profile, "x", &public_key("p256"))
}

#[test]
fn who_may_not_issue_does_not() {
    let issued = |issuer: &Certificate, profile: &Profile| {
        code(builder(profile, "x", &public_key("p384")).issued_by(issuer, PROVIDER))
    };
    let (leaf, below) = (Profile::smime_sign(), Profile::intermediate(0));
    for (name, expected) in [
        ("requests/no-authority.cert.pem", "issuer-is-no-authority"),
        (
            "requests/no-certificates.cert.pem",
            "issuer-is-no-authority",
        ),
        ("requests/no-identifier.cert.pem", "built"),
    ] {
        assert_eq!(issued(&certificate(name), &leaf), expected, "{name}");
    }
    let chain = Chain::p256();
    assert_eq!(issued(&chain.root, &below), "built");
    assert_eq!(issued(&chain.intermediate, &leaf), "built");
    assert_eq!(issued(&chain.intermediate, &below), "issuer-path-length");
    // Its key is not the one that signs.
    let unsigned = builder(&leaf, "x", &public_key("p384"))
        .issued_by(&chain.intermediate, PROVIDER)
        .unwrap();
    assert_eq!(code(unsigned.sign(&chain.leaf_key)), "other-key");
    let wrong = chain.leaf_key.signer().unwrap();
    let wrong = wrong
        .sign(unsigned.algorithm(), unsigned.to_be_signed())
        .unwrap();
    assert_eq!(
        code(unsigned.assemble_verified(&wrong, PROVIDER)),
        "signature-invalid"
    );
    let right = chain.intermediate_key.signer().unwrap();
    let right = right
        .sign(unsigned.algorithm(), unsigned.to_be_signed())
        .unwrap();
    let certificate = unsigned.assemble_verified(&right, PROVIDER).unwrap();
    assert_eq!(certificate.to_be_signed(), unsigned.to_be_signed());
    assert_eq!(certificate, unsigned.assemble(&right).unwrap());
}

#[test]
fn what_is_better_avoided_is_said() {
    let issuer = issuer();
    let warnings = |name: &str, key: &str, profile: &Profile| {
        let unsigned = builder(profile, name, &public_key(key))
            .issued_by(&issuer, PROVIDER)
            .unwrap();
        unsigned.warnings().to_vec()
    };
    assert_eq!(warnings("x", "p384", &Profile::smime()), []);
    assert_eq!(
        warnings("x", "rsa1024", &Profile::smime()),
        [BuildWarning::WeakKey { bits: 1024 }]
    );
    assert_eq!(
        warnings("Acme Issuing", "p384", &Profile::intermediate(0)),
        [BuildWarning::SameCommonName]
    );
    let long = Profile::smime().with_validity_days(3651);
    assert_eq!(
        warnings("x", "p384", &long),
        [BuildWarning::OutlivesIssuer {
            not_after: "2036-05-30T12:00:00Z".parse().unwrap(),
            issuer_not_after: "2036-05-29T12:00:00Z".parse().unwrap(),
        }]
    );
}

#[test]
fn a_request_gives_its_key_and_what_the_issuer_chooses() {
    let key = key("p384");
    let asked = RequestBuilder::new(common_name("whoever I say"), key.public_key_info())
        .with_profile(&Profile::root())
        .with_alternative_names([email("edi@acme.example")])
        .build()
        .unwrap();
    let request = asked.sign(&key).unwrap();
    let profile = Profile::smime_sign();
    let validity = profile.validity_from(now()).unwrap();
    let for_request = |request: &CertificationRequest| {
        let subject = common_name("acme as2");
        CertificateBuilder::for_request(&profile, request, subject, serial("1"), validity, PROVIDER)
    };
    let issuer = issuer();
    let issue = |builder: CertificateBuilder| {
        let unsigned = builder.issued_by(&issuer, PROVIDER).unwrap();
        unsigned.assemble(&[1]).unwrap()
    };
    let plain = issue(for_request(&request).unwrap());
    assert!(request.is_for(&plain));
    assert_eq!(plain.subject().common_name(), Some("acme as2"));
    assert_eq!((plain.is_ca(), plain.emails()), (false, vec![]));
    let chosen = issue(
        for_request(&request)
            .unwrap()
            .with_requested::<SubjectAlternativeName>(&request)
            .unwrap()
            .with_requested::<ExtendedKeyUsages>(&request)
            .unwrap(),
    );
    assert_eq!(chosen.emails(), ["edi@acme.example"]);
    assert!(!chosen.is_ca());
    // Not asked for, so the profile stands.
    assert_eq!(
        chosen.extended_key_usage(),
        Some(&[ExtendedKeyUsage::EmailProtection][..])
    );

    // Whoever has not the private key gets nothing.
    let stolen = asked
        .assemble(request.signature().split_last().unwrap().1)
        .unwrap();
    assert_eq!(code(for_request(&stolen)), "possession-not-proven");
    let malformed = RequestBuilder::new(common_name("x"), key.public_key_info())
        .with_extension(EncodedExtension::new(
            SubjectAlternativeName::OID,
            Criticality::NotCritical,
            [5, 0],
        ))
        .build()
        .unwrap()
        .sign(&key)
        .unwrap();
    let builder = for_request(&malformed).unwrap();
    assert_eq!(
        code(builder.with_requested::<SubjectAlternativeName>(&malformed)),
        "malformed-requested-extension"
    );
}

proptest! {
    /// decode(encode(x)) == x, and no certificate of ours has a quirk.
    #[test]
    fn what_is_built_is_read_back(
        subject in "[ -~äöü]{1,64}",
        number in prop::collection::vec(any::<u8>(), 1..20),
        begin in -631_152_000_i64..=253_402_300_799,
        days in 0_u32..40_000,
        emails in prop::collection::vec("[a-z]{1,9}@[a-z]{1,9}\\.example", 0..4),
        signature in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let number = [&[0][..], &number].concat();
        let number = SerialNumber::from_der_content(&number).unwrap();
        let serial = serial(&number.to_decimal());
        let begin = DateTime::from_timestamp_secs(begin).unwrap();
        let Ok(validity) = Validity::of_days(begin, days) else {
            return Ok(());
        };
        let profile = Profile::as2();
        let builder = CertificateBuilder::new(
            &profile,
            common_name(&subject),
            public_key("p256"),
            serial.clone(),
            validity,
        )
        .with_alternative_names(emails.iter().map(|address| email(address)));
        let unsigned = match builder.self_signed(PROVIDER) {
            Err(BuildError::Serial) => {
                prop_assert_eq!(serial, SerialNumber::from_decimal("0").unwrap());
                return Ok(());
            }
            unsigned => unsigned.unwrap(),
        };
        let certificate = unsigned.assemble(&signature).unwrap();
        prop_assert_eq!(certificate.subject(), &common_name(&subject));
        prop_assert_eq!(certificate.issuer(), &common_name(&subject));
        prop_assert_eq!(certificate.serial(), &serial);
        prop_assert_eq!(certificate.not_before(), validity.not_before());
        prop_assert_eq!(certificate.not_after(), validity.not_after());
        let names = certificate.extensions().find::<SubjectAlternativeName>().unwrap().unwrap_or_default();
        let names: Vec<String> =
            names.0.iter().map(|name| name.as_email().unwrap().into_owned()).collect();
        prop_assert_eq!(names, emails);
        prop_assert_eq!(certificate.signature(), signature.as_slice());
        prop_assert_eq!(certificate.quirks(), &[]);
        prop_assert_eq!(certificate.to_be_signed(), unsigned.to_be_signed());
    }
}
