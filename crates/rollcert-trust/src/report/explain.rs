use core::fmt;

use rollcert_pki::extension::CertificatePolicies;

use super::advice::Whitelisting;
use super::reason::Reason;
use super::remedy::Remedy;
use super::shown::{Listed, Shown};
use super::span::{Instant, Span};
use super::tree::Node;
use super::words::{Named, Short};
use super::{Basis, CandidatePath, Finding, PathEnd, Place, Report, RevocationStatus, Verdict};
use crate::stored::StoredCertificate;

/// What [`Report::explain`] returns: `Display` is a tree of lines for people, the verdict first.
///
/// Everything that others have written is escaped and bounded; so is the whole.
#[derive(Clone, Copy, Debug)]
pub struct Explanation<'a> {
    report: &'a Report,
}

impl Report {
    /// The whole report for people: the verdict, why, what to do, and every path with each certificate, what was
    /// checked and what failed.
    ///
    /// ```
    /// # fn example(report: &rollcert_trust::Report) {
    /// eprintln!("{}", report.explain());
    /// # }
    /// ```
    #[must_use]
    pub const fn explain(&self) -> Explanation<'_> {
        Explanation { report: self }
    }

    /// What can be done about the reasons, the most telling first; of a trusted certificate about the warnings. The last may
    /// be to whitelist it, where that mends everything.
    #[must_use]
    pub fn remedies(&self) -> Vec<Remedy> {
        let advice = self.advice().into_iter();
        advice.map(|advice| advice.remedy).collect()
    }

    /// The remedies, each with the certificate that it is about.
    pub(crate) fn advice(&self) -> Vec<Advice<'_>> {
        match self.verdict {
            Verdict::Trusted(_) => {
                let mut advice = self.advice_on(self.warnings.iter());
                advice.retain(|advice| advice.remedy.is_for_trusted());
                advice
            }
            Verdict::Untrusted => {
                let mut advice = self.advice_on(self.reasons());
                let whitelisting = self.whitelisting();
                advice.extend(whitelisting.map(|remedy| Advice {
                    remedy,
                    place: None,
                }));
                advice
            }
        }
    }

    fn advice_on<'a>(&self, findings: impl Iterator<Item = &'a Finding>) -> Vec<Advice<'a>> {
        let mut advice: Vec<Advice<'_>> = Vec::new();
        for finding in findings.take(MOST_FINDINGS) {
            let place = finding.place.as_ref();
            if let Some(remedy) = Remedy::of(finding, self)
                && advice.iter().all(|known| known.remedy != remedy)
            {
                advice.push(Advice { remedy, place });
            }
        }
        advice
    }

    fn whitelisting(&self) -> Option<Remedy> {
        let sha512 = *self.certificate.known_sha512()?;
        let mut allow_expired = false;
        for finding in self.reasons() {
            let index = finding.place.as_ref().map_or(0, |place| place.index);
            match Whitelisting::of(&finding.reason, index) {
                Whitelisting::Mends => {}
                Whitelisting::MendsIfExpiredIsAllowed => allow_expired = true,
                Whitelisting::IsNoAnswer => return None,
            }
        }
        Some(Remedy::Whitelist {
            sha512,
            allow_expired,
        })
    }
}

