//! The table of data types (A.2): one row holds what the library knows of one.
//!
//! A row gives the identifier, the Rust type of a value, and how values are read, written and
//! compared; [`DataType`], [`Value`] and their matches over all data types are made from the rows.
//! The functions of a data type are rows of their own, in `function/`.

use std::cmp::Ordering;
use std::fmt::{self, Display as _};
use std::sync::Arc;

use super::bulk::Bulk;
use super::{
    Date, DateTime, DayTimeDuration, DnsName, Entity, ExtensionDataType, ExtensionValue, Integer,
    IpAddress, LexicalError, Rfc822Name, Time, X500Name, XPathExpression, YearMonthDuration, Zone,
    any_uri, binary, double,
};

/// One data type of the standard.
trait StandardType {
    /// A value of the data type.
    type Inside;

    /// Reads a lexical form, without the white space around it.
    fn read(text: &str) -> Result<Self::Inside, LexicalError>;

    /// Writes the canonical form (A.3.9).
    fn write(value: &Self::Inside, f: &mut fmt::Formatter<'_>) -> fmt::Result;

    /// Whether two values are written alike: `==` of [`Value`].
    fn same(a: &Self::Inside, b: &Self::Inside) -> bool;

    /// The `*-equal` function (A.3.1), if there is one.
    fn equal(a: &Self::Inside, b: &Self::Inside, _implicit: Zone) -> Option<bool> {
        Some(Self::same(a, b))
    }

    /// The order behind `*-less-than` (A.3.6, A.3.8), if there is one.
    fn order(_a: &Self::Inside, _b: &Self::Inside, _implicit: Zone) -> Option<Ordering> {
        None
    }

    /// The bytes outside of the value itself, see [`Bulk`].
    fn bulk(_value: &Self::Inside) -> usize {
        0
    }

    /// About how many bytes the value takes in a document.
    fn written(value: &Self::Inside) -> usize {
        Self::bulk(value)
    }
}

/// The identifier of a data type from its namespace and its short name.
macro_rules! identifier {
    (schema, $name:literal) => {
        concat!("http://www.w3.org/2001/XMLSchema#", $name)
    };
    (xacml_1, $name:literal) => {
        concat!("urn:oasis:names:tc:xacml:1.0:data-type:", $name)
    };
    (xacml_2, $name:literal) => {
        concat!("urn:oasis:names:tc:xacml:2.0:data-type:", $name)
    };
    (xacml_3, $name:literal) => {
        concat!("urn:oasis:names:tc:xacml:3.0:data-type:", $name)
    };
}

macro_rules! data_types {
    ($(
        $(#[$about:meta])*
        $name:ident($inside:ty) = $namespace:ident $short:literal {
            read |$text:tt| $read:expr;
            write |$written:ident, $f:ident| $write:expr;
            same |$a:ident, $b:ident| $same:expr;
            $(equal |$e:tt, $g:tt, $zone:tt| $equal:expr;)?
            $(order |$c:ident, $d:ident, $at:tt| $order:expr;)?
            $(bulk |$held:ident| $bulk:expr;)?
            $(length |$long:ident| $length:expr;)?
        }
    )*) => {
        /// The data types of the standard, `entity`, and those of profiles and hosts, which
        /// [`DataTypes`](super::DataTypes) knows by their identifiers.
        ///
        /// Declared, and ordered, as A.2 lists them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum DataType {
            $(
                #[doc = concat!("`", identifier!($namespace, $short), "`")]
                $name,
            )*
            /// One of a profile, or that the host added, see [`ExtensionType`](super::ExtensionType).
            Extension(ExtensionDataType),
        }

        impl DataType {
            /// All data types but those of profiles and hosts, in the order of the declaration.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The identifier that `DataType="…"` carries.
            pub const fn uri(self) -> &'static str {
                match self {
                    $(Self::$name => identifier!($namespace, $short),)*
                    Self::Extension(extension) => extension.id(),
                }
            }

            /// The last part of the identifier, as in function names: `dateTime`, `anyURI`. For a
            /// data type of the host, its name in messages.
            pub const fn short_name(self) -> &'static str {
                match self {
                    $(Self::$name => $short,)*
                    Self::Extension(extension) => extension.name(),
                }
            }

            /// Reads a lexical form, without the white space around it.
            pub(super) fn read(self, text: &str) -> Result<Value, LexicalError> {
                Ok(match self {
                    $(Self::$name => Value::$name(rows::$name::read(text)?),)*
                    Self::Extension(extension) => extension.parse(text)?,
                })
            }
        }

