use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use der::Tag;

use crate::Quirk;
use crate::asn1::{DecodeError, Element, encode};

/// Reads a `Time` (RFC 5280 §4.1.2.5), noting in `quirks` what departs from the form it demands.
///
/// Accepted besides: a `UTCTime` without seconds or with an offset from UTC, which X.680 §47 allows and
/// old issuers wrote; fractions of a second, which are dropped; `GeneralizedTime` before 2050.
pub(crate) fn decode_time(
    element: &Element<'_>,
    quirks: &mut Vec<Quirk>,
) -> Result<DateTime<Utc>, DecodeError> {
    let bad = || element.bad("time");
    let mut digits = Digits(element.content());
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
    // Without seconds it would be a fraction of a minute, and is left to be refused.
    if second.is_some() && digits.skip_fraction() {
        quirks.push(Quirk::FractionalSeconds);
    }
    let offset = digits.offset().ok_or_else(bad)?;
    if digits.0 != b"Z" {
        quirks.push(Quirk::TimeWithOffset);
    }
    i32::try_from(year)
        .ok()
        .and_then(|year| NaiveDate::from_ymd_opt(year, month, day))
        .and_then(|date| date.and_hms_opt(hour, minute, second.unwrap_or_default()))
        .and_then(|local| local.checked_sub_signed(offset))
        .filter(|utc| (0..=9999).contains(&utc.year()))
        .map(|utc| utc.and_utc())
        .ok_or_else(bad)
}

/// Whether a `Time` that can be read has the form that RFC 5280 §4.1.2.5 demands: the one that [`encode_time`] writes.
pub(crate) fn is_conforming(element: &Element<'_>) -> bool {
    let content = element.content();
    // Whatever else can be read is shorter or longer, or does not end so.
    content.ends_with(b"Z")
        && match element.tag() {
            Tag::UtcTime => content.len() == b"yymmddhhmmssZ".len(),
            _ => content.len() == b"yyyymmddhhmmssZ".len() && content >= b"2050".as_slice(),
        }
}

/// Writes a `Time` as RFC 5280 §4.1.2.5 wants it: `UTCTime` until the end of 2049, then `GeneralizedTime`;
/// fractions of a second are dropped. `None` outside the years 1950 to 9999, which neither form can say.
pub(crate) fn encode_time(time: DateTime<Utc>) -> Option<Vec<u8>> {
    let (identifier, form) = match time.year() {
        1950..=2049 => (UTC_TIME, "%y%m%d%H%M%SZ"),
        2050..=9999 => (GENERALIZED_TIME, "%Y%m%d%H%M%SZ"),
        _ => return None,
    };
    // Inside a leap second `%S` says 60, which certificates do not know.
    let time = DateTime::from_timestamp_secs(time.timestamp())?;
    Some(encode(
        identifier,
        &[time.format(form).to_string().as_bytes()],
    ))
}

/// Reads a `GeneralizedTime` of which no profile demands that it be after 2050.
pub(crate) fn decode_generalized_time(element: &Element<'_>) -> Result<DateTime<Utc>, DecodeError> {
    if element.tag() != Tag::GeneralizedTime {
        return Err(element.unexpected("GeneralizedTime"));
    }
    decode_time(element, &mut Vec::new())
}

/// Writes a `GeneralizedTime` of a [`whole_second`].
pub(crate) fn encode_generalized_time(time: DateTime<Utc>) -> Vec<u8> {
    let text = whole_second(time).format("%Y%m%d%H%M%SZ").to_string();
    encode(GENERALIZED_TIME, &[text.as_bytes()])
}

/// The time without fractions of a second, brought into the years 0 to 9999, which a `GeneralizedTime` can say.
pub(crate) fn whole_second(time: DateTime<Utc>) -> DateTime<Utc> {
    let seconds = time.timestamp().clamp(YEAR_ZERO, END_OF_YEAR_9999);
    DateTime::from_timestamp_secs(seconds).unwrap_or_default()
}

/// The first second of the year 0, from the Unix epoch.
const YEAR_ZERO: i64 = -62_167_219_200;
/// The last second of the year 9999.
const END_OF_YEAR_9999: i64 = 253_402_300_799;

/// What is still to be read of a time.
struct Digits<'a>(&'a [u8]);

