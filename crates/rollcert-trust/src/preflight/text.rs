//! What each fact of a pre-flight says to people: one sentence, lower case, no full stop, with both operands.

use core::fmt;

use rollcert_pki::IdentityField;

use crate::preflight::impact::{
    Assurance, Break, BreakFact, Caution, Outcome, Preflight, RootName, Since,
};
use crate::preflight::partner::PinKind;
use crate::preflight::usage::Affected;
use crate::report::shown::{Listed, Shown};
use crate::report::span::{Instant, Span};
use crate::report::words::Named;
use crate::report::{Finding, Reason};

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
                write!(
                    f,
                    "{} does not have {root}, to which the new certificate leads",
                    Shown(system)
                )
            }
            BreakFact::IssuerMissing { system, issuer } => write!(
                f,
                "{} does not find who issued the new certificate: {} is not sent along, and no known root",
                Shown(system),
                Shown(Named(issuer))
            ),
            BreakFact::ChainInvalid {
                system,
                at,
                finding,
                ..
            } => write!(
                f,
                "{} will refuse the new chain at {}, because of {}",
                Shown(system),
                Instant(*at),
                Told(finding)
            ),
            BreakFact::NotValidThen { finding, .. } => write!(
                f,
                "the new certificate is not valid when it is needed: {}",
                finding.reason
            ),
            BreakFact::PinBroken {
                kind,
                pinned,
                found,
                differs,
            } => {
                write!(f, "the partner compares {kind}")?;
                match differs.as_slice() {
                    [] => write!(
                        f,
                        " with {}, and the new one has {}",
                        Shown(pinned),
                        Shown(found)
                    ),
                    fields => write!(f, ", and in the new one the {}", differing(fields)),
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
                match &finding.place {
                    Some(place) if is_above(finding) => {
                        let subject = place.certificate.certificate().subject();
                        let subject = Shown(Named(subject));
                        write!(f, "{subject}, above the new certificate, does not allow")?;
                    }
                    _ => f.write_str("the new certificate does not allow")?,
                }
                f.write_str(" its use")?;
                // Those reasons name the purpose themselves.
                if !matches!(
                    finding.reason,
                    Reason::KeyUsage { .. } | Reason::ExtendedKeyUsage { .. }
                ) {
                    write!(f, " for {purpose}")?;
                }
                if let Some(system) = system {
                    write!(f, " on {}", Shown(system))?;
                }
                write!(f, ": {}", finding.reason)
            }
        }?;
        match self.since {
            Since::Change => Ok(()),
            Since::Before => f.write_str("; it is so with the old certificate, too"),
        }
    }
}

impl fmt::Display for RootName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = Shown(Named(&self.subject));
        write!(f, "the root {subject} (SHA-256 {})", self.sha256)
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
                "the old certificate ends {}, {} before {}, until which it should last, as the window \
                 starts {}",
                Instant(*not_after),
                Span::between(*not_after, *needed_until),
                Instant(*needed_until),
                Instant(*start)
            ),
            Self::NewBeginsLate { not_before, start } => write!(
                f,
                "the new certificate begins {}, {} after the window starts, {}",
                Instant(*not_before),
                Span::between(*not_before, *start),
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
                write!(f, "the usages of the new certificate do not allow {purpose}")
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
                "the partner compares the certificate itself, and must have the successor of the new one \
                 before that ends, {}",
                Instant(*not_after)
            ),
            Self::PinUndecided { kind, pinned } => write!(
                f,
                "the partner compares {kind} with {}; whether that fits cannot be said without the \
                 certificates above",
                Shown(pinned)
            ),
            Self::TrustUnknown => {
                f.write_str("nothing is known of what the partner trusts: ask which roots it has")
            }
            Self::NamesUnknown => f.write_str(
                "the new certificate lacks names of the old one, and under which the partner knows us is \
                 not known: ask it",
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
                    "the partner compares {kind}, and what it holds fits the new one"
                )
            }
            Self::NameKept { name } => {
                write!(f, "the new certificate covers {}", Shown(name))
            }
            Self::PurposeKept { purpose } => {
                write!(f, "the usages of the new certificate allow {purpose}")
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
                format!("import {root} into {}", Shown(system))
            }
            BreakFact::IssuerMissing { issuer, .. } => {
                let issuer = Shown(Named(issuer));
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
            BreakFact::NameLost { name } => format!("renew with the name {}", Shown(name)),
            BreakFact::PurposeLost {
                purpose, finding, ..
            } => match &finding.reason {
                _ if is_above(finding) => {
                    format!("renew below a CA that may issue for {purpose}")
                }
                Reason::KeyUsage { needed, .. } => {
                    format!("renew with the key usage {}", any_of(needed))
                }
                Reason::ExtendedKeyUsage { needed, .. } => {
                    format!("renew with the extended key usage {}", any_of(needed))
                }
                _ => format!("renew with the usages that {purpose} needs"),
            },
        }
    }
}

/// A finding, with the certificate that it is about.
struct Told<'a>(&'a Finding);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(finding) = self;
        match &finding.place {
            Some(place) if is_above(finding) => {
                let subject = place.certificate.certificate().subject();
                write!(f, "{}: ", Shown(Named(subject)))?;
            }
            Some(_) => f.write_str("the certificate itself: ")?,
            None => f.write_str("the path: ")?,
        }
        finding.reason.fmt(f)
    }
}

/// Whether it is about a certificate above the new one.
fn is_above(finding: &Finding) -> bool {
    let place = finding.place.as_ref();
    place.is_some_and(|place| place.index > 0)
}

fn any_of<T: fmt::Display>(items: &[T]) -> String {
    let items = Listed {
        items,
        between: " or ",
        none: "of the policy",
    };
    items.to_string()
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
