use core::cmp::Reverse;

use rollcert_pki::extension::{CrlScope, IssuingDistributionPoint, ReasonFlags};

use crate::context::Context;
use crate::limits::Step;
use crate::report::Reason;
use crate::revocation::causes::{Causes, Rank};
use crate::revocation::listed::{Listed, known_crls};
use crate::revocation::points::{Coverage, Points};
use crate::revocation::{crl_source, out_of_scope};
use crate::stored::StoredCertificate;
use crate::stores::StoredCrl;

/// What a known CRL says of a certificate, signed by whomever.
pub(super) struct Claim {
    pub(super) crl: StoredCrl,
    /// For which reasons it covers the certificate. Without any, it can only revoke.
    pub(super) covered: ReasonFlags,
    pub(super) listed: Option<Listed>,
}

/// The CRLs that cover the certificate, and those of its issuer, or of one that it names, that list it, newest first. The
/// others leave their cause.
///
/// A serial number is one certificate's of its issuer, whatever the CRL is for that lists it: where unknown is accepted,
/// passing such a one over would accept who is revoked. It vouches for nothing.
///
/// `Err` when the budget is spent.
pub(super) fn claims(
    context: &Context<'_>,
    certificate: &StoredCertificate,
    points: &Points<'_>,
    causes: &mut Causes,
) -> Result<Vec<Claim>, Reason> {
    let judged = certificate.certificate();
    let mut claims = Vec::new();
    let mut silent = Vec::new();
    for crl in known_crls(context, points)? {
        let listed = Listed::find(&crl, judged, context.budget)?;
        let coverage = match &crl.facts().point {
            Ok(scope) => Some(points.coverage(&crl, scope.as_ref(), context.budget)?),
            // Nobody knows what it covers.
            Err(_) => None,
        };
        let mut claim = |crl, covered| {
            claims.push(Claim {
                crl,
                covered,
                listed,
            });
        };
        match coverage {
            Some(Coverage::Covers(covered)) => claim(crl, covered),
            _ if listed.is_some() && !is_for_attributes(&crl) => {
                claim(crl, ReasonFlags::default());
            }
            Some(Coverage::NotOfIssuer) => {
                let uncovered = "it lists certificates of its own issuer".to_owned();
                causes.add(Rank::Detail, out_of_scope(Some(&crl), uncovered));
                silent.push(crl);
            }
            Some(Coverage::OutOfScope(uncovered)) => {
                causes.add(Rank::OutOfScope, out_of_scope(Some(&crl), uncovered));
                silent.push(crl);
            }
            None => {
                let source = crl_source(&crl);
                causes.add(Rank::Malformed, Reason::CrlMalformed { source });
            }
        }
    }
    add_silent(context, silent, &mut claims)?;
    claims.sort_by_cached_key(|Claim { crl, .. }| {
        Reverse((crl.crl().this_update(), crl.facts().number.clone()))
    });
    Ok(claims)
}

/// Of the CRLs that neither cover nor list the certificate, those of a scope in which it is listed: one of them may have
/// taken the place of the one that lists it.
fn add_silent(
    context: &Context<'_>,
    silent: Vec<StoredCrl>,
    claims: &mut Vec<Claim>,
) -> Result<(), Reason> {
    let listing = claims.iter().filter(|claim| claim.covered.is_empty());
    let listing: Vec<StoredCrl> = listing.map(|claim| claim.crl.clone()).collect();
    let comparisons = u64::try_from(listing.len().saturating_mul(silent.len()));
    let comparisons = comparisons.unwrap_or(u64::MAX);
    context.budget.spend(Step::NameComparisons, comparisons)?;
    let is_of_listing = |crl: &StoredCrl| {
        let point = &crl.facts().point;
        listing.iter().any(|other| other.facts().point == *point)
    };
    claims.extend(silent.into_iter().filter(is_of_listing).map(|crl| Claim {
        crl,
        covered: ReasonFlags::default(),
        listed: None,
    }));
    Ok(())
}

/// Whether the CRL lists the numbers of attribute certificates, which are counted by themselves.
fn is_for_attributes(crl: &StoredCrl) -> bool {
    let point = crl.facts().point.as_ref().ok().and_then(Option::as_ref);
    point.map(IssuingDistributionPoint::scope) == Some(CrlScope::AttributeCertificates)
}
