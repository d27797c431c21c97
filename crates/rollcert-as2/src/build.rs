//! Building protected entities.

use chrono::{DateTime, Utc};
use rand_core::CryptoRng;
use rollcert_cms::{EncryptError, SignError, sign_detached};
use rollcert_crypto::{ContentAlgorithm, DigestAlgorithm, Provider};
use rollcert_mime::{
    Entity, EntityBuilder, Limits, MediaType, TransferEncoding, Unencodable, boundary,
};
use rollcert_pki::{Certificate, Credential};
use thiserror::Error;

/// Signs a MIME entity, headers included, and returns the `multipart/signed` entity around it.
///
/// The signature is detached CMS with the signer's certificate and chain inside, in base64. The entity goes in
/// octet for octet: it must have its line ends as they are to be on the wire, CRLF in its headers.
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
    digest: DigestAlgorithm,
    now: DateTime<Utc>,
    provider: &Provider,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, BuildError> {
    Entity::parse(entity, &Limits::default())?
        .headers()
        .content_type()?;
    let cms = sign_detached(entity, credential, digest, now, provider)?;
    let signature_type =
        MediaType::new("application", "pkcs7-signature")?.with_parameter("name", "smime.p7s")?;
    let signature = EntityBuilder::new(signature_type)
        .with_transfer_encoding(TransferEncoding::Base64)
        .with_header("Content-Disposition", "attachment; filename=smime.p7s")?
        .body(&cms);
    let media_type = MediaType::new("multipart", "signed")?
        .with_parameter("protocol", "application/pkcs7-signature")?
        .with_parameter("micalg", digest.name())?
        .with_parameter("boundary", &boundary(rng))?;
    Ok(EntityBuilder::multipart(
        media_type,
        &[entity.to_vec(), signature],
    )?)
}

/// Encrypts a MIME entity, headers included, and returns the `application/pkcs7-mime` entity around it, its body
/// binary.
///
/// # Errors
///
/// [`BuildError::Encrypt`] as of [`rollcert_cms::encrypt`].
///
/// # Specification
///
/// [RFC 8551 §3.3](https://www.rfc-editor.org/rfc/rfc8551#section-3.3); binary because AS2 goes by HTTP (RFC 4130
/// §5.2.1).
pub fn encrypt(
    entity: &[u8],
    recipients: &[&Certificate],
    algorithm: ContentAlgorithm,
    provider: &Provider,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, BuildError> {
    let cms = rollcert_cms::encrypt(entity, recipients, algorithm, provider, rng)?;
    let media_type = MediaType::new("application", "pkcs7-mime")?
        .with_parameter("smime-type", "enveloped-data")?
        .with_parameter("name", "smime.p7m")?;
    Ok(EntityBuilder::new(media_type)
        .with_transfer_encoding(TransferEncoding::Binary)
        .with_header("Content-Disposition", "attachment; filename=smime.p7m")?
        .body(&cms))
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
