use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::Range;
use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use der::Tag;
use der::asn1::ObjectIdentifier;
use rollcert_crypto::{DigestAlgorithm, Error, Provider};

use crate::algorithm_name::{KeyAlgorithmName, SignatureAlgorithmName};
use crate::asn1::{DecodeError, Element, Reader};
use crate::name::{EMAIL_ADDRESS, Name};
use crate::oid::Oid;
use crate::serial::SerialNumber;
use crate::thumbprint::Thumbprint;
use crate::time::decode_time;
use crate::usage::{ExtendedKeyUsage, KeyUsages, Purpose};

/// An X.509 certificate (RFC 5280 §4.1), versions 1 to 3, with the octets that arrived.
///
/// Cheap to clone. Equality, order and hashing are by octets. Signatures are verified and thumbprints
/// taken over those octets, never over a re-encoding.
///
/// What RFC 5280 forbids but issuers have done and readers accept is read too, and noted in
/// [`Self::quirks`]. Reading says nothing about trust.
#[derive(Clone)]
pub struct Certificate(Arc<Parsed>);

struct Parsed {
    octets: Arc<[u8]>,
    to_be_signed: Range<usize>,
    version: u8,
    serial: SerialNumber,
    issuer: Name,
    subject: Name,
    not_before: DateTime<Utc>,
    not_after: DateTime<Utc>,
    public_key_info: Range<usize>,
    key_algorithm: KeyAlgorithmName,
    signature_algorithm: SignatureAlgorithmName,
    signature: Range<usize>,
    extensions: Vec<(Oid, Criticality, Range<usize>)>,
    known: Known,
    quirks: Vec<Quirk>,
}

/// The extensions that are read here.
#[derive(Default)]
struct Known {
    key_usage: Option<KeyUsages>,
    extended_key_usage: Option<Vec<ExtendedKeyUsage>>,
    basic_constraints: Option<BasicConstraints>,
    subject_key_identifier: Option<Range<usize>>,
    authority_key_identifier: Option<AuthorityKeyIdentifier>,
    alternative_emails: Vec<String>,
    dns_names: Vec<String>,
}

impl Certificate {
    /// Reads the DER of one certificate.
    ///
    /// # Errors
    ///
    /// [`CertificateError::Decode`] for octets that are no certificate in DER, malformed values of the
    /// extensions read here included; [`CertificateError::DuplicateExtension`].
    pub fn from_der(octets: impl Into<Arc<[u8]>>) -> Result<Self, CertificateError> {
        let octets = octets.into();
        Parsed::decode(&octets).map(|parsed| Self(Arc::new(parsed)))
    }

