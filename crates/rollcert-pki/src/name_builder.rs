use core::fmt;

use der::asn1::ObjectIdentifier;

use crate::asn1::{encode, encode_set_of, tag};
use crate::name::{EMAIL_ADDRESS, IA5_STRING, Name, PRINTABLE_STRING, UTF8_STRING};
use crate::oid::Oid;

/// Builds a [`Name`], the most general part first, as names are encoded.
///
/// Values are written in the string types of RFC 5280 §4.1.2.4: `PrintableString` where the attribute
/// has no other, `IA5String` for mail addresses and domain components, else `UTF8String`. Faults are
/// told by [`Self::build`].
///
/// ```
/// use rollcert_pki::Name;
///
/// # fn main() -> Result<(), rollcert_pki::NameBuildError> {
/// let name = Name::builder()
///     .country("DE")
///     .organization("Acme, Inc.")
///     .common_name("acme as2")
///     .build()?;
/// assert_eq!(name.to_string(), "CN=acme as2,O=Acme\\, Inc.,C=DE");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct NameBuilder {
    relative_names: Vec<Vec<(Oid, NameValue)>>,
}

/// The value of one attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NameValue {
    /// A text, whose string type follows from the attribute.
    Text(String),
    /// One element, tag and length included.
    Der(Vec<u8>),
}

impl NameBuilder {
    pub(crate) const fn new() -> Self {
        Self {
            relative_names: Vec::new(),
        }
    }

    /// `C`: two letters (ISO 3166).
    #[must_use]
    pub fn country(self, value: &str) -> Self {
        self.text(COUNTRY, value)
    }

    /// `ST`: state or province, at most 128 characters.
    #[must_use]
    pub fn state_or_province(self, value: &str) -> Self {
        self.text(STATE_OR_PROVINCE, value)
    }

    /// `L`: locality, at most 128 characters.
    #[must_use]
    pub fn locality(self, value: &str) -> Self {
        self.text(LOCALITY, value)
    }

    /// `O`: organization, at most 64 characters.
    #[must_use]
    pub fn organization(self, value: &str) -> Self {
        self.text(ORGANIZATION, value)
    }

    /// `OU`: organizational unit, at most 64 characters.
    #[must_use]
    pub fn organizational_unit(self, value: &str) -> Self {
        self.text(ORGANIZATIONAL_UNIT, value)
    }

    /// `CN`: common name, at most 64 characters.
    #[must_use]
    pub fn common_name(self, value: &str) -> Self {
        self.text(crate::name::COMMON_NAME, value)
    }

    /// `serialNumber` of the subject (which is not that of the certificate): at most 64 printable characters.
    #[must_use]
    pub fn serial_number(self, value: &str) -> Self {
        self.text(SERIAL_NUMBER, value)
    }

    /// `emailAddress`: at most 255 characters of ASCII. New certificates have their addresses among the
    /// alternative names (RFC 5280 §4.1.2.6).
    #[must_use]
    pub fn email_address(self, value: &str) -> Self {
        self.text(EMAIL_ADDRESS, value)
    }

    /// `DC`: one domain component of a DNS name, the top-level domain first.
    #[must_use]
    pub fn domain_component(self, value: &str) -> Self {
        self.text(DOMAIN_COMPONENT, value)
    }

    /// An attribute of any type, its value as text.
    #[must_use]
    pub fn attribute(self, kind: Oid, value: &str) -> Self {
        self.part(kind, NameValue::Text(value.to_owned()))
    }

    fn text(self, kind: ObjectIdentifier, value: &str) -> Self {
        self.attribute(kind.into(), value)
    }

    fn part(mut self, kind: Oid, value: NameValue) -> Self {
        self.relative_names.push(vec![(kind, value)]);
        self
    }

    /// One relative name of several attributes.
    pub(crate) fn relative_name(mut self, attributes: Vec<(Oid, NameValue)>) -> Self {
        self.relative_names.push(attributes);
        self
    }

