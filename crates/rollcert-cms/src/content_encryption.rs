use core::fmt;

use der::Tag;
use der::asn1::ObjectIdentifier;
#[cfg(feature = "legacy")]
use rollcert_crypto::LegacyCipher;
use rollcert_crypto::{self as crypto, AeadAlgorithm, ContentAlgorithm, Provider};
use rollcert_pki::asn1::{DecodeError, Element, encode, encode_oid, encode_unsigned, tag};
use zeroize::Zeroizing;

use crate::algorithm::Algorithm;
use crate::content::ContentType;

/// How the content of a message is encrypted, and so which kind of message it makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ContentEncryptionAlgorithm {
    /// A block cipher in CBC mode, in [`ContentType::EnvelopedData`] (RFC 3565, RFC 3370 §5.1). It
    /// does not authenticate what it encrypts, and whoever takes it from a partner also weakens what comes in
    /// Galois/Counter mode to the same key: see [`EnvelopedData::decrypt`](crate::EnvelopedData::decrypt). 3DES
    /// is for partners that have nothing better.
    Cbc(ContentAlgorithm),
    /// AES in Galois/Counter mode, in [`ContentType::AuthEnvelopedData`] (RFC 5084 §3.2).
    Gcm(AeadAlgorithm),
    /// RC2 in CBC mode (RFC 3370 §5.2): for opening what very old partners send, never for writing.
    #[cfg(feature = "legacy")]
    Rc2Cbc {
        /// The effective length of the key in bits, a multiple of 8 from 8 to 1024. The key has as many.
        effective_bits: u16,
    },
}

impl ContentEncryptionAlgorithm {
    /// The algorithm's object identifier.
    #[must_use]
    pub const fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Cbc(cipher) => cipher.oid(),
            Self::Gcm(cipher) => cipher.oid(),
            #[cfg(feature = "legacy")]
            Self::Rc2Cbc { .. } => RC2_CBC,
        }
    }

    /// The name people know it by, such as `AES-256-CBC`. For RC2 it says no length.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cbc(cipher) => cipher.name(),
            Self::Gcm(cipher) => cipher.name(),
            #[cfg(feature = "legacy")]
            Self::Rc2Cbc { .. } => "RC2-CBC",
        }
    }

    /// Length of the content key in octets.
    #[must_use]
    pub fn key_len(self) -> usize {
        match self {
            Self::Cbc(cipher) => cipher.key_len(),
            Self::Gcm(cipher) => cipher.key_len(),
            #[cfg(feature = "legacy")]
            Self::Rc2Cbc { effective_bits } => usize::from(effective_bits / 8),
        }
    }

    /// The kind of message that content encrypted so travels in: [`ContentType::EnvelopedData`] or
    /// [`ContentType::AuthEnvelopedData`].
    #[must_use]
    pub const fn content_type(self) -> ContentType {
        match self {
            Self::Cbc(_) => ContentType::EnvelopedData,
            Self::Gcm(_) => ContentType::AuthEnvelopedData,
            #[cfg(feature = "legacy")]
            Self::Rc2Cbc { .. } => ContentType::EnvelopedData,
        }
    }

    /// Length of the initialisation vector or nonce in octets.
    pub(crate) const fn vector_len(self) -> usize {
        match self {
            Self::Cbc(cipher) => cipher.block_len(),
            Self::Gcm(_) => AeadAlgorithm::NONCE_LEN,
            #[cfg(feature = "legacy")]
            Self::Rc2Cbc { .. } => RC2_BLOCK_LEN,
        }
    }
}

impl From<ContentAlgorithm> for ContentEncryptionAlgorithm {
    fn from(cipher: ContentAlgorithm) -> Self {
        Self::Cbc(cipher)
    }
}

impl From<AeadAlgorithm> for ContentEncryptionAlgorithm {
    fn from(cipher: AeadAlgorithm) -> Self {
        Self::Gcm(cipher)
    }
}

impl fmt::Display for ContentEncryptionAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            #[cfg(feature = "legacy")]
            Self::Rc2Cbc { effective_bits } => write!(f, "RC2-{effective_bits}-CBC"),
            _ => f.write_str(self.name()),
        }
    }
}

/// A content cipher with all that it needs besides the key: `ContentEncryptionAlgorithmIdentifier`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ContentCipher {
    pub(crate) algorithm: ContentEncryptionAlgorithm,
    pub(crate) vector: Vec<u8>,
    /// Length of the tag in octets; none but of authenticated encryption.
    pub(crate) tag_len: usize,
}

