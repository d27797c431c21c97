//! Certificate exchange messages beside the bare RSA operations that they cannot do without.
//!
//! `cargo bench --manifest-path benches/Cargo.toml --bench cem [-- FILTER] [--quick]`

use std::fs::File;
use std::hint::black_box;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

use chrono::{DateTime, TimeDelta, Utc};
use openssl::cms::{CMSOptions, CmsContentInfo};
use openssl::stack::Stack;
use openssl::x509::X509;
use openssl::x509::store::X509StoreBuilder;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rollcert_as2::{As2Name, MdnRequest, Message, MessageId, Opener, open};
use rollcert_benches::{Comparison, Options};
use rollcert_cem::{CertUsage, Request, RequestId};
use rollcert_cms::stream::ContentHasher;
use rollcert_cms::{SignedData, sign_detached};
use rollcert_crypto::aws_lc::PROVIDER;
use rollcert_crypto::{
    ContentAlgorithm, DigestAlgorithm, KeyAlgorithm, KeyTransportAlgorithm, PrivateKey,
    SignatureAlgorithm,
};
use rollcert_mime::Headers;
use rollcert_pki::{
    Certificate, CertificateBuilder, Credential, KeyFile, Limits, Name, Profile, SerialNumber,
};

const RSA_SHA256: SignatureAlgorithm = SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256);

fn main() {
    let options = Options::from_arguments();
    let partners = Partners::new();
    request_build(&options, &partners);
    request_read(&options, &partners);
    request_decrypt(&options, &partners);
    detached_verify(&options, &partners);
}

/// Two partners: what they sign with today, and the certificate that is announced, of a chain of three.
struct Partners {
    now: DateTime<Utc>,
    alice: As2Name,
    bob: As2Name,
    alice_today: Credential,
    bob_today: Credential,
    next: Certificate,
    chain: Vec<Certificate>,
}

impl Partners {
    fn new() -> Self {
        let now = DateTime::from_timestamp(1_795_500_000, 0).unwrap();
        let mut rng = StdRng::seed_from_u64(1);
        let [root_key, issuing_key, next_key, alice_key, bob_key] = core::array::from_fn(|_| {
            KeyFile::generate(KeyAlgorithm::Rsa { bits: 2048 }, &PROVIDER, &mut rng)
                .and_then(|file| Ok(file.load(&PROVIDER)?))
                .unwrap()
        });
        let builder = |profile: &Profile, name: &str, key: &PrivateKey| {
            let subject = Name::builder()
                .common_name(name)
                .organization("Rollcert benchmarks")
                .build()
                .unwrap();
            let serial = SerialNumber::random(&mut StdRng::seed_from_u64(
                name.bytes().map(u64::from).sum(),
            ));
            let validity = profile.validity_from(now).unwrap();
            CertificateBuilder::new(profile, subject, key.public_key_info(), serial, validity)
        };
        let root = builder(&Profile::root(), "Root", &root_key)
            .self_signed(&PROVIDER)
            .unwrap()
            .sign(&root_key)
            .unwrap();
        let issuing = builder(&Profile::intermediate(0), "Issuing", &issuing_key)
            .issued_by(&root, &PROVIDER)
            .unwrap()
            .sign(&root_key)
            .unwrap();
        let next = builder(&Profile::as2(), "alice 2027", &next_key)
            .issued_by(&issuing, &PROVIDER)
            .unwrap()
            .sign(&issuing_key)
            .unwrap();
        let mut today = |name: &str, key: PrivateKey| {
            let certificate = builder(&Profile::as2(), name, &key)
                .self_signed(&PROVIDER)
                .unwrap()
                .sign(&key)
                .unwrap();
            Credential::new(certificate, Vec::new(), key, &PROVIDER, &mut rng).unwrap()
        };
        Self {
            now,
            alice: As2Name::new("ALICE").unwrap(),
            bob: As2Name::new("BOB AS2").unwrap(),
            alice_today: today("alice", alice_key),
            bob_today: today("bob", bob_key),
            next,
            chain: vec![issuing, root],
        }
    }

