use core::fmt;

use chrono::{DateTime, Utc};
use rollcert_pki::{
    ExtendedKeyUsage, IdentityField, KeyAlgorithmName, KeyUsages, Name, Purpose, Thumbprint,
};
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use crate::preflight::notice::NoticePhase;
use crate::preflight::partner::PinKind;
use crate::preflight::usage::{Affected, CertificateRole, Usage};
use crate::question::ReferenceName;
use crate::report::shown::{Listed, Shown};
use crate::report::Finding;

/// What a replacement will do, to each partner.
///
/// Serialised, it is an object of `role`, `phase`, `cautions` and `partners`; each fact in it is an object of `code`,
/// `text` and, where they apply, `since` and `remedy`.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Preflight {
    /// Which of our certificates is replaced.
    #[serde(serialize_with = "code_of_role")]
    pub role: CertificateRole,
    /// How far the replacement has come.
    #[serde(serialize_with = "code_of_phase")]
    pub phase: NoticePhase,
    /// What everybody should know.
    pub cautions: Vec<Caution>,
    /// Each partner, in the order given.
    pub partners: Vec<Impact>,
}

/// What a replacement will do to one partner, and what need not be done for it.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Impact {
    /// The partner's name.
    pub partner: String,
    /// All of it in one word.
    #[serde(serialize_with = "code_of_outcome")]
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
    },
    /// What the partner compares does not fit the new certificate.
    PinBroken {
        /// What is pinned.
        kind: PinKind,
        /// As it is pinned.
        pinned: String,
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
            BreakFact::PinBroken { .. } => "pin-broken",
            BreakFact::NameLost { .. } => "name-lost",
            BreakFact::PurposeLost { .. } => "purpose-lost",
        }
    }

    /// What would mend it, as a sentence.
    #[must_use]
    pub fn remedy(&self) -> String {
        match &self.fact {
            BreakFact::RootMissing { system, root } => {
                format!("import {root} as a root into {}", Shown(system))
            }
            BreakFact::IssuerMissing { issuer, .. } => {
                let issuer = Shown(issuer);
                format!(
                    "send the certificate of {issuer} along with the new one; if it is a root, import it"
                )
            }
            BreakFact::ChainInvalid { .. } => {
                "correct the new certificate or what is sent along with it".to_owned()
            }
            BreakFact::PinBroken { kind, differs, .. } => match kind {
                PinKind::Leaf => "give the partner the new certificate before the change; better, \
                                  have it trust the root and check the name"
                    .to_owned(),
                PinKind::Key => "give the partner the new key before the change, or renew with the \
                                 same key"
                    .to_owned(),
                PinKind::Issuer => "have the partner take the new issuer beside the old one, or \
                                    renew at the old issuer"
                    .to_owned(),
                PinKind::Root => "have the partner take the new root beside the old one, or renew \
                                  below the old root"
                    .to_owned(),
                PinKind::Identity => {
                    let differs = listed_fields(differs);
                    format!("renew with the same {differs}, or give the partner the new identity")
                }
            },
            BreakFact::NameLost { name } => {
                format!("have {} written into the new certificate", Shown(name))
            }
            BreakFact::PurposeLost { purpose, .. } => {
                format!("renew with the usages that {purpose} needs")
            }
        }
    }
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fact {
            BreakFact::RootMissing { system, root } => {
                write!(f, "{} does not have {root}", Shown(system))
            }
            BreakFact::IssuerMissing { system, issuer } => write!(
                f,
                "{} finds no issuer {}: it is not sent along, and no known root",
                Shown(system),
                Shown(issuer)
            ),
            BreakFact::ChainInvalid {
                system,
                at,
                finding,
            } => write!(
                f,
                "{} will refuse the chain on {}: {}",
                Shown(system),
                time(*at),
                finding_text(finding)
            ),
            BreakFact::PinBroken {
                kind,
                pinned,
                differs,
            } => {
                write!(f, "the partner compares {kind}")?;
                match differs.as_slice() {
                    [] => write!(f, ", and holds {}", Shown(pinned)),
                    fields => write!(f, ", and the {} differs", listed_fields(fields)),
                }
            }
            BreakFact::NameLost { name } => {
                write!(f, "the new certificate does not cover {}", Shown(name))
            }
            BreakFact::PurposeLost {
                purpose,
                system,
                finding,
            } => {
                let who = system.as_ref().map(|system| format!(" to {}", Shown(system)));
                write!(
                    f,
                    "the new certificate does not serve as {purpose}{}: {}",
                    who.unwrap_or_default(),
                    finding_text(finding)
                )
            }
        }?;
        match self.since {
            Since::Change => Ok(()),
            Since::Before => f.write_str("; it is so with the old one, too"),
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

impl fmt::Display for RootName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (sha-256 {})", Shown(&self.subject), self.sha256)
    }
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
        }
    }
}

