use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::collections::BTreeSet;

use der::asn1::ObjectIdentifier;
use rollcert_pki::extension::{
    AuthorityInformationAccess, BasicConstraints, CrlNumber, ExtendedKeyUsages, GeneralName,
    GeneralSubtree, NameConstraints, SubjectAlternativeName,
};
use rollcert_pki::{ExtendedKeyUsage, KeyAlgorithmName, KeyUsage, Name};

use crate::policy::algorithms;
use crate::policy::presence::{Presence, Presences};
use crate::policy::{Policy, StrictRule};
use crate::question::Question;
use crate::report::{Finding, Reason};
use crate::stored::StoredCertificate;
use crate::stores::StoredCrl;

/// Which rules of issuance are enforced beyond RFC 5280 §6.
///
/// Partners' certificates break many of them and work.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Strictness {
    /// The rules that fail a certificate.
    pub enforced: BTreeSet<StrictRule>,
    /// The rules that are worth a warning, where they are not enforced.
    pub reported: BTreeSet<StrictRule>,
}

impl Strictness {
    /// None is enforced; a certificate that breaks a rule of RFC 5280 has a warning.
    #[must_use]
    pub fn lenient() -> Self {
        let of_rfc = StrictRule::ALL
            .into_iter()
            .filter(|rule| rule.is_of_rfc_5280());
        Self {
            enforced: BTreeSet::new(),
            reported: of_rfc.collect(),
        }
    }

    /// Those that good certificates of the public web keep: all but [`StrictRule::NameConstraintsNotCritical`], which the
    /// Baseline Requirements lift, and [`StrictRule::CommonName`], [`StrictRule::ExtendedKeyUsageMissing`],
    /// [`StrictRule::CrossSignedRootKeyIdentifier`] and [`StrictRule::AuthorityAsLeaf`], which good ones break.
    /// Those five have a warning.
    #[must_use]
    pub fn webpki() -> Self {
        let mut all = Self::full();
        for rule in [
            StrictRule::NameConstraintsNotCritical,
            StrictRule::CommonName,
            StrictRule::ExtendedKeyUsageMissing,
            StrictRule::CrossSignedRootKeyIdentifier,
            StrictRule::AuthorityAsLeaf,
        ] {
            all.enforced.remove(&rule);
            all.reported.insert(rule);
        }
        all
    }

    /// All are enforced.
    #[must_use]
    pub fn full() -> Self {
        Self {
            enforced: StrictRule::ALL.into(),
            reported: BTreeSet::new(),
        }
    }
}

/// That of [`Strictness::lenient`].
impl Default for Strictness {
    fn default() -> Self {
        Self::lenient()
    }
}

/// The rules that the path from the leaf to the anchor breaks: those that are enforced, and the others. Among the others is
/// what the algorithm policy allows though it is weak.
pub(crate) fn check(
    policy: &Policy,
    question: &Question<'_>,
    path: &[StoredCertificate],
) -> (Vec<Finding>, Vec<Finding>) {
    let _ = question;
    let mut enforced = Vec::new();
    let mut reported = algorithms::weaknesses(policy, path);
    let Strictness {
        enforced: fatal,
        reported: notable,
    } = &policy.strictness;
    if fatal.is_empty() && notable.is_empty() {
        return (enforced, reported);
    }
    let last = path.len().saturating_sub(1);
    for (index, certificate) in path.iter().enumerate() {
        let place = Place {
            is_leaf: index == 0,
            is_anchor: index == last,
        };
        broken_rules(certificate, place, &mut |rule| {
            let finding = || Finding::at(Reason::NotConforming { rule }, index, certificate);
            if fatal.contains(&rule) {
                enforced.push(finding());
            } else if notable.contains(&rule) {
                reported.push(finding());
            }
        });
    }
    (enforced, reported)
}

/// Whether the CRL breaks a rule that is enforced.
pub(crate) fn check_crl(policy: &Policy, crl: &StoredCrl) -> Option<Reason> {
    let rule = StrictRule::CrlNumber;
    if !policy.strictness.enforced.contains(&rule) {
        return None;
    }
    let number = Presence::of::<CrlNumber>(crl.crl().extensions());
    let is_kept = number == Presence::NotCritical && matches!(crl.crl().number(), Ok(Some(_)));
    (!is_kept).then_some(Reason::NotConforming { rule })
}

/// Where a certificate stands; a path of one begins and ends with it.
#[derive(Clone, Copy)]
struct Place {
    is_leaf: bool,
    is_anchor: bool,
}

