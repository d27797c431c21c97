use chrono::{DateTime, Utc};
use rollcert_crypto::{DigestAlgorithm, Provider};
use rollcert_pki::Thumbprint;

use super::entry::{TrustListEntry, TrustListStatus};
use super::policy::{BlackReach, Precedence, TrustListPolicy};
use crate::context::Context;
use crate::limits::Step;
use crate::report::Reason;
use crate::stored::StoredCertificate;
use crate::stores::TrustList;

/// What a certificate's own entry says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OwnEntry {
    /// There is none, or it has ended (then with the note): paths decide.
    NotListed(Option<Reason>),
    /// Trusted, with notes.
    Trusted(Vec<Reason>),
    /// Not trusted.
    Untrusted(Reason),
}

/// Looks at the certificate's own entry.
pub(crate) fn own_entry(context: &Context<'_>, certificate: &StoredCertificate) -> OwnEntry {
    match black_entry(context, certificate) {
        Ok(None) => {}
        Ok(Some(Black { thumbprint, note })) => {
            return OwnEntry::Untrusted(Reason::CtlBlacklisted { thumbprint, note });
        }
        Err(exhausted) => return OwnEntry::Untrusted(exhausted),
    }
    let Some((thumbprint, entry)) = certificate_entry(context, certificate) else {
        return OwnEntry::NotListed(None);
    };
    let now = context.now;
    match (entry.ended(now), entry.status) {
        (Some(ended), _) => OwnEntry::NotListed(Some(Reason::CtlEntryEnded { ended, now })),
        (None, TrustListStatus::Whitelisted { allow_expired }) => {
            let (not_before, not_after) = (
                certificate.certificate().not_before(),
                certificate.certificate().not_after(),
            );
            let mut notes = vec![Reason::CtlWhitelisted { thumbprint }];
            if now < not_before {
                // Having expired is all that an entry may allow.
                match context.policy.trust_list.white_not_yet_valid {
                    Precedence::Findings => {
                        return OwnEntry::Untrusted(Reason::NotYetValid { not_before, now });
                    }
                    Precedence::Entry => notes.push(Reason::NotYetValid { not_before, now }),
                }
            } else if !certificate.certificate().is_valid_at(now) {
                if !allow_expired {
                    return OwnEntry::Untrusted(Reason::Expired { not_after, now });
                }
                notes.push(Reason::CtlWhitelistedExpired { not_after, now });
            }
            OwnEntry::Trusted(notes)
        }
        // Black entries that count were found above.
        (None, TrustListStatus::Blacklisted) => OwnEntry::NotListed(None),
    }
}

/// Whether a CA in a path, root included, is listed as not to be trusted: [`Reason::CtlIssuerBlacklisted`]. White entries
/// of CAs mean nothing here: they are not inherited.
pub(crate) fn inherited(context: &Context<'_>, authority: &StoredCertificate) -> Option<Reason> {
    if context.stores.trust_list.is_empty() {
        return None;
    }
    let listed = black_entry(context, authority).and_then(|listed| {
        match context.policy.trust_list.black_reach {
            BlackReach::Key if listed.is_none() => black_sibling(context, authority),
            _ => Ok(listed),
        }
    });
    let Black { thumbprint, note } = match listed {
        Ok(listed) => listed?,
        Err(exhausted) => return Some(exhausted),
    };
    Some(Reason::CtlIssuerBlacklisted {
        issuer: authority.certificate().subject().clone(),
        thumbprint,
        note,
    })
}

/// What the best path of a whitelisted certificate has against it, `findings`, and the entry together: the marks with
/// which it stays trusted, or the reasons for which the policy lets it be trusted no more.
///
/// Of the findings, those count that revoke the certificate itself, and those that blacklist a CA above it; whatever else
/// is wrong with the path is what the entry is for.
pub(crate) fn white_leaf<'a>(
    policy: &TrustListPolicy,
    findings: impl IntoIterator<Item = &'a Reason>,
) -> Result<Vec<Reason>, Vec<Reason>> {
    let (mut marks, mut reasons) = (Vec::new(), Vec::new());
    for finding in findings {
        let (precedence, mark) = match finding {
            Reason::CtlIssuerBlacklisted { issuer, .. } => {
                let issuer = issuer.clone();
                (policy.white_below_black, Reason::CtlConflict { issuer })
            }
            Reason::Revoked { date, now, .. } => {
                let (date, now) = (*date, *now);
                (
                    policy.white_revoked,
                    Reason::CtlRevokedButWhitelisted { date, now },
                )
            }
            _ => continue,
        };
        match precedence {
            Precedence::Entry => marks.push(mark),
            Precedence::Findings => reasons.push(finding.clone()),
        }
    }
    if reasons.is_empty() {
        Ok(marks)
    } else {
        Err(reasons)
    }
}