impl fmt::Display for Caution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OldEndsEarly {
                not_after,
                start,
                needed_until,
            } => write!(
                f,
                "the old certificate ends {}; the window starts {}, and it should last until {}",
                time(*not_after),
                time(*start),
                time(*needed_until)
            ),
            Self::NewBeginsLate { not_before, start } => write!(
                f,
                "the new certificate begins {}, after the window starts {}",
                time(*not_before),
                time(*start)
            ),
            Self::NewEndsFirst { old, new } => write!(
                f,
                "the new certificate ends {}, no later than the old one, {}",
                time(*new),
                time(*old)
            ),
            Self::NameDropped { name } => write!(
                f,
                "the old certificate covers {}, the new one does not",
                Shown(name)
            ),
            Self::PurposeLost { purpose } => {
                write!(f, "the new certificate does not serve as {purpose}")
            }
            Self::KeyUsageDiffers { old, new } => write!(
                f,
                "the key usage was {} and is {}",
                or_any(old.as_ref()),
                or_any(new.as_ref())
            ),
            Self::ExtendedKeyUsageDiffers { old, new } => write!(
                f,
                "the extended key usage was {} and is {}",
                or_any(old.as_deref().map(listed).as_ref()),
                or_any(new.as_deref().map(listed).as_ref())
            ),
            Self::IdentityDiffers { fields } => write!(
                f,
                "the {} differs: partners that compare it will not see a renewal in the new certificate",
                listed_fields(fields)
            ),
            Self::KeyAlgorithmDiffers { old, new } => {
                write!(f, "the key was {old} and is {new}: old software may not take it")
            }
            Self::PinWillExpire { not_after } => write!(
                f,
                "the partner pins the certificate itself: that ends with it, {}",
                time(*not_after)
            ),
            Self::PinUndecided { kind, pinned } => write!(
                f,
                "the partner compares {kind} with {}; whether that fits cannot be said without the \
                 certificates above",
                Shown(pinned)
            ),
            Self::TrustUnknown => f.write_str("nothing is known of what the partner trusts"),
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

impl fmt::Display for Assurance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAffected { usage, why } => {
                let why = match why {
                    Affected::NotOverSsh => "SSH identifies hosts by their keys",
                    Affected::OtherRole | Affected::Yes => "it has a certificate of its own",
                };
                write!(f, "{usage} is not affected: {why}")
            }
            Self::RootPresent { system, root } => {
                write!(f, "{} has {root}", Shown(system))
            }
            Self::PinHolds { kind } => {
                write!(f, "the partner compares {kind}, which fits the new certificate")
            }
            Self::NameKept { name } => {
                write!(f, "the new certificate covers {}", Shown(name))
            }
            Self::PurposeKept { purpose } => {
                write!(f, "the new certificate serves as {purpose}")
            }
        }
    }
}

/// For people: each partner on a line, with what breaks and what would mend it below.
impl fmt::Display for Preflight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for caution in &self.cautions {
            writeln!(f, "note: {caution}")?;
        }
        for impact in &self.partners {
            writeln!(f, "{}: {}", Shown(&impact.partner), impact.outcome)?;
            for broken in &impact.breaks {
                writeln!(f, "  breaks: {broken}")?;
                writeln!(f, "    mend: {}", broken.remedy())?;
            }
            for caution in &impact.cautions {
                writeln!(f, "  note: {caution}")?;
            }
            for assurance in &impact.assurances {
                writeln!(f, "  fine: {assurance}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoAction => "nothing to do",
            Self::Unknown => "not known",
            Self::Action => "somebody must act",
        })
    }
}

impl Serialize for Break {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Break", 4)?;
        object.serialize_field("code", self.code())?;
        object.serialize_field("text", &self.to_string())?;
        object.serialize_field("since", self.since.code())?;
        object.serialize_field("remedy", &self.remedy())?;
        object.end()
    }
}

impl Serialize for Caution {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        told(serializer, self.code(), self)
    }
}

impl Serialize for Assurance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        told(serializer, self.code(), self)
    }
}

fn told<S: Serializer>(
    serializer: S,
    code: &str,
    fact: &impl fmt::Display,
) -> Result<S::Ok, S::Error> {
    let mut object = serializer.serialize_struct("Fact", 2)?;
    object.serialize_field("code", code)?;
    object.serialize_field("text", &fact.to_string())?;
    object.end()
}

fn code_of_role<S: Serializer>(role: &CertificateRole, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(role.code())
}

fn code_of_phase<S: Serializer>(phase: &NoticePhase, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(phase.code())
}

fn code_of_outcome<S: Serializer>(outcome: &Outcome, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(outcome.code())
}

fn finding_text(finding: &Finding) -> String {
    finding.reason.to_string()
}

fn listed<T: fmt::Display>(items: &[T]) -> String {
    let items = Listed {
        items,
        between: ", ",
        none: "none",
    };
    items.to_string()
}

fn listed_fields(fields: &[IdentityField]) -> String {
    let fields: Vec<&str> = fields
        .iter()
        .map(|field| match field {
            IdentityField::Subject => "subject",
            IdentityField::Issuer => "issuer",
            IdentityField::KeyUsage => "key usage",
            IdentityField::ExtendedKeyUsage => "extended key usage",
        })
        .collect();
    fields.join(", ")
}

fn or_any<T: fmt::Display>(usages: Option<&T>) -> String {
    usages.map_or_else(|| "not restricted".to_owned(), ToString::to_string)
}

/// To the day and second, in UTC and saying so.
fn time(time: DateTime<Utc>) -> impl fmt::Display {
    time.format("%Y-%m-%d %H:%M:%S UTC")
}
