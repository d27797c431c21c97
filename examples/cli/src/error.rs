//! What a call answers: facts, and what went wrong.

use clap::error::ErrorKind;
use serde_json::{Map, Value};

use crate::facts::Note;

/// The answer of a call.
pub(crate) struct Report {
    /// What was found, in the order of the contract; empty when nothing was.
    pub(crate) facts: Map<String, Value>,
    /// Why the exit status is not 0.
    pub(crate) failure: Option<Failure>,
    /// What stands for the facts in text for people, where the library itself explains them.
    pub(crate) explanation: Option<Explanation>,
}

/// A judgement in the words of the library.
pub(crate) struct Explanation {
    pub(crate) is_good: bool,
    /// Several lines, escaped, the verdict first.
    pub(crate) text: String,
    /// What came up around it.
    pub(crate) notes: Vec<Note>,
}

impl Report {
    /// A judgement: its exit status is that of the verdict, and a bad one is no error of the call.
    pub(crate) fn judged(facts: Value, explanation: Explanation) -> Self {
        Self {
            explanation: Some(explanation),
            ..Self::new(facts, None)
        }
    }

    /// What the call exits with.
    pub(crate) fn status(&self) -> u8 {
        let failure = self.failure.as_ref().map(|failure| failure.status.code());
        let judged = self
            .explanation
            .as_ref()
            .map(|explanation| explanation.is_good);
        match (failure, judged) {
            (Some(status), _) => status,
            (None, Some(false)) => Status::Bad.code(),
            (None, Some(true) | None) => 0,
        }
    }

    /// Takes the members of a JSON object.
    pub(crate) fn new(facts: Value, failure: Option<Failure>) -> Self {
        let facts = match facts {
            Value::Object(facts) => facts,
            _ => Map::new(),
        };
        Self {
            facts,
            failure,
            explanation: None,
        }
    }
}

impl From<Failure> for Report {
    fn from(failure: Failure) -> Self {
        Self::new(Value::Null, Some(failure))
    }
}

/// Why the exit status is not 0.
pub(crate) struct Failure {
    pub(crate) status: Status,
    /// A stable name.
    pub(crate) code: &'static str,
    /// For people; not escaped yet.
    pub(crate) text: String,
}

#[derive(Clone, Copy)]
pub(crate) enum Status {
    /// What was given is well-formed and judged bad.
    Bad,
    /// It cannot be read, the call is wrong, or not built yet.
    Failed,
}

impl Failure {
    pub(crate) fn bad(code: &'static str, text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            status: Status::Bad,
            code,
            text,
        }
    }

    pub(crate) fn failed(code: &'static str, text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            status: Status::Failed,
            code,
            text,
        }
    }

    pub(crate) fn unsupported(what: &str) -> Self {
        Self::failed("unsupported", format!("{what} is not supported yet"))
    }

    /// Of a wrong command line, in one line.
    pub(crate) fn usage(error: &clap::Error) -> Self {
        let rendered = error.render().to_string();
        let text = if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
            "no call given".to_owned()
        } else {
            // Before the first blank line stands what is wrong; then come tips and the usage.
            let lines = rendered.lines().take_while(|line| !line.trim().is_empty());
            let text: Vec<&str> = lines.map(str::trim).collect();
            text.join(" ").trim_start_matches("error: ").to_owned()
        };
        Self::failed("usage", format!("{text}; see rollcert --help"))
    }
}

impl Status {
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Bad => 1,
            Self::Failed => 2,
        }
    }
}
