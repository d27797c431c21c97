//! The extensions of certificates, requests, CRLs and CRL entries, each a type that reads and writes its value.
//!
//! [`Extensions`] walks them where they stand and copies nothing; [`Extension::decode`] and
//! [`Extensions::find`] read one as the type that is asked for, [`Extension::typed`] as whatever it is.
//! Extensions without a type here stay octets.
//!
//! Every type obeys the same laws: what is decoded from what it encodes equals it, and what is in
//! distinguished encoding comes back octet for octet. Decoding is lenient in one place: a BOOLEAN may be
//! true by another octet than `ff` and a default may be written out, because issuers do both.
//!
//! ```
//! use rollcert_pki::extension::{Criticality, EncodedExtension, GeneralName, SubjectAlternativeName};
//! use rollcert_pki::extension::ExtensionValue;
//!
//! # fn main() -> Result<(), Box<dyn core::error::Error>> {
//! let names = SubjectAlternativeName(vec![
//!     GeneralName::email("edi@acme.example")?,
//!     GeneralName::dns("as2.acme.example")?,
//! ]);
//! assert_eq!(SubjectAlternativeName::decode(&names.encode())?, names);
//! let extension = EncodedExtension::of(&names, Criticality::NotCritical);
//! assert!(extension.to_der().starts_with(&[0x30]));
//! # Ok(())
//! # }
//! ```

mod access;
mod alternative_name;
mod basic_constraints;
mod crl;
mod directory_attributes;
mod distribution_point;
mod general_name;
mod key_identifier;
mod name_constraints;
mod policy;
mod typed;
mod usage;
mod value;

use std::collections::BTreeSet;

use der::Tag;
use der::asn1::ObjectIdentifier;

use crate::asn1::{DecodeError, Element, Reader, encode, tag};
use crate::oid::Oid;

pub use access::{
    AccessDescription, AuthorityInformationAccess, OcspNoCheck, SubjectInformationAccess,
};
pub use alternative_name::{IssuerAlternativeName, SubjectAlternativeName};
pub use basic_constraints::BasicConstraints;
pub use crl::{
    CertificateIssuer, CrlNumber, DeltaCrlIndicator, HoldInstructionCode, InvalidityDate,
    ReasonCode,
};
pub use directory_attributes::{DirectoryAttribute, SubjectDirectoryAttributes};
pub use distribution_point::{
    CrlDistributionPoints, CrlScope, DistributionPoint, DistributionPointName, FreshestCrl,
    IssuingDistributionPoint, ReasonFlag, ReasonFlags, RelativeName,
};
pub use general_name::{GeneralName, Ia5Text, Ia5TextError};
pub use key_identifier::{AuthorityKeyIdentifier, SubjectKeyIdentifier};
pub use name_constraints::{GeneralSubtree, NameConstraints};
pub use policy::{
    CertificatePolicies, DisplayText, InhibitAnyPolicy, NoticeReference, PolicyConstraints,
    PolicyInformation, PolicyMapping, PolicyMappings, PolicyQualifier, UserNotice,
};
pub use typed::TypedExtension;
pub use usage::ExtendedKeyUsages;

pub(crate) use value::bit_string;

/// One kind of extension: its identifier, and its value both ways.
pub trait ExtensionValue: Sized {
    /// The identifier that stands before the value (RFC 5280 §4.2).
    const OID: ObjectIdentifier;

    /// Reads the content of `extnValue`.
    ///
    /// # Errors
    ///
    /// For octets that are no such value; places count from the start of `value`.
    fn decode(value: &[u8]) -> Result<Self, DecodeError>;

    /// Builds the content of `extnValue`, in distinguished encoding.
    fn encode(&self) -> Vec<u8>;
}

/// The extensions of one certificate, request, CRL or CRL entry (RFC 5280 §4.2), walked where they stand.
///
/// Their structure was checked and none stands twice, but for entries of a CRL with
/// [`Quirk::DuplicateEntryExtension`](crate::Quirk::DuplicateEntryExtension). Their values were not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extensions<'a> {
    content: &'a [u8],
    offset: usize,
    count: usize,
}

impl<'a> Extensions<'a> {
    /// The most extensions that one list may have; no certificate in use has fifty.
    pub const MAX_COUNT: usize = 16_384;

    /// No extensions at all.
    pub const NONE: Self = Self {
        content: &[],
        offset: 0,
        count: 0,
    };

    /// Checks `Extensions`, a SEQUENCE of them. An empty one is let pass.
    ///
    /// Costs no memory for up to 32 extensions outside of RFC 5280, and time that grows no faster than
    /// `n log n`.
    ///
    /// # Errors
    ///
    /// [`ExtensionsError::Decode`] for another structure, and for more than [`Self::MAX_COUNT`];
    /// [`ExtensionsError::Duplicate`].
    pub fn parse(sequence: &Element<'a>) -> Result<Self, ExtensionsError> {
        match Self::parse_repeated(sequence)? {
            (extensions, None) => Ok(extensions),
            (_, Some(oid)) => Err(ExtensionsError::Duplicate { oid }),
        }
    }

