use chrono::{DateTime, TimeDelta, Utc};

/// When to scan for CRLs: once at the beginning, then at intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScanSchedule {
    /// From one scan to the next. Default 6 hours.
    pub interval: TimeDelta,
}

impl ScanSchedule {
    /// At this interval; one that is not positive counts as a second, so that a scan never follows itself.
    #[must_use]
    pub fn every(interval: TimeDelta) -> Self {
        Self {
            interval: interval.max(TimeDelta::seconds(1)),
        }
    }

    /// When the next scan is due, the last one having begun at `last_run`: at once where there was none, and where it lies
    /// in the future because a clock was set back. An administrator may always scan in between.
    #[must_use]
    pub fn next_run(&self, last_run: Option<DateTime<Utc>>, now: DateTime<Utc>) -> DateTime<Utc> {
        last_run
            .filter(|last_run| *last_run <= now)
            .and_then(|last_run| last_run.checked_add_signed(self.interval))
            .unwrap_or(now)
    }
}

impl Default for ScanSchedule {
    fn default() -> Self {
        Self {
            interval: TimeDelta::hours(6),
        }
    }
}
