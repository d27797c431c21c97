//! Messages of 1 GiB in pieces: how fast, and in how much memory, beside `openssl cms`.
//!
//! `cargo bench --manifest-path benches/Cargo.toml --bench streams [-- FILTER] [--quick]`
//!
//! Each piece of work runs in a process of its own, which says how much memory it took at its peak, and fails
//! beyond 64 MiB. The files lie in the system's folder for temporary files, which needs 4 GiB.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use chrono::DateTime;
use openssl::pkey::PKey;
use openssl::x509::X509;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rollcert_benches::{Options, highest_resident, highest_resident_of, measured, show};
use rollcert_cms::stream::{
    CompressedDataReader, CompressedDataWriter, ContentHasher, EnvelopedDataHeader,
    EnvelopedDataWriter, SignedDataReader, SignedDataWriter,
};
use rollcert_cms::{Recipient, SignatureScheme, SignedData, SignerVerdict, SigningRequest};
use rollcert_crypto::aws_lc::PROVIDER;
use rollcert_crypto::{ContentAlgorithm, DigestAlgorithm, KeyAlgorithm};
use rollcert_pki::{
    Certificate, CertificateBuilder, Credential, Limits, Name, Profile, SerialNumber,
};

/// What a message may take of memory, however long it is.
const MOST_MEMORY: u64 = 64 << 20;
/// How much is read from a file at a time.
const PIECE: usize = 64 << 10;

fn main() {
    let options = Options::from_arguments();
    if let Some(work) = measured() {
        let (work, folder) = work.split_once(':').expect("work and folder");
        work_in(Path::new(folder), work);
        println!("{}", highest_resident());
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench {
        octets: if options.is_quick() { 4 << 20 } else { 1 << 30 },
        folder: folder.path(),
        options,
    };
    bench.write_identity();
    bench.write_content();
    bench.run();
}

struct Bench<'a> {
    options: Options,
    octets: u64,
    folder: &'a Path,
}

