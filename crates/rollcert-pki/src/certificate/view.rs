use core::fmt;

use chrono::{DateTime, Utc};
use der::Tag;

use super::{CertificateError, Quirk};
use crate::algorithm_name::{KeyAlgorithmName, SignatureAlgorithmName};
use crate::asn1::{DecodeError, Element, Reader};
use crate::extension::{ExtensionValue, Extensions, bit_string};
use crate::name::Name;
use crate::oid::Oid;
use crate::serial::SerialNumber;
use crate::time::{decode_time, is_conforming};

/// An X.509 certificate (RFC 5280 §4.1) where it stands: borrowed, and read no further than asked.
///
/// [`Self::parse`] walks the structure once, copies nothing and takes no memory; names, times, extensions
/// and the rest are decoded by the methods that return them. [`Certificate`](super::Certificate) is the owned
/// form, which has checked all of these.
#[derive(Clone, Copy)]
pub struct CertificateView<'a> {
    octets: &'a [u8],
    layout: Layout,
}

/// Where the fields of a certificate lie in its octets.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    version: Version,
    to_be_signed: Span,
    serial: Span,
    inner_algorithm: Span,
    issuer: Span,
    validity: Span,
    subject: Span,
    public_key_info: Span,
    issuer_unique_id: Span,
    subject_unique_id: Span,
    extensions: Span,
    extension_count: usize,
    outer_algorithm: Span,
    signature: Span,
}

/// From the first octet to before the last one; nothing, when a field is absent.
#[derive(Clone, Copy, Default)]
struct Span {
    start: usize,
    end: usize,
}

impl Span {
    const fn of(element: &Element<'_>) -> Self {
        Self {
            start: element.offset(),
            end: element.offset() + element.raw().len(),
        }
    }

    const fn of_content(element: &Element<'_>) -> Self {
        Self {
            start: element.content_offset(),
            end: element.content_offset() + element.content().len(),
        }
    }

    const fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// RFC 5280 §4.1.2.1.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    /// As the default has it.
    One,
    /// Though the default would have said it.
    OneWrittenOut,
    Two,
    Three,
}

impl<'a> CertificateView<'a> {
    /// Walks the DER of one certificate.
    ///
    /// Checked here: the structure down to the single extension, and that no extension stands in it twice. Not
    /// checked: what is inside of names, times, keys and extensions.
    ///
    /// # Errors
    ///
    /// [`CertificateError::Decode`] for octets that have another structure, in the order of their fields;
    /// [`CertificateError::DuplicateExtension`].
    pub fn parse(octets: &'a [u8]) -> Result<Self, CertificateError> {
        let outer = Element::parse(octets)?;
        if outer.tag() != Tag::Sequence {
            return Err(outer.bad("Certificate").into());
        }
        let mut outer = outer.reader();
        let to_be_signed = outer.expect(Tag::Sequence, "TBSCertificate")?;
        let outer_algorithm = outer.expect(Tag::Sequence, "signatureAlgorithm")?;
        check_algorithm(&outer_algorithm)?;
        let signature = outer.expect(Tag::BitString, "signature")?;
        outer.finish()?;

        let mut fields = to_be_signed.reader();
        let mut field = fields.element()?;
        let mut version = Version::One;
        if field.is_context(0) && field.tag().is_constructed() {
            version = Version::decode(&field)?;
            field = fields.element()?;
        }
        let serial = field;
        if serial.tag() != Tag::Integer {
            return Err(serial.unexpected("serialNumber").into());
        }
        if !(1..=SerialNumber::MAX_LEN).contains(&serial.content().len()) {
            return Err(serial.bad("serialNumber").into());
        }
        let inner_algorithm = fields.expect(Tag::Sequence, "signature algorithm")?;
        if inner_algorithm.raw() != outer_algorithm.raw() {
            check_algorithm(&inner_algorithm)?;
        }
        let issuer = fields.expect(Tag::Sequence, "issuer")?;
        let validity = fields.expect(Tag::Sequence, "validity")?;
        let subject = fields.expect(Tag::Sequence, "subject")?;
        let public_key_info = fields.expect(Tag::Sequence, "subjectPublicKeyInfo")?;
        check_public_key_info(public_key_info.reader())?;

        let mut unique_ids = [Span::default(); 2];
        let mut extensions = (Span::default(), 0);
        let mut field = next(&mut fields)?;
        for (number, unique_id) in (1..).zip(&mut unique_ids) {
            if let Some(found) = field.filter(|field| field.is_context(number)) {
                *unique_id = Span::of(&found);
                field = next(&mut fields)?;
            }
        }
        if let Some(explicit) = field {
            if !explicit.is_context(3) || !explicit.tag().is_constructed() {
                return Err(explicit.unexpected("extensions").into());
            }
            fields.finish()?;
            let mut inner = explicit.reader();
            let list = inner.expect(Tag::Sequence, "extensions")?;
            inner.finish()?;
            extensions = (Span::of_content(&list), Extensions::parse(&list)?.len());
        }

        let octets_signed = bit_string(&signature, "signature")?;
        let end = signature.content_offset() + signature.content().len();
        let [issuer_unique_id, subject_unique_id] = unique_ids;
        let (extensions, extension_count) = extensions;
        Ok(Self {
            octets,
            layout: Layout {
                version,
                to_be_signed: Span::of(&to_be_signed),
                serial: Span::of_content(&serial),
                inner_algorithm: Span::of(&inner_algorithm),
                issuer: Span::of(&issuer),
                validity: Span::of_content(&validity),
                subject: Span::of(&subject),
                public_key_info: Span::of(&public_key_info),
                issuer_unique_id,
                subject_unique_id,
                extensions,
                extension_count,
                outer_algorithm: Span::of(&outer_algorithm),
                signature: Span {
                    start: end - octets_signed.len(),
                    end,
                },
            },
        })
    }

