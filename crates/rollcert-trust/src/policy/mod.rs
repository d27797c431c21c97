pub(crate) mod algorithms;
mod presence;
pub(crate) mod purposes;
mod revocation;
mod strict_rule;
pub(crate) mod strictness;

pub use algorithms::{AlgorithmPolicy, AlgorithmRule, OnUnservedKey};
pub use purposes::{ExtendedKeyUsageChaining, PurposeRule, PurposeRules};
pub use revocation::{OnUnknown, RevocationPolicy};
pub use strict_rule::StrictRule;
pub use strictness::Strictness;

use std::collections::BTreeSet;

use rollcert_pki::Oid;

use crate::limits::Limits;
use crate::trust_list::TrustListPolicy;

/// By which rules certificates are judged: data, with presets.
///
/// ```
/// use rollcert_trust::{Policy, PurposeRules, RevocationPolicy};
///
/// let mut policy = Policy::partner();
/// policy.revocation = RevocationPolicy::STRICT;
/// policy.purposes = PurposeRules::strict();
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Policy {
    /// Key usage and extended key usage, by purpose.
    pub purposes: PurposeRules,
    /// Whether the extended key usage of a CA limits what is below it.
    pub chaining: ExtendedKeyUsageChaining,
    /// Whether revocation is checked, and what an unknown answer means.
    pub revocation: RevocationPolicy,
    /// Which algorithms and key sizes are allowed, by position.
    pub algorithms: AlgorithmPolicy,
    /// Which rules of issuance are enforced beyond RFC 5280 §6.
    pub strictness: Strictness,
    /// How trust lists and paths go together.
    pub trust_list: TrustListPolicy,
    /// The inputs of certificate policies (RFC 5280 §6.1.1 (c), (e), (f), (g)).
    pub initial_policies: InitialPolicies,
    /// The most intermediates between the certificate and the root, self-issued ones not counted (RFC 5280 §4.2.1.9);
    /// none for as many as [`Self::limits`] allow.
    pub max_intermediates: Option<usize>,
    /// What an evaluation may cost.
    pub limits: Limits,
}

impl Policy {
    /// For certificates of partners in file exchange: RFC 5280 §6 in full, and nothing beyond it.
    ///
    /// Purposes by [`PurposeRules::gateway`], extended key usages chained, revocation by
    /// [`RevocationPolicy::GATEWAY`], algorithms by [`AlgorithmPolicy::partner`], no rule of issuance enforced
    /// ([`Strictness::lenient`]), any certificate policy, as many intermediates as [`Limits::DEFAULT`] allow.
    #[must_use]
    pub fn partner() -> Self {
        Self {
            purposes: PurposeRules::gateway(),
            chaining: ExtendedKeyUsageChaining::On,
            revocation: RevocationPolicy::GATEWAY,
            algorithms: AlgorithmPolicy::partner(),
            strictness: Strictness::lenient(),
            trust_list: TrustListPolicy::default(),
            initial_policies: InitialPolicies::default(),
            max_intermediates: None,
            limits: Limits::DEFAULT,
        }
    }

    /// For certificates of the public web: as [`Self::partner`], but algorithms by [`AlgorithmPolicy::webpki`], and the rules
    /// of [`Strictness::webpki`] enforced.
    #[must_use]
    pub fn webpki() -> Self {
        Self {
            algorithms: AlgorithmPolicy::webpki(),
            strictness: Strictness::webpki(),
            ..Self::partner()
        }
    }
}

/// That of [`Policy::partner`].
impl Default for Policy {
    fn default() -> Self {
        Self::partner()
    }
}

/// The inputs of certificate policies (RFC 5280 §6.1.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct InitialPolicies {
    /// `user-initial-policy-set`; empty for any policy.
    pub acceptable: BTreeSet<Oid>,
    /// `initial-explicit-policy`: the path must be valid for an acceptable policy.
    pub require_explicit_policy: bool,
    /// `initial-policy-mapping-inhibit`.
    pub inhibit_policy_mapping: bool,
    /// `initial-any-policy-inhibit`.
    pub inhibit_any_policy: bool,
}
