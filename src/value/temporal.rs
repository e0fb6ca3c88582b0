//! Lexical forms of dates, times and durations ↔ values (XML Schema Part 2 §3.2.6-9, appendix E).
//!
//! Reading and the calendar are those of oxsdatatypes; where it leaves a question open or departs
//! from the standard, this module decides:
//!
//! - It follows XML Schema 1.1, where the year 0000 comes before 0001. XACML names the second
//!   edition of 1.0, which has no year 0: 0000 is refused and -0001 is the year before 0001. Its
//!   year 0 is our -0001, its -1 our -0002. So every result of arithmetic can be written and read
//!   again. Leap years are those of the calendar: -0001 is one.
//! - Values far enough out would overflow when a zone is applied. INVARIANT: every dateTime and
//!   date lies within [`LIMIT`] of the year 1, in every zone it may be given.
//! - It has no implicit zone, and prints a value in the zone it was read with.

mod date;
mod date_time;
mod day_of_week;
mod duration;
mod time;
mod zone;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use oxsdatatypes as xsd;

pub use date::Date;
pub use date_time::DateTime;
pub use day_of_week::DayOfWeek;
pub use duration::{DayTimeDuration, YearMonthDuration};
pub use time::Time;
pub use zone::{Zone, ZoneError};

use super::{DataType, LexicalError};

