//! Both ways with the `openssl` command: what it makes is read here, what is made here it reads.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::std_instead_of_core,
    reason = "a test that panics has failed, which is what it is for"
)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use rollcert_cms::{EnvelopedData, RecipientIdentifier, SignedData, encrypt, sign_detached};
use rollcert_crypto::rustcrypto::PROVIDER;
use rollcert_crypto::{ContentAlgorithm, DigestAlgorithm};
use support::*;
use tempfile::TempDir;

const SIGNERS: [&str; 2] = ["as2/alice-old", "own/p256"];
/// The length octet of BER that a streaming writer begins with.
const INDEFINITE: u8 = 0x80;

/// The command, in a folder of its own; nothing where it is not installed.
struct OpenSsl {
    folder: TempDir,
}

impl OpenSsl {
    fn new() -> Option<Self> {
        if let Err(error) = Command::new("openssl").arg("version").output() {
            assert!(
                std::env::var_os("CI").is_none(),
                "CI must have the openssl command: {error}"
            );
            eprintln!("skipped: no openssl command here ({error})");
            return None;
        }
        Some(Self {
            folder: TempDir::new().unwrap(),
        })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, octets: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, octets).unwrap();
        path
    }

    /// Runs `openssl cms` over `input` and returns what it puts out.
    fn cms(&self, input: &[u8], options: &[&str], files: &[(&str, &Path)]) -> Vec<u8> {
        let (input, output) = (self.write("input", input), self.path("output"));
        let mut command = Command::new("openssl");
        command.args(["cms", "-binary"]).args(options);
        for (option, path) in files {
            command.arg(option).arg(path);
        }
        let result = command
            .arg("-in")
            .arg(input)
            .arg("-out")
            .arg(&output)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&result.stderr).into_owned();
        assert!(result.status.success(), "{options:?}: {told}");
        std::fs::read(output).unwrap()
    }
}

fn signer_files(name: &str) -> (PathBuf, PathBuf) {
    (
        path(&format!("{name}.cert.pem")),
        path(&format!("{name}.key.pem")),
    )
}

/// Line ends of both kinds, and octets that are no text.
fn content() -> Vec<u8> {
    (0..20_000_u32)
        .map(|n| u8::try_from(n * n % 251).unwrap())
        .chain(*b"\r\n\n")
        .collect()
}

#[test]
fn signatures_of_openssl_verify() {
    let Some(openssl) = OpenSsl::new() else {
        return;
    };
    let content = content();
    let variants: [&[&str]; 7] = [
        &[],
        &["-stream"],
        &["-noattr"],
        &["-keyid"],
        &["-nodetach"],
        &["-nodetach", "-stream"],
        &["-nodetach", "-stream", "-noattr", "-keyid", "-nocerts"],
    ];
    for signer in SIGNERS {
        let (certificate_path, key_path) = signer_files(signer);
        let expected = certificate(&format!("{signer}.cert.pem"));
        // OpenSSL 3.0 signs no message with SHA-3 ("unsupported signature algorithm").
        let sha3 = |digest: &DigestAlgorithm| digest.name().starts_with("sha3-");
        for digest in DigestAlgorithm::ALL
            .into_iter()
            .filter(|digest| !sha3(digest))
        {
            let name = digest.name().replace('-', "");
            for variant in variants {
                let what = format!("{signer} {digest} {variant:?}");
                let options =
                    [&["-sign", "-outform", "DER", "-md", name.as_str()], variant].concat();
                let files = [
                    ("-signer", certificate_path.as_path()),
                    ("-inkey", &key_path),
                ];
                let octets = openssl.cms(&content, &options, &files);
                let streamed = ["-stream", "-nodetach"]
                    .iter()
                    .all(|one| variant.contains(one));
                assert!(!streamed || octets[1] == INDEFINITE, "{what}");
                let message = SignedData::parse(&octets, &limits()).expect(&what);
                let candidates = [certificate("as2/bob.cert.pem"), expected.clone()];
                let candidates = if variant.contains(&"-nocerts") {
                    candidates.as_slice()
                } else {
                    &[]
                };
                let verify = |altered: bool| {
                    if variant.contains(&"-nodetach") && !altered {
                        assert_eq!(message.content(), Some(content.as_slice()), "{what}");
                        message.verify_attached(candidates, &PROVIDER)
                    } else {
                        let end = content.len() - usize::from(altered);
                        message.verify(&content[..end], candidates, &PROVIDER)
                    }
                };
                let verdicts = verify(false);
                assert_eq!(verdicts.len(), 1);
                assert!(verdicts[0].result.is_ok(), "{what}: {verdicts:?}");
                assert_eq!(verdicts[0].signer.as_ref(), Some(&expected), "{what}");
                assert_eq!(verdicts[0].digest, Some(digest), "{what}");
                let code = verify(true)[0].result.clone().unwrap_err().code();
                let wanted = if variant.contains(&"-noattr") {
                    "signature-invalid"
                } else {
                    "digest-mismatch"
                };
                assert_eq!(code, wanted, "{what}");
            }
        }
    }
}

