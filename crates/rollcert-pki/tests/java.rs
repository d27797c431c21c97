//! Java opens what we write, with its own key store and with Bouncy Castle's; and we open what they write.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use rollcert_crypto::DigestAlgorithm;
use rollcert_pki::{
    Bundle, Certificate, Entry, FileKind, FriendlyName, Iterations, KeyFile, Password,
    Pkcs12Builder, Pkcs12Certificate, Pkcs12Key, Pkcs12Profile,
};
use support::{PROVIDER, certificate, open_fixture, open_octets, path, rng};
use tempfile::TempDir;

/// Bouncy Castle as Debian installs it.
const JARS: [&str; 3] = [
    "/usr/share/java/bcprov.jar",
    "/usr/share/java/bcpkix.jar",
    "/usr/share/java/bcutil.jar",
];

const PROFILES: [Pkcs12Profile; 2] = [Pkcs12Profile::Modern, Pkcs12Profile::Java8Compatible];

/// One kind of key each, and what Java and Bouncy Castle call it.
const PAIRS: [(&str, &str, &str); 5] = [
    ("rsa2048", "RSA", "RSA"),
    ("p256", "EC", "EC"),
    ("p384", "EC", "EC"),
    ("p521", "EC", "EC"),
    ("ed25519", "EdDSA", "Ed25519"),
];

/// Whether the peers are there. Where they are not: said aloud, and a failure under `CI=true`.
fn has_java() -> bool {
    let runs = |program: &str| Command::new(program).arg("-help").output().is_ok();
    let is_there = ["java", "javac", "keytool"].into_iter().all(runs)
        && JARS.into_iter().all(|jar| Path::new(jar).exists());
    if !is_there {
        let wanted = env::var("CI").is_ok_and(|value| value == "true");
        assert!(!wanted, "a JDK and Bouncy Castle are wanted under CI=true");
        println!("skipped: no JDK or no Bouncy Castle on this machine");
    }
    is_there
}

/// What a command prints, which must succeed.
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Runs one of the programs in `tests/peers`.
fn java(program: &str, arguments: &[&Path]) -> String {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/peers")
        .join(program);
    run(Command::new("java")
        .args(["-XX:TieredStopAtLevel=1", "-cp", &JARS.join(":")])
        .arg(source)
        .args(arguments))
}

fn keytool(arguments: &[&str]) -> String {
    run(Command::new("keytool")
        .env("LC_ALL", "C.UTF-8")
        .args(["-J-Duser.language=en", "-J-XX:TieredStopAtLevel=1"])
        .args(arguments))
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn file(&self, name: &str) -> String {
        self.path().join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, octets: &[u8]) -> String {
        fs::write(self.path().join(name), octets).unwrap();
        self.file(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path().join(name)).unwrap()
    }
}

fn key(of: &str) -> KeyFile {
    let bundle = open_fixture(&format!("{of}.key.pem"), None).unwrap();
    let Some(Entry::Key(entry)) = bundle.entries.into_iter().next() else {
        panic!("{of} is no key")
    };
    entry.key
}

fn certificate_of(pair: &str) -> Certificate {
    certificate(&format!("{pair}.cert.pem"))
}

fn thumbprint(pair: &str) -> String {
    let octets = certificate_of(pair);
    hex::encode(PROVIDER.digest(DigestAlgorithm::Sha256, octets.as_der()))
}

/// All kinds of keys with their chains, a certificate that Java trusts, and one that it does not.
fn write_all(profile: Pkcs12Profile, prefix: &str, password: &str) -> Vec<u8> {
    let keys = PAIRS.map(|(pair, ..)| (pair, key(pair)));
    let mut builder = Pkcs12Builder::new(profile).with_iterations(Iterations::new(1_000).unwrap());
    for (pair, key) in &keys {
        let entry = Pkcs12Key::new(key, certificate_of(pair), PROVIDER, &mut rng()).unwrap();
        builder = builder.with_key(
            entry
                .with_friendly_name(FriendlyName::new(format!("{prefix}{pair}")).unwrap())
                .with_chain(vec![certificate_of("ca")]),
        );
    }
    let trusted = Pkcs12Certificate::new(certificate_of("ca"))
        .with_friendly_name(FriendlyName::new(format!("{prefix}root")).unwrap())
        .trusted_by_java();
    builder
        .with_certificate(trusted)
        .with_certificate(Pkcs12Certificate::new(certificate_of("rsa4096")))
        .build(&Password::from(password), PROVIDER, &mut rng())
        .unwrap()
}

