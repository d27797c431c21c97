//! What the benchmarks share: contenders run by turns, and are shown as ratios.
//!
//! The machines are noisy, so no contender runs alone for long: each round runs every one of them once, and the
//! fastest round of each counts. A ratio above 1 says how many times longer the peer took.

use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

/// What the command line asked for.
#[derive(Debug)]
pub struct Options {
    filter: String,
    rounds: Rounds,
}

/// How long to measure.
#[derive(Clone, Copy, Debug)]
pub enum Rounds {
    /// One round of everything, to see that it works.
    Once,
    /// Rounds for this long for each comparison, five at least.
    For(Duration),
}

impl Options {
    /// Reads the command line: `[FILTER] [--quick]`; what Cargo adds is passed over.
    #[must_use]
    pub fn from_arguments() -> Self {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let quick = arguments.iter().any(|argument| argument == "--quick");
        Self {
            filter: arguments
                .iter()
                .find(|argument| !argument.starts_with("--"))
                .cloned()
                .unwrap_or_default(),
            rounds: if quick {
                Rounds::Once
            } else {
                Rounds::For(Duration::from_secs(8))
            },
        }
    }

    /// Whether it is only to be seen that everything works.
    #[must_use]
    pub const fn is_quick(&self) -> bool {
        matches!(self.rounds, Rounds::Once)
    }

    /// Whether this comparison was asked for.
    #[must_use]
    pub fn wants(&self, name: &str) -> bool {
        name.contains(&self.filter)
    }
}

/// Several ways to do the same work; the first is ours.
pub struct Comparison<'a> {
    name: &'a str,
    contenders: Vec<(&'a str, Box<dyn FnMut() -> u64 + 'a>)>,
}

impl<'a> Comparison<'a> {
    /// A comparison of this name.
    #[must_use]
    pub fn new(name: &'a str) -> Self {
        Self {
            name,
            contenders: Vec::new(),
        }
    }

    /// Adds a contender, whose result must agree with that of the others.
    #[must_use]
    pub fn contender(mut self, name: &'a str, work: impl FnMut() -> u64 + 'a) -> Self {
        self.contenders.push((name, Box::new(work)));
        self
    }

    /// Runs all and prints the table. Does nothing when the options ask for something else.
    pub fn run(mut self, options: &Options) {
        if !options.wants(self.name) {
            return;
        }
        let began = Instant::now();
        let mut fastest = vec![Duration::MAX; self.contenders.len()];
        let repeats = self.repeats(options.rounds);
        for round in 0.. {
            for ((_, work), fastest) in self.contenders.iter_mut().zip(&mut fastest) {
                let start = Instant::now();
                for _ in 0..repeats {
                    black_box(work());
                }
                *fastest = start.elapsed().min(*fastest);
            }
            let enough = match options.rounds {
                Rounds::Once => true,
                Rounds::For(time) => round >= 4 && began.elapsed() >= time,
            };
            if enough {
                break;
            }
        }
        let each = |total: &Duration| total.as_secs_f64() / f64::from(repeats);
        let ours = fastest.first().map_or(1.0, each);
        println!("\n{}", self.name);
        for ((name, _), fastest) in self.contenders.iter().zip(&fastest) {
            println!(
                "  {name:28} {:>12}  {:>7.2}",
                show(each(fastest)),
                each(fastest) / ours
            );
        }
    }

    /// How often to repeat short work, so that a round takes milliseconds; checks the results on the way.
    fn repeats(&mut self, rounds: Rounds) -> u32 {
        let mut results = Vec::new();
        let mut longest = Duration::ZERO;
        for (name, work) in &mut self.contenders {
            let start = Instant::now();
            results.push((*name, work()));
            longest = longest.max(start.elapsed());
        }
        let first = results.first().map(|(_, result)| *result);
        for (name, result) in results {
            assert_eq!(
                Some(result),
                first,
                "{}: {name} came to another result",
                self.name
            );
        }
        match rounds {
            Rounds::Once => 1,
            Rounds::For(_) => {
                let repeats = Duration::from_millis(5).as_nanos() / longest.as_nanos().max(1);
                u32::try_from(repeats.clamp(1, 100_000)).unwrap_or(1)
            }
        }
    }
}

/// A time in the unit that suits it.
#[must_use]
pub fn show(seconds: f64) -> String {
    match seconds {
        s if s < 1e-6 => format!("{:.1} ns", s * 1e9),
        s if s < 1e-3 => format!("{:.2} us", s * 1e6),
        s if s < 1.0 => format!("{:.2} ms", s * 1e3),
        s => format!("{s:.2} s"),
    }
}

/// How much memory a piece of work takes at its peak beyond what is held before it, in octets. Linux alone tells;
/// elsewhere zero.
pub fn peak_of(work: impl FnOnce()) -> u64 {
    // "5" makes the system forget the peak until now (proc(5)).
    let forgotten = std::fs::write("/proc/self/clear_refs", "5");
    let before = status("VmRSS:");
    work();
    forgotten.map_or(0, |()| status("VmHWM:").saturating_sub(before))
}

/// The most memory that this process has held, in octets. Linux alone tells; elsewhere zero.
#[must_use]
pub fn highest_resident() -> u64 {
    status("VmHWM:")
}

/// The same of another process, which must not have ended.
#[must_use]
pub fn highest_resident_of(process: u32) -> u64 {
    status_of(&process.to_string(), "VmHWM:")
}

fn status(field: &str) -> u64 {
    status_of("self", field)
}

fn status_of(process: &str, field: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix(field))
        .and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok())
        .map_or(0, |kilobytes| kilobytes * 1024)
}

/// Runs this program again with `--measure NAME`, so that one contender's memory is measured in a process of
/// its own, and returns the number that it prints.
#[must_use]
pub fn in_a_process_of_its_own(name: &str) -> Option<u64> {
    let program = std::env::current_exe().ok()?;
    let output = Command::new(program)
        .args(["--measure", name])
        .output()
        .ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

/// The name after `--measure`, in such a process.
#[must_use]
pub fn measured() -> Option<String> {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--measure");
    arguments.nth(1)
}