impl Bench<'_> {
    /// Every piece of work beside what OpenSSL has for it. What one makes the next reads, OpenSSL too.
    fn run(&self) {
        let signer = ["-signer", "cert.pem", "-inkey", "key.pem"];
        self.pair(
            ["detached/sign", "detached/verify"],
            [
                &[&["-sign", "-in", "content", "-out", "peer"][..], &signer].concat(),
                &[
                    "-verify",
                    "-noverify",
                    "-inform",
                    "DER",
                    "-in",
                    "signature",
                    "-content",
                    "content",
                    "-out",
                    "/dev/null",
                ],
            ],
            &["signature", "peer"],
        );
        self.pair(
            ["attached/sign", "attached/verify"],
            [
                &[
                    &[
                        "-sign",
                        "-nodetach",
                        "-stream",
                        "-in",
                        "content",
                        "-out",
                        "peer",
                    ][..],
                    &signer,
                ]
                .concat(),
                &[
                    "-verify",
                    "-noverify",
                    "-inform",
                    "DER",
                    "-in",
                    "signed",
                    "-out",
                    "/dev/null",
                ],
            ],
            &["signed", "peer"],
        );
        self.pair(
            ["enveloped/encrypt", "enveloped/decrypt"],
            [
                &[
                    "-encrypt",
                    "-aes-256-cbc",
                    "-stream",
                    "-in",
                    "content",
                    "-out",
                    "peer",
                    "cert.pem",
                ],
                &[
                    "-decrypt",
                    "-inform",
                    "DER",
                    "-in",
                    "enveloped",
                    "-inkey",
                    "key.pem",
                    "-recip",
                    "cert.pem",
                    "-out",
                    "/dev/null",
                ],
            ],
            &["enveloped", "peer"],
        );
        // Debian's OpenSSL has no zlib.
        self.pair(
            ["compressed/compress", "compressed/decompress"],
            [&[], &[]],
            &["compressed"],
        );
    }

    /// Work that makes a message, and work that reads it.
    fn pair(&self, names: [&str; 2], peers: [&[&str]; 2], files: &[&str]) {
        if !names
            .iter()
            .any(|name| self.options.wants(&format!("streams/{name}")))
        {
            return;
        }
        for (name, peer) in names.into_iter().zip(peers) {
            println!("\nstreams/{name}/{}MiB", self.octets >> 20);
            self.ours(name);
            if !peer.is_empty() {
                self.openssl(peer);
            }
        }
        for file in files {
            // What OpenSSL makes has the same name twice.
            let _ = std::fs::remove_file(self.folder.join(file));
        }
    }

    fn ours(&self, name: &str) {
        let work = format!("{name}:{}", self.folder.display());
        let start = Instant::now();
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--measure", &work])
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        let time = start.elapsed();
        assert!(output.status.success(), "{name} failed");
        let peak = String::from_utf8(output.stdout).unwrap();
        let peak: u64 = peak.trim().parse().unwrap();
        self.report("rollcert", time, peak);
        assert!(
            peak <= MOST_MEMORY,
            "{name} took {} MiB of memory",
            peak >> 20
        );
    }

    fn openssl(&self, arguments: &[&str]) {
        let start = Instant::now();
        let child = Command::new("openssl")
            .current_dir(self.folder)
            .args(["cms", "-binary", "-outform", "DER"])
            .args(arguments)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (peak, success) = watch(child);
        let time = start.elapsed();
        assert!(success, "openssl cms {arguments:?} failed");
        self.report("openssl cms", time, peak);
    }

    fn report(&self, who: &str, time: Duration, peak: u64) {
        let seconds = time.as_secs_f64();
        println!(
            "  {who:12} {:>10}  {:>6.0} MB/s  peak {:>6.1} MiB",
            show(seconds),
            self.octets as f64 / 1e6 / seconds,
            peak as f64 / f64::from(1 << 20)
        );
    }

    /// Lines as a message of EDI has them, no two the same.
    fn write_content(&self) {
        let mut file = File::create(self.folder.join("content")).unwrap();
        let mut piece = Vec::with_capacity(2 * PIECE);
        let (mut written, mut line, mut noise) = (0, 0_u64, 0x9e37_79b9_7f4a_7c15_u64);
        while written < self.octets {
            while piece.len() < PIECE {
                line += 1;
                noise ^= noise << 13;
                noise ^= noise >> 7;
                noise ^= noise << 17;
                let price = noise % 100_000;
                writeln!(
                    piece,
                    "LIN+{line}++{:013}:EN'QTY+21:{}'PRI+AAA:{}.{:02}'FTX+AAI+++{noise:016x}'",
                    noise % 10_000_000_000_000,
                    noise % 500,
                    price / 100,
                    price % 100
                )
                .unwrap();
            }
            let rest = usize::try_from(self.octets - written).unwrap();
            piece.truncate(rest);
            file.write_all(&piece).unwrap();
            written += piece.len() as u64;
            piece.clear();
        }
    }

    fn write_identity(&self) {
        let mut rng = StdRng::seed_from_u64(1);
        let pkcs8 = PROVIDER
            .generate_key(KeyAlgorithm::Rsa { bits: 2048 }, &mut rng)
            .unwrap();
        let key = PROVIDER.load_key(&pkcs8).unwrap();
        let profile = Profile::as2();
        let subject = Name::builder().common_name("alice").build().unwrap();
        let serial = SerialNumber::random(&mut rng);
        let now = DateTime::from_timestamp(1_795_500_000, 0).unwrap();
        let validity = profile.validity_from(now).unwrap();
        let certificate =
            CertificateBuilder::new(&profile, subject, key.public_key_info(), serial, validity)
                .self_signed(&PROVIDER)
                .unwrap()
                .sign(&key)
                .unwrap();
        let write = |name: &str, octets: &[u8]| {
            std::fs::write(self.folder.join(name), octets).unwrap();
        };
        let pem = X509::from_der(certificate.as_der()).unwrap().to_pem();
        write("cert.der", certificate.as_der());
        write("cert.pem", &pem.unwrap());
        write("key.der", &pkcs8);
        let pem = PKey::private_key_from_der(&pkcs8).unwrap();
        write("key.pem", &pem.private_key_to_pem_pkcs8().unwrap());
    }
}

