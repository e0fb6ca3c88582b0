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
