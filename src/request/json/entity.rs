//! Entities ↔ JSON (Related and Nested Entities Profile 1.0): objects with the members of a
//! category, without its name.

use super::category::{content_and_attributes, write_inside};
use super::value::JsonValues;
use crate::json::{Document, Item, Writer};
use crate::value::{Entity, Value};

/// Whether an object without a data type is an entity; the other kind of object has an `XPath`.
pub(super) fn is_one(json: &Document<'_>, item: Item) -> bool {
    json.has_member(item, &["Attribute", "Content"]) && !json.has_member(item, &["XPath"])
}

/// Reads an entity. JSON nests no deeper than the limit, and so do entities.
pub(super) fn read(
    json: &mut Document<'_>,
    item: Item,
    values: &mut JsonValues<'_>,
) -> Option<Value> {
    let what = "`Value`, an entity,";
    let [content, attributes] = json.members(item, what, ["Content", "Attribute"], &[])?;
    let (content, attributes) = content_and_attributes(json, content, attributes, values);
    match Entity::new(attributes, content) {
        Ok(entity) => Some(entity.into()),
        Err(error) => {
            json.problem(item, error.to_string());
            None
        }
    }
}

/// Writes an entity.
pub(super) fn write(writer: &mut Writer<'_>, entity: &Entity) {
    writer.object(|writer| write_inside(writer, entity.content(), entity.attributes()));
}
