//! The `rollcert` command: looks into the files of certificate exchange, makes its messages, and says, in words
//! or as JSON, what the libraries make of them.
//!
//! `rollcert --help` lists the calls. It exits with 0 when all is well, with 1 when what it was given is well-formed
//! and judged bad, with 2 when it cannot be read, when the call is wrong or when that call is not built yet.

mod arguments;
mod cem_open;
mod cem_read;
mod cem_request;
mod cem_respond;
mod cem_write;
mod decisions;
mod entries;
mod error;
mod escape;
mod facts;
mod files;
mod inspect;
mod keys;
mod output;
mod trust;

use std::process::ExitCode;

use clap::Parser as _;

use crate::arguments::{Arguments, Call, CemCall};
use crate::error::{Failure, Report};
use crate::output::Format;

fn main() -> ExitCode {
    let (format, arguments) = Format::take_from(std::env::args_os());
    match Arguments::try_parse_from(arguments) {
        Ok(arguments) => output::report(&run(arguments.call), format),
        Err(error) if error.exit_code() == 0 => output::help(&error, format),
        Err(error) => output::report(&Failure::usage(&error).into(), format),
    }
}

fn run(call: Call) -> Report {
    match call {
        Call::Inspect(call) => inspect::inspect(call),
        Call::Cem { call } => match *call {
            CemCall::Read(call) => cem_read::read(call),
            CemCall::Request(call) => cem_request::request(call),
            CemCall::Respond(call) => cem_respond::respond(call),
        },
        Call::Trust(call) => trust::trust(&call),
        other => Failure::unsupported(&format!("rollcert {}", other.name())).into(),
    }
}
