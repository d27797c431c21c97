//! The ciphers of encryption by password.

use core::fmt;

use der::Tag;
use der::asn1::ObjectIdentifier;
use rollcert_crypto::{AeadAlgorithm, ContentAlgorithm, Error, LegacyCipher, Provider};
use zeroize::Zeroizing;

use crate::asn1::Element;
use crate::import_error::ImportError;
use crate::oid::Oid;
use crate::unlock::scheme::{backend_error, iteration_count, oid, unsupported};

/// A cipher with its key length. `Display` is the name people know it by.
#[derive(Clone, Copy)]
pub(super) enum Cipher {
    Block(ContentAlgorithm),
    Authenticated {
        algorithm: AeadAlgorithm,
        tag_len: usize,
    },
    Des,
    /// Two-key triple DES: the third key is the first.
    DesEde2,
    Rc2 {
        effective_bits: u16,
        key_len: usize,
    },
    Rc4 {
        key_len: usize,
    },
}

/// What a decryption gave.
pub(super) enum Unlocked {
    Plain(Zeroizing<Vec<u8>>),
    /// Nothing: another key, or damage.
    Noise,
}

impl Cipher {
    /// Reads the encryption scheme of PBES2 (RFC 8018 §B.2, RFC 5084 §3.2): the cipher, and its
    /// initialisation vector or nonce.
    pub(super) fn decode<'a>(
        oid: &Oid,
        parameters: Option<Element<'a>>,
        stated_key_len: Option<usize>,
    ) -> Result<Option<(Self, &'a [u8])>, ImportError> {
        let known = oid.to_fixed();
        if let Some(algorithm) = known.as_ref().and_then(ContentAlgorithm::from_oid) {
            return Ok(vector(parameters, algorithm.block_len())
                .map(|vector| (Self::Block(algorithm), vector)));
        }
        if let Some(algorithm) = known.as_ref().and_then(AeadAlgorithm::from_oid) {
            let Some(parameters) = parameters.filter(|found| found.tag() == Tag::Sequence) else {
                return Ok(None);
            };
            let mut fields = parameters.reader();
            let nonce = fields.expect(Tag::OctetString, "nonce of AES-GCM")?;
            let tag_len = match fields.optional_tag(Tag::Integer)? {
                // RFC 5084 §3.2: the default.
                None => 12,
                Some(length) => {
                    let tag_len = iteration_count(&length)?;
                    usize::try_from(tag_len)
                        .ok()
                        .filter(|tag_len| (12..=16).contains(tag_len))
                        .ok_or_else(|| length.bad("length of the tag"))?
                }
            };
            fields.finish()?;
            if nonce.content().len() != AeadAlgorithm::NONCE_LEN {
                return Err(ImportError::Unsupported {
                    what: format!("{algorithm} with a nonce that is not of 12 octets"),
                });
            }
            let cipher = Self::Authenticated { algorithm, tag_len };
            return Ok(Some((cipher, nonce.content())));
        }
        if *oid == DES_CBC {
            return Ok(vector(parameters, 8).map(|vector| (Self::Des, vector)));
        }
        if *oid == RC2_CBC {
            return Self::decode_rc2(parameters, stated_key_len);
        }
        Err(unsupported("PBES2 with ", oid))
    }

    /// `RC2-CBC-Parameter` (RFC 8018 §B.2.3).
    fn decode_rc2(
        parameters: Option<Element<'_>>,
        stated_key_len: Option<usize>,
    ) -> Result<Option<(Self, &[u8])>, ImportError> {
        let Some(parameters) = parameters else {
            return Ok(None);
        };
        if parameters.tag() == Tag::OctetString {
            // The vector alone: 32 effective bits.
            return Ok(
                vector(Some(parameters), 8).map(|vector| (Self::rc2(32, stated_key_len), vector))
            );
        }
        let mut fields = parameters.reader();
        let effective_bits = match fields.optional_tag(Tag::Integer)? {
            None => 32,
            Some(version) => match iteration_count(&version)? {
                160 => 40,
                120 => 64,
                58 => 128,
                bits @ 256..=1024 => u16::try_from(bits).unwrap_or(u16::MAX),
                _ => return Err(version.bad("version of the RC2 parameters").into()),
            },
        };
        let vector = vector(Some(fields.element()?), 8);
        fields.finish()?;
        Ok(vector.map(|vector| (Self::rc2(effective_bits, stated_key_len), vector)))
    }

    fn rc2(effective_bits: u16, stated_key_len: Option<usize>) -> Self {
        let key_len = stated_key_len.unwrap_or_else(|| usize::from(effective_bits.div_ceil(8)));
        Self::Rc2 {
            effective_bits,
            key_len,
        }
    }

    pub(super) const fn key_len(self) -> usize {
        match self {
            Self::Block(algorithm) => algorithm.key_len(),
            Self::Authenticated { algorithm, .. } => algorithm.key_len(),
            Self::Des => 8,
            Self::DesEde2 => 16,
            Self::Rc2 { key_len, .. } | Self::Rc4 { key_len } => key_len,
        }
    }

    /// Length of the initialisation vector.
    pub(super) const fn vector_len(self) -> usize {
        match self {
            Self::Block(algorithm) => algorithm.block_len(),
            Self::Authenticated { .. } => AeadAlgorithm::NONCE_LEN,
            Self::Des | Self::DesEde2 | Self::Rc2 { .. } => 8,
            Self::Rc4 { .. } => 0,
        }
    }

    pub(super) fn decrypt(
        self,
        key: &[u8],
        vector: &[u8],
        encrypted: &[u8],
        provider: &Provider,
    ) -> Result<Unlocked, ImportError> {
        let Provider {
            content,
            authenticated,
            legacy,
            ..
        } = provider;
        let decrypted = match self {
            Self::Block(algorithm) => content.decrypt(algorithm, key, vector, encrypted),
            Self::Authenticated { algorithm, tag_len } => encrypted
                .len()
                .checked_sub(tag_len)
                .and_then(|at| encrypted.split_at_checked(at))
                .ok_or(Error::DecryptionFailed)
                .and_then(|(encrypted, tag)| {
                    authenticated.open(algorithm, key, vector, &[], encrypted, tag)
                }),
            Self::Des => legacy.decrypt(LegacyCipher::DesCbc, key, vector, encrypted),
            Self::DesEde2 => {
                let first = key.get(..8).unwrap_or_default();
                let key = Zeroizing::new([key, first].concat());
                content.decrypt(ContentAlgorithm::DesEde3Cbc, &key, vector, encrypted)
            }
            Self::Rc2 { effective_bits, .. } => legacy.decrypt(
                LegacyCipher::Rc2Cbc { effective_bits },
                key,
                vector,
                encrypted,
            ),
            Self::Rc4 { .. } => legacy.decrypt(LegacyCipher::Rc4, key, vector, encrypted),
        };
        match decrypted {
            Ok(plain) => Ok(Unlocked::Plain(plain)),
            Err(Error::DecryptionFailed) => Ok(Unlocked::Noise),
            Err(error) => Err(backend_error(error, &format!("encryption by {self}"))),
        }
    }
}

impl fmt::Display for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Block(algorithm) => algorithm.fmt(f),
            Self::Authenticated { algorithm, .. } => algorithm.fmt(f),
            Self::Des => f.write_str("DES-CBC"),
            Self::DesEde2 => f.write_str("two-key 3DES-CBC"),
            Self::Rc2 { effective_bits, .. } => write!(f, "RC2-{effective_bits}-CBC"),
            Self::Rc4 { key_len } => write!(f, "RC4-{}", 8 * key_len),
        }
    }
}

/// The content of the octet string, if it is one of this length.
fn vector(parameters: Option<Element<'_>>, length: usize) -> Option<&[u8]> {
    parameters
        .filter(|vector| vector.tag() == Tag::OctetString && vector.content().len() == length)
        .map(|vector| vector.content())
}

const DES_CBC: ObjectIdentifier = oid("1.3.14.3.2.7");
const RC2_CBC: ObjectIdentifier = oid("1.2.840.113549.3.2");