/// Calls `broken` with every rule that the certificate breaks.
fn broken_rules(stored: &StoredCertificate, place: Place, broken: &mut dyn FnMut(StrictRule)) {
    let certificate = stored.certificate();
    let facts = stored.facts();
    let extensions = Presences::of(certificate.extensions());
    let is_ca = facts.basic_constraints.is_some_and(BasicConstraints::is_ca);
    let is_authority = is_ca || !place.is_leaf;
    let is_self_signed = place.is_anchor && certificate.is_self_issued();
    let mut note = |breaks: bool, rule| {
        if breaks {
            broken(rule);
        }
    };

    // RFC 5280 §4.1: the fields.
    // Good roots have a GeneralizedTime before 2050, or a number of zero: nobody looks a root up by it.
    note(
        !place.is_anchor && !facts.has_conforming_times,
        StrictRule::TimeForm,
    );
    note(
        !place.is_anchor && !certificate.serial().is_conforming(),
        StrictRule::SerialNumber,
    );
    note(certificate.issuer().is_empty(), StrictRule::IssuerName);
    let has_subject = !certificate.subject().is_empty();
    note(is_authority && !has_subject, StrictRule::AuthoritySubject);
    note(certificate.version() != 3, StrictRule::Version3);
    note(
        certificate.version() < 3 && !certificate.extensions().is_empty(),
        StrictRule::ExtensionsBeforeVersion3,
    );
    if let KeyAlgorithmName::Rsa { bits } | KeyAlgorithmName::RsaPss { bits } =
        certificate.key_algorithm()
    {
        note(bits % 8 != 0, StrictRule::RsaModulusLength);
    }

    // §4.2.1.1, §4.2.1.2: key identifiers.
    let authority_key = facts.authority_key_identifier.as_ref();
    let names_key = authority_key.is_some_and(|named| named.key_identifier().is_some());
    note(
        !names_key && !place.is_anchor,
        StrictRule::AuthorityKeyIdentifier,
    );
    // Nobody looks for who issued a root.
    note(
        !names_key && place.is_anchor && !is_self_signed,
        StrictRule::CrossSignedRootKeyIdentifier,
    );
    let own_key = facts.subject_key_identifier.as_ref();
    note(
        is_authority && own_key.is_none(),
        StrictRule::SubjectKeyIdentifier,
    );
    note(
        extensions.authority_key == Presence::Critical || extensions.own_key == Presence::Critical,
        StrictRule::KeyIdentifierCritical,
    );
    if let Some(named) = authority_key {
        let own_key = own_key.map(|own| own.0.as_slice());
        let names_another = is_self_signed
            && (named.key_identifier().is_none() || named.key_identifier() != own_key);
        note(
            names_another || !named.issuer().is_empty() || named.serial().is_some(),
            StrictRule::AuthorityKeyIdentifierForm,
        );
    }

    // §4.2.1.3, §4.2.1.9: what it may issue.
    note(extensions.sets_unused_usages, StrictRule::KeyUsageForm);
    let signs_certificates = facts
        .key_usage
        .map(|usages| usages.contains(KeyUsage::KeyCertSign));
    note(
        signs_certificates == Some(true) && !is_ca,
        StrictRule::KeyCertSignWithoutAuthority,
    );
    note(
        signs_certificates == Some(false) && is_ca,
        StrictRule::AuthorityWithoutKeyCertSign,
    );
    note(
        is_authority
            && certificate.version() == 3
            && !(is_ca && extensions.basic_constraints == Presence::Critical),
        StrictRule::AuthorityBasicConstraints,
    );
    note(
        place.is_leaf && !place.is_anchor && is_ca,
        StrictRule::AuthorityAsLeaf,
    );

    // §4.2.1.6: names.
    note(
        !has_subject && extensions.alternative_names != Presence::Critical,
        StrictRule::AlternativeNameNotCritical,
    );
    note(
        has_subject && extensions.alternative_names == Presence::Critical,
        StrictRule::AlternativeNameCritical,
    );
    if let Some(SubjectAlternativeName(names)) = &facts.alternative_names {
        note(names.is_empty(), StrictRule::AlternativeNameEmpty);
        check_names(names, certificate.subject(), is_authority, &mut note);
    }

    // §4.2.1.10 to §4.2.1.14: constraints.
    let has_name_constraints = extensions.name_constraints != Presence::Absent;
    note(
        has_name_constraints && !is_authority,
        StrictRule::NameConstraintsInEndEntity,
    );
    note(
        extensions.name_constraints == Presence::NotCritical,
        StrictRule::NameConstraintsNotCritical,
    );
    if let Some(NameConstraints {
        permitted,
        excluded,
    }) = &facts.name_constraints
    {
        let has_period = |subtree: &GeneralSubtree| match &subtree.base {
            GeneralName::Dns(host) => host.text().starts_with('.'),
            _ => false,
        };
        note(
            permitted.iter().chain(excluded).any(has_period),
            StrictRule::NameConstraintForm,
        );
    }
    note(
        extensions.policy_constraints == Presence::NotCritical
            || extensions.inhibit_any_policy == Presence::NotCritical,
        StrictRule::PolicyConstraintsNotCritical,
    );

    // §4.2.1.12: purposes.
    if let Some(ExtendedKeyUsages(usages)) = &facts.extended_key_usage {
        note(usages.is_empty(), StrictRule::ExtendedKeyUsageEmpty);
        note(
            !is_authority && usages.contains(&ExtendedKeyUsage::Any),
            StrictRule::AnyExtendedKeyUsage,
        );
    }
    note(
        extensions.extended_key_usage == Presence::Critical,
        StrictRule::ExtendedKeyUsageCritical,
    );
    note(
        place.is_anchor && is_authority && extensions.extended_key_usage != Presence::Absent,
        StrictRule::RootExtendedKeyUsage,
    );
    note(
        !is_authority && extensions.extended_key_usage == Presence::Absent,
        StrictRule::ExtendedKeyUsageMissing,
    );

    // §4.2.2.1.
    let is_readable = || {
        let access = certificate.extension::<AuthorityInformationAccess>();
        access.is_ok_and(|access| access.is_none_or(|access| !access.0.is_empty()))
    };
    note(
        match extensions.information_access {
            Presence::Absent => false,
            Presence::Critical => true,
            Presence::NotCritical => !is_readable(),
        },
        StrictRule::AuthorityInformationAccess,
    );
}

