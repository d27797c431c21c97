use core::fmt;

/// A rule that issuers have to keep, and evaluation need not (RFC 5280 §4, §5; CA/Browser Forum Baseline Requirements §7,
/// cited as BR).
///
/// `Display` says the rule in words, with its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum StrictRule {
    /// Below the root, the times of validity have seconds and no fractions of one, are in UTC, and are a `GeneralizedTime`
    /// from 2050 on and not before (RFC 5280 §4.1.2.5).
    TimeForm,
    /// A certificate with extensions is of version 3 (RFC 5280 §4.1.2.1, §4.1.2.9).
    ExtensionsBeforeVersion3,
    /// Every certificate below the root names its issuer's key by identifier (RFC 5280 §4.2.1.1).
    AuthorityKeyIdentifier,
    /// Every CA certificate has a subject key identifier (RFC 5280 §4.2.1.2).
    SubjectKeyIdentifier,
    /// Key identifiers are not critical (RFC 5280 §4.2.1.1, §4.2.1.2).
    KeyIdentifierCritical,
    /// A serial number is positive and has at most 20 octets (RFC 5280 §4.1.2.2).
    SerialNumber,
    /// The issuer's name is not empty (RFC 5280 §4.1.2.4).
    IssuerName,
    /// The subject of a CA is not empty (RFC 5280 §4.1.2.6).
    AuthoritySubject,
    /// Where the subject is empty, there is an alternative name, and it is critical (RFC 5280 §4.2.1.6).
    AlternativeNameNotCritical,
    /// Alternative names are at least one (RFC 5280 §4.2.1.6).
    AlternativeNameEmpty,
    /// A DNS name is written as host names are: labels of letters, digits and hyphens, a wildcard as the whole first
    /// label, no address in its place (RFC 5280 §4.2.1.6).
    DnsName,
    /// Every CA certificate of version 3 has basic constraints that say so, critical (RFC 5280 §4.2.1.9).
    AuthorityBasicConstraints,
    /// A key usage sets no bits that it says are unused (RFC 5280 §4.1, as DER: X.690 §11.2.1).
    KeyUsageForm,
    /// Only a CA may have `keyCertSign` (RFC 5280 §4.2.1.3, §4.2.1.9).
    KeyCertSignWithoutAuthority,
    /// Only a CA certificate may have name constraints (RFC 5280 §4.2.1.10).
    NameConstraintsInEndEntity,
    /// A constraint on DNS names begins without a period (RFC 5280 §4.2.1.10).
    NameConstraintForm,
    /// Name constraints are critical (RFC 5280 §4.2.1.10). The public web allows otherwise (BR §7.1.2.5.2).
    NameConstraintsNotCritical,
    /// Policy constraints and `inhibitAnyPolicy` are critical (RFC 5280 §4.2.1.11, §4.2.1.14).
    PolicyConstraintsNotCritical,
    /// An extended key usage names a purpose (RFC 5280 §4.2.1.12).
    ExtendedKeyUsageEmpty,
    /// The authority information access has an entry at least, can be read, and is not critical (RFC 5280 §4.2.2.1).
    AuthorityInformationAccess,
    /// A complete CRL has a number, and it is not critical (RFC 5280 §5.2.3).
    CrlNumber,
    /// Certificates are of version 3 (BR §7.1.1).
    Version3,
    /// An authority key identifier names the key alone, and that of a self-signed root its own
    /// (BR §7.1.2.1.3, §7.1.2.11.1).
    AuthorityKeyIdentifierForm,
    /// A common name that is one of the host names or addresses is written as it is there, character for character
    /// (BR §7.1.4.3).
    CommonNameForm,
    /// A certificate of a server or client does not claim any purpose (BR §7.1.2.7.10).
    AnyExtendedKeyUsage,
    /// An extended key usage is not critical (BR §7.1.2.7.6, §7.1.2.10.6).
    ExtendedKeyUsageCritical,
    /// A root has no extended key usage (BR §7.1.2.1.2).
    RootExtendedKeyUsage,
    /// A CA that has key usages may sign certificates (BR §7.1.2.7.8, §7.1.2.10.7).
    AuthorityWithoutKeyCertSign,
    /// Alternative names beside a subject are not critical (BR §7.1.2.7.12).
    AlternativeNameCritical,
    /// No wildcard stands directly below a top-level domain (BR §3.2.2.6).
    WildcardOfTopLevel,
    /// The length of an RSA modulus in bits is a multiple of 8 (BR §6.1.5).
    RsaModulusLength,
    /// A common name is one of the host names or addresses (BR §7.1.4.3). Many good certificates have another.
    CommonName,
    /// A certificate of a server or client has an extended key usage (BR §7.1.2.7.6). Many good ones have none.
    ExtendedKeyUsageMissing,
    /// A root that another one has signed names that one's key by identifier (RFC 5280 §4.2.1.1). What signed a root plays
    /// no part in a path.
    CrossSignedRootKeyIdentifier,
    /// A CA does not stand at the end of a path (BR §7.1.2.7.8). A self-signed partner certificate often does.
    AuthorityAsLeaf,
}

