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

use rollcert_cms::{
    ContentType, SignatureError, SignatureScheme, SignedData, SignedDataBuilder,
    SignerIdentifierForm, SignerVerdict, SigningRequest, sign_detached,
};
use rollcert_crypto::aws_lc::WITH_RUSTCRYPTO;
use rollcert_crypto::rustcrypto::PROVIDER;
use rollcert_crypto::{DigestAlgorithm, SignatureAlgorithm};
use rollcert_pki::{Certificate, Credential, KeyAlgorithmName, KeyFile, certs_only};
use support::identities::{IDENTITIES, Identity, describe, identity};
use support::openssl::OpenSsl;
use support::*;

const SIGNERS: [&str; 2] = ["as2/alice-old", "own/p256"];
/// The length octet of BER that a streaming writer begins with.
const INDEFINITE: u8 = 0x80;

fn signer_files(name: &str) -> (PathBuf, PathBuf) {
    (
        path(&format!("{name}.cert.pem")),
        path(&format!("{name}.key.pem")),
    )
}

/// The certificate and the key of an identity, as files.
fn identity_files(openssl: &OpenSsl, of: &Identity) -> (PathBuf, PathBuf) {
    let certificate = of.credential.certificate().to_pem();
    let key = of.key_file.to_secret_pem();
    (
        openssl.write(&format!("{}.cert.pem", of.name), certificate.as_bytes()),
        openssl.write(&format!("{}.key.pem", of.name), key.as_bytes()),
    )
}

/// Whether OpenSSL 3.0 signs messages with it: not by SHA-3 ("unsupported signature algorithm").
fn is_signed_with(digest: DigestAlgorithm) -> bool {
    !digest.name().starts_with("sha3-")
}

fn codes(verdicts: &[SignerVerdict]) -> Vec<&'static str> {
    let code = |verdict: &SignerVerdict| {
        let result = verdict.result.as_ref();
        result.map_or_else(|error| error.code(), |()| "ok")
    };
    verdicts.iter().map(code).collect()
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
        for digest in DigestAlgorithm::ALL
            .into_iter()
            .filter(|digest| is_signed_with(*digest))
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

/// Options of a key come after the key itself, among the files.
fn key_option(option: &str) -> (&'static str, &Path) {
    ("-keyopt", Path::new(option))
}

/// Signs by the command and verifies with every backend.
fn check_theirs(
    openssl: &OpenSsl,
    files: (&Path, &Path),
    signer: &Certificate,
    scheme: SignatureAlgorithm,
    options: &[&str],
) {
    let what = format!(
        "{} {} {options:?}",
        signer.key_algorithm(),
        describe(scheme)
    );
    let content = content();
    let digest = scheme.digest().name().replace('-', "");
    let all = ["-sign", "-outform", "DER", "-md", digest.as_str()];
    let mut files = vec![("-signer", files.0), ("-inkey", files.1)];
    let salt;
    if let SignatureAlgorithm::RsaPss { salt_len, .. } = scheme {
        salt = format!("rsa_pss_saltlen:{salt_len}");
        files.extend([key_option("rsa_padding_mode:pss"), key_option(&salt)]);
    }
    let octets = openssl.cms(&content, &[&all, options].concat(), &files);
    let message = SignedData::parse(&octets, &limits()).expect(&what);
    let info = &message.signers()[0];
    assert_eq!(info.signature_algorithm(), Some(scheme), "{what}");
    for provider in &PROVIDERS {
        let verdicts = message.verify(&content, &[], provider);
        assert_eq!(codes(&verdicts), ["ok"], "{what} {verdicts:?}");
        assert_eq!(verdicts[0].signer.as_ref(), Some(signer), "{what}");
        assert_eq!(verdicts[0].digest, Some(scheme.digest()), "{what}");
        let altered = message.verify(&content[1..], &[], provider);
        assert_ne!(codes(&altered), ["ok"], "{what}");
    }
}

#[test]
fn signatures_of_openssl_by_every_kind_of_key_and_scheme_verify() {
    let Some(openssl) = OpenSsl::new() else {
        return;
    };
    let variants: [&[&str]; 3] = [&[], &["-noattr"], &["-keyid", "-nodetach", "-stream"]];
    let mut variants = variants.into_iter().cycle();
    let mut count = 0;
    for of in IDENTITIES.iter() {
        let (certificate, key) = identity_files(&openssl, of);
        // OpenSSL 3.0 makes no CMS with Ed25519.
        let schemes = of.schemes().into_iter();
        let schemes = schemes.filter(|scheme| {
            is_signed_with(scheme.digest()) && *scheme != SignatureAlgorithm::Ed25519
        });
        for scheme in schemes {
            let signer = of.credential.certificate();
            let mut variant = variants.next().unwrap().to_vec();
            if matches!(scheme, SignatureAlgorithm::RsaPss { .. }) {
                // This it does not stream ("illegal zero content").
                variant.retain(|option| *option != "-stream");
            }
            check_theirs(&openssl, (&certificate, &key), signer, scheme, &variant);
            count += 1;
        }
    }
    assert_eq!(count, 3 * 8 + 3 + 3 * 4);
}