/// What the two key stores say of a file that [`write_all`] wrote.
fn expected_lines(file: &str, prefix: &str) -> Vec<String> {
    let ca = thumbprint("ca");
    let mut lines = Vec::new();
    for provider in ["SunJSSE", "BC"] {
        lines.push(format!(
            "{provider}\t{file}\t{prefix}root\tcertificate\t\t\t{ca}"
        ));
        for (pair, java, bouncy_castle) in PAIRS {
            let algorithm = if provider == "BC" {
                bouncy_castle
            } else {
                java
            };
            let chain = format!("{},{ca}", thumbprint(pair));
            lines.push(format!(
                "{provider}\t{file}\t{prefix}{pair}\tkey\t{algorithm}\ttrue\t{chain}"
            ));
        }
    }
    lines
}

#[test]
fn java_and_bouncy_castle_open_pkcs12() {
    if !has_java() {
        return;
    }
    let folder = Folder::new();
    let (mut list, mut expected) = (String::new(), Vec::new());
    for profile in PROFILES {
        for (kind, prefix, password) in [
            ("plain", "acme ", "secret"),
            ("names", "zoë 🔑 ", "secret"),
            ("unicode", "acme ", "pässwörd-🔑"),
            ("empty", "acme ", ""),
        ] {
            let file = format!("{}-{kind}.p12", profile.code());
            let path = folder.write(&file, &write_all(profile, prefix, password));
            list += &format!("{path}\t{password}\n");
            let mut lines = expected_lines(&file, prefix);
            // PBES2 is where each of the two has passwords that it does not take.
            let refusal = match (profile, kind) {
                (Pkcs12Profile::Modern, "unicode") => {
                    Some(("SunJSSE", "keystore password was incorrect"))
                }
                (Pkcs12Profile::Modern, "empty") => Some((
                    "BC",
                    "exception decrypting data - java.lang.IllegalArgumentException: password empty",
                )),
                _ => None,
            };
            if let Some((provider, reason)) = refusal {
                lines.retain(|line| !line.starts_with(provider));
                lines.push(format!("{provider}\t{file}\trefused\t{reason}"));
            }
            expected.extend(lines);
        }
    }
    let list = folder.write("list", list.as_bytes());
    let found = java("ReadPkcs12.java", &[Path::new(&list)]);
    let mut found: Vec<&str> = found.lines().collect();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn keytool_lists_what_is_written() {
    if !has_java() {
        return;
    }
    let folder = Folder::new();
    for profile in PROFILES {
        let file = folder.write("file.p12", &write_all(profile, "zoë ", "secret"));
        let text = keytool(&[
            "-list",
            "-v",
            "-storetype",
            "PKCS12",
            "-keystore",
            &file,
            "-storepass",
            "secret",
        ]);
        let fields = |name: &str| -> Vec<&str> {
            let values = text.lines().filter_map(|line| line.strip_prefix(name));
            values.map(str::trim).collect()
        };
        let mut aliases = fields("Alias name: ");
        let mut expected: Vec<String> = PAIRS.map(|(pair, ..)| format!("zoë {pair}")).to_vec();
        expected.push("zoë root".to_owned());
        aliases.sort_unstable();
        expected.sort_unstable();
        assert_eq!(aliases, expected, "{profile:?}");
        let mut kinds = fields("Entry type: ");
        kinds.sort_unstable();
        assert_eq!(
            kinds,
            [&["PrivateKeyEntry"; 5][..], &["trustedCertEntry"]].concat(),
            "{profile:?}"
        );
        assert_eq!(
            fields("Certificate chain length: "),
            ["2"; 5],
            "{profile:?}"
        );
    }
}

/// The entries of a file in short: names, subjects with `+` where the key is there too, kinds of keys.
fn entries(bundle: &Bundle) -> Vec<String> {
    let entries = bundle.entries.iter().map(|entry| match entry {
        Entry::Certificate(entry) => {
            let name = entry.certificate.subject().common_name();
            let key = if entry.has_key { "+" } else { "" };
            let alias = entry.alias.as_deref().unwrap_or("-");
            format!("{alias}: {}{key}", name.unwrap_or_default())
        }
        Entry::Key(entry) => {
            let alias = entry.alias.as_deref().unwrap_or("-");
            format!("{alias}: {}", entry.key.algorithm())
        }
        _ => unreachable!("no other kind of entry"),
    });
    entries.collect()
}

#[test]
fn what_bouncy_castle_writes_is_opened() {
    if !has_java() {
        return;
    }
    let folder = Folder::new();
    // Some of its writers cut each UTF-16 unit down to its lower octet.
    let password = "pässwörd-€🔑";
    let file = folder.write("password", password.as_bytes());
    java(
        "WriteKeys.java",
        &[&path(""), folder.path(), Path::new(&file)],
    );
    let (rsa, ec) = (key("rsa2048"), key("p256"));
    let pbes2 = |cipher: &str| format!("PBES2 {cipher}, PBKDF2 HMAC-SHA-1 2048 iterations");
    let pbe = |cipher: &str| format!("PKCS#12 PBE {cipher}, SHA-1 2048 iterations");
    let pem = |cipher: &str| format!("PEM {cipher}, MD5 without iterations");
    let mut found = 0;
    for (name, key, protection) in [
        ("pkcs8-aes-128.pem", &ec, pbes2("AES-128-CBC")),
        ("pkcs8-aes-192.pem", &ec, pbes2("AES-192-CBC")),
        ("pkcs8-aes-256.pem", &ec, pbes2("AES-256-CBC")),
        ("pkcs8-3des.pem", &ec, pbes2("3DES-CBC")),
        ("pkcs8-pbe-3des.pem", &ec, pbe("3DES-CBC")),
        ("pkcs8-pbe-2des.pem", &ec, pbe("two-key 3DES-CBC")),
        ("pkcs8-pbe-rc2-128.pem", &ec, pbe("RC2-128-CBC")),
        ("pkcs8-pbe-rc2-40.pem", &ec, pbe("RC2-40-CBC")),
        ("pkcs8-pbe-rc4-128.pem", &ec, pbe("RC4-128")),
        ("pkcs8-pbe-rc4-40.pem", &ec, pbe("RC4-40")),
        (
            "pkcs8-prf-sha512.pem",
            &ec,
            "PBES2 AES-256-CBC, PBKDF2 HMAC-SHA-512 3000 iterations".to_owned(),
        ),
        (
            "pkcs8-scrypt.der",
            &ec,
            "PBES2 AES-256-CBC, scrypt N=4096 r=8 p=2".to_owned(),
        ),
        ("dek-info-AES-128-CBC.pem", &rsa, pem("AES-128-CBC")),
        ("dek-info-AES-256-CBC.pem", &rsa, pem("AES-256-CBC")),
        ("dek-info-DES-EDE3-CBC.pem", &rsa, pem("3DES-CBC")),
        ("dek-info-DES-CBC.pem", &rsa, pem("DES-CBC")),
    ] {
        let bundle = open_octets(&folder.read(name), Some(password));
        let bundle = bundle.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(bundle.kind, FileKind::Key, "{name}");
        assert_eq!(bundle.protection, Some(protection), "{name}");
        let keys: Vec<Vec<u8>> = bundle.keys().map(|entry| public_key(&entry.key)).collect();
        assert_eq!(keys, [public_key(key)], "{name}");
        found += 1;
    }

    let store = [
        "Zoë ec: p-256",
        "Zoë rsa: rsa-2048",
        "Zoë ec: acme p256+",
        "Zoë rsa: acme as2+",
        "-: Test CA",
    ];
    let parts = ["Zoë parts: acme as2+", "-: Test CA", "Zoë parts: rsa-2048"];
    let parts_protection = "PKCS#12 PBE RC2-128-CBC, SHA-1 1024 iterations; \
         PBES2 AES-256-CBC, PBKDF2 HMAC-SHA-512 2000 iterations; MAC SHA-512 1024 iterations";
    for (name, length, protection, expected) in [
        (
            "store-PKCS12.p12",
            Length::Indefinite,
            "PKCS#12 PBE RC2-40-CBC, SHA-1 51200 iterations; \
             PKCS#12 PBE 3DES-CBC, SHA-1 51200 iterations; MAC SHA-1 102400 iterations",
            &store[..],
        ),
        (
            "store-PKCS12-3DES-3DES.p12",
            Length::Indefinite,
            "PKCS#12 PBE 3DES-CBC, SHA-1 51200 iterations; MAC SHA-1 102400 iterations",
            &store,
        ),
        (
            "parts-ber.p12",
            Length::Indefinite,
            parts_protection,
            &parts,
        ),
        ("parts-der.p12", Length::Definite, parts_protection, &parts),
    ] {
        let octets = folder.read(name);
        assert_eq!(Length::of(&octets), length, "{name}");
        let bundle = open_octets(&octets, Some(password));
        let bundle = bundle.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(bundle.kind, FileKind::Pkcs12, "{name}");
        assert_eq!(bundle.protection.as_deref(), Some(protection), "{name}");
        assert_eq!(entries(&bundle), expected, "{name}");
        for entry in bundle.keys() {
            let public = public_key(&entry.key);
            assert!([&rsa, &ec].into_iter().any(|key| public == public_key(key)));
        }
        let expected = ["ca", "p256", "rsa2048"].map(certificate_of);
        assert!(bundle.certificates().all(|found| expected.contains(found)));
        found += 1;
    }
    let written = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(written, found + 1, "each file but that of the password");
}

fn public_key(key: &KeyFile) -> Vec<u8> {
    key.load(PROVIDER).unwrap().public_key_info().to_vec()
}

/// How the length of the outermost element is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    Definite,
    Indefinite,
}