/// A remedy, and the certificate whose finding it mends.
pub(crate) struct Advice<'a> {
    pub(crate) remedy: Remedy,
    pub(crate) place: Option<&'a Place>,
}

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { report } = self;
        let verdict = match &report.verdict {
            Verdict::Trusted(_) => "TRUSTED",
            Verdict::Untrusted => "NOT TRUSTED",
        };
        let mut root = Node::new(format!("{verdict}  {}", subject(&report.certificate)));
        root.add(asked(report));
        if let Verdict::Trusted(trusted) = &report.verdict {
            root.add(match trusted.basis() {
                Basis::TrustList => "by its own entry in the trust list, without a path".to_owned(),
                Basis::Path => "by a valid path to a trusted root".to_owned(),
            });
            if trusted.basis() == Basis::Path && is_revocation_unchecked(report) {
                root.add("revocation was not checked");
            }
        }
        let hang = |root: &mut Node, heading: &str, lines: Vec<String>| {
            if !lines.is_empty() {
                let mut node = Node::new(heading);
                lines
                    .into_iter()
                    .for_each(|line| node.hang(Node::new(line)));
                root.hang(node);
            }
        };
        hang(&mut root, "why", told(report.reasons()));
        let warnings = told(report.warnings.iter());
        match report.verdict {
            Verdict::Trusted(_) => {
                hang(&mut root, "warnings", warnings);
                hang(&mut root, "what to do", numbered(&report.remedies()));
            }
            Verdict::Untrusted => {
                hang(&mut root, "what to do", numbered(&report.remedies()));
                hang(&mut root, "to know besides", warnings);
            }
        }
        let count = report.paths.len();
        for (index, path) in report.paths.iter().enumerate().take(MOST_PATHS) {
            root.hang(path_node(path, index + 1, count, report));
        }
        if let Some(more @ 1..) = count.checked_sub(MOST_PATHS) {
            root.hang(Node::new(format!(
                "and {more} more paths, none of them better"
            )));
        }
        if count == 0 && report.trusted().is_none() {
            let is_limit =
                |finding: &Finding| matches!(finding.reason, Reason::BudgetExhausted { .. });
            root.hang(Node::new(if report.findings.iter().any(is_limit) {
                "no path was found before the search stopped"
            } else {
                "no path was looked for, as the answer did not depend on one"
            }));
        }
        root.fmt(f)
    }
}

/// When, for what, and which certificate exactly.
fn asked(report: &Report) -> String {
    let at = Instant(report.now);
    let sha256 = report.certificate.sha256();
    match report.purpose {
        Some(purpose) => format!("at {at}, for {purpose}; SHA-256 {sha256}"),
        None => {
            format!("at {at}; no purpose was asked: key usage was not judged; SHA-256 {sha256}")
        }
    }
}

/// Whether nobody looked for a revocation of any certificate of the path.
fn is_revocation_unchecked(report: &Report) -> bool {
    let path = report.paths.first();
    path.is_some_and(|path| path.revocation.contains(&RevocationStatus::NotChecked))
}

fn path_node(path: &CandidatePath, number: usize, count: usize, report: &Report) -> Node {
    let end = path.certificates.last();
    let end = end.map(subject).unwrap_or_default();
    let result = match (path.end, path.findings.is_empty()) {
        (PathEnd::Anchor, true) if report.trusted().is_none() => {
            format!("to the trusted root {end}: valid as a path")
        }
        (PathEnd::Anchor, true) => format!("to the trusted root {end}: valid"),
        (PathEnd::Anchor, false) if report.trusted().is_some() => {
            format!("to the trusted root {end}: fails, and is not needed")
        }
        (PathEnd::Anchor, false) => format!("to the trusted root {end}: fails"),
        (PathEnd::Incomplete, _) => format!("ends at {end}, which is no trusted root"),
    };
    let mut node = Node::new(format!("path {number} of {count} {result}"));
    let is_whole = path.end == PathEnd::Anchor
        && !path
            .findings
            .iter()
            .any(|finding| matches!(finding.reason, Reason::BudgetExhausted { .. }));
    for (index, certificate) in path.certificates.iter().enumerate() {
        node.hang(certificate_node(path, index, certificate, is_whole, report));
    }
    // About the path as a whole, or an issuer that it does not reach.
    let is_elsewhere = |finding: &&Finding| {
        let place = finding.place.as_ref();
        place.is_none_or(|place| place.index >= path.certificates.len())
    };
    for finding in path.findings.iter().filter(is_elsewhere) {
        node.hang(Node::new(line("FAILED", finding, report)));
    }
    if path.findings.is_empty() && !path.policies.is_empty() {
        let policies = Listed {
            items: &path.policies,
            between: ", ",
            none: "",
        };
        let any = CertificatePolicies::ANY;
        node.hang(Node::new(match path.policies.as_slice() {
            [only] if *only == any => "valid for any certificate policy".to_owned(),
            [_] => format!("valid for the certificate policy {policies}"),
            _ => format!("valid for the certificate policies {policies}"),
        }));
    }
    node
}

