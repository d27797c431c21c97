use rollcert_crypto::Provider;

use crate::cache::Cache;
use crate::policy::Policy;
use crate::question::Question;
use crate::report::Report;
use crate::stores::Stores;

/// Judges certificates by what the stores hold and the policy wants.
#[derive(Clone, Copy)]
pub struct Evaluator<'a> {
    stores: Stores<'a>,
    policy: &'a Policy,
    provider: &'a Provider,
    cache: Option<&'a Cache>,
}

impl<'a> Evaluator<'a> {
    /// Over these stores, by this policy.
    #[must_use]
    pub const fn new(stores: Stores<'a>, policy: &'a Policy, provider: &'a Provider) -> Self {
        Self {
            stores,
            policy,
            provider,
            cache: None,
        }
    }

    /// With a memory for signatures.
    #[must_use]
    pub const fn with_cache(mut self, cache: &'a Cache) -> Self {
        self.cache = Some(cache);
        self
    }

    /// Answers the question: never fails, always says why.
    #[must_use]
    pub fn evaluate(&self, question: &Question<'_>) -> Report {
        let _ = (
            self.stores,
            self.policy,
            self.provider,
            self.cache,
            question,
        );
        todo!()
    }
}

impl core::fmt::Debug for Evaluator<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Evaluator")
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}
