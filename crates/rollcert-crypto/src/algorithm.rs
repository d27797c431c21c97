use core::fmt;

use const_oid::ObjectIdentifier;

/// A message digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DigestAlgorithm {
    /// SHA-1: for reading what old partners send, never for signing.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl DigestAlgorithm {
    /// Every digest, weakest first.
    pub const ALL: [Self; 4] = [Self::Sha1, Self::Sha256, Self::Sha384, Self::Sha512];

    /// Length of the digest in octets.
    #[must_use]
    pub const fn output_len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The algorithm's object identifier (RFC 5754 §2, RFC 3370 §2.1).
    #[must_use]
    pub const fn oid(self) -> ObjectIdentifier {
        ObjectIdentifier::new_unwrap(match self {
            Self::Sha1 => "1.3.14.3.2.26",
            Self::Sha256 => "2.16.840.1.101.3.4.2.1",
            Self::Sha384 => "2.16.840.1.101.3.4.2.2",
            Self::Sha512 => "2.16.840.1.101.3.4.2.3",
        })
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
            Self::Sha256 => "sha-256",
            Self::Sha384 => "sha-384",
            Self::Sha512 => "sha-512",
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
            "sha256" => Some(Self::Sha256),
            "sha384" => Some(Self::Sha384),
            "sha512" => Some(Self::Sha512),
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
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits } => write!(f, "rsa-{bits}"),
            Self::P256 => f.write_str("p-256"),
        }
    }
}

/// How a signature is made: the scheme and its digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2).
    RsaPkcs1(DigestAlgorithm),
    /// ECDSA over the curve of the key, the signature as a DER `Ecdsa-Sig-Value` (RFC 5480).
    Ecdsa(DigestAlgorithm),
}

impl SignatureAlgorithm {
    /// The digest over what is signed.
    #[must_use]
    pub const fn digest(self) -> DigestAlgorithm {
        match self {
            Self::RsaPkcs1(digest) | Self::Ecdsa(digest) => digest,
        }
    }

    /// The object identifier of scheme and digest together (RFC 4055 §5, RFC 5758 §3.2).
    #[must_use]
    pub const fn oid(self) -> ObjectIdentifier {
        use DigestAlgorithm::{Sha1, Sha256, Sha384, Sha512};
        ObjectIdentifier::new_unwrap(match self {
            Self::RsaPkcs1(Sha1) => "1.2.840.113549.1.1.5",
            Self::RsaPkcs1(Sha256) => "1.2.840.113549.1.1.11",
            Self::RsaPkcs1(Sha384) => "1.2.840.113549.1.1.12",
            Self::RsaPkcs1(Sha512) => "1.2.840.113549.1.1.13",
            Self::Ecdsa(Sha1) => "1.2.840.10045.4.1",
            Self::Ecdsa(Sha256) => "1.2.840.10045.4.3.2",
            Self::Ecdsa(Sha384) => "1.2.840.10045.4.3.3",
            Self::Ecdsa(Sha512) => "1.2.840.10045.4.3.4",
        })
    }

    /// The scheme and digest that `oid` names, if they are ours.
    #[must_use]
    pub fn from_oid(oid: &ObjectIdentifier) -> Option<Self> {
        DigestAlgorithm::ALL
            .into_iter()
            .flat_map(|digest| [Self::RsaPkcs1(digest), Self::Ecdsa(digest)])
            .find(|algorithm| algorithm.oid() == *oid)
    }

    /// The name that certificate tools print, such as `sha256WithRSAEncryption`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        use DigestAlgorithm::{Sha1, Sha256, Sha384, Sha512};
        match self {
            Self::RsaPkcs1(Sha1) => "sha1WithRSAEncryption",
            Self::RsaPkcs1(Sha256) => "sha256WithRSAEncryption",
            Self::RsaPkcs1(Sha384) => "sha384WithRSAEncryption",
            Self::RsaPkcs1(Sha512) => "sha512WithRSAEncryption",
            Self::Ecdsa(Sha1) => "ecdsa-with-SHA1",
            Self::Ecdsa(Sha256) => "ecdsa-with-SHA256",
            Self::Ecdsa(Sha384) => "ecdsa-with-SHA384",
            Self::Ecdsa(Sha512) => "ecdsa-with-SHA512",
        }
    }

    /// The scheme that a key of this kind signs with, over `digest`.
    #[must_use]
    pub const fn for_key(key: KeyAlgorithm, digest: DigestAlgorithm) -> Self {
        match key {
            KeyAlgorithm::Rsa { .. } => Self::RsaPkcs1(digest),
            KeyAlgorithm::P256 => Self::Ecdsa(digest),
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
}

impl KeyTransportAlgorithm {
    /// The algorithm's object identifier.
    #[must_use]
    pub const fn oid(self) -> ObjectIdentifier {
        match self {
            Self::RsaPkcs1 => ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1"),
        }
    }

    /// The algorithm that `oid` names, if it is ours.
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
    /// Three-key triple DES in CBC mode (RFC 3370 §5.1): for opening what old partners send.
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
        ObjectIdentifier::new_unwrap(match self {
            Self::Aes128Cbc => "2.16.840.1.101.3.4.1.2",
            Self::Aes192Cbc => "2.16.840.1.101.3.4.1.22",
            Self::Aes256Cbc => "2.16.840.1.101.3.4.1.42",
            Self::DesEde3Cbc => "1.2.840.113549.3.7",
        })
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
