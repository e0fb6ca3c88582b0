//! `xs:time` (XML Schema Part 2 §3.2.8) and the function `time-in-range` (A.3.8).

use std::fmt;
use std::str::FromStr;

use oxsdatatypes as xsd;

use super::{DAY, DayTimeDuration, SECOND, Zone, read, units, zoned};
use crate::value::{DataType, LexicalError, lexical};

/// `xs:time`: a time of day, in a zone or not; `24:00:00` is `00:00:00`.
///
/// `==` compares canonical forms: with zones, the time of day in UTC; without, the local time; a
/// value with a zone never equals one without. Use [`compare`](Self::compare) for `time-equal`,
/// which also distinguishes days.
#[derive(Clone, Copy)]
pub struct Time(pub(super) xsd::Time);

zoned! {
    /// The order of `time-equal` and `time-less-than`; a missing zone is `implicit`.
    ///
    /// Both times are taken on one reference date in their own zones and compared on the time
    /// line, so `23:00:00-05:00` comes after `04:00:00Z` (op:time-equal of XQuery and XPath
    /// functions).
    Time
}

impl Time {
    /// The hour, 0 to 23.
    pub fn hour(&self) -> u8 {
        self.0.hour()
    }

    /// The minute, 0 to 59.
    pub fn minute(&self) -> u8 {
        self.0.minute()
    }

    /// The whole second, 0 to 59.
    pub fn second(&self) -> u8 {
        let seconds = self.units().rem_euclid(60 * SECOND) / SECOND;
        // A zone is whole minutes, so the second is the same in all; 0 to 59 by the remainder.
        seconds.try_into().unwrap_or(0)
    }

    /// The nanoseconds past the second; finer fractions are cut off.
    pub fn nanosecond(&self) -> u32 {
        let nanoseconds = self.units().rem_euclid(SECOND) / 1_000_000_000;
        nanoseconds.try_into().unwrap_or(0)
    }

    /// The function `time-in-range` (A.3.8): from `first` to `last`, both included.
    ///
    /// `last` is equal to `first` or up to 24 hours later, so the range may pass midnight. If
    /// `self` has no zone it is in `implicit`; bounds without a zone are in that of `self`.
    pub(crate) fn in_range(&self, first: &Self, last: &Self, implicit: Zone) -> bool {
        let this = self.with_zone(implicit);
        let zone = this.zone().unwrap_or(implicit);
        let first = first.with_zone(zone).units();
        // Only the place on the clock's face counts: all is measured onwards from `first`.
        let from_first = |time: i128| within_a_day(time - first);
        from_first(this.units()) <= from_first(last.with_zone(zone).units())
    }

    /// The function `recurring-time-equal` (Time Extensions Profile): whether both are the same
    /// time of day, on any day. A missing zone is `implicit`.
    pub(crate) fn recurring_equal(&self, other: &Self, implicit: Zone) -> bool {
        let moment = |value: &Self| value.with_zone(implicit).units();
        within_a_day(moment(self) - moment(other)) == 0
    }

    /// `time-add-dayTimeDuration` (Time Extensions Profile): past midnight it goes on with the next
    /// day.
    #[must_use]
    pub(crate) fn add_day_time(self, duration: DayTimeDuration) -> Self {
        self.later(duration.units().rem_euclid(DAY))
    }

    /// `time-subtract-dayTimeDuration` (Time Extensions Profile).
    #[must_use]
    pub(crate) fn subtract_day_time(self, duration: DayTimeDuration) -> Self {
        self.later(DAY - duration.units().rem_euclid(DAY))
    }

    /// The time so many units later, at most a day. There are no limits to exceed, as only the time
    /// of day counts.
    fn later(self, units: i128) -> Self {
        let duration = DayTimeDuration::from_units(units);
        let later = self.0.checked_add_day_time_duration(duration.0);
        later.map_or(self, Self)
    }

    fn units(&self) -> i128 {
        units(self.0.to_be_bytes())
    }
}

/// The remainder by a day. All times lie on one reference day, in zones of at most 14 hours, so two
/// of them are less than three days apart; and dividing such numbers is slow.
fn within_a_day(units: i128) -> i128 {
    if !(-3 * DAY..3 * DAY).contains(&units) {
        return units.rem_euclid(DAY);
    }
    let mut left = if units < 0 { units + 3 * DAY } else { units };
    if left >= 2 * DAY {
        left -= 2 * DAY;
    }
    if left >= DAY {
        left -= DAY;
    }
    left
}

/// `hh:mm:ss[.fff][zone]`, with at most 18 digits of a fraction.
impl FromStr for Time {
    type Err = LexicalError;

    fn from_str(text: &str) -> Result<Self, LexicalError> {
        lexical::limit(DataType::Time, text)?;
        read(DataType::Time, text, text).map(Self)
    }
}

impl Time {
    /// The local time with its own zone.
    pub(crate) fn as_written(&self) -> String {
        self.0.to_string()
    }
}

/// The canonical form (§3.2.8.2): in UTC with `Z` if there is a zone.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.zone() {
            Some(_) => self
                .0
                .adjust(Some(Zone::UTC.offset()))
                .unwrap_or(self.0)
                .fmt(f),
            None => self.0.fmt(f),
        }
    }
}

impl PartialEq for Time {
    fn eq(&self, other: &Self) -> bool {
        self.zone().is_some() == other.zone().is_some()
            && (self.units() - other.units()).rem_euclid(DAY) == 0
    }
}
