use core::fmt;

use const_oid::ObjectIdentifier;

/// A message digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DigestAlgorithm {
    /// SHA-1: for reading what old partners send, never for signing.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// SHA3-256 (FIPS 202).
    Sha3_256,
    /// SHA3-384 (FIPS 202).
    Sha3_384,
    /// SHA3-512 (FIPS 202).
    Sha3_512,
}

impl DigestAlgorithm {
    /// Every digest: SHA-1, SHA-2, SHA-3, each by length.
    pub const ALL: [Self; 8] = [
        Self::Sha1,
        Self::Sha224,
        Self::Sha256,
        Self::Sha384,
        Self::Sha512,
        Self::Sha3_256,
        Self::Sha3_384,
        Self::Sha3_512,
    ];

    /// Length of the digest in octets.
    #[must_use]
    pub const fn output_len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 | Self::Sha3_256 => 32,
            Self::Sha384 | Self::Sha3_384 => 48,
            Self::Sha512 | Self::Sha3_512 => 64,
        }
    }

    /// Length in octets of the blocks that the digest works in, as HMAC (RFC 2104 §2) and PKCS#12
    /// (RFC 7292 §B.2) need it.
    #[must_use]
    pub const fn block_len(self) -> usize {
        match self {
            Self::Sha1 | Self::Sha224 | Self::Sha256 => 64,
            Self::Sha384 | Self::Sha512 => 128,
            Self::Sha3_256 => 136,
            Self::Sha3_384 => 104,
            Self::Sha3_512 => 72,
        }
    }

    /// The algorithm's object identifier (RFC 5754 §2, RFC 3370 §2.1, RFC 8702 §2).
    #[must_use]
    pub const fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Sha1 => const { oid("1.3.14.3.2.26") },
            Self::Sha224 => const { oid("2.16.840.1.101.3.4.2.4") },
            Self::Sha256 => const { oid("2.16.840.1.101.3.4.2.1") },
            Self::Sha384 => const { oid("2.16.840.1.101.3.4.2.2") },
            Self::Sha512 => const { oid("2.16.840.1.101.3.4.2.3") },
            Self::Sha3_256 => const { oid("2.16.840.1.101.3.4.2.8") },
            Self::Sha3_384 => const { oid("2.16.840.1.101.3.4.2.9") },
            Self::Sha3_512 => const { oid("2.16.840.1.101.3.4.2.10") },
        }
    }

    /// The digest that `oid` names, if it is one of ours.
    #[must_use]
    pub fn from_oid(oid: &ObjectIdentifier) -> Option<Self> {
        Self::ALL.into_iter().find(|digest| digest.oid() == *oid)
    }

    /// The name that S/MIME uses in `micalg` (RFC 5751 §3.4.3.2): `sha-1`, `sha-256`, …
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha-1",
            Self::Sha224 => "sha-224",
            Self::Sha256 => "sha-256",
            Self::Sha384 => "sha-384",
            Self::Sha512 => "sha-512",
            Self::Sha3_256 => "sha3-256",
            Self::Sha3_384 => "sha3-384",
            Self::Sha3_512 => "sha3-512",
        }
    }

    /// Reads a `micalg` name: any case, with or without the hyphen, as products write it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let plain: String = name
            .trim()
            .chars()
            .filter(|c| *c != '-')
            .map(|c| c.to_ascii_lowercase())
            .collect();
        match plain.as_str() {
            "sha1" | "rsasha1" => Some(Self::Sha1),
            "sha224" => Some(Self::Sha224),
            "sha256" => Some(Self::Sha256),
            "sha384" => Some(Self::Sha384),
            "sha512" => Some(Self::Sha512),
            "sha3256" => Some(Self::Sha3_256),
            "sha3384" => Some(Self::Sha3_384),
            "sha3512" => Some(Self::Sha3_512),
            _ => None,
        }
    }
}

