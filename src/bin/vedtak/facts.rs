//! A file of attributes → a provider of those that requests lack.

use std::collections::HashSet;
use std::path::Path;

use serde_json::{Map, Value as Json};
use vedtak::attribute::{Designator, ShortNames, category, id};
use vedtak::folder;
use vedtak::json::{JsonTree, JsonValue};
use vedtak::provider::{AttributeProvider, Fetched, ProviderError};
use vedtak::report::{
    Problem, Source, Visible, cut, did_you_mean, last_part, similar_name, without_long_numbers,
};
use vedtak::syntax::Offset;
use vedtak::value::{DataType, Value};
use vedtak::{Error, Limits, Pdp, Request};

use crate::output::{Undone, reason};
use crate::question::unread;
use crate::stdin;

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
    text: String,
    all: Map<String, Json>,
}

impl Facts {
    /// Reads a file, or standard input for `-`.
    pub(crate) fn read(path: &Path) -> Result<Self, Undone> {
        let (name, text) = match path.as_os_str() == "-" {
            true => (stdin::NAME.to_owned(), stdin::read()),
            false => (Visible(path.display()).to_string(), folder::read(path)),
        };
        let text = text.map_err(|error| format!("{name}: {}", reason(&error)))?;
        Self::parse(name, &text)
    }

    fn parse(name: String, text: &[u8]) -> Result<Self, Undone> {
        let text = String::from_utf8_lossy(text);
        let all: Json = serde_json::from_str(&text).map_err(|error| {
            let before: usize = text
                .split_inclusive('\n')
                .take(error.line() - 1)
                .map(str::len)
                .sum();
            let message = error.to_string();
            let end = message.find(" at line").unwrap_or(message.len());
            let offset = (before + error.column().saturating_sub(1)).min(text.len());
            let message = format!("this is no JSON: {}", &message[..end]);
            wrong(&name, &text, offset, message)
        })?;
        // Of members of one name, only the last is left in it.
        let mut limits = Limits::default();
        limits.elements = usize::MAX;
        let source = Source {
            name: name.as_str().into(),
            text: &text,
        };
        let tree = JsonTree::read(&source, &limits).map_err(Error::without_long_numbers)?;
        if let Some(second) = repeated(tree.root()) {
            let end = second.offset().bytes() + second.raw().len();
            let twice = second.as_str().unwrap_or_default();
            let message = format!("`{}` is given twice", cut(&twice));
            return Err(wrong(&name, &text, end - 1, message));
        }
        let problem =
            problem_of(&all).map(|(path, message)| wrong_name(&name, &text, &path, message));
        match problem {
            Some(problem) => Err(problem),
            None => Ok(Self {
                all: all.as_object().cloned().unwrap_or_default(),
                text: text.into_owned(),
                name,
            }),
        }
    }

    /// Those of a category, with their owners.
    fn of<'f>(&'f self, wanted: &Designator) -> impl Iterator<Item = (&'f str, &'f Json)> {
        let of_category = self
            .all
            .iter()
            .filter(|(name, _)| category_of(name).is_ok_and(|id| *id == *wanted.category));
        let (id, category) = (wanted.id.clone(), wanted.category.clone());
        let names = ShortNames::of([wanted]);
        of_category
            .flat_map(|(_, owners)| owners.as_object().into_iter().flatten())
            .filter_map(move |(owner, attributes)| {
                let is_it = |name: &str| names.find(&category, name).is_ok_and(|id| id.is_some());
                let called_so = || attributes.as_object()?.iter().find(|(name, _)| is_it(name));
                let values = attributes.get(&*id).or_else(|| Some(called_so()?.1))?;
                Some((owner.as_str(), values))
            })
    }
}

/// A problem of a file.
fn wrong(name: &str, text: &str, offset: usize, message: String) -> Undone {
    let problem = Problem {
        offset: Offset::new(offset),
        path: String::new(),
        message,
    };
    let name = name.into();
    // The file is about people.
    Error::new(Source { name, text }.diagnostics(vec![problem]))
        .without_long_numbers()
        .into()
}

/// A problem of a name in a file, with the names that lead there.
fn wrong_name(name: &str, text: &str, path: &[&str], message: String) -> Undone {
    // Its place is behind the names before it.
    let mut offset = 0;
    for part in path {
        let quoted = Json::from(*part).to_string();
        offset += text[offset..].find(&quoted).unwrap_or_default();
    }
    wrong(name, text, offset, message)
}

