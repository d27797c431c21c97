use core::fmt;

use der::Tag;
use der::asn1::ObjectIdentifier;

use super::general_name::GeneralName;
use super::{ExtensionValue, oid, value};
use crate::asn1::{DecodeError, Element, Reader, encode, tag};
use crate::name::Name;

/// Where to find CRLs that cover the certificate (RFC 5280 §4.2.1.13).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a list, as RFC 5280 defines it")]
pub struct CrlDistributionPoints(pub Vec<DistributionPoint>);

impl ExtensionValue for CrlDistributionPoints {
    const OID: ObjectIdentifier = oid("2.5.29.31");

    fn decode(value: &[u8]) -> Result<Self, DecodeError> {
        DistributionPoint::decode_all(value).map(Self)
    }

    fn encode(&self) -> Vec<u8> {
        DistributionPoint::encode_all(&self.0)
    }
}

/// Where to find delta CRLs (RFC 5280 §4.2.1.15), also in CRLs (§5.2.6).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a list, as RFC 5280 defines it")]
pub struct FreshestCrl(pub Vec<DistributionPoint>);

impl ExtensionValue for FreshestCrl {
    const OID: ObjectIdentifier = oid("2.5.29.46");

    fn decode(value: &[u8]) -> Result<Self, DecodeError> {
        DistributionPoint::decode_all(value).map(Self)
    }

    fn encode(&self) -> Vec<u8> {
        DistributionPoint::encode_all(&self.0)
    }
}

/// One place where CRLs are found (RFC 5280 §4.2.1.13).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of RFC 5280")]
pub struct DistributionPoint {
    /// Where; absent when [`Self::crl_issuer`] says it.
    pub name: Option<DistributionPointName>,
    /// The reasons for revocation that the CRL there covers; `None` is all.
    pub reasons: Option<ReasonFlags>,
    /// Who signs the CRL there, if not the issuer of the certificate. Empty when it is not given.
    pub crl_issuer: Vec<GeneralName>,
}

impl DistributionPoint {
    /// The point that is found under these names, for every reason, signed by the issuer of the certificate.
    #[must_use]
    pub fn of(names: Vec<GeneralName>) -> Self {
        Self {
            name: Some(DistributionPointName::Full(names)),
            ..Self::default()
        }
    }

    fn decode_all(value: &[u8]) -> Result<Vec<Self>, DecodeError> {
        let mut list = value::sequence(value, "distribution points")?;
        let mut points = Vec::new();
        while !list.is_empty() {
            let point = list.expect(Tag::Sequence, "distribution point")?;
            points.push(Self::read(point.reader())?);
        }
        Ok(points)
    }

    fn read(mut fields: Reader<'_>) -> Result<Self, DecodeError> {
        let name = DistributionPointName::read_optional(&mut fields)?;
        let reasons = ReasonFlags::read_optional(&mut fields, 1)?;
        let crl_issuer = match fields.optional_constructed(2)? {
            Some(names) if names.content().is_empty() => return Err(names.bad("cRLIssuer")),
            Some(names) => GeneralName::decode_all(&mut names.reader())?,
            None => Vec::new(),
        };
        fields.finish()?;
        Ok(Self {
            name,
            reasons,
            crl_issuer,
        })
    }

    fn encode_all(points: &[Self]) -> Vec<u8> {
        let points: Vec<Vec<u8>> = points.iter().map(Self::encode).collect();
        value::encode_sequence(&points)
    }

    fn encode(&self) -> Vec<u8> {
        let mut fields = Vec::new();
        fields.extend(self.name.as_ref().map(DistributionPointName::encode));
        fields.extend(self.reasons.map(|reasons| reasons.encode(1)));
        if !self.crl_issuer.is_empty() {
            let identifier = tag::CONTEXT_CONSTRUCTED + 2;
            fields.push(GeneralName::encode_all(identifier, &self.crl_issuer));
        }
        value::encode_sequence(&fields)
    }
}

/// How a distribution point is named (RFC 5280 §4.2.1.13).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "RFC 5280 has closed the choice")]
pub enum DistributionPointName {
    /// By one or more names of the same place: URIs as a rule.
    Full(Vec<GeneralName>),
    /// By what is to be appended to the distinguished name of the CRL's issuer.
    Relative(RelativeName),
}

impl DistributionPointName {
    /// The names, if they are given in full.
    #[must_use]
    pub fn full(&self) -> &[GeneralName] {
        match self {
            Self::Full(names) => names,
            Self::Relative(_) => &[],
        }
    }

    fn read_optional(fields: &mut Reader<'_>) -> Result<Option<Self>, DecodeError> {
        let Some(explicit) = fields.optional_constructed(0)? else {
            return Ok(None);
        };
        let mut inner = explicit.reader();
        let name = if let Some(full) = inner.optional_constructed(0)? {
            Self::Full(GeneralName::decode_all(&mut full.reader())?)
        } else {
            let relative = inner.expect_constructed(1, "distribution point name")?;
            Self::Relative(RelativeName::from_element(&relative)?)
        };
        inner.finish()?;
        Ok(Some(name))
    }

