//! `Value` and `DataType` members ↔ values (JSON Profile 1.1 §3.3).

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::entity;
use crate::json::{Document, Item, Kind, Writer};
use crate::limits::{Limits, exceeded};
use crate::value::{DataType, DataTypes, Value, XPathExpression};

/// Reads the values of one document, and counts them.
pub(crate) struct JsonValues<'l> {
    pub(crate) limits: &'l Limits,
    data_types: &'l DataTypes,
    count: usize,
}

impl<'l> JsonValues<'l> {
    pub(crate) fn new(limits: &'l Limits, data_types: &'l DataTypes) -> Self {
        Self {
            limits,
            data_types,
            count: 0,
        }
    }

    /// The data types it reads.
    pub(crate) fn data_types(&self) -> &'l DataTypes {
        self.data_types
    }

    /// Reads the members `DataType` and `Value` into `all`, and reports their problems.
    pub(crate) fn read(
        &mut self,
        json: &mut Document<'_>,
        data_type: Option<Item>,
        value: Option<Item>,
        all: &mut Vec<Value>,
    ) {
        let given = match data_type {
            Some(item) => match self.read_data_type(json, item) {
                None => return,
                given => given,
            },
            None => None,
        };
        if let Some(value) = value {
            self.read_of(json, given, value, VALUE, all);
        }
    }

    /// Reads one value or several, of a data type that is given or follows from their JSON, into `all`,
    /// and reports their problems. Messages call a value `what`.
    pub(crate) fn read_of(
        &mut self,
        json: &mut Document<'_>,
        given: Option<DataType>,
        value: Item,
        what: &str,
        all: &mut Vec<Value>,
    ) {
        let Some(data_type) = given.or_else(|| infer(json, value, what)) else {
            return;
        };
        let room = self.limits.attribute_values.saturating_sub(self.count);
        all.reserve_exact(json.room(value, 2).min(room));
        let mut items = json.items(value);
        while let Some(item) = items.next(json) {
            if !self.count(json, item, 1) {
                return;
            }
            all.extend(match data_type {
                DataType::Extension(extension) if extension.is_xml() => {
                    self.element(json, item, data_type)
                }
                DataType::Entity => entity::read(json, item, self),
                _ => parse(json, item, data_type, given.is_some(), what),
            });
        }
    }

    /// Reads the member `DataType`: an identifier, or the last part of one of the standard's
    /// (§3.3.1).
    pub(crate) fn read_data_type(&self, json: &mut Document<'_>, item: Item) -> Option<DataType> {
        let text = json.string(item, "`DataType`")?;
        let found = DataType::from_short_name(&text).or_else(|| self.data_types.from_uri(&text));
        if found.is_none() {
            json.problem(item, self.data_types.unknown(&text));
        }
        found
    }

    /// Reads a value that is an XML element, in a string as `Content` is.
    fn element(&self, json: &mut Document<'_>, item: Item, data_type: DataType) -> Option<Value> {
        let element = super::category::element(json, item, VALUE, self)?;
        match Value::parse(data_type, &element) {
            Ok(value) => Some(value),
            Err(error) => {
                json.problem(item, format!("{VALUE} {error}"));
                None
            }
        }
    }

    /// Reads a value, or an array of them, whose data type follows from their JSON. An empty array
    /// counts as one value. Reports more values than the limit.
    pub(crate) fn read_inferred(
        &mut self,
        json: &mut Document<'_>,
        value: Item,
    ) -> Result<Vec<Value>, NoBag> {
        let is_array = json.kind(value) == Kind::Array;
        let (mut items, mut number) = (json.items(value), 0);
        let mut reason = None;
        while let Some(item) = items.next(json) {
            if let kind @ (Kind::Null | Kind::Array | Kind::Object) = json.kind(item) {
                let verb = if is_array { "holds" } else { "is" };
                reason.get_or_insert_with(|| format!("{verb} {}", kind.name()).into());
            }
            number += 1;
        }
        if !self.count(json, value, number.max(1)) {
            return Err(NoBag::TooMany);
        }
        if let Some(reason) = reason {
            return Err(NoBag::Unusable(reason));
        }
        let mixed = |mixed: NotOne| NoBag::Unusable(mixed.to_string().into());
        let data_type = common(json, value).map_err(mixed)?;
        let mut all = Vec::with_capacity(number);
        let mut items = json.items(value);
        while let Some(item) = items.next(json) {
            let text = json.scalar(item);
            let value = Value::parse(data_type, &text);
            let wrong = |error| NoBag::Unusable(format!("cannot be read: {error}").into());
            all.push(value.map_err(wrong)?);
        }
        Ok(all)
    }

    /// Whether there were more values than the limit.
    pub(crate) fn is_over_full(&self) -> bool {
        self.count > self.limits.attribute_values
    }

    /// Counts values found in `item` and returns whether the limit leaves room for them. The first
    /// count over it is a problem; later ones are not, for the values are skipped.
    pub(crate) fn count(&mut self, json: &mut Document<'_>, item: Item, number: usize) -> bool {
        let most = self.limits.attribute_values;
        let had_room = self.count <= most;
        self.count = self.count.saturating_add(number);
        if had_room && self.count > most {
            let message = exceeded("too many attribute values", most, "attribute_values");
            json.problem(item, message);
        }
        self.count <= most
    }
}

