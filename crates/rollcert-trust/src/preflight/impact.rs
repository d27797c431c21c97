use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rollcert_pki::{
    ExtendedKeyUsage, IdentityField, KeyAlgorithmName, KeyUsages, Name, Purpose, Thumbprint,
};

use crate::preflight::notice::NoticePhase;
use crate::preflight::partner::PinKind;
use crate::preflight::usage::{Affected, CertificateRole, Usage};
use crate::question::ReferenceName;
use crate::report::{Finding, Remedy};

/// What a replacement will do, to each partner.
///
/// Serialised, it is an object of `roles`, `phase`, `cautions` and `partners`; each fact in it is an object of `code`,
/// `text` and, where they apply, `since` and `remedy`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Preflight {
    /// What the certificate does that is replaced.
    pub roles: BTreeSet<CertificateRole>,
    /// How far the replacement has come.
    pub phase: NoticePhase,
    /// What everybody should know.
    pub cautions: Vec<Caution>,
    /// Each partner, in the order given.
    pub partners: Vec<Impact>,
}

/// What a replacement will do to one partner, and what need not be done for it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Impact {
    /// The partner's name.
    pub partner: String,
    /// All of it in one word.
    pub outcome: Outcome,
    /// What will not work with the new certificate, the most telling first.
    pub breaks: Vec<Break>,
    /// What its operator should know.
    pub cautions: Vec<Caution>,
    /// What goes on working by itself, so that nobody need do anything for it.
    pub assurances: Vec<Assurance>,
}

/// What a replacement means to a partner, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "who plans by it must decide on each"
)]
pub enum Outcome {
    /// Nobody need do anything.
    NoAction,
    /// What is known of the partner does not tell.
    Unknown,
    /// Something will not work unless somebody acts.
    Action,
}

impl Outcome {
    /// A stable word: `no-action`, `unknown`, `action`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoAction => "no-action",
            Self::Unknown => "unknown",
            Self::Action => "action",
        }
    }
}

/// One thing that will not work with the new certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Break {
    /// What.
    pub fact: BreakFact,
    /// Whether it worked with the old one.
    pub since: Since,
}

/// Whether a thing is the doing of the replacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "it is or it is not")]
pub enum Since {
    /// It works with the old certificate.
    Change,
    /// It does not work with the old one either, by what is known of the partner.
    Before,
}

impl Since {
    /// A stable word: `change`, `before`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Before => "before",
        }
    }
}

/// What will not work.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BreakFact {
    /// A system lacks the root that the new certificate leads to.
    RootMissing {
        /// The system.
        system: String,
        /// The root.
        root: RootName,
    },
    /// Neither what is sent along nor any known root has the issuer that is wanted.
    IssuerMissing {
        /// The system.
        system: String,
        /// The issuer's name.
        issuer: Name,
    },
    /// A system has the root, and finds the chain invalid.
    ChainInvalid {
        /// The system.
        system: String,
        /// When.
        at: DateTime<Utc>,
        /// Why.
        finding: Box<Finding>,
        /// What can be done about it, where that is known.
        remedy: Option<Box<Remedy>>,
    },
    /// The new certificate is not valid in time, whoever looks at it.
    NotValidThen {
        /// When.
        at: DateTime<Utc>,
        /// Why.
        finding: Box<Finding>,
    },
    /// What the partner compares does not fit the new certificate.
    PinBroken {
        /// What is pinned.
        kind: PinKind,
        /// As it is pinned.
        pinned: String,
        /// What there is of that in the new certificate.
        found: String,
        /// Which fields of the logical identity differ; empty for other kinds.
        differs: Vec<IdentityField>,
    },
    /// The new certificate lacks a name that the partner expects.
    NameLost {
        /// The name.
        name: ReferenceName,
    },
    /// The new certificate must not be used for what it is there for.
    PurposeLost {
        /// What it is there for.
        purpose: Purpose,
        /// The system that finds so; none where the certificate itself says so to everybody.
        system: Option<String>,
        /// Why.
        finding: Box<Finding>,
    },
}

impl Break {
    /// A stable word for the kind of fact.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self.fact {
            BreakFact::RootMissing { .. } => "root-missing",
            BreakFact::IssuerMissing { .. } => "issuer-missing",
            BreakFact::ChainInvalid { .. } => "chain-invalid",
            BreakFact::NotValidThen { .. } => "not-valid-then",
            BreakFact::PinBroken { .. } => "pin-broken",
            BreakFact::NameLost { .. } => "name-lost",
            BreakFact::PurposeLost { .. } => "purpose-lost",
        }
    }
}