    /// The exact octets.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.0.octets
    }

    /// The exact octets of `TBSCertificate`, which the signature covers.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.0.slice(&self.0.to_be_signed)
    }

    /// The version as people count it: 1, 2 or 3.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.0.version
    }

    /// Whose certificate it is. May be empty when an alternative name says it.
    #[must_use]
    pub fn subject(&self) -> &Name {
        &self.0.subject
    }

    /// Who issued it.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// Its number, unique for the issuer.
    #[must_use]
    pub fn serial(&self) -> &SerialNumber {
        &self.0.serial
    }

    /// The first instant of its validity.
    #[must_use]
    pub fn not_before(&self) -> DateTime<Utc> {
        self.0.not_before
    }

    /// The last second of its validity.
    #[must_use]
    pub fn not_after(&self) -> DateTime<Utc> {
        self.0.not_after
    }

    /// Whether `now` lies within the validity, both bounds included (RFC 5280 §4.1.2.5).
    #[must_use]
    pub fn is_valid_at(&self, now: DateTime<Utc>) -> bool {
        // The last second counts whole.
        self.not_before() <= now && now.timestamp() <= self.not_after().timestamp()
    }

    /// The exact octets of `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn public_key_info(&self) -> &[u8] {
        self.0.slice(&self.0.public_key_info)
    }

    /// What kind of key it certifies.
    #[must_use]
    pub fn key_algorithm(&self) -> &KeyAlgorithmName {
        &self.0.key_algorithm
    }

    /// How the issuer signed it.
    #[must_use]
    pub fn signature_algorithm(&self) -> &SignatureAlgorithmName {
        &self.0.signature_algorithm
    }

    /// The issuer's signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.0.slice(&self.0.signature)
    }

    /// The usages that the key is restricted to; `None` when the extension is absent.
    #[must_use]
    pub fn key_usage(&self) -> Option<KeyUsages> {
        self.0.known.key_usage
    }

    /// The purposes that the key is restricted to; `None` when the extension is absent.
    #[must_use]
    pub fn extended_key_usage(&self) -> Option<&[ExtendedKeyUsage]> {
        self.0.known.extended_key_usage.as_deref()
    }

    /// The basic constraints; `None` when the extension is absent.
    #[must_use]
    pub fn basic_constraints(&self) -> Option<BasicConstraints> {
        self.0.known.basic_constraints
    }

    /// Whether the basic constraints say that it is the certificate of an authority.
    #[must_use]
    pub fn is_ca(&self) -> bool {
        self.basic_constraints()
            .is_some_and(BasicConstraints::is_ca)
    }

    /// The identifier of its own key (RFC 5280 §4.2.1.2).
    #[must_use]
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        self.0
            .known
            .subject_key_identifier
            .as_ref()
            .map(|range| self.0.slice(range))
    }

    /// What says which key of the issuer's signed it (RFC 5280 §4.2.1.1).
    #[must_use]
    pub fn authority_key_identifier(&self) -> Option<&AuthorityKeyIdentifier> {
        self.0.known.authority_key_identifier.as_ref()
    }

    /// The e-mail addresses it was issued for: of the alternative names, then of the subject; in lower
    /// case, each once. Texts without anything before and after an `@` are left out.
    #[must_use]
    pub fn emails(&self) -> Vec<String> {
        let of_subject = self
            .subject()
            .attributes()
            .filter(|attribute| *attribute.oid() == EMAIL_ADDRESS)
            .filter_map(|attribute| attribute.text());
        let mut seen = BTreeSet::new();
        self.0
            .known
            .alternative_emails
            .iter()
            .map(String::as_str)
            .chain(of_subject)
            .map(|address| address.trim().to_lowercase())
            .filter(|address| {
                address.split_once('@').is_some_and(|(local, host)| {
                    !local.is_empty() && !host.is_empty() && !address.contains(char::is_control)
                })
            })
            .filter(|address| seen.insert(address.clone()))
            .collect()
    }

    /// The host names of the alternative names, as they stand there.
    #[must_use]
    pub fn dns_names(&self) -> &[String] {
        &self.0.known.dns_names
    }

    /// All extensions in their order.
    #[must_use]
    pub fn extensions(&self) -> impl ExactSizeIterator<Item = Extension<'_>> {
        self.0
            .extensions
            .iter()
            .map(|(oid, criticality, value)| Extension {
                oid,
                criticality: *criticality,
                value: self.0.slice(value),
            })
    }

    /// Where the certificate departs from RFC 5280 and was read all the same.
    #[must_use]
    pub fn quirks(&self) -> &[Quirk] {
        &self.0.quirks
    }

    /// The digest of the exact octets.
    #[must_use]
    pub fn thumbprint(&self, algorithm: DigestAlgorithm, provider: &Provider) -> Thumbprint {
        Thumbprint::of(self.as_der(), algorithm, provider)
    }

    /// What it may serve for, by its usage extensions alone.
    #[must_use]
    pub fn usable_for(&self) -> Vec<Purpose> {
        Purpose::ALL
            .into_iter()
            .filter(|purpose| purpose.is_allowed_by(self.key_usage(), self.extended_key_usage()))
            .collect()
    }

    /// Whether subject and issuer are the same name (RFC 5280 §6.1).
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.subject().matches(self.issuer())
    }

    /// Whether it is self-issued and its own key verifies its signature.
    #[must_use]
    pub fn is_self_signed(&self, provider: &Provider) -> bool {
        self.is_self_issued() && self.verify_signature_by(self, provider).is_ok()
    }

    /// Verifies the signature under the key of `issuer`. Names, validity and usages are not looked at.
    ///
    /// # Errors
    ///
    /// [`Error::SignatureInvalid`] when it does not verify, when the certificate names two different
    /// algorithms (RFC 5280 §4.1.1.2), or when the signature is no whole number of octets;
    /// [`Error::Unsupported`] for algorithms that are not served.
    pub fn verify_signature_by(&self, issuer: &Self, provider: &Provider) -> Result<(), Error> {
        let unsound = [
            Quirk::SignatureAlgorithmMismatch,
            Quirk::SignatureWithUnusedBits,
        ];
        if unsound.iter().any(|quirk| self.quirks().contains(quirk)) {
            return Err(Error::SignatureInvalid);
        }
        let algorithm = self
            .signature_algorithm()
            .known()
            .ok_or(Error::Unsupported {
                what: "the signature algorithm of this certificate",
            })?;
        provider.verify(
            issuer.public_key_info(),
            algorithm,
            self.to_be_signed(),
            self.signature(),
        )
    }
}

