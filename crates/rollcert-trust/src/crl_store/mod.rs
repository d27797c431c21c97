//! How CRLs come into the store: what to fetch, what to take in, what takes the place of what, and why one serves for
//! nothing.

mod address;
mod answer;
mod judgement;
mod plan;
mod replace;
mod results;
mod scan;
mod schedule;
mod updater;
mod uri;

pub use address::AddressRule;
pub use answer::{CrlAnswer, CrlOutcome, CrlWarning};
pub use judgement::CrlJudgement;
pub use plan::{
    FetchLimits, FetchPlan, FetchPolicy, FetchRequest, PointKind, PointSource, RefusedUri,
};
pub use results::{FetchRecord, FetchResult, Fetched, FetchedValue};
pub use scan::ScanScope;
pub use schedule::ScanSchedule;
pub use updater::{CrlOrigin, CrlUpdater, UntrustedCrls};
pub use uri::{FetchScheme, FetchUri, UriRefusal};