    /// The name. Without any part it is the empty one.
    ///
    /// # Errors
    ///
    /// [`NameBuildError`] for the first value that its attribute does not allow, and for more than
    /// [`Name::MAX_ATTRIBUTES`].
    pub fn build(&self) -> Result<Name, NameBuildError> {
        if self.relative_names.iter().flatten().count() > Name::MAX_ATTRIBUTES {
            return Err(NameBuildError::TooMany);
        }
        let mut sets = Vec::with_capacity(self.relative_names.len());
        for attributes in &self.relative_names {
            let members: Vec<Vec<u8>> = attributes
                .iter()
                .map(|(kind, value)| encode_attribute(kind, value))
                .collect::<Result<_, _>>()?;
            sets.push(encode_set_of(members));
        }
        let parts: Vec<&[u8]> = sets.iter().map(Vec::as_slice).collect();
        // What was encoded here decodes, but for a value in DER that is none.
        Name::from_der(&encode(tag::SEQUENCE, &parts)).map_err(|_| NameBuildError::NotDer)
    }
}

fn encode_attribute(kind: &Oid, value: &NameValue) -> Result<Vec<u8>, NameBuildError> {
    let value = match value {
        NameValue::Text(text) => encode_text(kind, text)?,
        NameValue::Der(octets) => octets.clone(),
    };
    let kind = encode(tag::OBJECT_IDENTIFIER, &[kind.as_bytes()]);
    Ok(encode(tag::SEQUENCE, &[&kind, &value]))
}

fn encode_text(kind: &Oid, text: &str) -> Result<Vec<u8>, NameBuildError> {
    let (string, longest) = BOUNDS
        .iter()
        .find(|(known, _, _)| *kind == *known)
        .map_or((UTF8_STRING, LONGEST), |(_, string, longest)| {
            (*string, *longest)
        });
    let kind = || kind.clone();
    if text.is_empty() {
        return Err(NameBuildError::Empty { kind: kind() });
    }
    if text.chars().count() > longest {
        return Err(NameBuildError::TooLong {
            kind: kind(),
            max: longest,
        });
    }
    let allowed = match string {
        PRINTABLE_STRING => text.bytes().all(is_printable),
        IA5_STRING => text.is_ascii(),
        _ => true,
    };
    if !allowed {
        return Err(NameBuildError::Character { kind: kind() });
    }
    if kind() == COUNTRY && text.len() != 2 {
        return Err(NameBuildError::Country);
    }
    Ok(encode(string, &[text.as_bytes()]))
}

/// X.680 §41.4.
pub(crate) const fn is_printable(octet: u8) -> bool {
    octet.is_ascii_alphanumeric()
        || matches!(
            octet,
            b' ' | b'\'' | b'(' | b')' | b'+' | b',' | b'-' | b'.' | b'/' | b':' | b'=' | b'?'
        )
}

/// Why a name cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameBuildError {
    /// A value is empty; no attribute of RFC 5280 appendix A.1 may be.
    #[error("the value of attribute {} is empty", Shown(.kind))]
    Empty {
        /// Which attribute.
        kind: Oid,
    },
    /// A value is longer than RFC 5280 appendix A.1 allows.
    #[error("the value of attribute {} is longer than {max} characters", Shown(.kind))]
    TooLong {
        /// Which attribute.
        kind: Oid,
        /// The most characters.
        max: usize,
    },
    /// A value has characters that the string type of its attribute has not.
    #[error("the value of attribute {} has characters that are not allowed there", Shown(.kind))]
    Character {
        /// Which attribute.
        kind: Oid,
    },
    /// A country is not two letters.
    #[error("a country is two letters")]
    Country,
    /// A value given in hexadecimal is no element of DER.
    #[error("a value in hexadecimal is no DER")]
    NotDer,
    /// More than [`Name::MAX_ATTRIBUTES`].
    #[error("more than {} attributes", Name::MAX_ATTRIBUTES)]
    TooMany,
}

impl NameBuildError {
    /// A stable name for this kind of fault.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "empty-value",
            Self::TooLong { .. } => "too-long",
            Self::Character { .. } => "character-not-allowed",
            Self::Country => "bad-country",
            Self::NotDer => "not-der",
            Self::TooMany => "limit-exceeded",
        }
    }
}

/// The short name of an attribute, else its identifier.
struct Shown<'a>(&'a Oid);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match crate::name::DESCRIPTORS
            .iter()
            .find(|(_, known)| *self.0 == *known)
        {
            Some((name, _)) => f.write_str(name),
            None => self.0.fmt(f),
        }
    }
}