impl Parsed {
    fn slice(&self, range: &Range<usize>) -> &[u8] {
        // Each range was measured in these octets.
        self.octets.get(range.clone()).unwrap_or_default()
    }

    /// RFC 5280 §4.1, in the order of its fields.
    fn decode(octets: &Arc<[u8]>) -> Result<Self, CertificateError> {
        let mut quirks = Vec::new();
        let outer = sequence(Element::parse(octets)?, "Certificate")?;
        let mut outer = outer.reader();
        let to_be_signed = outer.expect(Tag::Sequence, "TBSCertificate")?;
        let outer_algorithm = outer.expect(Tag::Sequence, "signatureAlgorithm")?;
        let signature = outer.expect(Tag::BitString, "signature")?;
        outer.finish()?;

        let mut fields = to_be_signed.reader();
        let version = match fields.optional_context(0)? {
            Some(explicit) => decode_version(&explicit, &mut quirks)?,
            None => 1,
        };
        let serial = fields.expect(Tag::Integer, "serialNumber")?;
        let serial = SerialNumber::from_der_content(serial.content())
            .map_err(|_| serial.bad("serialNumber"))?;
        if !serial.is_minimal() {
            quirks.push(Quirk::PaddedSerial);
        }
        if !serial.is_conforming() {
            quirks.push(Quirk::UnusualSerial);
        }
        let inner_algorithm = fields.expect(Tag::Sequence, "signature algorithm")?;
        if inner_algorithm.raw() != outer_algorithm.raw() {
            quirks.push(Quirk::SignatureAlgorithmMismatch);
        }
        let issuer = Name::from_element(&fields.expect(Tag::Sequence, "issuer")?)?;
        let mut validity = fields.expect(Tag::Sequence, "validity")?.reader();
        let not_before = decode_time(&validity.element()?, &mut quirks)?;
        let not_after = decode_time(&validity.element()?, &mut quirks)?;
        validity.finish()?;
        let subject = Name::from_element(&fields.expect(Tag::Sequence, "subject")?)?;
        let public_key_info = fields.expect(Tag::Sequence, "subjectPublicKeyInfo")?;
        let key_algorithm = KeyAlgorithmName::from_public_key_info(&public_key_info)?;
        // Unique identifiers of issuer and subject (X.509 of 1993) are passed over.
        let _ = fields.optional_context(1)?;
        let _ = fields.optional_context(2)?;
        let (extensions, known) = match fields.optional_context(3)? {
            Some(explicit) => decode_extensions(&explicit, &mut quirks)?,
            None => (Vec::new(), Known::default()),
        };
        fields.finish()?;
        if version < 3 && !extensions.is_empty() {
            quirks.push(Quirk::ExtensionsBeforeVersion3);
        }
        let signature = signature_of(&signature, &mut quirks)?;
        quirks.sort_unstable();
        quirks.dedup();

        Ok(Self {
            octets: Arc::clone(octets),
            to_be_signed: range_of(&to_be_signed),
            version,
            serial,
            issuer,
            subject,
            not_before,
            not_after,
            public_key_info: range_of(&public_key_info),
            key_algorithm,
            signature_algorithm: SignatureAlgorithmName::from_identifier(&outer_algorithm)?,
            signature,
            extensions,
            known,
            quirks,
        })
    }
}

fn decode_version(explicit: &Element<'_>, quirks: &mut Vec<Quirk>) -> Result<u8, DecodeError> {
    let mut reader = explicit.reader();
    let version = reader.expect(Tag::Integer, "version")?;
    reader.finish()?;
    match version.content() {
        [0] => {
            quirks.push(Quirk::ExplicitDefault);
            Ok(1)
        }
        [1] => Ok(2),
        [2] => Ok(3),
        _ => Err(version.bad("version")),
    }
}

type Extensions = Vec<(Oid, Criticality, Range<usize>)>;

