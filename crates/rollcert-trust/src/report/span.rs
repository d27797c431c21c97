use core::fmt;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

/// An instant as RFC 3339 in UTC, such as `2026-11-22T03:00:00Z`, fractions of a second left out.
pub(crate) struct Instant(pub(crate) DateTime<Utc>);

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(instant) = self;
        f.write_str(&instant.to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

/// A length of time in the largest unit of which there are two at least, rounded down: `9 days`, `47 hours`.
///
/// Which way it points is for the words around it.
pub(crate) struct Span(pub(crate) TimeDelta);

impl Span {
    /// From one instant to another, whichever comes first.
    pub(crate) fn between(one: DateTime<Utc>, other: DateTime<Utc>) -> Self {
        Self((one - other).abs())
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.num_seconds();
        let units = [
            ("years", 365 * 24 * 3600),
            ("days", 24 * 3600),
            ("hours", 3600),
            ("minutes", 60),
        ];
        for (unit, length) in units {
            let count = seconds / length;
            if count >= 2 {
                return write!(f, "{count} {unit}");
            }
        }
        match seconds {
            0 => f.write_str("less than a second"),
            1 => f.write_str("1 second"),
            _ => write!(f, "{seconds} seconds"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_rounded_down_to_the_largest_fitting_unit() {
        let shown = |seconds| Span(TimeDelta::seconds(seconds)).to_string();
        assert_eq!(shown(0), "less than a second");
        assert_eq!(shown(1), "1 second");
        assert_eq!(shown(119), "119 seconds");
        assert_eq!(shown(120), "2 minutes");
        assert_eq!(shown(2 * 3600 - 1), "119 minutes");
        assert_eq!(shown(47 * 3600), "47 hours");
        assert_eq!(shown(9 * 86_400 + 80_000), "9 days");
        assert_eq!(shown(729 * 86_400), "729 days");
        assert_eq!(shown(800 * 86_400), "2 years");
    }

    #[test]
    fn the_whole_range_of_time_has_a_span() {
        let span = Span::between(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
        assert!(span.to_string().ends_with(" years"));
    }
}
