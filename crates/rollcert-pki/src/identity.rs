use core::fmt;

use crate::certificate::Certificate;
use crate::name::Name;
use crate::usage::{ExtendedKeyUsage, KeyUsages};

/// What a certificate is, apart from its key and its validity: who owns it and what for.
///
/// A renewed certificate has the logical identity of the one that it replaces, which is how partners find
/// the place of a new one. The owner is subject and issuer, the purpose is key usage and extended key
/// usage; serial number, validity and key are no part of it (OP08 §1.9, and what the products that
/// exchange certificates over OFTP2 agree on).
#[derive(Clone, Debug)]
pub struct LogicalIdentity {
    subject: Name,
    issuer: Name,
    key_usage: Option<KeyUsages>,
    /// Sorted, each once: their order means nothing.
    extended_key_usage: Option<Vec<ExtendedKeyUsage>>,
}

impl LogicalIdentity {
    /// The logical identity of `certificate`.
    #[must_use]
    pub fn of(certificate: &Certificate) -> Self {
        let extended_key_usage = certificate.extended_key_usage().map(|usages| {
            let mut usages = usages.to_vec();
            usages.sort();
            usages.dedup();
            usages
        });
        Self {
            subject: certificate.subject().clone(),
            issuer: certificate.issuer().clone(),
            key_usage: certificate.key_usage(),
            extended_key_usage,
        }
    }

    /// Whose certificate it is.
    #[must_use]
    pub const fn subject(&self) -> &Name {
        &self.subject
    }

    /// Who issued it.
    #[must_use]
    pub const fn issuer(&self) -> &Name {
        &self.issuer
    }

    /// The usages that its key is restricted to; `None` where the certificate names none.
    #[must_use]
    pub const fn key_usage(&self) -> Option<KeyUsages> {
        self.key_usage
    }

    /// The purposes that its key is restricted to, sorted; `None` where the certificate names none.
    #[must_use]
    pub fn extended_key_usage(&self) -> Option<&[ExtendedKeyUsage]> {
        self.extended_key_usage.as_deref()
    }

    /// Compares field by field. Names are compared as RFC 5280 §7.1 has it; an absent usage extension
    /// differs from every present one.
    #[must_use]
    pub fn compare(&self, other: &Self) -> IdentityMatch {
        let differs = [
            (IdentityField::Subject, self.subject.matches(&other.subject)),
            (IdentityField::Issuer, self.issuer.matches(&other.issuer)),
            (IdentityField::KeyUsage, self.key_usage == other.key_usage),
            (
                IdentityField::ExtendedKeyUsage,
                self.extended_key_usage == other.extended_key_usage,
            ),
        ]
        .into_iter()
        .filter_map(|(field, same)| (!same).then_some(field))
        .collect::<Vec<_>>();
        if differs.is_empty() {
            IdentityMatch::Same
        } else {
            IdentityMatch::Different(differs)
        }
    }
}

/// How two logical identities compare.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "identities are the same or not")]
pub enum IdentityMatch {
    /// Every field agrees.
    Same,
    /// These fields differ, in the order of [`IdentityField`]; at least one.
    Different(Vec<IdentityField>),
}

impl IdentityMatch {
    /// The fields that differ.
    #[must_use]
    pub fn differs(&self) -> &[IdentityField] {
        match self {
            Self::Same => &[],
            Self::Different(fields) => fields,
        }
    }
}

/// One field of a logical identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the identity has four fields")]
pub enum IdentityField {
    /// The subject.
    Subject,
    /// The issuer.
    Issuer,
    /// The key usage.
    KeyUsage,
    /// The extended key usage.
    ExtendedKeyUsage,
}

impl IdentityField {
    /// A stable name: `subject`, `issuer`, `key_usage`, `extended_key_usage`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Issuer => "issuer",
            Self::KeyUsage => "key_usage",
            Self::ExtendedKeyUsage => "extended_key_usage",
        }
    }
}

impl fmt::Display for IdentityField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
