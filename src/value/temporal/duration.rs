//! `xs:dayTimeDuration` and `xs:yearMonthDuration` (XQuery and XPath functions §10.3).

use std::fmt;
use std::str::FromStr;

use oxsdatatypes as xsd;

use super::reason;
use crate::value::{DataType, LexicalError, lexical};

/// `xs:dayTimeDuration`: a number of seconds, positive or negative, exact to 10^-18; at most about
/// 1.7×10^20.
///
/// Equal durations are equal numbers: `PT26H` is `P1DT2H`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DayTimeDuration(pub(super) xsd::DayTimeDuration);

impl DayTimeDuration {
    /// A number of whole seconds.
    pub fn from_seconds(seconds: i64) -> Self {
        Self(xsd::DayTimeDuration::new(seconds))
    }

    /// The duration in the other direction; `None` past the limits.
    pub(crate) fn checked_neg(self) -> Option<Self> {
        self.0.checked_neg().map(Self)
    }

    /// The duration in units of 10^-18 of a second, as its own binary form has them.
    pub(super) fn units(self) -> i128 {
        i128::from_be_bytes(self.0.to_be_bytes())
    }

    pub(super) fn from_units(units: i128) -> Self {
        Self(xsd::DayTimeDuration::from_be_bytes(units.to_be_bytes()))
    }
}

/// `[-]PnDTnHnMn.nS`; at least one part, and one after a `T`.
impl FromStr for DayTimeDuration {
    type Err = LexicalError;

    fn from_str(text: &str) -> Result<Self, LexicalError> {
        let data_type = DataType::DayTimeDuration;
        check_form(data_type, text)?;
        text.parse()
            .map(Self)
            .map_err(|error: xsd::ParseDurationError| reason(data_type, text, &error))
    }
}

/// The canonical form, such as `P1DT2H`; `PT0S` for none.
impl fmt::Display for DayTimeDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// `xs:yearMonthDuration`: a number of months, positive or negative.
///
/// Equal durations are equal numbers: `P14M` is `P1Y2M`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct YearMonthDuration(pub(super) xsd::YearMonthDuration);

impl YearMonthDuration {
    /// A number of months.
    pub fn from_months(months: i64) -> Self {
        Self(xsd::YearMonthDuration::new(months))
    }

    /// The duration in the other direction; `None` past the limits.
    pub(crate) fn checked_neg(self) -> Option<Self> {
        self.0.checked_neg().map(Self)
    }
}

/// `[-]PnYnM`; at least one part.
impl FromStr for YearMonthDuration {
    type Err = LexicalError;

    fn from_str(text: &str) -> Result<Self, LexicalError> {
        let data_type = DataType::YearMonthDuration;
        check_form(data_type, text)?;
        text.parse()
            .map(Self)
            .map_err(|error: xsd::ParseDurationError| reason(data_type, text, &error))
    }
}

/// The canonical form, such as `P1Y2M`; `P0M` for none.
impl fmt::Display for YearMonthDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Refuses two forms that oxsdatatypes accepts: a `T` with nothing after it, and a point without
/// digits on both sides.
fn check_form(data_type: DataType, text: &str) -> Result<(), LexicalError> {
    lexical::limit(data_type, text)?;
    if text.ends_with('T') {
        return Err(LexicalError::new(
            data_type,
            text,
            "expected hours, minutes or seconds after `T`",
        ));
    }
    let octets = text.as_bytes();
    let is_digit = |at: Option<usize>| {
        at.and_then(|at| octets.get(at))
            .is_some_and(u8::is_ascii_digit)
    };
    for (at, _) in text.match_indices('.') {
        if !is_digit(at.checked_sub(1)) || !is_digit(Some(at + 1)) {
            return Err(LexicalError::new(
                data_type,
                text,
                "expected digits before and after the point",
            ));
        }
    }
    Ok(())
}
