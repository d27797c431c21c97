//! `xs:dateTime`, as it is written and as the instant that it names.

use core::fmt;

use chrono::{DateTime, Datelike as _, Duration, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use crate::xml;

/// A date and time as a message gives it: the text, and the instant where the text says which one.
///
/// The schema asks for an `xs:dateTime`, in which a zone may be missing; then the text names no instant,
/// and [`Self::instant`] invents none. Years beyond 9999 and before 1 are refused: no certificate lives there.
///
/// # Specification
///
/// XML Schema Part 2 §3.2.7; CEM §3.1 asks for local time with its offset from UTC.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct XmlDateTime {
    text: String,
    instant: Option<DateTime<Utc>>,
}

impl XmlDateTime {
    /// Reads a date and time; white space around it does not count.
    ///
    /// # Errors
    ///
    /// [`InvalidDateTime`] when the text has another form, or names a day or time that does not exist
    /// (a leap second among them, which the schema does not know).
    pub fn parse(text: &str) -> Result<Self, InvalidDateTime> {
        let text = xml::trim(text);
        if text.len() > MAX_LENGTH {
            return Err(InvalidDateTime);
        }
        let instant = parse(text).ok_or(InvalidDateTime)?;
        Ok(Self {
            text: text.to_owned(),
            instant,
        })
    }

    /// The form that every known reader takes: 25 characters, whole seconds, numeric offset.
    ///
    /// Parts of a second are cut off. [`None`] for years outside of 1 to 9999.
    #[must_use]
    pub fn from_instant(instant: DateTime<Utc>) -> Option<Self> {
        // `Z` would say the same in fewer characters, and widespread software refuses it.
        let text = instant.format("%Y-%m-%dT%H:%M:%S+00:00").to_string();
        (1..=9999).contains(&instant.year()).then_some(())?;
        Self::parse(&text).ok()
    }

    /// The text as received, without white space around it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The instant, or [`None`] where the text has no zone.
    #[must_use]
    pub const fn instant(&self) -> Option<DateTime<Utc>> {
        self.instant
    }
}

impl fmt::Display for XmlDateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A text that is no `xs:dateTime` of the years 1 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a date and time")]
#[non_exhaustive]
pub struct InvalidDateTime;

impl InvalidDateTime {
    /// A stable name for this fault.
    #[must_use]
    pub const fn code(self) -> &'static str {
        "bad-date-time"
    }
}

