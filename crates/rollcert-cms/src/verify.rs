use der::Tag;
use der::asn1::ObjectIdentifier;
use rollcert_crypto::{
    self as crypto, DigestAlgorithm, KeyAlgorithm, Provider, SignatureAlgorithm,
};
use rollcert_pki::Certificate;

use crate::algorithm::{public_key_oid, signature_algorithm};
use crate::attributes::{CONTENT_TYPE, MESSAGE_DIGEST, SignedAttributes};
use crate::content::ContentType;
use crate::identifier::CertificateIdentifier;
use crate::signed::{SignedData, SignerInfo};

/// What came of verifying one signer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignerVerdict {
    /// The certificate whose key verified the signature; of a signature that did not verify, the
    /// first that the signer pointed at. Whether it is *trusted* is not decided here.
    pub signer: Option<Certificate>,
    /// Whether the signature stands.
    pub result: Result<(), SignatureError>,
    /// The digest that the signature rests on: the weaker, where content and signature differ.
    /// Nothing when one of them is unknown.
    pub digest: Option<DigestAlgorithm>,
}

/// Why a signature does not stand.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// The certificate that the signer points at is neither in the message nor among the candidates.
    #[error("no certificate for the signer: wanted {wanted}")]
    NoCertificate {
        /// What the signer points at.
        wanted: Box<CertificateIdentifier>,
    },
    /// The message holds no content, and verification of attached content was asked for.
    #[error("no content in the message")]
    NoContent,
    /// The content is not what was signed.
    #[error("the content does not have the digest that was signed")]
    DigestMismatch,
    /// The signature does not verify under the signer's key.
    #[error("the signature does not verify")]
    Signature,
    /// The content is of another type than was signed (RFC 5652 §11.1).
    #[error("the content is of another type than was signed")]
    ContentTypeMismatch,
    /// A signed attribute that must be there once, with one value, is not (RFC 5652 §11).
    #[error("signed attribute {name} is not there exactly once with one value")]
    Attribute {
        /// `contentType` or `messageDigest`.
        name: &'static str,
    },
    /// The content, signed without attributes, has the form of signed attributes: it may have been
    /// signed as such, and never as content.
    #[error("the content has the form of signed attributes")]
    AmbiguousContent,
    /// The digest, the scheme, or the kind of the signer's key is one that the provider lacks.
    #[error("algorithm {oid} not supported")]
    UnsupportedAlgorithm {
        /// The object identifier of the digest, scheme, key algorithm or curve.
        oid: ObjectIdentifier,
    },
    /// The signer's key is not of the kind that the signature scheme wants.
    #[error("signature scheme {oid} does not go with a key {key}")]
    KeyMismatch {
        /// The object identifier of the signature scheme.
        oid: ObjectIdentifier,
        /// The kind of the signer's key.
        key: KeyAlgorithm,
    },
    /// The public key in the certificate cannot be read, or the provider failed.
    #[error("the signature could not be checked")]
    Provider(#[source] crypto::Error),
}

impl SignatureError {
    /// A stable name for this kind of failure.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoCertificate { .. } => "no-signer-certificate",
            Self::NoContent => "no-content",
            Self::DigestMismatch => "digest-mismatch",
            Self::Signature => "signature-invalid",
            Self::ContentTypeMismatch => "content-type-mismatch",
            Self::Attribute { .. } => "signed-attribute",
            Self::AmbiguousContent => "ambiguous-content",
            Self::UnsupportedAlgorithm { .. } => "unsupported-algorithm",
            Self::KeyMismatch { .. } => "key-mismatch",
            Self::Provider(error) => error.code(),
        }
    }
}

impl SignedData {
    /// How many certificates are tried for one signer. More than one fit only where serial numbers or
    /// key identifiers were given out twice.
    pub const MAX_CANDIDATES: usize = 4;

    /// Verifies each signer over `content`, in the order of [`Self::signers`].
    ///
    /// `content` is what the caller acts on; should the message hold content of its own, that counts
    /// for nothing here. The signer's certificate is looked for among `candidates` first, then among
    /// the message's own.
    #[must_use]
    pub fn verify(
        &self,
        content: &[u8],
        candidates: &[Certificate],
        provider: &Provider,
    ) -> Vec<SignerVerdict> {
        self.judge(Some(content), candidates, provider)
    }

    /// Verifies each signer over the content inside the message, which [`Self::content`] returns.
    ///
    /// For detached content each verdict is [`SignatureError::NoContent`].
    #[must_use]
    pub fn verify_attached(
        &self,
        candidates: &[Certificate],
        provider: &Provider,
    ) -> Vec<SignerVerdict> {
        self.judge(self.content(), candidates, provider)
    }

