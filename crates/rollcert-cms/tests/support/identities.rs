//! A key and a certificate of each kind that signs, made when first asked for.

use std::sync::LazyLock;

use rand::SeedableRng;
use rand::rngs::StdRng;
use rollcert_cms::SigningRequest;
use rollcert_crypto::aws_lc::WITH_RUSTCRYPTO;
use rollcert_crypto::{DigestAlgorithm, KeyAlgorithm, SignatureAlgorithm};
use rollcert_pki::{CertificateBuilder, Credential, KeyFile, Name, Profile, SerialNumber};

use super::now;

pub struct Identity {
    pub name: &'static str,
    pub key_file: KeyFile,
    pub credential: Credential,
}

impl Identity {
    fn generate(name: &'static str, algorithm: KeyAlgorithm) -> Self {
        let provider = &WITH_RUSTCRYPTO;
        // Else the serial numbers would all be the same.
        let mut rng = StdRng::seed_from_u64(name.bytes().map(u64::from).sum());
        let key_file = KeyFile::generate(algorithm, provider, &mut rng).unwrap();
        let key = key_file.load(provider).unwrap();
        let subject = Name::builder().common_name(name).build().unwrap();
        let profile = Profile::smime_sign();
        let serial = SerialNumber::random(&mut rng);
        let validity = profile.validity_from(now()).unwrap();
        let certificate =
            CertificateBuilder::new(&profile, subject, key.public_key_info(), serial, validity)
                .self_signed(provider)
                .unwrap()
                .sign(&key)
                .unwrap();
        let credential = Credential::new(certificate, Vec::new(), key, provider, &mut rng).unwrap();
        Self {
            name,
            key_file,
            credential,
        }
    }

    /// Every scheme of the matrix that this key serves for signing.
    pub fn schemes(&self) -> Vec<SignatureAlgorithm> {
        let digests = DigestAlgorithm::ALL.into_iter();
        let digests = digests.filter(|digest| *digest != DigestAlgorithm::Sha1);
        match self.credential.key().algorithm() {
            KeyAlgorithm::Rsa { bits } => {
                let salts = if bits == 2048 { &[0, 20, 222][..] } else { &[] };
                let salted = salts.iter().map(|salt_len| SignatureAlgorithm::RsaPss {
                    digest: DigestAlgorithm::Sha256,
                    salt_len: *salt_len,
                });
                digests
                    .flat_map(|digest| {
                        [
                            SignatureAlgorithm::RsaPkcs1(digest),
                            SignatureAlgorithm::rsa_pss(digest),
                        ]
                    })
                    .chain(salted)
                    .collect()
            }
            KeyAlgorithm::Ed25519 => vec![SignatureAlgorithm::Ed25519],
            _ => digests.map(SignatureAlgorithm::Ecdsa).collect(),
        }
    }

    /// A request for a signature by this key, with attributes, and the signature.
    pub fn request(&self, content: &[u8], scheme: SignatureAlgorithm) -> (SigningRequest, Vec<u8>) {
        let digest = WITH_RUSTCRYPTO.digest(scheme.digest(), content);
        let certificate = self.credential.certificate();
        let request = SigningRequest::new(&digest, certificate, scheme, Some(now())).unwrap();
        let signature = request.sign(self.credential.key()).unwrap();
        (request, signature)
    }
}

/// All kinds, the RSA key of 2048 bits first.
pub static IDENTITIES: LazyLock<Vec<Identity>> = LazyLock::new(|| {
    [
        ("rsa2048", KeyAlgorithm::Rsa { bits: 2048 }),
        ("rsa3072", KeyAlgorithm::Rsa { bits: 3072 }),
        ("rsa4096", KeyAlgorithm::Rsa { bits: 4096 }),
        ("p256", KeyAlgorithm::P256),
        ("p384", KeyAlgorithm::P384),
        ("p521", KeyAlgorithm::P521),
        ("ed25519", KeyAlgorithm::Ed25519),
    ]
    .into_iter()
    .map(|(name, algorithm)| Identity::generate(name, algorithm))
    .collect()
});

pub fn identity(name: &str) -> &'static Identity {
    IDENTITIES
        .iter()
        .find(|identity| identity.name == name)
        .unwrap()
}

/// What to call a scheme in the messages of tests.
pub fn describe(scheme: SignatureAlgorithm) -> String {
    match scheme {
        SignatureAlgorithm::RsaPss { digest, salt_len } => format!("rsassaPss {digest} {salt_len}"),
        other => other.to_string(),
    }
}
