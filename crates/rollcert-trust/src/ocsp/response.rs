use chrono::{DateTime, Utc};
use der::Tag;
use der::asn1::ObjectIdentifier;
use rollcert_crypto::{DigestAlgorithm, Error, Provider, VerifyingKey};
use rollcert_pki::asn1::{DecodeError, Element, Reader};
use rollcert_pki::{Certificate, Name, Oid, SignatureAlgorithmName};

use crate::ocsp::error::OcspError;
use crate::ocsp::reader::{constructed, inside, optional_extensions};
use crate::ocsp::single::{OcspSingleResponse, public_key_bits};

/// A basic OCSP response (RFC 6960 §4.2.1), over the octets that arrived.
///
/// Reading it says nothing about trust: hand the octets to [`Question::with_ocsp_responses`], which finds out who signed
/// them and what they are worth. Hosts read it to see when it is time for a new one.
///
/// Reading takes time and memory in proportion to the octets, of which there may be [`Self::MAX_OCTETS`].
///
/// [`Question::with_ocsp_responses`]: crate::Question::with_ocsp_responses
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OcspResponse<'a> {
    basic: &'a [u8],
    to_be_signed: &'a [u8],
    signature_algorithm: SignatureAlgorithmName,
    signature: &'a [u8],
    responder: ResponderId<'a>,
    produced_at: DateTime<Utc>,
    single_responses: Vec<OcspSingleResponse<'a>>,
    certificates: Vec<&'a [u8]>,
    unhandled: Option<Oid>,
    /// Whether every single response could be read.
    is_whole: bool,
}

/// Who has answered (RFC 6960 §4.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ResponderId<'a> {
    /// The subject of its certificate.
    Name(Name),
    /// SHA-1 over its public key.
    KeyHash(&'a [u8]),
}

impl<'a> OcspResponse<'a> {
    /// The most octets of a response: what a TLS handshake can carry is less.
    pub const MAX_OCTETS: usize = 1 << 20;

    /// The most certificates that one response may be about.
    pub const MAX_SINGLE_RESPONSES: usize = 1_000;

    /// Reads the DER of an `OCSPResponse`, or of the `BasicOCSPResponse` inside.
    ///
    /// A single response in it that cannot be read is left out, so that what the others revoke is not lost; but the
    /// response vouches for no certificate then. One that says `revoked` is read whatever else is wrong with it: a reason
    /// that RFC 5280 §5.3.1 does not assign is none, a time that cannot be read is that of the answer.
    ///
    /// # Errors
    ///
    /// [`OcspError`]; of a responder that has not answered the question too.
    pub fn parse(octets: &'a [u8]) -> Result<Self, OcspError> {
        if octets.len() > Self::MAX_OCTETS {
            return Err(OcspError::TooLarge {
                what: "octets",
                limit: Self::MAX_OCTETS,
            });
        }
        let whole = Element::parse(octets)?;
        if whole.tag() != Tag::Sequence {
            return Err(whole.bad("OCSPResponse").into());
        }
        let mut fields = whole.reader();
        let Some(status) = fields.optional_tag(Tag::Enumerated)? else {
            return Self::basic(&whole);
        };
        let bytes = fields.optional_tag(constructed(0))?;
        fields.finish()?;
        successful(&status)?;
        let bytes = bytes.ok_or_else(|| whole.bad("OCSPResponse without responseBytes"))?;
        let bytes = inside(&bytes)?;
        if bytes.tag() != Tag::Sequence {
            return Err(bytes.bad("ResponseBytes").into());
        }
        let mut fields = bytes.reader();
        let kind = fields.expect(Tag::ObjectIdentifier, "responseType")?;
        let response = fields.expect(Tag::OctetString, "response")?;
        fields.finish()?;
        if kind.content() != BASIC.as_bytes() {
            return Err(OcspError::UnknownType);
        }
        Self::basic(&Element::parse(response.content())?)
    }

    fn basic(whole: &Element<'a>) -> Result<Self, OcspError> {
        if whole.tag() != Tag::Sequence {
            return Err(whole.bad("BasicOCSPResponse").into());
        }
        let mut outer = whole.reader();
        let to_be_signed = outer.expect(Tag::Sequence, "ResponseData")?;
        let algorithm = outer.expect(Tag::Sequence, "signatureAlgorithm")?;
        let signature = outer.expect(Tag::BitString, "signature")?;
        let certificates = outer.optional_tag(constructed(0))?;
        outer.finish()?;
        let [0, signature_octets @ ..] = signature.content() else {
            return Err(signature.bad("signature").into());
        };

        let mut fields = to_be_signed.reader();
        if let Some(version) = fields.optional_tag(constructed(0))? {
            let version = inside(&version)?;
            // Version 1 is the only one; the default written out is let pass.
            if version.tag() != Tag::Integer || version.content() != [0] {
                return Err(version.bad("version").into());
            }
        }
        let responder = ResponderId::read(&fields.element()?)?;
        let produced_at = fields.element()?.generalized_time()?;
        let mut list = fields.expect(Tag::Sequence, "responses")?.reader();
        let unhandled = optional_extensions(&mut fields)?;
        fields.finish()?;
        let (mut single_responses, mut is_whole) = (Vec::new(), true);
        for count in 0.. {
            if list.is_empty() {
                break;
            }
            if count == Self::MAX_SINGLE_RESPONSES {
                return Err(OcspError::TooLarge {
                    what: "single responses",
                    limit: Self::MAX_SINGLE_RESPONSES,
                });
            }
            match OcspSingleResponse::read(&list.element()?, produced_at) {
                Ok(single) => single_responses.push(single),
                Err(_) => is_whole = false,
            }
        }
        Ok(Self {
            basic: whole.raw(),
            to_be_signed: to_be_signed.raw(),
            signature_algorithm: SignatureAlgorithmName::from_der(algorithm.raw())?,
            signature: signature_octets,
            responder,
            produced_at,
            single_responses,
            certificates: certificates.map(embedded).transpose()?.unwrap_or_default(),
            unhandled,
            is_whole,
        })
    }