/// Properties that dates, times and both have in common: each is local, or in a zone.
macro_rules! zoned {
    ($(#[$order:meta])* $type:ident) => {
        impl $type {
            /// The zone, if it has one.
            pub fn zone(&self) -> Option<Zone> {
                self.0.timezone_offset().map(Zone::of)
            }

            /// Returns this local value in `zone` if it has no zone yet; unchanged if it has one.
            #[must_use]
            pub fn with_zone(self, zone: Zone) -> Self {
                if self.0.timezone_offset().is_some() {
                    return self;
                }
                // INVARIANT: without a zone there is a day's reserve to the limit, and all times lie
                // on one reference day, so this is in range.
                self.0.adjust(Some(zone.offset())).map_or(self, Self)
            }

            $(#[$order])*
            pub fn compare(&self, other: &Self, implicit: Zone) -> std::cmp::Ordering {
                let moment = |value: &Self| value.with_zone(implicit).units();
                moment(self).cmp(&moment(other))
            }
        }

        impl fmt::Debug for $type {
            /// Writes the value as it was written, with its own zone.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.as_written())
            }
        }

        impl Eq for $type {}
    };
}
use zoned;

/// Properties that dates and dateTimes have in common: they have a year, and a limit.
macro_rules! dated {
    ($(#[$form:meta])* $type:ident) => {
        impl $type {
            /// The year of the local date; never 0.
            pub fn year(&self) -> i64 {
                super::year_of_schema_1_0(self.0.year())
            }

            /// The month of the local date, 1 to 12.
            pub fn month(&self) -> u8 {
                self.0.month()
            }

            /// The day of the local date's month, 1 to 31.
            pub fn day(&self) -> u8 {
                self.0.day()
            }

            fn within_limit(value: xsd::$type) -> Option<Self> {
                let value = Self(value);
                super::in_limit(value.units(), value.zone().is_some()).then_some(value)
            }
        }

        $(#[$form])*
        impl std::str::FromStr for $type {
            type Err = LexicalError;

            fn from_str(text: &str) -> Result<Self, LexicalError> {
                let data_type = DataType::$type;
                super::super::lexical::limit(data_type, text)?;
                let prepared = super::with_astronomical_year(data_type, text)?;
                let value = super::read(data_type, text, &prepared)?;
                Self::within_limit(value)
                    .ok_or_else(|| LexicalError::new(data_type, text, super::TOO_FAR))
            }
        }

        impl PartialEq for $type {
            fn eq(&self, other: &Self) -> bool {
                self.zone().is_some() == other.zone().is_some() && self.units() == other.units()
            }
        }
    };
}
use dated;

/// The unit in which oxsdatatypes counts: 10^-18 of a second.
const SECOND: i128 = 1_000_000_000_000_000_000;
const DAY: i128 = 86_400 * SECOND;

/// 10^12 mean Gregorian years on either side of 0001-01-01T00:00:00Z. oxsdatatypes overflows at
/// about five times that.
const LIMIT: i128 = 1_000_000_000_000 * 31_556_952 * SECOND;

/// The units since 0001-01-01T00:00:00Z, or as if in UTC if there is no zone: the first 16 octets
/// of oxsdatatypes' own binary form, for which it has no other accessor.
fn units(octets: [u8; 18]) -> i128 {
    let mut units = [0; 16];
    units.copy_from_slice(&octets[..16]);
    i128::from_be_bytes(units)
}

/// Whether the units are within [`LIMIT`], and stay so when a zone is assigned.
fn in_limit(units: i128, zoned: bool) -> bool {
    let limit = if zoned { LIMIT } else { LIMIT - DAY };
    (-limit..=limit).contains(&units)
}

/// The text with its year in the count of XML Schema 1.1, as oxsdatatypes reads it.
fn with_astronomical_year(data_type: DataType, text: &str) -> Result<Cow<'_, str>, LexicalError> {
    let error = |reason| LexicalError::new(data_type, text, reason);
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (year, rest) = match unsigned.find(|c: char| !c.is_ascii_digit()) {
        Some(at) => unsigned.split_at(at),
        None => (unsigned, ""),
    };
    if year.len() < 4 {
        let reason = "it does not begin with a year of at least four digits";
        return Err(with_example(data_type, text, reason));
    }
    if year.len() > 4 && year.starts_with('0') {
        return Err(error(
            "a year of more than four digits begins with another than 0",
        ));
    }
    if year == "0000" {
        return Err(error("there is no year 0000"));
    }
    if !negative {
        return Ok(text.into());
    }
    match year.parse::<i64>() {
        Ok(year) => Ok(format!("-{:04}{rest}", year - 1).into()),
        Err(_) => Err(error(TOO_FAR)),
    }
}

/// A year of oxsdatatypes in the count of XML Schema 1.0, which has no year 0.
fn year_of_schema_1_0(astronomical: i64) -> i64 {
    if astronomical > 0 {
        astronomical
    } else {
        astronomical - 1
    }
}

/// Reads a text that [`with_astronomical_year`] has prepared, or a text without a year.
fn read<T: std::str::FromStr<Err = xsd::ParseDateTimeError>>(
    data_type: DataType,
    text: &str,
    prepared: &str,
) -> Result<T, LexicalError> {
    prepared.parse().map_err(
        |error: xsd::ParseDateTimeError| match short_month(prepared) {
            Some(month) => LexicalError::new(data_type, text, month),
            None => reason(data_type, text, &error),
        },
    )
}

/// The message about a day that its month does not have; none if the month has it.
fn short_month(prepared: &str) -> Option<String> {
    let (unsigned, sign) = match prepared.strip_prefix('-') {
        Some(unsigned) => (unsigned, -1),
        None => (prepared, 1),
    };
    let mut parts = unsigned.splitn(3, '-');
    let year = sign * parts.next()?.parse::<i64>().ok()?;
    let month: usize = parts.next()?.parse().ok()?;
    let day: u8 = parts.next()?.get(..2)?.parse().ok()?;
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let (name, days) = match *MONTHS.get(month.checked_sub(1)?)? {
        ("February", _) if is_leap => ("February", 29),
        month => month,
    };
    let year = year_of_schema_1_0(year);
    let sign = if year < 0 { "-" } else { "" };
    (days < day && day <= 31)
        .then(|| format!("{name} {sign}{:04} has {days} days", year.unsigned_abs()))
}

const MONTHS: [(&str, u8); 12] = [
    ("January", 31),
    ("February", 28),
    ("March", 31),
    ("April", 30),
    ("May", 31),
    ("June", 30),
    ("July", 31),
    ("August", 31),
    ("September", 30),
    ("October", 31),
    ("November", 30),
    ("December", 31),
];

fn reason(data_type: DataType, text: &str, error: &dyn std::error::Error) -> LexicalError {
    let mut reason = error.to_string();
    // Their messages are sentences; ours start in lower case.
    if let Some(first) = reason.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    with_example(data_type, text, &reason)
}

fn with_example(data_type: DataType, text: &str, reason: &str) -> LexicalError {
    let example = match data_type {
        DataType::Date => "2024-05-17",
        DataType::Time => "08:30:00",
        DataType::DayTimeDuration => "P1DT2H",
        DataType::YearMonthDuration => "P1Y6M",
        _ => "2024-05-17T08:30:00Z",
    };
    let reason = format!("{reason}; expected one such as `{example}`");
    LexicalError::new(data_type, text, reason)
}

const TOO_FAR: &str = "it is too far from the year 1";

crate::serialized::as_text! {
    Date: "a date", Date::as_written;
    DateTime: "a dateTime", DateTime::as_written;
    DayTimeDuration: "a dayTimeDuration", ToString::to_string;
    Time: "a time", Time::as_written;
    YearMonthDuration: "a yearMonthDuration", ToString::to_string;
    Zone: "a time zone", ToString::to_string;
}
