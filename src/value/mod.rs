//! Values and data types (appendix A.2): [`Value`] is one value of any data type, [`DataType`] names
//! the type, and [`ExtensionType`] is for data types of a host.
//!
//! Rust values become a [`Value`] with `into()`: `"manager".into()`, `18.into()`, `true.into()`.
//! A [`Value`] is read with [`Value::parse`] and written with `Display`, which gives the canonical
//! form of the `string-from-*` functions (A.3.9). Three comparisons live side by side:
//! [`Value::equal`] is the `*-equal` function of the data type (A.3.1), [`Value::compare`] the
//! order behind `*-less-than` (A.3.6, A.3.8), and `==` asks whether two values are written alike.

mod any_uri;
mod binary;
pub(crate) mod bulk;
pub(crate) mod case;
mod convert;
mod data_type;
mod double;
pub(crate) mod entity;
mod extension;
mod integer;
pub(crate) mod key;
mod lexical;
mod network;
mod network_pattern;
mod rfc822_name;
mod temporal;
mod written;
mod x500_name;
mod xpath;

#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

pub use data_type::DataType;
pub use entity::{Entity, EntityBuilder, EntityError};
pub(crate) use extension::PROFILES;
pub use extension::{DataTypes, ExtensionDataType, ExtensionType, ExtensionValue};
pub use integer::Integer;
pub use lexical::LexicalError;
pub use network::{DnsName, IpAddress, PortRange};
pub use network_pattern::{DnsNamePattern, DnsNameValue, IpAddressPattern, IpAddressValue};
pub use rfc822_name::Rfc822Name;
pub use temporal::{
    Date, DateTime, DayOfWeek, DayTimeDuration, Time, YearMonthDuration, Zone, ZoneError,
};
pub use x500_name::X500Name;
pub use xpath::XPathExpression;

/// A value of one of the standard's data types (A.2), of a host's, or an entity.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Value {
    /// `xs:string`: any characters, kept as they are.
    String(Arc<str>),
    /// `xs:boolean`.
    Boolean(bool),
    /// `xs:integer`, of any size up to [`Integer::MAX_BITS`].
    Integer(Integer),
    /// `xs:double`: IEEE 754, 64 bits.
    Double(f64),
    /// `xs:time`: a time of day, with or without a zone.
    Time(Time),
    /// `xs:date`: a day of the Gregorian calendar, with or without a zone.
    Date(Date),
    /// `xs:dateTime`: a moment, or a local time if it has no zone.
    DateTime(DateTime),
    /// `xs:anyURI`: compared as written, never resolved or normalised.
    AnyUri(Arc<str>),
    /// `xs:hexBinary`: octets.
    HexBinary(Arc<[u8]>),
    /// `xs:base64Binary`: octets.
    Base64Binary(Arc<[u8]>),
    /// `xs:dayTimeDuration`: a number of seconds.
    DayTimeDuration(DayTimeDuration),
    /// `xs:yearMonthDuration`: a number of months.
    YearMonthDuration(YearMonthDuration),
    /// A directory name, RFC 2253.
    X500Name(Arc<X500Name>),
    /// A mailbox, RFC 2821 §4.1.2.
    Rfc822Name(Arc<Rfc822Name>),
    /// A network address with an optional mask and ports.
    IpAddress(Arc<IpAddress>),
    /// A host name with optional ports.
    DnsName(Arc<DnsName>),
    /// An XPath expression with its namespaces and the category it is for.
    XPathExpression(Arc<XPathExpression>),
    /// Attributes and content of its own (Related and Nested Entities Profile).
    Entity(Arc<Entity>),
    /// A value of a data type of the host.
    Extension(Arc<ExtensionValue>),
}

impl Value {
    /// Whether it is a time or date without a zone, which the implicit zone stands in for.
    pub(crate) fn lacks_zone(&self) -> bool {
        match self {
            Self::Time(time) => time.zone().is_none(),
            Self::Date(date) => date.zone().is_none(),
            Self::DateTime(instant) => instant.zone().is_none(),
            _ => false,
        }
    }

