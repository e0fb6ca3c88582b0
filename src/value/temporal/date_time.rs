//! `xs:dateTime` (XML Schema Part 2 §3.2.7) and the functions of A.3.7 on it.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use oxsdatatypes as xsd;

use super::{
    Date, DayTimeDuration, SECOND, Time, YearMonthDuration, Zone, dated, in_limit, units, zoned,
};
use crate::value::{DataType, LexicalError};

/// Seconds from 0001-01-01 to 1970-01-01.
const EPOCH: i128 = 62_135_596_800;

/// `xs:dateTime`: a moment, or a local date and time without a zone.
///
/// Exact to 10^-18 of a second; reaches 10^12 years to either side. `==` asks for the same
/// canonical form: with zones, the same moment; without, the same local time; a value with a zone
/// never equals one without. Use [`compare`](Self::compare) for `dateTime-equal`.
#[derive(Clone, Copy)]
pub struct DateTime(pub(super) xsd::DateTime);

zoned! {
    /// The order on the time line; a missing zone is `implicit`.
    DateTime
}

dated! {
    /// `[-]YYYY-MM-DDThh:mm:ss[.fff][zone]`, with at most 18 digits of a fraction; `24:00:00` is the
    /// start of the next day.
    DateTime
}

impl DateTime {
    /// `seconds` and `nanoseconds` after 1970-01-01T00:00:00Z, as the clocks of `zone` show it;
    /// `None` past the limits or for more nanoseconds than a second has.
    pub fn from_unix(seconds: i64, nanoseconds: u32, zone: Zone) -> Option<Self> {
        if nanoseconds >= 1_000_000_000 {
            return None;
        }
        let units =
            (EPOCH + i128::from(seconds)) * SECOND + i128::from(nanoseconds) * 1_000_000_000;
        if !in_limit(units, true) {
            return None;
        }
        // The binary form in UTC; not with the zone itself, since there -00:01 means "no zone".
        let mut octets = [0; 18];
        octets[..16].copy_from_slice(&units.to_be_bytes());
        xsd::DateTime::from_be_bytes(octets)
            .adjust(Some(zone.offset()))
            .and_then(Self::within_limit)
    }

    /// Seconds since 1970-01-01T00:00:00Z, rounded down, and the nanoseconds past them; a missing
    /// zone counts as UTC. What is finer than a nanosecond is cut off.
    pub fn to_unix(&self) -> (i64, u32) {
        let units = self.with_zone(Zone::UTC).units() - EPOCH * SECOND;
        // INVARIANT: the limit on `units`, 10^12 years, is far within an i64 of seconds.
        let seconds = i64::try_from(units.div_euclid(SECOND)).unwrap_or(i64::MAX);
        // Divisions of so wide numbers are slow, and the rest is below 10^18.
        let rest = u64::try_from(units - i128::from(seconds) * SECOND).unwrap_or(0);
        (seconds, u32::try_from(rest / 1_000_000_000).unwrap_or(0))
    }

    /// The moment a clock of the host shows, in `zone`; `None` past the limits.
    pub(crate) fn from_system_time(time: SystemTime, zone: Zone) -> Option<Self> {
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => {
                Self::from_unix(after.as_secs().try_into().ok()?, after.subsec_nanos(), zone)
            }
            Err(before) => {
                let before = before.duration();
                let seconds = i64::try_from(before.as_secs()).ok()?.checked_neg()?;
                match before.subsec_nanos() {
                    0 => Self::from_unix(seconds, 0, zone),
                    nanos => Self::from_unix(seconds.checked_sub(1)?, 1_000_000_000 - nanos, zone),
                }
            }
        }
    }

    /// The hour of the local time, 0 to 23.
    pub fn hour(&self) -> u8 {
        self.0.hour()
    }

    /// The minute of the local time, 0 to 59.
    pub fn minute(&self) -> u8 {
        self.0.minute()
    }

    /// The whole second of the local time, 0 to 59.
    pub fn second(&self) -> u8 {
        self.time().second()
    }

    /// The nanoseconds past the second; finer fractions are cut off.
    pub fn nanosecond(&self) -> u32 {
        self.time().nanosecond()
    }

    /// The local date, with the zone if there is one.
    pub fn date(&self) -> Date {
        // INVARIANT: the limit on `units` leaves room for the start of the day.
        Date(xsd::Date::try_from(self.0).unwrap_or(xsd::Date::MIN))
    }

    /// The local time, with the zone if there is one.
    pub fn time(&self) -> Time {
        Time(self.0.into())
    }

    /// `dateTime-add-dayTimeDuration` (A.3.7); `None` past the limits.
    pub fn checked_add_day_time(self, duration: DayTimeDuration) -> Option<Self> {
        self.0
            .checked_add_day_time_duration(duration.0)
            .and_then(Self::within_limit)
    }

    /// `dateTime-subtract-dayTimeDuration` (A.3.7); `None` past the limits.
    pub(crate) fn checked_subtract_day_time(self, duration: DayTimeDuration) -> Option<Self> {
        self.checked_add_day_time(duration.checked_neg()?)
    }

    /// `dateTime-add-yearMonthDuration` (A.3.7): the day becomes the last of its month where the
    /// month has no such day; `None` past the limits.
    pub(crate) fn checked_add_year_month(self, duration: YearMonthDuration) -> Option<Self> {
        self.0
            .checked_add_year_month_duration(duration.0)
            .and_then(Self::within_limit)
    }

    /// `dateTime-subtract-yearMonthDuration` (A.3.7); `None` past the limits.
    pub(crate) fn checked_subtract_year_month(self, duration: YearMonthDuration) -> Option<Self> {
        self.checked_add_year_month(duration.checked_neg()?)
    }

    pub(super) fn units(&self) -> i128 {
        units(self.0.to_be_bytes())
    }
}

impl DateTime {
    /// The local date and time with their own zone, where `Display` writes the canonical form in
    /// UTC.
    ///
    /// ```
    /// let at: vedtak::value::DateTime = "2026-03-02T09:00:00+01:00".parse()?;
    /// assert_eq!(at.as_written(), "2026-03-02T09:00:00+01:00");
    /// assert_eq!(at.to_string(), "2026-03-02T08:00:00Z");
    /// # Ok::<(), vedtak::value::LexicalError>(())
    /// ```
    pub fn as_written(&self) -> String {
        let date = self.date().as_written();
        let zone = self.zone().map(|zone| zone.to_string()).unwrap_or_default();
        let date = date.strip_suffix(zone.as_str()).unwrap_or(&date);
        format!("{date}T{}", self.time().as_written())
    }
}

/// The canonical form (§3.2.7.2): in UTC with `Z` if there is a zone.
impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = match self.zone() {
            Some(_) => Self(self.0.adjust(Some(Zone::UTC.offset())).unwrap_or(self.0)),
            None => *self,
        };
        let date = value.date();
        date.write_local(f)?;
        write!(f, "T{}", value.time())
    }
}
