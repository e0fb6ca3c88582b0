//! Durations added to moments, as far as there are any.

use super::*;

#[test]
fn year_months_clip_the_day() {
    for (text, duration, expected) in [
        ("2024-01-31", "P1M", "2024-02-29"),
        ("2023-01-31", "P1M", "2023-02-28"),
        ("2024-02-29", "P1Y", "2025-02-28"),
        ("2024-02-29", "P4Y", "2028-02-29"),
        ("2024-02-29", "-P100Y", "1924-02-29"),
        ("2000-02-29", "-P100Y", "1900-02-28"),
        ("2024-03-31", "-P1M", "2024-02-29"),
        ("2024-12-31", "P2M", "2025-02-28"),
        ("2024-01-31", "-P2M", "2023-11-30"),
        ("2024-01-15", "-P1M", "2023-12-15"),
        ("2024-01-15", "P0M", "2024-01-15"),
        ("0001-03-31", "-P3M", "-0001-12-31"),
        ("-0001-12-31", "P2M", "0001-02-28"),
        ("2024-01-31+13:00", "P1M", "2024-02-28-11:00"),
    ] {
        let duration: YearMonthDuration = duration.parse().unwrap();
        let negated = duration.checked_neg().unwrap();
        let date: Date = text.parse().unwrap();
        let sum = date.checked_add_year_month(duration).unwrap();
        assert_eq!(sum.to_string(), expected);
        assert_eq!(date.checked_subtract_year_month(negated), Some(sum));
        if date.zone().is_none() {
            let date_time = date_time(&format!("{text}T12:34:56.5"));
            let sum = date_time.checked_add_year_month(duration).unwrap();
            assert_eq!(sum.to_string(), format!("{expected}T12:34:56.5"));
            assert_eq!(date_time.checked_subtract_year_month(negated), Some(sum));
        }
    }
    // The local day counts, not that of UTC.
    let local = date_time("2024-01-31T23:00:00-05:00");
    let sum = local.checked_add_year_month(YearMonthDuration::from_months(1));
    assert_eq!(sum.unwrap().to_string(), "2024-03-01T04:00:00Z");
}

#[test]
fn day_times_are_added() {
    for (text, duration, expected) in [
        ("2024-02-28T23:00:00", "PT1H", "2024-02-29T00:00:00"),
        ("2023-02-28T23:00:00", "PT1H", "2023-03-01T00:00:00"),
        (
            "2024-01-01T00:00:00Z",
            "-PT0.001S",
            "2023-12-31T23:59:59.999Z",
        ),
        ("2000-01-12T12:13:14Z", "P1DT10M", "2000-01-13T12:23:14Z"),
        ("2024-01-01T00:00:00", "P366D", "2025-01-01T00:00:00"),
        ("0001-01-01T00:00:00", "-PT1S", "-0001-12-31T23:59:59"),
        ("2024-01-01T00:00:00+02:00", "PT0S", "2023-12-31T22:00:00Z"),
    ] {
        let duration: DayTimeDuration = duration.parse().unwrap();
        let date_time = date_time(text);
        let sum = date_time.checked_add_day_time(duration).unwrap();
        assert_eq!(sum.to_string(), expected);
        assert_eq!(sum.zone(), date_time.zone());
        let negated = duration.checked_neg().unwrap();
        assert_eq!(date_time.checked_subtract_day_time(negated), Some(sum));
        assert_eq!(sum.checked_subtract_day_time(duration), Some(date_time));
    }
}

#[test]
fn extremes_overflow_into_none() {
    let zones = ["", "Z", "+14:00", "-14:00", "-00:01"];
    let day_times = [
        "PT9999999999999999999S",
        "-PT9999999999999999999S",
        "PT170141183460469231731S",
        "-PT170141183460469231731S",
        "P1D",
        "-P1D",
    ];
    let year_months = [
        i64::MAX,
        i64::MIN,
        i64::MAX / 2,
        i64::MIN / 2,
        1,
        -1,
        12_000_000_000_000,
    ];
    for year in [
        "999999999999",
        "-999999999999",
        "1000000000000",
        "-1000000000000",
        "0001",
    ] {
        for local in [
            "01-01T00:00:00",
            "12-31T23:59:59.999999999999999999",
            "06-30T12:00:00",
        ] {
            for zone in zones {
                let Ok(value) = format!("{year}-{local}{zone}").parse::<DateTime>() else {
                    continue;
                };
                exercise(Some(value));
                for duration in day_times {
                    let duration = duration.parse().unwrap();
                    exercise(value.checked_add_day_time(duration));
                    exercise(value.checked_subtract_day_time(duration));
                }
                for months in year_months {
                    let duration = YearMonthDuration::from_months(months);
                    let _ = duration.to_string();
                    exercise(value.checked_add_year_month(duration));
                    exercise(value.checked_subtract_year_month(duration));
                    let date = value.date();
                    let sums = [
                        date.checked_add_year_month(duration),
                        date.checked_subtract_year_month(duration),
                    ];
                    for date in sums.into_iter().flatten() {
                        assert_eq!(date.to_string().parse(), Ok(date));
                    }
                }
            }
        }
    }
    let last = date_time("999999999999-12-31T00:00:00");
    let day = "P400000D".parse().unwrap();
    assert_eq!(last.checked_add_day_time(day), None);
    assert_eq!(
        DayTimeDuration::from_seconds(i64::MIN).to_string(),
        "-P106751991167300DT15H30M8S"
    );
    assert_eq!(YearMonthDuration::from_months(i64::MIN).checked_neg(), None);
}

#[test]
fn the_calendar_holds_day_by_day() {
    let day = DayTimeDuration::from_seconds(86_400);
    let mut value = date_time("-0404-12-31T00:00:00");
    let (mut year, mut month, mut day_of_month) = (-404_i64, 12_u8, 31_u8);
    for _ in 0..(366 * 810) {
        assert_eq!(
            (value.year(), value.month(), value.day()),
            (year, month, day_of_month)
        );
        value = value.checked_add_day_time(day).unwrap();
        let astronomical = if year < 0 { year + 1 } else { year };
        let leap = astronomical % 4 == 0 && (astronomical % 100 != 0 || astronomical % 400 == 0);
        let length = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        day_of_month += 1;
        if day_of_month > length {
            (month, day_of_month) = (month + 1, 1);
        }
        if month > 12 {
            month = 1;
            year = if year == -1 { 1 } else { year + 1 };
        }
    }
}
