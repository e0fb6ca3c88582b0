//! A data type of the host → the functions that the standard has for each of its own.
//!
//! They are rows like the standard's, under the identifiers the host chose, and compare by
//! [`Value::equal`] and [`Value::compare`] as those do: no code of the host decides which values
//! are equal.

use super::comparison::{equal, order_rows};
use super::table::takes;
use super::{
    Call, Function, FunctionError, HostCall, Operand, Predicate, Type, bag, of_profile, set,
};
use crate::value::{DataType, Extension, Value};

/// The functions of a data type of the host; or the message that its identifier is invalid.
pub(crate) fn of_extension(extension: Extension) -> Result<Vec<Function>, String> {
    let data_type = DataType::Extension(extension);
    let mut rows = vec![("equal", predicate(data_type, equal))];
    let plain = bag::rows(data_type).into_iter().chain(set::rows(data_type));
    rows.extend(plain.map(|(name, signature, call)| (name, (signature, Call::Plain(call)))));
    if extension.is_ordered() {
        let order = order_rows();
        rows.extend(order.map(|(name, call)| (name, predicate(data_type, call))));
    }
    rows.push(("from-string", from_string(data_type)));
    rows.push(("string-from", string_from(data_type)));
    let mut functions = Vec::new();
    for (name, (signature, call)) in rows {
        let Some(id) = extension.function(name) else {
            continue;
        };
        // The compiler knows some functions by the end of their identifiers.
        let fits = match name {
            "string-from" => id.contains(name),
            _ => id
                .strip_suffix(name)
                .is_some_and(|rest| rest.ends_with('-')),
        };
        if !fits {
            let how = if name == "string-from" {
                "hold"
            } else {
                "end with `-` and"
            };
            return Err(format!(
                "the function `{name}` of the data type `{data_type}` is given the identifier \
                 `{id}`, which must {how} its name"
            ));
        }
        functions.push(Function {
            id: id.into(),
            signature,
            call,
        });
    }
    Ok(functions)
}

/// Whether this is the `*-equal` of a data type of the host, as made here: two values are equal
/// where their keys and then their canonical forms are, and it has a result for any two.
pub(crate) fn is_extension_equal(function: &Function) -> bool {
    let of_extension = |takes: &Type| matches!(takes, Type::One(DataType::Extension(_)));
    // Such predicates are made here, where these end so or in `-than-or-equal`, and for the profiles,
    // whose `…-value-equal` passes over ports.
    of_profile(&function.id).is_none()
        && matches!(function.call, Call::Predicate(_))
        && function.signature.parameters.iter().all(of_extension)
        && function.id.ends_with("-equal")
        && !function.id.ends_with("-than-or-equal")
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
        environment.spend_on(text.len())?;
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