fn decode_extensions(
    explicit: &Element<'_>,
    quirks: &mut Vec<Quirk>,
) -> Result<(Extensions, Known), CertificateError> {
    let mut reader = explicit.reader();
    let mut list = reader.expect(Tag::Sequence, "extensions")?.reader();
    reader.finish()?;
    let mut extensions = Vec::new();
    let mut known = Known::default();
    let mut seen = BTreeSet::new();
    while !list.is_empty() {
        let mut fields = list.expect(Tag::Sequence, "extension")?.reader();
        let oid = Oid::from_element(&fields.expect(Tag::ObjectIdentifier, "extension type")?)?;
        let critical = match fields.optional_tag(Tag::Boolean)? {
            Some(critical) => decode_boolean(&critical, quirks)?,
            None => false,
        };
        let criticality = if critical {
            Criticality::Critical
        } else {
            Criticality::NotCritical
        };
        let value = fields.expect(Tag::OctetString, "extension value")?;
        fields.finish()?;
        // RFC 5280 §4.2: no extension more than once, else readers disagree on what it says.
        if !seen.insert(oid.clone()) {
            return Err(CertificateError::DuplicateExtension { oid });
        }
        known.decode(&oid, &value, quirks)?;
        let start = value.content_offset();
        extensions.push((oid, criticality, start..start + value.content().len()));
    }
    Ok((extensions, known))
}

impl Known {
    fn decode(
        &mut self,
        oid: &Oid,
        value: &Element<'_>,
        quirks: &mut Vec<Quirk>,
    ) -> Result<(), DecodeError> {
        let mut reader = value.reader();
        if *oid == KEY_USAGE {
            let bits = reader.expect(Tag::BitString, "key usage")?;
            let range = bit_string_content(&bits, "key usage")?;
            self.key_usage = Some(KeyUsages::from_bits(range));
        } else if *oid == EXTENDED_KEY_USAGE {
            let mut list = reader.expect(Tag::Sequence, "extended key usage")?.reader();
            let mut usages = Vec::new();
            while !list.is_empty() {
                let usage = list.expect(Tag::ObjectIdentifier, "key purpose")?;
                usages.push(ExtendedKeyUsage::from_oid(Oid::from_element(&usage)?));
            }
            self.extended_key_usage = Some(usages);
        } else if *oid == BASIC_CONSTRAINTS {
            let mut fields = reader.expect(Tag::Sequence, "basic constraints")?.reader();
            self.basic_constraints = Some(BasicConstraints::decode(&mut fields, quirks)?);
        } else if *oid == SUBJECT_KEY_IDENTIFIER {
            let identifier = reader.expect(Tag::OctetString, "subject key identifier")?;
            let start = identifier.content_offset();
            self.subject_key_identifier = Some(start..start + identifier.content().len());
        } else if *oid == AUTHORITY_KEY_IDENTIFIER {
            let fields = reader
                .expect(Tag::Sequence, "authority key identifier")?
                .reader();
            self.authority_key_identifier = Some(AuthorityKeyIdentifier::decode(fields)?);
        } else if *oid == SUBJECT_ALTERNATIVE_NAME {
            let names = reader
                .expect(Tag::Sequence, "subject alternative name")?
                .reader();
            self.decode_alternative_names(names)?;
        } else {
            return Ok(());
        }
        reader.finish()
    }

    /// `GeneralNames`; those of other kinds than addresses and hosts are passed over.
    fn decode_alternative_names(&mut self, mut names: Reader<'_>) -> Result<(), DecodeError> {
        while !names.is_empty() {
            let name = names.element()?;
            let text = || String::from_utf8_lossy(name.content()).into_owned();
            if name.is_context(1) {
                self.alternative_emails.push(text());
            } else if name.is_context(2) {
                self.dns_names.push(text());
            } else if name.is_context(0) {
                self.alternative_emails.extend(smtp_utf8_mailbox(&name));
            }
        }
        Ok(())
    }
}

/// The address of an `SmtpUTF8Mailbox` (RFC 9598 §3), if this `otherName` is one.
fn smtp_utf8_mailbox(other_name: &Element<'_>) -> Option<String> {
    let mut fields = other_name.reader();
    let kind = fields.expect(Tag::ObjectIdentifier, "otherName").ok()?;
    let kind = Oid::from_element(&kind).ok()?;
    let value = fields.optional_context(0).ok()??;
    let text = value
        .reader()
        .expect(Tag::Utf8String, "SmtpUTF8Mailbox")
        .ok()?;
    (kind == SMTP_UTF8_MAILBOX).then(|| String::from_utf8(text.content().to_vec()).ok())?
}

