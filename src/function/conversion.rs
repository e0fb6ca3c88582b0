//! Values from strings and strings from values (A.3.9).

use super::table::{Table, rows};
use super::{Environment, FunctionError};
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
    rows! { table, _ =>
        3.0 "string-from-anyURI"(uri: AnyUri) -> String = Ok(Value::String(uri.clone()));
    }
    // Written as `Value` writes itself: the canonical form, or for names the one they came in.
    rows! { table, environment =>
        3.0 "string-from-boolean"(value: Boolean) -> String = written(environment, value);
        3.0 "string-from-integer"(value: Integer) -> String = written(environment, value);
        3.0 "string-from-double"(value: Double) -> String =
            written(environment, Value::Double(*value));
        3.0 "string-from-time"(value: Time) -> String = written(environment, value);
        3.0 "string-from-date"(value: Date) -> String = written(environment, value);
        3.0 "string-from-dateTime"(value: DateTime) -> String = written(environment, value);
        3.0 "string-from-dayTimeDuration"(value: DayTimeDuration) -> String =
            written(environment, value);
        3.0 "string-from-yearMonthDuration"(value: YearMonthDuration) -> String =
            written(environment, value);
        3.0 "string-from-x500Name"(value: X500Name) -> String =
            written(environment, value.as_str());
        3.0 "string-from-rfc822Name"(value: Rfc822Name) -> String =
            written(environment, value.as_str());
        3.0 "string-from-ipAddress"(value: IpAddress) -> String =
            written(environment, value.as_str());
        3.0 "string-from-dnsName"(value: DnsName) -> String = written(environment, value.as_str());
    }
}

fn read(
    environment: &Environment,
    data_type: DataType,
    text: &str,
) -> Result<Value, FunctionError> {
    environment.spend_on(text.len())?;
    Value::parse(data_type, text).map_err(|error| FunctionError::syntax(error.to_string()))
}

fn written(environment: &Environment, value: impl ToString) -> Result<String, FunctionError> {
    let text = value.to_string();
    environment.spend_on(text.len())?;
    Ok(text)
}
