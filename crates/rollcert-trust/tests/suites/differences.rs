use super::pkits::{Case, cases};

/// Which of two validators accepts what the other refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lean {
    TheyAccept,
    TheyRefuse,
}

impl Lean {
    /// `None` where both say the same.
    fn of(theirs: bool, ours: bool) -> Option<Self> {
        match (theirs, ours) {
            (true, false) => Some(Self::TheyAccept),
            (false, true) => Some(Self::TheyRefuse),
            _ => None,
        }
    }
}

/// Cases of PKITS that another validator decides otherwise: why, and which.
pub type Difference = (&'static str, Lean, &'static [&'static str]);

/// Holds what another validator accepts of PKITS against what we do: they differ where the table says, and nowhere else.
pub fn assert_on_pkits(table: &[Difference], accepts: impl Fn(&Case) -> bool) {
    let found: Vec<(&str, Lean)> = cases()
        .iter()
        .filter_map(|case| {
            let report = case.evaluate(&case.stores(), &case.policy(), None);
            let lean = Lean::of(accepts(case), report.trusted().is_some())?;
            Some((case.id.as_str(), lean))
        })
        .collect();
    let mut listed: Vec<(&str, Lean)> = table
        .iter()
        .flat_map(|(_why, lean, ids)| ids.iter().map(|id| (*id, *lean)))
        .collect();
    listed.sort_by_key(|(id, _)| cases().iter().position(|case| case.id == *id));
    assert_eq!(found, listed);
}