/// [`None`]: not a date and time. `Some(None)`: one without a zone.
fn parse(text: &str) -> Option<Option<DateTime<Utc>>> {
    let (date, rest) = text.split_once('T')?;
    let mut fields = date.split('-');
    let year = digits(fields.next()?, 4)?;
    let month = digits(fields.next()?, 2)?;
    let day = digits(fields.next()?, 2)?;
    if fields.next().is_some() || year == 0 {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;

    let (time, rest) = rest.split_at_checked(8)?;
    let mut fields = time.split(':');
    let hour = digits(fields.next()?, 2)?;
    let minute = digits(fields.next()?, 2)?;
    let second = digits(fields.next()?, 2)?;
    let (nanosecond, zone) = fraction(rest)?;
    let local = if (hour, minute, second, nanosecond) == (24, 0, 0, 0) {
        // The end of a day is the start of the next.
        date.succ_opt()?.and_time(NaiveTime::MIN)
    } else {
        date.and_hms_nano_opt(hour, minute, second, nanosecond)?
    };
    match zone {
        "" => Some(None),
        "Z" => Some(Some(local.and_utc())),
        zone => Some(Some(with_offset(local, zone)?)),
    }
}

/// The parts of a second before the zone, beyond the billionth cut off, and the zone.
fn fraction(text: &str) -> Option<(u32, &str)> {
    let Some(rest) = text.strip_prefix('.') else {
        return Some((0, text));
    };
    let zone = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let figures = rest.strip_suffix(zone)?;
    if figures.is_empty() {
        return None;
    }
    let nanosecond: String = figures.chars().chain("000000000".chars()).take(9).collect();
    Some((nanosecond.parse().ok()?, zone))
}

fn with_offset(local: NaiveDateTime, zone: &str) -> Option<DateTime<Utc>> {
    let (sign, rest) = zone.split_at_checked(1)?;
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    let total = hours.checked_mul(60)?.checked_add(minutes)?;
    // Offsets reach to 14:00, no further.
    if minutes > 59 || total > 14 * 60 {
        return None;
    }
    let offset = Duration::minutes(i64::from(total));
    match sign {
        "+" => local.checked_sub_signed(offset),
        "-" => local.checked_add_signed(offset),
        _ => None,
    }
    .map(|utc| utc.and_utc())
}

fn digits(text: &str, count: usize) -> Option<u32> {
    (text.len() == count && text.bytes().all(|octet| octet.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

/// Longer texts hold nothing that is kept.
const MAX_LENGTH: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> Result<Option<String>, InvalidDateTime> {
        XmlDateTime::parse(text).map(|time| time.instant().map(|at| at.to_rfc3339()))
    }

    #[test]
    fn v7_every_form_of_the_schema_is_read() {
        let is = |text: &str| Ok(Some(text.to_owned()));
        assert_eq!(
            instant("2026-11-21T20:05:50+01:00"),
            is("2026-11-21T19:05:50+00:00")
        );
        assert_eq!(
            instant("\n  2005-03-01T14:05:00-05:00\t"),
            is("2005-03-01T19:05:00+00:00")
        );
        assert_eq!(
            instant("2026-11-21T20:05:50Z"),
            is("2026-11-21T20:05:50+00:00")
        );
        assert_eq!(
            instant("2026-11-21T20:05:50.1234567891Z"),
            is("2026-11-21T20:05:50.123456789+00:00")
        );
        assert_eq!(instant("2026-11-21T20:05:50"), Ok(None));
        assert_eq!(instant("2026-11-21T20:05:50.5"), Ok(None));
        assert_eq!(
            instant("2026-12-31T24:00:00Z"),
            is("2027-01-01T00:00:00+00:00")
        );
        assert_eq!(
            instant("2026-11-21T20:05:50+14:00"),
            is("2026-11-21T06:05:50+00:00")
        );
        assert_eq!(
            XmlDateTime::parse(" 2026-11-21T20:05:50Z ")
                .unwrap()
                .as_str(),
            "2026-11-21T20:05:50Z"
        );
    }

    // Huge years, 24:00:01, leap second, offset beyond 14:00.
    #[test]
    fn h21_what_is_no_date_and_time_is_refused() {
        for text in [
            "",
            "2026-11-21",
            "2026-11-21 20:05:50Z",
            "2026-11-21T20:05Z",
            "2026-11-21T24:00:01Z",
            "2026-11-21T24:00:00.1Z",
            "2026-12-31T23:59:60Z",
            "2026-02-29T00:00:00Z",
            "2026-11-21T20:05:50+14:01",
            "2026-11-21T20:05:50+15:00",
            "2026-11-21T20:05:50+01:60",
            "2026-11-21T20:05:50+0100",
            "2026-11-21T20:05:50z",
            "2026-11-21T20:05:50.Z",
            "2026-11-21T+0:05:50Z",
            "0000-11-21T20:05:50Z",
            "-2026-11-21T20:05:50Z",
            "12026-11-21T20:05:50Z",
            "99999999999999999999-11-21T20:05:50Z",
            "\u{662}026-11-21T20:05:50Z",
            "2026-11-21T20:05:5\u{e4}",
        ] {
            assert_eq!(instant(text), Err(InvalidDateTime), "{text}");
        }
        let long = format!("2026-11-21T20:05:50.{}Z", "0".repeat(1_000_000));
        assert_eq!(instant(&long), Err(InvalidDateTime));
    }

    #[test]
    fn what_is_written_has_twenty_five_characters_and_reads_back() {
        let at = DateTime::from_timestamp(1_795_287_950, 999_999_999).unwrap();
        let written = XmlDateTime::from_instant(at).unwrap();
        assert_eq!(written.as_str(), "2026-11-21T19:05:50+00:00");
        assert_eq!(
            written.instant().map(|at| at.timestamp()),
            Some(1_795_287_950)
        );
        assert_eq!(XmlDateTime::from_instant(DateTime::<Utc>::MAX_UTC), None);
    }
}
