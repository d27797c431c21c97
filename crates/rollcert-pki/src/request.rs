use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::Range;
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use der::Tag;
use der::asn1::ObjectIdentifier;
use rollcert_crypto::{Error, Provider};

use crate::algorithm_name::{KeyAlgorithmName, SignatureAlgorithmName};
use crate::asn1::{DecodeError, Element, OpaqueElement, Reader};
use crate::certificate::{Certificate, Quirk};
use crate::email;
use crate::extension::{
    ExtensionValue, Extensions, ExtensionsError, GeneralName, SubjectAlternativeName,
};
use crate::name::{Name, decode_text};
use crate::oid::Oid;
use crate::public_key::PublicKey;
use crate::signed::{self, KeyOnce, is_same_public_key};

/// A certification request (PKCS#10, RFC 2986 §4), with the octets that arrived. Cheap to clone.
///
/// Equality and hashing are by octets. Its signature proves that whoever made it holds the private key, and
/// nothing else: what it asks for is asked, not granted.
///
/// What RFC 2986 forbids but products have written and OpenSSL reads is read too, and noted in
/// [`Self::quirks`].
///
/// ```
/// use rollcert_pki::CertificationRequest;
///
/// # fn main() -> Result<(), rollcert_pki::RequestError> {
/// # let octets = include_bytes!("../tests/fixtures/requests/p256.csr.der");
/// let request = CertificationRequest::from_der(octets.as_slice())?;
/// assert_eq!(request.subject().to_string(), "CN=acme p256");
/// assert!(request.verify(&rollcert_crypto::rustcrypto::PROVIDER).is_ok());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct CertificationRequest(Arc<Parsed>);

struct Parsed {
    octets: Arc<[u8]>,
    to_be_signed: Range<usize>,
    version: Range<usize>,
    subject: Name,
    public_key_info: Range<usize>,
    key_algorithm: KeyAlgorithmName,
    attributes: Option<Range<usize>>,
    /// Where the content of the list of extensions lies, and how many there are.
    extensions: Option<(Range<usize>, usize)>,
    signature_algorithm: SignatureAlgorithmName,
    signature: Range<usize>,
    quirks: OnceLock<Vec<Quirk>>,
}

impl CertificationRequest {
    /// Reads the DER of one request.
    ///
    /// # Errors
    ///
    /// [`RequestError::Decode`] for octets that are no request in DER; [`RequestError::DuplicateExtension`] and
    /// [`RequestError::SeveralExtensionRequests`] for one that two readers might understand differently.
    pub fn from_der(octets: impl Into<Arc<[u8]>>) -> Result<Self, RequestError> {
        Parsed::decode(octets.into()).map(|parsed| Self(Arc::new(parsed)))
    }