impl fmt::Display for DigestAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What kind of key it is, and how large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// RSA with a modulus of this many bits.
    Rsa {
        /// Length of the modulus in bits.
        bits: u32,
    },
    /// Elliptic curve P-256 (secp256r1).
    P256,
    /// Elliptic curve P-384 (secp384r1).
    P384,
    /// Elliptic curve P-521 (secp521r1).
    P521,
    /// Ed25519 (RFC 8410): signs, and nothing else.
    Ed25519,
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits } => write!(f, "rsa-{bits}"),
            Self::P256 => f.write_str("p-256"),
            Self::P384 => f.write_str("p-384"),
            Self::P521 => f.write_str("p-521"),
            Self::Ed25519 => f.write_str("ed25519"),
        }
    }
}

/// How a signature is made: the scheme and its digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2).
    RsaPkcs1(DigestAlgorithm),
    /// RSASSA-PSS (RFC 8017 §8.1), MGF1 over the same digest.
    RsaPss {
        /// The digest, of the message and of the mask.
        digest: DigestAlgorithm,
        /// Length of the salt in octets; that of the digest is customary.
        salt_len: u16,
    },
    /// ECDSA over the curve of the key, the signature as a DER `Ecdsa-Sig-Value` (RFC 5480).
    Ecdsa(DigestAlgorithm),
    /// Ed25519 (RFC 8032 §5.1), over the message itself.
    Ed25519,
}

impl SignatureAlgorithm {
    /// RSASSA-PSS with a salt as long as the digest.
    #[must_use]
    pub const fn rsa_pss(digest: DigestAlgorithm) -> Self {
        // The longest digest has 64 octets.
        let [.., high, low] = digest.output_len().to_be_bytes();
        Self::RsaPss {
            digest,
            salt_len: u16::from_be_bytes([high, low]),
        }
    }

    /// The digest over what is signed; for Ed25519 the SHA-512 that it works with, and that CMS names
    /// beside it (RFC 8419 §2.3).
    #[must_use]
    pub const fn digest(self) -> DigestAlgorithm {
        match self {
            Self::RsaPkcs1(digest) | Self::RsaPss { digest, .. } | Self::Ecdsa(digest) => digest,
            Self::Ed25519 => DigestAlgorithm::Sha512,
        }
    }

    /// The object identifier: of scheme and digest together (RFC 4055 §5, RFC 5758 §3.2, RFC 8702 §3), or
    /// of RSASSA-PSS, whose parameters say the rest.
    #[must_use]
    pub const fn oid(self) -> ObjectIdentifier {
        use DigestAlgorithm::{Sha1, Sha3_256, Sha3_384, Sha3_512, Sha224, Sha256, Sha384, Sha512};
        match self {
            Self::RsaPkcs1(Sha1) => const { oid("1.2.840.113549.1.1.5") },
            Self::RsaPkcs1(Sha224) => const { oid("1.2.840.113549.1.1.14") },
            Self::RsaPkcs1(Sha256) => const { oid("1.2.840.113549.1.1.11") },
            Self::RsaPkcs1(Sha384) => const { oid("1.2.840.113549.1.1.12") },
            Self::RsaPkcs1(Sha512) => const { oid("1.2.840.113549.1.1.13") },
            Self::RsaPkcs1(Sha3_256) => const { oid("2.16.840.1.101.3.4.3.14") },
            Self::RsaPkcs1(Sha3_384) => const { oid("2.16.840.1.101.3.4.3.15") },
            Self::RsaPkcs1(Sha3_512) => const { oid("2.16.840.1.101.3.4.3.16") },
            Self::RsaPss { .. } => const { oid("1.2.840.113549.1.1.10") },
            Self::Ecdsa(Sha1) => const { oid("1.2.840.10045.4.1") },
            Self::Ecdsa(Sha224) => const { oid("1.2.840.10045.4.3.1") },
            Self::Ecdsa(Sha256) => const { oid("1.2.840.10045.4.3.2") },
            Self::Ecdsa(Sha384) => const { oid("1.2.840.10045.4.3.3") },
            Self::Ecdsa(Sha512) => const { oid("1.2.840.10045.4.3.4") },
            Self::Ecdsa(Sha3_256) => const { oid("2.16.840.1.101.3.4.3.10") },
            Self::Ecdsa(Sha3_384) => const { oid("2.16.840.1.101.3.4.3.11") },
            Self::Ecdsa(Sha3_512) => const { oid("2.16.840.1.101.3.4.3.12") },
            Self::Ed25519 => const { oid("1.3.101.112") },
        }
    }

