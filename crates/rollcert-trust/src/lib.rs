//! Whether a certificate is good, and if not, what exactly would mend it.

mod budget;
mod cache;
mod context;
mod evaluator;
mod facts;
mod limits;
mod names;
mod policy;
mod policy_graph;
mod question;
mod report;
mod revocation;
mod stored;
mod stores;
mod trust_list;

pub use cache::Cache;
pub use evaluator::Evaluator;
pub use limits::{Limits, Step};
pub use policy::{
    AlgorithmPolicy, AlgorithmRule, ExtendedKeyUsageChaining, InitialPolicies, OnUnknown, Policy,
    PurposeRule, PurposeRules, RevocationPolicy, StrictRule, Strictness,
};
pub use question::{Question, ReferenceName};
pub use report::{
    Basis, CandidatePath, Finding, MissingIssuer, PathEnd, Place, Reason, Report, RevocationSource,
    RevocationStatus, Trusted, Verdict,
};
pub use stored::StoredCertificate;
pub use stores::{CertificateStore, CrlStore, RootStore, StoredCrl, Stores, TrustList};
pub use trust_list::{TrustListEntry, TrustListPolicy, TrustListStatus};
