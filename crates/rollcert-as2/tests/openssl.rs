//! OpenSSL reads what is built here, and what OpenSSL builds is read here.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a failed test is to panic"
)]

mod common;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use common::{PROVIDER, alice, bob, carol, encrypted, fixture_path, has_openssl, now, rng, signed};
use rollcert_as2::{Layer, Mic, Opened, Opener, Pinned, encrypt, open, sign};
use rollcert_cms::{ContentEncryptionAlgorithm, KeyManagement, Recipient, SignatureScheme};
use rollcert_crypto::{
    AeadAlgorithm, ContentAlgorithm, DigestAlgorithm, KeyTransportAlgorithm, KeyWrapAlgorithm,
    SignatureAlgorithm,
};
use rollcert_mime::{Entity, EntityBuilder, Limits, MediaType, TransferEncoding, canonical_lines};
use rollcert_pki::Credential;
use tempfile::TempDir;

/// As a message of our own would be: line ends of the network.
const ENTITY: &[u8] = b"Content-Type: text/plain\r\n\r\nhello\r\n-- \r\n.\r\nFrom me\r\n\r\n";

/// As a person would write it: line ends of the machine.
const LOCAL: &[u8] = b"Content-Type: text/plain\n\nhello\n\n  world \nno line end at last";

struct OpenSsl {
    directory: TempDir,
}

impl OpenSsl {
    fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn write(&self, name: &str, octets: &[u8]) -> PathBuf {
        std::fs::write(self.path(name), octets).unwrap();
        self.path(name)
    }

    /// Runs `openssl cms` on a file and returns what it wrote.
    fn cms(&self, arguments: &[&str], input: &Path) -> Vec<u8> {
        self.run("cms", arguments, input)
    }

    /// Runs a command of OpenSSL on a file and returns what it wrote.
    fn run(&self, command: &str, arguments: &[&str], input: &Path) -> Vec<u8> {
        let output = self.path("output");
        let run = Command::new("openssl")
            .arg(command)
            .arg("-in")
            .arg(input)
            .arg("-out")
            .arg(&output)
            .args(arguments)
            .output()
            .unwrap();
        assert!(
            run.status.success(),
            "openssl {command} {arguments:?}: {}",
            String::from_utf8_lossy(&run.stderr)
        );
        std::fs::read(output).unwrap()
    }
}

fn pem(name: &str) -> String {
    fixture_path(name).to_str().unwrap().to_owned()
}

/// Cuts what OpenSSL wrote into headers and body, as HTTP would carry them.
fn open_openssl(octets: &[u8], keys: &[&Credential], signers: &[&Credential]) -> Opened {
    let entity = Entity::parse(octets, &Limits::default()).unwrap();
    let opener = Opener::new(PROVIDER, now())
        .with_credentials(keys.iter().copied())
        .with_certificates(signers.iter().map(|signer| signer.certificate()));
    open(entity.headers(), entity.body(), &opener, &mut rng()).unwrap()
}

fn codes(opened: &Opened) -> Vec<&'static str> {
    opened.warnings.iter().map(|warning| warning.code).collect()
}

#[test]
fn openssl_verifies_what_we_sign() {
    if !has_openssl() {
        return;
    }
    let openssl = OpenSsl::new();
    for (signer, name) in [(alice(), "cem/alice-old"), (carol(), "carol/carol")] {
        for digest in [DigestAlgorithm::Sha256, DigestAlgorithm::Sha512] {
            let signed = sign(ENTITY, &signer, digest, now(), PROVIDER, &mut rng()).unwrap();
            let input = openssl.write("signed", &signed);
            let ca = pem(&format!("{name}.cert.pem"));
            let time = now().timestamp().to_string();
            let content = openssl.cms(
                &[
                    "-verify", "-CAfile", &ca, "-purpose", "any", "-attime", &time,
                ],
                &input,
            );
            assert_eq!(content, ENTITY, "{name}");
        }
    }
}