impl ContentCipher {
    /// The cipher with its initialisation vector or nonce, and a tag of the length that is written.
    pub(crate) const fn new(algorithm: ContentEncryptionAlgorithm, vector: Vec<u8>) -> Self {
        let tag_len = match algorithm {
            ContentEncryptionAlgorithm::Gcm(_) => AeadAlgorithm::TAG_LEN,
            _ => 0,
        };
        Self {
            algorithm,
            vector,
            tag_len,
        }
    }

    /// Reads the algorithm of a message of the kind `carrier`; nothing for one that is not served in it.
    ///
    /// RFC 5084 §1.5: an authenticated cipher belongs into authenticated-enveloped data, and into nothing
    /// else; the others have no place there.
    pub(crate) fn decode(
        identifier: &Algorithm<'_>,
        carrier: ContentType,
        offset: usize,
    ) -> Result<Option<Self>, DecodeError> {
        let parameters = Parameters {
            element: identifier.parameters,
            offset,
        };
        let oid = &identifier.oid;
        let cipher = if let Some(cipher) = ContentAlgorithm::from_oid(oid) {
            parameters.of_cbc(cipher)?
        } else if let Some(cipher) = AeadAlgorithm::from_oid(oid) {
            // One product writes such ciphers into enveloped data, with parameters of its own.
            if carrier != ContentType::AuthEnvelopedData {
                return Ok(None);
            }
            let Some(gcm) = parameters.of_gcm(cipher)? else {
                return Ok(None);
            };
            gcm
        } else {
            #[cfg(feature = "legacy")]
            if *oid == RC2_CBC {
                return match parameters.of_rc2()? {
                    Some(cipher) if carrier == cipher.algorithm.content_type() => Ok(Some(cipher)),
                    _ => Ok(None),
                };
            }
            return Ok(None);
        };
        Ok(Some(cipher).filter(|cipher| cipher.algorithm.content_type() == carrier))
    }

    /// The `AlgorithmIdentifier` (RFC 3565 §2.3, RFC 3370 §5.1, RFC 5084 §3.2).
    pub(crate) fn encode(&self) -> Vec<u8> {
        let vector = encode(tag::OCTET_STRING, &[&self.vector]);
        let parameters = match self.algorithm {
            ContentEncryptionAlgorithm::Gcm(_) => {
                let tag_len = encode_unsigned(&self.tag_len.to_be_bytes());
                encode(tag::SEQUENCE, &[&vector, &tag_len])
            }
            _ => vector,
        };
        encode(
            tag::SEQUENCE,
            &[&encode_oid(self.algorithm.oid()), &parameters],
        )
    }

    /// Encrypts `plain`. What authenticates it, and `associated_data`, is at the end of the result.
    pub(crate) fn encrypt(
        &self,
        key: &[u8],
        associated_data: &[u8],
        plain: &[u8],
        provider: &Provider,
    ) -> Result<Vec<u8>, crypto::Error> {
        match self.algorithm {
            ContentEncryptionAlgorithm::Cbc(cipher) => {
                provider.content.encrypt(cipher, key, &self.vector, plain)
            }
            ContentEncryptionAlgorithm::Gcm(cipher) => {
                let nonce = &self.vector;
                let sealer = provider.authenticated;
                sealer.seal(cipher, key, nonce, associated_data, plain)
            }
            #[cfg(feature = "legacy")]
            ContentEncryptionAlgorithm::Rc2Cbc { .. } => Err(crypto::Error::Unsupported {
                what: "encrypting with RC2",
            }),
        }
    }

    /// Decrypts `encrypted`, whose tag stands beside it where the cipher has one.
    pub(crate) fn decrypt(
        &self,
        key: &[u8],
        associated_data: &[u8],
        encrypted: &[u8],
        tag: &[u8],
        provider: &Provider,
    ) -> Result<Zeroizing<Vec<u8>>, crypto::Error> {
        let vector = &self.vector;
        match self.algorithm {
            ContentEncryptionAlgorithm::Cbc(cipher) => {
                provider.content.decrypt(cipher, key, vector, encrypted)
            }
            ContentEncryptionAlgorithm::Gcm(cipher) => {
                let opener = provider.authenticated;
                opener.open(cipher, key, vector, associated_data, encrypted, tag)
            }
            #[cfg(feature = "legacy")]
            ContentEncryptionAlgorithm::Rc2Cbc { effective_bits } => {
                let cipher = LegacyCipher::Rc2Cbc { effective_bits };
                provider.legacy.decrypt(cipher, key, vector, encrypted)
            }
        }
    }
}

/// The parameters of a content cipher, and where they would stand were they absent.
struct Parameters<'a> {
    element: Option<Element<'a>>,
    offset: usize,
}

