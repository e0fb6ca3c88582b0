//! `Z` or `+02:00` ↔ an offset from UTC (XML Schema Part 2 §3.2.7.3).

use std::fmt;
use std::str::FromStr;

use oxsdatatypes as xsd;

use crate::error::cut;

/// A time zone: an offset from UTC in minutes, at most 14 hours to either side.
///
/// The default is UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Zone {
    minutes: i16,
}

impl Zone {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self { minutes: 0 };

    const MAX_MINUTES: i16 = 14 * 60;

    /// The zone whose clocks are `minutes` ahead of UTC (behind it, if negative); `None` outside
    /// -840..=840.
    pub const fn from_minutes(minutes: i16) -> Option<Self> {
        if minutes >= -Self::MAX_MINUTES && minutes <= Self::MAX_MINUTES {
            Some(Self { minutes })
        } else {
            None
        }
    }

    /// The minutes its clocks are ahead of UTC.
    pub const fn minutes(self) -> i16 {
        self.minutes
    }

    pub(super) fn of(offset: xsd::TimezoneOffset) -> Self {
        Self {
            minutes: i16::from_be_bytes(offset.to_be_bytes()),
        }
    }

    pub(super) fn offset(self) -> xsd::TimezoneOffset {
        // INVARIANT: the offset is within 14 hours, as `TimezoneOffset::new` would ask.
        xsd::TimezoneOffset::from_be_bytes(self.minutes.to_be_bytes())
    }
}

/// `Z`, or a sign, two digits of hours, a colon and two of minutes.
impl FromStr for Zone {
    type Err = ZoneError;

    fn from_str(text: &str) -> Result<Self, ZoneError> {
        let error = || ZoneError {
            text: cut(text).into(),
        };
        let &[sign @ (b'+' | b'-'), h, i, b':', m, n] = text.as_bytes() else {
            return if text == "Z" {
                Ok(Self::UTC)
            } else {
                Err(error())
            };
        };
        if ![h, i, m, n].iter().all(u8::is_ascii_digit) || m > b'5' {
            return Err(error());
        }
        let two = |tens: u8, ones: u8| i16::from(tens - b'0') * 10 + i16::from(ones - b'0');
        let minutes = two(h, i) * 60 + two(m, n);
        let minutes = if sign == b'-' { -minutes } else { minutes };
        Self::from_minutes(minutes).ok_or_else(error)
    }
}

/// `Z` for UTC, otherwise `+02:00`.
impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.minutes == 0 {
            return f.write_str("Z");
        }
        let sign = if self.minutes < 0 { '-' } else { '+' };
        let minutes = self.minutes.abs();
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

/// The error of a text that is no time zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a time zone: expected `Z` or an offset such as `+02:00`, at most `14:00`")]
pub struct ZoneError {
    text: Box<str>,
}