    /// The exact octets.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.0.octets
    }

    /// The exact octets of `CertificationRequestInfo`, which the signature covers.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.0.slice(&self.0.to_be_signed)
    }

    /// Who asks. May be empty when an alternative name says it.
    #[must_use]
    pub fn subject(&self) -> &Name {
        &self.0.subject
    }

    /// The exact octets of `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn public_key_info(&self) -> &[u8] {
        self.0.slice(&self.0.public_key_info)
    }

    /// What kind of key is to be certified.
    #[must_use]
    pub fn key_algorithm(&self) -> &KeyAlgorithmName {
        &self.0.key_algorithm
    }

    /// How the request is signed.
    #[must_use]
    pub fn signature_algorithm(&self) -> &SignatureAlgorithmName {
        &self.0.signature_algorithm
    }

    /// The signature, by the key that is to be certified.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.0.slice(&self.0.signature)
    }

    /// All attributes in their order.
    #[must_use]
    pub fn attributes(&self) -> RequestAttributes<'_> {
        self.0.attributes()
    }

    /// The extensions that are asked for (RFC 2985 §5.4.2): of the attribute of PKCS#9, or of the one that
    /// Microsoft used before it.
    #[must_use]
    pub fn extensions(&self) -> Extensions<'_> {
        self.0.extensions()
    }

    /// The value of the requested extension of this type; `None` when it is not asked for.
    ///
    /// # Errors
    ///
    /// When its value is malformed.
    pub fn extension<T: ExtensionValue>(&self) -> Result<Option<T>, DecodeError> {
        self.extensions().find()
    }

    /// The e-mail addresses it asks for: of the alternative names, then of the subject; in lower case, each
    /// once. Texts without anything before and after an `@` are left out, and so is a malformed extension.
    #[must_use]
    pub fn emails(&self) -> Vec<String> {
        email::addresses(self.subject(), &self.alternative_names())
    }

    /// The host names among the alternative names it asks for.
    #[must_use]
    pub fn dns_names(&self) -> Vec<String> {
        self.alternative_names()
            .iter()
            .filter_map(|name| match name {
                GeneralName::Dns(host) => Some(host.text().into_owned()),
                _ => None,
            })
            .collect()
    }

    /// The password by which a revocation may be asked for later (RFC 2985 §5.4.1); `None` unless there is
    /// exactly one in readable form.
    ///
    /// It stands in the request for everybody to read.
    #[must_use]
    pub fn challenge_password(&self) -> Option<String> {
        self.0.text_of(CHALLENGE_PASSWORD)
    }

    /// The name of the subject in no particular form (RFC 2985 §5.4.3); `None` unless there is exactly one in
    /// readable form.
    #[must_use]
    pub fn unstructured_name(&self) -> Option<String> {
        self.0.text_of(UNSTRUCTURED_NAME)
    }

    /// Where the request departs from RFC 2986 and was read all the same.
    #[must_use]
    pub fn quirks(&self) -> &[Quirk] {
        self.0.quirks.get_or_init(|| self.0.find_quirks())
    }

    /// Verifies that the key which is to be certified has signed the request.
    ///
    /// # Errors
    ///
    /// [`Error::SignatureInvalid`] when it does not verify or is no whole number of octets;
    /// [`Error::Unsupported`] for algorithms that are not served.
    pub fn verify(&self, provider: &Provider) -> Result<(), Error> {
        if !self.0.has_whole_signature() {
            return Err(Error::SignatureInvalid);
        }
        let key = KeyOnce {
            public_key_info: self.public_key_info(),
            provider,
        };
        signed::verify(
            &key,
            self.signature_algorithm(),
            "the signature algorithm of this request",
            self.to_be_signed(),
            self.signature(),
        )
    }

    /// Whether `certificate` certifies the key of this request. Names and extensions are not compared:
    /// authorities rewrite them.
    #[must_use]
    pub fn is_for(&self, certificate: &Certificate) -> bool {
        is_same_public_key(self.public_key_info(), certificate.public_key_info())
    }

    fn alternative_names(&self) -> Vec<GeneralName> {
        match self.extension::<SubjectAlternativeName>() {
            Ok(Some(names)) => names.0,
            // A malformed one is noted as a quirk.
            _ => Vec::new(),
        }
    }
}

impl Parsed {
    /// RFC 2986 §4, in the order of its fields.
    fn decode(octets: Arc<[u8]>) -> Result<Self, RequestError> {
        let outer = Element::parse(&octets)?;
        if outer.tag() != Tag::Sequence {
            return Err(outer.bad("CertificationRequest").into());
        }
        let mut fields = outer.reader();
        let to_be_signed = fields.expect(Tag::Sequence, "CertificationRequestInfo")?;
        let signature_algorithm = fields.expect(Tag::Sequence, "signatureAlgorithm")?;
        let signature = fields.expect(Tag::BitString, "signature")?;
        fields.finish()?;
        check_algorithm(&signature_algorithm)?;

        let mut fields = to_be_signed.reader();
        let version = fields.expect(Tag::Integer, "version")?;
        let subject = Name::from_element(&fields.expect(Tag::Sequence, "subject")?)?;
        let public_key_info = fields.expect(Tag::Sequence, "subjectPKInfo")?;
        let key_algorithm = key_algorithm(&public_key_info)?;
        let attributes = fields.optional_context(0)?;
        fields.finish()?;
        let extensions = match &attributes {
            // `[0]` is IMPLICIT over a SET, so it is constructed.
            Some(primitive) if !primitive.tag().is_constructed() => {
                return Err(primitive.bad("attributes").into());
            }
            Some(attributes) => find_extensions(attributes.reader())?,
            None => None,
        };
        Ok(Self {
            to_be_signed: range_of(&to_be_signed),
            version: content_range_of(&version),
            subject,
            public_key_info: range_of(&public_key_info),
            key_algorithm,
            attributes: attributes.as_ref().map(content_range_of),
            extensions,
            signature_algorithm: SignatureAlgorithmName::from_identifier(&signature_algorithm)?,
            signature: signature_of(&signature)?,
            quirks: OnceLock::new(),
            octets,
        })
    }

