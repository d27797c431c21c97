use rollcert_as2::{Diagnosis, Disposition, FailureReason, Modifier, OpenError, Opened};
use rollcert_cem::{Malformed, RulesBroken};
use rollcert_schedule::{Refusal, ServingError};

use crate::MissingKey;

/// Why a message is refused, and what the partner is told.
pub(crate) struct Fault {
    pub(crate) disposition: Disposition,
    pub(crate) code: &'static str,
    pub(crate) reason: String,
    /// For our own side only.
    pub(crate) diagnosis: Option<Box<Diagnosis>>,
}

impl Fault {
    pub(crate) fn new(modifier: Modifier, code: &'static str, reason: impl Into<String>) -> Self {
        Self {
            disposition: Disposition::Error(modifier),
            code,
            reason: reason.into(),
            diagnosis: None,
        }
    }

    /// CEM §2.3: what cannot be understood as an exchange is answered so.
    pub(crate) fn exchange(code: &'static str, reason: impl Into<String>) -> Self {
        Self::new(Modifier::UnexpectedProcessingError, code, reason)
    }

    /// The same, the partner told no more than it may know of what was encrypted. On our side the reason stays.
    pub(crate) fn told_of(self, opened: &Opened) -> Self {
        Self {
            disposition: opened.refused_as(self.disposition),
            ..self
        }
    }

    /// RFC 4130 §7.3: the receipt cannot be as the sender requires it.
    pub(crate) fn receipt(disposition: Disposition) -> Self {
        let code = match &disposition {
            Disposition::Failure(FailureReason::UnsupportedMicAlgorithms) => {
                "unsupported-mic-algorithms"
            }
            _ => "unsupported-receipt-format",
        };
        Self {
            reason: "the receipt is wanted in a form that is not served".to_owned(),
            code,
            disposition,
            diagnosis: None,
        }
    }
}

impl From<OpenError> for Fault {
    fn from(error: OpenError) -> Self {
        Self {
            disposition: error.disposition(),
            code: error.code(),
            reason: error.to_string(),
            diagnosis: Some(Box::new(error.diagnosis())),
        }
    }
}

impl From<Malformed> for Fault {
    fn from(error: Malformed) -> Self {
        Self::exchange(error.code(), error.to_string())
    }
}

impl From<RulesBroken> for Fault {
    fn from(error: RulesBroken) -> Self {
        Self::exchange(error.code(), error.to_string())
    }
}

impl From<Refusal> for Fault {
    fn from(error: Refusal) -> Self {
        Self::exchange(error.code(), error.to_string())
    }
}

impl From<ServingError> for Fault {
    fn from(error: ServingError) -> Self {
        Self::exchange(error.code(), error.to_string())
    }
}

impl From<MissingKey> for Fault {
    fn from(error: MissingKey) -> Self {
        Self::exchange(error.code(), error.to_string())
    }
}
