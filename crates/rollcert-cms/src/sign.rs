use chrono::{DateTime, Utc};
use rollcert_crypto::{self as crypto, DigestAlgorithm, Provider, SignatureAlgorithm};
use rollcert_pki::asn1::{encode, encode_oid, encode_set_of, encode_unsigned, tag};
use rollcert_pki::{Certificate, Credential};

use crate::algorithm::{encode_digest, encode_signature};
use crate::attributes::{
    CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME, encode_attribute, encode_time,
};
use crate::content::{self, ContentType};
use crate::identifier::CertificateIdentifier;

/// Signs `content` with the key of `credential`, which stays outside the message (RFC 5652 §5.2).
///
/// Made is `SignedData` version 1 in DER with one signer by issuer and serial number, the attributes
/// contentType, messageDigest and signingTime (`now`, to the second), the signer's certificate and
/// the rest of its chain.
///
/// # Errors
///
/// [`SignError::Key`] when the key does not sign, or not over `digest` (SHA-1 is for reading only);
/// [`SignError::SigningTime`] when `now` is beyond the years 0 to 9999.
pub fn sign_detached(
    content: &[u8],
    credential: &Credential,
    digest: DigestAlgorithm,
    now: DateTime<Utc>,
    provider: &Provider,
) -> Result<Vec<u8>, SignError> {
    let algorithm = SignatureAlgorithm::for_key(credential.key().algorithm(), digest);
    let content_digest = provider.digest(digest, content);
    let request = SigningRequest::new(
        &content_digest,
        credential.certificate(),
        algorithm,
        Some(now),
    )?;
    let signer = credential.key().signer().map_err(SignError::Key)?;
    let signature = signer
        .sign(algorithm, &request.to_be_signed())
        .map_err(SignError::Key)?;
    let certificates: Vec<&Certificate> = core::iter::once(credential.certificate())
        .chain(credential.chain())
        .collect();
    Ok(request.assemble(&signature, &certificates))
}

/// A signature about to be made: an HSM, a person or another process may stand between
/// [`Self::to_be_signed`] and [`Self::assemble`].
#[derive(Clone, Debug)]
pub struct SigningRequest {
    identifier: CertificateIdentifier,
    algorithm: SignatureAlgorithm,
    /// The `SET OF Attribute` in DER.
    attributes: Vec<u8>,
}

impl SigningRequest {
    /// Prepares to sign content that has the digest `content_digest`, made by the digest of
    /// `algorithm`: verifiers insist that it is the same over content and attributes.
    ///
    /// # Errors
    ///
    /// [`SignError::DigestLength`] when `content_digest` cannot be of that digest,
    /// [`SignError::SigningTime`] for times beyond the years 0 to 9999.
    pub fn new(
        content_digest: &[u8],
        signer: &Certificate,
        algorithm: SignatureAlgorithm,
        signing_time: Option<DateTime<Utc>>,
    ) -> Result<Self, SignError> {
        let expected = algorithm.digest().output_len();
        if content_digest.len() != expected {
            return Err(SignError::DigestLength {
                expected,
                found: content_digest.len(),
            });
        }
        let mut attributes = vec![
            encode_attribute(CONTENT_TYPE, &encode_oid(ContentType::Data.oid())),
            encode_attribute(
                MESSAGE_DIGEST,
                &encode(tag::OCTET_STRING, &[content_digest]),
            ),
        ];
        if let Some(time) = signing_time {
            let value = encode_time(time).ok_or(SignError::SigningTime)?;
            attributes.push(encode_attribute(SIGNING_TIME, &value));
        }
        Ok(Self {
            identifier: CertificateIdentifier::of(signer),
            algorithm,
            // RFC 5652 §5.4: the attributes are signed, and here also sent, in DER.
            attributes: encode_set_of(attributes),
        })
    }

    /// How the signature is to be made.
    #[must_use]
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// What is to be signed; the signer hashes it as [`Self::algorithm`] says.
    #[must_use]
    pub fn to_be_signed(&self) -> Vec<u8> {
        self.attributes.clone()
    }

    /// Builds the message around the signature, with these certificates in DER order, each once.
    /// Name the signer's own among them, unless the receiver is known to have it.
    #[must_use]
    pub fn assemble(&self, signature: &[u8], certificates: &[&Certificate]) -> Vec<u8> {
        let digest = encode_digest(self.algorithm.digest());
        let version = encode_unsigned(&[1]);
        let info = encode(
            tag::SEQUENCE,
            &[
                &version,
                &self.identifier.encode(),
                &digest,
                &retag(self.attributes.clone()),
                &encode_signature(self.algorithm),
                &encode(tag::OCTET_STRING, &[signature]),
            ],
        );
        let mut inside: Vec<Vec<u8>> = certificates
            .iter()
            .map(|certificate| certificate.as_der().to_vec())
            .collect();
        inside.sort();
        inside.dedup();
        let inside = if inside.is_empty() {
            Vec::new()
        } else {
            retag(encode_set_of(inside))
        };
        let signed_data = encode(
            tag::SEQUENCE,
            &[
                &version,
                &encode(tag::SET, &[&digest]),
                &encode(tag::SEQUENCE, &[&encode_oid(ContentType::Data.oid())]),
                &inside,
                &encode(tag::SET, &[&info]),
            ],
        );
        content::wrap(ContentType::SignedData, &signed_data)
    }
}

/// Why no signature was made.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The key does not sign, or not so; or whoever holds it failed.
    #[error("the key did not sign")]
    Key(#[source] crypto::Error),
    /// The digest handed over has another length than those of its algorithm.
    #[error("expected a digest of {expected} octets but found {found}")]
    DigestLength {
        /// What the digest of the signature algorithm has.
        expected: usize,
        /// What was handed over.
        found: usize,
    },
    /// The time of signing lies beyond the years 0 to 9999.
    #[error("time of signing beyond the years 0 to 9999")]
    SigningTime,
}

impl SignError {
    /// A stable name for this kind of failure.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Key(error) => error.code(),
            Self::DigestLength { .. } => "digest-length",
            Self::SigningTime => "signing-time",
        }
    }
}

/// The same `SET` under the implicit tag `[0]`.
fn retag(mut set: Vec<u8>) -> Vec<u8> {
    if let Some(identifier) = set.first_mut() {
        *identifier = tag::CONTEXT_CONSTRUCTED;
    }
    set
}
