use core::cell::Cell;

use crate::limits::{Limits, Step};
use crate::report::Reason;

/// What one evaluation has used of its [`Limits`]. Shared by all its parts.
#[derive(Debug)]
pub(crate) struct Budget {
    limits: Limits,
    spent: [Cell<u64>; 6],
    /// The limit that was met last.
    exhausted: Cell<Option<Step>>,
    /// How often one was.
    refusals: Cell<u64>,
}

impl Budget {
    pub(crate) const fn new(limits: Limits) -> Self {
        Self {
            limits,
            spent: [const { Cell::new(0) }; 6],
            exhausted: Cell::new(None),
            refusals: Cell::new(0),
        }
    }

    pub(crate) const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Counts `steps` of this kind, unless that goes beyond the limit.
    pub(crate) fn spend(&self, step: Step, steps: u64) -> Result<(), Reason> {
        let (limit, spent) = self.counter(step);
        let total = spent.get().saturating_add(steps);
        if total > limit {
            self.exhausted.set(Some(step));
            self.refusals.set(self.refusals.get().saturating_add(1));
            return Err(Reason::BudgetExhausted { step, limit });
        }
        spent.set(total);
        Ok(())
    }

    /// How often a limit was met so far.
    pub(crate) fn refusals(&self) -> u64 {
        self.refusals.get()
    }

    /// Which limit was met since there were so many refusals: who met it may have gone on as if there were nothing more.
    pub(crate) fn exhausted_since(&self, refusals: u64) -> Option<Reason> {
        if self.refusals.get() == refusals {
            return None;
        }
        let step = self.exhausted.get()?;
        let limit = self.counter(step).0;
        Some(Reason::BudgetExhausted { step, limit })
    }

    fn counter(&self, step: Step) -> (u64, &Cell<u64>) {
        let Limits {
            signatures,
            candidates,
            paths,
            name_comparisons,
            policy_steps,
            crls,
            ..
        } = self.limits;
        let [
            of_signatures,
            of_candidates,
            of_paths,
            of_names,
            of_policies,
            of_crls,
        ] = &self.spent;
        match step {
            Step::Signatures => (signatures, of_signatures),
            Step::Candidates => (candidates, of_candidates),
            Step::Paths => (paths, of_paths),
            Step::NameComparisons => (name_comparisons, of_names),
            Step::PolicySteps => (policy_steps, of_policies),
            Step::Crls => (crls, of_crls),
        }
    }
}