/// The reason why the values of an attribute make no bag.
pub(crate) enum NoBag {
    /// The values cannot be used; the reason follows "it" in the message.
    Unusable(Cow<'static, str>),
    /// There are more values than the limit, which was reported.
    TooMany,
}

/// The reason why values have no data type in common.
enum NotOne {
    /// One of them is none.
    NoValue(Item),
    /// The first two data types found.
    Mixed(Item, DataType, DataType),
}

impl fmt::Display for NotOne {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoValue(_) => f.write_str("holds what is no value"),
            Self::Mixed(_, first, second) => {
                let (first, second) = (first.short_name(), second.short_name());
                write!(
                    f,
                    "holds both `{first}` and `{second}`; values of one attribute without \
                     `DataType` are of one data type"
                )
            }
        }
    }
}

/// The name of a value in messages about documents of the profile.
const VALUE: &str = "`Value`";

/// The data type of the member `Value` without a `DataType` (§3.3.1, §3.3.2): that of all its
/// values, where integers beside doubles are doubles. An empty array is one of strings.
fn infer(json: &mut Document<'_>, value: Item, what: &str) -> Option<DataType> {
    match common(json, value) {
        Ok(data_type) => return Some(data_type),
        Err(NotOne::NoValue(item)) => json.expected(item, what, "a value"),
        Err(mixed @ NotOne::Mixed(item, ..)) => json.problem(item, format!("{what} {mixed}")),
    }
    None
}

fn common(json: &Document<'_>, value: Item) -> Result<DataType, NotOne> {
    if json.dialect().strings_only {
        return Ok(DataType::String);
    }
    let mut common = None;
    let mut items = json.items(value);
    while let Some(item) = items.next(json) {
        let found = match json.kind(item) {
            Kind::String { .. } => DataType::String,
            Kind::Boolean(_) => DataType::Boolean,
            Kind::Object if entity::is_one(json, item) => DataType::Entity,
            Kind::Object => DataType::XPathExpression,
            // The text decides: `5` and `5.0` are two data types, and one exponent makes a number
            // a double, as it does in XML Schema.
            Kind::Number if json.raw(item).contains(['.', 'e', 'E']) => DataType::Double,
            Kind::Number => DataType::Integer,
            Kind::Null | Kind::Array => return Err(NotOne::NoValue(item)),
        };
        common = match (common, found) {
            (None, found) => Some(found),
            (Some(common), found) if common == found => Some(common),
            (Some(DataType::Integer | DataType::Double), DataType::Integer | DataType::Double) => {
                Some(DataType::Double)
            }
            // Nothing else has a common data type, and a number must not become a string unseen.
            (Some(common), found) => return Err(NotOne::Mixed(item, common, found)),
        };
    }
    Ok(common.unwrap_or(DataType::String))
}

/// One value. Where the data type is `given`, a number or a boolean is read as its lexical form.
fn parse(
    json: &mut Document<'_>,
    item: Item,
    data_type: DataType,
    given: bool,
    what: &str,
) -> Option<Value> {
    if data_type == DataType::XPathExpression {
        return xpath(json, item);
    }
    let parsed = match json.kind(item) {
        Kind::String { .. } => Value::parse(data_type, &json.text(item)),
        Kind::Number | Kind::Boolean(_) if given || data_type != DataType::String => {
            Value::parse(data_type, json.raw(item))
        }
        Kind::Number | Kind::Boolean(_) => {
            json.expected(item, what, "a string");
            return None;
        }
        Kind::Null | Kind::Array | Kind::Object => {
            let expected = format!("a value of the data type `{}`", data_type.short_name());
            json.expected(item, what, &expected);
            return None;
        }
    };
    match parsed {
        Ok(value) => Some(value),
        Err(error) => {
            json.problem(item, format!("{what} {error}"));
            None
        }
    }
}

