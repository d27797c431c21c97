use chrono::{DateTime, Utc};
use rollcert_crypto::{PrivateKey, SignatureAlgorithm};
use rollcert_pki::asn1::{encode, encode_oid, encode_set_of, encode_unsigned, tag};
use rollcert_pki::{Certificate, SignatureAlgorithmName};

use super::{SignError, SignatureScheme, SignedDataBuilder};
use crate::algorithm::encode_digest;
use crate::attributes::{
    ALGORITHM_PROTECTION, CONTENT_TYPE, MESSAGE_DIGEST, ProtectedAlgorithms, SIGNING_TIME,
    SignedAttributes, encode_attribute, encode_time,
};
use crate::content::ContentType;
use crate::identifier::CertificateIdentifier;

/// A signature about to be made: an HSM, a person or another process may stand between
/// [`Self::to_be_signed`] and [`SignedDataBuilder::with_signer`].
#[derive(Clone, Debug)]
pub struct SigningRequest {
    signer: Certificate,
    identifier: CertificateIdentifier,
    algorithm: SignatureAlgorithm,
    content_type: ContentType,
    covered: Covered,
}

/// What the signature covers.
#[derive(Clone, Debug)]
enum Covered {
    Attributes {
        content_digest: Vec<u8>,
        /// The `Time`.
        signing_time: Option<Vec<u8>>,
        /// The `SET OF Attribute` in DER.
        encoded: Vec<u8>,
    },
    Content(Vec<u8>),
}

/// How a message points at the certificate of a signer (`SignerIdentifier`, RFC 5652 §5.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the choice of RFC 5652")]
pub enum SignerIdentifierForm {
    /// By the names of issuer and serial number, which every product understands.
    #[default]
    IssuerAndSerial,
    /// By the identifier of its key, a value that the certificate must hold.
    SubjectKeyIdentifier,
}

impl SigningRequest {
    /// Prepares to sign plain data that has the digest `content_digest`, made by the digest of `algorithm`:
    /// one and the same over content and attributes (RFC 8933 §3.1).
    ///
    /// The signer is pointed at by issuer and serial number. Signed are the attributes contentType,
    /// messageDigest, CMSAlgorithmProtection (RFC 8933 §4) and, if a time is given, signingTime, to the second.
    ///
    /// # Errors
    ///
    /// [`SignError::WeakDigest`] for SHA-1; [`SignError::KeyMismatch`] when the key of `signer` does not serve
    /// `algorithm`; [`SignError::DigestLength`] when `content_digest` cannot be of that digest;
    /// [`SignError::SigningTime`] for times beyond the years 0 to 9999.
    pub fn new(
        content_digest: &[u8],
        signer: &Certificate,
        algorithm: SignatureAlgorithm,
        signing_time: Option<DateTime<Utc>>,
    ) -> Result<Self, SignError> {
        let algorithm = SignatureScheme::Exactly(algorithm).for_certificate(signer)?;
        let expected = algorithm.digest().output_len();
        if content_digest.len() != expected {
            return Err(SignError::DigestLength {
                expected,
                found: content_digest.len(),
            });
        }
        let signing_time = match signing_time {
            Some(time) => Some(encode_time(time).ok_or(SignError::SigningTime)?),
            None => None,
        };
        let covered = Covered::attributes(
            ContentType::Data,
            content_digest.to_vec(),
            algorithm,
            signing_time,
        );
        Ok(Self::covering(covered, signer, algorithm))
    }

    /// Prepares to sign `content`, plain data, directly and without signed attributes (RFC 5652 §5.4).
    ///
    /// For partners who insist: the time of signing and the algorithms are then protected by nothing, and
    /// whoever holds the key signs the content as a whole.
    ///
    /// # Errors
    ///
    /// [`SignError::WeakDigest`] and [`SignError::KeyMismatch`] as for [`Self::new`];
    /// [`SignError::AmbiguousContent`] for content that could pass for signed attributes.
    pub fn without_attributes(
        content: impl Into<Vec<u8>>,
        signer: &Certificate,
        algorithm: SignatureAlgorithm,
    ) -> Result<Self, SignError> {
        let algorithm = SignatureScheme::Exactly(algorithm).for_certificate(signer)?;
        let content = content.into();
        if SignedAttributes::could_be(&content) {
            return Err(SignError::AmbiguousContent);
        }
        Ok(Self::covering(Covered::Content(content), signer, algorithm))
    }

    /// The same request, the signer pointed at in this manner.
    ///
    /// # Errors
    ///
    /// [`SignError::NoKeyIdentifier`] when its certificate says no identifier of its key.
    pub fn with_identifier_form(self, form: SignerIdentifierForm) -> Result<Self, SignError> {
        let identifier = match form {
            SignerIdentifierForm::IssuerAndSerial => CertificateIdentifier::of(&self.signer),
            SignerIdentifierForm::SubjectKeyIdentifier => {
                let identifier = self.signer.subject_key_identifier();
                let identifier = identifier.ok_or(SignError::NoKeyIdentifier)?.to_vec();
                CertificateIdentifier::SubjectKeyIdentifier(identifier)
            }
        };
        Ok(Self { identifier, ..self })
    }