    /// The view of octets that were walked before.
    pub(super) const fn of(octets: &'a [u8], layout: Layout) -> Self {
        Self { octets, layout }
    }

    /// Where the fields lie.
    pub(super) const fn layout(&self) -> Layout {
        self.layout
    }

    /// The exact octets.
    #[must_use]
    pub const fn as_der(&self) -> &'a [u8] {
        self.octets
    }

    /// The exact octets of `TBSCertificate`, which the signature covers.
    #[must_use]
    pub fn to_be_signed(&self) -> &'a [u8] {
        self.slice(self.layout.to_be_signed)
    }

    /// The version as people count it: 1, 2 or 3.
    #[must_use]
    pub const fn version(&self) -> u8 {
        match self.layout.version {
            Version::One | Version::OneWrittenOut => 1,
            Version::Two => 2,
            Version::Three => 3,
        }
    }

    /// The content octets of the serial number: one to [`SerialNumber::MAX_LEN`].
    #[must_use]
    pub fn serial_octets(&self) -> &'a [u8] {
        self.slice(self.layout.serial)
    }

    /// Its number, unique for the issuer.
    #[must_use]
    pub fn serial(&self) -> SerialNumber {
        walked(SerialNumber::from_der_content(self.serial_octets()))
    }

    /// The exact octets of the issuer's name.
    #[must_use]
    pub fn issuer_der(&self) -> &'a [u8] {
        self.slice(self.layout.issuer)
    }

    /// Who issued it.
    ///
    /// # Errors
    ///
    /// When the octets are no name.
    pub fn issuer(&self) -> Result<Name, DecodeError> {
        Name::from_element(&self.element(self.layout.issuer)?)
    }

    /// The exact octets of the subject's name.
    #[must_use]
    pub fn subject_der(&self) -> &'a [u8] {
        self.slice(self.layout.subject)
    }

    /// Whose certificate it is. May be empty when an alternative name says it.
    ///
    /// # Errors
    ///
    /// When the octets are no name.
    pub fn subject(&self) -> Result<Name, DecodeError> {
        Name::from_element(&self.element(self.layout.subject)?)
    }

    /// The first instant and the last second of its validity (RFC 5280 §4.1.2.5).
    ///
    /// # Errors
    ///
    /// When the octets are no two times.
    pub fn validity(&self) -> Result<(DateTime<Utc>, DateTime<Utc>), DecodeError> {
        self.validity_noting(&mut Vec::new())
    }

    /// Whether both times of a [validity](Self::validity) that can be read are written as RFC 5280 §4.1.2.5 demands: with
    /// seconds, without fractions, in UTC, as `GeneralizedTime` from 2050 on and not before. The
    /// [quirks](super::Certificate::quirks) tell what is odd.
    #[must_use]
    pub fn has_conforming_times(&self) -> bool {
        let span = self.layout.validity;
        let mut times = Reader::placed(self.slice(span), span.start);
        let mut is_next_conforming = || times.element().is_ok_and(|time| is_conforming(&time));
        is_next_conforming() && is_next_conforming()
    }

    /// The exact octets of `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn public_key_info(&self) -> &'a [u8] {
        self.slice(self.layout.public_key_info)
    }

    /// What kind of key it certifies. One that cannot be read is of an [other](KeyAlgorithmName::Other)
    /// kind, that of its algorithm.
    #[must_use]
    pub fn key_algorithm(&self) -> KeyAlgorithmName {
        let info = walked(self.element(self.layout.public_key_info));
        KeyAlgorithmName::from_public_key_info(&info)
            .unwrap_or_else(|_| walked(KeyAlgorithmName::of_unreadable_key(&info)))
    }

    /// How the issuer signed it.
    #[must_use]
    pub fn signature_algorithm(&self) -> SignatureAlgorithmName {
        walked(
            self.element(self.layout.outer_algorithm)
                .and_then(|identifier| SignatureAlgorithmName::from_identifier(&identifier)),
        )
    }

    /// The issuer's signature.
    #[must_use]
    pub fn signature(&self) -> &'a [u8] {
        self.slice(self.layout.signature)
    }

    /// The exact octets of the `issuerUniqueID` of X.509 version 2, tag and length included.
    #[must_use]
    pub fn issuer_unique_id(&self) -> Option<&'a [u8]> {
        let span = self.layout.issuer_unique_id;
        (!span.is_empty()).then(|| self.slice(span))
    }

    /// The exact octets of the `subjectUniqueID` of X.509 version 2, tag and length included.
    #[must_use]
    pub fn subject_unique_id(&self) -> Option<&'a [u8]> {
        let span = self.layout.subject_unique_id;
        (!span.is_empty()).then(|| self.slice(span))
    }

    /// All extensions in their order.
    #[must_use]
    pub fn extensions(&self) -> Extensions<'a> {
        let span = self.layout.extensions;
        Extensions::checked(self.slice(span), span.start, self.layout.extension_count)
    }

    /// The value of the extension of this type; `None` when there is no such extension.
    ///
    /// # Errors
    ///
    /// When its value is malformed.
    pub fn extension<T: ExtensionValue>(&self) -> Result<Option<T>, DecodeError> {
        self.extensions().find()
    }

    /// Whether the two fields that name the signature algorithm say the same.
    pub(super) fn names_one_algorithm(&self) -> bool {
        self.slice(self.layout.inner_algorithm) == self.slice(self.layout.outer_algorithm)
    }

    /// Whether the signature is a whole number of octets, as every algorithm makes it.
    pub(super) fn has_whole_signature(&self) -> bool {
        // The octet before tells how many bits at the end are unused.
        let before = self.layout.signature.start.checked_sub(1);
        before.and_then(|place| self.octets.get(place)) == Some(&0)
    }

    /// Whether version 1 is written out, though it is the default.
    pub(super) fn writes_default_version(&self) -> bool {
        self.layout.version == Version::OneWrittenOut
    }

    /// Whether the key is of the form that its algorithm demands.
    pub(super) fn has_readable_key(&self) -> bool {
        self.element(self.layout.public_key_info)
            .and_then(|info| KeyAlgorithmName::from_public_key_info(&info))
            .is_ok()
    }

    /// Both names, unread.
    pub(super) fn check_names(&self) -> Result<(), DecodeError> {
        Name::check(&self.element(self.layout.issuer)?)?;
        if self.subject_der() == self.issuer_der() {
            return Ok(());
        }
        Name::check(&self.element(self.layout.subject)?)
    }

    /// [`Self::validity`], noting what departs from the form that RFC 5280 demands.
    pub(super) fn validity_noting(
        &self,
        quirks: &mut Vec<Quirk>,
    ) -> Result<(DateTime<Utc>, DateTime<Utc>), DecodeError> {
        let span = self.layout.validity;
        let mut times = Reader::placed(self.slice(span), span.start);
        let not_before = decode_time(&times.element()?, quirks)?;
        let not_after = decode_time(&times.element()?, quirks)?;
        times.finish()?;
        Ok((not_before, not_after))
    }

    fn slice(&self, span: Span) -> &'a [u8] {
        // Each span was measured in these octets.
        self.octets.get(span.start..span.end).unwrap_or_default()
    }

    fn element(&self, span: Span) -> Result<Element<'a>, DecodeError> {
        Reader::placed(self.slice(span), span.start).element()
    }
}