/// A black entry that counts.
struct Black {
    thumbprint: Thumbprint,
    note: Option<String>,
}

/// The black entry that counts for this certificate, or for its key. It wins over a white one: a key that is not to be
/// trusted is so in every certificate.
///
/// `Err` when the budget is spent.
fn black_entry(
    context: &Context<'_>,
    certificate: &StoredCertificate,
) -> Result<Option<Black>, Reason> {
    let (trust_list, now, provider) = (context.stores.trust_list, context.now, context.provider);
    if trust_list.is_empty() {
        return Ok(None);
    }
    let is_black = |(_, entry): &(Thumbprint, TrustListEntry)| is_black(entry, now);
    let mut listed = certificate_entry(context, certificate)
        .filter(is_black)
        .or_else(|| black_key_entry(trust_list, certificate, now, provider));
    if listed.is_none() {
        for twin in twins(context, certificate) {
            context.budget.spend(Step::Candidates, 1)?;
            listed = certificate_entry(context, &twin).filter(is_black);
            if listed.is_some() {
                break;
            }
        }
    }
    Ok(listed.map(|(thumbprint, entry)| Black {
        thumbprint,
        note: entry.note,
    }))
}

/// The known certificates that differ in the signature alone. Anybody can make another valid signature of an ECDSA
/// signature, and so another thumbprint for a certificate that is listed.
fn twins(
    context: &Context<'_>,
    certificate: &StoredCertificate,
) -> impl Iterator<Item = StoredCertificate> {
    let own = certificate.certificate();
    let known = context.stores.certificates;
    let namesakes = known.issued_as(own.issuer(), own.serial());
    namesakes.into_iter().filter(move |other| {
        other != certificate && other.certificate().to_be_signed() == own.to_be_signed()
    })
}

fn certificate_entry(
    context: &Context<'_>,
    certificate: &StoredCertificate,
) -> Option<(Thumbprint, TrustListEntry)> {
    let trust_list = context.stores.trust_list;
    if trust_list.is_empty() {
        return None;
    }
    let sha512 = *certificate.sha512(context.provider);
    Some((sha512, trust_list.entry(&sha512)?))
}

/// The black entry that counts for the key of the certificate, however the key is written in it. White ones mean nothing.
pub(super) fn black_key_entry(
    trust_list: &dyn TrustList,
    certificate: &StoredCertificate,
    now: DateTime<Utc>,
    provider: &Provider,
) -> Option<(Thumbprint, TrustListEntry)> {
    if trust_list.is_empty() {
        return None;
    }
    let find = |spki_sha256: Thumbprint| {
        let entry = trust_list.key_entry(&spki_sha256)?;
        is_black(&entry, now).then_some((spki_sha256, entry))
    };
    // The entry may be taken from a certificate where the same key is written in another way.
    find(*certificate.key_sha256(provider)).or_else(|| {
        let spellings = certificate.certificate().public_key_spellings();
        let mut digests = spellings
            .iter()
            .map(|info| Thumbprint::of(info, DigestAlgorithm::Sha256, provider));
        digests.find_map(find)
    })
}

fn is_black(entry: &TrustListEntry, now: DateTime<Utc>) -> bool {
    entry.status == TrustListStatus::Blacklisted && entry.ended(now).is_none()
}

/// The black entry that counts for another certificate of the same name and key, of those that are known.
///
/// `Err` when the budget is spent.
fn black_sibling(
    context: &Context<'_>,
    authority: &StoredCertificate,
) -> Result<Option<Black>, Reason> {
    let subject = authority.certificate().subject();
    let presented = context.presented.iter();
    let siblings = context
        .stores
        .certificates
        .named(subject)
        .into_iter()
        .chain(context.stores.roots.roots_named(subject))
        .chain(presented.cloned());
    for sibling in siblings {
        context.budget.spend(Step::Candidates, 1)?;
        let certificate = sibling.certificate();
        if certificate.subject().matches(subject)
            && certificate.certifies(authority.certificate().public_key_info())
            && let Some(black) = black_entry(context, &sibling)?
        {
            return Ok(Some(black));
        }
    }
    Ok(None)
}
