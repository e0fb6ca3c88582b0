//! Values from strings and strings from values (A.3.9).

use super::table::{Table, rows};
use super::{Environment, FunctionError};
use crate::value::bulk::Bulk;
use crate::value::{DataType, Value};

pub(super) fn conversion(table: &mut Table) {
    rows! { table, environment =>
        3.0 "boolean-from-string"(text: String) -> Boolean = read(environment, DataType::Boolean, text);
        3.0 "integer-from-string"(text: String) -> Integer = read(environment, DataType::Integer, text);
        3.0 "double-from-string"(text: String) -> Double = read(environment, DataType::Double, text);
        3.0 "time-from-string"(text: String) -> Time = read(environment, DataType::Time, text);
        3.0 "date-from-string"(text: String) -> Date = read(environment, DataType::Date, text);
        3.0 "dateTime-from-string"(text: String) -> DateTime = read(environment, DataType::DateTime, text);
        3.0 "anyURI-from-string"(text: String) -> AnyUri = read(environment, DataType::AnyUri, text);
        3.0 "dayTimeDuration-from-string"(text: String) -> DayTimeDuration =
            read(environment, DataType::DayTimeDuration, text);
        3.0 "yearMonthDuration-from-string"(text: String) -> YearMonthDuration =
            read(environment, DataType::YearMonthDuration, text);
        3.0 "x500Name-from-string"(text: String) -> X500Name = read(environment, DataType::X500Name, text);
        3.0 "rfc822Name-from-string"(text: String) -> Rfc822Name =
            read(environment, DataType::Rfc822Name, text);
        3.0 "ipAddress-from-string"(text: String) -> IpAddress = read(environment, DataType::IpAddress, text);
        3.0 "dnsName-from-string"(text: String) -> DnsName = read(environment, DataType::DnsName, text);
    }
    // Written as `Value` writes itself: the canonical form, or for names the one they came in.
    rows! { table, environment =>
        3.0 "string-from-boolean"(value: Boolean) -> String = Ok(value.to_string());
        3.0 "string-from-integer"(value: Integer) -> String = {
            spend_on_digits(environment, value.bulk())?;
            // The digits are gathered before they are text.
            environment.spend_on_making(5 * value.bulk())?;
            Ok(value.to_string())
        };
        3.0 "string-from-anyURI"(uri: AnyUri) -> String = Ok(uri.clone());
        3.0 "string-from-double"(value: Double) -> String = Ok(Value::Double(*value).to_string());
        3.0 "string-from-time"(value: Time) -> String = Ok(value.to_string());
        3.0 "string-from-date"(value: Date) -> String = Ok(value.to_string());
        3.0 "string-from-dateTime"(value: DateTime) -> String = Ok(value.to_string());
        3.0 "string-from-dayTimeDuration"(value: DayTimeDuration) -> String = Ok(value.to_string());
        3.0 "string-from-yearMonthDuration"(value: YearMonthDuration) -> String = Ok(value.to_string());
        3.0 "string-from-x500Name"(value: X500Name) -> String = Ok(value.as_str());
        3.0 "string-from-rfc822Name"(value: Rfc822Name) -> String = Ok(value.as_str());
        3.0 "string-from-ipAddress"(value: IpAddress) -> String = Ok(value.as_str());
        3.0 "string-from-dnsName"(value: DnsName) -> String = Ok(value.as_str());
    }
}

fn read(
    environment: &Environment,
    data_type: DataType,
    text: &str,
) -> Result<Value, FunctionError> {
    // Reading takes some steps for each character; a text longer than any lexical form is not read.
    let length = text.len().min(LONGEST);
    environment.spend_on_reading(3 * length)?;
    if data_type == DataType::Integer {
        spend_on_digits(environment, length / 2)?;
    }
    Value::parse(data_type, text).map_err(|error| FunctionError::syntax(error.to_string()))
}

/// No form that is read here is longer.
const LONGEST: usize = 16 << 10;

/// Between digits and the `bytes` of a number lies work that grows with the square of its size.
fn spend_on_digits(environment: &Environment, bytes: usize) -> Result<(), FunctionError> {
    let words = bytes / 8;
    environment.spend_on_reading(words.saturating_mul(words) / 4)
}
