use chrono::{DateTime, Utc};
use rollcert_crypto::{DigestAlgorithm, Provider};
use rollcert_pki::Credential;
use rollcert_pki::asn1::{encode_oid, tag};

use super::hasher::ContentHasher;
use super::segments::{CONSTRUCTED_OCTET_STRING, Segments, begin, end};
use crate::content::ContentType;
use crate::sign::{
    Announcement, SignError, SignatureScheme, SignedDataBuilder, SignerIdentifierForm,
    SigningRequest,
};

/// Writes signed data with its content inside (RFC 5652 §5), the content coming in pieces.
///
/// Made is BER: the elements around the content have indefinite length, and the content is in segments
/// of 32 KiB, however it comes. The beginning of the message says which digests are signed over, so that
/// readers can make them on the way; so they are named before the signers are.
///
/// ```
/// # use chrono::{DateTime, Utc};
/// # use rollcert_cms::stream::SignedDataWriter;
/// # use rollcert_cms::{SignError, SignedDataBuilder, SigningRequest, SignatureScheme};
/// # use rollcert_crypto::{DigestAlgorithm, Provider};
/// # use rollcert_pki::Credential;
/// fn sign<'a>(
///     pieces: impl Iterator<Item = &'a [u8]>,
///     signer: &Credential,
///     now: DateTime<Utc>,
///     provider: &Provider,
///     mut send: impl FnMut(&[u8]),
/// ) -> Result<(), SignError> {
///     let certificate = signer.certificate();
///     let scheme = SignatureScheme::from(DigestAlgorithm::Sha256).for_certificate(certificate)?;
///     let mut message = SignedDataWriter::new([scheme.digest()], provider);
///     let mut out = Vec::new();
///     for piece in pieces {
///         message.update(piece, &mut out);
///         send(&out);
///         out.clear();
///     }
///     let signed = message.end_content(&mut out);
///     let request = signed.request(certificate, scheme, Some(now))?;
///     // Here an HSM may take its time over `request.to_be_signed()`.
///     let signature = request.sign(signer.key())?;
///     let signers = SignedDataBuilder::detached()
///         .with_signer(&request, &signature)?
///         .with_certificate(certificate);
///     signed.finish(signers, &mut out)?;
///     send(&out);
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct SignedDataWriter {
    announcement: Announcement,
    begun: bool,
    hasher: ContentHasher,
    segments: Segments,
}

impl SignedDataWriter {
    /// A message over plain data, which signers pointed at by issuer and serial number will sign by way of
    /// these digests.
    #[must_use]
    pub fn new(digests: impl IntoIterator<Item = DigestAlgorithm>, provider: &Provider) -> Self {
        let hasher = ContentHasher::new(digests, provider);
        Self {
            announcement: Announcement {
                content_type: Some(ContentType::Data),
                points_by_key: false,
                digests: hasher.digests().collect(),
            },
            begun: false,
            hasher,
            segments: Segments::default(),
        }
    }

    /// The same message over content of another type. To be said before the content comes; later it changes
    /// nothing that is written, and the signers will be refused.
    #[must_use]
    pub fn with_content_type(mut self, content_type: ContentType) -> Self {
        if !self.begun {
            self.announcement.content_type = Some(content_type);
        }
        self
    }

    /// The same message, whose signers may be pointed at in this manner too. To be said before the content
    /// comes, as [`Self::with_content_type`] is.
    #[must_use]
    pub fn with_identifier_form(mut self, form: SignerIdentifierForm) -> Self {
        if !self.begun {
            self.announcement.points_by_key |= form == SignerIdentifierForm::SubjectKeyIdentifier;
        }
        self
    }

    /// Takes in more of the content, and appends to `out` what can be written of the message: at most as much,
    /// 32 KiB, and some hundred octets.
    pub fn update(&mut self, content: &[u8], out: &mut Vec<u8>) {
        self.begin(out);
        self.hasher.update(content);
        self.segments.push(content, out);
    }

