//! How an answer is printed: one JSON document, or text for people.

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use serde_json::{Map, Value, json};

use crate::error::{Explanation, Failure, Report};
use crate::escape::{escaped, escaped_json, escaped_line};
use crate::facts::Note;

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Format {
    Json,
    Text,
}

impl Format {
    /// Takes `--json` out of the arguments, wherever it stands before `--`.
    ///
    /// That is done before anything else is understood, as wrong usage is answered in JSON too.
    pub(crate) fn take_from(arguments: impl Iterator<Item = OsString>) -> (Self, Vec<OsString>) {
        let mut format = Self::Text;
        let mut options = true;
        let mut rest = Vec::new();
        for argument in arguments {
            options &= argument != "--";
            if options && argument == "--json" {
                format = Self::Json;
            } else {
                rest.push(argument);
            }
        }
        (format, rest)
    }
}

/// Prints the answer of a call and says how to exit.
pub(crate) fn report(report: &Report, format: Format) -> ExitCode {
    let written = match format {
        Format::Json => write_json(&mut io::stdout().lock(), report),
        Format::Text => write_text(report),
    };
    finish(written, report.status())
}

/// Prints what `--help` and `--version` ask for.
pub(crate) fn help(answer: &clap::Error, format: Format) -> ExitCode {
    let written = match format {
        Format::Text => answer.print(),
        Format::Json => {
            let text = answer.render().to_string();
            let facts = json!({ "text": text.trim_end() });
            write_json(&mut io::stdout().lock(), &Report::new(facts, None))
        }
    };
    finish(written, 0)
}

/// A reader who has seen enough and hung up is no failure of ours; a full disk is.
fn finish(written: io::Result<()>, status: u8) -> ExitCode {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let failure = Failure::failed("unwritable", format!("cannot write: {error}"));
            // Nothing is left to say it with.
            let _ = write_failure(
                &mut io::stderr().lock(),
                &failure,
                Paint::for_stream(&io::stderr()),
            );
            ExitCode::from(failure.status.code())
        }
        _ => ExitCode::from(status),
    }
}

fn write_json(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let mut document = report.facts.clone();
    if let Some(Failure { code, text, .. }) = &report.failure {
        document.insert("error".to_owned(), json!({ "code": code, "text": text }));
    }
    writeln!(
        out,
        "{}",
        escaped_json(&serde_json::to_string_pretty(&document)?)
    )?;
    out.flush()
}

fn write_text(report: &Report) -> io::Result<()> {
    let out = io::stdout();
    let mut text = Text {
        out: out.lock(),
        paint: Paint::for_stream(&out),
    };
    let facts = match &report.explanation {
        Some(explanation) => text.explanation(explanation),
        None => text.members(&report.facts, 0),
    };
    let facts = facts.and_then(|()| text.out.flush());
    // Said in any case, though nobody may be reading the facts any more.
    if let Some(failure) = &report.failure {
        let err = io::stderr();
        write_failure(&mut err.lock(), failure, Paint::for_stream(&err))?;
    }
    facts
}

fn write_failure(out: &mut impl Write, failure: &Failure, paint: Paint) -> io::Result<()> {
    let Failure { code, text, .. } = failure;
    writeln!(
        out,
        "{} {} ({code})",
        paint.apply(Style::Bad, "error:"),
        escaped(text)
    )
}

/// Facts as lines: a label and a value; what is nested is indented.
struct Text<W> {
    out: W,
    paint: Paint,
}

impl<W: Write> Text<W> {
    /// A judgement, line by line as the library has escaped it.
    fn explanation(&mut self, explanation: &Explanation) -> io::Result<()> {
        for (index, line) in explanation.text.lines().enumerate() {
            let style = match (index, explanation.is_good) {
                (0, true) => Style::Good,
                (0, false) => Style::Bad,
                _ if line.contains(" FAILED ") => Style::Bad,
                _ => Style::Plain,
            };
            writeln!(self.out, "{}", self.paint.apply(style, &escaped_line(line)))?;
        }
        for Note { code, text } in &explanation.notes {
            self.warning(code, text)?;
        }
        Ok(())
    }

    fn warning(&mut self, code: &str, text: &str) -> io::Result<()> {
        let label = self.paint.apply(Style::Warning, "warning:");
        writeln!(self.out, "{label} {} ({code})", escaped(text))
    }

    fn members(&mut self, members: &Map<String, Value>, depth: usize) -> io::Result<()> {
        members
            .iter()
            .try_for_each(|(name, value)| self.member(name, value, depth))
    }

