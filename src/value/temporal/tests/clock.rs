//! Moments from clocks, and what they show.

use std::time::{Duration, UNIX_EPOCH};

use super::*;

#[test]
fn moments_of_clocks() {
    for (seconds, nanoseconds, zone, expected) in [
        (0, 0, Zone::UTC, "1970-01-01T00:00:00Z"),
        (1_700_000_000, 5_000_000, EAST, "2023-11-14T22:13:20.005Z"),
        (-1, 999_999_999, WEST, "1969-12-31T23:59:59.999999999Z"),
        (-62_135_596_801, 0, Zone::UTC, "-0001-12-31T23:59:59Z"),
    ] {
        let found = DateTime::from_unix(seconds, nanoseconds, zone).unwrap();
        assert_eq!(found.to_string(), expected);
        assert_eq!(found.zone(), Some(zone));
        assert_eq!(found.nanosecond(), nanoseconds);
    }
    assert_eq!(DateTime::from_unix(0, 1_000_000_000, Zone::UTC), None);
    for seconds in [i64::MAX, i64::MIN] {
        exercise(DateTime::from_unix(seconds, 999_999_999, EAST));
    }
    let now = |time| DateTime::from_system_time(time, EAST).unwrap().to_string();
    let step = Duration::new(1, 250_000_000);
    assert_eq!(now(UNIX_EPOCH), "1970-01-01T00:00:00Z");
    assert_eq!(now(UNIX_EPOCH + step), "1970-01-01T00:00:01.25Z");
    assert_eq!(now(UNIX_EPOCH - step), "1969-12-31T23:59:58.75Z");
    assert_eq!(
        now(UNIX_EPOCH - Duration::from_secs(1)),
        "1969-12-31T23:59:59Z"
    );
}

#[test]
fn fields_are_local() {
    let value = date_time("2024-01-31T23:04:05.678+02:00");
    assert_eq!((value.year(), value.month(), value.day()), (2024, 1, 31));
    assert_eq!((value.hour(), value.minute(), value.second()), (23, 4, 5));
    assert_eq!(value.nanosecond(), 678_000_000);
    assert_eq!(value.date().zone(), Some(EAST));
    assert_eq!(value.date(), "2024-01-31+02:00".parse().unwrap());
    assert_eq!(value.time(), time("23:04:05.678+02:00"));
    assert_eq!(value.with_zone(WEST), value);
    assert_eq!(date_time("-0001-01-01T00:00:00").year(), -1);
}

#[test]
fn unix_time_goes_both_ways() {
    for (text, seconds, nanoseconds) in [
        ("1970-01-01T00:00:00Z", 0, 0),
        ("1969-12-31T23:59:59.75Z", -1, 750_000_000),
        ("2026-06-01T00:00:00+02:00", 1_780_264_800, 0),
        ("-0044-03-15T12:00:00Z", -63_517_780_800, 0),
    ] {
        let instant: DateTime = text.parse().expect(text);
        assert_eq!(instant.to_unix(), (seconds, nanoseconds), "{text}");
        let back = DateTime::from_unix(seconds, nanoseconds, Zone::UTC);
        assert_eq!(back, Some(instant), "{text}");
    }
}