impl StrictRule {
    /// Every rule: those of RFC 5280, then those of the public web.
    pub const ALL: [Self; 35] = [
        Self::TimeForm,
        Self::ExtensionsBeforeVersion3,
        Self::AuthorityKeyIdentifier,
        Self::SubjectKeyIdentifier,
        Self::KeyIdentifierCritical,
        Self::SerialNumber,
        Self::IssuerName,
        Self::AuthoritySubject,
        Self::AlternativeNameNotCritical,
        Self::AlternativeNameEmpty,
        Self::DnsName,
        Self::AuthorityBasicConstraints,
        Self::KeyUsageForm,
        Self::KeyCertSignWithoutAuthority,
        Self::NameConstraintsInEndEntity,
        Self::NameConstraintForm,
        Self::NameConstraintsNotCritical,
        Self::PolicyConstraintsNotCritical,
        Self::ExtendedKeyUsageEmpty,
        Self::AuthorityInformationAccess,
        Self::CrlNumber,
        Self::Version3,
        Self::AuthorityKeyIdentifierForm,
        Self::CommonNameForm,
        Self::AnyExtendedKeyUsage,
        Self::ExtendedKeyUsageCritical,
        Self::RootExtendedKeyUsage,
        Self::AuthorityWithoutKeyCertSign,
        Self::AlternativeNameCritical,
        Self::WildcardOfTopLevel,
        Self::RsaModulusLength,
        Self::CommonName,
        Self::ExtendedKeyUsageMissing,
        Self::CrossSignedRootKeyIdentifier,
        Self::AuthorityAsLeaf,
    ];

    /// Whether RFC 5280 itself has the rule; else the public web has added it.
    #[must_use]
    pub fn is_of_rfc_5280(self) -> bool {
        self <= Self::CrlNumber
    }

