use rollcert_crypto::{DigestAlgorithm, Hasher, Provider};

/// The digests of content that passes by in pieces.
///
/// # Detached signatures over content that does not fit in memory
///
/// ```
/// # use chrono::{DateTime, Utc};
/// # use rollcert_cms::stream::ContentHasher;
/// # use rollcert_cms::{SignatureScheme, SignError, SignedData, SignerVerdict, SigningRequest};
/// # use rollcert_crypto::{DigestAlgorithm, Provider};
/// # use rollcert_pki::Credential;
/// fn sign<'a>(
///     pieces: impl Iterator<Item = &'a [u8]>,
///     signer: &Credential,
///     now: DateTime<Utc>,
///     provider: &Provider,
/// ) -> Result<Vec<u8>, SignError> {
///     let certificate = signer.certificate();
///     let scheme = SignatureScheme::from(DigestAlgorithm::Sha256).for_certificate(certificate)?;
///     let mut hasher = ContentHasher::new([scheme.digest()], provider);
///     pieces.for_each(|piece| hasher.update(piece));
///     let digests = hasher.finish();
///     let (_, digest) = &digests[0];
///     let request = SigningRequest::new(digest, certificate, scheme, Some(now))?;
///     let signature = request.sign(signer.key())?;
///     Ok(request.assemble(&signature, &[certificate]))
/// }
///
/// fn verify<'a>(
///     pieces: impl Iterator<Item = &'a [u8]>,
///     message: &SignedData,
///     provider: &Provider,
/// ) -> Vec<SignerVerdict> {
///     let mut hasher = ContentHasher::new(message.content_digests(), provider);
///     pieces.for_each(|piece| hasher.update(piece));
///     message.verify_digests(&hasher.finish(), &[], provider)
/// }
/// ```
pub struct ContentHasher {
    hashers: Vec<(DigestAlgorithm, Box<dyn Hasher>)>,
}

impl ContentHasher {
    /// Begins with no content; each digest is made once, however often it is named.
    #[must_use]
    pub fn new(digests: impl IntoIterator<Item = DigestAlgorithm>, provider: &Provider) -> Self {
        let mut hashers: Vec<(DigestAlgorithm, Box<dyn Hasher>)> = Vec::new();
        for digest in digests {
            if !hashers.iter().any(|(known, _)| *known == digest) {
                hashers.push((digest, provider.digests.start(digest)));
            }
        }
        Self { hashers }
    }

    /// Takes in more of the content.
    pub fn update(&mut self, content: &[u8]) {
        for (_, hasher) in &mut self.hashers {
            hasher.update(content);
        }
    }

    /// The digests of all the content, in the order in which they were named first.
    #[must_use]
    pub fn finish(self) -> Vec<(DigestAlgorithm, Vec<u8>)> {
        let hashers = self.hashers.into_iter();
        hashers
            .map(|(digest, hasher)| (digest, hasher.finish()))
            .collect()
    }

    /// Which digests are made.
    pub(super) fn digests(&self) -> impl Iterator<Item = DigestAlgorithm> {
        self.hashers.iter().map(|(digest, _)| *digest)
    }
}

impl core::fmt::Debug for ContentHasher {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let digests: Vec<_> = self.digests().collect();
        f.debug_struct("ContentHasher")
            .field("digests", &digests)
            .finish_non_exhaustive()
    }
}