impl Facts {
    /// Fails for a name that several attributes have which policies read.
    pub(crate) fn refuse_ambiguous(&self, pdp: &Pdp) -> Result<(), Undone> {
        let names = ShortNames::of(pdp.attributes());
        for (category, owners) in &self.all {
            let Ok(id) = category_of(category) else {
                continue;
            };
            for (owner, attributes) in owners.as_object().into_iter().flatten() {
                for (name, _) in attributes.as_object().into_iter().flatten() {
                    if let Err(message) = names.find(id, name) {
                        let path = [&**category, owner, name];
                        return Err(wrong_name(&self.name, &self.text, &path, message));
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether it has values of an attribute for a request.
    pub(crate) fn has(&self, wanted: &Designator, request: &Request) -> bool {
        wanted.issuer.is_none() && !self.values(wanted, request).is_empty()
    }

    /// The values of whoever or whatever has the id of a request, and those of everybody, each with its
    /// owner.
    fn values<'f>(&'f self, wanted: &Designator, request: &Request) -> Vec<(&'f str, &'f Json)> {
        let mut ids = ids_of(&wanted.category)
            .iter()
            .map(|id| request.values(&wanted.category, id).collect::<Vec<_>>());
        let present = ids.find(|values| !values.is_empty()).unwrap_or_default();
        let is_own =
            |owner: &str| owner == "*" || present.iter().any(|value| value.lexical() == owner);
        let own = self.of(wanted).filter(|(owner, _)| is_own(owner));
        let mut all = Vec::new();
        for (owner, found) in own {
            match found {
                Json::Array(several) => all.extend(several.iter().map(|one| (owner, one))),
                one => all.push((owner, one)),
            }
        }
        all
    }

    /// The names that no policy reads but much like one that they do, in words: these were misspelt.
    pub(crate) fn unread(&self, pdp: &Pdp) -> Vec<String> {
        let names = ShortNames::of(pdp.attributes());
        let mut notes = Vec::new();
        for (category, owners) in &self.all {
            let Ok(id) = category_of(category) else {
                continue;
            };
            let of_category = || pdp.attributes().filter(|of| *of.category == *id);
            let mut told = HashSet::new();
            let owners = owners.as_object().into_iter().flatten();
            let given = owners.flat_map(|(_, own)| own.as_object().into_iter().flatten());
            for (name, _) in given.filter(|(name, _)| told.insert(name.as_str())) {
                let known = || of_category().map(|of| last_part(&of.id));
                let is_near = similar_name(last_part(name), known()).is_some();
                if is_near && names.find(id, name).is_ok_and(|id| id.is_none()) {
                    notes.push(format!(
                        "{}: {}",
                        self.name,
                        unread(pdp, id, name, category)
                    ));
                }
            }
        }
        notes
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
                "`{}` must have an object for each id, or for `*`, which is everybody",
                cut(category)
            );
            return Some((vec![category], message));
        };
        for (owner, attributes) in owners {
            if owner != "*" && category_of(category).is_ok_and(|id| ids_of(id).is_empty()) {
                let message = format!(
                    "`{}` has no ids: whose attributes these are is `*`, which is everybody",
                    cut(category)
                );
                return Some((vec![category, owner], message));
            }
            let Json::Object(attributes) = attributes else {
                let message = format!(
                    "`{}` must be an object of attributes, such as {{\"role\": \"clerk\"}}",
                    cut(owner)
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
                let message = format!(
                    "`{}` must be a text, a number, true or false, or a list of these",
                    cut(id)
                );
                return Some((vec![category, owner, id], message));
            }
            let mut ids = attributes.keys();
            let is_second =
                |id: &&String| last_part(id) != *id && attributes.contains_key(last_part(id));
            if let Some(id) = ids.find(is_second) {
                let message = format!(
                    "`{}` is given twice, by two names: `{}` may be the same",
                    cut(id),
                    cut(last_part(id))
                );
                return Some((vec![category, owner, id], message));
            }
        }
    }
    None
}

/// The first name that an object has twice.
fn repeated(value: JsonValue<'_>) -> Option<JsonValue<'_>> {
    if let Some(mut items) = value.items() {
        return items.find_map(repeated);
    }
    let mut known = HashSet::new();
    let mut members = value.members()?;
    members.find_map(|(name, value)| match known.insert(name.as_str()) {
        true => repeated(value),
        false => Some(name),
    })
}

/// The attributes that are the id of whoever or whatever a category is about: the standard's, and where
/// a request has none, that of AuthZEN.
fn ids_of(category: &str) -> &'static [&'static str] {
    match category {
        category::RESOURCE => &[id::RESOURCE_ID, "id"],
        category::ACTION => &[id::ACTION_ID, "name"],
        category if category.contains("subject-category") => &[id::SUBJECT_ID, "id"],
        _ => &[],
    }
}

impl AttributeProvider for Facts {
    fn name(&self) -> &str {
        &self.name
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        // A fact is nobody's statement.
        wanted.issuer.is_none() && self.of(wanted).next().is_some()
    }

    /// Attributes are those of whoever or whatever has this id.
    fn fetch(&self, wanted: &Designator, request: &Request) -> Result<Fetched, ProviderError> {
        let mut values = Vec::new();
        if wanted.issuer.is_some() {
            return Ok(values.into());
        }
        for (owner, one) in self.values(wanted, request) {
            let value = value_of(one, wanted.data_type).map_err(|why| {
                let message = format!("`{}.{}` {why}", cut(owner), last_part(&wanted.id));
                ProviderError::new(without_long_numbers(&message))
            })?;
            values.push(value);
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
                "is {}, and the policies want a value of type {data_type}",
                cut(&json.to_string())
            ));
        }
    };
    Value::parse(data_type, &text).map_err(|error| error.to_string())
}