    /// Reads the lexical form of a data type.
    ///
    /// A string is kept untouched; around every other form XML white space (space, tab, CR, LF) is
    /// dropped, as by XML Schema's `whiteSpace="collapse"`. An `xpathExpression` gets its text
    /// only: the category and the namespaces are in the XML around it. An `entity` has no text.
    ///
    /// # Errors
    ///
    /// The text is no lexical form of the data type, which may have none, or is longer than 4,096
    /// bytes (integers: 16,384; strings, binaries and XPath expressions have no limit of their own,
    /// data types of the host have theirs).
    pub fn parse(data_type: DataType, text: &str) -> Result<Self, LexicalError> {
        if data_type == DataType::String {
            return Ok(Self::String(text.into()));
        }
        let text = match data_type {
            // A blank at its end may be one of the name, which drops the others.
            DataType::X500Name => text,
            _ => lexical::trim(text),
        };
        Ok(match data_type {
            DataType::String => Self::String(text.into()),
            DataType::Boolean => Self::Boolean(parse_boolean(text)?),
            DataType::Integer => Self::Integer(text.parse()?),
            DataType::Double => Self::Double(double::parse(text)?),
            DataType::Time => Self::Time(text.parse()?),
            DataType::Date => Self::Date(text.parse()?),
            DataType::DateTime => Self::DateTime(text.parse()?),
            DataType::AnyUri => Self::AnyUri(any_uri::read(text)?.into()),
            DataType::HexBinary => Self::HexBinary(binary::parse_hex(text)?.into()),
            DataType::Base64Binary => Self::Base64Binary(binary::parse_base64(text)?.into()),
            DataType::DayTimeDuration => Self::DayTimeDuration(text.parse()?),
            DataType::YearMonthDuration => Self::YearMonthDuration(text.parse()?),
            DataType::X500Name => Self::X500Name(Arc::new(text.parse()?)),
            DataType::Rfc822Name => Self::Rfc822Name(Arc::new(text.parse()?)),
            DataType::IpAddress => Self::IpAddress(Arc::new(text.parse()?)),
            DataType::DnsName => Self::DnsName(Arc::new(text.parse()?)),
            DataType::XPathExpression => {
                Self::XPathExpression(Arc::new(XPathExpression::from_text(text)))
            }
            DataType::Entity => {
                let reason = "an entity is written as attributes and content, not as text";
                return Err(LexicalError::new(DataType::Entity, text, reason));
            }
            DataType::Extension(extension) => extension.parse(text)?,
        })
    }

    /// A lexical form that reads back as the same value, the zone of a time or date included. An
    /// entity has none and gives a text that differs from that of every other entity. The canonical
    /// form would not do: it loses the zone, which `dateTime-add-yearMonthDuration` and the order
    /// of times depend on.
    pub fn lexical(&self) -> String {
        match self {
            Self::Time(time) => time.as_written(),
            Self::Date(date) => date.as_written(),
            Self::DateTime(date_time) => date_time.as_written(),
            other => other.to_string(),
        }
    }

    /// The data type this is a value of.
    pub fn data_type(&self) -> DataType {
        match self {
            Self::String(_) => DataType::String,
            Self::Boolean(_) => DataType::Boolean,
            Self::Integer(_) => DataType::Integer,
            Self::Double(_) => DataType::Double,
            Self::Time(_) => DataType::Time,
            Self::Date(_) => DataType::Date,
            Self::DateTime(_) => DataType::DateTime,
            Self::AnyUri(_) => DataType::AnyUri,
            Self::HexBinary(_) => DataType::HexBinary,
            Self::Base64Binary(_) => DataType::Base64Binary,
            Self::DayTimeDuration(_) => DataType::DayTimeDuration,
            Self::YearMonthDuration(_) => DataType::YearMonthDuration,
            Self::X500Name(_) => DataType::X500Name,
            Self::Rfc822Name(_) => DataType::Rfc822Name,
            Self::IpAddress(_) => DataType::IpAddress,
            Self::DnsName(_) => DataType::DnsName,
            Self::XPathExpression(_) => DataType::XPathExpression,
            Self::Entity(_) => DataType::Entity,
            Self::Extension(value) => value.data_type(),
        }
    }

    /// The `*-equal` function of the values' data type (A.3.1); `None` if the types differ or the
    /// type has no such function (`xpathExpression`, `entity`).
    ///
    /// Dates and times without a zone take `implicit`. Doubles follow IEEE 754: NaN equals
    /// nothing, 0 equals -0. The standard names no equality for `ipAddress` and `dnsName`; they
    /// are compared as written, and values of the host's data types by their canonical forms.
    pub fn equal(&self, other: &Self, implicit: Zone) -> Option<bool> {
        Some(match (self, other) {
            (Self::String(a), Self::String(b)) | (Self::AnyUri(a), Self::AnyUri(b)) => a == b,
            (Self::Boolean(a), Self::Boolean(b)) => a == b,
            (Self::Integer(a), Self::Integer(b)) => a == b,
            (Self::Double(a), Self::Double(b)) => a == b,
            (Self::Time(a), Self::Time(b)) => a.compare(b, implicit).is_eq(),
            (Self::Date(a), Self::Date(b)) => a.compare(b, implicit).is_eq(),
            (Self::DateTime(a), Self::DateTime(b)) => a.compare(b, implicit).is_eq(),
            (Self::HexBinary(a), Self::HexBinary(b))
            | (Self::Base64Binary(a), Self::Base64Binary(b)) => a == b,
            (Self::DayTimeDuration(a), Self::DayTimeDuration(b)) => a == b,
            (Self::YearMonthDuration(a), Self::YearMonthDuration(b)) => a == b,
            (Self::X500Name(a), Self::X500Name(b)) => a.equal(b),
            (Self::Rfc822Name(a), Self::Rfc822Name(b)) => a.equal(b),
            (Self::IpAddress(a), Self::IpAddress(b)) => a.as_str() == b.as_str(),
            (Self::DnsName(a), Self::DnsName(b)) => a.as_str() == b.as_str(),
            (Self::Extension(a), Self::Extension(b)) if a.data_type() == b.data_type() => a == b,
            _ => return None,
        })
    }