impl Digits<'_> {
    /// A number of two digits.
    fn two(&mut self) -> Option<u32> {
        let ([tens, ones], rest) = self.0.split_first_chunk()?;
        if !tens.is_ascii_digit() || !ones.is_ascii_digit() {
            return None;
        }
        self.0 = rest;
        Some(10 * u32::from(tens - b'0') + u32::from(ones - b'0'))
    }

    fn skip_fraction(&mut self) -> bool {
        let [b'.' | b',', fraction @ ..] = self.0 else {
            return false;
        };
        let digits = fraction.iter().take_while(|octet| octet.is_ascii_digit());
        self.0 = fraction.get(digits.count()..).unwrap_or_default();
        true
    }

    /// What is left: `Z`, or the difference from UTC. Local time without either means nothing.
    fn offset(&self) -> Option<TimeDelta> {
        let (sign, rest) = self.0.split_first()?;
        let mut digits = Digits(rest);
        let east = match sign {
            b'Z' => 0,
            b'+' => digits.minutes()?,
            b'-' => -digits.minutes()?,
            _ => return None,
        };
        digits.0.is_empty().then(|| TimeDelta::try_minutes(east))?
    }

    /// Hours and minutes of two digits each.
    fn minutes(&mut self) -> Option<i64> {
        match (self.two()?, self.two()?) {
            (hours @ 0..=23, minutes @ 0..=59) => Some(i64::from(60 * hours + minutes)),
            _ => None,
        }
    }
}

const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_time_of_certificates_is_read_as_it_was_written(
            // The first second of 1950 to the last of 9999.
            seconds in -631_152_000_i64..=253_402_300_799
        ) {
            let time = DateTime::from_timestamp_secs(seconds).unwrap();
            let octets = encode_time(time).unwrap();
            let mut quirks = Vec::new();
            let element = Element::parse(&octets).unwrap();
            let read = decode_time(&element, &mut quirks);
            prop_assert_eq!((read, quirks), (Ok(time), vec![]));
            prop_assert!(is_conforming(&element));
        }
    }

    #[test]
    fn years_that_certificates_cannot_say_are_not_written() {
        for seconds in [-631_152_001, 253_402_300_800] {
            let time = DateTime::from_timestamp_secs(seconds).unwrap();
            assert_eq!(encode_time(time), None);
        }
    }

    #[test]
    fn the_form_of_a_time_changes_with_the_year_2050() {
        for (seconds, octets) in [
            (2_524_607_999, &b"\x17\x0d491231235959Z"[..]),
            (2_524_608_000, b"\x18\x0f20500101000000Z"),
            (253_402_300_799, b"\x18\x0f99991231235959Z"),
        ] {
            let time = DateTime::from_timestamp_secs(seconds).unwrap();
            assert_eq!(encode_time(time).as_deref(), Some(octets));
        }
    }

    fn read(identifier: u8, text: &str) -> Option<(String, Vec<Quirk>)> {
        let octets = encode(identifier, &[text.as_bytes()]);
        let mut quirks = Vec::new();
        let element = Element::parse(&octets).unwrap();
        let time = decode_time(&element, &mut quirks).ok()?;
        assert_eq!(is_conforming(&element), quirks.is_empty(), "{text}");
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
            (
                GENERALIZED_TIME,
                "20500102030405.Z",
                "2050-01-02T03:04:05+00:00",
                vec![Quirk::FractionalSeconds],
            ),
            (
                GENERALIZED_TIME,
                "20491231235959Z",
                "2049-12-31T23:59:59+00:00",
                vec![Quirk::EarlyGeneralizedTime],
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
            (UTC_TIME, "260102030405+2400"),
            (UTC_TIME, "260102030405-0060"),
            (UTC_TIME, "260102030405Z0000"),
            (GENERALIZED_TIME, "20260102030405.67"),
            (UTC_TIME, "26\u{e9}02030405Z"),
            (GENERALIZED_TIME, "2026010203"),
            (GENERALIZED_TIME, "202601020304.5Z"),
            // Years that have no four digits in UTC.
            (GENERALIZED_TIME, "99991231235959-0100"),
            (GENERALIZED_TIME, "00000101000000+0100"),
        ] {
            assert_eq!(read(identifier, text), None, "{text}");
        }
    }
}
