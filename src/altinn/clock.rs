//! Instants → text in Norwegian time, for explanations; days → their offset from UTC in Norway.

use crate::value::{DateTime, Zone};

/// Returns an instant as text in Norwegian time: one hour ahead of UTC, and since 1996 two hours
/// from 01:00 UTC on the last Sunday of March to 01:00 UTC on the last Sunday of October. Where the
/// year is out of range for that, the text is in UTC.
pub(super) fn norwegian(instant: DateTime) -> String {
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
    let local = in_zone(if is_summer { 120 } else { 60 });
    local.map_or_else(|| instant.to_string(), |local| local.as_written())
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
            assert_eq!(norwegian(instant), local, "{utc}");
        }
    }
}
