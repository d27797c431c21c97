//! Holds the table in the crate's documentation against what each backend serves.
#![cfg(all(feature = "aws-lc", feature = "rustcrypto"))]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "tests fail by panicking"
)]

mod support;

use rollcert_crypto::{
    AeadAlgorithm, ContentAlgorithm, DigestAlgorithm, Error, KeyAlgorithm, KeyTransportAlgorithm,
    KeyWrapAlgorithm, LegacyCipher, Provider, ScryptParameters, SignatureAlgorithm, aws_lc,
    rustcrypto,
};

use support::{CONTENT_KEY, MESSAGE, fixture, name, rng, served};

/// One question to a backend, by the label that the table gives it.
type Case = (String, Box<dyn Fn(&Provider) -> Result<(), Error>>);

/// One line of the table: what it is about, and every case there is.
type Row = (&'static str, Vec<Case>);

#[test]
fn the_documented_table_says_what_each_backend_serves() {
    let documentation = include_str!("../src/lib.rs");
    let documented: Vec<&str> = documentation
        .lines()
        .skip_while(|line| *line != HEADER)
        .take_while(|line| line.starts_with("//! |"))
        .skip(2)
        .collect();
    let served: Vec<String> = rows()
        .iter()
        .map(|(about, cases)| {
            format!(
                "//! | {about} | {} | {} |",
                cell(cases, &rustcrypto::PROVIDER),
                cell(cases, &aws_lc::PROVIDER)
            )
        })
        .collect();
    assert_eq!(
        documented,
        served,
        "the table in src/lib.rs would have to be:\n{HEADER}\n//! |---|---|---|\n{}",
        served.join("\n")
    );
}

#[test]
fn together_the_backends_serve_what_either_serves() {
    for (about, cases) in rows() {
        for (label, case) in cases {
            let alone = [rustcrypto::PROVIDER, aws_lc::PROVIDER];
            assert_eq!(
                served(case(&aws_lc::WITH_RUSTCRYPTO)).is_some(),
                alone
                    .iter()
                    .any(|provider| served(case(provider)).is_some()),
                "{about}: {label}"
            );
        }
    }
}

const HEADER: &str = "//! | | `rustcrypto` | `aws-lc` |";

/// What of a row a backend serves: all of it, nothing, or the labels of what it does.
fn cell(cases: &[Case], provider: &Provider) -> String {
    let labels: Vec<&str> = cases
        .iter()
        .filter(|(_, case)| served(case(provider)).is_some())
        .map(|(label, _)| label.as_str())
        .collect();
    match labels.len() {
        0 => "no".to_owned(),
        all if all == cases.len() && all == 1 => "yes".to_owned(),
        all if all == cases.len() => "all".to_owned(),
        _ => labels.join(", "),
    }
}

fn rows() -> Vec<Row> {
    let sha2_and_3 = DigestAlgorithm::ALL
        .into_iter()
        .filter(|digest| *digest != DigestAlgorithm::Sha1);
    let mixed = KeyTransportAlgorithm::RsaOaep {
        digest: DigestAlgorithm::Sha256,
        mask_digest: DigestAlgorithm::Sha1,
    };
    vec![
        (
            "digests, HMAC, PBKDF2",
            each(DigestAlgorithm::ALL, |digest| {
                move |provider: &Provider| {
                    let len = digest.output_len();
                    assert_eq!(provider.digest(digest, b"").len(), len);
                    assert_eq!(provider.derivation.hmac(digest, b"", b"").len(), len);
                    provider.derivation.pbkdf2(digest, b"", b"", 1, &mut [0; 8]);
                    Ok(())
                }
            }),
        ),
        (
            "scrypt",
            one(|provider| {
                let parameters = ScryptParameters {
                    cost: 2,
                    block_size: 1,
                    parallelization: 1,
                };
                provider
                    .derivation
                    .scrypt(b"", b"", parameters, &mut [0; 16])
            }),
        ),
        (
            "verify RSA PKCS#1 v1.5, 2048 to 8192 bits",
            each(DigestAlgorithm::ALL, |digest| {
                verify(
                    "rsa2048",
                    name(digest),
                    SignatureAlgorithm::RsaPkcs1(digest),
                )
            }),
        ),
        (
            "verify RSA PKCS#1 v1.5, 1024 to 2047 bits",
            each(DigestAlgorithm::ALL, |digest| {
                verify(
                    "rsa1024",
                    name(digest),
                    SignatureAlgorithm::RsaPkcs1(digest),
                )
            }),
        ),
        (
            "verify RSA PSS, 2048 to 8192 bits",
            each(DigestAlgorithm::ALL, |digest| {
                let file = format!("pss-{}", name(digest));
                verify("rsa2048", file, SignatureAlgorithm::rsa_pss(digest))
            }),
        ),
        (
            "verify RSA PSS, with salts of any length",
            each(["0", "222"], |salt| {
                let algorithm = SignatureAlgorithm::RsaPss {
                    digest: DigestAlgorithm::Sha256,
                    salt_len: salt.parse().unwrap(),
                };
                verify("rsa2048", format!("pss-sha256-salt{salt}"), algorithm)
            }),
        ),
        (
            "verify RSA PSS, 1024 to 2047 bits",
            one(verify(
                "rsa1024",
                "pss-sha256".to_owned(),
                SignatureAlgorithm::rsa_pss(DigestAlgorithm::Sha256),
            )),
        ),
        (
            "verify ECDSA on P-256, P-384, P-521",
            each(DigestAlgorithm::ALL, |digest| {
                let algorithm = SignatureAlgorithm::Ecdsa(digest);
                let on = |curve| verify(curve, name(digest), algorithm);
                let curves = [on("p256"), on("p384"), on("p521")];
                move |provider: &Provider| curves.iter().try_for_each(|verify| verify(provider))
            }),
        ),
        (
            "verify and sign Ed25519",
            one(|provider| {
                let public = fixture("ed25519.spki.der");
                let signature = fixture("ed25519.sig");
                provider.verify(&public, SignatureAlgorithm::Ed25519, MESSAGE, &signature)?;
                sign("ed25519", SignatureAlgorithm::Ed25519)(provider)
            }),
        ),
        (
            "private RSA keys, by bits",
            each(
                [
                    ("1024 to 2047", ["1024", "1024"]),
                    ("2048 to 8192", ["2048", "8192"]),
                ],
                |(_, sizes)| {
                    move |provider: &Provider| {
                        sizes.iter().try_for_each(|bits| {
                            provider.load_key(&fixture(&format!("rsa{bits}.pkcs8.der")))?;
                            Ok(())
                        })
                    }
                },
            ),
        ),
        (
            "RSA keys for PSS alone (RFC 4055 §1.2)",
            one(|provider| {
                provider.load_key(&fixture("rsa-pss.pkcs8.der"))?;
                let algorithm = SignatureAlgorithm::rsa_pss(DigestAlgorithm::Sha256);
                verify("rsa-pss", "pss-sha256".to_owned(), algorithm)(provider)
            }),
        ),
        (
            "sign RSA PKCS#1 v1.5",
            each(sha2_and_3.clone(), |digest| {
                sign("rsa2048", SignatureAlgorithm::RsaPkcs1(digest))
            }),
        ),
        (
            "sign RSA PSS",
            each(sha2_and_3.clone(), |digest| {
                sign("rsa2048", SignatureAlgorithm::rsa_pss(digest))
            }),
        ),
        (
            "sign RSA PSS, with salts of any length",
            each(["0", "222"], |salt| {
                let algorithm = SignatureAlgorithm::RsaPss {
                    digest: DigestAlgorithm::Sha256,
                    salt_len: salt.parse().unwrap(),
                };
                sign("rsa2048", algorithm)
            }),
        ),
        (
            "sign ECDSA on P-256, P-384, P-521",
            each(sha2_and_3, |digest| {
                let algorithm = SignatureAlgorithm::Ecdsa(digest);
                let curves = ["p256", "p384", "p521"].map(|curve| sign(curve, algorithm));
                move |provider: &Provider| curves.iter().try_for_each(|sign| sign(provider))
            }),
        ),
        (
            "open and encrypt content keys, PKCS#1 v1.5",
            one(transport(
                KeyTransportAlgorithm::RsaPkcs1,
                "transported".to_owned(),
            )),
        ),
        (
            "open and encrypt content keys, OAEP",
            each(DigestAlgorithm::ALL, |digest| {
                let file = format!("oaep-{0}-{0}", name(digest));
                transport(KeyTransportAlgorithm::rsa_oaep(digest), file)
            }),
        ),
        (
            "OAEP with another digest for the mask",
            one(transport(mixed, "oaep-sha256-sha1".to_owned())),
        ),
        (
            "key agreement",
            each(["P-256", "P-384", "P-521"], |curve| {
                let curve = curve.to_lowercase().replace('-', "");
                move |provider: &Provider| {
                    let key = provider.load_key(&fixture(&format!("{curve}.pkcs8.der")))?;
                    let peer = fixture(&format!("{curve}-peer.spki.der"));
                    key.agreement()?.agree(&peer)?;
                    Ok(())
                }
            }),
        ),
        (
            "key wrap with AES",
            each(KeyWrapAlgorithm::ALL, |algorithm| {
                move |provider: &Provider| {
                    let key = vec![1; algorithm.key_len()];
                    let wrapped = provider.key_wrap.wrap(algorithm, &key, CONTENT_KEY)?;
                    provider.key_wrap.unwrap_key(algorithm, &key, &wrapped)?;
                    Ok(())
                }
            }),
        ),
        (
            "new keys",
            each(
                [
                    ("RSA of 2048 bits", KeyAlgorithm::Rsa { bits: 2048 }),
                    ("P-256", KeyAlgorithm::P256),
                    ("P-384", KeyAlgorithm::P384),
                    ("P-521", KeyAlgorithm::P521),
                    ("Ed25519", KeyAlgorithm::Ed25519),
                ],
                |(_, algorithm)| {
                    move |provider: &Provider| {
                        provider.generate_key(algorithm, &mut rng())?;
                        Ok(())
                    }
                },
            ),
        ),
        (
            "AES in CBC mode",
            each(
                [
                    ContentAlgorithm::Aes128Cbc,
                    ContentAlgorithm::Aes192Cbc,
                    ContentAlgorithm::Aes256Cbc,
                ],
                cbc,
            ),
        ),
        ("3DES in CBC mode", one(cbc(ContentAlgorithm::DesEde3Cbc))),
        (
            "AES in Galois/Counter mode, tags of 16 octets",
            each(AeadAlgorithm::ALL, |algorithm| {
                move |provider: &Provider| {
                    let key = vec![1; algorithm.key_len()];
                    provider
                        .authenticated
                        .seal(algorithm, &key, &[2; 12], b"", MESSAGE)?;
                    Ok(())
                }
            }),
        ),
        (
            "AES in Galois/Counter mode, opening with tags of 12 to 15",
            one(|provider| {
                let algorithm = AeadAlgorithm::Aes128Gcm;
                let aead = provider.authenticated;
                let sealed = aead.seal(algorithm, &[1; 16], &[2; 12], b"", MESSAGE)?;
                let (encrypted, tag) = sealed.split_at(MESSAGE.len());
                for len in 12..16 {
                    aead.open(algorithm, &[1; 16], &[2; 12], b"", encrypted, &tag[..len])?;
                }
                Ok(())
            }),
        ),
        (
            "ciphers of old key files",
            each(
                [
                    ("3DES", LegacyCipher::DesEde3Cbc, "des-ede3-cbc", 24),
                    ("DES", LegacyCipher::DesCbc, "des-cbc", 8),
                    (
                        "RC2",
                        LegacyCipher::Rc2Cbc {
                            effective_bits: 128,
                        },
                        "rc2-128",
                        16,
                    ),
                    ("RC4", LegacyCipher::Rc4, "rc4", 16),
                ],
                |(_, cipher, answer, key_len)| {
                    move |provider: &Provider| {
                        let key = support::hex("0123456789abcdeffedcba98765432100011223344556677");
                        let encrypted = support::answers()[&format!("{answer} -")].clone();
                        let vector: &[u8] = match cipher {
                            LegacyCipher::Rc4 => &[],
                            _ => &[1, 2, 3, 4, 5, 6, 7, 8],
                        };
                        let opened =
                            provider
                                .legacy
                                .decrypt(cipher, &key[..key_len], vector, &encrypted)?;
                        assert_eq!(opened.as_slice(), MESSAGE);
                        Ok(())
                    }
                },
            ),
        ),
        (
            "MD5, and 3DES for writing old key files",
            one(|provider| {
                provider.legacy.md5(b"")?;
                provider
                    .legacy
                    .encrypt(LegacyCipher::DesEde3Cbc, &[1; 24], &[2; 8], b"")?;
                Ok(())
            }),
        ),
    ]
}

/// How the table calls what varies within a row.
trait Label {
    fn label(&self) -> String;
}

impl Label for DigestAlgorithm {
    fn label(&self) -> String {
        self.name().to_uppercase()
    }
}

impl Label for AeadAlgorithm {
    fn label(&self) -> String {
        self.name().to_owned()
    }
}

impl Label for KeyWrapAlgorithm {
    fn label(&self) -> String {
        self.name().to_owned()
    }
}

impl Label for ContentAlgorithm {
    fn label(&self) -> String {
        self.to_string()
    }
}

impl Label for &str {
    fn label(&self) -> String {
        (*self).to_owned()
    }
}

impl<T> Label for (&str, T) {
    fn label(&self) -> String {
        self.0.to_owned()
    }
}

impl<A, B, C> Label for (&str, A, B, C) {
    fn label(&self) -> String {
        self.0.to_owned()
    }
}

fn each<T: Label, F: Fn(&Provider) -> Result<(), Error> + 'static>(
    values: impl IntoIterator<Item = T>,
    case: impl Fn(T) -> F,
) -> Vec<Case> {
    values
        .into_iter()
        .map(|value| -> Case { (value.label(), Box::new(case(value))) })
        .collect()
}

