//! Arithmetic of dates and times (A.3.7) and `time-in-range` (A.3.8).

use super::table::{Table, fits_calendar as fits, rows};

pub(super) fn temporal(table: &mut Table) {
    // The identifiers of 1.0 are deprecated (A.4).
    rows! { table, environment =>
        3.0 | 1.0 "dateTime-add-dayTimeDuration"(moment: DateTime, by: DayTimeDuration) -> DateTime =
            fits(moment.checked_add_day_time(*by));
        3.0 | 1.0 "dateTime-add-yearMonthDuration"(moment: DateTime, by: YearMonthDuration) -> DateTime =
            fits(moment.checked_add_year_month(*by));
        3.0 | 1.0 "dateTime-subtract-dayTimeDuration"(moment: DateTime, by: DayTimeDuration) -> DateTime =
            fits(moment.checked_subtract_day_time(*by));
        3.0 | 1.0 "dateTime-subtract-yearMonthDuration"(moment: DateTime, by: YearMonthDuration) -> DateTime =
            fits(moment.checked_subtract_year_month(*by));
        3.0 | 1.0 "date-add-yearMonthDuration"(day: Date, by: YearMonthDuration) -> Date =
            fits(day.checked_add_year_month(*by));
        3.0 | 1.0 "date-subtract-yearMonthDuration"(day: Date, by: YearMonthDuration) -> Date =
            fits(day.checked_subtract_year_month(*by));
    }
    rows! { table, environment =>
        2.0 "time-in-range"(time: Time, from: Time, to: Time) -> Boolean =
            Ok(time.in_range(from, to, environment.implicit_zone()));
    }
}