    /// A stable word, in lower case with hyphens.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TimeForm => "time-form",
            Self::ExtensionsBeforeVersion3 => "extensions-before-version-3",
            Self::AuthorityKeyIdentifier => "authority-key-identifier",
            Self::SubjectKeyIdentifier => "subject-key-identifier",
            Self::KeyIdentifierCritical => "key-identifier-critical",
            Self::SerialNumber => "serial-number",
            Self::IssuerName => "issuer-name",
            Self::AuthoritySubject => "authority-subject",
            Self::AlternativeNameNotCritical => "alternative-name-not-critical",
            Self::AlternativeNameEmpty => "alternative-name-empty",
            Self::DnsName => "dns-name",
            Self::AuthorityBasicConstraints => "authority-basic-constraints",
            Self::KeyUsageForm => "key-usage-form",
            Self::KeyCertSignWithoutAuthority => "key-cert-sign-without-authority",
            Self::NameConstraintsInEndEntity => "name-constraints-in-end-entity",
            Self::NameConstraintForm => "name-constraint-form",
            Self::NameConstraintsNotCritical => "name-constraints-not-critical",
            Self::PolicyConstraintsNotCritical => "policy-constraints-not-critical",
            Self::ExtendedKeyUsageEmpty => "extended-key-usage-empty",
            Self::AuthorityInformationAccess => "authority-information-access",
            Self::CrlNumber => "crl-number",
            Self::Version3 => "version-3",
            Self::AuthorityKeyIdentifierForm => "authority-key-identifier-form",
            Self::CommonNameForm => "common-name-form",
            Self::AnyExtendedKeyUsage => "any-extended-key-usage",
            Self::ExtendedKeyUsageCritical => "extended-key-usage-critical",
            Self::RootExtendedKeyUsage => "root-extended-key-usage",
            Self::AuthorityWithoutKeyCertSign => "authority-without-key-cert-sign",
            Self::AlternativeNameCritical => "alternative-name-critical",
            Self::WildcardOfTopLevel => "wildcard-of-top-level",
            Self::RsaModulusLength => "rsa-modulus-length",
            Self::CommonName => "common-name",
            Self::ExtendedKeyUsageMissing => "extended-key-usage-missing",
            Self::CrossSignedRootKeyIdentifier => "cross-signed-root-key-identifier",
            Self::AuthorityAsLeaf => "authority-as-leaf",
        }
    }

    /// The rule in words.
    const fn text(self) -> &'static str {
        match self {
            Self::TimeForm => {
                "a time has seconds without fractions, is in UTC, and a GeneralizedTime from 2050 on only"
            }
            Self::ExtensionsBeforeVersion3 => "a certificate with extensions is of version 3",
            Self::AuthorityKeyIdentifier => {
                "a certificate below the root names its issuer's key by identifier"
            }
            Self::SubjectKeyIdentifier => "a CA certificate has a subject key identifier",
            Self::KeyIdentifierCritical => "key identifiers are not critical",
            Self::SerialNumber => "a serial number is positive and has at most 20 octets",
            Self::IssuerName => "the issuer's name is not empty",
            Self::AuthoritySubject => "the subject of a CA is not empty",
            Self::AlternativeNameNotCritical => {
                "a certificate with an empty subject has a critical alternative name"
            }
            Self::AlternativeNameEmpty => "a list of alternative names is not empty",
            Self::DnsName => "a DNS name is a host name, a wildcard its whole first label at most",
            Self::AuthorityBasicConstraints => {
                "a CA certificate has critical basic constraints that say so"
            }
            Self::KeyUsageForm => "a key usage sets no bits that it says are unused",
            Self::KeyCertSignWithoutAuthority => "only a CA has keyCertSign",
            Self::NameConstraintsInEndEntity => "only a CA certificate has name constraints",
            Self::NameConstraintForm => "a constraint on DNS names begins without a period",
            Self::NameConstraintsNotCritical => "name constraints are critical",
            Self::PolicyConstraintsNotCritical => {
                "policy constraints and inhibitAnyPolicy are critical"
            }
            Self::ExtendedKeyUsageEmpty => "an extended key usage names a purpose",
            Self::AuthorityInformationAccess => {
                "an authority information access is readable, not empty and not critical"
            }
            Self::CrlNumber => "a CRL has a number that is not critical",
            Self::Version3 => "a certificate is of version 3",
            Self::AuthorityKeyIdentifierForm => {
                "an authority key identifier names the key alone, and a self-signed root's its own"
            }
            Self::CommonNameForm => {
                "a common name that is among the alternative names is written as it is there"
            }
            Self::AnyExtendedKeyUsage => "an end entity does not have anyExtendedKeyUsage",
            Self::ExtendedKeyUsageCritical => "an extended key usage is not critical",
            Self::RootExtendedKeyUsage => "a root has no extended key usage",
            Self::AuthorityWithoutKeyCertSign => "a CA with a key usage has keyCertSign",
            Self::AlternativeNameCritical => {
                "alternative names are not critical where there is a subject"
            }
            Self::WildcardOfTopLevel => {
                "a wildcard does not stand directly below a top-level domain"
            }
            Self::RsaModulusLength => "the bits of an RSA modulus are a multiple of 8",
            Self::CommonName => "a common name is one of the alternative names",
            Self::ExtendedKeyUsageMissing => "an end entity has an extended key usage",
            Self::CrossSignedRootKeyIdentifier => {
                "a root that another has signed names that one's key by identifier"
            }
            Self::AuthorityAsLeaf => "a CA does not stand at the end of a path",
        }
    }

    /// Where it is written.
    const fn source(self) -> &'static str {
        match self {
            Self::TimeForm => "RFC 5280 §4.1.2.5",
            Self::ExtensionsBeforeVersion3 => "RFC 5280 §4.1.2.1, §4.1.2.9",
            Self::AuthorityKeyIdentifier | Self::CrossSignedRootKeyIdentifier => {
                "RFC 5280 §4.2.1.1"
            }
            Self::SubjectKeyIdentifier => "RFC 5280 §4.2.1.2",
            Self::KeyIdentifierCritical => "RFC 5280 §4.2.1.1, §4.2.1.2",
            Self::SerialNumber => "RFC 5280 §4.1.2.2",
            Self::IssuerName => "RFC 5280 §4.1.2.4",
            Self::AuthoritySubject => "RFC 5280 §4.1.2.6",
            Self::AlternativeNameNotCritical | Self::AlternativeNameEmpty | Self::DnsName => {
                "RFC 5280 §4.2.1.6"
            }
            Self::AuthorityBasicConstraints => "RFC 5280 §4.2.1.9",
            Self::KeyUsageForm => "RFC 5280 §4.1",
            Self::KeyCertSignWithoutAuthority => "RFC 5280 §4.2.1.3",
            Self::NameConstraintsInEndEntity
            | Self::NameConstraintForm
            | Self::NameConstraintsNotCritical => "RFC 5280 §4.2.1.10",
            Self::PolicyConstraintsNotCritical => "RFC 5280 §4.2.1.11, §4.2.1.14",
            Self::ExtendedKeyUsageEmpty => "RFC 5280 §4.2.1.12",
            Self::AuthorityInformationAccess => "RFC 5280 §4.2.2.1",
            Self::CrlNumber => "RFC 5280 §5.2.3",
            Self::Version3 => "BR §7.1.1",
            Self::AuthorityKeyIdentifierForm => "BR §7.1.2.1.3, §7.1.2.11.1",
            Self::CommonNameForm | Self::CommonName => "BR §7.1.4.3",
            Self::AnyExtendedKeyUsage => "BR §7.1.2.7.10",
            Self::ExtendedKeyUsageCritical | Self::ExtendedKeyUsageMissing => "BR §7.1.2.7.6",
            Self::RootExtendedKeyUsage => "BR §7.1.2.1.2",
            Self::AuthorityWithoutKeyCertSign | Self::AuthorityAsLeaf => "BR §7.1.2.7.8",
            Self::AlternativeNameCritical => "BR §7.1.2.7.12",
            Self::WildcardOfTopLevel => "BR §3.2.2.6",
            Self::RsaModulusLength => "BR §6.1.5",
        }
    }
}

/// As in `a CA certificate has a subject key identifier (RFC 5280 §4.2.1.2)`.
impl fmt::Display for StrictRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.text(), self.source())
    }
}