fn one(case: impl Fn(&Provider) -> Result<(), Error> + 'static) -> Vec<Case> {
    vec![(String::new(), Box::new(case))]
}

/// Verifies what OpenSSL signed.
fn verify(
    key: &'static str,
    file: String,
    algorithm: SignatureAlgorithm,
) -> impl Fn(&Provider) -> Result<(), Error> {
    move |provider| {
        let public = fixture(&format!("{key}.spki.der"));
        let signature = fixture(&format!("{key}.{file}.sig"));
        provider.verify(&public, algorithm, MESSAGE, &signature)
    }
}

fn sign(
    key: &'static str,
    algorithm: SignatureAlgorithm,
) -> impl Fn(&Provider) -> Result<(), Error> {
    move |provider| {
        let key = provider.load_key(&fixture(&format!("{key}.pkcs8.der")))?;
        key.signer()?.sign(algorithm, MESSAGE)?;
        Ok(())
    }
}

/// Encrypts and decrypts, at once and in pieces.
fn cbc(algorithm: ContentAlgorithm) -> impl Fn(&Provider) -> Result<(), Error> {
    move |provider| {
        let (key, vector) = (vec![1; algorithm.key_len()], vec![2; algorithm.block_len()]);
        let content = provider.content;
        let encrypted = content.encrypt(algorithm, &key, &vector, MESSAGE)?;
        content.decrypt(algorithm, &key, &vector, &encrypted)?;
        content.start_encryption(algorithm, &key, &vector)?;
        content.start_decryption(algorithm, &key, &vector)?;
        Ok(())
    }
}

/// Opens what OpenSSL encrypted, and encrypts the same.
fn transport(
    algorithm: KeyTransportAlgorithm,
    file: String,
) -> impl Fn(&Provider) -> Result<(), Error> {
    move |provider| {
        let key = provider.load_key(&fixture("rsa2048.pkcs8.der"))?;
        let encrypted = fixture(&format!("rsa2048.{file}.bin"));
        let opened = key.decryptor()?.decrypt_key(algorithm, &encrypted)?;
        assert_eq!(opened.as_slice(), CONTENT_KEY);
        provider.key_encryption.encrypt_key(
            key.public_key_info(),
            algorithm,
            CONTENT_KEY,
            &mut rng(),
        )?;
        Ok(())
    }
}
