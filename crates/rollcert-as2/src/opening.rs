//! Taking layers off, one after the other, over the octets that arrived.

use std::borrow::Cow;

use rand_core::CryptoRng;
use rollcert_cms::{
    CompressedData, ContentType, DecryptError, EnvelopedData, RecipientMatch, SignedData,
    SignerInfo, SignerVerdict,
};
use rollcert_crypto::DigestAlgorithm;
use rollcert_mime::{Entity, Headers, MediaType, TransferEncoding, canonical_lines};
use rollcert_pki::{Certificate, asn1};

use crate::{
    mic::{Mic, UNASKED, wrapped_part},
    open::{Layer, Opener, Warning, is_mime_field},
    refusal::OpenError,
    signature::{Pinned, Signature},
};

/// The state of opening one message.
pub(crate) struct Opening<'o> {
    opener: &'o Opener<'o>,
    pub(crate) layers: Vec<Layer>,
    pub(crate) signature: Option<Signature>,
    pub(crate) warnings: Vec<Warning>,
    mic_algorithm: Option<DigestAlgorithm>,
    pub(crate) signed_mic: Option<Mic>,
    /// Octets that may still come out of compression.
    inflatable: usize,
}

impl<'o> Opening<'o> {
    /// `asked` is the digest that the sender of the message asked for.
    pub(crate) fn new(opener: &'o Opener<'o>, asked: Option<DigestAlgorithm>) -> Self {
        Self {
            opener,
            layers: Vec::new(),
            signature: None,
            warnings: Vec::new(),
            mic_algorithm: opener.mic_algorithm().or(asked),
            signed_mic: None,
            inflatable: opener.limits().inflated_octets,
        }
    }

