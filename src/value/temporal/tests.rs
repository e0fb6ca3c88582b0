use std::fmt::{Debug, Display};
use std::str::FromStr;

use super::*;

mod arithmetic;
mod clock;
mod forms;
mod order;

const EAST: Zone = Zone::from_minutes(120).unwrap();
const WEST: Zone = Zone::from_minutes(-300).unwrap();

/// Each text reads as a value written as the second text, which reads as the same value.
fn canonical<T>(cases: &[(&str, &str)])
where
    T: FromStr<Err: Debug> + Display + PartialEq + Debug,
{
    for (text, expected) in cases {
        let value: T = text.parse().unwrap();
        assert_eq!(value.to_string(), *expected);
        let again: T = expected.parse().unwrap();
        assert_eq!(again, value);
        assert_eq!(again.to_string(), *expected);
    }
}

fn refused<T: FromStr<Err: Display> + Debug>(cases: &[&str]) {
    for text in cases {
        let error = text.parse::<T>().map(|value| format!("{value:?}"));
        assert!(
            error.is_err(),
            "{text:?} was read as {error:?}",
            error = error.ok()
        );
    }
}

fn date_time(text: &str) -> DateTime {
    text.parse().unwrap()
}

fn time(text: &str) -> Time {
    text.parse().unwrap()
}

fn exercise(value: Option<DateTime>) {
    let Some(value) = value else { return };
    // Whatever arithmetic gives can be written and read again, in any zone.
    assert_eq!(value.to_string().parse(), Ok(value));
    for zone in [-840, 840].map(|minutes| Zone::from_minutes(minutes).unwrap()) {
        let zoned = value.with_zone(zone);
        assert!(zoned.zone().is_some());
        assert_eq!(zoned.to_string().parse(), Ok(zoned));
        let _ = value.compare(&zoned, Zone::UTC);
        let _ = (zoned.year(), zoned.month(), zoned.day(), zoned.nanosecond());
        let _ = (zoned.date().to_string(), zoned.time().to_string());
    }
}

/// From each beginning to the first end after it, week by week: the profile's definition, compared
/// with the function every six hours.
#[test]
fn ranges_of_days_go_from_each_beginning_to_the_next_end() {
    const HOUR: i64 = 3_600;
    const WEEK: i64 = 7 * 24 * HOUR;
    // A Monday.
    let monday = "2017-06-12T00:00:00Z".parse::<DateTime>().unwrap();
    let (monday, _) = monday.to_unix();
    let zones = [-840, -720, -90, 0, 300, 840].map(Zone::from_minutes);
    let seconds = |zone: Option<Zone>| i64::from(zone.unwrap().minutes()) * 60;
    for (first, first_zone) in (1..=7).flat_map(|day| zones.map(|zone| (day, zone))) {
        for (last, last_zone) in (1..=7).flat_map(|day| zones.map(|zone| (day, zone))) {
            let begin = i64::from(first - 1) * 24 * HOUR - seconds(first_zone);
            let end = i64::from(last) * 24 * HOUR - seconds(last_zone);
            let ends = || (-3..=4).map(|week| end + week * WEEK);
            let is_in = |moment: i64| {
                (-2..=2).map(|week| begin + week * WEEK).any(|begin| {
                    let end = ends().find(|end| *end > begin).unwrap();
                    (begin..end).contains(&moment)
                })
            };
            let day = |day, zone| DayOfWeek::new(day, zone).unwrap();
            for moment in (0..WEEK).step_by(HOUR as usize * 6).map(|six| six + 1_800) {
                let asked = DateTime::from_unix(monday + moment, 0, Zone::UTC).unwrap();
                let found = asked.in_day_of_week_range(
                    day(first, first_zone),
                    day(last, last_zone),
                    Zone::UTC,
                );
                assert_eq!(
                    found,
                    is_in(moment),
                    "{asked:?} {first} {last} {first_zone:?} {last_zone:?}"
                );
            }
        }
    }
}
