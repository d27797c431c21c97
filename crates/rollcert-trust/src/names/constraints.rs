use std::borrow::Cow;
use std::collections::BTreeMap;

use der::asn1::ObjectIdentifier;
use rollcert_pki::extension::{BasicConstraints, ExtensionValue, GeneralName, NameConstraints};

use crate::budget::Budget;
use crate::limits::Step;
use crate::names::host::DnsPattern;
use crate::names::subtree::{PresentedName, Subtree};
use crate::report::Reason;
use crate::report::shown::{bounded, bounded_list};
use crate::stored::StoredCertificate;

/// The permitted and excluded subtrees that hold at one place of a path (RFC 5280 §6.1.2 (b), (c)).
///
/// A constraint holds for the names of its kind and says nothing of others. One that cannot be judged fails the path
/// as soon as a name of its kind occurs (§4.2.1.10), and so does a name that cannot be read where its kind is
/// constrained.
#[derive(Debug, Default)]
pub(crate) struct NameSpace {
    /// By [`GeneralName::kind`].
    kinds: BTreeMap<&'static str, Subtrees>,
}

/// The subtrees of one kind of name.
#[derive(Debug, Default)]
struct Subtrees {
    /// Those of each certificate that permits any: a name lies in one subtree of every certificate, so that what is
    /// permitted only ever narrows, down to nothing.
    permitted: Vec<Vec<Subtree>>,
    excluded: Vec<Subtree>,
}

impl NameSpace {
    /// Holds every name of `certificate` against the subtrees (§6.1.3 (b), (c)). The caller leaves out self-issued
    /// certificates that are not the last.
    ///
    /// `Err` when the budget is spent.
    pub(crate) fn check(
        &self,
        certificate: &StoredCertificate,
        budget: &Budget,
    ) -> Result<Vec<Reason>, Reason> {
        let mut reasons = Vec::new();
        if self.kinds.is_empty() {
            return Ok(reasons);
        }
        for (kind, name) in names_of(certificate) {
            let Some(subtrees) = self.kinds.get(kind) else {
                continue;
            };
            budget.spend(Step::NameComparisons, subtrees.count())?;
            let reason = subtrees.judge(&name);
            reasons.extend(reason.filter(|reason| !reasons.contains(reason)));
            if reasons.len() == MOST_REASONS {
                break;
            }
        }
        Ok(reasons)
    }

    /// Narrows the subtrees by those of a CA certificate or root (§6.1.4 (g)).
    ///
    /// An extension that constrains nothing is malformed (§4.2.1.10).
    pub(crate) fn narrow(
        &mut self,
        constraints: &NameConstraints,
        budget: &Budget,
    ) -> Result<Vec<Reason>, Reason> {
        let NameConstraints {
            permitted,
            excluded,
        } = constraints;
        if permitted.is_empty() && excluded.is_empty() {
            let oid = NameConstraints::OID.into();
            return Ok(vec![Reason::MalformedExtension { oid }]);
        }
        budget.spend(
            Step::NameComparisons,
            steps(permitted.len().saturating_add(excluded.len())),
        )?;
        let mut permitted_here: BTreeMap<&'static str, Vec<Subtree>> = BTreeMap::new();
        for subtree in permitted {
            let of_kind = permitted_here.entry(subtree.base.kind()).or_default();
            of_kind.push(Subtree::of(subtree));
        }
        for (kind, subtrees) in permitted_here {
            self.kinds.entry(kind).or_default().permitted.push(subtrees);
        }
        for subtree in excluded {
            let of_kind = self.kinds.entry(subtree.base.kind()).or_default();
            of_kind.excluded.push(Subtree::of(subtree));
        }
        Ok(Vec::new())
    }
}