#[test]
fn a_mask_of_another_digest_is_named_and_not_called_invalid() {
    let Some(openssl) = OpenSsl::new() else {
        return;
    };
    let (certificate, key) = identity_files(&openssl, identity("rsa2048"));
    let options = ["-sign", "-outform", "DER", "-md", "sha256"];
    let mut files = vec![("-signer", certificate.as_path()), ("-inkey", &key)];
    files.extend(["rsa_padding_mode:pss", "rsa_mgf1_md:sha1"].map(key_option));
    let octets = openssl.cms(&content(), &options, &files);
    let message = SignedData::parse(&octets, &limits()).unwrap();
    let verdicts = message.verify(&content(), &[], &PROVIDER);
    let Err(SignatureError::UnsupportedAlgorithm { oid }) = verdicts[0].result else {
        panic!("{verdicts:?}")
    };
    assert_eq!(oid.to_string(), "1.2.840.113549.1.1.10");
    assert!(verdicts[0].signer.is_some());
}

/// A key for RSASSA-PSS alone (RFC 4055 §1.2), its certificate, and their files.
fn pss_identity(openssl: &OpenSsl, bound: bool) -> (Credential, PathBuf, PathBuf) {
    let (key, certificate) = (openssl.path("pss.key.pem"), openssl.path("pss.cert.pem"));
    let run = |arguments: &[&str], files: &[(&str, &Path)]| {
        let mut command = Command::new("openssl");
        command.args(arguments);
        for (option, path) in files {
            command.arg(option).arg(path);
        }
        let output = command.output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{told}");
    };
    let bits = [
        "genpkey",
        "-algorithm",
        "RSA-PSS",
        "-pkeyopt",
        "rsa_keygen_bits:2048",
    ];
    let parameters = [
        "-pkeyopt",
        "rsa_pss_keygen_md:sha384",
        "-pkeyopt",
        "rsa_pss_keygen_mgf1_md:sha384",
        "-pkeyopt",
        "rsa_pss_keygen_saltlen:48",
    ];
    let parameters = if bound { parameters.as_slice() } else { &[] };
    run(&[&bits, parameters].concat(), &[("-out", &key)]);
    let digest = if bound { "-sha384" } else { "-sha256" };
    run(
        &[
            "req", "-x509", "-new", "-subj", "/CN=PSS", "-days", "36500", digest,
        ],
        &[("-key", &key), ("-out", &certificate)],
    );
    let (der, pkcs8) = (openssl.path("pss.crt"), openssl.path("pss.pk8"));
    run(
        &["x509", "-outform", "DER"],
        &[("-in", &certificate), ("-out", &der)],
    );
    let to_der = ["pkcs8", "-topk8", "-nocrypt", "-outform", "DER"];
    run(&to_der, &[("-in", &key), ("-out", &pkcs8)]);
    let read = |path: &Path| std::fs::read(path).unwrap();
    let private = KeyFile::from_pkcs8_der(&read(&pkcs8)).unwrap();
    let private = private.load(&WITH_RUSTCRYPTO).unwrap();
    let public = Certificate::from_der(read(&der)).unwrap();
    let credential =
        Credential::new(public, Vec::new(), private, &WITH_RUSTCRYPTO, &mut rng()).unwrap();
    (credential, certificate, key)
}