impl fmt::Debug for CertificateView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateView")
            .field("subject", &self.subject())
            .field("issuer", &self.issuer())
            .field("serial", &self.serial())
            .finish_non_exhaustive()
    }
}

impl Version {
    fn decode(explicit: &Element<'_>) -> Result<Self, DecodeError> {
        let mut reader = explicit.reader();
        let version = reader.expect(Tag::Integer, "version")?;
        reader.finish()?;
        match version.content() {
            [0] => Ok(Self::OneWrittenOut),
            [1] => Ok(Self::Two),
            [2] => Ok(Self::Three),
            _ => Err(version.bad("version")),
        }
    }
}

/// What cannot fail, since the same octets were walked before.
pub(super) fn walked<T, E: fmt::Debug>(result: Result<T, E>) -> T {
    result.expect("what was checked when the octets were walked is read again")
}

/// The next field, if there is one.
fn next<'a>(fields: &mut Reader<'a>) -> Result<Option<Element<'a>>, DecodeError> {
    if fields.is_empty() {
        return Ok(None);
    }
    fields.element().map(Some)
}

/// `AlgorithmIdentifier` (RFC 5280 §4.1.1.2): an identifier, and at most one element after it.
fn check_algorithm(identifier: &Element<'_>) -> Result<(), DecodeError> {
    let mut fields = identifier.reader();
    Oid::content_of(&fields.expect(Tag::ObjectIdentifier, "algorithm")?)?;
    if !fields.is_empty() {
        fields.opaque()?;
    }
    fields.finish()
}

/// `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7), the key itself not looked at.
fn check_public_key_info(mut fields: Reader<'_>) -> Result<(), DecodeError> {
    check_algorithm(&fields.expect(Tag::Sequence, "public key algorithm")?)?;
    let key = fields.expect(Tag::BitString, "public key")?;
    bit_string(&key, "public key")?;
    fields.finish()
}
