//! `xs:date` (XML Schema Part 2 §3.2.9) and the functions of A.3.7 on it.

use std::fmt;

use oxsdatatypes as xsd;

use super::{DateTime, DayTimeDuration, YearMonthDuration, Zone, dated, units, zoned};
use crate::value::{DataType, LexicalError};

/// `xs:date`: a day of the Gregorian calendar, from midnight to midnight in its zone if it has one.
///
/// `==` asks for the same canonical form: with zones, the same first moment; without, the same
/// day; a value with a zone never equals one without. Use [`compare`](Self::compare) for
/// `date-equal`.
#[derive(Clone, Copy)]
pub struct Date(pub(super) xsd::Date);

zoned! {
    /// The order of the first moments on the time line; a missing zone is `implicit`.
    Date
}

dated! {
    /// `[-]YYYY-MM-DD[zone]`.
    Date
}

impl Date {
    /// `date-add-yearMonthDuration` (A.3.7): the day becomes the last of its month where the month
    /// has no such day; `None` past the limits.
    pub(crate) fn checked_add_year_month(self, duration: YearMonthDuration) -> Option<Self> {
        self.0
            .checked_add_year_month_duration(duration.0)
            .and_then(Self::within_limit)
    }

    /// `date-subtract-yearMonthDuration` (A.3.7); `None` past the limits.
    pub(crate) fn checked_subtract_year_month(self, duration: YearMonthDuration) -> Option<Self> {
        self.checked_add_year_month(duration.checked_neg()?)
    }

    /// `date-add-dayTimeDuration` (Time Extensions Profile): the day on which the moment falls that
    /// is so long after the beginning of this one; `None` past the limits.
    pub fn checked_add_day_time(self, duration: DayTimeDuration) -> Option<Self> {
        let begin = DateTime(xsd::DateTime::try_from(self.0).ok()?);
        let later = begin.checked_add_day_time(duration)?;
        xsd::Date::try_from(later.0)
            .ok()
            .and_then(Self::within_limit)
    }

    /// `date-subtract-dayTimeDuration` (Time Extensions Profile); `None` past the limits.
    pub(crate) fn checked_subtract_day_time(self, duration: DayTimeDuration) -> Option<Self> {
        self.checked_add_day_time(duration.checked_neg()?)
    }

    /// The day without its zone.
    pub(super) fn write_local(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let year = self.year();
        let sign = if year < 0 { "-" } else { "" };
        write!(
            f,
            "{sign}{:04}-{:02}-{:02}",
            year.unsigned_abs(),
            self.month(),
            self.day()
        )
    }

    /// Returns the date of the same first moment in a zone from -11:59 to +12:00, so that equal
    /// dates have one form: the "recoverable timezone" of §3.2.9.
    fn recoverable(self) -> Self {
        const DAY_MINUTES: i16 = 24 * 60;
        let recoverable = match self.zone().map(Zone::minutes) {
            Some(minutes) if minutes > DAY_MINUTES / 2 => minutes - DAY_MINUTES,
            Some(minutes) if minutes <= -DAY_MINUTES / 2 => minutes + DAY_MINUTES,
            _ => return self,
        };
        Zone::from_minutes(recoverable)
            .and_then(|zone| self.0.adjust(Some(zone.offset())))
            .map_or(self, Self)
    }

    fn units(&self) -> i128 {
        units(self.0.to_be_bytes())
    }
}

impl Date {
    /// The local date with its own zone, where `Display` writes the canonical form.
    ///
    /// ```
    /// let day: vedtak::value::Date = "2026-03-02+13:00".parse()?;
    /// assert_eq!(day.as_written(), "2026-03-02+13:00");
    /// assert_eq!(day.to_string(), "2026-03-01-11:00");
    /// # Ok::<(), vedtak::value::LexicalError>(())
    /// ```
    pub fn as_written(&self) -> String {
        struct Local(Date);
        impl fmt::Display for Local {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.write_local(f)
            }
        }
        let zone = self.zone().map(|zone| zone.to_string());
        format!("{}{}", Local(*self), zone.unwrap_or_default())
    }
}

/// The canonical form (§3.2.9.2): the recoverable zone if there is a zone.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.recoverable();
        value.write_local(f)?;
        match value.zone() {
            Some(zone) => zone.fmt(f),
            None => Ok(()),
        }
    }
}
