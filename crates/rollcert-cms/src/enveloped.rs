use core::ops::Range;

use der::Tag;
use der::asn1::ObjectIdentifier;
use rand_core::CryptoRng;
use rollcert_crypto::{self as crypto, ContentAlgorithm, KeyTransportAlgorithm, Provider};
use rollcert_pki::asn1::{DecodeError, DecodeErrorKind, Element};
use rollcert_pki::ber::{self, Shape};
use rollcert_pki::{Certificate, Credential, Limits};
use subtle::{ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

use crate::algorithm::Algorithm;
use crate::content::{self, ContentType};
use crate::identifier::{CertificateIdentifier, Listed, RecipientIdentifier};
use crate::signed::bounded;

/// Content encrypted for any number of recipients (RFC 5652 §6), read but not opened.
///
/// ```text
/// EnvelopedData ::= SEQUENCE {
///   version               CMSVersion,
///   originatorInfo        [0] IMPLICIT OriginatorInfo OPTIONAL,
///   recipientInfos        SET OF RecipientInfo,
///   encryptedContentInfo  SEQUENCE {
///     contentType                 OBJECT IDENTIFIER,
///     contentEncryptionAlgorithm  AlgorithmIdentifier,
///     encryptedContent            [0] IMPLICIT OCTET STRING OPTIONAL },
///   unprotectedAttrs      [1] IMPLICIT SET OF Attribute OPTIONAL }
/// ```
#[derive(Clone, Debug)]
pub struct EnvelopedData {
    der: Vec<u8>,
    recipients: Vec<RecipientIdentifier>,
    transports: Vec<KeyTransport>,
    content_type: ContentType,
    algorithm: ObjectIdentifier,
    initialisation_vector: Vec<u8>,
    encrypted: Range<usize>,
}

/// `KeyTransRecipientInfo` (RFC 5652 §6.2.1).
#[derive(Clone, Debug)]
struct KeyTransport {
    identifier: CertificateIdentifier,
    algorithm: ObjectIdentifier,
    encrypted_key: Vec<u8>,
}

impl EnvelopedData {
    /// Reads a `ContentInfo` in BER or DER.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when the octets are no such structure, name more recipients than
    /// [`Limits::entries`], exceed `limits` otherwise, or hold no encrypted content. The place is that
    /// in the DER form of the message.
    pub fn parse(octets: &[u8], limits: &Limits) -> Result<Self, DecodeError> {
        let der = ber::to_der(octets, Shape::EnvelopedData, limits)?.into_owned();
        let mut fields = content::open(&der, ContentType::EnvelopedData, "EnvelopedData")?.reader();
        fields.expect(Tag::Integer, "version")?;
        fields.optional_context(0)?;
        let mut infos = fields.expect(Tag::Set, "recipientInfos")?.reader();
        let mut recipients = Vec::new();
        let mut transports = Vec::new();
        while !infos.is_empty() {
            let info = infos.element()?;
            bounded(
                recipients.len(),
                "recipients",
                limits.entries,
                info.offset(),
            )?;
            recipients.push(match info.tag() {
                Tag::Sequence => {
                    let transport = KeyTransport::decode(&info)?;
                    let identifier = transport.identifier.clone();
                    transports.push(transport);
                    RecipientIdentifier::KeyTransport(identifier)
                }
                _ => unserved(&info)?,
            });
        }

        let mut encrypted_info = fields
            .expect(Tag::Sequence, "encryptedContentInfo")?
            .reader();
        let content_type = encrypted_info
            .expect(Tag::ObjectIdentifier, "contentType")?
            .decode("contentType")
            .map(ContentType::from_oid)?;
        let algorithm = Algorithm::decode(&mut encrypted_info)?;
        let offset = encrypted_info.offset();
        let encrypted = encrypted_info
            .optional_context(0)?
            .filter(|content| !content.tag().is_constructed())
            .ok_or_else(|| {
                let expected = "encryptedContent";
                DecodeError::new(DecodeErrorKind::Unexpected { expected }, offset)
            })?;
        encrypted_info.finish()?;
        fields.optional_context(1)?;
        fields.finish()?;
        Ok(Self {
            recipients,
            transports,
            content_type,
            initialisation_vector: initialisation_vector(&algorithm, offset)?,
            algorithm: algorithm.oid,
            encrypted: encrypted.content_offset()
                ..encrypted.content_offset() + encrypted.content().len(),
            der,
        })
    }

    /// Whom the message is for, in the order that arrived.
    #[must_use]
    pub fn recipients(&self) -> &[RecipientIdentifier] {
        &self.recipients
    }

    /// What the content is meant to be, as the message says before it is opened.
    #[must_use]
    pub const fn encrypted_type(&self) -> ContentType {
        self.content_type
    }

    /// How the content is encrypted, if it is a cipher that is known.
    #[must_use]
    pub fn content_algorithm(&self) -> Option<ContentAlgorithm> {
        ContentAlgorithm::from_oid(&self.algorithm)
    }

    /// The object identifier of the content cipher, known or not.
    #[must_use]
    pub const fn content_algorithm_oid(&self) -> ObjectIdentifier {
        self.algorithm
    }

    /// Opens the message with that of `credentials` which it is for, by recipient identifier.
    ///
    /// Each fitting credential is tried once, in the order given. A random content key is drawn from
    /// `rng` before an encrypted one is opened, and takes its place, in constant time, when opening
    /// failed or gave another length; the content is decrypted in either case (RFC 3218 §2.3.2). So
    /// wrong padding, wrong length, wrong key and damaged content take the same way to the same
    /// [`DecryptError::Failed`].
    ///
    /// CBC mode does not authenticate: content that opens may still have been altered on the way.
    /// Whoever answers strangers should demand a signature inside and answer every failure alike.
    ///
    /// # Errors
    ///
    /// See [`DecryptError`].
    pub fn decrypt(
        &self,
        credentials: &[&Credential],
        provider: &Provider,
        rng: &mut dyn CryptoRng,
    ) -> Result<Decrypted, DecryptError> {
        let unsupported = |oid| DecryptError::UnsupportedAlgorithm { oid };
        let cipher = self
            .content_algorithm()
            .ok_or_else(|| unsupported(self.algorithm))?;
        let encrypted = self.der.get(self.encrypted.clone()).unwrap_or_default();

        let mut failure = None;
        for credential in credentials {
            let Some(transport) = self.transport_for(credential.certificate()) else {
                continue;
            };
            let Some(algorithm) = KeyTransportAlgorithm::from_oid(&transport.algorithm) else {
                failure.get_or_insert_with(|| unsupported(transport.algorithm));
                continue;
            };
            let mut content_key = Zeroizing::new(vec![0; cipher.key_len()]);
            rng.fill_bytes(&mut content_key);
            let opened = credential
                .key()
                .decryptor()
                .and_then(|decryptor| decryptor.decrypt_key(algorithm, &transport.encrypted_key));
            let opened = match opened {
                Ok(opened) => opened,
                // Neither depends on what was encrypted: the key cannot, or its holder is away.
                Err(error @ (crypto::Error::Unsupported { .. } | crypto::Error::Backend(_))) => {
                    failure.get_or_insert(DecryptError::Key(error));
                    continue;
                }
                Err(_) => Zeroizing::default(),
            };
            take_if_right_length(&mut content_key, &opened);
            match provider.content.decrypt(
                cipher,
                &content_key,
                &self.initialisation_vector,
                encrypted,
            ) {
                Ok(content) => {
                    let recipient = credential.certificate().clone();
                    return Ok(Decrypted {
                        content,
                        content_type: self.content_type,
                        recipient,
                    });
                }
                Err(crypto::Error::Unsupported { .. }) => return Err(unsupported(self.algorithm)),
                Err(_) => failure = Some(DecryptError::Failed),
            }
        }
        Err(failure.unwrap_or_else(|| DecryptError::NoRecipient {
            wanted: self.recipients.clone(),
            held: credentials
                .iter()
                .map(|credential| CertificateIdentifier::of(credential.certificate()))
                .collect(),
        }))
    }

    fn transport_for(&self, certificate: &Certificate) -> Option<&KeyTransport> {
        self.transports
            .iter()
            .find(|transport| transport.identifier.matches(certificate))
    }
}

impl KeyTransport {
    fn decode(info: &Element<'_>) -> Result<Self, DecodeError> {
        let mut fields = info.reader();
        fields.expect(Tag::Integer, "version")?;
        let identifier = CertificateIdentifier::decode(&mut fields)?;
        let algorithm = Algorithm::decode(&mut fields)?.oid;
        let encrypted_key = fields
            .expect(Tag::OctetString, "encryptedKey")?
            .content()
            .to_vec();
        fields.finish()?;
        Ok(Self {
            identifier,
            algorithm,
            encrypted_key,
        })
    }
}

/// Replaces `content_key` by `opened` when that has the same length, in a time that does not tell.
fn take_if_right_length(content_key: &mut [u8], opened: &[u8]) {
    let right = opened.len().ct_eq(&content_key.len());
    let octets = opened.iter().chain(core::iter::repeat(&0));
    for (octet, opened) in content_key.iter_mut().zip(octets) {
        octet.conditional_assign(opened, right);
    }
}

/// A message that was opened. `Debug` shows no content.
#[non_exhaustive]
pub struct Decrypted {
    /// The content in the clear; wiped when dropped.
    pub content: Zeroizing<Vec<u8>>,
    /// What the message said that the content is.
    pub content_type: ContentType,
    /// The certificate of the credential that opened it.
    pub recipient: Certificate,
}

impl core::fmt::Debug for Decrypted {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Decrypted")
            .field("octets", &self.content.len())
            .field("content_type", &self.content_type)
            .field("recipient", &self.recipient)
            .finish_non_exhaustive()
    }
}

