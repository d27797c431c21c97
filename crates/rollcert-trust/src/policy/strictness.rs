use std::collections::BTreeSet;

use crate::policy::Policy;
use crate::question::Question;
use crate::report::Finding;
use crate::stored::StoredCertificate;

/// Which rules of issuance are enforced beyond RFC 5280 §6.
///
/// Partners' certificates break many of them and work. Each is a warning where it is not enforced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Strictness {
    /// The rules that fail a certificate.
    pub enforced: BTreeSet<StrictRule>,
}

/// A rule that issuers have to keep, and evaluation need not (RFC 5280 §4; CA/Browser Forum Baseline Requirements §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum StrictRule {
    /// A certificate has an authority key identifier (RFC 5280 §4.2.1.1).
    AuthorityKeyIdentifier,
}

impl StrictRule {
    /// A stable word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::AuthorityKeyIdentifier => "authority-key-identifier",
        }
    }
}

/// The rules that the path from the leaf to the anchor breaks: those that are enforced, and the others.
pub(crate) fn check(
    policy: &Policy,
    question: &Question<'_>,
    path: &[StoredCertificate],
) -> (Vec<Finding>, Vec<Finding>) {
    let _ = (policy, question, path);
    (Vec::new(), Vec::new())
}
