//! Lexical forms → values, and back (A.2): the oracle's own, so that a slip of the crate's cannot
//! hide behind itself. Only the names, addresses and octets of [`Datum::Other`] are the crate's.

use std::cmp::Ordering;
use std::rc::Rc;

use num_bigint::BigInt;
use vedtak::value::{DataType, Value, Zone};

use super::Failure;
use super::temporal::{self, Moment};
use super::uri;

/// One value.
#[derive(Clone, Debug)]
pub(crate) enum Datum {
    String(Rc<str>),
    Boolean(bool),
    Integer(BigInt),
    Double(f64),
    AnyUri(Rc<str>),
    Time(Moment),
    Date(Moment),
    DateTime(Moment),
    /// Nanoseconds.
    DayTimeDuration(i128),
    /// Months.
    YearMonthDuration(i128),
    Other(Value),
}

/// What an expression gives.
#[derive(Clone, Debug)]
pub(crate) enum Operand {
    One(Datum),
    Bag(Vec<Datum>),
}

impl Operand {
    pub(crate) fn boolean(value: bool) -> Self {
        Self::One(Datum::Boolean(value))
    }

    pub(crate) fn as_boolean(&self) -> bool {
        match self {
            Self::One(Datum::Boolean(value)) => *value,
            other => panic!("the generator put {other:?} where a boolean must stand"),
        }
    }

    /// The values of a bag; a single value stands for a bag of one.
    pub(crate) fn values(&self) -> &[Datum] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Bag(values) => values,
        }
    }
}

impl From<Datum> for Operand {
    fn from(value: Datum) -> Self {
        Self::One(value)
    }
}

impl Datum {
    /// Reads a lexical form (A.2). White space around it is no part of it, except for strings
    /// (XML Schema Part 2 §4.3.6).
    pub(crate) fn parse(data_type: DataType, text: &str) -> Option<Self> {
        let bare = text.trim_matches([' ', '\t', '\r', '\n']);
        Some(match data_type {
            DataType::String => Self::String(text.into()),
            DataType::AnyUri => Self::AnyUri(uri::read(bare)?.into()),
            DataType::Boolean => match bare {
                "true" | "1" => Self::Boolean(true),
                "false" | "0" => Self::Boolean(false),
                _ => return None,
            },
            DataType::Integer => {
                let digits = bare.strip_prefix(['+', '-']).unwrap_or(bare);
                if digits.is_empty() || !all_digits(digits) {
                    return None;
                }
                let magnitude: BigInt = digits.parse().ok()?;
                Self::Integer(if bare.starts_with('-') {
                    -magnitude
                } else {
                    magnitude
                })
            }
            DataType::Double => Self::Double(parse_double(bare)?),
            DataType::DayTimeDuration => Self::DayTimeDuration(temporal::parse_day_time(bare)?),
            DataType::YearMonthDuration => {
                Self::YearMonthDuration(temporal::parse_year_month(bare)?)
            }
            _ => Self::of(&Value::parse(data_type, text).ok()?),
        })
    }