    /// Checks a list in which an extension may stand twice, and says which one does.
    pub(crate) fn parse_repeated(
        sequence: &Element<'a>,
    ) -> Result<(Self, Option<Oid>), DecodeError> {
        if sequence.tag() != Tag::Sequence {
            return Err(sequence.bad("extensions"));
        }
        let mut seen = Seen::default();
        let mut repeated = None;
        let mut reader = sequence.reader();
        let mut count = 0;
        while !reader.is_empty() {
            if count == Self::MAX_COUNT {
                return Err(DecodeError::limit("extensions", count, reader.offset()));
            }
            let extension = Extension::read(&mut reader)?;
            if !seen.insert(extension.oid) {
                repeated.get_or_insert_with(|| extension.oid());
            }
            count += 1;
        }
        let extensions = Self::checked(sequence.content(), sequence.content_offset(), count);
        Ok((extensions, repeated))
    }

    /// The extensions in their order.
    #[must_use]
    pub const fn iter(&self) -> ExtensionsIter<'a> {
        ExtensionsIter {
            reader: Reader::placed(self.content, self.offset),
            left: self.count,
        }
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The extension with this identifier, the first one.
    #[must_use]
    pub fn get(&self, oid: &ObjectIdentifier) -> Option<Extension<'a>> {
        self.iter().find(|extension| extension.is(oid))
    }

    /// The value of the extension of this type; `None` when there is no such extension.
    ///
    /// # Errors
    ///
    /// When its value is malformed. Who decides on it must refuse then, not go on as if it were absent.
    pub fn find<T: ExtensionValue>(&self) -> Result<Option<T>, DecodeError> {
        self.get(&T::OID)
            .map(|extension| extension.decode())
            .transpose()
    }

    /// The same walk over other octets: `content` is that of a sequence that [`Self::parse`] has checked.
    pub(crate) const fn checked(content: &'a [u8], offset: usize, count: usize) -> Self {
        Self {
            content,
            offset,
            count,
        }
    }
}

impl<'a> IntoIterator for Extensions<'a> {
    type Item = Extension<'a>;
    type IntoIter = ExtensionsIter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a> IntoIterator for &Extensions<'a> {
    type Item = Extension<'a>;
    type IntoIter = ExtensionsIter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// What [`Extensions::iter`] returns.
#[derive(Clone, Debug)]
pub struct ExtensionsIter<'a> {
    reader: Reader<'a>,
    left: usize,
}

impl<'a> Iterator for ExtensionsIter<'a> {
    type Item = Extension<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        // The structure was checked when the walk was made.
        Extension::read(&mut self.reader).ok()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for ExtensionsIter<'_> {}

/// One extension where it stands (RFC 5280 §4.2), its value not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension<'a> {
    oid: &'a [u8],
    critical: Option<u8>,
    value: &'a [u8],
    raw: &'a [u8],
    value_offset: usize,
}

impl<'a> Extension<'a> {
    /// Reads the next `Extension` of a list.
    fn read(list: &mut Reader<'a>) -> Result<Self, DecodeError> {
        match Self::cut(list.rest(), list.offset()) {
            Some(short) => {
                list.skip(short.raw.len());
                Ok(short)
            }
            None => Self::walk(list),
        }
    }

    /// The extension at the start of `rest`, if it is as short as nearly all are; nothing also where anything is wrong.
    /// They are gone over again and again.
    fn cut(rest: &'a [u8], offset: usize) -> Option<Self> {
        let (&[tag::SEQUENCE, length @ ..0x80], body) = rest.split_first_chunk()? else {
            return None;
        };
        let body = body.get(..usize::from(length))?;
        let (&[tag::OBJECT_IDENTIFIER, length @ 1..0x80], after) = body.split_first_chunk()? else {
            return None;
        };
        let (oid, after) = after.split_at_checked(usize::from(length))?;
        let (critical, value) = match after {
            [tag::BOOLEAN, 1, critical, value @ ..] => (Some(*critical), value),
            value => (None, value),
        };
        let (&[tag::OCTET_STRING, length @ ..0x80], value) = value.split_first_chunk()? else {
            return None;
        };
        let raw = rest.get(..2 + body.len())?;
        let is_sound = value.len() == usize::from(length) && Oid::is_content(oid);
        is_sound.then_some(Self {
            oid,
            critical,
            value,
            raw,
            value_offset: offset + (raw.len() - value.len()),
        })
    }

