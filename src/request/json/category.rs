//! `Category`, `Content` and `Attribute` objects ↔ JSON (JSON Profile 1.1 §4.2.2 to §4.2.4), as
//! requests have them and responses repeat them. Beside what the profile has, a category has a
//! member `Unusable` for the attributes whose values cannot be used. A PDP that does not know the
//! member refuses the request, and does not decide as if the attributes were absent.

use std::sync::Arc;

use super::value::{self, JsonValues};
use crate::error::cut;
use crate::json::{Document, Item, Kind, Writer};
use crate::request::{Attribute, Attributes, SharedAttributes, UnusableAttribute};
use crate::value::{DataType, Value};
use crate::xml;

/// Reads a category object. Messages call it `what`, the name of its member. `category` is the
/// category of that name, such as `AccessSubject`; none for `Category`.
pub(crate) fn read(
    json: &mut Document<'_>,
    item: Item,
    what: &str,
    category: Option<&'static str>,
    values: &mut JsonValues<'_>,
) -> Option<SharedAttributes> {
    let names = ["CategoryId", "Id", "Content", "Attribute", "Unusable"];
    let required: &[&str] = match category {
        Some(_) => &[],
        None => &["CategoryId"],
    };
    let [id, xml_id, content, attributes, unusable] = json.members(item, what, names, required)?;
    let category = match category {
        Some(category) => {
            if let Some(id) = id
                && let Some(text) = json.string(id, "`CategoryId`")
                && *text != *category
            {
                let found = cut(&text);
                let message = format!("{what} has the category `{category}`, found `{found}`");
                json.problem(id, message);
            }
            category.into()
        }
        None => identifier(json, item, what, id, "CategoryId"),
    };
    let xml_id = json.optional(xml_id, "`Id`");
    let (content, attributes) = content_and_attributes(json, content, attributes, values);
    let attributes = Attributes {
        category,
        xml_id: xml_id.map(|id| id.into_owned()),
        content,
        attributes,
    };
    let mut all = Vec::new();
    if let Some(item) = unusable {
        let mut items = json.some_items(item, "`Unusable`");
        while let Some(item) = items.next(json) {
            all.extend(self::unusable(json, item));
        }
    }
    Some(SharedAttributes::with_unusable(attributes, &all))
}

/// Reads an attribute whose value cannot be used.
fn unusable(json: &mut Document<'_>, item: Item) -> Option<UnusableAttribute> {
    let what = "an attribute that cannot be used";
    let names = ["AttributeId", "Issuer", "Reason"];
    let [id, issuer, reason] = json.members(item, what, names, &["AttributeId", "Reason"])?;
    let reason = json.required(item, what, reason, "Reason")?;
    Some(UnusableAttribute {
        id: identifier(json, item, what, id, "AttributeId"),
        issuer: json.optional(issuer, "`Issuer`").map(Arc::from),
        // Messages repeat it: ours are short.
        reason: cut(&json.string(reason, "`Reason`")?).into(),
    })
}

/// Reads the members that a category and an entity have in common: `Content` and `Attribute`.
pub(super) fn content_and_attributes(
    json: &mut Document<'_>,
    content: Option<Item>,
    attributes: Option<Item>,
    values: &mut JsonValues<'_>,
) -> (Option<Arc<str>>, Vec<Attribute>) {
    let content = content.and_then(|item| self::content(json, item, values));
    let mut all = Vec::new();
    if let Some(item) = attributes {
        let least = r#"{"AttributeId":"","Value":1}"#.len();
        all.reserve_exact(json.room(item, least));
        let mut items = json.items(item);
        while let Some(item) = items.next(json) {
            all.extend(attribute(json, item, values));
        }
    }
    (content.map(Arc::from), all)
}

/// Reads the member `name`, an identifier, which must be there.
pub(crate) fn identifier(
    json: &mut Document<'_>,
    object: Item,
    what: &str,
    found: Option<Item>,
    name: &'static str,
) -> Arc<str> {
    let found = json.required(object, what, found, name);
    let text = found.and_then(|item| match json.kind(item) {
        Kind::String { .. } => Some(json.text(item)),
        _ => json.string(item, &format!("`{name}`")),
    });
    text.map_or_else(|| "".into(), Arc::from)
}