    /// The order of two strings (by code point), integers, doubles, times, dates or dateTimes
    /// (A.3.6, A.3.8), or of values of an ordered data type of the host; `None` for other types,
    /// for two different types, and where NaN is one.
    ///
    /// Dates and times without a zone take `implicit`.
    pub fn compare(&self, other: &Self, implicit: Zone) -> Option<Ordering> {
        match (self, other) {
            // The octets of UTF-8 are ordered as the code points are.
            (Self::String(a), Self::String(b)) => Some(a.cmp(b)),
            (Self::Integer(a), Self::Integer(b)) => Some(a.cmp(b)),
            (Self::Double(a), Self::Double(b)) => a.partial_cmp(b),
            (Self::Time(a), Self::Time(b)) => Some(a.compare(b, implicit)),
            (Self::Date(a), Self::Date(b)) => Some(a.compare(b, implicit)),
            (Self::DateTime(a), Self::DateTime(b)) => Some(a.compare(b, implicit)),
            (Self::Extension(a), Self::Extension(b)) => a.order(b),
            _ => None,
        }
    }
}

/// Writes the canonical form, as the `string-from-*` functions return it (A.3.9).
///
/// Times and dateTimes with a zone are written in UTC; names, addresses and URIs as given. An
/// entity has no canonical form; its text differs from that of every other entity.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String(text) | Self::AnyUri(text) => f.write_str(text),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Integer(value) => value.fmt(f),
            Self::Double(value) => double::write(*value, f),
            Self::Time(value) => value.fmt(f),
            Self::Date(value) => value.fmt(f),
            Self::DateTime(value) => value.fmt(f),
            Self::HexBinary(octets) => binary::write_hex(octets, f),
            Self::Base64Binary(octets) => binary::write_base64(octets, f),
            Self::DayTimeDuration(value) => value.fmt(f),
            Self::YearMonthDuration(value) => value.fmt(f),
            Self::X500Name(name) => f.write_str(name.as_str()),
            Self::Rfc822Name(name) => f.write_str(name.as_str()),
            Self::IpAddress(address) => f.write_str(address.as_str()),
            Self::DnsName(name) => f.write_str(name.as_str()),
            Self::XPathExpression(expression) => f.write_str(&expression.text),
            Self::Entity(entity) => entity.fmt(f),
            Self::Extension(value) => f.write_str(value.as_str()),
        }
    }
}

/// Values are equal if their data types and canonical forms are.
///
/// This is not XACML's equality, which is [`Value::equal`]: here NaN equals itself, 0.0 does not
/// equal -0.0, a dateTime without a zone never equals one with a zone, and names are compared as
/// written. A value that is written and read again is equal. XPath expressions must also have equal
/// categories and namespaces.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::String(a), Self::String(b)) | (Self::AnyUri(a), Self::AnyUri(b)) => a == b,
            (Self::Boolean(a), Self::Boolean(b)) => a == b,
            (Self::Integer(a), Self::Integer(b)) => a == b,
            (Self::Double(a), Self::Double(b)) => {
                // NaN has one lexical form, so all its bit patterns are one value.
                (a.is_nan() && b.is_nan()) || a.to_bits() == b.to_bits()
            }
            (Self::Time(a), Self::Time(b)) => a == b,
            (Self::Date(a), Self::Date(b)) => a == b,
            (Self::DateTime(a), Self::DateTime(b)) => a == b,
            (Self::HexBinary(a), Self::HexBinary(b))
            | (Self::Base64Binary(a), Self::Base64Binary(b)) => a == b,
            (Self::DayTimeDuration(a), Self::DayTimeDuration(b)) => a == b,
            (Self::YearMonthDuration(a), Self::YearMonthDuration(b)) => a == b,
            (Self::X500Name(a), Self::X500Name(b)) => a.as_str() == b.as_str(),
            (Self::Rfc822Name(a), Self::Rfc822Name(b)) => a.as_str() == b.as_str(),
            (Self::IpAddress(a), Self::IpAddress(b)) => a.as_str() == b.as_str(),
            (Self::DnsName(a), Self::DnsName(b)) => a.as_str() == b.as_str(),
            (Self::XPathExpression(a), Self::XPathExpression(b)) => a == b,
            (Self::Entity(a), Self::Entity(b)) => a == b,
            (Self::Extension(a), Self::Extension(b)) => a == b,
            _ => false,
        }
    }
}

fn parse_boolean(text: &str) -> Result<bool, LexicalError> {
    match text {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(LexicalError::new(
            DataType::Boolean,
            text,
            "expected `true`, `false`, `1` or `0`",
        )),
    }
}