#[test]
fn a_key_for_pss_alone_signs_and_verifies_by_that_alone() {
    let Some(openssl) = OpenSsl::new() else {
        return;
    };
    for (bound, scheme) in [
        (false, SignatureAlgorithm::rsa_pss(DigestAlgorithm::Sha256)),
        (true, SignatureAlgorithm::rsa_pss(DigestAlgorithm::Sha384)),
    ] {
        let (credential, certificate, key) = pss_identity(&openssl, bound);
        let signer = credential.certificate();
        let kind = KeyAlgorithmName::RsaPss { bits: 2048 };
        assert_eq!(*signer.key_algorithm(), kind);
        check_theirs(&openssl, (&certificate, &key), signer, scheme, &[]);

        // The digest that is asked for gives way to the one that the key is bound to.
        let wanted = SignatureScheme::from(DigestAlgorithm::Sha256);
        assert_eq!(wanted.for_certificate(signer).unwrap(), scheme);
        let octets = sign_detached(
            &content(),
            &credential,
            DigestAlgorithm::Sha256,
            now(),
            &WITH_RUSTCRYPTO,
        )
        .unwrap();
        let out = verify_with_openssl(&openssl, &octets, false, &[signer]);
        assert!(out == content());
        let message = SignedData::parse(&octets, &limits()).unwrap();
        assert_eq!(message.signers()[0].signature_algorithm(), Some(scheme));
        for provider in &PROVIDERS {
            assert_eq!(codes(&message.verify(&content(), &[], provider)), ["ok"]);
        }
        let pkcs1 = SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256);
        let refused = SigningRequest::new(&[0; 32], signer, pkcs1, None);
        assert_eq!(refused.unwrap_err().code(), "key-mismatch");
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
    let known = SIGNERS.map(|name| certificate(&format!("{name}.cert.pem")));
    let outcome = |candidates: &[Certificate]| {
        let mut codes = codes(&message.verify(&content, candidates, &PROVIDER));
        codes.sort_unstable();
        codes
    };
    assert_eq!(outcome(&known), ["ok", "ok"]);
    for one in &known {
        let one = std::slice::from_ref(one);
        assert_eq!(outcome(one), ["no-signer-certificate", "ok"]);
    }
}

/// Lets the command verify `octets` over [`content`], and returns the content that it puts out. Trust is not
/// what is tested here.
fn verify_with_openssl(
    openssl: &OpenSsl,
    octets: &[u8],
    attached: bool,
    signers: &[&Certificate],
) -> Vec<u8> {
    let pem: String = signers.iter().map(|signer| signer.to_pem()).collect();
    let known = openssl.write("known.pem", pem.as_bytes());
    let detached = openssl.write("content", &content());
    let options = ["-verify", "-noverify", "-inform", "DER"];
    let files = [("-certfile", known.as_path()), ("-content", &detached)];
    let files = if attached { &files[..1] } else { &files };
    openssl.cms(octets, &options, files)
}

#[test]
fn our_signatures_by_every_kind_of_key_and_scheme_verify_with_openssl() {
    let Some(openssl) = OpenSsl::new() else {
        return;
    };
    let content = content();
    let mut count = 0;
    for of in IDENTITIES.iter() {
        let signer = of.credential.certificate();
        for (scheme, attached) in of
            .schemes()
            .into_iter()
            .zip([true, false].into_iter().cycle())
        {
            if !is_verified(scheme) {
                continue;
            }
            let (request, signature) = of.request(&content, scheme);
            let octets = start(&content, attached)
                .with_signer(&request, &signature)
                .unwrap()
                .build();
            let out = verify_with_openssl(&openssl, &octets, attached, &[signer]);
            assert!(out == content, "{} {}", of.name, describe(scheme));
            count += 1;
        }
    }
    assert_eq!(count, 3 * 14 + 3 + 3 * 7);
}

/// Whether OpenSSL 3.0 verifies it in CMS; Ed25519 it does not ("invalid digest").
fn is_verified(scheme: SignatureAlgorithm) -> bool {
    scheme != SignatureAlgorithm::Ed25519
}

fn start(content: &[u8], attached: bool) -> SignedDataBuilder<'_> {
    if attached {
        SignedDataBuilder::attached(content)
    } else {
        SignedDataBuilder::detached()
    }
}

#[test]
fn every_form_of_message_of_ours_verifies_with_openssl() {
    let Some(openssl) = OpenSsl::new() else {
        return;
    };
    let content = content();
    let signers = [
        (
            "rsa2048",
            SignatureAlgorithm::rsa_pss(DigestAlgorithm::Sha256),
        ),
        (
            "rsa3072",
            SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha512),
        ),
        ("p384", SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha384)),
    ];
    for attached in [true, false] {
        let mut together = start(&content, attached);
        let mut known = Vec::new();
        for (name, scheme) in signers {
            let credential = &identity(name).credential;
            let signer = credential.certificate();
            let (request, signature) = identity(name).request(&content, scheme);
            let by_key = request
                .with_identifier_form(SignerIdentifierForm::SubjectKeyIdentifier)
                .unwrap();
            let bare =
                SigningRequest::without_attributes(content.as_slice(), signer, scheme).unwrap();
            let bare_signature = bare.sign(credential.key()).unwrap();
            for (request, signature) in [(&by_key, &signature), (&bare, &bare_signature)] {
                let octets = start(&content, attached)
                    .with_signer(request, signature)
                    .unwrap()
                    .with_certificate(signer)
                    .build();
                let out = verify_with_openssl(&openssl, &octets, attached, &[signer]);
                assert!(out == content, "{name} {}", request.to_be_signed().len());
            }
            together = together.with_signer(&by_key, &signature).unwrap();
            known.push(signer);
        }
        let out = verify_with_openssl(&openssl, &together.build(), attached, &known);
        assert!(out == content, "several signers");
    }
}