    /// The same request, for content of another type than plain data.
    ///
    /// # Errors
    ///
    /// [`SignError::AttributesNeeded`] when there are no signed attributes, which alone say the type.
    pub fn with_content_type(self, content_type: ContentType) -> Result<Self, SignError> {
        let covered = match self.covered {
            Covered::Attributes {
                content_digest,
                signing_time,
                ..
            } => Covered::attributes(content_type, content_digest, self.algorithm, signing_time),
            Covered::Content(_) if content_type != ContentType::Data => {
                return Err(SignError::AttributesNeeded { content_type });
            }
            content @ Covered::Content(_) => content,
        };
        Ok(Self {
            content_type,
            covered,
            ..self
        })
    }

    /// How the signature is to be made.
    #[must_use]
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// What the content is meant to be.
    #[must_use]
    pub const fn content_type(&self) -> ContentType {
        self.content_type
    }

    /// What is to be signed, the attributes or the content; the signer hashes it as [`Self::algorithm`] says.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        match &self.covered {
            Covered::Attributes { encoded, .. } => encoded,
            Covered::Content(content) => content,
        }
    }

    /// Lets `key` sign. Whether it is the signer's own is not looked at.
    ///
    /// # Errors
    ///
    /// [`SignError::Key`] when it does not sign, or not so.
    pub fn sign(&self, key: &PrivateKey) -> Result<Vec<u8>, SignError> {
        key.signer()
            .and_then(|signer| signer.sign(self.algorithm, self.to_be_signed()))
            .map_err(SignError::Key)
    }

    /// Builds the message around the signature of this one signer, its content detached, with these
    /// certificates. Name the signer's own among them, unless the receiver is known to have it.
    #[must_use]
    pub fn assemble(&self, signature: &[u8], certificates: &[&Certificate]) -> Vec<u8> {
        SignedDataBuilder::detached()
            .with_first_signer(self, signature)
            .with_certificates(certificates.iter().copied())
            .build()
    }

    fn covering(covered: Covered, signer: &Certificate, algorithm: SignatureAlgorithm) -> Self {
        Self {
            identifier: CertificateIdentifier::of(signer),
            signer: signer.clone(),
            algorithm,
            content_type: ContentType::Data,
            covered,
        }
    }

    /// RFC 5652 §5.3: version 1 points at the signer by issuer and serial number, version 3 by key.
    pub(super) const fn version(&self) -> u8 {
        match self.identifier {
            CertificateIdentifier::IssuerAndSerial { .. } => 1,
            CertificateIdentifier::SubjectKeyIdentifier(_) => 3,
        }
    }

    /// The `SignerInfo` (RFC 5652 §5.3).
    pub(super) fn encode(&self, signature: &[u8]) -> Vec<u8> {
        let attributes = match &self.covered {
            Covered::Attributes { encoded, .. } => retagged(encoded.clone()),
            Covered::Content(_) => Vec::new(),
        };
        encode(
            tag::SEQUENCE,
            &[
                &encode_unsigned(&[self.version()]),
                &self.identifier.encode(),
                &encode_digest(self.algorithm.digest()),
                &attributes,
                SignatureAlgorithmName::from(self.algorithm).as_der(),
                &encode(tag::OCTET_STRING, &[signature]),
            ],
        )
    }
}

impl Covered {
    fn attributes(
        content_type: ContentType,
        content_digest: Vec<u8>,
        algorithm: SignatureAlgorithm,
        signing_time: Option<Vec<u8>>,
    ) -> Self {
        let protected = ProtectedAlgorithms::encode(algorithm.digest(), algorithm);
        let digest = encode(tag::OCTET_STRING, &[&content_digest]);
        let mut attributes = vec![
            encode_attribute(CONTENT_TYPE, &encode_oid(content_type.oid())),
            encode_attribute(MESSAGE_DIGEST, &digest),
            encode_attribute(ALGORITHM_PROTECTION, &protected),
        ];
        if let Some(time) = &signing_time {
            attributes.push(encode_attribute(SIGNING_TIME, time));
        }
        Self::Attributes {
            content_digest,
            signing_time,
            // RFC 5652 §5.4: the attributes are signed, and here also sent, in DER.
            encoded: encode_set_of(attributes),
        }
    }
}

/// The same `SET` under the implicit tag `[0]`.
fn retagged(mut set: Vec<u8>) -> Vec<u8> {
    if let Some(identifier) = set.first_mut() {
        *identifier = tag::CONTEXT_CONSTRUCTED;
    }
    set
}