/// Why a message was not opened.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecryptError {
    /// The message is for nobody whose key was offered.
    #[error("no key for this message: it is for {}; held: {}", Listed(.wanted), Listed(.held))]
    NoRecipient {
        /// Whom the message is for.
        wanted: Vec<RecipientIdentifier>,
        /// The certificates of the credentials offered.
        held: Vec<CertificateIdentifier>,
    },
    /// The cipher of the content, or of the content key, is not supported.
    #[error("algorithm {oid} not supported")]
    UnsupportedAlgorithm {
        /// The object identifier of the algorithm.
        oid: ObjectIdentifier,
    },
    /// The key cannot open content keys, or whoever holds it failed. Independent of the message.
    #[error("the private key could not be used")]
    Key(#[source] crypto::Error),
    /// Decryption failed. Deliberately opaque: padding, length, key and content give this one value.
    #[error("decryption failed")]
    Failed,
}

impl DecryptError {
    /// A stable name for this kind of failure.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoRecipient { .. } => "no-recipient",
            Self::UnsupportedAlgorithm { .. } => "unsupported-algorithm",
            Self::Key(error) => error.code(),
            Self::Failed => "decryption-failed",
        }
    }
}

/// The kinds of `RecipientInfo` besides key transport (RFC 5652 §6.2).
fn unserved(info: &Element<'_>) -> Result<RecipientIdentifier, DecodeError> {
    let kinds = [
        (1, RecipientIdentifier::KeyAgreement),
        (2, RecipientIdentifier::KeyEncryptionKey),
        (3, RecipientIdentifier::Password),
        (4, RecipientIdentifier::Other),
    ];
    kinds
        .into_iter()
        .find(|(number, _)| info.is_context(*number))
        .map(|(_, kind)| kind)
        .ok_or_else(|| {
            let expected = "RecipientInfo";
            DecodeError::new(DecodeErrorKind::Unexpected { expected }, info.offset())
        })
}

/// The initialisation vector of a known cipher (RFC 3565 §2.3, RFC 3370 §5.1); of others nothing.
fn initialisation_vector(algorithm: &Algorithm<'_>, offset: usize) -> Result<Vec<u8>, DecodeError> {
    let Some(cipher) = ContentAlgorithm::from_oid(&algorithm.oid) else {
        return Ok(Vec::new());
    };
    algorithm
        .parameters
        .filter(|vector| {
            vector.tag() == Tag::OctetString && vector.content().len() == cipher.block_len()
        })
        .map(|vector| vector.content().to_vec())
        .ok_or_else(|| {
            let what = "initialisation vector";
            DecodeError::new(DecodeErrorKind::Value { what }, offset)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opened_key_is_taken_only_at_the_right_length() {
        for (opened, expected) in [
            (&[7, 8, 9, 10][..], [7, 8, 9, 10]),
            (&[], [1, 2, 3, 4]),
            (&[7, 8, 9], [1, 2, 3, 4]),
            (&[7, 8, 9, 10, 11], [1, 2, 3, 4]),
        ] {
            let mut content_key = [1, 2, 3, 4];
            take_if_right_length(&mut content_key, opened);
            assert_eq!(content_key, expected);
        }
    }
}
