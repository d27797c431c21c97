use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use der::Tag;

use crate::Quirk;
use crate::asn1::{DecodeError, Element};

/// Reads a `Time` (RFC 5280 §4.1.2.5), noting in `quirks` what departs from the form it demands.
///
/// Accepted besides: a `UTCTime` without seconds or with an offset from UTC, which X.680 §47 allows and
/// old issuers wrote; fractions of a second, which are dropped; `GeneralizedTime` before 2050.
pub(crate) fn decode_time(
    element: &Element<'_>,
    quirks: &mut Vec<Quirk>,
) -> Result<DateTime<Utc>, DecodeError> {
    let bad = || element.bad("time");
    let text = core::str::from_utf8(element.content()).map_err(|_| bad())?;
    let mut digits = Digits(text);
    let year = match element.tag() {
        Tag::UtcTime => match digits.two().ok_or_else(bad)? {
            // RFC 5280 §4.1.2.5.1: 50 to 99 are of the twentieth century.
            year @ 50.. => 1900 + year,
            year => 2000 + year,
        },
        Tag::GeneralizedTime => {
            let year = 100 * digits.two().ok_or_else(bad)? + digits.two().ok_or_else(bad)?;
            if year < 2050 {
                quirks.push(Quirk::EarlyGeneralizedTime);
            }
            year
        }
        _ => return Err(bad()),
    };
    let mut field = || digits.two().ok_or_else(bad);
    let (month, day, hour, minute) = (field()?, field()?, field()?, field()?);
    let second = digits.two();
    if second.is_none() {
        quirks.push(Quirk::TimeWithoutSeconds);
    }
    if digits.skip_fraction() {
        quirks.push(Quirk::FractionalSeconds);
    }
    let offset = digits.offset().ok_or_else(bad)?;
    if digits.0 != "Z" {
        quirks.push(Quirk::TimeWithOffset);
    }
    i32::try_from(year)
        .ok()
        .and_then(|year| NaiveDate::from_ymd_opt(year, month, day))
        .and_then(|date| date.and_hms_opt(hour, minute, second.unwrap_or_default()))
        .and_then(|local| local.checked_sub_signed(offset))
        .map(|utc| utc.and_utc())
        .ok_or_else(bad)
}

/// What is still to be read of a time.
struct Digits<'a>(&'a str);

impl Digits<'_> {
    /// A number of two digits.
    fn two(&mut self) -> Option<u32> {
        let (digits, rest) = self.0.split_at_checked(2)?;
        if !digits.bytes().all(|octet| octet.is_ascii_digit()) {
            return None;
        }
        self.0 = rest;
        digits.parse().ok()
    }

    fn skip_fraction(&mut self) -> bool {
        let Some(fraction) = self.0.strip_prefix(['.', ',']) else {
            return false;
        };
        self.0 = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
        true
    }

    /// What is left: `Z`, or the difference from UTC. Local time without either means nothing.
    fn offset(&self) -> Option<TimeDelta> {
        if self.0 == "Z" {
            return Some(TimeDelta::zero());
        }
        let mut digits = Digits(self.0.strip_prefix(['+', '-'])?);
        let minutes = i64::from(60 * digits.two()? + digits.two()?);
        let east = if self.0.starts_with('-') {
            -minutes
        } else {
            minutes
        };
        digits.0.is_empty().then(|| TimeDelta::try_minutes(east))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asn1::encode;

    const UTC_TIME: u8 = 0x17;
    const GENERALIZED_TIME: u8 = 0x18;

    fn read(identifier: u8, text: &str) -> Option<(String, Vec<Quirk>)> {
        let octets = encode(identifier, &[text.as_bytes()]);
        let mut quirks = Vec::new();
        let time = decode_time(&Element::parse(&octets).unwrap(), &mut quirks).ok()?;
        Some((time.to_rfc3339(), quirks))
    }

    #[test]
    fn times_are_read_with_the_pivot_of_rfc_5280() {
        for (identifier, text, shown) in [
            (UTC_TIME, "500101000000Z", "1950-01-01T00:00:00+00:00"),
            (UTC_TIME, "491231235959Z", "2049-12-31T23:59:59+00:00"),
            (
                GENERALIZED_TIME,
                "20500101000000Z",
                "2050-01-01T00:00:00+00:00",
            ),
            (
                GENERALIZED_TIME,
                "99991231235959Z",
                "9999-12-31T23:59:59+00:00",
            ),
        ] {
            assert_eq!(read(identifier, text), Some((shown.to_owned(), vec![])));
        }
    }

    #[test]
    fn older_forms_are_read_and_noted() {
        for (identifier, text, shown, quirks) in [
            (
                UTC_TIME,
                "2601020304Z",
                "2026-01-02T03:04:00+00:00",
                vec![Quirk::TimeWithoutSeconds],
            ),
            (
                UTC_TIME,
                "260102030405+0130",
                "2026-01-02T01:34:05+00:00",
                vec![Quirk::TimeWithOffset],
            ),
            (
                UTC_TIME,
                "260102030405-0130",
                "2026-01-02T04:34:05+00:00",
                vec![Quirk::TimeWithOffset],
            ),
            (
                GENERALIZED_TIME,
                "20260102030405.678Z",
                "2026-01-02T03:04:05+00:00",
                vec![Quirk::EarlyGeneralizedTime, Quirk::FractionalSeconds],
            ),
        ] {
            assert_eq!(read(identifier, text), Some((shown.to_owned(), quirks)));
        }
    }

    #[test]
    fn what_names_no_instant_is_refused() {
        for (identifier, text) in [
            (UTC_TIME, ""),
            (UTC_TIME, "260102030405"),
            (UTC_TIME, "261302030405Z"),
            (UTC_TIME, "260230030405Z"),
            (UTC_TIME, "260102240405Z"),
            (UTC_TIME, "260102030405ZZ"),
            (UTC_TIME, "260102030405+01300"),
            (UTC_TIME, "26\u{e9}02030405Z"),
            (GENERALIZED_TIME, "2026010203"),
        ] {
            assert_eq!(read(identifier, text), None, "{text}");
        }
    }
}
