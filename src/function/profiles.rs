//! The functions of two profiles, and those of their data types: Time Extensions 1.0, and Data Loss
//! Prevention and Network Access Control 1.0.
//!
//! They are rows like the standard's, under the identifiers of the profiles. A host that had added
//! some of its own under these identifiers keeps them: they count before these.

use std::sync::{Arc, LazyLock};

use foldhash::quality::RandomState;
use indexmap::IndexMap;

use super::table::{Table, fits_calendar, ill_typed, rows};
use super::{Environment, Function, FunctionError, Predicate, of_extension};
use crate::value::{
    DataType, DayOfWeek, DnsNamePattern, DnsNameValue, ExtensionType, IpAddressPattern,
    IpAddressValue, PROFILES, Value,
};

/// The function of a profile with this identifier.
pub(crate) fn of_profile(id: &str) -> Option<&'static Function> {
    TABLE.get(id)
}

/// The identifiers that [`of_profile`] knows.
pub(crate) fn profile_ids() -> impl Iterator<Item = &'static str> {
    TABLE.keys().map(|id| &**id)
}

static TABLE: LazyLock<IndexMap<Arc<str>, Function, RandomState>> = LazyLock::new(|| {
    let mut table = Table::default();
    time(&mut table);
    network(&mut table);
    for data_type in PROFILES {
        for row in of_extension(data_type) {
            table.add(row);
        }
    }
    table.finish()
});

/// Time Extensions Profile.
fn time(table: &mut Table) {
    rows! { table, environment =>
        // A range that ends before it begins passes midnight; at which day each time lies does not
        // count: so it is `time-in-range` (A.3.8), of whose text the profile leaves no doubt.
        3.0 "time-in-recurring-range"(time: Time, from: Time, to: Time) -> Boolean =
            Ok(time.in_range(from, to, environment.implicit_zone()));
        3.0 "time-add-dayTimeDuration"(time: Time, by: DayTimeDuration) -> Time =
            Ok(time.add_day_time(*by));
        3.0 "time-subtract-dayTimeDuration"(time: Time, by: DayTimeDuration) -> Time =
            Ok(time.subtract_day_time(*by));
        3.0 "date-add-dayTimeDuration"(day: Date, by: DayTimeDuration) -> Date =
            fits_calendar(day.checked_add_day_time(*by));
        3.0 "date-subtract-dayTimeDuration"(day: Date, by: DayTimeDuration) -> Date =
            fits_calendar(day.checked_subtract_day_time(*by));
    }
    super::table::predicates! { table, environment =>
        3.0 "recurring-time-equal"(a: Time, b: Time) =
            Ok(a.recurring_equal(b, environment.implicit_zone()));
    }
    table.of_values(
        "dateTime-in-dayOfWeek-range",
        &[
            DataType::DateTime,
            DataType::of::<DayOfWeek>(),
            DataType::of::<DayOfWeek>(),
        ],
        |environment, arguments| {
            let [Value::DateTime(moment), first, last] = arguments else {
                return Err(ill_typed());
            };
            let (first, last) = (*of::<DayOfWeek>(first)?, *of::<DayOfWeek>(last)?);
            let zone = environment.implicit_zone();
            Ok(moment.in_day_of_week_range(first, last, zone).into())
        },
    );
}

/// Data Loss Prevention and Network Access Control Profile.
fn network(table: &mut Table) {
    let ip = DataType::of::<IpAddressValue>();
    let ip_pattern = DataType::of::<IpAddressPattern>();
    let dns = DataType::of::<DnsNameValue>();
    let dns_pattern = DataType::of::<DnsNamePattern>();
    let rows: [(&str, [DataType; 2], Predicate); 6] = [
        ("ipAddress-match", [ip_pattern, ip], |environment, a, b| {
            let (pattern, address) = both::<IpAddressPattern, IpAddressValue>(environment, a, b)?;
            Ok(pattern.matches(address))
        }),
        (
            "ipAddress-endpoint-match",
            [ip_pattern, ip],
            |environment, a, b| {
                let (pattern, address) =
                    both::<IpAddressPattern, IpAddressValue>(environment, a, b)?;
                Ok(pattern.matches_endpoint(address))
            },
        ),
        // Ports do not count.
        ("ipAddress-value-equal", [ip, ip], |environment, a, b| {
            let (a, b) = both::<IpAddressValue, IpAddressValue>(environment, a, b)?;
            Ok(a.address == b.address)
        }),
        ("dnsName-match", [dns_pattern, dns], |environment, a, b| {
            let (pattern, name) = both::<DnsNamePattern, DnsNameValue>(environment, a, b)?;
            Ok(pattern.matches(name))
        }),
        (
            "dnsName-endpoint-match",
            [dns_pattern, dns],
            |environment, a, b| {
                let (pattern, name) = both::<DnsNamePattern, DnsNameValue>(environment, a, b)?;
                Ok(pattern.matches_endpoint(name))
            },
        ),
        ("dnsName-value-equal", [dns, dns], |environment, a, b| {
            let (a, b) = both::<DnsNameValue, DnsNameValue>(environment, a, b)?;
            Ok(a.host() == b.host())
        }),
    ];
    for (name, parameters, call) in rows {
        table.predicate("3.0", name, parameters, call);
    }
}

/// The values of two arguments, after spending the work of reading them.
fn both<'v, A: ExtensionType, B: ExtensionType>(
    environment: &Environment,
    a: &'v Value,
    b: &'v Value,
) -> Result<(&'v A, &'v B), FunctionError> {
    let length = |value: &Value| match value {
        Value::Extension(value) => value.as_str().len(),
        _ => 0,
    };
    environment.spend_on_reading(length(a).min(length(b)))?;
    Ok((of(a)?, of(b)?))
}

fn of<T: ExtensionType>(value: &Value) -> Result<&T, FunctionError> {
    value.as_extension().ok_or_else(ill_typed)
}