    fn encode(&self) -> Vec<u8> {
        let name = match self {
            Self::Full(names) => GeneralName::encode_all(tag::CONTEXT_CONSTRUCTED, names),
            Self::Relative(name) => encode(tag::CONTEXT_CONSTRUCTED + 1, &[&name.content]),
        };
        encode(tag::CONTEXT_CONSTRUCTED, &[&name])
    }
}

/// One relative distinguished name, for appending to that of a CRL's issuer (RFC 5280 §4.2.1.13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelativeName {
    content: Box<[u8]>,
    name: Name,
}

impl RelativeName {
    /// The name as one of a single part.
    #[must_use]
    pub const fn as_name(&self) -> &Name {
        &self.name
    }

    /// The whole name: that of `issuer`, and this part after it.
    ///
    /// # Errors
    ///
    /// When both together have more than [`Name::MAX_ATTRIBUTES`].
    pub fn below(&self, issuer: &Name) -> Result<Name, DecodeError> {
        let issuer = Element::parse(issuer.as_der())?;
        let last = encode(tag::SET, &[&self.content]);
        Name::from_der(&encode(tag::SEQUENCE, &[issuer.content(), &last]))
    }

    fn from_element(element: &Element<'_>) -> Result<Self, DecodeError> {
        let set = encode(tag::SET, &[element.content()]);
        let name = Name::from_der(&encode(tag::SEQUENCE, &[&set]))
            .ok()
            .filter(|name| !name.is_empty())
            .ok_or_else(|| element.bad("relative distinguished name"))?;
        Ok(Self {
            content: element.content().into(),
            name,
        })
    }
}

/// What a CRL covers (RFC 5280 §5.2.5).
///
/// [`Self::default`] covers all certificates of the CRL's issuer for all reasons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IssuingDistributionPoint {
    name: Option<DistributionPointName>,
    scope: CrlScope,
    reasons: Option<ReasonFlags>,
    is_indirect: bool,
}

impl IssuingDistributionPoint {
    /// The same, published under this name.
    #[must_use]
    pub fn with_name(self, name: DistributionPointName) -> Self {
        Self {
            name: Some(name),
            ..self
        }
    }

    /// The same, covering these certificates alone.
    #[must_use]
    pub fn with_scope(self, scope: CrlScope) -> Self {
        Self { scope, ..self }
    }

    /// The same, covering these reasons alone.
    #[must_use]
    pub fn with_reasons(self, reasons: ReasonFlags) -> Self {
        Self {
            reasons: Some(reasons),
            ..self
        }
    }

    /// The same, listing certificates of other issuers too.
    #[must_use]
    pub fn indirect(self) -> Self {
        Self {
            is_indirect: true,
            ..self
        }
    }

    /// Where the CRL is published.
    #[must_use]
    pub const fn name(&self) -> Option<&DistributionPointName> {
        self.name.as_ref()
    }

    /// Which certificates it covers.
    #[must_use]
    pub const fn scope(&self) -> CrlScope {
        self.scope
    }

    /// The reasons that it covers; `None` is all.
    #[must_use]
    pub const fn reasons(&self) -> Option<ReasonFlags> {
        self.reasons
    }

    /// Whether it lists certificates of other issuers too.
    #[must_use]
    pub const fn is_indirect(&self) -> bool {
        self.is_indirect
    }
}

impl ExtensionValue for IssuingDistributionPoint {
    const OID: ObjectIdentifier = oid("2.5.29.28");

    fn decode(value: &[u8]) -> Result<Self, DecodeError> {
        let mut fields = value::sequence(value, "issuing distribution point")?;
        let name = DistributionPointName::read_optional(&mut fields)?;
        let mut scope = CrlScope::All;
        let mut narrow = |fields: &mut Reader<'_>, number, to| match flag(fields, number)? {
            None => Ok(()),
            // RFC 5280 §5.2.5: at most one of these flags is set.
            Some(place) if scope != CrlScope::All => Err(place.bad("scope of the CRL")),
            Some(_) => {
                scope = to;
                Ok(())
            }
        };
        narrow(&mut fields, 1, CrlScope::EndEntities)?;
        narrow(&mut fields, 2, CrlScope::Authorities)?;
        let reasons = ReasonFlags::read_optional(&mut fields, 3)?;
        let is_indirect = flag(&mut fields, 4)?.is_some();
        narrow(&mut fields, 5, CrlScope::AttributeCertificates)?;
        fields.finish()?;
        Ok(Self {
            name,
            scope,
            reasons,
            is_indirect,
        })
    }

    fn encode(&self) -> Vec<u8> {
        let flag = |number, is_set| value::encode_flag(tag::CONTEXT_PRIMITIVE + number, is_set);
        let reasons = self.reasons.map(|reasons| reasons.encode(3));
        value::encode_sequence(&[
            self.name
                .as_ref()
                .map(DistributionPointName::encode)
                .unwrap_or_default(),
            flag(1, self.scope == CrlScope::EndEntities),
            flag(2, self.scope == CrlScope::Authorities),
            reasons.unwrap_or_default(),
            flag(4, self.is_indirect),
            flag(5, self.scope == CrlScope::AttributeCertificates),
        ])
    }
}

