//! Making signed data (RFC 5652 §5): what is to be signed, the signature, and the message around both.

mod announcement;
mod builder;
mod error;
mod request;
mod scheme;

use chrono::{DateTime, Utc};
use rollcert_crypto::Provider;
use rollcert_pki::Credential;

pub(crate) use announcement::Announcement;
pub use builder::SignedDataBuilder;
pub use error::SignError;
pub use request::{SignerIdentifierForm, SigningRequest};
pub use scheme::SignatureScheme;

/// Signs `content` with the key of `credential`; the content stays outside the message (RFC 5652 §5.2).
///
/// `scheme` is a digest, to sign in the manner that the key is for, or a scheme in full, such as RSASSA-PSS.
///
/// Made is `SignedData` version 1 in DER with one signer by issuer and serial number, the attributes
/// contentType, messageDigest, signingTime (`now`, to the second) and CMSAlgorithmProtection (RFC 8933 §4), the
/// signer's certificate and the rest of its chain. For anything else take [`SigningRequest`] and
/// [`SignedDataBuilder`].
///
/// # Errors
///
/// [`SignError::WeakDigest`], as SHA-1 is for reading only; [`SignError::KeyMismatch`] when the key does not
/// sign by this scheme, [`SignError::Key`] when it does not sign at all;
/// [`SignError::SigningTime`] when `now` is beyond the years 0 to 9999.
pub fn sign_detached(
    content: &[u8],
    credential: &Credential,
    scheme: impl Into<SignatureScheme>,
    now: DateTime<Utc>,
    provider: &Provider,
) -> Result<Vec<u8>, SignError> {
    let builder = SignedDataBuilder::detached();
    sign(builder, content, credential, scheme.into(), now, provider)
}

/// The same as [`sign_detached`], with the content in the message.
///
/// # Errors
///
/// Those of [`sign_detached`].
pub fn sign_attached(
    content: &[u8],
    credential: &Credential,
    scheme: impl Into<SignatureScheme>,
    now: DateTime<Utc>,
    provider: &Provider,
) -> Result<Vec<u8>, SignError> {
    let builder = SignedDataBuilder::attached(content);
    sign(builder, content, credential, scheme.into(), now, provider)
}

fn sign<'a>(
    builder: SignedDataBuilder<'a>,
    content: &[u8],
    credential: &'a Credential,
    scheme: SignatureScheme,
    now: DateTime<Utc>,
    provider: &Provider,
) -> Result<Vec<u8>, SignError> {
    let certificate = credential.certificate();
    let algorithm = scheme.for_certificate(certificate)?;
    let content_digest = provider.digest(algorithm.digest(), content);
    let request = SigningRequest::new(&content_digest, certificate, algorithm, Some(now))?;
    let signature = request.sign(credential.key())?;
    let message = builder
        .with_signer(&request, &signature)?
        .with_certificate(certificate)
        .with_certificates(credential.chain());
    Ok(message.build())
}
