//! What is wrong with a certificate in every path in which it stands at this place.

use rollcert_pki::{KeyUsage, Purpose};

use crate::context::Context;
use crate::policy::{algorithms, purposes};
use crate::report::Reason;
use crate::stored::{Position, StoredCertificate};
use crate::trust_list::judge;

/// Of the certificate that is evaluated, but for the algorithm of its signature: if it is a root, nobody looks at that.
pub(super) fn of_target(context: &Context<'_>, target: &StoredCertificate) -> Vec<Reason> {
    let mut defects = Vec::new();
    defects.extend(validity(context, target));
    defects.extend(algorithms::check_key(
        context.policy,
        target,
        Position::Leaf,
    ));
    extensions(target, &mut defects);
    defects
}

/// Of a CA between (RFC 5280 §6.1.3 (a) (2), §6.1.4 (k), (n), (o)).
pub(super) fn of_intermediate(
    context: &Context<'_>,
    purpose: Option<Purpose>,
    authority: &StoredCertificate,
) -> Vec<Reason> {
    let mut defects = Vec::new();
    defects.extend(validity(context, authority));
    defects.extend(algorithms::check_signature(context.policy, authority));
    defects.extend(algorithms::check_key(
        context.policy,
        authority,
        Position::Intermediate,
    ));
    // (k): older versions cannot say that they are of a CA, and nobody else does.
    let says_so = |authority: &StoredCertificate| {
        let constraints = authority.facts().basic_constraints;
        constraints.is_some_and(rollcert_pki::extension::BasicConstraints::is_ca)
    };
    if authority.certificate().version() < 3 || !says_so(authority) {
        defects.push(Reason::IssuerNotACa);
    }
    of_authority(context, purpose, authority, &mut defects);
    defects
}

/// Of a root that ends a path of more than itself. It need not say by basic constraints that it is a CA, for the root store
/// does; but its key usage must then say so, if it is of version 3, and nothing in it the contrary (RFC 5937 §3).
pub(super) fn of_anchor(
    context: &Context<'_>,
    purpose: Option<Purpose>,
    anchor: &StoredCertificate,
) -> Vec<Reason> {
    let mut defects = Vec::new();
    defects.extend(validity(context, anchor));
    defects.extend(algorithms::check_key(
        context.policy,
        anchor,
        Position::Root,
    ));
    let facts = anchor.facts();
    let issues = match facts.basic_constraints {
        Some(constraints) => constraints.is_ca(),
        // What a partner signed for itself is often put among the roots. It is to be trusted, and to issue nothing.
        None => facts.key_usage.is_some() || anchor.certificate().version() < 3,
    };
    if !issues {
        defects.push(Reason::IssuerNotACa);
    }
    of_authority(context, purpose, anchor, &mut defects);
    defects
}

fn of_authority(
    context: &Context<'_>,
    purpose: Option<Purpose>,
    authority: &StoredCertificate,
    defects: &mut Vec<Reason>,
) {
    // (n)
    if let Some(found) = authority.facts().key_usage
        && !found.contains(KeyUsage::KeyCertSign)
    {
        defects.push(Reason::IssuerLacksKeyCertSign { found });
    }
    extensions(authority, defects);
    let purpose =
        purpose.and_then(|purpose| purposes::check_authority(context.policy, purpose, authority));
    defects.extend(purpose);
    defects.extend(judge::inherited(context, authority));
}

/// RFC 5280 §6.1.3 (a) (2).
fn validity(context: &Context<'_>, stored: &StoredCertificate) -> Option<Reason> {
    let (certificate, now) = (stored.certificate(), context.now);
    if certificate.is_valid_at(now) {
        return None;
    }
    let (not_before, not_after) = (certificate.not_before(), certificate.not_after());
    Some(if now < not_before {
        Reason::NotYetValid { not_before, now }
    } else {
        Reason::Expired { not_after, now }
    })
}

/// RFC 5280 §6.1.4 (o), §6.1.5 (e): the rest is handled elsewhere, or not at all.
fn extensions(stored: &StoredCertificate, defects: &mut Vec<Reason>) {
    let facts = stored.facts();
    let unhandled = facts.unhandled_critical.iter().take(MOST_EXTENSIONS);
    let unhandled = unhandled.cloned();
    defects.extend(unhandled.map(|oid| Reason::UnhandledCriticalExtension { oid }));
    let malformed = facts.malformed.iter().cloned();
    defects.extend(malformed.map(|oid| Reason::MalformedExtension { oid }));
}

/// The most critical extensions of one certificate that are told of: reasons are for people, and each is held against all
/// others.
const MOST_EXTENSIONS: usize = 16;
