//! Pairs of moments → their order.

use std::cmp::Ordering::{Equal, Greater, Less};

use super::*;

#[test]
fn date_times_compare_on_the_time_line() {
    for (a, b, implicit, expected) in [
        (
            "2024-01-01T12:00:00Z",
            "2024-01-01T14:00:00+02:00",
            WEST,
            Equal,
        ),
        (
            "2024-01-01T12:00:00",
            "2024-01-01T12:00:00+02:00",
            EAST,
            Equal,
        ),
        (
            "2024-01-01T12:00:00",
            "2024-01-01T12:00:00+02:00",
            Zone::UTC,
            Greater,
        ),
        (
            "2024-01-01T12:00:00",
            "2024-01-01T12:00:00+02:00",
            WEST,
            Greater,
        ),
        ("2024-01-01T12:00:00", "2024-01-01T12:00:00.1", WEST, Less),
        ("2024-01-01T12:00:00Z", "2024-01-01T12:00:00", EAST, Greater),
        ("2023-12-31T24:00:00", "2024-01-01T00:00:00", EAST, Equal),
        ("-0001-12-31T23:00:00Z", "0001-01-01T00:00:00Z", EAST, Less),
        ("-0002-01-01T00:00:00Z", "-0001-01-01T00:00:00Z", EAST, Less),
    ] {
        let (a, b) = (date_time(a), date_time(b));
        assert_eq!(a.compare(&b, implicit), expected, "{a} {b}");
        assert_eq!(b.compare(&a, implicit), expected.reverse(), "{b} {a}");
    }
}

#[test]
fn dates_compare_by_their_first_moment() {
    for (a, b, implicit, expected) in [
        ("2024-01-01", "2024-01-01", EAST, Equal),
        ("2024-01-01", "2024-01-01+02:00", EAST, Equal),
        ("2024-01-01", "2024-01-01+02:00", WEST, Greater),
        ("2024-01-01+14:00", "2023-12-31-10:00", WEST, Equal),
        ("2024-01-01Z", "2024-01-01+01:00", WEST, Greater),
        ("2024-01-01", "2024-01-02", WEST, Less),
    ] {
        let (a, b): (Date, Date) = (a.parse().unwrap(), b.parse().unwrap());
        assert_eq!(a.compare(&b, implicit), expected, "{a} {b}");
        assert_eq!(b.compare(&a, implicit), expected.reverse(), "{b} {a}");
    }
}

#[test]
fn times_compare_on_one_reference_date() {
    for (a, b, implicit, expected) in [
        ("24:00:00", "00:00:00", EAST, Equal),
        ("12:00:00", "12:00:00+02:00", EAST, Equal),
        ("08:00:00+09:00", "17:00:00-06:00", EAST, Less),
        // Both examples of op:time-equal in XQuery and XPath functions §10.4.12.
        ("21:30:00+10:30", "06:00:00-05:00", EAST, Equal),
        ("24:00:00+01:00", "00:00:00+01:00", EAST, Equal),
        ("23:00:00-05:00", "04:00:00Z", EAST, Greater),
        ("12:00:00", "11:00:00Z", WEST, Greater),
    ] {
        let (a, b) = (time(a), time(b));
        assert_eq!(a.compare(&b, implicit), expected, "{a} {b}");
        assert_eq!(b.compare(&a, implicit), expected.reverse(), "{b} {a}");
    }
}

#[test]
fn time_in_range() {
    for (this, first, last, expected) in [
        ("12:00:00", "09:00:00", "17:00:00", true),
        ("09:00:00", "09:00:00", "17:00:00", true),
        ("17:00:00", "09:00:00", "17:00:00", true),
        ("08:59:59.999", "09:00:00", "17:00:00", false),
        ("17:00:00.001", "09:00:00", "17:00:00", false),
        // Past midnight.
        ("23:00:00", "22:00:00", "06:00:00", true),
        ("00:00:00", "22:00:00", "06:00:00", true),
        ("24:00:00", "22:00:00", "06:00:00", true),
        ("06:00:00", "22:00:00", "06:00:00", true),
        ("12:00:00", "22:00:00", "06:00:00", false),
        // A range of one moment, not of a day.
        ("09:00:00", "09:00:00", "09:00:00", true),
        ("09:00:01", "09:00:00", "09:00:00", false),
        ("00:00:00", "24:00:00", "00:00:00", true),
        ("12:00:00", "00:00:00", "24:00:00", false),
        // Bounds without a zone are in the zone of the first argument.
        ("12:00:00-05:00", "09:00:00", "17:00:00", true),
        ("08:00:00-05:00", "09:00:00", "17:00:00", false),
        // The first argument without a zone is in the implicit one, here +02:00.
        ("12:00:00", "10:00:00Z", "10:00:00Z", true),
        ("12:00:00", "12:00:00Z", "13:00:00Z", false),
        ("01:00:00", "23:00:00Z", "23:30:00Z", true),
        // Three zones; 23:30 in the west is 04:30 of the next day in UTC.
        ("04:00:00Z", "22:30:00-05:00", "06:00:00+01:00", true),
        ("03:00:00Z", "22:30:00-05:00", "06:00:00+01:00", false),
        ("23:30:00-05:00", "04:00:00Z", "05:00:00Z", true),
        ("00:30:00+14:00", "10:00:00Z", "11:00:00Z", true),
        ("23:30:00-14:00", "13:00:00Z", "14:00:00Z", true),
        // One bound without a zone.
        ("12:00:00+01:00", "11:00:00", "11:30:00Z", true),
        ("12:00:00+01:00", "11:30:00Z", "13:00:00", false),
    ] {
        let found = time(this).in_range(&time(first), &time(last), EAST);
        assert_eq!(found, expected, "{this} in {first} to {last}");
    }
}
