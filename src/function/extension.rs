//! A data type of the host → the functions that the standard has for each of its own.
//!
//! They are rows like the standard's, under the identifiers the host chose, and compare by
//! [`Value::equal`] and [`Value::compare`] as those do: no code of the host decides which values
//! are equal.

use super::comparison::{equal, order_rows};
use super::table::takes;
use super::{Call, Function, FunctionError, HostCall, Meaning, Operand, Predicate, Type, bag, set};
use crate::value::{DataType, ExtensionDataType, Value};

/// The functions of a data type of the host.
pub(crate) fn of_extension(extension: ExtensionDataType) -> Vec<Function> {
    let data_type = DataType::Extension(extension);
    let mut rows = vec![("equal", predicate(data_type, equal), Meaning::Equal)];
    let plain = bag::rows(data_type).into_iter().chain(set::rows(data_type));
    rows.extend(plain.map(|(name, signature, call, meaning)| {
        let row = (signature, Call::Plain(call));
        (name, row, meaning)
    }));
    if extension.is_ordered() {
        let order = order_rows();
        rows.extend(order.map(|(name, call, meaning)| (name, predicate(data_type, call), meaning)));
    }
    rows.push(("from-string", from_string(data_type), Meaning::Other));
    rows.push(("string-from", string_from(data_type), Meaning::Other));
    let named = |(name, (signature, call), meaning)| {
        Some(Function {
            id: extension.function(name)?.into(),
            signature,
            call,
            meaning,
        })
    };
    rows.into_iter().filter_map(named).collect()
}

type Row = (super::Signature, Call);

fn predicate(data_type: DataType, call: Predicate) -> Row {
    let signature = takes([Type::One(data_type); 2], None, DataType::Boolean);
    (signature, Call::Predicate(call))
}

/// A.3.9.
fn from_string(data_type: DataType) -> Row {
    let signature = takes([Type::One(DataType::String)], None, data_type);
    let call = HostCall(std::sync::Arc::new(move |environment, arguments| {
        let text = arguments.first().and_then(Operand::as_value);
        let text = text
            .and_then(Value::as_str)
            .ok_or_else(super::table::ill_typed)?;
        environment.spend_on_reading(text.len())?;
        match Value::parse(data_type, text) {
            Ok(value) => Ok(Operand::value(value)),
            Err(error) => Err(FunctionError::syntax(error.to_string())),
        }
    }));
    (signature, Call::Host(call))
}

fn string_from(data_type: DataType) -> Row {
    let signature = takes([Type::One(data_type)], None, DataType::String);
    let call = Call::OfValues(|environment, arguments| {
        let [Value::Extension(value)] = arguments else {
            return Err(super::table::ill_typed());
        };
        environment.spend_on_making(value.as_str().len())?;
        Ok(Value::String(value.as_str().into()))
    });
    (signature, call)
}
