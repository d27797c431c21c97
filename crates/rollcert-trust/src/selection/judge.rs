use chrono::{DateTime, Utc};
use rollcert_pki::Purpose;

use crate::evaluator::Evaluator;
use crate::question::Question;
use crate::report::{Finding, Reason, Remedy, Report, Trusted, Verdict};
use crate::stored::StoredCertificate;
use crate::trust_list::TrustListMark;

/// Who says whether a certificate is good for a purpose. Selection asks, and decides nothing of it by itself.
///
/// [`EvaluatorJudge`] evaluates; a function will do where verdicts are kept elsewhere.
pub trait Judge {
    /// Whether the certificate may serve the purpose.
    fn judge(&self, certificate: &StoredCertificate, purpose: Purpose) -> Judgement;
}

impl<F: Fn(&StoredCertificate, Purpose) -> Judgement> Judge for F {
    fn judge(&self, certificate: &StoredCertificate, purpose: Purpose) -> Judgement {
        self(certificate, purpose)
    }
}

/// The judge that evaluates, at one moment.
#[derive(Clone, Copy, Debug)]
pub struct EvaluatorJudge<'a> {
    evaluator: Evaluator<'a>,
    now: DateTime<Utc>,
}

impl<'a> EvaluatorJudge<'a> {
    /// Evaluates with `evaluator`, as at `now`.
    #[must_use]
    pub const fn new(evaluator: Evaluator<'a>, now: DateTime<Utc>) -> Self {
        Self { evaluator, now }
    }
}

impl Judge for EvaluatorJudge<'_> {
    fn judge(&self, certificate: &StoredCertificate, purpose: Purpose) -> Judgement {
        let question = Question::new(certificate.certificate(), self.now).with_purpose(purpose);
        let report = self.evaluator.evaluate(&question);
        let mark = TrustListMark::own(
            self.evaluator.stores().trust_list,
            certificate,
            self.now,
            self.evaluator.provider(),
        );
        Judgement {
            mark,
            ..Judgement::from(&report)
        }
    }
}

/// What a [`Judge`] says of a certificate.
#[derive(Clone, Debug)]
pub struct Judgement {
    standing: Standing,
    reasons: Vec<Finding>,
    warnings: Vec<Finding>,
    remedies: Vec<Remedy>,
    mark: Option<TrustListMark>,
    trusted: Option<Trusted>,
}

impl Judgement {
    /// It may serve.
    #[must_use]
    pub const fn valid() -> Self {
        Self {
            standing: Standing::Valid,
            reasons: Vec::new(),
            warnings: Vec::new(),
            remedies: Vec::new(),
            mark: None,
            trusted: None,
        }
    }

    /// It may not, for these reasons, the most telling first. Revoked, if they say so of the certificate itself.
    #[must_use]
    pub fn invalid(reasons: Vec<Finding>) -> Self {
        let is_revoked = reasons.iter().any(|finding| {
            matches!(finding.reason, Reason::Revoked { .. })
                && finding.place.as_ref().is_some_and(|place| place.index == 0)
        });
        Self {
            standing: if is_revoked {
                Standing::Revoked
            } else {
                Standing::Invalid
            },
            reasons,
            ..Self::valid()
        }
    }

    /// With what its owner should know.
    #[must_use]
    pub fn with_warnings(self, warnings: Vec<Finding>) -> Self {
        Self { warnings, ..self }
    }

    /// With what can be done about it.
    #[must_use]
    pub fn with_remedies(self, remedies: Vec<Remedy>) -> Self {
        Self { remedies, ..self }
    }

    /// With the mark of the certificate's own entry in the trust list.
    #[must_use]
    pub fn with_mark(self, mark: TrustListMark) -> Self {
        Self {
            mark: Some(mark),
            ..self
        }
    }

    /// Valid, invalid or revoked.
    #[must_use]
    pub const fn standing(&self) -> Standing {
        self.standing
    }

    /// Everything that speaks against it, the most telling first.
    #[must_use]
    pub fn reasons(&self) -> &[Finding] {
        &self.reasons
    }

    /// What its owner should know, and decided nothing.
    #[must_use]
    pub fn warnings(&self) -> &[Finding] {
        &self.warnings
    }

    /// What can be done about it, the most telling first.
    #[must_use]
    pub fn remedies(&self) -> &[Remedy] {
        &self.remedies
    }

    /// The mark of its own entry in the trust list, if it has one.
    #[must_use]
    pub const fn mark(&self) -> Option<TrustListMark> {
        self.mark
    }

    /// Whether a CA above it is listed as not to be trusted. No icon is usual for that; hosts may choose one.
    #[must_use]
    pub fn is_inherited_black(&self) -> bool {
        let is_inherited =
            |finding: &Finding| matches!(finding.reason, Reason::CtlIssuerBlacklisted { .. });
        self.reasons.iter().any(is_inherited)
    }

    /// The witness, where evaluation found it good.
    #[must_use]
    pub const fn trusted(&self) -> Option<&Trusted> {
        self.trusted.as_ref()
    }
}

/// Without the mark, of which a report does not tell.
impl From<&Report> for Judgement {
    fn from(report: &Report) -> Self {
        let judgement = match report.verdict() {
            Verdict::Trusted(trusted) => Self {
                trusted: Some(trusted.clone()),
                ..Self::valid()
            },
            Verdict::Untrusted => Self::invalid(report.reasons().cloned().collect()),
        };
        judgement
            .with_warnings(report.warnings().to_vec())
            .with_remedies(report.remedies())
    }
}

/// Whether a certificate may be used, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "hosts give each a colour, and a new one must not pass unseen"
)]
pub enum Standing {
    /// It may.
    Valid,
    /// It may not, for a reason that may be mended.
    Invalid,
    /// Its issuer took it back. It must not be used any more.
    Revoked,
}

impl Standing {
    /// A stable word: `valid`, `invalid`, `revoked`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::Revoked => "revoked",
        }
    }
}