/// An XPath expression: an object, because it takes more than a text (§3.3.3).
fn xpath(json: &mut Document<'_>, item: Item) -> Option<Value> {
    let what = "`Value`, an XPath expression,";
    let names = ["XPathCategory", "Namespaces", "XPath"];
    let [category, declarations, text] =
        json.members(item, what, names, &["XPathCategory", "XPath"])?;
    let category = json.required(item, what, category, "XPathCategory");
    let text = json.required(item, what, text, "XPath");
    let mut namespaces = Vec::new();
    if let Some(declarations) = declarations {
        let what = "`Namespaces`";
        let mut items = json.items(declarations);
        while let Some(item) = items.next(json) {
            let [prefix, uri] =
                json.members(item, what, ["Prefix", "Namespace"], &["Namespace"])?;
            let prefix = json.optional(prefix, "`Prefix`").unwrap_or_default();
            let uri = json.required(item, what, uri, "Namespace");
            let uri = json.optional(uri, "`Namespace`").unwrap_or_default();
            namespaces.push((Arc::from(prefix), Arc::from(uri)));
        }
    }
    let category = json.string(category?, "`XPathCategory`")?;
    let text = json.string(text?, "`XPath`")?;
    Some(Value::from(XPathExpression {
        text: text.into(),
        category: category.into(),
        namespaces: namespaces.into(),
    }))
}

/// Writes values of one data type: `DataType`, unless it can be inferred, and `Value`.
pub(crate) fn write(writer: &mut Writer<'_>, values: &[Value]) {
    let strings = writer.dialect().strings_only;
    if let Some(first) = values.first()
        && (strings || !values.iter().all(is_inferred))
    {
        writer.string_member("DataType", first.data_type().uri());
    }
    writer.name("Value");
    match values {
        [only] => write_one(writer, only),
        values => writer.array(|writer| {
            for value in values {
                write_one(writer, value);
            }
        }),
    }
}

/// Whether every reader infers the value's data type from its JSON form. Not that of a double: many
/// readers take `5.0` for an integer.
fn is_inferred(value: &Value) -> bool {
    matches!(value, Value::String(_) | Value::Boolean(_)) || is_exact(value)
}

/// Whether it is an integer that a reader with nothing but doubles keeps exact.
fn is_exact(value: &Value) -> bool {
    let integer = value.as_integer().and_then(|integer| integer.as_i64());
    integer.is_some_and(|integer| integer.unsigned_abs() < 1 << 53)
}

pub(crate) fn write_one(writer: &mut Writer<'_>, value: &Value) {
    let strings = writer.dialect().strings_only;
    match value {
        Value::XPathExpression(expression) => write_xpath(writer, expression),
        Value::Entity(entity) => entity::write(writer, entity),
        Value::Boolean(_) if !strings => writer.literal(&value.lexical()),
        Value::Integer(_) if !strings && is_exact(value) => writer.literal(&value.lexical()),
        // Rust's form has a point or an exponent, and reads back as the same double. Infinities and
        // NaN are strings (§3.3.4).
        Value::Double(double) if !strings && double.is_finite() => {
            writer.literal(&format!("{double:?}"));
        }
        _ => match value.as_str() {
            Some(text) => writer.string(text),
            None => writer.string(&value.lexical()),
        },
    }
}

fn write_xpath(writer: &mut Writer<'_>, expression: &XPathExpression) {
    writer.object(|writer| {
        writer.string_member("XPathCategory", &expression.category);
        let namespaces = expression.namespaces.iter();
        writer.array_member("Namespaces", namespaces, |writer, (prefix, uri)| {
            writer.object(|writer| {
                writer.optional(
                    "Prefix",
                    Some(&**prefix).filter(|prefix| !prefix.is_empty()),
                );
                writer.string_member("Namespace", uri);
            });
        });
        writer.string_member("XPath", &expression.text);
    });
}
