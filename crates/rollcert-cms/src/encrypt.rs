use rand_core::CryptoRng;
use rollcert_crypto::{self as crypto, ContentAlgorithm, Provider};
use rollcert_pki::asn1::{encode, encode_oid, encode_set_of, encode_unsigned, tag};
use zeroize::Zeroizing;

use crate::attributes::{CONTENT_TYPE, encode_attribute};
use crate::content::{self, ContentType};
use crate::content_encryption::{ContentCipher, ContentEncryptionAlgorithm};
use crate::identifier::CertificateIdentifier;
use crate::key_agreement::KeyAgreement;
use crate::key_transport::KeyTransport;
use crate::recipient::{KeyManagement, Recipient};

/// Encrypts `content` for each of `recipients`: enveloped data (RFC 5652 §6) by a cipher in CBC mode,
/// authenticated-enveloped data (RFC 5083, RFC 5084) by AES in Galois/Counter mode. The message is DER.
///
/// Content key, initialisation vector, and the keys that others agree with are drawn from `rng`.
///
/// # Errors
///
/// [`EncryptError::NoRecipients`] when `recipients` is empty, [`EncryptError::UnsupportedKey`] for a
/// certificate whose key does not serve the way that is asked of it,
/// [`EncryptError::NoSubjectKeyIdentifier`] for one that has no such identifier and is to be named by it,
/// [`EncryptError::UnsupportedAlgorithm`] for a cipher that the provider does not encrypt with,
/// [`EncryptError::Provider`] for a key that cannot be read.
pub fn encrypt(
    content: &[u8],
    recipients: &[Recipient<'_>],
    algorithm: impl Into<ContentEncryptionAlgorithm>,
    provider: &Provider,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, EncryptError> {
    let data = ContentType::Data;
    encrypt_as(data, content, recipients, algorithm, provider, rng)
}

/// Encrypts content that is of another type than plain data, such as a message of this crate's without the
/// `ContentInfo` around it. Like [`encrypt()`] otherwise.
///
/// The type stands before the encrypted content and, in authenticated-enveloped data, also in an attribute
/// that is authenticated with it (RFC 5083 §2.1). OpenSSL 3.0 reads no message with such attributes.
///
/// # Errors
///
/// Those of [`encrypt()`].
pub fn encrypt_as(
    content_type: ContentType,
    content: &[u8],
    recipients: &[Recipient<'_>],
    algorithm: impl Into<ContentEncryptionAlgorithm>,
    provider: &Provider,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, EncryptError> {
    let algorithm = algorithm.into();
    let ContentKey { key, cipher } = ContentKey::draw(algorithm, rng);
    let recipients = SealedKeys::seal(recipients, &key, provider, rng)?;

    let attributes = authenticated_attributes(content_type);
    let mut encrypted = cipher
        .encrypt(&key, &attributes, content, provider)
        .map_err(|error| match error {
            crypto::Error::Unsupported { .. } => EncryptError::UnsupportedAlgorithm { algorithm },
            error => EncryptError::Provider(error),
        })?;
    let authenticates = algorithm.content_type() == ContentType::AuthEnvelopedData;
    let authentication_tag = encrypted.split_off(encrypted.len().saturating_sub(cipher.tag_len));
    let encrypted_info = encode(
        tag::SEQUENCE,
        &[
            &encode_oid(content_type.oid()),
            &cipher.encode(),
            &encode(tag::CONTEXT_PRIMITIVE, &[&encrypted]),
        ],
    );
    let message = if authenticates {
        // In the message, the set is tagged `[1]`.
        let mut attributes = attributes;
        if let Some(identifier) = attributes.first_mut() {
            *identifier = tag::CONTEXT_CONSTRUCTED + 1;
        }
        encode(
            tag::SEQUENCE,
            &[
                // RFC 5083 §2.1: always 0.
                &encode_unsigned(&[0]),
                &recipients.infos,
                &encrypted_info,
                &attributes,
                &encode(tag::OCTET_STRING, &[&authentication_tag]),
            ],
        )
    } else {
        encode(
            tag::SEQUENCE,
            &[
                &encode_unsigned(&[recipients.version]),
                &recipients.infos,
                &encrypted_info,
            ],
        )
    };
    Ok(content::wrap(algorithm.content_type(), &message))
}

/// Why a message was not encrypted.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptError {
    /// There was nobody to encrypt for.
    #[error("no recipients")]
    NoRecipients,
    /// The key in this certificate does not serve the way in which its owner is to get the content key:
    /// it is not RSA for key transport, not one of a known curve for key agreement, or the provider does
    /// not serve these digests.
    #[error("the key of the certificate with {recipient} cannot receive a content key this way")]
    UnsupportedKey {
        /// Which certificate.
        recipient: Box<CertificateIdentifier>,
        /// How its owner was to get the content key.
        management: KeyManagement,
    },
    /// The certificate is to be named by its subject key identifier, and has none.
    #[error("the certificate with {recipient} has no subject key identifier")]
    NoSubjectKeyIdentifier {
        /// Which certificate.
        recipient: Box<CertificateIdentifier>,
    },
    /// The provider does not encrypt with this cipher.
    #[error("encrypting with {algorithm} not supported")]
    UnsupportedAlgorithm {
        /// The cipher that was asked for.
        algorithm: ContentEncryptionAlgorithm,
    },
    /// A public key cannot be read, or the provider failed.
    #[error("the content could not be encrypted")]
    Provider(#[source] crypto::Error),
}

impl EncryptError {
    /// A stable name for this kind of failure.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoRecipients => "no-recipients",
            Self::UnsupportedKey { .. } => "unsupported-key",
            Self::NoSubjectKeyIdentifier { .. } => "no-subject-key-identifier",
            Self::UnsupportedAlgorithm { .. } => "unsupported-algorithm",
            Self::Provider(error) => error.code(),
        }
    }
}

/// A content key, and the cipher that it is for.
pub(crate) struct ContentKey {
    pub(crate) key: Zeroizing<Vec<u8>>,
    pub(crate) cipher: ContentCipher,
}

impl ContentKey {
    pub(crate) fn draw(algorithm: ContentEncryptionAlgorithm, rng: &mut dyn CryptoRng) -> Self {
        let mut key = Zeroizing::new(vec![0; algorithm.key_len()]);
        rng.fill_bytes(&mut key);
        if algorithm == ContentAlgorithm::DesEde3Cbc.into() {
            // RFC 3370 §5.1, ANSI X9.52: each octet has odd parity; some products look.
            for octet in key.iter_mut() {
                *octet ^= 1 ^ u8::from(octet.count_ones() % 2 == 1);
            }
        }
        let mut vector = vec![0; algorithm.vector_len()];
        rng.fill_bytes(&mut vector);
        Self {
            key,
            cipher: ContentCipher::new(algorithm, vector),
        }
    }
}

/// The content key for every recipient.
pub(crate) struct SealedKeys {
    /// The `RecipientInfos`.
    pub(crate) infos: Vec<u8>,
    /// The version of enveloped data around them (RFC 5652 §6.1): 0 when each has version 0, else 2.
    pub(crate) version: u8,
}

impl SealedKeys {
    pub(crate) fn seal(
        recipients: &[Recipient<'_>],
        content_key: &[u8],
        provider: &Provider,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, EncryptError> {
        if recipients.is_empty() {
            return Err(EncryptError::NoRecipients);
        }
        let mut version = 0;
        let mut infos = Vec::with_capacity(recipients.len());
        for recipient in recipients {
            let (info_version, info) = seal_one(recipient, content_key, provider, rng)?;
            if info_version != 0 {
                version = 2;
            }
            infos.push(info);
        }
        Ok(Self {
            infos: encode_set_of(infos),
            version,
        })
    }
}

/// The `RecipientInfo` for one recipient, and its version.
fn seal_one(
    recipient: &Recipient<'_>,
    content_key: &[u8],
    provider: &Provider,
    rng: &mut dyn CryptoRng,
) -> Result<(u8, Vec<u8>), EncryptError> {
    let (certificate, management) = (recipient.certificate(), recipient.management());
    let named = || Box::new(CertificateIdentifier::of(certificate));
    let identifier = recipient
        .identifier()
        .ok_or_else(|| EncryptError::NoSubjectKeyIdentifier { recipient: named() })?;
    let sealed = match management {
        KeyManagement::Transport(algorithm) => KeyTransport::seal(
            certificate,
            identifier,
            algorithm,
            content_key,
            provider,
            rng,
        )
        .map(|transport| (transport.version(), transport.encode())),
        KeyManagement::Agreement { kdf, wrap } => KeyAgreement::seal(
            certificate,
            identifier,
            kdf,
            wrap,
            content_key,
            provider,
            rng,
        )
        .map(|agreement| (KeyAgreement::VERSION, agreement.encode())),
    };
    sealed.map_err(|error| match error {
        crypto::Error::Unsupported { .. } => EncryptError::UnsupportedKey {
            recipient: named(),
            management,
        },
        error => EncryptError::Provider(error),
    })
}

/// The DER of `SET OF Attribute` (RFC 5083 §2.1, §2.2): the type of the content, where it is not plain
/// data; else nothing.
fn authenticated_attributes(content_type: ContentType) -> Vec<u8> {
    if content_type == ContentType::Data {
        return Vec::new();
    }
    let content_type = encode_oid(content_type.oid());
    encode_set_of(vec![encode_attribute(CONTENT_TYPE, &content_type)])
}
