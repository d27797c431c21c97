use der::Tag;
use der::asn1::ObjectIdentifier;
use rollcert_crypto::{self as crypto, DigestAlgorithm, Provider, SignatureAlgorithm};
use rollcert_pki::asn1::Element;
use rollcert_pki::{Certificate, KeyAlgorithmName};

use crate::algorithm::{Algorithm, public_key_oid, serves, signature_algorithm};
use crate::attributes::{
    ALGORITHM_PROTECTION, CONTENT_TYPE, MESSAGE_DIGEST, ProtectedAlgorithms, SignedAttributes,
};
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
    /// The digest that the signature rests on: the shorter, where content and signature differ.
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
    /// The content is not at hand: it is not in the message, and verification of attached content was asked
    /// for; or only digests of it are there, and not the one that the signer names.
    #[error("the content is not at hand")]
    NoContent,
    /// The signature stands over the content itself, for want of signed attributes, and only digests of the
    /// content are at hand.
    #[error("the signature stands over the content itself, not over its digest")]
    NoSignedAttributes,
    /// The content is not what was signed.
    #[error("the content does not have the digest that was signed")]
    DigestMismatch,
    /// The signature does not verify under the signer's key.
    #[error("the signature does not verify")]
    Signature,
    /// The content is of another type than was signed (RFC 5652 §11.1).
    #[error("the content is of another type than was signed")]
    ContentTypeMismatch,
    /// A signed attribute that must be there once, with one value of its form, is not (RFC 5652 §11, RFC 6211
    /// §2).
    #[error("signed attribute {name} is not there exactly once with one value of its form")]
    Attribute {
        /// `contentType`, `messageDigest` or `CMSAlgorithmProtection`.
        name: &'static str,
    },
    /// The signer names other algorithms than those that it protected by its signature (RFC 6211 §2).
    #[error("the algorithms are others than were signed")]
    AlgorithmMismatch,
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
        key: KeyAlgorithmName,
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
            Self::NoSignedAttributes => "no-signed-attributes",
            Self::DigestMismatch => "digest-mismatch",
            Self::Signature => "signature-invalid",
            Self::ContentTypeMismatch => "content-type-mismatch",
            Self::Attribute { .. } => "signed-attribute",
            Self::AlgorithmMismatch => "algorithm-mismatch",
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
        self.judge(Content::Octets(content), candidates, provider)
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
        let content = self.content().map_or(Content::Absent, Content::Octets);
        self.judge(content, candidates, provider)
    }

    /// Verifies each signer over content that was hashed elsewhere, piece by piece, and is not at hand: with
    /// its digests, of which [`Self::content_digests`] says which are needed.
    ///
    /// The caller vouches for them: they must be those of what it acts on. Without signed attributes a
    /// signature stands over the content itself, and the verdict is [`SignatureError::NoSignedAttributes`].
    #[must_use]
    pub fn verify_digests(
        &self,
        digests: &[(DigestAlgorithm, Vec<u8>)],
        candidates: &[Certificate],
        provider: &Provider,
    ) -> Vec<SignerVerdict> {
        self.judge(Content::Hashed(digests), candidates, provider)
    }

    fn judge(
        &self,
        content: Content<'_>,
        candidates: &[Certificate],
        provider: &Provider,
    ) -> Vec<SignerVerdict> {
        let mut check = Check {
            content,
            content_type: self.encapsulated_type(),
            provider,
            digests: Vec::new(),
        };
        let mut verdict = |signer: &SignerInfo| {
            // The message's own certificates are not even read while a candidate does.
            let own = core::iter::once_with(|| self.certificates().filter_map(Result::ok));
            let mut seen: Vec<&Certificate> = Vec::new();
            let mut fitting = candidates
                .iter()
                .chain(own.flatten())
                .filter(|certificate| {
                    let fits =
                        signer.identifier.matches(certificate) && !seen.contains(certificate);
                    if fits {
                        seen.push(certificate);
                    }
                    fits
                })
                .take(Self::MAX_CANDIDATES)
                .peekable();
            let first = fitting.peek().copied();
            let checked = check.signer(signer, fitting);
            SignerVerdict {
                signer: checked.as_ref().ok().copied().or(first).cloned(),
                result: checked.map(drop),
                digest: algorithms(signer)
                    .ok()
                    .map(|(digest, scheme)| shorter(digest, scheme.digest())),
            }
        };
        self.signers().iter().map(&mut verdict).collect()
    }
}

/// The content that signatures are to stand over.
#[derive(Clone, Copy)]
enum Content<'a> {
    Octets(&'a [u8]),
    Hashed(&'a [(DigestAlgorithm, Vec<u8>)]),
    Absent,
}

/// Verification of one message, signer by signer.
struct Check<'a> {
    content: Content<'a>,
    content_type: ContentType,
    provider: &'a Provider,
    /// Each made once, however many signers there are.
    digests: Vec<(DigestAlgorithm, Vec<u8>)>,
}

