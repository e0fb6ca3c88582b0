//! Names of attributes in test files → those that the policies ask for, with their data types.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::attribute::{Designator, ambiguous, category, ends_with, id};
use crate::error::{cut, did_you_mean, last_part, list, similar_name};
use crate::value::DataType;

/// The categories that have a word of their own in a test file: the word, the category, and the
/// attribute that a single value stands for.
pub(super) const CATEGORIES: [(&str, &str, Option<&str>); 4] = [
    ("subject", category::ACCESS_SUBJECT, Some(id::SUBJECT_ID)),
    ("resource", category::RESOURCE, Some(id::RESOURCE_ID)),
    ("action", category::ACTION, Some(id::ACTION_ID)),
    ("environment", category::ENVIRONMENT, None),
];

/// Attributes that a request may have whether a policy asks for them or not.
const STANDARD: [(&str, &str); 6] = [
    (category::ACCESS_SUBJECT, id::SUBJECT_ID),
    (category::RESOURCE, id::RESOURCE_ID),
    (category::ACTION, id::ACTION_ID),
    (category::ENVIRONMENT, id::CURRENT_TIME),
    (category::ENVIRONMENT, id::CURRENT_DATE),
    (category::ENVIRONMENT, id::CURRENT_DATE_TIME),
];

/// The most attributes that the message about an unknown one lists.
const MOST_LISTED: usize = 8;

/// The attributes of a test file by their names.
#[derive(Debug, Default)]
pub(super) struct AttributeNames {
    /// By category and id, the data types that the policies ask for.
    known: BTreeMap<(Arc<str>, Arc<str>), Vec<DataType>>,
    /// Names of the file's own.
    declared: BTreeMap<String, Declared>,
    /// Whether any name is one of an attribute.
    pub(super) is_open: bool,
    /// Whether any whole identifier is one: whoever decides reads more than what is known here.
    pub(super) takes_identifiers: bool,
}

/// An attribute with a name of the file's own.
#[derive(Clone, Debug)]
pub(super) struct Declared {
    pub(super) id: Arc<str>,
    pub(super) data_type: Option<DataType>,
    pub(super) issuer: Option<Arc<str>>,
}

impl AttributeNames {
    /// The attributes that policies ask for.
    pub(super) fn of<'d>(asked: impl IntoIterator<Item = &'d Designator>) -> Self {
        let mut names = Self::default();
        for designator in asked {
            let name = (designator.category.clone(), designator.id.clone());
            let types = names.known.entry(name).or_default();
            if !types.contains(&designator.data_type) {
                types.push(designator.data_type);
            }
        }
        for (category, id) in STANDARD {
            let name = (category.into(), id.into());
            names.known.entry(name).or_default();
        }
        names
    }

    pub(super) fn declare(&mut self, name: &str, declared: Declared) {
        self.declared.insert(name.to_owned(), declared);
    }

    /// The attribute of a name in a category: one of the file's own, the whole identifier, or its last
    /// parts if only one attribute has them. The error says what is wrong with the name.
    pub(super) fn attribute(&self, category: &str, name: &str) -> Result<Declared, String> {
        if let Some(declared) = self.declared.get(name) {
            return Ok(declared.clone());
        }
        let plain = |id: Arc<str>| Declared {
            id,
            data_type: None,
            issuer: None,
        };
        let ids = || self.ids(category);
        if ids().any(|id| &**id == name) {
            return Ok(plain(name.into()));
        }
        let found: Vec<&Arc<str>> = ids().filter(|id| ends_with(id, name)).collect();
        let is_identifier = ["urn:", "http:", "https:"]
            .iter()
            .any(|scheme| name.starts_with(scheme));
        match found[..] {
            [only] => return Ok(plain(only.clone())),
            [] if self.is_open || (self.takes_identifiers && is_identifier) => {
                return Ok(plain(name.into()));
            }
            [] => {}
            _ => return Err(ambiguous(name, found.iter().map(|id| &***id))),
        }
        let similar = similar_name(name, ids().map(|id| last_part(id)));
        let similar = similar.or_else(|| similar_name(name, ids().map(|id| &**id)));
        let elsewhere = self.known.keys().find(|(_, id)| ends_with(id, name));
        let hint = match (similar, elsewhere) {
            (Some(_), _) => did_you_mean(similar),
            (None, Some((category, _))) => {
                format!("; they ask for one of {}", category_name(category))
            }
            (None, None) => {
                let known = ids().map(|id| last_part(id)).take(MOST_LISTED + 1);
                let known: Vec<&str> = known.collect();
                let known = match known.len() {
                    1..=MOST_LISTED => format!("; it may have {}", list(known.into_iter())),
                    _ => String::new(),
                };
                format!("{known}; declare it under `attributes` if that is meant")
            }
        };
        Err(format!(
            "no policy asks for an attribute `{}` of {}{hint}",
            cut(name),
            category_name(category)
        ))
    }

    /// The data types that the policies ask for.
    pub(super) fn types(&self, category: &str, id: &str) -> &[DataType] {
        let name = (Arc::from(category), Arc::from(id));
        self.known.get(&name).map_or(&[], Vec::as_slice)
    }

    fn ids(&self, category: &str) -> impl Iterator<Item = &Arc<str>> {
        let of = self.known.keys();
        of.filter(move |(own, _)| **own == *category)
            .map(|(_, id)| id)
    }

    /// Whether a policy reads the time of the decision.
    pub(super) fn reads_clock(&self) -> impl Iterator<Item = &'static str> {
        let of_clock = [id::CURRENT_TIME, id::CURRENT_DATE, id::CURRENT_DATE_TIME];
        let is_read = |id: &&str| !self.types(category::ENVIRONMENT, id).is_empty();
        of_clock.into_iter().filter(is_read)
    }
}

/// A category in the words of a test file.
pub(super) fn category_name(category: &str) -> String {
    let mut known = CATEGORIES.iter();
    match known.find(|(_, uri, _)| *uri == category) {
        Some((word, ..)) => format!("the {word}"),
        None => format!("the category `{}`", cut(category)),
    }
}