fn decode_boolean(element: &Element<'_>, quirks: &mut Vec<Quirk>) -> Result<bool, DecodeError> {
    match element.content() {
        [0xff] => Ok(true),
        [0] => {
            quirks.push(Quirk::ExplicitDefault);
            Ok(false)
        }
        // X.690 §8.2.2 lets any octet but zero stand for TRUE; DER does not.
        [_] => {
            quirks.push(Quirk::LooseBoolean);
            Ok(true)
        }
        _ => Err(element.bad("boolean")),
    }
}

fn sequence<'a>(element: Element<'a>, what: &'static str) -> Result<Element<'a>, DecodeError> {
    if element.tag() == Tag::Sequence {
        Ok(element)
    } else {
        Err(element.bad(what))
    }
}

fn range_of(element: &Element<'_>) -> Range<usize> {
    element.offset()..element.offset() + element.raw().len()
}

/// Where the octets of the signature lie.
fn signature_of(
    element: &Element<'_>,
    quirks: &mut Vec<Quirk>,
) -> Result<Range<usize>, DecodeError> {
    let octets = bit_string_content(element, "signature")?;
    if !element.content().starts_with(&[0]) {
        quirks.push(Quirk::SignatureWithUnusedBits);
    }
    let end = element.content_offset() + element.content().len();
    Ok(end - octets.len()..end)
}

/// The octets of a bit string whose last bits may be unused.
fn bit_string_content<'a>(
    element: &Element<'a>,
    what: &'static str,
) -> Result<&'a [u8], DecodeError> {
    match element.content() {
        [0] => Ok(&[]),
        [0..=7, octets @ ..] if !octets.is_empty() => Ok(octets),
        _ => Err(element.bad(what)),
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", self.subject())
            .field("issuer", self.issuer())
            .field("serial", self.serial())
            .field("not_after", &self.not_after())
            .finish_non_exhaustive()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.as_der() == other.as_der()
    }
}

impl Eq for Certificate {}

impl Hash for Certificate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_der().hash(state);
    }
}

impl Ord for Certificate {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_der().cmp(other.as_der())
    }
}

impl PartialOrd for Certificate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// One extension of a certificate, its value as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Extension<'a> {
    /// Which extension it is.
    pub oid: &'a Oid,
    /// Whether who does not understand it must refuse the certificate.
    pub criticality: Criticality,
    /// The content of `extnValue`.
    pub value: &'a [u8],
}

/// Whether who does not understand an extension must refuse the certificate (RFC 5280 §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a flag with two values")]
pub enum Criticality {
    /// Must refuse.
    Critical,
    /// May pass it over.
    NotCritical,
}

/// The basic constraints (RFC 5280 §4.2.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicConstraints {
    is_ca: bool,
    path_length: Option<u32>,
}

impl BasicConstraints {
    /// Whether the certificate is that of an authority.
    #[must_use]
    pub const fn is_ca(self) -> bool {
        self.is_ca
    }

    /// How many intermediate certificates may follow it in a path; `None` is any number. Numbers beyond
    /// 32 bits count as the largest.
    #[must_use]
    pub const fn path_length(self) -> Option<u32> {
        self.path_length
    }

    fn decode(fields: &mut Reader<'_>, quirks: &mut Vec<Quirk>) -> Result<Self, DecodeError> {
        let is_ca = match fields.optional_tag(Tag::Boolean)? {
            Some(flag) => decode_boolean(&flag, quirks)?,
            None => false,
        };
        let path_length = match fields.optional_tag(Tag::Integer)? {
            Some(length) => match length.content() {
                [] | [0x80..=0xff, ..] => return Err(length.bad("pathLenConstraint")),
                octets => Some(octets.iter().fold(0_u32, |value, octet| {
                    value
                        .checked_mul(256)
                        .and_then(|value| value.checked_add(u32::from(*octet)))
                        .unwrap_or(u32::MAX)
                })),
            },
            None => None,
        };
        fields.clone().finish()?;
        Ok(Self { is_ca, path_length })
    }
}

/// Which key of the issuer's signed a certificate (RFC 5280 §4.2.1.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorityKeyIdentifier {
    key_identifier: Option<Box<[u8]>>,
    serial: Option<SerialNumber>,
}