const COUNTRY: ObjectIdentifier = oid("2.5.4.6");
const SERIAL_NUMBER: ObjectIdentifier = oid("2.5.4.5");
const LOCALITY: ObjectIdentifier = oid("2.5.4.7");
const STATE_OR_PROVINCE: ObjectIdentifier = oid("2.5.4.8");
const ORGANIZATION: ObjectIdentifier = oid("2.5.4.10");
const ORGANIZATIONAL_UNIT: ObjectIdentifier = oid("2.5.4.11");
const DOMAIN_COMPONENT: ObjectIdentifier = oid("0.9.2342.19200300.100.1.25");

/// String type and most characters of the attributes that RFC 5280 appendix A.1 bounds.
const BOUNDS: [(ObjectIdentifier, u8, usize); 16] = [
    (COUNTRY, PRINTABLE_STRING, 2),
    (SERIAL_NUMBER, PRINTABLE_STRING, 64),
    // dnQualifier; X.520 bounds it not.
    (oid("2.5.4.46"), PRINTABLE_STRING, LONGEST),
    (EMAIL_ADDRESS, IA5_STRING, 255),
    (DOMAIN_COMPONENT, IA5_STRING, 63),
    (crate::name::COMMON_NAME, UTF8_STRING, 64),
    (LOCALITY, UTF8_STRING, 128),
    (STATE_OR_PROVINCE, UTF8_STRING, 128),
    (ORGANIZATION, UTF8_STRING, 64),
    (ORGANIZATIONAL_UNIT, UTF8_STRING, 64),
    // Title, surname, given name, initials, generation qualifier, pseudonym.
    (oid("2.5.4.12"), UTF8_STRING, 64),
    (oid("2.5.4.4"), UTF8_STRING, 32_768),
    (oid("2.5.4.42"), UTF8_STRING, 32_768),
    (oid("2.5.4.43"), UTF8_STRING, 32_768),
    (oid("2.5.4.44"), UTF8_STRING, 32_768),
    (oid("2.5.4.65"), UTF8_STRING, 128),
];

/// The most characters of any other value.
const LONGEST: usize = 32_768;

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_written_in_the_string_types_of_their_attributes() {
        let name = Name::builder()
            .country("DE")
            .organization("Müller")
            .serial_number("O0013000000TEST")
            .email_address("edi@acme.example")
            .build()
            .unwrap();
        let tags: Vec<u8> = name
            .attributes()
            .map(|attribute| attribute.value()[0])
            .collect();
        assert_eq!(
            tags,
            [PRINTABLE_STRING, UTF8_STRING, PRINTABLE_STRING, IA5_STRING]
        );
        assert_eq!(Name::builder().build().unwrap().as_der(), [0x30, 0]);
    }

    #[test]
    fn what_an_attribute_does_not_allow_is_refused() {
        let error = |builder: NameBuilder| builder.build().unwrap_err().to_string();
        assert_eq!(
            error(Name::builder().common_name(&"x".repeat(65))),
            "the value of attribute CN is longer than 64 characters"
        );
        assert_eq!(
            error(Name::builder().common_name("")),
            "the value of attribute CN is empty"
        );
        assert_eq!(
            error(Name::builder().country("D")),
            "a country is two letters"
        );
        assert_eq!(
            error(Name::builder().serial_number("a_b")),
            "the value of attribute serialNumber has characters that are not allowed there"
        );
        assert_eq!(
            error(Name::builder().email_address("zoë@acme.example")),
            "the value of attribute emailAddress has characters that are not allowed there"
        );
    }

    proptest! {
        #[test]
        fn what_is_built_is_read_back(
            country in "[A-Z]{2}",
            organization in "\\PC{1,64}",
            common_name in "\\PC{1,64}|[ #\"+,;<>=\\\\\n]{1,6}",
        ) {
            let name = Name::builder()
                .country(&country)
                .organization(&organization)
                .common_name(&common_name)
                .build()
                .unwrap();
            let read: Vec<&str> = name.attributes().filter_map(|attribute| attribute.text()).collect();
            prop_assert_eq!(read, [country.as_str(), &organization, &common_name]);
            prop_assert_eq!(Name::from_der(name.as_der()), Ok(name));
        }
    }
}
