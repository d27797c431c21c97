//! Both ways with Bouncy Castle: what it signs is verified here, what is signed here it verifies.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::std_instead_of_core,
    reason = "a test that panics has failed, which is what it is for"
)]

mod support;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use rollcert_cms::{
    CertificateIdentifier, ContentType, SignedData, SignedDataBuilder, SignerIdentifierForm,
    SignerVerdict, SigningRequest,
};
use rollcert_crypto::aws_lc::WITH_RUSTCRYPTO;
use rollcert_crypto::rustcrypto::PROVIDER;
use rollcert_crypto::{DigestAlgorithm, SignatureAlgorithm};
use rollcert_pki::{Certificate, certs_only};
use support::identities::{IDENTITIES, Identity, describe, identity};
use support::*;

/// The length octet of BER that a streaming writer begins with.
const INDEFINITE: u8 = 0x80;

const SHA256_RSA: SignatureAlgorithm = SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256);
const SHA256_ECDSA: SignatureAlgorithm = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256);
const SHA512_ECDSA: SignatureAlgorithm = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha512);

/// How files are signed under two cipher suites of OFTP2, the content attached, the certificate known
/// beforehand.
const OFTP2_SUITES_07_AND_10: [SignatureAlgorithm; 2] = [
    SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha3_512),
    SignatureAlgorithm::rsa_pss(DigestAlgorithm::Sha3_512),
];

/// One key of each kind, and how it signs where the form of the message is what matters.
const ONE_OF_EACH_KIND: [(&str, SignatureAlgorithm); 3] = [
    ("rsa2048", SHA256_RSA),
    ("p256", SHA256_ECDSA),
    ("ed25519", SignatureAlgorithm::Ed25519),
];

/// Line ends of both kinds, and octets that are no text.
fn content() -> Vec<u8> {
    (0..300_u32)
        .map(|n| u8::try_from(n * n % 251).unwrap())
        .chain(*b"\r\n\n")
        .collect()
}