    /// The scheme and digest that `oid` names, if they are ours. RSASSA-PSS is not among them: its
    /// identifier alone says no digest.
    #[must_use]
    pub fn from_oid(oid: &ObjectIdentifier) -> Option<Self> {
        DigestAlgorithm::ALL
            .into_iter()
            .flat_map(|digest| [Self::RsaPkcs1(digest), Self::Ecdsa(digest)])
            .chain([Self::Ed25519])
            .find(|algorithm| algorithm.oid() == *oid)
    }

    /// The name that certificate tools print, such as `sha256WithRSAEncryption`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        use DigestAlgorithm::{Sha1, Sha3_256, Sha3_384, Sha3_512, Sha224, Sha256, Sha384, Sha512};
        match self {
            Self::RsaPkcs1(Sha1) => "sha1WithRSAEncryption",
            Self::RsaPkcs1(Sha224) => "sha224WithRSAEncryption",
            Self::RsaPkcs1(Sha256) => "sha256WithRSAEncryption",
            Self::RsaPkcs1(Sha384) => "sha384WithRSAEncryption",
            Self::RsaPkcs1(Sha512) => "sha512WithRSAEncryption",
            Self::RsaPkcs1(Sha3_256) => "RSA-SHA3-256",
            Self::RsaPkcs1(Sha3_384) => "RSA-SHA3-384",
            Self::RsaPkcs1(Sha3_512) => "RSA-SHA3-512",
            Self::RsaPss { .. } => "rsassaPss",
            Self::Ecdsa(Sha1) => "ecdsa-with-SHA1",
            Self::Ecdsa(Sha224) => "ecdsa-with-SHA224",
            Self::Ecdsa(Sha256) => "ecdsa-with-SHA256",
            Self::Ecdsa(Sha384) => "ecdsa-with-SHA384",
            Self::Ecdsa(Sha512) => "ecdsa-with-SHA512",
            Self::Ecdsa(Sha3_256) => "ecdsa_with_SHA3-256",
            Self::Ecdsa(Sha3_384) => "ecdsa_with_SHA3-384",
            Self::Ecdsa(Sha3_512) => "ecdsa_with_SHA3-512",
            Self::Ed25519 => "ED25519",
        }
    }

    /// The scheme that a key of this kind signs with, over `digest`; Ed25519 has no choice.
    #[must_use]
    pub const fn for_key(key: KeyAlgorithm, digest: DigestAlgorithm) -> Self {
        match key {
            KeyAlgorithm::Rsa { .. } => Self::RsaPkcs1(digest),
            KeyAlgorithm::P256 | KeyAlgorithm::P384 | KeyAlgorithm::P521 => Self::Ecdsa(digest),
            KeyAlgorithm::Ed25519 => Self::Ed25519,
        }
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How a content key travels to one recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyTransportAlgorithm {
    /// RSAES-PKCS1-v1_5 (RFC 8017 §7.2, RFC 3370 §4.2.1).
    RsaPkcs1,
    /// RSAES-OAEP (RFC 8017 §7.1, RFC 3560) with an empty label.
    RsaOaep {
        /// The digest of the label.
        digest: DigestAlgorithm,
        /// The digest of the mask, MGF1. Some products leave it at SHA-1 whatever the other is.
        mask_digest: DigestAlgorithm,
    },
}

impl KeyTransportAlgorithm {
    /// RSAES-OAEP with one digest for label and mask.
    #[must_use]
    pub const fn rsa_oaep(digest: DigestAlgorithm) -> Self {
        Self::RsaOaep {
            digest,
            mask_digest: digest,
        }
    }

    /// The algorithm's object identifier.
    #[must_use]
    pub const fn oid(self) -> ObjectIdentifier {
        match self {
            Self::RsaPkcs1 => const { oid("1.2.840.113549.1.1.1") },
            Self::RsaOaep { .. } => const { oid("1.2.840.113549.1.1.7") },
        }
    }

    /// The algorithm that `oid` names, if it is ours and needs no parameters.
    #[must_use]
    pub fn from_oid(oid: &ObjectIdentifier) -> Option<Self> {
        (Self::RsaPkcs1.oid() == *oid).then_some(Self::RsaPkcs1)
    }
}

/// How the content itself is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ContentAlgorithm {
    /// AES-128 in CBC mode (RFC 3565).
    Aes128Cbc,
    /// AES-192 in CBC mode (RFC 3565).
    Aes192Cbc,
    /// AES-256 in CBC mode (RFC 3565).
    Aes256Cbc,
    /// Three-key triple DES in CBC mode (RFC 3370 §5.1): for opening what old partners send, and for those who
    /// can open nothing else. Nothing chooses it unasked.
    DesEde3Cbc,
}