        /// A value of one of the standard's data types (A.2), of a host's, or an entity.
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub enum Value {
            $(
                $(#[$about])*
                $name($inside),
            )*
            /// A value of a data type of a profile or host.
            Extension(Arc<ExtensionValue>),
        }

        impl Value {
            /// The data type this is a value of.
            pub fn data_type(&self) -> DataType {
                match self {
                    $(Self::$name(_) => DataType::$name,)*
                    Self::Extension(value) => value.data_type(),
                }
            }

            /// The `*-equal` function of the values' data type (A.3.1); `None` if the types differ
            /// or the type has no such function (`xpathExpression`, `entity`).
            ///
            /// Dates and times without a zone take `implicit`. Doubles follow IEEE 754: NaN equals
            /// nothing, 0 equals -0. The standard names no equality for `ipAddress` and `dnsName`;
            /// they are compared as written, and values of the host's data types by their canonical
            /// forms.
            pub fn equal(&self, other: &Self, implicit: Zone) -> Option<bool> {
                match (self, other) {
                    $((Self::$name(a), Self::$name(b)) => rows::$name::equal(a, b, implicit),)*
                    (Self::Extension(a), Self::Extension(b)) if a.data_type() == b.data_type() => {
                        Some(a == b)
                    }
                    _ => None,
                }
            }

            /// The order of two strings (by code point), integers, doubles, times, dates or
            /// dateTimes (A.3.6, A.3.8), or of values of an ordered data type of the host; `None`
            /// for other types, for two different types, and where NaN is one.
            ///
            /// Dates and times without a zone take `implicit`.
            pub fn compare(&self, other: &Self, implicit: Zone) -> Option<Ordering> {
                match (self, other) {
                    $((Self::$name(a), Self::$name(b)) => rows::$name::order(a, b, implicit),)*
                    (Self::Extension(a), Self::Extension(b)) => a.order(b),
                    _ => None,
                }
            }

            /// About how many bytes the value takes in a document, before anything is escaped and
            /// without what is around it. Costs no more than the number of values and declarations
            /// in it.
            pub(super) fn length(&self) -> usize {
                match self {
                    $(Self::$name(value) => rows::$name::written(value),)*
                    Self::Extension(value) => value.as_str().len(),
                }
            }
        }

        impl Bulk for Value {
            fn bulk(&self) -> usize {
                match self {
                    $(Self::$name(value) => rows::$name::bulk(value),)*
                    Self::Extension(value) => value.as_str().len(),
                }
            }
        }

        /// Writes the canonical form, as the `string-from-*` functions return it (A.3.9).
        ///
        /// Times and dateTimes with a zone are written in UTC; names, addresses and URIs as given.
        /// An entity has no canonical form; its text differs from that of every other entity.
        impl fmt::Display for Value {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$name(value) => rows::$name::write(value, f),)*
                    Self::Extension(value) => f.write_str(value.as_str()),
                }
            }
        }

        /// Values are equal if their data types and canonical forms are.
        ///
        /// This is not XACML's equality, which is [`Value::equal`]: here NaN equals itself, 0.0
        /// does not equal -0.0, a dateTime without a zone never equals one with a zone, and names
        /// are compared as written. A value that is written and read again is equal. XPath
        /// expressions must also have equal categories and namespaces.
        impl PartialEq for Value {
            fn eq(&self, other: &Self) -> bool {
                match (self, other) {
                    $((Self::$name(a), Self::$name(b)) => rows::$name::same(a, b),)*
                    (Self::Extension(a), Self::Extension(b)) => a == b,
                    _ => false,
                }
            }
        }

        /// One type for each row.
        mod rows {
            $(pub(super) struct $name;)*
        }

        $(
            impl StandardType for rows::$name {
                type Inside = $inside;

                fn read($text: &str) -> Result<$inside, LexicalError> {
                    Ok($read)
                }

                fn write($written: &$inside, $f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    $write
                }

                #[inline]
                fn same($a: &$inside, $b: &$inside) -> bool {
                    $same
                }

                $(
                    #[inline]
                    fn equal($e: &$inside, $g: &$inside, $zone: Zone) -> Option<bool> {
                        $equal
                    }
                )?

                $(
                    #[inline]
                    fn order($c: &$inside, $d: &$inside, $at: Zone) -> Option<Ordering> {
                        $order
                    }
                )?

                $(
                    #[inline]
                    fn bulk($held: &$inside) -> usize {
                        $bulk
                    }
                )?

                $(
                    fn written($long: &$inside) -> usize {
                        $length
                    }
                )?
            }
        )*
    };
}

