//! Attributes as test files give them: a word or an object for a category, values as they are or with
//! their data type.

use std::collections::HashSet;
use std::sync::Arc;

use indexmap::IndexMap;

use super::kind::Decider;
use super::names::{AttributeNames, CATEGORIES, category_name};
use crate::error::cut;
use crate::json::{Document, Item, Kind};
use crate::request::json::value::JsonValues;
use crate::request::{AttributeBuilder, Request};
use crate::value::{DataType, Value};

/// An attribute without its values.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct GivenName {
    pub(super) category: Arc<str>,
    pub(super) id: Arc<str>,
    pub(super) issuer: Option<Arc<str>>,
}

/// The values of an attribute, or why a provider cannot supply it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct GivenValues {
    pub(super) values: Vec<Value>,
    pub(super) failure: Option<String>,
}

/// Attributes, each given once.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Given {
    pub(super) attributes: IndexMap<GivenName, GivenValues>,
}

impl Given {
    /// Adds attributes, each in place of one of its name.
    pub(super) fn put_all(&mut self, other: &Self) {
        let other = other.attributes.iter();
        let other = other.map(|(name, values)| (name.clone(), values.clone()));
        self.attributes.extend(other);
    }

    /// The number of attributes and values.
    pub(super) fn size(&self) -> usize {
        let values = self.attributes.values();
        values.map(|given| given.values.len() + 1).sum()
    }

    /// The request with these attributes.
    pub(super) fn request(&self) -> Request {
        let mut builder = Request::builder();
        for (name, given) in &self.attributes {
            // An attribute without values is one that is not there.
            if given.values.is_empty() {
                continue;
            }
            let mut attribute = AttributeBuilder::new(name.category.clone(), name.id.clone());
            if let Some(issuer) = &name.issuer {
                attribute = attribute.issuer(issuer.clone());
            }
            builder = builder.with(attribute.values(given.values.iter().cloned()));
        }
        builder.build()
    }
}

/// The reader of attributes.
pub(super) struct AttributeReader<'r, 'v> {
    pub(super) known: &'r AttributeNames,
    pub(super) values: &'r mut JsonValues<'v>,
    pub(super) words: Words<'r>,
    /// Whether an attribute may fail, as one of a provider.
    pub(super) may_fail: bool,
}

/// Members that stand for attributes which another kind of file knows.
#[derive(Clone, Copy, Default)]
pub(super) struct Words<'r> {
    pub(super) names: &'static [&'static str],
    /// None if it cannot be made: then nothing is known of the texts.
    pub(super) decider: Option<&'r dyn Decider>,
}

impl AttributeReader<'_, '_> {
    /// Reads the value of a member that is called like a category, or is a word of another kind of file.
    pub(super) fn category(
        &mut self,
        json: &mut Document<'_>,
        word: &'static str,
        item: Item,
        given: &mut Given,
    ) {
        let known = CATEGORIES.iter().find(|(known, ..)| *known == word);
        let Some((_, category, single)) = known else {
            return self.word(json, word, item, given);
        };
        match (json.kind(item), single) {
            (Kind::Object, _) => self.attributes(json, category, item, given),
            (_, Some(id)) => self.attribute(json, category, id, item, given),
            (_, None) => json.expected(item, &format!("`{word}`"), "an object"),
        }
    }

    /// Reads what a word of another kind of file stands for.
    fn word(&mut self, json: &mut Document<'_>, word: &str, item: Item, given: &mut Given) {
        let Some(text) = json.string(item, &format!("`{word}`")) else {
            return;
        };
        let Some(decider) = self.words.decider else {
            return;
        };
        match decider.attributes_of(word, &text) {
            Err(message) => json.problem(item, message),
            Ok(attributes) => {
                for (designator, value) in attributes {
                    let name = GivenName {
                        category: designator.category,
                        id: designator.id,
                        issuer: designator.issuer,
                    };
                    let values = vec![value];
                    let failure = None;
                    let known = GivenValues { values, failure };
                    given.attributes.insert(name, known);
                }
            }
        }
    }

    /// Reads an object whose members are categories by their identifiers.
    pub(super) fn categories(&mut self, json: &mut Document<'_>, item: Item, given: &mut Given) {
        for (name, value) in members(json, item, "`categories`") {
            let category = json.text(name).into_owned();
            self.attributes(json, &category, value, given);
        }
    }

    fn attributes(
        &mut self,
        json: &mut Document<'_>,
        category: &str,
        item: Item,
        given: &mut Given,
    ) {
        for (name, value) in members(json, item, &category_name(category)) {
            let name_text = json.text(name).into_owned();
            self.named(json, category, (name, &name_text), value, given);
        }
    }

