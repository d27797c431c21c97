//! Dying hard, on request: no destructor runs, no buffer is flushed, as when the power fails.

/// The steps of carrying out one effect, between any two of which a process may die.
pub(crate) const POINTS: [&str; 5] = ["queued", "rendered", "received", "replied", "confirmed"];

/// Where to die, if anywhere.
#[derive(Clone, Debug, Default)]
pub(crate) struct Crash {
    step: Option<String>,
}

impl Crash {
    pub(crate) fn at(step: Option<String>) -> Self {
        Self { step }
    }

    /// Dies here, if this is the step.
    pub(crate) fn reached(&self, what: &str, point: &str) {
        if self.step.as_deref() == Some(format!("{what}.{point}").as_str()) {
            eprintln!("two_partners: dying at {what}.{point}");
            die();
        }
    }
}

#[cfg(unix)]
fn die() -> ! {
    use rustix::process::{Signal, getpid, kill_process};
    let _ = kill_process(getpid(), Signal::KILL);
    // The signal cannot be caught; it may take a moment to arrive.
    loop {
        std::thread::park();
    }
}

#[cfg(not(unix))]
fn die() -> ! {
    std::process::abort()
}