impl ContentAlgorithm {
    /// Every content cipher.
    pub const ALL: [Self; 4] = [
        Self::Aes128Cbc,
        Self::Aes192Cbc,
        Self::Aes256Cbc,
        Self::DesEde3Cbc,
    ];

    /// Length of the content key in octets.
    #[must_use]
    pub const fn key_len(self) -> usize {
        match self {
            Self::Aes128Cbc => 16,
            Self::Aes192Cbc | Self::DesEde3Cbc => 24,
            Self::Aes256Cbc => 32,
        }
    }

    /// Length of a block, and so of the initialisation vector, in octets.
    #[must_use]
    pub const fn block_len(self) -> usize {
        match self {
            Self::DesEde3Cbc => 8,
            Self::Aes128Cbc | Self::Aes192Cbc | Self::Aes256Cbc => 16,
        }
    }

    /// The algorithm's object identifier.
    #[must_use]
    pub const fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Aes128Cbc => const { oid("2.16.840.1.101.3.4.1.2") },
            Self::Aes192Cbc => const { oid("2.16.840.1.101.3.4.1.22") },
            Self::Aes256Cbc => const { oid("2.16.840.1.101.3.4.1.42") },
            Self::DesEde3Cbc => const { oid("1.2.840.113549.3.7") },
        }
    }

    /// The algorithm that `oid` names, if it is ours.
    #[must_use]
    pub fn from_oid(oid: &ObjectIdentifier) -> Option<Self> {
        Self::ALL.into_iter().find(|cipher| cipher.oid() == *oid)
    }

    /// The name people know it by, such as `AES-256-CBC`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aes128Cbc => "AES-128-CBC",
            Self::Aes192Cbc => "AES-192-CBC",
            Self::Aes256Cbc => "AES-256-CBC",
            Self::DesEde3Cbc => "3DES-CBC",
        }
    }
}

impl fmt::Display for ContentAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Encryption that proves its integrity as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AeadAlgorithm {
    /// AES-128 in Galois/Counter mode (RFC 5084).
    Aes128Gcm,
    /// AES-192 in Galois/Counter mode (RFC 5084).
    Aes192Gcm,
    /// AES-256 in Galois/Counter mode (RFC 5084).
    Aes256Gcm,
}

impl AeadAlgorithm {
    /// Every one of them.
    pub const ALL: [Self; 3] = [Self::Aes128Gcm, Self::Aes192Gcm, Self::Aes256Gcm];

    /// Length of the nonce in octets that RFC 5084 §3.2 recommends, and the only one that is served.
    pub const NONCE_LEN: usize = 12;

    /// Length of the tag in octets that is written.
    pub const TAG_LEN: usize = 16;

    /// Length of the key in octets.
    #[must_use]
    pub const fn key_len(self) -> usize {
        match self {
            Self::Aes128Gcm => 16,
            Self::Aes192Gcm => 24,
            Self::Aes256Gcm => 32,
        }
    }

    /// The algorithm's object identifier.
    #[must_use]
    pub const fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Aes128Gcm => const { oid("2.16.840.1.101.3.4.1.6") },
            Self::Aes192Gcm => const { oid("2.16.840.1.101.3.4.1.26") },
            Self::Aes256Gcm => const { oid("2.16.840.1.101.3.4.1.46") },
        }
    }

    /// The algorithm that `oid` names, if it is ours.
    #[must_use]
    pub fn from_oid(oid: &ObjectIdentifier) -> Option<Self> {
        Self::ALL.into_iter().find(|cipher| cipher.oid() == *oid)
    }

    /// The name people know it by, such as `AES-256-GCM`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aes128Gcm => "AES-128-GCM",
            Self::Aes192Gcm => "AES-192-GCM",
            Self::Aes256Gcm => "AES-256-GCM",
        }
    }
}

