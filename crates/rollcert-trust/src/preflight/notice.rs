use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeDelta, Utc};

/// When a certificate will be replaced: a window, as it is announced to partners.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolloverNotice {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    slack: TimeDelta,
}

impl RolloverNotice {
    /// How long the old certificate should outlast the start of the window unless [`Self::with_slack`] says
    /// otherwise: a week, so that whatever breaks on a Friday is found before it is too late.
    pub const DEFAULT_SLACK: TimeDelta = TimeDelta::days(7);

    /// At some time from `start` to `end`, both included; the same for an agreed instant.
    ///
    /// # Errors
    ///
    /// [`NoticeError::Reversed`] when the end lies before the start.
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Result<Self, NoticeError> {
        if end < start {
            return Err(NoticeError::Reversed { start, end });
        }
        Ok(Self {
            start,
            end,
            slack: Self::DEFAULT_SLACK,
        })
    }

    /// The same, with another slack; a negative one counts as none.
    #[must_use]
    pub fn with_slack(self, slack: TimeDelta) -> Self {
        Self {
            slack: slack.max(TimeDelta::zero()),
            ..self
        }
    }

    /// The earliest moment of the replacement.
    #[must_use]
    pub const fn start(&self) -> DateTime<Utc> {
        self.start
    }

    /// The latest.
    #[must_use]
    pub const fn end(&self) -> DateTime<Utc> {
        self.end
    }

    /// How far the replacement has come at `now`.
    #[must_use]
    pub fn phase(&self, now: DateTime<Utc>) -> NoticePhase {
        if now < self.start {
            NoticePhase::Announced
        } else if now <= self.end {
            NoticePhase::Open
        } else {
            NoticePhase::Over
        }
    }

    /// Until when the old certificate should last: the end of the window, and the slack after its start.
    #[must_use]
    pub fn old_needed_until(&self) -> DateTime<Utc> {
        let with_slack = self.start.checked_add_signed(self.slack);
        with_slack.unwrap_or(DateTime::<Utc>::MAX_UTC).max(self.end)
    }
}

/// How far an announced replacement has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "before, in and after the window")]
pub enum NoticePhase {
    /// The window lies ahead: the old certificate is in use.
    Announced,
    /// In the window: the old one or the new one.
    Open,
    /// The window is past: the new one is in use.
    Over,
}

impl NoticePhase {
    /// A stable word: `announced`, `open`, `over`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Announced => "announced",
            Self::Open => "open",
            Self::Over => "over",
        }
    }
}

/// Why two times make no window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoticeError {
    /// The end lies before the start.
    #[error("the window ends at {end}, before it starts at {start}")]
    Reversed {
        /// When it starts.
        start: DateTime<Utc>,
        /// When it ends.
        end: DateTime<Utc>,
    },
}

impl NoticeError {
    /// A stable name for this kind of fault.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Reversed { .. } => "reversed",
        }
    }
}

/// The offset from UTC under which a local time is the same moment as `utc`, for notices that name a time twice.
///
/// None when there is no such offset: it is no whole number of quarters of an hour, or beyond 14 hours. Then one of
/// the two times is wrong. An offset settles what abbreviations such as `CT` leave open.
#[must_use]
pub fn implied_offset(local: NaiveDateTime, utc: DateTime<Utc>) -> Option<FixedOffset> {
    let seconds = local.signed_duration_since(utc.naive_utc()).num_seconds();
    let is_offset = seconds % QUARTER == 0 && seconds.abs() <= MOST_OFFSET;
    let seconds = i32::try_from(seconds).ok().filter(|_| is_offset)?;
    FixedOffset::east_opt(seconds)
}

/// Seconds: every offset in use is a multiple.
const QUARTER: i64 = 15 * 60;
/// Seconds: the greatest offset in use is that of Kiritimati.
const MOST_OFFSET: i64 = 14 * 60 * 60;
