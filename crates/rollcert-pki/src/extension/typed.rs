use super::{
    AuthorityInformationAccess, AuthorityKeyIdentifier, BasicConstraints, CertificateIssuer,
    CertificatePolicies, CrlDistributionPoints, CrlNumber, DeltaCrlIndicator, ExtendedKeyUsages,
    Extension, ExtensionValue, FreshestCrl, HoldInstructionCode, InhibitAnyPolicy, InvalidityDate,
    IssuerAlternativeName, IssuingDistributionPoint, NameConstraints, OcspNoCheck,
    PolicyConstraints, PolicyMappings, ReasonCode, SubjectAlternativeName,
    SubjectDirectoryAttributes, SubjectInformationAccess, SubjectKeyIdentifier,
};
use crate::asn1::DecodeError;
use crate::usage::KeyUsages;

/// Makes the enumeration, and its decoder, from the types that are known.
macro_rules! typed_extensions {
    ($($(#[$doc:meta])* $variant:ident($type:ty),)*) => {
        /// The value of an extension as the type that goes with its identifier.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum TypedExtension {
            $($(#[$doc])* $variant($type),)*
            /// None of these: a private extension. Its octets are in [`Extension::value`].
            Unknown,
        }

        impl TypedExtension {
            pub(super) fn decode(extension: &Extension<'_>) -> Result<Self, DecodeError> {
                $(if extension.is(&<$type>::OID) {
                    return extension.decode().map(Self::$variant);
                })*
                Ok(Self::Unknown)
            }

            /// The content of `extnValue`; `None` for [`Self::Unknown`].
            #[must_use]
            pub fn encode(&self) -> Option<Vec<u8>> {
                match self {
                    $(Self::$variant(value) => Some(value.encode()),)*
                    Self::Unknown => None,
                }
            }
        }
    };
}

typed_extensions! {
    /// What the key may be used for.
    KeyUsage(KeyUsages),
    /// Purposes that the key is restricted to.
    ExtendedKeyUsage(ExtendedKeyUsages),
    /// Whether it is an authority's.
    BasicConstraints(BasicConstraints),
    /// Further names of the subject.
    SubjectAlternativeName(SubjectAlternativeName),
    /// A name for the certified key.
    SubjectKeyIdentifier(SubjectKeyIdentifier),
    /// Which key of the issuer's signed.
    AuthorityKeyIdentifier(AuthorityKeyIdentifier),
    /// Where to find CRLs.
    CrlDistributionPoints(CrlDistributionPoints),
    /// Where the issuer offers its services.
    AuthorityInformationAccess(AuthorityInformationAccess),
    /// The policies under which it was issued.
    CertificatePolicies(CertificatePolicies),
    /// Further names of the issuer.
    IssuerAlternativeName(IssuerAlternativeName),
    /// The space of names below an authority.
    NameConstraints(NameConstraints),
    /// Policies that are as good as others.
    PolicyMappings(PolicyMappings),
    /// When policies are demanded, and mapping forbidden.
    PolicyConstraints(PolicyConstraints),
    /// When `anyPolicy` stands for nothing any more.
    InhibitAnyPolicy(InhibitAnyPolicy),
    /// Where to find delta CRLs.
    FreshestCrl(FreshestCrl),
    /// Where the subject offers its services.
    SubjectInformationAccess(SubjectInformationAccess),
    /// Facts about the subject.
    SubjectDirectoryAttributes(SubjectDirectoryAttributes),
    /// That nobody need be asked about it.
    OcspNoCheck(OcspNoCheck),
    /// The number of a CRL.
    CrlNumber(CrlNumber),
    /// That it is a delta CRL.
    DeltaCrlIndicator(DeltaCrlIndicator),
    /// What a CRL covers.
    IssuingDistributionPoint(IssuingDistributionPoint),
    /// Why a certificate was revoked.
    ReasonCode(ReasonCode),
    /// Since when a certificate was invalid.
    InvalidityDate(InvalidityDate),
    /// Who issued the certificate of an entry.
    CertificateIssuer(CertificateIssuer),
    /// What to do about a suspended certificate.
    HoldInstructionCode(HoldInstructionCode),
}
