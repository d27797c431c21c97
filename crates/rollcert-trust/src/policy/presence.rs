//! Which extensions a certificate has, and how they are marked.

use rollcert_pki::KeyUsages;
use rollcert_pki::extension::{
    AuthorityInformationAccess, AuthorityKeyIdentifier, BasicConstraints, Criticality,
    ExtendedKeyUsages, ExtensionValue, Extensions, InhibitAnyPolicy, NameConstraints,
    PolicyConstraints, SubjectAlternativeName, SubjectKeyIdentifier,
};

/// Whether an extension is there, and critical.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Presence {
    #[default]
    Absent,
    NotCritical,
    Critical,
}

impl Presence {
    pub(super) fn of<T: ExtensionValue>(extensions: Extensions<'_>) -> Self {
        let extension = extensions.get(&T::OID);
        extension.map_or(Self::Absent, |extension| extension.criticality().into())
    }
}

impl From<Criticality> for Presence {
    fn from(criticality: Criticality) -> Self {
        match criticality {
            Criticality::Critical => Self::Critical,
            Criticality::NotCritical => Self::NotCritical,
        }
    }
}

/// That of every extension that a rule asks for, and what only its octets tell, from one walk.
#[derive(Default)]
pub(super) struct Presences {
    pub(super) authority_key: Presence,
    pub(super) own_key: Presence,
    pub(super) basic_constraints: Presence,
    pub(super) alternative_names: Presence,
    pub(super) name_constraints: Presence,
    pub(super) policy_constraints: Presence,
    pub(super) inhibit_any_policy: Presence,
    pub(super) extended_key_usage: Presence,
    pub(super) information_access: Presence,
    pub(super) sets_unused_usages: bool,
}

impl Presences {
    pub(super) fn of(extensions: Extensions<'_>) -> Self {
        let mut all = Self::default();
        for extension in extensions {
            if extension.is(&KeyUsages::OID) {
                all.sets_unused_usages = KeyUsages::sets_unused_bits(extension.value());
                continue;
            }
            let slots = [
                (AuthorityKeyIdentifier::OID, &mut all.authority_key),
                (SubjectKeyIdentifier::OID, &mut all.own_key),
                (BasicConstraints::OID, &mut all.basic_constraints),
                (SubjectAlternativeName::OID, &mut all.alternative_names),
                (NameConstraints::OID, &mut all.name_constraints),
                (PolicyConstraints::OID, &mut all.policy_constraints),
                (InhibitAnyPolicy::OID, &mut all.inhibit_any_policy),
                (ExtendedKeyUsages::OID, &mut all.extended_key_usage),
                (AuthorityInformationAccess::OID, &mut all.information_access),
            ];
            let slot = slots.into_iter().find(|(oid, _)| extension.is(oid));
            if let Some((_, slot)) = slot {
                *slot = extension.criticality().into();
            }
        }
        all
    }
}