impl Check<'_> {
    /// Verifies one signer (RFC 5652 §5.6) and returns the certificate whose key it was.
    fn signer<'c>(
        &mut self,
        signer: &SignerInfo,
        mut certificates: core::iter::Peekable<impl Iterator<Item = &'c Certificate>>,
    ) -> Result<&'c Certificate, SignatureError> {
        if certificates.peek().is_none() {
            let wanted = Box::new(signer.identifier.clone());
            return Err(SignatureError::NoCertificate { wanted });
        }
        let (digest, scheme) = algorithms(signer)?;
        let received;
        let (message, otherwise) = match &signer.attributes {
            Some(attributes) => {
                self.attributes(signer, attributes, digest)?;
                received = attributes.as_received();
                (received.as_slice(), attributes.in_distinguished_order())
            }
            None => (self.bare_content()?, None),
        };
        let mut failure = None;
        for certificate in certificates {
            for message in [Some(message), otherwise.as_deref()].into_iter().flatten() {
                match self.signature(signer, scheme, certificate, message) {
                    Ok(()) => return Ok(certificate),
                    Err(error) => failure = failure.or(Some(error)),
                }
            }
        }
        Err(failure.unwrap_or(SignatureError::Signature))
    }

    /// Compares what is signed by way of attributes: type and digest of the content, and the algorithms.
    fn attributes(
        &mut self,
        signer: &SignerInfo,
        attributes: &SignedAttributes,
        digest: DigestAlgorithm,
    ) -> Result<(), SignatureError> {
        // RFC 5652 §11.1, §11.2: both must be there, once, with one value.
        let missing = |name| SignatureError::Attribute { name };
        let signed_type = attributes
            .single(CONTENT_TYPE)
            .ok_or_else(|| missing("contentType"))?;
        if signed_type.tag() != Tag::ObjectIdentifier
            || signed_type.content() != self.content_type.oid().as_bytes()
        {
            return Err(SignatureError::ContentTypeMismatch);
        }
        let signed_digest = attributes
            .single(MESSAGE_DIGEST)
            .filter(|value| value.tag() == Tag::OctetString)
            .ok_or_else(|| missing("messageDigest"))?;
        if self.content_digest(digest)? != signed_digest.content() {
            return Err(SignatureError::DigestMismatch);
        }
        // RFC 6211 §3: where the signer protected its algorithms, they are those it names.
        if attributes.contains(ALGORITHM_PROTECTION) {
            let malformed = || missing("CMSAlgorithmProtection");
            let value = attributes
                .single(ALGORITHM_PROTECTION)
                .ok_or_else(malformed)?;
            let protected = ProtectedAlgorithms::decode(&value).map_err(|_| malformed())?;
            let outside = |octets| Element::parse(octets).and_then(|found| Algorithm::of(&found));
            let same = outside(&signer.digest_identifier)
                .and_then(|digest| Ok((digest, outside(signer.signature_name.as_der())?)))
                .is_ok_and(|(digest, signature)| protected.are(&digest, &signature));
            if !same {
                return Err(SignatureError::AlgorithmMismatch);
            }
        }
        Ok(())
    }

    fn content_digest(&mut self, algorithm: DigestAlgorithm) -> Result<&[u8], SignatureError> {
        let of = |digests: &[(DigestAlgorithm, Vec<u8>)]| {
            digests.iter().position(|(known, _)| *known == algorithm)
        };
        let (digests, place) = match self.content {
            Content::Absent => return Err(SignatureError::NoContent),
            Content::Hashed(digests) => (digests, of(digests)),
            Content::Octets(content) => {
                let place = of(&self.digests).unwrap_or_else(|| {
                    let digest = self.provider.digest(algorithm, content);
                    self.digests.push((algorithm, digest));
                    self.digests.len() - 1
                });
                (self.digests.as_slice(), Some(place))
            }
        };
        place
            .and_then(|place| digests.get(place))
            .map(|(_, digest)| digest.as_slice())
            .ok_or(SignatureError::NoContent)
    }

    /// The content as what the signature stands over, there being no attributes.
    fn bare_content(&self) -> Result<&[u8], SignatureError> {
        // RFC 5652 §5.3: content that is not plain data must be signed with attributes.
        if self.content_type != ContentType::Data {
            return Err(SignatureError::Attribute {
                name: "contentType",
            });
        }
        match self.content {
            Content::Absent => Err(SignatureError::NoContent),
            Content::Hashed(_) => Err(SignatureError::NoSignedAttributes),
            Content::Octets(content) if SignedAttributes::could_be(content) => {
                Err(SignatureError::AmbiguousContent)
            }
            Content::Octets(content) => Ok(content),
        }
    }

    fn signature(
        &self,
        signer: &SignerInfo,
        scheme: SignatureAlgorithm,
        certificate: &Certificate,
        message: &[u8],
    ) -> Result<(), SignatureError> {
        let oid = signer.signature_oid();
        let key = certificate.key_algorithm();
        if serves(key, scheme) == Some(false) {
            let key = key.clone();
            return Err(SignatureError::KeyMismatch { oid, key });
        }
        let info = certificate.public_key_info();
        self.provider
            .verify(info, scheme, message, &signer.signature)
            .map_err(|error| match error {
                crypto::Error::SignatureInvalid => SignatureError::Signature,
                crypto::Error::Unsupported { .. } => {
                    // Either the scheme, or already the kind of the key.
                    let key = match self.provider.verification.key_algorithm(info) {
                        Err(crypto::Error::Unsupported { .. }) => public_key_oid(info),
                        _ => None,
                    };
                    let oid = key.unwrap_or(oid);
                    SignatureError::UnsupportedAlgorithm { oid }
                }
                error => SignatureError::Provider(error),
            })
    }
}

/// The digest over the content, and the scheme of the signature with its own digest.
fn algorithms(
    signer: &SignerInfo,
) -> Result<(DigestAlgorithm, SignatureAlgorithm), SignatureError> {
    let unsupported = |oid| SignatureError::UnsupportedAlgorithm { oid };
    let digest = signer
        .digest_algorithm()
        .ok_or_else(|| unsupported(signer.digest_oid()))?;
    let scheme = signature_algorithm(&signer.signature_name, digest)
        .ok_or_else(|| unsupported(signer.signature_oid()))?;
    Ok((digest, scheme))
}

/// The one with fewer octets.
fn shorter(one: DigestAlgorithm, other: DigestAlgorithm) -> DigestAlgorithm {
    if other.output_len() < one.output_len() {
        other
    } else {
        one
    }
}