fn certificate_node(
    path: &CandidatePath,
    index: usize,
    stored: &StoredCertificate,
    is_whole: bool,
    report: &Report,
) -> Node {
    let certificate = stored.certificate();
    let is_last = index + 1 == path.certificates.len();
    let role = match (path.end, is_last) {
        (PathEnd::Anchor, true) => ", trusted root",
        _ => "",
    };
    let mut node = Node::new(format!("{index}  {}{role}", subject(stored)));
    node.add(format!(
        "   {}, serial number {}, {}, signed with {}",
        Short(stored.sha256()),
        Shown(certificate.serial().to_hex()),
        certificate.key_algorithm(),
        Shown(certificate.signature_algorithm())
    ));

    let here = |findings: &'_ [Finding]| -> Vec<Finding> {
        let here = findings.iter().filter(|finding| {
            let place = finding.place.as_ref();
            place.is_some_and(|place| place.index == index)
        });
        here.cloned().collect()
    };
    let findings = here(&path.findings);
    let fails = |of: fn(&Reason) -> bool| findings.iter().any(|finding| of(&finding.reason));
    // A path that goes no further has them all verified up to its last certificate.
    if !is_last && !fails(Reason::is_about_signature) {
        node.add(format!(
            "ok      signature verified under the key of {}",
            index + 1
        ));
    }
    if is_whole {
        if !fails(|reason| matches!(reason, Reason::Expired { .. } | Reason::NotYetValid { .. })) {
            let until = certificate.not_after();
            let left = Span::between(report.now, until);
            node.add(format!(
                "ok      valid until {}, {left} left",
                Instant(until)
            ));
        }
        if index > 0 && !fails(Reason::is_about_authority) {
            node.add("ok      may issue the certificate below");
        }
    }
    match path.revocation.get(index) {
        Some(RevocationStatus::Good { source }) => {
            node.add(format!("ok      not revoked, says {source}"));
        }
        // Why, and whether that counts, is among the findings and warnings.
        Some(RevocationStatus::Unknown { .. }) => node.add("unknown whether it is revoked"),
        Some(RevocationStatus::Revoked { .. } | RevocationStatus::NotChecked) | None => {}
    }
    for finding in findings.iter().take(MOST_FINDINGS) {
        node.add(line("FAILED", finding, report));
    }
    if let Some(more @ 1..) = findings.len().checked_sub(MOST_FINDINGS) {
        node.add(format!("        and {more} more"));
    }
    for warning in here(&path.warnings).iter().take(MOST_FINDINGS) {
        node.add(line("note  ", warning, report));
    }
    node
}

/// A fact beside its certificate; only its code, where it has been told at the head.
fn line(label: &str, finding: &Finding, report: &Report) -> String {
    let code = finding.reason.code();
    let is_told = report
        .reasons()
        .take(MOST_FINDINGS)
        .chain(report.warnings.iter().take(MOST_FINDINGS))
        .any(|told| told == finding);
    if is_told {
        format!("{label}  [{code}], as said above")
    } else {
        format!("{label}  {} [{code}]", finding.reason)
    }
}

/// Each fact in one line, with the certificate that it is about and its code.
fn told<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<String> {
    let mut findings = findings.peekable();
    let mut lines: Vec<String> = Vec::new();
    for finding in findings.by_ref().take(MOST_FINDINGS) {
        let Finding { reason, place } = finding;
        let code = reason.code();
        lines.push(match place {
            Some(place) => {
                let subject = subject(&place.certificate);
                format!("{}  {subject}: {reason} [{code}]", place.index)
            }
            None => format!("{reason} [{code}]"),
        });
    }
    let more = findings.count();
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines
}

fn numbered(remedies: &[Remedy]) -> Vec<String> {
    let remedies = remedies.iter().enumerate();
    remedies
        .map(|(index, remedy)| format!("{}. {remedy}", index + 1))
        .collect()
}

fn subject(certificate: &StoredCertificate) -> String {
    Shown(Named(certificate.certificate().subject())).to_string()
}

impl Reason {
    const fn is_about_signature(&self) -> bool {
        matches!(
            self,
            Self::SignatureInvalid { .. }
                | Self::SignatureAlgorithmUnsupported { .. }
                | Self::DsaNotServed
                | Self::AlgorithmNotAllowed { .. }
        )
    }

    const fn is_about_authority(&self) -> bool {
        matches!(
            self,
            Self::IssuerNotACa
                | Self::IssuerLacksKeyCertSign { .. }
                | Self::PathLengthExceeded { .. }
                | Self::CtlIssuerBlacklisted { .. }
                | Self::MalformedExtension { .. }
                | Self::UnhandledCriticalExtension { .. }
        )
    }
}

const MOST_PATHS: usize = 8;
const MOST_FINDINGS: usize = 16;