#[test]
fn openssl_decrypts_what_we_encrypt() {
    if !has_openssl() {
        return;
    }
    let openssl = OpenSsl::new();
    let bob = bob();
    let (key, certificate) = (pem("cem/bob.key.pem"), pem("cem/bob.cert.pem"));
    for algorithm in [
        ContentAlgorithm::Aes128Cbc,
        ContentAlgorithm::Aes192Cbc,
        ContentAlgorithm::Aes256Cbc,
    ] {
        let encrypted = encrypt(
            ENTITY,
            &[bob.certificate()],
            algorithm,
            PROVIDER,
            &mut rng(),
        )
        .unwrap();
        let limits = Limits::default();
        let entity = Entity::parse(&encrypted, &limits).unwrap();
        let decrypt = ["-decrypt", "-inkey", &key, "-recip", &certificate];

        // The body as it goes by HTTP.
        let der = openssl.write("encrypted.der", entity.body());
        let content = openssl.cms(&[&decrypt[..], &["-inform", "DER"]].concat(), &der);
        assert_eq!(content, ENTITY, "{algorithm}");

        // The S/MIME form, of which OpenSSL reads base64 only.
        let content_type = entity.headers().content_type().unwrap();
        let mut mail = format!(
            "MIME-Version: 1.0\r\nContent-Type: {content_type}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        )
        .into_bytes();
        mail.extend_from_slice(&TransferEncoding::Base64.encode(entity.body()));
        let mail = openssl.write("encrypted.eml", &mail);
        assert_eq!(openssl.cms(&decrypt, &mail), ENTITY, "{algorithm}");
    }
}

#[test]
fn openssl_opens_what_we_sign_and_encrypt() {
    if !has_openssl() {
        return;
    }
    let openssl = OpenSsl::new();
    let (alice, bob) = (alice(), bob());
    let signed = signed(ENTITY, &alice);
    let encrypted = encrypted(&signed, &bob);
    let limits = Limits::default();
    let entity = Entity::parse(&encrypted, &limits).unwrap();
    let der = openssl.write("encrypted.der", entity.body());
    let key = pem("cem/bob.key.pem");
    let inner = openssl.cms(&["-decrypt", "-inkey", &key, "-inform", "DER"], &der);
    assert_eq!(inner, signed);
    let inner = openssl.write("signed", &inner);
    let ca = pem("cem/alice-old.cert.pem");
    let time = now().timestamp().to_string();
    let content = openssl.cms(
        &[
            "-verify", "-CAfile", &ca, "-purpose", "any", "-attime", &time,
        ],
        &inner,
    );
    assert_eq!(content, ENTITY);
}

#[test]
fn we_verify_what_openssl_signs() {
    if !has_openssl() {
        return;
    }
    let openssl = OpenSsl::new();
    let (alice, carol) = (alice(), carol());
    for (signer, name) in [(&alice, "cem/alice-old"), (&carol, "carol/carol")] {
        let (certificate, key) = (
            pem(&format!("{name}.cert.pem")),
            pem(&format!("{name}.key.pem")),
        );
        let base = ["-sign", "-signer", &certificate, "-inkey", &key];
        for entity in [ENTITY, LOCAL] {
            let input = openssl.write("entity", entity);
            for options in [
                &["-stream"][..],
                &["-binary", "-stream"],
                &["-md", "sha512", "-stream"],
                &["-crlfeol", "-stream"],
                &["-noattr", "-stream"],
                &["-keyid", "-stream"],
                &["-nodetach", "-stream"],
                &["-nodetach", "-binary"],
            ] {
                let signed = openssl.cms(&[&base[..], options].concat(), &input);
                let opened = open_openssl(&signed, &[], &[signer]);
                let what = format!("{name} {options:?} {}", String::from_utf8_lossy(entity));
                assert_eq!(opened.layers, [Layer::Signed], "{what}");
                let signature = opened.signature.as_ref().unwrap();
                assert!(signature.is_trusted(), "{what}: {:?}", signature.valid);
                assert!(
                    codes(&opened)
                        .iter()
                        .all(|code| *code == "line-endings-canonicalised"),
                    "{what}: {:?}",
                    opened.warnings
                );
                // OpenSSL signs text with network line ends, and anything else as it is.
                let expected = if options.contains(&"-binary") {
                    entity.to_vec()
                } else {
                    canonical_lines(entity).into_owned()
                };
                let digest = signature.digest.unwrap();
                assert_eq!(opened.mic, Mic::of(&expected, digest, PROVIDER), "{what}");
            }
        }
    }
}

#[test]
fn we_decrypt_what_openssl_encrypts() {
    if !has_openssl() {
        return;
    }
    let openssl = OpenSsl::new();
    let (alice, bob) = (alice(), bob());
    let recipient = pem("cem/bob.cert.pem");
    let input = openssl.write("entity", ENTITY);
    for (option, algorithm) in [
        ("-aes128", ContentAlgorithm::Aes128Cbc),
        ("-aes256", ContentAlgorithm::Aes256Cbc),
        ("-des3", ContentAlgorithm::DesEde3Cbc),
    ] {
        for form in [
            &["-stream"][..],
            &["-binary", "-stream"],
            &["-binary"],
            &["-keyid", "-stream"],
        ] {
            let arguments = [&["-encrypt", option][..], form, &["-recip", &recipient]].concat();
            let encrypted = openssl.cms(&arguments, &input);
            // The first credential does not fit, the second does.
            let opened = open_openssl(&encrypted, &[&alice, &bob], &[]);
            let recipient = bob.certificate().clone();
            assert_eq!(
                opened.layers,
                [Layer::Encrypted {
                    recipient,
                    algorithm: algorithm.into()
                }],
                "{arguments:?}"
            );
            assert_eq!(opened.entity, ENTITY, "{arguments:?}");
            assert_eq!(opened.warnings, [], "{arguments:?}");

            // The same where no header tells that the body is base64.
            let entity_limits = Limits::default();
            let entity = Entity::parse(&encrypted, &entity_limits).unwrap();
            let content_type = entity.headers().first("Content-Type").unwrap();
            let bare =
                rollcert_mime::Headers::from_pairs([("Content-Type", content_type.as_ref())]);
            let opener = Opener::new(PROVIDER, now()).with_credentials([&bob]);
            let opened = open(&bare, entity.body(), &opener, &mut rng()).unwrap();
            assert_eq!(opened.entity, ENTITY, "{arguments:?}");

            // And where no header tells what kind of CMS it is.
            let bare =
                rollcert_mime::Headers::from_pairs([("Content-Type", "application/x-pkcs7-mime")]);
            let opened = open(&bare, entity.body(), &opener, &mut rng()).unwrap();
            assert_eq!(opened.entity, ENTITY, "{arguments:?}");
        }
    }
}

#[test]
fn we_open_what_openssl_signs_and_encrypts() {
    if !has_openssl() {
        return;
    }
    let openssl = OpenSsl::new();
    let (alice, bob) = (alice(), bob());
    let (certificate, key) = (pem("cem/alice-old.cert.pem"), pem("cem/alice-old.key.pem"));
    let recipient = pem("cem/bob.cert.pem");
    for binary in [&[][..], &["-binary"]] {
        for entity in [ENTITY, LOCAL] {
            let input = openssl.write("entity", entity);
            let sign = [
                &["-sign", "-signer", &certificate, "-inkey", &key, "-stream"][..],
                binary,
            ]
            .concat();
            let signed = openssl.cms(&sign, &input);
            let signed = openssl.write("signed", &signed);
            let encrypt = [
                &["-encrypt", "-aes256", "-stream"][..],
                binary,
                &["-recip", &recipient],
            ]
            .concat();
            let encrypted = openssl.cms(&encrypt, &signed);
            let opened = open_openssl(&encrypted, &[&bob], &[&alice]);
            let codes: Vec<_> = opened.layers.iter().map(Layer::code).collect();
            assert_eq!(codes, ["encrypted", "signed"]);
            let signature = opened.signature.as_ref().unwrap();
            assert!(signature.is_trusted(), "{binary:?}: {:?}", signature.valid);
        }
    }
}

#[test]
fn of_several_signers_the_expected_one_is_told() {
    if !has_openssl() {
        return;
    }
    let openssl = OpenSsl::new();
    let (alice, bob, carol) = (alice(), bob(), carol());
    let names = ["cem/alice-old", "cem/bob"];
    let paths = names.map(|name| {
        (
            pem(&format!("{name}.cert.pem")),
            pem(&format!("{name}.key.pem")),
        )
    });
    let mut arguments = vec!["-sign", "-stream"];
    for (certificate, key) in &paths {
        arguments.extend(["-signer", certificate, "-inkey", key]);
    }
    let signed = openssl.cms(&arguments, &openssl.write("entity", ENTITY));
    for expected in [&alice, &bob] {
        let opened = open_openssl(&signed, &[], &[expected]);
        let signature = opened.signature.as_ref().unwrap();
        assert!(signature.is_trusted());
        assert_eq!(signature.signer.as_ref(), Some(expected.certificate()));
        assert_eq!(codes(&opened), ["several-signers"]);
    }
    let signature = open_openssl(&signed, &[], &[&carol]).signature.unwrap();
    assert!(signature.valid.is_ok());
    assert_eq!(signature.pinned, Pinned::No);
}

#[test]
fn openssl_takes_off_what_we_put_on_in_every_way_and_order_that_it_knows() {
    if !has_openssl() {
        return;
    }
    let openssl = OpenSsl::new();
    let (alice, bob, carol) = (alice(), bob(), carol());
    let sha256 = DigestAlgorithm::Sha256;
    let ca = pem("cem/alice-old.cert.pem");
    let time = now().timestamp().to_string();
    let verify = [
        "-verify", "-CAfile", &ca, "-purpose", "any", "-attime", &time,
    ];
    let (bob_key, carol_key) = (pem("cem/bob.key.pem"), pem("carol/carol.key.pem"));
    let agreement = KeyManagement::Agreement {
        kdf: sha256,
        wrap: KeyWrapAlgorithm::Aes256,
    };
    let oaep = KeyManagement::Transport(KeyTransportAlgorithm::rsa_oaep(sha256));
    let algorithms: [ContentEncryptionAlgorithm; 3] = [
        ContentAlgorithm::Aes256Cbc.into(),
        ContentAlgorithm::DesEde3Cbc.into(),
        AeadAlgorithm::Aes256Gcm.into(),
    ];
    for (scheme, text) in [
        (SignatureScheme::from(sha256), "PKCS#1"),
        (SignatureAlgorithm::rsa_pss(sha256).into(), "PSS"),
    ] {
        for (recipient, key) in [
            (Recipient::from(bob.certificate()), &bob_key),
            (Recipient::new(bob.certificate(), oaep), &bob_key),
            (Recipient::new(carol.certificate(), agreement), &carol_key),
        ] {
            for algorithm in algorithms {
                let what = format!("{text}, {:?}, {algorithm}", recipient.management());
                let decrypt = ["-decrypt", "-inkey", key, "-inform", "DER"];
                let encrypt = |entity: &[u8]| {
                    let octets =
                        encrypt(entity, &[recipient], algorithm, PROVIDER, &mut rng()).unwrap();
                    let entity = Entity::parse(&octets, &Limits::default()).unwrap();
                    entity.body().to_vec()
                };
                let sign = |entity: &[u8]| {
                    sign(entity, &alice, scheme, now(), PROVIDER, &mut rng()).unwrap()
                };
                // Signed, then encrypted.
                let signed = sign(ENTITY);
                let der = openssl.write("encrypted.der", &encrypt(&signed));
                let inner = openssl.cms(&decrypt, &der);
                assert_eq!(inner, signed, "{what}");
                let inner = openssl.write("signed", &inner);
                assert_eq!(openssl.cms(&verify, &inner), ENTITY, "{what}");

                // Encrypted, then signed; OpenSSL verifies text, so the inside is base64.
                let cms = encrypt(ENTITY);
                let media_type = MediaType::new("application", "pkcs7-mime").unwrap();
                let encrypted = EntityBuilder::new(media_type)
                    .with_transfer_encoding(TransferEncoding::Base64)
                    .body(&cms);
                let outer = openssl.write("signed", &sign(&encrypted));
                assert_eq!(openssl.cms(&verify, &outer), encrypted, "{what}");
                let der = openssl.write("encrypted.der", &cms);
                assert_eq!(openssl.cms(&decrypt, &der), ENTITY, "{what}");
            }
        }
    }
}

#[test]
fn we_take_off_what_openssl_puts_on_in_every_way_and_order_that_it_knows() {
    if !has_openssl() {
        return;
    }
    let openssl = OpenSsl::new();
    let (alice, bob, carol) = (alice(), bob(), carol());
    let (certificate, key) = (pem("cem/alice-old.cert.pem"), pem("cem/alice-old.key.pem"));
    let (bob_certificate, carol_certificate) =
        (pem("cem/bob.cert.pem"), pem("carol/carol.cert.pem"));
    let input = openssl.write("entity", ENTITY);
    let sign = |input: &Path, options: &[&str]| {
        let base = ["-sign", "-binary", "-signer", &certificate, "-inkey", &key];
        openssl.cms(&[&base[..], options].concat(), input)
    };
    let encrypt = |input: &Path, options: &[&str]| {
        openssl.cms(&[&["-encrypt", "-binary"], options].concat(), input)
    };
    for (options, recipient) in [
        (
            &[
                "-aes-128-cbc",
                "-recip",
                &bob_certificate,
                "-keyopt",
                "rsa_padding_mode:oaep",
            ][..],
            &bob,
        ),
        (
            &[
                "-aes-256-cbc",
                "-recip",
                &bob_certificate,
                "-keyopt",
                "rsa_padding_mode:oaep",
                "-keyopt",
                "rsa_oaep_md:sha256",
            ],
            &bob,
        ),
        (&["-aes-256-gcm", "-recip", &bob_certificate], &bob),
        (&["-aes-256-cbc", "-recip", &carol_certificate], &carol),
        (
            &[
                "-aes-128-gcm",
                "-recip",
                &carol_certificate,
                "-keyopt",
                "ecdh_kdf_md:sha256",
            ],
            &carol,
        ),
    ] {
        for signing in [
            &["-stream"][..],
            &["-keyopt", "rsa_padding_mode:pss", "-stream"],
            &[
                "-keyopt",
                "rsa_padding_mode:pss",
                "-keyopt",
                "rsa_pss_saltlen:20",
                "-stream",
            ],
            &["-nodetach", "-stream"],
        ] {
            let what = format!("{signing:?} {options:?}");
            // Signed, then encrypted; then the other way round.
            let signed = openssl.write("signed", &sign(&input, signing));
            let inside = encrypt(&signed, options);
            let encrypted = openssl.write("encrypted", &encrypt(&input, options));
            let outside = sign(&encrypted, signing);
            for (octets, order) in [
                (inside, ["encrypted", "signed"]),
                (outside, ["signed", "encrypted"]),
            ] {
                let opened = open_openssl(&octets, &[recipient], &[&alice]);
                let layers: Vec<_> = opened.layers.iter().map(Layer::code).collect();
                assert_eq!(layers, order, "{what}");
                assert_eq!(opened.entity, ENTITY, "{what}");
                let signature = opened.signature.as_ref().unwrap();
                assert!(signature.is_trusted(), "{what}: {:?}", signature.valid);
                assert_eq!(opened.warnings, [], "{what}");
                let covered = match order {
                    ["encrypted", _] => ENTITY.to_vec(),
                    _ => std::fs::read(&encrypted).unwrap(),
                };
                let digest = signature.digest.unwrap();
                assert_eq!(opened.mic, Mic::of(&covered, digest, PROVIDER), "{what}");
            }
        }
    }
}

#[test]
fn we_open_what_the_older_command_of_openssl_makes() {
    if !has_openssl() {
        return;
    }
    let openssl = OpenSsl::new();
    let (alice, bob) = (alice(), bob());
    let (certificate, key) = (pem("cem/alice-old.cert.pem"), pem("cem/alice-old.key.pem"));
    let recipient = pem("cem/bob.cert.pem");
    let input = openssl.write("entity", ENTITY);
    for signing in [&[][..], &["-nodetach"], &["-noattr"], &["-md", "sha1"]] {
        let sign = [
            &["-sign", "-binary", "-signer", &certificate, "-inkey", &key][..],
            signing,
        ]
        .concat();
        let signed = openssl.write("signed", &openssl.run("smime", &sign, &input));
        for cipher in ["-aes128", "-aes256", "-des3"] {
            let encrypt = ["-encrypt", "-binary", cipher, &recipient];
            let encrypted = openssl.run("smime", &encrypt, &signed);
            let opened = open_openssl(&encrypted, &[&bob], &[&alice]);
            let what = format!("{signing:?} {cipher}");
            assert_eq!(opened.entity, ENTITY, "{what}");
            let weak = signing.contains(&"sha1");
            let warnings: &[&str] = if weak { &["weak-digest"] } else { &[] };
            assert_eq!(codes(&opened), warnings, "{what}");
            let signature = opened.signature.unwrap();
            assert!(signature.is_trusted(), "{what}: {:?}", signature.valid);
        }
    }
}