impl Subtrees {
    /// What is wrong with a name of this kind.
    fn judge(&self, name: &GeneralName) -> Option<Reason> {
        if let Some(unserved) = self.iter().find(|subtree| !subtree.is_served()) {
            return Some(Reason::NameConstraintUnsupported {
                constraint: bounded(unserved),
            });
        }
        let Some(presented) = PresentedName::of(name) else {
            return Some(Reason::NameMalformed {
                name: bounded(name),
            });
        };
        let mut excluded = self.excluded.iter();
        if let Some(excluded) = excluded.find(|subtree| subtree.touches(&presented)) {
            return Some(Reason::NameExcluded {
                name: bounded(name),
                excluded: bounded(excluded),
            });
        }
        let permits =
            |subtrees: &[Subtree]| subtrees.iter().any(|subtree| subtree.contains(&presented));
        let mut permitted = self.permitted.iter();
        let broken = permitted.find(|subtrees| !permits(subtrees))?;
        Some(Reason::NameNotPermitted {
            name: bounded(name),
            permitted: bounded_list(broken),
        })
    }

    fn iter(&self) -> impl Iterator<Item = &Subtree> {
        self.permitted.iter().flatten().chain(&self.excluded)
    }

    fn count(&self) -> u64 {
        steps(self.permitted.iter().map(Vec::len).sum::<usize>() + self.excluded.len())
    }
}

/// The names that constraints hold for, each with the kind whose constraints do.
///
/// Beside the alternative names and the subject these are, lest somebody read them who is not told of the constraints:
/// - every `emailAddress` of the subject, where RFC 5280 has those alone that stand without an alternative name;
/// - an `SmtpUTF8Mailbox`, which is an e-mail address as well (RFC 9598 §6);
/// - a common name that looks like a host, of an end entity without an alternative name that is one: some software falls
///   back on it then.
fn names_of(certificate: &StoredCertificate) -> Vec<(&'static str, Cow<'_, GeneralName>)> {
    let facts = certificate.facts();
    let subject = certificate.certificate().subject();
    let mut names = Vec::new();
    if !subject.is_empty() {
        let name = GeneralName::Directory(subject.clone());
        names.push((name.kind(), Cow::Owned(name)));
    }
    for name in facts.alternative_names.iter().flat_map(|names| &names.0) {
        if matches!(name, GeneralName::Other { type_id, .. } if *type_id == SMTP_UTF8_MAILBOX) {
            names.push((EMAIL, Cow::Borrowed(name)));
        }
        names.push((name.kind(), Cow::Borrowed(name)));
    }
    let is_authority = facts.basic_constraints.is_some_and(BasicConstraints::is_ca);
    let mut alternative_names = facts.alternative_names.iter().flat_map(|names| &names.0);
    let names_host = alternative_names.any(|name| matches!(name, GeneralName::Dns(_)));
    let may_fall_back = !is_authority && !names_host;
    for attribute in subject.attributes() {
        let text = attribute.text();
        if *attribute.oid() == EMAIL_ADDRESS {
            // What is no text is no address either.
            let text = text.map_or_else(|| hex::encode(attribute.value()), str::to_owned);
            let name = GeneralName::email(&text).unwrap_or_else(|_| GeneralName::utf8_email(&text));
            names.push((EMAIL, Cow::Owned(name)));
        } else if *attribute.oid() == COMMON_NAME && may_fall_back {
            names.extend(
                text.and_then(host_of)
                    .map(|name| (name.kind(), Cow::Owned(name))),
            );
        }
    }
    names
}

/// The common name as a host name, if it looks like one.
fn host_of(common_name: &str) -> Option<GeneralName> {
    let (DnsPattern::Host(host) | DnsPattern::Wildcard(host)) =
        DnsPattern::parse(common_name.as_bytes())?;
    let is_host = host.is_qualified() && !host.is_like_address() && !host.has_stray_hyphen();
    is_host.then(|| GeneralName::dns(common_name).ok())?
}

fn steps(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Who reads a report has seen enough by then.
const MOST_REASONS: usize = 16;

/// [`GeneralName::kind`] of e-mail addresses.
const EMAIL: &str = "email";

const SMTP_UTF8_MAILBOX: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.8.9");
const EMAIL_ADDRESS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1");
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
