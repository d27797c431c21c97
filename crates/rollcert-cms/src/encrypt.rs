use rand_core::CryptoRng;
use rollcert_crypto::{self as crypto, ContentAlgorithm, KeyTransportAlgorithm, Provider};
use rollcert_pki::Certificate;
use rollcert_pki::asn1::{encode, encode_oid, encode_set_of, encode_unsigned, tag};
use zeroize::Zeroizing;

use crate::algorithm::{encode_content, encode_key_transport};
use crate::content::{self, ContentType};
use crate::identifier::CertificateIdentifier;

/// Encrypts `content` for each of `recipients` (RFC 5652 §6).
///
/// Made is `EnvelopedData` version 0 in DER, each recipient by key transport with RSA PKCS#1 v1.5,
/// named by issuer and serial number. Content key and initialisation vector are drawn from `rng`.
///
/// # Errors
///
/// [`EncryptError::NoRecipients`] when `recipients` is empty, [`EncryptError::UnsupportedKey`] for a
/// certificate whose key is not RSA, [`EncryptError::UnsupportedAlgorithm`] for a cipher that the
/// provider uses for opening only (3DES), [`EncryptError::Provider`] for a key that cannot be read.
pub fn encrypt(
    content: &[u8],
    recipients: &[&Certificate],
    algorithm: ContentAlgorithm,
    provider: &Provider,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, EncryptError> {
    if recipients.is_empty() {
        return Err(EncryptError::NoRecipients);
    }
    let mut content_key = Zeroizing::new(vec![0; algorithm.key_len()]);
    rng.fill_bytes(&mut content_key);
    let mut initialisation_vector = vec![0; algorithm.block_len()];
    rng.fill_bytes(&mut initialisation_vector);

    let encrypted = provider
        .content
        .encrypt(algorithm, &content_key, &initialisation_vector, content)
        .map_err(|error| match error {
            crypto::Error::Unsupported { .. } => EncryptError::UnsupportedAlgorithm { algorithm },
            error => EncryptError::Provider(error),
        })?;
    let infos = recipients
        .iter()
        .map(|recipient| recipient_info(recipient, &content_key, provider, rng))
        .collect::<Result<Vec<_>, _>>()?;

    let encrypted_info = encode(
        tag::SEQUENCE,
        &[
            &encode_oid(ContentType::Data.oid()),
            &encode_content(algorithm, &initialisation_vector),
            &encode(tag::CONTEXT_PRIMITIVE, &[&encrypted]),
        ],
    );
    let enveloped_data = encode(
        tag::SEQUENCE,
        &[
            &encode_unsigned(&[0]),
            &encode_set_of(infos),
            &encrypted_info,
        ],
    );
    Ok(content::wrap(ContentType::EnvelopedData, &enveloped_data))
}

/// Why a message was not encrypted.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptError {
    /// There was nobody to encrypt for.
    #[error("no recipients")]
    NoRecipients,
    /// The key in this certificate does not serve key transport: it is not RSA.
    #[error("the key of the certificate with {recipient} cannot receive a content key")]
    UnsupportedKey {
        /// Which certificate.
        recipient: Box<CertificateIdentifier>,
    },
    /// The provider does not encrypt with this cipher.
    #[error("encrypting with {algorithm} not supported")]
    UnsupportedAlgorithm {
        /// The cipher that was asked for.
        algorithm: ContentAlgorithm,
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
            Self::UnsupportedAlgorithm { .. } => "unsupported-algorithm",
            Self::Provider(error) => error.code(),
        }
    }
}

/// Builds a `KeyTransRecipientInfo` (RFC 5652 §6.2.1); version 0 goes with issuer and serial number.
fn recipient_info(
    recipient: &Certificate,
    content_key: &[u8],
    provider: &Provider,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, EncryptError> {
    let algorithm = KeyTransportAlgorithm::RsaPkcs1;
    let identifier = CertificateIdentifier::of(recipient);
    let encrypted_key = provider
        .key_encryption
        .encrypt_key(recipient.public_key_info(), algorithm, content_key, rng)
        .map_err(|error| match error {
            crypto::Error::Unsupported { .. } => EncryptError::UnsupportedKey {
                recipient: Box::new(identifier.clone()),
            },
            error => EncryptError::Provider(error),
        })?;
    Ok(encode(
        tag::SEQUENCE,
        &[
            &encode_unsigned(&[0]),
            &identifier.encode(),
            &encode_key_transport(algorithm),
            &encode(tag::OCTET_STRING, &[&encrypted_key]),
        ],
    ))
}
