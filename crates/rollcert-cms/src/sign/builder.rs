use rollcert_pki::Certificate;
use rollcert_pki::asn1::{encode, encode_header, encode_oid, encode_set_of, tag};

use super::announcement::Announcement;
use super::{SignError, SigningRequest};
use crate::content::ContentType;

/// A message with the signatures of any number of signers, about to be written.
///
/// ```
/// # use rollcert_cms::{SignError, SignedDataBuilder, SigningRequest};
/// # use rollcert_crypto::{DigestAlgorithm, Provider};
/// # use rollcert_pki::Credential;
/// # use chrono::{DateTime, Utc};
/// # fn both(content: &[u8], signers: &[Credential; 2], now: DateTime<Utc>, provider: &Provider) -> Result<Vec<u8>, SignError> {
/// # use rollcert_cms::SignatureScheme;
/// let mut message = SignedDataBuilder::attached(content);
/// for signer in signers {
///     let certificate = signer.certificate();
///     let scheme = SignatureScheme::from(DigestAlgorithm::Sha256).for_certificate(certificate)?;
///     let digest = provider.digest(scheme.digest(), content);
///     let request = SigningRequest::new(&digest, certificate, scheme, Some(now))?;
///     // Here an HSM may take its time over `request.to_be_signed()`.
///     let signature = request.sign(signer.key())?;
///     message = message
///         .with_signer(&request, &signature)?
///         .with_certificate(certificate);
/// }
/// Ok(message.build())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SignedDataBuilder<'a> {
    content: Option<&'a [u8]>,
    announcement: Announcement,
    signers: Vec<Vec<u8>>,
    certificates: Vec<&'a [u8]>,
}

impl<'a> SignedDataBuilder<'a> {
    /// A message without its content. So far nobody signs it, and it brings no certificate.
    #[must_use]
    pub const fn detached() -> Self {
        Self {
            content: None,
            announcement: Announcement::new(),
            signers: Vec::new(),
            certificates: Vec::new(),
        }
    }

    /// A message with its content. So far nobody signs it, and it brings no certificate.
    #[must_use]
    pub fn attached(content: &'a [u8]) -> Self {
        Self {
            content: Some(content),
            ..Self::detached()
        }
    }

    /// The same message with one signer more: what was asked for, and the signature that was made.
    ///
    /// Whether the signature verifies, and whether the digest in the request is that of the content, is not
    /// looked at. The signers stand in the order that DER demands of a set.
    ///
    /// # Errors
    ///
    /// [`SignError::ContentTypeMismatch`] when the signers before say another type of the content.
    pub fn with_signer(
        self,
        request: &SigningRequest,
        signature: &[u8],
    ) -> Result<Self, SignError> {
        let found = request.content_type();
        match self.announcement.content_type {
            Some(expected) if expected != found => {
                Err(SignError::ContentTypeMismatch { expected, found })
            }
            _ => Ok(self.with_first_signer(request, signature)),
        }
    }

    /// The same message with this certificate. Each is written once.
    #[must_use]
    pub fn with_certificate(self, certificate: &'a Certificate) -> Self {
        self.with_certificates([certificate])
    }

    /// The same message with these certificates.
    #[must_use]
    pub fn with_certificates(
        mut self,
        certificates: impl IntoIterator<Item = &'a Certificate>,
    ) -> Self {
        let octets = certificates.into_iter().map(Certificate::as_der);
        self.certificates.extend(octets);
        self
    }

    /// Writes the message, a `ContentInfo` in DER. The content is copied once.
    #[must_use]
    pub fn build(self) -> Vec<u8> {
        let before = self.announcement.encode();
        let content_type = encode_oid(self.announcement.content_type().oid());
        let content = self.content;
        let after = self.encode_end();

        let mut message = Frame::default();
        if let Some(content) = content {
            message.length = content.len();
            message.enclose(tag::OCTET_STRING, &[], &[]);
            message.enclose(tag::CONTEXT_CONSTRUCTED, &[], &[]);
        }
        message.enclose(tag::SEQUENCE, &content_type, &[]);
        message.enclose(tag::SEQUENCE, &before, &after);
        message.enclose(tag::CONTEXT_CONSTRUCTED, &[], &[]);
        message.enclose(
            tag::SEQUENCE,
            &encode_oid(ContentType::SignedData.oid()),
            &[],
        );
        message.around(content.unwrap_or_default())
    }

    pub(crate) const fn announcement(&self) -> &Announcement {
        &self.announcement
    }

    /// What stands after the content: `certificates` and `signerInfos`.
    pub(crate) fn encode_end(mut self) -> Vec<u8> {
        self.certificates.sort_unstable();
        self.certificates.dedup();
        let mut end = if self.certificates.is_empty() {
            Vec::new()
        } else {
            encode(tag::CONTEXT_CONSTRUCTED, &self.certificates)
        };
        end.extend(encode_set_of(self.signers));
        end
    }

    /// The same message with a signer that says the same type of the content as those before.
    pub(super) fn with_first_signer(mut self, request: &SigningRequest, signature: &[u8]) -> Self {
        self.announcement.add(request);
        self.signers.push(request.encode(signature));
        self
    }
}

/// What stands before and after the content of a message, so that the content, which may be long, is copied
/// once and not for each element around it.
#[derive(Default)]
struct Frame {
    before: Vec<u8>,
    after: Vec<u8>,
    /// Octets of content.
    length: usize,
}

impl Frame {
    /// Puts one element around all, `first` and `last` being its content before and after.
    fn enclose(&mut self, identifier: u8, first: &[u8], last: &[u8]) {
        let inside = self.before.len() + self.length + self.after.len();
        let header = encode_header(identifier, first.len() + inside + last.len());
        self.before = [&header, first, &self.before].concat();
        self.after.extend_from_slice(last);
    }

    fn around(self, content: &[u8]) -> Vec<u8> {
        [&self.before, content, &self.after].concat()
    }
}
