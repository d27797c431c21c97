//! What everybody should know of a replacement, whatever is known of partners.

use std::collections::HashSet;

use rollcert_pki::{Certificate, IdentityMatch, LogicalIdentity};

use crate::policy::purposes;
use crate::preflight::check::{Flight, Replacement, covers};
use crate::preflight::impact::Caution;
use crate::question::ReferenceName;
use crate::selection::emails_of;

impl Flight<'_> {
    pub(super) fn cautions(&self) -> Vec<Caution> {
        let Replacement {
            old, new, notice, ..
        } = self.replacement;
        let (old_leaf, new_leaf) = (old.leaf(), new.leaf());
        let mut cautions = Vec::new();

        let (start, needed_until) = (notice.start(), notice.old_needed_until());
        if old_leaf.not_after() < needed_until {
            cautions.push(Caution::OldEndsEarly {
                not_after: old_leaf.not_after(),
                start,
                needed_until,
            });
        }
        if new_leaf.not_before() > start {
            cautions.push(Caution::NewBeginsLate {
                not_before: new_leaf.not_before(),
                start,
            });
        }
        if new_leaf.not_after() <= old_leaf.not_after() {
            cautions.push(Caution::NewEndsFirst {
                old: old_leaf.not_after(),
                new: new_leaf.not_after(),
            });
        }
        let dropped = self.names_dropped.iter().cloned();
        cautions.extend(dropped.map(|name| Caution::NameDropped { name }));
        for purpose in self.replacement.purposes() {
            if !purposes::check(self.judge.policy(), purpose, new.stored_leaf()).is_empty() {
                cautions.push(Caution::PurposeLost { purpose });
            }
        }
        self.caution_usages(&mut cautions);
        cautions
    }

    fn caution_usages(&self, cautions: &mut Vec<Caution>) {
        let (old, new) = (self.replacement.old.leaf(), self.replacement.new.leaf());
        let (old_identity, new_identity) = (LogicalIdentity::of(old), LogicalIdentity::of(new));
        if old.key_usage() != new.key_usage() {
            cautions.push(Caution::KeyUsageDiffers {
                old: old.key_usage(),
                new: new.key_usage(),
            });
        }
        if old_identity.extended_key_usage() != new_identity.extended_key_usage() {
            cautions.push(Caution::ExtendedKeyUsageDiffers {
                old: old_identity.extended_key_usage().map(<[_]>::to_vec),
                new: new_identity.extended_key_usage().map(<[_]>::to_vec),
            });
        }
        if let IdentityMatch::Different(fields) = old_identity.compare(&new_identity) {
            cautions.push(Caution::IdentityDiffers { fields });
        }
        if old.key_algorithm() != new.key_algorithm() {
            cautions.push(Caution::KeyAlgorithmDiffers {
                old: old.key_algorithm().clone(),
                new: new.key_algorithm().clone(),
            });
        }
    }
}

/// The names of the old certificate that the new one does not cover.
///
/// Names that stand in both need no comparing. Of the others, no more are compared than a certificate in use may have;
/// the rest counts as dropped.
pub(super) fn names_dropped(replacement: &Replacement) -> Vec<ReferenceName> {
    let Replacement { old, new, .. } = replacement;
    let kept: HashSet<ReferenceName> = names_of(new.leaf()).into_iter().collect();
    let mut compared: usize = 0;
    let mut is_dropped = |name: &ReferenceName| {
        compared = compared.saturating_add(1);
        let asked = match name {
            // A wildcard is no host: it stands for any label.
            ReferenceName::Dns(host) => ReferenceName::Dns(host.replacen('*', ANY_LABEL, 1)),
            other => other.clone(),
        };
        compared > MOST_COMPARED || !covers(new, &asked)
    };
    let mut dropped = names_of(old.leaf());
    dropped.retain(|name| !kept.contains(name) && is_dropped(name));
    dropped
}

fn names_of(certificate: &Certificate) -> Vec<ReferenceName> {
    let hosts = certificate.dns_names().iter().cloned();
    let addresses = certificate.ip_addresses().into_iter();
    let emails = emails_of(certificate).into_iter();
    hosts
        .map(ReferenceName::Dns)
        .chain(addresses.map(ReferenceName::Ip))
        .chain(emails.map(ReferenceName::Email))
        .collect()
}

/// A label that nobody uses, to ask for in place of an asterisk.
const ANY_LABEL: &str = "rollcert-any-label";
/// Each may be compared with 16,384 names.
const MOST_COMPARED: usize = 256;
