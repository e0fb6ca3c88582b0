//! Rust values → [`Value`], and the Rust value inside one.

use std::sync::Arc;

use super::{
    Date, DateTime, DayTimeDuration, DnsName, Entity, Integer, IpAddress, Rfc822Name, Time, Value,
    X500Name, XPathExpression, YearMonthDuration,
};

/// Methods that return the Rust value inside, if the value is of that data type.
macro_rules! insides {
    ($($(#[$about:meta])* $name:ident: $($kind:ident)|+, |$inside:ident| $value:expr => $type:ty;)*) => {
        impl Value {$(
            $(#[$about])*
            pub fn $name(&self) -> Option<$type> {
                match self {
                    $(Self::$kind($inside))|+ => Some($value),
                    _ => None,
                }
            }
        )*}
    };
}

insides! {
    /// The text of a string or an anyURI.
    as_str: String | AnyUri, |text| text => &str;
    /// The boolean, if this is one.
    as_bool: Boolean, |value| *value => bool;
    /// The integer, if this is one.
    as_integer: Integer, |value| value => &Integer;
    /// The double, if this is one.
    as_double: Double, |value| *value => f64;
    /// The time, if this is one.
    as_time: Time, |value| *value => Time;
    /// The date, if this is one.
    as_date: Date, |value| *value => Date;
    /// The dateTime, if this is one.
    as_date_time: DateTime, |value| *value => DateTime;
    /// The dayTimeDuration, if this is one.
    as_day_time_duration: DayTimeDuration, |value| *value => DayTimeDuration;
    /// The yearMonthDuration, if this is one.
    as_year_month_duration: YearMonthDuration, |value| *value => YearMonthDuration;
    /// The octets of a hexBinary or a base64Binary.
    as_octets: HexBinary | Base64Binary, |octets| octets => &[u8];
    /// The x500Name, if this is one.
    as_x500_name: X500Name, |name| name => &X500Name;
    /// The rfc822Name, if this is one.
    as_rfc822_name: Rfc822Name, |name| name => &Rfc822Name;
    /// The ipAddress, if this is one.
    as_ip_address: IpAddress, |address| address => &IpAddress;
    /// The dnsName, if this is one.
    as_dns_name: DnsName, |name| name => &DnsName;
    /// The xpathExpression, if this is one.
    as_xpath_expression: XPathExpression, |expression| expression => &XPathExpression;
    /// The entity, if this is one.
    as_entity: Entity, |entity| entity => &Entity;
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
