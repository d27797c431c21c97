use core::cell::Cell;

use crate::limits::{Limits, Step};
use crate::report::Reason;

/// What one evaluation has used of its [`Limits`]. Shared by all its parts.
#[derive(Debug)]
pub(crate) struct Budget {
    limits: Limits,
    spent: [Cell<u64>; 6],
    exhausted: Cell<Option<Step>>,
}

impl Budget {
    pub(crate) const fn new(limits: Limits) -> Self {
        Self {
            limits,
            spent: [const { Cell::new(0) }; 6],
            exhausted: Cell::new(None),
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
            return Err(Reason::BudgetExhausted { step, limit });
        }
        spent.set(total);
        Ok(())
    }

    /// Whether a limit was met since this was asked last: who met it may have gone on as if there were nothing more.
    pub(crate) fn take_exhausted(&self) -> Option<Reason> {
        let step = self.exhausted.take()?;
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