    fn member(&mut self, name: &str, value: &Value, depth: usize) -> io::Result<()> {
        match value {
            Value::Object(members) => {
                self.heading(name, "", depth)?;
                self.members(members, depth + 1)
            }
            Value::Array(values) if values.iter().any(Value::is_object) => {
                let count = values.len();
                for (index, value) in values.iter().enumerate().take(MOST_ITEMS) {
                    self.item(name, value, index + 1, depth)?;
                }
                match count.checked_sub(MOST_ITEMS) {
                    None | Some(0) => Ok(()),
                    Some(more) => self.heading(name, &format!("… and {more} more"), depth),
                }
            }
            // No line for each of the many things that may be wrong and are not.
            Value::Array(values) if values.is_empty() && name == "warnings" => Ok(()),
            _ => self.line(name, value, depth),
        }
    }

    /// One of several objects: a warning in one line, anything else as a block.
    fn item(&mut self, name: &str, value: &Value, number: usize, depth: usize) -> io::Result<()> {
        let Value::Object(members) = value else {
            return self.line(name, value, depth);
        };
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        if let ("warnings", Some(code), Some(text)) = (name, text("code"), text("text")) {
            return self.warning(code, text);
        }
        // `entries` and `trust` are lists of things that have a name of their own, or a number.
        let kind = text("type").unwrap_or(name);
        self.heading(kind, &number.to_string(), depth)?;
        let rest = members.iter().filter(|(name, _)| *name != "type");
        for (name, value) in rest {
            self.member(name, value, depth + 1)?;
        }
        Ok(())
    }

    fn heading(&mut self, name: &str, rest: &str, depth: usize) -> io::Result<()> {
        let heading = format!("{} {rest}", label(name));
        let heading = self.paint.apply(Style::Heading, heading.trim_end());
        writeln!(self.out, "{:indent$}{heading}", "", indent = depth * INDENT)
    }

    fn line(&mut self, name: &str, value: &Value, depth: usize) -> io::Result<()> {
        let label = format!("{:LABEL$}", label(name));
        let label = self.paint.apply(Style::Label, &label);
        let (style, shown) = shown(name, value);
        let shown = self.paint.apply(style, &shown);
        writeln!(
            self.out,
            "{:indent$}{label}  {shown}",
            "",
            indent = depth * INDENT
        )
    }
}

/// A value in words, escaped.
fn shown(name: &str, value: &Value) -> (Style, String) {
    match value {
        Value::Null => (Style::Label, "absent".to_owned()),
        Value::Bool(yes) => {
            let style = match (name, yes) {
                ("valid" | "trusted" | "chain_complete", true) => Style::Good,
                ("valid" | "trusted" | "chain_complete", false) => Style::Bad,
                _ => Style::Plain,
            };
            (style, if *yes { "yes" } else { "no" }.to_owned())
        }
        Value::String(text) => (Style::Plain, escaped(text)),
        Value::Array(values) if values.is_empty() => (Style::Label, "none".to_owned()),
        Value::Array(values) => {
            let shown = values.iter().take(MOST_ITEMS).map(shown_item);
            let mut shown: Vec<String> = shown.collect();
            if let Some(more @ 1..) = values.len().checked_sub(MOST_ITEMS) {
                shown.push(format!("… and {more} more"));
            }
            (Style::Plain, shown.join(", "))
        }
        other => (Style::Plain, escaped(&other.to_string())),
    }
}

fn shown_item(value: &Value) -> String {
    shown("", value).1
}

/// The name of a fact in words.
fn label(name: &str) -> String {
    escaped(&name.replace('_', " "))
}

/// Things of one list that are shown; the JSON has them all.
const MOST_ITEMS: usize = 100;
const INDENT: usize = 2;
const LABEL: usize = 19;

#[derive(Clone, Copy)]
enum Style {
    Plain,
    Heading,
    Label,
    Good,
    Warning,
    Bad,
}

/// Whether colours are used.
#[derive(Clone, Copy)]
enum Paint {
    Colours,
    Nothing,
}

impl Paint {
    /// Colours on a terminal, unless `NO_COLOR` is set.
    fn for_stream(stream: &impl io::IsTerminal) -> Self {
        let unwanted = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        if stream.is_terminal() && !unwanted {
            Self::Colours
        } else {
            Self::Nothing
        }
    }

    fn apply(self, style: Style, text: &str) -> String {
        let sequence = match (self, style) {
            (Self::Nothing, _) | (_, Style::Plain) => return text.to_owned(),
            (Self::Colours, Style::Heading) => "1",
            (Self::Colours, Style::Label) => "2",
            (Self::Colours, Style::Good) => "32",
            (Self::Colours, Style::Warning) => "33",
            (Self::Colours, Style::Bad) => "31",
        };
        format!("\u{1b}[{sequence}m{text}\u{1b}[0m")
    }
}
