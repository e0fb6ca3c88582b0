//! A file of attributes → a provider of those that requests lack.

use std::path::Path;

use serde_json::{Map, Value as Json};
use vedtak::Request;
use vedtak::attribute::{Designator, category};
use vedtak::provider::{AttributeProvider, Fetched, ProviderError};
use vedtak::report::{cut, did_you_mean, last_part, similar_name};
use vedtak::value::{DataType, Value};

use crate::output::{Failure, reason};

/// The names of the standard's categories.
pub(crate) const CATEGORIES: [(&str, &str); 4] = [
    ("subject", category::ACCESS_SUBJECT),
    ("resource", category::RESOURCE),
    ("action", category::ACTION),
    ("environment", category::ENVIRONMENT),
];

/// The category of a short name, or of an identifier.
pub(crate) fn category_of(name: &str) -> Result<&str, String> {
    let known = CATEGORIES.iter().find(|(short, _)| *short == name);
    match known {
        Some((_, id)) => Ok(id),
        None if name.contains(':') => Ok(name),
        None => {
            let meant = did_you_mean(similar_name(name, CATEGORIES.map(|(short, _)| short)));
            Err(format!(
                "there is no category `{}`{meant}; there are subject, resource, action, environment, \
                 and identifiers of others",
                cut(name)
            ))
        }
    }
}

/// Attributes by category, by whose they are, and by their names.
pub(crate) struct Facts {
    name: String,
    all: Map<String, Json>,
}

impl Facts {
    /// Reads a file.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let text = std::fs::read(path).map_err(|error| format!("{name}: {}", reason(&error)))?;
        Self::parse(name, &text)
    }

    fn parse(name: String, text: &[u8]) -> Result<Self, Failure> {
        let json: Json = serde_json::from_slice(text).map_err(|error| {
            let (line, column, text) = (error.line(), error.column(), error.to_string());
            let end = text.find(" at line").unwrap_or(text.len());
            format!("{name}:{line}:{column}: this is no JSON: {}", &text[..end])
        })?;
        let wrong = |path: &str, what: &str| Failure::from(format!("{name}: {path} {what}"));
        let Json::Object(all) = json else {
            return Err(wrong(
                "the file",
                "must be an object, such as {\"subject\": {\"kari\": {\"role\": \"clerk\"}}}",
            ));
        };
        for (category, owners) in &all {
            category_of(category).map_err(|error| format!("{name}: {error}"))?;
            let Json::Object(owners) = owners else {
                let path = format!("`{category}`");
                return Err(wrong(
                    &path,
                    "must have an object for each id, or for `*`, which is everybody",
                ));
            };
            for (owner, attributes) in owners {
                let path = format!("`{category}.{owner}`");
                let Json::Object(attributes) = attributes else {
                    return Err(wrong(
                        &path,
                        "must be an object of attributes, such as {\"role\": \"clerk\"}",
                    ));
                };
                let is_scalar =
                    |value: &Json| !value.is_object() && !value.is_array() && !value.is_null();
                let is_good = |value: &Json| match value {
                    Json::Array(values) => values.iter().all(is_scalar),
                    value => is_scalar(value),
                };
                if let Some((id, _)) = attributes.iter().find(|(_, value)| !is_good(value)) {
                    let path = format!("`{category}.{owner}.{id}`");
                    return Err(wrong(
                        &path,
                        "must be a text, a number, true or false, or a list of these",
                    ));
                }
            }
        }
        Ok(Self { name, all })
    }

    /// Those of a category, with their owners.
    fn of<'f>(&'f self, wanted: &Designator) -> impl Iterator<Item = (&'f str, &'f Json)> {
        let of_category = self
            .all
            .iter()
            .filter(|(name, _)| category_of(name).is_ok_and(|id| *id == *wanted.category));
        let id = wanted.id.clone();
        of_category
            .flat_map(|(_, owners)| owners.as_object().into_iter().flatten())
            .filter_map(move |(owner, attributes)| {
                let values = attributes
                    .get(&*id)
                    .or_else(|| attributes.get(last_part(&id)))?;
                Some((owner.as_str(), values))
            })
    }
}

impl AttributeProvider for Facts {
    fn name(&self) -> &str {
        &self.name
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        self.of(wanted).next().is_some()
    }

    /// Attributes are those of whoever or whatever has this id among the values of the category.
    fn fetch(&self, wanted: &Designator, request: &Request) -> Result<Fetched, ProviderError> {
        let mut values = Vec::new();
        for (owner, found) in self.of(wanted) {
            let of_category = request
                .categories()
                .iter()
                .filter(|c| c.category == wanted.category);
            let mut present = of_category
                .flat_map(|c| &c.attributes)
                .flat_map(|a| &a.values);
            if owner != "*" && !present.any(|value| value.lexical() == owner) {
                continue;
            }
            let found = match found {
                Json::Array(several) => several.iter().collect(),
                one => vec![one],
            };
            for one in found {
                let value = value_of(one, wanted.data_type).map_err(|why| {
                    ProviderError::new(format!("`{owner}.{}` {why}", last_part(&wanted.id)))
                })?;
                values.push(value);
            }
        }
        Ok(values.into())
    }
}

/// A value of JSON as one of a data type.
fn value_of(json: &Json, data_type: DataType) -> Result<Value, String> {
    let text = match (json, data_type) {
        (Json::String(text), _) => text.clone(),
        (Json::Bool(_), DataType::Boolean)
        | (Json::Number(_), DataType::Integer | DataType::Double) => json.to_string(),
        _ => {
            return Err(format!(
                "is {json}, and the policies want a value of type {data_type}"
            ));
        }
    };
    Value::parse(data_type, &text).map_err(|error| error.to_string())
}