    fn entity(&self, rng: &mut StdRng) -> Vec<u8> {
        let url = "https://alice.example/as2";
        Request::builder(RequestId::draw(rng), "ALICE", self.now, url)
            .end_entity(
                &self.next,
                &self.chain,
                [CertUsage::DigitalSignature, CertUsage::KeyEncipherment],
            )
            .respond_by(self.now + TimeDelta::days(14))
            .build(rng, self.now)
            .unwrap()
    }

    fn request(&self, encryption: Option<ContentAlgorithm>, rng: &mut StdRng) -> Message {
        let id = MessageId::random("alice.example", rng).unwrap();
        let mut builder = Message::builder(&self.alice, &self.bob, id)
            .signed_by(&self.alice_today, DigestAlgorithm::Sha256)
            .request_mdn(MdnRequest::signed("alice@alice.example"));
        if let Some(algorithm) = encryption {
            builder = builder.encrypted_to([self.bob_today.certificate()], algorithm);
        }
        builder
            .build(&self.entity(rng), self.now, &PROVIDER, rng)
            .unwrap()
    }

    /// Opens a message, wants a good signature and a request inside.
    fn read(&self, headers: &Headers<'_>, body: &[u8], rng: &mut StdRng) -> u64 {
        let opener = Opener::new(&PROVIDER, self.now)
            .with_credentials([&self.bob_today])
            .with_certificates([self.alice_today.certificate()]);
        let opened = open(headers, body, &opener, rng).unwrap();
        let trusted = opened.signature.is_some_and(|found| found.is_trusted());
        let limits = rollcert_cem::Limits::default();
        let message = rollcert_cem::Message::parse(&opened.entity, &limits).unwrap();
        match message {
            rollcert_cem::Message::Request(request) if trusted => count(request.trust()),
            _ => 0,
        }
    }

    /// A bare verification, of a signature over as much as signed attributes have.
    fn verification(&self) -> impl Fn() -> bool {
        let message = [7; 105];
        let signature = signed(self.alice_today.key(), &message);
        let public_key_info = self.alice_today.certificate().public_key_info().to_vec();
        move || {
            PROVIDER
                .verify(&public_key_info, RSA_SHA256, &message, &signature)
                .is_ok()
        }
    }
}

/// A request that announces a certificate with its chain, written and signed.
fn request_build(options: &Options, partners: &Partners) {
    let mut rng = StdRng::seed_from_u64(2);
    let attributes = [7; 105];
    Comparison::new("cem/request/build_and_sign (to reach: 1/1.15 = 0.87)")
        .contender("rollcert", || {
            let message = partners.request(None, &mut rng);
            u64::from(black_box(message).mic.value().len() == 32)
        })
        .contender("one rsa-2048 signature", || {
            u64::from(signed(partners.alice_today.key(), &attributes).len() == 256)
        })
        .run(options);
}

/// The same request, read from its octets, its signature verified.
fn request_read(options: &Options, partners: &Partners) {
    let mut rng = StdRng::seed_from_u64(3);
    let message = partners.request(None, &mut rng);
    let headers = headers(&message);
    let verify = partners.verification();
    Comparison::new("cem/request/verify_and_parse (to reach: 1/3 = 0.33)")
        .contender("rollcert", || {
            partners.read(&headers, &message.body, &mut rng)
        })
        .contender("one verification + sha-256", || {
            let digest = PROVIDER.digest(DigestAlgorithm::Sha256, &message.body);
            u64::from(verify() && black_box(digest).len() == 32)
        })
        .run(options);
}