    /// Reads an attribute by the name that it has in the file. `at` is the place of the name.
    pub(super) fn named(
        &mut self,
        json: &mut Document<'_>,
        category: &str,
        (at, name): (Item, &str),
        value: Item,
        given: &mut Given,
    ) {
        match self.known.attribute(category, name) {
            Err(message) => json.problem(at, message),
            Ok(declared) => {
                let name = GivenName {
                    category: category.into(),
                    id: declared.id,
                    issuer: declared.issuer,
                };
                self.value(json, name, declared.data_type, value, given);
            }
        }
    }

    /// Reads an attribute by its identifier.
    pub(super) fn attribute(
        &mut self,
        json: &mut Document<'_>,
        category: &str,
        id: &str,
        value: Item,
        given: &mut Given,
    ) {
        let name = GivenName {
            category: category.into(),
            id: id.into(),
            issuer: None,
        };
        self.value(json, name, None, value, given);
    }

    fn value(
        &mut self,
        json: &mut Document<'_>,
        mut name: GivenName,
        declared: Option<DataType>,
        value: Item,
        given: &mut Given,
    ) {
        let mut data_type = declared;
        let mut inside = value;
        if json.kind(value) == Kind::Object {
            let what = format!("the attribute `{}`", cut(&name.id));
            let known: &[&'static str] = match self.may_fail {
                true => &["value", "type", "issuer", "fails"],
                false => &["value", "type", "issuer"],
            };
            let mut found = [None; 4];
            if json
                .find_members(value, &what, known, &[], &mut found)
                .is_none()
            {
                return;
            }
            let [own, of_type, issuer, fails] = found;
            if let Some(item) = of_type {
                data_type = self.data_type(json, item);
                if data_type.is_none() {
                    return;
                }
            }
            if let Some(issuer) = json.optional(issuer, "`issuer`") {
                name.issuer = Some(issuer.into());
            }
            if let Some(fails) = fails {
                if own.is_some() {
                    json.problem(value, format!("{what} has values or fails, not both"));
                }
                let failure = json.string(fails, "`fails`").map(Into::into);
                let values = Vec::new();
                let fails = GivenValues { values, failure };
                put(json, value, name, fails, given);
                return;
            }
            match json.required(value, &what, own, "value") {
                Some(own) => inside = own,
                None => return,
            }
        }
        let data_type = data_type.or_else(|| self.asked(json, &name, inside));
        let what = format!("a value of `{}`", cut(&name.id));
        let mut own = GivenValues::default();
        let values = &mut own.values;
        self.values.read_of(json, data_type, inside, &what, values);
        put(json, value, name, own, given);
    }

    /// Reads a data type: its identifier or its short name.
    pub(super) fn data_type(&self, json: &mut Document<'_>, item: Item) -> Option<DataType> {
        self.values.read_data_type(json, item)
    }

    /// The data type for which the policies ask; none if they do not, or if the values, as they are
    /// written, are of one of several.
    fn asked(&self, json: &mut Document<'_>, name: &GivenName, value: Item) -> Option<DataType> {
        let types = self.known.types(&name.category, &name.id);
        match types {
            [only] => Some(*only),
            [] => None,
            several => {
                let written = match json.kind(json.items(value).next(json)?) {
                    Kind::Boolean(_) => DataType::Boolean,
                    Kind::Number => DataType::Integer,
                    _ => DataType::String,
                };
                several.contains(&written).then_some(written)
            }
        }
    }
}

/// Adds an attribute, which may be given once only: by its identifier or by a short name.
fn put(json: &mut Document<'_>, at: Item, name: GivenName, values: GivenValues, given: &mut Given) {
    if given.attributes.contains_key(&name) {
        let (id, of) = (cut(&name.id), category_name(&name.category));
        json.problem(at, format!("`{id}` of {of} is given twice, by two names"));
    }
    given.attributes.insert(name, values);
}

/// The members of an object whose names are data, each once. Messages call the object `what`.
pub(super) fn members(json: &mut Document<'_>, item: Item, what: &str) -> Vec<(Item, Item)> {
    let Some(mut entries) = json.entries(item, what) else {
        return Vec::new();
    };
    let (mut found, mut names) = (Vec::new(), HashSet::new());
    while let (Some(name), Some(value)) = (entries.next(json), entries.next(json)) {
        let text = json.text(name);
        if !names.insert(text.clone()) {
            json.problem(name, format!("{what} has `{}` twice", cut(&text)));
        } else {
            found.push((name, value));
        }
    }
    found
}