impl<'a> Parameters<'a> {
    fn expect(&self, wanted: Tag, what: &'static str) -> Result<Element<'a>, DecodeError> {
        self.element
            .filter(|element| element.tag() == wanted)
            .ok_or_else(|| {
                let kind = rollcert_pki::asn1::DecodeErrorKind::Value { what };
                DecodeError::new(kind, self.offset)
            })
    }

    /// RFC 3565 §2.3, RFC 3370 §5.1: the initialisation vector, as long as a block.
    fn of_cbc(&self, cipher: ContentAlgorithm) -> Result<ContentCipher, DecodeError> {
        let vector = self.expect(Tag::OctetString, VECTOR)?;
        if vector.content().len() != cipher.block_len() {
            return Err(vector.bad(VECTOR));
        }
        Ok(ContentCipher {
            algorithm: cipher.into(),
            vector: vector.content().to_vec(),
            tag_len: 0,
        })
    }

    /// RFC 5084 §3.2: nonce, and length of the tag, from 12 to 16, by default 12. Nothing for a nonce of
    /// another length than is served.
    fn of_gcm(&self, cipher: AeadAlgorithm) -> Result<Option<ContentCipher>, DecodeError> {
        let mut fields = self.expect(Tag::Sequence, "GCMParameters")?.reader();
        let nonce = fields.expect(Tag::OctetString, "aes-nonce")?;
        let tag_len = match fields.optional_tag(Tag::Integer)? {
            Some(length) => match length.content() {
                [octet @ 12..=16] => usize::from(*octet),
                _ => return Err(length.bad("aes-ICVlen")),
            },
            None => 12,
        };
        fields.finish()?;
        Ok(
            (nonce.content().len() == AeadAlgorithm::NONCE_LEN).then(|| ContentCipher {
                algorithm: cipher.into(),
                vector: nonce.content().to_vec(),
                tag_len,
            }),
        )
    }

    /// RFC 3370 §5.2, RFC 2268 §6: a number that stands for the effective length of the key, and the
    /// initialisation vector; or that alone, which means 32 bits. Nothing for a length that is no number of
    /// octets or beyond what RC2 has.
    #[cfg(feature = "legacy")]
    fn of_rc2(&self) -> Result<Option<ContentCipher>, DecodeError> {
        let (bits, vector) = match self.element {
            Some(vector) if vector.tag() == Tag::OctetString => (Some(32), vector),
            _ => {
                let mut fields = self.expect(Tag::Sequence, "RC2 parameters")?.reader();
                let version = fields.expect(Tag::Integer, "rc2ParameterVersion")?;
                let vector = fields.expect(Tag::OctetString, VECTOR)?;
                fields.finish()?;
                (rc2_bits(version.content()), vector)
            }
        };
        if vector.content().len() != RC2_BLOCK_LEN {
            return Err(vector.bad(VECTOR));
        }
        Ok(bits.map(|effective_bits| ContentCipher {
            algorithm: ContentEncryptionAlgorithm::Rc2Cbc { effective_bits },
            vector: vector.content().to_vec(),
            tag_len: 0,
        }))
    }
}

/// RFC 2268 §6: below 256 the number is the place of the length in a table, of which three are in use;
/// from 256 it is the length.
#[cfg(feature = "legacy")]
fn rc2_bits(version: &[u8]) -> Option<u16> {
    match version {
        [0, 160] => Some(40),
        [120] => Some(64),
        [58] => Some(128),
        [high, low] => {
            let bits = u16::from_be_bytes([*high, *low]);
            Some(bits).filter(|bits| (256..=1024).contains(bits) && bits.is_multiple_of(8))
        }
        _ => None,
    }
}

const VECTOR: &str = "initialisation vector";
#[cfg(feature = "legacy")]
const RC2_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.3.2");
#[cfg(feature = "legacy")]
const RC2_BLOCK_LEN: usize = 8;

#[cfg(test)]
mod tests {
    use rollcert_pki::asn1::{DecodeErrorKind, Reader};

    use super::*;

    fn read(
        identifier: &[u8],
        carrier: ContentType,
    ) -> Result<Option<ContentCipher>, DecodeErrorKind> {
        Algorithm::decode(&mut Reader::new(identifier))
            .and_then(|algorithm| ContentCipher::decode(&algorithm, carrier, 0))
            .map_err(DecodeError::kind)
    }

    fn identifier(oid: ObjectIdentifier, parameters: &[u8]) -> Vec<u8> {
        encode(tag::SEQUENCE, &[&encode_oid(oid), parameters])
    }