data_types! {
    /// `xs:string`: any characters, kept as they are.
    String(Arc<str>) = schema "string" {
        read |text| text.into();
        write |text, f| f.write_str(text);
        same |a, b| a == b;
        // The octets of UTF-8 are ordered as the code points are.
        order |a, b, _| Some(a.cmp(b));
        bulk |text| text.len();
    }

    /// `xs:boolean`.
    Boolean(bool) = schema "boolean" {
        read |text| match text {
            "true" | "1" => true,
            "false" | "0" => false,
            _ => {
                let reason = "expected `true`, `false`, `1` or `0`";
                return Err(LexicalError::new(DataType::Boolean, text, reason));
            }
        };
        write |value, f| value.fmt(f);
        same |a, b| a == b;
    }

    /// `xs:integer`, of any size up to [`Integer::MAX_BITS`].
    Integer(Integer) = schema "integer" {
        read |text| text.parse()?;
        write |number, f| number.fmt(f);
        same |a, b| a == b;
        order |a, b, _| Some(a.cmp(b));
        bulk |number| number.bulk();
        length |number| usize::try_from(number.bits() / 3).unwrap_or(usize::MAX);
    }

    /// `xs:double`: IEEE 754, 64 bits.
    Double(f64) = schema "double" {
        read |text| double::parse(text)?;
        write |number, f| double::write(*number, f);
        // NaN has one lexical form, so all its bit patterns are one value.
        same |a, b| (a.is_nan() && b.is_nan()) || a.to_bits() == b.to_bits();
        equal |a, b, _| Some(a == b);
        order |a, b, _| a.partial_cmp(b);
    }

    /// `xs:time`: a time of day, with or without a zone.
    Time(Time) = schema "time" {
        read |text| text.parse()?;
        write |time, f| time.fmt(f);
        same |a, b| a == b;
        equal |a, b, implicit| Some(a.compare(b, implicit).is_eq());
        order |a, b, implicit| Some(a.compare(b, implicit));
    }

    /// `xs:date`: a day of the Gregorian calendar, with or without a zone.
    Date(Date) = schema "date" {
        read |text| text.parse()?;
        write |date, f| date.fmt(f);
        same |a, b| a == b;
        equal |a, b, implicit| Some(a.compare(b, implicit).is_eq());
        order |a, b, implicit| Some(a.compare(b, implicit));
    }

    /// `xs:dateTime`: a moment, or a local time if it has no zone.
    DateTime(DateTime) = schema "dateTime" {
        read |text| text.parse()?;
        write |moment, f| moment.fmt(f);
        same |a, b| a == b;
        equal |a, b, implicit| Some(a.compare(b, implicit).is_eq());
        order |a, b, implicit| Some(a.compare(b, implicit));
    }

    /// `xs:anyURI`: compared as written, never resolved or normalised.
    AnyUri(Arc<str>) = schema "anyURI" {
        read |text| any_uri::read(text)?.into();
        write |uri, f| f.write_str(uri);
        same |a, b| a == b;
        bulk |uri| uri.len();
    }

    /// `xs:hexBinary`: octets.
    HexBinary(Arc<[u8]>) = schema "hexBinary" {
        read |text| binary::parse_hex(text)?.into();
        write |octets, f| binary::write_hex(octets, f);
        same |a, b| a == b;
        bulk |octets| octets.len();
        length |octets| octets.len().saturating_mul(2);
    }

    /// `xs:base64Binary`: octets.
    Base64Binary(Arc<[u8]>) = schema "base64Binary" {
        read |text| binary::parse_base64(text)?.into();
        write |octets, f| binary::write_base64(octets, f);
        same |a, b| a == b;
        bulk |octets| octets.len();
        length |octets| octets.len().saturating_mul(2);
    }

    /// `xs:dayTimeDuration`: a number of seconds.
    DayTimeDuration(DayTimeDuration) = schema "dayTimeDuration" {
        read |text| text.parse()?;
        write |duration, f| duration.fmt(f);
        same |a, b| a == b;
    }

    /// `xs:yearMonthDuration`: a number of months.
    YearMonthDuration(YearMonthDuration) = schema "yearMonthDuration" {
        read |text| text.parse()?;
        write |duration, f| duration.fmt(f);
        same |a, b| a == b;
    }

    /// A directory name, RFC 2253.
    X500Name(Arc<X500Name>) = xacml_1 "x500Name" {
        read |text| Arc::new(text.parse()?);
        write |name, f| f.write_str(name.as_str());
        same |a, b| a.as_str() == b.as_str();
        equal |a, b, _| Some(a.equal(b));
        bulk |name| name.as_str().len();
    }

    /// A mailbox, RFC 2821 §4.1.2.
    Rfc822Name(Arc<Rfc822Name>) = xacml_1 "rfc822Name" {
        read |text| Arc::new(text.parse()?);
        write |name, f| f.write_str(name.as_str());
        same |a, b| a.as_str() == b.as_str();
        equal |a, b, _| Some(a.equal(b));
        bulk |name| name.as_str().len();
    }

    /// A network address with an optional mask and ports.
    IpAddress(Arc<IpAddress>) = xacml_2 "ipAddress" {
        read |text| Arc::new(text.parse()?);
        write |address, f| f.write_str(address.as_str());
        same |a, b| a.as_str() == b.as_str();
        bulk |address| address.as_str().len();
    }

    /// A host name with optional ports.
    DnsName(Arc<DnsName>) = xacml_2 "dnsName" {
        read |text| Arc::new(text.parse()?);
        write |name, f| f.write_str(name.as_str());
        same |a, b| a.as_str() == b.as_str();
        bulk |name| name.as_str().len();
    }

    /// An XPath expression with its namespaces and the category it is for.
    XPathExpression(Arc<XPathExpression>) = xacml_3 "xpathExpression" {
        read |text| Arc::new(XPathExpression::from_text(text));
        write |expression, f| f.write_str(&expression.text);
        same |a, b| a == b;
        equal |_, _, _| None;
        bulk |expression| expression.text.len();
        length |expression| expression.length();
    }

    /// Attributes and content of its own (Related and Nested Entities Profile).
    Entity(Arc<Entity>) = xacml_3 "entity" {
        read |text| {
            let reason = "an entity is written as attributes and content, not as text";
            Err(LexicalError::new(DataType::Entity, text, reason))?
        };
        write |entity, f| entity.fmt(f);
        same |a, b| a == b;
        equal |_, _, _| None;
        // No function walks through one.
        length |entity| entity.length();
    }
}
