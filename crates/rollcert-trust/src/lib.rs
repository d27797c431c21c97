//! Whether a certificate is good, and if not, what exactly would mend it.

mod budget;
mod cache;
mod context;
mod crl_store;
mod evaluator;
mod facts;
mod limits;
mod names;
mod path;
mod ocsp;
mod policy;
mod policy_graph;
mod preflight;
mod question;
mod report;
mod revocation;
mod selection;
mod stored;
mod stores;
mod trust_list;

pub use cache::Cache;
pub use crl_store::{
    AddressRule, CrlAnswer, CrlJudgement, CrlOrigin, CrlOutcome, CrlUpdater, CrlWarning,
    FetchLimits, FetchPlan, FetchPolicy, FetchRecord, FetchRequest, FetchResult, FetchScheme,
    FetchUri, Fetched, FetchedValue, PointKind, PointSource, RefusedUri, ScanSchedule, ScanScope,
    UntrustedCrls, UriRefusal,
};
pub use evaluator::Evaluator;
pub use limits::{Limits, Step};
pub use ocsp::{OcspCertificateStatus, OcspError, OcspResponse, OcspSingleResponse};
pub use policy::{
    AlgorithmPolicy, AlgorithmRule, ExtendedKeyUsageChaining, InitialPolicies, OnUnknown, OnUnservedKey, Policy,
    PurposeRule, PurposeRules, RevocationPolicy, StrictRule, Strictness,
};
pub use preflight::{
    Affected, Assurance, AuthorityId, AuthorityIdError, Break, BreakFact, Caution, CertificateRole,
    Chain, Expiry, HeldCertificate, Impact, NoticeError, NoticePhase, Outcome, Partner, Pin,
    PinKind, Preflight, Protocol, Replacement, RolloverNotice, RootName, RootProgramme, Since,
    Usage, expiring_within, implied_offset, preflight, programmes_with,
};
pub use question::{Question, ReferenceName};
pub use report::{
    Basis, CandidatePath, Explanation, Finding, MissingIssuer, PathEnd, Place, Reason, Remedy, Report,
    RevocationSource, RevocationStatus, Trusted, Verdict, Wanted,
};
pub use selection::{
    AdditionalUse, AutoSelect, CertificateFilter, DeselectError, EncryptionSelection, EntryKind,
    EvaluatorJudge, ExpiredFilter, Judge, Judgement, Level, LevelError, LevelKind,
    MessageSelection, MissingKey, NoPrivateKey, NoSigningCertificate, Origin, PreferenceBook,
    PreferenceSource, Preferences, SelectionEntry, Selector, SigningOrder, Standing, TextFilter,
    UnknownChoice, canonical_email, emails_of,
};
pub use stored::StoredCertificate;
pub use stores::{
    Addition, CertificateStore, CrlStore, Import, ImportRefusal, ImportReport, ImportedCertificate, MemoryCertificates, MemoryCrls, MemoryRoots, Outdated,
    RootStore, SharedSnapshot, Snapshot, StoredCrl, Stores, SystemRoots, TrustList,
};
pub use trust_list::{
    BlackReach, MemoryTrustList, Precedence, TrustListEntry, TrustListError, TrustListMark,
    TrustListPolicy, TrustListStatus, TrustLists,
};