    fn judge(
        &self,
        content: Option<&[u8]>,
        candidates: &[Certificate],
        provider: &Provider,
    ) -> Vec<SignerVerdict> {
        let own = self.certificates().filter_map(Result::ok);
        let certificates: Vec<&Certificate> = candidates.iter().chain(own).collect();
        let mut digests = ContentDigests {
            content,
            provider,
            known: Vec::new(),
        };
        self.signers()
            .iter()
            .map(|signer| {
                let mut fitting: Vec<&Certificate> = Vec::new();
                for certificate in &certificates {
                    if fitting.len() < Self::MAX_CANDIDATES
                        && signer.identifier.matches(certificate)
                        && !fitting.contains(certificate)
                    {
                        fitting.push(certificate);
                    }
                }
                let checked = check(signer, &fitting, self.encapsulated_type(), &mut digests);
                SignerVerdict {
                    signer: checked
                        .as_ref()
                        .ok()
                        .or_else(|| fitting.first())
                        .map(|certificate| Certificate::clone(certificate)),
                    result: checked.map(|_| ()),
                    digest: algorithms(signer)
                        .ok()
                        .map(|(digest, scheme)| digest.min(scheme.digest())),
                }
            })
            .collect()
    }
}

/// The digests of one content, each made once however many signers there are.
struct ContentDigests<'a> {
    content: Option<&'a [u8]>,
    provider: &'a Provider,
    known: Vec<(DigestAlgorithm, Vec<u8>)>,
}

impl ContentDigests<'_> {
    fn matches(&mut self, algorithm: DigestAlgorithm, content: &[u8], wanted: &[u8]) -> bool {
        if let Some((_, digest)) = self.known.iter().find(|(known, _)| *known == algorithm) {
            return digest == wanted;
        }
        let digest = self.provider.digest(algorithm, content);
        let matches = digest == wanted;
        self.known.push((algorithm, digest));
        matches
    }
}

/// Verifies one signer (RFC 5652 §5.6) and returns the certificate whose key it was.
fn check<'a>(
    signer: &SignerInfo,
    certificates: &[&'a Certificate],
    content_type: ContentType,
    digests: &mut ContentDigests<'_>,
) -> Result<&'a Certificate, SignatureError> {
    if certificates.is_empty() {
        let wanted = Box::new(signer.identifier.clone());
        return Err(SignatureError::NoCertificate { wanted });
    }
    let (digest, scheme) = algorithms(signer)?;
    let content = digests.content.ok_or(SignatureError::NoContent)?;

    let signed_forms;
    let messages: Vec<&[u8]> = match &signer.attributes {
        Some(attributes) => {
            // RFC 5652 §11.1, §11.2: both must be there, once, with one value.
            let name = "contentType";
            let signed_type = attributes
                .single(CONTENT_TYPE)
                .ok_or(SignatureError::Attribute { name })?;
            if signed_type.tag() != Tag::ObjectIdentifier
                || signed_type.content() != content_type.oid().as_bytes()
            {
                return Err(SignatureError::ContentTypeMismatch);
            }
            let name = "messageDigest";
            let signed_digest = attributes
                .single(MESSAGE_DIGEST)
                .filter(|value| value.tag() == Tag::OctetString)
                .ok_or(SignatureError::Attribute { name })?;
            if !digests.matches(digest, content, signed_digest.content()) {
                return Err(SignatureError::DigestMismatch);
            }
            signed_forms = attributes.signed_forms();
            signed_forms.iter().map(Vec::as_slice).collect()
        }
        // RFC 5652 §5.3: content that is not plain data must be signed with attributes.
        None if content_type != ContentType::Data => {
            return Err(SignatureError::Attribute {
                name: "contentType",
            });
        }
        None if SignedAttributes::could_be(content) => {
            return Err(SignatureError::AmbiguousContent);
        }
        None => vec![content],
    };

    let mut failure = None;
    for certificate in certificates {
        for message in &messages {
            match check_signature(signer, scheme, certificate, message, digests.provider) {
                Ok(()) => return Ok(certificate),
                Err(error) => failure = failure.or(Some(error)),
            }
        }
    }
    Err(failure.unwrap_or(SignatureError::Signature))
}

/// The digest over the content, and the scheme of the signature with its own digest.
fn algorithms(
    signer: &SignerInfo,
) -> Result<(DigestAlgorithm, SignatureAlgorithm), SignatureError> {
    let unsupported = |oid| SignatureError::UnsupportedAlgorithm { oid };
    let digest = signer
        .digest_algorithm()
        .ok_or_else(|| unsupported(signer.digest_oid))?;
    let scheme = signature_algorithm(&signer.signature_oid, digest)
        .ok_or_else(|| unsupported(signer.signature_oid))?;
    Ok((digest, scheme))
}

fn check_signature(
    signer: &SignerInfo,
    scheme: SignatureAlgorithm,
    certificate: &Certificate,
    message: &[u8],
    provider: &Provider,
) -> Result<(), SignatureError> {
    let key_info = certificate.public_key_info();
    let key = provider
        .verification
        .key_algorithm(key_info)
        .map_err(|error| match (error, public_key_oid(key_info)) {
            (crypto::Error::Unsupported { .. }, Some(oid)) => {
                SignatureError::UnsupportedAlgorithm { oid }
            }
            (error, _) => SignatureError::Provider(error),
        })?;
    let oid = signer.signature_oid;
    if SignatureAlgorithm::for_key(key, scheme.digest()) != scheme {
        return Err(SignatureError::KeyMismatch { oid, key });
    }
    provider
        .verify(key_info, scheme, message, &signer.signature)
        .map_err(|error| match error {
            crypto::Error::SignatureInvalid => SignatureError::Signature,
            crypto::Error::Unsupported { .. } => SignatureError::UnsupportedAlgorithm { oid },
            error => SignatureError::Provider(error),
        })
}