/// The flag `[number]`, if it is there and set.
fn flag<'a>(fields: &mut Reader<'a>, number: u32) -> Result<Option<Element<'a>>, DecodeError> {
    match fields.optional_primitive(number)? {
        Some(flag) if value::boolean(&flag)? => Ok(Some(flag)),
        _ => Ok(None),
    }
}

/// Which certificates a CRL covers (RFC 5280 §5.2.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 5280 has closed the list")]
pub enum CrlScope {
    /// All of its issuer.
    #[default]
    All,
    /// Those of end entities alone: `onlyContainsUserCerts`.
    EndEntities,
    /// Those of authorities alone: `onlyContainsCACerts`.
    Authorities,
    /// Attribute certificates alone: `onlyContainsAttributeCerts`.
    AttributeCertificates,
}

/// One reason for revocation, as distribution points count them (RFC 5280 §4.2.1.13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 5280 has closed the list")]
pub enum ReasonFlag {
    /// The private key may be in other hands.
    KeyCompromise,
    /// So may that of the authority.
    CaCompromise,
    /// The name or another fact about the subject has changed.
    AffiliationChanged,
    /// Another certificate takes its place.
    Superseded,
    /// It is no longer needed.
    CessationOfOperation,
    /// It is suspended.
    CertificateHold,
    /// A privilege that it stated was withdrawn.
    PrivilegeWithdrawn,
    /// The key of the attribute authority may be in other hands.
    AaCompromise,
}

impl ReasonFlag {
    /// Every reason, in the order of the bits.
    pub const ALL: [Self; 8] = [
        Self::KeyCompromise,
        Self::CaCompromise,
        Self::AffiliationChanged,
        Self::Superseded,
        Self::CessationOfOperation,
        Self::CertificateHold,
        Self::PrivilegeWithdrawn,
        Self::AaCompromise,
    ];

    /// The spelling of RFC 5280, such as `keyCompromise`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::KeyCompromise => "keyCompromise",
            Self::CaCompromise => "cACompromise",
            Self::AffiliationChanged => "affiliationChanged",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessationOfOperation",
            Self::CertificateHold => "certificateHold",
            Self::PrivilegeWithdrawn => "privilegeWithdrawn",
            Self::AaCompromise => "aACompromise",
        }
    }

    const fn bit(self) -> u16 {
        match self {
            Self::KeyCompromise => 0x4000,
            Self::CaCompromise => 0x2000,
            Self::AffiliationChanged => 0x1000,
            Self::Superseded => 0x0800,
            Self::CessationOfOperation => 0x0400,
            Self::CertificateHold => 0x0200,
            Self::PrivilegeWithdrawn => 0x0100,
            Self::AaCompromise => 0x0080,
        }
    }
}

impl fmt::Display for ReasonFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The reasons for revocation that a CRL covers (RFC 5280 §4.2.1.13). Bits without a name there are dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReasonFlags(u16);

impl ReasonFlags {
    /// Every reason there is.
    pub const ALL: Self = Self(0x7f80);

    /// Whether this reason is among them.
    #[must_use]
    pub const fn contains(self, reason: ReasonFlag) -> bool {
        self.0 & reason.bit() != 0
    }

    /// The reasons in the order of the bits.
    pub fn iter(self) -> impl Iterator<Item = ReasonFlag> {
        ReasonFlag::ALL
            .into_iter()
            .filter(move |reason| self.contains(*reason))
    }

    /// Whether none is among them.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn read_optional(fields: &mut Reader<'_>, number: u32) -> Result<Option<Self>, DecodeError> {
        let Some(bits) = fields.optional_primitive(number)? else {
            return Ok(None);
        };
        let bits = value::named_bits(&bits, "reasons")?;
        Ok(Some(Self(bits & Self::ALL.0)))
    }

    fn encode(self, number: u8) -> Vec<u8> {
        value::encode_named_bits(tag::CONTEXT_PRIMITIVE + number, self.0)
    }
}

impl FromIterator<ReasonFlag> for ReasonFlags {
    fn from_iter<I: IntoIterator<Item = ReasonFlag>>(reasons: I) -> Self {
        let bits = reasons.into_iter().map(ReasonFlag::bit);
        Self(bits.fold(0, |all, bit| all | bit))
    }
}

/// The names, separated by comma and blank.
impl fmt::Display for ReasonFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.iter().map(ReasonFlag::name).collect();
        f.write_str(&names.join(", "))
    }
}