    /// The same, element by element.
    fn walk(list: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let whole = list.expect(Tag::Sequence, "extension")?;
        let mut fields = whole.reader();
        let oid = Oid::content_of(&fields.expect(Tag::ObjectIdentifier, "extension type")?)?;
        let mut value = fields.element()?;
        let mut critical = None;
        if value.tag() == Tag::Boolean {
            let [octet] = value.content() else {
                return Err(value.bad("boolean"));
            };
            critical = Some(*octet);
            value = fields.element()?;
        }
        if value.tag() != Tag::OctetString {
            return Err(value.unexpected("extension value"));
        }
        fields.finish()?;
        Ok(Self {
            oid,
            critical,
            value: value.content(),
            raw: whole.raw(),
            value_offset: value.content_offset(),
        })
    }

    /// Which extension it is.
    #[must_use]
    pub fn oid(&self) -> Oid {
        Oid::from_checked(self.oid)
    }

    /// Whether it is the extension with this identifier.
    #[must_use]
    pub fn is(&self, oid: &ObjectIdentifier) -> bool {
        let oid = oid.as_bytes();
        // Nearly all begin alike.
        self.oid.last() == oid.last() && self.oid == oid
    }

    /// Whether who does not understand it must refuse what it stands in.
    #[must_use]
    pub const fn criticality(&self) -> Criticality {
        match self.critical {
            None | Some(0) => Criticality::NotCritical,
            // X.690 §8.2.2 lets any octet but zero stand for TRUE; DER does not.
            Some(_) => Criticality::Critical,
        }
    }

    /// The content of `extnValue`.
    #[must_use]
    pub const fn value(&self) -> &'a [u8] {
        self.value
    }

    /// The exact octets of the whole extension.
    #[must_use]
    pub const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// Where the value begins, in octets from the start of the outermost input.
    #[must_use]
    pub const fn value_offset(&self) -> usize {
        self.value_offset
    }

    /// The value as this type. The identifier is not compared: see [`Extensions::find`].
    ///
    /// # Errors
    ///
    /// When the value is malformed; the place counts from the start of the outermost input.
    pub fn decode<T: ExtensionValue>(&self) -> Result<T, DecodeError> {
        T::decode(self.value).map_err(|error| error.shifted(self.value_offset))
    }

    /// The value as the type that goes with its identifier; [`TypedExtension::Unknown`] when there is none.
    ///
    /// # Errors
    ///
    /// As [`Self::decode`].
    pub fn typed(&self) -> Result<TypedExtension, DecodeError> {
        TypedExtension::decode(self)
    }

    /// The octet of the BOOLEAN `critical`, if it is written at all.
    pub(crate) const fn critical_octet(&self) -> Option<u8> {
        self.critical
    }
}

/// Whether who does not understand an extension must refuse what it stands in (RFC 5280 §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a flag with two values")]
pub enum Criticality {
    /// Must refuse.
    Critical,
    /// May pass it over.
    NotCritical,
}

/// One extension ready to be written into a certificate, request, CRL or CRL entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedExtension {
    oid: Oid,
    criticality: Criticality,
    value: Vec<u8>,
}

impl EncodedExtension {
    /// Any extension: its identifier and the content of `extnValue`, written as they are.
    #[must_use]
    pub fn new(oid: impl Into<Oid>, criticality: Criticality, value: impl Into<Vec<u8>>) -> Self {
        Self {
            oid: oid.into(),
            criticality,
            value: value.into(),
        }
    }

    /// An extension of a type that is known here.
    #[must_use]
    pub fn of<T: ExtensionValue>(value: &T, criticality: Criticality) -> Self {
        Self::new(T::OID, criticality, value.encode())
    }

    /// Which extension it is.
    #[must_use]
    pub const fn oid(&self) -> &Oid {
        &self.oid
    }

    /// Whether who does not understand it must refuse what it stands in.
    #[must_use]
    pub const fn criticality(&self) -> Criticality {
        self.criticality
    }

    /// The content of `extnValue`.
    #[must_use]
    pub fn value(&self) -> &[u8] {
        &self.value
    }

    /// The DER of `Extension`.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let oid = encode(tag::OBJECT_IDENTIFIER, &[self.oid.as_bytes()]);
        let critical: &[u8] = match self.criticality {
            Criticality::Critical => &[tag::BOOLEAN, 1, 0xff],
            Criticality::NotCritical => &[],
        };
        let value = encode(tag::OCTET_STRING, &[&self.value]);
        encode(tag::SEQUENCE, &[&oid, critical, &value])
    }

    /// The DER of `Extensions`: the SEQUENCE of these, in this order.
    #[must_use]
    pub fn to_der_sequence(extensions: &[Self]) -> Vec<u8> {
        let extensions: Vec<Vec<u8>> = extensions.iter().map(Self::to_der).collect();
        let extensions: Vec<&[u8]> = extensions.iter().map(Vec::as_slice).collect();
        encode(tag::SEQUENCE, &extensions)
    }
}

