use core::fmt;

use der::Tag;
use der::asn1::ObjectIdentifier;

use super::general_name::{Ia5Text, write_escaped};
use super::{ExtensionValue, encode_any_oid, oid, value};
use crate::asn1::{DecodeError, Element, OpaqueElement, Reader, encode, encode_oid, tag};
use crate::name::decode_text;
use crate::oid::Oid;

/// The policies under which the certificate was issued (RFC 5280 §4.2.1.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a list, as RFC 5280 defines it")]
pub struct CertificatePolicies(pub Vec<PolicyInformation>);

impl CertificatePolicies {
    /// `anyPolicy`, which stands for every policy.
    pub const ANY: ObjectIdentifier = oid("2.5.29.32.0");
}

impl ExtensionValue for CertificatePolicies {
    const OID: ObjectIdentifier = oid("2.5.29.32");

    fn decode(value: &[u8]) -> Result<Self, DecodeError> {
        let mut list = value::sequence(value, "certificate policies")?;
        let mut policies = Vec::new();
        while !list.is_empty() {
            let policy = list.expect(Tag::Sequence, "policy information")?;
            policies.push(PolicyInformation::read(policy.reader())?);
        }
        Ok(Self(policies))
    }

    fn encode(&self) -> Vec<u8> {
        let policies: Vec<Vec<u8>> = self.0.iter().map(PolicyInformation::encode).collect();
        value::encode_sequence(&policies)
    }
}

/// One policy and what is said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of RFC 5280")]
pub struct PolicyInformation {
    /// The policy.
    pub policy: Oid,
    /// Notices on it; they change nothing for who validates.
    pub qualifiers: Vec<PolicyQualifier>,
}

impl PolicyInformation {
    fn read(mut fields: Reader<'_>) -> Result<Self, DecodeError> {
        let policy = Oid::from_element(&fields.expect(Tag::ObjectIdentifier, "policy")?)?;
        let mut qualifiers = Vec::new();
        if let Some(list) = fields.optional_tag(Tag::Sequence)? {
            if list.content().is_empty() {
                return Err(list.bad("policy qualifiers"));
            }
            let mut list = list.reader();
            while !list.is_empty() {
                let qualifier = list.expect(Tag::Sequence, "policy qualifier")?;
                qualifiers.push(PolicyQualifier::read(qualifier.reader())?);
            }
        }
        fields.finish()?;
        Ok(Self { policy, qualifiers })
    }

    fn encode(&self) -> Vec<u8> {
        let mut fields = vec![encode_any_oid(&self.policy)];
        if !self.qualifiers.is_empty() {
            let qualifiers: Vec<Vec<u8>> = self
                .qualifiers
                .iter()
                .map(PolicyQualifier::encode)
                .collect();
            fields.push(value::encode_sequence(&qualifiers));
        }
        value::encode_sequence(&fields)
    }
}

/// What is said about a policy (RFC 5280 §4.2.1.4).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyQualifier {
    /// Where the statement of practice is found.
    Cps(Ia5Text),
    /// What a person shall be shown.
    UserNotice(UserNotice),
    /// Another qualifier, or one of these in another form than RFC 5280 gives it.
    Other {
        /// Which qualifier.
        oid: Oid,
        /// Its value, encoded.
        value: Vec<u8>,
    },
}

impl PolicyQualifier {
    fn read(mut fields: Reader<'_>) -> Result<Self, DecodeError> {
        let oid = Oid::from_element(&fields.expect(Tag::ObjectIdentifier, "policy qualifier")?)?;
        let value = fields.opaque()?;
        fields.finish()?;
        let known = if oid == CPS && value.identifier() == tag::IA5_STRING {
            Some(Self::Cps(Ia5Text::from_octets(value.content())))
        } else if oid == USER_NOTICE {
            UserNotice::decode(value.raw()).ok().map(Self::UserNotice)
        } else {
            None
        };
        Ok(known.unwrap_or_else(|| Self::Other {
            oid,
            value: value.raw().into(),
        }))
    }