#[test]
fn each_of_several_signers_of_openssl_gets_its_own_verdict() {
    let Some(openssl) = OpenSsl::new() else {
        return;
    };
    let content = content();
    let (first, first_key) = signer_files(SIGNERS[0]);
    let (second, second_key) = signer_files(SIGNERS[1]);
    let files = [
        ("-signer", first.as_path()),
        ("-inkey", &first_key),
        ("-signer", &second),
        ("-inkey", &second_key),
    ];
    let options = ["-sign", "-outform", "DER", "-nocerts", "-md", "sha256"];
    let octets = openssl.cms(&content, &options, &files);
    let message = SignedData::parse(&octets, &limits()).unwrap();
    let known = certificate("own/p256.cert.pem");
    let verdicts = message.verify(&content, std::slice::from_ref(&known), &PROVIDER);
    let mut codes: Vec<_> = verdicts
        .iter()
        .map(|verdict| {
            verdict
                .result
                .as_ref()
                .map_or_else(|error| error.code(), |()| "ok")
        })
        .collect();
    codes.sort_unstable();
    assert_eq!(codes, ["no-signer-certificate", "ok"]);
}

#[test]
fn our_signatures_verify_with_openssl() {
    let Some(openssl) = OpenSsl::new() else {
        return;
    };
    let content = content();
    for credential in [alice(), carol()] {
        for digest in [
            DigestAlgorithm::Sha256,
            DigestAlgorithm::Sha384,
            DigestAlgorithm::Sha512,
        ] {
            let octets = sign_detached(&content, &credential, digest, now(), &PROVIDER).unwrap();
            let detached = openssl.write("content", &content);
            // Trust is not what is tested here, and the content must come out as it went in.
            let options = ["-verify", "-noverify", "-inform", "DER"];
            let out = openssl.cms(&octets, &options, &[("-content", &detached)]);
            assert!(out == content, "{digest}");
        }
    }
}

#[test]
fn messages_that_openssl_encrypts_are_opened() {
    let Some(openssl) = OpenSsl::new() else {
        return;
    };
    let content = content();
    let (alice, bob) = (alice(), bob());
    let (alice_path, bob_path) = (path("as2/alice-old.cert.pem"), path("as2/bob.cert.pem"));
    let ciphers = [
        ("-aes128", ContentAlgorithm::Aes128Cbc),
        ("-aes192", ContentAlgorithm::Aes192Cbc),
        ("-aes256", ContentAlgorithm::Aes256Cbc),
        ("-des3", ContentAlgorithm::DesEde3Cbc),
    ];
    let variants: [&[&str]; 4] = [&[], &["-stream"], &["-keyid"], &["-stream", "-keyid"]];
    for (cipher, algorithm) in ciphers {
        for variant in variants {
            let what = format!("{cipher} {variant:?}");
            let options = [&["-encrypt", "-outform", "DER", cipher], variant].concat();
            let files = [("-recip", alice_path.as_path()), ("-recip", &bob_path)];
            let octets = openssl.cms(&content, &options, &files);
            assert!(
                !variant.contains(&"-stream") || octets[1] == INDEFINITE,
                "{what}"
            );
            let message = EnvelopedData::parse(&octets, &limits()).expect(&what);
            assert_eq!(message.content_algorithm(), Some(algorithm), "{what}");
            assert_eq!(message.recipients().len(), 2, "{what}");
            for recipient in message.recipients() {
                let RecipientIdentifier::KeyTransport(identifier) = recipient else {
                    panic!("{what}: {recipient}")
                };
                let known = [&alice, &bob].map(|known| identifier.matches(known.certificate()));
                assert!(known.contains(&true), "{what}: {identifier}");
            }
            for credential in [&alice, &bob] {
                let opened = message
                    .decrypt(&[credential], &PROVIDER, &mut receiver_rng())
                    .expect(&what);
                assert!(*opened.content == content, "{what}");
                assert_eq!(opened.recipient, *credential.certificate(), "{what}");
            }
        }
    }
}

#[test]
fn messages_that_we_encrypt_open_with_openssl() {
    let Some(openssl) = OpenSsl::new() else {
        return;
    };
    let content = content();
    let (alice, bob) = (
        certificate("as2/alice-old.cert.pem"),
        certificate("as2/bob.cert.pem"),
    );
    for algorithm in [
        ContentAlgorithm::Aes128Cbc,
        ContentAlgorithm::Aes192Cbc,
        ContentAlgorithm::Aes256Cbc,
    ] {
        let octets = encrypt(&content, &[&alice, &bob], algorithm, &PROVIDER, &mut rng()).unwrap();
        for recipient in ["as2/alice-old", "as2/bob"] {
            let (certificate_path, key_path) = signer_files(recipient);
            let files = [
                ("-recip", certificate_path.as_path()),
                ("-inkey", &key_path),
            ];
            let out = openssl.cms(&octets, &["-decrypt", "-inform", "DER"], &files);
            assert!(out == content, "{algorithm} {recipient}");
        }
    }
}