/// A message that Bouncy Castle is to make.
struct Theirs {
    file: String,
    options: Vec<&'static str>,
    signers: Vec<(&'static str, SignatureAlgorithm)>,
}

impl Theirs {
    fn new(
        options: impl IntoIterator<Item = &'static str>,
        signers: &[(&'static str, SignatureAlgorithm)],
    ) -> Self {
        let options: Vec<_> = options.into_iter().collect();
        let schemes = signers.iter().map(|(key, scheme)| {
            let scheme = describe(*scheme).replace(' ', "-");
            format!("{key}-{scheme}")
        });
        let schemes: Vec<_> = schemes.collect();
        Self {
            file: format!("theirs-{}-{}", options.join("-"), schemes.join("-")),
            options,
            signers: signers.to_vec(),
        }
    }

    fn has(&self, option: &str) -> bool {
        self.options.contains(&option)
    }

    fn job(&self) -> String {
        let signers: Vec<_> = self
            .signers
            .iter()
            .map(|(key, scheme)| format!("{key}:{}", java_name(*scheme)))
            .collect();
        let options = if self.options.is_empty() {
            "-".to_owned()
        } else {
            self.options.join(",")
        };
        format!("sign\t{}\t{options}\t{}\n", self.file, signers.join("+"))
    }
}

/// Every scheme of every key, SHA-1 too, attached and detached by turns.
fn theirs_by_scheme() -> Vec<Theirs> {
    let forms = [&["attached"][..], &[]];
    let schemes = IDENTITIES.iter().flat_map(|identity| {
        let mut schemes = identity.schemes();
        let sha1 = DigestAlgorithm::Sha1;
        match schemes[0] {
            SignatureAlgorithm::RsaPkcs1(_) => {
                schemes.push(SignatureAlgorithm::RsaPkcs1(sha1));
                schemes.push(SignatureAlgorithm::rsa_pss(sha1));
            }
            SignatureAlgorithm::Ecdsa(_) => schemes.push(SignatureAlgorithm::Ecdsa(sha1)),
            _ => {}
        }
        schemes
            .into_iter()
            .map(|scheme| (identity.name, scheme))
            .collect::<Vec<_>>()
    });
    schemes
        .zip(forms.iter().cycle())
        .map(|(signer, form)| Theirs::new(form.iter().copied(), &[signer]))
        .collect()
}

/// Every form of message.
fn theirs_by_form() -> Vec<Theirs> {
    let mut all = Vec::new();
    for signer in ONE_OF_EACH_KIND {
        for place in [None, Some("attached")] {
            for attributes in [None, Some("no-attributes"), Some("no-protection")] {
                for identifier in [None, Some("by-key")] {
                    for encoding in [None, Some("der"), Some("streamed")] {
                        let options = [place, attributes, identifier, encoding];
                        all.push(Theirs::new(options.into_iter().flatten(), &[signer]));
                    }
                }
            }
        }
        for options in [
            &["no-certificates"][..],
            &["attached", "crl"],
            &["attached", "countersigned"],
            &["attached", "other-type"],
        ] {
            all.push(Theirs::new(options.iter().copied(), &[signer]));
        }
    }
    for scheme in OFTP2_SUITES_07_AND_10 {
        let options = ["attached", "no-certificates"];
        all.push(Theirs::new(options, &[("rsa2048", scheme)]));
    }
    for (name, scheme) in [("rsa2048", SHA256_RSA), ("p521", SHA512_ECDSA)] {
        all.push(Theirs::new(["kind-of-key"], &[(name, scheme)]));
        all.push(Theirs::new(
            ["kind-of-key", "no-attributes"],
            &[(name, scheme)],
        ));
    }
    all.push(Theirs::new(["attached"], &ONE_OF_EACH_KIND));
    all.push(Theirs::new(["streamed"], &ONE_OF_EACH_KIND));
    all
}

/// How the providers of Java call a scheme; with a salt of another length than the digest's, the digest and
/// the length follow.
fn java_name(scheme: SignatureAlgorithm) -> String {
    let name = |digest: DigestAlgorithm| {
        let name = digest.name().to_uppercase();
        if name.starts_with("SHA3") {
            name
        } else {
            name.replace('-', "")
        }
    };
    match scheme {
        SignatureAlgorithm::RsaPkcs1(digest) => format!("{}withRSA", name(digest)),
        SignatureAlgorithm::RsaPss { digest, .. }
            if scheme == SignatureAlgorithm::rsa_pss(digest) =>
        {
            format!("{}withRSAandMGF1", name(digest))
        }
        SignatureAlgorithm::RsaPss { digest, salt_len } => {
            let digest = digest.name().to_uppercase();
            format!("RSASSA-PSS/{digest}/{salt_len}")
        }
        SignatureAlgorithm::Ecdsa(digest) => format!("{}withECDSA", name(digest)),
        _ => "Ed25519".to_owned(),
    }
}

/// A message of ours, with the facts that Bouncy Castle is to find.
struct Ours {
    file: String,
    octets: Vec<u8>,
    attached: bool,
    signers: usize,
    certificates: usize,
}

impl Ours {
    fn new(file: String, builder: SignedDataBuilder<'_>, attached: bool) -> Self {
        let octets = builder.build();
        let message = SignedData::parse(&octets, &limits()).unwrap();
        Self {
            file: file.replace([' ', '/'], "-"),
            attached,
            signers: message.signers().len(),
            certificates: message.certificates().count(),
            octets,
        }
    }

    fn job(&self) -> String {
        let place = if self.attached {
            "attached"
        } else {
            "detached"
        };
        format!("verify\t{}\t{place}\n", self.file)
    }

    /// What the other side says when every signer verifies.
    fn wanted(&self) -> String {
        let Self {
            file,
            signers,
            certificates,
            ..
        } = self;
        format!("{file}\t{signers}\t{signers}\tDER\t{certificates}")
    }
}

fn ours() -> Vec<Ours> {
    let content = content();
    let mut all = Vec::new();
    let start = |attached| {
        if attached {
            SignedDataBuilder::attached(&content)
        } else {
            SignedDataBuilder::detached()
        }
    };
    for identity in IDENTITIES.iter() {
        for (scheme, attached) in identity
            .schemes()
            .into_iter()
            .zip([true, false].into_iter().cycle())
        {
            let (request, signature) = identity.request(&content, scheme);
            let builder = start(attached)
                .with_certificate(identity.credential.certificate())
                .with_signer(&request, &signature)
                .unwrap();
            let file = format!("ours {} {}", identity.name, describe(scheme));
            all.push(Ours::new(file, builder, attached));
        }
    }
    for (name, scheme) in ONE_OF_EACH_KIND {
        let Identity { credential, .. } = identity(name);
        let certificate = credential.certificate();
        for attached in [true, false] {
            let (request, signature) = identity(name).request(&content, scheme);
            let by_key = request
                .with_identifier_form(SignerIdentifierForm::SubjectKeyIdentifier)
                .unwrap();
            let builder = start(attached).with_signer(&by_key, &signature).unwrap();
            all.push(Ours::new(
                format!("ours {name} by key {attached}"),
                builder,
                attached,
            ));

            let bare = SigningRequest::without_attributes(content.as_slice(), certificate, scheme)
                .unwrap();
            let signature = bare.sign(credential.key()).unwrap();
            let builder = start(attached).with_signer(&bare, &signature).unwrap();
            all.push(Ours::new(
                format!("ours {name} bare {attached}"),
                builder,
                attached,
            ));
        }
    }
    for scheme in OFTP2_SUITES_07_AND_10 {
        let (request, signature) = identity("rsa2048").request(&content, scheme);
        let builder = start(true).with_signer(&request, &signature).unwrap();
        let file = format!("ours oftp2 {}", describe(scheme));
        all.push(Ours::new(file, builder, true));
    }
    for attached in [true, false] {
        let mut builder = start(attached);
        for (name, scheme) in ONE_OF_EACH_KIND {
            let (request, signature) = identity(name).request(&content, scheme);
            builder = builder
                .with_certificate(identity(name).credential.certificate())
                .with_signer(&request, &signature)
                .unwrap();
        }
        all.push(Ours::new(
            format!("ours several {attached}"),
            builder,
            attached,
        ));
    }
    let digest = PROVIDER.digest(DigestAlgorithm::Sha256, &content);
    let signer = &identity("p256").credential;
    let request = SigningRequest::new(&digest, signer.certificate(), SHA256_ECDSA, None)
        .unwrap()
        .with_content_type(ContentType::EnvelopedData)
        .unwrap();
    let signature = request.sign(signer.key()).unwrap();
    let builder = start(true).with_signer(&request, &signature).unwrap();
    all.push(Ours::new("ours other type".to_owned(), builder, true));

    let known: Vec<_> = IDENTITIES
        .iter()
        .map(|identity| identity.credential.certificate().clone())
        .collect();
    all.push(Ours {
        file: "ours-bundle".to_owned(),
        octets: certs_only::encode(&known),
        attached: false,
        signers: 0,
        certificates: known.len(),
    });
    all
}

/// What came of one run of the program: the files it wrote, and the lines it printed.
struct Exchange {
    files: BTreeMap<String, Vec<u8>>,
    lines: Vec<String>,
}

/// One run for all tests, as starting Java takes the most of the time. Nothing where it is not installed.
static EXCHANGE: LazyLock<Option<Exchange>> = LazyLock::new(|| {
    if !bouncy_castle::is_there() {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("content"), content()).unwrap();
    for identity in IDENTITIES.iter() {
        let certificate = identity.credential.certificate();
        std::fs::write(
            path(&format!("{}.crt", identity.name)),
            certificate.as_der(),
        )
        .unwrap();
        let key = identity.key_file.to_secret_pkcs8();
        std::fs::write(path(&format!("{}.pk8", identity.name)), &*key).unwrap();
    }
    let mut jobs = String::new();
    for message in theirs_by_scheme().iter().chain(&theirs_by_form()) {
        jobs.push_str(&message.job());
    }
    let names: Vec<_> = IDENTITIES.iter().map(|identity| identity.name).collect();
    jobs.push_str(&format!("bundle\ttheirs-bundle\t-\t{}\n", names.join("+")));
    for message in ours() {
        std::fs::write(path(&message.file), &message.octets).unwrap();
        jobs.push_str(&message.job());
    }
    std::fs::write(path("jobs"), jobs).unwrap();

    let lines = bouncy_castle::run("SignedPeer.java", folder.path());
    let files = std::fs::read_dir(folder.path()).unwrap().map(|file| {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        (name, std::fs::read(file.path()).unwrap())
    });
    Some(Exchange {
        files: files.collect(),
        lines,
    })
});

fn codes(verdicts: &[SignerVerdict]) -> Vec<&'static str> {
    let code = |verdict: &SignerVerdict| {
        let result = verdict.result.as_ref();
        result.map_or_else(|error| error.code(), |()| "ok")
    };
    verdicts.iter().map(code).collect()
}

fn known() -> Vec<Certificate> {
    IDENTITIES
        .iter()
        .map(|identity| identity.credential.certificate().clone())
        .collect()
}

/// Verifies a message of theirs and its facts.
fn check(message: &Theirs, octets: &[u8]) {
    let what = &message.file;
    let content = content();
    let streamed = message.has("streamed");
    assert!(!streamed || octets[1] == INDEFINITE, "{what}");
    assert!(!message.has("der") || octets[1] != INDEFINITE, "{what}");
    let read = SignedData::parse(octets, &limits()).expect(what);
    let owned = SignedData::parse_owned(octets.to_vec(), &limits()).expect(what);
    let expected = if message.has("attached") {
        Some(content.as_slice())
    } else {
        None
    };
    assert_eq!(read.content(), expected, "{what}");
    assert_eq!(owned.content(), expected, "{what}");
    assert_eq!(read.signers().len(), message.signers.len(), "{what}");
    let candidates = if message.has("no-certificates") {
        known()
    } else {
        Vec::new()
    };
    let verify = |content: &[u8], provider| {
        if content == self::content() && message.has("attached") {
            read.verify_attached(&candidates, provider)
        } else {
            read.verify(content, &candidates, provider)
        }
    };
    for provider in &PROVIDERS {
        let verdicts = verify(&content, provider);
        let all_good = vec!["ok"; message.signers.len()];
        assert_eq!(codes(&verdicts), all_good, "{what} {verdicts:?}");
        for (verdict, info) in verdicts.iter().zip(read.signers()) {
            let signer = verdict.signer.as_ref().unwrap();
            let (name, scheme) = message
                .signers
                .iter()
                .find(|(name, _)| identity(name).credential.certificate() == signer)
                .expect(what);
            assert_eq!(info.signature_algorithm(), Some(*scheme), "{what} {name}");
            assert_eq!(verdict.digest, Some(scheme.digest()), "{what} {name}");
            assert_eq!(
                info.has_signed_attributes(),
                !message.has("no-attributes"),
                "{what}"
            );
            assert_eq!(
                info.signing_time().is_some(),
                info.has_signed_attributes(),
                "{what}"
            );
            let by_key = matches!(
                info.identifier(),
                CertificateIdentifier::SubjectKeyIdentifier(_)
            );
            assert_eq!(by_key, message.has("by-key"), "{what}");
        }
        let wanted = if message.has("no-attributes") {
            "signature-invalid"
        } else {
            "digest-mismatch"
        };
        let mut altered = content.clone();
        altered[200] ^= 4;
        let all_bad = vec![wanted; message.signers.len()];
        assert_eq!(codes(&verify(&altered, provider)), all_bad, "{what}");
    }
}

#[test]
fn every_scheme_of_bouncy_castle_verifies_with_every_backend() {
    let Some(exchange) = &*EXCHANGE else { return };
    let all = theirs_by_scheme();
    assert!(all.len() > 70, "the whole matrix: {}", all.len());
    for message in all {
        check(&message, &exchange.files[&message.file]);
    }
}

#[test]
fn every_form_of_message_of_bouncy_castle_verifies() {
    let Some(exchange) = &*EXCHANGE else { return };
    for message in theirs_by_form() {
        let octets = &exchange.files[&message.file];
        check(&message, octets);
        let read = SignedData::parse(octets, &limits()).unwrap();
        let expected = if message.has("other-type") {
            ContentType::EnvelopedData
        } else {
            ContentType::Data
        };
        assert_eq!(read.encapsulated_type(), expected, "{}", message.file);
        for info in read.signers() {
            let scheme = info.signature_algorithm().unwrap();
            let named_in_full = info.signature_oid() == scheme.oid();
            assert_eq!(
                named_in_full,
                !message.has("kind-of-key"),
                "{}",
                message.file
            );
        }
    }
}

#[test]
fn bouncy_castle_verifies_what_we_sign() {
    let Some(exchange) = &*EXCHANGE else { return };
    let wanted: Vec<_> = ours().iter().map(Ours::wanted).collect();
    assert!(wanted.len() > 70, "the whole matrix: {}", wanted.len());
    assert_eq!(exchange.lines, wanted);
}

#[test]
fn bundles_of_bouncy_castle_are_read_whole() {
    let Some(exchange) = &*EXCHANGE else { return };
    let bundle = certs_only::decode(&exchange.files["theirs-bundle"], &limits()).unwrap();
    assert_eq!(bundle.signers(), 0);
    let (mut found, mut wanted) = (bundle.into_readable(), known());
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted);
}

/// One message of each kind of key in the forms that differ in what is signed, and in how the octets are
/// written.
fn theirs_to_be_spoiled() -> Vec<Theirs> {
    let forms = [
        &["attached"][..],
        &["attached", "no-attributes", "streamed"],
        &["no-protection", "by-key", "der"],
    ];
    let mut all = theirs_by_form();
    all.retain(|message| {
        let one = message.signers.as_slice();
        ONE_OF_EACH_KIND.iter().any(|kind| one == [*kind])
            && forms.contains(&message.options.as_slice())
    });
    assert_eq!(all.len(), 9);
    all
}

#[test]
fn every_truncation_of_a_message_of_bouncy_castle_and_every_appended_octet_is_an_error() {
    let Some(exchange) = &*EXCHANGE else { return };
    for message in theirs_to_be_spoiled() {
        let octets = &exchange.files[&message.file];
        for end in 0..octets.len() {
            let cut = SignedData::parse(&octets[..end], &limits());
            assert!(cut.is_err(), "{} {end}", message.file);
        }
        let longer = [octets.as_slice(), &[0]].concat();
        assert!(SignedData::parse(&longer, &limits()).is_err());
    }
}

/// Whatever bit is flipped: no panic; and a verdict that stands is about the same content and the same key.
#[test]
fn a_flipped_bit_in_a_message_of_bouncy_castle_never_stands_for_something_else() {
    let Some(exchange) = &*EXCHANGE else { return };
    let content = content();
    for message in theirs_to_be_spoiled() {
        let octets = &exchange.files[&message.file];
        let signer = identity(message.signers[0].0).credential.certificate();
        let mut standing = 0;
        for index in 0..octets.len() {
            let mut altered = octets.clone();
            altered[index] ^= 1 << (index % 8);
            let Ok(read) = SignedData::parse(&altered, &limits()) else {
                continue;
            };
            let verdicts = if message.has("attached") {
                read.verify_attached(&[], &WITH_RUSTCRYPTO)
            } else {
                read.verify(&content, &[], &WITH_RUSTCRYPTO)
            };
            for verdict in verdicts {
                match verdict.result {
                    Ok(()) => {
                        standing += 1;
                        let same = !message.has("attached") || read.content() == Some(&content);
                        assert!(same, "{} octet {index}", message.file);
                        let key = verdict.signer.unwrap();
                        assert_eq!(key.public_key_info(), signer.public_key_info());
                    }
                    Err(error) => {
                        assert!(!error.code().is_empty() && !error.to_string().is_empty());
                    }
                }
            }
        }
        // Versions and other fields that nobody signs, and most of the certificate.
        let most = signer.as_der().len() + 60;
        assert!(0 < standing && standing < most, "{standing} of {most}");
    }
}
