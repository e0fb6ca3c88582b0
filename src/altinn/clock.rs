//! Instants → words in Norwegian time, for people; days → their offset from UTC in Norway.

use super::language::{Words, texts};
use crate::value::{DateTime, Zone};

/// Returns an instant in words, in Norwegian time: `1 January 2027 at 00:00`. Seconds are told where
/// there are any; an instant within a second, or out of range for Norwegian time, is as it is written.
pub(super) fn told(instant: DateTime, words: Words) -> String {
    let Some((local, is_summer)) = norwegian(instant) else {
        return instant.to_string();
    };
    if local.nanosecond() != 0 {
        return local.as_written();
    }
    let two = |number: u8| format!("{number:02}");
    let (hour, minute, second) = (two(local.hour()), two(local.minute()), two(local.second()));
    let time = match local.second() {
        0 => texts::TIME.with(words, &[&hour, &minute]).to_string(),
        _ => texts::TIME_WITH_SECONDS
            .with(words, &[&hour, &minute, &second])
            .to_string(),
    };
    // The hour that comes twice, when the clocks are set back.
    let is_twice = local.hour() == 2
        && local.month() == 10
        && local.day() == last_sunday(local.year(), 10)
        && local.year() >= 1996;
    let time = match (is_twice, is_summer) {
        (true, true) => texts::SUMMER_TIME.with(words, &[&time]).to_string(),
        (true, false) => texts::WINTER_TIME.with(words, &[&time]).to_string(),
        (false, _) => time,
    };
    let mut months = words.say(texts::MONTHS).split(' ');
    let month = months
        .nth(usize::from(local.month()) - 1)
        .unwrap_or_default();
    let arguments: [&dyn std::fmt::Display; 4] = [&local.day(), &month, &local.year(), &time];
    texts::INSTANT.with(words, &arguments).to_string()
}

/// Returns an instant in Norwegian time: one hour ahead of UTC, and since 1996 two hours from 01:00 UTC
/// on the last Sunday of March to 01:00 UTC on the last Sunday of October; and whether it is two.
/// `None`: the year is out of range for that.
fn norwegian(instant: DateTime) -> Option<(DateTime, bool)> {
    let (seconds, nanoseconds) = instant.with_zone(Zone::UTC).to_unix();
    let in_zone = |minutes| {
        let zone = Zone::from_minutes(minutes)?;
        DateTime::from_unix(seconds, nanoseconds, zone)
    };
    let is_summer = in_zone(0).is_some_and(|utc| {
        let last = last_sunday(utc.year(), utc.month());
        let changed = (utc.day(), utc.hour()) >= (last, 1);
        utc.year() >= 1996
            && match utc.month() {
                3 => changed,
                4..=9 => true,
                10 => !changed,
                _ => false,
            }
    });
    let local = in_zone(if is_summer { 120 } else { 60 })?;
    Some((local, is_summer))
}

/// Returns Norway's offset from UTC at the start of a local day; the clocks change later that
/// night. Before 1996 it is always one hour, although some summers had two.
pub(super) fn zone_of_day(day: &DateTime) -> Option<Zone> {
    let last = last_sunday(day.year(), day.month());
    let is_summer = day.year() >= 1996
        && match day.month() {
            3 => day.day() > last,
            4..=9 => true,
            10 => day.day() <= last,
            _ => false,
        };
    Zone::from_minutes(if is_summer { 120 } else { 60 })
}

/// Returns the last Sunday of March or October; 0 for other months.
fn last_sunday(year: i64, month: u8) -> u8 {
    match month {
        3 | 10 => 31 - weekday(year, month, 31),
        _ => 0,
    }
}

/// The day of the week of a day in March or later, from 0 for Sunday (Sakamoto's method).
fn weekday(year: i64, month: u8, day: u8) -> u8 {
    const OFFSETS: [i64; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
    let offset = OFFSETS[usize::from(month - 1)];
    let days = year + year / 4 - year / 100 + year / 400 + offset + i64::from(day);
    // The remainder is below 7.
    days.rem_euclid(7) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::altinn::language::Language;

    #[test]
    fn clocks_change_at_one_in_utc_on_the_last_sundays() {
        for (utc, local) in [
            ("2026-12-31T23:00:00Z", "2027-01-01T00:00:00+01:00"),
            ("2026-03-29T00:59:59Z", "2026-03-29T01:59:59+01:00"),
            ("2026-03-29T01:00:00Z", "2026-03-29T03:00:00+02:00"),
            ("2026-10-25T00:59:59Z", "2026-10-25T02:59:59+02:00"),
            ("2026-10-25T01:00:00Z", "2026-10-25T02:00:00+01:00"),
            ("2026-10-31T23:30:00Z", "2026-11-01T00:30:00+01:00"),
            ("1995-07-01T12:00:00Z", "1995-07-01T13:00:00+01:00"),
            ("2026-06-01T12:00:00", "2026-06-01T14:00:00+02:00"),
        ] {
            let instant: DateTime = utc.parse().expect("is an instant");
            let (found, _) = norwegian(instant).expect("is in range");
            assert_eq!(found.as_written(), local, "{utc}");
        }
    }

    #[test]
    fn instants_are_told_in_words() {
        let words = |language: Language| Words::from(language);
        for (utc, english, bokmal) in [
            (
                "2026-12-31T23:00:00Z",
                "1 January 2027 at 00:00",
                "1. januar 2027 kl. 00.00",
            ),
            (
                "2026-05-09T06:05:07Z",
                "9 May 2026 at 08:05:07",
                "9. mai 2026 kl. 08.05.07",
            ),
            (
                "2026-10-25T00:30:00Z",
                "25 October 2026 at 02:30, summer time",
                "25. oktober 2026 kl. 02.30, sommertid",
            ),
            (
                "2026-10-25T01:30:00Z",
                "25 October 2026 at 02:30, winter time",
                "25. oktober 2026 kl. 02.30, vintertid",
            ),
            (
                "2026-12-31T23:00:00.5Z",
                "2027-01-01T00:00:00.5+01:00",
                "2027-01-01T00:00:00.5+01:00",
            ),
        ] {
            let instant: DateTime = utc.parse().expect("is an instant");
            assert_eq!(told(instant, words(Language::English)), english);
            assert_eq!(told(instant, words(Language::Bokmal)), bokmal);
        }
    }
}