    fn find_quirks(&self) -> Vec<Quirk> {
        // A set, lest a hostile request make us list the same a million times.
        let mut quirks = BTreeSet::new();
        let mut note = |departs, quirk| {
            if departs {
                quirks.insert(quirk);
            }
        };
        // RFC 2986 §4.1: v1 is 0. Tools that count as people do write 1, and nothing else differs.
        note(
            self.slice(&self.version) != [0],
            Quirk::UnusualRequestVersion,
        );
        note(!self.has_whole_signature(), Quirk::SignatureWithUnusedBits);
        note(
            PublicKey::of_info(self.slice(&self.public_key_info)).is_err(),
            Quirk::UnreadablePublicKey,
        );
        note(self.attributes.is_none(), Quirk::AttributesAbsent);
        for attribute in self.attributes() {
            let is_empty = attribute.values.is_empty();
            let is_text = attribute.is(&CHALLENGE_PASSWORD) || attribute.is(&UNSTRUCTURED_NAME);
            note(is_empty, Quirk::EmptyAttribute);
            note(
                is_text && !is_empty && attribute.only_text().is_none(),
                Quirk::UnreadableAttribute,
            );
        }
        let mut found = Vec::new();
        Quirk::of_name(&self.subject, &mut found);
        for extension in self.extensions() {
            Quirk::of_extension(&extension, &mut found);
            quirks.extend(found.drain(..));
        }
        quirks.extend(found);
        quirks.into_iter().collect()
    }

    /// Whether the signature is a whole number of octets.
    fn has_whole_signature(&self) -> bool {
        // The octet before tells how many bits at the end are unused.
        let before = self.signature.start.checked_sub(1);
        before.and_then(|place| self.octets.get(place)) == Some(&0)
    }

    fn slice(&self, range: &Range<usize>) -> &[u8] {
        // Each range was measured in these octets.
        self.octets.get(range.clone()).unwrap_or_default()
    }

    fn attributes(&self) -> RequestAttributes<'_> {
        let range = self.attributes.clone().unwrap_or_default();
        RequestAttributes(Reader::placed(self.slice(&range), range.start))
    }

    fn extensions(&self) -> Extensions<'_> {
        match &self.extensions {
            Some((range, count)) => Extensions::checked(self.slice(range), range.start, *count),
            None => Extensions::NONE,
        }
    }

    fn text_of(&self, kind: ObjectIdentifier) -> Option<String> {
        let mut of_kind = self.attributes().filter(|attribute| attribute.is(&kind));
        let attribute = of_kind.next()?;
        if of_kind.next().is_some() {
            return None;
        }
        attribute.only_text()
    }
}

/// What kind of key it is. One that is not of the form that its algorithm demands is let pass, as long as
/// `SubjectPublicKeyInfo` itself is one.
fn key_algorithm(info: &Element<'_>) -> Result<KeyAlgorithmName, DecodeError> {
    let mut fields = info.reader();
    check_algorithm(&fields.expect(Tag::Sequence, "public key algorithm")?)?;
    let key = fields.expect(Tag::BitString, "public key")?;
    fields.finish()?;
    if !matches!(key.content(), [0, ..] | [1..=7, _, ..]) {
        return Err(key.bad("public key"));
    }
    KeyAlgorithmName::from_public_key_info(info)
        .or_else(|_| KeyAlgorithmName::of_unreadable_key(info))
}

/// `AlgorithmIdentifier` (RFC 5280 §4.1.1.2): an identifier, and one element of parameters at most.
fn check_algorithm(identifier: &Element<'_>) -> Result<(), DecodeError> {
    let mut fields = identifier.reader();
    Oid::content_of(&fields.expect(Tag::ObjectIdentifier, "algorithm")?)?;
    if !fields.is_empty() {
        fields.opaque()?;
    }
    fields.finish()
}

/// Walks the attributes. Finds where the list of extensions among them lies, and how many it has.
fn find_extensions(
    mut attributes: Reader<'_>,
) -> Result<Option<(Range<usize>, usize)>, RequestError> {
    let mut found = None;
    while !attributes.is_empty() {
        let attribute = RequestAttribute::read(&mut attributes)?;
        if !attribute.is(&EXTENSION_REQUEST) && !attribute.is(&MICROSOFT_EXTENSION_REQUEST) {
            continue;
        }
        let mut values = Reader::placed(attribute.values, attribute.values_offset);
        while !values.is_empty() {
            let list = values.expect(Tag::Sequence, "extensions")?;
            // RFC 2985 §5.4.2: a single value. OpenSSL takes the first of several, others the last.
            if found.is_some() {
                return Err(RequestError::SeveralExtensionRequests);
            }
            let extensions = Extensions::parse(&list)?;
            found = Some((content_range_of(&list), extensions.len()));
        }
    }
    Ok(found)
}

fn range_of(element: &Element<'_>) -> Range<usize> {
    element.offset()..element.offset() + element.raw().len()
}

fn content_range_of(element: &Element<'_>) -> Range<usize> {
    let start = element.content_offset();
    start..start + element.content().len()
}