/// Waits for a process, and looks now and then how much memory it has taken at its peak.
fn watch(mut child: Child) -> (u64, bool) {
    let mut peak = 0;
    loop {
        peak = highest_resident_of(child.id()).max(peak);
        if let Some(status) = child.try_wait().unwrap() {
            return (peak, status.success());
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// Does the work of this name on the files of the folder.
fn work_in(folder: &Path, work: &str) {
    let pieces = |name: &str| Pieces::of(&folder.join(name));
    let content = || pieces("content");
    let create = |name: &str| File::create(folder.join(name)).unwrap();
    match work {
        "detached/sign" => sign_detached(content(), &alice(folder), create("signature")),
        "detached/verify" => {
            let signature = std::fs::read(folder.join("signature")).unwrap();
            verify_detached(content(), &signature);
        }
        "attached/sign" => sign_attached(content(), &alice(folder), create("signed")),
        "attached/verify" => expect_all(folder, verify_attached(pieces("signed"))),
        "enveloped/encrypt" => encrypt(content(), &alice(folder), create("enveloped")),
        "enveloped/decrypt" => expect_all(folder, decrypt(pieces("enveloped"), &alice(folder))),
        "compressed/compress" => compress(content(), create("compressed")),
        "compressed/decompress" => expect_all(folder, decompress(pieces("compressed"))),
        other => panic!("no such work: {other}"),
    }
}

fn alice(folder: &Path) -> Credential {
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let certificate = Certificate::from_der(read("cert.der")).unwrap();
    let key = PROVIDER.load_key(&read("key.der")).unwrap();
    let mut rng = StdRng::seed_from_u64(2);
    Credential::new(certificate, Vec::new(), key, &PROVIDER, &mut rng).unwrap()
}

fn sign_detached(mut content: Pieces, alice: &Credential, mut file: File) {
    let certificate = alice.certificate();
    let scheme = SignatureScheme::from(DigestAlgorithm::Sha256)
        .for_certificate(certificate)
        .unwrap();
    let mut hasher = ContentHasher::new([scheme.digest()], &PROVIDER);
    while let Some(piece) = content.next() {
        hasher.update(piece);
    }
    let (_, digest) = &hasher.finish()[0];
    let request = SigningRequest::new(digest, certificate, scheme, Some(now())).unwrap();
    let signature = request.sign(alice.key()).unwrap();
    file.write_all(&request.assemble(&signature, &[certificate]))
        .unwrap();
}

fn verify_detached(mut content: Pieces, signature: &[u8]) {
    let message = SignedData::parse(signature, &Limits::default()).unwrap();
    let mut hasher = ContentHasher::new(message.content_digests(), &PROVIDER);
    while let Some(piece) = content.next() {
        hasher.update(piece);
    }
    expect_good(&message.verify_digests(&hasher.finish(), &[], &PROVIDER));
}

fn sign_attached(mut content: Pieces, alice: &Credential, mut file: File) {
    let mut message = SignedDataWriter::new([DigestAlgorithm::Sha256], &PROVIDER);
    let mut out = Vec::new();
    while let Some(piece) = content.next() {
        message.update(piece, &mut out);
        file.write_all(&out).unwrap();
        out.clear();
    }
    message
        .sign(alice, DigestAlgorithm::Sha256, now(), &mut out)
        .unwrap();
    file.write_all(&out).unwrap();
}

fn verify_attached(mut message: Pieces) -> u64 {
    let mut reader = SignedDataReader::new(&Limits::default(), &PROVIDER);
    let (mut out, mut sink) = (Vec::new(), Sink::new());
    while let Some(piece) = message.next() {
        reader.update(piece, &mut out).unwrap();
        sink.take(&mut out);
    }
    expect_good(&reader.finish().unwrap().verify(&[], &PROVIDER));
    sink.octets
}

fn encrypt(mut content: Pieces, alice: &Credential, mut file: File) {
    let recipients = [Recipient::from(alice.certificate())];
    let mut rng = StdRng::seed_from_u64(3);
    let cipher = ContentAlgorithm::Aes256Cbc;
    let mut message = EnvelopedDataWriter::new(&recipients, cipher, &PROVIDER, &mut rng).unwrap();
    let mut out = Vec::new();
    while let Some(piece) = content.next() {
        message.update(piece, &mut out).unwrap();
        file.write_all(&out).unwrap();
        out.clear();
    }
    message.finish(&mut out).unwrap();
    file.write_all(&out).unwrap();
}

fn decrypt(mut message: Pieces, alice: &Credential) -> u64 {
    let mut header = EnvelopedDataHeader::new(&Limits::default());
    let rest = loop {
        let piece = message.next().unwrap();
        if let Some(rest) = header.read(piece).unwrap() {
            break rest.to_vec();
        }
    };
    let mut rng = StdRng::seed_from_u64(4);
    let mut reader = header.open(&[alice], &PROVIDER, &mut rng).unwrap();
    let (mut out, mut sink) = (Vec::new(), Sink::new());
    reader.update(&rest, &mut out).unwrap();
    while let Some(piece) = message.next() {
        reader.update(piece, &mut out).unwrap();
        sink.take(&mut out);
    }
    reader.finish(&mut out).unwrap();
    sink.take(&mut out);
    sink.octets
}

fn compress(mut content: Pieces, mut file: File) {
    let mut message = CompressedDataWriter::new();
    let mut out = Vec::new();
    while let Some(piece) = content.next() {
        message.update(piece, &mut out);
        file.write_all(&out).unwrap();
        out.clear();
    }
    message.finish(&mut out);
    file.write_all(&out).unwrap();
}

fn decompress(mut message: Pieces) -> u64 {
    let mut reader = CompressedDataReader::new(&Limits::default(), 1 << 30);
    let (mut out, mut sink) = (Vec::new(), Sink::new());
    while let Some(mut piece) = message.next() {
        while !piece.is_empty() {
            piece = reader.update(piece, &mut out).unwrap();
            sink.take(&mut out);
        }
    }
    reader.finish(&mut out).unwrap();
    sink.take(&mut out);
    sink.octets
}

/// That as much came out as had gone in.
fn expect_all(folder: &Path, octets: u64) {
    let content = std::fs::metadata(folder.join("content")).unwrap();
    assert_eq!(octets, content.len());
}

fn expect_good(verdicts: &[SignerVerdict]) {
    assert!(
        verdicts.len() == 1 && verdicts[0].result.is_ok(),
        "{verdicts:?}"
    );
}

fn now() -> DateTime<chrono::Utc> {
    DateTime::from_timestamp(1_795_500_000, 0).unwrap()
}

/// A file, piece by piece.
struct Pieces {
    file: File,
    piece: Vec<u8>,
}

impl Pieces {
    fn of(path: &Path) -> Self {
        Self {
            file: File::open(path).unwrap(),
            piece: vec![0; PIECE],
        }
    }

    fn next(&mut self) -> Option<&[u8]> {
        let octets = self.file.read(&mut self.piece).unwrap();
        (octets > 0).then(|| &self.piece[..octets])
    }
}

/// Where OpenSSL too writes the content that it reads.
struct Sink {
    file: File,
    octets: u64,
}

impl Sink {
    fn new() -> Self {
        Self {
            file: File::options().write(true).open("/dev/null").unwrap(),
            octets: 0,
        }
    }

    fn take(&mut self, octets: &mut Vec<u8>) {
        self.file.write_all(octets).unwrap();
        self.octets += octets.len() as u64;
        octets.clear();
    }
}
