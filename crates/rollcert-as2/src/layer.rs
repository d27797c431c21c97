//! Single layers around an entity, header and body apart: the outermost header goes by HTTP.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use rand_core::CryptoRng;
use rollcert_cms::{
    ContentEncryptionAlgorithm, ContentType, Recipient, SignatureScheme, SignedDataBuilder,
    SigningRequest,
};
use rollcert_crypto::Provider;
use rollcert_mime::{EntityBuilder, MediaType, TransferEncoding, boundary, multipart_body};
use rollcert_pki::Credential;

use crate::{build::BuildError, mic::Mic};

/// An entity that was built here, its body as it goes.
pub(crate) struct Built {
    header: EntityBuilder,
    body: Vec<u8>,
}

impl Built {
    /// The entity as one, to put the next layer around.
    pub(crate) fn octets(&self) -> Vec<u8> {
        self.header.encoded_body(&self.body)
    }

    /// Moves the header to `headers` and returns the body.
    pub(crate) fn into_body(self, headers: &mut Vec<(String, String)>) -> Vec<u8> {
        let fields = self.header.fields();
        headers.extend(fields.map(|(name, value)| (name.to_owned(), value)));
        self.body
    }
}

/// Signs an entity, and returns the digest that was signed as well, since it is a MIC.
pub(crate) fn signed(
    entity: &[u8],
    credential: &Credential,
    scheme: SignatureScheme,
    now: DateTime<Utc>,
    provider: &Provider,
    rng: &mut dyn CryptoRng,
) -> Result<(Built, Mic), BuildError> {
    let certificate = credential.certificate();
    let algorithm = scheme.for_certificate(certificate)?;
    let mic = Mic::of(entity, algorithm.digest(), provider);
    let request = SigningRequest::new(mic.value(), certificate, algorithm, Some(now))?;
    let signature = request.sign(credential.key())?;
    let cms = SignedDataBuilder::detached()
        .with_signer(&request, &signature)?
        .with_certificate(certificate)
        .with_certificates(credential.chain())
        .build();

    let signature_type =
        MediaType::new("application", "pkcs7-signature")?.with_parameter("name", "smime.p7s")?;
    let signature = EntityBuilder::new(signature_type)
        .with_transfer_encoding(TransferEncoding::Base64)
        .with_header("Content-Disposition", "attachment; filename=smime.p7s")?
        .body(&cms);
    let media_type = MediaType::new("multipart", "signed")?
        .with_parameter("protocol", "application/pkcs7-signature")?
        .with_parameter("micalg", algorithm.digest().name())?
        .with_parameter("boundary", &boundary(rng))?;
    let body = multipart_body(&media_type, &[entity, &signature])?;
    let header = EntityBuilder::new(media_type);
    Ok((Built { header, body }, mic))
}

/// Compresses an entity.
pub(crate) fn compressed(entity: &[u8], encoding: TransferEncoding) -> Result<Built, BuildError> {
    let cms = rollcert_cms::compress(entity);
    pkcs7_mime(ContentType::CompressedData, "smime.p7z", cms, encoding)
}

/// Encrypts an entity.
pub(crate) fn encrypted(
    entity: &[u8],
    recipients: &[Recipient<'_>],
    algorithm: ContentEncryptionAlgorithm,
    encoding: TransferEncoding,
    provider: &Provider,
    rng: &mut dyn CryptoRng,
) -> Result<Built, BuildError> {
    let cms = rollcert_cms::encrypt(entity, recipients, algorithm, provider, rng)?;
    pkcs7_mime(algorithm.content_type(), "smime.p7m", cms, encoding)
}

fn pkcs7_mime(
    content_type: ContentType,
    name: &str,
    cms: Vec<u8>,
    encoding: TransferEncoding,
) -> Result<Built, BuildError> {
    let media_type = MediaType::new("application", "pkcs7-mime")?
        .with_parameter("smime-type", &content_type.to_string())?
        .with_parameter("name", name)?;
    let header = EntityBuilder::new(media_type)
        .with_transfer_encoding(encoding)
        .with_header(
            "Content-Disposition",
            &format!("attachment; filename={name}"),
        )?;
    let encoded = match encoding.encode(&cms) {
        Cow::Owned(encoded) => Some(encoded),
        Cow::Borrowed(_) => None,
    };
    let body = encoded.unwrap_or(cms);
    Ok(Built { header, body })
}