/// A root by what people compare.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RootName {
    /// Its subject.
    pub subject: Name,
    /// Its SHA-1 thumbprint, which dialogs show.
    pub sha1: Thumbprint,
    /// Its SHA-256 thumbprint.
    pub sha256: Thumbprint,
}

/// What is worth knowing and breaks nothing by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Caution {
    /// The old certificate ends before the replacement can be counted on.
    OldEndsEarly {
        /// When it ends.
        not_after: DateTime<Utc>,
        /// When the window starts.
        start: DateTime<Utc>,
        /// Until when it should last: the slack after the start, and the end of the window.
        needed_until: DateTime<Utc>,
    },
    /// The new certificate is not yet valid when the window starts.
    NewBeginsLate {
        /// When it begins.
        not_before: DateTime<Utc>,
        /// When the window starts.
        start: DateTime<Utc>,
    },
    /// The new certificate ends no later than the old one.
    NewEndsFirst {
        /// When the old one ends.
        old: DateTime<Utc>,
        /// When the new one ends.
        new: DateTime<Utc>,
    },
    /// The new certificate lacks a name of the old one.
    NameDropped {
        /// The name.
        name: ReferenceName,
    },
    /// The new certificate must not be used for what it is there for.
    PurposeLost {
        /// What it is there for.
        purpose: Purpose,
    },
    /// The key usages differ.
    KeyUsageDiffers {
        /// Those of the old one; none where it names none.
        old: Option<KeyUsages>,
        /// Those of the new one.
        new: Option<KeyUsages>,
    },
    /// The extended key usages differ.
    ExtendedKeyUsageDiffers {
        /// Those of the old one; none where it names none.
        old: Option<Vec<ExtendedKeyUsage>>,
        /// Those of the new one.
        new: Option<Vec<ExtendedKeyUsage>>,
    },
    /// Partners that compare logical identities, as over OFTP2, will not see a renewal in it.
    IdentityDiffers {
        /// Which fields differ.
        fields: Vec<IdentityField>,
    },
    /// The key is of another kind.
    KeyAlgorithmDiffers {
        /// That of the old one.
        old: KeyAlgorithmName,
        /// That of the new one.
        new: KeyAlgorithmName,
    },
    /// A partner that pins the certificate itself must be told of every renewal.
    PinWillExpire {
        /// When the new certificate ends, and the pin with it.
        not_after: DateTime<Utc>,
    },
    /// Whether a pin fits cannot be said.
    PinUndecided {
        /// What is pinned.
        kind: PinKind,
        /// As it is pinned.
        pinned: String,
    },
    /// Nothing is known of what the partner trusts.
    TrustUnknown,
    /// Names of the old certificate are not in the new one, and under which the partner knows us is not known.
    NamesUnknown,
}

impl Caution {
    /// A stable word for the kind of fact.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OldEndsEarly { .. } => "old-ends-early",
            Self::NewBeginsLate { .. } => "new-begins-late",
            Self::NewEndsFirst { .. } => "new-ends-first",
            Self::NameDropped { .. } => "name-dropped",
            Self::PurposeLost { .. } => "purpose-lost",
            Self::KeyUsageDiffers { .. } => "key-usage-differs",
            Self::ExtendedKeyUsageDiffers { .. } => "extended-key-usage-differs",
            Self::IdentityDiffers { .. } => "identity-differs",
            Self::KeyAlgorithmDiffers { .. } => "key-algorithm-differs",
            Self::PinWillExpire { .. } => "pin-will-expire",
            Self::PinUndecided { .. } => "pin-undecided",
            Self::TrustUnknown => "trust-unknown",
            Self::NamesUnknown => "names-unknown",
        }
    }
}

/// What goes on working by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Assurance {
    /// A usage that the replacement does not touch.
    NotAffected {
        /// Which.
        usage: Usage,
        /// Why; never [`Affected::Yes`].
        why: Affected,
    },
    /// A system trusts the new certificate as it is: no root need be installed.
    RootPresent {
        /// The system.
        system: String,
        /// The root that the new certificate leads to there.
        root: RootName,
    },
    /// A pin fits the new certificate too.
    PinHolds {
        /// What is pinned.
        kind: PinKind,
    },
    /// A name that the partner expects is in the new certificate too.
    NameKept {
        /// The name.
        name: ReferenceName,
    },
    /// The new certificate serves its purpose.
    PurposeKept {
        /// What it is there for.
        purpose: Purpose,
    },
}

impl Assurance {
    /// A stable word for the kind of fact.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotAffected { .. } => "not-affected",
            Self::RootPresent { .. } => "root-present",
            Self::PinHolds { .. } => "pin-holds",
            Self::NameKept { .. } => "name-kept",
            Self::PurposeKept { .. } => "purpose-kept",
        }
    }
}
