use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::build_error::BuildError;
use crate::time::encode_time;

/// From when to when a new certificate is valid, both seconds included (RFC 5280 §4.1.2.5).
///
/// Whole seconds between 1950 and 9999. Times until the end of 2049 are written as `UTCTime`, later ones as
/// `GeneralizedTime`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Validity {
    not_before: DateTime<Utc>,
    not_after: DateTime<Utc>,
}

impl Validity {
    /// Between these two. Fractions of a second are dropped.
    ///
    /// # Errors
    ///
    /// [`BuildError::ValidityReversed`]; [`BuildError::TimeOutOfRange`] outside the years 1950 to 9999.
    pub fn new(not_before: DateTime<Utc>, not_after: DateTime<Utc>) -> Result<Self, BuildError> {
        for time in [not_before, not_after] {
            encode_time(time).ok_or(BuildError::TimeOutOfRange { time })?;
        }
        let whole =
            |time: DateTime<Utc>| DateTime::from_timestamp_secs(time.timestamp()).unwrap_or(time);
        let (not_before, not_after) = (whole(not_before), whole(not_after));
        if not_after < not_before {
            return Err(BuildError::ValidityReversed {
                not_before,
                not_after,
            });
        }
        Ok(Self {
            not_before,
            not_after,
        })
    }

    /// From `not_before`, for this many times 24 hours.
    ///
    /// # Errors
    ///
    /// [`BuildError::ValidityTooLong`] beyond the year 9999; those of [`Self::new`].
    pub fn of_days(not_before: DateTime<Utc>, days: u32) -> Result<Self, BuildError> {
        let too_long = || BuildError::ValidityTooLong { days };
        let not_after = TimeDelta::try_days(i64::from(days))
            .and_then(|length| not_before.checked_add_signed(length))
            .ok_or_else(too_long)?;
        // A beginning that cannot be said is that fault, not one of length.
        encode_time(not_before).ok_or(BuildError::TimeOutOfRange { time: not_before })?;
        encode_time(not_after).ok_or_else(too_long)?;
        Self::new(not_before, not_after)
    }

    /// From `not_before`, without an end that is known: until the last second of 9999, which stands for
    /// that (RFC 5280 §4.1.2.5).
    ///
    /// # Errors
    ///
    /// Those of [`Self::new`].
    pub fn without_end(not_before: DateTime<Utc>) -> Result<Self, BuildError> {
        let end = NaiveDate::from_ymd_opt(9999, 12, 31)
            .and_then(|date| date.and_hms_opt(23, 59, 59))
            .map_or(DateTime::<Utc>::MAX_UTC, |end| end.and_utc());
        Self::new(not_before, end)
    }

    /// The first second.
    #[must_use]
    pub const fn not_before(self) -> DateTime<Utc> {
        self.not_before
    }

    /// The last second.
    #[must_use]
    pub const fn not_after(self) -> DateTime<Utc> {
        self.not_after
    }

    /// The content of `Validity`: both times.
    pub(crate) fn encode_content(self) -> Vec<u8> {
        // Nothing but times that can be said got in.
        [self.not_before, self.not_after]
            .into_iter()
            .filter_map(encode_time)
            .flatten()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn days_count_from_the_beginning_and_fractions_are_dropped() {
        let validity = Validity::of_days(at("2026-02-28T12:00:00.75Z"), 2).unwrap();
        assert_eq!(
            (validity.not_before(), validity.not_after()),
            (at("2026-02-28T12:00:00Z"), at("2026-03-02T12:00:00Z"))
        );
    }

    #[test]
    fn no_end_is_the_last_second_of_9999() {
        let validity = Validity::without_end(at("2026-01-01T00:00:00Z")).unwrap();
        assert_eq!(validity.not_after(), at("9999-12-31T23:59:59Z"));
        assert_eq!(
            validity.encode_content(),
            b"\x17\x0d260101000000Z\x18\x0f99991231235959Z"
        );
    }

    #[test]
    fn what_certificates_cannot_say_is_refused() {
        let code = |result: Result<Validity, BuildError>| result.unwrap_err().code();
        let now = at("2026-01-01T00:00:00Z");
        assert_eq!(
            code(Validity::new(now, at("2025-12-31T23:59:59Z"))),
            "validity-reversed"
        );
        assert_eq!(
            code(Validity::new(at("1949-12-31T23:59:59Z"), now)),
            "time-out-of-range"
        );
        assert_eq!(
            code(Validity::new(now, DateTime::<Utc>::MAX_UTC)),
            "time-out-of-range"
        );
        assert_eq!(code(Validity::of_days(now, u32::MAX)), "validity-too-long");
        assert_eq!(code(Validity::of_days(now, 3_000_000)), "validity-too-long");
        assert_eq!(
            code(Validity::of_days(at("1900-01-01T00:00:00Z"), 1)),
            "time-out-of-range"
        );
        // One second is a validity.
        assert!(Validity::new(now, now).is_ok());
    }
}