impl From<Extension<'_>> for EncodedExtension {
    fn from(extension: Extension<'_>) -> Self {
        Self::new(extension.oid(), extension.criticality(), extension.value())
    }
}

/// Why octets are no list of extensions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExtensionsError {
    /// The octets have another structure.
    #[error("{0}")]
    Decode(#[from] DecodeError),
    /// An extension stands in it twice (RFC 5280 §4.2): readers disagree on what it says.
    #[error("extension {oid} appears more than once")]
    Duplicate {
        /// Which extension.
        oid: Oid,
    },
}

impl ExtensionsError {
    /// A stable name for this kind of fault.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Decode(error) => error.code(),
            Self::Duplicate { .. } => "duplicate-extension",
        }
    }
}

/// The identifiers met so far, without memory of the heap for as many as anybody uses.
#[derive(Default)]
struct Seen<'a> {
    /// Those below `id-ce`, 2.5.29, by their last arc.
    standard: u128,
    few: [&'a [u8]; FEW],
    few_len: usize,
    many: BTreeSet<&'a [u8]>,
}

const FEW: usize = 32;

impl<'a> Seen<'a> {
    /// Whether `oid` was not met before.
    fn insert(&mut self, oid: &'a [u8]) -> bool {
        if let [0x55, 0x1d, arc @ 0..=0x7f] = oid {
            let bit = 1_u128 << arc;
            let is_new = self.standard & bit == 0;
            self.standard |= bit;
            return is_new;
        }
        if self.few.iter().take(self.few_len).any(|seen| *seen == oid) {
            return false;
        }
        match self.few.get_mut(self.few_len) {
            Some(place) => {
                *place = oid;
                self.few_len += 1;
                true
            }
            None => self.many.insert(oid),
        }
    }
}

/// An identifier below `id-ce` (RFC 5280 §4.2).
pub(crate) const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

/// An encoded identifier of any size.
pub(crate) fn encode_any_oid(oid: &Oid) -> Vec<u8> {
    encode(tag::OBJECT_IDENTIFIER, &[oid.as_bytes()])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn list(oids: &[Vec<u8>]) -> Vec<u8> {
        let extensions: Vec<Vec<u8>> = oids
            .iter()
            .map(|content| {
                let oid = encode(tag::OBJECT_IDENTIFIER, &[content]);
                encode(tag::SEQUENCE, &[&oid, &encode(tag::OCTET_STRING, &[])])
            })
            .collect();
        let extensions: Vec<&[u8]> = extensions.iter().map(Vec::as_slice).collect();
        encode(tag::SEQUENCE, &extensions)
    }

    fn parse(octets: &[u8]) -> Result<usize, ExtensionsError> {
        Extensions::parse(&Element::parse(octets)?).map(|extensions| extensions.len())
    }

    proptest! {
        #[test]
        fn what_is_cut_is_what_the_walk_reads(place in 0_usize..24, octet: u8, length in 0_usize..24) {
            let kind = encode(tag::OBJECT_IDENTIFIER, &[&[0x55, 0x1d, 0x13]]);
            let critical = encode(tag::BOOLEAN, &[&[0xff]]);
            let value = encode(tag::OCTET_STRING, &[&[0x30, 0x03, 1, 1, 0xff]]);
            let mut octets = encode(tag::SEQUENCE, &[&kind, &critical, &value]);
            octets.extend([0x30, 0x00]);
            if let Some(spoilt) = octets.get_mut(place) {
                *spoilt = octet;
            }
            octets.truncate(octets.len() - length.min(4));
            let mut list = Reader::placed(&octets, 7);
            let walked = Extension::walk(&mut list);
            if let Some(cut) = Extension::cut(&octets, 7) {
                prop_assert_eq!(Ok(cut), walked);
                prop_assert_eq!(list.offset(), 7 + cut.raw.len());
            }
        }
    }

    #[test]
    fn extensions_as_nearly_all_are_need_no_walk() {
        let octets = list(&[vec![0x55, 0x1d, 0x13]]);
        assert!(Extension::cut(octets.get(2..).unwrap(), 0).is_some());
    }

    #[test]
    fn duplicates_are_found_wherever_they_stand() {
        let many: Vec<Vec<u8>> = (0..200_u8)
            .map(|number| vec![0x2a, 0x81, number & 0x7f, number >> 7])
            .chain((0..100).map(|arc| vec![0x55, 0x1d, arc]))
            .collect();
        assert_eq!(parse(&list(&many)), Ok(300));
        for twice in [0, 31, 32, 33, 199, 200, 299] {
            let mut octets = many.clone();
            octets.push(many[twice].clone());
            assert_eq!(
                parse(&list(&octets)).map_err(|error| error.code()),
                Err("duplicate-extension"),
                "{twice}"
            );
        }
    }
}