    fn encode(&self) -> Vec<u8> {
        match self {
            Self::Cps(uri) => value::encode_sequence(&[
                encode_oid(CPS),
                encode(tag::IA5_STRING, &[uri.as_bytes()]),
            ]),
            Self::UserNotice(notice) => {
                value::encode_sequence(&[encode_oid(USER_NOTICE), notice.encode()])
            }
            Self::Other { oid, value } => encode(tag::SEQUENCE, &[&encode_any_oid(oid), value]),
        }
    }
}

/// What a person who relies on the certificate shall be shown (RFC 5280 §4.2.1.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of RFC 5280")]
pub struct UserNotice {
    /// Where the text is found.
    pub reference: Option<NoticeReference>,
    /// The text itself.
    pub text: Option<DisplayText>,
}

impl UserNotice {
    fn decode(octets: &[u8]) -> Result<Self, DecodeError> {
        let mut fields = value::sequence(octets, "user notice")?;
        let reference = fields
            .optional_tag(Tag::Sequence)?
            .map(|reference| NoticeReference::read(reference.reader()))
            .transpose()?;
        let text = if fields.is_empty() {
            None
        } else {
            Some(DisplayText::read(&mut fields)?)
        };
        fields.finish()?;
        Ok(Self { reference, text })
    }

    fn encode(&self) -> Vec<u8> {
        let reference = self.reference.as_ref().map(NoticeReference::encode);
        let text = self.text.as_ref().map(DisplayText::encode);
        let fields: Vec<Vec<u8>> = [reference, text].into_iter().flatten().collect();
        value::encode_sequence(&fields)
    }
}

/// Which of an organization's numbered texts is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of RFC 5280")]
pub struct NoticeReference {
    /// Whose texts.
    pub organization: DisplayText,
    /// The numbers of the texts.
    pub numbers: Vec<u32>,
}

impl NoticeReference {
    fn read(mut fields: Reader<'_>) -> Result<Self, DecodeError> {
        let organization = DisplayText::read(&mut fields)?;
        let mut list = fields.expect(Tag::Sequence, "notice numbers")?.reader();
        fields.finish()?;
        let mut numbers = Vec::new();
        while !list.is_empty() {
            let number = list.expect(Tag::Integer, "notice number")?;
            numbers.push(value::unsigned(&number, "notice number")?);
        }
        Ok(Self {
            organization,
            numbers,
        })
    }

    fn encode(&self) -> Vec<u8> {
        let numbers: Vec<Vec<u8>> = self
            .numbers
            .iter()
            .map(|number| value::encode_number(tag::INTEGER, *number))
            .collect();
        value::encode_sequence(&[self.organization.encode(), value::encode_sequence(&numbers)])
    }
}

/// A text for people, of one of several string types, its octets kept.
///
/// `Display` is the text with what could deceive a reader escaped, or hexadecimal when it is no text.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DisplayText {
    identifier: u8,
    content: Box<[u8]>,
}

impl DisplayText {
    /// A `UTF8String`, as RFC 5280 wants it. It wants at most 200 characters, too.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self {
            identifier: tag::UTF8_STRING,
            content: text.as_bytes().into(),
        }
    }

    /// The text; `None` when the octets do not fit their string type.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        let octets = self.encode();
        let element = Reader::new(&octets).opaque().ok()?;
        decode_text(&element)
    }

    fn read(fields: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = fields.offset();
        let element = fields.opaque()?;
        // A string, not something constructed: what follows may be a sequence.
        let is_string = |element: &OpaqueElement<'_>| element.identifier() & 0xe0 == 0;
        if !is_string(&element) {
            return Err(DecodeError::unexpected("text", offset));
        }
        Ok(Self {
            identifier: element.identifier(),
            content: element.content().into(),
        })
    }

    fn encode(&self) -> Vec<u8> {
        encode(self.identifier, &[&self.content])
    }
}

impl fmt::Display for DisplayText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text() {
            Some(text) => write_escaped(f, &text),
            None => write!(f, "#{}", hex::encode(self.encode())),
        }
    }
}

impl fmt::Debug for DisplayText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DisplayText({self})")
    }
}

/// Which policies of the issuer's are as good as which of the subject's (RFC 5280 §4.2.1.5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a list, as RFC 5280 defines it")]
pub struct PolicyMappings(pub Vec<PolicyMapping>);

