//! A file of attributes → a provider of those that requests lack.

use std::path::Path;

use serde_json::{Map, Value as Json};
use vedtak::attribute::{Designator, category};
use vedtak::provider::{AttributeProvider, Fetched, ProviderError};
use vedtak::report::{Problem, Source, cut, did_you_mean, last_part, similar_name};
use vedtak::syntax::Offset;
use vedtak::value::{DataType, Value};
use vedtak::{Error, Request};

use crate::output::{Undone, reason};

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
            let names = CATEGORIES.map(|(short, _)| short);
            let meant = match similar_name(name, names) {
                Some(meant) => did_you_mean(Some(meant)),
                None => format!(
                    "; there are {}, and those with identifiers",
                    names.join(", ")
                ),
            };
            Err(format!("there is no category `{}`{meant}", cut(name)))
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
    pub(crate) fn read(path: &Path) -> Result<Self, Undone> {
        let name = path.display().to_string();
        let text = std::fs::read(path).map_err(|error| format!("{name}: {}", reason(&error)))?;
        Self::parse(name, &text)
    }

    fn parse(name: String, text: &[u8]) -> Result<Self, Undone> {
        let text = String::from_utf8_lossy(text);
        let wrong = |offset: usize, message: String| {
            let problem = Problem {
                offset: Offset::new(offset),
                path: String::new(),
                message,
            };
            let source = Source {
                name: name.as_str().into(),
                text: &text,
            };
            Undone::from(Error::new(source.diagnostics(vec![problem])))
        };
        let all = serde_json::from_str(&text).map_err(|error| {
            let before: usize = text
                .split_inclusive('\n')
                .take(error.line() - 1)
                .map(str::len)
                .sum();
            let message = error.to_string();
            let end = message.find(" at line").unwrap_or(message.len());
            let offset = (before + error.column().saturating_sub(1)).min(text.len());
            wrong(offset, format!("this is no JSON: {}", &message[..end]))
        })?;
        match problem_of(&all) {
            Some((path, message)) => {
                // Its place is that of its name, behind the names before it.
                let mut offset = 0;
                for part in &path {
                    let quoted = Json::from(*part).to_string();
                    offset += text[offset..].find(&quoted).unwrap_or_default();
                }
                Err(wrong(offset, message))
            }
            None => {
                let all = all.as_object().cloned().unwrap_or_default();
                Ok(Self { name, all })
            }
        }
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

/// The first problem of a file of attributes, with the names that lead there.
fn problem_of(all: &Json) -> Option<(Vec<&str>, String)> {
    let Json::Object(categories) = all else {
        let message =
            "expected an object, such as {\"subject\": {\"kari\": {\"role\": \"clerk\"}}}";
        return Some((Vec::new(), message.to_owned()));
    };
    for (category, owners) in categories {
        if let Err(message) = category_of(category) {
            return Some((vec![category], message));
        }
        let Json::Object(owners) = owners else {
            let message = format!(
                "`{category}` must have an object for each id, or for `*`, which is everybody"
            );
            return Some((vec![category], message));
        };
        for (owner, attributes) in owners {
            let Json::Object(attributes) = attributes else {
                let message = format!(
                    "`{owner}` must be an object of attributes, such as {{\"role\": \"clerk\"}}"
                );
                return Some((vec![category, owner], message));
            };
            let is_scalar =
                |value: &Json| !value.is_object() && !value.is_array() && !value.is_null();
            let is_good = |value: &Json| match value {
                Json::Array(values) => values.iter().all(is_scalar),
                value => is_scalar(value),
            };
            if let Some((id, _)) = attributes.iter().find(|(_, value)| !is_good(value)) {
                let message =
                    format!("`{id}` must be a text, a number, true or false, or a list of these");
                return Some((vec![category, owner, id], message));
            }
        }
    }
    None
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
