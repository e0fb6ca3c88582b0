//! Values and data types (appendix A.2): [`Value`] is one value of any data type, [`DataType`] names
//! the type, and [`ExtensionType`] is for data types of profiles and hosts.
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
mod table;
mod temporal;
mod written;
mod x500_name;
mod xpath;

#[cfg(test)]
mod tests;

pub use entity::{Entity, EntityBuilder, EntityError};
pub(crate) use extension::PROFILES;
pub use extension::{DataTypes, ExtensionDataType, ExtensionType, ExtensionValue};
pub use integer::Integer;
pub use lexical::LexicalError;
pub use network::{DnsName, IpAddress, PortRange};
pub use network_pattern::{DnsNamePattern, DnsNameValue, IpAddressPattern, IpAddressValue};
pub use rfc822_name::Rfc822Name;
pub use table::{DataType, Value};
pub use temporal::{
    Date, DateTime, DayOfWeek, DayTimeDuration, Time, YearMonthDuration, Zone, ZoneError,
};
pub use x500_name::X500Name;
pub use xpath::XPathExpression;

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
        let text = match data_type {
            // A blank at the end of a directory name may be one of the name, which drops the others.
            DataType::String | DataType::X500Name => text,
            _ => lexical::trim(text),
        };
        data_type.read(text)
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
}