/// Where the octets of the signature lie: behind the count of unused bits.
fn signature_of(element: &Element<'_>) -> Result<Range<usize>, DecodeError> {
    match element.content() {
        // X.690 §8.6.2.2: up to seven bits of the last octet, if there is one, are unused.
        [0, ..] | [1..=7, _, ..] => {
            let content = content_range_of(element);
            Ok(content.start + 1..content.end)
        }
        _ => Err(element.bad("signature")),
    }
}

impl fmt::Debug for CertificationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificationRequest")
            .field("subject", self.subject())
            .field("key_algorithm", self.key_algorithm())
            .finish_non_exhaustive()
    }
}

impl PartialEq for CertificationRequest {
    fn eq(&self, other: &Self) -> bool {
        self.as_der() == other.as_der()
    }
}

impl Eq for CertificationRequest {}

impl Hash for CertificationRequest {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_der().hash(state);
    }
}

/// What [`CertificationRequest::attributes`] returns.
#[derive(Clone, Debug)]
pub struct RequestAttributes<'a>(Reader<'a>);

impl<'a> Iterator for RequestAttributes<'a> {
    type Item = RequestAttribute<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        // The structure was checked when the request was read.
        (!self.0.is_empty())
            .then(|| RequestAttribute::read(&mut self.0).ok())
            .flatten()
    }
}

/// One attribute of a request (RFC 2986 §4.1), its values as they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestAttribute<'a> {
    oid: &'a [u8],
    values: &'a [u8],
    values_offset: usize,
}

impl<'a> RequestAttribute<'a> {
    fn read(list: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let mut fields = list.expect(Tag::Sequence, "attribute")?.reader();
        let oid = Oid::content_of(&fields.expect(Tag::ObjectIdentifier, "attribute type")?)?;
        let values = fields.expect(Tag::Set, "attribute values")?;
        fields.finish()?;
        Ok(Self {
            oid,
            values: values.content(),
            values_offset: values.content_offset(),
        })
    }

    /// Which attribute it is.
    #[must_use]
    pub fn oid(&self) -> Oid {
        Oid::from_checked(self.oid)
    }

    /// Whether it is the attribute with this identifier.
    #[must_use]
    pub fn is(&self, oid: &ObjectIdentifier) -> bool {
        self.oid == oid.as_bytes()
    }

    /// The octets of all values, one after another: the content of the SET.
    #[must_use]
    pub const fn values(&self) -> &'a [u8] {
        self.values
    }

    /// The text of the one value there is.
    fn only_text(&self) -> Option<String> {
        let mut values = Reader::placed(self.values, self.values_offset);
        let value: OpaqueElement<'_> = values.verbatim().ok()?;
        values.finish().ok()?;
        decode_text(&value)
    }
}

/// Why octets are no certification request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The octets do not have the structure of a request.
    #[error("not a certification request: {0}")]
    Decode(#[from] DecodeError),
    /// An extension is asked for twice (RFC 5280 §4.2).
    #[error("extension {oid} is requested more than once")]
    DuplicateExtension {
        /// Which extension.
        oid: Oid,
    },
    /// There are several lists of extensions (RFC 2985 §5.4.2).
    #[error("extensions are requested in more than one list")]
    SeveralExtensionRequests,
}

impl RequestError {
    /// A stable name for this kind of fault.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Decode(error) => error.code(),
            Self::DuplicateExtension { .. } => "duplicate-extension",
            Self::SeveralExtensionRequests => "several-extension-requests",
        }
    }
}

impl From<ExtensionsError> for RequestError {
    fn from(error: ExtensionsError) -> Self {
        match error {
            ExtensionsError::Decode(error) => Self::Decode(error),
            ExtensionsError::Duplicate { oid } => Self::DuplicateExtension { oid },
        }
    }
}

/// `challengePassword` (RFC 2985 §5.4.1).
pub(crate) const CHALLENGE_PASSWORD: ObjectIdentifier = oid("1.2.840.113549.1.9.7");
/// `unstructuredName` (RFC 2985 §5.4.3).
pub(crate) const UNSTRUCTURED_NAME: ObjectIdentifier = oid("1.2.840.113549.1.9.2");
/// `extensionRequest` (RFC 2985 §5.4.2).
pub(crate) const EXTENSION_REQUEST: ObjectIdentifier = oid("1.2.840.113549.1.9.14");
/// `szOID_CERT_EXTENSIONS`, by which Microsoft's tools ask for extensions.
const MICROSOFT_EXTENSION_REQUEST: ObjectIdentifier = oid("1.3.6.1.4.1.311.2.1.14");

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}