/// One policy of the issuer's, and the one of the subject's that is as good.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "the fields of RFC 5280")]
pub struct PolicyMapping {
    /// The issuer's: `issuerDomainPolicy`.
    pub issuer_domain: Oid,
    /// The subject's: `subjectDomainPolicy`.
    pub subject_domain: Oid,
}

impl ExtensionValue for PolicyMappings {
    const OID: ObjectIdentifier = oid("2.5.29.33");

    fn decode(value: &[u8]) -> Result<Self, DecodeError> {
        let mut list = value::sequence(value, "policy mappings")?;
        let mut mappings = Vec::new();
        while !list.is_empty() {
            let mut fields = list.expect(Tag::Sequence, "policy mapping")?.reader();
            let issuer_domain = fields.expect(Tag::ObjectIdentifier, "issuerDomainPolicy")?;
            let subject_domain = fields.expect(Tag::ObjectIdentifier, "subjectDomainPolicy")?;
            fields.finish()?;
            mappings.push(PolicyMapping {
                issuer_domain: Oid::from_element(&issuer_domain)?,
                subject_domain: Oid::from_element(&subject_domain)?,
            });
        }
        Ok(Self(mappings))
    }

    fn encode(&self) -> Vec<u8> {
        let mappings: Vec<Vec<u8>> = self
            .0
            .iter()
            .map(|mapping| {
                value::encode_sequence(&[
                    encode_any_oid(&mapping.issuer_domain),
                    encode_any_oid(&mapping.subject_domain),
                ])
            })
            .collect();
        value::encode_sequence(&mappings)
    }
}

/// After how many further certificates of a path a policy is demanded, or mapping forbidden
/// (RFC 5280 §4.2.1.11). Numbers beyond 32 bits are malformed here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "the fields of RFC 5280")]
pub struct PolicyConstraints {
    /// After so many, a policy is demanded.
    pub require_explicit_policy: Option<u32>,
    /// After so many, mapping is forbidden.
    pub inhibit_policy_mapping: Option<u32>,
}

impl ExtensionValue for PolicyConstraints {
    const OID: ObjectIdentifier = oid("2.5.29.36");

    fn decode(value: &[u8]) -> Result<Self, DecodeError> {
        let mut fields = value::sequence(value, "policy constraints")?;
        let skip = |field: Option<Element<'_>>| {
            field
                .map(|field| value::unsigned(&field, "number of certificates"))
                .transpose()
        };
        let require_explicit_policy = skip(fields.optional_primitive(0)?)?;
        let inhibit_policy_mapping = skip(fields.optional_primitive(1)?)?;
        fields.finish()?;
        Ok(Self {
            require_explicit_policy,
            inhibit_policy_mapping,
        })
    }

    fn encode(&self) -> Vec<u8> {
        let field = |number: u8, skip: Option<u32>| {
            skip.map(|skip| value::encode_number(tag::CONTEXT_PRIMITIVE + number, skip))
                .unwrap_or_default()
        };
        value::encode_sequence(&[
            field(0, self.require_explicit_policy),
            field(1, self.inhibit_policy_mapping),
        ])
    }
}

/// After how many further certificates of a path `anyPolicy` stands for no policy any more
/// (RFC 5280 §4.2.1.14). Numbers beyond 32 bits are malformed here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a number, as RFC 5280 defines it"
)]
pub struct InhibitAnyPolicy(pub u32);

impl ExtensionValue for InhibitAnyPolicy {
    const OID: ObjectIdentifier = oid("2.5.29.54");

    fn decode(value: &[u8]) -> Result<Self, DecodeError> {
        let skip = value::single(value, Tag::Integer, "inhibitAnyPolicy")?;
        value::unsigned(&skip, "inhibitAnyPolicy").map(Self)
    }

    fn encode(&self) -> Vec<u8> {
        value::encode_number(tag::INTEGER, self.0)
    }
}

const CPS: ObjectIdentifier = oid("1.3.6.1.5.5.7.2.1");
const USER_NOTICE: ObjectIdentifier = oid("1.3.6.1.5.5.7.2.2");