    #[test]
    fn ciphers_are_read_as_they_are_written_and_in_their_own_kind_of_message() {
        let cbc = ContentAlgorithm::ALL.map(ContentEncryptionAlgorithm::from);
        let gcm = AeadAlgorithm::ALL.map(ContentEncryptionAlgorithm::from);
        for algorithm in cbc.into_iter().chain(gcm) {
            let vector = vec![7; algorithm.vector_len()];
            let cipher = ContentCipher::new(algorithm, vector);
            let (own, other) = match algorithm {
                ContentEncryptionAlgorithm::Gcm(_) => {
                    (ContentType::AuthEnvelopedData, ContentType::EnvelopedData)
                }
                _ => (ContentType::EnvelopedData, ContentType::AuthEnvelopedData),
            };
            assert_eq!(algorithm.content_type(), own);
            let found = read(&cipher.encode(), own).unwrap().unwrap();
            assert_eq!(found, cipher);
            assert_eq!(read(&cipher.encode(), other), Ok(None));
        }
    }

    /// RFC 5084 §3.2: by default 12 octets.
    #[test]
    fn a_tag_length_that_is_left_out_is_12() {
        let carrier = ContentType::AuthEnvelopedData;
        let nonce = encode(tag::OCTET_STRING, &[&[7; 12]]);
        let oid = AeadAlgorithm::Aes128Gcm.oid();
        let parameters = encode(tag::SEQUENCE, &[&nonce]);
        let found = read(&identifier(oid, &parameters), carrier);
        assert_eq!(found.unwrap().unwrap().tag_len, 12);
        for tag_len in 12..=16 {
            let parameters = encode(tag::SEQUENCE, &[&nonce, &encode_unsigned(&[tag_len])]);
            let found = read(&identifier(oid, &parameters), carrier);
            assert_eq!(found.unwrap().unwrap().tag_len, usize::from(tag_len));
        }
        // A nonce of another length is no error, but not served.
        let nonce = encode(tag::OCTET_STRING, &[&[7; 16]]);
        let parameters = encode(tag::SEQUENCE, &[&nonce]);
        assert_eq!(read(&identifier(oid, &parameters), carrier), Ok(None));
    }

    #[test]
    fn vectors_of_another_length_are_malformed() {
        let what = VECTOR;
        for cipher in ContentAlgorithm::ALL {
            for len in [0, cipher.block_len() - 1, cipher.block_len() + 1] {
                let vector = encode(tag::OCTET_STRING, &[&vec![7; len]]);
                let found = read(
                    &identifier(cipher.oid(), &vector),
                    ContentType::EnvelopedData,
                );
                assert_eq!(found, Err(DecodeErrorKind::Value { what }));
            }
            let found = read(
                &identifier(cipher.oid(), &[5, 0]),
                ContentType::EnvelopedData,
            );
            assert_eq!(found, Err(DecodeErrorKind::Value { what }));
        }
    }

    /// RFC 2268 §6, RFC 3370 §5.2.
    #[cfg(feature = "legacy")]
    #[test]
    fn rc2_is_read_with_the_length_that_its_number_stands_for() {
        let vector = encode(tag::OCTET_STRING, &[&[7; 8]]);
        let read = |parameters: &[u8]| {
            let found = read(&identifier(RC2_CBC, parameters), ContentType::EnvelopedData)?;
            Ok(found.map(|cipher| cipher.algorithm))
        };
        let numbered = |number: &[u8]| {
            read(&encode(
                tag::SEQUENCE,
                &[&encode(tag::INTEGER, &[number]), &vector],
            ))
        };
        let bits = |effective_bits| Ok(Some(ContentEncryptionAlgorithm::Rc2Cbc { effective_bits }));
        assert_eq!(numbered(&[0, 160]), bits(40));
        assert_eq!(numbered(&[120]), bits(64));
        assert_eq!(numbered(&[58]), bits(128));
        assert_eq!(numbered(&[1, 0]), bits(256));
        assert_eq!(numbered(&[4, 0]), bits(1024));
        assert_eq!(read(&vector), bits(32));
        for number in [&[0][..], &[1], &[1, 1], &[4, 8], &[0x7f, 0xff], &[1, 0, 0]] {
            assert_eq!(numbered(number), Ok(None), "{number:?}");
        }
        let what = VECTOR;
        let short = encode(tag::OCTET_STRING, &[&[7; 7]]);
        assert_eq!(read(&short), Err(DecodeErrorKind::Value { what }));
        let algorithm = ContentEncryptionAlgorithm::Rc2Cbc { effective_bits: 40 };
        assert_eq!(algorithm.to_string(), "RC2-40-CBC");
        assert_eq!(algorithm.key_len(), 5);
    }
}