    pub(crate) fn run(
        &mut self,
        headers: &Headers<'_>,
        body: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<(Vec<u8>, Mic), OpenError> {
        let mut inner: Option<Vec<u8>> = None;
        loop {
            let entity = match &inner {
                None => Ok(Entity::with_headers(headers.clone(), body)),
                Some(octets) => Entity::parse(octets, &self.opener.limits().mime),
            };
            let peeled = entity
                .map_err(OpenError::from)
                .and_then(|entity| self.peel(&entity, rng));
            match peeled {
                Ok(Some(octets)) => inner = Some(octets),
                Ok(None) => break,
                Err(error @ OpenError::InsideEncryption(_)) => return Err(error),
                Err(error) if self.is_encrypted() => {
                    return Err(OpenError::InsideEncryption(Box::new(error)));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(match inner {
            Some(entity) => {
                let mic = self.signed_mic.take();
                let mic = mic.unwrap_or_else(|| self.mic(&entity));
                (entity, mic)
            }
            None => self.unprotected(headers, body),
        })
    }

    /// Takes one layer off and returns what is inside; nothing when there is none.
    fn peel(
        &mut self,
        entity: &Entity<'_>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Option<Vec<u8>>, OpenError> {
        let media_type = match entity.headers().content_type() {
            Ok(media_type) => media_type,
            Err(error) if self.layers.is_empty() => return Err(error.into()),
            // The layers around it stand; what the content calls itself is for whoever reads it.
            Err(error) => {
                let text = format!("the type of the content cannot be read: {error}");
                let warning = Warning::new("content-type-unreadable", text);
                self.warnings.push(warning);
                return Ok(None);
            }
        };
        match media_type.essence() {
            "multipart/signed" => {
                if self.leaves_second_signature() {
                    return Ok(None);
                }
                self.push(Layer::Signed)?;
                self.verify_detached(entity, &media_type).map(Some)
            }
            "application/pkcs7-mime" | "application/x-pkcs7-mime" => {
                self.peel_cms(entity, &media_type, rng)
            }
            _ => Ok(None),
        }
    }

    fn peel_cms(
        &mut self,
        entity: &Entity<'_>,
        media_type: &MediaType,
        rng: &mut dyn CryptoRng,
    ) -> Result<Option<Vec<u8>>, OpenError> {
        let limits = self.opener.limits();
        let octets = self.cms_octets(entity)?;
        let content_type = rollcert_cms::content_type(&octets)?;
        let smime_type = media_type.parameter("smime-type").map(str::trim);
        match content_type {
            ContentType::EnvelopedData | ContentType::AuthEnvelopedData => {
                self.compare_smime_type(smime_type, content_type);
                self.push(Layer::Undecrypted)?;
                if self.leaves_encryption() {
                    return Ok(None);
                }
                let enveloped = EnvelopedData::parse(&octets, &limits.pki)?;
                let mut decrypted = enveloped
                    .decrypt(self.opener.credentials(), self.opener.provider(), rng)
                    .map_err(OpenError::NotDecryptable)?;
                let algorithm = enveloped.content_algorithm().ok_or({
                    let oid = enveloped.content_algorithm_oid();
                    OpenError::NotDecryptable(DecryptError::UnsupportedAlgorithm { oid })
                })?;
                let recipient = decrypted.recipient.clone();
                self.warn_of_validity(&recipient, "recipient");
                if decrypted.matched == RecipientMatch::Trial {
                    let wanted: Vec<String> = enveloped
                        .recipients()
                        .iter()
                        .map(ToString::to_string)
                        .collect();
                    let text = format!(
                        "none of our certificates is named, but a key of ours opened it; named: {}",
                        wanted.join(", ")
                    );
                    self.warnings
                        .push(Warning::new("recipient-not-named", text));
                }
                self.layers.pop();
                self.push(Layer::Encrypted {
                    recipient,
                    algorithm,
                })?;
                Ok(Some(core::mem::take(&mut *decrypted.content)))
            }
            ContentType::SignedData => {
                let signed = SignedData::parse(&octets, &limits.pki)?;
                if signed.signers().is_empty() {
                    return Ok(None);
                }
                self.compare_smime_type(smime_type, content_type);
                if self.leaves_second_signature() {
                    return Ok(None);
                }
                self.push(Layer::Signed)?;
                let content = signed.content().ok_or(OpenError::NoContent)?;
                self.verify(&signed, content).map(Some)
            }
            ContentType::CompressedData => {
                self.compare_smime_type(smime_type, content_type);
                self.push(Layer::Compressed)?;
                let compressed = CompressedData::parse(&octets, &limits.pki)?;
                let content = compressed.decompress(self.inflatable)?;
                self.inflatable = self.inflatable.saturating_sub(content.len());
                Ok(Some(content))
            }
            _ => Err(OpenError::Unsupported {
                what: "cms content of this type",
            }),
        }
    }

    fn verify_detached(
        &mut self,
        entity: &Entity<'_>,
        media_type: &MediaType,
    ) -> Result<Vec<u8>, OpenError> {
        let multipart = entity.parts_of(media_type, &self.opener.limits().mime)?;
        let [content, signature] = multipart.parts.as_slice() else {
            return Err(OpenError::SignedParts {
                found: multipart.parts.len(),
            });
        };
        // RFC 3218: what follows the signature is covered by nothing, and the place to try other paddings in.
        if self.is_encrypted() && !multipart.epilogue.trim_ascii().is_empty() {
            return Err(OpenError::Unsupported {
                what: "text after a multipart/signed under encryption",
            });
        }
        self.check_protocol(media_type, signature)?;
        let octets = self.cms_octets(signature)?.into_owned();
        let signed = SignedData::parse_owned(octets, &self.opener.limits().pki)?;
        let content = content.octets().unwrap_or_default();
        let content = self.verify(&signed, content)?;
        self.compare_micalg(media_type.parameter("micalg"));
        Ok(content)
    }

    /// Whether the second part is a CMS signature, by its media type or, where that says nothing, by what the
    /// multipart calls the protocol (RFC 1847 §2.1).
    fn check_protocol(
        &mut self,
        media_type: &MediaType,
        signature: &Entity<'_>,
    ) -> Result<(), OpenError> {
        let is_cms = |essence: &str| {
            essence.eq_ignore_ascii_case("application/pkcs7-signature")
                || essence.eq_ignore_ascii_case("application/x-pkcs7-signature")
        };
        let found = signature.headers().content_type()?;
        if is_cms(found.essence()) {
            return Ok(());
        }
        let says_nothing = signature.headers().first("Content-Type").is_none()
            || matches!(
                found.essence(),
                "application/octet-stream" | "application/pkcs7-mime" | "application/x-pkcs7-mime"
            );
        let protocol = media_type.parameter("protocol").map(str::trim);
        if says_nothing && protocol.is_some_and(is_cms) {
            let text = format!("the signature is called {:?}", found.essence());
            self.warnings.push(Warning::new("signature-type", text));
            return Ok(());
        }
        Err(OpenError::Unsupported {
            what: "signature protocol other than pkcs7-signature",
        })
    }

    /// Verifies the signature over `content`, keeps its facts and the MIC, and returns the octets that were judged:
    /// the content, or that with network line ends where the signature stands over these.
    fn verify(&mut self, signed: &SignedData, content: &[u8]) -> Result<Vec<u8>, OpenError> {
        if signed.signers().is_empty() {
            return Err(OpenError::NoSigner);
        }
        let expected = self.opener.expected().unwrap_or_default();
        let mut judged = Judged::new(signed, Cow::Borrowed(content), expected, self.opener);
        if !judged.any_stands()
            && may_be_judged_again(signed)
            && let canonical @ Cow::Owned(_) = canonical_lines(content)
        {
            let again = Judged::new(signed, canonical, expected, self.opener);
            if again.any_stands() {
                self.warnings.push(Warning::new(
                    "line-endings-canonicalised",
                    "the signature stands over the content with network line ends, not as it arrived",
                ));
                judged = again;
            }
        }

        let pinned = |verdict: &SignerVerdict| match (self.opener.expected(), &verdict.signer) {
            (None, _) => Pinned::NotAsked,
            (Some(expected), Some(signer)) if expected.contains(signer) => Pinned::Yes,
            (Some(_), _) => Pinned::No,
        };
        // Of several signers, the one to be believed most: valid and expected, then valid, then the first.
        let best = signed
            .signers()
            .iter()
            .zip(core::mem::take(&mut judged.verdicts))
            .map(|(info, verdict)| (info, pinned(&verdict), verdict))
            .min_by_key(|(_, pinned, verdict)| (verdict.result.is_err(), *pinned != Pinned::Yes));
        let Some((info, pinned, verdict)) = best else {
            return Err(OpenError::NoSigner);
        };
        if signed.signers().len() > 1 {
            let count = signed.signers().len();
            let text = format!("{count} signers; the facts are those of one");
            self.warnings.push(Warning::new("several-signers", text));
        }
        let unreadable = signed.certificates().filter(Result::is_err).count();
        if unreadable > 0 {
            let text = format!("{unreadable} certificates in the signature cannot be read");
            self.warnings
                .push(Warning::new("certificate-unreadable", text));
        }
        if let Some(signer) = &verdict.signer {
            self.warn_of_validity(signer, "signer");
        }
        if verdict.digest == Some(DigestAlgorithm::Sha1) {
            self.warnings.push(Warning::new(
                "weak-digest",
                "the signature rests on sha-1, for which collisions can be made",
            ));
        }

        // RFC 4130 §7.3.1: by the digest over the content, which that of the signature need not be.
        let of_content = info.digest_algorithm().or(verdict.digest);
        self.mic_algorithm = self.mic_algorithm.or(of_content);
        let algorithm = self.mic_algorithm();
        self.signed_mic = Some(judged.mic(algorithm, self.opener));
        self.signature = Some(Signature {
            signing_time: info.signing_time(),
            signer: verdict.signer,
            valid: verdict.result,
            digest: verdict.digest,
            pinned,
            expected: expected.to_vec(),
        });
        Ok(judged.content.into_owned())
    }

    /// A message without layers: its entity, and the MIC over the content alone (see [`Mic`]).
    fn unprotected(&mut self, headers: &Headers<'_>, body: &[u8]) -> (Vec<u8>, Mic) {
        let entity = Entity::with_headers(headers.clone(), body);
        if let Some(part) = wrapped_part(&entity, &self.opener.limits().mime) {
            self.warnings.push(Warning::new(
                "mixed-wrapper",
                "a multipart/mixed around one multipart taken off",
            ));
            return (part.to_vec(), self.mic(part));
        }
        let mut octets = Vec::with_capacity(body.len() + 256);
        for (name, value) in headers.iter() {
            if is_mime_field(name) {
                octets.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
            }
        }
        octets.extend_from_slice(b"\r\n");
        octets.extend_from_slice(body);
        (octets, self.mic(body))
    }

    fn mic(&self, octets: &[u8]) -> Mic {
        Mic::of(octets, self.mic_algorithm(), self.opener.provider())
    }

    fn mic_algorithm(&self) -> DigestAlgorithm {
        self.mic_algorithm.unwrap_or(UNASKED)
    }

    fn push(&mut self, layer: Layer) -> Result<(), OpenError> {
        let limit = self.opener.limits().layers;
        if self.layers.len() >= limit {
            return Err(OpenError::TooDeep { limit });
        }
        self.layers.push(layer);
        Ok(())
    }

    fn is_encrypted(&self) -> bool {
        self.layers
            .iter()
            .any(|layer| matches!(layer, Layer::Encrypted { .. }))
    }

    /// Whoever captured an encrypted message can alter it and sign around that: whether it decrypts is told to nobody
    /// but whom a trusted signature names (RFC 3218).
    fn leaves_encryption(&mut self) -> bool {
        let untrusted = self.signature.as_ref().is_some_and(|it| !it.is_trusted());
        let leaves = untrusted && !self.opener.answers_nobody();
        if leaves {
            self.warnings.push(Warning::new(
                "encryption-left",
                "encryption inside a signature that is not trusted is left in place",
            ));
        }
        leaves
    }

    /// Which of two signatures vouches for a message is not ours to guess: the outer one came first.
    fn leaves_second_signature(&mut self) -> bool {
        let second = self.signature.is_some();
        if second {
            self.warnings.push(Warning::new(
                "second-signature",
                "a signature inside the signature is left in place, not verified",
            ));
        }
        second
    }

    fn warn_of_validity(&mut self, certificate: &Certificate, whose: &str) {
        let at = self.opener.at();
        let (not_before, not_after) = (certificate.not_before(), certificate.not_after());
        if certificate.is_valid_at(at) {
            return;
        }
        let code = match (whose, at < not_before) {
            ("signer", true) => "signer-not-yet-valid",
            ("signer", false) => "signer-expired",
            (_, true) => "recipient-not-yet-valid",
            (_, false) => "recipient-expired",
        };
        let text = format!(
            "the certificate of the {whose} is valid from {not_before} to {not_after}, not at {at}"
        );
        self.warnings.push(Warning::new(code, text));
    }

    fn compare_smime_type(&mut self, declared: Option<&str>, found: ContentType) {
        let Some(declared) = declared else { return };
        if !declared.eq_ignore_ascii_case(&found.to_string()) {
            let text = format!("smime-type says {declared:?}, the content is {found}");
            self.warnings
                .push(Warning::new("smime-type-mismatch", text));
        }
    }

    fn compare_micalg(&mut self, declared: Option<&str>) {
        let Some(digest) = self.signature.as_ref().and_then(|found| found.digest) else {
            return;
        };
        let declared = declared.unwrap_or_default();
        let mut names = declared.split(',').filter_map(DigestAlgorithm::from_name);
        if !names.any(|name| name == digest) {
            let text = format!("micalg says {declared:?}, the signature rests on {digest}");
            self.warnings.push(Warning::new("micalg-mismatch", text));
        }
    }

    /// The octets of a CMS structure: the body with its transfer encoding undone, or whichever of binary and base64
    /// it is where no header says so, or a header says what is not so.
    fn cms_octets<'e>(&mut self, entity: &Entity<'e>) -> Result<Cow<'e, [u8]>, OpenError> {
        let octets = match entity.decoded_body() {
            Ok(octets) => octets,
            Err(error) => {
                if !is_binary_sequence(entity.body()) {
                    return Err(error.into());
                }
                self.warnings.push(Warning::new(
                    "transfer-encoding-wrong",
                    "a transfer encoding is named and the body is binary",
                ));
                return Ok(Cow::Borrowed(entity.body()));
            }
        };
        if is_sequence(&octets) {
            return Ok(octets);
        }
        // Every base64 text of a SEQUENCE begins with another letter than the tag of one.
        match TransferEncoding::Base64.decode(&octets) {
            Ok(decoded) if is_sequence(&decoded) => Ok(Cow::Owned(decoded.into_owned())),
            _ => Ok(octets),
        }
    }
}

/// Whether to verify over other line ends: a signer without signed attributes costs a digest of the whole content each
/// time, which many of them would multiply.
fn may_be_judged_again(signed: &SignedData) -> bool {
    let signers = signed.signers();
    signers.len() <= MAX_REJUDGED || signers.iter().all(SignerInfo::has_signed_attributes)
}

/// Content, what came of verifying signatures over it, and the digests of it that were made for that.
struct Judged<'c> {
    content: Cow<'c, [u8]>,
    verdicts: Vec<SignerVerdict>,
    digests: Vec<(DigestAlgorithm, Vec<u8>)>,
}

impl<'c> Judged<'c> {
    fn new(
        signed: &SignedData,
        content: Cow<'c, [u8]>,
        expected: &[Certificate],
        opener: &Opener<'_>,
    ) -> Self {
        let provider = opener.provider();
        if !signed
            .signers()
            .iter()
            .all(SignerInfo::has_signed_attributes)
        {
            let verdicts = signed.verify(&content, expected, provider);
            let digests = Vec::new();
            return Self {
                content,
                verdicts,
                digests,
            };
        }
        let digests: Vec<(DigestAlgorithm, Vec<u8>)> = signed
            .content_digests()
            .into_iter()
            .map(|algorithm| (algorithm, provider.digest(algorithm, &content)))
            .collect();
        Self {
            verdicts: signed.verify_digests(&digests, expected, provider),
            content,
            digests,
        }
    }

    fn any_stands(&self) -> bool {
        self.verdicts.iter().any(|verdict| verdict.result.is_ok())
    }

    /// The MIC of the content; most often its digest is here already.
    fn mic(&self, algorithm: DigestAlgorithm, opener: &Opener<'_>) -> Mic {
        let known = self.digests.iter().find(|(known, _)| *known == algorithm);
        known
            .and_then(|(algorithm, digest)| Mic::new(*algorithm, digest.clone()).ok())
            .unwrap_or_else(|| Mic::of(&self.content, algorithm, opener.provider()))
    }
}

fn is_sequence(octets: &[u8]) -> bool {
    octets.first() == Some(&asn1::tag::SEQUENCE)
}

/// Whether these octets begin as a SEQUENCE of more than 127 octets does, and as no text.
fn is_binary_sequence(octets: &[u8]) -> bool {
    matches!(octets, [asn1::tag::SEQUENCE, length, ..] if !length.is_ascii())
}

/// Signers of whom some lack signed attributes, for a second try over other line ends.
const MAX_REJUDGED: usize = 4;
