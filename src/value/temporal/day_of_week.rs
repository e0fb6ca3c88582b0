//! `dayOfWeek` and the function `dateTime-in-dayOfWeek-range` (Time Extensions Profile).

use std::fmt;

use super::{DAY, DateTime, SECOND, Zone};
use crate::value::ExtensionType;

const WEEK: i128 = 7 * DAY;

/// `dayOfWeek` (Time Extensions Profile): a day of the week, in a zone or not; `1` is Monday and
/// `7` Sunday, as in ISO 8601.
///
/// It is the data type `urn:oasis:names:tc:xacml:3.0:data-type:dayOfWeek` of the Time Extensions
/// Profile, and a value of it is [`Value::extension`](crate::value::Value::extension) of one.
///
/// ```
/// use vedtak::value::{DataType, DayOfWeek, Value};
/// let value = Value::parse(DataType::of::<DayOfWeek>(), "5+01:00")?;
/// assert_eq!(value.as_extension::<DayOfWeek>().map(DayOfWeek::day), Some(5));
/// # Ok::<(), vedtak::value::LexicalError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DayOfWeek {
    day: u8,
    zone: Option<Zone>,
}

impl DayOfWeek {
    /// A day from 1, Monday, to 7, Sunday; `None` for another number.
    pub const fn new(day: u8, zone: Option<Zone>) -> Option<Self> {
        match day {
            1..=7 => Some(Self { day, zone }),
            _ => None,
        }
    }

    /// The day, from 1 to 7.
    pub fn day(&self) -> u8 {
        self.day
    }

    /// The zone, if it has one.
    pub fn zone(&self) -> Option<Zone> {
        self.zone
    }

    /// The moment at which the day `days` after this one begins where it is, counted from the
    /// beginning of Monday in UTC: it may lie outside of that week.
    fn begins(&self, days: u8, zone: Zone) -> i128 {
        let zone = i128::from(self.zone.unwrap_or(zone).minutes()) * 60 * SECOND;
        i128::from(self.day - 1 + days) * DAY - zone
    }
}

/// The day, and its zone if it has one.
impl fmt::Display for DayOfWeek {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.day)?;
        self.zone.map_or(Ok(()), |zone| zone.fmt(f))
    }
}

impl ExtensionType for DayOfWeek {
    const ID: &'static str = "urn:oasis:names:tc:xacml:3.0:data-type:dayOfWeek";
    const NAME: &'static str = "dayOfWeek";

    fn read(text: &str) -> Result<Self, String> {
        let (day, zone) = text.split_at_checked(1).unwrap_or((text, ""));
        let zone = match zone {
            "" => None,
            zone => Some(zone.parse::<Zone>().map_err(|error| error.to_string())?),
        };
        let day = day.parse().ok().and_then(|day| Self::new(day, zone));
        day.ok_or_else(|| {
            "expected a digit from 1, Monday, to 7, and a time zone if need be".to_owned()
        })
    }

    fn function(name: &str) -> Option<String> {
        let name = match name {
            "one-and-only" | "bag-size" | "bag" | "from-string" => format!("dayOfWeek-{name}"),
            "string-from" => "string-from-dayOfWeek".to_owned(),
            _ => return None,
        };
        Some(format!("urn:oasis:names:tc:xacml:3.0:function:{name}"))
    }
}

impl DateTime {
    /// The function `dateTime-in-dayOfWeek-range`: from the beginning of `first` to the end of
    /// `last`, each where it is. A range that ends before it begins goes on into the next week.
    ///
    /// If `self` has no zone it is in `implicit`; days without a zone are in that of `self`.
    pub(crate) fn in_day_of_week_range(
        &self,
        first: DayOfWeek,
        last: DayOfWeek,
        implicit: Zone,
    ) -> bool {
        let this = self.with_zone(implicit);
        let zone = this.zone().unwrap_or(implicit);
        // 0001-01-01, from which moments are counted, is a Monday.
        let moment = this.units().rem_euclid(WEEK);
        let begin = first.begins(0, zone).rem_euclid(WEEK);
        // The end is the first moment that is outside: one at the beginning of the week is at its end.
        let end = match last.begins(1, zone).rem_euclid(WEEK) {
            0 => WEEK,
            end => end,
        };
        match begin < end {
            true => begin <= moment && moment < end,
            false => begin <= moment || moment < end,
        }
    }
}
