use core::ops::Range;

use der::Tag;
use der::asn1::ObjectIdentifier;
use rand_core::CryptoRng;
use rollcert_crypto::{self as crypto, ContentAlgorithm, Provider};
use rollcert_pki::asn1::{DecodeError, DecodeErrorKind, Element};
use rollcert_pki::ber::{self, Shape};
use rollcert_pki::{Certificate, Credential, Limits};
use zeroize::Zeroizing;

use crate::algorithm::Algorithm;
use crate::attributes::{self, SignedAttributes};
use crate::content::{self, ContentType};
use crate::content_encryption::{ContentCipher, ContentEncryptionAlgorithm};
use crate::identifier::RecipientIdentifier;
use crate::opening::{DecryptError, Decrypted, KeyOpening, Opening};
use crate::recipient_info::Recipients;

/// Content encrypted for any number of recipients, read but not opened: enveloped data (RFC 5652 §6), or
/// authenticated-enveloped data (RFC 5083 §2), whose content and attributes have a tag that proves them.
///
/// ```text
/// EnvelopedData ::= SEQUENCE {
///   version               CMSVersion,
///   originatorInfo        [0] IMPLICIT OriginatorInfo OPTIONAL,
///   recipientInfos        SET OF RecipientInfo,
///   encryptedContentInfo  SEQUENCE {
///     contentType                 OBJECT IDENTIFIER,
///     contentEncryptionAlgorithm  AlgorithmIdentifier,
///     encryptedContent            [0] IMPLICIT OCTET STRING OPTIONAL },
///   unprotectedAttrs      [1] IMPLICIT SET OF Attribute OPTIONAL }
///
/// AuthEnvelopedData ::= SEQUENCE {
///   …                     as far as encryptedContentInfo the same,
///   authAttrs             [1] IMPLICIT SET OF Attribute OPTIONAL,
///   mac                   OCTET STRING,
///   unauthAttrs           [2] IMPLICIT SET OF Attribute OPTIONAL }
/// ```
#[derive(Clone, Debug)]
pub struct EnvelopedData {
    der: Vec<u8>,
    recipients: Recipients,
    content_type: ContentType,
    algorithm: ObjectIdentifier,
    /// Nothing when it is none that is served.
    cipher: Option<ContentCipher>,
    encrypted: Range<usize>,
    authentication: Authentication,
}

/// What authenticated-enveloped data has and enveloped data has not: there, both are empty.
#[derive(Clone, Debug, Default)]
struct Authentication {
    /// The attributes as they are authenticated.
    attributes: Vec<u8>,
    tag: Vec<u8>,
}

impl EnvelopedData {
    /// Reads a `ContentInfo` of either kind in BER or DER.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when the octets are no such structure, name more recipients than
    /// [`Limits::entries`], exceed `limits` otherwise, or hold no encrypted content. The place is that
    /// in the DER form of the message.
    pub fn parse(octets: &[u8], limits: &Limits) -> Result<Self, DecodeError> {
        let carrier = match content::content_type(octets) {
            Ok(carrier @ ContentType::AuthEnvelopedData) => carrier,
            _ => ContentType::EnvelopedData,
        };
        let der = ber::to_der(octets, Shape::EnvelopedData, limits)?.into_owned();
        let mut fields = content::open(&der, carrier, "EnvelopedData")?.reader();
        fields.expect(Tag::Integer, "version")?;
        fields.optional_constructed(0)?;
        let infos = fields.expect(Tag::Set, "recipientInfos")?;
        let recipients = Recipients::decode(&infos, limits)?;

        let mut encrypted_info = fields
            .expect(Tag::Sequence, "encryptedContentInfo")?
            .reader();
        let content_type = encrypted_info
            .expect(Tag::ObjectIdentifier, "contentType")?
            .decode("contentType")
            .map(ContentType::from_oid)?;
        let algorithm = Algorithm::decode(&mut encrypted_info)?;
        let offset = encrypted_info.offset();
        let cipher = ContentCipher::decode(&algorithm, carrier, offset)?;
        let encrypted = encrypted_info
            .optional_context(0)?
            .filter(|content| !content.tag().is_constructed())
            .ok_or_else(|| unexpected("encryptedContent", offset))?;
        encrypted_info.finish()?;

        let attributes = fields.optional_constructed(1)?;
        let authentication = if carrier == ContentType::AuthEnvelopedData {
            let attributes = match attributes {
                Some(set) => authenticated_attributes(&set, content_type)?,
                // RFC 5083 §2.1: the tag does not cover a type that stands outside of them.
                None if content_type != ContentType::Data => {
                    return Err(unexpected("authAttrs", fields.offset()));
                }
                None => Vec::new(),
            };
            let tag = fields.expect(Tag::OctetString, "mac")?;
            // RFC 5084 §3.2: as long as the parameters of the cipher say.
            if let Some(cipher) = &cipher
                && cipher.tag_len != tag.content().len()
            {
                return Err(tag.bad("mac"));
            }
            fields.optional_constructed(2)?;
            Authentication {
                attributes,
                tag: tag.content().to_vec(),
            }
        } else {
            Authentication::default()
        };
        fields.finish()?;
        Ok(Self {
            recipients,
            content_type,
            algorithm: algorithm.oid,
            cipher,
            encrypted: encrypted.content_offset()
                ..encrypted.content_offset() + encrypted.content().len(),
            authentication,
            der,
        })
    }

    /// Whom the message is for, in the order that arrived.
    #[must_use]
    pub fn recipients(&self) -> &[RecipientIdentifier] {
        &self.recipients.identifiers
    }