    /// The value of a request.
    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::String(text) => Self::String((&**text).into()),
            Value::AnyUri(text) => Self::AnyUri((&**text).into()),
            Value::Boolean(value) => Self::Boolean(*value),
            Value::Double(value) => Self::Double(*value),
            Value::Time(time) => Self::Time(temporal::of_time(time)),
            Value::Date(date) => Self::Date(temporal::of_date(date)),
            Value::DateTime(moment) => Self::DateTime(temporal::of_date_time(moment)),
            Value::Integer(_) | Value::DayTimeDuration(_) | Value::YearMonthDuration(_) => {
                let text = value.to_string();
                Self::parse(value.data_type(), &text).expect("a canonical form can be read")
            }
            other => Self::Other(other.clone()),
        }
    }

    pub(crate) fn data_type(&self) -> DataType {
        match self {
            Self::String(_) => DataType::String,
            Self::Boolean(_) => DataType::Boolean,
            Self::Integer(_) => DataType::Integer,
            Self::Double(_) => DataType::Double,
            Self::AnyUri(_) => DataType::AnyUri,
            Self::Time(_) => DataType::Time,
            Self::Date(_) => DataType::Date,
            Self::DateTime(_) => DataType::DateTime,
            Self::DayTimeDuration(_) => DataType::DayTimeDuration,
            Self::YearMonthDuration(_) => DataType::YearMonthDuration,
            Self::Other(value) => value.data_type(),
        }
    }

    /// The `string-from-*` functions (A.3.9).
    pub(crate) fn canonical(&self) -> String {
        match self {
            Self::String(text) | Self::AnyUri(text) => text.to_string(),
            Self::Boolean(value) => value.to_string(),
            Self::Integer(value) => value.to_string(),
            Self::Double(value) => write_double(*value),
            Self::Time(moment) => temporal::write_time(moment),
            Self::Date(moment) => temporal::write_date(moment),
            Self::DateTime(moment) => temporal::write_date_time(moment),
            Self::DayTimeDuration(nanoseconds) => temporal::write_day_time(*nanoseconds),
            Self::YearMonthDuration(months) => temporal::write_year_month(*months),
            Self::Other(value) => value.to_string(),
        }
    }

    /// The `*-equal` functions (A.3.1).
    pub(crate) fn equal(&self, other: &Self, implicit: Zone) -> bool {
        match (self, other) {
            (Self::String(a), Self::String(b)) | (Self::AnyUri(a), Self::AnyUri(b)) => {
                a.chars().eq(b.chars())
            }
            (Self::Boolean(a), Self::Boolean(b)) => a == b,
            (Self::DayTimeDuration(a), Self::DayTimeDuration(b))
            | (Self::YearMonthDuration(a), Self::YearMonthDuration(b)) => a == b,
            (Self::Other(a), Self::Other(b)) => a
                .equal(b, implicit)
                .expect("both have the type the function takes"),
            _ => self.order(other, implicit) == Some(Ordering::Equal),
        }
    }

    /// The order of A.3.6 and A.3.8; none with NaN.
    pub(crate) fn order(&self, other: &Self, implicit: Zone) -> Option<Ordering> {
        match (self, other) {
            (Self::String(a), Self::String(b)) => Some(a.chars().cmp(b.chars())),
            (Self::Integer(a), Self::Integer(b)) => Some(a.cmp(b)),
            (Self::Double(a), Self::Double(b)) => a.partial_cmp(b),
            (Self::Time(a), Self::Time(b))
            | (Self::Date(a), Self::Date(b))
            | (Self::DateTime(a), Self::DateTime(b)) => {
                Some(a.on_time_line(implicit).cmp(&b.on_time_line(implicit)))
            }
            _ => panic!("the generator compares {self:?} with {other:?}"),
        }
    }
}

/// Takes single values out of arguments: `take!(arguments => String, Integer)`.
macro_rules! take {
    ($arguments:expr => $($type:ident $name:ident),+) => {
        let [$($crate::evaluate::datum::Operand::One($crate::evaluate::datum::Datum::$type($name))),+]
            = $arguments
        else {
            panic!("the generator gave {:?}", $arguments);
        };
    };
}
pub(super) use take;

/// `*-from-string` (A.3.9).
pub(crate) fn from_string(data_type: DataType, text: &str) -> Result<Datum, Failure> {
    Datum::parse(data_type, text).ok_or(Failure::Syntax)
}

fn all_digits(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit())
}

/// XML Schema Part 2 §3.2.5: `INF`, `-INF`, `NaN`, or a decimal with an optional exponent.
fn parse_double(text: &str) -> Option<f64> {
    match text {
        "INF" => return Some(f64::INFINITY),
        "-INF" => return Some(f64::NEG_INFINITY),
        "NaN" => return Some(f64::NAN),
        _ => {}
    }
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let unsigned = |text: &str| text.strip_prefix(['+', '-']).unwrap_or(text).to_owned();
    if let Some(exponent) = exponent {
        let digits = unsigned(exponent);
        if digits.is_empty() || !all_digits(&digits) {
            return None;
        }
    }
    let mantissa = unsigned(mantissa);
    let digits = mantissa.replacen('.', "", 1);
    if digits.is_empty() || !all_digits(&digits) {
        return None;
    }
    text.parse().ok()
}

/// The canonical form of XML Schema Part 2 §3.2.5.2.
fn write_double(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value < 0.0 { "-INF" } else { "INF" }.to_owned();
    }
    let text = format!("{value:E}");
    let (mantissa, exponent) = text.split_once('E').expect("`:E` writes an exponent");
    let point = if mantissa.contains('.') { "" } else { ".0" };
    format!("{mantissa}{point}E{exponent}")
}
