//! Requests and values ↔ serde, in the form of the JSON Profile and by its reader.

use serde::de::{Deserializer, Error as _};
use serde::ser::Serializer;

use super::value::{self, JsonValues};
use super::{Request, document, request};
use crate::json::{Document, Item, JsonDialect, Writer, serialized};
use crate::read_options::ReadOptions;
use crate::value::Value;

/// Writes the text of `write` to a serializer.
pub(crate) fn serialize<S: Serializer>(
    serializer: S,
    write: impl FnOnce(&mut Writer<'_>),
) -> Result<S::Ok, S::Error> {
    let mut writer = Writer::new(&JsonDialect::PROFILE);
    write(&mut writer);
    serialized::serialize(&writer.finish(), serializer)
}

/// Reads a value by `read` from a deserializer, as strictly as from a text, within the default
/// limits and with the standard's data types.
pub(crate) fn deserialize<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    read: impl FnOnce(&mut Document<'_>, Item, &mut JsonValues<'_>) -> Option<T>,
) -> Result<T, D::Error> {
    let options = ReadOptions::new();
    let text = serialized::text(deserializer, options.limits.bytes)?;
    let problems = match document("", text.as_bytes(), options, read) {
        Ok(Some(read)) => return Ok(read),
        Ok(None) => return Err(D::Error::custom("there is nothing to read")),
        Err(problems) => problems,
    };
    // Lines and columns would be those of an intermediate text that the user never sees.
    let problems = problems
        .diagnostics()
        .iter()
        .map(|problem| match problem.path() {
            "" => problem.message().to_owned(),
            path => format!("{path}: {}", problem.message()),
        });
    Err(D::Error::custom(problems.collect::<Vec<_>>().join("; ")))
}

/// `Type: how it is written, how it is read;`
macro_rules! as_profile {
    ($($type:ty: $write:expr, $read:expr;)*) => {$(
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let write: fn(&mut $crate::json::Writer<'_>, &$type) = $write;
                $crate::request::json::serialized::serialize(serializer, |writer| write(writer, self))
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::request::json::serialized::deserialize(deserializer, $read)
            }
        }
    )*};
}

pub(crate) use as_profile;

as_profile! {
    Request:
        |writer, request| writer.object(|writer| {
            writer.object_member("Request", |writer| super::write(writer, request));
        }),
        |json, root, values| Some(request(json, root, values));
    Value:
        |writer, value| writer.object(|writer| value::write(writer, std::slice::from_ref(value))),
        only_value;
}

/// `{"DataType": …, "Value": …}`, the first only if it does not follow from the second.
fn only_value(json: &mut Document<'_>, root: Item, values: &mut JsonValues<'_>) -> Option<Value> {
    let names = ["DataType", "Value"];
    let [data_type, value] = json.members(root, "a value", names, &["Value"])?;
    let value = json.required(root, "a value", value, "Value")?;
    let mut read = Vec::new();
    values.read(json, data_type, Some(value), &mut read);
    match <[Value; 1]>::try_from(read) {
        Ok([only]) => Some(only),
        Err(several) => {
            if !several.is_empty() || json.items(value).next(json).is_none() {
                json.problem(
                    value,
                    format!("expected one value, found {}", several.len()),
                );
            }
            None
        }
    }
}