    /// What the content is meant to be, as the message says before it is opened.
    #[must_use]
    pub const fn encrypted_type(&self) -> ContentType {
        self.content_type
    }

    /// How the content is encrypted, if it is a cipher that is served in this kind of message.
    #[must_use]
    pub fn content_algorithm(&self) -> Option<ContentEncryptionAlgorithm> {
        self.cipher.as_ref().map(|cipher| cipher.algorithm)
    }

    /// The object identifier of the content cipher, known or not.
    #[must_use]
    pub const fn content_algorithm_oid(&self) -> ObjectIdentifier {
        self.algorithm
    }

    /// Opens the message with that of `credentials` which it is for.
    ///
    /// The message names its recipients. Where it names the certificate of a credential, that one is
    /// used; where it names none of them, every key that could be meant, up to 16 times: some senders
    /// hold a key under another certificate. [`Decrypted::matched`] says which it was, and
    /// [`DecryptError::NoRecipient`] what was wanted and what was held.
    ///
    /// A random content key is drawn from `rng` before an encrypted one is opened, and stays in its place,
    /// in constant time, when opening failed or gave another length; the content is decrypted once in either
    /// case (RFC 3218 §2.3.2). So wrong padding, wrong length, wrong key and damaged content take the
    /// same way to the same error: [`DecryptError::Failed`], or, of a message that names nobody, the
    /// same [`DecryptError::NoRecipient`].
    ///
    /// CBC mode does not authenticate: content that opens may still have been altered on the way.
    /// Whoever answers strangers should demand a signature inside and answer every failure alike.
    ///
    /// Nor does Galois/Counter mode keep its secret where the same key opens CBC mode too: the parts of a
    /// message in the one can be put together as a message in the other, and what comes of opening that tells
    /// about the first (which RFC 9709 is about). Whoever relies on Galois/Counter mode with a partner compares
    /// [`Self::content_algorithm`] with what was agreed on before it opens anything, and refuses CBC mode.
    ///
    /// # Errors
    ///
    /// See [`DecryptError`].
    pub fn decrypt(
        &self,
        credentials: &[&Credential],
        provider: &Provider,
        rng: &mut dyn CryptoRng,
    ) -> Result<Decrypted, DecryptError> {
        let certificates = credentials
            .iter()
            .map(|credential| credential.certificate());
        let opening = self.opening(certificates, rng)?;
        let answers = opening.answers(credentials);
        opening.finish(answers, provider)
    }

    /// Begins to open the message where the private keys are elsewhere, in an HSM as it may be.
    ///
    /// Tells what is to be done with the keys of `certificates`; [`Opening::finish`] goes on from there.
    /// [`Self::decrypt`] says how keys are chosen.
    ///
    /// # Errors
    ///
    /// [`DecryptError::NoRecipient`] when the message is for none of them,
    /// [`DecryptError::UnsupportedAlgorithm`] when it is for some of them in ways that are not served, of
    /// which agreement with a certificate of the sender's is one.
    pub fn opening<'a>(
        &'a self,
        certificates: impl IntoIterator<Item = &'a Certificate>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Opening<'a>, DecryptError> {
        let cipher = self.cipher.as_ref();
        let cipher = cipher.ok_or(DecryptError::UnsupportedAlgorithm {
            oid: self.algorithm,
        })?;
        let certificates = certificates.into_iter().collect();
        let key_len = cipher.algorithm.key_len();
        let key = KeyOpening::begin(&self.recipients, certificates, key_len, rng)?;
        Ok(Opening::new(self, key))
    }

    /// The content cipher and its initialisation vector, if it is one in CBC mode that takes content in
    /// pieces.
    pub(crate) fn block_cipher(&self) -> Option<(ContentAlgorithm, &[u8])> {
        let cipher = self.cipher.as_ref()?;
        match cipher.algorithm {
            ContentEncryptionAlgorithm::Cbc(algorithm) => Some((algorithm, &cipher.vector)),
            _ => None,
        }
    }

    /// Decrypts the content, by a key of the right length.
    pub(crate) fn decrypt_content(
        &self,
        content_key: &[u8],
        provider: &Provider,
    ) -> Result<Zeroizing<Vec<u8>>, crypto::Error> {
        let encrypted = self.der.get(self.encrypted.clone()).unwrap_or_default();
        let Authentication { attributes, tag } = &self.authentication;
        match &self.cipher {
            Some(cipher) => cipher.decrypt(content_key, attributes, encrypted, tag, provider),
            None => Err(crypto::Error::Unsupported {
                what: "this content cipher",
            }),
        }
    }
}

/// The attributes as they are authenticated (RFC 5083 §2.2): the DER of `SET OF Attribute` in place of the
/// `[1]`. They name the type of the content, that of `encryptedContentInfo`, and need not where it is plain data
/// (§2.1).
fn authenticated_attributes(
    element: &Element<'_>,
    content_type: ContentType,
) -> Result<Vec<u8>, DecodeError> {
    let attributes = SignedAttributes::decode(element)?;
    if content_type != ContentType::Data || attributes.contains(attributes::CONTENT_TYPE) {
        attributes
            .single(attributes::CONTENT_TYPE)
            .filter(|named| named.content() == content_type.oid().as_bytes())
            .ok_or_else(|| element.bad("content type in authAttrs"))?;
    }
    Ok(attributes
        .in_distinguished_order()
        .unwrap_or_else(|| attributes.as_received()))
}

const fn unexpected(expected: &'static str, offset: usize) -> DecodeError {
    DecodeError::new(DecodeErrorKind::Unexpected { expected }, offset)
}