/// Reads `Content` (§4.2.3): an XML document, as it is or in base64. The first character decides:
/// base64 has no `<`.
fn content(json: &mut Document<'_>, item: Item, values: &JsonValues<'_>) -> Option<String> {
    element(json, item, "`Content`", values)
}

/// Reads the XML element that a string holds.
pub(super) fn element(
    json: &mut Document<'_>,
    item: Item,
    what: &str,
    values: &JsonValues<'_>,
) -> Option<String> {
    let elements = elements(json, item, what, values)?;
    match <[String; 1]>::try_from(elements) {
        Ok([only]) => Some(only),
        Err(elements) => {
            let count = elements.len();
            json.problem(item, format!("{what} must be one element, found {count}"));
            None
        }
    }
}

/// Reads the XML elements that a string holds.
pub(crate) fn elements(
    json: &mut Document<'_>,
    item: Item,
    what: &str,
    values: &JsonValues<'_>,
) -> Option<Vec<String>> {
    let text = json.string(item, what)?;
    let elements = if xml::trim(&text).starts_with('<') {
        xml::elements(text.as_bytes(), values.limits)
    } else {
        let octets = Value::parse(DataType::Base64Binary, &text).ok();
        match octets.as_ref().and_then(Value::as_octets) {
            Some(octets) => xml::elements(octets, values.limits),
            None => Err("expected XML, or base64 of XML".to_owned()),
        }
    };
    match elements {
        Ok(elements) => Some(elements),
        Err(message) => {
            json.problem(item, format!("{what} cannot be read: {message}"));
            None
        }
    }
}

fn attribute(
    json: &mut Document<'_>,
    item: Item,
    values: &mut JsonValues<'_>,
) -> Option<Attribute> {
    let what = "`Attribute`";
    let names = [
        "AttributeId",
        "Issuer",
        "IncludeInResult",
        "DataType",
        "Value",
    ];
    let [id, issuer, include, data_type, value] =
        json.members(item, what, names, &["AttributeId", "Value"])?;
    let mut attribute = Attribute {
        id: identifier(json, item, what, id, "AttributeId"),
        issuer: json.optional(issuer, "`Issuer`").map(Arc::from),
        include_in_result: json.flag(include, "`IncludeInResult`"),
        values: Vec::new(),
    };
    let value = json.required(item, what, value, "Value");
    values.read(json, data_type, value, &mut attribute.values);
    Some(attribute)
}

/// Writes a category object.
pub(crate) fn write(writer: &mut Writer<'_>, attributes: &SharedAttributes) {
    writer.object(|writer| {
        writer.string_member("CategoryId", &attributes.category);
        writer.optional("Id", attributes.xml_id.as_deref());
        write_inside(
            writer,
            attributes.content.as_deref(),
            &attributes.attributes,
        );
        writer.array_member("Unusable", attributes.unusable(), |writer, unusable| {
            writer.object(|writer| {
                writer.string_member("AttributeId", &unusable.id);
                writer.optional("Issuer", unusable.issuer.as_deref());
                writer.string_member("Reason", &unusable.reason);
            });
        });
    });
}

/// Writes the members that a category and an entity have in common: `Content` and `Attribute`.
pub(super) fn write_inside(
    writer: &mut Writer<'_>,
    content: Option<&str>,
    attributes: &[Attribute],
) {
    writer.optional("Content", content);
    let runs = attributes.iter().flat_map(|attribute| {
        // Values of one data type each; an attribute without values is one of its own.
        let same = |a: &Value, b: &Value| a.data_type() == b.data_type();
        let none = attribute.values.is_empty().then_some(&[][..]);
        let runs = none.into_iter().chain(attribute.values.chunk_by(same));
        runs.map(move |values| (attribute, values))
    });
    writer.array_member("Attribute", runs, |writer, (attribute, values)| {
        writer.object(|writer| {
            writer.string_member("AttributeId", &attribute.id);
            writer.optional("Issuer", attribute.issuer.as_deref());
            writer.flag("IncludeInResult", attribute.include_in_result);
            value::write(writer, values);
        });
    });
}