    /// When it was signed.
    #[must_use]
    pub const fn produced_at(&self) -> DateTime<Utc> {
        self.produced_at
    }

    /// What it says, of one certificate or several.
    #[must_use]
    pub fn single_responses(&self) -> &[OcspSingleResponse<'a>] {
        &self.single_responses
    }

    /// How it is signed.
    #[must_use]
    pub const fn signature_algorithm(&self) -> &SignatureAlgorithmName {
        &self.signature_algorithm
    }

    /// Verifies the signature under the key of `responder`. Whether that one may answer is not looked at.
    ///
    /// # Errors
    ///
    /// [`Error::SignatureInvalid`] when it does not verify; [`Error::Unsupported`] for algorithms that are not served.
    pub fn verify_signature_by(
        &self,
        responder: &Certificate,
        provider: &Provider,
    ) -> Result<(), Error> {
        self.verify_signature_under(&provider.prepare(responder.public_key_info()))
    }

    /// The same under a key that is at hand.
    pub(crate) fn verify_signature_under(&self, key: &dyn VerifyingKey) -> Result<(), Error> {
        let algorithm = self.signature_algorithm.known().ok_or(Error::Unsupported {
            what: "the signature algorithm of this OCSP response",
        })?;
        key.verify(algorithm, self.to_be_signed, self.signature)
    }

    /// The octets that are signed, the algorithm and the signature, and the certificates that came along.
    pub(crate) const fn basic_octets(&self) -> &'a [u8] {
        self.basic
    }

    pub(crate) const fn responder(&self) -> &ResponderId<'a> {
        &self.responder
    }

    /// The DER of the certificates that came along.
    pub(crate) fn certificates(&self) -> &[&'a [u8]] {
        &self.certificates
    }

    /// Whether every single response could be read.
    pub(crate) const fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// The first critical extension of the response that means nothing here.
    pub(crate) const fn unhandled_extension(&self) -> Option<&Oid> {
        self.unhandled.as_ref()
    }
}

impl<'a> ResponderId<'a> {
    fn read(choice: &Element<'a>) -> Result<Self, DecodeError> {
        if choice.tag() == constructed(1) {
            Ok(Self::Name(Name::from_der(inside(choice)?.raw())?))
        } else if choice.tag() == constructed(2) {
            let hash = inside(choice)?;
            if hash.tag() == Tag::OctetString {
                Ok(Self::KeyHash(hash.content()))
            } else {
                Err(hash.bad("KeyHash"))
            }
        } else {
            Err(choice.bad("ResponderID"))
        }
    }

    /// Whether it means this certificate.
    pub(crate) fn is(&self, certificate: &Certificate, provider: &Provider) -> bool {
        match self {
            Self::Name(name) => name.matches(certificate.subject()),
            Self::KeyHash(hash) => public_key_bits(certificate.public_key_info())
                .is_some_and(|key| **hash == provider.digest(DigestAlgorithm::Sha1, key)),
        }
    }
}

/// `OCSPResponseStatus` (RFC 6960 §4.2.1).
fn successful(status: &Element<'_>) -> Result<(), OcspError> {
    Err(match status.content() {
        [0] => return Ok(()),
        [1] => OcspError::MalformedRequest,
        [2] => OcspError::InternalError,
        [3] => OcspError::TryLater,
        [5] => OcspError::SignatureRequired,
        [6] => OcspError::Unauthorized,
        _ => OcspError::UnknownStatus,
    })
}

/// The octets of each certificate in the list, which are read when they are needed.
fn embedded<'a>(explicit: Element<'a>) -> Result<Vec<&'a [u8]>, DecodeError> {
    let list = inside(&explicit)?;
    if list.tag() != Tag::Sequence {
        return Err(list.bad("certs"));
    }
    let mut reader: Reader<'a> = list.reader();
    let mut certificates = Vec::new();
    while !reader.is_empty() {
        certificates.push(reader.element()?.raw());
    }
    Ok(certificates)
}

/// `id-pkix-ocsp-basic` (RFC 6960 §4.2.1).
const BASIC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.1");
