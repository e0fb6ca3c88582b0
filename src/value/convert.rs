//! Rust values → [`Value`], and the Rust value inside one.

use std::sync::Arc;

use super::{
    Date, DateTime, DayTimeDuration, DnsName, Entity, Integer, IpAddress, Rfc822Name, Time, Value,
    X500Name, XPathExpression, YearMonthDuration,
};

impl Value {
    /// The text of a string or an anyURI.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) | Self::AnyUri(text) => Some(text),
            _ => None,
        }
    }

    /// The boolean, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Boolean(value) => Some(*value),
            _ => None,
        }
    }

    /// The integer, if this is one.
    pub fn as_integer(&self) -> Option<&Integer> {
        match self {
            Self::Integer(value) => Some(value),
            _ => None,
        }
    }

    /// The double, if this is one.
    pub fn as_double(&self) -> Option<f64> {
        match self {
            Self::Double(value) => Some(*value),
            _ => None,
        }
    }

    /// The time, if this is one.
    pub fn as_time(&self) -> Option<Time> {
        match self {
            Self::Time(value) => Some(*value),
            _ => None,
        }
    }

    /// The date, if this is one.
    pub fn as_date(&self) -> Option<Date> {
        match self {
            Self::Date(value) => Some(*value),
            _ => None,
        }
    }

    /// The dateTime, if this is one.
    pub fn as_date_time(&self) -> Option<DateTime> {
        match self {
            Self::DateTime(value) => Some(*value),
            _ => None,
        }
    }

    /// The dayTimeDuration, if this is one.
    pub fn as_day_time_duration(&self) -> Option<DayTimeDuration> {
        match self {
            Self::DayTimeDuration(value) => Some(*value),
            _ => None,
        }
    }

    /// The yearMonthDuration, if this is one.
    pub fn as_year_month_duration(&self) -> Option<YearMonthDuration> {
        match self {
            Self::YearMonthDuration(value) => Some(*value),
            _ => None,
        }
    }

    /// The octets of a hexBinary or a base64Binary.
    pub fn as_octets(&self) -> Option<&[u8]> {
        match self {
            Self::HexBinary(octets) | Self::Base64Binary(octets) => Some(octets),
            _ => None,
        }
    }

    /// The x500Name, if this is one.
    pub fn as_x500_name(&self) -> Option<&X500Name> {
        match self {
            Self::X500Name(name) => Some(name),
            _ => None,
        }
    }

    /// The rfc822Name, if this is one.
    pub fn as_rfc822_name(&self) -> Option<&Rfc822Name> {
        match self {
            Self::Rfc822Name(name) => Some(name),
            _ => None,
        }
    }

    /// The ipAddress, if this is one.
    pub fn as_ip_address(&self) -> Option<&IpAddress> {
        match self {
            Self::IpAddress(address) => Some(address),
            _ => None,
        }
    }

    /// The dnsName, if this is one.
    pub fn as_dns_name(&self) -> Option<&DnsName> {
        match self {
            Self::DnsName(name) => Some(name),
            _ => None,
        }
    }

    /// The xpathExpression, if this is one.
    pub fn as_xpath_expression(&self) -> Option<&XPathExpression> {
        match self {
            Self::XPathExpression(expression) => Some(expression),
            _ => None,
        }
    }

    /// The entity, if this is one.
    pub fn as_entity(&self) -> Option<&Entity> {
        match self {
            Self::Entity(entity) => Some(entity),
            _ => None,
        }
    }
}

/// `From` for the Rust type of a data type, through the given expression.
macro_rules! from {
    ($($type:ty => |$from:ident| $value:expr;)*) => {$(
        impl From<$type> for Value {
            fn from($from: $type) -> Self {
                $value
            }
        }
    )*};
}

from! {
    &str => |text| Self::String(text.into());
    String => |text| Self::String(text.into());
    Arc<str> => |text| Self::String(text);
    bool => |value| Self::Boolean(value);
    i32 => |value| Self::Integer(i64::from(value).into());
    u32 => |value| Self::Integer(i64::from(value).into());
    i64 => |value| Self::Integer(value.into());
    Integer => |value| Self::Integer(value);
    f64 => |value| Self::Double(value);
    Time => |value| Self::Time(value);
    Date => |value| Self::Date(value);
    DateTime => |value| Self::DateTime(value);
    DayTimeDuration => |value| Self::DayTimeDuration(value);
    YearMonthDuration => |value| Self::YearMonthDuration(value);
    X500Name => |name| Self::X500Name(Arc::new(name));
    Rfc822Name => |name| Self::Rfc822Name(Arc::new(name));
    IpAddress => |address| Self::IpAddress(Arc::new(address));
    DnsName => |name| Self::DnsName(Arc::new(name));
    XPathExpression => |expression| Self::XPathExpression(Arc::new(expression));
    Entity => |entity| Self::Entity(Arc::new(entity));
}