/// The same request again, encrypted as well.
fn request_decrypt(options: &Options, partners: &Partners) {
    let mut rng = StdRng::seed_from_u64(4);
    let message = partners.request(Some(ContentAlgorithm::Aes256Cbc), &mut rng);
    let headers = headers(&message);
    let verify = partners.verification();
    let encrypted_key = PROVIDER
        .key_encryption
        .encrypt_key(
            partners.bob_today.certificate().public_key_info(),
            KeyTransportAlgorithm::RsaPkcs1,
            &[7; 32],
            &mut rng,
        )
        .unwrap();
    Comparison::new("cem/request/decrypt_verify_parse (to reach: 1/1.15 = 0.87)")
        .contender("rollcert", || {
            partners.read(&headers, &message.body, &mut rng)
        })
        .contender("one decryption + verification", || {
            let key = partners.bob_today.key().decryptor().and_then(|decryptor| {
                decryptor.decrypt_key(KeyTransportAlgorithm::RsaPkcs1, &encrypted_key)
            });
            u64::from(verify() && black_box(key).is_ok())
        })
        .run(options);
}

/// A large file under a detached signature.
fn detached_verify(options: &Options, partners: &Partners) {
    const OCTETS: usize = 100 << 20;
    let name = "cms/verify_detached/100MB";
    if !options.wants(name) {
        return;
    }
    let content: Vec<u8> = (0_u8..=250).cycle().take(OCTETS).collect();
    let signature = sign_detached(
        &content,
        &partners.alice_today,
        DigestAlgorithm::Sha256,
        partners.now,
        &PROVIDER,
    )
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, octets: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, octets).unwrap();
        path
    };
    let content_file = file("content", &content);
    let signature_file = file("signature.der", &signature);
    let signer = X509::from_der(partners.alice_today.certificate().as_der()).unwrap();
    let signer_file = file("signer.pem", &signer.to_pem().unwrap());
    Comparison::new(name)
        .contender("rollcert, from the files", || {
            verify_files(&content_file, &signature_file)
        })
        .contender("openssl cms -verify", || {
            let verified = Command::new("openssl")
                .args(["cms", "-verify", "-binary", "-inform", "DER", "-noverify"])
                .args(["-out", "/dev/null", "-in"])
                .arg(&signature_file)
                .arg("-content")
                .arg(&content_file)
                .arg("-certfile")
                .arg(&signer_file)
                .stderr(Stdio::null())
                .status()
                .unwrap();
            u64::from(verified.success())
        })
        .contender("openssl, in this process", || {
            let content = std::fs::read(&content_file).unwrap();
            let signature = std::fs::read(&signature_file).unwrap();
            let mut cms = CmsContentInfo::from_der(&signature).unwrap();
            let mut certificates = Stack::new().unwrap();
            certificates.push(signer.clone()).unwrap();
            let store = X509StoreBuilder::new().unwrap().build();
            let flags = CMSOptions::NO_SIGNER_CERT_VERIFY | CMSOptions::BINARY;
            let verified = cms.verify(
                Some(&certificates),
                Some(&store),
                Some(&content),
                None,
                flags,
            );
            u64::from(verified.is_ok())
        })
        .run(options);
}

fn verify_files(content: &Path, signature: &Path) -> u64 {
    let signature = std::fs::read(signature).unwrap();
    let signed = SignedData::parse_owned(signature, &Limits::default()).unwrap();
    let mut hasher = ContentHasher::new(signed.content_digests(), &PROVIDER);
    let mut content = File::open(content).unwrap();
    let mut piece = vec![0; 256 << 10];
    loop {
        match content.read(&mut piece).unwrap() {
            0 => break,
            octets => hasher.update(&piece[..octets]),
        }
    }
    let verdicts = signed.verify_digests(&hasher.finish(), &[], &PROVIDER);
    count(verdicts.iter().filter(|verdict| verdict.result.is_ok()))
}

fn signed(key: &PrivateKey, message: &[u8]) -> Vec<u8> {
    key.signer()
        .and_then(|signer| signer.sign(RSA_SHA256, message))
        .unwrap()
}

fn headers(message: &Message) -> Headers<'_> {
    Headers::from_pairs(
        message
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    )
}

fn count<T>(items: impl IntoIterator<Item = T>) -> u64 {
    items.into_iter().map(black_box).count() as u64
}
