use rollcert_crypto::Error;

use super::graph::Node;
use super::search::{KeyMatch, Search};
use crate::limits::Step;
use crate::report::Reason;

/// Why a way up ends before a root.
pub(super) enum Stop<'g> {
    /// Nobody known has the name and, as far as identifiers tell, the key of the issuer.
    IssuerUnknown,
    /// This one has the name, and the signature is not theirs.
    Refused(Error, &'g Node),
    /// It is its own issuer, and no root.
    SelfSigned,
    /// More certificates than a path may have.
    TooLong,
}

impl<'g> Search<'g, '_> {
    /// Goes up as far as it can, by the issuer each time that is likeliest and did sign; and says why it ends, about the
    /// last one.
    ///
    /// `Err` when the budget is spent.
    pub(super) fn climb(&self) -> Result<(Vec<&'g Node>, Stop<'g>), Reason> {
        let most = self.context.budget.limits().path_certificates;
        let mut path: Vec<&'g Node> = self.graph.target().into_iter().collect();
        loop {
            let Some(last) = path.last().copied() else {
                return Ok((path, Stop::IssuerUnknown));
            };
            if path.len() >= most {
                return Ok((path, Stop::TooLong));
            }
            let child = &last.stored;
            let mut candidates: Vec<(KeyMatch, &'g Node)> = Vec::new();
            for candidate in self.graph.issuers_of(last) {
                self.context.budget.spend(Step::Candidates, 1)?;
                if !path.iter().any(|node| node.is_same_authority(candidate)) {
                    candidates.push((KeyMatch::of(child, &candidate.stored), candidate));
                }
            }
            candidates.sort_by_key(|(key_match, _)| *key_match);
            let mut refused = None;
            let mut issuer = None;
            for (key_match, candidate) in candidates {
                match self.context.verify_certificate(child, &candidate.stored)? {
                    Ok(()) => {
                        issuer = Some(candidate);
                        break;
                    }
                    // Another key of the same name says nothing.
                    Err(_) if key_match == KeyMatch::Other => {}
                    Err(error) => {
                        refused.get_or_insert((error, candidate));
                    }
                }
            }
            if let Some(issuer) = issuer {
                path.push(issuer);
                continue;
            }
            if let Some((error, issuer)) = refused {
                return Ok((path, Stop::Refused(error, issuer)));
            }
            let is_self_signed =
                last.is_self_issued && self.context.verify_certificate(child, child)?.is_ok();
            let stop = if is_self_signed {
                Stop::SelfSigned
            } else {
                Stop::IssuerUnknown
            };
            return Ok((path, stop));
        }
    }
}