impl AuthorityKeyIdentifier {
    /// The issuer's subject key identifier, if it is given.
    #[must_use]
    pub fn key_identifier(&self) -> Option<&[u8]> {
        self.key_identifier.as_deref()
    }

    /// The serial number of the issuer's certificate, if it is given.
    #[must_use]
    pub const fn serial(&self) -> Option<&SerialNumber> {
        self.serial.as_ref()
    }

    fn decode(mut fields: Reader<'_>) -> Result<Self, DecodeError> {
        let key_identifier = fields
            .optional_context(0)?
            .map(|field| field.content().into());
        let _ = fields.optional_context(1)?;
        let serial = match fields.optional_context(2)? {
            Some(field) => Some(
                SerialNumber::from_der_content(field.content())
                    .map_err(|_| field.bad("authorityCertSerialNumber"))?,
            ),
            None => None,
        };
        fields.finish()?;
        Ok(Self {
            key_identifier,
            serial,
        })
    }
}

/// Something that RFC 5280 forbids and that was read all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Quirk {
    /// The two fields that name the signature algorithm differ (§4.1.1.2). No signature verifies.
    #[error("the certificate names two different signature algorithms")]
    SignatureAlgorithmMismatch,
    /// The signature is no whole number of octets, as every algorithm makes it. It does not verify.
    #[error("the signature is not a whole number of octets")]
    SignatureWithUnusedBits,
    /// A BOOLEAN that is true has another octet than `ff` (X.690 §11.1).
    #[error("a true BOOLEAN is not encoded as ff")]
    LooseBoolean,
    /// A default value is written out (X.690 §11.5).
    #[error("a default value is written out")]
    ExplicitDefault,
    /// Extensions in a certificate of version 1 or 2 (§4.1.2.9).
    #[error("extensions in a certificate older than version 3")]
    ExtensionsBeforeVersion3,
    /// The serial number has more octets than it needs (X.690 §8.3.2).
    #[error("the serial number is padded")]
    PaddedSerial,
    /// The serial number is zero, negative, or longer than 20 octets (§4.1.2.2).
    #[error("the serial number is not positive or longer than 20 octets")]
    UnusualSerial,
    /// A time without seconds (§4.1.2.5.1).
    #[error("a time of validity has no seconds")]
    TimeWithoutSeconds,
    /// A time that is not in UTC (§4.1.2.5.1).
    #[error("a time of validity is given with an offset from UTC")]
    TimeWithOffset,
    /// A time with fractions of a second, which are dropped (§4.1.2.5.2).
    #[error("a time of validity has fractions of a second")]
    FractionalSeconds,
    /// A `GeneralizedTime` before 2050 (§4.1.2.5).
    #[error("a time of validity before 2050 is a GeneralizedTime")]
    EarlyGeneralizedTime,
}

impl Quirk {
    /// A stable name for this kind of departure.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::SignatureAlgorithmMismatch => "signature-algorithm-mismatch",
            Self::SignatureWithUnusedBits => "signature-with-unused-bits",
            Self::LooseBoolean => "loose-boolean",
            Self::ExplicitDefault => "explicit-default",
            Self::ExtensionsBeforeVersion3 => "extensions-before-version-3",
            Self::PaddedSerial => "padded-serial",
            Self::UnusualSerial => "unusual-serial",
            Self::TimeWithoutSeconds => "time-without-seconds",
            Self::TimeWithOffset => "time-with-offset",
            Self::FractionalSeconds => "fractional-seconds",
            Self::EarlyGeneralizedTime => "early-generalized-time",
        }
    }
}

/// Why octets are no certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The octets do not have the structure of a certificate.
    #[error("not a certificate: {0}")]
    Decode(#[from] DecodeError),
    /// An extension stands in it twice (RFC 5280 §4.2).
    #[error("extension {oid} appears more than once")]
    DuplicateExtension {
        /// Which extension.
        oid: Oid,
    },
}

impl CertificateError {
    /// A stable name for this kind of fault.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Decode(error) => error.code(),
            Self::DuplicateExtension { .. } => "duplicate-extension",
        }
    }
}

const SUBJECT_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.14");
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
const SUBJECT_ALTERNATIVE_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const AUTHORITY_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");
const EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");
const SMTP_UTF8_MAILBOX: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.8.9");
