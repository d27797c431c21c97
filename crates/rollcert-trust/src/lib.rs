//! Whether a certificate is good, and if not, what exactly would mend it.
//!
//! An [`Evaluator`] answers a [`Question`] about one certificate, by a [`Policy`], over what the host's [`Stores`] hold. The answer
//! is a [`Report`], never an error: the verdict, every path that was tried, each finding with a stable code, the certificate it
//! is about and both operands, and what would mend it.
//!
//! ```
//! use rollcert_crypto::rustcrypto::PROVIDER;
//! use rollcert_pki::{Certificate, CrlIndex, Limits};
//! use rollcert_trust::{
//!     Evaluator, Policy, Question, RevocationPolicy, Snapshot, StoredCertificate, StoredCrl,
//! };
//!
//! # fn main() -> Result<(), Box<dyn core::error::Error>> {
//! # macro_rules! pkits { ($name:literal) => { include_bytes!(concat!("../tests/fixtures/pkits/", $name)).as_slice() } }
//! # let (root, ca, leaf) = (pkits!("certs/TrustAnchorRootCertificate.crt"), pkits!("certs/GoodCACert.crt"), pkits!("certs/ValidCertificatePathTest1EE.crt"));
//! # let crls = [pkits!("crls/TrustAnchorRootCRL.crl"), pkits!("crls/GoodCACRL.crl")];
//! let root = Certificate::from_der(root)?;
//! let mut snapshot = Snapshot::default();
//! snapshot.roots.trust(StoredCertificate::new(root, &PROVIDER));
//! for crl in crls {
//!     let index = CrlIndex::build(crl.into(), &Limits::default())?;
//!     snapshot.crls.insert(StoredCrl::new(index, &PROVIDER));
//! }
//! let mut policy = Policy::partner();
//! policy.revocation = RevocationPolicy::STRICT;
//!
//! let leaf = Certificate::from_der(leaf)?;
//! let chain = [Certificate::from_der(ca)?];
//! let now = "2011-04-20T12:00:00Z".parse()?;
//! let question = Question::new(&leaf, now).with_presented(&chain);
//! let report = Evaluator::new(snapshot.stores(), &policy, &PROVIDER).evaluate(&question);
//! match report.trusted() {
//!     Some(trusted) => assert_eq!(trusted.path().len(), 3),
//!     None => eprintln!("{}", report.explain()),
//! }
//! # assert!(report.trusted().is_some());
//!
//! // Years later everything has expired, and the report says so.
//! let later = "2030-12-31T12:00:00Z".parse()?;
//! let question = Question::new(&leaf, later).with_presented(&chain);
//! let report = Evaluator::new(snapshot.stores(), &policy, &PROVIDER).evaluate(&question);
//! let codes: Vec<&str> = report.reasons().map(|finding| finding.reason.code()).collect();
//! assert!(report.trusted().is_none() && codes.contains(&"expired"));
//! # Ok(())
//! # }
//! ```
//!
//! [`Trusted`] is the witness that a certificate was found good: only evaluation makes one, and code that needs trust asks for it.
//!
//! # What is judged
//!
//! Paths over cross-signed, self-issued and looping hierarchies by RFC 5280 §6.1, with name constraints of every kind,
//! certificate policies by RFC 9618, purposes, algorithms and key sizes by position; revocation by CRLs, complete, delta, indirect
//! and in parts, and by OCSP responses that came along (RFC 6960), three-valued: good, revoked, or unknown with its cause; the
//! administrator's trust list before all of it. [`Policy::partner`] is for trading partners, [`Policy::webpki`] for the rules of
//! public TLS, [`RevocationPolicy::GATEWAY`] reports what is unknown and accepts it, [`RevocationPolicy::STRICT`] refuses it.
//!
//! # Stores
//!
//! [`RootStore`], [`CertificateStore`], [`CrlStore`] and [`TrustList`] are ports: a host implements them over what it has, or takes a
//! [`Snapshot`] in memory and shares it by [`SharedSnapshot`], which readers hold while a writer puts the next one in place. No
//! import makes a root. [`CrlUpdater`] says which CRLs to fetch and judges what comes; the host fetches.
//!
//! # Around it
//!
//! [`Selector`] finds the certificates to encrypt to and to sign with, by address, choice and inheritance. [`preflight()`] says before a
//! certificate is replaced for whom what will break, and why.
//!
//! # Cost
//!
//! Every search is counted against [`Limits`], in steps: hostile graphs end in `budget-exhausted`, in milliseconds. A [`Cache`] remembers
//! signatures for many evaluations; it never changes a verdict.

mod budget;
mod cache;
mod context;
mod crl_store;
mod evaluator;
mod facts;
mod few;
mod limits;
mod names;
mod ocsp;
mod path;
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
    AlgorithmPolicy, AlgorithmRule, ExtendedKeyUsageChaining, InitialPolicies, OnUnknown,
    OnUnservedKey, Policy, PurposeRule, PurposeRules, RevocationPolicy, StrictRule, Strictness,
};
pub use preflight::{
    Affected, Assurance, AuthorityId, AuthorityIdError, Break, BreakFact, Caution, CertificateRole,
    Chain, Expiry, HeldCertificate, Impact, NoticeError, NoticePhase, Outcome, Partner, Pin,
    PinKind, Preflight, Protocol, Replacement, RolloverNotice, RootName, RootProgramme, Since,
    Usage, expiring_within, implied_offset, preflight, programmes_with,
};
pub use question::{Question, ReferenceName};
pub use report::{
    Basis, CandidatePath, Explanation, Finding, MissingIssuer, PathEnd, Place, Reason, Remedy,
    Report, RevocationSource, RevocationStatus, TriedIssuer, Trusted, Verdict, Wanted,
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
    Addition, CertificateStore, CrlStore, Import, ImportRefusal, ImportReport, ImportedCertificate,
    MemoryCertificates, MemoryCrls, MemoryRoots, Outdated, RootStore, SharedSnapshot, Snapshot,
    StoredCrl, Stores, SystemRoots, TrustList,
};
pub use trust_list::{
    BlackReach, MemoryTrustList, Precedence, TrustListEntry, TrustListError, TrustListMark,
    TrustListPolicy, TrustListStatus, TrustLists,
};