    /// Ends the content, and appends the rest of it to `out`.
    #[must_use]
    pub fn end_content(mut self, out: &mut Vec<u8>) -> SignedDataClosing {
        self.begin(out);
        self.segments.finish(out);
        // The string, the `[0]` around it, `encapContentInfo`.
        end(3, out);
        SignedDataClosing {
            announcement: self.announcement,
            digests: self.hasher.finish(),
        }
    }

    /// Ends the message with the signature of one signer, its certificate and the rest of its chain: as
    /// [`sign_attached`](crate::sign_attached) does.
    ///
    /// # Errors
    ///
    /// Those of [`sign_attached`](crate::sign_attached), and [`SignError::NotAnnounced`] when `scheme` signs
    /// over another digest than was named at the beginning.
    pub fn sign(
        self,
        credential: &Credential,
        scheme: impl Into<SignatureScheme>,
        now: DateTime<Utc>,
        out: &mut Vec<u8>,
    ) -> Result<(), SignError> {
        let certificate = credential.certificate();
        let content = self.end_content(out);
        let request = content.request(certificate, scheme, Some(now))?;
        let signature = request.sign(credential.key())?;
        let signers = SignedDataBuilder::detached()
            .with_signer(&request, &signature)?
            .with_certificate(certificate)
            .with_certificates(credential.chain());
        content.finish(signers, out)
    }

    fn begin(&mut self, out: &mut Vec<u8>) {
        if self.begun {
            return;
        }
        self.begun = true;
        let content_type = self.announcement.content_type();
        begin(tag::SEQUENCE, out);
        out.extend(encode_oid(ContentType::SignedData.oid()));
        begin(tag::CONTEXT_CONSTRUCTED, out);
        begin(tag::SEQUENCE, out);
        out.extend(self.announcement.encode());
        begin(tag::SEQUENCE, out);
        out.extend(encode_oid(content_type.oid()));
        begin(tag::CONTEXT_CONSTRUCTED, out);
        begin(CONSTRUCTED_OCTET_STRING, out);
    }
}

/// Signed data whose content is written, and whose signers are not.
#[derive(Clone, Debug)]
pub struct SignedDataClosing {
    announcement: Announcement,
    digests: Vec<(DigestAlgorithm, Vec<u8>)>,
}

impl SignedDataClosing {
    /// The digests of the content.
    #[must_use]
    pub fn digests(&self) -> &[(DigestAlgorithm, Vec<u8>)] {
        &self.digests
    }

    /// What a signer is to sign ([`SigningRequest::new`]), for content of the type that was said.
    ///
    /// # Errors
    ///
    /// Those of [`SigningRequest::new`], and [`SignError::NotAnnounced`] when `scheme` signs over another
    /// digest than was named at the beginning.
    pub fn request(
        &self,
        signer: &rollcert_pki::Certificate,
        scheme: impl Into<SignatureScheme>,
        signing_time: Option<DateTime<Utc>>,
    ) -> Result<SigningRequest, SignError> {
        let scheme = scheme.into().for_certificate(signer)?;
        let wanted = scheme.digest();
        let found = self.digests.iter().find(|(digest, _)| *digest == wanted);
        let (_, digest) = found.ok_or(SignError::NotAnnounced {
            what: wanted.name(),
        })?;
        SigningRequest::new(digest, signer, scheme, signing_time)?
            .with_content_type(self.announcement.content_type())
    }

    /// Ends the message with the signers and certificates of `signers`, whose own content, if any, counts for
    /// nothing.
    ///
    /// # Errors
    ///
    /// [`SignError::NotAnnounced`] when they sign over a digest, or are pointed at in a manner, that the
    /// beginning of the message did not say; [`SignError::ContentTypeMismatch`] when they say another type of
    /// the content. Nothing is written then.
    pub fn finish(
        self,
        signers: SignedDataBuilder<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), SignError> {
        self.announcement.covers(signers.announcement())?;
        out.extend(signers.encode_end());
        // The structure, the `[0]` around it, `ContentInfo`.
        end(3, out);
        Ok(())
    }
}
