//! What each fact of a pre-flight says to people: one sentence, lower case, no full stop, with both operands.

use core::fmt;

use rollcert_pki::IdentityField;

use crate::preflight::impact::{
    Assurance, Break, BreakFact, Caution, Outcome, Preflight, RootName, Since,
};
use crate::preflight::partner::PinKind;
use crate::preflight::usage::Affected;
use crate::report::Finding;
use crate::report::shown::{Listed, Shown};
use crate::report::span::Instant;

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
                ..
            } => write!(
                f,
                "{} will refuse the chain at {}: {}",
                Shown(system),
                Instant(*at),
                Told(finding)
            ),
            BreakFact::NotValidThen { at, finding } => write!(
                f,
                "the new certificate is not valid at {}: {}",
                Instant(*at),
                finding.reason
            ),
            BreakFact::PinBroken {
                kind,
                pinned,
                differs,
            } => {
                write!(f, "the partner compares {kind}")?;
                match differs.as_slice() {
                    [] => write!(f, ", and holds {}", Shown(pinned)),
                    fields => write!(f, ", and the {}", differing(fields)),
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
                let who = system
                    .as_ref()
                    .map(|system| format!(" to {}", Shown(system)));
                write!(
                    f,
                    "the new certificate does not serve as {purpose}{}: {}",
                    who.unwrap_or_default(),
                    Told(finding)
                )
            }
        }?;
        match self.since {
            Since::Change => Ok(()),
            Since::Before => f.write_str("; it is so with the old one, too"),
        }
    }
}

impl fmt::Display for RootName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (sha-256 {})", Shown(&self.subject), self.sha256)
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
                Instant(*not_after),
                Instant(*start),
                Instant(*needed_until)
            ),
            Self::NewBeginsLate { not_before, start } => write!(
                f,
                "the new certificate begins {}, after the window starts {}",
                Instant(*not_before),
                Instant(*start)
            ),
            Self::NewEndsFirst { old, new } => write!(
                f,
                "the new certificate ends {}, no later than the old one, {}",
                Instant(*new),
                Instant(*old)
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
                "the {}: partners that compare that will not see a renewal in the new certificate",
                differing(fields)
            ),
            Self::KeyAlgorithmDiffers { old, new } => {
                write!(f, "the key was {old} and is {new}: old software may not take it")
            }
            Self::PinWillExpire { not_after } => write!(
                f,
                "the partner pins the certificate itself: that ends with it, {}",
                Instant(*not_after)
            ),
            Self::PinUndecided { kind, pinned } => write!(
                f,
                "the partner compares {kind} with {}; whether that fits cannot be said without the \
                 certificates above",
                Shown(pinned)
            ),
            Self::TrustUnknown => f.write_str("nothing is known of what the partner trusts"),
            Self::NamesUnknown => f.write_str(
                "the new certificate lacks names of the old one, and under which the partner knows us is \
                 not known",
            ),
        }
    }
}

impl fmt::Display for Assurance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAffected { usage, why } => {
                let why = match why {
                    Affected::NotOverSsh => "SSH identifies hosts by their keys",
                    Affected::OtherRole | Affected::Yes => {
                        "the certificate is not replaced in this role"
                    }
                };
                write!(f, "{usage} is not affected: {why}")
            }
            Self::RootPresent { system, root } => {
                write!(f, "{} has {root}", Shown(system))
            }
            Self::PinHolds { kind } => {
                write!(
                    f,
                    "the partner compares {kind}, which fits the new certificate"
                )
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

impl Break {
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
            BreakFact::ChainInvalid { remedy, .. } => remedy.as_ref().map_or_else(
                || "correct the new certificate or what is sent along with it".to_owned(),
                ToString::to_string,
            ),
            BreakFact::NotValidThen { .. } => {
                "move the window into the validity of the new certificate, or renew again"
                    .to_owned()
            }
            BreakFact::PinBroken { kind, differs, .. } => match kind {
                PinKind::Leaf => "give the partner the new certificate before the change; better, \
                                  have it trust the root and check the name"
                    .to_owned(),
                PinKind::Key => {
                    "give the partner the new key before the change, or renew with the \
                                 same key"
                        .to_owned()
                }
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

/// A finding, with the certificate that it is about where that is not the new one itself.
struct Told<'a>(&'a Finding);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(Finding { reason, place }) = self;
        if let Some(place) = place.as_ref().filter(|place| place.index > 0) {
            let subject = Shown(place.certificate.certificate().subject());
            write!(f, "of {subject}: ")?;
        }
        reason.fmt(f)
    }
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
    match fields.as_slice() {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn differing(fields: &[IdentityField]) -> String {
    let verb = if fields.len() == 1 {
        "differs"
    } else {
        "differ"
    };
    format!("{} {verb}", listed_fields(fields))
}

fn or_any<T: fmt::Display>(usages: Option<&T>) -> String {
    usages.map_or_else(|| "not restricted".to_owned(), ToString::to_string)
}