impl fmt::Display for AeadAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How a content key is wrapped by a key that two sides agreed on or share: AES key wrap (RFC 3394).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyWrapAlgorithm {
    /// `id-aes128-wrap` (RFC 3565 §2.3.2).
    Aes128,
    /// `id-aes192-wrap` (RFC 3565 §2.3.2).
    Aes192,
    /// `id-aes256-wrap` (RFC 3565 §2.3.2).
    Aes256,
}

impl KeyWrapAlgorithm {
    /// Every one of them.
    pub const ALL: [Self; 3] = [Self::Aes128, Self::Aes192, Self::Aes256];

    /// Length of the key that wraps, in octets.
    #[must_use]
    pub const fn key_len(self) -> usize {
        match self {
            Self::Aes128 => 16,
            Self::Aes192 => 24,
            Self::Aes256 => 32,
        }
    }

    /// The algorithm's object identifier.
    #[must_use]
    pub const fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Aes128 => const { oid("2.16.840.1.101.3.4.1.5") },
            Self::Aes192 => const { oid("2.16.840.1.101.3.4.1.25") },
            Self::Aes256 => const { oid("2.16.840.1.101.3.4.1.45") },
        }
    }

    /// The algorithm that `oid` names, if it is ours.
    #[must_use]
    pub fn from_oid(oid: &ObjectIdentifier) -> Option<Self> {
        Self::ALL.into_iter().find(|wrap| wrap.oid() == *oid)
    }

    /// The name people know it by, such as `AES-256-KW`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aes128 => "AES-128-KW",
            Self::Aes192 => "AES-192-KW",
            Self::Aes256 => "AES-256-KW",
        }
    }
}

impl fmt::Display for KeyWrapAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Ciphers that nothing should be encrypted with any more, but that old key files are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LegacyCipher {
    /// DES in CBC mode: key and initialisation vector of 8 octets.
    DesCbc,
    /// Three-key triple DES in CBC mode: key of 24 octets, initialisation vector of 8.
    DesEde3Cbc,
    /// RC2 in CBC mode (RFC 2268): initialisation vector of 8 octets.
    Rc2Cbc {
        /// The effective length of the key in bits, 1 to 1024.
        effective_bits: u16,
    },
    /// RC4: a stream cipher, without initialisation vector.
    Rc4,
}

/// Named constants cost nothing when asked for; a text would be read each time.
const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_is_found_by_its_identifier() {
        for digest in DigestAlgorithm::ALL {
            assert_eq!(DigestAlgorithm::from_oid(&digest.oid()), Some(digest));
            assert_eq!(DigestAlgorithm::from_name(digest.name()), Some(digest));
            for signature in [
                SignatureAlgorithm::RsaPkcs1(digest),
                SignatureAlgorithm::Ecdsa(digest),
                SignatureAlgorithm::Ed25519,
            ] {
                assert_eq!(
                    SignatureAlgorithm::from_oid(&signature.oid()),
                    Some(signature)
                );
            }
        }
        for cipher in ContentAlgorithm::ALL {
            assert_eq!(ContentAlgorithm::from_oid(&cipher.oid()), Some(cipher));
        }
        for cipher in AeadAlgorithm::ALL {
            assert_eq!(AeadAlgorithm::from_oid(&cipher.oid()), Some(cipher));
        }
        for wrap in KeyWrapAlgorithm::ALL {
            assert_eq!(KeyWrapAlgorithm::from_oid(&wrap.oid()), Some(wrap));
        }
    }

    #[test]
    fn micalg_names_are_read_as_products_write_them() {
        assert_eq!(
            DigestAlgorithm::from_name("SHA256"),
            Some(DigestAlgorithm::Sha256)
        );
        assert_eq!(
            DigestAlgorithm::from_name(" sha-1 "),
            Some(DigestAlgorithm::Sha1)
        );
        assert_eq!(DigestAlgorithm::from_name("md5"), None);
    }
}