impl Length {
    fn of(octets: &[u8]) -> Self {
        if octets[1] == 0x80 {
            Self::Indefinite
        } else {
            Self::Definite
        }
    }
}

#[test]
fn what_keytool_writes_is_opened() {
    if !has_java() {
        return;
    }
    let folder = Folder::new();
    let legacy = "-J-Dkeystore.pkcs12.legacy";
    let unprotected = [
        "-J-Dkeystore.pkcs12.certProtectionAlgorithm=NONE",
        "-J-Dkeystore.pkcs12.macAlgorithm=NONE",
    ];
    let make_key = |file: &str, alias: &str, kind: &[&str], options: &[&str]| {
        let file = folder.file(file);
        let name = format!("CN={alias}");
        let arguments = [
            "-genkeypair",
            "-alias",
            alias,
            "-dname",
            &name,
            "-storetype",
            "PKCS12",
            "-keystore",
            &file,
            "-storepass",
            "secret",
        ];
        keytool(&[options, &arguments, kind].concat());
    };
    let add_certificate = |file: &str, pair: &str, options: &[&str]| {
        let (file, alias) = (folder.file(file), format!("Zoë {pair}"));
        let certificate = path(&format!("{pair}.cert.pem"));
        let arguments = [
            "-importcert",
            "-noprompt",
            "-alias",
            &alias,
            "-file",
            certificate.to_str().unwrap(),
            "-storetype",
            "PKCS12",
            "-keystore",
            &file,
            "-storepass",
            "secret",
        ];
        keytool(&[options, &arguments].concat());
    };
    let rsa = ["-keyalg", "RSA", "-keysize", "2048"];
    make_key("default.p12", "Zoë 1", &rsa, &[]);
    make_key("default.p12", "Zoë 2", &["-keyalg", "Ed25519"], &[]);
    let p521 = ["-keyalg", "EC", "-groupname", "secp521r1"];
    make_key("default.p12", "Zoë 3", &p521, &[]);
    add_certificate("default.p12", "ca", &[]);
    let p384 = ["-keyalg", "EC", "-groupname", "secp384r1"];
    make_key("legacy.p12", "Zoë 4", &p384, &[legacy]);
    add_certificate("trust.p12", "ca", &[]);
    add_certificate("trust.p12", "rsa2048", &[]);
    add_certificate("trust-legacy.p12", "ca", &[legacy]);
    add_certificate("trust-open.p12", "ca", &unprotected);

    let modern =
        "PBES2 AES-256-CBC, PBKDF2 HMAC-SHA-256 10000 iterations; MAC SHA-256 10000 iterations";
    for (file, password, protection, expected) in [
        (
            "default.p12",
            Some("secret"),
            modern,
            // Java makes the names of keys small, and of certificates too that go with them.
            &[
                "zoë 1: rsa-2048",
                "zoë 2: ed25519",
                "zoë 3: p-521",
                "zoë 1: Zoë 1+",
                "zoë 2: Zoë 2+",
                "zoë 3: Zoë 3+",
                "Zoë ca: Test CA",
            ][..],
        ),
        (
            "legacy.p12",
            Some("secret"),
            "PKCS#12 PBE RC2-40-CBC, SHA-1 50000 iterations; \
             PKCS#12 PBE 3DES-CBC, SHA-1 50000 iterations; MAC SHA-1 100000 iterations",
            &["zoë 4: p-384", "zoë 4: Zoë 4+"],
        ),
        (
            "trust.p12",
            Some("secret"),
            modern,
            &["Zoë ca: Test CA", "Zoë rsa2048: acme as2"],
        ),
        (
            "trust-legacy.p12",
            Some("secret"),
            "PKCS#12 PBE RC2-40-CBC, SHA-1 50000 iterations; MAC SHA-1 100000 iterations",
            &["Zoë ca: Test CA"],
        ),
        (
            "trust-open.p12",
            None,
            "not encrypted; no MAC",
            &["Zoë ca: Test CA"],
        ),
    ] {
        let bundle = open_octets(&folder.read(file), password);
        let bundle = bundle.unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(bundle.kind, FileKind::Pkcs12, "{file}");
        assert_eq!(bundle.protection.as_deref(), Some(protection), "{file}");
        assert_eq!(entries(&bundle), expected, "{file}");
        // Each pair is proven by signing.
        let credentials = bundle.credentials(PROVIDER, &mut rng()).unwrap();
        assert_eq!(credentials.len(), bundle.keys().count(), "{file}");
    }
}
