//! Building protected entities, one layer at a time.

use chrono::{DateTime, Utc};
use rand_core::CryptoRng;
use rollcert_cms::{
    ContentEncryptionAlgorithm, EncryptError, Recipient, SignError, SignatureScheme,
};
use rollcert_crypto::Provider;
use rollcert_mime::{Entity, Limits, TransferEncoding, Unencodable};
use rollcert_pki::Credential;
use thiserror::Error;

use crate::layer;

/// Signs a MIME entity, headers included, and returns the `multipart/signed` entity around it.
///
/// The signature is detached CMS with the signer's certificate and chain inside, in base64. `scheme` is a digest, to
/// sign in the manner that the key is for, or a scheme in full, such as RSASSA-PSS. The entity goes in octet for
/// octet: it must have its line ends as they are to be on the wire, CRLF in its headers.
///
/// # Errors
///
/// [`BuildError::Entity`] when `entity` has no readable header block, [`BuildError::Sign`], and
/// [`BuildError::Mime`] in the event that the random boundary occurs in it.
///
/// # Specification
///
/// [RFC 8551 §3.5.3](https://www.rfc-editor.org/rfc/rfc8551#section-3.5.3).
pub fn sign(
    entity: &[u8],
    credential: &Credential,
    scheme: impl Into<SignatureScheme>,
    now: DateTime<Utc>,
    provider: &Provider,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, BuildError> {
    check_entity(entity)?;
    let (signed, _) = layer::signed(entity, credential, scheme.into(), now, provider, rng)?;
    Ok(signed.octets())
}

/// Compresses a MIME entity by zlib, headers included, and returns the `application/pkcs7-mime` entity around it.
///
/// Its body is base64, so that it keeps its octets wherever the line ends of what is signed are rewritten.
///
/// # Errors
///
/// [`BuildError::Entity`] when `entity` has no readable header block.
///
/// # Specification
///
/// [RFC 5402 §3](https://www.rfc-editor.org/rfc/rfc5402#section-3), RFC 3274.
pub fn compress(entity: &[u8]) -> Result<Vec<u8>, BuildError> {
    check_entity(entity)?;
    Ok(layer::compressed(entity, TransferEncoding::Base64)?.octets())
}

/// Encrypts a MIME entity, headers included, and returns the `application/pkcs7-mime` entity around it, its body
/// binary.
///
/// Recipients are certificates, to which the content key goes by RSA PKCS#1 v1.5, or each a [`Recipient`] that says
/// how. The algorithm decides between enveloped and authenticated-enveloped data.
///
/// # Errors
///
/// [`BuildError::Entity`] when `entity` has no readable header block; [`BuildError::Encrypt`] as of
/// [`rollcert_cms::encrypt`].
///
/// # Specification
///
/// [RFC 8551 §3.3](https://www.rfc-editor.org/rfc/rfc8551#section-3.3); binary because AS2 goes by HTTP (RFC 4130
/// §5.2.1).
pub fn encrypt<'r, R: Into<Recipient<'r>> + Copy>(
    entity: &[u8],
    recipients: &[R],
    algorithm: impl Into<ContentEncryptionAlgorithm>,
    provider: &Provider,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, BuildError> {
    check_entity(entity)?;
    let recipients: Vec<Recipient<'r>> = recipients.iter().map(|&it| it.into()).collect();
    let binary = TransferEncoding::Binary;
    let algorithm = algorithm.into();
    let encrypted = layer::encrypted(entity, &recipients, algorithm, binary, provider, rng)?;
    Ok(encrypted.octets())
}

/// What goes under a layer must be an entity, or nobody finds its way in again.
pub(crate) fn check_entity(entity: &[u8]) -> Result<(), BuildError> {
    Entity::parse(entity, &Limits::default())?
        .headers()
        .content_type()?;
    Ok(())
}

/// Why a message was not built.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// What was handed over is no MIME entity.
    #[error("not a mime entity: {0}")]
    Entity(#[from] rollcert_mime::DecodeError),
    /// The entity has a header that does not belong to one, and would become a header of the message.
    #[error("expected none but mime headers on the entity but found {name:?}")]
    EntityHeader {
        /// Its name.
        name: String,
    },
    /// A value is not printable ASCII, and would change what the headers mean.
    #[error("expected printable ascii in header {name}")]
    HeaderValue {
        /// Which header.
        name: &'static str,
    },
    /// MIME has no spelling for it.
    #[error("not expressible in mime: {0}")]
    Mime(#[from] Unencodable),
    /// The entity was not signed.
    #[error("not signed: {0}")]
    Sign(#[from] SignError),
    /// The entity was not encrypted.
    #[error("not encrypted: {0}")]
    Encrypt(#[from] EncryptError),
}

impl BuildError {
    /// Returns the stable name of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Entity(error) => error.code(),
            Self::EntityHeader { .. } => "entity-header",
            Self::HeaderValue { .. } => "header-value",
            Self::Mime(error) => error.code(),
            Self::Sign(error) => error.code(),
            Self::Encrypt(error) => error.code(),
        }
    }
}
