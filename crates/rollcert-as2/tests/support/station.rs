//! The AS2 station of another product: `tests/peers/pyas2lib_station.py` in a process of its own.

use core::time::Duration;
use std::{
    env,
    ffi::OsStr,
    io::{BufRead as _, BufReader, Write as _},
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
};

use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(120);

/// A running station. It ends with the test, since its standard input does.
pub(crate) struct Station {
    process: Child,
    commands: Option<ChildStdin>,
    answers: Receiver<String>,
    port: u64,
}

impl Station {
    /// Starts it, where a Python has pyas2lib: the one that `ROLLCERT_PYTHON` names, else `python3`. Where there is
    /// none: said aloud, and a failure under `CI=true`.
    pub(crate) fn start() -> Option<Self> {
        let python = env::var_os("ROLLCERT_PYTHON").unwrap_or_else(|| "python3".into());
        let find =
            "import importlib.util, sys; sys.exit(importlib.util.find_spec('pyas2lib') is None)";
        let found = Command::new(&python)
            .args(["-c", find])
            .stderr(Stdio::null())
            .status();
        if !found.is_ok_and(|status| status.success()) {
            let wanted = env::var("CI").is_ok_and(|value| value == "true");
            assert!(!wanted, "pyas2lib is wanted under CI=true, in {python:?}");
            eprintln!("skipped: no pyas2lib in {python:?}");
            return None;
        }
        Some(Self::run(&python))
    }

    fn run(python: &OsStr) -> Self {
        let program =
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/peers/pyas2lib_station.py");
        let mut process = Command::new(python)
            .arg(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, answers) = channel();
        let output = BufReader::new(process.stdout.take().unwrap());
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let commands = process.stdin.take();
        let mut station = Self {
            process,
            commands,
            answers,
            port: 0,
        };
        station.port = station.answer()["port"].as_u64().unwrap();
        station
    }

    /// Where messages for it go.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/as2", self.port)
    }

    /// Gives a command, to be followed by [`Self::answer`].
    pub(crate) fn tell(&mut self, command: &Value) {
        let commands = self.commands.as_mut().unwrap();
        writeln!(commands, "{command}").unwrap();
        commands.flush().unwrap();
    }

    pub(crate) fn answer(&self) -> Value {
        let line = self
            .answers
            .recv_timeout(PATIENCE)
            .expect("an answer of the station");
        let answer: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(answer["exception"], Value::Null, "the station failed");
        answer
    }

    pub(crate) fn ask(&mut self, command: &Value) -> Value {
        self.tell(command);
        self.answer()
    }

    /// The one message that came in since the last time.
    pub(crate) fn received(&mut self) -> Value {
        let answer = self.ask(&json!({ "do": "received" }));
        let messages = answer["messages"].as_array().unwrap();
        assert_eq!(messages.len(), 1, "{answer}");
        messages[0].clone()
    }
}

impl Drop for Station {
    fn drop(&mut self) {
        drop(self.commands.take());
        let _ = self.process.wait();
    }
}