fn check_names(
    names: &[GeneralName],
    subject: &Name,
    is_authority: bool,
    note: &mut dyn FnMut(bool, StrictRule),
) {
    let hosts: Vec<String> = names
        .iter()
        .filter_map(|name| match name {
            GeneralName::Dns(host) => Some(host.text().into_owned()),
            _ => None,
        })
        .collect();
    note(
        !hosts.iter().all(|host| is_host_name(host)),
        StrictRule::DnsName,
    );
    let is_top_level = |host: &String| {
        host.strip_prefix("*.")
            .is_some_and(|rest| !rest.trim_end_matches('.').contains('.'))
    };
    note(
        hosts.iter().any(is_top_level),
        StrictRule::WildcardOfTopLevel,
    );

    let addresses = names.iter().filter_map(GeneralName::as_ip_address);
    let addresses: Vec<String> = addresses.map(|address| address.to_string()).collect();
    // Certificates of people and of authorities have other common names.
    if is_authority || (hosts.is_empty() && addresses.is_empty()) {
        return;
    }
    let mut common_names = subject
        .attributes()
        .filter(|attribute| *attribute.oid() == COMMON_NAME);
    let (first, second) = (common_names.next(), common_names.next());
    let Some(only) = first else { return };
    let text = only.text().unwrap_or_default();
    if second.is_none() && hosts.iter().chain(&addresses).any(|name| name == text) {
        return;
    }
    note(true, StrictRule::CommonName);
    let is_address = loose_address(text).is_some_and(|address| {
        let address = address.to_string();
        addresses.contains(&address)
    });
    let is_unicode = !text.is_ascii() && text.contains('.') && !text.contains(' ');
    note(
        is_address || is_unicode || hosts.iter().any(|host| host.eq_ignore_ascii_case(text)),
        StrictRule::CommonNameForm,
    );
}

/// An address in any form that resolvers have taken (inet_aton(3), RFC 4291 §2.2): numbers in hexadecimal or with
/// leading zeros, fewer than four of them.
fn loose_address(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse::<Ipv6Addr>() {
        return Some(address.into());
    }
    let number = |text: &str| {
        let is_number = text.starts_with(|first: char| first.is_ascii_digit());
        is_number.then_some(())?;
        match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(digits) => u32::from_str_radix(digits, 16).ok(),
            None => text.parse::<u32>().ok(),
        }
    };
    let mut parts = text.rsplit('.');
    // The last number fills the octets that the others leave.
    let mut bits = number(parts.next()?)?;
    let before: Vec<&str> = parts.collect();
    for (part, shift) in before.iter().rev().zip([24, 16, 8]) {
        bits = bits.checked_add(u32::from(u8::try_from(number(part)?).ok()?) << shift)?;
    }
    (before.len() <= 3).then(|| Ipv4Addr::from_bits(bits).into())
}

/// The preferred name syntax (RFC 1034 §3.5 as changed by RFC 1123 §2.1), with a wildcard as the whole first label.
fn is_host_name(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
    };
    let below_wildcard = host.strip_prefix("*.").unwrap_or(host);
    host.len() <= 253
        && below_wildcard.split('.').all(is_label)
        && below_wildcard.parse::<Ipv4Addr>().is_err()
}

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