#[test]
fn content_of_another_type_verifies_with_openssl() {
    let Some(openssl) = OpenSsl::new() else {
        return;
    };
    let content = content();
    let digest = PROVIDER.digest(DigestAlgorithm::Sha256, &content);
    let signer = &identity("p256").credential;
    let scheme = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256);
    let request = SigningRequest::new(&digest, signer.certificate(), scheme, Some(now()))
        .unwrap()
        .with_content_type(ContentType::CompressedData)
        .unwrap();
    let signature = request.sign(signer.key()).unwrap();
    let octets = start(&content, true)
        .with_signer(&request, &signature)
        .unwrap()
        .build();
    let out = verify_with_openssl(&openssl, &octets, true, &[signer.certificate()]);
    assert!(out == content);
}

#[test]
fn bundles_go_both_ways() {
    let Some(openssl) = OpenSsl::new() else {
        return;
    };
    let known: Vec<_> = IDENTITIES
        .iter()
        .map(|identity| identity.credential.certificate().clone())
        .collect();
    let pem: String = known.iter().map(Certificate::to_pem).collect();
    let file = openssl.write("all.pem", pem.as_bytes());
    let theirs = Command::new("openssl")
        .args(["crl2pkcs7", "-nocrl", "-outform", "DER", "-certfile"])
        .arg(&file)
        .output()
        .unwrap();
    let bundle = certs_only::decode(&theirs.stdout, &limits()).unwrap();
    let mut wanted = known.clone();
    wanted.sort();
    let mut found = bundle.into_readable();
    found.sort();
    assert_eq!(found, wanted);

    let ours = openssl.write("ours.p7c", &certs_only::encode(&known));
    let printed = Command::new("openssl")
        .args(["pkcs7", "-inform", "DER", "-print_certs", "-in"])
        .arg(&ours)
        .output()
        .unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    // As the command writes PEM, in the order of the octets.
    let blocks: String = printed
        .lines()
        .filter(|line| !line.starts_with("subject=") && !line.starts_with("issuer="))
        .filter(|line| !line.is_empty())
        .map(|line| format!("{line}\n"))
        .collect();
    let pem: String = wanted.iter().map(Certificate::to_pem).collect();
    assert_eq!(blocks, pem);
}

/// Whatever bit is flipped: no panic; and a verdict that stands is about the same content and the same key.
#[test]
fn a_flipped_bit_in_a_message_of_openssl_never_stands_for_something_else() {
    let Some(openssl) = OpenSsl::new() else {
        return;
    };
    let content = &content()[..500];
    let variants: [&[&str]; 4] = [
        &["-nodetach"],
        &["-nodetach", "-stream", "-noattr", "-keyid"],
        &["-noattr"],
        &["-keyid", "-stream"],
    ];
    for name in ["rsa2048", "p256"] {
        let (certificate, key) = identity_files(&openssl, identity(name));
        let signer = identity(name).credential.certificate();
        for variant in variants {
            let options = [&["-sign", "-outform", "DER", "-md", "sha256"], variant].concat();
            let files = [("-signer", certificate.as_path()), ("-inkey", &key)];
            let octets = openssl.cms(content, &options, &files);
            // `-stream` leaves the content in without being asked to.
            let attached = variant
                .iter()
                .any(|one| ["-nodetach", "-stream"].contains(one));
            let mut standing = 0;
            for index in 0..octets.len() {
                let mut altered = octets.clone();
                altered[index] ^= 1 << (index % 8);
                let Ok(read) = SignedData::parse(&altered, &limits()) else {
                    continue;
                };
                let verdicts = if attached {
                    read.verify_attached(&[], &WITH_RUSTCRYPTO)
                } else {
                    read.verify(content, &[], &WITH_RUSTCRYPTO)
                };
                for verdict in verdicts.iter().filter(|verdict| verdict.result.is_ok()) {
                    standing += 1;
                    let same = !attached || read.content() == Some(content);
                    assert!(same, "{name} {variant:?} octet {index}");
                    let key = verdict.signer.as_ref().unwrap();
                    assert_eq!(key.public_key_info(), signer.public_key_info());
                }
            }
            // Versions and other fields that nobody signs, and most of the certificate.
            let most = signer.as_der().len() + 60;
            assert!(0 < standing && standing < most, "{standing} of {most}");
        }
    }
}
